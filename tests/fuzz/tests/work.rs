//! Law 8: time is n log n in rules, entries and routes.
//!
//! A clock would tell more of the machine than of the code. What is counted is what it takes from the allocator, the
//! same in every run: whatever is compared, divided or said is held in lists and texts. A tenfold network may cost ten
//! times as much and what the logarithm adds; a square would cost a hundred times as much.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod work {
    pub(crate) mod network;
    pub(crate) mod shapes;
}

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use work::{
    network::{Network, planned, read_files},
    shapes::SHAPES,
};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How much more ten times as much may cost: log 10,000 / log 1,000 times ten, and room for what a list takes as it
/// grows.
const MOST_GROWTH: usize = 20;

#[test]
fn what_is_ten_times_as_large_costs_little_more_than_ten_times_as_much() {
    for shape in SHAPES {
        let costs = shape.sizes.map(|n| cost(&(shape.of)(n)));
        let name = shape.name;
        println!(
            "{name}: {:?}: bytes to read and to plan {costs:?}",
            shape.sizes
        );
        for pair in costs.windows(2) {
            let [(read, plan), (more_read, more_plan)] = pair else {
                continue;
            };
            assert!(
                *more_read <= MOST_GROWTH * read,
                "{name}: reading: {costs:?}"
            );
            assert!(
                *more_plan <= MOST_GROWTH * plan,
                "{name}: planning: {costs:?}"
            );
        }
    }
}

/// How many bytes it takes to read a network, and to plan on it.
fn cost(network: &Network) -> (usize, usize) {
    let (files, declared) = (network.files(), network.declared());
    let (snapshot, to_read) = counted(|| read_files(&files));
    let ((), to_plan) = counted(|| drop(planned(&snapshot.expect("can be read"), &declared)));
    (to_read, to_plan)
}

fn counted<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let region = Region::new(GLOBAL);
    let result = work();
    (result, region.change().bytes_allocated)
}
