//! What a snapshot has besides what calls here can make: served as it is.

use crate::{
    client::{Aws, start, start_with},
    snapshots::Folder,
};
use dms_network_sandbox::Settings;
use serde_json::json;

fn load(folder: &Folder) -> Aws {
    start_with(Settings {
        load: Some(folder.path.clone()),
        ..Settings::default()
    })
}

/// One thing of each family, in one account and Region.
fn all_families(folder: &Folder) {
    let account = "123456789012";
    folder.write(
        "vpcs.json",
        &json!({"Vpcs": [{"VpcId": "vpc-0a", "CidrBlock": "10.0.0.0/16", "OwnerId": account}]}),
    );
    folder.write(
        "subnets.json",
        &json!({"Subnets": [{
            "SubnetId": "subnet-0a", "VpcId": "vpc-0a", "CidrBlock": "10.0.1.0/24",
            "AvailabilityZone": "eu-west-1a", "OwnerId": account,
        }]}),
    );
    for (file, key, item) in [
        (
            "pcx",
            "VpcPeeringConnections",
            json!({
                "VpcPeeringConnectionId": "pcx-0a", "Status": {"Code": "active"},
                "RequesterVpcInfo": {"VpcId": "vpc-0a", "OwnerId": account, "Region": "eu-west-1",
                    "CidrBlockSet": [{"CidrBlock": "10.0.0.0/16"}]},
                "AccepterVpcInfo": {"VpcId": "vpc-0b", "OwnerId": "111122223333", "Region": "eu-west-1"},
                "Tags": [{"Key": "Name", "Value": "peer"}],
            }),
        ),
        (
            "igw",
            "InternetGateways",
            json!({"InternetGatewayId": "igw-0a", "OwnerId": account,
                "Attachments": [{"State": "available", "VpcId": "vpc-0a"}]}),
        ),
        (
            "eigw",
            "EgressOnlyInternetGateways",
            json!({"EgressOnlyInternetGatewayId": "eigw-0a",
                "Attachments": [{"State": "attached", "VpcId": "vpc-0a"}]}),
        ),
        (
            "nat",
            "NatGateways",
            json!({"NatGatewayId": "nat-0a", "State": "available", "VpcId": "vpc-0a",
                "SubnetId": "subnet-0a", "NatGatewayAddresses": [{"PublicIp": "203.0.113.5",
                "PrivateIp": "10.0.1.9", "IsPrimary": true, "Status": "succeeded"}]}),
        ),
        (
            "vgw",
            "VpnGateways",
            json!({"VpnGatewayId": "vgw-0a", "State": "available", "Type": "ipsec.1",
                "VpcAttachments": [{"State": "attached", "VpcId": "vpc-0a"}]}),
        ),
        (
            "vpn",
            "VpnConnections",
            json!({"VpnConnectionId": "vpn-0a", "VpnGatewayId": "vgw-0a", "State": "available",
                "Options": {"StaticRoutesOnly": true},
                "Routes": [{"DestinationCidrBlock": "172.16.0.0/12", "State": "available"}],
                "VgwTelemetry": [{"OutsideIpAddress": "198.51.100.1", "Status": "UP"}]}),
        ),
        (
            "tgw",
            "TransitGateways",
            json!({"TransitGatewayId": "tgw-0a", "OwnerId": "444455556666", "State": "available",
                "Options": {"SecurityGroupReferencingSupport": "enable"}}),
        ),
        (
            "attach",
            "TransitGatewayAttachments",
            json!({"TransitGatewayAttachmentId": "tgw-attach-0a", "TransitGatewayId": "tgw-0a",
                "ResourceType": "vpc", "ResourceId": "vpc-0a", "State": "available",
                "Association": {"TransitGatewayRouteTableId": "tgw-rtb-0a", "State": "associated"}}),
        ),
        (
            "vpc-attach",
            "TransitGatewayVpcAttachments",
            json!({"TransitGatewayAttachmentId": "tgw-attach-0a", "TransitGatewayId": "tgw-0a",
                "VpcId": "vpc-0a", "SubnetIds": ["subnet-0a"], "State": "available"}),
        ),
        (
            "peer-attach",
            "TransitGatewayPeeringAttachments",
            json!({"TransitGatewayAttachmentId": "tgw-attach-0b", "State": "available",
                "RequesterTgwInfo": {"TransitGatewayId": "tgw-0a"},
                "AccepterTgwInfo": {"TransitGatewayId": "tgw-0b", "Region": "us-east-1"}}),
        ),
        (
            "tables",
            "TransitGatewayRouteTables",
            json!({"TransitGatewayRouteTableId": "tgw-rtb-0a", "TransitGatewayId": "tgw-0a",
                "State": "available", "DefaultAssociationRouteTable": true}),
        ),
        (
            "tgw-rtb-0a",
            "Routes",
            json!({"DestinationCidrBlock": "10.0.0.0/16", "Type": "propagated", "State": "active",
                "TransitGatewayAttachments": [{"ResourceId": "vpc-0a", "ResourceType": "vpc",
                "TransitGatewayAttachmentId": "tgw-attach-0a"}]}),
        ),
        (
            "endpoints",
            "VpcEndpoints",
            json!({"VpcEndpointId": "vpce-0a", "VpcEndpointType": "Interface", "VpcId": "vpc-0a",
                "ServiceName": "com.amazonaws.eu-west-1.s3", "State": "available",
                "SubnetIds": ["subnet-0a"], "Groups": [{"GroupId": "sg-0a", "GroupName": "g"}]}),
        ),
        (
            "exclusions",
            "VpcBlockPublicAccessExclusions",
            json!({"ExclusionId": "vpcbpa-exclude-0a", "State": "create-complete",
                "InternetGatewayExclusionMode": "allow-egress",
                "ResourceArn": "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-0a"}),
        ),
    ] {
        folder.write(&format!("{file}.json"), &json!({ key: [item] }));
    }
    folder.write(
        "options.json",
        &json!({"VpcBlockPublicAccessOptions": {"AwsAccountId": account, "AwsRegion": "eu-west-1",
            "State": "update-complete", "InternetGatewayBlockMode": "block-bidirectional"}}),
    );
}

