//! Transit gateways.

use super::{
    Call,
    describe::Describe,
    document::{Document, Family},
    transit_gateway_route_table::TransitGatewayRouteTable,
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
use serde_json::{Map, Value, json};

/// A transit gateway, as DescribeTransitGateways shows it.
pub(crate) type TransitGateway = Document<TransitGateways>;

/// The family of transit gateways.
#[derive(Debug, Clone)]
pub(crate) enum TransitGateways {}

impl Family for TransitGateways {
    const KIND: Kind = Kind::TransitGateway;
    const ID: &'static str = "TransitGatewayId";
    const DESCRIBE: Describe = Describe::new(
        "TransitGateways",
        "TransitGatewayIds",
        &[
            ("options.amazon-side-asn", "Options.AmazonSideAsn"),
            (
                "options.association-default-route-table-id",
                "Options.AssociationDefaultRouteTableId",
            ),
            (
                "options.auto-accept-shared-attachments",
                "Options.AutoAcceptSharedAttachments",
            ),
            (
                "options.default-route-table-association",
                "Options.DefaultRouteTableAssociation",
            ),
            (
                "options.default-route-table-propagation",
                "Options.DefaultRouteTablePropagation",
            ),
            ("options.dns-support", "Options.DnsSupport"),
            (
                "options.propagation-default-route-table-id",
                "Options.PropagationDefaultRouteTableId",
            ),
            ("options.vpn-ecmp-support", "Options.VpnEcmpSupport"),
            ("owner-id", "OwnerId"),
            ("state", "State"),
            ("transit-gateway-id", "TransitGatewayId"),
        ],
    );
}

impl TransitGateway {
    /// Whether groups can be referenced through it: off unless it was turned on (API Reference,
    /// TransitGatewayOptions).
    pub(super) fn carries_references(&self) -> bool {
        self.text("/Options/SecurityGroupReferencingSupport") == "enable"
    }
}

/// Reads `Options` of a call: those known, each `enable` or `disable`, over their defaults.
pub(super) fn options(
    params: &mut Params,
    defaults: &[(&str, &str)],
) -> Result<Map<String, Value>, ApiError> {
    let mut given = params.group("Options")?.unwrap_or_default();
    let mut options = Map::new();
    for (name, default) in defaults {
        let value = given.text(name)?.unwrap_or_else(|| (*default).to_owned());
        if !matches!(value.as_str(), "enable" | "disable") {
            return Err(ApiError::value(format!(
                "Value ({value}) for parameter {name} is invalid. It is enable or disable."
            )));
        }
        options.insert((*name).to_owned(), value.into());
    }
    if let Some(asn) = given.number("AmazonSideAsn")? {
        options.insert("AmazonSideAsn".to_owned(), asn.into());
    }
    given.finish()?;
    Ok(options)
}

/// CreateTransitGateway.
///
/// API Reference, TransitGatewayRequestOptions: the defaults; a default route table is made where
/// association or propagation uses it.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let description = params.text("Description")?;
    let mut options = options(
        params,
        &[
            ("AutoAcceptSharedAttachments", "disable"),
            ("DefaultRouteTableAssociation", "enable"),
            ("DefaultRouteTablePropagation", "enable"),
            ("VpnEcmpSupport", "enable"),
            ("DnsSupport", "enable"),
            ("SecurityGroupReferencingSupport", "disable"),
            ("MulticastSupport", "disable"),
        ],
    )?;
    options
        .entry("AmazonSideAsn")
        .or_insert_with(|| 64_512.into());
    let tags = Tags::take_specification(params, Kind::TransitGateway)?;
    let id = call.ids.new_id("tgw");
    let table = call.ids.new_id("tgw-rtb");
    let uses = |member: &str| options[member] == "enable";
    let associates = uses("DefaultRouteTableAssociation");
    let propagates = uses("DefaultRouteTablePropagation");
    let now = Timestamp::now().to_string();
    let mut changes = Vec::new();
    if associates || propagates {
        let json = json!({
            "TransitGatewayId": id,
            "State": "available",
            "DefaultAssociationRouteTable": associates,
            "DefaultPropagationRouteTable": propagates,
            "CreationTime": now,
            "Routes": [],
        });
        let default = TransitGatewayRouteTable::new(&table, Tags::default(), json);
        changes.push(Change::put(default));
    }
    if associates {
        let member = "AssociationDefaultRouteTableId".to_owned();
        options.insert(member, table.clone().into());
    }
    if propagates {
        let member = "PropagationDefaultRouteTableId".to_owned();
        options.insert(member, table.into());
    }
    let json = json!({
        "TransitGatewayArn": call.arn(&format!("transit-gateway/{id}")),
        "State": "available",
        "OwnerId": call.scope.account,
        "Description": description.unwrap_or_default(),
        "CreationTime": now,
        "Options": options,
    });
    let gateway = TransitGateway::new(&id, tags, json);
    let mut shown = gateway.shown();
    shown["State"] = "pending".into();
    changes.push(Change::put(gateway));
    Ok(Outcome {
        changes,
        reply: Reply::with("TransitGateway", shown),
    })
}
