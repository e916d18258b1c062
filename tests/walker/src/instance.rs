//! Instances that take packets which are not for them: bridging hosts and NAT instances. VPC User Guide, "NAT
//! instances": the source/destination check is off on the interface, its groups admit the client. [aws-facts 4.1]
//!
//! What an instance does with them EC2 does not show: the walker is told. Of an interface that it was not told of
//! nothing is known: a middlebox.

use crate::{
    connection::Forwarding,
    security_group::Other,
    trip::{End, Exit, Reached, Translation, Translator, Trip},
};
use dms_network_core::{
    api::NetworkInterfaceId,
    snapshot::{NetworkInterface, RuleDirection, Subnet},
};

impl<'a> Trip<'a> {
    /// A route sends the packet to an interface.
    pub(crate) fn reach_interface(
        &mut self,
        id: &NetworkInterfaceId,
        from: Option<&'a Subnet>,
    ) -> Result<Reached, End> {
        self.hop(id)?;
        let Some(forwarder) = self.forwarder(id) else {
            if let Some(subnet) = from {
                self.out_of(subnet)?;
            }
            return match self.atlas().interface(id) {
                Ok(None) => Err(self.dropped(id, "no such interface")),
                Ok(Some(_)) | Err(_) => self.through_hidden(id.to_string()),
            };
        };
        let interface = self.interface(id)?;
        self.cross(from, interface)?;
        if interface.source_dest_check {
            return Err(self.dropped(id, "its source/destination check is on"));
        }
        let known = self.forwarded_by.contains(id);
        if !known {
            self.admit(interface)?;
        }
        self.forwarded_by.push(id.clone());
        self.sender.clear();
        match &forwarder.forwarding {
            Forwarding::Tunnel(out) => {
                if forwarder.source_nat {
                    self.masquerade(interface, self.interface(out)?)?;
                }
                self.note(format!("into the tunnel of {out}"));
                Ok(Reached::Outside(Exit::Tunnel(out.clone())))
            }
            Forwarding::Plain(out) => {
                let outward = self.interface(out)?;
                if forwarder.source_nat {
                    self.masquerade(interface, outward)?;
                }
                if !known {
                    self.let_out(outward)?;
                }
                self.note(format!("on by {out}"));
                self.leave(self.atlas().subnet(&outward.subnet_id)?)
            }
        }
    }

    /// Out of the subnet that it comes from, and into the interface's, where these differ.
    fn cross(
        &mut self,
        from: Option<&'a Subnet>,
        interface: &'a NetworkInterface,
    ) -> Result<(), End> {
        if from.is_some_and(|subnet| subnet.id == interface.subnet_id) {
            return Ok(());
        }
        if let Some(subnet) = from {
            self.out_of(subnet)?;
        }
        self.into(self.atlas().subnet(&interface.subnet_id)?)
    }

    /// The interface's groups judge what comes in by who sends it, whomever it is for.
    fn admit(&mut self, interface: &NetworkInterface) -> Result<(), End> {
        let standing = self.standing_of(interface)?;
        let sender = self.sender.clone();
        let other = Other {
            address: self.packet.source,
            port: self.packet.destination_port,
            groups: &sender,
        };
        self.ask_groups(&standing, RuleDirection::Ingress, &other)
    }

    fn let_out(&mut self, interface: &NetworkInterface) -> Result<(), End> {
        let standing = self.standing_of(interface)?;
        let other = Other {
            address: self.packet.destination,
            port: self.packet.destination_port,
            groups: &[],
        };
        self.ask_groups(&standing, RuleDirection::Egress, &other)
    }

    /// The packet goes on with the first address of the family of the outward interface, from the same port: Linux
    /// keeps it where it is free.
    fn masquerade(
        &mut self,
        inward: &NetworkInterface,
        outward: &NetworkInterface,
    ) -> Result<(), End> {
        let family = self.packet.source.is_ipv4();
        let mut addresses = outward.addresses.iter();
        let own = addresses.find(|known| known.address.is_ipv4() == family);
        let Some(own) = own else {
            return Err(self.dropped(&outward.id, "it has no address of the family"));
        };
        let (source, port) = (self.packet.source, self.packet.source_port);
        self.translations.push(Translation {
            by: Translator::Interface(outward.id.clone()),
            vpc: inward.vpc_id.clone(),
            inside: (source, port),
            outside: (own.address, port),
        });
        self.packet.source = own.address;
        Ok(())
    }

    /// An answer out of a tunnel, for whom the instance sends it on to.
    pub(crate) fn out_of_tunnel(&mut self, id: &NetworkInterfaceId) -> Result<Reached, End> {
        self.translate_back(&Translator::Interface(id.clone()));
        self.on_from(id)
    }

    /// An answer goes on from the instance to the client: by the interface at which the client's packets came in.
    pub(crate) fn on_from(&mut self, id: &NetworkInterfaceId) -> Result<Reached, End> {
        self.hop(id)?;
        let mut inward = self.forwarded_by.iter();
        let inward = inward.find(|inward| {
            let sends = self.forwarder(inward).map(|known| &known.forwarding);
            let out = sends.map(|(Forwarding::Plain(out) | Forwarding::Tunnel(out))| out);
            *inward == id || out == Some(id)
        });
        let interface = self.interface(inward.unwrap_or(id))?;
        if interface.source_dest_check {
            return Err(self.dropped(id, "its source/destination check is on"));
        }
        self.note(format!("back by {}", interface.id));
        self.leave(self.atlas().subnet(&interface.subnet_id)?)
    }

    fn standing_of(&self, interface: &NetworkInterface) -> Result<crate::atlas::Standing, End> {
        match interface.addresses.first() {
            Some(first) => self.standing(&interface.vpc_id, first.address),
            None => Err(self.dropped(&interface.id, "it has no address")),
        }
    }

    fn interface(&self, id: &NetworkInterfaceId) -> Result<&'a NetworkInterface, End> {
        let found = self.atlas().interface(id)?;
        found.ok_or_else(|| self.dropped(id, "no such interface"))
    }
}
