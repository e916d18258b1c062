//! Network ACLs: which entry decides, which entry is added, under which number.

use crate::{
    net::{Net, other_owner, owner},
    world::{World, endpoint},
};
use dms_network_core::api::Reason;
use serde_json::json;

/// Both ACLs without any entry of a person.
fn closed() -> Net {
    Net::two_subnets()
        .entries("acl-near", &[])
        .entries("acl-far", &[])
        .group("sg-db", &["ingress tcp 5432 sg-ri"])
}

/// The ACL of the database's subnet with these entries, everything else open.
fn far(entries: &[&str]) -> World {
    World::on(
        Net::two_subnets()
            .group("sg-db", &["ingress tcp 5432 sg-ri"])
            .entries("acl-far", entries),
    )
}

const OPEN: &str = "100 egress allow all 0.0.0.0/0";

#[test]
fn both_acls_get_the_port_on_the_way_out_and_the_return_ports_on_the_way_back() {
    let world = World::on(closed());
    assert_eq!(
        world.walk(),
        [
            "SecurityGroupEgress sg-ri Permitted",
            "NetworkACLEgress acl-near NoNetworkACLEntry",
            "Route rtb-main Permitted",
            "NetworkACLIngress acl-far NoNetworkACLEntry",
            "SecurityGroupIngress sg-db Permitted",
            "NetworkACLEgress acl-far Return NoReturnEntry",
            "Route rtb-main Return Permitted",
            "NetworkACLIngress acl-near Return NoReturnEntry",
        ]
    );
    assert_eq!(
        world.additions(),
        [
            "+ acl-far 20000 ingress tcp 5432 10.0.1.10/32",
            "+ acl-far 20000 egress tcp 1024-65535 10.0.1.10/32",
            "+ acl-near 20000 ingress tcp 1024-65535 10.0.2.20/32",
            "+ acl-near 20000 egress tcp 5432 10.0.2.20/32",
        ]
    );
    world.settles();
}

#[test]
fn one_acl_of_both_subnets_gets_all_four() {
    let net = Net::empty()
        .subnet("subnet-near", &["10.0.1.0/24"])
        .subnet("subnet-far", &["10.0.2.0/24"])
        .acl("acl-both", &["subnet-near", "subnet-far"], &[])
        .main_table(&["10.0.0.0/16 local"])
        .group("sg-ri", &["egress all 0.0.0.0/0"])
        .group("sg-db", &["ingress tcp 5432 sg-ri"]);
    let world = World::on(net);
    assert_eq!(
        world.additions(),
        [
            "+ acl-both 20001 ingress tcp 1024-65535 10.0.2.20/32",
            "+ acl-both 20000 ingress tcp 5432 10.0.1.10/32",
            "+ acl-both 20001 egress tcp 1024-65535 10.0.1.10/32",
            "+ acl-both 20000 egress tcp 5432 10.0.2.20/32",
        ]
    );
    world.settles();
}

#[test]
fn the_return_range_holds_the_port_towards_the_same_block() {
    // The client and the database may be in either subnet, and one ACL is in front of both.
    let net = Net::empty()
        .subnet("subnet-0a", &["10.0.1.0/24"])
        .subnet("subnet-0b", &["10.0.2.0/24"])
        .acl("acl-both", &["subnet-0a", "subnet-0b"], &[])
        .main_table(&["10.0.0.0/16 local"])
        .group("sg-all", &["egress all 0.0.0.0/0", "ingress all sg-all"]);
    let everywhere = json!(["subnet-0a", "subnet-0b"]);
    let placement = json!({"securityGroupIDs": ["sg-all"], "subnetIDs": everywhere});
    let world = World::on(net)
        .client(json!({
            "subnetIDs": everywhere, "privateIPs": [], "securityGroupIDs": ["sg-all"]
        }))
        .endpoint(json!({"addresses": null, "placement": {"sameVPC": placement}}));
    let plan = world.plan();
    let units: Vec<String> = plan.additions().map(|(unit, _)| unit.to_string()).collect();
    assert_eq!(
        units,
        [
            "acl-both ingress tcp 1024-65535 10.0.1.0/24",
            "acl-both ingress tcp 1024-65535 10.0.2.0/24",
            "acl-both egress tcp 1024-65535 10.0.1.0/24",
            "acl-both egress tcp 1024-65535 10.0.2.0/24",
        ]
    );
    world.settles();
}

