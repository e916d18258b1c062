//! The trace as a Mermaid flowchart: one column for each lane, from the replication instance to the database and back.
//! Syntax: mermaid.js.org, "Flowcharts - Basic Syntax".

use super::{
    acts::{self, Acts},
    lanes::{Lane, Station, lanes},
    printable::printable,
    wrap::wrap,
};
use crate::cli::words;
use dms_network_core::api::{NetworkPlan, PathDirection, PlanDocument, Requirement, Verdict};

/// The widest line of a label, in characters.
const WIDTH: usize = 44;
/// The widest line of what a person must do.
const WIDE: usize = 80;

/// Colours that are read on light pages and on dark ones; every label says its verdict in words too.
const STYLES: &str = "  classDef permitted fill:#dafbe1,stroke:#1a7f37,color:#1f2328
  classDef external fill:#ddf4ff,stroke:#0969da,color:#1f2328
  classDef missing fill:#fff8c5,stroke:#9a6700,color:#1f2328,stroke-dasharray:5 3
  classDef unknown fill:#fbefff,stroke:#8250df,color:#1f2328,stroke-dasharray:2 2
  classDef blocked fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-width:3px
  classDef plain fill:#f6f8fa,stroke:#59636e,color:#1f2328
";

/// All paths of all networks in one flowchart.
#[must_use]
pub fn mermaid(document: &PlanDocument) -> String {
    let acts = Acts::of(&document.networks);
    let mut chart = Chart {
        text: "flowchart TB\n".to_owned(),
        acts: &acts,
    };
    for (place, plan) in document.networks.iter().enumerate() {
        chart.network(&format!("n{}", place + 1), plan);
    }
    chart.acts();
    chart.text.push_str(STYLES);
    chart.text
}

struct Chart<'a> {
    text: String,
    acts: &'a Acts<'a>,
}

impl Chart<'_> {
    fn line(&mut self, indent: usize, line: &str) {
        self.text
            .push_str(&format!("{:indent$}{line}\n", "", indent = 2 * indent));
    }

    fn node(&mut self, indent: usize, id: &str, lines: &[String], class: &str) {
        self.line(indent, &format!("{id}[\"{}\"]:::{class}", label(lines)));
    }

    fn network(&mut self, id: &str, plan: &NetworkPlan) {
        let title = [words::name(plan), words::state(plan)];
        self.line(1, &format!("subgraph {id}[\"{}\"]", label(&title)));
        let lanes = lanes(plan);
        for (place, lane) in lanes.iter().enumerate() {
            self.lane(&format!("{id}l{}", place + 1), plan, lane);
        }
        self.list(
            &format!("{id}o"),
            "What others must allow",
            requirements(plan),
        );
        self.list(&format!("{id}r"), "What is refused", self.refusals(plan));
        self.list(&format!("{id}d"), "What is removed", removals(plan));
        if lanes.is_empty() {
            self.node(2, &format!("{id}e"), &["no path".to_owned()], "plain");
        }
        self.line(1, "end");
    }

    fn lane(&mut self, id: &str, plan: &NetworkPlan, lane: &Lane<'_>) {
        let title = [
            format!("{} {}", lane.endpoint, lane.flow()),
            lane.verdict.to_string(),
        ];
        self.line(2, &format!("subgraph {id}[\"{}\"]", label(&title)));
        let mut start = vec!["replication instance".to_owned()];
        start.extend(lane.starts());
        self.node(3, &format!("{id}start"), &start, "plain");
        let out = self.stations(id, lane.stations(PathDirection::Forward, plan, self.acts));
        let mut end = vec![lane.endpoint.to_owned(), lane.ends()];
        end.extend(
            Some(lane.sources())
                .filter(|from| !from.is_empty())
                .map(|from| format!("called from {from}")),
        );
        end.extend(lane.notes().iter().map(|note| format!("note {note}")));
        self.node(3, &format!("{id}end"), &end, "plain");
        let back = self.stations(id, lane.stations(PathDirection::Return, plan, self.acts));
        self.chain(&format!("{id}start"), &out, "-->", &format!("{id}end"));
        if !back.is_empty() {
            let home = [
                "replication instance".to_owned(),
                "the answer is home".to_owned(),
            ];
            self.node(3, &format!("{id}home"), &home, "plain");
            self.chain(&format!("{id}end"), &back, "-.->", &format!("{id}home"));
        }
        self.line(2, "end");
    }

    fn stations(&mut self, lane: &str, stations: Vec<Station<'_>>) -> Vec<String> {
        let mut ids = Vec::new();
        for station in stations {
            let id = format!("{lane}g{}", station.number);
            self.node(3, &id, &lines(&station), class(station.gate.verdict));
            ids.push(id);
        }
        ids
    }

    fn chain(&mut self, start: &str, stations: &[String], link: &str, end: &str) {
        let ids = std::iter::once(start).chain(stations.iter().map(String::as_str));
        let ids: Vec<&str> = ids.chain(std::iter::once(end)).collect();
        self.line(3, &ids.join(&format!(" {link} ")));
    }

    fn list(&mut self, id: &str, title: &str, items: Vec<String>) {
        if items.is_empty() {
            return;
        }
        self.line(2, &format!("subgraph {id}[\"{title}\"]"));
        for (place, item) in items.iter().enumerate() {
            let item = wrap(item, WIDTH);
            self.node(3, &format!("{id}{}", place + 1), &item, "plain");
        }
        self.line(2, "end");
    }

    fn refusals(&self, plan: &NetworkPlan) -> Vec<String> {
        let refusals = plan.refusals.iter();
        let refusals = refusals.filter(|refusal| !acts::is_said_at_a_gate(plan, refusal));
        let refusals = refusals.map(|refusal| match self.acts.against(refusal) {
            Some(number) => format!("{} see [{number}]", words::refusal(refusal)),
            None => words::refusal(refusal),
        });
        refusals.collect()
    }

    fn acts(&mut self) {
        if self.acts.len() == 0 {
            return;
        }
        self.line(1, "subgraph todo[\"What a person must do\"]");
        for act in self.acts.iter() {
            let mut lines = wrap(&format!("[{}] {}", act.number, act.remedy), WIDE);
            lines.extend(wrap(&act.about(), WIDE));
            self.node(2, &format!("todo{}", act.number), &lines, "plain");
        }
        self.line(1, "end");
    }
}

