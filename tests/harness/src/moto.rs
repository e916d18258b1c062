use std::io;

use crate::http;
use crate::port::free_port;
use crate::process::Process;
use crate::{Error, PythonTools, Result, ScratchDir};

/// moto: an independent implementation of EC2, STS and DMS. Every key is account 123456789012 there.
#[derive(Debug)]
pub struct Moto {
    port: u16,
    _server: Process,
    _scratch: ScratchDir,
}

impl Moto {
    /// Starts `moto_server` on a free loopback port and waits until it answers.
    pub fn start() -> Result<Self> {
        let scratch = ScratchDir::new()?;
        let port = free_port()?;
        let program = PythonTools::find()?.get("moto_server");
        let server = Process::start(&program, &scratch.path().join("moto.log"), |command| {
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        })?;
        server.until_ready(|| {
            Ok(http::succeeds(port, "GET", "/moto-api/data.json")
                .is_ok_and(|ok| ok)
                .then_some(()))
        })?;
        Ok(Self {
            port,
            _server: server,
            _scratch: scratch,
        })
    }

    /// The endpoint of every service, such as `http://127.0.0.1:20000`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Forgets everything that was made in it: each Region is as at the start, with a default VPC.
    pub fn reset(&self) -> Result<()> {
        let failed = Error::io("resetting moto");
        match http::succeeds(self.port, "POST", "/moto-api/reset") {
            Ok(true) => Ok(()),
            Ok(false) => Err(failed(io::Error::other("it answered with an error"))),
            Err(error) => Err(failed(error)),
        }
    }
}
