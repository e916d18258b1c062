//! What to add, what to release, what a person must do: decided from the paths, the claims and the guardrails.
//!
//! A unit that is needed is added whole or its path is refused: quotas, entry numbers, consent and limits are looked
//! at before the first call. What an object adds depends on nothing but its declaration, the account's guardrails and
//! the snapshot.

mod after;
mod covered;
mod document;
mod guard;
mod outlook;
mod place;
mod pressure;
mod requirements;
mod room;

pub use after::{after, carry_out};
pub use document::document;
pub use outlook::{Outlook, outlook};
pub use pressure::{Pressure, pressure};

use crate::{
    api::{
        EndpointName, MigrationNetworkSpec, Mode, Reason, Refusal, Requirement, RuleNumber, Target,
        Unit, Verdict,
    },
    claims::{ClaimState, Ledger, LedgerEntry, Owner, RuleClaims, acl_claims},
    scopes::{Guardrails, Scopes},
    trace::{Path, Subject, Unresolved, trace},
};
use std::collections::{BTreeMap, BTreeSet};

/// What a plan is made from, for one object.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The object's namespace.
    pub namespace: &'a str,
    /// The object's name.
    pub name: &'a str,
    /// The declaration.
    pub spec: &'a MigrationNetworkSpec,
    /// What the object holds in `scopes`.
    pub ledger: &'a Ledger,
    /// The deployment whose claims are ours.
    pub owner: &'a Owner,
    /// What was read, and what the owners of the accounts gave.
    pub scopes: &'a Scopes<'a>,
    /// Whether nothing is called for any more: the object is being deleted, or has expired.
    pub ended: bool,
}

impl Input<'_> {
    /// The lowest of the object's mode and the `maxMode` of all accounts that it has to do with: a path that ends in
    /// another account is of no use half open.
    #[must_use]
    pub fn mode(&self) -> Mode {
        let guardrails = self.scopes.views().filter_map(|view| view.guardrails);
        let bounds = guardrails.map(|given| given.account.max_mode);
        bounds.fold(self.spec.mode, Mode::min)
    }
}

/// What to do for one object.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The paths that were traced.
    pub paths: Vec<Path>,
    /// Every unit that the object holds or will hold.
    pub units: BTreeMap<Unit, Planned>,
    /// The units of its ledger that are called for no more, with the endpoints that called for them.
    pub releases: BTreeMap<Unit, BTreeSet<EndpointName>>,
    /// What others must allow.
    pub requirements: Vec<Requirement>,
    /// What is not added, and why.
    pub refusals: Vec<Refusal>,
    /// The paths that are refused, by their place.
    pub refused: BTreeSet<usize>,
    /// Why there is no path at all.
    pub unresolved: Option<Unresolved>,
}

/// A unit of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The endpoints that call for it.
    pub endpoints: BTreeSet<EndpointName>,
    /// How it stands in AWS.
    pub standing: Standing,
    /// The number of its entry, in a network ACL.
    pub rule_number: Option<RuleNumber>,
}

/// How a unit stands in AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is there, claimed by this deployment, and in the object's ledger.
    Stands,
    /// It is there by a claim, and is to be joined.
    Join,
    /// It is to be made.
    Create,
    /// It is kept as it is: its path was cut short, so that nothing is known of its need.
    Kept,
}

impl Planned {
    /// Whether something is to be done for it.
    #[must_use]
    pub fn is_addition(&self) -> bool {
        matches!(self.standing, Standing::Join | Standing::Create)
    }
}

impl Plan {
    /// One that changes nothing of what an object holds.
    #[must_use]
    pub fn kept(ledger: &Ledger) -> Self {
        let units = ledger.iter().map(|(unit, entry)| {
            let planned = Planned {
                endpoints: entry.endpoints.clone(),
                standing: Standing::Kept,
                rule_number: entry.rule_number,
            };
            (unit.clone(), planned)
        });
        Self {
            units: units.collect(),
            ..Self::default()
        }
    }

