//! Networks of one VPC and declarations on them, generated so that they meet at every gate: a small choice of blocks,
//! ports and numbers, so that rules, entries and flows overlap in every way.

use crate::{
    net::{Net, other_owner, owner, parse},
    world::{World, endpoint},
};
use dms_network_core::{
    network::PortRange,
    snapshot::{Peer, Protocol, RuleDirection},
};
use ipnet::IpNet;
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};
use std::{collections::BTreeSet, net::Ipv4Addr};

pub(crate) const BLOCKS: [&str; 18] = [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.0.0.0/16",
    "10.0.0.0/22",
    "10.0.1.0/24",
    "10.0.1.0/25",
    "10.0.1.8/29",
    "10.0.1.10/32",
    "10.0.1.11/32",
    "10.0.2.0/23",
    "10.0.2.0/24",
    "10.0.2.0/25",
    "10.0.2.16/28",
    "10.0.2.20/32",
    "10.0.2.21/32",
    "10.0.3.0/24",
    "10.0.4.0/24",
    "10.0.3.5/32",
];
const TRAFFIC: [&str; 12] = [
    "all",
    "17",
    "tcp 5432",
    "tcp 1521",
    "tcp 1-6000",
    "tcp 0-65535",
    "tcp 1024-65535",
    "tcp 32768-60999",
    "tcp 32768-61000",
    "tcp 49152-65535",
    "tcp 3389",
    "tcp 40000",
];
const GROUPS: [&str; 5] = ["sg-ri", "sg-own", "sg-db", "sg-all", "sg-other"];
pub(crate) const ACLS: [&str; 3] = ["acl-near", "acl-far", "acl-rest"];
/// Below our numbers, in them, in those of others, above: the last four are where a deny of everything is a default.
pub(crate) const NUMBERS: [u16; 14] = [
    10, 50, 80, 90, 95, 100, 150, 19999, 20003, 20011, 20500, 20999, 25000, 32766,
];
const ROUTES: [&str; 10] = [
    "10.0.2.0/24 eni-fw",
    "10.0.2.0/25 vpce-fw",
    "10.0.2.20/32 core-network",
    "10.0.1.0/24 eni-fw",
    "10.0.2.0/24 tgw-0a",
    "10.0.4.0/24 pcx-0a",
    "10.0.1.0/25 eni-fw blackhole",
    "0.0.0.0/0 igw-0a",
    "pl-0a eni-b",
    "10.0.0.0/16 tgw-0a propagated",
];

pub(crate) fn rules(count: usize) -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let peers: Vec<&str> = BLOCKS
        .iter()
        .chain(&GROUPS)
        .chain(&["pl-0a"])
        .copied()
        .collect();
    let rule = (
        select(&GROUPS[..]),
        select(vec!["ingress", "egress"]),
        select(&TRAFFIC[..]),
        select(peers),
    );
    let rule = rule.prop_map(|(group, way, what, peer)| (group, format!("{way} {what} {peer}")));
    prop::collection::vec(rule, 0..count)
}

pub(crate) fn entries(numbers: &'static [u16], count: usize) -> impl Strategy<Value = Vec<Entry>> {
    let entry = (
        select(&ACLS[..]),
        select(vec!["ingress", "egress"]),
        select(numbers),
        prop::bool::weighted(0.7),
        select(&TRAFFIC[..]),
        select(&BLOCKS[..]),
    );
    let entry = entry.prop_map(|(acl, way, number, allow, what, block)| {
        let action = if allow { "allow" } else { "deny" };
        Entry {
            acl,
            way,
            number,
            text: format!("{number} {way} {action} {what} {block}"),
        }
    });
    prop::collection::vec(entry, 0..count)
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) acl: &'static str,
    pub(crate) way: &'static str,
    pub(crate) number: u16,
    pub(crate) text: String,
}

