//! Network ACL entries.

use crate::client::{Answer, Network, network, network_in, start};
use serde_json::json;

/// An entry call on an ACL: `RuleNumber=100 Protocol=6 …`.
fn entry(net: &Network, action: &str, acl: &str, words: &str) -> Answer {
    let mut parameters = vec![("NetworkAclId", acl)];
    parameters.extend(
        words
            .split_whitespace()
            .map(|word| word.split_once('=').unwrap()),
    );
    net.aws.ec2(action, &parameters)
}

fn create(net: &Network, acl: &str, words: &str) -> Answer {
    entry(net, "CreateNetworkAclEntry", acl, words)
}

fn custom(net: &Network) -> String {
    net.aws
        .ec2("CreateNetworkAcl", &[("VpcId", &net.vpc)])
        .ok()
        .one("networkAclId")
}

fn numbers(net: &Network, acl: &str) -> Vec<String> {
    net.aws
        .ec2("DescribeNetworkAcls", &[("NetworkAclId.1", acl)])
        .ok()
        .all("ruleNumber")
}

const TCP: &str = "Egress=false RuleAction=allow Protocol=6 PortRange.From=5432 PortRange.To=5432 \
                   CidrBlock=10.0.1.0/24";

fn tcp(number: u32) -> String {
    format!("RuleNumber={number} {TCP}")
}

#[test]
fn a_custom_acl_denies_all_by_its_fixed_entries() {
    let net = network();
    let acl = custom(&net);
    assert_eq!(numbers(&net, &acl), ["32767", "32767"]);
}

#[test]
fn the_default_acl_allows_all_and_has_the_fixed_entries_of_both_families() {
    let vpc = [
        ("CidrBlock", "10.0.0.0/16"),
        ("AmazonProvidedIpv6CidrBlock", "true"),
    ];
    let net = network_in(start(), &vpc);
    let acl = net.aws.ec2("DescribeNetworkAcls", &[]).ok();
    let one_direction = ["100", "101", "32767", "32768"];
    assert_eq!(
        acl.all("ruleNumber"),
        [one_direction, one_direction].concat()
    );
    assert_eq!(acl.one("default"), "true");
}

#[test]
fn the_first_ipv6_block_of_a_vpc_brings_the_fixed_ipv6_entries() {
    let net = network();
    let acl = custom(&net);
    let parameters = [
        ("VpcId", net.vpc.as_str()),
        ("AmazonProvidedIpv6CidrBlock", "true"),
    ];
    net.aws.ec2("AssociateVpcCidrBlock", &parameters).ok();
    assert_eq!(numbers(&net, &acl), ["32767", "32768", "32767", "32768"]);
    assert_eq!(net.rules().one("cidrIpv6"), "::/0");
}

#[test]
fn fixed_and_reserved_numbers_cannot_be_used() {
    let net = network();
    let acl = custom(&net);
    for number in [0, 32767, 32768, 40000] {
        assert_eq!(
            create(&net, &acl, &tcp(number)).code(),
            "InvalidParameterValue",
            "{number}"
        );
    }
    let fixed = entry(
        &net,
        "DeleteNetworkAclEntry",
        &acl,
        "RuleNumber=32767 Egress=true",
    );
    assert_eq!(fixed.code(), "InvalidParameterValue");
    create(&net, &acl, &tcp(32766)).ok();
}

#[test]
fn a_number_is_taken_once_in_each_direction() {
    let net = network();
    let acl = custom(&net);
    create(&net, &acl, &tcp(100)).ok();
    assert_eq!(
        create(&net, &acl, &tcp(100)).code(),
        "NetworkAclEntryAlreadyExists"
    );
    create(&net, &acl, &tcp(100).replace("Egress=false", "Egress=true")).ok();
}

