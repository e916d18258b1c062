//! Rules that several objects need: made once, and gone with the last need.

use crate::{
    cluster::status,
    network::{Network, account, with},
};
use serde_json::json;

on_both! {
    fn a_second_object_that_needs_the_same_rules_costs_no_write_and_keeps_them(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let opened = network.state();
        // By then the reads that it takes to rely on a rule of ours are calm.
        lab.await_looks(1);

        lab.proxy.forget_calls();
        lab.cluster().apply(&network.declaration("billing"));
        let second = lab.cluster().until_permitted("billing");
        assert_eq!(status(&second).managed_rules.len(), 6);

        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(lab.writes(), [""; 0]);
        assert_eq!(network.state(), opened);
        lab.cluster().until_permitted("billing");

        lab.cluster().delete("billing");
        lab.cluster().until_gone("billing");
        assert_eq!(network.state(), before);
    }

    fn two_objects_applied_at_once_make_each_rule_once_and_leave_nothing(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().apply(&network.declaration("billing"));
        lab.cluster().until_permitted("orders");
        lab.cluster().until_permitted("billing");
        assert_eq!(network.changes(&before), Network::opened(5432));
        assert_eq!(lab.writes().len(), 10);

        lab.cluster().delete("orders");
        lab.cluster().delete("billing");
        lab.cluster().until_gone("orders");
        lab.cluster().until_gone("billing");
        assert_eq!(network.state(), before);
    }

    fn what_only_the_deleted_object_needed_goes_and_the_rest_stays(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        let stock = with(network.declaration("stock"), "spec.endpoints.0", network.endpoint("stock-source", 3306));
        lab.cluster().apply(&stock);
        lab.cluster().until_permitted("orders");
        lab.cluster().until_permitted("stock");

        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.changes(&before), Network::opened(3306));
        lab.cluster().until_permitted("stock");

        lab.cluster().delete("stock");
        lab.cluster().until_gone("stock");
        assert_eq!(network.state(), before);
    }

    fn an_endpoint_that_leaves_one_object_leaves_its_rules_to_the_other(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        let both = with(network.declaration("both"), "spec.endpoints.1", network.endpoint("stock-source", 3306));
        lab.cluster().apply(&both);
        lab.cluster().until_permitted("orders");
        lab.cluster().until_permitted("both");

        // The endpoint that both have in common leaves the second.
        let rest = with(both, "spec.endpoints.0", json!(null));
        lab.cluster().apply(&rest);
        let rest = lab.cluster().until("holds its own endpoint's rules only", "both", |network| {
            status(network).managed_rules.len() == 6 && status(network).pending_changes.is_empty()
        });
        assert!(status(&rest).managed_rules.iter().all(|rule| rule.unit.from_port != 5432));
        let mut opened = Network::opened(5432);
        opened.extend(Network::opened(3306));
        opened.sort();
        opened.dedup();
        assert_eq!(network.changes(&before), opened);

        for name in ["orders", "both"] {
            lab.cluster().delete(name);
            lab.cluster().until_gone(name);
        }
        assert_eq!(network.state(), before);
    }

    fn two_names_of_one_account_share_its_rules(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&with(account(), "metadata.name", json!("prod-too")));
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let opened = network.state();

        lab.proxy.forget_calls();
        lab.cluster().apply(&with(network.declaration("billing"), "spec.accountRef.name", json!("prod-too")));
        lab.cluster().until_permitted("billing");
        // The first goes over to the other name, which is no move at all in AWS.
        lab.cluster().apply(&with(network.declaration("orders"), "spec.accountRef.name", json!("prod-too")));
        let moved = lab.cluster().until("recorded under the other name", "orders", |network| {
            status(network).scopes.iter().all(|scope| scope.account_ref.as_str() == "prod-too")
        });
        assert_eq!(status(&moved).managed_rules.len(), 6);
        assert_eq!(lab.writes(), [""; 0]);
        assert_eq!(network.state(), opened);

        for name in ["orders", "billing"] {
            lab.cluster().delete(name);
            lab.cluster().until_gone(name);
        }
        assert_eq!(network.state(), before);
    }
}
