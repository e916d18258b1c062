//! What some plans come to, in one line.

use super::acts::Acts;
use dms_network_core::api::{Action, NetworkPlan, Verdict};

/// From worst to best.
const VERDICTS: [Verdict; 5] = [
    Verdict::Blocked,
    Verdict::Unknown,
    Verdict::Missing,
    Verdict::External,
    Verdict::Permitted,
];

/// `3 paths: 1 Blocked, 2 Missing; 3 to add, 0 to remove; 1 for a person to do`.
pub(super) fn sum(networks: &[NetworkPlan], acts: &Acts<'_>) -> String {
    let changes = |action| {
        let all = networks
            .iter()
            .flat_map(|plan| plan.additions.iter().chain(&plan.removals));
        all.filter(|change| change.action == action).count()
    };
    let requirements: usize = networks.iter().map(|plan| plan.requirements.len()).sum();
    let also = |count: usize, what: &str| match count {
        0 => String::new(),
        count => format!(", {count} {what}"),
    };
    let mut parts = vec![
        paths(networks),
        format!(
            "{} to add{}, {} to remove{}",
            changes(Action::Create),
            also(changes(Action::Join), "to join"),
            changes(Action::Delete),
            also(changes(Action::Leave), "to leave"),
        ),
    ];
    if acts.len() > 0 {
        parts.push(format!("{} for a person to do", acts.len()));
    }
    if requirements > 0 {
        parts.push(format!("{requirements} for others to allow"));
    }
    parts.join("; ")
}

fn paths(networks: &[NetworkPlan]) -> String {
    let verdicts: Vec<Verdict> = networks
        .iter()
        .flat_map(|plan| plan.paths.iter().map(|path| path.verdict))
        .collect();
    let count = |verdict: Verdict| verdicts.iter().filter(|each| **each == verdict).count();
    let counted = VERDICTS.iter().map(|verdict| (count(*verdict), verdict));
    let counted = counted.filter(|(count, _)| *count > 0);
    let counted: Vec<String> = counted
        .map(|(count, verdict)| format!("{count} {verdict}"))
        .collect();
    match verdicts.len() {
        0 => "no path".to_owned(),
        1 => format!("1 path: {}", counted.join(", ")),
        many => format!("{many} paths: {}", counted.join(", ")),
    }
}
