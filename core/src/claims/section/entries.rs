//! Entries of network ACLs.

use super::{Call, NeededUnit, Outcome, ReadAgain, Section, Step};
use crate::{
    api::{NetworkAclId, Unit},
    claims::{
        AclClaim, Calm, Came, EntrySeen, EntryStep, Held, Ledger, Until, acl_claims, entry_step,
    },
    snapshot::{NetworkAcl, NetworkAclEntry},
};

impl Section<'_> {
    /// Adds units to an ACL: for each entry one CreateTags that claims its number, and at once one
    /// CreateNetworkAclEntry.
    ///
    /// # Errors
    /// Where a unit needs a number and the plan gave none. What was decided for the units before it is carried out
    /// first.
    pub fn add_entries(
        &self,
        acl: &NetworkAcl,
        units: &[NeededUnit<'_>],
        ledger: &Ledger,
    ) -> (Outcome, Result<(), ReadAgain>) {
        let mut outcome = Outcome::default();
        for NeededUnit { unit, number, .. } in units {
            if self.settle(acl, unit, ledger, &mut outcome) {
                continue;
            }
            let Some(number) = number else {
                return (outcome, Err(ReadAgain));
            };
            let claim = AclClaim::new(*number, (*unit).clone(), self.owner);
            outcome.steps.push(Step {
                call: Call::Claim(acl.id.clone(), claim.clone()),
                lets_go: Vec::new(),
                then: Vec::new(),
            });
            outcome.steps.push(create(&acl.id, claim));
        }
        (outcome, Ok(()))
    }

    /// Judges our claims to a unit; whether one of them does.
    fn settle(
        &self,
        acl: &NetworkAcl,
        unit: &Unit,
        ledger: &Ledger,
        outcome: &mut Outcome,
    ) -> bool {
        let mut settled = false;
        let recorded = ledger.get(unit).and_then(|entry| entry.rule_number);
        for claim in self.claims(acl, unit) {
            let seen = self.entry_seen(acl, &claim, recorded == Some(claim.number));
            let step = entry_step(true, seen, self.calm);
            if settled && step != EntryStep::Renumber {
                // A second claim of the same content: one is enough, the other goes when it can.
                continue;
            }
            match step {
                EntryStep::Stands => {
                    outcome.relied_on.push(claim.mark());
                    let held = Came::Held(Held::entry(claim.number));
                    outcome.known.push((unit.clone(), held));
                    settled = true;
                }
                EntryStep::Create => {
                    outcome.steps.push(create(&acl.id, claim));
                    settled = true;
                }
                EntryStep::Wait => {
                    let came = Came::Waiting(Until::Calm);
                    outcome.known.push((unit.clone(), came));
                    settled = true;
                }
                EntryStep::Renumber if self.calm >= Calm::Yes => {
                    outcome.steps.push(unclaim(&acl.id, claim));
                }
                _ => {}
            }
        }
        settled
    }

    /// Lets go of units: on a calm read the entry goes, then its claim. No ACL where there is none any more.
    #[must_use]
    pub fn release_entries(
        &self,
        id: &NetworkAclId,
        acl: Option<&NetworkAcl>,
        units: &[&Unit],
    ) -> Outcome {
        let mut outcome = Outcome::default();
        for &unit in units {
            let mut waits = self.calm < Calm::Yes;
            let before = outcome.steps.len();
            for (acl, claim) in acl
                .into_iter()
                .flat_map(|acl| self.claims(acl, unit).into_iter().map(move |c| (acl, c)))
            {
                match entry_step(false, self.entry_seen(acl, &claim, true), self.calm) {
                    EntryStep::Delete => {
                        outcome.steps.push(Step {
                            call: Call::DeleteEntry(id.clone(), claim.clone()),
                            lets_go: vec![claim.mark()],
                            then: Vec::new(),
                        });
                        outcome.steps.push(unclaim(id, claim));
                    }
                    EntryStep::DropClaim => outcome.steps.push(unclaim(id, claim)),
                    _ => waits = true,
                }
            }
            let came = if waits {
                Came::Waiting(Until::Calm)
            } else {
                Came::Gone
            };
            let made = outcome.steps.len() > before;
            match outcome.steps.last_mut().filter(|_| made) {
                Some(last) => last.then.push((unit.clone(), came)),
                None => outcome.known.push((unit.clone(), came)),
            }
        }
        outcome
    }

    /// Our claims to a unit, by number.
    fn claims(&self, acl: &NetworkAcl, unit: &Unit) -> Vec<AclClaim> {
        let claims = acl_claims(acl);
        let mut claims: Vec<_> = claims
            .filter(|claim| claim.is_of(self.owner) && claim.unit == *unit)
            .collect();
        claims.sort();
        claims
    }

    fn entry_seen(&self, acl: &NetworkAcl, claim: &AclClaim, recorded: bool) -> EntrySeen {
        let under = |entry: &&NetworkAclEntry| {
            entry.number == claim.number && entry.direction == claim.unit.direction
        };
        match acl.entries.iter().find(under) {
            None => EntrySeen::Absent,
            Some(entry) if !claim.matches(entry) => EntrySeen::Foreign,
            Some(entry) => EntrySeen::Ours {
                shared: acl_claims(acl)
                    .any(|other| !other.is_of(self.owner) && other.matches(entry)),
                permitted: recorded || (self.relies_on)(&claim.mark()),
            },
        }
    }
}

fn create(acl: &NetworkAclId, claim: AclClaim) -> Step {
    let held = Came::Held(Held::entry(claim.number));
    Step {
        then: vec![(claim.unit.clone(), held)],
        call: Call::CreateEntry(acl.clone(), claim),
        lets_go: Vec::new(),
    }
}

fn unclaim(acl: &NetworkAclId, claim: AclClaim) -> Step {
    Step {
        lets_go: vec![claim.mark()],
        call: Call::Unclaim(acl.clone(), claim),
        then: Vec::new(),
    }
}
