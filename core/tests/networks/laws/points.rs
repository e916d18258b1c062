//! The packets that a path stands for, at every point at which anything can change: the ends of every block and range in
//! the case, and their neighbours.

use crate::{
    generated::{Case, apart::all_lists, known::Known, ways::Way},
    net::parse,
};
use dms_network_core::{
    api::{Endpoint, EndpointName, PathStatus, Reason, SecurityGroupId, VpcId},
    snapshot::{Peer, Read, RouteDestination, ScopeLists, ScopeSnapshot},
};
use dms_network_walker::{Connection, ExitZone, Forwarder, Forwarding, Host, Walk, Walker};
use ipnet::IpNet;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// The ports that a Linux client chooses from.
pub(crate) const LINUX: std::ops::RangeInclusive<u16> = 32768..=60999;

fn list<K, V>(read: &Read<BTreeMap<K, V>>) -> impl Iterator<Item = &V> {
    read.known().into_iter().flat_map(BTreeMap::values)
}

/// Every block of some networks.
fn blocks(scopes: &[ScopeSnapshot]) -> BTreeSet<IpNet> {
    scopes.iter().flat_map(|scope| blocks_of(scope)).collect()
}

fn blocks_of(lists: &ScopeLists) -> BTreeSet<IpNet> {
    let mut blocks = BTreeSet::new();
    for group in list(&lists.security_groups) {
        blocks.extend(group.rules.iter().filter_map(|rule| match &rule.peer {
            Peer::Cidr(block) => Some(*block),
            _ => None,
        }));
    }
    for acl in list(&lists.network_acls) {
        blocks.extend(acl.entries.iter().map(|entry| entry.cidr));
    }
    for table in list(&lists.route_tables) {
        blocks.extend(
            table
                .routes
                .iter()
                .filter_map(|route| match &route.destination {
                    RouteDestination::Cidr(block) => Some(*block),
                    RouteDestination::PrefixList(_) => None,
                }),
        );
    }
    for prefixes in list(&lists.prefix_lists) {
        blocks.extend(prefixes.entries.known().into_iter().flatten());
    }
    for table in list(&lists.transit_gateway_route_tables) {
        let routes = table.routes.known().into_iter().flatten();
        blocks.extend(routes.map(|route| route.destination));
    }
    blocks.extend(list(&lists.subnets).flat_map(|subnet| subnet.cidrs.iter().copied()));
    blocks
}

fn first_and_last(block: &IpNet) -> [u128; 2] {
    match block {
        IpNet::V4(block) => [
            u32::from(block.network()).into(),
            u32::from(block.broadcast()).into(),
        ],
        IpNet::V6(block) => [block.network().into(), block.broadcast().into()],
    }
}

fn address(like: &IpNet, number: u128) -> Option<IpAddr> {
    match like {
        IpNet::V4(_) => Some(Ipv4Addr::from(u32::try_from(number).ok()?).into()),
        IpNet::V6(_) => Some(Ipv6Addr::from(number).into()),
    }
}

/// The addresses of a block at which anything in a network can change.
pub(crate) fn addresses(scopes: &[ScopeSnapshot], within: &IpNet) -> Vec<IpAddr> {
    let mut points: BTreeSet<u128> = first_and_last(within).into();
    for block in blocks(scopes) {
        if block.addr().is_ipv4() == within.addr().is_ipv4() {
            let [first, last] = first_and_last(&block);
            points.extend([first.saturating_sub(1), first, last, last.saturating_add(1)]);
        }
    }
    let points = points
        .into_iter()
        .filter_map(|point| address(within, point));
    points.filter(|point| within.contains(point)).collect()
}

/// The ports from 1024 up at which anything in a network can change.
pub(crate) fn ports(scopes: &[ScopeSnapshot]) -> Vec<u16> {
    let mut points = BTreeSet::from([1024, 32767, 32768, 40000, 60999, 61000, 65535]);
    for acl in scopes.iter().flat_map(|scope| list(&scope.network_acls)) {
        for entry in &acl.entries {
            let (from, to) = (entry.ports.from(), entry.ports.to());
            points.extend([from.saturating_sub(1), from, to, to.saturating_add(1)]);
        }
    }
    points.into_iter().filter(|port| *port >= 1024).collect()
}

/// The connections of one leg of a path.
pub(crate) struct Leg {
    pub(crate) connections: Vec<Connection>,
    hosts: Vec<Host>,
}

/// The client's ports that the notes of a path say do not work.
pub(crate) fn noted(path: &PathStatus) -> Vec<(u16, u16)> {
    let notes = path.notes.iter();
    let notes = notes.filter(|note| note.reason == Reason::ReturnPortsDenied);
    let ranges = notes.flat_map(|note| {
        let (_, rest) = note.message.split_once("ports ").unwrap();
        let ranges = rest.trim_end_matches(" pass").split(", ");
        ranges.map(|range| {
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            (parse(from), parse(to))
        })
    });
    ranges.collect()
}

