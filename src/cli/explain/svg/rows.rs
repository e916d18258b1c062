//! Which gates of the way out and of the way back stand side by side.

/// A row of two columns: the places of what stands there.
pub(super) type Row = (Option<usize>, Option<usize>);

/// Rows in which each column keeps its order and as many equal items as possible stand side by side; between these,
/// the columns fill up from the top.
pub(super) fn rows(left: &[&str], right: &[&str]) -> Vec<Row> {
    let mut rows = Vec::new();
    let (mut from_left, mut from_right) = (0, 0);
    for (a, b) in common(left, right) {
        rows.extend(side_by_side(from_left..a, from_right..b));
        rows.push((Some(a), Some(b)));
        (from_left, from_right) = (a + 1, b + 1);
    }
    rows.extend(side_by_side(from_left..left.len(), from_right..right.len()));
    rows
}

fn side_by_side(mut left: std::ops::Range<usize>, mut right: std::ops::Range<usize>) -> Vec<Row> {
    let row = || match (left.next(), right.next()) {
        (None, None) => None,
        row => Some(row),
    };
    std::iter::from_fn(row).collect()
}

/// The places of a longest common subsequence.
fn common(left: &[&str], right: &[&str]) -> Vec<(usize, usize)> {
    // longest[a][b]: how long it is from left[a] and right[b] on.
    let mut longest = vec![vec![0; right.len() + 1]; left.len() + 1];
    for a in (0..left.len()).rev() {
        for b in (0..right.len()).rev() {
            longest[a][b] = if left[a] == right[b] {
                longest[a + 1][b + 1] + 1
            } else {
                longest[a + 1][b].max(longest[a][b + 1])
            };
        }
    }
    let mut places = Vec::new();
    let (mut a, mut b) = (0, 0);
    while a < left.len() && b < right.len() {
        if left[a] == right[b] {
            places.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if longest[a + 1][b] >= longest[a][b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_of_one_resource_stand_side_by_side() {
        let out = ["sg-0a", "acl-0a", "rtb-0a", "acl-0d", "sg-0d"];
        let back = ["acl-0a", "rtb-0d", "acl-0d"];
        assert_eq!(
            rows(&out, &back),
            [
                (Some(0), None),
                (Some(1), Some(0)),
                (Some(2), Some(1)),
                (Some(3), Some(2)),
                (Some(4), None),
            ]
        );
    }

    #[test]
    fn nothing_is_left_out_and_nothing_changes_its_order() {
        let columns: [&[&str]; 5] = [
            &[],
            &["a"],
            &["a", "b", "a"],
            &["b", "a", "c", "d"],
            &["x", "y"],
        ];
        for left in columns {
            for right in columns {
                let rows = rows(left, right);
                let lefts: Vec<usize> = rows.iter().filter_map(|row| row.0).collect();
                let rights: Vec<usize> = rows.iter().filter_map(|row| row.1).collect();
                assert_eq!(lefts, (0..left.len()).collect::<Vec<_>>());
                assert_eq!(rights, (0..right.len()).collect::<Vec<_>>());
            }
        }
    }
}
