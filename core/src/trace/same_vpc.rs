//! One VPC: client subnet to endpoint subnet by the local route, or by a more specific one.

use super::{
    Draft, End, Subject,
    check::{Ask, Check, Step, UnitRequest},
    client::{self, ClientSubnet, Instance, end_at},
    endpoint::{Located, locate, subnet_in},
    gate,
    judge_acl::{AclCheck, AclPorts},
    judge_group::GroupCheck,
    routes::{Routed, Way, hop_gate, within_vpc},
    say,
};
use crate::{
    api::{
        Admit, Client, Endpoint, Gate, GateKind, Note, PathDirection, Reason, RuleDirection,
        SameVPC, SecurityGroupId, Unit, Verdict, Who,
    },
    network::{PortRange, covers},
    snapshot::{Peer, Subnet},
};
use ipnet::IpNet;

/// The walk to one endpoint.
pub(super) struct Walk<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) instance: &'a Instance,
    pub(super) endpoint: &'a Endpoint,
    /// Where the endpoint stands in the declaration.
    pub(super) field: &'a str,
}

/// One flow within the VPC.
struct Flow<'a> {
    port: u16,
    client: &'a ClientSubnet<'a>,
    /// The client's ends of the destination's family.
    sources: Vec<&'a End>,
    /// The block as declared: units name it whole.
    declared: IpNet,
    /// The part of it that this path is about.
    parts: Vec<IpNet>,
    /// Where that part is.
    subnet: &'a Subnet,
    /// Its groups.
    far: End,
    /// Whether the interface of the destination admits all and balances to others: a Network Load Balancer.
    balanced: bool,
}

