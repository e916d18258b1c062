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
type Places<'a> = BTreeMap<(Option<&'a AccountId>, &'a Region), (Option<&'a AWSAccount>, Wanted)>;

/// Reads what the networks want to know: with their AWSAccounts, or with the credentials of the environment where no
/// account is declared. A network whose AWSAccount is not declared wants nothing: its plan says so.
pub(super) async fn observe(declarations: &Declarations) -> Result<Snapshot, LiveError> {
    let mut places = Places::new();
    for network in declarations.networks.values() {
        let spec = &network.spec;
        let account = declarations.accounts.get(spec.account_ref.name.as_str());
        if account.is_none() && !declarations.accounts.is_empty() {
            continue;
        }
        let id = account.map(|account| &account.spec.account_id);
        let place = places.entry((id, &spec.region));
        let (_, wanted) = place.or_insert_with(|| (account, Wanted::default()));
        wanted.merge(&Wanted::of(spec));
    }
    let mut snapshot = Snapshot::default();
    for ((id, region), (account, wanted)) in places {
        let read = async {
            let session = match account {
                Some(account) => Session::open(&account.spec, region).await?,
                None => Session::ambient(&Credentials::default(), Some(region)).await?,
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
