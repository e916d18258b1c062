//! Transit gateways, their attachments, route tables and routes.

use crate::client::{Answer, Aws, start};

fn gateway(aws: &Aws) -> String {
    aws.make("CreateTransitGateway", &[], "transitGatewayId")
}

fn attach(aws: &Aws, gateway: &str, vpc: &str, subnet: &str) -> Answer {
    let parameters = [
        ("TransitGatewayId", gateway),
        ("VpcId", vpc),
        ("SubnetIds.1", subnet),
    ];
    aws.ec2("CreateTransitGatewayVpcAttachment", &parameters)
}

/// A gateway with one VPC, 10.0.0.0/16, attached: gateway, VPC and attachment.
fn attached() -> (Aws, String, String, String) {
    let aws = start();
    let gateway = gateway(&aws);
    let vpc = aws.vpc("10.0.0.0/16");
    let subnet = aws.subnet(&vpc, "10.0.1.0/24");
    let attachment = attach(&aws, &gateway, &vpc, &subnet).ok();
    let attachment = attachment.one("transitGatewayAttachmentId");
    (aws, gateway, vpc, attachment)
}

fn table(aws: &Aws) -> String {
    aws.make(
        "DescribeTransitGatewayRouteTables",
        &[],
        "transitGatewayRouteTableId",
    )
}

/// Searches with `name=value` filters; the destinations.
fn search(aws: &Aws, filters: &[&str]) -> Answer {
    let mut parameters = vec![("TransitGatewayRouteTableId".to_owned(), table(aws))];
    for (filter, at) in filters.iter().zip(1..) {
        let (name, value) = filter.split_once('=').unwrap();
        parameters.push((format!("Filter.{at}.Name"), name.to_owned()));
        parameters.push((format!("Filter.{at}.Value.1"), value.to_owned()));
    }
    aws.ec2(
        "SearchTransitGatewayRoutes",
        &crate::client::pairs(&parameters),
    )
}

fn found(aws: &Aws, filters: &[&str]) -> Vec<String> {
    search(aws, filters).ok().all("destinationCidrBlock")
}

fn create_route(aws: &Aws, block: &str, target: (&str, &str)) -> Answer {
    let table = table(aws);
    let parameters = [
        ("TransitGatewayRouteTableId", table.as_str()),
        ("DestinationCidrBlock", block),
        target,
    ];
    aws.ec2("CreateTransitGatewayRoute", &parameters)
}

#[test]
fn a_gateway_comes_with_its_default_route_table() {
    let aws = start();
    let id = gateway(&aws);
    let shown = aws.ec2("DescribeTransitGateways", &[]).ok();
    assert_eq!(shown.one("transitGatewayId"), id);
    assert_eq!(shown.one("securityGroupReferencingSupport"), "disable");
    let table = table(&aws);
    assert_eq!(shown.one("associationDefaultRouteTableId"), table);
    assert_eq!(shown.one("propagationDefaultRouteTableId"), table);
    let by_gateway = aws.filtered(
        "DescribeTransitGatewayRouteTables",
        "transit-gateway-id",
        &id,
        "transitGatewayRouteTableId",
    );
    assert_eq!(by_gateway, [table]);
}

#[test]
fn without_association_and_propagation_there_is_no_default_route_table() {
    let aws = start();
    let off = [
        ("Options.DefaultRouteTableAssociation", "disable"),
        ("Options.DefaultRouteTablePropagation", "disable"),
    ];
    aws.ec2("CreateTransitGateway", &off).ok();
    let tables = aws.ec2("DescribeTransitGatewayRouteTables", &[]).ok();
    assert!(tables.all("transitGatewayRouteTableId").is_empty());
    let wrong = aws.ec2("CreateTransitGateway", &[("Options.DnsSupport", "on")]);
    assert_eq!(wrong.code(), "InvalidParameterValue");
}

