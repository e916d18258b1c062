//! The phase table, row by row, as Kubernetes tools read it.

use super::*;
use dms_network_core::plan::{Outlook, Planned, Standing};
use dms_network_core::{api::Refusal, trace::Unresolved};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What kstatus makes of an object without built-in rules:
/// <https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/status/generic.go> (`checkGenericProperties`,
/// `checkGeneration`), then `checkReadyCondition` of `status.go` beside it.
fn kstatus(object: &Value) -> &'static str {
    if object["metadata"].get("deletionTimestamp").is_some() {
        return "Terminating";
    }
    let observed = &object["status"]["observedGeneration"];
    if !observed.is_null() && *observed != object["metadata"]["generation"] {
        return "InProgress";
    }
    let conditions = object["status"]["conditions"].as_array().unwrap();
    for condition in conditions.iter().filter(|c| c["status"] == "True") {
        if condition["type"] == "Reconciling" {
            return "InProgress";
        }
        if condition["type"] == "Stalled" {
            return "Failed";
        }
    }
    match conditions.iter().find(|c| c["type"] == "Ready") {
        Some(ready) if ready["status"] != "True" => "InProgress",
        _ => "Current",
    }
}

fn read(status: &MigrationNetworkStatus, generation: i64, deleted: bool) -> &'static str {
    let mut object = json!({"metadata": {"generation": generation}, "status": status});
    if deleted {
        object["metadata"]["deletionTimestamp"] = json!("2026-12-24T00:00:00Z");
    }
    kstatus(&object)
}

/// Ready, Reconciling, Stalled, and their one reason.
fn row(status: &MigrationNetworkStatus) -> (String, bool, bool, String) {
    let ready = status
        .condition(ConditionType::Ready)
        .expect("Ready is always there");
    let is_true = |kind| {
        status.condition(kind).is_some_and(|found| {
            assert_eq!(found.status, "True", "{kind} is there only while True");
            assert_eq!(found.reason, ready.reason, "{kind} says the same");
            assert_eq!(found.message, ready.message, "{kind} says the same");
            true
        })
    };
    (
        ready.status.clone(),
        is_true(ConditionType::Reconciling),
        is_true(ConditionType::Stalled),
        ready.reason.clone(),
    )
}

#[test]
fn each_row_of_the_phase_table_is_read_right() {
    use Reason::*;
    let message = || "3 changes".to_owned();
    let not_observed = Phase::NotObserved { message: message() };
    let plan_mode = Phase::PlanMode { message: message() };
    #[rustfmt::skip]
    let table = [
        (terminating(Terminating), "False", true, false, "Terminating", "Terminating"),
        (terminating(AccessDenied), "False", true, false, "AccessDenied", "Terminating"),
        (Phase::Expired, "False", false, true, "Expired", "Failed"),
        (Phase::Pending, "Unknown", true, false, "Pending", "InProgress"),
        (silent(AWSUnreachable, true), "Unknown", true, false, "AWSUnreachable", "InProgress"),
        (silent(Throttled, true), "Unknown", true, false, "Throttled", "InProgress"),
        (outstanding(RulesMissing), "False", true, false, "RulesMissing", "InProgress"),
        (outstanding(Settling), "False", true, false, "Settling", "InProgress"),
        (waiting(AccountNotFound), "False", true, false, "AccountNotFound", "InProgress"),
        (stalled(BlockedByDeny), "False", false, true, "BlockedByDeny", "Failed"),
        (not_observed, "Unknown", true, false, "NotObserved", "InProgress"),
        (plan_mode, "False", false, true, "PlanMode", "Failed"),
        (ready(), "True", false, false, "Permitted", "Current"),
        (ready_by(PermittedWithRequirements), "True", false, false, "PermittedWithRequirements", "Current"),
    ];
    // Every row is reached from every other: nothing of the row before stays.
    let before: Vec<_> = table
        .iter()
        .map(|(phase, ..)| status(&facts(&just_applied(), phase.clone())))
        .chain([just_applied(), MigrationNetworkStatus::default()])
        .collect();
    for (phase, ready, reconciling, stalled, reason, kstatus) in &table {
        for previous in &before {
            let next = status(&facts(previous, phase.clone()));
            let expected = (
                (*ready).to_owned(),
                *reconciling,
                *stalled,
                (*reason).to_owned(),
            );
            assert_eq!(row(&next), expected, "{phase:?}");
            let deleted = matches!(phase, Phase::Terminating { .. });
            assert_eq!(read(&next, 1, deleted), *kstatus, "{phase:?}");
            assert_eq!(
                read(&next, 2, deleted),
                if deleted { "Terminating" } else { "InProgress" }
            );
        }
    }
}

#[test]
fn what_was_just_applied_is_in_progress() {
    assert_eq!(read(&just_applied(), 1, false), "InProgress");
}

#[test]
fn while_aws_is_silent_all_stays_until_it_lasts() {
    let plan = plan_of(vec![open_path("orders-source")]);
    let judged = status(&Facts {
        plan: Some(&plan),
        ..facts(&just_applied(), ready())
    });
    let at_first = status(&Facts {
        now: noon(60),
        ..facts(&judged, silent(Reason::AWSUnreachable, false))
    });
    assert_eq!(at_first, judged);

    let later = status(&Facts {
        now: noon(900),
        ..facts(&judged, silent(Reason::AWSUnreachable, true))
    });
    assert_eq!(
        row(&later),
        (
            "Unknown".to_owned(),
            true,
            false,
            "AWSUnreachable".to_owned()
        )
    );
    assert_eq!(later.paths, judged.paths);
    assert_eq!(
        later.condition(ConditionType::EgressPermitted),
        judged.condition(ConditionType::EgressPermitted)
    );
    assert_eq!(
        condition(&later, ConditionType::AccountUsable).unwrap().0,
        "Unknown"
    );
}

