use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// What the harness returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a part could not be started or asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file, folder or socket could not be used.
    #[error("{what}: {source}")]
    Io {
        /// What was tried, and on what.
        what: String,
        /// The system's answer.
        source: io::Error,
    },
    /// A command ended with a failure.
    #[error("{command} failed ({status}): {stderr}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        stderr: String,
    },
    /// A server ended before it was ready.
    #[error("{program} ended ({status}) before it was ready; its log {log} ends with:\n{tail}")]
    Exited {
        /// Which server.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// Its whole log.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },
    /// Something did not happen within a limit that only a hang exceeds.
    #[error("waited {seconds} s in vain for {what}")]
    TimedOut {
        /// What was awaited.
        what: String,
        /// How long.
        seconds: u64,
    },
    /// No port could be bound.
    #[error("no free loopback port below the ephemeral range: stop some servers on this machine")]
    NoFreePort,
    /// The sandbox's binary is not beside this one.
    #[error("{0} does not exist: run `cargo build -p dms-network-sandbox` first")]
    SandboxNotBuilt(PathBuf),
    /// A command printed something else than JSON.
    #[error("{command} printed no JSON: {source}")]
    NotJson {
        /// The command line.
        command: String,
        /// Where it went wrong.
        source: serde_json::Error,
    },
    /// The kubeconfig that the harness wrote was not accepted.
    #[error(transparent)]
    Kubeconfig(#[from] kube::config::KubeconfigError),
    /// No Kubernetes client could be made.
    #[error(transparent)]
    Client(#[from] Box<kube::Error>),
}

impl Error {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        |source| Self::Io { what, source }
    }

    pub(crate) fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::io(format!("writing {}", path.display()))
    }
}
