//! Amazon VPC User Guide, "Configure route tables"
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>) and its "Route priority"
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html>): every example of it.

use super::{
    ask,
    ground::{
        admitted, at_site, on_internet, one_vpc, one_vpc_of_ipv6, peered, routed, to_internet,
        to_other_vpc, two_vpcs, with_appliance,
    },
};
use crate::{
    net::{Net, vpc_attachment},
    world::World,
};
use dms_network_core::snapshot::AttachedResource;
use dms_network_walker::{Forwarder, Forwarding};
use serde_json::json;

const ARRIVES: &str = "arrives from 10.0.1.10";

/// The table of "Longest prefix match": 10.0.0.0/16 local, 172.31.0.0/16 to a peering connection, 0.0.0.0/0 to an
/// internet gateway; the client has a public address.
fn three_routes() -> Net {
    let net = peered(
        &["172.31.0.0/16 pcx-0a", "0.0.0.0/0 igw-0a"],
        &["10.0.0.0/16 pcx-0a"],
    );
    admitted(net)
        .internet_gateway("igw-0a", &["vpc-0a"])
        .public_ip("eni-ri", "198.51.100.9")
}

/// "Longest prefix match": what is within 10.0.0.0/16 is covered by the local route.
#[test]
fn within_the_vpc_the_local_route_covers_all() {
    ask(World::on(three_routes()))
        .finds("Permitted", ARRIVES)
        .takes("10.0.0.0/16 -> local");
}

/// "Longest prefix match": 172.31.0.0/16 uses the peering connection, since that route is more specific.
#[test]
fn the_more_specific_route_to_the_peering_connection_is_used() {
    ask(to_other_vpc(three_routes()))
        .finds("Permitted", ARRIVES)
        .takes("172.31.0.0/16 -> pcx-0a");
}

/// "Longest prefix match": all other traffic uses the internet gateway.
#[test]
fn all_other_traffic_uses_the_internet_gateway() {
    ask(to_internet(three_routes()))
        .finds(
            "External FarSideNotOurs: FarSide 203.0.113.20/32",
            "leaves at igw-0a from 198.51.100.9",
        )
        .takes("0.0.0.0/0 -> igw-0a");
}

