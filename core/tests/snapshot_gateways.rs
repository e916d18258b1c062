//! The gateways of a snapshot folder: what each answer says of them, in any age and mixture.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dms_network_core::snapshot::{
    AttachedResource, BlockPublicAccessMode, ExcludedResource, Read, ScopeSnapshot, Snapshot,
    UnreadCause, read,
};
use std::{collections::BTreeMap, fmt::Display};

const VPC: &str =
    r#"{"Vpcs": [{"VpcId": "vpc-0a", "OwnerId": "111122223333", "CidrBlock": "10.0.0.0/16"}]}"#;
const SUBNETS: &str = r#"{"Subnets": [{"SubnetId": "subnet-0a", "VpcId": "vpc-0a", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a"}]}"#;

fn folder(files: &[(&str, &str)]) -> Snapshot {
    read::read(files.iter().copied()).unwrap()
}

fn only_scope(files: &[(&str, &str)]) -> ScopeSnapshot {
    let snapshot = folder(files);
    assert_eq!(snapshot.scopes.len(), 1);
    snapshot.scopes.into_iter().next().unwrap()
}

/// The scope of vpc-0a, with these files.
fn scope(files: &[(&str, &str)]) -> ScopeSnapshot {
    let own = [("vpcs.json", VPC), ("subnets.json", SUBNETS)];
    only_scope(&[own.as_slice(), files].concat())
}

fn one(text: &str) -> ScopeSnapshot {
    scope(&[("file.json", text)])
}

fn error(files: &[(&str, &str)]) -> String {
    read::read(files.iter().copied()).unwrap_err().to_string()
}

fn texts<T: Display>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

#[test]
fn each_list_is_unread_until_a_file_has_it_and_empty_once_one_has() {
    /// The number of items, or the call that was not made.
    fn count<K, V>(list: &Read<BTreeMap<K, V>>) -> Result<usize, &'static str> {
        list.known()
            .map(BTreeMap::len)
            .map_err(|unread| unread.call)
    }
    type Count = fn(&ScopeSnapshot) -> Result<usize, &'static str>;
    let cases: [(&str, &str, Count); 12] = [
        (
            "VpcPeeringConnections",
            "ec2:DescribeVpcPeeringConnections",
            |s| count(&s.peerings),
        ),
        ("InternetGateways", "ec2:DescribeInternetGateways", |s| {
            count(&s.internet_gateways)
        }),
        (
            "EgressOnlyInternetGateways",
            "ec2:DescribeEgressOnlyInternetGateways",
            |s| count(&s.egress_only_internet_gateways),
        ),
        ("NatGateways", "ec2:DescribeNatGateways", |s| {
            count(&s.nat_gateways)
        }),
        ("VpnGateways", "ec2:DescribeVpnGateways", |s| {
            count(&s.vpn_gateways)
        }),
        ("VpnConnections", "ec2:DescribeVpnConnections", |s| {
            count(&s.vpn_connections)
        }),
        ("TransitGateways", "ec2:DescribeTransitGateways", |s| {
            count(&s.transit_gateways)
        }),
        (
            "TransitGatewayAttachments",
            "ec2:DescribeTransitGatewayAttachments",
            |s| count(&s.transit_gateway_attachments),
        ),
        (
            "TransitGatewayVpcAttachments",
            "ec2:DescribeTransitGatewayAttachments",
            |s| count(&s.transit_gateway_attachments),
        ),
        (
            "TransitGatewayPeeringAttachments",
            "ec2:DescribeTransitGatewayAttachments",
            |s| count(&s.transit_gateway_attachments),
        ),
        (
            "TransitGatewayRouteTables",
            "ec2:DescribeTransitGatewayRouteTables",
            |s| count(&s.transit_gateway_route_tables),
        ),
        ("VpcEndpoints", "ec2:DescribeVpcEndpoints", |s| {
            count(&s.vpc_endpoints)
        }),
    ];
    let nothing = scope(&[]);
    for (key, call, count) in cases {
        assert_eq!(count(&nothing), Err(call), "{key}");
        let answer = format!(r#"{{"{key}": []}}"#);
        assert_eq!(count(&one(&answer)), Ok(0), "{key}");
    }
    assert!(nothing.block_public_access.known().is_err());
}

