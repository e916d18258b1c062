//! The conditions beside Ready: what each says, when it changes, and when it is not there.

use super::*;
use crate::report::not_understood;
use dms_network_core::{api::Refusal, plan::Pressure, trace::Unresolved};
use std::collections::{BTreeMap, BTreeSet};

fn judged(plan: &Plan, phase: Phase) -> MigrationNetworkStatus {
    status(&Facts {
        plan: Some(plan),
        ..facts(&MigrationNetworkStatus::default(), phase)
    })
}

/// The status and reason of a condition.
fn short(status: &MigrationNetworkStatus, kind: ConditionType) -> Option<(&str, &str)> {
    condition(status, kind).map(|(status, reason, _)| (status, reason))
}

const GATES: [ConditionType; 4] = [
    ConditionType::EgressPermitted,
    ConditionType::IngressPermitted,
    ConditionType::NetworkACLsPermit,
    ConditionType::RoutesPresent,
];

#[test]
fn gates_that_let_pass_are_true() {
    let status = judged(&plan_of(vec![open_path("orders-source")]), ready());
    for kind in GATES {
        assert_eq!(short(&status, kind), Some(("True", "Permitted")), "{kind}");
    }
    assert_eq!(
        condition(&status, ConditionType::ReplicationInstanceResolved),
        Some((
            "True",
            "ReplicationInstanceResolved",
            "It connects from subnet-0a."
        ))
    );
    assert_eq!(
        short(&status, ConditionType::AccountUsable),
        Some(("True", "AccountUsable"))
    );
}

#[test]
fn a_closed_gate_is_false_with_its_reason_and_a_path_that_ended_before_is_unknown() {
    let no_route = gate(
        GateKind::Route,
        Verdict::Blocked,
        Reason::NoRoute,
        "no route of rtb-0a leads there",
    );
    let missing = gate(
        GateKind::SecurityGroupIngress,
        Verdict::Missing,
        Reason::NoSecurityGroupRule,
        "no ingress rule of sg-0c permits it",
    );
    let plan = plan_of(vec![
        path("a", vec![open(GateKind::SecurityGroupEgress), no_route]),
        path(
            "b",
            vec![
                open(GateKind::SecurityGroupEgress),
                open(GateKind::Route),
                missing,
            ],
        ),
        open_path("c"),
    ]);
    let status = judged(&plan, stalled(Reason::NoRoute));
    assert_eq!(
        short(&status, ConditionType::EgressPermitted),
        Some(("True", "Permitted"))
    );
    assert_eq!(
        condition(&status, ConditionType::RoutesPresent),
        Some((
            "False",
            "NoRoute",
            "1 of 3 paths blocked: a port 5432 from subnet-0a, Route rsc-0a: no route of rtb-0a leads there. \
             Remedy: open it"
        ))
    );
    assert_eq!(
        short(&status, ConditionType::NetworkACLsPermit),
        Some(("Unknown", "NoRoute"))
    );
    assert_eq!(
        short(&status, ConditionType::IngressPermitted),
        Some(("False", "NoSecurityGroupRule"))
    );
}

#[test]
fn a_gate_that_was_not_read_is_unknown_and_one_that_is_somebody_elses_is_true() {
    let unread = gate(
        GateKind::NetworkACLEgress,
        Verdict::Unknown,
        Reason::AccessDenied,
        "ec2:DescribeNetworkAcls was refused",
    );
    let firewall = gate(
        GateKind::Middlebox,
        Verdict::External,
        Reason::InspectedByMiddlebox,
        "its owner decides",
    );
    let status = judged(&plan_of(vec![path("a", vec![unread, firewall])]), ready());
    assert_eq!(
        short(&status, ConditionType::NetworkACLsPermit),
        Some(("Unknown", "AccessDenied"))
    );
    assert_eq!(
        short(&status, ConditionType::RoutesPresent),
        Some(("True", "InspectedByMiddlebox"))
    );
    assert_eq!(
        short(&status, ConditionType::AccountUsable),
        Some(("False", "AccessDenied"))
    );
}

#[test]
fn a_path_within_one_subnet_meets_no_network_acl() {
    let within = path(
        "a",
        vec![
            open(GateKind::SecurityGroupEgress),
            open(GateKind::SecurityGroupIngress),
        ],
    );
    let status = judged(&plan_of(vec![within]), ready());
    assert_eq!(
        short(&status, ConditionType::NetworkACLsPermit),
        Some(("True", "Permitted"))
    );
}

