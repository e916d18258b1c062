//! The resources of one kind, by id.

use super::{Any, Index, State};
use crate::{id::Kind, tags::Tags};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, OnceLock},
};

/// Where a state keeps a kind of resource.
pub(crate) trait Held: Sized {
    /// Its table.
    fn table(state: &State) -> &Table<Self>;

    /// Its table, to be changed.
    fn table_mut(state: &mut State) -> &mut Table<Self>;

    /// A resource as a value of any kind.
    fn any(resource: Arc<Self>) -> Any;
}

/// A kind of resource that the sandbox holds.
pub(crate) trait Resource: Held + Clone + Send + Sync + 'static {
    /// Its kind.
    const KIND: Kind;

    /// Its id.
    fn id(&self) -> &str;

    /// Its tags.
    fn tags(&self) -> &Tags;

    /// Its tags, to be changed.
    fn tags_mut(&mut self) -> &mut Tags;

    /// How Describe shows it, in the AWS CLI's form.
    fn show(&self, state: &State) -> Value;

    /// Enters it into the index.
    fn index(&self, _index: &mut Index) {}

    /// Takes it out of the index.
    fn unindex(&self, _index: &mut Index) {}

    /// The security group that shows it as a part of its own.
    fn shown_in_group(&self) -> Option<&str> {
        None
    }
}

/// The resources of one kind, by id, each with its shown form once somebody asked for it.
#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: BTreeMap<String, Row<T>>,
}

#[derive(Debug)]
struct Row<T> {
    resource: Arc<T>,
    shown: OnceLock<Arc<Value>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
        }
    }
}

impl<T: Resource> Table<T> {
    /// The resource of that id.
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<T>> {
        self.rows.get(id).map(|row| &row.resource)
    }

    /// All resources, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.rows.values().map(|row| &row.resource)
    }

    /// The ids after that one, or all.
    pub(crate) fn ids_after<'a>(&'a self, id: Option<&str>) -> impl Iterator<Item = &'a str> {
        let start = id.map_or(Bound::Unbounded, |id| Bound::Excluded(id.to_owned()));
        self.rows
            .range((start, Bound::Unbounded))
            .map(|(id, _)| id.as_str())
    }

    /// How Describe shows the resource of that id.
    pub(crate) fn shown(&self, id: &str, state: &State) -> Option<&Arc<Value>> {
        let row = self.rows.get(id)?;
        Some(row.shown.get_or_init(|| Arc::new(row.resource.show(state))))
    }

    pub(super) fn put(&mut self, resource: Arc<T>) -> Option<Arc<T>> {
        let row = Row {
            resource: Arc::clone(&resource),
            shown: OnceLock::new(),
        };
        self.rows
            .insert(resource.id().to_owned(), row)
            .map(|row| row.resource)
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        self.rows.remove(id).map(|row| row.resource)
    }

    pub(super) fn show_anew(&mut self, id: &str) {
        if let Some(row) = self.rows.get_mut(id) {
            row.shown = OnceLock::new();
        }
    }
}
