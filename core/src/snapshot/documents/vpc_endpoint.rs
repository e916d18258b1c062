//! `ec2 describe-vpc-endpoints`. Their policies are not among the members: they decide nothing here.

use super::{
    DocumentError, FieldError, Item, Tag, Tells,
    field::{id, or_default},
};
use crate::snapshot;
use serde::{Deserialize, Serialize};

/// A VPC endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcEndpoint {
    /// Its id.
    pub vpc_endpoint_id: String,
    /// `Gateway`, `Interface`, `GatewayLoadBalancer`, …; the oldest answers have none, and mean `Gateway`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_endpoint_type: Option<String>,
    /// Its VPC.
    pub vpc_id: String,
    /// The service that it leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

impl Item for VpcEndpoint {
    fn id(&self) -> &str {
        &self.vpc_endpoint_id
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            account: self.owner_id.as_deref(),
            vpc: Some(&self.vpc_id),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl VpcEndpoint {
    pub(super) fn resource(&self) -> Result<snapshot::VpcEndpoint, DocumentError> {
        self.typed()
            .map_err(|error| error.of("VpcEndpoints", &self.vpc_endpoint_id))
    }

    fn typed(&self) -> Result<snapshot::VpcEndpoint, FieldError> {
        let kind = self.vpc_endpoint_type.as_deref().unwrap_or("Gateway");
        Ok(snapshot::VpcEndpoint {
            id: id("VpcEndpointId", &self.vpc_endpoint_id)?,
            vpc_id: id("VpcId", &self.vpc_id)?,
            endpoint_type: kind.to_owned(),
        })
    }
}
