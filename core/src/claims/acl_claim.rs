//! Claims on network ACL entries: an entry has no tags, so the tags of its ACL say whose it is.

use super::Owner;
use crate::{
    api::{ACL_CLAIM_TAG_PREFIX, Unit},
    network::PortRange,
    snapshot::{NetworkAcl, NetworkAclEntry, RuleDirection},
};
use ipnet::IpNet;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A deployment's claim to the entry under one number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AclClaim {
    /// The number of the entry.
    pub number: u16,
    /// What the entry holds.
    pub unit: Unit,
    /// The deployment's name.
    pub owner: String,
}

impl AclClaim {
    /// A claim of a deployment.
    #[must_use]
    pub fn new(number: u16, unit: Unit, owner: &Owner) -> Self {
        Self {
            number,
            unit,
            owner: owner.name().to_owned(),
        }
    }

    /// Whether the claim is this deployment's.
    #[must_use]
    pub fn is_of(&self, owner: &Owner) -> bool {
        self.owner == owner.name()
    }

    /// Whether an entry is the one claimed: its number, direction and content.
    #[must_use]
    pub fn matches(&self, entry: &NetworkAclEntry) -> bool {
        entry.number == self.number && self.unit.is_entry(entry)
    }

    /// The tag's key. It carries a hash of the value, so that a write that lands late cannot replace another claim.
    #[must_use]
    pub fn key(&self) -> String {
        let direction = match self.unit.direction {
            RuleDirection::Ingress => "ingress",
            RuleDirection::Egress => "egress",
        };
        let mut key = format!("{ACL_CLAIM_TAG_PREFIX}{direction}.{}.", self.number);
        for byte in Sha256::digest(self.value().as_bytes()).iter().take(8) {
            // Writing to a String cannot fail.
            let _ = write!(key, "{byte:02x}");
        }
        key
    }

    /// The tag's value: protocol, ports, block and owner.
    #[must_use]
    pub fn value(&self) -> String {
        format!(
            "tcp {} {} {}",
            self.unit.ports(),
            self.unit.peer,
            self.owner
        )
    }

    /// What tells the claim from every other of the account and Region: the ACL and the key.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("{} {}", self.unit.resource(), self.key())
    }

    /// Reads a claim from a tag of an ACL; none where the tag is not exactly one of ours in form.
    fn read(acl: &NetworkAcl, key: &str, value: &str) -> Option<Self> {
        let mut name = key.strip_prefix(ACL_CLAIM_TAG_PREFIX)?.split('.');
        let direction = match name.next()? {
            "ingress" => RuleDirection::Ingress,
            "egress" => RuleDirection::Egress,
            _ => return None,
        };
        let number = name.next()?.parse().ok()?;
        let mut content = value.split(' ');
        if content.next()? != "tcp" {
            return None;
        }
        let ports = content.next()?;
        let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
        let ports = PortRange::new(from.parse().ok()?, to.parse().ok()?)?;
        let cidr: IpNet = content.next()?.parse().ok()?;
        let owner = content.next()?.to_owned();
        let unit = Unit::entry(&acl.id, direction, ports, cidr);
        let claim = Self {
            number,
            unit,
            owner,
        };
        (claim.key() == key && claim.value() == value).then_some(claim)
    }
}

/// The claims on an ACL, of every deployment.
pub fn acl_claims(acl: &NetworkAcl) -> impl Iterator<Item = AclClaim> + '_ {
    acl.tags
        .iter()
        .filter_map(|(key, value)| AclClaim::read(acl, key, value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn acl(tags: &[(&str, &str)]) -> NetworkAcl {
        NetworkAcl {
            id: "acl-0d".parse().unwrap(),
            vpc_id: "vpc-0a".parse().unwrap(),
            owner_id: None,
            tags: tags
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
            subnet_ids: vec![],
            entries: vec![],
        }
    }

    #[test]
    fn a_claim_is_read_back_as_it_was_written() {
        let claim = AclClaim {
            number: 20007,
            unit: Unit::entry(
                &"acl-0d".parse().unwrap(),
                RuleDirection::Egress,
                PortRange::EPHEMERAL,
                "2001:db8::10/128".parse().unwrap(),
            ),
            owner: "prod-eu1".into(),
        };
        assert_eq!(claim.value(), "tcp 1024-65535 2001:db8::10/128 prod-eu1");
        assert!(claim.key().len() <= 128);
        let tagged = acl(&[(&claim.key(), &claim.value())]);
        assert_eq!(acl_claims(&tagged).collect::<Vec<_>>(), [claim]);
    }

    #[test]
    fn a_tag_whose_hash_does_not_fit_its_value_is_no_claim() {
        let tagged = acl(&[
            (
                "dms-network.dev/acl.ingress.20007.0123456789abcdef",
                "tcp 5432 10.0.1.10/32 prod-eu1",
            ),
            (
                "dms-network.dev/acl.sideways.20007.0123456789abcdef",
                "tcp 5432 10.0.1.10/32 prod-eu1",
            ),
            ("dms-network.dev/acl.ingress", ""),
            ("Name", "db"),
        ]);
        assert_eq!(acl_claims(&tagged).count(), 0);
    }
}
