//! What the generated cases reach: a law that nothing meets proves nothing. `cargo test laws::reach -- --nocapture`
//! prints the shares.

use crate::generated::{
    Case, cases,
    known::Known,
    misdeclared::MISTAKES,
    ways::{WAYS, Way},
};
use dms_network_core::api::{GateKind, Reason, Verdict};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngSeed, TestRunner},
};
use serde_json::json;
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

/// So many cases of some ways, always the same.
fn some_cases(ways: &'static [Way], most: usize, count: usize) -> impl Iterator<Item = Case> {
    let config = Config {
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let strategy = cases(ways, most);
    (0..count).map(move |_| strategy.new_tree(&mut runner).unwrap().current())
}

/// How many of some cases meet what.
#[derive(Default)]
struct Shares {
    cases: usize,
    met: BTreeMap<String, usize>,
}

impl Shares {
    fn of(cases: impl Iterator<Item = Case>) -> Self {
        let mut shares = Self::default();
        cases.for_each(|case| shares.add(&met(&case)));
        shares
    }

    fn add(&mut self, met: &BTreeSet<String>) {
        self.cases += 1;
        for what in met {
            *self.met.entry(what.clone()).or_default() += 1;
        }
    }

    /// Prints the shares, and gives those of `wanted` that less than one case in a hundred meets.
    fn seldom(&self, title: &str, wanted: impl IntoIterator<Item = String>) -> Vec<String> {
        println!("{title}, {} cases", self.cases);
        let share = |met: usize| met as f64 / self.cases as f64 * 100.0;
        for (what, met) in &self.met {
            println!("{:7.2} % {what}", share(*met));
        }
        let met = |what: &String| self.met.get(what).copied().unwrap_or(0);
        let seldom = wanted.into_iter();
        let seldom = seldom.filter(|what| met(what) * 100 < self.cases.max(1));
        seldom
            .map(|what| format!("{title}: {what} {} of {}", met(&what), self.cases))
            .collect()
    }
}

fn names(reasons: &[Reason]) -> impl Iterator<Item = String> {
    reasons.iter().map(ToString::to_string)
}

#[test]
fn every_verdict_and_gate_and_what_any_way_can_meet_is_met() {
    let shares = Shares::of(some_cases(&WAYS, 3, 1200));
    let verdicts = VERDICTS.iter().map(|verdict| format!("verdict {verdict}"));
    let gates = GATES.iter().map(|gate| format!("gate {gate}"));
    let wanted = verdicts.chain(gates).chain(names(&COMMON));
    let wanted = wanted.chain([FAR_ACCOUNT.to_owned()]);
    assert_eq!(shares.seldom("all ways", wanted), Vec::<String>::new());
}

#[test]
fn what_a_way_alone_can_meet_is_met_on_it() {
    let mut missing = Vec::new();
    for (way, reasons) in REASONS {
        let shares = Shares::of(some_cases(way, 1, 600));
        missing.extend(shares.seldom(&format!("{way:?}"), names(reasons)));
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn what_only_some_cases_can_meet_is_met_by_them() {
    let mut shares: Vec<Shares> = KINDS.iter().map(|_| Shares::default()).collect();
    for case in some_cases(&WAYS, 1, 2000) {
        let met = met(&case);
        let here = KINDS.iter().zip(&mut shares);
        let here = here.filter(|((_, is_of_kind, _), _)| is_of_kind(&case));
        here.for_each(|(_, shares)| shares.add(&met));
    }
    let missing = KINDS.iter().zip(&shares);
    let missing =
        missing.flat_map(|((title, _, reasons), shares)| shares.seldom(title, names(reasons)));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn every_reason_is_the_generator_s_to_reach_or_the_controller_s_to_give() {
    let of_ways = REASONS.iter().flat_map(|(_, reasons)| *reasons);
    let of_kinds = KINDS.iter().flat_map(|(_, _, reasons)| *reasons);
    let reached: BTreeSet<Reason> = COMMON
        .iter()
        .chain(of_ways)
        .chain(of_kinds)
        .copied()
        .collect();
    let given: BTreeSet<Reason> = OF_THE_CONTROLLER.into_iter().collect();
    let all: BTreeSet<Reason> = Reason::ALL.iter().copied().collect();
    assert_eq!(&reached & &given, BTreeSet::new());
    assert_eq!(&reached | &given, all);
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
const COMMON: [Reason; 18] = [
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
    Reason::EntryRangeShared,
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
        ],
    ),
    (
        &[Way::Peering],
        &[
            Reason::PeeringNotActive,
            Reason::PeeringNotFound,
            Reason::PeerUnknown,
            Reason::VPCNotFound,
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
            Reason::IPv6NotEnabled,
            Reason::SecurityGroupReferenceNotPreserved,
            Reason::SecurityGroupReferencingDisabled,
            Reason::NoReturnRoute,
        ],
    ),
    (
        &[Way::Host],
        &[
            Reason::SourceDestCheckEnabled,
            Reason::InstanceNotFound,
            Reason::InterfaceNotFound,
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
            Reason::NATGatewayNotInZone,
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

/// What only some cases can meet: which these are.
type Kind = (&'static str, fn(&Case) -> bool, &'static [Reason]);

const KINDS: [Kind; 8] = [
    (
        "declarations with a mistake",
        has_a_mistake,
        &[
            Reason::SubnetNotFound,
            Reason::SubnetInAnotherVPC,
            Reason::SecurityGroupNotFound,
            Reason::SecurityGroupInAnotherVPC,
            Reason::AddressNotInSubnet,
            Reason::AddressOutsideVPC,
            Reason::ReservedByDMS,
            Reason::EndpointPortUnknown,
            Reason::DMSEndpointNotFound,
        ],
    ),
    (
        "databases in a VPC with a mistake",
        |case| {
            let in_vpc = [Way::SameVpc, Way::Peering, Way::TransitGateway];
            has_a_mistake(case) && case.asked.iter().any(|asked| in_vpc.contains(&asked.way))
        },
        &[Reason::SecurityGroupsUnknown],
    ),
    (
        "proxies with a mistake",
        |case| has_a_mistake(case) && case.asked.iter().any(|asked| asked.by_proxy),
        &[Reason::InstanceNotFound, Reason::InterfaceNotFound],
    ),
    (
        "replication instances that DMS is asked for",
        |case| case.known != Known::ByHand,
        &[
            Reason::ReplicationInstanceNotFound,
            Reason::ReplicationInstanceNotReady,
            Reason::SecondaryAddressUnknown,
        ],
    ),
    (
        "other accounts that cannot be used",
        |case| case.fault == Some("the other account"),
        &[
            Reason::NotAllowedByAccount,
            Reason::AccountNotFound,
            Reason::AccessDenied,
        ],
    ),
    (
        "accounts with limits",
        |case| {
            case.world.account.as_ref().is_some_and(|account| {
                *account != json!({"accountID": "111122223333", "consent": "None"})
            })
        },
        &[Reason::NotAllowedByAccount, Reason::NetworkACLNotManaged],
    ),
    (
        "denies behind our numbers",
        |case| case.has_late_deny,
        &[Reason::NoEntryNumber],
    ),
    (
        "small quotas",
        |case| case.world.net.lists.quotas.rules_per_security_group < 60,
        &[Reason::QuotaExceeded],
    ),
];

fn has_a_mistake(case: &Case) -> bool {
    let mut mistakes = MISTAKES.iter();
    mistakes.any(|(name, _)| case.fault == Some(name))
}

/// What neither trace nor plan says: the conditions of an object, and what calls to AWS are answered with.
const OF_THE_CONTROLLER: [Reason; 22] = [
    Reason::PermittedWithRequirements,
    Reason::Pending,
    Reason::RulesMissing,
    Reason::Settling,
    Reason::Releasing,
    Reason::RevocationPending,
    Reason::Terminating,
    Reason::Expired,
    Reason::PlanMode,
    Reason::SpecNotUnderstood,
    Reason::WaitingForOtherOwner,
    Reason::AccountUsable,
    Reason::AccountChanged,
    Reason::AccountMismatch,
    Reason::CredentialsNotUsable,
    Reason::CallRefused,
    Reason::AWSUnreachable,
    Reason::Throttled,
    Reason::QuotaPressure,
    Reason::ReplicationInstanceResolved,
    Reason::ConnectionTestFailed,
    Reason::ConnectionTestPassed,
];
