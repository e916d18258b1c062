//! What a plan comes to: the row of the phase table that holds, as far as the plan alone decides it.

use super::{Input, Plan};
use crate::api::{Mode, Reason, Verdict};

/// The row of the phase table that a plan leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// Nothing is called for any more.
    Expired,
    /// Additions are outstanding.
    RulesMissing,
    /// What will come is waited for.
    Waiting(Reason),
    /// A person must act.
    Stalled(Reason),
    /// Something was not read.
    NotObserved,
    /// Changes are pending, and the mode writes nothing.
    PlanMode,
    /// Every path passes.
    Permitted,
    /// Every path passes as far as can be seen; others must allow some of them.
    PermittedWithRequirements,
}

impl Outlook {
    /// Whether every path passes.
    #[must_use]
    pub fn ready(self) -> bool {
        matches!(self, Self::Permitted | Self::PermittedWithRequirements)
    }

    /// The reason of the Ready condition.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::Expired => Reason::Expired,
            Self::RulesMissing => Reason::RulesMissing,
            Self::Waiting(reason) | Self::Stalled(reason) => reason,
            Self::NotObserved => Reason::NotObserved,
            Self::PlanMode => Reason::PlanMode,
            Self::Permitted => Reason::Permitted,
            Self::PermittedWithRequirements => Reason::PermittedWithRequirements,
        }
    }
}

/// Whether a reason is of something that may come by itself, as objects of one commit come one after another.
fn will_come(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ReplicationInstanceNotReady
            | Reason::ReplicationInstanceNotFound
            | Reason::AccountNotFound
            | Reason::SecurityGroupNotFound
    )
}

/// The row that holds: the first of the phase table.
#[must_use]
pub fn outlook(plan: &Plan, input: &Input<'_>) -> Outlook {
    let mode = input.mode();
    if input.ended {
        return Outlook::Expired;
    }
    let missing = |(place, path): (usize, &crate::trace::Path)| {
        path.status.verdict == Verdict::Missing && !plan.refused.contains(&place)
    };
    let adds = plan.paths.iter().enumerate().any(missing);
    if adds && mode != Mode::Plan {
        return Outlook::RulesMissing;
    }
    let stop = |reason| {
        if will_come(reason) {
            Outlook::Waiting(reason)
        } else {
            Outlook::Stalled(reason)
        }
    };
    if let Some(unresolved) = &plan.unresolved {
        return match unresolved.reason {
            Reason::NotObserved => Outlook::NotObserved,
            reason => stop(reason),
        };
    }
    let blocked: Vec<Reason> = plan
        .paths
        .iter()
        .filter(|path| path.status.verdict == Verdict::Blocked)
        .map(|path| path.reason())
        .collect();
    if let Some(reason) = blocked.iter().find(|reason| will_come(**reason)) {
        return Outlook::Waiting(*reason);
    }
    if let Some(reason) = blocked.first() {
        return Outlook::Stalled(*reason);
    }
    if let Some(refusal) = plan.refusals.first() {
        return Outlook::Stalled(refusal.reason);
    }
    let unknown = plan
        .paths
        .iter()
        .find(|path| path.status.verdict == Verdict::Unknown);
    match unknown.map(crate::trace::Path::reason) {
        // It stays so until a person acts.
        Some(
            reason @ (Reason::AccessDenied | Reason::CredentialsNotUsable | Reason::CallRefused),
        ) => {
            return Outlook::Stalled(reason);
        }
        Some(_) => return Outlook::NotObserved,
        None => {}
    }
    if adds || (mode == Mode::Plan && !plan.releases.is_empty()) {
        return Outlook::PlanMode;
    }
    if plan.requirements.is_empty() {
        Outlook::Permitted
    } else {
        Outlook::PermittedWithRequirements
    }
}
