//! Authorize: what is a rule, and what EC2 makes of it.

use crate::client::{Network, group, network, network_in, pairs, start};
use serde_json::json;

const RANGE: &str = "IpProtocol=tcp FromPort=5432 ToPort=5432 IpRanges.1.CidrIp=";

fn range(block: &str) -> String {
    format!("{RANGE}{block}")
}

/// What the one new rule of a permission looks like: protocol, ports, peer.
fn shown(net: &Network, permission: &str) -> (String, String, String) {
    let answer = net.authorize(permission).ok();
    (
        answer.one("ipProtocol"),
        answer.one("fromPort"),
        answer.one("toPort"),
    )
}

fn is(protocol: &str, from: &str, to: &str) -> (String, String, String) {
    (protocol.to_owned(), from.to_owned(), to.to_owned())
}

#[test]
fn a_new_group_lets_everything_out_and_nothing_in() {
    let net = network();
    let rules = net.rules();
    assert_eq!(rules.one("isEgress"), "true");
    assert_eq!(rules.one("ipProtocol"), "-1");
    assert_eq!(rules.one("cidrIpv4"), "0.0.0.0/0");
}

#[test]
fn a_new_group_of_an_ipv6_vpc_lets_ipv6_out_too() {
    let vpc = [
        ("CidrBlock", "10.0.0.0/16"),
        ("AmazonProvidedIpv6CidrBlock", "true"),
    ];
    let net = network_in(start(), &vpc);
    assert_eq!(net.rules().one("cidrIpv6"), "::/0");
}

#[test]
fn the_answer_has_id_owner_and_arn_of_the_rule() {
    let net = network();
    let answer = net.authorize(&range("10.0.1.0/24")).ok();
    let id = answer.one("securityGroupRuleId");
    assert!(id.starts_with("sgr-"));
    assert_eq!(answer.one("groupOwnerId"), "123456789012");
    let arn = format!("arn:aws:ec2:eu-west-1:123456789012:security-group-rule/{id}");
    assert_eq!(answer.one("securityGroupRuleArn"), arn);
    assert_eq!(
        net.rules()
            .all("securityGroupRuleId")
            .iter()
            .filter(|other| **other == id)
            .count(),
        1
    );
}

#[test]
fn host_bits_are_cleared() {
    let net = network();
    assert_eq!(
        net.authorize(&range("10.0.1.9/24")).ok().one("cidrIpv4"),
        "10.0.1.0/24"
    );
}

#[test]
fn ipv6_blocks_get_their_shortest_form() {
    let net = network();
    let permission = "IpProtocol=tcp FromPort=1 ToPort=1 Ipv6Ranges.1.CidrIpv6=2001:0DB8:0:0::1/64";
    assert_eq!(
        net.authorize(permission).ok().one("cidrIpv6"),
        "2001:db8::/64"
    );
}

#[test]
fn an_equal_block_in_another_form_is_a_duplicate() {
    let net = network();
    net.authorize(&range("10.0.1.0/24")).ok();
    assert_eq!(
        net.authorize(&range("10.0.1.77/24")).code(),
        "InvalidPermission.Duplicate"
    );
}

#[test]
fn a_description_makes_no_other_rule() {
    let net = network();
    net.authorize(&range("10.0.1.0/24")).ok();
    let described = format!("{} IpRanges.1.Description=other", range("10.0.1.0/24"));
    assert_eq!(
        net.authorize(&described).code(),
        "InvalidPermission.Duplicate"
    );
}

#[test]
fn a_protocol_number_is_the_same_rule_as_its_name() {
    let net = network();
    assert_eq!(
        shown(&net, &range("10.0.1.0/24").replace("tcp", "6")),
        is("tcp", "5432", "5432")
    );
    assert_eq!(
        net.authorize(&range("10.0.1.0/24")).code(),
        "InvalidPermission.Duplicate"
    );
}

#[test]
fn the_same_rule_twice_in_a_call_is_refused_also_with_two_descriptions() {
    let net = network();
    let twice = format!(
        "{} IpRanges.1.Description=a IpRanges.2.CidrIp=10.0.1.7/24 IpRanges.2.Description=b",
        range("10.0.1.0/24")
    );
    assert_eq!(net.authorize(&twice).code(), "InvalidParameterValue");
    assert_eq!(net.ingress_rules(), 0);
}

