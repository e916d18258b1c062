//! 64 KiB, whatever was found.

use super::*;
use crate::report::{changed, size::LIMIT};
use dms_network_core::api::{Allow, Protocol, Refusal, Requirement, Who};

fn bytes(status: &MigrationNetworkStatus) -> usize {
    serde_json::to_vec(status).unwrap().len()
}

/// Numbers that look drawn, and are the same each time (Numerical Recipes' linear congruence).
struct Draw(u32);

impl Draw {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % bound
    }
}

/// `endpoints` endpoints with 16 ports each, from 6 subnets, every gate with up to `longest` letters of text.
fn wide_plan(endpoints: usize, longest: u32, draw: &mut Draw) -> Plan {
    let kinds = [
        GateKind::SecurityGroupEgress,
        GateKind::NetworkACLEgress,
        GateKind::Route,
        GateKind::NetworkACLIngress,
        GateKind::SecurityGroupIngress,
    ];
    let found = [
        (Verdict::Permitted, Reason::Permitted),
        (Verdict::External, Reason::InspectedByMiddlebox),
        (Verdict::Missing, Reason::NoSecurityGroupRule),
        (Verdict::Unknown, Reason::NotObserved),
        (Verdict::Blocked, Reason::BlockedByDeny),
    ];
    let letters = ["a", "\"", "\\", "\n", "é", "東", "\u{1}", "😀"];
    let mut paths = Vec::new();
    for endpoint in 0..endpoints {
        for port in 0..16 {
            for subnet in 0..6 {
                let gates = kinds.map(|kind| {
                    let (verdict, reason) = found[draw.below(5) as usize];
                    let letter = letters[draw.below(8) as usize];
                    let text = letter.repeat(draw.below(longest) as usize);
                    gate(kind, verdict, reason, &text)
                });
                let mut path = path(&format!("endpoint-{endpoint:02}"), gates.to_vec());
                path.status.port = 5432 + port;
                path.status.client.subnet_id = format!("subnet-{subnet}").parse().unwrap();
                paths.push(path);
            }
        }
    }
    plan_of(paths)
}

fn requirement(endpoint: usize) -> Requirement {
    Requirement {
        who: Who::NetworkACLOwner,
        endpoint: format!("endpoint-{endpoint:02}").parse().unwrap(),
        allow: Allow {
            protocol: Protocol::Tcp,
            port: 5432,
            from: vec!["10.0.1.10/32".parse().unwrap()],
            to: vec!["10.0.2.20/32".parse().unwrap()],
        },
        entries: Vec::new(),
    }
}

fn refusal(number: usize, length: usize) -> Refusal {
    Refusal {
        resource: format!("sg-{number}"),
        reason: Reason::QuotaExceeded,
        evidence: vec![],
        message: "x".repeat(length),
        remedy: None,
    }
}

/// The ledger of so many rules, and the same rules pending.
fn with_ledger<'a>(previous: &'a MigrationNetworkStatus, plan: &'a Plan, rules: u8) -> Facts<'a> {
    let stalled = Phase::Stalled {
        reason: Reason::BlockedByDeny,
        message: "long \"words\" ".repeat(10_000),
    };
    let units = || (0..rules).map(|host| unit("sg-0123456789abcdef0", host));
    Facts {
        plan: Some(plan),
        managed_rules: units().map(managed).collect(),
        pending_changes: units().map(|unit| pending(unit, Action::Create)).collect(),
        scopes: vec![scope()],
        ..facts(previous, stalled)
    }
}

#[test]
fn whatever_was_found_64_kib_hold_and_nothing_of_the_ledger_is_cut() {
    for seed in 0..6 {
        let mut draw = Draw(seed);
        let endpoints = 1 + draw.below(32) as usize;
        let longest = 1 + draw.below(300);
        let mut plan = wide_plan(endpoints, longest, &mut draw);
        plan.refusals = (0..draw.below(40) as usize)
            .map(|n| refusal(n, draw.below(3_000) as usize))
            .collect();
        plan.requirements = (0..endpoints).map(requirement).collect();
        let before = just_applied();
        let facts = with_ledger(&before, &plan, draw.below(60) as u8);
        let shown = status(&facts);

        assert!(
            bytes(&shown) <= LIMIT,
            "seed {seed}: {} bytes",
            bytes(&shown)
        );
        assert_eq!(
            shown.managed_rules.len(),
            facts.managed_rules.len(),
            "seed {seed}"
        );
        assert_eq!(
            shown.pending_changes.len(),
            facts.pending_changes.len(),
            "seed {seed}"
        );
        assert_eq!(shown.scopes, [scope()], "seed {seed}");
        let omitted = shown.omitted.clone().unwrap_or_default();
        assert_eq!(
            shown.paths.len() + omitted.paths as usize,
            plan.paths.len(),
            "seed {seed}"
        );
        assert_eq!(
            shown.refusals.len() + omitted.refusals as usize,
            plan.refusals.len()
        );
        assert_eq!(
            shown.requirements.len() + omitted.requirements as usize,
            plan.requirements.len()
        );

        // The object is steady: read back and judged again, it says the same.
        let read: MigrationNetworkStatus =
            serde_json::from_value(serde_json::to_value(&shown).unwrap()).unwrap();
        let again = status(&Facts {
            previous: &read,
            now: noon(300),
            ..facts
        });
        assert_eq!(again, shown, "seed {seed}");
        assert!(!changed(&read, &again), "seed {seed}");
    }
}

