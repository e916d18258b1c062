//! Places what is needed: which group, which number, and whether there is room. Whole paths, or nothing of them.

use super::{Input, Planned, Standing, guard, seen};
use crate::{
    api::{self, EndpointName, Reason, Refusal, RuleDirection, RuleNumber, Target, Unit, Verdict},
    claims::{
        acl_claims,
        entry_number::{NewNumber, new_number},
    },
    network::{PortRange, route::entries_of},
    snapshot::{NetworkAcl, Peer, ScopeSnapshot, SecurityGroup, TAGS_PER_RESOURCE},
    trace::{Path, UnitRequest},
};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// What could be placed.
#[derive(Default)]
pub(super) struct Placed {
    pub(super) additions: BTreeMap<Unit, Planned>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) refused: BTreeSet<usize>,
}

/// One unit that a Missing path needs.
struct Need<'a> {
    path: usize,
    endpoint: &'a EndpointName,
    port: u16,
    request: &'a UnitRequest,
    /// The form of the request that is added.
    unit: &'a Unit,
}

/// Places the units of every Missing path, refusing as few paths as it takes in their order.
pub(super) fn place(input: &Input<'_>, paths: &[Path]) -> Placed {
    let mut placed = Placed::default();
    let mut full = BTreeSet::new();
    let all = needs(input, paths, &placed.refused, &full);
    refuse_what_is_not_given(input, &all, &mut placed);
    loop {
        let open = needs(input, paths, &placed.refused, &full);
        let wanted = without_covered(&open, input);
        let mut room = Room::new(input);
        let mut all_fit = true;
        let known_full = full.clone();
        for of_path in open.chunk_by(|a, b| a.path == b.path) {
            let Err((need, refusal)) = room.take_all(of_path, &wanted) else {
                continue;
            };
            all_fit = false;
            // Another form of the unit may find room: the same comes back only where there is none.
            if known_full.contains(need.unit) {
                placed.refused.insert(need.path);
                placed.refusals.push(refusal);
            } else {
                full.insert(need.unit.clone());
            }
        }
        if all_fit {
            placed.additions = room.numbered(wanted);
            return placed;
        }
    }
}

/// The units that Missing paths need, in the order of the paths, but for the refused ones; the units in `full` are
/// known to have no room.
fn needs<'a>(
    input: &Input<'_>,
    paths: &'a [Path],
    refused: &BTreeSet<usize>,
    full: &BTreeSet<Unit>,
) -> Vec<Need<'a>> {
    let missing = |(place, path): &(usize, &Path)| {
        path.status.verdict == Verdict::Missing && !refused.contains(place)
    };
    let needs = paths.iter().enumerate().filter(missing);
    let needs = needs.flat_map(|(place, path)| {
        let needed = path.asks.iter().filter(|ask| ask.needed);
        needed.map(move |ask| Need {
            path: place,
            endpoint: &path.status.endpoint,
            port: path.status.port,
            request: &ask.request,
            unit: choose(&ask.request, input, full),
        })
    });
    let mut needs: Vec<Need<'_>> = needs.collect();
    share_forms(&mut needs, input);
    needs
}

