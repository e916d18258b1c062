//! One account and Region, shared by all objects there: its session, its world and its reads.

use crate::{
    apply::{Times, View, World},
    aws::{AwsError, Session},
    observe,
};
use dms_network_core::{
    api::{AWSAccount, Region},
    snapshot::{ScopeSnapshot, wanted::Wanted},
};
use kube::ResourceExt;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// An AWSAccount in one Region.
pub(super) struct ScopeHandle {
    /// The credentials and clients, checked to be of the account.
    pub session: Session,
    /// What is known of the account and Region, shared with other AWSAccounts of the same account.
    pub world: Arc<World>,
    reader: String,
    covered: tokio::sync::Mutex<Wanted>,
}

impl ScopeHandle {
    /// A view whose read began at `since` or later and covers what is wanted. Reads are shared: whoever comes while
    /// one is under way waits for it, and `all` tells what every object of the scope wants, so that one read serves
    /// them all.
    ///
    /// # Errors
    /// Where AWS did not answer as a whole. A single call that was refused is in the snapshot as unread.
    pub(super) async fn view(
        &self,
        since: Instant,
        wanted: &Wanted,
        all: impl FnOnce() -> Wanted,
    ) -> Result<View, AwsError> {
        let mut covered = self.covered.lock().await;
        if let Some(view) = self
            .world
            .view(&self.reader, since)
            .filter(|_| covered.covers(wanted))
        {
            return Ok(view);
        }
        let mut everything = all();
        everything.merge(wanted);
        let observation = observe::observe(&self.session, &everything).await?;
        let started = observation.started;
        self.world.take_in(
            &self.reader,
            ScopeSnapshot::from(observation.lists),
            started,
        );
        *covered = everything;
        // Somebody may distrust the read as soon as it is there: then what was read is read once more by the next pass.
        self.world
            .view(&self.reader, started)
            .ok_or_else(|| AwsError::outdated("the read was outdated as it arrived"))
    }
}

/// The handles of every AWSAccount and Region in use.
pub(super) struct Scopes {
    times: Times,
    worlds: Mutex<HashMap<(String, Region), Arc<World>>>,
    handles: tokio::sync::Mutex<HashMap<(String, Region), Known>>,
}

/// A handle, and the AWSAccount that it was made for.
struct Known {
    version: Version,
    handle: Arc<ScopeHandle>,
}

/// The version of an AWSAccount that a session was made for.
type Version = (Option<String>, Option<i64>);

impl Scopes {
    /// No handle yet.
    #[must_use]
    pub(super) fn new(times: Times) -> Self {
        Self {
            times,
            worlds: Mutex::default(),
            handles: tokio::sync::Mutex::default(),
        }
    }

    /// The handle of an AWSAccount in a Region, with its account id checked by STS.
    ///
    /// # Errors
    /// Where the credentials cannot be used, or are of another account.
    pub(super) async fn handle(
        &self,
        account: &AWSAccount,
        region: &Region,
    ) -> Result<Arc<ScopeHandle>, AwsError> {
        let key = (account.name_any(), region.clone());
        let version = (account.uid(), account.metadata.generation);
        if let Some(known) = self.handles.lock().await.get(&key)
            && known.version == version
        {
            return Ok(Arc::clone(&known.handle));
        }
        let session = Session::open(&account.spec, region).await?;
        let handle = Arc::new(ScopeHandle {
            session,
            world: self.world(account.spec.account_id.as_str(), region),
            reader: account.name_any(),
            covered: tokio::sync::Mutex::default(),
        });
        let known = Known {
            version,
            handle: Arc::clone(&handle),
        };
        self.handles.lock().await.insert(key, known);
        Ok(handle)
    }

    fn world(&self, account_id: &str, region: &Region) -> Arc<World> {
        let mut worlds = self.worlds.lock().unwrap_or_else(PoisonError::into_inner);
        let world = worlds.entry((account_id.to_owned(), region.clone()));
        Arc::clone(world.or_insert_with(|| Arc::new(World::new(self.times))))
    }
}
