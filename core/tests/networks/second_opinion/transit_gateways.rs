//! Amazon VPC Transit Gateways: "How network ACLs work with transit gateways"
//! (<https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html>), "Amazon VPC attachments"
//! (<https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html>), "How transit gateways work"
//! (<https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html>) and the example "Isolated VPCs"
//! (<https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-isolated.html>).
//!
//! All subnets of one zone end in the same letter; only where a page tells zones apart are there two.

use super::{
    ask,
    ground::{at_site, in_other_vpc, to_other_vpc, two_vpcs},
};
use crate::{
    net::{Net, parse, vpc_attachment},
    world::World,
};
use dms_network_core::snapshot::{
    AttachedResource, Read, TransitGatewayAttachment, TransitGatewayRoute, TransitGatewayRouteTable,
};
use serde_json::json;

const ARRIVES: &str = "arrives from 10.0.1.10";
pub(super) const ROUTES: &[&str] = &[
    "10.0.0.0/16 tgw-attach-a propagated",
    "172.31.0.0/16 tgw-attach-b propagated",
];

/// Both VPCs on `tgw-0a`, each by a subnet of its own (`subnet-transfer`, `subnet-farther`) with an open ACL.
pub(super) fn attached(routes: &[&str]) -> Net {
    two_vpcs(&["172.31.0.0/16 tgw-0a"], &["10.0.0.0/16 tgw-0a"])
        .subnet("subnet-transfer", &["10.0.9.0/28"])
        .open_acl("acl-transfer", &["subnet-transfer"])
        .subnet_of("vpc-0b", "subnet-farther", &["172.31.9.0/28"])
        .open_acl_of("vpc-0b", "acl-farther", &["subnet-farther"])
        .table_of(
            "vpc-0b",
            "rtb-farther",
            &["subnet-farther"],
            &["172.31.0.0/16 local"],
        )
        .transit_gateway("tgw-0a", false, routes)
        .attachment(
            "tgw-attach-a",
            vpc_attachment("vpc-0a", &["subnet-transfer"]),
        )
        .attachment(
            "tgw-attach-b",
            vpc_attachment("vpc-0b", &["subnet-farther"]),
        )
}

/// An ACL with a deny before all else.
fn denying(acl: &str, deny: &str) -> World {
    to_other_vpc(attached(ROUTES).acl(acl, &[], &[deny]))
}

pub(super) fn change(
    net: Net,
    id: &str,
    change: impl FnOnce(&mut TransitGatewayAttachment),
) -> Net {
    net.but(|lists| {
        if let Read::Known(attachments) = &mut lists.transit_gateway_attachments {
            change(attachments.get_mut(&parse(id)).unwrap());
        }
    })
}

/// The example of "How transit gateways work": the blocks of the VPCs propagate to one table: all reach each other.
#[test]
fn attachments_whose_blocks_propagate_to_one_table_reach_each_other() {
    ask(to_other_vpc(attached(ROUTES))).finds("Permitted", ARRIVES);
}

/// "Different subnets", the instance's subnet: outbound rules evaluate traffic to the gateway by its destination.
#[test]
fn the_instance_s_subnet_judges_what_goes_to_the_gateway_by_destination() {
    ask(denying("acl-near", "1 egress deny all 172.31.2.0/24")).finds(
        "Blocked BlockedByDeny: NetworkACLEgress acl-near",
        "Out acl-near: network ACL egress",
    );
    ask(denying("acl-near", "1 egress deny all 10.0.9.0/28")).finds("Permitted", ARRIVES);
}

/// "Different subnets", the instance's subnet: inbound rules evaluate traffic from the gateway by its source.
#[test]
fn the_instance_s_subnet_judges_what_comes_from_the_gateway_by_source() {
    ask(denying("acl-other", "1 ingress deny all 10.0.1.0/24")).finds(
        "Blocked BlockedByDeny: NetworkACLIngress acl-other",
        "Out acl-other: network ACL ingress",
    );
    ask(denying("acl-other", "1 ingress deny all 172.31.9.0/28")).finds("Permitted", ARRIVES);
    ask(denying("acl-near", "1 ingress deny all 172.31.2.0/24")).finds(
        "Blocked BlockedByDeny: NetworkACLIngress acl-near Return",
        "Back acl-near: network ACL ingress of the answer",
    );
}

