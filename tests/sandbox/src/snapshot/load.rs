//! Reading a snapshot.

use super::{SnapshotError, place::Votes};
use crate::{
    auth::is_account,
    ec2::{
        address::Address,
        block_public_access, document,
        instance::Instance,
        network_acl::NetworkAcl,
        network_interface::NetworkInterface,
        prefix_list::PrefixList,
        route_table::RouteTable,
        security_group::SecurityGroup,
        security_group_rule::SecurityGroupRule,
        subnet::Subnet,
        transit_gateway_route_table::{ROUTES, TransitGatewayRouteTable},
        vpc::Vpc,
        vpc_peering_connection::VpcPeeringConnection,
    },
    id::invented,
    state::{Any, Change, Resource},
    tags::Tags,
    world::{Found, Scope},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Reads a folder and its subfolders; what its files do not tell of account and Region is as in
/// `default`. Files are known by their top-level keys, as `get-managed-prefix-list-entries` by the
/// file's name.
pub(crate) fn load(folder: &Path, default: &Scope) -> Result<Vec<Found>, SnapshotError> {
    let mut parts: BTreeMap<Scope, Part> = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let (files, inner) = list(&folder)?;
        folders.extend(inner);
        let files = files.into_iter().map(|path| Ok((read(&path)?, path)));
        let files = files.collect::<Result<Vec<_>, _>>()?;
        let mut votes = Votes::default();
        files.iter().for_each(|(json, _)| votes.count(json));
        let scope = votes.scope(&folder, default);
        for (json, path) in files {
            let Value::Object(members) = json else {
                continue;
            };
            for (key, items) in members {
                let items = match items {
                    Value::Array(items) => items,
                    options if key == block_public_access::OPTIONS => vec![options],
                    _ => continue,
                };
                for item in items {
                    // What several accounts see is there for the one that was asked.
                    let account = if document::is_family(&key) || key == "PrefixLists" {
                        scope.account.clone()
                    } else {
                        owner(&item, &scope)
                    };
                    let region = scope.region.clone();
                    let scope = Scope { account, region };
                    let part = parts.entry(scope.clone()).or_default();
                    part.take(&scope, &key, item, &path)
                        .map_err(|error| SnapshotError::Item {
                            path: path.clone(),
                            key: key.clone(),
                            error,
                        })?;
                }
            }
        }
    }
    for (scope, connection) in other_sides(&parts) {
        if let Some(part) = parts.get_mut(&scope) {
            // Before what that side was shown itself, with tags of its own.
            part.changes.insert(0, connection);
        }
    }
    Ok(parts
        .into_iter()
        .map(|(scope, part)| part.finish(scope))
        .collect())
}

/// The VPC peering connections of one side as the other side sees them, which may not have been
/// asked.
fn other_sides(parts: &BTreeMap<Scope, Part>) -> Vec<(Scope, Change)> {
    let mut seen = Vec::new();
    for (scope, part) in parts {
        for change in &part.changes {
            let Change::Put(Any::VpcPeeringConnection(connection)) = change else {
                continue;
            };
            let sides = connection.sides(scope).into_iter();
            for side in sides.filter(|side| side != scope) {
                let mut connection = VpcPeeringConnection::clone(connection);
                connection.tags = Tags::default();
                seen.push((side, Change::put(connection)));
            }
        }
    }
    seen
}

fn list(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), SnapshotError> {
    let io = |error| SnapshotError::Io {
        path: folder.to_owned(),
        error,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        paths.push(entry.map_err(io)?.path());
    }
    paths.sort();
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    let is_json = |path: &PathBuf| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    };
    Ok((files.into_iter().filter(is_json).collect(), folders))
}

fn read(path: &Path) -> Result<Value, SnapshotError> {
    let text = fs::read(path).map_err(|error| SnapshotError::Io {
        path: path.to_owned(),
        error,
    })?;
    let mut json = serde_json::from_slice(&text).map_err(|error| SnapshotError::NotJson {
        path: path.to_owned(),
        error,
    })?;
    times(&mut json);
    Ok(json)
}

/// Times as EC2 writes them: some tools print a space between date and time, which no SDK reads.
fn times(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(times),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text)
                        if name.ends_with("Time") && text.get(10..11) == Some(" ") =>
                    {
                        text.replace_range(10..11, "T");
                    }
                    _ => times(member),
                }
            }
        }
        _ => {}
    }
}

