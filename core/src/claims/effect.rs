//! What one acknowledged write changed: reads may not show it for a while, so it is laid over them.

use crate::{
    api::{NetworkAclId, RuleNumber, SecurityGroupId, SecurityGroupRuleId},
    snapshot::{
        NetworkAcl, NetworkAclEntry, Read, RuleDirection, ScopeSnapshot, SecurityGroup,
        SecurityGroupRule,
    },
};

/// The effect of one write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Of a security group.
    Group(SecurityGroupId, GroupEffect),
    /// Of a network ACL.
    Acl(NetworkAclId, AclEffect),
}

/// What changed in a security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupEffect {
    /// A rule was added. Its id is unknown where the reply did not name it.
    RuleAdded(SecurityGroupRule),
    /// A rule was tagged.
    RuleTagged {
        /// The rule.
        rule: SecurityGroupRuleId,
        /// The tag's key.
        key: String,
        /// The tag's value.
        value: String,
    },
    /// A tag was taken off a rule.
    RuleUntagged {
        /// The rule.
        rule: SecurityGroupRuleId,
        /// The tag's key.
        key: String,
    },
    /// A rule was removed.
    RuleRevoked(SecurityGroupRuleId),
}

/// What changed in a network ACL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AclEffect {
    /// An entry was added.
    EntryCreated(NetworkAclEntry),
    /// An entry was removed.
    EntryDeleted(RuleDirection, RuleNumber),
    /// The ACL was tagged.
    Tagged {
        /// The tag's key.
        key: String,
        /// The tag's value.
        value: String,
    },
    /// A tag was taken off the ACL.
    Untagged {
        /// The tag's key.
        key: String,
    },
}

impl Effect {
    /// The id of the security group or network ACL.
    #[must_use]
    pub fn resource(&self) -> &str {
        match self {
            Self::Group(group, _) => group.as_str(),
            Self::Acl(acl, _) => acl.as_str(),
        }
    }

    /// Lays the effect over what was read, in place. Doing it twice changes nothing more.
    pub fn lay_over(&self, snapshot: &mut ScopeSnapshot) {
        let lists = snapshot.rules_mut();
        match self {
            Self::Group(id, effect) => {
                if let Read::Known(groups) = &mut lists.security_groups
                    && let Some(group) = groups.get_mut(id)
                {
                    on_group(group, effect);
                }
            }
            Self::Acl(id, effect) => {
                if let Read::Known(acls) = &mut lists.network_acls
                    && let Some(acl) = acls.get_mut(id)
                {
                    on_acl(acl, effect);
                }
            }
        }
    }
}

fn on_group(group: &mut SecurityGroup, effect: &GroupEffect) {
    let mut with = |rule: &SecurityGroupRuleId, change: &dyn Fn(&mut SecurityGroupRule)| {
        group
            .rules
            .iter_mut()
            .filter(|known| known.id.as_ref() == Some(rule))
            .for_each(change);
    };
    match effect {
        GroupEffect::RuleAdded(rule) => {
            let is_it = |known: &SecurityGroupRule| match rule.id {
                Some(_) => known.id == rule.id,
                None => same_content(known, rule),
            };
            if !group.rules.iter().any(is_it) {
                group.rules.push(rule.clone());
            }
        }
        GroupEffect::RuleTagged { rule, key, value } => with(rule, &|known| {
            known.tags.insert(key.clone(), value.clone());
        }),
        GroupEffect::RuleUntagged { rule, key } => with(rule, &|known| {
            known.tags.remove(key);
        }),
        GroupEffect::RuleRevoked(rule) => {
            group.rules.retain(|known| known.id.as_ref() != Some(rule))
        }
    }
    group.rules.sort();
}

fn same_content(a: &SecurityGroupRule, b: &SecurityGroupRule) -> bool {
    (a.direction, &a.protocol, a.ports, &a.peer) == (b.direction, &b.protocol, b.ports, &b.peer)
}

fn on_acl(acl: &mut NetworkAcl, effect: &AclEffect) {
    match effect {
        AclEffect::EntryCreated(entry) => {
            if !acl
                .entries
                .iter()
                .any(|e| (e.direction, e.number) == (entry.direction, entry.number))
            {
                acl.entries.push(entry.clone());
                acl.entries.sort();
            }
        }
        AclEffect::EntryDeleted(direction, number) => {
            acl.entries
                .retain(|entry| (entry.direction, entry.number) != (*direction, *number));
        }
        AclEffect::Tagged { key, value } => {
            acl.tags.insert(key.clone(), value.clone());
        }
        AclEffect::Untagged { key } => {
            acl.tags.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        network::PortRange,
        snapshot::{Peer, Protocol, Tags},
    };

    fn rule(id: Option<&str>) -> SecurityGroupRule {
        SecurityGroupRule {
            id: id.map(|id| id.parse().unwrap()),
            direction: RuleDirection::Ingress,
            protocol: Protocol::Tcp,
            ports: PortRange::one(5432),
            peer: Peer::Cidr("10.0.1.10/32".parse().unwrap()),
            tags: Tags::new(),
        }
    }

    fn rules_after(read: &[SecurityGroupRule], effect: GroupEffect) -> Vec<SecurityGroupRule> {
        let mut group = SecurityGroup {
            id: "sg-0a1b2c3d".parse().unwrap(),
            vpc_id: "vpc-0a1b2c3d".parse().unwrap(),
            owner_id: None,
            tags: Tags::new(),
            rules: read.to_vec(),
        };
        on_group(&mut group, &effect);
        group.rules
    }

    #[test]
    fn a_rule_whose_id_the_reply_did_not_name_is_known_by_its_content() {
        let added = GroupEffect::RuleAdded(rule(None));
        assert_eq!(rules_after(&[], added.clone()), [rule(None)]);
        assert_eq!(rules_after(&[rule(None)], added.clone()), [rule(None)]);
        let read = [rule(Some("sgr-0a1b2c3d"))];
        assert_eq!(rules_after(&read, added), read);
    }
}
