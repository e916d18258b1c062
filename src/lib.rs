//! dms-network-controller: opens exactly the network path that an AWS DMS migration needs, and closes it again.
//!
//! The map of the house. `dms-network-core` decides; the rooms here read and write:
//! - [`aws`]: credentials, clients, budgets and errors of the AWS APIs.
//! - [`observe`]: reads one account and Region into a snapshot.
//! - [`apply`]: carries a plan out: adds first, then releases, by the claims protocol.
//! - [`report`]: status, conditions and events.
//! - [`controller`]: watches, reconciles, shuts down; the HTTP server for probes.
//! - [`cli`]: the command line, the same without a cluster.

pub mod apply;
pub mod aws;
pub mod cli;
pub mod controller;
pub mod observe;
pub mod report;
