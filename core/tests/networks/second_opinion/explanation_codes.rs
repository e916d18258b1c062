//! Reachability Analyzer, "Reachability Analyzer explanation codes"
//! (<https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html>): a network that it explains with each
//! code that concerns what is judged here, and what is found on it.
//!
//! Codes that concern nothing that is judged here:
//! - load balancers, whose listeners and targets are their owner's to open: `ELB_ACL_RESTRICTION`,
//!   `ELB_INSTALLED_AZ_RESTRICTION`, `ELB_LISTENER_PORT_RESTRICTION`, `ELB_LISTENERS_MISMATCH`, `ELB_NOT_CROSSZONE`,
//!   `ELBV2_LISTENER_HAS_NO_TG`, `ELBV2_LISTENER_PORT_RESTRICTION`, `ELBV2_LISTENER_REQUIRES_TG_ACCEPT`,
//!   `ELBV2_LISTENERS_MISMATCH`, `ELBV2_NO_TARGETS_IN_AZ`, `ELBV2_SOURCE_ADDRESS_PRESERVATION`,
//!   `GWLB_DESTINATION_PORT_RESTRICTION`, `GWLB_PROTOCOL_RESTRICTION`, `TARGET_ADDRESS_RESTRICTION`,
//!   `TARGET_PORT_RESTRICTION`;
//! - VPC endpoints, which DMS dials for itself: `VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION`,
//!   `VPCE_GATEWAY_PROTOCOL_RESTRICTION`, `VPCE_INTRA_VPC_TRAFFIC`, `VPCE_SERVICE_NOT_INSTALLED_IN_AZ`;
//! - addresses that a declaration cannot get wrong, since the address tells the interface and the packets are its own:
//!   `ENI_ADDRESS_RESTRICTION`, `GATEWAY_REJECTS_SPOOFED_TRAFFIC`, `NGW_DEST_ADDRESS_PRESERVATION`,
//!   `VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS`;
//! - connections that come in from the internet, which DMS never accepts: `IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS`,
//!   `IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS`, `IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS`,
//!   `INGRESS_RTB_NO_PUBLIC_IP`;
//! - other protocols than TCP: `PROTOCOL_RESTRICTION`;
//! - ways that AWS does not take where it takes another: `TGW_ATTACH_VPC_AZ_RESTRICTION`;
//! - the analyzer's own bounds and the filters of its paths: `IGW_NAT_REFLECTION`, `NO_PATH`, and all of the section
//!   "Search filter codes".
//!
//! Where the analyzer calls unreachable what is found otherwise here, `known_differences` says so:
//! `INGRESS_RTB_TRAFFIC_REDIRECTION`, `REGIONAL_NGW_ROUTE_AZ_RESTRICTION`.

use super::{
    Question, ask,
    ground::{
        admitted, at_site, in_other_vpc, on_internet, one_vpc, peered, routed, to_internet,
        to_other_vpc, two_vpcs,
    },
    transit_gateways::{ROUTES, attached, change},
};
use crate::{
    net::{Net, parse, vpc_attachment},
    world::World,
};
use dms_network_core::{
    api::Reason,
    snapshot::{AttachedResource, Read, ScopeLists},
};
use serde_json::json;

const THERE: &[&str] = &["172.31.0.0/16 pcx-0a"];
const BACK: &[&str] = &["10.0.0.0/16 pcx-0a"];

/// The reason names the analyzer's code in the reference.
#[track_caller]
fn names(reason: Reason, code: &str) {
    assert!(
        reason.reachability_analyzer_codes().contains(&code),
        "{reason}: {code}"
    );
}

fn at_gateway(net: Net, gateway: &str) -> Question {
    ask(World::on(net).endpoint(at_site("172.16.9.4", gateway)))
}

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

