//! Where the core and AWS's documents part, and the packet walker shows it. Here the core's answer is stated beside
//! what the page says, so that a change of either is seen.

use super::{
    ask,
    ground::{in_other_vpc, one_vpc, routed, to_internet, two_vpcs, with_appliance},
};
use crate::{
    net::{Net, parse, vpc_attachment},
    world::World,
};
use dms_network_core::{
    api::Reason,
    snapshot::{NatGatewayAddress, Read},
};

/// The networks of that use case: `vpc-0a` and `vpc-0b` both have 10.0.0.0/16;
/// 100.64.1.0/24 and 100.64.2.0/24 are routable. The far end is the load balancer's interface at 100.64.2.20.
fn overlapping() -> Net {
    let (near, far) = (
        ["10.0.0.0/16 local", "100.64.1.0/24 local"],
        ["10.0.0.0/16 local", "100.64.2.0/24 local"],
    );
    one_vpc()
        .vpc("vpc-0a", &["10.0.0.0/16", "100.64.1.0/24"])
        .subnet("subnet-routable", &["100.64.1.0/24"])
        .open_acl("acl-routable", &["subnet-routable"])
        .main_table(&[&near[..], &["100.64.2.0/24 nat-0a"]].concat())
        .table(
            "rtb-routable",
            &["subnet-routable"],
            &[&near[..], &["100.64.2.0/24 tgw-0a"]].concat(),
        )
        .nat_gateway("nat-0a", "subnet-routable", &[], &["100.64.1.4"])
        .vpc("vpc-0b", &["10.0.0.0/16", "100.64.2.0/24"])
        .subnet_of("vpc-0b", "subnet-other", &["100.64.2.0/24"])
        .open_acl_of("vpc-0b", "acl-other", &["subnet-other"])
        .table_of(
            "vpc-0b",
            "rtb-other",
            &["subnet-other"],
            &[&far[..], &["100.64.1.0/24 tgw-0a"]].concat(),
        )
        .group_of(
            "vpc-0b",
            "sg-other",
            &["egress all 0.0.0.0/0", "ingress tcp 5432 100.64.1.0/24"],
        )
        .interface("eni-other", "subnet-other", &["100.64.2.20"], &["sg-other"])
        .transit_gateway(
            "tgw-0a",
            false,
            &["100.64.1.0/24 tgw-attach-a", "100.64.2.0/24 tgw-attach-b"],
        )
        .attachment(
            "tgw-attach-a",
            vpc_attachment("vpc-0a", &["subnet-routable"]),
        )
        .attachment("tgw-attach-b", vpc_attachment("vpc-0b", &["subnet-other"]))
}

/// NAT gateway use cases, "Enable communication between overlapping networks"
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-scenarios.html>): what comes from the transit gateway
/// has the private NAT gateway's address as its source, and the answer goes to that address. The core follows a NAT
/// gateway towards a site and the internet, and not towards another VPC: it finds that the route leads elsewhere, and
/// adds nothing.
#[test]
fn a_private_nat_gateway_towards_another_vpc_is_not_followed() {
    ask(World::on(overlapping()).endpoint(in_other_vpc("100.64.2.20"))).finds(
        "Blocked RouteGoesElsewhere: Route rtb-main",
        "arrives from 100.64.1.4",
    );
}

