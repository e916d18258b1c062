//! The words and colours in which `plan` and `explain` say the same things.

use anstyle::{AnsiColor, Style};
use dms_network_core::api::{
    Action, Change, Client, NetworkPlan, Peer, Refusal, RequiredEntry, Requirement, RuleDirection,
    Target, Verdict,
};
use ipnet::IpNet;
use std::fmt::Display;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const GREEN: Style = AnsiColor::Green.on_default();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(super) const RED: Style = AnsiColor::Red.on_default();
pub(super) const CYAN: Style = AnsiColor::Cyan.on_default();

pub(super) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

pub(super) fn colour(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Permitted => GREEN,
        Verdict::External => CYAN,
        Verdict::Missing => YELLOW,
        Verdict::Unknown | Verdict::Blocked => RED,
    }
}

/// `migrations/orders`.
pub(super) fn name(plan: &NetworkPlan) -> String {
    format!("{}/{}", plan.namespace, plan.name)
}

/// `not ready, RulesMissing`.
pub(super) fn state(plan: &NetworkPlan) -> String {
    let ready = if plan.ready { "ready" } else { "not ready" };
    format!("{ready}, {}", plan.reason)
}

/// The heading of a network.
pub(super) fn heading(plan: &NetworkPlan) -> String {
    let colour = if plan.ready { GREEN } else { YELLOW };
    format!(
        "{}: {}",
        styled(BOLD, name(plan)),
        styled(colour, state(plan))
    )
}

/// The sign of a change, with its colour.
pub(super) fn sign(action: Action) -> (Style, &'static str) {
    match action {
        Action::Create => (GREEN, "+"),
        Action::Join | Action::Leave => (YELLOW, "~"),
        Action::Delete => (RED, "-"),
    }
}

/// What is done, on what, for whom: the sign apart.
pub(super) fn change(change: &Change) -> String {
    let kind = match change.unit.target {
        Target::SecurityGroupRule(_) => "SecurityGroupRule",
        Target::NetworkACLEntry(_) => "NetworkACLEntry",
    };
    format!(
        "{kind} {}: {}, for {}{}",
        change.unit.target.resource(),
        rule(change),
        change.endpoint,
        why(change.action)
    )
}

/// The rule or entry of a change: `Egress 20000 tcp 1024-65535 to 10.0.1.10/32`.
pub(super) fn rule(change: &Change) -> String {
    let unit = &change.unit;
    let number = match unit.target {
        Target::NetworkACLEntry(_) => change.rule_number,
        Target::SecurityGroupRule(_) => None,
    };
    let number = number
        .map(|number| format!(" {number}"))
        .unwrap_or_default();
    let content = content(unit.direction, unit.from_port, unit.to_port, &unit.peer);
    format!("{}{number} {} {content}", unit.direction, unit.protocol)
}

/// Why a change is none in AWS.
pub(super) fn why(action: Action) -> &'static str {
    match action {
        Action::Create | Action::Delete => "",
        Action::Join => "; joined: it is there by a claim",
        Action::Leave => "; left: another network needs it",
    }
}

fn content(direction: RuleDirection, from: u16, to: u16, peer: &impl Display) -> String {
    let ports = if from == to {
        from.to_string()
    } else {
        format!("{from}-{to}")
    };
    let towards = match direction {
        RuleDirection::Ingress => "from",
        RuleDirection::Egress => "to",
    };
    format!("{ports} {towards} {peer}")
}

/// Who must allow what, from which addresses, to which, on which port.
pub(super) fn requirement(requirement: &Requirement) -> String {
    let allow = &requirement.allow;
    format!(
        "{} must allow {} {} from {} to {}, for {}",
        requirement.who,
        allow.protocol,
        allow.port,
        list(&allow.from),
        list(&allow.to),
        requirement.endpoint
    )
}

/// A network ACL entry that its owner would have to add.
pub(super) fn entry(entry: &RequiredEntry) -> String {
    let number = entry
        .rule_number
        .map(|number| format!(" {number}"))
        .unwrap_or_default();
    let peer = Peer::Cidr { cidr: entry.cidr };
    let content = content(entry.direction, entry.from_port, entry.to_port, &peer);
    format!(
        "{}: {}{number} {} {content}",
        entry.resource, entry.direction, entry.protocol
    )
}

/// What is not added, and why: the remedy apart.
pub(super) fn refusal(refusal: &Refusal) -> String {
    let evidence = if refusal.evidence.is_empty() {
        String::new()
    } else {
        format!(" ({})", refusal.evidence.join(", "))
    };
    format!(
        "{}: {}: {}{evidence}",
        refusal.resource, refusal.reason, refusal.message
    )
}

/// Where a flow starts: `subnet-0a (10.0.1.10/32)`.
pub(super) fn client(client: &Client) -> String {
    match client.addresses.as_slice() {
        [] => client.subnet_id.to_string(),
        addresses => format!("{} ({})", client.subnet_id, list(addresses)),
    }
}

pub(super) fn list(blocks: &[IpNet]) -> String {
    let blocks: Vec<String> = blocks.iter().map(ToString::to_string).collect();
    blocks.join(", ")
}
