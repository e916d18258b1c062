//! Transit gateways. Amazon VPC Transit Gateways guide:
//! - "VPC attachments": a subnet reaches the gateway only where the VPC's attachment has a subnet in the same zone. Two
//!   zones are the same by their ids, which every account shares.
//! - "How transit gateways work", "Availability Zones": traffic stays in the zone that it comes from; where the other
//!   attachment has no subnet there, or is in appliance mode, any of its subnets.
//! - "Network ACLs": an instance in another subnet than the attachment is judged in its own subnet as ever; the
//!   attachment's subnet judges what goes towards the gateway coming in, by source, and what comes from it going out, by
//!   destination. Both in one subnet: towards the gateway both of its lists, by destination and by the packet's own
//!   source; from the gateway nothing.
//! - "Transit gateway route tables": that of the attachment, longest prefix, then static before propagated.
//!
//! References to groups work for ingress alone, where the gateway and both attachments have them enabled, and not
//! across a peering of gateways. [aws-facts 2.2, 3, 4.1]

use crate::{
    ExitZone,
    trip::{End, Exit, Reached, Trip},
};
use dms_network_core::{
    api::{TransitGatewayAttachmentId, TransitGatewayId, VpcId},
    snapshot::{AttachedResource, Read, Subnet, TransitGatewayAttachment, VpcAttachment},
};
use std::cmp::Reverse;

impl<'a> Trip<'a> {
    pub(crate) fn by_transit_gateway(
        &mut self,
        id: &TransitGatewayId,
        from: &'a Subnet,
    ) -> Result<Reached, End> {
        self.hop(id)?;
        match self.atlas().transit_gateway(id)? {
            Some(gateway) if gateway.state == "available" => {}
            Some(_) => return Err(self.dropped(id, "the transit gateway is not available")),
            None => return Err(self.dropped(id, "no such transit gateway")),
        }
        let attachment = self.atlas().vpc_attachment(id, &from.vpc_id)?;
        let Some(attachment) = attachment else {
            return Err(self.dropped(id, "the VPC has no attachment that is available"));
        };
        let details = details(attachment)?;
        self.carries_family(attachment, details)?;
        let entry = self.entry(attachment, details, from)?;
        self.out_of(from)?;
        self.into(entry)?;
        self.note(format!("into {} by {}", attachment.id, entry.id));
        if attachment.translates {
            return self.through_hidden(attachment.id.to_string());
        }
        let referencing = details.security_group_referencing && has_references(entry);
        self.route_at(attachment, Some(entry), referencing)
    }

