//! The far side of an internet path, where it is in a VPC that is ours.

use super::{
    End,
    check::{Ask, Step, UnitRequest},
    client::end_at,
    endpoint::subnet_in,
    exit::{Exit, attached},
    far_side,
    hop::owner_of,
    judge_acl::AclPorts,
    judge_group::GroupFlow,
    leg::Leg,
    lost_references::Lost,
    needed::Needed,
    public_access::{self, Front},
    routes::{Within, elsewhere, follow, passed, within_vpc},
    say,
    side::{Place, Side},
    way::{Named, Packets},
};
use crate::{
    api::{
        Gate, GateKind, ManagedFarSide, Note, PathDirection, Reason, RuleDirection, Verdict, VpcId,
        Who,
    },
    snapshot::{NetworkInterface, Peer, RouteTarget},
};
use ipnet::IpNet;

const WORDS: &str = "placement internet.managed";

/// The managed far side of a path.
pub(super) struct Managed<'m, 'a> {
    pub(super) leg: &'m Leg<'m, 'a>,
    pub(super) managed: &'a ManagedFarSide,
    /// The addresses by which it sees the client.
    pub(super) seen: &'m [IpNet],
    pub(super) blocks: &'m [IpNet],
    /// The ports that its answers come to.
    pub(super) answers: AclPorts,
}

