//! Amazon VPC User Guide, "Group CIDR blocks using managed prefix lists"
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html>), "Work with AWS-managed prefix lists"
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html>) and "Security group
//! rules", security group size (<https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>); the
//! quota of 60 rules is that of "Amazon VPC quotas"
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>).

use super::{ask, ground::one_vpc};
use crate::{
    net::{Net, parse},
    world::World,
};
use dms_network_core::{
    api::Reason,
    snapshot::{PrefixList, Read},
};

const ARRIVES: &str = "arrives from 10.0.1.10";

/// `sg-db` with so many inbound rules for single addresses, and one for a list.
fn filled(net: Net, addresses: u8, list: &str) -> World {
    let rule = |host: u8| format!("ingress tcp 22 192.0.2.{host}/32");
    let rules: Vec<String> = (0..addresses).map(rule).collect();
    let mut rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let listed = format!("ingress tcp 443 {list}");
    rules.push(&listed);
    World::on(net.group("sg-db", &rules))
}

#[track_caller]
fn has_room(world: &World, room: bool) {
    let rule = "+ sg-db ingress tcp 5432 sg-ri";
    if room {
        assert_eq!(world.additions(), [rule]);
        world.settles();
    } else {
        assert_eq!(world.additions(), Vec::<String>::new());
        assert_eq!(world.refusals(), [Reason::QuotaExceeded]);
    }
}

/// "Prefix lists concepts and rules": a list with 20 maximum entries counts as 20 rules, however few it holds.
#[test]
fn a_customer_s_list_counts_by_its_maximum_and_not_by_its_entries() {
    let net = || one_vpc().prefix_list("pl-0a", 20, Some(&["192.0.2.0/24"]));
    has_room(&filled(net(), 39, "pl-0a"), true);
    has_room(&filled(net(), 40, "pl-0a"), false);
}

/// "AWS-managed prefix list weight": that of Amazon CloudFront is 55: of 60 rules 5 are left.
#[test]
fn the_list_of_cloudfront_leaves_room_for_five_rules() {
    let net = || {
        one_vpc().but(|lists| {
            let list = PrefixList {
                id: parse("pl-cloudfront"),
                name: Some("com.amazonaws.global.cloudfront.origin-facing".to_owned()),
                aws_owned: true,
                weight: Some(55),
                entries: Read::not_in_snapshot("ec2:GetManagedPrefixListEntries"),
            };
            if let Read::Known(known) = &mut lists.prefix_lists {
                known.insert(list.id.clone(), list);
            }
        })
    };
    has_room(&filled(net(), 4, "pl-cloudfront"), true);
    has_room(&filled(net(), 5, "pl-cloudfront"), false);
}

/// "Security group size": a rule for a block or for a group counts as one.
#[test]
fn a_rule_for_a_block_or_a_group_counts_as_one() {
    has_room(&filled(one_vpc(), 58, "sg-ri"), true);
    has_room(&filled(one_vpc(), 59, "sg-ri"), false);
}

/// "Managed prefix lists": a rule for a list admits what its entries hold, as rules for each would.
#[test]
fn a_list_admits_what_its_entries_hold() {
    let net = |entries: &[&str]| {
        one_vpc()
            .prefix_list("pl-0a", 20, Some(entries))
            .group("sg-db", &["ingress tcp 5432 pl-0a"])
    };
    ask(World::on(net(&["192.0.2.0/24", "10.0.1.0/28"]))).finds("Permitted", ARRIVES);
    ask(World::on(net(&["192.0.2.0/24", "10.0.1.128/25"]))).finds(
        "Missing NoSecurityGroupRule: SecurityGroupIngress sg-db",
        "Out sg-db: security group ingress",
    );
}
