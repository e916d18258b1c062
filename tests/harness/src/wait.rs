use std::thread;
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// Far more than any part needs on a busy machine: reaching it means a hang.
pub(crate) const LIMIT: Duration = Duration::from_secs(180);

/// Asks until the answer is there, or fails, or the limit is over.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err(Error::TimedOut {
        what: what.to_owned(),
        seconds: LIMIT.as_secs(),
    })
}
