//! DMS, as the snapshot has it, read only (DMS API Reference; JSON 1.1).

use crate::{error::ApiError, state::State};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A Describe call of DMS.
struct Describe {
    action: &'static str,
    list: &'static str,
    /// Filter, and the member that it looks at.
    filters: &'static [(&'static str, &'static str)],
}

const CALLS: [Describe; 4] = [
    Describe {
        action: "DescribeReplicationInstances",
        list: "ReplicationInstances",
        filters: &[
            ("replication-instance-arn", "ReplicationInstanceArn"),
            ("replication-instance-id", "ReplicationInstanceIdentifier"),
            ("replication-instance-class", "ReplicationInstanceClass"),
            ("engine-version", "EngineVersion"),
        ],
    },
    Describe {
        action: "DescribeReplicationSubnetGroups",
        list: "ReplicationSubnetGroups",
        filters: &[(
            "replication-subnet-group-id",
            "ReplicationSubnetGroupIdentifier",
        )],
    },
    Describe {
        action: "DescribeEndpoints",
        list: "Endpoints",
        filters: &[
            ("endpoint-arn", "EndpointArn"),
            ("endpoint-type", "EndpointType"),
            ("endpoint-id", "EndpointIdentifier"),
            ("engine-name", "EngineName"),
        ],
    },
    Describe {
        action: "DescribeReplicationConfigs",
        list: "ReplicationConfigs",
        filters: &[
            ("replication-config-arn", "ReplicationConfigArn"),
            ("replication-config-id", "ReplicationConfigIdentifier"),
        ],
    },
];

/// Answers a DMS action.
///
/// API Reference: pages of 20 to 100 by Marker; a filter that finds nothing is
/// ResourceNotFoundFault.
pub(crate) fn answer(action: &str, state: &State, request: &Value) -> Result<Value, ApiError> {
    let call = CALLS
        .iter()
        .find(|call| call.action == action)
        .ok_or_else(|| {
            ApiError::new(
                "UnknownOperationException",
                format!("The sandbox does not serve {action}"),
            )
        })?;
    let invalid = |message: String| ApiError::new("InvalidParameterValueException", message);
    let mut found: Vec<&Value> = state
        .documents
        .get(call.list)
        .into_iter()
        .flatten()
        .collect();
    let filters = request.get("Filters").and_then(Value::as_array);
    for filter in filters.into_iter().flatten() {
        let name = filter
            .get("Name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let known = call.filters.iter().find(|(known, _)| *known == name);
        let (_, member) = known.ok_or_else(|| invalid(format!("Invalid filter: {name}")))?;
        let values = filter.get("Values").and_then(Value::as_array);
        let values = values.ok_or_else(|| invalid(format!("The filter {name} has no values")))?;
        found.retain(|document| {
            document
                .get(member)
                .is_some_and(|value| values.contains(value))
        });
        if found.is_empty() {
            return Err(ApiError::new(
                "ResourceNotFoundFault",
                format!("No {} found", call.list),
            ));
        }
    }
    let size = match request.get("MaxRecords").and_then(Value::as_u64) {
        None => 100,
        Some(size) if (20..=100).contains(&size) => usize::try_from(size).unwrap_or(100),
        Some(size) => {
            return Err(invalid(format!(
                "MaxRecords must be 20 to 100, and is {size}"
            )));
        }
    };
    let start = match request.get("Marker").and_then(Value::as_str) {
        None => 0,
        Some(marker) => marker
            .parse()
            .map_err(|_| invalid(format!("Invalid marker: {marker}")))?,
    };
    let mut page: Vec<Value> = found
        .iter()
        .skip(start)
        .take(size)
        .copied()
        .cloned()
        .collect();
    page.iter_mut().for_each(wire_times);
    let mut reply = json!({ call.list: page });
    if found.len() > start + size {
        reply["Marker"] = (start + size).to_string().into();
    }
    Ok(reply)
}

/// JSON 1.1 has times as seconds since 1970, where the AWS CLI prints them as text. They are the
/// members with names that end in `Time`, `Date` or `Until`.
fn wire_times(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(wire_times),
        Value::Object(members) => {
            for (name, value) in members {
                let is_time = ["Time", "Date", "Until"]
                    .iter()
                    .any(|end| name.ends_with(end));
                let time = value
                    .as_str()
                    .filter(|_| is_time)
                    .map(str::parse::<Timestamp>);
                match time {
                    Some(Ok(time)) => *value = time.as_second().into(),
                    _ => wire_times(value),
                }
            }
        }
        _ => {}
    }
}
