//! What was not read is unknown: never permitted, never absent; and only what a path needs counts.

use crate::{net::Net, world::World};
use dms_network_core::{
    api::Reason,
    plan::Outlook,
    snapshot::{Read, ScopeLists, Unread, UnreadCause},
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
