//! A NAT gateway: available, with the addresses that it gives packets.

use super::{
    say,
    side::{Place, Side},
};
use crate::{
    api::{Gate, GateKind, NatGatewayId, PathDirection, Reason, Verdict},
    snapshot::{NatGateway, RouteTable},
};
use ipnet::IpNet;

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

/// Judges the NAT gateway that a route leads to.
///
/// # Errors
/// The gate at which packets stop.
pub(super) fn judge<'a>(side: Side<'a>, id: &NatGatewayId) -> Result<Nat<'a>, Box<Gate>> {
    let (kind, forward) = (GateKind::NATGateway, PathDirection::Forward);
    let blocked = |reason, message: String| {
        Box::new(say::blocked(kind, id.as_str(), forward, reason, message))
    };
    let unread = |list| Box::new(say::unread(kind, id.as_str(), forward, list));
    let gateways = side.scope.nat_gateways.known().map_err(unread)?;
    let gateway = gateways.get(id).ok_or_else(|| {
        let message = format!("there is no NAT gateway {id} in {}", say::place(side.scope));
        blocked(Reason::GatewayNotFound, message)
    })?;
    if gateway.state != "available" {
        let message = format!("{id} is {}", gateway.state);
        return Err(blocked(Reason::NATGatewayNotAvailable, message));
    }
    let in_use = || gateway.addresses.iter().filter(|address| address.succeeded);
    let public = sorted(in_use().filter_map(|address| address.public_ip.map(IpNet::from)));
    let private = sorted(in_use().filter_map(|address| address.private_ip.map(IpNet::from)));
    if public.is_empty() && private.is_empty() {
        let message = format!("{id} has no address in use");
        return Err(blocked(Reason::NATGatewayNotAvailable, message));
    }
    let place = match &gateway.subnet_id {
        None => None,
        Some(subnet) => {
            let subnets = side.scope.subnets.known().map_err(unread)?;
            let subnet = subnets.get(subnet).ok_or_else(|| {
                let message = format!("{subnet}, the subnet of {id}, was not read");
                let (verdict, reason) = (Verdict::Unknown, Reason::NotObserved);
                Box::new(say::gate(
                    kind,
                    id.as_str(),
                    forward,
                    verdict,
                    reason,
                    message,
                ))
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
        say::gate(
            GateKind::Middlebox,
            appliance,
            forward,
            verdict,
            reason,
            message,
        )
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

fn sorted(blocks: impl Iterator<Item = IpNet>) -> Vec<IpNet> {
    let mut blocks: Vec<IpNet> = blocks.collect();
    blocks.sort();
    blocks.dedup();
    blocks
}