#[test]
fn a_call_with_one_duplicate_adds_nothing() {
    let net = network();
    net.authorize(&range("10.0.1.0/24")).ok();
    let both = format!("{} IpRanges.2.CidrIp=10.0.1.0/24", range("10.0.2.0/24"));
    assert_eq!(net.authorize(&both).code(), "InvalidPermission.Duplicate");
    assert_eq!(net.ingress_rules(), 1);
}

#[test]
fn ingress_and_egress_are_different_rules() {
    let net = network();
    net.authorize(&range("10.0.1.0/24")).ok();
    net.call("AuthorizeSecurityGroupEgress", &range("10.0.1.0/24"))
        .ok();
}

#[test]
fn all_protocols_and_unnamed_ones_ignore_ports() {
    let net = network();
    let all = "IpProtocol=-1 FromPort=80 ToPort=80 IpRanges.1.CidrIp=10.0.1.0/24";
    assert_eq!(shown(&net, all), is("-1", "-1", "-1"));
    assert_eq!(shown(&net, &all.replace("-1", "50")), is("50", "-1", "-1"));
}

#[test]
fn tcp_and_udp_need_both_ports_in_order() {
    let net = network();
    for permission in [
        "IpProtocol=tcp IpRanges.1.CidrIp=10.0.1.0/24",
        "IpProtocol=udp FromPort=53 IpRanges.1.CidrIp=10.0.1.0/24",
        "IpProtocol=tcp FromPort=2 ToPort=1 IpRanges.1.CidrIp=10.0.1.0/24",
        "IpProtocol=tcp FromPort=-1 ToPort=-1 IpRanges.1.CidrIp=10.0.1.0/24",
        "IpProtocol=tcp FromPort=0 ToPort=65536 IpRanges.1.CidrIp=10.0.1.0/24",
        "IpProtocol=smtp FromPort=1 ToPort=1 IpRanges.1.CidrIp=10.0.1.0/24",
    ] {
        assert_eq!(
            net.authorize(permission).code(),
            "InvalidParameterValue",
            "{permission}"
        );
    }
}

#[test]
fn icmp_needs_type_and_code_and_icmpv6_does_not() {
    let net = network();
    let icmp = "IpProtocol=icmp IpRanges.1.CidrIp=10.0.1.0/24";
    assert_eq!(net.authorize(icmp).code(), "InvalidParameterValue");
    let kind = "IpProtocol=icmp FromPort=-1 ToPort=4 IpRanges.1.CidrIp=10.0.1.0/24";
    assert_eq!(net.authorize(kind).code(), "InvalidParameterValue");
    let unreachable = "IpProtocol=icmp FromPort=3 ToPort=4 IpRanges.1.CidrIp=10.0.1.0/24";
    assert_eq!(shown(&net, unreachable), is("icmp", "3", "4"));
    let icmpv6 = "IpProtocol=icmpv6 Ipv6Ranges.1.CidrIpv6=2001:db8::/64";
    assert_eq!(shown(&net, icmpv6), is("icmpv6", "-1", "-1"));
}

#[test]
fn a_malformed_block_is_refused() {
    let net = network();
    for block in ["10.0.1.0", "10.0.1.300/32", "10.0.1.0/33", "2001:db8::/64"] {
        assert_eq!(
            net.authorize(&range(block)).code(),
            "InvalidParameterValue",
            "{block}"
        );
    }
}

#[test]
fn a_rule_needs_a_peer() {
    let net = network();
    let none = "IpProtocol=tcp FromPort=1 ToPort=1";
    assert_eq!(net.authorize(none).code(), "MissingParameter");
    let call = net
        .aws
        .ec2("AuthorizeSecurityGroupIngress", &[("GroupId", &net.db)]);
    assert_eq!(call.code(), "MissingParameter");
}