/// "Different subnets", the gateway's subnet: inbound rules evaluate traffic from the instances to the gateway by its
/// source; outbound rules do not evaluate it.
#[test]
fn the_gateway_s_subnet_judges_what_goes_to_the_gateway_on_its_way_in_alone() {
    ask(denying("acl-transfer", "1 ingress deny all 10.0.1.0/24")).finds(
        "Blocked BlockedByDeny: NetworkACLIngress acl-transfer",
        "Out acl-transfer: network ACL ingress",
    );
    ask(denying("acl-transfer", "1 egress deny all 172.31.0.0/16")).finds("Permitted", ARRIVES);
}

/// "Different subnets", the gateway's subnet: outbound rules evaluate traffic from the gateway to the instances by its
/// destination; inbound rules do not evaluate it.
#[test]
fn the_gateway_s_subnet_judges_what_comes_from_the_gateway_on_its_way_out_alone() {
    ask(denying("acl-farther", "1 egress deny all 172.31.2.0/24")).finds(
        "Blocked BlockedByDeny: NetworkACLEgress acl-farther",
        "Out acl-farther: network ACL egress",
    );
    ask(denying("acl-farther", "1 ingress deny all 10.0.0.0/16")).finds("Permitted", ARRIVES);
}

/// "Different subnets": the answer is traffic from the instances of the other VPC to the gateway, and from the gateway
/// to those of ours: closed subnets of the gateway need both.
#[test]
fn closed_subnets_of_the_gateway_get_an_entry_for_each_way() {
    let net = attached(ROUTES)
        .entries("acl-transfer", &[])
        .entries("acl-farther", &[])
        .but(|lists| {
            if let Read::Known(acls) = &mut lists.network_acls {
                acls.get_mut(&parse("acl-farther")).unwrap().vpc_id = parse("vpc-0b");
            }
        });
    ask(to_other_vpc(net))
        .finds(
            "Missing NoNetworkACLEntry: NetworkACLIngress acl-transfer",
            "Out acl-transfer: network ACL ingress",
        )
        .mends(
            &[
                "+ acl-farther 20000 egress tcp 5432 172.31.2.20/32",
                "+ acl-farther 20000 ingress tcp 1024-65535 172.31.2.20/32",
                "+ acl-transfer 20000 egress tcp 1024-65535 10.0.1.10/32",
                "+ acl-transfer 20000 ingress tcp 5432 10.0.1.10/32",
            ],
            ARRIVES,
        );
}

/// The attachments in the subnets of the instances.
fn same_subnet(acl: &str, entry: &str) -> World {
    let net = change(attached(ROUTES), "tgw-attach-a", |it| {
        it.resource = vpc_attachment("vpc-0a", &["subnet-near"]);
    });
    let net = change(net, "tgw-attach-b", |it| {
        it.resource = vpc_attachment("vpc-0b", &["subnet-other"]);
    });
    to_other_vpc(net.acl(acl, &[], &[entry]))
}

/// "Same subnet": from the instances to the gateway, outbound rules use the destination, inbound rules the source.
#[test]
fn in_one_subnet_what_goes_to_the_gateway_is_judged_twice() {
    ask(same_subnet("acl-near", "1 egress deny all 172.31.0.0/16")).finds(
        "Blocked BlockedByDeny: NetworkACLEgress acl-near",
        "Out acl-near: network ACL egress",
    );
    ask(same_subnet("acl-near", "1 ingress deny all 10.0.1.0/24")).finds(
        "Blocked BlockedByDeny: NetworkACLIngress acl-near",
        "Out acl-near: network ACL ingress",
    );
}

/// "Same subnet": from the gateway to the instances neither outbound nor inbound rules are evaluated.
#[test]
fn in_one_subnet_what_comes_from_the_gateway_is_not_judged() {
    let rows = [
        ("acl-other", "1 ingress deny all 10.0.0.0/16"),
        ("acl-other", "1 egress deny all 172.31.2.0/24"),
        ("acl-near", "1 ingress deny all 172.31.0.0/16"),
        ("acl-near", "1 egress deny all 10.0.1.0/24"),
    ];
    for (acl, entry) in rows {
        ask(same_subnet(acl, entry)).finds("Permitted", ARRIVES);
    }
}

