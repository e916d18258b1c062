//! The path of one flow and what was found on it: the same shape in the plan and in the status.
use super::{EndpointName, Reason, SubnetId};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a gate, or the worst gate of a path, stands. The order is from best to worst, so that the
/// verdict of a path is the greatest of its gates.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Verdict {
    /// The packet passes.
    Permitted,
    /// Someone else's to allow, or a hop that nobody can see through.
    External,
    /// Closed, and an addition opens it.
    Missing,
    /// What decides was not read.
    Unknown,
    /// Closed, and a person must act.
    Blocked,
}

impl Verdict {
    /// The worst of several verdicts: Blocked, Unknown, Missing, External, Permitted. `Permitted` where
    /// there are none.
    pub fn worst(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().max().unwrap_or(Self::Permitted)
    }
}

/// The kind of a gate.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum GateKind {
    /// The egress rules of the groups of whoever opens or forwards the connection.
    SecurityGroupEgress,
    /// The ingress rules of the groups of whoever answers.
    SecurityGroupIngress,
    /// A network ACL, for packets that leave its subnet.
    NetworkACLEgress,
    /// A network ACL, for packets that enter its subnet.
    NetworkACLIngress,
    /// A route table.
    Route,
    /// A VPC peering connection.
    VPCPeering,
    /// A transit gateway with its attachments and route tables.
    TransitGateway,
    /// An internet gateway.
    InternetGateway,
    /// An egress-only internet gateway.
    EgressOnlyInternetGateway,
    /// A NAT gateway.
    NATGateway,
    /// A bridging host or NAT instance.
    Host,
    /// A proxy.
    Proxy,
    /// A virtual private gateway.
    VPNGateway,
    /// A firewall, or a hop that cannot be seen through.
    Middlebox,
    /// The other end, where it is not ours.
    FarSide,
    /// What is wrong before any packet moves.
    Declaration,
}

/// Whether a gate is met on the way to the endpoint or on the way back.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum PathDirection {
    /// From the replication instance to the endpoint.
    Forward,
    /// From the endpoint back to the replication instance.
    Return,
}

/// One flow: a client subnet, an endpoint's port and its destinations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PathStatus {
    /// The declared endpoint.
    pub endpoint: EndpointName,

    /// The port that is dialled.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,

    /// Where the flow starts.
    pub client: Client,

    /// The destinations, as CIDR blocks.
    #[schemars(with = "Vec<String>")]
    pub destinations: Vec<IpNet>,

    /// The source as the far end sees it, as CIDR blocks.
    #[schemars(with = "Vec<String>")]
    pub source_addresses: Vec<IpNet>,

    /// The worst verdict of its gates.
    pub verdict: Verdict,

    /// The gates in the order in which a packet meets them, out and then back.
    pub gates: Vec<Gate>,

    /// What is worth knowing and decides nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// Where a flow starts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Client {
    /// The subnet of the replication instance.
    #[serde(rename = "subnetID")]
    pub subnet_id: SubnetId,

    /// Its addresses there, as CIDR blocks.
    #[schemars(with = "Vec<String>")]
    pub addresses: Vec<IpNet>,
}

/// One decision that a packet meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gate {
    /// The kind of the gate.
    pub gate: GateKind,

    /// The id of the AWS resource that decides, or the declared field.
    pub resource: String,

    /// Forward to the endpoint, or Return.
    pub direction: PathDirection,

    /// How it decides.
    pub verdict: Verdict,

    /// Why.
    pub reason: Reason,

    /// What was seen: rule ids, entry numbers, routes, states.
    pub evidence: Vec<String>,

    /// What was found, for people.
    pub message: String,

    /// What a person can do; null where nothing is to be done.
    pub remedy: Option<String>,
}

/// A remark on a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// What it is about.
    pub reason: Reason,

    /// The remark, for people.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_gate_gives_the_verdict_of_a_path() {
        use Verdict::{Blocked, External, Missing, Permitted, Unknown};
        assert_eq!(Verdict::worst([]), Permitted);
        assert_eq!(Verdict::worst([Permitted, External]), External);
        assert_eq!(Verdict::worst([Missing, External]), Missing);
        assert_eq!(Verdict::worst([Missing, Unknown]), Unknown);
        assert_eq!(Verdict::worst([Blocked, Unknown, Permitted]), Blocked);
    }
}
