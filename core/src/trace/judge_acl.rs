//! Judges a gate by the entries of a network ACL: stateless, in number order, the first match decides.

use super::{
    AskedUnit, Subject,
    check::{Ask, Judged},
    gate, say,
};
use crate::{
    api::{
        GateKind, NetworkACLs, NetworkAclId, Note, PathDirection, Protocol, Reason, RequiredEntry,
        RuleDirection, Unit, Verdict,
    },
    claims::{AclClaim, EntryRange, acl_claims},
    network::{
        PortRange,
        acl::{Decided, Decision, decide},
    },
    snapshot::{self, NetworkAcl, NetworkAclEntry},
};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// The ports that a gate is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AclPorts {
    /// The port that is dialled, on the way out.
    Forward(u16),
    /// The client's ports, on the way back: `required` are those that it may use.
    Return {
        /// The ports that must be open.
        required: PortRange,
    },
}

impl AclPorts {
    /// The range that a unit opens: the return range is always opened whole.
    pub(super) fn of_unit(self) -> PortRange {
        match self {
            Self::Forward(port) => PortRange::one(port),
            Self::Return { .. } => PortRange::EPHEMERAL,
        }
    }

    fn required(self) -> PortRange {
        match self {
            Self::Forward(port) => PortRange::one(port),
            Self::Return { required } => required,
        }
    }

    fn path_direction(self) -> PathDirection {
        match self {
            Self::Forward(_) => PathDirection::Forward,
            Self::Return { .. } => PathDirection::Return,
        }
    }
}

/// A network ACL, and a flow that it must let pass in one direction.
pub(super) struct AclCheck {
    /// The ACL: it was found.
    pub(super) acl: NetworkAclId,
    /// Egress for packets that leave the subnet, ingress for those that enter it.
    pub(super) direction: RuleDirection,
    /// The ports.
    pub(super) ports: AclPorts,
    /// The other side.
    pub(super) flow: Vec<IpNet>,
    /// The units that are called for.
    pub(super) asks: Vec<Ask>,
}

/// Whose an entry is, as this object sees it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Foreign,
    Held,
    Others,
    /// An allow in the numbers of the deployments that nobody claims.
    Unclaimed,
}

impl AclCheck {
    pub(super) fn judge(&self, subject: &Subject<'_>, held: &BTreeSet<Unit>) -> Judged {
        let Some(acl) = subject
            .scope
            .network_acls
            .known()
            .ok()
            .and_then(|acls| acls.get(&self.acl))
        else {
            return self.gone();
        };
        let entries = standings(acl, self.direction, subject, held);
        let range = subject.owner.entry_range();
        let decided = |up_to: Standing, flow: &[IpNet]| {
            decide_up_to(&entries, up_to, flow, self.ports, range)
        };
        let counted = decided(Standing::Held, &self.flow);
        let (verdict, reason, evidence) = self.verdict(&counted, may_change(acl, subject));
        let mut notes = self.denied_return_ports(&counted, verdict);
        if reason != Reason::Permitted
            && verdict != Verdict::Blocked
            && opens(&decided(Standing::Others, &self.flow), self.ports)
        {
            notes.push(Note {
                reason: Reason::PermittedByAnotherClaim,
                message: format!(
                    "{} passes only by an entry that another object holds",
                    self.acl
                ),
            });
        }
        let asks: Vec<AskedUnit> = self
            .asks
            .iter()
            .map(|ask| AskedUnit {
                request: ask.request.clone(),
                needed: !opens(&decided(Standing::Foreign, &self.of(ask)), self.ports),
            })
            .collect();
        let required_entries = if reason == Reason::NetworkACLNotManaged {
            let open = |ask: &Ask| opens(&decided(Standing::Held, &self.of(ask)), self.ports);
            let lacking = self.asks.iter().filter(|ask| !open(ask));
            lacking
                .filter_map(|ask| required_entry(acl, ask.request.preferred(), range))
                .collect()
        } else {
            Vec::new()
        };
        let unclaimed = entries
            .iter()
            .filter(|(_, standing)| *standing == Standing::Unclaimed);
        let mut judged = gate(
            self.kind(),
            self.acl.to_string(),
            self.ports.path_direction(),
            verdict,
            reason,
        );
        judged.message = self.message(reason, &counted, &evidence);
        judged.remedy = self.remedy(reason, acl, &counted);
        judged.evidence = evidence;
        Judged {
            gate: judged,
            asks,
            notes,
            unclaimed: unclaimed
                .map(|(entry, _)| format!("{} {}", self.acl, say::entry(entry)))
                .collect(),
            required_entries,
        }
    }

    fn of(&self, ask: &Ask) -> Vec<IpNet> {
        ask.flow
            .iter()
            .filter_map(|&place| self.flow.get(place))
            .copied()
            .collect()
    }

    fn kind(&self) -> GateKind {
        match self.direction {
            RuleDirection::Egress => GateKind::NetworkACLEgress,
            RuleDirection::Ingress => GateKind::NetworkACLIngress,
        }
    }

