//! The reader of snapshot folders.

use crate::files::Files;
use dms_network_core::snapshot::{Snapshot, read};

/// The most bytes that a message about an input may have besides the paths of files: it is for people.
const MAX_MESSAGE: usize = 4096;

/// Reads a folder of JSON files as the AWS CLI prints them. Whether it can be read, and what is read, does not depend
/// on the order of the files; what is wrong is said in a few words. Tells whether the folder can be read.
pub fn snapshot(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    let files = Files::read(text).0;
    let forth = read::read(files.iter().map(|(path, text)| (path, text)));
    let back = read::read(files.iter().rev().map(|(path, text)| (path, text)));
    let is_read = forth.is_ok();
    match (forth, back) {
        (Ok(forth), Ok(back)) => assert_eq!(words(&forth), words(&back), "files in another order"),
        (Err(error), Err(_)) => {
            let paths: usize = files.iter().map(|(path, _)| path.len()).sum();
            let message = error.to_string();
            assert!(
                message.len() <= MAX_MESSAGE + 2 * paths,
                "{} bytes",
                message.len()
            );
        }
        (one, other) => assert_eq!(one.is_ok(), other.is_ok(), "files in another order"),
    }
    is_read
}

/// All that a snapshot holds, without its indexes.
fn words(snapshot: &Snapshot) -> String {
    let scopes = snapshot.scopes.iter();
    scopes.map(|scope| format!("{:#?}\n", **scope)).collect()
}
