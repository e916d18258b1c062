//! On-premises by Direct Connect or VPN through a gateway: a virtual private gateway or a transit gateway, with a NAT
//! gateway on the way or none.

use super::{
    check::Step,
    exit::{Exit, Leaving},
    flow::Flow,
    judge_acl::AclPorts,
    leg::{Leg, Trip},
    middle::bracket,
    nat_gateway,
    needed::Needed,
    routes::{Leading, Routed, carries, follow, passed},
    way::{Named, Packets},
};
use crate::{
    api::{GatewayId, NatGatewayId, PathDirection},
    snapshot::RouteTarget,
};
use ipnet::IpNet;

/// The walk of one leg to a site.
pub(super) struct Walk<'c, 'a> {
    pub(super) leg: &'c Leg<'c, 'a>,
    pub(super) id: &'a GatewayId,
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn trips(&self) -> Vec<Trip<'a>> {
        self.leg.flows(|flow, open| {
            let (from, forward) = (flow.client.subnet, PathDirection::Forward);
            let routed = follow(from, open, forward, self.leg.side.scope);
            let trips = routed.into_iter();
            let needed = Needed::to_gateway(self.leg.side, self.id, &[flow.declared]);
            trips
                .flat_map(|routed| self.by_route(flow, routed.needing(&needed), &needed))
                .collect()
        })
    }

    fn words(&self) -> String {
        format!("onPremises via gateway {}", self.id)
    }

    fn by_route(
        &self,
        flow: &Flow<'_, 'a>,
        routed: Routed<'a>,
        needed: &Needed<'a>,
    ) -> Vec<Trip<'a>> {
        if let Ok(by) = routed.by
            && let RouteTarget::NatGateway(nat) = &by.route.target
            && carries(&by.route.target, &routed.blocks)
        {
            return self.by_nat(flow, &routed.blocks, by, nat, needed);
        }
        let words = self.words();
        let leaving = flow.leaving(&routed.blocks, &words, needed);
        let exit = match routed.by {
            Ok(by) => leaving.to_site(&routed.blocks, by, self.id),
            Err(gate) => leaving.stopped(gate),
        };
        let seen = flow.from.to_vec();
        vec![flow.to_site(&routed.blocks, seen, exit)]
    }

    /// By a NAT gateway, which sends from its private addresses.
    fn by_nat(
        &self,
        flow: &Flow<'_, 'a>,
        blocks: &[IpNet],
        by: Leading<'a>,
        id: &NatGatewayId,
        needed: &Needed<'a>,
    ) -> Vec<Trip<'a>> {
        let (side, words) = (self.leg.side, self.words());
        let leaving = flow.leaving(blocks, &words, needed);
        let route = passed(blocks, by, PathDirection::Forward);
        let found = nat_gateway::judge(side, id, by).map(|nat| nat.place.map(|place| (nat, place)));
        let (nat, place) = match found {
            Ok(Some(found)) => found,
            // A regional NAT gateway leads to the internet alone.
            Ok(None) => {
                let exit = leaving.elsewhere(blocks, by);
                return vec![flow.to_site(blocks, flow.from.to_vec(), exit)];
            }
            Err(gate) => {
                let mut exit = leaving.stopped(route);
                exit.out.push(Step::Gate(*gate));
                return vec![flow.to_site(blocks, flow.from.to_vec(), exit)];
            }
        };
        let onward = follow(place.subnet, blocks, PathDirection::Forward, side.scope);
        let trips = onward.into_iter().map(|onward| {
            let onward = onward.needing(needed);
            let packets = flow.packets(&onward.blocks);
            let first = bracket(
                flow.near(),
                place,
                route.clone(),
                &packets,
                flow.from,
                &words,
            );
            let second = Leaving {
                from: Some(place),
                side,
                packets: Packets {
                    from: Named::new(&nat.private, &nat.private),
                    ..packets
                },
                answers: AclPorts::TO_NAT_GATEWAY,
                home: &nat.private,
                words: &words,
                needed,
            };
            let second = match onward.by {
                Ok(by) => second.to_site(&onward.blocks, by, self.id),
                Err(gate) => second.stopped(gate),
            };
            let mut gates = vec![Step::Gate(nat.gate.clone())];
            gates.extend(nat.appliance.clone().map(Step::Gate));
            let exit = Exit::after(first, gates, second);
            flow.to_site(&onward.blocks, nat.private.clone(), exit)
        });
        trips.collect()
    }
}
