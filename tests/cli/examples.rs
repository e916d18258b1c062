//! The folders of examples/ are what the docs show: `plan.txt` is what `plan` prints of the rest, `path.svg` the picture
//! that `explain` draws of it.

use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What a subcommand prints in an example's folder.
fn printed(folder: &Path, subcommand: &[&str]) -> String {
    let files = ["-f", "network.yaml", "-f", "account.yaml"];
    let run = Command::new(env!("CARGO_BIN_EXE_dms-network-controller"))
        .current_dir(folder)
        .args(subcommand)
        .args(files)
        .args(["--snapshot", "snapshot", "--owner", "demo"])
        .output()
        .unwrap();
    String::from_utf8(run.stdout).unwrap()
}

fn examples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let folders = fs::read_dir(root).unwrap();
    let folders: Vec<PathBuf> = folders.map(|folder| folder.unwrap().path()).collect();
    assert!(!folders.is_empty());
    folders
}

#[test]
fn every_example_prints_the_plan_that_stands_beside_it() {
    for folder in examples() {
        let kept = fs::read_to_string(folder.join("plan.txt")).unwrap();
        assert_eq!(printed(&folder, &["plan"]), kept, "{}", folder.display());
    }
}

#[test]
fn every_example_has_the_picture_of_its_paths_beside_it() {
    for folder in examples() {
        let kept = fs::read_to_string(folder.join("path.svg")).unwrap();
        let drawn = printed(&folder, &["explain", "-o", "svg"]);
        assert_eq!(drawn, kept, "{}", folder.display());
    }
}

/// The networks of a plan, by name.
fn networks(plan: &str) -> Vec<Value> {
    let mut plan: Value = serde_json::from_str(plan).unwrap();
    serde_json::from_value(plan["networks"].take()).unwrap()
}

#[test]
fn all_examples_plan_together_as_each_does_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut together = Command::new(env!("CARGO_BIN_EXE_dms-network-controller"));
    together.args(["plan", "-o", "json", "--owner", "demo", "--snapshot"]);
    together.arg(&root);
    let mut accounts = BTreeSet::new();
    let mut alone = Vec::new();
    for folder in &examples() {
        let account = fs::read_to_string(folder.join("account.yaml")).unwrap();
        accounts.extend(account.split("---\n").map(str::to_owned));
        together.arg("-f").arg(folder.join("network.yaml"));
        alone.extend(networks(&printed(folder, &["plan", "-o", "json"])));
    }
    // A name that had two forms would be refused.
    let documents: Vec<String> = accounts.into_iter().collect();
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    fs::write(file.path(), documents.join("---\n")).unwrap();
    together.arg("-f").arg(file.path());
    alone.sort_by_key(|network| network["name"].to_string());
    let together = together.output().unwrap();
    assert_eq!(
        networks(&String::from_utf8(together.stdout).unwrap()),
        alone
    );
}
