//! Security groups: what their rules permit, and which rule is added.

use crate::{
    net::Net,
    world::{World, endpoint},
};
use serde_json::json;

#[test]
fn the_default_egress_is_enough_and_the_database_admits_the_clients_group() {
    let world = World::on(Net::two_subnets());
    assert_eq!(world.verdict(), "Missing SecurityGroupHasNoRules");
    assert_eq!(world.additions(), ["+ sg-db ingress tcp 5432 sg-ri"]);
    world.settles();
}

#[test]
fn a_custom_group_gets_egress_to_each_endpoint_on_its_port_and_no_more() {
    let net = Net::two_subnets().group("sg-own", &[]);
    let world = World::on(net)
        .client(json!({"securityGroupIDs": ["sg-own"]}))
        .endpoints([
            endpoint(json!({})),
            endpoint(json!({"name": "target", "ports": [1521], "addresses": ["10.0.2.30"]})),
        ]);
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 1521 sg-own",
            "+ sg-db ingress tcp 5432 sg-own",
            "+ sg-own egress tcp 1521 10.0.2.30/32",
            "+ sg-own egress tcp 5432 10.0.2.20/32",
        ]
    );
    world.settles();
}

#[test]
fn egress_to_an_endpoint_known_by_its_group_names_the_group() {
    let net = Net::two_subnets().group("sg-own", &[]);
    let world = World::on(net)
        .client(json!({"securityGroupIDs": ["sg-own"]}))
        .endpoint(json!({
            "addresses": null,
            "placement": {"sameVPC": {"securityGroupIDs": ["sg-db"], "subnetIDs": ["subnet-far"]}}
        }));
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 5432 sg-own",
            "+ sg-own egress tcp 5432 sg-db"
        ]
    );
    world.settles();
}

/// Whether a rule at the database is enough for 10.0.1.10 on port 5432.
#[test]
fn what_a_rule_permits() {
    let rows = [
        ("ingress tcp 5432 10.0.1.10/32", true),
        ("ingress tcp 5000-6000 10.0.0.0/16", true),
        ("ingress all 10.0.1.0/24", true),
        ("ingress tcp 5432 sg-ri", true),
        ("ingress tcp 5432 pl-0a", true),
        ("ingress tcp 5433-6000 10.0.1.10/32", false),
        ("ingress 17 10.0.1.10/32", false),
        ("ingress tcp 5432 10.0.1.11/32", false),
        ("ingress tcp 5432 10.0.2.0/24", false),
        ("ingress tcp 5432 ::/0", false),
        ("ingress tcp 5432 sg-other", false),
        ("ingress tcp 5432 pl-0b", false),
        ("egress tcp 5432 10.0.1.10/32", false),
    ];
    for (rule, enough) in rows {
        let net = Net::two_subnets()
            .prefix_list("pl-0a", 10, Some(&["192.0.2.0/24", "10.0.1.8/30"]))
            .prefix_list("pl-0b", 10, Some(&["192.0.2.0/24"]))
            .group("sg-db", &[rule]);
        let world = World::on(net);
        let adds: &[&str] = if enough {
            &[]
        } else {
            &["+ sg-db ingress tcp 5432 sg-ri"]
        };
        assert_eq!(world.additions(), adds, "{rule}");
        world.settles();
    }
}

#[test]
fn the_rules_of_all_groups_of_an_interface_count_also_of_those_not_declared() {
    let net = Net::two_subnets()
        .group("sg-shared", &["ingress tcp 5432 10.0.0.0/16"])
        .interface(
            "eni-db",
            "subnet-far",
            &["10.0.2.20"],
            &["sg-db", "sg-shared"],
        );
    let world = World::on(net);
    assert_eq!(world.verdict(), "Permitted Permitted");
    assert_eq!(world.additions(), Vec::<String>::new());
    let evidence = &world
        .gates()
        .into_iter()
        .find(|g| g.resource == "sg-db")
        .unwrap();
    assert_eq!(evidence.evidence, ["sgr-sgshared0"]);
}

#[test]
fn two_rules_together_may_hold_what_neither_holds_alone() {
    let net = Net::two_subnets().group(
        "sg-db",
        &[
            "ingress tcp 5432 10.0.1.0/25",
            "ingress tcp 5432 10.0.1.128/25",
        ],
    );
    let world = World::on(net).client(json!({"privateIPs": []}));
    assert_eq!(world.verdict(), "Permitted Permitted");
}

