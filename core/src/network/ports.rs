//! Ports of TCP.

use std::{collections::BTreeMap, fmt};

/// A range of TCP ports, both ends included; `from` is never above `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    from: u16,
    to: u16,
}

impl PortRange {
    /// Every port: what a rule of protocol -1 opens.
    pub const ALL: Self = Self {
        from: 0,
        to: u16::MAX,
    };

    /// The ports from which a client may open a connection, and so those to which answers return. AWS's own advice
    /// for network ACLs: VPC User Guide, "Network ACLs", ephemeral ports.
    pub const EPHEMERAL: Self = Self {
        from: 1024,
        to: u16::MAX,
    };

    /// The ports that a Linux client uses: `net.ipv4.ip_local_port_range`, upstream default.
    pub const LINUX_EPHEMERAL: Self = Self {
        from: 32768,
        to: 60999,
    };

    /// The range of one port.
    #[must_use]
    pub fn one(port: u16) -> Self {
        Self {
            from: port,
            to: port,
        }
    }

    /// A range; none where `from` is above `to`.
    #[must_use]
    pub fn new(from: u16, to: u16) -> Option<Self> {
        (from <= to).then_some(Self { from, to })
    }

    /// The lowest port.
    #[must_use]
    pub fn from(&self) -> u16 {
        self.from
    }

    /// The highest port.
    #[must_use]
    pub fn to(&self) -> u16 {
        self.to
    }

    /// Whether every port of `inner` is in this range.
    #[must_use]
    pub fn covers(&self, inner: &Self) -> bool {
        self.from <= inner.from && inner.to <= self.to
    }

    /// The ports in both.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }

    /// The ports of this range that are not in `other`: at most one piece below it and one above.
    pub fn without(&self, other: &Self) -> impl Iterator<Item = Self> + use<> {
        let whole = *self;
        let (below, above) = match self.meet(other) {
            None => (Some(whole), None),
            Some(hit) => (
                hit.from
                    .checked_sub(1)
                    .and_then(|to| Self::new(whole.from, to)),
                hit.to
                    .checked_add(1)
                    .and_then(|from| Self::new(from, whole.to)),
            ),
        };
        below.into_iter().chain(above)
    }

    /// How many ports.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::from(self.to) - u32::from(self.from) + 1
    }
}

/// Ports in pieces that do not overlap, each by its lowest port, so that taking some out looks at the pieces alone that
/// hold them.
#[derive(Clone, Debug)]
pub(super) struct Pieces(BTreeMap<u16, PortRange>);

impl Pieces {
    /// One piece.
    pub(super) fn of(range: PortRange) -> Self {
        Self(BTreeMap::from([(range.from, range)]))
    }

    /// Takes the ports of a range out: what was there of them, in order.
    pub(super) fn take(&mut self, range: &PortRange) -> Vec<PortRange> {
        // The last piece that begins before the range may reach into it.
        let before = self.0.range(..range.from).next_back();
        let inside = self.0.range(range.from..=range.to);
        let near: Vec<PortRange> = before.into_iter().chain(inside).map(|it| *it.1).collect();
        let mut taken = Vec::new();
        for piece in near {
            if let Some(hit) = piece.meet(range) {
                self.0.remove(&piece.from);
                let rest = piece.without(range);
                self.0.extend(rest.map(|piece| (piece.from, piece)));
                taken.push(hit);
            }
        }
        taken
    }

    /// What is left, in order.
    pub(super) fn left(self) -> impl Iterator<Item = PortRange> {
        self.0.into_values()
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            write!(f, "{}", self.from)
        } else {
            write!(f, "{}-{}", self.from, self.to)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_taken_out_of_pieces_was_in_them_and_is_not_any_more() {
        let range = |from, to| PortRange::new(from, to).unwrap();
        let mut pieces = Pieces::of(range(10, 99));
        assert_eq!(pieces.take(&range(20, 29)), [range(20, 29)]);
        assert_eq!(pieces.take(&range(0, 5)), []);
        assert_eq!(pieces.take(&range(15, 34)), [range(15, 19), range(30, 34)]);
        assert_eq!(pieces.take(&range(99, 200)), [PortRange::one(99)]);
        assert_eq!(
            pieces.left().collect::<Vec<_>>(),
            [range(10, 14), range(35, 98)]
        );
    }

    #[test]
    fn a_hole_leaves_a_piece_on_either_side() {
        let left: Vec<_> = PortRange::EPHEMERAL
            .without(&PortRange::LINUX_EPHEMERAL)
            .collect();
        assert_eq!(
            left,
            [
                PortRange::new(1024, 32767).unwrap(),
                PortRange::new(61000, 65535).unwrap()
            ]
        );
        assert_eq!(PortRange::one(0).without(&PortRange::ALL).count(), 0);
        assert_eq!(
            PortRange::one(5432).without(&PortRange::EPHEMERAL).count(),
            0
        );
        assert_eq!(
            PortRange::one(80)
                .without(&PortRange::EPHEMERAL)
                .collect::<Vec<_>>(),
            [PortRange::one(80)]
        );
    }
}
