//! Ids, filters and pages of Describe calls.

use crate::client::{Network, network, pairs};

/// A VPC with eight subnets in all.
fn eight_subnets() -> Network {
    let net = network();
    for at in 2..9 {
        let block = format!("10.0.{at}.0/24");
        net.aws
            .ec2(
                "CreateSubnet",
                &[("VpcId", &net.vpc), ("CidrBlock", &block)],
            )
            .ok();
    }
    net
}

#[test]
fn pages_add_up_to_the_whole_list() {
    let net = eight_subnets();
    let first = net.aws.ec2("DescribeSubnets", &[("MaxResults", "5")]).ok();
    let token = first.one("nextToken");
    let rest = [("MaxResults", "5"), ("NextToken", &token)];
    let second = net.aws.ec2("DescribeSubnets", &rest).ok();
    assert!(second.all("nextToken").is_empty());
    let pages = [first.all("subnetId"), second.all("subnetId")].concat();
    assert_eq!(
        pages,
        net.aws.ec2("DescribeSubnets", &[]).ok().all("subnetId")
    );
    assert_eq!(pages.len(), 8);
}

#[test]
fn a_token_is_good_for_the_same_request_only() {
    let net = eight_subnets();
    let token = net
        .aws
        .ec2("DescribeSubnets", &[("MaxResults", "5")])
        .ok()
        .one("nextToken");
    let filtered = [
        ("MaxResults", "5"),
        ("NextToken", &token),
        ("Filter.1.Name", "vpc-id"),
        ("Filter.1.Value.1", &net.vpc),
    ];
    assert_eq!(
        net.aws.ec2("DescribeSubnets", &filtered).code(),
        "InvalidNextToken"
    );
    assert_eq!(
        net.aws.ec2("DescribeVpcs", &[("NextToken", &token)]).code(),
        "InvalidNextToken"
    );
    assert_eq!(
        net.aws.ec2("DescribeVpcs", &[("NextToken", "é")]).code(),
        "InvalidNextToken"
    );
}

#[test]
fn the_bounds_of_pages_differ_by_call() {
    let net = network();
    let call = |action: &str, size: &str| net.aws.ec2(action, &[("MaxResults", size)]);
    for action in [
        "DescribeSecurityGroups",
        "DescribeNetworkAcls",
        "DescribeSecurityGroupRules",
    ] {
        assert_eq!(
            call(action, "4").code(),
            "InvalidParameterValue",
            "{action}"
        );
        assert_eq!(
            call(action, "1001").code(),
            "InvalidParameterValue",
            "{action}"
        );
        call(action, "1000").ok();
    }
    assert_eq!(
        call("DescribeRouteTables", "101").code(),
        "InvalidParameterValue"
    );
    call("DescribeRouteTables", "100").ok();
    assert_eq!(call("DescribeAddresses", "10").code(), "UnknownParameter");
}

#[test]
fn interfaces_by_id_have_no_pages() {
    let net = network();
    let create = [("SubnetId", net.subnet.as_str())];
    let id = net
        .aws
        .ec2("CreateNetworkInterface", &create)
        .ok()
        .one("networkInterfaceId");
    let both = [("NetworkInterfaceId.1", id.as_str()), ("MaxResults", "5")];
    let answer = net.aws.ec2("DescribeNetworkInterfaces", &both);
    assert_eq!(answer.code(), "InvalidParameterCombination");
}

#[test]
fn an_id_that_names_nothing_fails_the_whole_call() {
    let net = network();
    for (action, parameter, id, code) in [
        ("DescribeVpcs", "VpcId", "vpc-0abc", "InvalidVpcID.NotFound"),
        ("DescribeVpcs", "VpcId", "0abc", "InvalidVpcID.Malformed"),
        (
            "DescribeSubnets",
            "SubnetId",
            "subnet-0abc",
            "InvalidSubnetID.NotFound",
        ),
        (
            "DescribeSecurityGroups",
            "GroupId",
            "sg-0abc",
            "InvalidGroup.NotFound",
        ),
        (
            "DescribeNetworkAcls",
            "NetworkAclId",
            "acl-0abc",
            "InvalidNetworkAclID.NotFound",
        ),
        (
            "DescribeRouteTables",
            "RouteTableId",
            "rtb-0abc",
            "InvalidRouteTableID.NotFound",
        ),
        (
            "DescribeInstances",
            "InstanceId",
            "i-0abc",
            "InvalidInstanceID.NotFound",
        ),
    ] {
        let name = format!("{parameter}.1");
        assert_eq!(net.aws.ec2(action, &[(&name, id)]).code(), code, "{action}");
    }
}

