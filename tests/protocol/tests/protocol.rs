//! The protocol holds its laws in every case; each part of it that is left out breaks one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dms_network_protocol::{
    bug::Bug,
    cases::{
        CHANGED, ONE_ENTRY, ONE_OBJECT, SEARCHED, TAKEN_BACK, TAKEN_BACK_ENTRY, TWO_CLUSTERS,
        TWO_OBJECTS, WALKED, budget,
    },
    search::search,
    system::{Case, System},
    walk::walk,
    words::thousands,
};

/// Of a case with more states than this, those nearest to the start are searched, and it is said.
const MOST_STATES: usize = 8_000_000;

/// Whether the proof is the long one.
fn long() -> bool {
    std::env::var("DMS_NETWORK_PROOF").is_ok_and(|form| form == "long")
}

#[test]
fn no_run_of_a_small_case_breaks_a_law() {
    let mut states = 0;
    let mut searched = |case: Case| {
        let report = search(&mut System::new(case, None), MOST_STATES);
        println!("{report}");
        if let Some(found) = report.counterexample {
            panic!("{}: {found}", case.name);
        }
        assert!(long() || !report.cut_short, "{} is too large", case.name);
        states += report.states as u64;
    };
    for (case, budgets) in SEARCHED {
        searched(*case);
        if long() {
            budgets
                .iter()
                .for_each(|budget| searched(case.with(*budget)));
        }
    }
    println!("protocol: {} states, 0 counterexamples", thousands(states));
}

#[test]
fn no_random_run_of_a_large_case_breaks_a_law() {
    let walks = if long() { 10_000 } else { 150 };
    for case in WALKED {
        let walked = walk(*case, walks, 20_250_101);
        let found = usize::from(walked.counterexample.is_some());
        let (walks, steps) = (thousands(walked.walks), thousands(walked.steps));
        let name = case.name;
        println!("protocol: {name}: {walks} random runs, {steps} steps, {found} counterexamples");
        if let Some(found) = walked.counterexample {
            panic!("{name}: {found}");
        }
    }
}

/// The law that a case breaks with a part of the protocol left out.
fn broken_by(bug: Bug, case: Case) -> String {
    broken(bug, System::new(case, Some(bug)))
}

fn broken(bug: Bug, mut system: System) -> String {
    let report = search(&mut system, MOST_STATES);
    println!("{bug:?}: {report}");
    let found = report.counterexample.expect("a law is broken");
    println!("{found}");
    found.law
}

#[test]
fn a_ledger_that_is_written_after_the_rule_leaves_an_orphan() {
    let law = broken_by(Bug::LedgerAfterRule, CHANGED);
    assert!(law.ends_with("A's claim to the rule of unit 0 is left, in nobody's ledger"));
}

#[test]
fn a_claim_that_is_written_after_the_entry_leaves_an_orphan() {
    let law = broken_by(Bug::ClaimAfterEntry, ONE_ENTRY);
    assert!(law.ends_with("an entry of ours under 0 is left that nobody claims"));
}

#[test]
fn a_release_in_one_phase_takes_a_rule_from_under_another_cluster() {
    let mut system = System::new(TWO_CLUSTERS.with(budget(1, 0, 0, 0)), Some(Bug::OnePhase));
    // It leaves a rule behind that nobody claims, too, and that is found first.
    system.ends = false;
    let law = broken(Bug::OnePhase, system);
    assert_eq!(law, "object 1 is called Ready, and unit 0 is shut");
}

#[test]
fn a_removal_by_number_alone_takes_what_a_person_made() {
    let law = broken_by(Bug::RemoveByNumber, ONE_ENTRY);
    assert!(law.ends_with("A removed what a person made"));
}

#[test]
fn a_read_that_is_not_calm_ends_an_object_too_early() {
    let law = broken_by(Bug::CalmIgnored, ONE_OBJECT);
    assert!(law.ends_with("A's claim to the rule of unit 0 is left, in nobody's ledger"));
}

#[test]
fn a_lost_answer_that_is_forgotten_ends_an_object_too_early() {
    let law = broken_by(Bug::LossIgnored, ONE_OBJECT);
    assert!(law.ends_with("A's claim to the rule of unit 0 is left, in nobody's ledger"));
}

#[test]
fn a_mark_that_is_not_taken_back_never_becomes_ready() {
    let law = broken_by(Bug::NotTakenBack, TAKEN_BACK);
    assert!(law.ends_with("in the end object 0 is not called ready"));
}

#[test]
fn a_rule_that_others_need_is_taken_where_nobody_asks() {
    let law = broken_by(Bug::OthersIgnored, TWO_OBJECTS);
    assert!(law.ends_with("A removed unit 0, which object 1 calls for and relies on"));
}

#[test]
fn a_rule_is_taken_where_not_every_object_was_asked_since_the_start() {
    let law = broken_by(Bug::NotAllPlanned, TWO_OBJECTS);
    assert!(law.ends_with("A removed unit 0, which object 1 calls for and relies on"));
}

#[test]
fn a_rule_goes_before_what_replaces_it_stands_where_releases_come_first() {
    let law = broken_by(Bug::ReleaseFirst, CHANGED);
    assert!(law.ends_with("relies on, before unit 1, which replaces it, stood"));
}

#[test]
fn a_rule_that_another_cluster_lets_go_is_relied_on_too_early() {
    let law = broken_by(Bug::LongCalmIgnored, TWO_CLUSTERS.with(budget(3, 0, 0, 0)));
    assert!(law.ends_with("B removed unit 0, which object 0 calls for and relies on"));
}

#[test]
fn an_entry_that_is_called_permitted_while_it_is_deleted_is_lost() {
    let law = broken_by(Bug::PermittedWhileReleased, TAKEN_BACK_ENTRY);
    assert!(law.ends_with("A removed unit 0, which object 0 calls for and relies on"));
}
