//! Amazon VPC User Guide, "Security group rules":
//! <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>, and "Control traffic to your AWS
//! resources using security groups":
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html>.

use super::{
    ask,
    ground::{admitted, one_vpc, with_appliance},
};
use crate::{net::Net, world::World};
use serde_json::json;

const ARRIVES: &str = "arrives from 10.0.1.10";
const NOT_ADMITTED: &str = "Out sg-db: security group ingress";

/// "Characteristics of security group rules": a new group has no inbound rules and one outbound rule that allows all.
#[test]
fn a_new_group_lets_everything_out_and_nothing_in() {
    ask(World::on(one_vpc()))
        .finds(
            "Missing SecurityGroupHasNoRules: SecurityGroupIngress sg-db",
            NOT_ADMITTED,
        )
        .mends(&["+ sg-db ingress tcp 5432 sg-ri"], ARRIVES);
}

/// "Characteristics of security group rules": the outbound rule can be removed; then nothing goes out.
#[test]
fn a_group_without_outbound_rules_lets_nothing_out() {
    let mut net = admitted(one_vpc());
    net.group_mut("sg-ri").rules.clear();
    ask(World::on(net))
        .finds(
            "Missing SecurityGroupHasNoRules: SecurityGroupEgress sg-ri",
            "Out sg-ri: security group egress",
        )
        .mends(&["+ sg-ri egress tcp 5432 10.0.2.20/32"], ARRIVES);
}

/// "Characteristics of security group rules": the rules of all groups of a resource form one set.
#[test]
fn the_rules_of_several_groups_are_one_set() {
    let net = one_vpc()
        .group("sg-more", &["ingress tcp 5432 10.0.1.10/32"])
        .interface(
            "eni-db",
            "subnet-far",
            &["10.0.2.20"],
            &["sg-db", "sg-more"],
        );
    ask(World::on(net)).finds("Permitted", ARRIVES);
}

/// "Components of a security group rule": a range of ports, written 7000-8000, holds both of its ends.
#[test]
fn a_range_of_ports_holds_both_of_its_ends_and_nothing_beside_them() {
    let rows = [
        (6999, false),
        (7000, true),
        (7500, true),
        (8000, true),
        (8001, false),
    ];
    for (port, held) in rows {
        let net = one_vpc().group("sg-db", &["ingress tcp 7000-8000 10.0.1.10/32"]);
        let question = ask(World::on(net).endpoint(json!({"ports": [port]})));
        if held {
            question.finds("Permitted", ARRIVES);
        } else {
            question.finds(
                "Missing NoSecurityGroupRule: SecurityGroupIngress sg-db",
                NOT_ADMITTED,
            );
        }
    }
}

/// "Components of a security group rule": a single IPv4 address is a block of length 32.
#[test]
fn a_single_address_admits_itself_and_not_its_neighbour() {
    let admits = |address: &str| {
        let rule = format!("ingress tcp 5432 {address}/32");
        ask(World::on(one_vpc().group("sg-db", &[&rule])))
    };
    admits("10.0.1.10").finds("Permitted", ARRIVES);
    admits("10.0.1.11").finds(
        "Missing NoSecurityGroupRule: SecurityGroupIngress sg-db",
        NOT_ADMITTED,
    );
}

/// "Components of a security group rule": the protocol is 6 for TCP, 17 for UDP, 1 for ICMP; a rule opens its own.
#[test]
fn a_rule_for_another_protocol_does_not_open_tcp() {
    for protocol in [17, 1] {
        let rule = format!("ingress {protocol} 0.0.0.0/0");
        ask(World::on(one_vpc().group("sg-db", &[&rule]))).finds(
            "Missing NoSecurityGroupRule: SecurityGroupIngress sg-db",
            NOT_ADMITTED,
        );
    }
}

/// "Security group referencing": an inbound rule with a group as its source admits the private addresses of those that
/// carry the group.
#[test]
fn an_inbound_reference_admits_those_that_carry_the_group() {
    ask(World::on(admitted(one_vpc()))).finds("Permitted", ARRIVES);
}

/// "Security group referencing": an outbound rule with a group as its destination reaches those that carry the group.
#[test]
fn an_outbound_reference_reaches_those_that_carry_the_group() {
    let mut net = admitted(one_vpc());
    net.group_mut("sg-ri").rules.clear();
    let to = |group: &str| {
        let rule = format!("egress tcp 5432 {group}");
        ask(World::on(net.clone().group("sg-ri", &[&rule])))
    };
    to("sg-db").finds("Permitted", ARRIVES);
    to("sg-ri").finds(
        "Missing NoSecurityGroupRule: SecurityGroupEgress sg-ri",
        "Out sg-ri: security group egress",
    );
}

/// "Security group referencing": no rules of the group that is referenced are added to the one that references it.
#[test]
fn the_rules_of_a_referenced_group_are_not_those_of_the_referencing_one() {
    let net = one_vpc()
        .group("sg-friends", &["ingress tcp 5432 10.0.1.10/32"])
        .group("sg-db", &["ingress tcp 5432 sg-friends"]);
    ask(World::on(net)).finds(
        "Missing NoSecurityGroupRule: SecurityGroupIngress sg-db",
        NOT_ADMITTED,
    );
}

/// From `subnet-near` to `subnet-far` and back through the appliance at `eni-fw`.
fn through_an_appliance() -> Net {
    with_appliance(one_vpc())
        .table(
            "rtb-near",
            &["subnet-near"],
            &["10.0.0.0/16 local", "10.0.2.0/24 eni-fw"],
        )
        .table(
            "rtb-far",
            &["subnet-far"],
            &["10.0.0.0/16 local", "10.0.1.0/24 eni-fw"],
        )
}

/// "Security group referencing", limitation: through a middlebox appliance a reference lets nothing through.
#[test]
fn a_reference_lets_nothing_through_a_middlebox() {
    ask(World::on(admitted(through_an_appliance())))
        .finds(
            "Missing NoSecurityGroupRule: SecurityGroupIngress sg-db",
            NOT_ADMITTED,
        )
        .mends(
            &["+ sg-db ingress tcp 5432 10.0.1.10/32"],
            "arrives from 10.0.1.10 unseen eni-fw",
        );
}

/// "Security group referencing", limitation: through a middlebox the private address, or the block of the subnet, does.
#[test]
fn the_address_or_the_subnet_s_block_admits_through_a_middlebox() {
    for source in ["10.0.1.10/32", "10.0.1.0/24"] {
        let rule = format!("ingress tcp 5432 {source}");
        ask(World::on(through_an_appliance().group("sg-db", &[&rule]))).finds(
            "External InspectedByMiddlebox: Middlebox eni-fw",
            "arrives from 10.0.1.10 unseen eni-fw",
        );
    }
}

/// "Control traffic to your AWS resources using security groups", basics: groups are stateful: the answer comes in
/// whatever the inbound rules of the client say, and leaves whatever the outbound rules of the server say.
#[test]
fn the_answer_needs_no_rule() {
    let mut net = admitted(one_vpc());
    net.group_mut("sg-db")
        .rules
        .retain(|rule| rule.direction == dms_network_core::snapshot::RuleDirection::Ingress);
    ask(World::on(net)).finds("Permitted", ARRIVES);
}
