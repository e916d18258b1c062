//! Waiting for a condition. The limit is far more than anything takes on a busy machine: reaching it means that it will
//! never come.

use serde::Serialize;
use std::{
    thread,
    time::{Duration, Instant},
};

const LIMIT: Duration = Duration::from_secs(60);
/// Asking costs the servers time, too.
const PAUSE: Duration = Duration::from_millis(80);

/// Asks until the answer is there; the error says what is there instead.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Result<T, String>) -> T {
    let started = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(instead) if started.elapsed() > LIMIT => {
                panic!("waited in vain for {what}; instead: {instead}")
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// Asks until it is so.
#[track_caller]
pub(crate) fn until_so(what: &str, mut is_so: impl FnMut() -> bool) {
    until(what, || {
        if is_so() {
            Ok(())
        } else {
            Err("it is not so".to_owned())
        }
    });
}

/// A value for people who read why a test failed.
pub(crate) fn say(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap()
}
