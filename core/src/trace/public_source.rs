//! The addresses by which the internet sees a client behind an internet gateway, which translates one to one (VPC User
//! Guide, "Internet gateways").

use super::{
    End,
    client::{ClientSubnet, Known},
    leg::Leg,
    say,
};
use crate::{
    api::{Gate, GateKind, Note, PathDirection, Reason},
    snapshot::NetworkInterface,
};
use ipnet::IpNet;
use std::net::IpAddr;

/// The public addresses of a client in one subnet.
///
/// # Errors
/// Where it has none there, or a declared one is on no interface of its.
pub(super) fn of(
    leg: &Leg<'_, '_>,
    client: &ClientSubnet<'_>,
    sources: &[&End],
) -> Result<(Vec<IpNet>, Vec<Note>), Box<Gate>> {
    if sources.iter().any(|end| matches!(end.block, IpNet::V6(_))) {
        // An address of IPv6 is public by itself.
        return Ok((sources.iter().map(|end| end.block).collect(), Vec::new()));
    }
    let mut found: Vec<IpNet> = Vec::new();
    for end in sources {
        found.extend(on_interface(leg, end));
    }
    let at_hand = leg.public_ips.ips.iter().filter(|ip| ip.is_ipv4());
    for ip in at_hand {
        match bearer(leg, *ip) {
            Some(interface) if !carries(interface, sources) => {
                return Err(not_on_interface(leg, *ip));
            }
            Some(interface) if interface.subnet_id == client.subnet.id => {
                found.push(IpNet::from(*ip));
            }
            Some(_) => {}
            None if leg.public_ips.declared => return Err(unknown(leg, *ip)),
            // DMS tells its own addresses, and need not show their interface.
            None if client.known != Known::SubnetOfStandby => found.push(IpNet::from(*ip)),
            None => {}
        }
    }
    found.sort();
    found.dedup();
    if found.is_empty() {
        let message = format!(
            "nothing in {} has a public address, which an internet gateway needs",
            client.subnet.id
        );
        let (kind, forward) = (GateKind::InternetGateway, PathDirection::Forward);
        let (id, reason) = (client.subnet.id.as_str(), Reason::NoPublicAddress);
        return Err(Box::new(say::blocked(kind, id, forward, reason, message)));
    }
    Ok((found, client.notes()))
}

fn on_interface(leg: &Leg<'_, '_>, end: &End) -> Option<IpNet> {
    if end.block.prefix_len() < end.block.max_prefix_len() {
        return None;
    }
    let address = end.block.addr();
    let interface = leg.side.scope.interface_at(leg.side.vpc_id, address)?;
    let mut addresses = interface.addresses.iter();
    let public = addresses
        .find(|known| known.address == address)?
        .public_ip?;
    Some(IpNet::from(public))
}

/// The interface with which a public address is associated.
fn bearer<'a>(leg: &Leg<'_, 'a>, ip: IpAddr) -> Option<&'a NetworkInterface> {
    let scope = leg.side.scope;
    let interfaces = scope.network_interfaces.known().ok()?;
    interfaces.values().find(|interface| {
        let mut addresses = interface.addresses.iter();
        interface.vpc_id == *leg.side.vpc_id && addresses.any(|known| known.public_ip == Some(ip))
    })
}

fn carries(interface: &NetworkInterface, sources: &[&End]) -> bool {
    let mut groups = sources.iter().flat_map(|end| &end.groups);
    groups.any(|group| interface.security_group_ids.contains(group))
}

fn not_on_interface(leg: &Leg<'_, '_>, ip: IpAddr) -> Box<Gate> {
    let message = format!(
        "public IP {ip} is on no interface of {} that carries a security group of the replication instance",
        leg.side.vpc_id
    );
    let place = "spec.replicationInstance.network.publicIPs";
    let reason = Reason::AddressNotOnInterface;
    Box::new(say::declaration(place, reason, message))
}

fn unknown(leg: &Leg<'_, '_>, ip: IpAddr) -> Box<Gate> {
    match leg.side.scope.network_interfaces.known() {
        Ok(_) => not_on_interface(leg, ip),
        Err(list) => {
            let (kind, forward) = (GateKind::Declaration, PathDirection::Forward);
            Box::new(say::unread(kind, ip.to_string(), forward, list))
        }
    }
}
