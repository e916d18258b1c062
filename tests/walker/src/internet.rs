//! Internet gateways. VPC User Guide, "Internet gateways": a public IPv4 address associated with the interface is
//! exchanged for the private one, one to one; private destinations are dropped; IPv6 addresses are public as they are.
//! Egress-only internet gateways: IPv6 alone, and only connections that are opened from within. [aws-facts 1.2, 4.2]

use crate::{
    fate::Direction,
    public_access::Speaker,
    trip::{End, Exit, Reached, Trip},
};
use dms_network_core::{
    api::{EgressOnlyInternetGatewayId, InternetGatewayId, VpcId},
    snapshot::Subnet,
};
use std::net::{IpAddr, Ipv4Addr};

/// RFC 1918 and RFC 6598; of IPv6, unique local addresses (RFC 4193).
pub(crate) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || is_shared(v4),
        IpAddr::V6(v6) => v6.segments()[0] & 0xfe00 == 0xfc00,
    }
}

fn is_shared(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && second & 0b1100_0000 == 64
}

impl Trip<'_> {
    pub(crate) fn by_internet_gateway(
        &mut self,
        id: &InternetGatewayId,
        subnet: &Subnet,
    ) -> Result<Reached, End> {
        self.hop(id)?;
        let vpc = &subnet.vpc_id;
        if self.atlas().internet_gateway_of(vpc)? != Some(id.as_str()) {
            return Err(self.dropped(id, "the internet gateway is not attached"));
        }
        let source = self.packet.source;
        let speaker = match self.nat_gateway_at(vpc, source) {
            Some(_) => Speaker::OutboundOnly,
            None => Speaker::Interface,
        };
        self.ask_public_access(vpc, Some(subnet), speaker)?;
        if source.is_ipv4() {
            let public = self.public_address(vpc, source)?;
            self.packet.source =
                public.ok_or_else(|| self.dropped(id, "the source has no public address"))?;
        }
        self.leave_for_internet(id.as_str())
    }

    pub(crate) fn by_egress_only_gateway(
        &mut self,
        id: &EgressOnlyInternetGatewayId,
        subnet: &Subnet,
    ) -> Result<Reached, End> {
        self.hop(id)?;
        let vpc = &subnet.vpc_id;
        if self.atlas().egress_only_gateway_of(vpc)? != Some(id.as_str()) {
            return Err(self.dropped(id, "the egress-only internet gateway is not attached"));
        }
        if self.packet.source.is_ipv4() {
            return Err(self.dropped(id, "an egress-only internet gateway carries IPv6 alone"));
        }
        if self.direction == Direction::Back {
            return Err(self.dropped(id, "the connection was not opened through it"));
        }
        self.ask_public_access(vpc, Some(subnet), Speaker::OutboundOnly)?;
        self.left_by_egress_only = Some(vpc.clone());
        self.leave_for_internet(id.as_str())
    }

    /// The packet is on its way to the internet, and comes to one of ours that is there too.
    pub(crate) fn leave_for_internet(&mut self, by: &str) -> Result<Reached, End> {
        if is_private(self.packet.destination) {
            return Err(self.dropped(&by, "the internet carries no private destination"));
        }
        self.sender.clear();
        self.note(format!("by {by} as {}", self.packet.source));
        let ours = self.host_behind(self.packet.destination).is_some()
            || self
                .atlas()
                .interface_behind(self.packet.destination)
                .is_some();
        if ours || self.direction == Direction::Back {
            self.enter_from_internet()
        } else {
            Ok(Reached::Outside(Exit::Internet(by.to_owned())))
        }
    }

    /// The packet comes from the internet to a public address of ours.
    pub(crate) fn enter_from_internet(&mut self) -> Result<Reached, End> {
        let public = self.packet.destination;
        if let Some(gateway) = self.nat_gateway_behind(public) {
            return self.enter_nat_gateway_from_internet(gateway, public);
        }
        let told = self.host_behind(public);
        let told = told.map(|host| (host.vpc.clone(), host.address));
        let read = self.atlas().interface_behind(public);
        let read = read.map(|(interface, address)| (interface.vpc_id.clone(), address));
        let Some((vpc, address)) = told.or(read) else {
            return Err(self.dropped(&public, "nobody has the public address"));
        };
        self.packet.destination = address;
        let subnet = self.subnet_at(&vpc, address)?;
        if self.direction == Direction::Back && self.left_by_egress_only.as_ref() == Some(&vpc) {
            return self.deliver(&vpc, None);
        }
        let Some(gateway) = self.atlas().internet_gateway_of(&vpc)? else {
            return Err(self.dropped(&vpc, "no internet gateway is attached"));
        };
        self.hop(&gateway)?;
        self.ask_public_access(&vpc, Some(subnet), Speaker::Interface)?;
        self.enter_by_edge(gateway, &vpc)
    }

    /// The public address that is associated with a private one.
    fn public_address(&self, vpc: &VpcId, private: IpAddr) -> Result<Option<IpAddr>, End> {
        if let Some(gateway) = self.nat_gateway_at(vpc, private) {
            let mut addresses = gateway.addresses.iter();
            let here = addresses.find(|known| known.private_ip == Some(private));
            return Ok(here.and_then(|known| known.public_ip));
        }
        Ok(self.standing(vpc, private)?.public_ip)
    }
}
