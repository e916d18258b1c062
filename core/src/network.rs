//! The algebra: which parts of a block of addresses and ports a list of rules decides.
//!
//! Everything that AWS filters or routes by is a CIDR block, and CIDR blocks are laminar: two of them either nest
//! or are disjoint. So a set of addresses is a list of blocks, and every question is answered by dividing the block
//! in question until each rule either holds a part whole or misses it (`divide`), then judging each part once.

pub mod acl;
pub mod blocks;
pub mod ports;
pub mod route;

pub use blocks::{covers, divide, overlaps};
pub use ports::PortRange;
