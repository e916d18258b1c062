//! The choices that AWS has on the way: a walk is repeated until each of them was made.

/// Which way is taken where there are several, in the order in which the walk meets them.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    /// What is taken, and out of how many.
    made: Vec<(usize, usize)>,
    met: usize,
}

impl Choices {
    /// The one of several that this walk takes; none where there are none.
    pub(crate) fn among<'t, T>(&mut self, several: &'t [T]) -> Option<&'t T> {
        if several.len() < 2 {
            return several.first();
        }
        if self.met == self.made.len() {
            self.made.push((0, several.len()));
        }
        let (taken, _) = self.made[self.met];
        self.met += 1;
        several.get(taken)
    }

    /// Turns to the next walk: false where every choice was made.
    pub(crate) fn next(&mut self) -> bool {
        self.met = 0;
        while let Some((taken, count)) = self.made.pop() {
            if taken + 1 < count {
                self.made.push((taken + 1, count));
                return true;
            }
        }
        false
    }
}
