//! Modes, endings, and the forms in which a plan is told.

use crate::{
    net::{Net, owner},
    world::{World, endpoint},
};
use dms_network_core::{
    api::{Action, Reason},
    plan::Outlook,
    snapshot::Read,
};
use serde_json::json;

const UNIT: &str = "sg-db ingress tcp 5432 sg-ri";

#[test]
fn what_a_plan_comes_to() {
    let net = Net::two_subnets;
    let open = || net().group("sg-db", &["ingress tcp 5432 sg-ri"]);
    let middlebox = ["10.0.0.0/16 local", "10.0.2.0/24 eni-fw"];
    let rows = [
        (World::on(net()), Outlook::RulesMissing),
        (World::on(net()).mode("AddOnly"), Outlook::RulesMissing),
        (World::on(net()).mode("Plan"), Outlook::PlanMode),
        (World::on(open()), Outlook::Permitted),
        (World::on(open()).mode("Plan"), Outlook::Permitted),
        (
            World::on(open())
                .mode("Plan")
                .holding(&["sg-db ingress tcp 22 sg-ri"]),
            Outlook::PlanMode,
        ),
        (
            World::on(open()).holding(&["sg-db ingress tcp 22 sg-ri"]),
            Outlook::Permitted,
        ),
        (
            World::on(
                net()
                    .group("sg-db", &["ingress all 0.0.0.0/0"])
                    .main_table(&middlebox),
            ),
            Outlook::PermittedWithRequirements,
        ),
        (
            World::on(open().main_table(&[])),
            Outlook::Stalled(Reason::NoRoute),
        ),
        (
            World::on(net())
                .endpoint(json!({"placement": {"sameVPC": {"securityGroupIDs": ["sg-later"]}}})),
            Outlook::Waiting(Reason::SecurityGroupNotFound),
        ),
        // What will come is waited for before a person is called.
        (
            World::on(open()).endpoints([
                endpoint(json!({"name": "lost", "addresses": ["10.0.9.9"]})),
                endpoint(json!({
                    "name": "later", "placement": {"sameVPC": {"securityGroupIDs": ["sg-later"]}}
                })),
            ]),
            Outlook::Waiting(Reason::SecurityGroupNotFound),
        ),
        // What can be added comes first, whatever else is blocked.
        (
            World::on(net()).endpoints([
                endpoint(json!({})),
                endpoint(json!({"name": "lost", "addresses": ["10.0.9.9"]})),
            ]),
            Outlook::RulesMissing,
        ),
    ];
    for (world, outlook) in rows {
        assert_eq!(world.outlook(), outlook, "{:?}", world.paths());
    }
}

#[test]
fn a_blocked_path_holds_back_no_other() {
    let world = World::on(Net::two_subnets()).endpoints([
        endpoint(json!({})),
        endpoint(json!({"name": "lost", "addresses": ["10.0.9.9"]})),
    ]);
    assert_eq!(world.additions(), [format!("+ {UNIT}")]);
    assert_eq!(
        world.after().outlook(),
        Outlook::Stalled(Reason::AddressNotInSubnet)
    );
}

#[test]
fn an_object_that_ended_releases_all_that_it_holds_and_nothing_else() {
    let net = Net::two_subnets().claimed_rules("sg-db", &owner(), &["ingress tcp 5432 sg-ri"]);
    let mut world = World::on(net).holding(&[UNIT]);
    world.ended = true;
    assert_eq!(world.additions(), Vec::<String>::new());
    assert_eq!(world.releases(), [UNIT]);
    assert_eq!(world.outlook(), Outlook::Expired);
}

#[test]
fn the_document_tells_additions_removals_and_what_is_left() {
    let net = Net::two_subnets()
        .entries("acl-far", &["100 egress allow all 0.0.0.0/0"])
        .claimed_entry(
            "acl-far",
            &owner(),
            "20003 ingress allow tcp 22 10.0.1.10/32",
        );
    let world = World::on(net).holding(&["acl-far ingress tcp 22 10.0.1.10/32"]);
    let document = world.document();
    assert_eq!(
        (document.namespace.as_str(), document.name.as_str()),
        ("migrations", "orders")
    );
    assert_eq!(
        (document.ready, document.reason),
        (false, Reason::RulesMissing)
    );
    assert_eq!(document.additions.len(), 2);
    assert!(
        document
            .additions
            .iter()
            .all(|change| change.action == Action::Create)
    );
    assert_eq!(document.removals.len(), 1);
    assert_eq!(document.removals[0].action, Action::Delete);
    assert_eq!(document.removals[0].rule_number, Some(20003));
    assert_eq!(world.mode("AddOnly").document().removals.len(), 0);
}

