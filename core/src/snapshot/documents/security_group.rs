//! `ec2 describe-security-groups` and `ec2 describe-security-group-rules`.

use super::{
    DocumentError, FieldError, Item, Tag, Tells,
    field::{cidr, id, optional_id, or_default, owner, ports, protocol, tags},
};
use crate::{
    api::{RuleDirection, SecurityGroupId, SecurityGroupRuleId},
    snapshot::{self, Peer},
};
use serde::{Deserialize, Serialize};

/// A security group with its grouped permissions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroup {
    /// Its id.
    pub group_id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// Its description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_arn: Option<String>,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Its VPC; none for a group of EC2-Classic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// What it admits.
    #[serde(default, deserialize_with = "or_default")]
    pub ip_permissions: Vec<IpPermission>,
    /// What it lets out.
    #[serde(default, deserialize_with = "or_default")]
    pub ip_permissions_egress: Vec<IpPermission>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// Rules of one protocol and port range.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IpPermission {
    /// A name, a number, or `-1`.
    pub ip_protocol: String,
    /// The first port, or the ICMP type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_port: Option<i64>,
    /// The last port, or the ICMP code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_port: Option<i64>,
    /// IPv4 blocks.
    #[serde(default, deserialize_with = "or_default")]
    pub ip_ranges: Vec<IpRange>,
    /// IPv6 blocks.
    #[serde(default, deserialize_with = "or_default")]
    pub ipv6_ranges: Vec<Ipv6Range>,
    /// Prefix lists.
    #[serde(default, deserialize_with = "or_default")]
    pub prefix_list_ids: Vec<PrefixListPeer>,
    /// Security groups.
    #[serde(default, deserialize_with = "or_default")]
    pub user_id_group_pairs: Vec<UserIdGroupPair>,
}

/// An IPv4 block that is admitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IpRange {
    /// The block.
    pub cidr_ip: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// An IPv6 block that is admitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv6Range {
    /// The block.
    pub cidr_ipv6: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A prefix list that is admitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrefixListPeer {
    /// Its id.
    pub prefix_list_id: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A security group that is admitted. The peer is known by its id alone: owner, VPC and peering are there or not,
/// depending on the path and the call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserIdGroupPair {
    /// Its id.
    pub group_id: Option<String>,
    /// Its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A group known by its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupIdentifier {
    /// Its id.
    pub group_id: String,
}

/// One rule with one peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroupRule {
    /// Its id.
    pub security_group_rule_id: String,
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_rule_arn: Option<String>,
    /// The group that it is a rule of.
    pub group_id: String,
    /// The account that owns the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_owner_id: Option<String>,
    /// Whether it lets out; else it admits.
    pub is_egress: bool,
    /// A name, a number, or `-1`.
    pub ip_protocol: String,
    /// The first port, or the ICMP type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_port: Option<i64>,
    /// The last port, or the ICMP code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_port: Option<i64>,
    /// The IPv4 block that it admits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_ipv4: Option<String>,
    /// The IPv6 block that it admits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_ipv6: Option<String>,
    /// The prefix list that it admits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix_list_id: Option<String>,
    /// The group that it admits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referenced_group_info: Option<ReferencedGroup>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// The group that a rule admits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReferencedGroup {
    /// Its id.
    pub group_id: Option<String>,
    /// Its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

