//! Routes of a VPC: their destinations and targets.

use super::{
    Call,
    egress_only_internet_gateway::EgressOnlyInternetGateway,
    instance::Instance,
    internet_gateway::InternetGateway,
    nat_gateway::NatGateway,
    network_interface::NetworkInterface,
    prefix_list::PrefixList,
    route_table::{Route, RouteTable},
    transit_gateway::TransitGateway,
    vpc::Vpc,
    vpc_endpoint::VpcEndpoint,
    vpc_peering_connection::VpcPeeringConnection,
    vpn::VpnGateway,
};
use crate::{
    cidr,
    error::ApiError,
    id::Kind,
    json::Extra,
    reply::{Outcome, Reply},
    state::Change,
    wire::query::Params,
};
use ipnet::IpNet;
use serde_json::{Value, json};
use std::sync::Arc;

/// CreateRoute.
///
/// API Reference: one destination and one target; blocks become canonical; a destination is in a
/// table once.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let (mut table, mut route) = take(call, params)?;
    let given = targets(params)?;
    if position(&table, &route).is_some() {
        let message = format!(
            "The route identified by {} already exists.",
            route.destination()
        );
        return Err(ApiError::new("RouteAlreadyExists", message));
    }
    let within = within_vpc(call, &table, &route);
    let (parameter, extra) = target(call, &table, &route, given)?;
    check_within(call, &table, &route, within, parameter)?;
    route.extra = extra;
    table.routes.push(route);
    Ok(changed(table, Reply::with("Return", true)))
}

/// ReplaceRoute: another target for a destination that is there; with LocalTarget a local route
/// goes back to `local`.
pub(super) fn replace(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let (mut table, route) = take(call, params)?;
    let given = targets(params)?;
    let to_local = params.flag("LocalTarget")?.unwrap_or(false);
    let Some(at) = position(&table, &route) else {
        return Err(ApiError::value(format!(
            "There is no route defined for '{}' in the route table. Use CreateRoute instead.",
            route.destination()
        )));
    };
    let is_local = table.routes[at].is_local();
    if to_local {
        if !is_local || !given.is_empty() {
            return Err(ApiError::combination(
                "The parameter LocalTarget is for the local routes of a VPC, without a target",
            ));
        }
        let local = json!({"GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"});
        table.routes[at].extra = crate::json::extra(local);
        return Ok(changed(table, Reply::default()));
    }
    let within = within_vpc(call, &table, &route);
    let (parameter, mut extra) = target(call, &table, &route, given)?;
    if is_local {
        check_target_within(&route, parameter)?;
        extra.insert("Origin".to_owned(), "CreateRouteTable".into());
    } else {
        check_within(call, &table, &route, within, parameter)?;
    }
    table.routes[at].extra = extra;
    Ok(changed(table, Reply::default()))
}

/// DeleteRoute: not a local route, nor a propagated one (VPC User Guide, "Route tables").
pub(super) fn delete(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let (mut table, route) = take(call, params)?;
    let destination = route.destination();
    let Some(at) = position(&table, &route) else {
        let message = format!(
            "no route with destination-cidr-block {destination} in route table {}",
            table.route_table_id
        );
        return Err(ApiError::new("InvalidRoute.NotFound", message));
    };
    if table.routes[at].text("Origin") != "CreateRoute" {
        return Err(ApiError::value(format!(
            "cannot remove local or propagated route {destination} in route table {}",
            table.route_table_id
        )));
    }
    table.routes.remove(at);
    Ok(changed(table, Reply::default()))
}

/// The tables in which routes to a target come into another state, `active` or `blackhole`. `member`
/// is where a route names its target.
pub(super) fn in_state<'a>(
    tables: impl Iterator<Item = &'a Arc<RouteTable>>,
    member: &str,
    target: &str,
    status: &str,
) -> Vec<Change> {
    let hit = |route: &Route| route.text(member) == target;
    tables
        .filter(|table| table.routes.iter().any(hit))
        .map(|table| {
            let mut table = RouteTable::clone(table);
            for route in table.routes.iter_mut().filter(|route| hit(route)) {
                route.extra.insert("State".to_owned(), status.into());
            }
            Change::put(table)
        })
        .collect()
}

