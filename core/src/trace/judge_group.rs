//! Judges a gate by the rules of security groups: their union, allow only, stateful.

use super::{
    AskedUnit, End, Subject,
    check::{Ask, Judged},
    gate, say,
};
use crate::{
    api::{
        GateKind, Note, PathDirection, PrefixListId, Reason, RuleDirection, SecurityGroupId, Unit,
        Verdict,
    },
    claims::{ClaimState, RuleClaims},
    network::{PortRange, divide},
    snapshot::{Peer, Protocol, ScopeSnapshot, SecurityGroup, SecurityGroupRule},
};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// The rules of the groups that one interface carries, and a flow that they must permit.
pub(super) struct GroupCheck {
    /// The groups: every one of them was found.
    pub(super) groups: Vec<SecurityGroupId>,
    /// Egress for whoever opens the connection, ingress for whoever answers.
    pub(super) direction: RuleDirection,
    /// The port that is dialled.
    pub(super) port: u16,
    /// The other side.
    pub(super) flow: Vec<End>,
    /// Whether a reference to a group works on this path.
    pub(super) references: bool,
    /// The units that are called for.
    pub(super) asks: Vec<Ask>,
}

/// Whose a rule is, as this object sees it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// Not made by this controller: evidence.
    Foreign,
    /// Held by this object, and still called for.
    Held,
    /// Made by this controller, and kept alive by others.
    Others,
}

/// What some rules leave of a flow.
#[derive(Default)]
struct Coverage {
    /// The parts that no rule permits.
    uncovered: Vec<IpNet>,
    /// The rules that permit the rest.
    evidence: BTreeSet<String>,
}

impl GroupCheck {
    pub(super) fn judge(&self, subject: &Subject<'_>, held: &BTreeSet<Unit>) -> Judged {
        let rules = self.rules(subject, held);
        let all: Vec<usize> = (0..self.flow.len()).collect();
        let counted = self.coverage(subject.scope, &rules, Standing::Held, &all);
        let kind = match self.direction {
            RuleDirection::Egress => GateKind::SecurityGroupEgress,
            RuleDirection::Ingress => GateKind::SecurityGroupIngress,
        };
        let (verdict, reason, message) = self.verdict(subject.scope, &counted, &rules);
        let mut notes = Vec::new();
        if verdict == Verdict::Missing
            && self
                .coverage(subject.scope, &rules, Standing::Others, &all)
                .uncovered
                .is_empty()
        {
            notes.push(Note {
                reason: Reason::PermittedByAnotherClaim,
                message: format!(
                    "{} passes only by a rule that another object holds: this object joins it",
                    self.resource()
                ),
            });
        }
        let asks = self.asks.iter().map(|ask| AskedUnit {
            request: ask.request.clone(),
            needed: !self
                .coverage(subject.scope, &rules, Standing::Foreign, &ask.flow)
                .uncovered
                .is_empty(),
        });
        let mut judged = gate(
            kind,
            self.resource(),
            PathDirection::Forward,
            verdict,
            reason,
        );
        judged.evidence = counted.evidence.into_iter().collect();
        judged.message = message;
        judged.remedy = say::rule_remedy(
            verdict,
            self.asks.first().map(|ask| ask.request.preferred()),
        );
        Judged {
            gate: judged,
            asks: asks.collect(),
            notes,
            unclaimed: Vec::new(),
            required_entries: Vec::new(),
        }
    }

    /// The group that the gate is named for: the one that would be changed, else the first.
    fn resource(&self) -> String {
        let changed = self
            .asks
            .first()
            .map(|ask| ask.request.preferred().resource().to_owned());
        changed
            .or_else(|| self.groups.first().map(ToString::to_string))
            .unwrap_or_default()
    }

    fn verdict(
        &self,
        scope: &ScopeSnapshot,
        counted: &Coverage,
        rules: &[(&SecurityGroupRule, Standing)],
    ) -> (Verdict, Reason, String) {
        let flow = self.describe(self.flow.iter().map(|end| end.block));
        if counted.uncovered.is_empty() {
            let by = counted
                .evidence
                .iter()
                .cloned()
                .collect::<Vec<_>>()
                .join(", ");
            return (
                Verdict::Permitted,
                Reason::Permitted,
                format!("{flow} passes by {by}"),
            );
        }
        let lacking = self.describe(counted.uncovered.iter().copied());
        if let Some(list) = self.unread_list(scope, rules) {
            let message = format!(
                "{lacking} may pass by prefix list {list}, whose entries were not read \
                 (ec2:GetManagedPrefixListEntries)"
            );
            return (Verdict::Unknown, Reason::NotObserved, message);
        }
        let groups = self
            .groups
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let way = say::way(self.direction);
        if rules.is_empty() {
            let message = format!("{groups} has no {way} rule at all, so {lacking} does not pass");
            return (Verdict::Missing, Reason::SecurityGroupHasNoRules, message);
        }
        let message = format!("no {way} rule of {groups} permits {lacking}");
        (Verdict::Missing, Reason::NoSecurityGroupRule, message)
    }

