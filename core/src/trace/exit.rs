//! Out of a VPC by one of its gateways, and back in: the gates of whoever stands in a subnet, be it the client, a NAT
//! gateway or a host.

use super::{
    check::Step,
    commands::replace_route,
    hop::owner_of,
    judge_acl::AclPorts,
    middle::Bracket,
    needed::{Needed, other_gateway},
    public_access::{self, Front},
    routes::{Leading, Within, elsewhere, passed, within_vpc},
    say,
    side::{Place, Side},
    transfer::{End, Transfer},
    transit_gateway,
    way::Packets,
};
use crate::{
    api::{
        Gate, GateKind, GatewayId, Note, PathDirection, Reason, Verdict, VpcId, VpnGatewayId, Who,
    },
    network::route::{Choice, choose},
    snapshot::{AttachedGateway, Read, RouteTarget},
};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// The gates of a gateway.
#[derive(Default)]
pub(super) struct Exit<'a> {
    pub(super) out: Vec<Step<'a>>,
    pub(super) back: Vec<Step<'a>>,
    pub(super) notes: Vec<Note>,
    pub(super) demands: Vec<Who>,
}

impl<'a> Exit<'a> {
    /// A gateway behind a middle: `gates` are those of the middle itself.
    pub(super) fn after(first: Bracket<'a>, gates: Vec<Step<'a>>, second: Exit<'a>) -> Self {
        let mut out = first.out;
        out.extend(gates);
        out.extend(second.out);
        let mut back = second.back;
        back.extend(first.back);
        Self {
            out,
            back,
            notes: second.notes,
            demands: first.demands.into_iter().chain(second.demands).collect(),
        }
    }
}

/// Packets that stand in a subnet, about to leave the VPC.
pub(super) struct Leaving<'l, 'a> {
    /// The subnet; a regional NAT gateway stands in none.
    pub(super) from: Option<Place<'a>>,
    pub(super) side: Side<'a>,
    pub(super) packets: Packets<'l>,
    /// The ports that answers come to.
    pub(super) answers: AclPorts,
    /// The private addresses to which answers are brought in.
    pub(super) home: &'l [IpNet],
    /// What the declaration says of the way, in words.
    pub(super) words: &'l str,
    /// The route that it needs.
    pub(super) needed: &'l Needed<'a>,
}

