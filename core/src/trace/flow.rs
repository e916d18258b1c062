//! One flow from a client subnet to a declared block of addresses outside of the VPC: to a site, the internet, or a VPC that is
//! not ours to read.

use super::{
    End,
    client::ClientSubnet,
    exit::{Exit, Leaving},
    far_side,
    judge_acl::AclPorts,
    leg::{Demand, Leg, Trip},
    needed::Needed,
    opener::{Outlet, egress},
    side::Place,
    way::{Named, Packets},
};
use crate::{api::Who, snapshot::Peer};
use ipnet::IpNet;

/// A flow, and the leg that it is of.
pub(super) struct Flow<'f, 'a> {
    pub(super) leg: &'f Leg<'f, 'a>,
    pub(super) client: &'f ClientSubnet<'a>,
    pub(super) sources: &'f [&'f End],
    /// Their blocks.
    pub(super) from: &'f [IpNet],
    /// The destination as declared: units name it whole.
    pub(super) declared: IpNet,
}

impl<'a> Leg<'_, 'a> {
    /// The trips of each flow to the declared addresses: `to` gives those to the part that DMS lets be reached.
    pub(super) fn flows(
        &self,
        to: impl Fn(&Flow<'_, 'a>, &[IpNet]) -> Vec<Trip<'a>>,
    ) -> Vec<Trip<'a>> {
        self.each(&self.blocks(), |client, sources, declared| {
            let from: Vec<IpNet> = sources.iter().map(|end| end.block).collect();
            let (reserved, open) = self.reserved(declared);
            let stopped = reserved
                .map(|(blocks, gate)| Trip::stopped(client.client(from.clone()), blocks, gate));
            let flow = Flow {
                leg: self,
                client,
                sources,
                from: &from,
                declared,
            };
            stopped.into_iter().chain(to(&flow, &open)).collect()
        })
    }
}

impl<'a> Flow<'_, 'a> {
    /// Where it starts.
    pub(super) fn near(&self) -> Place<'a> {
        self.leg.side.place(self.client.subnet)
    }

    /// Its packets to some blocks, as the client sends them.
    pub(super) fn packets<'l>(&'l self, blocks: &'l [IpNet]) -> Packets<'l> {
        Packets {
            from: Named::new(self.from, self.from),
            to: Named::new(blocks, std::slice::from_ref(&self.declared)),
            ports: AclPorts::Forward(self.leg.port),
        }
    }

    /// The same, about to leave the VPC from the client's subnet.
    pub(super) fn leaving<'l>(
        &'l self,
        blocks: &'l [IpNet],
        words: &'l str,
        needed: &'l Needed<'a>,
    ) -> Leaving<'l, 'a> {
        Leaving {
            from: Some(self.near()),
            side: self.leg.side,
            packets: self.packets(blocks),
            answers: AclPorts::TO_LINUX,
            home: self.from,
            words,
            needed,
        }
    }

    /// The trip by an exit, with the client's own groups before it.
    pub(super) fn trip(&self, blocks: &[IpNet], seen: Vec<IpNet>, exit: Exit<'a>) -> Trip<'a> {
        let peers = [vec![Peer::Cidr(self.declared)]];
        let outlet = Outlet::beyond(self.leg.port, blocks, &peers);
        let mut out = egress(self.leg.side, self.sources, &outlet);
        out.extend(exit.out);
        let demand = |who: Who| Demand {
            who,
            port: self.leg.port,
            from: seen.clone(),
            to: blocks.to_vec(),
        };
        Trip {
            client: self.client.client(self.from.to_vec()),
            blocks: blocks.to_vec(),
            demands: exit.demands.into_iter().map(demand).collect(),
            notes: exit.notes.into_iter().chain(self.client.notes()).collect(),
            seen: seen.clone(),
            out,
            back: exit.back,
        }
    }

    /// The trip by an exit to a site, whose firewall decides at its end.
    pub(super) fn to_site(
        &self,
        blocks: &[IpNet],
        seen: Vec<IpNet>,
        mut exit: Exit<'a>,
    ) -> Trip<'a> {
        let owner = "the on-premises firewall";
        exit.out
            .push(far_side::gate(owner, self.leg.port, &seen, blocks));
        exit.demands.push(Who::OnPremisesFirewall);
        self.trip(blocks, seen, exit)
    }
}
