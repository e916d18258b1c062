//! The cases: small ones that are searched through, larger ones that are walked.

use crate::{
    aws::{Content, Layout},
    state::Budget,
    system::Case,
};

/// One deployment, one object, one rule.
pub const ONE_OBJECT: Case = Case {
    name: "one rule, one cluster, one object",
    layout: Layout::Group { units: 1 },
    owners: &[0],
    specs: &[&[0]],
    declarations: &[&[0]],
    budget: budget(3, 1, 1, 1),
    contents: &[],
    declared: false,
};

/// One deployment, one object whose declaration changes from one rule to another.
pub const CHANGED: Case = Case {
    name: "two rules, one cluster, one object that changes",
    layout: Layout::Group { units: 2 },
    specs: &[&[0], &[1]],
    declarations: &[&[0, 1]],
    budget: budget(2, 0, 1, 1),
    declared: true,
    ..ONE_OBJECT
};

/// One deployment, one object whose declaration calls for a rule, then not, then again.
pub const TAKEN_BACK: Case = Case {
    name: "one rule, one cluster, one object that changes and changes back",
    specs: &[&[0], &[], &[0]],
    declarations: &[&[0, 1, 2]],
    budget: budget(2, 1, 1, 0),
    declared: true,
    ..ONE_OBJECT
};

/// One deployment, two objects that share a rule.
pub const TWO_OBJECTS: Case = Case {
    name: "one rule, one cluster, two objects that share it",
    owners: &[0, 0],
    declarations: &[&[0], &[0]],
    budget: budget(2, 0, 0, 1),
    declared: true,
    ..ONE_OBJECT
};

/// Two deployments, an object each, that share a rule.
pub const TWO_CLUSTERS: Case = Case {
    name: "one rule, two clusters that share it",
    owners: &[0, 1],
    declarations: &[&[0], &[0]],
    budget: budget(2, 1, 0, 0),
    declared: true,
    ..ONE_OBJECT
};

/// Two deployments that share a rule; the object of one changes and changes back.
pub const TAKEN_BACK_BESIDE: Case = Case {
    name: "one rule, two clusters that share it, one changes and changes back",
    specs: &[&[0], &[], &[0]],
    declarations: &[&[0, 1, 2], &[0]],
    budget: budget(3, 0, 0, 0),
    ..TWO_CLUSTERS
};

/// One deployment, one object, one entry; a person may write an equal one, or another.
pub const ONE_ENTRY: Case = Case {
    name: "one entry, one cluster, one object",
    layout: Layout::Acl {
        units: 1,
        numbers: 2,
        owners: 1,
    },
    budget: budget(2, 1, 1, 0),
    contents: &[Content::Unit(0), Content::Other],
    declared: true,
    ..ONE_OBJECT
};

/// The same; a person may write a deny.
pub const DENIED_ENTRY: Case = Case {
    name: "one entry, one cluster, one object, and a deny",
    contents: &[Content::Deny],
    ..ONE_ENTRY
};

/// One deployment, one object whose declaration changes from one entry to another. A second entry of the same unit leaves
/// a number free.
pub const CHANGED_ENTRY: Case = Case {
    name: "two entries, one cluster, one object that changes",
    layout: Layout::Acl {
        units: 2,
        numbers: 3,
        owners: 1,
    },
    specs: &[&[0], &[1]],
    declarations: &[&[0, 1]],
    budget: budget(2, 0, 1, 0),
    contents: &[Content::Other],
    ..ONE_ENTRY
};

/// One deployment, one object whose declaration calls for an entry, then not, then again.
pub const TAKEN_BACK_ENTRY: Case = Case {
    name: "one entry, one cluster, one object that changes and changes back",
    specs: &[&[0], &[], &[0]],
    declarations: &[&[0, 1, 2]],
    budget: budget(2, 0, 1, 1),
    ..ONE_ENTRY
};

/// One deployment, two objects, an entry each, of which both may choose the same number.
pub const TWO_ENTRIES: Case = Case {
    name: "two entries, one cluster, two objects",
    layout: Layout::Acl {
        units: 2,
        numbers: 2,
        owners: 1,
    },
    owners: &[0, 0],
    specs: &[&[0], &[1]],
    declarations: &[&[0], &[1]],
    budget: budget(1, 0, 0, 0),
    contents: &[Content::Other],
    ..ONE_ENTRY
};

