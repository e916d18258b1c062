//! One VPC: client subnet to endpoint subnet by the local route, or by a more specific one.

use super::{
    Draft, End, Instance, Subject,
    admit::{Admitted, Applicant},
    check::{Ask, Step, UnitRequest},
    client::{self, ClientSubnet, Known, NoClient, end_at, is_network_load_balancer},
    endpoint::{locate, subnet_in},
    judge_acl::AclPorts,
    judge_group::GroupFlow,
    routes::{Leading, Routed, Within, elsewhere, follow, passed, within_vpc},
    say,
    side::Side,
};
use crate::{
    api::{
        Client, Endpoint, Gate, GateKind, Note, PathDirection, Reason, RuleDirection, SameVPC,
        Verdict, Who,
    },
    network::{
        PortRange,
        blocks::{narrower, same_family, subtract},
        overlaps,
    },
    snapshot::{Peer, Subnet},
};
use ipnet::{IpNet, Ipv4Net};
use std::net::Ipv4Addr;

/// DMS keeps this range for itself (DMS User Guide, "Troubleshooting migration tasks").
const RESERVED_BY_DMS: IpNet = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 24));

/// The walk to one endpoint.
pub(super) struct Walk<'a> {
    pub(super) subject: Subject<'a>,
    pub(super) instance: &'a Instance,
    pub(super) endpoint: &'a Endpoint,
    pub(super) placement: &'a SameVPC,
    /// Where the endpoint stands in the declaration.
    pub(super) field: &'a str,
}

/// What is walked to.
struct Goal<'a> {
    port: u16,
    /// The destinations as declared, else the blocks of the declared subnets.
    blocks: Vec<IpNet>,
    /// The only subnets in which they may be; any where none is declared.
    subnets: Vec<&'a Subnet>,
}

/// A part of a destination in one subnet, or the gate at which it ends.
struct Part<'a> {
    blocks: Vec<IpNet>,
    place: Result<&'a Subnet, Gate>,
}

/// One flow within the VPC, between two subnets or within one.
struct Flow<'a> {
    port: u16,
    client: &'a ClientSubnet<'a>,
    /// The client's ends of the destination's family.
    sources: Vec<&'a End>,
    /// The destination as declared: units name it whole.
    declared: IpNet,
    /// The part of it that this path is about.
    blocks: Vec<IpNet>,
    /// The subnet of that part.
    subnet: &'a Subnet,
    /// Who answers there.
    far: &'a Far,
}

/// Who answers at a destination.
struct Far {
    end: End,
    /// Whether it is a Network Load Balancer, whose targets answer.
    balanced: bool,
}

/// What a walk finds on its way.
#[derive(Default)]
struct Found<'a> {
    steps: Vec<Step<'a>>,
    requirements: Vec<Who>,
}

