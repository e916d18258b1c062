//! Every way in which a declaration and the network can disagree, each with a reason of its own.

use crate::{
    internet::{behind_nat, blocking, by_internet_gateway, near, public, to_public},
    net::{Net, parse, vpc_attachment},
    on_premises::{bridged, by_gateway, by_host, host, site},
    other_vpc::{ROUTES, attached, far, peered},
    world::World,
};
use dms_network_core::{
    api::Reason,
    snapshot::{BlockPublicAccessMode, Read, ScopeLists},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn one() -> World {
    World::on(Net::two_subnets())
}

fn to(members: Value) -> World {
    one().endpoint(members)
}

fn without_addresses(placement: Value) -> World {
    to(json!({"addresses": null, "placement": placement}))
}

fn on_peering(net: Net) -> World {
    World::on(net).endpoint(far(json!(null)))
}

fn peering_of(status: &str, cidrs: &[&str]) -> World {
    let net = Net::two_vpcs(&["10.1.0.0/16 pcx-0a"], &["10.0.0.0/16 pcx-0a"]);
    on_peering(net.peering("pcx-0a", status, "vpc-0b", cidrs))
}

fn routed(routes: &[&str]) -> World {
    let local: &[&str] = &["10.0.0.0/16 local"];
    let net = Net::two_subnets().prefix_list("pl-0a", 1, Some(&["10.0.2.0/24"]));
    let net = net.prefix_list("pl-0b", 1, Some(&["10.0.2.0/24"]));
    World::on(net.table("rtb-near", &["subnet-near"], &[local, routes].concat()))
}

fn v6_over_a_transit_gateway() -> World {
    let net = Net::two_vpcs(&["2001:db8:b::/48 tgw-0a"], &[])
        .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:a:1::/64"])
        .subnet_of("vpc-0b", "subnet-b", &["10.1.2.0/24", "2001:db8:b:2::/64"])
        .transit_gateway("tgw-0a", false, &[])
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
        .attachment("tgw-attach-b", vpc_attachment("vpc-0b", &["subnet-b"]));
    let mut endpoint = far(json!(null));
    endpoint["addresses"] = json!(["2001:db8:b:2::20"]);
    World::on(net)
        .client(json!({"privateIPs": ["2001:db8:a:1::10"]}))
        .endpoint(endpoint)
}

fn forgetting(forget: impl FnOnce(&mut ScopeLists)) -> World {
    World::on(Net::two_subnets().but(forget))
}

fn proxy(members: Value) -> World {
    let net = Net::two_subnets().group("sg-proxy", &[]).host(
        "eni-0a",
        "i-0a",
        "subnet-far",
        "10.0.2.5",
        &["sg-proxy"],
        true,
    );
    World::on(net).endpoint(json!({"placement": {"proxy": {
        "host": members, "listenPort": 15432, "behind": {"sameVPC": {}}
    }}}))
}

fn acl(entries: &[&str]) -> World {
    World::on(Net::two_subnets().entries("acl-far", entries))
}

/// A NAT gateway without public addresses, on the way to the internet.
fn private_nat() -> World {
    let net = behind_nat(&["0.0.0.0/0 igw-0a"]);
    to_public(net.nat_gateway("nat-0a", "subnet-nat", &[], &["10.0.8.7"]))
}

fn failed_nat() -> World {
    to_public(behind_nat(&["0.0.0.0/0 igw-0a"]).but(|lists| {
        if let Read::Known(gateways) = &mut lists.nat_gateways {
            gateways.values_mut().next().unwrap().state = "failed".to_owned();
        }
    }))
}

fn pending_attachment() -> World {
    on_peering(attached(false, ROUTES).but(|lists| {
        if let Read::Known(attachments) = &mut lists.transit_gateway_attachments {
            let near = attachments.get_mut(&parse("tgw-attach-a")).unwrap();
            near.state = "pendingAcceptance".to_owned();
        }
    }))
}

fn in_another_zone() -> World {
    let net = attached(false, ROUTES).subnet("subnet-gwc", &["10.0.7.0/28"]);
    on_peering(net.attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-gwc"])))
}

fn cases() -> Vec<(Reason, World)> {
    use Reason as R;
    let dms = "arn:aws:dms:eu-west-1:111122223333:endpoint:ABC";
    let igw = || near(&["0.0.0.0/0 igw-0a"]).internet_gateway("igw-0a", &["vpc-0a"]);
    let closed = Net::two_subnets().with_gateways();
    vec![
        // The declaration itself.
        (R::SpecNotUnderstood, to(json!({"placement": {}}))),
        (
            R::EndpointPortUnknown,
            to(json!({"ports": [], "engine": "kafka"})),
        ),
        (R::DMSEndpointNotFound, to(json!({"ports": [], "arn": dms}))),
        (
            R::ClassicLinkRetired,
            to(json!({"placement": {"classicLink": {}}})),
        ),
        (R::ReservedByDMS, to(json!({"addresses": ["192.168.0.9"]}))),
        (R::AdmitFormCannotWork, to(json!({"admit": "NATGateway"}))),
        (
            R::AddressFamilyMismatch,
            to(json!({"addresses": ["2001:db8::20"]})),
        ),
        (
            R::AddressNotInSubnet,
            to(json!({"addresses": ["10.0.9.9"]})),
        ),
        (
            R::AddressNotInSubnet,
            one().client(json!({"privateIPs": ["10.0.2.9"]})),
        ),
        (R::AddressOutsideVPC, to(json!({"addresses": ["10.7.0.1"]}))),
        (
            R::AddressNotOnInterface,
            to_public(igw()).client(json!({"publicIPs": ["198.51.100.9"]})),
        ),
        (R::NoPublicAddress, to_public(igw())),
        // What is not there, or elsewhere.
        (R::VPCNotFound, on_peering(closed.clone())),
        (
            R::SubnetNotFound,
            one().client(json!({"subnetIDs": ["subnet-lost"]})),
        ),
        (
            R::SubnetInAnotherVPC,
            World::on(peered()).client(json!({"subnetIDs": ["subnet-b"]})),
        ),
        (
            R::SecurityGroupNotFound,
            one().client(json!({"securityGroupIDs": ["sg-lost"]})),
        ),
        (
            R::SecurityGroupInAnotherVPC,
            World::on(peered()).client(json!({"securityGroupIDs": ["sg-b"]})),
        ),
        (
            R::SecurityGroupsUnknown,
            to(json!({"placement": {"sameVPC": {}}})),
        ),
        (
            R::GroupNotOnInterface,
            proxy(json!({"instanceID": "i-0a", "securityGroupIDs": ["sg-db"]})),
        ),
        (R::InstanceNotFound, proxy(json!({"instanceID": "i-0b"}))),
        (
            R::InterfaceNotFound,
            proxy(json!({"networkInterfaceID": "eni-0b"})),
        ),
        (
            R::InterfaceNotFound,
            by_host(near(&["172.16.0.0/12 eni-0c"]), host(json!({}))),
        ),
        (
            R::InstanceNotFound,
            by_host(near(&["172.16.0.0/12 i-0c"]), host(json!({}))),
        ),
        (
            R::NetworkACLNotFound,
            forgetting(|lists| lists.network_acls = Read::Known([].into())),
        ),
        (
            R::RouteTableNotFound,
            forgetting(|lists| lists.route_tables = Read::Known([].into())),
        ),
        (
            R::NotObserved,
            forgetting(|lists| {
                lists.security_groups = Read::not_in_snapshot("ec2:DescribeSecurityGroups")
            }),
        ),
        // Network ACLs.
        (
            R::NoNetworkACLEntry,
            acl(&["100 egress allow all 0.0.0.0/0"]),
        ),
        (R::NoReturnEntry, acl(&["100 ingress allow all 0.0.0.0/0"])),
        (
            R::BlockedByDeny,
            acl(&["90 ingress deny tcp 5432 0.0.0.0/0"]),
        ),
        (
            R::NetworkACLNotManaged,
            acl(&[]).account(json!({"networkACLs": "Report"})),
        ),
        (R::SecurityGroupHasNoRules, one()),
        (
            R::NoSecurityGroupRule,
            World::on(Net::two_subnets().group("sg-db", &["ingress tcp 22 10.0.0.0/8"])),
        ),
        // Routes.
        (R::NoRoute, on_peering(Net::two_vpcs(&[], &[]))),
        (
            R::NoReturnRoute,
            on_peering(Net::two_vpcs(&["10.1.0.0/16 pcx-0a"], &[]).peering(
                "pcx-0a",
                "active",
                "vpc-0b",
                &["10.1.0.0/16"],
            )),
        ),
        (R::RouteNotActive, routed(&["10.0.2.0/24 eni-fw blackhole"])),
        (R::RouteGoesElsewhere, routed(&["10.0.2.0/24 tgw-0a"])),
        (
            R::AmbiguousRoute,
            routed(&["pl-0a eni-fw", "pl-0b eni-fw2"]),
        ),
        (R::RoutingLoop, to_public(behind_nat(&["0.0.0.0/0 nat-0a"]))),
        (R::InspectedByMiddlebox, routed(&["10.0.2.0/24 vpce-fw"])),
        (R::NotSeenThrough, routed(&["10.0.2.0/24 core-network"])),
        (R::FarSideNotOurs, to_public(by_internet_gateway())),
        // Peering connections.
        (
            R::PeeringNotFound,
            on_peering(Net::two_vpcs(&["10.1.0.0/16 pcx-0a"], &[])),
        ),
        (
            R::PeeringNotActive,
            peering_of("pending-acceptance", &["10.1.0.0/16"]),
        ),
        (R::PeerUnknown, {
            let world = peering_of("active", &[]);
            let net = world.net.clone().but(|lists| {
                if let Read::Known(vpcs) = &mut lists.vpcs {
                    vpcs.remove(&parse("vpc-0b"));
                }
                if let Read::Known(peerings) = &mut lists.peerings {
                    peerings.values_mut().next().unwrap().accepter.owner_id =
                        Some(parse("444455556666"));
                }
            });
            world.moved(net)
        }),
        (
            R::NotInPeerCIDR,
            on_peering(Net::two_vpcs(&["10.1.0.0/16 pcx-0a"], &[]).peering(
                "pcx-0a",
                "active",
                "vpc-0c",
                &["10.9.0.0/16"],
            )),
        ),
        // Transit gateways.
        (R::AttachmentMissingInZone, in_another_zone()),
        (R::AttachmentNotAvailable, pending_attachment()),
        (R::TransitGatewayNoRoute, on_peering(attached(false, &[]))),
        (R::IPv6NotEnabled, v6_over_a_transit_gateway()),
        // Gateways out of the VPC.
        (R::GatewayNotFound, to_public(near(&["0.0.0.0/0 igw-0a"]))),
        (R::GatewayNotFound, to_public(near(&["0.0.0.0/0 nat-0a"]))),
        (
            R::GatewayNotFound,
            by_gateway(near(&["172.16.0.0/12 vgw-0a"]), "vgw-0a"),
        ),
        (
            R::GatewayNotAttached,
            by_gateway(
                near(&["172.16.0.0/12 vgw-0a"]).vpn_gateway("vgw-0a", &[]),
                "vgw-0a",
            ),
        ),
        (
            R::InternetGatewayDetached,
            to_public(near(&["0.0.0.0/0 igw-0a"]).internet_gateway("igw-0a", &[])),
        ),
        (R::InternetGatewayDetached, {
            let net = near(&["::/0 eigw-0a"])
                .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:a:1::/64"])
                .egress_only_gateway("eigw-0a", &["vpc-0c"]);
            let mut endpoint = public(json!(null));
            endpoint["addresses"] = json!(["2001:db8:ffff::20"]);
            World::on(net)
                .client(json!({"privateIPs": ["2001:db8:a:1::10"]}))
                .endpoint(endpoint)
        }),
        (
            R::PrivateDestination,
            World::on(by_internet_gateway())
                .endpoint(json!({"addresses": ["172.16.9.4"], "placement": {"internet": {}}})),
        ),
        (
            R::PublicAccessBlocked,
            to_public(blocking(
                by_internet_gateway(),
                BlockPublicAccessMode::Ingress,
                None,
            )),
        ),
        (R::NATGatewayNotAvailable, failed_nat()),
        (R::NATGatewayWithoutInternet, private_nat()),
        (R::NATGatewayWithoutInternet, to_public(behind_nat(&[]))),
        (
            R::SourceDestCheckEnabled,
            by_host(bridged(true, &[]), host(json!({}))),
        ),
        (
            R::RouteGoesElsewhere,
            World::on(near(&["172.16.0.0/12 vgw-0b"]))
                .endpoint(site(json!({"gateway": {"id": "vgw-0a"}}))),
        ),
        (
            R::AddressNotInSubnet,
            without_addresses(json!({"sameVPC": {"securityGroupIDs": ["sg-db"]}})),
        ),
    ]
}

#[test]
fn each_disagreement_is_told_by_a_reason_of_its_own() {
    for (place, (reason, world)) in cases().into_iter().enumerate() {
        let paths = world.plan().paths;
        let mut gates = paths.iter().flat_map(|path| &path.status.gates);
        assert!(
            gates.any(|gate| gate.reason == reason),
            "case {place}, {reason}: {:?}",
            world.paths()
        );
    }
}

/// The reasons of objects as wholes, of accounts and of notes: each has its statements elsewhere.
const STATED_ELSEWHERE: &[Reason] = &[
    Reason::Permitted,
    Reason::PermittedWithRequirements,
    Reason::PermittedByAnotherClaim,
    Reason::Pending,
    Reason::RulesMissing,
    Reason::Settling,
    Reason::Releasing,
    Reason::RevocationPending,
    Reason::Terminating,
    Reason::Expired,
    Reason::PlanMode,
    Reason::WaitingForOtherOwner,
    Reason::AccountUsable,
    Reason::AccountNotFound,
    Reason::AccountChanged,
    Reason::AccountMismatch,
    Reason::AccessDenied,
    Reason::CredentialsNotUsable,
    Reason::CallRefused,
    Reason::AWSUnreachable,
    Reason::Throttled,
    Reason::NotAllowedByAccount,
    Reason::QuotaExceeded,
    Reason::QuotaPressure,
    Reason::ReplicationInstanceResolved,
    Reason::ReplicationInstanceNotFound,
    Reason::ReplicationInstanceNotReady,
    Reason::SecondaryAddressUnknown,
    Reason::SecurityGroupReferenceNotPreserved,
    Reason::SecurityGroupReferencingDisabled,
    Reason::ReturnPortsDenied,
    Reason::NoEntryNumber,
    Reason::EntryRangeShared,
    Reason::UnclaimedEntry,
    Reason::VPNDown,
    Reason::NATGatewayNotInZone,
    Reason::ConnectionTestFailed,
    Reason::ConnectionTestPassed,
];

#[test]
fn no_reason_of_a_gate_is_without_a_case() {
    let cases: BTreeSet<Reason> = cases().into_iter().map(|(reason, _)| reason).collect();
    let others = Reason::ALL
        .iter()
        .filter(|it| !STATED_ELSEWHERE.contains(it));
    let of_gates: BTreeSet<Reason> = others.copied().collect();
    assert_eq!(cases, of_gates);
}