#[test]
fn an_entry_that_two_endpoints_require_is_one_entry() {
    let world = World::on(closed())
        .account(json!({"networkACLs": "Report"}))
        .endpoints([
            endpoint(json!({"name": "a", "ports": [5432, 5433]})),
            endpoint(json!({"name": "b", "ports": [5433]})),
        ]);
    let requirements = world.plan().requirements;
    let entries = requirements
        .iter()
        .flat_map(|requirement| &requirement.entries);
    let at_far = entries.filter(|entry| entry.resource.as_str() == "acl-far");
    let words = at_far.map(|entry| {
        let number = entry.rule_number.unwrap();
        format!("{number} {} {}", entry.direction, entry.from_port)
    });
    let words: std::collections::BTreeSet<String> = words.collect();
    let words: Vec<String> = words.into_iter().collect();
    assert_eq!(words, ["1 Egress 1024", "1 Ingress 5432", "2 Ingress 5433"]);
}

/// Entries of the ACL in front of the database, and what comes of the flow into it.
#[test]
fn the_first_entry_that_matches_decides() {
    let rows: [(&[&str], &str); 13] = [
        (
            &["100 ingress allow tcp 5432 10.0.1.0/24"],
            "Permitted Permitted",
        ),
        (
            &["100 ingress allow tcp 5000-6000 10.0.0.0/16"],
            "Permitted Permitted",
        ),
        (
            &["100 ingress allow 17 10.0.0.0/16"],
            "Missing NoNetworkACLEntry",
        ),
        (
            &["100 ingress allow tcp 5432 ::/0"],
            "Missing NoNetworkACLEntry",
        ),
        (
            &[
                "90 ingress deny tcp 5432 10.0.0.0/8",
                "100 ingress allow all 0.0.0.0/0",
            ],
            "Blocked BlockedByDeny",
        ),
        (
            &[
                "90 ingress deny tcp 5433 10.0.0.0/8",
                "100 ingress allow all 0.0.0.0/0",
            ],
            "Permitted Permitted",
        ),
        (
            &[
                "90 ingress deny 17 10.0.0.0/8",
                "100 ingress allow all 0.0.0.0/0",
            ],
            "Permitted Permitted",
        ),
        (
            &[
                "80 ingress allow tcp 5432 10.0.1.10/32",
                "90 ingress deny all 0.0.0.0/0",
            ],
            "Permitted Permitted",
        ),
        (
            &["90 ingress deny tcp 5432 10.0.1.10/32"],
            "Blocked BlockedByDeny",
        ),
        // A deny of everything below our numbers is someone's decision, above them it is a default written by hand.
        (
            &["19999 ingress deny all 0.0.0.0/0"],
            "Blocked BlockedByDeny",
        ),
        (
            &["20049 ingress deny all 0.0.0.0/0"],
            "Blocked BlockedByDeny",
        ),
        (
            &["20050 ingress deny all 0.0.0.0/0"],
            "Missing NoNetworkACLEntry",
        ),
        // Less than everything is never a default.
        (
            &["32000 ingress deny tcp 0-65535 0.0.0.0/0"],
            "Blocked BlockedByDeny",
        ),
    ];
    for (entries, verdict) in rows {
        let world = far(&[entries, &[OPEN]].concat());
        assert_eq!(world.verdict(), verdict, "{entries:?}");
        let adds: &[&str] = if verdict.starts_with("Missing") {
            &["+ acl-far 20000 ingress tcp 5432 10.0.1.10/32"]
        } else {
            &[]
        };
        assert_eq!(world.additions(), adds, "{entries:?}");
        if !verdict.starts_with("Blocked") {
            world.settles();
        }
    }
}

