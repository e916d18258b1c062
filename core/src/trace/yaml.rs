//! Declarations in one line of YAML, as people paste them (YAML 1.2, "Flow style productions").

use serde_json::Value;

/// The members that people write first, in their order; the others follow by name.
const FIRST: [&str; 12] = [
    "name",
    "role",
    "engine",
    "arn",
    "ports",
    "addresses",
    "admit",
    "placement",
    "vpcID",
    "host",
    "listenPort",
    "instanceID",
];

/// A value in one line of YAML.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            let place = |key: &str| FIRST.iter().position(|first| *first == key);
            members.sort_by_key(|(key, _)| (place(key).unwrap_or(FIRST.len()), *key));
            let members = members.into_iter();
            let members = members.map(|(key, value)| format!("{key}: {}", flow(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) if is_plain(text) => text.clone(),
        // A string of JSON is one of YAML.
        other => other.to_string(),
    }
}

/// Whether a text stands for itself without quotes.
fn is_plain(text: &str) -> bool {
    let starts_as_word = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let is_address =
        text.parse::<std::net::Ipv4Addr>().is_ok() || text.parse::<ipnet::Ipv4Net>().is_ok();
    let is_literal = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
    );
    is_address || (starts_as_word && !is_literal && text.chars().all(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_yaml_would_take_for_something_else_is_quoted() {
        let value = json!({
            "engine": "postgres", "ports": [5432], "addresses": ["10.0.2.20", "10.0.3.0/24", "2001:db8::"],
            "name": "on", "host": {"instanceID": "<yours, or another>"}
        });
        assert_eq!(
            flow(&value),
            r#"{name: "on", engine: postgres, ports: [5432], addresses: [10.0.2.20, 10.0.3.0/24, "2001:db8::"], host: {instanceID: "<yours, or another>"}}"#
        );
    }
}
