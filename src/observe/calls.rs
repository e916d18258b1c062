//! The Describe calls of EC2, each with its pages.

use super::{
    convert::{
        self,
        gateways::{
            self, egress_only_internet_gateway, internet_gateway, nat_gateway, vpc_endpoint,
            vpc_peering_connection, vpn_connection, vpn_gateway,
        },
        transit_gateways,
    },
    filters::Filters,
};
use crate::aws::{AwsError, Session};
use aws_sdk_ec2::types::Filter;
use dms_network_core::{
    api::{NetworkAclId, PrefixListId, TransitGatewayRouteTableId},
    snapshot::documents as doc,
};
use futures::future::try_join_all;

/// Declares calls: for each of the filters all pages, as documents. Page sizes are the largest that each call takes.
macro_rules! describe {
    ($($name:ident: $call:ident.$set:ident = $action:literal, pages of $size:literal -> $item:ty, $convert:path;)*) => {$(
        pub(super) async fn $name(session: &Session, filters: Vec<Filters>) -> Result<Vec<$item>, AwsError> {
            let requests = filters.into_iter().map(|filters| async move {
                let pages = session.ec2().$call().$set(Some(filters)).into_paginator().page_size($size);
                let found = pages.items().send().collect::<Result<Vec<_>, _>>().await;
                found.map_err(|error| AwsError::of($action, error))
            });
            let found = try_join_all(requests).await?;
            Ok(found.into_iter().flatten().map($convert).collect())
        }
    )*};
}

/// Declares calls that give all they have at once.
macro_rules! describe_at_once {
    ($($name:ident: $call:ident = $action:literal, $list:ident -> $item:ty, $convert:path;)*) => {$(
        pub(super) async fn $name(session: &Session, filters: Vec<Filters>) -> Result<Vec<$item>, AwsError> {
            let requests = filters.into_iter().map(|filters| async move {
                let reply = session.ec2().$call().set_filters(Some(filters)).send().await;
                let reply = reply.map_err(|error| AwsError::of($action, error))?;
                Ok::<_, AwsError>(reply.$list.unwrap_or_default())
            });
            let found = try_join_all(requests).await?;
            Ok(found.into_iter().flatten().map($convert).collect())
        }
    )*};
}

describe! {
    vpcs: describe_vpcs.set_filters = "DescribeVpcs", pages of 1000 -> doc::Vpc, convert::vpc;
    subnets: describe_subnets.set_filters = "DescribeSubnets", pages of 1000 -> doc::Subnet, convert::subnet;
    security_groups: describe_security_groups.set_filters = "DescribeSecurityGroups", pages of 1000
        -> doc::SecurityGroup, convert::security_group;
    security_group_rules: describe_security_group_rules.set_filters = "DescribeSecurityGroupRules", pages of 1000
        -> doc::SecurityGroupRule, convert::security_group_rule;
    network_acls: describe_network_acls.set_filters = "DescribeNetworkAcls", pages of 1000 -> doc::NetworkAcl, convert::network_acl;
    route_tables: describe_route_tables.set_filters = "DescribeRouteTables", pages of 100 -> doc::RouteTable, convert::route_table;
    network_interfaces: describe_network_interfaces.set_filters = "DescribeNetworkInterfaces", pages of 1000
        -> doc::NetworkInterface, convert::network_interface;
    instances: describe_instances.set_filters = "DescribeInstances", pages of 1000 -> doc::Reservation, convert::reservation;
    managed_prefix_lists: describe_managed_prefix_lists.set_filters = "DescribeManagedPrefixLists", pages of 100
        -> doc::PrefixList, convert::prefix_list;
    vpc_peering_connections: describe_vpc_peering_connections.set_filters = "DescribeVpcPeeringConnections",
        pages of 1000 -> doc::VpcPeeringConnection, vpc_peering_connection;
    internet_gateways: describe_internet_gateways.set_filters = "DescribeInternetGateways", pages of 1000
        -> doc::InternetGateway, internet_gateway;
    egress_only_internet_gateways: describe_egress_only_internet_gateways.set_filters
        = "DescribeEgressOnlyInternetGateways", pages of 255
        -> doc::EgressOnlyInternetGateway, egress_only_internet_gateway;
    nat_gateways: describe_nat_gateways.set_filter = "DescribeNatGateways", pages of 1000
        -> doc::NatGateway, nat_gateway;
    transit_gateways: describe_transit_gateways.set_filters = "DescribeTransitGateways", pages of 1000
        -> doc::TransitGateway, transit_gateways::transit_gateway;
    transit_gateway_attachments: describe_transit_gateway_attachments.set_filters
        = "DescribeTransitGatewayAttachments", pages of 1000
        -> doc::TransitGatewayAttachment, transit_gateways::attachment;
    transit_gateway_vpc_attachments: describe_transit_gateway_vpc_attachments.set_filters
        = "DescribeTransitGatewayVpcAttachments", pages of 1000
        -> doc::TransitGatewayVpcAttachment, transit_gateways::vpc_attachment;
    transit_gateway_peering_attachments: describe_transit_gateway_peering_attachments.set_filters
        = "DescribeTransitGatewayPeeringAttachments", pages of 1000
        -> doc::TransitGatewayPeeringAttachment, transit_gateways::peering_attachment;
    transit_gateway_route_tables: describe_transit_gateway_route_tables.set_filters
        = "DescribeTransitGatewayRouteTables", pages of 1000
        -> doc::TransitGatewayRouteTable, transit_gateways::route_table;
    vpc_endpoints: describe_vpc_endpoints.set_filters = "DescribeVpcEndpoints", pages of 1000
        -> doc::VpcEndpoint, vpc_endpoint;
}

