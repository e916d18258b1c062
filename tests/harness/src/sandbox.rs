use std::path::PathBuf;

use crate::process::Process;
use crate::{Error, Result, ScratchDir};

/// Our strict AWS sandbox (`tests/sandbox`) as a process.
#[derive(Debug)]
pub struct Sandbox {
    endpoint: String,
    server: Process,
    _scratch: ScratchDir,
}

const READY: &str = "listening on ";

impl Sandbox {
    /// Starts `dms-network-sandbox --listen 127.0.0.1:0 ARGS…` and waits until it says where it listens.
    pub fn start(args: &[&str]) -> Result<Self> {
        let scratch = ScratchDir::new()?;
        let server = Process::start(&binary()?, &scratch.path().join("sandbox.log"), |command| {
            command.args(["--listen", "127.0.0.1:0"]).args(args);
        })?;
        let endpoint = server.until_ready(|| Ok(server.log().lines().find_map(endpoint_in)))?;
        Ok(Self {
            endpoint,
            server,
            _scratch: scratch,
        })
    }

    /// The endpoint of every service, such as `http://127.0.0.1:20000`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        self.server.log()
    }
}

fn endpoint_in(line: &str) -> Option<String> {
    let (_, endpoint) = line.split_once(READY)?;
    Some(endpoint.trim().to_owned())
}

/// Beside this binary; a test's is one folder further down, in `deps`.
fn binary() -> Result<PathBuf> {
    let this = std::env::current_exe().map_err(Error::io("finding this binary"))?;
    let mut binary = this.with_file_name("dms-network-sandbox");
    if let Some(folder) = this.parent().filter(|folder| folder.ends_with("deps")) {
        binary = folder.with_file_name("dms-network-sandbox");
    }
    if binary.exists() {
        Ok(binary)
    } else {
        Err(Error::SandboxNotBuilt(binary))
    }
}
