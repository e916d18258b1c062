//! The room that is left on security groups and network ACLs, counted before the first call.

use super::{Input, Standing};
use crate::{
    api::{Reason, Refusal, RuleDirection, RuleNumber, Target, Unit},
    claims::{
        acl_claims,
        entry_number::{NewNumber, new_number},
    },
    network::route::entries_of,
    snapshot::{NetworkAcl, Peer, ScopeSnapshot, SecurityGroup, TAGS_PER_RESOURCE},
};
use ipnet::IpNet;
use std::{collections::BTreeMap, fmt};

/// The room that is left on every resource, as additions take it.
pub(super) struct Room<'a> {
    input: &'a Input<'a>,
    taken: BTreeMap<(Target, RuleDirection), Taken>,
}

/// The units of a resource and direction that took room, with the number of each on a network ACL.
type Taken = BTreeMap<Unit, Option<RuleNumber>>;

impl<'a> Room<'a> {
    pub(super) fn new(input: &'a Input<'a>) -> Self {
        Self {
            input,
            taken: BTreeMap::new(),
        }
    }

    /// The number that was taken for a unit, on a network ACL.
    pub(super) fn number(&self, unit: &Unit) -> Option<RuleNumber> {
        self.taken_on(unit)?.get(unit).copied().flatten()
    }

    /// Takes the room of units that stand or fall together. Only what is made takes any.
    ///
    /// # Errors
    /// The first of them that has no room, with the refusal and its figures: then the others take none.
    pub(super) fn take_all<'u>(
        &mut self,
        units: impl Iterator<Item = (&'u Unit, Standing)>,
    ) -> Result<(), (&'u Unit, Refusal)> {
        let mut new = Vec::new();
        for (unit, standing) in units {
            let is_taken = self
                .taken_on(unit)
                .is_some_and(|taken| taken.contains_key(unit));
            if standing != Standing::Create || is_taken {
                continue;
            }
            match self.number_with_room(unit) {
                Ok(number) => {
                    let place = (unit.target.clone(), unit.direction);
                    let taken = self.taken.entry(place).or_default();
                    taken.insert(unit.clone(), number);
                    new.push(unit);
                }
                Err(refusal) => {
                    for unit in new {
                        let place = (unit.target.clone(), unit.direction);
                        self.taken.entry(place).or_default().remove(unit);
                    }
                    return Err((unit, refusal));
                }
            }
        }
        Ok(())
    }

    fn scope(&self, unit: &Unit) -> &'a ScopeSnapshot {
        self.input.scopes.of(&unit.target).snapshot
    }

    /// The number of a new entry; none for a rule. A unit is asked for only on what was read.
    fn number_with_room(&self, unit: &Unit) -> Result<Option<RuleNumber>, Refusal> {
        let scope = self.scope(unit);
        match &unit.target {
            Target::SecurityGroupRule(id) => {
                let groups = scope.security_groups.known().ok();
                if let Some(group) = groups.and_then(|groups| groups.get(id)) {
                    self.rule_room(group, unit)?;
                }
                Ok(None)
            }
            Target::NetworkACLEntry(id) => {
                let acls = scope.network_acls.known().ok();
                let acl = acls.and_then(|acls| acls.get(id));
                acl.map(|acl| self.entry_number(acl, unit)).transpose()
            }
        }
    }

    fn rule_room(&self, group: &SecurityGroup, unit: &Unit) -> Result<(), Refusal> {
        let scope = self.scope(unit);
        let name = "rules per security group (L-0EA8095F)";
        for v6 in [false, true] {
            if counts_in(unit.cidr(), v6) {
                Fill {
                    what: format_args!("{} rules of {}", unit.direction, family(v6)),
                    there: rules_there(group, unit.direction, v6, scope),
                    added: self.added(unit, v6),
                    quota: scope.quotas.rules_per_security_group,
                    name,
                }
                .one_more(unit)?;
            }
        }
        Ok(())
    }

    fn entry_number(&self, acl: &NetworkAcl, unit: &Unit) -> Result<RuleNumber, Refusal> {
        let owner = self.input.owner;
        let range = owner.entry_range();
        let intruder =
            acl_claims(acl).find(|claim| !claim.is_of(owner) && range.contains(claim.number));
        if let Some(claim) = intruder {
            let message = format!(
                "deployment {} claims entry {} of {}, in this deployment's range {range}",
                claim.owner, claim.number, acl.id
            );
            let evidence = vec![claim.key()];
            return Err(refusal(unit, Reason::EntryRangeShared, evidence, message));
        }
        let v6 = matches!(unit.cidr(), Some(IpNet::V6(_)));
        Fill {
            what: format_args!("{} entries of {}", unit.direction, family(v6)),
            there: entries_there(acl, unit.direction, v6),
            added: self.added(unit, v6),
            quota: self.scope(unit).quotas.entries_per_network_acl,
            name: "rules per network ACL (L-2AEEBF1A)",
        }
        .one_more(unit)?;
        let taken = self.taken_on(unit).into_iter().flatten();
        let taken = taken.filter_map(|(_, number)| *number);
        match new_number(acl, unit, owner, &taken.collect()) {
            // Its tag is there already.
            Some(NewNumber::Claimed(number)) => Ok(number),
            Some(NewNumber::Free(number)) => {
                self.tag_room(acl, unit)?;
                Ok(number)
            }
            None => {
                let message = format!(
                    "no number of {range} is free on {} behind the denies that must keep their force",
                    acl.id
                );
                Err(refusal(unit, Reason::NoEntryNumber, Vec::new(), message))
            }
        }
    }

    /// A claim is a tag of the ACL.
    fn tag_room(&self, acl: &NetworkAcl, unit: &Unit) -> Result<(), Refusal> {
        let both = [RuleDirection::Ingress, RuleDirection::Egress];
        let both = both.map(|direction| (unit.target.clone(), direction));
        let claims = both.iter().filter_map(|place| self.taken.get(place));
        Fill {
            what: format_args!("tags"),
            there: count(acl.tags.len()),
            added: count(claims.map(BTreeMap::len).sum()),
            quota: count(TAGS_PER_RESOURCE),
            name: "tags per resource (not adjustable)",
        }
        .one_more(unit)
    }

    /// How many units of a family were taken beside a unit.
    fn added(&self, unit: &Unit, v6: bool) -> u32 {
        let beside = self.taken_on(unit).into_iter().flatten();
        count(
            beside
                .filter(|(other, _)| counts_in(other.cidr(), v6))
                .count(),
        )
    }

    fn taken_on(&self, unit: &Unit) -> Option<&Taken> {
        self.taken.get(&(unit.target.clone(), unit.direction))
    }
}

