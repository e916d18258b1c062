//! Routes within the VPC: local, more specific, closed, elsewhere.

use crate::{
    internet::{behind_nat, by_internet_gateway, managed, near, public, to_public},
    net::Net,
    on_premises::{by_gateway, by_host},
    world::World,
};
use dms_network_core::{api::Who, snapshot::Read};
use serde_json::json;

const LOCAL: &str = "10.0.0.0/16 local";

/// The client's subnet with a table of its own.
fn out_by(routes: &[&str]) -> World {
    let net = Net::two_subnets().group("sg-db", &["ingress tcp 5432 10.0.0.0/16"]);
    World::on(net.table("rtb-near", &["subnet-near"], &[&[LOCAL], routes].concat()))
}

/// The database's subnet with a table of its own.
fn back_by(routes: &[&str]) -> World {
    let net = Net::two_subnets().group("sg-db", &["ingress tcp 5432 10.0.0.0/16"]);
    World::on(net.table("rtb-far", &["subnet-far"], &[&[LOCAL], routes].concat()))
}

#[test]
fn which_route_decides_on_the_way_out() {
    let rows: [(&[&str], &str); 12] = [
        (&[], "Permitted Permitted"),
        (
            &["0.0.0.0/0 igw-0a", "10.0.0.0/8 tgw-0a"],
            "Permitted Permitted",
        ),
        (&["10.0.2.0/24 eni-fw"], "External InspectedByMiddlebox"),
        (&["10.0.2.0/24 i-fw"], "External InspectedByMiddlebox"),
        (&["10.0.2.0/24 vpce-fw"], "External InspectedByMiddlebox"),
        (&["10.0.2.0/24 core-network"], "External NotSeenThrough"),
        (&["10.0.2.0/24 nat-0a"], "Blocked RouteGoesElsewhere"),
        (&["10.0.2.0/24 pcx-0a"], "Blocked RouteGoesElsewhere"),
        // The longest prefix wins whatever its state.
        (&["10.0.2.0/24 eni-fw blackhole"], "Blocked RouteNotActive"),
        (&["10.0.2.0/24 eni-fw filtered"], "Blocked RouteNotActive"),
        (&["10.0.0.0/16 tgw-0a propagated"], "Permitted Permitted"),
        (
            &["10.0.2.20/32 eni-fw", "10.0.2.0/24 tgw-0a"],
            "External InspectedByMiddlebox",
        ),
    ];
    for (routes, verdict) in rows {
        assert_eq!(out_by(routes).verdict(), verdict, "{routes:?}");
    }
}

#[test]
fn which_route_decides_on_the_way_back() {
    let rows: [(&[&str], &str); 5] = [
        (&[], "Permitted Permitted"),
        (&["10.0.1.0/24 eni-fw"], "External InspectedByMiddlebox"),
        (&["10.0.1.0/24 tgw-0a"], "Blocked RouteGoesElsewhere"),
        (&["10.0.1.10/32 eni-fw blackhole"], "Blocked RouteNotActive"),
        (&["10.0.2.0/24 eni-fw"], "Permitted Permitted"),
    ];
    for (routes, verdict) in rows {
        assert_eq!(back_by(routes).verdict(), verdict, "{routes:?}");
    }
}

#[test]
fn no_route_is_told_by_its_direction() {
    let net = Net::two_subnets().group("sg-db", &["ingress tcp 5432 10.0.0.0/16"]);
    let out = World::on(net.clone().table("rtb-near", &["subnet-near"], &[]));
    assert_eq!(out.verdict(), "Blocked NoRoute");
    let back = World::on(net.clone().table("rtb-far", &["subnet-far"], &[]));
    assert_eq!(back.verdict(), "Blocked NoReturnRoute");
    let no_table = net.but(|lists| lists.route_tables = Read::Known([].into()));
    assert_eq!(World::on(no_table).verdict(), "Blocked RouteTableNotFound");
}

#[test]
fn a_closed_route_says_what_it_does_and_the_command_that_mends_it() {
    let gate = out_by(&["10.0.2.0/24 tgw-0a"]).closed();
    assert_eq!(gate.resource, "rtb-near");
    assert_eq!(gate.evidence, ["10.0.2.0/24 -> tgw-0a"]);
    assert!(
        gate.message.contains("takes 10.0.2.20/32 to tgw-0a"),
        "{}",
        gate.message
    );
    let command =
        "aws ec2 delete-route --route-table-id rtb-near --destination-cidr-block 10.0.2.0/24";
    assert!(gate.remedy.unwrap().ends_with(command));
    let gate = out_by(&["10.0.2.0/24 eni-fw blackhole"]).closed();
    assert!(gate.remedy.unwrap().ends_with(command));
}

#[test]
fn one_route_back_is_one_gate_for_all_sources() {
    let world = back_by(&[]).client(json!({"privateIPs": ["10.0.1.10", "10.0.1.77"]}));
    let gates = world.gates();
    let back: Vec<_> = gates
        .iter()
        .filter(|gate| gate.resource == "rtb-far")
        .collect();
    assert_eq!(back.len(), 1);
    assert!(
        back[0].message.contains("10.0.1.10/32, 10.0.1.77/32"),
        "{}",
        back[0].message
    );
}

