//! Tells units that lie within others.

use crate::{
    api::{Peer, RuleDirection, Target, Unit},
    network::PortRange,
};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// Units by what they are on and by their ports, so that a wider one is found by its block.
#[derive(Default)]
pub(super) struct Needed<'a>(BTreeMap<(&'a Target, RuleDirection), ByPorts<'a>>);

type ByPorts<'a> = BTreeMap<PortRange, Peers<'a>>;

/// The peers of some units.
#[derive(Default)]
struct Peers<'a> {
    all: BTreeSet<&'a Peer>,
    /// The shortest prefix length of those that are blocks: no wider block need be looked for.
    shortest: Option<u8>,
}

impl<'a> Peers<'a> {
    fn insert(&mut self, unit: &'a Unit) {
        self.all.insert(&unit.peer);
        let lengths = unit.cidr().map(|cidr| cidr.prefix_len());
        self.shortest = lengths.into_iter().chain(self.shortest).min();
    }

    /// Whether one of them is a block that holds the block of a unit and more.
    fn hold(&self, unit: &Unit) -> bool {
        let Some(shortest) = self.shortest else {
            return false;
        };
        let mut wider = std::iter::successors(unit.cidr(), IpNet::supernet)
            .skip(1)
            .take_while(|cidr| cidr.prefix_len() >= shortest);
        wider.any(|cidr| self.all.contains(&Peer::Cidr { cidr }))
    }
}

impl<'a> Needed<'a> {
    pub(super) fn new(units: impl Iterator<Item = &'a Unit>) -> Self {
        let mut needed = Self::default();
        for unit in units {
            let place = needed.0.entry((&unit.target, unit.direction)).or_default();
            place.entry(unit.ports()).or_default().insert(unit);
        }
        needed
    }

    /// Whether all that a unit opens, another one of them opens too.
    pub(super) fn hold(&self, unit: &Unit) -> bool {
        let by_ports = self.0.get(&(&unit.target, unit.direction));
        let by_ports = by_ports.into_iter().flatten();
        let mut holding = by_ports.filter(|(ports, _)| ports.covers(&unit.ports()));
        holding.any(|(ports, peers)| {
            let wider_ports = *ports != unit.ports() && peers.all.contains(&unit.peer);
            wider_ports || peers.hold(unit)
        })
    }
}
