//! What a call gives back, before it is written as XML.

use crate::state::Change;
use serde_json::{Map, Value};
use std::sync::Arc;

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
