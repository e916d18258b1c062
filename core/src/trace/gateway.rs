//! On-premises by Direct Connect or VPN through a gateway: a virtual private gateway or a transit gateway, with a NAT
//! gateway on the way or none.

use super::{
    End,
    check::Step,
    client::ClientSubnet,
    exit::{Exit, Leaving},
    far_side,
    judge_acl::AclPorts,
    leg::{Demand, Leg, Trip},
    middle::bracket,
    nat_gateway,
    opener::{Outlet, egress},
    routes::{Leading, Routed, follow, passed},
    way::{Named, Packets},
};
use crate::{
    api::{GatewayId, NatGatewayId, PathDirection, Who},
    snapshot::{Peer, RouteTarget},
};
use ipnet::IpNet;

/// The walk of one leg to a site.
pub(super) struct Walk<'c, 'a> {
    pub(super) leg: &'c Leg<'c, 'a>,
    pub(super) id: &'a GatewayId,
}

/// One flow from a client subnet.
struct Flow<'f, 'a> {
    client: &'f ClientSubnet<'a>,
    sources: &'f [&'f End],
    /// Their blocks.
    from: &'f [IpNet],
    declared: IpNet,
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn trips(&self) -> Vec<Trip<'a>> {
        let blocks = self.leg.blocks();
        self.leg.each(&blocks, |client, sources, declared| {
            let from: Vec<IpNet> = sources.iter().map(|end| end.block).collect();
            let flow = Flow {
                client,
                sources,
                from: &from,
                declared,
            };
            let (reserved, open) = self.leg.reserved(declared);
            let stopped = reserved
                .map(|(blocks, gate)| Trip::stopped(client.client(from.clone()), blocks, gate));
            let forward = PathDirection::Forward;
            let routed = follow(client.subnet, &open, forward, self.leg.side.scope);
            let trips = routed
                .into_iter()
                .flat_map(|routed| self.by_route(&flow, routed));
            stopped.into_iter().chain(trips).collect()
        })
    }

    fn words(&self) -> String {
        format!("onPremises via gateway {}", self.id)
    }

    fn by_route(&self, flow: &Flow<'_, 'a>, routed: Routed<'a>) -> Vec<Trip<'a>> {
        if let Ok(by) = routed.by
            && let RouteTarget::NatGateway(nat) = &by.route.target
        {
            return self.by_nat(flow, &routed.blocks, by, nat);
        }
        let words = self.words();
        let leaving = self.leaving(flow, &routed.blocks, &words);
        let exit = match routed.by {
            Ok(by) => leaving.to_site(&routed.blocks, by, self.id),
            Err(gate) => leaving.stopped(gate),
        };
        let seen = flow.from.to_vec();
        vec![self.trip(flow, &routed.blocks, seen, exit)]
    }

    fn leaving<'l>(
        &self,
        flow: &'l Flow<'_, 'a>,
        blocks: &'l [IpNet],
        words: &'l str,
    ) -> Leaving<'l, 'a> {
        Leaving {
            from: Some(self.leg.side.place(flow.client.subnet)),
            side: self.leg.side,
            packets: Packets {
                from: Named::new(flow.from, flow.from),
                to: Named::new(blocks, std::slice::from_ref(&flow.declared)),
                ports: AclPorts::Forward(self.leg.port),
            },
            answers: AclPorts::TO_LINUX,
            home: flow.from,
            words,
        }
    }

    /// By a NAT gateway, which sends from its private addresses.
    fn by_nat(
        &self,
        flow: &Flow<'_, 'a>,
        blocks: &[IpNet],
        by: Leading<'a>,
        id: &NatGatewayId,
    ) -> Vec<Trip<'a>> {
        let (side, words) = (self.leg.side, self.words());
        let leaving = self.leaving(flow, blocks, &words);
        let route = passed(blocks, by, PathDirection::Forward);
        let found = nat_gateway::judge(side, id).map(|nat| nat.place.map(|place| (nat, place)));
        let (nat, place) = match found {
            Ok(Some(found)) => found,
            // A regional NAT gateway leads to the internet alone.
            Ok(None) => {
                let exit = leaving.elsewhere(blocks, by);
                return vec![self.trip(flow, blocks, flow.from.to_vec(), exit)];
            }
            Err(gate) => {
                let mut exit = leaving.stopped(route);
                exit.out.push(Step::Gate(*gate));
                return vec![self.trip(flow, blocks, flow.from.to_vec(), exit)];
            }
        };
        let near = side.place(flow.client.subnet);
        let onward = follow(place.subnet, blocks, PathDirection::Forward, side.scope);
        let trips = onward.into_iter().map(|onward| {
            let packets = Packets {
                from: Named::new(flow.from, flow.from),
                to: Named::new(&onward.blocks, std::slice::from_ref(&flow.declared)),
                ports: AclPorts::Forward(self.leg.port),
            };
            let first = bracket(near, place, route.clone(), &packets, flow.from, &words);
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
            };
            let second = match onward.by {
                Ok(by) => second.to_site(&onward.blocks, by, self.id),
                Err(gate) => second.stopped(gate),
            };
            let mut gates = vec![Step::Gate(nat.gate.clone())];
            gates.extend(nat.appliance.clone().map(Step::Gate));
            let exit = Exit::after(first, gates, second);
            self.trip(flow, &onward.blocks, nat.private.clone(), exit)
        });
        trips.collect()
    }

    fn trip(
        &self,
        flow: &Flow<'_, 'a>,
        blocks: &[IpNet],
        seen: Vec<IpNet>,
        exit: Exit<'a>,
    ) -> Trip<'a> {
        let ends = blocks.iter().map(|block| End::believed(*block, &[]));
        let outlet = Outlet {
            port: self.leg.port,
            ends: ends.collect(),
            references: false,
            peers: &[vec![Peer::Cidr(flow.declared)]],
        };
        let mut out = egress(self.leg.side, flow.sources, &outlet);
        out.extend(exit.out);
        out.push(far_side::gate(
            "the on-premises firewall",
            self.leg.port,
            &seen,
            blocks,
        ));
        let demand = |who: Who| Demand {
            who,
            port: self.leg.port,
            from: seen.clone(),
            to: blocks.to_vec(),
        };
        let demands = exit.demands.into_iter().chain([Who::OnPremisesFirewall]);
        Trip {
            client: flow.client.client(flow.from.to_vec()),
            blocks: blocks.to_vec(),
            demands: demands.map(demand).collect(),
            notes: flow.client.notes().into_iter().chain(exit.notes).collect(),
            seen: seen.clone(),
            out,
            back: exit.back,
        }
    }
}
