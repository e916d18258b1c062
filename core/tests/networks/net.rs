//! A small network in words: VPC, subnets, groups, ACLs, routes, interfaces, written as AWS people say them.
//!
//! - a rule: `ingress tcp 5432 sg-ri`, `egress all 0.0.0.0/0`, `ingress tcp 5000-6000 pl-0a`, `ingress 17 10.0.0.0/8`
//! - an entry: `100 egress allow tcp 5432 10.0.2.0/24`, `90 ingress deny all 0.0.0.0/0`
//! - a route: `10.0.0.0/16 local`, `10.0.2.0/24 eni-fw`, `pl-0a tgw-0a blackhole`

use dms_network_core::{
    api::{NetworkAclId, SecurityGroupId, Unit},
    claims::{AclClaim, Owner, rule_claims::tags_of_new_rule},
    network::PortRange,
    snapshot::{
        AttachedGateway, AttachedResource, BlockPublicAccess, BlockPublicAccessMode,
        EgressOnlyInternetGateway, InternetGateway, NatGateway, NatGatewayAddress, NetworkAcl,
        NetworkAclEntry, NetworkInterface, Peer, PeeredVpc, PrefixList, PrivateAddress, Protocol,
        Read, Route, RouteDestination, RouteOrigin, RouteState, RouteTable, RouteTarget,
        RuleDirection, ScopeLists, ScopeSnapshot, SecurityGroup, SecurityGroupRule, Subnet, Tags,
        TransitGateway, TransitGatewayAttachment, TransitGatewayRoute, TransitGatewayRouteTable,
        Vpc, VpcAttachment, VpcPeeringConnection, VpnConnection, VpnGateway,
    },
};
use ipnet::IpNet;
use std::{collections::BTreeMap, fmt::Debug, str::FromStr};

/// Parses what the test itself wrote.
pub(crate) fn parse<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// The deployment of the tests: its entry numbers are 20000 to 20049.
pub(crate) fn owner() -> Owner {
    Owner::new("prod-eu1", Some(parse("20000-20049"))).unwrap()
}

/// Another deployment, with the numbers 20100 to 20149.
pub(crate) fn other_owner() -> Owner {
    Owner::new("staging", Some(parse("20100-20149"))).unwrap()
}

/// What was read of an account and Region.
#[derive(Clone)]
pub(crate) struct Net {
    pub(crate) lists: ScopeLists,
}

/// The network in about the words that make it, for counterexamples.
impl Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lists = &self.lists;
        for interface in lists
            .network_interfaces
            .known()
            .into_iter()
            .flat_map(BTreeMap::values)
        {
            let groups = &interface.security_group_ids;
            writeln!(f, "  {} {:?} {groups:?}", interface.id, interface.addresses)?;
        }
        for group in lists
            .security_groups
            .known()
            .into_iter()
            .flat_map(BTreeMap::values)
        {
            for rule in &group.rules {
                let (ports, tags) = (&rule.ports, &rule.tags);
                writeln!(
                    f,
                    "  {} {} {:?} {ports} {:?} {tags:?}",
                    group.id, rule.direction, rule.protocol, rule.peer
                )?;
            }
        }
        for acl in lists
            .network_acls
            .known()
            .into_iter()
            .flat_map(BTreeMap::values)
        {
            for entry in acl.entries.iter().filter(|entry| entry.number < 32767) {
                let (number, ports) = (entry.number, &entry.ports);
                let action = if entry.allow { "allow" } else { "deny" };
                let protocol = entry.protocol;
                writeln!(
                    f,
                    "  {} {number} {} {action} {protocol:?} {ports} {}",
                    acl.id, entry.direction, entry.cidr
                )?;
            }
            writeln!(f, "  {} {:?}", acl.id, acl.tags)?;
        }
        for table in lists
            .route_tables
            .known()
            .into_iter()
            .flat_map(BTreeMap::values)
        {
            for route in &table.routes {
                writeln!(
                    f,
                    "  {} {:?} {:?} {:?}",
                    table.id, route.destination, route.target, route.state
                )?;
            }
        }
        writeln!(f, "  {:?}", lists.quotas)
    }
}

