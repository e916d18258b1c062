//! Writing a snapshot: the same state gives the same bytes.

use super::SnapshotError;
use crate::{
    ec2::{
        availability_zone,
        block_public_access::{self, OPTIONS},
        document, instance,
        transit_gateway_route_table::{ROUTES, TransitGatewayRouteTable},
    },
    state::{Resource, State, Table},
    world::{Scope, World},
};
use serde::Serialize;
use serde_json::{Value, json, ser::PrettyFormatter};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The lists that are written also where they are empty: who asked got an empty answer.
const SERVED_DOCUMENTS: [&str; 4] = [
    "Endpoints",
    "ReplicationConfigs",
    "ReplicationInstances",
    "ReplicationSubnetGroups",
];

/// Refuses a folder that holds anything.
pub(crate) fn check(folder: &Path) -> Result<(), SnapshotError> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(SnapshotError::NotEmpty(folder.to_owned())),
        _ => Ok(()),
    }
}

/// Writes all accounts and Regions that have anything: one into the folder itself, several into
/// subfolders `ACCOUNT/REGION`.
pub(crate) fn save(world: &World, folder: &Path) -> Result<(), SnapshotError> {
    check(folder)?;
    let scopes: Vec<_> = world.scopes().collect();
    for (scope, state) in &scopes {
        let folder = match scopes.len() {
            1 => folder.to_owned(),
            _ => folder.join(&scope.account).join(&scope.region),
        };
        write(&folder, &files(scope, state))?;
    }
    Ok(())
}

/// The files of one account and Region, by their names.
fn files(scope: &Scope, state: &State) -> BTreeMap<String, Value> {
    let mut files = BTreeMap::new();
    let mut add = |name: &str, key: &str, items: Vec<Value>| {
        files.insert(format!("{name}.json"), json!({ key: items }));
    };
    add("describe-vpcs", "Vpcs", shown(state, &state.vpcs));
    add("describe-subnets", "Subnets", shown(state, &state.subnets));
    add(
        "describe-security-groups",
        "SecurityGroups",
        shown(state, &state.security_groups),
    );
    let rules = shown(state, &state.security_group_rules);
    add("describe-security-group-rules", "SecurityGroupRules", rules);
    add(
        "describe-network-acls",
        "NetworkAcls",
        shown(state, &state.network_acls),
    );
    add(
        "describe-route-tables",
        "RouteTables",
        shown(state, &state.route_tables),
    );
    let interfaces = shown(state, &state.network_interfaces);
    add(
        "describe-network-interfaces",
        "NetworkInterfaces",
        interfaces,
    );
    let reservations = instance::reservations(state, state.instances.iter());
    add("describe-instances", "Reservations", reservations);
    add(
        "describe-addresses",
        "Addresses",
        shown(state, &state.addresses),
    );
    add(
        "describe-managed-prefix-lists",
        "PrefixLists",
        shown(state, &state.prefix_lists),
    );
    let aws = state.prefix_lists.iter().filter(|list| list.is_aws());
    add(
        "describe-prefix-lists",
        "PrefixLists",
        aws.map(|list| list.show_plain()).collect(),
    );
    for list in state.prefix_lists.iter() {
        add(&list.prefix_list_id, "Entries", list.entries.clone());
    }
    for key in SERVED_DOCUMENTS {
        add(&file_name(key), key, Vec::new());
    }
    for (key, mut items) in document::lists(state) {
        if key == TransitGatewayRouteTable::LIST {
            for members in items.iter_mut().filter_map(Value::as_object_mut) {
                // What the call that searches prints, in a file of its own.
                members.remove(ROUTES);
            }
        }
        add(&file_name(key), key, items);
    }
    for table in state.transit_gateway_route_tables.iter() {
        add(table.id(), ROUTES, table.items(ROUTES).to_vec());
    }
    let lists = state.documents.iter().filter(|(key, _)| *key != OPTIONS);
    for (key, documents) in lists {
        add(&file_name(key), key, documents.clone());
    }
    let zones = availability_zone::shown(state, scope);
    add("describe-availability-zones", "AvailabilityZones", zones);
    let options = block_public_access::shown(state, scope);
    files.insert(
        format!("{}.json", file_name(OPTIONS)),
        json!({ OPTIONS: options }),
    );
    files
}

fn shown<T: Resource>(state: &State, table: &Table<T>) -> Vec<Value> {
    table.iter().map(|resource| resource.show(state)).collect()
}

/// `NatGateways` is what `describe-nat-gateways` prints.
fn file_name(key: &str) -> String {
    let mut name = String::from("describe");
    for character in key.chars() {
        if character.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}

fn write(folder: &Path, files: &BTreeMap<String, Value>) -> Result<(), SnapshotError> {
    let io = |path: PathBuf| move |error| SnapshotError::Io { path, error };
    fs::create_dir_all(folder).map_err(io(folder.to_owned()))?;
    for (name, json) in files {
        let path = folder.join(name);
        let text = text(json).map_err(|error| SnapshotError::NotJson {
            path: path.clone(),
            error,
        })?;
        fs::write(&path, text).map_err(io(path.clone()))?;
    }
    Ok(())
}

/// JSON with sorted keys and the AWS CLI's indent.
fn text(json: &Value) -> Result<Vec<u8>, serde_json::Error> {
    let mut json = json.clone();
    json.sort_all_objects();
    let mut text = Vec::new();
    let formatter = PrettyFormatter::with_indent(b"    ");
    json.serialize(&mut serde_json::Serializer::with_formatter(
        &mut text, formatter,
    ))?;
    text.push(b'\n');
    Ok(text)
}
