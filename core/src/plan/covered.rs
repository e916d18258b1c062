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

type ByPorts<'a> = BTreeMap<PortRange, BTreeSet<&'a Peer>>;

impl<'a> Needed<'a> {
    pub(super) fn new(units: impl Iterator<Item = &'a Unit>) -> Self {
        let mut needed = Self::default();
        for unit in units {
            let place = needed.0.entry((&unit.target, unit.direction)).or_default();
            place.entry(unit.ports()).or_default().insert(&unit.peer);
        }
        needed
    }

    /// Whether all that a unit opens, another one of them opens too.
    pub(super) fn hold(&self, unit: &Unit) -> bool {
        let by_ports = self.0.get(&(&unit.target, unit.direction));
        let by_ports = by_ports.into_iter().flatten();
        let mut holding = by_ports.filter(|(ports, _)| ports.covers(&unit.ports()));
        holding.any(|(ports, peers)| {
            let wider_ports = *ports != unit.ports() && peers.contains(&unit.peer);
            wider_ports || wider_blocks(unit).any(|peer| peers.contains(&peer))
        })
    }
}

/// The blocks that hold the block of a unit and more.
fn wider_blocks(unit: &Unit) -> impl Iterator<Item = Peer> {
    let blocks = std::iter::successors(unit.cidr(), IpNet::supernet).skip(1);
    blocks.map(|cidr| Peer::Cidr { cidr })
}
