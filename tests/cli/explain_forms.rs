//! How `explain` tells paths of every topology, from plans written by hand.

use dms_network_controller::cli::explain::{mermaid, svg, text};
use dms_network_core::api::{GateKind, NetworkPlan, PlanDocument};
use serde_json::{Value, json};

const FORWARD: &str = "Forward";
const RETURN: &str = "Return";
const COMMAND: &str =
    "aws ec2 modify-instance-attribute --instance-id i-0b21d9eb21d9eb21d --no-source-dest-check";

fn gate(kind: &str, resource: &str, direction: &str) -> Value {
    json!({
        "gate": kind, "resource": resource, "direction": direction, "verdict": "Permitted", "reason": "Permitted",
        "evidence": [], "message": format!("{resource} lets it pass"), "remedy": null,
    })
}

fn with(
    mut gate: Value,
    verdict: &str,
    reason: &str,
    message: &str,
    remedy: Option<&str>,
) -> Value {
    gate["verdict"] = json!(verdict);
    gate["reason"] = json!(reason);
    gate["message"] = json!(message);
    gate["remedy"] = json!(remedy);
    gate
}

fn path(endpoint: &str, client: (&str, &str), verdict: &str, gates: Vec<Value>) -> Value {
    json!({
        "endpoint": endpoint, "port": 1521, "client": {"subnetID": client.0, "addresses": [client.1]},
        "destinations": ["172.16.9.4/32"], "sourceAddresses": ["10.0.2.5/32"], "verdict": verdict, "gates": gates,
    })
}

fn document(paths: Vec<Value>) -> Value {
    json!({"networks": [{
        "namespace": "migrations", "name": "orders", "ready": false, "reason": "SourceDestCheckEnabled",
        "paths": paths, "additions": [], "removals": [], "requirements": [], "refusals": [],
    }]})
}

fn read(document: Value) -> PlanDocument {
    serde_json::from_value(document).unwrap()
}

fn picture(document: Value) -> String {
    let networks: Vec<NetworkPlan> = read(document).networks;
    svg(&networks[0])
}

/// On-premises through a host that drops what is not for itself.
fn bridged(client: (&str, &str)) -> Value {
    let host = with(
        gate("Host", "i-0b21d9eb21d9eb21d", FORWARD),
        "Blocked",
        "SourceDestCheckEnabled",
        "eni-0b checks source and destination, so it drops what is not for itself",
        Some(COMMAND),
    );
    let far = with(
        gate("FarSide", "172.16.9.4/32", FORWARD),
        "External",
        "PermittedWithRequirements",
        "the on-premises firewall decides",
        None,
    );
    path(
        "erp",
        client,
        "Blocked",
        vec![
            gate("SecurityGroupEgress", "sg-0a", FORWARD),
            gate("NetworkACLEgress", "acl-0a", FORWARD),
            gate("Route", "rtb-0a", FORWARD),
            gate("NetworkACLIngress", "acl-0b", FORWARD),
            gate("SecurityGroupIngress", "sg-0b", FORWARD),
            host,
            far,
            gate("NetworkACLEgress", "acl-0b", RETURN),
            gate("Route", "rtb-0b", RETURN),
            gate("NetworkACLIngress", "acl-0a", RETURN),
        ],
    )
}

fn bridged_twice() -> Value {
    let mut document = document(vec![
        bridged(("subnet-0a", "10.0.1.10/32")),
        bridged(("subnet-0b", "10.0.2.10/32")),
    ]);
    document["networks"][0]["requirements"] = json!([{
        "who": "OnPremisesFirewall", "endpoint": "erp",
        "allow": {"protocol": "tcp", "port": 1521, "from": ["10.0.2.5/32"], "to": ["172.16.9.4/32"]},
    }]);
    document
}

/// Every kind of gate, out and back.
fn all_kinds() -> Value {
    let kinds = [
        GateKind::SecurityGroupEgress,
        GateKind::NetworkACLEgress,
        GateKind::Route,
        GateKind::VPCPeering,
        GateKind::TransitGateway,
        GateKind::InternetGateway,
        GateKind::EgressOnlyInternetGateway,
        GateKind::NATGateway,
        GateKind::Host,
        GateKind::Proxy,
        GateKind::VPNGateway,
        GateKind::Middlebox,
        GateKind::NetworkACLIngress,
        GateKind::SecurityGroupIngress,
        GateKind::FarSide,
        GateKind::Declaration,
    ];
    let on = |direction| {
        let gates = kinds.iter().enumerate();
        let gates = gates.map(move |(place, kind)| {
            gate(
                &kind.to_string(),
                &format!("{direction}-{place:017x}"),
                direction,
            )
        });
        gates.collect::<Vec<Value>>()
    };
    let gates = [on(FORWARD), on(RETURN)].concat();
    document(vec![path(
        "all-kinds",
        ("subnet-0a", "10.0.1.10/32"),
        "Permitted",
        gates,
    )])
}

