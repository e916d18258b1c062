//! Declarations on generated networks that reach every topology and meet at every gate.

pub(crate) mod apart;
pub(crate) mod faults;
pub(crate) mod ground;
pub(crate) mod known;
pub(crate) mod misdeclared;
pub(crate) mod noise;
pub(crate) mod ways;

use crate::{
    net::{Net, parse},
    world::{Other, World},
};
use apart::{Accounts, partner};
use dms_network_core::{
    api::{Reason, ReplicationNetwork},
    snapshot::{Read, RouteDestination, RouteTarget},
    trace::Unresolved,
};
use ground::{Shape, ground};
use known::Known;
use misdeclared::MISTAKES;
use noise::{Noise, Pools, noise, written};
use proptest::{
    prelude::*,
    sample::{Index, select},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use ways::{Asked, Truth, Way, asked};

/// A declaration on a network, with what EC2 does not show of it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) world: World,
    pub(crate) asked: Vec<Asked>,
    /// The interface by which the bridging host sends packets on, and whether they are in a tunnel then.
    pub(crate) sends_by: &'static str,
    pub(crate) tunnels: bool,
    pub(crate) source_nat: bool,
    pub(crate) fault: Option<&'static str>,
    /// The replication instance as it is, however the controller knows it.
    pub(crate) client: ReplicationNetwork,
    pub(crate) known: Known,
    pub(crate) has_late_deny: bool,
    pub(crate) pools: Pools,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "fault {:?}, tunnels {}", self.fault, self.tunnels)?;
        self.world.fmt(f)
    }
}

const CLIENT_BLOCKS: [&str; 12] = [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.0.0.0/16",
    "10.0.0.0/22",
    "10.0.1.0/24",
    "10.0.1.0/25",
    "10.0.1.8/29",
    "10.0.1.10/32",
    "10.0.1.11/32",
    "10.0.3.0/24",
    "10.0.3.5/32",
    "2001:db8:a:1::/64",
];

fn accounts() -> impl Strategy<Value = Accounts> {
    prop_oneof![
        7 => Just(Accounts::One),
        2 => Just(Accounts::Two),
        1 => Just(Accounts::TwoGateways),
        1 => Just(Accounts::TwoRegions),
    ]
}

fn shapes() -> impl Strategy<Value = Shape> {
    let coin = prop::bool::weighted(0.5);
    (
        coin,
        prop::bool::weighted(0.25),
        coin,
        coin,
        coin,
        prop::bool::weighted(0.3),
        accounts(),
    )
        .prop_map(
            |(
                onward,
                attached_within,
                referencing,
                nat_to_vpn,
                two_nat_addresses,
                two_interfaces,
                accounts,
            )| Shape {
                accounts,
                two_interfaces,
                onward,
                attached_within,
                referencing,
                nat_to_vpn,
                two_nat_addresses,
            },
        )
}

#[derive(Clone, Debug)]
struct Client {
    ips: Value,
    groups: Value,
    /// Its interface, with another of its groups, and whether its second address has a public one, too.
    interface: Option<(Index, bool)>,
    at_database: Option<Index>,
    /// What the account's owner gives, besides what is given by default.
    given: Value,
    known: Known,
    quotas: (u32, u32),
}

fn clients() -> impl Strategy<Value = Client> {
    (
        select(vec![
            json!(["10.0.1.10"]),
            json!(["10.0.1.10", "2001:db8:a:1::10"]),
            json!(["10.0.1.10", "2001:db8:a:1::10"]),
            json!(["10.0.1.10", "2001:db8:a:1::10"]),
            json!(["10.0.1.10", "10.0.1.11"]),
            json!(["10.0.1.10", "10.0.3.5"]),
            json!([]),
        ]),
        select(vec![
            json!(["sg-ri"]),
            json!(["sg-ri"]),
            json!(["sg-own", "sg-ri"]),
            json!(["sg-all", "sg-ri"]),
        ]),
        prop::option::weighted(0.6, (any::<Index>(), any::<bool>())),
        prop::option::weighted(0.3, any::<Index>()),
        given(),
        known(),
        (
            select(vec![60_u32, 60, 60, 3]),
            select(vec![20_u32, 20, 20, 5]),
        ),
    )
        .prop_map(
            |(ips, groups, interface, at_database, given, known, quotas)| Client {
                ips: match known {
                    Known::Serverless => json!([]),
                    _ => ips,
                },
                groups,
                interface,
                at_database,
                given,
                known,
                quotas,
            },
        )
}

