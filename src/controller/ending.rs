//! The end of an object: its rules go, unless somebody else needs them or they are to stay, then its finalizer.

use super::{
    context::Context,
    elsewhere::{self, HeldUp},
    needs::ObjectKey,
    places::{Asker, Place, Places, Unusable},
    trouble::Patience,
    write::{self, WriteError},
};
use crate::{
    apply::View,
    aws::AwsError,
    report::{self, Phase},
};
use dms_network_core::{
    api::{DeletionPolicy, FINALIZER, MigrationNetwork, Mode, Reason, Scope, Unit},
    claims::ledgered::{self, Ledgered},
    plan::called_for,
};
use k8s_openapi::jiff::Timestamp;
use kube::{ResourceExt, runtime::controller::Action as Requeue};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// One pass over an object that is being deleted.
pub(super) async fn end(
    ctx: &Context,
    mut network: MigrationNetwork,
    key: &ObjectKey,
) -> Result<Requeue, WriteError> {
    if !network.finalizers().iter().any(|name| name == FINALIZER) {
        ctx.needs.forget(key);
        return Ok(Requeue::await_change());
    }
    // Whatever it held, it needs no more.
    ctx.needs.record(key, BTreeSet::new());
    if stays(ctx, &network) {
        return gone(ctx, &network, key).await;
    }
    let before = Ledgered::of(&network.status.clone().unwrap_or_default());
    let mut left = before.clone();
    let mut held_up = None;
    let lost = match lost_units(ctx, &network, key, &before).await? {
        Ok(lost) => lost,
        // Without it, and where nothing of ours was ever written, there is nothing to wait for.
        Err(error) => {
            let matters = error.is_transient() || !before.scopes.is_empty();
            held_up = matters.then_some(HeldUp::Aws(error));
            BTreeMap::new()
        }
    };
    let scopes: BTreeSet<&Scope> = before.scopes.iter().chain(lost.keys()).collect();
    let mut wait: Option<Duration> = None;
    for scope in scopes {
        let lost = lost.get(scope).map(Vec::as_slice).unwrap_or_default();
        match elsewhere::in_scope(ctx, key, scope, &mut left, lost).await {
            Ok(next) => wait = wait.into_iter().chain(next).min(),
            Err(error) => held_up = Some(error),
        }
    }
    let (phase, requeue) = match (&held_up, wait) {
        (None, None) => return gone(ctx, &network, key).await,
        (None, Some(wait)) => {
            ctx.troubles.over(key);
            let message = "its own rules are being released".to_owned();
            (
                Phase::Terminating {
                    reason: Reason::Terminating,
                    message,
                },
                wait,
            )
        }
        (Some(held_up), _) => held_up_phase(ctx, key, held_up),
    };
    say(ctx, &mut network, phase, left).await?;
    Ok(Requeue::requeue(requeue))
}

/// Whether the rules are to stay: then the object goes at once.
fn stays(ctx: &Context, network: &MigrationNetwork) -> bool {
    network.spec.deletion_policy == DeletionPolicy::Retain
        || ctx.mode(&network.spec) != Mode::Enforce
}

/// What the declaration calls for and our deployment holds, though the ledger lost it: a status that was restored from
/// a backup must not leave rules behind.
async fn lost_units(
    ctx: &Context,
    network: &MigrationNetwork,
    key: &ObjectKey,
    held: &Ledgered,
) -> Result<Result<BTreeMap<Scope, Vec<Unit>>, AwsError>, WriteError> {
    let spec = &network.spec;
    let asker = Asker {
        namespace: &key.namespace,
        spec,
        held,
        ended: true,
    };
    let home = match Place::find(ctx, asker, &spec.account_ref, &spec.region).await? {
        Ok(home) => home,
        Err(Unusable::Declared(_) | Unusable::NotGiven(_)) => return Ok(Ok(BTreeMap::new())),
        Err(Unusable::Aws(error)) => return Ok(Err(error)),
    };
    let places = match Places::around(ctx, asker, home).await? {
        Ok(places) => places,
        Err(error) => return Ok(Err(error)),
    };
    let now = Instant::now();
    let since = now
        .checked_sub(ctx.options.resync_interval / 10)
        .unwrap_or(now);
    let views = match places.views(ctx, asker, since).await {
        Ok(views) => views,
        Err(error) => return Ok(Err(error)),
    };
    let called = called_for(&key.namespace, spec, &ctx.owner, &places.scopes(&views));
    let mut lost: BTreeMap<Scope, Vec<Unit>> = BTreeMap::new();
    for unit in called {
        let is_there =
            |view: &View| ledgered::is_there(&unit, &view.scope, &ctx.owner) == Some(true);
        let found = places.usable().zip(&views).find(|(_, view)| is_there(view));
        if let Some((place, _)) = found {
            lost.entry(place.scope.clone()).or_default().push(unit);
        }
    }
    Ok(Ok(lost))
}

fn held_up_phase(ctx: &Context, key: &ObjectKey, held_up: &HeldUp) -> (Phase, Duration) {
    let (reason, patience) = match held_up {
        HeldUp::NoAccount(_) => (Reason::AccountNotFound, Patience::Long),
        HeldUp::Aws(error) if error.is_transient() => (error.reason(), Patience::Short),
        HeldUp::Aws(error) => (error.reason(), Patience::Long),
    };
    let (_, wait) = ctx.troubles.met(key, patience);
    let message = format!(
        "its rules cannot be released yet: {}; to let the object go and leave them, set deletionPolicy to Retain",
        held_up.message()
    );
    (
        Phase::Terminating { reason, message },
        wait.min(ctx.options.resync_interval),
    )
}

async fn gone(
    ctx: &Context,
    network: &MigrationNetwork,
    key: &ObjectKey,
) -> Result<Requeue, WriteError> {
    write::let_go(ctx, network).await?;
    ctx.needs.forget(key);
    ctx.troubles.over(key);
    tracing::info!("gone");
    Ok(Requeue::await_change())
}

async fn say(
    ctx: &Context,
    network: &mut MigrationNetwork,
    phase: Phase,
    left: Ledgered,
) -> Result<(), WriteError> {
    let previous = network.status.clone().unwrap_or_default();
    let facts = report::Facts {
        previous: &previous,
        generation: network.metadata.generation.unwrap_or_default(),
        now: Timestamp::now(),
        mode: network.spec.mode,
        phase,
        plan: None,
        pressure: None,
        managed_rules: left.managed_rules,
        pending_changes: left.pending_changes,
        scopes: left.scopes,
    };
    let next = report::status(&facts);
    if report::changed(&previous, &next) {
        write::status(ctx, network, next).await?;
    }
    Ok(())
}