/// Names as long as Kubernetes and AWS let them be, and long texts, to six endpoints.
fn long_names() -> Value {
    let paths = (0..6).map(|place| {
        let endpoint = format!("{place}-{}", "warehouse-".repeat(6).trim_end_matches('-'));
        let blocked = with(
            gate("TransitGateway", "tgw-attach-0123456789abcdef0", FORWARD),
            "Blocked",
            "SecurityGroupReferenceNotPreserved",
            &"aws-account-without-any-space/".repeat(20),
            Some(&format!("{place}: {}", COMMAND.repeat(5))),
        );
        let mut route = gate("Route", &"spec.endpoints[0].placement.".repeat(8), FORWARD);
        route["evidence"] = json!(vec![
            "2001:db8:aaaa:bbbb:cccc:dddd:eeee:0/112 -> tgw-0123456789abcdef0";
            4
        ]);
        let client = (
            "subnet-0123456789abcdef0",
            "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1/128",
        );
        let mut path = path(&endpoint, client, "Blocked", vec![route, blocked]);
        let block = |n: u16| format!("2001:db8:aaaa:bbbb:cccc:dddd:{n:x}:1/128");
        path["destinations"] = (1..60).map(block).collect();
        path["sourceAddresses"] = (1..60).map(block).collect();
        path["notes"] =
            json!([{"reason": "SecondaryAddressUnknown", "message": "unknown ".repeat(40)}]);
        path
    });
    let mut document = document(paths.collect());
    document["networks"][0]["namespace"] = json!("n".repeat(63));
    document["networks"][0]["name"] = json!("m".repeat(253));
    document
}

const HOSTILE: &str =
    "a <b> & \"c\" 'd' ]]> --> `e` #35; \\n <script>alert(1)</script>\nsecond line\u{1b}[31m\u{0}";

fn hostile() -> Value {
    let blocked = with(
        gate("Route", "rtb-0a", FORWARD),
        "Blocked",
        "NoRoute",
        HOSTILE,
        Some(HOSTILE),
    );
    let mut document = document(vec![path(
        "erp",
        ("subnet-0a", "10.0.1.10/32"),
        "Blocked",
        vec![blocked],
    )]);
    document["networks"][0]["refusals"] = json!([{
        "resource": HOSTILE, "reason": "QuotaExceeded", "evidence": [HOSTILE], "message": HOSTILE, "remedy": HOSTILE,
    }]);
    document
}

#[test]
fn a_gate_at_which_a_person_must_act_is_mended_once_for_all_paths() {
    let told = anstream::adapter::strip_str(&text(&read(bridged_twice()))).to_string();
    assert_eq!(told, include_str!("explain/bridged.txt"));
}

#[test]
fn paths_that_meet_the_same_gates_are_one_column_of_the_flowchart() {
    let kept = include_str!("explain/bridged.mmd");
    assert_eq!(mermaid(&read(bridged_twice())), kept);
}

#[test]
fn every_kind_of_gate_is_told_in_every_form() {
    let document = read(all_kinds());
    let forms = [
        text(&document),
        mermaid(&document),
        svg(&document.networks[0]),
    ];
    for form in forms {
        let mut last = 0;
        for gate in &document.networks[0].paths[0].gates {
            assert!(
                form.contains(&gate.gate.to_string()),
                "{}: {form}",
                gate.gate
            );
            assert!(form.contains(&gate.resource), "{}: {form}", gate.resource);
            last += 1;
        }
        assert_eq!(last, 32);
    }
}

#[test]
fn gates_are_told_in_the_order_in_which_a_packet_meets_them() {
    let document = read(all_kinds());
    for form in [text(&document), mermaid(&document)] {
        let gates = document.networks[0].paths[0].gates.iter();
        let places: Vec<_> = gates
            .map(|gate| form.find(&gate.resource).unwrap())
            .collect();
        assert!(places.is_sorted(), "{form}");
    }
}

