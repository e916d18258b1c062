//! AWSAccounts: held by a finalizer while the scopes of an object name them.

use super::{
    context::{Context, key_of},
    ledger,
    write::{self, WriteError},
};
use dms_network_core::api::{AWSAccount, FINALIZER};
use kube::{
    Resource, ResourceExt,
    runtime::{
        controller::Action as Requeue,
        events::{Event, EventType},
    },
};
use std::{sync::Arc, time::Duration};

/// Lets an AWSAccount go that is being deleted, once no object has rules there; says by whom it is held until then.
///
/// # Errors
/// Where the API server refused a write.
pub(super) async fn reconcile(
    account: Arc<AWSAccount>,
    ctx: Arc<Context>,
) -> Result<Requeue, WriteError> {
    // Until every object was read, nobody knows who uses it. An error means that the process is ending.
    let _ = ctx.all_read.clone().wait_for(|read| *read).await;
    let is_held = account.finalizers().iter().any(|name| name == FINALIZER);
    if account.metadata.deletion_timestamp.is_none() || !is_held {
        return Ok(Requeue::await_change());
    }
    let name = account.name_any();
    let users: Vec<String> = ctx
        .networks
        .state()
        .iter()
        .filter(|object| ledger::uses(object, &name))
        .map(|object| key_of(object.as_ref()).to_string())
        .collect();
    // The store may lag behind what a pass has just written.
    if users.is_empty() && !write::is_used(&ctx, &name).await? {
        write::let_account_go(&ctx, &account).await?;
        return Ok(Requeue::await_change());
    }
    let note = format!(
        "held until these have no rules there any more: {}",
        users.join(", ")
    );
    let event = Event {
        type_: EventType::Warning,
        reason: "AccountInUse".to_owned(),
        note: Some(note.chars().take(1000).collect()),
        action: "Finalize".to_owned(),
        secondary: None,
    };
    if let Err(error) = ctx.recorder.publish(&event, &account.object_ref(&())).await {
        tracing::warn!(%error, "an event could not be published");
    }
    Ok(Requeue::requeue(Duration::from_secs(10)))
}
