//! What people and tools read: conditions, events, columns, finalizers, probes.

use crate::{
    cluster::{condition, status},
    lab::{Counterpart, Lab},
    network::{Network, account, with},
    wait,
};
use dms_network_core::api::{Action, ConditionType, FINALIZER, MigrationNetwork};
use dms_network_harness::{Calls, Moment, ScratchDir};
use serde_json::{Value, json};

/// The types of the conditions that kstatus reads, each with its status and reason.
fn phase(network: &MigrationNetwork) -> Vec<(ConditionType, &str, &str)> {
    [
        ConditionType::Ready,
        ConditionType::Reconciling,
        ConditionType::Stalled,
    ]
    .into_iter()
    .filter_map(|kind| condition(network, kind).map(|(status, reason)| (kind, status, reason)))
    .collect()
}

/// Every condition was judged on the present generation.
#[track_caller]
fn assert_current(network: &MigrationNetwork) {
    let generation = network.metadata.generation;
    assert_eq!(status(network).observed_generation, generation);
    for condition in &status(network).conditions {
        assert_eq!(
            condition.observed_generation, generation,
            "{}",
            condition.type_
        );
    }
}

on_both! {
    fn each_phase_reads_as_kubernetes_tools_expect(lab: Lab) {
        use ConditionType::{Ready, Reconciling, Stalled};
        let network = lab.begin();
        let adding = lab.proxy.pause(Calls::Mutating, Moment::BeforeForwarding);
        lab.cluster().apply(&network.declaration("orders"));
        adding.wait().unwrap();
        // Before the first call, the object says what will be written where, and is held.
        let object = lab.cluster().get("orders");
        assert_eq!(phase(&object), [(Ready, "False", "RulesMissing"), (Reconciling, "True", "RulesMissing")]);
        assert_current(&object);
        assert_eq!(object.metadata.finalizers, Some(vec![FINALIZER.to_owned()]));
        let pending = &status(&object).pending_changes;
        assert_eq!(pending.len(), 6);
        assert!(pending.iter().all(|change| change.action == Action::Create));
        assert_eq!(status(&object).scopes.len(), 1);
        adding.release();

        let ready = lab.cluster().until_permitted("orders");
        assert_eq!(phase(&ready), [(Ready, "True", "Permitted")]);
        assert_current(&ready);
        for kind in [
            ConditionType::EgressPermitted,
            ConditionType::IngressPermitted,
            ConditionType::NetworkACLsPermit,
            ConditionType::RoutesPresent,
            ConditionType::AccountUsable,
            ConditionType::ReplicationInstanceResolved,
        ] {
            assert_eq!(condition(&ready, kind).map(|(status, _)| status), Some("True"), "{kind}");
        }

        lab.cluster().apply(&with(network.declaration("orders"), "spec.endpoints.0.addresses", json!(["172.16.0.9"])));
        let stalled = lab.cluster().until_stalled("orders", "AddressOutsideVPC");
        assert_eq!(phase(&stalled), [(Ready, "False", "AddressOutsideVPC"), (Stalled, "True", "AddressOutsideVPC")]);
        assert_current(&stalled);

        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let ending = lab.proxy.pause(Calls::of("RevokeSecurityGroupIngress"), Moment::BeforeForwarding);
        lab.cluster().delete("orders");
        ending.wait().unwrap();
        let terminating = lab.cluster().get("orders");
        assert_eq!(phase(&terminating), [(Ready, "False", "Terminating"), (Reconciling, "True", "Terminating")]);
        ending.release();
        lab.cluster().until_gone("orders");
    }

    fn a_condition_moves_only_when_it_changes_and_the_declaration_never(lab: Lab) {
        let network = lab.begin();
        lab.cluster().apply(&network.declaration("orders"));
        let first = lab.cluster().until_permitted("orders");
        let transition = |network: &MigrationNetwork| {
            status(network).condition(ConditionType::Ready).unwrap().last_transition_time.clone()
        };
        assert_eq!(first.metadata.generation, Some(1), "no default is patched in");

        // A change that opens nothing new leaves Ready as it was, judged anew.
        lab.cluster().apply(&with(network.declaration("orders"), "spec.deletionPolicy", json!("Retain")));
        let second = lab.cluster().until("judged anew", "orders", |network| {
            status(network).observed_generation == Some(2)
        });
        assert_eq!(transition(&second), transition(&first));
        assert_current(&second);
    }

    fn events_tell_what_was_done(lab: Lab) {
        let network = lab.begin();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        for (reason, words) in [
            ("RuleAuthorized", network.db_group.as_str()),
            ("EntryCreated", network.db_acl.as_str()),
            ("Permitted", ""),
        ] {
            lab.cluster().until_event(reason, words);
        }
        lab.cluster().apply(&with(network.declaration("orders"), "spec.endpoints.0.ports", json!([5433])));
        lab.cluster().until_event("RuleRevoked", &network.db_group);
        lab.cluster().until_event("EntryDeleted", &network.db_acl);
        let known = lab.cluster().event_reasons("orders");
        assert!(known.len() >= 5, "{known:?}");
        let printed = lab.cluster().plane.kubectl(&["get", "events", "--namespace", "migrations"]).unwrap();
        assert!(printed.contains("RuleAuthorized"), "{printed}");
    }

    fn kubectl_shows_the_columns_that_people_need(lab: Lab) {
        let network = lab.begin();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let get = |kind: &str| lab.cluster().plane.kubectl(&["get", kind, "--namespace", "migrations"]).unwrap();
        let printed = get("mignet");
        let rows: Vec<Vec<&str>> = printed.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[0], ["NAME", "READY", "REASON", "MODE", "PATHS", "RULES", "AGE"]);
        assert_eq!(rows[1][..6], ["orders", "True", "Permitted", "Enforce", "1/1", "6"]);
        let printed = get("awsaccounts");
        assert!(printed.contains("123456789012") && printed.contains("Enforce"), "{printed}");
        let waited = ["wait", "--for=condition=Ready", "mignet/orders", "--namespace", "migrations", "--timeout=30s"];
        lab.cluster().plane.kubectl(&waited).unwrap();
    }
}

