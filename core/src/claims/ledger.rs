//! The ledger of an object: what it holds, or is about to hold, in one account and Region.

use crate::api::{
    Action, EndpointName, MigrationNetworkStatus, RuleNumber, Scope, SecurityGroupRuleId, Unit,
};
use std::collections::{BTreeMap, BTreeSet};

/// One unit of a ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The endpoints that called for it.
    pub endpoints: BTreeSet<EndpointName>,
    /// Where the unit was called permitted before: the id of its rule.
    pub rule_id: Option<SecurityGroupRuleId>,
    /// Where the unit was called permitted before: the number of its entry.
    pub rule_number: Option<RuleNumber>,
}

impl LedgerEntry {
    /// Whether the unit was found to permit, and has been held since.
    #[must_use]
    pub fn permitted(&self) -> bool {
        self.rule_id.is_some() || self.rule_number.is_some()
    }
}

/// The units of one object in one account and Region: its managed rules, and those about to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger(BTreeMap<Unit, LedgerEntry>);

impl Ledger {
    /// The ledger that a status holds for the scopes that `here` accepts.
    #[must_use]
    pub fn of(status: &MigrationNetworkStatus, here: impl Fn(&Scope) -> bool) -> Self {
        let mut units: BTreeMap<Unit, LedgerEntry> = BTreeMap::new();
        for change in status.pending_changes.iter().filter(|c| here(&c.scope)) {
            if matches!(change.action, Action::Create | Action::Join) {
                let entry = units.entry(change.unit.clone()).or_default();
                entry.endpoints.extend(change.endpoints.iter().cloned());
            }
        }
        for rule in status.managed_rules.iter().filter(|r| here(&r.scope)) {
            let entry = units.entry(rule.unit.clone()).or_default();
            entry.endpoints.extend(rule.endpoints.iter().cloned());
            entry.rule_id.clone_from(&rule.rule_id);
            entry.rule_number = rule.rule_number;
        }
        Self(units)
    }

    /// What the ledger says of a unit.
    #[must_use]
    pub fn get(&self, unit: &Unit) -> Option<&LedgerEntry> {
        self.0.get(unit)
    }

    /// Whether the object holds the unit, or is about to.
    #[must_use]
    pub fn holds(&self, unit: &Unit) -> bool {
        self.0.contains_key(unit)
    }

    /// The units, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&Unit, &LedgerEntry)> {
        self.0.iter()
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Unit, LedgerEntry)> for Ledger {
    fn from_iter<I: IntoIterator<Item = (Unit, LedgerEntry)>>(units: I) -> Self {
        Self(units.into_iter().collect())
    }
}
