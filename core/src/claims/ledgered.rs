//! The ledger of an object as its status holds it: before, during and after a pass.

use super::{Held, Ledger, Owner, Pass, RuleClaims, acl_claims};
use crate::{
    api::{
        Action, EndpointName, ManagedRule, MigrationNetworkStatus, PendingChange, RuleNumber,
        Scope, Target, Unit,
    },
    plan::{Plan, Standing},
    snapshot::ScopeSnapshot,
};
use std::collections::BTreeSet;

/// Where the units of a pass are.
pub trait Whereabouts {
    /// The account and Region of a unit.
    fn scope(&self, unit: &Unit) -> &Scope;

    /// Whether the pass works in an account and Region.
    fn are_in(&self, scope: &Scope) -> bool;
}

/// Whether two scopes are the same account and Region, whatever AWSAccount names it.
#[must_use]
pub fn same_place(a: &Scope, b: &Scope) -> bool {
    a.account_id == b.account_id && a.region == b.region
}

/// The parts of a status that are the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledgered {
    /// What is held.
    pub managed_rules: Vec<ManagedRule>,
    /// What is outstanding.
    pub pending_changes: Vec<PendingChange>,
    /// Where.
    pub scopes: Vec<Scope>,
}

impl Ledgered {
    /// The ledger that stands in a status.
    #[must_use]
    pub fn of(status: &MigrationNetworkStatus) -> Self {
        Self {
            managed_rules: status.managed_rules.clone(),
            pending_changes: status.pending_changes.clone(),
            scopes: status.scopes.clone(),
        }
    }

    /// The ledger of what is held, all of it.
    #[must_use]
    pub fn of_rules(managed_rules: Vec<ManagedRule>) -> Self {
        Self {
            managed_rules,
            ..Self::default()
        }
        .tidy()
    }

    /// What plans look at, in the scopes that `here` accepts: what is held, or was about to be written. What is
    /// pending under mode Plan was never written, and is nobody's.
    pub fn ledger(&self, here: impl Fn(&Scope) -> bool) -> Ledger {
        let status = MigrationNetworkStatus {
            managed_rules: self.managed_rules.clone(),
            ..MigrationNetworkStatus::default()
        };
        Ledger::of(&status, here)
    }

    /// What stands in scopes other than those that `here` accepts.
    pub fn elsewhere(&self, here: impl Fn(&Scope) -> bool) -> Self {
        let mut other = self.clone();
        other.managed_rules.retain(|rule| !here(&rule.scope));
        other.pending_changes.retain(|change| !here(&change.scope));
        other
    }

    /// Where a unit is held, among the scopes that `here` accepts.
    pub fn scope_of(&self, unit: &Unit, here: impl Fn(&Scope) -> bool) -> Option<&Scope> {
        let mut rules = self.managed_rules.iter();
        let held = rules.find(|rule| rule.unit == *unit && here(&rule.scope))?;
        Some(&held.scope)
    }

    /// Sorts, and names the scopes of what is there.
    fn tidy(mut self) -> Self {
        self.managed_rules.sort();
        self.managed_rules.dedup();
        self.pending_changes.sort();
        self.pending_changes.dedup();
        let scopes: BTreeSet<Scope> = self
            .managed_rules
            .iter()
            .map(|rule| rule.scope.clone())
            .collect();
        self.scopes = scopes.into_iter().collect();
        self
    }

    /// Takes a unit out.
    pub fn remove(&mut self, unit: &Unit, here: &Scope) {
        self.managed_rules
            .retain(|rule| !(rule.unit == *unit && same_place(&rule.scope, here)));
        self.pending_changes
            .retain(|change| !(change.unit == *unit && same_place(&change.scope, here)));
        let tidied = std::mem::take(self).tidy();
        *self = tidied;
    }

    /// Calls nothing permitted any more in a scope. Whether anything was.
    pub fn forget_permitted(&mut self, here: &Scope) -> bool {
        let rules = self.managed_rules.iter_mut();
        let rules = rules.filter(|rule| same_place(&rule.scope, here));
        let forgot = rules.fold(false, |forgot, rule| rule.forget_permitted() | forgot);
        let tidied = std::mem::take(self).tidy();
        *self = tidied;
        forgot
    }

