//! Follows one packet through one VPC, hop by hop, as the VPC User Guide says. It shares the types of what was read
//! with the code under test, and none of its algebra: every question is asked of single addresses and ports.

use dms_network_core::{
    api::SecurityGroupId,
    snapshot::{
        NetworkAcl, NetworkAclEntry, Peer, Protocol, Read, Route, RouteDestination, RouteOrigin,
        RouteState, RouteTarget, RuleDirection, ScopeLists, SecurityGroupRule, Subnet,
    },
};
use std::{
    cmp::Reverse,
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

/// Someone at an address, with the groups of the interface there.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) ip: Ipv4Addr,
    pub(crate) groups: Vec<SecurityGroupId>,
}

/// A connection that is opened.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) client: Host,
    pub(crate) client_port: u16,
    pub(crate) server: Host,
    pub(crate) port: u16,
}

fn list<K, V>(read: &Read<BTreeMap<K, V>>) -> &BTreeMap<K, V> {
    let Read::Known(list) = read else {
        panic!("the walker needs every list")
    };
    list
}

fn holds(net: &ipnet::IpNet, ip: Ipv4Addr) -> bool {
    net.contains(&IpAddr::V4(ip))
}

fn speaks(protocol: Protocol, ports: (u16, u16), port: u16) -> bool {
    match protocol {
        Protocol::All => true,
        Protocol::Tcp => ports.0 <= port && port <= ports.1,
        Protocol::Other(_) => false,
    }
}

/// Whether a rule lets its carrier talk with someone on a port.
pub(crate) fn rule_admits(
    lists: &ScopeLists,
    rule: &SecurityGroupRule,
    other: &Host,
    port: u16,
    groups_are_seen: bool,
) -> bool {
    let ports = (rule.ports.from(), rule.ports.to());
    speaks(rule.protocol, ports, port)
        && match &rule.peer {
            Peer::Cidr(net) => holds(net, other.ip),
            Peer::SecurityGroup(group) => groups_are_seen && other.groups.contains(group),
            Peer::PrefixList(id) => match list(&lists.prefix_lists).get(id).map(|l| &l.entries) {
                Some(Read::Known(entries)) => entries.iter().any(|net| holds(net, other.ip)),
                _ => false,
            },
        }
}

fn groups_admit(
    lists: &ScopeLists,
    carrier: &Host,
    direction: RuleDirection,
    other: &Host,
    port: u16,
    groups_are_seen: bool,
) -> bool {
    let groups = carrier.groups.iter();
    let groups = groups.filter_map(|id| list(&lists.security_groups).get(id));
    let mut rules = groups.flat_map(|group| &group.rules);
    rules.any(|rule| {
        rule.direction == direction && rule_admits(lists, rule, other, port, groups_are_seen)
    })
}

/// The entry that decides a packet: the first in number order that matches.
pub(crate) fn deciding_entry(
    acl: &NetworkAcl,
    direction: RuleDirection,
    other: Ipv4Addr,
    port: u16,
) -> Option<&NetworkAclEntry> {
    let entries = acl.entries.iter();
    let matching = entries.filter(|entry| {
        let ports = (entry.ports.from(), entry.ports.to());
        entry.direction == direction
            && speaks(entry.protocol, ports, port)
            && holds(&entry.cidr, other)
    });
    matching.min_by_key(|entry| entry.number)
}

fn acl_admits(
    lists: &ScopeLists,
    subnet: &Subnet,
    direction: RuleDirection,
    other: Ipv4Addr,
    port: u16,
) -> bool {
    let mut acls = list(&lists.network_acls).values();
    let acl = acls.find(|acl| acl.subnet_ids.contains(&subnet.id));
    acl.and_then(|acl| deciding_entry(acl, direction, other, port))
        .is_some_and(|entry| entry.allow)
}

/// What a route does with a packet for the same VPC.
#[derive(PartialEq)]
enum Way {
    Direct,
    /// Through something that nobody sees through: it is taken to let the packet pass.
    Hidden,
    Lost,
}

