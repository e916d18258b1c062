//! What becomes of a state once nothing disturbs it any more: every pass runs to its end, reads show the newest, time
//! passes, until nothing changes.

use crate::{
    laws::{self, Broken},
    search::fingerprint,
    state::{Budget, Life, Stage, State},
    system::{Action, System},
    words,
};
use std::collections::HashSet;

/// So many rounds are enough for every case.
const ROUNDS: usize = 60;

/// What becomes of the calls that are under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// They land at the last moment.
    LandLast,
    /// They never land.
    Vanish,
}

/// The states that are known to end well.
#[derive(Default)]
pub struct Settled {
    known: HashSet<u64>,
    /// What was done in the run that is judged, in words; none where nobody wants to know.
    log: Option<Vec<String>>,
}

impl Settled {
    /// Judges how a state ends: as it is, and once every object is deleted.
    ///
    /// # Errors
    /// The law that is broken on the way or at the end, and what was done to get there.
    pub fn judge(&mut self, system: &mut System, state: &State) -> Result<(), Broken> {
        let fates: &[Fate] = if state.under_way.is_empty() {
            &[Fate::Vanish]
        } else {
            &[Fate::LandLast, Fate::Vanish]
        };
        for fate in fates {
            let mut as_it_is = state.clone();
            as_it_is.left = Budget::default();
            self.start();
            self.settle(system, as_it_is, *fate)
                .map_err(|Broken(law)| Broken(format!("undisturbed ({fate:?}): {law}")))?;
            let mut ended = state.clone();
            ended.left = Budget::default();
            for number in 0..ended.objects.len() as u8 {
                if ended.objects[usize::from(number)].life == Life::Live {
                    system.delete(&mut ended, number);
                }
            }
            self.start();
            self.settle(system, ended, *fate)
                .map_err(|Broken(law)| Broken(format!("all deleted ({fate:?}): {law}")))?;
        }
        Ok(())
    }

    /// How a state that ends badly ends, in words; nothing where it ends well.
    #[must_use]
    pub fn ending(system: &mut System, state: &State) -> Vec<String> {
        let mut undisturbed = Self {
            known: HashSet::new(),
            log: Some(Vec::new()),
        };
        if undisturbed.judge(system, state).is_ok() {
            return Vec::new();
        }
        let from_here = "from here on, nothing disturbs".to_owned();
        let log = undisturbed.log.into_iter().flatten();
        std::iter::once(from_here).chain(log).collect()
    }

    fn settle(&mut self, system: &mut System, mut state: State, fate: Fate) -> Result<(), Broken> {
        let mut met = Vec::new();
        if fate == Fate::Vanish {
            state.under_way.clear();
        }
        for _ in 0..ROUNDS {
            let mark = fingerprint(&state);
            if met.last() == Some(&mark) {
                laws::judge_end(system, &state)?;
                self.known.extend(met);
                return Ok(());
            }
            if self.known.contains(&mark) {
                self.known.extend(met);
                return Ok(());
            }
            met.push(mark);
            self.round(system, &mut state, fate)?;
        }
        Err(Broken("it does not settle".to_owned()))
    }

    fn start(&mut self) {
        if let Some(log) = &mut self.log {
            log.clear();
        }
    }

    fn apply(
        &mut self,
        system: &mut System,
        state: &mut State,
        action: Action,
    ) -> Result<(), Broken> {
        let before = self.log.is_some().then(|| state.clone());
        let done = system.apply(state, action);
        if let (Some(log), Some(before)) = (&mut self.log, before) {
            log.push(words::step(system, &before, action, state));
        }
        done
    }

    fn round(&mut self, system: &mut System, state: &mut State, fate: Fate) -> Result<(), Broken> {
        while let Some(call) = state.under_way.iter().position(|call| call.left == 0) {
            if fate == Fate::LandLast {
                self.apply(system, state, Action::Land(call as u8))?;
            } else {
                state.under_way.remove(call);
            }
        }
        let objects = 0..state.objects.len() as u8;
        for number in objects.clone() {
            let idle = state.passes[usize::from(number)].is_none();
            if idle && state.objects[usize::from(number)].life != Life::Absent {
                self.apply(system, state, Action::Begin(number, 0))?;
            }
            // Whoever is in the section first makes way.
            for other in objects.clone() {
                self.run(system, state, other)?;
            }
            self.run(system, state, number)?;
        }
        self.apply(system, state, Action::Tick)
    }

    /// Runs a pass to its end, or to where another is in its way.
    fn run(&mut self, system: &mut System, state: &mut State, number: u8) -> Result<(), Broken> {
        while let Some(pass) = &state.passes[usize::from(number)] {
            let owner = usize::from(system.owner(number));
            let action = match pass.stage {
                Stage::Planned | Stage::ToRelease => {
                    if state.processes[owner].section.is_some() {
                        return Ok(());
                    }
                    Action::Enter(number)
                }
                Stage::Adding(calls) | Stage::Releasing(calls) => system.next_of(number, calls),
            };
            self.apply(system, state, action)?;
        }
        Ok(())
    }
}
