//! The trace for people. Always styled: where it goes takes the colours off again.

use super::{
    acts::{self, Acts},
    additions::{self, Opening},
    printable::printable,
    sum::sum,
};
use crate::cli::words::{self, BOLD, CYAN, RED, colour, list, styled};
use dms_network_core::api::{
    Change, Gate, NetworkPlan, PathDirection, PathStatus, PlanDocument, Refusal, Verdict,
};

/// Where a gate's own lines begin: below its kind.
const INDENT: &str = "                    ";

/// Every path of every network as a trace, then what a person must do.
#[must_use]
pub fn text(document: &PlanDocument) -> String {
    let acts = Acts::of(&document.networks);
    let mut lines = Vec::new();
    for plan in &document.networks {
        lines.push(words::heading(plan));
        lines.push(String::new());
        lines.extend(Told { plan, acts: &acts }.lines());
    }
    lines.extend(to_do(&acts));
    lines.push(styled(BOLD, sum(&document.networks, &acts)));
    lines.push(String::new());
    lines.join("\n")
}

fn to_do(acts: &Acts<'_>) -> Vec<String> {
    if acts.len() == 0 {
        return Vec::new();
    }
    let mut lines = vec![styled(BOLD, "What a person must do")];
    for act in acts.iter() {
        let number = format!("[{}]", act.number);
        lines.extend(hung(
            &format!("  {} ", styled(BOLD, &number)),
            number.len() + 3,
            act.remedy,
        ));
        lines.push(format!(
            "{:width$}{}",
            "",
            printable(&act.about()),
            width = number.len() + 3
        ));
    }
    lines.push(String::new());
    lines
}

/// A text whose further lines hang below its first.
fn hung(head: &str, indent: usize, text: &str) -> Vec<String> {
    let text = printable(text);
    let lines = text.lines().enumerate();
    let lines = lines.map(|(place, line)| match place {
        0 => format!("{head}{line}"),
        _ => format!("{:indent$}{line}", ""),
    });
    lines.collect()
}

fn hung_at_gate(text: &str) -> Vec<String> {
    hung(INDENT, INDENT.len(), text)
}

/// One network, told.
struct Told<'a> {
    plan: &'a NetworkPlan,
    acts: &'a Acts<'a>,
}

