//! The writes to Kubernetes: status, the finalizer, events. Nothing else is ever written there.

use super::{context::Context, ledger, needs::ObjectKey, stored::StoredNetwork, trouble::jittered};
use crate::report;
use dms_network_core::api::{AWSAccount, FINALIZER, MigrationNetwork, MigrationNetworkStatus};
use k8s_openapi::jiff::Timestamp;
use kube::{
    Api, Resource, ResourceExt,
    api::{ListParams, Patch, PatchParams, PostParams},
    runtime::{controller::Action as Requeue, events::Event},
};
use serde_json::json;

/// The API server refused a write, or could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the Kubernetes API refused a call, the pass is made again: {0}")]
pub(super) struct WriteError(#[from] kube::Error);

impl WriteError {
    /// Whether the object changed meanwhile: a pass over its new form is due at once.
    pub(super) fn is_conflict(&self) -> bool {
        matches!(&self.0, kube::Error::Api(status) if status.code == 409)
    }
}

fn networks(ctx: &Context, namespace: &str) -> Api<MigrationNetwork> {
    Api::namespaced(ctx.client.clone(), namespace)
}

/// Replaces the status. The API server refuses it where the object changed meanwhile, so that a pass over an old copy
/// never loses what a later one wrote.
pub(super) async fn status(
    ctx: &Context,
    network: &mut MigrationNetwork,
    next: MigrationNetworkStatus,
) -> Result<(), WriteError> {
    let mut copy = network.clone();
    copy.status = Some(next);
    let api = networks(ctx, &network.namespace().unwrap_or_default());
    *network = api
        .replace_status(&network.name_any(), &PostParams::default(), &copy)
        .await?;
    Ok(())
}

/// Adds the finalizer, before the first write to AWS.
pub(super) async fn hold(ctx: &Context, network: &mut MigrationNetwork) -> Result<(), WriteError> {
    if network.finalizers().iter().any(|name| name == FINALIZER) {
        return Ok(());
    }
    let api = networks(ctx, &network.namespace().unwrap_or_default());
    let patch = finalizers(network, |finalizers| finalizers.push(FINALIZER.to_owned()));
    *network = api
        .patch(
            &network.name_any(),
            &PatchParams::default(),
            &Patch::Merge(patch),
        )
        .await?;
    Ok(())
}

/// Takes the finalizer away: the object may go.
pub(super) async fn let_go(ctx: &Context, network: &MigrationNetwork) -> Result<(), WriteError> {
    let api = networks(ctx, &network.namespace().unwrap_or_default());
    let patch = finalizers(network, |finalizers| {
        finalizers.retain(|name| name != FINALIZER)
    });
    match api
        .patch(
            &network.name_any(),
            &PatchParams::default(),
            &Patch::Merge(patch),
        )
        .await
    {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        other => Ok(other.map(drop)?),
    }
}

/// Adds the finalizer to the AWSAccount, before the first write in its account. Several objects do so at the same time,
/// and the copy at hand may be old: where the AWSAccount changed meanwhile, it is read again.
pub(super) async fn hold_account(ctx: &Context, account: &AWSAccount) -> Result<(), WriteError> {
    let api: Api<AWSAccount> = Api::all(ctx.client.clone());
    let name = account.name_any();
    let mut account = account.clone();
    while !account.finalizers().iter().any(|name| name == FINALIZER) {
        let patch = finalizers(&account, |finalizers| finalizers.push(FINALIZER.to_owned()));
        let patched = api
            .patch(&name, &PatchParams::default(), &Patch::Merge(patch))
            .await;
        account = match patched {
            Err(kube::Error::Api(status)) if status.code == 409 => api.get(&name).await?,
            patched => patched?,
        };
    }
    Ok(())
}

/// Whether any object may hold rules by way of an AWSAccount, as the API server has it now.
pub(super) async fn is_used(ctx: &Context, account: &str) -> Result<bool, WriteError> {
    let api: Api<StoredNetwork> = Api::all(ctx.client.clone());
    let objects = api.list(&ListParams::default()).await?;
    Ok(objects.iter().any(|object| ledger::uses(object, account)))
}

/// Takes the finalizer of an AWSAccount away.
pub(super) async fn let_account_go(ctx: &Context, account: &AWSAccount) -> Result<(), WriteError> {
    let api: Api<AWSAccount> = Api::all(ctx.client.clone());
    let patch = finalizers(account, |finalizers| {
        finalizers.retain(|name| name != FINALIZER)
    });
    api.patch(
        &account.name_any(),
        &PatchParams::default(),
        &Patch::Merge(patch),
    )
    .await?;
    Ok(())
}

/// A patch of the finalizers alone, refused where the object changed meanwhile.
fn finalizers(object: &impl Resource, change: impl FnOnce(&mut Vec<String>)) -> serde_json::Value {
    let mut finalizers = object.meta().finalizers.clone().unwrap_or_default();
    change(&mut finalizers);
    json!({ "metadata": { "resourceVersion": object.meta().resource_version, "finalizers": finalizers } })
}

/// Publishes events. One that cannot be published is logged: it must not stop the work.
pub(super) async fn events(ctx: &Context, network: &MigrationNetwork, events: Vec<Event>) {
    let about = network.object_ref(&());
    for event in events {
        if let Err(error) = ctx.recorder.publish(&event, &about).await {
            tracing::warn!(%error, reason = %event.reason, "an event could not be published");
        }
    }
}

/// Says of an object that this version cannot read that it cannot. Nothing of its is removed.
pub(super) async fn not_understood(
    ctx: &Context,
    object: &StoredNetwork,
    key: &ObjectKey,
    error: &serde_json::Error,
) -> Result<Requeue, WriteError> {
    let status: MigrationNetworkStatus =
        serde_json::from_value(object.status()).unwrap_or_default();
    // An object whose ledger cannot be read may need anything: then nobody knows, and nothing is released.
    if let Some(ledgered) = ledger::raw(object) {
        ctx.needs.record(key, ledger::units(&ledgered).collect());
    }
    let generation = object.meta().generation.unwrap_or_default();
    let next = report::not_understood(&status, generation, Timestamp::now(), &error.to_string());
    if report::changed(&status, &next) {
        let api: Api<StoredNetwork> = Api::namespaced(ctx.client.clone(), &key.namespace);
        let patch = json!({
            "metadata": { "resourceVersion": object.meta().resource_version },
            "status": { "observedGeneration": next.observed_generation, "conditions": next.conditions },
        });
        api.patch_status(&key.name, &PatchParams::default(), &Patch::Merge(patch))
            .await?;
    }
    Ok(Requeue::requeue(jittered(ctx.options.resync_interval)))
}