impl<'a> Walk<'a> {
    /// The paths to one port of the endpoint.
    pub(super) fn paths(&self, port: u16) -> Vec<Draft<'a>> {
        let clients = client::subnets(self.instance, self.subject.scope);
        let goal = match self.goal(port, &clients) {
            Ok(goal) => goal,
            Err(gate) => {
                let declared = self.endpoint.addresses.iter().map(|block| block.net());
                let client = self.instance.somewhere(Vec::new());
                let stopped =
                    client.map(|client| self.stopped(port, client, declared.collect(), gate));
                return stopped.into_iter().collect();
            }
        };
        let mut drafts = Vec::new();
        for found in &clients {
            match found {
                Ok(client) => {
                    for block in &goal.blocks {
                        drafts.extend(self.to_block(&goal, client, *block, &clients));
                    }
                }
                Err(none) => {
                    let (client, blocks) = (none.client.clone(), goal.blocks.clone());
                    drafts.push(self.stopped(port, client, blocks, (*none.gate).clone()));
                }
            }
        }
        drafts
    }

    fn stopped(&self, port: u16, client: Client, blocks: Vec<IpNet>, gate: Gate) -> Draft<'a> {
        Draft::stopped(self.endpoint, port, client, blocks, gate)
    }

    fn at(&self, field: &str) -> String {
        format!("{}.{field}", self.field)
    }

    fn side(&self) -> Side<'a> {
        Side {
            vpc_id: &self.instance.vpc_id,
            scope: self.subject.scope,
        }
    }

    /// The destinations: declared, else the blocks of the declared subnets of a family that the client has.
    fn goal(
        &self,
        port: u16,
        clients: &[Result<ClientSubnet<'a>, NoClient>],
    ) -> Result<Goal<'a>, Gate> {
        let ids = self.placement.subnet_ids.iter();
        let subnets = ids.map(|id| subnet_in(id, &self.instance.vpc_id, self.subject.scope));
        let subnets: Vec<&Subnet> = subnets.collect::<Result<_, _>>()?;
        let declared = self.endpoint.addresses.iter().map(|block| block.net());
        let mut blocks: Vec<IpNet> = declared.collect();
        if blocks.is_empty() {
            let all: Vec<IpNet> = subnets
                .iter()
                .flat_map(|subnet| subnet.cidrs.iter().copied())
                .collect();
            let spoken = all.iter().filter(|block| speaks(clients, block)).copied();
            blocks = spoken.collect();
            if blocks.is_empty() {
                blocks = all;
            }
        }
        if blocks.is_empty() {
            let message = "neither addresses nor subnets with addresses are declared";
            return Err(say::declaration(
                self.at("addresses"),
                Reason::AddressNotInSubnet,
                message,
            ));
        }
        blocks.sort();
        blocks.dedup();
        Ok(Goal {
            port,
            blocks,
            subnets,
        })
    }

    /// The paths from one client subnet to one destination.
    fn to_block(
        &self,
        goal: &Goal<'a>,
        client: &ClientSubnet<'a>,
        block: IpNet,
        clients: &[Result<ClientSubnet<'a>, NoClient>],
    ) -> Vec<Draft<'a>> {
        let sources = client.sources(&block);
        let stopped = |addresses: Vec<IpNet>, blocks: Vec<IpNet>, gate: Gate| {
            self.stopped(goal.port, client.client(addresses), blocks, gate)
        };
        if sources.is_empty() {
            // An address of that family is known to be in another subnet.
            if client.known == Known::Addresses && speaks(clients, &block) {
                return Vec::new();
            }
            let gate = self.family_mismatch(block);
            let addresses = client.ends.iter().map(|end| end.block);
            return vec![stopped(addresses.collect(), vec![block], gate)];
        }
        let mut drafts = Vec::new();
        for part in self.parts(goal, block) {
            let place = part.place.and_then(|subnet| Ok((subnet, self.far(block)?)));
            match place {
                Ok((subnet, far)) => drafts.extend(self.drafts(&Flow {
                    port: goal.port,
                    client,
                    sources: sources.clone(),
                    declared: block,
                    blocks: part.blocks,
                    subnet,
                    far: &far,
                })),
                Err(gate) => {
                    let addresses = sources.iter().map(|end| end.block);
                    drafts.push(stopped(addresses.collect(), part.blocks, gate));
                }
            }
        }
        drafts
    }

    fn family_mismatch(&self, block: IpNet) -> Gate {
        let family = match block {
            IpNet::V4(_) => "IPv4",
            IpNet::V6(_) => "IPv6",
        };
        let message =
            format!("{block} is {family}, and the replication instance has no {family} address");
        let field = self.at("addresses");
        say::declaration(field, Reason::AddressFamilyMismatch, message)
    }

    /// Divides a destination by what holds its parts.
    fn parts(&self, goal: &Goal<'a>, block: IpNet) -> Vec<Part<'a>> {
        let vpc = &self.instance.vpc_id;
        let mut parts = Vec::new();
        let mut stop = |blocks: Vec<IpNet>, reason: Reason, what: &str| {
            if !blocks.is_empty() {
                let message = format!("{} {what}", say::blocks(blocks.iter().copied()));
                let gate = say::declaration(self.at("addresses"), reason, message);
                let place = Err(gate);
                parts.push(Part { blocks, place });
            }
        };
        let mut open = vec![block];
        if overlaps(&block, &RESERVED_BY_DMS) {
            let reserved = vec![narrower(block, RESERVED_BY_DMS)];
            let what = format!("is in {RESERVED_BY_DMS}, which DMS keeps for itself");
            stop(reserved, Reason::ReservedByDMS, &what);
            open = subtract(block, &[RESERVED_BY_DMS]);
        }
        let located = match locate(&open, vpc, self.subject.scope) {
            Ok(located) => located,
            Err(gate) => {
                let place = Err(gate);
                parts.push(Part {
                    blocks: open,
                    place,
                });
                return parts;
            }
        };
        let outside = format!("lies outside of {vpc}");
        stop(located.outside, Reason::AddressOutsideVPC, &outside);
        let nowhere = format!("lies in no subnet of {vpc}");
        stop(located.in_no_subnet, Reason::AddressNotInSubnet, &nowhere);
        for (subnet, blocks) in located.by_subnet {
            if goal.subnets.is_empty() || goal.subnets.iter().any(|known| known.id == subnet.id) {
                let place = Ok(subnet);
                parts.push(Part { blocks, place });
            } else {
                let id = &subnet.id;
                let what = format!("lies in {id}, which is not among the declared subnetIDs");
                let message = format!("{} {what}", say::blocks(blocks.iter().copied()));
                let field = self.at("addresses");
                let place = Err(say::declaration(field, Reason::AddressNotInSubnet, message));
                parts.push(Part { blocks, place });
            }
        }
        parts.sort_by(|a, b| a.blocks.cmp(&b.blocks));
        parts
    }

    /// Who answers: the interface of a single address, else whoever carries the declared groups.
    fn far(&self, block: IpNet) -> Result<Far, Gate> {
        let declared = &self.placement.security_group_ids;
        if block.prefix_len() < block.max_prefix_len() {
            return Ok(Far {
                end: End::believed(block, declared),
                balanced: false,
            });
        }
        let (vpc, scope) = (&self.instance.vpc_id, self.subject.scope);
        let interface = scope.interface_at(vpc, block.addr());
        Ok(Far {
            end: end_at(block.addr(), vpc, declared, scope)?,
            balanced: interface.is_some_and(is_network_load_balancer),
        })
    }

    /// The paths of one flow: one for each way that the routes take.
    fn drafts(&self, flow: &Flow<'_>) -> Vec<Draft<'a>> {
        if flow.subnet.id == flow.client.subnet.id {
            return vec![self.draft(flow, flow.blocks.clone(), None)];
        }
        let (from, forward) = (flow.client.subnet, PathDirection::Forward);
        let ways = follow(from, &flow.blocks, forward, self.subject.scope);
        let drafts = ways
            .into_iter()
            .map(|way| self.draft(flow, way.blocks, Some(way.by)));
        drafts.collect()
    }

    /// One path; without a way it stays within its subnet, where neither routes nor network ACLs decide.
    fn draft(
        &self,
        flow: &Flow<'_>,
        blocks: Vec<IpNet>,
        way: Option<Result<Leading<'a>, Gate>>,
    ) -> Draft<'a> {
        let forward = PathDirection::Forward;
        let direct = !way.as_ref().is_some_and(|way| {
            let hop = |by: &Leading<'_>| within_vpc(by.route, forward);
            matches!(way.as_ref().map(hop), Ok(Within::Through(_)))
        });
        let applicant = Applicant {
            admit: self.endpoint.admit(),
            field: &self.at("admit"),
            client: flow.client,
            sources: &flow.sources,
            references: direct,
            vpc_id: &self.instance.vpc_id,
            scope: self.subject.scope,
        };
        let admitted = applicant.admitted();
        let sources: Vec<IpNet> = flow.sources.iter().map(|end| end.block).collect();
        let mut found = Found::default();
        found.steps.extend(self.egress(flow, &blocks, direct));
        match way {
            None => found.steps.push(self.ingress(flow, &admitted, direct)),
            Some(by) => {
                let names = match &admitted {
                    Ok(admitted) => admitted.blocks.clone(),
                    Err(_) => applicant.own_blocks(),
                };
                let (near, far) = (flow.client.subnet, flow.subnet);
                let out = AclPorts::Forward(flow.port);
                let back = AclPorts::Return {
                    required: PortRange::LINUX_EPHEMERAL,
                };
                let (side, to) = (self.side(), [flow.declared]);
                let acl = |subnet, direction, ports, flow: &[IpNet], units: &[IpNet]| {
                    side.acl(subnet, direction, ports, flow, units)
                };
                use RuleDirection::{Egress, Ingress};
                found.steps.push(acl(near, Egress, out, &blocks, &to));
                let by = Routed {
                    blocks: blocks.clone(),
                    by,
                };
                found.route(by, forward);
                found.steps.push(acl(far, Ingress, out, &sources, &names));
                found.steps.push(self.ingress(flow, &admitted, direct));
                found.steps.push(acl(far, Egress, back, &sources, &names));
                for by in follow(far, &sources, PathDirection::Return, self.subject.scope) {
                    found.route(by, PathDirection::Return);
                }
                found.steps.push(acl(near, Ingress, back, &blocks, &to));
            }
        }
        if flow.far.balanced {
            found
                .steps
                .push(Step::Gate(behind_balancer(&flow.declared)));
            found.requirements.push(Who::NetworkOwner);
        }
        found.requirements.sort();
        found.requirements.dedup();
        Draft {
            endpoint: self.endpoint.name.clone(),
            port: flow.port,
            client: flow.client.client(sources.clone()),
            destinations: blocks,
            sources,
            steps: found.steps,
            notes: note_on_standby(flow.client),
            requirements: found.requirements,
        }
    }

    /// The client's groups: one gate for each set of groups that its interfaces carry.
    fn egress(&self, flow: &Flow<'_>, blocks: &[IpNet], direct: bool) -> Vec<Step<'a>> {
        let mut carriers: Vec<&End> = Vec::new();
        for end in &flow.sources {
            if !carriers.iter().any(|known| known.groups == end.groups) {
                carriers.push(end);
            }
        }
        let far = &flow.far.end;
        let by_group = self.endpoint.addresses.is_empty() && direct && !far.declared.is_empty();
        let peers: Vec<Peer> = if by_group {
            far.declared
                .iter()
                .cloned()
                .map(Peer::SecurityGroup)
                .collect()
        } else {
            vec![Peer::Cidr(flow.declared)]
        };
        let gates = carriers.into_iter().map(|carrier| {
            let direction = RuleDirection::Egress;
            let request = UnitRequest::rule(&carrier.declared, direction, flow.port, &peers);
            let asks = request.map(|request| Ask {
                request,
                flow: (0..blocks.len()).collect(),
            });
            let ends = blocks.iter().map(|block| End {
                block: *block,
                ..far.clone()
            });
            let flow = GroupFlow {
                port: flow.port,
                ends: ends.collect(),
                references: direct,
                asks: asks.into_iter().collect(),
            };
            self.side().groups(direction, carrier, flow)
        });
        gates.collect()
    }

    /// The groups of whoever answers.
    fn ingress(
        &self,
        flow: &Flow<'_>,
        admitted: &Result<Admitted, Gate>,
        direct: bool,
    ) -> Step<'a> {
        let far = &flow.far.end;
        if flow.far.balanced && far.groups.is_empty() {
            let message = "a Network Load Balancer without security groups admits all";
            return Step::Gate(say::gate(
                GateKind::SecurityGroupIngress,
                flow.declared.to_string(),
                PathDirection::Forward,
                Verdict::Permitted,
                Reason::Permitted,
                message,
            ));
        }
        match admitted {
            Err(gate) => Step::Gate(gate.clone()),
            Ok(admitted) => {
                let group_flow = GroupFlow {
                    port: flow.port,
                    ends: flow.sources.iter().map(|end| (*end).clone()).collect(),
                    references: direct,
                    asks: admitted.asks(&far.declared, flow.port),
                };
                self.side().groups(RuleDirection::Ingress, far, group_flow)
            }
        }
    }
}

