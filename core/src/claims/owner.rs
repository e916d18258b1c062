//! The deployment that owns rules: its name in claim tags, and its slice of network ACL entry numbers.

use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// The numbers that deployments share out among them.
pub const ENTRY_NUMBERS: std::ops::RangeInclusive<u16> = 20000..=20999;
/// The size of one deployment's slice of them.
const SLICE: u16 = 50;

/// A slice of network ACL entry numbers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRange {
    first: u16,
    last: u16,
}

impl EntryRange {
    /// The lowest number.
    #[must_use]
    pub fn first(&self) -> u16 {
        self.first
    }

    /// The highest number.
    #[must_use]
    pub fn last(&self) -> u16 {
        self.last
    }

    /// Whether a number is in the slice.
    #[must_use]
    pub fn contains(&self, number: u16) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

impl fmt::Display for EntryRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// A text that is no slice of entry numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a range of network ACL entry numbers: write FIRST-LAST within 20000-20999, such as 20150-20199"
)]
pub struct EntryRangeError(String);

impl FromStr for EntryRange {
    type Err = EntryRangeError;

    fn from_str(text: &str) -> Result<Self, EntryRangeError> {
        let range = text.split_once('-').and_then(|(first, last)| {
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last && ENTRY_NUMBERS.contains(&first) && ENTRY_NUMBERS.contains(&last))
                .then_some(Self { first, last })
        });
        range.ok_or_else(|| EntryRangeError(text.to_owned()))
    }
}

/// A deployment of the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    name: String,
    entry_range: EntryRange,
}

/// A text that cannot name a deployment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name a deployment: write a DNS label (1 to 63 lower-case letters, digits and hyphens, beginning \
     and ending with a letter or digit), such as prod-eu1"
)]
pub struct OwnerError(String);

impl Owner {
    /// A deployment by its name, a DNS label (RFC 1123). Its slice of entry numbers follows from the name by hash,
    /// unless one is given.
    pub fn new(name: &str, entry_range: Option<EntryRange>) -> Result<Self, OwnerError> {
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_label = (1..=63).contains(&name.len())
            && name.bytes().all(inner)
            && !name.starts_with('-')
            && !name.ends_with('-');
        if !is_label {
            return Err(OwnerError(name.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            entry_range: entry_range.unwrap_or_else(|| slice_of(name)),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its slice of entry numbers.
    #[must_use]
    pub fn entry_range(&self) -> EntryRange {
        self.entry_range
    }
}

fn slice_of(name: &str) -> EntryRange {
    let slices = (ENTRY_NUMBERS.end() - ENTRY_NUMBERS.start() + 1) / SLICE;
    let digest = Sha256::digest(name.as_bytes());
    let hash = digest
        .iter()
        .take(8)
        .fold(0_u64, |hash, &byte| (hash << 8) | u64::from(byte));
    let slice = u16::try_from(hash % u64::from(slices)).unwrap_or(0);
    let first = ENTRY_NUMBERS.start() + slice * SLICE;
    EntryRange {
        first,
        last: first + SLICE - 1,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_name_gets_a_whole_slice_within_the_shared_numbers() {
        for name in ["prod-eu1", "a", "0b1e", "staging", "x".repeat(63).as_str()] {
            let range = Owner::new(name, None).unwrap().entry_range();
            assert!(
                ENTRY_NUMBERS.contains(&range.first()) && ENTRY_NUMBERS.contains(&range.last())
            );
            assert_eq!(range.last() - range.first(), 49);
            assert_eq!(range.first() % 50, 0);
        }
    }

    #[test]
    fn a_name_that_is_no_dns_label_is_refused() {
        for name in ["", "-a", "a-", "A", "a.b", "a b", "x".repeat(64).as_str()] {
            assert!(Owner::new(name, None).is_err(), "{name}");
        }
    }

    #[test]
    fn a_range_outside_the_shared_numbers_is_refused() {
        assert!("20150-20199".parse::<EntryRange>().is_ok());
        for text in ["20150", "20199-20150", "100-200", "20990-21000", "a-b", ""] {
            assert!(text.parse::<EntryRange>().is_err(), "{text}");
        }
    }
}
