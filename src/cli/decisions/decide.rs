//! Plans every declared network on one snapshot. No file, no client, no clock.

use super::declarations::{Declarations, NetworkName};
use dms_network_core::{
    api::{
        AWSAccount, AccountId, AccountRef, Action, Change, MigrationNetwork,
        MigrationNetworkStatus, Mode, NetworkPlan, Place, Reason, Region, Scope, Unit, Verdict,
        VpcId,
    },
    claims::{Ledger, Owner},
    plan::{self, Input, Plan},
    scopes::{Elsewhere, Guardrails, ScopeView, Scopes},
    snapshot::{ScopeLists, ScopeSnapshot, Snapshot, wanted::Wanted},
    trace::Unresolved,
};
use jiff::Timestamp;
use kube::core::{Selector, SelectorExt};
use std::collections::{BTreeMap, BTreeSet};

/// What is planned, on what.
pub(super) struct Question<'a> {
    pub(super) declarations: &'a Declarations,
    pub(super) snapshot: &'a Snapshot,
    pub(super) owner: &'a Owner,
    pub(super) now: Timestamp,
}

/// The plan of one network, and what people ask of it.
#[derive(Debug)]
pub(in crate::cli) struct Decided {
    /// The plan as it is printed.
    pub(in crate::cli) plan: NetworkPlan,
    /// The lower of the network's mode and the account's `maxMode`.
    pub(in crate::cli) mode: Mode,
    /// How many of its paths are open once the plan is carried out.
    pub(in crate::cli) open_after: usize,
}

impl Question<'_> {
    /// The plans, in the order of namespace and name; each network sees the additions before it as present.
    pub(super) fn decide(&self) -> Vec<Decided> {
        let nothing: ScopeSnapshot = ScopeLists::unread().into();
        let mut read = self.snapshot.scopes.clone();
        let mut all = Vec::new();
        let mut needs: BTreeMap<Unit, usize> = BTreeMap::new();
        for (name, network) in &self.declarations.networks {
            let ground = Read {
                scopes: &read,
                nothing: &nothing,
            };
            let (decided, plan) = PlannedNetwork::plan(self, name, network, ground).decided(self);
            read.iter_mut()
                .for_each(|scope| plan::carry_out(scope, &plan, self.owner));
            for unit in plan.units.keys() {
                *needs.entry(unit.clone()).or_default() += 1;
            }
            all.push((decided, plan));
        }
        let decided = all.into_iter().map(|(mut decided, plan)| {
            // What goes is in none of the network's own units: whoever needs it is another.
            let others = |unit: &Unit| {
                let own = usize::from(plan.units.contains_key(unit));
                needs.get(unit).is_some_and(|needed| *needed > own)
            };
            let removals = &mut decided.plan.removals;
            let left = removals.iter_mut().filter(|change| others(&change.unit));
            left.for_each(|change| change.action = Action::Leave);
            removals.sort();
            decided
        });
        decided.collect()
    }

    /// What was read of an account and Region, as the networks planned so far leave it.
    fn read<'r>(
        &self,
        read: Read<'r>,
        account: Option<&AccountId>,
        region: &Region,
        vpc: Option<&VpcId>,
    ) -> Option<&'r ScopeSnapshot> {
        let found = self.snapshot.scope(account, region, vpc)?;
        let mut scopes = self.snapshot.scopes.iter();
        let place = scopes.position(|scope| std::ptr::eq(scope, found))?;
        read.scopes.get(place)
    }

    /// What is known of an AWSAccount that a network names.
    fn account(
        &self,
        name: &NetworkName,
        network: &MigrationNetwork,
        wanted: &AccountRef,
    ) -> Account<'_> {
        let accounts = &self.declarations.accounts;
        let wanted = wanted.name.as_str();
        if accounts.is_empty() {
            return Account::Unguarded;
        }
        let Some(account) = accounts.get(wanted) else {
            let message = format!(
                "there is no AWSAccount {wanted} among the files, and networks are planned with guardrails as soon as \
                 there is one"
            );
            return Account::Unusable(Unresolved {
                reason: Reason::AccountNotFound,
                resource: wanted.to_owned(),
                message,
            });
        };
        let id = &account.spec.account_id;
        let written = network.status.iter().flat_map(|status| &status.scopes);
        if let Some(changed) = Unresolved::account_changed(written, wanted, id) {
            return Account::Unusable(changed);
        }
        Account::Given {
            name: wanted.to_owned(),
            namespace_allowed: self.is_given(account, &name.namespace),
            account,
        }
    }

    /// Whether an account is given to a namespace. A namespace that no file declares has the one label that every
    /// namespace has.
    fn is_given(&self, account: &AWSAccount, namespace: &str) -> bool {
        let Some(allowed) = &account.spec.allowed_namespaces else {
            return false;
        };
        if allowed.names.iter().any(|name| name.as_str() == namespace) {
            return true;
        }
        let selector = allowed.selector.clone().map(Selector::try_from);
        let Some(Ok(selector)) = selector else {
            return false;
        };
        let declared = self.declarations.namespaces.get(namespace);
        let mut labels: BTreeMap<String, String> = declared.cloned().unwrap_or_default();
        labels.insert(
            "kubernetes.io/metadata.name".to_owned(),
            namespace.to_owned(),
        );
        selector.matches(&labels)
    }
}

