//! The words of gates: what was found, and what a person can do, with the real ids.

use super::gate;
use crate::{
    api::{
        Gate, GateKind, LegForm, PathDirection, PlacementForm, Reason, RuleDirection, Unit, Verdict,
    },
    snapshot::{
        NetworkAcl, NetworkAclEntry, Peer, Protocol, Route, RouteDestination, RouteTarget,
        SecurityGroupRule, Unread, UnreadCause,
    },
};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// A few blocks in words; of many, how many more.
pub(super) fn blocks(blocks: impl IntoIterator<Item = IpNet>) -> String {
    let blocks: Vec<String> = blocks.into_iter().map(|block| block.to_string()).collect();
    match blocks.split_at_checked(4) {
        Some((few, rest)) if !rest.is_empty() => {
            format!("{} and {} more", few.join(", "), rest.len())
        }
        _ => blocks.join(", "),
    }
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
    let ports = match rule.protocol {
        Protocol::All => "all traffic".to_owned(),
        Protocol::Tcp => format!("tcp {}", rule.ports),
        Protocol::Other(number) => format!("protocol {number:?}"),
    };
    let peer = match &rule.peer {
        Peer::Cidr(cidr) => cidr.to_string(),
        Peer::PrefixList(list) => list.to_string(),
        Peer::SecurityGroup(group) => group.to_string(),
    };
    format!("{} {ports} {peer}", way(rule.direction))
}

/// An entry as evidence.
pub(super) fn entry_number(direction: RuleDirection, number: u16) -> String {
    format!("{direction} entry {number}")
}

/// An entry with its number.
pub(super) fn entry(entry: &NetworkAclEntry) -> String {
    entry_number(entry.direction, entry.number)
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

/// What the controller will do, for a gate that it opens.
pub(super) fn rule_remedy(verdict: Verdict, unit: Option<&Unit>) -> Option<String> {
    match (verdict, unit) {
        (Verdict::Missing, Some(unit)) => Some(format!("the controller adds {unit}")),
        (Verdict::Unknown, _) => Some(
            "allow ec2:GetManagedPrefixListEntries, or add its output to the snapshot".to_owned(),
        ),
        _ => None,
    }
}

/// The entry that a person could add before a deny, as the command that adds it.
pub(super) fn entry_before(acl: &NetworkAcl, unit: &Unit, deny: u16) -> String {
    let used: BTreeSet<u16> = acl
        .entries
        .iter()
        .filter(|e| e.direction == unit.direction)
        .map(|e| e.number)
        .collect();
    let Some(number) = (1..deny).rev().find(|number| !used.contains(number)) else {
        return format!(
            "move or narrow entry {deny} of {}: no number before it is free",
            acl.id
        );
    };
    let block = match unit.cidr() {
        Some(IpNet::V6(net)) => format!("--ipv6-cidr-block {net}"),
        Some(IpNet::V4(net)) => format!("--cidr-block {net}"),
        None => return format!("move or narrow entry {deny} of {}", acl.id),
    };
    format!(
        "if the deny is not meant for this flow: aws ec2 create-network-acl-entry --network-acl-id {} --{} \
         --rule-number {number} --protocol 6 --port-range From={},To={} {block} --rule-action allow",
        acl.id,
        way(unit.direction),
        unit.from_port,
        unit.to_port,
    )
}

/// A gate that could not be judged, since a list was not read.
pub(super) fn unread(
    kind: GateKind,
    resource: &str,
    direction: PathDirection,
    unread: &Unread,
) -> Gate {
    let (reason, message) = match &unread.cause {
        UnreadCause::NotInSnapshot => (
            Reason::NotObserved,
            format!(
                "{} was not read: the snapshot holds no answer of it",
                unread.call
            ),
        ),
        UnreadCause::Denied(error) => (
            Reason::AccessDenied,
            format!("{} was refused: {error}", unread.call),
        ),
    };
    let mut gate = gate(kind, resource, direction, Verdict::Unknown, reason);
    gate.message = message;
    gate.remedy = Some(match unread.cause {
        UnreadCause::NotInSnapshot => {
            format!("add the output of {} to the snapshot", command(unread.call))
        }
        UnreadCause::Denied(_) => format!("allow {} to the controller's role", unread.call),
    });
    gate
}

/// The AWS CLI's command for a call that IAM writes as `ec2:DescribeNetworkAcls`.
fn command(call: &str) -> String {
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

/// A fault of the declaration, seen before any packet moves.
pub(super) fn declaration(field: &str, reason: Reason, message: String) -> Gate {
    let mut gate = gate(
        GateKind::Declaration,
        field,
        PathDirection::Forward,
        Verdict::Blocked,
        reason,
    );
    gate.message = message;
    gate.remedy = Some(reason.remedy().to_owned());
    gate
}

/// A placement that is not judged yet.
pub(super) fn not_yet_supported(field: &str, form: &PlacementForm<'_>) -> Gate {
    let placement = match form {
        PlacementForm::Direct(LegForm::SameVPC(_)) => "sameVPC",
        PlacementForm::Direct(LegForm::OtherVPC(_)) => "otherVPC",
        PlacementForm::Direct(LegForm::OnPremises(_)) => "onPremises",
        PlacementForm::Direct(LegForm::Internet(_)) => "internet",
        PlacementForm::Proxy(_) => "proxy",
        PlacementForm::ClassicLink => "classicLink",
    };
    let field = format!("{field}.placement");
    declaration(
        &field,
        Reason::TopologyNotYetSupported,
        format!("placement {placement} is not judged by this version"),
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
