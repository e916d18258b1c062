//! The laws of planning, on generated networks that reach every topology. The packets are followed by the walker, which
//! is written apart from what it checks.

mod declared;
mod minimal;
mod opened;
mod points;
mod reach;
mod state;
mod verdicts;

use crate::{
    generated::{
        Case,
        apart::{all_lists, change_lists, moved_to, scopes},
        cases,
        noise::{entries, rules},
        ways::WAYS,
    },
    net::parse,
    world::World,
};
use dms_network_core::{
    api::{GateKind, RuleDirection, Unit, Verdict},
    plan::{Plan, Standing},
    snapshot::{Quotas, Read, ScopeLists},
};
use minimal::{has_two_forms, smaller_set};
use opened::{changed_acls, changed_fates, changed_groups};
use points::{LINUX, noted};
use proptest::{prelude::*, sample::Index};
use serde_json::json;
use state::{contents, difference, drop_claims, held, take};
use std::collections::{BTreeMap, BTreeSet};
use verdicts::{intolerable_notes, misjudged};

/// So many cases, or as many as PROPTEST_CASES asks for.
fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let asked = std::env::var_os("PROPTEST_CASES").map(|_| default.cases);
    ProptestConfig {
        cases: asked.unwrap_or(cases),
        failure_persistence: None,
        max_global_rejects: 100_000,
        ..default
    }
}

/// Whether a path is one that the plan opens or found open.
fn is_served(plan: &Plan, place: usize) -> bool {
    plan.paths[place].status.verdict < Verdict::Unknown && !plan.refused.contains(&place)
}

/// A declared packet of the served paths of `plan` that does not pass in `after`.
fn broken(case: &Case, plan: &Plan, after: &World) -> Option<String> {
    let (then, scopes) = (after.plan(), scopes(after));
    for (place, path) in plan.paths.iter().enumerate() {
        if !is_served(plan, place) {
            continue;
        }
        let denied = noted(&then.paths[place].status);
        let open = |port: u16| {
            !denied
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&port))
        };
        for walked in case.walk(&path.status, &scopes, open) {
            if !walked.walk.fate.passes() {
                return Some(format!("{walked:?}"));
            }
        }
    }
    None
}

