//! One pass over one MigrationNetwork: observe, plan, apply, report.

use super::{
    context::{Context, key_of},
    elsewhere, ending,
    ledger::{self, Ledgered},
    needs::{ObjectKey, PlacedUnit},
    scopes::ScopeHandle,
    stored::StoredNetwork,
    trouble::{Patience, jittered},
    write::{self, WriteError},
};
use crate::{
    apply::{Applier, Halt, Others, Pass, View},
    aws::AwsError,
    report::{self, Phase},
};
use dms_network_core::{
    api::{AWSAccount, MigrationNetwork, MigrationNetworkStatus, Mode, Reason, Scope, Unit},
    claims::{Effect, Ledger},
    plan::{Guardrails, Input, Outlook, Plan, Pressure, outlook, plan, pressure},
    snapshot::{ScopeLists, ScopeSnapshot, wanted::Wanted},
};
use k8s_openapi::jiff::Timestamp;
use kube::runtime::controller::Action as Requeue;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How old a read may be for a pass that follows a change.
const FRESH: Duration = Duration::from_secs(2);
/// How soon an object looks again for its AWSAccount: it costs no call, and the two are often applied together.
const ACCOUNT_LOOK: Duration = Duration::from_secs(2);
/// How often a pass plans again before it leaves the rest to the next one.
const ATTEMPTS: usize = 6;

/// Reconciles one object.
///
/// # Errors
/// Where the API server refused a write: the pass is made again.
pub(super) async fn reconcile(
    object: Arc<StoredNetwork>,
    ctx: Arc<Context>,
) -> Result<Requeue, WriteError> {
    let key = key_of(object.as_ref());
    let network = match object.understand() {
        Ok(network) => network,
        Err(error) => return write::not_understood(&ctx, &object, &key, &error).await,
    };
    if network.metadata.deletion_timestamp.is_some() {
        return ending::end(&ctx, network, &key).await;
    }
    let mut pass = NetworkPass {
        ctx: &ctx,
        key: &key,
        network,
    };
    let done = pass.run().await?;
    let requeue = done.requeue;
    pass.finish(done).await?;
    tracing::debug!(seconds = requeue.as_secs_f64(), "looked at; next look");
    Ok(Requeue::requeue(requeue))
}

/// What a pass came to.
pub(super) struct Done {
    pub(super) phase: Phase,
    pub(super) plan: Option<Plan>,
    pub(super) pressure: Option<Vec<Pressure>>,
    pub(super) status: Ledgered,
    pub(super) written: Vec<Effect>,
    pub(super) requeue: Duration,
}

struct NetworkPass<'c> {
    ctx: &'c Context,
    key: &'c ObjectKey,
    network: MigrationNetwork,
}

/// Where a pass works.
struct Place {
    account: Arc<AWSAccount>,
    handle: Arc<ScopeHandle>,
    scope: Scope,
    /// Whether the account is given to the namespace.
    given: bool,
}

