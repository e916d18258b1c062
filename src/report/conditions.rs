//! The conditions: each judged anew, carried over, or absent.

use super::{
    Facts,
    gates::{self, Kind},
    phase::{Phase, Truth, Why},
    say,
};
use dms_network_core::{
    api::{Action, ConditionType, Mode, Reason, Verdict},
    plan::Plan,
};
use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::{Condition, Time},
    jiff::Timestamp,
};

/// The longest message of Ready, Reconciling and Stalled, in bytes of JSON: what does not fit is in the refusals and
/// paths. The schema's bound is 32768 characters; all conditions together leave most of the 64 KiB to the rest.
const MAX_PHASE_MESSAGE: usize = 4096;
/// The longest message of any other condition.
const MAX_MESSAGE: usize = 1024;

/// What a pass says of one condition.
enum Judgement {
    /// It was judged.
    Judged(Truth, Why),
    /// Nothing new is known of it.
    Carried,
    /// It is not there.
    Absent,
}

/// All conditions in the order of their types, then those that are not ours as they were.
pub(super) fn conditions(facts: &Facts<'_>) -> Vec<Condition> {
    let ours = ConditionType::ALL.iter().filter_map(|&kind| {
        let before = facts.previous.condition(kind);
        match judge(facts, kind) {
            Judgement::Judged(truth, why) => Some(condition(facts, kind, truth, &why)),
            Judgement::Carried => before.cloned(),
            Judgement::Absent => None,
        }
    });
    let is_ours = |condition: &&Condition| {
        ConditionType::ALL
            .iter()
            .any(|kind| kind.as_str() == condition.type_)
    };
    let mut foreign: Vec<Condition> = facts
        .previous
        .conditions
        .iter()
        .filter(|condition| !is_ours(condition))
        .cloned()
        .collect();
    foreign.sort_by(|a, b| a.type_.cmp(&b.type_));
    ours.chain(foreign).collect()
}

/// A condition that was judged; its time is that of its last change of status.
fn condition(facts: &Facts<'_>, kind: ConditionType, truth: Truth, why: &Why) -> Condition {
    let status = truth.to_string();
    let before = facts.previous.condition(kind);
    let since = before
        .filter(|before| before.status == status)
        .map(|before| before.last_transition_time.clone());
    let max = match kind {
        ConditionType::Ready | ConditionType::Reconciling | ConditionType::Stalled => {
            MAX_PHASE_MESSAGE
        }
        _ => MAX_MESSAGE,
    };
    Condition {
        type_: kind.to_string(),
        status,
        reason: why.reason.to_string(),
        message: say::clip(&why.message, max),
        observed_generation: Some(facts.generation),
        last_transition_time: since.unwrap_or_else(|| Time(to_the_second(facts.now))),
    }
}

/// Kubernetes writes times to the second: a finer one would not equal itself once it was read back.
fn to_the_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn judge(facts: &Facts<'_>, kind: ConditionType) -> Judgement {
    use ConditionType::{
        AccountUsable, ConnectionTested, EgressPermitted, IngressPermitted, NetworkACLsPermit,
        QuotaPressure, Ready, Reconciling, Releasing, ReplicationInstanceResolved,
        RevocationPending, RoutesPresent, Stalled,
    };
    if facts.untouched() {
        return untouched(facts, kind);
    }
    match kind {
        Ready => Judgement::Judged(facts.phase.row().0, facts.phase.why()),
        Reconciling | Stalled if facts.phase.row().1 == Some(kind) => {
            Judgement::Judged(Truth::True, facts.phase.why())
        }
        Reconciling | Stalled => Judgement::Absent,
        EgressPermitted => gate(facts, Kind::Egress),
        IngressPermitted => gate(facts, Kind::Ingress),
        NetworkACLsPermit => gate(facts, Kind::NetworkAcls),
        RoutesPresent => gate(facts, Kind::Routes),
        AccountUsable => account(facts),
        ReplicationInstanceResolved => replication_instance(facts),
        ConnectionTested => Judgement::Carried,
        QuotaPressure => pressure(facts),
        Releasing => releasing(facts),
        RevocationPending => revocation_pending(facts),
    }
}

/// Ready is always there, even where the status was emptied while AWS was silent.
fn untouched(facts: &Facts<'_>, kind: ConditionType) -> Judgement {
    let has_ready = facts.previous.condition(ConditionType::Ready).is_some();
    match (has_ready, kind) {
        (false, ConditionType::Ready) => {
            Judgement::Judged(Phase::Pending.row().0, Phase::Pending.why())
        }
        _ => Judgement::Carried,
    }
}

/// What a plan says of paths: their gates; that there is none, since nothing is called for; or that none was traced.
fn gate(facts: &Facts<'_>, kind: Kind) -> Judgement {
    match facts.judged() {
        None => Judgement::Carried,
        Some(plan) if !plan.paths.is_empty() => {
            let (truth, why) = gates::judge(&plan.paths, kind);
            Judgement::Judged(truth, why)
        }
        Some(_) => nothing_traced(&facts.phase),
    }
}

