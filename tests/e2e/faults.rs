//! AWS fails, refuses, is slow, loses answers; the API server goes away. Each leaves a condition with a reason, changes
//! nothing foreign, and ends in the same state once it is over.

use crate::{
    cluster::{condition, message, status},
    lab::{Counterpart, Lab},
    network::{Network, with},
    wait,
};
use dms_network_core::api::ConditionType;
use dms_network_harness::{Calls, Effect, Fault, Moment};
use serde_json::json;

/// Heals AWS, and waits for the end that every run has: exactly what is declared, then nothing.
#[track_caller]
fn ends_as_ever(lab: &Lab, network: &Network, before: &crate::state::State) {
    lab.proxy.heal();
    lab.cluster().until_permitted("orders");
    assert_eq!(network.changes(before), Network::opened(5432));
    lab.cluster().delete("orders");
    lab.cluster().until_gone("orders");
    assert_eq!(&network.state(), before);
    assert!(lab.is_running());
}

on_both! {
    fn a_read_that_is_denied_is_named_and_nothing_is_opened(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.proxy.inject(Fault::error(Calls::of("DescribeNetworkAcls"), "UnauthorizedOperation").always());
        lab.cluster().apply(&network.declaration("orders"));
        let stalled = lab.cluster().until_stalled("orders", "AccessDenied");
        let text = message(&stalled, ConditionType::Ready);
        assert!(text.contains("DescribeNetworkAcls"), "{text}");
        assert_eq!(lab.writes(), [""; 0]);
        ends_as_ever(&lab, &network, &before);
    }

    fn a_write_that_is_denied_is_named_and_made_once_it_may_be(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        let ingress = Calls::of("AuthorizeSecurityGroupIngress");
        lab.proxy.inject(Fault::error(ingress, "UnauthorizedOperation").always());
        lab.cluster().apply(&network.declaration("orders"));
        let stalled = lab.cluster().until_stalled("orders", "AccessDenied");
        let text = message(&stalled, ConditionType::Ready);
        assert!(text.contains("AuthorizeSecurityGroupIngress"), "{text}");
        assert!(!status(&stalled).pending_changes.is_empty(), "the ledger knows what may be there");
        ends_as_ever(&lab, &network, &before);
    }

    fn a_removal_that_is_denied_holds_the_object_until_it_may_be_made(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let revoke = Calls::of("RevokeSecurityGroupIngress");
        lab.proxy.inject(Fault::error(revoke, "UnauthorizedOperation").always());
        lab.cluster().delete("orders");
        let held = lab.cluster().until_ready("orders", "False", "AccessDenied");
        let text = message(&held, ConditionType::Ready);
        assert!(text.contains("RevokeSecurityGroupIngress") && text.contains("Retain"), "{text}");
        lab.proxy.heal();
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn what_cannot_be_read_is_not_taken_for_gone(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        let both = with(network.declaration("orders"), "spec.endpoints.1", network.endpoint("stock", 3306));
        lab.cluster().apply(&both);
        lab.cluster().until_permitted("orders");
        let opened = network.state();

        let rules = Calls::of("DescribeSecurityGroupRules");
        lab.proxy.inject(Fault::error(rules, "UnauthorizedOperation").always());
        lab.cluster().until_stalled("orders", "AccessDenied");
        // One of its endpoints is no longer declared, and nothing tells what became of its rules.
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_stalled("orders", "AccessDenied");
        lab.await_looks(2);
        assert_eq!(network.state().rules, opened.rules);

        lab.proxy.heal();
        wait::until_so("the rules of the removed endpoint to go", || {
            network.changes(&before) == Network::opened(5432)
        });
        lab.proxy.inject(Fault::error(Calls::of("DescribeSecurityGroupRules"), "UnauthorizedOperation").always());
        lab.cluster().until_stalled("orders", "AccessDenied");
        lab.cluster().delete("orders");
        let held = lab.cluster().until("held up", "orders", |network| {
            condition(network, ConditionType::Reconciling) == Some(("True", "AccessDenied"))
        });
        let text = message(&held, ConditionType::Ready);
        assert!(text.contains("DescribeSecurityGroupRules") && text.contains("Retain"), "{text}");
        lab.proxy.heal();
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn throttling_that_lasts_is_told(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        lab.proxy.inject(Fault::error(Calls::of("DescribeNetworkAcls"), "RequestLimitExceeded").always());
        lab.cluster().until_ready("orders", "Unknown", "Throttled");
        ends_as_ever(&lab, &network, &before);
    }

    fn expired_credentials_are_named_and_recovered_from(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        lab.proxy.inject(Fault::error(Calls::Any, "ExpiredToken").always());
        lab.cluster().until_stalled("orders", "CredentialsNotUsable");
        ends_as_ever(&lab, &network, &before);
    }

    fn an_object_is_untouched_while_ec2_is_away_and_unknown_when_it_lasts(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        lab.await_looks(1);
        let settled = lab.cluster().get("orders").metadata.resource_version;

        lab.proxy.forget_calls();
        lab.proxy.inject(Fault::new(Calls::Any, Effect::Unreachable).always());
        wait::until_so("a look at EC2 to fail", || !lab.proxy.calls().is_empty());
        assert_eq!(lab.cluster().get("orders").metadata.resource_version, settled);
        let unknown = lab.cluster().until_ready("orders", "Unknown", "AWSUnreachable");
        assert_eq!(condition(&unknown, ConditionType::Reconciling).map(|(status, _)| status), Some("True"));
        assert_eq!(status(&unknown).managed_rules.len(), 6, "what it holds is not forgotten");
        ends_as_ever(&lab, &network, &before);
    }

    fn an_object_that_is_deleted_while_ec2_is_away_stays_and_ends_when_it_is_back(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        lab.proxy.become_unreachable();
        lab.cluster().delete("orders");
        let held = lab.cluster().until_ready("orders", "False", "AWSUnreachable");
        let text = message(&held, ConditionType::Ready);
        assert!(text.contains("deletionPolicy") && text.contains("Retain"), "{text}");
        lab.proxy.heal();
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn an_object_that_is_deleted_while_ec2_is_away_ends_at_once_when_it_is_to_retain(lab: Lab) {
        let network = lab.begin();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        let opened = network.state();
        lab.proxy.become_unreachable();
        lab.cluster().delete("orders");
        lab.cluster().until_ready("orders", "False", "AWSUnreachable");
        lab.cluster().patch("orders", &json!({"spec": {"deletionPolicy": "Retain"}}));
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), opened);
    }

    fn throttling_delays_and_changes_nothing_else(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        for action in ["DescribeVpcs", "DescribeSecurityGroupRules", "AuthorizeSecurityGroupIngress", "CreateTags"] {
            lab.proxy.inject(Fault::error(Calls::of(action), "RequestLimitExceeded").times(2));
        }
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        assert_eq!(network.changes(&before), Network::opened(5432));
        ends_as_ever(&lab, &network, &before);
    }

    fn a_page_of_html_in_place_of_an_answer_is_no_answer(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        // More than the retries of a read; a write has none.
        lab.proxy.inject(Fault::new(Calls::of("DescribeNetworkAcls"), Effect::HtmlError).times(4));
        for action in ["AuthorizeSecurityGroupEgress", "CreateNetworkAclEntry"] {
            lab.proxy.inject(Fault::new(Calls::of(action), Effect::HtmlError));
        }
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        ends_as_ever(&lab, &network, &before);
    }

    fn an_answer_that_is_lost_after_it_took_effect_makes_nothing_twice(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        let adding = ["AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "CreateTags", "CreateNetworkAclEntry"];
        let removing = ["CreateTags", "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress", "DeleteNetworkAclEntry", "DeleteTags"];
        for effect in [Effect::LostAnswer, Effect::AppliedButError] {
            for action in adding {
                lab.proxy.inject(Fault::new(Calls::of(action), effect.clone()));
            }
            lab.cluster().apply(&network.declaration("orders"));
            lab.cluster().until_permitted("orders");
            assert_eq!(network.changes(&before), Network::opened(5432));

            lab.proxy.heal();
            for action in removing {
                lab.proxy.inject(Fault::new(Calls::of(action), effect.clone()));
            }
            lab.cluster().delete("orders");
            lab.cluster().until_gone("orders");
            assert_eq!(network.state(), before);
            lab.proxy.heal();
        }
    }

    fn an_entry_that_somebody_makes_under_our_number_stays_theirs(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        let pause = lab.proxy.pause(Calls::of("CreateNetworkAclEntry"), Moment::BeforeForwarding);
        lab.cluster().apply(&network.declaration("orders"));
        let held = pause.wait().unwrap();
        let egress = held.params["Egress"] == "true";
        let number = held.params["RuleNumber"].parse().unwrap();
        let acl = &held.params["NetworkAclId"];
        network.entry(acl, egress, number, "allow", "8443", "192.0.2.0/24");
        let line = network.named(&format!(
            "+ {acl} {} allow tcp 8443 192.0.2.0/24", if egress { "egress" } else { "ingress" }
        ));
        pause.release();

        lab.cluster().until_permitted("orders");
        let mut expected = Network::opened(5432);
        expected.push(line.clone());
        expected.sort();
        assert_eq!(network.changes(&before), expected);
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.changes(&before), [line]);
        // Nor is a claim left on what is not ours.
        assert_eq!(network.state().tags, before.tags);
    }

    fn a_full_group_is_told_with_the_figures_before_anything_is_written(lab: Lab) {
        let network = lab.begin();
        let mut spare = String::new();
        for number in 0..59_u16 {
            spare = network.authorize(&network.db_group, "Ingress", 10_000 + number, "192.0.2.0/24");
        }
        lab.cluster().apply(&network.declaration("orders"));
        let stalled = lab.cluster().until_stalled("orders", "QuotaExceeded");
        let text = message(&stalled, ConditionType::Ready);
        assert!(text.contains("60") && text.contains(&network.db_group), "{text}");
        assert_eq!(lab.writes(), [""; 0]);

        network.revoke(&spare);
        let before = network.state();
        lab.cluster().until_permitted("orders");
        assert_eq!(network.changes(&before), Network::opened(5432));
    }

    fn an_acl_without_room_for_a_claim_is_told_before_anything_is_written(lab: Lab) {
        let network = lab.begin();
        for number in 0..49 {
            network.tag(&network.db_acl, &format!("cost-{number}"), "shared");
        }
        lab.cluster().apply(&network.declaration("orders"));
        let stalled = lab.cluster().until_stalled("orders", "QuotaExceeded");
        let text = message(&stalled, ConditionType::Ready);
        assert!(text.contains("tags") && text.contains(&network.db_acl), "{text}");
        assert_eq!(lab.writes(), [""; 0]);

        network.untag(&network.db_acl, "cost-0");
        network.untag(&network.db_acl, "cost-1");
        let before = network.state();
        lab.cluster().until_permitted("orders");
        assert_eq!(network.changes(&before), Network::opened(5432));
    }

    fn a_limit_that_only_aws_knows_of_is_told(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        for (action, code) in [
            ("AuthorizeSecurityGroupIngress", "RulesPerSecurityGroupLimitExceeded"),
            ("CreateTags", "TagLimitExceeded"),
            ("CreateNetworkAclEntry", "NetworkAclEntryLimitExceeded"),
        ] {
            lab.proxy.inject(Fault::error(Calls::of(action), code).always());
            lab.cluster().apply(&network.declaration("orders"));
            let stalled = lab.cluster().until_stalled("orders", "QuotaExceeded");
            let text = message(&stalled, ConditionType::Ready);
            assert!(text.contains(code), "{text}");
            ends_as_ever(&lab, &network, &before);
        }
    }

    fn sigterm_ends_it_cleanly_at_rest_and_in_the_middle_of_a_call(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        assert_eq!(lab.sigterm().code(), Some(0));

        let pause = lab.proxy.pause(Calls::Mutating, Moment::BeforeForwarding);
        lab.start();
        lab.cluster().apply(&with(network.declaration("orders"), "spec.endpoints.1", network.endpoint("stock", 3306)));
        pause.wait().unwrap();
        assert_eq!(lab.sigterm().code(), Some(0));
        drop(pause);

        lab.start();
        lab.cluster().apply(&network.declaration("orders"));
        ends_as_ever(&lab, &network, &before);
    }
}

#[test]
fn reads_that_lag_cause_no_second_write_and_no_flapping() {
    let mut lab = Lab::new(Counterpart::Sandbox);
    // The reads lag less than the controller was told to expect.
    lab.settings.settle_time = "700ms";
    lab.settings.landing_time = "900ms";
    lab.settings.resync_interval = "1s";
    let network = Network::build(&lab.ec2);
    let before = network.state();
    lab.sandbox("PUT", "staleness", &json!({"milliseconds": 400}));
    wait::until_so("the network to be shown", || network.state() == before);
    lab.cluster().apply(&crate::network::account());
    lab.start();
    lab.cluster().apply(&network.declaration("orders"));
    let ready = lab.cluster().until_permitted("orders");
    let since = status(&ready)
        .condition(ConditionType::Ready)
        .unwrap()
        .last_transition_time
        .clone();
    assert_eq!(lab.writes().len(), 10);

    lab.await_looks(4);
    let later = lab.cluster().until_permitted("orders");
    assert_eq!(
        status(&later)
            .condition(ConditionType::Ready)
            .unwrap()
            .last_transition_time,
        since
    );
    assert_eq!(lab.writes().len(), 10);

    // A changed declaration adds and removes each thing once: two rules, two entries, two claims of each kind.
    lab.proxy.forget_calls();
    let changed = with(
        network.declaration("orders"),
        "spec.endpoints.0.ports",
        json!([5433]),
    );
    lab.cluster().apply(&changed);
    lab.cluster()
        .until("holds the new port only", "orders", |network| {
            let held = &status(network).managed_rules;
            held.len() == 6
                && held.iter().all(|rule| rule.unit.from_port != 5432)
                && status(network).pending_changes.is_empty()
        });
    let writes = lab.writes();
    let count = |action: &str| writes.iter().filter(|found| *found == action).count();
    for (action, times) in [
        ("AuthorizeSecurityGroupEgress", 1),
        ("AuthorizeSecurityGroupIngress", 1),
        ("CreateNetworkAclEntry", 2),
        ("RevokeSecurityGroupEgress", 1),
        ("RevokeSecurityGroupIngress", 1),
        ("DeleteNetworkAclEntry", 2),
        ("DeleteTags", 2),
        ("CreateTags", 4),
    ] {
        assert_eq!(count(action), times, "{action} in {writes:?}");
    }
    wait::until_so("the new rules to be shown, and no others", || {
        network.changes(&before) == Network::opened(5433)
    });
}

/// Not on moto, which takes a second rule of the same content where the descriptions differ.
#[test]
fn a_rule_that_somebody_makes_at_the_same_moment_stays_theirs() {
    let lab = Lab::new(Counterpart::Sandbox);
    let network = lab.begin();
    let before = network.state();
    let pause = lab.proxy.pause(
        Calls::of("AuthorizeSecurityGroupIngress"),
        Moment::BeforeForwarding,
    );
    lab.cluster().apply(&network.declaration("orders"));
    pause.wait().unwrap();
    let theirs = network.authorize(&network.db_group, "Ingress", 5432, &network.ri_group);
    pause.release();

    lab.cluster().until_permitted("orders");
    assert_eq!(network.changes(&before), Network::opened(5432));
    let rule = &network.state().rules[&theirs];
    assert!(
        rule.tags.is_empty(),
        "nothing of theirs is claimed: {:?}",
        rule.tags
    );
    // A calm read tells that none of ours is beside it: until then it stays in the ledger.
    lab.cluster()
        .until("a ledger without their rule", "orders", |network| {
            status(network).managed_rules.len() == 5
        });
    lab.cluster().delete("orders");
    lab.cluster().until_gone("orders");
    assert_eq!(
        network.changes(&before),
        ["+ db-group ingress tcp 5432 ri-group"]
    );
}

/// The API server goes away in the middle of a pass, and drift comes about while it is away. Which AWS there is makes no
/// difference.
#[test]
fn the_api_server_may_go_and_come_back() {
    let lab = Lab::new(Counterpart::Sandbox);
    let network = lab.begin();
    let before = network.state();
    lab.cluster().apply(&network.declaration("billing"));
    lab.cluster().until_permitted("billing");
    let pause = lab.proxy.pause(Calls::Mutating, Moment::BeforeForwarding);
    let stock = network.endpoint("stock", 3306);
    lab.cluster().apply(&with(
        network.declaration("orders"),
        "spec.endpoints.1",
        stock,
    ));
    pause.wait().unwrap();
    lab.cluster().plane.stop_api_server();
    lab.proxy.forget_calls();
    pause.release();
    // What was decided is carried out, though its end cannot be said yet.
    wait::until_so("writes while the API server is away", || {
        lab.writes().len() == 5
    });
    for rule in network.new_rules(&before) {
        network.revoke(&rule);
    }
    lab.cluster().plane.start_api_server().unwrap();
    let mut both = Network::opened(5432);
    both.extend(Network::opened(3306));
    both.sort();
    both.dedup();
    wait::until_so("the drift to be repaired", || {
        network.changes(&before) == both
    });
    lab.cluster().until_permitted("billing");
    lab.cluster().until_permitted("orders");

    for name in ["billing", "orders"] {
        lab.cluster().delete(name);
        lab.cluster().until_gone(name);
    }
    assert_eq!(network.state(), before);
    assert!(lab.is_running());
}
