//! Whose a rule is: what counts, what is joined, what is kept and what is released.

use crate::{
    net::{Net, other_owner, owner},
    world::{World, endpoint, unit},
};
use dms_network_core::{api::Reason, plan::Standing};
use serde_json::json;

const RULE: &str = "ingress tcp 5432 sg-ri";
const UNIT: &str = "sg-db ingress tcp 5432 sg-ri";

fn claimed() -> Net {
    Net::two_subnets().claimed_rules("sg-db", &owner(), &[RULE])
}

fn standing(world: &World, text: &str) -> Option<Standing> {
    world
        .plan()
        .units
        .get(&unit(text))
        .map(|planned| planned.standing)
}

#[test]
fn an_own_rule_in_the_own_ledger_counts() {
    let world = World::on(claimed()).holding(&[UNIT]);
    assert_eq!(world.verdict(), "Permitted Permitted");
    assert_eq!(standing(&world, UNIT), Some(Standing::Stands));
    assert!(world.outlook().ready());
}

#[test]
fn a_rule_that_another_object_holds_is_missing_and_joined() {
    for net in [
        claimed(),
        Net::two_subnets().claimed_rules("sg-db", &other_owner(), &[RULE]),
    ] {
        let world = World::on(net);
        assert_eq!(world.verdict(), "Missing NoSecurityGroupRule");
        assert_eq!(world.notes(), [Reason::PermittedByAnotherClaim]);
        assert_eq!(world.additions(), [format!("& {UNIT}")]);
        world.settles();
    }
}

#[test]
fn a_wider_rule_of_another_object_is_not_relied_on() {
    let net =
        Net::two_subnets().claimed_rules("sg-db", &owner(), &["ingress tcp 5432 10.0.0.0/16"]);
    let world = World::on(net);
    assert_eq!(world.notes(), [Reason::PermittedByAnotherClaim]);
    assert_eq!(world.additions(), [format!("+ {UNIT}")]);
    world.settles();
}

#[test]
fn an_entry_of_another_object_is_joined_under_its_number() {
    let net = Net::two_subnets()
        .group("sg-db", &[RULE])
        .entries("acl-far", &["100 egress allow all 0.0.0.0/0"])
        .claimed_entry(
            "acl-far",
            &owner(),
            "20017 ingress allow tcp 5432 10.0.1.10/32",
        );
    let world = World::on(net);
    assert_eq!(world.verdict(), "Missing NoNetworkACLEntry");
    assert_eq!(world.notes(), [Reason::PermittedByAnotherClaim]);
    assert_eq!(
        world.additions(),
        ["& acl-far 20017 ingress tcp 5432 10.0.1.10/32"]
    );
    let mut after = world.settles().net;
    let before = world.net.clone().acl_mut("acl-far").entries.len();
    assert_eq!(after.acl_mut("acl-far").entries.len(), before);
}

#[test]
fn deployments_never_share_an_entry() {
    let net = Net::two_subnets()
        .group("sg-db", &[RULE])
        .entries("acl-far", &["100 egress allow all 0.0.0.0/0"])
        .claimed_entry(
            "acl-far",
            &other_owner(),
            "20117 ingress allow tcp 5432 10.0.1.10/32",
        );
    let world = World::on(net);
    assert_eq!(world.notes(), [Reason::PermittedByAnotherClaim]);
    assert_eq!(
        world.additions(),
        ["+ acl-far 20000 ingress tcp 5432 10.0.1.10/32"]
    );
    world.settles();
}

#[test]
fn an_own_claim_that_is_being_released_is_taken_back() {
    let mut net = claimed();
    for rule in &mut net.group_mut("sg-db").rules {
        if let Some(value) = rule.tags.get_mut("dms-network.dev/claim.prod-eu1") {
            *value = "releasing 2026-12-01T00:00:00Z".to_owned();
        }
    }
    let world = World::on(net).holding(&[UNIT]);
    assert_eq!(world.verdict(), "Missing NoSecurityGroupRule");
    assert_eq!(world.additions(), [format!("& {UNIT}")]);
    world.settles();
}

#[test]
fn a_rule_without_the_managed_tag_is_foreign_whatever_else_it_carries() {
    let mut net = claimed();
    for rule in &mut net.group_mut("sg-db").rules {
        rule.tags.remove("dms-network.dev/managed");
    }
    let world = World::on(net);
    assert_eq!(world.verdict(), "Permitted Permitted");
    assert_eq!(world.additions(), Vec::<String>::new());
}

