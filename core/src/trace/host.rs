//! A host that forwards packets that are not its own: the one that bridges to a site, or a NAT instance.

use super::{
    End,
    admit::{Applicant, References},
    check::Step,
    client::end_at,
    commands::associate_new_address,
    exit::{Exit, Leaving},
    flow::Flow,
    judge_acl::AclPorts,
    judge_group::GroupFlow,
    leg::{Leg, Trip},
    middle::bracket,
    needed::Needed,
    opener::{Outlet, egress},
    public_access::Front,
    routes::{Leading, Routed, follow, passed},
    say::{self, ask_to_pass},
    side::Place,
    way::{Named, Packets},
};
use crate::{
    api::{
        BridgingHost, Forwarding, Gate, GateKind, GatewayId, HostForm, InstanceId,
        NetworkInterfaceId, PathDirection, Reason, RuleDirection, SecurityGroupId, Verdict, Who,
    },
    snapshot::{NetworkInterface, Peer, RouteTarget, ScopeSnapshot},
};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// The walk of one leg to a site behind a host.
pub(super) struct Walk<'c, 'a> {
    pub(super) leg: &'c Leg<'c, 'a>,
    pub(super) host: &'a BridgingHost,
    pub(super) form: HostForm<'a>,
}

/// A host on the way: the interface that packets come to, and the one that they go on from.
struct Host<'a> {
    inner: &'a NetworkInterface,
    outer: &'a NetworkInterface,
    inner_place: Place<'a>,
    outer_place: Place<'a>,
}

/// What the declaration says of the way on from a host, in words and as the route that it needs.
#[derive(Clone, Copy)]
struct Way<'w, 'a> {
    words: &'w str,
    needed: &'w Needed<'a>,
}