impl Case {
    fn way(&self, name: &EndpointName) -> Way {
        let mut asked = self.asked.iter();
        let asked = asked.find(|asked| asked.spec["name"].as_str() == Some(name.as_str()));
        asked.unwrap().way
    }

    fn endpoint(&self, name: &EndpointName) -> Endpoint {
        self.world.spec().endpoint(name).unwrap().clone()
    }

    /// The groups that someone at an address is believed to carry: those of the interface where a single address was
    /// declared, else the declared ones; none where the interface that was read tells.
    fn told(
        &self,
        vpc: &VpcId,
        point: IpAddr,
        single: bool,
        declared: &[SecurityGroupId],
    ) -> Option<Host> {
        let mut interfaces = all_lists(&self.world)
            .into_iter()
            .flat_map(|lists| list(&lists.network_interfaces));
        let here = interfaces.any(|interface| {
            let mut addresses = interface.addresses.iter();
            interface.vpc_id == *vpc && addresses.any(|known| known.address == point)
        });
        (!single || !here).then(|| Host {
            vpc: vpc.clone(),
            address: point,
            public_ip: None,
            groups: declared.to_vec(),
        })
    }

    /// The legs of a path, each at every point of `lists`, from the client's ports that are not `noted`.
    pub(crate) fn legs(
        &self,
        path: &PathStatus,
        scopes: &[ScopeSnapshot],
        client_ports: &[u16],
    ) -> Vec<Leg> {
        let endpoint = self.endpoint(&path.endpoint);
        let servers = self.servers(path, &endpoint, scopes);
        // Where a database stands no client does.
        let mut client = self.clients(path, scopes);
        client.retain(|(_, ip, _)| servers.iter().all(|(_, server, _)| server != ip));
        let Some(proxy) = &endpoint.placement.proxy else {
            let ports = (path.port, client_ports);
            return vec![leg(&client, &servers, ports)];
        };
        let proxy_host = (parse::<VpcId>("vpc-0a"), parse::<IpAddr>("10.0.8.5"), None);
        let to_proxy = vec![(Some(proxy_host.0.clone()), proxy_host.1, None)];
        let client = client
            .into_iter()
            .filter(|(_, ip, _)| ip.is_ipv4())
            .collect::<Vec<_>>();
        vec![
            leg(&client, &to_proxy, (proxy.listen_port, client_ports)),
            leg(&[proxy_host], &servers, (path.port, client_ports)),
        ]
    }

    fn clients(
        &self,
        path: &PathStatus,
        scopes: &[ScopeSnapshot],
    ) -> Vec<(VpcId, IpAddr, Option<Host>)> {
        let network = &self.client;
        let vpc = &network.vpc_id;
        let mut clients = Vec::new();
        // Which public address a standby has nobody knows.
        let by_internet = [Way::InternetGateway, Way::Managed].contains(&self.way(&path.endpoint));
        let is_standby =
            self.known == Known::Standby && path.client.subnet_id.as_str() == "subnet-near2";
        if by_internet && is_standby {
            return clients;
        }
        for block in &path.client.addresses {
            let single = block.prefix_len() == block.max_prefix_len();
            for point in addresses(scopes, block) {
                let mut told = self.told(vpc, point, single, &network.security_group_ids);
                // Whichever address it has, a declared public one is its own.
                let public = network.public_ips.first().filter(|_| !single);
                if let (Some(host), Some(public)) = (&mut told, public) {
                    host.public_ip = Some(public.addr());
                }
                clients.push((vpc.clone(), point, told));
            }
        }
        clients
    }

    fn servers(
        &self,
        path: &PathStatus,
        endpoint: &Endpoint,
        scopes: &[ScopeSnapshot],
    ) -> Vec<(Option<VpcId>, IpAddr, Option<Host>)> {
        let behind = endpoint.placement.proxy.as_ref().map(|proxy| &proxy.behind);
        let (same, other) = match behind {
            Some(behind) => (behind.same_vpc.as_ref(), behind.other_vpc.as_ref()),
            None => (
                endpoint.placement.same_vpc.as_ref(),
                endpoint.placement.other_vpc.as_ref(),
            ),
        };
        let far = match (same, other) {
            (Some(same), _) => Some((parse("vpc-0a"), same.security_group_ids.clone())),
            (_, Some(other)) => Some((other.vpc_id.clone(), other.security_group_ids.clone())),
            _ => None,
        };
        // Of a VPC that was not read nothing is known of who stands there.
        let lists = all_lists(&self.world);
        let is_read = |vpc: &VpcId| {
            lists
                .iter()
                .any(|lists| lists.vpcs.known().is_ok_and(|vpcs| vpcs.contains_key(vpc)))
        };
        let far = far.filter(|(vpc, _)| is_read(vpc));
        let mut servers = Vec::new();
        for block in &path.destinations {
            // A part of a wider declared block stands for whoever carries the declared groups.
            let single = block.prefix_len() == block.max_prefix_len()
                && endpoint.addresses.iter().any(|known| known.net() == *block);
            for point in addresses(scopes, block) {
                let (vpc, told) = match &far {
                    Some((vpc, groups)) => {
                        (Some(vpc.clone()), self.told(vpc, point, single, groups))
                    }
                    None => (None, None),
                };
                servers.push((vpc, point, told));
            }
        }
        servers
    }

