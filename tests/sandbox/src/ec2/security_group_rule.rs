//! Security group rules, one per peer; `authorize` adds and `revoke` removes them.

use super::{
    Call,
    describe::Describe,
    ip_permission::{self, Given},
    security_group::SecurityGroup,
    vpc::Vpc,
};
use crate::{
    cidr,
    error::ApiError,
    filter::{Filters, TagFilters},
    id::Kind,
    json::{Extra, show},
    reply::Reply,
    state::{Change, Index, Resource, State},
    tags::Tags,
    wire::query::Params,
};
use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// A rule of a security group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SecurityGroupRule {
    pub(crate) id: String,
    pub(crate) group_id: String,
    pub(crate) group_owner_id: String,
    pub(crate) arn: String,
    pub(crate) is_egress: bool,
    pub(crate) permission: Permission,
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
}

/// What a rule permits, in EC2's canonical form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Permission {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, another number, or `-1`.
    pub(crate) protocol: String,
    /// The first port, or the ICMP type; -1 where it means nothing.
    pub(crate) from: i64,
    /// The last port, or the ICMP code; -1 where it means nothing.
    pub(crate) to: i64,
    pub(crate) peer: Peer,
}

/// The one peer of a rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Peer {
    Ipv4(Ipv4Net),
    Ipv6(Ipv6Net),
    PrefixList(String),
    Group(Reference),
}

/// A referenced group, with what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Reference {
    pub(crate) group_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<String>,
    /// `VpcId`, `VpcPeeringConnectionId`, `PeeringStatus`, as loaded.
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

impl Reference {
    /// A group of the same VPC.
    pub(super) fn own(group_id: &str, owner_id: &str) -> Self {
        Self {
            group_id: group_id.to_owned(),
            user_id: Some(owner_id.to_owned()),
            extra: Extra::new(),
        }
    }
}

impl Peer {
    /// What tells peers apart: a group by its id alone.
    pub(crate) fn key(&self) -> String {
        match self {
            Peer::Ipv4(block) => block.to_string(),
            Peer::Ipv6(block) => block.to_string(),
            Peer::PrefixList(id) => id.clone(),
            Peer::Group(reference) => reference.group_id.clone(),
        }
    }
}

impl Permission {
    /// Whether the ports, or type and code, mean anything.
    pub(crate) fn has_ports(&self) -> bool {
        matches!(self.protocol.as_str(), "tcp" | "udp" | "icmp" | "icmpv6")
    }

    /// What makes two rules of a group the same; the description does not.
    pub(crate) fn identity(&self, group: &str, is_egress: bool) -> String {
        let Self {
            protocol,
            from,
            to,
            peer,
        } = self;
        format!("{group} {is_egress} {protocol} {from} {to} {}", peer.key())
    }
}

/// A rule in the form of DescribeSecurityGroupRules.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    security_group_rule_id: String,
    group_id: String,
    group_owner_id: String,
    is_egress: bool,
    ip_protocol: String,
    #[serde(default = "none")]
    from_port: i64,
    #[serde(default = "none")]
    to_port: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cidr_ipv4: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cidr_ipv6: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prefix_list_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    referenced_group_info: Option<Reference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default)]
    tags: Tags,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    security_group_rule_arn: String,
}

fn none() -> i64 {
    -1
}

impl SecurityGroupRule {
    /// Its reference to a group.
    pub(super) fn reference_mut(&mut self) -> Option<&mut Reference> {
        match &mut self.permission.peer {
            Peer::Group(reference) => Some(reference),
            _ => None,
        }
    }

    /// Reads a rule of a snapshot; the remedy where it is none.
    pub(crate) fn read(json: Value) -> Result<Self, String> {
        let shown: Shown = serde_json::from_value(json).map_err(|error| error.to_string())?;
        let block = |text: &str| format!("{text} is no CIDR block");
        let peer = if let Some(text) = &shown.cidr_ipv4 {
            Peer::Ipv4(cidr::ipv4(text).ok_or_else(|| block(text))?)
        } else if let Some(text) = &shown.cidr_ipv6 {
            Peer::Ipv6(cidr::ipv6(text).ok_or_else(|| block(text))?)
        } else if let Some(id) = shown.prefix_list_id {
            Peer::PrefixList(id)
        } else if let Some(reference) = shown.referenced_group_info {
            Peer::Group(reference)
        } else {
            return Err(format!(
                "the rule {} has no peer",
                shown.security_group_rule_id
            ));
        };
        let protocol =
            ip_permission::protocol(&shown.ip_protocol).map_err(|error| error.message)?;
        Ok(Self {
            id: shown.security_group_rule_id,
            group_id: shown.group_id,
            group_owner_id: shown.group_owner_id,
            arn: shown.security_group_rule_arn,
            is_egress: shown.is_egress,
            permission: Permission {
                protocol,
                from: shown.from_port,
                to: shown.to_port,
                peer,
            },
            description: shown.description,
            tags: shown.tags,
        })
    }

    /// A new rule.
    pub(super) fn new(
        call: &Call,
        group: &SecurityGroup,
        is_egress: bool,
        given: Given,
        tags: Tags,
    ) -> Self {
        let id = call.ids.new_id("sgr");
        Self {
            group_id: group.group_id.clone(),
            group_owner_id: group.owner_id.clone(),
            arn: call.arn(&format!("security-group-rule/{id}")),
            is_egress,
            permission: given.permission,
            description: given.description,
            tags,
            id,
        }
    }

    fn of_default(call: &Call, group: &SecurityGroup, is_egress: bool, peer: Peer) -> Self {
        let permission = Permission {
            protocol: "-1".to_owned(),
            from: -1,
            to: -1,
            peer,
        };
        let given = Given {
            permission,
            description: None,
        };
        Self::new(call, group, is_egress, given, Tags::default())
    }