macro_rules! known {
    ($net:ident.$list:ident) => {
        match &mut $net.lists.$list {
            Read::Known(list) => list,
            Read::Unread(_) => panic!("{} is unread", stringify!($list)),
        }
    };
}

impl Net {
    /// `vpc-0a` (10.0.0.0/16) and nothing in it; every list was read.
    pub(crate) fn empty() -> Self {
        let lists = ScopeLists {
            account_id: Some(parse("111122223333")),
            region: Some(parse("eu-west-1")),
            vpcs: Read::Known(BTreeMap::new()),
            subnets: Read::Known(BTreeMap::new()),
            security_groups: Read::Known(BTreeMap::new()),
            network_acls: Read::Known(BTreeMap::new()),
            route_tables: Read::Known(BTreeMap::new()),
            network_interfaces: Read::Known(BTreeMap::new()),
            prefix_lists: Read::Known(BTreeMap::new()),
            replication_instances: Read::Known(BTreeMap::new()),
            replication_subnet_groups: Read::Known(BTreeMap::new()),
            replication_configs: Read::Known(BTreeMap::new()),
            dms_endpoints: Read::Known(BTreeMap::new()),
            ..ScopeLists::unread()
        };
        Self { lists }.vpc("vpc-0a", &["10.0.0.0/16"])
    }

    /// The replication instance's `subnet-near` (10.0.1.0/24, ACL `acl-near`), the database's `subnet-far`
    /// (10.0.2.0/24, ACL `acl-far`), the main table `rtb-main`, `sg-ri` with the default egress, `sg-db` with no
    /// ingress; the ACLs let everything pass.
    pub(crate) fn two_subnets() -> Self {
        Self::empty()
            .subnet("subnet-near", &["10.0.1.0/24"])
            .subnet("subnet-far", &["10.0.2.0/24"])
            .open_acl("acl-near", &["subnet-near"])
            .open_acl("acl-far", &["subnet-far"])
            .main_table(&["10.0.0.0/16 local"])
            .group("sg-ri", &["egress all 0.0.0.0/0"])
            .group("sg-db", &["egress all 0.0.0.0/0"])
    }

    pub(crate) fn vpc(mut self, id: &str, cidrs: &[&str]) -> Self {
        let vpc = Vpc {
            id: parse(id),
            owner_id: None,
            cidrs: cidrs.iter().map(|cidr| parse(cidr)).collect(),
        };
        known!(self.vpcs).insert(vpc.id.clone(), vpc);
        self
    }

    /// A subnet of `vpc-0a`, in the zone `eu-west-1` and the last letter of its id.
    pub(crate) fn subnet(self, id: &str, cidrs: &[&str]) -> Self {
        self.subnet_of("vpc-0a", id, cidrs)
    }

    pub(crate) fn subnet_of(mut self, vpc: &str, id: &str, cidrs: &[&str]) -> Self {
        let zone = format!("eu-west-1{}", &id[id.len() - 1..]);
        let subnet = Subnet {
            id: parse(id),
            vpc_id: parse(vpc),
            owner_id: None,
            cidrs: cidrs.iter().map(|cidr| parse(cidr)).collect(),
            availability_zone: Some(zone),
            availability_zone_id: None,
        };
        known!(self.subnets).insert(subnet.id.clone(), subnet);
        self
    }

    /// A group of `vpc-0a` with foreign rules; a second call adds to them.
    pub(crate) fn group(self, id: &str, rules: &[&str]) -> Self {
        self.group_of("vpc-0a", id, rules)
    }

    pub(crate) fn group_of(mut self, vpc: &str, id: &str, rules: &[&str]) -> Self {
        let id: SecurityGroupId = parse(id);
        let group = known!(self.security_groups)
            .entry(id.clone())
            .or_insert(SecurityGroup {
                id,
                vpc_id: parse(vpc),
                owner_id: None,
                tags: Tags::new(),
                rules: vec![],
            });
        for text in rules {
            let number = group.rules.len();
            group
                .rules
                .push(rule(&group.id, text, number, &Tags::new()));
        }
        group.rules.sort();
        self
    }

