//! A transit gateway: the attachments on both sides, the subnets by which packets enter and leave it, and its route
//! tables (VPC Transit Gateways Guide, "Transit gateway attachments to a VPC" and "Route tables").

mod behind;
mod table;

use super::{
    admit::References,
    hop::owner_of,
    say,
    side::{Place, Side},
};
use crate::{
    api::{
        Gate, GateKind, PathDirection, Reason, TransitGatewayAttachmentId, TransitGatewayId,
        Verdict, Who,
    },
    scopes::Scopes,
    snapshot::{AttachedResource, Subnet, TransitGatewayAttachment, Unread, VpcAttachment},
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
    /// What lies between the subnets where packets leave the gateway and that of their destination.
    pub(super) behind: Vec<Gate>,
    pub(super) transit: Option<Transit<'a>>,
    pub(super) references: References,
    pub(super) demands: Vec<Who>,
}

impl Passage<'_> {
    fn stopped(gate: Gate) -> Self {
        Self {
            demands: hidden(&gate),
            gate,
            behind: Vec::new(),
            transit: None,
            references: References::Lost("the transit gateway does not carry it".into()),
        }
    }
}

/// A transit gateway as one direction of packets meets it. Its owner, and the owners of what is attached, are each
/// shown a part of it: what any of them is shown counts.
#[derive(Clone, Copy)]
struct Meeting<'m, 'a> {
    id: &'m TransitGatewayId,
    scopes: &'a Scopes<'a>,
    direction: PathDirection,
}

/// A VPC's attachment with its subnets and options.
#[derive(Clone, Copy)]
struct OfVpc<'a> {
    attachment: &'a TransitGatewayAttachment,
    details: &'a VpcAttachment,
}

/// The zone, by its id, in which transit gateways carry no references to security groups.
const ZONE_WITHOUT_REFERENCES: &str = "use1-az3";

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
        scopes: near.side.scopes,
        direction,
    };
    let found = meeting.enter(near, blocks).and_then(|(from, entry)| {
        let to = match meeting.there(far) {
            Ok(to) => to,
            // What the client's own attachment judges comes before what is hidden.
            Err(gate) if gate.verdict == Verdict::External => {
                let lost = References::Lost("the transit gateway does not show its way".into());
                return Ok((entry, Vec::new(), *gate, lost));
            }
            Err(gate) => return Err(gate),
        };
        meeting.carries(to, blocks)?;
        let looked_up = meeting.look_up(from.attachment, blocks, &|attachment| {
            attachment.id == to.attachment.id
        });
        let gate = match looked_up {
            Ok(evidence) => meeting.passed(blocks, to.attachment.id.as_ref(), evidence),
            // Both ends are seen, whatever is hidden between them.
            Err(gate) if gate.verdict == Verdict::External => *gate,
            Err(gate) => return Err(gate),
        };
        let exits = meeting.exits(far, to.details)?;
        Ok((
            entry,
            exits,
            gate,
            meeting.references((near, from), (far, to)),
        ))
    });
    match found {
        Err(gate) => Passage::stopped(*gate),
        Ok((entry, exits, gate, references)) => {
            let behind = behind::gates(&exits, far, blocks, direction);
            let mut demands = hidden(&gate);
            let external = behind
                .iter()
                .filter(|gate| gate.verdict == Verdict::External);
            demands.extend(external.map(owner_of));
            Passage {
                references: match behind.is_empty() {
                    true => references,
                    false => References::Lost(
                        "what lies behind the transit gateway hides the group".into(),
                    ),
                },
                demands,
                gate,
                behind,
                transit: Some(Transit {
                    entry: Some(entry),
                    exits,
                }),
            }
        }
    }
}