impl NetworkPass<'_> {
    fn status(&self) -> MigrationNetworkStatus {
        self.network.status.clone().unwrap_or_default()
    }

    /// A pass that could judge nothing: what is held stays.
    fn kept(&self, phase: Phase, requeue: Duration) -> Done {
        let status = self.status();
        let status = Ledgered::of(&status);
        self.ctx.needs.record(self.key, status.units().collect());
        Done {
            phase,
            plan: None,
            pressure: None,
            status,
            written: Vec::new(),
            requeue,
        }
    }

    fn resync(&self) -> Duration {
        jittered(self.ctx.options.resync_interval)
    }

    /// For what stands still until somebody outside of the cluster acts: look again soon, since nothing tells us.
    fn soon(&self) -> Duration {
        jittered(
            self.ctx
                .options
                .resync_interval
                .min(Duration::from_secs(30)),
        )
    }

    async fn run(&mut self) -> Result<Done, WriteError> {
        match self.place().await? {
            Ok(place) => self.carry_out(&place).await,
            Err(done) => Ok(*done),
        }
    }

    /// The account and Region of the declaration, once it is known that the namespace may use them.
    async fn place(&mut self) -> Result<Result<Place, Box<Done>>, WriteError> {
        let spec = &self.network.spec;
        let name = spec.account_ref.name.as_str();
        let stop = |phase, requeue| Ok(Err(Box::new(self.kept(phase, requeue))));
        let account = self.ctx.account(name);
        let Some(account) = account.filter(|it| it.metadata.deletion_timestamp.is_none()) else {
            let message = format!("there is no AWSAccount {name}, or it is being deleted");
            return stop(
                Phase::Waiting {
                    reason: Reason::AccountNotFound,
                    message,
                },
                ACCOUNT_LOOK,
            );
        };
        let scope = Scope {
            account_ref: spec.account_ref.name.clone(),
            account_id: account.spec.account_id.clone(),
            region: spec.region.clone(),
        };
        let before = self.status();
        let changed = before
            .scopes
            .iter()
            .find(|s| s.account_ref == scope.account_ref && s.account_id != scope.account_id);
        if let Some(before) = changed {
            let message = format!(
                "AWSAccount {name} was account {} when rules were written there, and is account {} now",
                before.account_id, scope.account_id
            );
            return stop(
                Phase::Stalled {
                    reason: Reason::AccountChanged,
                    message,
                },
                self.resync(),
            );
        }
        let given = self.ctx.is_given(&account, &self.key.namespace).await?;
        // What has ended is closed all the same: guardrails bind additions alone.
        if !given && !spec.expired(Timestamp::now()) {
            let nothing = ScopeSnapshot::from(ScopeLists::unread());
            let ledger = Ledgered::of(&before).ledger(|_| true);
            let plan = plan(&self.input(&account, &nothing, &ledger, false));
            let outlook = Outlook::Stalled(Reason::NotAllowedByAccount);
            let mut done = self.kept(report::phase_of(outlook, &plan), self.resync());
            done.plan = Some(plan);
            return Ok(Err(Box::new(done)));
        }
        match self.ctx.scopes.handle(&account, &spec.region).await {
            Ok(handle) => Ok(Ok(Place {
                account,
                handle,
                scope,
                given,
            })),
            Err(error) => Ok(Err(Box::new(self.troubled(&error, Ledgered::of(&before))))),
        }
    }

    fn input<'a>(
        &'a self,
        account: &'a AWSAccount,
        scope: &'a ScopeSnapshot,
        ledger: &'a Ledger,
        namespace_allowed: bool,
    ) -> Input<'a> {
        Input {
            namespace: &self.key.namespace,
            name: &self.key.name,
            spec: &self.network.spec,
            ledger,
            owner: &self.ctx.owner,
            scope,
            guardrails: Some(Guardrails {
                name: self.network.spec.account_ref.name.as_str(),
                account: &account.spec,
                namespace_allowed,
            }),
            ended: self.network.spec.expired(Timestamp::now()),
        }
    }

    /// A pass that AWS did not let through.
    fn troubled(&self, error: &AwsError, status: Ledgered) -> Done {
        let patience = if error.is_transient() {
            Patience::Short
        } else {
            Patience::Long
        };
        let (lasts, wait) = self.ctx.troubles.met(self.key, patience);
        let lasting = lasts > self.ctx.options.resync_interval.saturating_mul(3);
        let phase = trouble_phase(error, lasting);
        let mut done = self.kept(phase, wait.min(self.ctx.options.resync_interval));
        done.status = status;
        done
    }

    async fn carry_out(&mut self, place: &Place) -> Result<Done, WriteError> {
        let mut since = self.oldest_read();
        let mut written = Vec::new();
        for _ in 0..ATTEMPTS {
            let status = self.status();
            let ledger = ledger::of(&Ledgered::of(&status), &place.scope);
            let view = match self.view(place, since).await {
                Ok(view) => view,
                Err(error) => return Ok(self.troubled(&error, Ledgered::of(&status))),
            };
            let input = self.input(&place.account, &view.scope, &ledger, place.given);
            let plan = plan(&input);
            let mode = input.mode();
            self.record(place, &plan, &ledger, mode);
            if let Some(at) = self.calmer_read(place, &view, &plan, &ledger) {
                since = at;
                continue;
            }
            let oldest = place.handle.world.oldest_read_to_remove_on();
            if !plan.releases.is_empty() && view.started < oldest {
                since = Instant::now();
                continue;
            }
            if mode == Mode::Plan {
                return Ok(self.planned_only(place, &view, plan, &ledger));
            }
            self.write_ahead(place, &plan).await?;
            let mut pass = Pass {
                written: std::mem::take(&mut written),
                ..Pass::default()
            };
            let halted = self
                .apply(place, &view, &plan, &ledger, mode, &mut pass)
                .await;
            match halted {
                Err(Halt::PlanAgain) => written = pass.written,
                other => {
                    return self
                        .come_to(place, since, plan, pass, mode, other.err())
                        .await;
                }
            }
        }
        // Others write to the same groups and ACLs faster than this pass plans: the next one goes on.
        let mut done = self.kept(
            Phase::Outstanding {
                reason: Reason::Settling,
                message: "planning again".to_owned(),
            },
            Duration::from_secs(1),
        );
        done.written = written;
        Ok(done)
    }

    /// How old a read may be: a change is judged on a fresh one, a periodic look shares those of others.
    fn oldest_read(&self) -> Instant {
        let status = self.network.status.as_ref();
        let changed = status.and_then(|status| status.observed_generation)
            != self.network.metadata.generation
            || status.is_some_and(|status| !status.pending_changes.is_empty());
        let age = if changed {
            FRESH
        } else {
            self.ctx.options.resync_interval / 10
        };
        let now = Instant::now();
        now.checked_sub(age).unwrap_or(now)
    }

    async fn view(&self, place: &Place, since: Instant) -> Result<View, AwsError> {
        let mut wanted = Wanted::of(&self.network.spec);
        let held = ledger::of(&Ledgered::of(&self.status()), &place.scope);
        wanted.merge(&Wanted::of_units(held.iter().map(|(unit, _)| unit)));
        let all = || {
            self.ctx
                .wanted(place.scope.account_ref.as_str(), &place.scope.region)
        };
        place.handle.view(since, &wanted, all).await
    }

    /// Records what this object needs, before anything is done: a release elsewhere looks there. What it no longer
    /// calls for is needed until what replaces it stands.
    fn record(&self, place: &Place, plan: &Plan, ledger: &Ledger, mode: Mode) {
        let planned = plan.units.keys();
        let planned = planned.filter(|unit| mode != Mode::Plan || ledger.holds(unit));
        let units = planned
            .chain(plan.releases.keys())
            .map(|unit| PlacedUnit::new(&place.scope, unit));
        let elsewhere = Ledgered::of(&self.status()).elsewhere(&place.scope);
        let needs = units.chain(elsewhere.units()).collect();
        self.ctx.needs.record(self.key, needs);
    }

    /// The start of a calmer read than this view, where one would already tell more of what is outstanding.
    fn calmer_read(
        &self,
        place: &Place,
        view: &View,
        plan: &Plan,
        ledger: &Ledger,
    ) -> Option<Instant> {
        let world = &place.handle.world;
        let unsettled = plan
            .units
            .keys()
            .filter(|unit| ledger.get(unit).is_some_and(|entry| !entry.permitted()));
        let now = Instant::now();
        let due = plan
            .releases
            .keys()
            .chain(unsettled)
            .map(|unit| world.calm_at(unit.resource()));
        due.filter(|at| *at <= now && *at > view.started).max()
    }

    /// Records in the status what is about to be written, before the first call: a crash cannot lose it.
    async fn write_ahead(&mut self, place: &Place, plan: &Plan) -> Result<(), WriteError> {
        let holds = !plan.units.is_empty() || !plan.releases.is_empty();
        if !holds {
            return Ok(());
        }
        write::hold(self.ctx, &mut self.network).await?;
        write::hold_account(self.ctx, &place.account).await?;
        if plan.additions().next().is_none() {
            return Ok(());
        }
        let ahead = ledger::ahead(&Ledgered::of(&self.status()), plan, &place.scope);
        let phase = report::phase_of(Outlook::RulesMissing, plan);
        self.say(phase, Some(plan), None, ahead).await
    }

    async fn apply(
        &self,
        place: &Place,
        view: &View,
        plan: &Plan,
        ledger: &Ledger,
        mode: Mode,
        pass: &mut Pass,
    ) -> Result<(), Halt> {
        let object = self.key.to_string();
        let applier = Applier {
            session: &place.handle.session,
            world: &place.handle.world,
            owner: &self.ctx.owner,
            object: &object,
        };
        applier.add(view, plan, ledger, pass).await?;
        let stands = pass.waiting.is_empty();
        if mode == Mode::Enforce && stands && !plan.releases.is_empty() && self.ctx.all_planned() {
            // What replaces them stands: from here on they are not needed here.
            let units = plan.units.keys();
            let units = units.map(|unit| PlacedUnit::new(&place.scope, unit));
            let elsewhere = Ledgered::of(&self.status()).elsewhere(&place.scope);
            let needs = units.chain(elsewhere.units()).collect();
            self.ctx.needs.record(self.key, needs);
            let others = |unit: &Unit| self.others(place, unit);
            applier
                .release(view, plan.releases.keys(), &others, pass)
                .await?;
        }
        Ok(())
    }

    fn others(&self, place: &Place, unit: &Unit) -> Others {
        super::others(self.ctx, self.key, &place.scope, unit)
    }

    /// What the pass came to: planned once more on what is there now, so that the status shows it.
    async fn come_to(
        &mut self,
        place: &Place,
        since: Instant,
        plan_before: Plan,
        pass: Pass,
        mode: Mode,
        failure: Option<Halt>,
    ) -> Result<Done, WriteError> {
        let before = Ledgered::of(&self.status());
        let status = ledger::after(&before, &plan_before, &pass, &place.scope);
        if let Some(Halt::Failed { resource, error }) = failure {
            let mut done = self.troubled(&error, status);
            let request_id = error.request_id();
            tracing::warn!(%resource, request_id, %error, "AWS refused a call");
            done.written = pass.written;
            done.plan = Some(plan_before).filter(|_| !error.is_transient());
            return Ok(done);
        }
        self.ctx.troubles.over(self.key);
        let view = match self.view(place, since).await {
            Ok(view) => view,
            Err(error) => return Ok(self.troubled(&error, status)),
        };
        let ledger = ledger::of(&status, &place.scope);
        let input = self.input(&place.account, &view.scope, &ledger, place.given);
        let judged = plan(&input);
        let outlook = outlook(&judged, &input);
        let unsettled = pass
            .waiting
            .keys()
            .any(|unit| judged.units.contains_key(unit));
        let phase = if unsettled && outlook.ready() {
            Phase::Outstanding {
                reason: Reason::Settling,
                message: "AWS's reads do not show yet that the rules stand".to_owned(),
            }
        } else {
            report::phase_of(outlook, &judged)
        };
        let mut requeue = self.next_look(&pass, outlook, &judged, mode);
        let mut status = status;
        let replaced = outlook.ready() || outlook == Outlook::Expired;
        if replaced && !unsettled && mode == Mode::Enforce {
            let held = ledger
                .iter()
                .map(|(unit, _)| PlacedUnit::new(&place.scope, unit));
            self.ctx.needs.record(self.key, held.collect());
            let again = elsewhere::release(self.ctx, self.key, &place.scope, &mut status).await;
            requeue = again.map_or(requeue, |again| again.min(requeue));
        }
        Ok(Done {
            phase,
            pressure: Some(pressure(&judged, &view.scope)),
            plan: Some(judged),
            status,
            written: pass.written,
            requeue,
        })
    }

    fn next_look(&self, pass: &Pass, outlook: Outlook, judged: &Plan, mode: Mode) -> Duration {
        let now = Instant::now();
        let settled = pass
            .waiting
            .values()
            .map(|at| at.saturating_duration_since(now) + Duration::from_millis(50))
            .min();
        let rest = if outlook.ready() || outlook == Outlook::Expired {
            self.resync()
        } else {
            self.soon()
        };
        // Releases wait for the objects that were not planned yet.
        let releases =
            mode == Mode::Enforce && !judged.releases.is_empty() && pass.waiting.is_empty();
        let rest = if releases {
            rest.min(Duration::from_secs(2))
        } else {
            rest
        };
        let rest = match &self.network.spec.expiration_time {
            Some(end) => match Duration::try_from(end.0.duration_since(Timestamp::now())) {
                Ok(left) => rest.min(left + Duration::from_millis(50)),
                Err(_) => rest,
            },
            None => rest,
        };
        settled.map_or(rest, |settled| {
            settled.max(Duration::from_millis(200)).min(rest)
        })
    }

    /// Mode Plan: the plan is in the status, and nothing is written to AWS.
    fn planned_only(&self, place: &Place, view: &View, plan: Plan, ledger: &Ledger) -> Done {
        let before = Ledgered::of(&self.status());
        let world = &place.handle.world;
        let is_gone = |unit: &Unit| {
            world.calm(unit.resource(), view) >= dms_network_core::claims::Calm::Yes
                && ledger::is_there(unit, &view.scope, &self.ctx.owner) == Some(false)
        };
        let status = ledger::planned(&before, &plan, &place.scope, &is_gone);
        let input = self.input(&place.account, &view.scope, ledger, place.given);
        let outlook = outlook(&plan, &input);
        self.ctx.troubles.over(self.key);
        let requeue = if outlook.ready() {
            self.resync()
        } else {
            self.soon()
        };
        Done {
            phase: report::phase_of(outlook, &plan),
            pressure: Some(pressure(&plan, &view.scope)),
            plan: Some(plan),
            status,
            written: Vec::new(),
            requeue,
        }
    }

    /// Writes the status where it changed, and says in events what was done.
    async fn finish(&mut self, done: Done) -> Result<(), WriteError> {
        let previous = self.status();
        self.say(
            done.phase.clone(),
            done.plan.as_ref(),
            done.pressure,
            done.status,
        )
        .await?;
        let events = report::events(&previous, &self.status(), &done.phase, &done.written);
        write::events(self.ctx, &self.network, events).await;
        Ok(())
    }

    /// Writes the status, where it says anything new.
    async fn say(
        &mut self,
        phase: Phase,
        plan: Option<&Plan>,
        pressure: Option<Vec<Pressure>>,
        ledgered: Ledgered,
    ) -> Result<(), WriteError> {
        let previous = self.status();
        let account = self
            .ctx
            .account(self.network.spec.account_ref.name.as_str());
        let max_mode = account.map_or(self.network.spec.mode, |account| account.spec.max_mode);
        let next = report::status(&report::Facts {
            previous: &previous,
            generation: self.network.metadata.generation.unwrap_or_default(),
            now: Timestamp::now(),
            mode: self.network.spec.mode.min(max_mode),
            phase,
            plan,
            pressure,
            managed_rules: ledgered.managed_rules,
            pending_changes: ledgered.pending_changes,
            scopes: ledgered.scopes,
        });
        if report::changed(&previous, &next) {
            write::status(self.ctx, &mut self.network, next).await?;
        }
        Ok(())
    }
}

/// The phase of an object that AWS did not let be judged.
pub(super) fn trouble_phase(error: &AwsError, lasting: bool) -> Phase {
    let (reason, message) = (error.reason(), error.to_string());
    if error.is_transient() {
        Phase::Unreachable {
            reason,
            message,
            lasting,
        }
    } else {
        Phase::Stalled { reason, message }
    }
}

/// Whether two scopes are the same account and Region, whatever AWSAccount names it.
pub(super) fn same_place(a: &Scope, b: &Scope) -> bool {
    a.account_id == b.account_id && a.region == b.region
}
