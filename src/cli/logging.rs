//! What the process says about itself, on the standard error.

use anstream::{AutoStream, ColorChoice};
use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// How the process logs.
#[derive(Args, Debug)]
pub(super) struct LogArgs {
    /// The form of log lines on the standard error
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        env = "DMS_NETWORK_LOG_FORMAT",
        help_heading = "Logging"
    )]
    log_format: LogFormat,

    /// What is logged: a level, or levels by target such as info,kube=warn [default: info for run, else warn]
    #[arg(long, global = true, value_name = "FILTER", env = "RUST_LOG", help_heading = "Logging", value_parser = filter)]
    log_level: Option<String>,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object on each line
    Json,
}

fn filter(text: &str) -> Result<String, String> {
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!(
            "{error}; write a level (error, warn, info, debug, trace) or TARGET=LEVEL,…"
        )),
    }
}

/// Sends the process's events to the standard error; `default` is the level where none was given.
pub(super) fn init(args: &LogArgs, default: &str) {
    let filter = EnvFilter::new(args.log_level.as_deref().unwrap_or(default));
    // Colours are for a terminal: a log that goes to a file or a collector has none.
    let is_coloured = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_coloured)
        .with_writer(std::io::stderr);
    match args.log_format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}
