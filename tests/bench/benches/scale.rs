//! Reads a very large snapshot, plans very many objects on it, and prints what each took.
#![allow(missing_docs, clippy::unwrap_used)]

use dms_network_bench::{Clock, Estate, owner, planned};
use dms_network_core::snapshot::read::read;
use std::{env, fs, path::Path};

fn main() {
    // Without `--bench` it is run as a test: whether it runs at all.
    let is_bench = env::args().any(|argument| argument == "--bench");
    let vpcs = if is_bench { 1_000 } else { 10 };
    let estate = Estate { vpcs, rules: 60 };
    let each = Estate::EACH;

    // The files lie on disk, as they do for `plan --snapshot`: making them must not count.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scale");
    fs::create_dir_all(&folder).unwrap();
    let mut names = Vec::new();
    let mut bytes = 0;
    for (name, text) in estate.files() {
        bytes += text.len();
        fs::write(folder.join(&name), text).unwrap();
        names.push(name);
    }

    let clock = Clock::start();
    let files = names.iter().map(|name| {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        (name, text)
    });
    let snapshot = read(files).unwrap().scopes.remove(0);
    println!(
        "read and indexed {vpcs} VPCs, {} subnets, {} security groups of {} rules, {} MiB of JSON: {clock}, peak {} MiB",
        vpcs * each,
        vpcs * each,
        estate.rules,
        bytes >> 20,
        peak_mib(),
    );
    fs::remove_dir_all(&folder).unwrap();

    let objects = vpcs * each;
    let specs: Vec<_> = (0..objects)
        .map(|number| estate.declaration(number))
        .collect();
    let owner = owner();
    let clock = Clock::start();
    let plans = specs.iter().map(|spec| planned(spec, &snapshot, &owner));
    let additions: usize = plans.map(|plan| plan.additions().count()).sum();
    println!(
        "planned {objects} objects of 4 endpoints, {additions} additions: {clock}, peak {} MiB",
        peak_mib()
    );

    let clock = Clock::start();
    let copy = snapshot.clone();
    println!("copied the snapshot: {clock}, peak {} MiB", peak_mib());
    assert_eq!(copy.vpcs.known().unwrap().len(), vpcs);
}

/// The most memory that the process has had, in MiB.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<u64>().unwrap() >> 10
}
