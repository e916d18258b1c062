//! Claims on a security group rule: tags of the rule itself.

use super::Owner;
use crate::{
    api::{CLAIM_TAG_PREFIX, MANAGED_TAG},
    snapshot::{SecurityGroupRule, Tags},
};
use jiff::Timestamp;

/// What a claim says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimState {
    /// The deployment needs the rule.
    Active,
    /// The deployment is about to let go of it.
    Releasing,
}

/// The value of an active claim's tag.
pub const ACTIVE: &str = "active";
/// The value of the tag that marks a rule as made by this controller, whichever deployment.
pub const MANAGED: &str = "true";

/// The claims on one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleClaims {
    /// Whether the rule was made by this controller. One that was not is foreign, whatever other tags it has.
    pub managed: bool,
    /// Our deployment's claim.
    pub own: Option<ClaimState>,
    /// Whether another deployment's claim is active.
    pub other_active: bool,
    /// Whether another deployment is letting go.
    pub other_releasing: bool,
}

impl RuleClaims {
    /// Reads the claims from the rule's tags.
    #[must_use]
    pub fn of(rule: &SecurityGroupRule, owner: &Owner) -> Self {
        let mut claims = Self {
            managed: rule
                .tags
                .get(MANAGED_TAG)
                .is_some_and(|value| value == MANAGED),
            own: None,
            other_active: false,
            other_releasing: false,
        };
        for (key, value) in &rule.tags {
            let Some(name) = key.strip_prefix(CLAIM_TAG_PREFIX) else {
                continue;
            };
            let state = if value == ACTIVE {
                ClaimState::Active
            } else {
                ClaimState::Releasing
            };
            match (name == owner.name(), state) {
                (true, state) => claims.own = Some(state),
                (false, ClaimState::Active) => claims.other_active = true,
                (false, ClaimState::Releasing) => claims.other_releasing = true,
            }
        }
        claims
    }
}

/// The key of a deployment's claim tag.
#[must_use]
pub fn claim_key(owner: &Owner) -> String {
    format!("{CLAIM_TAG_PREFIX}{}", owner.name())
}

/// The tags of a new rule.
#[must_use]
pub fn tags_of_new_rule(owner: &Owner) -> Tags {
    [
        (MANAGED_TAG.to_owned(), MANAGED.to_owned()),
        (claim_key(owner), ACTIVE.to_owned()),
    ]
    .into()
}

/// The value that marks a claim as being let go; the time is for people.
#[must_use]
pub fn releasing(now: Timestamp) -> String {
    format!("releasing {}", now.strftime("%Y-%m-%dT%H:%M:%SZ"))
}
