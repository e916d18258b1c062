//! The shapes that a client and a database have, on each topology where they matter: an instance without known
//! addresses, one with a standby, secondary blocks of a VPC, a database known by its subnets, routes more specific than
//! the local one.

use crate::{
    internet::{behind_nat, by_internet_gateway, near, public, to_public},
    net::{Net, parse, vpc_attachment},
    on_premises::{bridged, by_gateway, by_host, host},
    other_vpc::{ROUTES, attached, far, peered},
    world::World,
};
use dms_network_core::{
    api::Reason,
    snapshot::{Read, ReplicationInstance},
};
use ipnet::IpNet;
use serde_json::{Value, json};

/// A second client subnet in zone b, with an open ACL.
fn with_second(net: Net) -> Net {
    net.subnet("subnet-0b", &["10.0.3.0/24"])
        .open_acl("acl-0b", &["subnet-0b"])
}

/// The client is in one of its two subnets, its addresses are not known: DMS Serverless, or a new instance.
fn anywhere(world: World) -> World {
    let net = with_second(world.net.clone());
    world
        .moved(net)
        .client(json!({"subnetIDs": ["subnet-near", "subnet-0b"], "privateIPs": []}))
}

/// DMS knows the primary at 10.0.1.10 in zone r, with a public address, and a standby in zone b.
fn with_standby(world: World) -> World {
    let instance = ReplicationInstance {
        identifier: "orders-ri".to_owned(),
        status: "available".to_owned(),
        vpc_id: Some(parse("vpc-0a")),
        subnets: ["subnet-near", "subnet-0b"]
            .iter()
            .map(|id| (parse(id), None))
            .collect(),
        security_group_ids: vec![parse("sg-ri")],
        private_ips: vec![parse("10.0.1.10")],
        public_ips: vec![parse("198.51.100.9")],
        availability_zone: Some("eu-west-1r".to_owned()),
        secondary_availability_zone: Some("eu-west-1b".to_owned()),
        multi_az: true,
    };
    let net = with_second(world.net.clone()).but(|lists| {
        lists.replication_instances = Read::Known([(instance.identifier.clone(), instance)].into());
    });
    world
        .moved(net)
        .instance(json!({"instance": {"identifier": "orders-ri"}}))
}

fn on_gateway() -> Net {
    attached(false, ROUTES)
        .subnet("subnet-gwb0b", &["10.0.9.16/28"])
        .open_acl("acl-gwb0b", &["subnet-gwb0b"])
        .attachment(
            "tgw-attach-a",
            vpc_attachment("vpc-0a", &["subnet-gwb0b", "subnet-gwr"]),
        )
}

fn on_proxy() -> World {
    let net = near(&[]).group("sg-proxy", &[]).host(
        "eni-0a",
        "i-0a",
        "subnet-far",
        "10.0.2.5",
        &["sg-proxy"],
        true,
    );
    World::on(net).endpoint(json!({"placement": {"proxy": {
        "host": {"instanceID": "i-0a"}, "listenPort": 15432,
        "behind": {"sameVPC": {"securityGroupIDs": ["sg-db"]}}
    }}}))
}

