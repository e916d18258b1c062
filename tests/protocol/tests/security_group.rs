//! One security group.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dms_network_protocol::{
    aws::Layout,
    search::search,
    state::Budget,
    system::{Case, System},
};

#[test]
fn one_object() {
    let case = Case {
        name: "one cluster, one object",
        layout: Layout::Group { units: 1 },
        owners: &[0],
        specs: &[&[0]],
        declarations: &[&[0]],
        budget: Budget { edits: 3, person: 1, lost: 1, crashes: 1 },
        contents: &[],
        declared: false,
    };
    let report = search(&mut System::new(case, None), 300_000);
    println!("{report}");
    if let Some(found) = report.counterexample {
        panic!("{found}");
    }
}
