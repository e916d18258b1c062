//! Which account and Region a folder is about.
//!
//! Owner ids, zones and ARNs within its files tell; where they do not, its name and its parents'
//! names; where they do not either, the defaults.

use crate::{auth::is_account, world::Scope};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};

/// Votes for accounts and Regions.
#[derive(Debug, Default)]
pub(super) struct Votes {
    accounts: BTreeMap<String, usize>,
    regions: BTreeMap<String, usize>,
}

impl Votes {
    /// Counts what a file says.
    pub(super) fn count(&mut self, json: &Value) {
        match json {
            Value::Array(items) => items.iter().for_each(|item| self.count(item)),
            Value::Object(members) => {
                for (key, member) in members {
                    match member {
                        Value::String(text) => self.text(key, text),
                        _ => self.count(member),
                    }
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, key: &str, text: &str) {
        match key {
            "OwnerId" | "GroupOwnerId" => self.account(text),
            "RegionName" => self.region(text),
            "AvailabilityZone" | "ZoneName" => {
                self.region(text.trim_end_matches(|last: char| last.is_ascii_lowercase()));
            }
            _ if text.starts_with("arn:") => {
                let mut parts = text.split(':').skip(3);
                self.region(parts.next().unwrap_or_default());
                self.account(parts.next().unwrap_or_default());
            }
            _ => {}
        }
    }

    fn account(&mut self, text: &str) {
        if is_account(text) {
            *self.accounts.entry(text.to_owned()).or_default() += 1;
        }
    }

    fn region(&mut self, text: &str) {
        if is_region(text) {
            *self.regions.entry(text.to_owned()).or_default() += 1;
        }
    }

    /// The account and Region of a folder.
    pub(super) fn scope(&self, folder: &Path, default: &Scope) -> Scope {
        let most = |votes: &BTreeMap<String, usize>| {
            votes
                .iter()
                .max_by_key(|(_, count)| **count)
                .map(|(name, _)| name.clone())
        };
        let named = |is: fn(&str) -> bool| {
            folder.ancestors().find_map(|path| {
                let name = path.file_name()?.to_str()?;
                is(name).then(|| name.to_owned())
            })
        };
        Scope {
            account: most(&self.accounts)
                .or_else(|| named(is_account))
                .unwrap_or_else(|| default.account.clone()),
            region: most(&self.regions)
                .or_else(|| named(is_region))
                .unwrap_or_else(|| default.region.clone()),
        }
    }
}

/// Whether a text looks like a Region: `eu-west-1`, `us-gov-east-1`.
fn is_region(text: &str) -> bool {
    let words: Vec<_> = text.split('-').collect();
    let letters =
        |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    match words.as_slice() {
        [head @ .., last] if head.len() >= 2 => {
            head.iter().all(letters)
                && !last.is_empty()
                && last.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    }
}
