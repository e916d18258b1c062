//! A transit gateway: the attachments on both sides, the subnets by which packets enter and leave it, and its route
//! tables (VPC Transit Gateways Guide, "Transit gateway attachments to a VPC" and "Route tables").

use super::{admit::References, say, side::Place};
use crate::{
    api::{Gate, GateKind, PathDirection, Reason, TransitGatewayId, Verdict, Who},
    network::divide,
    snapshot::{
        AttachedResource, ScopeSnapshot, Subnet, TransitGatewayAttachment, TransitGatewayRoute,
        TransitGatewayRouteTable, VpcAttachment,
    },
};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// The subnets of attachments that packets pass.
pub(super) struct Transit<'a> {
    /// Where they enter the gateway.
    pub(super) entry: Option<Place<'a>>,
    /// Where they may leave it.
    pub(super) exits: Vec<Place<'a>>,
}

/// What was found at a transit gateway.
pub(super) struct Passage<'a> {
    pub(super) gate: Gate,
    pub(super) transit: Option<Transit<'a>>,
    pub(super) references: References,
    pub(super) demands: Vec<Who>,
}

impl Passage<'_> {
    fn stopped(gate: Gate) -> Self {
        let external = gate.verdict == Verdict::External;
        Self {
            gate,
            transit: None,
            references: References::Lost("the transit gateway does not carry it".into()),
            demands: external.then_some(Who::NetworkOwner).into_iter().collect(),
        }
    }
}

/// A transit gateway as one direction of packets meets it.
#[derive(Clone, Copy)]
struct Meeting<'m, 'a> {
    id: &'m TransitGatewayId,
    scope: &'a ScopeSnapshot,
    direction: PathDirection,
}

/// A VPC's attachment with its subnets and options.
#[derive(Clone, Copy)]
struct OfVpc<'a> {
    attachment: &'a TransitGatewayAttachment,
    details: &'a VpcAttachment,
}

/// From a subnet of one VPC to a subnet of another.
pub(super) fn between<'a>(
    near: Place<'a>,
    far: Place<'a>,
    id: &TransitGatewayId,
    blocks: &[IpNet],
    direction: PathDirection,
) -> Passage<'a> {
    let meeting = Meeting {
        id,
        scope: near.side.scope,
        direction,
    };
    let found = meeting.enter(near, blocks).and_then(|(from, entry)| {
        let to = meeting.of_vpc(far)?;
        meeting.carries(to, blocks)?;
        let hidden = meeting.look_up(from.attachment, blocks, &|attachment| {
            attachment.id == to.attachment.id
        })?;
        let exits = meeting.exits(far, to.details)?;
        Ok((from, entry, to, exits, hidden))
    });
    match found {
        Err(gate) => Passage::stopped(*gate),
        Ok((from, entry, to, exits, evidence)) => Passage {
            gate: meeting.passed(blocks, to.attachment.id.as_ref(), evidence),
            transit: Some(Transit {
                entry: Some(entry),
                exits,
            }),
            references: meeting.references(from, to),
            demands: Vec::new(),
        },
    }
}

/// From a subnet of a VPC to an attachment that `leads` accepts, `to` in words.
pub(super) fn towards<'a>(
    near: Place<'a>,
    id: &TransitGatewayId,
    blocks: &[IpNet],
    to: &str,
    leads: &dyn Fn(&TransitGatewayAttachment) -> bool,
) -> Passage<'a> {
    let meeting = Meeting {
        id,
        scope: near.side.scope,
        direction: PathDirection::Forward,
    };
    let found = meeting.enter(near, blocks).and_then(|(from, entry)| {
        let evidence = meeting.look_up(from.attachment, blocks, leads)?;
        Ok((entry, evidence))
    });
    match found {
        Err(gate) => Passage::stopped(*gate),
        Ok((entry, evidence)) => Passage {
            gate: meeting.passed(blocks, to, evidence),
            transit: Some(Transit {
                entry: Some(entry),
                exits: Vec::new(),
            }),
            references: References::Lost("the far side is not ours to read".into()),
            demands: Vec::new(),
        },
    }
}

/// Back from a site behind a VPN or Direct Connect attachment to a subnet of a VPC: each attachment that takes
/// `blocks` there must be associated with a table that leads home.
pub(super) fn from_site<'a>(
    home: Place<'a>,
    id: &TransitGatewayId,
    blocks: &[IpNet],
    sources: &[IpNet],
) -> Passage<'a> {
    let meeting = Meeting {
        id,
        scope: home.side.scope,
        direction: PathDirection::Return,
    };
    let found = meeting.of_vpc(home).and_then(|of_home| {
        let mut evidence = BTreeSet::new();
        for site in meeting.leaving_by(of_home.attachment, blocks) {
            evidence.extend(meeting.look_up(site, sources, &|attachment| {
                attachment.id == of_home.attachment.id
            })?);
        }
        Ok((meeting.exits(home, of_home.details)?, evidence))
    });
    match found {
        Err(gate) => Passage::stopped(*gate),
        Ok((exits, evidence)) => Passage {
            gate: meeting.passed(sources, home.side.vpc_id.as_str(), evidence),
            transit: Some(Transit { entry: None, exits }),
            references: References::Lost("the far side is not in a VPC".into()),
            demands: Vec::new(),
        },
    }
}