#[test]
fn a_block_that_routes_divide_is_several_paths() {
    let world = out_by(&["10.0.2.0/25 eni-fw", "10.0.2.192/26 tgw-0a"])
        .endpoint(json!({"addresses": ["10.0.2.0/24"]}));
    assert_eq!(
        world.paths(),
        [
            "db:5432 from subnet-near to 10.0.2.0/25: External InspectedByMiddlebox",
            "db:5432 from subnet-near to 10.0.2.128/26: Permitted Permitted",
            "db:5432 from subnet-near to 10.0.2.192/26: Blocked RouteGoesElsewhere",
        ]
    );
}

#[test]
fn behind_a_middlebox_the_address_admits_and_its_owner_gets_the_requirement() {
    let net = Net::two_subnets().group("sg-own", &[]).table(
        "rtb-near",
        &["subnet-near"],
        &[LOCAL, "10.0.2.0/24 eni-fw"],
    );
    let world = World::on(net).client(json!({"securityGroupIDs": ["sg-own"]}));
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 5432 10.0.1.10/32",
            "+ sg-own egress tcp 5432 10.0.2.20/32"
        ]
    );
    let after = world.settles();
    assert_eq!(after.verdict(), "External InspectedByMiddlebox");
    assert_eq!(
        after.walk()[2..4],
        [
            "Route rtb-near Permitted",
            "Middlebox eni-fw InspectedByMiddlebox"
        ]
    );
    let requirements = after.plan().requirements;
    assert_eq!(requirements.len(), 1);
    assert_eq!(requirements[0].who, Who::FirewallOwner);
    assert_eq!(requirements[0].allow.port, 5432);
}

#[test]
fn a_group_reference_counts_for_nothing_behind_a_middlebox() {
    let net = Net::two_subnets()
        .group("sg-db", &["ingress tcp 5432 sg-ri"])
        .table("rtb-near", &["subnet-near"], &[LOCAL, "10.0.2.0/24 eni-fw"]);
    assert_eq!(
        World::on(net).additions(),
        ["+ sg-db ingress tcp 5432 10.0.1.10/32"]
    );
}

#[test]
fn egress_through_a_middlebox_names_the_subnet_of_a_database_without_addresses() {
    let net = Net::two_subnets().group("sg-own", &[]).table(
        "rtb-near",
        &["subnet-near"],
        &[LOCAL, "10.0.2.0/24 eni-fw"],
    );
    let world = World::on(net)
        .client(json!({"securityGroupIDs": ["sg-own"]}))
        .endpoint(json!({
            "addresses": null,
            "placement": {"sameVPC": {"securityGroupIDs": ["sg-db"], "subnetIDs": ["subnet-far"]}}
        }));
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 5432 10.0.1.10/32",
            "+ sg-own egress tcp 5432 10.0.2.0/24"
        ]
    );
    world.settles();
}

#[test]
fn prefix_lists_lead_where_their_entries_are() {
    let world = |entries: Option<&[&str]>, routes: &[&str]| {
        let mut world = out_by(routes);
        world.net = world.net.prefix_list("pl-0a", 10, entries).prefix_list(
            "pl-0b",
            10,
            Some(&["10.0.2.0/24"]),
        );
        world.verdict()
    };
    let here: Option<&[&str]> = Some(&["10.0.2.0/24"]);
    let elsewhere: Option<&[&str]> = Some(&["10.9.0.0/16"]);
    assert_eq!(
        world(here, &["pl-0a eni-fw"]),
        "External InspectedByMiddlebox"
    );
    assert_eq!(world(elsewhere, &["pl-0a eni-fw"]), "Permitted Permitted");
    assert_eq!(world(None, &["pl-0a eni-fw"]), "Unknown NotObserved");
    // Of several unread lists the same is named, in whatever order the routes come.
    let two_unread = |routes: &[&str]| {
        let mut world = out_by(routes);
        let net = world.net.prefix_list("pl-0a", 10, None);
        world.net = net.prefix_list("pl-0b", 10, None);
        world.closed().message
    };
    assert!(two_unread(&["pl-0a eni-fw", "pl-0b eni-fw"]).contains("pl-0a"));
    assert!(two_unread(&["pl-0b eni-fw", "pl-0a eni-fw"]).contains("pl-0a"));
    // A host route of the table's own cannot be beaten by any entry.
    assert_eq!(
        world(None, &["pl-0a tgw-0a", "10.0.2.20/32 eni-fw"]),
        "External InspectedByMiddlebox"
    );
    assert_eq!(
        world(here, &["pl-0a eni-fw", "pl-0b eni-fw2"]),
        "Blocked AmbiguousRoute"
    );
    assert_eq!(
        world(here, &["pl-0a eni-fw", "pl-0b eni-fw"]),
        "External InspectedByMiddlebox"
    );
    assert_eq!(
        world(here, &["pl-0a tgw-0a", "10.0.2.0/24 eni-fw"]),
        "External InspectedByMiddlebox"
    );
}

