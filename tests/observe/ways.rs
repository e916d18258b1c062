//! What is read of the ways out of a VPC: what routes and declarations name, and nothing else.

use crate::lab::{Counterpart, session};
use dms_network_controller::observe::{observe, whole_vpcs};
use dms_network_core::snapshot::{
    AttachedResource, BlockPublicAccessMode, Read, ScopeSnapshot, UnreadCause, wanted::Wanted,
};
use dms_network_harness::{Calls, Effect, Fault, Proxy};
use std::collections::{BTreeMap, BTreeSet};

/// A VPC with a way out of every kind. The replication instance is in subnet-0a.
const WORLD: &[(&str, &str)] = &[
    (
        "vpcs.json",
        r#"{
  "Vpcs": [{"VpcId": "vpc-0a", "OwnerId": "123456789012", "CidrBlock": "10.0.0.0/16"},
    {"VpcId": "vpc-0b", "OwnerId": "123456789012", "CidrBlock": "10.1.0.0/16"}],
  "Subnets": [
    {"SubnetId": "subnet-0a", "VpcId": "vpc-0a", "OwnerId": "123456789012", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a"},
    {"SubnetId": "subnet-0c", "VpcId": "vpc-0a", "OwnerId": "123456789012", "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "eu-west-1a"},
    {"SubnetId": "subnet-0e", "VpcId": "vpc-0a", "OwnerId": "123456789012", "CidrBlock": "10.0.3.0/24", "AvailabilityZone": "eu-west-1a"},
    {"SubnetId": "subnet-0b", "VpcId": "vpc-0b", "OwnerId": "123456789012", "CidrBlock": "10.1.4.0/24", "AvailabilityZone": "eu-west-1a"}],
  "SecurityGroups": [
    {"GroupId": "sg-0a", "GroupName": "instance", "Description": "a", "VpcId": "vpc-0a", "OwnerId": "123456789012"},
    {"GroupId": "sg-0c", "GroupName": "host", "Description": "c", "VpcId": "vpc-0a", "OwnerId": "123456789012"},
    {"GroupId": "sg-0e", "GroupName": "inner", "Description": "e", "VpcId": "vpc-0a", "OwnerId": "123456789012"}],
  "RouteTables": [
    {"RouteTableId": "rtb-0a", "VpcId": "vpc-0a", "OwnerId": "123456789012",
     "Associations": [{"RouteTableAssociationId": "rtbassoc-0a", "RouteTableId": "rtb-0a", "SubnetId": "subnet-0a", "Main": false,
       "AssociationState": {"State": "associated"}}],
     "Routes": [
      {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"},
      {"DestinationCidrBlock": "10.1.0.0/16", "VpcPeeringConnectionId": "pcx-0a", "State": "active", "Origin": "CreateRoute"},
      {"DestinationCidrBlock": "10.2.0.0/16", "TransitGatewayId": "tgw-0a", "State": "active", "Origin": "CreateRoute"},
      {"DestinationCidrBlock": "172.16.0.0/16", "GatewayId": "vgw-0a", "State": "active", "Origin": "EnableVgwRoutePropagation"},
      {"DestinationCidrBlock": "172.17.0.0/16", "NetworkInterfaceId": "eni-0c", "InstanceId": "i-0c", "State": "active", "Origin": "CreateRoute"},
      {"DestinationCidrBlock": "172.18.0.0/16", "GatewayId": "vpce-0a", "State": "active", "Origin": "CreateRoute"},
      {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-0a", "State": "active", "Origin": "CreateRoute"},
      {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0a", "State": "active", "Origin": "CreateRoute"}], "Tags": []},
    {"RouteTableId": "rtb-0c", "VpcId": "vpc-0a", "OwnerId": "123456789012",
     "Associations": [{"RouteTableAssociationId": "rtbassoc-0c", "RouteTableId": "rtb-0c", "SubnetId": "subnet-0c", "Main": false,
       "AssociationState": {"State": "associated"}}],
     "Routes": [
      {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"},
      {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0a", "State": "active", "Origin": "CreateRoute"}], "Tags": []},
    {"RouteTableId": "rtb-0b", "VpcId": "vpc-0b", "OwnerId": "123456789012",
     "Associations": [{"RouteTableAssociationId": "rtbassoc-0b", "RouteTableId": "rtb-0b", "Main": true,
       "AssociationState": {"State": "associated"}}],
     "Routes": [
      {"DestinationCidrBlock": "10.1.0.0/16", "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"},
      {"DestinationCidrBlock": "10.0.0.0/16", "VpcPeeringConnectionId": "pcx-0a", "State": "active", "Origin": "CreateRoute"}], "Tags": []}],
  "NetworkInterfaces": [
    {"NetworkInterfaceId": "eni-0c", "VpcId": "vpc-0a", "SubnetId": "subnet-0c", "OwnerId": "123456789012", "AvailabilityZone": "eu-west-1a",
     "PrivateIpAddress": "10.0.2.5", "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.2.5", "Primary": true,
       "Association": {"PublicIp": "198.51.100.5"}}], "Association": {"PublicIp": "198.51.100.5"},
     "Groups": [{"GroupId": "sg-0c"}], "SourceDestCheck": false, "Attachment": {"InstanceId": "i-0c", "DeviceIndex": 0}},
    {"NetworkInterfaceId": "eni-0e", "VpcId": "vpc-0a", "SubnetId": "subnet-0e", "OwnerId": "123456789012", "AvailabilityZone": "eu-west-1a",
     "PrivateIpAddress": "10.0.3.5", "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.3.5", "Primary": true}],
     "Groups": [{"GroupId": "sg-0e"}], "SourceDestCheck": false, "Attachment": {"InstanceId": "i-0c", "DeviceIndex": 1}}]}"#,
    ),
    (
        "gateways.json",
        r#"{
  "VpcPeeringConnections": [
    {"VpcPeeringConnectionId": "pcx-0a", "Status": {"Code": "active", "Message": "Active"},
     "RequesterVpcInfo": {"VpcId": "vpc-0a", "OwnerId": "123456789012", "Region": "eu-west-1", "CidrBlock": "10.0.0.0/16", "CidrBlockSet": [{"CidrBlock": "10.0.0.0/16"}]},
     "AccepterVpcInfo": {"VpcId": "vpc-0b", "OwnerId": "123456789012", "Region": "eu-west-1", "CidrBlock": "10.1.0.0/16", "CidrBlockSet": [{"CidrBlock": "10.1.0.0/16"}]}},
    {"VpcPeeringConnectionId": "pcx-0f", "Status": {"Code": "active"},
     "RequesterVpcInfo": {"VpcId": "vpc-0a", "OwnerId": "123456789012", "Region": "eu-west-1"},
     "AccepterVpcInfo": {"VpcId": "vpc-0f", "OwnerId": "444455556666", "Region": "eu-west-1"}}],
  "InternetGateways": [{"InternetGatewayId": "igw-0a", "OwnerId": "123456789012", "Attachments": [{"State": "available", "VpcId": "vpc-0a"}]}],
  "EgressOnlyInternetGateways": [{"EgressOnlyInternetGatewayId": "eigw-0a", "Attachments": [{"State": "attached", "VpcId": "vpc-0a"}]}],
  "NatGateways": [{"NatGatewayId": "nat-0a", "VpcId": "vpc-0a", "SubnetId": "subnet-0c", "State": "available", "ConnectivityType": "public",
    "NatGatewayAddresses": [{"PublicIp": "198.51.100.9", "PrivateIp": "10.0.2.9", "AllocationId": "eipalloc-0a", "Status": "succeeded"}]}],
  "VpnGateways": [{"VpnGatewayId": "vgw-0a", "State": "available", "Type": "ipsec.1", "VpcAttachments": [{"State": "attached", "VpcId": "vpc-0a"}]}],
  "VpnConnections": [{"VpnConnectionId": "vpn-0a", "State": "available", "VpnGatewayId": "vgw-0a", "Type": "ipsec.1"}],
  "VpcEndpoints": [{"VpcEndpointId": "vpce-0a", "VpcEndpointType": "GatewayLoadBalancer", "VpcId": "vpc-0a", "OwnerId": "123456789012"}],
  "TransitGateways": [{"TransitGatewayId": "tgw-0a", "TransitGatewayArn": "arn:aws:ec2:eu-west-1:123456789012:transit-gateway/tgw-0a",
    "OwnerId": "123456789012", "State": "available", "Options": {"SecurityGroupReferencingSupport": "enable"}}],
  "TransitGatewayAttachments": [
    {"TransitGatewayAttachmentId": "tgw-attach-0a", "TransitGatewayId": "tgw-0a", "TransitGatewayOwnerId": "123456789012",
     "ResourceOwnerId": "123456789012", "ResourceType": "vpc", "ResourceId": "vpc-0a", "State": "available",
     "Association": {"TransitGatewayRouteTableId": "tgw-rtb-0a", "State": "associated"}},
    {"TransitGatewayAttachmentId": "tgw-attach-0f", "TransitGatewayId": "tgw-0a", "TransitGatewayOwnerId": "123456789012",
     "ResourceOwnerId": "444455556666", "ResourceType": "vpc", "ResourceId": "vpc-0f", "State": "available",
     "Association": {"TransitGatewayRouteTableId": "tgw-rtb-0f", "State": "associated"}},
    {"TransitGatewayAttachmentId": "tgw-attach-0e", "TransitGatewayId": "tgw-0a", "TransitGatewayOwnerId": "123456789012",
     "ResourceOwnerId": "123456789012", "ResourceType": "vpn", "ResourceId": "vpn-0e", "State": "available",
     "Association": {"TransitGatewayRouteTableId": "tgw-rtb-0e", "State": "associated"}}],
  "TransitGatewayVpcAttachments": [
    {"TransitGatewayAttachmentId": "tgw-attach-0a", "TransitGatewayId": "tgw-0a", "VpcId": "vpc-0a", "VpcOwnerId": "123456789012",
     "State": "available", "SubnetIds": ["subnet-0c"], "Options": {"Ipv6Support": "disable"}}],
  "TransitGatewayPeeringAttachments": [],
  "TransitGatewayRouteTables": [
    {"TransitGatewayRouteTableId": "tgw-rtb-0a", "TransitGatewayId": "tgw-0a", "State": "available"},
    {"TransitGatewayRouteTableId": "tgw-rtb-0f", "TransitGatewayId": "tgw-0a", "State": "available"},
    {"TransitGatewayRouteTableId": "tgw-rtb-0e", "TransitGatewayId": "tgw-0a", "State": "available"}],
  "VpcBlockPublicAccessOptions": {"AwsAccountId": "123456789012", "AwsRegion": "eu-west-1", "State": "update-complete",
    "InternetGatewayBlockMode": "block-ingress"},
  "VpcBlockPublicAccessExclusions": []}"#,
    ),
    (
        "tgw-rtb-0a.json",
        r#"{"Routes": [{"DestinationCidrBlock": "10.2.0.0/16", "Type": "propagated", "State": "active", "TransitGatewayAttachments": [
      {"TransitGatewayAttachmentId": "tgw-attach-0f", "ResourceId": "vpc-0f", "ResourceType": "vpc"}]}]}"#,
    ),
    (
        "tgw-rtb-0f.json",
        r#"{"Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "Type": "static", "State": "active", "TransitGatewayAttachments": [
      {"TransitGatewayAttachmentId": "tgw-attach-0a", "ResourceId": "vpc-0a", "ResourceType": "vpc"}]}]}"#,
    ),
    ("tgw-rtb-0e.json", r#"{"Routes": []}"#),
];

