//! Internet gateways and NAT gateways.

use super::names;
use crate::second_opinion::{
    ask,
    ground::{enabled, on_internet, peered, routed, to_internet, two_vpcs},
};
use crate::{net::parse, world::World};
use dms_network_core::{api::Reason, snapshot::Read};
use serde_json::json;

#[test]
fn igw_destination_address_not_in_rfc1918_egress_a_private_address_is_sent_to_the_internet() {
    let net = enabled();
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
    let net = enabled();
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
        .public_nat_gateway();
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
fn vpc_block_public_access_enabled_internet_traffic_is_blocked() {
    use dms_network_core::snapshot::{BlockPublicAccess, BlockPublicAccessMode};
    let net = enabled().but(|lists| {
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