#[test]
fn each_family_is_found_by_its_id_and_its_filters() {
    let folder = Folder::new();
    all_families(&folder);
    let aws = load(&folder);
    for (action, ids, id, filter, value) in [
        (
            "VpcPeeringConnections",
            "VpcPeeringConnectionId",
            "pcx-0a",
            "requester-vpc-info.vpc-id",
            "vpc-0a",
        ),
        (
            "VpcPeeringConnections",
            "VpcPeeringConnectionId",
            "pcx-0a",
            "tag:Name",
            "peer",
        ),
        (
            "InternetGateways",
            "InternetGatewayId",
            "igw-0a",
            "attachment.vpc-id",
            "vpc-0a",
        ),
        (
            "EgressOnlyInternetGateways",
            "EgressOnlyInternetGatewayId",
            "eigw-0a",
            "",
            "",
        ),
        ("NatGateways", "NatGatewayId", "nat-0a", "vpc-id", "vpc-0a"),
        (
            "VpnGateways",
            "VpnGatewayId",
            "vgw-0a",
            "attachment.vpc-id",
            "vpc-0a",
        ),
        (
            "VpnConnections",
            "VpnConnectionId",
            "vpn-0a",
            "vpn-gateway-id",
            "vgw-0a",
        ),
        (
            "TransitGateways",
            "TransitGatewayIds",
            "tgw-0a",
            "owner-id",
            "444455556666",
        ),
        (
            "TransitGatewayAttachments",
            "TransitGatewayAttachmentIds",
            "tgw-attach-0a",
            "association.transit-gateway-route-table-id",
            "tgw-rtb-0a",
        ),
        (
            "TransitGatewayVpcAttachments",
            "TransitGatewayAttachmentIds",
            "tgw-attach-0a",
            "vpc-id",
            "vpc-0a",
        ),
        (
            "TransitGatewayPeeringAttachments",
            "TransitGatewayAttachmentIds",
            "tgw-attach-0b",
            "transit-gateway-id",
            "tgw-0a",
        ),
        (
            "TransitGatewayRouteTables",
            "TransitGatewayRouteTableIds",
            "tgw-rtb-0a",
            "transit-gateway-id",
            "tgw-0a",
        ),
        (
            "VpcEndpoints",
            "VpcEndpointId",
            "vpce-0a",
            "vpc-endpoint-type",
            "Interface",
        ),
        (
            "VpcBlockPublicAccessExclusions",
            "ExclusionId",
            "vpcbpa-exclude-0a",
            "resource-arn",
            "arn:aws:ec2:*:vpc/vpc-0a",
        ),
    ] {
        let action = format!("Describe{action}");
        let by_id = aws.ec2(&action, &[(&format!("{ids}.1"), id)]).ok();
        assert!(by_id.body.contains(&format!(">{id}</")), "{}", by_id.body);
        let absent = format!("{}-0dead", id.rsplit_once('-').unwrap().0);
        let absent = aws.ec2(&action, &[(&format!("{ids}.1"), &absent)]);
        assert!(absent.code().contains("NotFound"), "{action}");
        if !filter.is_empty() {
            let named = |value: &str| {
                let filter = [("Filter.1.Name", filter), ("Filter.1.Value.1", value)];
                aws.ec2(&action, &filter).ok().body
            };
            assert!(
                named(value).contains(&format!(">{id}</")),
                "{action} {filter}"
            );
            assert!(!named("other").contains(id), "{action} {filter}");
        }
        let unknown = [("Filter.1.Name", "colour"), ("Filter.1.Value.1", "red")];
        let unknown = aws.ec2(&action, &unknown);
        assert_eq!(unknown.code(), "InvalidParameterValue", "{action}");
    }
}

