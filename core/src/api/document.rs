//! Declarations as files hold them, read as strictly as the API server would.
use super::{AWSAccount, MigrationNetwork, SpecError, crds, structure};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use kube::Resource;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{collections::BTreeMap, io::Cursor, sync::LazyLock};

/// A declaration.
#[derive(Clone, Debug, PartialEq)]
pub enum Document {
    /// A network.
    MigrationNetwork(Box<MigrationNetwork>),
    /// An account.
    AWSAccount(Box<AWSAccount>),
}

/// How many values aliases may repeat in one document: without a bound few lines could stand for a million.
const MAX_REPEATED: usize = 10_000;

/// The schemas of the specs, by kind.
static SPEC_SCHEMAS: LazyLock<BTreeMap<String, JSONSchemaProps>> = LazyLock::new(|| {
    crds()
        .into_iter()
        .filter_map(|crd| {
            let version = crd.spec.versions.into_iter().next()?;
            let mut properties = version.schema?.open_api_v3_schema?.properties?;
            Some((crd.spec.names.kind, properties.remove("spec")?))
        })
        .collect()
});

impl Document {
    /// Hands on each document of a YAML or JSON file, one after the other; of one that is neither, or is deeper or longer
    /// than serde-saphyr lets it be, what is wrong.
    pub fn each(text: &[u8], mut look: impl FnMut(Result<Value, String>)) {
        let options = serde_saphyr::options! {
            with_snippet: false,
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPEATED },
        };
        let mut text = Cursor::new(text);
        let documents = serde_saphyr::read_with_options::<_, Value>(&mut text, options);
        documents.for_each(|document| look(document.map_err(|error| error.to_string())));
    }

    /// The objects of a document: itself, or the items of a list as `kubectl get -o yaml` prints it.
    #[must_use]
    pub fn objects(document: &Value) -> Vec<&Value> {
        let kind = document.get("kind").and_then(Value::as_str);
        match document.get("items") {
            Some(Value::Array(items)) if kind.is_some_and(|kind| kind.ends_with("List")) => {
                items.iter().flat_map(Self::objects).collect()
            }
            _ => vec![document],
        }
    }

    /// Reads one YAML or JSON document, given as a JSON value: `None` where it declares something that
    /// is not of this API group. The status is read as far as it is there.
    ///
    /// # Errors
    /// Everything that admission would refuse, with the field and the remedy: an unknown field or
    /// version, a value of the wrong form, a rule across fields.
    pub fn read(value: &Value) -> Result<Option<Self>, Vec<SpecError>> {
        let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
        let Some((group, version)) = text("apiVersion").split_once('/') else {
            return Ok(None);
        };
        if group != super::GROUP {
            return Ok(None);
        }
        if version != MigrationNetwork::version(&()) {
            return Err(vec![SpecError::new(
                "apiVersion",
                format!("version `{version}` is not known"),
                format!("write {}", MigrationNetwork::api_version(&())),
            )]);
        }
        match text("kind") {
            "MigrationNetwork" => {
                let network: MigrationNetwork = read_kind(value, "MigrationNetwork")?;
                network.validate()?;
                Ok(Some(Self::MigrationNetwork(Box::new(network))))
            }
            "AWSAccount" => Ok(Some(Self::AWSAccount(Box::new(read_kind(
                value,
                "AWSAccount",
            )?)))),
            other => Err(vec![SpecError::new(
                "kind",
                format!("`{other}` is not of this API"),
                "write MigrationNetwork or AWSAccount",
            )]),
        }
    }
}

/// The fields of every object.
const FIELDS: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];

