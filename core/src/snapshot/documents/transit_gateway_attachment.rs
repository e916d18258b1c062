//! `ec2 describe-transit-gateway-attachments`, `-transit-gateway-vpc-attachments` and
//! `-transit-gateway-peering-attachments`.

use super::{
    DocumentError, FieldError, Item, Tag, Tells,
    field::{id, optional_id, or_default, owner},
    tells::Side,
};
use crate::{
    api::{TransitGatewayAttachmentId, TransitGatewayId},
    snapshot::{self, AttachedResource, VpcAttachment},
};
use serde::{Deserialize, Serialize};

/// An attachment of any kind, as the owners of the transit gateway and of what is attached are shown it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayAttachment {
    /// Its id.
    pub transit_gateway_attachment_id: String,
    /// Its transit gateway.
    pub transit_gateway_id: String,
    /// The account that owns the transit gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_gateway_owner_id: Option<String>,
    /// The account that owns what is attached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_owner_id: Option<String>,
    /// `vpc`, `vpn`, `direct-connect-gateway`, `peering`, `connect`, ….
    pub resource_type: String,
    /// What is attached; of a peering, the other transit gateway.
    #[serde(default, deserialize_with = "or_default")]
    pub resource_id: String,
    /// `available`, `pendingAcceptance`, `deleted`, ….
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// The route table that packets from it are looked up in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub association: Option<TransitGatewayAssociation>,
    /// Whether its addresses are translated: `enabled`, `disabled`, …; shown to the gateway's owner alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat_gateway_support: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// The association of an attachment with a route table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayAssociation {
    /// The table; none where a policy table decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_gateway_route_table_id: Option<String>,
    /// `associated`, `associating`, `disassociating`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// An attachment of a VPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayVpcAttachment {
    /// Its id.
    pub transit_gateway_attachment_id: String,
    /// Its transit gateway.
    pub transit_gateway_id: String,
    /// The VPC.
    #[serde(default, deserialize_with = "or_default")]
    pub vpc_id: String,
    /// The account that owns the VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_owner_id: Option<String>,
    /// `available`, `pendingAcceptance`, `deleted`, ….
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// The subnets, one in each zone that it serves.
    #[serde(default, deserialize_with = "or_default")]
    pub subnet_ids: Vec<String>,
    /// Its options.
    #[serde(default, deserialize_with = "or_default")]
    pub options: TransitGatewayVpcAttachmentOptions,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// The options of a VPC attachment, each `enable` or `disable`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayVpcAttachmentOptions {
    /// Whether references to security groups work; on by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_referencing_support: Option<String>,
    /// Whether it carries IPv6; off by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6_support: Option<String>,
    /// Whether a flow stays in one zone; off by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appliance_mode_support: Option<String>,
}

/// An attachment of another transit gateway, as the owners of both are shown it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayPeeringAttachment {
    /// Its id.
    pub transit_gateway_attachment_id: String,
    /// Its id at the gateway that accepted it, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepter_transit_gateway_attachment_id: Option<String>,
    /// The gateway that asked for it.
    #[serde(default, deserialize_with = "or_default")]
    pub requester_tgw_info: PeeringTgwInfo,
    /// The gateway that accepted it.
    #[serde(default, deserialize_with = "or_default")]
    pub accepter_tgw_info: PeeringTgwInfo,
    /// `available`, `pendingAcceptance`, `deleted`, ….
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// One of two peered transit gateways.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PeeringTgwInfo {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_gateway_id: Option<String>,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Its Region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

impl Item for TransitGatewayAttachment {
    fn id(&self) -> &str {
        &self.transit_gateway_attachment_id
    }

