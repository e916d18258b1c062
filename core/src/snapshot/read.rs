//! Reads a snapshot: a folder of JSON files as the AWS CLI prints them.
//!
//! A file is known by its top-level keys, not by its name, and may hold several; files and keys that are none of
//! ours are ignored. `get-managed-prefix-list-entries` and `search-transit-gateway-routes` print no id of what was
//! asked: there the file's name is the id (`pl-0a.json`, `tgw-rtb-0a.json`). A folder is one account and Region, told by the resources' owner ids, zones and ARNs, else by
//! the folders' names; where resources of one folder tell several, they are told apart.
//!
//! A key that no file of a scope has is unread; a list that is there and empty was read.

mod folder;
mod text;

use super::{
    ScopeSnapshot, Snapshot,
    documents::{DocumentError, Documents, PrefixListEntry, TransitGatewayRoutes},
};
use crate::api::{PrefixListId, TransitGatewayRouteTableId};
use folder::{Answer, Scope};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use text::Text;

/// The most JSON files that a snapshot may have.
pub const MAX_FILES: usize = 10_000;

/// The longest that a file may be, in bytes.
pub const MAX_FILE_BYTES: usize = 64 << 20;

/// The longest that all files together may be, in bytes.
pub const MAX_TOTAL_BYTES: usize = 512 << 20;

/// The most accounts and Regions that the resources in one folder may tell.
pub const MAX_PLACES: usize = 256;

/// A snapshot folder that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file that is not JSON, or only the beginning of it. JSON nested deeper than 127 levels counts as such, except
    /// in members that no resource of ours has: those are skipped.
    #[error(
        "{file}: not JSON ({source}): write the whole output of the AWS CLI into it, with `--output json`"
    )]
    NotJson {
        /// The file.
        file: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A resource that cannot be typed.
    #[error("{file}: {source}")]
    Document {
        /// The file.
        file: String,
        /// Which member, and what to do.
        source: DocumentError,
    },
    /// Resources of one account and Region that contradict each other.
    #[error("{folder}: {source}")]
    Contradiction {
        /// The folder or folders.
        folder: String,
        /// Which resource.
        source: DocumentError,
    },
    /// A list of which only the first pages are there.
    #[error(
        "{file}: `{key}` goes on ({token}), and no file has its last page: read it without `--max-items`"
    )]
    PagesMissing {
        /// The file.
        file: String,
        /// The key of the list.
        key: &'static str,
        /// The member that says so.
        token: &'static str,
    },
    /// Resources of too many accounts and Regions in one folder.
    #[error(
        "{folder}: its resources are of {places} accounts and Regions, and {MAX_PLACES} at most may be in one folder: give each a folder of its own"
    )]
    TooManyPlaces {
        /// The folder.
        folder: String,
        /// How many they are.
        places: usize,
    },
    /// A file that is too long.
    #[error("{file}: longer than {} MiB: read the lists with filters, such as `--filters Name=vpc-id,Values=vpc-0a`", MAX_FILE_BYTES >> 20)]
    FileTooLong {
        /// The file.
        file: String,
    },
    /// Files that are too long together, or too many.
    #[error("{file} is one too many: a snapshot has at most {MAX_FILES} JSON files and {} MiB; leave out the accounts and Regions that no path crosses", MAX_TOTAL_BYTES >> 20)]
    TooMuch {
        /// The first file that is too many.
        file: String,
    },
}

