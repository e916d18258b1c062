//! What is not there, and what was not read.

use super::{BACK, THERE, names};
use crate::second_opinion::{
    ask,
    ground::{admitted, in_other_vpc, one_vpc, peered, routed, to_other_vpc, two_vpcs},
};
use crate::{
    net::{Net, parse},
    world::World,
};
use dms_network_core::{
    api::Reason,
    snapshot::{Read, ScopeLists},
};
use serde_json::json;

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

/// The peer VPC is another account's, which nobody reads: its owner must admit the client, by its address: a reference
/// to its group is not believed.
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
