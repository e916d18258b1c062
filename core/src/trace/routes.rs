//! Judges where a subnet's route table sends some blocks.

use super::{commands::delete_route, needed::Needed, say};
use crate::{
    api::{Gate, GateKind, PathDirection, Reason, Verdict},
    network::route::{Choice, Parts, choose},
    snapshot::{Route, RouteState, RouteTable, RouteTarget, ScopeSnapshot, Subnet},
};
use ipnet::IpNet;

/// Some blocks with the one active route that takes them, or the gate at which they stop.
pub(super) struct Routed<'a> {
    pub(super) blocks: Vec<IpNet>,
    pub(super) by: Result<Leading<'a>, Gate>,
    /// The route that takes them and drops them.
    pub(super) dead: Option<Leading<'a>>,
}

/// A route that is followed.
#[derive(Clone, Copy)]
pub(super) struct Leading<'a> {
    pub(super) table: &'a RouteTable,
    pub(super) route: &'a Route,
}

/// Divides blocks by the route of a subnet's table that takes them.
pub(super) fn follow<'a>(
    subnet: &Subnet,
    blocks: &[IpNet],
    direction: PathDirection,
    scope: &'a ScopeSnapshot,
) -> Vec<Routed<'a>> {
    let stopped = |gate| {
        vec![Routed {
            blocks: blocks.to_vec(),
            by: Err(gate),
            dead: None,
        }]
    };
    let id = subnet.id.as_str();
    let table = match scope.route_table_of(subnet) {
        Ok(Some(table)) => table,
        Ok(None) => {
            let message = format!("{id} and {} have no route table", subnet.vpc_id);
            let (kind, reason) = (GateKind::Route, Reason::RouteTableNotFound);
            let mut gate = say::blocked(kind, id, direction, reason, message);
            gate.remedy = Some(format!(
                "read the route tables of {} again: AWS keeps a main one for every VPC",
                subnet.vpc_id
            ));
            return stopped(gate);
        }
        Err(list) => return stopped(say::unread(GateKind::Route, id, direction, list)),
    };
    follow_table(table, blocks, direction, scope)
}

/// Divides blocks by the route of a table that takes them.
pub(super) fn follow_table<'a>(
    table: &'a RouteTable,
    blocks: &[IpNet],
    direction: PathDirection,
    scope: &'a ScopeSnapshot,
) -> Vec<Routed<'a>> {
    let mut parts = Parts::default();
    for block in blocks {
        for (taken, choice) in choose(table, &scope.prefix_lists, *block) {
            parts.add(taken, choice);
        }
    }
    let routed = parts.aggregated().into_iter().map(|(blocks, choice)| {
        let by = judge(&blocks, &choice, direction, table);
        let dead = match choice {
            Choice::Route(route) if by.is_err() => Some(Leading { table, route }),
            _ => None,
        };
        Routed { blocks, by, dead }
    });
    routed.collect()
}

/// The route that is followed, or the gate at which the blocks stop.
fn judge<'a>(
    blocks: &[IpNet],
    choice: &Choice<'a>,
    direction: PathDirection,
    table: &'a RouteTable,
) -> Result<Leading<'a>, Gate> {
    let id = &table.id;
    let to = say::blocks(blocks.iter().copied());
    let stop = |verdict, reason, message: String| {
        say::gate(
            GateKind::Route,
            id.as_str(),
            direction,
            verdict,
            reason,
            message,
        )
    };
    match choice {
        Choice::Route(route) if route.state == RouteState::Active => Ok(Leading { table, route }),
        Choice::Route(route) => {
            let message = format!("{} of {id} takes {to} and is not active", say::route(route));
            let mut gate = stop(Verdict::Blocked, Reason::RouteNotActive, message);
            gate.evidence = vec![say::route(route)];
            Err(gate)
        }
        Choice::NoRoute => {
            let reason = match direction {
                PathDirection::Forward => Reason::NoRoute,
                PathDirection::Return => Reason::NoReturnRoute,
            };
            let message = format!("no route of {id} leads to {to}");
            Err(stop(Verdict::Blocked, reason, message))
        }
        Choice::Ambiguous(a, b) => {
            let (one, other) = (say::route(a), say::route(b));
            let message = format!("{one} and {other} of {id} both lead to {to}");
            let mut gate = stop(Verdict::Blocked, Reason::AmbiguousRoute, message);
            gate.remedy = delete_route(table, b)
                .map(|command| format!("take one of the two away, such as {other}: {command}"));
            gate.evidence = vec![one, other];
            Err(gate)
        }
        Choice::Unread(list) => {
            let message = format!(
                "prefix list {list} of {id} may take {to}, and its entries were not read \
                 (ec2:GetManagedPrefixListEntries)"
            );
            let mut gate = stop(Verdict::Unknown, Reason::NotObserved, message);
            gate.remedy = Some(say::read_prefix_list(list));
            Err(gate)
        }
    }
}

