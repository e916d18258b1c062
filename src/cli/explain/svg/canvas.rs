//! What is drawn, as SVG elements. Every text goes through here, and is escaped here.

use crate::cli::explain::printable::printable;

/// The elements so far.
#[derive(Default)]
pub(super) struct Canvas(String);

impl Canvas {
    /// A line of text, from `x` on, with its baseline at `y`.
    pub(super) fn text(&mut self, x: usize, y: usize, class: &str, text: &str) {
        let text = escaped(text);
        let line = format!("<text x=\"{x}\" y=\"{y}\" class=\"{class}\">{text}</text>");
        self.element(&line);
    }

    /// A line of text about `x`.
    pub(super) fn text_about(&mut self, x: usize, y: usize, class: &str, text: &str) {
        let text = escaped(text);
        let line = format!(
            "<text x=\"{x}\" y=\"{y}\" class=\"{class}\" text-anchor=\"middle\">{text}</text>"
        );
        self.element(&line);
    }

    /// A rectangle with round corners.
    pub(super) fn rect(
        &mut self,
        class: &str,
        (x, y): (usize, usize),
        (width, height): (usize, usize),
        round: usize,
    ) {
        let rect = format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>"
        );
        self.element(&rect);
    }

    /// A path, by its data.
    pub(super) fn path(&mut self, class: &str, data: &str) {
        self.element(&format!("<path class=\"{class}\" d=\"{data}\"/>"));
    }

    /// Begins a group; its title is what a pointer that rests on it shows, and what a screen reader says.
    pub(super) fn open(&mut self, title: Option<&str>) {
        let title = title.map(|title| format!("<title>{}</title>", escaped(title)));
        self.element(&format!("<g>{}", title.unwrap_or_default()));
    }

    /// Ends the group.
    pub(super) fn close(&mut self) {
        self.element("</g>");
    }

    fn element(&mut self, element: &str) {
        self.0.push_str(element);
        self.0.push('\n');
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// A text as XML holds it, between tags and in attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in printable(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}
