//! What is wrong with a declaration, said so that a person can mend it.

/// One thing in a declaration that admission refuses, or that this version cannot read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{field}: {problem}; {remedy}")]
pub struct SpecError {
    /// The path of the field, such as `spec.endpoints[0].ports`.
    pub field: String,
    /// What is wrong, with the value that was found.
    pub problem: String,
    /// What to write in its place.
    pub remedy: String,
}

impl SpecError {
    /// An error at `field`.
    pub fn new(
        field: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}

/// The one form that is there of those that exclude each other.
pub(super) fn exactly_one<T, const N: usize>(
    field: &str,
    forms: [(&str, Option<T>); N],
) -> Result<T, SpecError> {
    let names = forms.each_ref().map(|(name, _)| *name).join(", ");
    let mut found = forms
        .into_iter()
        .filter_map(|(name, form)| form.map(|form| (name, form)));
    let error = |problem| SpecError::new(field, problem, format!("declare exactly one of {names}"));
    match (found.next(), found.next()) {
        (Some((_, form)), None) => Ok(form),
        (None, _) => Err(error("no form that this version knows".to_owned())),
        (Some((first, _)), Some((second, _))) => Err(error(format!("both {first} and {second}"))),
    }
}
