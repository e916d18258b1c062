//! Routes that transmit nothing, or something else.

use super::{BACK, THERE, at_gateway, names};
use crate::second_opinion::{
    ask,
    ground::{in_other_vpc, one_vpc, peered, routed, to_other_vpc, two_vpcs},
};
use crate::{net::vpc_attachment, world::World};
use dms_network_core::api::Reason;
use serde_json::json;

/// A route whose destination does not hold the packet's transmits nothing.
#[test]
fn cannot_route_the_only_route_is_to_another_block() {
    ask(to_other_vpc(peered(&["172.31.3.0/24 pcx-0a"], BACK)))
        .finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
}

#[test]
fn disconnected_vpcs_nothing_connects_the_two() {
    ask(to_other_vpc(two_vpcs(&[], &[])))
        .finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
}

#[test]
fn higher_priority_route_a_static_route_takes_what_a_propagated_one_was_to_carry() {
    let net = routed(&["172.16.0.0/12 vgw-0a propagated", "172.16.0.0/12 tgw-0a"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .transit_gateway("tgw-0a", false, &[])
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]));
    at_gateway(net, "vgw-0a").finds(
        "Blocked RouteGoesElsewhere: Route rtb-main",
        "Out tgw-rtb-0a: no route in the transit gateway",
    );
}

#[test]
fn more_specific_route_another_route_holds_the_address_more_closely() {
    let net = peered(&["172.31.0.0/16 pcx-0a", "172.31.2.16/28 vgw-0a"], BACK)
        .vpn_gateway("vgw-0a", &["vpc-0a"]);
    ask(to_other_vpc(net)).finds(
        "Blocked RouteGoesElsewhere: Route rtb-main",
        "leaves at vgw-0a from 10.0.1.10",
    );
}

/// Nobody can have an address that no subnet holds.
#[test]
fn no_possible_destination_an_address_of_the_vpc_in_no_subnet() {
    ask(World::on(one_vpc()).endpoint(json!({"addresses": ["10.0.77.20"]}))).finds(
        "Blocked AddressNotInSubnet: Declaration spec.endpoints[0].addresses",
        "Out 10.0.77.20: nobody stands at the address",
    );
}

#[test]
fn no_route_to_destination_out_or_back() {
    ask(to_other_vpc(peered(&[], BACK)))
        .finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
    ask(to_other_vpc(peered(THERE, &["10.9.0.0/16 pcx-0a"]))).finds(
        "Blocked NoReturnRoute: Route rtb-other Return",
        "Back rtb-other: no route",
    );
    names(Reason::NoRoute, "NO_ROUTE_TO_DESTINATION");
    names(Reason::NoReturnRoute, "NO_ROUTE_TO_DESTINATION");
}

/// The peering connection leads to 172.31.0.0/16; the packet is for an address beside it, at which nobody stands.
#[test]
fn pcx_requires_address_in_vpc_cidr_the_route_is_wider_than_the_peer_vpc() {
    let net = peered(&["172.16.0.0/12 pcx-0a"], BACK);
    ask(World::on(net).endpoint(in_other_vpc("172.30.2.20"))).finds(
        "Blocked NotInPeerCIDR: Declaration spec.endpoints[0].addresses",
        "Out 172.30.2.20: nobody stands at the address",
    );
    names(Reason::NotInPeerCIDR, "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR");
}

/// Local routes are for what is within the VPC's blocks.
#[test]
fn vpc_local_route_cidr_restriction_an_address_outside_of_the_vpc() {
    ask(World::on(one_vpc()).endpoint(json!({"addresses": ["10.1.2.20"]}))).finds(
        "Blocked AddressOutsideVPC: Declaration spec.endpoints[0].addresses",
        "Out rtb-main: no route",
    );
}
