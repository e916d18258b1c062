//! The phase table: which row holds, and why.

use super::{is_open, say};
use dms_network_core::{
    api::{ConditionType, Reason, Verdict},
    plan::{Outlook, Plan},
    trace::Path,
};
use std::fmt;

/// A reason with its message: the resource, what was found, the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Why {
    pub(super) reason: Reason,
    pub(super) message: String,
}

impl Why {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }

    /// What was found, with the remedy of the reference where the message names none.
    fn found(reason: Reason, message: &str) -> Self {
        Self::new(reason, say::ensure_remedy(message, reason.remedy()))
    }
}

/// What holds for an object: a row of the phase table, in its order. The first that holds decides.
///
/// Messages say what was found, with the resource; where one names no remedy, conditions add that of the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is being deleted.
    Terminating {
        /// Terminating, or what holds it up.
        reason: Reason,
        /// What was found.
        message: String,
    },
    /// Its expirationTime has passed.
    Expired,
    /// It was just applied, and nothing is known of it.
    Pending,
    /// AWS does not answer, or asks for fewer calls.
    Unreachable {
        /// AWSUnreachable or Throttled.
        reason: Reason,
        /// What AWS said.
        message: String,
        /// Whether it has been so for three resync intervals: until then all stays as it was.
        lasting: bool,
    },
    /// Writes are outstanding: being added, or verified.
    Outstanding {
        /// RulesMissing or Settling.
        reason: Reason,
        /// What is outstanding.
        message: String,
    },
    /// What will come is waited for.
    Waiting {
        /// What for.
        reason: Reason,
        /// What was found.
        message: String,
    },
    /// A person must act.
    Stalled {
        /// Why.
        reason: Reason,
        /// What was found.
        message: String,
    },
    /// Something was not read.
    NotObserved {
        /// What.
        message: String,
    },
    /// Changes are pending, and the mode writes nothing.
    PlanMode {
        /// How many.
        message: String,
    },
    /// Every path passes.
    Ready {
        /// Permitted or PermittedWithRequirements.
        reason: Reason,
        /// How many, and who else must allow them.
        message: String,
    },
}

/// The status of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    Unknown,
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        })
    }
}

/// The row that a plan leads to, with the message of what decided it.
#[must_use]
pub fn phase_of(outlook: Outlook, plan: &Plan) -> Phase {
    match outlook {
        Outlook::Expired => Phase::Expired,
        Outlook::RulesMissing => Phase::Outstanding {
            reason: Reason::RulesMissing,
            message: adding(plan),
        },
        Outlook::Waiting(reason) => Phase::Waiting {
            reason,
            message: decisive(reason, plan),
        },
        Outlook::Stalled(reason) => Phase::Stalled {
            reason,
            message: decisive(reason, plan),
        },
        Outlook::NotObserved => Phase::NotObserved {
            message: not_observed(plan),
        },
        Outlook::PlanMode => Phase::PlanMode {
            message: pending(plan),
        },
        Outlook::Permitted => Phase::Ready {
            reason: Reason::Permitted,
            message: format!("{}.", paths_pass(plan)),
        },
        Outlook::PermittedWithRequirements => Phase::Ready {
            reason: Reason::PermittedWithRequirements,
            message: with_requirements(plan),
        },
    }
}

impl Phase {
    /// Why it holds.
    pub(super) fn why(&self) -> Why {
        let by_reference = |reason: Reason| Why::found(reason, reason.cause());
        match self {
            Self::Expired => by_reference(Reason::Expired),
            Self::Pending => by_reference(Reason::Pending),
            Self::Terminating { reason, message }
            | Self::Unreachable {
                reason, message, ..
            }
            | Self::Waiting { reason, message }
            | Self::Stalled { reason, message } => Why::found(*reason, message),
            Self::NotObserved { message } => Why::found(Reason::NotObserved, message),
            Self::PlanMode { message } => Why::found(Reason::PlanMode, message),
            // Nobody need do anything.
            Self::Outstanding { reason, message } | Self::Ready { reason, message } => {
                Why::new(*reason, message)
            }
        }
    }

