//! The command line: the controller, and the same decisions without a cluster.
//!
//! The binary goes by two names: its own, and `kubectl-dms_network`, by which kubectl finds it as the plugin
//! `kubectl dms-network`. Both take the same subcommands.

mod completions;
pub mod crds;
pub mod decisions;
mod examples;
pub mod explain;
mod files;
mod logging;
pub mod orphans;
mod output;
pub mod plan;
pub mod snapshot;
mod words;

use crate::controller::{self, RunArgs, RunError};
use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use decisions::Outcome;
use std::{
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};
use tokio::runtime::Runtime;

/// The binary's own name.
const NAME: &str = "dms-network-controller";
/// The name under which kubectl finds a plugin: kubectl.docs.kubernetes.io, "Extending kubectl with plugins".
const PLUGIN_FILE: &str = "kubectl-dms_network";
/// How people call it then.
const PLUGIN: &str = "kubectl dms-network";

/// Opens exactly the network paths that AWS DMS migrations need, and closes them again
#[derive(Parser, Debug)]
#[command(name = NAME, version)]
struct Cli {
    #[command(flatten)]
    logs: logging::LogArgs,

    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Subcommand, Debug)]
enum Subcommands {
    /// Run the controller until it is told to stop
    Run(RunArgs),
    /// Print the custom resource definitions, or write one file for each
    Crds(CrdsArgs),
    /// Show what would be done for the networks of some files, and why; writes nothing
    Plan(plan::PlanArgs),
    /// Trace each path of the networks of some files, gate by gate, out and back; writes nothing
    Explain(explain::ExplainArgs),
    /// Save what the plan looks at in VPCs of the live account, as the AWS CLI prints it
    Snapshot(snapshot::SnapshotArgs),
    /// List what this deployment left in AWS that no object accounts for; removes nothing
    Orphans(orphans::OrphansArgs),
    /// Print the script that completes this command line in a shell
    Completions(completions::CompletionsArgs),
}

/// Where the definitions go.
#[derive(Args, Debug)]
struct CrdsArgs {
    /// The folder to write to; without it they are printed
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Why a subcommand failed.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Crds(#[from] crds::Error),
    #[error(transparent)]
    Plan(#[from] plan::Error),
    #[error(transparent)]
    Explain(#[from] explain::Error),
    #[error(transparent)]
    Snapshot(Box<snapshot::SnapshotError>),
    #[error(transparent)]
    Orphans(#[from] orphans::Error),
    #[error("no threads to run on ({0}); raise the limits of the process")]
    Runtime(io::Error),
    #[error("the script cannot be printed ({0}); give the standard output somewhere to go")]
    Completions(io::Error),
}

/// Runs the command line, the program's own name first, and gives the exit code: that of the subcommand, or 1 for
/// every error, the command line's own too (the codes above 1 are the outcomes of `plan` and `explain`).
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let command = command(called_as(args.first()));
    let parsed = command.clone().try_get_matches_from(&args);
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 1 } else { 0 };
            // Where not even this can be printed there is nothing left to say.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    run(cli, command).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn run(cli: Cli, command: Command) -> Result<ExitCode, Error> {
    let is_service = matches!(cli.command, Subcommands::Run(_));
    logging::init(&cli.logs, if is_service { "info" } else { "warn" });
    match cli.command {
        Subcommands::Run(args) => runtime()?.block_on(controller::run(args))?,
        Subcommands::Crds(args) => crds::run(args.output.as_deref())?,
        Subcommands::Plan(args) => return Ok(exit_code(runtime()?.block_on(plan::run(&args))?)),
        Subcommands::Explain(args) => {
            return Ok(exit_code(runtime()?.block_on(explain::run(&args))?));
        }
        Subcommands::Snapshot(args) => runtime()?
            .block_on(snapshot::run(&args))
            .map_err(|error| Error::Snapshot(Box::new(error)))?,
        Subcommands::Orphans(args) => runtime()?.block_on(orphans::run(&args))?,
        Subcommands::Completions(args) => {
            completions::run(&args, command, NAME).map_err(Error::Completions)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn runtime() -> Result<Runtime, Error> {
    Runtime::new().map_err(Error::Runtime)
}

fn exit_code(outcome: Outcome) -> ExitCode {
    ExitCode::from(match outcome {
        Outcome::NothingToDo => 0,
        Outcome::ChangesPending => 2,
        Outcome::Held => 3,
    })
}

/// The name by which people called the program.
fn called_as(program: Option<&OsString>) -> &'static str {
    let file = program.and_then(|program| Path::new(program).file_stem());
    if file == Some(OsStr::new(PLUGIN_FILE)) {
        PLUGIN
    } else {
        NAME
    }
}

/// The command line with its examples.
fn command(program: &'static str) -> Command {
    let with_examples = |command: Command, subcommand: &str| match examples::of(subcommand, program)
    {
        Some(text) => command.after_help(text),
        None => command,
    };
    let command = with_examples(Cli::command().bin_name(program), "");
    let names: Vec<String> = command
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .collect();
    names.iter().fold(command, |command, name| {
        command.mut_subcommand(name, |subcommand| with_examples(subcommand, name))
    })
}
