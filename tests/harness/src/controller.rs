use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use crate::aws::dummy_credentials;
use crate::process::Process;
use crate::{Result, ScratchDir, wait};

/// How the controller is started: its environment holds nothing but what is said here, `PATH` and dummy AWS keys.
#[derive(Debug, Clone)]
pub struct Launch {
    binary: PathBuf,
    args: Vec<String>,
    env: Vec<(String, String)>,
}

impl Launch {
    /// The binary under test (`env!("CARGO_BIN_EXE_dms-network-controller")` in the root package's tests) with
    /// the kubeconfig that it reads.
    pub fn new(binary: impl Into<PathBuf>, kubeconfig: &Path) -> Self {
        let launch = Self {
            binary: binary.into(),
            args: Vec::new(),
            env: Vec::new(),
        };
        launch.env("KUBECONFIG", &kubeconfig.to_string_lossy())
    }

    /// Adds arguments, the subcommand first.
    #[must_use]
    pub fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(ToString::to_string));
        self
    }

    /// Adds a variable, or replaces one of the defaults.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends every AWS call that has no endpoint of its own (an `AWSAccount` may give one) to `endpoint`.
    #[must_use]
    pub fn aws_endpoint(self, endpoint: &str) -> Self {
        self.env("AWS_ENDPOINT_URL", endpoint)
    }

    /// Starts it, and does not wait until it is ready: a test looks at what it does.
    pub fn start(&self) -> Result<Controller> {
        let scratch = ScratchDir::new()?;
        let process = Process::start(
            &self.binary,
            &scratch.path().join("controller.log"),
            |command| {
                command
                    .env_clear()
                    .env("PATH", std::env::var_os("PATH").unwrap_or_default());
                command
                    .env("HOME", scratch.path())
                    .envs(dummy_credentials());
                command.envs(self.env.iter().cloned()).args(&self.args);
            },
        )?;
        Ok(Controller {
            process,
            _scratch: scratch,
        })
    }
}

/// The controller as a process; killed when dropped.
#[derive(Debug)]
pub struct Controller {
    process: Process,
    _scratch: ScratchDir,
}

impl Controller {
    /// SIGKILL: it has no chance to finish anything.
    pub fn kill9(&self) -> Result<ExitStatus> {
        self.process.kill()
    }

    /// SIGTERM, and waits for its end.
    pub fn sigterm(&self) -> Result<ExitStatus> {
        self.process.terminate()
    }

    /// Waits until it ends by itself.
    pub fn wait(&self) -> Result<ExitStatus> {
        wait::until("the controller to end", || self.process.exit_status())
    }

    /// True until it has ended.
    pub fn is_running(&self) -> bool {
        self.process
            .exit_status()
            .is_ok_and(|status| status.is_none())
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Its process id, to look at it in `/proc`.
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}
