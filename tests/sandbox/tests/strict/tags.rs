//! Tags and their limits.

use crate::client::{Answer, Network, network, pairs};

fn tag(net: &Network, ids: &[&str], tags: &[(String, String)]) -> Answer {
    let mut parameters = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        parameters.push((format!("ResourceId.{}", at + 1), (*id).to_owned()));
    }
    for (at, (key, value)) in tags.iter().enumerate() {
        parameters.push((format!("Tag.{}.Key", at + 1), key.clone()));
        parameters.push((format!("Tag.{}.Value", at + 1), value.clone()));
    }
    net.aws.ec2("CreateTags", &pairs(&parameters))
}

fn some(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|at| (format!("key{at:02}"), "value".to_owned()))
        .collect()
}

fn keys(net: &Network, id: &str) -> Vec<String> {
    let filter = [("Filter.1.Name", "resource-id"), ("Filter.1.Value.1", id)];
    net.aws.ec2("DescribeTags", &filter).ok().all("key")
}

#[test]
fn authorize_tags_each_rule_of_the_call() {
    let net = network();
    let answer = net
        .aws
        .ec2(
            "AuthorizeSecurityGroupIngress",
            &[
                ("GroupId", &net.db),
                ("IpPermissions.1.IpProtocol", "-1"),
                ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.1.0/24"),
                ("IpPermissions.1.IpRanges.2.CidrIp", "10.0.2.0/24"),
                ("TagSpecification.1.ResourceType", "security-group-rule"),
                ("TagSpecification.1.Tag.1.Key", "dms-network.dev/managed"),
                ("TagSpecification.1.Tag.1.Value", "true"),
            ],
        )
        .ok();
    assert_eq!(answer.all("key"), ["dms-network.dev/managed"; 2]);
    let filter = [
        ("Filter.1.Name", "tag:dms-network.dev/managed"),
        ("Filter.1.Value.1", "true"),
    ];
    let found = net.aws.ec2("DescribeSecurityGroupRules", &filter).ok();
    let mut ids = answer.all("securityGroupRuleId");
    ids.sort();
    assert_eq!(found.all("securityGroupRuleId"), ids);
}

#[test]
fn a_tag_specification_is_for_the_type_that_the_call_makes() {
    let net = network();
    let wrong = net.aws.ec2(
        "AuthorizeSecurityGroupIngress",
        &[
            ("GroupId", &net.db),
            ("IpProtocol", "-1"),
            ("CidrIp", "10.0.1.0/24"),
            ("TagSpecification.1.ResourceType", "security-group"),
            ("TagSpecification.1.Tag.1.Key", "a"),
        ],
    );
    assert_eq!(wrong.code(), "InvalidParameterValue");
    assert_eq!(net.ingress_rules(), 0);
}

#[test]
fn fifty_tags_fit_on_a_resource() {
    let net = network();
    tag(&net, &[&net.db], &some(50)).ok();
    let one_more = [("more".to_owned(), String::new())];
    assert_eq!(tag(&net, &[&net.db], &one_more).code(), "TagLimitExceeded");
    tag(&net, &[&net.db], &some(1)).ok();
    assert_eq!(keys(&net, &net.db).len(), 50);
}

#[test]
fn keys_and_values_have_their_lengths_and_no_aws_prefix() {
    let net = network();
    let with =
        |key: &str, value: &str| tag(&net, &[&net.db], &[(key.to_owned(), value.to_owned())]);
    assert_eq!(with("", "v").code(), "InvalidTagKey.Malformed");
    assert_eq!(with(&"k".repeat(129), "v").code(), "InvalidParameterValue");
    assert_eq!(with("k", &"v".repeat(257)).code(), "InvalidParameterValue");
    assert_eq!(with("aws:k", "v").code(), "InvalidParameterValue");
    with(&"k".repeat(128), &"v".repeat(256)).ok();
    assert_eq!(keys(&net, &net.db).len(), 1);
}

#[test]
fn the_error_for_an_unknown_resource_is_that_of_its_type() {
    let net = network();
    for (id, code) in [
        ("sg-0abc", "InvalidGroup.NotFound"),
        ("sgr-0abc", "InvalidSecurityGroupRuleId.NotFound"),
        ("acl-0abc", "InvalidNetworkAclID.NotFound"),
        ("vpc-0abc", "InvalidVpcID.NotFound"),
        ("subnet-0abc", "InvalidSubnetID.NotFound"),
        ("rtb-0abc", "InvalidRouteTableID.NotFound"),
        ("eni-0abc", "InvalidNetworkInterfaceID.NotFound"),
        ("i-0abc", "InvalidInstanceID.NotFound"),
        ("pl-0abc", "InvalidPrefixListID.NotFound"),
        ("nonsense", "InvalidID"),
    ] {
        assert_eq!(tag(&net, &[&net.db, id], &some(1)).code(), code, "{id}");
    }
    assert!(
        keys(&net, &net.db).is_empty(),
        "a call that fails tags nothing"
    );
}

#[test]
fn delete_tags_looks_at_the_value_where_one_is_given() {
    let net = network();
    tag(&net, &[&net.db], &some(2)).ok();
    let delete = |more: &[(&str, &str)]| {
        let parameters = [&[("ResourceId.1", net.db.as_str())], more].concat();
        net.aws.ec2("DeleteTags", &parameters).ok();
    };
    delete(&[("Tag.1.Key", "key00"), ("Tag.1.Value", "other")]);
    delete(&[("Tag.1.Key", "key00"), ("Tag.1.Value", "")]);
    assert_eq!(keys(&net, &net.db), ["key00", "key01"]);
    delete(&[("Tag.1.Key", "key00"), ("Tag.1.Value", "value")]);
    assert_eq!(keys(&net, &net.db), ["key01"]);
    delete(&[("Tag.1.Key", "absent")]);
    delete(&[("Tag.1.Key", "key01")]);
    assert!(keys(&net, &net.db).is_empty());
}

#[test]
fn the_same_key_twice_in_a_call_is_refused() {
    let net = network();
    let twice = [some(1), some(1)].concat();
    assert_eq!(
        tag(&net, &[&net.db], &twice).code(),
        "InvalidParameterValue"
    );
}
