//! Which additions open which gate.

use dms_network_core::api::{
    Action, Change, Gate, GateKind, NetworkPlan, PathDirection, PathStatus, Peer, RuleDirection,
    Target, Verdict,
};
use ipnet::IpNet;

/// What becomes of a gate that is shut, and that an addition could open.
pub(super) enum Opening<'a> {
    /// These open it.
    By(Vec<&'a Change>),
    /// Nothing is added, for this reason.
    Not(String),
}

/// What opens a gate of a path. None where the gate is not Missing.
pub(super) fn opening<'a>(
    plan: &'a NetworkPlan,
    path: &PathStatus,
    gate: &Gate,
) -> Option<Opening<'a>> {
    if gate.verdict != Verdict::Missing {
        return None;
    }
    if path.verdict > Verdict::Missing {
        let why = format!("nothing is added while the path is {}", path.verdict);
        return Some(Opening::Not(why));
    }
    let changes = plan.additions.iter();
    let by: Vec<&Change> = changes.filter(|change| opens(change, path, gate)).collect();
    if !by.is_empty() {
        Some(Opening::By(by))
    } else if plan.refusals.is_empty() {
        None
    } else {
        Some(Opening::Not("not added: refused".to_owned()))
    }
}

/// Whether a change opens some gate of some paths.
pub(super) fn opens_some(change: &Change, paths: &[PathStatus]) -> bool {
    paths.iter().any(|path| {
        let mut gates = path.gates.iter();
        path.verdict == Verdict::Missing
            && gates.any(|gate| gate.verdict == Verdict::Missing && opens(change, path, gate))
    })
}

fn opens(change: &Change, path: &PathStatus, gate: &Gate) -> bool {
    matches!(change.action, Action::Create | Action::Join)
        && change.unit.target.resource() == gate.resource
        && is_of_kind(change, gate.gate)
        && has_ports(change, path, gate.direction)
        && has_peer(change, path, gate.direction)
}

fn is_of_kind(change: &Change, kind: GateKind) -> bool {
    use RuleDirection::{Egress, Ingress};
    let unit = &change.unit;
    matches!(
        (kind, &unit.target, unit.direction),
        (
            GateKind::SecurityGroupEgress,
            Target::SecurityGroupRule(_),
            Egress
        ) | (
            GateKind::SecurityGroupIngress,
            Target::SecurityGroupRule(_),
            Ingress
        ) | (
            GateKind::NetworkACLEgress,
            Target::NetworkACLEntry(_),
            Egress
        ) | (
            GateKind::NetworkACLIngress,
            Target::NetworkACLEntry(_),
            Ingress
        )
    )
}

/// The way out dials one port, that of the path or that of a proxy before it; the way back takes the whole range from
/// which clients call.
fn has_ports(change: &Change, path: &PathStatus, direction: PathDirection) -> bool {
    let unit = &change.unit;
    match direction {
        PathDirection::Return => unit.from_port < unit.to_port,
        PathDirection::Forward => {
            unit.from_port == unit.to_port
                && (unit.from_port == path.port || is_between(change, path))
        }
    }
}

/// Whether the rule's other end is an end of the path. A hop with addresses of its own is an end too, and these are
/// not in the plan: there the endpoint tells.
fn has_peer(change: &Change, path: &PathStatus, direction: PathDirection) -> bool {
    let Peer::Cidr { cidr } = &change.unit.peer else {
        return true;
    };
    let overlaps = |blocks: &[IpNet]| {
        let mut blocks = blocks.iter();
        blocks.any(|block| block.contains(cidr) || cidr.contains(block))
    };
    let towards_endpoint =
        (direction == PathDirection::Forward) == (change.unit.direction == RuleDirection::Egress);
    let is_end = if towards_endpoint {
        overlaps(&path.destinations)
    } else {
        overlaps(&path.client.addresses) || overlaps(&path.source_addresses)
    };
    is_end || is_between(change, path)
}

fn is_between(change: &Change, path: &PathStatus) -> bool {
    let has_addresses = |gate: &Gate| {
        matches!(
            gate.gate,
            GateKind::Host | GateKind::Proxy | GateKind::NATGateway
        )
    };
    change.endpoint == path.endpoint && path.gates.iter().any(has_addresses)
}
