//! What stands below the lanes: what a person must do, what others must allow, and what else the plan holds.

use super::{MARGIN, WIDTH, canvas::Canvas, style::note};
use crate::cli::{
    explain::{
        acts::{self, Acts},
        additions,
        wrap::wrap,
    },
    words,
};
use dms_network_core::api::{Change, NetworkPlan};

const LINE: usize = 16;
const INDENT: usize = 38;
/// How many cells of 12 pixels fit into a line.
const CELLS: usize = (WIDTH - 2 * MARGIN - INDENT) * 2 / 15;

/// Draws them from `y` on; gives where they end.
pub(super) fn draw(canvas: &mut Canvas, y: usize, plan: &NetworkPlan, acts: &Acts<'_>) -> usize {
    let mut y = to_do(canvas, y, acts);
    let requirements = plan.requirements.iter().map(|requirement| {
        let mut lines = vec![words::requirement(requirement)];
        lines.extend(requirement.entries.iter().map(words::entry));
        Item::new(">", lines.join("\n"))
    });
    y = section(canvas, y, "What others must allow", requirements.collect());
    let refusals = plan.refusals.iter();
    let refusals = refusals.filter(|refusal| !acts::is_said_at_a_gate(plan, refusal));
    let refusals = refusals.map(|refusal| Item {
        note: acts.against(refusal),
        ..Item::new("!", words::refusal(refusal))
    });
    y = section(canvas, y, "What is refused", refusals.collect());
    let additions = plan.additions.iter();
    let further = additions.filter(|change| !additions::opens_some(change, &plan.paths));
    y = section(
        canvas,
        y,
        "What else is added",
        further.map(Item::of).collect(),
    );
    section(
        canvas,
        y,
        "What is removed",
        plan.removals.iter().map(Item::of).collect(),
    )
}

struct Item {
    sign: &'static str,
    text: String,
    note: Option<usize>,
}

impl Item {
    fn new(sign: &'static str, text: String) -> Self {
        Self {
            sign,
            text,
            note: None,
        }
    }

    fn of(change: &Change) -> Self {
        Self::new(words::sign(change.action).1, words::change(change))
    }
}

fn section(canvas: &mut Canvas, y: usize, title: &str, items: Vec<Item>) -> usize {
    if items.is_empty() {
        return y;
    }
    canvas.text(MARGIN, y + 18, "h2", title);
    let mut baseline = y + 42;
    for item in items {
        canvas.text(MARGIN + 12, baseline, "mono b ink", item.sign);
        for line in wrap(&item.text, CELLS) {
            canvas.text(MARGIN + INDENT, baseline, "ink", &line);
            baseline += LINE;
        }
        if let Some(number) = item.note {
            canvas.text(MARGIN + INDENT, baseline + 2, "ink", "see note");
            note(canvas, number, MARGIN + INDENT + 60, baseline + 2);
            baseline += LINE + 2;
        }
        baseline += 6;
    }
    baseline
}

fn to_do(canvas: &mut Canvas, y: usize, acts: &Acts<'_>) -> usize {
    if acts.len() == 0 {
        return y;
    }
    canvas.text(MARGIN, y + 18, "h2", "What a person must do");
    let mut baseline = y + 42;
    for act in acts.iter() {
        canvas.open(Some(act.remedy));
        note(canvas, act.number, MARGIN, baseline);
        for line in wrap(act.remedy, CELLS) {
            canvas.text(MARGIN + INDENT, baseline, "mono ink", &line);
            baseline += LINE;
        }
        for line in wrap(&act.about(), CELLS) {
            canvas.text(MARGIN + INDENT, baseline, "soft", &line);
            baseline += LINE;
        }
        canvas.close();
        baseline += 8;
    }
    baseline
}