fn nothing_traced(phase: &Phase) -> Judgement {
    if phase.ended() {
        Judgement::Absent
    } else {
        Judgement::Judged(Truth::Unknown, phase.why())
    }
}

fn replication_instance(facts: &Facts<'_>) -> Judgement {
    let Some(plan) = facts.judged() else {
        return Judgement::Carried;
    };
    if let Some(unresolved) = &plan.unresolved {
        let truth = match unresolved.reason {
            Reason::NotObserved | Reason::AccessDenied => Truth::Unknown,
            _ => Truth::False,
        };
        return Judgement::Judged(
            truth,
            Why::new(unresolved.reason, say::unresolved(unresolved)),
        );
    }
    if plan.paths.is_empty() {
        return nothing_traced(&facts.phase);
    }
    let mut subnets: Vec<&str> = plan
        .paths
        .iter()
        .map(|path| path.status.client.subnet_id.as_str())
        .collect();
    subnets.sort_unstable();
    subnets.dedup();
    Judgement::Judged(
        Truth::True,
        Why::new(
            Reason::ReplicationInstanceResolved,
            format!("It connects from {}.", say::few(subnets.into_iter())),
        ),
    )
}

/// The account is judged by what it stopped: the phase itself, else anything in the plan.
fn account(facts: &Facts<'_>) -> Judgement {
    let why = facts.phase.why();
    match (why.reason, facts.judged()) {
        (
            Reason::AccountNotFound
            | Reason::AccountChanged
            | Reason::AccountMismatch
            | Reason::AccessDenied
            | Reason::CredentialsNotUsable
            | Reason::NotAllowedByAccount,
            _,
        ) => Judgement::Judged(Truth::False, why),
        (Reason::AWSUnreachable | Reason::Throttled, _) => Judgement::Judged(Truth::Unknown, why),
        (_, None) => Judgement::Carried,
        (_, Some(plan)) => match stopped_by_account(plan) {
            Some(why) => Judgement::Judged(Truth::False, why),
            None => Judgement::Judged(
                Truth::True,
                Why::new(Reason::AccountUsable, Reason::AccountUsable.cause()),
            ),
        },
    }
}

fn stopped_by_account(plan: &Plan) -> Option<Why> {
    let refused = plan
        .refusals
        .iter()
        .find(|refusal| refusal.reason == Reason::NotAllowedByAccount)
        .map(|refusal| Why::new(refusal.reason, say::refusal(refusal)));
    let denied = || {
        let paths = plan.paths.iter().map(|path| &path.status);
        let mut gates = paths.flat_map(|path| path.gates.iter().map(move |gate| (path, gate)));
        gates
            .find(|(_, gate)| {
                gate.verdict == Verdict::Unknown && gate.reason == Reason::AccessDenied
            })
            .map(|(path, gate)| Why::new(gate.reason, say::gate(path, gate)))
    };
    refused.or_else(denied)
}

fn pressure(facts: &Facts<'_>) -> Judgement {
    let Some(pressure) = &facts.pressure else {
        return Judgement::Carried;
    };
    if pressure.is_empty() {
        return Judgement::Absent;
    }
    let found = say::few(pressure.iter());
    let message = say::with_remedy(&found, Some(Reason::QuotaPressure.remedy()));
    Judgement::Judged(Truth::True, Why::new(Reason::QuotaPressure, message))
}

/// The removals that are under way are in the ledger, whether or not this pass judged.
fn releasing(facts: &Facts<'_>) -> Judgement {
    let removals = facts
        .pending_changes
        .iter()
        .filter(|change| matches!(change.action, Action::Delete | Action::Leave));
    let mut units: Vec<_> = removals.map(|change| &change.unit).collect();
    units.sort();
    if units.is_empty() || facts.mode != Mode::Enforce {
        return Judgement::Absent;
    }
    let message = format!("The controller releases {}.", say::few(units.into_iter()));
    Judgement::Judged(Truth::True, Why::new(Reason::Releasing, message))
}

fn revocation_pending(facts: &Facts<'_>) -> Judgement {
    if facts.mode == Mode::Enforce {
        return Judgement::Absent;
    }
    let Some(plan) = facts.judged() else {
        return Judgement::Carried;
    };
    if plan.releases.is_empty() {
        return Judgement::Absent;
    }
    let found = format!(
        "mode {:?} leaves {}, which nothing calls for any more",
        facts.mode,
        say::few(plan.releases.keys())
    );
    let message = say::with_remedy(&found, Some(Reason::RevocationPending.remedy()));
    Judgement::Judged(Truth::True, Why::new(Reason::RevocationPending, message))
}