impl Walk<'_> {
    /// A path that ends before it begins.
    pub(super) fn stopped(&self, port: u16, gate: Gate) -> Option<Draft> {
        let client = Client {
            subnet_id: self.instance.subnet_ids.first()?.clone(),
            addresses: Vec::new(),
        };
        let destinations = self
            .endpoint
            .addresses
            .iter()
            .map(|block| block.net())
            .collect();
        Some(self.stopped_at(port, client, destinations, gate))
    }

    fn stopped_at(&self, port: u16, client: Client, destinations: Vec<IpNet>, gate: Gate) -> Draft {
        Draft {
            endpoint: self.endpoint.name.clone(),
            port,
            sources: client.addresses.clone(),
            client,
            destinations,
            steps: vec![Step::Gate(gate)],
            notes: Vec::new(),
            requirements: Vec::new(),
        }
    }

    /// The paths to one port of the endpoint.
    pub(super) fn paths(&self, placement: &SameVPC, port: u16, drafts: &mut Vec<Draft>) {
        let clients = client::subnets(self.instance, self.subject.scope);
        let (blocks, declared_subnets) = match self.destinations(placement, &clients) {
            Ok(found) => found,
            Err(gate) => return drafts.extend(self.stopped(port, gate)),
        };
        for found in &clients {
            match found {
                Ok(client) => {
                    for block in &blocks {
                        self.to_block(
                            placement,
                            port,
                            client,
                            *block,
                            &declared_subnets,
                            &clients,
                            drafts,
                        );
                    }
                }
                Err(none) => {
                    drafts.push(self.stopped_at(
                        port,
                        none.client.clone(),
                        blocks.clone(),
                        none.gate.clone(),
                    ));
                }
            }
        }
    }

    /// The declared blocks, else those of the declared subnets of a family that the client has.
    fn destinations<'s>(
        &'s self,
        placement: &SameVPC,
        clients: &[Result<ClientSubnet<'_>, client::NoClient>],
    ) -> Result<(Vec<IpNet>, Vec<&'s Subnet>), Gate> {
        let subnets: Result<Vec<&Subnet>, Gate> = placement
            .subnet_ids
            .iter()
            .map(|id| subnet_in(id, &self.instance.vpc_id, self.subject.scope))
            .collect();
        let mut subnets = subnets?;
        subnets.sort_by(|a, b| a.id.cmp(&b.id));
        let mut blocks: Vec<IpNet> = self
            .endpoint
            .addresses
            .iter()
            .map(|block| block.net())
            .collect();
        if blocks.is_empty() {
            let cidrs = subnets
                .iter()
                .flat_map(|subnet| subnet.cidrs.iter().copied());
            let has = |cidr: &IpNet| {
                clients
                    .iter()
                    .flatten()
                    .flat_map(|client| &client.ends)
                    .any(|end| same_family(&end.block, cidr))
            };
            let all: Vec<IpNet> = cidrs.collect();
            blocks = all.iter().copied().filter(has).collect();
            if blocks.is_empty() {
                blocks = all;
            }
        }
        blocks.sort();
        blocks.dedup();
        Ok((blocks, subnets))
    }

    #[allow(clippy::too_many_arguments, reason = "each is one dimension of a flow")]
    fn to_block(
        &self,
        placement: &SameVPC,
        port: u16,
        client: &ClientSubnet<'_>,
        block: IpNet,
        declared_subnets: &[&Subnet],
        clients: &[Result<ClientSubnet<'_>, client::NoClient>],
        drafts: &mut Vec<Draft>,
    ) {
        let sources: Vec<&End> = client
            .ends
            .iter()
            .filter(|end| same_family(&end.block, &block))
            .collect();
        let here = |addresses: Vec<IpNet>| Client {
            subnet_id: client.subnet.id.clone(),
            addresses,
        };
        if sources.is_empty() {
            let elsewhere = clients
                .iter()
                .flatten()
                .flat_map(|c| &c.ends)
                .any(|end| same_family(&end.block, &block));
            if client.known && elsewhere {
                return;
            }
            let addresses = client.ends.iter().map(|end| end.block).collect();
            drafts.push(self.stopped_at(
                port,
                here(addresses),
                vec![block],
                self.family_mismatch(block),
            ));
            return;
        }
        let client_there = here(sources.iter().map(|end| end.block).collect());
        if reserved_by_dms(&block) {
            drafts.push(self.stopped_at(port, client_there, vec![block], reserved(&block)));
            return;
        }
        let located = match locate(block, &self.instance.vpc_id, self.subject.scope) {
            Ok(located) => located,
            Err(gate) => {
                return drafts.push(self.stopped_at(port, client_there, vec![block], gate));
            }
        };
        for part in located {
            match part {
                Located::In(subnet, parts) => {
                    if !declared_subnets.is_empty()
                        && !declared_subnets.iter().any(|s| s.id == subnet.id)
                    {
                        let gate = self.in_another_subnet(&parts, subnet);
                        drafts.push(self.stopped_at(port, client_there.clone(), parts, gate));
                        continue;
                    }
                    match self.far_end(block, placement) {
                        Ok((far, balanced)) => {
                            let sources = sources.clone();
                            let flow = Flow {
                                port,
                                client,
                                sources,
                                declared: block,
                                parts,
                                subnet,
                                far,
                                balanced,
                            };
                            self.flow(flow, drafts);
                        }
                        Err(gate) => {
                            drafts.push(self.stopped_at(port, client_there.clone(), parts, gate))
                        }
                    }
                }
                Located::InNoSubnet(parts) => {
                    let message = format!(
                        "{} of {} lies in no subnet",
                        say::blocks(parts.iter().copied()),
                        self.instance.vpc_id
                    );
                    let gate = say::declaration(
                        &self.at("addresses"),
                        Reason::AddressNotInSubnet,
                        message,
                    );
                    drafts.push(self.stopped_at(port, client_there.clone(), parts, gate));
                }
                Located::Outside(parts) => {
                    let message = format!(
                        "{} lies outside of {}",
                        say::blocks(parts.iter().copied()),
                        self.instance.vpc_id
                    );
                    let gate =
                        say::declaration(&self.at("addresses"), Reason::AddressOutsideVPC, message);
                    drafts.push(self.stopped_at(port, client_there.clone(), parts, gate));
                }
            }
        }
    }

    fn at(&self, field: &str) -> String {
        format!("{}.{field}", self.field)
    }

    fn family_mismatch(&self, block: IpNet) -> Gate {
        let family = if matches!(block, IpNet::V6(_)) {
            "IPv6"
        } else {
            "IPv4"
        };
        let message =
            format!("{block} is {family}, and the replication instance has no {family} address");
        say::declaration(
            &self.at("addresses"),
            Reason::AddressFamilyMismatch,
            message,
        )
    }

    fn in_another_subnet(&self, parts: &[IpNet], subnet: &Subnet) -> Gate {
        let message = format!(
            "{} lies in {}, which is not among the declared subnetIDs",
            say::blocks(parts.iter().copied()),
            subnet.id
        );
        say::declaration(&self.at("addresses"), Reason::AddressNotInSubnet, message)
    }

    /// The far end with its groups: those of its interface where it is one address, else the declared ones.
    fn far_end(&self, block: IpNet, placement: &SameVPC) -> Result<(End, bool), Gate> {
        let declared = &placement.security_group_ids;
        let Some(ip) = host(&block) else {
            return Ok((
                End {
                    block,
                    groups: declared.clone(),
                    declared: declared.clone(),
                },
                false,
            ));
        };
        let interface = self.subject.scope.interface_at(&self.instance.vpc_id, ip);
        let balanced =
            interface.is_some_and(|interface| interface.interface_type == "network_load_balancer");
        Ok((
            end_at(ip, &self.instance.vpc_id, declared, self.subject.scope)?,
            balanced,
        ))
    }

    /// Follows one flow, one path for each way that the routes take.
    fn flow(&self, flow: Flow<'_>, drafts: &mut Vec<Draft>) {
        if flow.subnet.id == flow.client.subnet.id {
            let parts = flow.parts.clone();
            drafts.push(self.draft(&flow, parts, None));
            return;
        }
        let mut ways: Vec<Routed> = Vec::new();
        for part in &flow.parts {
            for routed in within_vpc(
                flow.client.subnet,
                *part,
                PathDirection::Forward,
                self.subject.scope,
            ) {
                match ways.iter_mut().find(|way| {
                    way.gate.evidence == routed.gate.evidence
                        && way.gate.reason == routed.gate.reason
                }) {
                    Some(way) => way.blocks.extend(routed.blocks),
                    None => ways.push(routed),
                }
            }
        }
        for way in ways {
            let parts = IpNet::aggregate(&way.blocks);
            drafts.push(self.draft(&flow, parts, Some(way)));
        }
    }

    fn draft(&self, flow: &Flow<'_>, parts: Vec<IpNet>, way: Option<Routed>) -> Draft {
        let sources: Vec<IpNet> = flow.sources.iter().map(|end| end.block).collect();
        let direct = way
            .as_ref()
            .is_none_or(|way| matches!(way.way, Way::Direct));
        let admitted = self.admitted(flow, direct);
        let mut requirements = Vec::new();
        let mut steps = Vec::new();
        steps.extend(self.egress(flow, &parts, direct));
        match way {
            None => steps.push(self.ingress(flow, &admitted, direct)),
            Some(way) => {
                let to = [flow.declared];
                let source_units = self.source_blocks(flow);
                let out = AclPorts::Forward(flow.port);
                let back = AclPorts::Return {
                    required: PortRange::LINUX_EPHEMERAL,
                };
                let (near, far) = (flow.client.subnet, flow.subnet);
                steps.push(self.acl(near, RuleDirection::Egress, out, &parts, &to));
                let hop = hop_gate(&way.way, PathDirection::Forward);
                requirements.extend(hop.iter().map(who_decides));
                steps.push(Step::Gate(way.gate));
                steps.extend(hop.map(Step::Gate));
                steps.push(self.acl(far, RuleDirection::Ingress, out, &sources, &source_units));
                steps.push(self.ingress(flow, &admitted, direct));
                steps.push(self.acl(far, RuleDirection::Egress, back, &sources, &source_units));
                for routed in self.way_back(flow) {
                    let hop = hop_gate(&routed.way, PathDirection::Return);
                    requirements.extend(hop.iter().map(who_decides));
                    steps.push(Step::Gate(routed.gate));
                    steps.extend(hop.map(Step::Gate));
                }
                steps.push(self.acl(near, RuleDirection::Ingress, back, &parts, &to));
            }
        }
        if flow.balanced {
            steps.push(Step::Gate(balanced(&flow.declared)));
            requirements.push(Who::NetworkOwner);
        }
        requirements.sort();
        requirements.dedup();
        Draft {
            endpoint: self.endpoint.name.clone(),
            port: flow.port,
            client: Client {
                subnet_id: flow.client.subnet.id.clone(),
                addresses: sources.clone(),
            },
            destinations: parts,
            sources,
            steps,
            notes: secondary_note(flow.client),
            requirements,
        }
    }

    /// The routes from the endpoint's subnet back to each source, those that say the same once.
    fn way_back(&self, flow: &Flow<'_>) -> Vec<Routed> {
        let mut ways: Vec<Routed> = Vec::new();
        for source in &flow.sources {
            for routed in within_vpc(
                flow.subnet,
                source.block,
                PathDirection::Return,
                self.subject.scope,
            ) {
                if !ways.iter().any(|way| {
                    way.gate.evidence == routed.gate.evidence
                        && way.gate.reason == routed.gate.reason
                }) {
                    ways.push(routed);
                }
            }
        }
        ways
    }

    /// The client's groups: one gate for each set of groups that its interfaces carry.
    fn egress(&self, flow: &Flow<'_>, parts: &[IpNet], direct: bool) -> Vec<Step> {
        let mut carriers: Vec<&End> = Vec::new();
        for end in &flow.sources {
            if !carriers.iter().any(|known| known.groups == end.groups) {
                carriers.push(end);
            }
        }
        let ports = PortRange::one(flow.port);
        carriers
            .into_iter()
            .map(|carrier| {
                let far = parts
                    .iter()
                    .map(|part| End {
                        block: *part,
                        ..flow.far.clone()
                    })
                    .collect();
                let peers: Vec<Peer> = if self.endpoint.addresses.is_empty()
                    && direct
                    && !flow.far.declared.is_empty()
                {
                    flow.far
                        .declared
                        .iter()
                        .cloned()
                        .map(Peer::SecurityGroup)
                        .collect()
                } else {
                    vec![Peer::Cidr(flow.declared)]
                };
                let forms = carrier.declared.iter().flat_map(|group| {
                    peers
                        .iter()
                        .map(|peer| Unit::rule(group, RuleDirection::Egress, ports, peer.clone()))
                });
                let asks = UnitRequest::any(forms).map(|request| Ask {
                    request,
                    flow: (0..parts.len()).collect(),
                });
                self.groups(
                    GateKind::SecurityGroupEgress,
                    carrier,
                    far,
                    direct,
                    flow.port,
                    asks.into_iter().collect(),
                )
            })
            .collect()
    }

    fn ingress(&self, flow: &Flow<'_>, admitted: &Result<Vec<Ask>, Gate>, direct: bool) -> Step {
        if flow.balanced && flow.far.groups.is_empty() {
            let mut gate = gate(
                GateKind::SecurityGroupIngress,
                flow.declared.to_string(),
                PathDirection::Forward,
                Verdict::Permitted,
                Reason::Permitted,
            );
            gate.message = "a Network Load Balancer without security groups admits all".to_owned();
            return Step::Gate(gate);
        }
        match admitted {
            Err(gate) => Step::Gate(gate.clone()),
            Ok(asks) => {
                let sources = flow.sources.iter().map(|end| (*end).clone()).collect();
                let kind = GateKind::SecurityGroupIngress;
                self.groups(kind, &flow.far, sources, direct, flow.port, asks.clone())
            }
        }
    }

    /// A gate of security groups, once every group was found in the VPC.
    fn groups(
        &self,
        kind: GateKind,
        carrier: &End,
        flow: Vec<End>,
        direct: bool,
        port: u16,
        asks: Vec<Ask>,
    ) -> Step {
        let direction = match kind {
            GateKind::SecurityGroupEgress => RuleDirection::Egress,
            _ => RuleDirection::Ingress,
        };
        match self.not_there(kind, carrier) {
            Some(gate) => Step::Gate(gate),
            None => Step::Check(Check::Group(GroupCheck {
                groups: carrier.groups.clone(),
                direction,
                port,
                flow,
                references: direct,
                asks,
            })),
        }
    }

    fn not_there(&self, kind: GateKind, carrier: &End) -> Option<Gate> {
        let known = match self.subject.scope.security_groups.known() {
            Ok(known) => known,
            Err(unread) => {
                let first = carrier
                    .groups
                    .first()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                return Some(say::unread(kind, &first, PathDirection::Forward, unread));
            }
        };
        if carrier.groups.is_empty() {
            let mut gate = gate(
                kind,
                carrier.block.to_string(),
                PathDirection::Forward,
                Verdict::Unknown,
                Reason::SecurityGroupsUnknown,
            );
            gate.message = format!(
                "the security groups of {} are neither declared nor read from its interface",
                carrier.block
            );
            gate.remedy = Some(Reason::SecurityGroupsUnknown.remedy().to_owned());
            return Some(gate);
        }
        let blocked = |group: &SecurityGroupId, reason: Reason, message: String| {
            let mut gate = gate(
                kind,
                group.to_string(),
                PathDirection::Forward,
                Verdict::Blocked,
                reason,
            );
            gate.message = message;
            gate.remedy = Some(reason.remedy().to_owned());
            Some(gate)
        };
        carrier
            .groups
            .iter()
            .find_map(|group| match known.get(group) {
                None => {
                    let message =
                        format!("there is no security group {group} in this account and Region");
                    blocked(group, Reason::SecurityGroupNotFound, message)
                }
                Some(found) if found.vpc_id != self.instance.vpc_id => {
                    let message = format!(
                        "{group} belongs to {}, and the path is in {}",
                        found.vpc_id, self.instance.vpc_id
                    );
                    blocked(group, Reason::SecurityGroupInAnotherVPC, message)
                }
                Some(_) => None,
            })
    }

    /// The units that admit the client at the endpoint's groups, by `admit`.
    fn admitted(&self, flow: &Flow<'_>, direct: bool) -> Result<Vec<Ask>, Gate> {
        let known = flow.client.known;
        let form = match self.endpoint.admit() {
            Admit::Auto if direct => Admit::SecurityGroup,
            Admit::Auto if known => Admit::PrivateIP,
            Admit::Auto => Admit::SubnetCIDR,
            Admit::PrivateIP if flow.client.stands_for_secondary => Admit::SubnetCIDR,
            explicit => explicit,
        };
        let cannot = |why: &str, which: &str| {
            let message = format!("admit {form:?} cannot work on this path: {why}; {which} can");
            Err(say::declaration(
                &self.at("admit"),
                Reason::AdmitFormCannotWork,
                message,
            ))
        };
        let ports = PortRange::one(flow.port);
        let ask = |peers: &[Peer], ends: Vec<usize>| {
            let forms = flow.far.declared.iter().flat_map(|group| {
                peers
                    .iter()
                    .map(|peer| Unit::rule(group, RuleDirection::Ingress, ports, peer.clone()))
            });
            UnitRequest::any(forms).map(|request| Ask {
                request,
                flow: ends,
            })
        };
        let by_blocks = |blocks: Vec<IpNet>| {
            let ends = |block: IpNet| {
                let inside = |place: &usize| covers(&block, &flow.sources[*place].block);
                (0..flow.sources.len()).filter(inside).collect::<Vec<_>>()
            };
            Ok(blocks
                .into_iter()
                .filter_map(|block| ask(&[Peer::Cidr(block)], ends(block)))
                .collect())
        };
        match form {
            Admit::SecurityGroup if !direct => cannot(
                "a firewall or appliance on the way hides the group",
                "PrivateIP or SubnetCIDR",
            ),
            Admit::SecurityGroup | Admit::Auto => Ok(self.references(flow, &ask)),
            Admit::PrivateIP if !known => cannot(
                "the private addresses are not known",
                "SecurityGroup or SubnetCIDR",
            ),
            Admit::PrivateIP | Admit::SubnetCIDR | Admit::VPCCIDR => {
                by_blocks(self.source_blocks(flow))
            }
            Admit::PublicIP | Admit::NATGateway => cannot(
                "within a VPC the endpoint sees the private address",
                "SecurityGroup, PrivateIP or SubnetCIDR",
            ),
        }
    }

    /// One reference for each set of groups that the client's interfaces carry.
    fn references(
        &self,
        flow: &Flow<'_>,
        ask: &impl Fn(&[Peer], Vec<usize>) -> Option<Ask>,
    ) -> Vec<Ask> {
        let mut asks = Vec::new();
        let mut done: Vec<&[SecurityGroupId]> = Vec::new();
        for end in &flow.sources {
            if done.contains(&end.declared.as_slice()) {
                continue;
            }
            done.push(&end.declared);
            let ends = (0..flow.sources.len())
                .filter(|&i| flow.sources[i].declared == end.declared)
                .collect();
            let peers: Vec<Peer> = end
                .declared
                .iter()
                .cloned()
                .map(Peer::SecurityGroup)
                .collect();
            asks.extend(ask(&peers, ends));
        }
        asks
    }

    /// The blocks by which rules and entries name the client: its addresses, or wider ones where `admit` says so.
    fn source_blocks(&self, flow: &Flow<'_>) -> Vec<IpNet> {
        let ends = || flow.sources.iter().map(|end| end.block);
        let mut blocks: Vec<IpNet> = match self.endpoint.admit() {
            Admit::SubnetCIDR => ends()
                .filter_map(|end| holder(&flow.client.subnet.cidrs, end))
                .collect(),
            Admit::VPCCIDR => {
                let vpcs = self.subject.scope.vpcs.known().ok();
                let vpc = vpcs.and_then(|vpcs| vpcs.get(&self.instance.vpc_id));
                ends()
                    .map(|end| vpc.and_then(|vpc| holder(&vpc.cidrs, end)).unwrap_or(end))
                    .collect()
            }
            _ => ends().collect(),
        };
        blocks.sort();
        blocks.dedup();
        blocks
    }

    /// A gate of a subnet's network ACL: `flow` is what must pass, `units` the blocks that a new entry names.
    fn acl(
        &self,
        subnet: &Subnet,
        direction: RuleDirection,
        ports: AclPorts,
        flow: &[IpNet],
        units: &[IpNet],
    ) -> Step {
        let (kind, path) = (
            match direction {
                RuleDirection::Egress => GateKind::NetworkACLEgress,
                RuleDirection::Ingress => GateKind::NetworkACLIngress,
            },
            match ports {
                AclPorts::Forward(_) => PathDirection::Forward,
                AclPorts::Return { .. } => PathDirection::Return,
            },
        );
        match self.subject.scope.network_acl_of(&subnet.id) {
            Err(unread) => Step::Gate(say::unread(kind, subnet.id.as_str(), path, unread)),
            Ok(None) => {
                let mut gate = gate(
                    kind,
                    subnet.id.to_string(),
                    path,
                    Verdict::Blocked,
                    Reason::NetworkACLNotFound,
                );
                gate.message = format!(
                    "no network ACL that was read is associated with {}",
                    subnet.id
                );
                gate.remedy = Some(Reason::NetworkACLNotFound.remedy().to_owned());
                Step::Gate(gate)
            }
            Ok(Some(acl)) => {
                let asks = units.iter().map(|block| Ask {
                    request: UnitRequest::one(Unit::entry(
                        &acl.id,
                        direction,
                        ports.of_unit(),
                        *block,
                    )),
                    flow: (0..flow.len())
                        .filter(|&place| covers(block, &flow[place]))
                        .collect(),
                });
                Step::Check(Check::Acl(AclCheck {
                    acl: acl.id.clone(),
                    direction,
                    ports,
                    flow: flow.to_vec(),
                    asks: asks.collect(),
                }))
            }
        }
    }
}

