//! Judges a gate by the entries of a network ACL: stateless, in number order, the first match decides.

use super::{
    AskedUnit, Subject,
    check::{Ask, Judged},
    say,
};
use crate::{
    api::{
        GateKind, Note, PathDirection, Protocol, Reason, RequiredEntry, RuleDirection, Unit,
        Verdict,
    },
    claims::{
        AclClaim, EntryRange, acl_claims,
        entry_number::{before_deny, is_default, is_shared},
    },
    network::{
        PortRange,
        acl::{Decided, Decision, decide, may_decide},
    },
    snapshot::{NetworkAcl, NetworkAclEntry},
};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// The ports that a gate is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AclPorts {
    /// The port that is dialled, on the way out.
    Forward(u16),
    /// The client's ports, on the way back: `required` are those that it may use.
    Return {
        /// The ports that must be open.
        required: PortRange,
        /// How many of them may be denied: the client hardly meets those.
        tolerated: u32,
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

    /// The answers to a client that takes the ports of Linux: the replication instance, a host or a proxy.
    pub(super) const TO_LINUX: Self = Self::Return {
        required: PortRange::LINUX_EPHEMERAL,
        tolerated: 0,
    };

    /// The answers to a NAT gateway, which takes any port from 1024 on (VPC User Guide, "NAT gateways").
    pub(super) const TO_NAT_GATEWAY: Self = Self::Return {
        required: PortRange::EPHEMERAL,
        tolerated: 64,
    };

    fn required(self) -> PortRange {
        match self {
            Self::Forward(port) => PortRange::one(port),
            Self::Return { required, .. } => required,
        }
    }

    /// Whether the denies among some parts are so few that they count for a note alone.
    fn tolerates(self, decided: &[Decided<'_>]) -> bool {
        let Self::Return { tolerated, .. } = self else {
            return false;
        };
        let required = decided.iter().filter(|part| self.are_required(part));
        let denied = required.filter(|part| matches!(part.by, Decision::Denied(_)));
        let denied: BTreeSet<PortRange> = denied.map(|part| part.ports).collect();
        denied.iter().map(PortRange::count).sum::<u32>() <= tolerated
    }

    /// On which way of a path such ports are met.
    pub(super) fn path_direction(self) -> PathDirection {
        match self {
            Self::Forward(_) => PathDirection::Forward,
            Self::Return { .. } => PathDirection::Return,
        }
    }

    fn are_required(self, part: &Decided<'_>) -> bool {
        part.ports.meet(&self.required()).is_some()
    }
}

/// A network ACL, and a flow that it must let pass in one direction.
#[derive(Clone)]
pub(super) struct AclCheck<'a> {
    /// The ACL.
    pub(super) acl: &'a NetworkAcl,
    /// Whether we may change it.
    pub(super) may_change: bool,
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
    /// Nobody's claim: evidence.
    Foreign,
    /// Held by this object, and still called for.
    Held,
    /// Claimed, and kept alive by others.
    Others,
    /// An allow in the numbers of the deployments that nobody claims.
    Unclaimed,
}

/// The entries of an ACL and direction that have to do with a flow, with whose they are.
struct Entries<'a> {
    entries: Vec<(&'a NetworkAclEntry, Standing)>,
    range: EntryRange,
    ports: AclPorts,
}

impl<'a> Entries<'a> {
    /// How the entries of a standing up to `up_to` decide a flow.
    fn decide(&self, up_to: Standing, flow: &[IpNet]) -> Vec<Decided<'a>> {
        let counted: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, standing)| *standing <= up_to)
            .map(|(entry, _)| *entry)
            .collect();
        let is_default = |entry: &NetworkAclEntry| is_default(entry, self.range);
        flow.iter()
            .flat_map(|block| decide(&counted, &is_default, *block, self.ports.of_unit()))
            .collect()
    }

    /// Whether the entries of a standing up to `up_to` allow all that is required of a flow.
    fn open(&self, up_to: Standing, flow: &[IpNet]) -> bool {
        let decided = self.decide(up_to, flow);
        let tolerates = self.ports.tolerates(&decided);
        let mut required = decided.iter().filter(|part| self.ports.are_required(part));
        required.all(|part| match part.by {
            Decision::Allowed(_) => true,
            Decision::Denied(_) => tolerates,
            Decision::None => false,
        })
    }
}

