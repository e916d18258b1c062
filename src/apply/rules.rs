//! Rules of security groups.

use super::{Applier, Halt, Held, Needed, Pass, View, calls, description};
use dms_network_core::{
    api::{RuleDirection, SecurityGroupId, SecurityGroupRuleId, Unit},
    claims::{Effect, GroupEffect, Ledger, RuleClaims, RuleSeen, RuleStep, rule_claims, rule_step},
    snapshot::{Peer, Protocol, SecurityGroup, SecurityGroupRule},
};
use k8s_openapi::jiff::Timestamp;
use std::collections::BTreeMap;

impl Applier<'_> {
    /// One Authorize for each direction, one CreateTags for what is joined.
    pub(super) async fn add_rules(
        &self,
        id: &SecurityGroupId,
        view: &View,
        units: &[Needed<'_>],
        ledger: &Ledger,
        pass: &mut Pass,
    ) -> Result<(), Halt> {
        let Some(group) = group_of(view, id) else {
            return Err(Halt::PlanAgain);
        };
        let calm = self.world.calm(id.as_str(), view);
        let mut missing: BTreeMap<RuleDirection, Vec<(&Unit, String)>> = BTreeMap::new();
        let mut joined: Vec<(&Unit, SecurityGroupRuleId)> = Vec::new();
        for Needed { unit, endpoint, .. } in units {
            let (rule, seen) = self.seen(group, unit, ledger);
            match (rule_step(true, &seen, calm), rule) {
                (RuleStep::Authorize, _) => {
                    let text = description(self.owner, self.object, endpoint);
                    missing
                        .entry(unit.direction)
                        .or_default()
                        .push((unit, text));
                }
                (RuleStep::TagActive, Some(rule)) => joined.push((unit, rule)),
                (RuleStep::Stands, rule) => {
                    self.world.rely_on(rule.as_ref());
                    pass.held.insert(
                        (*unit).clone(),
                        Held {
                            rule_id: rule,
                            rule_number: None,
                        },
                    );
                }
                (RuleStep::Wait, _) => {
                    let at = match &seen {
                        RuleSeen::Managed { claims, .. } if claims.other_releasing => {
                            self.world.long_calm_at(id.as_str())
                        }
                        _ => self.world.calm_at(id.as_str()),
                    };
                    pass.waiting.insert((*unit).clone(), at);
                }
                // A foreign rule does it: nothing of it is ours.
                _ => {}
            }
        }
        if !joined.is_empty() {
            let rules = joined.iter().map(|(_, rule)| rule);
            self.tag(id, pass, rules, rule_claims::ACTIVE).await?;
            for (unit, _) in joined {
                pass.waiting
                    .insert(unit.clone(), self.world.calm_at(id.as_str()));
            }
        }
        for (direction, rules) in missing {
            self.authorize(id, direction, &rules, pass).await?;
        }
        Ok(())
    }

    async fn authorize(
        &self,
        id: &SecurityGroupId,
        direction: RuleDirection,
        rules: &[(&Unit, String)],
        pass: &mut Pass,
    ) -> Result<(), Halt> {
        let tags = rule_claims::tags_of_new_rule(self.owner);
        let call = calls::authorize(self.session, id, direction, rules, &tags);
        let added = self
            .write(id.as_str(), pass, call, |added| {
                let rules = added.iter().map(|(unit, rule)| {
                    let rule = SecurityGroupRule {
                        id: rule.clone(),
                        direction,
                        protocol: Protocol::Tcp,
                        ports: unit.ports(),
                        peer: Peer::from(&unit.peer),
                        tags: tags.clone(),
                    };
                    Effect::Group(id.clone(), GroupEffect::RuleAdded(rule))
                });
                rules.collect()
            })
            .await?;
        for (unit, rule_id) in added {
            if rule_id.is_none() {
                // It is there, and a read will tell under which id.
                pass.waiting.insert(unit, self.world.calm_at(id.as_str()));
                continue;
            }
            self.world.rely_on(rule_id.as_ref());
            pass.held.insert(
                unit,
                Held {
                    rule_id,
                    rule_number: None,
                },
            );
        }
        Ok(())
    }

    /// The two phases: mark, and on a calm read remove.
    pub(super) async fn release_rules(
        &self,
        id: &SecurityGroupId,
        view: &View,
        units: &[&Unit],
        pass: &mut Pass,
    ) -> Result<(), Halt> {
        let calm = self.world.calm(id.as_str(), view);
        let mut marked: Vec<(&Unit, SecurityGroupRuleId)> = Vec::new();
        let mut left: Vec<(&Unit, SecurityGroupRuleId)> = Vec::new();
        let mut revoked: BTreeMap<RuleDirection, Vec<(&Unit, SecurityGroupRuleId)>> =
            BTreeMap::new();
        for unit in units {
            let (rule, seen) = match group_of(view, id) {
                Some(group) => self.seen(group, unit, &Ledger::default()),
                None => (None, RuleSeen::Absent),
            };
            match (rule_step(false, &seen, calm), rule) {
                (RuleStep::TagReleasing, Some(rule)) => marked.push((unit, rule)),
                (RuleStep::DeleteTag, Some(rule)) => left.push((unit, rule)),
                (RuleStep::Revoke, Some(rule)) => revoked
                    .entry(unit.direction)
                    .or_default()
                    .push((unit, rule)),
                (RuleStep::Done, _) => {
                    pass.gone.insert((*unit).clone());
                }
                _ => {
                    pass.waiting
                        .insert((*unit).clone(), self.world.calm_at(id.as_str()));
                }
            }
        }
        if !marked.is_empty() {
            let value = rule_claims::releasing(Timestamp::now());
            let rules = marked.iter().map(|(_, rule)| rule);
            self.tag(id, pass, rules, &value).await?;
            for (unit, rule) in marked {
                self.world.rely_on_no_more(&rule);
                pass.waiting
                    .insert(unit.clone(), self.world.calm_at(id.as_str()));
            }
        }
        if !left.is_empty() {
            self.untag(id, pass, &left).await?;
            for (unit, _) in left {
                pass.gone.insert(unit.clone());
            }
        }
        for (direction, rules) in revoked {
            let ids: Vec<_> = rules.iter().map(|(_, rule)| rule.clone()).collect();
            self.write(
                id.as_str(),
                pass,
                calls::revoke(self.session, id, direction, &ids),
                |()| {
                    ids.iter()
                        .map(|rule| {
                            Effect::Group(id.clone(), GroupEffect::RuleRevoked(rule.clone()))
                        })
                        .collect()
                },
            )
            .await?;
            for (unit, _) in rules {
                pass.gone.insert(unit.clone());
            }
        }
        Ok(())
    }

    /// What the view shows of a unit: the managed rule of its content first, since a read that lags may show a foreign
    /// one that was there before.
    fn seen(
        &self,
        group: &SecurityGroup,
        unit: &Unit,
        ledger: &Ledger,
    ) -> (Option<SecurityGroupRuleId>, RuleSeen) {
        let rules = group.rules.iter().filter(|rule| unit.is_rule(rule));
        let Some(rule) = rules.max_by_key(|rule| RuleClaims::of(rule, self.owner).managed) else {
            return (None, RuleSeen::Absent);
        };
        let claims = RuleClaims::of(rule, self.owner);
        if !claims.managed {
            return (None, RuleSeen::Foreign);
        }
        let recorded = ledger.get(unit).and_then(|entry| entry.rule_id.as_ref());
        let permitted = rule
            .id
            .as_ref()
            .is_some_and(|id| recorded == Some(id) || self.world.relies_on(id));
        (rule.id.clone(), RuleSeen::Managed { claims, permitted })
    }

    async fn tag<'r>(
        &self,
        id: &SecurityGroupId,
        pass: &mut Pass,
        rules: impl Iterator<Item = &'r SecurityGroupRuleId>,
        value: &str,
    ) -> Result<(), Halt> {
        let key = rule_claims::claim_key(self.owner);
        let rules: Vec<SecurityGroupRuleId> = rules.cloned().collect();
        let resources: Vec<String> = rules.iter().map(ToString::to_string).collect();
        self.write(
            id.as_str(),
            pass,
            calls::tag(self.session, &resources, &key, value),
            |()| {
                let tagged = rules.iter().map(|rule| GroupEffect::RuleTagged {
                    rule: rule.clone(),
                    key: key.clone(),
                    value: value.to_owned(),
                });
                tagged
                    .map(|effect| Effect::Group(id.clone(), effect))
                    .collect()
            },
        )
        .await
    }

    async fn untag(
        &self,
        id: &SecurityGroupId,
        pass: &mut Pass,
        rules: &[(&Unit, SecurityGroupRuleId)],
    ) -> Result<(), Halt> {
        let key = rule_claims::claim_key(self.owner);
        let resources: Vec<String> = rules.iter().map(|(_, rule)| rule.to_string()).collect();
        self.write(
            id.as_str(),
            pass,
            calls::untag(self.session, &resources, &key),
            |()| {
                let untagged = rules.iter().map(|(_, rule)| GroupEffect::RuleUntagged {
                    rule: rule.clone(),
                    key: key.clone(),
                });
                untagged
                    .map(|effect| Effect::Group(id.clone(), effect))
                    .collect()
            },
        )
        .await
    }
}

fn group_of<'v>(view: &'v View, id: &SecurityGroupId) -> Option<&'v SecurityGroup> {
    view.scope.security_groups.known().ok()?.get(id)
}
