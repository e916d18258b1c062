//! What an account's owner gave to a namespace, and no more.

use crate::{
    cluster::{condition, message, status},
    network::{ACCOUNT, DB, NAMESPACE, Network, RI, account, with},
};
use dms_network_core::api::{ALLOWED_NAMESPACES_TAG, ConditionType, FINALIZER, Who};
use dms_network_harness::AwsCli;
use serde_json::json;

/// The words of a command line, where only single quotes quote.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

on_both! {
    fn a_namespace_that_was_given_nothing_gets_not_even_a_call(lab: Lab) {
        let network = Network::build(&lab.ec2);
        lab.cluster().apply(&with(account(), "spec.allowedNamespaces", json!(null)));
        lab.start();
        lab.cluster().apply(&network.declaration("orders"));
        let stalled = lab.cluster().until_stalled("orders", "NotAllowedByAccount");
        let text = message(&stalled, ConditionType::Ready);
        assert!(text.contains("prod") && text.contains(NAMESPACE), "{text}");
        assert_eq!(lab.proxy.calls(), []);

        let selector = json!({"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}});
        lab.cluster().patch_account("prod", &json!({"spec": {"allowedNamespaces": {"selector": selector}}}));
        lab.cluster().until_permitted("orders");
    }

    fn an_account_that_is_taken_away_from_a_namespace_lets_it_keep_and_clean_up_what_it_has(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let opened = network.state();

        lab.cluster().patch_account("prod", &json!({"spec": {"allowedNamespaces": null}}));
        lab.cluster().until_stalled("orders", "NotAllowedByAccount");
        assert_eq!(network.state(), opened);
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn without_consent_the_one_command_that_gives_it_is_named_and_works(lab: Lab) {
        let network = lab.begin();
        for resource in [&network.ri_group, &network.db_group, &network.db_acl] {
            network.untag(resource, ALLOWED_NAMESPACES_TAG);
        }
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        let stalled = lab.cluster().until_stalled("orders", "NotAllowedByAccount");
        assert_eq!(lab.writes(), [""; 0], "nothing is opened where a part may not be");
        assert_eq!(network.state(), before);
        let refusals = &status(&stalled).refusals;
        assert_eq!(refusals.len(), 1);
        let command = refusals[0].remedy.clone().unwrap();
        for resource in [&network.ri_group, &network.db_group, &network.db_acl] {
            assert!(refusals[0].message.contains(resource), "{}", refusals[0].message);
        }
        assert!(!command.contains(&network.ri_acl), "{command}");
        let text = message(&stalled, ConditionType::Ready);
        assert!(text.contains(&network.ri_group), "{text}");

        let words = words(&command);
        assert_eq!(words[0], "aws");
        let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        AwsCli::new(&lab.endpoint).unwrap().run(&words).unwrap();
        lab.cluster().until_permitted("orders");
        assert_eq!(network.changes(&before), Network::opened(5432));
    }

    fn consent_may_be_given_to_one_deployment_or_to_all(lab: Lab) {
        let network = lab.begin();
        network.tag(&network.ri_group, ALLOWED_NAMESPACES_TAG, "*");
        network.tag(&network.db_group, ALLOWED_NAMESPACES_TAG, "e2e/migrations");
        network.tag(&network.db_acl, ALLOWED_NAMESPACES_TAG, "others migrations");
        network.tag(&network.ri_acl, ALLOWED_NAMESPACES_TAG, "elsewhere/migrations");
        lab.cluster().apply(&network.declaration("orders"));
        let stalled = lab.cluster().until_stalled("orders", "NotAllowedByAccount");
        let command = status(&stalled).refusals[0].remedy.clone().unwrap();
        let value = format!("'Key={ALLOWED_NAMESPACES_TAG},Value=elsewhere/migrations migrations'");
        assert_eq!(command, format!("aws ec2 create-tags --resources {} --tags {value}", network.ri_acl));

        network.tag(&network.ri_acl, ALLOWED_NAMESPACES_TAG, "elsewhere/migrations migrations");
        lab.cluster().until_permitted("orders");
    }

    fn consent_that_is_taken_back_does_not_keep_own_rules_from_being_removed(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        network.untag(&network.db_group, ALLOWED_NAMESPACES_TAG);
        network.untag(&network.db_acl, ALLOWED_NAMESPACES_TAG);
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.changes(&before), [""; 0]);
    }

    fn an_account_may_leave_consent_to_its_roles(lab: Lab) {
        let network = Network::build(&lab.ec2);
        for resource in [&network.ri_group, &network.db_group, &network.ri_acl, &network.db_acl] {
            network.untag(resource, ALLOWED_NAMESPACES_TAG);
        }
        let before = network.state();
        lab.cluster().apply(&with(account(), "spec.consent", json!("None")));
        lab.start();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        assert_eq!(network.changes(&before), Network::opened(5432));
    }

    fn acls_that_are_only_reported_become_requirements_with_the_exact_entries(lab: Lab) {
        let network = Network::build(&lab.ec2);
        lab.cluster().apply(&with(account(), "spec.networkACLs", json!("Report")));
        lab.start();
        lab.cluster().apply(&network.declaration("orders"));
        let stalled = lab.cluster().until_stalled("orders", "NetworkACLNotManaged");
        assert_eq!(lab.writes(), [""; 0], "a path that is closed elsewhere gets nothing");
        let required = status(&stalled).requirements.iter().filter(|needs| needs.who == Who::NetworkACLOwner);
        let entries: Vec<_> = required.flat_map(|needs| needs.entries.clone()).collect();
        let mut said: Vec<String> = entries
            .iter()
            .map(|entry| {
                let acl = network.named(entry.resource.as_str());
                format!("{acl} {:?} {}-{} {}", entry.direction, entry.from_port, entry.to_port, entry.cidr)
            })
            .collect();
        said.sort();
        assert_eq!(
            said,
            [
                format!("db-acl Egress 1024-65535 {RI}/32"),
                format!("db-acl Ingress 5432-5432 {RI}/32"),
                format!("ri-acl Egress 5432-5432 {DB}/32"),
                format!("ri-acl Ingress 1024-65535 {DB}/32"),
            ]
        );

        // Their owner does as they say.
        for (place, entry) in entries.iter().enumerate() {
            let number = 300 + u16::try_from(place).unwrap();
            let ports = format!("{}-{}", entry.from_port, entry.to_port);
            let egress = format!("{:?}", entry.direction) == "Egress";
            network.entry(entry.resource.as_str(), egress, number, "allow", &ports, &entry.cidr.to_string());
        }
        let granted = network.state();
        lab.cluster().until_permitted("orders");
        let mut opened = Network::opened(5432);
        opened.retain(|line| !line.contains("acl"));
        assert_eq!(network.changes(&granted), opened);
    }

    fn each_limit_of_the_account_is_named_where_it_is_met(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        let limits = [
            (json!({"vpcIDs": ["vpc-0a"]}), "vpcIDs"),
            (json!({"ports": [3306, 1521]}), "ports"),
            (json!({"minPrefixLength": {"ipv4": 25}}), "minPrefixLength"),
        ];
        lab.cluster().apply(&with(account(), "spec.limits", limits[0].0.clone()));
        // A block, so that there is a prefix to be too short.
        let wide = with(network.declaration("orders"), "spec.endpoints.0.addresses", json!(["10.0.2.0/24"]));
        lab.cluster().apply(&wide);
        for (limit, field) in limits {
            lab.cluster().apply(&with(account(), "spec.limits", limit));
            let stalled = lab.cluster().until(&format!("stalled by {field}"), "orders", |network| {
                let refusals = network.status.iter().flat_map(|status| &status.refusals);
                let mut evidence = refusals.flat_map(|refusal| &refusal.evidence);
                evidence.any(|evidence| evidence.contains(field))
            });
            assert_eq!(condition(&stalled, ConditionType::Stalled), Some(("True", "NotAllowedByAccount")));
        }
        assert_eq!(network.state(), before);
        assert_eq!(lab.writes(), [""; 0]);

        lab.cluster().apply(&account());
        lab.cluster().until_permitted("orders");
    }

    fn limits_do_not_keep_own_rules_from_being_removed(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let limits = json!({"vpcIDs": ["vpc-0a"], "ports": [1]});
        lab.cluster().apply(&with(account(), "spec.limits", limits));
        lab.cluster().until_permitted("orders");
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn an_account_that_comes_later_is_waited_for(lab: Lab) {
        let network = Network::build(&lab.ec2);
        lab.start();
        lab.cluster().apply(&network.declaration("orders"));
        let waiting = lab.cluster().until_ready("orders", "False", "AccountNotFound");
        assert_eq!(condition(&waiting, ConditionType::Reconciling).map(|(status, _)| status), Some("True"));
        assert_eq!(condition(&waiting, ConditionType::Stalled), None);
        lab.cluster().apply(&account());
        lab.cluster().until_permitted("orders");
    }

    fn credentials_of_another_account_write_nothing(lab: Lab) {
        let network = Network::build(&lab.ec2);
        lab.cluster().apply(&with(account(), "spec.accountID", json!("111122223333")));
        lab.start();
        lab.cluster().apply(&network.declaration("orders"));
        let stalled = lab.cluster().until_stalled("orders", "AccountMismatch");
        let text = message(&stalled, ConditionType::Ready);
        assert!(text.contains("111122223333") && text.contains(ACCOUNT), "{text}");
        let calls = lab.proxy.calls();
        let actions: Vec<&str> = calls.iter().map(|call| call.action.as_str()).collect();
        assert!(actions.iter().all(|action| *action == "GetCallerIdentity"), "{actions:?}");
    }

    fn another_account_behind_the_same_name_is_not_taken_for_the_first(lab: Lab) {
        let network = lab.begin();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let opened = network.state();

        // Somebody forces the account out, and another in.
        lab.cluster().delete_account("prod");
        lab.cluster().patch_account("prod", &json!({"metadata": {"finalizers": null}}));
        lab.cluster().apply(&with(account(), "spec.accountID", json!("111122223333")));
        let stalled = lab.cluster().until_stalled("orders", "AccountChanged");
        let text = message(&stalled, ConditionType::Ready);
        assert!(text.contains("111122223333") && text.contains(ACCOUNT), "{text}");
        assert_eq!(network.state(), opened);
    }

    fn a_role_of_another_account_is_assumed(lab: Lab) {
        let there = lab.ec2.assume_role("111122223333");
        let network = Network::build(&there);
        let before = network.state();
        let role = json!({"roleARN": "arn:aws:iam::111122223333:role/dms-network", "externalID": "orders"});
        let account = with(account(), "spec.accountID", json!("111122223333"));
        lab.cluster().apply(&with(account, "spec.assumeRole", role));
        lab.start();
        lab.cluster().apply(&network.declaration("orders"));
        let ready = lab.cluster().until_permitted("orders");
        assert_eq!(network.changes(&before), Network::opened(5432));
        assert_eq!(status(&ready).scopes[0].account_id.as_str(), "111122223333");
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn an_account_in_use_is_held_until_its_last_object_is_gone(lab: Lab) {
        let network = lab.begin();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let held = lab.cluster().find_account("prod").unwrap();
        assert_eq!(held.metadata.finalizers, Some(vec![FINALIZER.to_owned()]));

        lab.cluster().delete_account("prod");
        lab.cluster().until_event("AccountInUse", "migrations/orders");
        assert!(lab.cluster().find_account("prod").is_some());
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        crate::wait::until_so("the account to be gone", || lab.cluster().find_account("prod").is_none());
    }
}