    /// Rules on a group that a deployment made and claims.
    pub(crate) fn claimed_rules(mut self, group: &str, owner: &Owner, rules: &[&str]) -> Self {
        let group = known!(self.security_groups).get_mut(&parse(group)).unwrap();
        for text in rules {
            let number = group.rules.len();
            let tags = tags_of_new_rule(owner);
            group.rules.push(rule(&group.id, text, number, &tags));
        }
        group.rules.sort();
        self
    }

    /// An ACL of `vpc-0a` with foreign entries and the default ones; a second call adds to the entries.
    pub(crate) fn acl(mut self, id: &str, subnets: &[&str], entries: &[&str]) -> Self {
        let id: NetworkAclId = parse(id);
        let defaults = [
            "32767 ingress deny all 0.0.0.0/0",
            "32767 egress deny all 0.0.0.0/0",
            "32768 ingress deny all ::/0",
            "32768 egress deny all ::/0",
        ];
        let acl = known!(self.network_acls)
            .entry(id.clone())
            .or_insert(NetworkAcl {
                id,
                vpc_id: parse("vpc-0a"),
                owner_id: Some(parse("111122223333")),
                tags: Tags::new(),
                subnet_ids: vec![],
                entries: defaults.iter().map(|text| entry(text)).collect(),
            });
        acl.subnet_ids.extend(subnets.iter().map(|id| parse(id)));
        acl.entries.extend(entries.iter().map(|text| entry(text)));
        acl.entries.sort();
        self
    }

    /// An ACL that lets everything pass, as AWS makes it with a VPC.
    pub(crate) fn open_acl(self, id: &str, subnets: &[&str]) -> Self {
        let open = [
            "100 ingress allow all 0.0.0.0/0",
            "100 egress allow all 0.0.0.0/0",
            "101 ingress allow all ::/0",
            "101 egress allow all ::/0",
        ];
        self.acl(id, subnets, &open)
    }

    /// The same ACL with other entries and no claims.
    pub(crate) fn entries(mut self, id: &str, entries: &[&str]) -> Self {
        let acls = known!(self.network_acls);
        let acl = acls.remove(&parse(id)).unwrap();
        let subnets: Vec<&str> = acl.subnet_ids.iter().map(|id| id.as_str()).collect();
        self.acl(id, &subnets, entries)
    }

    /// An entry that a deployment made and claims.
    pub(crate) fn claimed_entry(self, id: &str, owner: &Owner, text: &str) -> Self {
        self.claim(id, owner, text).acl(id, &[], &[text])
    }

    /// A deployment's claim to an entry, and not the entry.
    pub(crate) fn claim(mut self, id: &str, owner: &Owner, text: &str) -> Self {
        let found = entry(text);
        let unit = Unit::entry(&parse(id), found.direction, found.ports, found.cidr);
        let claim = AclClaim::new(found.number, unit, owner);
        self.acl_mut(id).tags.insert(claim.key(), claim.value());
        self
    }

    pub(crate) fn main_table(self, routes: &[&str]) -> Self {
        self.any_table("rtb-main", &[], true, routes)
    }

    pub(crate) fn table(self, id: &str, subnets: &[&str], routes: &[&str]) -> Self {
        self.any_table(id, subnets, false, routes)
    }

    fn any_table(mut self, id: &str, subnets: &[&str], is_main: bool, routes: &[&str]) -> Self {
        let table = RouteTable {
            id: parse(id),
            vpc_id: parse("vpc-0a"),
            owner_id: None,
            is_main,
            subnet_ids: subnets.iter().map(|id| parse(id)).collect(),
            gateway_ids: vec![],
            routes: routes.iter().map(|text| route(text)).collect(),
        };
        known!(self.route_tables).insert(table.id.clone(), table);
        self
    }

