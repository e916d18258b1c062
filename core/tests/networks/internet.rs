//! The internet: by an internet gateway, an egress-only one, a NAT gateway or a NAT instance; ClassicLink.

use crate::{net::Net, world::World};
use dms_network_core::{
    api::{Reason, Who},
    snapshot::{
        BlockPublicAccess, BlockPublicAccessExclusion, BlockPublicAccessMode, ExcludedResource,
        Read,
    },
};
use serde_json::{Value, json};

pub(crate) fn public(managed: Value) -> Value {
    let placement = match managed {
        Value::Null => json!({"internet": {}}),
        managed => json!({"internet": {"managed": managed}}),
    };
    json!({"addresses": ["203.0.113.20"], "placement": placement})
}

pub(crate) fn near(routes: &[&str]) -> Net {
    let local: &[&str] = &["10.0.0.0/16 local"];
    Net::two_subnets()
        .with_gateways()
        .main_table(&[local, routes].concat())
}

/// The client's interface has the public address 198.51.100.9.
pub(crate) fn by_internet_gateway() -> Net {
    near(&["0.0.0.0/0 igw-0a"])
        .internet_gateway("igw-0a", &["vpc-0a"])
        .interface("eni-ri", "subnet-near", &["10.0.1.10"], &["sg-ri"])
        .public_ip("eni-ri", "198.51.100.9")
}

pub(crate) fn to_public(net: Net) -> World {
    World::on(net).endpoint(public(json!(null)))
}

fn seen(world: &World) -> Vec<String> {
    let path = world.plan().paths.remove(0);
    let seen = path.status.source_addresses.iter();
    seen.map(ToString::to_string).collect()
}

#[test]
fn an_internet_gateway_shows_the_client_s_public_address() {
    let world = to_public(by_internet_gateway());
    assert_eq!(
        world.walk(),
        [
            "SecurityGroupEgress sg-ri Permitted",
            "NetworkACLEgress acl-near Permitted",
            "Route rtb-main Permitted",
            "InternetGateway igw-0a Permitted",
            "FarSide 203.0.113.20/32 FarSideNotOurs",
            "NetworkACLIngress acl-near Return Permitted",
        ]
    );
    assert_eq!(seen(&world), ["198.51.100.9/32"]);
    let requirement = world.plan().requirements.remove(0);
    assert_eq!(requirement.who, Who::InternetPeer);
    assert_eq!(requirement.allow.from, ["198.51.100.9/32".parse().unwrap()]);
}

#[test]
fn what_stops_an_internet_gateway() {
    let rows = [
        (near(&[]), "Blocked NoRoute"),
        (near(&["0.0.0.0/0 igw-0a"]), "Blocked GatewayNotFound"),
        (
            by_internet_gateway().internet_gateway("igw-0a", &[]),
            "Blocked InternetGatewayDetached",
        ),
        (
            near(&["0.0.0.0/0 igw-0a"]).internet_gateway("igw-0a", &["vpc-0a"]),
            "Blocked NoPublicAddress",
        ),
        (near(&["0.0.0.0/0 tgw-0a"]), "Blocked RouteGoesElsewhere"),
    ];
    for (net, verdict) in rows {
        assert_eq!(to_public(net).verdict(), verdict);
    }
}

#[test]
fn every_address_in_use_needs_a_public_one() {
    let net = by_internet_gateway().interface("eni-ri2", "subnet-near", &["10.0.1.11"], &["sg-ri"]);
    let world = to_public(net).client(json!({"privateIPs": ["10.0.1.10", "10.0.1.11"]}));
    assert_eq!(world.verdict(), "Blocked NoPublicAddress");
    assert!(world.closed().message.contains("10.0.1.11"));
}

#[test]
fn no_internet_gateway_carries_a_private_destination() {
    let mut endpoint = public(json!(null));
    endpoint["addresses"] = json!(["172.16.9.4"]);
    let world = World::on(by_internet_gateway()).endpoint(endpoint);
    assert_eq!(world.verdict(), "Blocked PrivateDestination");
}

#[test]
fn a_declared_public_address_must_be_on_the_client_s_interface() {
    let net = near(&["0.0.0.0/0 igw-0a"]).internet_gateway("igw-0a", &["vpc-0a"]);
    let world = to_public(net).client(json!({"publicIPs": ["198.51.100.9"]}));
    assert_eq!(world.verdict(), "Blocked AddressNotOnInterface");
    let world = to_public(by_internet_gateway()).client(json!({"publicIPs": ["198.51.100.9"]}));
    assert_eq!(seen(&world), ["198.51.100.9/32"]);
}

