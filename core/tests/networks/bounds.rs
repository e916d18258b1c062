//! Bounds: what no account holds and no person declares, and what the planner makes of it.

use crate::{
    net::Net,
    world::{World, endpoint, unit},
};
use dms_network_core::{api::Reason, trace::MAX_PATHS};
use serde_json::{Value, json};

/// Endpoints of one port and as many hosts as an endpoint may have, which together make `paths` paths.
fn endpoints(paths: usize) -> Vec<Value> {
    const HOSTS: usize = 32;
    let hosts: Vec<String> = (0..HOSTS).map(|host| format!("10.0.2.{host}")).collect();
    let ports = (0..paths.div_ceil(HOSTS)).map(|number| {
        let hosts = hosts.get(..HOSTS.min(paths - number * HOSTS)).unwrap();
        endpoint(
            json!({"name": format!("db-{number}"), "ports": [2000 + number], "addresses": hosts}),
        )
    });
    ports.collect()
}

#[test]
fn an_object_has_as_many_paths_as_its_status_may_list() {
    let world = World::on(Net::two_subnets()).endpoints(endpoints(MAX_PATHS));
    assert_eq!(world.plan().paths.len(), MAX_PATHS);
}

#[test]
fn with_more_paths_nothing_is_added_and_nothing_is_released() {
    let held = "sg-db ingress tcp 5432 sg-ri";
    let world = World::on(Net::two_subnets())
        .endpoints(endpoints(MAX_PATHS + 1))
        .holding(&[held]);
    let plan = world.plan();
    let unresolved = plan.unresolved.clone().unwrap();
    assert_eq!(unresolved.reason, Reason::SpecNotUnderstood);
    assert!(
        unresolved.message.contains("divide the endpoints"),
        "{}",
        unresolved.message
    );
    assert_eq!(
        (
            plan.paths.len(),
            plan.additions().count(),
            plan.releases.len()
        ),
        (0, 0, 0)
    );
    assert!(plan.units.contains_key(&unit(held)));
}

#[test]
fn prefix_lists_that_are_longer_than_a_number_can_tell_leave_no_room() {
    let net = Net::two_subnets()
        .prefix_list("pl-0a", u32::MAX, Some(&["192.0.2.0/24"]))
        .prefix_list("pl-0b", u32::MAX, Some(&["198.51.100.0/24"]))
        .group("sg-db", &["ingress tcp 22 pl-0a", "ingress tcp 22 pl-0b"]);
    assert_eq!(World::on(net).refusals(), [Reason::QuotaExceeded]);
}

#[test]
fn of_many_routes_to_one_prefix_list_the_strongest_two_tell_whether_one_is_taken() {
    let to = |routes: &[&str]| {
        let net = Net::two_subnets()
            .prefix_list("pl-0a", 1, Some(&["10.0.2.0/24"]))
            .main_table(routes);
        World::on(net).verdict()
    };
    let (local, one, other) = ("10.0.0.0/16 local", "pl-0a eni-fa", "pl-0a eni-fb");
    assert_eq!(to(&[local, one, one]), to(&[local, one]));
    assert_eq!(
        to(&[local, one, other, one, other]),
        to(&[local, one, other])
    );
    assert_ne!(to(&[local, one, other]), to(&[local, one]));
}
