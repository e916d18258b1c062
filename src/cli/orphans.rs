//! `orphans`: what carries this deployment's claim in AWS, and no object of the cluster accounts for. Removes nothing.

mod find;

use crate::{
    aws::{AwsError, Session},
    controller::{self, RunError},
    observe,
};
use clap::{Args, ValueEnum};
use dms_network_core::{
    api::{AWSAccount, AccountId, AccountName, AccountRef, MigrationNetwork, Region, Unit},
    claims::{Owner, owner::OwnerError},
    plan::called_for,
    scopes::{Elsewhere, ScopeView, Scopes},
    snapshot::{ScopeSnapshot, wanted::Wanted},
};
use find::{Orphan, Place};
use jiff::Timestamp;
use kube::{
    Api, Client, ResourceExt,
    api::{ApiResource, DynamicObject, ListParams},
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

/// Whose orphans, and how they are shown.
#[derive(Args, Debug)]
pub struct OrphansArgs {
    /// The deployment, as `run` was told [default: the UID of the kube-system namespace]
    #[arg(long, value_name = "NAME", env = "DMS_NETWORK_OWNER")]
    owner: Option<String>,

    /// The form of the list
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

/// The form in which the list is printed.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Form {
    /// For people
    #[default]
    Text,
    /// For machines
    Json,
}

/// Why there is no list, or not a whole one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cluster cannot be asked.
    #[error(transparent)]
    Cluster(#[from] RunError),
    /// No kubeconfig, or the API server refuses.
    #[error(
        "the cluster cannot be asked ({0}); set KUBECONFIG to one with dms-network.dev/v1alpha1"
    )]
    Kubernetes(#[from] kube::Error),
    /// The deployment has no name.
    #[error("--owner: {0}")]
    Owner(#[from] OwnerError),
    /// An object that this version cannot read: what it holds would be taken for orphans.
    #[error(
        "MigrationNetwork {name} cannot be read ({source}); use the version of the controller that its CRD belongs to"
    )]
    NotUnderstood {
        /// The object.
        name: String,
        /// The field.
        source: serde_json::Error,
    },
    /// Some accounts could not be looked into.
    #[error("{}", .0.join("\nerror: "))]
    Unseen(Vec<String>),
    /// The standard output takes nothing.
    #[error("the list cannot be printed ({0}); give the standard output somewhere to go")]
    Output(#[from] io::Error),
}

/// Lists and prints.
///
/// # Errors
/// If the cluster or an account cannot be read; what was found in the others is printed all the same.
pub async fn run(args: &OrphansArgs) -> Result<(), Error> {
    let client = Client::try_default().await?;
    let name = match &args.owner {
        Some(name) => name.clone(),
        None => controller::kube_system_uid(&client).await?,
    };
    let owner = Owner::new(&name, None)?;
    let cluster = Cluster::read(&client).await?;
    let (places, mut unseen) = cluster.places();
    let mut read = Read::new();
    for (place, (account, wanted)) in &places {
        match observed(account, &place.1, wanted).await {
            Ok(scope) => drop(read.insert(place.clone(), scope)),
            Err(error) => unseen.push(not_seen(place, account, &error, error.remedy())),
        }
    }
    let needed = cluster.needed(&read, &owner);
    let mut orphans = Vec::new();
    for (place, scope) in &read {
        let in_place = Place {
            account_id: &place.0,
            region: &place.1,
        };
        let nothing = BTreeSet::new();
        let needed = needed.get(place).unwrap_or(&nothing);
        match (
            find::find(&in_place, scope, &owner, needed),
            places.get(place),
        ) {
            (Ok(found), _) => orphans.extend(found),
            (Err(list), Some((account, _))) => {
                let why = format!("{} was refused", list.call);
                unseen.push(not_seen(place, account, &why, "give its role that action"));
            }
            (Err(_), None) => {}
        }
    }
    print(args.output, &owner, &orphans)?;
    if unseen.is_empty() {
        Ok(())
    } else {
        Err(Error::Unseen(unseen))
    }
}

/// What the cluster declares.
struct Cluster {
    networks: Vec<MigrationNetwork>,
    accounts: BTreeMap<String, AWSAccount>,
}

/// The accounts and Regions to look into, with what is needed to do so.
type Places<'a> = BTreeMap<(AccountId, Region), (&'a AWSAccount, Wanted)>;

/// What was read of each.
type Read = BTreeMap<(AccountId, Region), ScopeSnapshot>;

impl Cluster {
    async fn read(client: &Client) -> Result<Self, Error> {
        let resource = ApiResource::erase::<MigrationNetwork>(&());
        let networks: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
        let networks = networks.list(&ListParams::default()).await?;
        let accounts: Api<AWSAccount> = Api::all(client.clone());
        let accounts = accounts.list(&ListParams::default()).await?;
        let accounts = accounts
            .into_iter()
            .map(|account| (account.name_any(), account));
        Ok(Self {
            networks: networks
                .into_iter()
                .map(understand)
                .collect::<Result<_, _>>()?,
            accounts: accounts.collect(),
        })
    }

