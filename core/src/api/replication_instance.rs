//! The replication instance: looked up in DMS, or described by hand.
use super::{
    HostAddress, ReplicationConfigArn, ReplicationInstanceIdentifier, SecurityGroupId, SpecError,
    SubnetId, VpcId,
    admission::exactly_one_rule,
    exactly_one,
    limits::{MAX_GROUPS, MAX_INSTANCE_ADDRESSES, MAX_SUBNETS},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The replication instance, which opens every connection: exactly one of its forms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = exactly_one_rule(&["instance", "serverless", "network"])))]
pub struct ReplicationInstance {
    /// A replication instance that is looked up in DMS by its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceLookup>,

    /// A DMS Serverless replication, looked up by its configuration: it has groups and subnets, and
    /// addresses that nobody knows beforehand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serverless: Option<ServerlessLookup>,

    /// The replication instance's network, described by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<ReplicationNetwork>,
}

/// A replication instance that DMS knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstanceLookup {
    /// The replication instance's identifier in DMS.
    pub identifier: ReplicationInstanceIdentifier,
}

/// A DMS Serverless replication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerlessLookup {
    /// The ARN of the replication configuration.
    #[serde(rename = "configARN")]
    pub config_arn: ReplicationConfigArn,
}

/// The network of a replication instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplicationNetwork {
    /// The VPC of the replication instance.
    #[serde(rename = "vpcID")]
    pub vpc_id: VpcId,

    /// The subnets of its replication subnet group.
    #[serde(rename = "subnetIDs")]
    #[schemars(length(min = 1, max = MAX_SUBNETS), extend("x-kubernetes-list-type" = "set"))]
    pub subnet_ids: Vec<SubnetId>,

    /// The security groups that it carries. The first is preferred to be referenced and changed.
    #[serde(rename = "securityGroupIDs")]
    #[schemars(length(min = 1, max = MAX_GROUPS), extend("x-kubernetes-list-type" = "atomic"))]
    pub security_group_ids: Vec<SecurityGroupId>,

    /// The private addresses in use. Where left out, its subnets' blocks stand for them.
    #[serde(rename = "privateIPs", default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_INSTANCE_ADDRESSES), extend("x-kubernetes-list-type" = "set"))]
    pub private_ips: Vec<HostAddress>,

    /// The public addresses in use.
    #[serde(rename = "publicIPs", default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_INSTANCE_ADDRESSES), extend("x-kubernetes-list-type" = "set"))]
    pub public_ips: Vec<HostAddress>,
}

/// The one form that a declaration gives of its replication instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReplicationInstanceForm<'a> {
    /// Looked up in DMS by identifier.
    Instance(&'a ReplicationInstanceIdentifier),
    /// Looked up in DMS by the ARN of its replication configuration.
    Serverless(&'a ReplicationConfigArn),
    /// Described by hand.
    Network(&'a ReplicationNetwork),
}

impl ReplicationInstance {
    /// The form that is declared; `field` is where the declaration stands, for the error.
    ///
    /// # Errors
    /// If none or more than one is there, as in an object of a newer schema.
    pub fn form(&self, field: &str) -> Result<ReplicationInstanceForm<'_>, SpecError> {
        exactly_one(
            field,
            [
                (
                    "instance",
                    self.instance
                        .as_ref()
                        .map(|i| ReplicationInstanceForm::Instance(&i.identifier)),
                ),
                (
                    "serverless",
                    self.serverless
                        .as_ref()
                        .map(|s| ReplicationInstanceForm::Serverless(&s.config_arn)),
                ),
                (
                    "network",
                    self.network.as_ref().map(ReplicationInstanceForm::Network),
                ),
            ],
        )
    }
}
