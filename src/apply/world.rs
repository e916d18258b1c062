//! What this process knows of one account and Region: the latest read, with its own writes laid over it, and how much
//! each read may be used for.

use dms_network_core::{
    api::SecurityGroupRuleId,
    claims::{AclClaim, Calm, Effect},
    snapshot::ScopeSnapshot,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::OwnedMutexGuard;

/// The times of the claims protocol.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// After a write, reads may not show it for so long: S.
    pub settle: Duration,
    /// The longest from the read on which a call was decided to the last moment at which it can still land: W.
    pub landing: Duration,
    /// When this process became the one that writes.
    pub start: Instant,
}

/// A read of the account and Region, with the writes that were acknowledged since laid over it.
#[derive(Clone)]
pub struct View {
    /// What was read.
    pub scope: Arc<ScopeSnapshot>,
    /// When the read began.
    pub started: Instant,
    /// How many writes had begun when the view was taken.
    sequence: u64,
}

/// The world of one account and Region. All objects there share it.
pub struct World {
    times: Times,
    inner: Mutex<Inner>,
    locks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

#[derive(Default)]
struct Inner {
    /// The latest read of each AWSAccount that names this account: what one may read, another may not.
    latest: HashMap<String, (Arc<ScopeSnapshot>, Instant)>,
    sequence: u64,
    writes: HashMap<String, Writes>,
    acknowledged: Vec<(Instant, Effect)>,
    /// The rules, and the claims of entries, that were found to permit and have been ours since.
    relied_on: HashSet<String>,
}

/// The writes of this process to one security group or network ACL.
#[derive(Clone, Copy, Default)]
struct Writes {
    in_flight: u32,
    answered: Option<Instant>,
    lost: Option<Instant>,
    sequence: u64,
}

impl World {
    /// A world of which nothing is known.
    #[must_use]
    pub fn new(times: Times) -> Self {
        Self {
            times,
            inner: Mutex::default(),
            locks: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic while the lock was held left plain data behind: every update of it is one assignment or insertion.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a read in, and lays over it the writes that it may not show.
    pub fn take_in(&self, reader: &str, read: ScopeSnapshot, started: Instant) {
        let settle = self.times.settle;
        let mut inner = self.inner();
        inner.acknowledged.retain(|(at, _)| *at + settle > started);
        let scope = if inner.acknowledged.is_empty() {
            read
        } else {
            let mut lists = read.into_lists();
            inner
                .acknowledged
                .iter()
                .for_each(|(_, effect)| effect.lay_over(&mut lists));
            ScopeSnapshot::from(lists)
        };
        inner
            .latest
            .insert(reader.to_owned(), (Arc::new(scope), started));
    }

    /// Forgets the latest reads: they were shown to be wrong.
    pub fn distrust(&self) {
        self.inner().latest.clear();
    }

    /// The latest view of an AWSAccount, where its read began at `since` or later.
    #[must_use]
    pub fn view(&self, reader: &str, since: Instant) -> Option<View> {
        let inner = self.inner();
        let (scope, started) = inner
            .latest
            .get(reader)
            .filter(|(_, started)| *started >= since)?;
        Some(View {
            scope: Arc::clone(scope),
            started: *started,
            sequence: inner.sequence,
        })
    }

    /// The critical section of one security group or network ACL: need, decision and call are one.
    pub async fn enter(&self, resource: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(resource.to_owned()).or_default())
        };
        lock.lock_owned().await
    }

    /// Whether a write of ours to the resource began after the view was taken: then what was planned on it is not
    /// carried out.
    #[must_use]
    pub fn moved_on(&self, resource: &str, view: &View) -> bool {
        self.inner()
            .writes
            .get(resource)
            .is_some_and(|writes| writes.sequence > view.sequence)
    }

    /// How much a view may be used for on a resource.
    #[must_use]
    pub fn calm(&self, resource: &str, view: &View) -> Calm {
        let writes = self
            .inner()
            .writes
            .get(resource)
            .copied()
            .unwrap_or_default();
        let (calm, long) = self.calm_from(writes);
        match writes.in_flight {
            0 if view.started >= long => Calm::Long,
            0 if view.started >= calm => Calm::Yes,
            _ => Calm::No,
        }
    }

