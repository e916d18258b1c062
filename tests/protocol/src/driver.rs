//! A pass of the controller, in the steps between which others may act.
//!
//! What it decides is asked of the core; the order in which it asks, and what it writes to Kubernetes when, is that of
//! the controller's `src/controller/network.rs` (`carry_out`, `write_ahead`, `apply`, `come_to`), `ending.rs` (`end`),
//! `elsewhere.rs` (`in_scope`) and `src/apply.rs` (`add`, `release`, `carry_out`, `write`). It stops before each call,
//! and between its plan and its critical section where another pass of the same process may act meanwhile. Writes to
//! Kubernetes need no stop of their own: before and after one only the process's own end can come between, and that is
//! the crash before the step or before the next one.

use crate::{
    aws::{Answer, ClaimTag, Content, Entry, Item, Layout, Op, Rule},
    brain::{Mask, bits},
    bug::Bug,
    laws::Broken,
    state::{Aim, Calls, Life, MOST_UNITS, Object, Pass, Stage, State, ago},
    system::System,
};
use dms_network_core::claims::{Calm, Came, Others, Until};

impl System {
    /// A pass begins: read, plan, record what is needed.
    pub(crate) fn begin(&mut self, state: &mut State, number: u8, mut shown: Vec<Item>) {
        let owner = self.owner(number);
        let process = &mut state.processes[usize::from(owner)];
        let times = process.times();
        for (age, effect) in process.acknowledged.clone() {
            if !times.shows(ago(age), ago(0)) {
                shown = self.brain.lay_over(&shown, effect);
            }
        }
        process.latest = Some(shown.clone());
        let object = state.objects[usize::from(number)];
        let aim = if object.life == Life::Live {
            let (plan, planning) = self.brain.plan(owner, &shown, object.ledger, object.spec);
            let needs = planning.units | planning.releases;
            process.needs[usize::from(number)] = Some(needs);
            Aim::Plan(plan)
        } else {
            process.needs[usize::from(number)] = Some(0);
            let lost = self.brain.lost_units(owner, &shown, object.spec);
            let units = lost | self.brain.ledger(object.ledger).units;
            if units == 0 {
                self.gone(state, number);
                return;
            }
            if !self.all_planned(state, number) {
                self.leave_pass(state, number);
                return;
            }
            Aim::End(units)
        };
        let units = usize::from(self.case.layout.units());
        state.passes[usize::from(number)] = Some(Pass {
            shown,
            age: 0,
            moved_on: false,
            conflict: false,
            ledger: object.ledger,
            aim,
            stage: Stage::Planned,
            came: vec![0; units],
        });
        if !self.may_cross(number) {
            self.enter(state, number);
        }
    }

    /// A pass goes on to its critical section, which is free.
    pub(crate) fn enter(&mut self, state: &mut State, number: u8) {
        let Some(pass) = &state.passes[usize::from(number)] else {
            return;
        };
        match (pass.stage, pass.aim) {
            (Stage::Planned, Aim::Plan(plan)) => self.enter_to_add(state, number, plan),
            _ => self.enter_to_release(state, number),
        }
    }

    /// Writes ahead, then adds.
    fn enter_to_add(&mut self, state: &mut State, number: u8, plan: u16) {
        let planning = self.brain.planning(plan);
        let owner = self.owner(number);
        let pass = state.passes[usize::from(number)].as_mut().unwrap();
        let object = &mut state.objects[usize::from(number)];
        if planning.units | planning.releases != 0 {
            if pass.conflict && (planning.adds || !object.finalizer) {
                self.leave_pass(state, number);
                return;
            }
            object.finalizer = true;
            if planning.adds && self.bug != Some(Bug::LedgerAfterRule) {
                object.ledger = self.brain.ahead(object.ledger, plan);
                object.ready = false;
            }
        }
        if pass.moved_on && planning.units != 0 {
            self.leave_pass(state, number);
            return;
        }
        if self.bug == Some(Bug::ReleaseFirst) && planning.releases != 0 {
            self.enter_to_release(state, number);
            return;
        }
        let process = &mut state.processes[usize::from(owner)];
        let calm = calm(
            process.writes().calm(&process.times(), ago(pass.age)),
            self.bug,
        );
        let mut shown = pass.shown.clone();
        if self.bug == Some(Bug::NotTakenBack) {
            change_own(&mut shown, owner, ClaimTag::Releasing, ClaimTag::Active);
        }
        let asked = (plan, pass.ledger);
        let section = self
            .brain
            .to_add(owner, &shown, asked, calm, process.relied_on);
        let sectioned = self.brain.sectioned(section);
        process.relied_on |= sectioned.relied_on;
        for (unit, came) in &sectioned.known {
            pass.came[usize::from(*unit)] = *came;
        }
        process.section = Some(number);
        pass.stage = Stage::Adding(Calls {
            section,
            next: 0,
            looked: None,
        });
        self.run(state, number);
    }

