//! Room: what fits into AWS's quotas, counted before the first call; whole paths or nothing of them.

use crate::{
    net::Net,
    world::{World, endpoint},
};
use dms_network_core::api::Reason;
use serde_json::json;

/// `count` foreign ingress rules of IPv4 or IPv6.
fn rules(count: usize, v6: bool) -> Vec<String> {
    let rule = |number: usize| match v6 {
        true => format!("ingress tcp 22 2001:db8::{number:x}/128"),
        false => format!("ingress tcp 22 192.0.2.{number}/32"),
    };
    (0..count).map(rule).collect()
}

fn filled(group: &str, rules: &[String]) -> Net {
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    Net::two_subnets().group(group, &rules)
}

#[track_caller]
fn is_refused(world: &World, reason: Reason) {
    assert_eq!(world.additions(), Vec::<String>::new());
    assert_eq!(world.refusals(), [reason]);
    assert_eq!(world.outlook().reason(), reason);
    assert!(!world.outlook().ready());
}

#[test]
fn a_reference_to_a_group_counts_in_both_families() {
    for v6 in [false, true] {
        World::on(filled("sg-db", &rules(59, v6))).settles();
        is_refused(
            &World::on(filled("sg-db", &rules(60, v6))),
            Reason::QuotaExceeded,
        );
    }
}

#[test]
fn an_address_counts_in_its_family_alone() {
    let by_address = |net| World::on(net).endpoint(json!({"admit": "PrivateIP"}));
    by_address(filled("sg-db", &rules(60, true))).settles();
    by_address(filled("sg-db", &rules(59, false))).settles();
    is_refused(
        &by_address(filled("sg-db", &rules(60, false))),
        Reason::QuotaExceeded,
    );
}

#[test]
fn a_prefix_list_counts_with_its_maximum_size_in_its_family() {
    let world = |weight, entries: &[&str]| {
        World::on(
            Net::two_subnets()
                .prefix_list("pl-0a", weight, Some(entries))
                .group("sg-db", &["ingress tcp 22 pl-0a"]),
        )
    };
    world(59, &["192.0.2.0/24"]).settles();
    is_refused(&world(60, &["192.0.2.0/24"]), Reason::QuotaExceeded);
    let by_address = world(60, &["2001:db8::/32"]).endpoint(json!({"admit": "PrivateIP"}));
    by_address.settles();
}

#[test]
fn the_refusal_tells_the_figures() {
    let world = World::on(filled("sg-db", &rules(60, false)));
    let refusal = world.plan().refusals.remove(0);
    assert_eq!(refusal.resource, "sg-db");
    assert_eq!(refusal.evidence, ["60 of 60 used"]);
    assert!(
        refusal.message.contains("L-0EA8095F"),
        "{}",
        refusal.message
    );
}

#[test]
fn a_raised_quota_gives_room() {
    let net = filled("sg-db", &rules(60, false)).but(|lists| {
        lists.quotas.rules_per_security_group = 100;
    });
    World::on(net).settles();
}

#[test]
fn the_next_declared_group_with_room_takes_the_rule() {
    let net = filled("sg-db", &rules(60, false)).group("sg-db2", &[]);
    let world = World::on(net)
        .endpoint(json!({"placement": {"sameVPC": {"securityGroupIDs": ["sg-db", "sg-db2"]}}}));
    assert_eq!(world.additions(), ["+ sg-db2 ingress tcp 5432 sg-ri"]);
    world.settles();
}

#[test]
fn room_that_one_rule_takes_is_gone_for_the_next() {
    let net = filled("sg-db", &rules(59, false)).group("sg-db2", &[]);
    let groups = json!({"sameVPC": {"securityGroupIDs": ["sg-db", "sg-db2"]}});
    let world = World::on(net).endpoint(json!({"ports": [5432, 5433], "placement": groups}));
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 5432 sg-ri",
            "+ sg-db2 ingress tcp 5433 sg-ri"
        ]
    );
    world.settles();
}