/// What a replication instance in subnet-0a wants that dials this.
fn dialing(destination: &str) -> Wanted {
    Wanted {
        vpcs: ["vpc-0a".parse().unwrap()].into(),
        subnets: ["subnet-0a".parse().unwrap()].into(),
        security_groups: ["sg-0a".parse().unwrap()].into(),
        destinations: [destination.parse().unwrap()].into(),
        ..Wanted::default()
    }
}

/// What was seen, and how often each call about a way out was made for it.
struct Seen {
    scope: ScopeSnapshot,
    calls: Vec<(String, usize)>,
}

/// The calls that every observation of a VPC makes.
const ALWAYS: [&str; 10] = [
    "GetCallerIdentity",
    "GetServiceQuota",
    "DescribeVpcs",
    "DescribeSubnets",
    "DescribeSecurityGroups",
    "DescribeSecurityGroupRules",
    "DescribeNetworkAcls",
    "DescribeRouteTables",
    "DescribeNetworkInterfaces",
    "DescribeManagedPrefixLists",
];

async fn seen(wanted: &Wanted) -> Seen {
    let aws = Counterpart::serving(WORLD);
    let proxy = Proxy::start(&aws.endpoint()).unwrap();
    let session = session(&proxy.endpoint()).await.unwrap();
    let scope = observe(&session, wanted).await.unwrap().lists.into();
    let mut calls = BTreeMap::new();
    for call in proxy.calls() {
        if !ALWAYS.contains(&call.action.as_str()) {
            *calls.entry(call.action).or_insert(0) += 1;
        }
    }
    let calls = calls.into_iter().collect();
    Seen { scope, calls }
}