/// What is known of the account of a network.
enum Account<'a> {
    /// No account is declared at all: there are no guardrails.
    Unguarded,
    /// It is declared.
    Given {
        name: String,
        namespace_allowed: bool,
        account: &'a AWSAccount,
    },
    /// It cannot be used.
    Unusable(Unresolved),
}

impl Account<'_> {
    fn id(&self) -> Option<&AccountId> {
        match self {
            Self::Given { account, .. } => Some(&account.spec.account_id),
            Self::Unguarded | Self::Unusable(_) => None,
        }
    }

    fn guardrails(&self) -> Option<Guardrails<'_>> {
        match self {
            Self::Given {
                name,
                namespace_allowed,
                account,
            } => Some(Guardrails {
                name,
                account: &account.spec,
                namespace_allowed: *namespace_allowed,
            }),
            Self::Unguarded | Self::Unusable(_) => None,
        }
    }
}

/// What was read, as the networks planned so far leave it.
#[derive(Clone, Copy)]
struct Read<'r> {
    /// In the order of the snapshot.
    scopes: &'r [ScopeSnapshot],
    /// What is looked at where nothing was read.
    nothing: &'r ScopeSnapshot,
}

/// What was read of an account and Region, and what is known of the account.
struct Ground<'a> {
    account: Account<'a>,
    read: &'a ScopeSnapshot,
}

impl Ground<'_> {
    fn view(&self) -> Result<ScopeView<'_>, Unresolved> {
        match &self.account {
            Account::Unusable(unresolved) => Err(unresolved.clone()),
            Account::Unguarded | Account::Given { .. } => Ok(ScopeView {
                snapshot: self.read,
                guardrails: self.account.guardrails(),
            }),
        }
    }
}

/// The accounts and Regions besides that of the replication instance.
enum Others<'a> {
    /// By what placements name.
    Declared(BTreeMap<Place, Ground<'a>>),
    /// All that the snapshot holds: no account is declared.
    All(&'a [ScopeSnapshot]),
}

/// A network with its plan and all that it was planned from.
struct PlannedNetwork<'a> {
    name: &'a NetworkName,
    network: &'a MigrationNetwork,
    home: Ground<'a>,
    others: Others<'a>,
    ledger: Ledger,
    ended: bool,
    plan: Plan,
}

