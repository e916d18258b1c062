//! `ec2 describe-vpn-gateways` and `ec2 describe-vpn-connections`.
//!
//! The configuration of the customer's gateway and the options of the tunnels are not among the members: they hold
//! pre-shared keys.

use super::{
    DocumentError, FieldError, GatewayAttachment, Item, Tag, Tells,
    field::{id, optional_id, or_default},
    internet_gateway::{vpc, vpcs},
};
use crate::snapshot;
use serde::{Deserialize, Serialize};

/// A virtual private gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpnGateway {
    /// Its id.
    pub vpn_gateway_id: String,
    /// `available`, `pending`, `deleting`, `deleted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The zone that it was made in, where it was made in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
    /// The VPC that it is attached to.
    #[serde(default, deserialize_with = "or_default")]
    pub vpc_attachments: Vec<GatewayAttachment>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// A site-to-site VPN connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpnConnection {
    /// Its id.
    pub vpn_connection_id: String,
    /// `available`, `pending`, `deleting`, `deleted`.
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// The virtual private gateway at its AWS end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpn_gateway_id: Option<String>,
    /// The transit gateway at its AWS end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_gateway_id: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

impl Item for VpnGateway {
    fn id(&self) -> &str {
        &self.vpn_gateway_id
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            zone: self.availability_zone.as_deref(),
            vpc: vpc(&self.vpc_attachments),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl VpnGateway {
    pub(super) fn resource(&self) -> Result<snapshot::VpnGateway, DocumentError> {
        self.typed()
            .map_err(|error| error.of("VpnGateways", &self.vpn_gateway_id))
    }

    fn typed(&self) -> Result<snapshot::VpnGateway, FieldError> {
        let mut vpc_ids = vpcs("VpcAttachments.VpcId", &self.vpc_attachments)?;
        if self
            .state
            .as_deref()
            .is_some_and(|state| state != "available")
        {
            vpc_ids.clear();
        }
        Ok(snapshot::VpnGateway {
            id: id("VpnGatewayId", &self.vpn_gateway_id)?,
            owner_id: None,
            vpc_ids,
        })
    }
}

impl Item for VpnConnection {
    fn id(&self) -> &str {
        &self.vpn_connection_id
    }

    /// It tells only its gateway, and that belongs to no VPC for sure.
    fn tells(&self) -> Tells<'_> {
        Tells::default()
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl VpnConnection {
    pub(super) fn resource(&self) -> Result<snapshot::VpnConnection, DocumentError> {
        self.typed()
            .map_err(|error| error.of("VpnConnections", &self.vpn_connection_id))
    }

    fn typed(&self) -> Result<snapshot::VpnConnection, FieldError> {
        Ok(snapshot::VpnConnection {
            id: id("VpnConnectionId", &self.vpn_connection_id)?,
            state: self.state.clone(),
            vpn_gateway_id: optional_id("VpnGatewayId", self.vpn_gateway_id.as_deref())?,
            transit_gateway_id: optional_id(
                "TransitGatewayId",
                self.transit_gateway_id.as_deref(),
            )?,
        })
    }
}