describe_at_once! {
    vpn_gateways: describe_vpn_gateways = "DescribeVpnGateways", vpn_gateways -> doc::VpnGateway, vpn_gateway;
    vpn_connections: describe_vpn_connections = "DescribeVpnConnections", vpn_connections
        -> doc::VpnConnection, vpn_connection;
    addresses: describe_addresses = "DescribeAddresses", addresses -> doc::Address, convert::address;
}

/// What VPC Block Public Access blocks; none where AWS does not say.
pub(super) async fn block_public_access_options(
    session: &Session,
) -> Result<Vec<doc::VpcBlockPublicAccessOptions>, AwsError> {
    const ACTION: &str = "DescribeVpcBlockPublicAccessOptions";
    let call = session.ec2().describe_vpc_block_public_access_options();
    let reply = call.send().await;
    let reply = reply.map_err(|error| AwsError::of(ACTION, error))?;
    let options = reply.vpc_block_public_access_options;
    Ok(options
        .and_then(gateways::block_public_access_options)
        .into_iter()
        .collect())
}

/// All exclusions from VPC Block Public Access: a call whose SDK has no paginator.
pub(super) async fn block_public_access_exclusions(
    session: &Session,
) -> Result<Vec<doc::VpcBlockPublicAccessExclusion>, AwsError> {
    const ACTION: &str = "DescribeVpcBlockPublicAccessExclusions";
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let call = session.ec2().describe_vpc_block_public_access_exclusions();
        let reply = call.max_results(1000).set_next_token(token).send().await;
        let reply = reply.map_err(|error| AwsError::of(ACTION, error))?;
        found.extend(reply.vpc_block_public_access_exclusions.unwrap_or_default());
        token = reply.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            let convert = gateways::block_public_access_exclusion;
            return Ok(found.into_iter().map(convert).collect());
        }
    }
}

/// The routes of a transit gateway's route table, with whether there are more than AWS gives.
pub(super) async fn transit_gateway_routes(
    session: &Session,
    table: &TransitGatewayRouteTableId,
) -> Result<doc::TransitGatewayRoutes, AwsError> {
    let both = Filter::builder().name("type");
    let both = both.values("static").values("propagated").build();
    let call = session.ec2().search_transit_gateway_routes();
    let call = call
        .transit_gateway_route_table_id(table.as_str())
        .filters(both);
    let pages = call.into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await;
    let pages = pages.map_err(|error| AwsError::of("SearchTransitGatewayRoutes", error))?;
    // Where pages are given, all but the last say that there is more.
    let more = pages
        .last()
        .and_then(|page| page.additional_routes_available);
    let routes = pages
        .into_iter()
        .flat_map(|page| page.routes.unwrap_or_default());
    Ok(doc::TransitGatewayRoutes {
        routes: routes.map(transit_gateways::route).collect(),
        additional_routes_available: more.unwrap_or_default(),
    })
}

/// All entries of one prefix list.
pub(super) async fn prefix_list_entries(
    session: &Session,
    id: &PrefixListId,
) -> Result<Vec<doc::PrefixListEntry>, AwsError> {
    let call = session
        .ec2()
        .get_managed_prefix_list_entries()
        .prefix_list_id(id.as_str());
    let pages = call.into_paginator().page_size(100).items();
    let found = pages.send().collect::<Result<Vec<_>, _>>().await;
    let found = found.map_err(|error| AwsError::of("GetManagedPrefixListEntries", error))?;
    Ok(found.into_iter().map(convert::prefix_list_entry).collect())
}

/// One network ACL by its id: here it is right that an id without a resource is an error.
pub(super) async fn network_acl(
    session: &Session,
    id: &NetworkAclId,
) -> Result<Vec<doc::NetworkAcl>, AwsError> {
    let call = session.ec2().describe_network_acls();
    let reply = call.network_acl_ids(id.as_str()).send().await;
    let reply = reply.map_err(|error| AwsError::of("DescribeNetworkAcls", error))?;
    let found = reply.network_acls.unwrap_or_default();
    Ok(found.into_iter().map(convert::network_acl).collect())
}
