//! `ec2 describe-vpc-block-public-access-options` and `-exclusions`.

use super::{
    DocumentError, FieldError, Item, Tag, Tells,
    field::{id, or_default},
};
use crate::snapshot::{BlockPublicAccessExclusion, BlockPublicAccessMode, ExcludedResource};
use serde::{Deserialize, Serialize};

/// What VPC Block Public Access blocks in an account and Region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcBlockPublicAccessOptions {
    /// The account.
    #[serde(default, deserialize_with = "or_default")]
    pub aws_account_id: String,
    /// The Region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_region: Option<String>,
    /// `default-state`, `update-in-progress`, `update-complete`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `off`, `block-bidirectional`, `block-ingress`.
    pub internet_gateway_block_mode: String,
}

/// What is excluded from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcBlockPublicAccessExclusion {
    /// Its id.
    pub exclusion_id: String,
    /// `allow-bidirectional` or `allow-egress`.
    #[serde(default, deserialize_with = "or_default")]
    pub internet_gateway_exclusion_mode: String,
    /// The VPC or subnet.
    #[serde(default, deserialize_with = "or_default")]
    pub resource_arn: String,
    /// `create-complete`, `update-complete`, `delete-in-progress`, ….
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

impl Item for VpcBlockPublicAccessOptions {
    const IS_ONE: bool = true;

    fn id(&self) -> &str {
        &self.aws_account_id
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            account: Some(&self.aws_account_id),
            zone: self.aws_region.as_deref(),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        Ok(())
    }
}

impl VpcBlockPublicAccessOptions {
    /// A mode that this version does not know may block anything.
    pub(super) fn mode(&self) -> BlockPublicAccessMode {
        match self.internet_gateway_block_mode.as_str() {
            "off" => BlockPublicAccessMode::Off,
            "block-ingress" => BlockPublicAccessMode::Ingress,
            _ => BlockPublicAccessMode::Bidirectional,
        }
    }
}

impl Item for VpcBlockPublicAccessExclusion {
    fn id(&self) -> &str {
        &self.exclusion_id
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            arn: Some(&self.resource_arn),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl VpcBlockPublicAccessExclusion {
    /// The exclusion; none where it is not in force.
    pub(super) fn resource(&self) -> Result<Option<BlockPublicAccessExclusion>, DocumentError> {
        if !matches!(self.state.as_str(), "create-complete" | "update-complete") {
            return Ok(None);
        }
        let resource = self
            .excluded()
            .map_err(|error| error.of("VpcBlockPublicAccessExclusions", &self.exclusion_id))?;
        Ok(Some(BlockPublicAccessExclusion {
            id: self.exclusion_id.clone(),
            resource,
            bidirectional: self.internet_gateway_exclusion_mode == "allow-bidirectional",
        }))
    }

    fn excluded(&self) -> Result<ExcludedResource, FieldError> {
        const FIELD: &str = "ResourceArn";
        let resource = self.resource_arn.rsplit(':').next().unwrap_or_default();
        match resource.split_once('/') {
            Some(("vpc", vpc)) => Ok(ExcludedResource::Vpc(id(FIELD, vpc)?)),
            Some(("subnet", subnet)) => Ok(ExcludedResource::Subnet(id(FIELD, subnet)?)),
            _ => Err(FieldError::new(
                FIELD,
                &self.resource_arn,
                "this must be the ARN of a VPC or subnet, such as arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0a",
            )),
        }
    }
}
