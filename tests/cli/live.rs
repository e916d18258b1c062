//! `plan` on a live account and `orphans` on a live cluster: the fixtures' snapshot, served by the sandbox.

use crate::{
    fixtures::{Folder, LEDGER, OWN_ENTRY, OWN_RULE},
    plan::actions,
};
use dms_network_harness::{ControlPlane, Sandbox, dummy_credentials};
use serde_json::{Value, json};

/// The environment of a run against the sandbox.
fn environment<'a>(sandbox: &'a Sandbox, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut env = dummy_credentials().to_vec();
    // The sandbox tells the account by the 12 digits of the key.
    env.push(("AWS_ACCESS_KEY_ID", "AKIA111122223333"));
    env.push(("AWS_ENDPOINT_URL", sandbox.endpoint()));
    env.extend(more);
    env
}

fn serve(folder: &Folder) -> Sandbox {
    Sandbox::start(&["--load", folder.path("snapshot").to_str().unwrap()]).unwrap()
}

#[test]
fn a_live_account_is_planned_like_its_snapshot() {
    let folder = Folder::new();
    folder.add_rules(OWN_RULE);
    let sandbox = serve(&folder);
    let env = environment(&sandbox, &[]);
    for files in [&["network.yaml"][..], &["network.yaml", "account.yaml"]] {
        let mut args = vec!["plan", "--owner", "prod-eu1", "-o", "json"];
        args.extend(files.iter().flat_map(|file| ["-f", file]));
        let live = folder.run_with(&args, "", &env);
        args.extend(["--snapshot", "snapshot"]);
        let saved = folder.run(&args);
        assert_eq!((live.code, saved.code), (2, 2), "{files:?}: {live:?}");
        assert_eq!(live.stdout, saved.stdout, "{files:?}");
    }
}

#[test]
fn a_saved_snapshot_is_planned_like_the_live_account() {
    let folder = Folder::new();
    folder.add_rules(OWN_RULE);
    folder.add_own_entry("acl-0d", OWN_ENTRY);
    let sandbox = serve(&folder);
    let env = environment(&sandbox, &[]);
    let save = [
        "snapshot",
        "--vpc",
        "vpc-0a",
        "--region",
        "eu-west-1",
        "-o",
        "saved",
    ];
    let saved = folder.run_with(&save, "", &env);
    assert_eq!((saved.code, saved.stderr.as_str()), (0, ""));
    let plan = [
        "plan",
        "-f",
        "network.yaml",
        "-f",
        "account.yaml",
        "--owner",
        "prod-eu1",
        "-o",
        "json",
    ];
    let live = folder.run_with(&plan, "", &env);
    let saved = folder.run(&[&plan[..], &["--snapshot", "saved"]].concat());
    assert_eq!(
        actions(&live.json()["networks"][0], "additions"),
        ["Join sg-0c", "Join acl-0d"]
    );
    assert_eq!(saved.stdout, live.stdout);
}

#[test]
fn an_account_that_the_credentials_are_not_of_is_an_error() {
    let folder = Folder::new();
    let sandbox = serve(&folder);
    folder.edit("account.yaml", "111122223333", "444455556666");
    let args = ["plan", "-f", "network.yaml", "-f", "account.yaml"];
    let run = folder.run_with(&args, "", &environment(&sandbox, &[]));
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr.contains("account 444455556666 in eu-west-1"),
        "{}",
        run.stderr
    );
    let unreachable = [("AWS_ENDPOINT_URL", "http://127.0.0.1:9")];
    let run = folder.run_with(&args, "", &environment(&sandbox, &unreachable));
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr.contains("AWS Health Dashboard"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_no_object_accounts_for_is_listed_and_stays() {
    let folder = Folder::new();
    folder.add_rules(OWN_RULE);
    folder.add_own_entry("acl-0d", OWN_ENTRY);
    let sandbox = serve(&folder);
    let plane = ControlPlane::start().unwrap();
    let crds = folder.run(&["crds"]).stdout;
    plane.apply("default", &crds).unwrap();
    plane
        .kubectl(&[
            "wait",
            "--for=condition=Established",
            "crd",
            "--all",
            "--timeout=60s",
        ])
        .unwrap();
    plane.create_namespace("migrations").unwrap();
    plane
        .apply("default", &folder.read("account.yaml"))
        .unwrap();
    let kubeconfig = plane.kubeconfig().to_str().unwrap().to_owned();
    let env = environment(&sandbox, &[("KUBECONFIG", &kubeconfig)]);
    let orphans = |more: &[&str]| {
        let run = folder.run_with(&[&["orphans"], more].concat(), "", &env);
        assert_eq!(run.code, 0, "{run:?}");
        run.stdout
    };
    let resources = |list: &str| {
        let list: Value = serde_json::from_str(list).unwrap();
        let orphans = list["orphans"].as_array().unwrap().clone();
        orphans
            .iter()
            .map(|orphan| orphan["resource"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };

    // The network calls for both.
    plane
        .apply("migrations", &folder.read("network.yaml"))
        .unwrap();
    assert_eq!(
        orphans(&["--owner", "prod-eu1"]),
        "Orphans of prod-eu1: 0\n"
    );

    // It calls for another port: the entry for answers is of any port, the rule is an orphan.
    folder.edit("network.yaml", "engine: postgres", "ports: [5433]");
    plane
        .apply("migrations", &folder.read("network.yaml"))
        .unwrap();
    let list = orphans(&["--owner", "prod-eu1", "-o", "json"]);
    assert_eq!(
        serde_json::from_str::<Value>(&list).unwrap(),
        json!({"owner": "prod-eu1", "orphans": [{
            "accountID": "111122223333", "region": "eu-west-1", "kind": "SecurityGroupRule", "resource": "sg-0c",
            "ruleID": "sgr-0b", "direction": "Ingress", "protocol": "tcp", "fromPort": 5432, "toPort": 5432,
            "securityGroupID": "sg-0a"}]})
    );

    // Its ledger has the rule.
    let status = format!("{}{LEDGER}", folder.read("network.yaml"));
    folder.write("status.yaml", status);
    let path = folder.path("status.yaml");
    let apply = [
        "apply",
        "--server-side",
        "--subresource=status",
        "-f",
        path.to_str().unwrap(),
    ];
    plane.kubectl(&apply).unwrap();
    assert_eq!(
        resources(&orphans(&["--owner", "prod-eu1", "-o", "json"])),
        Vec::<String>::new()
    );

    // Another deployment, such as the one that this cluster's kube-system namespace names, has none there.
    let list: Value = serde_json::from_str(&orphans(&["-o", "json"])).unwrap();
    assert_eq!(list["owner"].as_str().map(str::len), Some(36));
    assert_eq!(list["orphans"], json!([]));

    // Nothing was removed.
    let live = [
        "plan",
        "-f",
        "network.yaml",
        "--owner",
        "prod-eu1",
        "-o",
        "json",
    ];
    folder.edit("network.yaml", "ports: [5433]", "engine: postgres");
    let run = folder.run_with(&live, "", &env);
    assert_eq!(
        actions(&run.json()["networks"][0], "additions"),
        ["Join sg-0c", "Join acl-0d"]
    );
}
