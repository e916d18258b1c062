//! What `explain` says of the networks of files: the decisions of `plan`, told path by path.

use crate::fixtures::{DENY, Folder, LEDGER, OWN_RULE, Run};
use serde_json::json;

fn explain(folder: &Folder, more: &[&str]) -> Run {
    let args = [
        "explain",
        "-f",
        "network.yaml",
        "-f",
        "account.yaml",
        "--snapshot",
        "snapshot",
    ];
    folder.run(&[&args, more].concat())
}

/// The folder with a second network beside the first, which is to an address in another subnet.
fn two_networks() -> Folder {
    let folder = Folder::new();
    let second = folder
        .read("network.yaml")
        .replace("name: orders,", "name: payments,")
        .replace("orders-source", "payments-source")
        .replace("10.0.4.20", "10.0.1.20")
        .replace("subnet-0c", "subnet-0a");
    let both = folder.read("network.yaml") + "---\n" + &second;
    folder.write("network.yaml", both);
    folder
}

#[test]
fn a_path_reads_from_the_replication_instance_to_the_database_and_back() {
    let run = explain(&Folder::new(), &[]);
    assert_eq!((run.code, run.stderr.as_str()), (2, ""));
    assert_eq!(run.stdout, include_str!("explain/same_vpc.txt"));
}

#[test]
fn what_a_person_must_do_is_said_once_with_the_words_of_the_plan() {
    let folder = Folder::new();
    folder.add_entries("acl-0a", DENY);
    let run = explain(&folder, &[]);
    assert_eq!(run.code, 3);
    let plan = folder.plan(&["-o", "json"]).json();
    let gates = plan["networks"][0]["paths"][0]["gates"].as_array().unwrap();
    let blocked = gates
        .iter()
        .find(|gate| gate["verdict"] == json!("Blocked"));
    for words in ["message", "remedy"] {
        let words = blocked.unwrap()[words].as_str().unwrap();
        assert_eq!(run.stdout.matches(words).count(), 1, "{}", run.stdout);
    }
    assert!(run.stdout.contains("see [1]"), "{}", run.stdout);
    assert!(
        run.stdout
            .contains("nothing is added while the path is Blocked")
    );
}

#[test]
fn the_exit_code_is_that_of_the_plan() {
    let folder = Folder::new();
    assert_eq!(explain(&folder, &[]).code, 2);
    folder.open();
    assert_eq!(explain(&folder, &[]).code, 0);
    folder.add_entries("acl-0a", DENY);
    assert_eq!(explain(&folder, &[]).code, 3);
    folder.write(
        "network.yaml",
        "kind: MigrationNetwork\napiVersion: dms-network.dev/v1alpha1\n",
    );
    let run = explain(&folder, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
}

#[test]
fn json_is_the_object_of_the_plan() {
    let folder = two_networks();
    folder.add_entries("acl-0a", DENY);
    let explained = explain(&folder, &["-o", "json"]);
    let planned = folder.plan(&["-o", "json"]);
    assert_eq!(explained.stdout, planned.stdout);
}

#[test]
fn one_network_or_one_endpoint_is_picked_and_counts_alone() {
    let folder = two_networks();
    folder.add_entries("acl-0a", DENY);
    for (picked, code) in [
        (["--network", "payments"], 2),
        (["--network", "migrations/payments"], 2),
        (["--endpoint", "payments-source"], 2),
        (["--network", "orders"], 3),
        (["--endpoint", "orders-source"], 3),
    ] {
        let run = explain(&folder, &[&picked[..], &["-o", "json"]].concat());
        assert_eq!(run.code, code, "{picked:?}");
        let networks = run.json()["networks"].clone();
        assert_eq!(networks.as_array().unwrap().len(), 1, "{picked:?}");
        let name = networks[0]["name"].as_str().unwrap();
        assert!(picked[1].contains(name), "{picked:?}: {name}");
    }
}

#[test]
fn a_name_that_is_not_there_is_refused_with_those_that_are() {
    let folder = two_networks();
    for (args, words) in [
        (
            ["--network", "shipping"],
            "--network shipping: no such network is declared; choose one of migrations/orders, migrations/payments",
        ),
        (
            ["--endpoint", "shipping"],
            "--endpoint shipping: no path leads to such an endpoint; choose one of orders-source, payments-source",
        ),
    ] {
        let run = explain(&folder, &args);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""));
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
}

