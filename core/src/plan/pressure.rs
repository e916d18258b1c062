//! How full the quotas are of the resources that an object holds something on.

use super::{
    Plan, Standing,
    room::{counts_in, entries_there, rules_there},
};
use crate::{
    api::{RuleDirection, Target},
    scopes::Scopes,
    snapshot::ScopeSnapshot,
};
use std::{collections::BTreeSet, fmt};

/// A quota of which at most a tenth is left once a plan is carried out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pressure {
    /// The security group or network ACL.
    pub resource: String,
    /// What the quota counts, such as `Ingress rules of IPv4`.
    pub what: String,
    /// How many there are, the additions of the plan among them.
    pub used: u32,
    /// How many there may be.
    pub quota: u32,
}

impl fmt::Display for Pressure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} has {} of {} {}",
            self.resource, self.used, self.quota, self.what
        )
    }
}

/// The quotas under pressure, sorted. Only what was read counts.
#[must_use]
pub fn pressure(plan: &Plan, scopes: &Scopes<'_>) -> Vec<Pressure> {
    let places: BTreeSet<(&Target, RuleDirection)> = plan
        .units
        .keys()
        .map(|unit| (&unit.target, unit.direction))
        .collect();
    let figures = places
        .into_iter()
        .flat_map(|(target, direction)| [false, true].map(|v6| (target, direction, v6)));
    let mut found: Vec<Pressure> = figures
        .filter_map(|(target, direction, v6)| {
            figure(plan, scopes.of(target).snapshot, target, direction, v6)
        })
        .filter(|figure| u64::from(figure.used) * 10 >= u64::from(figure.quota) * 9)
        .collect();
    found.sort();
    found
}

fn figure(
    plan: &Plan,
    scope: &ScopeSnapshot,
    target: &Target,
    direction: RuleDirection,
    v6: bool,
) -> Option<Pressure> {
    let family = if v6 { "IPv6" } else { "IPv4" };
    let (there, quota, what) = match target {
        Target::SecurityGroupRule(id) => (
            rules_there(
                scope.security_groups.known().ok()?.get(id)?,
                direction,
                v6,
                scope,
            ),
            scope.quotas.rules_per_security_group,
            "rules",
        ),
        Target::NetworkACLEntry(id) => (
            entries_there(scope.network_acls.known().ok()?.get(id)?, direction, v6),
            scope.quotas.entries_per_network_acl,
            "entries",
        ),
    };
    let created = plan.units.iter().filter(|(unit, planned)| {
        unit.target == *target
            && unit.direction == direction
            && planned.standing == Standing::Create
            && counts_in(unit.cidr(), v6)
    });
    Some(Pressure {
        resource: target.resource().to_owned(),
        what: format!("{direction} {what} of {family}"),
        used: there.saturating_add(u32::try_from(created.count()).unwrap_or(u32::MAX)),
        quota,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        api::Unit,
        network::PortRange,
        plan::Planned,
        scopes::ScopeView,
        snapshot::{Peer, Protocol, Read, ScopeLists, SecurityGroup, SecurityGroupRule},
    };
    use std::collections::BTreeMap;

    fn group_with(rules: u32) -> ScopeSnapshot {
        let rule = |n: u32| SecurityGroupRule {
            id: format!("sgr-{n}").parse().ok(),
            direction: RuleDirection::Ingress,
            protocol: Protocol::Tcp,
            ports: PortRange::one(5432),
            peer: Peer::Cidr(format!("10.0.1.{n}/32").parse().unwrap()),
            tags: BTreeMap::new(),
        };
        let group = SecurityGroup {
            id: "sg-0a".parse().unwrap(),
            owner_id: None,
            vpc_id: "vpc-0a".parse().unwrap(),
            rules: (0..rules).map(rule).collect(),
            tags: BTreeMap::new(),
        };
        let mut lists = ScopeLists::unread();
        lists.security_groups = Read::Known(BTreeMap::from([(group.id.clone(), group)]));
        ScopeSnapshot::from(lists)
    }

    fn at(snapshot: &ScopeSnapshot) -> Scopes<'_> {
        Scopes::only(ScopeView::unguarded(snapshot))
    }

    fn plan_of_one_rule() -> Plan {
        let unit = Unit::rule(
            &"sg-0a".parse().unwrap(),
            RuleDirection::Ingress,
            PortRange::one(5432),
            Peer::Cidr("10.0.2.1/32".parse().unwrap()),
        );
        let planned = Planned {
            endpoints: BTreeSet::new(),
            standing: Standing::Create,
            rule_number: None,
        };
        Plan {
            units: BTreeMap::from([(unit, planned)]),
            ..Plan::default()
        }
    }

    #[test]
    fn a_group_is_under_pressure_once_at_most_a_tenth_of_its_quota_is_left() {
        let plan = plan_of_one_rule();
        assert_eq!(pressure(&plan, &at(&group_with(52))), []);
        let group = group_with(53);
        let found = pressure(&plan, &at(&group));
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].to_string(),
            "sg-0a has 54 of 60 Ingress rules of IPv4"
        );
    }

    #[test]
    fn what_was_not_read_is_under_no_pressure_that_could_be_told() {
        let unread = ScopeSnapshot::from(ScopeLists::unread());
        assert_eq!(pressure(&plan_of_one_rule(), &at(&unread)), []);
    }
}
