//! Amazon VPC Peering Guide: "VPC peering basics"
//! (<https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html>, limitations and lifecycle), "VPC peering
//! configurations with specific routes"
//! (<https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-partial-access.html>), "… with routes to an
//! entire VPC" (<https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-full-access.html>) and "Update
//! your security groups to reference peer security groups"
//! (<https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html>).

use super::{
    ask,
    ground::{at_site, in_other_vpc, peered, to_internet, to_other_vpc, two_vpcs},
};
use crate::{
    net::{Net, parse},
    world::World,
};
use dms_network_core::snapshot::Read;
use serde_json::json;

const ARRIVES: &str = "arrives from 10.0.1.10";
const THERE: &[&str] = &["172.31.0.0/16 pcx-0a"];
const BACK: &[&str] = &["10.0.0.0/16 pcx-0a"];
const NOT_THERE: &str = "Out pcx-0a: the destination is not in the peer VPC";

/// "VPC peering configurations with routes to an entire VPC", two VPCs: each table has the block of the other VPC.
#[test]
fn two_vpcs_speak_when_each_table_has_the_block_of_the_other() {
    ask(to_other_vpc(peered(THERE, BACK))).finds("Permitted", ARRIVES);
    ask(to_other_vpc(peered(&[], BACK)))
        .finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
    ask(to_other_vpc(peered(THERE, &[]))).finds(
        "Blocked NoReturnRoute: Route rtb-other Return",
        "Back rtb-other: no route",
    );
}

/// "VPC peering configurations with routes to an entire VPC", multiple CIDRs: a block of the other VPC without a route
/// is not reached.
#[test]
fn each_block_of_the_other_vpc_needs_a_route() {
    let net = |routes: &[&str]| {
        two_vpcs(routes, BACK)
            .vpc("vpc-0b", &["172.31.0.0/16", "172.30.0.0/16"])
            .subnet_of("vpc-0b", "subnet-other", &["172.30.2.0/24"])
            .interface("eni-other", "subnet-other", &["172.30.2.20"], &["sg-other"])
            .table_of(
                "vpc-0b",
                "rtb-other",
                &["subnet-other"],
                &[
                    "172.31.0.0/16 local",
                    "172.30.0.0/16 local",
                    "10.0.0.0/16 pcx-0a",
                ],
            )
            .peering(
                "pcx-0a",
                "active",
                "vpc-0b",
                &["172.31.0.0/16", "172.30.0.0/16"],
            )
    };
    let to = |net| ask(World::on(net).endpoint(in_other_vpc("172.30.2.20")));
    to(net(THERE)).finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
    to(net(&["172.31.0.0/16 pcx-0a", "172.30.0.0/16 pcx-0a"])).finds("Permitted", ARRIVES);
}

/// The example of "Routing to a VPC peering connection" in the VPC guide: 2001:db8:1234:1a00::/56 and
/// 2001:db8:5678:2b00::/56 (<https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html>).
#[test]
fn ipv6_over_a_peering_connection_needs_routes_of_its_own() {
    let net = |near: &[&str], far: &[&str]| {
        let near = [
            &["10.0.0.0/16 local", "2001:db8:1234:1a00::/56 local"],
            THERE,
            near,
        ]
        .concat();
        let far = [
            &["172.31.0.0/16 local", "2001:db8:5678:2b00::/56 local"],
            BACK,
            far,
        ]
        .concat();
        two_vpcs(&[], &[])
            .vpc("vpc-0a", &["10.0.0.0/16", "2001:db8:1234:1a00::/56"])
            .vpc("vpc-0b", &["172.31.0.0/16", "2001:db8:5678:2b00::/56"])
            .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:1234:1a01::/64"])
            .subnet_of(
                "vpc-0b",
                "subnet-other",
                &["172.31.2.0/24", "2001:db8:5678:2b02::/64"],
            )
            .main_table(&near)
            .table_of("vpc-0b", "rtb-other", &["subnet-other"], &far)
            .interface(
                "eni-ri",
                "subnet-near",
                &["2001:db8:1234:1a01::10"],
                &["sg-ri"],
            )
            .interface(
                "eni-other",
                "subnet-other",
                &["2001:db8:5678:2b02::20"],
                &["sg-other"],
            )
            .group("sg-ri", &["egress all ::/0"])
            .group_of(
                "vpc-0b",
                "sg-other",
                &["ingress tcp 5432 2001:db8:1234:1a00::/56"],
            )
            .peering_of(
                "pcx-0a",
                ("vpc-0a", &["10.0.0.0/16", "2001:db8:1234:1a00::/56"]),
                ("vpc-0b", &["172.31.0.0/16", "2001:db8:5678:2b00::/56"]),
            )
    };
    let to = |net| {
        let world = World::on(net).client(json!({"privateIPs": ["2001:db8:1234:1a01::10"]}));
        ask(world.endpoint(in_other_vpc("2001:db8:5678:2b02::20")))
    };
    let there = &["2001:db8:5678:2b00::/56 pcx-0a"];
    let back = &["2001:db8:1234:1a00::/56 pcx-0a"];
    to(net(there, back)).finds("Permitted", "arrives from 2001:db8:1234:1a01::10");
    to(net(&[], back)).finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
}