impl<'a> Leaving<'_, 'a> {
    fn leave(&self) -> Option<Step<'a>> {
        self.from.map(|place| self.packets.leave(place))
    }

    fn enter(&self) -> Option<Step<'a>> {
        self.from
            .map(|place| self.packets.answers(self.answers).enter(place))
    }

    /// A way that ends at a route.
    pub(super) fn stopped(&self, gate: Gate) -> Exit<'a> {
        let mut exit = Exit::default();
        exit.out.extend(self.leave());
        exit.out.push(Step::Gate(gate));
        exit.back.extend(self.enter());
        exit
    }

    /// The way home, where nothing is known of what lies before the subnet.
    pub(super) fn stopped_back(&self) -> Vec<Step<'a>> {
        self.enter().into_iter().collect()
    }

    /// A way by a route that the declaration does not know.
    pub(super) fn elsewhere(&self, blocks: &[IpNet], by: Leading<'_>) -> Exit<'a> {
        let forward = PathDirection::Forward;
        self.stopped(elsewhere(blocks, by, forward, self.words, self.needed))
    }

    /// By a hop that cannot be seen through, such as a firewall's endpoint: its owner decides, and what lies behind it is
    /// what the declaration says. None where the route leads to something that is walked.
    pub(super) fn through(&self, blocks: &[IpNet], by: Leading<'_>) -> Option<Exit<'a>> {
        let forward = PathDirection::Forward;
        let hop = match (&by.route.target, within_vpc(by.route, forward)) {
            (RouteTarget::VpcEndpoint(_) | RouteTarget::Other(..), Within::Through(hop)) => hop,
            _ => return None,
        };
        let mut exit = self.stopped(passed(blocks, by, forward));
        exit.demands.push(owner_of(&hop));
        exit.out.push(Step::Gate(hop));
        Some(exit)
    }

    /// By the declared virtual private or transit gateway to a site.
    pub(super) fn to_site(&self, blocks: &[IpNet], by: Leading<'a>, id: &GatewayId) -> Exit<'a> {
        let route = passed(blocks, by, PathDirection::Forward);
        match (&by.route.target, id, self.from) {
            (RouteTarget::VpnGateway(target), GatewayId::VirtualPrivate(declared), _)
                if target == declared =>
            {
                self.by_vpn_gateway(route, target)
            }
            (RouteTarget::TransitGateway(target), GatewayId::Transit(declared), Some(place))
                if target == declared =>
            {
                let passage = transit_gateway::towards(
                    place,
                    target,
                    blocks,
                    "the attachment of the site",
                    &transit_gateway::is_site,
                );
                let mut exit = Exit::default();
                exit.out.push(self.packets.leave(place));
                exit.out.push(Step::Gate(route));
                let entry = passage.transit.and_then(|transit| transit.entry);
                exit.out
                    .extend(entry.map(|entry| self.packets.enter(entry)));
                let transfer = Transfer {
                    gateway: target,
                    scopes: place.side.scopes,
                    from: End::Vpc(place),
                    to: End::Site,
                    blocks,
                };
                exit.out.push(Step::Gate(transfer.mended(passage.gate)));
                exit.demands = passage.demands;
                let home = transit_gateway::back_home(place, target, blocks, self.home);
                exit.demands.extend(home.demands);
                let transfer = Transfer {
                    from: End::Site,
                    to: End::Vpc(place),
                    blocks: self.home,
                    ..transfer
                };
                exit.back.push(Step::Gate(transfer.mended(home.gate)));
                let answers = self.packets.answers(self.answers);
                let exits = home.transit.map_or(Vec::new(), |transit| transit.exits);
                exit.back.extend(answers.come_out(&exits, place));
                exit
            }
            _ => self
                .through(blocks, by)
                .unwrap_or_else(|| self.elsewhere(blocks, by)),
        }
    }

    fn by_vpn_gateway(&self, route: Gate, id: &VpnGatewayId) -> Exit<'a> {
        let mut exit = Exit::default();
        exit.out.extend(self.leave());
        let gateways = &self.side.scope.vpn_gateways;
        let kind = GateKind::VPNGateway;
        let gate = attached(kind, gateways, id, self.side, PathDirection::Forward);
        exit.out.extend([Step::Gate(route), Step::Gate(gate)]);
        exit.notes.extend(self.note_on_connections(id));
        self.come_home(&mut exit, id.as_str());
        exit
    }

    /// Direct Connect is not read, so that a lack of connections proves nothing.
    fn note_on_connections(&self, id: &VpnGatewayId) -> Option<Note> {
        let connections = match self.side.scope.vpn_connections.known() {
            Ok(connections) => connections,
            Err(list) => {
                let message = format!("the connections of {id} were not read ({})", list.call);
                return Some(Note {
                    reason: Reason::NotObserved,
                    message,
                });
            }
        };
        let of_this = connections
            .values()
            .filter(|it| it.vpn_gateway_id.as_ref() == Some(id) && it.state != "deleted");
        let available = of_this.filter(|it| it.state == "available").count();
        (available == 0).then(|| Note {
            reason: Reason::VPNDown,
            message: format!("{id} has no VPN connection that is available: Direct Connect must carry the traffic"),
        })
    }

    /// By an internet gateway, or an egress-only one: `front` says who stands before it.
    pub(super) fn to_internet(&self, blocks: &[IpNet], by: Leading<'a>, front: Front) -> Exit<'a> {
        let forward = PathDirection::Forward;
        let mut exit = Exit::default();
        exit.out.extend(self.leave());
        exit.out.push(Step::Gate(passed(blocks, by, forward)));
        let scope = self.side.scope;
        let (gate, id) = match &by.route.target {
            RouteTarget::InternetGateway(id) => {
                let kind = GateKind::InternetGateway;
                let gateways = &scope.internet_gateways;
                (
                    attached(kind, gateways, id, self.side, forward),
                    id.as_str(),
                )
            }
            RouteTarget::EgressOnlyInternetGateway(id) => {
                let kind = GateKind::EgressOnlyInternetGateway;
                let gateways = &scope.egress_only_internet_gateways;
                (
                    attached(kind, gateways, id, self.side, forward),
                    id.as_str(),
                )
            }
            _ => return self.elsewhere(blocks, by),
        };
        let mut gate = gate;
        if let Some(other) = other_gateway(self.side, blocks, &by.route.target)
            && matches!(
                gate.reason,
                Reason::GatewayNotFound | Reason::InternetGatewayDetached
            )
        {
            gate.remedy = replace_route(by.table, by.route, &other);
        }
        exit.out.push(Step::Gate(gate));
        let access = public_access::judge(self.side, self.from.map(|it| it.subnet), front, forward);
        exit.out.extend(access.gate.map(Step::Gate));
        exit.notes.extend(access.note);
        self.come_home(&mut exit, id);
        exit
    }

    /// Back in by a gateway: an edge route table may bring the packets to a firewall first (VPC User Guide, "Gateway
    /// route tables").
    fn come_home(&self, exit: &mut Exit<'a>, gateway: &str) {
        let scope = self.side.scope;
        let tables = scope.route_tables.known().into_iter();
        let mut edges = tables
            .flat_map(BTreeMap::values)
            .filter(|table| table.gateway_ids.iter().any(|id| id == gateway));
        if let Some(edge) = edges.next() {
            let routed = self.home.iter();
            let routed = routed.flat_map(|block| choose(edge, &scope.prefix_lists, *block));
            let mut inspected = routed.filter_map(|(_, choice)| match choice {
                Choice::Route(route) if route.target != RouteTarget::Local => Some(route),
                _ => None,
            });
            if let Some(route) = inspected.next() {
                let (kind, verdict) = (GateKind::Middlebox, Verdict::External);
                let (id, direction) = (edge.id.as_str(), PathDirection::Return);
                let message = format!(
                    "{} of {gateway} brings the answers through {} first: its owner decides",
                    edge.id,
                    say::target(&route.target)
                );
                let reason = Reason::InspectedByMiddlebox;
                let mut gate = say::gate(kind, id, direction, verdict, reason, message);
                gate.evidence = vec![say::route(route)];
                gate.remedy = Some(say::ask_to_pass(&say::target(&route.target)));
                exit.back.push(Step::Gate(gate));
                exit.demands.push(Who::FirewallOwner);
            }
        }
        exit.back.extend(self.enter());
    }
}

/// Whether a gateway is attached to a VPC.
pub(super) fn attached<Id: Ord + std::fmt::Display>(
    kind: GateKind,
    gateways: &Read<BTreeMap<Id, AttachedGateway<Id>>>,
    id: &Id,
    side: Side<'_>,
    direction: PathDirection,
) -> Gate {
    let name = id.to_string();
    let gateways = match gateways.known() {
        Ok(gateways) => gateways,
        Err(list) => return say::unread(kind, name, direction, list),
    };
    let mut others = gateways.values();
    let other = others.find(|it| it.id != *id && it.vpc_ids.contains(side.vpc_id));
    let instead = other.map(|other| {
        format!(
            "route to {}, which is attached to {}, in place of {id}",
            other.id, side.vpc_id
        )
    });
    let Some(gateway) = gateways.get(id) else {
        let message = format!("there is no gateway {id} in {}", say::place(side.scope));
        let mut gate = say::blocked(kind, name, direction, Reason::GatewayNotFound, message);
        gate.remedy =
            Some(instead.unwrap_or_else(|| {
                format!("give the route a gateway that is there in place of {id}")
            }));
        return gate;
    };
    if gateway.vpc_ids.contains(side.vpc_id) {
        let message = format!("{id} is attached to {}", side.vpc_id);
        let (verdict, reason) = (Verdict::Permitted, Reason::Permitted);
        return say::gate(kind, name, direction, verdict, reason, message);
    }
    let reason = match kind {
        GateKind::InternetGateway | GateKind::EgressOnlyInternetGateway => {
            Reason::InternetGatewayDetached
        }
        _ => Reason::GatewayNotAttached,
    };
    let where_to = if gateway.vpc_ids.is_empty() {
        "no VPC".to_owned()
    } else {
        say::list(&gateway.vpc_ids)
    };
    let message = format!("{id} is attached to {where_to}, and not to {}", side.vpc_id);
    let mut gate = say::blocked(kind, name.as_str(), direction, reason, message);
    let attach = || attach(kind, &name, side.vpc_id, &gateway.vpc_ids);
    gate.remedy = Some(side.told(instead.unwrap_or_else(attach)));
    gate
}

/// How a VPC gets the gateway that a route of its names.
fn attach(kind: GateKind, id: &str, vpc: &VpcId, serves: &[VpcId]) -> String {
    match kind {
        // It is made for a VPC, and cannot be moved.
        GateKind::EgressOnlyInternetGateway => format!(
            "make one for the VPC and route to it: aws ec2 create-egress-only-internet-gateway --vpc-id {vpc}"
        ),
        // A gateway serves one VPC.
        _ if !serves.is_empty() => format!(
            "give {vpc} a gateway of its own and route to it, since {id} serves {}",
            say::list(serves)
        ),
        GateKind::InternetGateway => {
            format!("aws ec2 attach-internet-gateway --internet-gateway-id {id} --vpc-id {vpc}")
        }
        _ => format!("aws ec2 attach-vpn-gateway --vpn-gateway-id {id} --vpc-id {vpc}"),
    }
}
