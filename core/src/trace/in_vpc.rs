//! To a subnet of a VPC that was read: the client's own by its local route or a more specific one, another by a
//! peering connection or a transit gateway.

use super::{
    End,
    admit::{Admitted, Applicant, References},
    check::Step,
    client::{ClientSubnet, end_at, is_network_load_balancer},
    endpoint::{cidrs_of, locate, subnet_in},
    fitting,
    hop::{Expected, Hop, hop},
    judge_acl::AclPorts,
    judge_group::GroupFlow,
    leg::{Demand, Leg, Trip},
    lost_references::Lost,
    opener::{Outlet, egress},
    peering::beyond_the_peer,
    routes::{Leading, Routed, follow},
    say,
    side::{Place, Side},
    way::{Named, Packets, way},
    yaml,
};
use crate::{
    api::{
        AccountId, Admit, Gate, GateKind, Note, PathDirection, Reason, RuleDirection,
        SecurityGroupId, SubnetId, Verdict, Who,
    },
    network::covers,
    snapshot::{Peer, RouteTarget, Subnet},
};
use ipnet::IpNet;

/// The walk of one leg to addresses in a VPC.
pub(super) struct Walk<'c, 'a> {
    pub(super) leg: &'c Leg<'c, 'a>,
    /// The VPC of whoever answers.
    pub(super) far: Side<'a>,
    /// The declared groups of whoever answers.
    pub(super) groups: &'c [SecurityGroupId],
    /// The declared subnets of whoever answers.
    pub(super) subnet_ids: &'c [SubnetId],
    /// What the declaration says of the way.
    pub(super) expected: Expected<'c>,
}

/// What is walked to.
struct Goal<'a> {
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

/// One flow between two subnets or within one.
struct Flow<'f, 'a> {
    client: &'f ClientSubnet<'a>,
    /// The client's ends of the destination's family.
    sources: &'f [&'f End],
    /// The destination as declared: units name it whole.
    declared: IpNet,
    /// The part of it that this path is about.
    blocks: Vec<IpNet>,
    /// The subnet of that part.
    subnet: &'a Subnet,
    /// Who answers there.
    far: &'f Far,
}

/// Who answers at a destination.
struct Far {
    end: End,
    /// Whether it is a Network Load Balancer, whose targets answer.
    balanced: bool,
}