/// The gates up to and at a host, and those back from it.
struct ToHost<'a> {
    first: super::middle::Bracket<'a>,
    gates: Vec<Step<'a>>,
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn trips(&self) -> Vec<Trip<'a>> {
        self.leg.flows(|flow, open| {
            let (from, forward) = (flow.client.subnet, PathDirection::Forward);
            let routed = follow(from, open, forward, self.leg.side.scope);
            let needed = Needed::to_host(self.leg.side, self.form, &[flow.declared]);
            let trips = routed.into_iter();
            trips
                .flat_map(|routed| self.by_route(flow, routed.needing(&needed), &needed))
                .collect()
        })
    }

    fn words(&self) -> String {
        match self.form {
            HostForm::Instance(id) => format!("onPremises via host {id}"),
            HostForm::NetworkInterface(id) => format!("onPremises via host {id}"),
        }
    }

    fn by_route(
        &self,
        flow: &Flow<'_, 'a>,
        routed: Routed<'a>,
        needed: &Needed<'a>,
    ) -> Vec<Trip<'a>> {
        let (blocks, words) = (&routed.blocks, self.words());
        let leaving = flow.leaving(blocks, &words, needed);
        let ended = |exit: Exit<'a>| vec![flow.trip(blocks, flow.from.to_vec(), exit)];
        let by = match routed.by {
            Ok(by) => by,
            Err(gate) => return ended(leaving.stopped(gate)),
        };
        let inner = match interface_of(self.leg.side.scope, &by.route.target) {
            Some(Ok(inner)) if self.is_meant(inner) => inner,
            Some(Err(gate)) => {
                let route = passed(blocks, by, PathDirection::Forward);
                let mut exit = leaving.stopped(route);
                exit.out.push(Step::Gate(*gate));
                return ended(exit);
            }
            _ => {
                let exit = leaving.through(blocks, by);
                return match exit {
                    Some(exit) => vec![flow.to_site(blocks, flow.from.to_vec(), exit)],
                    None => ended(leaving.elsewhere(blocks, by)),
                };
            }
        };
        match self.behind(inner, blocks) {
            Ok(host) => self.by_host(flow, blocks, by, &host),
            Err(gate) => ended(leaving.stopped(*gate)),
        }
    }

    fn is_meant(&self, interface: &NetworkInterface) -> bool {
        match self.form {
            HostForm::Instance(id) => interface.instance_id.as_ref() == Some(id),
            HostForm::NetworkInterface(id) => interface.id == *id,
        }
    }

    /// The interface by which a host sends packets on: the one whose subnet has a route that leads on, else its only
    /// one.
    fn behind(&self, inner: &'a NetworkInterface, blocks: &[IpNet]) -> Result<Host<'a>, Box<Gate>> {
        let scope = self.leg.side.scope;
        let interfaces = scope.network_interfaces.known();
        let all = interfaces.into_iter().flat_map(|all| all.values());
        let of_host =
            all.filter(|it| it.instance_id.is_some() && it.instance_id == inner.instance_id);
        let others: Vec<&NetworkInterface> = of_host.filter(|it| it.id != inner.id).collect();
        let candidates = if others.is_empty() {
            vec![inner]
        } else {
            others
        };
        let inner_place = self.place(inner)?;
        let mut first = None;
        for outer in candidates {
            let host = Host {
                inner,
                outer,
                inner_place,
                outer_place: self.place(outer)?,
            };
            if leads_on(host.outer_place, blocks, inner) {
                return Ok(host);
            }
            first.get_or_insert(host);
        }
        Ok(first.unwrap_or(Host {
            inner,
            outer: inner,
            inner_place,
            outer_place: inner_place,
        }))
    }

    fn place(&self, interface: &NetworkInterface) -> Result<Place<'a>, Box<Gate>> {
        place_of(self.leg, interface)
    }

    fn by_host(
        &self,
        flow: &Flow<'_, 'a>,
        blocks: &[IpNet],
        by: Leading<'a>,
        host: &Host<'a>,
    ) -> Vec<Trip<'a>> {
        let plain = match self.host.forwarding() {
            Forwarding::Plain => true,
            Forwarding::Tunnel => false,
            Forwarding::Auto => leads_on(host.outer_place, blocks, host.inner),
        };
        let groups = &self.host.security_group_ids;
        let words = self.words();
        let to_host = |blocks: &[IpNet]| {
            let (inner, place) = (host.inner, host.inner_place);
            to_host(flow, blocks, by, inner, place, groups, &words)
        };
        let own = own_address(host.outer, &flow.declared);
        let seen = match (self.host.source_nat(), own) {
            (true, Some(own)) => vec![own],
            _ => flow.from.to_vec(),
        };
        if !plain {
            let ToHost { first, gates } = to_host(blocks);
            let exit = Exit::after(first, gates, Exit::default());
            return vec![flow.to_site(blocks, seen, exit)];
        }
        let forward = PathDirection::Forward;
        let onward = follow(
            host.outer_place.subnet,
            blocks,
            forward,
            self.leg.side.scope,
        );
        let needed = Needed::onward_to_site(self.leg.side, &[flow.declared]);
        let trips = onward.into_iter().map(|onward| {
            let onward = onward.needing(&needed);
            let ToHost { first, mut gates } = to_host(&onward.blocks);
            gates.extend(self.host_egress(host, &onward.blocks, flow.declared));
            let way = Way {
                words: &words,
                needed: &needed,
            };
            let second = self.onward(flow, host, &onward, &seen, way);
            let mut exit = Exit::after(first, gates, second);
            if !self.host.source_nat() {
                // The answer carries the client's address, and comes home from the gateway by itself.
                exit.back = self.home_by_itself(flow, &onward, way);
            }
            flow.to_site(&onward.blocks, seen.clone(), exit)
        });
        trips.collect()
    }

    fn onward(
        &self,
        flow: &Flow<'_, 'a>,
        host: &Host<'a>,
        onward: &Routed<'a>,
        seen: &[IpNet],
        way: Way<'_, 'a>,
    ) -> Exit<'a> {
        let leaving = Leaving {
            from: Some(host.outer_place),
            side: self.leg.side,
            packets: Packets {
                from: Named::new(seen, seen),
                to: Named::new(&onward.blocks, std::slice::from_ref(&flow.declared)),
                ports: AclPorts::Forward(self.leg.port),
            },
            answers: AclPorts::TO_LINUX,
            home: seen,
            words: way.words,
            needed: way.needed,
        };
        let by = match &onward.by {
            Ok(by) => *by,
            Err(gate) => return leaving.stopped(gate.clone()),
        };
        if let Some(id) = gateway_of(&by.route.target) {
            return leaving.to_site(&onward.blocks, by, &id);
        }
        match &by.route.target {
            RouteTarget::NetworkInterface(id, _)
                if *id != host.inner.id && *id != host.outer.id =>
            {
                another_host(&leaving, &onward.blocks, by, id.as_str())
            }
            RouteTarget::Instance(id) if host.inner.instance_id.as_ref() != Some(id) => {
                another_host(&leaving, &onward.blocks, by, id.as_str())
            }
            _ => leaving.elsewhere(&onward.blocks, by),
        }
    }

    fn home_by_itself(
        &self,
        flow: &Flow<'_, 'a>,
        onward: &Routed<'a>,
        way: Way<'_, 'a>,
    ) -> Vec<Step<'a>> {
        let leaving = flow.leaving(&onward.blocks, way.words, way.needed);
        let by = onward.by.as_ref().ok();
        let gateway = by.and_then(|by| Some((*by, gateway_of(&by.route.target)?)));
        match gateway {
            Some((by, id)) => leaving.to_site(&onward.blocks, by, &id).back,
            None => leaving.stopped_back(),
        }
    }

    fn host_egress(&self, host: &Host<'a>, blocks: &[IpNet], declared: IpNet) -> Vec<Step<'a>> {
        let Some(own) = own_address(host.outer, &declared) else {
            return Vec::new();
        };
        let carried = &host.outer.security_group_ids;
        let groups = &self.host.security_group_ids;
        let end = End {
            block: own,
            groups: carried.clone(),
            declared: changeable(carried, groups),
        };
        let peers = [vec![Peer::Cidr(declared)]];
        let outlet = Outlet::beyond(self.leg.port, blocks, &peers);
        egress(self.leg.side, &[&end], &outlet)
    }
}

