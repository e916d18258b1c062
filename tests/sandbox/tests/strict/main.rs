//! The sandbox refuses what AWS refuses, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod admin;
mod client;
mod describe;
mod dms;
mod network_acls;
mod networks;
mod permissions;
mod revocations;
mod snapshots;
mod tags;
