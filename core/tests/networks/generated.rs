//! Declarations on generated networks that reach every topology and meet at every gate.

pub(crate) mod faults;
pub(crate) mod ground;
pub(crate) mod noise;
pub(crate) mod ways;

use crate::{
    net::{Net, parse},
    world::World,
};
use dms_network_core::snapshot::Read;
use ground::{Shape, ground};
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
    /// How the bridging host really forwards.
    pub(crate) plain: bool,
    pub(crate) source_nat: bool,
    pub(crate) fault: Option<&'static str>,
    pub(crate) pools: Pools,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "fault {:?}, plain {}", self.fault, self.plain)?;
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

fn shapes() -> impl Strategy<Value = Shape> {
    let coin = prop::bool::weighted(0.5);
    (coin, prop::bool::weighted(0.25), coin, coin, coin).prop_map(
        |(onward, attached_within, referencing, nat_to_vpn, two_nat_addresses)| Shape {
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
    report: bool,
    quotas: (u32, u32),
}

fn clients() -> impl Strategy<Value = Client> {
    (
        select(vec![
            json!(["10.0.1.10"]),
            json!(["10.0.1.10"]),
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
        prop::bool::weighted(0.1),
        (
            select(vec![60_u32, 60, 60, 3]),
            select(vec![20_u32, 20, 20, 5]),
        ),
    )
        .prop_map(
            |(ips, groups, interface, at_database, report, quotas)| Client {
                ips,
                groups,
                interface,
                at_database,
                report,
                quotas,
            },
        )
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
        };
        (
            prop::collection::vec(asked(ways, truth), 1..=most),
            clients(),
            noise(),
            prop::option::weighted(0.35, (any::<Index>(), any::<Index>())),
        )
            .prop_map(move |(asked, client, noise, fault)| {
                case(shape, truth, asked, &client, &noise, fault)
            })
    })
}

fn case(
    shape: Shape,
    truth: Truth,
    mut asked: Vec<Asked>,
    client: &Client,
    noise: &Noise,
    fault: Option<(Index, Index)>,
) -> Case {
    for (place, asked) in asked.iter_mut().enumerate() {
        asked.spec["name"] = json!(format!("db-{place}"));
    }
    let pools = pools(&asked);
    let net = ground(shape)
        .prefix_list("pl-0a", 4, Some(&["10.0.2.16/28", "10.0.1.0/24"]))
        .but(|lists| {
            (
                lists.quotas.rules_per_security_group,
                lists.quotas.entries_per_network_acl,
            ) = client.quotas;
        });
    let mut net = written(with_interfaces(net, client, &pools), noise, &pools);
    let mut name = None;
    if let Some((way, fault)) = fault {
        let faults = faults::faults_of(way.get(&asked).way);
        if !faults.is_empty() {
            let (what, change) = fault.get(faults);
            name = Some(*what);
            net = change(net);
        }
    }
    let world = World::on(net)
        .client(json!({
            "subnetIDs": ["subnet-near", "subnet-near2"],
            "privateIPs": client.ips, "securityGroupIDs": client.groups
        }))
        .endpoints(asked.iter().map(|asked| asked.spec.clone()));
    let world = match client.report {
        true => world.account(json!({"networkACLs": "Report"})),
        false => world,
    };
    Case {
        world,
        asked,
        plain: match truth.forwarding {
            "Plain" => true,
            "Tunnel" => false,
            _ => shape.onward,
        },
        source_nat: truth.source_nat,
        fault: name,
        pools,
    }
}

fn with_interfaces(mut net: Net, client: &Client, pools: &Pools) -> Net {
    let here: Vec<&str> = pools
        .groups
        .iter()
        .copied()
        .filter(|id| !["sg-b", "sg-c"].contains(id))
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
