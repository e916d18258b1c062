//! The picture of one network, for a ticket: one card for each lane, in which the way out goes down on the left and the
//! way back goes up on the right, then what is to be done. It stands by itself (no script, no font, no other file), is
//! read in light and in dark colour schemes, and tells verdicts by shape and word as well as by colour.

mod canvas;
mod card;
mod rows;
mod sections;
mod style;

use super::{acts::Acts, lanes::lanes, sum::sum, wrap::ellipsized};
use crate::cli::words;
use canvas::{Canvas, escaped};
use dms_network_core::api::{NetworkPlan, Verdict};
use std::slice;

/// The width of the picture, in pixels.
const WIDTH: usize = 980;
/// Its margin.
const MARGIN: usize = 24;

/// The picture of a network with all of its paths.
#[must_use]
pub fn svg(plan: &NetworkPlan) -> String {
    let acts = Acts::of(slice::from_ref(plan));
    let sum = sum(slice::from_ref(plan), &acts);
    let mut canvas = Canvas::default();
    let mut y = heading(&mut canvas, plan, &sum);
    for lane in lanes(plan) {
        y = card::draw(&mut canvas, y, plan, &acts, &lane) + MARGIN;
    }
    y = sections::draw(&mut canvas, y, plan, &acts);
    y = legend(&mut canvas, y);
    framed(plan, &sum, y + MARGIN, &canvas.into_text())
}

fn heading(canvas: &mut Canvas, plan: &NetworkPlan, sum: &str) -> usize {
    let name = words::name(plan);
    canvas.open(Some(&name));
    canvas.text(MARGIN, 42, "mono h1", &ellipsized(&name, 75));
    canvas.close();
    let state = if plan.ready { "Permitted-word" } else { "ink" };
    canvas.text(MARGIN, 66, &format!("b {state}"), &words::state(plan));
    canvas.text(MARGIN, 86, "soft", sum);
    104
}

fn legend(canvas: &mut Canvas, y: usize) -> usize {
    let verdicts = [
        (Verdict::Permitted, "the packet passes"),
        (Verdict::Missing, "an addition opens it"),
        (Verdict::Blocked, "a person must act"),
        (Verdict::External, "someone else decides"),
        (Verdict::Unknown, "it was not read"),
    ];
    for (place, (verdict, what)) in verdicts.into_iter().enumerate() {
        let (x, y) = (MARGIN + place % 3 * 240, y + 12 + place / 3 * 26);
        style::marker(canvas, verdict, x + 10, y);
        canvas.text(x + 28, y + 4, "soft", &format!("{verdict}: {what}"));
    }
    let stateful = "Security groups are stateful: they are not asked again on the way back.";
    canvas.text(MARGIN, y + 70, "soft", stateful);
    y + 72
}

fn framed(plan: &NetworkPlan, sum: &str, height: usize, body: &str) -> String {
    let name = escaped(&words::name(plan));
    let description = escaped(&format!("{}. {sum}.", words::state(plan)));
    let style = style::sheet();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\" aria-labelledby=\"title description\">\n\
         <title id=\"title\">The paths of {name}</title>\n\
         <desc id=\"description\">{description}</desc>\n\
         <style>\n{style}</style>\n\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>\n\
         {body}</svg>\n"
    )
}