fn way(lists: &ScopeLists, from: &Subnet, to: Ipv4Addr) -> Way {
    let tables = list(&lists.route_tables);
    let own = tables.values().find(|t| t.subnet_ids.contains(&from.id));
    let main = || {
        tables
            .values()
            .find(|t| t.is_main && t.vpc_id == from.vpc_id)
    };
    let Some(table) = own.or_else(main) else {
        return Way::Lost;
    };
    let longest = |route: &Route| -> Option<(u8, u8)> {
        let rank = match (&route.target, &route.destination, route.origin) {
            (RouteTarget::Local, ..) => 0,
            (_, RouteDestination::PrefixList(_), _) => 2,
            (.., RouteOrigin::Static) => 1,
            (.., RouteOrigin::Propagated) => 3,
        };
        let length = match &route.destination {
            RouteDestination::Cidr(net) => holds(net, to).then_some(net.prefix_len()),
            RouteDestination::PrefixList(id) => {
                match list(&lists.prefix_lists).get(id).map(|l| &l.entries) {
                    Some(Read::Known(entries)) => {
                        let entries = entries.iter().filter(|net| holds(net, to));
                        entries.map(ipnet::IpNet::prefix_len).max()
                    }
                    _ => None,
                }
            }
        };
        length.map(|length| (length, rank))
    };
    let routes = table.routes.iter();
    let routes = routes.filter_map(|route| Some((longest(route)?, route)));
    let best = routes.min_by_key(|((length, rank), _)| (Reverse(*length), *rank));
    match best {
        Some((_, route)) if route.state == RouteState::Active => match route.target {
            RouteTarget::Local => Way::Direct,
            RouteTarget::NetworkInterface(..)
            | RouteTarget::Instance(_)
            | RouteTarget::VpcEndpoint(_)
            | RouteTarget::Other(..) => Way::Hidden,
            _ => Way::Lost,
        },
        _ => Way::Lost,
    }
}

fn subnet_of(lists: &ScopeLists, ip: Ipv4Addr) -> Option<&Subnet> {
    let mut subnets = list(&lists.subnets).values();
    subnets.find(|subnet| subnet.cidrs.iter().any(|cidr| holds(cidr, ip)))
}

/// Follows a connection out and back: where it ends, if it does.
pub(crate) fn walk(lists: &ScopeLists, connection: &Connection) -> Result<(), &'static str> {
    use RuleDirection::{Egress, Ingress};
    let Connection {
        client,
        client_port,
        server,
        port,
    } = connection;
    let near = subnet_of(lists, client.ip).ok_or("the client is nowhere")?;
    let far = subnet_of(lists, server.ip).ok_or("the server is nowhere")?;
    let inside = near.id == far.id;
    let out = if inside {
        Way::Direct
    } else {
        way(lists, near, server.ip)
    };
    let seen = out == Way::Direct;
    let must = |passes: bool, gate: &'static str| if passes { Ok(()) } else { Err(gate) };
    must(
        groups_admit(lists, client, Egress, server, *port, seen),
        "client's groups",
    )?;
    if !inside {
        let passes = acl_admits(lists, near, Egress, server.ip, *port);
        must(passes, "client's ACL out")?;
        must(out != Way::Lost, "route out")?;
        let passes = acl_admits(lists, far, Ingress, client.ip, *port);
        must(passes, "server's ACL in")?;
    }
    must(
        groups_admit(lists, server, Ingress, client, *port, seen),
        "server's groups",
    )?;
    if !inside {
        let passes = acl_admits(lists, far, Egress, client.ip, *client_port);
        must(passes, "server's ACL back")?;
        must(way(lists, far, client.ip) != Way::Lost, "route back")?;
        let passes = acl_admits(lists, near, Ingress, server.ip, *client_port);
        must(passes, "client's ACL back")?;
    }
    Ok(())
}
