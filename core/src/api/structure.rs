//! Whether a document has the structure that a CRD's schema asks for: what the API server checks before
//! any CEL rule, and strictly, so that a misspelt field is an error and not silence.
use super::SpecError;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSON, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use serde_json::{Map, Value};

/// The most that is said of one document, so that what is wrong in many places costs no more than it helps.
pub(super) const MOST_ERRORS: usize = 100;

/// The longest name, in bytes, for which a known one that is near to it is looked for.
const LONGEST_MISSPELT: usize = 64;

/// Adds to `errors` everything in `value` that `schema` does not allow, under the path `field`, but no more than is
/// of help.
pub(super) fn check(
    value: &Value,
    schema: &JSONSchemaProps,
    field: &str,
    errors: &mut Vec<SpecError>,
) {
    if errors.len() >= MOST_ERRORS {
        return;
    }
    match (schema.type_.as_deref(), value) {
        (Some("object"), Value::Object(object)) => check_object(object, schema, field, errors),
        (Some("array"), Value::Array(list)) => check_list(list, schema, field, errors),
        (Some("string"), Value::String(text)) => check_text(text, schema, field, errors),
        (Some("integer"), Value::Number(number)) if number.is_i64() || number.is_u64() => {
            check_bounds(number.as_f64(), value, schema, field, errors);
        }
        (Some("boolean"), Value::Bool(_)) | (None, _) => {}
        (Some(expected), _) => errors.push(SpecError::new(
            field,
            format!("{} is no {expected}", brief(value)),
            format!("write {}", form_of(expected)),
        )),
    }
}

fn form_of(kind: &str) -> &'static str {
    match kind {
        "object" => "fields and values",
        "array" => "a list",
        "string" => "a text, in quotes where YAML would read a number",
        "integer" => "a whole number",
        _ => "true or false",
    }
}

/// The value as JSON, cut to what fits into a message.
fn brief(value: &Value) -> String {
    format!("`{}`", shown(&value.to_string()))
}

/// A text, cut to what fits into a message; one that is empty can be seen.
pub(super) fn shown(text: &str) -> String {
    if text.is_empty() {
        return "\"\"".to_owned();
    }
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn check_object(
    object: &Map<String, Value>,
    schema: &JSONSchemaProps,
    field: &str,
    errors: &mut Vec<SpecError>,
) {
    for name in schema.required.iter().flatten() {
        if object.get(name).is_none_or(Value::is_null) {
            errors.push(SpecError::new(
                format!("{field}.{name}"),
                "missing",
                remedy_from(schema, name),
            ));
        }
    }
    let properties = schema.properties.as_ref();
    for (name, value) in object {
        let place = format!("{field}.{}", shown(name));
        match (
            properties.and_then(|all| all.get(name)),
            &schema.additional_properties,
        ) {
            // Optional is absent: a null stands for a field that is not there.
            (Some(_), _) if value.is_null() => {}
            (Some(property), _) => check(value, property, &place, errors),
            (None, Some(JSONSchemaPropsOrBool::Schema(values))) => {
                check(value, values, &place, errors);
            }
            (None, _) if errors.len() >= MOST_ERRORS => return,
            (None, _) => {
                let known: Vec<&str> = properties
                    .into_iter()
                    .flat_map(|all| all.keys().map(String::as_str))
                    .collect();
                errors.push(no_such_field(place, name, &known));
            }
        }
    }
}

/// An error for a field that is not known, with the known one that is nearest to it.
pub(super) fn no_such_field(place: String, name: &str, known: &[&str]) -> SpecError {
    let mut remedy = match known {
        [] => "leave it out".to_owned(),
        known => format!("the fields here are {}", known.join(", ")),
    };
    if let Some(nearest) = nearest(name, known) {
        remedy = format!("write `{nearest}`, if that is meant: {remedy}");
    }
    SpecError::new(place, "no such field", remedy)
}

/// The name that takes the fewest edits, where at most one letter in three is edited.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if name.len() > LONGEST_MISSPELT {
        return None;
    }
    let most = name.chars().count().div_ceil(3);
    known
        .iter()
        .map(|candidate| (edits(name, candidate), *candidate))
        .filter(|(edits, _)| *edits <= most)
        .min()
        .map(|(_, nearest)| nearest)
}