/// A network: four subnets, five groups, three ACLs, foreign rules and entries, and some that are claimed.
fn nets() -> impl Strategy<Value = Net> {
    (
        rules(8),
        entries(&NUMBERS, 8),
        prop::collection::vec(select(&ACLS[..]), 0..4),
        prop::collection::vec(select(&ROUTES[..]), 0..2),
        prop::collection::vec(select(&ROUTES[..]), 0..2),
        claimed(),
        prop::option::weighted(0.3, select(&GROUPS[..])),
        prop::option::weighted(0.3, select(&GROUPS[..])),
        (
            select(vec![60_u32, 60, 60, 3]),
            select(vec![20_u32, 20, 20, 5]),
        ),
    )
        .prop_map(
            |(rules, entries, open, near, far, claimed, at_client, at_server, quotas)| {
                let mut net = Net::empty()
                    .subnet("subnet-near", &["10.0.1.0/24"])
                    .subnet("subnet-near2", &["10.0.3.0/24"])
                    .subnet("subnet-far", &["10.0.2.0/24"])
                    .subnet("subnet-far2", &["10.0.4.0/24"])
                    .acl("acl-near", &["subnet-near"], &[])
                    .acl("acl-far", &["subnet-far"], &[])
                    .acl("acl-rest", &["subnet-near2", "subnet-far2"], &[])
                    .prefix_list("pl-0a", 4, Some(&["10.0.2.16/28", "10.0.1.0/24"]))
                    .main_table(&["10.0.0.0/16 local"])
                    .table("rtb-near", &["subnet-near"], &with_local(&near))
                    .table("rtb-far", &["subnet-far"], &with_local(&far))
                    .but(|lists| {
                        lists.quotas.rules_per_security_group = quotas.0;
                        lists.quotas.entries_per_network_acl = quotas.1;
                    });
                for group in GROUPS {
                    net = net.group(group, &[]);
                }
                for (group, rule) in rules {
                    net = net.group(group, &[&rule]);
                }
                let mut taken = BTreeSet::new();
                let open = open.iter().flat_map(|acl| {
                    ["ingress", "egress"].map(|way| Entry {
                        acl,
                        way,
                        number: 200,
                        text: format!("200 {way} allow all 0.0.0.0/0"),
                    })
                });
                for entry in entries.into_iter().chain(open) {
                    if taken.insert((entry.acl, entry.way, entry.number)) {
                        net = net.acl(entry.acl, &[], &[&entry.text]);
                    }
                }
                if let Some(group) = at_client {
                    net = net.interface("eni-ri", "subnet-near", &["10.0.1.10"], &[group, "sg-ri"]);
                }
                if let Some(group) = at_server {
                    net = net.interface("eni-db", "subnet-far", &["10.0.2.20"], &[group, "sg-db"]);
                }
                claim(net, claimed, &mut taken)
            },
        )
}

fn with_local<'a>(routes: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["10.0.0.0/16 local"];
    all.extend(routes);
    all.dedup();
    all
}

