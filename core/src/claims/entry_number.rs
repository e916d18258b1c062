//! The numbers of network ACL entries: where a new one may stand, so that every deny keeps its force.

use super::{EntryRange, Owner, acl_claims, owner::ENTRY_NUMBERS};
use crate::{
    api::{RuleDirection, RuleNumber, Unit},
    network::acl::{Decision, decide, may_decide},
    snapshot::{NetworkAcl, NetworkAclEntry, Protocol},
};
use std::collections::BTreeSet;

/// The highest number that people can give: VPC User Guide, "Network ACL rules".
const LAST: RuleNumber = 32766;

/// Whether a number is one of those that deployments share out among them.
#[must_use]
pub fn is_shared(number: RuleNumber) -> bool {
    ENTRY_NUMBERS.contains(&number)
}

/// Whether an entry stands for the end of the list: a deny of everything above the slice of a deployment. That is each
/// of the default entries (32767, 32768), and one that somebody wrote by hand.
#[must_use]
pub fn is_default(entry: &NetworkAclEntry, range: EntryRange) -> bool {
    let denies_all =
        !entry.allow && entry.protocol == Protocol::All && entry.cidr.prefix_len() == 0;
    denies_all && entry.number > range.last()
}

/// The number for a new entry of a deployment: it stands after every deny that must keep its force.
pub(crate) enum NewNumber {
    /// The deployment has claimed it for this very unit already; the entry is lacking.
    Claimed(RuleNumber),
    /// It has no entry, nobody's claim, and is not taken: the lowest such of the slice.
    Free(RuleNumber),
}

/// The number for a new entry, where there is one.
pub(crate) fn new_number(
    acl: &NetworkAcl,
    unit: &Unit,
    owner: &Owner,
    taken: &BTreeSet<RuleNumber>,
) -> Option<NewNumber> {
    let range = owner.entry_range();
    let after = after_denies(acl, unit, range);
    let has_entry = |number: RuleNumber| {
        let mut entries = acl.entries.iter();
        entries.any(|entry| entry.direction == unit.direction && entry.number == number)
    };
    let claimed = acl_claims(acl)
        .filter(|claim| claim.is_of(owner) && claim.unit == *unit)
        .map(|claim| claim.number)
        .filter(|number| *number > after && !has_entry(*number))
        .min();
    if let Some(number) = claimed {
        return Some(NewNumber::Claimed(number));
    }
    let used = used(acl, unit.direction);
    let free = |number: &RuleNumber| !used.contains(number) && !taken.contains(number);
    (range.first()..=range.last())
        .find(|number| *number > after && free(number))
        .map(NewNumber::Free)
}

/// A number for an entry that a person adds so that it opens a unit: it stands after every deny that must keep its
/// force, before the end of the list, and is none of those that deployments share, where an entry without a claim
/// counts for nothing.
pub(crate) fn for_a_person(
    acl: &NetworkAcl,
    unit: &Unit,
    range: EntryRange,
    taken: &BTreeSet<RuleNumber>,
) -> Option<RuleNumber> {
    let (after, used) = (after_denies(acl, unit, range), used(acl, unit.direction));
    let defaults = acl.entries.iter().filter(|entry| {
        let same_list = entry.direction == unit.direction && is_default(entry, range);
        same_list
            && unit
                .cidr()
                .is_some_and(|cidr| crate::network::covers(&entry.cidr, &cidr))
    });
    let end = defaults.map(|entry| entry.number).min().unwrap_or(LAST + 1);
    (1..end.min(LAST + 1)).find(|number| {
        let free = !used.contains(number) && !taken.contains(number);
        *number > after && free && !is_shared(*number)
    })
}

/// The highest number before a deny that a person could give to an entry.
pub(crate) fn before_deny(
    acl: &NetworkAcl,
    direction: RuleDirection,
    deny: RuleNumber,
    taken: &BTreeSet<RuleNumber>,
) -> Option<RuleNumber> {
    let used = used(acl, direction);
    let free = |number: &RuleNumber| !used.contains(number) && !taken.contains(number);
    (1..deny)
        .rev()
        .find(|number| free(number) && !is_shared(*number))
}

/// The highest number of a deny that decides a part of what a unit would open. Allows that may go away, since they are
/// claimed or nobody's, do not stand before a deny.
fn after_denies(acl: &NetworkAcl, unit: &Unit, range: EntryRange) -> RuleNumber {
    let Some(cidr) = unit.cidr() else { return 0 };
    let ports = unit.ports();
    let lasts = |entry: &&NetworkAclEntry| !(entry.allow && is_shared(entry.number));
    let entries = acl.entries.iter();
    let mut entries: Vec<&NetworkAclEntry> = entries
        .filter(|entry| entry.direction == unit.direction && may_decide(entry, &cidr, ports))
        .filter(lasts)
        .collect();
    entries.sort();
    let decided = decide(&entries, &|entry| is_default(entry, range), cidr, ports);
    let denies = decided.iter().filter_map(|part| match part.by {
        Decision::Denied(entry) => Some(entry.number),
        _ => None,
    });
    denies.max().unwrap_or(0)
}

/// The numbers of a direction that have an entry or a claim.
fn used(acl: &NetworkAcl, direction: RuleDirection) -> BTreeSet<RuleNumber> {
    let entries = acl.entries.iter();
    let entries = entries
        .filter(|entry| entry.direction == direction)
        .map(|entry| entry.number);
    let claims = acl_claims(acl).filter(|claim| claim.unit.direction == direction);
    entries.chain(claims.map(|claim| claim.number)).collect()
}
