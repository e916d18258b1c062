//! What was not read is unknown: never permitted, never absent; and only what a path needs counts.

use crate::{
    internet::{behind_nat, by_internet_gateway, near, public, to_public},
    net::{Net, vpc_attachment},
    on_premises::{bridged, by_gateway, by_host, host},
    other_vpc::{far, peered},
    world::World,
};
use dms_network_core::{
    api::Reason,
    plan::Outlook,
    snapshot::{AttachedResource, Read, ScopeLists, Unread, UnreadCause},
};
use serde_json::json;

fn unread<T>(call: &'static str, cause: &UnreadCause) -> Read<T> {
    let cause = cause.clone();
    Read::Unread(Unread { call, cause })
}

type Forget = fn(&mut ScopeLists, &UnreadCause);

/// Every list that one VPC needs, with the call that reads it.
const LISTS: [(&str, &str, Forget); 4] = [
    (
        "ec2:DescribeSubnets",
        "aws ec2 describe-subnets",
        |lists, cause| {
            lists.subnets = unread("ec2:DescribeSubnets", cause);
        },
    ),
    (
        "ec2:DescribeSecurityGroups",
        "aws ec2 describe-security-groups",
        |lists, cause| {
            lists.security_groups = unread("ec2:DescribeSecurityGroups", cause);
        },
    ),
    (
        "ec2:DescribeNetworkAcls",
        "aws ec2 describe-network-acls",
        |lists, cause| {
            lists.network_acls = unread("ec2:DescribeNetworkAcls", cause);
        },
    ),
    (
        "ec2:DescribeRouteTables",
        "aws ec2 describe-route-tables",
        |lists, cause| {
            lists.route_tables = unread("ec2:DescribeRouteTables", cause);
        },
    ),
];

#[test]
fn a_list_that_was_not_read_makes_the_path_unknown_and_names_the_call() {
    for (call, command, forget) in LISTS {
        let cause = UnreadCause::NotInSnapshot;
        let world = World::on(Net::two_subnets().but(|lists| forget(lists, &cause)));
        assert_eq!(world.verdict(), "Unknown NotObserved", "{call}");
        let gates = world.gates();
        let gate = gates
            .iter()
            .find(|gate| gate.reason == Reason::NotObserved)
            .unwrap();
        assert!(gate.message.contains(call), "{}", gate.message);
        assert!(gate.remedy.as_ref().unwrap().contains(command));
        assert_eq!(world.additions(), Vec::<String>::new());
        assert_eq!(world.outlook(), Outlook::NotObserved);
    }
}

#[test]
fn a_call_that_was_refused_says_so() {
    for (call, _, forget) in LISTS {
        let cause = UnreadCause::Denied("UnauthorizedOperation: no".to_owned());
        let world = World::on(Net::two_subnets().but(|lists| forget(lists, &cause)));
        assert_eq!(world.verdict(), "Unknown AccessDenied", "{call}");
        let gates = world.gates();
        let gate = gates
            .iter()
            .find(|gate| gate.reason == Reason::AccessDenied)
            .unwrap();
        assert!(gate.message.contains("UnauthorizedOperation"));
        assert!(gate.remedy.as_ref().unwrap().contains(call));
        assert_eq!(world.outlook(), Outlook::Stalled(Reason::AccessDenied));
    }
}

#[test]
fn only_what_the_path_needs_counts() {
    // Neither ACLs nor routes within a subnet, no VPC where every address is in a subnet, no interfaces, no DMS.
    let net = Net::two_subnets().but(|lists| {
        *lists = ScopeLists {
            account_id: lists.account_id.clone(),
            subnets: lists.subnets.clone(),
            security_groups: lists.security_groups.clone(),
            ..ScopeLists::unread()
        };
    });
    let world = World::on(net).endpoint(json!({"addresses": ["10.0.1.20"]}));
    assert_eq!(world.additions(), ["+ sg-db ingress tcp 5432 sg-ri"]);
    world.settles();
}

#[test]
fn the_vpc_is_needed_for_what_no_subnet_holds() {
    let net = Net::two_subnets()
        .but(|lists| lists.vpcs = unread("ec2:DescribeVpcs", &UnreadCause::NotInSnapshot));
    let world = World::on(net.clone()).endpoint(json!({"addresses": ["10.7.0.1"]}));
    assert_eq!(world.verdict(), "Unknown NotObserved");
    let lost = net.but(|lists| lists.vpcs = Read::Known([].into()));
    let world = world.moved(lost);
    assert_eq!(world.verdict(), "Blocked VPCNotFound");
}

#[test]
fn an_instance_that_could_not_be_looked_up_is_unknown_and_keeps_what_it_holds() {
    for (cause, reason) in [
        (UnreadCause::NotInSnapshot, Reason::NotObserved),
        (
            UnreadCause::Denied("AccessDeniedException".to_owned()),
            Reason::AccessDenied,
        ),
    ] {
        let net = Net::two_subnets().but(|lists| {
            lists.replication_instances = unread("dms:DescribeReplicationInstances", &cause);
        });
        let world = World::on(net)
            .instance(json!({"instance": {"identifier": "orders-ri"}}))
            .holding(&["sg-db ingress tcp 5432 sg-ri"]);
        assert_eq!(world.outlook().reason(), reason);
        assert_eq!(world.releases(), Vec::<String>::new());
        let document = world.document();
        assert!(!document.ready);
        assert!(
            document.refusals[0]
                .message
                .contains("dms:DescribeReplicationInstances")
        );
    }
}