/// Who must let packets pass where nobody can see what they meet.
fn hidden(gate: &Gate) -> Vec<Who> {
    let is_hidden = gate.verdict == Verdict::External;
    is_hidden.then_some(Who::NetworkOwner).into_iter().collect()
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
        scopes: near.side.scopes,
        direction: PathDirection::Forward,
    };
    let found = meeting.enter(near, blocks).and_then(|(from, entry)| {
        match meeting.look_up(from.attachment, blocks, leads) {
            Ok(evidence) => Ok((entry, meeting.passed(blocks, to, evidence))),
            Err(gate) if gate.verdict == Verdict::External => Ok((entry, *gate)),
            Err(gate) => Err(gate),
        }
    });
    match found {
        Err(gate) => Passage::stopped(*gate),
        Ok((entry, gate)) => Passage {
            demands: hidden(&gate),
            gate,
            behind: Vec::new(),
            transit: Some(Transit {
                entry: Some(entry),
                exits: Vec::new(),
            }),
            references: References::Lost("the far side is not ours to read".into()),
        },
    }
}

/// Back to a subnet of a VPC, from a site behind a VPN or Direct Connect attachment or from a VPC of which only its
/// attachment is shown: each attachment that takes `blocks` there must be associated with a table that leads home.
pub(super) fn back_home<'a>(
    home: Place<'a>,
    id: &TransitGatewayId,
    blocks: &[IpNet],
    sources: &[IpNet],
) -> Passage<'a> {
    let meeting = Meeting {
        id,
        scopes: home.side.scopes,
        direction: PathDirection::Return,
    };
    let found = meeting.of_vpc(home).and_then(|of_home| {
        let leads_home = |it: &TransitGatewayAttachment| it.id == of_home.attachment.id;
        let far = meeting.leaving_by(of_home.attachment, blocks).into_iter();
        let looked_up: Result<Vec<_>, _> = far
            .map(|far| meeting.look_up(far, sources, &leads_home))
            .collect();
        let gate = match looked_up {
            Ok(evidence) => {
                let evidence = evidence.into_iter().flatten().collect();
                meeting.passed(sources, home.side.vpc_id.as_str(), evidence)
            }
            Err(gate) if gate.verdict == Verdict::External => *gate,
            Err(gate) => return Err(gate),
        };
        Ok((meeting.exits(home, of_home.details)?, gate))
    });
    match found {
        Err(gate) => Passage::stopped(*gate),
        Ok((exits, gate)) => Passage {
            demands: hidden(&gate),
            gate,
            behind: Vec::new(),
            transit: Some(Transit { entry: None, exits }),
            references: References::Lost("the far side is not in a VPC that was read".into()),
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
        let subnets = self.subnets(near.side, of_near.details)?;
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

    /// Its attachments as each account is shown them: the same may be among them several times.
    fn attachments(&self) -> impl Iterator<Item = &'a TransitGatewayAttachment> {
        let id = self.id.clone();
        let views = self.scopes.views();
        let all = views.filter_map(|view| view.snapshot.transit_gateway_attachments.known().ok());
        let all = all.flat_map(BTreeMap::values);
        all.filter(move |attachment| attachment.transit_gateway_id == id)
    }

    /// An attachment as each account is shown it.
    fn shown(
        &self,
        id: &TransitGatewayAttachmentId,
    ) -> impl Iterator<Item = &'a TransitGatewayAttachment> {
        self.attachments().filter(move |it| it.id == *id)
    }

    /// The attachment of a VPC to this gateway, else to one that is peered with it.
    fn there(&self, place: Place<'a>) -> Result<OfVpc<'a>, Box<Gate>> {
        let here = self.of_vpc(place);
        let is_absent = |gate: &Gate| gate.reason == Reason::AttachmentNotAvailable;
        match here {
            Err(gate) if is_absent(&gate) => {
                let peers = self.attachments().filter_map(|it| match &it.resource {
                    AttachedResource::Peering { peer, .. } => peer.as_ref(),
                    _ => None,
                });
                let mut at_peers =
                    peers.filter_map(|id| Meeting { id, ..*self }.of_vpc(place).ok());
                at_peers.next().ok_or(gate)
            }
            here => here,
        }
    }

    fn of_vpc(&self, place: Place<'a>) -> Result<OfVpc<'a>, Box<Gate>> {
        let vpc = place.side.vpc_id;
        let of_this = |attachment: &&TransitGatewayAttachment| matches!(&attachment.resource, AttachedResource::Vpc { id, .. } if id == vpc);
        let found: Vec<_> = self.attachments().filter(of_this).collect();
        let available = found.iter().find(|it| it.state == "available");
        let Some(attachment) = available.copied() else {
            let message = match found.first() {
                Some(it) => format!(
                    "{}, the attachment of {vpc} to {}, is {}",
                    it.id, self.id, it.state
                ),
                None => {
                    // An account is always shown the attachments of its own VPCs.
                    let own = place.side.scope.transit_gateway_attachments.known();
                    own.map_err(|list| self.unread(list))?;
                    format!("{vpc} has no attachment to {}", self.id)
                }
            };
            return Err(self.blocked(Reason::AttachmentNotAvailable, message));
        };
        if self.shown(&attachment.id).any(|it| it.translates) {
            let message = format!("{} translates addresses on the way", attachment.id);
            return Err(self.gate(Verdict::External, Reason::NotSeenThrough, message));
        }
        let details = self
            .shown(&attachment.id)
            .find_map(|it| match &it.resource {
                AttachedResource::Vpc { details, .. } => details.as_ref(),
                _ => None,
            });
        match details {
            Some(details) => Ok(OfVpc {
                attachment,
                details,
            }),
            None => {
                let message = format!(
                    "the subnets of {} were not read (ec2:DescribeTransitGatewayVpcAttachments)",
                    attachment.id
                );
                Err(self.gate(Verdict::Unknown, Reason::NotObserved, message))
            }
        }
    }

    fn unread(&self, list: &Unread) -> Box<Gate> {
        let (kind, id) = (GateKind::TransitGateway, self.id.as_str());
        Box::new(say::unread(kind, id, self.direction, list))
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

    fn subnets(
        &self,
        side: Side<'a>,
        details: &VpcAttachment,
    ) -> Result<Vec<&'a Subnet>, Box<Gate>> {
        let known = side.scope.subnets.known();
        let known = known.map_err(|list| self.unread(list))?;
        let subnets = details.subnet_ids.iter();
        Ok(subnets.filter_map(|id| known.get(id)).collect())
    }

    /// Where packets leave into a VPC: by the subnet of their destination's zone, else by any; in appliance mode by any.
    fn exits(&self, far: Place<'a>, details: &VpcAttachment) -> Result<Vec<Place<'a>>, Box<Gate>> {
        let subnets = self.subnets(far.side, details)?;
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

    /// References work inbound alone, and only where they are enabled on the gateway and on both attachments; in one
    /// zone they never do (Amazon VPC Transit Gateways, "Amazon VPC attachments", security group referencing).
    fn references(
        &self,
        (near, from): (Place<'_>, OfVpc<'_>),
        (far, to): (Place<'_>, OfVpc<'_>),
    ) -> References {
        let without = |place: &Place<'_>| {
            place.subnet.availability_zone_id.as_deref() == Some(ZONE_WITHOUT_REFERENCES)
        };
        if let Some(place) = [near, far].iter().find(|place| without(place)) {
            return References::Lost(format!(
                "security group referencing does not work in {ZONE_WITHOUT_REFERENCES}, the zone of {}",
                place.subnet.id
            ));
        }
        let views = self.scopes.views();
        let mut gateways = views.filter_map(|view| view.snapshot.transit_gateways.known().ok());
        let gateway = gateways.find_map(|gateways| gateways.get(self.id));
        let one_gateway = from.attachment.transit_gateway_id == to.attachment.transit_gateway_id;
        if !one_gateway {
            let why = "references do not pass from one transit gateway to another";
            return References::Lost(why.to_owned());
        }
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
