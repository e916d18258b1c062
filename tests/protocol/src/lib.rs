//! The claims protocol, searched through.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod aws;
pub mod brain;
pub mod bug;
pub mod cases;
mod driver;
pub mod fair;
pub mod laws;
pub mod network;
pub mod search;
pub mod state;
pub mod system;
pub mod walk;
pub mod words;