fn requirements(plan: &NetworkPlan) -> Vec<String> {
    let of = |requirement: &Requirement| {
        let mut lines = vec![words::requirement(requirement)];
        lines.extend(requirement.entries.iter().map(words::entry));
        lines.join("\n")
    };
    plan.requirements.iter().map(of).collect()
}

fn removals(plan: &NetworkPlan) -> Vec<String> {
    let removals = plan.removals.iter();
    removals
        .map(|change| format!("{} {}", words::sign(change.action).1, words::change(change)))
        .collect()
}

fn lines(station: &Station<'_>) -> Vec<String> {
    let gate = station.gate;
    let mut lines = vec![
        format!("{}: {}", gate.gate, gate.verdict),
        gate.resource.clone(),
    ];
    if gate.verdict != Verdict::Permitted {
        lines.push(gate.reason.to_string());
        lines.extend(station.found.iter().flat_map(|found| wrap(found, WIDTH)));
    }
    lines.extend(
        station
            .opening
            .iter()
            .flat_map(|opening| wrap(opening, WIDTH)),
    );
    if !station.acts.is_empty() {
        let numbers: Vec<String> = station
            .acts
            .iter()
            .map(|number| format!("[{number}]"))
            .collect();
        lines.push(format!("see {}", numbers.join(" ")));
    }
    lines
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Permitted => "permitted",
        Verdict::External => "external",
        Verdict::Missing => "missing",
        Verdict::Unknown => "unknown",
        Verdict::Blocked => "blocked",
    }
}

/// The text of a quoted label. Mermaid reads `#...;` as a character, a leading backtick as Markdown, `\n` as a line's
/// end and `%%{` as a directive, even there.
fn label(lines: &[String]) -> String {
    let mut label = String::new();
    for (place, line) in lines.iter().flat_map(|line| line.lines()).enumerate() {
        if place > 0 {
            label.push_str("<br/>");
        }
        for letter in printable(line).chars() {
            match letter {
                '"' => label.push_str("#quot;"),
                '&' => label.push_str("#amp;"),
                '<' => label.push_str("#lt;"),
                '>' => label.push_str("#gt;"),
                '#' | '`' | '\\' | '%' => label.push_str(&format!("#{};", u32::from(letter))),
                letter => label.push(letter),
            }
        }
    }
    label
}
