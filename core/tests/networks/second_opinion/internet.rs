//! Amazon VPC User Guide, "Connect to the internet using an internet gateway"
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html>), "Enable outbound IPv6 traffic using
//! an egress-only internet gateway"
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html>), "NAT instances"
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/VPC_NAT_Instance.html>) and "Block public access to VPCs and
//! subnets" (<https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html>).

use super::{
    Question, ask,
    ground::{enabled, on_internet, one_vpc, routed, to_internet},
};
use crate::{net::Net, world::World};
use dms_network_core::snapshot::{
    BlockPublicAccess, BlockPublicAccessExclusion, BlockPublicAccessMode, ExcludedResource, Read,
};
use dms_network_walker::{Forwarder, Forwarding};
use serde_json::json;

const FAR_SIDE: &str = "External FarSideNotOurs: FarSide 203.0.113.20/32";
const LEAVES: &str = "leaves at igw-0a from 198.51.100.9";

/// "Enable internet access": with gateway, route, public address, ACL and group the internet is reached; "IP addresses
/// and NAT": as the public address, one to one.
#[test]
fn with_all_that_the_page_asks_for_the_internet_is_reached_as_the_public_address() {
    ask(to_internet(enabled()))
        .finds(FAR_SIDE, LEAVES)
        .is_seen_as(&["198.51.100.9/32"]);
}

/// "Enable internet access": the gateway must be attached to the VPC.
#[test]
fn a_gateway_that_is_not_attached_gives_no_access() {
    ask(to_internet(enabled().internet_gateway("igw-0a", &[]))).finds(
        "Blocked InternetGatewayDetached: InternetGateway igw-0a",
        "Out igw-0a: the internet gateway is not attached",
    );
}

/// "Enable internet access": the subnet's table must direct internet-bound traffic to the gateway. A subnet without
/// such a route is private, even where its instances have public addresses.
#[test]
fn a_subnet_without_a_route_to_the_gateway_is_private_whatever_its_addresses() {
    let net = enabled().main_table(&["10.0.0.0/16 local"]);
    ask(to_internet(net)).finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
}

/// "Enable internet access": the instance must have a public IPv4 address (or an IPv6 one).
#[test]
fn an_instance_without_a_public_address_has_no_access() {
    let net = routed(&["0.0.0.0/0 igw-0a"]).internet_gateway("igw-0a", &["vpc-0a"]);
    ask(to_internet(net)).finds(
        "Blocked NoPublicAddress: InternetGateway subnet-near",
        "Out igw-0a: the source has no public address",
    );
}

/// "Enable internet access": ACLs and groups must allow the traffic to flow to and from the instance.
#[test]
fn acls_and_groups_must_allow_internet_traffic_both_ways() {
    let mut net = enabled().entries("acl-near", &[]);
    net.group_mut("sg-ri").rules.clear();
    ask(to_internet(net))
        .finds(
            "Missing SecurityGroupHasNoRules: SecurityGroupEgress sg-ri",
            "Out sg-ri: security group egress",
        )
        .mends(
            &[
                "+ acl-near 20000 egress tcp 5432 203.0.113.20/32",
                "+ acl-near 20000 ingress tcp 1024-65535 203.0.113.20/32",
                "+ sg-ri egress tcp 5432 203.0.113.20/32",
            ],
            LEAVES,
        );
}

/// "Enable internet access": the route may be scoped to a narrower range than all: here that of the far end.
#[test]
fn the_route_to_the_gateway_may_be_narrower_than_the_default_one() {
    let net = enabled().main_table(&["10.0.0.0/16 local", "203.0.113.0/24 igw-0a"]);
    ask(to_internet(net.clone())).finds(FAR_SIDE, LEAVES);
    ask(World::on(net).endpoint(on_internet("192.0.2.20")))
        .finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
}

/// The example of the egress-only gateway: 2001:db8:1234:1a00::/64 local, ::/0 to the gateway.
fn ipv6(gateway: &str, entries: &[&str]) -> Question {
    let default = format!("::/0 {gateway}");
    let net = one_vpc()
        .vpc("vpc-0a", &["10.0.0.0/16", "2001:db8:1234:1a00::/64"])
        .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:1234:1a00::/64"])
        .main_table(&[
            "10.0.0.0/16 local",
            "2001:db8:1234:1a00::/64 local",
            &default,
        ])
        .interface(
            "eni-ri",
            "subnet-near",
            &["2001:db8:1234:1a00::10"],
            &["sg-ri"],
        )
        .group("sg-ri", &["egress all ::/0"])
        .internet_gateway("igw-0a", &["vpc-0a"])
        .egress_only_gateway("eigw-0a", &["vpc-0a"])
        .acl("acl-near", &[], entries);
    let world = World::on(net).client(json!({"privateIPs": ["2001:db8:1234:1a00::10"]}));
    ask(world.endpoint(on_internet("2001:db8:ffff::20")))
}

const FAR_SIDE_6: &str = "External FarSideNotOurs: FarSide 2001:db8:ffff::20/128";