proptest! {
    #![proptest_config(config(100))]

    /// What is said of a path is what becomes of its packets.
    #[test]
    fn a_verdict_is_what_becomes_of_the_packets(case in cases(&WAYS, 2)) {
        prop_assert_eq!(misjudged(&case), None);
        prop_assert_eq!(intolerable_notes(&case), None);
    }

    /// Laws 1 and 3: a plan opens what it promises, and there is nothing more to plan then. What another path gets may
    /// open a gate of a refused one, so that the rest of that one finds room.
    #[test]
    fn a_plan_opens_its_paths_and_leaves_nothing_to_plan(case in cases(&WAYS, 3)) {
        let (plan, mut after) = (case.world.plan(), case.world.after());
        prop_assert_eq!(broken(&case, &plan, &after), None);
        for (place, path) in after.plan().paths.iter().enumerate() {
            let before = plan.paths[place].status.verdict;
            let now = path.status.verdict;
            if plan.refused.contains(&place) {
                prop_assert!(now <= before);
            } else if before == Verdict::Missing {
                prop_assert!(now <= Verdict::External, "{:?}", path.status);
            } else {
                prop_assert_eq!(now, before);
            }
        }
        for _ in &plan.refused {
            after = after.after();
        }
        prop_assert_eq!(after.additions(), Vec::<String>::new());
        prop_assert_eq!(after.releases(), Vec::<String>::new());
    }

    /// Law 2: nothing is opened but declared units as a whole, and no deny loses force.
    #[test]
    fn a_plan_opens_nothing_else(case in cases(&WAYS, 3)) {
        let plan = case.world.plan();
        for unit in units(&plan) {
            prop_assert!(case.declares(&unit), "{unit}");
        }
        let after = case.world.after();
        for (before, after) in all_lists(&case.world).into_iter().zip(all_lists(&after)) {
            prop_assert_eq!(changed_acls(before, after, &plan), None);
            prop_assert_eq!(changed_groups(before, after, &plan), None);
        }
        prop_assert_eq!(changed_fates(&case, &plan, &after), None);
    }

    /// Law 4: none of the additions of a single path could be left out.
    #[test]
    fn no_addition_could_be_left_out(case in cases(&WAYS, 1), place in any::<Index>()) {
        let mut case = case;
        let endpoint = &mut case.world.spec["endpoints"][0];
        if let Some(first) = endpoint["addresses"].as_array().and_then(|blocks| blocks.first()) {
            endpoint["addresses"] = json!([first]);
        }
        endpoint["ports"] = json!([5432]);
        let plan = case.world.plan();
        prop_assume!(plan.paths.len() == 1 && plan.refused.is_empty());
        let additions: Vec<_> = plan.additions().filter(|(_, p)| p.standing == Standing::Create).collect();
        prop_assume!(!additions.is_empty());
        let (unit, planned) = place.get(&additions);
        // A form of admission that is wider than the addresses in use is no fragment: what it opens for these alone may be
        // open by another unit, for the answers of another leg.
        prop_assume!(!additions.iter().any(|(other, _)| other != unit && opens_a_part_of(other, unit)));
        // What others hold counts for nothing: without it the packet must not pass.
        let mut bare = case.world.clone();
        let one = [((*unit).clone(), planned.rule_number)];
        change_lists(&mut bare, |lists| {
            drop_claims(lists);
            *lists = dms_network_core::plan::after(lists.clone(), &plan, &case.world.owner).0;
            take(lists, &one, &case.world.owner);
        });
        let scopes = scopes(&bare);
        let path = &plan.paths[0].status;
        let by_nat = path.gates.iter().any(|gate| gate.gate == GateKind::NATGateway);
        let walks = case.walk(path, &scopes, |port| by_nat || LINUX.contains(&port));
        prop_assert!(walks.iter().any(|it| !it.walk.fate.passes()), "{unit} could be left out");
    }

    /// Minimality: no smaller set of what a declaration calls for would do, and so no subset of the additions either.
    #[test]
    fn no_smaller_set_would_do(case in cases(&WAYS, 1)) {
        let plan = case.world.plan();
        prop_assume!(plan.refused.is_empty() && !has_two_forms(&plan));
        let found = smaller_set(&case, &plan);
        prop_assume!(found.is_ok());
        prop_assert_eq!(found.unwrap(), None);
    }

    /// Law 5: the order of what was read changes nothing.
    #[test]
    fn the_order_of_what_was_read_changes_nothing(case in cases(&WAYS, 3), turns in prop::collection::vec(0_usize..7, 3)) {
        let mut turned = case.world.clone();
        change_lists(&mut turned, |lists| turn_all(lists, &turns));
        let text = |world: &World| serde_json::to_string(&world.document()).unwrap();
        prop_assert_eq!(text(&case.world), text(&turned));
    }

    /// Law 6: objects are independent: in either order the same is added, what ends with one is not the other's, and with
    /// both all ends.
    #[test]
    fn objects_are_independent(case in cases(&WAYS, 4), both in any::<Index>()) {
        let mut case = case;
        change_lists(&mut case.world, |lists| {
            lists.quotas = Quotas { rules_per_security_group: 200, entries_per_network_acl: 40 };
        });
        let endpoints = case.world.spec["endpoints"].as_array().unwrap().clone();
        prop_assume!(endpoints.len() > 1);
        let (first, second) = endpoints.split_at(1 + both.index(endpoints.len() - 1));
        let one = case.world.clone().endpoints(first.to_vec());
        let other = case.world.clone().endpoints(second.to_vec());
        let (one_first, other_first) = (one.after(), other.after());
        let (other_then, one_then) = (moved_to(&other, &one_first), moved_to(&one, &other_first));
        prop_assume!([&one, &other, &other_then, &one_then].iter().all(|world| world.plan().refused.is_empty()));
        let (end, same) = (other_then.after(), one_then.after());
        prop_assert_eq!(difference(&contents(&end), &contents(&same)), Vec::<String>::new());

        // What stood before by a claim is some third object's.
        let third: BTreeSet<(Unit, Option<u16>)> = [&one, &other].into_iter().flat_map(|world| {
            world.plan().units.into_iter().filter(|(_, planned)| planned.standing == Standing::Join)
                .map(|(unit, planned)| (unit, planned.rule_number)).collect::<Vec<_>>()
        }).collect();
        let of_one = held(&one_first);
        let of_other = held(&end);
        let goes: Vec<_> = of_one.iter().filter(|unit| !of_other.contains(unit) && !third.contains(unit)).cloned().collect();
        let mut alone = end.clone();
        change_lists(&mut alone, |lists| take(lists, &goes, &case.world.owner));
        let rest = Case { world: moved_to(&other, &alone), ..case.clone() };
        prop_assert_eq!(broken(&rest, &other.plan(), &alone), None);
        prop_assert_eq!(alone.additions(), Vec::<String>::new());
        let goes: Vec<_> = of_other.iter().filter(|unit| !third.contains(unit)).cloned().collect();
        let mut none = alone.clone();
        change_lists(&mut none, |lists| take(lists, &goes, &case.world.owner));
        prop_assert_eq!(difference(&contents(&none), &contents(&case.world)), Vec::<String>::new());
    }

    /// Law 7: on a path that stays unblocked neither a foreign allow nor a deny causes an addition.
    #[test]
    fn what_others_write_causes_no_addition(case in cases(&WAYS, 3), rules in rules(3), more in entries(3)) {
        let mut net = case.world.net.clone();
        for rule in &rules {
            let (group, rule) = rule.on(&case.pools);
            if net.lists.security_groups.known().is_ok_and(|all| all.contains_key(&parse(group))) {
                net = net.group(group, &[&rule]);
            }
        }
        for entry in &more {
            let acls = net.lists.network_acls.known().ok();
            let Some(acl) = acls.and_then(|acls| acls.get(&parse(entry.acl(&case.pools)))) else { continue };
            let direction = if entry.ingress { RuleDirection::Ingress } else { RuleDirection::Egress };
            let used = acl.entries.iter().any(|e| e.direction == direction && e.number == entry.number);
            // A deny of everything above our numbers is no decision, and hides what stands behind it.
            let text = entry.text(&case.pools);
            let default = (text.ends_with("deny all 0.0.0.0/0") || text.ends_with("deny all ::/0")) && entry.number > 20049;
            if !used && !default {
                net = net.acl(entry.acl(&case.pools), &[], &[&text]);
            }
        }
        let later = case.world.moved(net);
        let (before, after) = (needs(&case.world.plan()), needs(&later.plan()));
        for (path, units) in &after {
            if let Some(known) = before.get(path) {
                prop_assert!(units.is_subset(known), "{path:?}: {units:?} and before {known:?}");
            }
        }
    }
}