    fn describe(&self, blocks: impl Iterator<Item = IpNet>) -> String {
        let word = match self.direction {
            RuleDirection::Egress => "to",
            RuleDirection::Ingress => "from",
        };
        format!("tcp {} {word} {}", self.port, say::blocks(blocks))
    }

    /// The rules of this direction with their standing.
    fn rules<'s>(
        &self,
        subject: &Subject<'s>,
        held: &BTreeSet<Unit>,
    ) -> Vec<(&'s SecurityGroupRule, Standing)> {
        let Ok(groups) = subject.scope.security_groups.known() else {
            return Vec::new();
        };
        let groups = self.groups.iter().filter_map(|id| groups.get(id));
        let rules = groups.flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
        let mut rules: Vec<_> = rules
            .filter(|(_, rule)| rule.direction == self.direction)
            .map(|(group, rule)| (rule, standing(group, rule, subject, held)))
            .collect();
        rules.sort();
        rules
    }

    /// A prefix list that a rule for this port admits and whose entries were not read.
    fn unread_list(
        &self,
        scope: &ScopeSnapshot,
        rules: &[(&SecurityGroupRule, Standing)],
    ) -> Option<PrefixListId> {
        let mut rules = rules.iter().filter(|(rule, _)| opens(rule, self.port));
        rules.find_map(|(rule, _)| match &rule.peer {
            Peer::PrefixList(list) if entries(scope, list).is_none() => Some(list.clone()),
            _ => None,
        })
    }

    /// What the rules of a standing up to `up_to` leave of some ends of the flow.
    fn coverage(
        &self,
        scope: &ScopeSnapshot,
        rules: &[(&SecurityGroupRule, Standing)],
        up_to: Standing,
        flow: &[usize],
    ) -> Coverage {
        let mut coverage = Coverage::default();
        let mut left = Vec::new();
        let counted = rules
            .iter()
            .filter(|(rule, standing)| *standing <= up_to && opens(rule, self.port));
        let counted: Vec<&SecurityGroupRule> = counted.map(|(rule, _)| *rule).collect();
        for end in flow.iter().filter_map(|&place| self.flow.get(place)) {
            let mut admitted: Vec<(IpNet, &SecurityGroupRule)> = Vec::new();
            for rule in &counted {
                match &rule.peer {
                    Peer::Cidr(cidr) => admitted.push((*cidr, rule)),
                    Peer::PrefixList(list) => {
                        admitted.extend(
                            entries(scope, list)
                                .into_iter()
                                .flatten()
                                .map(|cidr| (*cidr, *rule)),
                        );
                    }
                    Peer::SecurityGroup(group) if self.references && end.groups.contains(group) => {
                        admitted.push((end.block, rule));
                    }
                    Peer::SecurityGroup(_) => {}
                }
            }
            // The widest first, so that the evidence names as few rules as do it.
            admitted.sort_by_key(|(cidr, rule)| (cidr.prefix_len(), *rule));
            let items: Vec<_> = admitted.iter().collect();
            divide(
                end.block,
                &items,
                &|item| item.0,
                &|_| true,
                &mut |part, held_by| match held_by.first() {
                    Some((_, rule)) => {
                        coverage.evidence.insert(say::rule(rule));
                    }
                    None => left.push(part),
                },
            );
        }
        coverage.uncovered = IpNet::aggregate(&left);
        coverage
    }
}

fn standing(
    group: &SecurityGroup,
    rule: &SecurityGroupRule,
    subject: &Subject<'_>,
    held: &BTreeSet<Unit>,
) -> Standing {
    let is_held = || {
        rule.protocol == Protocol::Tcp
            && held.contains(&Unit::rule(
                &group.id,
                rule.direction,
                rule.ports,
                rule.peer.clone(),
            ))
    };
    if rule.id.is_none() {
        // Grouped permissions carry no tags: what the ledger holds is ours, all else is taken for foreign.
        return if is_held() {
            Standing::Held
        } else {
            Standing::Foreign
        };
    }
    let claims = RuleClaims::of(rule, subject.owner);
    match (claims.managed, claims.own) {
        (false, _) => Standing::Foreign,
        (true, Some(ClaimState::Active)) if is_held() => Standing::Held,
        (true, _) => Standing::Others,
    }
}

/// Whether a rule opens a TCP port.
fn opens(rule: &SecurityGroupRule, port: u16) -> bool {
    match rule.protocol {
        Protocol::All => true,
        Protocol::Tcp => rule.ports.covers(&PortRange::one(port)),
        Protocol::Other(_) => false,
    }
}

fn entries<'s>(scope: &'s ScopeSnapshot, list: &PrefixListId) -> Option<&'s Vec<IpNet>> {
    scope
        .prefix_lists
        .known()
        .ok()?
        .get(list)?
        .entries
        .known()
        .ok()
}