fn once(calls: &[&str]) -> Vec<(String, usize)> {
    calls.iter().map(|call| ((*call).to_owned(), 1)).collect()
}

#[tokio::test]
async fn a_way_that_stays_in_the_vpc_asks_for_no_gateway() {
    let seen = seen(&dialing("10.0.1.20/32")).await;
    assert_eq!(seen.calls, []);
    let unread = seen.scope.nat_gateways.known().unwrap_err();
    assert_eq!(unread.cause, UnreadCause::NotInSnapshot);
    assert!(seen.scope.peerings.known().is_err());
}

#[tokio::test]
async fn a_peering_that_wins_is_read_and_no_other() {
    let seen = seen(&dialing("10.1.4.20/32")).await;
    assert_eq!(seen.calls, once(&["DescribeVpcPeeringConnections"]));
    let peerings = seen.scope.peerings.known().unwrap();
    assert_eq!(peerings.len(), 1);
    assert_eq!(
        peerings[&"pcx-0a".parse().unwrap()].accepter.cidrs[0].to_string(),
        "10.1.0.0/16"
    );
}

#[tokio::test]
async fn the_peerings_of_a_declared_vpc_are_read_though_no_route_names_them() {
    let wanted = Wanted {
        peers: ["vpc-0f".parse().unwrap()].into(),
        ..dialing("10.0.1.20/32")
    };
    let seen = seen(&wanted).await;
    let peerings = seen.scope.peerings.known().unwrap();
    let ids: Vec<_> = peerings.keys().map(ToString::to_string).collect();
    assert_eq!(ids, ["pcx-0f"]);
}