    pub(crate) fn interface(
        mut self,
        id: &str,
        subnet: &str,
        addresses: &[&str],
        groups: &[&str],
    ) -> Self {
        let of_subnet = known!(self.subnets).get(&parse(subnet));
        let vpc_id = of_subnet.map_or(parse("vpc-0a"), |subnet| subnet.vpc_id.clone());
        let interface = NetworkInterface {
            id: parse(id),
            vpc_id,
            subnet_id: parse(subnet),
            owner_id: None,
            interface_type: "interface".to_owned(),
            addresses: addresses
                .iter()
                .map(|address| PrivateAddress {
                    address: parse(address),
                    public_ip: None,
                })
                .collect(),
            security_group_ids: groups.iter().map(|id| parse(id)).collect(),
            source_dest_check: true,
            instance_id: None,
            is_primary: false,
        };
        known!(self.network_interfaces).insert(interface.id.clone(), interface);
        self
    }

    /// The interface of a Network Load Balancer.
    pub(crate) fn balancer(self, id: &str, subnet: &str, address: &str, groups: &[&str]) -> Self {
        let mut net = self.interface(id, subnet, &[address], groups);
        let interfaces = known!(net.network_interfaces);
        interfaces.get_mut(&parse(id)).unwrap().interface_type = "network_load_balancer".to_owned();
        net
    }

    /// A customer's prefix list; without entries they were not read.
    pub(crate) fn prefix_list(mut self, id: &str, weight: u32, entries: Option<&[&str]>) -> Self {
        let entries = match entries {
            Some(entries) => Read::Known(entries.iter().map(|cidr| parse(cidr)).collect()),
            None => Read::not_in_snapshot("ec2:GetManagedPrefixListEntries"),
        };
        let list = PrefixList {
            id: parse(id),
            name: None,
            aws_owned: false,
            weight: Some(weight),
            entries,
        };
        known!(self.prefix_lists).insert(list.id.clone(), list);
        self
    }

