//! `ec2 describe-network-acls`.

use super::{
    DocumentError, FieldError, Item, Tag, Tells,
    field::{cidr, id, or_default, owner, ports, protocol, tags},
};
use crate::{api::RuleDirection, snapshot};
use serde::{Deserialize, Serialize};

/// A network ACL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAcl {
    /// Its id.
    pub network_acl_id: String,
    /// Its VPC.
    pub vpc_id: String,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Whether it is its VPC's default.
    #[serde(default, deserialize_with = "or_default")]
    pub is_default: bool,
    /// The subnets that use it.
    #[serde(default, deserialize_with = "or_default")]
    pub associations: Vec<NetworkAclAssociation>,
    /// Its entries in both directions.
    #[serde(default, deserialize_with = "or_default")]
    pub entries: Vec<NetworkAclEntry>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// A subnet that uses a network ACL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAclAssociation {
    /// The association's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_acl_association_id: Option<String>,
    /// The ACL's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_acl_id: Option<String>,
    /// The subnet.
    pub subnet_id: String,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAclEntry {
    /// Its number.
    pub rule_number: i64,
    /// Whether it judges what leaves the subnet.
    pub egress: bool,
    /// `allow` or `deny`.
    pub rule_action: String,
    /// A number as text, or `-1`.
    pub protocol: String,
    /// The IPv4 block of the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_block: Option<String>,
    /// The IPv6 block of the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6_cidr_block: Option<String>,
    /// Its ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_range: Option<PortRange>,
    /// Its ICMP type and code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp_type_code: Option<IcmpTypeCode>,
}

/// The ports of an entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PortRange {
    /// The first.
    pub from: Option<i64>,
    /// The last.
    pub to: Option<i64>,
}

/// The ICMP type and code of an entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IcmpTypeCode {
    /// The type; -1 for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<i64>,
    /// The code; -1 for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
}

impl Item for NetworkAcl {
    fn id(&self) -> &str {
        &self.network_acl_id
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            account: self.owner_id.as_deref(),
            vpc: Some(&self.vpc_id),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl NetworkAcl {
    pub(super) fn resource(&self) -> Result<snapshot::NetworkAcl, DocumentError> {
        self.typed()
            .map_err(|error| error.of("NetworkAcls", &self.network_acl_id))
    }

    fn typed(&self) -> Result<snapshot::NetworkAcl, FieldError> {
        let mut subnet_ids = self
            .associations
            .iter()
            .map(|association| id("Associations.SubnetId", &association.subnet_id))
            .collect::<Result<Vec<_>, _>>()?;
        subnet_ids.sort_unstable();
        subnet_ids.dedup();
        self.require_few()?;
        let mut entries = self
            .entries
            .iter()
            .map(NetworkAclEntry::typed)
            .collect::<Result<Vec<_>, _>>()?;
        entries.sort_unstable();
        entries.dedup();
        Ok(snapshot::NetworkAcl {
            id: id("NetworkAclId", &self.network_acl_id)?,
            vpc_id: id("VpcId", &self.vpc_id)?,
            owner_id: owner(self.owner_id.as_deref()),
            tags: tags(&self.tags),
            subnet_ids,
            entries,
        })
    }
}

/// The most entries of a network ACL in one direction: far more than the 40 that AWS gives on request (Amazon VPC quotas),
/// and few enough to look at how they divide ports and addresses among them.
pub(super) const MAX_ENTRIES: usize = 1024;

impl NetworkAcl {
    fn require_few(&self) -> Result<(), FieldError> {
        let egress = self.entries.iter().filter(|entry| entry.egress).count();
        let most = egress.max(self.entries.len() - egress);
        if most <= MAX_ENTRIES {
            return Ok(());
        }
        let remedy = format!("AWS has at most {MAX_ENTRIES} in a direction; read the ACL anew");
        Err(FieldError::new(
            "Entries",
            &format!("{most} entries"),
            remedy,
        ))
    }
}

impl NetworkAclEntry {
    fn typed(&self) -> Result<snapshot::NetworkAclEntry, FieldError> {
        let field = |member: &str| {
            let direction = if self.egress { "egress" } else { "ingress" };
            format!("Entries[{direction} {}].{member}", self.rule_number)
        };
        let number = u16::try_from(self.rule_number).map_err(|_| {
            FieldError::new(
                field("RuleNumber"),
                &self.rule_number.to_string(),
                "this must be from 1 to 32766, or 32767 and 32768 for the default entries",
            )
        })?;
        let allow = match self.rule_action.as_str() {
            "allow" => true,
            "deny" => false,
            other => {
                return Err(FieldError::new(
                    field("RuleAction"),
                    other,
                    "this must be allow or deny",
                ));
            }
        };
        let protocol = protocol(field("Protocol"), &self.protocol)?;
        let range = self.port_range.as_ref();
        Ok(snapshot::NetworkAclEntry {
            direction: if self.egress {
                RuleDirection::Egress
            } else {
                RuleDirection::Ingress
            },
            number,
            allow,
            protocol,
            ports: ports(
                protocol,
                (&field("PortRange.From"), range.and_then(|range| range.from)),
                (&field("PortRange.To"), range.and_then(|range| range.to)),
            )?,
            cidr: match (&self.cidr_block, &self.ipv6_cidr_block) {
                (Some(block), _) => cidr(field("CidrBlock"), block)?,
                (None, Some(block)) => cidr(field("Ipv6CidrBlock"), block)?,
                (None, None) => {
                    return Err(FieldError::absent(
                        field("CidrBlock"),
                        "an entry has CidrBlock or Ipv6CidrBlock; read the ACLs anew",
                    ));
                }
            },
        })
    }
}
