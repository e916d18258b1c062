//! Sessions and observations against moto and against the strict sandbox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dms;
mod faults;
mod lab;
mod moto_ways;
mod reading;
mod sessions;
mod ways;
