//! Two VPCs, peered or on a transit gateway.

use crate::{
    net::{Net, vpc_attachment},
    world::World,
};
use dms_network_core::{
    api::Who,
    snapshot::{AttachedResource, Read},
};
use serde_json::{Value, json};

pub(crate) fn far(via: Value) -> Value {
    let mut placement = json!({"vpcID": "vpc-0b", "securityGroupIDs": ["sg-b"]});
    if !via.is_null() {
        placement["via"] = via;
    }
    json!({"addresses": ["10.1.2.20"], "placement": {"otherVPC": placement}})
}

pub(crate) fn peered() -> Net {
    Net::two_vpcs(&["10.1.0.0/16 pcx-0a"], &["10.0.0.0/16 pcx-0a"]).peering(
        "pcx-0a",
        "active",
        "vpc-0b",
        &["10.1.0.0/16"],
    )
}

fn on_peering(net: Net) -> World {
    World::on(net).endpoint(far(json!(null)))
}

#[test]
fn a_peered_vpc_is_reached_through_both_tables_and_the_peering() {
    let world = on_peering(peered().group_of("vpc-0b", "sg-b", &["ingress tcp 5432 sg-ri"]));
    assert_eq!(
        world.walk(),
        [
            "SecurityGroupEgress sg-ri Permitted",
            "NetworkACLEgress acl-near Permitted",
            "Route rtb-main Permitted",
            "VPCPeering pcx-0a Permitted",
            "NetworkACLIngress acl-b Permitted",
            "SecurityGroupIngress sg-b Permitted",
            "NetworkACLEgress acl-b Return Permitted",
            "Route rtb-b Return Permitted",
            "VPCPeering pcx-0a Return Permitted",
            "NetworkACLIngress acl-near Return Permitted",
        ]
    );
}

#[test]
fn the_client_s_group_gets_the_range_of_the_peer_vpc_and_the_far_one_a_reference() {
    let mut net = peered();
    net.group_mut("sg-ri").rules.clear();
    let world = on_peering(net);
    assert_eq!(
        world.opened(),
        [
            "+ sg-b ingress tcp 5432 sg-ri",
            "+ sg-ri egress tcp 5432 10.1.0.0/16"
        ]
    );
    world.settles();
}

#[test]
fn the_forms_of_admission_over_a_peering() {
    let rows = [
        ("SecurityGroup", "+ sg-b ingress tcp 5432 sg-ri"),
        ("PrivateIP", "+ sg-b ingress tcp 5432 10.0.1.10/32"),
        ("SubnetCIDR", "+ sg-b ingress tcp 5432 10.0.1.0/24"),
        ("VPCCIDR", "+ sg-b ingress tcp 5432 10.0.0.0/16"),
    ];
    for (admit, rule) in rows {
        let mut endpoint = far(json!(null));
        endpoint["admit"] = json!(admit);
        let world = World::on(peered()).endpoint(endpoint);
        assert_eq!(world.additions(), [rule], "{admit}");
        world.settles();
    }
    let mut endpoint = far(json!(null));
    endpoint["admit"] = json!("PublicIP");
    let world = World::on(peered()).endpoint(endpoint);
    assert_eq!(world.verdict(), "Blocked AdmitFormCannotWork");
}

#[test]
fn references_end_at_the_border_of_a_region() {
    let across = peered().but(|lists| {
        let Read::Known(peerings) = &mut lists.peerings else {
            return;
        };
        let peering = peerings.values_mut().next().unwrap();
        peering.accepter.region = Some("eu-central-1".parse().unwrap());
    });
    let world = on_peering(across);
    assert_eq!(world.additions(), ["+ sg-b ingress tcp 5432 10.0.1.10/32"]);
}

