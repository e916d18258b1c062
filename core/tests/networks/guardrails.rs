//! What the account's owner gave, and whoever owns a group or ACL.

use crate::{
    net::{Net, owner},
    world::{World, effective_mode, endpoint},
};
use dms_network_core::{
    api::{Mode, Reason},
    plan::Outlook,
};
use serde_json::{Value, json};

const UNIT: &str = "sg-db ingress tcp 5432 sg-ri";
const TAG: &str = "dms-network.dev/allowed-namespaces";

fn with(account: Value) -> World {
    World::on(Net::two_subnets()).account(account)
}

#[track_caller]
fn is_not_allowed(world: &World) -> String {
    assert_eq!(world.additions(), Vec::<String>::new());
    assert_eq!(world.refusals(), [Reason::NotAllowedByAccount]);
    assert_eq!(
        world.outlook(),
        Outlook::Stalled(Reason::NotAllowedByAccount)
    );
    world.plan().refusals.remove(0).remedy.unwrap()
}

#[test]
fn a_namespace_that_was_given_nothing_gets_nothing_and_loses_nothing() {
    let mut world = with(json!({})).holding(&[UNIT]);
    world.namespace_allowed = false;
    let remedy = is_not_allowed(&world);
    assert!(remedy.contains("spec.allowedNamespaces of AWSAccount prod"));
    assert_eq!(world.releases(), Vec::<String>::new());
    // Its own clean-up needs no permission.
    world.ended = true;
    assert_eq!(world.releases(), [UNIT]);
    assert_eq!(world.refusals(), []);
}

#[test]
fn the_effective_mode_is_the_lower_of_the_two() {
    use Mode::{AddOnly, Enforce, Plan};
    let rows = [
        ("Enforce", "Enforce", Enforce),
        ("Enforce", "AddOnly", AddOnly),
        ("AddOnly", "Enforce", AddOnly),
        ("Enforce", "Plan", Plan),
        ("Plan", "AddOnly", Plan),
    ];
    for (mode, max, effective) in rows {
        let world = with(json!({"maxMode": max})).mode(mode);
        assert_eq!(effective_mode(&world), effective, "{mode} {max}");
    }
}

#[test]
fn consent_is_a_tag_that_names_the_namespace() {
    let rows = [
        ("migrations", true),
        ("orders migrations", true),
        ("prod-eu1/migrations", true),
        ("*", true),
        ("staging/migrations", false),
        ("migration", false),
        ("orders", false),
        ("", false),
    ];
    for (value, given) in rows {
        let net = Net::two_subnets().tag("sg-db", TAG, value);
        let world = World::on(net).account(json!({"consent": "Tag"}));
        if given {
            assert_eq!(world.additions(), [format!("+ {UNIT}")], "{value}");
        } else {
            is_not_allowed(&world);
        }
    }
}

#[test]
fn one_command_names_all_resources_that_lack_consent() {
    let net = Net::two_subnets()
        .group("sg-own", &[])
        .entries("acl-far", &[]);
    let world = World::on(net)
        .client(json!({"securityGroupIDs": ["sg-own"]}))
        .account(json!({"consent": "Tag"}));
    assert_eq!(
        is_not_allowed(&world),
        "aws ec2 create-tags --resources acl-far sg-db sg-own \
         --tags 'Key=dms-network.dev/allowed-namespaces,Value=migrations'"
    );
    let net = world
        .net
        .clone()
        .tag("acl-far", TAG, "migrations")
        .tag("sg-db", TAG, "migrations")
        .tag("sg-own", TAG, "migrations");
    world.moved(net).settles();
}

#[test]
fn the_command_keeps_the_consent_of_others() {
    let net = Net::two_subnets().tag("sg-db", TAG, "billing");
    let world = World::on(net).account(json!({"consent": "Tag"}));
    assert!(is_not_allowed(&world).ends_with("Value=billing migrations'"));
}

#[test]
fn the_declared_group_that_consents_is_changed() {
    let net = Net::two_subnets()
        .group("sg-db2", &[])
        .tag("sg-db2", TAG, "*");
    let world = World::on(net)
        .account(json!({"consent": "Tag"}))
        .endpoint(json!({"placement": {"sameVPC": {"securityGroupIDs": ["sg-db", "sg-db2"]}}}));
    assert_eq!(world.additions(), ["+ sg-db2 ingress tcp 5432 sg-ri"]);
    world.settles();
}

#[test]
fn a_group_that_is_only_referenced_needs_no_consent() {
    let net = Net::two_subnets().tag("sg-db", TAG, "*");
    let world = World::on(net).account(json!({"consent": "Tag"}));
    assert_eq!(world.additions(), [format!("+ {UNIT}")]);
}

#[test]
fn limits_name_themselves() {
    let by_block = |limits: Value, admit: &str| {
        with(json!({"limits": limits})).endpoint(json!({"admit": admit}))
    };
    let rows = [
        (json!({"ports": [1521]}), "Auto", Some("spec.limits.ports")),
        (json!({"ports": [1521, 5432]}), "Auto", None),
        (
            json!({"vpcIDs": ["vpc-0b"]}),
            "Auto",
            Some("spec.limits.vpcIDs"),
        ),
        (json!({"vpcIDs": ["vpc-0a"]}), "Auto", None),
        (
            json!({"minPrefixLength": {"ipv4": 17}}),
            "VPCCIDR",
            Some("spec.limits.minPrefixLength"),
        ),
        (
            json!({"minPrefixLength": {"ipv4": 16, "ipv6": 48}}),
            "VPCCIDR",
            None,
        ),
        (json!({"minPrefixLength": {"ipv4": 32}}), "Auto", None),
    ];
    for (limits, admit, broken) in rows {
        let world = by_block(limits.clone(), admit);
        match broken {
            Some(field) => assert!(is_not_allowed(&world).contains(field), "{limits}"),
            None => {
                world.settles();
            }
        }
    }
}

#[test]
fn limits_bind_additions_and_not_what_stands() {
    let net = Net::two_subnets().claimed_rules("sg-db", &owner(), &["ingress tcp 5432 sg-ri"]);
    let world = World::on(net)
        .holding(&[UNIT])
        .account(json!({"consent": "Tag", "limits": {"ports": [1521]}}));
    assert!(world.outlook().ready());
    assert_eq!(world.refusals(), []);
}

#[test]
fn one_path_beyond_the_limits_does_not_hold_back_another() {
    let world = with(json!({"limits": {"ports": [5432]}})).endpoints([
        endpoint(json!({})),
        endpoint(json!({"name": "wrong", "ports": [22]})),
    ]);
    assert_eq!(world.additions(), [format!("+ {UNIT}")]);
    assert_eq!(world.refusals(), [Reason::NotAllowedByAccount]);
}