    /// The oldest start of a read on which something may be removed: what is decided on it must land within W.
    #[must_use]
    pub fn oldest_read_to_remove_on(&self) -> Instant {
        let now = Instant::now();
        now.checked_sub(self.times.landing / 2).unwrap_or(now)
    }

    /// From when on a read of the resource is calm, if nothing is written to it until then.
    #[must_use]
    pub fn calm_at(&self, resource: &str) -> Instant {
        self.calm_from(
            self.inner()
                .writes
                .get(resource)
                .copied()
                .unwrap_or_default(),
        )
        .0
    }

    /// From when on a read of the resource shows what others decided before our claim was visible.
    #[must_use]
    pub fn long_calm_at(&self, resource: &str) -> Instant {
        self.calm_from(
            self.inner()
                .writes
                .get(resource)
                .copied()
                .unwrap_or_default(),
        )
        .1
    }

    fn calm_from(&self, writes: Writes) -> (Instant, Instant) {
        let Times {
            settle,
            landing,
            start,
        } = self.times;
        let after_start = start + landing + settle;
        let after_answer = writes.answered.map_or(after_start, |at| at + settle);
        let after_loss = writes.lost.map_or(after_start, |at| at + landing + settle);
        let calm = after_start.max(after_answer).max(after_loss);
        // A write whose answer was lost may have landed as late as W after it.
        let landed = writes.answered.max(writes.lost.map(|at| at + landing));
        let long = calm.max(landed.unwrap_or(start) + landing + settle + settle);
        (calm, long)
    }

    /// Records that a rule was found to permit, and may be relied on while our claim to it stays active.
    pub fn rely_on(&self, rule: Option<&SecurityGroupRuleId>) {
        self.inner().relied_on.extend(rule.map(ToString::to_string));
    }

    /// Records that an entry was found to permit.
    pub fn rely_on_entry(&self, claim: &AclClaim) {
        self.inner().relied_on.insert(mark(claim));
    }

    /// Whether a rule was found to permit.
    #[must_use]
    pub fn relies_on(&self, rule: &SecurityGroupRuleId) -> bool {
        self.inner().relied_on.contains(rule.as_str())
    }

    /// Whether an entry was found to permit.
    #[must_use]
    pub fn relies_on_entry(&self, claim: &AclClaim) -> bool {
        self.inner().relied_on.contains(&mark(claim))
    }

    /// A rule is being let go.
    pub fn rely_on_no_more(&self, rule: &SecurityGroupRuleId) {
        self.inner().relied_on.remove(rule.as_str());
    }

    /// An entry is being let go.
    pub fn rely_on_entry_no_more(&self, claim: &AclClaim) {
        self.inner().relied_on.remove(&mark(claim));
    }

    /// Announces a write to a resource. What becomes of it is said by the guard; a guard that is dropped without a
    /// word counts as an answer that was lost.
    #[must_use]
    pub fn begin(&self, resource: &str) -> Write<'_> {
        let mut inner = self.inner();
        inner.sequence += 1;
        let sequence = inner.sequence;
        let writes = inner.writes.entry(resource.to_owned()).or_default();
        writes.in_flight += 1;
        writes.sequence = sequence;
        Write {
            world: self,
            resource: resource.to_owned(),
            told: false,
        }
    }

    fn end(&self, resource: &str, lost: bool, effects: Vec<Effect>) {
        let now = Instant::now();
        let mut inner = self.inner();
        // Counted again, so that a view taken while the write was under way is known to be older than its effect.
        inner.sequence += 1;
        let sequence = inner.sequence;
        let writes = inner.writes.entry(resource.to_owned()).or_default();
        writes.sequence = sequence;
        writes.in_flight = writes.in_flight.saturating_sub(1);
        if lost {
            writes.lost = Some(now);
        } else {
            writes.answered = Some(now);
        }
        if effects.is_empty() {
            return;
        }
        for (scope, _) in inner.latest.values_mut() {
            let mut lists = Arc::unwrap_or_clone(Arc::clone(scope)).into_lists();
            effects
                .iter()
                .for_each(|effect| effect.lay_over(&mut lists));
            *scope = Arc::new(ScopeSnapshot::from(lists));
        }
        inner
            .acknowledged
            .extend(effects.into_iter().map(|effect| (now, effect)));
    }
}