#[test]
fn the_largest_declaration_shows_each_endpoint_in_one_line_and_the_worst_paths() {
    let mut plan = wide_plan(32, 200, &mut Draw(7));
    for path in &mut plan.paths {
        path.status.verdict = Verdict::Permitted;
    }
    plan.paths[1_000].status.verdict = Verdict::Blocked;
    plan.paths[2_000].status.verdict = Verdict::Missing;
    let before = just_applied();
    let shown = status(&with_ledger(&before, &plan, 40));

    assert!(bytes(&shown) <= LIMIT);
    assert_eq!(shown.endpoint_summaries.len(), 32);
    let lines = shown.endpoint_summaries.iter();
    assert_eq!(lines.clone().map(|line| line.paths).sum::<u32>(), 3_072);
    assert_eq!(lines.map(|line| line.permitted).sum::<u32>(), 3_070);
    assert!(
        shown
            .paths
            .iter()
            .any(|path| path.verdict == Verdict::Blocked)
    );
    assert!(
        shown
            .paths
            .iter()
            .any(|path| path.verdict == Verdict::Missing)
    );
    let left_out = shown.omitted.unwrap();
    assert_eq!(left_out.paths as usize, 3_072 - shown.paths.len());
    assert_eq!(left_out.endpoint_summaries, 0);
    assert_eq!(shown.summary.unwrap().open_paths, "3070/3072");
}

#[test]
fn what_fits_is_shown_whole_and_without_lines_for_endpoints() {
    let mut plan = wide_plan(1, 2, &mut Draw(1));
    plan.paths.truncate(40);
    let shown = status(&Facts {
        plan: Some(&plan),
        ..facts(&just_applied(), ready())
    });
    assert_eq!(shown.paths.len(), 40);
    assert_eq!(shown.endpoint_summaries, []);
    assert_eq!(shown.omitted, None);
}

#[test]
fn a_cut_status_that_is_carried_over_keeps_its_lines_and_counts() {
    let plan = wide_plan(32, 200, &mut Draw(3));
    let before = status(&with_ledger(&just_applied(), &plan, 10));
    let carried = status(&Facts {
        plan: None,
        ..with_ledger(&before, &plan, 60)
    });
    assert!(bytes(&carried) <= LIMIT);
    assert_eq!(carried.endpoint_summaries, before.endpoint_summaries);
    let omitted = carried.omitted.unwrap();
    assert_eq!(omitted.paths as usize + carried.paths.len(), 3_072);
    assert!(omitted.paths > before.omitted.unwrap().paths);
}

#[test]
fn a_ledger_that_is_too_large_alone_is_kept_whole_and_leaves_room_for_nothing_else() {
    let mut plan = wide_plan(2, 200, &mut Draw(5));
    plan.refusals = vec![refusal(1, 10)];
    let before = just_applied();
    let shown = status(&with_ledger(&before, &plan, 250));
    assert!(bytes(&shown) > LIMIT);
    assert_eq!(shown.managed_rules.len(), 250);
    assert!(shown.paths.is_empty() && shown.refusals.is_empty());
    let omitted = shown.omitted.unwrap();
    assert_eq!(
        (omitted.paths, omitted.endpoint_summaries, omitted.refusals),
        (192, 2, 1)
    );
}

#[test]
fn what_the_schema_would_refuse_is_left_out_and_counted() {
    let mut plan = plan_of(vec![open_path("a"), open_path("b")]);
    plan.paths[1].status.gates[0].message = "x".repeat(32_769);
    plan.refusals = vec![refusal(1, 10)];
    plan.refusals[0].evidence = vec![String::new(); 4_097];
    let shown = status(&Facts {
        plan: Some(&plan),
        ..facts(&just_applied(), ready())
    });
    assert_eq!(shown.paths.len(), 1);
    assert!(shown.refusals.is_empty());
    let omitted = shown.omitted.unwrap();
    assert_eq!((omitted.paths, omitted.refusals), (1, 1));
    assert_eq!(shown.endpoint_summaries.len(), 2);
}

#[test]
fn no_condition_outgrows_its_share() {
    let long = gate(
        GateKind::Route,
        Verdict::Blocked,
        Reason::NoRoute,
        &"\u{1}".repeat(40_000),
    );
    let plan = plan_of(vec![path("a", vec![long])]);
    let shown = status(&with_ledger(&just_applied(), &plan, 0));
    assert!(serde_json::to_vec(&shown.conditions).unwrap().len() < LIMIT / 3);
}
