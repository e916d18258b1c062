//! The folders of examples/ are what the docs show: `plan.txt` is what `plan` prints of the rest, `path.svg` the picture
//! that `explain` draws of it.

use serde_json::Value;
use std::{
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
fn all_examples_are_of_one_account_and_plan_together_as_each_does_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let account = |folder: &Path| fs::read_to_string(folder.join("account.yaml")).unwrap();
    let folders = examples();
    let mut together = Command::new(env!("CARGO_BIN_EXE_dms-network-controller"));
    together
        .args(["plan", "-o", "json", "--owner", "demo", "--snapshot"])
        .arg(&root)
        .arg("-f")
        .arg(folders[0].join("account.yaml"));
    let mut alone = Vec::new();
    for folder in &folders {
        assert_eq!(
            account(folder),
            account(&folders[0]),
            "{}",
            folder.display()
        );
        together.arg("-f").arg(folder.join("network.yaml"));
        alone.extend(networks(&printed(folder, &["plan", "-o", "json"])));
    }
    alone.sort_by_key(|network| network["name"].to_string());
    let together = together.output().unwrap();
    assert_eq!(
        networks(&String::from_utf8(together.stdout).unwrap()),
        alone
    );
}
