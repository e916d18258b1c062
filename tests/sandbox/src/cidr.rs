//! CIDR blocks in the one form that EC2 keeps.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// An IPv4 block with its host bits cleared.
///
/// EC2 API Reference, IpRange, CidrIp: host bits are cleared, so `10.0.3.7/16` is kept as
/// `10.0.0.0/16`. A bare address is no block.
pub(crate) fn ipv4(text: &str) -> Option<Ipv4Net> {
    text.parse::<Ipv4Net>().ok().map(|block| block.trunc())
}

/// An IPv6 block with its host bits cleared; its text form is the shortest one (RFC 5952).
pub(crate) fn ipv6(text: &str) -> Option<Ipv6Net> {
    text.parse::<Ipv6Net>().ok().map(|block| block.trunc())
}

/// The canonical text of a block of either family; what is no block stays as it is.
pub(crate) fn canonical(text: &str) -> String {
    text.parse::<IpNet>()
        .map_or_else(|_| text.to_owned(), |block| block.trunc().to_string())
}
