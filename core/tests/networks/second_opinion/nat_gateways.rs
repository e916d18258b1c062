//! Amazon VPC User Guide, "NAT gateways" (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html>) and
//! "NAT gateway use cases" (<https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-scenarios.html>).

use super::{
    ask,
    ground::{at_site, one_vpc, routed, to_internet},
};
use crate::{net::Net, world::World};

const LEAVES: &str = "External FarSideNotOurs: FarSide 203.0.113.20/32";

/// The two zones of "Access the internet from a private subnet": `subnet-public` leads to the internet gateway and
/// holds the NAT gateway; the replication instance is in `subnet-near`, with these routes.
fn zones(private: &[&str]) -> Net {
    routed(private).public_nat_gateway()
}

/// "Access the internet from a private subnet": instances in the private subnet of zone A, with the local route alone,
/// have no access to the internet.
#[test]
fn a_private_subnet_with_the_local_route_alone_has_no_access_to_the_internet() {
    ask(to_internet(zones(&[]))).finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
}

/// "Access the internet from a private subnet": instances in the public subnet of zone A reach the internet through the
/// internet gateway.
#[test]
fn a_public_subnet_reaches_the_internet_through_the_internet_gateway() {
    let net = zones(&["0.0.0.0/0 igw-0a"]).public_ip("eni-ri", "198.51.100.9");
    ask(to_internet(net))
        .finds(LEAVES, "leaves at igw-0a from 198.51.100.9")
        .is_seen_as(&["198.51.100.9/32"]);
}

/// "Access the internet from a private subnet": those in the private subnet of zone B reach it through the NAT gateway,
/// whose Elastic IP address is the source.
#[test]
fn a_private_subnet_reaches_the_internet_as_the_elastic_ip_of_its_nat_gateway() {
    ask(to_internet(zones(&["0.0.0.0/0 nat-0a"])))
        .finds(LEAVES, "leaves at igw-0a from 198.51.100.1")
        .is_seen_as(&["198.51.100.1/32"]);
}

/// The subnets of "Access your network using allow-listed IP addresses": 10.0.0.0/16 and 100.64.1.0/24 of one VPC,
/// 192.168.0.0/16 the on-premises network.
fn allow_listed() -> Net {
    let local = ["10.0.0.0/16 local", "100.64.1.0/24 local"];
    one_vpc()
        .vpc("vpc-0a", &["10.0.0.0/16", "100.64.1.0/24"])
        .subnet("subnet-listed", &["100.64.1.0/28"])
        .open_acl("acl-listed", &["subnet-listed"])
        .main_table(&[&local[..], &["192.168.0.0/16 nat-0a"]].concat())
        .table(
            "rtb-listed",
            &["subnet-listed"],
            &[&local[..], &["192.168.0.0/16 vgw-0a"]].concat(),
        )
        .nat_gateway("nat-0a", "subnet-listed", &[], &["100.64.1.4"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .vpn_connection("vpn-0a", "available", "vgw-0a")
}

/// "Access your network using allow-listed IP addresses": the on-premises network sees the address of the private NAT
/// gateway, which is of the allowed range.
#[test]
fn a_private_nat_gateway_lends_an_address_of_the_allowed_range() {
    ask(World::on(allow_listed()).endpoint(at_site("192.168.9.4", "vgw-0a")))
        .finds(
            "External FarSideNotOurs: FarSide 192.168.9.4/32",
            "leaves at vgw-0a from 100.64.1.4",
        )
        .is_seen_as(&["100.64.1.4/32"])
        .takes("192.168.0.0/16 -> nat-0a");
}

/// "NAT gateways", private: if its traffic is routed to an internet gateway, the internet gateway drops it.
#[test]
fn an_internet_gateway_drops_what_comes_from_a_private_nat_gateway() {
    let net =
        zones(&["0.0.0.0/0 nat-0a"]).nat_gateway("nat-0a", "subnet-public", &[], &["10.0.3.4"]);
    ask(to_internet(net)).finds(
        "Blocked NATGatewayWithoutInternet: NATGateway nat-0a",
        "Out igw-0a: the source has no public address",
    );
}

/// "NAT gateway basics": up to 8 addresses; the far side may see any of them.
#[test]
fn a_nat_gateway_with_two_addresses_may_be_seen_by_either() {
    let net = zones(&["0.0.0.0/0 nat-0a"]).nat_gateway(
        "nat-0a",
        "subnet-public",
        &["198.51.100.1", "198.51.100.2"],
        &["10.0.3.4", "10.0.3.5"],
    );
    ask(to_internet(net))
        .finds(
            LEAVES,
            "leaves at igw-0a from 198.51.100.1 | leaves at igw-0a from 198.51.100.2",
        )
        .is_seen_as(&["198.51.100.1/32", "198.51.100.2/32"]);
}

/// "NAT gateway basics": no security group can be associated with one; the ACL of its subnet controls its traffic.
#[test]
fn the_acl_of_its_subnet_controls_the_traffic_of_a_nat_gateway() {
    let net = zones(&["0.0.0.0/0 nat-0a"]).entries("acl-public", &[]);
    ask(to_internet(net))
        .finds(
            "Missing NoNetworkACLEntry: NetworkACLIngress acl-public",
            "Out acl-public: network ACL ingress",
        )
        .mends(
            &[
                "+ acl-public 20000 egress tcp 5432 203.0.113.20/32",
                "+ acl-public 20000 ingress tcp 5432 10.0.1.10/32",
                "+ acl-public 20001 egress tcp 1024-65535 10.0.1.10/32",
                "+ acl-public 20001 ingress tcp 1024-65535 203.0.113.20/32",
            ],
            "leaves at igw-0a from 198.51.100.1",
        );
}

/// "NAT gateway basics": one cannot be used from the other side of a peering connection.
#[test]
fn a_nat_gateway_of_a_peer_vpc_cannot_be_used() {
    let net = super::ground::peered(
        &["0.0.0.0/0 pcx-0a"],
        &["10.0.0.0/16 pcx-0a", "0.0.0.0/0 nat-0b"],
    );
    ask(to_internet(net)).finds(
        "Blocked RouteGoesElsewhere: Route rtb-main",
        "Out pcx-0a: the destination is not in the peer VPC",
    );
}