/// Another host behind this one: what it does is not followed.
fn another_host<'a>(
    leaving: &Leaving<'_, 'a>,
    blocks: &[IpNet],
    by: Leading<'_>,
    id: &str,
) -> Exit<'a> {
    let mut exit = leaving.stopped(passed(blocks, by, PathDirection::Forward));
    let message = format!("the route leads on to {id}, which is not seen through");
    let (kind, verdict) = (GateKind::Middlebox, Verdict::External);
    let (forward, reason) = (PathDirection::Forward, Reason::NotSeenThrough);
    let mut gate = say::gate(kind, id, forward, verdict, reason, message);
    gate.remedy = Some(ask_to_pass(id));
    exit.out.push(Step::Gate(gate));
    exit.demands.push(Who::NetworkOwner);
    exit
}

/// The interface that a route leads to; none where it leads to no host.
fn interface_of<'a>(
    scope: &'a ScopeSnapshot,
    target: &RouteTarget,
) -> Option<Result<&'a NetworkInterface, Box<Gate>>> {
    let (kind, forward) = (GateKind::Host, PathDirection::Forward);
    let (name, reason) = match target {
        RouteTarget::NetworkInterface(id, _) => (id.to_string(), Reason::InterfaceNotFound),
        RouteTarget::Instance(id) => (id.to_string(), Reason::InstanceNotFound),
        _ => return None,
    };
    let interfaces = match scope.network_interfaces.known() {
        Ok(interfaces) => interfaces,
        Err(list) => return Some(Err(Box::new(say::unread(kind, name, forward, list)))),
    };
    let found = match target {
        RouteTarget::NetworkInterface(id, _) => interfaces.get(id),
        RouteTarget::Instance(id) => primary_of(interfaces, id),
        _ => None,
    };
    Some(found.ok_or_else(|| {
        let message = format!("{name}, to which the route leads, is not there");
        let mut gate = say::blocked(kind, name.as_str(), forward, reason, message);
        gate.remedy = Some(format!(
            "give the route a host that is there in place of {name}"
        ));
        Box::new(gate)
    }))
}

/// The primary interface of an instance; where none is known to be that, any.
pub(super) fn primary_of<'a>(
    interfaces: &'a BTreeMap<NetworkInterfaceId, NetworkInterface>,
    id: &InstanceId,
) -> Option<&'a NetworkInterface> {
    let mut of_instance = interfaces
        .values()
        .filter(|it| it.instance_id.as_ref() == Some(id));
    let primary = of_instance.clone().find(|it| it.is_primary);
    primary.or_else(|| of_instance.next())
}

/// The gateway to a site that a route leads to.
fn gateway_of(target: &RouteTarget) -> Option<GatewayId> {
    match target {
        RouteTarget::VpnGateway(id) => Some(GatewayId::VirtualPrivate(id.clone())),
        RouteTarget::TransitGateway(id) => Some(GatewayId::Transit(id.clone())),
        _ => None,
    }
}

