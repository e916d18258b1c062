//! Attachments of transit gateways: in the list of all, and those to VPCs and peers in lists of
//! their own.

use super::{
    Call,
    describe::Describe,
    document::{Document, Family},
    network_interface::{self, NetworkInterface},
    subnet::Subnet,
    transit_gateway::{self, TransitGateway},
    transit_gateway_route_table::TransitGatewayRouteTable,
    vpc::Vpc,
};
use crate::{
    error::ApiError,
    id::Kind,
    reply::{Outcome, Reply},
    state::Change,
    tags::Tags,
    wire::query::Params,
};
use jiff::Timestamp;
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};

/// An attachment of any kind, as DescribeTransitGatewayAttachments shows it.
pub(crate) type TransitGatewayAttachment = Document<Attachments>;

/// The family of attachments of any kind.
#[derive(Debug, Clone)]
pub(crate) enum Attachments {}

impl Family for Attachments {
    const KIND: Kind = Kind::TransitGatewayAttachment;
    const ID: &'static str = "TransitGatewayAttachmentId";
    const DESCRIBE: Describe = Describe::new(
        "TransitGatewayAttachments",
        "TransitGatewayAttachmentIds",
        &[
            ("association.state", "Association.State"),
            (
                "association.transit-gateway-route-table-id",
                "Association.TransitGatewayRouteTableId",
            ),
            ("resource-id", "ResourceId"),
            ("resource-owner-id", "ResourceOwnerId"),
            ("resource-type", "ResourceType"),
            ("state", "State"),
            (
                "transit-gateway-attachment-id",
                "TransitGatewayAttachmentId",
            ),
            ("transit-gateway-id", "TransitGatewayId"),
            ("transit-gateway-owner-id", "TransitGatewayOwnerId"),
        ],
    );
}

/// An attachment of a VPC, as DescribeTransitGatewayVpcAttachments shows it.
pub(crate) type TransitGatewayVpcAttachment = Document<VpcAttachments>;

/// The family of attachments of VPCs.
#[derive(Debug, Clone)]
pub(crate) enum VpcAttachments {}

impl Family for VpcAttachments {
    const KIND: Kind = Kind::TransitGatewayVpcAttachment;
    const ID: &'static str = "TransitGatewayAttachmentId";
    const DESCRIBE: Describe = Describe::new(
        "TransitGatewayVpcAttachments",
        "TransitGatewayAttachmentIds",
        &[
            ("state", "State"),
            (
                "transit-gateway-attachment-id",
                "TransitGatewayAttachmentId",
            ),
            ("transit-gateway-id", "TransitGatewayId"),
            ("vpc-id", "VpcId"),
        ],
    );
}

/// A peering attachment, as DescribeTransitGatewayPeeringAttachments shows it.
pub(crate) type TransitGatewayPeeringAttachment = Document<PeeringAttachments>;

/// The family of peering attachments.
#[derive(Debug, Clone)]
pub(crate) enum PeeringAttachments {}

impl Family for PeeringAttachments {
    const KIND: Kind = Kind::TransitGatewayPeeringAttachment;
    const ID: &'static str = "TransitGatewayAttachmentId";
    const DESCRIBE: Describe = Describe::new(
        "TransitGatewayPeeringAttachments",
        "TransitGatewayAttachmentIds",
        &[
            ("local-owner-id", "RequesterTgwInfo.OwnerId"),
            ("remote-owner-id", "AccepterTgwInfo.OwnerId"),
            ("state", "State"),
            (
                "transit-gateway-attachment-id",
                "TransitGatewayAttachmentId",
            ),
            ("transit-gateway-id", "RequesterTgwInfo.TransitGatewayId"),
        ],
    );
}

impl TransitGatewayVpcAttachment {
    /// Whether it joins that gateway and that VPC now.
    pub(super) fn joins(&self, gateway: &str, vpc: &str) -> bool {
        self.text("/State") == "available"
            && self.text("/TransitGatewayId") == gateway
            && self.text("/VpcId") == vpc
    }

    /// Whether groups can be referenced through it: on unless it was turned off (API Reference,
    /// TransitGatewayVpcAttachmentOptions).
    pub(super) fn carries_references(&self) -> bool {
        self.text("/Options/SecurityGroupReferencingSupport") != "disable"
    }
}

