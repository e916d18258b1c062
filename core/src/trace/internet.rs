//! The internet: by an internet gateway, an egress-only one, a NAT gateway or a NAT instance.

use super::{
    End,
    check::Step,
    client::ClientSubnet,
    exit::{Exit, Leaving},
    far_side, host,
    judge_acl::AclPorts,
    leg::{Demand, Leg, Trip},
    managed::Managed,
    middle::bracket,
    nat_gateway::{self, Nat},
    opener::{Outlet, egress},
    public_access::Front,
    public_source,
    routes::{Leading, Routed, elsewhere, follow, follow_table, passed},
    say,
    way::{Named, Packets},
};
use crate::{
    api::{Admit, Gate, GateKind, Internet, NatGatewayId, PathDirection, Reason, Verdict, Who},
    network::blocks::split_private,
    snapshot::{Peer, RouteTarget},
};
use ipnet::IpNet;

const WORDS: &str = "placement internet";

/// The walk of one leg to public addresses.
pub(super) struct Walk<'c, 'a> {
    pub(super) leg: &'c Leg<'c, 'a>,
    pub(super) placement: &'a Internet,
}

/// One flow from a client subnet.
pub(super) struct Flow<'f, 'a> {
    pub(super) client: &'f ClientSubnet<'a>,
    pub(super) sources: &'f [&'f End],
    /// Their blocks.
    pub(super) from: &'f [IpNet],
    pub(super) declared: IpNet,
}

