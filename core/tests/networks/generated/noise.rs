//! What people and other deployments wrote into groups and ACLs: a small choice of blocks, ports and numbers on what the
//! case's flows meet, so that rules, entries and flows overlap in every way.

use crate::net::{Net, other_owner, owner, parse};
use dms_network_core::{
    network::PortRange,
    snapshot::{Peer, Protocol, RuleDirection},
};
use proptest::{
    prelude::*,
    sample::{Index, select},
};
use std::collections::{BTreeMap, BTreeSet};

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

/// Below our numbers, in them, in those of others, above: the last four are where a deny of everything is a default.
const NUMBERS: [u16; 14] = [
    10, 50, 80, 90, 95, 100, 150, 19999, 20003, 20011, 20500, 20999, 25000, 32766,
];

/// What the flows of a case meet.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    pub(crate) groups: Vec<&'static str>,
    pub(crate) acls: Vec<&'static str>,
    pub(crate) blocks: Vec<&'static str>,
}

impl Pools {
    /// The blocks, groups and prefix list that a rule may name.
    fn peers(&self) -> Vec<&'static str> {
        let all = self.blocks.iter().chain(&self.groups).chain(&["pl-0a"]);
        all.copied().collect()
    }
}

/// A rule, by its places in the pools.
#[derive(Clone, Debug)]
pub(crate) struct NoiseRule {
    group: Index,
    ingress: bool,
    traffic: &'static str,
    peer: Index,
}

impl NoiseRule {
    pub(crate) fn on(&self, pools: &Pools) -> (&'static str, String) {
        let way = if self.ingress { "ingress" } else { "egress" };
        let peer = *self.peer.get(&pools.peers());
        let rule = format!("{way} {} {peer}", self.traffic);
        (*self.group.get(&pools.groups), rule)
    }
}

pub(crate) fn rules(count: usize) -> impl Strategy<Value = Vec<NoiseRule>> {
    let rule = (
        any::<Index>(),
        any::<bool>(),
        select(&TRAFFIC[..]),
        any::<Index>(),
    );
    let rule = rule.prop_map(|(group, ingress, traffic, peer)| NoiseRule {
        group,
        ingress,
        traffic,
        peer,
    });
    prop::collection::vec(rule, 0..count)
}

/// An entry, by its places in the pools.
#[derive(Clone, Debug)]
pub(crate) struct NoiseEntry {
    acl: Index,
    pub(crate) ingress: bool,
    pub(crate) number: u16,
    allow: bool,
    traffic: &'static str,
    block: Index,
}

impl NoiseEntry {
    pub(crate) fn acl(&self, pools: &Pools) -> &'static str {
        pools.acls[self.acl.index(pools.acls.len())]
    }

    pub(crate) fn text(&self, pools: &Pools) -> String {
        let way = if self.ingress { "ingress" } else { "egress" };
        let action = if self.allow { "allow" } else { "deny" };
        let block = self.block.get(&pools.blocks);
        format!("{} {way} {action} {} {block}", self.number, self.traffic)
    }
}

pub(crate) fn entries(count: usize) -> impl Strategy<Value = Vec<NoiseEntry>> {
    let entry = (
        any::<Index>(),
        any::<bool>(),
        select(&NUMBERS[..]),
        prop::bool::weighted(0.7),
        select(&TRAFFIC[..]),
        any::<Index>(),
    );
    let entry = entry.prop_map(|(acl, ingress, number, allow, traffic, block)| NoiseEntry {
        acl,
        ingress,
        number,
        allow,
        traffic,
        block,
    });
    prop::collection::vec(entry, 0..count)
}

/// What another object of ours, or another deployment, holds already: as such objects would.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    rules: Vec<(bool, Index, &'static str)>,
    entries: Vec<ClaimedEntry>,
}

#[derive(Clone, Debug)]
struct ClaimedEntry {
    ours: bool,
    acl: Index,
    ingress: bool,
    block: Index,
    place: u16,
    /// Whether it is under a number of our range, whoever claims it.
    in_our_range: bool,
}

pub(crate) fn claimed() -> impl Strategy<Value = Claimed> {
    let rule = (
        any::<bool>(),
        any::<Index>(),
        select(vec!["sg-ri", "10.0.1.10/32", "10.0.1.0/24", "10.0.0.0/16"]),
    );
    let entry = (
        any::<bool>(),
        any::<Index>(),
        any::<bool>(),
        any::<Index>(),
        0_u16..4,
        prop::bool::weighted(0.25),
    );
    let entry = entry.prop_map(|(ours, acl, ingress, block, place, shared)| ClaimedEntry {
        ours,
        acl,
        ingress,
        block,
        place,
        in_our_range: ours || shared,
    });
    let rules = prop::collection::vec(rule, 0..2);
    let entries = prop::collection::vec(entry, 0..2);
    (rules, entries).prop_map(|(rules, entries)| Claimed { rules, entries })
}

/// What an open ACL lets pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    All,
    /// What leaves, and no answers.
    Egress,
    /// What comes in, and no answers.
    Ingress,
    /// Both ways to the ports of databases alone.
    LowPorts,
}