#[test]
fn a_peering_has_two_sides_and_the_blocks_of_both_families() {
    let scope = one(r#"{"VpcPeeringConnections": [
          {"VpcPeeringConnectionId": "pcx-0a", "Status": {"Code": "active", "Message": "Active"}, "Unheard": {"Of": 1},
           "RequesterVpcInfo": {"VpcId": "vpc-0a", "OwnerId": "111122223333", "Region": "eu-west-1", "CidrBlock": "10.0.0.0/16",
             "CidrBlockSet": [{"CidrBlock": "10.0.0.0/16"}, {"CidrBlock": "10.9.0.0/16"}], "PeeringOptions": {}},
           "AccepterVpcInfo": {"VpcId": "vpc-0b", "OwnerId": "444455556666", "Region": "us-east-1", "CidrBlock": "10.1.0.0/16",
             "Ipv6CidrBlockSet": [{"Ipv6CidrBlock": "2001:db8:1::/56"}]}},
          {"VpcPeeringConnectionId": "pcx-0b", "Status": {"Code": "pending-acceptance"},
           "RequesterVpcInfo": {"VpcId": "vpc-0a", "OwnerId": "111122223333"}, "AccepterVpcInfo": null}]}"#);
    let peerings = scope.peerings.known().unwrap();
    let active = &peerings[&"pcx-0a".parse().unwrap()];
    assert_eq!(active.status, "active");
    assert_eq!(
        texts(&active.requester.cidrs),
        ["10.0.0.0/16", "10.9.0.0/16"]
    );
    assert_eq!(
        texts(&active.accepter.cidrs),
        ["10.1.0.0/16", "2001:db8:1::/56"]
    );
    assert_eq!(
        active.accepter.region.as_ref().unwrap().as_str(),
        "us-east-1"
    );
    let pending = &peerings[&"pcx-0b".parse().unwrap()];
    assert_eq!(pending.status, "pending-acceptance");
    assert!(pending.accepter.vpc_id.is_none() && pending.accepter.cidrs.is_empty());
}

#[test]
fn a_gateway_is_attached_where_its_attachment_and_the_gateway_itself_are_in_force() {
    let scope = one(r#"{"InternetGateways": [
            {"InternetGatewayId": "igw-0a", "OwnerId": "111122223333", "Attachments": [{"State": "available", "VpcId": "vpc-0a"}]},
            {"InternetGatewayId": "igw-0b", "Attachments": [{"State": "detaching", "VpcId": "vpc-0a"}]},
            {"InternetGatewayId": "igw-0c", "Attachments": []}],
          "EgressOnlyInternetGateways": [
            {"EgressOnlyInternetGatewayId": "eigw-0a", "Attachments": [{"State": "attached", "VpcId": "vpc-0a"}]}],
          "VpnGateways": [
            {"VpnGatewayId": "vgw-0a", "State": "available", "VpcAttachments": [{"State": "attached", "VpcId": "vpc-0a"}]},
            {"VpnGatewayId": "vgw-0b", "State": "deleting", "VpcAttachments": [{"State": "attached", "VpcId": "vpc-0a"}]},
            {"VpnGatewayId": "vgw-0c", "State": "available", "VpcAttachments": [{"State": "detached", "VpcId": "vpc-0a"}]}]}"#);
    let internet = scope.internet_gateways.known().unwrap();
    let attached: Vec<_> = internet
        .values()
        .map(|gateway| gateway.vpc_ids.len())
        .collect();
    assert_eq!(attached, [1, 0, 0]);
    let egress_only = scope.egress_only_internet_gateways.known().unwrap();
    assert_eq!(
        texts(&egress_only[&"eigw-0a".parse().unwrap()].vpc_ids),
        ["vpc-0a"]
    );
    let vpn = scope.vpn_gateways.known().unwrap();
    let attached: Vec<_> = vpn.values().map(|gateway| gateway.vpc_ids.len()).collect();
    assert_eq!(attached, [1, 0, 0]);
}

#[test]
fn the_addresses_of_a_nat_gateway_are_those_that_succeeded() {
    let scope = one(r#"{"NatGateways": [
          {"NatGatewayId": "nat-0a", "VpcId": "vpc-0a", "SubnetId": "subnet-0a", "State": "available", "ConnectivityType": "public",
           "AvailabilityMode": "zonal", "NatGatewayAddresses": [
            {"PublicIp": "198.51.100.9", "PrivateIp": "10.0.1.9", "AllocationId": "eipalloc-0a", "IsPrimary": true, "Status": "succeeded"},
            {"PublicIp": "198.51.100.8", "PrivateIp": "10.0.1.8", "Status": "failed", "FailureMessage": "no"}],
           "AttachedAppliances": [{"Type": "network-firewall-proxy", "ApplianceArn": "arn:aws:network-firewall:eu-west-1:111122223333:proxy/x",
             "AttachmentState": "attached"}, {"ApplianceArn": "arn:gone", "AttachmentState": "detached"}]},
          {"NatGatewayId": "nat-0b", "VpcId": "vpc-0a", "State": "available", "AvailabilityMode": "regional", "RouteTableId": "rtb-0n",
           "NatGatewayAddresses": [{"PublicIp": "198.51.100.7", "Status": "succeeded", "AvailabilityZone": "eu-west-1a",
             "AvailabilityZoneId": "euw1-az1"}]},
          {"NatGatewayId": "nat-0c", "VpcId": "vpc-0a", "SubnetId": "subnet-0a", "State": "available", "ConnectivityType": "private",
           "NatGatewayAddresses": [{"PrivateIp": "10.0.1.7", "Status": "succeeded"}]}]}"#);
    let gateways = scope.nat_gateways.known().unwrap();
    let zonal = &gateways[&"nat-0a".parse().unwrap()];
    let addresses: Vec<_> = zonal
        .addresses
        .iter()
        .map(|address| (address.public_ip.unwrap().to_string(), address.succeeded))
        .collect();
    assert_eq!(
        addresses,
        [
            ("198.51.100.8".to_owned(), false),
            ("198.51.100.9".to_owned(), true)
        ]
    );
    assert!(zonal.is_public && !zonal.is_regional);
    assert_eq!(
        zonal.appliances,
        ["arn:aws:network-firewall:eu-west-1:111122223333:proxy/x"]
    );
    let regional = &gateways[&"nat-0b".parse().unwrap()];
    assert!(regional.is_regional && regional.subnet_id.is_none());
    assert_eq!(regional.route_table_id.as_ref().unwrap().as_str(), "rtb-0n");
    assert_eq!(
        regional.addresses[0].availability_zone_id.as_deref(),
        Some("euw1-az1")
    );
    let private = &gateways[&"nat-0c".parse().unwrap()];
    assert!(!private.is_public && private.addresses[0].public_ip.is_none());
}

