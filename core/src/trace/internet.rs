//! The internet: by an internet gateway, an egress-only one, a NAT gateway or a NAT instance.

use super::{
    check::Step,
    exit::{Exit, Leaving},
    far_side, fitting,
    flow::Flow,
    host,
    judge_acl::AclPorts,
    leg::{Leg, Trip},
    managed::Managed,
    middle::bracket,
    nat_gateway::{self, Nat},
    needed::Needed,
    public_access::Front,
    public_source,
    routes::{Leading, Routed, carries, elsewhere, follow, follow_table, passed},
    say,
    way::{Named, Packets},
};
use crate::{
    api::{Admit, Gate, GateKind, Internet, NatGatewayId, PathDirection, Reason, Who},
    network::blocks::split_private,
    snapshot::RouteTarget,
};
use ipnet::IpNet;

const WORDS: &str = "placement internet";

/// The walk of one leg to public addresses.
pub(super) struct Walk<'c, 'a> {
    pub(super) leg: &'c Leg<'c, 'a>,
    pub(super) placement: &'a Internet,
}

/// How the far side sees the client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SeenBy {
    PublicIP,
    NATGateway,
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn trips(&self) -> Vec<Trip<'a>> {
        self.leg.flows(|flow, open| {
            let split: Vec<_> = open.iter().copied().map(split_private).collect();
            let private = split.iter().flat_map(|(inside, _)| inside).copied();
            let public = split.iter().flat_map(|(_, outside)| outside).copied();
            let parts: [(Vec<IpNet>, bool); 2] =
                [(private.collect(), true), (public.collect(), false)];
            let needed = Needed::to_internet(
                self.leg.side,
                public_source::has_any(self.leg, flow.sources),
                &[flow.declared],
            );
            let mut trips = Vec::new();
            for (blocks, private) in parts.into_iter().filter(|(blocks, _)| !blocks.is_empty()) {
                let (from, forward) = (flow.client.subnet, PathDirection::Forward);
                let routed = follow(from, &blocks, forward, self.leg.side.scope);
                let routed = routed.into_iter();
                trips.extend(routed.flat_map(|routed| {
                    let routed = routed.needing(&needed);
                    self.by_route(flow, routed, private, &needed)
                }));
            }
            trips
        })
    }

    fn by_route(
        &self,
        flow: &Flow<'_, 'a>,
        routed: Routed<'a>,
        private: bool,
        needed: &Needed<'a>,
    ) -> Vec<Trip<'a>> {
        let blocks = &routed.blocks;
        let leaving = flow.leaving(blocks, WORDS, needed);
        let ended = |exit: Exit<'a>| vec![flow.trip(blocks, flow.from.to_vec(), exit)];
        let by = match routed.by {
            Ok(by) => by,
            Err(gate) => return ended(leaving.stopped(gate)),
        };
        match &by.route.target {
            _ if private => ended(self.private_destination(&leaving, blocks, by)),
            target if !carries(target, blocks) => ended(leaving.elsewhere(blocks, by)),
            RouteTarget::InternetGateway(_) => {
                match public_source::of(self.leg, flow.client, flow.sources) {
                    Ok(seen) => {
                        let exit = leaving.to_internet(blocks, by, Front::Public);
                        match seen.is_empty() {
                            // Of the standby the public address is not known: its own gates are judged, and the far
                            // side is left out.
                            true => vec![flow.trip(blocks, seen, exit)],
                            false => vec![self.to_far(flow, blocks, seen, exit, SeenBy::PublicIP)],
                        }
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
            RouteTarget::NatGateway(id) => self.by_nat(flow, blocks, by, id, needed),
            RouteTarget::NetworkInterface(..) | RouteTarget::Instance(_) => {
                self.by_instance(flow, blocks, by, needed)
            }
            // By which address the far side sees what comes out of a firewall is not known.
            _ => ended(
                leaving
                    .through(blocks, by)
                    .unwrap_or_else(|| leaving.elsewhere(blocks, by)),
            ),
        }
    }

    /// By a NAT gateway: the far side sees any of its addresses, never the client's own public one.
    fn by_nat(
        &self,
        flow: &Flow<'_, 'a>,
        blocks: &[IpNet],
        by: Leading<'a>,
        id: &NatGatewayId,
        needed: &Needed<'a>,
    ) -> Vec<Trip<'a>> {
        let (side, forward) = (self.leg.side, PathDirection::Forward);
        let route = passed(blocks, by, forward);
        let nat = match nat_gateway::judge(side, id, by) {
            Ok(nat) => nat,
            Err(gate) => {
                let mut exit = flow.leaving(blocks, WORDS, needed).stopped(route);
                exit.out.push(Step::Gate(*gate));
                return vec![flow.trip(blocks, flow.from.to_vec(), exit)];
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
            let mut exit = flow.leaving(blocks, WORDS, needed).stopped(route);
            exit.notes
                .extend(nat_gateway::not_in_zone(&nat, flow.client.subnet));
            exit.out.push(Step::Gate(nat.gate.clone()));
            let seen = nat.public.clone();
            return vec![self.to_far(flow, blocks, seen, exit, SeenBy::NATGateway)];
        }
        let needed = Needed::to_internet_gateway(side, &[flow.declared]);
        let trips = onward.into_iter().map(|onward| {
            let onward = onward.needing(&needed);
            self.behind_nat(flow, &nat, &route, onward, &needed)
        });
        trips.collect()
    }

    fn behind_nat(
        &self,
        flow: &Flow<'_, 'a>,
        nat: &Nat<'a>,
        route: &Gate,
        onward: Routed<'a>,
        needed: &Needed<'a>,
    ) -> Trip<'a> {
        let (side, blocks) = (self.leg.side, onward.blocks);
        let packets = flow.packets(&blocks);
        let near = flow.near();
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
            needed,
        };
        let no_way_out = |what: &str, remedy: Option<String>| {
            let id = &nat.gateway.id;
            let message = format!("{id} {what}");
            let (kind, forward) = (GateKind::NATGateway, PathDirection::Forward);
            let reason = Reason::NATGatewayWithoutInternet;
            let mut gate = say::blocked(kind, id.as_str(), forward, reason, message);
            gate.remedy = remedy.or(gate.remedy);
            Step::Gate(gate)
        };
        let no_route = "has no route to an internet gateway";
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
                        Some(format!(
                            "route {} to a public NAT gateway in place of {}",
                            say::blocks(blocks.iter().copied()),
                            nat.gateway.id
                        )),
                    ));
                    exit
                }
                RouteTarget::NatGateway(id) if *id == nat.gateway.id => {
                    ends_here = true;
                    leaving.stopped(looping(&blocks, by, needed))
                }
                _ if let Some(exit) = leaving.through(&blocks, by) => exit,
                _ => {
                    ends_here = true;
                    let forward = PathDirection::Forward;
                    let gate = elsewhere(&blocks, by, forward, WORDS, needed);
                    let remedy = gate.remedy.clone();
                    let mut exit = leaving.stopped(gate);
                    exit.out.push(no_way_out(no_route, remedy));
                    exit
                }
            },
            Err(gate) => {
                ends_here = true;
                let remedy = gate.remedy.clone();
                let mut exit = leaving.stopped(gate);
                exit.out.push(no_way_out(no_route, remedy));
                exit
            }
        };
        let mut gates = vec![Step::Gate(nat.gate.clone())];
        gates.extend(nat.appliance.clone().map(Step::Gate));
        let mut exit = Exit::after(first, gates, second);
        exit.notes
            .extend(nat_gateway::not_in_zone(nat, flow.client.subnet));
        exit.demands
            .extend(nat.appliance.as_ref().map(|_| Who::FirewallOwner));
        if ends_here {
            return flow.trip(&blocks, seen, exit);
        }
        self.to_far(flow, &blocks, seen, exit, SeenBy::NATGateway)
    }

    /// By a NAT instance: a host that forwards with source NAT, seen by its public address.
    fn by_instance(
        &self,
        flow: &Flow<'_, 'a>,
        blocks: &[IpNet],
        by: Leading<'a>,
        needed: &Needed<'a>,
    ) -> Vec<Trip<'a>> {
        let onward = host::nat_instance(flow, blocks, by, WORDS, needed);
        let trips = onward.into_iter().map(|onward| match onward.seen {
            Some(seen) => self.to_far(flow, &onward.blocks, seen, onward.exit, SeenBy::PublicIP),
            None => flow.trip(&onward.blocks, flow.from.to_vec(), onward.exit),
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
        flow.trip(blocks, seen, exit)
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
        let field = self.leg.at("admit");
        let mut gate = say::declaration(field.as_str(), Reason::AdmitFormCannotWork, message);
        gate.remedy = Some(format!("set {field} to Auto or {which}"));
        Err(gate)
    }

    /// A private destination: no internet gateway carries it, and another target is not the internet.
    fn private_destination(
        &self,
        leaving: &Leaving<'_, 'a>,
        blocks: &[IpNet],
        by: Leading<'_>,
    ) -> Exit<'a> {
        let RouteTarget::InternetGateway(id) = &by.route.target else {
            return leaving.elsewhere(blocks, by);
        };
        let to = say::blocks(blocks.iter().copied());
        let message = format!("{to} is private, and no internet gateway carries it");
        let (kind, forward) = (GateKind::InternetGateway, PathDirection::Forward);
        let reason = Reason::PrivateDestination;
        let mut gate = say::blocked(kind, id.as_str(), forward, reason, message);
        gate.remedy = Some(match fitting::vpc_of(self.leg.side, blocks) {
            Some(vpc) => format!(
                "declare the database's public address, or, if {to} is meant in {vpc}, placement: \
                 {{otherVPC: {{vpcID: {vpc}}}}}"
            ),
            None => "declare the database's public address, or the placement that leads to its private one: otherVPC \
                     or onPremises"
                .to_owned(),
        });
        leaving.stopped(gate)
    }
}

fn looping(blocks: &[IpNet], by: Leading<'_>, needed: &Needed<'_>) -> Gate {
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
    gate.remedy = Some(needed.instead_of(by, blocks, PathDirection::Return));
    gate
}
