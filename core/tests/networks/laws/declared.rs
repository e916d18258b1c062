//! Every unit that a declaration could call for, told by hand: what a plan adds is one of them, whole.

use crate::generated::{
    Case,
    ways::{Asked, Way},
};
use dms_network_core::api::{RuleDirection, Target, Unit};
use serde_json::{Value, json};

/// How a client may be seen: by its addresses, their subnets and VPC, the public addresses, those of whoever translates.
const SOURCES: [&str; 23] = [
    "10.0.1.10/32",
    "10.0.1.11/32",
    "10.0.3.5/32",
    "2001:db8:a:1::10/128",
    "10.0.1.0/24",
    "10.0.3.0/24",
    "2001:db8:a:1::/64",
    "2001:db8:a:3::/64",
    "10.0.0.0/16",
    "2001:db8:a::/48",
    "198.51.100.9/32",
    "198.51.100.10/32",
    "198.51.100.1/32",
    "198.51.100.2/32",
    "198.51.100.3/32",
    "10.0.5.4/32",
    "10.0.5.5/32",
    "10.0.5.6/32",
    "10.0.7.5/32",
    "10.0.6.5/32",
    "10.0.7.9/32",
    "10.0.8.5/32",
    "198.51.100.30/32",
];
const CLIENT_GROUPS: [&str; 3] = ["sg-ri", "sg-own", "sg-all"];

impl Case {
    /// Whether some endpoint of the case can call for a unit.
    pub(crate) fn declares(&self, unit: &Unit) -> bool {
        self.asked.iter().any(|asked| may_ask(asked, unit))
    }
}

fn may_ask(asked: &Asked, unit: &Unit) -> bool {
    let port = (unit.from_port == unit.to_port).then_some(unit.from_port);
    let dialled = port.is_some_and(|port| is_dialled(asked, port));
    let answered = (unit.from_port, unit.to_port) == (1024, 65535);
    let ingress = unit.direction == RuleDirection::Ingress;
    // A group of another account is written with that account.
    let peer = unit.peer.to_string();
    let peer = peer
        .strip_prefix("111122223333/")
        .unwrap_or(&peer)
        .to_owned();
    let peer = peer
        .strip_prefix("444455556666/")
        .unwrap_or(&peer)
        .to_owned();
    let to = destinations(asked).contains(&peer);
    let from = SOURCES.contains(&peer.as_str()) || (asked.by_proxy && peer == "10.0.8.0/24");
    match &unit.target {
        Target::NetworkACLEntry(acl) => {
            let acl = acl.as_str();
            let here = asked.way.acls().contains(&acl)
                || ["acl-near", "acl-rest"].contains(&acl)
                || (asked.by_proxy && acl == "acl-proxy");
            // Requests go out to the destination and come in from the source, answers the other way.
            here && match (dialled, answered, ingress) {
                (true, _, false) | (_, true, true) => to,
                (true, _, true) | (_, true, false) => from,
                _ => false,
            }
        }
        Target::SecurityGroupRule(group) => {
            let (group, peer) = (group.as_str(), peer.as_str());
            let opens = CLIENT_GROUPS.contains(&group)
                || group == "sg-host"
                || (asked.by_proxy && group == "sg-proxy");
            // Where none is declared, it is one that the database's interface carries.
            let undeclared =
                asked.spec.pointer("/placement/sameVPC/securityGroupIDs") == Some(&json!([]));
            let answers = asked.way.groups().contains(&group)
                || (undeclared && CLIENT_GROUPS.contains(&group))
                || (asked.by_proxy && group == "sg-proxy");
            let client_group =
                CLIENT_GROUPS.contains(&peer) || (asked.by_proxy && peer == "sg-proxy");
            let far_group =
                asked.way.groups().contains(&peer) || (asked.by_proxy && peer == "sg-proxy");
            dialled
                && if ingress {
                    answers && (from || client_group)
                } else {
                    opens && (to || far_group || peer_vpc(asked).contains(&peer))
                }
        }
    }
}

fn is_dialled(asked: &Asked, port: u16) -> bool {
    let ports = asked.spec["ports"].as_array().into_iter().flatten();
    let mut ports = ports.filter_map(Value::as_u64);
    ports.any(|known| known == u64::from(port)) || (asked.by_proxy && port == 15432)
}

/// The declared addresses, else the subnets; and the proxy.
fn destinations(asked: &Asked) -> Vec<String> {
    let declared = asked.spec["addresses"].as_array().into_iter().flatten();
    let declared = declared.filter_map(Value::as_str);
    let mut all: Vec<String> = declared.map(whole).collect();
    if all.is_empty() {
        let subnets: &[&str] = match asked.way {
            Way::SameVpc => &[
                "10.0.2.0/24",
                "10.0.4.0/24",
                "2001:db8:a:2::/64",
                "2001:db8:a:4::/64",
            ],
            Way::Peering => &["10.1.2.0/24", "10.1.4.0/24", "2001:db8:b:2::/64"],
            Way::TransitGateway => &["10.2.2.0/24", "10.2.4.0/24", "2001:db8:c:2::/64"],
            _ => &[],
        };
        all.extend(subnets.iter().map(ToString::to_string));
    }
    if asked.by_proxy {
        all.push("10.0.8.5/32".to_owned());
    }
    all
}

fn whole(address: &str) -> String {
    match (address.contains('/'), address.contains(':')) {
        (true, _) => address.to_owned(),
        (_, true) => format!("{address}/128"),
        _ => format!("{address}/32"),
    }
}

/// The blocks of a VPC behind a peering, which egress names.
fn peer_vpc(asked: &Asked) -> &'static [&'static str] {
    match asked.way {
        Way::Peering => &["10.1.0.0/16", "2001:db8:b::/48", "10.1.4.0/24"],
        Way::TransitGateway => &["10.2.0.0/16", "2001:db8:c::/48"],
        _ => &[],
    }
}
