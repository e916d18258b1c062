//! Rules of security groups.

use super::{Call, NeededUnit, Outcome, RuleClaim, Section, Step};
use crate::{
    api::{RuleDirection, SecurityGroupId, SecurityGroupRuleId, Unit},
    claims::{Came, Held, Ledger, RuleClaims, RuleSeen, RuleStep, Until, rule_claims, rule_step},
    snapshot::SecurityGroup,
};
use std::collections::BTreeMap;

impl Section<'_> {
    /// Adds units to a group: one CreateTags for what is joined, then one Authorize for each direction.
    #[must_use]
    pub fn add_rules(
        &self,
        group: &SecurityGroup,
        units: &[NeededUnit<'_>],
        ledger: &Ledger,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let mut missing: BTreeMap<RuleDirection, Vec<_>> = BTreeMap::new();
        let mut joined: Vec<(&Unit, SecurityGroupRuleId)> = Vec::new();
        for NeededUnit { unit, endpoint, .. } in units {
            let (rule, seen) = self.rule_seen(group, unit, ledger);
            match (rule_step(true, &seen, self.calm), rule) {
                (RuleStep::Authorize, _) => {
                    let rule = ((*unit).clone(), (*endpoint).clone());
                    missing.entry(unit.direction).or_default().push(rule);
                }
                (RuleStep::TagActive, Some(rule)) => joined.push((unit, rule)),
                (RuleStep::Stands, rule) => {
                    outcome
                        .relied_on
                        .extend(rule.as_ref().map(ToString::to_string));
                    let held = Came::Held(Held::rule(rule));
                    outcome.known.push(((*unit).clone(), held));
                }
                (RuleStep::Wait, _) => {
                    let until = match &seen {
                        RuleSeen::Managed { claims, .. } if claims.other_releasing => Until::Long,
                        _ => Until::Calm,
                    };
                    outcome.known.push(((*unit).clone(), Came::Waiting(until)));
                }
                // A foreign rule does it: nothing of it is ours.
                _ => {}
            }
        }
        if !joined.is_empty() {
            let then = Came::Waiting(Until::Calm);
            outcome
                .steps
                .push(self.tag(&group.id, &joined, RuleClaim::Active, then));
        }
        for (direction, rules) in missing {
            outcome.steps.push(Step {
                call: Call::Authorize {
                    group: group.id.clone(),
                    direction,
                    rules,
                    tags: rule_claims::tags_of_new_rule(self.owner),
                },
                lets_go: Vec::new(),
                then: Vec::new(),
            });
        }
        outcome
    }

    /// Lets go of units: the two phases, mark, and on a calm read remove. No group where there is none any more.
    #[must_use]
    pub fn release_rules(
        &self,
        id: &SecurityGroupId,
        group: Option<&SecurityGroup>,
        units: &[&Unit],
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let mut marked: Vec<(&Unit, SecurityGroupRuleId)> = Vec::new();
        let mut left: Vec<(&Unit, SecurityGroupRuleId)> = Vec::new();
        let mut revoked: BTreeMap<RuleDirection, Vec<_>> = BTreeMap::new();
        for &unit in units {
            let (rule, seen) = match group {
                Some(group) => self.rule_seen(group, unit, &Ledger::default()),
                None => (None, RuleSeen::Absent),
            };
            match (rule_step(false, &seen, self.calm), rule) {
                (RuleStep::TagReleasing, Some(rule)) => marked.push((unit, rule)),
                (RuleStep::DeleteTag, Some(rule)) => left.push((unit, rule)),
                (RuleStep::Revoke, Some(rule)) => {
                    let rules = revoked.entry(unit.direction).or_default();
                    rules.push((unit, rule));
                }
                (RuleStep::Done, _) => outcome.known.push((unit.clone(), Came::Gone)),
                _ => {
                    let came = Came::Waiting(Until::Calm);
                    outcome.known.push((unit.clone(), came));
                }
            }
        }
        if !marked.is_empty() {
            let then = Came::Waiting(Until::Calm);
            outcome
                .steps
                .push(self.tag(id, &marked, RuleClaim::Releasing, then));
        }
        if !left.is_empty() {
            outcome.steps.push(Step {
                call: Call::UntagRules {
                    group: id.clone(),
                    rules: ids(&left),
                    key: rule_claims::claim_key(self.owner),
                },
                lets_go: Vec::new(),
                then: all(&left, &Came::Gone),
            });
        }
        for (direction, rules) in revoked {
            outcome.steps.push(Step {
                call: Call::Revoke {
                    group: id.clone(),
                    direction,
                    rules: ids(&rules),
                },
                lets_go: Vec::new(),
                then: all(&rules, &Came::Gone),
            });
        }
        outcome
    }

    fn tag(
        &self,
        group: &SecurityGroupId,
        rules: &[(&Unit, SecurityGroupRuleId)],
        claim: RuleClaim,
        then: Came,
    ) -> Step {
        let lets_go = match claim {
            RuleClaim::Active => Vec::new(),
            RuleClaim::Releasing => rules.iter().map(|(_, rule)| rule.to_string()).collect(),
        };
        Step {
            call: Call::TagRules {
                group: group.clone(),
                rules: ids(rules),
                key: rule_claims::claim_key(self.owner),
                claim,
            },
            lets_go,
            then: all(rules, &then),
        }
    }

    /// What the view shows of a unit: the managed rule of its content first, since a read that lags may show a foreign
    /// one that was there before.
    fn rule_seen(
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
            .is_some_and(|id| recorded == Some(id) || (self.relies_on)(id.as_str()));
        (rule.id.clone(), RuleSeen::Managed { claims, permitted })
    }
}

fn ids(rules: &[(&Unit, SecurityGroupRuleId)]) -> Vec<SecurityGroupRuleId> {
    rules.iter().map(|(_, rule)| rule.clone()).collect()
}

fn all(rules: &[(&Unit, SecurityGroupRuleId)], came: &Came) -> Vec<(Unit, Came)> {
    let units = rules.iter();
    units
        .map(|(unit, _)| ((*unit).clone(), came.clone()))
        .collect()
}
