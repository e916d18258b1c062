//! VPC Block Public Access: as the snapshot has it, read only.

use super::{
    Call,
    describe::Describe,
    document::{Document, Family},
};
use crate::{
    error::ApiError, id::Kind, reply::Reply, state::State, wire::query::Params, world::Scope,
};
use serde_json::{Value, json};

/// An exclusion, as DescribeVpcBlockPublicAccessExclusions shows it.
pub(crate) type VpcBlockPublicAccessExclusion = Document<Exclusions>;

/// The family of exclusions.
#[derive(Debug, Clone)]
pub(crate) enum Exclusions {}

impl Family for Exclusions {
    const KIND: Kind = Kind::VpcBlockPublicAccessExclusion;
    const ID: &'static str = "ExclusionId";
    const DESCRIBE: Describe = Describe::new(
        "VpcBlockPublicAccessExclusions",
        "ExclusionId",
        &[
            (
                "internet-gateway-exclusion-mode",
                "InternetGatewayExclusionMode",
            ),
            ("resource-arn", "ResourceArn"),
            ("state", "State"),
            ("tag-value", "Tags.Value"),
        ],
    );
}

/// The top-level key of the options, which are one structure and no list.
pub(crate) const OPTIONS: &str = "VpcBlockPublicAccessOptions";

/// DescribeVpcBlockPublicAccessOptions.
pub(super) fn options(call: &Call, _params: &mut Params) -> Result<Reply, ApiError> {
    Ok(Reply::with(OPTIONS, shown(call.state, call.scope)))
}

/// The options of an account in a Region.
///
/// VPC User Guide, "Block public access to VPCs and subnets": off until somebody turns it on.
pub(crate) fn shown(state: &State, scope: &Scope) -> Value {
    let loaded = state.documents.get(OPTIONS).and_then(|list| list.first());
    loaded.cloned().unwrap_or_else(|| {
        json!({
            "AwsAccountId": scope.account,
            "AwsRegion": scope.region,
            "State": "default-state",
            "InternetGatewayBlockMode": "off",
            "ManagedBy": "account",
            "ExclusionsAllowed": "allowed",
        })
    })
}
