//! One state of the whole: EC2, Kubernetes, each process's memory, calls under way, and what may still happen.

use crate::{
    aws::{Aws, Item, LANDING, LONG_AGO, Layout, OwnerId, SETTLE},
    brain::{CallId, CameId, LedgerId, Mask},
};
use dms_network_core::claims::{Times, Writes};
use std::{ops::Add, time::Duration};

/// The most units of a case.
pub const MOST_UNITS: usize = 3;

/// A tick of the model's clock, from now: what was is below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick(i64);

impl Add<Duration> for Tick {
    type Output = Self;

    fn add(self, ticks: Duration) -> Self {
        Self(self.0 + ticks.as_secs() as i64)
    }
}

/// The tick that was so many ticks ago.
#[must_use]
pub fn ago(ticks: u8) -> Tick {
    Tick(-i64::from(ticks))
}

/// The whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// EC2.
    pub aws: Aws,
    /// The objects in Kubernetes, of all deployments.
    pub objects: Vec<Object>,
    /// The memory of each deployment's process.
    pub processes: Vec<Process>,
    /// The pass that is under way over each object.
    pub passes: Vec<Option<Pass>>,
    /// The calls whose answer was lost and which may still land.
    pub under_way: Vec<UnderWay>,
    /// The units that a person closed, and nobody opened since.
    pub closed_by_person: Mask,
    /// What may still happen.
    pub left: Budget,
}

/// How many disturbances may still happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Objects declared, changed or deleted.
    pub edits: u8,
    /// Rules or entries added or removed by a person.
    pub person: u8,
    /// Answers that are lost.
    pub lost: u8,
    /// Crashes of a process.
    pub crashes: u8,
}

/// An object in Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Object {
    /// Whether it is there.
    pub life: Life,
    /// Whether it carries our finalizer.
    pub finalizer: bool,
    /// Its declaration.
    pub spec: u8,
    /// Its ledger.
    pub ledger: LedgerId,
    /// Whether its status says Ready.
    pub ready: bool,
    /// For each unit the rule, by id, or the entry, by number, that it relied on when it last said Ready.
    pub relies_on: [Option<u8>; MOST_UNITS],
    /// Those of them that each of its declarations since called for.
    pub steadily: Mask,
}

/// Whether an object is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Life {
    /// It is not.
    Absent,
    /// It is.
    Live,
    /// It is being deleted.
    Deleting,
}

impl Object {
    /// No object.
    pub const ABSENT: Self = Self {
        life: Life::Absent,
        finalizer: false,
        spec: 0,
        ledger: 0,
        ready: false,
        relies_on: [None; MOST_UNITS],
        steadily: 0,
    };
}

/// The memory of a process: lost in a crash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Process {
    /// How many ticks ago it became the one that writes.
    pub start: u8,
    /// How many ticks ago its last write was answered.
    pub answered: Option<u8>,
    /// How many ticks ago its last write whose answer was lost was given up.
    pub lost: Option<u8>,
    /// The effects of its answered writes that reads may not show, with the ticks since.
    pub acknowledged: Vec<(u8, u16)>,
    /// The marks of what it found to permit.
    pub relied_on: Mask,
    /// What each object needs, of those that it planned since its start.
    pub needs: Vec<Option<Mask>>,
    /// Its latest read, with its own writes laid over it, while a pass may use it.
    pub latest: Option<Vec<Item>>,
    /// The object whose pass is in the critical section.
    pub section: Option<u8>,
}

impl Process {
    /// One that just became the one that writes.
    #[must_use]
    pub fn new(objects: usize) -> Self {
        Self {
            start: 0,
            answered: None,
            lost: None,
            acknowledged: Vec::new(),
            relied_on: 0,
            needs: vec![None; objects],
            latest: None,
            section: None,
        }
    }

    /// One that has run for long.
    #[must_use]
    pub fn old(objects: usize) -> Self {
        Self {
            start: LONG_AGO,
            ..Self::new(objects)
        }
    }

    /// The times of the protocol by its clock.
    #[must_use]
    pub fn times(&self) -> Times<Tick> {
        Times {
            settle: Duration::from_secs(SETTLE.into()),
            landing: Duration::from_secs(LANDING.into()),
            start: ago(self.start),
        }
    }