#[test]
fn what_stops_a_peering() {
    let two = |near: &[&str], far: &[&str]| Net::two_vpcs(near, far);
    let there: &[&str] = &["10.1.0.0/16 pcx-0a"];
    let back: &[&str] = &["10.0.0.0/16 pcx-0a"];
    let peers = |net: Net, status| net.peering("pcx-0a", status, "vpc-0b", &["10.1.0.0/16"]);
    let rows = [
        (peers(two(&[], back), "active"), "Blocked NoRoute"),
        (peers(two(there, &[]), "active"), "Blocked NoReturnRoute"),
        (
            peers(two(there, back), "pending-acceptance"),
            "Blocked PeeringNotActive",
        ),
        (two(there, back), "Blocked PeeringNotFound"),
        (
            peers(two(&["10.1.0.0/16 tgw-0a"], back), "active"),
            "Blocked AttachmentNotAvailable",
        ),
        (
            peers(two(&["10.1.0.0/16 igw-0a"], back), "active"),
            "Blocked RouteGoesElsewhere",
        ),
        (
            peers(two(&["10.1.0.0/16 pcx-0a blackhole"], back), "active"),
            "Blocked RouteNotActive",
        ),
        (
            peers(two(there, &["10.0.0.0/16 eni-fw"]), "active"),
            "External InspectedByMiddlebox",
        ),
        // A third VPC behind the peer: peering is not transitive.
        (
            two(there, back).peering("pcx-0a", "active", "vpc-0c", &["10.9.0.0/16"]),
            "Blocked NotInPeerCIDR",
        ),
        // Overlapping ranges: the local route takes the packets.
        (
            peers(
                two(there, back).main_table(&["10.0.0.0/16 local", "10.1.0.0/16 local"]),
                "active",
            ),
            "Blocked RouteGoesElsewhere",
        ),
    ];
    for (place, (net, verdict)) in rows.into_iter().enumerate() {
        let net = net.group_of("vpc-0b", "sg-b", &["ingress tcp 5432 10.0.1.10/32"]);
        let world = on_peering(net);
        assert_eq!(world.verdict(), verdict, "row {place}: {:?}", world.walk());
        assert_eq!(world.additions(), Vec::<String>::new());
    }
}

#[test]
fn an_address_outside_of_the_peer_is_carried_nowhere() {
    let net = peered().main_table(&["10.0.0.0/16 local", "10.0.0.0/8 pcx-0a"]);
    let mut endpoint = far(json!(null));
    endpoint["addresses"] = json!(["10.2.0.5"]);
    let world = World::on(net).endpoint(endpoint);
    assert_eq!(world.verdict(), "Blocked NotInPeerCIDR");
}

#[test]
fn a_declared_peering_is_the_one_that_must_be_taken() {
    let declared = |id: &str| far(json!({"peeringConnectionID": id}));
    let net = peered().group_of("vpc-0b", "sg-b", &["ingress tcp 5432 sg-ri"]);
    let world = World::on(net);
    let right = world.clone().endpoint(declared("pcx-0a"));
    assert_eq!(right.verdict(), "Permitted Permitted");
    let wrong = world.endpoint(declared("pcx-0c"));
    assert_eq!(wrong.verdict(), "Blocked RouteGoesElsewhere");
}

#[test]
fn a_vpc_of_another_account_is_that_account_s_to_open() {
    let net = peered().but(|lists| {
        let other = "444455556666".parse().unwrap();
        if let Read::Known(vpcs) = &mut lists.vpcs {
            vpcs.remove(&"vpc-0b".parse().unwrap());
        }
        if let Read::Known(peerings) = &mut lists.peerings {
            peerings.values_mut().next().unwrap().accepter.owner_id = Some(other);
        }
    });
    let world = on_peering(net);
    assert_eq!(world.verdict(), "External FarSideNotOurs");
    let plan = world.plan();
    let requirement = plan.requirements.first().unwrap();
    assert_eq!(requirement.who, Who::OtherAccount);
    assert_eq!(requirement.allow.from, ["10.0.1.10/32".parse().unwrap()]);
    assert!(world.outlook().ready());
}

#[test]
fn a_vpc_that_is_nobody_s_does_not_exist() {
    let net = Net::two_subnets().with_gateways();
    assert_eq!(on_peering(net).verdict(), "Blocked VPCNotFound");
}

#[test]
fn what_was_not_read_of_a_peering_is_unknown() {
    let net = peered().but(|lists| {
        lists.peerings = Read::not_in_snapshot("ec2:DescribeVpcPeeringConnections");
    });
    assert_eq!(on_peering(net).verdict(), "Unknown NotObserved");
}

