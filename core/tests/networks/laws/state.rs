//! The state of groups and ACLs: with units taken away, and in a form in which two states can be compared.

use crate::{generated::apart::all_lists, world::World};
use dms_network_core::{
    api::{Target, Unit},
    claims::{AclClaim, Owner},
    plan::Plan,
    snapshot::{Read, ScopeLists},
};
use std::collections::BTreeSet;

/// Takes away what anybody claims, and the allows in the shared numbers that nobody claims.
pub(crate) fn drop_claims(lists: &mut ScopeLists) {
    if let Read::Known(groups) = &mut lists.security_groups {
        for group in groups.values_mut() {
            group.rules.retain(|rule| rule.tags.is_empty());
        }
    }
    if let Read::Known(acls) = &mut lists.network_acls {
        for acl in acls.values_mut() {
            let shared = 20000..=20999;
            acl.entries
                .retain(|entry| !entry.allow || !shared.contains(&entry.number));
        }
    }
}

/// Takes some units of ours away.
pub(crate) fn take(lists: &mut ScopeLists, units: &[(Unit, Option<u16>)], owner: &Owner) {
    for (unit, number) in units {
        match &unit.target {
            Target::SecurityGroupRule(id) => {
                let Read::Known(groups) = &mut lists.security_groups else {
                    continue;
                };
                let group = groups.get_mut(id).into_iter();
                group.for_each(|group| group.rules.retain(|rule| !unit.is_rule(rule)));
            }
            Target::NetworkACLEntry(id) => {
                let Read::Known(acls) = &mut lists.network_acls else {
                    continue;
                };
                let Some(acl) = acls.get_mut(id) else {
                    continue;
                };
                let number = number.unwrap();
                acl.entries
                    .retain(|entry| entry.direction != unit.direction || entry.number != number);
                acl.tags
                    .remove(&AclClaim::new(number, unit.clone(), owner).key());
            }
        }
    }
}

/// What is made by a plan: not what it joins.
pub(crate) fn held(world: &World) -> BTreeSet<(Unit, Option<u16>)> {
    let plan: Plan = world.plan();
    let units = plan.units.into_iter();
    units
        .map(|(unit, planned)| (unit, planned.rule_number))
        .collect()
}

/// What one state has and the other has not.
pub(crate) fn difference(one: &BTreeSet<String>, other: &BTreeSet<String>) -> Vec<String> {
    one.symmetric_difference(other).cloned().collect()
}

/// Every rule and entry, without ids, tags and the numbers of ours.
pub(crate) fn contents(world: &World) -> BTreeSet<String> {
    all_lists(world).into_iter().flat_map(contents_of).collect()
}

fn contents_of(lists: &ScopeLists) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for group in lists
        .security_groups
        .known()
        .into_iter()
        .flat_map(|all| all.values())
    {
        for rule in &group.rules {
            let (direction, ports) = (rule.direction, &rule.ports);
            let (protocol, peer) = (rule.protocol, &rule.peer);
            all.insert(format!(
                "{} {direction} {protocol:?} {ports} {peer:?}",
                group.id
            ));
        }
    }
    for acl in lists
        .network_acls
        .known()
        .into_iter()
        .flat_map(|all| all.values())
    {
        for entry in &acl.entries {
            let number = match entry.number {
                20000..=20049 => 20000,
                number => number,
            };
            let (direction, allow, ports) = (entry.direction, entry.allow, &entry.ports);
            let (protocol, cidr) = (entry.protocol, entry.cidr);
            all.insert(format!(
                "{} {number} {direction} {allow} {protocol:?} {ports} {cidr}",
                acl.id
            ));
        }
    }
    all
}
