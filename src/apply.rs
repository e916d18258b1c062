//! Carries a plan out by the claims protocol: adds, and only once all that stands, releases.
//!
//! Each security group and network ACL has a critical section in which the need is looked at again, the step decided
//! (`core::claims::steps`) and the call made. A plan that was made before another write of ours to the resource is not
//! carried out there: the pass says so, and the object is planned again.

mod calls;
mod entries;
mod rules;
mod world;

pub use world::{Times, View, World, Write};

use crate::aws::{AwsError, Session};
use dms_network_core::{
    api::{EndpointName, RuleNumber, SecurityGroupRuleId, Target, Unit},
    claims::{Effect, Ledger, Owner},
    plan::{Planned, Standing},
};
use std::{
    collections::{BTreeMap, BTreeSet},
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
#[derive(Default)]
pub struct Pass {
    /// The units that stand, and may be relied on.
    pub held: BTreeMap<Unit, Held>,
    /// The units that are written, or are being let go, with the time from which a read will tell more.
    pub waiting: BTreeMap<Unit, Instant>,
    /// The units that are gone from AWS, or left to others.
    pub gone: BTreeSet<Unit>,
    /// What was written, for events.
    pub written: Vec<Effect>,
}

/// Where a unit is held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The id of its rule.
    pub rule_id: Option<SecurityGroupRuleId>,
    /// The number of its entry.
    pub rule_number: Option<RuleNumber>,
}

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

/// Who else needs a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Nobody.
    Nobody,
    /// Another object, whose ledger does not have it yet.
    Coming,
    /// Another object, whose ledger has it.
    Hold,
}

/// A unit that must stand.
#[derive(Clone, Copy)]
struct Needed<'p> {
    unit: &'p Unit,
    /// The first endpoint that calls for it.
    endpoint: &'p EndpointName,
    /// The number that is free for its entry, in a network ACL.
    number: Option<RuleNumber>,
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
        let mut targets: BTreeMap<&Target, Vec<Needed<'_>>> = BTreeMap::new();
        for &(unit, planned) in units {
            match (planned.standing, planned.endpoints.first()) {
                (Standing::Kept, _) | (_, None) => {
                    let entry = ledger.get(unit);
                    let held = Held {
                        rule_id: entry.and_then(|entry| entry.rule_id.clone()),
                        rule_number: entry.and_then(|entry| entry.rule_number),
                    };
                    pass.held.insert(unit.clone(), held);
                }
                (_, Some(endpoint)) => {
                    targets.entry(&unit.target).or_default().push(Needed {
                        unit,
                        endpoint,
                        number: planned.rule_number,
                    });
                }
            }
        }
        for (target, units) in targets {
            let _section = self.world.enter(target.resource()).await;
            if self.world.moved_on(target.resource(), view) {
                return Err(Halt::PlanAgain);
            }
            match target {
                Target::SecurityGroupRule(group) => {
                    self.add_rules(group, view, &units, ledger, pass).await?
                }
                Target::NetworkACLEntry(acl) => {
                    self.add_entries(acl, view, &units, ledger, pass).await?
                }
            }
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
                        pass.waiting.insert(unit.clone(), Instant::now() + COMING);
                    }
                    Others::Hold => {
                        pass.gone.insert(unit.clone());
                    }
                }
            }
            match target {
                Target::SecurityGroupRule(group) => {
                    self.release_rules(group, view, &unneeded, pass).await?
                }
                Target::NetworkACLEntry(acl) => {
                    self.release_entries(acl, view, &unneeded, pass).await?
                }
            }
        }
        Ok(())
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