#[test]
fn an_addition_stands_at_the_gate_that_it_opens() {
    let missing = |kind, resource, direction, reason| {
        with(
            gate(kind, resource, direction),
            "Missing",
            reason,
            "it is shut",
            Some("wait"),
        )
    };
    let gates = || {
        vec![
            missing("NetworkACLIngress", "acl-0d", FORWARD, "NoNetworkACLEntry"),
            missing(
                "SecurityGroupIngress",
                "sg-0c",
                FORWARD,
                "NoSecurityGroupRule",
            ),
            missing("NetworkACLEgress", "acl-0d", RETURN, "NoReturnEntry"),
        ]
    };
    let mut document = document(vec![
        path("a", ("subnet-0a", "10.0.1.10/32"), "Missing", gates()),
        path("b", ("subnet-0a", "10.0.1.10/32"), "Missing", gates()),
    ]);
    let entry = |direction, from, to, cidr| {
        json!({"kind": "NetworkACLEntry", "resource": "acl-0d", "direction": direction, "ruleNumber": 20000,
            "protocol": "tcp", "fromPort": from, "toPort": to, "cidr": cidr, "endpoint": "a", "action": "Create"})
    };
    document["networks"][0]["additions"] = json!([
        {"kind": "SecurityGroupRule", "resource": "sg-0c", "direction": "Ingress", "protocol": "tcp",
            "fromPort": 1521, "toPort": 1521, "securityGroupID": "sg-0a", "endpoint": "a", "action": "Join"},
        entry("Ingress", 1521, 1521, "10.0.1.10/32"),
        entry("Egress", 1024, 65535, "10.0.1.10/32"),
        entry("Ingress", 1024, 65535, "172.16.0.0/12"),
    ]);
    let told = anstream::adapter::strip_str(&text(&read(document))).to_string();
    // Both paths need each, and the plan names it for the first of them.
    for rule in [
        "+ Ingress 20000 tcp 1521 from 10.0.1.10/32",
        "~ Ingress tcp 1521 from sg-0a; joined: it is there by a claim",
        "+ Egress 20000 tcp 1024-65535 to 10.0.1.10/32",
    ] {
        assert_eq!(
            told.matches(&format!("\n                    {rule}\n"))
                .count(),
            2,
            "{told}"
        );
    }
    // What opens none of these gates is not lost.
    let further = "What else is added\n  + NetworkACLEntry acl-0d: Ingress 20000 tcp 1024-65535 from 172.16.0.0/12, for a\n";
    assert!(told.contains(further), "{told}");
}

#[test]
fn a_picture_stands_by_itself() {
    for document in [bridged_twice(), all_kinds(), long_names(), hostile()] {
        let picture = picture(document.clone());
        let parsed = roxmltree::Document::parse(&picture).unwrap();
        for element in parsed.descendants().filter(|node| node.is_element()) {
            let name = element.tag_name().name();
            let drawn = ["svg", "title", "desc", "style", "g", "rect", "path", "text"];
            assert!(drawn.contains(&name), "{name}");
            let mut attributes = element.attributes();
            assert!(attributes.all(|a| !a.name().starts_with("on") && a.name() != "href"));
        }
        assert!(!picture.contains("url(") && !picture.contains("@import"));
        assert!(picture.contains("@media (prefers-color-scheme:dark)"));
        assert_eq!(
            picture,
            self::picture(document),
            "two runs give the same bytes"
        );
    }
}

#[test]
fn a_picture_says_what_it_shows_to_those_who_do_not_see_it() {
    let picture = picture(bridged_twice());
    let parsed = roxmltree::Document::parse(&picture).unwrap();
    let root = parsed.root_element();
    let labels = root.attribute("aria-labelledby").unwrap().split(' ');
    let said: Vec<_> = labels
        .map(|id| {
            let mut nodes = root.children();
            nodes
                .find(|node| node.attribute("id") == Some(id))
                .unwrap()
                .text()
                .unwrap()
        })
        .collect();
    assert_eq!(
        said,
        [
            "The paths of migrations/orders",
            "not ready, SourceDestCheckEnabled. 2 paths: 2 Blocked; 0 to add, 0 to remove; 1 for a person to do; 1 for others to allow.",
        ]
    );
}

#[test]
fn paths_that_meet_the_same_gates_are_drawn_once_with_every_client() {
    let picture = picture(bridged_twice());
    assert_eq!(picture.matches("class=\"card\"").count(), 1);
    for client in ["subnet-0a (10.0.1.10/32)", "subnet-0b (10.0.2.10/32)"] {
        assert!(picture.contains(&format!(">{client}</text>")), "{picture}");
    }
    let mut apart = bridged_twice();
    apart["networks"][0]["paths"][1]["gates"][3]["resource"] = json!("acl-0e");
    assert_eq!(self::picture(apart).matches("class=\"card\"").count(), 2);
    // A lane is every combination of what it lists: two clients that each reach a database of their own are two lanes.
    let mut apart = bridged_twice();
    apart["networks"][0]["paths"][1]["destinations"] = json!(["172.16.9.5/32"]);
    assert_eq!(self::picture(apart).matches("class=\"card\"").count(), 2);
}

