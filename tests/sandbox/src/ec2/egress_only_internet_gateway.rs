//! Egress-only internet gateways.

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
    state::Change,
    tags::Tags,
    wire::query::Params,
};
use serde_json::json;

/// An egress-only internet gateway, as DescribeEgressOnlyInternetGateways shows it.
pub(crate) type EgressOnlyInternetGateway = Document<EgressOnlyInternetGateways>;

/// The family of egress-only internet gateways.
#[derive(Debug, Clone)]
pub(crate) enum EgressOnlyInternetGateways {}

impl Family for EgressOnlyInternetGateways {
    const KIND: Kind = Kind::EgressOnlyInternetGateway;
    const ID: &'static str = "EgressOnlyInternetGatewayId";
    /// API Reference, DescribeEgressOnlyInternetGateways: pages of 5 to 255, and no filters but
    /// those for tags.
    const DESCRIBE: Describe = Describe {
        max_results: Some(5..=255),
        ..Describe::new(
            "EgressOnlyInternetGateways",
            "EgressOnlyInternetGatewayId",
            &[],
        )
    };
}

impl EgressOnlyInternetGateway {
    /// Whether it is attached to a VPC.
    pub(super) fn is_attached(&self, vpc: &str) -> bool {
        self.items("Attachments")
            .iter()
            .any(|attachment| attachment["VpcId"] == vpc)
    }
}

/// CreateEgressOnlyInternetGateway: it is attached from the start.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let vpc = params.required("VpcId")?;
    call.find::<Vpc>(&vpc)?;
    let tags = Tags::take_specification(params, Kind::EgressOnlyInternetGateway)?;
    params.text("ClientToken")?;
    let json = json!({"Attachments": [{"State": "attached", "VpcId": vpc}]});
    let gateway = EgressOnlyInternetGateway::new(&call.ids.new_id("eigw"), tags, json);
    let reply = Reply::with("EgressOnlyInternetGateway", gateway.shown());
    Ok(Outcome {
        changes: vec![Change::put(gateway)],
        reply,
    })
}