/// Leaves out a unit where each request for it has another form that is needed anyway.
fn share_forms(needs: &mut [Need<'_>], input: &Input<'_>) {
    let mut for_unit: BTreeMap<&Unit, Vec<usize>> = BTreeMap::new();
    for (place, need) in needs.iter().enumerate() {
        for_unit.entry(need.unit).or_default().push(place);
    }
    let chosen: Vec<&Unit> = for_unit.keys().copied().collect();
    for unit in chosen {
        let other = |place: usize, for_unit: &BTreeMap<&Unit, Vec<usize>>| {
            let mut forms = needs[place].request.forms();
            forms.find(|form| *form != unit && for_unit.contains_key(form))
        };
        let places = for_unit.get(unit).cloned().unwrap_or_default();
        let others = places.iter().map(|place| other(*place, &for_unit));
        let others: Option<Vec<&Unit>> = others.collect();
        let Some(others) = others.filter(|_| !input.ledger.holds(unit)) else {
            continue;
        };
        for_unit.remove(unit);
        for (place, other) in places.into_iter().zip(others) {
            needs[place].unit = other;
            for_unit.entry(other).or_default().push(place);
        }
    }
}

/// The form that the object holds already; else the first whose resource has consent and room; else consent alone.
fn choose<'r>(request: &'r UnitRequest, input: &Input<'_>, full: &BTreeSet<Unit>) -> &'r Unit {
    let consenting = || {
        let forms = request.forms();
        forms.filter(|unit| guard::has_consent(unit, input))
    };
    request
        .held(input.ledger)
        .or_else(|| consenting().find(|unit| !full.contains(unit)))
        .or_else(|| consenting().next())
        .unwrap_or(request.preferred())
}

fn standing(unit: &Unit, input: &Input<'_>) -> Standing {
    let found = seen(unit, input);
    match (found.stands && input.ledger.holds(unit), found.joinable) {
        (true, _) => Standing::Stands,
        (false, true) => Standing::Join,
        (false, false) => Standing::Create,
    }
}

/// Guardrails and consent bind additions alone: what stands already is not needed again.
fn refuse_what_is_not_given(input: &Input<'_>, needs: &[Need<'_>], placed: &mut Placed) {
    let mut lacking = BTreeSet::new();
    for need in needs {
        if let Some(refusal) = guard::limit(need.unit, need.port, input) {
            placed.refused.insert(need.path);
            placed.refusals.push(refusal);
        }
        if !guard::has_consent(need.unit, input) {
            placed.refused.insert(need.path);
            lacking.insert(need.unit);
        }
    }
    placed.refusals.extend(guard::consent(&lacking, input));
    placed.refusals.sort();
    placed.refusals.dedup();
}

/// The additions: a needed unit that lies within another needed one is left out.
fn without_covered(open: &[Need<'_>], input: &Input<'_>) -> BTreeMap<Unit, Planned> {
    let mut callers: BTreeMap<&Unit, BTreeSet<EndpointName>> = BTreeMap::new();
    for need in open {
        let callers = callers.entry(need.unit).or_default();
        callers.insert(need.endpoint.clone());
    }
    let needed = Needed::new(callers.keys().copied());
    let wanted = callers.into_iter().filter(|(unit, _)| !needed.hold(unit));
    let wanted = wanted.map(|(unit, endpoints)| {
        let planned = Planned {
            endpoints,
            standing: standing(unit, input),
            rule_number: seen(unit, input).number,
        };
        (unit.clone(), planned)
    });
    wanted.collect()
}

/// Needed units by what they are on and by their ports, so that a wider one is found by its block.
#[derive(Default)]
struct Needed<'a>(BTreeMap<(&'a Target, RuleDirection), ByPorts<'a>>);

type ByPorts<'a> = BTreeMap<PortRange, BTreeSet<&'a api::Peer>>;

impl<'a> Needed<'a> {
    fn new(units: impl Iterator<Item = &'a Unit>) -> Self {
        let mut needed = Self::default();
        for unit in units {
            let place = needed.0.entry((&unit.target, unit.direction)).or_default();
            place.entry(unit.ports()).or_default().insert(&unit.peer);
        }
        needed
    }

    /// Whether all that a unit opens, another one of them opens too.
    fn hold(&self, unit: &Unit) -> bool {
        let by_ports = self.0.get(&(&unit.target, unit.direction));
        let by_ports = by_ports.into_iter().flatten();
        let mut holding = by_ports.filter(|(ports, _)| ports.covers(&unit.ports()));
        holding.any(|(ports, peers)| {
            let wider_ports = *ports != unit.ports() && peers.contains(&unit.peer);
            wider_ports || wider_blocks(unit).any(|peer| peers.contains(&peer))
        })
    }
}

/// The blocks that hold the block of a unit and more.
fn wider_blocks(unit: &Unit) -> impl Iterator<Item = api::Peer> {
    let blocks = std::iter::successors(unit.cidr(), IpNet::supernet).skip(1);
    blocks.map(|cidr| api::Peer::Cidr { cidr })
}

/// The room that is left on every resource, as additions take it.
struct Room<'a> {
    input: &'a Input<'a>,
    taken: BTreeMap<Unit, Option<RuleNumber>>,
}

impl<'a> Room<'a> {
    fn new(input: &'a Input<'a>) -> Self {
        Self {
            input,
            taken: BTreeMap::new(),
        }
    }

