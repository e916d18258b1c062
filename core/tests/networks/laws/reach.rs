//! What the generated cases reach: a law that nothing meets proves nothing. `cargo test laws::reach -- --nocapture`
//! prints the shares.

use crate::generated::{
    Case, cases,
    ways::{WAYS, Way},
};
use dms_network_core::api::{GateKind, Reason, Verdict};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngSeed, TestRunner},
};
use std::collections::{BTreeMap, BTreeSet};

const FAR_ACCOUNT: &str = "another account is changed";

/// What one case meets, each once.
fn met(case: &Case) -> BTreeSet<String> {
    let plan = case.world.plan();
    let mut met = BTreeSet::new();
    for path in &plan.paths {
        met.insert(format!("verdict {}", path.status.verdict));
        for gate in &path.status.gates {
            met.insert(format!("gate {}", gate.gate));
            met.insert(gate.reason.to_string());
        }
        met.extend(path.status.notes.iter().map(|note| note.reason.to_string()));
    }
    met.extend(
        plan.refusals
            .iter()
            .map(|refusal| refusal.reason.to_string()),
    );
    met.extend(
        plan.unresolved
            .iter()
            .map(|unresolved| unresolved.reason.to_string()),
    );
    let far = ["sg-b", "sg-c", "acl-b", "acl-c"];
    let changed = plan.additions().map(|(unit, _)| unit.target.resource());
    if !case.world.elsewhere.is_empty() && changed.into_iter().any(|id| far.contains(&id)) {
        met.insert(FAR_ACCOUNT.to_owned());
    }
    if case.asked.iter().any(|asked| asked.by_proxy) {
        met.insert("gate Proxy".to_owned());
    }
    met
}

/// The share of some cases that meet each gate, verdict and reason.
fn shares(ways: &'static [Way], most: usize, count: usize) -> BTreeMap<String, f64> {
    let config = Config {
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let strategy = cases(ways, most);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..count {
        let case = strategy.new_tree(&mut runner).unwrap().current();
        for what in met(&case) {
            *counts.entry(what).or_default() += 1;
        }
    }
    let shares = counts.into_iter();
    shares
        .map(|(what, met)| (what, met as f64 / count as f64))
        .collect()
}

/// Prints the shares, and gives those of `wanted` that less than one case in a hundred meets.
fn seldom(title: &str, shares: &BTreeMap<String, f64>, wanted: &[String]) -> Vec<String> {
    println!("{title}");
    for (what, share) in shares {
        println!("{:7.2} % {what}", share * 100.0);
    }
    let share = |what: &String| shares.get(what).copied().unwrap_or(0.0);
    let seldom = wanted.iter().filter(|what| share(what) < 0.01);
    seldom
        .map(|what| format!("{title}: {what} {:.4}", share(what)))
        .collect()
}

#[test]
fn every_verdict_and_gate_and_what_any_way_can_meet_is_met() {
    let shares = shares(&WAYS, 3, 1200);
    let verdicts = VERDICTS.iter().map(|verdict| format!("verdict {verdict}"));
    let gates = GATES.iter().map(|gate| format!("gate {gate}"));
    let reasons = COMMON.iter().map(ToString::to_string);
    let wanted = verdicts.chain(gates).chain(reasons);
    let wanted: Vec<String> = wanted.chain([FAR_ACCOUNT.to_owned()]).collect();
    assert_eq!(seldom("all ways", &shares, &wanted), Vec::<String>::new());
}

#[test]
fn what_a_way_alone_can_meet_is_met_on_it() {
    let mut missing = Vec::new();
    for (way, reasons) in REASONS {
        let shares = shares(way, 1, 600);
        let wanted: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        missing.extend(seldom(&format!("{way:?}"), &shares, &wanted));
    }
    assert_eq!(missing, Vec::<String>::new());
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
/// What any way can meet.
const COMMON: [Reason; 17] = [
    Reason::Permitted,
    Reason::NoSecurityGroupRule,
    Reason::SecurityGroupHasNoRules,
    Reason::NoNetworkACLEntry,
    Reason::NoReturnEntry,
    Reason::BlockedByDeny,
    Reason::ReturnPortsDenied,
    Reason::NetworkACLNotManaged,
    Reason::UnclaimedEntry,
    Reason::PermittedByAnotherClaim,
    Reason::NotObserved,
    Reason::NoRoute,
    Reason::RouteNotActive,
    Reason::RouteGoesElsewhere,
    Reason::AdmitFormCannotWork,
    Reason::AddressFamilyMismatch,
    Reason::QuotaExceeded,
];
/// What some ways alone can meet, or meet too seldom among all.
const REASONS: [(&[Way], &[Reason]); 12] = [
    (
        &[Way::SameVpc],
        &[
            Reason::InspectedByMiddlebox,
            Reason::NotSeenThrough,
            Reason::AmbiguousRoute,
            Reason::NetworkACLNotFound,
            Reason::RouteTableNotFound,
            Reason::GroupNotOnInterface,
            Reason::SecurityGroupNotFound,
            Reason::SecurityGroupInAnotherVPC,
            Reason::SubnetNotFound,
            Reason::SubnetInAnotherVPC,
            Reason::AddressNotInSubnet,
            Reason::AddressOutsideVPC,
            Reason::ReservedByDMS,
        ],
    ),
    (
        &[Way::Peering],
        &[
            Reason::PeeringNotActive,
            Reason::PeeringNotFound,
            Reason::NotInPeerCIDR,
            Reason::NoReturnRoute,
            Reason::FarSideNotOurs,
            Reason::InspectedByMiddlebox,
        ],
    ),
    (
        &[Way::TransitGateway],
        &[
            Reason::AttachmentMissingInZone,
            Reason::AttachmentNotAvailable,
            Reason::TransitGatewayNoRoute,
            Reason::NoReturnRoute,
        ],
    ),
    (
        &[Way::Host],
        &[
            Reason::SourceDestCheckEnabled,
            Reason::GatewayNotAttached,
            Reason::FarSideNotOurs,
        ],
    ),
    (
        &[Way::VpnGateway],
        &[
            Reason::GatewayNotAttached,
            Reason::VPNDown,
            Reason::InspectedByMiddlebox,
            Reason::FarSideNotOurs,
        ],
    ),
    (
        &[Way::SiteByTransitGateway],
        &[Reason::TransitGatewayNoRoute],
    ),
    (
        &[Way::SiteByNatGateway],
        &[Reason::NATGatewayNotAvailable, Reason::FarSideNotOurs],
    ),
    (
        &[Way::InternetGateway, Way::Managed],
        &[
            Reason::InternetGatewayDetached,
            Reason::NoPublicAddress,
            Reason::PrivateDestination,
            Reason::PublicAccessBlocked,
            Reason::GatewayNotFound,
            Reason::AddressNotOnInterface,
        ],
    ),
    (
        &[Way::NatGateway, Way::ManagedByNatGateway],
        &[
            Reason::NATGatewayNotAvailable,
            Reason::NATGatewayWithoutInternet,
            Reason::PublicAccessBlocked,
            Reason::InspectedByMiddlebox,
            Reason::RoutingLoop,
        ],
    ),
    (
        &[Way::NatInstance],
        &[
            Reason::SourceDestCheckEnabled,
            Reason::NoPublicAddress,
            Reason::InternetGatewayDetached,
        ],
    ),
    (
        &[Way::EgressOnly],
        &[
            Reason::InternetGatewayDetached,
            Reason::PublicAccessBlocked,
            Reason::FarSideNotOurs,
        ],
    ),
    (&[Way::ClassicLink], &[Reason::ClassicLinkRetired]),
];
