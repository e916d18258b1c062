//! Between typed resources and the AWS CLI's JSON.

use serde::Serialize;
use serde_json::{Map, Value};

/// The members of a resource that no rule here looks at: kept and shown as they are.
pub(crate) type Extra = Map<String, Value>;

/// A resource in the AWS CLI's form.
pub(crate) fn show(resource: &impl Serialize) -> Value {
    // The resources are maps with text keys, which serde_json always can write.
    serde_json::to_value(resource).unwrap_or_default()
}

/// The members of a JSON object.
pub(crate) fn extra(json: Value) -> Extra {
    match json {
        Value::Object(members) => members,
        _ => Extra::new(),
    }
}