fn changed(table: RouteTable, reply: Reply) -> Outcome {
    Outcome {
        changes: vec![Change::put(table)],
        reply,
    }
}

/// The table and the destination of a call.
fn take(call: &Call, params: &mut Params) -> Result<(RouteTable, Route), ApiError> {
    let table = call.find::<RouteTable>(&params.required("RouteTableId")?)?;
    Ok((RouteTable::clone(table), destination(call, params)?))
}

fn position(table: &RouteTable, route: &Route) -> Option<usize> {
    let same = |other: &Route| other.destination() == route.destination();
    table.routes.iter().position(same)
}

fn destination(call: &Call, params: &mut Params) -> Result<Route, ApiError> {
    let malformed = |text: &str| {
        ApiError::value(format!(
            "Value ({text}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR \
             block."
        ))
    };
    let given = [
        params.text("DestinationCidrBlock")?,
        params.text("DestinationIpv6CidrBlock")?,
        params.text("DestinationPrefixListId")?,
    ];
    match given {
        [Some(text), None, None] => {
            let block = cidr::ipv4(&text).ok_or_else(|| malformed(&text))?;
            Ok(Route::to(&block.to_string(), Value::Null))
        }
        [None, Some(text), None] => {
            let block = cidr::ipv6(&text).ok_or_else(|| malformed(&text))?;
            Ok(Route::to(&block.to_string(), Value::Null))
        }
        [None, None, Some(id)] => {
            call.find::<PrefixList>(&id)?;
            Ok(Route {
                destination_cidr_block: None,
                destination_ipv6_cidr_block: None,
                destination_prefix_list_id: Some(id),
                extra: Extra::new(),
            })
        }
        [None, None, None] => Err(ApiError::missing("destinationCidrBlock")),
        _ => Err(ApiError::combination("A route has exactly one destination")),
    }
}

/// Finds a target and gives the members of a route to it.
type Find = fn(&Call, &RouteTable, &Route, &str) -> Result<Value, ApiError>;

const TARGETS: [(&str, Find); 10] = [
    ("GatewayId", gateway),
    ("NatGatewayId", nat_gateway),
    ("VpcPeeringConnectionId", peering),
    ("TransitGatewayId", transit_gateway),
    ("EgressOnlyInternetGatewayId", egress_only),
    ("VpcEndpointId", vpc_endpoint),
    ("NetworkInterfaceId", network_interface),
    ("InstanceId", instance),
    ("LocalGatewayId", |_, _, _, id| {
        Err(not_found("InvalidLocalGatewayID.NotFound", id))
    }),
    ("CarrierGatewayId", |_, _, _, id| {
        Err(not_found("InvalidCarrierGatewayID.NotFound", id))
    }),
];