#[test]
fn a_blocked_gate_outweighs_an_unread_one() {
    let cause = UnreadCause::NotInSnapshot;
    let net = Net::two_subnets()
        .table(
            "rtb-near",
            &["subnet-near"],
            &["10.0.0.0/16 local", "10.0.2.0/24 tgw-0a"],
        )
        .but(|lists| lists.network_acls = unread("ec2:DescribeNetworkAcls", &cause));
    assert_eq!(World::on(net).verdict(), "Blocked RouteGoesElsewhere");
}

/// What leads out of a VPC, with a path that needs each list.
fn ways_out() -> Vec<(&'static str, World, Forget)> {
    let site = near(&["172.16.0.0/12 tgw-0a"])
        .transit_gateway(
            "tgw-0a",
            false,
            &["172.16.0.0/12 tgw-attach-v", "10.0.0.0/16 tgw-attach-a"],
        )
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
        .attachment("tgw-attach-v", AttachedResource::Vpn("vpn-0a".into()));
    let by_tgw = || by_gateway(site.clone(), "tgw-0a");
    let by_vgw = || {
        let net = near(&["172.16.0.0/12 vgw-0a"]).vpn_gateway("vgw-0a", &["vpc-0a"]);
        by_gateway(net, "vgw-0a")
    };
    let v6 = || {
        let net = near(&["::/0 eigw-0a"])
            .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:a:1::/64"])
            .group("sg-ri", &["egress all ::/0"])
            .egress_only_gateway("eigw-0a", &["vpc-0a"]);
        let mut endpoint = public(json!(null));
        endpoint["addresses"] = json!(["2001:db8:ffff::20"]);
        World::on(net)
            .client(json!({"privateIPs": ["2001:db8:a:1::10"]}))
            .endpoint(endpoint)
    };
    vec![
        (
            "ec2:DescribeVpcPeeringConnections",
            World::on(peered()).endpoint(far(json!(null))),
            |lists, cause| {
                lists.peerings = unread("ec2:DescribeVpcPeeringConnections", cause);
            },
        ),
        (
            "ec2:DescribeInternetGateways",
            to_public(by_internet_gateway()),
            |lists, cause| {
                lists.internet_gateways = unread("ec2:DescribeInternetGateways", cause);
            },
        ),
        (
            "ec2:DescribeEgressOnlyInternetGateways",
            v6(),
            |lists, cause| {
                lists.egress_only_internet_gateways =
                    unread("ec2:DescribeEgressOnlyInternetGateways", cause);
            },
        ),
        (
            "ec2:DescribeNatGateways",
            to_public(behind_nat(&["0.0.0.0/0 igw-0a"])),
            |lists, cause| {
                lists.nat_gateways = unread("ec2:DescribeNatGateways", cause);
            },
        ),
        ("ec2:DescribeVpnGateways", by_vgw(), |lists, cause| {
            lists.vpn_gateways = unread("ec2:DescribeVpnGateways", cause);
        }),
        (
            "ec2:DescribeTransitGatewayAttachments",
            by_tgw(),
            |lists, cause| {
                lists.transit_gateway_attachments =
                    unread("ec2:DescribeTransitGatewayAttachments", cause);
            },
        ),
        (
            "ec2:DescribeTransitGatewayRouteTables",
            by_tgw(),
            |lists, cause| {
                lists.transit_gateway_route_tables =
                    unread("ec2:DescribeTransitGatewayRouteTables", cause);
            },
        ),
        (
            "ec2:DescribeNetworkInterfaces",
            by_host(bridged(false, &[]), host(json!({}))),
            |lists, cause| {
                lists.network_interfaces = unread("ec2:DescribeNetworkInterfaces", cause);
            },
        ),
        (
            "ec2:DescribeVpcs",
            World::on(peered()).endpoint(far(json!(null))),
            |lists, cause| {
                lists.vpcs = unread("ec2:DescribeVpcs", cause);
            },
        ),
    ]
}

#[test]
fn what_leads_out_of_a_vpc_is_unknown_while_its_list_was_not_read() {
    for (call, world, forget) in ways_out() {
        for (cause, reason) in [
            (UnreadCause::NotInSnapshot, Reason::NotObserved),
            (
                UnreadCause::Denied("UnauthorizedOperation".to_owned()),
                Reason::AccessDenied,
            ),
            (UnreadCause::Partial, Reason::NotObserved),
        ] {
            let net = world.net.clone().but(|lists| forget(lists, &cause));
            let world = world.moved(net);
            assert_eq!(world.verdict(), format!("Unknown {reason}"), "{call}");
            let gates = world.gates();
            let gate = gates.iter().find(|gate| gate.reason == reason).unwrap();
            assert!(gate.message.contains(call), "{}", gate.message);
            assert_eq!(world.additions(), Vec::<String>::new());
        }
    }
}

#[test]
fn what_is_judged_only_where_it_was_read_is_noted_otherwise() {
    let world = to_public(by_internet_gateway());
    let net = world.net.clone().but(|lists| {
        lists.block_public_access = unread(
            "ec2:DescribeVpcBlockPublicAccessOptions",
            &UnreadCause::NotInSnapshot,
        );
    });
    let world = world.moved(net);
    assert_eq!(world.verdict(), "External FarSideNotOurs");
    assert_eq!(world.notes(), [Reason::NotObserved]);
    let net = near(&["172.16.0.0/12 vgw-0a"]).vpn_gateway("vgw-0a", &["vpc-0a"]);
    let world = by_gateway(net, "vgw-0a");
    let net = world.net.clone().but(|lists| {
        lists.vpn_connections = unread("ec2:DescribeVpnConnections", &UnreadCause::NotInSnapshot);
    });
    let world = world.moved(net);
    assert_eq!(world.verdict(), "External FarSideNotOurs");
    assert_eq!(world.notes(), [Reason::NotObserved]);
}