/// Reads a snapshot from the paths (relative to its folder, with `/`) and texts of its files. The order of the files
/// does not matter. Files whose names do not end in `.json` are ignored.
pub fn read<P, T>(files: impl IntoIterator<Item = (P, T)>) -> Result<Snapshot, ReadError>
where
    P: AsRef<str>,
    T: AsRef<str>,
{
    let mut folders: BTreeMap<String, Vec<Answer>> = BTreeMap::new();
    let (mut count, mut bytes) = (0, 0_usize);
    for (path, text) in files {
        let path = path.as_ref().replace('\\', "/");
        if !path.to_ascii_lowercase().ends_with(".json") {
            continue;
        }
        count += 1;
        bytes = bytes.saturating_add(text.as_ref().len());
        if count > MAX_FILES || bytes > MAX_TOTAL_BYTES {
            return Err(ReadError::TooMuch { file: path });
        }
        let answer = read_file(&path, text.as_ref())?;
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folders.entry(folder.to_owned()).or_default().push(answer);
    }
    let mut scopes: Vec<Scope> = Vec::new();
    for (folder, mut answers) in folders {
        answers.sort_by(|a, b| a.file.cmp(&b.file));
        folder::require_last_pages(&answers)?;
        for scope in folder::scopes(&folder, answers)? {
            match scopes.iter_mut().find(|other| other.is_same(&scope)) {
                Some(other) => other.join(scope),
                None => scopes.push(scope),
            }
        }
    }
    scopes.sort_by(|a, b| (&a.account_id, &a.region).cmp(&(&b.account_id, &b.region)));
    let scopes = scopes.into_iter().map(Scope::snapshot);
    Ok(Snapshot {
        scopes: scopes.collect::<Result<Vec<ScopeSnapshot>, _>>()?,
    })
}

fn read_file(path: &str, text: &str) -> Result<Answer, ReadError> {
    let file = || path.to_owned();
    if text.len() > MAX_FILE_BYTES {
        return Err(ReadError::FileTooLong { file: file() });
    }
    // PowerShell begins what it writes with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // What is wrong, and where, only the slower way tells.
    let Text {
        documents,
        mut others,
    } = match Text::read(text) {
        Some(text) => text,
        None => by_value(path, text)?,
    };
    let mut answer = Answer {
        file: file(),
        keys: documents.keys(),
        documents,
        next_page: None,
    };
    add_named_by_file(&mut answer, &mut others).map_err(|source| ReadError::Document {
        file: file(),
        source,
    })?;
    answer.next_page = ["NextToken", "Marker"].into_iter().find(|&token| {
        others
            .get(token)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    });
    Ok(answer)
}

fn by_value(path: &str, text: &str) -> Result<Text, ReadError> {
    let file = || path.to_owned();
    let value: Value = serde_json::from_str(text).map_err(|source| ReadError::NotJson {
        file: file(),
        source,
    })?;
    let mut text = Text::default();
    let Value::Object(mut others) = value else {
        return Ok(text);
    };
    for &key in Documents::KEYS {
        match others.remove(key) {
            None | Some(Value::Null) => {}
            Some(list) => {
                let added = text.documents.add_key(key, list);
                added.map_err(|source| ReadError::Document {
                    file: file(),
                    source,
                })?;
            }
        }
    }
    text.others = others;
    Ok(text)
}

/// The keys of answers that do not print the id of what was asked: the file's name is the id.
const NAMED_BY_FILE: [&str; 2] = ["Entries", "Routes"];

/// `Entries` and `Routes` are lists of ours only where the file's name is the id of a prefix list or of a transit
/// gateway's route table.
fn add_named_by_file(
    answer: &mut Answer,
    keys: &mut Map<String, Value>,
) -> Result<(), DocumentError> {
    let name = answer.file.rsplit('/').next().unwrap_or_default();
    let Some((id, _)) = name.rsplit_once('.') else {
        return Ok(());
    };
    let [entries, routes] = NAMED_BY_FILE;
    if id.parse::<PrefixListId>().is_ok()
        && let Some(value) = keys.remove(entries)
    {
        let list = PrefixListEntry::read(id, value)?;
        let id = id.to_owned();
        answer.documents.prefix_list_entries.insert(id, list);
        answer.keys.push(entries);
    } else if id.parse::<TransitGatewayRouteTableId>().is_ok() && keys.contains_key(routes) {
        let table = TransitGatewayRoutes::read(id, Value::Object(keys.clone()))?;
        let id = id.to_owned();
        answer.documents.transit_gateway_routes.insert(id, table);
        answer.keys.push(routes);
    }
    Ok(())
}
