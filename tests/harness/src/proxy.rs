use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::{Error, Result};

mod answer;
mod call;
mod fault;
mod pause;
mod serve;
mod state;

pub use call::{Call, Outcome};
pub use fault::{Calls, Effect, Fault};
pub use pause::{Moment, Pause};
use state::State;

/// A proxy in front of an AWS endpoint that records each call in order, and injects what real networks and real
/// AWS do: errors, lost answers, delays, unreachability; and holds a call so that a test can act right then.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    runtime: Option<Runtime>,
}

impl Proxy {
    /// Starts on a free loopback port in front of `upstream`, such as `http://127.0.0.1:20000`.
    pub fn start(upstream: &str) -> Result<Self> {
        Self::listen(upstream).map_err(Error::io("starting the proxy"))
    }

    fn listen(upstream: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        // A runtime of its own: it serves whatever runtime, or none, the test runs in.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        runtime.spawn(serve::serve(
            listener,
            upstream.to_owned(),
            Arc::clone(&state),
        ));
        Ok(Self {
            address,
            state,
            runtime: Some(runtime),
        })
    }

    /// The endpoint to give to the controller.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every call since the start or the last [`Proxy::forget_calls`], in order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.state.calls()
    }

    /// Those of [`Proxy::calls`] that may change something in AWS.
    pub fn mutating_calls(&self) -> Vec<Call> {
        self.calls()
            .into_iter()
            .filter(|call| call.mutating)
            .collect()
    }

    /// How many calls of one action there were.
    pub fn count(&self, action: &str) -> usize {
        self.calls()
            .iter()
            .filter(|call| call.action == action)
            .count()
    }

    /// Starts the record anew.
    pub fn forget_calls(&self) {
        self.state.forget_calls();
    }

    /// Adds a fault; of several that apply to a call, the one that was added first does.
    pub fn inject(&self, fault: Fault) {
        self.state.inject(fault);
    }

    /// Holds the next call of this kind, until the [`Pause`] is released or dropped.
    pub fn pause(&self, calls: Calls, moment: Moment) -> Pause {
        self.pause_after(0, calls, moment)
    }

    /// As [`Proxy::pause`], after letting `skipped` calls of this kind through.
    pub fn pause_after(&self, skipped: usize, calls: Calls, moment: Moment) -> Pause {
        let (pause, hold) = pause::pair(moment);
        self.state
            .inject(Fault::holding(calls, hold).after(skipped));
        pause
    }

    /// From now on every connection is closed unanswered.
    pub fn become_unreachable(&self) {
        self.state.set_reachable(false);
    }

    /// Ends every fault that is left, and answers again.
    pub fn heal(&self) {
        self.state.heal();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // A runtime that is dropped inside another would panic.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::ZERO);
        }
    }
}