impl<'a> Walk<'_, 'a> {
    /// The trips of the leg.
    pub(super) fn trips(&self) -> Vec<Trip<'a>> {
        match self.goal() {
            Ok(goal) => self.leg.each(&goal.blocks, |client, sources, block| {
                self.to_block(&goal, client, sources, block)
            }),
            Err(gate) => self.leg.stopped(gate),
        }
    }

    fn is_one_vpc(&self) -> bool {
        self.leg.side.vpc_id == self.far.vpc_id
    }

    /// The client's account, where the far side is another's.
    fn foreign_owner(&self) -> Option<&'a AccountId> {
        let ours = self.leg.side.account_id();
        ours.filter(|_| self.far.account_id().is_some_and(|it| Some(it) != ours))
    }

    /// The destinations: declared, else the blocks of the declared subnets of a family that the client has.
    fn goal(&self) -> Result<Goal<'a>, Gate> {
        let ids = self.subnet_ids.iter();
        let subnets = ids.map(|id| subnet_in(id, self.far.vpc_id, self.far.scope));
        let subnets: Vec<&Subnet> = subnets.collect::<Result<_, _>>()?;
        let mut blocks = self.leg.addresses.clone();
        if blocks.is_empty() {
            let all: Vec<IpNet> = subnets
                .iter()
                .flat_map(|subnet| subnet.cidrs.iter().copied())
                .collect();
            let spoken = all.iter().filter(|block| self.leg.speaks(block)).copied();
            blocks = spoken.collect();
            if blocks.is_empty() {
                blocks = all;
            }
        }
        if blocks.is_empty() {
            let message = "neither addresses nor subnets with addresses are declared";
            let field = self.leg.at("addresses");
            let remedy = format!("declare {field}, or the placement's subnetIDs");
            let mut gate = say::declaration(field, Reason::AddressNotInSubnet, message);
            gate.remedy = Some(remedy);
            return Err(gate);
        }
        blocks.sort();
        blocks.dedup();
        Ok(Goal { blocks, subnets })
    }

    /// The trips from one client subnet to one destination.
    fn to_block(
        &self,
        goal: &Goal<'a>,
        client: &ClientSubnet<'a>,
        sources: &[&End],
        block: IpNet,
    ) -> Vec<Trip<'a>> {
        let mut trips = Vec::new();
        for part in self.parts(goal, client, block) {
            let place = part.place.and_then(|subnet| Ok((subnet, self.far(block)?)));
            match place {
                Ok((subnet, far)) => trips.extend(self.to_subnet(&Flow {
                    client,
                    sources,
                    declared: block,
                    blocks: part.blocks,
                    subnet,
                    far: &far,
                })),
                Err(gate) => {
                    let addresses = sources.iter().map(|end| end.block);
                    let client = client.client(addresses.collect());
                    trips.push(Trip::stopped(client, part.blocks, gate));
                }
            }
        }
        trips
    }

    /// Divides a destination by what holds its parts.
    fn parts(&self, goal: &Goal<'a>, client: &ClientSubnet<'a>, block: IpNet) -> Vec<Part<'a>> {
        let vpc = self.far.vpc_id;
        let (reserved, open) = self.leg.reserved(block);
        let reserved = reserved.map(|(blocks, gate)| Part {
            blocks,
            place: Err(gate),
        });
        let mut parts: Vec<Part<'a>> = reserved.into_iter().collect();
        let located = match locate(&open, vpc, self.far.scope) {
            Ok(located) => located,
            Err(gate) => {
                parts.push(Part {
                    blocks: open,
                    place: Err(gate),
                });
                return parts;
            }
        };
        let field = self.leg.at("addresses");
        let mut stop = |blocks: Vec<IpNet>, reason: Reason, what: &str, remedy: String| {
            if !blocks.is_empty() {
                let message = format!("{} {what}", say::blocks(blocks.iter().copied()));
                let mut gate = say::declaration(field.as_str(), reason, message);
                gate.remedy = Some(remedy);
                parts.push(Part {
                    blocks,
                    place: Err(gate),
                });
            }
        };
        let cidrs = cidrs_of(vpc, self.far.scope).unwrap_or_default();
        let outside = format!(
            "lies outside of {vpc} ({})",
            say::blocks(cidrs.iter().copied())
        );
        let (reason, remedy) = self.outside(client, &located.outside);
        stop(located.outside, reason, &outside, remedy);
        let nowhere = format!("lies in no subnet of {vpc}");
        let remedy = format!("correct {field}: nothing in {vpc} can have that address");
        let reason = Reason::AddressNotInSubnet;
        stop(located.in_no_subnet, reason, &nowhere, remedy);
        for (subnet, blocks) in located.by_subnet {
            if goal.subnets.is_empty() || goal.subnets.iter().any(|known| known.id == subnet.id) {
                let place = Ok(subnet);
                parts.push(Part { blocks, place });
            } else {
                let id = &subnet.id;
                let what = format!("lies in {id}, which is not among the declared subnetIDs");
                let message = format!("{} {what}", say::blocks(blocks.iter().copied()));
                let mut gate = say::declaration(field.as_str(), reason, message);
                gate.remedy = Some(format!("add {id} to the placement's subnetIDs"));
                parts.push(Part {
                    blocks,
                    place: Err(gate),
                });
            }
        }
        parts.sort_by(|a, b| a.blocks.cmp(&b.blocks));
        parts
    }

    /// What it is called where an address lies outside of the VPC, and what a person does: a peering connection carries
    /// nothing further, and the placement may be another.
    fn outside(&self, client: &ClientSubnet<'a>, outside: &[IpNet]) -> (Reason, String) {
        let (near, vpc) = (self.leg.side, self.far.vpc_id);
        let routed = follow(client.subnet, outside, PathDirection::Forward, near.scope);
        let mut taken = routed.iter().filter_map(|routed| routed.by.as_ref().ok());
        let by_peering =
            |by: &&Leading<'_>| matches!(by.route.target, RouteTarget::VpcPeeringConnection(_));
        if !self.is_one_vpc() && taken.clone().any(|by| by_peering(&by)) {
            let cidrs = cidrs_of(vpc, self.far.scope).unwrap_or_default();
            let remedy = beyond_the_peer(near, vpc, cidrs, outside);
            return (Reason::NotInPeerCIDR, remedy);
        }
        let fitting = taken.find_map(|by| fitting::placement(&by.route.target, near, outside));
        let fitting = fitting.or_else(|| fitting::holding(near, outside));
        let remedy = match fitting {
            Some(placement) => format!(
                "correct {}, or declare where the routes lead, placement: {}",
                self.leg.at("addresses"),
                yaml::flow(&placement)
            ),
            None => format!(
                "correct {}, or declare the placement that the address has",
                self.leg.at("addresses")
            ),
        };
        (Reason::AddressOutsideVPC, remedy)
    }

    /// Who answers: the interface of a single address, else whoever carries the declared groups.
    fn far(&self, block: IpNet) -> Result<Far, Gate> {
        if block.prefix_len() < block.max_prefix_len() {
            return Ok(Far {
                end: End::believed(block, self.groups),
                balanced: false,
            });
        }
        let Side { vpc_id, scope, .. } = self.far;
        let interface = scope.interface_at(vpc_id, block.addr());
        Ok(Far {
            end: end_at(block.addr(), vpc_id, self.groups, scope)?,
            balanced: interface.is_some_and(is_network_load_balancer),
        })
    }

    /// The trips of one flow: one for each way that the routes take.
    fn to_subnet(&self, flow: &Flow<'_, 'a>) -> Vec<Trip<'a>> {
        if flow.subnet.id == flow.client.subnet.id {
            let named = [flow.declared];
            return vec![self.trip(flow, flow.blocks.clone(), &named, None)];
        }
        let (from, forward) = (flow.client.subnet, PathDirection::Forward);
        let ways = follow(from, &flow.blocks, forward, self.leg.side.scope);
        let trips = ways.into_iter().map(|routed| {
            let (near, far) = self.places(flow);
            let named = self.named_on_egress(flow, &routed);
            let blocks = routed.blocks.clone();
            let hop = hop(near, far, routed, forward, &self.expected);
            self.trip(flow, blocks, &named, Some(hop))
        });
        trips.collect()
    }

    fn places(&self, flow: &Flow<'_, 'a>) -> (Place<'a>, Place<'a>) {
        (
            self.leg.side.place(flow.client.subnet),
            self.far.place(flow.subnet),
        )
    }

    /// One trip; without a hop it stays within its subnet, where neither routes nor network ACLs decide.
    fn trip(
        &self,
        flow: &Flow<'_, 'a>,
        blocks: Vec<IpNet>,
        named: &[IpNet],
        hop: Option<Hop<'a>>,
    ) -> Trip<'a> {
        let references = match &hop {
            Some(hop) => hop.references.clone(),
            None => References::Preferred,
        };
        let field = self.leg.at("admit");
        let applicant = Applicant {
            admit: self.leg.admit,
            field: &field,
            client: flow.client,
            sources: flow.sources,
            references: &references,
            vpc_id: self.leg.side.vpc_id,
            scope: self.leg.side.scope,
            owner: self.foreign_owner(),
        };
        let admitted = applicant.admitted();
        let sources: Vec<IpNet> = flow.sources.iter().map(|end| end.block).collect();
        let mut demands = hop.as_ref().map_or(Vec::new(), |hop| hop.demands.clone());
        let mut out = self.egress(flow, &blocks, named, &references);
        let mut back = Vec::new();
        let mut notes = flow.client.notes();
        if let Some(hop) = &hop {
            notes.extend(self.lost_references(flow, hop));
        }
        match hop {
            None => out.push(self.ingress(flow, &admitted, &references)),
            Some(hop) => {
                let names = match &admitted {
                    Ok(admitted) => admitted.blocks.clone(),
                    Err(_) => applicant.own_blocks(),
                };
                let (near, far) = self.places(flow);
                let packets = Packets {
                    from: Named::new(&sources, &names),
                    to: Named::new(&blocks, std::slice::from_ref(&flow.declared)),
                    ports: AclPorts::Forward(self.leg.port),
                };
                out.extend(way(near, far, &packets, vec![hop]));
                out.push(self.ingress(flow, &admitted, &references));
                let returned = follow(far.subnet, &sources, PathDirection::Return, far.side.scope);
                let hops = returned.into_iter().map(|routed| {
                    super::hop::hop(far, near, routed, PathDirection::Return, &self.expected)
                });
                let hops: Vec<Hop<'a>> = hops.collect();
                demands.extend(hops.iter().flat_map(|hop| hop.demands.clone()));
                let answers = packets.answers(AclPorts::TO_LINUX);
                back.extend(way(far, near, &answers, hops));
            }
        }
        if flow.far.balanced {
            out.push(Step::Gate(behind_balancer(&flow.declared)));
            demands.push(Who::NetworkOwner);
        }
        let demand = |who: Who| Demand {
            who,
            port: self.leg.port,
            from: sources.clone(),
            to: blocks.clone(),
        };
        Trip {
            client: flow.client.client(sources.clone()),
            demands: demands.into_iter().map(demand).collect(),
            seen: sources.clone(),
            blocks: blocks.clone(),
            out,
            back,
            notes,
        }
    }

    /// The rules that name the other end's group for nothing.
    fn lost_references(&self, flow: &Flow<'_, 'a>, hop: &Hop<'a>) -> Vec<Note> {
        let (near, far) = (self.leg.side, self.far);
        let end = &flow.far.end;
        let sources = || flow.sources.iter().copied();
        let lost = |way| Lost::on(hop, near, far, way).into_iter();
        let (egress, ingress) = (RuleDirection::Egress, RuleDirection::Ingress);
        let out = lost(egress).flat_map(|lost| {
            let groups = sources().flat_map(|source| &source.groups);
            lost.notes(self.leg, near, groups, egress, [end])
        });
        let within = lost(ingress)
            .flat_map(|lost| lost.notes(self.leg, far, &end.groups, ingress, sources()));
        let asked = lost(ingress).filter(|_| self.leg.admit == Admit::SecurityGroup);
        out.chain(within).chain(asked.map(Lost::note)).collect()
    }

    /// The client's groups.
    fn egress(
        &self,
        flow: &Flow<'_, 'a>,
        blocks: &[IpNet],
        named: &[IpNet],
        references: &References,
    ) -> Vec<Step<'a>> {
        let far = &flow.far.end;
        let outwards = *references == References::Preferred;
        let by_group = self.leg.addresses.is_empty() && outwards && !far.declared.is_empty();
        let peers: Vec<Vec<Peer>> = if by_group && self.is_one_vpc() {
            let groups = far.declared.iter().cloned();
            vec![groups.map(Peer::SecurityGroup).collect()]
        } else {
            let named = named.iter();
            named.map(|cidr| vec![Peer::Cidr(*cidr)]).collect()
        };
        let ends = blocks.iter().map(|block| End {
            block: *block,
            ..far.clone()
        });
        let outlet = Outlet {
            port: self.leg.port,
            ends: ends.collect(),
            references: outwards,
            peers: &peers,
        };
        egress(self.leg.side, flow.sources, &outlet)
    }

    /// What new rules name: the destination as declared, but towards a peered VPC its blocks, as DMS asks for (DMS
    /// User Guide, "Setting up a network for a replication instance").
    fn named_on_egress(&self, flow: &Flow<'_, 'a>, routed: &Routed<'_>) -> Vec<IpNet> {
        let target = routed.by.as_ref().map(|by| &by.route.target);
        if self.is_one_vpc() || matches!(target, Ok(RouteTarget::TransitGateway(_))) {
            return vec![flow.declared];
        }
        let cidrs = cidrs_of(self.far.vpc_id, self.far.scope).unwrap_or_default();
        let holds = |cidr: &IpNet| routed.blocks.iter().any(|block| covers(cidr, block));
        let mut holders: Vec<IpNet> = cidrs.iter().copied().filter(holds).collect();
        if holders.is_empty() {
            holders.push(flow.declared);
        }
        holders
    }

    /// The groups of whoever answers.
    fn ingress(
        &self,
        flow: &Flow<'_, 'a>,
        admitted: &Result<Admitted, Gate>,
        references: &References,
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
                    port: self.leg.port,
                    ends: flow.sources.iter().map(|end| (*end).clone()).collect(),
                    references: references.inbound(),
                    asks: admitted.asks(&far.declared, self.leg.port),
                };
                self.far.groups(RuleDirection::Ingress, far, group_flow)
            }
        }
    }
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