    /// The number of the entry that a pending change is about.
    fn pending_number(&self, unit: &Unit, here: &Scope) -> Option<RuleNumber> {
        let mut changes = self.pending_changes.iter();
        let of = changes.find(|it| it.unit == *unit && same_place(&it.scope, here))?;
        of.rule_number
    }

    fn managed(&self, unit: &Unit, here: &Scope) -> Option<&ManagedRule> {
        self.managed_rules
            .iter()
            .find(|rule| rule.unit == *unit && same_place(&rule.scope, here))
    }
}

/// What the plans look at of a ledger, in one scope.
#[must_use]
pub fn of(ledgered: &Ledgered, here: &Scope) -> Ledger {
    ledgered.ledger(|scope| same_place(scope, here))
}

/// The ledger before the first call of a pass that adds: everything that it may write is in it.
#[must_use]
pub fn ahead(before: &Ledgered, plan: &Plan, located: &impl Whereabouts) -> Ledgered {
    let mut ahead = before.elsewhere(|scope| located.are_in(scope));
    let held = before.managed_rules.iter();
    let held = held.filter(|rule| located.are_in(&rule.scope));
    ahead.managed_rules.extend(held.cloned());
    for (unit, planned) in plan.additions() {
        let scope = located.scope(unit);
        if before.managed(unit, scope).is_none() {
            let endpoints = planned.endpoints.iter().cloned().collect();
            ahead
                .managed_rules
                .push(managed(unit, &Held::default(), endpoints, scope));
        }
    }
    ahead
        .pending_changes
        .extend(pending(plan, located, |_| true));
    ahead.tidy()
}

/// The ledger after a pass.
#[must_use]
pub fn after<T>(
    before: &Ledgered,
    plan: &Plan,
    pass: &Pass<T>,
    located: &impl Whereabouts,
) -> Ledgered {
    let mut after = before.elsewhere(|scope| located.are_in(scope));
    for (unit, planned) in &plan.units {
        let here = located.scope(unit);
        let endpoints = || planned.endpoints.iter().cloned().collect::<Vec<_>>();
        match pass.held.get(unit) {
            Some(held) => after
                .managed_rules
                .push(managed(unit, held, endpoints(), here)),
            // Not relied on yet, or the pass did not come to it: it stays in the ledger, so that nothing is lost.
            None => {
                let known = before.managed(unit, here).map(|rule| Held {
                    rule_id: rule.rule_id.clone(),
                    rule_number: rule.rule_number,
                });
                let waits = pass.waiting.contains_key(unit);
                after.managed_rules.push(managed(
                    unit,
                    &known.filter(|_| !waits).unwrap_or_default(),
                    endpoints(),
                    here,
                ));
                if waits || planned.is_addition() {
                    let action = if planned.standing == Standing::Create && !waits {
                        Action::Create
                    } else {
                        Action::Join
                    };
                    let number = planned.rule_number;
                    after
                        .pending_changes
                        .push(change(unit, number, endpoints(), action, here));
                }
            }
        }
    }
    after.retain_releases(before, plan, located, |unit| pass.gone.contains(unit));
    for rule in &mut after.managed_rules {
        if plan.releases.contains_key(&rule.unit) && located.are_in(&rule.scope) {
            rule.forget_permitted();
        }
    }
    after.tidy()
}

/// The units that a plan lets go and that the ledger does not call permitted any more: no call removes what the status
/// still says is permitted, since a declaration that asks for it again before the call has landed would rely on it.
pub fn releasable<'p>(plan: &'p Plan, ledger: &Ledger) -> impl Iterator<Item = &'p Unit> {
    let units = plan.releases.keys();
    units.filter(|unit| ledger.get(unit).is_none_or(|entry| !entry.permitted()))
}

