//! NAT gateways. VPC User Guide, "NAT gateways": the source becomes one of its addresses and a port of 1024 to 65535;
//! no security group; the ACL of its subnet judges on all four sides. A public one is seen by its public address where
//! its subnet leads to an internet gateway, else by its private one. A regional one has no subnet and no ACL, and a
//! route table of its own. [aws-facts 3, 4.2]

use crate::{
    public_access::Speaker,
    trip::{End, Reached, Translation, Translator, Trip},
};
use dms_network_core::{
    api::{NatGatewayId, VpcId},
    snapshot::{NatGateway, NatGatewayAddress, RouteTarget, Subnet},
};
use std::net::IpAddr;

impl<'a> Trip<'a> {
    pub(crate) fn by_nat_gateway(
        &mut self,
        id: &NatGatewayId,
        from: &'a Subnet,
    ) -> Result<Reached, End> {
        self.hop(id)?;
        let Some(gateway) = self.atlas().nat_gateway(id)? else {
            return Err(self.dropped(id, "no such NAT gateway"));
        };
        if gateway.state != "available" {
            return Err(self.dropped(id, "the NAT gateway is not available"));
        }
        if self.packet.source.is_ipv6() {
            return Err(self.dropped(id, "a NAT gateway translates IPv4 alone"));
        }
        let by = Translator::NatGateway(id.clone());
        if self.translations.iter().any(|known| known.by == by) {
            return Err(self.dropped(id, "the packet goes round"));
        }
        let subnet = match &gateway.subnet_id {
            Some(subnet) => Some(self.atlas().subnet(subnet)?),
            None => None,
        };
        if subnet.is_none_or(|subnet| subnet.id != from.id) {
            self.out_of(from)?;
        }
        if let Some(subnet) = subnet.filter(|subnet| subnet.id != from.id) {
            self.into(subnet)?;
        }
        self.translate(gateway)?;
        match subnet {
            Some(subnet) => self.leave(subnet),
            None => self.leave_regional(gateway),
        }
    }

    /// The source becomes an address and a port of the gateway. A regional one shows no private addresses: what leaves
    /// it has the public one.
    fn translate(&mut self, gateway: &'a NatGateway) -> Result<(), End> {
        let working = gateway.addresses.iter().filter(|known| known.succeeded);
        let address = |known: &NatGatewayAddress| match gateway.subnet_id {
            Some(_) => known.private_ip,
            None => known.public_ip,
        };
        let addresses: Vec<IpAddr> = working.filter_map(address).collect();
        let ports = self.nat_ports();
        let (Some(address), Some(port)) = (
            self.choices.among(&addresses).copied(),
            self.choices.among(ports).copied(),
        ) else {
            return Err(self.dropped(&gateway.id, "the NAT gateway has no address"));
        };
        self.translations.push(Translation {
            by: Translator::NatGateway(gateway.id.clone()),
            vpc: gateway.vpc_id.clone(),
            inside: (self.packet.source, self.packet.source_port),
            outside: (address, port),
        });
        self.note(format!("through {} as {address} from {port}", gateway.id));
        (self.packet.source, self.packet.source_port) = (address, port);
        self.sender.clear();
        Ok(())
    }

    /// Regional ones are public, and lead to the internet gateway of the VPC.
    fn leave_regional(&mut self, gateway: &'a NatGateway) -> Result<Reached, End> {
        let vpc = &gateway.vpc_id;
        let table = match &gateway.route_table_id {
            Some(id) => self.atlas().table(id)?,
            None => None,
        };
        let attached = self.atlas().internet_gateway_of(vpc)?;
        let named = match table {
            Some(table) => match self.target(table, self.packet.destination)? {
                RouteTarget::InternetGateway(id) => Some(id.as_str()),
                other => {
                    return Err(End::not_known(format!("{} leads to {other:?}", table.id)));
                }
            },
            None => attached,
        };
        match named {
            Some(id) if attached == Some(id) => {
                self.ask_public_access(vpc, None, Speaker::OutboundOnly)?;
                self.leave_for_internet(id)
            }
            _ => Err(self.dropped(&gateway.id, "the NAT gateway has no way to the internet")),
        }
    }

    /// The answer comes to an address of the gateway: it goes on to whom it is for, from the address that answers.
    pub(crate) fn back_through_nat_gateway(
        &mut self,
        gateway: &'a NatGateway,
    ) -> Result<Reached, End> {
        self.hop(&gateway.id)?;
        let by = Translator::NatGateway(gateway.id.clone());
        if !self.translate_back(&by) {
            return Err(self.dropped(&gateway.id, "nobody opens a connection to a NAT gateway"));
        }
        self.note(format!("back through {}", gateway.id));
        match &gateway.subnet_id {
            Some(subnet) => {
                let subnet = self.atlas().subnet(subnet)?;
                self.leave(subnet)
            }
            None => self.deliver(&gateway.vpc_id, None),
        }
    }

    pub(crate) fn enter_nat_gateway_from_internet(
        &mut self,
        gateway: &'a NatGateway,
        public: IpAddr,
    ) -> Result<Reached, End> {
        let vpc = &gateway.vpc_id;
        let Some(edge) = self.atlas().internet_gateway_of(vpc)? else {
            return Err(self.dropped(vpc, "no internet gateway is attached"));
        };
        let Some(subnet) = &gateway.subnet_id else {
            return self.back_through_nat_gateway(gateway);
        };
        let subnet = self.atlas().subnet(subnet)?;
        self.ask_public_access(vpc, Some(subnet), Speaker::OutboundOnly)?;
        let mut addresses = gateway.addresses.iter();
        let here = addresses.find(|known| known.public_ip == Some(public));
        self.packet.destination = here.and_then(|known| known.private_ip).unwrap_or(public);
        self.enter_by_edge(edge, vpc)
    }

    pub(crate) fn nat_gateway_at(&self, vpc: &VpcId, private: IpAddr) -> Option<&'a NatGateway> {
        let all = self.atlas().nat_gateways().into_iter();
        let mut here = all.filter(|gateway| gateway.vpc_id == *vpc);
        here.find(|gateway| {
            let mut addresses = gateway.addresses.iter();
            addresses.any(|known| known.private_ip == Some(private))
        })
    }

    pub(crate) fn nat_gateway_behind(&self, public: IpAddr) -> Option<&'a NatGateway> {
        let mut all = self.atlas().nat_gateways().into_iter();
        all.find(|gateway| {
            let mut addresses = gateway.addresses.iter();
            addresses.any(|known| known.public_ip == Some(public))
        })
    }
}
