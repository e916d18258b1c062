//! VPCs, subnets, groups, route tables and interfaces: what setting up a scenario needs.

use crate::client::{group, network, start};

#[test]
fn a_vpc_comes_with_its_default_group_acl_and_main_route_table() {
    let aws = start();
    let vpc = aws.ec2("CreateVpc", &[("CidrBlock", "10.0.3.7/16")]).ok();
    assert_eq!(vpc.first("cidrBlock"), "10.0.0.0/16");
    let rules = aws.ec2("DescribeSecurityGroupRules", &[]).ok();
    let mut egress = rules.all("isEgress");
    egress.sort();
    assert_eq!(egress, ["false", "true"]);
    let group = aws.ec2("DescribeSecurityGroups", &[]).ok();
    assert_eq!(group.one("groupName"), "default");
    let own = group.first("groupId");
    let ingress = [
        ("Filter.1.Name", "ip-permission.group-id"),
        ("Filter.1.Value.1", own.as_str()),
    ];
    let found = aws.ec2("DescribeSecurityGroups", &ingress).ok();
    assert_eq!(found.one("groupName"), "default");
    let tables = aws.ec2("DescribeRouteTables", &[]).ok();
    assert_eq!(tables.one("main"), "true");
    assert!(tables.all("subnetId").is_empty());
    assert_eq!(tables.one("gatewayId"), "local");
    assert_eq!(
        aws.ec2("DescribeNetworkAcls", &[]).ok().one("default"),
        "true"
    );
}

#[test]
fn vpc_blocks_are_of_16_to_28_bits_and_apart() {
    let net = network();
    let create = |block: &str| net.aws.ec2("CreateVpc", &[("CidrBlock", block)]);
    assert_eq!(create("10.0.0.0/8").code(), "InvalidVpc.Range");
    assert_eq!(create("10.0.0.0/29").code(), "InvalidVpc.Range");
    assert_eq!(create("10.0.0.0").code(), "InvalidParameterValue");
    let associate = |block: &str| {
        net.aws.ec2(
            "AssociateVpcCidrBlock",
            &[("VpcId", &net.vpc), ("CidrBlock", block)],
        )
    };
    assert_eq!(associate("10.0.128.0/17").code(), "CidrConflict");
    associate("10.1.0.0/16").ok();
    let routes = net.aws.ec2("DescribeRouteTables", &[]).ok();
    assert_eq!(
        routes.all("destinationCidrBlock"),
        ["10.0.0.0/16", "10.1.0.0/16"]
    );
}

#[test]
fn subnets_lie_in_the_vpc_and_apart_from_each_other() {
    let net = network();
    let create = |block: &str| {
        net.aws
            .ec2("CreateSubnet", &[("VpcId", &net.vpc), ("CidrBlock", block)])
    };
    assert_eq!(create("10.0.1.128/25").code(), "InvalidSubnet.Conflict");
    assert_eq!(create("10.9.0.0/24").code(), "InvalidSubnet.Range");
    assert_eq!(create("10.0.2.0/29").code(), "InvalidSubnet.Range");
    let made = create("10.0.2.9/24").ok();
    assert_eq!(made.one("cidrBlock"), "10.0.2.0/24");
    assert_eq!(made.one("availableIpAddressCount"), "251");
    assert_eq!(made.one("availabilityZoneId"), "euw1-az1");
    let zone = [
        ("VpcId", net.vpc.as_str()),
        ("CidrBlock", "10.0.3.0/24"),
        ("AvailabilityZone", "us-east-1a"),
    ];
    assert_eq!(
        net.aws.ec2("CreateSubnet", &zone).code(),
        "InvalidParameterValue"
    );
}

