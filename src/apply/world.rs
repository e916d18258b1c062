//! What this process knows of one account and Region: the latest read, with its own writes laid over it, and how much
//! each read may be used for.

use dms_network_core::{
    claims::{self, Calm, Effect},
    snapshot::ScopeSnapshot,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::sync::OwnedMutexGuard;

/// The times of the claims protocol, by this process's clock.
pub type Times = claims::Times<Instant>;

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
    writes: HashMap<String, claims::Writes<Instant>>,
    acknowledged: Vec<(Instant, Effect)>,
    /// The rules, and the claims of entries, that were found to permit and have been ours since.
    relied_on: HashSet<String>,
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
    pub fn take_in(&self, reader: &str, mut read: ScopeSnapshot, started: Instant) {
        let mut inner = self.inner();
        let hides = |at: &Instant| !self.times.shows(*at, started);
        inner.acknowledged.retain(|(at, _)| hides(at));
        let acknowledged = inner.acknowledged.iter();
        acknowledged.for_each(|(_, effect)| effect.lay_over(&mut read));
        inner
            .latest
            .insert(reader.to_owned(), (Arc::new(read), started));
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
        self.writes(resource).moved_on(view.sequence)
    }

    /// How much a view may be used for on a resource.
    #[must_use]
    pub fn calm(&self, resource: &str, view: &View) -> Calm {
        self.writes(resource).calm(&self.times, view.started)
    }

    /// The oldest start of a read on which something may be removed.
    #[must_use]
    pub fn oldest_read_to_remove_on(&self) -> Instant {
        let now = Instant::now();
        now.checked_sub(self.times.oldest_to_remove_on())
            .unwrap_or(now)
    }

    /// From when on a read of the resource is calm, if nothing is written to it until then.
    #[must_use]
    pub fn calm_at(&self, resource: &str) -> Instant {
        self.writes(resource).calm_at(&self.times)
    }

    /// From when on a read of the resource shows what others decided before our claim was visible.
    #[must_use]
    pub fn long_calm_at(&self, resource: &str) -> Instant {
        self.writes(resource).long_calm_at(&self.times)
    }

    fn writes(&self, resource: &str) -> claims::Writes<Instant> {
        let inner = self.inner();
        inner.writes.get(resource).copied().unwrap_or_default()
    }

    /// Records that rules and entries, by their marks, were found to permit and may be relied on while our claim to
    /// them stays active.
    pub fn rely_on(&self, marks: impl IntoIterator<Item = String>) {
        self.inner().relied_on.extend(marks);
    }

    /// Whether a rule or an entry was found to permit.
    #[must_use]
    pub fn relies_on(&self, mark: &str) -> bool {
        self.inner().relied_on.contains(mark)
    }

    /// Rules and entries are being let go.
    pub fn rely_no_more_on(&self, marks: &[String]) {
        let mut inner = self.inner();
        for mark in marks {
            inner.relied_on.remove(mark);
        }
    }

    /// Announces a write to a resource. What becomes of it is said by the guard; a guard that is dropped without a
    /// word counts as an answer that was lost.
    #[must_use]
    pub fn begin(&self, resource: &str) -> Write<'_> {
        let mut inner = self.inner();
        inner.sequence += 1;
        let sequence = inner.sequence;
        let writes = inner.writes.entry(resource.to_owned()).or_default();
        writes.begin(sequence);
        Write {
            world: self,
            resource: resource.to_owned(),
            told: false,
        }
    }

    fn end(&self, resource: &str, lost: bool, effects: Vec<Effect>) {
        let now = Instant::now();
        let mut inner = self.inner();
        inner.sequence += 1;
        let sequence = inner.sequence;
        let writes = inner.writes.entry(resource.to_owned()).or_default();
        writes.end(now, lost, sequence);
        if effects.is_empty() {
            return;
        }
        for (scope, _) in inner.latest.values_mut() {
            // A copy only while a view of it is held.
            let scope = Arc::make_mut(scope);
            effects.iter().for_each(|effect| effect.lay_over(scope));
        }
        inner
            .acknowledged
            .extend(effects.into_iter().map(|effect| (now, effect)));
    }
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
    use std::time::Duration;

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
        let long = view_of_a_read_at(&world, now + LANDING + LANDING + SETTLE + SETTLE);
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