#[test]
fn a_newer_generation_does_not_pass_for_judged_while_aws_is_silent() {
    let plan = plan_of(vec![open_path("orders-source")]);
    let judged = status(&Facts {
        plan: Some(&plan),
        ..facts(&just_applied(), ready())
    });
    let silent = silent(Reason::Throttled, false);
    let next = status(&Facts {
        generation: 2,
        ..facts(&judged, silent.clone())
    });
    assert_eq!(next.observed_generation, Some(1));
    assert_eq!(read(&next, 2, false), "InProgress");

    let emptied = status(&facts(&MigrationNetworkStatus::default(), silent));
    assert_eq!(
        condition(&emptied, ConditionType::Ready).unwrap().1,
        "Pending"
    );
}

#[test]
fn the_message_of_a_phase_names_the_resource_the_finding_and_the_remedy() {
    let deny = gate(
        GateKind::NetworkACLIngress,
        Verdict::Blocked,
        Reason::BlockedByDeny,
        "Ingress entry 90 of acl-0d denies it",
    );
    let plan = plan_of(vec![
        open_path("orders-source"),
        path("orders-target", vec![deny]),
    ]);
    assert_eq!(
        phase_of(Outlook::Stalled(Reason::BlockedByDeny), &plan),
        Phase::Stalled {
            reason: Reason::BlockedByDeny,
            message: "orders-target port 5432 from subnet-0a, NetworkACLIngress rsc-0a: \
                      Ingress entry 90 of acl-0d denies it. Remedy: open it"
                .to_owned(),
        }
    );
}

#[test]
fn a_refusal_and_a_missing_replication_instance_are_told_in_their_own_words() {
    let mut plan = plan_of(vec![open_path("orders-source")]);
    plan.refusals = vec![Refusal {
        resource: "sg-0c".to_owned(),
        reason: Reason::QuotaExceeded,
        evidence: vec!["60 of 60 used".to_owned()],
        message: "sg-0c has 60 Ingress rules of IPv4".to_owned(),
        remedy: Some("raise the quota".to_owned()),
    }];
    assert_eq!(
        phase_of(Outlook::Stalled(Reason::QuotaExceeded), &plan)
            .why()
            .message,
        "sg-0c: sg-0c has 60 Ingress rules of IPv4. Remedy: raise the quota"
    );
    let plan = Plan {
        unresolved: Some(Unresolved {
            reason: Reason::ReplicationInstanceNotReady,
            resource: "orders-ri".to_owned(),
            message: "DMS shows it as creating".to_owned(),
        }),
        ..Plan::default()
    };
    let phase = phase_of(Outlook::Waiting(Reason::ReplicationInstanceNotReady), &plan);
    assert_eq!(
        phase.why().message,
        "orders-ri: DMS shows it as creating. Remedy: Wait until DMS shows it as available."
    );
}

#[test]
fn what_was_not_read_is_named_whatever_the_reason_of_its_gate() {
    let unread = gate(
        GateKind::SecurityGroupIngress,
        Verdict::Unknown,
        Reason::SecurityGroupsUnknown,
        "the security groups of 10.0.2.20 are not known",
    );
    let phase = phase_of(
        Outlook::NotObserved,
        &plan_of(vec![path("orders-source", vec![unread])]),
    );
    let why = phase.why();
    assert_eq!(why.reason, Reason::NotObserved);
    assert!(
        why.message
            .contains("the security groups of 10.0.2.20 are not known"),
        "{}",
        why.message
    );
}

#[test]
fn what_is_being_added_and_what_is_pending_are_named() {
    let planned = Planned {
        endpoints: BTreeSet::new(),
        standing: Standing::Create,
        rule_number: None,
    };
    let missing = gate(
        GateKind::SecurityGroupIngress,
        Verdict::Missing,
        Reason::NoSecurityGroupRule,
        "no ingress rule of sg-0c permits it",
    );
    let mut plan = plan_of(vec![
        open_path("orders-source"),
        path("orders-target", vec![missing]),
    ]);
    plan.units = BTreeMap::from([(unit("sg-0c", 10), planned)]);
    plan.releases = BTreeMap::from([(unit("sg-0c", 11), BTreeSet::new())]);
    assert_eq!(
        phase_of(Outlook::RulesMissing, &plan).why().message,
        "1 of 2 paths pass, and the controller adds sg-0c ingress tcp 5432 10.0.1.10/32."
    );
    assert_eq!(
        phase_of(Outlook::PlanMode, &plan).why().message,
        "1 of 2 paths pass; additions pending: 1, removals pending: 1. \
         Remedy: Read pendingChanges, then set mode to AddOnly or Enforce."
    );
    plan.units.clear();
    let waits = phase_of(Outlook::RulesMissing, &plan).why().message;
    assert!(
        waits.contains("no ingress rule of sg-0c permits it"),
        "{waits}"
    );
}
