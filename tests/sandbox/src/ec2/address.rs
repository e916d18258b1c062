//! Elastic IP addresses: as the snapshot has them, read only.

use super::{Call, describe::Describe};
use crate::{
    error::ApiError,
    filter::Filters,
    id::Kind,
    json::{Extra, show},
    reply::Reply,
    state::{Any, Resource, State, Table},
    tags::Tags,
    wire::query::Params,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// An Elastic IP address, as DescribeAddresses shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Address {
    pub(crate) allocation_id: String,
    pub(crate) public_ip: String,
    #[serde(default)]
    pub(crate) tags: Tags,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

impl Resource for Address {
    const KIND: Kind = Kind::Address;

    fn id(&self) -> &str {
        &self.allocation_id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
    fn tags_mut(&mut self) -> &mut Tags {
        &mut self.tags
    }
    fn show(&self, _state: &State) -> Value {
        show(self)
    }
    fn table(state: &State) -> &Table<Self> {
        &state.addresses
    }
    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.addresses
    }
    fn any(resource: Arc<Self>) -> Any {
        Any::Address(resource)
    }
}

/// API Reference, DescribeAddresses: there are no pages.
const DESCRIBE: Describe = Describe {
    max_results: None,
    ..Describe::new(
        "Addresses",
        "AllocationId",
        &[
            ("allocation-id", "AllocationId"),
            ("association-id", "AssociationId"),
            ("instance-id", "InstanceId"),
            ("network-border-group", "NetworkBorderGroup"),
            ("network-interface-id", "NetworkInterfaceId"),
            ("network-interface-owner-id", "NetworkInterfaceOwnerId"),
            ("private-ip-address", "PrivateIpAddress"),
            ("public-ip", "PublicIp"),
        ],
    )
};

/// DescribeAddresses.
pub(super) fn describe(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    let page = DESCRIBE.page(params)?;
    let mut ids = params.texts(DESCRIBE.ids)?;
    for wanted in params.texts("PublicIp")? {
        let address = call
            .state
            .addresses
            .iter()
            .find(|address| address.public_ip == wanted);
        let address = address.ok_or_else(|| {
            ApiError::new(
                "InvalidAddress.NotFound",
                format!("Address '{wanted}' not found."),
            )
        })?;
        ids.push(address.allocation_id.clone());
    }
    let filters = Filters::take(params, DESCRIBE.filters, DESCRIBE.tags)?;
    Ok(DESCRIBE
        .find::<Address>(call, &page, ids, &filters)?
        .reply(DESCRIBE.list))
}
