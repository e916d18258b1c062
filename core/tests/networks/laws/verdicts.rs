//! What is said of a path, and what becomes of its packets.

use super::{
    points::{LINUX, Walked, noted},
    state::drop_claims,
};
use crate::generated::{
    Case,
    apart::{change_lists, scopes},
};
use dms_network_core::{
    api::{GateKind, PathStatus, Reason, Verdict},
    trace::Path,
};
use dms_network_walker::Fate;

/// Whether a path is blocked though its packets may well pass: the declaration is wrong or asks for something else than
/// what the network does, or AWS may do either.
fn is_of_declaration(path: &Path) -> bool {
    let reasons = [
        Reason::RouteGoesElsewhere,
        Reason::AdmitFormCannotWork,
        Reason::AmbiguousRoute,
        Reason::GroupNotOnInterface,
        Reason::SecurityGroupNotFound,
        Reason::SecurityGroupInAnotherVPC,
    ];
    let declared = path
        .status
        .gates
        .iter()
        .any(|gate| gate.gate == GateKind::Declaration && gate.verdict == Verdict::Blocked);
    declared || reasons.contains(&path.reason())
}

/// What is wrong with what is said of a path, by the fate of its packets.
pub(crate) fn misjudged(case: &Case) -> Option<String> {
    let plan = case.world.plan();
    let mut bare = case.world.clone();
    change_lists(&mut bare, drop_claims);
    let scopes = scopes(&bare);
    for path in &plan.paths {
        let status = &path.status;
        let denied = noted(status);
        let open = |port: u16| {
            !denied
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&port))
        };
        let cut_short = status.verdict >= Verdict::Unknown;
        let walks = case.walk(status, &scopes, |port| cut_short || open(port));
        let wrong = match status.verdict {
            Verdict::Permitted => walks.iter().find(|it| !arrives(it) || !is_seen(it, status)),
            Verdict::External => walks
                .iter()
                .find(|it| !it.walk.fate.passes() || !is_seen(it, status)),
            Verdict::Missing if walks.iter().all(|it| it.walk.fate.passes()) => walks.first(),
            Verdict::Missing => walks
                .iter()
                .find(|it| !it.walk.fate.passes() && !is_closed(it)),
            _ if is_of_declaration(path) => None,
            Verdict::Unknown | Verdict::Blocked => {
                let all = walks.iter().all(|it| it.walk.fate.passes());
                walks.first().filter(|_| all)
            }
        };
        if let Some(walked) = wrong {
            return Some(format!("{}\n{walked:?}", summary(status)));
        }
        let external = status.verdict == Verdict::External;
        if external && walks.iter().all(arrives) && !walks.is_empty() {
            return Some(format!("nothing external: {}", summary(status)));
        }
    }
    None
}

/// A path in a few words, for counterexamples.
fn summary(path: &PathStatus) -> String {
    let gates = path.gates.iter().map(|gate| {
        format!(
            "{} {} {:?} {:?}",
            gate.gate, gate.resource, gate.direction, gate.reason
        )
    });
    let gates: Vec<String> = gates.collect();
    format!(
        "{} seen {:?} {:?}: {}",
        path.endpoint,
        path.source_addresses,
        path.notes,
        gates.join(", ")
    )
}

fn arrives(walked: &Walked) -> bool {
    let here = matches!(walked.walk.fate, Fate::Arrives { .. });
    here && walked.walk.hidden.is_empty()
}

/// Whether the packet is dropped where something can be added.
fn is_closed(walked: &Walked) -> bool {
    let Fate::Dropped { why, .. } = walked.walk.fate else {
        return false;
    };
    why.starts_with("security group") || why.starts_with("network ACL")
}

/// Whether the source that the far side sees is one of those that the path names.
fn is_seen(walked: &Walked, path: &PathStatus) -> bool {
    let (Fate::Arrives { seen } | Fate::Leaves { seen, .. }) = &walked.walk.fate else {
        return false;
    };
    let mut known = path.source_addresses.iter();
    !walked.last || known.any(|block| block.contains(seen))
}

/// A path that is let pass and whose notes tell of more ports than may be lost: none of those that Linux uses; behind a
/// NAT gateway, which may use any, 64 by ACL and direction.
pub(crate) fn intolerable_notes(case: &Case) -> Option<String> {
    for path in case.world.plan().paths {
        let by_nat = path
            .status
            .gates
            .iter()
            .any(|gate| gate.gate == GateKind::NATGateway);
        let required = noted(&path.status)
            .into_iter()
            .filter(|(from, to)| *from <= *LINUX.end() && *to >= *LINUX.start());
        let lost: u32 = required.map(|(from, to)| u32::from(to - from) + 1).sum();
        if path.status.verdict < Verdict::Unknown && lost > if by_nat { 4 * 64 } else { 0 } {
            return Some(summary(&path.status));
        }
    }
    None
}