fn mark(claim: &AclClaim) -> String {
    format!("{} {}", claim.unit.resource(), claim.key())
}

/// A write under way.
pub struct Write<'w> {
    world: &'w World,
    resource: String,
    told: bool,
}

impl Write<'_> {
    /// AWS answered that it was done.
    pub fn done(mut self, effects: Vec<Effect>) {
        self.told = true;
        self.world.end(&self.resource, false, effects);
    }

    /// AWS answered that it was not done.
    pub fn refused(mut self) {
        self.told = true;
        self.world.end(&self.resource, false, Vec::new());
    }

    /// There was no answer that says.
    pub fn lost(mut self) {
        self.told = true;
        self.world.end(&self.resource, true, Vec::new());
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.world.end(&self.resource, true, Vec::new());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use dms_network_core::snapshot::ScopeLists;

    const SETTLE: Duration = Duration::from_secs(10);
    const LANDING: Duration = Duration::from_secs(60);

    fn world(age: Duration) -> (World, Instant) {
        let now = Instant::now();
        let start = now.checked_sub(age).unwrap();
        (
            World::new(Times {
                settle: SETTLE,
                landing: LANDING,
                start,
            }),
            now,
        )
    }

    fn view_of_a_read_at(world: &World, started: Instant) -> View {
        world.take_in("prod", ScopeSnapshot::from(ScopeLists::unread()), started);
        world.view("prod", started).unwrap()
    }

    #[test]
    fn no_read_is_calm_until_the_calls_of_the_process_before_have_landed() {
        let (world, now) = world(Duration::ZERO);
        assert_eq!(
            world.calm("sg-0a", &view_of_a_read_at(&world, now)),
            Calm::No
        );
        let later = view_of_a_read_at(&world, now + LANDING + SETTLE);
        assert_eq!(world.calm("sg-0a", &later), Calm::Yes);
        let long = view_of_a_read_at(&world, now + LANDING + SETTLE + SETTLE);
        assert_eq!(world.calm("sg-0a", &long), Calm::Long);
    }

    #[test]
    fn a_read_is_calm_only_if_it_began_after_our_last_write_settled() {
        let (world, now) = world(Duration::from_secs(3600));
        world.begin("sg-0a").done(Vec::new());
        let soon = view_of_a_read_at(&world, now + Duration::from_secs(1));
        assert_eq!(world.calm("sg-0a", &soon), Calm::No);
        assert_eq!(
            world.calm("sg-0b", &soon),
            Calm::Long,
            "writes to one group do not disturb another"
        );
        let settled = view_of_a_read_at(&world, Instant::now() + SETTLE);
        assert_eq!(world.calm("sg-0a", &settled), Calm::Yes);
    }

    #[test]
    fn a_lost_answer_may_land_for_the_whole_landing_time() {
        let (world, _) = world(Duration::from_secs(3600));
        drop(world.begin("sg-0a"));
        let settled = view_of_a_read_at(&world, Instant::now() + SETTLE);
        assert_eq!(world.calm("sg-0a", &settled), Calm::No);
        let landed = view_of_a_read_at(&world, Instant::now() + LANDING + SETTLE);
        assert_eq!(world.calm("sg-0a", &landed), Calm::Yes);
    }

    #[test]
    fn nothing_is_calm_while_a_write_is_under_way() {
        let (world, _) = world(Duration::from_secs(3600));
        let write = world.begin("acl-0d");
        let view = view_of_a_read_at(&world, Instant::now() + LANDING + LANDING);
        assert_eq!(world.calm("acl-0d", &view), Calm::No);
        write.refused();
        assert_eq!(world.calm("acl-0d", &view), Calm::Long);
    }

    #[test]
    fn a_plan_made_before_another_write_is_known_as_such() {
        let (world, now) = world(Duration::from_secs(3600));
        let before = view_of_a_read_at(&world, now);
        assert!(!world.moved_on("sg-0a", &before));
        world.begin("sg-0a").done(Vec::new());
        assert!(world.moved_on("sg-0a", &before));
        assert!(!world.moved_on("sg-0b", &before));
        assert!(!world.moved_on("sg-0a", &world.view("prod", now).unwrap()));
    }
}
