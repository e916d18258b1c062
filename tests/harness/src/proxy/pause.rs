use std::sync::{Mutex, PoisonError, mpsc};

use tokio::sync::oneshot;

use super::Call;
use crate::{Error, Result, wait};

/// When a call is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before AWS sees it.
    BeforeForwarding,
    /// After it took effect, before the client is told.
    BeforeAnswering,
}

/// A call that is held, or will be. Dropping this closes the call's connection unanswered, and a call held
/// before forwarding then never reaches AWS: kill the controller, then drop, and the call was never made.
#[derive(Debug)]
pub struct Pause {
    reached: Mutex<mpsc::Receiver<Call>>,
    release: oneshot::Sender<()>,
}

impl Pause {
    /// Waits until the call is held, and returns it.
    pub fn wait(&self) -> Result<Call> {
        let reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        let call = reached.recv_timeout(wait::LIMIT);
        call.map_err(|_| Error::TimedOut {
            what: "a call to hold".to_owned(),
            seconds: wait::LIMIT.as_secs(),
        })
    }

    /// The call, if it is held by now.
    pub fn held(&self) -> Option<Call> {
        self.reached
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_recv()
            .ok()
    }

    /// Lets the call go on as if nothing had been.
    pub fn release(self) {
        let _ = self.release.send(());
    }
}

/// The proxy's side of a [`Pause`].
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) moment: Moment,
    reached: mpsc::Sender<Call>,
    released: oneshot::Receiver<()>,
}

impl Hold {
    /// Tells the test, and waits; true if the call may go on.
    pub(super) async fn until_released(self, call: Call) -> bool {
        self.reached.send(call).is_ok() && self.released.await.is_ok()
    }
}

pub(super) fn pair(moment: Moment) -> (Pause, Hold) {
    let (call_held, reached) = mpsc::channel();
    let (release, released) = oneshot::channel();
    (
        Pause {
            reached: Mutex::new(reached),
            release,
        },
        Hold {
            moment,
            reached: call_held,
            released,
        },
    )
}
