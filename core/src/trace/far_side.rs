//! The end of a path that is somebody else's to open.

use super::{check::Step, say};
use crate::api::{GateKind, PathDirection, Reason, Verdict};
use ipnet::IpNet;

/// The gate at which a path ends: `owner`, in words, decides there.
pub(super) fn gate<'a>(owner: &str, port: u16, from: &[IpNet], to: &[IpNet]) -> Step<'a> {
    let (from, to) = (
        say::blocks(from.iter().copied()),
        say::blocks(to.iter().copied()),
    );
    let message = format!("{owner} must admit tcp {port} from {from} to {to}");
    Step::Gate(say::gate(
        GateKind::FarSide,
        to,
        PathDirection::Forward,
        Verdict::External,
        Reason::FarSideNotOurs,
        message,
    ))
}
