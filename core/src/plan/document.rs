//! The plan as `plan -o json` prints it.

use super::{Input, Outlook, Plan, Standing, outlook, seen};
use crate::api::{Action, Change, EndpointName, Mode, NetworkPlan, Refusal, Unit};
use std::collections::BTreeSet;

/// The document of one network. `needed_by_others` tells which units other networks hold: they are left, not deleted.
#[must_use]
pub fn document(
    plan: &Plan,
    input: &Input<'_>,
    needed_by_others: &impl Fn(&Unit) -> bool,
) -> NetworkPlan {
    let outlook: Outlook = outlook(plan, input);
    let change = |unit: &Unit, endpoints: &BTreeSet<EndpointName>, rule_number, action| {
        Some(Change {
            unit: unit.clone(),
            rule_number,
            endpoint: endpoints.first()?.clone(),
            action,
        })
    };
    let additions = plan.additions().filter_map(|(unit, planned)| {
        let action = if planned.standing == Standing::Join {
            Action::Join
        } else {
            Action::Create
        };
        change(unit, &planned.endpoints, planned.rule_number, action)
    });
    let removals = plan
        .releases
        .iter()
        .filter(|_| input.mode() != Mode::AddOnly)
        .filter_map(|(unit, endpoints)| {
            let action = if needed_by_others(unit) {
                Action::Leave
            } else {
                Action::Delete
            };
            change(unit, endpoints, seen(unit, input).number, action)
        });
    let mut refusals = plan.refusals.clone();
    refusals.extend(plan.unresolved.iter().map(|unresolved| Refusal {
        resource: unresolved.resource.clone(),
        reason: unresolved.reason,
        evidence: Vec::new(),
        message: unresolved.message.clone(),
        remedy: Some(unresolved.reason.remedy().to_owned()),
    }));
    NetworkPlan {
        namespace: input.namespace.to_owned(),
        name: input.name.to_owned(),
        ready: outlook.ready(),
        reason: outlook.reason(),
        paths: plan.paths.iter().map(|path| path.status.clone()).collect(),
        additions: additions.collect(),
        removals: removals.collect(),
        requirements: plan.requirements.clone(),
        refusals,
    }
}
