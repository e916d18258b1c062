//! A unit: the smallest thing that is added to or removed from AWS, and what is done with it.
use super::{AccountId, EndpointName, NetworkAclId, PrefixListId, SecurityGroupId};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

/// One block of addresses (or a group, or a prefix list) and one port (or the return range), on one
/// security group or network ACL, in one direction.
///
/// Two units are the same if all of this is equal: the number of a network ACL entry and the id of a
/// security group rule are where the unit is held, not what it is.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Unit {
    /// The security group or network ACL that is changed.
    #[serde(flatten)]
    #[schemars(with = "TargetFields")]
    pub target: Target,

    /// Ingress or Egress, as seen from that resource.
    pub direction: RuleDirection,

    /// The protocol. DMS speaks TCP only.
    pub protocol: Protocol,

    /// The first port.
    #[schemars(range(min = 0, max = 65535))]
    pub from_port: u16,

    /// The last port.
    #[schemars(range(min = 0, max = 65535))]
    pub to_port: u16,

    /// The other end: exactly one of `cidr`, `securityGroupID` and `prefixListID`.
    #[serde(flatten)]
    #[schemars(with = "PeerFields")]
    pub peer: Peer,
}

/// The resource that holds a unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "resource")]
pub enum Target {
    /// A rule of this security group.
    SecurityGroupRule(SecurityGroupId),
    /// An entry of this network ACL.
    NetworkACLEntry(NetworkAclId),
}

impl Target {
    /// The id of the resource as text.
    pub fn resource(&self) -> &str {
        match self {
            Self::SecurityGroupRule(id) => id.as_str(),
            Self::NetworkACLEntry(id) => id.as_str(),
        }
    }
}

/// The schema of [`Target`], as flat fields.
#[derive(Serialize, JsonSchema)]
#[allow(dead_code, reason = "read by the schema generator only")]
struct TargetFields {
    /// SecurityGroupRule or NetworkACLEntry.
    kind: TargetKind,
    /// The id of the security group or network ACL.
    #[schemars(length(max = 64))]
    resource: String,
}

#[derive(Serialize, JsonSchema)]
#[allow(dead_code, reason = "read by the schema generator only")]
enum TargetKind {
    SecurityGroupRule,
    NetworkACLEntry,
}

/// The other end of a rule. A network ACL entry knows CIDR blocks only.
///
/// Two of them are the same whatever is known of a group's owner: its id alone tells which it is, and what EC2 reads
/// back as its account varies with the way that joins the two VPCs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Peer {
    /// A block of addresses.
    Cidr {
        /// The block, without host bits.
        cidr: IpNet,
    },
    /// Whoever carries a security group.
    SecurityGroup {
        /// The referenced group.
        #[serde(rename = "securityGroupID")]
        security_group_id: SecurityGroupId,
        /// Its owner, where that is not the owner of the changed group.
        #[serde(rename = "accountID", skip_serializing_if = "Option::is_none")]
        account_id: Option<AccountId>,
    },
    /// The addresses of a prefix list.
    PrefixList {
        /// The list.
        #[serde(rename = "prefixListID")]
        prefix_list_id: PrefixListId,
    },
}

/// What tells one peer from another.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
enum PeerKey<'a> {
    Cidr(&'a IpNet),
    SecurityGroup(&'a SecurityGroupId),
    PrefixList(&'a PrefixListId),
}

impl Peer {
    fn key(&self) -> PeerKey<'_> {
        match self {
            Self::Cidr { cidr } => PeerKey::Cidr(cidr),
            Self::SecurityGroup {
                security_group_id, ..
            } => PeerKey::SecurityGroup(security_group_id),
            Self::PrefixList { prefix_list_id } => PeerKey::PrefixList(prefix_list_id),
        }
    }
}

impl PartialEq for Peer {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Peer {}

impl PartialOrd for Peer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Peer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for Peer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr { cidr } => cidr.fmt(f),
            Self::SecurityGroup {
                security_group_id,
                account_id: None,
            } => security_group_id.fmt(f),
            Self::SecurityGroup {
                security_group_id,
                account_id: Some(owner),
            } => {
                write!(f, "{owner}/{security_group_id}")
            }
            Self::PrefixList { prefix_list_id } => prefix_list_id.fmt(f),
        }
    }
}

/// The schema of [`Peer`], as flat fields.
#[derive(Serialize, JsonSchema)]
#[allow(dead_code, reason = "read by the schema generator only")]
struct PeerFields {
    /// The other end, where it is a block of addresses.
    #[schemars(length(max = 43))]
    cidr: Option<String>,
    /// The other end, where it is a security group.
    #[serde(rename = "securityGroupID")]
    security_group_id: Option<SecurityGroupId>,
    /// The owner of that group, where it is not the owner of the changed one.
    #[serde(rename = "accountID")]
    account_id: Option<AccountId>,
    /// The other end, where it is a prefix list.
    #[serde(rename = "prefixListID")]
    prefix_list_id: Option<PrefixListId>,
}

/// The direction of a rule, as seen from its resource.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum RuleDirection {
    /// Into the interface or subnet.
    Ingress,
    /// Out of the interface or subnet.
    Egress,
}

/// The protocol of a unit.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP, number 6.
    #[default]
    Tcp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("tcp")
    }
}

/// The number of a network ACL entry: 1 to 32766 (EC2 User Guide, network ACL rules).
pub type RuleNumber = u16;

/// A unit that is added or removed, for the first of the endpoints that call for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What is added or removed.
    #[serde(flatten)]
    pub unit: Unit,

    /// The number of the entry, in a network ACL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 32766))]
    pub rule_number: Option<RuleNumber>,

    /// The endpoint that calls for it, or called for it.
    pub endpoint: EndpointName,

    /// What is done.
    pub action: Action,
}

/// What is done with a unit.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Action {
    /// It is made.
    Create,
    /// It exists by a claim, and is needed here too.
    Join,
    /// It is taken away: nobody else needs it.
    Delete,
    /// It is given up here and stays: another object or deployment needs it.
    Leave,
}
