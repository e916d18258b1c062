//! Judges a gate by the rules of security groups: their union, allow only, stateful.

use super::{
    AskedUnit, End, Subject,
    check::{Ask, Judged},
    say,
};
use crate::{
    api::{GateKind, Note, PathDirection, PrefixListId, Reason, RuleDirection, Unit, Verdict},
    claims::{ClaimState, RuleClaims},
    network::{PortRange, divide, overlaps, route::entries_of},
    snapshot::{Peer, Protocol, ScopeSnapshot, SecurityGroup, SecurityGroupRule},
};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// The rules of the groups that one interface carries, and a flow that they must permit.
#[derive(Clone)]
pub(super) struct GroupCheck<'a> {
    /// Where they were read.
    pub(super) scope: &'a ScopeSnapshot,
    /// The groups.
    pub(super) groups: Vec<&'a SecurityGroup>,
    /// Egress for whoever opens the connection, ingress for whoever answers.
    pub(super) direction: RuleDirection,
    /// What they must permit.
    pub(super) flow: GroupFlow,
}

/// A flow that security groups must permit.
#[derive(Clone)]
pub(super) struct GroupFlow {
    /// The port that is dialled.
    pub(super) port: u16,
    /// The other side.
    pub(super) ends: Vec<End>,
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
    /// Made by this controller, and kept alive by others or being released.
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

impl GroupCheck<'_> {
    pub(super) fn judge(&self, subject: &Subject<'_>, held: &BTreeSet<Unit>) -> Judged {
        let rules = self.rules(subject, held);
        let scope = self.scope;
        let coverage = |up_to, ends: &[&End]| self.coverage(scope, &rules, up_to, ends);
        let all: Vec<&End> = self.flow.ends.iter().collect();
        let counted = coverage(Standing::Held, &all);
        let (verdict, reason, message) = self.verdict(scope, &counted, &rules);
        let by_others = || coverage(Standing::Others, &all).uncovered.is_empty();
        let joins = verdict == Verdict::Missing && by_others();
        let asks = self.flow.asks.iter().map(|ask| {
            let ends = ask.flow.iter();
            let ends: Vec<&End> = ends.filter_map(|&i| self.flow.ends.get(i)).collect();
            AskedUnit {
                request: ask.request.clone(),
                needed: !coverage(Standing::Held, &ends).uncovered.is_empty(),
            }
        });
        let mut gate = say::gate(
            GateKind::of_group(self.direction),
            self.resource(subject),
            PathDirection::Forward,
            verdict,
            reason,
            message,
        );
        gate.remedy = self.remedy(verdict, self.unread_list(scope, &rules));
        let asks = asks.collect();
        gate.evidence = counted.evidence.into_iter().collect();
        let notes = joins.then(|| Note {
            reason: Reason::PermittedByAnotherClaim,
            message: format!(
                "{} passes only by a rule that another object holds, or that is being released: this object joins it",
                gate.resource
            ),
        });
        Judged {
            gate,
            asks,
            notes: notes.into_iter().collect(),
            required: Vec::new(),
        }
    }

    /// The group that the gate is named for: the one that holds or would hold our rule, else the first.
    fn resource(&self, subject: &Subject<'_>) -> String {
        let request = self.flow.asks.first().map(|ask| &ask.request);
        let unit = request.map(|request| {
            let held = request.held(subject.ledger);
            held.unwrap_or(request.preferred())
        });
        let first = || self.groups.first().map(|group| group.id.as_str());
        let resource = unit.map(Unit::resource).or_else(first);
        resource.unwrap_or_default().to_owned()
    }

    /// What will happen, or what a person can do.
    fn remedy(&self, verdict: Verdict, unread: Option<PrefixListId>) -> Option<String> {
        match verdict {
            Verdict::Missing => {
                let units = self.flow.asks.iter().map(|ask| ask.request.preferred());
                Some(format!("the controller adds {}", say::list(units)))
            }
            Verdict::Unknown => unread.as_ref().map(say::read_prefix_list),
            _ => None,
        }
    }

    fn verdict(
        &self,
        scope: &ScopeSnapshot,
        counted: &Coverage,
        rules: &[(&SecurityGroupRule, Standing)],
    ) -> (Verdict, Reason, String) {
        if counted.uncovered.is_empty() {
            let flow = self.describe(self.flow.ends.iter().map(|end| end.block));
            let message = format!("{flow} passes by {}", say::list(&counted.evidence));
            return (Verdict::Permitted, Reason::Permitted, message);
        }
        let lacking = self.describe(counted.uncovered.iter().copied());
        if let Some(list) = self.unread_list(scope, rules) {
            let message = format!(
                "{lacking} may pass by prefix list {list}, whose entries were not read \
                 (ec2:GetManagedPrefixListEntries)"
            );
            return (Verdict::Unknown, Reason::NotObserved, message);
        }
        let groups = say::list(self.groups.iter().map(|group| &group.id));
        let way = say::way(self.direction);
        if !self.has_rules() {
            let message = format!("{groups} has no {way} rule at all, so {lacking} does not pass");
            return (Verdict::Missing, Reason::SecurityGroupHasNoRules, message);
        }
        let message = format!("no {way} rule of {groups} permits {lacking}");
        (Verdict::Missing, Reason::NoSecurityGroupRule, message)
    }

