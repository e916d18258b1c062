//! Plans every declared network on one snapshot. No file, no client, no clock.

use super::declarations::{Declarations, NetworkName};
use dms_network_core::{
    api::{
        AWSAccount, AccountId, Change, MigrationNetwork, MigrationNetworkStatus, Mode, NetworkPlan,
        Reason, Scope, Unit, Verdict,
    },
    claims::{Ledger, Owner},
    plan::{self, Guardrails, Input, Plan, Planned, Standing},
    snapshot::{ScopeLists, ScopeSnapshot, Snapshot},
    trace::Unresolved,
};
use jiff::Timestamp;
use kube::core::{Selector, SelectorExt};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

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
        let mut scopes: Vec<Rc<ScopeSnapshot>> =
            self.snapshot.scopes.iter().cloned().map(Rc::new).collect();
        let mut planned: Vec<PlannedNetwork<'_>> = Vec::new();
        for (name, network) in &self.declarations.networks {
            let account = self.account(name, network);
            let place = self.place(account.id(), network);
            let scope = place.map(|place| Rc::clone(&scopes[place]));
            let scope = scope.unwrap_or_else(|| Rc::new(ScopeLists::unread().into()));
            let network = PlannedNetwork::plan(self, name, network, account, scope);
            if let Some(place) = place
                && network.plan.additions().next().is_some()
            {
                let lists = ScopeSnapshot::clone(&network.scope).into_lists();
                let (lists, _) = plan::after(lists, &network.plan, self.owner);
                scopes[place] = Rc::new(lists.into());
            }
            planned.push(network);
        }
        let needs: Vec<BTreeSet<&Unit>> = planned
            .iter()
            .map(|network| network.plan.units.keys().collect())
            .collect();
        let decide = |(place, network): (usize, &PlannedNetwork<'_>)| {
            let needed_by_others = |unit: &Unit| {
                let mut others = needs
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != place);
                others.any(|(_, units)| units.contains(unit))
            };
            network.decided(self, &needed_by_others)
        };
        planned.iter().enumerate().map(decide).collect()
    }

    /// The place of the account and Region in which a network's replication instance is.
    fn place(&self, account: Option<&AccountId>, network: &MigrationNetwork) -> Option<usize> {
        let declared = network.spec.replication_instance.network.as_ref();
        let vpc = declared.map(|network| &network.vpc_id);
        let found = self.snapshot.scope(account, &network.spec.region, vpc)?;
        let mut scopes = self.snapshot.scopes.iter();
        scopes.position(|scope| std::ptr::eq(scope, found))
    }

    fn account(&self, name: &NetworkName, network: &MigrationNetwork) -> Account<'_> {
        let accounts = &self.declarations.accounts;
        let wanted = network.spec.account_ref.name.as_str();
        if accounts.is_empty() {
            return Account::Unguarded;
        }
        let Some(account) = accounts.get(wanted) else {
            let message = format!(
                "there is no AWSAccount {wanted} among the files, and networks are planned with guardrails as soon as \
                 there is one"
            );
            return Account::unusable(Reason::AccountNotFound, wanted, message);
        };
        let id = &account.spec.account_id;
        let scopes = network.status.iter().flat_map(|status| &status.scopes);
        let mut before = scopes.filter(|scope| scope.account_ref.as_str() == wanted);
        if let Some(before) = before.find(|scope| scope.account_id != *id) {
            let message = format!(
                "AWSAccount {wanted} was {} when rules were added, and is {id} now",
                before.account_id
            );
            return Account::unusable(Reason::AccountChanged, wanted, message);
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
    fn unusable(reason: Reason, name: &str, message: String) -> Self {
        Self::Unusable(Unresolved {
            reason,
            resource: name.to_owned(),
            message,
        })
    }

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

/// A network with its plan and all that it was planned from.
struct PlannedNetwork<'a> {
    name: &'a NetworkName,
    network: &'a MigrationNetwork,
    account: Account<'a>,
    ledger: Ledger,
    scope: Rc<ScopeSnapshot>,
    ended: bool,
    plan: Plan,
}

