//! Texts broken into lines of a width.

/// The lines of a text, none wider than `width` cells: broken at spaces, and within a word that is wider. A letter
/// outside of ASCII is counted as two cells, which is the most that it takes.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let mut word = word;
            if !line.is_empty() && cells(&line) + 1 + cells(word) > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            while cells(word) > width {
                let (head, rest) = word.split_at(fitting(word, width));
                lines.push(head.to_owned());
                word = rest;
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// The first lines, the last of them with an ellipsis where some are left out.
pub(super) fn clip(mut lines: Vec<String>, most: usize, width: usize) -> Vec<String> {
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = with_ellipsis(last, width);
        }
    }
    lines
}

/// A text of one line, cut with an ellipsis where it is wider than `width` cells.
pub(super) fn ellipsized(text: &str, width: usize) -> String {
    if cells(text) <= width {
        text.to_owned()
    } else {
        with_ellipsis(text, width)
    }
}

fn with_ellipsis(text: &str, width: usize) -> String {
    let head = &text[..fitting(text, width.saturating_sub(2))];
    format!("{}…", head.trim_end())
}

/// How wide a text is.
pub(super) fn cells(text: &str) -> usize {
    text.chars().map(cell).sum()
}

fn cell(letter: char) -> usize {
    if letter.is_ascii() { 1 } else { 2 }
}

/// The length in bytes of the longest head that is no wider than `width` cells.
fn fitting(text: &str, width: usize) -> usize {
    let mut used = 0;
    let mut letters = text.char_indices();
    let beyond = letters.find(|(_, letter)| {
        used += cell(*letter);
        used > width
    });
    beyond.map_or(text.len(), |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_asked_for_and_no_letter_is_lost() {
        for text in [
            "",
            "one",
            "no entry of acl-0a permits tcp 5432 from 10.0.1.10/32",
            "aws-ec2-create-network-acl-entry-without-any-space-in-it-at-all",
            "zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich",
            "東京の経路表には経路がありません",
            "two\nparagraphs, the second of which is longer",
        ] {
            for width in [2, 7, 20, 200] {
                let lines = wrap(text, width);
                assert!(
                    lines.iter().all(|line| cells(line) <= width),
                    "{width}: {lines:?}"
                );
                let letters = |text: &str| text.replace([' ', '\n'], "");
                assert_eq!(letters(&lines.concat()), letters(text));
            }
        }
    }

    #[test]
    fn what_is_left_out_is_told_by_an_ellipsis() {
        assert_eq!(ellipsized("orders-source", 13), "orders-source");
        assert_eq!(ellipsized("orders-source", 12), "orders-sou…");
        let lines = wrap("the first line and the second line and the third", 16);
        let clipped = clip(lines.clone(), 2, 16);
        assert_eq!(clipped.len(), 2);
        assert!(
            clipped[1].ends_with('…') && cells(&clipped[1]) <= 16,
            "{clipped:?}"
        );
        assert_eq!(clip(lines.clone(), lines.len(), 16), lines);
    }
}
