//! The route that the declared way needs, as far as the declaration and what was read tell it, and what a person does
//! where a table has another one or none.

use super::{
    commands::{create_routes, delete_route, replace_route},
    endpoint::cidrs_of,
    fitting,
    hop::Via,
    host::primary_of,
    joined::joined,
    routes::{Leading, Routed},
    say,
    side::Side,
    yaml,
};
use crate::{
    api::{GatewayId, HostForm, PathDirection, Reason},
    network::covers,
    snapshot::{RouteDestination, RouteOrigin, RouteTarget},
};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// A route that packets need at a table of a VPC.
#[derive(Clone)]
pub(super) struct Needed<'a> {
    /// The VPC of the table.
    side: Side<'a>,
    /// What it leads to.
    to: Vec<IpNet>,
    /// Its target; else what a person must do before there is one.
    by: Result<RouteTarget, String>,
}

impl<'a> Needed<'a> {
    fn new(side: Side<'a>, to: &[IpNet], by: Result<RouteTarget, String>) -> Self {
        let to = IpNet::aggregate(&to.to_vec());
        Self { side, to, by }
    }

    /// To another subnet of the same VPC.
    pub(super) fn within(side: Side<'a>, to: &[IpNet]) -> Self {
        Self::new(side, to, Ok(RouteTarget::Local))
    }

    /// To another VPC: by what is declared, else by the only thing that joins the two. It leads to the blocks of that
    /// VPC (DMS User Guide, "Setting up a network for a replication instance").
    pub(super) fn to_vpc(
        side: Side<'a>,
        far: Side<'_>,
        via: Option<Via<'_>>,
        to: &[IpNet],
    ) -> Self {
        let cidrs = cidrs_of(far.vpc_id, far.scope).unwrap_or_default();
        let holder = |block: &IpNet| {
            let holder = cidrs.iter().find(|cidr| covers(cidr, block));
            *holder.unwrap_or(block)
        };
        let to: Vec<IpNet> = to.iter().map(holder).collect();
        let by = match via {
            Some(Via::Peering(id)) => Ok(RouteTarget::VpcPeeringConnection(id.clone())),
            Some(Via::TransitGateway(id)) => Ok(RouteTarget::TransitGateway(id.clone())),
            None => joined(side, far),
        };
        Self::new(side, &to, by)
    }

    /// To a site by the declared gateway.
    pub(super) fn to_gateway(side: Side<'a>, id: &GatewayId, to: &[IpNet]) -> Self {
        let by = match id {
            GatewayId::VirtualPrivate(id) => RouteTarget::VpnGateway(id.clone()),
            GatewayId::Transit(id) => RouteTarget::TransitGateway(id.clone()),
        };
        Self::new(side, to, Ok(by))
    }

    /// To a site by the interface of the declared host.
    pub(super) fn to_host(side: Side<'a>, form: HostForm<'_>, to: &[IpNet]) -> Self {
        let by = match form {
            HostForm::NetworkInterface(id) => Ok(id.clone()),
            HostForm::Instance(id) => {
                let interfaces = side.scope.network_interfaces.known().ok();
                let interface = interfaces.and_then(|all| primary_of(all, id));
                interface.map(|it| it.id.clone()).ok_or_else(|| {
                    format!("correct instanceID: no interface of {id} was read in this account and Region")
                })
            }
        };
        let by = by.map(|id| RouteTarget::NetworkInterface(id, None));
        Self::new(side, to, by)
    }

    /// From a host on to a site: by the only virtual private gateway of the VPC.
    pub(super) fn onward_to_site(side: Side<'a>, to: &[IpNet]) -> Self {
        let gateways = side.scope.vpn_gateways.known().into_iter();
        let gateways = gateways.flat_map(BTreeMap::values);
        let of_vpc = gateways.filter(|it| it.vpc_ids.contains(side.vpc_id));
        let by = only(of_vpc.map(|it| RouteTarget::VpnGateway(it.id.clone())));
        let by = by.ok_or_else(|| {
            "route to the gateway that leads to the site, or declare forwarding Tunnel where the host ends the tunnel \
             itself"
                .to_owned()
        });
        Self::new(side, to, by)
    }

