//! Virtual private gateways, and VPN connections as the snapshot has them.

use super::{
    Call,
    describe::Describe,
    document::{Document, Family},
    vpc::Vpc,
};
use crate::{
    error::ApiError,
    id::Kind,
    reply::{Outcome, Reply},
    state::{Change, State},
    tags::Tags,
    wire::query::Params,
};
use serde_json::json;

/// A virtual private gateway, as DescribeVpnGateways shows it.
pub(crate) type VpnGateway = Document<VpnGateways>;

/// The family of virtual private gateways.
#[derive(Debug, Clone)]
pub(crate) enum VpnGateways {}

impl Family for VpnGateways {
    const KIND: Kind = Kind::VpnGateway;
    const ID: &'static str = "VpnGatewayId";
    /// API Reference, DescribeVpnGateways: there are no pages.
    const DESCRIBE: Describe = Describe {
        max_results: None,
        ..Describe::new(
            "VpnGateways",
            "VpnGatewayId",
            &[
                ("amazon-side-asn", "AmazonSideAsn"),
                ("attachment.state", "VpcAttachments.State"),
                ("attachment.vpc-id", "VpcAttachments.VpcId"),
                ("availability-zone", "AvailabilityZone"),
                ("state", "State"),
                ("type", "Type"),
                ("vpn-gateway-id", "VpnGatewayId"),
            ],
        )
    };
}

/// A VPN connection, as DescribeVpnConnections shows it.
pub(crate) type VpnConnection = Document<VpnConnections>;

/// The family of VPN connections.
#[derive(Debug, Clone)]
pub(crate) enum VpnConnections {}

impl Family for VpnConnections {
    const KIND: Kind = Kind::VpnConnection;
    const ID: &'static str = "VpnConnectionId";
    /// API Reference, DescribeVpnConnections: there are no pages.
    const DESCRIBE: Describe = Describe {
        max_results: None,
        ..Describe::new(
            "VpnConnections",
            "VpnConnectionId",
            &[
                (
                    "customer-gateway-configuration",
                    "CustomerGatewayConfiguration",
                ),
                ("customer-gateway-id", "CustomerGatewayId"),
                ("option.static-routes-only", "Options.StaticRoutesOnly"),
                (
                    "route.destination-cidr-block",
                    "Routes.DestinationCidrBlock",
                ),
                ("state", "State"),
                ("transit-gateway-id", "TransitGatewayId"),
                ("type", "Type"),
                ("vpn-connection-id", "VpnConnectionId"),
                ("vpn-gateway-id", "VpnGatewayId"),
            ],
        )
    };
}

impl VpnGateway {
    /// Whether it is attached to a VPC.
    pub(super) fn is_attached(&self, vpc: &str) -> bool {
        self.items("VpcAttachments")
            .iter()
            .any(|attachment| attachment["VpcId"] == vpc && attachment["State"] == "attached")
    }

    fn attached_to<'a>(state: &'a State, vpc: &str) -> Option<&'a str> {
        let mut gateways = state.vpn_gateways.iter();
        gateways
            .find(|gateway| gateway.is_attached(vpc))
            .map(|gateway| gateway.text("/VpnGatewayId"))
    }
}

/// CreateVpnGateway.
///
/// API Reference: the one type is `ipsec.1`; Amazon's side is AS 64512 unless another is given.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let kind = params.required("Type")?;
    if kind != "ipsec.1" {
        return Err(ApiError::value(format!(
            "Value ({kind}) for parameter type is invalid. It is ipsec.1."
        )));
    }
    let asn = params.number("AmazonSideAsn")?.unwrap_or(64_512);
    params.text("AvailabilityZone")?;
    let tags = Tags::take_specification(params, Kind::VpnGateway)?;
    let json = json!({
        "AmazonSideAsn": asn,
        "State": "available",
        "Type": kind,
        "VpcAttachments": [],
    });
    let gateway = VpnGateway::new(&call.ids.new_id("vgw"), tags, json);
    let reply = Reply::with("VpnGateway", gateway.shown());
    Ok(Outcome {
        changes: vec![Change::put(gateway)],
        reply,
    })
}

/// AttachVpnGateway.
///
/// Site-to-Site VPN User Guide, "Site-to-Site VPN quotas": one virtual private gateway is attached
/// to a VPC at a time; a gateway is attached to one VPC.
pub(super) fn attach(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let vpc = params.required("VpcId")?;
    let id = params.required("VpnGatewayId")?;
    call.find::<Vpc>(&vpc)?;
    let mut gateway = VpnGateway::clone(call.find::<VpnGateway>(&id)?);
    if let Some(other) = VpnGateway::attached_to(call.state, &vpc).filter(|other| *other != id) {
        let message = format!("Network {vpc} already has the gateway {other} attached");
        return Err(ApiError::new("VpnGatewayAttachmentLimitExceeded", message));
    }
    let elsewhere = |attachment: &serde_json::Value| {
        attachment["VpcId"] != vpc.as_str() && attachment["State"] == "attached"
    };
    if gateway.items("VpcAttachments").iter().any(elsewhere) {
        let message = format!("The gateway {id} is attached to another network");
        return Err(ApiError::new("Resource.AlreadyAssociated", message));
    }
    gateway.json["VpcAttachments"] = json!([{"VpcId": vpc, "State": "attached"}]);
    let attachment = json!({"VpcId": vpc, "State": "attaching"});
    Ok(Outcome {
        changes: vec![Change::put(gateway)],
        reply: Reply::with("VpcAttachment", attachment),
    })
}
