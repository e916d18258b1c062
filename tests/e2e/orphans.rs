//! Rules that nobody calls for, and other deployments that share a network.

use crate::{
    cluster::{message, status},
    lab::Lab,
    network::{Network, RI, account, with},
};
use dms_network_core::{
    api::{CLAIM_TAG_PREFIX, ConditionType, MANAGED_TAG, RuleDirection, Unit},
    claims::{AclClaim, Owner},
    network::PortRange,
};
use serde_json::json;

/// Makes a rule as the deployment would, that no object calls for.
fn claimed_rule(network: &Network, owner: &str) -> String {
    let rule = network.authorize(&network.db_group, "Ingress", 5500, "10.0.9.0/24");
    network.tag(&rule, MANAGED_TAG, "true");
    network.tag(&rule, &format!("{CLAIM_TAG_PREFIX}{owner}"), "active");
    rule
}

/// Claims the number of an entry on the database's ACL as the deployment would, without making the entry.
fn claimed_number(network: &Network, owner: &Owner, number: u16) -> AclClaim {
    let ports = PortRange::new(5500, 5500).unwrap();
    let acl = network.db_acl.parse().unwrap();
    let unit = Unit::entry(
        &acl,
        RuleDirection::Ingress,
        ports,
        "10.0.9.0/24".parse().unwrap(),
    );
    let claim = AclClaim::new(number, unit, owner);
    network.tag(&network.db_acl, &claim.key(), &claim.value());
    claim
}

/// Ends the controller and removes the objects, as a cluster that is gone: nothing is cleaned up in AWS.
fn lose_the_cluster(lab: &Lab) {
    lab.kill9();
    lab.cluster().sweep().unwrap();
}

/// Starts the controller of another deployment, as that of another cluster.
fn become_deployment(lab: &mut Lab, owner: &'static str) {
    lab.settings.owner = owner;
    lab.cluster().apply(&account());
    lab.start();
}

on_both! {
    fn what_carries_our_claim_and_nobody_calls_for_stays(lab: Lab) {
        let network = lab.begin();
        let owner = Owner::new(lab.settings.owner, None).unwrap();
        let number = owner.entry_range().last();
        claimed_rule(&network, lab.settings.owner);
        claimed_number(&network, &owner, number);
        network.entry(&network.db_acl, false, number, "allow", "5500", "10.0.9.0/24");
        let before = network.state();

        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        lab.await_looks(2);
        assert_eq!(network.changes(&before), Network::opened(5432));
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn an_unclaimed_entry_among_our_numbers_counts_for_nothing_and_stays(lab: Lab) {
        let network = lab.begin();
        let first = Owner::new(lab.settings.owner, None).unwrap().entry_range().first();
        // It would permit the way in, if it counted.
        network.entry(&network.db_acl, false, first, "allow", "5432", &format!("{RI}/32"));
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        assert_eq!(network.changes(&before), Network::opened(5432));
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn a_ledger_that_was_lost_leaves_nothing_behind(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        lab.kill9();
        // A backup that was made before the first pass is restored.
        lab.cluster().patch_status("orders", &json!({"status": {
            "managedRules": null, "pendingChanges": null, "scopes": null, "summary": null, "paths": null,
            "observedGeneration": null,
        }}));
        lab.cluster().delete("orders");
        lab.start();
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn a_cluster_that_is_rebuilt_takes_its_rules_over_again(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().apply(&with(network.declaration("stock"), "spec.endpoints.0", network.endpoint("stock", 3306)));
        lab.cluster().until_permitted("orders");
        lab.cluster().until_permitted("stock");
        let opened = network.state();

        lose_the_cluster(&lab);
        become_deployment(&mut lab, crate::lab::OWNER);
        lab.proxy.forget_calls();
        // Its objects come back one by one, and none loses what the next will call for.
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        lab.await_looks(1);
        assert_eq!(network.state(), opened);
        lab.cluster().apply(&with(network.declaration("stock"), "spec.endpoints.0", network.endpoint("stock", 3306)));
        lab.cluster().until_permitted("stock");
        assert_eq!(network.state(), opened);
        assert_eq!(lab.writes(), [""; 0]);

        for name in ["orders", "stock"] {
            lab.cluster().delete(name);
            lab.cluster().until_gone(name);
        }
        assert_eq!(network.state(), before);
    }

    fn of_two_deployments_that_share_a_rule_one_may_leave(lab: Lab) {
        let network = Network::build(&lab.ec2);
        let before = network.state();
        become_deployment(&mut lab, "east");
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let of_east = network.state();
        lose_the_cluster(&lab);

        // The second deployment joins the rules, and makes entries of its own.
        become_deployment(&mut lab, "west");
        lab.proxy.forget_calls();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let writes = lab.writes();
        assert!(writes.iter().all(|action| action == "CreateTags" || action == "CreateNetworkAclEntry"), "{writes:?}");
        for rule in network.new_rules(&before) {
            let tags = &network.state().rules[&rule].tags;
            for owner in ["east", "west"] {
                assert_eq!(tags[&format!("{CLAIM_TAG_PREFIX}{owner}")], "active");
            }
        }
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), of_east);
        lose_the_cluster(&lab);

        // The first comes back, and ends it.
        become_deployment(&mut lab, "east");
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        assert_eq!(network.state(), of_east);
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn a_deployment_that_is_gone_in_the_middle_of_leaving_is_outlived(lab: Lab) {
        let network = Network::build(&lab.ec2);
        become_deployment(&mut lab, "east");
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let pause = lab.proxy.pause(
            dms_network_harness::Calls::of("RevokeSecurityGroupIngress"),
            dms_network_harness::Moment::BeforeForwarding,
        );
        lab.cluster().delete("orders");
        pause.wait().unwrap();
        lose_the_cluster(&lab);
        drop(pause);
        lab.proxy.heal();

        become_deployment(&mut lab, "west");
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let changes = network.changes(&before);
        for line in Network::opened(5432) {
            assert!(changes.contains(&line), "{line} in {changes:?}");
        }
    }

    fn deployments_that_would_share_entry_numbers_are_told(lab: Lab) {
        let network = Network::build(&lab.ec2);
        let other = Owner::new("elsewhere", Some("20100-20149".parse().unwrap())).unwrap();
        claimed_number(&network, &other, 20100);
        lab.cluster().apply(&account());
        lab.start_with(|launch| launch.args(&["--acl-entry-range", "20100-20149"]));
        lab.cluster().apply(&network.declaration("orders"));
        let stalled = lab.cluster().until_stalled("orders", "EntryRangeShared");
        let text = message(&stalled, ConditionType::Ready);
        assert!(text.contains("elsewhere") && text.contains("20100"), "{text}");
        assert_eq!(lab.writes(), [""; 0]);

        lab.kill9();
        lab.start_with(|launch| launch.args(&["--acl-entry-range", "20150-20199"]));
        let ready = lab.cluster().until_permitted("orders");
        let numbers = status(&ready).managed_rules.iter().filter_map(|rule| rule.rule_number);
        assert!(numbers.into_iter().all(|number| (20150..20200).contains(&number)));
    }
}
