//! A folder of examples/, live and offline.

use crate::{
    lab::{Lab, OTHER_ACCOUNT},
    state::{Rule, State},
};
use dms_network_harness::{ACCESS_KEY_ID, Sandbox, ScratchDir};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The deployment for which the plans of examples/ were made: its name decides the numbers of entries.
pub(super) const OWNER: &str = "demo";
/// The account of the databases that are not in that of the replication instances.
const PARTNER: &str = "444455556666";
const BINARY: &str = env!("CARGO_BIN_EXE_dms-network-controller");

/// Where the examples are.
pub(super) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// One example.
pub(super) struct Example {
    pub(super) folder: PathBuf,
    network: Value,
    accounts: Vec<Value>,
}

impl Example {
    pub(super) fn of(name: &str) -> Self {
        let folder = examples().join(name);
        let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
        Self {
            network: serde_saphyr::from_str(&text("network.yaml")).unwrap(),
            accounts: serde_saphyr::from_multiple(&text("account.yaml")).unwrap(),
            folder,
        }
    }

    /// The name of its MigrationNetwork.
    pub(super) fn name(&self) -> &str {
        self.network["metadata"]["name"].as_str().unwrap()
    }

    /// A lab whose EC2 is the example's snapshot.
    pub(super) fn lab(&self) -> Lab {
        lab_of(&self.folder.join("snapshot"))
    }

    /// A person applies its files.
    pub(super) fn apply(&self, lab: &Lab) {
        for account in &self.accounts {
            lab.cluster().apply(account);
        }
        lab.cluster().apply(&self.network);
    }

    /// What plan.txt adds, in its words and sorted; an entry, which has no description in EC2, without whom it is for.
    pub(super) fn planned(&self) -> Vec<String> {
        let plan = fs::read_to_string(self.folder.join("plan.txt")).unwrap();
        let additions = plan.lines().filter_map(|line| line.strip_prefix("  + "));
        let additions = additions.map(|line| match line.split_once(", for ") {
            Some((entry, _)) if line.starts_with("NetworkACLEntry") => entry.to_owned(),
            _ => line.to_owned(),
        });
        sorted(additions)
    }

    /// What `plan` says of the object, as it is in the cluster, and of EC2, as it is in the sandbox: the plan of the one
    /// network, and the exit code.
    pub(super) fn plan(&self, lab: &Lab) -> (Value, Option<i32>) {
        let folder = ScratchDir::new().unwrap();
        let object = folder.path().join("object.json");
        let live = lab.cluster().find_raw(self.name()).unwrap();
        fs::write(&object, live.to_string()).unwrap();
        let snapshot = export(lab, &folder);
        let run = Command::new(BINARY)
            .args(["plan", "-o", "json", "--owner", OWNER, "-f"])
            .arg(&object)
            .arg("-f")
            .arg(self.folder.join("account.yaml"))
            .arg("--snapshot")
            .arg(&snapshot)
            .output()
            .unwrap();
        let mut plan: Value = serde_json::from_slice(&run.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&run.stderr)));
        (plan["networks"][0].take(), run.status.code())
    }
}

/// A lab whose EC2 is that snapshot, seen by the account that owns it.
pub(super) fn lab_of(snapshot: &Path) -> Lab {
    let key = format!("{ACCESS_KEY_ID}={OTHER_ACCOUNT}");
    let snapshot = snapshot.to_str().unwrap();
    let sandbox = Sandbox::start(&["--load", snapshot, "--key", &key, "--account", PARTNER]);
    let mut lab = Lab::on(sandbox.unwrap());
    lab.settings.owner = OWNER;
    lab
}

/// The whole of EC2 as the sandbox writes it, by file: two of them are equal where nothing at all has changed.
pub(super) fn everything(lab: &Lab) -> BTreeMap<PathBuf, String> {
    let folder = ScratchDir::new().unwrap();
    let mut found = BTreeMap::new();
    let mut folders = vec![export(lab, &folder)];
    while let Some(place) = folders.pop() {
        for entry in fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(folder.path()).unwrap().to_owned(), text);
            }
        }
    }
    found
}

/// What EC2 holds in all accounts of the examples.
pub(super) fn state(lab: &Lab) -> State {
    let partner = lab.ec2.assume_role(PARTNER);
    State::of_all(&lab.ec2).and(State::of_all(&partner))
}

fn export(lab: &Lab, folder: &ScratchDir) -> PathBuf {
    let snapshot = folder.path().join("snapshot");
    lab.sandbox("POST", "export", &json!({"path": snapshot}));
    snapshot
}

/// Changes what no call of the sandbox can change: `change` gets what the AWS CLI would print under that file's key.
#[track_caller]
pub(super) fn rewrite(lab: &Lab, file: &str, change: impl FnOnce(&mut Value)) {
    let folder = ScratchDir::new().unwrap();
    let snapshot = export(lab, &folder);
    let path = snapshot.join(file);
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut document);
    fs::write(&path, document.to_string()).unwrap();
    lab.sandbox("POST", "load", &json!({"path": snapshot}));
}

/// The rules and entries that were added, in the words of plan.txt and sorted.
pub(super) fn added(before: &State, after: &State) -> Vec<String> {
    let rules = after.rules.iter();
    let rules = rules.filter(|(id, _)| !before.rules.contains_key(*id));
    let entries = after.entries.iter();
    let entries = entries.filter(|(place, _)| !before.entries.contains_key(*place));
    let rules = rules.map(|(_, rule)| {
        let (direction, way) = words(rule.egress);
        let (group, traffic, peer) = (&rule.group, &rule.traffic, peer(rule));
        let endpoint = endpoint(rule);
        format!("SecurityGroupRule {group}: {direction} {traffic} {way} {peer}, for {endpoint}")
    });
    let entries = entries.map(|((acl, egress, number), entry)| {
        assert_eq!(entry.action, "allow");
        let (direction, way) = words(*egress);
        let (traffic, cidr) = (&entry.traffic, &entry.cidr);
        format!("NetworkACLEntry {acl}: {direction} {number} {traffic} {way} {cidr}")
    });
    sorted(rules.chain(entries))
}

fn peer(rule: &Rule) -> String {
    match &rule.peer_account {
        Some(account) => format!("{account}/{}", rule.peer),
        None => rule.peer.clone(),
    }
}

/// The endpoint of which a rule's description speaks.
fn endpoint(rule: &Rule) -> &str {
    let (_, endpoint) = rule.description.rsplit_once(' ').unwrap();
    endpoint
}

fn words(egress: bool) -> (&'static str, &'static str) {
    if egress {
        ("Egress", "to")
    } else {
        ("Ingress", "from")
    }
}

fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines
}
