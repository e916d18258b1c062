//! Security groups. VPC User Guide, "Security group rules": allow rules only, those of all groups of an interface
//! together; a protocol of -1 opens all ports, and any other than TCP opens no TCP. Stateful: the answer to what was let
//! through is never judged. [aws-facts 2.1]

use crate::{
    atlas::Standing,
    trip::{End, Trip},
};
use dms_network_core::{
    api::SecurityGroupId,
    snapshot::{Peer, Protocol, Read, RuleDirection, SecurityGroupRule},
};
use std::net::IpAddr;

/// Whom an interface talks with: an address, and the groups that references to groups find there. Empty where they do
/// not work: through a middlebox, a NAT device or the internet. [aws-facts 2.2]
pub(crate) struct Other<'g> {
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    pub(crate) groups: &'g [SecurityGroupId],
}

impl Trip<'_> {
    /// Asks the groups of an interface about a new connection.
    pub(crate) fn ask_groups(
        &mut self,
        interface: &Standing,
        direction: RuleDirection,
        other: &Other<'_>,
    ) -> Result<(), End> {
        if interface.admits_all {
            return Ok(());
        }
        let mut unread = None;
        for id in &interface.groups {
            let Some(group) = self.atlas().security_group(id)? else {
                continue;
            };
            let rules = group
                .rules
                .iter()
                .filter(|rule| rule.direction == direction);
            for rule in rules.filter(|rule| speaks(rule, other.port)) {
                match self.peer_holds(&rule.peer, other) {
                    Ok(true) => {
                        self.note(format!("{id} {direction} {:?}", rule.peer));
                        return Ok(());
                    }
                    Ok(false) => {}
                    Err(end) => unread = Some(end),
                }
            }
        }
        let why = match direction {
            RuleDirection::Egress => "security group egress",
            RuleDirection::Ingress => "security group ingress",
        };
        let names: Vec<&str> = interface.groups.iter().map(|id| id.as_str()).collect();
        Err(unread.unwrap_or_else(|| self.dropped(&names.join(" "), why)))
    }

    fn peer_holds(&self, peer: &Peer, other: &Other<'_>) -> Result<bool, End> {
        match peer {
            Peer::Cidr(block) => Ok(block.contains(&other.address)),
            Peer::SecurityGroup(group) => Ok(other.groups.contains(group)),
            Peer::PrefixList(id) => match self.atlas().prefix_list(id)?.map(|list| &list.entries) {
                None => Ok(false),
                Some(Read::Known(entries)) => {
                    Ok(entries.iter().any(|block| block.contains(&other.address)))
                }
                Some(Read::Unread(unread)) => Err(End::not_known(unread.call)),
            },
        }
    }
}

fn speaks(rule: &SecurityGroupRule, port: u16) -> bool {
    match rule.protocol {
        Protocol::All => true,
        Protocol::Tcp => rule.ports.from() <= port && port <= rule.ports.to(),
        Protocol::Other(_) => false,
    }
}
