//! DMS engine names and the ports that they imply.
use super::{IdError, admission::text_rule};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// The engines with one default port, by the names that DMS's CreateEndpoint takes, and those ports.
///
/// Engines that are missing here (Kafka, Db2 for z/OS, …) listen where their owner decided. A name that
/// this version does not know is no error: with `ports` it works all the same.
pub const DEFAULT_PORTS: &[(&str, u16)] = &[
    ("aurora", 3306),
    ("aurora-postgresql", 5432),
    ("aurora-postgresql-serverless", 5432),
    ("aurora-serverless", 3306),
    ("azuredb", 1433),
    ("babelfish", 1433),
    ("db2", 50000),
    ("docdb", 27017),
    ("dynamodb", 443),
    ("elasticsearch", 443),
    ("gcp-mysql", 3306),
    ("kinesis", 443),
    ("mariadb", 3306),
    ("mongodb", 27017),
    ("mysql", 3306),
    ("neptune", 8182),
    ("opensearch", 443),
    ("oracle", 1521),
    ("postgres", 5432),
    ("redis", 6379),
    ("redshift", 5439),
    ("redshift-serverless", 5439),
    ("s3", 443),
    ("sqlserver", 1433),
    ("sybase", 5000),
    ("timestream", 443),
];

const MAX_ENGINE_LENGTH: usize = 64;
const FORM: &str = "the name that DMS uses, such as `postgres`, `mysql` or `aurora-postgresql`";

/// A DMS engine name: lower-case letters, digits and dashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Engine(String);

impl Engine {
    /// The name as DMS writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The port of a default installation, where the engine has one.
    pub fn default_port(&self) -> Option<u16> {
        DEFAULT_PORTS
            .iter()
            .find(|(name, _)| *name == self.0)
            .map(|(_, port)| *port)
    }
}

impl TryFrom<String> for Engine {
    type Error = IdError;
    fn try_from(value: String) -> Result<Self, IdError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=MAX_ENGINE_LENGTH).contains(&value.len()) && value.bytes().all(allowed) {
            Ok(Self(value))
        } else {
            Err(IdError {
                value,
                kind: "a DMS engine name",
                form: FORM,
            })
        }
    }
}

impl FromStr for Engine {
    type Err = IdError;
    fn from_str(value: &str) -> Result<Self, IdError> {
        Self::try_from(value.to_owned())
    }
}

impl From<Engine> for String {
    fn from(engine: Engine) -> Self {
        engine.0
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl JsonSchema for Engine {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Engine".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": MAX_ENGINE_LENGTH,
            "x-kubernetes-validations": text_rule("^[a-z0-9-]+$", FORM),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_engine_gives_its_port_and_an_unknown_one_gives_none() {
        assert_eq!(
            "postgres".parse::<Engine>().unwrap().default_port(),
            Some(5432)
        );
        assert_eq!("kafka".parse::<Engine>().unwrap().default_port(), None);
        assert_eq!("next-db".parse::<Engine>().unwrap().default_port(), None);
        assert!("Postgres".parse::<Engine>().is_err());
    }
}
