//! The model of EC2: what is there, what a read may still show, and what a call does when it lands.

/// After a write, reads may not show it for so many ticks: S.
pub const SETTLE: u8 = 1;
/// The longest from the read on which a call was decided to the last moment at which it can land, in ticks: W.
pub const LANDING: u8 = 2;
/// No time of the protocol looks back further: the longest is W after a lost answer, then W + 2S.
pub const LONG_AGO: u8 = 3 * LANDING + 2 * SETTLE + 1;

/// The number of a unit of the case.
pub type UnitId = u8;
/// The number of a deployment.
pub type OwnerId = u8;

/// A place in EC2, which reads see each for itself: the rule of a unit, the entry under a number, a claim tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Item {
    /// There is nothing.
    #[default]
    Nothing,
    /// A security group rule.
    Rule(Rule),
    /// A network ACL entry.
    Entry(Entry),
    /// A claim tag of a network ACL.
    Claim,
}

/// A rule with the content of its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rule {
    /// Its id, among those of its unit.
    pub id: u8,
    /// Whether it has the managed tag.
    pub managed: bool,
    /// The claim tag of each deployment.
    pub claims: [ClaimTag; 2],
}

/// A deployment's claim tag on a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClaimTag {
    /// There is none.
    #[default]
    Absent,
    /// `active`.
    Active,
    /// `releasing <time>`.
    Releasing,
}

/// An entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entry {
    /// What it says.
    pub content: Content,
    /// Whether a person wrote it, and how many ticks ago; reads do not tell.
    pub by_person: Option<u8>,
}

/// What an entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Content {
    /// It allows exactly a unit.
    Unit(UnitId),
    /// It allows something that no unit is.
    Other,
    /// It denies everything.
    Deny,
}

impl Item {
    /// What a read shows of it.
    #[must_use]
    pub fn shown(self) -> Self {
        match self {
            Self::Entry(entry) => Self::Entry(Entry {
                by_person: None,
                ..entry
            }),
            other => other,
        }
    }

    /// The rule, where it is one.
    #[must_use]
    pub fn rule(self) -> Option<Rule> {
        match self {
            Self::Rule(rule) => Some(rule),
            _ => None,
        }
    }

    /// The entry, where it is one.
    #[must_use]
    pub fn entry(self) -> Option<Entry> {
        match self {
            Self::Entry(entry) => Some(entry),
            _ => None,
        }
    }
}

/// Where things are: which place is which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One security group; place `u` is the rule of unit `u`.
    Group {
        /// How many units.
        units: u8,
    },
    /// One network ACL; first the entries under each number, then for each number the claim to each unit.
    Acl {
        /// How many units.
        units: u8,
        /// How many numbers each deployment has.
        numbers: u8,
        /// How many deployments.
        owners: u8,
    },
}

impl Layout {
    /// How many units.
    #[must_use]
    pub fn units(self) -> u8 {
        match self {
            Self::Group { units } | Self::Acl { units, .. } => units,
        }
    }

    /// How many places.
    #[must_use]
    pub fn places(self) -> usize {
        match self {
            Self::Group { units } => usize::from(units),
            Self::Acl { units, .. } => usize::from(self.entries()) * (1 + usize::from(units)),
        }
    }

    /// How many numbers of entries, of all deployments.
    #[must_use]
    pub fn entries(self) -> u8 {
        match self {
            Self::Group { .. } => 0,
            Self::Acl {
                numbers, owners, ..
            } => numbers * owners,
        }
    }

    /// The place of the claim for a number to a unit.
    #[must_use]
    pub fn claim(self, number: u8, unit: UnitId) -> usize {
        usize::from(self.entries())
            + usize::from(number) * usize::from(self.units())
            + usize::from(unit)
    }

    /// The deployment in whose slice a number is.
    #[must_use]
    pub fn owner_of(self, number: u8) -> OwnerId {
        match self {
            Self::Group { .. } => 0,
            Self::Acl { numbers, .. } => number / numbers,
        }
    }
}

/// What a call does.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Op {
    /// Adds rules, each managed and claimed active, all or none.
    Authorize(Vec<UnitId>),
    /// Writes the claim tag of rules, each named by its unit and id, all or none.
    Tag(Vec<(UnitId, u8)>, ClaimTag),
    /// Removes rules by id, all or none.
    Revoke(Vec<(UnitId, u8)>),
    /// Writes a claim tag of the ACL.
    Claim(u8, UnitId),
    /// Adds an entry.
    CreateEntry(u8, UnitId),
    /// Removes whatever entry is under a number.
    DeleteEntry(u8, UnitId),
    /// Takes a claim tag off the ACL.
    Unclaim(u8, UnitId),
}

impl Op {
    /// The rules that it names.
    #[must_use]
    pub fn named(&self) -> &[(UnitId, u8)] {
        match self {
            Self::Tag(rules, _) | Self::Revoke(rules) => rules,
            _ => &[],
        }
    }
}

/// What EC2 says to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done; what Authorize added.
    Done(Vec<(UnitId, u8)>),
    /// There is such a rule or entry already, or none of that id or number.
    Refused,
}

/// A removal that a call of ours did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// What was there.
    pub item: Item,
    /// Its unit, where it was one's.
    pub unit: Option<UnitId>,
    /// The id of the rule, or the number of the entry.
    pub name: u8,
}

