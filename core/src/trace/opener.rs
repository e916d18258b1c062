//! The gate of the security groups of whoever opens a connection.

use super::{
    End,
    check::{Ask, Step, UnitRequest},
    judge_group::GroupFlow,
    side::Side,
};
use crate::{api::RuleDirection, snapshot::Peer};
use ipnet::IpNet;

/// What whoever opens a connection must be let out to.
pub(super) struct Outlet<'o> {
    pub(super) port: u16,
    /// The part of the destination that this path is about, with the groups of whoever answers there.
    pub(super) ends: Vec<End>,
    /// Whether a reference to their groups works on this path.
    pub(super) references: bool,
    /// What new rules name: one rule for each, in the forms that would do.
    pub(super) peers: &'o [Vec<Peer>],
}

impl<'o> Outlet<'o> {
    /// To some blocks of which nobody's groups are known.
    pub(super) fn beyond(port: u16, blocks: &[IpNet], peers: &'o [Vec<Peer>]) -> Self {
        let ends = blocks.iter().map(|block| End::believed(*block, &[]));
        Self {
            port,
            ends: ends.collect(),
            references: false,
            peers,
        }
    }
}

/// One gate for each set of groups that the interfaces of the client carry.
pub(super) fn egress<'a>(side: Side<'a>, sources: &[&End], outlet: &Outlet<'_>) -> Vec<Step<'a>> {
    let mut carriers: Vec<&End> = Vec::new();
    for end in sources {
        if !carriers.iter().any(|known| known.groups == end.groups) {
            carriers.push(end);
        }
    }
    let direction = RuleDirection::Egress;
    let gates = carriers.into_iter().map(|carrier| {
        let asks = outlet.peers.iter().filter_map(|forms| {
            let request = UnitRequest::rule(&carrier.declared, direction, outlet.port, forms)?;
            let flow = (0..outlet.ends.len())
                .filter(|&place| holds(forms, &outlet.ends[place].block))
                .collect();
            Some(Ask { request, flow })
        });
        let flow = GroupFlow {
            port: outlet.port,
            ends: outlet.ends.clone(),
            references: outlet.references,
            asks: asks.collect(),
        };
        side.groups(direction, carrier, flow)
    });
    gates.collect()
}

/// Whether a rule for a peer in any of these forms is for a block.
fn holds(forms: &[Peer], block: &IpNet) -> bool {
    forms.iter().any(|peer| match peer {
        Peer::Cidr(cidr) => crate::network::covers(cidr, block),
        Peer::SecurityGroup(_) | Peer::PrefixList(_) => true,
    })
}