/// `VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS`, too: a virtual private gateway takes nothing from a VPC without an available
/// attachment.
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
fn eni_sg_rules_mismatch_no_inbound_rule_applies() {
    let net = one_vpc().group("sg-db", &["ingress tcp 1521 10.0.0.0/16"]);
    ask(World::on(net))
        .finds(
            "Missing NoSecurityGroupRule: SecurityGroupIngress sg-db",
            "Out sg-db: security group ingress",
        )
        .mends(
            &["+ sg-db ingress tcp 5432 sg-ri"],
            "arrives from 10.0.1.10",
        );
    names(Reason::NoSecurityGroupRule, "ENI_SG_RULES_MISMATCH");
}

#[test]
fn eni_sg_rules_mismatch_no_outbound_rule_applies() {
    let mut net = admitted(one_vpc());
    net.group_mut("sg-ri").rules.clear();
    ask(World::on(net.group("sg-ri", &["egress tcp 443 0.0.0.0/0"])))
        .finds(
            "Missing NoSecurityGroupRule: SecurityGroupEgress sg-ri",
            "Out sg-ri: security group egress",
        )
        .mends(
            &["+ sg-ri egress tcp 5432 10.0.2.20/32"],
            "arrives from 10.0.1.10",
        );
}

#[test]
fn eni_source_dest_check_restriction_a_host_takes_only_what_is_for_it() {
    let net = routed(&["172.16.0.0/12 eni-host"])
        .group("sg-host", &["ingress tcp 5432 sg-ri"])
        .host(
            "eni-host",
            "i-host",
            "subnet-far",
            "10.0.2.5",
            &["sg-host"],
            true,
        );
    let world = World::on(net).endpoint(json!({"addresses": ["172.16.9.4"], "placement": {
        "onPremises": {"via": {"host": {
            "instanceID": "i-host", "securityGroupIDs": ["sg-host"], "forwarding": "Tunnel"
        }}}
    }}));
    let tunnel = dms_network_walker::Forwarder {
        interface: parse("eni-host"),
        forwarding: dms_network_walker::Forwarding::Tunnel(parse("eni-host")),
        source_nat: true,
    };
    ask(world).forwarder(tunnel).finds(
        "Blocked SourceDestCheckEnabled: Host eni-host",
        "Out eni-host: its source/destination check is on",
    );
    names(
        Reason::SourceDestCheckEnabled,
        "ENI_SOURCE_DEST_CHECK_RESTRICTION",
    );
}

