//! AWS DMS User Guide: "Setting up a network for a replication instance"
//! (<https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.VPC.html>), its network configurations
//! one by one, and "Troubleshooting migration tasks"
//! (<https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Troubleshooting.html>), "Networking issues occur" and
//! "Source endpoints fall in the reserved IP range".

use super::{
    Question, ask,
    ground::{at_site, enabled, one_vpc, peered, routed, to_internet, to_other_vpc, two_vpcs},
};
use crate::{
    net::{Net, parse},
    world::{World, endpoint},
};
use dms_network_walker::{Forwarder, Forwarding};
use serde_json::{Value, json};

const ARRIVES: &str = "arrives from 10.0.1.10";

/// "All database migration components in one VPC": the database's group must allow ingress on its port from the
/// replication instance: by its group, by the VPC's block, or by its private address.
#[test]
fn in_one_vpc_the_group_the_vpc_s_block_or_the_private_address_will_do() {
    for source in ["sg-ri", "10.0.0.0/16", "10.0.1.10/32"] {
        let rule = format!("ingress tcp 5432 {source}");
        ask(World::on(one_vpc().group("sg-db", &[&rule]))).finds("Permitted", ARRIVES);
    }
}

/// "All database migration components in one VPC": the private address is not recommended, since it may change: asked
/// for nothing in particular, the group is named.
#[test]
fn in_one_vpc_the_group_is_named_rather_than_the_address() {
    let forms = [
        ("Auto", "+ sg-db ingress tcp 5432 sg-ri"),
        ("VPCCIDR", "+ sg-db ingress tcp 5432 10.0.0.0/16"),
        ("PrivateIP", "+ sg-db ingress tcp 5432 10.0.1.10/32"),
    ];
    for (admit, rule) in forms {
        ask(World::on(one_vpc()).endpoint(json!({"admit": admit}))).mends(&[rule], ARRIVES);
    }
}

/// "Multiple VPCs": with 10.0.0.0/16 and 172.31.0.0/16 the table of each must contain the block of the other.
#[test]
fn of_two_peered_vpcs_each_table_contains_the_block_of_the_other() {
    let (there, back) = (&["172.31.0.0/16 pcx-0a"], &["10.0.0.0/16 pcx-0a"]);
    ask(to_other_vpc(peered(there, back))).finds("Permitted", ARRIVES);
    ask(to_other_vpc(peered(&[], back)))
        .finds("Blocked NoRoute: Route rtb-main", "Out rtb-main: no route");
    ask(to_other_vpc(peered(there, &[]))).finds(
        "Blocked NoReturnRoute: Route rtb-other Return",
        "Back rtb-other: no route",
    );
}

/// "Multiple VPCs": the database's group must allow ingress from the replication instance, or from the block of the VPC
/// that is peered.
#[test]
fn of_two_peered_vpcs_the_group_or_the_peered_block_will_do() {
    for source in ["sg-ri", "10.0.0.0/16"] {
        let mut net = peered(&["172.31.0.0/16 pcx-0a"], &["10.0.0.0/16 pcx-0a"]);
        net.group_mut("sg-other").rules.clear();
        let rule = format!("ingress tcp 5432 {source}");
        let net = net.group_of("vpc-0b", "sg-other", &[&rule]);
        ask(to_other_vpc(net)).finds("Permitted", ARRIVES);
    }
}

/// The replication instance's routes lead to `eni-nat` of a host that bridges to the site, and that has these rules.
fn by_nat_host(rules: &[&str]) -> Question {
    let net = routed(&["172.16.0.0/12 eni-nat"])
        .subnet("subnet-host", &["10.0.8.0/24"])
        .open_acl("acl-host", &["subnet-host"])
        .group("sg-nat", rules)
        .host(
            "eni-nat",
            "i-nat",
            "subnet-host",
            "10.0.8.5",
            &["sg-nat"],
            false,
        );
    let world = World::on(net).endpoint(json!({"addresses": ["172.16.9.4"], "placement": {
        "onPremises": {"via": {"host": {"instanceID": "i-nat", "securityGroupIDs": ["sg-nat"]}}}
    }}));
    ask(world).forwarder(Forwarder {
        interface: parse("eni-nat"),
        forwarding: Forwarding::Tunnel(parse("eni-nat")),
        source_nat: true,
    })
}

