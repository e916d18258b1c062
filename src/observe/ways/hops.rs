//! What is to be read next, by what is known: the hops that routes and declarations name.

use dms_network_core::{
    api::{
        EgressOnlyInternetGatewayId, InstanceId, InternetGatewayId, NatGatewayId,
        NetworkInterfaceId, PrefixListId, Region, SubnetId, TransitGatewayAttachmentId,
        TransitGatewayId, TransitGatewayRouteTableId, VpcEndpointId, VpcId, VpcPeeringConnectionId,
        VpnGatewayId,
    },
    snapshot::{
        AttachedResource, PrefixList, Read, Route, RouteDestination, RouteTable, RouteTarget,
        ScopeSnapshot, TransitGatewayAttachment, wanted::Wanted,
    },
};
use ipnet::IpNet;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// Something on a way that is read once it is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hop {
    Peering(VpcPeeringConnectionId),
    PeeringsOf(VpcId),
    InternetGateway(InternetGatewayId),
    EgressOnlyInternetGateway(EgressOnlyInternetGatewayId),
    NatGateway(NatGatewayId),
    VpnGateway(VpnGatewayId),
    TransitGateway(TransitGatewayId),
    TransitGatewayPeerings(TransitGatewayId),
    TransitGatewayRoutes(TransitGatewayRouteTableId),
    VpcEndpoint(VpcEndpointId),
    Interface(NetworkInterfaceId),
    InterfacesOf(InstanceId),
    InterfaceAt(IpAddr),
}

/// The hops that are named so far. `searchable` are the tables of transit gateways whose routes AWS would show.
pub(super) fn hops(
    scope: &ScopeSnapshot,
    need: &Wanted,
    searchable: &BTreeSet<TransitGatewayRouteTableId>,
) -> BTreeSet<Hop> {
    let mut walk = Walk {
        scope,
        need,
        blocks: blocks(scope, need),
        hops: BTreeSet::new(),
    };
    walk.declared();
    walk.interfaces();
    walk.routes();
    walk.transit_gateways(searchable);
    walk.hops
}

/// Where packets go: the declared destinations and the blocks of the VPCs themselves.
fn blocks(scope: &ScopeSnapshot, need: &Wanted) -> BTreeSet<IpNet> {
    let vpcs = scope.vpcs.known().into_iter().flat_map(BTreeMap::values);
    let wanted = vpcs.filter(|vpc| need.vpcs.contains(&vpc.id));
    let own = wanted.flat_map(|vpc| vpc.cidrs.iter().copied());
    own.chain(need.destinations.iter().copied()).collect()
}

struct Walk<'a> {
    scope: &'a ScopeSnapshot,
    need: &'a Wanted,
    blocks: BTreeSet<IpNet>,
    hops: BTreeSet<Hop>,
}

impl<'a> Walk<'a> {
    fn declared(&mut self) {
        let need = self.need;
        let peerings = need.peerings.iter().cloned().map(Hop::Peering);
        let peers = need.peers.iter().cloned().map(Hop::PeeringsOf);
        let transit = need.transit_gateways.iter().cloned();
        let vpn = need.vpn_gateways.iter().cloned();
        self.hops.extend(peerings.chain(peers));
        self.hops.extend(transit.map(Hop::TransitGateway));
        self.hops.extend(vpn.map(Hop::VpnGateway));
        let instances = need.instances.iter().cloned();
        self.hops.extend(instances.map(Hop::InterfacesOf));
        let interfaces = need.interfaces.iter().cloned();
        self.hops.extend(interfaces.map(Hop::Interface));
    }

    /// A host forwards between its interfaces, so all of them matter; a public address tells its interface.
    fn interfaces(&mut self) {
        let found = self.scope.network_interfaces.known();
        let mut public_ips = self.need.public_ips.clone();
        for interface in found.into_iter().flat_map(BTreeMap::values) {
            for address in &interface.addresses {
                if let Some(public) = address.public_ip {
                    public_ips.remove(&public);
                }
            }
            if let Some(instance) = &interface.instance_id
                && self.need.interfaces.contains(&interface.id)
            {
                self.hops.insert(Hop::InterfacesOf(instance.clone()));
            }
        }
        self.hops
            .extend(public_ips.into_iter().map(Hop::InterfaceAt));
    }

    fn routes(&mut self) {
        let scope = self.scope;
        let prefix_lists = scope.prefix_lists.known().ok();
        for table in self.tables() {
            for route in may_win(table, &self.blocks, prefix_lists) {
                self.target(route, prefix_lists);
            }
        }
        for (table, own) in self.tables_of_attachments() {
            for route in may_win(table, &own, prefix_lists) {
                self.target(route, prefix_lists);
            }
        }
    }