/// Whether a VPN connection or a Direct Connect gateway is attached.
pub(super) fn is_site(attachment: &TransitGatewayAttachment) -> bool {
    matches!(
        attachment.resource,
        AttachedResource::Vpn(_) | AttachedResource::DirectConnectGateway(_)
    )
}

impl<'a> Meeting<'_, 'a> {
    fn gate(&self, verdict: Verdict, reason: Reason, message: String) -> Box<Gate> {
        let (kind, id) = (GateKind::TransitGateway, self.id.as_str());
        Box::new(say::gate(
            kind,
            id,
            self.direction,
            verdict,
            reason,
            message,
        ))
    }

    fn blocked(&self, reason: Reason, message: String) -> Box<Gate> {
        self.gate(Verdict::Blocked, reason, message)
    }

    fn passed(&self, blocks: &[IpNet], to: &str, evidence: BTreeSet<String>) -> Gate {
        let message = format!(
            "{} takes {} to {to}",
            self.id,
            say::blocks(blocks.iter().copied())
        );
        let mut gate = *self.gate(Verdict::Permitted, Reason::Permitted, message);
        gate.evidence = evidence.into_iter().collect();
        gate
    }

    /// The attachment of the VPC that packets come from, and the subnet by which they enter: that of their own zone.
    fn enter(
        &self,
        near: Place<'a>,
        blocks: &[IpNet],
    ) -> Result<(OfVpc<'a>, Place<'a>), Box<Gate>> {
        let of_near = self.of_vpc(near)?;
        self.carries(of_near, blocks)?;
        let subnets = self.subnets(of_near.details)?;
        let mut in_zone = subnets
            .iter()
            .filter(|subnet| same_zone(subnet, near.subnet));
        let entry = in_zone.next().ok_or_else(|| {
            let zone = zone_of(near.subnet).unwrap_or("its zone");
            let id = &of_near.attachment.id;
            let message = format!(
                "{} is in {zone}, and {id} of {} has no subnet there",
                near.subnet.id, near.side.vpc_id
            );
            let mut gate = self.blocked(Reason::AttachmentMissingInZone, message);
            gate.remedy = Some(format!(
                "add a subnet of {zone} to the attachment: aws ec2 modify-transit-gateway-vpc-attachment \
                 --transit-gateway-attachment-id {id} --add-subnet-ids {}",
                near.subnet.id
            ));
            gate
        })?;
        Ok((of_near, near.side.place(entry)))
    }

    fn attachments(&self) -> Result<impl Iterator<Item = &'a TransitGatewayAttachment>, Box<Gate>> {
        let scope: &'a ScopeSnapshot = self.scope;
        let all = scope.transit_gateway_attachments.known();
        let all = all.map_err(|list| {
            let kind = GateKind::TransitGateway;
            Box::new(say::unread(kind, self.id.as_str(), self.direction, list))
        })?;
        let id = self.id.clone();
        Ok(all
            .values()
            .filter(move |attachment| attachment.transit_gateway_id == id))
    }

    fn of_vpc(&self, place: Place<'a>) -> Result<OfVpc<'a>, Box<Gate>> {
        let vpc = place.side.vpc_id;
        let of_this = |attachment: &&TransitGatewayAttachment| matches!(&attachment.resource, AttachedResource::Vpc { id, .. } if id == vpc);
        let found: Vec<_> = self.attachments()?.filter(of_this).collect();
        let available = found.iter().find(|it| it.state == "available");
        let Some(attachment) = available.copied() else {
            let message = match found.first() {
                Some(it) => format!(
                    "{}, the attachment of {vpc} to {}, is {}",
                    it.id, self.id, it.state
                ),
                None => format!("{vpc} has no attachment to {}", self.id),
            };
            return Err(self.blocked(Reason::AttachmentNotAvailable, message));
        };
        if attachment.translates {
            let message = format!("{} translates addresses on the way", attachment.id);
            return Err(self.gate(Verdict::External, Reason::NotSeenThrough, message));
        }
        match &attachment.resource {
            AttachedResource::Vpc {
                details: Some(details),
                ..
            } => Ok(OfVpc {
                attachment,
                details,
            }),
            _ => {
                let message = format!(
                    "the subnets of {} were not read (ec2:DescribeTransitGatewayVpcAttachments)",
                    attachment.id
                );
                Err(self.gate(Verdict::Unknown, Reason::NotObserved, message))
            }
        }
    }

    /// IPv6 passes only where the attachment supports it.
    fn carries(&self, of_vpc: OfVpc<'_>, blocks: &[IpNet]) -> Result<(), Box<Gate>> {
        let v6 = blocks.iter().any(|block| matches!(block, IpNet::V6(_)));
        if !v6 || of_vpc.details.ipv6 {
            return Ok(());
        }
        let id = &of_vpc.attachment.id;
        let message = format!("{id} does not carry IPv6");
        let mut gate = self.blocked(Reason::IPv6NotEnabled, message);
        gate.remedy = Some(format!(
            "aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id {id} \
             --options Ipv6Support=enable"
        ));
        Err(gate)
    }

    fn subnets(&self, details: &VpcAttachment) -> Result<Vec<&'a Subnet>, Box<Gate>> {
        let scope: &'a ScopeSnapshot = self.scope;
        let known = scope.subnets.known().map_err(|list| {
            let kind = GateKind::TransitGateway;
            Box::new(say::unread(kind, self.id.as_str(), self.direction, list))
        })?;
        let subnets = details.subnet_ids.iter();
        Ok(subnets.filter_map(|id| known.get(id)).collect())
    }

    /// Where packets leave into a VPC: by the subnet of their destination's zone, else by any; in appliance mode by any.
    fn exits(&self, far: Place<'a>, details: &VpcAttachment) -> Result<Vec<Place<'a>>, Box<Gate>> {
        let subnets = self.subnets(details)?;
        let in_zone: Vec<&Subnet> = subnets
            .iter()
            .copied()
            .filter(|subnet| same_zone(subnet, far.subnet))
            .collect();
        let exits = if in_zone.is_empty() || details.appliance_mode {
            subnets
        } else {
            in_zone
        };
        Ok(exits
            .into_iter()
            .map(|subnet| far.side.place(subnet))
            .collect())
    }

    fn table(
        &self,
        attachment: &TransitGatewayAttachment,
    ) -> Result<(&'a TransitGatewayRouteTable, &'a [TransitGatewayRoute]), Box<Gate>> {
        let kind = GateKind::TransitGateway;
        let unread = |list| Box::new(say::unread(kind, self.id.as_str(), self.direction, list));
        let scope: &'a ScopeSnapshot = self.scope;
        let tables = scope.transit_gateway_route_tables.known().map_err(unread)?;
        let Some(id) = &attachment.associated_route_table else {
            let message = format!(
                "{} is associated with no route table of {}",
                attachment.id, self.id
            );
            return Err(self.blocked(Reason::TransitGatewayNoRoute, message));
        };
        let table = tables.get(id).ok_or_else(|| {
            let message = format!(
                "{id}, with which {} is associated, was not read (ec2:DescribeTransitGatewayRouteTables)",
                attachment.id
            );
            self.gate(Verdict::Unknown, Reason::NotObserved, message)
        })?;
        let routes = table.routes.known().map_err(unread)?;
        Ok((table, routes))
    }

    /// The attachments by which packets for some blocks leave.
    fn leaving_by(
        &self,
        from: &TransitGatewayAttachment,
        blocks: &[IpNet],
    ) -> Vec<&'a TransitGatewayAttachment> {
        let Ok((_, routes)) = self.table(from) else {
            return Vec::new();
        };
        let parts = choose(routes, blocks);
        let ids: BTreeSet<_> = parts
            .keys()
            .flatten()
            .flat_map(|route| &route.attachment_ids)
            .collect();
        let attachments = self.attachments().into_iter().flatten();
        attachments.filter(|it| ids.contains(&it.id)).collect()
    }

    /// Looks some blocks up in the table of an attachment: each part must lead to an attachment that `leads` accepts.
    /// Gives the routes that do it.
    fn look_up(
        &self,
        from: &TransitGatewayAttachment,
        blocks: &[IpNet],
        leads: &dyn Fn(&TransitGatewayAttachment) -> bool,
    ) -> Result<BTreeSet<String>, Box<Gate>> {
        let (table, routes) = self.table(from)?;
        let mut evidence = BTreeSet::new();
        for (route, parts) in choose(routes, blocks) {
            let to = say::blocks(parts.iter().copied());
            let Some(route) = route else {
                let message = format!("{} of {} has no route to {to}", table.id, self.id);
                let mut gate = self.blocked(Reason::TransitGatewayNoRoute, message);
                gate.remedy = Some(format!(
                    "propagate the routes of the attachment behind which {to} is, or add one: aws ec2 \
                     create-transit-gateway-route --transit-gateway-route-table-id {} \
                     --destination-cidr-block {} --transit-gateway-attachment-id <its attachment>",
                    table.id,
                    parts.first().map_or_else(String::new, ToString::to_string)
                ));
                return Err(gate);
            };
            if !route.is_active {
                let message = format!(
                    "{} of {} takes {to} into a black hole",
                    route.destination, table.id
                );
                let mut gate = self.blocked(Reason::RouteNotActive, message);
                gate.evidence = vec![say_route(route)];
                return Err(gate);
            }
            evidence.insert(say_route(route));
            self.targets(route, &to, table.id.as_ref(), leads)?;
        }
        Ok(evidence)
    }

    /// Every attachment that a route names must lead there.
    fn targets(
        &self,
        route: &TransitGatewayRoute,
        to: &str,
        table: &str,
        leads: &dyn Fn(&TransitGatewayAttachment) -> bool,
    ) -> Result<(), Box<Gate>> {
        let known: BTreeMap<_, _> = self.attachments()?.map(|it| (&it.id, it)).collect();
        for id in &route.attachment_ids {
            let Some(attachment) = known.get(id) else {
                let message = format!("{id}, to which {table} takes {to}, was not read");
                return Err(self.gate(Verdict::Unknown, Reason::NotObserved, message));
            };
            let hidden = matches!(
                attachment.resource,
                AttachedResource::Peering { .. } | AttachedResource::Other(_)
            );
            if hidden || attachment.translates {
                let message = format!("{table} takes {to} to {id}, which is not seen through");
                return Err(self.gate(Verdict::External, Reason::NotSeenThrough, message));
            }
            if !leads(attachment) {
                let message = format!("{table} takes {to} to {id}, which leads elsewhere");
                let mut gate = self.blocked(Reason::RouteGoesElsewhere, message);
                gate.evidence = vec![say_route(route)];
                return Err(gate);
            }
            if attachment.state != "available" {
                let message = format!("{id}, to which {table} takes {to}, is {}", attachment.state);
                return Err(self.blocked(Reason::AttachmentNotAvailable, message));
            }
        }
        Ok(())
    }

    /// References work inbound alone, and only where they are enabled on the gateway and on both attachments.
    fn references(&self, from: OfVpc<'_>, to: OfVpc<'_>) -> References {
        let gateway = self.scope.transit_gateways.known().ok();
        let gateway = gateway.and_then(|gateways| gateways.get(self.id));
        let mut disabled: Vec<String> = Vec::new();
        if !gateway.is_some_and(|gateway| gateway.security_group_referencing) {
            disabled.push(self.id.to_string());
        }
        for end in [from, to] {
            if !end.details.security_group_referencing {
                disabled.push(end.attachment.id.to_string());
            }
        }
        if disabled.is_empty() {
            References::Inbound
        } else {
            References::Lost(format!(
                "security group referencing is not enabled on {}",
                say::list(disabled)
            ))
        }
    }
}

