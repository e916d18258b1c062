//! The next step for one rule or entry, by what a read shows and what the deployment needs. Pure: the tables of the
//! protocol, so that the controller and the model of it take the same decisions.

use super::{ClaimState, RuleClaims};

/// How much a read may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Calm {
    /// It may not show our own latest writes, or a call of ours may still land: enough to add, and to mark as
    /// releasing.
    No,
    /// It shows the effect of every write of ours: enough to remove, and to call a rule of ours permitted.
    Yes,
    /// It also began so late that what others decided before our claim was visible has landed.
    Long,
}

/// What a read shows of a security group rule of some content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleSeen {
    /// No rule of this content.
    Absent,
    /// One that was not made by this controller.
    Foreign,
    /// One that was, with its claims; `permitted` where this rule id was already found to permit and its claim has
    /// been active since.
    Managed {
        /// Its claims.
        claims: RuleClaims,
        /// Whether it was called permitted before.
        permitted: bool,
    },
}

/// The next step for a security group rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleStep {
    /// Add it, with both tags in the same call.
    Authorize,
    /// Write our claim as active.
    TagActive,
    /// Write our claim as releasing.
    TagReleasing,
    /// Take our claim away; the rule stays for another deployment.
    DeleteTag,
    /// Remove the rule, by its id.
    Revoke,
    /// Nothing now: read again later.
    Wait,
    /// It stands, and may be relied on.
    Stands,
    /// Nothing of ours is left, or a foreign rule does it.
    Done,
}

/// The next step for a security group rule that the deployment needs, or does not need any more.
#[must_use]
pub fn rule_step(needed: bool, seen: &RuleSeen, calm: Calm) -> RuleStep {
    match seen {
        RuleSeen::Absent if needed => RuleStep::Authorize,
        RuleSeen::Absent => done_if_calm(calm),
        RuleSeen::Foreign if needed => RuleStep::Done,
        RuleSeen::Foreign => done_if_calm(calm),
        RuleSeen::Managed { claims, permitted } if needed => step_to_keep(claims, *permitted, calm),
        RuleSeen::Managed { claims, .. } => step_to_release(claims, calm),
    }
}

fn done_if_calm(calm: Calm) -> RuleStep {
    if calm >= Calm::Yes {
        RuleStep::Done
    } else {
        RuleStep::Wait
    }
}

fn step_to_keep(claims: &RuleClaims, permitted: bool, calm: Calm) -> RuleStep {
    match claims.own {
        None => RuleStep::TagActive,
        Some(ClaimState::Releasing) if calm >= Calm::Yes => RuleStep::TagActive,
        Some(ClaimState::Releasing) => RuleStep::Wait,
        Some(ClaimState::Active) => {
            let enough = if claims.other_releasing {
                Calm::Long
            } else {
                Calm::Yes
            };
            if permitted || calm >= enough {
                RuleStep::Stands
            } else {
                RuleStep::Wait
            }
        }
    }
}

fn step_to_release(claims: &RuleClaims, calm: Calm) -> RuleStep {
    match claims.own {
        None => done_if_calm(calm),
        Some(ClaimState::Active) => RuleStep::TagReleasing,
        Some(ClaimState::Releasing) if calm < Calm::Yes => RuleStep::Wait,
        Some(ClaimState::Releasing) if claims.other_active => RuleStep::DeleteTag,
        Some(ClaimState::Releasing) => RuleStep::Revoke,
    }
}

/// What a read shows of the entry under a number that we claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntrySeen {
    /// No entry under that number.
    Absent,
    /// Another content: somebody else's.
    Foreign,
    /// Exactly what we claimed; `shared` where another deployment claims it too, `permitted` where it was already
    /// found to permit.
    Ours {
        /// Whether another deployment claims it too.
        shared: bool,
        /// Whether it was called permitted before.
        permitted: bool,
    },
}

/// The next step for a claim to a network ACL entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryStep {
    /// Add the entry under the number that is claimed.
    Create,
    /// Claim another number: this one is somebody else's. Our claim to it goes once a read is calm.
    Renumber,
    /// Read again immediately; where it still shows our content, delete it, then take the claim away.
    Delete,
    /// Take the claim away, and nothing else.
    DropClaim,
    /// Nothing now: read again later.
    Wait,
    /// It stands, and may be relied on.
    Stands,
}

