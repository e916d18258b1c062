//! Another VPC, by a peering connection or a transit gateway.

use super::{
    check::Step,
    far_side,
    flow::Flow,
    hop::{Expected, Via},
    in_vpc,
    judge_acl::AclPorts,
    leg::{Demand, Leg, Trip},
    needed::Needed,
    opener::{Outlet, egress},
    peering,
    routes::{Routed, elsewhere, follow, passed},
    say,
    side::Side,
    transit_gateway::{self, Passage, Transit},
};
use crate::{
    api::{
        AccountId, Gate, GateKind, OtherVPC, PathDirection, Reason, Region, TransitGatewayId,
        Verdict, VpcPeeringConnectionId, VpcViaForm, Who,
    },
    network::covers,
    snapshot::{AttachedResource, Peer, RouteTarget},
};
use ipnet::IpNet;

/// The trips to an endpoint in another VPC.
pub(super) fn trips<'a>(leg: &Leg<'_, 'a>, placement: &'a OtherVPC) -> Vec<Trip<'a>> {
    let via = match &placement.via {
        None => None,
        Some(via) => match via.form(&leg.at("placement.otherVPC.via")) {
            Ok(VpcViaForm::PeeringConnection(id)) => Some(Via::Peering(id)),
            Ok(VpcViaForm::TransitGateway(id)) => Some(Via::TransitGateway(id)),
            Err(error) => {
                let text = error.to_string();
                let reason = Reason::SpecNotUnderstood;
                return leg.stopped(say::declaration(&error.field, reason, text));
            }
        },
    };
    let words = match via {
        None => format!("otherVPC {}", placement.vpc_id),
        Some(Via::Peering(id)) => format!("otherVPC {} via {id}", placement.vpc_id),
        Some(Via::TransitGateway(id)) => format!("otherVPC {} via {id}", placement.vpc_id),
    };
    let expected = Expected {
        placement: &words,
        via,
    };
    let (account, region) = (placement.account_ref.as_ref(), placement.region.as_ref());
    let far = match far_side::find(leg, account, region, &placement.vpc_id) {
        Ok(far) => far,
        Err(gate) => return leg.stopped(*gate),
    };
    let shown = Shown::find(leg, placement);
    let beyond = |owner| {
        let beyond = Beyond {
            leg,
            placement,
            expected,
            owner,
        };
        beyond.trips()
    };
    let Some(far) = far else {
        return beyond(shown.owner);
    };
    match far.scope.vpcs.known() {
        Err(list) => {
            let (kind, forward) = (GateKind::Declaration, PathDirection::Forward);
            let gate = say::unread(kind, placement.vpc_id.as_str(), forward, list);
            leg.stopped(gate)
        }
        Ok(vpcs) if vpcs.contains_key(&placement.vpc_id) => {
            let walk = in_vpc::Walk {
                leg,
                far,
                groups: &placement.security_group_ids,
                subnet_ids: &placement.subnet_ids,
                expected,
            };
            walk.trips()
        }
        // Another account's, by a way that is declared or that routes take: it is its owner's to open.
        Ok(_) if account.is_none() && shown.is_of_another(far.account_id()) => beyond(shown.owner),
        Ok(_) => leg.stopped(shown.not_found(far, placement)),
    }
}

/// Whose a VPC is and where, as far as a peering connection or an attachment shows it to the client's account.
#[derive(Default)]
struct Shown {
    owner: Option<AccountId>,
    region: Option<Region>,
}

impl Shown {
    fn find(leg: &Leg<'_, '_>, placement: &OtherVPC) -> Self {
        let scope = leg.side.scope;
        let peerings = scope.peerings.known().into_iter();
        let ends = peerings
            .flat_map(|all| all.values())
            .flat_map(|peering| [&peering.requester, &peering.accepter]);
        let mut ends = ends.filter(|end| end.vpc_id.as_ref() == Some(&placement.vpc_id));
        if let Some(end) = ends.find(|end| end.owner_id.is_some()) {
            return Self {
                owner: end.owner_id.clone(),
                region: end.region.clone(),
            };
        }
        let attachments = scope.transit_gateway_attachments.known().into_iter();
        let mut attached = attachments.flat_map(|all| all.values()).filter(|attachment| {
            matches!(&attachment.resource, AttachedResource::Vpc { id, .. } if *id == placement.vpc_id)
        });
        Self {
            owner: attached.find_map(|it| it.resource_owner_id.clone()),
            region: None,
        }
    }

