//! The texts of conditions and events: the resource, what was found, the remedy.

use dms_network_core::{
    api::{Gate, PathStatus, Refusal},
    trace::Unresolved,
};

/// What stands before a remedy.
const REMEDY: &str = "Remedy: ";

/// What was found, and what a person can do about it.
pub(super) fn with_remedy(found: &str, remedy: Option<&str>) -> String {
    let found = found.trim_end_matches('.');
    match remedy {
        Some(remedy) => format!("{found}. {REMEDY}{remedy}"),
        None => format!("{found}."),
    }
}

/// What was found, with a remedy where it names none.
pub(super) fn ensure_remedy(found: &str, remedy: &str) -> String {
    if found.contains(REMEDY) {
        found.to_owned()
    } else {
        with_remedy(found, Some(remedy))
    }
}

/// A gate of a path.
pub(super) fn gate(path: &PathStatus, gate: &Gate) -> String {
    let found = format!(
        "{} port {} from {}, {} {}: {}",
        path.endpoint, path.port, path.client.subnet_id, gate.gate, gate.resource, gate.message
    );
    with_remedy(&found, gate.remedy.as_deref())
}

/// A refusal.
pub(super) fn refusal(refusal: &Refusal) -> String {
    let found = format!("{}: {}", refusal.resource, refusal.message);
    with_remedy(&found, refusal.remedy.as_deref())
}

/// A replication instance that was not found.
pub(super) fn unresolved(unresolved: &Unresolved) -> String {
    let found = format!("{}: {}", unresolved.resource, unresolved.message);
    with_remedy(&found, Some(unresolved.reason.remedy()))
}

/// The first few of a list, and how many more there are.
pub(super) fn few<T: ToString>(items: impl Iterator<Item = T>) -> String {
    const SHOWN: usize = 5;
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    let shown = items
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match items.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The text, cut so that it takes at most `max` bytes as a JSON string without its quotes.
pub(super) fn clip(text: &str, max: usize) -> String {
    const MARK: &str = "…";
    let mut size = 0;
    let mut cut = 0;
    for (at, letter) in text.char_indices() {
        if size <= max.saturating_sub(MARK.len()) {
            cut = at;
        }
        size += json_size(letter);
        if size > max {
            return format!("{}{MARK}", &text[..cut]);
        }
    }
    text.to_owned()
}

/// At least the bytes that a letter takes in a JSON string.
fn json_size(letter: char) -> usize {
    match letter {
        '"' | '\\' => 2,
        control if control < ' ' => 6,
        other => other.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_letters_by_its_size_in_json() {
        assert_eq!(clip("abcdef", 6), "abcdef");
        assert_eq!(clip("abcdefg", 6), "abc…");
        assert_eq!(clip("äöüß", 7), "äö…");
        assert_eq!(clip("\"\"\"\"\"", 7), "\"\"…");
        assert_eq!(clip("\u{1}\u{1}", 9), "\u{1}…");
        assert_eq!(clip("", 0), "");
    }

    #[test]
    fn long_lists_are_counted() {
        assert_eq!(
            few((1..=5).map(|n| format!("sg-{n}"))),
            "sg-1, sg-2, sg-3, sg-4, sg-5"
        );
        assert_eq!(few(1..=7), "1, 2, 3, 4, 5 and 2 more");
    }

    #[test]
    fn what_was_found_ends_with_one_full_stop() {
        assert_eq!(with_remedy("Closed.", None), "Closed.");
        assert_eq!(
            with_remedy("closed", Some("open it")),
            "closed. Remedy: open it"
        );
    }
}