#[test]
fn a_deny_of_a_part_of_the_flow_blocks_all_of_it() {
    let world = far(&[
        "90 ingress deny tcp 5432 10.0.1.77/32",
        "100 ingress allow all 0.0.0.0/0",
        OPEN,
    ])
    .client(json!({"privateIPs": []}));
    assert_eq!(world.verdict(), "Blocked BlockedByDeny");
}

#[test]
fn the_remedy_of_a_deny_is_the_exact_entry_that_would_lift_it() {
    let world = far(&[
        "89 ingress allow 17 0.0.0.0/0",
        "90 ingress deny tcp 5432 10.0.0.0/8",
        "100 ingress allow all 0.0.0.0/0",
        OPEN,
    ]);
    let gate = world.closed();
    assert_eq!(gate.evidence, ["Ingress entry 90"]);
    let command = "aws ec2 create-network-acl-entry --network-acl-id acl-far --ingress --rule-number 88 --protocol 6 \
                   --port-range From=5432,To=5432 --cidr-block 10.0.1.10/32 --rule-action allow";
    assert!(gate.remedy.unwrap().ends_with(command));
    // And it does lift it.
    let lifted = world.moved(world.net.clone().acl(
        "acl-far",
        &[],
        &["88 ingress allow tcp 5432 10.0.1.10/32"],
    ));
    assert_eq!(lifted.verdict(), "Permitted Permitted");
    // The plan says so, too.
    let refusal = &world.plan().refusals[0];
    assert_eq!(
        (refusal.resource.as_str(), refusal.reason),
        ("acl-far", Reason::BlockedByDeny)
    );
}

#[test]
fn the_remedy_names_the_source_that_is_denied_and_a_number_that_counts() {
    // Our numbers are no place for an entry without a claim, so the remedy stays below them.
    let world = far(&[
        "100 ingress allow tcp 5432 10.0.1.10/32",
        "20010 ingress deny tcp 5432 10.0.1.11/32",
        OPEN,
    ])
    .client(json!({"privateIPs": ["10.0.1.10", "10.0.1.11"]}));
    let remedy = world.closed().remedy.unwrap();
    assert!(remedy.contains("--rule-number 19999"), "{remedy}");
    assert!(remedy.contains("--cidr-block 10.0.1.11/32"), "{remedy}");
    assert!(!remedy.contains("10.0.1.10/32"), "{remedy}");
}

#[test]
fn a_deny_under_number_one_can_only_be_moved() {
    let world = far(&["1 ingress deny tcp 5432 10.0.1.10/32", OPEN]);
    let remedy = world.closed().remedy.unwrap();
    assert!(remedy.contains("move entry 1"), "{remedy}");
}

/// Entries for answers out of the database's subnet: ports 32768 to 60999 are what the client may use.
#[test]
fn return_ports() {
    let rows: [(&[&str], &str, &[Reason]); 7] = [
        (
            &["100 egress allow tcp 1024-65535 10.0.1.0/24"],
            "Permitted Permitted",
            &[],
        ),
        (
            &["100 egress allow tcp 32768-61000 10.0.1.0/24"],
            "Permitted Permitted",
            &[Reason::ReturnPortsDenied],
        ),
        (
            &["100 egress allow tcp 49152-65535 10.0.1.0/24"],
            "Missing NoReturnEntry",
            &[],
        ),
        (
            &[
                "90 egress deny tcp 3389 0.0.0.0/0",
                "100 egress allow all 0.0.0.0/0",
            ],
            "Permitted Permitted",
            &[Reason::ReturnPortsDenied],
        ),
        (
            &[
                "90 egress deny tcp 40000 0.0.0.0/0",
                "100 egress allow all 0.0.0.0/0",
            ],
            "Blocked BlockedByDeny",
            &[],
        ),
        (
            &["90 egress deny tcp 3389 0.0.0.0/0"],
            "Missing NoReturnEntry",
            &[Reason::ReturnPortsDenied],
        ),
        (
            &["90 egress deny tcp 22 0.0.0.0/0"],
            "Missing NoReturnEntry",
            &[],
        ),
    ];
    for (entries, verdict, notes) in rows {
        let world = far(&[entries, &["100 ingress allow all 0.0.0.0/0"]].concat());
        assert_eq!(world.verdict(), verdict, "{entries:?}");
        assert_eq!(world.notes(), notes, "{entries:?}");
        let adds: &[&str] = if verdict.starts_with("Missing") {
            &["+ acl-far 20000 egress tcp 1024-65535 10.0.1.10/32"]
        } else {
            &[]
        };
        assert_eq!(world.additions(), adds, "{entries:?}");
    }
}

