//! What the files declare: networks, accounts and the labels of namespaces, or everything that is wrong.

use crate::cli::files::{File, FileError};
use dms_network_core::api::{AWSAccount, Document, MigrationNetwork, SpecError};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, path::PathBuf};

/// A network's namespace and name. One without a namespace is in `default`, where kubectl would put it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NetworkName {
    pub(super) namespace: String,
    pub(super) name: String,
}

impl NetworkName {
    fn of(network: &MigrationNetwork) -> Self {
        let namespace = network.metadata.namespace.clone();
        Self {
            namespace: namespace.unwrap_or_else(|| "default".to_owned()),
            name: network.metadata.name.clone().unwrap_or_default(),
        }
    }
}

impl fmt::Display for NetworkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Everything that was declared.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    /// The networks, in the order in which they are planned.
    pub(super) networks: BTreeMap<NetworkName, MigrationNetwork>,
    /// The accounts by name.
    pub(super) accounts: BTreeMap<String, AWSAccount>,
    /// The labels of the namespaces that were declared too.
    pub(super) namespaces: BTreeMap<String, BTreeMap<String, String>>,
    /// What else was in the files: how many documents of which kind.
    pub(super) ignored: BTreeMap<String, usize>,
}

/// What is wrong with a document.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The text is not YAML, or not whole.
    #[error("{place}: not YAML or JSON ({reason}); write whole documents, with --- between them")]
    Syntax {
        /// Where.
        place: Place,
        /// What the reader says.
        reason: String,
    },
    /// Admission would refuse it.
    #[error("{place}: {error}")]
    Refused {
        /// Where.
        place: Place,
        /// The field, what is wrong with it, and the remedy.
        error: SpecError,
    },
    /// The name is taken.
    #[error("{place}: metadata.name: declared before, in {first}; leave one of the two out")]
    Twice {
        /// Where.
        place: Place,
        /// Where it was declared first.
        first: Place,
    },
    /// There is nothing to plan.
    #[error("no MigrationNetwork is declared; name a file, a folder or - that holds one with -f")]
    NoNetwork,
}

/// A document in a file.
#[derive(Clone, Debug)]
pub struct Place {
    file: PathBuf,
    number: usize,
    object: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, document {}", self.file.display(), self.number)?;
        if self.object.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", self.object)
        }
    }
}

impl Declarations {
    /// Reads every document of the files.
    ///
    /// # Errors
    /// All that is wrong, in the order of the files.
    pub(super) fn read(files: Vec<Result<File, FileError>>) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::default();
        for file in files {
            match file {
                Ok(file) => reader.file(&file),
                Err(error) => reader.problems.push(error.into()),
            }
        }
        if reader.problems.is_empty() && reader.declared.networks.is_empty() {
            reader.problems.push(Problem::NoNetwork);
        }
        if reader.problems.is_empty() {
            Ok(reader.declared)
        } else {
            Err(reader.problems)
        }
    }
}

#[derive(Default)]
struct Reader {
    declared: Declarations,
    places: BTreeMap<String, Place>,
    problems: Vec<Problem>,
}

impl Reader {
    fn file(&mut self, file: &File) {
        let mut number = 0;
        Document::each(&file.bytes, |document| {
            number += 1;
            let mut place = Place {
                file: file.path.clone(),
                number,
                object: String::new(),
            };
            match document {
                Ok(document) => {
                    for object in Document::objects(&document) {
                        self.object(object, &mut place);
                    }
                }
                Err(reason) => self.problems.push(Problem::Syntax { place, reason }),
            }
        });
    }

    fn object(&mut self, value: &Value, place: &mut Place) {
        let kind = text(value, "/kind");
        place.object = [
            text(value, "/metadata/namespace"),
            text(value, "/metadata/name"),
        ]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("/");
        if !kind.is_empty() {
            place.object = format!("{kind} {}", place.object).trim_end().to_owned();
        }
        match Document::read(value) {
            Err(errors) => self.problems.extend(errors.into_iter().map(|error| {
                let place = place.clone();
                Problem::Refused { place, error }
            })),
            Ok(Some(Document::MigrationNetwork(network))) => {
                let name = NetworkName::of(&network);
                if self.is_new(format!("MigrationNetwork {name}"), place) {
                    self.declared.networks.insert(name, *network);
                }
            }
            Ok(Some(Document::AWSAccount(account))) => {
                let name = account.metadata.name.clone().unwrap_or_default();
                if self.is_new(format!("AWSAccount {name}"), place) {
                    self.declared.accounts.insert(name, *account);
                }
            }
            Ok(None) if kind == "Namespace" && text(value, "/apiVersion") == "v1" => {
                let name = text(value, "/metadata/name").to_owned();
                self.declared.namespaces.insert(name, labels(value));
            }
            Ok(None) => {
                let kind = if kind.is_empty() { "no kind" } else { kind };
                *self.declared.ignored.entry(kind.to_owned()).or_default() += 1;
            }
        }
    }

    fn is_new(&mut self, object: String, place: &Place) -> bool {
        if let Some(first) = self.places.get(&object) {
            self.problems.push(Problem::Twice {
                place: place.clone(),
                first: first.clone(),
            });
            return false;
        }
        self.places.insert(object, place.clone());
        true
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn labels(namespace: &Value) -> BTreeMap<String, String> {
    let labels = namespace
        .pointer("/metadata/labels")
        .and_then(Value::as_object);
    labels
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}