/// The account of a resource: its owner, where it says so.
fn owner(item: &Value, scope: &Scope) -> String {
    let owner = item
        .get("OwnerId")
        .or_else(|| item.get("GroupOwnerId"))
        .and_then(Value::as_str);
    owner
        .filter(|owner| is_account(owner))
        .unwrap_or(&scope.account)
        .to_owned()
}

/// What was read of one account and Region.
#[derive(Default)]
struct Part {
    changes: Vec<Change>,
    rules: Vec<SecurityGroupRule>,
    /// Rules of groups whose ids were not read, from the groups' permissions.
    grouped: Vec<SecurityGroupRule>,
    prefix_lists: BTreeMap<String, Map<String, Value>>,
    entries: BTreeMap<String, Vec<Value>>,
    /// The routes of transit gateways, by the table that has them.
    routes: BTreeMap<String, Vec<Value>>,
    gateway_tables: Vec<TransitGatewayRouteTable>,
    documents: BTreeMap<String, Vec<Value>>,
}

impl Part {
    fn take(&mut self, scope: &Scope, key: &str, item: Value, path: &Path) -> Result<(), String> {
        match key {
            "Vpcs" => self.put::<Vpc>(scope, item),
            "Subnets" => self.put::<Subnet>(scope, item),
            "NetworkInterfaces" => self.put::<NetworkInterface>(scope, item),
            "RouteTables" => self.put::<RouteTable>(scope, item),
            "NetworkAcls" => {
                let mut acl: NetworkAcl = owned(scope, item)?;
                acl.sort();
                self.changes.push(Change::put(acl));
                Ok(())
            }
            "SecurityGroups" => self.group(scope, item),
            "SecurityGroupRules" => {
                let mut item = item;
                item["GroupOwnerId"] = owner(&item, scope).into();
                self.rules.push(SecurityGroupRule::read(item)?);
                Ok(())
            }
            "Reservations" => {
                self.changes
                    .extend(Instance::of_reservation(item)?.into_iter().map(Change::put));
                Ok(())
            }
            // An address of EC2-Classic has no allocation id and cannot be had any more.
            "Addresses" if item.get("AllocationId").is_some() => {
                let address: Address =
                    serde_json::from_value(item).map_err(|error| error.to_string())?;
                self.changes.push(Change::put(address));
                Ok(())
            }
            "PrefixLists" => {
                self.prefix_list(item);
                Ok(())
            }
            "Entries" => {
                self.entries.entry(stem(path)).or_default().push(item);
                Ok(())
            }
            ROUTES => {
                self.routes.entry(stem(path)).or_default().push(item);
                Ok(())
            }
            TransitGatewayRouteTable::LIST => {
                self.gateway_tables
                    .push(TransitGatewayRouteTable::read(item)?);
                Ok(())
            }
            "Addresses" => Ok(()),
            _ if document::is_family(key) => {
                self.changes.push(document::read(key, item)?);
                Ok(())
            }
            _ => {
                self.documents.entry(key.to_owned()).or_default().push(item);
                Ok(())
            }
        }
    }

    /// The route tables of transit gateways, each with the routes of the file that has its id.
    fn gateway_tables(&mut self) {
        for mut table in std::mem::take(&mut self.gateway_tables) {
            let routes = self.routes.remove(table.id());
            table.json[ROUTES] = routes.unwrap_or_default().into();
            self.changes.push(Change::put(table));
        }
    }

    fn put<T: Resource + DeserializeOwned>(
        &mut self,
        scope: &Scope,
        item: Value,
    ) -> Result<(), String> {
        self.changes.push(Change::put(owned::<T>(scope, item)?));
        Ok(())
    }

    fn group(&mut self, scope: &Scope, mut item: Value) -> Result<(), String> {
        let mut permissions = [Value::Null, Value::Null];
        if let Some(members) = item.as_object_mut() {
            permissions = ["IpPermissions", "IpPermissionsEgress"]
                .map(|key| members.remove(key).unwrap_or_default());
        }
        let group: SecurityGroup = owned(scope, item)?;
        for (permissions, is_egress) in permissions.into_iter().zip([false, true]) {
            for permission in permissions.as_array().into_iter().flatten() {
                self.grouped
                    .extend(rules_of(scope, &group, permission, is_egress)?);
            }
        }
        self.changes.push(Change::put(group));
        Ok(())
    }

