//! RevokeSecurityGroupIngress and -Egress.

use super::{
    Call,
    ip_permission::{self, Given},
    security_group::{self, SecurityGroup},
    security_group_rule::{Peer, Permission, SecurityGroupRule},
};
use crate::{
    error::ApiError,
    id::Kind,
    reply::{Outcome, Reply},
    state::Change,
    wire::query::Params,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// RevokeSecurityGroupIngress.
pub(super) fn ingress(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    revoke(call, params, false)
}

/// RevokeSecurityGroupEgress.
pub(super) fn egress(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    revoke(call, params, true)
}

/// Removes rules, by their ids or by what they permit.
///
/// API Reference, RevokeSecurityGroupIngress: in a default VPC what matches no rule comes back in
/// `unknownIpPermissionSet` and the call succeeds; in any other VPC it fails with
/// InvalidPermission.NotFound and nothing is removed.
fn revoke(call: &Call, params: &mut Params, is_egress: bool) -> Result<Outcome, ApiError> {
    let group = security_group::target(call, params)?;
    let ids = params.texts("SecurityGroupRuleId")?;
    let (rules, unknown) = if ids.is_empty() {
        by_permission(call, &group, params, is_egress)?
    } else {
        (by_id(call, &group, &ids, is_egress)?, Vec::new())
    };
    let revoked: Value = rules.iter().map(|rule| revoked(rule)).collect();
    let mut reply = Reply::with("Return", true).and("RevokedSecurityGroupRules", revoked);
    if !unknown.is_empty() {
        reply = reply.and("UnknownIpPermissions", unknown);
    }
    let delete =
        |rule: &Arc<SecurityGroupRule>| Change::Delete(Kind::SecurityGroupRule, rule.id.clone());
    Ok(Outcome {
        changes: rules.iter().map(delete).collect(),
        reply,
    })
}

fn by_id(
    call: &Call,
    group: &SecurityGroup,
    ids: &[String],
    is_egress: bool,
) -> Result<Vec<Arc<SecurityGroupRule>>, ApiError> {
    let mut rules = Vec::with_capacity(ids.len());
    for id in ids {
        let rule = call.find::<SecurityGroupRule>(id)?;
        if rule.group_id != group.group_id || rule.is_egress != is_egress {
            return Err(Kind::SecurityGroupRule.not_found(id));
        }
        rules.push(Arc::clone(rule));
    }
    Ok(rules)
}

type KnownAndUnknown = (Vec<Arc<SecurityGroupRule>>, Vec<Value>);

fn by_permission(
    call: &Call,
    group: &SecurityGroup,
    params: &mut Params,
    is_egress: bool,
) -> Result<KnownAndUnknown, ApiError> {
    let in_default_vpc = call
        .state
        .vpcs
        .get(&group.vpc_id)
        .is_some_and(|vpc| vpc.is_default);
    let (mut rules, mut unknown) = (Vec::new(), Vec::new());
    for Given { permission, .. } in ip_permission::given(call, params, is_egress)? {
        let identity = permission.identity(&group.group_id, is_egress);
        let id = call.state.index.rule_by_identity.get(&identity);
        match id.and_then(|id| call.state.security_group_rules.get(id)) {
            Some(rule) => rules.push(Arc::clone(rule)),
            None if in_default_vpc => unknown.push(ip_permission::single(&permission)),
            None => {
                return Err(ApiError::new(
                    "InvalidPermission.NotFound",
                    "The specified rule does not exist in this security group.",
                ));
            }
        }
    }
    Ok((rules, unknown))
}

/// A rule as `revokedSecurityGroupRuleSet` shows it.
fn revoked(rule: &SecurityGroupRule) -> Value {
    let Permission {
        protocol,
        from,
        to,
        peer,
    } = &rule.permission;
    let mut shown = json!({
        "SecurityGroupRuleId": rule.id,
        "GroupId": rule.group_id,
        "IsEgress": rule.is_egress,
        "IpProtocol": protocol,
        "FromPort": from,
        "ToPort": to,
    });
    let key = match peer {
        Peer::Ipv4(_) => "CidrIpv4",
        Peer::Ipv6(_) => "CidrIpv6",
        Peer::PrefixList(_) => "PrefixListId",
        Peer::Group(_) => "ReferencedGroupId",
    };
    shown[key] = peer.key().into();
    if let Some(description) = &rule.description {
        shown["Description"] = description.clone().into();
    }
    shown
}
