//! What admission refuses: as CEL rules for the API server, and the same in Rust for declarations that
//! are read from files ([`Document`](super::Document)).
mod cel;
mod validate;

pub(super) use cel::*;
