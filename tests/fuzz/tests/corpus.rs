//! Every input of the corpus, and a fixed number of mutations of them, on the code as every other test has it.
#![allow(clippy::unwrap_used, clippy::panic)]

use dms_network_fuzz::{Random, declaration, mutate, plan, snapshot};
use std::{fs, panic::catch_unwind, path::Path};

/// The longest input that a mutation makes, in bytes.
const LONGEST: usize = 64 << 10;

/// How many mutations are made one after the other, each of the last that could be read: they reach further from the
/// corpus than one alone.
const GENERATIONS: usize = 12;

/// How many mutations are tried, as the proof is short or long.
struct Mutations {
    short: usize,
    long: usize,
}

#[test]
fn no_snapshot_folder_makes_the_reader_panic() {
    let (short, long) = (1_500, 30_000);
    withstand("snapshot", snapshot, &Mutations { short, long });
}

#[test]
fn no_declaration_makes_the_reader_panic() {
    let (short, long) = (3_000, 60_000);
    withstand("declaration", declaration, &Mutations { short, long });
}

#[test]
fn nothing_that_can_be_read_makes_the_planner_panic() {
    let (short, long) = (800, 16_000);
    withstand("plan", plan, &Mutations { short, long });
}

/// Gives each input of a target's corpus to it, and then mutations of mutations of them.
fn withstand(name: &str, target: fn(&[u8]) -> bool, mutations: &Mutations) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let corpus: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    for input in &corpus {
        give(name, target, input);
    }
    let is_long = std::env::var("DMS_NETWORK_PROOF").is_ok_and(|proof| proof == "long");
    let count = if is_long {
        mutations.long
    } else {
        mutations.short
    };
    let mut random = Random::new(1);
    let mut parent = Vec::new();
    for number in 0..count {
        if number.is_multiple_of(GENERATIONS) {
            parent = random.of(&corpus).cloned().unwrap();
        }
        let input = mutate(&parent, random.number(), LONGEST);
        if give(name, target, &input) {
            parent = input;
        }
    }
    if is_long {
        println!("fuzz: {name}: {count} mutations, 0 panics");
    }
}

/// Whether an input was of use. A panic is a failure that names a file with the input.
fn give(name: &str, target: fn(&[u8]) -> bool, input: &[u8]) -> bool {
    catch_unwind(|| target(input)).unwrap_or_else(|_| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.input"));
        fs::write(&path, input).unwrap();
        panic!("{name} panics on {}", path.display());
    })
}