/// "VPC peering connection lifecycle": traffic can flow in the state active alone. One between VPCs that overlap is
/// failed from the start.
#[test]
fn traffic_flows_over_an_active_peering_connection_alone() {
    let states = [
        "initiating-request",
        "failed",
        "pending-acceptance",
        "expired",
        "rejected",
        "provisioning",
        "deleting",
        "deleted",
    ];
    for state in states {
        let net = two_vpcs(THERE, BACK).peering("pcx-0a", state, "vpc-0b", &["172.31.0.0/16"]);
        ask(to_other_vpc(net)).finds(
            "Blocked PeeringNotActive: VPCPeering pcx-0a",
            "Out pcx-0a: the peering connection is not active",
        );
    }
}

/// "VPC peering limitations", transitive peering: from VPC B (`vpc-0a` here) to VPC C (`vpc-0c`) through VPC A
/// (`vpc-0b`) no traffic is routed, whatever the tables say.
#[test]
fn peering_is_not_transitive() {
    let net = peered(&["10.2.0.0/16 pcx-0a"], BACK)
        .vpc("vpc-0c", &["10.2.0.0/16"])
        .subnet_of("vpc-0c", "subnet-third", &["10.2.2.0/24"])
        .open_acl_of("vpc-0c", "acl-third", &["subnet-third"])
        .table_of(
            "vpc-0c",
            "rtb-third",
            &["subnet-third"],
            &["10.2.0.0/16 local", "10.0.0.0/16 pcx-0c"],
        )
        .group_of("vpc-0c", "sg-third", &["ingress tcp 5432 10.0.0.0/16"])
        .interface("eni-third", "subnet-third", &["10.2.2.20"], &["sg-third"])
        .peering_of(
            "pcx-0c",
            ("vpc-0b", &["172.31.0.0/16"]),
            ("vpc-0c", &["10.2.0.0/16"]),
        );
    let world = World::on(net).endpoint(json!({"addresses": ["10.2.2.20"], "placement": {
        "otherVPC": {"vpcID": "vpc-0c", "securityGroupIDs": ["sg-third"]}
    }}));
    ask(world).finds("Blocked NotInPeerCIDR: VPCPeering pcx-0a", NOT_THERE);
}

/// "VPC peering limitations", edge to edge routing: the internet gateway of the peer VPC cannot be used.
#[test]
fn the_internet_gateway_of_a_peer_vpc_cannot_be_used() {
    let net = peered(
        &["0.0.0.0/0 pcx-0a"],
        &["10.0.0.0/16 pcx-0a", "0.0.0.0/0 igw-0b"],
    )
    .internet_gateway("igw-0b", &["vpc-0b"])
    .public_ip("eni-ri", "198.51.100.9");
    ask(to_internet(net)).finds("Blocked RouteGoesElsewhere: Route rtb-main", NOT_THERE);
}

