//! Changed declarations and drift: own rules follow, after their replacements stand; foreign ones never.

use crate::{
    cluster::status,
    lab::Lab,
    network::{DB, Network, account, with},
    state::State,
    wait,
};
use serde_json::json;

/// What takes something away, or begins to.
fn is_removal(call: &dms_network_harness::Call) -> bool {
    let action = call.action.as_str();
    let marks = call
        .params
        .get("Tag.1.Value")
        .is_some_and(|value| value.starts_with("releasing"));
    marks || action.starts_with("Revoke") || action.starts_with("Delete")
}

fn is_addition(call: &dms_network_harness::Call) -> bool {
    call.action.starts_with("Authorize") || call.action == "CreateNetworkAclEntry"
}

/// Every addition of the recorded calls came before the first removal, and there were some of both.
#[track_caller]
fn assert_added_before_removed(lab: &Lab) {
    let calls = lab.proxy.mutating_calls();
    let last_addition = calls.iter().rposition(is_addition);
    let first_removal = calls.iter().position(is_removal);
    let order: Vec<&str> = calls.iter().map(|call| call.action.as_str()).collect();
    assert!(last_addition.unwrap() < first_removal.unwrap(), "{order:?}");
}

/// Waits until EC2 differs from `before` by exactly these lines.
#[track_caller]
fn until_changes(network: &Network, before: &State, expected: &[String]) {
    wait::until("the rules in EC2", || {
        let changes = network.changes(before);
        if changes == expected {
            Ok(())
        } else {
            Err(wait::say(&changes))
        }
    });
}