#[test]
fn descriptions_have_a_character_set_for_each_kind_of_peer() {
    let net = network();
    let described = |peer: &str, kind: &str, text: &str| {
        let parameters = [
            ("GroupId".to_owned(), net.db.clone()),
            ("IpPermissions.1.IpProtocol".to_owned(), "-1".to_owned()),
            (format!("IpPermissions.1.{peer}"), kind.to_owned()),
            (
                format!(
                    "IpPermissions.1.{}.Description",
                    &peer[..peer.rfind('.').unwrap()]
                ),
                text.to_owned(),
            ),
        ];
        net.aws
            .ec2("AuthorizeSecurityGroupIngress", &pairs(&parameters))
    };
    let range = |text: &str| described("IpRanges.1.CidrIp", "10.0.1.0/24", text);
    let reference = |text: &str| described("Groups.1.GroupId", &net.ri, text);
    for text in [
        "ünïcode",
        "a|b",
        "a<b",
        "\"quoted\"",
        "it's",
        "a→b",
        &"x".repeat(256),
    ] {
        assert_eq!(range(text).code(), "InvalidParameterValue", "{text}");
    }
    assert_eq!(reference("a&b").code(), "InvalidParameterValue");
    range("a&b ._-:/()#,@[]+=;{}!$*").ok();
    let kept = reference("dms-network: prod migrations/orders").ok();
    assert_eq!(
        kept.one("description"),
        "dms-network: prod migrations/orders"
    );
}

#[test]
fn a_reference_shows_the_group_and_its_owner() {
    let net = network();
    let reference = format!(
        "IpProtocol=tcp FromPort=1 ToPort=1 Groups.1.GroupId={}",
        net.ri
    );
    let answer = net.authorize(&reference).ok();
    assert_eq!(answer.all("groupId"), [net.db.clone(), net.ri.clone()]);
    assert_eq!(answer.one("userId"), "123456789012");
    let with_owner = format!("{reference} Groups.1.UserId=123456789012");
    assert_eq!(
        net.authorize(&with_owner).code(),
        "InvalidPermission.Duplicate"
    );
}

#[test]
fn a_reference_to_no_group_or_to_another_network_is_not_found() {
    let net = network();
    let reference =
        |group: &str| format!("IpProtocol=tcp FromPort=1 ToPort=1 Groups.1.GroupId={group}");
    assert_eq!(
        net.authorize(&reference("sg-0abc")).code(),
        "InvalidGroup.NotFound"
    );
    assert_eq!(
        net.authorize(&reference("ri")).code(),
        "InvalidGroupId.Malformed"
    );
    let other = net
        .aws
        .ec2("CreateVpc", &[("CidrBlock", "10.9.0.0/16")])
        .ok()
        .first("vpcId");
    let far = group(&net.aws, &other, "far");
    assert_eq!(
        net.authorize(&reference(&far)).code(),
        "InvalidGroup.NotFound"
    );
    let of_another_owner = format!("{} Groups.1.UserId=111122223333", reference(&net.ri));
    assert_eq!(
        net.authorize(&of_another_owner).code(),
        "InvalidGroup.NotFound"
    );
}

#[test]
fn an_unknown_group_cannot_be_authorized() {
    let net = network();
    let on = |group: &str| {
        let parameters = [
            ("GroupId", group),
            ("IpProtocol", "-1"),
            ("CidrIp", "10.0.1.0/24"),
        ];
        net.aws
            .ec2("AuthorizeSecurityGroupIngress", &parameters)
            .code()
    };
    assert_eq!(on("sg-0abc"), "InvalidGroup.NotFound");
    assert_eq!(on("db"), "InvalidGroupId.Malformed");
    assert_eq!(on("sg-xyz"), "InvalidGroupId.Malformed");
}

#[test]
fn the_flat_form_is_for_ingress_only() {
    let net = network();
    let flat = [
        ("GroupId", net.db.as_str()),
        ("IpProtocol", "tcp"),
        ("FromPort", "1"),
        ("ToPort", "1"),
        ("CidrIp", "10.0.1.0/24"),
    ];
    net.aws.ec2("AuthorizeSecurityGroupIngress", &flat).ok();
    assert_ne!(
        net.aws.ec2("AuthorizeSecurityGroupEgress", &flat).status,
        200
    );
}

