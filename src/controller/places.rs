//! Where the paths of one object are: the account and Region of its replication instance, and those that its placements
//! name.

use super::{context::Context, needs::PlacedUnit, scopes::ScopeHandle};
use crate::{apply::View, aws::AwsError};
use dms_network_core::{
    api::{self, AWSAccount, AccountRef, MigrationNetworkSpec, Reason, Region, Scope, Unit},
    claims::{
        Ledger,
        ledgered::{self, Ledgered, same_place},
    },
    plan::Plan,
    scopes::{Elsewhere, Guardrails, ScopeView, Scopes},
    snapshot::{ScopeLists, ScopeSnapshot, wanted::Wanted},
    trace::Unresolved,
};
use std::{collections::BTreeMap, sync::Arc, time::Instant};

/// An account and Region in which a pass works.
pub(super) struct Place {
    pub(super) account: Arc<AWSAccount>,
    pub(super) handle: Arc<ScopeHandle>,
    pub(super) scope: Scope,
    /// Whether the account is given to the namespace.
    given: bool,
}

/// All of them, and those that cannot be used.
pub(super) struct Places {
    pub(super) home: Place,
    /// The other usable ones: each account and Region once, whatever AWSAccounts name it.
    others: Vec<Place>,
    elsewhere: BTreeMap<api::Place, Named>,
    /// What is looked at where nothing may be read.
    nothing: ScopeSnapshot,
}

/// An account and Region that a placement names.
enum Named {
    /// The usable one of this index: home is 0.
    At(usize),
    NotGiven(Arc<AWSAccount>),
    Unusable(Unresolved),
}

/// Why an account cannot be used.
pub(super) enum Unusable {
    /// It is not there yet, or is another than before.
    Declared(Unresolved),
    /// It is not given to the namespace.
    NotGiven(Arc<AWSAccount>),
    /// AWS does not let it.
    Aws(AwsError),
}

/// The object that a place is looked for, with what it holds.
#[derive(Clone, Copy)]
pub(super) struct Asker<'n> {
    pub(super) namespace: &'n str,
    pub(super) spec: &'n MigrationNetworkSpec,
    pub(super) held: &'n Ledgered,
    /// Whether nothing is called for any more.
    pub(super) ended: bool,
}

impl Place {
    /// An account and Region for an object.
    ///
    /// # Errors
    /// Where the API server cannot be asked; inside, why the account cannot be used.
    pub(super) async fn find(
        ctx: &Context,
        asker: Asker<'_>,
        account_ref: &AccountRef,
        region: &Region,
    ) -> Result<Result<Self, Unusable>, kube::Error> {
        let name = account_ref.name.as_str();
        let unusable = |reason, message| {
            Ok(Err(Unusable::Declared(Unresolved {
                reason,
                resource: name.to_owned(),
                message,
            })))
        };
        let account = ctx.account(name);
        let Some(account) = account.filter(|it| it.metadata.deletion_timestamp.is_none()) else {
            let message = format!("there is no AWSAccount {name}, or it is being deleted");
            return unusable(Reason::AccountNotFound, message);
        };
        let scope = Scope {
            account_ref: account_ref.name.clone(),
            account_id: account.spec.account_id.clone(),
            region: region.clone(),
        };
        let written = &asker.held.scopes;
        if let Some(changed) = Unresolved::account_changed(written, name, &scope.account_id) {
            return Ok(Err(Unusable::Declared(changed)));
        }
        let given = ctx.is_given(&account, asker.namespace).await?;
        // What has ended is closed all the same: guardrails bind additions alone.
        if !given && !asker.ended {
            return Ok(Err(Unusable::NotGiven(account)));
        }
        Ok(match ctx.scopes.handle(&account, region).await {
            Ok(handle) => Ok(Self {
                account,
                handle,
                scope,
                given,
            }),
            Err(error) => Err(Unusable::Aws(error)),
        })
    }

    fn view<'a>(&'a self, snapshot: &'a ScopeSnapshot) -> ScopeView<'a> {
        ScopeView {
            snapshot,
            guardrails: Some(Guardrails {
                name: self.scope.account_ref.as_str(),
                account: &self.account.spec,
                namespace_allowed: self.given,
            }),
        }
    }
}

impl Places {
    /// Home, and the places that the declaration names besides. One that cannot be used cuts its own paths short.
    ///
    /// # Errors
    /// Where the API server cannot be asked; inside, where AWS may answer in a moment.
    pub(super) async fn around(
        ctx: &Context,
        asker: Asker<'_>,
        home: Place,
    ) -> Result<Result<Self, AwsError>, kube::Error> {
        let mut places = Self {
            home,
            others: Vec::new(),
            elsewhere: BTreeMap::new(),
            nothing: ScopeLists::unread().into(),
        };
        for (account_ref, region) in Wanted::elsewhere(asker.spec).into_keys() {
            let named = match Place::find(ctx, asker, &account_ref, &region).await? {
                Ok(place) => Named::At(places.take(place)),
                Err(Unusable::Declared(unresolved)) => Named::Unusable(unresolved),
                Err(Unusable::NotGiven(account)) => Named::NotGiven(account),
                Err(Unusable::Aws(error)) if error.is_transient() => return Ok(Err(error)),
                Err(Unusable::Aws(error)) => Named::Unusable(Unresolved {
                    reason: error.reason(),
                    resource: account_ref.name.to_string(),
                    message: error.to_string(),
                }),
            };
            places.elsewhere.insert((account_ref, region), named);
        }
        Ok(Ok(places))
    }