fn place_of<'a>(leg: &Leg<'_, 'a>, interface: &NetworkInterface) -> Result<Place<'a>, Box<Gate>> {
    let found = super::endpoint::subnet_in(&interface.subnet_id, leg.side.vpc_id, leg.side.scope);
    found.map(|subnet| leg.side.place(subnet)).map_err(Box::new)
}

/// Whether the routes of a subnet lead some blocks on to a gateway or another host, as a host that forwards plainly
/// needs; a tunnel ends at the host itself.
fn leads_on(place: Place<'_>, blocks: &[IpNet], host: &NetworkInterface) -> bool {
    let routed = follow(
        place.subnet,
        blocks,
        PathDirection::Forward,
        place.side.scope,
    );
    routed.iter().any(|routed| match &routed.by {
        Ok(by) => match &by.route.target {
            RouteTarget::VpnGateway(_) | RouteTarget::TransitGateway(_) => true,
            RouteTarget::NetworkInterface(id, instance) => {
                *id != host.id && (instance.is_none() || *instance != host.instance_id)
            }
            RouteTarget::Instance(id) => host.instance_id.as_ref() != Some(id),
            _ => false,
        },
        Err(_) => false,
    })
}

/// The address by which a host speaks to a block.
fn own_address(interface: &NetworkInterface, family_of: &IpNet) -> Option<IpNet> {
    let mut addresses = interface.addresses.iter();
    let own = addresses.find(|it| it.address.is_ipv4() == family_of.addr().is_ipv4())?;
    Some(IpNet::from(own.address))
}

/// The groups of an interface that may be changed: the declared ones, else all.
fn changeable(carried: &[SecurityGroupId], declared: &[SecurityGroupId]) -> Vec<SecurityGroupId> {
    if declared.is_empty() {
        return carried.to_vec();
    }
    let declared = declared.iter().filter(|group| carried.contains(group));
    declared.cloned().collect()
}

/// The gates from a client to a host: route and ACLs, the host's own groups, its source/destination check.
fn to_host<'a>(
    flow: &Flow<'_, 'a>,
    blocks: &[IpNet],
    by: Leading<'a>,
    inner: &NetworkInterface,
    place: Place<'a>,
    groups: &[SecurityGroupId],
    words: &str,
) -> ToHost<'a> {
    let leg = flow.leg;
    let field = leg.at("admit");
    let applicant = Applicant {
        admit: leg.admit,
        field: &field,
        client: flow.client,
        sources: flow.sources,
        references: &References::Preferred,
        vpc_id: leg.side.vpc_id,
        scope: leg.side.scope,
        owner: None,
    };
    let admitted = applicant.admitted();
    let names = match &admitted {
        Ok(admitted) => admitted.blocks.clone(),
        Err(_) => applicant.own_blocks(),
    };
    let packets = Packets {
        from: Named::new(flow.from, &names),
        to: Named::new(blocks, std::slice::from_ref(&flow.declared)),
        ports: AclPorts::Forward(leg.port),
    };
    let route = passed(blocks, by, PathDirection::Forward);
    let first = bracket(flow.near(), place, route, &packets, flow.from, words);
    let mut gates = Vec::new();
    let own = own_address(inner, &flow.declared);
    let end = own.map(|own| end_at(own.addr(), leg.side.vpc_id, groups, leg.side.scope));
    match (end, admitted) {
        (None, _) => {}
        (Some(Err(gate)), _) | (Some(Ok(_)), Err(gate)) => gates.push(Step::Gate(gate)),
        (Some(Ok(end)), Ok(admitted)) => {
            let group_flow = GroupFlow {
                port: leg.port,
                ends: flow.sources.iter().map(|end| (*end).clone()).collect(),
                references: true,
                asks: admitted.asks(&end.declared, leg.port),
            };
            let ingress = RuleDirection::Ingress;
            gates.push(leg.side.groups(ingress, &end, group_flow));
        }
    }
    gates.push(Step::Gate(forwards(inner)));
    ToHost { first, gates }
}

