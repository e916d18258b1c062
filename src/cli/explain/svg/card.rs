//! One lane: the replication instance, the gates down to the endpoint, the endpoint, the gates back up.

use super::{
    MARGIN, WIDTH,
    canvas::Canvas,
    rows::rows,
    style::{badge, marker, note},
};
use crate::cli::explain::{
    acts::Acts,
    lanes::{Lane, Station},
    wrap::{clip, ellipsized, wrap},
};
use dms_network_core::api::{NetworkPlan, PathDirection, Verdict};

const LEFT: usize = MARGIN + 16;
const RIGHT: usize = WIDTH - LEFT;
const COLUMN: usize = (RIGHT - LEFT - 24) / 2;
/// The columns of the way out and of the way back.
const COLUMNS: [usize; 2] = [LEFT, RIGHT - COLUMN];
/// The middle of a marker, from the left of its column.
const MARKER: usize = 12;
/// Where a gate's text begins, from the left of its column.
const TEXT: usize = 34;
/// How many cells of 12 pixels fit beside a marker, and into a bar.
const CELLS: usize = 54;
const BAR_CELLS: usize = 116;
/// The height of a further line of text.
const LINE: usize = 16;
/// The most lines that a message, and that an end of the lane takes.
const MOST: usize = 5;
/// The most lines that the additions of a gate take.
const MOST_ADDITIONS: usize = 12;

/// Draws a lane from `y` on; gives where it ends.
pub(super) fn draw(
    canvas: &mut Canvas,
    y: usize,
    plan: &NetworkPlan,
    acts: &Acts<'_>,
    lane: &Lane<'_>,
) -> usize {
    let out = lane.stations(PathDirection::Forward, plan, acts);
    let mut back = lane.stations(PathDirection::Return, plan, acts);
    // The way back is read upwards.
    back.reverse();
    title(canvas, y, lane);
    let start = bar(canvas, y + 46, "replication instance", &lane.starts(), 1);
    let gates = start + 26;
    let end = height(&out, &back) + gates;
    tracks(canvas, (start, end), lane, back.is_empty());
    draw_gates(canvas, gates, &out, &back);
    let mut bottom = bar(canvas, end + 12, lane.endpoint, &ends(lane), 2);
    for line in notes(lane) {
        canvas.text(LEFT, bottom + LINE + 2, "soft", &line);
        bottom += LINE;
    }
    let bottom = bottom + 16;
    canvas.rect("card", (MARGIN, y), (WIDTH - 2 * MARGIN, bottom - y), 10);
    bottom
}

fn title(canvas: &mut Canvas, y: usize, lane: &Lane<'_>) {
    let title = format!("{}, {}", lane.endpoint, lane.flow());
    canvas.open(Some(&title));
    canvas.text(LEFT, y + 30, "mono h2", &ellipsized(&title, 74));
    canvas.close();
    badge(canvas, lane.verdict, RIGHT, y + 30);
}

/// An end of the lane, over both columns; gives its lower edge.
fn bar(canvas: &mut Canvas, y: usize, name: &str, texts: &[String], most: usize) -> usize {
    let lines = texts.iter();
    let lines = lines.flat_map(|text| clip(wrap(text, BAR_CELLS), most, BAR_CELLS));
    let shown = clip(lines.collect(), MOST, BAR_CELLS);
    let height = 30 + LINE * shown.len();
    canvas.open(Some(&format!("{name}\n{}", texts.join("\n"))));
    canvas.rect("end", (LEFT, y), (RIGHT - LEFT, height), 8);
    canvas.text(LEFT + 12, y + 20, "mono b ink", name);
    for (place, line) in shown.iter().enumerate() {
        canvas.text(LEFT + 12, y + 20 + LINE * (place + 1), "mono ink", line);
    }
    canvas.close();
    y + height
}

fn ends(lane: &Lane<'_>) -> Vec<String> {
    let mut ends = vec![format!("{} {}", lane.flow(), lane.ends())];
    let sources = lane.sources();
    ends.extend((!sources.is_empty()).then(|| format!("called from {sources}")));
    ends
}

fn notes(lane: &Lane<'_>) -> Vec<String> {
    let notes = lane.notes();
    let notes = notes
        .iter()
        .flat_map(|note| wrap(&format!("note {note}"), BAR_CELLS));
    notes.collect()
}

/// The lines on which the gates stand, with what they are.
fn tracks(canvas: &mut Canvas, (start, end): (usize, usize), lane: &Lane<'_>, one_way: bool) {
    let [out, back] = COLUMNS;
    canvas.text(
        out + TEXT,
        start + 18,
        "soft",
        &ellipsized(&format!("out: {}", lane.flow()), CELLS),
    );
    canvas.path("line", &format!("M{} {start}V{}", out + MARKER, end + 4));
    canvas.path(
        "tip",
        &format!("M{} {}h12l-6 9z", out + MARKER - 6, end + 3),
    );
    if one_way {
        let why = match lane.verdict {
            Verdict::Blocked | Verdict::Unknown => "back: no gate on the way back was judged",
            _ => "back: no gate decides on the way back",
        };
        canvas.text(back + TEXT, start + 18, "soft", why);
        canvas.path(
            "line dashed",
            &format!("M{} {}V{}", back + MARKER, start + 8, end + 12),
        );
    } else {
        canvas.text(
            back + TEXT,
            start + 18,
            "soft",
            "back: to the port that called",
        );
        canvas.path(
            "line",
            &format!("M{} {}V{}", back + MARKER, start + 8, end + 12),
        );
    }
    canvas.path(
        "tip",
        &format!("M{} {}h12l-6 -9z", back + MARKER - 6, start + 9),
    );
}