    /// Its writes, as the core keeps them. None is under way between two actions of the model: a call is made, lands
    /// and is answered in one.
    #[must_use]
    pub fn writes(&self) -> Writes<Tick> {
        Writes {
            in_flight: 0,
            answered: self.answered.map(ago),
            lost: self.lost.map(ago),
            sequence: 0,
        }
    }
}

/// A pass over an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pass {
    /// What its view shows.
    pub shown: Vec<Item>,
    /// How many ticks ago the read began.
    pub age: u8,
    /// Whether a write of this process began or ended since the view was taken.
    pub moved_on: bool,
    /// Whether the object changed since the pass read it: then the API server refuses its writes.
    pub conflict: bool,
    /// The ledger that it planned on.
    pub ledger: LedgerId,
    /// What it does.
    pub aim: Aim,
    /// How far it is.
    pub stage: Stage,
    /// What became of each unit.
    pub came: Vec<CameId>,
}

/// What a pass does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aim {
    /// It carries out a plan.
    Plan(u16),
    /// It lets go of all that a deleted object held.
    End(Mask),
}

/// How far a pass is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The view is taken, and the plan made.
    Planned,
    /// It waits for the critical section to release in.
    ToRelease,
    /// It makes the calls of a section that adds.
    Adding(Calls),
    /// It makes the calls of a section that releases.
    Releasing(Calls),
}

/// The calls of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Calls {
    /// The section.
    pub section: u16,
    /// The next call.
    pub next: u8,
    /// How many ticks ago the content under the number was looked at, for the next call.
    pub looked: Option<u8>,
}

/// A call whose answer was lost, and which may still land.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnderWay {
    /// The call.
    pub call: CallId,
    /// For how many ticks more.
    pub left: u8,
    /// How many ticks ago the content under the number was looked at.
    pub looked: Option<u8>,
}

impl State {
    /// Nothing is there, and every process has run for long.
    #[must_use]
    pub fn empty(layout: Layout, owners: &[OwnerId], left: Budget) -> Self {
        let processes = owners
            .iter()
            .max()
            .map_or(0, |owner| usize::from(*owner) + 1);
        Self {
            aws: Aws::empty(layout),
            objects: vec![Object::ABSENT; owners.len()],
            processes: vec![Process::old(owners.len()); processes],
            passes: vec![None; owners.len()],
            under_way: Vec::new(),
            closed_by_person: 0,
            left,
        }
    }

    /// Whether time may pass: a call lands in time or never, and no pass takes longer than W from its read.
    #[must_use]
    pub fn may_tick(&self) -> bool {
        let passes = self.passes.iter().flatten();
        self.under_way.iter().all(|call| call.left > 0)
            && passes.into_iter().all(|pass| pass.age < LANDING)
    }

    /// A tick passes. Ages beyond what the protocol looks back to are all the same.
    pub fn tick(&mut self) {
        let older = |age: &mut u8| *age = (*age + 1).min(LONG_AGO);
        self.aws.tick();
        for process in &mut self.processes {
            older(&mut process.start);
            process.answered.iter_mut().for_each(older);
            process.lost.iter_mut().for_each(older);
            process
                .acknowledged
                .iter_mut()
                .for_each(|(age, _)| older(age));
        }
        for pass in self.passes.iter_mut().flatten() {
            older(&mut pass.age);
            if let Stage::Adding(calls) | Stage::Releasing(calls) = &mut pass.stage {
                calls.looked.iter_mut().for_each(older);
            }
        }
        for call in &mut self.under_way {
            call.left -= 1;
            call.looked.iter_mut().for_each(older);
        }
        self.tidy();
    }

    /// Forgets what decides nothing any more, so that states that behave alike are one.
    pub fn tidy(&mut self) {
        self.under_way.sort();
        let views = self.passes.iter().flatten().map(|pass| pass.age);
        let oldest = views.max().unwrap_or(0);
        for process in &mut self.processes {
            process.acknowledged.retain(|(age, _)| *age < SETTLE);
            // By then both a long calm read and the start of the process lie behind.
            let settled = LANDING + 2 * SETTLE + oldest;
            process.answered = process.answered.filter(|age| *age < settled);
            process.lost = process.lost.filter(|age| *age < settled + LANDING);
            if process.start > settled + LANDING {
                process.start = LONG_AGO;
            }
        }
    }
}