#[tokio::test]
async fn a_nat_gateway_leads_to_the_internet_gateway_of_its_own_subnet() {
    let seen = seen(&dialing("203.0.113.20/32")).await;
    assert_eq!(
        seen.calls,
        once(&[
            "DescribeInternetGateways",
            "DescribeNatGateways",
            "DescribeVpcBlockPublicAccessExclusions",
            "DescribeVpcBlockPublicAccessOptions",
        ])
    );
    let nat = &seen.scope.nat_gateways.known().unwrap()[&"nat-0a".parse().unwrap()];
    assert!(nat.is_public && nat.addresses[0].succeeded);
    let gateway = &seen.scope.internet_gateways.known().unwrap()[&"igw-0a".parse().unwrap()];
    assert_eq!(gateway.vpc_ids[0].as_str(), "vpc-0a");
    let public_access = seen.scope.block_public_access.known().unwrap();
    assert_eq!(public_access.mode, BlockPublicAccessMode::Ingress);
    assert!(public_access.exclusions.known().unwrap().is_empty());
}

#[tokio::test]
async fn ipv6_leads_to_an_egress_only_gateway() {
    let seen = seen(&dialing("2001:db8:1::20/128")).await;
    let gateways = seen.scope.egress_only_internet_gateways.known().unwrap();
    assert_eq!(gateways.len(), 1);
    assert!(seen.scope.block_public_access.known().is_ok());
    assert!(seen.scope.nat_gateways.known().is_err());
}

#[tokio::test]
async fn a_transit_gateway_is_read_with_the_tables_on_the_way_and_back() {
    let seen = seen(&dialing("10.2.4.20/32")).await;
    let mut expected = once(&[
        "DescribeTransitGatewayAttachments",
        "DescribeTransitGatewayRouteTables",
        "DescribeTransitGatewayVpcAttachments",
        "DescribeTransitGateways",
        "SearchTransitGatewayRoutes",
    ]);
    expected[4].1 = 2;
    assert_eq!(seen.calls, expected);
    let attachments = seen.scope.transit_gateway_attachments.known().unwrap();
    assert_eq!(attachments.len(), 3, "all of the gateway");
    let AttachedResource::Vpc {
        details: Some(details),
        ..
    } = &attachments[&"tgw-attach-0a".parse().unwrap()].resource
    else {
        panic!("{attachments:?}")
    };
    assert_eq!(details.subnet_ids[0].as_str(), "subnet-0c");
    let tables = seen.scope.transit_gateway_route_tables.known().unwrap();
    let routes = |id: &str| &tables[&id.parse().unwrap()].routes;
    let Read::Known(out) = routes("tgw-rtb-0a") else {
        panic!()
    };
    assert_eq!(out[0].attachment_ids[0].as_str(), "tgw-attach-0f");
    assert!(routes("tgw-rtb-0f").known().is_ok(), "it must lead back");
    assert!(
        routes("tgw-rtb-0e").known().is_err(),
        "no packet is looked up there"
    );
}