#[test]
fn the_probes_tell_a_process_that_works_from_one_that_knows_the_objects() {
    let lab = Lab::new(Counterpart::Sandbox);
    // Nobody listens where this kubeconfig points to.
    let known = std::fs::read_to_string(&lab.cluster().kubeconfig).unwrap();
    let folder = ScratchDir::new().unwrap();
    let away = known.replace(&lab.cluster().plane.url(), "https://127.0.0.1:9");
    let away = folder.write("kubeconfig", away).unwrap();
    lab.start_with(|launch| launch.env("KUBECONFIG", away.to_str().unwrap()));
    assert_eq!(lab.probe("/healthz").0, 200);
    assert_eq!(lab.probe("/readyz").0, 503);
    lab.kill9();
    lab.start();
    wait::until_so("readiness", || lab.probe("/readyz").0 == 200);
    assert_eq!(lab.probe("/healthz").0, 200);
}

#[test]
fn the_log_names_the_object_and_the_request_in_json() {
    let lab = Lab::new(Counterpart::Sandbox);
    let network = Network::build(&lab.ec2);
    lab.cluster().apply(&account());
    lab.start_with(|launch| launch.args(&["--log-format", "json"]));
    let denied =
        json!({"action": "CreateTags", "times": 1, "outcome": {"error": "UnauthorizedOperation"}});
    lab.sandbox("POST", "faults", &denied);
    lab.cluster().apply(&network.declaration("orders"));
    lab.cluster().until_permitted("orders");
    let log = lab.log();
    let lines = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let refused: Vec<Value> = lines.filter(|line| line["level"] == "WARN").collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0]["span"]["object"], "migrations/orders");
    assert!(
        refused[0]["fields"]["error"]
            .to_string()
            .contains("CreateTags"),
        "{refused:?}"
    );
    let request_id = refused[0]["fields"]["request_id"].as_str().unwrap();
    assert_eq!(request_id.len(), 36, "{request_id}");
}