    /// The index of a place among the usable ones.
    fn take(&mut self, place: Place) -> usize {
        let is_known = |known: &Place| same_place(&known.scope, &place.scope);
        let known = self.usable().position(is_known);
        known.unwrap_or_else(|| {
            self.others.push(place);
            self.others.len()
        })
    }

    /// The usable ones, home first.
    pub(super) fn usable(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.home).chain(&self.others)
    }

    pub(super) fn at(&self, index: usize) -> &Place {
        self.usable().nth(index).unwrap_or(&self.home)
    }

    /// Whether a pass works in a scope.
    pub(super) fn are_in(&self, scope: &Scope) -> bool {
        self.usable().any(|place| same_place(&place.scope, scope))
    }

    /// Whether the declaration names a scope, be it usable or not: what stands there is no leftover.
    pub(super) fn name(&self, scope: &Scope) -> bool {
        let mut named = self.elsewhere.keys();
        self.are_in(scope)
            || named.any(|(account_ref, region)| {
                account_ref.name == scope.account_ref && *region == scope.region
            })
    }

    /// What an object holds where the pass works.
    pub(super) fn ledger(&self, held: &Ledgered) -> Ledger {
        held.ledger(|scope| self.are_in(scope))
    }

    /// A view of each usable place, in their order.
    ///
    /// # Errors
    /// Where AWS did not answer as a whole.
    pub(super) async fn views(
        &self,
        ctx: &Context,
        asker: Asker<'_>,
        since: Instant,
    ) -> Result<Vec<View>, AwsError> {
        let mut views = Vec::new();
        for (place, mut wanted) in self.usable().zip(self.wanted(asker.spec)) {
            let held = ledgered::of(asker.held, &place.scope);
            wanted.merge(&Wanted::of_units(held.iter().map(|(unit, _)| unit)));
            let all = || ctx.wanted(place.scope.account_ref.as_str(), &place.scope.region);
            views.push(place.handle.view(since, &wanted, all).await?);
        }
        Ok(views)
    }

    /// What the declaration wants to know of each usable place.
    fn wanted(&self, spec: &MigrationNetworkSpec) -> Vec<Wanted> {
        let mut wanted = vec![Wanted::of(spec)];
        wanted.resize(1 + self.others.len(), Wanted::default());
        for (place, of_place) in Wanted::elsewhere(spec) {
            if let Some(Named::At(index)) = self.elsewhere.get(&place)
                && let Some(wanted) = wanted.get_mut(*index)
            {
                wanted.merge(&of_place);
            }
        }
        wanted
    }

    /// What a plan looks at.
    pub(super) fn scopes<'a>(&'a self, views: &'a [View]) -> Scopes<'a> {
        let view = |index: usize| {
            let read = views.get(index).map(|view| view.scope.as_ref());
            self.at(index).view(read.unwrap_or(&self.nothing))
        };
        let elsewhere = self.elsewhere.iter().map(|(place, named)| {
            let found = match named {
                Named::At(index) => Ok(view(*index)),
                Named::Unusable(unresolved) => Err(unresolved.clone()),
                Named::NotGiven(account) => Ok(ScopeView {
                    snapshot: &self.nothing,
                    guardrails: Some(Guardrails {
                        name: place.0.name.as_str(),
                        account: &account.spec,
                        namespace_allowed: false,
                    }),
                }),
            };
            (place.clone(), found)
        });
        Scopes {
            home: view(0),
            elsewhere: Elsewhere::Declared(elsewhere.collect()),
        }
    }

    /// Where the units of a plan are: in the scope that the ledger names, else where their resource was read.
    pub(super) fn locate<'p>(
        &'p self,
        views: &[View],
        held: &Ledgered,
        plan: &'p Plan,
    ) -> Located<'p> {
        let units = plan.units.keys().chain(plan.releases.keys());
        let of = units.map(|unit| {
            let in_ledger = || {
                let scope = held.scope_of(unit, |scope| self.are_in(scope))?;
                self.usable()
                    .position(|place| same_place(&place.scope, scope))
            };
            let is_there = |view: &View| ScopeView::unguarded(&view.scope).holds(&unit.target);
            let index = in_ledger().or_else(|| views.iter().position(is_there));
            (unit, index.unwrap_or_default())
        });
        Located {
            places: self,
            of: of.collect(),
        }
    }
}

/// The units of a plan, each where it is.
pub(super) struct Located<'p> {
    places: &'p Places,
    of: BTreeMap<&'p Unit, usize>,
}

impl ledgered::Whereabouts for Located<'_> {
    fn scope(&self, unit: &Unit) -> &Scope {
        &self.places.at(self.index(unit)).scope
    }

    fn are_in(&self, scope: &Scope) -> bool {
        self.places.are_in(scope)
    }
}

impl<'p> Located<'p> {
    /// The index of a unit's place.
    pub(super) fn index(&self, unit: &Unit) -> usize {
        self.of.get(unit).copied().unwrap_or_default()
    }

    /// Where a unit is.
    pub(super) fn scope(&self, unit: &Unit) -> &'p Scope {
        &self.places.at(self.index(unit)).scope
    }

    /// A unit where it is.
    pub(super) fn placed(&self, unit: &Unit) -> PlacedUnit {
        PlacedUnit::new(self.scope(unit), unit)
    }

    /// The places that have any of some units, each with its index and those units.
    pub(super) fn by_place<'u, T>(
        &self,
        units: impl IntoIterator<Item = T>,
        unit_of: impl Fn(&T) -> &'u Unit,
    ) -> BTreeMap<usize, Vec<T>> {
        let mut of: BTreeMap<usize, Vec<T>> = BTreeMap::new();
        for item in units {
            of.entry(self.index(unit_of(&item))).or_default().push(item);
        }
        of
    }
}