fn paired<'a, 'b>(
    out: &'b [Station<'a>],
    back: &'b [Station<'a>],
) -> Vec<(Option<&'b Station<'a>>, Option<&'b Station<'a>>)> {
    let resources = |stations: &'b [Station<'a>]| -> Vec<&'b str> {
        let resources = stations
            .iter()
            .map(|station| station.gate.resource.as_str());
        resources.collect()
    };
    let rows = rows(&resources(out), &resources(back));
    let station = |(a, b): (Option<usize>, Option<usize>)| {
        (a.and_then(|a| out.get(a)), b.and_then(|b| back.get(b)))
    };
    rows.into_iter().map(station).collect()
}

fn height(out: &[Station<'_>], back: &[Station<'_>]) -> usize {
    paired(out, back).into_iter().map(row_height).sum()
}

fn row_height((out, back): (Option<&Station<'_>>, Option<&Station<'_>>)) -> usize {
    let lines =
        |station: Option<&Station<'_>>| station.map_or(0, |station| Lines::of(station).height());
    lines(out).max(lines(back))
}

fn draw_gates(canvas: &mut Canvas, mut y: usize, out: &[Station<'_>], back: &[Station<'_>]) {
    for row in paired(out, back) {
        for (station, x) in [row.0, row.1].into_iter().zip(COLUMNS) {
            if let Some(station) = station {
                draw_gate(canvas, (x, y), station);
            }
        }
        y += row_height(row);
    }
}

fn draw_gate(canvas: &mut Canvas, (x, y): (usize, usize), station: &Station<'_>) {
    let gate = station.gate;
    let mut baseline = y + 18;
    canvas.open(Some(&whole(station)));
    marker(canvas, gate.verdict, x + MARKER, baseline - 4);
    let kind = format!("{} {}", station.number, gate.gate);
    canvas.text(x + TEXT, baseline, "b ink", &kind);
    badge(canvas, gate.verdict, x + COLUMN, baseline);
    let lines = Lines::of(station);
    let groups = [
        ("mono ink", &lines.resource),
        ("soft", &lines.evidence),
        ("ink", &lines.found),
        ("mono ink", &lines.opening),
    ];
    for (class, group) in groups {
        for line in group {
            baseline += LINE;
            canvas.text(x + TEXT, baseline, class, line);
        }
    }
    if !station.acts.is_empty() {
        baseline += LINE + 3;
        let mut x = x + TEXT;
        canvas.text(x, baseline, "ink", "see note");
        x += 60;
        for number in &station.acts {
            x += note(canvas, *number, x, baseline) + 6;
        }
    }
    canvas.close();
}

/// The lines of a gate below its kind.
struct Lines {
    resource: Vec<String>,
    evidence: Vec<String>,
    found: Vec<String>,
    opening: Vec<String>,
    has_acts: bool,
}

impl Lines {
    fn of(station: &Station<'_>) -> Self {
        let gate = station.gate;
        let is_open = gate.verdict == Verdict::Permitted;
        let evidence = station.evidence.join(", ");
        // The flows of one lane are shut for the same reason: one message stands for all.
        let found = match (is_open, station.found.as_slice()) {
            (true, _) | (false, []) => Vec::new(),
            (false, [only]) => wrap(&format!("{}: {only}", gate.reason), CELLS),
            (false, [first, more @ ..]) => wrap(
                &format!("{}: {first}; likewise {} more", gate.reason, more.len()),
                CELLS,
            ),
        };
        let opening = station
            .opening
            .iter()
            .flat_map(|opening| wrap(opening, CELLS));
        Self {
            resource: clip(wrap(&gate.resource, CELLS), 2, CELLS),
            // What a gate that is shut has for evidence stands in its message.
            evidence: if is_open && !evidence.is_empty() {
                vec![ellipsized(&evidence, CELLS)]
            } else {
                Vec::new()
            },
            found: clip(found, MOST, CELLS),
            opening: counted(opening.collect()),
            has_acts: !station.acts.is_empty(),
        }
    }

    fn height(&self) -> usize {
        let groups = [&self.resource, &self.evidence, &self.found, &self.opening];
        let lines: usize = groups.iter().map(|group| group.len()).sum();
        let acts = if self.has_acts { LINE + 5 } else { 0 };
        18 + LINE * lines + acts + 14
    }
}

/// The first lines, with a last one that says how many are left out.
fn counted(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > MOST_ADDITIONS {
        let left_out = lines.split_off(MOST_ADDITIONS - 1).len();
        lines.push(format!("and {left_out} more"));
    }
    lines
}

/// All that is known of a gate.
fn whole(station: &Station<'_>) -> String {
    let gate = station.gate;
    let mut lines = vec![format!(
        "{} {}: {}, {}",
        gate.gate, gate.resource, gate.verdict, gate.reason
    )];
    lines.extend(station.found.iter().cloned());
    lines.extend(station.opening.iter().cloned());
    lines.join("\n")
}