/// "A network to a VPC using AWS Direct Connect or a VPN": the NAT host has a group of its own, which must allow
/// traffic from the VPC's block, the private address or the group of the replication instance.
#[test]
fn a_host_that_bridges_to_the_site_admits_the_replication_instance_by_any_of_three_forms() {
    for source in ["10.0.0.0/16", "10.0.1.10/32", "sg-ri"] {
        let rule = format!("ingress tcp 5432 {source}");
        by_nat_host(&[&rule])
            .finds(
                "External FarSideNotOurs: FarSide 172.16.9.4/32",
                "leaves at eni-nat from 10.0.8.5",
            )
            .is_seen_as(&["10.0.8.5/32"]);
    }
}

/// "A network to a VPC using AWS Direct Connect or a VPN": without such a rule the host takes nothing.
#[test]
fn a_host_that_bridges_to_the_site_needs_a_rule_of_its_own() {
    by_nat_host(&[])
        .finds(
            "Missing SecurityGroupHasNoRules: SecurityGroupIngress sg-nat",
            "Out sg-nat: security group ingress",
        )
        .mends(
            &["+ sg-nat ingress tcp 5432 sg-ri"],
            "leaves at eni-nat from 10.0.8.5",
        );
}

/// "A network to a VPC using the internet": what is not for the VPC goes to the internet gateway; the endpoint sees the
/// public address of the replication instance, and not its private one.
#[test]
fn over_the_internet_the_endpoint_sees_the_public_address() {
    let net = enabled();
    ask(to_internet(net))
        .finds(
            "External FarSideNotOurs: FarSide 203.0.113.20/32",
            "leaves at igw-0a from 198.51.100.9",
        )
        .is_seen_as(&["198.51.100.9/32"]);
}

/// The database of `vpc-0b` at 203.0.113.20; the default route of the replication instance, which has the public
/// address 198.51.100.9, leads there.
fn over_internet(default: &str, rules: &[&str]) -> Question {
    let mut net = two_vpcs(&[default], &["0.0.0.0/0 igw-0b"]);
    net.group_mut("sg-other").rules.clear();
    let net = net
        .group_of("vpc-0b", "sg-other", rules)
        .public_nat_gateway()
        .internet_gateway("igw-0b", &["vpc-0b"])
        .public_ip("eni-ri", "198.51.100.9")
        .public_ip("eni-other", "203.0.113.20");
    ask(World::on(net).endpoint(
        json!({"addresses": ["203.0.113.20"], "placement": {"internet": {
            "managed": {"vpcID": "vpc-0b", "securityGroupIDs": ["sg-other"]}
        }}}),
    ))
}

/// "Networking issues occur", using an internet gateway: the connection appears to come from the public address.
#[test]
fn through_an_internet_gateway_the_public_address_is_to_be_admitted() {
    over_internet("0.0.0.0/0 igw-0a", &[]).mends(
        &["+ sg-other ingress tcp 5432 198.51.100.9/32"],
        "arrives from 198.51.100.9",
    );
}

/// "Networking issues occur", using a NAT gateway: where the default route leads to one, its address is to be admitted
/// and not the public address that the replication instance has all the same.
#[test]
fn through_a_nat_gateway_its_address_is_to_be_admitted_and_not_the_public_one() {
    over_internet("0.0.0.0/0 nat-0a", &["ingress tcp 5432 198.51.100.9/32"])
        .finds(
            "Missing NoSecurityGroupRule: SecurityGroupIngress sg-other",
            "Out sg-other: security group ingress",
        )
        .mends(
            &["+ sg-other ingress tcp 5432 198.51.100.1/32"],
            "arrives from 198.51.100.1",
        );
}

