//! A NAT gateway: available, with the addresses that it gives packets.

use super::{
    commands::replace_route,
    routes::Leading,
    say,
    side::{Place, Side},
};
use crate::{
    api::{Gate, GateKind, NatGatewayId, Note, PathDirection, Reason, Verdict},
    snapshot::{NatGateway, RouteTable, RouteTarget, Subnet},
};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// A NAT gateway that works.
pub(super) struct Nat<'a> {
    pub(super) gateway: &'a NatGateway,
    pub(super) gate: Gate,
    /// The firewall that is attached to it, which decides too.
    pub(super) appliance: Option<Gate>,
    /// Its subnet; a regional one has none.
    pub(super) place: Option<Place<'a>>,
    /// The route table of a regional one.
    pub(super) table: Option<&'a RouteTable>,
    /// Every public address that it may give packets.
    pub(super) public: Vec<IpNet>,
    /// Every private one.
    pub(super) private: Vec<IpNet>,
}

/// Judges the NAT gateway that the route `by` leads to.
///
/// # Errors
/// The gate at which packets stop.
pub(super) fn judge<'a>(
    side: Side<'a>,
    id: &NatGatewayId,
    by: Leading<'_>,
) -> Result<Nat<'a>, Box<Gate>> {
    let (kind, forward) = (GateKind::NATGateway, PathDirection::Forward);
    let blocked = |reason, message: String| {
        Box::new(say::blocked(kind, id.as_str(), forward, reason, message))
    };
    let unread = |list| Box::new(say::unread(kind, id.as_str(), forward, list));
    let gateways = side.scope.nat_gateways.known().map_err(unread)?;
    let gateway = gateways.get(id).ok_or_else(|| {
        let message = format!("there is no NAT gateway {id} in {}", say::place(side.scope));
        let mut gate = blocked(Reason::GatewayNotFound, message);
        gate.remedy = Some(replace(side, gateways, id, by));
        gate
    })?;
    if gateway.state != "available" {
        let message = match &gateway.failure {
            Some(failure) => format!("{id} is {}: {failure}", gateway.state),
            None => format!("{id} is {}", gateway.state),
        };
        let mut gate = blocked(Reason::NATGatewayNotAvailable, message);
        gate.evidence = vec![gateway.state.clone()];
        gate.remedy = Some(match gateway.state.as_str() {
            "pending" => format!("wait until {id} is available"),
            _ => replace(side, gateways, id, by),
        });
        return Err(gate);
    }
    let in_use = || gateway.addresses.iter().filter(|address| address.succeeded);
    let public = sorted(in_use().filter_map(|address| address.public_ip.map(IpNet::from)));
    let private = sorted(in_use().filter_map(|address| address.private_ip.map(IpNet::from)));
    if public.is_empty() && private.is_empty() {
        let message = format!("{id} has no address in use");
        let mut gate = blocked(Reason::NATGatewayNotAvailable, message);
        gate.remedy = Some(replace(side, gateways, id, by));
        return Err(gate);
    }
    let place = match &gateway.subnet_id {
        None => None,
        Some(subnet) => {
            let subnets = side.scope.subnets.known().map_err(unread)?;
            let subnet = subnets.get(subnet).ok_or_else(|| {
                let message = format!("{subnet}, the subnet of {id}, was not read");
                let (verdict, reason) = (Verdict::Unknown, Reason::NotObserved);
                let mut gate = say::gate(kind, id.as_str(), forward, verdict, reason, message);
                gate.remedy = Some(format!(
                    "let ec2:DescribeSubnets show {subnet}: aws ec2 describe-subnets --subnet-ids {subnet}"
                ));
                Box::new(gate)
            })?;
            Some(side.place(subnet))
        }
    };
    let tables = side.scope.route_tables.known().map_err(unread)?;
    let table = gateway.route_table_id.as_ref();
    let seen = if gateway.is_public { &public } else { &private };
    let message = format!(
        "{id} is available and sends from {}",
        say::blocks(seen.iter().copied())
    );
    let (verdict, reason) = (Verdict::Permitted, Reason::Permitted);
    let appliance = gateway.appliances.first().map(|appliance| {
        let message = format!("{appliance} is attached to {id}: its owner decides");
        let (verdict, reason) = (Verdict::External, Reason::InspectedByMiddlebox);
        let kind = GateKind::Middlebox;
        let mut gate = say::gate(kind, appliance, forward, verdict, reason, message);
        gate.remedy = Some(say::ask_to_pass(appliance));
        gate
    });
    Ok(Nat {
        gateway,
        gate: say::gate(kind, id.as_str(), forward, verdict, reason, message),
        appliance,
        place,
        table: table.and_then(|table| tables.get(table)),
        public,
        private,
    })
}

/// The route to another NAT gateway in place of one that does not work.
fn replace(
    side: Side<'_>,
    gateways: &BTreeMap<NatGatewayId, NatGateway>,
    id: &NatGatewayId,
    by: Leading<'_>,
) -> String {
    let mut others = gateways.values().filter(|it| {
        let works = it.state == "available" && it.addresses.iter().any(|it| it.succeeded);
        let alike = gateways
            .get(id)
            .is_none_or(|dead| dead.is_public == it.is_public);
        works && alike && it.vpc_id == *side.vpc_id && it.id != *id
    });
    let other = others
        .next()
        .map(|it| RouteTarget::NatGateway(it.id.clone()));
    let command = other.and_then(|other| replace_route(by.table, by.route, &other));
    command.unwrap_or_else(|| {
        let (table, route) = (&by.table.id, say::route(by.route));
        format!("make a NAT gateway in place of {id}, and give it the route {route} of {table}")
    })
}

/// What is to be noted where a regional NAT gateway has no address in the zone of a client: AWS extends it there by and
/// by, unless people keep its zones themselves (VPC User Guide, "Regional NAT gateways").
pub(super) fn not_in_zone(nat: &Nat<'_>, client: &Subnet) -> Option<Note> {
    let zone = client.availability_zone_id.as_ref()?;
    let mut zones = nat
        .gateway
        .addresses
        .iter()
        .filter(|it| it.succeeded)
        .map(|it| it.availability_zone_id.as_ref());
    // Where an address tells no zone, nothing is known of any.
    let serves = zones.any(|known| known.is_none_or(|known| known == zone));
    (nat.gateway.is_regional && !serves).then(|| Note {
        reason: Reason::NATGatewayNotInZone,
        message: format!(
            "{} has no address in {zone}, the zone of {}: where its zones are kept by hand, nothing passes from there",
            nat.gateway.id, client.id
        ),
    })
}

fn sorted(blocks: impl Iterator<Item = IpNet>) -> Vec<IpNet> {
    let mut blocks: Vec<IpNet> = blocks.collect();
    blocks.sort();
    blocks.dedup();
    blocks
}