    /// The object's ledger once it is carried out.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        let ledger = self.units.iter().map(|(unit, planned)| {
            let entry = LedgerEntry {
                endpoints: planned.endpoints.clone(),
                ..LedgerEntry::default()
            };
            (unit.clone(), entry)
        });
        ledger.collect()
    }

    /// The units to add, sorted.
    pub fn additions(&self) -> impl Iterator<Item = (&Unit, &Planned)> {
        self.units
            .iter()
            .filter(|(_, planned)| planned.is_addition())
    }
}

/// Plans for one object.
#[must_use]
pub fn plan(input: &Input<'_>) -> Plan {
    if input.ended {
        return Plan {
            releases: released(input.ledger),
            ..Plan::default()
        };
    }
    let not_given = |given: &Guardrails<'_>| !given.namespace_allowed;
    let home = input.scopes.home;
    if let Some(given) = home.guardrails.filter(not_given) {
        return Plan {
            refusals: vec![guard::namespace(input.namespace, &given)],
            ..kept_whole(input)
        };
    }
    let subject = Subject {
        namespace: input.namespace,
        spec: input.spec,
        ledger: input.ledger,
        owner: input.owner,
        scopes: input.scopes,
    };
    match trace(&subject) {
        Err(unresolved) => Plan {
            unresolved: Some(unresolved),
            ..kept_whole(input)
        },
        Ok(paths) => of_paths(input, paths),
    }
}

/// A plan that changes nothing: nothing is known of any need.
fn kept_whole(input: &Input<'_>) -> Plan {
    let mut plan = Plan::kept(input.ledger);
    for (unit, planned) in &mut plan.units {
        planned.rule_number = seen(unit, input).number;
    }
    plan
}

fn released(ledger: &Ledger) -> BTreeMap<Unit, BTreeSet<EndpointName>> {
    let units = ledger.iter();
    units
        .map(|(unit, entry)| (unit.clone(), entry.endpoints.clone()))
        .collect()
}

fn of_paths(input: &Input<'_>, paths: Vec<Path>) -> Plan {
    let mut plan = Plan {
        requirements: requirements::requirements(&paths, input),
        refusals: denies(&paths).chain(not_given(input)).collect(),
        ..Plan::default()
    };
    let placed = place::place(input, &paths);
    plan.refusals.extend(placed.refusals);
    plan.refusals.sort();
    plan.refusals.dedup();
    plan.refused = placed.refused;
    keep(input, &paths, &mut plan);
    for (unit, mut planned) in placed.additions {
        let held = plan.units.remove(&unit);
        planned
            .endpoints
            .extend(held.into_iter().flat_map(|held| held.endpoints));
        plan.units.insert(unit, planned);
    }
    plan.paths = paths;
    plan
}

/// Sorts the ledger into what stays and what goes.
fn keep(input: &Input<'_>, paths: &[Path], plan: &mut Plan) {
    let mut called: BTreeMap<&Unit, BTreeSet<EndpointName>> = BTreeMap::new();
    for path in paths {
        for unit in path
            .asks
            .iter()
            .filter_map(|ask| ask.request.held(input.ledger))
        {
            called
                .entry(unit)
                .or_default()
                .insert(path.status.endpoint.clone());
        }
    }
    // What replaces a unit must stand before it goes: a refused path gets nothing that could.
    let cut_short = paths.iter().enumerate().filter(|(place, path)| {
        path.status.verdict >= Verdict::Unknown || plan.refused.contains(place)
    });
    let cut_short: BTreeSet<&EndpointName> =
        cut_short.map(|(_, path)| &path.status.endpoint).collect();
    for (unit, entry) in input.ledger.iter() {
        let waiting: BTreeSet<_> = entry
            .endpoints
            .iter()
            .filter(|name| cut_short.contains(name))
            .cloned()
            .collect();
        let found = seen(unit, input);
        if found.foreign {
            // Somebody else's rule does it. Ours ends once a calm read shows that none of ours is there.
            plan.releases.insert(unit.clone(), entry.endpoints.clone());
            continue;
        }
        let (endpoints, standing) = match called.get(unit) {
            Some(callers) if found.stands => {
                (callers.union(&waiting).cloned().collect(), Standing::Stands)
            }
            Some(callers) => (callers.union(&waiting).cloned().collect(), Standing::Kept),
            None if !waiting.is_empty() => (waiting, Standing::Kept),
            None => {
                plan.releases.insert(unit.clone(), entry.endpoints.clone());
                continue;
            }
        };
        plan.units.insert(
            unit.clone(),
            Planned {
                endpoints,
                standing,
                rule_number: found.number,
            },
        );
    }
}