/// How far a quota is used.
struct Fill<'a> {
    what: fmt::Arguments<'a>,
    there: u32,
    added: u32,
    quota: u32,
    name: &'static str,
}

impl Fill<'_> {
    /// Whether one more fits.
    fn one_more(self, unit: &Unit) -> Result<(), Refusal> {
        let Self {
            what,
            there,
            added,
            quota,
            name,
        } = self;
        if there.saturating_add(added) < quota {
            return Ok(());
        }
        let message = format!(
            "{} has {there} {what}, {added} more are planned, and no other fits: the quota is {quota} {name}",
            unit.resource()
        );
        let evidence = vec![format!("{there} of {quota} used")];
        Err(refusal(unit, Reason::QuotaExceeded, evidence, message))
    }
}

fn family(v6: bool) -> &'static str {
    if v6 { "IPv6" } else { "IPv4" }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// How many rules of a direction and family a group has, as the quota counts them.
pub(super) fn rules_there(
    group: &SecurityGroup,
    direction: RuleDirection,
    v6: bool,
    scope: &ScopeSnapshot,
) -> u32 {
    let rules = group
        .rules
        .iter()
        .filter(|rule| rule.direction == direction);
    let weights = rules.map(|rule| weight(&rule.peer, v6, scope));
    weights.fold(0, u32::saturating_add)
}

/// How many entries of a direction and family an ACL has, as the quota counts them: with the default deny, which some
/// answers do not show.
pub(super) fn entries_there(acl: &NetworkAcl, direction: RuleDirection, v6: bool) -> u32 {
    let entries = || {
        acl.entries.iter().filter(|entry| {
            entry.direction == direction && matches!(entry.cidr, IpNet::V6(_)) == v6
        })
    };
    let shows_default = entries().any(|entry| entry.number > 32766);
    count(entries().count() + usize::from(!shows_default))
}

/// Whether a unit counts towards the rules of a family: a reference to a group counts in both.
pub(super) fn counts_in(cidr: Option<IpNet>, v6: bool) -> bool {
    cidr.is_none_or(|cidr| matches!(cidr, IpNet::V6(_)) == v6)
}

/// How many rules of a family a peer counts as: VPC User Guide, "Amazon VPC quotas", security groups. A prefix list is
/// of one family, which its entries tell.
fn weight(peer: &Peer, v6: bool, scope: &ScopeSnapshot) -> u32 {
    match peer {
        Peer::Cidr(cidr) => u32::from(counts_in(Some(*cidr), v6)),
        Peer::SecurityGroup(_) => 1,
        Peer::PrefixList(id) => {
            let entries = entries_of(id, &scope.prefix_lists).and_then(|entries| entries.first());
            if !counts_in(entries.copied(), v6) {
                return 0;
            }
            let list = scope.prefix_lists.known().ok();
            let list = list.and_then(|lists| lists.get(id));
            list.and_then(|list| list.weight).unwrap_or(1)
        }
    }
}

fn refusal(unit: &Unit, reason: Reason, evidence: Vec<String>, message: String) -> Refusal {
    Refusal {
        resource: unit.resource().to_owned(),
        reason,
        evidence,
        message,
        remedy: Some(reason.remedy().to_owned()),
    }
}
