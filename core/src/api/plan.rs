//! The machine-readable plan, as `plan -o json` prints it. The status uses the same shapes.
use super::{
    Change, EndpointName, NetworkAclId, PathStatus, Protocol, Reason, RuleDirection, RuleNumber,
};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The plans of all declared networks, sorted by namespace and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDocument {
    /// One plan for each network.
    pub networks: Vec<NetworkPlan>,
}

/// The plan of one network. All lists are sorted, so that two runs give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkPlan {
    /// The network's namespace.
    pub namespace: String,
    /// The network's name.
    pub name: String,
    /// Whether every path passes.
    pub ready: bool,
    /// Why.
    pub reason: Reason,
    /// Every path with its gates.
    pub paths: Vec<PathStatus>,
    /// What is added.
    pub additions: Vec<Change>,
    /// What is removed.
    pub removals: Vec<Change>,
    /// What others must allow.
    pub requirements: Vec<Requirement>,
    /// What is not added, and why.
    pub refusals: Vec<Refusal>,
}

/// Who must allow something.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Who {
    /// The firewall of the site.
    OnPremisesFirewall,
    /// The far side on the internet.
    InternetPeer,
    /// The owner of another AWS account.
    OtherAccount,
    /// The owner of a network ACL that we may not change.
    NetworkACLOwner,
    /// The owner of a firewall on the way.
    FirewallOwner,
    /// The owner of a hop that cannot be seen through.
    NetworkOwner,
}

/// What somebody else must allow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Requirement {
    /// Who must allow it.
    pub who: Who,

    /// The endpoint that needs it.
    pub endpoint: EndpointName,

    /// The flow that must pass.
    pub allow: Allow,

    /// The exact network ACL entries that are lacking, for their owner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<RequiredEntry>,
}

/// A flow that must pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Allow {
    /// The protocol.
    pub protocol: Protocol,

    /// The port of the database or proxy.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,

    /// The sources as seen there, as CIDR blocks.
    #[schemars(with = "Vec<String>")]
    pub from: Vec<IpNet>,

    /// The destinations, as CIDR blocks.
    #[schemars(with = "Vec<String>")]
    pub to: Vec<IpNet>,
}

/// A network ACL entry that its owner would have to add.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequiredEntry {
    /// The network ACL.
    pub resource: NetworkAclId,

    /// Ingress or Egress.
    pub direction: RuleDirection,

    /// A number that would do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 32766))]
    pub rule_number: Option<RuleNumber>,

    /// The protocol.
    pub protocol: Protocol,

    /// The first port.
    #[schemars(range(min = 0, max = 65535))]
    pub from_port: u16,

    /// The last port.
    #[schemars(range(min = 0, max = 65535))]
    pub to_port: u16,

    /// The block of addresses.
    #[schemars(with = "String")]
    pub cidr: IpNet,
}

/// What is not added, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// The id of the resource that would have been changed, or the object that forbids it.
    pub resource: String,

    /// Why.
    pub reason: Reason,

    /// What was seen.
    pub evidence: Vec<String>,

    /// What was found, for people.
    pub message: String,

    /// What a person can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}