/// EC2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Aws {
    /// What is there.
    pub now: Vec<Item>,
    /// What was there less than S ago, by place, with the ticks since.
    pub before: Vec<(u8, Item, u8)>,
}

impl Aws {
    /// Nothing is there.
    #[must_use]
    pub fn empty(layout: Layout) -> Self {
        Self {
            now: vec![Item::Nothing; layout.places()],
            before: Vec::new(),
        }
    }

    /// Puts something in a place; reads may show for S what was there.
    pub fn put(&mut self, place: usize, item: Item) {
        let old = std::mem::replace(&mut self.now[place], item);
        if old.shown() != item.shown() {
            let old = (place as u8, old.shown(), 0);
            if !self.before.contains(&old) {
                self.before.push(old);
                self.before.sort();
            }
        }
    }

    /// A tick passes.
    pub fn tick(&mut self) {
        for (_, _, age) in &mut self.before {
            *age += 1;
        }
        self.before.retain(|(_, _, age)| *age < SETTLE);
        for item in &mut self.now {
            if let Item::Entry(Entry {
                by_person: Some(age),
                ..
            }) = item
            {
                *age = (*age + 1).min(LONG_AGO);
            }
        }
    }

    /// What a read may show of a place, the newest first.
    pub fn versions(&self, place: usize) -> impl Iterator<Item = Item> {
        let before = self.before.iter();
        let before = before.filter(move |(of, _, _)| usize::from(*of) == place);
        std::iter::once(self.now[place].shown()).chain(before.map(|(_, item, _)| *item))
    }

    /// A call lands. `free_id` gives an id for a new rule of a unit.
    pub fn land(
        &mut self,
        layout: Layout,
        owner: OwnerId,
        op: &Op,
        free_id: impl Fn(UnitId) -> u8,
    ) -> (Answer, Vec<Removal>) {
        let refused = (Answer::Refused, Vec::new());
        let mut removed = Vec::new();
        let mut added = Vec::new();
        let is_there = |aws: &Self, (unit, id): (UnitId, u8)| {
            let rule = aws.now[usize::from(unit)].rule();
            rule.is_some_and(|rule| rule.id == id)
        };
        match op {
            Op::Authorize(units) => {
                if units
                    .iter()
                    .any(|u| self.now[usize::from(*u)] != Item::Nothing)
                {
                    return refused;
                }
                for unit in units {
                    let mut claims = [ClaimTag::Absent; 2];
                    claims[usize::from(owner)] = ClaimTag::Active;
                    let id = free_id(*unit);
                    let managed = true;
                    let rule = Rule {
                        id,
                        managed,
                        claims,
                    };
                    self.put(usize::from(*unit), Item::Rule(rule));
                    added.push((*unit, id));
                }
            }
            Op::Tag(rules, tag) => {
                if rules.iter().any(|rule| !is_there(self, *rule)) {
                    return refused;
                }
                for (unit, _) in rules {
                    let place = usize::from(*unit);
                    if let Item::Rule(mut rule) = self.now[place] {
                        rule.claims[usize::from(owner)] = *tag;
                        self.put(place, Item::Rule(rule));
                    }
                }
            }
            Op::Revoke(rules) => {
                if rules.iter().any(|rule| !is_there(self, *rule)) {
                    return refused;
                }
                for (unit, id) in rules {
                    let place = usize::from(*unit);
                    removed.push(Removal {
                        item: self.now[place],
                        unit: Some(*unit),
                        name: *id,
                    });
                    self.put(place, Item::Nothing);
                }
            }
            Op::Claim(number, unit) => self.put(layout.claim(*number, *unit), Item::Claim),
            Op::CreateEntry(number, unit) => {
                if self.now[usize::from(*number)] != Item::Nothing {
                    return refused;
                }
                let content = Content::Unit(*unit);
                let by_person = None;
                let entry = Entry { content, by_person };
                self.put(usize::from(*number), Item::Entry(entry));
            }
            Op::DeleteEntry(number, _) => {
                let item = self.now[usize::from(*number)];
                let Some(entry) = item.entry() else {
                    return refused;
                };
                let unit = match entry.content {
                    Content::Unit(unit) => Some(unit),
                    Content::Other | Content::Deny => None,
                };
                let name = *number;
                removed.push(Removal { item, unit, name });
                self.put(usize::from(*number), Item::Nothing);
            }
            Op::Unclaim(number, unit) => self.put(layout.claim(*number, *unit), Item::Nothing),
        }
        (Answer::Done(added), removed)
    }

    /// Whether a unit is open: a rule of its content, or an allow entry.
    #[must_use]
    pub fn opens(&self, layout: Layout, unit: UnitId) -> bool {
        match layout {
            Layout::Group { .. } => self.now[usize::from(unit)] != Item::Nothing,
            Layout::Acl { .. } => self.entries_of(layout, unit) > 0,
        }
    }

    /// How many entries allow a unit.
    #[must_use]
    pub fn entries_of(&self, layout: Layout, unit: UnitId) -> usize {
        let entries = self.now[..usize::from(layout.entries())].iter();
        let allow = |item: &&Item| {
            item.entry()
                .is_some_and(|entry| entry.content == Content::Unit(unit))
        };
        entries.filter(allow).count()
    }
}
