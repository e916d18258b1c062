//! Faults on request: denied and throttled calls, lost answers, delay.

use crate::error::ApiError;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What goes wrong with which calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fault {
    /// The action, e.g. `CreateTags`; `*` is every one.
    pub(crate) action: String,
    /// Only calls with this key.
    #[serde(default, rename = "accessKeyID")]
    pub(crate) access_key_id: Option<String>,
    /// For the next so many calls; without it until the faults are taken back.
    #[serde(default)]
    pub(crate) times: Option<u64>,
    /// The call waits so long before anything else.
    #[serde(default, rename = "delayMS")]
    pub(crate) delay_ms: u64,
    /// What happens then; without it the call goes on as ever.
    #[serde(default)]
    pub(crate) outcome: Option<Broken>,
}

/// How a call ends badly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Broken {
    /// With an error of this code, and nothing applied. `UnauthorizedOperation` denies,
    /// `RequestLimitExceeded` throttles.
    Error(String),
    /// With HTTP 500 and an HTML page, and nothing applied.
    Html,
    /// It is applied, and the connection ends before the answer.
    LostAnswer,
}

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults(pub(crate) Vec<Fault>);

impl Faults {
    /// What goes wrong with this call: the first fault that fits; counts it.
    pub(crate) fn strike(&mut self, action: &str, key: &str) -> Option<(Duration, Option<Broken>)> {
        let hit = |fault: &Fault| {
            (fault.action == "*" || fault.action == action)
                && fault
                    .access_key_id
                    .as_ref()
                    .is_none_or(|wanted| wanted == key)
                && fault.times != Some(0)
        };
        let fault = self.0.iter_mut().find(|fault| hit(fault))?;
        fault.times = fault.times.map(|times| times - 1);
        let struck = (Duration::from_millis(fault.delay_ms), fault.outcome.clone());
        self.0.retain(|fault| fault.times != Some(0));
        Some(struck)
    }
}

/// The error of a code that a fault names.
pub(crate) fn error(code: &str) -> ApiError {
    let message = match code {
        "UnauthorizedOperation" => "You are not authorized to perform this operation.",
        "RequestLimitExceeded" => "Request limit exceeded.",
        _ => "An error that the sandbox was told to give.",
    };
    ApiError::new(code.to_owned(), message)
}