/// How the far side sees the client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SeenBy {
    PublicIP,
    NATGateway,
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
            let mut trips: Vec<Trip<'a>> = stopped.into_iter().collect();
            let split: Vec<_> = open.into_iter().map(split_private).collect();
            let private: Vec<IpNet> = split
                .iter()
                .flat_map(|(inside, _)| inside)
                .copied()
                .collect();
            let public: Vec<IpNet> = split.iter().flat_map(|(_, out)| out).copied().collect();
            for (blocks, private) in [(private, true), (public, false)] {
                let forward = PathDirection::Forward;
                let routed = follow(client.subnet, &blocks, forward, self.leg.side.scope);
                let routed = routed
                    .into_iter()
                    .filter(|routed| !routed.blocks.is_empty());
                trips.extend(routed.flat_map(|routed| self.by_route(&flow, routed, private)));
            }
            trips
        })
    }

    fn by_route(&self, flow: &Flow<'_, 'a>, routed: Routed<'a>, private: bool) -> Vec<Trip<'a>> {
        let blocks = &routed.blocks;
        let leaving = self.leaving(flow, blocks);
        let ended = |exit: Exit<'a>| vec![self.trip(flow, blocks, flow.from.to_vec(), exit)];
        let by = match routed.by {
            Ok(by) => by,
            Err(gate) => return ended(leaving.stopped(gate)),
        };
        match &by.route.target {
            _ if private => ended(leaving.stopped(private_destination(blocks, by))),
            RouteTarget::InternetGateway(_) => {
                match public_source::of(self.leg, flow.client, flow.sources) {
                    Ok((seen, notes)) => {
                        let mut exit = leaving.to_internet(blocks, by, Front::Public);
                        exit.notes.extend(notes);
                        vec![self.to_far(flow, blocks, seen, exit, SeenBy::PublicIP)]
                    }
                    Err(gate) => {
                        let mut exit = leaving.to_internet(blocks, by, Front::Public);
                        exit.out.push(Step::Gate(*gate));
                        ended(exit)
                    }
                }
            }
            RouteTarget::EgressOnlyInternetGateway(_) => {
                let exit = leaving.to_internet(blocks, by, Front::Outbound);
                vec![self.to_far(flow, blocks, flow.from.to_vec(), exit, SeenBy::PublicIP)]
            }
            RouteTarget::NatGateway(id) => self.by_nat(flow, blocks, by, id),
            RouteTarget::NetworkInterface(..) | RouteTarget::Instance(_) => {
                self.by_instance(flow, blocks, by)
            }
            _ => ended(leaving.elsewhere(blocks, by)),
        }
    }

    fn leaving<'l>(&self, flow: &'l Flow<'_, 'a>, blocks: &'l [IpNet]) -> Leaving<'l, 'a> {
        Leaving {
            from: Some(self.leg.side.place(flow.client.subnet)),
            side: self.leg.side,
            packets: self.packets(flow, blocks),
            answers: AclPorts::TO_LINUX,
            home: flow.from,
            words: WORDS,
        }
    }

    fn packets<'l>(&self, flow: &'l Flow<'_, 'a>, blocks: &'l [IpNet]) -> Packets<'l> {
        Packets {
            from: Named::new(flow.from, flow.from),
            to: Named::new(blocks, std::slice::from_ref(&flow.declared)),
            ports: AclPorts::Forward(self.leg.port),
        }
    }

    /// By a NAT gateway: the far side sees any of its addresses, never the client's own public one.
    fn by_nat(
        &self,
        flow: &Flow<'_, 'a>,
        blocks: &[IpNet],
        by: Leading<'a>,
        id: &NatGatewayId,
    ) -> Vec<Trip<'a>> {
        let (side, forward) = (self.leg.side, PathDirection::Forward);
        let route = passed(blocks, by, forward);
        let nat = match nat_gateway::judge(side, id) {
            Ok(nat) => nat,
            Err(gate) => {
                let mut exit = self.leaving(flow, blocks).stopped(route);
                exit.out.push(Step::Gate(*gate));
                return vec![self.trip(flow, blocks, flow.from.to_vec(), exit)];
            }
        };
        let onward = match (nat.place, nat.table) {
            (Some(place), _) => follow(place.subnet, blocks, forward, side.scope),
            (None, Some(table)) => follow_table(table, blocks, forward, side.scope),
            (None, None) => Vec::new(),
        };
        if onward.is_empty() {
            // A regional NAT gateway whose own table is not shown leads to the internet (VPC User Guide, "Regional NAT
            // gateways").
            let mut exit = self.leaving(flow, blocks).stopped(route);
            exit.out.push(Step::Gate(nat.gate.clone()));
            let seen = nat.public.clone();
            return vec![self.to_far(flow, blocks, seen, exit, SeenBy::NATGateway)];
        }
        let trips = onward
            .into_iter()
            .map(|onward| self.behind_nat(flow, &nat, &route, onward));
        trips.collect()
    }

    fn behind_nat(
        &self,
        flow: &Flow<'_, 'a>,
        nat: &Nat<'a>,
        route: &Gate,
        onward: Routed<'a>,
    ) -> Trip<'a> {
        let (side, blocks) = (self.leg.side, onward.blocks);
        let packets = self.packets(flow, &blocks);
        let near = side.place(flow.client.subnet);
        let first = match nat.place {
            Some(place) => bracket(near, place, route.clone(), &packets, flow.from, WORDS),
            None => super::middle::Bracket {
                out: vec![packets.leave(near), Step::Gate(route.clone())],
                back: vec![packets.answers(AclPorts::TO_LINUX).enter(near)],
                demands: Vec::new(),
            },
        };
        let seen = nat.public.clone();
        let leaving = Leaving {
            from: nat.place,
            side,
            packets: Packets {
                from: Named::new(&seen, &seen),
                ..packets
            },
            answers: AclPorts::TO_NAT_GATEWAY,
            home: &nat.private,
            words: WORDS,
        };
        let no_way_out = |what: &str| {
            let id = &nat.gateway.id;
            let message = format!("{id} {what}");
            let (kind, forward) = (GateKind::NATGateway, PathDirection::Forward);
            let reason = Reason::NATGatewayWithoutInternet;
            Step::Gate(say::blocked(kind, id.as_str(), forward, reason, message))
        };
        let mut ends_here = false;
        let second = match onward.by {
            Ok(by) => match &by.route.target {
                RouteTarget::InternetGateway(_) if nat.gateway.is_public => {
                    leaving.to_internet(&blocks, by, Front::Outbound)
                }
                RouteTarget::InternetGateway(_) => {
                    ends_here = true;
                    let mut exit = leaving.stopped(passed(&blocks, by, PathDirection::Forward));
                    exit.out.push(no_way_out(
                        "is private, and an internet gateway drops what it sends",
                    ));
                    exit
                }
                RouteTarget::NatGateway(id) if *id == nat.gateway.id => {
                    ends_here = true;
                    leaving.stopped(looping(&blocks, by))
                }
                _ => {
                    ends_here = true;
                    let gate = elsewhere(&blocks, by, PathDirection::Forward, WORDS);
                    let mut exit = leaving.stopped(gate);
                    exit.out
                        .push(no_way_out("has no route to an internet gateway"));
                    exit
                }
            },
            Err(gate) => {
                ends_here = true;
                let mut exit = leaving.stopped(gate);
                exit.out
                    .push(no_way_out("has no route to an internet gateway"));
                exit
            }
        };
        let mut gates = vec![Step::Gate(nat.gate.clone())];
        gates.extend(nat.appliance.clone().map(Step::Gate));
        let mut exit = Exit::after(first, gates, second);
        exit.demands
            .extend(nat.appliance.as_ref().map(|_| Who::FirewallOwner));
        if ends_here {
            return self.trip(flow, &blocks, seen, exit);
        }
        self.to_far(flow, &blocks, seen, exit, SeenBy::NATGateway)
    }

    /// By a NAT instance: a host that forwards with source NAT, seen by its public address.
    fn by_instance(&self, flow: &Flow<'_, 'a>, blocks: &[IpNet], by: Leading<'a>) -> Vec<Trip<'a>> {
        let onward = host::nat_instance(self.leg, flow, blocks, by, WORDS);
        let trips = onward.into_iter().map(|onward| match onward.seen {
            Some(seen) => self.to_far(flow, &onward.blocks, seen, onward.exit, SeenBy::PublicIP),
            None => self.trip(flow, &onward.blocks, flow.from.to_vec(), onward.exit),
        });
        trips.collect()
    }

    /// The far side: ours to open, or somebody else's.
    fn to_far(
        &self,
        flow: &Flow<'_, 'a>,
        blocks: &[IpNet],
        seen: Vec<IpNet>,
        mut exit: Exit<'a>,
        seen_by: SeenBy,
    ) -> Trip<'a> {
        match &self.placement.managed {
            None => {
                let owner = "the owner of the address";
                exit.out
                    .push(far_side::gate(owner, self.leg.port, &seen, blocks));
                exit.demands.push(Who::InternetPeer);
            }
            Some(managed) => {
                let far = Managed {
                    leg: self.leg,
                    managed,
                    seen: &seen,
                    blocks,
                    answers: match seen_by {
                        SeenBy::PublicIP => AclPorts::TO_LINUX,
                        SeenBy::NATGateway => AclPorts::TO_NAT_GATEWAY,
                    },
                };
                match self.form(seen_by) {
                    Ok(()) => far.add_to(&mut exit),
                    Err(gate) => exit.out.push(Step::Gate(gate)),
                }
            }
        }
        self.trip(flow, blocks, seen, exit)
    }

    /// Whether the declared form of admission can work: the far side sees public addresses.
    fn form(&self, seen_by: SeenBy) -> Result<(), Gate> {
        let (works, which, why) = match seen_by {
            SeenBy::PublicIP => (Admit::PublicIP, "PublicIP", "the client's public address"),
            SeenBy::NATGateway => (
                Admit::NATGateway,
                "NATGateway",
                "the addresses of the NAT gateway, never the replication instance's own public IP",
            ),
        };
        let admit = self.leg.admit;
        if admit == Admit::Auto || admit == works {
            return Ok(());
        }
        let message = format!(
            "admit {admit:?} cannot work on this path: the far side sees {why}; {which} can"
        );
        Err(say::declaration(
            self.leg.at("admit"),
            Reason::AdmitFormCannotWork,
            message,
        ))
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
        let demand = |who: Who| Demand {
            who,
            port: self.leg.port,
            from: seen.clone(),
            to: blocks.to_vec(),
        };
        Trip {
            client: flow.client.client(flow.from.to_vec()),
            blocks: blocks.to_vec(),
            demands: exit.demands.into_iter().map(demand).collect(),
            notes: exit.notes,
            seen: seen.clone(),
            out,
            back: exit.back,
        }
    }
}

/// A private destination: no internet gateway carries it, and another target is not the internet.
fn private_destination(blocks: &[IpNet], by: Leading<'_>) -> Gate {
    let forward = PathDirection::Forward;
    let RouteTarget::InternetGateway(id) = &by.route.target else {
        return elsewhere(blocks, by, forward, WORDS);
    };
    let message = format!(
        "{} is private, and no internet gateway carries it",
        say::blocks(blocks.iter().copied())
    );
    let (kind, verdict) = (GateKind::InternetGateway, Verdict::Blocked);
    let reason = Reason::PrivateDestination;
    say::gate(kind, id.as_str(), forward, verdict, reason, message)
}

fn looping(blocks: &[IpNet], by: Leading<'_>) -> Gate {
    let message = format!(
        "{} of {} takes {} back to where it comes from",
        say::route(by.route),
        by.table.id,
        say::blocks(blocks.iter().copied())
    );
    let (kind, forward) = (GateKind::Route, PathDirection::Forward);
    let mut gate = say::blocked(
        kind,
        by.table.id.as_str(),
        forward,
        Reason::RoutingLoop,
        message,
    );
    gate.evidence = vec![say::route(by.route)];
    gate
}
