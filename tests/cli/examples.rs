//! The folders of examples/ are what the docs show: `plan.txt` is what `plan` prints of the rest.

use std::{fs, path::Path, process::Command};

#[test]
fn every_example_prints_the_plan_that_stands_beside_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for folder in fs::read_dir(root.join("examples")).unwrap() {
        let folder = folder.unwrap().path();
        let run = Command::new(env!("CARGO_BIN_EXE_dms-network-controller"))
            .current_dir(&folder)
            .args([
                "plan",
                "-f",
                "network.yaml",
                "-f",
                "account.yaml",
                "--snapshot",
                "snapshot",
                "--owner",
                "demo",
            ])
            .output()
            .unwrap();
        let printed = String::from_utf8(run.stdout).unwrap();
        let kept = fs::read_to_string(folder.join("plan.txt")).unwrap();
        assert_eq!(printed, kept, "{}", folder.display());
        seen += 1;
    }
    assert!(seen > 0, "examples/ is empty");
}
