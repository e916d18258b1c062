//! The snapshot of the accounts as they are now.

use super::declarations::Declarations;
use crate::{
    aws::{AwsError, Credentials, Session},
    observe,
};
use dms_network_core::{
    api::{AWSAccount, AccountId, Region},
    snapshot::{Snapshot, wanted::Wanted},
};
use std::collections::BTreeMap;

/// An account and Region that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "{place}: cannot be read, and without --snapshot it is needed ({source}); {}",
    source.remedy()
)]
pub struct LiveError {
    place: String,
    source: Box<AwsError>,
}

/// By account id, which is unknown where no account is declared, and Region: the account, and what is wanted there.
type Places<'a> = BTreeMap<(Option<&'a AccountId>, Region), (Option<&'a AWSAccount>, Wanted)>;

/// Reads what the networks want to know: with their AWSAccounts, or with the credentials of the environment where no
/// account is declared. An AWSAccount that is not declared is not looked into: the plan says so.
pub(super) async fn observe(declarations: &Declarations) -> Result<Snapshot, LiveError> {
    let mut snapshot = Snapshot::default();
    for ((id, region), (account, wanted)) in places(declarations) {
        let read = async {
            let session = match account {
                Some(account) => Session::open(&account.spec, &region).await?,
                None => Session::ambient(&Credentials::default(), Some(&region)).await?,
            };
            observe::observe(&session, &wanted).await
        };
        let observation = read.await.map_err(|source| LiveError {
            place: match id {
                Some(id) => format!("account {id} in {region}"),
                None => format!("the account of the environment's credentials in {region}"),
            },
            source: Box::new(source),
        })?;
        snapshot.scopes.push(observation.lists.into());
    }
    Ok(snapshot)
}

fn places(declarations: &Declarations) -> Places<'_> {
    let mut places = Places::new();
    let accounts = &declarations.accounts;
    for network in declarations.networks.values() {
        let spec = &network.spec;
        let home = (spec.account_ref.clone(), spec.region.clone());
        let all = std::iter::once((home, Wanted::of(spec))).chain(Wanted::elsewhere(spec));
        for ((account_ref, region), wanted) in all {
            let account = accounts.get(account_ref.name.as_str());
            // The credentials of the environment are of one account: that of the replication instance.
            let is_ambient = accounts.is_empty() && account_ref == spec.account_ref;
            if account.is_none() && !is_ambient {
                continue;
            }
            let id = account.map(|account| &account.spec.account_id);
            let place = places.entry((id, region));
            let (_, all) = place.or_insert_with(|| (account, Wanted::default()));
            all.merge(&wanted);
        }
    }
    places
}
