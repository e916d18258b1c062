//! The sandbox refuses what AWS refuses, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod admin;
mod client;
mod describe;
mod dms;
mod documents;
mod internet_gateways;
mod nat_gateways;
mod network_acls;
mod networks;
mod peerings;
mod permissions;
mod references;
mod revocations;
mod routes;
mod snapshots;
mod tags;
mod transit_gateways;
mod vpn;