/// The host itself: it gets packets that are not addressed to it only where its source/destination check is off (VPC
/// User Guide, "NAT instances").
fn forwards(interface: &NetworkInterface) -> Gate {
    let (kind, forward) = (GateKind::Host, PathDirection::Forward);
    let id = &interface.id;
    let name = match &interface.instance_id {
        Some(instance) => format!("{id} of {instance}"),
        None => id.to_string(),
    };
    if interface.source_dest_check {
        let message = format!("the source/destination check of {name} is on");
        let reason = Reason::SourceDestCheckEnabled;
        let mut gate = say::blocked(kind, id.as_str(), forward, reason, message);
        gate.remedy = Some(format!(
            "aws ec2 modify-network-interface-attribute --network-interface-id {id} --no-source-dest-check"
        ));
        return gate;
    }
    let message = format!("{name} forwards: its source/destination check is off");
    let (verdict, reason) = (Verdict::Permitted, Reason::Permitted);
    say::gate(kind, id.as_str(), forward, verdict, reason, message)
}

/// A way on from a NAT instance.
pub(super) struct Onward<'a> {
    pub(super) blocks: Vec<IpNet>,
    /// The public addresses by which it is seen; none where the way ends before.
    pub(super) seen: Option<Vec<IpNet>>,
    pub(super) exit: Exit<'a>,
}

/// By a NAT instance to the internet.
pub(super) fn nat_instance<'a>(
    flow: &Flow<'_, 'a>,
    blocks: &[IpNet],
    by: Leading<'a>,
    words: &str,
    needed: &Needed<'a>,
) -> Vec<Onward<'a>> {
    let stopped = |exit: Exit<'a>| {
        vec![Onward {
            blocks: blocks.to_vec(),
            seen: None,
            exit,
        }]
    };
    let leg = flow.leg;
    let near = flow.leaving(blocks, words, needed);
    let found = interface_of(leg.side.scope, &by.route.target);
    let found = found.map(|found| found.and_then(|it| Ok((it, place_of(leg, it)?))));
    let (inner, place) = match found {
        Some(Ok(found)) => found,
        Some(Err(gate)) => {
            let mut exit = near.stopped(passed(blocks, by, PathDirection::Forward));
            exit.out.push(Step::Gate(*gate));
            return stopped(exit);
        }
        None => return stopped(near.elsewhere(blocks, by)),
    };
    let onward = follow(place.subnet, blocks, PathDirection::Forward, leg.side.scope);
    let needed = Needed::to_internet_gateway(leg.side, &[flow.declared]);
    let ways = onward.into_iter().map(|onward| {
        let onward = onward.needing(&needed);
        let ToHost { first, mut gates } =
            to_host(flow, &onward.blocks, by, inner, place, &[], words);
        let own = own_address(inner, &flow.declared);
        let carried = &inner.security_group_ids;
        let end = own.map(|own| End::believed(own, carried));
        let peers = [vec![Peer::Cidr(flow.declared)]];
        let outlet = Outlet::beyond(leg.port, &onward.blocks, &peers);
        gates.extend(end.iter().flat_map(|end| egress(leg.side, &[end], &outlet)));
        let mut public = inner.addresses.iter().filter_map(|it| it.public_ip);
        let seen: Option<Vec<IpNet>> = public.next().map(|ip| vec![IpNet::from(ip)]);
        let home: Vec<IpNet> = own.into_iter().collect();
        let leaving = Leaving {
            from: Some(place),
            side: leg.side,
            packets: Packets {
                from: Named::new(&home, &home),
                to: Named::new(&onward.blocks, std::slice::from_ref(&flow.declared)),
                ports: AclPorts::Forward(leg.port),
            },
            answers: AclPorts::TO_LINUX,
            home: &home,
            words,
            needed: &needed,
        };
        let mut second = match &onward.by {
            Err(gate) => leaving.stopped(gate.clone()),
            Ok(by) => match &by.route.target {
                RouteTarget::InternetGateway(_) => {
                    leaving.to_internet(&onward.blocks, *by, Front::Public)
                }
                _ => leaving.elsewhere(&onward.blocks, *by),
            },
        };
        if seen.is_none() {
            let message = format!(
                "{} has no public address, which an internet gateway needs",
                inner.id
            );
            let (kind, forward) = (GateKind::InternetGateway, PathDirection::Forward);
            let reason = Reason::NoPublicAddress;
            let mut gate = say::blocked(kind, inner.id.as_str(), forward, reason, message);
            gate.remedy = own.map(|own| associate_new_address(inner, own.addr()));
            second.out.push(Step::Gate(gate));
        }
        Onward {
            blocks: onward.blocks.clone(),
            seen,
            exit: Exit::after(first, gates, second),
        }
    });
    ways.collect()
}
