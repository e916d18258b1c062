//! What is done in the critical section of one security group or network ACL: which calls, in which order, and what
//! each of them comes to. Pure, so that the controller makes these calls and a model of it makes the same.

mod entries;
mod rules;

use super::{AclClaim, AclEffect, Calm, Came, Effect, GroupEffect, Held, Ledger, Owner};
use crate::{
    api::{
        EndpointName, NetworkAclId, RuleDirection, RuleNumber, SecurityGroupId,
        SecurityGroupRuleId, Unit,
    },
    plan::{Planned, Standing},
    snapshot::{NetworkAclEntry, Peer, Protocol, SecurityGroupRule, Tags},
};

/// A section: whose it is, and what is known there.
#[derive(Clone, Copy)]
pub struct Section<'a> {
    /// The deployment whose claims are ours.
    pub owner: &'a Owner,
    /// How much the view may be used for.
    pub calm: Calm,
    /// Whether a rule or an entry, by its [mark](Outcome::relied_on), was called permitted by this process and has been
    /// ours since.
    pub relies_on: &'a dyn Fn(&str) -> bool,
}

/// A unit that must stand.
#[derive(Clone, Copy, Debug)]
pub struct NeededUnit<'p> {
    /// The unit.
    pub unit: &'p Unit,
    /// The first endpoint that calls for it.
    pub endpoint: &'p EndpointName,
    /// The number that is free for its entry, in a network ACL.
    pub number: Option<RuleNumber>,
}

impl<'p> NeededUnit<'p> {
    /// A unit of a plan.
    ///
    /// # Errors
    /// Where it is kept as it is, or nobody calls for it: as the ledger has it.
    pub fn of(unit: &'p Unit, planned: &'p Planned, ledger: &Ledger) -> Result<Self, Held> {
        match (planned.standing, planned.endpoints.first()) {
            (Standing::Kept, _) | (_, None) => {
                let entry = ledger.get(unit);
                Err(Held {
                    rule_id: entry.and_then(|entry| entry.rule_id.clone()),
                    rule_number: entry.and_then(|entry| entry.rule_number),
                })
            }
            (_, Some(endpoint)) => Ok(Self {
                unit,
                endpoint,
                number: planned.rule_number,
            }),
        }
    }
}

/// The view does not fit the plan: read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAgain;

/// What a section comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    /// The marks of what is found to permit without a call: the id of a rule, an ACL and the key of a claim.
    pub relied_on: Vec<String>,
    /// What is known of units without a call.
    pub known: Vec<(Unit, Came)>,
    /// The calls in their order. Where one fails, the rest is not made.
    pub steps: Vec<Step>,
}

/// A call, and what its success comes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The call.
    pub call: Call,
    /// The marks that are relied on no more from the moment that the call is made.
    pub lets_go: Vec<String>,
    /// What becomes of units once it is done. A rule that Authorize adds is held under the id that the answer names.
    pub then: Vec<(Unit, Came)>,
}

/// One write to AWS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// AuthorizeSecurityGroupIngress or …Egress, with tags on each rule.
    Authorize {
        /// The group.
        group: SecurityGroupId,
        /// Ingress or Egress.
        direction: RuleDirection,
        /// The rules, each with the endpoint that its description names.
        rules: Vec<(Unit, EndpointName)>,
        /// The tags.
        tags: Tags,
    },
    /// CreateTags on rules.
    TagRules {
        /// Their group.
        group: SecurityGroupId,
        /// The rules.
        rules: Vec<SecurityGroupRuleId>,
        /// The tag's key.
        key: String,
        /// What the tag says.
        claim: RuleClaim,
    },
    /// DeleteTags on rules.
    UntagRules {
        /// Their group.
        group: SecurityGroupId,
        /// The rules.
        rules: Vec<SecurityGroupRuleId>,
        /// The tag's key.
        key: String,
    },
    /// RevokeSecurityGroupIngress or …Egress by ids: never by content, which a rule that somebody made since may share.
    Revoke {
        /// The group.
        group: SecurityGroupId,
        /// Ingress or Egress.
        direction: RuleDirection,
        /// The rules.
        rules: Vec<SecurityGroupRuleId>,
    },
    /// CreateTags on a network ACL: the claim.
    Claim(NetworkAclId, AclClaim),
    /// CreateNetworkAclEntry.
    CreateEntry(NetworkAclId, AclClaim),
    /// A fresh read; only where that shows what is claimed, DeleteNetworkAclEntry: it takes whatever is under the number.
    DeleteEntry(NetworkAclId, AclClaim),
    /// DeleteTags on a network ACL: the claim.
    Unclaim(NetworkAclId, AclClaim),
}