/// "IP addresses and NAT": IPv6 addresses are public: no translation, no public address beside them.
#[test]
fn ipv6_leaves_an_internet_gateway_with_its_own_address() {
    ipv6("igw-0a", &[])
        .finds(FAR_SIDE_6, "leaves at igw-0a from 2001:db8:1234:1a00::10")
        .is_seen_as(&["2001:db8:1234:1a00::10/128"]);
}

/// "Egress-only internet gateway basics": outbound over IPv6, and the response comes back.
#[test]
fn an_egress_only_gateway_lets_ipv6_out_and_its_answers_in() {
    ipv6("eigw-0a", &[])
        .finds(FAR_SIDE_6, "leaves at eigw-0a from 2001:db8:1234:1a00::10")
        .is_seen_as(&["2001:db8:1234:1a00::10/128"]);
}

/// "Egress-only internet gateway basics": the subnet's ACL controls the traffic to and from it.
#[test]
fn the_acl_of_the_subnet_controls_what_an_egress_only_gateway_carries() {
    ipv6("eigw-0a", &["90 ingress deny all ::/0"]).finds(
        "Blocked BlockedByDeny: NetworkACLIngress acl-near Return",
        "Back acl-near: network ACL ingress of the answer",
    );
    ipv6("eigw-0a", &["90 egress deny tcp 5432 2001:db8:ffff::/48"]).finds(
        "Blocked BlockedByDeny: NetworkACLEgress acl-near",
        "Out acl-near: network ACL egress",
    );
}

/// "Egress-only internet gateway": for IPv6 traffic only.
#[test]
fn an_egress_only_gateway_is_for_ipv6_only() {
    let net = routed(&["0.0.0.0/0 eigw-0a"])
        .egress_only_gateway("eigw-0a", &["vpc-0a"])
        .public_ip("eni-ri", "198.51.100.9");
    ask(to_internet(net)).finds(
        "Blocked RouteGoesElsewhere: Route rtb-main",
        "Out eigw-0a: an egress-only internet gateway carries IPv6 alone",
    );
}

/// "NAT gateway basics" (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html>): for IPv6 a NAT
/// gateway does NAT64 alone, towards IPv4.
#[test]
fn a_nat_gateway_carries_no_ipv6_to_ipv6() {
    let mut question = ipv6("nat-0a", &[]);
    question.world.net = question
        .world
        .net
        .clone()
        .subnet("subnet-public", &["10.0.3.0/24"])
        .open_acl("acl-public", &["subnet-public"])
        .table(
            "rtb-public",
            &["subnet-public"],
            &[
                "10.0.0.0/16 local",
                "2001:db8:1234:1a00::/64 local",
                "0.0.0.0/0 igw-0a",
                "::/0 igw-0a",
            ],
        )
        .nat_gateway("nat-0a", "subnet-public", &["198.51.100.1"], &["10.0.3.4"]);
    question.finds(
        "Blocked RouteGoesElsewhere: Route rtb-main",
        "Out nat-0a: a NAT gateway translates IPv4 alone",
    );
}

/// The default route leads to the instance at `eni-nat` in a public subnet.
fn nat_instance(check: bool, rules: &[&str]) -> Question {
    let net = routed(&["0.0.0.0/0 eni-nat"])
        .public_subnet()
        .group("sg-nat", rules)
        .host(
            "eni-nat",
            "i-nat",
            "subnet-public",
            "10.0.3.5",
            &["sg-nat"],
            check,
        )
        .public_ip("eni-nat", "198.51.100.5");
    ask(to_internet(net)).forwarder(Forwarder {
        interface: "eni-nat".parse().unwrap(),
        forwarding: Forwarding::Plain("eni-nat".parse().unwrap()),
        source_nat: true,
    })
}

/// "NAT instances", "Disable source/destination checks": otherwise it must be the source or destination of its traffic.
#[test]
fn a_nat_instance_needs_its_source_destination_check_off() {
    let rules = ["ingress tcp 5432 10.0.1.0/24", "egress tcp 5432 0.0.0.0/0"];
    nat_instance(false, &rules)
        .finds(FAR_SIDE, "leaves at igw-0a from 198.51.100.5")
        .is_seen_as(&["198.51.100.5/32"]);
    nat_instance(true, &rules).finds(
        "Blocked SourceDestCheckEnabled: Host eni-nat",
        "Out eni-nat: its source/destination check is on",
    );
}

/// "NAT instances", "Create the NATSG security group": AWS's sample group opens HTTP and HTTPS alone, inbound from the
/// private subnets and outbound to everywhere; a database's port is to be added both ways.
#[test]
fn aws_s_sample_group_of_a_nat_instance_lacks_the_database_s_port() {
    let sample = [
        "ingress tcp 80 10.0.1.0/24",
        "ingress tcp 443 10.0.1.0/24",
        "egress tcp 80 0.0.0.0/0",
        "egress tcp 443 0.0.0.0/0",
    ];
    nat_instance(false, &sample)
        .finds(
            "Missing NoSecurityGroupRule: SecurityGroupIngress sg-nat",
            "Out sg-nat: security group ingress",
        )
        .mends(
            &[
                "+ sg-nat egress tcp 5432 203.0.113.20/32",
                "+ sg-nat ingress tcp 5432 sg-ri",
            ],
            "leaves at igw-0a from 198.51.100.5",
        );
}

