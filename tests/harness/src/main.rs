//! Starts a control plane and a counterpart of AWS, runs a command among them, and ends with its exit code.

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand, ValueEnum};
use dms_network_harness::{
    ACCESS_KEY_ID, ControlPlane, Moto, PythonTools, REGION, SECRET_ACCESS_KEY, Sandbox,
};

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

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Subcommands::Up(up) = Cli::parse().command;
    if up.load.is_some() && up.aws == Aws::Moto {
        return Err("--load needs --aws sandbox or --aws both: moto loads no snapshot".into());
    }
    let control_plane = ControlPlane::start()?;
    let moto = (up.aws != Aws::Sandbox).then(Moto::start).transpose()?;
    let sandbox = (up.aws != Aws::Moto)
        .then(|| start_sandbox(up.load.as_ref()))
        .transpose()?;

    let (program, args) = up.command.split_first().ok_or("no COMMAND given")?;
    let mut command = Command::new(program);
    command
        .args(args)
        .env("PATH", path(&control_plane)?)
        .env("KUBECONFIG", control_plane.kubeconfig());
    command
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY);
    command
        .env("AWS_REGION", REGION)
        .env("AWS_DEFAULT_REGION", REGION)
        .env("AWS_PAGER", "");
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_CA_BUNDLE");
    if let Some(moto) = &moto {
        command
            .env("MOTO_ENDPOINT_URL", moto.endpoint())
            .env("AWS_ENDPOINT_URL", moto.endpoint());
    }
    if let Some(sandbox) = &sandbox {
        command
            .env("SANDBOX_ENDPOINT_URL", sandbox.endpoint())
            .env("AWS_ENDPOINT_URL", sandbox.endpoint());
    }
    let status = command
        .status()
        .map_err(|e| format!("running {}: {e}", program.display()))?;
    // A command that a signal ended has no code of its own.
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
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
