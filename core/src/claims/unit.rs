//! What a unit means in AWS: which rules and entries are it, and what it opens.

use crate::{
    api::{self, NetworkAclId, SecurityGroupId, Target, Unit},
    network::PortRange,
    snapshot::{NetworkAclEntry, Peer, Protocol, RuleDirection, SecurityGroupRule},
};
use ipnet::IpNet;
use std::fmt;

impl From<Peer> for api::Peer {
    fn from(peer: Peer) -> Self {
        match peer {
            Peer::Cidr(cidr) => Self::Cidr { cidr },
            Peer::PrefixList(prefix_list_id) => Self::PrefixList { prefix_list_id },
            Peer::SecurityGroup(security_group_id) => Self::SecurityGroup {
                security_group_id,
                account_id: None,
            },
        }
    }
}

impl From<&api::Peer> for Peer {
    /// Rules are told apart by the group's id alone: what EC2 reads back as its account varies with the way that
    /// joins the two.
    fn from(peer: &api::Peer) -> Self {
        match peer {
            api::Peer::Cidr { cidr } => Self::Cidr(*cidr),
            api::Peer::PrefixList { prefix_list_id } => Self::PrefixList(prefix_list_id.clone()),
            api::Peer::SecurityGroup {
                security_group_id, ..
            } => Self::SecurityGroup(security_group_id.clone()),
        }
    }
}

impl Unit {
    /// A rule of a security group.
    #[must_use]
    pub fn rule(
        group: &SecurityGroupId,
        direction: RuleDirection,
        ports: PortRange,
        peer: impl Into<api::Peer>,
    ) -> Self {
        Self {
            target: Target::SecurityGroupRule(group.clone()),
            direction,
            protocol: api::Protocol::Tcp,
            from_port: ports.from(),
            to_port: ports.to(),
            peer: peer.into(),
        }
    }

    /// An allow entry of a network ACL.
    #[must_use]
    pub fn entry(
        acl: &NetworkAclId,
        direction: RuleDirection,
        ports: PortRange,
        cidr: IpNet,
    ) -> Self {
        Self {
            target: Target::NetworkACLEntry(acl.clone()),
            direction,
            protocol: api::Protocol::Tcp,
            from_port: ports.from(),
            to_port: ports.to(),
            peer: api::Peer::Cidr { cidr },
        }
    }

    /// The id of the security group or network ACL.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.target.resource()
    }

    /// The ports.
    #[must_use]
    pub fn ports(&self) -> PortRange {
        PortRange::new(self.from_port, self.to_port).unwrap_or(PortRange::one(self.from_port))
    }

    /// The block of addresses, where it is one.
    #[must_use]
    pub fn cidr(&self) -> Option<IpNet> {
        match self.peer {
            api::Peer::Cidr { cidr } => Some(cidr),
            _ => None,
        }
    }

    /// Whether a rule of this unit's group has exactly this content.
    #[must_use]
    pub fn is_rule(&self, rule: &SecurityGroupRule) -> bool {
        rule.direction == self.direction
            && rule.protocol == Protocol::Tcp
            && rule.ports == self.ports()
            && is_same(&self.peer, &rule.peer)
    }

    /// Whether an entry of this unit's network ACL allows exactly this.
    #[must_use]
    pub fn is_entry(&self, entry: &NetworkAclEntry) -> bool {
        entry.direction == self.direction
            && entry.allow
            && entry.protocol == Protocol::Tcp
            && entry.ports == self.ports()
            && Some(entry.cidr) == self.cidr()
    }
}

/// Whether a rule names the peer of a unit, as [`Peer::from`] has it.
fn is_same(unit: &api::Peer, rule: &Peer) -> bool {
    match (unit, rule) {
        (api::Peer::Cidr { cidr }, Peer::Cidr(its)) => cidr == its,
        (api::Peer::PrefixList { prefix_list_id }, Peer::PrefixList(its)) => prefix_list_id == its,
        (
            api::Peer::SecurityGroup {
                security_group_id, ..
            },
            Peer::SecurityGroup(its),
        ) => security_group_id == its,
        _ => false,
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            RuleDirection::Ingress => "ingress",
            RuleDirection::Egress => "egress",
        };
        write!(
            f,
            "{} {direction} tcp {} {}",
            self.resource(),
            self.ports(),
            self.peer
        )
    }
}