#[test]
fn an_old_nat_gateway_has_no_status_and_no_modes() {
    let of_state = |state: &str| {
        let scope = one(&format!(
            r#"{{"NatGateways": [{{"NatGatewayId": "nat-0a", "VpcId": "vpc-0a", "SubnetId": "subnet-0a", "State": "{state}",
              "NatGatewayAddresses": [{{"PublicIp": "198.51.100.9", "PrivateIp": "10.0.1.9", "NetworkInterfaceId": "eni-0n"}}]}}]}}"#
        ));
        scope.nat_gateways.known().unwrap()[&"nat-0a".parse().unwrap()].clone()
    };
    let available = of_state("available");
    assert!(available.is_public && !available.is_regional && available.addresses[0].succeeded);
    assert!(!of_state("failed").addresses[0].succeeded);
}

#[test]
fn a_vpn_connection_is_its_state_and_its_gateways_and_its_keys_are_not_kept() {
    let text = r#"{"VpnConnections": [
      {"VpnConnectionId": "vpn-0a", "State": "available", "VpnGatewayId": "vgw-0a", "Type": "ipsec.1",
       "CustomerGatewayConfiguration": "<pre_shared_key>never</pre_shared_key>",
       "Options": {"TunnelOptions": [{"PreSharedKey": "never"}]}, "VgwTelemetry": []},
      {"VpnConnectionId": "vpn-0b", "State": "deleted", "VpnGatewayId": "", "TransitGatewayId": "tgw-0a"}]}"#;
    let scope = one(text);
    let connections = scope.vpn_connections.known().unwrap();
    assert_eq!(connections[&"vpn-0a".parse().unwrap()].state, "available");
    let other = &connections[&"vpn-0b".parse().unwrap()];
    assert!(other.vpn_gateway_id.is_none() && other.transit_gateway_id.is_some());
    assert!(!format!("{scope:?}").contains("never"));
}

const ALL_ATTACHMENTS: &str = r#"{"TransitGatewayAttachments": [
  {"TransitGatewayAttachmentId": "tgw-attach-0a", "TransitGatewayId": "tgw-0a", "TransitGatewayOwnerId": "444455556666",
   "ResourceOwnerId": "111122223333", "ResourceType": "vpc", "ResourceId": "vpc-0a", "State": "available",
   "Association": {"TransitGatewayRouteTableId": "tgw-rtb-0a", "State": "associated"}},
  {"TransitGatewayAttachmentId": "tgw-attach-0d", "TransitGatewayId": "tgw-0a", "ResourceType": "direct-connect-gateway",
   "ResourceId": "0aaa-dx", "State": "available", "NatGatewaySupport": "enabled",
   "Association": {"TransitGatewayRouteTableId": "tgw-rtb-0d", "State": "associating"}},
  {"TransitGatewayAttachmentId": "tgw-attach-0e", "TransitGatewayId": "tgw-0a", "ResourceType": "vpn", "ResourceId": "vpn-0a",
   "State": "available"},
  {"TransitGatewayAttachmentId": "tgw-attach-0f", "TransitGatewayId": "tgw-0a", "ResourceType": "peering", "ResourceId": "tgw-0b",
   "State": "available"},
  {"TransitGatewayAttachmentId": "tgw-attach-0g", "TransitGatewayId": "tgw-0a", "ResourceType": "connect", "ResourceId": "x",
   "State": "available"}]}"#;