/// How a unit is seen in AWS.
struct Seen {
    /// It is there, and our deployment's claim to it is active.
    stands: bool,
    /// It is there by a claim of some deployment.
    joinable: bool,
    /// A rule of this content is somebody else's: there is no room for one of ours.
    foreign: bool,
    /// The number of our claim to it, in a network ACL.
    number: Option<RuleNumber>,
}

fn seen(unit: &Unit, input: &Input<'_>) -> Seen {
    let nothing = Seen {
        stands: false,
        joinable: false,
        foreign: false,
        number: None,
    };
    let scope = input.scopes.of(&unit.target).snapshot;
    match &unit.target {
        Target::SecurityGroupRule(group) => {
            let groups = scope.security_groups.known().ok();
            let Some(group) = groups.and_then(|groups| groups.get(group)) else {
                return nothing;
            };
            let rules = group.rules.iter().filter(|rule| unit.is_rule(rule));
            // A read that lags may show a foreign rule that was there before ours.
            let Some(rule) = rules.max_by_key(|rule| RuleClaims::of(rule, input.owner).managed)
            else {
                return nothing;
            };
            if rule.id.is_none() {
                return Seen {
                    stands: input.ledger.holds(unit),
                    ..nothing
                };
            }
            let claims = RuleClaims::of(rule, input.owner);
            let stands = claims.managed && claims.own == Some(ClaimState::Active);
            Seen {
                stands,
                joinable: claims.managed,
                foreign: !claims.managed,
                number: None,
            }
        }
        Target::NetworkACLEntry(acl) => {
            let acls = scope.network_acls.known().ok();
            let Some(acl) = acls.and_then(|acls| acls.get(acl)) else {
                return nothing;
            };
            let claims =
                acl_claims(acl).filter(|claim| claim.is_of(input.owner) && claim.unit == *unit);
            let mut claims: Vec<_> = claims.collect();
            claims.sort();
            let stands = |number| {
                acl.entries
                    .iter()
                    .any(|entry| entry.number == number && unit.is_entry(entry))
            };
            match claims.iter().find(|claim| stands(claim.number)) {
                Some(claim) => Seen {
                    stands: true,
                    joinable: true,
                    foreign: false,
                    number: Some(claim.number),
                },
                None => nothing,
            }
        }
    }
}

/// The accounts besides home that are not given to the namespace.
fn not_given(input: &Input<'_>) -> impl Iterator<Item = Refusal> {
    let views = input.scopes.views().filter(|view| !view.is_given());
    let given = views.filter_map(|view| view.guardrails);
    given.map(|given| guard::namespace(input.namespace, &given))
}

/// The gates at which nothing is added because somebody denied the flow.
fn denies(paths: &[Path]) -> impl Iterator<Item = Refusal> {
    let gates = paths.iter().flat_map(|path| &path.status.gates);
    let denied = gates.filter(|gate| gate.reason == Reason::BlockedByDeny);
    denied.map(|gate| Refusal {
        resource: gate.resource.clone(),
        reason: gate.reason,
        evidence: gate.evidence.clone(),
        message: gate.message.clone(),
        remedy: gate.remedy.clone(),
    })
}

/// Every unit, in every form that would do, that a declaration calls for on what was read. Empty where the
/// replication instance was not found.
#[must_use]
pub fn called_for(
    namespace: &str,
    spec: &MigrationNetworkSpec,
    owner: &Owner,
    scopes: &Scopes<'_>,
) -> BTreeSet<Unit> {
    let nothing = Ledger::default();
    let subject = Subject {
        namespace,
        spec,
        ledger: &nothing,
        owner,
        scopes,
    };
    let asks = trace(&subject)
        .into_iter()
        .flatten()
        .flat_map(|path| path.asks);
    asks.flat_map(|ask| ask.request.forms().cloned().collect::<Vec<_>>())
        .collect()
}
