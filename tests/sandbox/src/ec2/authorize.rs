//! AuthorizeSecurityGroupIngress and -Egress.

use super::{
    Call, group_reference,
    ip_permission::{self, Given},
    security_group::{self, SecurityGroup},
    security_group_rule::{Peer, Permission, SecurityGroupRule},
};
use crate::{
    error::ApiError,
    id::Kind,
    reply::{Outcome, Reply},
    state::{Change, Resource},
    tags::Tags,
    wire::query::Params,
};
use serde_json::Value;
use std::collections::HashSet;

/// AuthorizeSecurityGroupIngress.
pub(super) fn ingress(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    authorize(call, params, false)
}

/// AuthorizeSecurityGroupEgress.
pub(super) fn egress(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    authorize(call, params, true)
}

/// Adds all rules of a call, or none.
///
/// API Reference, AuthorizeSecurityGroupIngress and -Egress: canonical blocks, so equal forms are
/// InvalidPermission.Duplicate; "Error codes": the same permission twice in a call is
/// InvalidParameterValue; TagSpecifications put the same tags on each rule of the call.
fn authorize(call: &Call, params: &mut Params, is_egress: bool) -> Result<Outcome, ApiError> {
    let group = security_group::target(call, params)?;
    let tags = Tags::take_specification(params, Kind::SecurityGroupRule)?;
    let mut given = ip_permission::given(call, params, is_egress)?;
    for Given { permission, .. } in &mut given {
        if let Peer::Group(reference) = &mut permission.peer {
            *reference = group_reference::admit(call, &group, reference, is_egress)?;
        }
    }
    let mut seen = HashSet::new();
    for Given { permission, .. } in &given {
        let identity = permission.identity(&group.group_id, is_egress);
        if !seen.insert(identity.clone()) {
            return Err(ApiError::value(
                "The same permission must not appear multiple times",
            ));
        }
        if call.state.index.rule_by_identity.contains_key(&identity) {
            return Err(duplicate(permission));
        }
    }
    check_quota(call, &group, &given, is_egress)?;
    let rules: Vec<_> = given
        .into_iter()
        .map(|given| SecurityGroupRule::new(call, &group, is_egress, given, tags.clone()))
        .collect();
    let shown: Value = rules.iter().map(|rule| rule.show(call.state)).collect();
    let reply = Reply::with("Return", true).and("SecurityGroupRules", shown);
    Ok(Outcome {
        changes: rules.into_iter().map(Change::put).collect(),
        reply,
    })
}

fn duplicate(permission: &Permission) -> ApiError {
    let Permission {
        protocol,
        from,
        to,
        peer,
    } = permission;
    let protocol = if protocol == "-1" {
        "ALL".to_owned()
    } else {
        protocol.to_uppercase()
    };
    let ports = if permission.has_ports() {
        format!(", from port: {from}, to port: {to}")
    } else {
        String::new()
    };
    ApiError::new(
        "InvalidPermission.Duplicate",
        format!(
            "the specified rule \"peer: {}, {protocol}{ports}, ALLOW\" already exists",
            peer.key()
        ),
    )
}

/// VPC User Guide, "Amazon VPC quotas": 60 rules per group, direction and address family. A group
/// counts in both families, a customer's prefix list by its maximum size, AWS's by its weight.
fn check_quota(
    call: &Call,
    group: &SecurityGroup,
    given: &[Given],
    is_egress: bool,
) -> Result<(), ApiError> {
    let present = call
        .state
        .rules_of(&group.group_id)
        .filter(|rule| rule.is_egress == is_egress);
    let all = present
        .map(|rule| &rule.permission)
        .chain(given.iter().map(|rule| &rule.permission));
    let (mut ipv4, mut ipv6) = (0, 0);
    for permission in all {
        match &permission.peer {
            Peer::Ipv4(_) => ipv4 += 1,
            Peer::Ipv6(_) => ipv6 += 1,
            Peer::Group(_) => {
                ipv4 += 1;
                ipv6 += 1;
            }
            Peer::PrefixList(id) => {
                let list = call.state.prefix_lists.get(id);
                let weight = list.map_or(1, |list| list.weight());
                if list.is_some_and(|list| list.is_ipv6()) {
                    ipv6 += weight;
                } else {
                    ipv4 += weight;
                }
            }
        }
    }
    if ipv4.max(ipv6) > call.quotas.rules_per_security_group {
        return Err(ApiError::new(
            "RulesPerSecurityGroupLimitExceeded",
            "The maximum number of rules per security group has been reached.",
        ));
    }
    Ok(())
}
