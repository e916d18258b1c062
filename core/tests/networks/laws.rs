//! The laws of planning, on generated networks that reach every topology. The packets are followed by the walker, which
//! is written apart from what it checks.

mod points;

use crate::{
    generated::{Case, cases, ways::WAYS},
    world::World,
};
use dms_network_core::{
    api::{GateKind, PathStatus, Reason, Verdict},
    plan::Plan,
    snapshot::{Read, ScopeLists, ScopeSnapshot},
};
use dms_network_walker::Fate;
use points::{LINUX, Walked, noted};
use proptest::prelude::*;

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
    let (then, scope) = (after.plan(), after.net.scope());
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
        for walked in case.walk(&path.status, &scope, open) {
            if !walked.walk.fate.passes() {
                return Some(format!("{walked:?}"));
            }
        }
    }
    None
}

/// The network without what anybody claims, and without the allows in the shared numbers that nobody claims.
fn without_claims(mut lists: ScopeLists) -> ScopeLists {
    if let Read::Known(groups) = &mut lists.security_groups {
        for group in groups.values_mut() {
            group.rules.retain(|rule| rule.tags.is_empty());
        }
    }
    if let Read::Known(acls) = &mut lists.network_acls {
        for acl in acls.values_mut() {
            acl.entries
                .retain(|entry| !entry.allow || !(20000..=20999).contains(&entry.number));
        }
    }
    lists
}

/// The reasons by which a path is blocked though its packets may well pass: the declaration asks for something else than
/// what the network does, or AWS may do either.
const OF_DECLARATION: [Reason; 9] = [
    Reason::RouteGoesElsewhere,
    Reason::AdmitFormCannotWork,
    Reason::AddressNotOnInterface,
    Reason::GroupNotOnInterface,
    Reason::AddressOutsideVPC,
    Reason::AddressFamilyMismatch,
    Reason::AmbiguousRoute,
    Reason::ClassicLinkRetired,
    Reason::SecurityGroupsUnknown,
];

/// What is wrong with what is said of a path, by the fate of its packets.
fn misjudged(case: &Case) -> Option<String> {
    let plan = case.world.plan();
    let lists = without_claims(case.world.net.lists.clone());
    let scope = ScopeSnapshot::from(lists);
    for path in &plan.paths {
        let status = &path.status;
        let denied = noted(status);
        let open = |port: u16| {
            !denied
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&port))
        };
        let cut_short = status.verdict >= Verdict::Unknown;
        let walks = case.walk(status, &scope, |port| cut_short || open(port));
        let wrong = match status.verdict {
            Verdict::Permitted => walks.iter().find(|it| !arrives(it) || !is_seen(it, status)),
            Verdict::External => walks
                .iter()
                .find(|it| !it.walk.fate.passes() || !is_seen(it, status)),
            Verdict::Missing if walks.iter().all(|it| it.walk.fate.passes()) => walks.first(),
            Verdict::Missing => walks
                .iter()
                .find(|it| !it.walk.fate.passes() && !is_closed(it)),
            _ if OF_DECLARATION.contains(&path.reason()) => None,
            Verdict::Unknown | Verdict::Blocked => {
                let all = walks.iter().all(|it| it.walk.fate.passes());
                walks.first().filter(|_| all)
            }
        };
        if let Some(walked) = wrong {
            return Some(format!("{}\n{walked:?}", summary(status)));
        }
        let external = status.verdict == Verdict::External;
        if external && walks.iter().all(arrives) && !walks.is_empty() {
            return Some(format!("nothing external: {}", summary(status)));
        }
    }
    None
}

/// A path in a few words, for counterexamples.
fn summary(path: &PathStatus) -> String {
    let gates = path.gates.iter().map(|gate| {
        format!(
            "{} {} {:?} {:?}",
            gate.gate, gate.resource, gate.direction, gate.reason
        )
    });
    let gates: Vec<String> = gates.collect();
    format!(
        "{} seen {:?} {:?}: {}",
        path.endpoint,
        path.source_addresses,
        path.notes,
        gates.join(", ")
    )
}

fn arrives(walked: &Walked) -> bool {
    let here = matches!(walked.walk.fate, Fate::Arrives { .. });
    here && walked.walk.hidden.is_empty()
}

/// Whether the packet is dropped where something can be added.
fn is_closed(walked: &Walked) -> bool {
    let Fate::Dropped { why, .. } = walked.walk.fate else {
        return false;
    };
    why.starts_with("security group") || why.starts_with("network ACL")
}

/// Whether the source that the far side sees is one of those that the path names.
fn is_seen(walked: &Walked, path: &PathStatus) -> bool {
    let (Fate::Arrives { seen } | Fate::Leaves { seen, .. }) = &walked.walk.fate else {
        return false;
    };
    let mut known = path.source_addresses.iter();
    !walked.last || known.any(|block| block.contains(seen))
}

/// Ports that a NAT gateway may not lose more of, by ACL and direction.
fn notes_are_tolerable(case: &Case) -> Option<String> {
    for path in case.world.plan().paths {
        let by_nat = path
            .status
            .gates
            .iter()
            .any(|gate| gate.gate == GateKind::NATGateway);
        let required = noted(&path.status)
            .into_iter()
            .filter(|(from, to)| *from <= *LINUX.end() && *to >= *LINUX.start());
        let lost: u32 = required.map(|(from, to)| u32::from(to - from) + 1).sum();
        if path.status.verdict < Verdict::Unknown && lost > if by_nat { 4 * 64 } else { 0 } {
            return Some(summary(&path.status));
        }
    }
    None
}

proptest! {
    #![proptest_config(config(60))]

    /// What is said of a path is what becomes of its packets.
    #[test]
    fn a_verdict_is_what_becomes_of_the_packets(case in cases(&WAYS, 2)) {
        prop_assert_eq!(misjudged(&case), None);
        prop_assert_eq!(notes_are_tolerable(&case), None);
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
}
