//! Network ACLs: entries in number order, the first match decides (VPC User Guide, "Network ACLs").

use super::{PortRange, divide, overlaps, ports::Pieces};
use crate::snapshot::{NetworkAclEntry, Protocol};
use ipnet::IpNet;

/// How a part of a set of packets is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// By an entry that allows it.
    Allowed(&'a NetworkAclEntry),
    /// By an entry that someone wrote to deny it.
    Denied(&'a NetworkAclEntry),
    /// By none: it falls to the deny at the end.
    None,
}

/// A part of a set, and what decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided<'a> {
    /// The addresses of the other side.
    pub block: IpNet,
    /// The ports.
    pub ports: PortRange,
    /// What decides them.
    pub by: Decision<'a>,
}

/// Whether an entry can decide a TCP packet on one of `ports`.
fn concerns(entry: &NetworkAclEntry, ports: PortRange) -> bool {
    ports_of(entry).is_some_and(|range| range.meet(&ports).is_some())
}

/// Whether an entry can decide a TCP packet from or to a block, on one of `ports`.
pub(crate) fn may_decide(entry: &NetworkAclEntry, block: &IpNet, ports: PortRange) -> bool {
    overlaps(&entry.cidr, block) && concerns(entry, ports)
}

/// The TCP ports that an entry decides.
fn ports_of(entry: &NetworkAclEntry) -> Option<PortRange> {
    match entry.protocol {
        Protocol::All => Some(PortRange::ALL),
        Protocol::Tcp => Some(entry.ports),
        Protocol::Other(_) => None,
    }
}

/// Divides `block` × `ports` among the entries that decide it.
///
/// `entries` are those of one direction that count, in number order. `is_default` tells the denies that stand for
/// the end of the list: what reaches one is decided by none.
#[must_use]
pub fn decide<'a>(
    entries: &[&'a NetworkAclEntry],
    is_default: &impl Fn(&NetworkAclEntry) -> bool,
    block: IpNet,
    ports: PortRange,
) -> Vec<Decided<'a>> {
    let concerned: Vec<&NetworkAclEntry> = entries
        .iter()
        .copied()
        .filter(|entry| may_decide(entry, &block, ports))
        .collect();
    let decisive =
        |entry: &NetworkAclEntry| ports_of(entry).is_some_and(|range| range.covers(&ports));
    let mut decided = Vec::new();
    divide(
        block,
        &concerned,
        &|entry| entry.cidr,
        &decisive,
        &mut |part, held_by| {
            let mut pieces = Pieces::of(ports);
            for &entry in held_by {
                let Some(range) = ports_of(entry) else {
                    continue;
                };
                let by = if entry.allow {
                    Decision::Allowed(entry)
                } else if is_default(entry) {
                    Decision::None
                } else {
                    Decision::Denied(entry)
                };
                let hit = pieces.take(&range).into_iter();
                decided.extend(hit.map(|ports| Decided {
                    block: part,
                    ports,
                    by,
                }));
            }
            decided.extend(pieces.left().map(|ports| Decided {
                block: part,
                ports,
                by: Decision::None,
            }));
        },
    );
    decided
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::snapshot::RuleDirection;

    fn entry(
        number: u16,
        allow: bool,
        protocol: Protocol,
        ports: (u16, u16),
        cidr: &str,
    ) -> NetworkAclEntry {
        NetworkAclEntry {
            direction: RuleDirection::Ingress,
            number,
            allow,
            protocol,
            ports: PortRange::new(ports.0, ports.1).unwrap(),
            cidr: cidr.parse().unwrap(),
        }
    }

    fn outcome(
        entries: &[NetworkAclEntry],
        block: &str,
        ports: PortRange,
    ) -> Vec<(String, String, String)> {
        let refs: Vec<_> = entries.iter().collect();
        decide(&refs, &|e| e.number >= 32767, block.parse().unwrap(), ports)
            .into_iter()
            .map(|d| {
                let by = match d.by {
                    Decision::Allowed(e) => format!("allow {}", e.number),
                    Decision::Denied(e) => format!("deny {}", e.number),
                    Decision::None => "none".to_owned(),
                };
                (d.block.to_string(), d.ports.to_string(), by)
            })
            .collect()
    }

    fn row(block: &str, ports: &str, by: &str) -> (String, String, String) {
        (block.to_owned(), ports.to_owned(), by.to_owned())
    }

    #[test]
    fn a_deny_at_90_blocks_the_flow_that_an_allow_at_100_would_permit() {
        let entries = [
            entry(90, false, Protocol::Tcp, (5432, 5432), "10.0.0.0/8"),
            entry(100, true, Protocol::All, (0, 65535), "0.0.0.0/0"),
        ];
        assert_eq!(
            outcome(&entries, "10.1.4.20/32", PortRange::one(5432)),
            [row("10.1.4.20/32", "5432", "deny 90")]
        );
        assert_eq!(
            outcome(&entries, "192.0.2.1/32", PortRange::one(5432)),
            [row("192.0.2.1/32", "5432", "allow 100")]
        );
    }

    #[test]
    fn a_deny_inside_the_block_decides_its_part_alone() {
        let entries = [
            entry(90, false, Protocol::Tcp, (0, 65535), "10.0.0.128/25"),
            entry(100, true, Protocol::All, (0, 65535), "10.0.0.0/24"),
        ];
        assert_eq!(
            outcome(&entries, "10.0.0.0/24", PortRange::one(1521)),
            [
                row("10.0.0.0/25", "1521", "allow 100"),
                row("10.0.0.128/25", "1521", "deny 90")
            ]
        );
    }

    #[test]
    fn return_ports_are_decided_piece_by_piece() {
        let entries = [
            entry(90, false, Protocol::Tcp, (3389, 3389), "0.0.0.0/0"),
            entry(100, true, Protocol::Tcp, (32768, 61000), "10.0.0.0/16"),
            entry(32767, false, Protocol::All, (0, 65535), "0.0.0.0/0"),
        ];
        assert_eq!(
            outcome(&entries, "10.0.1.10/32", PortRange::EPHEMERAL),
            [
                row("10.0.1.10/32", "3389", "deny 90"),
                row("10.0.1.10/32", "32768-61000", "allow 100"),
                row("10.0.1.10/32", "1024-3388", "none"),
                row("10.0.1.10/32", "3390-32767", "none"),
                row("10.0.1.10/32", "61001-65535", "none"),
            ]
        );
    }

    #[test]
    fn other_protocols_decide_nothing_of_tcp() {
        let entries = [entry(
            90,
            false,
            Protocol::Other(Some(17)),
            (0, 65535),
            "0.0.0.0/0",
        )];
        assert_eq!(
            outcome(&entries, "10.0.0.1/32", PortRange::one(1)),
            [row("10.0.0.1/32", "1", "none")]
        );
    }

    #[test]
    fn what_decides_nothing_divides_nothing() {
        let entries = [
            entry(80, false, Protocol::Tcp, (22, 22), "10.0.0.0/25"),
            entry(
                90,
                false,
                Protocol::Other(Some(17)),
                (0, 65535),
                "10.0.0.128/26",
            ),
            entry(100, true, Protocol::All, (0, 65535), "0.0.0.0/0"),
        ];
        assert_eq!(
            outcome(&entries, "10.0.0.0/24", PortRange::one(5432)),
            [row("10.0.0.0/24", "5432", "allow 100")]
        );
    }
}
