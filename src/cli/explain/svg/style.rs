//! Colours, fonts, and the shapes that tell verdicts apart without colour.

use super::canvas::Canvas;
use crate::cli::explain::wrap::cells;
use dms_network_core::api::Verdict;

/// The colours of a verdict: its ground and its ink, in the light scheme and in the dark one.
const VERDICTS: [(Verdict, [&str; 2], [&str; 2]); 5] = [
    (
        Verdict::Permitted,
        ["#dafbe1", "#116329"],
        ["#12261e", "#3fb950"],
    ),
    (
        Verdict::External,
        ["#ddf4ff", "#0550ae"],
        ["#121d2f", "#58a6ff"],
    ),
    (
        Verdict::Missing,
        ["#fff8c5", "#7d4e00"],
        ["#272115", "#d29922"],
    ),
    (
        Verdict::Unknown,
        ["#fbefff", "#6639ba"],
        ["#221b30", "#bc8cff"],
    ),
    (
        Verdict::Blocked,
        ["#ffebe9", "#a40e26"],
        ["#2b171a", "#ff7b72"],
    ),
];

const LIGHT: &str = ".page{fill:#ffffff}.card{fill:none;stroke:#d1d9e0}.end{fill:#f6f8fa;stroke:#818b98}\
                     .ink,.h1,.h2{fill:#1f2328}.soft{fill:#59636e}.line{stroke:#818b98}.tip{fill:#818b98}\
                     .note{fill:#1f2328}.note-word{fill:#ffffff}";
const DARK: &str = ".page{fill:#0d1117}.card{fill:none;stroke:#3d444d}.end{fill:#151b23;stroke:#7d8590}\
                    .ink,.h1,.h2{fill:#f0f6fc}.soft{fill:#9198a1}.line{stroke:#7d8590}.tip{fill:#7d8590}\
                    .note{fill:#f0f6fc}.note-word{fill:#0d1117}";

/// The style sheet.
pub(super) fn sheet() -> String {
    let scheme = |scheme: usize| {
        let verdicts = VERDICTS.iter().map(|(verdict, light, dark)| {
            let [ground, ink] = if scheme == 0 { light } else { dark };
            format!(
                ".{verdict}{{fill:{ground};stroke:{ink}}}.{verdict}-word{{fill:{ink}}}.{verdict}-line{{stroke:{ink}}}\n"
            )
        });
        verdicts.collect::<String>()
    };
    format!(
        "text{{font-size:12px;font-family:system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\",sans-serif}}\n\
         .h1{{font-size:20px;font-weight:600}}.h2{{font-size:15px;font-weight:600}}.b{{font-weight:600}}\n\
         .mono{{font-family:ui-monospace,\"SF Mono\",Consolas,\"DejaVu Sans Mono\",monospace}}\n\
         .line{{fill:none;stroke-width:2}}.dashed{{stroke-dasharray:3 5}}.Missing{{stroke-dasharray:4 2}}\n\
         .Permitted-line,.External-line,.Missing-line,.Unknown-line,.Blocked-line{{fill:none;stroke-width:2}}\n\
         {LIGHT}\n{}@media (prefers-color-scheme:dark){{\n{DARK}\n{}}}\n",
        scheme(0),
        scheme(1)
    )
}

/// The shape of a verdict, about a point: a circle with a tick, a square with an arrow out of it, a dashed circle with
/// a plus, a diamond with a question mark, an octagon with a cross.
pub(super) fn marker(canvas: &mut Canvas, verdict: Verdict, x: usize, y: usize) {
    let outline = match verdict {
        Verdict::Permitted | Verdict::Missing => {
            format!("M{} {y}a9 9 0 1 1 18 0a9 9 0 1 1 -18 0z", x - 9)
        }
        Verdict::External => format!("M{} {}h16v16h-16z", x - 8, y - 8),
        Verdict::Unknown => format!("M{x} {}l11 11l-11 11l-11 -11z", y - 11),
        Verdict::Blocked => format!("M{} {}h8l6 6v8l-6 6h-8l-6 -6v-8z", x - 4, y - 10),
    };
    let glyph = match verdict {
        Verdict::Permitted => format!("M{} {y}l3 3l6 -6", x - 4),
        Verdict::Missing => format!("M{} {y}h10M{x} {}v10", x - 5, y - 5),
        Verdict::External => format!("M{} {}l7 -7m-5 0h5v5", x - 4, y + 4),
        Verdict::Unknown => format!(
            "M{} {}q0 -3 3 -3q3 0 3 2.5q0 2 -3 3.5v1M{x} {}v1.5",
            x - 3,
            y - 3,
            y + 4
        ),
        Verdict::Blocked => format!("M{} {}l8 8m0 -8l-8 8", x - 4, y - 4),
    };
    canvas.path(&verdict.to_string(), &outline);
    canvas.path(&format!("{verdict}-line"), &glyph);
}

/// The word of a verdict on its ground, ending at a point.
pub(super) fn badge(canvas: &mut Canvas, verdict: Verdict, right: usize, baseline: usize) {
    let word = verdict.to_string();
    let width = word.len() * 8 + 16;
    canvas.rect(&word, (right - width, baseline - 14), (width, 19), 9);
    canvas.text_about(
        right - width / 2,
        baseline,
        &format!("b {word}-word"),
        &word,
    );
}

/// The number of what a person must do, as the gates and the list show it. Gives its width.
pub(super) fn note(canvas: &mut Canvas, number: usize, x: usize, baseline: usize) -> usize {
    let number = number.to_string();
    let width = cells(&number) * 8 + 10;
    canvas.rect("note", (x, baseline - 13), (width, 17), 3);
    canvas.text_about(x + width / 2, baseline, "b note-word", &number);
    width
}
