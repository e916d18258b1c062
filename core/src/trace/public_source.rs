//! The addresses by which the internet sees a client behind an internet gateway, which translates one to one (VPC User
//! Guide, "Internet gateways").

use super::{
    End,
    client::{ClientSubnet, Known},
    commands::{associate_address, associate_new_address},
    leg::Leg,
    say,
};
use crate::{
    api::{Gate, GateKind, PathDirection, Reason},
    snapshot::NetworkInterface,
};
use ipnet::IpNet;
use std::net::IpAddr;

/// Whether the client has a public address at all, as far as that is known.
pub(super) fn has_any(leg: &Leg<'_, '_>, sources: &[&End]) -> bool {
    let told = leg.public_ips.ips.iter().any(IpAddr::is_ipv4);
    told || sources
        .iter()
        .any(|end| on_interface(leg, end).flatten().is_some())
}

/// The public addresses of a client in one subnet; none where they are not known, of a standby.
///
/// # Errors
/// Where it has none there, or a declared one is on no interface of its.
pub(super) fn of(
    leg: &Leg<'_, '_>,
    client: &ClientSubnet<'_>,
    sources: &[&End],
) -> Result<Vec<IpNet>, Box<Gate>> {
    if sources.iter().any(|end| matches!(end.block, IpNet::V6(_))) {
        // An address of IPv6 is public by itself.
        return Ok(sources.iter().map(|end| end.block).collect());
    }
    let mut found: Vec<IpNet> = Vec::new();
    for end in sources {
        match on_interface(leg, end) {
            Some(Some(public)) => found.push(public),
            // What it sends is dropped, whatever its other addresses have.
            Some(None) => {
                let address = end.block.addr();
                let message = format!("{address} has no public address");
                return Err(without(leg, client, &[*end], &message));
            }
            None => {}
        }
    }
    let at_hand = leg.public_ips.ips.iter().filter(|ip| ip.is_ipv4());
    for ip in at_hand {
        match bearer(leg, *ip) {
            Some(interface) if !carries(interface, sources) => {
                return Err(not_on_interface(leg, *ip, sources));
            }
            Some(interface) if interface.subnet_id == client.subnet.id => {
                found.push(IpNet::from(*ip));
            }
            Some(_) => {}
            None if leg.public_ips.declared => return Err(unknown(leg, *ip, sources)),
            // DMS tells its own addresses, and need not show their interface.
            None if client.known != Known::SubnetOfStandby => found.push(IpNet::from(*ip)),
            None => {}
        }
    }
    found.sort();
    found.dedup();
    if found.is_empty() && client.known != Known::SubnetOfStandby {
        let message = format!("nothing in {} has a public address", client.subnet.id);
        return Err(without(leg, client, sources, &message));
    }
    Ok(found)
}

fn without(
    leg: &Leg<'_, '_>,
    client: &ClientSubnet<'_>,
    sources: &[&End],
    found: &str,
) -> Box<Gate> {
    let message = format!("{found}, which an internet gateway needs");
    let (kind, forward) = (GateKind::InternetGateway, PathDirection::Forward);
    let (id, reason) = (client.subnet.id.as_str(), Reason::NoPublicAddress);
    let mut gate = say::blocked(kind, id, forward, reason, message);
    gate.remedy = Some(become_public(leg, sources));
    Box::new(gate)
}

/// The public address of a single private one, or none; nothing where its interface was not read.
fn on_interface(leg: &Leg<'_, '_>, end: &End) -> Option<Option<IpNet>> {
    if end.block.prefix_len() < end.block.max_prefix_len() {
        return None;
    }
    let address = end.block.addr();
    let interface = leg.side.scope.interface_at(leg.side.vpc_id, address)?;
    let mut addresses = interface.addresses.iter();
    let known = addresses.find(|known| known.address == address)?;
    Some(known.public_ip.map(IpNet::from))
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

/// How a client gets a public address.
fn become_public(leg: &Leg<'_, '_>, sources: &[&End]) -> String {
    let other = "use a publicly accessible replication instance, or route through a NAT gateway";
    match of_client(leg, sources) {
        Some((interface, private)) => format!(
            "{other}, or give its interface an address: {}",
            associate_new_address(interface, private)
        ),
        None => other.to_owned(),
    }
}

/// The first interface of a client, with its own address there.
fn of_client<'a>(leg: &Leg<'_, 'a>, sources: &[&End]) -> Option<(&'a NetworkInterface, IpAddr)> {
    let mut addresses = sources.iter().map(|end| end.block.addr());
    addresses.find_map(|ip| Some((leg.side.scope.interface_at(leg.side.vpc_id, ip)?, ip)))
}

fn not_on_interface(leg: &Leg<'_, '_>, ip: IpAddr, sources: &[&End]) -> Box<Gate> {
    let vpc = leg.side.vpc_id;
    let message = match bearer(leg, ip) {
        Some(other) => format!(
            "public IP {ip} is on {}, which carries {} and no security group of the replication instance",
            other.id,
            say::list(&other.security_group_ids)
        ),
        None => format!("public IP {ip} is on no interface of {vpc} that was read"),
    };
    let place = "spec.replicationInstance.network.publicIPs";
    let mut gate = say::declaration(place, Reason::AddressNotOnInterface, message);
    if let Some((interface, private)) = of_client(leg, sources) {
        gate.remedy = Some(format!(
            "correct publicIPs, or move the address to the replication instance's interface: {}",
            associate_address(interface, private, ip)
        ));
    }
    Box::new(gate)
}

fn unknown(leg: &Leg<'_, '_>, ip: IpAddr, sources: &[&End]) -> Box<Gate> {
    match leg.side.scope.network_interfaces.known() {
        Ok(_) => not_on_interface(leg, ip, sources),
        Err(list) => {
            let (kind, forward) = (GateKind::Declaration, PathDirection::Forward);
            Box::new(say::unread(kind, ip.to_string(), forward, list))
        }
    }
}