impl<'a> PlannedNetwork<'a> {
    fn plan(
        question: &'a Question<'a>,
        name: &'a NetworkName,
        network: &'a MigrationNetwork,
        read: Read<'a>,
    ) -> Self {
        let spec = &network.spec;
        let ground = |account_ref: &AccountRef, region: &Region, vpc: Option<&VpcId>| {
            let account = question.account(name, network, account_ref);
            let found = question.read(read, account.id(), region, vpc);
            let read = found.unwrap_or(read.nothing);
            Ground { account, read }
        };
        let declared = spec.replication_instance.network.as_ref();
        let vpc = declared.map(|network| &network.vpc_id);
        let home = ground(&spec.account_ref, &spec.region, vpc);
        let elsewhere = Wanted::elsewhere(spec);
        let others = match &home.account {
            Account::Unguarded => Others::All(read.scopes),
            Account::Given { .. } | Account::Unusable(_) => {
                let grounds = elsewhere.iter().map(|(place, wanted)| {
                    let ground = ground(&place.0, &place.1, wanted.vpcs.first());
                    (place.clone(), ground)
                });
                Others::Declared(grounds.collect())
            }
        };
        let status = network.status.as_ref();
        let ledger = status.map(|status| Ledger::of(status, |scope| spec.names(scope)));
        let mut planned = Self {
            name,
            network,
            home,
            others,
            ledger: ledger.unwrap_or_default(),
            ended: spec.expired(question.now),
            plan: Plan::default(),
        };
        planned.plan = match planned.scopes() {
            Err(unresolved) => Plan {
                unresolved: Some(unresolved),
                ..Plan::kept(&planned.ledger)
            },
            Ok(scopes) => plan::plan(&planned.input(question.owner, &scopes)),
        };
        planned
    }

    fn scopes(&self) -> Result<Scopes<'_>, Unresolved> {
        let elsewhere = match &self.others {
            Others::Declared(grounds) => {
                let views = grounds.iter();
                let views = views.map(|(place, ground)| (place.clone(), ground.view()));
                Elsewhere::Declared(views.collect())
            }
            Others::All(read) => {
                let others = read
                    .iter()
                    .filter(|other| !std::ptr::eq(*other, self.home.read));
                Elsewhere::All(others.map(ScopeView::unguarded).collect())
            }
        };
        Ok(Scopes {
            home: self.home.view()?,
            elsewhere,
        })
    }

    fn input<'b>(&'b self, owner: &'b Owner, scopes: &'b Scopes<'b>) -> Input<'b> {
        Input {
            namespace: &self.name.namespace,
            name: &self.name.name,
            spec: &self.network.spec,
            ledger: &self.ledger,
            owner,
            scopes,
            ended: self.ended,
        }
    }

    /// What people ask of the plan, as if nobody else needed what goes.
    fn decided(self, question: &Question<'_>) -> (Decided, Plan) {
        let nothing = ScopeLists::unread().into();
        let scopes = self
            .scopes()
            .unwrap_or_else(|_| Scopes::only(ScopeView::unguarded(&nothing)));
        let input = self.input(question.owner, &scopes);
        let mut plan = plan::document(&self.plan, &input, &|_| false);
        plan.removals.extend(self.removals_elsewhere(question));
        let opens =
            |(place, path): (usize, &dms_network_core::trace::Path)| match path.status.verdict {
                Verdict::Permitted | Verdict::External => true,
                Verdict::Missing => !self.plan.refused.contains(&place),
                Verdict::Unknown | Verdict::Blocked => false,
            };
        let open = self.plan.paths.iter().enumerate();
        let decided = Decided {
            plan,
            mode: input.mode(),
            open_after: open.filter(|path| opens(*path)).count(),
        };
        (decided, self.plan)
    }

    /// What goes in accounts and Regions that the network has left.
    fn removals_elsewhere(&self, question: &Question<'_>) -> Vec<Change> {
        let spec = &self.network.spec;
        let status = self.network.status.as_ref();
        let left = status.into_iter().flat_map(scopes_held);
        let left = left.filter(|scope| !spec.names(scope));
        let mut removals = Vec::new();
        for left in left.collect::<BTreeSet<_>>() {
            let found = question
                .snapshot
                .scope(Some(&left.account_id), &left.region, None);
            let unread = ScopeLists::unread().into();
            let scopes = Scopes::only(ScopeView::unguarded(found.unwrap_or(&unread)));
            let ledger = status.map(|status| Ledger::of(status, |scope| scope == left));
            let input = Input {
                ledger: &ledger.unwrap_or_default(),
                ended: true,
                ..self.input(question.owner, &scopes)
            };
            removals.extend(plan::document(&plan::plan(&input), &input, &|_| false).removals);
        }
        removals
    }
}

fn scopes_held(status: &MigrationNetworkStatus) -> impl Iterator<Item = &Scope> {
    let rules = status.managed_rules.iter().map(|rule| &rule.scope);
    rules.chain(status.pending_changes.iter().map(|change| &change.scope))
}
