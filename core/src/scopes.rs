//! The accounts and Regions that the paths of one object meet: what was read of each, and what its owner gave.

use crate::{
    api::{
        AWSAccountSpec, AccountId, AccountRef, MigrationNetworkSpec, NetworkACLs, Place, Region,
        Target, VpcId,
    },
    snapshot::ScopeSnapshot,
    trace::Unresolved,
};
use std::collections::BTreeMap;

/// What the account's owner gave.
#[derive(Clone, Copy, Debug)]
pub struct Guardrails<'a> {
    /// The name of the AWSAccount.
    pub name: &'a str,
    /// The AWSAccount.
    pub account: &'a AWSAccountSpec,
    /// Whether the account is given to the object's namespace.
    pub namespace_allowed: bool,
}

impl Guardrails<'_> {
    /// What is said, and what helps, where the account is not given to a namespace.
    pub(crate) fn not_given_to(&self, namespace: &str) -> (String, String) {
        let name = self.name;
        let message = format!("AWSAccount {name} is not given to namespace {namespace}");
        let remedy = format!("add {namespace} to spec.allowedNamespaces of AWSAccount {name}");
        (message, remedy)
    }
}

/// One account and Region.
#[derive(Clone, Copy, Debug)]
pub struct ScopeView<'a> {
    /// What was read there.
    pub snapshot: &'a ScopeSnapshot,
    /// What the account's owner gave; without it there are no guardrails.
    pub guardrails: Option<Guardrails<'a>>,
}

/// All accounts and Regions of one object.
#[derive(Clone, Debug)]
pub struct Scopes<'a> {
    /// Where the replication instance is.
    pub home: ScopeView<'a>,
    /// The others.
    pub elsewhere: Elsewhere<'a>,
}

/// The accounts and Regions besides that of the replication instance.
#[derive(Clone, Debug)]
pub enum Elsewhere<'a> {
    /// Those that placements name, or why one of them cannot be used. What is in none of them is not ours.
    Declared(BTreeMap<Place, Result<ScopeView<'a>, Unresolved>>),
    /// All that a snapshot folder holds counts as ours: no AWSAccount says otherwise.
    All(Vec<ScopeView<'a>>),
}

/// The account and Region in which a placement's VPC is looked for.
pub(crate) enum Found<'s, 'a> {
    /// It is ours to read.
    Ours(ScopeView<'a>),
    /// It is given to the namespace, and cannot be used.
    Unusable(&'s Unresolved),
    /// Its AWSAccount is not given to the namespace.
    NotGiven(Guardrails<'a>),
    /// It is not ours.
    NotOurs,
}

impl<'a> ScopeView<'a> {
    /// One of whose owner nothing is known: there are no guardrails.
    #[must_use]
    pub fn unguarded(snapshot: &'a ScopeSnapshot) -> Self {
        Self {
            snapshot,
            guardrails: None,
        }
    }

    /// The account, where it is known.
    #[must_use]
    pub fn account_id(&self) -> Option<&'a AccountId> {
        let declared = self.guardrails.map(|given| &given.account.account_id);
        declared.or(self.snapshot.account_id.as_ref())
    }

    /// Whether its network ACLs may be changed.
    #[must_use]
    pub fn network_acls(&self) -> NetworkACLs {
        let given = self.guardrails.map(|given| given.account.network_acls);
        given.unwrap_or_default()
    }

    /// Whether its AWSAccount, where it has one, is given to the object's namespace.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.guardrails.is_none_or(|given| given.namespace_allowed)
    }

    /// Whether a security group or network ACL is among what was read there.
    #[must_use]
    pub fn holds(&self, target: &Target) -> bool {
        match target {
            Target::SecurityGroupRule(group) => {
                let groups = self.snapshot.security_groups.known();
                groups.is_ok_and(|groups| groups.contains_key(group))
            }
            Target::NetworkACLEntry(acl) => {
                let acls = self.snapshot.network_acls.known();
                acls.is_ok_and(|acls| acls.contains_key(acl))
            }
        }
    }

    fn holds_vpc(&self, vpc: &VpcId) -> bool {
        let vpcs = self.snapshot.vpcs.known();
        vpcs.is_ok_and(|vpcs| vpcs.contains_key(vpc))
    }
}

impl<'a> Scopes<'a> {
    /// Home alone.
    #[must_use]
    pub fn only(home: ScopeView<'a>) -> Self {
        Self {
            home,
            elsewhere: Elsewhere::Declared(BTreeMap::new()),
        }
    }

    /// Those that can be used, home first.
    pub fn views(&self) -> impl Iterator<Item = ScopeView<'a>> {
        let (declared, all) = match &self.elsewhere {
            Elsewhere::Declared(places) => (Some(places.values().flatten()), None),
            Elsewhere::All(views) => (None, Some(views)),
        };
        let elsewhere = declared.into_iter().flatten();
        let elsewhere = elsewhere.chain(all.into_iter().flatten());
        std::iter::once(self.home).chain(elsewhere.copied())
    }

    /// Where a security group or network ACL is: ids are unique across accounts and Regions. Home where it was read
    /// nowhere.
    #[must_use]
    pub fn of(&self, target: &Target) -> ScopeView<'a> {
        let mut views = self.views();
        views.find(|view| view.holds(target)).unwrap_or(self.home)
    }

    /// Where a placement's VPC is to be looked for.
    pub(crate) fn find(
        &self,
        spec: &MigrationNetworkSpec,
        account_ref: Option<&AccountRef>,
        region: Option<&Region>,
        vpc: &VpcId,
    ) -> Found<'_, 'a> {
        let place = spec.place(account_ref, region);
        let is_home = place == spec.home();
        match &self.elsewhere {
            Elsewhere::Declared(_) if is_home => Found::Ours(self.home),
            Elsewhere::Declared(places) => match places.get(&place) {
                Some(Ok(view)) => match view.guardrails.filter(|_| !view.is_given()) {
                    Some(given) => Found::NotGiven(given),
                    None => Found::Ours(*view),
                },
                Some(Err(unresolved)) => Found::Unusable(unresolved),
                None => Found::NotOurs,
            },
            Elsewhere::All(_) => {
                let is_there = |view: &ScopeView<'_>| {
                    let of_region = view.snapshot.region.as_ref().is_none_or(|r| *r == place.1);
                    of_region && view.holds_vpc(vpc)
                };
                match self.views().find(is_there) {
                    Some(view) => Found::Ours(view),
                    None if is_home => Found::Ours(self.home),
                    None => Found::NotOurs,
                }
            }
        }
    }
}
