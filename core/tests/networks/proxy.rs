//! A proxy: one connection to it, and another from it.

use crate::{net::Net, world::World};
use dms_network_core::api::{Reason, Who};
use serde_json::{Value, json};

/// `eni-0a` of `i-0a` in `subnet-proxy`, whose ACL and group `sg-proxy` are closed.
fn net() -> Net {
    Net::two_subnets()
        .with_gateways()
        .subnet("subnet-proxy", &["10.0.8.0/24"])
        .acl("acl-proxy", &["subnet-proxy"], &[])
        .group("sg-proxy", &[])
        .host(
            "eni-0a",
            "i-0a",
            "subnet-proxy",
            "10.0.8.5",
            &["sg-proxy"],
            true,
        )
}

fn behind(behind: Value, address: &str) -> Value {
    json!({"addresses": [address], "placement": {"proxy": {
        "host": {"instanceID": "i-0a", "securityGroupIDs": ["sg-proxy"]},
        "listenPort": 15432,
        "behind": behind,
    }}})
}

fn within() -> Value {
    behind(
        json!({"sameVPC": {"securityGroupIDs": ["sg-db"]}}),
        "10.0.2.20",
    )
}

#[test]
fn both_legs_are_opened_each_from_whoever_dials() {
    let world = World::on(net()).endpoint(within());
    assert_eq!(
        world.opened(),
        [
            "+ acl-proxy 20000 egress tcp 5432 10.0.2.20/32",
            "+ acl-proxy 20000 ingress tcp 15432 10.0.1.10/32",
            "+ acl-proxy 20001 egress tcp 1024-65535 10.0.1.10/32",
            "+ acl-proxy 20001 ingress tcp 1024-65535 10.0.2.20/32",
            "+ sg-db ingress tcp 5432 sg-proxy",
            "+ sg-proxy egress tcp 5432 10.0.2.20/32",
            "+ sg-proxy ingress tcp 15432 sg-ri",
        ]
    );
    let after = world.settles();
    let path = after.plan().paths.remove(0);
    assert_eq!(
        path.status.source_addresses,
        ["10.0.8.5/32".parse().unwrap()]
    );
    let walk = after.walk();
    let proxy = walk
        .iter()
        .position(|gate| gate.starts_with("Proxy eni-0a"));
    assert_eq!(
        walk[proxy.unwrap() + 1],
        "SecurityGroupEgress sg-proxy Permitted"
    );
}

#[test]
fn what_dms_never_reaches_is_reached_by_the_proxy() {
    let net = net()
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .vpn_connection("vpn-0a", "available", "vgw-0a")
        .main_table(&["10.0.0.0/16 local", "192.168.0.0/24 vgw-0a"]);
    let gateway = json!({"onPremises": {"via": {"gateway": {"id": "vgw-0a"}}}});
    let world = World::on(net.clone()).endpoint(behind(gateway.clone(), "192.168.0.9"));
    let after = world.settles();
    assert_eq!(after.verdict(), "External FarSideNotOurs");
    let requirement = after.plan().requirements.remove(0);
    assert_eq!(requirement.who, Who::OnPremisesFirewall);
    assert_eq!(requirement.allow.from, ["10.0.8.5/32".parse().unwrap()]);

    let directly =
        World::on(net).endpoint(json!({"addresses": ["192.168.0.9"], "placement": gateway}));
    assert_eq!(directly.verdict(), "Blocked ReservedByDMS");
    assert!(directly.closed().remedy.unwrap().contains("proxy"));
}

#[test]
fn a_proxy_that_is_not_there() {
    let mut endpoint = within();
    endpoint["placement"]["proxy"]["host"]["instanceID"] = json!("i-0b");
    let world = World::on(net()).endpoint(endpoint);
    assert_eq!(world.closed().reason, Reason::InstanceNotFound);
    let mut endpoint = within();
    endpoint["placement"]["proxy"]["host"]["securityGroupIDs"] = json!(["sg-db"]);
    let world = World::on(net()).endpoint(endpoint);
    assert_eq!(world.closed().reason, Reason::GroupNotOnInterface);
}

#[test]
fn the_port_that_a_proxy_listens_on_must_be_given_too() {
    let limited = |ports: &[u16]| {
        World::on(net())
            .account(json!({"limits": {"ports": ports}}))
            .endpoint(within())
    };
    let database_alone = limited(&[5432]);
    assert_eq!(database_alone.additions(), Vec::<String>::new());
    let refusals = database_alone.plan().refusals;
    assert!(
        refusals.iter().all(|it| it.message.contains("15432")),
        "{refusals:?}"
    );
    limited(&[5432, 15432]).settles();
}
