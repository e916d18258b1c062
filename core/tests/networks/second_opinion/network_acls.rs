//! Amazon VPC User Guide, "Control traffic to subnets using network ACLs":
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>, its sections "Network ACL basics",
//! "Network ACL rules", "Default network ACL", "Custom network ACL" and "Ephemeral ports".

use super::{
    ask,
    ground::{admitted, one_vpc, one_vpc_of_ipv6, routed, to_internet},
};
use crate::{net::Net, world::World};
use dms_network_core::{api::Reason, snapshot::Read};
use serde_json::json;

const ARRIVES: &str = "arrives from 10.0.1.10";

/// The table of "Custom network ACL": inbound 100 HTTP, 110 HTTPS, 120 SSH and 130 RDP of the home network, 140 the
/// answers; outbound 100 HTTP, 110 HTTPS, 120 the answers to the home network, 140 those to clients on the internet.
const CUSTOM: &[&str] = &[
    "100 ingress allow tcp 80 0.0.0.0/0",
    "110 ingress allow tcp 443 0.0.0.0/0",
    "120 ingress allow tcp 22 192.0.2.0/24",
    "130 ingress allow tcp 3389 192.0.2.0/24",
    "140 ingress allow tcp 32768-65535 0.0.0.0/0",
    "100 egress allow tcp 80 0.0.0.0/0",
    "110 egress allow tcp 443 0.0.0.0/0",
    "120 egress allow tcp 1024-65535 192.0.2.0/24",
    "140 egress allow tcp 32768-65535 0.0.0.0/0",
];

/// What the second table adds for IPv6.
const CUSTOM_IPV6: &[&str] = &[
    "105 ingress allow tcp 80 ::/0",
    "115 ingress allow tcp 443 ::/0",
    "145 ingress allow tcp 32768-65535 ::/0",
    "105 egress allow tcp 80 ::/0",
    "115 egress allow tcp 443 ::/0",
    "145 egress allow tcp 32768-65535 ::/0",
];

fn to_port(net: Net, port: u16) -> World {
    let rule = format!("ingress tcp {port} sg-ri");
    World::on(net.group("sg-db", &[&rule])).endpoint(json!({"ports": [port]}))
}

/// The ACL in front of the database with these entries.
fn far(entries: &[&str], port: u16) -> World {
    to_port(one_vpc().entries("acl-far", entries), port)
}

/// The ACL in front of the replication instance with these entries.
fn near(entries: &[&str], port: u16) -> World {
    to_port(one_vpc().entries("acl-near", entries), port)
}

/// "Default network ACL": rule 100 lets everything in and out.
#[test]
fn the_default_acl_lets_everything_pass() {
    ask(World::on(admitted(one_vpc()))).finds("Permitted", ARRIVES);
}

/// "Network ACL rules", "Default network ACL": what no numbered rule matches, the rule `*` denies.
#[test]
fn an_acl_without_rules_denies_everything() {
    ask(near(&[], 5432))
        .finds(
            "Missing NoNetworkACLEntry: NetworkACLEgress acl-near",
            "Out acl-near: network ACL egress",
        )
        .mends(
            &[
                "+ acl-near 20000 egress tcp 5432 10.0.2.20/32",
                "+ acl-near 20000 ingress tcp 1024-65535 10.0.2.20/32",
            ],
            ARRIVES,
        );
}

/// "Network ACL rules": the lowest number first; the first that matches applies, whatever a higher one says.
#[test]
fn the_lowest_number_that_matches_applies_whatever_a_higher_one_says() {
    let allow_first = [
        "100 ingress allow tcp 5432 10.0.1.0/24",
        "110 ingress deny tcp 5432 10.0.1.0/24",
        "100 egress allow all 0.0.0.0/0",
    ];
    ask(far(&allow_first, 5432)).finds("Permitted", ARRIVES);
    let deny_first = [
        "100 ingress deny tcp 5432 10.0.1.0/24",
        "110 ingress allow tcp 5432 10.0.1.0/24",
        "100 egress allow all 0.0.0.0/0",
    ];
    ask(far(&deny_first, 5432)).finds(
        "Blocked BlockedByDeny: NetworkACLIngress acl-far",
        "Out acl-far: network ACL ingress",
    );
}

/// "Network ACL basics": rules are evaluated as traffic enters and leaves the subnet, not as it goes within it.
#[test]
fn within_a_subnet_nothing_is_evaluated() {
    let net = one_vpc()
        .entries(
            "acl-near",
            &[
                "1 ingress deny all 0.0.0.0/0",
                "1 egress deny all 0.0.0.0/0",
            ],
        )
        .interface("eni-db", "subnet-near", &["10.0.1.20"], &["sg-db"]);
    let world = World::on(admitted(net)).endpoint(json!({"addresses": ["10.0.1.20"]}));
    ask(world).finds("Permitted", ARRIVES);
}

