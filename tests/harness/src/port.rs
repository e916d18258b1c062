use std::net::{Ipv4Addr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::{Error, Result};

/// Below the ephemeral range: a port in it could be taken by anybody's outgoing connection while a server that
/// is to come back on the same port is away.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A loopback port that nobody listens on, and that this process has not been given before.
pub(crate) fn free_port() -> Result<u16> {
    static GIVEN: AtomicU16 = AtomicU16::new(0);

    // Each process starts elsewhere, so that two that start at once do not race for the same ports.
    let start = process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let step = u32::from(GIVEN.fetch_add(1, Ordering::Relaxed));
        let offset = start.wrapping_add(step) % u32::from(COUNT);
        let port = FIRST + u16::try_from(offset).unwrap_or_default();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(Error::NoFreePort)
}
