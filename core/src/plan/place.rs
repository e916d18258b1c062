//! Places what is needed: which group, which number, and whether there is room. Whole paths, or nothing of them.

use super::{Input, Planned, Seen, Standing, covered::Needed, guard, room::Room, seen};
use crate::{
    api::{EndpointName, Refusal, Unit, Verdict},
    trace::{Path, UnitRequest},
};
use std::collections::{BTreeMap, BTreeSet};

/// What could be placed.
#[derive(Default)]
pub(super) struct Placed {
    pub(super) additions: BTreeMap<Unit, Planned>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) refused: BTreeSet<usize>,
}

/// One unit that a Missing path needs.
struct Need<'a> {
    path: usize,
    endpoint: &'a EndpointName,
    port: u16,
    request: &'a UnitRequest,
    /// The form of the request that is added.
    unit: &'a Unit,
}

/// Places the units of every Missing path, refusing as few paths as it takes in their order.
pub(super) fn place(input: &Input<'_>, paths: &[Path]) -> Placed {
    let mut placed = Placed::default();
    let mut full = BTreeSet::new();
    let all = needs(input, paths, &placed.refused, &full);
    refuse_what_is_not_given(input, &all, &mut placed);
    loop {
        let open = needs(input, paths, &placed.refused, &full);
        let wanted = without_covered(&open, input);
        let mut room = Room::new(input);
        let mut all_fit = true;
        let known_full = full.clone();
        for of_path in open.chunk_by(|a, b| a.path == b.path) {
            let units = of_path.iter().map(|need| need.unit);
            let units = units.filter_map(|unit| Some((unit, wanted.get(unit)?.standing)));
            let Err((unit, refusal)) = room.take_all(units) else {
                continue;
            };
            all_fit = false;
            // Another form of the unit may find room: the same comes back only where there is none.
            if known_full.contains(unit) {
                placed.refused.extend(of_path.first().map(|need| need.path));
                placed.refusals.push(refusal);
            } else {
                full.insert(unit.clone());
            }
        }
        if all_fit {
            placed.additions = numbered(wanted, &room);
            return placed;
        }
    }
}

fn numbered(mut wanted: BTreeMap<Unit, Planned>, room: &Room<'_>) -> BTreeMap<Unit, Planned> {
    for (unit, planned) in &mut wanted {
        planned.rule_number = planned.rule_number.or_else(|| room.number(unit));
    }
    wanted
}

/// The units that Missing paths need, in the order of the paths, but for the refused ones; the units in `full` are
/// known to have no room.
fn needs<'a>(
    input: &Input<'_>,
    paths: &'a [Path],
    refused: &BTreeSet<usize>,
    full: &BTreeSet<Unit>,
) -> Vec<Need<'a>> {
    let missing = |(place, path): &(usize, &Path)| {
        path.status.verdict == Verdict::Missing && !refused.contains(place)
    };
    let needs = paths.iter().enumerate().filter(missing);
    let needs = needs.flat_map(|(place, path)| {
        let needed = path.asks.iter().filter(|ask| ask.needed);
        needed.map(move |ask| Need {
            path: place,
            endpoint: &path.status.endpoint,
            port: path.status.port,
            request: &ask.request,
            unit: choose(&ask.request, input, full),
        })
    });
    let mut needs: Vec<Need<'_>> = needs.collect();
    share_forms(&mut needs, input);
    needs
}

/// Leaves out a unit where each request for it has another form that is needed anyway.
fn share_forms(needs: &mut [Need<'_>], input: &Input<'_>) {
    let mut for_unit: BTreeMap<&Unit, Vec<usize>> = BTreeMap::new();
    for (place, need) in needs.iter().enumerate() {
        for_unit.entry(need.unit).or_default().push(place);
    }
    let chosen: Vec<&Unit> = for_unit.keys().copied().collect();
    for unit in chosen {
        let other = |place: usize, for_unit: &BTreeMap<&Unit, Vec<usize>>| {
            let mut forms = needs[place].request.forms();
            forms.find(|form| *form != unit && for_unit.contains_key(form))
        };
        let places = for_unit.get(unit).cloned().unwrap_or_default();
        let others = places.iter().map(|place| other(*place, &for_unit));
        let others: Option<Vec<&Unit>> = others.collect();
        let Some(others) = others.filter(|_| !input.ledger.holds(unit)) else {
            continue;
        };
        for_unit.remove(unit);
        for (place, other) in places.into_iter().zip(others) {
            needs[place].unit = other;
            for_unit.entry(other).or_default().push(place);
        }
    }
}

/// The form that the object holds already; else the first whose resource has consent and room; else consent alone.
fn choose<'r>(request: &'r UnitRequest, input: &Input<'_>, full: &BTreeSet<Unit>) -> &'r Unit {
    let consenting = || {
        let forms = request.forms();
        forms.filter(|unit| guard::has_consent(unit, input))
    };
    request
        .held(input.ledger)
        .or_else(|| consenting().find(|unit| !full.contains(unit)))
        .or_else(|| consenting().next())
        .unwrap_or(request.preferred())
}

fn standing(found: &Seen, is_held: bool) -> Standing {
    match (found.stands && is_held, found.joinable) {
        (true, _) => Standing::Stands,
        (false, true) => Standing::Join,
        (false, false) => Standing::Create,
    }
}

/// Guardrails and consent bind additions alone: what stands already is not needed again.
fn refuse_what_is_not_given(input: &Input<'_>, needs: &[Need<'_>], placed: &mut Placed) {
    let mut lacking = BTreeSet::new();
    for need in needs {
        if let Some(refusal) = guard::limit(need.unit, need.port, input) {
            placed.refused.insert(need.path);
            placed.refusals.push(refusal);
        }
        if !guard::has_consent(need.unit, input) {
            placed.refused.insert(need.path);
            lacking.insert(need.unit);
        }
    }
    placed.refusals.extend(guard::consent(&lacking, input));
    placed.refusals.sort();
    placed.refusals.dedup();
}

/// The additions: a needed unit that lies within another needed one is left out.
fn without_covered(open: &[Need<'_>], input: &Input<'_>) -> BTreeMap<Unit, Planned> {
    let mut callers: BTreeMap<&Unit, BTreeSet<EndpointName>> = BTreeMap::new();
    for need in open {
        let callers = callers.entry(need.unit).or_default();
        callers.insert(need.endpoint.clone());
    }
    let needed = Needed::new(callers.keys().copied());
    let wanted = callers.into_iter().filter(|(unit, _)| !needed.hold(unit));
    let wanted = wanted.map(|(unit, endpoints)| {
        let found = seen(unit, input);
        let planned = Planned {
            endpoints,
            standing: standing(&found, input.ledger.holds(unit)),
            rule_number: found.number,
        };
        (unit.clone(), planned)
    });
    wanted.collect()
}
