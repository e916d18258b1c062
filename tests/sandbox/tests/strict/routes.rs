//! Routes: replaced, deleted, and those that are more specific than the local one.

use crate::client::{Answer, Network, network};

struct Routed {
    net: Network,
    table: String,
    interface: String,
}

fn routed() -> Routed {
    let net = network();
    let create = [("SubnetId", net.subnet.as_str())];
    let interface = net
        .aws
        .make("CreateNetworkInterface", &create, "networkInterfaceId");
    Routed {
        table: net.aws.route_table(&net.vpc),
        net,
        interface,
    }
}

impl Routed {
    fn call(&self, action: &str, block: &str, target: &[(&str, &str)]) -> Answer {
        let route = [
            ("RouteTableId", self.table.as_str()),
            ("DestinationCidrBlock", block),
        ];
        self.net.aws.ec2(action, &[&route, target].concat())
    }

    fn to_interface(&self) -> [(&str, &str); 1] {
        [("NetworkInterfaceId", &self.interface)]
    }

    fn destinations(&self) -> Vec<String> {
        let by_id = [("RouteTableId.1", self.table.as_str())];
        let shown = self.net.aws.ec2("DescribeRouteTables", &by_id).ok();
        shown.all("destinationCidrBlock")
    }
}

#[test]
fn a_route_is_replaced_only_where_there_is_one() {
    let routed = routed();
    let replace = || routed.call("ReplaceRoute", "192.0.2.9/24", &routed.to_interface());
    assert_eq!(replace().code(), "InvalidParameterValue");
    let create = [
        ("VpcId", routed.net.vpc.as_str()),
        ("CidrBlock", "10.0.9.0/24"),
    ];
    let other = routed.net.aws.make("CreateSubnet", &create, "subnetId");
    let other = [("SubnetId", other.as_str())];
    let other = routed
        .net
        .aws
        .make("CreateNetworkInterface", &other, "networkInterfaceId");
    let other = [("NetworkInterfaceId", other.as_str())];
    routed.call("CreateRoute", "192.0.2.0/24", &other).ok();
    replace().ok();
    let by_id = [("RouteTableId.1", routed.table.as_str())];
    let shown = routed.net.aws.ec2("DescribeRouteTables", &by_id).ok();
    assert_eq!(shown.one("networkInterfaceId"), routed.interface);
}

#[test]
fn a_route_is_deleted_once_and_a_local_one_never() {
    let routed = routed();
    let target = routed.to_interface();
    routed.call("CreateRoute", "192.0.2.0/24", &target).ok();
    let delete = |block: &str| routed.call("DeleteRoute", block, &[]);
    delete("192.0.2.0/24").ok();
    assert_eq!(routed.destinations(), ["10.0.0.0/16"]);
    assert_eq!(delete("192.0.2.0/24").code(), "InvalidRoute.NotFound");
    assert_eq!(delete("10.0.0.0/16").code(), "InvalidParameterValue");
}

#[test]
fn a_route_more_specific_than_local_is_for_a_whole_subnet_and_to_an_interface() {
    let routed = routed();
    let create = |block: &str| routed.call("CreateRoute", block, &routed.to_interface());
    assert_eq!(create("10.0.1.0/25").code(), "InvalidParameterValue");
    create("10.0.1.0/24").ok();
    let aws = &routed.net.aws;
    let gateway = aws.make("CreateInternetGateway", &[], "internetGatewayId");
    let attach = [
        ("InternetGatewayId", gateway.as_str()),
        ("VpcId", &routed.net.vpc),
    ];
    aws.ec2("AttachInternetGateway", &attach).ok();
    aws.subnet(&routed.net.vpc, "10.0.2.0/24");
    let target = [("GatewayId", gateway.as_str())];
    let answer = routed.call("CreateRoute", "10.0.2.0/24", &target);
    assert_eq!(answer.code(), "InvalidParameterValue");
}

#[test]
fn a_local_route_takes_an_interface_and_goes_back() {
    let routed = routed();
    let block = "10.0.0.0/16";
    routed
        .call("ReplaceRoute", block, &routed.to_interface())
        .ok();
    let aws = &routed.net.aws;
    let state = || aws.route_state(&routed.table, "networkInterfaceId");
    // Nothing has the interface.
    assert_eq!(state(), ["blackhole"]);
    let local = [("LocalTarget", "true")];
    routed.call("ReplaceRoute", block, &local).ok();
    assert!(state().is_empty());
    let target = routed.to_interface();
    routed.call("CreateRoute", "192.0.2.0/24", &target).ok();
    let answer = routed.call("ReplaceRoute", "192.0.2.0/24", &local);
    assert_eq!(answer.code(), "InvalidParameterCombination");
}

#[test]
fn a_route_has_one_target_of_its_own_vpc() {
    let routed = routed();
    let none = routed.call("CreateRoute", "192.0.2.0/24", &[]);
    assert_eq!(none.code(), "MissingParameter");
    let two = [routed.to_interface()[0], ("GatewayId", "igw-0abc")];
    let two = routed.call("CreateRoute", "192.0.2.0/24", &two);
    assert_eq!(two.code(), "InvalidParameterCombination");
    let aws = &routed.net.aws;
    let other = aws.vpc("10.9.0.0/16");
    let table = aws.route_table(&other);
    let target = routed.to_interface()[0];
    let apart = aws.route(&table, "192.0.2.0/24", target);
    assert_eq!(apart.code(), "InvalidParameterValue");
}