impl Told<'_> {
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (place, path) in self.plan.paths.iter().enumerate() {
            lines.extend(self.path(place + 1, path));
            lines.push(String::new());
        }
        lines.extend(section(
            "What else is added",
            self.further_additions().map(change),
        ));
        lines.extend(section(
            "What is removed",
            self.plan.removals.iter().map(change),
        ));
        let requirements = self.plan.requirements.iter().flat_map(|requirement| {
            let mut lines = vec![format!(
                "  {} {}",
                styled(CYAN, ">"),
                words::requirement(requirement)
            )];
            let entries = requirement.entries.iter();
            lines.extend(entries.map(|entry| format!("      {}", words::entry(entry))));
            lines
        });
        lines.extend(section("What others must allow", requirements));
        let refusals = self.plan.refusals.iter();
        let refusals = refusals.filter(|refusal| !acts::is_said_at_a_gate(self.plan, refusal));
        lines.extend(section(
            "What is refused",
            refusals.flat_map(|refusal| self.refusal(refusal)),
        ));
        lines
    }

    /// Those that open no gate that is shown.
    fn further_additions(&self) -> impl Iterator<Item = &Change> {
        let additions = self.plan.additions.iter();
        additions.filter(|change| !additions::opens_some(change, &self.plan.paths))
    }

    fn path(&self, place: usize, path: &PathStatus) -> Vec<String> {
        let verdict = styled(colour(path.verdict), path.verdict);
        let title = format!(
            "Path {place} of {}: {} tcp {}",
            self.plan.paths.len(),
            path.endpoint,
            path.port
        );
        let client = words::client(&path.client);
        let mut lines = vec![
            format!("{}: {verdict}", styled(BOLD, title)),
            format!("         {} {client}", styled(BOLD, "replication instance")),
        ];
        let columns = Columns::of(path);
        let numbered = || path.gates.iter().enumerate();
        for (place, gate) in numbered().filter(|(_, gate)| gate.direction == PathDirection::Forward)
        {
            lines.extend(self.gate(place + 1, path, gate, &columns));
        }
        lines.push(format!(
            "         {}{}",
            styled(BOLD, &path.endpoint),
            self.far(path)
        ));
        let back: Vec<_> = numbered()
            .filter(|(_, gate)| gate.direction == PathDirection::Return)
            .collect();
        for (place, gate) in &back {
            lines.extend(self.gate(place + 1, path, gate, &columns));
        }
        if !back.is_empty() {
            lines.push(format!("         {}", styled(BOLD, "replication instance")));
        }
        for note in &path.notes {
            let head = format!("    note {}: ", note.reason);
            lines.extend(hung(&head, head.len(), &note.message));
        }
        lines
    }

    fn far(&self, path: &PathStatus) -> String {
        let mut far = String::new();
        if !path.destinations.is_empty() {
            far.push_str(&format!(" {}", list(&path.destinations)));
        }
        far.push_str(&format!(" tcp {}", path.port));
        if !path.source_addresses.is_empty() {
            far.push_str(&format!(", called from {}", list(&path.source_addresses)));
        }
        far
    }

    fn gate(&self, place: usize, path: &PathStatus, gate: &Gate, columns: &Columns) -> Vec<String> {
        let way = match gate.direction {
            PathDirection::Forward => "out",
            PathDirection::Return => "back",
        };
        let mut head = format!(
            "{place:>4} {way:<4} {}{:pad$} {:kind$}  {:resource$}",
            styled(colour(gate.verdict), gate.verdict),
            "",
            gate.gate,
            printable(&gate.resource),
            pad = 9_usize.saturating_sub(gate.verdict.to_string().len()),
            kind = columns.kind,
            resource = columns.resource,
        );
        if gate.verdict != Verdict::Permitted {
            head.push_str(&format!("  {}", styled(colour(gate.verdict), gate.reason)));
        }
        if let Some(number) = self.acts.at(gate) {
            head.push_str(&format!(
                "  {}",
                styled(BOLD, format_args!("see [{number}]"))
            ));
        }
        let mut lines = vec![head.trim_end().to_owned()];
        lines.extend(hung_at_gate(&found(gate)));
        match additions::opening(self.plan, path, gate) {
            Some(Opening::By(changes)) => lines.extend(changes.iter().map(|change| {
                let (style, sign) = words::sign(change.action);
                let rule = format!("{}{}", words::rule(change), words::why(change.action));
                format!("{INDENT}{} {rule}", styled(style, sign))
            })),
            Some(Opening::Not(why)) => lines.push(format!("{INDENT}{why}")),
            None => {}
        }
        lines
    }

    fn refusal(&self, refusal: &Refusal) -> Vec<String> {
        let see = self.acts.against(refusal);
        let see = see.map(|number| format!("  {}", styled(BOLD, format_args!("see [{number}]"))));
        let mut lines = hung(
            &format!("  {} ", styled(RED, "!")),
            4,
            &words::refusal(refusal),
        );
        if let (Some(last), Some(see)) = (lines.last_mut(), see) {
            last.push_str(&see);
        }
        lines
    }
}

/// The widths of a path's columns.
struct Columns {
    kind: usize,
    resource: usize,
}

impl Columns {
    fn of(path: &PathStatus) -> Self {
        let kinds = path.gates.iter().map(|gate| gate.gate.to_string().len());
        let resources = path.gates.iter().map(|gate| gate.resource.chars().count());
        Self {
            kind: kinds.max().unwrap_or_default(),
            resource: resources.max().unwrap_or_default(),
        }
    }
}

/// What was found at a gate, with the evidence that the message does not name.
pub(super) fn found(gate: &Gate) -> String {
    let unnamed = gate
        .evidence
        .iter()
        .filter(|seen| !gate.message.contains(seen.as_str()));
    let unnamed: Vec<&str> = unnamed.map(String::as_str).collect();
    if unnamed.is_empty() {
        gate.message.clone()
    } else {
        format!("{} ({})", gate.message, unnamed.join(", "))
    }
}

fn section(title: &str, lines: impl Iterator<Item = String>) -> Vec<String> {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return lines;
    }
    let mut section = vec![styled(BOLD, title)];
    section.extend(lines);
    section.push(String::new());
    section
}

fn change(change: &Change) -> String {
    let (style, sign) = words::sign(change.action);
    format!("  {} {}", styled(style, sign), words::change(change))
}
