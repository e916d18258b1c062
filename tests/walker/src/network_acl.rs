//! Network ACLs. VPC User Guide, "Network ACLs": entries are read in the order of their numbers and the first that
//! matches decides; stateless; judged where packets enter or leave the subnet. IPv4 and IPv6 entries never match each
//! other's packets. [aws-facts 3]

use crate::{
    fate::Direction,
    trip::{End, Trip},
};
use dms_network_core::snapshot::{NetworkAcl, NetworkAclEntry, Protocol, RuleDirection, Subnet};
use std::net::IpAddr;

/// The entry that decides a TCP packet: the first in number order that matches; none where even the default ones were
/// not shown.
#[must_use]
pub fn deciding_entry(
    acl: &NetworkAcl,
    direction: RuleDirection,
    other_side: IpAddr,
    destination_port: u16,
) -> Option<&NetworkAclEntry> {
    let matching = acl.entries.iter().filter(|entry| {
        let speaks = match entry.protocol {
            Protocol::All => true,
            Protocol::Tcp => {
                entry.ports.from() <= destination_port && destination_port <= entry.ports.to()
            }
            Protocol::Other(_) => false,
        };
        entry.direction == direction && speaks && entry.cidr.contains(&other_side)
    });
    matching.min_by_key(|entry| entry.number)
}

impl Trip<'_> {
    /// The packet leaves a subnet: judged by its destination.
    pub(crate) fn out_of(&mut self, subnet: &Subnet) -> Result<(), End> {
        self.judge(subnet, RuleDirection::Egress, self.packet.destination)
    }

    /// The packet enters a subnet: judged by its source.
    pub(crate) fn into(&mut self, subnet: &Subnet) -> Result<(), End> {
        self.judge(subnet, RuleDirection::Ingress, self.packet.source)
    }

    fn judge(
        &mut self,
        subnet: &Subnet,
        direction: RuleDirection,
        other_side: IpAddr,
    ) -> Result<(), End> {
        let acl = self.atlas().network_acl(&subnet.id)?;
        let port = self.packet.destination_port;
        match deciding_entry(acl, direction, other_side, port) {
            Some(entry) if entry.allow => {
                self.note(format!("{} {direction} entry {}", acl.id, entry.number));
                Ok(())
            }
            _ => {
                let why = match (direction, self.direction) {
                    (RuleDirection::Egress, Direction::Out) => "network ACL egress",
                    (RuleDirection::Ingress, Direction::Out) => "network ACL ingress",
                    (RuleDirection::Egress, Direction::Back) => "network ACL egress of the answer",
                    (RuleDirection::Ingress, Direction::Back) => {
                        "network ACL ingress of the answer"
                    }
                };
                Err(self.dropped(&acl.id, why))
            }
        }
    }
}
