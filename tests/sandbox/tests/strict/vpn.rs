//! Virtual private gateways.

use crate::client::start;

#[test]
fn a_vpc_has_one_private_gateway_that_routes_can_go_to() {
    let aws = start();
    let (one, other) = (aws.vpc("10.0.0.0/16"), aws.vpc("10.1.0.0/16"));
    let create = || aws.make("CreateVpnGateway", &[("Type", "ipsec.1")], "vpnGatewayId");
    let (first, second) = (create(), create());
    let attach = |gateway: &str, vpc: &str| {
        let parameters = [("VpnGatewayId", gateway), ("VpcId", vpc)];
        aws.ec2("AttachVpnGateway", &parameters)
    };
    let table = aws.route_table(&one);
    let route = || aws.route(&table, "172.16.0.0/12", ("GatewayId", &first));
    assert_eq!(route().code(), "InvalidParameterValue");
    assert_eq!(attach(&first, &one).ok().one("state"), "attaching");
    route().ok();
    assert_eq!(
        attach(&second, &one).code(),
        "VpnGatewayAttachmentLimitExceeded"
    );
    assert_eq!(attach(&first, &other).code(), "Resource.AlreadyAssociated");
    let found = aws.filtered(
        "DescribeVpnGateways",
        "attachment.vpc-id",
        &one,
        "vpnGatewayId",
    );
    assert_eq!(found, [first]);
    let unknown = aws.ec2("CreateVpnGateway", &[("Type", "other")]);
    assert_eq!(unknown.code(), "InvalidParameterValue");
}
