//! Bad input is an error that names the place, the value and the remedy: never a panic, never half a plan.

use crate::fixtures::{Folder, Run};

fn assert_refused(run: &Run, words: &[&str], case: &str) {
    assert_eq!(run.code, 1, "{case}: {run:?}");
    assert_eq!(run.stdout, "", "{case}");
    for word in words {
        assert!(
            run.stderr.contains(word),
            "{case}: no `{word}` in {}",
            run.stderr
        );
    }
    assert!(run.stderr.contains("error: "), "{case}: {}", run.stderr);
    assert!(!run.stderr.contains("panicked"), "{case}: {}", run.stderr);
}

#[test]
fn a_declaration_that_admission_would_refuse_is_an_error() {
    let object = "network.yaml, document 1 (MigrationNetwork migrations/orders): ";
    for (from, to, words) in [
        (
            "region: eu-west-1",
            "regoin: eu-west-1",
            ["spec.regoin", "write `region`"],
        ),
        (
            "region: eu-west-1",
            "region: Ireland",
            ["spec.region", "`Ireland`"],
        ),
        (
            "region: eu-west-1",
            "region: 7",
            ["spec.region", "write a text"],
        ),
        (
            "engine: postgres",
            "ports: [70000]",
            ["spec.endpoints[0].ports[0]", "70000"],
        ),
        (
            "engine: postgres",
            "ports: [99999999999999999999999]",
            ["spec.endpoints[0].ports[0]", "whole number"],
        ),
        (
            "engine: postgres",
            "ports: [-1]",
            ["spec.endpoints[0].ports[0]", "-1"],
        ),
        (
            "engine: postgres",
            "ports: [5432.5]",
            ["spec.endpoints[0].ports[0]", "5432.5"],
        ),
        (
            "engine: postgres",
            "ports: 5432",
            ["spec.endpoints[0].ports", "write a list"],
        ),
        (
            "engine: postgres",
            "engine: nosuch",
            ["spec.endpoints[0]", "nosuch"],
        ),
        (
            "10.0.4.20",
            "10.0.4.20/24",
            ["spec.endpoints[0].addresses[0]", "`10.0.4.0/24`"],
        ),
        (
            "10.0.4.20",
            "0.0.0.0/0",
            ["spec.endpoints[0].addresses[0]", "0.0.0.0/0"],
        ),
        (
            "10.0.4.20",
            "db.internal",
            ["spec.endpoints[0].addresses[0]", "db.internal"],
        ),
        (
            "[sg-0c]",
            "[subnet-0c]",
            ["securityGroupIDs[0]", "subnet-0c"],
        ),
        (
            "sameVPC:",
            "otherVPC:",
            ["spec.endpoints[0].placement", "vpcID"],
        ),
        (
            "dms-network.dev/v1alpha1",
            "dms-network.dev/v2",
            ["apiVersion", "dms-network.dev/v1alpha1"],
        ),
    ] {
        let folder = Folder::new();
        folder.edit("network.yaml", from, to);
        let run = folder.plan(&[]);
        assert_refused(&run, &[&[object], &words[..]].concat(), to);
    }
}

#[test]
fn a_text_that_is_no_document_is_an_error() {
    for (case, text) in [
        (
            "truncated",
            Folder::new().read("network.yaml")[..410].to_owned(),
        ),
        ("an open bracket", "a: [1\n".to_owned()),
        ("a tab", "a:\n\t- b\n".to_owned()),
        (
            "a key twice",
            Folder::new().read("account.yaml") + "kind: AWSAccount\n",
        ),
        ("not text", "\u{0}\u{1}".to_owned()),
        ("truncated JSON", "{\"apiVersion\": \"dms-net".to_owned()),
        ("nested deeply", "[".repeat(100_000)),
    ] {
        let folder = Folder::new();
        folder.write("network.yaml", text);
        assert_refused(&folder.plan(&[]), &["network.yaml, document 1"], case);
    }
}

#[test]
fn a_flood_of_aliases_is_an_error() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        text.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            vec![below; 10].join(", ")
        ));
    }
    let folder = Folder::new();
    folder.write("network.yaml", text);
    assert_refused(&folder.plan(&[]), &["network.yaml"], "aliases");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let folder = Folder::new();
    folder.edit(
        "network.yaml",
        "region: eu-west-1",
        "region: eu-west-1\n  mode: Never",
    );
    folder.edit("network.yaml", "engine: postgres", "ports: [0]");
    folder.edit("account.yaml", "consent: None", "consent: Maybe");
    let run = folder.plan(&["-f", "none.yaml"]);
    let words = [
        "`Never`",
        "ports[0]",
        "account.yaml, document 1 (AWSAccount prod): spec.consent",
        "none.yaml: ",
    ];
    assert_refused(&run, &words, "all");
    assert_eq!(run.stderr.matches("error: ").count(), 4, "{}", run.stderr);
}