/// "VPC peering limitations", edge to edge routing: a VPN or Direct Connect connection of the peer VPC cannot be used.
#[test]
fn the_connection_of_a_peer_vpc_to_a_corporate_network_cannot_be_used() {
    let net = peered(
        &["192.168.0.0/16 pcx-0a"],
        &["10.0.0.0/16 pcx-0a", "192.168.0.0/16 vgw-0b"],
    )
    .vpn_gateway("vgw-0b", &["vpc-0b"])
    .vpn_connection("vpn-0b", "available", "vgw-0b");
    ask(World::on(net).endpoint(at_site("192.168.9.4", "vgw-0b")))
        .finds("Blocked RouteGoesElsewhere: Route rtb-main", NOT_THERE);
}

/// "VPC peering configurations with specific routes", specific subnets: the table leads to one subnet of the peer VPC;
/// the other one is not reached.
#[test]
fn a_route_to_one_subnet_of_the_peer_vpc_leads_to_no_other() {
    let net = peered(&["172.31.2.0/24 pcx-0a"], BACK)
        .subnet_of("vpc-0b", "subnet-further", &["172.31.3.0/24"])
        .open_acl_of("vpc-0b", "acl-further", &["subnet-further"])
        .table_of(
            "vpc-0b",
            "rtb-further",
            &["subnet-further"],
            &["172.31.0.0/16 local", "10.0.0.0/16 pcx-0a"],
        )
        .interface(
            "eni-further",
            "subnet-further",
            &["172.31.3.20"],
            &["sg-other"],
        );
    ask(to_other_vpc(net.clone())).finds("Permitted", ARRIVES);
    ask(World::on(net).endpoint(in_other_vpc("172.31.3.20")))
        .finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
}

/// "VPC peering configurations with specific routes", specific instances: each table leads to a single address.
#[test]
fn routes_to_single_addresses_limit_peering_to_two_instances() {
    let net = peered(&["172.31.2.20/32 pcx-0a"], &["10.0.1.10/32 pcx-0a"]);
    ask(to_other_vpc(net.clone())).finds("Permitted", ARRIVES);
    let neighbour =
        net.clone()
            .interface("eni-other", "subnet-other", &["172.31.2.21"], &["sg-other"]);
    ask(World::on(neighbour).endpoint(in_other_vpc("172.31.2.21")))
        .finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
    let another = net.interface("eni-ri", "subnet-near", &["10.0.1.11"], &["sg-ri"]);
    let world = to_other_vpc(another).client(json!({"privateIPs": ["10.0.1.11"]}));
    ask(world).finds(
        "Blocked NoReturnRoute: Route rtb-other Return",
        "Back rtb-other: no route",
    );
}

/// "VPC peering configurations with specific routes", routing for response traffic: VPC A (`vpc-0b` here, with the
/// server) is peered with VPC B (`vpc-0a`, with the client) and with VPC C, which has the same block; these are its
/// routes. VPC C has an instance at the client's address.
fn answered_by(routes: &[&str]) -> World {
    let net = peered(THERE, routes)
        .vpc("vpc-0c", &["10.0.0.0/16"])
        .subnet_of("vpc-0c", "subnet-twin", &["10.0.1.0/24"])
        .open_acl_of("vpc-0c", "acl-twin", &["subnet-twin"])
        .table_of(
            "vpc-0c",
            "rtb-twin",
            &["subnet-twin"],
            &["10.0.0.0/16 local", "172.31.0.0/16 pcx-0c"],
        )
        .group_of("vpc-0c", "sg-twin", &["ingress all 0.0.0.0/0"])
        .interface("eni-twin", "subnet-twin", &["10.0.1.10"], &["sg-twin"])
        .peering_of(
            "pcx-0c",
            ("vpc-0b", &["172.31.0.0/16"]),
            ("vpc-0c", &["10.0.0.0/16"]),
        );
    to_other_vpc(net)
}

/// "Routing for response traffic": the instance with the same address in VPC C gets the answer, that in VPC B none.
#[test]
fn an_answer_goes_where_the_table_leads_and_not_where_the_request_came_from() {
    ask(answered_by(&["10.0.0.0/16 pcx-0c"])).finds(
        "Blocked RouteGoesElsewhere: VPCPeering pcx-0c Return",
        "Back vpc-0c: it answers nothing that was asked",
    );
}

