use std::collections::BTreeMap;

use hyper::HeaderMap;

/// One call to AWS as the proxy saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The API action, such as `AuthorizeSecurityGroupIngress`.
    pub action: String,
    /// The form's fields, such as `IpPermissions.1.FromPort`; empty for a service that speaks JSON.
    pub params: BTreeMap<String, String>,
    /// Whether it may change something: not a `Describe`, `Get`, `List`, `Search` or `AssumeRole`, nor a dry run.
    pub mutating: bool,
    /// What became of it.
    pub outcome: Outcome,
    pub(super) protocol: Protocol,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing yet: it is on its way, or its client has gone.
    Pending,
    /// AWS's own answer was given, with this HTTP status.
    Answered(u16),
    /// AWS took it, and the client was not told.
    AnswerLost,
    /// AWS never saw it.
    NotForwarded,
}

/// The protocol of the service, which decides the form of its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// EC2's own variant of the query protocol.
    Ec2,
    /// AWS query, as STS speaks it.
    Query,
    /// AWS JSON, as DMS speaks it.
    Json,
}

const READING: [&str; 5] = ["Describe", "Get", "List", "Search", "AssumeRole"];
const EC2_VERSION: &str = "2016-11-15";

impl Call {
    pub(super) fn read(path: &str, headers: &HeaderMap, body: &[u8]) -> Self {
        // Smithy RPC v2 CBOR, as Service Quotas speaks it: the path names the operation.
        if let Some((_, action)) = path.split_once("/operation/") {
            return Self::new(action.to_owned(), BTreeMap::new(), Protocol::Json);
        }
        let target = headers
            .get("x-amz-target")
            .and_then(|value| value.to_str().ok());
        if let Some(target) = target {
            let action = target.rsplit('.').next().unwrap_or_default();
            return Self::new(action.to_owned(), BTreeMap::new(), Protocol::Json);
        }
        let mut params: BTreeMap<_, _> = form_urlencoded::parse(body).into_owned().collect();
        let action = params.remove("Action").unwrap_or_default();
        let ec2 = params
            .remove("Version")
            .is_some_and(|version| version == EC2_VERSION);
        Self::new(
            action,
            params,
            if ec2 { Protocol::Ec2 } else { Protocol::Query },
        )
    }

    fn new(action: String, params: BTreeMap<String, String>, protocol: Protocol) -> Self {
        let dry = params.get("DryRun").is_some_and(|value| value == "true");
        let mutating = !dry && !READING.iter().any(|verb| action.starts_with(verb));
        Self {
            action,
            params,
            mutating,
            outcome: Outcome::Pending,
            protocol,
        }
    }
}
