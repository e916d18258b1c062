//! `dms describe-replication-instances`, `-replication-subnet-groups`, `-replication-configs` and `-endpoints`.
//!
//! The settings and connection attributes of endpoints are not among the members: they may hold secrets.

use super::{
    DocumentError, FieldError, Item, Tells,
    field::{id, ip, optional_id, or_default, port},
};
use crate::{
    api::SecurityGroupId,
    snapshot::{self},
};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A replication instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplicationInstance {
    /// Its identifier.
    pub replication_instance_identifier: String,
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_instance_arn: Option<String>,
    /// `available`, `creating`, ….
    #[serde(default, deserialize_with = "or_default")]
    pub replication_instance_status: String,
    /// The zone of its primary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
    /// The zone of its standby.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary_availability_zone: Option<String>,
    /// Whether it has a standby.
    #[serde(default, rename = "MultiAZ", deserialize_with = "or_default")]
    pub multi_az: bool,
    /// Whether it was made with a public address.
    #[serde(default, deserialize_with = "or_default")]
    pub publicly_accessible: bool,
    /// Its groups.
    #[serde(default, deserialize_with = "or_default")]
    pub vpc_security_groups: Vec<VpcSecurityGroupMembership>,
    /// Where it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_subnet_group: Option<ReplicationInstanceSubnetGroup>,
    /// Its private address, in old answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_instance_private_ip_address: Option<String>,
    /// Its private addresses.
    #[serde(default, deserialize_with = "or_default")]
    pub replication_instance_private_ip_addresses: Vec<String>,
    /// Its public address, in old answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_instance_public_ip_address: Option<String>,
    /// Its public addresses.
    #[serde(default, deserialize_with = "or_default")]
    pub replication_instance_public_ip_addresses: Vec<String>,
    /// Its IPv6 addresses.
    #[serde(default, deserialize_with = "or_default")]
    pub replication_instance_ipv6_addresses: Vec<String>,
}

/// A group of a replication instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcSecurityGroupMembership {
    /// Its id.
    pub vpc_security_group_id: String,
    /// `active`, `adding`, `removing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// The subnet group of a replication instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplicationInstanceSubnetGroup {
    /// Its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_subnet_group_identifier: Option<String>,
    /// Its VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// Its subnets.
    #[serde(default, deserialize_with = "or_default")]
    pub subnets: Vec<ReplicationSubnet>,
}

/// A subnet of a subnet group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplicationSubnet {
    /// Its id.
    pub subnet_identifier: String,
    /// Its zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_availability_zone: Option<AvailabilityZoneName>,
}

/// A zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AvailabilityZoneName {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A subnet group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplicationSubnetGroup {
    /// Its identifier.
    pub replication_subnet_group_identifier: String,
    /// Its VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// Its subnets.
    #[serde(default, deserialize_with = "or_default")]
    pub subnets: Vec<ReplicationSubnet>,
}

/// A serverless replication configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplicationConfig {
    /// Its ARN.
    pub replication_config_arn: String,
    /// Its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_config_identifier: Option<String>,
    /// Where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compute_config: Option<ComputeConfig>,
}

/// Where a serverless replication runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ComputeConfig {
    /// The identifier of its subnet group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_subnet_group_id: Option<String>,
    /// Its groups.
    #[serde(default, deserialize_with = "or_default")]
    pub vpc_security_group_ids: Vec<String>,
    /// Whether it has a standby.
    #[serde(default, rename = "MultiAZ", skip_serializing_if = "Option::is_none")]
    pub multi_az: Option<bool>,
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Endpoint {
    /// Its ARN.
    pub endpoint_arn: String,
    /// Its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_identifier: Option<String>,
    /// `source` or `target`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_type: Option<String>,
    /// Its engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine_name: Option<String>,
    /// Its port; none where it is in a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
}