on_both! {
    fn a_narrowed_block_loses_its_wide_rules_only_after_the_narrow_ones_stand(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        let wide = with(network.declaration("orders"), "spec.endpoints.0.addresses", json!(["10.0.2.0/24"]));
        lab.cluster().apply(&wide);
        lab.cluster().until_permitted("orders");

        lab.proxy.forget_calls();
        lab.cluster().apply(&network.declaration("orders"));
        until_changes(&network, &before, &Network::opened(5432));
        lab.cluster().until("nothing is pending", "orders", |network| {
            status(network).pending_changes.is_empty()
        });
        assert_added_before_removed(&lab);

        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn a_changed_port_opens_the_new_one_before_it_closes_the_old_one(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");

        lab.proxy.forget_calls();
        let changed = with(network.declaration("orders"), "spec.endpoints.0.ports", json!([5433]));
        lab.cluster().apply(&changed);
        until_changes(&network, &before, &Network::opened(5433));
        assert_added_before_removed(&lab);
        lab.cluster().until_permitted("orders");
    }

    fn an_added_endpoint_adds_and_a_removed_one_takes_its_own_away(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        let one = network.declaration("orders");
        lab.cluster().apply(&one);
        lab.cluster().until_permitted("orders");

        lab.proxy.forget_calls();
        let two = with(one.clone(), "spec.endpoints.1", network.endpoint("stock-source", 3306));
        lab.cluster().apply(&two);
        lab.cluster().until_permitted("orders");
        let writes = lab.writes();
        assert_eq!(writes.len(), 6, "two rules, two entries, two claims: {writes:?}");

        lab.cluster().apply(&one);
        until_changes(&network, &before, &Network::opened(5432));
    }

    fn a_group_that_gives_way_to_another_keeps_its_foreign_rules(lab: Lab) {
        let network = lab.begin();
        let other = network.group("other-db");
        network.authorize(&other, "Ingress", 8443, "192.0.2.0/24");
        network.interface(&network.db_subnet, "10.0.2.40", &other);
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");

        let same = json!({"securityGroupIDs": [other], "subnetIDs": [network.db_subnet]});
        let moved = with(network.declaration("orders"), "spec.endpoints.0.placement.sameVPC", same);
        let moved = with(moved, "spec.endpoints.0.addresses", json!(["10.0.2.40"]));
        lab.cluster().apply(&moved);
        let mut expected: Vec<String> = Network::opened(5432)
            .iter()
            .map(|line| line.replace(DB, "10.0.2.40").replace("db-group", &other))
            .collect();
        expected.sort();
        until_changes(&network, &before, &expected);

        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn another_form_of_admission_replaces_the_rule_of_the_first(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");

        lab.proxy.forget_calls();
        let by_address = with(network.declaration("orders"), "spec.endpoints.0.admit", json!("PrivateIP"));
        lab.cluster().apply(&by_address);
        let mut expected: Vec<String> = Network::opened(5432)
            .into_iter()
            .filter(|line| !line.ends_with("ri-group"))
            .collect();
        expected.push("+ db-group ingress tcp 5432 10.0.1.10/32".to_owned());
        expected.sort();
        until_changes(&network, &before, &expected);
        assert_added_before_removed(&lab);
    }

    fn a_changed_region_is_cleaned_up_once_the_new_one_stands(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");

        let there = Network::build(&lab.ec2.in_region("us-west-2"));
        let before_there = there.state();
        let moved = with(there.declaration("orders"), "spec.region", json!("us-west-2"));
        lab.proxy.forget_calls();
        lab.cluster().apply(&moved);
        until_changes(&network, &before, &[]);
        assert_eq!(there.changes(&before_there), Network::opened(5432));
        assert_added_before_removed(&lab);
        let left = lab.cluster().until("only the new Region is recorded", "orders", |network| {
            status(network).scopes.len() == 1
        });
        assert_eq!(status(&left).scopes[0].region.as_str(), "us-west-2");

        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
        assert_eq!(there.state(), before_there);
    }

    fn an_own_rule_that_is_deleted_by_hand_comes_back_and_a_foreign_one_stays(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");

        for rule in network.new_rules(&before) {
            network.revoke(&rule);
        }
        network.authorize(&network.db_group, "Ingress", 9187, "192.0.2.0/24");
        let mut expected = Network::opened(5432);
        expected.push("+ db-group ingress tcp 9187 192.0.2.0/24".to_owned());
        expected.sort();
        until_changes(&network, &before, &expected);
        lab.cluster().until_permitted("orders");
        // The ledger knows the new ids: what is declared no more goes whole.
        let foreign = network.state();
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        let mut gone: Vec<String> = Network::opened(5432).iter().map(|line| line.replacen('+', "-", 1)).collect();
        gone.sort();
        assert_eq!(network.changes(&foreign), gone);
    }

    fn an_own_entry_that_is_deleted_by_hand_comes_back_under_its_number(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let opened = network.state();

        let own = opened.entries.keys().filter(|place| !before.entries.contains_key(*place));
        for (acl, egress, number) in own {
            network.delete_entry(acl, *egress, *number);
        }
        wait::until_so("the entries are back", || network.state() == opened);
        lab.cluster().until_permitted("orders");
    }

    fn an_entry_that_takes_the_place_of_ours_is_left_alone_and_ours_moves(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let opened = network.state();

        let is_ours = |place: &&(String, bool, u16)| {
            !before.entries.contains_key(*place) && place.0 == network.db_acl && !place.1
        };
        let (acl, egress, number) = opened.entries.keys().find(is_ours).unwrap().clone();
        network.delete_entry(&acl, egress, number);
        network.entry(&acl, egress, number, "allow", "8443", "192.0.2.0/24");

        let mut expected = Network::opened(5432);
        expected.push("+ db-acl ingress allow tcp 8443 192.0.2.0/24".to_owned());
        expected.sort();
        until_changes(&network, &before, &expected);
        lab.cluster().until_permitted("orders");
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.changes(&before), ["+ db-acl ingress allow tcp 8443 192.0.2.0/24"]);
        assert_eq!(network.state().tags, before.tags);
    }

    fn a_group_that_is_gone_does_not_hold_an_object_up(lab: Lab) {
        let network = Network::build(&lab.ec2);
        let doomed = network.group("doomed-db");
        let interface = network.interface(&network.db_subnet, "10.0.2.50", &doomed);
        let before = network.state();
        lab.cluster().apply(&account());
        lab.start();
        let same = json!({"securityGroupIDs": [doomed], "subnetIDs": [network.db_subnet]});
        let declaration = with(network.declaration("orders"), "spec.endpoints.0.placement.sameVPC", same);
        let declaration = with(declaration, "spec.endpoints.0.addresses", json!(["10.0.2.50"]));
        lab.cluster().apply(&declaration);
        lab.cluster().until_permitted("orders");

        lab.ec2.call("DeleteNetworkInterface", &[("NetworkInterfaceId", &interface)]);
        lab.ec2.call("DeleteSecurityGroup", &[("GroupId", &doomed)]);
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        let mut expected = before.clone();
        expected.tags.remove(&doomed);
        assert_eq!(network.state(), expected);
    }
}