const VPC_ATTACHMENTS: &str = r#"{"TransitGatewayVpcAttachments": [
  {"TransitGatewayAttachmentId": "tgw-attach-0a", "TransitGatewayId": "tgw-0a", "VpcId": "vpc-0a", "VpcOwnerId": "111122223333",
   "State": "available", "SubnetIds": ["subnet-0b", "subnet-0a"],
   "Options": {"DnsSupport": "enable", "Ipv6Support": "enable", "ApplianceModeSupport": "disable"}}]}"#;
const PEERING_ATTACHMENTS: &str = r#"{"TransitGatewayPeeringAttachments": [
  {"TransitGatewayAttachmentId": "tgw-attach-0f", "State": "available",
   "RequesterTgwInfo": {"TransitGatewayId": "tgw-0a", "OwnerId": "111122223333", "Region": "eu-west-1"},
   "AccepterTgwInfo": {"TransitGatewayId": "tgw-0b", "OwnerId": "444455556666", "Region": "us-east-1"}}]}"#;

#[test]
fn the_lists_of_attachments_complete_each_other_in_any_order() {
    let files = [
        ("1.json", ALL_ATTACHMENTS),
        ("2.json", VPC_ATTACHMENTS),
        ("3.json", PEERING_ATTACHMENTS),
    ];
    let whole = scope(&files);
    let (a, b, c) = (
        ("3.json", files[0].1),
        ("1.json", files[1].1),
        ("2.json", files[2].1),
    );
    let other = scope(&[a, b, c]);
    assert_eq!(
        whole.transit_gateway_attachments,
        other.transit_gateway_attachments
    );
    let attachments = whole.transit_gateway_attachments.known().unwrap();
    let attachment = |id: &str| &attachments[&id.parse().unwrap()];
    let vpc = attachment("tgw-attach-0a");
    assert_eq!(
        vpc.associated_route_table.as_ref().unwrap().as_str(),
        "tgw-rtb-0a"
    );
    let AttachedResource::Vpc {
        id,
        details: Some(details),
    } = &vpc.resource
    else {
        panic!("{vpc:?}")
    };
    assert_eq!(id.as_str(), "vpc-0a");
    assert_eq!(texts(&details.subnet_ids), ["subnet-0a", "subnet-0b"]);
    assert!(details.ipv6 && !details.appliance_mode);
    assert!(
        details.security_group_referencing,
        "on where nothing turns it off"
    );
    let direct_connect = attachment("tgw-attach-0d");
    assert!(
        direct_connect.associated_route_table.is_none(),
        "not yet associated"
    );
    assert!(direct_connect.translates && !vpc.translates);
    assert_eq!(
        attachment("tgw-attach-0e").resource,
        AttachedResource::Vpn("vpn-0a".to_owned())
    );
    assert_eq!(
        attachment("tgw-attach-0f").resource,
        AttachedResource::Peering {
            peer: Some("tgw-0b".parse().unwrap()),
            region: Some("us-east-1".parse().unwrap())
        }
    );
    assert_eq!(
        attachment("tgw-attach-0g").resource,
        AttachedResource::Other("connect".to_owned())
    );
}

#[test]
fn either_list_of_attachments_alone_is_enough() {
    let all = one(ALL_ATTACHMENTS);
    let attachments = all.transit_gateway_attachments.known().unwrap();
    assert_eq!(attachments.len(), 5);
    assert!(matches!(
        &attachments[&"tgw-attach-0a".parse().unwrap()].resource,
        AttachedResource::Vpc { details: None, .. }
    ));
    let vpcs = one(VPC_ATTACHMENTS);
    let attachments = vpcs.transit_gateway_attachments.known().unwrap();
    let attachment = &attachments[&"tgw-attach-0a".parse().unwrap()];
    assert!(attachment.associated_route_table.is_none());
    assert_eq!(attachment.state, "available");
    let peerings = one(PEERING_ATTACHMENTS);
    let attachments = peerings.transit_gateway_attachments.known().unwrap();
    let attachment = &attachments[&"tgw-attach-0f".parse().unwrap()];
    assert_eq!(
        attachment.transit_gateway_id.as_str(),
        "tgw-0a",
        "the gateway of this Region"
    );
}