    /// The attachment's subnet in the zone of the subnet that the packet comes from.
    fn entry(
        &self,
        attachment: &TransitGatewayAttachment,
        details: &'a VpcAttachment,
        from: &Subnet,
    ) -> Result<&'a Subnet, End> {
        for id in &details.subnet_ids {
            let subnet = self.atlas().subnet(id)?;
            if same_zone(subnet, from) {
                return Ok(subnet);
            }
        }
        Err(self.dropped(&attachment.id, "the attachment has no subnet in the zone"))
    }

    fn carries_family(
        &self,
        attachment: &TransitGatewayAttachment,
        details: &VpcAttachment,
    ) -> Result<(), End> {
        if self.packet.source.is_ipv6() && !details.ipv6 {
            return Err(self.dropped(&attachment.id, "the attachment carries no IPv6"));
        }
        Ok(())
    }

    /// The table of the attachment by which the packet came in.
    fn route_at(
        &mut self,
        from: &'a TransitGatewayAttachment,
        entry: Option<&'a Subnet>,
        referencing: bool,
    ) -> Result<Reached, End> {
        let gateway = &from.transit_gateway_id;
        let Some(table) = &from.associated_route_table else {
            return Err(self.dropped(&from.id, "no route table is associated"));
        };
        let table = self.atlas().transit_gateway_table(table)?;
        let routes = match &table.routes {
            Read::Known(routes) => routes,
            Read::Unread(unread) => return Err(End::not_known(unread.call)),
        };
        let matching = routes.iter();
        let matching =
            matching.filter(|route| route.destination.contains(&self.packet.destination));
        let best = matching
            .min_by_key(|route| (Reverse(route.destination.prefix_len()), !route.is_static));
        let Some(route) = best else {
            return Err(self.dropped(&table.id, "no route in the transit gateway"));
        };
        if !route.is_active {
            return Err(self.dropped(&table.id, "the transit gateway's route is a black hole"));
        }
        let Some(to) = self.choices.among(&route.attachment_ids) else {
            return Err(self.dropped(&table.id, "the route leads to no attachment"));
        };
        self.note(format!("{} to {to}", table.id));
        let Some(to) = self.atlas().attachment(to, gateway)? else {
            return Err(End::not_known(to));
        };
        if to.state != "available" {
            return Err(self.dropped(&to.id, "the attachment is not available"));
        }
        self.leave_by(to, entry, referencing)
    }

    fn leave_by(
        &mut self,
        to: &'a TransitGatewayAttachment,
        entry: Option<&'a Subnet>,
        referencing: bool,
    ) -> Result<Reached, End> {
        let gateway = &to.transit_gateway_id;
        if to.translates {
            return self.through_hidden(to.id.to_string());
        }
        match &to.resource {
            AttachedResource::Vpc { id, .. } if self.is_another_owner_s(to, id) => Ok(
                Reached::Outside(Exit::Attachment(to.id.clone(), gateway.clone())),
            ),
            AttachedResource::Vpc { id, .. } => {
                let details = details(to)?;
                self.carries_family(to, details)?;
                let enabled = self.atlas().transit_gateway(gateway)?;
                let enabled = enabled.is_some_and(|gateway| gateway.security_group_referencing);
                if !(enabled && referencing && details.security_group_referencing) {
                    self.sender.clear();
                }
                self.leave_into_vpc(to, id, details, entry)
            }
            AttachedResource::Vpn(_) | AttachedResource::DirectConnectGateway(_) => Ok(
                Reached::Outside(Exit::Attachment(to.id.clone(), gateway.clone())),
            ),
            AttachedResource::Peering { peer, .. } => {
                self.sender.clear();
                let Some(peer) = peer else {
                    return Err(End::not_known(&to.id));
                };
                self.hop(peer)?;
                match self.atlas().attachment(&to.id, peer)? {
                    Some(other_end) => self.route_at(other_end, None, false),
                    None => Err(End::not_known(peer)),
                }
            }
            AttachedResource::Other(_) => self.through_hidden(to.id.to_string()),
        }
    }

    /// Whether a VPC is of an account that was not read.
    fn is_another_owner_s(&self, attachment: &TransitGatewayAttachment, vpc: &VpcId) -> bool {
        let read = self.atlas().vpc(vpc).is_ok_and(|vpc| vpc.is_some());
        !read && !self.atlas().is_ours(attachment.resource_owner_id.as_ref())
    }

    /// Into a VPC, by one of the attachment's subnets; from there on by that subnet's table.
    fn leave_into_vpc(
        &mut self,
        to: &'a TransitGatewayAttachment,
        vpc: &VpcId,
        details: &'a VpcAttachment,
        entry: Option<&'a Subnet>,
    ) -> Result<Reached, End> {
        let mut all = Vec::new();
        for id in &details.subnet_ids {
            all.push(self.atlas().subnet(id)?);
        }
        let like = match self.exit_zone() {
            ExitZone::OfSender => entry,
            ExitZone::OfDestination => self.atlas().subnet_at(vpc, self.packet.destination)?,
        };
        let there = |subnet: &&Subnet| like.is_some_and(|like| same_zone(like, subnet));
        let near: Vec<&Subnet> = all.iter().copied().filter(|subnet| there(subnet)).collect();
        let may = if details.appliance_mode || near.is_empty() {
            all
        } else {
            near
        };
        let Some(exit) = self.choices.among(&may).copied() else {
            return Err(self.dropped(&to.id, "the attachment has no subnet"));
        };
        self.note(format!("out of {} by {} of {vpc}", to.id, exit.id));
        if !has_references(exit) {
            self.sender.clear();
        }
        self.leave(exit)
    }

    /// An answer comes to the gateway from the far end of an attachment.
    pub(crate) fn enter_by_attachment(
        &mut self,
        id: &TransitGatewayAttachmentId,
        gateway: &TransitGatewayId,
    ) -> Result<Reached, End> {
        self.hop(id)?;
        match self.atlas().attachment(id, gateway)? {
            Some(attachment) => self.route_at(attachment, None, false),
            None => Err(End::not_known(id)),
        }
    }
}

fn details(attachment: &TransitGatewayAttachment) -> Result<&VpcAttachment, End> {
    match &attachment.resource {
        AttachedResource::Vpc {
            details: Some(details),
            ..
        } => Ok(details),
        _ => Err(End::not_known("ec2:DescribeTransitGatewayVpcAttachments")),
    }
}

/// "VPC attachments", security group referencing: not in the zone `use1-az3`.
fn has_references(subnet: &Subnet) -> bool {
    subnet.availability_zone_id.as_deref() != Some("use1-az3")
}

/// Zones are the same by id; within an account by name, where an id was not printed.
fn same_zone(one: &Subnet, other: &Subnet) -> bool {
    match (&one.availability_zone_id, &other.availability_zone_id) {
        (Some(one), Some(other)) => one == other,
        _ => one.availability_zone.is_some() && one.availability_zone == other.availability_zone,
    }
}