fn given() -> impl Strategy<Value = Value> {
    prop_oneof![
        40 => Just(json!({})),
        5 => Just(json!({"networkACLs": "Report"})),
        1 => Just(json!({"limits": {"ports": [5432]}})),
        1 => Just(json!({"limits": {"minPrefixLength": {"ipv4": 28}}})),
        1 => Just(json!({"consent": "Tag"})),
    ]
}

fn known() -> impl Strategy<Value = Known> {
    prop_oneof![
        60 => Just(Known::ByHand),
        8 => Just(Known::Instance),
        8 => Just(Known::Standby),
        6 => Just(Known::Serverless),
        2 => Just(Known::Creating),
        2 => Just(Known::Gone),
    ]
}

/// Cases of one to some endpoints by some of the ways.
pub(crate) fn cases(ways: &'static [Way], most: usize) -> impl Strategy<Value = Case> {
    let host = (
        select(vec!["Auto", "Plain", "Tunnel"]),
        prop::bool::weighted(0.7),
    );
    (shapes(), host).prop_flat_map(move |(shape, (forwarding, source_nat))| {
        let truth = Truth {
            forwarding,
            source_nat,
            nat_to_vpn: shape.nat_to_vpn,
            accounts: shape.accounts,
        };
        (
            prop::collection::vec(asked(ways, truth), 1..=most),
            clients(),
            noise(),
            wrongs(),
        )
            .prop_map(move |(asked, client, noise, wrong)| {
                case(shape, truth, asked, &client, &noise, wrong)
            })
    })
}

/// What is wrong with a case: with the network for the way of one of its endpoints, with what was read, or with the
/// declaration.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    Nothing,
    Network(Index, Index),
    Unread(Index),
    Declaration(Index),
    /// The account of the far VPCs cannot be used.
    Account(Index),
}

fn wrongs() -> impl Strategy<Value = Wrong> {
    prop_oneof![
        28 => Just(Wrong::Nothing),
        50 => any::<(Index, Index)>().prop_map(|(way, fault)| Wrong::Network(way, fault)),
        7 => any::<Index>().prop_map(Wrong::Unread),
        21 => any::<Index>().prop_map(Wrong::Declaration),
        8 => any::<Index>().prop_map(Wrong::Account),
    ]
}

fn case(
    shape: Shape,
    truth: Truth,
    mut asked: Vec<Asked>,
    client: &Client,
    noise: &Noise,
    wrong: Wrong,
) -> Case {
    for (place, asked) in asked.iter_mut().enumerate() {
        asked.spec["name"] = json!(format!("db-{place}"));
    }
    let pools = pools(&asked);
    let net = ground(shape)
        .prefix_list("pl-0a", 4, Some(&["10.0.2.16/28", "10.0.1.0/24"]))
        .prefix_list("pl-0b", 4, Some(&["10.0.2.16/28"]))
        .but(|lists| {
            (
                lists.quotas.rules_per_security_group,
                lists.quotas.entries_per_network_acl,
            ) = client.quotas;
        });
    let mut net = written(with_interfaces(net, client, &pools), noise, &pools);
    let mut name = None;
    let faults = match &wrong {
        Wrong::Network(way, _) => faults::faults_of(way.get(&asked).way),
        Wrong::Unread(_) => &faults::UNREAD,
        _ => &[],
    };
    if let Wrong::Network(_, fault) | Wrong::Unread(fault) = &wrong
        && !faults.is_empty()
    {
        let (what, change) = fault.get(faults);
        name = Some(*what);
        net = change(net);
    }
    let (sends_by, tunnels) = sends_by(&net, shape, truth);
    let (net, far) = shape.accounts.apart(net);
    let world = World::on(net)
        .client(json!({
            "subnetIDs": ["subnet-near", "subnet-near2"],
            "privateIPs": client.ips, "securityGroupIDs": client.groups
        }))
        .endpoints(asked.iter().map(|asked| asked.spec.clone()));
    let mut world = world;
    if let Wrong::Declaration(mistake) = &wrong {
        let (what, change) = mistake.get(&MISTAKES);
        name = Some(*what);
        change(&mut world.spec);
        let declared = world.spec["endpoints"].as_array().unwrap();
        for (asked, declared) in asked.iter_mut().zip(declared) {
            asked.spec = declared.clone();
        }
    }
    let network = world.spec["replicationInstance"]["network"].clone();
    let network: ReplicationNetwork = serde_json::from_value(network).unwrap();
    // What is wrong with a declaration is what DMS does not get wrong.
    let known = match wrong {
        Wrong::Declaration(_) => Known::ByHand,
        _ => client.known,
    };
    let world = known.told(world, &network);
    let members = &client.given;
    let world = match far {
        Some(far) => {
            let mut partner = partner(shape.accounts, far, members);
            if let Wrong::Account(index) = &wrong {
                name = Some("the other account");
                unusable(&mut partner, *index);
            }
            world.account(members.clone()).with(partner)
        }
        None if *members != json!({}) => world.account(members.clone()),
        None => world,
    };
    Case {
        world,
        asked,
        sends_by,
        tunnels,
        source_nat: truth.source_nat,
        fault: name,
        client: network,
        known,
        has_late_deny: noise.late_deny.is_some(),
        pools,
    }
}

