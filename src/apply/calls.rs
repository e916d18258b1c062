//! The calls that write, each one attempt: a retry that succeeds would hide an attempt still under way.

use crate::aws::{AwsError, Session};
use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PortRange, PrefixListId as Ec2PrefixListId, ResourceType,
    RuleAction, Tag, TagSpecification, UserIdGroupPair,
};
use dms_network_core::{
    api::{
        NetworkAclId, Peer, RuleDirection, RuleNumber, SecurityGroupId, SecurityGroupRuleId, Unit,
    },
    snapshot::Tags,
};
use ipnet::IpNet;

/// The number of TCP, as network ACL entries write it (IANA protocol numbers).
const TCP: &str = "6";

/// Adds rules to one security group in one direction, all or none, with tags on each. Each unit with the id that the
/// reply gives its rule: the API reference promises the rules that were added, and moto names the last ones alone.
pub(super) async fn authorize(
    session: &Session,
    group: &SecurityGroupId,
    direction: RuleDirection,
    rules: &[(&Unit, String)],
    tags: &Tags,
) -> Result<Vec<(Unit, Option<SecurityGroupRuleId>)>, AwsError> {
    let permissions: Vec<IpPermission> = rules
        .iter()
        .map(|(unit, description)| permission(unit, description))
        .collect();
    let specification = TagSpecification::builder()
        .resource_type(ResourceType::SecurityGroupRule)
        .set_tags(Some(ec2_tags(tags)))
        .build();
    let added = match direction {
        RuleDirection::Ingress => session
            .writer()
            .authorize_security_group_ingress()
            .group_id(group.as_str())
            .set_ip_permissions(Some(permissions))
            .tag_specifications(specification)
            .send()
            .await
            .map(|reply| reply.security_group_rules.unwrap_or_default())
            .map_err(|error| AwsError::of("AuthorizeSecurityGroupIngress", error)),
        RuleDirection::Egress => session
            .writer()
            .authorize_security_group_egress()
            .group_id(group.as_str())
            .set_ip_permissions(Some(permissions))
            .tag_specifications(specification)
            .send()
            .await
            .map(|reply| reply.security_group_rules.unwrap_or_default())
            .map_err(|error| AwsError::of("AuthorizeSecurityGroupEgress", error)),
    }?;
    let id_of = |unit: &Unit| {
        let rule = added.iter().find(|rule| is(unit, rule))?;
        rule.security_group_rule_id.as_deref()?.parse().ok()
    };
    Ok(rules
        .iter()
        .map(|(unit, _)| ((*unit).clone(), id_of(unit)))
        .collect())
}

fn permission(unit: &Unit, description: &str) -> IpPermission {
    let permission = IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(i32::from(unit.from_port))
        .to_port(i32::from(unit.to_port));
    match &unit.peer {
        Peer::Cidr {
            cidr: IpNet::V4(cidr),
        } => permission.ip_ranges(
            IpRange::builder()
                .cidr_ip(cidr.to_string())
                .description(description)
                .build(),
        ),
        Peer::Cidr {
            cidr: IpNet::V6(cidr),
        } => permission.ipv6_ranges(
            Ipv6Range::builder()
                .cidr_ipv6(cidr.to_string())
                .description(description)
                .build(),
        ),
        Peer::SecurityGroup {
            security_group_id,
            account_id,
        } => permission.user_id_group_pairs(
            UserIdGroupPair::builder()
                .group_id(security_group_id.as_str())
                .set_user_id(account_id.as_ref().map(ToString::to_string))
                .description(description)
                .build(),
        ),
        Peer::PrefixList { prefix_list_id } => permission.prefix_list_ids(
            Ec2PrefixListId::builder()
                .prefix_list_id(prefix_list_id.as_str())
                .description(description)
                .build(),
        ),
    }
    .build()
}