/// "Amazon VPC attachments", limits: resources of a zone without an attachment cannot reach the gateway.
#[test]
fn a_zone_without_an_attachment_cannot_reach_the_gateway() {
    let elsewhere = |net: Net| {
        net.but(|lists| {
            if let Read::Known(subnets) = &mut lists.subnets {
                let subnet = subnets.get_mut(&parse("subnet-transfer")).unwrap();
                subnet.availability_zone = Some("eu-west-1b".to_owned());
            }
        })
    };
    ask(to_other_vpc(elsewhere(attached(ROUTES)))).finds(
        "Blocked AttachmentMissingInZone: TransitGateway tgw-0a",
        "Out tgw-attach-a: the attachment has no subnet in the zone",
    );
}

/// "Amazon VPC attachments": once a zone is enabled, all of its subnets are reached, not just the specified one; those
/// of the other VPC answer by an attachment in their own zone.
#[test]
fn the_other_zone_of_the_other_vpc_answers_by_an_attachment_of_its_own() {
    let moved = attached(ROUTES).but(|lists| {
        if let Read::Known(subnets) = &mut lists.subnets {
            let subnet = subnets.get_mut(&parse("subnet-other")).unwrap();
            subnet.availability_zone = Some("eu-west-1b".to_owned());
        }
    });
    ask(to_other_vpc(moved)).finds(
        "Blocked AttachmentMissingInZone: TransitGateway tgw-0a Return",
        "Back tgw-attach-b: the attachment has no subnet in the zone",
    );
}

/// "Amazon VPC attachments": in the attachment's subnet the route table must lead on to the destination within the VPC.
#[test]
fn the_table_of_the_attachment_s_subnet_leads_on_within_the_vpc() {
    let net = attached(ROUTES).table_of(
        "vpc-0b",
        "rtb-farther",
        &["subnet-farther"],
        &["172.31.0.0/16 local", "172.31.2.0/24 vpce-fw"],
    );
    ask(to_other_vpc(net)).finds(
        "External InspectedByMiddlebox: Middlebox vpce-fw",
        "arrives from 10.0.1.10 unseen vpce-fw",
    );
}

/// "How transit gateways work", appliance mode: for the life of a flow one zone of the attachment is taken, by a hash:
/// it may be any.
#[test]
fn in_appliance_mode_traffic_may_come_out_in_any_zone() {
    let net = attached(ROUTES)
        .subnet_of("vpc-0b", "subnet-second", &["172.31.9.16/28"])
        .acl("acl-second", &["subnet-second"], &[])
        .table_of(
            "vpc-0b",
            "rtb-second",
            &["subnet-second"],
            &["172.31.0.0/16 local"],
        );
    let net = change(net, "tgw-attach-b", |it| {
        it.resource = vpc_attachment("vpc-0b", &["subnet-farther", "subnet-second"]);
        if let AttachedResource::Vpc {
            details: Some(details),
            ..
        } = &mut it.resource
        {
            details.appliance_mode = true;
        }
    });
    let net = net.but(|lists| {
        if let Read::Known(acls) = &mut lists.network_acls {
            acls.get_mut(&parse("acl-second")).unwrap().vpc_id = parse("vpc-0b");
        }
    });
    ask(to_other_vpc(net))
        .finds(
            "Missing NoNetworkACLEntry: NetworkACLEgress acl-second",
            "arrives from 10.0.1.10 | Out acl-second: network ACL egress",
        )
        .mends(
            &["+ acl-second 20000 egress tcp 5432 172.31.2.20/32"],
            ARRIVES,
        );
}

