//! Filters of Describe calls.
//!
//! EC2 User Guide, "Filtering resources", and the page of each call in the API Reference: values of
//! one filter are alternatives, several filters must all hold; values are case-sensitive; `*`
//! stands for any characters and `?` for one, a backslash takes their meaning away; at most 200
//! values per request; a name that the call's page does not list is refused.

use crate::{error::ApiError, wire::query::Params};
use serde_json::Value;

/// The most filter values in one request.
const MOST_VALUES: usize = 200;

/// The filters that a call knows: name, and where the shown form holds the values.
pub(crate) type Known = &'static [(&'static str, &'static str)];

/// The filters of a request.
#[derive(Debug, Default)]
pub(crate) struct Filters(Vec<Filter>);

#[derive(Debug)]
struct Filter {
    name: String,
    subject: Subject,
    values: Vec<String>,
}

#[derive(Debug)]
enum Subject {
    Path(&'static str),
    Tag(String),
    TagKey,
}

impl Filters {
    /// Reads `Filter.1.Name=…&Filter.1.Value.1=…`. `tags`: the call also knows `tag:<key>`, and
    /// where that says so, `tag-key`.
    pub(crate) fn take(
        params: &mut Params,
        known: Known,
        tags: TagFilters,
    ) -> Result<Self, ApiError> {
        let mut filters = Vec::new();
        for mut given in params.groups("Filter")? {
            let name = given.required("Name")?;
            let values = given.texts("Value")?;
            given.finish()?;
            if values.is_empty() {
                return Err(ApiError::value(format!(
                    "The filter '{name}' has no values"
                )));
            }
            let subject = subject(&name, known, tags)
                .ok_or_else(|| ApiError::value(format!("The filter '{name}' is invalid")))?;
            filters.push(Filter {
                name,
                subject,
                values,
            });
        }
        if filters
            .iter()
            .map(|filter| filter.values.len())
            .sum::<usize>()
            > MOST_VALUES
        {
            return Err(ApiError::new(
                "FilterLimitExceeded",
                "The maximum number of filter values specified on a single call is 200",
            ));
        }
        Ok(Self(filters))
    }

    /// Whether a shown resource passes all filters.
    pub(crate) fn pass(&self, shown: &Value) -> bool {
        self.0.iter().all(|filter| {
            let mut found = false;
            let mut look =
                |text: &str| found |= filter.values.iter().any(|value| glob(value, text));
            match &filter.subject {
                Subject::Path(path) => visit(shown, path, &mut look),
                Subject::TagKey => tags(shown, &mut |key, _| look(key)),
                Subject::Tag(name) => tags(shown, &mut |key, value| {
                    if key == name {
                        look(value);
                    }
                }),
            }
            found
        })
    }

    /// The values of a filter, if they are all exact: then an index can be asked for them.
    pub(crate) fn exact(&self, name: &str) -> Option<&[String]> {
        let filter = self.0.iter().find(|filter| filter.name == name)?;
        let exact = |value: &String| !value.contains(['*', '?', '\\']);
        filter
            .values
            .iter()
            .all(exact)
            .then_some(filter.values.as_slice())
    }

    /// Whether the request has none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes out a filter that compares in a way of its own; its values.
    pub(crate) fn take_out(&mut self, name: &str) -> Option<Vec<String>> {
        let at = self.0.iter().position(|filter| filter.name == name)?;
        Some(self.0.remove(at).values)
    }

    /// Replaces values of a filter that have two spellings.
    pub(crate) fn respell(&mut self, name: &str, spelling: fn(&str) -> &str) {
        for filter in self.0.iter_mut().filter(|filter| filter.name == name) {
            for value in &mut filter.values {
                *value = spelling(value).to_owned();
            }
        }
    }
}

/// Which tag filters a call knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagFilters {
    /// None.
    None,
    /// `tag:<key>`.
    Tag,
    /// `tag:<key>` and `tag-key`.
    TagAndTagKey,
}

fn subject(name: &str, known: Known, tags: TagFilters) -> Option<Subject> {
    if let Some((_, path)) = known.iter().find(|(known, _)| *known == name) {
        return Some(Subject::Path(path));
    }
    match name.strip_prefix("tag:") {
        Some(key) if tags != TagFilters::None && !key.is_empty() => {
            Some(Subject::Tag(key.to_owned()))
        }
        None if name == "tag-key" && tags == TagFilters::TagAndTagKey => Some(Subject::TagKey),
        _ => None,
    }
}

fn tags(shown: &Value, look: &mut dyn FnMut(&str, &str)) {
    let tags = shown.get("Tags").or_else(|| shown.get("TagSet"));
    for tag in tags.and_then(Value::as_array).into_iter().flatten() {
        let text = |key| tag.get(key).and_then(Value::as_str).unwrap_or_default();
        look(text("Key"), text("Value"));
    }
}

/// Shows each scalar at a path like `IpPermissions.IpRanges.CidrIp`, lists opened.
fn visit(json: &Value, path: &str, look: &mut dyn FnMut(&str)) {
    match json {
        Value::Array(items) => items.iter().for_each(|item| visit(item, path, look)),
        Value::Object(members) => {
            let (head, rest) = path.split_once('.').unwrap_or((path, ""));
            if let Some(member) = members.get(head) {
                visit(member, rest, look);
            }
        }
        Value::String(text) if path.is_empty() => look(text),
        Value::Bool(flag) if path.is_empty() => look(if *flag { "true" } else { "false" }),
        Value::Number(number) if path.is_empty() => look(&number.to_string()),
        _ => {}
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    let mut pattern: Vec<Token> = tokens(pattern).collect();
    pattern.dedup_by(|one, other| *one == Token::Any && *other == Token::Any);
    let text: Vec<char> = text.chars().collect();
    // The last `*` met and the place in the text up to which it reaches: to go back to on a miss.
    let (mut at, mut star, mut place, mut reach) = (0, None, 0, 0);
    while place < text.len() {
        match pattern.get(at) {
            Some(Token::Any) => {
                star = Some(at);
                reach = place;
                at += 1;
            }
            Some(Token::One) => {
                at += 1;
                place += 1;
            }
            Some(Token::Exactly(character)) if *character == text[place] => {
                at += 1;
                place += 1;
            }
            _ => match star {
                None => return false,
                Some(star) => {
                    at = star + 1;
                    reach += 1;
                    place = reach;
                }
            },
        }
    }
    pattern[at.min(pattern.len())..]
        .iter()
        .all(|token| *token == Token::Any)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Any,
    One,
    Exactly(char),
}

fn tokens(pattern: &str) -> impl Iterator<Item = Token> {
    let mut characters = pattern.chars();
    std::iter::from_fn(move || {
        Some(match characters.next()? {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => Token::Exactly(characters.next().unwrap_or('\\')),
            character => Token::Exactly(character),
        })
    })
}
