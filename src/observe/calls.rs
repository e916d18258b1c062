//! The Describe calls of EC2, each with its pages.

use super::{convert, filters::Filters};
use crate::aws::{AwsError, Session};
use aws_sdk_ec2::types::Filter;
use dms_network_core::{
    api::{NetworkAclId, PrefixListId},
    snapshot::documents as doc,
};

/// Declares calls: for each of the filters all pages, as documents. Page sizes are the largest that each call takes.
macro_rules! describe {
    ($($(#[$doc:meta])* $name:ident: $call:ident = $action:literal, pages of $size:literal -> $item:ty, $convert:path;)*) => {$(
        $(#[$doc])*
        pub(super) async fn $name(session: &Session, filters: Vec<Filters>) -> Result<Vec<$item>, AwsError> {
            let mut items = Vec::new();
            for filters in filters {
                let pages = session.ec2().$call().set_filters(Some(filters)).into_paginator().page_size($size);
                let found = pages.items().send().collect::<Result<Vec<_>, _>>().await;
                let found = found.map_err(|error| AwsError::of($action, error))?;
                items.extend(found.into_iter().map($convert));
            }
            Ok(items)
        }
    )*};
}

describe! {
    vpcs: describe_vpcs = "DescribeVpcs", pages of 1000 -> doc::Vpc, convert::vpc;
    subnets: describe_subnets = "DescribeSubnets", pages of 1000 -> doc::Subnet, convert::subnet;
    security_groups: describe_security_groups = "DescribeSecurityGroups", pages of 1000
        -> doc::SecurityGroup, convert::security_group;
    security_group_rules: describe_security_group_rules = "DescribeSecurityGroupRules", pages of 1000
        -> doc::SecurityGroupRule, convert::security_group_rule;
    network_acls: describe_network_acls = "DescribeNetworkAcls", pages of 1000 -> doc::NetworkAcl, convert::network_acl;
    route_tables: describe_route_tables = "DescribeRouteTables", pages of 100 -> doc::RouteTable, convert::route_table;
    network_interfaces: describe_network_interfaces = "DescribeNetworkInterfaces", pages of 1000
        -> doc::NetworkInterface, convert::network_interface;
    instances: describe_instances = "DescribeInstances", pages of 1000 -> doc::Reservation, convert::reservation;
    managed_prefix_lists: describe_managed_prefix_lists = "DescribeManagedPrefixLists", pages of 100
        -> doc::PrefixList, convert::prefix_list;
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

/// The Elastic IP addresses that the filters let pass: a call without pages.
pub(super) async fn addresses(
    session: &Session,
    filters: Vec<Filter>,
) -> Result<Vec<doc::Address>, AwsError> {
    let call = session.ec2().describe_addresses();
    let reply = call.set_filters(Some(filters)).send().await;
    let reply = reply.map_err(|error| AwsError::of("DescribeAddresses", error))?;
    let found = reply.addresses.unwrap_or_default();
    Ok(found.into_iter().map(convert::address).collect())
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