    /// Takes the room of all units of a path.
    ///
    /// # Errors
    /// The first of them that has no room, with the refusal: then the others take none.
    fn take_all<'n>(
        &mut self,
        needs: &'n [Need<'n>],
        wanted: &BTreeMap<Unit, Planned>,
    ) -> Result<(), (&'n Need<'n>, Refusal)> {
        let before = self.taken.clone();
        for need in needs {
            let planned = wanted.get(need.unit);
            let taken = planned.map_or(Ok(()), |planned| self.take(need.unit, planned));
            if let Err(refusal) = taken {
                self.taken = before;
                return Err((need, refusal));
            }
        }
        Ok(())
    }

    /// Takes the room of a unit.
    ///
    /// # Errors
    /// The refusal, with the figures, where there is none.
    fn take(&mut self, unit: &Unit, planned: &Planned) -> Result<(), Refusal> {
        if self.taken.contains_key(unit) || planned.standing != Standing::Create {
            return Ok(());
        }
        let scope = self.input.scope;
        let number = match &unit.target {
            Target::SecurityGroupRule(id) => {
                if let Some(group) = scope
                    .security_groups
                    .known()
                    .ok()
                    .and_then(|groups| groups.get(id))
                {
                    self.rule_room(group, unit)?;
                }
                None
            }
            Target::NetworkACLEntry(id) => match scope
                .network_acls
                .known()
                .ok()
                .and_then(|acls| acls.get(id))
            {
                Some(acl) => Some(self.entry_room(acl, unit)?),
                None => None,
            },
        };
        self.taken.insert(unit.clone(), number);
        Ok(())
    }

    fn rule_room(&self, group: &SecurityGroup, unit: &Unit) -> Result<(), Refusal> {
        let quota = self.input.scope.quotas.rules_per_security_group;
        for v6 in [false, true] {
            if !counts_in(unit.cidr(), v6) {
                continue;
            }
            let there = rules_there(group, unit.direction, v6, self.input.scope);
            let added = self
                .taken_on(unit)
                .filter(|other| counts_in(other.cidr(), v6))
                .count();
            if count(there, added) >= quota {
                let family = if v6 { "IPv6" } else { "IPv4" };
                let what = format!("{} rules of {family}", unit.direction);
                return Err(full(
                    unit,
                    &what,
                    there,
                    added,
                    quota,
                    "rules per security group (L-0EA8095F)",
                ));
            }
        }
        Ok(())
    }

    fn entry_room(&self, acl: &NetworkAcl, unit: &Unit) -> Result<RuleNumber, Refusal> {
        let range = self.input.owner.entry_range();
        let intruder = acl_claims(acl)
            .find(|claim| !claim.is_of(self.input.owner) && range.contains(claim.number));
        if let Some(claim) = intruder {
            return Err(refusal(
                unit,
                Reason::EntryRangeShared,
                vec![claim.key()],
                format!(
                    "deployment {} claims entry {} of {}, in this deployment's range {range}",
                    claim.owner, claim.number, acl.id
                ),
            ));
        }
        let v6 = matches!(unit.cidr(), Some(IpNet::V6(_)));
        let quota = self.input.scope.quotas.entries_per_network_acl;
        let there = entries_there(acl, unit.direction, v6);
        let added = self
            .taken_on(unit)
            .filter(|other| counts_in(other.cidr(), v6))
            .count();
        if count(there, added) >= quota {
            let what = format!(
                "{} entries of {}",
                unit.direction,
                if v6 { "IPv6" } else { "IPv4" }
            );
            return Err(full(
                unit,
                &what,
                there,
                added,
                quota,
                "rules per network ACL (L-2AEEBF1A)",
            ));
        }
        let taken = self
            .taken
            .iter()
            .filter(|(other, _)| other.target == unit.target && other.direction == unit.direction);
        let taken: BTreeSet<RuleNumber> = taken.filter_map(|(_, number)| *number).collect();
        match new_number(acl, unit, self.input.owner, &taken) {
            // Its tag is there already.
            Some(NewNumber::Claimed(number)) => Ok(number),
            Some(NewNumber::Free(number)) => {
                self.tag_room(acl, unit)?;
                Ok(number)
            }
            None => {
                let message = format!(
                    "no number of {range} is free on {} behind the denies that must keep their force",
                    acl.id
                );
                Err(refusal(unit, Reason::NoEntryNumber, Vec::new(), message))
            }
        }
    }

    /// A claim is a tag of the ACL.
    fn tag_room(&self, acl: &NetworkAcl, unit: &Unit) -> Result<(), Refusal> {
        let there = count(0, acl.tags.len());
        let claims = self
            .taken
            .keys()
            .filter(|other| other.target == unit.target);
        let added = claims.count();
        let quota = count(0, TAGS_PER_RESOURCE);
        if count(there, added) >= quota {
            let name = "tags per resource (not adjustable)";
            return Err(full(unit, "tags", there, added, quota, name));
        }
        Ok(())
    }

    fn taken_on<'s>(&'s self, unit: &'s Unit) -> impl Iterator<Item = &'s Unit> {
        self.taken
            .keys()
            .filter(|other| other.target == unit.target && other.direction == unit.direction)
    }

    fn numbered(&self, mut wanted: BTreeMap<Unit, Planned>) -> BTreeMap<Unit, Planned> {
        for (unit, planned) in &mut wanted {
            planned.rule_number = planned
                .rule_number
                .or_else(|| self.taken.get(unit).copied().flatten());
        }
        wanted
    }
}