#[test]
fn each_end_of_a_peering_is_seen_from_its_own_side() {
    let there = only_scope(&[
        (
            "444455556666/us-east-1/vpcs.json",
            r#"{"Vpcs": [{"VpcId": "vpc-0b", "OwnerId": "444455556666"}]}"#,
        ),
        ("444455556666/us-east-1/p.json", PEERING_ATTACHMENTS),
    ]);
    let attachments = there.transit_gateway_attachments.known().unwrap();
    let attachment = &attachments[&"tgw-attach-0f".parse().unwrap()];
    assert_eq!(attachment.transit_gateway_id.as_str(), "tgw-0b");
    let here = r#"{"TransitGatewayPeeringAttachments": [
      {"TransitGatewayAttachmentId": "tgw-attach-0f", "AccepterTransitGatewayAttachmentId": "tgw-attach-0h", "State": "available",
       "RequesterTgwInfo": {"TransitGatewayId": "tgw-0a", "OwnerId": "111122223333", "Region": "eu-west-1"},
       "AccepterTgwInfo": {"TransitGatewayId": "tgw-0b", "OwnerId": "111122223333", "Region": "eu-west-1"}}]}"#;
    let both = one(here);
    let attachments = both.transit_gateway_attachments.known().unwrap();
    let gateways: Vec<_> = attachments
        .values()
        .map(|attachment| attachment.transit_gateway_id.as_str())
        .collect();
    assert_eq!(gateways, ["tgw-0a", "tgw-0b"], "both gateways are here");
}

#[test]
fn a_reference_through_a_transit_gateway_is_off_until_it_is_turned_on() {
    let scope = one(r#"{"TransitGateways": [
          {"TransitGatewayId": "tgw-0a", "OwnerId": "111122223333", "State": "available", "Options": {"SecurityGroupReferencingSupport": "enable"}},
          {"TransitGatewayId": "tgw-0b", "State": "available", "Options": {"AmazonSideAsn": 64512}},
          {"TransitGatewayId": "tgw-0c"}]}"#);
    let gateways = scope.transit_gateways.known().unwrap();
    let referencing: Vec<_> = gateways
        .values()
        .map(|gateway| gateway.security_group_referencing)
        .collect();
    assert_eq!(referencing, [true, false, false]);
}

const TABLES: &str = r#"{"TransitGatewayRouteTables": [
  {"TransitGatewayRouteTableId": "tgw-rtb-0a", "TransitGatewayId": "tgw-0a", "State": "available"},
  {"TransitGatewayRouteTableId": "tgw-rtb-0b", "TransitGatewayId": "tgw-0a"},
  {"TransitGatewayRouteTableId": "tgw-rtb-0c", "TransitGatewayId": "tgw-0a", "State": "deleted"}]}"#;
const ROUTES: &str = r#"{"AdditionalRoutesAvailable": false, "Routes": [
  {"DestinationCidrBlock": "10.2.0.0/16", "Type": "static", "State": "blackhole"},
  {"DestinationCidrBlock": "10.1.0.0/16", "Type": "propagated", "State": "active", "TransitGatewayAttachments": [
    {"ResourceId": "vpn-0b", "TransitGatewayAttachmentId": "tgw-attach-0c", "ResourceType": "vpn"},
    {"ResourceId": "vpn-0a", "TransitGatewayAttachmentId": "tgw-attach-0b", "ResourceType": "vpn"}]},
  {"DestinationCidrBlock": "10.3.0.0/16", "Type": "static", "State": "deleted"}]}"#;