/// The targets that a call gives.
type Given = Vec<(&'static str, Find, String)>;

fn targets(params: &mut Params) -> Result<Given, ApiError> {
    let mut given = Vec::new();
    for (parameter, find) in TARGETS {
        if let Some(id) = params.text(parameter)? {
            given.push((parameter, find, id));
        }
    }
    Ok(given)
}

/// The parameter that names the one target, and the members of a route to it.
fn target(
    call: &Call,
    table: &RouteTable,
    route: &Route,
    given: Given,
) -> Result<(&'static str, Extra), ApiError> {
    let [(parameter, find, id)] = given.as_slice() else {
        return Err(match given.len() {
            0 => ApiError::missing("gatewayId"),
            _ => ApiError::combination("A route has exactly one target"),
        });
    };
    let mut members = find(call, table, route, id)?;
    members["Origin"] = "CreateRoute".into();
    Ok((parameter, crate::json::extra(members)))
}

fn not_found(code: &'static str, id: &str) -> ApiError {
    ApiError::new(code, format!("The gateway ID '{id}' does not exist"))
}

fn apart(table: &RouteTable, target: &str) -> ApiError {
    ApiError::value(format!(
        "route table {} and {target} belong to different networks",
        table.route_table_id
    ))
}

/// An internet gateway or a virtual private gateway that is attached to the VPC.
fn gateway(call: &Call, table: &RouteTable, _: &Route, id: &str) -> Result<Value, ApiError> {
    let internet = call.state.internet_gateways.get(id);
    let internet =
        internet.map(|gateway: &Arc<InternetGateway>| gateway.is_attached(&table.vpc_id));
    let private = call.state.vpn_gateways.get(id);
    let private = private.map(|gateway: &Arc<VpnGateway>| gateway.is_attached(&table.vpc_id));
    match internet.or(private) {
        None => Err(not_found("InvalidGatewayID.NotFound", id)),
        Some(false) => Err(apart(table, &format!("network gateway {id}"))),
        Some(true) => Ok(json!({"GatewayId": id, "State": "active"})),
    }
}

fn nat_gateway(call: &Call, table: &RouteTable, _: &Route, id: &str) -> Result<Value, ApiError> {
    let gateway = call.find::<NatGateway>(id)?;
    if !gateway.is_live() {
        return Err(Kind::NatGateway.not_found(id));
    }
    if gateway.text("/VpcId") != table.vpc_id {
        return Err(apart(table, &format!("NAT gateway {id}")));
    }
    Ok(json!({"NatGatewayId": id, "State": "active"}))
}

/// VPC Peering Guide, "Update your route tables": a route to a connection that is still to be
/// accepted is a blackhole until it is.
fn peering(call: &Call, table: &RouteTable, _: &Route, id: &str) -> Result<Value, ApiError> {
    let connection = call.find::<VpcPeeringConnection>(id)?;
    if !connection.has(&table.vpc_id) {
        return Err(apart(table, &format!("VPC peering connection {id}")));
    }
    let status = match connection.text("/Status/Code") {
        "active" => "active",
        "pending-acceptance" | "provisioning" => "blackhole",
        _ => return Err(Kind::VpcPeeringConnection.not_found(id)),
    };
    Ok(json!({"VpcPeeringConnectionId": id, "State": status}))
}

/// Transit Gateways guide, "VPC attachments": a VPC without an attachment cannot route to the
/// gateway, which then does not exist for it.
fn transit_gateway(
    call: &Call,
    table: &RouteTable,
    _: &Route,
    id: &str,
) -> Result<Value, ApiError> {
    call.find::<TransitGateway>(id)?;
    let mut attachments = call.state.transit_gateway_vpc_attachments.iter();
    let attached = attachments.any(|attachment| attachment.joins(id, &table.vpc_id));
    if !attached {
        return Err(Kind::TransitGateway.not_found(id));
    }
    Ok(json!({"TransitGatewayId": id, "State": "active"}))
}

/// API Reference, CreateRoute, EgressOnlyInternetGatewayId: for IPv6 traffic only.
fn egress_only(
    call: &Call,
    table: &RouteTable,
    route: &Route,
    id: &str,
) -> Result<Value, ApiError> {
    let gateway = call.find::<EgressOnlyInternetGateway>(id)?;
    if !gateway.is_attached(&table.vpc_id) {
        return Err(apart(table, &format!("egress only internet gateway {id}")));
    }
    if route.destination_cidr_block.is_some() {
        return Err(ApiError::value(format!(
            "The IPv4 destination {} cannot be routed to the egress only internet gateway {id}",
            route.destination()
        )));
    }
    Ok(json!({"EgressOnlyInternetGatewayId": id, "State": "active"}))
}

/// API Reference, CreateRoute, VpcEndpointId: for Gateway Load Balancer endpoints only.
fn vpc_endpoint(call: &Call, table: &RouteTable, _: &Route, id: &str) -> Result<Value, ApiError> {
    let endpoint = call.find::<VpcEndpoint>(id)?;
    if endpoint.text("/VpcId") != table.vpc_id {
        return Err(apart(table, &format!("VPC endpoint {id}")));
    }
    if endpoint.text("/VpcEndpointType") != "GatewayLoadBalancer" {
        return Err(ApiError::value(format!(
            "The VPC endpoint {id} is not a Gateway Load Balancer endpoint"
        )));
    }
    Ok(json!({"GatewayId": id, "State": "active"}))
}

fn network_interface(
    call: &Call,
    table: &RouteTable,
    _: &Route,
    id: &str,
) -> Result<Value, ApiError> {
    to_interface(table, call.find::<NetworkInterface>(id)?)
}

fn instance(call: &Call, table: &RouteTable, _: &Route, id: &str) -> Result<Value, ApiError> {
    to_interface(table, interface_of(call, id)?)
}

/// VPC User Guide, "Route tables": the route is active while the interface is in use.
fn to_interface(table: &RouteTable, interface: &NetworkInterface) -> Result<Value, ApiError> {
    let id = &interface.network_interface_id;
    if interface.vpc_id != table.vpc_id {
        return Err(apart(table, &format!("interface {id}")));
    }
    let mut members = json!({"NetworkInterfaceId": id, "State": "blackhole"});
    if let Some(instance) = interface.instance_id() {
        members["InstanceId"] = instance.into();
        members["InstanceOwnerId"] = interface.owner_id.clone().into();
        members["State"] = "active".into();
    }
    Ok(members)
}

/// The interface of an instance.
pub(super) fn interface_of<'a>(
    call: &Call<'a>,
    instance: &str,
) -> Result<&'a Arc<NetworkInterface>, ApiError> {
    call.find::<Instance>(instance)?;
    let mut interfaces = call.state.network_interfaces.iter();
    interfaces
        .find(|interface| interface.instance_id() == Some(instance))
        .ok_or_else(|| {
            let message = format!("Instance '{instance}' has no network interface");
            ApiError::new("InvalidInstanceID", message)
        })
}