    fn is_of_another(&self, account: Option<&AccountId>) -> bool {
        self.owner
            .as_ref()
            .is_some_and(|owner| Some(owner) != account)
    }

    fn not_found(&self, far: Side<'_>, placement: &OtherVPC) -> Gate {
        let vpc = &placement.vpc_id;
        let mut message = format!("there is no VPC {vpc} in {}", say::place(far.scope));
        let mut remedy = None;
        match (&self.owner, &self.region) {
            (Some(owner), _) if self.is_of_another(far.account_id()) => {
                message += &format!(", and it is shown to be of account {owner}");
                remedy = Some(format!(
                    "name an AWSAccount of account {owner} in placement.otherVPC.accountRef"
                ));
            }
            (_, Some(region)) if far.scope.region.as_ref().is_some_and(|it| it != region) => {
                message += &format!(", and it is shown to be in {region}");
                remedy = Some(format!("set placement.otherVPC.region to {region}"));
            }
            _ => {}
        }
        let mut gate = say::declaration(vpc.as_str(), Reason::VPCNotFound, message);
        gate.remedy = remedy.or(gate.remedy);
        gate
    }
}

/// The walk to a VPC whose rules are another account's.
struct Beyond<'c, 'a> {
    leg: &'c Leg<'c, 'a>,
    placement: &'a OtherVPC,
    expected: Expected<'c>,
    owner: Option<AccountId>,
}

