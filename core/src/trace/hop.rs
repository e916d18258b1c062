//! What a route leads to on the way between two subnets.

use super::{
    admit::References,
    needed::Needed,
    peering,
    routes::{Leading, Routed, Within, elsewhere, passed, within_vpc},
    side::Place,
    transfer::{End, Transfer},
    transit_gateway::{self, Transit},
};
use crate::{
    api::{Gate, PathDirection, Reason, TransitGatewayId, VpcPeeringConnectionId, Who},
    snapshot::RouteTarget,
};
use ipnet::IpNet;

/// What a declaration says of the way.
#[derive(Clone, Copy)]
pub(super) struct Expected<'c> {
    /// The declared placement, in words.
    pub(super) placement: &'c str,
    /// The peering connection or transit gateway, where one is declared.
    pub(super) via: Option<Via<'c>>,
}

/// A declared way between two VPCs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Via<'c> {
    Peering(&'c VpcPeeringConnectionId),
    TransitGateway(&'c TransitGatewayId),
}

/// A hop with what was found on it.
pub(super) struct Hop<'a> {
    /// The route that leads to it.
    pub(super) route: Option<Gate>,
    /// What lies behind the route.
    pub(super) gates: Vec<Gate>,
    /// The subnets of a transit gateway's attachments that packets pass.
    pub(super) transit: Option<Transit<'a>>,
    /// Whether rules behind it can name the client by its group.
    pub(super) references: References,
    /// Who else must let the packets pass.
    pub(super) demands: Vec<Who>,
}

impl Hop<'_> {
    fn stopped(gate: Gate, references: References) -> Self {
        Self {
            route: Some(gate),
            gates: Vec::new(),
            transit: None,
            references,
            demands: Vec::new(),
        }
    }
}

/// Judges the hop of some packets from one subnet to another.
pub(super) fn hop<'a>(
    near: Place<'a>,
    far: Place<'a>,
    routed: Routed<'a>,
    direction: PathDirection,
    expected: &Expected<'_>,
) -> Hop<'a> {
    let one_vpc = near.side.vpc_id == far.side.vpc_id;
    // Within a VPC a group can be named, whatever the routes are.
    let lost = |why: &str| match one_vpc {
        true => References::Preferred,
        false => References::Lost(why.to_owned()),
    };
    let needed = |blocks: &[IpNet]| match one_vpc {
        true => Needed::within(near.side, blocks),
        false => Needed::to_vpc(near.side, far.side, expected.via, blocks),
    };
    let routed = match routed.by {
        Ok(_) => routed,
        Err(_) => {
            let needed = needed(&routed.blocks);
            routed.needing(&needed)
        }
    };
    let by = match routed.by {
        Ok(by) => by,
        Err(gate) => return Hop::stopped(gate, lost("no route leads there")),
    };
    let elsewhere = || {
        let (placement, needed) = (expected.placement, needed(&routed.blocks));
        elsewhere(&routed.blocks, by, direction, placement, &needed)
    };
    let route = || Some(passed(&routed.blocks, by, direction));
    match (&by.route.target, within_vpc(by.route, direction)) {
        (_, Within::Direct) if one_vpc => Hop {
            route: route(),
            gates: Vec::new(),
            transit: None,
            references: References::Preferred,
            demands: Vec::new(),
        },
        (_, Within::Through(gate)) => through(route(), gate),
        (RouteTarget::VpcPeeringConnection(id), _)
            if !one_vpc && may_be(by, expected, direction) =>
        {
            let judged = peering::judge(near.side, far.side, id, &routed.blocks, direction);
            Hop {
                route: route(),
                gates: vec![judged.gate],
                transit: None,
                references: judged.references,
                demands: Vec::new(),
            }
        }
        (RouteTarget::TransitGateway(id), _) if !one_vpc && may_be(by, expected, direction) => {
            let passage = transit_gateway::between(near, far, id, &routed.blocks, direction);
            let transfer = Transfer {
                gateway: id,
                scopes: near.side.scopes,
                from: End::Vpc(near),
                to: End::Vpc(far),
                blocks: &routed.blocks,
            };
            Hop {
                route: route(),
                gates: std::iter::once(transfer.mended(passage.gate))
                    .chain(passage.behind)
                    .collect(),
                transit: passage.transit,
                references: passage.references,
                demands: passage.demands,
            }
        }
        _ => Hop::stopped(elsewhere(), lost("the route leads elsewhere")),
    }
}

/// Whether a route leads the declared way. Back it may lead by any that works.
fn may_be(by: Leading<'_>, expected: &Expected<'_>, direction: PathDirection) -> bool {
    match (&by.route.target, expected.via) {
        _ if direction == PathDirection::Return => true,
        (_, None) => true,
        (RouteTarget::VpcPeeringConnection(id), Some(Via::Peering(declared))) => id == declared,
        (RouteTarget::TransitGateway(id), Some(Via::TransitGateway(declared))) => id == declared,
        _ => false,
    }
}

/// A hop that cannot be seen through: its owner decides.
fn through<'a>(route: Option<Gate>, gate: Gate) -> Hop<'a> {
    let who = owner_of(&gate);
    Hop {
        route,
        gates: vec![gate],
        transit: None,
        references: References::Lost("a firewall or appliance on the way hides the group".into()),
        demands: vec![who],
    }
}

/// Who decides at a hop that cannot be seen through.
pub(super) fn owner_of(gate: &Gate) -> Who {
    match gate.reason {
        Reason::InspectedByMiddlebox => Who::FirewallOwner,
        _ => Who::NetworkOwner,
    }
}