#[test]
fn a_verdict_is_told_by_word_and_by_shape() {
    let verdicts = ["Permitted", "External", "Missing", "Unknown", "Blocked"];
    let shapes: std::collections::BTreeSet<String> = verdicts
        .iter()
        .map(|verdict| {
            let gate = with(
                gate("Route", "rtb-0a", FORWARD),
                verdict,
                "NoRoute",
                "x",
                None,
            );
            let picture = picture(document(vec![path(
                "erp",
                ("subnet-0a", "10.0.1.10/32"),
                verdict,
                vec![gate],
            )]));
            let parsed = roxmltree::Document::parse(&picture).unwrap();
            let station = parsed.descendants().find(|node| {
                node.has_tag_name("g")
                    && node.children().any(|child| {
                        child
                            .text()
                            .is_some_and(|text| text.starts_with("Route rtb-0a"))
                    })
            });
            let station = station.unwrap();
            assert!(
                station
                    .descendants()
                    .any(|node| node.text() == Some(verdict)),
                "{verdict}"
            );
            let paths = station.children().filter(|node| node.has_tag_name("path"));
            paths
                .filter_map(|path| path.attribute("d"))
                .collect::<String>()
        })
        .collect();
    assert_eq!(shapes.len(), verdicts.len());
}

#[test]
fn no_text_leaves_its_place() {
    for document in [bridged_twice(), all_kinds(), long_names(), hostile()] {
        let picture = picture(document);
        let parsed = roxmltree::Document::parse(&picture).unwrap();
        let width: usize = parsed
            .root_element()
            .attribute("width")
            .unwrap()
            .parse()
            .unwrap();
        let mut texts = 0;
        for text in parsed
            .descendants()
            .filter(|node| node.has_tag_name("text"))
        {
            let at: usize = text.attribute("x").unwrap().parse().unwrap();
            let class = text.attribute("class").unwrap();
            let cells = text.text().map_or(0, |text| text.chars().count());
            // The widest font that is asked for, a monospaced one, takes six tenths of its size for a letter.
            let size = if class.contains("h1") {
                20
            } else if class.contains("h2") {
                15
            } else {
                12
            };
            let wide = cells * size * 62 / 100;
            if text.attribute("text-anchor") == Some("middle") {
                let ground = text.prev_sibling_element().unwrap();
                let [from, ground] = ["x", "width"].map(|name| {
                    let number = ground.attribute(name).unwrap();
                    number.parse::<usize>().unwrap()
                });
                assert!(wide <= ground, "{text:?}");
                assert!(from + ground / 2 == at, "{text:?}");
            } else {
                let end = if at < width / 2 && is_in_a_column(text) {
                    width / 2
                } else {
                    width - 24
                };
                assert!(at + wide <= end, "{at}+{wide}: {:?}", text.text());
            }
            texts += 1;
        }
        assert!(texts > 10);
    }
}

/// Gates stand in two columns, everything else takes the whole width.
fn is_in_a_column(text: roxmltree::Node<'_, '_>) -> bool {
    let mut siblings = text.parent().unwrap().children();
    siblings.any(|node| node.has_tag_name("path")) && text.parent().unwrap().has_tag_name("g")
}

#[test]
fn what_is_not_shown_whole_is_in_a_title() {
    let document = long_names();
    let picture = picture(document.clone());
    let parsed = roxmltree::Document::parse(&picture).unwrap();
    let titles = parsed
        .descendants()
        .filter(|node| node.has_tag_name("title"));
    let titles: String = titles.filter_map(|title| title.text()).collect();
    let network = &document["networks"][0];
    let path = &network["paths"][0];
    for whole in [
        network["name"].as_str().unwrap(),
        path["endpoint"].as_str().unwrap(),
        path["destinations"][58].as_str().unwrap(),
        path["gates"][0]["resource"].as_str().unwrap(),
        path["gates"][1]["message"].as_str().unwrap(),
        path["gates"][1]["remedy"].as_str().unwrap(),
    ] {
        assert!(titles.contains(whole), "{whole}");
    }
}

#[test]
fn any_text_is_shown_as_it_is_and_obeyed_nowhere() {
    let shown = HOSTILE.replace(['\u{1b}', '\0'], "\u{fffd}");
    let picture = picture(hostile());
    let parsed = roxmltree::Document::parse(&picture).unwrap();
    let mut titles = parsed
        .descendants()
        .filter(|node| node.has_tag_name("title"));
    assert!(
        titles.any(|title| title.text() == Some(shown.as_str())),
        "{picture}"
    );
    let document = read(hostile());
    let told = text(&document);
    assert!(told.contains("a <b> & \"c\" 'd' ]]> --> `e` #35; \\n <script>alert(1)</script>\n"));
    assert!(!told.contains("\u{1b}[31m\u{fffd}") && !told.contains('\0'));
    let chart = mermaid(&document);
    let label = "a #lt;b#gt; #amp; #quot;c#quot;";
    assert!(chart.contains(label), "{chart}");
    assert!(!chart.contains("<script>") && !chart.contains('`'));
    for line in chart.lines() {
        assert!(line.matches('"').count() % 2 == 0, "{line}");
    }
}
