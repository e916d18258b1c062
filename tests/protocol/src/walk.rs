//! Random runs of cases that are too large to search through.

use crate::{
    fair::Settled,
    laws::Broken,
    search::{Counterexample, retrace},
    state::State,
    system::{Action, Case, System},
};

/// The steps of one walk.
const STEPS: usize = 120;
/// Of so many steps one is a disturbance, where one may happen.
const DISTURBED: u64 = 6;
/// A memory of more decisions than that is begun anew.
const MOST_ASKED: u64 = 20_000;

/// What walks found.
pub struct Walked {
    /// How many walks.
    pub walks: u64,
    /// How many steps in all.
    pub steps: u64,
    /// A run that breaks a law, with no step that could be left out.
    pub counterexample: Option<Counterexample>,
}

/// Numbers as good as random for this: xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift
/// generators").
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % bound
    }
}

/// Walks a case so many times, each from the start; at the end of each nothing disturbs any more.
#[must_use]
pub fn walk(case: Case, walks: u64, seed: u64) -> Walked {
    let mut system = System::new(case, None);
    let mut settled = Settled::default();
    let mut dice = Dice(seed | 1);
    let mut steps = 0;
    for number in 0..walks {
        if system.brain.asked > MOST_ASKED {
            system = System::new(case, None);
            settled = Settled::default();
        }
        let mut way = Vec::new();
        let broken = one(&mut system, &mut settled, &mut dice, &mut way);
        steps += way.len() as u64;
        if let Err(Broken(law)) = broken {
            return Walked {
                walks: number + 1,
                steps,
                counterexample: Some(shorten(&mut system, way, law)),
            };
        }
    }
    Walked {
        walks,
        steps,
        counterexample: None,
    }
}

fn one(
    system: &mut System,
    settled: &mut Settled,
    dice: &mut Dice,
    way: &mut Vec<Action>,
) -> Result<(), Broken> {
    let mut state = system.start();
    let mut actions = Vec::new();
    for _ in 0..STEPS {
        system.actions(&state, &mut actions);
        let disturbs = dice.below(DISTURBED) == 0;
        let chosen: Vec<Action> = actions
            .iter()
            .copied()
            .filter(|action| action.disturbs() == disturbs)
            .collect();
        let from = if chosen.is_empty() { &actions } else { &chosen };
        if from.is_empty() {
            break;
        }
        let action = from[dice.below(from.len() as u64) as usize];
        way.push(action);
        system.apply(&mut state, action)?;
    }
    settled.judge(system, &state)
}

/// Leaves steps out as long as a law is still broken.
fn shorten(system: &mut System, mut way: Vec<Action>, mut law: String) -> Counterexample {
    let mut place = way.len();
    while place > 0 {
        place -= 1;
        let mut shorter = way.clone();
        shorter.remove(place);
        if let Some(broken) = breaks(system, &mut shorter) {
            way = shorter;
            law = broken;
            place = place.min(way.len());
        }
    }
    let (mut trace, end) = retrace(system, &way);
    trace.extend(Settled::ending(system, &end));
    Counterexample { law, trace }
}

/// The law that a run breaks, if it can be run at all; cut off where it is broken.
fn breaks(system: &mut System, way: &mut Vec<Action>) -> Option<String> {
    let mut state: State = system.start();
    let mut actions = Vec::new();
    for place in 0..way.len() {
        system.actions(&state, &mut actions);
        if !actions.contains(&way[place]) {
            return None;
        }
        if let Err(Broken(law)) = system.apply(&mut state, way[place]) {
            way.truncate(place + 1);
            return Some(law);
        }
    }
    let end = Settled::default().judge(system, &state);
    end.err().map(|Broken(law)| law)
}
