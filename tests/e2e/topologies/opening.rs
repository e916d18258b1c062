//! What becomes of each example when it is applied, and when it is deleted.

use super::example::{Example, OWNER, added, everything, examples, lab_of, state};
use crate::{
    cluster::{condition, status},
    lab::Lab,
    state::{State, Tags},
};
use dms_network_core::api::{
    CLAIM_TAG_PREFIX, ConditionType, Gate, MANAGED_TAG, MigrationNetwork, PathDirection,
    PathStatus, Verdict,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

/// The gates of the ways that several examples have: out, and then back.
const WITHIN_A_VPC: &str = "SecurityGroupEgress NetworkACLEgress Route NetworkACLIngress SecurityGroupIngress \
    / NetworkACLEgress Route NetworkACLIngress";
const PEERED: &str = "SecurityGroupEgress NetworkACLEgress Route VPCPeering NetworkACLIngress SecurityGroupIngress \
    / NetworkACLEgress Route VPCPeering NetworkACLIngress";
const BY_A_VPN_GATEWAY: &str =
    "SecurityGroupEgress NetworkACLEgress Route VPNGateway FarSide=External / NetworkACLIngress";
const BY_AN_INTERNET_GATEWAY: &str = "SecurityGroupEgress NetworkACLEgress Route InternetGateway FarSide=External \
    / NetworkACLIngress";
const BEHIND_A_PROXY: &str = "SecurityGroupEgress NetworkACLEgress Route NetworkACLIngress SecurityGroupIngress Proxy \
    SecurityGroupEgress NetworkACLEgress Route VPNGateway FarSide=External \
    / NetworkACLIngress NetworkACLEgress Route NetworkACLIngress";

/// An endpoint with the gates that it meets on its way out and back, and their verdicts where not Permitted.
type Way<'a> = (&'a str, &'a str);

#[track_caller]
fn assert_goes(network: &MigrationNetwork, expected: &[Way<'_>]) {
    let found: BTreeMap<_, _> = status(network).paths.iter().map(way).collect();
    let found: Vec<Way<'_>> = found
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(found, expected);
}

fn way(path: &PathStatus) -> (String, String) {
    let gates = |direction| {
        let gates = path.gates.iter();
        let gates = gates.filter(|gate| gate.direction == direction).map(named);
        gates.collect::<Vec<_>>().join(" ")
    };
    let (out, back) = (gates(PathDirection::Forward), gates(PathDirection::Return));
    (path.endpoint.to_string(), format!("{out} / {back}"))
}

fn named(gate: &Gate) -> String {
    match gate.verdict {
        Verdict::Permitted => gate.gate.to_string(),
        other => format!("{}={other}", gate.gate),
    }
}

/// What was added is what plan.txt says, carries our claim, and is all that has changed.
#[track_caller]
fn assert_opened_as_planned(planned: &[String], before: &State, after: &State) {
    assert_eq!(added(before, after), planned);
    let mut foreign = after.clone();
    let claim = format!("{CLAIM_TAG_PREFIX}{OWNER}");
    let claimed = Tags::from([
        (MANAGED_TAG.to_owned(), "true".to_owned()),
        (claim, "active".to_owned()),
    ]);
    foreign.rules.retain(|id, rule| {
        let is_new = !before.rules.contains_key(id);
        assert!(!is_new || rule.tags == claimed, "{rule:?}");
        !is_new
    });
    foreign.entries.retain(|place, entry| {
        let is_new = !before.entries.contains_key(place);
        if is_new {
            let (acl, egress, number) = place;
            let direction = if *egress { "egress" } else { "ingress" };
            let key = format!("dms-network.dev/acl.{direction}.{number}.");
            let value = format!("{} {} {OWNER}", entry.traffic, entry.cidr);
            let tags = foreign.tags.get_mut(acl).unwrap();
            let claims: Vec<_> = tags
                .extract_if(.., |name, _| name.starts_with(&key))
                .collect();
            assert_eq!(claims.len(), 1, "{claims:?}");
            assert_eq!(claims[0].1, value);
        }
        !is_new
    });
    assert_eq!(&foreign, before);
}

/// kstatus reads it as Current, or as Failed: Ready is always there, the others only while they are true.
#[track_caller]
fn assert_ready(network: &MigrationNetwork, reason: &str) {
    assert_eq!(
        condition(network, ConditionType::Ready),
        Some(("True", reason))
    );
    assert_eq!(condition(network, ConditionType::Reconciling), None);
    assert_eq!(condition(network, ConditionType::Stalled), None);
}

#[track_caller]
fn assert_stalled(network: &MigrationNetwork, reason: &str) {
    assert_eq!(
        condition(network, ConditionType::Ready),
        Some(("False", reason))
    );
    assert_eq!(condition(network, ConditionType::Reconciling), None);
    assert_eq!(
        condition(network, ConditionType::Stalled),
        Some(("True", reason))
    );
}

/// The status holds what `plan` says of the same EC2, and there is nothing left to add or remove.
#[track_caller]
fn assert_offline_agrees(example: &Example, lab: &Lab, exit_code: i32) {
    let (plan, code) = example.plan(lab);
    let live = lab.cluster().find_raw(example.name()).unwrap();
    for field in ["paths", "requirements", "refusals"] {
        let shown = match &live["status"][field] {
            Value::Null => json!([]),
            shown => shown.clone(),
        };
        assert_eq!(shown, plan[field], "{field}");
    }
    assert_eq!(
        (&plan["additions"], &plan["removals"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(code, Some(exit_code));
}

/// Applied, and settled: the object, and EC2 before and after.
struct Settled {
    lab: Lab,
    example: Example,
    files: BTreeMap<PathBuf, String>,
    before: State,
}

impl Settled {
    fn start(name: &str) -> Self {
        let example = Example::of(name);
        let lab = example.lab();
        let settled = Self {
            files: everything(&lab),
            before: state(&lab),
            example,
            lab,
        };
        settled.lab.start();
        settled.example.apply(&settled.lab);
        settled
    }

    fn assert_deletion_leaves_ec2_as_it_was(&self) {
        let name = self.example.name();
        self.lab.cluster().delete(name);
        self.lab.cluster().until_gone(name);
        assert_eq!(everything(&self.lab), self.files);
    }
}

/// The example turns Ready for that reason, over these gates.
#[track_caller]
fn turns_ready(name: &str, reason: &str, expected: &[Way<'_>]) {
    let settled = Settled::start(name);
    let (lab, example) = (&settled.lab, &settled.example);
    let ready = lab.cluster().until_ready(example.name(), "True", reason);
    assert_ready(&ready, reason);
    let planned = example.planned();
    assert_opened_as_planned(&planned, &settled.before, &state(lab));

    assert_goes(&ready, expected);
    let held = status(&ready);
    let summary = held.summary.clone().unwrap();
    assert_eq!(summary.permitted, summary.paths);
    assert_eq!(summary.rules as usize, planned.len());
    assert_eq!(held.managed_rules.len(), planned.len());
    assert_eq!(held.pending_changes, []);
    let asks = !held.requirements.is_empty();
    assert_eq!(reason == "PermittedWithRequirements", asks);
    assert_offline_agrees(example, lab, 0);
    settled.assert_deletion_leaves_ec2_as_it_was();
}

/// The example waits for a person for that reason; what others of its paths need is there.
#[track_caller]
fn turns_stalled(name: &str, reason: &str, permitted: u32, expected: &[Way<'_>]) {
    let settled = Settled::start(name);
    let (lab, example) = (&settled.lab, &settled.example);
    let stalled = lab.cluster().until_stalled(example.name(), reason);
    assert_stalled(&stalled, reason);
    let planned = example.planned();
    assert_opened_as_planned(&planned, &settled.before, &state(lab));

    assert_goes(&stalled, expected);
    let summary = status(&stalled).summary.clone().unwrap();
    assert_eq!(summary.permitted, permitted);
    assert_eq!(summary.rules as usize, planned.len());
    let paths = status(&stalled).paths.iter();
    let blocked = paths
        .flat_map(|path| &path.gates)
        .filter(|gate| gate.verdict == Verdict::Blocked);
    assert!(blocked.into_iter().all(|gate| gate.remedy.is_some()));
    assert_offline_agrees(example, lab, 3);
    settled.assert_deletion_leaves_ec2_as_it_was();
}

/// A test for each folder of examples/, and the list of them with the reason that each comes to.
macro_rules! each_example {
    ($($test:ident $folder:literal: $turns:ident($reason:literal, $($more:expr),+);)*) => {
        const ENDS: &[(&str, &str)] = &[$(($folder, $reason)),*];
        $(#[test] fn $test() { $turns($folder, $reason, $($more),+); })*
    };
}

each_example! {
    one_vpc "same-vpc": turns_ready("Permitted", &[
        ("orders-source", WITHIN_A_VPC),
        ("orders-target", WITHIN_A_VPC)
    ]);
    two_vpcs_peered "peering": turns_ready("Permitted", &[("orders-source", PEERED)]);
    two_vpcs_of_two_accounts "two-accounts": turns_ready("Permitted", &[("ledger-source", PEERED)]);
    two_vpcs_by_a_transit_gateway "transit-gateway": turns_ready("Permitted", &[(
        "orders-source",
        "SecurityGroupEgress NetworkACLEgress Route NetworkACLIngress TransitGateway NetworkACLEgress \
            NetworkACLIngress SecurityGroupIngress \
            / NetworkACLEgress Route NetworkACLIngress TransitGateway NetworkACLEgress NetworkACLIngress"
    )]);
    on_premises_by_a_gateway "vpn-gateway": turns_ready("PermittedWithRequirements", &[
        ("orders-source", BY_A_VPN_GATEWAY)
    ]);
    on_premises_by_a_host "bridging-host": turns_ready("PermittedWithRequirements", &[(
        "orders-source",
        "SecurityGroupEgress NetworkACLEgress Route NetworkACLIngress SecurityGroupIngress Host FarSide=External \
            / NetworkACLEgress Route NetworkACLIngress"
    )]);
    the_internet_by_a_gateway "internet-gateway": turns_ready("PermittedWithRequirements", &[
        ("orders-source", BY_AN_INTERNET_GATEWAY)
    ]);
    the_internet_by_a_nat_gateway "nat-gateway": turns_ready("Permitted", &[(
        "orders-source",
        "SecurityGroupEgress NetworkACLEgress Route NetworkACLIngress NATGateway NetworkACLEgress Route \
            InternetGateway NetworkACLIngress SecurityGroupIngress \
            / NetworkACLEgress Route InternetGateway NetworkACLIngress NetworkACLEgress Route NetworkACLIngress"
    )]);
    a_proxy "proxy": turns_ready("PermittedWithRequirements", &[("orders-source", BEHIND_A_PROXY)]);
    six_endpoints "multi-endpoint": turns_ready("PermittedWithRequirements", &[
        ("billing-sqlserver-at-the-partner", BY_AN_INTERNET_GATEWAY),
        ("clickstream-kafka-brokers-target", PEERED),
        ("customer-reporting-postgres-replicas", WITHIN_A_VPC),
        ("inventory-mysql-behind-the-proxy", BEHIND_A_PROXY),
        ("ledger-db2-on-premises-source", BY_A_VPN_GATEWAY),
        ("warehouse-oracle-rac-and-asm-source", WITHIN_A_VPC)
    ]);
    a_deny_and_a_lacking_route "blocked": turns_stalled("BlockedByDeny", 0, &[(
        "orders-source",
        "SecurityGroupEgress=Missing NetworkACLEgress=Blocked Route VPCPeering NetworkACLIngress=Missing \
            SecurityGroupIngress=Missing / NetworkACLEgress=Missing Route=Blocked NetworkACLIngress"
    )]);
    classic_link "classic-link": turns_stalled("ClassicLinkRetired", 0, &[
        ("orders-source", "Declaration=Blocked / ")
    ]);
    one_of_three_endpoints_shut "partly-open": turns_stalled("BlockedByDeny", 2, &[
        (
            "archive-target",
            "SecurityGroupEgress=Missing NetworkACLEgress Route NetworkACLIngress=Blocked \
                SecurityGroupIngress=Missing / NetworkACLEgress Route NetworkACLIngress"
        ),
        ("orders-source", WITHIN_A_VPC),
        ("stock-source", WITHIN_A_VPC)
    ]);
}

#[test]
fn no_example_is_without_a_test() {
    let folders = fs::read_dir(examples()).unwrap();
    let folders = folders.map(|folder| folder.unwrap().file_name().into_string().unwrap());
    let tested = ENDS.iter().map(|(folder, _)| (*folder).to_owned());
    assert_eq!(folders.collect::<BTreeSet<_>>(), tested.collect());
}

/// All of them in one account and Region, as the demo shows them.
#[test]
fn together_the_examples_come_to_what_each_comes_to_alone() {
    let lab = lab_of(&examples());
    let (files, before) = (everything(&lab), state(&lab));
    lab.start();
    let ends = ENDS.iter();
    let all: Vec<_> = ends
        .map(|(folder, reason)| (Example::of(folder), *reason))
        .collect();
    all.iter().for_each(|(example, _)| example.apply(&lab));
    for (example, reason) in &all {
        let is_open = reason.starts_with("Permitted");
        let ready = if is_open { "True" } else { "False" };
        lab.cluster().until_ready(example.name(), ready, reason);
    }
    let mut planned: Vec<String> = all
        .iter()
        .flat_map(|(example, _)| example.planned())
        .collect();
    planned.sort();
    assert_opened_as_planned(&planned, &before, &state(&lab));

    for (example, _) in &all {
        lab.cluster().delete(example.name());
    }
    for (example, _) in &all {
        lab.cluster().until_gone(example.name());
    }
    assert_eq!(everything(&lab), files);
}
