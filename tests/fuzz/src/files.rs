//! A folder of files as one text: a line `=== PATH` begins each.

/// The line that begins a file, before its path.
const BEGIN: &str = "=== ";

/// Files by their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files(pub Vec<(String, String)>);

impl Files {
    /// Takes a text apart. Without a line that begins a file all of it is one, `describe.json`.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut files: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            match (line.strip_prefix(BEGIN), files.last_mut()) {
                (Some(path), _) => files.push((path.trim_end().to_owned(), String::new())),
                (None, Some((_, text))) => text.push_str(line),
                (None, None) => files.push(("describe.json".to_owned(), line.to_owned())),
            }
        }
        Self(files)
    }

    /// The files whose paths end in one of `endings`.
    pub fn ending_in(&self, endings: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let ends = |path: &str| endings.iter().any(|ending| path.ends_with(ending));
        let files = self.0.iter().filter(move |(path, _)| ends(path));
        files.map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

impl std::fmt::Display for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (path, text) in &self.0 {
            let end = if text.ends_with('\n') { "" } else { "\n" };
            write!(f, "{BEGIN}{path}\n{text}{end}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_taken_apart_and_put_together_again() {
        let text = "=== a.json\n{}\n=== b/c.yaml\nkind: A\n---\nkind: B\n";
        let files = Files::read(text);
        assert_eq!(files.0.len(), 2);
        assert_eq!(files.to_string(), text);
        assert_eq!(files.ending_in(&[".yaml"]).count(), 1);
        assert_eq!(
            Files::read("{}").0,
            [("describe.json".to_owned(), "{}".to_owned())]
        );
    }
}
