//! Files and folders as they are named on the command line.

use dms_network_core::snapshot::read::MAX_FILE_BYTES;
use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

/// A file that was read whole.
#[derive(Debug)]
pub(super) struct File {
    /// How it was named; `-` is the standard input.
    pub(super) path: PathBuf,
    /// What it holds.
    pub(super) bytes: Vec<u8>,
}

/// A file or folder that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be read ({source}); {remedy}", path.display())]
pub struct FileError {
    path: PathBuf,
    source: io::Error,
    remedy: &'static str,
}

/// Reads one file; `-` is the standard input. No more of it is read than a snapshot's file may have, whatever it is.
pub(super) fn read(path: &Path) -> Result<File, FileError> {
    let failed = |source, remedy| FileError {
        path: path.to_owned(),
        source,
        remedy,
    };
    let outcome = if path == Path::new("-") {
        whole(io::stdin().lock())
    } else {
        std::fs::File::open(path).and_then(whole)
    };
    match outcome {
        Ok(bytes) if bytes.len() > MAX_FILE_BYTES => {
            let source = io::Error::other(format!("longer than {} MiB", MAX_FILE_BYTES >> 20));
            let remedy = "leave out what no path crosses: read lists with filters, such as \
                          `--filters Name=vpc-id,Values=vpc-0a`";
            Err(failed(source, remedy))
        }
        Ok(bytes) => Ok(File {
            path: path.to_owned(),
            bytes,
        }),
        Err(source) => {
            let remedy = "name a file or folder that can be read, or - for the standard input";
            Err(failed(source, remedy))
        }
    }
}

/// All that there is, or one byte more than there may be.
fn whole(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The files below a folder whose names end in one of `endings` (lower case, without the dot), in the order of their
/// paths. Links to files are followed, links to folders are not.
pub(super) fn below(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, FileError> {
    let mut found = Vec::new();
    walk(folder, endings, &mut found).map_err(|source| FileError {
        path: folder.to_owned(),
        source,
        remedy: "name a folder that can be read",
    })?;
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            walk(&path, endings, found)?;
        } else if ends_in(&path, endings) && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

fn ends_in(path: &Path, endings: &[&str]) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| {
            endings
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known))
        })
}