impl Item for ReplicationInstance {
    fn id(&self) -> &str {
        &self.replication_instance_identifier
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            arn: self.replication_instance_arn.as_deref(),
            zone: self.availability_zone.as_deref(),
            vpc: self
                .replication_subnet_group
                .as_ref()
                .and_then(|group| group.vpc_id.as_deref()),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl ReplicationInstance {
    pub(super) fn resource(&self) -> Result<snapshot::ReplicationInstance, DocumentError> {
        self.typed().map_err(|error| {
            error.of(
                "ReplicationInstances",
                &self.replication_instance_identifier,
            )
        })
    }

    fn typed(&self) -> Result<snapshot::ReplicationInstance, FieldError> {
        let group = self.replication_subnet_group.as_ref();
        Ok(snapshot::ReplicationInstance {
            identifier: self.replication_instance_identifier.to_ascii_lowercase(),
            status: self.replication_instance_status.clone(),
            vpc_id: optional_id(
                "ReplicationSubnetGroup.VpcId",
                group.and_then(|group| group.vpc_id.as_deref()),
            )?,
            subnets: subnets(
                "ReplicationSubnetGroup.Subnets.SubnetIdentifier",
                group.map_or(&[], |group| &group.subnets),
            )?,
            security_group_ids: groups(
                "VpcSecurityGroups.VpcSecurityGroupId",
                self.vpc_security_groups
                    .iter()
                    .filter(|membership| membership.status.as_deref() != Some("removing"))
                    .map(|membership| membership.vpc_security_group_id.as_str()),
            )?,
            private_ips: addresses(
                "ReplicationInstancePrivateIpAddresses",
                self.replication_instance_private_ip_addresses
                    .iter()
                    .chain(&self.replication_instance_private_ip_address)
                    .chain(&self.replication_instance_ipv6_addresses),
            )?,
            public_ips: addresses(
                "ReplicationInstancePublicIpAddresses",
                self.replication_instance_public_ip_addresses
                    .iter()
                    .chain(&self.replication_instance_public_ip_address),
            )?,
            availability_zone: self.availability_zone.clone(),
            secondary_availability_zone: self
                .secondary_availability_zone
                .clone()
                .filter(|zone| !zone.is_empty()),
            multi_az: self.multi_az,
        })
    }
}

impl Item for ReplicationSubnetGroup {
    fn id(&self) -> &str {
        &self.replication_subnet_group_identifier
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            zone: self
                .subnets
                .iter()
                .find_map(|subnet| subnet.subnet_availability_zone.as_ref()?.name.as_deref()),
            vpc: self.vpc_id.as_deref(),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl ReplicationSubnetGroup {
    pub(super) fn resource(&self) -> Result<snapshot::ReplicationSubnetGroup, DocumentError> {
        self.typed().map_err(|error| {
            error.of(
                "ReplicationSubnetGroups",
                &self.replication_subnet_group_identifier,
            )
        })
    }

    fn typed(&self) -> Result<snapshot::ReplicationSubnetGroup, FieldError> {
        let subnets = subnets("Subnets.SubnetIdentifier", &self.subnets)?;
        Ok(snapshot::ReplicationSubnetGroup {
            identifier: self
                .replication_subnet_group_identifier
                .to_ascii_lowercase(),
            vpc_id: optional_id("VpcId", self.vpc_id.as_deref())?,
            subnet_ids: subnets.into_iter().map(|(subnet, _)| subnet).collect(),
        })
    }
}

impl Item for ReplicationConfig {
    fn id(&self) -> &str {
        &self.replication_config_arn
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            arn: Some(&self.replication_config_arn),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl ReplicationConfig {
    pub(super) fn resource(&self) -> Result<snapshot::ReplicationConfig, DocumentError> {
        self.typed()
            .map_err(|error| error.of("ReplicationConfigs", &self.replication_config_arn))
    }

    fn typed(&self) -> Result<snapshot::ReplicationConfig, FieldError> {
        let compute = self.compute_config.as_ref();
        Ok(snapshot::ReplicationConfig {
            arn: id("ReplicationConfigArn", &self.replication_config_arn)?,
            subnet_group: compute
                .and_then(|compute| compute.replication_subnet_group_id.as_deref())
                .filter(|group| !group.is_empty())
                .map(str::to_ascii_lowercase),
            security_group_ids: groups(
                "ComputeConfig.VpcSecurityGroupIds",
                compute
                    .into_iter()
                    .flat_map(|compute| &compute.vpc_security_group_ids)
                    .map(String::as_str),
            )?,
        })
    }
}

impl Item for Endpoint {
    fn id(&self) -> &str {
        &self.endpoint_arn
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            arn: Some(&self.endpoint_arn),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl Endpoint {
    pub(super) fn resource(&self) -> Result<snapshot::DmsEndpoint, DocumentError> {
        self.typed()
            .map_err(|error| error.of("Endpoints", &self.endpoint_arn))
    }

    fn typed(&self) -> Result<snapshot::DmsEndpoint, FieldError> {
        let port = self
            .port
            .filter(|&number| number != 0)
            .map(|number| port("Port", number))
            .transpose()?;
        Ok(snapshot::DmsEndpoint {
            arn: self.endpoint_arn.clone(),
            engine_name: self.engine_name.clone(),
            port,
        })
    }
}

fn subnets(
    field: &str,
    subnets: &[ReplicationSubnet],
) -> Result<Vec<(crate::api::SubnetId, Option<String>)>, FieldError> {
    let mut typed = subnets
        .iter()
        .map(|subnet| {
            let zone = subnet.subnet_availability_zone.as_ref();
            Ok((
                id(field, &subnet.subnet_identifier)?,
                zone.and_then(|zone| zone.name.clone()),
            ))
        })
        .collect::<Result<Vec<_>, _>>()?;
    typed.sort_unstable();
    typed.dedup();
    Ok(typed)
}

fn groups<'a>(
    field: &str,
    ids: impl Iterator<Item = &'a str>,
) -> Result<Vec<SecurityGroupId>, FieldError> {
    let mut typed = ids
        .map(|text| id(field, text))
        .collect::<Result<Vec<_>, _>>()?;
    typed.sort_unstable();
    typed.dedup();
    Ok(typed)
}

/// Addresses, sorted, each once. While an instance is being made, DMS prints empty texts for them.
fn addresses<'a>(
    field: &str,
    texts: impl Iterator<Item = &'a String>,
) -> Result<Vec<IpAddr>, FieldError> {
    let mut typed = texts
        .filter(|text| !text.is_empty())
        .map(|text| ip(field, text))
        .collect::<Result<Vec<_>, _>>()?;
    typed.sort_unstable();
    typed.dedup();
    Ok(typed)
}