    fn target(&mut self, route: &Route, prefix_lists: Option<&BTreeMap<PrefixListId, PrefixList>>) {
        let hop = match &route.target {
            RouteTarget::VpcPeeringConnection(id) => Hop::Peering(id.clone()),
            RouteTarget::InternetGateway(id) => Hop::InternetGateway(id.clone()),
            RouteTarget::EgressOnlyInternetGateway(id) => {
                Hop::EgressOnlyInternetGateway(id.clone())
            }
            RouteTarget::NatGateway(id) => Hop::NatGateway(id.clone()),
            RouteTarget::VpnGateway(id) => Hop::VpnGateway(id.clone()),
            RouteTarget::TransitGateway(id) => Hop::TransitGateway(id.clone()),
            RouteTarget::NetworkInterface(_, Some(id)) | RouteTarget::Instance(id) => {
                Hop::InterfacesOf(id.clone())
            }
            RouteTarget::NetworkInterface(id, None) => Hop::Interface(id.clone()),
            RouteTarget::VpcEndpoint(id) => {
                // Gateway endpoints have a prefix list of AWS's own, which holds no address of a database.
                if let RouteDestination::PrefixList(list) = &route.destination
                    && prefix_lists
                        .and_then(|lists| lists.get(list))
                        .is_none_or(|list| list.aws_owned)
                {
                    return;
                }
                Hop::VpcEndpoint(id.clone())
            }
            RouteTarget::Local | RouteTarget::Other(..) => return,
        };
        self.hops.insert(hop);
    }

    /// The tables that packets are looked up in: those of the subnets on the way, of regional NAT gateways, and the
    /// edge tables of gateways.
    fn tables(&self) -> Vec<&'a RouteTable> {
        let scope = self.scope;
        let Ok(tables) = scope.route_tables.known() else {
            return Vec::new();
        };
        let on_the_way = self.subnets();
        let subnets = scope.subnets.known().into_iter();
        let subnets = subnets.flat_map(BTreeMap::values);
        let of_subnets = subnets
            .filter(|subnet| on_the_way.contains(&subnet.id))
            .filter_map(|subnet| scope.route_table_of(subnet).ok().flatten());
        let nats = scope.nat_gateways.known().into_iter();
        let of_nats = nats
            .flat_map(BTreeMap::values)
            .filter_map(|nat| tables.get(nat.route_table_id.as_ref()?));
        let edges = tables
            .values()
            .filter(|table| !table.gateway_ids.is_empty());
        let mut found: Vec<&RouteTable> = of_subnets.chain(of_nats).chain(edges).collect();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        found
    }

    /// The tables of the attachments' subnets: packets that come in from a transit gateway are looked up there, and
    /// go to an address of the VPC.
    fn tables_of_attachments(&self) -> Vec<(&'a RouteTable, BTreeSet<IpNet>)> {
        let scope = self.scope;
        let (Ok(vpcs), Ok(subnets)) = (scope.vpcs.known(), scope.subnets.known()) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let attachments = scope.transit_gateway_attachments.known().into_iter();
        for attachment in attachments.flat_map(BTreeMap::values) {
            if let AttachedResource::Vpc {
                id,
                details: Some(details),
            } = &attachment.resource
                && let Some(vpc) = vpcs.get(id)
            {
                let subnets = details.subnet_ids.iter().filter_map(|id| subnets.get(id));
                let tables =
                    subnets.filter_map(|subnet| scope.route_table_of(subnet).ok().flatten());
                found.extend(tables.map(|table| (table, vpc.cidrs.iter().copied().collect())));
            }
        }
        found
    }

    /// The subnets in which packets are: those that are declared or hold a declared address, and those of the
    /// interfaces and NAT gateways that were found.
    fn subnets(&self) -> BTreeSet<SubnetId> {
        let scope = self.scope;
        let mut found = self.need.subnets.clone();
        let interfaces = scope.network_interfaces.known().into_iter();
        let interfaces = interfaces.flat_map(BTreeMap::values);
        found.extend(interfaces.map(|interface| interface.subnet_id.clone()));
        let nats = scope.nat_gateways.known().into_iter();
        let nats = nats.flat_map(BTreeMap::values);
        found.extend(nats.filter_map(|nat| nat.subnet_id.clone()));
        let declared: Vec<IpNet> = self
            .need
            .destinations
            .iter()
            .filter(|block| block.prefix_len() > 0)
            .copied()
            .chain(self.need.addresses.iter().map(|&ip| IpNet::from(ip)))
            .collect();
        let subnets = scope.subnets.known().into_iter();
        for subnet in subnets.flat_map(BTreeMap::values) {
            let mut blocks = subnet.cidrs.iter();
            if blocks.any(|block| declared.iter().any(|other| overlap(block, other))) {
                found.insert(subnet.id.clone());
            }
        }
        found
    }

    /// From the attachments of the wanted VPCs, table by table, to where the routes lead.
    fn transit_gateways(&mut self, searchable: &BTreeSet<TransitGatewayRouteTableId>) {
        let scope = self.scope;
        let Ok(attachments) = scope.transit_gateway_attachments.known() else {
            return;
        };
        let of_vpcs = attachments.values().filter(|attachment| {
            matches!(&attachment.resource, AttachedResource::Vpc { id, .. } if self.need.vpcs.contains(id))
        });
        let mut next: Vec<&TransitGatewayAttachment> = of_vpcs.collect();
        let mut reached: BTreeSet<&TransitGatewayAttachmentId> = BTreeSet::new();
        while let Some(attachment) = next.pop() {
            if !reached.insert(&attachment.id) {
                continue;
            }
            if let AttachedResource::Peering { peer, region } = &attachment.resource {
                let gateway = attachment.transit_gateway_id.clone();
                self.hops.insert(Hop::TransitGatewayPeerings(gateway));
                if let Some(peer) = peer
                    && is_here(region.as_ref(), scope)
                {
                    self.hops.insert(Hop::TransitGateway(peer.clone()));
                    let ends = attachments.values().filter(|end| {
                        end.transit_gateway_id == *peer
                            && matches!(&end.resource, AttachedResource::Peering { peer: Some(back), .. }
                                if *back == attachment.transit_gateway_id)
                    });
                    next.extend(ends);
                }
            }
            let Some(table) = &attachment.associated_route_table else {
                continue;
            };
            if searchable.contains(table) {
                self.hops.insert(Hop::TransitGatewayRoutes(table.clone()));
            }
            let named = self.attachments_of(table);
            next.extend(named.into_iter().filter_map(|id| attachments.get(id)));
        }
    }

    /// The attachments that a transit gateway's table sends packets to.
    fn attachments_of(
        &self,
        table: &TransitGatewayRouteTableId,
    ) -> Vec<&'a TransitGatewayAttachmentId> {
        let tables = self.scope.transit_gateway_route_tables.known();
        let table = tables.ok().and_then(|tables| tables.get(table));
        let Some(Read::Known(routes)) = table.map(|table| &table.routes) else {
            return Vec::new();
        };
        let winners = routes.iter().filter(|route| {
            let decides = |block: &IpNet| {
                let containing = routes.iter().map(|other| &other.destination);
                overlap(block, &route.destination)
                    && route.destination.prefix_len() >= longest(containing, block)
            };
            self.blocks.iter().any(decides)
        });
        winners.flat_map(|route| &route.attachment_ids).collect()
    }
}

