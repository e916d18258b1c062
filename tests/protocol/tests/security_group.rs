//! One security group.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dms_network_protocol::{
    bug::Bug,
    cases::{
        CHANGED_OBJECT, ONE_ACL_OBJECT, ONE_OBJECT, TWO_CLUSTERS, TWO_OBJECTS, UNDONE,
        UNDONE_BESIDE, UNDONE_ENTRY,
    },
    search::search,
    system::{Case, System},
};

fn holds(case: Case) {
    let report = search(&mut System::new(case, None), 3_000_000);
    println!("{report}");
    if let Some(found) = report.counterexample {
        panic!("{found}");
    }
}
fn found(bug: Bug, case: Case) {
    let report = search(&mut System::new(case, Some(bug)), 3_000_000);
    println!("{bug:?} {report}");
    match report.counterexample {
        Some(found) => println!("{bug:?} {found}"),
        None => panic!("{bug:?} not found"),
    }
}

#[test]
fn one_object() {
    holds(ONE_OBJECT)
}
#[test]
fn changed() {
    holds(CHANGED_OBJECT)
}
#[test]
fn two_objects() {
    holds(TWO_OBJECTS)
}
#[test]
fn two_clusters() {
    holds(TWO_CLUSTERS)
}
#[test]
fn acl() {
    holds(ONE_ACL_OBJECT)
}
#[test]
fn ledger() {
    found(Bug::LedgerAfterRule, CHANGED_OBJECT)
}
#[test]
fn one_phase() {
    found(Bug::OnePhase, TWO_CLUSTERS)
}
#[test]
fn number() {
    found(Bug::RemoveByNumber, ONE_ACL_OBJECT.with(1, 2, 0, 0))
}
#[test]
fn claim_after() {
    found(Bug::ClaimAfterEntry, ONE_ACL_OBJECT.with(2, 0, 1, 1))
}
#[test]
fn calm() {
    found(Bug::CalmIgnored, ONE_OBJECT)
}
#[test]
fn calm2() {
    found(Bug::CalmIgnored, TWO_CLUSTERS)
}
#[test]
fn not_back() {
    found(Bug::NotTakenBack, UNDONE)
}
#[test]
fn undone() {
    holds(UNDONE)
}
#[test]
fn undone_beside() {
    holds(UNDONE_BESIDE)
}
#[test]
fn not_back2() {
    found(Bug::NotTakenBack, TWO_OBJECTS)
}
#[test]
fn others() {
    found(Bug::OthersIgnored, TWO_OBJECTS)
}
#[test]
fn planned() {
    found(Bug::NotAllPlanned, TWO_OBJECTS)
}
#[test]
fn first() {
    found(Bug::ReleaseFirst, CHANGED_OBJECT)
}
#[test]
fn long() {
    found(Bug::LongCalmIgnored, TWO_CLUSTERS)
}
#[test]
fn loss() {
    found(Bug::LossIgnored, ONE_OBJECT)
}
#[test]
fn renewed() {
    found(Bug::PlanNotRenewed, TWO_OBJECTS)
}
#[test]
fn big1() {
    holds(TWO_CLUSTERS.with(2, 0, 1, 0))
}
#[test]
fn big2() {
    holds(TWO_CLUSTERS.with(2, 1, 0, 0))
}
#[test]
fn big3() {
    holds(TWO_CLUSTERS.with(2, 0, 0, 1))
}
#[test]
fn acl2() {
    holds(ONE_ACL_OBJECT.with(2, 2, 1, 0))
}
#[test]
fn acl3() {
    holds(ONE_ACL_OBJECT.with(2, 0, 1, 1))
}
#[test]
fn entry_undone() {
    holds(UNDONE_ENTRY)
}
#[test]
fn permitted() {
    found(Bug::PermittedWhileReleased, UNDONE_ENTRY.with(2, 0, 0, 1))
}