impl<'a> Managed<'_, 'a> {
    /// Adds its gates behind those of the client's side.
    pub(super) fn add_to(&self, exit: &mut Exit<'a>) {
        let near_back = std::mem::take(&mut exit.back);
        match self.places() {
            Ok(places) => {
                for (place, end) in places {
                    self.at(place, &end, exit);
                }
            }
            Err(gate) => {
                if gate.verdict == Verdict::External {
                    exit.demands.push(Who::OtherAccount);
                }
                exit.out.push(Step::Gate(*gate));
            }
        }
        exit.back.extend(near_back);
    }

    /// The subnets in which the declared addresses are, with who answers there.
    fn places(&self) -> Result<Vec<(Place<'a>, End)>, Box<Gate>> {
        let vpc: &'a VpcId = &self.managed.vpc_id;
        let side = self.side(vpc)?;
        let declared = &self.managed.security_group_ids;
        let mut places = Vec::new();
        for block in self.blocks {
            let interface = (block.prefix_len() == block.max_prefix_len())
                .then(|| bearer(side, *block))
                .flatten();
            if let Some((interface, address)) = interface {
                let subnet = subnet_in(&interface.subnet_id, vpc, side.scope).map_err(Box::new)?;
                let end = end_at(address.addr(), vpc, declared, side.scope).map_err(Box::new)?;
                places.push((side.place(subnet), end));
                continue;
            }
            if self.managed.subnet_ids.is_empty() {
                let message = format!(
                    "no interface of {vpc} that was read has the public address {block}: declare its subnetIDs"
                );
                let field = self.leg.at("placement.internet.managed.subnetIDs");
                let remedy = format!("declare the subnets of the database in {field}");
                let reason = Reason::AddressNotInSubnet;
                let mut gate = say::declaration(field, reason, message);
                gate.remedy = Some(remedy);
                return Err(Box::new(gate));
            }
            for id in &self.managed.subnet_ids {
                let subnet = subnet_in(id, vpc, side.scope).map_err(Box::new)?;
                places.push((side.place(subnet), End::believed(*block, declared)));
            }
        }
        Ok(places)
    }

    /// The VPC in which the far side is.
    fn side(&self, vpc: &'a VpcId) -> Result<Side<'a>, Box<Gate>> {
        let managed = self.managed;
        let (account, region) = (managed.account_ref.as_ref(), managed.region.as_ref());
        let (kind, forward) = (GateKind::FarSide, PathDirection::Forward);
        let Some(side) = far_side::find(self.leg, account, region, vpc)? else {
            let message = format!(
                "{vpc} is in another account or Region: its owner must admit tcp {} from {}",
                self.leg.port,
                say::blocks(self.seen.iter().copied())
            );
            let (verdict, reason) = (Verdict::External, Reason::FarSideNotOurs);
            return Err(Box::new(say::gate(
                kind,
                vpc.as_str(),
                forward,
                verdict,
                reason,
                message,
            )));
        };
        let unread = |list| Box::new(say::unread(kind, vpc.as_str(), forward, list));
        let vpcs = side.scope.vpcs.known().map_err(unread)?;
        if vpcs.contains_key(vpc) {
            return Ok(side);
        }
        let message = format!("there is no VPC {vpc} in {}", say::place(side.scope));
        let reason = Reason::VPCNotFound;
        Err(Box::new(say::declaration(vpc.as_str(), reason, message)))
    }

    /// The gates in one subnet: its ACL both ways, its groups, its way back to the internet.
    fn at(&self, place: Place<'a>, end: &End, exit: &mut Exit<'a>) {
        let packets = Packets {
            from: Named::new(self.seen, self.seen),
            to: Named::new(self.blocks, self.blocks),
            ports: AclPorts::Forward(self.leg.port),
        };
        let (side, forward) = (place.side, PathDirection::Forward);
        let access = public_access::judge(side, Some(place.subnet), Front::Public, forward);
        exit.out.extend(access.gate.map(Step::Gate));
        exit.notes.extend(access.note);
        exit.out.push(packets.enter(place));
        exit.notes.extend(self.lost_references(side, end));
        exit.out
            .push(side.groups(RuleDirection::Ingress, end, self.admitted(end)));
        exit.back.push(packets.answers(self.answers).leave(place));
        let direction = PathDirection::Return;
        let needed = Needed::to_internet_gateway(side, self.seen);
        for routed in follow(place.subnet, self.seen, direction, side.scope) {
            let routed = routed.needing(&needed);
            match routed.by {
                Err(gate) => exit.back.push(Step::Gate(gate)),
                Ok(by) => match &by.route.target {
                    RouteTarget::InternetGateway(id) => {
                        exit.back
                            .push(Step::Gate(passed(&routed.blocks, by, direction)));
                        let kind = GateKind::InternetGateway;
                        let gateways = &side.scope.internet_gateways;
                        let gate = attached(kind, gateways, id, side, direction);
                        exit.back.push(Step::Gate(gate));
                    }
                    RouteTarget::VpcEndpoint(_) | RouteTarget::Other(..)
                        if let Within::Through(hop) = within_vpc(by.route, direction) =>
                    {
                        exit.demands.push(owner_of(&hop));
                        exit.back
                            .push(Step::Gate(passed(&routed.blocks, by, direction)));
                        exit.back.push(Step::Gate(hop));
                    }
                    _ => {
                        let gate = elsewhere(&routed.blocks, by, direction, WORDS, &needed);
                        exit.back.push(Step::Gate(gate));
                    }
                },
            }
        }
    }

    /// The rules that name the client's group, which nothing that comes by the internet carries.
    fn lost_references(&self, side: Side<'a>, end: &End) -> Vec<Note> {
        let lost = Lost {
            reason: Reason::SecurityGroupReferenceNotPreserved,
            why: "what comes by the internet has a public address".to_owned(),
        };
        let clients = self.leg.clients.iter().flatten();
        let sources = clients.flat_map(|client| &client.ends);
        let ingress = RuleDirection::Ingress;
        lost.notes(self.leg, side, &end.groups, ingress, sources)
    }

    fn admitted(&self, end: &End) -> GroupFlow {
        let asks = self.seen.iter().enumerate().filter_map(|(place, block)| {
            let (direction, peer) = (RuleDirection::Ingress, Peer::Cidr(*block));
            let request = UnitRequest::rule(&end.declared, direction, self.leg.port, &[peer])?;
            Some(Ask {
                request,
                flow: vec![place],
            })
        });
        let ends = self.seen.iter().map(|block| End::believed(*block, &[]));
        GroupFlow {
            port: self.leg.port,
            ends: ends.collect(),
            references: false,
            asks: asks.collect(),
        }
    }
}

/// The interface that answers at an address of the internet, with its own address there.
fn bearer<'a>(side: Side<'a>, block: IpNet) -> Option<(&'a NetworkInterface, IpNet)> {
    if block.addr().is_ipv6() {
        let interface = side.scope.interface_at(side.vpc_id, block.addr())?;
        return Some((interface, block));
    }
    let interfaces = side.scope.network_interfaces.known().ok()?;
    let of_vpc = interfaces
        .values()
        .filter(|interface| interface.vpc_id == *side.vpc_id);
    let mut addresses = of_vpc.flat_map(|interface| {
        interface
            .addresses
            .iter()
            .map(move |address| (interface, address))
    });
    let (interface, address) =
        addresses.find(|(_, address)| address.public_ip == Some(block.addr()))?;
    Some((interface, IpNet::from(address.address)))
}