#[test]
fn a_new_entry_stands_after_every_deny_that_decides_a_part_of_what_it_opens() {
    let number = |entries: &[&str]| {
        let world = far(&[entries, &["100 ingress allow all 0.0.0.0/0"]].concat());
        world.additions()
    };
    let after = |number: u16| {
        vec![format!(
            "+ acl-far {number} egress tcp 1024-65535 10.0.1.10/32"
        )]
    };
    assert_eq!(
        number(&["20003 egress deny tcp 3389 10.0.0.0/8"]),
        after(20004)
    );
    // Another port, another family, another block: it decides no part.
    assert_eq!(
        number(&["20003 egress deny tcp 443 10.0.0.0/8"]),
        after(20000)
    );
    assert_eq!(number(&["20003 egress deny tcp 3389 ::/0"]), after(20000));
    assert_eq!(
        number(&["20003 egress deny tcp 3389 10.9.0.0/16"]),
        after(20000)
    );
    // A deny that an earlier allow hides has no force to lose.
    assert_eq!(
        number(&[
            "100 egress allow tcp 3389 10.0.0.0/8",
            "20003 egress deny tcp 3389 10.0.0.0/8"
        ]),
        after(20000)
    );
}

#[test]
fn an_allow_that_may_go_away_hides_no_deny() {
    let world = far(&[
        "100 ingress allow all 0.0.0.0/0",
        "20010 egress allow tcp 3389 10.0.0.0/8",
        "20020 egress deny tcp 3389 10.0.0.0/8",
    ]);
    assert_eq!(
        world.additions(),
        ["+ acl-far 20021 egress tcp 1024-65535 10.0.1.10/32"]
    );
}

#[test]
fn without_a_number_behind_the_denies_the_path_is_refused() {
    let world = far(&[
        "100 ingress allow all 0.0.0.0/0",
        "20049 egress deny tcp 3389 10.0.0.0/8",
    ]);
    assert_eq!(world.additions(), Vec::<String>::new());
    assert_eq!(world.refusals(), [Reason::NoEntryNumber]);
    assert_eq!(world.outlook().reason(), Reason::NoEntryNumber);
}

#[test]
fn a_number_is_free_if_it_has_no_entry_and_nobodys_claim() {
    let net = closed()
        .entries("acl-near", &["100 ingress allow all 0.0.0.0/0", OPEN])
        .entries("acl-far", &[OPEN])
        .acl("acl-far", &[], &["20000 ingress allow tcp 22 10.0.0.0/8"])
        .claim(
            "acl-far",
            &owner(),
            "20001 ingress allow tcp 1521 10.0.9.9/32",
        );
    assert_eq!(
        World::on(net).additions(),
        ["+ acl-far 20002 ingress tcp 5432 10.0.1.10/32"]
    );
}