#[test]
fn a_part_left_open_calls_for_the_whole_unit() {
    let net = Net::two_subnets().group("sg-db", &["ingress tcp 5432 10.0.1.0/25"]);
    let world = World::on(net)
        .client(json!({"privateIPs": []}))
        .endpoint(json!({"admit": "SubnetCIDR"}));
    assert_eq!(world.additions(), ["+ sg-db ingress tcp 5432 10.0.1.0/24"]);
    world.settles();
}

#[test]
fn one_group_on_both_sides_refers_to_itself() {
    let net = Net::two_subnets().group("sg-all", &[]);
    let world = World::on(net)
        .client(json!({"securityGroupIDs": ["sg-all"]}))
        .endpoint(json!({
            "addresses": null,
            "placement": {"sameVPC": {"securityGroupIDs": ["sg-all"], "subnetIDs": ["subnet-far"]}}
        }));
    assert_eq!(
        world.additions(),
        [
            "+ sg-all ingress tcp 5432 sg-all",
            "+ sg-all egress tcp 5432 sg-all"
        ]
    );
    world.settles();
}

#[test]
fn the_first_declared_group_that_is_on_the_interface_is_changed_and_referenced() {
    let net = Net::two_subnets()
        .group("sg-ri2", &["egress all 0.0.0.0/0"])
        .group("sg-db2", &[])
        .interface("eni-ri", "subnet-near", &["10.0.1.10"], &["sg-ri2"])
        .interface("eni-db", "subnet-far", &["10.0.2.20"], &["sg-db2"]);
    let world = World::on(net)
        .client(json!({"securityGroupIDs": ["sg-ri", "sg-ri2"]}))
        .endpoint(json!({"placement": {"sameVPC": {"securityGroupIDs": ["sg-db", "sg-db2"]}}}));
    assert_eq!(world.additions(), ["+ sg-db2 ingress tcp 5432 sg-ri2"]);
    world.settles();
}

#[test]
fn the_order_of_declared_groups_is_a_choice() {
    let net = Net::two_subnets().group("sg-db2", &[]);
    for (groups, added) in [
        (["sg-db", "sg-db2"], "+ sg-db ingress tcp 5432 sg-ri"),
        (["sg-db2", "sg-db"], "+ sg-db2 ingress tcp 5432 sg-ri"),
    ] {
        let world = World::on(net.clone())
            .endpoint(json!({"placement": {"sameVPC": {"securityGroupIDs": groups}}}));
        assert_eq!(world.additions(), [added]);
    }
}

#[test]
fn a_rule_held_on_another_declared_group_is_kept_rather_than_doubled() {
    let net = Net::two_subnets().group("sg-db2", &[]).claimed_rules(
        "sg-db2",
        &crate::net::owner(),
        &["ingress tcp 5432 sg-ri"],
    );
    let world = World::on(net)
        .endpoint(json!({"placement": {"sameVPC": {"securityGroupIDs": ["sg-db", "sg-db2"]}}}))
        .holding(&["sg-db2 ingress tcp 5432 sg-ri"]);
    assert_eq!(world.verdict(), "Permitted Permitted");
    assert_eq!(world.releases(), Vec::<String>::new());
    let gate = world
        .gates()
        .into_iter()
        .rfind(|g| g.resource.starts_with("sg-db"));
    assert_eq!(gate.unwrap().resource, "sg-db2");
}

#[test]
fn interfaces_of_the_client_with_different_groups_are_judged_apart() {
    let net = Net::two_subnets()
        .group("sg-own", &[])
        .interface("eni-a", "subnet-near", &["10.0.1.10"], &["sg-ri"])
        .interface("eni-b", "subnet-near", &["10.0.1.11"], &["sg-own"]);
    let world = World::on(net).client(json!({
        "securityGroupIDs": ["sg-ri", "sg-own"], "privateIPs": ["10.0.1.10", "10.0.1.11"]
    }));
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 5432 sg-own",
            "+ sg-db ingress tcp 5432 sg-ri",
            "+ sg-own egress tcp 5432 10.0.2.20/32",
        ]
    );
    world.settles();
}

