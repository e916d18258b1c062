//! Snapshots: folders of JSON files as the AWS CLI prints them, read and written.

pub(crate) mod load;
mod place;
pub(crate) mod save;

use std::path::PathBuf;

/// Why a snapshot could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A file or folder could not be read or written.
    #[error("{path}: {error}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A file is not JSON.
    #[error("{path} is not JSON: {error}; write it with the AWS CLI's --output json")]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Where and why.
        error: serde_json::Error,
    },
    /// A resource has not the form that the AWS CLI prints.
    #[error(
        "{path}: an item of {key} cannot be read: {error}; compare it with the AWS CLI's output"
    )]
    Item {
        /// The file.
        path: PathBuf,
        /// The file's top-level key.
        key: String,
        /// What is wrong with it.
        error: String,
    },
    /// The folder to write to holds something.
    #[error(
        "{0} is not empty; name a new or empty folder, so that old files do not mix with new ones"
    )]
    NotEmpty(PathBuf),
}
