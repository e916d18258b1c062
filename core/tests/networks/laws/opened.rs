//! What a plan opens besides what it is asked for.

use super::{
    points::{Walked, addresses, ports},
    units,
};
use crate::{
    generated::{Case, apart::scopes},
    net::parse,
    world::World,
};
use dms_network_core::{
    api::{RuleDirection, Target, Unit},
    plan::{Plan, Standing},
    snapshot::{NetworkAclEntry, Protocol, ScopeLists, ScopeSnapshot},
};
use dms_network_walker::{Direction, Fate, deciding_entry};
use std::{collections::BTreeMap, net::IpAddr};

/// Whether a deny is one that a person meant.
fn is_decision(entry: &NetworkAclEntry) -> bool {
    let of_everything = entry.protocol == Protocol::All && entry.cidr.prefix_len() == 0;
    !entry.allow && entry.number <= 32766 && !(of_everything && entry.number > 20049)
}

/// What an ACL lets pass otherwise than before, but for the units that were added.
pub(crate) fn changed_acls(before: &ScopeLists, after: &ScopeLists, plan: &Plan) -> Option<String> {
    let (Ok(old), Ok(new)) = (before.network_acls.known(), after.network_acls.known()) else {
        return None;
    };
    let scope = [ScopeSnapshot::from(after.clone())];
    let everywhere = ["0.0.0.0/0", "::/0"].map(|all| addresses(&scope, &parse(all)));
    let ports = [
        &[22, 443, 1520, 1521, 1522, 5431, 5432, 5433][..],
        &ports(&scope),
    ]
    .concat();
    for (id, acl) in new.iter().filter(|(id, acl)| old[*id] != **acl) {
        for direction in [RuleDirection::Ingress, RuleDirection::Egress] {
            let added: Vec<Unit> = units(plan)
                .into_iter()
                .filter(|unit| {
                    unit.target == Target::NetworkACLEntry(id.clone())
                        && unit.direction == direction
                })
                .collect();
            for ip in everywhere.iter().flatten() {
                for port in &ports {
                    let then = deciding_entry(&old[id], direction, *ip, *port);
                    let now = deciding_entry(acl, direction, *ip, *port);
                    let [then_passes, now_passes] =
                        [then, now].map(|it| it.is_some_and(|it| it.allow));
                    let of_ours = added.iter().any(|unit| in_unit(unit, *ip, *port));
                    let denied = then.is_some_and(is_decision);
                    if then_passes != now_passes && (then_passes || denied || !of_ours) {
                        return Some(format!(
                            "{id} {direction} {ip} {port}: {then:?}, now {now:?}"
                        ));
                    }
                }
            }
        }
    }
    None
}

fn in_unit(unit: &Unit, ip: IpAddr, port: u16) -> bool {
    let inside = unit.cidr().is_some_and(|net| net.contains(&ip));
    inside && (unit.from_port..=unit.to_port).contains(&port)
}

/// A group that has other rules more than those that were added.
pub(crate) fn changed_groups(
    before: &ScopeLists,
    after: &ScopeLists,
    plan: &Plan,
) -> Option<String> {
    let (Ok(old), Ok(new)) = (
        before.security_groups.known(),
        after.security_groups.known(),
    ) else {
        return None;
    };
    let changed = new.iter().find(|(id, group)| {
        let added = group.rules.len() - old[*id].rules.len();
        let made = plan
            .additions()
            .filter(|(_, planned)| planned.standing == Standing::Create);
        let wanted =
            made.filter(|(unit, _)| unit.target == Target::SecurityGroupRule((*id).clone()));
        added != wanted.count()
    });
    changed.map(|(id, _)| id.to_string())
}

/// Packets of the declared ends to ports that nobody declared, which got through before or get through now, and not
/// both. The entries for answers let those of any connection with that peer pass, and new ones from it on the range of
/// answers: such changes are implied.
pub(crate) fn changed_fates(case: &Case, plan: &Plan, after: &World) -> Option<String> {
    let (then, now) = (scopes(&case.world), scopes(after));
    for path in &plan.paths {
        for port in [22, 443] {
            let mut path = path.status.clone();
            path.port = port;
            let few = |port: u16| port == 40000;
            let then = getting_through(&case.walk(&path, &then, few));
            let now = getting_through(&case.walk(&path, &now, few));
            let changed = now
                .iter()
                .find(|(connection, now)| then.get(*connection).is_some_and(|then| then != *now));
            if let Some(changed) = changed {
                return Some(format!("{changed:?}"));
            }
        }
    }
    None
}

/// Which connections get through by any of the choices that AWS has on the way.
fn getting_through(walks: &[Walked]) -> BTreeMap<String, bool> {
    let mut all = BTreeMap::new();
    for walked in walks.iter().filter(|walked| walked.last) {
        let connection = format!("{:?}", walked.connection);
        *all.entry(connection).or_default() |= gets_through(walked);
    }
    all
}

/// Whether the first packet gets to its end, whatever becomes of the answer.
fn gets_through(walked: &Walked) -> bool {
    let back = matches!(
        walked.walk.fate,
        Fate::Dropped {
            direction: Direction::Back,
            ..
        }
    );
    back || walked.walk.fate.passes()
}
