//! Which objects need which units: what a release asks, and nothing else does.

use dms_network_core::api::{Scope, Unit};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

/// An object by namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ObjectKey {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl std::fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A unit in its account and Region. Two AWSAccounts may name one account: the account id tells, not the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PlacedUnit {
    /// The account's id.
    pub account_id: String,
    /// The Region.
    pub region: String,
    /// The unit.
    pub unit: Unit,
}

impl PlacedUnit {
    /// A unit in a scope.
    #[must_use]
    pub(super) fn new(scope: &Scope, unit: &Unit) -> Self {
        Self {
            account_id: scope.account_id.to_string(),
            region: scope.region.to_string(),
            unit: unit.clone(),
        }
    }
}

/// The needs of every object that was planned since the start.
#[derive(Default)]
pub(super) struct Needs(Mutex<HashMap<ObjectKey, BTreeSet<PlacedUnit>>>);

impl Needs {
    fn with<T>(&self, f: impl FnOnce(&mut HashMap<ObjectKey, BTreeSet<PlacedUnit>>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Records what an object needs, as of its latest plan.
    pub(super) fn record(&self, object: &ObjectKey, units: BTreeSet<PlacedUnit>) {
        self.with(|needs| needs.insert(object.clone(), units));
    }

    /// Forgets an object that is gone.
    pub(super) fn forget(&self, object: &ObjectKey) {
        self.with(|needs| needs.remove(object));
    }

    /// Whether an object was planned since the start.
    #[must_use]
    pub(super) fn knows(&self, object: &ObjectKey) -> bool {
        self.with(|needs| needs.contains_key(object))
    }

    /// The other objects that need a unit.
    #[must_use]
    pub(super) fn others(&self, object: &ObjectKey, unit: &PlacedUnit) -> Vec<ObjectKey> {
        self.with(|needs| {
            let others = needs
                .iter()
                .filter(|(key, units)| *key != object && units.contains(unit));
            others.map(|(key, _)| key.clone()).collect()
        })
    }
}
