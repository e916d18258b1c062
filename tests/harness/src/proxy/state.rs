use std::sync::{Mutex, MutexGuard, PoisonError};

use super::call::Outcome;
use super::fault::{Action, Effect};
use super::pause::Hold;
use super::{Call, Fault};

/// What the test and the server share.
#[derive(Debug, Default)]
pub(super) struct State(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Each with its number, since the record may be started anew while a call is on its way.
    calls: Vec<(u64, Call)>,
    next: u64,
    faults: Vec<Fault>,
    unreachable: bool,
}

/// What is to happen to one call.
#[derive(Debug)]
pub(super) enum Fate {
    Forward,
    Effect(Effect),
    Hold(Hold),
}

impl State {
    pub(super) fn calls(&self) -> Vec<Call> {
        self.inner()
            .calls
            .iter()
            .map(|(_, call)| call.clone())
            .collect()
    }

    pub(super) fn forget_calls(&self) {
        self.inner().calls.clear();
    }

    pub(super) fn inject(&self, fault: Fault) {
        self.inner().faults.push(fault);
    }

    pub(super) fn set_reachable(&self, reachable: bool) {
        self.inner().unreachable = !reachable;
    }

    pub(super) fn is_reachable(&self) -> bool {
        !self.inner().unreachable
    }

    pub(super) fn heal(&self) {
        let mut inner = self.inner();
        inner.faults.clear();
        inner.unreachable = false;
    }

    /// Records the call; its number, and what is to happen to it.
    pub(super) fn arrived(&self, call: &Call) -> (u64, Fate) {
        let mut inner = self.inner();
        let number = inner.next;
        inner.next += 1;
        inner.calls.push((number, call.clone()));
        let struck = inner
            .faults
            .iter_mut()
            .position(|fault| fault.strikes(call));
        let fate = match struck.map(|index| &mut inner.faults[index].action) {
            None => Fate::Forward,
            Some(Action::Effect(effect)) => Fate::Effect(effect.clone()),
            Some(Action::Hold(hold)) => hold.take().map_or(Fate::Forward, Fate::Hold),
        };
        (number, fate)
    }

    pub(super) fn ended(&self, number: u64, outcome: Outcome) {
        if let Some((_, call)) = self.inner().calls.iter_mut().find(|(n, _)| *n == number) {
            call.outcome = outcome;
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
