use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Error, Result};

const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The pinned etcd, kube-apiserver, kubectl and helm (`tests/tools`).
#[derive(Debug, Clone)]
pub struct Tools {
    path: String,
}

impl Tools {
    /// Finds them, building first what is in neither `KUBEBUILDER_ASSETS` nor the cache.
    pub fn find() -> Result<Self> {
        Ok(Self {
            path: set_up("tools/build")?,
        })
    }

    /// Their folders, joined as in `PATH`.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn get(&self, name: &str) -> PathBuf {
        let folders = self.path.split(':').map(Path::new);
        folders
            .map(|folder| folder.join(name))
            .find(|file| file.exists())
            .unwrap_or_else(|| name.into())
    }
}

/// moto and the AWS CLI (`tests/aws`).
#[derive(Debug, Clone)]
pub struct PythonTools {
    bin: PathBuf,
}

impl PythonTools {
    /// Finds them, installing them first where the cache has none.
    pub fn find() -> Result<Self> {
        Ok(Self {
            bin: set_up("aws/venv")?.into(),
        })
    }

    /// The folder that holds their commands.
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    pub(crate) fn get(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// Runs one of the set-up scripts and returns the line that it prints; its progress goes to our standard error.
fn set_up(script: &str) -> Result<String> {
    let script = Path::new(TESTS).join(script);
    let mut command = Command::new(&script);
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let line = script.display().to_string();
    let output = command.output().map_err(Error::io(&line))?;
    if !output.status.success() {
        return Err(Error::Failed {
            command: line,
            status: output.status,
            stderr: "see above".to_owned(),
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
