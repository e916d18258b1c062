//! `ec2 describe-internet-gateways` and `ec2 describe-egress-only-internet-gateways`.

use super::{
    DocumentError, FieldError, Item, Tag, Tells,
    field::{id, or_default, owner},
};
use crate::{api::VpcId, snapshot};
use serde::{Deserialize, Serialize};

/// An internet gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InternetGateway {
    /// Its id.
    pub internet_gateway_id: String,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// The VPC that it is attached to.
    #[serde(default, deserialize_with = "or_default")]
    pub attachments: Vec<GatewayAttachment>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// An egress-only internet gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EgressOnlyInternetGateway {
    /// Its id.
    pub egress_only_internet_gateway_id: String,
    /// The VPC that it is attached to.
    #[serde(default, deserialize_with = "or_default")]
    pub attachments: Vec<GatewayAttachment>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// What a gateway is attached to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GatewayAttachment {
    /// `available` of an internet gateway, `attached` of the others; `attaching`, `detaching`, `detached`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The VPC.
    pub vpc_id: String,
}

impl GatewayAttachment {
    fn is_in_force(&self) -> bool {
        self.state
            .as_deref()
            .is_none_or(|state| matches!(state, "available" | "attached"))
    }
}

/// The VPCs of the attachments in force, sorted.
pub(super) fn vpcs(
    field: &str,
    attachments: &[GatewayAttachment],
) -> Result<Vec<VpcId>, FieldError> {
    let mut vpcs = Vec::new();
    for attachment in attachments {
        let vpc = id(field, &attachment.vpc_id)?;
        if attachment.is_in_force() {
            vpcs.push(vpc);
        }
    }
    vpcs.sort_unstable();
    vpcs.dedup();
    Ok(vpcs)
}

/// The VPC that tells where a gateway is.
pub(super) fn vpc(attachments: &[GatewayAttachment]) -> Option<&str> {
    attachments
        .first()
        .map(|attachment| attachment.vpc_id.as_str())
}

impl Item for InternetGateway {
    fn id(&self) -> &str {
        &self.internet_gateway_id
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            account: self.owner_id.as_deref(),
            vpc: vpc(&self.attachments),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl InternetGateway {
    pub(super) fn resource(&self) -> Result<snapshot::InternetGateway, DocumentError> {
        self.typed()
            .map_err(|error| error.of("InternetGateways", &self.internet_gateway_id))
    }

    fn typed(&self) -> Result<snapshot::InternetGateway, FieldError> {
        Ok(snapshot::InternetGateway {
            id: id("InternetGatewayId", &self.internet_gateway_id)?,
            owner_id: owner(self.owner_id.as_deref()),
            vpc_ids: vpcs("Attachments.VpcId", &self.attachments)?,
        })
    }
}

impl Item for EgressOnlyInternetGateway {
    fn id(&self) -> &str {
        &self.egress_only_internet_gateway_id
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            vpc: vpc(&self.attachments),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl EgressOnlyInternetGateway {
    pub(super) fn resource(&self) -> Result<snapshot::EgressOnlyInternetGateway, DocumentError> {
        self.typed().map_err(|error| {
            error.of(
                "EgressOnlyInternetGateways",
                &self.egress_only_internet_gateway_id,
            )
        })
    }

    fn typed(&self) -> Result<snapshot::EgressOnlyInternetGateway, FieldError> {
        Ok(snapshot::EgressOnlyInternetGateway {
            id: id(
                "EgressOnlyInternetGatewayId",
                &self.egress_only_internet_gateway_id,
            )?,
            owner_id: None,
            vpc_ids: vpcs("Attachments.VpcId", &self.attachments)?,
        })
    }
}