/// "Networking issues occur": a group of one's own must give egress to source and target, on their ports, at the least.
#[test]
fn a_group_of_one_s_own_gets_egress_to_source_and_target_on_their_ports() {
    let net = one_vpc()
        .group("sg-own", &[])
        .interface("eni-ri", "subnet-near", &["10.0.1.10"], &["sg-own"])
        .interface("eni-target", "subnet-far", &["10.0.2.30"], &["sg-db"]);
    let world = World::on(net)
        .client(json!({"securityGroupIDs": ["sg-own"]}))
        .endpoints([
            endpoint(json!({"name": "source", "ports": [1521]})),
            endpoint(json!({"name": "target", "role": "Target", "addresses": ["10.0.2.30"]})),
        ]);
    assert_eq!(
        world.opened(),
        [
            "+ sg-db ingress tcp 1521 sg-own",
            "+ sg-db ingress tcp 5432 sg-own",
            "+ sg-own egress tcp 1521 10.0.2.20/32",
            "+ sg-own egress tcp 5432 10.0.2.30/32",
        ]
    );
    world.settles();
}

/// One group for the replication instance and the database, with these rules beside the outbound one.
fn sharing(rules: &[&str]) -> Question {
    let net = one_vpc()
        .group("sg-all", &["egress all 0.0.0.0/0"])
        .group("sg-all", rules)
        .interface("eni-ri", "subnet-near", &["10.0.1.10"], &["sg-all"])
        .interface("eni-db", "subnet-far", &["10.0.2.20"], &["sg-all"]);
    let world = World::on(net).client(json!({"securityGroupIDs": ["sg-all"]}));
    ask(world.endpoint(json!({"placement": {"sameVPC": {"securityGroupIDs": ["sg-all"]}}})))
}

/// "An RDS DB instance not in a VPC … using ClassicLink": two that share a group communicate by default: so they do by
/// the default group's own rule for itself ("Default security groups for your VPCs",
/// <https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html>).
#[test]
fn two_that_share_the_default_group_communicate() {
    sharing(&["ingress all sg-all"]).finds("Permitted", ARRIVES);
}

/// Any other group has no inbound rules to begin with ("Security group rules"): it gets one for itself.
#[test]
fn two_that_share_another_group_communicate_once_it_admits_itself() {
    sharing(&[])
        .finds(
            "Missing SecurityGroupHasNoRules: SecurityGroupIngress sg-all",
            "Out sg-all: security group ingress",
        )
        .mends(&["+ sg-all ingress tcp 5432 sg-all"], ARRIVES);
}

/// `i-proxy` at 10.0.8.5 listens on 15432 and dials the database.
fn proxy(net: Net, address: &str, behind: &Value) -> World {
    let net = net
        .subnet("subnet-proxy", &["10.0.8.0/24"])
        .open_acl("acl-proxy", &["subnet-proxy"])
        .group("sg-proxy", &[])
        .host(
            "eni-proxy",
            "i-proxy",
            "subnet-proxy",
            "10.0.8.5",
            &["sg-proxy"],
            true,
        );
    World::on(net).endpoint(json!({"addresses": [address], "placement": {"proxy": {
        "host": {"instanceID": "i-proxy", "securityGroupIDs": ["sg-proxy"]},
        "listenPort": 15432,
        "behind": behind,
    }}}))
}

/// The first connection of a proxy on a network, for the walker: the rules on it are another object's.
fn to_proxy(net: Net) -> Question {
    ask(World::on(net).endpoint(
        json!({"addresses": ["10.0.8.5"], "ports": [15432], "placement": {
            "sameVPC": {"securityGroupIDs": ["sg-proxy"]}
        }}),
    ))
}

/// The second connection of a proxy on a network, for the walker.
fn from_proxy(net: Net, placed: Value) -> Question {
    let client = json!({
        "subnetIDs": ["subnet-proxy"], "securityGroupIDs": ["sg-proxy"], "privateIPs": ["10.0.8.5"]
    });
    ask(World::on(net).client(client).endpoint(placed))
}

/// "An RDS DB instance not in a VPC … using ClassicLink": since 2023 there is none: the way is named that is left.
#[test]
fn classic_link_is_no_way_any_more() {
    let world = World::on(one_vpc()).endpoint(json!({"placement": {"classicLink": {}}}));
    assert_eq!(world.verdict(), "Blocked ClassicLinkRetired");
    assert_eq!(world.additions(), Vec::<String>::new());
}

