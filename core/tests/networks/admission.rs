//! The forms in which the database's group admits the client.

use crate::{net::Net, world::World};
use serde_json::json;

/// Both ACLs closed, so that their entries show, too.
fn admitting(admit: &str) -> World {
    let net = Net::two_subnets()
        .entries("acl-near", &[])
        .entries("acl-far", &[]);
    World::on(net).endpoint(json!({"admit": admit}))
}

/// What is added at the database's group and at the ACL in front of it, without the numbers.
fn at_the_database(world: &World) -> Vec<String> {
    let plan = world.plan();
    let units = plan.additions().map(|(unit, _)| unit.to_string());
    units
        .filter(|text| text.starts_with("sg-db") || text.starts_with("acl-far"))
        .collect()
}

#[test]
fn each_form_names_the_client_its_own_way_and_the_acls_follow() {
    let rows = [
        ("Auto", "sg-ri", "10.0.1.10/32"),
        ("SecurityGroup", "sg-ri", "10.0.1.10/32"),
        ("PrivateIP", "10.0.1.10/32", "10.0.1.10/32"),
        ("SubnetCIDR", "10.0.1.0/24", "10.0.1.0/24"),
        ("VPCCIDR", "10.0.0.0/16", "10.0.0.0/16"),
    ];
    for (admit, peer, block) in rows {
        let world = admitting(admit);
        assert_eq!(
            at_the_database(&world),
            [
                format!("sg-db ingress tcp 5432 {peer}"),
                format!("acl-far ingress tcp 5432 {block}"),
                format!("acl-far egress tcp 1024-65535 {block}"),
            ],
            "{admit}"
        );
        world.settles();
    }
}

#[test]
fn of_a_client_without_known_addresses_the_subnets_are_named() {
    let world = admitting("Auto").client(json!({"privateIPs": []}));
    assert_eq!(
        at_the_database(&world),
        [
            "sg-db ingress tcp 5432 sg-ri",
            "acl-far ingress tcp 5432 10.0.1.0/24",
            "acl-far egress tcp 1024-65535 10.0.1.0/24",
        ]
    );
    world.settles();
}

#[test]
fn a_form_that_cannot_work_blocks_and_says_which_can() {
    let middlebox = |world: World| {
        let net = world.net.clone();
        let routes = ["10.0.0.0/16 local", "10.0.2.0/24 eni-fw"];
        world.moved(net.table("rtb-near", &["subnet-near"], &routes))
    };
    let unknown = |world: World| world.client(json!({"privateIPs": []}));
    let rows = [
        (
            middlebox(admitting("SecurityGroup")),
            "PrivateIP, SubnetCIDR, VPCCIDR can",
        ),
        (
            middlebox(unknown(admitting("SecurityGroup"))),
            "the group; SubnetCIDR, VPCCIDR can",
        ),
        (
            unknown(admitting("PrivateIP")),
            "SecurityGroup, SubnetCIDR, VPCCIDR can",
        ),
        (
            admitting("PublicIP"),
            "SecurityGroup, PrivateIP, SubnetCIDR, VPCCIDR can",
        ),
        (
            admitting("NATGateway"),
            "SecurityGroup, PrivateIP, SubnetCIDR, VPCCIDR can",
        ),
    ];
    for (world, which) in rows {
        assert_eq!(world.verdict(), "Blocked AdmitFormCannotWork");
        let gates = world.gates();
        let gate = gates
            .iter()
            .find(|g| g.gate.to_string() == "Declaration")
            .unwrap();
        assert!(gate.message.ends_with(which), "{}", gate.message);
        assert_eq!(gate.resource, "spec.endpoints[0].admit");
        assert_eq!(world.additions(), Vec::<String>::new());
    }
}

#[test]
fn admit_says_what_to_add_and_never_what_must_be_there() {
    let world = admitting("SecurityGroup");
    let net = Net::two_subnets().group("sg-db", &["ingress tcp 5432 10.0.1.10/32"]);
    assert_eq!(world.moved(net).verdict(), "Permitted Permitted");
}

#[test]
fn a_form_that_needs_the_vpc_is_unknown_while_the_vpc_was_not_read() {
    let world = admitting("VPCCIDR");
    let unread = dms_network_core::snapshot::Read::not_in_snapshot("ec2:DescribeVpcs");
    let net = world.net.clone().but(|lists| lists.vpcs = unread);
    assert_eq!(world.moved(net.clone()).verdict(), "Unknown NotObserved");
    assert_eq!(
        admitting("Auto").moved(net).verdict(),
        "Missing NoNetworkACLEntry"
    );
}