    /// The walker, told of what EC2 does not show: who stands at the ends, and of the instance on the declared way.
    fn walker<'a>(&self, scopes: &'a [ScopeSnapshot], leg: &Leg, way: Way) -> Walker<'a> {
        let out = parse(self.sends_by);
        let forwarder = match way {
            Way::Host => Some(Forwarder {
                interface: parse("eni-host"),
                forwarding: match self.tunnels {
                    true => Forwarding::Tunnel(out),
                    false => Forwarding::Plain(out),
                },
                source_nat: self.source_nat,
            }),
            Way::NatInstance => Some(Forwarder {
                interface: parse("eni-nat"),
                forwarding: Forwarding::Plain(parse("eni-nat")),
                source_nat: true,
            }),
            _ => None,
        };
        let walker = leg.hosts.iter().cloned().fold(
            Walker::new(scopes).with_exit_zone(ExitZone::OfDestination),
            Walker::with_host,
        );
        let unread = all_lists(&self.world)
            .iter()
            .any(|lists| lists.network_interfaces.known().is_err());
        let walker = match way {
            // Nobody shows whose a public address is: the declaration tells.
            Way::Managed | Way::ManagedByNatGateway if unread => public_databases()
                .into_iter()
                .fold(walker, Walker::with_host),
            _ => walker,
        };
        forwarder.into_iter().fold(walker, Walker::with_forwarder)
    }
}

/// The databases of `vpc-0b` that have public addresses.
fn public_databases() -> [Host; 2] {
    [("10.1.2.86", "203.0.113.20"), ("10.1.2.85", "203.0.113.85")].map(|(private, public)| Host {
        vpc: parse("vpc-0b"),
        address: parse(private),
        public_ip: Some(parse(public)),
        groups: vec![parse("sg-b")],
    })
}

/// Every client with every server from one port, and each of them with one of the others from every port: no gate looks
/// at more than one of the two addresses and one port.
fn leg(
    clients: &[(VpcId, IpAddr, Option<Host>)],
    servers: &[(Option<VpcId>, IpAddr, Option<Host>)],
    (port, client_ports): (u16, &[u16]),
) -> Leg {
    let mut connections = Vec::new();
    for (at_client, (vpc, client, _)) in clients.iter().enumerate() {
        let like = |(_, server, _): &&(Option<VpcId>, IpAddr, Option<Host>)| {
            server.is_ipv4() == client.is_ipv4()
        };
        for (at_server, (server_vpc, server, _)) in servers.iter().filter(like).enumerate() {
            let ports = match at_client == 0 || at_server == 0 {
                true => client_ports,
                false => &client_ports[..1.min(client_ports.len())],
            };
            connections.extend(ports.iter().map(|client_port| Connection {
                vpc: vpc.clone(),
                client: *client,
                client_port: *client_port,
                server: *server,
                port,
                server_vpc: server_vpc.clone(),
            }));
        }
    }
    let hosts = clients.iter().filter_map(|(.., host)| host.clone());
    let hosts = hosts.chain(servers.iter().filter_map(|(.., host)| host.clone()));
    Leg {
        connections,
        hosts: hosts.collect(),
    }
}

/// A connection that was walked.
#[derive(Clone, Debug)]
pub(crate) struct Walked {
    pub(crate) connection: Connection,
    pub(crate) walk: Walk,
    /// Whether it is the last leg of its path, that to the endpoint.
    pub(crate) last: bool,
}

impl Case {
    /// Walks every declared packet of a path through a network, from the client's ports (and those of NAT gateways) that
    /// `ports` lets through.
    pub(crate) fn walk(
        &self,
        path: &PathStatus,
        scopes: &[ScopeSnapshot],
        wanted: impl Fn(u16) -> bool,
    ) -> Vec<Walked> {
        let ports: Vec<u16> = ports(scopes)
            .into_iter()
            .filter(|port| wanted(*port))
            .collect();
        let legs = self.legs(path, scopes, &ports);
        let mut walked = Vec::new();
        for (place, leg) in legs.iter().enumerate() {
            let walker = self.walker(scopes, leg, self.way(&path.endpoint));
            let any_port = walker.clone().with_nat_ports(&ports);
            let one_port = walker.with_nat_ports(&ports[..1.min(ports.len())]);
            let mut seen = BTreeSet::new();
            for connection in &leg.connections {
                // A NAT gateway's port has nothing to do with the client's.
                let first = seen.insert((connection.client, connection.server));
                let walker = if first { &any_port } else { &one_port };
                walked.extend(walker.walks(connection).into_iter().map(|walk| Walked {
                    connection: connection.clone(),
                    walk,
                    last: place + 1 == legs.len(),
                }));
            }
        }
        walked
    }
}
