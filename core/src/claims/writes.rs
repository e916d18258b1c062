//! How much a read may be used for, by what became of our own writes before it.

use super::Calm;
use std::{ops::Add, time::Duration};

/// A point in time: the clock is given, so that a model of the protocol has one of its own.
pub trait Moment: Copy + Ord + Add<Duration, Output = Self> {}

impl<T: Copy + Ord + Add<Duration, Output = T>> Moment for T {}

/// The times of the claims protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times<T> {
    /// After a write, reads may not show it for so long: S.
    pub settle: Duration,
    /// The longest from the read on which a call was decided to the last moment at which it can still land: W.
    pub landing: Duration,
    /// When this process became the one that writes.
    pub start: T,
}

impl<T: Moment> Times<T> {
    /// Whether a read that began at `started` shows a write that was answered at `answered`.
    pub fn shows(&self, answered: T, started: T) -> bool {
        answered + self.settle <= started
    }

    /// The oldest that a read may be on which something is removed: what is decided on it must land within W.
    #[must_use]
    pub fn oldest_to_remove_on(&self) -> Duration {
        self.landing / 2
    }
}

/// The writes of this process to one security group or network ACL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Writes<T> {
    /// How many are under way.
    pub in_flight: u32,
    /// When the last one was answered.
    pub answered: Option<T>,
    /// When the last one whose answer was lost was given up.
    pub lost: Option<T>,
    /// The number of the last beginning or end of one, in the order of the whole account and Region.
    pub sequence: u64,
}

impl<T> Default for Writes<T> {
    fn default() -> Self {
        Self {
            in_flight: 0,
            answered: None,
            lost: None,
            sequence: 0,
        }
    }
}

impl<T: Moment> Writes<T> {
    /// A write begins.
    pub fn begin(&mut self, sequence: u64) {
        self.in_flight += 1;
        self.sequence = sequence;
    }

    /// A write was answered, or given up. It is counted again, so that a view taken while it was under way is known to
    /// be older than its effect.
    pub fn end(&mut self, now: T, lost: bool, sequence: u64) {
        self.sequence = sequence;
        self.in_flight = self.in_flight.saturating_sub(1);
        if lost {
            self.lost = Some(now);
        } else {
            self.answered = Some(now);
        }
    }

    /// Whether a write began or ended after a view was taken: then what was planned on it is not carried out.
    #[must_use]
    pub fn moved_on(&self, view: u64) -> bool {
        self.sequence > view
    }

    /// How much a read that began at `started` may be used for.
    pub fn calm(&self, times: &Times<T>, started: T) -> Calm {
        match self.in_flight {
            0 if started >= self.long_calm_at(times) => Calm::Long,
            0 if started >= self.calm_at(times) => Calm::Yes,
            _ => Calm::No,
        }
    }

    /// From when on a read is calm, if nothing is written until then.
    pub fn calm_at(&self, times: &Times<T>) -> T {
        let Times {
            settle, landing, ..
        } = *times;
        let after_start = times.start + landing + settle;
        let after_answer = self.answered.map_or(after_start, |at| at + settle);
        let after_loss = self.lost.map_or(after_start, |at| at + landing + settle);
        after_start.max(after_answer).max(after_loss)
    }

    /// From when on a read shows what others decided before our claim was visible.
    pub fn long_calm_at(&self, times: &Times<T>) -> T {
        let Times {
            settle, landing, ..
        } = *times;
        // A write whose answer was lost may have landed as late as W after it, one of the process before as late as W
        // after the start.
        let after_start = times.start + landing;
        let after_answer = self.answered.unwrap_or(after_start);
        let after_loss = self.lost.map_or(after_start, |at| at + landing);
        let landed = after_start.max(after_answer).max(after_loss);
        self.calm_at(times).max(landed + landing + settle + settle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLE: Duration = Duration::from_secs(10);
    const LANDING: Duration = Duration::from_secs(60);

    #[test]
    fn what_the_process_before_wrote_may_become_visible_to_others_as_late_as_w_after_the_start() {
        let times = Times {
            settle: SETTLE,
            landing: LANDING,
            start: Duration::from_secs(1000),
        };
        let landed = times.start + LANDING;
        let others = landed + LANDING + SETTLE + SETTLE;
        let writes = Writes::default();
        assert_eq!(writes.long_calm_at(&times), others);
        assert_eq!(writes.calm(&times, others), Calm::Long);
        let sooner = others.saturating_sub(Duration::from_secs(1));
        assert_eq!(writes.calm(&times, sooner), Calm::Yes);
    }
}
