//! Internet gateways.

use super::{
    Call,
    describe::Describe,
    document::{Document, Family},
    route,
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

/// An internet gateway, as DescribeInternetGateways shows it.
pub(crate) type InternetGateway = Document<InternetGateways>;

/// The family of internet gateways.
#[derive(Debug, Clone)]
pub(crate) enum InternetGateways {}

impl Family for InternetGateways {
    const KIND: Kind = Kind::InternetGateway;
    const ID: &'static str = "InternetGatewayId";
    const DESCRIBE: Describe = Describe::new(
        "InternetGateways",
        "InternetGatewayId",
        &[
            ("attachment.state", "Attachments.State"),
            ("attachment.vpc-id", "Attachments.VpcId"),
            ("internet-gateway-id", "InternetGatewayId"),
            ("owner-id", "OwnerId"),
        ],
    );
}

impl InternetGateway {
    /// Whether it is attached to a VPC. (The state of an attachment is shown as `available`.)
    pub(super) fn is_attached(&self, vpc: &str) -> bool {
        self.items("Attachments")
            .iter()
            .any(|attachment| attachment["VpcId"] == vpc)
    }

    /// Whether a VPC has one.
    pub(super) fn any_attached(state: &State, vpc: &str) -> bool {
        let mut gateways = state.internet_gateways.iter();
        gateways.any(|gateway| gateway.is_attached(vpc))
    }
}

/// CreateInternetGateway.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let tags = Tags::take_specification(params, Kind::InternetGateway)?;
    let json = json!({"OwnerId": call.scope.account, "Attachments": []});
    let gateway = InternetGateway::new(&call.ids.new_id("igw"), tags, json);
    let reply = Reply::with("InternetGateway", gateway.shown());
    Ok(Outcome {
        changes: vec![Change::put(gateway)],
        reply,
    })
}

/// AttachInternetGateway.
///
/// EC2 API Reference, "Error codes", Resource.AlreadyAssociated, and VPC User Guide, "Internet
/// gateways": a gateway is attached to one VPC, and a VPC has one. Routes to it are active again.
pub(super) fn attach(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let (mut gateway, vpc) = take(call, params)?;
    let id = gateway.text("/InternetGatewayId").to_owned();
    if !gateway.items("Attachments").is_empty() {
        let message = format!("resource {id} is already attached to network {vpc}");
        return Err(ApiError::new("Resource.AlreadyAssociated", message));
    }
    if InternetGateway::any_attached(call.state, &vpc) {
        return Err(ApiError::value(format!(
            "Network {vpc} already has an internet gateway attached"
        )));
    }
    gateway.json["Attachments"] = json!([{"State": "available", "VpcId": vpc}]);
    let tables = call.state.route_tables.iter();
    let tables = tables.filter(|table| table.vpc_id == vpc);
    let mut changes = route::in_state(tables, "GatewayId", &id, "active");
    changes.push(Change::put(gateway));
    Ok(Outcome {
        changes,
        reply: Reply::default(),
    })
}

/// DetachInternetGateway.
///
/// API Reference: not while the VPC has public addresses in use; Route, State: a route is a
/// blackhole where the gateway is not attached to the VPC.
pub(super) fn detach(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let (mut gateway, vpc) = take(call, params)?;
    let id = gateway.text("/InternetGatewayId").to_owned();
    if !gateway.is_attached(&vpc) {
        let message = format!("resource {id} is not attached to network {vpc}");
        return Err(ApiError::new("Gateway.NotAttached", message));
    }
    let mut interfaces = call.state.network_interfaces.iter();
    if interfaces.any(|interface| interface.vpc_id == vpc && interface.has_public_address()) {
        return Err(ApiError::new(
            "DependencyViolation",
            format!(
                "Network {vpc} has some mapped public address(es). Please unmap those public \
                 address(es) before detaching the gateway."
            ),
        ));
    }
    gateway.json["Attachments"] = json!([]);
    let tables = call.state.route_tables.iter();
    let mut changes = route::in_state(tables, "GatewayId", &id, "blackhole");
    changes.push(Change::put(gateway));
    Ok(Outcome {
        changes,
        reply: Reply::default(),
    })
}

fn take(call: &Call, params: &mut Params) -> Result<(InternetGateway, String), ApiError> {
    let id = params.required("InternetGatewayId")?;
    let vpc = params.required("VpcId")?;
    call.find::<Vpc>(&vpc)?;
    let gateway = call.find::<InternetGateway>(&id)?;
    Ok((InternetGateway::clone(gateway), vpc))
}