/// An account that is not given to the namespace, is not there, or refuses to be read.
fn unusable(partner: &mut Other, index: Index) {
    let reason = match index.index(3) {
        0 => {
            partner.given = false;
            return;
        }
        1 => Reason::AccountNotFound,
        _ => Reason::AccessDenied,
    };
    partner.found = Err(Unresolved {
        reason,
        resource: partner.name.to_owned(),
        message: "it cannot be used".to_owned(),
    });
}

/// How the host forwards: as declared, else without a tunnel where the routes of the interface that it would send by lead on to a
/// gateway or another instance.
fn sends_by(net: &Net, shape: Shape, truth: Truth) -> (&'static str, bool) {
    let (interface, table) = match shape.two_interfaces {
        true => ("eni-out", "rtb-out"),
        false => ("eni-host", "rtb-host"),
    };
    let leads_on = net.lists.route_tables.known().is_ok_and(|tables| {
        let mut routes = tables[&parse(table)].routes.iter();
        routes.any(|route| {
            let site = RouteDestination::Cidr(parse("172.16.1.0/24"));
            let itself = RouteTarget::NetworkInterface(parse("eni-host"), None);
            route.destination == site && route.target != itself
        })
    });
    let tunnels = match truth.forwarding {
        "Plain" => false,
        "Tunnel" => true,
        _ => !leads_on,
    };
    (interface, tunnels)
}

fn with_interfaces(mut net: Net, client: &Client, pools: &Pools) -> Net {
    let here: Vec<&str> = pools
        .groups
        .iter()
        .copied()
        .filter(|id| !["sg-b", "sg-c", "sg-host", "sg-proxy"].contains(id))
        .collect();
    if let Some((group, second)) = client.interface {
        let groups = [*group.get(&here), "sg-ri"];
        let addresses = ["10.0.1.10", "10.0.1.11", "2001:db8:a:1::10"];
        net = net
            .interface("eni-ri", "subnet-near", &addresses, &groups)
            .public_ip("eni-ri", "198.51.100.9")
            .but(|lists| {
                let Read::Known(interfaces) = &mut lists.network_interfaces else {
                    return;
                };
                let interface = interfaces.get_mut(&parse("eni-ri")).unwrap();
                interface.addresses[1].public_ip = second.then(|| parse("198.51.100.10"));
            });
    }
    if let Some(group) = client.at_database {
        let groups = [*group.get(&here), "sg-db"];
        net = net.interface("eni-db", "subnet-far", &["10.0.2.20"], &groups);
    }
    net
}

/// What the flows of these endpoints meet.
fn pools(asked: &[Asked]) -> Pools {
    let mut groups = BTreeSet::from(["sg-ri", "sg-own"]);
    let mut acls = BTreeSet::from(["acl-near"]);
    let mut blocks = BTreeSet::from(CLIENT_BLOCKS);
    for asked in asked {
        groups.extend(asked.way.groups());
        acls.extend(asked.way.acls());
        blocks.extend(asked.way.blocks());
        if asked.by_proxy {
            groups.insert("sg-proxy");
            acls.insert("acl-proxy");
            blocks.insert("10.0.8.0/24");
        }
    }
    Pools {
        groups: groups.into_iter().collect(),
        acls: acls.into_iter().collect(),
        blocks: blocks.into_iter().collect(),
    }
}
