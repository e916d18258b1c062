//! The plan for people, in the manner of `terraform plan`: headings, paths, one line for each change, and the sum.
//! Always styled: where it goes takes the colours off again.

use crate::cli::{
    decisions::Decided,
    words::{self, BOLD, CYAN, RED, colour, list, styled},
};
use dms_network_core::api::{
    Action, Change, Gate, Mode, NetworkPlan, PathStatus, Refusal, Requirement, Verdict,
};

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
    let mut lines = vec![words::heading(plan)];
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

fn of_path(path: &PathStatus) -> Vec<String> {
    let sources = if path.source_addresses == path.client.addresses {
        String::new()
    } else {
        format!(" as {}", list(&path.source_addresses))
    };
    let client = words::client(&path.client);
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
    let (style, sign) = words::sign(change.action);
    format!("  {} {}", styled(style, sign), words::change(change))
}

fn of_requirement(requirement: &Requirement) -> Vec<String> {
    let what = words::requirement(requirement);
    let mut lines = vec![format!("  {} {what}", styled(CYAN, ">"))];
    let entries = requirement.entries.iter();
    lines.extend(entries.map(|entry| format!("      {}", words::entry(entry))));
    lines
}

fn of_refusal(refusal: &Refusal) -> Vec<String> {
    let what = words::refusal(refusal);
    let mut lines = vec![format!("  {} {what}", styled(RED, "!"))];
    lines.extend(remedy(refusal.remedy.as_deref(), "    "));
    lines
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
