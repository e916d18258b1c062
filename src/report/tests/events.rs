//! One event per pass and reason.

use super::*;
use crate::report::events;
use dms_network_core::{
    claims::{AclEffect, Effect, GroupEffect},
    plan::Pressure,
    snapshot::{NetworkAclEntry, Protocol, SecurityGroupRule},
};
use kube::runtime::events::EventType;
use std::collections::BTreeMap;

/// The type, reason and note of each event of a pass that comes to a phase.
fn told(
    previous: &MigrationNetworkStatus,
    phase: Phase,
    written: &[Effect],
) -> Vec<(EventType, String, String)> {
    let next = status(&facts(previous, phase.clone()));
    events(previous, &next, &phase, written)
        .into_iter()
        .map(|event| (event.type_, event.reason, event.note.unwrap()))
        .collect()
}

fn reasons(previous: &MigrationNetworkStatus, phase: Phase) -> Vec<(EventType, String)> {
    let told = told(previous, phase, &[]);
    told.into_iter()
        .map(|(type_, reason, _)| (type_, reason))
        .collect()
}

fn after(phase: Phase) -> MigrationNetworkStatus {
    status(&facts(&just_applied(), phase))
}

fn added(id: &str) -> Effect {
    let rule = SecurityGroupRule {
        id: id.parse().ok(),
        direction: RuleDirection::Ingress,
        protocol: Protocol::Tcp,
        ports: PortRange::one(5432),
        peer: Peer::Cidr("10.0.1.10/32".parse().unwrap()),
        tags: BTreeMap::new(),
    };
    Effect::Group("sg-0c".parse().unwrap(), GroupEffect::RuleAdded(rule))
}

fn created(number: u16) -> Effect {
    let entry = NetworkAclEntry {
        direction: RuleDirection::Egress,
        number,
        allow: true,
        protocol: Protocol::Tcp,
        ports: PortRange::new(1024, 65535).unwrap(),
        cidr: "10.0.1.10/32".parse().unwrap(),
    };
    Effect::Acl("acl-0d".parse().unwrap(), AclEffect::EntryCreated(entry))
}

#[test]
fn the_writes_of_a_pass_make_one_event_for_each_kind() {
    let group = || "sg-0c".parse().unwrap();
    let acl = || "acl-0d".parse().unwrap();
    let key = || "dms-network.dev/claim.prod".to_owned();
    let written = [
        added("sgr-1"),
        added("sgr-2"),
        Effect::Group(group(), GroupEffect::RuleRevoked("sgr-3".parse().unwrap())),
        Effect::Acl(acl(), AclEffect::Untagged { key: key() }),
        Effect::Acl(
            acl(),
            AclEffect::EntryDeleted(RuleDirection::Egress, 20_001),
        ),
        created(20_000),
    ];
    let expected = [
        ("EntryCreated", "Egress entry 20000 of acl-0d"),
        ("EntryDeleted", "Egress entry 20001 of acl-0d"),
        (
            "RuleAuthorized",
            "Ingress sgr-1 of sg-0c, Ingress sgr-2 of sg-0c",
        ),
        ("RuleRevoked", "sgr-3 of sg-0c"),
    ];
    assert_eq!(
        told(&after(ready()), ready(), &written),
        expected.map(|(reason, note)| (EventType::Normal, reason.to_owned(), note.to_owned()))
    );
}

#[test]
fn what_came_to_hold_is_told_once() {
    let no_route = || Phase::Stalled {
        reason: Reason::NoRoute,
        message: "no route of rtb-0a. Remedy: add it".to_owned(),
    };
    assert_eq!(
        told(&just_applied(), no_route(), &[]),
        [(
            EventType::Warning,
            "Blocked".to_owned(),
            "NoRoute: no route of rtb-0a. Remedy: add it".to_owned()
        )]
    );
    let before = after(no_route());
    assert_eq!(reasons(&before, no_route()), []);
    let permitted = (EventType::Normal, "Permitted".to_owned());
    assert_eq!(reasons(&before, ready()), [permitted]);
    let blocked = (EventType::Warning, "Blocked".to_owned());
    assert_eq!(reasons(&before, stalled(Reason::QuotaExceeded)), [blocked]);
}

#[test]
fn the_steps_in_between_are_not_told() {
    let between = [
        Phase::Pending,
        outstanding(Reason::RulesMissing),
        outstanding(Reason::Settling),
        terminating(Reason::Terminating),
        silent(Reason::Throttled, false),
    ];
    for phase in between {
        assert_eq!(reasons(&after(ready()), phase.clone()), [], "{phase:?}");
    }
}

#[test]
fn what_is_waited_for_and_what_holds_a_deletion_up_are_warnings() {
    let told = [
        (terminating(Reason::AWSUnreachable), "AWSUnreachable"),
        (silent(Reason::Throttled, true), "Throttled"),
        (waiting(Reason::AccountNotFound), "AccountNotFound"),
    ];
    for (phase, reason) in told {
        let expected = (EventType::Warning, reason.to_owned());
        assert_eq!(reasons(&after(ready()), phase), [expected]);
    }
    let expired = (EventType::Normal, "Expired".to_owned());
    assert_eq!(reasons(&after(ready()), Phase::Expired), [expired]);
}

#[test]
fn a_note_is_as_long_as_the_api_server_takes_it() {
    let written: Vec<Effect> = (0..256).map(|n| added(&format!("sgr-{n}"))).collect();
    let told = told(&just_applied(), ready(), &written);
    assert!(told.iter().all(|(_, _, note)| note.len() <= 1_024));
    let note = &told[0].2;
    assert!(note.starts_with("Ingress sgr-0 of sg-0c, ") && note.ends_with('…'));
}

#[test]
fn a_quota_that_comes_under_pressure_is_told_once() {
    let pressure = Pressure {
        resource: "sg-0c".to_owned(),
        what: "Ingress rules of IPv4".to_owned(),
        used: 60,
        quota: 60,
    };
    let pressed = |previous: &MigrationNetworkStatus| {
        status(&Facts {
            pressure: Some(vec![pressure.clone()]),
            ..facts(previous, ready())
        })
    };
    let before = after(ready());
    let first = pressed(&before);
    let told = events(&before, &first, &ready(), &[]);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].reason, "QuotaPressure");
    assert!(events(&first, &pressed(&first), &ready(), &[]).is_empty());
}
