//! Cleans up in accounts and Regions that the declaration named before, once what replaces it stands.

use super::{context::Context, needs::ObjectKey, places::Places};
use crate::{
    apply::{Applier, Pass},
    aws::AwsError,
};
use dms_network_core::{
    api::{Scope, Unit},
    claims::{
        Others,
        ledgered::{self, Ledgered},
    },
    snapshot::wanted::Wanted,
};
use std::time::{Duration, Instant};

/// How long to wait before the next look at an account that cannot be used now.
const LATER: Duration = Duration::from_secs(30);

/// How long to wait for the status to be written.
const SOON: Duration = Duration::from_millis(200);

/// Releases what the ledger holds where the declaration names no place any more. Gives the time until the next step, where one is left.
pub(super) async fn release(
    ctx: &Context,
    key: &ObjectKey,
    places: &Places,
    ledgered: &mut Ledgered,
) -> Option<Duration> {
    let scopes: Vec<Scope> = ledgered
        .scopes
        .iter()
        .filter(|scope| !places.name(scope))
        .cloned()
        .collect();
    let mut next: Option<Duration> = None;
    for scope in scopes {
        // The status says first that nothing there is relied on: a declaration may name the place again.
        if ledgered.forget_permitted(&scope) {
            next = next.into_iter().chain([SOON]).min();
            continue;
        }
        let wait = match in_scope(ctx, key, &scope, ledgered, &[]).await {
            Ok(wait) => wait,
            Err(held_up) => {
                tracing::warn!(account = %scope.account_ref, region = %scope.region, message = held_up.message(), "cannot clean up");
                Some(LATER)
            }
        };
        next = next.into_iter().chain(wait).min();
    }
    next
}

/// Why nothing can be released in a scope now.
pub(super) enum HeldUp {
    /// There is no AWSAccount of that name, or it is another account now.
    NoAccount(String),
    /// AWS does not let it.
    Aws(AwsError),
}

impl HeldUp {
    pub(super) fn message(&self) -> String {
        match self {
            Self::NoAccount(message) => message.clone(),
            Self::Aws(error) => error.to_string(),
        }
    }
}

/// Releases all that the ledger holds in one scope, and what else is given. Gives the time until the next step; none
/// where all is gone.
pub(super) async fn in_scope(
    ctx: &Context,
    key: &ObjectKey,
    scope: &Scope,
    ledgered: &mut Ledgered,
    more: &[Unit],
) -> Result<Option<Duration>, HeldUp> {
    let account = ctx
        .account(scope.account_ref.as_str())
        .filter(|account| account.spec.account_id == scope.account_id)
        .ok_or_else(|| {
            HeldUp::NoAccount(format!(
                "there is no AWSAccount {} of account {}",
                scope.account_ref, scope.account_id
            ))
        })?;
    let handle = ctx
        .scopes
        .handle(&account, &scope.region)
        .await
        .map_err(HeldUp::Aws)?;
    let held = ledgered::of(ledgered, scope);
    let mut units: Vec<Unit> = held
        .iter()
        .map(|(unit, _)| unit.clone())
        .chain(more.iter().cloned())
        .collect();
    units.sort();
    units.dedup();
    if units.is_empty() {
        return Ok(None);
    }
    if !ctx.all_planned() {
        return Ok(Some(Duration::from_secs(1)));
    }
    let now = Instant::now();
    let calm = units
        .iter()
        .map(|unit| handle.world.calm_at(unit.resource()))
        .filter(|at| *at <= now)
        .max();
    let fresh = now.checked_sub(Duration::from_secs(2)).unwrap_or(now);
    let fresh = fresh.max(handle.world.oldest_read_to_remove_on());
    let since = calm.map_or(fresh, |calm| calm.max(fresh));
    let wanted = Wanted::of_units(&units);
    let all = || ctx.wanted(scope.account_ref.as_str(), &scope.region);
    let view = handle
        .view(since, &wanted, all)
        .await
        .map_err(HeldUp::Aws)?;
    let object = key.to_string();
    let applier = Applier {
        session: &handle.session,
        world: &handle.world,
        owner: &ctx.owner,
        object: &object,
    };
    let others = |unit: &Unit| -> Others { super::others(ctx, key, scope, unit) };
    let mut pass = Pass::default();
    let halted = applier.release(&view, &units, &others, &mut pass).await;
    for unit in &pass.gone {
        ledgered.remove(unit, scope);
    }
    match halted {
        Err(crate::apply::Halt::Failed { error, .. }) => Err(HeldUp::Aws(*error)),
        Err(crate::apply::Halt::PlanAgain) => Ok(Some(Duration::from_millis(100))),
        Ok(()) => {
            let left = units.iter().any(|unit| !pass.gone.contains(unit));
            let next = pass
                .waiting
                .values()
                .map(|at| at.saturating_duration_since(Instant::now()))
                .min();
            Ok(left.then(|| next.unwrap_or_default().max(Duration::from_millis(200))))
        }
    }
}
