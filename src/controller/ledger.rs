//! The ledger of an object as the cluster holds it.

use super::{needs::PlacedUnit, stored::StoredNetwork};
use dms_network_core::{api::Scope, claims::Ledgered};

/// The ledger of an object, whatever else of it this version can read; none where not even that can be read.
pub(super) fn raw(object: &StoredNetwork) -> Option<Ledgered> {
    let rules = object.status().get("managedRules").cloned();
    let managed_rules = rules.map_or(Some(Vec::new()), |rules| serde_json::from_value(rules).ok());
    managed_rules.map(Ledgered::of_rules)
}

/// Whether an object may hold rules by way of an AWSAccount. One whose ledger cannot be read may.
pub(super) fn uses(object: &StoredNetwork, account: &str) -> bool {
    let named = |scope: &Scope| scope.account_ref.as_str() == account;
    raw(object).is_none_or(|ledgered| ledgered.scopes.iter().any(named))
}

/// The units that are held, each in its place.
pub(super) fn units(ledgered: &Ledgered) -> impl Iterator<Item = PlacedUnit> {
    let rules = ledgered.managed_rules.iter();
    rules.map(|rule| PlacedUnit::new(&rule.scope, &rule.unit))
}
