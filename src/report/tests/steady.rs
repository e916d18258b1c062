//! A steady object is not written.

use super::*;
use crate::report::changed;

fn pass<'a>(previous: &'a MigrationNetworkStatus, plan: &'a Plan, seconds: i64) -> Facts<'a> {
    Facts {
        plan: Some(plan),
        now: noon(seconds),
        managed_rules: vec![managed(unit("sg-0c", 10)), managed(unit("sg-0b", 10))],
        scopes: vec![scope(), scope()],
        ..facts(previous, ready())
    }
}

#[test]
fn the_second_pass_over_an_unchanged_network_says_nothing_new() {
    let plan = plan_of(vec![open_path("orders-target"), open_path("orders-source")]);
    let first = status(&pass(&just_applied(), &plan, 0));
    assert!(changed(&just_applied(), &first));
    let stored: MigrationNetworkStatus =
        serde_json::from_value(serde_json::to_value(&first).unwrap()).unwrap();
    let second = status(&pass(&stored, &plan, 300));
    assert_eq!(second, first);
    assert!(!changed(&stored, &second));
}

#[test]
fn the_order_of_what_was_found_changes_no_byte() {
    let plan = plan_of(vec![open_path("a"), open_path("b")]);
    let turned = plan_of(vec![open_path("b"), open_path("a")]);
    let previous = just_applied();
    let one = pass(&previous, &plan, 0);
    let mut other = pass(&previous, &turned, 0);
    other.managed_rules.reverse();
    assert_eq!(status(&one), status(&other));
}

#[test]
fn order_and_times_are_no_change() {
    let plan = plan_of(vec![open_path("a"), open_path("b")]);
    let written = status(&pass(&just_applied(), &plan, 0));
    let mut other = written.clone();
    other.conditions.reverse();
    other.paths.reverse();
    other.managed_rules.reverse();
    for condition in &mut other.conditions {
        condition.last_transition_time.0 = noon(60);
    }
    assert!(!changed(&written, &other));
}

#[test]
fn anything_else_is_a_change() {
    let plan = plan_of(vec![open_path("a")]);
    let written = status(&pass(&just_applied(), &plan, 0));
    let newer = status(&Facts {
        generation: 2,
        ..pass(&written, &plan, 0)
    });
    assert!(changed(&written, &newer));
    let mut emptied = pass(&written, &plan, 0);
    emptied.managed_rules.pop();
    assert!(changed(&written, &status(&emptied)));
    let mut announced = pass(&written, &plan, 0);
    announced
        .pending_changes
        .push(pending(unit("sg-0c", 12), Action::Create));
    assert!(changed(&written, &status(&announced)));
}

#[test]
fn the_figures_count_what_is_somebody_elses_as_open() {
    let far = gate(
        GateKind::FarSide,
        Verdict::External,
        Reason::FarSideNotOurs,
        "its owner decides",
    );
    let closed = gate(
        GateKind::Route,
        Verdict::Blocked,
        Reason::NoRoute,
        "no route",
    );
    let plan = plan_of(vec![
        open_path("a"),
        path("b", vec![far]),
        path("c", vec![closed]),
    ]);
    let summary = status(&pass(&just_applied(), &plan, 0)).summary.unwrap();
    assert_eq!((summary.paths, summary.permitted, summary.rules), (3, 2, 2));
    assert_eq!(summary.open_paths, "2/3");
}

#[test]
fn an_object_of_which_nothing_is_known_has_no_figures() {
    let waits = waiting(Reason::AccountNotFound);
    assert_eq!(status(&facts(&just_applied(), waits)).summary, None);
}