#[test]
fn an_attachment_is_in_both_lists_associated_and_propagated() {
    let (aws, _, vpc, id) = attached();
    let of_vpc = aws.filtered(
        "DescribeTransitGatewayVpcAttachments",
        "vpc-id",
        &vpc,
        "state",
    );
    assert_eq!(of_vpc, ["available"]);
    let filter = [
        ("Filter.1.Name", "resource-type"),
        ("Filter.1.Value.1", "vpc"),
        ("Filter.2.Name", "resource-id"),
        ("Filter.2.Value.1", &vpc),
    ];
    let all = aws.ec2("DescribeTransitGatewayAttachments", &filter).ok();
    assert_eq!(all.one("transitGatewayAttachmentId"), id);
    assert_eq!(all.one("transitGatewayRouteTableId"), table(&aws));
    assert_eq!(all.all("state"), ["available", "associated"]);
    let routes = search(&aws, &["type=propagated"]).ok();
    assert_eq!(routes.one("destinationCidrBlock"), "10.0.0.0/16");
    assert_eq!(routes.one("transitGatewayAttachmentId"), id);
    let interfaces = aws.ec2("DescribeNetworkInterfaces", &[]).ok();
    assert_eq!(interfaces.one("interfaceType"), "transit_gateway");
}

#[test]
fn tags_of_an_attachment_are_on_it_in_both_lists() {
    let (aws, _, _, id) = attached();
    let tag = [
        ("ResourceId.1", id.as_str()),
        ("Tag.1.Key", "Name"),
        ("Tag.1.Value", "spoke"),
    ];
    aws.ec2("CreateTags", &tag).ok();
    for action in [
        "DescribeTransitGatewayAttachments",
        "DescribeTransitGatewayVpcAttachments",
    ] {
        let tagged = aws.filtered(action, "tag:Name", "spoke", "transitGatewayAttachmentId");
        assert_eq!(tagged, [id.as_str()], "{action}");
    }
    let listed = aws.filtered("DescribeTags", "resource-id", &id, "value");
    assert_eq!(listed, ["spoke"]);
}

#[test]
fn a_vpc_is_attached_to_a_gateway_once_with_one_subnet_in_a_zone() {
    let (aws, gateway, vpc, _) = attached();
    let subnet = aws.subnet(&vpc, "10.0.2.0/24");
    let again = attach(&aws, &gateway, &vpc, &subnet);
    assert_eq!(again.code(), "DuplicateTransitGatewayAttachment");
    let other = aws.vpc("10.1.0.0/16");
    let (one, two) = (
        aws.subnet(&other, "10.1.1.0/24"),
        aws.subnet(&other, "10.1.2.0/24"),
    );
    let parameters = [
        ("TransitGatewayId", gateway.as_str()),
        ("VpcId", &other),
        ("SubnetIds.1", &one),
        ("SubnetIds.2", &two),
    ];
    let both = aws.ec2("CreateTransitGatewayVpcAttachment", &parameters);
    assert_eq!(both.code(), "DuplicateSubnetsInSameZone");
    let apart = attach(&aws, &gateway, &other, &subnet);
    assert_eq!(apart.code(), "InvalidParameterValue");
    let unknown = attach(&aws, "tgw-0abc", &other, &one);
    assert_eq!(unknown.code(), "InvalidTransitGatewayID.NotFound");
}

#[test]
fn overlapping_blocks_are_not_propagated() {
    let (aws, gateway, ..) = attached();
    let other = aws.vpc("10.0.128.0/17");
    let subnet = aws.subnet(&other, "10.0.128.0/24");
    attach(&aws, &gateway, &other, &subnet).ok();
    assert_eq!(found(&aws, &["type=propagated"]), ["10.0.0.0/16"]);
}

#[test]
fn a_vpc_routes_to_a_gateway_only_where_it_is_attached() {
    let (aws, gateway, vpc, _) = attached();
    let target = ("TransitGatewayId", gateway.as_str());
    let table = aws.route_table(&vpc);
    aws.route(&table, "10.1.0.0/16", target).ok();
    assert_eq!(aws.route_state(&table, "transitGatewayId"), ["active"]);
    let other = aws.vpc("10.1.0.0/16");
    let answer = aws.route(&aws.route_table(&other), "10.0.0.0/16", target);
    assert_eq!(answer.code(), "InvalidTransitGatewayID.NotFound");
}