#[test]
fn a_missing_entry_can_be_neither_replaced_nor_deleted() {
    let net = network();
    let acl = custom(&net);
    let not_found = "InvalidNetworkAclEntry.NotFound";
    assert_eq!(
        entry(&net, "ReplaceNetworkAclEntry", &acl, &tcp(100)).code(),
        not_found
    );
    let delete = "RuleNumber=100 Egress=false";
    assert_eq!(
        entry(&net, "DeleteNetworkAclEntry", &acl, delete).code(),
        not_found
    );
    create(&net, &acl, &tcp(100)).ok();
    entry(&net, "DeleteNetworkAclEntry", &acl, delete).ok();
    assert_eq!(
        entry(&net, "DeleteNetworkAclEntry", &acl, delete).code(),
        not_found
    );
}

#[test]
fn replace_puts_another_entry_under_the_number() {
    let net = network();
    let acl = custom(&net);
    create(&net, &acl, &tcp(100)).ok();
    let other = tcp(100).replace("allow", "deny");
    entry(&net, "ReplaceNetworkAclEntry", &acl, &other).ok();
    let shown = net
        .aws
        .ec2("DescribeNetworkAcls", &[("NetworkAclId.1", &acl)])
        .ok();
    assert!(!shown.all("ruleAction").contains(&"allow".to_owned()));
}

#[test]
fn twenty_entries_fit_in_a_direction_and_family_with_the_fixed_one() {
    let net = network();
    let acl = custom(&net);
    for number in 1..=19 {
        create(&net, &acl, &tcp(number)).ok();
    }
    assert_eq!(
        create(&net, &acl, &tcp(20)).code(),
        "NetworkAclEntryLimitExceeded"
    );
    create(&net, &acl, &tcp(20).replace("Egress=false", "Egress=true")).ok();
    let ipv6 = tcp(20).replace("CidrBlock=10.0.1.0/24", "Ipv6CidrBlock=2001:db8::/64");
    create(&net, &acl, &ipv6).ok();
    assert_eq!(
        net.aws
            .admin("PUT", "quotas", &json!({"networkACLEntries": 40}))
            .0,
        200
    );
    create(&net, &acl, &tcp(21)).ok();
}

#[test]
fn the_block_becomes_canonical_and_is_exactly_one() {
    let net = network();
    let acl = custom(&net);
    create(&net, &acl, &tcp(100).replace("10.0.1.0/24", "10.0.1.9/24")).ok();
    let shown = net
        .aws
        .ec2("DescribeNetworkAcls", &[("NetworkAclId.1", &acl)])
        .ok();
    assert!(shown.all("cidrBlock").contains(&"10.0.1.0/24".to_owned()));
    let none = tcp(101).replace("CidrBlock=10.0.1.0/24", "");
    assert_eq!(create(&net, &acl, &none).code(), "MissingParameter");
    let both = format!("{} Ipv6CidrBlock=2001:db8::/64", tcp(101));
    assert_eq!(
        create(&net, &acl, &both).code(),
        "InvalidParameterCombination"
    );
    let bare = tcp(101).replace("10.0.1.0/24", "10.0.1.0");
    assert_eq!(create(&net, &acl, &bare).code(), "InvalidParameterValue");
}

#[test]
fn the_protocol_is_a_number() {
    let net = network();
    let acl = custom(&net);
    for protocol in ["tcp", "256", "06", "-2"] {
        let words = tcp(100).replace("Protocol=6", &format!("Protocol={protocol}"));
        assert_eq!(
            create(&net, &acl, &words).code(),
            "InvalidParameterValue",
            "{protocol}"
        );
    }
}

#[test]
fn tcp_needs_ports_and_all_protocols_ignore_them() {
    let net = network();
    let acl = custom(&net);
    let without = "RuleNumber=100 Egress=false RuleAction=allow Protocol=6 CidrBlock=10.0.1.0/24";
    assert_eq!(create(&net, &acl, without).code(), "MissingParameter");
    let reversed = tcp(100).replace("PortRange.To=5432", "PortRange.To=1");
    assert_eq!(
        create(&net, &acl, &reversed).code(),
        "InvalidParameterValue"
    );
    create(&net, &acl, &tcp(100).replace("Protocol=6", "Protocol=-1")).ok();
    let shown = net
        .aws
        .ec2("DescribeNetworkAcls", &[("NetworkAclId.1", &acl)])
        .ok();
    assert!(shown.all("portRange").is_empty());
}

