//! Status, conditions and events: what people read, as a function of what a pass found. Nothing here calls anything.
//!
//! - [`Phase`]: the row of the phase table that holds, with its reason and message; [`phase_of`] a plan.
//! - [`status`]: the whole status from the [`Facts`] of a pass, within 64 KiB.
//! - [`changed`]: whether it says anything new: a steady object is not written.
//! - [`events`]: what happened in a pass, once per reason.

mod change;
mod conditions;
mod events;
mod gates;
mod phase;
mod say;
mod size;
#[cfg(test)]
mod tests;

pub use change::changed;
pub use events::events;
pub use phase::{Phase, phase_of};

use dms_network_core::{
    api::{
        ManagedRule, MigrationNetworkStatus, Mode, PathStatus, PendingChange, Reason, Scope,
        Summary, Verdict,
    },
    plan::{Plan, Pressure},
};
use k8s_openapi::jiff::Timestamp;

/// What a pass found.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The status as it stands in the cluster.
    pub previous: &'a MigrationNetworkStatus,
    /// The `metadata.generation` that was judged.
    pub generation: i64,
    /// The time of the pass; kept to the second, as Kubernetes does.
    pub now: Timestamp,
    /// The effective mode.
    pub mode: Mode,
    /// What holds.
    pub phase: Phase,
    /// The plan as it stands after the pass; none where nothing was judged anew: then the paths stay as they were.
    pub plan: Option<&'a Plan>,
    /// The quotas under pressure; none where they were not looked at: then the condition stays as it was.
    pub pressure: Option<Vec<Pressure>>,
    /// The ledger after the pass: what is held.
    pub managed_rules: Vec<ManagedRule>,
    /// The ledger after the pass: what is outstanding, or the plan under mode Plan.
    pub pending_changes: Vec<PendingChange>,
    /// Every account and Region in which something was ever written for the object.
    pub scopes: Vec<Scope>,
}

impl Facts<'_> {
    /// AWS has not been silent for long: all that was judged stays as it is, its generation too, so that a newer
    /// generation does not pass for judged.
    fn untouched(&self) -> bool {
        matches!(self.phase, Phase::Unreachable { lasting: false, .. })
    }

    /// The plan, where this pass judged.
    fn judged(&self) -> Option<&Plan> {
        self.plan.filter(|_| !self.untouched())
    }
}

/// The status after a pass. Lists are sorted, so that equal facts give equal bytes.
///
/// It serialises to at most 64 KiB. The ledger and the scopes are never cut, since a unit that is in no
/// ledger would be an orphan: where they alone are larger, they are all that is left beside the conditions.
#[must_use]
pub fn status(facts: &Facts<'_>) -> MigrationNetworkStatus {
    let found = facts
        .judged()
        .map_or_else(|| size::Found::shown(facts.previous), size::Found::of);
    let mut status = MigrationNetworkStatus {
        observed_generation: if facts.untouched() {
            facts.previous.observed_generation
        } else {
            Some(facts.generation)
        },
        conditions: conditions::conditions(facts),
        summary: summary(facts),
        managed_rules: facts.managed_rules.clone(),
        pending_changes: facts.pending_changes.clone(),
        scopes: facts.scopes.clone(),
        ..MigrationNetworkStatus::default()
    };
    change::sort_ledger(&mut status);
    size::show(status, found)
}

/// The status of an object that this version cannot read: all that is held stays, and `error` names the field.
#[must_use]
pub fn not_understood(
    previous: &MigrationNetworkStatus,
    generation: i64,
    now: Timestamp,
    error: &str,
) -> MigrationNetworkStatus {
    status(&Facts {
        previous,
        generation,
        now,
        mode: Mode::Plan,
        phase: Phase::Stalled {
            reason: Reason::SpecNotUnderstood,
            message: error.to_owned(),
        },
        plan: None,
        pressure: None,
        managed_rules: previous.managed_rules.clone(),
        pending_changes: previous.pending_changes.clone(),
        scopes: previous.scopes.clone(),
    })
}

/// The figures; none where nothing was judged yet and nothing is held.
fn summary(facts: &Facts<'_>) -> Option<Summary> {
    // What was about to be written is in the ledger too.
    let held = facts.managed_rules.iter();
    let held = held.filter(|rule| rule.rule_id.is_some() || rule.rule_number.is_some());
    let rules = count(held.count());
    match (facts.judged(), &facts.previous.summary) {
        (Some(plan), _) => {
            let paths = plan.paths.iter().map(|path| &path.status);
            let open = paths.filter(|path| is_open(path)).count();
            Some(Summary::new(count(plan.paths.len()), count(open), rules))
        }
        (None, Some(before)) => Some(Summary::new(before.paths, before.permitted, rules)),
        (None, None) if rules > 0 => Some(Summary::new(0, 0, rules)),
        (None, None) => None,
    }
}

/// Whether nothing of ours closes the path: what is External is somebody else's to allow.
fn is_open(path: &PathStatus) -> bool {
    path.verdict <= Verdict::External
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