#[test]
fn a_subnet_without_a_table_of_its_own_uses_the_main_one() {
    let net = Net::two_subnets()
        .group("sg-db", &["ingress tcp 5432 10.0.0.0/16"])
        .main_table(&[LOCAL, "10.0.2.0/24 eni-fw"]);
    assert_eq!(World::on(net).verdict(), "External InspectedByMiddlebox");
}

#[test]
fn a_path_blocked_by_a_route_gets_no_additions_and_keeps_what_is_owned_for_it() {
    let net = Net::two_subnets()
        .claimed_rules("sg-db", &crate::net::owner(), &["ingress tcp 5432 sg-ri"])
        .entries("acl-far", &[])
        .table("rtb-near", &["subnet-near"], &[LOCAL, "10.0.2.0/24 tgw-0a"]);
    let world = World::on(net).holding(&["sg-db ingress tcp 5432 sg-ri"]);
    assert_eq!(world.verdict(), "Blocked RouteGoesElsewhere");
    assert_eq!(world.additions(), Vec::<String>::new());
    assert_eq!(world.releases(), Vec::<String>::new());
}

/// Of what leads out of a VPC, each kind of target that nobody can see through, on each topology that leaves it.
#[test]
fn what_cannot_be_seen_through_on_the_way_out_is_its_owner_s_and_the_walk_goes_on_behind_it() {
    let out = |target: &str| {
        near(&[&format!("172.16.0.0/12 {target}")]).vpn_gateway("vgw-0a", &["vpc-0a"])
    };
    let rows = [
        ("vpce-fw", "InspectedByMiddlebox"),
        ("core-network", "NotSeenThrough"),
    ];
    for (target, reason) in rows {
        let (site, host) = (
            by_gateway(out(target), "vgw-0a"),
            json!({"networkInterfaceID": "eni-0a"}),
        );
        for world in [site, by_host(out(target), host)] {
            let walk = world.walk();
            assert_eq!(
                walk[2..5],
                [
                    "Route rtb-main Permitted".to_owned(),
                    format!("Middlebox {target} {reason}"),
                    "FarSide 172.16.9.4/32 FarSideNotOurs".to_owned(),
                ]
            );
            assert_eq!(
                world.plan().requirements.len(),
                2,
                "its owner's and the site's"
            );
        }
        let internet = to_public(near(&[&format!("0.0.0.0/0 {target}")]));
        assert_eq!(internet.verdict(), format!("External {reason}"));
        // What a NAT gateway sends by a firewall keeps the NAT gateway's address.
        let nat = to_public(behind_nat(&[&format!("0.0.0.0/0 {target}")]));
        let after = nat.settles();
        assert!(
            after
                .walk()
                .contains(&format!("Middlebox {target} {reason}"))
        );
        assert!(
            after
                .walk()
                .contains(&"FarSide 203.0.113.20/32 FarSideNotOurs".to_owned())
        );
    }
    let ours = json!({"vpcID": "vpc-0b", "securityGroupIDs": ["sg-b"]});
    let net = managed(by_internet_gateway(), &["0.0.0.0/0 vpce-fw"]);
    let after = World::on(net).endpoint(public(ours)).settles();
    assert_eq!(after.verdict(), "External InspectedByMiddlebox");
}

/// An edge table takes what comes in to a firewall first.
#[test]
fn an_edge_table_that_catches_the_client_s_subnet_brings_the_answers_through_a_firewall() {
    let edge = |gateway: &str, routes: &[&str], net: Net| {
        net.table("rtb-edge", &[], routes).but(|lists| {
            if let Read::Known(tables) = &mut lists.route_tables {
                let edge = tables.get_mut(&"rtb-edge".parse().unwrap()).unwrap();
                edge.gateway_ids = vec![gateway.to_owned()];
            }
        })
    };
    let caught = &[LOCAL, "10.0.1.0/24 vpce-fw"];
    let to_site = || near(&["172.16.0.0/12 vgw-0a"]).vpn_gateway("vgw-0a", &["vpc-0a"]);
    for world in [
        to_public(edge("igw-0a", caught, by_internet_gateway())),
        by_gateway(edge("vgw-0a", caught, to_site()), "vgw-0a"),
    ] {
        assert!(
            world
                .walk()
                .contains(&"Middlebox rtb-edge Return InspectedByMiddlebox".to_owned()),
            "{:?}",
            world.walk()
        );
        let requirements = world.plan().requirements;
        assert!(requirements.iter().any(|it| it.who == Who::FirewallOwner));
    }
    let past = edge(
        "igw-0a",
        &[LOCAL, "10.0.7.0/24 vpce-fw"],
        by_internet_gateway(),
    );
    assert!(
        !to_public(past)
            .walk()
            .iter()
            .any(|gate| gate.contains("rtb-edge"))
    );
}