#[test]
fn a_claim_of_ours_whose_entry_is_lacking_keeps_its_number() {
    let net = closed()
        .entries("acl-near", &["100 ingress allow all 0.0.0.0/0", OPEN])
        .entries("acl-far", &[OPEN])
        .claim(
            "acl-far",
            &owner(),
            "20007 ingress allow tcp 5432 10.0.1.10/32",
        );
    assert_eq!(
        World::on(net.clone()).additions(),
        ["+ acl-far 20007 ingress tcp 5432 10.0.1.10/32"]
    );
    // Unless somebody else's entry took it.
    let net = net.acl("acl-far", &[], &["20007 ingress allow tcp 22 10.0.0.0/8"]);
    assert_eq!(
        World::on(net).additions(),
        ["+ acl-far 20000 ingress tcp 5432 10.0.1.10/32"]
    );
}

#[test]
fn a_claimed_number_before_a_deny_that_must_keep_its_force_is_not_used() {
    let world = far(&[
        "100 ingress allow all 0.0.0.0/0",
        "20005 egress deny tcp 3389 10.0.0.0/8",
    ]);
    let claim = "20003 egress allow tcp 1024-65535 10.0.1.10/32";
    let net = world.net.clone().claim("acl-far", &owner(), claim);
    assert_eq!(
        world.moved(net).additions(),
        ["+ acl-far 20006 egress tcp 1024-65535 10.0.1.10/32"]
    );
}

#[test]
fn a_number_for_a_person_is_none_that_deployments_share_and_stands_before_the_end_of_the_list() {
    let number = |entries: &[&str]| {
        let entries = [
            entries,
            &[
                "100 ingress allow all 0.0.0.0/0",
                "19999 egress deny tcp 3389 10.0.0.0/8",
            ],
        ]
        .concat();
        let plan = far(&entries)
            .account(json!({"networkACLs": "Report"}))
            .plan();
        plan.requirements[0].entries[0].rule_number
    };
    assert_eq!(number(&[]), Some(21000));
    assert_eq!(
        number(&["21000 egress allow tcp 1 10.0.0.0/8"]),
        Some(21001)
    );
    assert_eq!(number(&["20600 egress deny all 0.0.0.0/0"]), None);
    assert_eq!(number(&["20600 egress deny all ::/0"]), Some(21000));
}

#[test]
fn a_claim_of_another_deployment_in_our_numbers_is_refused() {
    let net = closed().claim(
        "acl-far",
        &other_owner(),
        "20048 ingress allow tcp 22 10.9.9.9/32",
    );
    let world = World::on(net);
    assert_eq!(world.additions(), Vec::<String>::new());
    assert_eq!(world.refusals(), [Reason::EntryRangeShared]);
    let net = closed().claim(
        "acl-far",
        &other_owner(),
        "20100 ingress allow tcp 22 10.9.9.9/32",
    );
    World::on(net).settles();
}

#[test]
fn an_unclaimed_allow_in_the_shared_numbers_counts_for_nothing_and_is_reported() {
    let world = far(&[OPEN, "20500 ingress allow all 0.0.0.0/0"]);
    assert_eq!(world.verdict(), "Missing NoNetworkACLEntry");
    assert_eq!(
        world.additions(),
        ["+ acl-far 20000 ingress tcp 5432 10.0.1.10/32"]
    );
    let note = &world.plan().paths[0].status.notes[0];
    assert_eq!(note.reason, Reason::UnclaimedEntry);
    assert!(
        note.message.contains("Ingress entry 20500 of acl-far"),
        "{}",
        note.message
    );
    // An entry whose content is not what its number was claimed for is nobody's, too.
    let world = far(&[OPEN]);
    let net = world.net.clone();
    let net = net
        .claim(
            "acl-far",
            &owner(),
            "20000 ingress allow tcp 5432 10.0.1.10/32",
        )
        .acl("acl-far", &[], &["20000 ingress allow tcp 5432 10.0.0.0/8"]);
    let world = world
        .moved(net)
        .holding(&["acl-far ingress tcp 5432 10.0.1.10/32"]);
    assert_eq!(world.verdict(), "Missing NoNetworkACLEntry");
    assert_eq!(
        world.additions(),
        ["+ acl-far 20001 ingress tcp 5432 10.0.1.10/32"]
    );
}

