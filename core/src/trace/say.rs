//! The words of gates: what was found, and what a person can do, with the real ids.

use crate::{
    api::{Gate, GateKind, PathDirection, PrefixListId, Reason, RuleDirection, Unit, Verdict},
    network::PortRange,
    snapshot::{
        NetworkAclEntry, Peer, Protocol, Route, RouteDestination, RouteTarget, ScopeSnapshot,
        SecurityGroupRule, Unread, UnreadCause,
    },
};
use ipnet::IpNet;
use std::fmt::Display;

/// What a person can do where the entries of a prefix list were not read.
pub(super) fn read_prefix_list(id: &PrefixListId) -> String {
    format!(
        "allow ec2:GetManagedPrefixListEntries, or add to the snapshot, as {id}.json, the output of aws ec2 \
         get-managed-prefix-list-entries --prefix-list-id {id}"
    )
}

/// A gate with what was found there. Unless it is open, the remedy is the reason's, until a better one is known.
pub(super) fn gate(
    kind: GateKind,
    resource: impl Into<String>,
    direction: PathDirection,
    verdict: Verdict,
    reason: Reason,
    message: impl Into<String>,
) -> Gate {
    Gate {
        gate: kind,
        resource: resource.into(),
        direction,
        verdict,
        reason,
        evidence: Vec::new(),
        message: message.into(),
        remedy: (verdict != Verdict::Permitted).then(|| reason.remedy().to_owned()),
    }
}

/// A gate at which a person must act.
pub(super) fn blocked(
    kind: GateKind,
    resource: impl Into<String>,
    direction: PathDirection,
    reason: Reason,
    message: impl Into<String>,
) -> Gate {
    gate(kind, resource, direction, Verdict::Blocked, reason, message)
}

/// A fault of the declaration, seen before any packet moves: `place` is the declared field or the resource.
pub(super) fn declaration(
    place: impl Into<String>,
    reason: Reason,
    message: impl Into<String>,
) -> Gate {
    let (kind, direction) = (GateKind::Declaration, PathDirection::Forward);
    blocked(kind, place, direction, reason, message)
}

/// A gate that could not be judged, since a list was not read.
pub(super) fn unread(
    kind: GateKind,
    resource: impl Into<String>,
    direction: PathDirection,
    unread: &Unread,
) -> Gate {
    let call = unread.call;
    let (reason, message, remedy) = match &unread.cause {
        UnreadCause::NotInSnapshot => (
            Reason::NotObserved,
            format!("{call} was not read: the snapshot holds no answer of it"),
            format!("add the output of {} to the snapshot", command(call)),
        ),
        UnreadCause::Denied(error) => (
            Reason::AccessDenied,
            format!("{call} was refused: {error}"),
            format!("allow {call} to the controller's role"),
        ),
        UnreadCause::Partial => (
            Reason::NotObserved,
            format!("{call} gave only a part of the list, and what it did not show may decide"),
            "make the list short enough for one answer".to_owned(),
        ),
    };
    let mut gate = gate(kind, resource, direction, Verdict::Unknown, reason, message);
    gate.remedy = Some(remedy);
    gate
}

/// The AWS CLI's command for a call that IAM writes as `ec2:DescribeNetworkAcls`.
pub(super) fn command(call: &str) -> String {
    let mut command = String::from("aws ");
    let mut after_service = false;
    for letter in call.chars() {
        match letter {
            ':' => {
                command.push(' ');
                after_service = true;
            }
            upper if upper.is_ascii_uppercase() => {
                if after_service && !command.ends_with(' ') {
                    command.push('-');
                }
                command.push(upper.to_ascii_lowercase());
            }
            other => command.push(other),
        }
    }
    command
}

/// What a person does about a hop that cannot be seen through.
pub(super) fn ask_to_pass(hop: &str) -> String {
    format!("ask whoever runs {hop} to let the flow of the requirement pass, both ways")
}

/// The account and Region in which something was looked for.
pub(super) fn place(scope: &ScopeSnapshot) -> String {
    match (&scope.account_id, &scope.region) {
        (Some(account), Some(region)) => format!("account {account} in {region}"),
        _ => "this account and Region".to_owned(),
    }
}

/// Things in words, with commas between them.
pub(super) fn list<T: Display>(things: impl IntoIterator<Item = T>) -> String {
    let things: Vec<String> = things.into_iter().map(|thing| thing.to_string()).collect();
    things.join(", ")
}

