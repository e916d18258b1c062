//! Reads a file's answers straight from its text: a tree of JSON values in between costs more than all the rest.

use crate::snapshot::documents::Documents;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value};
use std::fmt;

/// What a file holds.
#[derive(Default)]
pub(super) struct Text {
    /// Its lists.
    pub(super) documents: Documents,
    /// What it holds under other keys.
    pub(super) others: Map<String, Value>,
}

impl Text {
    /// What a file holds; none where it is not an object, or anything in it is not as it should be.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Keys)
    }
}

struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer of AWS")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut answer: A) -> Result<Text, A::Error> {
        let mut text = Text::default();
        while let Some(key) = answer.next_key::<String>()? {
            if !text.documents.read_key(&key, &mut answer)? {
                text.others.insert(key, answer.next_value()?);
            }
        }
        Ok(text)
    }
}