    /// Releases, as far as nobody else needs it.
    fn enter_to_release(&mut self, state: &mut State, number: u8) {
        let owner = self.owner(number);
        let pass = state.passes[usize::from(number)].as_ref().unwrap();
        let units = match pass.aim {
            Aim::Plan(plan) => self.releasable(plan, pass.ledger),
            Aim::End(units) => units,
        };
        if pass.moved_on {
            self.plan_again(state, number);
            return;
        }
        let mut unneeded: Mask = 0;
        let mut came = pass.came.clone();
        for unit in bits(units) {
            match self.others(state, number, unit) {
                Others::Nobody => unneeded |= 1 << unit,
                Others::Coming => {
                    came[usize::from(unit)] = self.brain.came_to(&Came::Waiting(Until::Coming));
                }
                Others::Hold => came[usize::from(unit)] = self.brain.came_to(&Came::Gone),
            }
        }
        let process = &mut state.processes[usize::from(owner)];
        let pass = state.passes[usize::from(number)].as_mut().unwrap();
        let mut calm = calm(
            process.writes().calm(&process.times(), ago(pass.age)),
            self.bug,
        );
        let mut shown = pass.shown.clone();
        match self.bug {
            Some(Bug::OnePhase) => {
                change_own(&mut shown, owner, ClaimTag::Active, ClaimTag::Releasing);
                calm = Calm::Long;
            }
            Some(Bug::RemoveByNumber) => claimed_content(&mut shown, self.case.layout),
            _ => {}
        }
        let relied_on = process.relied_on;
        let section = self
            .brain
            .to_release(owner, &shown, unneeded, calm, relied_on);
        for (unit, came_to) in &self.brain.sectioned(section).known {
            came[usize::from(*unit)] = *came_to;
        }
        process.section = Some(number);
        pass.came = came;
        pass.stage = Stage::Releasing(Calls {
            section,
            next: 0,
            looked: None,
        });
        self.run(state, number);
    }

    /// Goes on until the next call.
    fn run(&mut self, state: &mut State, number: u8) {
        let owner = self.owner(number);
        let Some(pass) = &mut state.passes[usize::from(number)] else {
            return;
        };
        let (calls, adds) = match pass.stage {
            Stage::Adding(calls) => (calls, true),
            Stage::Releasing(calls) => (calls, false),
            Stage::Planned | Stage::ToRelease => return,
        };
        let sectioned = self.brain.sectioned(calls.section);
        if usize::from(calls.next) < sectioned.steps.len() {
            return;
        }
        state.processes[usize::from(owner)].section = None;
        if sectioned.again {
            self.plan_again(state, number);
            return;
        }
        let Aim::Plan(plan) = pass.aim else {
            self.end_of_release(state, number);
            return;
        };
        let planning = self.brain.planning(plan);
        let stands = !pass.came.iter().any(|came| self.brain.waits(*came));
        let released = self.releasable(plan, pass.ledger);
        if adds && stands && released != 0 && self.all_planned(state, number) {
            let process = &mut state.processes[usize::from(owner)];
            let needs = planning.units | planning.releases & !released;
            process.needs[usize::from(number)] = Some(needs);
            let pass = state.passes[usize::from(number)].as_mut().unwrap();
            pass.stage = Stage::ToRelease;
            if !self.may_cross(number) {
                self.enter_to_release(state, number);
            }
            return;
        }
        self.come_to(state, number, plan);
    }

    /// The units that a plan may let go of now.
    fn releasable(&self, plan: u16, ledger: u16) -> Mask {
        if self.bug == Some(Bug::PermittedWhileReleased) {
            return self.brain.planning(plan).releases;
        }
        self.brain.releasable(plan, ledger)
    }

    /// Looks once more at the content under a number, before the entry is deleted.
    pub(crate) fn look(&mut self, state: &mut State, number: u8, version: u8) {
        let Some(pass) = &mut state.passes[usize::from(number)] else {
            return;
        };
        let Stage::Releasing(calls) = &mut pass.stage else {
            return;
        };
        let sectioned = self.brain.sectioned(calls.section);
        let call = sectioned.steps[usize::from(calls.next)].call;
        let Op::DeleteEntry(place, unit) = self.brain.call_of(call).op else {
            return;
        };
        let shown = state
            .aws
            .versions(usize::from(place))
            .nth(usize::from(version));
        let entry = shown.and_then(Item::entry);
        if entry.is_some_and(|entry| entry.content == Content::Unit(unit)) {
            calls.looked = Some(0);
        } else {
            calls.next += 1;
            self.run(state, number);
        }
    }

