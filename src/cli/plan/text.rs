//! The plan for people, in the manner of `terraform plan`: headings, paths, one line for each change, and the sum.
//! Always styled: where it goes takes the colours off again.

use super::decide::Decided;
use anstyle::{AnsiColor, Style};
use dms_network_core::api::{
    Action, Change, Gate, Mode, NetworkPlan, PathStatus, Peer, Refusal, RequiredEntry, Requirement,
    RuleDirection, RuleNumber, Target, Unit, Verdict,
};
use ipnet::IpNet;
use std::fmt::Display;

const BOLD: Style = Style::new().bold();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const RED: Style = AnsiColor::Red.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();

fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The whole text.
pub(super) fn text(networks: &[Decided]) -> String {
    let mut lines = Vec::new();
    for network in networks {
        lines.extend(of_network(network));
        lines.push(String::new());
    }
    lines.push(styled(BOLD, sum(networks)));
    lines.push(String::new());
    lines.join("\n")
}

fn of_network(Decided { plan, mode, .. }: &Decided) -> Vec<String> {
    let mut lines = vec![heading(plan)];
    if *mode != Mode::Enforce && has_changes(plan) {
        let what = match mode {
            Mode::Plan => "mode Plan: none of it is written",
            _ => "mode AddOnly: nothing is removed",
        };
        lines.push(format!("  {what}"));
    }
    lines.extend(plan.paths.iter().flat_map(of_path));
    lines.extend(plan.additions.iter().chain(&plan.removals).map(of_change));
    lines.extend(plan.requirements.iter().flat_map(of_requirement));
    lines.extend(plan.refusals.iter().flat_map(of_refusal));
    lines
}

fn has_changes(plan: &NetworkPlan) -> bool {
    !plan.additions.is_empty() || !plan.removals.is_empty()
}

fn heading(plan: &NetworkPlan) -> String {
    let name = styled(BOLD, format_args!("{}/{}", plan.namespace, plan.name));
    let state = if plan.ready {
        styled(GREEN, format_args!("ready, {}", plan.reason))
    } else {
        styled(YELLOW, format_args!("not ready, {}", plan.reason))
    };
    format!("{name}: {state}")
}

fn of_path(path: &PathStatus) -> Vec<String> {
    let sources = if path.source_addresses == path.client.addresses {
        String::new()
    } else {
        format!(" as {}", list(&path.source_addresses))
    };
    let client = match path.client.addresses.as_slice() {
        [] => path.client.subnet_id.to_string(),
        addresses => format!("{} ({})", path.client.subnet_id, list(addresses)),
    };
    let destinations = match path.destinations.as_slice() {
        [] => String::new(),
        destinations => format!(" -> {}", list(destinations)),
    };
    let mut lines = vec![format!(
        "  {} tcp {}: {client}{sources}{destinations}: {}",
        path.endpoint,
        path.port,
        styled(colour(path.verdict), path.verdict)
    )];
    let shut = path
        .gates
        .iter()
        .filter(|gate| gate.verdict != Verdict::Permitted);
    lines.extend(shut.flat_map(of_gate));
    lines.extend(
        path.notes
            .iter()
            .map(|note| format!("    note {}: {}", note.reason, note.message)),
    );
    lines
}

fn colour(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Permitted => GREEN,
        Verdict::External => CYAN,
        Verdict::Missing => YELLOW,
        Verdict::Unknown | Verdict::Blocked => RED,
    }
}

fn of_gate(gate: &Gate) -> Vec<String> {
    let mut lines = vec![format!(
        "    {} {} {}: {} {}: {}",
        gate.direction,
        gate.gate,
        gate.resource,
        styled(colour(gate.verdict), gate.verdict),
        gate.reason,
        gate.message
    )];
    // What mends a missing gate is among the additions, or refused with a remedy of its own.
    if gate.verdict != Verdict::Missing {
        lines.extend(remedy(gate.remedy.as_deref(), "      "));
    }
    lines
}

