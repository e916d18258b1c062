//! Starts a control plane and a counterpart of AWS, runs a command among them, and ends with its exit code.

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand, ValueEnum};
use dms_network_harness::{ControlPlane, Moto, PythonTools, Sandbox, dummy_credentials};

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Run COMMAND with KUBECONFIG, PATH and AWS_* set for servers that live as long as it does
    Up(Up),
}

#[derive(clap::Args)]
struct Up {
    /// The counterpart of AWS; with both, AWS_ENDPOINT_URL is the sandbox's, and MOTO_ENDPOINT_URL moto's
    #[arg(long, value_enum, default_value_t = Aws::Moto)]
    aws: Aws,
    /// A snapshot folder for the sandbox to start with
    #[arg(long, value_name = "DIR")]
    load: Option<PathBuf>,
    /// What to run
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Aws {
    Moto,
    Sandbox,
    Both,
}

fn main() -> ExitCode {
    let Subcommands::Up(arguments) = Cli::parse().command;
    up(&arguments).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn up(arguments: &Up) -> Result<ExitCode, Box<dyn Error>> {
    if arguments.load.is_some() && arguments.aws == Aws::Moto {
        return Err("--load needs --aws sandbox or --aws both: moto loads no snapshot".into());
    }
    let control_plane = ControlPlane::start()?;
    let moto = match arguments.aws {
        Aws::Moto | Aws::Both => Some(Moto::start()?),
        Aws::Sandbox => None,
    };
    let sandbox = match arguments.aws {
        Aws::Sandbox | Aws::Both => Some(start_sandbox(arguments.load.as_ref())?),
        Aws::Moto => None,
    };

    let mut command = command(&arguments.command, &control_plane)?;
    if let Some(moto) = &moto {
        command.envs(["MOTO_ENDPOINT_URL", "AWS_ENDPOINT_URL"].map(|name| (name, moto.endpoint())));
    }
    if let Some(sandbox) = &sandbox {
        let names = ["SANDBOX_ENDPOINT_URL", "AWS_ENDPOINT_URL"];
        command.envs(names.map(|name| (name, sandbox.endpoint())));
    }
    let status = command.status()?;
    // A command that a signal ended has no code of its own.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The command with its environment. Where the harness is killed, it gets the chance to clean up.
fn command(words: &[OsString], control_plane: &ControlPlane) -> Result<Command, Box<dyn Error>> {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "--"]).args(words);
    command.env("PATH", path(control_plane)?);
    command.env("KUBECONFIG", control_plane.kubeconfig());
    command.envs(dummy_credentials()).env("AWS_PAGER", "");
    command
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_CA_BUNDLE");
    Ok(command)
}

fn start_sandbox(load: Option<&PathBuf>) -> dms_network_harness::Result<Sandbox> {
    let load = load.map(|folder| folder.display().to_string());
    let args = load
        .iter()
        .flat_map(|folder| ["--load", folder])
        .collect::<Vec<_>>();
    Sandbox::start(&args)
}

/// The tools, the AWS CLI and the binaries built beside this one, before whatever else is installed.
fn path(control_plane: &ControlPlane) -> Result<OsString, Box<dyn Error>> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(control_plane.tools().path()).collect();
    folders.push(PythonTools::find()?.bin().to_owned());
    folders.extend(std::env::current_exe()?.parent().map(ToOwned::to_owned));
    folders.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    Ok(std::env::join_paths(folders)?)
}
