//! Carries a plan out by the claims protocol: adds, and only once all that stands, releases.
//!
//! Each security group and network ACL has a critical section in which the need is looked at again, the step decided
//! (`core::claims::steps`) and the call made. A plan that was made before another write of ours to the resource is not
//! carried out there: the pass says so, and the object is planned again.

mod calls;
mod world;

pub use world::{Times, View, World, Write};

use crate::{
    aws::{AwsError, Session},
    observe,
};
use dms_network_core::{
    api::{EndpointName, NetworkAclId, Target, Unit},
    claims::{
        self, AclClaim, Call, Came, Effect, Ledger, NeededUnit, Others, Owner, Section, Step,
        Until, rule_claims,
        section::{Added, Outcome, ReadAgain, RuleClaim},
    },
    plan::Planned,
};
use k8s_openapi::jiff::Timestamp;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// What carries out the plans of one object in one account and Region.
pub struct Applier<'a> {
    /// The account and Region.
    pub session: &'a Session,
    /// What is known of it.
    pub world: &'a World,
    /// The deployment whose claims are ours.
    pub owner: &'a Owner,
    /// `namespace/name` of the object, for the descriptions of rules.
    pub object: &'a str,
}

/// What one pass over a plan did.
pub type Pass = claims::Pass<Instant>;

/// Why a pass ended early. What it did until then stands.
#[derive(Debug)]
pub enum Halt {
    /// The plan is older than what is there: read or plan again, at once.
    PlanAgain,
    /// AWS refused a call, or did not answer.
    Failed {
        /// The security group or network ACL.
        resource: String,
        /// What AWS said.
        error: Box<AwsError>,
    },
}

/// How long to wait for another object to take a unit into its ledger.
const COMING: Duration = Duration::from_secs(2);

