//! The wrapper of the controller, tried on programs that every machine has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use dms_network_harness::Launch;

fn shell(script: &str) -> Launch {
    Launch::new("/bin/sh", Path::new("/nowhere/kubeconfig")).args(&["-c", script])
}

#[test]
fn the_environment_holds_what_was_said_and_nothing_else() {
    let controller = shell("env")
        .env("EXTRA", "1")
        .aws_endpoint("http://127.0.0.1:9")
        .start()
        .unwrap();
    assert!(controller.wait().unwrap().success());
    let log = controller.log();
    let mut names: Vec<_> = log
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    names.retain(|name| !["PWD", "_", "SHLVL", "OLDPWD"].contains(name));
    names.sort_unstable();
    let expected = [
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "EXTRA",
        "HOME",
        "KUBECONFIG",
        "PATH",
    ];
    assert_eq!(names, expected);
}

#[test]
fn sigterm_gives_the_process_its_own_way_out() {
    let controller = shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done")
        .start()
        .unwrap();
    while !controller.log().contains("ready") {
        std::thread::yield_now();
    }
    assert_eq!(controller.sigterm().unwrap().code(), Some(7));
    assert!(!controller.is_running());
}

#[test]
fn kill9_gives_none() {
    let controller = shell("trap 'exit 7' TERM; while :; do sleep 0.05; done")
        .start()
        .unwrap();
    assert!(controller.is_running());
    assert_eq!(controller.kill9().unwrap().signal(), Some(9));
}

#[test]
fn a_process_started_from_a_thread_that_is_gone_lives_on_until_dropped() {
    let controller = std::thread::spawn(|| shell("exec sleep 600").start().unwrap())
        .join()
        .unwrap();
    assert!(controller.is_running());
    let process = Path::new("/proc").join(controller.id().to_string());
    assert!(process.exists());
    drop(controller);
    assert!(!process.exists());
}