/// An ACL of the database's subnet with so many foreign ingress entries, the default not among them.
fn with_entries(count: usize) -> Net {
    let entries: Vec<String> = (0..count)
        .map(|number| format!("{} ingress allow tcp 22 192.0.2.{number}/32", 200 + number))
        .collect();
    let mut entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    entries.push("100 egress allow all 0.0.0.0/0");
    Net::two_subnets().entries("acl-far", &entries)
}

#[test]
fn the_default_entry_counts_towards_the_quota_of_an_acl() {
    World::on(with_entries(18)).settles();
    is_refused(&World::on(with_entries(19)), Reason::QuotaExceeded);
    // Some answers do not show it.
    let hidden = |count| {
        let mut net = with_entries(count);
        net.acl_mut("acl-far")
            .entries
            .retain(|entry| entry.number < 32767);
        World::on(net)
    };
    hidden(18).settles();
    is_refused(&hidden(19), Reason::QuotaExceeded);
}

#[test]
fn a_claim_needs_a_tag() {
    let tagged = |count: usize| {
        let mut net = with_entries(0);
        for number in 0..count {
            net = net.tag("acl-far", &format!("team-{number}"), "orders");
        }
        World::on(net)
    };
    tagged(49).settles();
    is_refused(&tagged(50), Reason::QuotaExceeded);
}

#[test]
fn a_claim_that_was_written_before_a_crash_needs_no_further_tag() {
    let mut net = with_entries(0).claim(
        "acl-far",
        &crate::net::owner(),
        "20000 ingress allow tcp 5432 10.0.1.10/32",
    );
    for number in 0..49 {
        net = net.tag("acl-far", &format!("team-{number}"), "orders");
    }
    World::on(net).settles();
}

#[test]
fn a_path_that_does_not_fit_gets_none_of_its_units_but_those_of_a_path_that_does() {
    // Only one more entry fits into the database's ACL.
    let net = with_entries(18).group("sg-own", &[]);
    let world = World::on(net)
        .client(json!({"securityGroupIDs": ["sg-own"]}))
        .endpoints([
            endpoint(json!({"name": "a"})),
            endpoint(
                json!({"name": "b", "ports": [1521], "addresses": ["10.0.2.20", "10.0.1.20"]}),
            ),
        ]);
    assert_eq!(
        world.additions(),
        [
            // Shared with the path of b that stays within the client's subnet.
            "+ sg-db ingress tcp 1521 sg-own",
            "+ sg-db ingress tcp 5432 sg-own",
            "+ sg-own egress tcp 1521 10.0.1.20/32",
            "+ sg-own egress tcp 5432 10.0.2.20/32",
            "+ acl-far 20000 ingress tcp 5432 10.0.1.10/32",
        ]
    );
    assert_eq!(world.refusals(), [Reason::QuotaExceeded]);
    assert_eq!(world.plan().refused.len(), 1);
}

#[test]
fn a_unit_left_out_for_a_wider_one_comes_back_where_the_wider_path_is_refused() {
    let net = with_entries(18)
        .entries(
            "acl-near",
            &[
                "100 ingress allow all 0.0.0.0/0",
                "101 ingress allow all ::/0",
            ],
        )
        .group("sg-other", &[]);
    // Both endpoints need an entry towards them; the wider one also needs a group that gives no consent.
    let world = World::on(
        net.tag("sg-db", "dms-network.dev/allowed-namespaces", "*")
            .tag("acl-near", "dms-network.dev/allowed-namespaces", "*")
            .tag("acl-far", "dms-network.dev/allowed-namespaces", "*"),
    )
    .account(json!({"consent": "Tag"}))
    .endpoints([
        endpoint(json!({"name": "one"})),
        endpoint(json!({
            "name": "all", "addresses": ["10.0.2.0/24"],
            "placement": {"sameVPC": {"securityGroupIDs": ["sg-other"]}}
        })),
    ]);
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 5432 sg-ri",
            "+ acl-far 20000 ingress tcp 5432 10.0.1.10/32",
            "+ acl-near 20000 egress tcp 5432 10.0.2.20/32",
        ]
    );
    assert_eq!(world.refusals(), [Reason::NotAllowedByAccount]);
}