    /// To the internet by the VPC's internet gateway, or for IPv6 by the egress-only one.
    pub(super) fn to_internet_gateway(side: Side<'a>, to: &[IpNet]) -> Self {
        let vpc = side.vpc_id;
        let by = attached_gateway(side, to).ok_or_else(|| match side.scope.internet_gateways.known() {
            Err(list) => format!("route to the internet gateway of {vpc}, which {} would show", list.call),
            Ok(_) => format!(
                "create an internet gateway, attach it to {vpc}, which has none, and route to it: aws ec2 \
                 attach-internet-gateway --vpc-id {vpc} --internet-gateway-id \"$(aws ec2 create-internet-gateway --query \
                 InternetGateway.InternetGatewayId --output text)\""
            ),
        });
        Self::new(side, to, by)
    }

    /// To the internet from a client: with a public address by the internet gateway, else by the VPC's only NAT
    /// gateway that is public.
    pub(super) fn to_internet(side: Side<'a>, has_public_address: bool, to: &[IpNet]) -> Self {
        let v6 = to.iter().any(|block| block.addr().is_ipv6());
        let gateways = side.scope.nat_gateways.known().into_iter();
        let working = gateways
            .flat_map(BTreeMap::values)
            .filter(|nat| nat.vpc_id == *side.vpc_id && nat.is_public && nat.state == "available");
        if has_public_address || v6 {
            return Self::to_internet_gateway(side, to);
        }
        let nat = only(working.map(|nat| RouteTarget::NatGateway(nat.id.clone())));
        let by = nat.ok_or_else(|| {
            format!(
                "route to a public NAT gateway of {}, since nothing is known of a public address of the replication \
                 instance",
                side.vpc_id
            )
        });
        Self::new(side, to, by)
    }

    /// What a person does at a table that has no route.
    fn where_none_is(&self, table: &str) -> String {
        match &self.by {
            Ok(RouteTarget::Local) => self.read_again(table),
            Ok(target) => create_routes(table, &self.to, target)
                .unwrap_or_else(|| format!("give {table} a route to {}", say::target(target))),
            Err(first) => format!(
                "give {table} a route to {}: {first}",
                say::blocks(self.to.iter().copied())
            ),
        }
    }

    fn read_again(&self, table: &str) -> String {
        let vpc = self.side.vpc_id;
        format!("read {table} again: AWS keeps an active local route for each block of {vpc} there")
    }

    /// What a person does about a route that takes the packets and drops them.
    fn where_dead(&self, dead: Leading<'_>, blocks: &[IpNet]) -> String {
        let (table, route) = (dead.table, dead.route);
        let target = say::target(&route.target);
        let away = delete_route(table, route);
        let or_away = |restore: String| match &away {
            Some(command) => format!("{restore}, or take the route away: {command}"),
            None => restore,
        };
        match &self.by {
            _ if route.target == RouteTarget::Local => self.read_again(table.id.as_str()),
            Ok(RouteTarget::Local) => or_away(format!("restore {target}")),
            Ok(by) if *by == route.target => or_away(format!(
                "restore {target}, or make another in its place and give it the route"
            )),
            // Nobody uses a dead route: it is given to the target whole, unless it is wider than what is needed.
            Ok(by) => self.narrower(dead, blocks, by, &[&self.to]),
            Err(first) => format!(
                "give {} of {} another target: {first}",
                say::route(route),
                table.id
            ),
        }
    }

    /// The command that takes packets for some blocks to the target, past the route that takes them now: by one to the
    /// first of `to` that is narrower, so that what else follows a wide route is left alone.
    fn narrower(
        &self,
        now: Leading<'_>,
        blocks: &[IpNet],
        by: &RouteTarget,
        to: &[&[IpNet]],
    ) -> String {
        let table = now.table.id.as_str();
        let narrower = match &now.route.destination {
            RouteDestination::Cidr(cidr) => {
                let is_narrower =
                    |to: &&&[IpNet]| to.iter().all(|it| covers(cidr, it) && it != cidr);
                to.iter().find(is_narrower).copied()
            }
            // At equal length a route to a block wins over one to a list.
            RouteDestination::PrefixList(_) => Some(blocks),
        };
        let command = match narrower {
            Some(to) => create_routes(table, to, by),
            None => replace_route(now.table, now.route, by),
        };
        command.unwrap_or_else(|| format!("route to {}", say::target(by)))
    }

