//! How fast the core is, for `make bench`.
//!
//! `benches/plan.rs` traces and plans one object: on a network that is filled to its quotas, and as each part of it
//! grows. `benches/scale.rs` reads a very large snapshot and plans very many objects on it. Nothing here fails when
//! it is slow: a figure is of one machine, and is for people to read.

mod clock;
mod network;

pub use clock::{Clock, cpu_time};
pub use network::{Estate, Size, declaration, one_vpc, owner, planned};
