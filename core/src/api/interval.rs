//! A span of time as people write it: `90m`, `1h`, `1h30m`.
use super::{IdError, admission::cel};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

const FORM: &str = "hours, minutes and seconds, such as `1h`, `90m` or `1h30m`, and never zero";

/// Hours, minutes and seconds, in this order, each at most once and at most four digits; never zero.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Interval {
    text: String,
    duration: Duration,
}

impl Interval {
    /// The span.
    pub fn duration(&self) -> Duration {
        self.duration
    }
}

fn parse(text: &str) -> Option<Duration> {
    let mut units = [('h', 3600_u64), ('m', 60), ('s', 1)].into_iter();
    let (mut rest, mut seconds) = (text, 0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.chars().next()?;
        let (_, factor) = units.by_ref().find(|(letter, _)| *letter == unit)?;
        if !(1..=4).contains(&number.len()) {
            return None;
        }
        seconds += number.parse::<u64>().ok()? * factor;
        rest = &tail[unit.len_utf8()..];
    }
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

impl TryFrom<String> for Interval {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        match parse(&text) {
            Some(duration) => Ok(Self { text, duration }),
            None => Err(IdError {
                value: text,
                kind: "a span of time",
                form: FORM,
            }),
        }
    }
}

impl FromStr for Interval {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::try_from(text.to_owned())
    }
}

impl From<Interval> for String {
    fn from(interval: Interval) -> Self {
        interval.text
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl JsonSchema for Interval {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Interval".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 2,
            "maxLength": 15,
            "x-kubernetes-validations": cel([(
                "self.matches('^([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,4}s)?$') && duration(self) > duration('0s')",
                format!("write {FORM}"),
            )]),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_span_is_read_as_people_write_it() {
        for (text, seconds) in [
            ("1h", 3600),
            ("90m", 5400),
            ("1h30m", 5400),
            ("1h0m5s", 3605),
        ] {
            let interval: Interval = text.parse().unwrap();
            assert_eq!(interval.duration().as_secs(), seconds, "{text}");
            assert_eq!(interval.to_string(), text);
        }
        for bad in [
            "", "0s", "1", "1d", "1m1h", "1h1h", "99999h", "-1h", "1.5h", "é",
        ] {
            assert!(bad.parse::<Interval>().is_err(), "{bad}");
        }
    }
}