/// How many letters are put in, left out or replaced between two names, whatever their case (Levenshtein).
fn edits(from: &str, to: &str) -> usize {
    let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    let (from, to) = (letters(from), letters(to));
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.iter().enumerate() {
        let mut diagonal = index;
        row[0] = index + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

fn remedy_from(schema: &JSONSchemaProps, name: &str) -> String {
    let described = schema
        .properties
        .as_ref()
        .and_then(|all| all.get(name)?.description.as_deref());
    match described {
        Some(text) => format!("declare it ({})", text.trim_end_matches('.')),
        None => "declare it".to_owned(),
    }
}

fn check_list(list: &[Value], schema: &JSONSchemaProps, field: &str, errors: &mut Vec<SpecError>) {
    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let (min, max) = (
        schema.min_items.unwrap_or(0),
        schema.max_items.unwrap_or(i64::MAX),
    );
    if !(min..=max).contains(&length) {
        errors.push(SpecError::new(
            field,
            format!("{length} items"),
            format!("declare {min} to {max}"),
        ));
    }
    // Nobody reads what is wrong with the items of a list that is too long.
    if length > max {
        return;
    }
    if schema.x_kubernetes_list_type.as_deref() == Some("set") {
        for (index, item) in list.iter().enumerate() {
            if list[..index].contains(item) {
                errors.push(SpecError::new(
                    format!("{field}[{index}]"),
                    format!("{} is there twice", brief(item)),
                    "leave one out",
                ));
            }
        }
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &schema.items {
        for (index, item) in list.iter().enumerate() {
            check(item, items, &format!("{field}[{index}]"), errors);
        }
    }
}

fn check_text(text: &str, schema: &JSONSchemaProps, field: &str, errors: &mut Vec<SpecError>) {
    let is_known = |JSON(choice): &JSON| choice.as_str() == Some(text);
    if let Some(choices) = &schema.enum_
        && !choices.iter().any(is_known)
    {
        let all: Vec<&str> = choices
            .iter()
            .filter_map(|JSON(choice)| choice.as_str())
            .collect();
        errors.push(SpecError::new(
            field,
            format!("`{}` is not known here", shown(text)),
            format!("write one of {}", all.join(", ")),
        ));
    }
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let (min, max) = (
        schema.min_length.unwrap_or(0),
        schema.max_length.unwrap_or(i64::MAX),
    );
    if !(min..=max).contains(&length) {
        errors.push(SpecError::new(
            field,
            format!("{length} characters"),
            format!("write {min} to {max}"),
        ));
    }
}

fn check_bounds(
    number: Option<f64>,
    value: &Value,
    schema: &JSONSchemaProps,
    field: &str,
    errors: &mut Vec<SpecError>,
) {
    let (min, max) = (
        schema.minimum.unwrap_or(f64::MIN),
        schema.maximum.unwrap_or(f64::MAX),
    );
    if !number.is_some_and(|number| (min..=max).contains(&number)) {
        errors.push(SpecError::new(
            field,
            format!("{value} is out of bounds"),
            format!("write a number from {min} to {max}"),
        ));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn set_of_numbers() -> JSONSchemaProps {
        serde_json::from_value(json!({
            "type": "array", "maxItems": 3, "x-kubernetes-list-type": "set", "items": {"type": "integer"}
        }))
        .unwrap()
    }

    #[test]
    fn of_a_list_that_is_too_long_only_that_is_said() {
        let mut errors = Vec::new();
        let list = Value::Array(vec![json!("one"); 100_000]);
        check(&list, &set_of_numbers(), "spec.ports", &mut errors);
        assert_eq!(errors.len(), 1);
        assert_eq!(
            errors[0].to_string(),
            "spec.ports: 100000 items; declare 0 to 3"
        );
    }

    #[test]
    fn no_more_is_said_than_is_of_help() {
        let schema = serde_json::from_value(json!({"type": "object", "properties": {}})).unwrap();
        let fields = (0..100_000).map(|number| (format!("field{number}"), json!(1)));
        let mut errors = Vec::new();
        check(
            &Value::Object(fields.collect()),
            &schema,
            "spec",
            &mut errors,
        );
        assert_eq!(errors.len(), MOST_ERRORS);
        let long = Value::Object(Map::from_iter([("a".repeat(1 << 20), json!(1))]));
        let mut errors = Vec::new();
        check(&long, &schema, "spec", &mut errors);
        assert!(errors[0].to_string().len() < 300, "{}", errors[0]);
    }

    #[test]
    fn a_misspelt_field_is_answered_with_the_nearest_known_one() {
        let known = ["accountRef", "region", "replicationInstance"];
        for (name, expected) in [
            ("regoin", Some("region")),
            ("accountref", Some("accountRef")),
            ("replicationInstances", Some("replicationInstance")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &known), expected, "{name}");
        }
        assert_eq!(nearest("region", &[]), None);
    }
}
