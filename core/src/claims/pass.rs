//! What one pass over a plan came to.

use super::Effect;
use crate::api::{RuleNumber, SecurityGroupRuleId, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// What one pass over a plan did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass<T> {
    /// The units that stand, and may be relied on.
    pub held: BTreeMap<Unit, Held>,
    /// The units that are written, or are being let go, with the time from which a read will tell more.
    pub waiting: BTreeMap<Unit, T>,
    /// The units that are gone from AWS, or left to others.
    pub gone: BTreeSet<Unit>,
    /// What was written, for events.
    pub written: Vec<Effect>,
}

impl<T> Default for Pass<T> {
    fn default() -> Self {
        Self {
            held: BTreeMap::new(),
            waiting: BTreeMap::new(),
            gone: BTreeSet::new(),
            written: Vec::new(),
        }
    }
}

impl<T> Pass<T> {
    /// Records what became of a unit.
    pub fn came(&mut self, unit: Unit, came: Came, at: impl FnOnce(Until) -> T) {
        match came {
            Came::Held(held) => {
                self.held.insert(unit, held);
            }
            Came::Waiting(until) => {
                self.waiting.insert(unit, at(until));
            }
            Came::Gone => {
                self.gone.insert(unit);
            }
        }
    }
}

/// Where a unit is held.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Held {
    /// The id of its rule.
    pub rule_id: Option<SecurityGroupRuleId>,
    /// The number of its entry.
    pub rule_number: Option<RuleNumber>,
}

impl Held {
    /// As a rule.
    #[must_use]
    pub fn rule(rule_id: Option<SecurityGroupRuleId>) -> Self {
        Self {
            rule_id,
            rule_number: None,
        }
    }

    /// As an entry.
    #[must_use]
    pub fn entry(number: RuleNumber) -> Self {
        Self {
            rule_id: None,
            rule_number: Some(number),
        }
    }
}

/// What became of a unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Came {
    /// It stands, and may be relied on.
    Held(Held),
    /// A later read will tell more.
    Waiting(Until),
    /// It is gone from AWS, or left to others.
    Gone,
}

/// Which read will tell more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Until {
    /// A calm one.
    Calm,
    /// One that shows what others decided before our claim was visible.
    Long,
    /// The next one, soon: another object is about to take the unit into its ledger.
    Coming,
}

/// Who else needs a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Nobody.
    Nobody,
    /// Another object, whose ledger does not have it yet.
    Coming,
    /// Another object, whose ledger has it.
    Hold,
}

impl Others {
    /// By the other objects that need the unit: of each, whether its ledger has it.
    #[must_use]
    pub fn of(holds: impl IntoIterator<Item = bool>) -> Self {
        let mut holds = holds.into_iter().peekable();
        if holds.peek().is_none() {
            Self::Nobody
        } else if holds.any(|holds| holds) {
            Self::Hold
        } else {
            Self::Coming
        }
    }
}
