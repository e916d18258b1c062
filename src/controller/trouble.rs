//! What keeps objects from being judged: how long already, and when to try again.

use super::needs::ObjectKey;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The trouble of every object that has any.
#[derive(Default)]
pub(super) struct Troubles(Mutex<HashMap<ObjectKey, Trouble>>);

#[derive(Clone, Copy)]
struct Trouble {
    since: Instant,
    times: u32,
}

/// How often it is worth trying again, by what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// It may be over in a moment: AWS does not answer, or asks for fewer calls.
    Short,
    /// Somebody must change something first: permissions, credentials, quotas.
    Long,
}

impl Troubles {
    /// Records one more failed pass: how long the trouble lasts, and how long to wait before the next try. The wait
    /// doubles, within a bound.
    pub(super) fn met(&self, object: &ObjectKey, patience: Patience) -> (Duration, Duration) {
        let mut troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let trouble = troubles.entry(object.clone()).or_insert(Trouble {
            since: Instant::now(),
            times: 0,
        });
        let (first, last) = match patience {
            Patience::Short => (Duration::from_secs(1), Duration::from_secs(30)),
            Patience::Long => (Duration::from_secs(5), Duration::from_secs(60)),
        };
        let wait = first.saturating_mul(1 << trouble.times.min(10)).min(last);
        trouble.times = trouble.times.saturating_add(1);
        (trouble.since.elapsed(), jittered(wait))
    }

    /// The trouble is over.
    pub(super) fn over(&self, object: &ObjectKey) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(object);
    }
}

/// A time span give or take a tenth, so that objects do not come back all at once.
#[must_use]
pub(super) fn jittered(span: Duration) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    let random = RandomState::new().hash_one(Instant::now()) % 2001;
    // 0.9 to 1.1, in steps of a ten-thousandth.
    span.mul_f64(0.9 + f64::from(u32::try_from(random).unwrap_or(0)) / 10_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_within_its_bound_and_begins_anew_after_the_trouble() {
        let troubles = Troubles::default();
        let object = ObjectKey {
            namespace: "migrations".into(),
            name: "orders".into(),
        };
        let mut last = Duration::ZERO;
        for _ in 0..12 {
            last = troubles.met(&object, Patience::Short).1;
        }
        assert!(
            last >= Duration::from_secs(27) && last <= Duration::from_secs(33),
            "{last:?}"
        );
        troubles.over(&object);
        assert!(troubles.met(&object, Patience::Short).1 < Duration::from_secs(2));
    }
}