fn units(plan: &Plan) -> Vec<Unit> {
    plan.additions().map(|(unit, _)| unit.clone()).collect()
}

/// Whether a unit opens on some addresses what another one does.
fn opens_a_part_of(unit: &Unit, other: &Unit) -> bool {
    let here = unit.target == other.target && unit.direction == other.direction;
    let blocks = unit.cidr().zip(other.cidr());
    let overlap = blocks.is_some_and(|(a, b)| a.contains(&b) || b.contains(&a));
    here && overlap && unit.ports().covers(&other.ports())
}

/// What each path that is not cut short needs.
fn needs(plan: &Plan) -> BTreeMap<String, BTreeSet<String>> {
    let served = plan
        .paths
        .iter()
        .filter(|path| path.status.verdict <= Verdict::Missing);
    let needs = served.map(|path| {
        let status = &path.status;
        let needed = path.asks.iter().filter(|ask| ask.needed);
        let (subnet, to) = (&status.client.subnet_id, &status.destinations);
        let key = format!("{} {} {subnet} {to:?}", status.endpoint, status.port);
        (
            key,
            needed
                .map(|ask| ask.request.preferred().to_string())
                .collect(),
        )
    });
    needs.collect()
}

fn turn_all(lists: &mut ScopeLists, turns: &[usize]) {
    fn turn<T>(list: &mut [T], by: usize) {
        list.reverse();
        list.rotate_left(by % list.len().max(1));
    }
    fn each<K, V>(list: &mut Read<BTreeMap<K, V>>, change: impl FnMut(&mut V)) {
        if let Read::Known(list) = list {
            list.values_mut().for_each(change);
        }
    }
    each(&mut lists.security_groups, |group| {
        turn(&mut group.rules, turns[0])
    });
    each(&mut lists.network_acls, |acl| {
        turn(&mut acl.entries, turns[1])
    });
    each(&mut lists.route_tables, |table| {
        turn(&mut table.routes, turns[2])
    });
    each(&mut lists.nat_gateways, |gateway| {
        turn(&mut gateway.addresses, turns[0])
    });
    each(&mut lists.prefix_lists, |list| {
        if let Read::Known(entries) = &mut list.entries {
            turn(entries, turns[1]);
        }
    });
    each(&mut lists.transit_gateway_route_tables, |table| {
        if let Read::Known(routes) = &mut table.routes {
            turn(routes, turns[2]);
        }
    });
}