impl Opening {
    fn entries(self) -> &'static [&'static str] {
        const ALL: [&str; 4] = [
            "200 ingress allow all 0.0.0.0/0",
            "201 ingress allow all ::/0",
            "200 egress allow all 0.0.0.0/0",
            "201 egress allow all ::/0",
        ];
        match self {
            Self::All => &ALL,
            Self::Ingress => &ALL[..2],
            Self::Egress => &ALL[2..],
            Self::LowPorts => &[
                "200 ingress allow tcp 0-16000 0.0.0.0/0",
                "200 egress allow tcp 0-16000 0.0.0.0/0",
            ],
        }
    }
}

/// All that was written into the network of a case.
#[derive(Clone, Debug)]
pub(crate) struct Noise {
    pub(crate) rules: Vec<NoiseRule>,
    pub(crate) entries: Vec<NoiseEntry>,
    pub(crate) open_acls: Vec<(Index, Opening)>,
    pub(crate) open_groups: Vec<Index>,
    pub(crate) all_open: bool,
    pub(crate) claimed: Claimed,
    /// An ACL, and a direction, in which a deny of one port stands behind all of our numbers.
    pub(crate) late_deny: Option<(Index, bool)>,
}

pub(crate) fn noise() -> impl Strategy<Value = Noise> {
    (
        rules(8),
        entries(7),
        prop::collection::vec(
            (
                any::<Index>(),
                select(vec![
                    Opening::All,
                    Opening::All,
                    Opening::Egress,
                    Opening::Ingress,
                    Opening::LowPorts,
                ]),
            ),
            0..6,
        ),
        prop::collection::vec(any::<Index>(), 0..5),
        prop::bool::weighted(0.25),
        claimed(),
        prop::option::weighted(0.1, any::<(Index, bool)>()),
    )
        .prop_map(
            |(rules, entries, open_acls, open_groups, all_open, claimed, late_deny)| Noise {
                rules,
                entries,
                open_acls,
                open_groups,
                all_open,
                claimed,
                late_deny,
            },
        )
}

/// The network with all that was written into it.
pub(crate) fn written(mut net: Net, noise: &Noise, pools: &Pools) -> Net {
    for rule in &noise.rules {
        let (group, rule) = rule.on(pools);
        net = net.group(group, &[&rule]);
    }
    let chosen = noise
        .open_groups
        .iter()
        .map(|place| *place.get(&pools.groups));
    let groups: BTreeSet<&str> = match noise.all_open {
        true => pools.groups.iter().copied().collect(),
        false => chosen.collect(),
    };
    for group in groups {
        net = net.group(group, &["egress all 0.0.0.0/0", "egress all ::/0"]);
        if noise.all_open {
            net = net.group(group, &["ingress tcp 0-65535 10.0.0.0/8"]);
        }
    }
    let mut taken = BTreeSet::new();
    for entry in &noise.entries {
        if taken.insert((entry.acl(pools), entry.ingress, entry.number)) {
            net = net.acl(entry.acl(pools), &[], &[&entry.text(pools)]);
        }
    }
    if let Some((acl, ingress)) = noise.late_deny {
        let acl = *acl.get(&pools.acls);
        let way = if ingress { "ingress" } else { "egress" };
        if taken.insert((acl, ingress, 20049)) {
            let text = format!("20049 {way} deny tcp 3389 0.0.0.0/0");
            net = net.acl(acl, &[], &[&text]);
        }
    }
    let mut acls = BTreeMap::new();
    for (place, opening) in &noise.open_acls {
        acls.insert(*place.get(&pools.acls), *opening);
    }
    if noise.all_open {
        acls = pools.acls.iter().map(|acl| (*acl, Opening::All)).collect();
    }
    for (acl, opening) in acls {
        net = net.acl(acl, &[], opening.entries());
    }
    claim(net, &noise.claimed, pools, &mut taken)
}

fn claim(
    mut net: Net,
    claimed: &Claimed,
    pools: &Pools,
    taken: &mut BTreeSet<(&'static str, bool, u16)>,
) -> Net {
    let who = |ours: bool| if ours { owner() } else { other_owner() };
    let mut known = BTreeSet::new();
    for (ours, group, peer) in &claimed.rules {
        let group = *group.get(&pools.groups);
        let foreign = net.clone().group_mut(group).rules.iter().any(|known| {
            known.peer == any_peer(peer)
                && known.protocol == Protocol::Tcp
                && known.ports == PortRange::one(5432)
                && known.direction == RuleDirection::Ingress
        });
        if !foreign && known.insert((group, *peer)) {
            let rule = format!("ingress tcp 5432 {peer}");
            net = net.claimed_rules(group, &who(*ours), &[&rule]);
        }
    }
    for entry in &claimed.entries {
        let acl = *entry.acl.get(&pools.acls);
        let first = if entry.in_our_range { 20000 } else { 20100 };
        let number = first + entry.place;
        if taken.insert((acl, entry.ingress, number)) {
            let way = if entry.ingress { "ingress" } else { "egress" };
            let ports = if entry.ingress == (acl != "acl-near") {
                "5432"
            } else {
                "1024-65535"
            };
            let block = entry.block.get(&pools.blocks);
            let text = format!("{number} {way} allow tcp {ports} {block}");
            net = net.claimed_entry(acl, &who(entry.ours), &text);
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
