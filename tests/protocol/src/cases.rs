//! The cases that are searched.

use crate::{
    aws::{Content, Layout},
    state::Budget,
    system::Case,
};

const ONE: Layout = Layout::Group { units: 1 };
const TWO: Layout = Layout::Group { units: 2 };

/// One deployment, one object, one unit.
pub const ONE_OBJECT: Case = Case {
    name: "one cluster, one object",
    layout: ONE,
    owners: &[0],
    specs: &[&[0]],
    declarations: &[&[0]],
    budget: budget(3, 1, 1, 1),
    contents: &[],
    declared: false,
};

/// One deployment, one object whose declaration changes from one unit to another.
pub const CHANGED_OBJECT: Case = Case {
    name: "one cluster, one object that changes",
    layout: TWO,
    owners: &[0],
    specs: &[&[0], &[1]],
    declarations: &[&[0, 1]],
    budget: budget(2, 1, 1, 1),
    contents: &[],
    declared: true,
};

/// One deployment, two objects that share a unit.
pub const TWO_OBJECTS: Case = Case {
    name: "one cluster, two objects that share a rule",
    layout: ONE,
    owners: &[0, 0],
    specs: &[&[0]],
    declarations: &[&[0], &[0]],
    budget: budget(3, 0, 0, 1),
    contents: &[],
    declared: true,
};

/// Two deployments, an object each, that share a unit.
pub const TWO_CLUSTERS: Case = Case {
    name: "two clusters that share a rule",
    layout: ONE,
    owners: &[0, 1],
    specs: &[&[0]],
    declarations: &[&[0], &[0]],
    budget: budget(3, 0, 0, 0),
    contents: &[],
    declared: true,
};

/// One deployment, one object whose declaration calls for a unit, then not, then again.
pub const UNDONE: Case = Case {
    name: "one cluster, one object that changes and changes back",
    layout: ONE,
    owners: &[0],
    specs: &[&[0], &[], &[0]],
    declarations: &[&[0, 1, 2]],
    budget: budget(3, 1, 1, 1),
    contents: &[],
    declared: true,
};

/// Two deployments that share a unit, one of which changes and changes back.
pub const UNDONE_BESIDE: Case = Case {
    name: "two clusters that share a rule, one of which changes and changes back",
    layout: ONE,
    owners: &[0, 1],
    specs: &[&[0], &[], &[0]],
    declarations: &[&[0, 1, 2], &[0]],
    budget: budget(3, 0, 1, 0),
    contents: &[],
    declared: true,
};

/// How many edits, acts of a person, lost answers and crashes.
#[must_use]
pub const fn budget(edits: u8, person: u8, lost: u8, crashes: u8) -> Budget {
    Budget {
        edits,
        person,
        lost,
        crashes,
    }
}

const ONE_ENTRY: Layout = Layout::Acl {
    units: 1,
    numbers: 2,
    owners: 1,
};

/// One deployment, one object, one entry.
pub const ONE_ACL_OBJECT: Case = Case {
    name: "one ACL, one cluster, one object",
    layout: ONE_ENTRY,
    owners: &[0],
    specs: &[&[0]],
    declarations: &[&[0]],
    budget: budget(2, 1, 1, 0),
    contents: &[Content::Unit(0), Content::Other],
    declared: true,
};

/// One deployment, one object that calls for an entry, then not, then again.
pub const UNDONE_ENTRY: Case = Case {
    name: "one ACL, one cluster, one object that changes and changes back",
    specs: &[&[0], &[], &[0]],
    declarations: &[&[0, 1, 2]],
    budget: budget(2, 0, 1, 0),
    ..ONE_ACL_OBJECT
};

impl Case {
    /// The same with other disturbances.
    #[must_use]
    pub const fn with(self, edits: u8, person: u8, lost: u8, crashes: u8) -> Self {
        Self {
            budget: budget(edits, person, lost, crashes),
            ..self
        }
    }
}