type Claimed = (
    Vec<(bool, &'static str, &'static str)>,
    Vec<(bool, &'static str, &'static str, &'static str, u16)>,
);

/// What another object of ours, or another deployment, holds already: as such objects would.
fn claimed() -> impl Strategy<Value = Claimed> {
    let rule = (
        any::<bool>(),
        select(vec!["sg-db", "sg-all"]),
        select(vec!["sg-ri", "10.0.1.10/32", "10.0.1.0/24", "10.0.0.0/16"]),
    );
    let entry = (
        any::<bool>(),
        select(&ACLS[..]),
        select(vec!["ingress", "egress"]),
        select(vec!["10.0.1.10/32", "10.0.1.0/24", "10.0.2.20/32"]),
        0_u16..4,
    );
    (
        prop::collection::vec(rule, 0..2),
        prop::collection::vec(entry, 0..2),
    )
}

fn claim(
    mut net: Net,
    (rules, entries): Claimed,
    taken: &mut BTreeSet<(&'static str, &'static str, u16)>,
) -> Net {
    let who = |ours: bool| if ours { owner() } else { other_owner() };
    let mut known = BTreeSet::new();
    for (ours, group, peer) in rules {
        let rule = format!("ingress tcp 5432 {peer}");
        let mut probe = net.clone();
        let foreign = probe.group_mut(group).rules.iter().any(|known| {
            known.peer == any_peer(peer)
                && known.protocol == Protocol::Tcp
                && known.ports == PortRange::one(5432)
                && known.direction == RuleDirection::Ingress
        });
        if !foreign && known.insert((group, peer)) {
            net = net.claimed_rules(group, &who(ours), &[&rule]);
        }
    }
    for (ours, acl, way, block, place) in entries {
        let number = if ours { 20000 } else { 20100 } + place;
        if taken.insert((acl, way, number)) {
            let ports = if (way == "ingress") == (acl == "acl-far") {
                "5432"
            } else {
                "1024-65535"
            };
            let text = format!("{number} {way} allow tcp {ports} {block}");
            net = net.claimed_entry(acl, &who(ours), &text);
        }
    }
    net
}

fn any_peer(text: &str) -> Peer {
    if text.starts_with("sg-") {
        Peer::SecurityGroup(parse(text))
    } else {
        Peer::Cidr(parse(text))
    }
}

fn endpoints() -> impl Strategy<Value = Value> {
    (
        select(vec![
            json!(["10.0.2.20"]),
            json!(["10.0.2.20", "10.0.2.21"]),
            json!(["10.0.2.0/24"]),
            json!(["10.0.2.16/28", "10.0.1.77"]),
            json!(["10.0.2.0/23"]),
            json!(["10.0.4.7"]),
            Value::Null,
        ]),
        select(vec![
            json!([5432]),
            json!([5432]),
            json!([1521]),
            json!([5432, 1521]),
        ]),
        select(vec![
            json!(["sg-db"]),
            json!(["sg-db"]),
            json!(["sg-all", "sg-db"]),
            json!(["sg-all"]),
        ]),
        select(vec![
            "Auto",
            "Auto",
            "SecurityGroup",
            "PrivateIP",
            "SubnetCIDR",
            "VPCCIDR",
        ]),
    )
        .prop_map(|(addresses, ports, groups, admit)| {
            let subnets = match addresses {
                Value::Null => json!(["subnet-far", "subnet-far2"]),
                _ => json!([]),
            };
            endpoint(json!({
                "ports": ports, "addresses": addresses, "admit": admit,
                "placement": {"sameVPC": {"securityGroupIDs": groups, "subnetIDs": subnets}}
            }))
        })
}

pub(crate) fn worlds(most_endpoints: usize) -> impl Strategy<Value = World> {
    (
        nets(),
        prop::collection::vec(endpoints(), 1..=most_endpoints),
        select(vec![
            json!(["10.0.1.10"]),
            json!(["10.0.1.10"]),
            json!(["10.0.1.10", "10.0.1.11"]),
            json!(["10.0.1.10", "10.0.3.5"]),
            json!([]),
        ]),
        select(vec![json!(["sg-ri"]), json!(["sg-ri"]), json!(["sg-own", "sg-ri"]), json!(["sg-all", "sg-ri"])]),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(net, mut endpoints, ips, groups, report)| {
            for (place, endpoint) in endpoints.iter_mut().enumerate() {
                endpoint["name"] = json!(format!("db-{place}"));
            }
            let world = World::on(net)
                .client(json!({
                    "subnetIDs": ["subnet-near", "subnet-near2"], "privateIPs": ips, "securityGroupIDs": groups
                }))
                .endpoints(endpoints);
            if report {
                world.account(json!({"networkACLs": "Report"}))
            } else {
                world
            }
        })
}

/// The addresses at which anything in these networks can change: the ends of every block, and their neighbours.
pub(crate) fn boundaries(within: &IpNet) -> Vec<Ipv4Addr> {
    let IpNet::V4(within) = within else {
        return Vec::new();
    };
    let nets = BLOCKS.iter().map(|text| parse::<ipnet::Ipv4Net>(text));
    let ends = nets.flat_map(|net| {
        let (first, last) = (u32::from(net.network()), u32::from(net.broadcast()));
        [first.saturating_sub(1), first, last, last.saturating_add(1)]
    });
    let own = [u32::from(within.network()), u32::from(within.broadcast())];
    let points: BTreeSet<Ipv4Addr> = ends.chain(own).map(Ipv4Addr::from).collect();
    points
        .into_iter()
        .filter(|ip| within.contains(ip))
        .collect()
}