#[tokio::test]
async fn a_virtual_private_gateway_is_read_with_its_connections() {
    let seen = seen(&dialing("172.16.9.4/32")).await;
    assert_eq!(
        seen.calls,
        once(&["DescribeVpnConnections", "DescribeVpnGateways"])
    );
    let gateways = seen.scope.vpn_gateways.known().unwrap();
    assert_eq!(
        gateways[&"vgw-0a".parse().unwrap()].vpc_ids[0].as_str(),
        "vpc-0a"
    );
    assert_eq!(seen.scope.vpn_connections.known().unwrap().len(), 1);
}

#[tokio::test]
async fn a_host_on_the_way_is_read_with_all_its_interfaces_and_their_groups() {
    let by_route = seen(&dialing("172.17.9.4/32")).await;
    let by_instance = Wanted {
        instances: ["i-0c".parse().unwrap()].into(),
        ..dialing("10.0.1.20/32")
    };
    let by_interface = Wanted {
        interfaces: ["eni-0e".parse().unwrap()].into(),
        ..dialing("10.0.1.20/32")
    };
    for seen in [
        by_route,
        seen(&by_instance).await,
        seen(&by_interface).await,
    ] {
        let interfaces = seen.scope.network_interfaces.known().unwrap();
        let primary: Vec<_> = interfaces
            .values()
            .map(|interface| (interface.id.to_string(), interface.is_primary))
            .collect();
        assert_eq!(
            primary,
            [("eni-0c".to_owned(), true), ("eni-0e".to_owned(), false)]
        );
        let groups = seen.scope.security_groups.known().unwrap();
        let groups: Vec<_> = groups.keys().map(ToString::to_string).collect();
        assert_eq!(groups, ["sg-0a", "sg-0c", "sg-0e"]);
    }
}

#[tokio::test]
async fn a_host_leads_on_by_the_table_of_its_subnet() {
    let seen = seen(&dialing("172.17.9.4/32")).await;
    assert!(
        seen.scope.internet_gateways.known().is_ok(),
        "its subnet's route to 172.17.9.4 is the default one"
    );
}

#[tokio::test]
async fn a_public_address_leads_to_its_interface() {
    let wanted = Wanted {
        public_ips: ["198.51.100.5".parse().unwrap()].into(),
        ..dialing("10.0.1.20/32")
    };
    let seen = seen(&wanted).await;
    let interfaces = seen.scope.network_interfaces.known().unwrap();
    let found: Vec<_> = interfaces.keys().map(ToString::to_string).collect();
    assert_eq!(found, ["eni-0c"]);
}

#[tokio::test]
async fn an_endpoint_of_a_load_balancer_on_the_way_is_read() {
    let seen = seen(&dialing("172.18.9.4/32")).await;
    let endpoints = seen.scope.vpc_endpoints.known().unwrap();
    assert_eq!(
        endpoints[&"vpce-0a".parse().unwrap()].endpoint_type,
        "GatewayLoadBalancer"
    );
}

#[tokio::test]
async fn declared_gateways_are_read_though_no_route_names_them() {
    let wanted = Wanted {
        transit_gateways: ["tgw-0a".parse().unwrap()].into(),
        vpn_gateways: ["vgw-0a".parse().unwrap(), "vgw-0f".parse().unwrap()].into(),
        peerings: ["pcx-0a".parse().unwrap()].into(),
        ..dialing("10.0.1.20/32")
    };
    let seen = seen(&wanted).await;
    assert_eq!(seen.scope.transit_gateways.known().unwrap().len(), 1);
    assert_eq!(seen.scope.peerings.known().unwrap().len(), 1);
    assert_eq!(
        seen.scope.vpn_gateways.known().unwrap().len(),
        1,
        "vgw-0f does not exist"
    );
}

