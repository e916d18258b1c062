//! The reader of declarations.

use dms_network_core::api::{AWSAccount, Document, MigrationNetwork, SpecError};
use serde_json::Value;
use std::collections::BTreeMap;

/// What files declare, by namespace and name.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) networks: BTreeMap<(String, String), MigrationNetwork>,
    pub(crate) accounts: BTreeMap<String, AWSAccount>,
}

impl Declared {
    /// Adds every document of a file that can be read, as the command line does: each item of a list is one.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        Document::each(bytes, |document| {
            let objects = document.iter().flat_map(Document::objects);
            objects.for_each(|object| self.object(object));
        });
    }

    fn object(&mut self, value: &Value) {
        match Document::read(value) {
            Ok(Some(Document::MigrationNetwork(network))) => {
                let namespace = network.metadata.namespace.clone().unwrap_or_default();
                let name = network.metadata.name.clone().unwrap_or_default();
                self.networks.insert((namespace, name), *network);
            }
            Ok(Some(Document::AWSAccount(account))) => {
                let name = account.metadata.name.clone().unwrap_or_default();
                self.accounts.insert(name, *account);
            }
            Ok(None) => {}
            Err(errors) => check(&errors, value),
        }
    }
}

/// Reads the documents of a YAML or JSON file. Tells whether one of them declares something.
pub fn declaration(data: &[u8]) -> bool {
    let mut declared = Declared::default();
    declared.add(data);
    !declared.networks.is_empty() || !declared.accounts.is_empty()
}

/// Something is wrong, and it is said where, what and what to do, in words that do not grow with what is wrong.
fn check(errors: &[SpecError], value: &Value) {
    assert!(!errors.is_empty(), "refused without a reason: {value}");
    for error in errors {
        let text = error.to_string();
        assert!(!error.field.is_empty() && text.len() <= 8192, "{text}");
    }
}