    /// The next call of a pass is made, lands and is answered.
    pub(crate) fn call(&mut self, state: &mut State, number: u8) -> Result<(), Broken> {
        let owner = self.owner(number);
        let pass = state.passes[usize::from(number)].as_ref().unwrap();
        let (Stage::Adding(calls) | Stage::Releasing(calls)) = pass.stage else {
            return Ok(());
        };
        let sectioned = self.brain.sectioned(calls.section);
        let step = &sectioned.steps[usize::from(calls.next)];
        self.begins_write(state, number, step.lets_go);
        let answer = self.land(state, step.call, calls.looked)?;
        let process = &mut state.processes[usize::from(owner)];
        process.answered = Some(0);
        let added = match answer {
            Answer::Done(added) => added,
            Answer::Refused => {
                // The view was wrong: read again, and judge by content.
                process.latest = None;
                process.section = None;
                self.plan_again(state, number);
                return Ok(());
            }
        };
        process.relied_on |= step.relied_on;
        for effect in self.brain.effects(step.call, &added) {
            process.acknowledged.push((0, effect));
            if let Some(latest) = &mut process.latest {
                *latest = self.brain.lay_over(latest, effect);
            }
        }
        let pass = state.passes[usize::from(number)].as_mut().unwrap();
        for (unit, came) in &step.then {
            pass.came[usize::from(*unit)] = *came;
        }
        for (unit, id) in added {
            process.relied_on |= self.brain.mark_of_rule(unit, id);
            pass.came[usize::from(unit)] = self.brain.held_as(unit, id);
        }
        if let Stage::Adding(calls) | Stage::Releasing(calls) = &mut pass.stage {
            calls.next += 1;
            calls.looked = None;
        }
        self.run(state, number);
        Ok(())
    }

    /// The answer to the next call of a pass is lost.
    pub(crate) fn lose(&mut self, state: &mut State, number: u8) {
        let owner = self.owner(number);
        self.leave(state, number);
        let pass = state.passes[usize::from(number)].as_ref().unwrap();
        let (Stage::Adding(calls) | Stage::Releasing(calls)) = pass.stage else {
            return;
        };
        let step = &self.brain.sectioned(calls.section).steps[usize::from(calls.next)];
        self.begins_write(state, number, step.lets_go);
        let process = &mut state.processes[usize::from(owner)];
        if self.bug == Some(Bug::LossIgnored) {
            process.answered = Some(0);
        } else {
            process.lost = Some(0);
        }
        process.section = None;
        let pass = state.passes[usize::from(number)].as_ref().unwrap();
        if let Aim::Plan(plan) = pass.aim {
            // Nothing new is known of whether it is ready: an account that cannot be reached for a moment is no news.
            if !pass.conflict {
                let object = &mut state.objects[usize::from(number)];
                object.ledger = self.brain.after(object.ledger, plan, &pass.came);
            }
        } else {
            self.forget_gone(state, number);
        }
        self.leave_pass(state, number);
    }

    /// Every view of this process is older than the write.
    fn begins_write(&mut self, state: &mut State, number: u8, lets_go: Mask) {
        let owner = self.owner(number);
        state.processes[usize::from(owner)].relied_on &= !lets_go;
        for other in self.objects_of(owner) {
            if let Some(pass) = &mut state.passes[usize::from(other)] {
                pass.moved_on = true;
            }
        }
    }

    /// A pass whose plan is older than what is there: the next one plans again.
    fn plan_again(&mut self, state: &mut State, number: u8) {
        let pass = state.passes[usize::from(number)].as_ref();
        if pass.is_some_and(|pass| matches!(pass.aim, Aim::End(_))) {
            self.forget_gone(state, number);
        }
        self.leave_pass(state, number);
    }

    fn leave_pass(&mut self, state: &mut State, number: u8) {
        let owner = self.owner(number);
        state.passes[usize::from(number)] = None;
        let idle = |other: u8| state.passes[usize::from(other)].is_none();
        if self.objects_of(owner).all(idle) {
            state.processes[usize::from(owner)].latest = None;
        }
    }