/// A few blocks in words; of many, how many more.
pub(super) fn blocks(blocks: impl IntoIterator<Item = IpNet>) -> String {
    let blocks: Vec<IpNet> = blocks.into_iter().collect();
    match blocks.split_at_checked(4) {
        Some((few, rest)) if !rest.is_empty() => format!("{} and {} more", list(few), rest.len()),
        _ => list(blocks),
    }
}

/// The flow of a gate in words: `tcp 5432 to 10.1.4.20/32`.
pub(super) fn flow(
    ports: impl Display,
    direction: RuleDirection,
    others: impl IntoIterator<Item = IpNet>,
) -> String {
    let towards = towards(direction);
    format!("tcp {ports} {towards} {}", blocks(others))
}

/// The way of a rule, as people say it.
pub(super) fn way(direction: RuleDirection) -> &'static str {
    match direction {
        RuleDirection::Ingress => "ingress",
        RuleDirection::Egress => "egress",
    }
}

/// A rule as evidence: its id, else its content.
pub(super) fn rule(rule: &SecurityGroupRule) -> String {
    if let Some(id) = &rule.id {
        return id.to_string();
    }
    let traffic = traffic(rule.protocol, &rule.ports);
    let peer = match &rule.peer {
        Peer::Cidr(cidr) => cidr.to_string(),
        Peer::PrefixList(list) => list.to_string(),
        Peer::SecurityGroup(group) => group.to_string(),
    };
    format!("{} {traffic} {peer}", way(rule.direction))
}

/// The number of an entry as evidence.
pub(super) fn entry_number(direction: RuleDirection, number: u16) -> String {
    format!("{direction} entry {number}")
}

/// An entry with its content: `egress entry 90 (deny tcp 5432 to 10.0.2.0/24)`.
pub(super) fn entry(entry: &NetworkAclEntry) -> String {
    let action = if entry.allow { "allow" } else { "deny" };
    let towards = towards(entry.direction);
    format!(
        "{} entry {} ({action} {} {towards} {})",
        way(entry.direction),
        entry.number,
        traffic(entry.protocol, &entry.ports),
        entry.cidr
    )
}

fn traffic(protocol: Protocol, ports: &PortRange) -> String {
    match protocol {
        Protocol::All => "all traffic".to_owned(),
        Protocol::Tcp => format!("tcp {ports}"),
        Protocol::Other(Some(number)) => format!("protocol {number}"),
        Protocol::Other(None) => "another protocol".to_owned(),
    }
}

fn towards(direction: RuleDirection) -> &'static str {
    match direction {
        RuleDirection::Egress => "to",
        RuleDirection::Ingress => "from",
    }
}

/// A route as evidence.
pub(super) fn route(route: &Route) -> String {
    let destination = match &route.destination {
        RouteDestination::Cidr(cidr) => cidr.to_string(),
        RouteDestination::PrefixList(list) => list.to_string(),
    };
    format!("{destination} -> {}", target(&route.target))
}

/// Where a route leads.
pub(super) fn target(target: &RouteTarget) -> String {
    match target {
        RouteTarget::Local => "local".to_owned(),
        RouteTarget::InternetGateway(id) => id.to_string(),
        RouteTarget::EgressOnlyInternetGateway(id) => id.to_string(),
        RouteTarget::VpnGateway(id) => id.to_string(),
        RouteTarget::NatGateway(id) => id.to_string(),
        RouteTarget::TransitGateway(id) => id.to_string(),
        RouteTarget::VpcPeeringConnection(id) => id.to_string(),
        RouteTarget::NetworkInterface(id, _) => id.to_string(),
        RouteTarget::Instance(id) => id.to_string(),
        RouteTarget::VpcEndpoint(id) => id.to_string(),
        RouteTarget::Other(_, value) => value.clone(),
    }
}

/// The command that adds an entry under a number.
pub(super) fn create_entry(unit: &Unit, number: u16, cidr: IpNet) -> String {
    let block = match cidr {
        IpNet::V6(net) => format!("--ipv6-cidr-block {net}"),
        IpNet::V4(net) => format!("--cidr-block {net}"),
    };
    format!(
        "aws ec2 create-network-acl-entry --network-acl-id {} --{} --rule-number {number} --protocol 6 \
         --port-range From={},To={} {block} --rule-action allow",
        unit.resource(),
        way(unit.direction),
        unit.from_port,
        unit.to_port,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_named_by_its_command() {
        assert_eq!(
            command("ec2:DescribeNetworkAcls"),
            "aws ec2 describe-network-acls"
        );
        assert_eq!(
            command("dms:DescribeReplicationInstances"),
            "aws dms describe-replication-instances"
        );
    }
}