#[test]
fn without_a_replication_instance_no_gate_is_known() {
    let plan = Plan {
        unresolved: Some(Unresolved {
            reason: Reason::ReplicationInstanceNotFound,
            resource: "orders-ri".to_owned(),
            message: "DMS knows no replication instance orders-ri".to_owned(),
        }),
        ..Plan::default()
    };
    let waits = waiting(Reason::ReplicationInstanceNotFound);
    let status = judged(&plan, waits);
    let reason = "ReplicationInstanceNotFound";
    assert_eq!(
        short(&status, ConditionType::ReplicationInstanceResolved),
        Some(("False", reason))
    );
    for kind in GATES {
        assert_eq!(short(&status, kind), Some(("Unknown", reason)), "{kind}");
    }
}

#[test]
fn once_nothing_is_called_for_no_gate_is_shown() {
    let before = judged(&plan_of(vec![open_path("orders-source")]), ready());
    let plan = Plan::default();
    let next = status(&Facts {
        plan: Some(&plan),
        ..facts(&before, Phase::Expired)
    });
    for kind in GATES {
        assert_eq!(short(&next, kind), None, "{kind}");
    }
    assert!(next.paths.is_empty());
}

#[test]
fn the_account_is_judged_by_what_it_stopped() {
    let mut plan = plan_of(vec![open_path("orders-source")]);
    plan.refusals = vec![Refusal {
        resource: "sg-0c".to_owned(),
        reason: Reason::NotAllowedByAccount,
        evidence: vec![],
        message: "sg-0c may not be changed for namespace migrations".to_owned(),
        remedy: Some("aws ec2 create-tags --resources sg-0c".to_owned()),
    }];
    let refused = judged(&plan, outstanding(Reason::RulesMissing));
    let (truth, reason, message) = condition(&refused, ConditionType::AccountUsable).unwrap();
    assert_eq!((truth, reason), ("False", "NotAllowedByAccount"));
    assert!(
        message.ends_with("Remedy: aws ec2 create-tags --resources sg-0c"),
        "{message}"
    );

    for reason in [
        Reason::AccountMismatch,
        Reason::CredentialsNotUsable,
        Reason::AccountNotFound,
    ] {
        let next = status(&facts(&refused, stalled(reason)));
        assert_eq!(
            short(&next, ConditionType::AccountUsable),
            Some(("False", reason.as_str()))
        );
    }
}

#[test]
fn what_a_pass_did_not_judge_is_carried_over_with_its_generation() {
    let plan = plan_of(vec![open_path("orders-source")]);
    let before = judged(&plan, ready());
    let next = status(&Facts {
        generation: 2,
        ..facts(&before, stalled(Reason::SpecNotUnderstood))
    });
    assert_eq!(next.observed_generation, Some(2));
    assert_eq!(
        next.condition(ConditionType::Ready)
            .unwrap()
            .observed_generation,
        Some(2)
    );
    for kind in GATES {
        assert_eq!(next.condition(kind), before.condition(kind), "{kind}");
        assert_eq!(
            next.condition(kind).unwrap().observed_generation,
            Some(1),
            "{kind}"
        );
    }
    assert_eq!(next.paths, before.paths);
    assert_eq!(next.summary.unwrap().open_paths, "1/1");
}

#[test]
fn a_time_moves_with_the_status_only() {
    let plan = plan_of(vec![open_path("orders-source")]);
    let first = status(&Facts {
        plan: Some(&plan),
        ..facts(&just_applied(), ready())
    });
    let with_requirements = ready_by(Reason::PermittedWithRequirements);
    let second = status(&Facts {
        plan: Some(&plan),
        now: noon(60),
        ..facts(&first, with_requirements)
    });
    let third = status(&Facts {
        now: noon(120),
        ..facts(&second, stalled(Reason::NoRoute))
    });
    let since = |status: &MigrationNetworkStatus| {
        status
            .condition(ConditionType::Ready)
            .unwrap()
            .last_transition_time
            .0
    };
    assert_eq!(since(&first), noon(0));
    assert_eq!(since(&second), noon(0));
    assert_eq!(since(&third), noon(120));
}