/// The ledger under mode Plan: what is held stays held, and what would be done is pending. `is_gone` tells the units
/// that a calm read shows not to be there.
#[must_use]
pub fn planned(
    before: &Ledgered,
    plan: &Plan,
    located: &impl Whereabouts,
    is_gone: &impl Fn(&Unit) -> bool,
) -> Ledgered {
    let mut planned = before.elsewhere(|scope| located.are_in(scope));
    let held = before
        .managed_rules
        .iter()
        .filter(|rule| located.are_in(&rule.scope) && !plan.releases.contains_key(&rule.unit));
    planned.managed_rules.extend(held.cloned());
    let stays = |unit: &Unit| !plan.releases.contains_key(unit);
    planned
        .pending_changes
        .extend(pending(plan, located, stays));
    planned.retain_releases(before, plan, located, is_gone);
    planned.tidy()
}

impl ManagedRule {
    /// The unit is held, and not called permitted any more. Whether it was.
    fn forget_permitted(&mut self) -> bool {
        self.rule_id.take().is_some() | self.rule_number.take().is_some()
    }
}

impl Ledgered {
    /// Keeps what is to be released until it is gone.
    fn retain_releases(
        &mut self,
        before: &Ledgered,
        plan: &Plan,
        located: &impl Whereabouts,
        is_gone: impl Fn(&Unit) -> bool,
    ) {
        for (unit, endpoints) in plan.releases.iter().filter(|(unit, _)| !is_gone(unit)) {
            let here = located.scope(unit);
            let endpoints: Vec<_> = endpoints.iter().cloned().collect();
            let known = before.managed(unit, here).cloned();
            let number = known.as_ref().and_then(|rule| rule.rule_number);
            let number = number.or_else(|| before.pending_number(unit, here));
            self.managed_rules.push(
                known.unwrap_or_else(|| managed(unit, &Held::default(), endpoints.clone(), here)),
            );
            self.pending_changes
                .push(change(unit, number, endpoints, Action::Delete, here));
        }
    }
}

/// What a plan is about to do.
fn pending(
    plan: &Plan,
    located: &impl Whereabouts,
    shows: impl Fn(&Unit) -> bool,
) -> Vec<PendingChange> {
    let additions = plan.additions().map(|(unit, planned)| {
        let action = if planned.standing == Standing::Join {
            Action::Join
        } else {
            Action::Create
        };
        change(
            unit,
            planned.rule_number,
            planned.endpoints.iter().cloned().collect(),
            action,
            located.scope(unit),
        )
    });
    let releases = plan.releases.iter().map(|(unit, endpoints)| {
        change(
            unit,
            None,
            endpoints.iter().cloned().collect(),
            Action::Delete,
            located.scope(unit),
        )
    });
    additions
        .chain(releases)
        .filter(|change| shows(&change.unit))
        .collect()
}

fn managed(unit: &Unit, held: &Held, endpoints: Vec<EndpointName>, here: &Scope) -> ManagedRule {
    ManagedRule {
        unit: unit.clone(),
        rule_number: held.rule_number,
        rule_id: held.rule_id.clone(),
        scope: here.clone(),
        endpoints,
    }
}

fn change(
    unit: &Unit,
    rule_number: Option<u16>,
    endpoints: Vec<EndpointName>,
    action: Action,
    here: &Scope,
) -> PendingChange {
    PendingChange {
        unit: unit.clone(),
        rule_number,
        scope: here.clone(),
        endpoints,
        action,
    }
}

/// Whether anything of ours is left of a unit: a rule with our claim, or a claim to an entry. None where it was not read.
#[must_use]
pub fn is_there(unit: &Unit, scope: &ScopeSnapshot, owner: &Owner) -> Option<bool> {
    match &unit.target {
        Target::SecurityGroupRule(group) => {
            let group = scope.security_groups.known().ok()?.get(group);
            let mut rules = group.into_iter().flat_map(|group| &group.rules);
            Some(rules.any(|rule| unit.is_rule(rule) && RuleClaims::of(rule, owner).own.is_some()))
        }
        Target::NetworkACLEntry(acl) => {
            let acl = scope.network_acls.known().ok()?.get(acl);
            let mut claims = acl.into_iter().flat_map(acl_claims);
            Some(claims.any(|claim| claim.is_of(owner) && claim.unit == *unit))
        }
    }
}
