//! All accounts and Regions, and how old the reads are.

use crate::{
    id::Ids,
    state::{Change, State},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

/// An account and a Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Scope {
    /// Twelve digits.
    pub(crate) account: String,
    /// E.g. `eu-west-1`.
    pub(crate) region: String,
}

/// The quotas of every account (VPC User Guide, "Amazon VPC quotas").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Quotas {
    /// L-0EA8095F: rules per security group, for each direction and address family.
    pub(crate) rules_per_security_group: usize,
    /// L-2AEEBF1A: entries per network ACL, for each direction and address family.
    #[serde(rename = "networkACLEntries")]
    pub(crate) network_acl_entries: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            rules_per_security_group: 60,
            network_acl_entries: 20,
        }
    }
}

/// The states of all accounts and Regions.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// How old the state is that Describe calls show.
    pub(crate) staleness: Duration,
    pub(crate) quotas: Quotas,
    pub(crate) ids: Ids,
    places: BTreeMap<Scope, Place>,
}

/// One account and Region: as it is, as reads see it, and what lies between.
#[derive(Debug, Default)]
struct Place {
    truth: State,
    seen: State,
    pending: VecDeque<(Instant, Arc<[Change]>)>,
}

static NOTHING: LazyLock<State> = LazyLock::new(State::default);

impl World {
    /// The state as it is.
    pub(crate) fn truth(&self, scope: &Scope) -> &State {
        self.places
            .get(scope)
            .map_or(&NOTHING, |place| &place.truth)
    }

    /// The state as it was [`World::staleness`] ago, when [`World::refresh`] was called last.
    pub(crate) fn seen(&self, scope: &Scope) -> &State {
        self.places.get(scope).map_or(&NOTHING, |place| &place.seen)
    }

    /// Brings what reads see up to what they are to see now. What was shown once is not taken back
    /// when the staleness grows.
    pub(crate) fn refresh(&mut self, scope: &Scope) {
        let Some(place) = self.places.get_mut(scope) else {
            return;
        };
        let now = Instant::now();
        while let Some((at, _)) = place.pending.front()
            && now.duration_since(*at) >= self.staleness
            && let Some((_, changes)) = place.pending.pop_front()
        {
            changes.iter().for_each(|change| place.seen.apply(change));
        }
    }

    /// Carries out all changes of a call.
    pub(crate) fn commit(&mut self, scope: &Scope, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        self.refresh(scope);
        let place = self.places.entry(scope.clone()).or_default();
        changes.iter().for_each(|change| place.truth.apply(change));
        place.pending.push_back((Instant::now(), changes.into()));
    }

    /// Forgets all resources.
    pub(crate) fn empty(&mut self) {
        self.places.clear();
    }

    /// Carries out changes that were always there: what a snapshot holds.
    pub(crate) fn found(&mut self, found: &Found) {
        let place = self.places.entry(found.scope.clone()).or_default();
        for state in [&mut place.truth, &mut place.seen] {
            found.changes.iter().for_each(|change| state.apply(change));
            state.documents.clone_from(&found.documents);
        }
    }

    /// The accounts and Regions that have anything.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = (&Scope, &State)> {
        self.places
            .iter()
            .map(|(scope, place)| (scope, &place.truth))
    }
}

/// What a snapshot holds of one account and Region.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) scope: Scope,
    pub(crate) changes: Vec<Change>,
    /// What is kept as it is, by its top-level key.
    pub(crate) documents: BTreeMap<String, Vec<Value>>,
}
