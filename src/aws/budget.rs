//! How many calls of one action may be made: a token bucket for each action, as AWS counts them.
//!
//! The figures are those of the EC2 Developer Guide, "Request throttling for the Amazon EC2 API", with half of each
//! bucket left to everybody else who calls the account. A call that is throttled empties its bucket.

use std::time::{Duration, Instant};

/// What a bucket holds when it is full, and what flows into it in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    capacity: f64,
    per_second: f64,
}

impl Rate {
    /// The rate of an action by its name.
    pub(super) fn of(action: &str) -> Self {
        let (capacity, per_second) = match action {
            "CreateTags" | "DeleteTags" => (50.0, 10.0),
            _ if action.starts_with("Describe")
                || action.starts_with("Get")
                || action.starts_with("List")
                || action.starts_with("Assume") =>
            {
                (50.0, 20.0)
            }
            _ => (25.0, 5.0),
        };
        Self {
            capacity,
            per_second,
        }
    }
}

/// The tokens of one action. They may be owed: whoever comes waits for its turn.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Rate,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    pub(super) fn full(rate: Rate, now: Instant) -> Self {
        Self {
            rate,
            tokens: rate.capacity,
            filled: now,
        }
    }

    /// Takes a token, and says how long to wait until it is there.
    pub(super) fn take(&mut self, now: Instant) -> Duration {
        self.fill(now);
        self.tokens -= 1.0;
        Duration::from_secs_f64((-self.tokens).max(0.0) / self.rate.per_second)
    }

    /// AWS says that there are none left.
    pub(super) fn empty(&mut self, now: Instant) {
        self.fill(now);
        self.tokens = self.tokens.min(0.0);
    }

    fn fill(&mut self, now: Instant) {
        let seconds = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = self
            .rate
            .per_second
            .mul_add(seconds, self.tokens)
            .min(self.rate.capacity);
        self.filled = self.filled.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_pass_until_the_bucket_is_empty_and_then_at_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::full(Rate::of("AuthorizeSecurityGroupIngress"), start);
        assert!((0..25).all(|_| bucket.take(start).is_zero()));
        assert_eq!(bucket.take(start), Duration::from_millis(200));
        assert_eq!(bucket.take(start), Duration::from_millis(400));
        let later = start + Duration::from_secs(1);
        assert!(bucket.take(later).is_zero(), "five tokens, two owed");
    }

    #[test]
    fn a_throttled_bucket_is_empty_and_forgets_no_debt() {
        let start = Instant::now();
        let mut bucket = Bucket::full(Rate::of("DescribeVpcs"), start);
        bucket.empty(start);
        assert_eq!(bucket.take(start), Duration::from_millis(50));
        bucket.empty(start);
        assert_eq!(bucket.take(start), Duration::from_millis(100));
    }

    #[test]
    fn a_bucket_never_holds_more_than_its_capacity() {
        let start = Instant::now();
        let mut bucket = Bucket::full(Rate::of("CreateTags"), start);
        let later = start + Duration::from_secs(3600);
        assert!((0..50).all(|_| bucket.take(later).is_zero()));
        assert!(!bucket.take(later).is_zero());
    }
}
