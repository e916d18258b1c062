//! Transit gateways: zones, associations and route tables.

use super::{at_gateway, names};
use crate::net::{parse, vpc_attachment};
use crate::second_opinion::{
    ask,
    ground::{routed, to_other_vpc},
    transit_gateways::{ROUTES, attached, change},
};
use dms_network_core::{
    api::Reason,
    snapshot::{AttachedResource, Read},
};

#[test]
fn tgw_attach_missing_tgw_rtb_association_an_attachment_without_a_table() {
    let net = change(attached(ROUTES), "tgw-attach-a", |it| {
        it.associated_route_table = None
    });
    ask(to_other_vpc(net)).finds(
        "Blocked TransitGatewayNoRoute: TransitGateway tgw-0a",
        "Out tgw-attach-a: no route table is associated",
    );
}

/// The table of the attachment of a VPN connection leads home; the attachment is going.
#[test]
fn tgw_bad_state_vpn_the_vpn_s_attachment_is_being_deleted() {
    let routes = ["172.16.0.0/12 tgw-attach-v", "10.0.0.0/16 tgw-attach-a"];
    let net = routed(&["172.16.0.0/12 tgw-0a"])
        .transit_gateway("tgw-0a", false, &routes)
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
        .attachment("tgw-attach-v", AttachedResource::Vpn("vpn-0a".into()));
    at_gateway(net.clone(), "tgw-0a").finds(
        "External FarSideNotOurs: FarSide 172.16.9.4/32",
        "leaves at tgw-attach-v from 10.0.1.10",
    );
    let going = change(net, "tgw-attach-v", |it| it.state = "deleting".to_owned());
    at_gateway(going, "tgw-0a").finds(
        "Blocked AttachmentNotAvailable: TransitGateway tgw-0a",
        "Out tgw-attach-v: the attachment is not available",
    );
}

#[test]
fn tgw_route_az_restriction_the_gateway_is_not_in_the_client_s_zone() {
    let net = change(attached(ROUTES), "tgw-attach-a", |it| {
        it.resource = vpc_attachment("vpc-0a", &["subnet-zoneb"]);
    })
    .subnet("subnet-zoneb", &["10.0.8.0/28"])
    .open_acl("acl-zoneb", &["subnet-zoneb"]);
    ask(to_other_vpc(net)).finds(
        "Blocked AttachmentMissingInZone: TransitGateway tgw-0a",
        "Out tgw-attach-a: the attachment has no subnet in the zone",
    );
    names(Reason::AttachmentMissingInZone, "TGW_ROUTE_AZ_RESTRICTION");
}

/// Out, and back: the answer's route is a black hole.
#[test]
fn tgw_rtb_bad_state_route_the_gateway_s_route_back_is_a_black_hole() {
    let routes = [ROUTES, &["10.0.1.0/24 blackhole"]].concat();
    ask(to_other_vpc(attached(&routes))).finds(
        "Blocked RouteNotActive: TransitGateway tgw-0a Return",
        "Back tgw-rtb-0a: the transit gateway's route is a black hole",
    );
}

#[test]
fn tgw_rtb_cannot_route_the_gateway_s_route_is_to_another_block() {
    let routes = ["10.0.0.0/16 tgw-attach-a", "172.31.3.0/24 tgw-attach-b"];
    ask(to_other_vpc(attached(&routes))).finds(
        "Blocked TransitGatewayNoRoute: TransitGateway tgw-0a",
        "Out tgw-rtb-0a: no route in the transit gateway",
    );
}

/// The static route to a site takes what the propagated one of the VPC was to carry.
#[test]
fn tgw_rtb_higher_priority_route_a_static_route_takes_the_block_elsewhere() {
    let routes = [ROUTES, &["172.31.0.0/16 tgw-attach-v"]].concat();
    let net = attached(&routes).attachment("tgw-attach-v", AttachedResource::Vpn("vpn-0a".into()));
    ask(to_other_vpc(net)).finds(
        "Blocked RouteGoesElsewhere: TransitGateway tgw-0a",
        "leaves at tgw-attach-v from 10.0.1.10",
    );
}

#[test]
fn tgw_rtb_more_specific_route_a_narrower_route_takes_the_address_elsewhere() {
    let routes = [ROUTES, &["172.31.2.16/28 tgw-attach-v propagated"]].concat();
    let net = attached(&routes).attachment("tgw-attach-v", AttachedResource::Vpn("vpn-0a".into()));
    ask(to_other_vpc(net)).finds(
        "Blocked RouteGoesElsewhere: TransitGateway tgw-0a",
        "leaves at tgw-attach-v from 10.0.1.10",
    );
}

#[test]
fn tgw_rtb_no_route_to_tgw_attachment_the_table_has_none_out_or_back() {
    ask(to_other_vpc(attached(&ROUTES[..1]))).finds(
        "Blocked TransitGatewayNoRoute: TransitGateway tgw-0a",
        "Out tgw-rtb-0a: no route in the transit gateway",
    );
    ask(to_other_vpc(attached(&ROUTES[1..]))).finds(
        "Blocked TransitGatewayNoRoute: TransitGateway tgw-0a Return",
        "Back tgw-rtb-0a: no route in the transit gateway",
    );
    names(
        Reason::TransitGatewayNoRoute,
        "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT",
    );
}

#[test]
fn tgw_rtb_routes_are_unknown_they_were_not_read() {
    let net = attached(ROUTES).but(|lists| {
        if let Read::Known(tables) = &mut lists.transit_gateway_route_tables {
            tables.get_mut(&parse("tgw-rtb-0a")).unwrap().routes =
                Read::not_in_snapshot("ec2:SearchTransitGatewayRoutes");
        }
    });
    ask(to_other_vpc(net)).finds(
        "Unknown NotObserved: TransitGateway tgw-0a",
        "not known: ec2:SearchTransitGatewayRoutes",
    );
}
