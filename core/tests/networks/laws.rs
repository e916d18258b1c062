//! The laws of planning, on generated networks of one VPC that reach every gate.

use crate::{
    generated::{ACLS, NUMBERS, boundaries, entries, rules, worlds},
    net::{Net, parse},
    walker::{Connection, Host, deciding_entry, rule_admits, walk},
    world::World,
};
use dms_network_core::{
    api::{EndpointName, PathStatus, Reason, SecurityGroupId, Target, Unit, Verdict},
    plan::{Plan, Standing},
    snapshot::{NetworkAclEntry, Protocol, Read, RuleDirection, ScopeLists},
};
use ipnet::IpNet;
use proptest::prelude::*;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

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