    /// What a person does about a route that leads elsewhere.
    pub(super) fn instead_of(
        &self,
        now: Leading<'_>,
        blocks: &[IpNet],
        direction: PathDirection,
    ) -> String {
        let fitting = match direction {
            PathDirection::Forward if self.by != Ok(RouteTarget::Local) => {
                let fitting = fitting::placement(&now.route.target, self.side, blocks);
                fitting.map(|placement| yaml::flow(&placement))
            }
            // Within a VPC the addresses tell the placement, and on the way back the way out does.
            _ => None,
        };
        let route = match &self.by {
            _ if now.route.target == RouteTarget::Local => Some(format!(
                "give the database another range: the local route of {} takes {}, and no route to another VPC can be \
                 narrower than it",
                self.side.vpc_id,
                say::blocks(blocks.iter().copied())
            )),
            Ok(RouteTarget::Local) => {
                let away = delete_route(now.table, now.route);
                away.map(|command| format!("take the route away: {command}"))
            }
            Ok(by) if *by == now.route.target => None,
            Ok(by) => {
                let command = self.narrower(now, blocks, by, &[&self.to, blocks]);
                Some(format!("route to {}: {command}", say::target(by)))
            }
            Err(first) => Some(first.clone()),
        };
        let route = route.map(|route| self.side.told(route));
        match (fitting, route) {
            (Some(fitting), Some(route)) => {
                format!("declare what the route does, placement: {fitting}; or {route}")
            }
            (Some(fitting), None) => format!("declare what the route does, placement: {fitting}"),
            (None, Some(route)) => route,
            (None, None) => match now.route.origin {
                RouteOrigin::Static => "correct the placement, or the route".to_owned(),
                RouteOrigin::Propagated => {
                    "correct the placement, or what is advertised to the gateway".to_owned()
                }
            },
        }
    }
}

impl Routed<'_> {
    /// The same with what a person does where no route takes the packets, or one that drops them.
    pub(super) fn needing(mut self, needed: &Needed<'_>) -> Self {
        let Err(gate) = &mut self.by else { return self };
        let remedy = match (gate.reason, self.dead) {
            (Reason::NoRoute | Reason::NoReturnRoute, _) => needed.where_none_is(&gate.resource),
            (Reason::RouteNotActive, Some(dead)) => needed.where_dead(dead, &self.blocks),
            _ => return self,
        };
        gate.remedy = Some(needed.side.told(remedy));
        self
    }
}

/// The only one of some things.
fn only<T>(mut things: impl Iterator<Item = T>) -> Option<T> {
    let first = things.next()?;
    things.next().is_none().then_some(first)
}

/// The gateway of a VPC to the internet for some blocks, where it has only one.
fn attached_gateway(side: Side<'_>, to: &[IpNet]) -> Option<RouteTarget> {
    let gateways = side.scope.internet_gateways.known().into_iter();
    let gateways = gateways.flat_map(BTreeMap::values);
    let of_vpc = gateways.filter(|it| it.vpc_ids.contains(side.vpc_id));
    let by = only(of_vpc.map(|it| RouteTarget::InternetGateway(it.id.clone())));
    let outwards = || {
        let gateways = side.scope.egress_only_internet_gateways.known().into_iter();
        let gateways = gateways.flat_map(BTreeMap::values);
        let of_vpc = gateways.filter(|it| it.vpc_ids.contains(side.vpc_id));
        only(of_vpc.map(|it| RouteTarget::EgressOnlyInternetGateway(it.id.clone())))
    };
    match to.iter().any(|block| block.addr().is_ipv6()) {
        true => outwards().or(by),
        false => by,
    }
}

/// The gateway of a VPC to the internet that a route could lead to in place of another one.
pub(super) fn other_gateway(
    side: Side<'_>,
    to: &[IpNet],
    than: &RouteTarget,
) -> Option<RouteTarget> {
    attached_gateway(side, to).filter(|gateway| gateway != than)
}