    /// What the pass came to: planned once more on what is there now, so that the status shows it.
    fn come_to(&mut self, state: &mut State, number: u8, plan: u16) {
        let owner = self.owner(number);
        let pass = state.passes[usize::from(number)].take().unwrap();
        let object = &mut state.objects[usize::from(number)];
        if !pass.conflict {
            let ledger = self.brain.after(object.ledger, plan, &pass.came);
            let latest = state.processes[usize::from(owner)].latest.as_ref();
            let shown = latest.unwrap_or(&pass.shown);
            let (_, judged) = self.brain.plan(owner, shown, ledger, object.spec);
            let waits = |unit: u8| self.brain.waits(pass.came[usize::from(unit)]);
            let unsettled = bits(judged.units).any(waits);
            object.ledger = ledger;
            object.ready = judged.ready && !unsettled;
            if object.ready {
                let called = judged.units & self.brain.called[usize::from(object.spec)];
                let mut relies_on = [None; MOST_UNITS];
                for unit in bits(called) {
                    relies_on[usize::from(unit)] = self.holds_by(owner, shown, unit);
                }
                let object = &mut state.objects[usize::from(number)];
                object.relies_on = relies_on;
                object.steadily = called;
            }
        }
        self.leave_pass(state, number);
    }

    /// What an ended object's pass came to.
    fn end_of_release(&mut self, state: &mut State, number: u8) {
        let pass = state.passes[usize::from(number)].as_ref().unwrap();
        let Aim::End(units) = pass.aim else {
            return;
        };
        let gone = |unit: u8| self.brain.gone(pass.came[usize::from(unit)]);
        if bits(units).all(gone) {
            self.gone(state, number);
        } else {
            self.forget_gone(state, number);
            self.leave_pass(state, number);
        }
    }

    fn forget_gone(&mut self, state: &mut State, number: u8) {
        let pass = state.passes[usize::from(number)].as_ref().unwrap();
        let gone = (0u8..).zip(&pass.came);
        let gone = gone.filter(|(_, came)| self.brain.gone(**came));
        let gone: Mask = gone.fold(0, |mask, (unit, _)| mask | 1 << unit);
        let object = &mut state.objects[usize::from(number)];
        object.ledger = self.brain.without(object.ledger, gone);
    }

    /// The finalizer goes, and with it the object.
    fn gone(&mut self, state: &mut State, number: u8) {
        state.objects[usize::from(number)] = Object::ABSENT;
        let owner = usize::from(self.owner(number));
        state.processes[owner].needs[usize::from(number)] = None;
        self.leave_pass(state, number);
    }

    /// Whether every object of the deployment was planned since the start: `Context::all_planned`.
    fn all_planned(&self, state: &State, number: u8) -> bool {
        let owner = self.owner(number);
        let needs = &state.processes[usize::from(owner)].needs;
        let mut objects = self.objects_of(owner).map(usize::from);
        self.bug == Some(Bug::NotAllPlanned)
            || objects
                .all(|other| state.objects[other].life == Life::Absent || needs[other].is_some())
    }

    /// Who else of the deployment needs a unit: `others` in the controller's `src/controller.rs`.
    fn others(&self, state: &State, number: u8, unit: u8) -> Others {
        let owner = self.owner(number);
        if self.bug == Some(Bug::OthersIgnored) {
            return Others::Nobody;
        }
        let needs = &state.processes[usize::from(owner)].needs;
        let others = self.objects_of(owner).filter(|other| *other != number);
        let others = others.map(usize::from).filter(|other| {
            let needs = needs[*other].unwrap_or(0);
            state.objects[*other].life != Life::Absent && needs & (1 << unit) != 0
        });
        Others::of(others.map(|other| {
            let ledger = self.brain.ledger(state.objects[other].ledger);
            ledger.units & (1 << unit) != 0
        }))
    }
}

fn calm(calm: Calm, bug: Option<Bug>) -> Calm {
    match (bug, calm) {
        (Some(Bug::CalmIgnored), _) | (Some(Bug::LongCalmIgnored), Calm::Yes) => Calm::Long,
        (_, calm) => calm,
    }
}

/// For a seeded bug: own claims of one state are taken for another.
fn change_own(shown: &mut [Item], owner: u8, from: ClaimTag, to: ClaimTag) {
    for item in shown {
        if let Item::Rule(Rule { claims, .. }) = item
            && claims[usize::from(owner)] == from
        {
            claims[usize::from(owner)] = to;
        }
    }
}

/// For a seeded bug: whatever is under a number that is claimed is taken for what is claimed.
fn claimed_content(shown: &mut [Item], layout: Layout) {
    for number in 0..layout.entries() {
        for unit in 0..layout.units() {
            let claimed = shown[layout.claim(number, unit)] == Item::Claim;
            if claimed && shown[usize::from(number)] != Item::Nothing {
                shown[usize::from(number)] = Item::Entry(Entry {
                    content: Content::Unit(unit),
                    by_person: None,
                });
            }
        }
    }
}
