//! The command line as people and pipelines use it: the real binary, files in, text and exit codes out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod examples;
mod explain;
mod explain_forms;
mod fixtures;
mod help;
mod live;
mod plan;
mod plan_text;
