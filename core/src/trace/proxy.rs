//! A proxy in the client's VPC: one connection to it, and another from it.

use super::{
    MAX_PATHS,
    check::Step,
    client::{ClientSubnet, Known, end_at},
    endpoint::subnet_in,
    hop::Expected,
    host::primary_of,
    in_vpc,
    leg::{Leg, PublicIps, Trip},
    placement, say,
};
use crate::{
    api::{Admit, Client, Gate, GateKind, HostForm, PathDirection, Proxy, Reason, Verdict},
    snapshot::NetworkInterface,
};
use ipnet::IpNet;

/// The trips to an endpoint behind a proxy.
pub(super) fn trips<'a>(leg: &Leg<'_, 'a>, proxy: &'a Proxy) -> Vec<Trip<'a>> {
    let host = match interface(leg, proxy) {
        Ok(host) => host,
        Err(gate) => return leg.stopped(*gate),
    };
    let behind = match proxy.behind.form(&leg.at("placement.proxy.behind")) {
        Ok(form) => form,
        Err(error) => {
            let (text, reason) = (error.to_string(), Reason::SpecNotUnderstood);
            return leg.stopped(say::declaration(&error.field, reason, text));
        }
    };
    let (own, speaker) = match speaker(leg, proxy, host) {
        Ok(found) => found,
        Err(gate) => return leg.stopped(*gate),
    };
    let first = Leg {
        admit: Admit::Auto,
        port: proxy.listen_port,
        addresses: own,
        public_ips: PublicIps::default(),
        somewhere: leg.somewhere.clone(),
        ..*leg
    };
    let walk = in_vpc::Walk {
        leg: &first,
        far: leg.side,
        groups: &proxy.host.security_group_ids,
        subnet_ids: &[],
        expected: Expected {
            placement: "placement proxy",
            via: None,
        },
    };
    let somewhere = Client {
        subnet_id: speaker.subnet.id.clone(),
        addresses: Vec::new(),
    };
    let clients = [Ok(speaker)];
    let second = Leg {
        clients: &clients,
        somewhere,
        addresses: leg.addresses.clone(),
        dialled_by_dms: false,
        public_ips: PublicIps::default(),
        ..*leg
    };
    let to_proxy = walk.trips();
    let mut trips = Vec::new();
    for first in to_proxy {
        if trips.len() > MAX_PATHS {
            break;
        }
        for next in placement::of_leg(&second, &behind) {
            trips.push(first.clone().then(through(host, proxy, next)));
        }
    }
    trips
}

/// Puts the proxy itself before its leg.
fn through<'a>(host: &NetworkInterface, proxy: &Proxy, mut next: Trip<'a>) -> Trip<'a> {
    let message = format!(
        "the proxy at {} takes connections on tcp {} and dials the database itself",
        host.id, proxy.listen_port
    );
    let (verdict, reason) = (Verdict::Permitted, Reason::Permitted);
    let forward = PathDirection::Forward;
    let gate = say::gate(
        GateKind::Proxy,
        host.id.as_str(),
        forward,
        verdict,
        reason,
        message,
    );
    next.out.insert(0, Step::Gate(gate));
    next
}

/// The interface of the proxy: with an instance, its primary one.
fn interface<'a>(leg: &Leg<'_, 'a>, proxy: &'a Proxy) -> Result<&'a NetworkInterface, Box<Gate>> {
    let field = leg.at("placement.proxy.host");
    let form = proxy.host.form(&field).map_err(|error| {
        let (text, reason) = (error.to_string(), Reason::SpecNotUnderstood);
        Box::new(say::declaration(&error.field, reason, text))
    })?;
    let (name, reason) = match form {
        HostForm::Instance(id) => (id.to_string(), Reason::InstanceNotFound),
        HostForm::NetworkInterface(id) => (id.to_string(), Reason::InterfaceNotFound),
    };
    let interfaces = leg.side.scope.network_interfaces.known().map_err(|list| {
        let (kind, forward) = (GateKind::Proxy, PathDirection::Forward);
        Box::new(say::unread(kind, name.as_str(), forward, list))
    })?;
    let found = match form {
        HostForm::NetworkInterface(id) => interfaces.get(id),
        HostForm::Instance(id) => primary_of(interfaces, id),
    };
    let found = found.ok_or_else(|| {
        let message = format!("there is no {name} in {}", say::place(leg.side.scope));
        let mut gate = say::declaration(name.as_str(), reason, message);
        gate.remedy = Some(format!("declare the proxy that is there in {field}"));
        Box::new(gate)
    })?;
    if found.vpc_id != *leg.side.vpc_id {
        let message = format!(
            "{} is in {}, and the replication instance in {}",
            found.id, found.vpc_id, leg.side.vpc_id
        );
        let remedy = format!("declare a proxy of {} in {field}", leg.side.vpc_id);
        let mut gate = say::declaration(field, Reason::AddressOutsideVPC, message);
        gate.remedy = Some(remedy);
        return Err(Box::new(gate));
    }
    Ok(found)
}

/// The addresses of the proxy that the client can dial, and the proxy as the one that opens the second connection.
fn speaker<'a>(
    leg: &Leg<'_, 'a>,
    proxy: &Proxy,
    host: &NetworkInterface,
) -> Result<(Vec<IpNet>, ClientSubnet<'a>), Box<Gate>> {
    let scope = leg.side.scope;
    let subnet = subnet_in(&host.subnet_id, leg.side.vpc_id, scope).map_err(Box::new)?;
    let groups = &proxy.host.security_group_ids;
    let mut own: Vec<IpNet> = Vec::new();
    let mut ends = Vec::new();
    for v4 in [true, false] {
        let mut addresses = host.addresses.iter();
        let Some(first) = addresses.find(|it| it.address.is_ipv4() == v4) else {
            continue;
        };
        let end = end_at(first.address, leg.side.vpc_id, groups, scope).map_err(Box::new)?;
        // One family is enough to reach the proxy.
        if own.is_empty() && leg.speaks(&end.block) {
            own.push(end.block);
        }
        ends.push(end);
    }
    if own.is_empty() {
        own.extend(ends.first().map(|end| end.block));
    }
    let known = Known::Addresses;
    let subnet = ClientSubnet {
        subnet,
        ends,
        known,
    };
    Ok((own, subnet))
}