pub(crate) fn blocking(net: Net, mode: BlockPublicAccessMode, exclusion: Option<bool>) -> Net {
    let exclusions = exclusion.map(|bidirectional| BlockPublicAccessExclusion {
        id: "vpcbpa-exclude-0a".to_owned(),
        resource: ExcludedResource::Vpc("vpc-0a".parse().unwrap()),
        bidirectional,
    });
    net.but(|lists| {
        lists.block_public_access = Read::Known(BlockPublicAccess {
            mode,
            exclusions: Read::Known(exclusions.into_iter().collect()),
        });
    })
}

#[test]
fn block_public_access_stops_a_public_client_unless_excluded() {
    use BlockPublicAccessMode::{Bidirectional, Ingress, Off};
    let (open, shut) = ("External FarSideNotOurs", "Blocked PublicAccessBlocked");
    let rows = [
        (Off, None, open, open),
        (Bidirectional, None, shut, shut),
        (Bidirectional, Some(true), open, open),
        // An exclusion for egress leaves block-ingress, which a NAT gateway passes.
        (Bidirectional, Some(false), shut, open),
        (Ingress, None, shut, open),
        (Ingress, Some(true), open, open),
    ];
    for (mode, exclusion, directly, by_nat) in rows {
        let world = to_public(blocking(by_internet_gateway(), mode, exclusion));
        assert_eq!(world.verdict(), directly, "{mode:?} {exclusion:?}");
        let world = to_public(blocking(behind_nat(&["0.0.0.0/0 igw-0a"]), mode, exclusion));
        let world = World {
            ..world.settled_acls()
        };
        assert_eq!(world.verdict(), by_nat, "{mode:?} {exclusion:?} by NAT");
    }
}

/// The client's default route leads to `nat-0a` in `subnet-nat`, which has a closed ACL and these routes.
pub(crate) fn behind_nat(routes: &[&str]) -> Net {
    let local: &[&str] = &["10.0.0.0/16 local"];
    near(&["0.0.0.0/0 nat-0a"])
        .subnet("subnet-nat", &["10.0.8.0/24"])
        .acl("acl-nat", &["subnet-nat"], &[])
        .table("rtb-nat", &["subnet-nat"], &[local, routes].concat())
        .nat_gateway(
            "nat-0a",
            "subnet-nat",
            &["198.51.100.7", "198.51.100.8"],
            &["10.0.8.7", "10.0.8.8"],
        )
        .internet_gateway("igw-0a", &["vpc-0a"])
        .interface("eni-ri", "subnet-near", &["10.0.1.10"], &["sg-ri"])
        .public_ip("eni-ri", "198.51.100.9")
}

impl World {
    /// With the ACL of the NAT gateway's subnet open.
    fn settled_acls(self) -> Self {
        let net = self.net.clone().open_acl("acl-nat", &[]);
        if self
            .net
            .lists
            .network_acls
            .known()
            .unwrap()
            .contains_key(&"acl-nat".parse().unwrap())
        {
            self.moved(net)
        } else {
            self
        }
    }
}

#[test]
fn a_nat_gateway_hides_the_client_s_own_public_address() {
    let world = to_public(behind_nat(&["0.0.0.0/0 igw-0a"]));
    assert_eq!(
        world.opened(),
        [
            "+ acl-nat 20000 egress tcp 5432 203.0.113.20/32",
            "+ acl-nat 20000 ingress tcp 5432 10.0.1.10/32",
            "+ acl-nat 20001 egress tcp 1024-65535 10.0.1.10/32",
            "+ acl-nat 20001 ingress tcp 1024-65535 203.0.113.20/32",
        ]
    );
    let after = world.settles();
    assert_eq!(
        after.walk(),
        [
            "SecurityGroupEgress sg-ri Permitted",
            "NetworkACLEgress acl-near Permitted",
            "Route rtb-main Permitted",
            "NetworkACLIngress acl-nat Permitted",
            "NATGateway nat-0a Permitted",
            "NetworkACLEgress acl-nat Permitted",
            "Route rtb-nat Permitted",
            "InternetGateway igw-0a Permitted",
            "FarSide 203.0.113.20/32 FarSideNotOurs",
            "NetworkACLIngress acl-nat Return Permitted",
            "NetworkACLEgress acl-nat Return Permitted",
            "Route rtb-nat Return Permitted",
            "NetworkACLIngress acl-near Return Permitted",
        ]
    );
    assert_eq!(seen(&after), ["198.51.100.7/32", "198.51.100.8/32"]);
}

