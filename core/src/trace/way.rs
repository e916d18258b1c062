//! The gates between two subnets in one direction: network ACLs, the routes, and the hops that they lead to.

use super::{check::Step, hop::Hop, judge_acl::AclPorts, side::Place};
use crate::api::RuleDirection;
use ipnet::IpNet;

/// One end of some packets: the addresses in them, and the blocks that new entries name for them.
#[derive(Clone, Copy)]
pub(super) struct Named<'p> {
    blocks: &'p [IpNet],
    units: &'p [IpNet],
}

impl<'p> Named<'p> {
    pub(super) fn new(blocks: &'p [IpNet], units: &'p [IpNet]) -> Self {
        Self { blocks, units }
    }
}

/// Packets of one direction of a connection.
#[derive(Clone, Copy)]
pub(super) struct Packets<'p> {
    pub(super) from: Named<'p>,
    pub(super) to: Named<'p>,
    pub(super) ports: AclPorts,
}

impl<'p> Packets<'p> {
    /// The packets that answer them, to the ports that whoever sent them may use.
    pub(super) fn answers(&self, ports: AclPorts) -> Self {
        Self {
            from: self.to,
            to: self.from,
            ports,
        }
    }

    /// The gate at which they leave a subnet.
    pub(super) fn leave<'a>(&self, place: Place<'a>) -> Step<'a> {
        let egress = RuleDirection::Egress;
        place.side.acl(
            place.subnet,
            egress,
            self.ports,
            self.to.blocks,
            self.to.units,
        )
    }

    /// The gates at which they come out of a transit gateway, by any of the subnets of its attachment, into a subnet:
    /// none where they come out in that subnet itself (VPC Transit Gateways, "Network ACLs for transit gateways").
    pub(super) fn come_out<'a>(&self, exits: &[Place<'a>], into: Place<'a>) -> Vec<Step<'a>> {
        let apart = exits.iter().filter(|exit| exit.subnet.id != into.subnet.id);
        let mut steps: Vec<Step<'a>> = apart.map(|exit| self.leave(*exit)).collect();
        if exits.is_empty() || !steps.is_empty() {
            steps.push(self.enter(into));
        }
        steps
    }

    /// The gate at which they enter a subnet.
    pub(super) fn enter<'a>(&self, place: Place<'a>) -> Step<'a> {
        let ingress = RuleDirection::Ingress;
        place.side.acl(
            place.subnet,
            ingress,
            self.ports,
            self.from.blocks,
            self.from.units,
        )
    }
}

/// The gates of packets that leave one subnet and enter another by some hops.
pub(super) fn way<'a>(
    near: Place<'a>,
    far: Place<'a>,
    packets: &Packets<'_>,
    hops: Vec<Hop<'a>>,
) -> Vec<Step<'a>> {
    let mut steps = vec![packets.leave(near)];
    let mut enters = false;
    for hop in hops {
        steps.extend(hop.route.map(Step::Gate));
        if let Some(entry) = hop.transit.as_ref().and_then(|transit| transit.entry) {
            // Packets towards a transit gateway enter the subnet of its attachment, also where that is their own
            // (VPC Transit Gateways, "Network ACLs for transit gateways").
            steps.push(packets.enter(entry));
        }
        steps.extend(hop.gates.into_iter().map(Step::Gate));
        match hop.transit {
            None => enters = true,
            Some(transit) => {
                enters |= transit.exits.is_empty();
                for exit in transit.exits {
                    if exit.subnet.id != far.subnet.id {
                        steps.push(packets.leave(exit));
                        enters = true;
                    }
                }
            }
        }
    }
    if enters {
        steps.push(packets.enter(far));
    }
    steps
}
