//! `completions`: the script that completes the command line in a shell.

use clap::{Args, Command};
use clap_complete::Shell;
use std::io::{self, Write};

/// Which script.
#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script for the program.
///
/// # Errors
/// If the standard output cannot be written.
pub(super) fn run(args: &CompletionsArgs, mut command: Command, name: &str) -> io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    io::stdout().write_all(&script)
}