    /// Every account and Region that a declaration or a status names, and why some of them cannot be looked into.
    fn places(&self) -> (Places<'_>, Vec<String>) {
        let mut places = Places::new();
        let mut unseen = BTreeSet::new();
        for network in &self.networks {
            let spec = &network.spec;
            let mut add = |name: &AccountName,
                           id: Option<&AccountId>,
                           region: &Region,
                           wanted: &Wanted| {
                let account = self.accounts.get(name.as_str());
                let account =
                    account.filter(|account| id.is_none_or(|id| account.spec.account_id == *id));
                let Some(account) = account else {
                    let id = id.map(|id| format!(" of account {id}")).unwrap_or_default();
                    unseen.insert(format!(
                        "there is no AWSAccount {name}{id}, which a MigrationNetwork names; create it to look there"
                    ));
                    return;
                };
                let key = (account.spec.account_id.clone(), region.clone());
                let place = places
                    .entry(key)
                    .or_insert_with(|| (account, Wanted::default()));
                place.1.merge(wanted);
            };
            add(
                &spec.account_ref.name,
                None,
                &spec.region,
                &Wanted::of(spec),
            );
            for ((account_ref, region), wanted) in Wanted::elsewhere(spec) {
                add(&account_ref.name, None, &region, &wanted);
            }
            for scope in network.status.iter().flat_map(|status| &status.scopes) {
                add(
                    &scope.account_ref,
                    Some(&scope.account_id),
                    &scope.region,
                    &Wanted::default(),
                );
            }
        }
        (places, unseen.into_iter().collect())
    }

    /// What some object holds in each place, or calls for.
    fn needed(&self, read: &Read, owner: &Owner) -> BTreeMap<(AccountId, Region), BTreeSet<Unit>> {
        let now = Timestamp::now();
        let mut needed: BTreeMap<_, BTreeSet<Unit>> = BTreeMap::new();
        for network in &self.networks {
            for rule in network
                .status
                .iter()
                .flat_map(|status| &status.managed_rules)
            {
                let place = (rule.scope.account_id.clone(), rule.scope.region.clone());
                needed.entry(place).or_default().insert(rule.unit.clone());
            }
            if network.spec.expired(now) {
                continue;
            }
            for unit in self.called_for(network, read, owner) {
                let is_there =
                    |snapshot: &ScopeSnapshot| ScopeView::unguarded(snapshot).holds(&unit.target);
                for (place, _) in read.iter().filter(|(_, scope)| is_there(scope)) {
                    needed
                        .entry(place.clone())
                        .or_default()
                        .insert(unit.clone());
                }
            }
        }
        needed
    }

    fn called_for(&self, network: &MigrationNetwork, read: &Read, owner: &Owner) -> BTreeSet<Unit> {
        let spec = &network.spec;
        let of = |account_ref: &AccountRef, region: &Region| {
            let account = self.accounts.get(account_ref.name.as_str())?;
            let scope = read.get(&(account.spec.account_id.clone(), region.clone()))?;
            Some(ScopeView::unguarded(scope))
        };
        let Some(home) = of(&spec.account_ref, &spec.region) else {
            return BTreeSet::new();
        };
        let elsewhere = Wanted::elsewhere(spec).into_keys();
        let elsewhere = elsewhere.filter_map(|place| {
            let view = of(&place.0, &place.1)?;
            Some((place, Ok(view)))
        });
        let scopes = Scopes {
            home,
            elsewhere: Elsewhere::Declared(elsewhere.collect()),
        };
        let namespace = network.namespace().unwrap_or_default();
        called_for(&namespace, spec, owner, &scopes)
    }
}

fn understand(object: DynamicObject) -> Result<MigrationNetwork, Error> {
    let name = format!(
        "{}/{}",
        object.namespace().unwrap_or_default(),
        object.name_any()
    );
    serde_json::to_value(object)
        .and_then(serde_json::from_value)
        .map_err(|source| Error::NotUnderstood { name, source })
}

fn not_seen(
    (account_id, region): &(AccountId, Region),
    account: &AWSAccount,
    why: &dyn std::fmt::Display,
    remedy: &str,
) -> String {
    format!(
        "account {account_id} in {region} cannot be looked into by AWSAccount {} ({why}); {remedy}",
        account.name_any()
    )
}

async fn observed(
    account: &AWSAccount,
    region: &Region,
    wanted: &Wanted,
) -> Result<ScopeSnapshot, AwsError> {
    let session = Session::open(&account.spec, region).await?;
    Ok(observe::observe(&session, wanted).await?.lists.into())
}

#[derive(Serialize)]
struct List<'a> {
    owner: &'a str,
    orphans: &'a [Orphan],
}

fn print(form: Form, owner: &Owner, orphans: &[Orphan]) -> io::Result<()> {
    let list = List {
        owner: owner.name(),
        orphans,
    };
    let mut out = io::stdout().lock();
    match form {
        Form::Json => {
            let text = serde_json::to_string_pretty(&list).map_err(io::Error::other)?;
            writeln!(out, "{text}")
        }
        Form::Text => {
            for orphan in orphans {
                writeln!(out, "{orphan}")?;
            }
            writeln!(out, "Orphans of {}: {}", list.owner, orphans.len())
        }
    }
}
