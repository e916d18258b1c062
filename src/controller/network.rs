//! One pass over one MigrationNetwork: observe, plan, apply, report.

use super::{
    context::{Context, key_of},
    elsewhere, ending, ledger,
    needs::ObjectKey,
    places::{Asker, Located, Place, Places, Unusable},
    stored::StoredNetwork,
    trouble::{Patience, jittered},
    write::{self, WriteError},
};
use crate::{
    apply::{Applier, Halt, Pass, View},
    aws::AwsError,
    report::{self, Phase},
};
use dms_network_core::{
    api::{AWSAccount, MigrationNetwork, MigrationNetworkStatus, Mode, Reason, Unit},
    claims::{
        Calm, Effect, Ledger,
        ledgered::{self, Ledgered},
    },
    plan::{Input, Outlook, Plan, Pressure, outlook, plan, pressure},
    scopes::{Guardrails, ScopeView, Scopes},
    snapshot::{ScopeLists, ScopeSnapshot},
    trace::Unresolved,
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

impl NetworkPass<'_> {
    fn status(&self) -> MigrationNetworkStatus {
        self.network.status.clone().unwrap_or_default()
    }

    /// A pass that could judge nothing: what is held stays.
    fn kept(&self, phase: Phase, requeue: Duration) -> Done {
        let status = self.status();
        let status = Ledgered::of(&status);
        let held = ledger::units(&status).collect();
        self.ctx.needs.record(self.key, held);
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
        match self.places().await? {
            Ok(places) => self.carry_out(&places).await,
            Err(done) => Ok(*done),
        }
    }

    /// The accounts and Regions of the declaration, once it is known that the namespace may use that of its
    /// replication instance.
    async fn places(&self) -> Result<Result<Places, Box<Done>>, WriteError> {
        let spec = &self.network.spec;
        let held = Ledgered::of(&self.status());
        let asker = self.asker(&held);
        let stop = |phase, requeue| Ok(Err(Box::new(self.kept(phase, requeue))));
        let home = match Place::find(self.ctx, asker, &spec.account_ref, &spec.region).await? {
            Ok(home) => home,
            Err(Unusable::Declared(Unresolved {
                reason, message, ..
            })) => {
                return match reason {
                    Reason::AccountNotFound => {
                        stop(Phase::Waiting { reason, message }, ACCOUNT_LOOK)
                    }
                    _ => stop(Phase::Stalled { reason, message }, self.resync()),
                };
            }
            Err(Unusable::NotGiven(account)) => {
                return Ok(Err(Box::new(self.not_given(&account, &held))));
            }
            Err(Unusable::Aws(error)) => {
                return Ok(Err(Box::new(self.troubled(&error, held))));
            }
        };
        let around = Places::around(self.ctx, asker, home).await?;
        Ok(around.map_err(|error| Box::new(self.troubled(&error, held))))
    }

    fn asker<'n>(&'n self, held: &'n Ledgered) -> Asker<'n> {
        Asker {
            namespace: &self.key.namespace,
            spec: &self.network.spec,
            held,
            ended: self.network.spec.expired(Timestamp::now()),
        }
    }

    /// A pass of a namespace that may not use the account.
    fn not_given(&self, account: &AWSAccount, held: &Ledgered) -> Done {
        let nothing = ScopeSnapshot::from(ScopeLists::unread());
        let scopes = Scopes::only(ScopeView {
            snapshot: &nothing,
            guardrails: Some(Guardrails {
                name: self.network.spec.account_ref.name.as_str(),
                account: &account.spec,
                namespace_allowed: false,
            }),
        });
        let ledger = held.ledger(|_| true);
        let plan = plan(&self.input(&scopes, &ledger));
        let outlook = Outlook::Stalled(Reason::NotAllowedByAccount);
        let mut done = self.kept(report::phase_of(outlook, &plan), self.resync());
        done.plan = Some(plan);
        done
    }

    fn input<'a>(&'a self, scopes: &'a Scopes<'a>, ledger: &'a Ledger) -> Input<'a> {
        Input {
            namespace: &self.key.namespace,
            name: &self.key.name,
            spec: &self.network.spec,
            ledger,
            owner: &self.ctx.owner,
            scopes,
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

    async fn carry_out(&mut self, places: &Places) -> Result<Done, WriteError> {
        let mut since = self.oldest_read();
        let mut written = Vec::new();
        for _ in 0..ATTEMPTS {
            let held = Ledgered::of(&self.status());
            let ledger = places.ledger(&held);
            let views = match self.views(places, &held, since).await {
                Ok(views) => views,
                Err(error) => return Ok(self.troubled(&error, held)),
            };
            let scopes = places.scopes(&views);
            let input = self.input(&scopes, &ledger);
            let plan = plan(&input);
            let mode = input.mode();
            let located = places.locate(&views, &held, &plan);
            let round = Round {
                places,
                views: &views,
                plan: &plan,
                ledger: &ledger,
                located,
                mode,
            };
            self.record(&round, &held);
            if let Some(at) = round.calmer_read() {
                since = at;
                continue;
            }
            if round.needs_a_later_read() {
                since = Instant::now();
                continue;
            }
            if mode == Mode::Plan {
                let done = self.planned_only(&round, &held, outlook(&plan, &input));
                return Ok(Done {
                    pressure: Some(pressure(&plan, &scopes)),
                    plan: Some(plan),
                    ..done
                });
            }
            self.write_ahead(&round).await?;
            let mut pass = Pass {
                written: std::mem::take(&mut written),
                ..Pass::default()
            };
            match self.apply(&round, &held, &mut pass).await {
                Err(Halt::PlanAgain) => written = pass.written,
                other => return self.come_to(&round, since, pass, other.err()).await,
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

    async fn views(
        &self,
        places: &Places,
        held: &Ledgered,
        since: Instant,
    ) -> Result<Vec<View>, AwsError> {
        places.views(self.ctx, self.asker(held), since).await
    }

    /// Records what this object needs, before anything is done: a release elsewhere looks there. What it no longer
    /// calls for is needed until what replaces it stands.
    fn record(&self, round: &Round<'_>, held: &Ledgered) {
        let planned = round.plan.units.keys();
        let planned = planned.filter(|unit| round.mode != Mode::Plan || round.ledger.holds(unit));
        let needed = planned.chain(round.plan.releases.keys());
        self.record_units(needed, round, held);
    }

    fn record_units<'u>(
        &self,
        units: impl Iterator<Item = &'u Unit>,
        round: &Round<'_>,
        held: &Ledgered,
    ) {
        let elsewhere = held.elsewhere(|scope| round.places.are_in(scope));
        let needs = units.map(|unit| round.located.placed(unit));
        let needs = needs.chain(ledger::units(&elsewhere)).collect();
        self.ctx.needs.record(self.key, needs);
    }

    /// Records in the status what is about to be written, before the first call: a crash cannot lose it.
    async fn write_ahead(&mut self, round: &Round<'_>) -> Result<(), WriteError> {
        let plan = round.plan;
        let units: Vec<&Unit> = plan.units.keys().chain(plan.releases.keys()).collect();
        if units.is_empty() {
            return Ok(());
        }
        write::hold(self.ctx, &mut self.network).await?;
        for index in round.located.by_place(units, |unit| unit).into_keys() {
            write::hold_account(self.ctx, &round.places.at(index).account).await?;
        }
        if plan.additions().next().is_none() {
            return Ok(());
        }
        let ahead = ledgered::ahead(&Ledgered::of(&self.status()), plan, &round.located);
        let phase = report::phase_of(Outlook::RulesMissing, plan);
        self.say(phase, Some(plan), None, ahead).await
    }

    async fn apply(&self, round: &Round<'_>, held: &Ledgered, pass: &mut Pass) -> Result<(), Halt> {
        let object = self.key.to_string();
        let plan = round.plan;
        for (index, units) in round.located.by_place(&plan.units, |(unit, _)| unit) {
            let (applier, view) = self.applier(round, index, &object)?;
            applier.add(view, &units, round.ledger, pass).await?;
        }
        let stands = pass.waiting.is_empty();
        let released: Vec<&Unit> = ledgered::releasable(plan, round.ledger).collect();
        let releases = round.mode == Mode::Enforce && !released.is_empty();
        if stands && releases && self.ctx.all_planned() {
            // What replaces them stands: from here on they are not needed here.
            let others = plan.releases.keys().filter(|unit| !released.contains(unit));
            self.record_units(plan.units.keys().chain(others), round, held);
            let others =
                |unit: &Unit| super::others(self.ctx, self.key, round.located.scope(unit), unit);
            for (index, units) in round.located.by_place(released, |unit| unit) {
                let (applier, view) = self.applier(round, index, &object)?;
                applier.release(view, units, &others, pass).await?;
            }
        }
        Ok(())
    }

    /// What carries out the part of a plan that is in one place.
    fn applier<'r>(
        &'r self,
        round: &'r Round<'_>,
        index: usize,
        object: &'r str,
    ) -> Result<(Applier<'r>, &'r View), Halt> {
        let place = round.places.at(index);
        let applier = Applier {
            session: &place.handle.session,
            world: &place.handle.world,
            owner: &self.ctx.owner,
            object,
        };
        let view = round.views.get(index).ok_or(Halt::PlanAgain)?;
        Ok((applier, view))
    }

    /// What the pass came to: planned once more on what is there now, so that the status shows it.
    async fn come_to(
        &mut self,
        round: &Round<'_>,
        since: Instant,
        pass: Pass,
        failure: Option<Halt>,
    ) -> Result<Done, WriteError> {
        let before = Ledgered::of(&self.status());
        let status = ledgered::after(&before, round.plan, &pass, &round.located);
        if let Some(Halt::Failed { resource, error }) = failure {
            let mut done = self.troubled(&error, status);
            let request_id = error.request_id();
            tracing::warn!(%resource, request_id, %error, "AWS refused a call");
            done.written = pass.written;
            done.plan = Some(round.plan.clone()).filter(|_| !error.is_transient());
            return Ok(done);
        }
        self.ctx.troubles.over(self.key);
        let places = round.places;
        let views = match self.views(places, &status, since).await {
            Ok(views) => views,
            Err(error) => return Ok(self.troubled(&error, status)),
        };
        let ledger = places.ledger(&status);
        let scopes = places.scopes(&views);
        let input = self.input(&scopes, &ledger);
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
        let mut requeue = self.next_look(&pass, outlook, &judged, round.mode);
        let mut status = status;
        let replaced = outlook.ready() || outlook == Outlook::Expired;
        if replaced && !unsettled && round.mode == Mode::Enforce {
            let named = status.elsewhere(|scope| !places.name(scope));
            let named = ledger::units(&named).collect();
            self.ctx.needs.record(self.key, named);
            let again = elsewhere::release(self.ctx, self.key, places, &mut status).await;
            requeue = again.map_or(requeue, |again| again.min(requeue));
        }
        Ok(Done {
            phase,
            pressure: Some(pressure(&judged, &scopes)),
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
    fn planned_only(&self, round: &Round<'_>, held: &Ledgered, outlook: Outlook) -> Done {
        let is_gone = |unit: &Unit| {
            let index = round.located.index(unit);
            let world = &round.places.at(index).handle.world;
            round.views.get(index).is_some_and(|view| {
                world.calm(unit.resource(), view) >= Calm::Yes
                    && ledgered::is_there(unit, &view.scope, &self.ctx.owner) == Some(false)
            })
        };
        let status = ledgered::planned(held, round.plan, &round.located, &is_gone);
        self.ctx.troubles.over(self.key);
        let requeue = if outlook.ready() {
            self.resync()
        } else {
            self.soon()
        };
        Done {
            phase: report::phase_of(outlook, round.plan),
            pressure: None,
            plan: None,
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
        let next = report::status(&report::Facts {
            previous: &previous,
            generation: self.network.metadata.generation.unwrap_or_default(),
            now: Timestamp::now(),
            mode: self.ctx.mode(&self.network.spec),
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

/// A plan with all that it was made from.
struct Round<'r> {
    places: &'r Places,
    /// In the order of the usable places.
    views: &'r [View],
    plan: &'r Plan,
    ledger: &'r Ledger,
    located: Located<'r>,
    mode: Mode,
}

impl Round<'_> {
    /// The start of a calmer read than these views, where one would already tell more of what is outstanding.
    fn calmer_read(&self) -> Option<Instant> {
        let unsettled = |unit: &&Unit| {
            let entry = self.ledger.get(unit);
            entry.is_some_and(|entry| !entry.permitted())
        };
        let unsettled = self.plan.units.keys().filter(unsettled);
        let now = Instant::now();
        let due = self.plan.releases.keys().chain(unsettled);
        let due = due.filter_map(|unit| {
            let index = self.located.index(unit);
            let at = self.places.at(index).handle.world.calm_at(unit.resource());
            (at <= now && at > self.views.get(index)?.started).then_some(at)
        });
        due.max()
    }

    /// Whether something is to be removed on a read that began too early.
    fn needs_a_later_read(&self) -> bool {
        let mut releases = self
            .plan
            .releases
            .keys()
            .map(|unit| self.located.index(unit));
        releases.any(|index| {
            let oldest = self
                .places
                .at(index)
                .handle
                .world
                .oldest_read_to_remove_on();
            self.views
                .get(index)
                .is_some_and(|view| view.started < oldest)
        })
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