/// The gate of a route that is followed.
pub(super) fn passed(blocks: &[IpNet], by: Leading<'_>, direction: PathDirection) -> Gate {
    let route = say::route(by.route);
    let message = format!("{} by {route}", say::blocks(blocks.iter().copied()));
    let (verdict, reason) = (Verdict::Permitted, Reason::Permitted);
    let table = by.table.id.as_str();
    let mut gate = say::gate(GateKind::Route, table, direction, verdict, reason, message);
    gate.evidence = vec![route];
    gate
}

/// The gate of a route that leads elsewhere than the declaration says.
pub(super) fn elsewhere(
    blocks: &[IpNet],
    by: Leading<'_>,
    direction: PathDirection,
    declared: &str,
    needed: &Needed<'_>,
) -> Gate {
    let route = say::route(by.route);
    let message = format!(
        "{route} of {} takes {} to {}, and {declared} is declared",
        by.table.id,
        say::blocks(blocks.iter().copied()),
        say::target(&by.route.target)
    );
    let (kind, reason) = (GateKind::Route, Reason::RouteGoesElsewhere);
    let mut gate = say::blocked(kind, by.table.id.as_str(), direction, reason, message);
    gate.evidence = vec![route];
    gate.remedy = Some(needed.instead_of(by, blocks, direction));
    gate
}

/// Whether what a route leads to carries packets of a family. An egress-only internet gateway is for IPv6 alone (VPC User
/// Guide, "Egress-only internet gateways"). A NAT gateway translates IPv4 to IPv4; to IPv6 it does NAT64, which is
/// refused at admission (VPC User Guide, "NAT gateway basics").
pub(super) fn carries(target: &RouteTarget, blocks: &[IpNet]) -> bool {
    blocks.iter().all(|block| match target {
        RouteTarget::EgressOnlyInternetGateway(_) => block.addr().is_ipv6(),
        RouteTarget::NatGateway(_) => block.addr().is_ipv4(),
        _ => true,
    })
}

/// What a route does with packets for the same VPC.
pub(super) enum Within {
    /// Straight to the peer.
    Direct,
    /// Through a hop that cannot be seen through: its gate.
    Through(Gate),
    /// Out of the VPC.
    Elsewhere,
}

/// What a route does with packets for the same VPC.
pub(super) fn within_vpc(route: &Route, direction: PathDirection) -> Within {
    let hop = |id: &str, reason: Reason, what: &str| {
        let message = format!("the route leads through {id}, {what}: its owner decides");
        let (kind, verdict) = (GateKind::Middlebox, Verdict::External);
        let mut gate = say::gate(kind, id, direction, verdict, reason, message);
        gate.remedy = Some(say::ask_to_pass(id));
        Within::Through(gate)
    };
    let middlebox = |id: &str| hop(id, Reason::InspectedByMiddlebox, "a firewall or appliance");
    match &route.target {
        RouteTarget::Local => Within::Direct,
        RouteTarget::NetworkInterface(id, _) => middlebox(id.as_str()),
        RouteTarget::Instance(id) => middlebox(id.as_str()),
        RouteTarget::VpcEndpoint(id) => middlebox(id.as_str()),
        RouteTarget::Other(_, value) => hop(
            value,
            Reason::NotSeenThrough,
            "a hop that is not seen through",
        ),
        RouteTarget::InternetGateway(_)
        | RouteTarget::EgressOnlyInternetGateway(_)
        | RouteTarget::VpnGateway(_)
        | RouteTarget::NatGateway(_)
        | RouteTarget::TransitGateway(_)
        | RouteTarget::VpcPeeringConnection(_) => Within::Elsewhere,
    }
}
