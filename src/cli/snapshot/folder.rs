//! The files of a snapshot folder: one for each call.

use dms_network_core::{
    api::{PrefixListId, TransitGatewayRouteTableId},
    snapshot::documents::Documents,
};
use serde_json::{Value, json};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The files by the key of their answer, named for the call of the AWS CLI that prints it.
const FILES: [(&str, &str); 28] = [
    ("Vpcs", "describe-vpcs.json"),
    ("Subnets", "describe-subnets.json"),
    ("SecurityGroups", "describe-security-groups.json"),
    ("SecurityGroupRules", "describe-security-group-rules.json"),
    ("NetworkAcls", "describe-network-acls.json"),
    ("RouteTables", "describe-route-tables.json"),
    ("NetworkInterfaces", "describe-network-interfaces.json"),
    ("Reservations", "describe-instances.json"),
    ("Addresses", "describe-addresses.json"),
    ("PrefixLists", "describe-managed-prefix-lists.json"),
    (
        "VpcPeeringConnections",
        "describe-vpc-peering-connections.json",
    ),
    ("InternetGateways", "describe-internet-gateways.json"),
    (
        "EgressOnlyInternetGateways",
        "describe-egress-only-internet-gateways.json",
    ),
    ("NatGateways", "describe-nat-gateways.json"),
    ("VpnGateways", "describe-vpn-gateways.json"),
    ("VpnConnections", "describe-vpn-connections.json"),
    ("TransitGateways", "describe-transit-gateways.json"),
    (
        "TransitGatewayAttachments",
        "describe-transit-gateway-attachments.json",
    ),
    (
        "TransitGatewayVpcAttachments",
        "describe-transit-gateway-vpc-attachments.json",
    ),
    (
        "TransitGatewayPeeringAttachments",
        "describe-transit-gateway-peering-attachments.json",
    ),
    (
        "TransitGatewayRouteTables",
        "describe-transit-gateway-route-tables.json",
    ),
    ("VpcEndpoints", "describe-vpc-endpoints.json"),
    (
        "VpcBlockPublicAccessOptions",
        "describe-vpc-block-public-access-options.json",
    ),
    (
        "VpcBlockPublicAccessExclusions",
        "describe-vpc-block-public-access-exclusions.json",
    ),
    (
        "ReplicationInstances",
        "describe-replication-instances.json",
    ),
    (
        "ReplicationSubnetGroups",
        "describe-replication-subnet-groups.json",
    ),
    ("ReplicationConfigs", "describe-replication-configs.json"),
    ("Endpoints", "describe-endpoints.json"),
];

/// A folder that cannot hold the snapshot.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Something else is in it.
    #[error("{} is not of a snapshot, and nothing is overwritten: give a new or empty folder to --output", .0.display())]
    NotOurs(PathBuf),
    /// It cannot be read or written.
    #[error("{}: cannot be written ({source}): give a folder that can be written to --output", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An answer that JSON cannot hold.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> FolderError + '_ {
    |source| FolderError::Io {
        path: path.to_owned(),
        source,
    }
}

/// Refuses a folder that holds anything but the files of a snapshot.
pub(super) fn check(folder: &Path) -> Result<(), FolderError> {
    match own_files(folder) {
        Err(FolderError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(()),
        checked => checked.map(drop),
    }
}

fn own_files(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_error(folder))? {
        let path = entry.map_err(io_error(folder))?.path();
        if !is_own(&path) {
            return Err(FolderError::NotOurs(path));
        }
        files.push(path);
    }
    Ok(files)
}

fn is_own(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    let is_named_by_id = || {
        let stem = name.strip_suffix(".json");
        stem.is_some_and(|stem| {
            stem.parse::<PrefixListId>().is_ok()
                || stem.parse::<TransitGatewayRouteTableId>().is_ok()
        })
    };
    path.is_file() && (FILES.iter().any(|(_, file)| *file == name) || is_named_by_id())
}