/// "Routing for response traffic": a more specific route to the client's subnet brings the answer home.
#[test]
fn a_route_to_the_client_s_subnet_brings_the_answer_home() {
    ask(answered_by(&["10.0.0.0/16 pcx-0c", "10.0.1.0/24 pcx-0a"])).finds("Permitted", ARRIVES);
}

/// "Routing for response traffic": so does a route to the client's very address.
#[test]
fn a_route_to_the_client_s_address_brings_the_answer_home() {
    ask(answered_by(&["10.0.0.0/16 pcx-0c", "10.0.1.10/32 pcx-0a"])).finds("Permitted", ARRIVES);
}

/// "One VPC that accesses two VPCs using longest prefix matches": VPC B (`vpc-0b`) and VPC C (`vpc-0c`) have the same
/// block; one address leads to the instance in VPC B, all others to VPC C.
#[test]
fn the_longest_prefix_leads_to_one_instance_and_all_others_lie_in_the_twin() {
    let net = peered(&["172.31.2.20/32 pcx-0a", "172.31.0.0/16 pcx-0c"], BACK)
        .vpc("vpc-0c", &["172.31.0.0/16"])
        .subnet_of("vpc-0c", "subnet-twin", &["172.31.2.0/24"])
        .open_acl_of("vpc-0c", "acl-twin", &["subnet-twin"])
        .table_of(
            "vpc-0c",
            "rtb-twin",
            &["subnet-twin"],
            &["172.31.0.0/16 local", "10.0.0.0/16 pcx-0c"],
        )
        .group_of("vpc-0c", "sg-twin", &["ingress tcp 5432 10.0.0.0/16"])
        .interface("eni-twin", "subnet-twin", &["172.31.2.21"], &["sg-twin"])
        .peering_of(
            "pcx-0c",
            ("vpc-0a", &["10.0.0.0/16"]),
            ("vpc-0c", &["172.31.0.0/16"]),
        );
    ask(to_other_vpc(net.clone()))
        .finds("Permitted", ARRIVES)
        .takes("172.31.2.20/32 -> pcx-0a");
    let twin = World::on(net).endpoint(json!({"addresses": ["172.31.2.21"], "placement": {
        "otherVPC": {"vpcID": "vpc-0c", "securityGroupIDs": ["sg-twin"]}
    }}));
    ask(twin)
        .finds("Permitted", ARRIVES)
        .takes("172.31.0.0/16 -> pcx-0c");
}

fn by_reference(net: Net) -> Net {
    let mut net = net;
    net.group_mut("sg-other").rules.clear();
    net.group_of("vpc-0b", "sg-other", &["ingress tcp 5432 sg-ri"])
}

/// "Update your security groups to reference peer security groups": within a Region, over an active connection, a group
/// of the peer VPC may be the source.
#[test]
fn a_group_of_the_peer_vpc_may_be_referenced_within_a_region() {
    ask(to_other_vpc(by_reference(peered(THERE, BACK)))).finds("Permitted", ARRIVES);
}

/// "Update your security groups to reference peer security groups": not across Regions; the block of the VPC may.
#[test]
fn no_group_of_a_peer_vpc_in_another_region_may_be_referenced() {
    let across = |net: Net| {
        net.but(|lists| {
            if let Read::Known(peerings) = &mut lists.peerings {
                let peering = peerings.get_mut(&parse("pcx-0a")).unwrap();
                peering.accepter.region = Some(parse("eu-central-1"));
            }
        })
    };
    ask(to_other_vpc(across(by_reference(peered(THERE, BACK)))))
        .finds(
            "Missing NoSecurityGroupRule: SecurityGroupIngress sg-other",
            "Out sg-other: security group ingress",
        )
        .mends(&["+ sg-other ingress tcp 5432 10.0.1.10/32"], ARRIVES);
    ask(to_other_vpc(across(peered(THERE, BACK)))).finds("Permitted", ARRIVES);
}