impl AclCheck<'_> {
    pub(super) fn judge(&self, subject: &Subject<'_>, held: &BTreeSet<Unit>) -> Judged {
        let entries = self.entries(subject, held);
        let decided = entries.decide(Standing::Held, &self.flow);
        let (verdict, reason, evidence) = self.verdict(&decided, self.may_change);
        let mut notes = self.notes(&entries, &decided, verdict);
        if verdict == Verdict::Missing && entries.open(Standing::Others, &self.flow) {
            notes.push(Note {
                reason: Reason::PermittedByAnotherClaim,
                message: format!(
                    "{} passes only by an entry that another object holds",
                    self.acl.id
                ),
            });
        }
        let needed = |ask: &Ask| !entries.open(Standing::Held, &self.flow_of(ask));
        let mut gate = say::gate(
            GateKind::of_acl(self.direction),
            self.acl.id.as_str(),
            self.ports.path_direction(),
            verdict,
            reason,
            self.message(reason, &decided, &evidence),
        );
        gate.remedy = self.remedy(reason, &decided);
        gate.evidence = evidence;
        let required = if reason == Reason::NetworkACLNotManaged {
            let lacking = self.asks.iter().filter(|ask| needed(ask));
            lacking
                .filter_map(|ask| required_entry(self.acl, ask.request.preferred()))
                .collect()
        } else {
            Vec::new()
        };
        let asks = self.asks.iter().map(|ask| AskedUnit {
            request: ask.request.clone(),
            needed: needed(ask),
        });
        Judged {
            gate,
            asks: asks.collect(),
            notes,
            required,
        }
    }

    fn flow_of(&self, ask: &Ask) -> Vec<IpNet> {
        let places = ask.flow.iter();
        let blocks = places.filter_map(|&place| self.flow.get(place));
        blocks.copied().collect()
    }

    fn entries(&self, subject: &Subject<'_>, held: &BTreeSet<Unit>) -> Entries<'_> {
        let mut claims: BTreeMap<u16, Vec<AclClaim>> = BTreeMap::new();
        for claim in acl_claims(self.acl) {
            claims.entry(claim.number).or_default().push(claim);
        }
        let standing = |entry: &NetworkAclEntry| {
            let of_number = claims.get(&entry.number).into_iter().flatten();
            let mut claimed = of_number.filter(|claim| claim.matches(entry)).peekable();
            if claimed.peek().is_none() {
                return if entry.allow && is_shared(entry.number) {
                    Standing::Unclaimed
                } else {
                    Standing::Foreign
                };
            }
            let is_held =
                |claim: &AclClaim| claim.is_of(subject.owner) && held.contains(&claim.unit);
            if claimed.any(is_held) {
                Standing::Held
            } else {
                Standing::Others
            }
        };
        let ports = self.ports.of_unit();
        // What nobody claims is noted, whatever it is about.
        let concerns = |entry: &NetworkAclEntry| {
            let mut flow = self.flow.iter();
            is_shared(entry.number) || flow.any(|block| may_decide(entry, block, ports))
        };
        let entries = self.acl.entries.iter();
        let mut entries: Vec<_> = entries
            .filter(|entry| entry.direction == self.direction && concerns(entry))
            .map(|entry| (entry, standing(entry)))
            .collect();
        entries.sort();
        Entries {
            entries,
            range: subject.owner.entry_range(),
            ports: self.ports,
        }
    }

    fn verdict(&self, decided: &[Decided<'_>], may_change: bool) -> (Verdict, Reason, Vec<String>) {
        let required = || decided.iter().filter(|part| self.ports.are_required(part));
        let evidence = |numbers: BTreeSet<u16>| {
            let numbers = numbers.into_iter();
            numbers
                .map(|number| say::entry_number(self.direction, number))
                .collect()
        };
        let denies: BTreeSet<u16> = required().filter_map(denied_by).collect();
        if !denies.is_empty() && !self.ports.tolerates(decided) {
            return (Verdict::Blocked, Reason::BlockedByDeny, evidence(denies));
        }
        let allows = required().filter_map(|part| match part.by {
            Decision::Allowed(entry) => Some(entry.number),
            _ => None,
        });
        let allows = evidence(allows.collect());
        if required().all(|part| part.by != Decision::None) {
            return (Verdict::Permitted, Reason::Permitted, allows);
        }
        match (may_change, self.ports) {
            (false, _) => (Verdict::Blocked, Reason::NetworkACLNotManaged, allows),
            (true, AclPorts::Forward(_)) => (Verdict::Missing, Reason::NoNetworkACLEntry, allows),
            (true, AclPorts::Return { .. }) => (Verdict::Missing, Reason::NoReturnEntry, allows),
        }
    }

    fn message(&self, reason: Reason, decided: &[Decided<'_>], evidence: &[String]) -> String {
        let id = &self.acl.id;
        let ports = self.ports.required();
        let flow = say::flow(ports, self.direction, self.flow.iter().copied());
        let by = say::list(evidence);
        let lacking = || {
            let none = decided
                .iter()
                .filter(|part| part.by == Decision::None && self.ports.are_required(part));
            let none: Vec<IpNet> = none.map(|part| part.block).collect();
            let lacking = IpNet::aggregate(&none);
            format!(
                "no entry of {id} permits {}",
                say::flow(ports, self.direction, lacking)
            )
        };
        match reason {
            Reason::Permitted => format!("{flow} passes by {by}"),
            Reason::BlockedByDeny => format!("{flow}: {by} of {id} denies it"),
            Reason::NetworkACLNotManaged => {
                format!("{}, and it may not be changed from here", lacking())
            }
            _ => lacking(),
        }
    }

    fn remedy(&self, reason: Reason, decided: &[Decided<'_>]) -> Option<String> {
        match reason {
            Reason::Permitted => None,
            Reason::BlockedByDeny => Some(self.before_denies(decided)),
            Reason::NetworkACLNotManaged => Some(format!(
                "ask the owner of {} to add the entries of the requirement",
                self.acl.id
            )),
            _ => {
                let units = self.asks.iter().map(|ask| ask.request.preferred());
                Some(format!("the controller adds {}", say::list(units)))
            }
        }
    }

    /// The exact entries that a person could add before the denies.
    fn before_denies(&self, decided: &[Decided<'_>]) -> String {
        let mut first: BTreeMap<&Unit, (IpNet, u16)> = BTreeMap::new();
        for ask in &self.asks {
            let unit = ask.request.preferred();
            let Some(cidr) = unit.cidr() else { continue };
            let of_ask = decided
                .iter()
                .filter(|part| crate::network::covers(&cidr, &part.block));
            let denies = of_ask.filter(|part| self.ports.are_required(part));
            if let Some(deny) = denies.filter_map(denied_by).min() {
                first.insert(unit, (cidr, deny));
            }
        }
        let mut taken = BTreeSet::new();
        let commands = first.into_iter().map(|(unit, (cidr, deny))| {
            match before_deny(self.acl, self.direction, deny, &taken) {
                Some(number) => {
                    taken.insert(number);
                    say::create_entry(unit, number, cidr)
                }
                None => format!("move entry {deny}, before which no number is free"),
            }
        });
        let commands: Vec<String> = commands.collect();
        let decisive = decided.iter().filter(|part| self.ports.are_required(part));
        let denies: BTreeSet<&NetworkAclEntry> = decisive.filter_map(denied).collect();
        format!(
            "if {} of {} is not meant for this flow: {}",
            say::list(denies.into_iter().map(say::entry)),
            self.acl.id,
            commands.join("; ")
        )
    }

    fn notes(&self, entries: &Entries<'_>, decided: &[Decided<'_>], verdict: Verdict) -> Vec<Note> {
        let closed = self.closed_return_ports(decided, verdict);
        let closed = (!closed.is_empty()).then(|| Note {
            reason: Reason::ReturnPortsDenied,
            message: format!(
                "{} does not let answers to the client's ports {} pass",
                self.acl.id,
                say::list(closed)
            ),
        });
        let unclaimed = entries.entries.iter();
        let unclaimed = unclaimed
            .filter(|(_, standing)| *standing == Standing::Unclaimed)
            .map(|(entry, _)| say::entry_number(self.direction, entry.number));
        let unclaimed: Vec<String> = unclaimed.collect();
        let unclaimed = (!unclaimed.is_empty()).then(|| Note {
            reason: Reason::UnclaimedEntry,
            message: format!(
                "{} of {}: nobody claims it, so it counts for nothing",
                say::list(unclaimed),
                self.acl.id
            ),
        });
        closed.into_iter().chain(unclaimed).collect()
    }

    /// The return ports outside of those required that are not open: the client hardly ever uses them.
    fn closed_return_ports(
        &self,
        decided: &[Decided<'_>],
        verdict: Verdict,
    ) -> BTreeSet<PortRange> {
        // Where an entry is still to be added, it opens what no entry decides; a deny keeps its force.
        let stays_closed = |part: &&Decided<'_>| match part.by {
            Decision::Allowed(_) => false,
            Decision::Denied(_) => true,
            Decision::None => verdict == Verdict::Permitted,
        };
        let closed = decided.iter().filter(stays_closed);
        if let AclPorts::Return { tolerated: 1.., .. } = self.ports {
            return closed.map(|part| part.ports).collect();
        }
        let required = self.ports.required();
        closed
            .flat_map(|part| part.ports.without(&required))
            .collect()
    }
}

fn denied<'a>(part: &Decided<'a>) -> Option<&'a NetworkAclEntry> {
    match part.by {
        Decision::Denied(entry) => Some(entry),
        _ => None,
    }
}

fn denied_by(part: &Decided<'_>) -> Option<u16> {
    denied(part).map(|entry| entry.number)
}

/// An entry for the owner of an ACL. Its number is chosen once all of them are known.
fn required_entry(acl: &NetworkAcl, unit: &Unit) -> Option<RequiredEntry> {
    Some(RequiredEntry {
        resource: acl.id.clone(),
        direction: unit.direction,
        rule_number: None,
        protocol: Protocol::Tcp,
        from_port: unit.from_port,
        to_port: unit.to_port,
        cidr: unit.cidr()?,
    })
}