    /// Both describe-managed-prefix-lists and describe-prefix-lists print `PrefixLists`.
    fn prefix_list(&mut self, item: Value) {
        let Value::Object(mut members) = item else {
            return;
        };
        let id = members
            .get("PrefixListId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        if let Some(Value::Array(blocks)) = members.remove("Cidrs") {
            let entries = blocks.into_iter().map(|block| json!({"Cidr": block}));
            self.entries.entry(id.clone()).or_default().extend(entries);
        }
        self.prefix_lists.entry(id).or_default().extend(members);
    }

    fn finish(mut self, scope: Scope) -> Found {
        self.gateway_tables();
        let known: BTreeSet<_> = self
            .rules
            .iter()
            .map(|rule| rule.group_id.clone())
            .collect();
        let unknown = self
            .grouped
            .into_iter()
            .filter(|rule| !known.contains(&rule.group_id));
        self.changes
            .extend(self.rules.into_iter().chain(unknown).map(Change::put));
        for (id, members) in self.prefix_lists {
            let mut list = PrefixList::loaded(&id, members, &scope);
            // The blocks of a list of AWS's come twice, from either call: one of them has the
            // description.
            let mut entries: BTreeMap<String, Value> = BTreeMap::new();
            for entry in self.entries.remove(&id).unwrap_or_default() {
                let block = entry
                    .get("Cidr")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned();
                if entry.get("Description").is_some() || !entries.contains_key(&block) {
                    entries.insert(block, entry);
                }
            }
            list.entries = entries.into_values().collect();
            self.changes.push(Change::put(list));
        }
        for documents in self.documents.values_mut() {
            documents.sort_by_cached_key(ToString::to_string);
            documents.dedup();
        }
        Found {
            scope,
            changes: self.changes,
            documents: self.documents,
        }
    }
}

/// What the answers that print no id of what was asked are known by.
fn stem(path: &Path) -> String {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    stem.unwrap_or_default().to_owned()
}

/// Reads a resource; old versions of the AWS CLI left out the owner.
fn owned<T: DeserializeOwned>(scope: &Scope, mut item: Value) -> Result<T, String> {
    if let Some(members) = item.as_object_mut() {
        members.insert("OwnerId".to_owned(), scope.account.clone().into());
    }
    serde_json::from_value(item).map_err(|error| error.to_string())
}

/// The rules of a grouped permission, with ids that depend on what they permit alone.
fn rules_of(
    scope: &Scope,
    group: &SecurityGroup,
    permission: &Value,
    is_egress: bool,
) -> Result<Vec<SecurityGroupRule>, String> {
    let mut rules = Vec::new();
    for (list, from, to) in [
        ("IpRanges", "CidrIp", "CidrIpv4"),
        ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
        ("PrefixListIds", "PrefixListId", "PrefixListId"),
        ("UserIdGroupPairs", "", "ReferencedGroupInfo"),
    ] {
        for peer in permission
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let description = peer.get("Description").cloned();
            let value = if from.is_empty() {
                let mut reference = peer.clone();
                if let Some(members) = reference.as_object_mut() {
                    members.remove("Description");
                }
                reference
            } else {
                peer.get(from).cloned().unwrap_or_default()
            };
            let mut rule = json!({
                "SecurityGroupRuleId": "",
                "GroupId": group.group_id,
                "GroupOwnerId": scope.account,
                "IsEgress": is_egress,
                "IpProtocol": permission.get("IpProtocol"),
                "FromPort": permission.get("FromPort").and_then(Value::as_i64).unwrap_or(-1),
                "ToPort": permission.get("ToPort").and_then(Value::as_i64).unwrap_or(-1),
                "Description": description,
            });
            rule[to] = value;
            let mut rule = SecurityGroupRule::read(rule)?;
            let identity = rule.permission.identity(&group.group_id, is_egress);
            rule.id = invented("sgr", &identity);
            let Scope { account, region } = scope;
            rule.arn = format!(
                "arn:aws:ec2:{region}:{account}:security-group-rule/{}",
                rule.id
            );
            rules.push(rule);
        }
    }
    Ok(rules)
}
