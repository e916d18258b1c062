//! Networks that have much of one thing, in the arrangement that costs most.

use super::network::Network;
use dms_network_core::{
    api::{RuleDirection, Unit},
    claims::{AclClaim, Owner},
    network::PortRange,
};
use serde_json::{Value, json};

/// A network of a size.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) sizes: [usize; 3],
    pub(crate) of: fn(usize) -> Network,
}

/// Rules, routes, addresses: more than AWS lets anybody have.
const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// Entries of a network ACL, of which the reader takes no more.
const OF_ENTRIES: [usize; 3] = [10, 100, 1_000];

/// The shapes of which the work is counted.
pub(crate) const SHAPES: [Shape; 14] = [
    shape("rules for other ports", SIZES, |n| {
        Network::new().with("SecurityGroupRules", (0..n).map(|i| rule(i, 22, &host(i))))
    }),
    shape("rules for hosts of the block that is dialled", SIZES, |n| {
        let rules = (0..n).map(|i| rule(i, 5432, &host(i)));
        Network::new()
            .declares(ADDRESS, json!("10.0.0.0/16"))
            .with("SecurityGroupRules", rules)
    }),
    shape(
        "rules that overlap, by blocks of every length",
        SIZES,
        |n| {
            let rules = (0..n).map(|i| rule(i, 5432, &format!("10.0.2.20/{}", i % 33)));
            Network::new().with("SecurityGroupRules", rules)
        },
    ),
    shape("rules that all name one prefix list", SIZES, |n| {
        let rules = (0..n).map(|i| {
            let mut rule = rule(i, 5432, "");
            rule["PrefixListId"] = json!("pl-0a");
            rule
        });
        with_prefix_list(n).with("SecurityGroupRules", rules)
    }),
    shape("rules that are held", [40, 400, 4_000], |n| {
        let rules = (0..n).map(|i| {
            let mut rule = rule(i, 5432, &host(i));
            rule["Tags"] = json!([
                {"Key": "dms-network.dev/managed", "Value": "true"},
                {"Key": "dms-network.dev/claim.prod-eu1", "Value": "active"},
            ]);
            rule
        });
        let held: Vec<Value> = (0..n).map(held).collect();
        let network = Network::new().with("SecurityGroupRules", rules);
        network.declares("/status", json!({ "managedRules": held }))
    }),
    shape("entries for other ports", OF_ENTRIES, |n| {
        of_entries((0..n).map(|i| entry(i, i.is_multiple_of(2), (22, 22), &host(i))))
    }),
    shape(
        "an allow and a deny by turns, for hosts of a block",
        OF_ENTRIES,
        |n| {
            let entries = (0..n).map(|i| entry(i, i.is_multiple_of(2), (5432, 5432), &host(2 * i)));
            of_entries(entries).declares(ADDRESS, json!("10.0.0.0/16"))
        },
    ),
    shape(
        "an allow and a deny by turns, for single ports",
        OF_ENTRIES,
        |n| {
            of_entries(
                (0..n).map(|i| entry(i, i.is_multiple_of(2), (port(i), port(i)), "10.0.0.0/16")),
            )
        },
    ),
    shape("entries that are claimed", OF_ENTRIES, |n| {
        let entries = (0..n).map(|i| entry(i, true, (22, 22), &host(i)));
        of_entries(entries).within("NetworkAcls", "Tags", (0..n).map(claim))
    }),
    shape("routes to elsewhere", SIZES, |n| {
        of_routes((0..n).map(|i| route(i, &format!("11.{}.{}.0/24", i / 256, i % 256))))
    }),
    shape("routes of every length, one within the other", SIZES, |n| {
        of_routes((0..n).map(|i| route(i, &format!("10.0.2.20/{}", i % 33))))
    }),
    shape("routes that all name one prefix list", SIZES, |n| {
        let routes = (0..n).map(|i| {
            json!({"DestinationPrefixListId": "pl-0a", "NetworkInterfaceId": format!("eni-{i:x}"), "State": "active"})
        });
        with_prefix_list(n).within("RouteTables", "Routes", routes)
    }),
    shape(
        "a prefix list that is much longer than the block that is dialled",
        SIZES,
        |n| {
            let mut rule = rule(0, 5432, "");
            rule["PrefixListId"] = json!("pl-0a");
            let network = with_prefix_list(n).declares(ADDRESS, json!("10.0.0.0/16"));
            network.with("SecurityGroupRules", [rule])
        },
    ),
    shape("interfaces", SIZES, |n| {
        Network::new().with("NetworkInterfaces", (0..n).map(interface))
    }),
];

