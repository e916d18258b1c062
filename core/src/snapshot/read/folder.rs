//! Which account and Region the resources of a folder belong to.

use super::{MAX_PLACES, NAMED_BY_FILE, ReadError};
use crate::{
    api::{AccountId, Region},
    snapshot::{
        ScopeSnapshot,
        documents::{Documents, Tells},
    },
};
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};

/// What one file holds.
pub(super) struct Answer {
    pub(super) file: String,
    pub(super) documents: Documents,
    pub(super) keys: Vec<&'static str>,
    /// The member that says that the list goes on.
    pub(super) next_page: Option<&'static str>,
}

/// The answers of one account and Region, as far as they tell which.
pub(super) struct Scope {
    pub(super) account_id: Option<AccountId>,
    pub(super) region: Option<Region>,
    folders: String,
    documents: Documents,
}

impl Scope {
    /// Whether both are surely of one account and Region.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.account_id.is_some()
            && self.region.is_some()
            && self.account_id == other.account_id
            && self.region == other.region
    }

    /// Adds the answers of another folder.
    pub(super) fn join(&mut self, other: Self) {
        self.documents.extend(other.documents, true);
        self.folders = format!("{}, {}", self.folders, other.folders);
    }

    pub(super) fn snapshot(self) -> Result<ScopeSnapshot, ReadError> {
        let lists = self
            .documents
            .lists(self.account_id, self.region)
            .map_err(|source| ReadError::Contradiction {
                folder: self.folders,
                source,
            })?;
        Ok(lists.into())
    }
}

/// A list of which every file of a folder says that it goes on is not whole: it must not be taken for one.
pub(super) fn require_last_pages(answers: &[Answer]) -> Result<(), ReadError> {
    for answer in answers {
        let Some(token) = answer.next_page else {
            continue;
        };
        for &key in &answer.keys {
            // Another file of such a key is the answer about something else.
            let has_last = !NAMED_BY_FILE.contains(&key)
                && answers
                    .iter()
                    .any(|other| other.next_page.is_none() && other.keys.contains(&key));
            if !has_last {
                return Err(ReadError::PagesMissing {
                    file: answer.file.clone(),
                    key,
                    token,
                });
            }
        }
    }
    Ok(())
}

/// The scopes of a folder: one for each account and Region that its resources tell.
///
/// What belongs to a VPC is where the VPC is. A VPC that several accounts share is in the scope of each of them:
/// each sees it, and a path in it needs all of its resources. What does not tell where it is goes into every scope
/// that it could be of.
///
/// # Errors
/// Where they are so many that looking at each resource for each of them would take too long.
pub(super) fn scopes(folder: &str, mut answers: Vec<Answer>) -> Result<Vec<Scope>, ReadError> {
    let vpcs = Vpcs::of(&answers);
    let tells = || answers.iter().flat_map(|answer| answer.documents.tells());
    let places: BTreeSet<(Option<AccountId>, Option<Region>)> = tells()
        .flat_map(|tells| vpcs.place(&tells).pairs())
        .collect();
    if places.len() > MAX_PLACES {
        return Err(ReadError::TooManyPlaces {
            folder: shown(folder),
            places: places.len(),
        });
    }
    let by_name = named(folder);
    let only_sharer = only_sharer(tells());
    let places = most_precise(places);
    let mut scopes = Vec::new();
    for (number, (account, region)) in places.iter().enumerate() {
        let mut scope = Scope {
            account_id: account
                .clone()
                .or_else(|| by_name.0.clone())
                .or_else(|| only_sharer.clone()),
            region: region.clone().or_else(|| by_name.1.clone()),
            folders: shown(folder),
            documents: Documents::default(),
        };
        let (account, region) = (account.as_ref(), region.as_ref());
        let keep = |tells: &Tells<'_>| {
            let sides = tells.sides.as_ref();
            vpcs.place(tells).may_be(account, region)
                && sides.is_none_or(|sides| sides.iter().any(|side| side.may_be(account, region)))
        };
        for answer in &mut answers {
            // An empty list tells no scope: in a folder of several it counts only with what is in its file.
            let keep_empty =
                places.len() == 1 || answer.documents.tells().any(|tells| keep(&tells));
            // The last scope takes what is there: a copy of a large snapshot costs as much as reading it.
            let documents = if number + 1 == places.len() {
                std::mem::take(&mut answer.documents).into_part(&keep)
            } else {
                answer.documents.part(&keep)
            };
            scope.documents.extend(documents, keep_empty);
        }
        scopes.push(scope);
    }
    Ok(scopes)
}

/// A folder as errors name it.
fn shown(folder: &str) -> String {
    if folder.is_empty() { "." } else { folder }.to_owned()
}

/// The account that owns what is shared, where it is one: in a folder that nothing else tells of, it is the account.
fn only_sharer<'a>(tells: impl Iterator<Item = Tells<'a>>) -> Option<AccountId> {
    let sharers: BTreeSet<AccountId> = tells
        .filter_map(|tells| tells.sharer?.parse().ok())
        .collect();
    let mut sharers = sharers.into_iter();
    let first = sharers.next()?;
    sharers.next().is_none().then_some(first)
}

/// Where something may be.
#[derive(Clone, Default)]
struct Place {
    accounts: BTreeSet<AccountId>,
    region: Option<Region>,
}