/// Transit gateway examples, "Centralized outbound routing to the internet"
/// (<https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-nat-igw.html>): the default route of a VPC leads over a
/// transit gateway to a NAT gateway in another one. The core follows `internet` out of the client's own VPC alone: it
/// finds that the route leads elsewhere, and adds nothing.
#[test]
fn the_internet_by_way_of_another_vpc_is_not_followed() {
    let net = two_vpcs(
        &["0.0.0.0/0 tgw-0a"],
        &["10.0.0.0/16 tgw-0a", "0.0.0.0/0 igw-0b"],
    )
    .subnet_of("vpc-0b", "subnet-farther", &["172.31.9.0/28"])
    .open_acl_of("vpc-0b", "acl-farther", &["subnet-farther"])
    .table_of(
        "vpc-0b",
        "rtb-farther",
        &["subnet-farther"],
        &["172.31.0.0/16 local", "0.0.0.0/0 nat-0b"],
    )
    .internet_gateway("igw-0b", &["vpc-0b"])
    .nat_gateway("nat-0b", "subnet-other", &["198.51.100.1"], &["172.31.2.4"])
    .but(|lists| {
        if let Read::Known(gateways) = &mut lists.nat_gateways {
            gateways.get_mut(&parse("nat-0b")).unwrap().vpc_id = parse("vpc-0b");
        }
    })
    .transit_gateway(
        "tgw-0a",
        false,
        &["0.0.0.0/0 tgw-attach-b", "10.0.0.0/16 tgw-attach-a"],
    )
    .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
    .attachment(
        "tgw-attach-b",
        vpc_attachment("vpc-0b", &["subnet-farther"]),
    );
    ask(to_internet(net)).finds(
        "Blocked RouteGoesElsewhere: Route rtb-main",
        "leaves at igw-0b from 198.51.100.1",
    );
}

/// Reachability Analyzer, `INGRESS_RTB_TRAFFIC_REDIRECTION`
/// (<https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html>): a subnet whose traffic an ingress
/// route table redirects to a middlebox cannot use a direct route to the internet gateway. To the core the appliance is
/// a middlebox on the way back, whose owner decides.
#[test]
fn an_edge_route_table_that_redirects_the_answers_is_a_middlebox() {
    let net = with_appliance(routed(&["0.0.0.0/0 igw-0a"]))
        .internet_gateway("igw-0a", &["vpc-0a"])
        .public_ip("eni-ri", "198.51.100.9")
        .table(
            "rtb-edge",
            &[],
            &["10.0.0.0/16 local", "10.0.1.0/24 eni-fw"],
        )
        .but(|lists| {
            if let Read::Known(tables) = &mut lists.route_tables {
                let edge = tables.get_mut(&parse("rtb-edge")).unwrap();
                edge.gateway_ids = vec!["igw-0a".to_owned()];
            }
        });
    let question = ask(to_internet(net));
    question.finds(
        "External FarSideNotOurs: FarSide 203.0.113.20/32",
        "leaves at igw-0a from 198.51.100.9 unseen eni-fw",
    );
    let walk = question.world.walk();
    assert!(
        walk.contains(&"Middlebox rtb-edge Return InspectedByMiddlebox".to_owned()),
        "{walk:?}"
    );
}

/// Reachability Analyzer, `REGIONAL_NGW_ROUTE_AZ_RESTRICTION`: a regional NAT gateway is not registered in the zone
/// that the traffic comes from. "Regional NAT gateways"
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html>) extends one to new zones by itself,
/// and serves them from another zone until then: the core notes it.
#[test]
fn a_regional_nat_gateway_that_is_not_in_the_zone_is_noted() {
    let net = routed(&["0.0.0.0/0 nat-0a"])
        .internet_gateway("igw-0a", &["vpc-0a"])
        .nat_gateway("nat-0a", "subnet-far", &["198.51.100.1"], &[])
        .but(|lists| {
            if let Read::Known(subnets) = &mut lists.subnets {
                let near = subnets.get_mut(&parse("subnet-near")).unwrap();
                near.availability_zone_id = Some("euw1-az1".to_owned());
            }
            if let Read::Known(gateways) = &mut lists.nat_gateways {
                let nat = gateways.get_mut(&parse("nat-0a")).unwrap();
                nat.subnet_id = None;
                nat.is_regional = true;
                nat.addresses = vec![NatGatewayAddress {
                    public_ip: Some(parse("198.51.100.1")),
                    private_ip: None,
                    succeeded: true,
                    availability_zone_id: Some("euw1-az2".to_owned()),
                }];
            }
        });
    let question = ask(to_internet(net));
    question.finds(
        "External FarSideNotOurs: FarSide 203.0.113.20/32",
        "leaves at igw-0a from 198.51.100.1",
    );
    assert_eq!(question.world.notes(), [Reason::NATGatewayNotInZone]);
}