/// Writes the files, in place of those of an older snapshot. The same answers give the same bytes.
pub(super) fn write(folder: &Path, documents: &Documents) -> Result<(), FolderError> {
    let mut files = Vec::new();
    for (key, answer) in documents.answers() {
        if let Some((_, file)) = FILES.iter().find(|(known, _)| *known == key) {
            files.push(((*file).to_owned(), answer?));
        }
    }
    for (id, entries) in &documents.prefix_list_entries {
        let answer = json!({ "Entries": entries });
        files.push((format!("{id}.json"), answer));
    }
    for (id, routes) in &documents.transit_gateway_routes {
        files.push((format!("{id}.json"), serde_json::to_value(routes)?));
    }
    fs::create_dir_all(folder).map_err(io_error(folder))?;
    for old in own_files(folder)? {
        fs::remove_file(&old).map_err(io_error(&old))?;
    }
    for (file, answer) in files {
        let path = folder.join(file);
        let text = serde_json::to_string_pretty(&in_order(answer))? + "\n";
        fs::write(&path, text).map_err(io_error(&path))?;
    }
    Ok(())
}

/// An answer with the lists within its resources in order: AWS gives them in any, and none of them means anything.
fn in_order(answer: Value) -> Value {
    match answer {
        Value::Array(mut items) => {
            items = items.into_iter().map(in_order).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => members
            .into_iter()
            .map(|(member, value)| (member, in_order(value)))
            .collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use dms_network_core::snapshot::{documents::Vpc, read::read};

    /// A folder of its own for a test.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let folder = format!("dms-network-snapshot-{}-{name}", std::process::id());
            Self(std::env::temp_dir().join(folder))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn vpc(id: &str) -> Vpc {
        serde_json::from_value(json!({"VpcId": id, "CidrBlock": "10.0.0.0/16"})).unwrap()
    }

    #[test]
    fn a_snapshot_replaces_an_older_one_and_is_read_back() {
        let scratch = Scratch::new("replaced");
        let mut documents = Documents {
            vpcs: Some(vec![vpc("vpc-0a")]),
            subnets: Some(Vec::new()),
            ..Documents::default()
        };
        documents
            .prefix_list_entries
            .insert("pl-0a".to_owned(), Vec::new());
        write(&scratch.0, &documents).unwrap();
        documents.prefix_list_entries.clear();
        check(&scratch.0).unwrap();
        write(&scratch.0, &documents).unwrap();
        let mut files: Vec<_> = fs::read_dir(&scratch.0)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let texts = files.iter().map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        });
        let texts: Vec<_> = texts.collect();
        assert_eq!(texts[0].0, "describe-subnets.json");
        assert_eq!(texts[0].1, "{\n  \"Subnets\": []\n}\n");
        assert_eq!(texts.len(), 2, "the older snapshot's prefix list is gone");
        let snapshot = read(texts).unwrap();
        assert_eq!(snapshot.scopes[0].vpcs.known().unwrap().len(), 1);
        assert!(snapshot.scopes[0].network_acls.known().is_err());
    }

    #[test]
    fn a_folder_that_holds_something_else_is_left_alone() {
        let scratch = Scratch::new("foreign");
        assert!(check(&scratch.0).is_ok(), "a new folder");
        fs::create_dir_all(scratch.0.join("describe-vpcs.json")).unwrap();
        assert!(matches!(check(&scratch.0), Err(FolderError::NotOurs(_))));
        fs::remove_dir(scratch.0.join("describe-vpcs.json")).unwrap();
        fs::write(scratch.0.join("notes.json"), "{}").unwrap();
        let message = check(&scratch.0).unwrap_err().to_string();
        assert!(
            message.contains("notes.json is not of a snapshot"),
            "{message}"
        );
    }

    #[test]
    fn every_list_that_can_be_read_has_a_file() {
        for key in Documents::KEYS {
            assert!(FILES.iter().any(|(known, _)| known == key), "{key}");
        }
    }
}
