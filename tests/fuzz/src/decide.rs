//! Plans what files declare on what a folder holds, in the order and with the views of the command line.

use crate::declaration::Declared;
use dms_network_core::{
    api::{AWSAccount, AccountRef, MigrationNetwork, MigrationNetworkSpec, Reason, Region, VpcId},
    claims::{Ledger, Owner},
    plan::{self, Input, Plan},
    scopes::{Elsewhere, Guardrails, ScopeView, Scopes},
    snapshot::{ScopeLists, ScopeSnapshot, Snapshot, wanted::Wanted},
    trace::Unresolved,
};

/// One network on what was read.
pub(crate) struct Case<'a> {
    pub(crate) name: &'a (String, String),
    pub(crate) network: &'a MigrationNetwork,
    pub(crate) declared: &'a Declared,
    pub(crate) owner: &'a Owner,
}

impl Case<'_> {
    /// What the object holds, by its status.
    pub(crate) fn ledger(&self) -> Ledger {
        let status = self.network.status.as_ref();
        let ledger = status.map(|status| Ledger::of(status, |_| true));
        ledger.unwrap_or_default()
    }

    /// Plans on a snapshot, and hands the plan on with what it was made from. None where the account of the network
    /// cannot be used.
    pub(crate) fn plan<T>(
        &self,
        snapshot: &Snapshot,
        ledger: &Ledger,
        ended: bool,
        then: impl FnOnce(&Plan, &Input<'_>) -> T,
    ) -> Option<T> {
        let nothing: ScopeSnapshot = ScopeLists::unread().into();
        let scopes = self.scopes(snapshot, &nothing)?;
        let input = Input {
            namespace: &self.name.0,
            name: &self.name.1,
            spec: &self.network.spec,
            ledger,
            owner: self.owner,
            scopes: &scopes,
            ended,
        };
        Some(then(&plan::plan(&input), &input))
    }

    fn scopes<'s>(
        &'s self,
        snapshot: &'s Snapshot,
        nothing: &'s ScopeSnapshot,
    ) -> Option<Scopes<'s>> {
        let spec: &MigrationNetworkSpec = &self.network.spec;
        let by_hand = spec.replication_instance.network.as_ref();
        let vpc = by_hand.map(|network| &network.vpc_id);
        let home = self.view(snapshot, nothing, &spec.account_ref, &spec.region, vpc);
        let home = home.ok()?;
        let elsewhere = if self.declared.accounts.is_empty() {
            let others = snapshot.scopes.iter();
            let others = others.filter(|scope| !std::ptr::eq(*scope, home.snapshot));
            Elsewhere::All(others.map(ScopeView::unguarded).collect())
        } else {
            let places = Wanted::elsewhere(spec).into_iter().map(|(place, wanted)| {
                let vpc = wanted.vpcs.first();
                let view = self.view(snapshot, nothing, &place.0, &place.1, vpc);
                (place, view)
            });
            Elsewhere::Declared(places.collect())
        };
        Some(Scopes { home, elsewhere })
    }

    /// What was read of an account and Region, and what its owner gave.
    fn view<'s>(
        &'s self,
        snapshot: &'s Snapshot,
        nothing: &'s ScopeSnapshot,
        account_ref: &AccountRef,
        region: &Region,
        vpc: Option<&VpcId>,
    ) -> Result<ScopeView<'s>, Unresolved> {
        let account = self.account(account_ref)?;
        let id = account.map(|account| &account.spec.account_id);
        let found = snapshot.scope(id, region, vpc);
        Ok(ScopeView {
            snapshot: found.unwrap_or(nothing),
            guardrails: account.map(|account| self.guardrails(account)),
        })
    }

    fn account(&self, account_ref: &AccountRef) -> Result<Option<&AWSAccount>, Unresolved> {
        let accounts = &self.declared.accounts;
        let name = account_ref.name.as_str();
        match accounts.get(name) {
            None if !accounts.is_empty() => Err(Unresolved {
                reason: Reason::AccountNotFound,
                resource: name.to_owned(),
                message: "not among the files".to_owned(),
            }),
            account => Ok(account),
        }
    }

    fn guardrails<'s>(&self, account: &'s AWSAccount) -> Guardrails<'s> {
        let allowed = account.spec.allowed_namespaces.as_ref();
        let mut names = allowed.into_iter().flat_map(|allowed| &allowed.names);
        Guardrails {
            name: account.metadata.name.as_deref().unwrap_or_default(),
            account: &account.spec,
            namespace_allowed: names.any(|name| name.as_str() == self.name.0),
        }
    }
}

/// The snapshot as it is once a plan was carried out, and the ledger after it.
pub(crate) fn carried_out(snapshot: &Snapshot, plan: &Plan, owner: &Owner) -> (Snapshot, Ledger) {
    let mut snapshot = snapshot.clone();
    let scopes = snapshot.scopes.iter_mut();
    scopes.for_each(|scope| plan::carry_out(scope, plan, owner));
    (snapshot, plan.ledger())
}