#[test]
fn group_names_are_unique_in_a_vpc_and_not_like_ids() {
    let net = network();
    let create = |name: &str, description: &str| {
        let parameters = [
            ("GroupName", name),
            ("GroupDescription", description),
            ("VpcId", net.vpc.as_str()),
        ];
        net.aws.ec2("CreateSecurityGroup", &parameters).code()
    };
    assert_eq!(create("db", "d"), "InvalidGroup.Duplicate");
    assert_eq!(create("default", "d"), "InvalidGroup.Reserved");
    assert_eq!(create("sg-mine", "d"), "InvalidParameterValue");
    assert_eq!(create("naïve", "d"), "InvalidParameterValue");
    assert_eq!(create("new", ""), "MissingParameter");
    let nowhere = [("GroupName", "new"), ("GroupDescription", "d")];
    assert_eq!(
        net.aws.ec2("CreateSecurityGroup", &nowhere).code(),
        "VPCIdNotSpecified"
    );
}

#[test]
fn a_group_in_use_cannot_be_deleted() {
    let net = network();
    let delete = |group: &str| net.aws.ec2("DeleteSecurityGroup", &[("GroupId", group)]);
    let reference = format!("IpProtocol=-1 Groups.1.GroupId={}", net.ri);
    let rule = net.authorize(&reference).ok().one("securityGroupRuleId");
    assert_eq!(delete(&net.ri).code(), "DependencyViolation");
    let revoke = [
        ("GroupId", net.db.as_str()),
        ("SecurityGroupRuleId.1", &rule),
    ];
    net.aws.ec2("RevokeSecurityGroupIngress", &revoke).ok();
    let create = [
        ("SubnetId", net.subnet.as_str()),
        ("SecurityGroupId.1", &net.ri),
    ];
    let interface = net
        .aws
        .ec2("CreateNetworkInterface", &create)
        .ok()
        .one("networkInterfaceId");
    assert_eq!(delete(&net.ri).code(), "DependencyViolation");
    net.aws
        .ec2(
            "DeleteNetworkInterface",
            &[("NetworkInterfaceId", &interface)],
        )
        .ok();
    delete(&net.ri).ok();
    assert_eq!(delete(&net.ri).code(), "InvalidGroup.NotFound");
    let default = [
        ("Filter.1.Name", "group-name"),
        ("Filter.1.Value.1", "default"),
    ];
    let default = net
        .aws
        .ec2("DescribeSecurityGroups", &default)
        .ok()
        .first("groupId");
    assert_eq!(delete(&default).code(), "CannotDelete");
}

#[test]
fn a_groups_own_reference_does_not_hold_it_and_its_rules_go_with_it() {
    let net = network();
    net.authorize(&format!("IpProtocol=-1 Groups.1.GroupId={}", net.db))
        .ok();
    net.aws
        .ec2("DeleteSecurityGroup", &[("GroupId", &net.db)])
        .ok();
    assert!(net.rules().all("securityGroupRuleId").is_empty());
}

#[test]
fn interfaces_get_free_addresses_of_their_subnet_and_groups_of_their_vpc() {
    let net = network();
    let create = |more: &[(&str, &str)]| {
        let parameters = [&[("SubnetId", net.subnet.as_str())], more].concat();
        net.aws.ec2("CreateNetworkInterface", &parameters)
    };
    let first = create(&[]).ok();
    assert_eq!(first.first("privateIpAddress"), "10.0.1.4");
    assert_eq!(first.one("groupName"), "default");
    create(&[("PrivateIpAddress", "10.0.1.254")]).ok();
    assert_eq!(create(&[]).ok().first("privateIpAddress"), "10.0.1.5");
    let address = |text: &str| create(&[("PrivateIpAddress", text)]).code();
    assert_eq!(address("10.0.1.4"), "InvalidIPAddress.InUse");
    assert_eq!(address("10.0.1.3"), "InvalidParameterValue");
    assert_eq!(address("10.0.1.255"), "InvalidParameterValue");
    assert_eq!(address("10.0.2.9"), "InvalidParameterValue");
    let other = net
        .aws
        .ec2("CreateVpc", &[("CidrBlock", "10.9.0.0/16")])
        .ok()
        .first("vpcId");
    let far = group(&net.aws, &other, "far");
    assert_eq!(
        create(&[("SecurityGroupId.1", &far)]).code(),
        "InvalidGroup.NotFound"
    );
    let six: Vec<_> = (1..=6).map(|at| format!("SecurityGroupId.{at}")).collect();
    let six: Vec<_> = six
        .iter()
        .map(|name| (name.as_str(), net.db.as_str()))
        .collect();
    assert_eq!(
        create(&six).code(),
        "SecurityGroupsPerInterfaceLimitExceeded"
    );
}