#[test]
fn groups_that_are_not_there_or_elsewhere_block_with_their_reason() {
    let net = || {
        Net::two_subnets()
            .vpc("vpc-0b", &["10.9.0.0/16"])
            .group_of("vpc-0b", "sg-elsewhere", &[])
    };
    let far = |group: &str| {
        World::on(net()).endpoint(json!({"placement": {"sameVPC": {"securityGroupIDs": [group]}}}))
    };
    let near = |group: &str| World::on(net()).client(json!({"securityGroupIDs": [group]}));
    for world in [far("sg-lost"), near("sg-lost")] {
        assert_eq!(world.verdict(), "Blocked SecurityGroupNotFound");
        assert_eq!(world.additions(), Vec::<String>::new());
        assert_eq!(world.closed().resource, "sg-lost");
    }
    for world in [far("sg-elsewhere"), near("sg-elsewhere")] {
        assert_eq!(world.verdict(), "Blocked SecurityGroupInAnotherVPC");
    }
}

#[test]
fn a_database_without_declared_groups_is_judged_by_its_interface_or_not_at_all() {
    let world = |net| World::on(net).endpoint(json!({"placement": {"sameVPC": {}}}));
    assert_eq!(
        world(Net::two_subnets()).verdict(),
        "Unknown SecurityGroupsUnknown"
    );
    let net = Net::two_subnets().interface("eni-db", "subnet-far", &["10.0.2.20"], &["sg-db"]);
    assert_eq!(world(net).additions(), ["+ sg-db ingress tcp 5432 sg-ri"]);
}

#[test]
fn an_interface_that_carries_none_of_the_declared_groups_blocks() {
    for carried in [&["sg-other"][..], &[]] {
        let net = Net::two_subnets()
            .group("sg-other", &["ingress all 0.0.0.0/0"])
            .interface("eni-db", "subnet-far", &["10.0.2.20"], carried);
        let world = World::on(net);
        assert_eq!(world.verdict(), "Blocked GroupNotOnInterface");
        let gate = world.closed();
        assert_eq!(gate.resource, "eni-db");
        assert!(gate.remedy.unwrap().ends_with(
            &["aws ec2 modify-network-interface-attribute --network-interface-id eni-db --groups"]
                .iter()
                .chain(carried)
                .chain(&["sg-db"])
                .copied()
                .collect::<Vec<_>>()
                .join(" ")
        ));
    }
}

#[test]
fn a_wider_block_is_believed_to_carry_the_declared_groups_whatever_one_interface_there_says() {
    let net = Net::two_subnets().group("sg-other", &[]).interface(
        "eni-db",
        "subnet-far",
        &["10.0.2.20"],
        &["sg-other"],
    );
    let world = World::on(net).endpoint(json!({"addresses": ["10.0.2.16/28"]}));
    assert_eq!(world.additions(), ["+ sg-db ingress tcp 5432 sg-ri"]);
}

#[test]
fn behind_a_load_balancer_the_targets_are_someone_elses() {
    let net = Net::two_subnets().balancer("eni-lb", "subnet-far", "10.0.2.20", &["sg-db"]);
    let world = World::on(net);
    assert_eq!(world.additions(), ["+ sg-db ingress tcp 5432 sg-ri"]);
    let after = world.settles();
    assert_eq!(after.verdict(), "External NotSeenThrough");
    assert_eq!(after.plan().requirements.len(), 1);
}

#[test]
fn a_load_balancer_without_groups_admits_all() {
    for declared in [json!({}), json!({"securityGroupIDs": ["sg-db"]})] {
        let net = Net::two_subnets().balancer("eni-lb", "subnet-far", "10.0.2.20", &[]);
        let world = World::on(net).endpoint(json!({"placement": {"sameVPC": declared}}));
        assert_eq!(world.verdict(), "External NotSeenThrough");
        assert_eq!(world.additions(), Vec::<String>::new());
    }
}