#[test]
fn a_filter_that_the_call_does_not_list_is_refused() {
    let net = network();
    for (action, filter) in [
        ("DescribeVpcs", "subnet-id"),
        ("DescribeSecurityGroupRules", "tag-key"),
        ("DescribeSecurityGroupRules", "vpc-id"),
        ("DescribeManagedPrefixLists", "tag:a"),
        ("DescribeSecurityGroups", "Group-Id"),
    ] {
        let parameters = [("Filter.1.Name", filter), ("Filter.1.Value.1", "a")];
        let answer = net.aws.ec2(action, &parameters);
        assert_eq!(answer.code(), "InvalidParameterValue", "{action}");
        assert!(answer.one("Message").contains(filter));
    }
}

#[test]
fn values_are_alternatives_and_filters_must_all_hold() {
    let net = network();
    let names = |filters: &[(&str, &[&str])]| {
        let mut parameters = Vec::new();
        for (at, (name, values)) in filters.iter().enumerate() {
            parameters.push((format!("Filter.{}.Name", at + 1), (*name).to_owned()));
            for (place, value) in values.iter().enumerate() {
                let key = format!("Filter.{}.Value.{}", at + 1, place + 1);
                parameters.push((key, (*value).to_owned()));
            }
        }
        let mut names = net
            .aws
            .ec2("DescribeSecurityGroups", &pairs(&parameters))
            .ok()
            .all("groupName");
        names.sort();
        names
    };
    assert_eq!(
        names(&[("group-name", &["ri", "db", "none"])]),
        ["db", "ri"]
    );
    assert_eq!(
        names(&[("group-name", &["ri", "db"]), ("group-id", &[&net.db])]),
        ["db"]
    );
    assert_eq!(names(&[("group-name", &["RI"])]), [""; 0]);
}

#[test]
fn stars_and_question_marks_are_wildcards() {
    let net = network();
    let count = |pattern: &str| {
        let filter = [
            ("Filter.1.Name", "group-name"),
            ("Filter.1.Value.1", pattern),
        ];
        net.aws
            .ec2("DescribeSecurityGroups", &filter)
            .ok()
            .all("groupName")
            .len()
    };
    for (pattern, found) in [
        ("*", 3),
        ("d*", 2),
        ("*b", 1),
        ("??", 2),
        ("?", 0),
        ("d*a*t", 1),
        ("**l*", 1),
        ("\\*", 0),
        ("", 0),
    ] {
        assert_eq!(count(pattern), found, "{pattern}");
    }
}

#[test]
fn two_hundred_filter_values_are_the_most() {
    let net = network();
    let call = |count: usize| {
        let mut parameters = vec![("Filter.1.Name".to_owned(), "vpc-id".to_owned())];
        let values =
            (0..count).map(|at| (format!("Filter.1.Value.{}", at + 1), "vpc-0a".to_owned()));
        parameters.extend(values);
        net.aws.ec2("DescribeVpcs", &pairs(&parameters))
    };
    call(200).ok();
    assert_eq!(call(201).code(), "FilterLimitExceeded");
}

#[test]
fn tags_can_be_filtered_by_key_and_value() {
    let net = network();
    let tag = [
        ("ResourceId.1", net.db.as_str()),
        ("Tag.1.Key", "a/b:c"),
        ("Tag.1.Value", "x y"),
    ];
    net.aws.ec2("CreateTags", &tag).ok();
    for (name, value, found) in [
        ("tag:a/b:c", "x*", 1),
        ("tag:a/b:c", "y", 0),
        ("tag-key", "a/*", 1),
        ("tag-key", "b", 0),
    ] {
        let filter = [("Filter.1.Name", name), ("Filter.1.Value.1", value)];
        let groups = net
            .aws
            .ec2("DescribeSecurityGroups", &filter)
            .ok()
            .all("groupName");
        assert_eq!(groups.len(), found, "{name} {value}");
    }
}

#[test]
fn text_is_escaped() {
    let net = network();
    let tag = [
        ("ResourceId.1", net.db.as_str()),
        ("Tag.1.Key", "k"),
        ("Tag.1.Value", "<&\">"),
    ];
    net.aws.ec2("CreateTags", &tag).ok();
    let shown = net
        .aws
        .ec2("DescribeSecurityGroups", &[("GroupId.1", &net.db)])
        .ok();
    assert_eq!(shown.one("value"), "<&\">");
}

#[test]
fn a_dry_run_of_a_read_is_an_error_too() {
    let net = network();
    assert_eq!(
        net.aws.ec2("DescribeVpcs", &[("DryRun", "true")]).code(),
        "DryRunOperation"
    );
}