impl Found<'_> {
    /// The gates of a route within the VPC, and who decides at a hop that cannot be seen through.
    fn route(&mut self, routed: Routed<'_>, direction: PathDirection) {
        let by = match routed.by {
            Ok(by) => by,
            Err(gate) => return self.steps.push(Step::Gate(gate)),
        };
        match within_vpc(by.route, direction) {
            Within::Elsewhere => {
                let gate = elsewhere(&routed.blocks, by, direction, "placement sameVPC");
                self.steps.push(Step::Gate(gate));
            }
            Within::Direct => {
                let gate = passed(&routed.blocks, by, direction);
                self.steps.push(Step::Gate(gate));
            }
            Within::Through(hop) => {
                self.requirements.push(match hop.reason {
                    Reason::InspectedByMiddlebox => Who::FirewallOwner,
                    _ => Who::NetworkOwner,
                });
                let gate = passed(&routed.blocks, by, direction);
                self.steps.extend([Step::Gate(gate), Step::Gate(hop)]);
            }
        }
    }
}

/// Whether the client has a source of the family of a block in any of its subnets.
fn speaks(clients: &[Result<ClientSubnet<'_>, NoClient>], block: &IpNet) -> bool {
    let mut ends = clients.iter().flatten().flat_map(|client| &client.ends);
    ends.any(|end| same_family(&end.block, block))
}

fn behind_balancer(block: &IpNet) -> Gate {
    let message = format!("{block} is a Network Load Balancer: the targets behind it decide");
    let mut gate = say::gate(
        GateKind::FarSide,
        block.to_string(),
        PathDirection::Forward,
        Verdict::External,
        Reason::NotSeenThrough,
        message,
    );
    gate.remedy =
        Some("let the targets behind the load balancer admit the listed sources".to_owned());
    gate
}

fn note_on_standby(client: &ClientSubnet<'_>) -> Vec<Note> {
    if client.known != Known::SubnetOfStandby {
        return Vec::new();
    }
    let message = format!(
        "the address of the standby in {} is not known: its subnet stands for it",
        client.subnet.id
    );
    let reason = Reason::SecondaryAddressUnknown;
    vec![Note { reason, message }]
}
