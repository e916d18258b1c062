//! The command under which the demo runs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::Command;

const SCRIPT: &str =
    "kubectl get namespace default && aws ec2 describe-vpcs && helm version && exit 3";

#[test]
fn up_runs_a_command_among_the_servers_and_ends_with_its_exit_code() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dms-network-harness"));
    let output = command
        .args(["up", "--aws", "moto", "--", "sh", "-c", SCRIPT])
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("\"Vpcs\""));
}

#[test]
fn a_snapshot_for_moto_is_refused_with_the_remedy() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dms-network-harness"));
    let output = command
        .args(["up", "--load", "snapshot", "--", "true"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--load needs --aws sandbox"));
}