#[test]
fn the_routes_of_a_table_are_in_the_file_of_its_name() {
    let scope = scope(&[("tables.json", TABLES), ("tgw-rtb-0a.json", ROUTES)]);
    let tables = scope.transit_gateway_route_tables.known().unwrap();
    assert_eq!(tables.len(), 2, "a deleted table is gone");
    let Read::Known(routes) = &tables[&"tgw-rtb-0a".parse().unwrap()].routes else {
        panic!()
    };
    let shown: Vec<_> = routes
        .iter()
        .map(|route| {
            (
                route.destination.to_string(),
                route.is_active,
                route.is_static,
                route.attachment_ids.len(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("10.1.0.0/16".to_owned(), true, false, 2),
            ("10.2.0.0/16".to_owned(), false, true, 0)
        ]
    );
    let unread = tables[&"tgw-rtb-0b".parse().unwrap()]
        .routes
        .known()
        .unwrap_err();
    assert_eq!(
        (unread.call, &unread.cause),
        (
            "ec2:SearchTransitGatewayRoutes",
            &UnreadCause::NotInSnapshot
        )
    );
    let elsewhere = one(ROUTES);
    assert!(
        elsewhere.transit_gateway_route_tables.known().is_err(),
        "of no table by name"
    );
}

#[test]
fn a_part_of_a_table_is_not_taken_for_the_table() {
    let part = ROUTES.replace("false, \"Routes\"", "true, \"Routes\"");
    let scope = scope(&[("tables.json", TABLES), ("tgw-rtb-0a.json", &part)]);
    let tables = scope.transit_gateway_route_tables.known().unwrap();
    let unread = tables[&"tgw-rtb-0a".parse().unwrap()]
        .routes
        .known()
        .unwrap_err();
    assert_eq!(unread.cause, UnreadCause::Partial);
    let page = ROUTES.replace(
        "\"AdditionalRoutesAvailable\"",
        "\"NextToken\": \"x\", \"AdditionalRoutesAvailable\"",
    );
    let message = error(&[("tgw-rtb-0a.json", &page), ("tgw-rtb-0b.json", ROUTES)]);
    assert!(
        message.contains("tgw-rtb-0a.json: `Routes` goes on (NextToken)"),
        "another table's file is not its last page: {message}"
    );
}

#[test]
fn a_table_that_only_its_routes_tell_of_is_there_once_its_gateway_is_told() {
    let routes = ("tgw-rtb-0a.json", ROUTES);
    let tables = |files: &[(&str, &str)]| {
        let scope = scope(files);
        let tables = scope.transit_gateway_route_tables.known().unwrap();
        tables
            .values()
            .map(|table| {
                (
                    table.id.to_string(),
                    table.transit_gateway_id.to_string(),
                    table.routes.known().is_ok(),
                )
            })
            .collect::<Vec<_>>()
    };
    let there = ("tgw-rtb-0a".to_owned(), "tgw-0a".to_owned(), true);
    assert_eq!(tables(&[routes]), []);
    assert_eq!(
        tables(&[routes, ("a.json", ALL_ATTACHMENTS)]),
        std::slice::from_ref(&there)
    );
    let gateway = r#"{"TransitGateways": [{"TransitGatewayId": "tgw-0a", "Options": {"AssociationDefaultRouteTableId": "tgw-rtb-0a"}}]}"#;
    assert_eq!(tables(&[routes, ("g.json", gateway)]), [there]);
}

#[test]
fn block_public_access_has_one_mode_and_exclusions_that_are_complete() {
    let options = |mode: &str| {
        format!(
            r#"{{"VpcBlockPublicAccessOptions": {{"AwsAccountId": "111122223333", "AwsRegion": "eu-west-1", "State": "update-complete",
              "InternetGatewayBlockMode": "{mode}", "ManagedBy": "account"}}}}"#
        )
    };
    let exclusions = r#"{"VpcBlockPublicAccessExclusions": [
      {"ExclusionId": "vpcbpa-exclude-0a", "InternetGatewayExclusionMode": "allow-bidirectional", "State": "create-complete",
       "ResourceArn": "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0a"},
      {"ExclusionId": "vpcbpa-exclude-0b", "InternetGatewayExclusionMode": "allow-egress", "State": "update-complete",
       "ResourceArn": "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-0a"},
      {"ExclusionId": "vpcbpa-exclude-0c", "InternetGatewayExclusionMode": "allow-egress", "State": "create-in-progress",
       "ResourceArn": "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0c"},
      {"ExclusionId": "vpcbpa-exclude-0d", "InternetGatewayExclusionMode": "allow-egress", "State": "delete-complete"}]}"#;
    for (mode, expected) in [
        ("off", BlockPublicAccessMode::Off),
        ("block-ingress", BlockPublicAccessMode::Ingress),
        ("block-bidirectional", BlockPublicAccessMode::Bidirectional),
        (
            "block-what-comes-next",
            BlockPublicAccessMode::Bidirectional,
        ),
    ] {
        let scope = scope(&[("o.json", &options(mode)), ("e.json", exclusions)]);
        let read = scope.block_public_access.known().unwrap();
        assert_eq!(read.mode, expected);
        let excluded: Vec<_> = read
            .exclusions
            .known()
            .unwrap()
            .iter()
            .map(|exclusion| (exclusion.resource.clone(), exclusion.bidirectional))
            .collect();
        assert_eq!(
            excluded,
            [
                (ExcludedResource::Vpc("vpc-0a".parse().unwrap()), true),
                (
                    ExcludedResource::Subnet("subnet-0a".parse().unwrap()),
                    false
                )
            ]
        );
    }
    let alone = one(&options("off"));
    let unread = alone
        .block_public_access
        .known()
        .unwrap()
        .exclusions
        .known()
        .unwrap_err();
    assert_eq!(unread.call, "ec2:DescribeVpcBlockPublicAccessExclusions");
    assert!(
        one(exclusions).block_public_access.known().is_err(),
        "exclusions from what?"
    );
}

#[test]
fn a_vpc_endpoint_has_a_type_and_the_oldest_are_of_gateways() {
    let scope = one(r#"{"VpcEndpoints": [
          {"VpcEndpointId": "vpce-0a", "VpcEndpointType": "GatewayLoadBalancer", "VpcId": "vpc-0a", "ServiceName": "x", "OwnerId": "111122223333"},
          {"VpcEndpointId": "vpce-0b", "VpcId": "vpc-0a", "PolicyDocument": "{}", "RouteTableIds": []}]}"#);
    let endpoints = scope.vpc_endpoints.known().unwrap();
    let types: Vec<_> = endpoints
        .values()
        .map(|endpoint| endpoint.endpoint_type.as_str())
        .collect();
    assert_eq!(types, ["GatewayLoadBalancer", "Gateway"]);
}

