//! Within a VPC: out of an interface, by the subnet's table, and up to the interface that has the address.

use crate::{
    security_group::Other,
    trip::{End, Reached, Translator, Trip},
};
use dms_network_core::{
    api::VpcId,
    snapshot::{RouteTable, RouteTarget, RuleDirection, Subnet},
};
use std::net::IpAddr;

impl<'a> Trip<'a> {
    pub(crate) fn subnet_at(&self, vpc: &VpcId, address: IpAddr) -> Result<&'a Subnet, End> {
        let found = self.atlas().subnet_at(vpc, address)?;
        found.ok_or_else(|| self.dropped(vpc, "no subnet holds the address"))
    }

    /// The packet leaves an interface in a subnet. Within the subnet neither routes nor ACLs are looked at (VPC User
    /// Guide, "Network ACLs").
    pub(crate) fn leave(&mut self, subnet: &'a Subnet) -> Result<Reached, End> {
        self.hop(&subnet.id)?;
        if holds(subnet, self.packet.destination) {
            return self.deliver(&subnet.vpc_id, Some(subnet));
        }
        let table = self.table_of(subnet)?;
        match self.target(table, self.packet.destination)? {
            RouteTarget::Local => {
                self.out_of(subnet)?;
                self.deliver(&subnet.vpc_id, Some(subnet))
            }
            RouteTarget::VpcPeeringConnection(id) => {
                self.out_of(subnet)?;
                self.over_peering(id, &subnet.vpc_id)
            }
            RouteTarget::InternetGateway(id) => {
                self.out_of(subnet)?;
                self.by_internet_gateway(id, subnet)
            }
            RouteTarget::EgressOnlyInternetGateway(id) => {
                self.out_of(subnet)?;
                self.by_egress_only_gateway(id, subnet)
            }
            RouteTarget::VpnGateway(id) => {
                self.out_of(subnet)?;
                self.by_vpn_gateway(id, &subnet.vpc_id)
            }
            RouteTarget::TransitGateway(id) => self.by_transit_gateway(id, subnet),
            RouteTarget::NatGateway(id) => self.by_nat_gateway(id, subnet),
            RouteTarget::NetworkInterface(id, _) => self.reach_interface(id, Some(subnet)),
            RouteTarget::Instance(id) => {
                self.out_of(subnet)?;
                match self.atlas().interface_of(id) {
                    Ok(None) => Err(self.dropped(id, "no such instance")),
                    Ok(Some(_)) | Err(_) => self.through_hidden(id.to_string()),
                }
            }
            RouteTarget::VpcEndpoint(id) => {
                self.out_of(subnet)?;
                self.through_hidden(id.to_string())
            }
            RouteTarget::Other(_, id) => {
                self.out_of(subnet)?;
                self.through_hidden(id.clone())
            }
        }
    }

    /// The packet is in a VPC that has its destination: it comes out of `from`, or from outside of all subnets.
    pub(crate) fn deliver(
        &mut self,
        vpc: &VpcId,
        from: Option<&'a Subnet>,
    ) -> Result<Reached, End> {
        let address = self.packet.destination;
        let subnet = self.subnet_at(vpc, address)?;
        if from.is_none_or(|from| from.id != subnet.id) {
            self.into(subnet)?;
        }
        if let Some(gateway) = self.nat_gateway_at(vpc, address) {
            return self.back_through_nat_gateway(gateway);
        }
        let standing = self.standing(vpc, address)?;
        if let Some(interface) = &standing.interface {
            let by = Translator::Interface(interface.clone());
            if self.translate_back(&by) {
                return self.on_from(interface);
            }
        }
        // The answer to what was let out is never judged.
        if self.direction == crate::fate::Direction::Out {
            let sender = self.sender.clone();
            let other = Other {
                address: self.packet.source,
                port: self.packet.destination_port,
                groups: &sender,
            };
            self.ask_groups(&standing, RuleDirection::Ingress, &other)?;
        }
        Ok(Reached::Host(vpc.clone()))
    }

    /// Changes the destination of an answer back, where it answers a connection that was translated there.
    pub(crate) fn translate_back(&mut self, by: &Translator) -> bool {
        let destination = (self.packet.destination, self.packet.destination_port);
        let mut known = self.translations.iter();
        let known = known.find(|known| known.by == *by && known.outside == destination);
        if let Some(translation) = known {
            (self.packet.destination, self.packet.destination_port) = translation.inside;
        }
        known.is_some()
    }

    /// Whether a reference to a group at the destination works for what leaves here: within the subnet, by the local
    /// route, or over an active peering connection within a Region. [aws-facts 2.2]
    pub(crate) fn leads_straight(&mut self, subnet: &'a Subnet) -> Result<bool, End> {
        if holds(subnet, self.packet.destination) {
            return Ok(true);
        }
        let table = self.table_of(subnet)?;
        Ok(match self.target(table, self.packet.destination)? {
            RouteTarget::Local => true,
            RouteTarget::VpcPeeringConnection(id) => self.keeps_references(id)?,
            _ => false,
        })
    }

    pub(crate) fn table_of(&self, subnet: &Subnet) -> Result<&'a RouteTable, End> {
        let table = self.atlas().table_of(subnet)?;
        table.ok_or_else(|| self.dropped(&subnet.id, "no route table"))
    }
}

pub(crate) fn holds(subnet: &Subnet, address: IpAddr) -> bool {
    subnet.cidrs.iter().any(|block| block.contains(&address))
}
