//! Every smaller set of what a declaration calls for, one by one: none of them would do.

use super::{points::LINUX, state::drop_claims};
use crate::{
    generated::{
        Case,
        apart::{change_lists, scopes},
    },
    world::World,
};
use dms_network_core::{
    api::{GateKind, RuleDirection, Target, Unit, Verdict},
    plan::{Plan, Planned, Standing},
    snapshot::ScopeLists,
};
use std::collections::{BTreeMap, BTreeSet};

/// More sets than these are not enumerated.
const MOST_SETS: usize = 400;

/// A set of called-for units that is smaller than the additions of a plan, and opens all that the plan opens. `None` where
/// there is none; an error where there are too many to look at.
pub(crate) fn smaller_set(case: &Case, plan: &Plan) -> Result<Option<Vec<Unit>>, TooMany> {
    let additions: BTreeMap<Unit, Planned> = plan
        .additions()
        .map(|(unit, planned)| (unit.clone(), planned.clone()))
        .collect();
    let called_for = called_for(plan);
    let candidates: Vec<(Unit, Planned)> = called_for
        .into_iter()
        .chain(additions.keys().cloned())
        .collect::<BTreeSet<Unit>>()
        .into_iter()
        .map(|unit| {
            let planned = additions.get(&unit).cloned();
            let planned = planned.unwrap_or_else(|| made(&unit));
            (unit, planned)
        })
        .collect();
    // More allows open more: where no set of one unit less would do, none of fewer would.
    let Some(size) = additions.len().checked_sub(1) else {
        return Ok(None);
    };
    let sets = sets(candidates.len(), size)?;
    let mut bare = case.world.clone();
    change_lists(&mut bare, drop_claims);
    for set in sets {
        let units: BTreeMap<Unit, Planned> =
            set.into_iter().map(|at| candidates[at].clone()).collect();
        let chosen = units.keys().cloned().collect();
        let mut world = bare.clone();
        change_lists(&mut world, |lists| put(lists, &units, &case.world));
        if opens(case, plan, &world) {
            return Ok(Some(chosen));
        }
    }
    Ok(None)
}

/// There are more sets than can be looked at.
#[derive(Debug)]
pub(crate) struct TooMany;

/// Whether a group admits by reference on one path and by address on another: each path has the form that works on it.
pub(crate) fn has_two_forms(plan: &Plan) -> bool {
    let admitted = plan.additions().filter(|(unit, _)| {
        let of_group = matches!(unit.target, Target::SecurityGroupRule(_));
        of_group && unit.direction == RuleDirection::Ingress
    });
    let mut forms: BTreeMap<(&Target, u16), BTreeSet<bool>> = BTreeMap::new();
    for (unit, _) in admitted {
        let key = (&unit.target, unit.from_port);
        forms.entry(key).or_default().insert(unit.cidr().is_some());
    }
    forms.values().any(|forms| forms.len() > 1)
}

fn called_for(plan: &Plan) -> BTreeSet<Unit> {
    let asks = plan.paths.iter().flat_map(|path| &path.asks);
    asks.map(|ask| ask.request.preferred().clone()).collect()
}

fn made(unit: &Unit) -> Planned {
    Planned {
        endpoints: BTreeSet::new(),
        standing: Standing::Create,
        rule_number: match unit.target {
            Target::SecurityGroupRule(_) => None,
            Target::NetworkACLEntry(_) => Some(0),
        },
    }
}

fn put(lists: &mut ScopeLists, units: &BTreeMap<Unit, Planned>, world: &World) {
    let mut units = units.clone();
    for (unit, planned) in &mut units {
        planned.standing = Standing::Create;
        if planned.rule_number == Some(0) {
            planned.rule_number = last_free_number(lists, unit);
        }
    }
    let plan = Plan {
        units,
        ..Plan::default()
    };
    *lists = dms_network_core::plan::after(lists.clone(), &plan, &world.owner).0;
}

/// The number that stands behind every decision of others.
fn last_free_number(lists: &ScopeLists, unit: &Unit) -> Option<u16> {
    let Target::NetworkACLEntry(id) = &unit.target else {
        return None;
    };
    let acl = lists.network_acls.known().ok()?.get(id)?;
    let used = |number: &u16| {
        let mut entries = acl.entries.iter();
        entries.any(|entry| entry.number == *number && entry.direction == unit.direction)
    };
    (20000..=20049).rev().find(|number| !used(number))
}

/// Whether every packet gets through that the plan lets through.
fn opens(case: &Case, plan: &Plan, world: &World) -> bool {
    let scopes = scopes(world);
    let served = plan
        .paths
        .iter()
        .filter(|path| path.status.verdict <= Verdict::Missing);
    served.into_iter().all(|path| {
        let mut gates = path.status.gates.iter();
        let by_nat = gates.any(|gate| gate.gate == GateKind::NATGateway);
        let walks = case.walk(&path.status, &scopes, |port| {
            by_nat || LINUX.contains(&port)
        });
        // Nothing is known of what would do on a leg of which no end is known.
        let legs: BTreeSet<bool> = walks.iter().map(|walked| walked.last).collect();
        let by_proxy = case.asked.iter().any(|asked| asked.by_proxy);
        legs.len() == 1 + usize::from(by_proxy) && walks.iter().all(|it| it.walk.fate.passes())
    })
}

/// The sets of `size` out of `of`.
fn sets(of: usize, size: usize) -> Result<Vec<Vec<usize>>, TooMany> {
    let mut sets = vec![Vec::new()];
    for _ in 0..size {
        let longer = sets.iter().flat_map(|set: &Vec<usize>| {
            let from = set.last().map_or(0, |last| last + 1);
            (from..of).map(|next| [set.as_slice(), &[next]].concat())
        });
        sets = longer.take(20 * MOST_SETS).collect();
        if sets.len() >= 20 * MOST_SETS {
            return Err(TooMany);
        }
    }
    if sets.len() > MOST_SETS {
        return Err(TooMany);
    }
    Ok(sets)
}