#[test]
fn a_rule_deleted_by_hand_comes_back() {
    let world = World::on(Net::two_subnets()).holding(&[UNIT]);
    assert_eq!(world.additions(), [format!("+ {UNIT}")]);
    world.settles();
}

#[test]
fn grouped_permissions_carry_no_tags_and_the_ledger_says_which_are_ours() {
    let mut net = claimed();
    for rule in &mut net.group_mut("sg-db").rules {
        rule.id = None;
        rule.tags.clear();
    }
    let world = World::on(net).holding(&[UNIT]);
    assert_eq!(standing(&world, UNIT), Some(Standing::Stands));
    assert!(world.outlook().ready());
}

#[test]
fn a_held_unit_stays_while_it_is_called_for_also_when_a_foreign_rule_covers_it() {
    let world = World::on(claimed().group("sg-db", &["ingress all 0.0.0.0/0"])).holding(&[UNIT]);
    assert_eq!(world.releases(), Vec::<String>::new());
    assert_eq!(standing(&world, UNIT), Some(Standing::Stands));
}

#[test]
fn a_held_unit_that_is_gone_is_not_made_again_where_a_foreign_rule_covers_it() {
    let net = Net::two_subnets().group("sg-db", &["ingress all 0.0.0.0/0"]);
    let world = World::on(net).holding(&[UNIT]);
    assert_eq!(standing(&world, UNIT), Some(Standing::Kept));
    assert_eq!(world.additions(), Vec::<String>::new());
}

#[test]
fn a_unit_that_is_called_for_no_more_is_released() {
    let world = World::on(claimed())
        .holding(&[UNIT])
        .endpoint(json!({"ports": [1521]}));
    assert_eq!(world.additions(), ["+ sg-db ingress tcp 1521 sg-ri"]);
    assert_eq!(world.releases(), [UNIT]);
}

#[test]
fn an_endpoint_that_is_gone_from_the_declaration_holds_nothing_back() {
    let world = World::on(claimed())
        .holding_for("former", &[UNIT])
        .endpoint(json!({"ports": [1521], "addresses": ["10.0.9.9"]}));
    assert_eq!(world.verdict(), "Blocked AddressNotInSubnet");
    assert_eq!(world.releases(), [UNIT]);
}

#[test]
fn nothing_is_released_for_an_endpoint_whose_path_was_cut_short() {
    let net = claimed().but(|lists| {
        lists.security_groups =
            dms_network_core::snapshot::Read::not_in_snapshot("ec2:DescribeSecurityGroups");
    });
    let unread = World::on(net).holding(&[UNIT]);
    let blocked = World::on(claimed())
        .holding(&[UNIT])
        .endpoint(json!({"addresses": ["10.0.9.9"], "ports": [1521]}));
    for world in [unread, blocked] {
        assert_eq!(world.additions(), Vec::<String>::new());
        assert_eq!(world.releases(), Vec::<String>::new());
        assert_eq!(standing(&world, UNIT), Some(Standing::Kept));
    }
}

#[test]
fn one_cut_endpoint_holds_back_only_what_the_ledger_names_it_for() {
    let net = Net::two_subnets().claimed_rules(
        "sg-db",
        &owner(),
        &["ingress tcp 1521 sg-ri", "ingress tcp 1433 sg-ri"],
    );
    let world = World::on(net)
        .holding_for("cut", &["sg-db ingress tcp 1521 sg-ri"])
        .holding_for("db", &["sg-db ingress tcp 1433 sg-ri"])
        .endpoints([
            endpoint(json!({})),
            endpoint(json!({"name": "cut", "addresses": ["10.0.9.9"]})),
        ]);
    assert_eq!(world.releases(), ["sg-db ingress tcp 1433 sg-ri"]);
    assert_eq!(
        standing(&world, "sg-db ingress tcp 1521 sg-ri"),
        Some(Standing::Kept)
    );
}

#[test]
fn a_narrowed_declaration_adds_the_replacement_while_the_old_unit_is_released() {
    let wide = World::on(
        Net::two_subnets()
            .group("sg-own", &[])
            .entries("acl-far", &[])
            .entries("acl-near", &[]),
    )
    .client(json!({"securityGroupIDs": ["sg-own"]}))
    .endpoint(json!({"addresses": ["10.0.2.0/24"]}))
    .settles();
    let narrow = wide.clone().endpoint(json!({"addresses": ["10.0.2.20"]}));
    assert_eq!(
        narrow.additions(),
        [
            "+ sg-own egress tcp 5432 10.0.2.20/32",
            "+ acl-near 20001 ingress tcp 1024-65535 10.0.2.20/32",
            "+ acl-near 20001 egress tcp 5432 10.0.2.20/32",
        ]
    );
    assert_eq!(
        narrow.releases(),
        [
            "sg-own egress tcp 5432 10.0.2.0/24",
            "acl-near ingress tcp 1024-65535 10.0.2.0/24",
            "acl-near egress tcp 5432 10.0.2.0/24",
        ]
    );
    narrow.settles();
}