    /// It is listed in two accounts: which of them was asked, it does not tell.
    fn tells(&self) -> Tells<'_> {
        let side = |account| Side {
            account,
            region: None,
        };
        Tells {
            sides: Some([
                side(self.transit_gateway_owner_id.as_deref()),
                side(self.resource_owner_id.as_deref()),
            ]),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl TransitGatewayAttachment {
    pub(super) fn resource(&self) -> Result<snapshot::TransitGatewayAttachment, DocumentError> {
        self.typed().map_err(|error| {
            error.of(
                "TransitGatewayAttachments",
                &self.transit_gateway_attachment_id,
            )
        })
    }

    fn typed(&self) -> Result<snapshot::TransitGatewayAttachment, FieldError> {
        let translation = self.nat_gateway_support.as_deref();
        Ok(snapshot::TransitGatewayAttachment {
            id: id(
                "TransitGatewayAttachmentId",
                &self.transit_gateway_attachment_id,
            )?,
            transit_gateway_id: id("TransitGatewayId", &self.transit_gateway_id)?,
            transit_gateway_owner_id: owner(self.transit_gateway_owner_id.as_deref()),
            resource: self.attached()?,
            resource_owner_id: owner(self.resource_owner_id.as_deref()),
            state: self.state.clone(),
            associated_route_table: match &self.association {
                Some(association) if association.is_in_force() => optional_id(
                    "Association.TransitGatewayRouteTableId",
                    association.transit_gateway_route_table_id.as_deref(),
                )?,
                _ => None,
            },
            translates: translation.is_some_and(|state| state != "disabled"),
        })
    }

    fn attached(&self) -> Result<AttachedResource, FieldError> {
        const FIELD: &str = "ResourceId";
        Ok(match self.resource_type.as_str() {
            "vpc" => AttachedResource::Vpc {
                id: id(FIELD, &self.resource_id)?,
                details: None,
            },
            "vpn" => AttachedResource::Vpn(self.resource_id.clone()),
            "direct-connect-gateway" => {
                AttachedResource::DirectConnectGateway(self.resource_id.clone())
            }
            "peering" => AttachedResource::Peering {
                peer: optional_id(FIELD, Some(&self.resource_id))?,
                region: None,
            },
            other => AttachedResource::Other(other.to_owned()),
        })
    }
}

impl TransitGatewayAssociation {
    fn is_in_force(&self) -> bool {
        self.state
            .as_deref()
            .is_none_or(|state| state == "associated")
    }
}

impl Item for TransitGatewayVpcAttachment {
    fn id(&self) -> &str {
        &self.transit_gateway_attachment_id
    }

    /// The gateway's owner lists it too: it is not sure to be where its VPC is.
    fn tells(&self) -> Tells<'_> {
        Tells::default()
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl TransitGatewayVpcAttachment {
    /// The attachment; none where it is not a VPC's, which emulators of AWS list here too.
    pub(super) fn resource(
        &self,
    ) -> Result<Option<snapshot::TransitGatewayAttachment>, DocumentError> {
        if self.vpc_id.is_empty() {
            return Ok(None);
        }
        self.typed().map(Some).map_err(|error| {
            error.of(
                "TransitGatewayVpcAttachments",
                &self.transit_gateway_attachment_id,
            )
        })
    }

    fn typed(&self) -> Result<snapshot::TransitGatewayAttachment, FieldError> {
        let mut subnet_ids = self
            .subnet_ids
            .iter()
            .map(|subnet| id("SubnetIds", subnet))
            .collect::<Result<Vec<_>, _>>()?;
        subnet_ids.sort_unstable();
        subnet_ids.dedup();
        let is_on = |option: &Option<String>| option.as_deref() == Some("enable");
        let referencing = &self.options.security_group_referencing_support;
        Ok(snapshot::TransitGatewayAttachment {
            id: id(
                "TransitGatewayAttachmentId",
                &self.transit_gateway_attachment_id,
            )?,
            transit_gateway_id: id("TransitGatewayId", &self.transit_gateway_id)?,
            transit_gateway_owner_id: None,
            resource: AttachedResource::Vpc {
                id: id("VpcId", &self.vpc_id)?,
                details: Some(VpcAttachment {
                    subnet_ids,
                    ipv6: is_on(&self.options.ipv6_support),
                    appliance_mode: is_on(&self.options.appliance_mode_support),
                    security_group_referencing: referencing.as_deref() != Some("disable"),
                }),
            },
            resource_owner_id: owner(self.vpc_owner_id.as_deref()),
            state: self.state.clone(),
            associated_route_table: None,
            translates: false,
        })
    }
}

impl Item for TransitGatewayPeeringAttachment {
    fn id(&self) -> &str {
        &self.transit_gateway_attachment_id
    }

    /// It is listed in the accounts and Regions of both gateways: which of them was asked, it does not tell.
    fn tells(&self) -> Tells<'_> {
        Tells {
            sides: Some([
                self.requester_tgw_info.side(),
                self.accepter_tgw_info.side(),
            ]),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

/// A peering, as each of its gateways sees it.
pub(super) struct PeeringEnds {
    pub(super) requester: Option<PeeringEnd>,
    pub(super) accepter: Option<PeeringEnd>,
}

/// One end of a peering.
#[derive(Clone)]
pub(super) struct PeeringEnd {
    /// The gateway at this end sees this.
    pub(super) attachment: snapshot::TransitGatewayAttachment,
    /// Whether both ends have this id.
    pub(super) shares_id: bool,
    /// The Region of the gateway at this end.
    pub(super) region: Option<crate::api::Region>,
}

impl TransitGatewayPeeringAttachment {
    pub(super) fn resource(&self) -> Result<PeeringEnds, DocumentError> {
        self.typed().map_err(|error| {
            error.of(
                "TransitGatewayPeeringAttachments",
                &self.transit_gateway_attachment_id,
            )
        })
    }

    fn typed(&self) -> Result<PeeringEnds, FieldError> {
        const REQUESTER: &str = "RequesterTgwInfo";
        const ACCEPTER: &str = "AccepterTgwInfo";
        let of_requester = id::<TransitGatewayAttachmentId>(
            "TransitGatewayAttachmentId",
            &self.transit_gateway_attachment_id,
        )?;
        let of_accepter = optional_id(
            "AccepterTransitGatewayAttachmentId",
            self.accepter_transit_gateway_attachment_id.as_deref(),
        )?
        .unwrap_or_else(|| of_requester.clone());
        let shares_id = of_requester == of_accepter;
        let (requester, accepter) = (&self.requester_tgw_info, &self.accepter_tgw_info);
        let end = |id, (own, own_member), (peer, peer_member)| {
            self.end(id, shares_id, (own, own_member), (peer, peer_member))
        };
        Ok(PeeringEnds {
            requester: end(of_requester, (requester, REQUESTER), (accepter, ACCEPTER))?,
            accepter: end(of_accepter, (accepter, ACCEPTER), (requester, REQUESTER))?,
        })
    }

    /// What the gateway `own` sees; none where it is no transit gateway.
    fn end(
        &self,
        id: TransitGatewayAttachmentId,
        shares_id: bool,
        (own, own_member): (&PeeringTgwInfo, &str),
        (peer, peer_member): (&PeeringTgwInfo, &str),
    ) -> Result<Option<PeeringEnd>, FieldError> {
        let Some(transit_gateway_id) = own.gateway(own_member)? else {
            return Ok(None);
        };
        let attachment = snapshot::TransitGatewayAttachment {
            id,
            transit_gateway_id,
            transit_gateway_owner_id: owner(own.owner_id.as_deref()),
            resource: AttachedResource::Peering {
                peer: peer.gateway(peer_member)?,
                region: peer.region(peer_member)?,
            },
            resource_owner_id: owner(peer.owner_id.as_deref()),
            state: self.state.clone(),
            associated_route_table: None,
            translates: false,
        };
        Ok(Some(PeeringEnd {
            attachment,
            shares_id,
            region: own.region(own_member)?,
        }))
    }
}

impl PeeringTgwInfo {
    fn side(&self) -> Side<'_> {
        Side {
            account: self.owner_id.as_deref(),
            region: self.region.as_deref(),
        }
    }

    fn gateway(&self, member: &str) -> Result<Option<TransitGatewayId>, FieldError> {
        let field = format!("{member}.TransitGatewayId");
        optional_id(&field, self.transit_gateway_id.as_deref())
    }

    fn region(&self, member: &str) -> Result<Option<crate::api::Region>, FieldError> {
        optional_id(&format!("{member}.Region"), self.region.as_deref())
    }
}
