//! The planner, on whatever the readers let pass.

use crate::{
    decide::{Case, carried_out},
    declaration::Declared,
    files::Files,
};
use dms_network_core::{
    claims::{Ledger, Owner},
    plan::{Input, Plan, document, pressure},
    snapshot::{Snapshot, read},
};

/// The most networks of an input that are planned, so that one input costs no more than some.
const MOST_NETWORKS: usize = 3;

/// Plans the networks that the YAML files of a folder declare on the snapshot that its JSON files hold, one after the
/// other. The same input gives the same bytes, an object that ended adds nothing, and a plan that was carried out
/// leaves nothing to add. Tells whether anything was planned.
pub fn plan(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    let files = Files::read(text);
    let mut declared = Declared::default();
    for (_, text) in files.ending_in(&[".yaml", ".yml"]) {
        declared.add(text.as_bytes());
    }
    if declared.networks.is_empty() {
        return false;
    }
    let (Ok(mut snapshot), Ok(owner)) = (
        read::read(files.ending_in(&[".json"])),
        Owner::new("prod-eu1", None),
    ) else {
        return false;
    };
    let mut is_planned = false;
    for (name, network) in declared.networks.iter().take(MOST_NETWORKS) {
        let case = Case {
            name,
            network,
            declared: &declared,
            owner: &owner,
        };
        if let Some(after) = planned(&case, &snapshot) {
            snapshot = after;
            is_planned = true;
        }
    }
    is_planned
}

/// Plans one network and looks at the plan; the snapshot after it.
fn planned(case: &Case<'_>, snapshot: &Snapshot) -> Option<Snapshot> {
    let ledger = case.ledger();
    let printed = |ledger: &Ledger, ended| {
        case.plan(snapshot, ledger, ended, |plan, input| {
            (print(plan, input), plan.clone())
        })
    };
    let (text, plan) = printed(&ledger, false)?;
    let (again, _) = printed(&ledger, false)?;
    assert_eq!(text, again, "the same input gives the same bytes");
    let (_, ended) = printed(&ledger, true)?;
    assert_eq!(ended.additions().count(), 0, "what has ended adds nothing");
    let (after, held) = carried_out(snapshot, &plan, case.owner);
    let left = case.plan(&after, &held, false, |plan, input| {
        let left = plan
            .additions()
            .map(|(unit, planned)| format!("{planned:?} {unit:?}"));
        (left.collect::<Vec<_>>(), print(plan, input))
    });
    let left = left.map(|(left, _)| left).unwrap_or_default();
    assert!(left.is_empty(), "left to add: {left:#?}\nafter {text}");
    Some(after)
}

/// All that is printed of a plan.
fn print(plan: &Plan, input: &Input<'_>) -> String {
    let document = document(plan, input, &|_| false);
    let pressure = pressure(plan, input.scopes);
    let document = serde_json::to_string(&document).unwrap_or_default();
    format!("{document}\n{pressure:?}")
}