    pub(crate) fn tag(mut self, resource: &str, key: &str, value: &str) -> Self {
        let tags = if resource.starts_with("sg-") {
            &mut self.group_mut(resource).tags
        } else {
            &mut self.acl_mut(resource).tags
        };
        tags.insert(key.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn group_mut(&mut self, id: &str) -> &mut SecurityGroup {
        known!(self.security_groups).get_mut(&parse(id)).unwrap()
    }

    pub(crate) fn acl_mut(&mut self, id: &str) -> &mut NetworkAcl {
        known!(self.network_acls).get_mut(&parse(id)).unwrap()
    }

    /// Any change of the lists.
    pub(crate) fn but(mut self, change: impl FnOnce(&mut ScopeLists)) -> Self {
        change(&mut self.lists);
        self
    }

    pub(crate) fn scope(&self) -> ScopeSnapshot {
        ScopeSnapshot::from(self.lists.clone())
    }
}

/// What leads out of a VPC.
impl Net {
    /// Every list of what leads out of a VPC was read, and is empty.
    pub(crate) fn with_gateways(self) -> Self {
        self.but(|lists| {
            lists.peerings = Read::Known(BTreeMap::new());
            lists.internet_gateways = Read::Known(BTreeMap::new());
            lists.egress_only_internet_gateways = Read::Known(BTreeMap::new());
            lists.nat_gateways = Read::Known(BTreeMap::new());
            lists.vpn_gateways = Read::Known(BTreeMap::new());
            lists.vpn_connections = Read::Known(BTreeMap::new());
            lists.transit_gateways = Read::Known(BTreeMap::new());
            lists.transit_gateway_attachments = Read::Known(BTreeMap::new());
            lists.transit_gateway_route_tables = Read::Known(BTreeMap::new());
            lists.vpc_endpoints = Read::Known(BTreeMap::new());
            lists.block_public_access = Read::Known(BlockPublicAccess {
                mode: BlockPublicAccessMode::Off,
                exclusions: Read::Known(Vec::new()),
            });
        })
    }

    /// `vpc-0b` (10.1.0.0/16) with `subnet-b` (10.1.2.0/24, an open ACL `acl-b`), `sg-b` and the table `rtb-b`, besides
    /// the client's `vpc-0a`.
    pub(crate) fn two_vpcs(near_routes: &[&str], far_routes: &[&str]) -> Self {
        let local: &[&str] = &["10.0.0.0/16 local"];
        let far_local: &[&str] = &["10.1.0.0/16 local"];
        let mut net = Self::two_subnets()
            .with_gateways()
            .vpc("vpc-0b", &["10.1.0.0/16"])
            .subnet_of("vpc-0b", "subnet-b", &["10.1.2.0/24"])
            .open_acl("acl-b", &["subnet-b"])
            .group_of("vpc-0b", "sg-b", &["egress all 0.0.0.0/0"])
            .main_table(&[local, near_routes].concat())
            .table("rtb-b", &["subnet-b"], &[far_local, far_routes].concat());
        net.acl_mut("acl-b").vpc_id = parse("vpc-0b");
        net.but(|lists| {
            let Read::Known(tables) = &mut lists.route_tables else {
                return;
            };
            tables.get_mut(&parse("rtb-b")).unwrap().vpc_id = parse("vpc-0b");
        })
    }

    /// A peering connection of `vpc-0a` with another VPC.
    pub(crate) fn peering(self, id: &str, status: &str, other: &str, cidrs: &[&str]) -> Self {
        let side = |vpc: &str, cidrs: &[&str]| PeeredVpc {
            vpc_id: Some(parse(vpc)),
            owner_id: Some(parse("111122223333")),
            region: Some(parse("eu-west-1")),
            cidrs: cidrs.iter().map(|cidr| parse(cidr)).collect(),
        };
        let peering = VpcPeeringConnection {
            id: parse(id),
            status: status.to_owned(),
            requester: side("vpc-0a", &["10.0.0.0/16"]),
            accepter: side(other, cidrs),
        };
        self.but(|lists| insert(&mut lists.peerings, peering.id.clone(), peering))
    }

    pub(crate) fn internet_gateway(self, id: &str, vpcs: &[&str]) -> Self {
        let gateway: InternetGateway = AttachedGateway {
            id: parse(id),
            owner_id: None,
            vpc_ids: vpcs.iter().map(|vpc| parse(vpc)).collect(),
        };
        self.but(|lists| insert(&mut lists.internet_gateways, gateway.id.clone(), gateway))
    }

    pub(crate) fn egress_only_gateway(self, id: &str, vpcs: &[&str]) -> Self {
        let gateway: EgressOnlyInternetGateway = AttachedGateway {
            id: parse(id),
            owner_id: None,
            vpc_ids: vpcs.iter().map(|vpc| parse(vpc)).collect(),
        };
        self.but(|lists| {
            let gateways = &mut lists.egress_only_internet_gateways;
            insert(gateways, gateway.id.clone(), gateway);
        })
    }

    pub(crate) fn vpn_gateway(self, id: &str, vpcs: &[&str]) -> Self {
        let gateway: VpnGateway = AttachedGateway {
            id: parse(id),
            owner_id: None,
            vpc_ids: vpcs.iter().map(|vpc| parse(vpc)).collect(),
        };
        self.but(|lists| insert(&mut lists.vpn_gateways, gateway.id.clone(), gateway))
    }

    pub(crate) fn vpn_connection(self, id: &str, state: &str, gateway: &str) -> Self {
        let connection = VpnConnection {
            id: parse(id),
            state: state.to_owned(),
            vpn_gateway_id: Some(parse(gateway)),
            transit_gateway_id: None,
        };
        self.but(|lists| {
            insert(
                &mut lists.vpn_connections,
                connection.id.clone(),
                connection,
            )
        })
    }

    /// A NAT gateway in a subnet of `vpc-0a`; without public addresses it is a private one.
    pub(crate) fn nat_gateway(
        self,
        id: &str,
        subnet: &str,
        public: &[&str],
        private: &[&str],
    ) -> Self {
        let address = |place: usize| NatGatewayAddress {
            public_ip: public.get(place).map(|ip| parse(ip)),
            private_ip: private.get(place).map(|ip| parse(ip)),
            succeeded: true,
            availability_zone_id: None,
        };
        let gateway = NatGateway {
            id: parse(id),
            vpc_id: parse("vpc-0a"),
            subnet_id: Some(parse(subnet)),
            state: "available".to_owned(),
            failure: None,
            is_public: !public.is_empty(),
            is_regional: false,
            route_table_id: None,
            addresses: (0..public.len().max(private.len())).map(address).collect(),
            appliances: Vec::new(),
        };
        self.but(|lists| insert(&mut lists.nat_gateways, gateway.id.clone(), gateway))
    }

    /// A transit gateway with one route table `tgw-rtb-0a` for all of its attachments: `10.1.0.0/16 tgw-attach-b`,
    /// `10.1.2.0/24 blackhole`, `10.0.0.0/16 tgw-attach-a propagated`.
    pub(crate) fn transit_gateway(self, id: &str, referencing: bool, routes: &[&str]) -> Self {
        let gateway = TransitGateway {
            id: parse(id),
            owner_id: Some(parse("111122223333")),
            state: "available".to_owned(),
            security_group_referencing: referencing,
        };
        let routes = routes.iter().map(|text| {
            let words: Vec<&str> = text.split(' ').collect();
            TransitGatewayRoute {
                destination: parse(words[0]),
                is_active: words[1] != "blackhole",
                is_static: !words.contains(&"propagated"),
                attachment_ids: match words[1] {
                    "blackhole" => Vec::new(),
                    id => vec![parse(id)],
                },
            }
        });
        let table = TransitGatewayRouteTable {
            id: parse("tgw-rtb-0a"),
            transit_gateway_id: parse(id),
            routes: Read::Known(routes.collect()),
        };
        self.but(|lists| {
            insert(&mut lists.transit_gateways, gateway.id.clone(), gateway);
            let tables = &mut lists.transit_gateway_route_tables;
            insert(tables, table.id.clone(), table);
        })
    }

    /// An attachment of `tgw-0a`, associated with `tgw-rtb-0a`.
    pub(crate) fn attachment(self, id: &str, resource: AttachedResource) -> Self {
        let attachment = TransitGatewayAttachment {
            id: parse(id),
            transit_gateway_id: parse("tgw-0a"),
            transit_gateway_owner_id: Some(parse("111122223333")),
            resource,
            resource_owner_id: Some(parse("111122223333")),
            state: "available".to_owned(),
            associated_route_table: Some(parse("tgw-rtb-0a")),
            translates: false,
        };
        self.but(|lists| {
            let attachments = &mut lists.transit_gateway_attachments;
            insert(attachments, attachment.id.clone(), attachment);
        })
    }

    /// An interface of an instance, with its source/destination check on or off.
    pub(crate) fn host(
        self,
        id: &str,
        instance: &str,
        subnet: &str,
        address: &str,
        groups: &[&str],
        check: bool,
    ) -> Self {
        let mut net = self.interface(id, subnet, &[address], groups);
        let interface = known!(net.network_interfaces).get_mut(&parse(id)).unwrap();
        interface.instance_id = Some(parse(instance));
        interface.is_primary = true;
        interface.source_dest_check = check;
        net
    }

    /// Associates a public address with the first address of an interface.
    pub(crate) fn public_ip(mut self, interface: &str, ip: &str) -> Self {
        let interface = known!(self.network_interfaces)
            .get_mut(&parse(interface))
            .unwrap();
        interface.addresses[0].public_ip = Some(parse(ip));
        self
    }
}

/// A VPC's attachment with these subnets, and every option at its default.
pub(crate) fn vpc_attachment(vpc: &str, subnets: &[&str]) -> AttachedResource {
    AttachedResource::Vpc {
        id: parse(vpc),
        details: Some(VpcAttachment {
            subnet_ids: subnets.iter().map(|id| parse(id)).collect(),
            ipv6: false,
            appliance_mode: false,
            security_group_referencing: true,
        }),
    }
}

fn insert<K: Ord, V>(list: &mut Read<BTreeMap<K, V>>, key: K, value: V) {
    match list {
        Read::Known(list) => drop(list.insert(key, value)),
        Read::Unread(unread) => panic!("{} is unread", unread.call),
    }
}

fn direction(text: &str) -> RuleDirection {
    match text {
        "ingress" => RuleDirection::Ingress,
        "egress" => RuleDirection::Egress,
        _ => panic!("{text} is no direction"),
    }
}

/// Takes protocol and ports from the front of some words.
fn traffic<'a>(words: &mut impl Iterator<Item = &'a str>) -> (Protocol, PortRange) {
    match words.next().unwrap() {
        "all" => (Protocol::All, PortRange::ALL),
        "tcp" => {
            let ports = words.next().unwrap();
            let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
            let ports = PortRange::new(parse(from), parse(to)).unwrap();
            (Protocol::Tcp, ports)
        }
        number => (Protocol::Other(Some(parse(number))), PortRange::ALL),
    }
}

fn rule(group: &SecurityGroupId, text: &str, number: usize, tags: &Tags) -> SecurityGroupRule {
    let mut words = text.split(' ');
    let direction = direction(words.next().unwrap());
    let (protocol, ports) = traffic(&mut words);
    let peer = words.next().unwrap();
    let peer = match &peer[..3] {
        "sg-" => Peer::SecurityGroup(parse(peer)),
        "pl-" => Peer::PrefixList(parse(peer)),
        _ => Peer::Cidr(parse(peer)),
    };
    let id = format!("sgr-{}{number}", group.as_str().replace('-', ""));
    SecurityGroupRule {
        id: Some(parse(&id)),
        direction,
        protocol,
        ports,
        peer,
        tags: tags.clone(),
    }
}

fn entry(text: &str) -> NetworkAclEntry {
    let mut words = text.split(' ');
    let number = parse(words.next().unwrap());
    let direction = direction(words.next().unwrap());
    let allow = words.next().unwrap() == "allow";
    let (protocol, ports) = traffic(&mut words);
    let cidr: IpNet = parse(words.next().unwrap());
    NetworkAclEntry {
        direction,
        number,
        allow,
        protocol,
        ports,
        cidr,
    }
}

fn route(text: &str) -> Route {
    let words: Vec<&str> = text.split(' ').collect();
    let destination = match words[0].starts_with("pl-") {
        true => RouteDestination::PrefixList(parse(words[0])),
        false => RouteDestination::Cidr(parse(words[0])),
    };
    let id = words[1];
    let target = match id.split('-').next().unwrap() {
        "local" => RouteTarget::Local,
        "eni" => RouteTarget::NetworkInterface(parse(id), None),
        "i" => RouteTarget::Instance(parse(id)),
        "vpce" => RouteTarget::VpcEndpoint(parse(id)),
        "eigw" => RouteTarget::EgressOnlyInternetGateway(parse(id)),
        "igw" => RouteTarget::InternetGateway(parse(id)),
        "nat" => RouteTarget::NatGateway(parse(id)),
        "pcx" => RouteTarget::VpcPeeringConnection(parse(id)),
        "tgw" => RouteTarget::TransitGateway(parse(id)),
        "vgw" => RouteTarget::VpnGateway(parse(id)),
        _ => RouteTarget::Other("CoreNetworkArn".to_owned(), id.to_owned()),
    };
    let is = |word: &str| words.contains(&word);
    Route {
        destination,
        target,
        state: match (is("blackhole"), is("filtered")) {
            (true, _) => RouteState::Blackhole,
            (_, true) => RouteState::Filtered,
            _ => RouteState::Active,
        },
        origin: if is("propagated") {
            RouteOrigin::Propagated
        } else {
            RouteOrigin::Static
        },
    }
}
