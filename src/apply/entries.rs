//! Entries of network ACLs.

use super::{Applier, Halt, Held, Needed, Pass, View, calls};
use crate::observe;
use dms_network_core::{
    api::{NetworkAclId, RuleNumber, Unit},
    claims::{AclClaim, AclEffect, Effect, EntrySeen, EntryStep, Ledger, acl_claims, entry_step},
    snapshot::{NetworkAcl, NetworkAclEntry, Protocol},
};

impl Applier<'_> {
    /// For each entry one CreateTags that claims its number, and at once one CreateNetworkAclEntry.
    pub(super) async fn add_entries(
        &self,
        id: &NetworkAclId,
        view: &View,
        units: &[Needed<'_>],
        ledger: &Ledger,
        pass: &mut Pass,
    ) -> Result<(), Halt> {
        let Some(acl) = acl_of(view, id) else {
            return Err(Halt::PlanAgain);
        };
        let calm = self.world.calm(id.as_str(), view);
        for Needed { unit, number, .. } in units {
            let mut settled = false;
            for claim in self.claims(acl, unit) {
                let recorded =
                    ledger.get(unit).and_then(|entry| entry.rule_number) == Some(claim.number);
                let seen = self.entry_seen(acl, &claim, recorded);
                let step = entry_step(true, seen, calm);
                if settled && step != EntryStep::Renumber {
                    // A second claim of the same content: one is enough, the other goes when it can.
                    continue;
                }
                match step {
                    EntryStep::Stands => {
                        self.world.rely_on_entry(&claim);
                        pass.held.insert((*unit).clone(), held(claim.number));
                        settled = true;
                    }
                    EntryStep::Create => {
                        self.create(id, &claim, pass).await?;
                        settled = true;
                    }
                    EntryStep::Wait => {
                        pass.waiting
                            .insert((*unit).clone(), self.world.calm_at(id.as_str()));
                        settled = true;
                    }
                    EntryStep::Renumber if calm >= dms_network_core::claims::Calm::Yes => {
                        self.drop_claim(id, &claim, pass).await?;
                    }
                    _ => {}
                }
            }
            if settled {
                continue;
            }
            let Some(number) = number else {
                return Err(Halt::PlanAgain);
            };
            let claim = AclClaim::new(*number, (*unit).clone(), self.owner);
            let (key, value) = (claim.key(), claim.value());
            self.write(
                id.as_str(),
                pass,
                calls::tag(self.session, &[id.to_string()], &key, &value),
                |()| {
                    vec![Effect::Acl(
                        id.clone(),
                        AclEffect::Tagged {
                            key: key.clone(),
                            value: value.clone(),
                        },
                    )]
                },
            )
            .await?;
            self.create(id, &claim, pass).await?;
        }
        Ok(())
    }

    async fn create(
        &self,
        id: &NetworkAclId,
        claim: &AclClaim,
        pass: &mut Pass,
    ) -> Result<(), Halt> {
        let call = calls::create_entry(self.session, id, claim.number, &claim.unit);
        self.write(id.as_str(), pass, call, |()| {
            let entry = claim.unit.cidr().map(|cidr| NetworkAclEntry {
                direction: claim.unit.direction,
                number: claim.number,
                allow: true,
                protocol: Protocol::Tcp,
                ports: claim.unit.ports(),
                cidr,
            });
            entry
                .map(|entry| Effect::Acl(id.clone(), AclEffect::EntryCreated(entry)))
                .into_iter()
                .collect()
        })
        .await?;
        self.world.rely_on_entry(claim);
        pass.held.insert(claim.unit.clone(), held(claim.number));
        Ok(())
    }

    /// On a calm read the entry goes, then its claim. Delete takes whatever is under the number, so its content is
    /// looked at once more immediately before.
    pub(super) async fn release_entries(
        &self,
        id: &NetworkAclId,
        view: &View,
        units: &[&Unit],
        pass: &mut Pass,
    ) -> Result<(), Halt> {
        let calm = self.world.calm(id.as_str(), view);
        for unit in units {
            let claims = match acl_of(view, id) {
                Some(acl) => self
                    .claims(acl, unit)
                    .into_iter()
                    .map(|claim| (claim, Some(acl)))
                    .collect(),
                None => Vec::new(),
            };
            let mut waits = calm < dms_network_core::claims::Calm::Yes;
            for (claim, acl) in claims {
                let seen = acl.map_or(EntrySeen::Absent, |acl| self.entry_seen(acl, &claim, true));
                match entry_step(false, seen, calm) {
                    EntryStep::Delete => {
                        if self.still_ours(id, &claim).await? {
                            self.delete(id, &claim, pass).await?;
                        }
                        self.drop_claim(id, &claim, pass).await?;
                    }
                    EntryStep::DropClaim => self.drop_claim(id, &claim, pass).await?,
                    _ => waits = true,
                }
            }
            if waits {
                pass.waiting
                    .insert((*unit).clone(), self.world.calm_at(id.as_str()));
            } else {
                pass.gone.insert((*unit).clone());
            }
        }
        Ok(())
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

    async fn delete(
        &self,
        id: &NetworkAclId,
        claim: &AclClaim,
        pass: &mut Pass,
    ) -> Result<(), Halt> {
        let direction = claim.unit.direction;
        self.world.rely_on_entry_no_more(claim);
        self.write(
            id.as_str(),
            pass,
            calls::delete_entry(self.session, id, claim.number, direction),
            |()| {
                vec![Effect::Acl(
                    id.clone(),
                    AclEffect::EntryDeleted(direction, claim.number),
                )]
            },
        )
        .await
    }

    async fn drop_claim(
        &self,
        id: &NetworkAclId,
        claim: &AclClaim,
        pass: &mut Pass,
    ) -> Result<(), Halt> {
        let key = claim.key();
        self.world.rely_on_entry_no_more(claim);
        self.write(
            id.as_str(),
            pass,
            calls::untag(self.session, &[id.to_string()], &key),
            |()| {
                vec![Effect::Acl(
                    id.clone(),
                    AclEffect::Untagged { key: key.clone() },
                )]
            },
        )
        .await
    }

    /// Our claims to a unit, by number.
    fn claims(&self, acl: &NetworkAcl, unit: &Unit) -> Vec<AclClaim> {
        let mut claims: Vec<_> = acl_claims(acl)
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
                permitted: recorded || self.world.relies_on_entry(claim),
            },
        }
    }
}

fn held(number: RuleNumber) -> Held {
    Held {
        rule_id: None,
        rule_number: Some(number),
    }
}

fn acl_of<'v>(view: &'v View, id: &NetworkAclId) -> Option<&'v NetworkAcl> {
    view.scope.network_acls.known().ok()?.get(id)
}