fn same_family(a: &IpNet, b: &IpNet) -> bool {
    matches!(
        (a, b),
        (IpNet::V4(_), IpNet::V4(_)) | (IpNet::V6(_), IpNet::V6(_))
    )
}

fn host(block: &IpNet) -> Option<std::net::IpAddr> {
    (block.prefix_len() == block.max_prefix_len()).then(|| block.addr())
}

fn holder(cidrs: &[IpNet], block: IpNet) -> Option<IpNet> {
    cidrs.iter().copied().find(|cidr| covers(cidr, &block))
}

/// DMS keeps 192.168.0.0/24 for itself (DMS User Guide, troubleshooting).
fn reserved_by_dms(block: &IpNet) -> bool {
    "192.168.0.0/24"
        .parse()
        .is_ok_and(|reserved: IpNet| crate::network::overlaps(&reserved, block))
}

fn reserved(block: &IpNet) -> Gate {
    let message = format!(
        "{block} is in 192.168.0.0/24, which DMS keeps for itself: it never reaches a database there"
    );
    say::declaration("spec.endpoints", Reason::ReservedByDMS, message)
}

fn balanced(block: &IpNet) -> Gate {
    let mut gate = gate(
        GateKind::FarSide,
        block.to_string(),
        PathDirection::Forward,
        Verdict::External,
        Reason::NotSeenThrough,
    );
    gate.message = format!("{block} is a Network Load Balancer: the targets behind it decide");
    gate.remedy =
        Some("let the targets behind the load balancer admit the listed sources".to_owned());
    gate
}

fn who_decides(gate: &Gate) -> Who {
    if gate.reason == Reason::InspectedByMiddlebox {
        Who::FirewallOwner
    } else {
        Who::NetworkOwner
    }
}

fn secondary_note(client: &ClientSubnet<'_>) -> Vec<Note> {
    if !client.stands_for_secondary {
        return Vec::new();
    }
    let message = format!(
        "the address of the standby in {} is not known: its subnet stands for it",
        client.subnet.id
    );
    vec![Note {
        reason: Reason::SecondaryAddressUnknown,
        message,
    }]
}