    fn describe(&self, blocks: impl Iterator<Item = IpNet>) -> String {
        say::flow(self.flow.port, self.direction, blocks)
    }

    /// Whether there is any rule of this direction.
    fn has_rules(&self) -> bool {
        let mut rules = self.groups.iter().flat_map(|group| &group.rules);
        rules.any(|rule| rule.direction == self.direction)
    }

    /// Whether a rule may permit a part of the flow.
    fn concerns(&self, rule: &SecurityGroupRule) -> bool {
        let mut ends = self.flow.ends.iter();
        let meets = match &rule.peer {
            Peer::Cidr(cidr) => ends.any(|end| overlaps(cidr, &end.block)),
            Peer::PrefixList(_) | Peer::SecurityGroup(_) => true,
        };
        rule.direction == self.direction && meets && opens(rule, self.flow.port)
    }

    /// The rules that may permit a part of the flow, with their standing.
    fn rules(
        &self,
        subject: &Subject<'_>,
        held: &BTreeSet<Unit>,
    ) -> Vec<(&SecurityGroupRule, Standing)> {
        let groups = self.groups.iter();
        let rules = groups.flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
        let mut rules: Vec<_> = rules
            .filter(|(_, rule)| self.concerns(rule))
            .map(|(group, rule)| (rule, standing(group, rule, subject, held)))
            .collect();
        rules.sort();
        rules
    }

    /// A prefix list that a rule admits and whose entries were not read.
    fn unread_list(
        &self,
        scope: &ScopeSnapshot,
        rules: &[(&SecurityGroupRule, Standing)],
    ) -> Option<PrefixListId> {
        rules.iter().find_map(|(rule, _)| match &rule.peer {
            Peer::PrefixList(list) if entries_of(list, &scope.prefix_lists).is_none() => {
                Some(list.clone())
            }
            _ => None,
        })
    }

    /// What the rules of a standing up to `up_to` leave of some ends of the flow.
    fn coverage(
        &self,
        scope: &ScopeSnapshot,
        rules: &[(&SecurityGroupRule, Standing)],
        up_to: Standing,
        ends: &[&End],
    ) -> Coverage {
        let counted = rules.iter().filter(|(_, standing)| *standing <= up_to);
        // Of the rules that name one peer the first says it all: a prefix list is long, and many rules may name it.
        let mut named = BTreeSet::new();
        let counted = counted.map(|(rule, _)| *rule);
        let counted = counted.filter(|rule| named.insert(&rule.peer));
        let counted: Vec<&SecurityGroupRule> = counted.collect();
        let mut coverage = Coverage::default();
        let mut left = Vec::new();
        for end in ends {
            let mut admitted: Vec<(IpNet, &SecurityGroupRule)> = Vec::new();
            for rule in &counted {
                let blocks = self.admits(rule, end, scope).iter();
                let blocks = blocks.filter(|block| overlaps(block, &end.block));
                admitted.extend(blocks.map(|block| (*block, *rule)));
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

    /// The blocks that a rule admits of an end: a reference stands for the whole end that carries the group.
    fn admits<'s>(
        &self,
        rule: &'s SecurityGroupRule,
        end: &'s End,
        scope: &'s ScopeSnapshot,
    ) -> &'s [IpNet] {
        match &rule.peer {
            Peer::Cidr(cidr) => std::slice::from_ref(cidr),
            Peer::PrefixList(list) => {
                entries_of(list, &scope.prefix_lists).map_or(&[], Vec::as_slice)
            }
            Peer::SecurityGroup(group) if self.flow.references && end.groups.contains(group) => {
                std::slice::from_ref(&end.block)
            }
            Peer::SecurityGroup(_) => &[],
        }
    }
}

fn standing(
    group: &SecurityGroup,
    rule: &SecurityGroupRule,
    subject: &Subject<'_>,
    held: &BTreeSet<Unit>,
) -> Standing {
    let is_held = || {
        let peer = rule.peer.clone();
        rule.protocol == Protocol::Tcp
            && held.contains(&Unit::rule(&group.id, rule.direction, rule.ports, peer))
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
pub(super) fn opens(rule: &SecurityGroupRule, port: u16) -> bool {
    match rule.protocol {
        Protocol::All => true,
        Protocol::Tcp => rule.ports.covers(&PortRange::one(port)),
        Protocol::Other(_) => false,
    }
}
