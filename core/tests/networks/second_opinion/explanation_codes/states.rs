//! Components, attachments, routes and VPN connections that are in no functional state.

use super::{BACK, THERE, at_gateway, names};
use crate::net::parse;
use crate::second_opinion::{
    ask,
    ground::{peered, routed, to_internet, to_other_vpc, two_vpcs},
    transit_gateways::{ROUTES, attached, change},
};
use dms_network_core::{api::Reason, snapshot::Read};

#[test]
fn bad_state_a_peering_connection_that_was_rejected() {
    let net = two_vpcs(THERE, BACK).peering("pcx-0a", "rejected", "vpc-0b", &["172.31.0.0/16"]);
    ask(to_other_vpc(net)).finds(
        "Blocked PeeringNotActive: VPCPeering pcx-0a",
        "Out pcx-0a: the peering connection is not active",
    );
    names(Reason::PeeringNotActive, "BAD_STATE");
}

#[test]
fn bad_state_a_nat_gateway_that_failed() {
    let net = routed(&["0.0.0.0/0 nat-0a"])
        .internet_gateway("igw-0a", &["vpc-0a"])
        .nat_gateway("nat-0a", "subnet-far", &["198.51.100.1"], &["10.0.2.4"])
        .but(|lists| {
            if let Read::Known(gateways) = &mut lists.nat_gateways {
                gateways.get_mut(&parse("nat-0a")).unwrap().state = "failed".to_owned();
            }
        });
    ask(to_internet(net)).finds(
        "Blocked NATGatewayNotAvailable: NATGateway nat-0a",
        "Out nat-0a: the NAT gateway is not available",
    );
    names(Reason::NATGatewayNotAvailable, "BAD_STATE");
}

#[test]
fn bad_state_attachment_an_internet_gateway_of_another_vpc() {
    let net = routed(&["0.0.0.0/0 igw-0a"])
        .internet_gateway("igw-0a", &["vpc-0c"])
        .public_ip("eni-ri", "198.51.100.9");
    ask(to_internet(net)).finds(
        "Blocked InternetGatewayDetached: InternetGateway igw-0a",
        "Out igw-0a: the internet gateway is not attached",
    );
    names(Reason::InternetGatewayDetached, "BAD_STATE_ATTACHMENT");
}

/// `VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS`, too: a virtual private gateway takes nothing from a VPC without an
/// available attachment.
#[test]
fn bad_state_attachment_a_virtual_private_gateway_of_another_vpc() {
    let net = routed(&["172.16.0.0/12 vgw-0a"]).vpn_gateway("vgw-0a", &["vpc-0c"]);
    at_gateway(net, "vgw-0a").finds(
        "Blocked GatewayNotAttached: VPNGateway vgw-0a",
        "Out vgw-0a: the virtual private gateway is not attached",
    );
    names(Reason::GatewayNotAttached, "BAD_STATE_ATTACHMENT");
}

#[test]
fn bad_state_attachment_an_attachment_that_was_not_accepted() {
    let net = change(attached(ROUTES), "tgw-attach-a", |it| {
        it.state = "pendingAcceptance".to_owned();
    });
    ask(to_other_vpc(net)).finds(
        "Blocked AttachmentNotAvailable: TransitGateway tgw-0a",
        "Out tgw-0a: the VPC has no attachment that is available",
    );
    names(Reason::AttachmentNotAvailable, "BAD_STATE_ATTACHMENT");
}

#[test]
fn bad_state_route_a_black_hole_before_a_route_that_works() {
    let net = peered(
        &["172.31.0.0/16 pcx-0a", "172.31.2.0/24 tgw-0a blackhole"],
        BACK,
    );
    ask(to_other_vpc(net)).finds(
        "Blocked RouteNotActive: Route rtb-main",
        "Out rtb-main: the route is a black hole",
    );
    names(Reason::RouteNotActive, "BAD_STATE_ROUTE");
}

/// Direct Connect, which is not read, may carry the traffic: it is noted.
#[test]
fn bad_state_vpn_a_gateway_whose_connection_was_deleted() {
    let net = routed(&["172.16.0.0/12 vgw-0a"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .vpn_connection("vpn-0a", "deleted", "vgw-0a");
    let question = at_gateway(net, "vgw-0a");
    question.finds(
        "External FarSideNotOurs: FarSide 172.16.9.4/32",
        "leaves at vgw-0a from 10.0.1.10",
    );
    assert_eq!(question.world.notes(), [Reason::VPNDown]);
    names(Reason::VPNDown, "BAD_STATE_VPN");
}