#[test]
fn icmp_type_and_code_are_needed_and_kept() {
    let net = network();
    let acl = custom(&net);
    let icmp = "RuleNumber=100 Egress=false RuleAction=allow Protocol=1 CidrBlock=10.0.1.0/24";
    assert_eq!(create(&net, &acl, icmp).code(), "MissingParameter");
    create(&net, &acl, &format!("{icmp} Icmp.Type=3 Icmp.Code=4")).ok();
    let shown = net
        .aws
        .ec2("DescribeNetworkAcls", &[("NetworkAclId.1", &acl)])
        .ok();
    assert_eq!(
        (shown.one("type").as_str(), shown.one("code").as_str()),
        ("3", "4")
    );
}

#[test]
fn an_unknown_acl_is_not_found() {
    let net = network();
    assert_eq!(
        create(&net, "acl-0abc", &tcp(100)).code(),
        "InvalidNetworkAclID.NotFound"
    );
    assert_eq!(
        create(&net, "none", &tcp(100)).code(),
        "InvalidNetworkAclId.Malformed"
    );
}

#[test]
fn dry_runs_of_entry_calls_change_nothing() {
    let net = network();
    let acl = custom(&net);
    let dry =
        |action: &str, words: &str| entry(&net, action, &acl, &format!("{words} DryRun=true"));
    assert_eq!(
        dry("CreateNetworkAclEntry", &tcp(100)).code(),
        "DryRunOperation"
    );
    assert_eq!(numbers(&net, &acl).len(), 2);
    create(&net, &acl, &tcp(100)).ok();
    assert_eq!(
        dry("ReplaceNetworkAclEntry", &tcp(100)).code(),
        "DryRunOperation"
    );
    let delete = "RuleNumber=100 Egress=false";
    assert_eq!(
        dry("DeleteNetworkAclEntry", delete).code(),
        "DryRunOperation"
    );
    assert_eq!(numbers(&net, &acl).len(), 3);
}

#[test]
fn another_acl_takes_a_subnet_under_a_new_association() {
    let net = network();
    let acl = custom(&net);
    let old = net
        .aws
        .ec2("DescribeNetworkAcls", &[])
        .ok()
        .one("networkAclAssociationId");
    let parameters = [("AssociationId", old.as_str()), ("NetworkAclId", &acl)];
    let new = net
        .aws
        .ec2("ReplaceNetworkAclAssociation", &parameters)
        .ok()
        .one("newAssociationId");
    assert_ne!(new, old);
    let by_subnet = [
        ("Filter.1.Name", "association.subnet-id"),
        ("Filter.1.Value.1", &net.subnet),
    ];
    let shown = net.aws.ec2("DescribeNetworkAcls", &by_subnet).ok();
    assert_eq!(shown.one("networkAclAssociationId"), new);
    assert_eq!(shown.first("networkAclId"), acl);
    let gone = net.aws.ec2("ReplaceNetworkAclAssociation", &parameters);
    assert_eq!(gone.code(), "InvalidAssociationID.NotFound");
}

#[test]
fn entries_can_be_found_by_the_names_of_protocols() {
    let net = network();
    let acl = custom(&net);
    create(&net, &acl, &tcp(100)).ok();
    let filter = [
        ("Filter.1.Name", "entry.protocol"),
        ("Filter.1.Value.1", "tcp"),
    ];
    assert_eq!(
        net.aws
            .ec2("DescribeNetworkAcls", &filter)
            .ok()
            .one("networkAclId"),
        acl
    );
}