#[test]
fn what_is_listed_in_two_accounts_claims_neither_and_is_in_each_that_it_may_be_of() {
    let peering = |a: &str, b: &str| {
        format!(
            r#"{{"VpcPeeringConnections": [{{"VpcPeeringConnectionId": "pcx-0a", "Status": {{"Code": "active"}},
              "RequesterVpcInfo": {{"VpcId": "vpc-0a", "OwnerId": "{a}", "Region": "eu-west-1"}},
              "AccepterVpcInfo": {{"VpcId": "vpc-0b", "OwnerId": "{b}", "Region": "eu-west-1"}}}}]}}"#
        )
    };
    let with_a_stranger = peering("111122223333", "777788889999");
    assert_eq!(
        scope(&[("p.json", &with_a_stranger)])
            .peerings
            .known()
            .unwrap()
            .len(),
        1
    );
    let both = r#"{"Vpcs": [{"VpcId": "vpc-0a", "OwnerId": "111122223333"}, {"VpcId": "vpc-0b", "OwnerId": "444455556666"},
      {"VpcId": "vpc-0c", "OwnerId": "777788889999"}]}"#;
    let snapshot = folder(&[
        ("v.json", both),
        ("p.json", &peering("111122223333", "444455556666")),
    ]);
    let listed: Vec<_> = snapshot
        .scopes
        .iter()
        .map(|scope| {
            (
                scope.account_id.as_ref().unwrap().as_str(),
                scope.peerings.known().is_ok(),
            )
        })
        .collect();
    assert_eq!(
        listed,
        [
            ("111122223333", true),
            ("444455556666", true),
            ("777788889999", false)
        ]
    );
}

#[test]
fn the_folder_of_a_network_account_is_told_by_its_name_or_by_the_gateway() {
    let gateway = r#"{"TransitGateways": [{"TransitGatewayId": "tgw-0a", "OwnerId": "444455556666", "State": "available",
      "TransitGatewayArn": "arn:aws:ec2:eu-west-1:444455556666:transit-gateway/tgw-0a"}]}"#;
    let place = |files: &[(&str, &str)]| {
        let scope = only_scope(files);
        let text = |value: Option<&str>| value.unwrap_or("none").to_owned();
        (
            text(scope.account_id.as_ref().map(|id| id.as_str())),
            text(scope.region.as_ref().map(|region| region.as_str())),
        )
    };
    let of = |account: &str| (account.to_owned(), "eu-west-1".to_owned());
    assert_eq!(place(&[("network/g.json", gateway)]), of("444455556666"));
    assert_eq!(
        place(&[("111122223333/g.json", gateway)]),
        of("111122223333"),
        "shared with it"
    );
    assert_eq!(
        place(&[("v.json", VPC), ("g.json", gateway)]),
        of("111122223333"),
        "shared with the owner of the VPC"
    );
}

#[test]
fn block_public_access_and_exclusions_tell_their_account_and_region() {
    let options = r#"{"VpcBlockPublicAccessOptions": {"AwsAccountId": "444455556666", "AwsRegion": "us-east-1", "InternetGatewayBlockMode": "off"}}"#;
    let scope = only_scope(&[("o.json", options)]);
    assert_eq!(scope.account_id.as_ref().unwrap().as_str(), "444455556666");
    assert_eq!(scope.region.as_ref().unwrap().as_str(), "us-east-1");
}