#[test]
fn sixty_rules_fit_in_each_direction_and_family_and_no_more() {
    let net = network();
    let many = |from: usize, to: usize| {
        let blocks = (from..to).map(|at| format!(" IpRanges.{}.CidrIp=10.1.{at}.0/24", at + 1));
        format!(
            "IpProtocol=tcp FromPort=1 ToPort=1{}",
            blocks.collect::<String>()
        )
    };
    let limit = "RulesPerSecurityGroupLimitExceeded";
    assert_eq!(net.authorize(&many(0, 61)).code(), limit);
    assert_eq!(net.ingress_rules(), 0);
    net.authorize(&many(0, 60)).ok();
    assert_eq!(net.authorize(&many(60, 61)).code(), limit);
    let reference = format!(
        "IpProtocol=tcp FromPort=1 ToPort=1 Groups.1.GroupId={}",
        net.ri
    );
    assert_eq!(net.authorize(&reference).code(), limit);
    // IPv6 and egress are counted apart; the default rule is one of the sixty of egress.
    net.authorize("IpProtocol=tcp FromPort=1 ToPort=1 Ipv6Ranges.1.CidrIpv6=2001:db8::/64")
        .ok();
    net.call("AuthorizeSecurityGroupEgress", &many(0, 59)).ok();
    assert_eq!(
        net.call("AuthorizeSecurityGroupEgress", &many(59, 60))
            .code(),
        limit
    );
}

#[test]
fn a_reference_counts_in_both_families() {
    let net = network();
    let quota = json!({"rulesPerSecurityGroup": 1});
    assert_eq!(net.aws.admin("PUT", "quotas", &quota).0, 200);
    let reference = format!(
        "IpProtocol=tcp FromPort=1 ToPort=1 Groups.1.GroupId={}",
        net.ri
    );
    net.authorize(&reference).ok();
    let ipv6 = "IpProtocol=tcp FromPort=1 ToPort=1 Ipv6Ranges.1.CidrIpv6=2001:db8::/64";
    assert_eq!(
        net.authorize(ipv6).code(),
        "RulesPerSecurityGroupLimitExceeded"
    );
}

#[test]
fn a_dry_run_changes_nothing_and_is_an_error() {
    let net = network();
    let parameters = [
        ("GroupId", net.db.as_str()),
        ("DryRun", "true"),
        ("IpProtocol", "-1"),
        ("CidrIp", "10.0.1.0/24"),
    ];
    let answer = net.aws.ec2("AuthorizeSecurityGroupIngress", &parameters);
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (412, "DryRunOperation")
    );
    assert_eq!(net.ingress_rules(), 0);
}

#[test]
fn what_no_call_knows_is_refused() {
    let net = network();
    let extra = format!("{} IpRanges.1.CidrIpv4=10.0.0.0/8", range("10.0.1.0/24"));
    assert_eq!(net.authorize(&extra).code(), "UnknownParameter");
    assert_eq!(net.ingress_rules(), 0);
    assert_eq!(
        net.aws.ec2("DescribeEverything", &[]).code(),
        "InvalidAction"
    );
}

#[test]
fn permissions_are_shown_grouped_by_protocol_and_ports() {
    let net = network();
    net.authorize(&format!(
        "{} IpRanges.2.CidrIp=10.0.2.0/24",
        range("10.0.1.0/24")
    ))
    .ok();
    let shown = net
        .aws
        .ec2("DescribeSecurityGroups", &[("GroupId.1", &net.db)])
        .ok();
    let document = roxmltree::Document::parse(&shown.body).unwrap();
    let ingress = document
        .descendants()
        .find(|node| node.has_tag_name((NS, "ipPermissions")))
        .unwrap();
    assert_eq!(ingress.children().count(), 1);
    assert_eq!(
        shown.all("cidrIp"),
        ["0.0.0.0/0", "10.0.1.0/24", "10.0.2.0/24"]
    );
}

const NS: &str = "http://ec2.amazonaws.com/doc/2016-11-15/";
