//! The laws of planning, on generated networks of one VPC that reach every gate.

use crate::{
    net::{Net, other_owner, owner, parse},
    walker::{Connection, Host, deciding_entry, rule_admits, walk},
    world::{World, endpoint},
};
use dms_network_core::{
    api::{EndpointName, PathStatus, Reason, SecurityGroupId, Target, Unit, Verdict},
    network::PortRange,
    plan::{Plan, Standing},
    snapshot::{NetworkAclEntry, Peer, Protocol, Read, RuleDirection, ScopeLists},
};
use ipnet::IpNet;
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

const BLOCKS: [&str; 18] = [
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
const ACLS: [&str; 3] = ["acl-near", "acl-far", "acl-rest"];
/// Below our numbers, in them, in those of others, above: the last four are where a deny of everything is a default.
const NUMBERS: [u16; 14] = [
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

fn rules(count: usize) -> impl Strategy<Value = Vec<(&'static str, String)>> {
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

fn entries(numbers: &'static [u16], count: usize) -> impl Strategy<Value = Vec<Entry>> {
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
struct Entry {
    acl: &'static str,
    way: &'static str,
    number: u16,
    text: String,
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

fn worlds(most_endpoints: usize) -> impl Strategy<Value = World> {
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
fn boundaries(within: &IpNet) -> Vec<Ipv4Addr> {
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

/// The client's ports at which anything can change.
const CLIENT_PORTS: [u16; 16] = [
    1024, 1520, 1521, 1522, 3388, 3389, 3390, 5432, 6001, 32767, 32768, 40000, 49152, 60999, 61001,
    65535,
];

/// The groups of an address: of its interface where a single address is meant, else the declared ones.
fn groups_at(
    lists: &ScopeLists,
    block: &IpNet,
    declared: &[SecurityGroupId],
) -> Vec<SecurityGroupId> {
    let Read::Known(interfaces) = &lists.network_interfaces else {
        panic!()
    };
    let single = block.prefix_len() == 32;
    let interface = interfaces
        .values()
        .find(|interface| single && interface.addresses[0].address == block.addr());
    interface.map_or(declared.to_vec(), |i| i.security_group_ids.clone())
}

/// The declared connections of a path, at every boundary point.
fn connections(world: &World, path: &PathStatus) -> Vec<Connection> {
    let lists = &world.net.lists;
    let spec = world.spec();
    let network = spec.replication_instance.network.as_ref().unwrap();
    let endpoint = spec.endpoint(&path.endpoint).unwrap();
    let far = endpoint.placement.same_vpc.as_ref().unwrap();
    let hosts = |blocks: &[IpNet], declared: &[SecurityGroupId], as_declared: bool| {
        let mut hosts = Vec::new();
        for block in blocks {
            // A part of a wider declared block stands for whoever carries the declared groups.
            let single =
                !as_declared || endpoint.addresses.iter().any(|known| known.net() == *block);
            let groups = if single {
                groups_at(lists, block, declared)
            } else {
                declared.to_vec()
            };
            hosts.extend(boundaries(block).into_iter().map(|ip| Host {
                ip,
                groups: groups.clone(),
            }));
        }
        hosts
    };
    let clients = hosts(&path.client.addresses, &network.security_group_ids, false);
    let servers = hosts(&path.destinations, &far.security_group_ids, true);
    let mut connections = Vec::new();
    for client in &clients {
        for server in &servers {
            for client_port in CLIENT_PORTS {
                connections.push(Connection {
                    client: client.clone(),
                    client_port,
                    server: server.clone(),
                    port: path.port,
                });
            }
        }
    }
    connections
}

/// The client's ports that the notes of a path say do not work.
fn noted(path: &PathStatus) -> Vec<(u16, u16)> {
    let notes = path
        .notes
        .iter()
        .filter(|note| note.reason == Reason::ReturnPortsDenied);
    let ranges = notes.flat_map(|note| {
        let (_, rest) = note.message.split_once("ports ").unwrap();
        let ranges = rest.trim_end_matches(" pass").split(", ");
        ranges.map(|range| {
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            (parse(from), parse(to))
        })
    });
    ranges.collect()
}

/// Whether a path is one that the plan opens or found open.
fn is_served(plan: &Plan, place: usize) -> bool {
    plan.paths[place].status.verdict < Verdict::Unknown && !plan.refused.contains(&place)
}

/// Whether all declared packets of the served paths of `plan` pass in `after`.
fn broken(world: &World, plan: &Plan, after: &World) -> Option<String> {
    let then = after.plan();
    for (place, path) in plan.paths.iter().enumerate() {
        if !is_served(plan, place) {
            continue;
        }
        let denied = noted(&then.paths[place].status);
        for connection in connections(world, &path.status) {
            let port = connection.client_port;
            if denied
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&port))
            {
                continue;
            }
            if let Err(gate) = walk(&after.net.lists, &connection) {
                return Some(format!("{gate}: {connection:?}"));
            }
        }
    }
    None
}

fn units(plan: &Plan) -> Vec<Unit> {
    plan.additions().map(|(unit, _)| unit.clone()).collect()
}

/// Every unit that the declaration could call for, told by hand.
fn declared_units(world: &World) -> BTreeSet<String> {
    let spec = world.spec();
    let network = spec.replication_instance.network.as_ref().unwrap();
    let mut units = BTreeSet::new();
    let mut sources: Vec<String> = vec![
        "10.0.1.0/24".into(),
        "10.0.3.0/24".into(),
        "10.0.0.0/16".into(),
    ];
    sources.extend(network.private_ips.iter().map(|ip| format!("{ip}/32")));
    for endpoint in &spec.endpoints {
        let far = endpoint.placement.same_vpc.as_ref().unwrap();
        let mut places: Vec<String> = endpoint
            .addresses
            .iter()
            .map(|a| a.net().to_string())
            .collect();
        if places.is_empty() {
            places = vec!["10.0.2.0/24".into(), "10.0.4.0/24".into()];
        }
        let groups = |ids: &[SecurityGroupId]| -> Vec<String> {
            ids.iter().map(ToString::to_string).collect()
        };
        let (near_groups, far_groups) = (
            groups(&network.security_group_ids),
            groups(&far.security_group_ids),
        );
        for port in endpoint.ports() {
            for near in &near_groups {
                let others = places.iter().chain(&far_groups);
                units.extend(others.map(|peer| format!("{near} egress tcp {port} {peer}")));
            }
            for group in &far_groups {
                let others = sources.iter().chain(&near_groups);
                units.extend(others.map(|peer| format!("{group} ingress tcp {port} {peer}")));
            }
            for acl in ACLS {
                for place in &places {
                    units.insert(format!("{acl} egress tcp {port} {place}"));
                    units.insert(format!("{acl} ingress tcp 1024-65535 {place}"));
                }
                for source in &sources {
                    units.insert(format!("{acl} ingress tcp {port} {source}"));
                    units.insert(format!("{acl} egress tcp 1024-65535 {source}"));
                }
            }
        }
    }
    units
}

/// Points at which to ask a resource what it permits.
fn probes() -> Vec<(Ipv4Addr, u16)> {
    let ports = [22, 443, 1520, 1521, 1522, 5431, 5432, 5433];
    let ports: Vec<u16> = ports.iter().chain(&CLIENT_PORTS).copied().collect();
    let everywhere = boundaries(&parse("0.0.0.0/0"));
    let pairs = everywhere
        .iter()
        .flat_map(|ip| ports.iter().map(|port| (*ip, *port)));
    pairs.collect()
}

fn in_unit(unit: &Unit, ip: Ipv4Addr, port: u16) -> bool {
    let inside = unit
        .cidr()
        .is_some_and(|net| net.contains(&std::net::IpAddr::V4(ip)));
    inside && (unit.from_port..=unit.to_port).contains(&port)
}

/// Whether a deny is one that a person meant.
fn is_decision(entry: &NetworkAclEntry) -> bool {
    let of_everything = entry.protocol == Protocol::All && entry.cidr.prefix_len() == 0;
    !entry.allow && entry.number <= 32766 && !(of_everything && entry.number > 20049)
}

/// So many cases, or as many as PROPTEST_CASES asks for.
fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let asked = std::env::var_os("PROPTEST_CASES").map(|_| default.cases);
    ProptestConfig {
        cases: asked.unwrap_or(cases),
        failure_persistence: None,
        max_global_rejects: 100_000,
        ..default
    }
}

proptest! {
    #![proptest_config(config(40))]

    /// Laws 1 and 3: a plan opens what it promises, and there is nothing more to plan then. What another path gets may
    /// open a gate of a refused one, so that the rest of that one finds room.
    #[test]
    fn a_plan_opens_its_paths_and_leaves_nothing_to_plan(world in worlds(3)) {
        let (plan, mut after) = (world.plan(), world.after());
        prop_assert_eq!(broken(&world, &plan, &after), None);
        for (place, path) in after.plan().paths.iter().enumerate() {
            let before = plan.paths[place].status.verdict;
            let now = path.status.verdict;
            if plan.refused.contains(&place) {
                prop_assert!(now <= before);
            } else if before == Verdict::Missing {
                prop_assert!(now <= Verdict::External, "{:?}", path.status);
            } else {
                prop_assert_eq!(now, before);
            }
        }
        for _ in &plan.refused {
            after = after.after();
        }
        prop_assert_eq!(after.additions(), Vec::<String>::new());
        prop_assert_eq!(after.releases(), Vec::<String>::new());
    }

    /// Law 2: nothing is opened but declared units as a whole, and no deny loses force.
    #[test]
    fn a_plan_opens_nothing_else(world in worlds(3)) {
        let plan = world.plan();
        let declared = declared_units(&world);
        for unit in units(&plan) {
            prop_assert!(declared.contains(&unit.to_string()), "{unit}");
        }
        let after = world.after();
        let (before, after) = (&world.net.lists, &after.net.lists);
        let (Read::Known(old), Read::Known(new)) = (&before.network_acls, &after.network_acls) else { panic!() };
        for (id, acl) in new {
            for direction in [RuleDirection::Ingress, RuleDirection::Egress] {
                let added: Vec<Unit> = units(&plan)
                    .into_iter()
                    .filter(|unit| unit.target == Target::NetworkACLEntry(id.clone()) && unit.direction == direction)
                    .collect();
                for (ip, port) in probes() {
                    let then = deciding_entry(&old[id], direction, ip, port);
                    let now = deciding_entry(acl, direction, ip, port);
                    let (then_passes, now_passes) = (then.is_some_and(|e| e.allow), now.is_some_and(|e| e.allow));
                    prop_assert!(now_passes || !then_passes, "{id} {direction} {ip} {port} was closed");
                    if now_passes && !then_passes {
                        prop_assert!(added.iter().any(|unit| in_unit(unit, ip, port)), "{id} {ip} {port}");
                        prop_assert!(!then.is_some_and(is_decision), "{id} {direction} {ip} {port}: {then:?}");
                    }
                }
            }
        }
        let (Read::Known(old), Read::Known(new)) = (&before.security_groups, &after.security_groups) else { panic!() };
        for (id, group) in new {
            let added = group.rules.len() - old[id].rules.len();
            let made = plan.additions().filter(|(_, planned)| planned.standing == Standing::Create);
            let wanted = made.filter(|(unit, _)| unit.target == Target::SecurityGroupRule(id.clone()));
            prop_assert_eq!(added, wanted.count());
        }
    }

    /// Law 4: none of the additions of a single path could be left out.
    #[test]
    fn no_addition_could_be_left_out(world in worlds(1), place in any::<prop::sample::Index>()) {
        let mut world = world;
        let blocks = world.spec["endpoints"][0]["addresses"].clone();
        if let Some(first) = blocks.as_array().and_then(|blocks| blocks.first()) {
            world.spec["endpoints"][0]["addresses"] = json!([first]);
        }
        world.spec["endpoints"][0]["ports"] = json!([5432]);
        let plan = world.plan();
        prop_assume!(plan.paths.len() == 1 && plan.refused.is_empty());
        let additions: Vec<_> = plan.additions().filter(|(_, p)| p.standing == Standing::Create).collect();
        prop_assume!(!additions.is_empty());
        let (unit, planned) = place.get(&additions);
        // What others hold counts for nothing: without it the packet must not pass.
        let bare = without_claims(world.net.lists.clone());
        let (mut lists, _) = dms_network_core::plan::after(bare, &plan, &world.owner);
        let (Read::Known(groups), Read::Known(acls)) = (&mut lists.security_groups, &mut lists.network_acls) else { panic!() };
        match &unit.target {
            Target::SecurityGroupRule(id) => {
                groups.get_mut(id).unwrap().rules.retain(|rule| !unit.is_rule(rule));
            }
            Target::NetworkACLEntry(id) => {
                let entries = &mut acls.get_mut(id).unwrap().entries;
                entries.retain(|e| e.direction != unit.direction || Some(e.number) != planned.rule_number);
            }
        }
        let connections = connections(&world, &plan.paths[0].status);
        let required = connections.iter().filter(|c| (32768..=60999).contains(&c.client_port));
        let mut failing = required.filter(|c| walk(&lists, c).is_err());
        prop_assert!(failing.next().is_some(), "{unit} could be left out");
    }

    /// Law 5: the order of what was read changes nothing.
    #[test]
    fn the_order_of_what_was_read_changes_nothing(world in worlds(3), turns in prop::collection::vec(0_usize..7, 3)) {
        let mut turned = world.clone();
        let lists = &mut turned.net.lists;
        let (Read::Known(groups), Read::Known(acls), Read::Known(tables)) =
            (&mut lists.security_groups, &mut lists.network_acls, &mut lists.route_tables) else { panic!() };
        fn turn<T>(list: &mut [T], by: usize) {
            list.reverse();
            list.rotate_left(by % list.len().max(1));
        }
        groups.values_mut().for_each(|group| turn(&mut group.rules, turns[0]));
        acls.values_mut().for_each(|acl| turn(&mut acl.entries, turns[1]));
        tables.values_mut().for_each(|table| turn(&mut table.routes, turns[2]));
        let text = |world: &World| serde_json::to_string(&world.document()).unwrap();
        prop_assert_eq!(text(&world), text(&turned));
    }

    /// Law 7: on a path that stays unblocked neither a foreign allow nor a deny causes an addition.
    #[test]
    fn what_others_write_causes_no_addition(
        world in worlds(3),
        rules in rules(3),
        more in entries(&NUMBERS, 3),
    ) {
        let mut net = world.net.clone();
        for (group, rule) in &rules {
            net = net.group(group, &[rule]);
        }
        for entry in &more {
            let Read::Known(acls) = &net.lists.network_acls else { panic!() };
            let acl = &acls[&parse(entry.acl)];
            let direction = if entry.way == "ingress" { RuleDirection::Ingress } else { RuleDirection::Egress };
            let used = acl.entries.iter().any(|e| e.direction == direction && e.number == entry.number);
            // A deny of everything above our numbers is no decision, and hides what stands behind it.
            let default = entry.text.ends_with("deny all 0.0.0.0/0") && entry.number > 20049;
            if !used && !default {
                net = net.acl(entry.acl, &[], &[&entry.text]);
            }
        }
        let later = world.moved(net);
        let (before, after) = (world.plan(), later.plan());
        let needs = |plan: &Plan| -> BTreeMap<(EndpointName, u16, String, String), BTreeSet<String>> {
            let served = plan.paths.iter().filter(|path| path.status.verdict <= Verdict::Missing);
            served.map(|path| {
                let status = &path.status;
                let needed = path.asks.iter().filter(|ask| ask.needed);
                let key = (
                    status.endpoint.clone(), status.port, status.client.subnet_id.to_string(), format!("{:?}", status.destinations)
                );
                (key, needed.map(|ask| ask.request.preferred().to_string()).collect())
            }).collect()
        };
        let (before, after) = (needs(&before), needs(&after));
        for (path, units) in &after {
            if let Some(known) = before.get(path) {
                prop_assert!(units.is_subset(known), "{path:?}: {units:?} and before {known:?}");
            }
        }
    }
}

/// The network without what anybody claims, and without the allows in the shared numbers that nobody claims.
fn without_claims(mut lists: ScopeLists) -> ScopeLists {
    let (Read::Known(groups), Read::Known(acls)) =
        (&mut lists.security_groups, &mut lists.network_acls)
    else {
        panic!()
    };
    for group in groups.values_mut() {
        group.rules.retain(|rule| rule.tags.is_empty());
    }
    for acl in acls.values_mut() {
        acl.entries
            .retain(|entry| !entry.allow || !(20000..=20999).contains(&entry.number));
    }
    lists
}

/// The walker itself tells open from closed: else no law could fail.
#[test]
fn the_walker_tells_where_a_packet_ends() {
    let host = |ip: &str, group: &str| Host {
        ip: parse(ip),
        groups: vec![parse(group)],
    };
    let connection = Connection {
        client: host("10.0.1.10", "sg-ri"),
        client_port: 40000,
        server: host("10.0.2.20", "sg-db"),
        port: 5432,
    };
    let fate = |net: &Net| walk(&net.lists, &connection);
    let open = Net::two_subnets().group("sg-db", &["ingress tcp 5432 sg-ri"]);
    assert_eq!(fate(&open), Ok(()));
    assert_eq!(fate(&Net::two_subnets()), Err("server's groups"));
    let rows = [
        (
            open.clone()
                .entries("acl-near", &["1 ingress allow all 0.0.0.0/0"]),
            "client's ACL out",
        ),
        (
            open.clone()
                .acl("acl-far", &[], &["1 ingress deny tcp 5432 10.0.0.0/8"]),
            "server's ACL in",
        ),
        (
            open.clone()
                .acl("acl-far", &[], &["1 egress deny tcp 40000 0.0.0.0/0"]),
            "server's ACL back",
        ),
        (
            open.clone()
                .acl("acl-near", &[], &["1 ingress deny all 10.0.2.0/24"]),
            "client's ACL back",
        ),
        (
            open.clone().table("rtb-far", &["subnet-far"], &[]),
            "route back",
        ),
        (
            open.clone()
                .table("rtb-near", &["subnet-near"], &["0.0.0.0/0 igw-0a"]),
            "route out",
        ),
        // Behind a middlebox the reference to the group counts for nothing.
        (
            open.table("rtb-near", &["subnet-near"], &["10.0.2.0/24 eni-fw"]),
            "server's groups",
        ),
    ];
    for (net, gate) in rows {
        assert_eq!(fate(&net), Err(gate));
    }
    let rule = &Net::two_subnets().group_mut("sg-ri").rules[0].clone();
    assert!(rule_admits(
        &Net::two_subnets().lists,
        rule,
        &connection.server,
        1,
        false
    ));
}