/// "Network ACL basics": stateless: the answer to what came in is subject to the outbound rules.
#[test]
fn the_answer_is_subject_to_the_outbound_rules() {
    ask(far(&["100 ingress allow tcp 5432 10.0.1.10/32"], 5432))
        .finds(
            "Missing NoReturnEntry: NetworkACLEgress acl-far Return",
            "Back acl-far: network ACL egress of the answer",
        )
        .mends(
            &["+ acl-far 20000 egress tcp 1024-65535 10.0.1.10/32"],
            ARRIVES,
        );
}

/// "Custom network ACL": a packet for port 443 does not match rule 100 but 110; rule 140 lets the answer out.
#[test]
fn https_enters_by_rule_110_of_the_custom_acl_and_is_answered_by_rule_140() {
    let world = far(CUSTOM, 443);
    ask(world.clone()).finds("Permitted", ARRIVES);
    let evidence = |kind: &str, resource: &str| {
        let gates = world.gates();
        let gate = gates
            .iter()
            .find(|gate| gate.gate.to_string() == kind && gate.resource == resource);
        gate.unwrap().evidence.clone()
    };
    assert_eq!(
        evidence("NetworkACLIngress", "acl-far"),
        ["Ingress entry 110"]
    );
    assert_eq!(
        evidence("NetworkACLEgress", "acl-far"),
        ["Egress entry 140"]
    );
}

/// "Custom network ACL": a packet for port 139 matches no rule, and `*` denies it. The answer has its rule 140.
#[test]
fn port_139_matches_no_rule_of_the_custom_acl() {
    ask(far(CUSTOM, 139))
        .finds(
            "Missing NoNetworkACLEntry: NetworkACLIngress acl-far",
            "Out acl-far: network ACL ingress",
        )
        .mends(&["+ acl-far 20000 ingress tcp 139 10.0.1.10/32"], ARRIVES);
}

/// "Custom network ACL": rules 120 and 130 are for 192.0.2.0/24 alone.
#[test]
fn ssh_and_rdp_are_for_the_home_network_alone() {
    for port in [22, 3389] {
        ask(far(CUSTOM, port)).finds(
            "Missing NoNetworkACLEntry: NetworkACLIngress acl-far",
            "Out acl-far: network ACL ingress",
        );
    }
}

/// "Custom network ACL": outbound 110 lets a client's HTTPS out, inbound 140 the answers in; nothing else goes out.
#[test]
fn a_client_behind_the_custom_acl_dials_https_and_no_database() {
    ask(near(CUSTOM, 443)).finds("Permitted", ARRIVES);
    ask(near(CUSTOM, 5432))
        .finds(
            "Missing NoNetworkACLEntry: NetworkACLEgress acl-near",
            "Out acl-near: network ACL egress",
        )
        .mends(&["+ acl-near 20000 egress tcp 5432 10.0.2.20/32"], ARRIVES);
}

fn over_ipv6(entries: &[&str]) -> World {
    let net = one_vpc_of_ipv6()
        .main_table(&["10.0.0.0/16 local", "2001:db8:1234:1a00::/56 local"])
        .entries("acl-far", entries);
    to_port(net, 443)
        .client(json!({"privateIPs": ["2001:db8:1234:1a01::10"]}))
        .endpoint(json!({"ports": [443], "addresses": ["2001:db8:1234:1a02::20"]}))
}

/// "Custom network ACL": none of the rules for IPv4 applies to IPv6.
#[test]
fn the_rules_for_ipv4_do_not_apply_to_ipv6() {
    ask(over_ipv6(CUSTOM)).finds(
        "Missing NoNetworkACLEntry: NetworkACLIngress acl-far",
        "Out acl-far: network ACL ingress",
    );
    ask(over_ipv6(&[CUSTOM, CUSTOM_IPV6].concat()))
        .finds("Permitted", "arrives from 2001:db8:1234:1a01::10");
}

/// "Custom network ACL": a deny of some ports of a wide range takes effect only earlier in the table than its allow.
#[test]
fn a_deny_takes_effect_only_before_the_wide_allow() {
    let wide = [
        "100 ingress allow tcp 1024-65535 0.0.0.0/0",
        "100 egress allow all 0.0.0.0/0",
    ];
    let before = [&wide[..], &["90 ingress deny tcp 5432 0.0.0.0/0"]].concat();
    ask(far(&before, 5432)).finds(
        "Blocked BlockedByDeny: NetworkACLIngress acl-far",
        "Out acl-far: network ACL ingress",
    );
    let behind = [&wide[..], &["110 ingress deny tcp 5432 0.0.0.0/0"]].concat();
    ask(far(&behind, 5432)).finds("Permitted", ARRIVES);
}

