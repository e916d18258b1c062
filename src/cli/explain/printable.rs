//! Texts that come from elsewhere, made fit to be shown.

/// A text without control characters but line ends: a terminal would obey them, and XML has no way to write them.
pub(super) fn printable(text: &str) -> String {
    let shown = |letter: char| match letter {
        '\n' => '\n',
        '\t' => ' ',
        hidden if hidden.is_control() || matches!(hidden, '\u{fffe}' | '\u{ffff}') => '\u{fffd}',
        letter => letter,
    };
    text.replace("\r\n", "\n").chars().map(shown).collect()
}
