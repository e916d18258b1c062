//! The conditions that sum up the gates of all paths by kind.

use super::{
    phase::{Truth, Why},
    say,
};
use dms_network_core::{
    api::{Gate, GateKind, PathStatus, Reason, Verdict},
    trace::Path,
};

/// The gates that a condition sums up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// EgressPermitted.
    Egress,
    /// IngressPermitted.
    Ingress,
    /// NetworkACLsPermit.
    NetworkAcls,
    /// RoutesPresent: routes and the hops that they lead to.
    Routes,
}

impl Kind {
    fn of(gate: GateKind) -> Option<Self> {
        match gate {
            GateKind::SecurityGroupEgress => Some(Self::Egress),
            GateKind::SecurityGroupIngress => Some(Self::Ingress),
            GateKind::NetworkACLEgress | GateKind::NetworkACLIngress => Some(Self::NetworkAcls),
            GateKind::Route
            | GateKind::VPCPeering
            | GateKind::TransitGateway
            | GateKind::InternetGateway
            | GateKind::EgressOnlyInternetGateway
            | GateKind::NATGateway
            | GateKind::Host
            | GateKind::Proxy
            | GateKind::VPNGateway
            | GateKind::Middlebox => Some(Self::Routes),
            GateKind::FarSide | GateKind::Declaration => None,
        }
    }
}

/// How one path stands at the gates of a kind. The order is from best to worst for a condition, where closed is
/// known to be closed whatever else was not read.
#[derive(Clone, Copy)]
enum Standing<'a> {
    /// It passes, or has no such gate.
    Passes,
    /// It passes as far as can be seen.
    External(&'a Gate),
    /// The walk ended at this gate, before all of the kind were met.
    NotReached(&'a Gate),
    /// What decides was not read.
    Unread(&'a Gate),
    /// Closed, and an addition opens it.
    Missing(&'a Gate),
    /// Closed, and a person must act.
    Blocked(&'a Gate),
}

impl Standing<'_> {
    fn rank(&self) -> u8 {
        match self {
            Self::Passes => 0,
            Self::External(_) => 1,
            Self::NotReached(_) => 2,
            Self::Unread(_) => 3,
            Self::Missing(_) => 4,
            Self::Blocked(_) => 5,
        }
    }

    fn of(path: &PathStatus, kind: Kind) -> Standing<'_> {
        let gates = || {
            path.gates
                .iter()
                .filter(|gate| Kind::of(gate.gate) == Some(kind))
        };
        // Rules end no walk: what follows is judged as if they let the packet pass.
        let end = path.gates.iter().find(|gate| {
            gate.verdict >= Verdict::Unknown
                && matches!(Kind::of(gate.gate), None | Some(Kind::Routes))
        });
        let worst = |verdict| gates().find(|gate| gate.verdict == verdict);
        let reached_all = match kind {
            Kind::Egress | Kind::Ingress => gates().next().is_some(),
            Kind::NetworkAcls | Kind::Routes => false,
        };
        if let Some(gate) = worst(Verdict::Blocked) {
            Standing::Blocked(gate)
        } else if let Some(gate) = worst(Verdict::Missing) {
            Standing::Missing(gate)
        } else if let Some(gate) = worst(Verdict::Unknown) {
            Standing::Unread(gate)
        } else if let Some(gate) = end.filter(|_| !reached_all) {
            Standing::NotReached(gate)
        } else if let Some(gate) = worst(Verdict::External) {
            Standing::External(gate)
        } else {
            Standing::Passes
        }
    }
}

/// The status of the condition over all paths, with the worst of them.
pub(super) fn judge(paths: &[Path], kind: Kind) -> (Truth, Why) {
    let standings: Vec<(&PathStatus, Standing<'_>)> = paths
        .iter()
        .map(|path| (&path.status, Standing::of(&path.status, kind)))
        .collect();
    // The first of the worst, so that the order of paths decides between equals.
    let worst = standings.iter().rev().max_by_key(|(_, at)| at.rank());
    let all = paths.len();
    let Some((path, worst)) = worst else {
        return (Truth::True, passes(all));
    };
    let with = |gate: &Gate, what: &str| {
        let equal = standings.iter().filter(|(_, at)| at.rank() == worst.rank());
        let figures = format!("{} of {all} {}", equal.count(), paths_word(all));
        Why::new(
            gate.reason,
            format!("{figures} {what}: {}", say::gate(path, gate)),
        )
    };
    match worst {
        Standing::Passes => (Truth::True, passes(all)),
        Standing::External(gate) => (Truth::True, with(gate, "for others to allow")),
        Standing::NotReached(gate) => (Truth::Unknown, with(gate, "stopped before that")),
        Standing::Unread(gate) => (Truth::Unknown, with(gate, "not judged")),
        Standing::Missing(gate) => (Truth::False, with(gate, "to be opened")),
        Standing::Blocked(gate) => (Truth::False, with(gate, "blocked")),
    }
}

fn passes(all: usize) -> Why {
    Why::new(
        Reason::Permitted,
        format!("{all} of {all} {} passing.", paths_word(all)),
    )
}

fn paths_word(all: usize) -> &'static str {
    if all == 1 { "path" } else { "paths" }
}