impl<'a> PlannedNetwork<'a> {
    fn plan(
        question: &Question<'a>,
        name: &'a NetworkName,
        network: &'a MigrationNetwork,
        account: Account<'a>,
        scope: Rc<ScopeSnapshot>,
    ) -> Self {
        let spec = &network.spec;
        let here = |scope: &Scope| {
            scope.account_ref == spec.account_ref.name && scope.region == spec.region
        };
        let ledger = network
            .status
            .as_ref()
            .map(|status| Ledger::of(status, here));
        let mut planned = Self {
            name,
            network,
            account,
            ledger: ledger.unwrap_or_default(),
            scope,
            ended: spec.expired(question.now),
            plan: Plan::default(),
        };
        planned.plan = match &planned.account {
            Account::Unusable(unresolved) => kept(&planned.ledger, unresolved.clone()),
            Account::Unguarded | Account::Given { .. } => {
                plan::plan(&planned.input(question.owner))
            }
        };
        planned
    }

    fn input<'b>(&'b self, owner: &'b Owner) -> Input<'b> {
        Input {
            namespace: &self.name.namespace,
            name: &self.name.name,
            spec: &self.network.spec,
            ledger: &self.ledger,
            owner,
            scope: &self.scope,
            guardrails: self.account.guardrails(),
            ended: self.ended,
        }
    }

    fn decided(&self, question: &Question<'_>, needed: &impl Fn(&Unit) -> bool) -> Decided {
        let input = self.input(question.owner);
        let mut plan = plan::document(&self.plan, &input, needed);
        plan.removals
            .extend(self.removals_elsewhere(question, needed));
        plan.removals.sort();
        let opens =
            |(place, path): (usize, &dms_network_core::trace::Path)| match path.status.verdict {
                Verdict::Permitted | Verdict::External => true,
                Verdict::Missing => !self.plan.refused.contains(&place),
                Verdict::Unknown | Verdict::Blocked => false,
            };
        Decided {
            plan,
            mode: input.mode(),
            open_after: self
                .plan
                .paths
                .iter()
                .enumerate()
                .filter(|path| opens(*path))
                .count(),
        }
    }

    /// What goes in accounts and Regions that the network has left.
    fn removals_elsewhere(
        &self,
        question: &Question<'_>,
        needed: &impl Fn(&Unit) -> bool,
    ) -> Vec<Change> {
        let spec = &self.network.spec;
        let status = self.network.status.as_ref();
        let left = status.into_iter().flat_map(scopes_held).filter(|scope| {
            scope.account_ref != spec.account_ref.name || scope.region != spec.region
        });
        let mut removals = Vec::new();
        for left in left.collect::<BTreeSet<_>>() {
            let found = question
                .snapshot
                .scope(Some(&left.account_id), &left.region, None);
            let unread = ScopeLists::unread().into();
            let ledger = status.map(|status| Ledger::of(status, |scope| scope == left));
            let input = Input {
                ledger: &ledger.unwrap_or_default(),
                scope: found.unwrap_or(&unread),
                ended: true,
                ..self.input(question.owner)
            };
            removals.extend(plan::document(&plan::plan(&input), &input, needed).removals);
        }
        removals
    }
}

fn scopes_held(status: &MigrationNetworkStatus) -> impl Iterator<Item = &Scope> {
    let rules = status.managed_rules.iter().map(|rule| &rule.scope);
    rules.chain(status.pending_changes.iter().map(|change| &change.scope))
}

/// A plan that changes nothing.
fn kept(ledger: &Ledger, unresolved: Unresolved) -> Plan {
    let units = ledger.iter().map(|(unit, entry)| {
        let planned = Planned {
            endpoints: entry.endpoints.clone(),
            standing: Standing::Kept,
            rule_number: entry.rule_number,
        };
        (unit.clone(), planned)
    });
    Plan {
        units: units.collect(),
        unresolved: Some(unresolved),
        ..Plan::default()
    }
}