#[test]
fn a_time_reads_back_as_it_was_written() {
    let now = Timestamp::from_nanosecond(noon(0).as_nanosecond() + 123_456_789).unwrap();
    let written = status(&Facts {
        now,
        ..facts(&just_applied(), stalled(Reason::NoRoute))
    });
    let read: MigrationNetworkStatus =
        serde_json::from_value(serde_json::to_value(&written).unwrap()).unwrap();
    assert_eq!(read, written);
}

#[test]
fn removals_under_way_are_releasing_and_removals_that_the_mode_forbids_are_pending() {
    let mut plan = plan_of(vec![open_path("orders-source")]);
    plan.releases = BTreeMap::from([(unit("sg-0c", 11), BTreeSet::new())]);
    let with = |mode, changes: &[Action]| {
        let changes = changes
            .iter()
            .map(|&action| pending(unit("sg-0c", 11), action));
        status(&Facts {
            plan: Some(&plan),
            mode,
            pending_changes: changes.collect(),
            ..facts(&MigrationNetworkStatus::default(), ready())
        })
    };
    let enforced = with(Mode::Enforce, &[Action::Delete]);
    assert_eq!(
        condition(&enforced, ConditionType::Releasing),
        Some((
            "True",
            "Releasing",
            "The controller releases sg-0c ingress tcp 5432 10.0.1.11/32."
        ))
    );
    assert_eq!(
        short(&enforced, ConditionType::Ready),
        Some(("True", "Permitted"))
    );
    assert_eq!(short(&enforced, ConditionType::RevocationPending), None);

    let kept = with(Mode::AddOnly, &[]);
    assert_eq!(short(&kept, ConditionType::Releasing), None);
    let (_, reason, message) = condition(&kept, ConditionType::RevocationPending).unwrap();
    assert_eq!(reason, "RevocationPending");
    assert!(
        message.starts_with("mode AddOnly leaves sg-0c ingress tcp 5432 10.0.1.11/32"),
        "{message}"
    );

    assert_eq!(
        short(
            &with(Mode::Plan, &[Action::Delete]),
            ConditionType::Releasing
        ),
        None
    );
    assert_eq!(
        short(
            &with(Mode::Enforce, &[Action::Create]),
            ConditionType::Releasing
        ),
        None
    );
}

#[test]
fn a_quota_under_pressure_is_named_with_its_figures() {
    let plan = plan_of(vec![open_path("orders-source")]);
    let full = Pressure {
        resource: "acl-0d".to_owned(),
        what: "Ingress entries of IPv4".to_owned(),
        used: 19,
        quota: 20,
    };
    let pressed = status(&Facts {
        plan: Some(&plan),
        pressure: Some(vec![full]),
        ..facts(&MigrationNetworkStatus::default(), ready())
    });
    let (truth, _, message) = condition(&pressed, ConditionType::QuotaPressure).unwrap();
    assert_eq!(truth, "True");
    assert!(
        message.starts_with("acl-0d has 19 of 20 Ingress entries of IPv4"),
        "{message}"
    );
    assert_eq!(
        status(&facts(&pressed, ready())).condition(ConditionType::QuotaPressure),
        pressed.condition(ConditionType::QuotaPressure)
    );
    let relieved = status(&Facts {
        pressure: Some(Vec::new()),
        ..facts(&pressed, ready())
    });
    assert_eq!(short(&relieved, ConditionType::QuotaPressure), None);
}

#[test]
fn a_condition_that_somebody_else_wrote_stays() {
    let mut before = just_applied();
    let mut foreign = before.conditions[0].clone();
    foreign.type_ = "example.com/Approved".to_owned();
    before.conditions.insert(0, foreign.clone());
    let next = status(&facts(&before, ready()));
    assert_eq!(next.conditions.last(), Some(&foreign));
}

#[test]
fn an_object_that_cannot_be_read_says_so_and_keeps_what_it_holds() {
    let mut before = judged(&plan_of(vec![open_path("orders-source")]), ready());
    before.managed_rules = vec![managed(unit("sg-0c", 10))];
    let error = "spec.endpoints[0].placement: unknown form `lattice`";
    let next = not_understood(&before, 2, noon(60), error);
    let (truth, reason, message) = condition(&next, ConditionType::Stalled).unwrap();
    assert_eq!((truth, reason), ("True", "SpecNotUnderstood"));
    assert!(
        message.starts_with(error) && message.contains("Remedy: "),
        "{message}"
    );
    assert_eq!(next.managed_rules, before.managed_rules);
    assert_eq!(next.paths, before.paths);
}