/// A firewall's rules are not read: its owner is told what to pass, and nothing is said to be permitted.
#[test]
fn firewall_rules_restriction_a_firewall_s_endpoint_stands_between() {
    let net = one_vpc()
        .group("sg-db", &["ingress tcp 5432 10.0.1.0/24"])
        .table(
            "rtb-near",
            &["subnet-near"],
            &["10.0.0.0/16 local", "10.0.2.0/24 vpce-fw"],
        );
    ask(World::on(net)).finds(
        "External InspectedByMiddlebox: Middlebox vpce-fw",
        "arrives from 10.0.1.10 unseen vpce-fw",
    );
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
fn igw_destination_address_not_in_rfc1918_egress_a_private_address_is_sent_to_the_internet() {
    let net = routed(&["0.0.0.0/0 igw-0a"])
        .internet_gateway("igw-0a", &["vpc-0a"])
        .public_ip("eni-ri", "198.51.100.9");
    for address in ["10.9.0.5", "172.16.9.4", "192.168.9.4"] {
        ask(World::on(net.clone()).endpoint(on_internet(address))).finds(
            "Blocked PrivateDestination: InternetGateway igw-0a",
            "Out igw-0a: the internet carries no private destination",
        );
    }
    names(
        Reason::PrivateDestination,
        "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS",
    );
}

#[test]
fn igw_destination_address_not_in_rfc6598_egress_a_shared_address_is_sent_to_the_internet() {
    let net = routed(&["0.0.0.0/0 igw-0a"])
        .internet_gateway("igw-0a", &["vpc-0a"])
        .public_ip("eni-ri", "198.51.100.9");
    let to = |address| ask(World::on(net.clone()).endpoint(on_internet(address)));
    for address in ["100.64.0.0", "100.127.255.255"] {
        to(address).finds(
            "Blocked PrivateDestination: InternetGateway igw-0a",
            "Out igw-0a: the internet carries no private destination",
        );
    }
    to("100.128.0.0").finds(
        "External FarSideNotOurs: FarSide 100.128.0.0/32",
        "leaves at igw-0a from 198.51.100.9",
    );
}

/// The database of `vpc-0b` is 203.0.113.20 for the internet; `vpc-0b` has these internet gateways.
fn managed(attached_to: &[&str], public_ip: &str, rules: &[&str]) -> World {
    let mut net = two_vpcs(&["0.0.0.0/0 igw-0a"], &["0.0.0.0/0 igw-0b"]);
    net.group_mut("sg-other").rules.clear();
    let net = net
        .group_of("vpc-0b", "sg-other", rules)
        .internet_gateway("igw-0a", &["vpc-0a"])
        .internet_gateway("igw-0b", attached_to)
        .public_ip("eni-ri", "198.51.100.9")
        .public_ip("eni-other", public_ip);
    World::on(net).endpoint(
        json!({"addresses": ["203.0.113.20"], "placement": {"internet": {
            "managed": {"vpcID": "vpc-0b", "securityGroupIDs": ["sg-other"]}
        }}}),
    )
}

/// An internet gateway takes in only what is for the public address of an interface of its VPC.
#[test]
fn igw_private_ip_association_for_ingress_no_interface_has_the_public_address() {
    let rules = ["ingress tcp 5432 198.51.100.9/32"];
    ask(managed(&["vpc-0b"], "203.0.113.20", &rules))
        .finds("Permitted", "arrives from 198.51.100.9");
    // Of another interface nothing is known: to the walker 203.0.113.20 is somebody else's.
    ask(managed(&["vpc-0b"], "203.0.113.21", &rules)).finds(
        "Blocked AddressNotInSubnet: Declaration spec.endpoints[0].placement.internet.managed.subnetIDs",
        "leaves at igw-0a from 198.51.100.9",
    );
}

/// Nor does it where it is not attached.
#[test]
fn igw_private_ip_association_for_ingress_the_far_gateway_is_detached() {
    ask(managed(
        &[],
        "203.0.113.20",
        &["ingress tcp 5432 198.51.100.9/32"],
    ))
    .finds(
        "Blocked InternetGatewayDetached: InternetGateway igw-0b Return",
        "Out vpc-0b: no internet gateway is attached",
    );
}

#[test]
fn igw_public_ip_association_for_egress_a_private_address_has_no_public_one() {
    let net = routed(&["203.0.113.0/24 igw-0a"]).internet_gateway("igw-0a", &["vpc-0a"]);
    ask(to_internet(net)).finds(
        "Blocked NoPublicAddress: InternetGateway subnet-near",
        "Out igw-0a: the source has no public address",
    );
    names(
        Reason::NoPublicAddress,
        "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
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

/// A NAT gateway takes nothing that comes over a peering connection, a VPN or Direct Connect. The client of `vpc-0a`
/// would use that of `vpc-0b`, in whose subnet the peering ends.
#[test]
fn ngw_requires_source_in_vpc_a_client_behind_a_peering_connection() {
    let net = peered(
        &["203.0.113.0/24 pcx-0a"],
        &["10.0.0.0/16 pcx-0a", "0.0.0.0/0 nat-0b"],
    )
    .internet_gateway("igw-0b", &["vpc-0b"])
    .nat_gateway("nat-0b", "subnet-other", &["198.51.100.1"], &["172.31.2.4"])
    .but(|lists| {
        if let Read::Known(gateways) = &mut lists.nat_gateways {
            gateways.get_mut(&parse("nat-0b")).unwrap().vpc_id = parse("vpc-0b");
        }
    });
    ask(to_internet(net)).finds(
        "Blocked RouteGoesElsewhere: Route rtb-main",
        "Out pcx-0a: the destination is not in the peer VPC",
    );
}

/// A NAT gateway gives outbound traffic its own address: rules for the client's own do not see it.
#[test]
fn ngw_source_address_reassign_the_database_sees_the_nat_gateway() {
    let world = managed(
        &["vpc-0b"],
        "203.0.113.20",
        &[
            "ingress tcp 5432 198.51.100.9/32",
            "ingress tcp 5432 10.0.1.10/32",
        ],
    );
    let net = world
        .net
        .clone()
        .main_table(&["10.0.0.0/16 local", "0.0.0.0/0 nat-0a"])
        .subnet("subnet-public", &["10.0.3.0/24"])
        .open_acl("acl-public", &["subnet-public"])
        .table(
            "rtb-public",
            &["subnet-public"],
            &["10.0.0.0/16 local", "0.0.0.0/0 igw-0a"],
        )
        .nat_gateway("nat-0a", "subnet-public", &["198.51.100.1"], &["10.0.3.4"]);
    ask(world.moved(net))
        .finds(
            "Missing NoSecurityGroupRule: SecurityGroupIngress sg-other",
            "Out sg-other: security group ingress",
        )
        .mends(
            &["+ sg-other ingress tcp 5432 198.51.100.1/32"],
            "arrives from 198.51.100.1",
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

/// The network interface of the client does not exist.
#[test]
fn no_source_or_destination_a_client_outside_of_its_subnets() {
    let world = World::on(admitted(one_vpc())).client(json!({"privateIPs": ["10.0.77.10"]}));
    ask(world).finds(
        "Blocked AddressNotInSubnet: Declaration spec.replicationInstance",
        "Out vpc-0a: no subnet holds the address",
    );
}

/// A VPC that no list has does not exist.
#[test]
fn no_source_or_destination_a_vpc_that_is_not_there() {
    ask(World::on(routed(THERE)).endpoint(in_other_vpc("172.31.2.20"))).finds(
        "Blocked VPCNotFound: Declaration vpc-0b",
        "Out pcx-0a: no such peering connection",
    );
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

/// Outbound traffic of a NAT gateway comes from a port of 1024-65535, whatever the client's was: the answers that its
/// subnet lets in must be as many.
#[test]
fn remap_ephemeral_port_the_client_s_own_port_is_not_what_is_answered() {
    let net = routed(&["0.0.0.0/0 nat-0a"])
        .subnet("subnet-public", &["10.0.3.0/24"])
        .acl(
            "acl-public",
            &["subnet-public"],
            &[
                "100 ingress allow tcp 5432 10.0.1.0/24",
                "110 ingress allow tcp 40000 0.0.0.0/0",
                "100 egress allow all 0.0.0.0/0",
            ],
        )
        .table(
            "rtb-public",
            &["subnet-public"],
            &["10.0.0.0/16 local", "0.0.0.0/0 igw-0a"],
        )
        .internet_gateway("igw-0a", &["vpc-0a"])
        .nat_gateway("nat-0a", "subnet-public", &["198.51.100.1"], &["10.0.3.4"]);
    ask(to_internet(net))
        .client_port(40000)
        .finds(
            "Missing NoReturnEntry: NetworkACLIngress acl-public Return",
            "Back acl-public: network ACL ingress of the answer",
        )
        .mends(
            &["+ acl-public 20000 ingress tcp 1024-65535 203.0.113.20/32"],
            "leaves at igw-0a from 198.51.100.1",
        );
}

#[test]
fn sg_has_no_rules_inbound_or_outbound() {
    ask(World::on(one_vpc())).finds(
        "Missing SecurityGroupHasNoRules: SecurityGroupIngress sg-db",
        "Out sg-db: security group ingress",
    );
    let mut net = one_vpc();
    net.group_mut("sg-ri").rules.clear();
    ask(World::on(net)).finds(
        "Missing SecurityGroupHasNoRules: SecurityGroupEgress sg-ri",
        "Out sg-ri: security group egress",
    );
    names(Reason::SecurityGroupHasNoRules, "SG_HAS_NO_RULES");
}

#[test]
fn sg_references_not_preserved_a_reference_through_an_appliance() {
    let net = admitted(one_vpc()).table(
        "rtb-near",
        &["subnet-near"],
        &["10.0.0.0/16 local", "10.0.2.0/24 eni-fw"],
    );
    let question = ask(World::on(net));
    question.finds(
        "Missing NoSecurityGroupRule: SecurityGroupIngress sg-db",
        "Out sg-db: security group ingress",
    );
    let notes = question.world.notes();
    assert_eq!(notes, [Reason::SecurityGroupReferenceNotPreserved]);
    names(notes[0], "SG_REFERENCES_NOT_PRESERVED");
}

#[test]
fn sg_referencing_support_an_attachment_has_it_disabled() {
    let mut net = attached(ROUTES).transit_gateway("tgw-0a", true, ROUTES);
    net.group_mut("sg-other").rules.clear();
    let net = net.group_of("vpc-0b", "sg-other", &["ingress tcp 5432 sg-ri"]);
    let net = change(net, "tgw-attach-b", |it| {
        if let AttachedResource::Vpc {
            details: Some(details),
            ..
        } = &mut it.resource
        {
            details.security_group_referencing = false;
        }
    });
    let question = ask(to_other_vpc(net));
    question.finds(
        "Missing NoSecurityGroupRule: SecurityGroupIngress sg-other",
        "Out sg-other: security group ingress",
    );
    let notes = question.world.notes();
    assert_eq!(notes, [Reason::SecurityGroupReferencingDisabled]);
    names(notes[0], "SG_REFERENCING_SUPPORT");
}

/// Each subnet's ACL must admit what leaves it and what enters it, out and back.
#[test]
fn subnet_acl_restriction_inbound_or_outbound_at_either_subnet() {
    let rows = [
        (
            ("acl-near", "1 egress deny tcp 5432 10.0.2.0/24"),
            "Blocked BlockedByDeny: NetworkACLEgress acl-near",
            "Out acl-near: network ACL egress",
        ),
        (
            ("acl-far", "1 ingress deny tcp 5432 10.0.1.0/24"),
            "Blocked BlockedByDeny: NetworkACLIngress acl-far",
            "Out acl-far: network ACL ingress",
        ),
        (
            ("acl-far", "1 egress deny tcp 1024-65535 10.0.1.0/24"),
            "Blocked BlockedByDeny: NetworkACLEgress acl-far Return",
            "Back acl-far: network ACL egress of the answer",
        ),
        (
            ("acl-near", "1 ingress deny tcp 1024-65535 10.0.2.0/24"),
            "Blocked BlockedByDeny: NetworkACLIngress acl-near Return",
            "Back acl-near: network ACL ingress of the answer",
        ),
    ];
    for ((acl, entry), core, walker) in rows {
        ask(World::on(admitted(one_vpc()).acl(acl, &[], &[entry]))).finds(core, walker);
    }
    names(Reason::BlockedByDeny, "SUBNET_ACL_RESTRICTION");
    names(Reason::NoNetworkACLEntry, "SUBNET_ACL_RESTRICTION");
    names(Reason::NoReturnEntry, "SUBNET_ACL_RESTRICTION");
}

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

/// The client has no address of the endpoint's family.
#[test]
fn unassociated_component_the_client_has_no_ipv4_address() {
    let net = one_vpc()
        .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:a:1::/64"])
        .interface("eni-ri", "subnet-near", &["2001:db8:a:1::10"], &["sg-ri"]);
    let world = World::on(admitted(net)).client(json!({"privateIPs": ["2001:db8:a:1::10"]}));
    assert_eq!(world.verdict(), "Blocked AddressFamilyMismatch");
    assert_eq!(world.additions(), Vec::<String>::new());
}

/// Whoever has the address carries groups that nobody told.
#[test]
fn unknown_destination_nothing_is_known_of_who_answers() {
    let net = Net::two_subnets().with_gateways();
    let world = World::on(net).endpoint(json!({"placement": {"sameVPC": {}}}));
    assert_eq!(world.verdict(), "Unknown SecurityGroupsUnknown");
    assert_eq!(world.additions(), Vec::<String>::new());
}

/// The peer VPC is another account's, which nobody reads: its owner must admit the client, by its address: a reference to
/// its group is not believed.
#[test]
fn unknown_peered_sgs_the_peer_vpc_is_another_account_s() {
    let net = peered(THERE, BACK).but(|lists| {
        if let Read::Known(vpcs) = &mut lists.vpcs {
            vpcs.remove(&parse("vpc-0b"));
        }
        if let Read::Known(peerings) = &mut lists.peerings {
            let peering = peerings.get_mut(&parse("pcx-0a")).unwrap();
            peering.accepter.owner_id = Some(parse("444455556666"));
        }
    });
    let question = ask(to_other_vpc(net));
    question.finds(
        "External FarSideNotOurs: FarSide 172.31.2.20/32",
        "leaves at pcx-0a from 10.0.1.10",
    );
    let requirement = question.world.plan().requirements.remove(0);
    assert_eq!(
        requirement.allow.from,
        [parse::<ipnet::IpNet>("10.0.1.10/32")]
    );
}

/// Nor is a peer VPC known whose blocks nobody shows.
#[test]
fn unknown_peered_sgs_the_blocks_of_the_peer_vpc_are_not_shown() {
    let net = two_vpcs(THERE, BACK)
        .vpc("vpc-0b", &[])
        .peering("pcx-0a", "active", "vpc-0b", &[]);
    ask(to_other_vpc(net)).finds(
        "Blocked PeerUnknown: VPCPeering pcx-0a",
        "Out pcx-0a: the destination is not in the peer VPC",
    );
    names(Reason::PeerUnknown, "UNKNOWN_PEERED_SGS");
}

#[test]
fn unknown_resource_what_decides_was_not_read() {
    let unread = ScopeLists::unread;
    let rows = [
        (
            one_vpc().but(|lists| lists.security_groups = unread().security_groups),
            "Unknown NotObserved: SecurityGroupEgress sg-ri",
            "not known: ec2:DescribeSecurityGroups",
        ),
        (
            one_vpc().but(|lists| lists.network_acls = unread().network_acls),
            "Unknown NotObserved: NetworkACLEgress subnet-near",
            "not known: ec2:DescribeNetworkAcls",
        ),
        (
            one_vpc().but(|lists| lists.route_tables = unread().route_tables),
            "Unknown NotObserved: Route subnet-near",
            "not known: ec2:DescribeRouteTables",
        ),
    ];
    for (net, core, walker) in rows {
        ask(World::on(net)).finds(core, walker);
    }
}

/// Cloud WAN's core network is not seen through.
#[test]
fn unsupported_component_a_core_network_stands_between() {
    let net = two_vpcs(
        &["172.31.0.0/16 core-network"],
        &["10.0.0.0/16 core-network"],
    );
    ask(to_other_vpc(net)).finds(
        "External NotSeenThrough: Middlebox core-network",
        "arrives from 10.0.1.10 unseen core-network",
    );
}

/// Local routes are for what is within the VPC's blocks.
#[test]
fn vpc_local_route_cidr_restriction_an_address_outside_of_the_vpc() {
    ask(World::on(one_vpc()).endpoint(json!({"addresses": ["10.1.2.20"]}))).finds(
        "Blocked AddressOutsideVPC: Declaration spec.endpoints[0].addresses",
        "Out rtb-main: no route",
    );
}

#[test]
fn vpc_block_public_access_enabled_internet_traffic_is_blocked() {
    use dms_network_core::snapshot::{BlockPublicAccess, BlockPublicAccessMode};
    let net = routed(&["0.0.0.0/0 igw-0a"])
        .internet_gateway("igw-0a", &["vpc-0a"])
        .public_ip("eni-ri", "198.51.100.9")
        .but(|lists| {
            lists.block_public_access = Read::Known(BlockPublicAccess {
                mode: BlockPublicAccessMode::Bidirectional,
                exclusions: Read::Known(Vec::new()),
            });
        });
    ask(to_internet(net)).finds(
        "Blocked PublicAccessBlocked: InternetGateway subnet-near",
        "Out vpc-0a: Block Public Access",
    );
    names(
        Reason::PublicAccessBlocked,
        "VPC_BLOCK_PUBLIC_ACCESS_ENABLED",
    );
}
