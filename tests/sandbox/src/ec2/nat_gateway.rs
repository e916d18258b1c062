//! NAT gateways.

use super::{
    Call,
    address::Address,
    describe::Describe,
    document::{Document, Family},
    internet_gateway::InternetGateway,
    network_interface::{self, NetworkInterface},
    route,
    subnet::Subnet,
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
use serde_json::{Value, json};

/// A NAT gateway, as DescribeNatGateways shows it.
pub(crate) type NatGateway = Document<NatGateways>;

/// The family of NAT gateways.
#[derive(Debug, Clone)]
pub(crate) enum NatGateways {}

impl Family for NatGateways {
    const KIND: Kind = Kind::NatGateway;
    const ID: &'static str = "NatGatewayId";
    const DESCRIBE: Describe = Describe::new(
        "NatGateways",
        "NatGatewayId",
        &[
            ("nat-gateway-id", "NatGatewayId"),
            ("state", "State"),
            ("subnet-id", "SubnetId"),
            ("vpc-id", "VpcId"),
        ],
    );
}

impl NatGateway {
    /// Whether traffic can be sent to it, now or once it is made.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.text("/State"), "pending" | "available")
    }
}

/// CreateNatGateway: a public one with an Elastic IP address, or a private one; in one subnet.
///
/// API Reference, CreateNatGateway: a private gateway has no Elastic IP address; NatGateway,
/// FailureCode: what only turns out while it is made leaves a gateway in the state `failed`.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let is_public = match params.text("ConnectivityType")?.as_deref() {
        None | Some("public") => true,
        Some("private") => false,
        Some(other) => {
            return Err(ApiError::value(format!(
                "Value ({other}) for parameter connectivityType is invalid. It is public or private."
            )));
        }
    };
    if params.text("AvailabilityMode")?.as_deref() == Some("regional") {
        let message = "The sandbox makes zonal NAT gateways; load regional ones from a snapshot";
        return Err(ApiError::new("UnsupportedOperation", message));
    }
    let mut subnet = Subnet::clone(call.find::<Subnet>(&params.required("SubnetId")?)?);
    let allocation = params.text("AllocationId")?;
    let address = match (is_public, &allocation) {
        (true, None) => return Err(ApiError::missing("AllocationId")),
        (true, Some(id)) => Some(Address::clone(call.find::<Address>(id)?)),
        (false, None) => None,
        (false, Some(_)) => {
            return Err(ApiError::combination(
                "The parameter AllocationId cannot be used with a private NAT gateway",
            ));
        }
    };
    let private = network_interface::address(call, &subnet, params.text("PrivateIpAddress")?)?;
    params.text("ClientToken")?;
    let tags = Tags::take_specification(params, Kind::NatGateway)?;

    let id = call.ids.new_id("nat");
    let connectivity = if is_public { "public" } else { "private" };
    let mut json = json!({
        "CreateTime": Timestamp::now().to_string(),
        "State": "available",
        "SubnetId": subnet.subnet_id,
        "VpcId": subnet.vpc_id,
        "ConnectivityType": connectivity,
        "NatGatewayAddresses": [],
    });
    if let Some((code, message)) = failure(call, &subnet, address.as_ref()) {
        json["State"] = "failed".into();
        json["FailureCode"] = code.into();
        json["FailureMessage"] = message.into();
        return Ok(made(NatGateway::new(&id, tags, json), Vec::new()));
    }
    let description = format!("Interface for NAT Gateway {id}");
    let mut interface =
        NetworkInterface::managed(call, &subnet, private, "nat_gateway", &description);
    subnet.available_ip_address_count -= 1;
    let mut shown = json!({
        "NetworkInterfaceId": interface.network_interface_id,
        "PrivateIp": private.to_string(),
        "IsPrimary": true,
        "Status": "succeeded",
    });
    let mut changes = vec![Change::put(subnet)];
    if let Some(mut address) = address {
        shown["AssociationId"] = address.associate(call, &mut interface).into();
        shown["AllocationId"] = address.allocation_id.clone().into();
        shown["PublicIp"] = address.public_ip.clone().into();
        changes.push(Change::put(address));
    }
    json["NatGatewayAddresses"] = json!([shown]);
    changes.push(Change::put(interface));
    Ok(made(NatGateway::new(&id, tags, json), changes))
}

/// API Reference, NatGateway, FailureCode and FailureMessage.
fn failure(
    call: &Call,
    subnet: &Subnet,
    address: Option<&Address>,
) -> Option<(&'static str, String)> {
    let address = address?;
    if !InternetGateway::any_attached(call.state, &subnet.vpc_id) {
        let message = format!("Network {} has no Internet gateway attached", subnet.vpc_id);
        return Some(("Gateway.NotAttached", message));
    }
    address.is_associated().then(|| {
        let message = format!(
            "Elastic IP address {} is already associated",
            address.allocation_id
        );
        ("Resource.AlreadyAssociated", message)
    })
}

/// The caller is shown a gateway that is still to be made.
fn made(gateway: NatGateway, mut changes: Vec<Change>) -> Outcome {
    let mut shown = gateway.shown();
    shown["State"] = "pending".into();
    changes.push(Change::put(gateway));
    Outcome {
        changes,
        reply: Reply::with("NatGateway", shown),
    }
}

/// DeleteNatGateway.
///
/// API Reference: the Elastic IP address is dissociated and stays the account's; the routes stay.
/// Route, State: they are blackholes. VPC User Guide, "NAT gateways": a deleted gateway is still
/// shown for about an hour.
pub(super) fn delete(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let id = params.required("NatGatewayId")?;
    let mut gateway = NatGateway::clone(call.find::<NatGateway>(&id)?);
    if matches!(gateway.text("/State"), "deleting" | "deleted") {
        return Err(Kind::NatGateway.not_found(&id));
    }
    gateway.json["State"] = "deleted".into();
    gateway.json["DeleteTime"] = Timestamp::now().to_string().into();
    let tables = call.state.route_tables.iter();
    let mut changes = route::in_state(tables, "NatGatewayId", &id, "blackhole");
    for shown in gateway.items("NatGatewayAddresses") {
        let text = |member: &str| shown.get(member).and_then(Value::as_str);
        let held = text("AllocationId").and_then(|id| call.state.addresses.get(id));
        changes.extend(held.map(|address| Change::put(address.dissociated())));
        let interface = text("NetworkInterfaceId");
        let interface = interface.and_then(|id| call.state.network_interfaces.get(id));
        if let Some(interface) = interface {
            changes.extend(network_interface::gone(call, interface));
        }
    }
    changes.push(Change::put(gateway));
    Ok(Outcome {
        changes,
        reply: Reply::with("NatGatewayId", id),
    })
}
