//! The Describe calls of DMS. Its filters fail where a value matches nothing, so the short lists (an account has some
//! dozens of instances) are read whole.

use crate::aws::{AwsError, Session};
use aws_sdk_databasemigration::types as sdk;
use dms_network_core::{api::EndpointArn, snapshot::documents as doc};

/// The largest page of DMS (`MaxRecords`).
const PAGE: i32 = 100;

/// A list that DMS calls not found is empty.
fn or_empty<T>(result: Result<Vec<T>, AwsError>) -> Result<Vec<T>, AwsError> {
    match result {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        result => result,
    }
}

/// Declares calls that read a whole list, as documents.
macro_rules! describe {
    ($($(#[$doc:meta])* $name:ident: $call:ident = $action:literal, $list:ident -> $item:ty, $convert:path;)*) => {$(
        $(#[$doc])*
        pub(super) async fn $name(session: &Session) -> Result<Vec<$item>, AwsError> {
            let pages = session.dms().$call().into_paginator().page_size(PAGE).send();
            let pages = pages.collect::<Result<Vec<_>, _>>().await;
            let pages = pages.map_err(|error| AwsError::of($action, error));
            let items = or_empty(pages)?.into_iter().flat_map(|page| page.$list.unwrap_or_default());
            Ok(items.map($convert).collect())
        }
    )*};
}

describe! {
    replication_instances: describe_replication_instances = "DescribeReplicationInstances", replication_instances
        -> doc::ReplicationInstance, replication_instance;
    replication_subnet_groups: describe_replication_subnet_groups = "DescribeReplicationSubnetGroups",
        replication_subnet_groups -> doc::ReplicationSubnetGroup, replication_subnet_group;
    replication_configs: describe_replication_configs = "DescribeReplicationConfigs", replication_configs
        -> doc::ReplicationConfig, replication_config;
    all_endpoints: describe_endpoints = "DescribeEndpoints", endpoints -> doc::Endpoint, endpoint;
}

/// The endpoints of these ARNs that there are: an account may have a thousand, so these are asked for one by one.
pub(super) async fn endpoints(
    session: &Session,
    arns: impl IntoIterator<Item = &EndpointArn>,
) -> Result<Vec<doc::Endpoint>, AwsError> {
    let mut found = Vec::new();
    for arn in arns {
        let filter = sdk::Filter::builder()
            .name("endpoint-arn")
            .values(arn.as_str())
            .build()
            .map_err(|error| AwsError::invalid("DescribeEndpoints", &error.to_string()))?;
        let reply = session
            .dms()
            .describe_endpoints()
            .filters(filter)
            .send()
            .await;
        let reply = reply.map_err(|error| AwsError::of("DescribeEndpoints", error));
        let reply = reply.map(|reply| reply.endpoints.unwrap_or_default());
        found.extend(or_empty(reply)?.into_iter().map(endpoint));
    }
    Ok(found)
}

fn replication_subnet_group(group: sdk::ReplicationSubnetGroup) -> doc::ReplicationSubnetGroup {
    doc::ReplicationSubnetGroup {
        replication_subnet_group_identifier: group
            .replication_subnet_group_identifier
            .unwrap_or_default(),
        vpc_id: group.vpc_id,
        subnets: subnets(group.subnets),
    }
}

fn replication_config(config: sdk::ReplicationConfig) -> doc::ReplicationConfig {
    doc::ReplicationConfig {
        replication_config_arn: config.replication_config_arn.unwrap_or_default(),
        replication_config_identifier: config.replication_config_identifier,
        compute_config: config.compute_config.map(|compute| doc::ComputeConfig {
            replication_subnet_group_id: compute.replication_subnet_group_id,
            vpc_security_group_ids: compute.vpc_security_group_ids.unwrap_or_default(),
            multi_az: compute.multi_az,
        }),
    }
}

fn endpoint(endpoint: sdk::Endpoint) -> doc::Endpoint {
    doc::Endpoint {
        endpoint_arn: endpoint.endpoint_arn.unwrap_or_default(),
        endpoint_identifier: endpoint.endpoint_identifier,
        endpoint_type: endpoint.endpoint_type.map(|kind| kind.as_str().to_owned()),
        engine_name: endpoint.engine_name,
        port: endpoint.port.map(i64::from),
    }
}

fn replication_instance(instance: sdk::ReplicationInstance) -> doc::ReplicationInstance {
    let group = instance.replication_subnet_group;
    doc::ReplicationInstance {
        replication_instance_identifier: instance
            .replication_instance_identifier
            .unwrap_or_default(),
        replication_instance_arn: instance.replication_instance_arn,
        replication_instance_status: instance.replication_instance_status.unwrap_or_default(),
        availability_zone: instance.availability_zone,
        secondary_availability_zone: instance.secondary_availability_zone,
        multi_az: instance.multi_az,
        publicly_accessible: instance.publicly_accessible,
        vpc_security_groups: instance
            .vpc_security_groups
            .into_iter()
            .flatten()
            .map(|membership| doc::VpcSecurityGroupMembership {
                vpc_security_group_id: membership.vpc_security_group_id.unwrap_or_default(),
                status: membership.status,
            })
            .collect(),
        replication_subnet_group: group.map(|group| doc::ReplicationInstanceSubnetGroup {
            replication_subnet_group_identifier: group.replication_subnet_group_identifier,
            vpc_id: group.vpc_id,
            subnets: subnets(group.subnets),
        }),
        replication_instance_private_ip_addresses: instance
            .replication_instance_private_ip_addresses
            .unwrap_or_default(),
        replication_instance_public_ip_addresses: instance
            .replication_instance_public_ip_addresses
            .unwrap_or_default(),
        replication_instance_ipv6_addresses: instance
            .replication_instance_ipv6_addresses
            .unwrap_or_default(),
        ..single_addresses(
            #[expect(
                deprecated,
                reason = "old Regions and emulators give the single members alone"
            )]
            instance.replication_instance_private_ip_address,
            #[expect(
                deprecated,
                reason = "old Regions and emulators give the single members alone"
            )]
            instance.replication_instance_public_ip_address,
        )
    }
}

/// The members that hold one address each.
fn single_addresses(private: Option<String>, public: Option<String>) -> doc::ReplicationInstance {
    doc::ReplicationInstance {
        replication_instance_private_ip_address: private,
        replication_instance_public_ip_address: public,
        ..doc::ReplicationInstance::default()
    }
}

fn subnets(subnets: Option<Vec<sdk::Subnet>>) -> Vec<doc::ReplicationSubnet> {
    let convert = |subnet: sdk::Subnet| doc::ReplicationSubnet {
        subnet_identifier: subnet.subnet_identifier.unwrap_or_default(),
        subnet_availability_zone: subnet
            .subnet_availability_zone
            .map(|zone| doc::AvailabilityZoneName { name: zone.name }),
    };
    subnets.into_iter().flatten().map(convert).collect()
}
