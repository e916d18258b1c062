//! What happened in a pass, as Kubernetes events.

use super::{phase::Phase, say};
use dms_network_core::{
    api::{ConditionType, MigrationNetworkStatus, Reason},
    claims::{AclEffect, Effect, GroupEffect},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::runtime::events::{Event, EventType};
use std::collections::BTreeMap;

/// The longest note that the API server takes, in bytes (`events.k8s.io/v1`, Event).
const MAX_NOTE: usize = 1024;

/// The action of an event that tells what was found.
const JUDGE: &str = "Judge";

/// The events of a pass, one per reason: what was written to AWS, and what came to hold that did not before.
#[must_use]
pub fn events(
    previous: &MigrationNetworkStatus,
    next: &MigrationNetworkStatus,
    phase: &Phase,
    written: &[Effect],
) -> Vec<Event> {
    let mut events = of_writes(written);
    let ready = ConditionType::Ready;
    if state(previous.condition(ready)) != state(next.condition(ready)) {
        events.extend(of_phase(phase));
    }
    for (kind, type_) in [
        (ConditionType::QuotaPressure, EventType::Warning),
        (ConditionType::RevocationPending, EventType::Normal),
    ] {
        if let (None, Some(now)) = (previous.condition(kind), next.condition(kind)) {
            events.push(event(type_, &now.reason, JUDGE, &now.message));
        }
    }
    events
}

fn event(type_: EventType, reason: &str, action: &str, note: &str) -> Event {
    Event {
        type_,
        reason: reason.to_owned(),
        note: Some(say::clip(note, MAX_NOTE)),
        action: action.to_owned(),
        secondary: None,
    }
}

/// What tells two states of Ready apart: the message follows every address and figure.
fn state(ready: Option<&Condition>) -> Option<(&str, &str)> {
    ready.map(|ready| (ready.status.as_str(), ready.reason.as_str()))
}

/// What came to hold; none for the steps in between.
fn of_phase(phase: &Phase) -> Option<Event> {
    let why = phase.why();
    let reason = why.reason.as_str();
    let (type_, reason) = match phase {
        Phase::Pending
        | Phase::Outstanding { .. }
        | Phase::Unreachable { lasting: false, .. }
        | Phase::Terminating {
            reason: Reason::Terminating,
            ..
        } => return None,
        Phase::Terminating { .. }
        | Phase::Unreachable { .. }
        | Phase::Waiting { .. }
        | Phase::NotObserved { .. } => (EventType::Warning, reason),
        Phase::Stalled { .. } => {
            let note = format!("{reason}: {}", why.message);
            return Some(event(EventType::Warning, "Blocked", JUDGE, &note));
        }
        Phase::Expired | Phase::PlanMode { .. } => (EventType::Normal, reason),
        Phase::Ready { .. } => (EventType::Normal, "Permitted"),
    };
    Some(event(type_, reason, JUDGE, &why.message))
}

/// One event for each kind of write; the tags of claims are not worth one.
fn of_writes(written: &[Effect]) -> Vec<Event> {
    let mut by_kind: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for effect in written {
        let resource = effect.resource();
        let (kind, what) = match effect {
            Effect::Group(_, GroupEffect::RuleAdded(rule)) => {
                let id = rule.id.as_ref().map_or("a rule", |id| id.as_str());
                let direction = rule.direction;
                (
                    ("RuleAuthorized", "Authorize"),
                    format!("{direction} {id} of {resource}"),
                )
            }
            Effect::Group(_, GroupEffect::RuleRevoked(id)) => {
                (("RuleRevoked", "Revoke"), format!("{id} of {resource}"))
            }
            Effect::Acl(_, AclEffect::EntryCreated(entry)) => (
                ("EntryCreated", "CreateEntry"),
                format!("{} entry {} of {resource}", entry.direction, entry.number),
            ),
            Effect::Acl(_, AclEffect::EntryDeleted(direction, number)) => (
                ("EntryDeleted", "DeleteEntry"),
                format!("{direction} entry {number} of {resource}"),
            ),
            Effect::Group(_, GroupEffect::RuleTagged { .. } | GroupEffect::RuleUntagged { .. })
            | Effect::Acl(_, AclEffect::Tagged { .. } | AclEffect::Untagged { .. }) => continue,
        };
        by_kind.entry(kind).or_default().push(what);
    }
    let events = by_kind.into_iter();
    events
        .map(|((reason, action), what)| event(EventType::Normal, reason, action, &what.join(", ")))
        .collect()
}