#[test]
fn two_documents_of_a_name_are_an_error() {
    let folder = Folder::new();
    folder.write("again.yaml", folder.read("network.yaml"));
    let run = folder.plan(&["-f", "again.yaml"]);
    let first = "declared before, in network.yaml, document 1";
    assert_refused(
        &run,
        &[
            "again.yaml, document 1 (MigrationNetwork migrations/orders)",
            first,
        ],
        "network",
    );
    folder.write("again.yaml", folder.read("account.yaml"));
    assert_refused(
        &folder.plan(&["-f", "again.yaml"]),
        &["again.yaml", "(AWSAccount prod)"],
        "account",
    );
}

#[test]
fn files_that_declare_no_network_are_an_error() {
    let folder = Folder::new();
    let run = folder.run(&["plan", "-f", "account.yaml", "--snapshot", "snapshot"]);
    assert_refused(
        &run,
        &["no MigrationNetwork is declared"],
        "an account only",
    );
    let run = folder.run(&["plan", "-f", "-", "--snapshot", "snapshot"]);
    assert_refused(&run, &["no MigrationNetwork is declared"], "an empty input");
}

#[test]
fn a_snapshot_that_cannot_be_read_is_an_error() {
    let folder = Folder::new();
    let plan = |snapshot| folder.run(&["plan", "-f", "network.yaml", "--snapshot", snapshot]);
    assert_refused(&plan("none"), &["none: cannot be read"], "no folder");
    assert_refused(
        &plan("network.yaml"),
        &["network.yaml: cannot be read"],
        "a file",
    );
    for (case, text, words) in [
        ("truncated", &b"{\"Vpcs\": [{"[..], ["bad.json", "not JSON"]),
        ("empty", b"", ["bad.json", "not JSON"]),
        ("not UTF-8", b"{\"Vpcs\": [\"\xff\"]}", ["bad.json", "UTF-8"]),
        ("no list", b"{\"Vpcs\": 3}", ["bad.json", "`Vpcs`"]),
        ("a huge number", b"{\"NetworkAcls\": [{\"NetworkAclId\": \"acl-0f\", \"VpcId\": \"vpc-0a\", \"Entries\": \
          [{\"RuleNumber\": 99999999999999999999, \"Protocol\": \"6\", \"RuleAction\": \"allow\"}]}]}",
          ["bad.json", "NetworkAcls"]),
    ] {
        folder.write("bad/sub/bad.json", text);
        assert_refused(&plan("bad"), &words, case);
    }
}

#[test]
fn a_file_without_end_is_refused_before_all_of_it_is_read() {
    let folder = Folder::new();
    let words = ["longer than 64 MiB", "--filters"];
    std::os::unix::fs::symlink("/dev/zero", folder.path("snapshot/zero.json")).unwrap();
    // A device is no file of a folder; named itself it is read.
    assert_eq!(folder.plan(&[]).code, 2);
    let zero = folder.run(&["plan", "-f", "/dev/zero", "--snapshot", "snapshot"]);
    assert_refused(&zero, &words, "a device");
    let huge = std::fs::File::create(folder.path("snapshot/huge.json")).unwrap();
    huge.set_len(1 << 40).unwrap();
    assert_refused(&folder.plan(&[]), &words, "a file of a tebibyte");
}

#[test]
fn a_bad_command_line_exits_with_1_since_2_means_changes() {
    let folder = Folder::new();
    for (args, words) in [
        (&["plan"][..], "--filename"),
        (
            &["plan", "-f", "network.yaml", "-o", "xml"],
            "text, json, yaml",
        ),
        (
            &["plan", "-f", "network.yaml", "--owner", "Prod EU"],
            "`Prod EU` cannot name a deployment",
        ),
        (
            &["plan", "-f", "network.yaml", "--acl-entry-range", "1-50"],
            "FIRST-LAST within 20000-20999",
        ),
        (&["--log-level", "loud=very", "crds"], "write a level"),
        (&["nosuch"], "nosuch"),
        (&[], "Usage"),
    ] {
        let run = folder.run(args);
        assert_eq!(run.code, 1, "{args:?}");
        assert!(run.stderr.contains(words), "{args:?}: {}", run.stderr);
    }
}