fn say_route(route: &TransitGatewayRoute) -> String {
    let targets = say::list(&route.attachment_ids);
    let target = if targets.is_empty() {
        "blackhole"
    } else {
        &targets
    };
    format!("{} -> {target}", route.destination)
}

/// Divides blocks by the route that takes them: the longest prefix, then static before propagated.
fn choose<'a>(
    routes: &'a [TransitGatewayRoute],
    blocks: &[IpNet],
) -> BTreeMap<Option<&'a TransitGatewayRoute>, Vec<IpNet>> {
    let mut sorted: Vec<&TransitGatewayRoute> = routes.iter().collect();
    sorted.sort_by_key(|route| {
        let length = std::cmp::Reverse(route.destination.prefix_len());
        (length, !route.is_static)
    });
    let mut parts: BTreeMap<Option<&TransitGatewayRoute>, Vec<IpNet>> = BTreeMap::new();
    for block in blocks {
        divide(
            *block,
            &sorted,
            &|route| route.destination,
            &|_| true,
            &mut |part, takers| {
                parts.entry(takers.first().copied()).or_default().push(part);
            },
        );
    }
    parts
        .into_iter()
        .map(|(route, blocks)| (route, IpNet::aggregate(&blocks)))
        .collect()
}

fn zone_of(subnet: &Subnet) -> Option<&str> {
    let id = subnet.availability_zone_id.as_deref();
    id.or(subnet.availability_zone.as_deref())
}

/// Zones are the same by their ids: their names differ between accounts.
fn same_zone(a: &Subnet, b: &Subnet) -> bool {
    match (&a.availability_zone_id, &b.availability_zone_id) {
        (Some(a), Some(b)) => a == b,
        _ => a.availability_zone.is_some() && a.availability_zone == b.availability_zone,
    }
}