#[test]
fn static_routes_go_to_an_attachment_or_drop() {
    let (aws, _, _, id) = attached();
    let to = ("TransitGatewayAttachmentId", id.as_str());
    create_route(&aws, "172.16.5.0/12", to).ok();
    create_route(&aws, "192.0.2.0/24", ("Blackhole", "true")).ok();
    assert_eq!(found(&aws, &["type=static"]).len(), 2);
    assert_eq!(found(&aws, &["state=blackhole"]), ["192.0.2.0/24"]);
    let by_attachment = format!("attachment.transit-gateway-attachment-id={id}");
    assert_eq!(
        found(&aws, &[&by_attachment, "type=static"]),
        ["172.16.0.0/12"]
    );
    let again = create_route(&aws, "172.16.0.0/12", to);
    assert_eq!(again.code(), "RouteAlreadyExists");
    let nowhere = create_route(&aws, "10.9.0.0/16", ("Blackhole", "false"));
    assert_eq!(nowhere.code(), "MissingParameter");
    // Before a propagated route of the same block goes the static one.
    create_route(&aws, "10.0.0.0/16", ("Blackhole", "true")).ok();
    assert!(found(&aws, &["type=propagated"]).is_empty());
}

#[test]
fn routes_are_searched_by_block() {
    let (aws, _, _, id) = attached();
    let to = ("TransitGatewayAttachmentId", id.as_str());
    create_route(&aws, "10.0.0.0/8", to).ok();
    create_route(&aws, "10.0.4.0/24", to).ok();
    let by = |kind: &str, block: &str| {
        let mut found = found(&aws, &[&format!("route-search.{kind}={block}")]);
        found.sort();
        found
    };
    assert_eq!(by("exact-match", "10.0.0.0/16"), ["10.0.0.0/16"]);
    assert!(by("exact-match", "10.0.0.0/17").is_empty());
    assert_eq!(by("longest-prefix-match", "10.0.4.9"), ["10.0.4.0/24"]);
    assert_eq!(by("longest-prefix-match", "10.0.5.0/24"), ["10.0.0.0/16"]);
    assert!(by("longest-prefix-match", "172.16.0.1").is_empty());
    assert_eq!(
        by("subnet-of-match", "10.0.0.0/16"),
        ["10.0.0.0/16", "10.0.4.0/24"]
    );
    assert_eq!(
        by("supernet-of-match", "10.0.0.0/16"),
        ["10.0.0.0/16", "10.0.0.0/8"]
    );
}

#[test]
fn a_search_needs_a_known_filter_and_says_whether_there_is_more() {
    let (aws, _, _, id) = attached();
    assert_eq!(search(&aws, &[]).code(), "MissingParameter");
    let unknown = search(&aws, &["vpc-id=vpc-0a"]);
    assert_eq!(unknown.code(), "InvalidParameterValue");
    let to = ("TransitGatewayAttachmentId", id.as_str());
    for at in 1..=5 {
        create_route(&aws, &format!("172.16.{at}.0/24"), to).ok();
    }
    let table = table(&aws);
    let five = |more: &[(&str, &str)]| {
        let given = [
            ("TransitGatewayRouteTableId", table.as_str()),
            ("Filter.1.Name", "state"),
            ("Filter.1.Value.1", "active"),
            ("MaxResults", "5"),
        ];
        let all = [&given, more].concat();
        aws.ec2("SearchTransitGatewayRoutes", &all).ok()
    };
    let first = five(&[]);
    assert_eq!(first.all("destinationCidrBlock").len(), 5);
    assert_eq!(first.one("additionalRoutesAvailable"), "true");
    let rest = five(&[("NextToken", &first.one("nextToken"))]);
    assert_eq!(rest.all("destinationCidrBlock").len(), 1);
    assert_eq!(rest.one("additionalRoutesAvailable"), "false");
}