/// Both VPCs on `tgw-0a`, each by a subnet of its own in the zone of its instances, with closed ACLs there.
pub(crate) fn attached(referencing: bool, routes: &[&str]) -> Net {
    let mut net = Net::two_vpcs(&["10.1.0.0/16 tgw-0a"], &["10.0.0.0/16 tgw-0a"])
        .subnet("subnet-gwr", &["10.0.9.0/28"])
        .subnet_of("vpc-0b", "subnet-gwb", &["10.1.9.0/28"])
        .acl("acl-gwr", &["subnet-gwr"], &[])
        .acl("acl-gwb", &["subnet-gwb"], &[])
        .transit_gateway("tgw-0a", referencing, routes)
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-gwr"]))
        .attachment("tgw-attach-b", vpc_attachment("vpc-0b", &["subnet-gwb"]));
    net.acl_mut("acl-gwb").vpc_id = "vpc-0b".parse().unwrap();
    net
}

pub(crate) const ROUTES: &[&str] = &[
    "10.1.0.0/16 tgw-attach-b",
    "10.0.0.0/16 tgw-attach-a propagated",
];

fn on_gateway(net: Net) -> World {
    World::on(net).endpoint(far(json!(null)))
}

#[test]
fn a_transit_gateway_adds_the_acls_of_its_attachment_subnets() {
    let world = on_gateway(attached(false, ROUTES));
    assert_eq!(
        world.walk(),
        [
            "SecurityGroupEgress sg-ri Permitted",
            "NetworkACLEgress acl-near Permitted",
            "Route rtb-main Permitted",
            "NetworkACLIngress acl-gwr NoNetworkACLEntry",
            "TransitGateway tgw-0a Permitted",
            "NetworkACLEgress acl-gwb NoNetworkACLEntry",
            "NetworkACLIngress acl-b Permitted",
            "SecurityGroupIngress sg-b SecurityGroupHasNoRules",
            "NetworkACLEgress acl-b Return Permitted",
            "Route rtb-b Return Permitted",
            "NetworkACLIngress acl-gwb Return NoReturnEntry",
            "TransitGateway tgw-0a Return Permitted",
            "NetworkACLEgress acl-gwr Return NoReturnEntry",
            "NetworkACLIngress acl-near Return Permitted",
        ]
    );
    assert_eq!(
        world.opened(),
        [
            "+ acl-gwb 20000 egress tcp 5432 10.1.2.20/32",
            "+ acl-gwb 20000 ingress tcp 1024-65535 10.1.2.20/32",
            "+ acl-gwr 20000 egress tcp 1024-65535 10.0.1.10/32",
            "+ acl-gwr 20000 ingress tcp 5432 10.0.1.10/32",
            "+ sg-b ingress tcp 5432 10.0.1.10/32",
        ]
    );
    world.settles();
}

#[test]
fn an_attachment_in_the_instance_s_own_subnet_judges_packets_towards_the_gateway_alone() {
    let net = Net::two_vpcs(&["10.1.0.0/16 tgw-0a"], &["10.0.0.0/16 tgw-0a"])
        .transit_gateway("tgw-0a", false, ROUTES)
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
        .attachment("tgw-attach-b", vpc_attachment("vpc-0b", &["subnet-b"]));
    let world = on_gateway(net);
    let acls: Vec<String> = world
        .walk()
        .into_iter()
        .filter(|gate| gate.starts_with("NetworkACL"))
        .collect();
    assert_eq!(
        acls,
        [
            "NetworkACLEgress acl-near Permitted",
            "NetworkACLIngress acl-near Permitted",
            "NetworkACLEgress acl-b Return Permitted",
            "NetworkACLIngress acl-b Return Permitted",
        ]
    );
}

#[test]
fn a_reference_through_a_transit_gateway_is_inbound_and_on_request() {
    let mut endpoint = far(json!(null));
    endpoint["admit"] = json!("SecurityGroup");
    let on = World::on(attached(true, ROUTES)).endpoint(endpoint.clone());
    assert!(
        on.additions()
            .contains(&"+ sg-b ingress tcp 5432 sg-ri".to_owned())
    );
    on.settles();
    let off = World::on(attached(false, ROUTES)).endpoint(endpoint);
    assert_eq!(off.verdict(), "Blocked AdmitFormCannotWork");
    let auto = on_gateway(attached(true, ROUTES));
    assert!(
        auto.additions()
            .contains(&"+ sg-b ingress tcp 5432 10.0.1.10/32".to_owned())
    );
}