#[test]
fn what_is_nested_is_served_whole() {
    let folder = Folder::new();
    all_families(&folder);
    let aws = load(&folder);
    let nat = aws.ec2("DescribeNatGateways", &[]).ok();
    assert_eq!(nat.one("publicIp"), "203.0.113.5");
    assert_eq!(nat.one("isPrimary"), "true");
    let vpn = aws.ec2("DescribeVpnConnections", &[]).ok();
    assert_eq!(vpn.one("destinationCidrBlock"), "172.16.0.0/12");
    assert_eq!(vpn.one("outsideIpAddress"), "198.51.100.1");
    let peering = aws.ec2("DescribeVpcPeeringConnections", &[]).ok();
    assert_eq!(peering.all("ownerId"), ["111122223333", "123456789012"]);
    let attachment = aws.ec2("DescribeTransitGatewayVpcAttachments", &[]).ok();
    assert!(attachment.all("item").contains(&"subnet-0a".to_owned()));
    let search = [
        ("TransitGatewayRouteTableId", "tgw-rtb-0a"),
        ("Filter.1.Name", "route-search.longest-prefix-match"),
        ("Filter.1.Value.1", "10.0.1.10"),
    ];
    let routes = aws.ec2("SearchTransitGatewayRoutes", &search).ok();
    assert_eq!(routes.one("transitGatewayAttachmentId"), "tgw-attach-0a");
}

#[test]
fn public_access_is_not_blocked_unless_the_snapshot_says_so() {
    let mode = |aws: &Aws| {
        aws.make(
            "DescribeVpcBlockPublicAccessOptions",
            &[],
            "internetGatewayBlockMode",
        )
    };
    assert_eq!(mode(&start()), "off");
    let folder = Folder::new();
    all_families(&folder);
    assert_eq!(mode(&load(&folder)), "block-bidirectional");
}