fn remedy(remedy: Option<&str>, indent: &str) -> Option<String> {
    remedy.map(|remedy| format!("{indent}remedy: {remedy}"))
}

fn of_change(change: &Change) -> String {
    let (sign, why) = match change.action {
        Action::Create => (styled(GREEN, "+"), ""),
        Action::Join => (styled(YELLOW, "~"), "; joined: it is there by a claim"),
        Action::Delete => (styled(RED, "-"), ""),
        Action::Leave => (styled(YELLOW, "~"), "; left: another network needs it"),
    };
    let unit = of_unit(&change.unit, change.rule_number);
    format!("  {sign} {unit}, for {}{why}", change.endpoint)
}

fn of_unit(unit: &Unit, number: Option<RuleNumber>) -> String {
    let (kind, number) = match (&unit.target, number) {
        (Target::SecurityGroupRule(_), _) => ("SecurityGroupRule", String::new()),
        (Target::NetworkACLEntry(_), Some(number)) => ("NetworkACLEntry", format!(" {number}")),
        (Target::NetworkACLEntry(_), None) => ("NetworkACLEntry", String::new()),
    };
    let content = content(unit.direction, unit.from_port, unit.to_port, &unit.peer);
    format!(
        "{kind} {}: {}{number} {} {content}",
        unit.target.resource(),
        unit.direction,
        unit.protocol
    )
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

fn of_requirement(requirement: &Requirement) -> Vec<String> {
    let allow = &requirement.allow;
    let mut lines = vec![format!(
        "  {} {:?} must allow {} {} from {} to {}, for {}",
        styled(CYAN, ">"),
        requirement.who,
        allow.protocol,
        allow.port,
        list(&allow.from),
        list(&allow.to),
        requirement.endpoint
    )];
    lines.extend(requirement.entries.iter().map(of_entry));
    lines
}

fn of_entry(entry: &RequiredEntry) -> String {
    let number = entry
        .rule_number
        .map(|number| format!(" {number}"))
        .unwrap_or_default();
    let peer = Peer::Cidr { cidr: entry.cidr };
    let content = content(entry.direction, entry.from_port, entry.to_port, &peer);
    format!(
        "      {}: {}{number} {} {content}",
        entry.resource, entry.direction, entry.protocol
    )
}

fn of_refusal(refusal: &Refusal) -> Vec<String> {
    let evidence = if refusal.evidence.is_empty() {
        String::new()
    } else {
        format!(" ({})", refusal.evidence.join(", "))
    };
    let mut lines = vec![format!(
        "  {} {}: {}: {}{evidence}",
        styled(RED, "!"),
        refusal.resource,
        refusal.reason,
        refusal.message
    )];
    lines.extend(remedy(refusal.remedy.as_deref(), "    "));
    lines
}

fn list(blocks: &[IpNet]) -> String {
    let blocks: Vec<String> = blocks.iter().map(ToString::to_string).collect();
    blocks.join(", ")
}

fn sum(networks: &[Decided]) -> String {
    let changes = |action| {
        let plans = networks.iter().map(|network| &network.plan);
        plans
            .flat_map(|plan| plan.additions.iter().chain(&plan.removals))
            .filter(|change| change.action == action)
            .count()
    };
    let paths: usize = networks
        .iter()
        .map(|network| network.plan.paths.len())
        .sum();
    let open: usize = networks.iter().map(|network| network.open_after).sum();
    let refusals: usize = networks
        .iter()
        .map(|network| network.plan.refusals.len())
        .sum();
    let also = |count: usize, what: &str| match count {
        0 => String::new(),
        count => format!(", {count} {what}"),
    };
    format!(
        "Plan: {} to add{}, {} to remove{}{}; {open} of {paths} paths open after it",
        changes(Action::Create),
        also(changes(Action::Join), "to join"),
        changes(Action::Delete),
        also(changes(Action::Leave), "to leave"),
        also(refusals, "refused"),
    )
}
