//! Judges where a subnet's route table sends a block.

use super::{gate, say};
use crate::{
    api::{Gate, GateKind, PathDirection, Reason, Verdict},
    network::route::{Choice, choose},
    snapshot::{RouteState, RouteTarget, ScopeSnapshot, Subnet},
};
use ipnet::IpNet;

/// What a route within a VPC does with a part of a block.
pub(super) enum Way {
    /// Straight to the peer.
    Direct,
    /// Through a firewall or appliance that nobody can see through.
    Middlebox(String),
    /// Through a hop that is not walked.
    NotSeenThrough(String),
    /// It does not arrive: the gate says why.
    Stopped,
}

/// A part of a block with the route gate that decides it.
pub(super) struct Routed {
    pub(super) blocks: Vec<IpNet>,
    pub(super) gate: Gate,
    pub(super) way: Way,
}

/// Where the route table of a subnet sends a block of the same VPC.
pub(super) fn within_vpc(
    subnet: &Subnet,
    block: IpNet,
    direction: PathDirection,
    scope: &ScopeSnapshot,
) -> Vec<Routed> {
    let stopped = |gate| {
        vec![Routed {
            blocks: vec![block],
            gate,
            way: Way::Stopped,
        }]
    };
    let table = match scope.route_table_of(subnet) {
        Ok(Some(table)) => table,
        Ok(None) => {
            let mut gate = gate(
                GateKind::Route,
                subnet.id.to_string(),
                direction,
                Verdict::Blocked,
                Reason::RouteTableNotFound,
            );
            gate.message = format!("{} and {} have no route table", subnet.id, subnet.vpc_id);
            gate.remedy = Some(Reason::RouteTableNotFound.remedy().to_owned());
            return stopped(gate);
        }
        Err(unread) => {
            return stopped(say::unread(
                GateKind::Route,
                subnet.id.as_str(),
                direction,
                unread,
            ));
        }
    };
    let parts = choose(table, &scope.prefix_lists, block);
    parts
        .into_iter()
        .map(|(blocks, choice)| {
            let (verdict, reason, message, way) =
                judge(&blocks, &choice, direction, table.id.as_str());
            let mut gate = gate(
                GateKind::Route,
                table.id.to_string(),
                direction,
                verdict,
                reason,
            );
            gate.evidence = match &choice {
                Choice::Route(route) => vec![say::route(route)],
                Choice::Ambiguous(a, b) => vec![say::route(a), say::route(b)],
                Choice::Unread(_) | Choice::NoRoute => Vec::new(),
            };
            gate.remedy = match verdict {
                Verdict::Permitted => None,
                _ => Some(reason.remedy().to_owned()),
            };
            gate.message = message;
            Routed { blocks, gate, way }
        })
        .collect()
}

fn judge(
    blocks: &[IpNet],
    choice: &Choice<'_>,
    direction: PathDirection,
    table: &str,
) -> (Verdict, Reason, String, Way) {
    let to = say::blocks(blocks.iter().copied());
    let blocked = |reason, message| (Verdict::Blocked, reason, message, Way::Stopped);
    let route = match choice {
        Choice::Route(route) => route,
        Choice::NoRoute => {
            let reason = match direction {
                PathDirection::Forward => Reason::NoRoute,
                PathDirection::Return => Reason::NoReturnRoute,
            };
            return blocked(reason, format!("no route of {table} leads to {to}"));
        }
        Choice::Ambiguous(a, b) => {
            let message = format!(
                "{table}: {} and {} both lead to {to}",
                say::route(a),
                say::route(b)
            );
            return blocked(Reason::AmbiguousRoute, message);
        }
        Choice::Unread(list) => {
            let message = format!(
                "prefix list {list} of {table} may take {to}, and its entries were not read \
                 (ec2:GetManagedPrefixListEntries)"
            );
            return (Verdict::Unknown, Reason::NotObserved, message, Way::Stopped);
        }
    };
    if route.state != RouteState::Active {
        let message = format!(
            "{} of {table} takes {to} and is not active",
            say::route(route)
        );
        return blocked(Reason::RouteNotActive, message);
    }
    let leads = format!("{to} by {}", say::route(route));
    let permitted = |way| (Verdict::Permitted, Reason::Permitted, leads.clone(), way);
    match &route.target {
        RouteTarget::Local => permitted(Way::Direct),
        RouteTarget::NetworkInterface(id, _) => permitted(Way::Middlebox(id.to_string())),
        RouteTarget::Instance(id) => permitted(Way::Middlebox(id.to_string())),
        RouteTarget::VpcEndpoint(id) => permitted(Way::Middlebox(id.to_string())),
        RouteTarget::Other(_, value) => permitted(Way::NotSeenThrough(value.clone())),
        target => {
            let message = format!(
                "{} of {table} takes {to} to {}, out of the VPC",
                say::route(route),
                say::target(target)
            );
            blocked(Reason::RouteGoesElsewhere, message)
        }
    }
}

/// The gate of a hop that cannot be seen through.
pub(super) fn hop_gate(way: &Way, direction: PathDirection) -> Option<Gate> {
    let (id, reason, what) = match way {
        Way::Direct | Way::Stopped => return None,
        Way::Middlebox(id) => (id, Reason::InspectedByMiddlebox, "a firewall or appliance"),
        Way::NotSeenThrough(id) => (id, Reason::NotSeenThrough, "a hop that is not seen through"),
    };
    let mut gate = gate(
        GateKind::Middlebox,
        id.clone(),
        direction,
        Verdict::External,
        reason,
    );
    gate.message = format!("the route leads through {id}, {what}: its owner decides");
    gate.remedy = Some(reason.remedy().to_owned());
    Some(gate)
}
