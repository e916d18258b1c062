//! Serves the sandbox on a port.

use axum::serve::ListenerExt;
use clap::Parser;
use dms_network_sandbox::{Sandbox, Settings};
use std::{
    collections::BTreeMap, error::Error, io::IsTerminal, net::SocketAddr, path::PathBuf,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

/// A strict stand-in for the EC2, STS, DMS and Service Quotas APIs.
///
/// The access key id of a request names its account: AKIA and twelve digits is the account of those
/// digits, any other key is account 123456789012. Secrets are not checked.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Example:\n  dms-network-sandbox --listen 127.0.0.1:4566 \
    --load examples/same-vpc/snapshot\n  AWS_ENDPOINT_URL=http://127.0.0.1:4566 \
    AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test aws ec2 describe-vpcs --region eu-west-1"
)]
struct Options {
    /// The address to listen on; port 0 is any free one, printed on standard output.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A folder of AWS CLI JSON to begin with.
    #[arg(long, value_name = "DIR")]
    load: Option<PathBuf>,
    /// A new or empty folder to write the state to on SIGINT or SIGTERM.
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Describe calls show the state of so many milliseconds ago.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    staleness: u64,
    /// An account whose roles can be assumed, besides those of loaded resources.
    #[arg(long, value_name = "ID")]
    account: Vec<String>,
    /// A key and its account.
    #[arg(long, value_name = "KEY=ACCOUNT", value_parser = pair)]
    key: Vec<(String, String)>,
    /// Refuse keys that name no known account with AuthFailure.
    #[arg(long)]
    strict_keys: bool,
    /// A role that cannot be assumed without this external id.
    #[arg(long, value_name = "ROLE_ARN=ID", value_parser = pair)]
    external_id: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (left, right) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((left.to_owned(), right.to_owned()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let options = Options::parse();
    let sandbox = Sandbox::new(Settings {
        accounts: options.account,
        keys: BTreeMap::from_iter(options.key),
        strict_keys: options.strict_keys,
        external_ids: BTreeMap::from_iter(options.external_id),
        staleness: Duration::from_millis(options.staleness),
        load: options.load,
        ..Settings::default()
    })?;
    tracing::info!(save = ?options.save, "set up; each call is logged at level debug");
    let listener = TcpListener::bind(options.listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    // Answers are small: waiting to fill a packet would only delay them.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
    });
    tokio::select! {
        result = axum::serve(listener, sandbox.router()) => result?,
        () = ended() => {}
    }
    if let Some(folder) = options.save {
        sandbox.save(&folder)?;
    }
    Ok(())
}

/// Waits for SIGINT or SIGTERM; open connections are not waited for.
async fn ended() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