/// The block of a destination that lies within a block of the table's VPC.
fn within_vpc(call: &Call, table: &RouteTable, route: &Route) -> Option<IpNet> {
    let block: IpNet = route.destination().parse().ok()?;
    let vpc: &Arc<Vpc> = call.state.vpcs.get(&table.vpc_id)?;
    let ipv4 = vpc.ipv4_blocks().map(IpNet::V4);
    let mut blocks = ipv4.chain(vpc.ipv6_blocks().map(IpNet::V6));
    blocks.any(|own| own.contains(&block)).then_some(block)
}

/// VPC User Guide, "Route tables": a route that is more specific than the local one is for the
/// whole block of a subnet, and goes to an interface, a NAT gateway, or a Gateway Load Balancer
/// endpoint.
fn check_within(
    call: &Call,
    table: &RouteTable,
    route: &Route,
    within: Option<IpNet>,
    parameter: &str,
) -> Result<(), ApiError> {
    let Some(block) = within else { return Ok(()) };
    check_target_within(route, parameter)?;
    let subnets = call.state.index.subnets_by_vpc.of(&table.vpc_id);
    let mut subnets = subnets.filter_map(|id| call.state.subnets.get(id));
    if subnets.any(|subnet| subnet.blocks().any(|own| own == block)) {
        return Ok(());
    }
    Err(ApiError::value(format!(
        "The destination CIDR block {block} is more specific than one of this VPC's CIDR blocks, \
         and is not the CIDR block of a subnet."
    )))
}

fn check_target_within(route: &Route, parameter: &str) -> Result<(), ApiError> {
    const ALLOWED: [&str; 4] = [
        "InstanceId",
        "NatGatewayId",
        "NetworkInterfaceId",
        "VpcEndpointId",
    ];
    if ALLOWED.contains(&parameter) {
        return Ok(());
    }
    Err(ApiError::value(format!(
        "The destination CIDR block {} is equal to or more specific than one of this VPC's CIDR \
         blocks. This route can target only an interface or an instance.",
        route.destination()
    )))
}