#[test]
fn the_copies_of_both_owners_of_an_attachment_are_one() {
    let shared = r#"{"TransitGatewayAttachments": [
      {"TransitGatewayAttachmentId": "tgw-attach-0a", "TransitGatewayId": "tgw-0a", "TransitGatewayOwnerId": "444455556666",
       "ResourceOwnerId": "111122223333", "ResourceType": "vpc", "ResourceId": "vpc-0a", "State": "pending"}]}"#;
    let scope = scope(&[("1.json", ALL_ATTACHMENTS), ("2.json", shared)]);
    let attachments = scope.transit_gateway_attachments.known().unwrap();
    let attachment = &attachments[&"tgw-attach-0a".parse().unwrap()];
    assert!(attachment.associated_route_table.is_some());
    assert_eq!(
        attachment.state, "pending",
        "read at two moments, it is not sure to be available"
    );
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_file_resource_field_and_remedy() {
    for (text, expected) in [
        (
            r#"{"VpcPeeringConnections": [{"VpcPeeringConnectionId": "pcx"}]}"#,
            "pcx: `VpcPeeringConnectionId` is `pcx`: this must be a VPC peering connection id",
        ),
        (
            r#"{"VpcPeeringConnections": [{"VpcPeeringConnectionId": "pcx-0a", "AccepterVpcInfo": {"CidrBlock": "10.0.0.0"}}]}"#,
            "pcx-0a: `AccepterVpcInfo.CidrBlock` is `10.0.0.0`: this must be a CIDR block",
        ),
        (
            r#"{"InternetGateways": [{"InternetGatewayId": "igw-0a", "Attachments": [{"VpcId": "x"}]}]}"#,
            "igw-0a: `Attachments.VpcId` is `x`",
        ),
        (
            r#"{"EgressOnlyInternetGateways": [{}]}"#,
            "item 0: `.` cannot be read (missing field `EgressOnlyInternetGatewayId`",
        ),
        (
            r#"{"NatGateways": [{"NatGatewayId": "nat-0a", "VpcId": "vpc-0a", "NatGatewayAddresses": [{"PublicIp": "x"}]}]}"#,
            "nat-0a: `NatGatewayAddresses.PublicIp` is `x`: this must be an IP address",
        ),
        (
            r#"{"VpnGateways": [{"VpnGatewayId": "igw-0a"}]}"#,
            "igw-0a: `VpnGatewayId` is `igw-0a`: this must be a virtual private gateway id",
        ),
        (
            r#"{"VpnConnections": [{"VpnConnectionId": "vpn-0a", "VpnGatewayId": "x"}]}"#,
            "vpn-0a: `VpnGatewayId` is `x`",
        ),
        (
            r#"{"TransitGateways": [{"TransitGatewayId": "tgw_0a"}]}"#,
            "tgw_0a: `TransitGatewayId` is `tgw_0a`",
        ),
        (
            r#"{"TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-0a", "TransitGatewayId": "tgw-0a", "ResourceType": "vpc"}]}"#,
            "tgw-attach-0a: `ResourceId` is ``",
        ),
        (
            r#"{"TransitGatewayVpcAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-0a", "TransitGatewayId": "tgw-0a", "VpcId": "vpc-0a", "SubnetIds": ["x"]}]}"#,
            "tgw-attach-0a: `SubnetIds` is `x`",
        ),
        (
            r#"{"TransitGatewayPeeringAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-0a", "RequesterTgwInfo": {"TransitGatewayId": "x"}}]}"#,
            "tgw-attach-0a: `RequesterTgwInfo.TransitGatewayId` is `x`",
        ),
        (
            r#"{"TransitGatewayRouteTables": [{"TransitGatewayRouteTableId": "tgw-rtb-0a", "TransitGatewayId": "x"}]}"#,
            "tgw-rtb-0a: `TransitGatewayId` is `x`",
        ),
        (
            r#"{"VpcEndpoints": [{"VpcEndpointId": "vpce-0a", "VpcId": "x"}]}"#,
            "vpce-0a: `VpcId` is `x`",
        ),
        (r#"{"VpcBlockPublicAccessOptions": []}"#, "not an object"),
        (
            r#"{"VpcBlockPublicAccessOptions": {"AwsRegion": "eu-west-1"}}"#,
            "missing field `InternetGatewayBlockMode`",
        ),
        (
            r#"{"VpcBlockPublicAccessExclusions": [{"ExclusionId": "x", "State": "create-complete", "ResourceArn": "vpc-0a"}]}"#,
            "x: `ResourceArn` is `vpc-0a`: this must be the ARN of a VPC or subnet",
        ),
    ] {
        let message = error(&[("sub/file.json", text)]);
        assert!(
            message.starts_with("sub/file.json: ") && message.contains(expected),
            "{text}\n{message}"
        );
    }
    for (text, expected) in [
        (r#"{"Routes": {}}"#, "`Routes`, tgw-rtb-0a: `Routes`"),
        (
            r#"{"Routes": [{"State": "active"}]}"#,
            "`Routes`, tgw-rtb-0a: `DestinationCidrBlock` is ``: this must be a CIDR block",
        ),
        (
            r#"{"Routes": [{"DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "x"}]}]}"#,
            "`TransitGatewayAttachments.TransitGatewayAttachmentId` is `x`",
        ),
        (r#"{"Routes": ["#, "not JSON"),
    ] {
        let message = error(&[("tgw-rtb-0a.json", text)]);
        assert!(
            message.starts_with("tgw-rtb-0a.json: ") && message.contains(expected),
            "{text}\n{message}"
        );
    }
}

#[test]
fn a_mode_that_two_answers_contradict_is_an_error() {
    let options = |mode: &str| {
        format!(
            r#"{{"VpcBlockPublicAccessOptions": {{"AwsAccountId": "111122223333", "InternetGatewayBlockMode": "{mode}"}}}}"#
        )
    };
    let message = error(&[
        ("1.json", &options("off")),
        ("2.json", &options("block-ingress")),
    ]);
    assert!(
        message.contains("`VpcBlockPublicAccessOptions`, 111122223333"),
        "{message}"
    );
    assert!(read::read([("1.json", &options("off")), ("2.json", &options("off"))]).is_ok());
}
