//! The endpoint: where the database is.

use crate::{
    net::Net,
    world::{World, endpoint},
};
use dms_network_core::snapshot::{DmsEndpoint, Read};
use serde_json::{Value, json};

fn to(addresses: &[&str]) -> World {
    World::on(Net::two_subnets()).endpoint(json!({"addresses": addresses}))
}

fn in_subnets(subnets: &[&str], addresses: Value) -> World {
    World::on(Net::two_subnets()).endpoint(json!({
        "addresses": addresses,
        "placement": {"sameVPC": {"securityGroupIDs": ["sg-db"], "subnetIDs": subnets}}
    }))
}

#[test]
fn every_host_and_port_is_a_path_of_its_own() {
    let world = World::on(Net::two_subnets()).endpoints([
        endpoint(json!({"name": "b", "addresses": ["10.0.2.30"]})),
        endpoint(
            json!({"name": "a", "ports": [1522, 1521], "addresses": ["10.0.2.21", "10.0.2.20"]}),
        ),
    ]);
    let paths: Vec<String> = world
        .paths()
        .iter()
        .map(|path| {
            path.split_once(':')
                .map(|_| path.split(": ").next().unwrap().to_owned())
                .unwrap()
        })
        .collect();
    assert_eq!(
        paths,
        [
            "a:1521 from subnet-near to 10.0.2.20/32",
            "a:1521 from subnet-near to 10.0.2.21/32",
            "a:1522 from subnet-near to 10.0.2.20/32",
            "a:1522 from subnet-near to 10.0.2.21/32",
            "b:5432 from subnet-near to 10.0.2.30/32",
        ]
    );
    world.settles();
}

#[test]
fn a_block_is_divided_by_what_holds_its_parts_and_each_part_is_judged_apart() {
    let world = to(&["10.0.0.0/14"]);
    assert_eq!(
        world.paths(),
        [
            "db:5432 from subnet-near to 10.0.0.0/24 10.0.3.0/24 10.0.4.0/22 10.0.8.0/21 10.0.16.0/20 10.0.32.0/19 \
             10.0.64.0/18 10.0.128.0/17: Blocked AddressNotInSubnet",
            "db:5432 from subnet-near to 10.0.1.0/24: Missing SecurityGroupHasNoRules",
            "db:5432 from subnet-near to 10.0.2.0/24: Missing SecurityGroupHasNoRules",
            "db:5432 from subnet-near to 10.1.0.0/16 10.2.0.0/15: Blocked AddressOutsideVPC",
        ]
    );
}

#[test]
fn a_part_within_the_clients_subnet_meets_no_acl_and_no_route() {
    let net = Net::two_subnets().entries("acl-near", &[]).main_table(&[]);
    let world = World::on(net).endpoint(json!({"addresses": ["10.0.1.20"]}));
    assert_eq!(
        world.walk(),
        [
            "SecurityGroupEgress sg-ri Permitted",
            "SecurityGroupIngress sg-db SecurityGroupHasNoRules"
        ]
    );
    world.settles();
}

#[test]
fn without_addresses_the_declared_subnets_stand_for_the_database() {
    let world = in_subnets(&["subnet-far", "subnet-near"], Value::Null);
    assert_eq!(
        world.paths(),
        [
            "db:5432 from subnet-near to 10.0.1.0/24: Missing SecurityGroupHasNoRules",
            "db:5432 from subnet-near to 10.0.2.0/24: Missing SecurityGroupHasNoRules",
        ]
    );
    assert_eq!(world.additions(), ["+ sg-db ingress tcp 5432 sg-ri"]);
    world.settles();
}

