//! The laws: what no removal may do, and how every run must end.

use crate::{
    aws::{ClaimTag, Content, Item, Layout, Op, Removal, UnitId},
    brain::{CallKept, bits},
    network::Network,
    state::{Life, State},
    system::System,
};

/// A law that was broken, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

/// Judges a removal that a call of ours did: nothing of a person's, and nothing that an object relies on.
///
/// # Errors
/// The law that it broke.
pub fn judge_removal(
    system: &System,
    state: &State,
    call: &CallKept,
    removal: Removal,
    looked: Option<u8>,
) -> Result<(), Broken> {
    let who = Network::owner_name(call.owner);
    let foreign = match (removal.item, &call.op) {
        (Item::Rule(rule), _) => !rule.managed,
        (Item::Entry(entry), Op::DeleteEntry(_, claimed)) => {
            // What is documented: an entry equal to ours counts as ours, and one that a person put there less than S
            // before the look, or after it, is lost.
            let equal = entry.content == Content::Unit(*claimed);
            let showed = |age: u8| System::look_showed(age, looked);
            entry.by_person.is_some_and(showed) && !equal
        }
        _ => false,
    };
    if foreign {
        return Err(Broken(format!("{who} removed what a person made")));
    }
    let Some(unit) = removal
        .unit
        .filter(|unit| !state.aws.opens(system.case.layout, *unit))
    else {
        return Ok(());
    };
    for (object, number) in state.objects.iter().zip(0u8..) {
        let relied_on = object.relies_on[usize::from(unit)];
        if object.life != Life::Live || relied_on != Some(removal.name) {
            continue;
        }
        let called = system.called(object);
        if called & (1 << unit) != 0 {
            // Whoever takes a unit out of a declaration gives it up, also where it is put back before the pass is over.
            if object.steadily & (1 << unit) == 0 {
                continue;
            }
            return Err(Broken(format!(
                "{who} removed unit {unit}, which object {number} calls for and relies on"
            )));
        }
        let open = |other: UnitId| {
            state.aws.opens(system.case.layout, other) || state.closed_by_person & (1 << other) != 0
        };
        // Another endpoint's unit that cannot be added, since no number was free, is not waited for.
        if hindered(system, state, number) {
            continue;
        }
        if let Some(missing) = bits(called).find(|other| !open(*other)) {
            return Err(Broken(format!(
                "{who} removed unit {unit}, which object {number} relies on, before unit {missing}, which replaces it, \
                 stood"
            )));
        }
    }
    Ok(())
}

/// Judges an object that has come to be called Ready: what it calls for is open. Where a person acted, nothing is said:
/// a read may still show for S what a person has removed since.
///
/// # Errors
/// The law that it breaks.
pub fn judge_ready(system: &System, state: &State, number: u8) -> Result<(), Broken> {
    if state.left.person < system.case.budget.person {
        return Ok(());
    }
    let called = system.called(&state.objects[usize::from(number)]);
    let shut = |unit: &UnitId| !state.aws.opens(system.case.layout, *unit);
    match bits(called).find(shut) {
        None => Ok(()),
        Some(unit) => Err(Broken(format!(
            "object {number} is called Ready, and unit {unit} is shut"
        ))),
    }
}

/// Judges a state in which nothing changes any more.
///
/// # Errors
/// The law that it breaks.
pub fn judge_end(system: &System, state: &State) -> Result<(), Broken> {
    let layout = system.case.layout;
    let broken = |text: String| Err(Broken(format!("in the end {text}")));
    for (object, number) in state.objects.iter().zip(0u8..) {
        match object.life {
            Life::Absent => {}
            Life::Deleting => return broken(format!("object {number} does not go")),
            Life::Live => {
                if hindered(system, state, number) {
                    continue;
                }
                let called = system.called(object);
                if let Some(unit) = bits(called).find(|unit| !state.aws.opens(layout, *unit)) {
                    return broken(format!(
                        "unit {unit}, which object {number} calls for, is shut"
                    ));
                }
                if !object.ready {
                    return broken(format!("object {number} is not called ready"));
                }
            }
        }
    }
    let held = |owner: u8, unit: UnitId| {
        system.objects_of(owner).any(|number| {
            let object = &state.objects[usize::from(number)];
            let ledger = system.brain.ledger(object.ledger);
            object.life == Life::Live && ledger.units & (1 << unit) != 0
        })
    };
    for (item, place) in state.aws.now.iter().zip(0u8..) {
        match item {
            Item::Nothing | Item::Claim => {}
            Item::Rule(rule) => {
                let claims = rule.claims.iter().zip(0u8..);
                let mut owners = claims.filter(|(claim, _)| **claim != ClaimTag::Absent);
                if rule.managed && owners.clone().next().is_none() {
                    return broken(format!("a rule of unit {place} is left that nobody claims"));
                }
                if let Some((_, owner)) = owners.find(|(_, owner)| !held(*owner, place)) {
                    let who = Network::owner_name(owner);
                    return broken(format!(
                        "{who}'s claim to the rule of unit {place} is left, in nobody's ledger"
                    ));
                }
            }
            Item::Entry(entry) => {
                let claimed = match entry.content {
                    Content::Unit(unit) => state.aws.now[layout.claim(place, unit)] == Item::Claim,
                    Content::Other | Content::Deny => false,
                };
                if entry.by_person.is_none() && !claimed {
                    return broken(format!(
                        "an entry of ours under {place} is left that nobody claims"
                    ));
                }
            }
        }
    }
    for number in 0..layout.entries() {
        for unit in 0..layout.units() {
            let claimed = state.aws.now[layout.claim(number, unit)] == Item::Claim;
            let owner = layout.owner_of(number);
            if claimed && !held(owner, unit) {
                let who = Network::owner_name(owner);
                return broken(format!(
                    "{who}'s claim to unit {unit} under {number} is left, in nobody's ledger"
                ));
            }
        }
    }
    Ok(())
}

/// Whether an object cannot become ready: a deny stands, or no number of its deployment is free of entries and claims.
/// Where a read did not show an entry of ours yet, a second one is made and stays as long as it is needed: it takes a
/// number, too. An entry that went just now is claimed still.
fn hindered(system: &System, state: &State, number: u8) -> bool {
    let layout = system.case.layout;
    let Layout::Acl { numbers, units, .. } = layout else {
        return false;
    };
    let now = &state.aws.now;
    let entries = &now[..usize::from(layout.entries())];
    let denies = |item: &Item| item.entry().is_some_and(|it| it.content == Content::Deny);
    let first = system.owner(number) * numbers;
    let free = |number: &u8| {
        let claims = (0..units).map(|unit| now[layout.claim(*number, unit)]);
        now[usize::from(*number)] == Item::Nothing
            && claims.into_iter().all(|it| it == Item::Nothing)
    };
    entries.iter().any(denies) || !(first..first + numbers).any(|number| free(&number))
}