fn on_vpn_gateway() -> World {
    let net = near(&["172.16.0.0/12 vgw-0a"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .vpn_connection("vpn-0a", "available", "vgw-0a");
    by_gateway(net, "vgw-0a")
}

fn rules(world: &World) -> Vec<String> {
    let all = world.opened().into_iter();
    all.filter(|unit| unit.starts_with("+ sg-")).collect()
}

/// Each topology on which the client's addresses matter, with the rules that are added.
fn topologies() -> Vec<(&'static str, World)> {
    vec![
        ("one VPC", World::on(Net::two_subnets())),
        ("peering", World::on(peered()).endpoint(far(json!(null)))),
        (
            "transit gateway",
            World::on(on_gateway()).endpoint(far(json!(null))),
        ),
        (
            "host",
            by_host(bridged(false, &["172.16.0.0/12 vgw-0a"]), host(json!({}))),
        ),
        ("virtual private gateway", on_vpn_gateway()),
        ("NAT gateway", to_public(behind_nat(&["0.0.0.0/0 igw-0a"]))),
        ("proxy", on_proxy()),
    ]
}

#[test]
fn a_client_without_known_addresses_is_let_in_from_each_of_its_subnets() {
    let rows: [&[&str]; 7] = [
        &["+ sg-db ingress tcp 5432 sg-ri"],
        &["+ sg-b ingress tcp 5432 sg-ri"],
        &[
            "+ sg-b ingress tcp 5432 10.0.1.0/24",
            "+ sg-b ingress tcp 5432 10.0.3.0/24",
        ],
        &[
            "+ sg-host egress tcp 5432 172.16.9.4/32",
            "+ sg-host ingress tcp 5432 sg-ri",
        ],
        &[],
        &[],
        &[
            "+ sg-db ingress tcp 5432 sg-proxy",
            "+ sg-proxy egress tcp 5432 10.0.2.20/32",
            "+ sg-proxy ingress tcp 15432 sg-ri",
        ],
    ];
    for ((topology, world), expected) in topologies().into_iter().zip(rows) {
        let world = anywhere(world);
        assert_eq!(world.paths().len(), 2, "{topology}: {:?}", world.paths());
        assert_eq!(rules(&world), expected, "{topology}");
        world.settles();
    }
}

#[test]
fn the_owners_of_the_far_side_are_told_of_all_subnets_of_a_client_without_known_addresses() {
    let sources = |world: &World| {
        let requirements = world.plan().requirements.into_iter();
        let mut from: Vec<IpNet> = requirements.flat_map(|it| it.allow.from).collect();
        from.sort();
        from.dedup();
        from
    };
    let world = anywhere(on_vpn_gateway());
    assert_eq!(
        sources(&world),
        [parse::<IpNet>("10.0.1.0/24"), parse("10.0.3.0/24")]
    );
    // Behind a NAT gateway they do not matter, and without one there is no address to speak of.
    let world = anywhere(to_public(behind_nat(&["0.0.0.0/0 igw-0a"])));
    assert_eq!(
        sources(&world),
        [parse::<IpNet>("198.51.100.7/32"), parse("198.51.100.8/32")]
    );
    let world = anywhere(to_public(by_internet_gateway()));
    for path in world.paths() {
        assert!(path.ends_with("Blocked NoPublicAddress"), "{path}");
    }
}

#[test]
fn the_subnet_of_a_standby_stands_for_it_on_every_topology_and_is_noted() {
    for (topology, world) in topologies() {
        let world = with_standby(world);
        assert_eq!(world.paths().len(), 2, "{topology}: {:?}", world.paths());
        assert_eq!(
            world.notes(),
            [Reason::SecondaryAddressUnknown],
            "{topology}"
        );
        world.settles();
    }
    let mut endpoint = far(json!(null));
    endpoint["admit"] = json!("PrivateIP");
    for net in [peered(), on_gateway()] {
        let world = with_standby(World::on(net)).endpoint(endpoint.clone());
        assert_eq!(
            rules(&world),
            [
                "+ sg-b ingress tcp 5432 10.0.1.10/32",
                "+ sg-b ingress tcp 5432 10.0.3.0/24"
            ]
        );
    }
}

#[test]
fn the_public_address_of_a_standby_is_left_out_and_its_own_gates_are_judged() {
    let net = || near(&["0.0.0.0/0 igw-0a"]).internet_gateway("igw-0a", &["vpc-0a"]);
    let world = with_standby(to_public(net()));
    assert_eq!(
        world.paths(),
        [
            "db:5432 from subnet-0b to 203.0.113.20/32: Permitted Permitted",
            "db:5432 from subnet-near to 203.0.113.20/32: External FarSideNotOurs",
        ]
    );
    assert_eq!(world.notes(), [Reason::SecondaryAddressUnknown]);
    let requirements = world.plan().requirements;
    assert_eq!(requirements.len(), 1);
    assert_eq!(requirements[0].allow.from, [parse("198.51.100.9/32")]);
    let closed = with_standby(to_public(net()));
    let shut = closed.net.clone().entries("acl-0b", &[]);
    assert!(closed.moved(shut).paths()[0].ends_with("Missing NoNetworkACLEntry"));
    // By an egress-only gateway the standby is noted, too: the block of its subnet stands for it.
    let dual = near(&["::/0 eigw-0a"])
        .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:a:1::/64"])
        .group("sg-ri", &["egress all ::/0"])
        .egress_only_gateway("eigw-0a", &["vpc-0a"]);
    let mut endpoint = public(json!(null));
    endpoint["addresses"] = json!(["2001:db8:ffff::20"]);
    let world = with_standby(World::on(dual)).endpoint(endpoint);
    let net = world
        .net
        .clone()
        .subnet("subnet-0b", &["10.0.3.0/24", "2001:db8:a:3::/64"])
        .but(|lists| {
            let Read::Known(instances) = &mut lists.replication_instances else {
                return;
            };
            let instance = instances.values_mut().next().unwrap();
            instance.private_ips.push(parse("2001:db8:a:1::10"));
        });
    let world = world.moved(net);
    assert_eq!(world.notes(), [Reason::SecondaryAddressUnknown]);
    assert_eq!(world.paths().len(), 2);
}

/// Both VPCs have a second block: 10.8.0.0/16 with the client's subnet in it, 10.9.0.0/16 with the database's.
fn secondary(net: Net) -> Net {
    net.vpc("vpc-0a", &["10.0.0.0/16", "10.8.0.0/16"])
        .vpc("vpc-0b", &["10.1.0.0/16", "10.9.0.0/16"])
        .subnet("subnet-near", &["10.8.1.0/24"])
        .subnet_of("vpc-0b", "subnet-b", &["10.9.2.0/24"])
}

fn between_secondary(net: Net, admit: &str) -> World {
    let mut endpoint = far(json!(null));
    endpoint["addresses"] = json!(["10.9.2.20"]);
    endpoint["admit"] = json!(admit);
    let mut net = secondary(net);
    net.group_mut("sg-ri").rules.clear();
    World::on(net)
        .client(json!({"privateIPs": ["10.8.1.10"]}))
        .endpoint(endpoint)
}

#[test]
fn over_a_peering_the_block_that_holds_an_end_is_routed_and_opened() {
    let routes = (
        &["10.1.0.0/16 pcx-0a", "10.9.0.0/16 pcx-0a"][..],
        &["10.0.0.0/16 pcx-0a", "10.8.0.0/16 pcx-0a"][..],
    );
    let net = |(near, far): (&[&str], &[&str])| {
        let cidrs = ["10.1.0.0/16", "10.9.0.0/16"];
        Net::two_vpcs(near, far).peering("pcx-0a", "active", "vpc-0b", &cidrs)
    };
    let world = between_secondary(net(routes), "VPCCIDR");
    assert_eq!(
        world.opened(),
        [
            "+ sg-b ingress tcp 5432 10.8.0.0/16",
            "+ sg-ri egress tcp 5432 10.9.0.0/16"
        ]
    );
    world.settles();
    // A route to the first block alone leads nowhere.
    let out = between_secondary(net((&["10.1.0.0/16 pcx-0a"], routes.1)), "Auto");
    assert_eq!(out.verdict(), "Blocked NoRoute");
    assert!(
        out.closed_route()
            .contains("--destination-cidr-block 10.9.0.0/16")
    );
    let back = between_secondary(net((routes.0, &["10.0.0.0/16 pcx-0a"])), "Auto");
    assert_eq!(back.verdict(), "Blocked NoReturnRoute");
    assert!(
        back.closed_route()
            .contains("--destination-cidr-block 10.8.0.0/16")
    );
}

impl World {
    /// The remedy of the first route that is not open.
    fn closed_route(&self) -> String {
        let gates = self.gates().into_iter();
        let mut routes = gates.filter(|gate| gate.gate.to_string() == "Route");
        let closed = routes.find(|gate| gate.reason != Reason::Permitted);
        closed.unwrap().remedy.unwrap()
    }
}

#[test]
fn over_a_transit_gateway_the_block_that_holds_an_end_is_routed() {
    let net = |routes: &[&str]| {
        let near = ["10.9.0.0/16 tgw-0a"];
        Net::two_vpcs(&near, &["10.8.0.0/16 tgw-0a"])
            .transit_gateway("tgw-0a", false, routes)
            .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
            .attachment("tgw-attach-b", vpc_attachment("vpc-0b", &["subnet-b"]))
    };
    let both = &["10.9.0.0/16 tgw-attach-b", "10.8.0.0/16 tgw-attach-a"];
    let world = between_secondary(net(both), "VPCCIDR");
    assert_eq!(
        world.opened(),
        [
            "+ sg-b ingress tcp 5432 10.8.0.0/16",
            "+ sg-ri egress tcp 5432 10.9.2.20/32"
        ]
    );
    world.settles();
    let first = between_secondary(net(&["10.1.0.0/16 tgw-attach-b"]), "Auto");
    assert_eq!(first.verdict(), "Blocked TransitGatewayNoRoute");
}

#[test]
fn within_one_vpc_a_secondary_block_is_local_and_admitted_by_its_own_block() {
    let net = |routes: &[&str]| {
        Net::two_subnets()
            .vpc("vpc-0a", &["10.0.0.0/16", "10.8.0.0/16"])
            .subnet("subnet-near", &["10.8.1.0/24"])
            .main_table(routes)
    };
    let world = |routes: &[&str]| {
        World::on(net(routes))
            .client(json!({"privateIPs": ["10.8.1.10"]}))
            .endpoint(json!({"admit": "VPCCIDR"}))
    };
    let local = world(&["10.0.0.0/16 local", "10.8.0.0/16 local"]);
    assert_eq!(local.additions(), ["+ sg-db ingress tcp 5432 10.8.0.0/16"]);
    local.settles();
    let half = world(&["10.0.0.0/16 local"]);
    assert_eq!(half.verdict(), "Blocked NoReturnRoute");
}

#[test]
fn a_database_known_by_its_subnets_is_reached_in_another_vpc() {
    let endpoint = |subnets: &[&str]| {
        let mut endpoint = far(json!(null));
        endpoint["addresses"] = Value::Null;
        endpoint["placement"]["otherVPC"]["subnetIDs"] = json!(subnets);
        endpoint
    };
    let second = |mut net: Net| {
        net = net
            .subnet_of("vpc-0b", "subnet-2b", &["10.1.4.0/24"])
            .open_acl("acl-b2", &["subnet-2b"])
            .but(|lists| {
                if let Read::Known(tables) = &mut lists.route_tables {
                    let table = tables.get_mut(&parse("rtb-b")).unwrap();
                    table.subnet_ids.push(parse("subnet-2b"));
                }
            });
        net.acl_mut("acl-b2").vpc_id = parse("vpc-0b");
        net.group_mut("sg-ri").rules.clear();
        net
    };
    let peering = World::on(second(peered())).endpoint(endpoint(&["subnet-b", "subnet-2b"]));
    assert_eq!(peering.paths().len(), 2);
    assert_eq!(
        peering.opened(),
        [
            "+ sg-b ingress tcp 5432 sg-ri",
            "+ sg-ri egress tcp 5432 10.1.0.0/16"
        ]
    );
    peering.settles();
    let gateway =
        World::on(second(attached(false, ROUTES))).endpoint(endpoint(&["subnet-b", "subnet-2b"]));
    assert_eq!(
        rules(&gateway),
        [
            "+ sg-b ingress tcp 5432 10.0.1.10/32",
            "+ sg-ri egress tcp 5432 10.1.2.0/24",
            "+ sg-ri egress tcp 5432 10.1.4.0/24"
        ]
    );
    gateway.settles();
}

#[test]
fn a_route_more_specific_than_local_is_met_before_a_host_a_nat_gateway_and_a_proxy() {
    let local = "10.0.0.0/16 local";
    let detour = |subnet: &str| format!("{subnet} vpce-fw");
    let table =
        |net: Net, id: &str, subnet: &str, routes: &[&str]| net.table(id, &[subnet], routes);
    // On the way back from the host's and the NAT gateway's subnet to the client.
    let back = detour("10.0.1.0/24");
    let host = table(
        bridged(false, &["172.16.0.0/12 vgw-0a"]),
        "rtb-host",
        "subnet-host",
        &[local, &back, "172.16.0.0/12 vgw-0a"],
    );
    let nat = table(
        behind_nat(&["0.0.0.0/0 igw-0a"]),
        "rtb-nat",
        "subnet-nat",
        &[local, &back, "0.0.0.0/0 igw-0a"],
    );
    // On the way to the proxy, and from it to the database.
    let proxy = on_proxy();
    let towards = detour("10.0.2.0/24");
    let net = table(
        proxy.net.clone(),
        "rtb-near",
        "subnet-near",
        &[local, &towards],
    );
    let worlds = [
        by_host(host, crate::on_premises::host(json!({}))),
        to_public(nat),
        proxy.moved(net),
    ];
    for world in worlds {
        let settled = world.settles();
        let walk = settled.walk();
        assert!(
            walk.iter()
                .any(|gate| gate.starts_with("Middlebox vpce-fw")),
            "{walk:?}"
        );
        let requirements = settled.plan().requirements;
        let of_firewall = requirements
            .iter()
            .filter(|it| it.who.to_string() == "FirewallOwner");
        assert_eq!(of_firewall.count(), 1, "{walk:?}");
    }
}
