//! Feeds malformed input to what reads and judges input: nothing of it may panic, and its cost is bounded.
//!
//! Three targets, each a function of bytes: [`snapshot`], [`declaration`] and [`plan`]. Beside the absence of panics
//! each states a few truths that hold for any input. Two things drive them:
//! - `tests/corpus.rs`, with every other test, replays the corpus and a fixed number of mutations of it;
//! - libFuzzer, which is guided by the branches that an input takes: `tests/fuzz/run`, or
//!   `cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none --features libfuzzer plan`. There is no unsafe code here that
//!   a sanitizer could look at, so that the pinned stable toolchain does.
//!   `cargo fuzz` puts what is new into `corpus/`, unless another folder is named first; the script keeps it elsewhere.
//!
//! Random bytes hardly get past a JSON reader, so that both change the trees of documents more often than their bytes
//! ([`mutate`]). The inputs in `corpus/` come from the examples; those that a run found are added where they take a
//! branch that no other does.
//!
//! What is not bounded by a counter here is bounded by work: `tests/work.rs` counts what is allocated for networks
//! of growing size.

mod decide;
mod declaration;
mod files;
mod mutate;
mod plan;
mod random;
mod snapshot;

pub use declaration::declaration;
pub use files::Files;
pub use mutate::{mutate, mutate_in_place};
pub use plan::plan;
pub use random::Random;
pub use snapshot::snapshot;