/// One deployment, two objects that share an entry.
pub const SHARED_ENTRY: Case = Case {
    name: "one entry, one cluster, two objects that share it",
    owners: &[0, 0],
    declarations: &[&[0], &[0]],
    budget: budget(2, 0, 0, 0),
    ..ONE_ENTRY
};

/// Two deployments, an object each, that call for the same entry: each has its own.
pub const TWO_CLUSTERS_ENTRY: Case = Case {
    name: "one entry, two clusters",
    layout: Layout::Acl {
        units: 1,
        numbers: 1,
        owners: 2,
    },
    owners: &[0, 1],
    declarations: &[&[0], &[0]],
    budget: budget(2, 0, 0, 0),
    ..ONE_ENTRY
};

/// What is searched through, each with the further budgets of the long form.
pub const SEARCHED: &[(Case, &[Budget])] = &[
    (ONE_OBJECT, &[budget(4, 1, 1, 1), budget(3, 1, 2, 1)]),
    (CHANGED, &[budget(2, 1, 1, 1)]),
    (TAKEN_BACK, &[budget(3, 1, 1, 1)]),
    (TWO_OBJECTS, &[budget(3, 0, 0, 1), budget(2, 1, 0, 1)]),
    (
        TWO_CLUSTERS,
        &[
            budget(2, 0, 1, 0),
            budget(2, 0, 0, 1),
            budget(3, 1, 0, 0),
            budget(3, 0, 1, 0),
            budget(2, 0, 1, 1),
        ],
    ),
    (TAKEN_BACK_BESIDE, &[budget(3, 0, 1, 0)]),
    (ONE_ENTRY, &[budget(2, 2, 1, 0), budget(2, 1, 1, 1)]),
    (DENIED_ENTRY, &[budget(2, 2, 1, 0)]),
    (CHANGED_ENTRY, &[budget(2, 1, 1, 0), budget(2, 0, 0, 1)]),
    (TAKEN_BACK_ENTRY, &[budget(3, 1, 1, 0)]),
    (TWO_ENTRIES, &[budget(2, 0, 0, 0), budget(1, 0, 1, 0)]),
    (SHARED_ENTRY, &[budget(2, 0, 0, 1), budget(2, 0, 1, 0)]),
    (
        TWO_CLUSTERS_ENTRY,
        &[budget(2, 0, 1, 0), budget(2, 1, 0, 0)],
    ),
];

/// Two deployments, two objects of one and one of the other, two rules of which every declaration calls for some.
const MANY_RULES: Case = Case {
    name: "two rules, two clusters, three objects",
    layout: Layout::Group { units: 2 },
    owners: &[0, 0, 1],
    specs: &[&[0], &[0, 1], &[1], &[], &[0]],
    declarations: &[&[0, 1, 2, 3, 4], &[2, 3, 4], &[1, 2, 3, 4]],
    budget: budget(8, 3, 3, 2),
    contents: &[],
    declared: true,
};

/// The same with three rules, and more that happens.
const MORE_RULES: Case = Case {
    name: "three rules, two clusters, three objects",
    layout: Layout::Group { units: 3 },
    specs: &[&[0, 1], &[1, 2], &[2], &[], &[0]],
    budget: budget(12, 4, 5, 4),
    ..MANY_RULES
};

/// Two deployments, two objects of one and one of the other, two entries.
const MANY_ENTRIES: Case = Case {
    name: "two entries, two clusters, three objects",
    layout: Layout::Acl {
        units: 2,
        numbers: 3,
        owners: 2,
    },
    contents: &[Content::Unit(0), Content::Other, Content::Deny],
    budget: budget(8, 3, 3, 2),
    ..MANY_RULES
};

/// What is walked.
pub const WALKED: &[Case] = &[MANY_ENTRIES, MORE_RULES, MANY_RULES];

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

impl Case {
    /// The same with other disturbances.
    #[must_use]
    pub const fn with(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }
}