    fn verdict(&self, counted: &[Decided<'_>], may_change: bool) -> (Verdict, Reason, Vec<String>) {
        let required: Vec<_> = counted
            .iter()
            .filter(|part| part.ports.meet(&self.ports.required()).is_some())
            .collect();
        let evidence = |wanted: fn(&Decision<'_>) -> bool| -> Vec<String> {
            let numbers: BTreeSet<u16> = required
                .iter()
                .filter(|part| wanted(&part.by))
                .filter_map(|part| match part.by {
                    Decision::Allowed(entry) | Decision::Denied(entry) => Some(entry.number),
                    Decision::None => None,
                })
                .collect();
            numbers
                .into_iter()
                .map(|number| say::entry_number(self.direction, number))
                .collect()
        };
        let denied = evidence(|by| matches!(by, Decision::Denied(_)));
        if !denied.is_empty() {
            return (Verdict::Blocked, Reason::BlockedByDeny, denied);
        }
        let allowed = evidence(|by| matches!(by, Decision::Allowed(_)));
        if required.iter().all(|part| part.by != Decision::None) {
            return (Verdict::Permitted, Reason::Permitted, allowed);
        }
        match (may_change, self.ports) {
            (false, _) => (Verdict::Blocked, Reason::NetworkACLNotManaged, allowed),
            (true, AclPorts::Forward(_)) => (Verdict::Missing, Reason::NoNetworkACLEntry, allowed),
            (true, AclPorts::Return { .. }) => (Verdict::Missing, Reason::NoReturnEntry, allowed),
        }
    }

    fn message(&self, reason: Reason, counted: &[Decided<'_>], evidence: &[String]) -> String {
        let word = match self.direction {
            RuleDirection::Egress => "to",
            RuleDirection::Ingress => "from",
        };
        let flow = format!(
            "tcp {} {word} {}",
            self.ports.required(),
            say::blocks(self.flow.iter().copied())
        );
        let by = evidence.join(", ");
        let lacking = || {
            let none = counted.iter().filter(|part| {
                part.by == Decision::None && part.ports.meet(&self.ports.required()).is_some()
            });
            say::blocks(IpNet::aggregate(
                &none.map(|part| part.block).collect::<Vec<_>>(),
            ))
        };
        match reason {
            Reason::Permitted => format!("{flow} passes by {by}"),
            Reason::BlockedByDeny => format!("{flow}: {by} of {} denies it", self.acl),
            Reason::NetworkACLNotManaged => {
                format!(
                    "no entry of {} permits {flow} ({word} {}), and it may not be changed from here",
                    self.acl,
                    lacking()
                )
            }
            _ => format!(
                "no entry of {} permits {flow} ({word} {})",
                self.acl,
                lacking()
            ),
        }
    }

    fn remedy(&self, reason: Reason, acl: &NetworkAcl, counted: &[Decided<'_>]) -> Option<String> {
        match reason {
            Reason::Permitted => None,
            Reason::BlockedByDeny => {
                let denies = counted.iter().filter_map(|part| match part.by {
                    Decision::Denied(entry)
                        if part.ports.meet(&self.ports.required()).is_some() =>
                    {
                        Some(entry.number)
                    }
                    _ => None,
                });
                let before = denies.min()?;
                Some(say::entry_before(
                    acl,
                    self.asks.first()?.request.preferred(),
                    before,
                ))
            }
            Reason::NetworkACLNotManaged => Some(format!(
                "ask the owner of {} to add the entries of the requirement",
                self.acl
            )),
            _ => Some(format!(
                "the controller adds {}",
                self.asks.first()?.request.preferred()
            )),
        }
    }

    /// The return ports outside of those required that are not open: the client hardly ever uses them.
    fn denied_return_ports(&self, counted: &[Decided<'_>], verdict: Verdict) -> Vec<Note> {
        let required = self.ports.required();
        // Where an entry is still to be added, it opens what no entry decides; a deny keeps its force.
        let stays_closed = |part: &&Decided<'_>| match part.by {
            Decision::Allowed(_) => false,
            Decision::Denied(_) => true,
            Decision::None => verdict == Verdict::Permitted,
        };
        let closed: BTreeSet<PortRange> = counted
            .iter()
            .filter(stays_closed)
            .flat_map(|part| part.ports.without(&required))
            .collect();
        if closed.is_empty() {
            return Vec::new();
        }
        let ports = closed
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        vec![Note {
            reason: Reason::ReturnPortsDenied,
            message: format!(
                "{} does not let answers to the client's ports {ports} pass",
                self.acl
            ),
        }]
    }

    /// The ACL went missing between the walk and the judgement: cannot be, since both read the same snapshot.
    fn gone(&self) -> Judged {
        let mut judged = gate(
            self.kind(),
            self.acl.to_string(),
            self.ports.path_direction(),
            Verdict::Blocked,
            Reason::NetworkACLNotFound,
        );
        judged.message = format!("{} does not exist", self.acl);
        Judged {
            gate: judged,
            asks: vec![],
            notes: vec![],
            unclaimed: vec![],
            required_entries: vec![],
        }
    }
}

/// Whether we may change an ACL: its account says so, and the ACL is of this account.
fn may_change(acl: &NetworkAcl, subject: &Subject<'_>) -> bool {
    let ours = match (
        &acl.owner_id,
        subject.account_id.or(subject.scope.account_id.as_ref()),
    ) {
        (Some(owner), Some(account)) => owner == account,
        _ => true,
    };
    ours && subject.network_acls == NetworkACLs::Manage
}

fn standings<'a>(
    acl: &'a NetworkAcl,
    direction: RuleDirection,
    subject: &Subject<'_>,
    held: &BTreeSet<Unit>,
) -> Vec<(&'a NetworkAclEntry, Standing)> {
    let claims: Vec<AclClaim> = acl_claims(acl).collect();
    let mut entries: Vec<_> = acl
        .entries
        .iter()
        .filter(|entry| entry.direction == direction)
        .collect();
    entries.sort();
    entries
        .into_iter()
        .map(|entry| {
            let mut claimed = claims
                .iter()
                .filter(|claim| claim.matches(entry))
                .peekable();
            let standing = if claimed.peek().is_none() {
                let ours_by_number = crate::claims::owner::ENTRY_NUMBERS.contains(&entry.number);
                if entry.allow && ours_by_number {
                    Standing::Unclaimed
                } else {
                    Standing::Foreign
                }
            } else if claimed.any(|claim| claim.is_of(subject.owner) && held.contains(&claim.unit))
            {
                Standing::Held
            } else {
                Standing::Others
            };
            (entry, standing)
        })
        .collect()
}

fn decide_up_to<'a>(
    entries: &[(&'a NetworkAclEntry, Standing)],
    up_to: Standing,
    flow: &[IpNet],
    ports: AclPorts,
    range: EntryRange,
) -> Vec<Decided<'a>> {
    let counted: Vec<_> = entries
        .iter()
        .filter(|(_, standing)| *standing <= up_to)
        .map(|(entry, _)| *entry)
        .collect();
    let whole = match ports {
        AclPorts::Forward(port) => PortRange::one(port),
        AclPorts::Return { .. } => PortRange::EPHEMERAL,
    };
    flow.iter()
        .flat_map(|block| decide(&counted, &|entry| is_default(entry, range), *block, whole))
        .collect()
}

/// The default entries (32767, 32768), and a deny of everything above our slice: a default written by hand.
fn is_default(entry: &NetworkAclEntry, range: EntryRange) -> bool {
    entry.number > 32766
        || (!entry.allow
            && entry.number > range.last()
            && entry.protocol == snapshot::Protocol::All
            && entry.cidr.prefix_len() == 0)
}

fn opens(decided: &[Decided<'_>], ports: AclPorts) -> bool {
    decided
        .iter()
        .filter(|part| part.ports.meet(&ports.required()).is_some())
        .all(|part| matches!(part.by, Decision::Allowed(_)))
}

/// The explicit denies that decide a part of what a unit would open, the highest number of them.
pub(crate) fn last_deny(acl: &NetworkAcl, unit: &Unit, range: EntryRange) -> Option<u16> {
    let mut entries: Vec<_> = acl
        .entries
        .iter()
        .filter(|entry| entry.direction == unit.direction)
        .collect();
    entries.sort();
    let decided = decide(
        &entries,
        &|entry| is_default(entry, range),
        unit.cidr()?,
        unit.ports(),
    );
    let denies = decided.iter().filter_map(|part| match part.by {
        Decision::Denied(entry) => Some(entry.number),
        _ => None,
    });
    denies.max()
}

/// The lowest number of a slice that is free and stands after every deny that must keep its force. A number is free
/// if it has no entry and nobody's claim, and is not in `taken`.
#[must_use]
pub(crate) fn free_number(
    acl: &NetworkAcl,
    unit: &Unit,
    range: EntryRange,
    taken: &BTreeSet<u16>,
) -> Option<u16> {
    let after = last_deny(acl, unit, range).unwrap_or(0);
    let used: BTreeSet<u16> = acl
        .entries
        .iter()
        .filter(|entry| entry.direction == unit.direction)
        .map(|entry| entry.number)
        .chain(
            acl_claims(acl)
                .filter(|claim| claim.unit.direction == unit.direction)
                .map(|claim| claim.number),
        )
        .collect();
    (range.first()..=range.last())
        .find(|number| *number > after && !used.contains(number) && !taken.contains(number))
}

fn required_entry(acl: &NetworkAcl, unit: &Unit, range: EntryRange) -> Option<RequiredEntry> {
    Some(RequiredEntry {
        resource: acl.id.clone(),
        direction: unit.direction,
        rule_number: free_number(acl, unit, range, &BTreeSet::new()),
        protocol: Protocol::Tcp,
        from_port: unit.from_port,
        to_port: unit.to_port,
        cidr: unit.cidr()?,
    })
}
