//! What is wrong with an answer, and where.

use std::fmt;

/// How much of a value an error shows, in characters.
const SHOWN: usize = 100;

/// A member of an answer that is not what AWS documents for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`, {resource}: `{field}` {problem}")]
pub struct DocumentError {
    /// The top-level key of the list.
    pub key: &'static str,
    /// The id of the resource, or its place in the list where it has none.
    pub resource: String,
    /// The member, by its path within the resource.
    pub field: String,
    /// What is wrong with its value, and what to do.
    pub problem: String,
}

impl DocumentError {
    pub(super) fn not_a_list(key: &'static str, value: &serde_json::Value) -> Self {
        Self {
            key,
            resource: "the whole list".to_owned(),
            field: key.to_owned(),
            problem: format!(
                "is `{}`, not a list: write the whole output of the AWS CLI, without `--query`",
                Shown(&value.to_string())
            ),
        }
    }

    pub(super) fn not_an_object(key: &'static str, value: &serde_json::Value) -> Self {
        Self {
            key,
            resource: "the whole answer".to_owned(),
            field: key.to_owned(),
            problem: format!(
                "is `{}`, not an object: write the whole output of the AWS CLI, without `--query`",
                Shown(&value.to_string())
            ),
        }
    }

    /// Two answers that differ on the same resource.
    pub(super) fn contradiction(key: &'static str, resource: &str) -> Self {
        Self {
            key,
            resource: resource.to_owned(),
            field: key.to_owned(),
            problem:
                "holds it twice, with different contents: keep the answer that was read last, \
                      and answers of other accounts and Regions in folders of their own"
                    .to_owned(),
        }
    }

    pub(super) fn shape(
        key: &'static str,
        index: usize,
        error: &serde_path_to_error::Error<serde_json::Error>,
    ) -> Self {
        Self {
            key,
            resource: format!("item {index}"),
            field: error.path().to_string(),
            problem: format!(
                "cannot be read ({}): write the output of the AWS CLI as it is",
                Shown(&error.inner().to_string())
            ),
        }
    }
}

/// A member that cannot be typed, before it is known whose it is.
#[derive(Debug)]
pub(in crate::snapshot) struct FieldError {
    field: String,
    problem: String,
}

impl FieldError {
    pub(super) fn new(field: impl Into<String>, value: &str, remedy: impl fmt::Display) -> Self {
        Self {
            field: field.into(),
            problem: format!("is `{}`: {remedy}", Shown(value)),
        }
    }

    pub(super) fn absent(field: impl Into<String>, remedy: impl fmt::Display) -> Self {
        Self {
            field: field.into(),
            problem: format!("is absent: {remedy}"),
        }
    }

    pub(super) fn of(self, key: &'static str, resource: &str) -> DocumentError {
        DocumentError {
            key,
            resource: Shown(resource).to_string(),
            field: self.field,
            problem: self.problem,
        }
    }
}

/// A value as it is shown in an error: cut where it is long.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "{}…", &self.0[..end]),
            None => f.write_str(self.0),
        }
    }
}
