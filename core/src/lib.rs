//! The pure part of dms-network-controller: it takes values and gives values.
//!
//! The map of the house, in the direction of data:
//! - [`api`]: what people write and read: the custom resources, status, conditions, reasons.
//! - [`claims`]: whose a rule is, and the next step in opening or ending it.
//! - [`network`]: the algebra: which part of a block of addresses and ports a list of rules decides.
//! - [`scopes`]: the accounts and Regions of one object, with what their owners gave.
//! - [`snapshot`]: what was read from AWS, typed and indexed.
//! - [`trace`]: each flow, gate by gate, out and back, with verdict, evidence and remedy.
//! - [`plan`]: what to add, what to release, what a person must do.

pub mod api;
pub mod claims;
pub mod network;
pub mod plan;
pub mod scopes;
pub mod snapshot;
pub mod trace;
