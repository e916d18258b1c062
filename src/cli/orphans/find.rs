//! Which of the rules and entries that carry our claim nobody accounts for. No client.

use dms_network_core::{
    api::{AccountId, Peer, Region, RuleDirection, RuleNumber, SecurityGroupRuleId, Unit},
    claims::{Owner, RuleClaims, acl_claims},
    network::PortRange,
    snapshot::{Protocol, ScopeSnapshot, SecurityGroupRule, Unread},
};
use serde::Serialize;
use std::collections::BTreeSet;

/// A rule or entry with our claim that is in no ledger and that no object calls for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Orphan {
    #[serde(rename = "accountID")]
    pub(super) account_id: AccountId,
    pub(super) region: Region,
    pub(super) kind: Kind,
    /// The security group or network ACL.
    pub(super) resource: String,
    #[serde(rename = "ruleID", skip_serializing_if = "Option::is_none")]
    pub(super) rule_id: Option<SecurityGroupRuleId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule_number: Option<RuleNumber>,
    pub(super) direction: RuleDirection,
    /// `tcp`, or whatever else somebody has made of the rule since: `-1`, or a number.
    pub(super) protocol: String,
    pub(super) from_port: u16,
    pub(super) to_port: u16,
    #[serde(flatten)]
    pub(super) peer: Peer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) enum Kind {
    SecurityGroupRule,
    NetworkACLEntry,
}

/// An account and Region.
pub(super) struct Place<'a> {
    pub(super) account_id: &'a AccountId,
    pub(super) region: &'a Region,
}

/// What carries the owner's claim in a place and is not `needed`, sorted.
///
/// # Errors
/// Where a list was not read.
pub(super) fn find<'s>(
    place: &Place<'_>,
    scope: &'s ScopeSnapshot,
    owner: &Owner,
    needed: &BTreeSet<Unit>,
) -> Result<Vec<Orphan>, &'s Unread> {
    let mut orphans = Vec::new();
    for group in scope.security_groups.known()?.values() {
        let claimed = |rule: &&SecurityGroupRule| RuleClaims::of(rule, owner).own.is_some();
        for rule in group.rules.iter().filter(claimed) {
            let unit = Unit::rule(&group.id, rule.direction, rule.ports, rule.peer.clone());
            if rule.protocol != Protocol::Tcp || !needed.contains(&unit) {
                let orphan = place.orphan(&unit, protocol(rule.protocol));
                orphans.push(Orphan {
                    kind: Kind::SecurityGroupRule,
                    rule_id: rule.id.clone(),
                    ..orphan
                });
            }
        }
    }
    for acl in scope.network_acls.known()?.values() {
        for claim in acl_claims(acl).filter(|claim| claim.is_of(owner)) {
            if !needed.contains(&claim.unit) {
                orphans.push(Orphan {
                    kind: Kind::NetworkACLEntry,
                    rule_number: Some(claim.number),
                    ..place.orphan(&claim.unit, protocol(Protocol::Tcp))
                });
            }
        }
    }
    orphans.sort();
    Ok(orphans)
}

impl Place<'_> {
    fn orphan(&self, unit: &Unit, protocol: String) -> Orphan {
        Orphan {
            account_id: self.account_id.clone(),
            region: self.region.clone(),
            kind: Kind::SecurityGroupRule,
            resource: unit.resource().to_owned(),
            rule_id: None,
            rule_number: None,
            direction: unit.direction,
            protocol,
            from_port: unit.from_port,
            to_port: unit.to_port,
            peer: unit.peer.clone(),
        }
    }
}

fn protocol(protocol: Protocol) -> String {
    match protocol {
        Protocol::Tcp => "tcp".to_owned(),
        Protocol::All => "-1".to_owned(),
        Protocol::Other(Some(number)) => number.to_string(),
        Protocol::Other(None) => "unknown".to_owned(),
    }
}

impl std::fmt::Display for Orphan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {} {:?} {}",
            self.account_id, self.region, self.kind, self.resource
        )?;
        if let Some(id) = &self.rule_id {
            write!(f, " {id}")?;
        }
        write!(f, ": {}", self.direction)?;
        if let Some(number) = self.rule_number {
            write!(f, " {number}")?;
        }
        let ports = PortRange::new(self.from_port, self.to_port);
        let ports = ports.map(|ports| format!(" {ports}")).unwrap_or_default();
        let towards = match self.direction {
            RuleDirection::Ingress => "from",
            RuleDirection::Egress => "to",
        };
        write!(f, " {}{ports} {towards} {}", self.protocol, self.peer)
    }
}
