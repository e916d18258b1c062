//! The CustomResourceDefinitions of both kinds.
use super::{AWSAccount, MigrationNetwork, Reason};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;
use serde_json::{Value, json};

/// The bounds of what a schema leaves unbounded: parts of Kubernetes's own types, and the status, which
/// is held to 64 KiB as a whole.
const MAX_TEXT: i64 = 32_768;
const MAX_LIST: i64 = 4_096;

/// The CustomResourceDefinitions, in the order in which they are installed.
pub fn crds() -> Vec<CustomResourceDefinition> {
    let mut networks = MigrationNetwork::crd();
    for status in schemas(&mut networks).filter_map(|schema| property(schema, "status")) {
        unbind(status);
        status.default = Some(JSON(initial_status()));
        if let Some(conditions) = property(status, "conditions") {
            conditions.x_kubernetes_list_type = Some("map".to_owned());
            conditions.x_kubernetes_list_map_keys = Some(vec!["type".to_owned()]);
        }
    }
    let mut crds = vec![AWSAccount::crd(), networks];
    for schema in crds.iter_mut().flat_map(schemas) {
        conform(schema, false);
        if let Some(spec) = property(schema, "spec") {
            forbid_null(spec);
        }
    }
    crds
}

fn schemas(crd: &mut CustomResourceDefinition) -> impl Iterator<Item = &mut JSONSchemaProps> {
    crd.spec
        .versions
        .iter_mut()
        .filter_map(|version| version.schema.as_mut()?.open_api_v3_schema.as_mut())
}

fn property<'a>(schema: &'a mut JSONSchemaProps, name: &str) -> Option<&'a mut JSONSchemaProps> {
    schema.properties.as_mut()?.get_mut(name)
}

/// The schemas directly inside of a schema.
fn children(schema: &mut JSONSchemaProps) -> impl Iterator<Item = &mut JSONSchemaProps> {
    let items = match &mut schema.items {
        Some(JSONSchemaPropsOrArray::Schema(items)) => std::slice::from_mut(items.as_mut()),
        Some(JSONSchemaPropsOrArray::Schemas(all)) => all.as_mut_slice(),
        None => &mut [],
    };
    let values = match &mut schema.additional_properties {
        Some(JSONSchemaPropsOrBool::Schema(values)) => Some(values.as_mut()),
        _ => None,
    };
    let properties = schema
        .properties
        .iter_mut()
        .flat_map(|all| all.values_mut());
    properties.chain(items).chain(values)
}

/// What a new object shows before a controller has seen it: tools that wait for Ready must not take
/// silence for success.
fn initial_status() -> Value {
    let condition = |kind: &str, status: &str| {
        json!({
            "type": kind,
            "status": status,
            "reason": Reason::Pending.as_str(),
            "message": "Waiting for the controller.",
            "lastTransitionTime": "1970-01-01T00:00:00Z",
        })
    };
    json!({ "conditions": [condition("Ready", "Unknown"), condition("Reconciling", "True")] })
}

/// Lifts every check of values: the status is what the controller found and holds, and a CRD older than
/// the controller must not refuse its ledger.
fn unbind(schema: &mut JSONSchemaProps) {
    schema.x_kubernetes_validations = None;
    schema.enum_ = None;
    schema.pattern = None;
    schema.max_length = None;
    schema.minimum = None;
    schema.maximum = None;
    for child in children(schema) {
        unbind(child);
    }
}

/// Makes optional mean absent and never null, so that `has()` in a rule means that a value is there.
fn forbid_null(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    for child in children(schema) {
        forbid_null(child);
    }
}

/// Makes a schema follow the Kubernetes API conventions: integers have Kubernetes's formats, items of lists have no defaults, every list has a type for server-side
/// apply, and every list, map and text has a bound.
fn conform(schema: &mut JSONSchemaProps, in_list: bool) {
    if in_list {
        schema.default = None;
    }
    if let Some(text) = &mut schema.description {
        *text = text.replace('\n', " ");
    }
    match schema.type_.as_deref() {
        Some("integer") if schema.format.as_deref() != Some("int64") => {
            schema.format = Some("int32".to_owned());
        }
        Some("array") => {
            schema.max_items.get_or_insert(MAX_LIST);
            schema
                .x_kubernetes_list_type
                .get_or_insert_with(|| "atomic".to_owned());
        }
        Some("object") if schema.additional_properties.is_some() => {
            schema.max_properties.get_or_insert(MAX_LIST);
        }
        Some("string") if schema.enum_.is_none() && schema.format.is_none() => {
            schema.max_length.get_or_insert(MAX_TEXT);
        }
        _ => {}
    }
    let in_list = in_list || schema.items.is_some();
    for child in children(schema) {
        conform(child, in_list);
    }
}