impl Applier<'_> {
    /// Adds the units of a plan that are in this account and Region.
    ///
    /// # Errors
    /// Where the pass ended early.
    pub async fn add(
        &self,
        view: &View,
        units: &[(&Unit, &Planned)],
        ledger: &Ledger,
        pass: &mut Pass,
    ) -> Result<(), Halt> {
        let mut targets: BTreeMap<&Target, Vec<NeededUnit<'_>>> = BTreeMap::new();
        for &(unit, planned) in units {
            match NeededUnit::of(unit, planned, ledger) {
                Ok(needed) => targets.entry(&unit.target).or_default().push(needed),
                Err(held) => {
                    pass.held.insert(unit.clone(), held);
                }
            }
        }
        for (target, units) in targets {
            let _section = self.world.enter(target.resource()).await;
            if self.world.moved_on(target.resource(), view) {
                return Err(Halt::PlanAgain);
            }
            let (outcome, fits) = self.to_add(target, view, &units, ledger)?;
            self.carry_out(target, outcome, pass).await?;
            fits.map_err(|ReadAgain| Halt::PlanAgain)?;
        }
        Ok(())
    }

    /// Lets go of units, each as far as the view allows.
    ///
    /// # Errors
    /// Where the pass ended early.
    pub async fn release(
        &self,
        view: &View,
        units: impl IntoIterator<Item = &Unit>,
        others: &(dyn Fn(&Unit) -> Others + Sync),
        pass: &mut Pass,
    ) -> Result<(), Halt> {
        let mut targets: BTreeMap<&Target, Vec<&Unit>> = BTreeMap::new();
        for unit in units {
            targets.entry(&unit.target).or_default().push(unit);
        }
        for (target, units) in targets {
            let resource = target.resource();
            let _section = self.world.enter(resource).await;
            if self.world.moved_on(resource, view) {
                return Err(Halt::PlanAgain);
            }
            was_read(view, target)?;
            let mut unneeded = Vec::new();
            for unit in units {
                match others(unit) {
                    Others::Nobody => unneeded.push(unit),
                    Others::Coming => {
                        let came = Came::Waiting(Until::Coming);
                        pass.came(unit.clone(), came, |until| self.at(resource, until));
                    }
                    Others::Hold => {
                        pass.gone.insert(unit.clone());
                    }
                }
            }
            let outcome = self.to_release(target, view, &unneeded);
            self.carry_out(target, outcome, pass).await?;
        }
        Ok(())
    }

    fn to_add(
        &self,
        target: &Target,
        view: &View,
        units: &[NeededUnit<'_>],
        ledger: &Ledger,
    ) -> Result<(Outcome, Result<(), ReadAgain>), Halt> {
        let relies_on = |mark: &str| self.world.relies_on(mark);
        let section = self.section(target, view, &relies_on);
        match target {
            Target::SecurityGroupRule(id) => {
                let groups = view.scope.security_groups.known().ok();
                let group = groups.and_then(|groups| groups.get(id));
                let group = group.ok_or(Halt::PlanAgain)?;
                Ok((section.add_rules(group, units, ledger), Ok(())))
            }
            Target::NetworkACLEntry(id) => {
                let acls = view.scope.network_acls.known().ok();
                let acl = acls.and_then(|acls| acls.get(id)).ok_or(Halt::PlanAgain)?;
                Ok(section.add_entries(acl, units, ledger))
            }
        }
    }

    fn to_release(&self, target: &Target, view: &View, units: &[&Unit]) -> Outcome {
        let relies_on = |mark: &str| self.world.relies_on(mark);
        let section = self.section(target, view, &relies_on);
        match target {
            Target::SecurityGroupRule(id) => {
                let groups = view.scope.security_groups.known().ok();
                section.release_rules(id, groups.and_then(|groups| groups.get(id)), units)
            }
            Target::NetworkACLEntry(id) => {
                let acls = view.scope.network_acls.known().ok();
                section.release_entries(id, acls.and_then(|acls| acls.get(id)), units)
            }
        }
    }

    fn section<'s>(
        &'s self,
        target: &Target,
        view: &View,
        relies_on: &'s dyn Fn(&str) -> bool,
    ) -> Section<'s> {
        Section {
            owner: self.owner,
            calm: self.world.calm(target.resource(), view),
            relies_on,
        }
    }

    /// Makes the calls of a section, in their order.
    async fn carry_out(
        &self,
        target: &Target,
        outcome: Outcome,
        pass: &mut Pass,
    ) -> Result<(), Halt> {
        self.world.rely_on(outcome.relied_on);
        let at = |until| self.at(target.resource(), until);
        for (unit, came) in outcome.known {
            pass.came(unit, came, at);
        }
        for step in outcome.steps {
            if let Call::DeleteEntry(acl, claim) = &step.call
                && !self.still_ours(acl, claim).await?
            {
                continue;
            }
            let added = self.make(&step, pass).await?;
            let (marks, units) = step.done(&added);
            self.world.rely_on(marks);
            for (unit, came) in units {
                pass.came(unit, came, at);
            }
        }
        Ok(())
    }

    /// When a read will tell more.
    fn at(&self, resource: &str, until: Until) -> Instant {
        match until {
            Until::Calm => self.world.calm_at(resource),
            Until::Long => self.world.long_calm_at(resource),
            Until::Coming => Instant::now() + COMING,
        }
    }

    /// Whether a fresh read still shows our content under the number.
    async fn still_ours(&self, id: &NetworkAclId, claim: &AclClaim) -> Result<bool, Halt> {
        let acl = observe::network_acl(self.session, id)
            .await
            .map_err(|error| Halt::Failed {
                resource: id.to_string(),
                error: Box::new(error),
            })?;
        Ok(acl.is_some_and(|acl| acl.entries.iter().any(|entry| claim.matches(entry))))
    }

    /// Makes one call.
    async fn make(&self, step: &Step, pass: &mut Pass) -> Result<Added, Halt> {
        let now = rule_claims::releasing(Timestamp::now());
        let value = match &step.call {
            Call::TagRules {
                claim: RuleClaim::Releasing,
                ..
            } => now.as_str(),
            _ => rule_claims::ACTIVE,
        };
        self.world.rely_no_more_on(&step.lets_go);
        let call = self.call(&step.call, value);
        let effects = |added: &Added| step.call.effects(added, value);
        self.write(step.call.resource(), pass, call, effects).await
    }

    async fn call(&self, call: &Call, value: &str) -> Result<Added, AwsError> {
        let session = self.session;
        let nothing_added = |()| Added::new();
        match call {
            Call::Authorize {
                group,
                direction,
                rules,
                tags,
            } => {
                let described = rules
                    .iter()
                    .map(|(unit, endpoint)| (unit, description(self.owner, self.object, endpoint)));
                let rules: Vec<_> = described.collect();
                calls::authorize(session, group, *direction, &rules, tags).await
            }
            Call::TagRules { rules, key, .. } => {
                let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
                let tagged = calls::tag(session, &rules, key, value).await;
                tagged.map(nothing_added)
            }
            Call::UntagRules { rules, key, .. } => {
                let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
                calls::untag(session, &rules, key).await.map(nothing_added)
            }
            Call::Revoke {
                group,
                direction,
                rules,
            } => {
                let revoked = calls::revoke(session, group, *direction, rules).await;
                revoked.map(nothing_added)
            }
            Call::Claim(acl, claim) => {
                let (key, value) = (claim.key(), claim.value());
                let tagged = calls::tag(session, &[acl.to_string()], &key, &value).await;
                tagged.map(nothing_added)
            }
            Call::CreateEntry(acl, claim) => {
                let created = calls::create_entry(session, acl, claim.number, &claim.unit).await;
                created.map(nothing_added)
            }
            Call::DeleteEntry(acl, claim) => {
                let direction = claim.unit.direction;
                let deleted = calls::delete_entry(session, acl, claim.number, direction).await;
                deleted.map(nothing_added)
            }
            Call::Unclaim(acl, claim) => {
                let untagged = calls::untag(session, &[acl.to_string()], &claim.key()).await;
                untagged.map(nothing_added)
            }
        }
    }

    /// Makes one write to a resource, and records what became of it.
    async fn write<T>(
        &self,
        resource: &str,
        pass: &mut Pass,
        call: impl Future<Output = Result<T, AwsError>>,
        effects: impl FnOnce(&T) -> Vec<Effect>,
    ) -> Result<T, Halt> {
        let write = self.world.begin(resource);
        match call.await {
            Ok(answer) => {
                let effects = effects(&answer);
                pass.written.extend(effects.iter().cloned());
                write.done(effects);
                Ok(answer)
            }
            Err(error) => {
                if error.is_lost_answer() {
                    write.lost()
                } else {
                    write.refused()
                }
                if error.is_duplicate() || error.is_not_found() {
                    // The view was wrong: read again, and judge by content.
                    self.world.distrust();
                    return Err(Halt::PlanAgain);
                }
                Err(Halt::Failed {
                    resource: resource.to_owned(),
                    error: Box::new(error),
                })
            }
        }
    }
}