/// CreateTransitGatewayVpcAttachment: associated with the gateway's default route table, and
/// propagated to it, as the gateway's options say.
///
/// Transit Gateways guide, "VPC attachments": one subnet in each zone, with an interface in it; one
/// attachment of a VPC to a gateway. API Reference: the blocks of a VPC that overlap those of one
/// that is attached are not propagated.
pub(super) fn create_of_vpc(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let gateway = Arc::clone(call.find::<TransitGateway>(&params.required("TransitGatewayId")?)?);
    let gateway_id = gateway.text("/TransitGatewayId");
    if gateway.text("/OwnerId") != call.scope.account {
        let message = format!("The sandbox attaches to own gateways only, not to {gateway_id}");
        return Err(ApiError::new("OperationNotPermitted", message));
    }
    if gateway.text("/State") != "available" {
        let message = format!("{gateway_id} is in invalid state");
        return Err(ApiError::new("IncorrectState", message));
    }
    let vpc = Arc::clone(call.find::<Vpc>(&params.required("VpcId")?)?);
    let subnets = subnets(call, &vpc, params.texts("SubnetIds")?)?;
    let options = transit_gateway::options(
        params,
        &[
            ("DnsSupport", "enable"),
            ("SecurityGroupReferencingSupport", "enable"),
            ("Ipv6Support", "disable"),
            ("ApplianceModeSupport", "disable"),
        ],
    )?;
    let tags = take_tags(params)?;
    let mut others = call.state.transit_gateway_vpc_attachments.iter();
    if others.any(|other| other.joins(gateway_id, &vpc.vpc_id)) {
        let message = format!("{gateway_id} has non-deleted attachments to {}", vpc.vpc_id);
        return Err(ApiError::new("DuplicateTransitGatewayAttachment", message));
    }
    let id = call.ids.new_id("tgw-attach");
    let now = Timestamp::now().to_string();
    let subnet_ids: Vec<_> = subnets
        .iter()
        .map(|subnet| subnet.subnet_id.clone())
        .collect();
    let of_vpc = json!({
        "TransitGatewayId": gateway_id,
        "VpcId": vpc.vpc_id,
        "VpcOwnerId": vpc.owner_id,
        "State": "available",
        "SubnetIds": subnet_ids,
        "CreationTime": now,
        "Options": options,
    });
    let mut of_all = json!({
        "TransitGatewayId": gateway_id,
        "TransitGatewayOwnerId": gateway.text("/OwnerId"),
        "ResourceOwnerId": vpc.owner_id,
        "ResourceType": "vpc",
        "ResourceId": vpc.vpc_id,
        "State": "available",
        "CreationTime": now,
    });
    let associated = gateway.text("/Options/AssociationDefaultRouteTableId");
    if !associated.is_empty() {
        of_all["Association"] =
            json!({"TransitGatewayRouteTableId": associated, "State": "associated"});
    }
    let mut changes = interfaces(call, &subnets, &id)?;
    let propagated = gateway.text("/Options/PropagationDefaultRouteTableId");
    if let Some(table) = call.state.transit_gateway_route_tables.get(propagated) {
        let mut table = TransitGatewayRouteTable::clone(table);
        table.propagate(&vpc, &id);
        changes.push(Change::put(table));
    }
    let attachment = TransitGatewayVpcAttachment::new(&id, tags.clone(), of_vpc);
    let mut shown = attachment.shown();
    shown["State"] = "pending".into();
    changes.push(Change::put(attachment));
    changes.push(Change::put(TransitGatewayAttachment::new(
        &id, tags, of_all,
    )));
    Ok(Outcome {
        changes,
        reply: Reply::with("TransitGatewayVpcAttachment", shown),
    })
}

/// Of this call alone the parameter for tags is in the plural (API Reference).
fn take_tags(params: &mut Params) -> Result<Tags, ApiError> {
    Tags::take_specification_of(
        params,
        "TagSpecifications",
        Kind::TransitGatewayVpcAttachment,
    )
}

fn subnets(call: &Call, vpc: &Vpc, ids: Vec<String>) -> Result<Vec<Arc<Subnet>>, ApiError> {
    if ids.is_empty() {
        return Err(ApiError::missing("SubnetIds"));
    }
    let mut zones = BTreeSet::new();
    let mut subnets = Vec::with_capacity(ids.len());
    for id in ids {
        let subnet = call.find::<Subnet>(&id)?;
        if subnet.vpc_id != vpc.vpc_id {
            return Err(ApiError::value(format!(
                "Subnet {id} and network {} belong to different networks",
                vpc.vpc_id
            )));
        }
        if !zones.insert(&subnet.availability_zone) {
            let message = "Duplicate Subnets for same AZ";
            return Err(ApiError::new("DuplicateSubnetsInSameZone", message));
        }
        subnets.push(Arc::clone(subnet));
    }
    Ok(subnets)
}

fn interfaces(call: &Call, subnets: &[Arc<Subnet>], id: &str) -> Result<Vec<Change>, ApiError> {
    let description = format!("Network Interface for Transit Gateway Attachment {id}");
    let mut changes = Vec::new();
    for subnet in subnets {
        let address = network_interface::address(call, subnet, None)?;
        let kind = "transit_gateway";
        let interface = NetworkInterface::managed(call, subnet, address, kind, &description);
        let mut subnet = Subnet::clone(subnet);
        subnet.available_ip_address_count -= 1;
        changes.extend([Change::put(subnet), Change::put(interface)]);
    }
    Ok(changes)
}