#[test]
fn gateways_of_the_old_kinds_have_no_pages_and_the_new_ones_have() {
    let aws = start();
    for action in ["DescribeVpnGateways", "DescribeVpnConnections"] {
        let answer = aws.ec2(action, &[("MaxResults", "10")]);
        assert_eq!(answer.code(), "UnknownParameter", "{action}");
    }
    for (action, most) in [
        ("DescribeNatGateways", "1001"),
        ("DescribeEgressOnlyInternetGateways", "256"),
        ("DescribeTransitGatewayAttachments", "1001"),
    ] {
        let answer = aws.ec2(action, &[("MaxResults", most)]);
        assert_eq!(answer.code(), "InvalidParameterValue", "{action}");
    }
}

#[test]
fn saving_all_families_is_a_fixpoint_that_serves_the_same() {
    let folder = Folder::new();
    all_families(&folder);
    let aws = load(&folder);
    let once = Folder::new();
    aws.admin("POST", "export", &json!({"path": once.path}));
    let twice = Folder::new();
    let again = load(&once);
    again.admin("POST", "export", &json!({"path": twice.path}));
    assert_eq!(
        crate::snapshots::written(&once.path),
        crate::snapshots::written(&twice.path)
    );
    let routes = |aws: &Aws| aws.make("DescribeVpnConnections", &[], "destinationCidrBlock");
    assert_eq!(routes(&aws), routes(&again));
}

#[test]
fn a_connection_that_one_side_lists_is_served_to_the_other_side_too() {
    let folder = Folder::new();
    for (account, vpc) in [("123456789012", "vpc-0a"), ("111122223333", "vpc-0b")] {
        folder.write(
            &format!("{account}/eu-west-1/vpcs.json"),
            &json!({"Vpcs": [{"VpcId": vpc, "CidrBlock": "10.0.0.0/16", "OwnerId": account}]}),
        );
    }
    folder.write(
        "123456789012/eu-west-1/pcx.json",
        &json!({"VpcPeeringConnections": [{
            "VpcPeeringConnectionId": "pcx-0a", "Status": {"Code": "active"},
            "RequesterVpcInfo": {"VpcId": "vpc-0a", "OwnerId": "123456789012", "Region": "eu-west-1"},
            "AccepterVpcInfo": {"VpcId": "vpc-0b", "OwnerId": "111122223333", "Region": "eu-west-1"},
            "Tags": [{"Key": "Name", "Value": "ours"}],
        }]}),
    );
    let other = load(&folder).with_key("AKIA111122223333");
    let seen = other.ec2("DescribeVpcPeeringConnections", &[]).ok();
    assert_eq!(seen.one("vpcPeeringConnectionId"), "pcx-0a");
    assert!(seen.all("key").is_empty());
}

#[test]
fn an_item_without_its_id_is_refused_by_the_name_of_its_file() {
    let folder = Folder::new();
    for key in ["NatGateways", "TransitGatewayRouteTables"] {
        folder.write("bad.json", &json!({ key: [{"State": "available"}] }));
        let aws = start();
        let (status, answer) = aws.admin("POST", "load", &json!({"path": folder.path}));
        assert_eq!(status, 400);
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains("bad.json") && error.contains(key), "{error}");
    }
}

#[test]
fn another_snapshot_takes_the_place_of_all_resources_and_nothing_else() {
    let aws = start();
    aws.vpc("10.9.0.0/16");
    aws.admin("PUT", "quotas", &json!({"rulesPerSecurityGroup": 7}));
    let folder = Folder::new();
    all_families(&folder);
    let (status, _) = aws.admin("POST", "load", &json!({"path": folder.path}));
    assert_eq!(status, 200);
    let vpcs = || aws.ec2("DescribeVpcs", &[]).ok().all("vpcId");
    assert_eq!(vpcs(), ["vpc-0a"]);
    let quota = json!({"ServiceCode": "vpc", "QuotaCode": "L-0EA8095F"});
    let (_, answer) = aws.json("servicequotas", "GetServiceQuota", &quota);
    assert_eq!(answer["Quota"]["Value"], 7);
    aws.vpc("10.8.0.0/16");
    aws.admin("POST", "reset", &json!({}));
    assert_eq!(vpcs(), ["vpc-0a"]);
}
