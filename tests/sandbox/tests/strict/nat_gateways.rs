//! NAT gateways.

use crate::client::{Answer, Network, network};

/// A network with an internet gateway and a free address.
fn with_internet() -> (Network, String) {
    let net = network();
    let gateway = net
        .aws
        .make("CreateInternetGateway", &[], "internetGatewayId");
    let parameters = [("InternetGatewayId", gateway.as_str()), ("VpcId", &net.vpc)];
    net.aws.ec2("AttachInternetGateway", &parameters).ok();
    let allocation = net.aws.make("AllocateAddress", &[], "allocationId");
    (net, allocation)
}

fn create(net: &Network, more: &[(&str, &str)]) -> Answer {
    let subnet = [("SubnetId", net.subnet.as_str())];
    net.aws.ec2("CreateNatGateway", &[&subnet, more].concat())
}

fn shown(net: &Network, id: &str) -> Answer {
    let by_id = [("NatGatewayId.1", id)];
    net.aws.ec2("DescribeNatGateways", &by_id).ok()
}

#[test]
fn a_public_gateway_has_its_address_and_an_interface_in_its_subnet() {
    let (net, allocation) = with_internet();
    let made = create(&net, &[("AllocationId", &allocation)]).ok();
    assert_eq!(made.one("state"), "pending");
    let gateway = shown(&net, &made.one("natGatewayId"));
    assert_eq!(gateway.one("state"), "available");
    assert_eq!(gateway.one("connectivityType"), "public");
    let address = net.aws.ec2("DescribeAddresses", &[]).ok();
    assert_eq!(address.one("publicIp"), gateway.one("publicIp"));
    let id = gateway.one("networkInterfaceId");
    let by_id = [("NetworkInterfaceId.1", id.as_str())];
    let interface = net.aws.ec2("DescribeNetworkInterfaces", &by_id).ok();
    assert_eq!(interface.one("interfaceType"), "nat_gateway");
    assert_eq!(interface.one("sourceDestCheck"), "false");
    assert_eq!(interface.one("subnetId"), net.subnet);
    assert_eq!(
        interface.first("privateIpAddress"),
        gateway.one("privateIp")
    );
}

#[test]
fn a_private_gateway_has_no_address_of_ones_own() {
    let (net, allocation) = with_internet();
    let private = ("ConnectivityType", "private");
    let both = create(&net, &[private, ("AllocationId", &allocation)]);
    assert_eq!(both.code(), "InvalidParameterCombination");
    let made = create(&net, &[private, ("PrivateIpAddress", "10.0.1.77")]).ok();
    let gateway = shown(&net, &made.one("natGatewayId"));
    assert_eq!(gateway.one("privateIp"), "10.0.1.77");
    assert!(gateway.all("publicIp").is_empty());
    assert_eq!(create(&net, &[]).code(), "MissingParameter");
}

#[test]
fn a_gateway_that_cannot_be_made_has_failed_and_says_why() {
    let net = network();
    let allocation = net.aws.make("AllocateAddress", &[], "allocationId");
    let made = create(&net, &[("AllocationId", &allocation)]).ok();
    let gateway = shown(&net, &made.one("natGatewayId"));
    assert_eq!(gateway.one("state"), "failed");
    assert_eq!(gateway.one("failureCode"), "Gateway.NotAttached");
    let (net, allocation) = with_internet();
    let allocation = [("AllocationId", allocation.as_str())];
    create(&net, &allocation).ok();
    let made = create(&net, &allocation).ok();
    let gateway = shown(&net, &made.one("natGatewayId"));
    assert_eq!(gateway.one("failureCode"), "Resource.AlreadyAssociated");
}

#[test]
fn deleting_a_gateway_frees_its_address_and_leaves_its_routes_as_blackholes() {
    let (net, allocation) = with_internet();
    let allocation = [("AllocationId", allocation.as_str())];
    let id = create(&net, &allocation).ok().one("natGatewayId");
    let table = net.aws.route_table(&net.vpc);
    let target = ("NatGatewayId", id.as_str());
    net.aws.route(&table, "0.0.0.0/0", target).ok();
    assert_eq!(net.aws.route_state(&table, "natGatewayId"), ["active"]);
    let delete = || net.aws.ec2("DeleteNatGateway", &[("NatGatewayId", &id)]);
    delete().ok();
    assert_eq!(net.aws.route_state(&table, "natGatewayId"), ["blackhole"]);
    assert_eq!(shown(&net, &id).one("state"), "deleted");
    let address = net.aws.ec2("DescribeAddresses", &[]).ok();
    assert!(address.all("associationId").is_empty());
    let interfaces = net.aws.ec2("DescribeNetworkInterfaces", &[]).ok();
    assert!(interfaces.all("networkInterfaceId").is_empty());
    assert_eq!(delete().code(), "NatGatewayNotFound");
    let route = net.aws.route(&table, "192.0.2.0/24", target);
    assert_eq!(route.code(), "NatGatewayNotFound");
}