    /// The status of Ready, and which of Reconciling and Stalled is True; never both.
    pub(super) fn row(&self) -> (Truth, Option<ConditionType>) {
        use ConditionType::{Reconciling, Stalled};
        match self {
            Self::Terminating { .. } | Self::Outstanding { .. } | Self::Waiting { .. } => {
                (Truth::False, Some(Reconciling))
            }
            Self::Pending | Self::Unreachable { .. } | Self::NotObserved { .. } => {
                (Truth::Unknown, Some(Reconciling))
            }
            Self::Expired | Self::Stalled { .. } | Self::PlanMode { .. } => {
                (Truth::False, Some(Stalled))
            }
            Self::Ready { .. } => (Truth::True, None),
        }
    }

    /// Whether nothing is called for any more.
    pub(super) fn ended(&self) -> bool {
        matches!(self, Self::Terminating { .. } | Self::Expired)
    }
}

/// What is being added; where the units are there and wait for a read that shows them, the gate that waits.
fn adding(plan: &Plan) -> String {
    let units: Vec<_> = plan.additions().map(|(unit, _)| unit).collect();
    let mut missing = plan
        .paths
        .iter()
        .filter(|path| path.status.verdict == Verdict::Missing);
    match missing.find_map(worst_gate) {
        Some(gate) if units.is_empty() => format!("{}; {gate}", paths_pass(plan)),
        _ => format!(
            "{}, and the controller adds {}.",
            paths_pass(plan),
            say::few(units.into_iter())
        ),
    }
}

fn pending(plan: &Plan) -> String {
    let figures = format!(
        "{}; additions pending: {}, removals pending: {}",
        paths_pass(plan),
        plan.additions().count(),
        plan.releases.len()
    );
    say::with_remedy(&figures, Some(Reason::PlanMode.remedy()))
}

fn paths_pass(plan: &Plan) -> String {
    let open = plan.paths.iter().filter(|path| is_open(&path.status));
    match plan.paths.len() {
        1 => format!("{} of 1 path passes", open.count()),
        all => format!("{} of {all} paths pass", open.count()),
    }
}

fn with_requirements(plan: &Plan) -> String {
    let mut who: Vec<String> = plan
        .requirements
        .iter()
        .map(|asked| format!("{:?} for {}", asked.who, asked.endpoint))
        .collect();
    who.dedup();
    say::with_remedy(
        &format!(
            "{} as far as it is ours; others must allow some of them: {}",
            paths_pass(plan),
            say::few(who.into_iter())
        ),
        Some(Reason::PermittedWithRequirements.remedy()),
    )
}

/// What gave a plan its reason: the replication instance, the first of the worst paths, or a refusal.
fn decisive(reason: Reason, plan: &Plan) -> String {
    let unresolved = plan.unresolved.iter().filter(|it| it.reason == reason);
    let paths = plan
        .paths
        .iter()
        .filter(|path| path.status.verdict >= Verdict::Unknown && path.reason() == reason);
    let refusals = plan.refusals.iter().filter(|it| it.reason == reason);
    let mut texts = unresolved
        .map(say::unresolved)
        .chain(paths.filter_map(worst_gate))
        .chain(refusals.map(say::refusal));
    texts.next().unwrap_or_else(|| reason.cause().to_owned())
}

/// What was not read: its own reason may be another, such as SecurityGroupsUnknown.
fn not_observed(plan: &Plan) -> String {
    let mut unknown = plan
        .paths
        .iter()
        .filter(|path| path.status.verdict == Verdict::Unknown);
    match unknown.find_map(worst_gate) {
        Some(message) if plan.unresolved.is_none() => message,
        _ => decisive(Reason::NotObserved, plan),
    }
}

fn worst_gate(path: &Path) -> Option<String> {
    let status = &path.status;
    let mut gates = status.gates.iter();
    let worst = gates.find(|gate| gate.verdict == status.verdict)?;
    Some(say::gate(status, worst))
}