impl<'a> Beyond<'_, 'a> {
    fn trips(&self) -> Vec<Trip<'a>> {
        if self.leg.addresses.is_empty() {
            let message = format!(
                "the subnets of {} are not ours to read, so that the addresses of the database are not known",
                self.placement.vpc_id
            );
            let field = self.leg.at("addresses");
            let remedy = format!("declare the database's addresses in {field}");
            let (kind, forward) = (GateKind::Declaration, PathDirection::Forward);
            let (verdict, reason) = (Verdict::Unknown, Reason::NotObserved);
            let mut gate = say::gate(kind, field, forward, verdict, reason, message);
            gate.remedy = Some(remedy);
            return self.leg.stopped(gate);
        }
        self.leg.flows(|flow, open| {
            let (from, forward) = (flow.client.subnet, PathDirection::Forward);
            let routed = follow(from, open, forward, self.leg.side.scope);
            let trips = routed.into_iter();
            let needed = self.needed(flow.declared);
            trips
                .map(|routed| self.trip(flow, routed.needing(&needed)))
                .collect()
        })
    }

    fn trip(&self, flow: &Flow<'_, 'a>, routed: Routed<'a>) -> Trip<'a> {
        let (leg, near, from) = (self.leg, flow.near(), flow.from);
        let crossing = self.crossing(flow, &routed);
        let blocks = routed.blocks;
        let peers = crossing.named.into_iter().map(|net| vec![Peer::Cidr(net)]);
        let peers: Vec<Vec<Peer>> = peers.collect();
        let outlet = Outlet::beyond(leg.port, &blocks, &peers);
        let packets = flow.packets(&blocks);
        let owner = match &self.owner {
            Some(owner) => format!("account {owner}"),
            None => "the other account".to_owned(),
        };
        let mut out = egress(leg.side, flow.sources, &outlet);
        out.push(packets.leave(near));
        out.push(Step::Gate(crossing.route));
        let transit = crossing.transit;
        let entry = transit.and_then(|transit| transit.entry);
        out.extend(entry.map(|entry| packets.enter(entry)));
        out.extend(crossing.gate.map(Step::Gate));
        out.push(far_side::gate(&owner, leg.port, from, &blocks));
        let answers = packets.answers(AclPorts::TO_LINUX);
        let mut back = Vec::new();
        let mut others = crossing.demands;
        match crossing.home {
            None => back.push(answers.enter(near)),
            Some(home) => {
                others.extend(home.demands);
                back.push(Step::Gate(home.gate));
                let exits = home.transit.map_or(Vec::new(), |transit| transit.exits);
                back.extend(answers.come_out(&exits, near));
            }
        }
        others.push(Who::OtherAccount);
        Trip {
            client: flow.client.client(from.to_vec()),
            back,
            notes: flow.client.notes(),
            demands: others
                .into_iter()
                .map(|who| Demand {
                    who,
                    port: leg.port,
                    from: from.to_vec(),
                    to: blocks.clone(),
                })
                .collect(),
            seen: from.to_vec(),
            blocks,
            out,
        }
    }

    /// What lies between the two VPCs, as far as it is shown to us.
    fn crossing(&self, flow: &Flow<'_, 'a>, routed: &Routed<'a>) -> Crossing<'a> {
        let (declared, forward) = (flow.declared, PathDirection::Forward);
        let stopped = |route: Gate| Crossing {
            named: vec![declared],
            route,
            gate: None,
            transit: None,
            home: None,
            demands: Vec::new(),
        };
        let by = match &routed.by {
            Ok(by) => *by,
            Err(gate) => return stopped(gate.clone()),
        };
        let route = passed(&routed.blocks, by, forward);
        match (&by.route.target, self.expected.via) {
            (RouteTarget::VpcPeeringConnection(id), via)
                if via.is_none_or(|via| via == Via::Peering(id)) =>
            {
                self.peered(id, routed, declared, route)
            }
            (RouteTarget::TransitGateway(id), via)
                if via.is_none_or(|via| via == Via::TransitGateway(id)) =>
            {
                self.attached(flow, id, routed, route)
            }
            _ => stopped(elsewhere(
                &routed.blocks,
                by,
                forward,
                self.expected.placement,
                &self.needed(declared),
            )),
        }
    }

    fn needed(&self, declared: IpNet) -> Needed<'a> {
        let near = self.leg.side;
        let far = near.beside(&self.placement.vpc_id);
        Needed::to_vpc(near, far, self.expected.via, &[declared])
    }

    fn peered(
        &self,
        id: &VpcPeeringConnectionId,
        routed: &Routed<'a>,
        declared: IpNet,
        route: Gate,
    ) -> Crossing<'a> {
        let (near, forward) = (self.leg.side, PathDirection::Forward);
        let far = near.beside(&self.placement.vpc_id);
        let judged = peering::judge(near, far, id, &routed.blocks, forward);
        let holders = judged.cidrs.into_iter();
        let mut named: Vec<IpNet> = holders
            .filter(|cidr| routed.blocks.iter().any(|block| covers(cidr, block)))
            .collect();
        if named.is_empty() {
            named.push(declared);
        }
        Crossing {
            named,
            route,
            gate: Some(judged.gate),
            transit: None,
            home: None,
            demands: Vec::new(),
        }
    }

    fn attached(
        &self,
        flow: &Flow<'_, 'a>,
        id: &TransitGatewayId,
        routed: &Routed<'a>,
        route: Gate,
    ) -> Crossing<'a> {
        let (near, vpc) = (flow.near(), &self.placement.vpc_id);
        let passage = transit_gateway::towards(
            near,
            id,
            &routed.blocks,
            vpc.as_str(),
            &|it| matches!(&it.resource, AttachedResource::Vpc { id, .. } if id == vpc),
        );
        Crossing {
            named: vec![flow.declared],
            route,
            gate: Some(passage.gate),
            transit: passage.transit,
            home: Some(transit_gateway::back_home(
                near,
                id,
                &routed.blocks,
                flow.from,
            )),
            demands: passage.demands,
        }
    }
}

/// What lies between two VPCs of which one is not ours.
struct Crossing<'a> {
    /// The blocks that new rules of egress name.
    named: Vec<IpNet>,
    route: Gate,
    gate: Option<Gate>,
    transit: Option<Transit<'a>>,
    /// The way back by a transit gateway.
    home: Option<Passage<'a>>,
    /// Who else must let packets pass.
    demands: Vec<Who>,
}