/// What was not read is unknown, never absent: nothing is let go on it.
fn was_read(view: &View, target: &Target) -> Result<(), Halt> {
    let list = match target {
        Target::SecurityGroupRule(_) => view.scope.security_groups.known().err(),
        Target::NetworkACLEntry(_) => view.scope.network_acls.known().err(),
    };
    list.map_or(Ok(()), |list| {
        Err(Halt::Failed {
            resource: target.resource().to_owned(),
            error: Box::new(AwsError::unread(list)),
        })
    })
}

/// The description of a rule, for people: never read back. AWS takes 255 characters of a set of its own (EC2 API
/// Reference, `IpRange`).
fn description(owner: &Owner, object: &str, endpoint: &EndpointName) -> String {
    let text = format!("dms-network: {} {object} {endpoint}", owner.name());
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=;{}!$*".contains(c);
    text.chars()
        .map(|c| if allowed(c) { c } else { '_' })
        .take(255)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_description_names_who_asked_and_stays_within_what_aws_takes() {
        let owner = Owner::new("prod-eu1", None).unwrap();
        let endpoint: EndpointName = "orders-source".parse().unwrap();
        assert_eq!(
            description(&owner, "migrations/orders", &endpoint),
            "dms-network: prod-eu1 migrations/orders orders-source"
        );
        assert_eq!(description(&owner, &"x".repeat(500), &endpoint).len(), 255);
    }
}
