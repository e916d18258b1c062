//! The account as it will be once a plan is carried out: what the next object is planned on, and what the laws are
//! judged by.

use super::Plan;
use crate::{
    api::{SecurityGroupRuleId, Target, Unit},
    claims::{AclClaim, Ledger, Owner, rule_claims::tags_of_new_rule},
    network::PortRange,
    snapshot::{
        NetworkAclEntry, Peer, Protocol, Read, ScopeLists, ScopeSnapshot, SecurityGroupRule,
    },
};

/// The lists with the additions of a plan made, and the object's ledger after it. Rule ids are invented, `sgr-` and a
/// number that no rule here has.
#[must_use]
pub fn after(mut lists: ScopeLists, plan: &Plan, owner: &Owner) -> (ScopeLists, Ledger) {
    add(&mut lists, plan, owner);
    (lists, plan.ledger())
}

/// Makes the additions of a plan on what was read, in place: a copy of a large snapshot costs more than many plans.
pub fn carry_out(snapshot: &mut ScopeSnapshot, plan: &Plan, owner: &Owner) {
    add(snapshot.rules_mut(), plan, owner);
}

fn add(lists: &mut ScopeLists, plan: &Plan, owner: &Owner) {
    for (unit, planned) in plan.additions() {
        match (&unit.target, planned.rule_number) {
            (Target::SecurityGroupRule(_), _) => add_rule(lists, unit, owner),
            (Target::NetworkACLEntry(_), Some(number)) => add_entry(lists, unit, number, owner),
            (Target::NetworkACLEntry(_), None) => {}
        }
    }
}

fn add_rule(lists: &mut ScopeLists, unit: &Unit, owner: &Owner) {
    let (Read::Known(groups), Target::SecurityGroupRule(id)) =
        (&mut lists.security_groups, &unit.target)
    else {
        return;
    };
    let count = groups
        .values()
        .map(|group| group.rules.len())
        .sum::<usize>();
    let Some(group) = groups.get_mut(id) else {
        return;
    };
    match group.rules.iter_mut().find(|rule| unit.is_rule(rule)) {
        Some(rule) => rule.tags.extend(tags_of_new_rule(owner)),
        None => {
            group.rules.push(SecurityGroupRule {
                id: format!("sgr-planned{count}")
                    .parse::<SecurityGroupRuleId>()
                    .ok(),
                direction: unit.direction,
                protocol: Protocol::Tcp,
                ports: unit.ports(),
                peer: Peer::from(&unit.peer),
                tags: tags_of_new_rule(owner),
            });
            group.rules.sort();
        }
    }
}

fn add_entry(lists: &mut ScopeLists, unit: &Unit, number: u16, owner: &Owner) {
    let (Read::Known(acls), Target::NetworkACLEntry(id)) = (&mut lists.network_acls, &unit.target)
    else {
        return;
    };
    let (Some(acl), Some(cidr)) = (acls.get_mut(id), unit.cidr()) else {
        return;
    };
    let ports: PortRange = unit.ports();
    let entry = NetworkAclEntry {
        direction: unit.direction,
        number,
        allow: true,
        protocol: Protocol::Tcp,
        ports,
        cidr,
    };
    if !acl.entries.contains(&entry) {
        acl.entries.push(entry);
        acl.entries.sort();
    }
    let claim = AclClaim::new(number, unit.clone(), owner);
    acl.tags.insert(claim.key(), claim.value());
}