fn answered_on(ports: &str) -> World {
    let answers = format!("100 ingress allow tcp {ports} 10.0.2.0/24");
    near(&["100 egress allow tcp 5432 10.0.2.0/24", &answers], 5432)
}

/// "Ephemeral ports": many Linux kernels choose 32768-61000; the client's ACL needs an inbound rule for them.
#[test]
fn the_ports_of_linux_are_enough_for_a_client_that_runs_linux() {
    let question = ask(answered_on("32768-61000"));
    question
        .clone()
        .client_port(32768)
        .finds("Permitted", ARRIVES);
    question.client_port(60999).finds("Permitted", ARRIVES);
}

/// "Ephemeral ports": Windows Server 2008 and later choose 49152-65535: fewer than a client that runs Linux may.
#[test]
fn the_ports_of_windows_are_not_enough_for_a_client_that_runs_linux() {
    let question = ask(answered_on("49152-65535"));
    let missing = "Missing NoReturnEntry: NetworkACLIngress acl-near Return";
    question.clone().client_port(49152).finds(missing, ARRIVES);
    let low = question.client_port(32768);
    low.finds(missing, "Back acl-near: network ACL ingress of the answer");
    low.mends(
        &["+ acl-near 20000 ingress tcp 1024-65535 10.0.2.20/32"],
        ARRIVES,
    );
}

/// The default route leads to `nat-0a` in `subnet-nat`, whose ACL has these entries besides those for the client.
fn behind_nat(entries: &[&str]) -> World {
    let client = [
        "100 ingress allow tcp 5432 10.0.1.0/24",
        "100 egress allow tcp 1024-65535 10.0.1.0/24",
    ];
    let net = routed(&["0.0.0.0/0 nat-0a"])
        .subnet("subnet-nat", &["10.0.5.0/28"])
        .acl("acl-nat", &["subnet-nat"], &[&client[..], entries].concat())
        .table(
            "rtb-nat",
            &["subnet-nat"],
            &["10.0.0.0/16 local", "0.0.0.0/0 igw-0a"],
        )
        .nat_gateway("nat-0a", "subnet-nat", &["198.51.100.1"], &["10.0.5.4"])
        .internet_gateway("igw-0a", &["vpc-0a"]);
    to_internet(net)
}

/// "Ephemeral ports": a NAT gateway uses 1024-65535.
#[test]
fn the_answers_to_a_nat_gateway_need_all_ports_from_1024() {
    let leaves = "leaves at igw-0a from 198.51.100.1";
    let out = "110 egress allow tcp 5432 0.0.0.0/0";
    ask(behind_nat(&[
        out,
        "110 ingress allow tcp 1024-65535 0.0.0.0/0",
    ]))
    .finds("External FarSideNotOurs: FarSide 203.0.113.20/32", leaves);
    ask(behind_nat(&[
        out,
        "110 ingress allow tcp 32768-65535 0.0.0.0/0",
    ]))
    .finds(
        "Missing NoReturnEntry: NetworkACLIngress acl-nat Return",
        &format!("Back acl-nat: network ACL ingress of the answer | {leaves}"),
    )
    .mends(
        &["+ acl-nat 20000 ingress tcp 1024-65535 203.0.113.20/32"],
        leaves,
    );
}

/// "Ephemeral ports": a few malicious ports may be denied within the range, earlier than its allow.
#[test]
fn a_malicious_port_may_be_denied_within_the_range() {
    let world = behind_nat(&[
        "110 egress allow tcp 5432 0.0.0.0/0",
        "105 ingress deny tcp 3389 0.0.0.0/0",
        "110 ingress allow tcp 1024-65535 0.0.0.0/0",
    ]);
    ask(world.clone()).finds(
        "External FarSideNotOurs: FarSide 203.0.113.20/32",
        "leaves at igw-0a from 198.51.100.1",
    );
    assert_eq!(world.notes(), [Reason::ReturnPortsDenied]);
}

/// "Network ACL basics": every subnet has an ACL; the same one may be associated with several.
#[test]
fn one_acl_may_stand_before_both_subnets() {
    let net = one_vpc()
        .but(|lists| lists.network_acls = Read::Known([].into()))
        .acl(
            "acl-both",
            &["subnet-near", "subnet-far"],
            &[
                "100 ingress allow tcp 5432 10.0.1.0/24",
                "110 ingress allow tcp 32768-65535 10.0.2.0/24",
                "100 egress allow tcp 5432 10.0.2.0/24",
            ],
        );
    ask(to_port(net, 5432))
        .finds(
            "Missing NoReturnEntry: NetworkACLEgress acl-both Return",
            "Back acl-both: network ACL egress of the answer",
        )
        .mends(
            &["+ acl-both 20000 egress tcp 1024-65535 10.0.1.10/32"],
            ARRIVES,
        );
}