#[test]
fn egress_through_a_transit_gateway_names_the_declared_address() {
    let mut net = attached(true, ROUTES);
    net.group_mut("sg-ri").rules.clear();
    let world = on_gateway(net);
    assert!(
        world
            .additions()
            .contains(&"+ sg-ri egress tcp 5432 10.1.2.20/32".to_owned()),
        "{:?}",
        world.additions()
    );
}

#[test]
fn what_stops_a_transit_gateway() {
    let rows: [(&[&str], &str); 5] = [
        (
            &["10.1.0.0/16 tgw-attach-b"],
            "Blocked TransitGatewayNoRoute",
        ),
        (
            &["10.0.0.0/16 tgw-attach-a"],
            "Blocked TransitGatewayNoRoute",
        ),
        // The longest prefix wins, and static before propagated.
        (
            &[
                "10.1.2.0/24 blackhole",
                "10.1.0.0/16 tgw-attach-b",
                "10.0.0.0/16 tgw-attach-a",
            ],
            "Blocked RouteNotActive",
        ),
        (
            &[
                "10.1.0.0/16 tgw-attach-a",
                "10.1.0.0/16 tgw-attach-b propagated",
                "10.0.0.0/16 tgw-attach-a",
            ],
            "Blocked RouteGoesElsewhere",
        ),
        (
            &["10.1.0.0/16 tgw-attach-c", "10.0.0.0/16 tgw-attach-a"],
            "Unknown NotObserved",
        ),
    ];
    for (routes, verdict) in rows {
        let world = on_gateway(attached(false, routes));
        assert_eq!(world.verdict(), verdict, "{routes:?}");
    }
}

#[test]
fn a_zone_without_an_attachment_subnet_is_cut_off() {
    let net = attached(false, ROUTES)
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-farc"]));
    let net = net.subnet("subnet-farc", &["10.0.7.0/28"]);
    let world = on_gateway(net);
    assert_eq!(world.verdict(), "Blocked AttachmentMissingInZone");
    assert!(
        world
            .closed()
            .remedy
            .unwrap()
            .contains("modify-transit-gateway-vpc-attachment")
    );
}

#[test]
fn an_attachment_that_is_not_available_carries_nothing() {
    let net = attached(false, ROUTES).but(|lists| {
        let Read::Known(attachments) = &mut lists.transit_gateway_attachments else {
            return;
        };
        let near = attachments.get_mut(&"tgw-attach-a".parse().unwrap());
        near.unwrap().state = "pendingAcceptance".to_owned();
    });
    assert_eq!(on_gateway(net).verdict(), "Blocked AttachmentNotAvailable");
}

#[test]
fn what_is_attached_beyond_another_gateway_is_not_seen_through() {
    let net = attached(
        false,
        &["10.1.0.0/16 tgw-attach-p", "10.0.0.0/16 tgw-attach-a"],
    )
    .attachment(
        "tgw-attach-p",
        AttachedResource::Peering {
            peer: None,
            region: None,
        },
    )
    .group_of("vpc-0b", "sg-b", &["ingress tcp 5432 10.0.1.10/32"]);
    let after = on_gateway(net).settles();
    assert_eq!(after.verdict(), "External NotSeenThrough");
    assert_eq!(after.plan().requirements[0].who, Who::NetworkOwner);
}

#[test]
fn ipv6_passes_a_transit_gateway_only_where_both_attachments_carry_it() {
    let net = Net::two_vpcs(&["2001:db8:b::/48 tgw-0a"], &["2001:db8:a::/48 tgw-0a"])
        .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:a:1::/64"])
        .subnet_of("vpc-0b", "subnet-b", &["10.1.2.0/24", "2001:db8:b:2::/64"])
        .transit_gateway(
            "tgw-0a",
            false,
            &[
                "2001:db8:b::/48 tgw-attach-b",
                "2001:db8:a::/48 tgw-attach-a",
            ],
        )
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
        .attachment("tgw-attach-b", vpc_attachment("vpc-0b", &["subnet-b"]));
    let mut endpoint = far(json!(null));
    endpoint["addresses"] = json!(["2001:db8:b:2::20"]);
    let world = World::on(net)
        .client(json!({"privateIPs": ["2001:db8:a:1::10"]}))
        .endpoint(endpoint);
    assert_eq!(world.verdict(), "Blocked IPv6NotEnabled");
}
