//! What others must allow, with a number for each entry that they would add.

use super::Input;
use crate::{
    api::{RequiredEntry, Requirement, RuleDirection, RuleNumber, Target, Unit},
    claims::entry_number::for_a_person,
    network::PortRange,
    trace::Path,
};
use std::collections::{BTreeMap, BTreeSet};

/// The requirements of all paths, sorted. The same entry has one number wherever it is named, and no two have the same.
pub(super) fn requirements(paths: &[Path], input: &Input<'_>) -> Vec<Requirement> {
    let all = paths.iter().flat_map(|path| path.requirements.iter());
    let mut requirements: Vec<Requirement> = all.cloned().collect();
    requirements.sort();
    requirements.dedup();
    let entries = requirements.iter_mut().flat_map(|r| r.entries.iter_mut());
    let mut chosen: BTreeMap<RequiredEntry, Option<RuleNumber>> = BTreeMap::new();
    let mut taken: BTreeMap<(String, RuleDirection), BTreeSet<RuleNumber>> = BTreeMap::new();
    for entry in entries {
        let number = chosen.entry(entry.clone()).or_insert_with(|| {
            let list = (entry.resource.to_string(), entry.direction);
            let taken = taken.entry(list).or_default();
            let number = number(entry, input, taken);
            taken.extend(number);
            number
        });
        entry.rule_number = *number;
    }
    requirements
}

fn number(
    entry: &RequiredEntry,
    input: &Input<'_>,
    taken: &BTreeSet<RuleNumber>,
) -> Option<RuleNumber> {
    let target = Target::NetworkACLEntry(entry.resource.clone());
    let acls = input
        .scopes
        .of(&target)
        .snapshot
        .network_acls
        .known()
        .ok()?;
    let acl = acls.get(&entry.resource)?;
    let ports = PortRange::new(entry.from_port, entry.to_port)?;
    let unit = Unit::entry(&acl.id, entry.direction, ports, entry.cidr);
    for_a_person(acl, &unit, input.owner.entry_range(), taken)
}