fn blocked(
    net: Net,
    mode: BlockPublicAccessMode,
    exclusion: Option<(ExcludedResource, bool)>,
) -> Net {
    let exclusions = exclusion.map(|(resource, bidirectional)| BlockPublicAccessExclusion {
        id: "vpcbpa-exclude-0a".to_owned(),
        resource,
        bidirectional,
    });
    net.but(|lists| {
        lists.block_public_access = Read::Known(BlockPublicAccess {
            mode,
            exclusions: Read::Known(exclusions.into_iter().collect()),
        });
    })
}

fn by_nat_gateway() -> Net {
    routed(&["0.0.0.0/0 nat-0a"]).public_nat_gateway()
}

const STOPPED: &str = "Out vpc-0a: Block Public Access";

/// "Block public access": bidirectional: all traffic to and from internet gateways is blocked, that of NAT gateways
/// too, which need one.
#[test]
fn bidirectional_blocks_internet_gateways_and_nat_gateways() {
    let mode = BlockPublicAccessMode::Bidirectional;
    ask(to_internet(blocked(enabled(), mode, None))).finds(
        "Blocked PublicAccessBlocked: InternetGateway subnet-near",
        STOPPED,
    );
    ask(to_internet(blocked(by_nat_gateway(), mode, None))).finds(
        "Blocked PublicAccessBlocked: InternetGateway subnet-public",
        STOPPED,
    );
}

/// "Block public access": bidirectional blocks egress-only internet gateways, too; ingress-only does not.
#[test]
fn egress_only_gateways_pass_in_the_ingress_only_mode_alone() {
    let in_mode = |mode| {
        let mut question = ipv6("eigw-0a", &[]);
        question.world.net = blocked(question.world.net.clone(), mode, None);
        question
    };
    in_mode(BlockPublicAccessMode::Bidirectional).finds(
        "Blocked PublicAccessBlocked: InternetGateway subnet-near",
        STOPPED,
    );
    in_mode(BlockPublicAccessMode::Ingress)
        .finds(FAR_SIDE_6, "leaves at eigw-0a from 2001:db8:1234:1a00::10");
}

/// "Block public access": ingress-only: traffic of NAT gateways is allowed, since they only let connections out; all
/// other internet traffic is blocked.
#[test]
fn ingress_only_blocks_a_public_instance_and_not_a_nat_gateway() {
    let mode = BlockPublicAccessMode::Ingress;
    ask(to_internet(blocked(enabled(), mode, None))).finds(
        "Blocked PublicAccessBlocked: InternetGateway subnet-near",
        STOPPED,
    );
    ask(to_internet(blocked(by_nat_gateway(), mode, None)))
        .finds(FAR_SIDE, "leaves at igw-0a from 198.51.100.1");
}

/// "Block public access", exclusions: bidirectional: all internet traffic of the VPC or subnet is allowed.
#[test]
fn a_bidirectional_exclusion_of_the_vpc_or_the_subnet_lifts_the_block() {
    let excluded = [
        ExcludedResource::Vpc("vpc-0a".parse().unwrap()),
        ExcludedResource::Subnet("subnet-near".parse().unwrap()),
    ];
    for resource in excluded {
        for mode in [
            BlockPublicAccessMode::Bidirectional,
            BlockPublicAccessMode::Ingress,
        ] {
            let net = blocked(enabled(), mode, Some((resource.clone(), true)));
            ask(to_internet(net)).finds(FAR_SIDE, LEAVES);
        }
    }
    let other = ExcludedResource::Subnet("subnet-far".parse().unwrap());
    let net = blocked(
        enabled(),
        BlockPublicAccessMode::Bidirectional,
        Some((other, true)),
    );
    ask(to_internet(net)).finds(
        "Blocked PublicAccessBlocked: InternetGateway subnet-near",
        STOPPED,
    );
}

/// "Block public access", exclusions: egress-only, which applies in the bidirectional mode: outbound traffic is
/// allowed, inbound is blocked: as under ingress-only.
#[test]
fn an_egress_only_exclusion_leaves_what_ingress_only_leaves() {
    let mode = BlockPublicAccessMode::Bidirectional;
    let excluded = || Some((ExcludedResource::Vpc("vpc-0a".parse().unwrap()), false));
    ask(to_internet(blocked(by_nat_gateway(), mode, excluded())))
        .finds(FAR_SIDE, "leaves at igw-0a from 198.51.100.1");
    ask(to_internet(blocked(enabled(), mode, excluded()))).finds(
        "Blocked PublicAccessBlocked: InternetGateway subnet-near",
        STOPPED,
    );
}
