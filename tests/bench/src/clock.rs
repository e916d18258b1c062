//! Time as the processor spent it: what else the machine does at the same time does not count.

use rustix::time::{ClockId, clock_gettime};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// The CPU time that this process has had.
#[must_use]
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.try_into().unwrap_or_default()
}

/// What passes from here on.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    cpu: Duration,
    wall: Instant,
}

impl Clock {
    /// Starts it.
    #[must_use]
    pub fn start() -> Self {
        Self {
            cpu: cpu_time(),
            wall: Instant::now(),
        }
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cpu = cpu_time().saturating_sub(self.cpu).as_secs_f64();
        let wall = self.wall.elapsed().as_secs_f64();
        write!(f, "{cpu:.2} s of CPU ({wall:.2} s passed)")
    }
}