#[test]
fn a_nat_gateway_that_failed_or_has_no_way_out() {
    let failed = behind_nat(&["0.0.0.0/0 igw-0a"]).but(|lists| {
        let Read::Known(gateways) = &mut lists.nat_gateways else {
            return;
        };
        gateways.values_mut().next().unwrap().state = "failed".to_owned();
    });
    assert_eq!(
        to_public(failed).verdict(),
        "Blocked NATGatewayNotAvailable"
    );
    let looped = to_public(behind_nat(&["0.0.0.0/0 nat-0a"]));
    assert_eq!(looped.closed().reason, Reason::NoNetworkACLEntry);
    assert_eq!(looped.verdict(), "Blocked RoutingLoop");
    let nowhere = to_public(behind_nat(&[]));
    assert_eq!(nowhere.verdict(), "Blocked NoRoute");
    let reasons: Vec<Reason> = nowhere.gates().iter().map(|gate| gate.reason).collect();
    assert!(reasons.contains(&Reason::NATGatewayWithoutInternet));
}

#[test]
fn an_address_of_a_nat_gateway_that_failed_is_not_seen() {
    let net = behind_nat(&["0.0.0.0/0 igw-0a"]).but(|lists| {
        let Read::Known(gateways) = &mut lists.nat_gateways else {
            return;
        };
        gateways.values_mut().next().unwrap().addresses[1].succeeded = false;
    });
    assert_eq!(seen(&to_public(net)), ["198.51.100.7/32"]);
}

#[test]
fn the_answers_to_a_nat_gateway_take_any_port_and_a_few_denies_are_tolerated() {
    let open = &[
        "100 ingress allow all 0.0.0.0/0",
        "100 egress allow all 0.0.0.0/0",
    ];
    let with = |deny: &str| {
        let entries = [&open[..], &[deny]].concat();
        to_public(behind_nat(&["0.0.0.0/0 igw-0a"]).entries("acl-nat", &entries))
    };
    let few = with("90 ingress deny tcp 3389-3400 0.0.0.0/0");
    assert_eq!(few.verdict(), "External FarSideNotOurs");
    assert_eq!(few.notes(), [Reason::ReturnPortsDenied]);
    let many = with("90 ingress deny tcp 2000-3400 0.0.0.0/0");
    assert_eq!(many.verdict(), "Blocked BlockedByDeny");
}

/// The database in `subnet-b` of `vpc-0b`, with a public address.
pub(crate) fn managed(net: Net, far_routes: &[&str]) -> Net {
    let local: &[&str] = &["10.1.0.0/16 local"];
    let mut net = net
        .vpc("vpc-0b", &["10.1.0.0/16"])
        .subnet_of("vpc-0b", "subnet-b", &["10.1.2.0/24"])
        .acl("acl-b", &["subnet-b"], &[])
        .group_of("vpc-0b", "sg-b", &[])
        .table("rtb-b", &["subnet-b"], &[local, far_routes].concat())
        .internet_gateway("igw-0b", &["vpc-0b"])
        .interface("eni-db", "subnet-b", &["10.1.2.20"], &["sg-b"])
        .public_ip("eni-db", "203.0.113.20");
    net.acl_mut("acl-b").vpc_id = "vpc-0b".parse().unwrap();
    net.but(|lists| {
        if let Read::Known(tables) = &mut lists.route_tables {
            tables.get_mut(&"rtb-b".parse().unwrap()).unwrap().vpc_id = "vpc-0b".parse().unwrap();
        }
        if let Read::Known(interfaces) = &mut lists.network_interfaces {
            let db = interfaces.get_mut(&"eni-db".parse().unwrap()).unwrap();
            db.vpc_id = "vpc-0b".parse().unwrap();
        }
    })
}

