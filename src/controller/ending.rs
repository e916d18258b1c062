//! The end of an object: its rules go, unless somebody else needs them or they are to stay, then its finalizer.

use super::{
    context::Context,
    elsewhere::{self, HeldUp},
    ledger::Ledgered,
    needs::ObjectKey,
    trouble::Patience,
    write::{self, WriteError},
};
use crate::{
    aws::AwsError,
    report::{self, Phase},
};
use dms_network_core::{
    api::{DeletionPolicy, FINALIZER, MigrationNetwork, Mode, Reason, Scope, Unit},
    plan::called_for,
    snapshot::wanted::Wanted,
};
use k8s_openapi::jiff::Timestamp;
use kube::{ResourceExt, runtime::controller::Action as Requeue};
use std::time::{Duration, Instant};

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
    ctx.needs.record(key, std::collections::BTreeSet::new());
    if stays(ctx, &network) {
        return gone(ctx, &network, key).await;
    }
    let before = Ledgered::of(&network.status.clone().unwrap_or_default());
    let mut left = before.clone();
    let mut scopes = before.scopes.clone();
    let here = here(ctx, &network);
    if let Some(here) = here.as_ref().filter(|here| !scopes.contains(here)) {
        scopes.push(here.clone());
    }
    let mut wait: Option<Duration> = None;
    let mut held_up = None;
    for scope in &scopes {
        let lost = match &here {
            Some(here) if here == scope => lost_units(ctx, &network, scope).await,
            _ => Ok(Vec::new()),
        };
        let released = match lost {
            Ok(lost) => elsewhere::in_scope(ctx, key, scope, &mut left, &lost).await,
            Err(error) => Err(HeldUp::Aws(error)),
        };
        match released {
            Ok(next) => wait = wait.into_iter().chain(next).min(),
            // Nothing of ours was ever written there.
            Err(HeldUp::NoAccount(_)) if !before.scopes.contains(scope) => {}
            Err(HeldUp::Aws(error)) if !before.scopes.contains(scope) && !error.is_transient() => {}
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
    let max = ctx
        .account(network.spec.account_ref.name.as_str())
        .map(|account| account.spec.max_mode);
    let mode = max.map_or(network.spec.mode, |max| network.spec.mode.min(max));
    network.spec.deletion_policy == DeletionPolicy::Retain || mode != Mode::Enforce
}

fn here(ctx: &Context, network: &MigrationNetwork) -> Option<Scope> {
    let account = ctx.account(network.spec.account_ref.name.as_str())?;
    Some(Scope {
        account_ref: network.spec.account_ref.name.clone(),
        account_id: account.spec.account_id.clone(),
        region: network.spec.region.clone(),
    })
}

/// What the declaration calls for and our deployment holds, though the ledger lost it: a status that was restored from
/// a backup must not leave rules behind.
async fn lost_units(
    ctx: &Context,
    network: &MigrationNetwork,
    scope: &Scope,
) -> Result<Vec<Unit>, AwsError> {
    let Some(account) = ctx.account(scope.account_ref.as_str()) else {
        return Ok(Vec::new());
    };
    let handle = ctx.scopes.handle(&account, &scope.region).await?;
    let wanted = Wanted::of(&network.spec);
    let all = || ctx.wanted(scope.account_ref.as_str(), &scope.region);
    let now = Instant::now();
    let since = now
        .checked_sub(ctx.options.resync_interval / 10)
        .unwrap_or(now);
    let view = handle.view(since, &wanted, all).await?;
    let called = called_for(&network.spec, &ctx.owner, &view.scope).into_iter();
    let is_there = |unit: &Unit| super::ledger::is_there(unit, &view.scope, &ctx.owner);
    Ok(called.filter(|unit| is_there(unit) == Some(true)).collect())
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
