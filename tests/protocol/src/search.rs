//! The search: every state that a case can reach, breadth first, so that the first counterexample is a shortest one.

use crate::{
    fair::Settled,
    laws::Broken,
    state::State,
    system::{Action, System},
    words,
};
use std::{
    collections::{HashSet, VecDeque},
    fmt,
    hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher},
};

/// What a search found.
pub struct Report {
    /// The case.
    pub name: String,
    /// How many different states were reached.
    pub states: usize,
    /// How many steps were taken.
    pub steps: u64,
    /// How many different questions the core answered.
    pub asked: u64,
    /// Whether states were left out since there were too many.
    pub cut_short: bool,
    /// A shortest run that breaks a law.
    pub counterexample: Option<Counterexample>,
}

/// A run that breaks a law.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The law.
    pub law: String,
    /// What happened, in words.
    pub trace: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = usize::from(self.counterexample.is_some());
        write!(
            f,
            "protocol: {}: {} states, {} steps, {} questions, {found} counterexamples{}",
            self.name,
            words::thousands(self.states as u64),
            words::thousands(self.steps),
            words::thousands(self.asked),
            if self.cut_short { " (cut short)" } else { "" },
        )
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.law)?;
        for (number, step) in self.trace.iter().enumerate() {
            writeln!(f, "{:3}. {step}", number + 1)?;
        }
        Ok(())
    }
}

/// Fingerprints are as good as random: they are not hashed again.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only fingerprints are hashed")
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }
}

/// What tells states apart: 64 bits of SipHash. Among ten million states the chance that any two are taken for one is
/// below one in a hundred thousand.
#[must_use]
pub fn fingerprint(state: &State) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}

/// A state's way from the start: the place of the one before, and what happened.
type Way = (u32, Action);

/// Searches all states of a case, at most so many.
#[must_use]
pub fn search(system: &mut System, most: usize) -> Report {
    let start = system.start();
    let mut known: HashSet<u64, BuildHasherDefault<AsItIs>> = HashSet::default();
    known.insert(fingerprint(&start));
    let mut ways: Vec<Way> = vec![(0, Action::Tick)];
    let mut open = VecDeque::from([(0u32, start)]);
    let mut settled = Settled::default();
    let (mut steps, mut cut_short, mut counterexample) = (0u64, false, None);
    let mut actions = Vec::new();
    'search: while let Some((place, state)) = open.pop_front() {
        if system.ends
            && let Err(Broken(law)) = settled.judge(system, &state)
        {
            counterexample = Some((place, None, law));
            break;
        }
        system.actions(&state, &mut actions);
        for action in std::mem::take(&mut actions) {
            steps += 1;
            let mut next = state.clone();
            if let Err(Broken(law)) = system.apply(&mut next, action) {
                counterexample = Some((place, Some(action), law));
                break 'search;
            }
            if !known.insert(fingerprint(&next)) {
                continue;
            }
            if ways.len() >= most {
                cut_short = true;
                continue;
            }
            let number = ways.len() as u32;
            ways.push((place, action));
            open.push_back((number, next));
        }
    }
    let counterexample = counterexample.map(|(place, last, law)| {
        let mut way: Vec<Action> = last.into_iter().collect();
        let mut place = place;
        while place != 0 {
            let (before, action) = ways[place as usize];
            way.push(action);
            place = before;
        }
        way.reverse();
        let (mut trace, end) = retrace(system, &way);
        if last.is_none() {
            trace.extend(Settled::ending(system, &end));
        }
        Counterexample { law, trace }
    });
    Report {
        name: system.case.name.to_owned(),
        states: ways.len(),
        steps,
        asked: system.brain.asked,
        cut_short,
        counterexample,
    }
}

/// A run in words, and where it ends.
#[must_use]
pub fn retrace(system: &mut System, way: &[Action]) -> (Vec<String>, State) {
    let mut state = system.start();
    let mut trace = Vec::new();
    for action in way {
        let before = state.clone();
        let done = system.apply(&mut state, *action);
        trace.push(words::step(system, &before, *action, &state));
        if done.is_err() {
            break;
        }
    }
    (trace, state)
}