impl Place {
    fn of(tells: &Tells<'_>) -> Self {
        Self {
            accounts: tells.account().into_iter().collect(),
            region: tells.region(),
        }
    }

    fn join(&mut self, other: Self) {
        self.accounts.extend(other.accounts);
        self.region = self.region.take().or(other.region);
    }

    fn pairs(&self) -> Vec<(Option<AccountId>, Option<Region>)> {
        if self.accounts.is_empty() {
            return vec![(None, self.region.clone())];
        }
        let pair = |account: &AccountId| (Some(account.clone()), self.region.clone());
        self.accounts.iter().map(pair).collect()
    }

    fn may_be(&self, account: Option<&AccountId>, region: Option<&Region>) -> bool {
        let account_fits = match account {
            _ if self.accounts.is_empty() => true,
            None => false,
            Some(account) => self.accounts.contains(account),
        };
        account_fits
            && (self.region.is_none() || region.is_none() || self.region.as_ref() == region)
    }
}

/// Where the VPCs of a folder are, by all that their resources tell.
#[derive(Default)]
struct Vpcs {
    places: HashMap<String, Place>,
    of_groups: HashMap<String, String>,
}

impl Vpcs {
    fn of(answers: &[Answer]) -> Self {
        let mut vpcs = Self::default();
        for tells in answers.iter().flat_map(|answer| answer.documents.tells()) {
            let Some(vpc) = tells.vpc else { continue };
            let place = vpcs.places.entry(vpc.to_owned()).or_default();
            place.join(Place::of(&tells));
            if let Some(group) = tells.is_security_group {
                vpcs.of_groups.insert(group.to_owned(), vpc.to_owned());
            }
        }
        vpcs
    }

    fn place(&self, tells: &Tells<'_>) -> Cow<'_, Place> {
        let of_group = || {
            self.of_groups
                .get(tells.security_group?)
                .map(String::as_str)
        };
        let vpc = tells.vpc.or_else(of_group);
        match vpc.and_then(|vpc| self.places.get(vpc)) {
            Some(place) => Cow::Borrowed(place),
            None => Cow::Owned(Place::of(tells)),
        }
    }
}

/// The places without those that say less than another. Where at most one account and one Region is told, all is one.
fn most_precise(
    places: BTreeSet<(Option<AccountId>, Option<Region>)>,
) -> Vec<(Option<AccountId>, Option<Region>)> {
    let accounts: BTreeSet<&AccountId> =
        places.iter().filter_map(|place| place.0.as_ref()).collect();
    let regions: BTreeSet<&Region> = places.iter().filter_map(|place| place.1.as_ref()).collect();
    if accounts.len() <= 1 && regions.len() <= 1 {
        let one = (
            accounts.first().map(|&account| account.clone()),
            regions.first().map(|&region| region.clone()),
        );
        return vec![one];
    }
    let says_less = |place: &(Option<AccountId>, Option<Region>)| {
        places.iter().any(|other| {
            other != place
                && (place.0.is_none() || place.0 == other.0)
                && (place.1.is_none() || place.1 == other.1)
        })
    };
    let kept = places.iter().filter(|&place| !says_less(place));
    kept.cloned().collect()
}

/// The account and Region that the names of folders tell, the innermost first: `111122223333/eu-west-1`,
/// `prod-eu-west-1`.
fn named(folder: &str) -> (Option<AccountId>, Option<Region>) {
    let names = || folder.rsplit('/');
    (
        names().find_map(account_in_name),
        names().find_map(region_in_name),
    )
}

fn account_in_name(name: &str) -> Option<AccountId> {
    name.split(|c: char| !c.is_ascii_digit())
        .find_map(|digits| digits.parse().ok())
}

/// A Region within a name such as `prod-eu-west-1`. How its code begins tells it from the words before it.
fn region_in_name(name: &str) -> Option<Region> {
    const BEGINNINGS: [&str; 11] = [
        "af", "ap", "ca", "cn", "eu", "eusc", "il", "me", "mx", "sa", "us",
    ];
    name.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .find_map(|word| {
            let parts: Vec<&str> = word.split('-').collect();
            (0..parts.len())
                .filter(|&start| BEGINNINGS.contains(&parts[start]))
                .find_map(|start| {
                    (start + 3..=parts.len().min(start + 5))
                        .find_map(|end| parts[start..end].join("-").parse().ok())
                })
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_names_of_folders_tell_account_and_region() {
        for (folder, account, region) in [
            ("", None, None),
            (
                "111122223333/eu-west-1",
                Some("111122223333"),
                Some("eu-west-1"),
            ),
            (
                "prod-111122223333_us-gov-east-1",
                Some("111122223333"),
                Some("us-gov-east-1"),
            ),
            ("prod-eu-west-1", None, Some("eu-west-1")),
            ("eusc-de-east-1", None, Some("eusc-de-east-1")),
            (
                "eu-west-1/111122223333/ec2",
                Some("111122223333"),
                Some("eu-west-1"),
            ),
            ("peer", None, None),
            ("us-", None, None),
            ("1111222233334", None, None),
        ] {
            let (found_account, found_region) = named(folder);
            assert_eq!(
                found_account.as_ref().map(AccountId::as_str),
                account,
                "{folder}"
            );
            assert_eq!(
                found_region.as_ref().map(Region::as_str),
                region,
                "{folder}"
            );
        }
    }
}
