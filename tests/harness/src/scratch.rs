use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Error, Result};

/// A folder of its own for one part, removed when dropped.
///
/// A process that was killed, or that held its parts in a `static`, drops nothing: what it left behind is known
/// by the process id in the name and removed by the next one.
#[derive(Debug)]
pub struct ScratchDir(PathBuf);

const PREFIX: &str = "dms-network-harness-";

impl ScratchDir {
    /// Makes `dms-network-harness-PID-NUMBER` in the system's folder for temporary files.
    pub fn new() -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        static SWEPT: Once = Once::new();

        let parent = std::env::temp_dir();
        SWEPT.call_once(|| remove_those_of_past_processes(&parent));
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{PREFIX}{}-{number}", process::id()));
        fs::create_dir(&path).map_err(Error::writing(&path))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file in it and returns where.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.0.join(name);
        fs::write(&path, content).map_err(Error::writing(&path))?;
        Ok(path)
    }
}

impl Drop for ScratchDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A folder that bears our own process id before we made one is of an earlier process with that id.
fn remove_those_of_past_processes(parent: &Path) {
    let ours = process::id().to_string();
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        if owner.is_some_and(|pid| pid == ours || !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