#[test]
fn what_another_path_gets_may_open_a_gate_of_a_refused_one() {
    // The reference finds no room behind the two addresses, which admit the client as well.
    let net =
        filled("sg-db", &rules(58, false)).entries("acl-far", &["100 ingress allow all 0.0.0.0/0"]);
    let world = World::on(net)
        .client(json!({"privateIPs": ["10.0.1.10", "10.0.1.11"]}))
        .endpoints([
            endpoint(json!({"name": "a", "admit": "PrivateIP", "addresses": ["10.0.1.20"]})),
            endpoint(json!({"name": "b"})),
        ]);
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 5432 10.0.1.10/32",
            "+ sg-db ingress tcp 5432 10.0.1.11/32"
        ]
    );
    let after = world.after();
    assert_eq!(
        after.additions(),
        [
            "+ acl-far 20000 egress tcp 1024-65535 10.0.1.10/32",
            "+ acl-far 20001 egress tcp 1024-65535 10.0.1.11/32"
        ]
    );
    after.settles();
}

#[test]
fn joining_takes_no_room() {
    let net = filled("sg-db", &rules(59, false)).claimed_rules(
        "sg-db",
        &crate::net::other_owner(),
        &["ingress tcp 5432 sg-ri"],
    );
    let world = World::on(net);
    assert_eq!(world.additions(), ["& sg-db ingress tcp 5432 sg-ri"]);
}

#[test]
fn paths_that_share_a_unit_take_its_room_once_and_go_to_the_next_group_together() {
    for (there, group) in [(59, "sg-db"), (60, "sg-db2")] {
        let net = filled("sg-db", &rules(there, false)).group("sg-db2", &[]);
        let groups = json!({"sameVPC": {"securityGroupIDs": ["sg-db", "sg-db2"]}});
        let addresses = json!(["10.0.2.20", "10.0.2.21", "10.0.2.22"]);
        let world = World::on(net).endpoint(json!({"addresses": addresses, "placement": groups}));
        assert_eq!(
            world.additions(),
            [format!("+ {group} ingress tcp 5432 sg-ri")]
        );
        assert_eq!(world.refusals(), []);
        world.settles();
    }
}

#[test]
fn a_refused_path_takes_no_room_from_the_next() {
    // The path of a finds room in the group and none in the ACL; that of b stays within the client's subnet.
    let net = with_entries(19)
        .group("sg-own", &[])
        .but(|lists| lists.quotas.rules_per_security_group = 1);
    let world = World::on(net)
        .client(json!({"securityGroupIDs": ["sg-own"]}))
        .endpoints([
            endpoint(
                json!({"name": "a", "placement": {"sameVPC": {"securityGroupIDs": ["sg-ri"]}}}),
            ),
            endpoint(json!({
                "name": "b", "addresses": ["10.0.1.20"],
                "placement": {"sameVPC": {"securityGroupIDs": ["sg-ri"]}}
            })),
        ]);
    assert_eq!(
        world.additions(),
        [
            "+ sg-own egress tcp 5432 10.0.1.20/32",
            "+ sg-ri ingress tcp 5432 sg-own"
        ]
    );
    assert_eq!(world.refusals(), [Reason::QuotaExceeded]);
}

/// A large declaration, on groups and ACLs that have room for hardly any of it.
#[test]
fn a_large_declaration_is_planned_in_as_many_rounds_as_forms() {
    let endpoints = (0..32).map(|number| {
        let addresses: Vec<String> = (0..8).map(|host| format!("10.0.2.{}", 20 + host)).collect();
        let ports: Vec<u16> = (0..8).map(|port| 5000 + 10 * number + port).collect();
        endpoint(json!({"name": format!("db-{number}"), "addresses": addresses, "ports": ports}))
    });
    let net = Net::two_subnets()
        .group("sg-own", &[])
        .entries("acl-near", &[])
        .entries("acl-far", &[]);
    let world = World::on(net)
        .client(json!({"securityGroupIDs": ["sg-own"]}))
        .endpoints(endpoints);
    let plan = world.plan();
    assert_eq!(plan.paths.len(), 32 * 8 * 8);
    assert!(plan.refused.len() > 2000);
    assert!(plan.additions().next().is_some());
}