#[test]
fn a_deny_in_the_shared_numbers_counts() {
    let world = far(&[
        OPEN,
        "20500 ingress deny tcp 5432 10.0.0.0/8",
        "30000 ingress allow all 0.0.0.0/0",
    ]);
    assert_eq!(world.verdict(), "Blocked BlockedByDeny");
}

#[test]
fn a_subnet_whose_acl_the_answers_do_not_show_blocks() {
    let net = Net::two_subnets().but(|lists| {
        let dms_network_core::snapshot::Read::Known(acls) = &mut lists.network_acls else {
            panic!()
        };
        acls.remove(&crate::net::parse("acl-far"));
    });
    assert_eq!(World::on(net).verdict(), "Blocked NetworkACLNotFound");
}

#[test]
fn an_acl_that_we_may_not_change_is_a_requirement_with_exact_entries_that_would_count() {
    let net = closed().acl(
        "acl-far",
        &[],
        &[
            "90 ingress deny tcp 22 0.0.0.0/0",
            "95 egress deny tcp 3389 0.0.0.0/0",
        ],
    );
    let world = World::on(net)
        .client(json!({"privateIPs": ["10.0.1.10", "10.0.1.11"]}))
        .account(json!({"networkACLs": "Report"}));
    assert_eq!(world.verdict(), "Blocked NetworkACLNotManaged");
    assert_eq!(world.additions(), Vec::<String>::new());
    let requirements = world.plan().requirements;
    assert_eq!(requirements.len(), 1);
    let entries: Vec<String> = requirements[0]
        .entries
        .iter()
        .map(|entry| {
            format!(
                "{} {} {} {}-{} {}",
                entry.resource,
                entry.rule_number.unwrap(),
                entry.direction,
                entry.from_port,
                entry.to_port,
                entry.cidr
            )
        })
        .collect();
    assert_eq!(
        entries,
        [
            "acl-near 1 Egress 5432-5432 10.0.2.20/32",
            "acl-far 1 Ingress 5432-5432 10.0.1.10/32",
            "acl-far 2 Ingress 5432-5432 10.0.1.11/32",
            "acl-far 96 Egress 1024-65535 10.0.1.10/32",
            "acl-far 97 Egress 1024-65535 10.0.1.11/32",
            "acl-near 1 Ingress 1024-65535 10.0.2.20/32",
        ]
    );
    // Once the owner added them, the path is open.
    let net = world
        .net
        .clone()
        .acl(
            "acl-near",
            &[],
            &[
                "1 egress allow tcp 5432 10.0.2.20/32",
                "1 ingress allow tcp 1024-65535 10.0.2.20/32",
            ],
        )
        .acl(
            "acl-far",
            &[],
            &[
                "1 ingress allow tcp 5432 10.0.1.10/32",
                "2 ingress allow tcp 5432 10.0.1.11/32",
                "96 egress allow tcp 1024-65535 10.0.1.10/32",
                "97 egress allow tcp 1024-65535 10.0.1.11/32",
            ],
        );
    assert_eq!(world.moved(net).verdict(), "Permitted Permitted");
}

#[test]
fn an_acl_of_another_owner_is_not_managed() {
    let mut net = closed();
    net.acl_mut("acl-far").owner_id = Some(crate::net::parse("444455556666"));
    let world = World::on(net);
    assert_eq!(world.verdict(), "Blocked NetworkACLNotManaged");
    let gates = world.gates();
    let mine = gates
        .iter()
        .filter(|gate| gate.reason == Reason::NoNetworkACLEntry);
    assert!(mine.clone().count() == 1 && mine.clone().all(|gate| gate.resource == "acl-near"));
}

#[test]
fn ipv6_entries_never_match_ipv4() {
    let world = far(&[
        "100 ingress allow all ::/0",
        "101 ingress deny all ::/0",
        OPEN,
    ]);
    assert_eq!(world.verdict(), "Missing NoNetworkACLEntry");
}
