//! The folders of examples/ are what the docs show: `plan.txt` is what `plan` prints of the rest, `path.svg` the picture
//! that `explain` draws of it.

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