/// What a claim tag of a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleClaim {
    /// The deployment needs the rule.
    Active,
    /// The deployment is letting it go, from now.
    Releasing,
}

/// The rules that AuthorizeSecurityGroup… added, each with the id that the answer names.
pub type Added = Vec<(Unit, Option<SecurityGroupRuleId>)>;

impl Call {
    /// The id of the security group or network ACL.
    #[must_use]
    pub fn resource(&self) -> &str {
        match self {
            Self::Authorize { group, .. }
            | Self::TagRules { group, .. }
            | Self::UntagRules { group, .. }
            | Self::Revoke { group, .. } => group.as_str(),
            Self::Claim(acl, _)
            | Self::CreateEntry(acl, _)
            | Self::DeleteEntry(acl, _)
            | Self::Unclaim(acl, _) => acl.as_str(),
        }
    }

    /// What changed, once AWS said that it was done. `added` is the answer to Authorize, `value` the text of the tag
    /// that was written to rules.
    #[must_use]
    pub fn effects(&self, added: &Added, value: &str) -> Vec<Effect> {
        let on_group = |group: &SecurityGroupId, effects: Vec<GroupEffect>| {
            let effects = effects.into_iter();
            effects
                .map(|effect| Effect::Group(group.clone(), effect))
                .collect()
        };
        match self {
            Self::Authorize {
                group,
                direction,
                tags,
                ..
            } => {
                let rules = added.iter().map(|(unit, id)| {
                    GroupEffect::RuleAdded(SecurityGroupRule {
                        id: id.clone(),
                        direction: *direction,
                        protocol: Protocol::Tcp,
                        ports: unit.ports(),
                        peer: Peer::from(&unit.peer),
                        tags: tags.clone(),
                    })
                });
                on_group(group, rules.collect())
            }
            Self::TagRules {
                group, rules, key, ..
            } => {
                let tagged = rules.iter().map(|rule| GroupEffect::RuleTagged {
                    rule: rule.clone(),
                    key: key.clone(),
                    value: value.to_owned(),
                });
                on_group(group, tagged.collect())
            }
            Self::UntagRules { group, rules, key } => {
                let untagged = rules.iter().map(|rule| GroupEffect::RuleUntagged {
                    rule: rule.clone(),
                    key: key.clone(),
                });
                on_group(group, untagged.collect())
            }
            Self::Revoke { group, rules, .. } => {
                let revoked = rules.iter().cloned().map(GroupEffect::RuleRevoked);
                on_group(group, revoked.collect())
            }
            Self::Claim(acl, claim) => vec![Effect::Acl(
                acl.clone(),
                AclEffect::Tagged {
                    key: claim.key(),
                    value: claim.value(),
                },
            )],
            Self::CreateEntry(acl, claim) => {
                let entry = claim.unit.cidr().map(|cidr| NetworkAclEntry {
                    direction: claim.unit.direction,
                    number: claim.number,
                    allow: true,
                    protocol: Protocol::Tcp,
                    ports: claim.unit.ports(),
                    cidr,
                });
                let entry = entry.into_iter();
                entry
                    .map(|entry| Effect::Acl(acl.clone(), AclEffect::EntryCreated(entry)))
                    .collect()
            }
            Self::DeleteEntry(acl, claim) => vec![Effect::Acl(
                acl.clone(),
                AclEffect::EntryDeleted(claim.unit.direction, claim.number),
            )],
            Self::Unclaim(acl, claim) => vec![Effect::Acl(
                acl.clone(),
                AclEffect::Untagged { key: claim.key() },
            )],
        }
    }
}

impl Step {
    /// What becomes of units once the call is done, with the marks that are relied on from then on. `added` is the
    /// answer to Authorize.
    #[must_use]
    pub fn done(&self, added: &Added) -> (Vec<String>, Vec<(Unit, Came)>) {
        match &self.call {
            Call::Authorize { .. } => {
                let marks = added.iter().filter_map(|(_, id)| id.as_ref());
                let marks = marks.map(ToString::to_string).collect();
                let units = added.iter().map(|(unit, id)| {
                    let came = match id {
                        Some(id) => Came::Held(Held::rule(Some(id.clone()))),
                        // It is there, and a read will tell under which id.
                        None => Came::Waiting(super::Until::Calm),
                    };
                    (unit.clone(), came)
                });
                (marks, units.collect())
            }
            Call::CreateEntry(_, claim) => (vec![claim.mark()], self.then.clone()),
            _ => (Vec::new(), self.then.clone()),
        }
    }
}
