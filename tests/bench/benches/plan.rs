//! Trace and plan of one object: on a network filled to its quotas, and as each part of it grows.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BenchmarkId, Criterion};
use dms_network_bench::{Size, cpu_time, declaration, one_vpc, owner, planned};
use std::{hint::black_box, time::Duration};

const COUNTS: [u32; 4] = [1, 10, 100, 1_000];

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots()
        .configure_from_args();
    let usual = measure(&mut criterion, "one object", 4, Size::FULL);
    let small = Size {
        rules: 1,
        entries: 1,
        routes: 1,
        endpoints: 1,
        open_acls: true,
    };
    type Grow = fn(Size, usize) -> Size;
    let parts: [(&str, Grow); 4] = [
        ("rules", |size, rules| Size { rules, ..size }),
        ("entries", |size, entries| Size { entries, ..size }),
        ("routes", |size, routes| Size { routes, ..size }),
        ("endpoints", |size, endpoints| Size { endpoints, ..size }),
    ];
    let rows = parts.map(|(name, grow)| {
        let costs =
            COUNTS.map(|count| measure(&mut criterion, name, count, grow(small, count as usize)));
        (name, costs)
    });
    criterion.final_summary();
    println!(
        "\nCPU time of one object of 4 endpoints, with 60 rules a group and 40 entries a direction: {usual:.1} µs\n"
    );
    println!(
        "CPU time in µs of one object with so many of each, and how often that is the straight line through 1 and 100:"
    );
    println!(
        "{:<10}{}",
        "",
        COUNTS.map(|count| format!("{count:>18}")).concat()
    );
    for (name, costs) in rows {
        println!("{name:<10}{}", row(costs));
    }
}

/// The costs of a part, each with its ratio to the line through the first and the third of them.
fn row(costs: [f64; 4]) -> String {
    let [one, _, hundred, _] = costs;
    let line = |count: u32| one + (hundred - one) * f64::from(count - 1) / 99.0;
    let cells = COUNTS.iter().zip(costs).map(|(count, cost)| {
        let ratio = cost / line(*count);
        format!("{cost:>10.1} ({ratio:>4.2}×)")
    });
    cells.collect()
}

/// The median CPU time of one plan, in microseconds.
fn measure(criterion: &mut Criterion, group: &str, count: u32, size: Size) -> f64 {
    let snapshot = one_vpc(size);
    let (spec, owner) = (declaration(size.endpoints), owner());
    let additions = planned(&spec, &snapshot, &owner).additions().count();
    assert!(additions > size.endpoints, "all of it is added");
    let mut times = Vec::new();
    criterion.benchmark_group(group).bench_function(
        BenchmarkId::from_parameter(count),
        |bencher| {
            bencher.iter_custom(|iterations| {
                let before = cpu_time();
                for _ in 0..iterations {
                    black_box(planned(black_box(&spec), &snapshot, &owner));
                }
                let time = cpu_time().saturating_sub(before);
                times.push(time.as_secs_f64() * 1e6 / iterations as f64);
                time
            })
        },
    );
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
