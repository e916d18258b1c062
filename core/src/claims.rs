//! Whose a rule is, and the next step in opening or ending it.
//!
//! Claims live in AWS: a tag on a security group rule, a tag on the network ACL for each entry. They say which
//! deployment a rule belongs to; the ledgers in Kubernetes (`Ledger`) say which objects need it.

pub mod acl_claim;
pub mod effect;
pub mod entry_number;
pub mod ledger;
pub mod ledgered;
pub mod owner;
pub mod pass;
pub mod rule_claims;
pub mod section;
pub mod steps;
mod unit;
pub mod writes;

pub use acl_claim::{AclClaim, acl_claims};
pub use effect::{AclEffect, Effect, GroupEffect};
pub use ledger::{Ledger, LedgerEntry};
pub use ledgered::Ledgered;
pub use owner::{EntryRange, Owner};
pub use pass::{Came, Held, Others, Pass, Until};
pub use rule_claims::{ClaimState, RuleClaims};
pub use section::{Call, NeededUnit, Section, Step};
pub use steps::{Calm, EntrySeen, EntryStep, RuleSeen, RuleStep, entry_step, rule_step};
pub use writes::{Moment, Times, Writes};
