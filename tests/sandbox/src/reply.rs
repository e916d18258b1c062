//! What a call gives back, before it is written as XML.

use crate::{state::Change, world::Scope};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

/// An answer, in the AWS CLI's JSON form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    /// The members of the answer.
    pub(crate) fields: Map<String, Value>,
    /// The one long list of a Describe call, shared with the state.
    pub(crate) list: Option<(&'static str, Vec<Arc<Value>>)>,
}

impl Reply {
    /// An answer with one member.
    pub(crate) fn with(key: &str, value: impl Into<Value>) -> Self {
        Self::default().and(key, value)
    }

    /// Adds a member.
    pub(crate) fn and(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(key.to_owned(), value.into());
        self
    }

    /// A list, and nothing else.
    pub(crate) fn list(key: &'static str, items: Vec<Arc<Value>>) -> Self {
        Self {
            fields: Map::new(),
            list: Some((key, items)),
        }
    }
}

/// What a mutating call does, if it is not a dry run: all of it, or nothing.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The changes, in order.
    pub(crate) changes: Vec<Change>,
    /// The answer.
    pub(crate) reply: Reply,
}

/// What a mutating call does that is seen by more than one account or Region.
#[derive(Debug, Default)]
pub(crate) struct Everywhere {
    /// The changes of each account and Region, in order.
    pub(crate) changes: BTreeMap<Scope, Vec<Change>>,
    /// The answer.
    pub(crate) reply: Reply,
}

impl Everywhere {
    /// An answer, and no change yet.
    pub(crate) fn new(reply: Reply) -> Self {
        Self {
            changes: BTreeMap::new(),
            reply,
        }
    }

    /// Adds changes of an account in a Region.
    pub(crate) fn add(&mut self, scope: &Scope, changes: impl IntoIterator<Item = Change>) {
        self.changes
            .entry(scope.clone())
            .or_default()
            .extend(changes);
    }
}
