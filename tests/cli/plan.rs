//! What `plan` says to pipelines: exit codes, JSON, YAML, and which files count.

use crate::fixtures::{DENY, FOREIGN_RULE, Folder, LEDGER, OWN_RULE};
use serde_json::{Value, json};

/// A network like the first one, under another name.
fn second(folder: &Folder) -> String {
    folder
        .read("network.yaml")
        .replace("name: orders,", "name: payments,")
}

/// The network of `network.yaml` holds the rule of `prod-eu1`, by its status.
fn hold_the_rule(folder: &Folder) {
    folder.add_rules(OWN_RULE);
    folder.write("network.yaml", folder.read("network.yaml") + LEDGER);
}

pub(crate) fn actions(plan: &Value, list: &str) -> Vec<String> {
    let changes = plan[list].as_array().unwrap();
    changes
        .iter()
        .map(|change| {
            format!(
                "{} {}",
                change["action"].as_str().unwrap(),
                change["resource"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn a_path_that_lacks_a_rule_and_an_entry_gets_them_and_exits_with_2() {
    let run = Folder::new().plan(&["-o", "json"]);
    assert_eq!((run.code, run.stderr.as_str()), (2, ""));
    let plan = &run.json()["networks"][0];
    assert_eq!(plan["ready"], json!(false));
    assert_eq!(plan["reason"], json!("RulesMissing"));
    assert_eq!(plan["paths"][0]["verdict"], json!("Missing"));
    assert_eq!(
        plan["additions"],
        json!([
            {"kind": "SecurityGroupRule", "resource": "sg-0c", "direction": "Ingress", "protocol": "tcp",
             "fromPort": 5432, "toPort": 5432, "securityGroupID": "sg-0a", "endpoint": "orders-source",
             "action": "Create"},
            {"kind": "NetworkACLEntry", "resource": "acl-0d", "direction": "Egress", "ruleNumber": 20000,
             "protocol": "tcp", "fromPort": 1024, "toPort": 65535, "cidr": "10.0.1.10/32",
             "endpoint": "orders-source", "action": "Create"},
        ])
    );
}

#[test]
fn an_open_path_exits_with_0() {
    let folder = Folder::new();
    folder.open();
    let run = folder.plan(&["-o", "json"]);
    assert_eq!(run.code, 0);
    let plan = &run.json()["networks"][0];
    assert_eq!(
        (&plan["ready"], &plan["additions"]),
        (&json!(true), &json!([]))
    );
}

#[test]
fn a_deny_that_somebody_wrote_exits_with_3_even_where_another_network_has_changes_pending() {
    let folder = Folder::new();
    folder.add_entries("acl-0a", DENY);
    let run = folder.plan(&["-o", "json"]);
    assert_eq!(run.code, 3);
    let plan = &run.json()["networks"][0];
    assert_eq!(plan["reason"], json!("BlockedByDeny"));
    assert_eq!(plan["additions"], json!([]));
    // The second network's database is in the subnet of the replication instance, where no network ACL decides.
    let beside = second(&folder)
        .replace("10.0.4.20", "10.0.1.20")
        .replace("subnet-0c", "subnet-0a");
    folder.write("second.yaml", beside);
    let run = folder.plan(&["-f", "second.yaml", "-o", "json"]);
    assert_eq!(run.code, 3);
    assert_eq!(
        actions(&run.json()["networks"][1], "additions"),
        ["Create sg-0c"]
    );
}

#[test]
fn what_the_snapshot_does_not_hold_is_unknown_and_exits_with_3() {
    let folder = Folder::new();
    std::fs::remove_file(folder.path("snapshot/acls.json")).unwrap();
    let run = folder.plan(&["-o", "json"]);
    assert_eq!(run.code, 3);
    let plan = &run.json()["networks"][0];
    assert_eq!(plan["reason"], json!("NotObserved"));
    assert_eq!(plan["additions"], json!([]));
}

#[test]
fn a_snapshot_of_another_region_is_said() {
    let folder = Folder::new();
    folder.edit("network.yaml", "region: eu-west-1", "region: eu-central-1");
    let run = folder.plan(&[]);
    assert_eq!(run.code, 3);
    let note = "nothing of account 111122223333 in eu-central-1, where migrations/orders is";
    assert!(run.stderr.contains(note), "{}", run.stderr);
}

#[test]
fn a_resource_without_its_owners_consent_is_refused_with_the_command_that_gives_it_and_exits_with_3()
 {
    let folder = Folder::new();
    folder.edit("account.yaml", "consent: None", "consent: Tag");
    let run = folder.plan(&["-o", "json"]);
    assert_eq!(run.code, 3);
    let refusal = &run.json()["networks"][0]["refusals"][0];
    assert_eq!(refusal["reason"], json!("NotAllowedByAccount"));
    let remedy = refusal["remedy"].as_str().unwrap();
    assert!(
        remedy.contains("aws ec2 create-tags --resources acl-0d sg-0c"),
        "{remedy}"
    );
}

#[test]
fn without_an_account_there_are_no_guardrails_and_a_note_says_so() {
    let folder = Folder::new();
    let run = folder.run(&["plan", "-f", "network.yaml", "--snapshot", "snapshot"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("planned without guardrails"),
        "{}",
        run.stderr
    );
}

#[test]
fn with_accounts_the_networks_own_must_be_among_them() {
    let folder = Folder::new();
    folder.edit("account.yaml", "name: prod", "name: staging");
    let run = folder.plan(&["-o", "json"]);
    assert_eq!(run.code, 3);
    let plan = &run.json()["networks"][0];
    assert_eq!(plan["reason"], json!("AccountNotFound"));
    assert_eq!(plan["refusals"][0]["resource"], json!("prod"));
}

#[test]
fn another_account_behind_the_same_name_is_not_planned_on() {
    let folder = Folder::new();
    let scope = "status: { scopes: [{ accountRef: prod, accountID: \"444455556666\", region: eu-west-1 }] }\n";
    folder.write("network.yaml", folder.read("network.yaml") + scope);
    let run = folder.plan(&["-o", "json"]);
    assert_eq!(run.code, 3);
    assert_eq!(run.json()["networks"][0]["reason"], json!("AccountChanged"));
}

#[test]
fn a_namespace_is_given_an_account_by_the_labels_that_the_files_declare() {
    let folder = Folder::new();
    let selector = "selector: { matchLabels: { team: data } }";
    folder.edit("account.yaml", "names: [migrations]", selector);
    let run = folder.plan(&["-o", "json"]);
    assert_eq!(run.code, 3);
    assert_eq!(
        run.json()["networks"][0]["reason"],
        json!("NotAllowedByAccount")
    );
    let namespace = "apiVersion: v1
kind: Namespace
metadata: { name: migrations, labels: { team: data } }
";
    folder.write("namespace.yaml", namespace);
    assert_eq!(folder.plan(&["-f", "namespace.yaml"]).code, 2);
}

#[test]
fn json_and_yaml_are_the_same_plan_and_every_run_gives_the_same_bytes() {
    let folder = Folder::new();
    folder.write("second.yaml", second(&folder));
    let json = folder.plan(&["-f", "second.yaml", "-o", "json"]);
    let yaml = folder.plan(&["-f", "second.yaml", "-o", "yaml"]);
    assert_eq!(
        serde_saphyr::from_str::<Value>(&yaml.stdout).unwrap(),
        json.json()
    );
    let args = [
        "plan",
        "-f",
        "second.yaml",
        "-f",
        "account.yaml",
        "-f",
        "network.yaml",
    ];
    let turned = folder.run(&[&args[..], &["--snapshot", "snapshot", "-o", "json"]].concat());
    assert_eq!(turned.stdout, json.stdout);
    assert_eq!(
        folder.plan(&["-f", "second.yaml", "-o", "json"]).stdout,
        json.stdout
    );
}

#[test]
fn a_second_network_sees_the_additions_of_the_first_and_joins_them() {
    let folder = Folder::new();
    folder.write("second.yaml", second(&folder));
    let run = folder.plan(&["-f", "second.yaml", "-o", "json"]);
    assert_eq!(run.code, 2);
    let networks = &run.json()["networks"];
    assert_eq!(
        actions(&networks[0], "additions"),
        ["Create sg-0c", "Create acl-0d"]
    );
    assert_eq!(
        actions(&networks[1], "additions"),
        ["Join sg-0c", "Join acl-0d"]
    );
}

#[test]
fn the_status_of_a_document_is_what_the_network_holds() {
    let folder = Folder::new();
    hold_the_rule(&folder);
    let run = folder.plan(&["--owner", "prod-eu1", "-o", "json"]);
    assert_eq!(
        actions(&run.json()["networks"][0], "additions"),
        ["Create acl-0d"]
    );
    folder.edit(
        "network.yaml",
        "engine: postgres",
        "engine: postgres\n    ports: [5433]",
    );
    let run = folder.plan(&["--owner", "prod-eu1", "-o", "json"]);
    assert_eq!(run.code, 2);
    assert_eq!(
        actions(&run.json()["networks"][0], "removals"),
        ["Delete sg-0c"]
    );
}

#[test]
fn what_another_network_needs_is_left() {
    let folder = Folder::new();
    folder.write("second.yaml", second(&folder));
    hold_the_rule(&folder);
    folder.edit(
        "network.yaml",
        "engine: postgres",
        "engine: postgres\n    ports: [5433]",
    );
    let run = folder.plan(&["-f", "second.yaml", "--owner", "prod-eu1", "-o", "json"]);
    let networks = &run.json()["networks"];
    assert_eq!(actions(&networks[0], "removals"), ["Leave sg-0c"]);
    assert_eq!(
        actions(&networks[1], "additions"),
        ["Join sg-0c", "Join acl-0d"]
    );
}

#[test]
fn an_expired_network_gives_up_what_it_holds_unless_its_mode_only_adds() {
    let folder = Folder::new();
    hold_the_rule(&folder);
    let expired = "region: eu-west-1\n  expirationTime: 2020-01-01T00:00:00Z\n  replication";
    folder.edit("network.yaml", "region: eu-west-1\n  replication", expired);
    let run = folder.plan(&["--owner", "prod-eu1", "-o", "json"]);
    assert_eq!(run.code, 2);
    let plan = &run.json()["networks"][0];
    assert_eq!(plan["reason"], json!("Expired"));
    assert_eq!(actions(plan, "removals"), ["Delete sg-0c"]);
    folder.edit(
        "network.yaml",
        "expirationTime",
        "mode: AddOnly\n  expirationTime",
    );
    let run = folder.plan(&["--owner", "prod-eu1", "-o", "json"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.json()["networks"][0]["removals"], json!([]));
}

#[test]
fn a_region_that_was_left_is_cleaned_up() {
    let folder = Folder::new();
    folder.open();
    let left = LEDGER.replace("region: eu-west-1", "region: eu-central-1");
    folder.write("network.yaml", folder.read("network.yaml") + &left);
    let run = folder.plan(&["--owner", "prod-eu1", "-o", "json"]);
    assert_eq!(run.code, 2);
    let plan = &run.json()["networks"][0];
    assert_eq!(plan["ready"], json!(true));
    assert_eq!(actions(plan, "removals"), ["Delete sg-0c"]);
}

#[test]
fn entries_are_numbered_in_the_slice_of_the_owner_or_in_the_one_given() {
    let folder = Folder::new();
    let number = |more: &[&str]| {
        let run = folder.plan(&[&["-o", "json"], more].concat());
        run.json()["networks"][0]["additions"][1]["ruleNumber"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(number(&[]), 20000);
    assert_eq!(number(&["--acl-entry-range", "20150-20199"]), 20150);
    let of_owner = number(&["--owner", "prod-eu1"]);
    assert_eq!(of_owner % 50, 0);
    assert_ne!(of_owner, 20000);
    assert_eq!(
        number(&["--owner", "prod-eu1", "--acl-entry-range", "20950-20999"]),
        20950
    );
}

#[test]
fn the_standard_input_and_whole_folders_are_read() {
    let folder = Folder::new();
    let both = format!(
        "{}---\n{}",
        folder.read("network.yaml"),
        folder.read("account.yaml")
    );
    let args = ["plan", "-f", "-", "--snapshot", "snapshot", "-o", "json"];
    let piped = folder.run_with(&args, &both, &[]);
    assert_eq!((piped.code, piped.stderr.as_str()), (2, ""));
    folder.write("deploy/a/account.yaml", folder.read("account.yaml"));
    folder.write("deploy/network.yml", folder.read("network.yaml"));
    folder.write("deploy/README.md", "not: [yaml");
    let walked = folder.run(&[
        "plan",
        "-f",
        "deploy",
        "--snapshot",
        "snapshot",
        "-o",
        "json",
    ]);
    assert_eq!(walked.stdout, piped.stdout);
}

#[test]
fn a_list_as_kubectl_prints_it_is_read() {
    let folder = Folder::new();
    let item = |name| serde_saphyr::from_str::<Value>(&folder.read(name)).unwrap();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [item("network.yaml"), item("account.yaml")]});
    let args = ["plan", "-f", "-", "--snapshot", "snapshot", "-o", "json"];
    let run = folder.run_with(&args, &list.to_string(), &[]);
    assert_eq!(run.stdout, folder.plan(&["-o", "json"]).stdout);
}

#[test]
fn other_kinds_are_passed_over_with_a_note() {
    let folder = Folder::new();
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n---\nkey: value\n";
    folder.write("other.yaml", other);
    let run = folder.plan(&["-f", "other.yaml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .contains("passed over: ConfigMap (1), no kind (1)"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_order_of_rules_and_files_changes_no_byte() {
    let folder = Folder::new();
    folder.add_rules(FOREIGN_RULE);
    let before = folder.plan(&["-o", "json"]);
    let mut groups: Value = serde_json::from_str(&folder.read("snapshot/groups.json")).unwrap();
    for list in ["SecurityGroups", "SecurityGroupRules"] {
        groups[list].as_array_mut().unwrap().reverse();
    }
    std::fs::remove_file(folder.path("snapshot/groups.json")).unwrap();
    folder.write("snapshot/0.json", groups.to_string());
    assert_eq!(folder.plan(&["-o", "json"]).stdout, before.stdout);
}
