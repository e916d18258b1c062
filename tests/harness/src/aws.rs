use std::process::Command;

use serde_json::Value;

use crate::process::{command_line, output};
use crate::{Error, PythonTools, Result, ScratchDir};

/// What is signed with in tests; neither counterpart of AWS checks it.
pub const ACCESS_KEY_ID: &str = "testing";
/// The secret that goes with [`ACCESS_KEY_ID`].
pub const SECRET_ACCESS_KEY: &str = "testing";
/// Where the tests' networks are.
pub const REGION: &str = "eu-west-1";

/// The AWS CLI against one endpoint, with dummy keys and nothing taken from the environment.
#[derive(Debug)]
pub struct AwsCli {
    endpoint: String,
    tools: PythonTools,
    home: ScratchDir,
}

impl AwsCli {
    /// For `endpoint`, such as `http://127.0.0.1:20000`.
    pub fn new(endpoint: &str) -> Result<Self> {
        Ok(Self {
            endpoint: endpoint.to_owned(),
            tools: PythonTools::find()?,
            home: ScratchDir::new()?,
        })
    }

    /// Runs `aws ARGS…` in [`REGION`]; what it printed, as JSON where it prints anything.
    pub fn run(&self, args: &[&str]) -> Result<String> {
        output(&mut self.command(args))
    }

    /// Runs `aws ARGS…` and reads what it printed.
    pub fn json(&self, args: &[&str]) -> Result<Value> {
        let command = &mut self.command(args);
        let printed = output(command)?;
        serde_json::from_str(&printed).map_err(|source| Error::NotJson {
            command: command_line(command),
            source,
        })
    }

    /// One attempt at each call: what a test meets is the answer to what it asked.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.tools.get("aws"));
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("AWS_ENDPOINT_URL", &self.endpoint);
        command
            .envs(dummy_credentials())
            .env("AWS_DEFAULT_OUTPUT", "json")
            .env("AWS_PAGER", "")
            .env("AWS_MAX_ATTEMPTS", "1")
            .args(args);
        command
    }
}

/// The environment that makes an AWS client sign with the dummy keys and look for no others.
pub fn dummy_credentials() -> [(&'static str, &'static str); 5] {
    [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
}