#[test]
fn places_where_no_database_can_be_block() {
    let rows = [
        (to(&["10.0.9.9"]), "AddressNotInSubnet", "lies in no subnet"),
        (to(&["10.7.0.1"]), "AddressOutsideVPC", "outside of vpc-0a"),
        (
            in_subnets(&["subnet-near"], json!(["10.0.2.20"])),
            "AddressNotInSubnet",
            "lies in subnet-far, which is not among the declared subnetIDs",
        ),
        (
            in_subnets(&["subnet-lost"], json!(["10.0.2.20"])),
            "SubnetNotFound",
            "subnet-lost",
        ),
        (
            in_subnets(&[], Value::Null),
            "AddressNotInSubnet",
            "neither addresses nor subnets",
        ),
    ];
    for (world, reason, words) in rows {
        assert_eq!(world.verdict(), format!("Blocked {reason}"));
        let gate = world.closed();
        assert!(gate.message.contains(words), "{}", gate.message);
        assert!(gate.remedy.is_some());
        assert_eq!(world.additions(), Vec::<String>::new());
    }
}

#[test]
fn the_range_that_dms_keeps_for_itself_is_never_reached() {
    let net = || {
        Net::two_subnets()
            .vpc("vpc-0a", &["10.0.0.0/16", "192.168.0.0/16"])
            .subnet("subnet-r", &["192.168.0.0/24"])
            .subnet("subnet-s", &["192.168.1.0/24"])
            .open_acl("acl-r", &["subnet-r", "subnet-s"])
            .main_table(&["10.0.0.0/16 local", "192.168.0.0/16 local"])
    };
    let world = World::on(net()).endpoint(json!({"addresses": ["192.168.0.20"]}));
    assert_eq!(world.verdict(), "Blocked ReservedByDMS");
    assert!(world.closed().remedy.unwrap().contains("proxy"));
    // Of a wider block, only that part.
    let world = World::on(net()).endpoint(json!({"addresses": ["192.168.0.0/23"]}));
    assert_eq!(
        world.paths(),
        [
            "db:5432 from subnet-near to 192.168.0.0/24: Blocked ReservedByDMS",
            "db:5432 from subnet-near to 192.168.1.0/24: Missing SecurityGroupHasNoRules",
        ]
    );
}

#[test]
fn dms_tells_the_port_of_an_endpoint_that_declares_only_its_arn() {
    let arn = "arn:aws:dms:eu-west-1:111122223333:endpoint:ABC";
    let world = |engine: Option<&str>, port: Option<u16>| {
        let net = Net::two_subnets().but(|lists| {
            let endpoint = DmsEndpoint {
                arn: arn.to_owned(),
                engine_name: engine.map(str::to_owned),
                port,
            };
            lists.dms_endpoints = Read::Known([(arn.to_owned(), endpoint)].into());
        });
        World::on(net).endpoint(json!({"ports": [], "arn": arn}))
    };
    assert_eq!(
        world(Some("oracle"), Some(1530)).additions(),
        ["+ sg-db ingress tcp 1530 sg-ri"]
    );
    assert_eq!(
        world(Some("oracle"), None).additions(),
        ["+ sg-db ingress tcp 1521 sg-ri"]
    );
    assert_eq!(
        world(Some("kafka"), None).verdict(),
        "Blocked EndpointPortUnknown"
    );
    let lost = world(None, None).moved(Net::two_subnets());
    assert_eq!(lost.verdict(), "Blocked DMSEndpointNotFound");
    let unread = world(None, None).moved(
        Net::two_subnets()
            .but(|l| l.dms_endpoints = Read::not_in_snapshot("dms:DescribeEndpoints")),
    );
    assert_eq!(unread.verdict(), "Unknown NotObserved");
}

#[test]
fn the_engine_gives_the_default_port() {
    let world = World::on(Net::two_subnets()).endpoint(json!({"ports": [], "engine": "mysql"}));
    assert_eq!(world.additions(), ["+ sg-db ingress tcp 3306 sg-ri"]);
}

#[test]
fn a_placement_of_no_known_form_is_not_understood_and_loses_nothing() {
    let world = World::on(Net::two_subnets())
        .endpoint(json!({"placement": {}}))
        .holding(&["sg-db ingress tcp 5432 sg-ri"]);
    assert_eq!(world.verdict(), "Blocked SpecNotUnderstood");
    assert_eq!(world.releases(), Vec::<String>::new());
}