#[test]
fn a_managed_far_side_admits_the_address_that_it_sees() {
    let net = managed(by_internet_gateway(), &["0.0.0.0/0 igw-0b"]);
    let ours = json!({"vpcID": "vpc-0b", "securityGroupIDs": ["sg-b"]});
    let world = World::on(net).endpoint(public(ours.clone()));
    assert_eq!(
        world.opened(),
        [
            "+ acl-b 20000 egress tcp 1024-65535 198.51.100.9/32",
            "+ acl-b 20000 ingress tcp 5432 198.51.100.9/32",
            "+ sg-b ingress tcp 5432 198.51.100.9/32",
        ]
    );
    let after = world.settles();
    assert_eq!(after.verdict(), "Permitted Permitted");

    let mut wrong = public(ours);
    wrong["admit"] = json!("NATGateway");
    let net = managed(by_internet_gateway(), &["0.0.0.0/0 igw-0b"]);
    let world = World::on(net).endpoint(wrong);
    assert_eq!(world.verdict(), "Blocked AdmitFormCannotWork");
}

#[test]
fn a_managed_far_side_admits_every_address_of_the_nat_gateway() {
    let net = managed(behind_nat(&["0.0.0.0/0 igw-0a"]), &["0.0.0.0/0 igw-0b"]);
    let ours = json!({"vpcID": "vpc-0b", "securityGroupIDs": ["sg-b"]});
    let world = World::on(net).endpoint(public(ours));
    let rules: Vec<String> = world
        .additions()
        .into_iter()
        .filter(|unit| unit.starts_with("+ sg-b"))
        .collect();
    assert_eq!(
        rules,
        [
            "+ sg-b ingress tcp 5432 198.51.100.7/32",
            "+ sg-b ingress tcp 5432 198.51.100.8/32"
        ]
    );
    world.settles();
}

#[test]
fn a_managed_far_side_without_a_way_back_answers_nobody() {
    let net = managed(by_internet_gateway(), &[]);
    let ours = json!({"vpcID": "vpc-0b", "securityGroupIDs": ["sg-b"]});
    let world = World::on(net).endpoint(public(ours));
    assert_eq!(world.verdict(), "Blocked NoReturnRoute");
}

#[test]
fn ipv6_leaves_by_an_egress_only_gateway_under_its_own_address() {
    let net = near(&["::/0 eigw-0a"])
        .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:a:1::/64"])
        .group("sg-ri", &["egress all ::/0"])
        .egress_only_gateway("eigw-0a", &["vpc-0a"]);
    let mut endpoint = public(json!(null));
    endpoint["addresses"] = json!(["2001:db8:ffff::20"]);
    let world = World::on(net)
        .client(json!({"privateIPs": ["2001:db8:a:1::10"]}))
        .endpoint(endpoint);
    assert_eq!(
        world.verdict(),
        "External FarSideNotOurs",
        "{:?}",
        world.walk()
    );
    assert_eq!(seen(&world), ["2001:db8:a:1::10/128"]);
}

#[test]
fn a_nat_instance_is_seen_by_its_own_public_address() {
    let net = near(&["0.0.0.0/0 eni-0a"])
        .subnet("subnet-host", &["10.0.8.0/24"])
        .open_acl("acl-host", &["subnet-host"])
        .table(
            "rtb-host",
            &["subnet-host"],
            &["10.0.0.0/16 local", "0.0.0.0/0 igw-0a"],
        )
        .group("sg-host", &[])
        .host(
            "eni-0a",
            "i-0a",
            "subnet-host",
            "10.0.8.5",
            &["sg-host"],
            false,
        )
        .public_ip("eni-0a", "198.51.100.5")
        .internet_gateway("igw-0a", &["vpc-0a"]);
    let world = to_public(net);
    assert_eq!(
        world.opened(),
        [
            "+ sg-host egress tcp 5432 203.0.113.20/32",
            "+ sg-host ingress tcp 5432 sg-ri"
        ]
    );
    let after = world.settles();
    assert_eq!(seen(&after), ["198.51.100.5/32"]);
}

#[test]
fn classic_link_is_retired_and_a_proxy_is_the_way() {
    let endpoint = json!({"placement": {"classicLink": {}}});
    let world = World::on(Net::two_subnets()).endpoint(endpoint);
    assert_eq!(world.verdict(), "Blocked ClassicLinkRetired");
    let remedy = world.closed().remedy.unwrap();
    assert!(
        remedy.contains("proxy") && remedy.contains("listenPort: 5432"),
        "{remedy}"
    );
}
