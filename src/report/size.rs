//! Keeps a status within 64 KiB: what people can read elsewhere gives way, what the controller lives by does not.
//!
//! Whole where it fits. Else every endpoint gets one line, then come the refusals and the requirements, then as many
//! paths as fit, the worst first; `omitted` counts the rest. Nothing depends on what was shown before, so a steady
//! object shows the same each time.

use super::{change::by_flow, count, is_open};
use dms_network_core::{
    api::{
        EndpointName, EndpointSummary, MigrationNetworkStatus, Omitted, PathStatus, Reason,
        Refusal, Requirement, Verdict,
    },
    plan::Plan,
};
use serde::Serialize;
use serde_json::Value;
use std::{cmp::Reverse, collections::BTreeMap};

/// The most that a status takes as JSON, in bytes.
pub(super) const LIMIT: usize = 64 * 1024;
/// The names of the lists that are cut, with their punctuation.
const NAMES: usize = r#","paths":[],"endpointSummaries":[],"requirements":[],"refusals":[]"#.len();
/// The bounds of the schema on any list and text of the status. The lists that are cut meet theirs by their size: no
/// item of them takes less than 16 bytes.
const MAX_ITEMS: usize = 4096;
const MAX_TEXT: usize = 32_768;

/// What is shown as far as it fits.
#[derive(Clone)]
pub(super) struct Found {
    paths: Vec<PathStatus>,
    /// One line for each endpoint.
    summaries: Vec<EndpointSummary>,
    /// What is left out already.
    omitted: Omitted,
    requirements: Vec<Requirement>,
    refusals: Vec<Refusal>,
}

impl Found {
    /// What a plan found.
    pub(super) fn of(plan: &Plan) -> Self {
        let paths: Vec<PathStatus> = plan.paths.iter().map(|path| path.status.clone()).collect();
        Self {
            summaries: summaries(&paths),
            paths,
            omitted: Omitted::default(),
            requirements: plan.requirements.clone(),
            refusals: plan.refusals.clone(),
        }
    }

    /// What a status shows, where nothing was judged anew.
    pub(super) fn shown(status: &MigrationNetworkStatus) -> Self {
        let summaries = if status.endpoint_summaries.is_empty() {
            summaries(&status.paths)
        } else {
            status.endpoint_summaries.clone()
        };
        Self {
            paths: status.paths.clone(),
            summaries,
            omitted: status.omitted.clone().unwrap_or_default(),
            requirements: status.requirements.clone(),
            refusals: status.refusals.clone(),
        }
    }

    /// Puts everything in one order and takes out what the schema would refuse.
    fn prepare(&mut self) {
        self.paths.sort_by(by_flow);
        self.summaries.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
        self.requirements.sort();
        self.refusals.sort();
        more(&mut self.omitted.paths, retain_storable(&mut self.paths));
        more(
            &mut self.omitted.requirements,
            retain_storable(&mut self.requirements),
        );
        more(
            &mut self.omitted.refusals,
            retain_storable(&mut self.refusals),
        );
    }
}

/// Adds to `bare`, which holds all that is never cut, as much of what was found as fits.
pub(super) fn show(bare: MigrationNetworkStatus, mut found: Found) -> MigrationNetworkStatus {
    found.prepare();
    let whole = put(bare.clone(), found.clone());
    if size(&whole) <= LIMIT {
        return whole;
    }
    let room = LIMIT.saturating_sub(size(&bare));
    put(bare, found.within(room))
}

impl Found {
    /// As much as fits into `room` bytes.
    fn within(mut self, room: usize) -> Self {
        let figures = r#","omitted":"#.len() + size(&FULL);
        let mut room = room.saturating_sub(NAMES + figures);
        self.summaries.sort_by_key(|line| Reverse(line.verdict));
        more(
            &mut self.omitted.endpoint_summaries,
            fill(&mut self.summaries, &mut room),
        );
        self.summaries.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
        more(
            &mut self.omitted.refusals,
            fill(&mut self.refusals, &mut room),
        );
        more(
            &mut self.omitted.requirements,
            fill(&mut self.requirements, &mut room),
        );
        self.paths.sort_by_key(|path| Reverse(path.verdict));
        more(&mut self.omitted.paths, fill(&mut self.paths, &mut room));
        self.paths.sort_by(by_flow);
        self
    }
}

/// Counts what is left out on top of what was before; a status that somebody wrote by hand may hold any figure.
fn more(figure: &mut u32, left_out: u32) {
    *figure = figure.saturating_add(left_out);
}

/// The figures at their longest.
const FULL: Omitted = Omitted {
    paths: u32::MAX,
    endpoint_summaries: u32::MAX,
    requirements: u32::MAX,
    refusals: u32::MAX,
};

fn put(bare: MigrationNetworkStatus, found: Found) -> MigrationNetworkStatus {
    // The lines stand for the paths that are not shown.
    let left_out = found.omitted.paths > 0;
    MigrationNetworkStatus {
        endpoint_summaries: if left_out {
            found.summaries
        } else {
            Vec::new()
        },
        omitted: (found.omitted != Omitted::default()).then_some(found.omitted),
        paths: found.paths,
        requirements: found.requirements,
        refusals: found.refusals,
        ..bare
    }
}

/// Keeps those items that fit, each in its turn, and tells how many did not.
fn fill<T: Serialize>(items: &mut Vec<T>, room: &mut usize) -> u32 {
    let all = items.len();
    items.retain(|item| {
        let with_comma = size(item).saturating_add(1);
        match room.checked_sub(with_comma) {
            Some(left) => {
                *room = left;
                true
            }
            None => false,
        }
    });
    count(all - items.len())
}

/// The bytes that a value takes as JSON.
fn size<T: Serialize>(value: &T) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len())
}

/// Keeps those items that the schema takes, and tells how many it would not.
fn retain_storable<T: Serialize>(items: &mut Vec<T>) -> u32 {
    let all = items.len();
    items.retain(|item| {
        // What is that small as a whole has no list or text beyond its bounds.
        size(item) <= MAX_ITEMS
            || serde_json::to_value(item).is_ok_and(|value| within_bounds(&value))
    });
    count(all - items.len())
}

fn within_bounds(value: &Value) -> bool {
    match value {
        Value::String(text) => text.chars().count() <= MAX_TEXT,
        Value::Array(items) => items.len() <= MAX_ITEMS && items.iter().all(within_bounds),
        Value::Object(fields) => fields.values().all(within_bounds),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// One line for each endpoint, with the reason of its worst path.
fn summaries(paths: &[PathStatus]) -> Vec<EndpointSummary> {
    let mut lines: BTreeMap<&EndpointName, EndpointSummary> = BTreeMap::new();
    for path in paths {
        let line = lines
            .entry(&path.endpoint)
            .or_insert_with(|| EndpointSummary {
                endpoint: path.endpoint.clone(),
                paths: 0,
                permitted: 0,
                verdict: Verdict::Permitted,
                reason: Reason::Permitted,
            });
        line.paths += 1;
        line.permitted += u32::from(is_open(path));
        if path.verdict > line.verdict {
            line.verdict = path.verdict;
            let worst = path.gates.iter().find(|gate| gate.verdict == path.verdict);
            line.reason = worst.map_or(Reason::Permitted, |gate| gate.reason);
        }
    }
    lines.into_values().collect()
}