/// "An RDS DB instance not in a VPC … using ClassicLink": the proxy of that configuration, in the VPC: it forwards its
/// port to the database's, so that both connections are opened.
#[test]
fn the_proxy_of_the_classic_link_configuration_is_opened_on_both_sides() {
    let behind = json!({"sameVPC": {"securityGroupIDs": ["sg-db"]}});
    let world = proxy(one_vpc(), "10.0.2.20", &behind);
    assert_eq!(
        world.opened(),
        [
            "+ sg-db ingress tcp 5432 sg-proxy",
            "+ sg-proxy egress tcp 5432 10.0.2.20/32",
            "+ sg-proxy ingress tcp 15432 sg-ri",
        ]
    );
    let after = world.settles().net;
    assert_eq!(to_proxy(after.clone()).walker(), ARRIVES);
    assert_eq!(
        from_proxy(after, json!({})).walker(),
        "arrives from 10.0.8.5"
    );
}

/// The site with 192.168.0.0/16 behind `vgw-0a`.
fn reserved() -> Net {
    routed(&["192.168.0.0/16 vgw-0a"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .vpn_connection("vpn-0a", "available", "vgw-0a")
}

/// "Source endpoints fall in the reserved IP range": a database in 192.168.0.0/24 fails the connection test, though EC2
/// would carry the packets; one beside that range does not.
#[test]
fn a_database_in_the_reserved_range_is_not_reached() {
    let leaves = "leaves at vgw-0a from 10.0.1.10";
    for address in ["192.168.0.0", "192.168.0.255"] {
        ask(World::on(reserved()).endpoint(at_site(address, "vgw-0a"))).finds(
            "Blocked ReservedByDMS: Declaration spec.endpoints[0].addresses",
            leaves,
        );
    }
    ask(World::on(reserved()).endpoint(at_site("192.168.1.0", "vgw-0a")))
        .finds("External FarSideNotOurs: FarSide 192.168.1.0/32", leaves);
}

/// "Source endpoints fall in the reserved IP range", workaround: an EC2 instance outside of the range that runs a
/// proxy, with a group that lets DMS talk to it.
#[test]
fn a_database_in_the_reserved_range_is_reached_by_a_proxy() {
    let behind = json!({"onPremises": {"via": {"gateway": {"id": "vgw-0a"}}}});
    let world = proxy(reserved(), "192.168.0.9", &behind);
    assert_eq!(
        world.opened(),
        [
            "+ sg-proxy egress tcp 5432 192.168.0.9/32",
            "+ sg-proxy ingress tcp 15432 sg-ri",
        ]
    );
    let after = world.settles().net;
    assert_eq!(to_proxy(after.clone()).walker(), ARRIVES);
    let walker = from_proxy(after, at_site("192.168.0.9", "vgw-0a")).walker();
    assert_eq!(walker, "leaves at vgw-0a from 10.0.8.5");
}

/// "A network to a VPC using AWS Direct Connect or a VPN", where the host stands in the replication instance's own
/// subnet: no ACL judges what stays within it ("Network ACL basics",
/// <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html>).
#[test]
fn no_acl_stands_before_a_host_in_the_same_subnet() {
    let net = routed(&["172.16.0.0/12 eni-nat"])
        .entries("acl-near", &[])
        .group("sg-nat", &["ingress tcp 5432 sg-ri"])
        .host(
            "eni-nat",
            "i-nat",
            "subnet-near",
            "10.0.1.5",
            &["sg-nat"],
            false,
        );
    let world = World::on(net).endpoint(json!({"addresses": ["172.16.9.4"], "placement": {
        "onPremises": {"via": {"host": {
            "instanceID": "i-nat", "securityGroupIDs": ["sg-nat"], "forwarding": "Tunnel"
        }}}
    }}));
    let tunnel = Forwarder {
        interface: parse("eni-nat"),
        forwarding: Forwarding::Tunnel(parse("eni-nat")),
        source_nat: true,
    };
    ask(world).forwarder(tunnel).finds(
        "External FarSideNotOurs: FarSide 172.16.9.4/32",
        "leaves at eni-nat from 10.0.1.5",
    );
}