/// The next step for one of our claims to a network ACL entry, needed or not needed any more.
#[must_use]
pub fn entry_step(needed: bool, seen: EntrySeen, calm: Calm) -> EntryStep {
    let is_calm = calm >= Calm::Yes;
    match (needed, seen) {
        (true, EntrySeen::Foreign) => EntryStep::Renumber,
        (
            true,
            EntrySeen::Ours {
                permitted: true, ..
            },
        ) => EntryStep::Stands,
        (_, _) if !is_calm => EntryStep::Wait,
        (true, EntrySeen::Absent) => EntryStep::Create,
        (true, EntrySeen::Ours { .. }) => EntryStep::Stands,
        (false, EntrySeen::Absent | EntrySeen::Foreign | EntrySeen::Ours { shared: true, .. }) => {
            EntryStep::DropClaim
        }
        (false, EntrySeen::Ours { shared: false, .. }) => EntryStep::Delete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(own: Option<ClaimState>, other_active: bool, other_releasing: bool) -> RuleSeen {
        RuleSeen::Managed {
            claims: RuleClaims {
                managed: true,
                own,
                other_active,
                other_releasing,
            },
            permitted: false,
        }
    }

    #[test]
    fn a_rule_that_is_needed() {
        use ClaimState::{Active, Releasing};
        let rows = [
            (RuleSeen::Absent, Calm::No, RuleStep::Authorize),
            (RuleSeen::Foreign, Calm::No, RuleStep::Done),
            (seen(None, true, false), Calm::No, RuleStep::TagActive),
            (
                seen(Some(Releasing), false, false),
                Calm::No,
                RuleStep::Wait,
            ),
            (
                seen(Some(Releasing), false, false),
                Calm::Yes,
                RuleStep::TagActive,
            ),
            (seen(Some(Active), false, false), Calm::No, RuleStep::Wait),
            (seen(Some(Active), true, false), Calm::Yes, RuleStep::Stands),
            (seen(Some(Active), false, true), Calm::Yes, RuleStep::Wait),
            (
                seen(Some(Active), false, true),
                Calm::Long,
                RuleStep::Stands,
            ),
        ];
        for (seen, calm, step) in rows {
            assert_eq!(rule_step(true, &seen, calm), step, "{seen:?} {calm:?}");
        }
    }

    #[test]
    fn a_rule_that_is_not_needed_goes_in_two_phases_and_only_on_a_calm_read() {
        use ClaimState::{Active, Releasing};
        let rows = [
            (
                seen(Some(Active), false, false),
                Calm::No,
                RuleStep::TagReleasing,
            ),
            (
                seen(Some(Releasing), false, false),
                Calm::No,
                RuleStep::Wait,
            ),
            (
                seen(Some(Releasing), false, false),
                Calm::Yes,
                RuleStep::Revoke,
            ),
            (
                seen(Some(Releasing), false, true),
                Calm::Yes,
                RuleStep::Revoke,
            ),
            (
                seen(Some(Releasing), true, false),
                Calm::Yes,
                RuleStep::DeleteTag,
            ),
            (seen(None, true, false), Calm::No, RuleStep::Wait),
            (seen(None, true, false), Calm::Yes, RuleStep::Done),
            (RuleSeen::Absent, Calm::No, RuleStep::Wait),
            (RuleSeen::Absent, Calm::Yes, RuleStep::Done),
        ];
        for (seen, calm, step) in rows {
            assert_eq!(rule_step(false, &seen, calm), step, "{seen:?} {calm:?}");
        }
    }

    #[test]
    fn an_entry_goes_only_while_it_shows_our_content() {
        let ours = EntrySeen::Ours {
            shared: false,
            permitted: true,
        };
        assert_eq!(entry_step(false, ours, Calm::No), EntryStep::Wait);
        assert_eq!(entry_step(false, ours, Calm::Yes), EntryStep::Delete);
        assert_eq!(
            entry_step(false, EntrySeen::Foreign, Calm::Yes),
            EntryStep::DropClaim
        );
        let shared = EntrySeen::Ours {
            shared: true,
            permitted: false,
        };
        assert_eq!(entry_step(false, shared, Calm::Yes), EntryStep::DropClaim);
        assert_eq!(
            entry_step(true, EntrySeen::Foreign, Calm::No),
            EntryStep::Renumber
        );
        assert_eq!(
            entry_step(true, EntrySeen::Absent, Calm::No),
            EntryStep::Wait
        );
    }
}