#[test]
fn a_picture_shows_one_network() {
    let folder = two_networks();
    let run = explain(&folder, &["-o", "svg"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    let remedy = "there are 2: migrations/orders, migrations/payments; choose one with --network NAMESPACE/NAME";
    assert!(run.stderr.contains(remedy), "{}", run.stderr);
    let run = explain(&folder, &["-o", "svg", "--network", "payments"]);
    assert_eq!(run.code, 2);
    let picture = roxmltree::Document::parse(&run.stdout).unwrap();
    assert!(
        picture
            .root_element()
            .has_tag_name(("http://www.w3.org/2000/svg", "svg"))
    );
    assert!(run.stdout.contains("payments-source") && !run.stdout.contains("orders-source"));
}

#[test]
fn a_flowchart_shows_every_network() {
    let run = explain(&two_networks(), &["-o", "mermaid"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.starts_with("flowchart TB\n"));
    for endpoint in ["orders-source", "payments-source"] {
        assert!(run.stdout.contains(endpoint), "{}", run.stdout);
    }
}

#[test]
fn what_is_given_up_is_told_too() {
    let folder = Folder::new();
    folder.add_rules(OWN_RULE);
    let held = LEDGER.replace("orders-source", "gone");
    let held = held.replace(
        "fromPort: 5432\n    toPort: 5432",
        "fromPort: 5433\n    toPort: 5433",
    );
    folder.write("network.yaml", folder.read("network.yaml") + &held);
    let run = explain(&folder, &["--owner", "prod-eu1"]);
    assert!(
        run.stdout.contains(
            "What is removed\n  - SecurityGroupRule sg-0c: Ingress tcp 5433 from sg-0a, for gone\n"
        ),
        "{}",
        run.stdout
    );
}

#[test]
fn a_network_without_any_path_says_why() {
    let folder = Folder::new();
    folder.edit(
        "network.yaml",
        "accountRef: { name: prod }",
        "accountRef: { name: stage }",
    );
    let run = explain(&folder, &[]);
    assert_eq!(run.code, 3);
    assert!(
        run.stdout.contains("! stage: AccountNotFound: "),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("[1] Create the AWSAccount, or correct accountRef."),
        "{}",
        run.stdout
    );
    for form in ["mermaid", "svg"] {
        let run = explain(&folder, &["-o", form]);
        assert!(run.stdout.contains("AccountNotFound"), "{}", run.stdout);
    }
    let run = explain(&folder, &["--endpoint", "orders-source"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("there is no path at all"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_refused_is_said_at_the_gate_and_lifted_by_an_act() {
    let folder = Folder::new();
    folder.edit("account.yaml", "consent: None", "consent: Tag");
    let run = explain(&folder, &[]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("not added: refused"), "{}", run.stdout);
    let to_do = run.stdout.split_once("What a person must do").unwrap().1;
    assert!(
        to_do.contains("[1] aws ec2 create-tags --resources acl-0d sg-0c"),
        "{to_do}"
    );
}

#[test]
fn colours_are_for_terminals_only() {
    let folder = Folder::new();
    let args = ["explain", "-f", "network.yaml", "--snapshot", "snapshot"];
    let run = |env: &[(&str, &str)]| folder.run_with(&args, "", env).stdout;
    let plain = run(&[("TERM", "xterm-256color")]);
    assert!(!plain.contains('\u{1b}'), "a pipe is no terminal");
    assert!(run(&[("CLICOLOR_FORCE", "1")]).contains('\u{1b}'));
    assert_eq!(run(&[("CLICOLOR_FORCE", "0"), ("NO_COLOR", "1")]), plain);
}

#[test]
fn an_example_and_a_blocked_variant_of_it_are_told_in_the_words_of_the_plan() {
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/same-vpc");
    let folder = Folder::new();
    std::fs::remove_dir_all(folder.path("snapshot")).unwrap();
    for name in ["network.yaml", "account.yaml"] {
        folder.write(name, std::fs::read(example.join(name)).unwrap());
    }
    for file in std::fs::read_dir(example.join("snapshot")).unwrap() {
        let file = file.unwrap();
        let name = format!("snapshot/{}", file.file_name().to_str().unwrap());
        folder.write(&name, std::fs::read(file.path()).unwrap());
    }
    told_as_planned(&folder, 2);
    let routes = "snapshot/describe-route-tables.json";
    folder.edit(routes, "\"active\"", "\"blackhole\"");
    told_as_planned(&folder, 3);
}

/// Every gate with its message, and every remedy of a gate that is held, in the text and in the picture's titles.
fn told_as_planned(folder: &Folder, code: i32) {
    let text = explain(folder, &[]);
    let picture = explain(folder, &["-o", "svg"]);
    assert_eq!((text.code, picture.code), (code, code));
    let parsed = roxmltree::Document::parse(&picture.stdout).unwrap();
    let titles = parsed
        .descendants()
        .filter(|node| node.has_tag_name("title"));
    let titles: String = titles.filter_map(|title| title.text()).collect();
    let plan = folder.plan(&["-o", "json"]).json();
    for path in plan["networks"][0]["paths"].as_array().unwrap() {
        for gate in path["gates"].as_array().unwrap() {
            let held = gate["verdict"] == json!("Blocked");
            let remedy = gate["remedy"].as_str().filter(|_| held);
            for words in [gate["message"].as_str(), remedy].into_iter().flatten() {
                assert!(text.stdout.contains(words), "{words}: {}", text.stdout);
                assert!(titles.contains(words), "{words}: {titles}");
            }
        }
    }
}