#[test]
fn the_endpoints_that_call_for_a_unit_are_named_with_it() {
    let world = World::on(claimed())
        .holding_for("former", &[UNIT])
        .endpoints([
            endpoint(json!({"name": "one"})),
            endpoint(json!({"name": "two", "addresses": ["10.0.2.30"]})),
        ]);
    let plan = world.plan();
    let names: Vec<&str> = plan.units[&unit(UNIT)]
        .endpoints
        .iter()
        .map(|name| name.as_str())
        .collect();
    assert_eq!(names, ["one", "two"]);
}

#[test]
fn an_endpoint_whose_path_was_cut_short_stays_named_beside_those_that_call() {
    let world = World::on(claimed()).holding_for("cut", &[UNIT]).endpoints([
        endpoint(json!({"name": "cut", "addresses": ["10.0.9.9"]})),
        endpoint(json!({"name": "one"})),
    ]);
    let plan = world.plan();
    let planned = &plan.units[&unit(UNIT)];
    assert_eq!(planned.standing, Standing::Stands);
    assert_eq!(planned.endpoints.len(), 2);
}

#[test]
fn an_entry_of_another_deployment_is_not_ours_though_our_ledger_has_one_like_it() {
    let net = Net::two_subnets()
        .group("sg-db", &[RULE])
        .entries("acl-far", &["100 egress allow all 0.0.0.0/0"])
        .claimed_entry(
            "acl-far",
            &other_owner(),
            "20117 ingress allow tcp 5432 10.0.1.10/32",
        );
    let world = World::on(net).holding(&["acl-far ingress tcp 5432 10.0.1.10/32"]);
    assert_eq!(
        world.additions(),
        ["+ acl-far 20000 ingress tcp 5432 10.0.1.10/32"]
    );
}

#[test]
fn a_held_form_that_was_deleted_by_hand_comes_back_as_it_was() {
    // 10.0.1.10 carries sg-ri alone; what is held for 10.0.1.11, which may carry both, names sg-own.
    let net = Net::two_subnets()
        .group("sg-own", &["egress all 0.0.0.0/0"])
        .interface("eni-ri", "subnet-near", &["10.0.1.10"], &["sg-ri"]);
    let world = World::on(net)
        .client(json!({
            "securityGroupIDs": ["sg-own", "sg-ri"], "privateIPs": ["10.0.1.10", "10.0.1.11"]
        }))
        .holding(&["sg-db ingress tcp 5432 sg-own"]);
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 5432 sg-own",
            "+ sg-db ingress tcp 5432 sg-ri"
        ]
    );
    world.settles();
}

#[test]
fn what_is_replaced_stays_while_its_replacement_is_refused() {
    let net = Net::two_subnets()
        .claimed_rules("sg-db", &owner(), &[RULE])
        .but(|lists| lists.quotas.rules_per_security_group = 1);
    let world = World::on(net)
        .holding(&[UNIT])
        .endpoint(json!({"ports": [1521]}));
    assert_eq!(world.refusals(), [Reason::QuotaExceeded]);
    assert_eq!(world.releases(), Vec::<String>::new());
    assert_eq!(standing(&world, UNIT), Some(Standing::Kept));
    // Of an endpoint that is gone nothing waits for room.
    let gone = world.endpoint(json!({"name": "other", "ports": [1521]}));
    assert_eq!(gone.releases(), [UNIT]);
}

#[test]
fn a_unit_that_comes_back_keeps_the_names_of_the_endpoints_that_were_cut_short() {
    let world = World::on(Net::two_subnets())
        .holding_for("cut", &[UNIT])
        .endpoints([
            endpoint(json!({"name": "cut", "addresses": ["10.0.9.9"]})),
            endpoint(json!({"name": "one"})),
        ]);
    let plan = world.plan();
    assert_eq!(plan.units[&unit(UNIT)].standing, Standing::Create);
    assert_eq!(plan.units[&unit(UNIT)].endpoints.len(), 2);
}
