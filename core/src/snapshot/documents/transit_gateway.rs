//! `ec2 describe-transit-gateways`, `ec2 describe-transit-gateway-route-tables` and
//! `ec2 search-transit-gateway-routes`.

use super::{
    DocumentError, FieldError, Item, Tag, Tells,
    field::{cidr, id, or_default, owner},
    tells::region_of_arn,
};
use crate::{
    api::TransitGatewayRouteTableId,
    snapshot::{self, Read, Unread, UnreadCause},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The call that reads a table's routes.
pub(super) const ROUTES_CALL: &str = "ec2:SearchTransitGatewayRoutes";

/// A transit gateway, as its owner and those with whom it is shared are shown it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGateway {
    /// Its id.
    pub transit_gateway_id: String,
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_gateway_arn: Option<String>,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// `available`, `pending`, `modifying`, `deleting`, `deleted`.
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// Its options.
    #[serde(default, deserialize_with = "or_default")]
    pub options: TransitGatewayOptions,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// The options of a transit gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayOptions {
    /// The table that attachments are associated with unless another is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub association_default_route_table_id: Option<String>,
    /// The table that attachments propagate to unless another is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propagation_default_route_table_id: Option<String>,
    /// Whether references to security groups work through it: `enable`, `disable`; old answers have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_referencing_support: Option<String>,
}

/// A route table of a transit gateway. Only the gateway's owner is shown it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayRouteTable {
    /// Its id.
    pub transit_gateway_route_table_id: String,
    /// Its transit gateway.
    pub transit_gateway_id: String,
    /// `available`, `pending`, `deleting`, `deleted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// The routes of a table, as far as the search found them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayRoutes {
    /// The routes.
    #[serde(default, deserialize_with = "or_default")]
    pub routes: Vec<TransitGatewayRoute>,
    /// Whether there are more.
    #[serde(default, deserialize_with = "or_default")]
    pub additional_routes_available: bool,
}

/// A route of a transit gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayRoute {
    /// The block.
    #[serde(default, deserialize_with = "or_default")]
    pub destination_cidr_block: String,
    /// The prefix list that the block is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix_list_id: Option<String>,
    /// Where packets leave; none of a blackhole.
    #[serde(default, deserialize_with = "or_default")]
    pub transit_gateway_attachments: Vec<TransitGatewayRouteAttachment>,
    /// `static` or `propagated`.
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `active`, `blackhole`, `pending`, `deleting`, `deleted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// An attachment that a route leads to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayRouteAttachment {
    /// Its id.
    pub transit_gateway_attachment_id: String,
    /// What is attached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// Its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
}

impl Item for TransitGateway {
    fn id(&self) -> &str {
        &self.transit_gateway_id
    }

    /// One that is shared with an account tells its owner, not the account: only the Region is sure.
    fn tells(&self) -> Tells<'_> {
        Tells {
            zone: self.transit_gateway_arn.as_deref().and_then(region_of_arn),
            sharer: self.owner_id.as_deref(),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl TransitGateway {
    pub(super) fn resource(&self) -> Result<snapshot::TransitGateway, DocumentError> {
        self.typed()
            .map_err(|error| error.of("TransitGateways", &self.transit_gateway_id))
    }

    fn typed(&self) -> Result<snapshot::TransitGateway, FieldError> {
        let referencing = self.options.security_group_referencing_support.as_deref();
        Ok(snapshot::TransitGateway {
            id: id("TransitGatewayId", &self.transit_gateway_id)?,
            owner_id: owner(self.owner_id.as_deref()),
            state: self.state.clone(),
            security_group_referencing: referencing == Some("enable"),
        })
    }

    /// Whether a table is one of its default ones.
    pub(super) fn has_default(&self, table: &TransitGatewayRouteTableId) -> bool {
        let defaults = [
            &self.options.association_default_route_table_id,
            &self.options.propagation_default_route_table_id,
        ];
        defaults
            .into_iter()
            .flatten()
            .any(|default| default == table.as_str())
    }
}

impl Item for TransitGatewayRouteTable {
    fn id(&self) -> &str {
        &self.transit_gateway_route_table_id
    }

    /// It tells only its transit gateway.
    fn tells(&self) -> Tells<'_> {
        Tells::default()
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl TransitGatewayRouteTable {
    /// The table, without its routes.
    pub(super) fn resource(&self) -> Result<snapshot::TransitGatewayRouteTable, DocumentError> {
        self.typed().map_err(|error| {
            error.of(
                "TransitGatewayRouteTables",
                &self.transit_gateway_route_table_id,
            )
        })
    }

    fn typed(&self) -> Result<snapshot::TransitGatewayRouteTable, FieldError> {
        Ok(snapshot::TransitGatewayRouteTable {
            id: id(
                "TransitGatewayRouteTableId",
                &self.transit_gateway_route_table_id,
            )?,
            transit_gateway_id: id("TransitGatewayId", &self.transit_gateway_id)?,
            routes: Read::not_in_snapshot(ROUTES_CALL),
        })
    }
}

impl TransitGatewayRoutes {
    /// Reads the whole answer, each route of which can be typed.
    pub(in crate::snapshot) fn read(table: &str, answer: Value) -> Result<Self, DocumentError> {
        let answer: Self = serde_path_to_error::deserialize(answer).map_err(|error| {
            FieldError::new(
                error.path().to_string(),
                &error.inner().to_string(),
                "write the output of the AWS CLI as it is",
            )
            .of("Routes", table)
        })?;
        answer.typed(table)?;
        Ok(answer)
    }

    /// The routes, sorted; unread where there are more of them, because a route that is not shown could win.
    pub(super) fn typed(
        &self,
        table: &str,
    ) -> Result<Read<Vec<snapshot::TransitGatewayRoute>>, DocumentError> {
        if self.additional_routes_available {
            return Ok(Read::Unread(Unread {
                call: ROUTES_CALL,
                cause: UnreadCause::Partial,
            }));
        }
        let there = self.routes.iter();
        let there = there.filter(|route| route.state.as_deref() != Some("deleted"));
        let typed = there.map(TransitGatewayRoute::typed);
        let mut routes = typed
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| error.of("Routes", table))?;
        routes.sort_unstable();
        routes.dedup();
        Ok(Read::Known(routes))
    }

    /// Adds another answer about the same table.
    pub(super) fn join(&mut self, other: Self) {
        self.routes.extend(other.routes);
        self.additional_routes_available |= other.additional_routes_available;
    }
}

impl TransitGatewayRoute {
    fn typed(&self) -> Result<snapshot::TransitGatewayRoute, FieldError> {
        let attachments = self.transit_gateway_attachments.iter();
        let mut attachment_ids = attachments
            .map(|attachment| {
                id(
                    "TransitGatewayAttachments.TransitGatewayAttachmentId",
                    &attachment.transit_gateway_attachment_id,
                )
            })
            .collect::<Result<Vec<_>, _>>()?;
        attachment_ids.sort_unstable();
        attachment_ids.dedup();
        Ok(snapshot::TransitGatewayRoute {
            destination: cidr("DestinationCidrBlock", &self.destination_cidr_block)?,
            is_active: self.state.as_deref().is_none_or(|state| state == "active"),
            is_static: self.kind.as_deref() != Some("propagated"),
            attachment_ids,
        })
    }
}