#[test]
fn an_interfaces_groups_are_replaced_as_a_whole() {
    let net = network();
    let create = [
        ("SubnetId", net.subnet.as_str()),
        ("SecurityGroupId.1", &net.ri),
    ];
    let id = net
        .aws
        .ec2("CreateNetworkInterface", &create)
        .ok()
        .one("networkInterfaceId");
    let modify = |more: &[(&str, &str)]| {
        let parameters = [&[("NetworkInterfaceId", id.as_str())], more].concat();
        net.aws.ec2("ModifyNetworkInterfaceAttribute", &parameters)
    };
    modify(&[("SecurityGroupId.1", &net.db)]).ok();
    modify(&[("SourceDestCheck.Value", "false")]).ok();
    let shown = net
        .aws
        .ec2(
            "DescribeNetworkInterfaces",
            &[("NetworkInterfaceId.1", &id)],
        )
        .ok();
    assert_eq!(shown.one("groupId"), net.db);
    assert_eq!(shown.one("sourceDestCheck"), "false");
    let both = [
        ("SecurityGroupId.1", net.ri.as_str()),
        ("SourceDestCheck.Value", "true"),
    ];
    assert_eq!(modify(&both).code(), "InvalidParameterCombination");
    assert_eq!(modify(&[]).code(), "InvalidParameterCombination");
}

#[test]
fn a_subnet_has_one_explicit_route_table() {
    let net = network();
    let table = || {
        net.aws
            .ec2("CreateRouteTable", &[("VpcId", &net.vpc)])
            .ok()
            .one("routeTableId")
    };
    let (one, other) = (table(), table());
    let associate = |table: &str| {
        net.aws.ec2(
            "AssociateRouteTable",
            &[("RouteTableId", table), ("SubnetId", &net.subnet)],
        )
    };
    associate(&one).ok();
    assert_eq!(associate(&other).code(), "Resource.AlreadyAssociated");
    let by_subnet = [
        ("Filter.1.Name", "association.subnet-id"),
        ("Filter.1.Value.1", &net.subnet),
    ];
    assert_eq!(
        net.aws
            .ec2("DescribeRouteTables", &by_subnet)
            .ok()
            .first("routeTableId"),
        one
    );
}

#[test]
fn a_destination_is_in_a_table_once_in_canonical_form() {
    let net = network();
    let table = net
        .aws
        .ec2("DescribeRouteTables", &[])
        .ok()
        .first("routeTableId");
    let create = [("SubnetId", net.subnet.as_str())];
    let interface = net
        .aws
        .ec2("CreateNetworkInterface", &create)
        .ok()
        .one("networkInterfaceId");
    let route = |block: &str, target: (&str, &str)| {
        let parameters = [
            ("RouteTableId", table.as_str()),
            ("DestinationCidrBlock", block),
            target,
        ];
        net.aws.ec2("CreateRoute", &parameters)
    };
    let target = ("NetworkInterfaceId", interface.as_str());
    route("172.16.5.0/12", target).ok();
    assert_eq!(route("172.16.0.0/12", target).code(), "RouteAlreadyExists");
    assert_eq!(route("10.0.0.0/16", target).code(), "RouteAlreadyExists");
    assert_eq!(
        route("0.0.0.0/0", ("GatewayId", "igw-0abc")).code(),
        "InvalidGatewayID.NotFound"
    );
    let shown = net.aws.ec2("DescribeRouteTables", &[]).ok();
    assert_eq!(
        shown.all("destinationCidrBlock"),
        ["10.0.0.0/16", "172.16.0.0/12"]
    );
}