fn read_kind<K: DeserializeOwned>(value: &Value, kind: &str) -> Result<K, Vec<SpecError>> {
    let mut errors = Vec::new();
    for name in value
        .as_object()
        .into_iter()
        .flat_map(|object| object.keys())
    {
        if !FIELDS.contains(&name.as_str()) && errors.len() < structure::MOST_ERRORS {
            errors.push(structure::no_such_field(
                structure::shown(name),
                name,
                &FIELDS,
            ));
        }
    }
    if value
        .pointer("/metadata/name")
        .and_then(Value::as_str)
        .is_none()
    {
        errors.push(SpecError::new(
            "metadata.name",
            "missing",
            "name the object",
        ));
    }
    if let Some(schema) = SPEC_SCHEMAS.get(kind) {
        structure::check(
            value.get("spec").unwrap_or(&Value::Null),
            schema,
            "spec",
            &mut errors,
        );
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        vec![SpecError::new(
            error.path().to_string(),
            "not understood",
            error.inner().to_string(),
        )]
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use serde_json::json;

    fn network() -> Value {
        json!({
            "apiVersion": "dms-network.dev/v1alpha1",
            "kind": "MigrationNetwork",
            "metadata": { "name": "orders", "namespace": "migrations" },
            "spec": {
                "accountRef": { "name": "prod" },
                "region": "eu-west-1",
                "replicationInstance": { "network": {
                    "vpcID": "vpc-0a", "subnetIDs": ["subnet-0a", "subnet-0b"], "securityGroupIDs": ["sg-0a"],
                    "privateIPs": ["10.0.1.10"],
                } },
                "endpoints": [{
                    "name": "orders-source", "role": "Source", "engine": "postgres", "addresses": ["10.1.4.20"],
                    "placement": { "sameVPC": { "securityGroupIDs": ["sg-0c"], "subnetIDs": ["subnet-0c"] } },
                }],
            },
        })
    }

    /// The network with the value at `pointer` replaced, or left out where it is null.
    fn with(pointer: &str, value: Value) -> Value {
        let mut document = network();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = document.pointer_mut(parent).unwrap();
        match (parent, value) {
            (Value::Object(object), Value::Null) => {
                object.remove(key);
            }
            (Value::Object(object), value) => {
                object.insert(key.to_owned(), value);
            }
            (Value::Array(list), value) => list[key.parse::<usize>().unwrap()] = value,
            _ => panic!("{pointer} leads nowhere"),
        }
        document
    }

    fn errors(document: &Value) -> String {
        let errors = Document::read(document).unwrap_err();
        errors
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn a_good_declaration_is_read_with_its_defaults() {
        let Some(Document::MigrationNetwork(read)) = Document::read(&network()).unwrap() else {
            panic!("no network");
        };
        assert_eq!(read.spec.mode, crate::api::Mode::Enforce);
        assert_eq!(read.spec.endpoints[0].ports(), [5432]);
        assert_eq!(
            read.spec.endpoints[0].addresses[0].to_string(),
            "10.1.4.20/32"
        );
    }

    #[test]
    fn what_is_of_another_api_is_passed_over() {
        for other in [
            json!({ "apiVersion": "v1", "kind": "ConfigMap" }),
            json!({ "apiVersion": "apps/v1", "kind": "Deployment" }),
            json!([]),
            json!(null),
        ] {
            assert_eq!(Document::read(&other), Ok(None));
        }
    }

    #[test]
    fn an_error_names_the_field_the_value_and_the_remedy() {
        for (pointer, value, field, words) in [
            (
                "/apiVersion",
                json!("dms-network.dev/v9"),
                "apiVersion",
                "write dms-network.dev/v1alpha1",
            ),
            (
                "/kind",
                json!("Network"),
                "kind",
                "write MigrationNetwork or AWSAccount",
            ),
            ("/extra", json!(1), "extra", "no such field"),
            ("/", json!(1), "\"\"", "no such field"),
            ("/spec/", json!(1), "spec.\"\"", "no such field"),
            ("/metadata/name", json!(null), "metadata.name", "missing"),
            ("/spec", json!(null), "spec", "write fields and values"),
            ("/spec/region", json!(null), "spec.region", "missing"),
            (
                "/spec/region",
                json!("Ireland"),
                "spec.region",
                "`Ireland` is not an AWS Region",
            ),
            (
                "/spec/regoin",
                json!("eu-west-1"),
                "spec.regoin",
                "the fields here are accountRef",
            ),
            (
                "/spec/mode",
                json!("Off"),
                "spec.mode",
                "write one of Plan, AddOnly, Enforce",
            ),
            (
                "/spec/endpoints",
                json!([]),
                "spec.endpoints",
                "declare 1 to 32",
            ),
            (
                "/spec/connectionTest",
                json!({ "trigger": "Interval" }),
                "spec.connectionTest.interval",
                "such as 1h",
            ),
            (
                "/spec/connectionTest",
                json!({ "interval": "soon" }),
                "spec.connectionTest.interval",
                "`soon` is not a span",
            ),
            (
                "/spec/replicationInstance",
                json!({}),
                "spec.replicationInstance",
                "exactly one of instance, serverless, network",
            ),
            (
                "/spec/endpoints/0/ports",
                json!([0]),
                "spec.endpoints[0].ports[0]",
                "from 1 to 65535",
            ),
            (
                "/spec/endpoints/0/ports",
                json!([65536]),
                "spec.endpoints[0].ports[0]",
                "65536 is out of bounds",
            ),
            (
                "/spec/endpoints/0/ports",
                json!([1, 1]),
                "spec.endpoints[0].ports[1]",
                "is there twice",
            ),
            (
                "/spec/endpoints/0/ports",
                json!(["5432"]),
                "spec.endpoints[0].ports[0]",
                "write a whole number",
            ),
            (
                "/spec/endpoints/0/engine",
                json!("kafka"),
                "spec.endpoints[0].ports",
                "no default port",
            ),
            (
                "/spec/endpoints/0/engine",
                json!(null),
                "spec.endpoints[0].ports",
                "no default port",
            ),
            (
                "/spec/endpoints/0/addresses/0",
                json!("10.1.4.20/24"),
                "spec.endpoints[0].addresses[0]",
                "write `10.1.4.0/24`",
            ),
            (
                "/spec/endpoints/0/name",
                json!("Orders"),
                "spec.endpoints[0].name",
                "lower-case",
            ),
            (
                "/spec/endpoints/0/placement",
                json!({}),
                "spec.endpoints[0].placement",
                "exactly one of sameVPC",
            ),
            (
                "/spec/endpoints/0/placement",
                json!({ "sameVPC": {}, "internet": {} }),
                "spec.endpoints[0].placement",
                "both sameVPC and internet",
            ),
            (
                "/spec/endpoints/0/admit",
                json!("NATGateway"),
                "spec.endpoints[0].admit",
                "use one of Auto, SecurityGroup",
            ),
            (
                "/spec/endpoints/0/arn",
                json!("arn:aws:s3:::bucket"),
                "spec.endpoints[0].arn",
                "endpoint:ABC",
            ),
        ] {
            let errors = errors(&with(pointer, value));
            let line = errors
                .lines()
                .find(|line| line.starts_with(&format!("{field}: ")));
            assert!(
                line.is_some_and(|line| line.contains(words)),
                "{pointer}: {errors}"
            );
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let mut document = with("/spec/endpoints/0/ports", json!([0]));
        document["spec"]["mode"] = json!("Off");
        assert_eq!(errors(&document).lines().count(), 2);
        let mut document = with("/spec/endpoints/0/addresses", json!(null));
        document["spec"]["endpoints"][0]["placement"]["sameVPC"] = json!({});
        document["spec"]["endpoints"][0]["admit"] = json!("PublicIP");
        assert_eq!(errors(&document).lines().count(), 3);
    }

    #[test]
    fn a_name_is_given_once() {
        let mut document = network();
        let twin = document["spec"]["endpoints"][0].clone();
        document["spec"]["endpoints"]
            .as_array_mut()
            .unwrap()
            .push(twin);
        assert!(errors(&document).contains("`orders-source` names two endpoints"));
    }

    #[test]
    fn a_placement_outside_of_our_vpcs_needs_addresses() {
        let host = json!({ "instanceID": "i-0a", "securityGroupIDs": ["sg-0d"] });
        for placement in [
            json!({ "internet": {} }),
            json!({ "onPremises": { "via": { "gateway": { "id": "vgw-0a" } } } }),
            json!({ "proxy": { "host": host, "listenPort": 5432, "behind": { "sameVPC": {} } } }),
        ] {
            let mut document = with("/spec/endpoints/0/addresses", json!(null));
            document["spec"]["endpoints"][0]["placement"] = placement;
            let errors = errors(&document);
            assert!(
                errors.contains("declare the addresses of the database"),
                "{errors}"
            );
            assert_eq!(errors.lines().count(), 1, "{errors}");
        }
    }

    #[test]
    fn an_account_is_read_too() {
        let account = json!({
            "apiVersion": "dms-network.dev/v1alpha1",
            "kind": "AWSAccount",
            "metadata": { "name": "prod" },
            "spec": { "accountID": "111122223333", "allowedNamespaces": { "selector": {} } },
        });
        assert!(matches!(
            Document::read(&account),
            Ok(Some(Document::AWSAccount(_)))
        ));
        let mut number = account;
        number["spec"]["accountID"] = json!(111122223333_u64);
        assert!(errors(&number).contains("in quotes"));
    }
}
