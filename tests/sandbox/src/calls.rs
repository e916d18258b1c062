//! The calls that came in, for tests that count them.

use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// The most calls kept one by one; the counts go on.
const MOST: usize = 10_000;

/// A call that came in.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recorded {
    pub(crate) action: String,
    #[serde(rename = "accessKeyID")]
    pub(crate) access_key_id: String,
    pub(crate) account: String,
    pub(crate) region: String,
    /// Whether the action changes resources (also where it failed, or was a dry run).
    pub(crate) mutating: bool,
    /// The code of the error that it ended with.
    pub(crate) error: Option<String>,
    #[serde(rename = "requestID")]
    pub(crate) request_id: String,
}

/// All calls since the start, or since the list was emptied.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Calls {
    /// Calls that change resources.
    mutating: u64,
    /// Calls that only read.
    reading: u64,
    /// Calls by action.
    counts: BTreeMap<String, u64>,
    /// The last calls, in order.
    calls: VecDeque<Recorded>,
}

impl Calls {
    /// Records a call.
    pub(crate) fn record(&mut self, call: Recorded) {
        *(if call.mutating {
            &mut self.mutating
        } else {
            &mut self.reading
        }) += 1;
        *self.counts.entry(call.action.clone()).or_default() += 1;
        if self.calls.len() == MOST {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }
}
