//! What the generated cases reach: a law that nothing meets proves nothing.

use crate::generated::{Case, cases, ways::WAYS};
use dms_network_core::api::{GateKind, Reason, Verdict};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngSeed, TestRunner},
};
use std::collections::{BTreeMap, BTreeSet};

const CASES: usize = 1500;

/// What one case meets, each once.
fn met(case: &Case) -> BTreeSet<String> {
    let plan = case.world.plan();
    let mut met = BTreeSet::new();
    for path in &plan.paths {
        met.insert(format!("verdict {}", path.status.verdict));
        for gate in &path.status.gates {
            met.insert(format!("gate {}", gate.gate));
            met.insert(format!("reason {}", gate.reason));
        }
        met.extend(
            path.status
                .notes
                .iter()
                .map(|note| format!("note {}", note.reason)),
        );
    }
    met.extend(
        plan.refusals
            .iter()
            .map(|refusal| format!("refusal {}", refusal.reason)),
    );
    met.extend(
        case.asked
            .iter()
            .map(|asked| format!("way {:?}", asked.way)),
    );
    if case.asked.iter().any(|asked| asked.by_proxy) {
        met.insert("way Proxy".to_owned());
    }
    met
}

/// The share of the cases that meet each gate, verdict, reason, note and refusal.
fn shares() -> BTreeMap<String, f64> {
    let config = Config {
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let strategy = cases(&WAYS, 3);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..CASES {
        let case = strategy.new_tree(&mut runner).unwrap().current();
        for what in met(&case) {
            *counts.entry(what).or_default() += 1;
        }
    }
    let shares = counts.into_iter();
    shares
        .map(|(what, count)| (what, count as f64 / CASES as f64))
        .collect()
}

#[test]
fn the_cases_reach_every_gate_and_verdict_and_what_matters_of_the_reasons() {
    let shares = shares();
    for (what, share) in &shares {
        println!("{:6.2} % {what}", share * 100.0);
    }
    let reached = |what: String, least: f64| {
        let share = shares.get(&what).copied().unwrap_or(0.0);
        assert!(share >= least, "{what}: {share}");
    };
    for way in WAYS {
        reached(format!("way {way:?}"), 0.05);
    }
    for verdict in VERDICTS {
        reached(format!("verdict {verdict}"), 0.01);
    }
    for gate in GATES {
        reached(format!("gate {gate}"), 0.01);
    }
    for reason in REASONS {
        reached(format!("reason {reason}"), 0.003);
    }
}

const VERDICTS: [Verdict; 5] = [
    Verdict::Permitted,
    Verdict::External,
    Verdict::Missing,
    Verdict::Unknown,
    Verdict::Blocked,
];
const GATES: [GateKind; 16] = [
    GateKind::SecurityGroupEgress,
    GateKind::SecurityGroupIngress,
    GateKind::NetworkACLEgress,
    GateKind::NetworkACLIngress,
    GateKind::Route,
    GateKind::VPCPeering,
    GateKind::TransitGateway,
    GateKind::InternetGateway,
    GateKind::EgressOnlyInternetGateway,
    GateKind::NATGateway,
    GateKind::Host,
    GateKind::Proxy,
    GateKind::VPNGateway,
    GateKind::Middlebox,
    GateKind::FarSide,
    GateKind::Declaration,
];
const REASONS: [Reason; 8] = [
    Reason::NoSecurityGroupRule,
    Reason::SecurityGroupHasNoRules,
    Reason::NoNetworkACLEntry,
    Reason::NoReturnEntry,
    Reason::BlockedByDeny,
    Reason::NoRoute,
    Reason::NoReturnRoute,
    Reason::RouteNotActive,
];
