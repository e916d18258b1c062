//! Help, version and completions.

use crate::fixtures::Folder;
use std::process::Command;

const SUBCOMMANDS: [&str; 7] = [
    "run",
    "crds",
    "plan",
    "explain",
    "snapshot",
    "orphans",
    "completions",
];

#[test]
fn every_help_text_ends_with_examples_that_call_the_subcommand() {
    let folder = Folder::new();
    for subcommand in SUBCOMMANDS {
        for flag in ["-h", "--help"] {
            let run = folder.run(&[subcommand, flag]);
            assert_eq!((run.code, run.stderr.as_str()), (0, ""));
            let (_, examples) = run.stdout.split_once("Examples:").expect(subcommand);
            let call = format!("\n  dms-network-controller {subcommand}");
            assert!(examples.contains(&call), "{subcommand} {flag}: {examples}");
        }
    }
    let all = folder.run(&["--help"]);
    assert_eq!(all.code, 0);
    for subcommand in SUBCOMMANDS {
        assert!(
            all.stdout.contains(&format!("\n  {subcommand} ")),
            "{subcommand}: {}",
            all.stdout
        );
    }
}

#[test]
fn every_example_is_a_command_line_that_is_understood() {
    let folder = Folder::new();
    for subcommand in SUBCOMMANDS {
        let help = folder.run(&[subcommand, "--help"]).stdout;
        let examples = help.split_once("Examples:").unwrap().1;
        for line in examples.lines() {
            let Some(command) = line.strip_prefix("  dms-network-controller ") else {
                continue;
            };
            let end = command.find(['|', '>', '<', ';']).unwrap_or(command.len());
            let mut args: Vec<&str> = command[..end].split_whitespace().collect();
            // With --help at its end a command line is checked up to there, and nothing is done.
            args.push("--help");
            assert_eq!(folder.run(&args).code, 0, "{line}");
        }
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let run = Folder::new().run(&["--version"]);
    let version = concat!("dms-network-controller ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!((run.code, run.stdout.as_str()), (0, version));
}

#[cfg(unix)]
#[test]
fn under_its_name_as_a_plugin_it_speaks_of_kubectl() {
    let folder = Folder::new();
    let plugin = folder.path("kubectl-dms_network");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_dms-network-controller"), &plugin).unwrap();
    let output = Command::new(plugin)
        .args(["plan", "--help"])
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("Usage: kubectl dms-network plan"), "{help}");
    assert!(help.contains("\n  kubectl dms-network plan -f"), "{help}");
    assert!(!help.contains("dms-network-controller"), "{help}");
}

#[test]
fn every_shell_gets_a_completion_script() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = folder.run(&["completions", shell]);
        assert_eq!(run.code, 0, "{shell}");
        assert!(run.stdout.contains("acl-entry-range"), "{shell}");
    }
}

#[test]
fn the_definitions_are_printed_or_written() {
    let folder = Folder::new();
    let printed = folder.run(&["crds"]);
    assert_eq!(printed.code, 0);
    assert_eq!(folder.run(&["crds", "--output", "out/crds"]).code, 0);
    let written = [
        folder.read("out/crds/migrationnetworks.yaml"),
        folder.read("out/crds/awsaccounts.yaml"),
    ];
    for file in written {
        assert!(printed.stdout.contains(&file));
    }
    folder.write("blocked", "a file");
    let refused = folder.run(&["crds", "--output", "blocked/crds"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("give a folder"),
        "{}",
        refused.stderr
    );
}