/// Only the list of peerings tells the Region of the other gateway.
fn is_here(region: Option<&Region>, scope: &ScopeSnapshot) -> bool {
    region.is_some() && region == scope.region.as_ref()
}

/// The routes that packets to some of the blocks may follow: the longest prefix wins, and a list of prefixes that was
/// not read may hold any.
fn may_win<'r>(
    table: &'r RouteTable,
    blocks: &BTreeSet<IpNet>,
    prefix_lists: Option<&BTreeMap<PrefixListId, PrefixList>>,
) -> Vec<&'r Route> {
    let cidrs = || {
        table
            .routes
            .iter()
            .filter_map(|route| match &route.destination {
                RouteDestination::Cidr(net) => Some(net),
                RouteDestination::PrefixList(_) => None,
            })
    };
    let floors: Vec<(&IpNet, u8)> = blocks
        .iter()
        .map(|block| (block, longest(cidrs(), block)))
        .collect();
    let decides = |net: &IpNet| {
        floors
            .iter()
            .any(|(block, floor)| overlap(block, net) && net.prefix_len() >= *floor)
    };
    let routes = table.routes.iter();
    let winners = routes.filter(|route| match &route.destination {
        RouteDestination::Cidr(net) => decides(net),
        RouteDestination::PrefixList(id) => {
            let list = prefix_lists.and_then(|lists| lists.get(id));
            match list.map(|list| &list.entries) {
                Some(Read::Known(entries)) => entries.iter().any(decides),
                _ => true,
            }
        }
    });
    winners.collect()
}

/// The length of the longest prefix that holds a whole block: nothing shorter can win anywhere in it.
fn longest<'n>(nets: impl Iterator<Item = &'n IpNet>, block: &IpNet) -> u8 {
    let containing = nets.filter(|net| net.contains(block));
    containing.map(IpNet::prefix_len).max().unwrap_or_default()
}

fn overlap(a: &IpNet, b: &IpNet) -> bool {
    a.contains(b) || b.contains(a)
}

#[cfg(test)]
mod tests;
