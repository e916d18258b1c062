//! On-premises: by a gateway, or by a host that bridges to the site.

use crate::{
    net::{Net, vpc_attachment},
    world::World,
};
use dms_network_core::{
    api::{Reason, Who},
    snapshot::AttachedResource,
};
use serde_json::{Value, json};

pub(crate) fn site(via: Value) -> Value {
    json!({"addresses": ["172.16.9.4"], "placement": {"onPremises": {"via": via}}})
}

pub(crate) fn by_gateway(net: Net, id: &str) -> World {
    World::on(net).endpoint(site(json!({"gateway": {"id": id}})))
}

fn near(routes: &[&str]) -> Net {
    let local: &[&str] = &["10.0.0.0/16 local"];
    Net::two_subnets()
        .with_gateways()
        .main_table(&[local, routes].concat())
}

#[test]
fn an_attached_virtual_private_gateway_leads_to_the_firewall_of_the_site() {
    let net = near(&["172.16.0.0/12 vgw-0a propagated"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .vpn_connection("vpn-0a", "available", "vgw-0a");
    let world = by_gateway(net, "vgw-0a");
    assert_eq!(
        world.walk(),
        [
            "SecurityGroupEgress sg-ri Permitted",
            "NetworkACLEgress acl-near Permitted",
            "Route rtb-main Permitted",
            "VPNGateway vgw-0a Permitted",
            "FarSide 172.16.9.4/32 FarSideNotOurs",
            "NetworkACLIngress acl-near Return Permitted",
        ]
    );
    assert_eq!(world.notes(), Vec::<Reason>::new());
    let requirement = world.plan().requirements.remove(0);
    assert_eq!(requirement.who, Who::OnPremisesFirewall);
    assert_eq!(requirement.allow.from, ["10.0.1.10/32".parse().unwrap()]);
    assert_eq!(requirement.allow.to, ["172.16.9.4/32".parse().unwrap()]);
    assert!(world.outlook().ready());
}

#[test]
fn what_stops_a_gateway() {
    let rows = [
        (near(&[]), "vgw-0a", "Blocked NoRoute"),
        (
            near(&["172.16.0.0/12 vgw-0a"]),
            "vgw-0a",
            "Blocked GatewayNotFound",
        ),
        (
            near(&["172.16.0.0/12 vgw-0a"]).vpn_gateway("vgw-0a", &["vpc-0c"]),
            "vgw-0a",
            "Blocked GatewayNotAttached",
        ),
        (
            near(&["172.16.0.0/12 vgw-0b"]).vpn_gateway("vgw-0b", &["vpc-0a"]),
            "vgw-0a",
            "Blocked RouteGoesElsewhere",
        ),
        (
            near(&["172.16.0.0/12 vgw-0a blackhole"]).vpn_gateway("vgw-0a", &["vpc-0a"]),
            "vgw-0a",
            "Blocked RouteNotActive",
        ),
    ];
    for (net, id, verdict) in rows {
        assert_eq!(by_gateway(net, id).verdict(), verdict);
    }
}

#[test]
fn a_gateway_without_a_connection_is_noted_since_direct_connect_is_not_read() {
    let net = near(&["172.16.0.0/12 vgw-0a"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .vpn_connection("vpn-0a", "deleted", "vgw-0a");
    let world = by_gateway(net, "vgw-0a");
    assert_eq!(world.verdict(), "External FarSideNotOurs");
    assert_eq!(world.notes(), [Reason::VPNDown]);
}

#[test]
fn a_transit_gateway_leads_to_the_site_by_an_attachment_that_leads_back() {
    let attached = |routes: &[&str]| {
        near(&["172.16.0.0/12 tgw-0a"])
            .transit_gateway("tgw-0a", false, routes)
            .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
            .attachment("tgw-attach-v", AttachedResource::Vpn("vpn-0a".into()))
    };
    let both = attached(&["172.16.0.0/12 tgw-attach-v", "10.0.0.0/16 tgw-attach-a"]);
    let world = by_gateway(both, "tgw-0a");
    assert_eq!(
        world.verdict(),
        "External FarSideNotOurs",
        "{:?}",
        world.walk()
    );
    let one_way = attached(&["172.16.0.0/12 tgw-attach-v"]);
    let world = by_gateway(one_way, "tgw-0a");
    assert_eq!(world.verdict(), "Blocked TransitGatewayNoRoute");
    let to_a_vpc = attached(&["172.16.0.0/12 tgw-attach-a", "10.0.0.0/16 tgw-attach-a"]);
    let world = by_gateway(to_a_vpc, "tgw-0a");
    assert_eq!(world.verdict(), "Blocked RouteGoesElsewhere");
}

#[test]
fn a_private_nat_gateway_on_the_way_is_what_the_site_sees() {
    let net = near(&["172.16.0.0/12 nat-0a"])
        .subnet("subnet-nat", &["10.0.8.0/24"])
        .acl("acl-nat", &["subnet-nat"], &[])
        .table(
            "rtb-nat",
            &["subnet-nat"],
            &["10.0.0.0/16 local", "172.16.0.0/12 vgw-0a"],
        )
        .nat_gateway("nat-0a", "subnet-nat", &[], &["10.0.8.7"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .vpn_connection("vpn-0a", "available", "vgw-0a");
    let world = by_gateway(net, "vgw-0a");
    assert_eq!(
        world.opened(),
        [
            "+ acl-nat 20000 egress tcp 5432 172.16.9.4/32",
            "+ acl-nat 20000 ingress tcp 5432 10.0.1.10/32",
            "+ acl-nat 20001 egress tcp 1024-65535 10.0.1.10/32",
            "+ acl-nat 20001 ingress tcp 1024-65535 172.16.9.4/32",
        ]
    );
    let after = world.settles();
    let requirement = after.plan().requirements.remove(0);
    assert_eq!(requirement.allow.from, ["10.0.8.7/32".parse().unwrap()]);
}

/// The client's routes lead to `eni-0a` of `i-0a` in `subnet-host`, whose ACL and group `sg-host` are closed.
pub(crate) fn bridged(check: bool, host_routes: &[&str]) -> Net {
    let local: &[&str] = &["10.0.0.0/16 local"];
    near(&["172.16.0.0/12 eni-0a"])
        .subnet("subnet-host", &["10.0.8.0/24"])
        .acl("acl-host", &["subnet-host"], &[])
        .table("rtb-host", &["subnet-host"], &[local, host_routes].concat())
        .group("sg-host", &[])
        .host(
            "eni-0a",
            "i-0a",
            "subnet-host",
            "10.0.8.5",
            &["sg-host"],
            check,
        )
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .vpn_connection("vpn-0a", "available", "vgw-0a")
}

pub(crate) fn by_host(net: Net, host: Value) -> World {
    World::on(net).endpoint(site(json!({"host": host})))
}

pub(crate) fn host(members: Value) -> Value {
    let mut host = json!({"instanceID": "i-0a", "securityGroupIDs": ["sg-host"]});
    for (key, value) in members.as_object().unwrap() {
        host[key] = value.clone();
    }
    host
}

#[test]
fn a_tunnel_is_opened_up_to_the_host_and_no_further() {
    let world = by_host(bridged(false, &[]), host(json!({})));
    assert_eq!(
        world.opened(),
        [
            "+ acl-host 20000 egress tcp 1024-65535 10.0.1.10/32",
            "+ acl-host 20000 ingress tcp 5432 10.0.1.10/32",
            "+ sg-host ingress tcp 5432 sg-ri",
        ]
    );
    let after = world.settles();
    assert_eq!(
        after.walk(),
        [
            "SecurityGroupEgress sg-ri Permitted",
            "NetworkACLEgress acl-near Permitted",
            "Route rtb-main Permitted",
            "NetworkACLIngress acl-host Permitted",
            "SecurityGroupIngress sg-host Permitted",
            "Host eni-0a Permitted",
            "FarSide 172.16.9.4/32 FarSideNotOurs",
            "NetworkACLEgress acl-host Return Permitted",
            "Route rtb-host Return Permitted",
            "NetworkACLIngress acl-near Return Permitted",
        ]
    );
    let requirement = after.plan().requirements.remove(0);
    assert_eq!(requirement.allow.from, ["10.0.8.5/32".parse().unwrap()]);
}

#[test]
fn a_host_that_forwards_plainly_gets_its_egress_and_the_entries_of_both_ways() {
    let net = bridged(false, &["172.16.0.0/12 vgw-0a"]);
    let world = by_host(net, host(json!({})));
    assert_eq!(
        world.opened(),
        [
            "+ acl-host 20000 egress tcp 5432 172.16.9.4/32",
            "+ acl-host 20000 ingress tcp 5432 10.0.1.10/32",
            "+ acl-host 20001 egress tcp 1024-65535 10.0.1.10/32",
            "+ acl-host 20001 ingress tcp 1024-65535 172.16.9.4/32",
            "+ sg-host egress tcp 5432 172.16.9.4/32",
            "+ sg-host ingress tcp 5432 sg-ri",
        ]
    );
    world.settles();
}

#[test]
fn without_source_nat_the_site_sees_the_client_and_answers_come_home_by_themselves() {
    let net = bridged(false, &["172.16.0.0/12 vgw-0a"]);
    let world = by_host(net, host(json!({"sourceNAT": false})));
    assert_eq!(
        world.opened(),
        [
            "+ acl-host 20000 egress tcp 5432 172.16.9.4/32",
            "+ acl-host 20000 ingress tcp 5432 10.0.1.10/32",
            "+ sg-host egress tcp 5432 172.16.9.4/32",
            "+ sg-host ingress tcp 5432 sg-ri",
        ]
    );
    let after = world.settles();
    let requirement = after.plan().requirements.remove(0);
    assert_eq!(requirement.allow.from, ["10.0.1.10/32".parse().unwrap()]);
}

#[test]
fn what_stops_a_host() {
    let checked = by_host(bridged(true, &[]), host(json!({})));
    assert_eq!(checked.verdict(), "Blocked SourceDestCheckEnabled");
    assert!(
        checked
            .gates()
            .iter()
            .filter_map(|gate| gate.remedy.as_deref())
            .any(|remedy| remedy.contains("--network-interface-id eni-0a --no-source-dest-check"))
    );
    let other = by_host(bridged(false, &[]), host(json!({"instanceID": "i-0b"})));
    assert_eq!(other.verdict(), "Blocked RouteGoesElsewhere");
    let groups = by_host(
        bridged(false, &[]),
        host(json!({"securityGroupIDs": ["sg-db"]})),
    );
    assert_eq!(groups.verdict(), "Blocked GroupNotOnInterface");
    let plain = by_host(bridged(false, &[]), host(json!({"forwarding": "Plain"})));
    assert_eq!(plain.verdict(), "Blocked NoRoute");
}