/// "Amazon VPC attachments": IPv6 is an option of an attachment, and has to be enabled.
#[test]
fn ipv6_passes_only_where_the_attachments_enable_it() {
    let net = |enabled: bool| {
        let mut net = attached(&[
            "2001:db8:a::/48 tgw-attach-a",
            "2001:db8:b::/48 tgw-attach-b",
        ])
        .vpc("vpc-0a", &["10.0.0.0/16", "2001:db8:a::/48"])
        .vpc("vpc-0b", &["172.31.0.0/16", "2001:db8:b::/48"])
        .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:a:1::/64"])
        .subnet_of(
            "vpc-0b",
            "subnet-other",
            &["172.31.2.0/24", "2001:db8:b:2::/64"],
        )
        .main_table(&["2001:db8:a::/48 local", "2001:db8:b::/48 tgw-0a"])
        .interface("eni-ri", "subnet-near", &["2001:db8:a:1::10"], &["sg-ri"])
        .interface(
            "eni-other",
            "subnet-other",
            &["2001:db8:b:2::20"],
            &["sg-other"],
        )
        .group("sg-ri", &["egress all ::/0"])
        .group_of("vpc-0b", "sg-other", &["ingress tcp 5432 2001:db8:a::/48"]);
        for (table, subnet) in [
            ("rtb-other", "subnet-other"),
            ("rtb-farther", "subnet-farther"),
        ] {
            let routes = ["2001:db8:b::/48 local", "2001:db8:a::/48 tgw-0a"];
            net = net.table_of("vpc-0b", table, &[subnet], &routes);
        }
        for id in ["tgw-attach-a", "tgw-attach-b"] {
            net = change(net, id, |it| {
                if let AttachedResource::Vpc {
                    details: Some(details),
                    ..
                } = &mut it.resource
                {
                    details.ipv6 = enabled;
                }
            });
        }
        net
    };
    let to = |net| {
        let world = to_other_vpc(net).client(json!({"privateIPs": ["2001:db8:a:1::10"]}));
        ask(world.endpoint(in_other_vpc("2001:db8:b:2::20")))
    };
    to(net(true)).finds("Permitted", "arrives from 2001:db8:a:1::10");
    to(net(false)).finds(
        "Blocked IPv6NotEnabled: TransitGateway tgw-0a",
        "Out tgw-attach-a: the attachment carries no IPv6",
    );
}

/// "How transit gateways work", route evaluation order: the most specific route first.
#[test]
fn the_most_specific_route_of_the_gateway_wins() {
    let routes = [ROUTES, &["172.31.2.0/24 tgw-attach-a"]].concat();
    ask(to_other_vpc(attached(&routes))).finds(
        "Blocked RouteGoesElsewhere: TransitGateway tgw-0a",
        "Out subnet-transfer: the packet goes round",
    );
}

/// "How transit gateways work", route evaluation order: at the same destination static routes before propagated ones.
#[test]
fn a_static_route_of_the_gateway_wins_over_a_propagated_one() {
    let routes = [
        "10.0.0.0/16 tgw-attach-a propagated",
        "172.31.0.0/16 tgw-attach-a propagated",
        "172.31.0.0/16 tgw-attach-b",
    ];
    ask(to_other_vpc(attached(&routes))).finds("Permitted", ARRIVES);
}

/// "How transit gateways work", routes: a black hole drops what matches it.
#[test]
fn a_black_hole_of_the_gateway_drops_what_it_matches() {
    let routes = [ROUTES, &["172.31.2.0/24 blackhole"]].concat();
    ask(to_other_vpc(attached(&routes))).finds(
        "Blocked RouteNotActive: TransitGateway tgw-0a",
        "Out tgw-rtb-0a: the transit gateway's route is a black hole",
    );
}