/// The manifest of a CustomResourceDefinition as a value, with whole numbers written as such.
///
/// # Errors
/// None that is known: a CustomResourceDefinition is always a JSON value.
pub fn crd_manifest(crd: &CustomResourceDefinition) -> Result<Value, serde_json::Error> {
    let mut manifest = serde_json::to_value(crd)?;
    write_whole_numbers(&mut manifest);
    Ok(manifest)
}

fn write_whole_numbers(value: &mut Value) {
    match value {
        Value::Object(object) => object.values_mut().for_each(write_whole_numbers),
        Value::Array(list) => list.iter_mut().for_each(write_whole_numbers),
        Value::Number(number) if number.is_f64() => {
            let text = number.to_string();
            if let Some(whole) = text
                .strip_suffix(".0")
                .and_then(|text| text.parse::<i64>().ok())
            {
                *value = whole.into();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Every schema below `schema` with its path.
    fn walk(schema: &mut JSONSchemaProps, path: &str, found: &mut Vec<(String, JSONSchemaProps)>) {
        found.push((path.to_owned(), schema.clone()));
        for (name, property) in schema.properties.iter_mut().flatten() {
            walk(property, &format!("{path}.{name}"), found);
        }
        if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
            walk(items, &format!("{path}[]"), found);
        }
    }

    fn all_schemas() -> Vec<(String, JSONSchemaProps)> {
        let mut found = Vec::new();
        for mut crd in crds() {
            let kind = crd.spec.names.kind.clone();
            for schema in schemas(&mut crd) {
                walk(schema, &kind, &mut found);
            }
        }
        found
    }

    #[test]
    fn every_field_is_documented() {
        for (path, schema) in all_schemas() {
            let is_field = !path.ends_with("[]") && path.matches('.').count() > 0;
            if is_field && !path.ends_with(".metadata") {
                assert!(schema.description.is_some(), "{path}");
            }
        }
    }

    #[test]
    fn every_list_and_text_is_bounded_and_no_item_has_a_default() {
        for (path, schema) in all_schemas() {
            match schema.type_.as_deref() {
                Some("array") => assert!(
                    schema.max_items.is_some() && schema.x_kubernetes_list_type.is_some(),
                    "{path}"
                ),
                Some("string") => assert!(
                    schema.max_length.is_some()
                        || schema.enum_.is_some()
                        || schema.format.is_some(),
                    "{path}"
                ),
                Some("integer") => assert!(schema.format.is_some(), "{path}"),
                _ => {}
            }
            assert!(
                path.contains(".status") || schema.nullable.is_none(),
                "{path}"
            );
            assert!(!path.contains("[]") || schema.default.is_none(), "{path}");
        }
    }

    #[test]
    fn declared_texts_and_lists_have_bounds_of_their_own() {
        for (path, schema) in all_schemas() {
            if path.contains(".spec") && !path.contains(".selector") {
                assert_ne!(schema.max_items, Some(MAX_LIST), "{path}");
                assert_ne!(schema.max_length, Some(MAX_TEXT), "{path}");
            }
        }
    }

    #[test]
    fn the_status_refuses_nothing() {
        for (path, schema) in all_schemas() {
            if path.contains(".status") {
                assert!(
                    schema.enum_.is_none() && schema.x_kubernetes_validations.is_none(),
                    "{path}"
                );
            }
        }
    }

    #[test]
    fn a_manifest_writes_whole_numbers() {
        for crd in crds() {
            let text = crd_manifest(&crd).unwrap().to_string();
            assert!(text.contains("\"maximum\":65535,"), "{text}");
        }
    }
}