#[test]
fn a_prefix_list_that_was_not_read_makes_unknown_only_what_would_be_missing() {
    let unread = |rules: &[&str]| {
        World::on(
            Net::two_subnets()
                .prefix_list("pl-0a", 10, None)
                .group("sg-db", rules),
        )
    };
    let world = unread(&["ingress tcp 5432 pl-0a"]);
    assert_eq!(world.verdict(), "Unknown NotObserved");
    assert!(
        world
            .closed()
            .message
            .contains("ec2:GetManagedPrefixListEntries")
    );
    assert_eq!(world.additions(), Vec::<String>::new());

    let world = unread(&["ingress tcp 5432 pl-0a", "ingress tcp 5432 10.0.0.0/16"]);
    assert_eq!(world.verdict(), "Permitted Permitted");

    let world = unread(&["ingress tcp 1521 pl-0a"]);
    assert_eq!(world.verdict(), "Missing NoSecurityGroupRule");
}

#[test]
fn a_needed_unit_within_another_needed_one_is_left_out() {
    let net = Net::two_subnets().group("sg-own", &[]);
    let world = World::on(net)
        .client(json!({"securityGroupIDs": ["sg-own"]}))
        .endpoints([
            endpoint(json!({"name": "one", "addresses": ["10.0.2.20"]})),
            endpoint(json!({"name": "all", "addresses": ["10.0.2.0/24"]})),
        ]);
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 5432 sg-own",
            "+ sg-own egress tcp 5432 10.0.2.0/24"
        ]
    );
    world.settles();
}

#[test]
fn what_a_held_wider_unit_opens_is_not_opened_again_when_another_gate_of_the_path_closes() {
    let net = Net::two_subnets()
        .group("sg-own", &[])
        .entries("acl-near", &[])
        .entries("acl-far", &[]);
    let world = World::on(net)
        .client(json!({"securityGroupIDs": ["sg-own"]}))
        .endpoints([
            endpoint(json!({"name": "one", "addresses": ["10.0.2.20"]})),
            endpoint(json!({
                "name": "all", "addresses": ["10.0.2.0/24"],
                "placement": {"sameVPC": {"securityGroupIDs": ["sg-ri"]}}
            })),
        ])
        .settles();
    // The rule at the one database is taken away by hand.
    let mut net = world.net.clone();
    net.group_mut("sg-db").rules.clear();
    assert_eq!(
        world.moved(net).additions(),
        ["+ sg-db ingress tcp 5432 sg-own"]
    );
}

#[test]
fn a_group_that_two_addresses_carry_is_named_once_for_both() {
    // 10.0.1.10 carries sg-ri alone, 10.0.1.11 is not read and so believed to carry both.
    let net = Net::two_subnets()
        .group("sg-own", &[])
        .group("sg-plain", &[])
        .interface("eni-ri", "subnet-near", &["10.0.1.10"], &["sg-plain"]);
    let world = World::on(net).client(json!({
        "securityGroupIDs": ["sg-own", "sg-plain"], "privateIPs": ["10.0.1.10", "10.0.1.11"]
    }));
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 5432 sg-plain",
            "+ sg-plain egress tcp 5432 10.0.2.20/32"
        ]
    );
    world.settles();
}

#[test]
fn only_the_source_that_is_lacking_is_admitted() {
    let net = Net::two_subnets()
        .group("sg-own", &["egress all 0.0.0.0/0"])
        .group("sg-db", &["ingress tcp 5432 10.0.1.10/32"])
        .interface("eni-a", "subnet-near", &["10.0.1.10"], &["sg-ri"])
        .entries(
            "acl-far",
            &[
                "100 ingress allow tcp 5432 10.0.1.10/32",
                "100 egress allow tcp 1024-65535 10.0.1.10/32",
            ],
        );
    let at = |groups: &[&str], admit: &str| {
        let net = net
            .clone()
            .interface("eni-b", "subnet-near", &["10.0.1.11"], groups);
        World::on(net)
            .client(json!({
                "securityGroupIDs": ["sg-ri", "sg-own"], "privateIPs": ["10.0.1.10", "10.0.1.11"]
            }))
            .endpoint(json!({"admit": admit}))
    };
    for (world, peer) in [
        (at(&["sg-ri"], "PrivateIP"), "10.0.1.11/32"),
        (at(&["sg-own"], "SecurityGroup"), "sg-own"),
    ] {
        assert_eq!(
            world.additions(),
            [
                format!("+ sg-db ingress tcp 5432 {peer}"),
                "+ acl-far 20000 ingress tcp 5432 10.0.1.11/32".to_owned(),
                "+ acl-far 20000 egress tcp 1024-65535 10.0.1.11/32".to_owned(),
            ]
        );
        world.settles();
    }
}