/// The example "Isolated VPCs": the VPCs are associated with a table that has the route of the VPN alone
/// (10.99.99.0/24), the VPN with another that has those of the VPCs.
fn isolated() -> Net {
    let net = attached(&["10.99.99.0/24 tgw-attach-v propagated"])
        .main_table(&["10.0.0.0/16 local", "0.0.0.0/0 tgw-0a"])
        .attachment("tgw-attach-v", AttachedResource::Vpn("vpn-0a".into()));
    let route = |block: &str, attachment: &str| TransitGatewayRoute {
        destination: parse(block),
        is_active: true,
        is_static: false,
        attachment_ids: vec![parse(attachment)],
    };
    let table = TransitGatewayRouteTable {
        id: parse("tgw-rtb-vpn"),
        transit_gateway_id: parse("tgw-0a"),
        routes: Read::Known(vec![
            route("10.0.0.0/16", "tgw-attach-a"),
            route("172.31.0.0/16", "tgw-attach-b"),
        ]),
    };
    let net = net.but(|lists| {
        if let Read::Known(tables) = &mut lists.transit_gateway_route_tables {
            tables.insert(table.id.clone(), table);
        }
    });
    change(net, "tgw-attach-v", |it| {
        it.associated_route_table = Some(parse("tgw-rtb-vpn"))
    })
}

/// "Isolated VPCs": packets to a subnet of another VPC are blocked at the gateway, which has no route for them.
#[test]
fn isolated_vpcs_have_no_route_to_each_other() {
    ask(to_other_vpc(isolated())).finds(
        "Blocked TransitGatewayNoRoute: TransitGateway tgw-0a",
        "Out tgw-rtb-0a: no route in the transit gateway",
    );
}

/// "Isolated VPCs": the network behind the VPN connection is reached, and answers.
#[test]
fn isolated_vpcs_reach_the_network_behind_the_vpn() {
    ask(World::on(isolated()).endpoint(at_site("10.99.99.5", "tgw-0a"))).finds(
        "External FarSideNotOurs: FarSide 10.99.99.5/32",
        "leaves at tgw-attach-v from 10.0.1.10",
    );
}

fn referenced(on_gateway: bool) -> Net {
    let mut net = attached(ROUTES).transit_gateway("tgw-0a", on_gateway, ROUTES);
    net.group_mut("sg-other").rules.clear();
    net.group_of("vpc-0b", "sg-other", &["ingress tcp 5432 sg-ri"])
}

/// "Amazon VPC attachments", security group referencing: off by default on the gateway; enabled there and on both
/// attachments an inbound rule may name a group of the other VPC.
#[test]
fn an_inbound_reference_works_once_the_gateway_enables_it() {
    ask(to_other_vpc(referenced(true))).finds("Permitted", ARRIVES);
    ask(to_other_vpc(referenced(false)))
        .finds(
            "Missing NoSecurityGroupRule: SecurityGroupIngress sg-other",
            "Out sg-other: security group ingress",
        )
        .mends(&["+ sg-other ingress tcp 5432 10.0.1.10/32"], ARRIVES);
}

/// "Amazon VPC attachments", security group referencing: outbound rules cannot reference over a transit gateway.
#[test]
fn an_outbound_reference_never_works_over_a_transit_gateway() {
    let mut net = referenced(true);
    net.group_mut("sg-ri").rules.clear();
    ask(to_other_vpc(
        net.group("sg-ri", &["egress tcp 5432 sg-other"]),
    ))
    .finds(
        "Missing NoSecurityGroupRule: SecurityGroupEgress sg-ri",
        "Out sg-ri: security group egress",
    )
    .mends(&["+ sg-ri egress tcp 5432 172.31.2.20/32"], ARRIVES);
}

/// Amazon VPC Transit Gateways, "Amazon VPC attachments", security group referencing
/// (<https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html>): it is not supported for attachments in the
/// zone `use1-az3`.
#[test]
fn a_reference_does_not_work_in_the_zone_that_does_not_support_it() {
    let mut net = attached(ROUTES).transit_gateway("tgw-0a", true, ROUTES);
    net.group_mut("sg-other").rules.clear();
    let net = net
        .group_of("vpc-0b", "sg-other", &["ingress tcp 5432 sg-ri"])
        .but(|lists| {
            if let Read::Known(subnets) = &mut lists.subnets {
                for subnet in subnets.values_mut() {
                    subnet.availability_zone_id = Some("use1-az3".to_owned());
                }
            }
        });
    let question = ask(to_other_vpc(net));
    question.finds(
        "Missing NoSecurityGroupRule: SecurityGroupIngress sg-other",
        "Out sg-other: security group ingress",
    );
    question.mends(&["+ sg-other ingress tcp 5432 10.0.1.10/32"], ARRIVES);
}
