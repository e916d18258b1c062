//! One network of growing size: a replication instance and a database in two subnets of a VPC, and `n` of something.

use dms_network_core::{
    api::{Document, MigrationNetwork},
    claims::{Ledger, Owner},
    plan::{self, Input, Plan},
    scopes::{ScopeView, Scopes},
    snapshot::{Snapshot, read},
};
use serde_json::{Map, Value, json};

/// What a folder holds by the keys of its answers, and what is declared on it.
pub(crate) struct Network {
    keys: Map<String, Value>,
    /// The files that are named for a prefix list or a transit gateway's route table.
    named: Vec<(String, Value)>,
    declaration: Value,
}

impl Network {
    /// The instance is somewhere in 10.0.1.0/24, the database at 10.0.2.20; nothing is open.
    pub(crate) fn new() -> Self {
        let subnet = |id: &str, cidr: &str| {
            json!({"SubnetId": id, "VpcId": "vpc-0a", "CidrBlock": cidr, "AvailabilityZone": "eu-west-1a",
                "AvailabilityZoneId": "euw1-az1", "OwnerId": "111122223333"})
        };
        let group = |id: &str| json!({"GroupId": id, "VpcId": "vpc-0a", "OwnerId": "111122223333"});
        let association = |id: &str| json!({"SubnetId": id});
        let keys = json!({
            "Vpcs": [{"VpcId": "vpc-0a", "CidrBlock": "10.0.0.0/16", "OwnerId": "111122223333"}],
            "Subnets": [subnet("subnet-0a", "10.0.1.0/24"), subnet("subnet-0b", "10.0.2.0/24")],
            "SecurityGroups": [group("sg-0a"), group("sg-0b")],
            "SecurityGroupRules": [],
            "NetworkAcls": [{"NetworkAclId": "acl-0a", "VpcId": "vpc-0a", "OwnerId": "111122223333", "Entries": [],
                "Associations": [association("subnet-0a"), association("subnet-0b")]}],
            "RouteTables": [{"RouteTableId": "rtb-0a", "VpcId": "vpc-0a", "Associations": [{"Main": true}],
                "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}]}],
            "NetworkInterfaces": [],
            "PrefixLists": [],
        });
        let declaration = json!({
            "apiVersion": "dms-network.dev/v1alpha1", "kind": "MigrationNetwork",
            "metadata": {"name": "orders", "namespace": "migrations"},
            "spec": {
                "accountRef": {"name": "prod"}, "region": "eu-west-1",
                "replicationInstance": {"network": {
                    "vpcID": "vpc-0a", "subnetIDs": ["subnet-0a"], "securityGroupIDs": ["sg-0a"]}},
                "endpoints": [{"name": "db", "role": "Source", "ports": [5432], "addresses": ["10.0.2.20"],
                    "placement": {"sameVPC": {"securityGroupIDs": ["sg-0b"]}}}],
            },
        });
        let Value::Object(keys) = keys else {
            panic!("no object");
        };
        Self {
            keys,
            named: Vec::new(),
            declaration,
        }
    }

    /// More items under a key.
    pub(crate) fn with(mut self, key: &str, items: impl IntoIterator<Item = Value>) -> Self {
        let list = self.keys.entry(key).or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().extend(items);
        self
    }

    /// More items in a list of the first item under a key.
    pub(crate) fn within(
        mut self,
        key: &str,
        list: &str,
        items: impl IntoIterator<Item = Value>,
    ) -> Self {
        let first = self.keys[key].get_mut(0).unwrap();
        let list = first
            .as_object_mut()
            .unwrap()
            .entry(list)
            .or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().extend(items);
        self
    }

    /// A file that is named for what was asked.
    pub(crate) fn named(mut self, id: &str, answer: Value) -> Self {
        self.named.push((format!("{id}.json"), answer));
        self
    }

    /// Another value in the declaration.
    pub(crate) fn declares(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match self.declaration.pointer_mut(parent).unwrap() {
            Value::Object(members) => drop(members.insert(key.to_owned(), value)),
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
            other => panic!("{other} holds no {key}"),
        }
        self
    }

    /// The text of its files.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let all = ("all.json".to_owned(), Value::Object(self.keys.clone()));
        let files = std::iter::once(&all).chain(&self.named);
        files
            .map(|(path, value)| (path.clone(), value.to_string()))
            .collect()
    }

    /// What is declared on it.
    pub(crate) fn declared(&self) -> MigrationNetwork {
        match Document::read(&self.declaration) {
            Ok(Some(Document::MigrationNetwork(network))) => *network,
            other => panic!("{other:?}"),
        }
    }
}

/// Plans a network on what was read.
pub(crate) fn planned(snapshot: &Snapshot, network: &MigrationNetwork) -> Plan {
    let status = network.status.as_ref();
    let ledger = status
        .map(|status| Ledger::of(status, |_| true))
        .unwrap_or_default();
    let owner = Owner::new("prod-eu1", None).unwrap();
    let scopes = Scopes::only(ScopeView::unguarded(&snapshot.scopes[0]));
    let input = Input {
        namespace: "migrations",
        name: "orders",
        spec: &network.spec,
        ledger: &ledger,
        owner: &owner,
        scopes: &scopes,
        ended: false,
    };
    let plan = plan::plan(&input);
    let document = plan::document(&plan, &input, &|_| false);
    assert!(!serde_json::to_string(&document).unwrap().is_empty());
    plan
}

/// Reads files as a folder.
pub(crate) fn read_files(files: &[(String, String)]) -> Result<Snapshot, read::ReadError> {
    read::read(files.iter().map(|(path, text)| (path, text)))
}
