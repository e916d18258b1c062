//! A gate that rules decide, before it is judged.

use super::{AskedUnit, Subject, judge_acl::AclCheck, judge_group::GroupCheck};
use crate::{
    api::{Gate, Note, Peer, RequiredEntry, RuleDirection, SecurityGroupId, Unit},
    claims::Ledger,
    network::PortRange,
};
use std::collections::BTreeSet;

/// A step of a walk.
#[derive(Clone)]
pub(super) enum Step<'a> {
    /// Judged already.
    Gate(Gate),
    /// To be judged by rules.
    Check(Check<'a>),
}

/// A gate that rules decide.
#[derive(Clone)]
pub(super) enum Check<'a> {
    /// The rules of security groups.
    Group(GroupCheck<'a>),
    /// The entries of a network ACL.
    Acl(AclCheck<'a>),
}

/// A judged gate.
pub(super) struct Judged {
    pub(super) gate: Gate,
    pub(super) asks: Vec<AskedUnit>,
    pub(super) notes: Vec<Note>,
    /// The entries that the owner of a network ACL must add, since we may not.
    pub(super) required: Vec<RequiredEntry>,
}

/// A unit in the forms that would do, the preferred one first: they differ in the group that is changed or referenced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRequest {
    first: Unit,
    others: Vec<Unit>,
}

impl UnitRequest {
    /// A unit in one form.
    #[must_use]
    pub fn one(unit: Unit) -> Self {
        Self {
            first: unit,
            others: Vec::new(),
        }
    }

    /// A rule on any of `groups` for any of `peers`, the first ones preferred; none where either is empty.
    pub(super) fn rule(
        groups: &[SecurityGroupId],
        direction: RuleDirection,
        port: u16,
        peers: &[impl Clone + Into<Peer>],
    ) -> Option<Self> {
        let ports = PortRange::one(port);
        let mut forms = groups.iter().flat_map(|group| {
            peers
                .iter()
                .map(move |peer| Unit::rule(group, direction, ports, peer.clone()))
        });
        Some(Self {
            first: forms.next()?,
            others: forms.collect(),
        })
    }

    /// The forms, the preferred one first.
    pub fn forms(&self) -> impl Iterator<Item = &Unit> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The preferred form.
    #[must_use]
    pub fn preferred(&self) -> &Unit {
        &self.first
    }

    /// The first form that the object holds already.
    #[must_use]
    pub fn held(&self, ledger: &Ledger) -> Option<&Unit> {
        self.forms().find(|unit| ledger.holds(unit))
    }
}

/// A unit that a gate calls for, for a part of its flow.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// The unit.
    pub(super) request: UnitRequest,
    /// Which ends of the gate's flow it is for, by their place in it.
    pub(super) flow: Vec<usize>,
}

impl Check<'_> {
    /// The units that the gate calls for.
    pub(super) fn asks(&self) -> &[Ask] {
        match self {
            Self::Group(check) => &check.flow.asks,
            Self::Acl(check) => &check.asks,
        }
    }

    /// Judges the gate; `held` are the units of this object that count.
    pub(super) fn judge(&self, subject: &Subject<'_>, held: &BTreeSet<Unit>) -> Judged {
        match self {
            Self::Group(check) => check.judge(subject, held),
            Self::Acl(check) => check.judge(subject, held),
        }
    }
}