const ADDRESS: &str = "/spec/endpoints/0/addresses/0";

const fn shape(name: &'static str, sizes: [usize; 3], of: fn(usize) -> Network) -> Shape {
    Shape { name, sizes, of }
}

fn host(n: usize) -> String {
    format!("10.0.{}.{}/32", n / 256 % 256, n % 256)
}

fn port(n: usize) -> usize {
    1024 + 2 * n
}

/// A rule of the replication instance's group.
fn rule(n: usize, port: usize, cidr: &str) -> Value {
    let mut rule = json!({
        "SecurityGroupRuleId": format!("sgr-{n:x}"), "GroupId": "sg-0a", "GroupOwnerId": "111122223333",
        "IsEgress": true, "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
    });
    if !cidr.is_empty() {
        rule["CidrIpv4"] = cidr.into();
    }
    rule
}

/// What the object's status says of a rule.
fn held(n: usize) -> Value {
    json!({
        "kind": "SecurityGroupRule", "resource": "sg-0a", "direction": "Egress", "protocol": "tcp", "fromPort": 5432,
        "toPort": 5432, "cidr": host(n), "ruleID": format!("sgr-{n:x}"), "endpoints": ["db"],
        "scope": {"accountRef": "prod", "accountID": "111122223333", "region": "eu-west-1"},
    })
}

fn entry(n: usize, allow: bool, ports: (usize, usize), cidr: &str) -> Value {
    json!({
        "RuleNumber": n + 1, "Egress": true, "RuleAction": if allow { "allow" } else { "deny" }, "Protocol": "6",
        "PortRange": {"From": ports.0, "To": ports.1}, "CidrBlock": cidr,
    })
}

fn of_entries(entries: impl IntoIterator<Item = Value>) -> Network {
    Network::new().within("NetworkAcls", "Entries", entries)
}

/// The tag that claims the entry of a number.
fn claim(n: usize) -> Value {
    let owner = Owner::new("prod-eu1", None).unwrap();
    let acl = "acl-0a".parse().unwrap();
    let cidr = host(n).parse().unwrap();
    let unit = Unit::entry(&acl, RuleDirection::Egress, PortRange::one(22), cidr);
    let claim = AclClaim::new(u16::try_from(n + 1).unwrap(), unit, &owner);
    json!({"Key": claim.key(), "Value": claim.value()})
}

fn route(n: usize, to: &str) -> Value {
    json!({"DestinationCidrBlock": to, "NetworkInterfaceId": format!("eni-{n:x}"), "State": "active"})
}

fn of_routes(routes: impl IntoIterator<Item = Value>) -> Network {
    Network::new().within("RouteTables", "Routes", routes)
}

/// A prefix list of every other address.
fn with_prefix_list(n: usize) -> Network {
    let list = json!({"PrefixListId": "pl-0a", "PrefixListName": "hosts", "OwnerId": "111122223333", "MaxEntries": n});
    let entries: Vec<Value> = (0..n).map(|i| json!({"Cidr": host(2 * i)})).collect();
    let network = Network::new().with("PrefixLists", [list]);
    network.named("pl-0a", json!({ "Entries": entries }))
}

fn interface(n: usize) -> Value {
    let address = format!("10.0.{}.{}", n / 256 % 256, n % 256);
    json!({
        "NetworkInterfaceId": format!("eni-{n:x}"), "VpcId": "vpc-0a", "SubnetId": "subnet-0b",
        "PrivateIpAddress": address, "PrivateIpAddresses": [{"PrivateIpAddress": address}],
        "Groups": [{"GroupId": "sg-0b"}], "InterfaceType": "interface", "Status": "in-use",
    })
}