#[tokio::test]
async fn a_refused_call_leaves_its_own_list_unread() {
    let aws = Counterpart::serving(WORLD);
    let proxy = Proxy::start(&aws.endpoint()).unwrap();
    let session = session(&proxy.endpoint()).await.unwrap();
    let refuse = |call: &str| {
        proxy.heal();
        proxy.inject(Fault::error(Calls::of(call), "UnauthorizedOperation").always());
    };
    refuse("DescribeNatGateways");
    let internet = dialing("203.0.113.20/32");
    let lists = observe(&session, &internet).await.unwrap().lists;
    let unread = lists.nat_gateways.known().unwrap_err();
    assert_eq!(unread.call, "ec2:DescribeNatGateways");
    assert!(matches!(unread.cause, UnreadCause::Denied(_)));
    refuse("DescribeVpcBlockPublicAccessExclusions");
    let lists = observe(&session, &internet).await.unwrap().lists;
    let public_access = lists.block_public_access.known().unwrap();
    let unread = public_access.exclusions.known().unwrap_err();
    assert!(matches!(unread.cause, UnreadCause::Denied(_)));
    let other = dialing("10.2.4.20/32");
    refuse("SearchTransitGatewayRoutes");
    let lists = observe(&session, &other).await.unwrap().lists;
    let tables = lists.transit_gateway_route_tables.known().unwrap();
    let unread = tables[&"tgw-rtb-0a".parse().unwrap()].routes.known();
    let unread = unread.unwrap_err();
    assert!(matches!(unread.cause, UnreadCause::Denied(_)), "{unread:?}");
    refuse("DescribeTransitGatewayVpcAttachments");
    let lists = observe(&session, &other).await.unwrap().lists;
    let unread = lists.transit_gateway_attachments.known().unwrap_err();
    assert_eq!(unread.call, "ec2:DescribeTransitGatewayVpcAttachments");
}

#[tokio::test]
async fn what_is_not_served_here_is_unread_and_what_fails_for_now_fails_the_observation() {
    let aws = Counterpart::serving(WORLD);
    let proxy = Proxy::start(&aws.endpoint()).unwrap();
    let session = session(&proxy.endpoint()).await.unwrap();
    let wanted = dialing("203.0.113.20/32");
    let options = || Calls::of("DescribeVpcBlockPublicAccessOptions");
    proxy.inject(Fault::error(options(), "InvalidAction").always());
    let lists = observe(&session, &wanted).await.unwrap().lists;
    let unread = lists.block_public_access.known().unwrap_err();
    assert_eq!(unread.cause, UnreadCause::NotInSnapshot);
    assert!(lists.internet_gateways.known().is_ok());
    for fault in [
        Fault::error(options(), "RequestLimitExceeded"),
        Fault::error(options(), "InternalError"),
        Fault::new(options(), Effect::Unreachable),
        Fault::error(Calls::of("DescribeNatGateways"), "InvalidAction"),
    ] {
        proxy.heal();
        let what = format!("{fault:?}");
        proxy.inject(fault.always());
        assert!(observe(&session, &wanted).await.is_err(), "{what}");
    }
}

#[tokio::test]
async fn a_saved_vpc_has_its_ways_out() {
    let aws = Counterpart::serving(WORLD);
    let session = session(&aws.endpoint()).await.unwrap();
    let vpcs = BTreeSet::from(["vpc-0a".parse().unwrap()]);
    let saved = whole_vpcs(&session, &vpcs).await.unwrap();
    assert!(saved.unread.is_empty(), "{:?}", saved.unread);
    let lists = saved.documents.lists(None, None).unwrap();
    let wanted = Wanted {
        transit_gateways: ["tgw-0a".parse().unwrap()].into(),
        ..dialing("0.0.0.0/0")
    };
    let live = observe(&session, &wanted).await.unwrap().lists;
    assert_eq!(lists.peerings.known().unwrap().len(), 2);
    assert_eq!(lists.internet_gateways, live.internet_gateways);
    assert_eq!(lists.nat_gateways, live.nat_gateways);
    assert_eq!(lists.vpn_gateways, live.vpn_gateways);
    assert_eq!(lists.vpn_connections, live.vpn_connections);
    assert_eq!(lists.transit_gateways, live.transit_gateways);
    assert_eq!(
        lists.transit_gateway_attachments,
        live.transit_gateway_attachments
    );
    assert_eq!(lists.vpc_endpoints, live.vpc_endpoints);
    assert_eq!(lists.block_public_access, live.block_public_access);
    assert_eq!(
        lists.egress_only_internet_gateways.known().unwrap().len(),
        1
    );
    let tables = lists.transit_gateway_route_tables.known().unwrap();
    assert!(tables.values().all(|table| table.routes.known().is_ok()));
}