/// "Route priority and propagated routes": the example: 172.31.0.0/24 propagated to a virtual private gateway and
/// static to an internet gateway: all of it goes to the internet gateway (which carries no private destination).
#[test]
fn a_static_route_to_an_internet_gateway_takes_priority_over_a_propagated_one() {
    let net = routed(&["172.31.0.0/24 vgw-0a propagated", "172.31.0.0/24 igw-0a"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .internet_gateway("igw-0a", &["vpc-0a"])
        .public_ip("eni-ri", "198.51.100.9");
    ask(World::on(net).endpoint(at_site("172.31.0.5", "vgw-0a")))
        .finds(
            "Blocked RouteGoesElsewhere: Route rtb-main",
            "Out igw-0a: the internet carries no private destination",
        )
        .takes("172.31.0.0/24 -> igw-0a");
}

/// "Route priority and propagated routes": a NAT gateway is among the targets of static routes that take priority.
#[test]
fn a_static_route_to_a_nat_gateway_takes_priority_over_a_propagated_one() {
    let net = routed(&["172.31.0.0/24 vgw-0a propagated", "172.31.0.0/24 nat-0a"])
        .subnet("subnet-nat", &["10.0.5.0/28"])
        .open_acl("acl-nat", &["subnet-nat"])
        .table(
            "rtb-nat",
            &["subnet-nat"],
            &["10.0.0.0/16 local", "172.31.0.0/24 vgw-0a"],
        )
        .nat_gateway("nat-0a", "subnet-nat", &[], &["10.0.5.4"])
        .vpn_gateway("vgw-0a", &["vpc-0a"]);
    ask(World::on(net).endpoint(at_site("172.31.0.5", "vgw-0a")))
        .finds(
            "External FarSideNotOurs: FarSide 172.31.0.5/32",
            "leaves at vgw-0a from 10.0.5.4",
        )
        .takes("172.31.0.0/24 -> nat-0a")
        .is_seen_as(&["10.0.5.4/32"]);
}

/// "Route priority and propagated routes": a network interface is among them.
#[test]
fn a_static_route_to_a_network_interface_takes_priority_over_a_propagated_one() {
    let net = routed(&["172.31.0.0/24 vgw-0a propagated", "172.31.0.0/24 eni-host"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .group("sg-host", &["ingress tcp 5432 sg-ri"])
        .host(
            "eni-host",
            "i-host",
            "subnet-far",
            "10.0.2.5",
            &["sg-host"],
            false,
        );
    let world = World::on(net).endpoint(json!({"addresses": ["172.31.0.5"], "placement": {
        "onPremises": {"via": {"host": {
            "instanceID": "i-host", "securityGroupIDs": ["sg-host"], "forwarding": "Tunnel"
        }}}
    }}));
    let tunnel = Forwarder {
        interface: "eni-host".parse().unwrap(),
        forwarding: Forwarding::Tunnel("eni-host".parse().unwrap()),
        source_nat: true,
    };
    ask(world)
        .forwarder(tunnel)
        .finds(
            "External FarSideNotOurs: FarSide 172.31.0.5/32",
            "leaves at eni-host from 10.0.2.5",
        )
        .takes("172.31.0.0/24 -> eni-host");
}

/// "Route priority and propagated routes": a transit gateway is among them.
#[test]
fn a_static_route_to_a_transit_gateway_takes_priority_over_a_propagated_one() {
    let net = routed(&["172.31.0.0/24 vgw-0a propagated", "172.31.0.0/24 tgw-0a"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .transit_gateway(
            "tgw-0a",
            false,
            &["172.31.0.0/24 tgw-attach-v", "10.0.0.0/16 tgw-attach-a"],
        )
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
        .attachment("tgw-attach-v", AttachedResource::Vpn("vpn-0a".into()));
    ask(World::on(net).endpoint(at_site("172.31.0.5", "tgw-0a")))
        .finds(
            "External FarSideNotOurs: FarSide 172.31.0.5/32",
            "leaves at tgw-attach-v from 10.0.1.10",
        )
        .takes("172.31.0.0/24 -> tgw-0a");
}

/// "Route priority and propagated routes": a VPC peering connection is among them.
#[test]
fn a_static_route_to_a_peering_connection_takes_priority_over_a_propagated_one() {
    let net = peered(
        &["172.31.2.0/24 vgw-0a propagated", "172.31.2.0/24 pcx-0a"],
        &["10.0.0.0/16 pcx-0a"],
    );
    ask(to_other_vpc(net.vpn_gateway("vgw-0a", &["vpc-0a"])))
        .finds("Permitted", ARRIVES)
        .takes("172.31.2.0/24 -> pcx-0a");
}

/// "Route priority and propagated routes": a Gateway Load Balancer endpoint is among them.
#[test]
fn a_static_route_to_a_gateway_load_balancer_endpoint_takes_priority_over_a_propagated_one() {
    let net = routed(&["172.31.0.0/24 vgw-0a propagated", "172.31.0.0/24 vpce-fw"])
        .vpn_gateway("vgw-0a", &["vpc-0a"]);
    ask(World::on(net).endpoint(at_site("172.31.0.5", "vgw-0a")))
        .finds(
            "External InspectedByMiddlebox: Middlebox vpce-fw",
            "leaves at vpce-fw from 10.0.1.10 unseen vpce-fw",
        )
        .takes("172.31.0.0/24 -> vpce-fw");
}

/// "Route priority and prefix lists": a static route with a block takes priority over one with a prefix list that holds
/// the same.
#[test]
fn a_static_route_takes_priority_over_one_by_a_prefix_list() {
    let net = peered(
        &["pl-0a vgw-0a", "172.31.2.0/24 pcx-0a"],
        &["10.0.0.0/16 pcx-0a"],
    )
    .vpn_gateway("vgw-0a", &["vpc-0a"])
    .prefix_list("pl-0a", 4, Some(&["172.31.2.0/24"]));
    ask(to_other_vpc(net))
        .finds("Permitted", ARRIVES)
        .takes("172.31.2.0/24 -> pcx-0a");
}

/// "Route priority and prefix lists": a route by a prefix list takes priority over a propagated one that matches it.
#[test]
fn a_route_by_a_prefix_list_takes_priority_over_a_propagated_one() {
    let net = peered(
        &["172.31.2.0/24 vgw-0a propagated", "pl-0a pcx-0a"],
        &["10.0.0.0/16 pcx-0a"],
    )
    .vpn_gateway("vgw-0a", &["vpc-0a"])
    .prefix_list("pl-0a", 4, Some(&["172.31.2.0/24"]));
    ask(to_other_vpc(net))
        .finds("Permitted", ARRIVES)
        .takes("pl-0a -> pcx-0a");
}

/// "Route priority and prefix lists": of routes that overlap the more specific one takes priority always, be they
/// propagated, static or by prefix lists.
#[test]
fn the_more_specific_route_takes_priority_whatever_its_kind() {
    let rows: [(&[&str], &str); 3] = [
        (
            &[
                "172.31.0.0/16 vgw-0a",
                "pl-0a vgw-0a",
                "172.31.2.0/25 pcx-0a propagated",
            ],
            "172.31.2.0/25 -> pcx-0a",
        ),
        (
            &[
                "172.31.0.0/16 vgw-0a",
                "172.31.0.0/22 vgw-0a propagated",
                "pl-0a pcx-0a",
            ],
            "pl-0a -> pcx-0a",
        ),
        (
            &[
                "172.31.2.0/28 pcx-0a",
                "pl-0a pcx-0a",
                "172.31.2.20/32 pcx-0a propagated",
            ],
            "172.31.2.20/32 -> pcx-0a",
        ),
    ];
    for (routes, taken) in rows {
        let net = peered(routes, &["10.0.0.0/16 pcx-0a"])
            .vpn_gateway("vgw-0a", &["vpc-0a"])
            .prefix_list("pl-0a", 4, Some(&["172.31.2.0/24"]));
        ask(to_other_vpc(net))
            .finds("Permitted", ARRIVES)
            .takes(taken);
    }
}

/// "Route priority and prefix lists": of several prefix lists that overlap, with different targets, one is chosen at
/// random and takes priority from then on.
#[test]
fn of_two_prefix_lists_nobody_can_tell_which_takes_priority() {
    let net = peered(&["pl-0a pcx-0a", "pl-0b vgw-0a"], &["10.0.0.0/16 pcx-0a"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .prefix_list("pl-0a", 4, Some(&["172.31.2.0/24"]))
        .prefix_list("pl-0b", 4, Some(&["172.31.2.0/24"]));
    ask(to_other_vpc(net)).finds(
        "Blocked AmbiguousRoute: Route rtb-main",
        "arrives from 10.0.1.10 | leaves at vgw-0a from 10.0.1.10",
    );
}

/// The table of "Routes": 2001:db8:1234:1a00::/56 local, 0.0.0.0/0 to an internet gateway, ::/0 to an egress-only one.
fn dual_stack(ipv6_default: &[&str]) -> Net {
    let routes = [
        &[
            "10.0.0.0/16 local",
            "2001:db8:1234:1a00::/56 local",
            "172.31.0.0/16 pcx-0a",
            "0.0.0.0/0 igw-0a",
        ],
        ipv6_default,
    ]
    .concat();
    one_vpc_of_ipv6()
        .main_table(&routes)
        .group("sg-db", &["ingress tcp 5432 sg-ri"])
        .internet_gateway("igw-0a", &["vpc-0a"])
        .egress_only_gateway("eigw-0a", &["vpc-0a"])
}

fn over_ipv6(net: Net) -> World {
    World::on(net).client(json!({"privateIPs": ["2001:db8:1234:1a01::10"]}))
}

/// "Routes", example: IPv6 within the VPC is covered by the local route.
#[test]
fn ipv6_within_the_vpc_is_covered_by_its_own_local_route() {
    let world = over_ipv6(dual_stack(&["::/0 eigw-0a"]));
    ask(world.endpoint(json!({"addresses": ["2001:db8:1234:1a02::20"]})))
        .finds("Permitted", "arrives from 2001:db8:1234:1a01::10")
        .takes("2001:db8:1234:1a00::/56 -> local");
}

/// "Routes", example: all IPv6 traffic but that within the VPC goes to the egress-only internet gateway.
#[test]
fn all_other_ipv6_goes_to_the_egress_only_internet_gateway() {
    let world = over_ipv6(dual_stack(&["::/0 eigw-0a"]));
    ask(world.endpoint(on_internet("2001:db8:ffff::20")))
        .finds(
            "External FarSideNotOurs: FarSide 2001:db8:ffff::20/128",
            "leaves at eigw-0a from 2001:db8:1234:1a01::10",
        )
        .takes("::/0 -> eigw-0a");
}

/// "Routes": a route with the destination 0.0.0.0/0 does not include IPv6 addresses.
#[test]
fn the_default_route_of_ipv4_is_none_of_ipv6() {
    let world = over_ipv6(dual_stack(&[]));
    ask(world.endpoint(on_internet("2001:db8:ffff::20")))
        .finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
}

/// "Main route table", "Subnet route table association": a subnet without an explicit association uses the main table;
/// one with another table does not.
#[test]
fn a_subnet_uses_the_main_table_unless_it_has_another() {
    let net = peered(&["172.31.0.0/16 pcx-0a"], &["10.0.0.0/16 pcx-0a"]);
    ask(to_other_vpc(net.clone())).finds("Permitted", ARRIVES);
    let own = net.table("rtb-near", &["subnet-near"], &["10.0.0.0/16 local"]);
    ask(to_other_vpc(own)).finds("Blocked NoRoute: Route rtb-near", "Out rtb-near: no route");
}

/// "Routes", rules and considerations: a route to the whole block of a subnet, more specific than the local one, may
/// lead to a network interface.
#[test]
fn a_route_to_a_subnet_takes_priority_over_the_local_route() {
    let net = with_appliance(one_vpc())
        .group("sg-db", &["ingress tcp 5432 10.0.1.0/24"])
        .table(
            "rtb-near",
            &["subnet-near"],
            &["10.0.0.0/16 local", "10.0.2.0/24 eni-fw"],
        );
    ask(World::on(net))
        .finds(
            "External InspectedByMiddlebox: Middlebox eni-fw",
            "arrives from 10.0.1.10 unseen eni-fw",
        )
        .takes("10.0.2.0/24 -> eni-fw");
}

/// "Routing to a VPC peering connection" (<https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html>):
/// the owner of the other VPC must add a route back.
#[test]
fn without_a_route_back_in_the_other_vpc_nothing_is_answered() {
    let net = two_vpcs(&["172.31.0.0/16 pcx-0a"], &[]).peering(
        "pcx-0a",
        "active",
        "vpc-0b",
        &["172.31.0.0/16"],
    );
    ask(to_other_vpc(net)).finds(
        "Blocked NoReturnRoute: Route rtb-other Return",
        "Back rtb-other: no route",
    );
}

/// "Routing for a middlebox appliance" (<https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html>):
/// the target of the local route may be replaced: all traffic to other subnets goes to the appliance. Within the subnet
/// it does not.
#[test]
fn a_local_route_may_lead_to_an_appliance() {
    let net = with_appliance(one_vpc())
        .group("sg-db", &["ingress tcp 5432 10.0.1.0/24"])
        .table("rtb-near", &["subnet-near"], &["10.0.0.0/16 eni-fw"]);
    ask(World::on(net.clone())).finds(
        "External InspectedByMiddlebox: Middlebox eni-fw",
        "arrives from 10.0.1.10 unseen eni-fw",
    );
    let beside = net.interface("eni-db", "subnet-near", &["10.0.1.20"], &["sg-db"]);
    ask(World::on(beside).endpoint(json!({"addresses": ["10.0.1.20"]})))
        .finds("Permitted", ARRIVES);
}

/// AWS Site-to-Site VPN User Guide, "Route tables and AWS Site-to-Site VPN route priority"
/// (<https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html>): where a route that was propagated from a VPN
/// or Direct Connect connection overlaps the local route, the local route is preferred, however specific the other.
#[test]
fn the_local_route_is_preferred_to_what_is_propagated_within_it() {
    let net = routed(&["10.0.2.0/24 vgw-0a propagated"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .vpn_connection("vpn-0a", "available", "vgw-0a");
    ask(World::on(admitted(net.clone())))
        .finds("Permitted", ARRIVES)
        .takes("10.0.0.0/16 -> local");
    ask(World::on(net).endpoint(at_site("10.0.2.20", "vgw-0a"))).finds(
        "Blocked RouteGoesElsewhere: Route rtb-main",
        "Out sg-db: security group ingress",
    );
}
