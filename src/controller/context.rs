//! What every pass shares.

use super::{
    needs::{Needs, ObjectKey},
    options::RunArgs,
    scopes::Scopes,
    stored::StoredNetwork,
    trouble::Troubles,
};
use dms_network_core::{
    api::{AWSAccount, AccountRef, FINALIZER, MigrationNetworkSpec, Mode, Region},
    claims::Owner,
    snapshot::wanted::Wanted,
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, Resource, ResourceExt,
    core::{Selector, SelectorExt},
    runtime::{events::Recorder, reflector::Store},
};
use std::sync::Arc;
use tokio::sync::watch;

/// What every pass shares.
pub(super) struct Context {
    /// The API server.
    pub client: Client,
    /// This deployment.
    pub owner: Owner,
    /// What the controller was told.
    pub options: RunArgs,
    /// The accounts and Regions in use.
    pub scopes: Scopes,
    /// Who needs what.
    pub needs: Needs,
    /// What keeps objects from being judged.
    pub troubles: Troubles,
    /// Every MigrationNetwork, as the API server gave it: one that this version cannot read stops no other.
    pub networks: Store<StoredNetwork>,
    /// Every AWSAccount.
    pub accounts: Store<AWSAccount>,
    /// Whether every object and AWSAccount was read once.
    pub all_read: watch::Receiver<bool>,
    /// Where events go.
    pub recorder: Recorder,
}

/// The key of an object.
pub(super) fn key_of(object: &impl ResourceExt) -> ObjectKey {
    ObjectKey {
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
    }
}

impl Context {
    /// The AWSAccount of a name.
    #[must_use]
    pub(super) fn account(&self, name: &str) -> Option<Arc<AWSAccount>> {
        self.accounts.find(|account| account.name_any() == name)
    }

    /// An object as the API server has it now; none where it is gone.
    ///
    /// # Errors
    /// Where the API server cannot be asked.
    pub(super) async fn fetch(
        &self,
        key: &ObjectKey,
    ) -> Result<Option<StoredNetwork>, kube::Error> {
        let api = Api::namespaced(self.client.clone(), &key.namespace);
        api.get_opt(&key.name).await
    }

    /// Whether an AWSAccount is given to a namespace.
    ///
    /// # Errors
    /// Where the namespace's labels are asked for and cannot be read.
    pub(super) async fn is_given(
        &self,
        account: &AWSAccount,
        namespace: &str,
    ) -> Result<bool, kube::Error> {
        let Some(allowed) = &account.spec.allowed_namespaces else {
            return Ok(false);
        };
        if allowed.names.iter().any(|name| name.as_str() == namespace) {
            return Ok(true);
        }
        let Some(selector) = allowed.selector.clone() else {
            return Ok(false);
        };
        let Ok(selector) = Selector::try_from(selector) else {
            return Ok(false);
        };
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let found = namespaces.get_metadata_opt(namespace).await?;
        Ok(found.is_some_and(|found| selector.matches(found.labels())))
    }

    /// Whether every object was planned since the start: only then is it known who needs a rule.
    #[must_use]
    pub(super) fn all_planned(&self) -> bool {
        self.networks
            .state()
            .iter()
            .filter(|object| {
                // One that is held by somebody else's finalizer alone has nothing of ours any more.
                let leaving = object.meta().deletion_timestamp.is_some();
                !leaving || object.finalizers().iter().any(|name| name == FINALIZER)
            })
            .all(|object| self.needs.knows(&key_of(object.as_ref())))
    }

    /// What every object of an AWSAccount and Region wants to be read.
    #[must_use]
    pub(super) fn wanted(&self, account: &str, region: &Region) -> Wanted {
        let mut wanted = Wanted::default();
        for network in self.networks.state().iter().flat_map(|it| it.understand()) {
            let spec = &network.spec;
            let is_here = |account_ref: &AccountRef, of: &Region| {
                account_ref.name.as_str() == account && of == region
            };
            if is_here(&spec.account_ref, &spec.region) {
                wanted.merge(&Wanted::of(spec));
            }
            for ((account_ref, of), elsewhere) in Wanted::elsewhere(spec) {
                if is_here(&account_ref, &of) {
                    wanted.merge(&elsewhere);
                }
            }
        }
        wanted
    }

    /// The lowest of a declaration's mode and the `maxMode` of the accounts that it names.
    #[must_use]
    pub(super) fn mode(&self, spec: &MigrationNetworkSpec) -> Mode {
        let names = spec.account_refs();
        let accounts = names.filter_map(|name| self.account(name.name.as_str()));
        let bounds = accounts.map(|account| account.spec.max_mode);
        bounds.fold(spec.mode, Mode::min)
    }
}