impl Item for SecurityGroup {
    fn id(&self) -> &str {
        &self.group_id
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            account: self.owner_id.as_deref(),
            arn: self.security_group_arn.as_deref(),
            vpc: self.vpc_id.as_deref(),
            is_security_group: Some(&self.group_id),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl SecurityGroup {
    /// The group with the rules of its grouped permissions; none for a group of EC2-Classic, which ended in 2023:
    /// nothing in a VPC carries it.
    pub(super) fn resource(&self) -> Result<Option<snapshot::SecurityGroup>, DocumentError> {
        self.typed()
            .map_err(|error| error.of("SecurityGroups", &self.group_id))
    }

    fn typed(&self) -> Result<Option<snapshot::SecurityGroup>, FieldError> {
        let group_id = id("GroupId", &self.group_id)?;
        let Some(vpc_id) = optional_id("VpcId", self.vpc_id.as_deref())? else {
            return Ok(None);
        };
        let mut rules = Vec::new();
        for (direction, permissions) in [
            (RuleDirection::Ingress, &self.ip_permissions),
            (RuleDirection::Egress, &self.ip_permissions_egress),
        ] {
            for permission in permissions {
                permission.rules(direction, &mut rules)?;
            }
        }
        rules.sort_unstable();
        rules.dedup();
        Ok(Some(snapshot::SecurityGroup {
            id: group_id,
            vpc_id,
            owner_id: owner(self.owner_id.as_deref()),
            tags: tags(&self.tags),
            rules,
        }))
    }
}

impl IpPermission {
    /// One rule for each peer, without ids.
    fn rules(
        &self,
        direction: RuleDirection,
        rules: &mut Vec<snapshot::SecurityGroupRule>,
    ) -> Result<(), FieldError> {
        let member = match direction {
            RuleDirection::Ingress => "IpPermissions",
            RuleDirection::Egress => "IpPermissionsEgress",
        };
        let path = |field: &str| format!("{member}.{field}");
        let protocol = protocol(path("IpProtocol"), &self.ip_protocol)?;
        let ports = ports(
            protocol,
            (&path("FromPort"), self.from_port),
            (&path("ToPort"), self.to_port),
        )?;
        let mut add = |peer| {
            rules.push(snapshot::SecurityGroupRule {
                id: None,
                direction,
                protocol,
                ports,
                peer,
                tags: snapshot::Tags::new(),
            });
        };
        for range in &self.ip_ranges {
            add(Peer::Cidr(cidr(path("IpRanges.CidrIp"), &range.cidr_ip)?));
        }
        for range in &self.ipv6_ranges {
            add(Peer::Cidr(cidr(
                path("Ipv6Ranges.CidrIpv6"),
                &range.cidr_ipv6,
            )?));
        }
        for list in &self.prefix_list_ids {
            let list_id = id(path("PrefixListIds.PrefixListId"), &list.prefix_list_id)?;
            add(Peer::PrefixList(list_id));
        }
        for pair in &self.user_id_group_pairs {
            let field = path("UserIdGroupPairs.GroupId");
            add(Peer::SecurityGroup(group(
                &field,
                pair.group_id.as_deref(),
            )?));
        }
        Ok(())
    }
}

type TypedRule = (SecurityGroupId, snapshot::SecurityGroupRule);

impl Item for SecurityGroupRule {
    fn id(&self) -> &str {
        &self.security_group_rule_id
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            account: self.group_owner_id.as_deref(),
            arn: self.security_group_rule_arn.as_deref(),
            security_group: Some(&self.group_id),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl SecurityGroupRule {
    /// The group that it is a rule of, and the rule.
    pub(super) fn resource(&self) -> Result<TypedRule, DocumentError> {
        self.typed()
            .map_err(|error| error.of("SecurityGroupRules", &self.security_group_rule_id))
    }

    fn typed(&self) -> Result<TypedRule, FieldError> {
        let rule_id: SecurityGroupRuleId = id("SecurityGroupRuleId", &self.security_group_rule_id)?;
        let protocol = protocol("IpProtocol", &self.ip_protocol)?;
        let rule = snapshot::SecurityGroupRule {
            id: Some(rule_id),
            direction: if self.is_egress {
                RuleDirection::Egress
            } else {
                RuleDirection::Ingress
            },
            protocol,
            ports: ports(
                protocol,
                ("FromPort", self.from_port),
                ("ToPort", self.to_port),
            )?,
            peer: self.peer()?,
            tags: tags(&self.tags),
        };
        Ok((id("GroupId", &self.group_id)?, rule))
    }

    fn peer(&self) -> Result<Peer, FieldError> {
        if let Some(block) = &self.cidr_ipv4 {
            return Ok(Peer::Cidr(cidr("CidrIpv4", block)?));
        }
        if let Some(block) = &self.cidr_ipv6 {
            return Ok(Peer::Cidr(cidr("CidrIpv6", block)?));
        }
        if let Some(list) = &self.prefix_list_id {
            return Ok(Peer::PrefixList(id("PrefixListId", list)?));
        }
        match &self.referenced_group_info {
            Some(referenced) => Ok(Peer::SecurityGroup(group(
                "ReferencedGroupInfo.GroupId",
                referenced.group_id.as_deref(),
            )?)),
            None => Err(FieldError::absent(
                "CidrIpv4",
                "a rule has one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupInfo; read the rules anew",
            )),
        }
    }
}

/// A referenced group; some calls print another account's as `account/sg-…`.
fn group(field: &str, value: Option<&str>) -> Result<SecurityGroupId, FieldError> {
    let text = value.ok_or_else(|| {
        FieldError::absent(
            field,
            "a rule of a VPC's group names its peer by id; read the groups anew",
        )
    })?;
    id(field, text.rsplit('/').next().unwrap_or(text))
}
