use std::time::Duration;

use super::Call;
use super::pause::Hold;

/// Which calls a fault is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Calls {
    /// All.
    Any,
    /// Those that may change something in AWS.
    Mutating,
    /// Those of one action, such as `DescribeNetworkAcls`.
    Of(String),
}

impl Calls {
    /// The calls of one action.
    pub fn of(action: &str) -> Self {
        Self::Of(action.to_owned())
    }

    fn include(&self, call: &Call) -> bool {
        match self {
            Self::Any => true,
            Self::Mutating => call.mutating,
            Self::Of(action) => call.action == *action,
        }
    }
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// AWS's error of this code, in the form of the service; the call has no effect.
    Error(String),
    /// HTTP 500 with a page of HTML, as a proxy on the way answers; the call has no effect.
    HtmlError,
    /// The connection is closed; the call has no effect.
    Unreachable,
    /// The call takes effect, and the connection is closed before the answer.
    LostAnswer,
    /// The call takes effect, and the answer is HTTP 500.
    AppliedButError,
    /// The call takes effect after this time.
    Delay(Duration),
}

/// Something that happens to some calls: once, unless said otherwise.
#[derive(Debug)]
pub struct Fault {
    calls: Calls,
    skip: usize,
    times: usize,
    pub(super) action: Action,
}

#[derive(Debug)]
pub(super) enum Action {
    Effect(Effect),
    Hold(Option<Hold>),
}

impl Fault {
    /// `effect` happens to the next of `calls`.
    pub fn new(calls: Calls, effect: Effect) -> Self {
        Self {
            calls,
            skip: 0,
            times: 1,
            action: Action::Effect(effect),
        }
    }

    /// AWS's error `code` happens to the next of `calls`.
    pub fn error(calls: Calls, code: &str) -> Self {
        Self::new(calls, Effect::Error(code.to_owned()))
    }

    pub(super) fn holding(calls: Calls, hold: Hold) -> Self {
        Self {
            calls,
            skip: 0,
            times: 1,
            action: Action::Hold(Some(hold)),
        }
    }

    /// It happens after `skipped` calls of its kind went through.
    #[must_use]
    pub fn after(mut self, skipped: usize) -> Self {
        self.skip = skipped;
        self
    }

    /// It happens to so many calls in a row.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// It happens until the proxy is healed.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(usize::MAX)
    }

    /// Counts the call; true if the fault happens to it.
    pub(super) fn strikes(&mut self, call: &Call) -> bool {
        if self.times == 0 || !self.calls.include(call) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times -= 1;
        true
    }
}