fn count(there: u32, more: usize) -> u32 {
    there.saturating_add(u32::try_from(more).unwrap_or(u32::MAX))
}

/// How many rules of a direction and family a group has, as the quota counts them.
pub(super) fn rules_there(
    group: &SecurityGroup,
    direction: RuleDirection,
    v6: bool,
    scope: &ScopeSnapshot,
) -> u32 {
    let rules = group
        .rules
        .iter()
        .filter(|rule| rule.direction == direction);
    rules.map(|rule| weight(&rule.peer, v6, scope)).sum()
}

/// How many entries of a direction and family an ACL has, as the quota counts them: with the default deny, which some
/// answers do not show.
pub(super) fn entries_there(acl: &NetworkAcl, direction: RuleDirection, v6: bool) -> u32 {
    let entries = || {
        acl.entries.iter().filter(|entry| {
            entry.direction == direction && matches!(entry.cidr, IpNet::V6(_)) == v6
        })
    };
    let shows_default = entries().any(|entry| entry.number > 32766);
    count(0, entries().count() + usize::from(!shows_default))
}

/// Whether a unit counts towards the rules of a family: a reference to a group counts in both.
pub(super) fn counts_in(cidr: Option<IpNet>, v6: bool) -> bool {
    cidr.is_none_or(|cidr| matches!(cidr, IpNet::V6(_)) == v6)
}

/// How many rules of a family a peer counts as: VPC User Guide, "Amazon VPC quotas", security groups. A prefix list is
/// of one family, which its entries tell.
fn weight(peer: &Peer, v6: bool, scope: &ScopeSnapshot) -> u32 {
    match peer {
        Peer::Cidr(cidr) => u32::from(counts_in(Some(*cidr), v6)),
        Peer::SecurityGroup(_) => 1,
        Peer::PrefixList(id) => {
            let entries = entries_of(id, &scope.prefix_lists).and_then(|entries| entries.first());
            if !counts_in(entries.copied(), v6) {
                return 0;
            }
            let list = scope.prefix_lists.known().ok();
            let list = list.and_then(|lists| lists.get(id));
            list.and_then(|list| list.weight).unwrap_or(1)
        }
    }
}

fn refusal(unit: &Unit, reason: Reason, evidence: Vec<String>, message: String) -> Refusal {
    Refusal {
        resource: unit.resource().to_owned(),
        reason,
        evidence,
        message,
        remedy: Some(reason.remedy().to_owned()),
    }
}

fn full(unit: &Unit, what: &str, there: u32, added: usize, quota: u32, name: &str) -> Refusal {
    refusal(
        unit,
        Reason::QuotaExceeded,
        vec![format!("{there} of {quota} used")],
        format!(
            "{} has {there} {what}, {added} more are planned, and no other fits: the quota is {quota} {name}",
            unit.resource()
        ),
    )
}