/// Whether a rule of a reply is the one that a unit asked for.
fn is(unit: &Unit, rule: &aws_sdk_ec2::types::SecurityGroupRule) -> bool {
    let peer = match &unit.peer {
        Peer::Cidr {
            cidr: IpNet::V4(cidr),
        } => rule.cidr_ipv4.as_deref() == Some(&cidr.to_string()),
        Peer::Cidr {
            cidr: IpNet::V6(cidr),
        } => rule.cidr_ipv6.as_deref().and_then(|text| text.parse().ok()) == Some(*cidr),
        Peer::SecurityGroup {
            security_group_id, ..
        } => {
            let group = rule
                .referenced_group_info
                .as_ref()
                .and_then(|info| info.group_id.as_deref());
            group == Some(security_group_id.as_str())
        }
        Peer::PrefixList { prefix_list_id } => {
            rule.prefix_list_id.as_deref() == Some(prefix_list_id.as_str())
        }
    };
    peer && rule.from_port == Some(i32::from(unit.from_port))
        && rule.to_port == Some(i32::from(unit.to_port))
}

/// Removes rules of one security group in one direction by their ids: never by their content, which a rule that
/// somebody made since may share.
pub(super) async fn revoke(
    session: &Session,
    group: &SecurityGroupId,
    direction: RuleDirection,
    rules: &[SecurityGroupRuleId],
) -> Result<(), AwsError> {
    let ids: Vec<String> = rules.iter().map(ToString::to_string).collect();
    match direction {
        RuleDirection::Ingress => session
            .writer()
            .revoke_security_group_ingress()
            .group_id(group.as_str())
            .set_security_group_rule_ids(Some(ids))
            .send()
            .await
            .map(drop)
            .map_err(|error| AwsError::of("RevokeSecurityGroupIngress", error)),
        RuleDirection::Egress => session
            .writer()
            .revoke_security_group_egress()
            .group_id(group.as_str())
            .set_security_group_rule_ids(Some(ids))
            .send()
            .await
            .map(drop)
            .map_err(|error| AwsError::of("RevokeSecurityGroupEgress", error)),
    }
}

/// Writes one tag on some resources.
pub(super) async fn tag(
    session: &Session,
    resources: &[String],
    key: &str,
    value: &str,
) -> Result<(), AwsError> {
    session
        .writer()
        .create_tags()
        .set_resources(Some(resources.to_vec()))
        .tags(Tag::builder().key(key).value(value).build())
        .send()
        .await
        .map(drop)
        .map_err(|error| AwsError::of("CreateTags", error))
}

/// Takes one tag off some resources, whatever its value.
pub(super) async fn untag(
    session: &Session,
    resources: &[String],
    key: &str,
) -> Result<(), AwsError> {
    session
        .writer()
        .delete_tags()
        .set_resources(Some(resources.to_vec()))
        .tags(Tag::builder().key(key).build())
        .send()
        .await
        .map(drop)
        .map_err(|error| AwsError::of("DeleteTags", error))
}

/// Adds the allow entry of a unit under a number.
pub(super) async fn create_entry(
    session: &Session,
    acl: &NetworkAclId,
    number: RuleNumber,
    unit: &Unit,
) -> Result<(), AwsError> {
    let (v4, v6) = match unit.cidr() {
        Some(IpNet::V6(cidr)) => (None, Some(cidr.to_string())),
        Some(IpNet::V4(cidr)) => (Some(cidr.to_string()), None),
        None => (None, None),
    };
    session
        .writer()
        .create_network_acl_entry()
        .network_acl_id(acl.as_str())
        .rule_number(i32::from(number))
        .egress(unit.direction == RuleDirection::Egress)
        .protocol(TCP)
        .rule_action(RuleAction::Allow)
        .port_range(
            PortRange::builder()
                .from(i32::from(unit.from_port))
                .to(i32::from(unit.to_port))
                .build(),
        )
        .set_cidr_block(v4)
        .set_ipv6_cidr_block(v6)
        .send()
        .await
        .map(drop)
        .map_err(|error| AwsError::of("CreateNetworkAclEntry", error))
}

/// Deletes whatever entry is under a number: the caller has looked at its content immediately before.
pub(super) async fn delete_entry(
    session: &Session,
    acl: &NetworkAclId,
    number: RuleNumber,
    direction: RuleDirection,
) -> Result<(), AwsError> {
    session
        .writer()
        .delete_network_acl_entry()
        .network_acl_id(acl.as_str())
        .rule_number(i32::from(number))
        .egress(direction == RuleDirection::Egress)
        .send()
        .await
        .map(drop)
        .map_err(|error| AwsError::of("DeleteNetworkAclEntry", error))
}

fn ec2_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}
