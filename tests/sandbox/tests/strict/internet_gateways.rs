//! Internet gateways, egress-only ones, and Elastic IP addresses.

use crate::client::{Aws, Network, network, network_in, start};

fn gateway(aws: &Aws) -> String {
    aws.make("CreateInternetGateway", &[], "internetGatewayId")
}

fn attach(aws: &Aws, verb: &str, gateway: &str, vpc: &str) -> crate::client::Answer {
    let parameters = [("InternetGatewayId", gateway), ("VpcId", vpc)];
    aws.ec2(&format!("{verb}InternetGateway"), &parameters)
}

fn interface(net: &Network) -> String {
    net.aws.make(
        "CreateNetworkInterface",
        &[("SubnetId", &net.subnet)],
        "networkInterfaceId",
    )
}

#[test]
fn a_gateway_is_attached_to_one_vpc_which_has_one() {
    let aws = start();
    let (one, other) = (aws.vpc("10.0.0.0/16"), aws.vpc("10.1.0.0/16"));
    let (first, second) = (gateway(&aws), gateway(&aws));
    attach(&aws, "Attach", &first, &one).ok();
    let again = attach(&aws, "Attach", &first, &other);
    assert_eq!(again.code(), "Resource.AlreadyAssociated");
    let second = attach(&aws, "Attach", &second, &one);
    assert_eq!(second.code(), "InvalidParameterValue");
    let found = aws.filtered(
        "DescribeInternetGateways",
        "attachment.vpc-id",
        &one,
        "internetGatewayId",
    );
    assert_eq!(found, [first.as_str()]);
    let elsewhere = attach(&aws, "Detach", &first, &other);
    assert_eq!(elsewhere.code(), "Gateway.NotAttached");
    let unknown = attach(&aws, "Attach", "igw-0abc", &one);
    assert_eq!(unknown.code(), "InvalidInternetGatewayID.NotFound");
}

#[test]
fn a_route_to_a_gateway_is_a_blackhole_while_the_gateway_is_detached() {
    let net = network();
    let gateway = gateway(&net.aws);
    let table = net.aws.route_table(&net.vpc);
    let target = ("GatewayId", gateway.as_str());
    let route = || net.aws.route(&table, "0.0.0.0/0", target);
    assert_eq!(route().code(), "InvalidParameterValue");
    attach(&net.aws, "Attach", &gateway, &net.vpc).ok();
    route().ok();
    let state = || net.aws.route_state(&table, "gatewayId");
    assert_eq!(state(), ["active"]);
    attach(&net.aws, "Detach", &gateway, &net.vpc).ok();
    assert_eq!(state(), ["blackhole"]);
    let other = net.aws.vpc("10.1.0.0/16");
    attach(&net.aws, "Attach", &gateway, &other).ok();
    assert_eq!(state(), ["blackhole"]);
    attach(&net.aws, "Detach", &gateway, &other).ok();
    attach(&net.aws, "Attach", &gateway, &net.vpc).ok();
    assert_eq!(state(), ["active"]);
}

#[test]
fn an_address_shows_on_its_interface_and_holds_the_gateway() {
    let net = network();
    let id = interface(&net);
    let allocated = net.aws.ec2("AllocateAddress", &[("Domain", "vpc")]).ok();
    let (allocation, public) = (allocated.one("allocationId"), allocated.one("publicIp"));
    let associate = || {
        let parameters = [
            ("AllocationId", allocation.as_str()),
            ("NetworkInterfaceId", &id),
        ];
        net.aws.ec2("AssociateAddress", &parameters)
    };
    assert_eq!(associate().code(), "Gateway.NotAttached");
    let gateway = gateway(&net.aws);
    attach(&net.aws, "Attach", &gateway, &net.vpc).ok();
    let association = associate().ok().one("associationId");
    let found = net.aws.filtered(
        "DescribeNetworkInterfaces",
        "association.public-ip",
        &public,
        "networkInterfaceId",
    );
    assert_eq!(found, [id.as_str()]);
    let address = net.aws.ec2("DescribeAddresses", &[]).ok();
    assert_eq!(address.one("associationId"), association);
    assert_eq!(address.one("networkInterfaceId"), id);
    assert_eq!(associate().code(), "Resource.AlreadyAssociated");
    let detach = attach(&net.aws, "Detach", &gateway, &net.vpc);
    assert_eq!(detach.code(), "DependencyViolation");
}

#[test]
fn an_address_moves_only_where_the_call_says_so() {
    let net = network();
    attach(&net.aws, "Attach", &gateway(&net.aws), &net.vpc).ok();
    let (one, other) = (interface(&net), interface(&net));
    let allocation = net.aws.make("AllocateAddress", &[], "allocationId");
    let associate = |interface: &str, more: &[(&str, &str)]| {
        let given = [
            ("AllocationId", allocation.as_str()),
            ("NetworkInterfaceId", interface),
        ];
        net.aws.ec2("AssociateAddress", &[&given, more].concat())
    };
    associate(&one, &[]).ok();
    associate(&other, &[("AllowReassociation", "true")]).ok();
    let of = |id: &str| {
        let by_id = [("NetworkInterfaceId.1", id)];
        let shown = net.aws.ec2("DescribeNetworkInterfaces", &by_id).ok();
        shown.all("publicIp").len()
    };
    // Once for the interface, once for its primary address.
    assert_eq!((of(&one), of(&other)), (0, 2));
}

#[test]
fn two_accounts_never_have_the_same_address() {
    let aws = start();
    let other = aws.with_key("AKIA111122223333");
    let allocate = |aws: &Aws| aws.make("AllocateAddress", &[], "publicIp");
    assert_ne!(allocate(&aws), allocate(&other));
}

#[test]
fn an_egress_only_gateway_is_for_ipv6_routes() {
    let vpc = [
        ("CidrBlock", "10.0.0.0/16"),
        ("AmazonProvidedIpv6CidrBlock", "true"),
    ];
    let net = network_in(start(), &vpc);
    let create = [("VpcId", net.vpc.as_str())];
    let id = net.aws.make(
        "CreateEgressOnlyInternetGateway",
        &create,
        "egressOnlyInternetGatewayId",
    );
    let table = net.aws.route_table(&net.vpc);
    let target = ("EgressOnlyInternetGatewayId", id.as_str());
    let ipv4 = net.aws.route(&table, "0.0.0.0/0", target);
    assert_eq!(ipv4.code(), "InvalidParameterValue");
    let ipv6 = [
        ("RouteTableId", table.as_str()),
        ("DestinationIpv6CidrBlock", "::/0"),
        target,
    ];
    net.aws.ec2("CreateRoute", &ipv6).ok();
    let state = net.aws.route_state(&table, "egressOnlyInternetGatewayId");
    assert_eq!(state, ["active"]);
}