    /// The egress rules of a new group.
    ///
    /// VPC User Guide, "Security groups": all traffic out, and over IPv6 too if the VPC has it.
    pub(super) fn default_egress(call: &Call, group: &SecurityGroup, vpc: &Vpc) -> Vec<Self> {
        let mut peers = vec![Peer::Ipv4(Ipv4Net::default())];
        if vpc.ipv6_blocks().next().is_some() {
            peers.push(Peer::Ipv6(Ipv6Net::default()));
        }
        peers
            .into_iter()
            .map(|peer| Self::of_default(call, group, true, peer))
            .collect()
    }

    /// The rules of a new default group.
    ///
    /// VPC User Guide, "Default security groups": ingress from the group itself, egress to all.
    pub(super) fn of_default_group(call: &Call, group: &SecurityGroup, vpc: &Vpc) -> Vec<Self> {
        let own = Peer::Group(Reference::own(&group.group_id, &group.owner_id));
        let mut rules = Self::default_egress(call, group, vpc);
        rules.push(Self::of_default(call, group, false, own));
        rules
    }

    /// The IPv6 egress rules that a VPC's first IPv6 block brings to groups whose egress is still
    /// the default one.
    pub(super) fn with_ipv6(call: &Call, vpc: &Vpc) -> Vec<Change> {
        let groups = call.state.index.groups_by_vpc.of(&vpc.vpc_id);
        let all = Permission {
            protocol: "-1".to_owned(),
            from: -1,
            to: -1,
            peer: Peer::Ipv4(Ipv4Net::default()),
        };
        groups
            .filter_map(|id| call.state.security_groups.get(id))
            .filter(|group| {
                let egress = |rule: &&Arc<Self>| rule.is_egress;
                let mut rules = call.state.rules_of(&group.group_id).filter(egress);
                rules.next().is_some_and(|rule| rule.permission == all) && rules.next().is_none()
            })
            .map(|group| Self::of_default(call, group, true, Peer::Ipv6(Ipv6Net::default())))
            .map(Change::put)
            .collect()
    }
}

impl Resource for SecurityGroupRule {
    const KIND: Kind = Kind::SecurityGroupRule;

    fn id(&self) -> &str {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
    fn tags_mut(&mut self) -> &mut Tags {
        &mut self.tags
    }
    fn show(&self, _state: &State) -> Value {
        let Permission {
            protocol,
            from,
            to,
            peer,
        } = self.permission.clone();
        let mut shown = Shown {
            security_group_rule_id: self.id.clone(),
            group_id: self.group_id.clone(),
            group_owner_id: self.group_owner_id.clone(),
            is_egress: self.is_egress,
            ip_protocol: protocol,
            from_port: from,
            to_port: to,
            cidr_ipv4: None,
            cidr_ipv6: None,
            prefix_list_id: None,
            referenced_group_info: None,
            description: self.description.clone(),
            tags: self.tags.clone(),
            security_group_rule_arn: self.arn.clone(),
        };
        match peer {
            Peer::Ipv4(block) => shown.cidr_ipv4 = Some(block.to_string()),
            Peer::Ipv6(block) => shown.cidr_ipv6 = Some(block.to_string()),
            Peer::PrefixList(id) => shown.prefix_list_id = Some(id),
            Peer::Group(reference) => shown.referenced_group_info = Some(reference),
        }
        show(&shown)
    }
    fn index(&self, index: &mut Index) {
        index.rules_by_group.insert(&self.group_id, &self.id);
        if let Peer::Group(reference) = &self.permission.peer {
            index
                .rules_by_reference
                .insert(&reference.group_id, &self.id);
        }
        let identity = self.permission.identity(&self.group_id, self.is_egress);
        index.rule_by_identity.insert(identity, self.id.clone());
    }
    fn unindex(&self, index: &mut Index) {
        index.rules_by_group.remove(&self.group_id, &self.id);
        if let Peer::Group(reference) = &self.permission.peer {
            index
                .rules_by_reference
                .remove(&reference.group_id, &self.id);
        }
        index
            .rule_by_identity
            .remove(&self.permission.identity(&self.group_id, self.is_egress));
    }
    fn shown_in_group(&self) -> Option<&str> {
        Some(&self.group_id)
    }
}

/// API Reference, DescribeSecurityGroupRules: of the tag filters `tag:<key>` alone is listed.
const DESCRIBE: Describe = Describe {
    tags: TagFilters::Tag,
    ..Describe::new(
        "SecurityGroupRules",
        "SecurityGroupRuleId",
        &[
            ("group-id", "GroupId"),
            ("security-group-rule-id", "SecurityGroupRuleId"),
        ],
    )
};

/// DescribeSecurityGroupRules.
pub(super) fn describe(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    let page = DESCRIBE.page(params)?;
    let ids = params.texts(DESCRIBE.ids)?;
    let filters = Filters::take(params, DESCRIBE.filters, DESCRIBE.tags)?;
    let found = match filters.exact("group-id") {
        Some(groups) if ids.is_empty() => {
            let rules = &call.state.index.rules_by_group;
            let mut ids: Vec<_> = groups.iter().flat_map(|group| rules.of(group)).collect();
            ids.sort_unstable();
            ids.dedup();
            DESCRIBE.among::<SecurityGroupRule>(call, &page, ids.into_iter(), &filters)
        }
        _ => DESCRIBE.find::<SecurityGroupRule>(call, &page, ids, &filters)?,
    };
    Ok(found.reply(DESCRIBE.list))
}
