//! mode, maxMode, deletionPolicy and expirationTime.

use crate::{
    cluster::{condition, status},
    network::{Network, account, with},
};
use dms_network_core::api::{Action, ConditionType};
use serde_json::json;

on_both! {
    fn plan_writes_nothing_to_ec2_and_enforce_does_what_it_showed(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&with(network.declaration("orders"), "spec.mode", json!("Plan")));
        let planned = lab.cluster().until_stalled("orders", "PlanMode");
        assert_eq!(condition(&planned, ConditionType::Ready), Some(("False", "PlanMode")));
        let pending = &status(&planned).pending_changes;
        assert_eq!(pending.len(), 6);
        assert!(pending.iter().all(|change| change.action == Action::Create));
        assert_eq!(lab.writes(), [""; 0]);
        assert_eq!(planned.metadata.finalizers, None, "nothing is held");

        lab.cluster().apply(&network.declaration("orders"));
        let ready = lab.cluster().until_permitted("orders");
        assert_eq!(network.changes(&before), Network::opened(5432));
        let held = status(&ready).managed_rules.iter().map(|rule| &rule.unit);
        assert!(pending.iter().map(|change| &change.unit).eq(held));
    }

    fn modes_change_in_any_order_and_only_enforce_removes(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        let in_mode = |mode: &str, port: u16| {
            let declaration = with(network.declaration("orders"), "spec.mode", json!(mode));
            with(declaration, "spec.endpoints.0.ports", json!([port]))
        };
        lab.cluster().apply(&in_mode("AddOnly", 5432));
        lab.cluster().until_permitted("orders");
        assert_eq!(network.changes(&before), Network::opened(5432));

        // Under Plan the change is shown, both what would be added and what would go.
        let opened = network.state();
        lab.cluster().apply(&in_mode("Plan", 5433));
        let planned = lab.cluster().until_stalled("orders", "PlanMode");
        let pending = &status(&planned).pending_changes;
        let of = |action| pending.iter().filter(|change| change.action == action).count();
        assert_eq!((of(Action::Create), of(Action::Delete)), (4, 4));
        assert_eq!(network.state(), opened);

        // Under AddOnly the new stands beside the old, which is said to be left over.
        lab.cluster().apply(&in_mode("AddOnly", 5433));
        let both = lab.cluster().until("left over", "orders", |network| {
            condition(network, ConditionType::Ready) == Some(("True", "Permitted"))
                && condition(network, ConditionType::RevocationPending).is_some_and(|(status, _)| status == "True")
        });
        let mut expected = Network::opened(5432);
        expected.extend(Network::opened(5433));
        expected.sort();
        expected.dedup();
        assert_eq!(network.changes(&before), expected);
        assert_eq!(status(&both).managed_rules.len(), 10);

        // Plan, with all that is declared there already: what would go is still shown, and stays.
        lab.cluster().apply(&in_mode("Plan", 5433));
        lab.cluster().until_stalled("orders", "PlanMode");
        assert_eq!(network.changes(&before), expected);

        lab.cluster().apply(&in_mode("Enforce", 5433));
        let enforced = lab.cluster().until("only what is declared is held", "orders", |network| {
            condition(network, ConditionType::Ready) == Some(("True", "Permitted"))
                && status(network).managed_rules.len() == 6
        });
        assert_eq!(network.changes(&before), Network::opened(5433));
        assert_eq!(condition(&enforced, ConditionType::RevocationPending), None);
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn the_account_caps_the_mode(lab: Lab) {
        let network = Network::build(&lab.ec2);
        let before = network.state();
        lab.cluster().apply(&with(account(), "spec.maxMode", json!("Plan")));
        lab.start();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_stalled("orders", "PlanMode");
        assert_eq!(lab.writes(), [""; 0]);

        lab.cluster().patch_account("prod", &json!({"spec": {"maxMode": "AddOnly"}}));
        lab.cluster().until_permitted("orders");
        let opened = network.state();
        assert_eq!(network.changes(&before), Network::opened(5432));
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), opened, "AddOnly removes nothing, at the end neither");
    }

    fn an_object_that_retains_goes_at_once_and_its_rules_stay(lab: Lab) {
        let network = lab.begin();
        let retained = with(network.declaration("orders"), "spec.deletionPolicy", json!("Retain"));
        lab.cluster().apply(&retained);
        lab.cluster().until_permitted("orders");
        let opened = network.state();
        lab.proxy.forget_calls();
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), opened);
        assert_eq!(lab.writes(), [""; 0]);

        // Whoever declares it again takes the rules over, and may end them.
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        assert_eq!(network.state(), opened);
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        let mut closed: Vec<String> = Network::opened(5432).iter().map(|line| line.replacen('+', "-", 1)).collect();
        closed.sort();
        assert_eq!(network.changes(&opened), closed);
    }

    fn openings_end_when_they_expire_and_come_back_when_they_are_extended(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");

        let expired = with(network.declaration("orders"), "spec.expirationTime", json!("2020-01-01T00:00:00Z"));
        lab.cluster().apply(&expired);
        lab.cluster().until_stalled("orders", "Expired");
        lab.cluster().until("holds nothing", "orders", |network| {
            status(network).managed_rules.is_empty()
        });
        assert_eq!(network.state(), before);

        let extended = with(expired, "spec.expirationTime", json!("2120-01-01T00:00:00Z"));
        lab.cluster().apply(&extended);
        lab.cluster().until_permitted("orders");
        assert_eq!(network.changes(&before), Network::opened(5432));
    }

    fn what_expires_under_add_only_stays_and_says_so(lab: Lab) {
        let network = lab.begin();
        let add_only = with(network.declaration("orders"), "spec.mode", json!("AddOnly"));
        lab.cluster().apply(&add_only);
        lab.cluster().until_permitted("orders");
        let opened = network.state();

        lab.cluster().apply(&with(add_only, "spec.expirationTime", json!("2020-01-01T00:00:00Z")));
        let expired = lab.cluster().until_stalled("orders", "Expired");
        assert_eq!(
            condition(&expired, ConditionType::RevocationPending).map(|(status, _)| status),
            Some("True")
        );
        assert_eq!(network.state(), opened);
    }
}
