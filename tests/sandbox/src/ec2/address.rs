//! Elastic IP addresses.

use super::{
    Call, describe::Describe, internet_gateway::InternetGateway,
    network_interface::NetworkInterface, route,
};
use crate::{
    error::ApiError,
    filter::Filters,
    id::Kind,
    json::{Extra, show},
    reply::{Outcome, Reply},
    state::{Change, Resource, State},
    tags::Tags,
    wire::query::Params,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::HashSet, net::Ipv4Addr};

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
}

/// The members that an association brings.
const ASSOCIATION: [&str; 5] = [
    "AssociationId",
    "InstanceId",
    "NetworkInterfaceId",
    "NetworkInterfaceOwnerId",
    "PrivateIpAddress",
];

impl Address {
    /// Whether something has it.
    pub(super) fn is_associated(&self) -> bool {
        self.extra.contains_key("AssociationId")
    }

    /// Gives it to the primary private address of an interface; the id of the association.
    pub(super) fn associate(&mut self, call: &Call, interface: &mut NetworkInterface) -> String {
        let id = call.ids.new_id("eipassoc");
        let mut members = json!({
            "AssociationId": id,
            "NetworkInterfaceId": interface.network_interface_id,
            "NetworkInterfaceOwnerId": interface.owner_id,
            "PrivateIpAddress": interface.private_ip_address,
        });
        if let Some(instance) = interface.instance_id() {
            members["InstanceId"] = instance.into();
        }
        self.extra.extend(crate::json::extra(members));
        interface.show_public_address(json!({
            "AllocationId": self.allocation_id,
            "AssociationId": id,
            "IpOwnerId": call.scope.account,
            "PublicIp": self.public_ip,
        }));
        id
    }

    /// It, with nothing that has it.
    pub(super) fn dissociated(&self) -> Self {
        let mut address = self.clone();
        for member in ASSOCIATION {
            address.extra.remove(member);
        }
        address
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

/// RFC 5737: the ranges for documentation stand for Amazon's public ones.
const POOLS: [Ipv4Addr; 3] = [
    Ipv4Addr::new(203, 0, 113, 0),
    Ipv4Addr::new(198, 51, 100, 0),
    Ipv4Addr::new(192, 0, 2, 0),
];

/// AllocateAddress: an address that no account has.
pub(super) fn allocate(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    if let Some(domain) = params.text("Domain")?.filter(|domain| domain != "vpc") {
        return Err(ApiError::value(format!(
            "Value ({domain}) for parameter domain is invalid. It is vpc."
        )));
    }
    let tags = Tags::take_specification(params, Kind::Address)?;
    let used: HashSet<_> = call
        .world
        .scopes()
        .flat_map(|(_, state)| state.addresses.iter())
        .map(|address| address.public_ip.clone())
        .collect();
    let free = POOLS
        .iter()
        .flat_map(|pool| (1..=254).map(|last| Ipv4Addr::from(u32::from(*pool) + last).to_string()))
        .find(|address| !used.contains(address));
    let public_ip = free.ok_or_else(|| {
        let message = "The maximum number of addresses has been reached.";
        ApiError::new("AddressLimitExceeded", message)
    })?;
    let extra = json!({
        "Domain": "vpc",
        "NetworkBorderGroup": call.scope.region,
        "PublicIpv4Pool": "amazon",
    });
    let address = Address {
        allocation_id: call.ids.new_id("eipalloc"),
        public_ip,
        tags,
        extra: crate::json::extra(extra),
    };
    let reply = Reply {
        fields: crate::json::extra(show(&address)),
        list: None,
    };
    Ok(Outcome {
        changes: vec![Change::put(address)],
        reply,
    })
}

/// AssociateAddress, with the primary private address of an interface.
///
/// API Reference: an address that something has is not taken away unless AllowReassociation says
/// so. "Error codes", Gateway.NotAttached: the VPC has an internet gateway.
pub(super) fn associate(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let mut address = Address::clone(call.find::<Address>(&params.required("AllocationId")?)?);
    let interface = match (
        params.text("NetworkInterfaceId")?,
        params.text("InstanceId")?,
    ) {
        (Some(id), None) => call.find::<NetworkInterface>(&id)?,
        (None, Some(id)) => route::interface_of(call, &id)?,
        (None, None) => return Err(ApiError::missing("NetworkInterfaceId")),
        (Some(_), Some(_)) => {
            return Err(ApiError::combination(
                "The parameters NetworkInterfaceId and InstanceId exclude each other",
            ));
        }
    };
    let mut interface = NetworkInterface::clone(interface);
    let again = params.flag("AllowReassociation")?.unwrap_or(false);
    if address.is_associated() && !again {
        let message = format!("resource {} is already associated", address.allocation_id);
        return Err(ApiError::new("Resource.AlreadyAssociated", message));
    }
    if !InternetGateway::any_attached(call.state, &interface.vpc_id) {
        let message = format!(
            "Network {} is not attached to any internet gateway",
            interface.vpc_id
        );
        return Err(ApiError::new("Gateway.NotAttached", message));
    }
    let mut changes = Vec::new();
    let holder = address.extra.get("NetworkInterfaceId");
    let holder = holder.and_then(Value::as_str).map(str::to_owned);
    if let Some(old) = holder.and_then(|id| call.state.network_interfaces.get(&id))
        && old.network_interface_id != interface.network_interface_id
    {
        changes.push(Change::put(old.without_public_address()));
    }
    address = address.dissociated();
    let id = address.associate(call, &mut interface);
    changes.extend([Change::put(address), Change::put(interface)]);
    Ok(Outcome {
        changes,
        reply: Reply::with("AssociationId", id),
    })
}