#[test]
fn what_is_open_and_not_declared_any_more_says_nothing_of_the_old_endpoint() {
    let world = World::on(Net::two_subnets()).settles();
    let changed = world.endpoint(json!({"name": "renamed"}));
    assert_eq!(changed.additions(), Vec::<String>::new());
    assert_eq!(changed.releases(), Vec::<String>::new());
    let plan = changed.plan();
    let names: Vec<String> = plan
        .units
        .values()
        .next()
        .unwrap()
        .endpoints
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["renamed"]);
}

/// A network that reaches every gate, and the same with every list turned round.
#[test]
fn the_order_of_what_was_read_and_declared_changes_no_byte() {
    let net = Net::two_subnets()
        .subnet("subnet-near2", &["10.0.3.0/24"])
        .acl(
            "acl-near",
            &["subnet-near2"],
            &[
                "90 ingress deny tcp 3389 10.0.0.0/8",
                "20010 egress allow tcp 1 10.0.0.0/8",
            ],
        )
        .entries(
            "acl-far",
            &[
                "95 egress deny tcp 3389 10.0.0.0/8",
                "99 egress allow tcp 40000-50000 10.0.1.0/25",
            ],
        )
        .prefix_list("pl-0a", 10, Some(&["10.0.2.0/25"]))
        .prefix_list("pl-0b", 10, Some(&["10.0.2.0/25"]))
        .prefix_list("pl-0c", 10, Some(&["10.0.2.0/25"]))
        .table(
            "rtb-near",
            &["subnet-near"],
            &[
                "10.0.0.0/16 local",
                "pl-0a eni-a",
                "pl-0b eni-b",
                "pl-0c eni-c",
                "10.0.2.192/26 eni-fw",
            ],
        )
        .group(
            "sg-own",
            &["egress tcp 5432 10.0.2.0/26", "egress all pl-0a"],
        )
        .claimed_rules("sg-own", &owner(), &["egress tcp 5432 10.0.2.128/25"])
        .interface(
            "eni-ri",
            "subnet-near",
            &["10.0.1.10"],
            &["sg-ri", "sg-own"],
        );
    let world = World::on(net)
        .client(json!({
            "subnetIDs": ["subnet-near", "subnet-near2"], "securityGroupIDs": ["sg-own"],
            "privateIPs": ["10.0.1.10", "10.0.1.11", "10.0.3.5"]
        }))
        .endpoints([
            endpoint(json!({"name": "a", "addresses": ["10.0.2.0/24", "10.0.9.0/24"], "admit": "PrivateIP"})),
            endpoint(json!({"name": "b", "ports": [1521, 1522]})),
        ]);
    let mut turned = world.clone();
    let lists = &mut turned.net.lists;
    let (Read::Known(groups), Read::Known(acls), Read::Known(tables)) = (
        &mut lists.security_groups,
        &mut lists.network_acls,
        &mut lists.route_tables,
    ) else {
        panic!()
    };
    groups.values_mut().for_each(|group| group.rules.reverse());
    acls.values_mut().for_each(|acl| acl.entries.reverse());
    tables.values_mut().for_each(|table| table.routes.reverse());
    turned.spec["endpoints"].as_array_mut().unwrap().reverse();
    for endpoint in turned.spec["endpoints"].as_array_mut().unwrap() {
        for list in ["ports", "addresses"] {
            endpoint[list].as_array_mut().unwrap().reverse();
        }
    }
    let network = &mut turned.spec["replicationInstance"]["network"];
    for list in ["subnetIDs", "privateIPs"] {
        network[list].as_array_mut().unwrap().reverse();
    }
    let text = |world: &World| {
        let text = serde_json::to_string_pretty(&world.document()).unwrap();
        // Where an endpoint stands in the declaration is told as it is.
        text.replace("spec.endpoints[0]", "spec.endpoints[*]")
            .replace("spec.endpoints[1]", "spec.endpoints[*]")
    };
    assert_eq!(text(&world), text(&turned));
    assert!(world.document().additions.len() > 4);
}
