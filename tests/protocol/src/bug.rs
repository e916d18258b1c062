//! Bugs that are seeded into the model's driver, to show that the search finds them.

/// A part of the protocol that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The ledger is written once the calls are done, and not before the first of them.
    LedgerAfterRule,
    /// The claim to an entry is written after the entry.
    ClaimAfterEntry,
    /// A rule is revoked without the mark `releasing` and the calm look after it.
    OnePhase,
    /// An entry is removed by its number, whatever is under it.
    RemoveByNumber,
    /// Every read is taken for a calm one.
    CalmIgnored,
    /// What is marked `releasing` and needed again is left marked.
    NotTakenBack,
    /// What other objects of the deployment need is not looked at.
    OthersIgnored,
    /// Releases do not wait until every object was planned since the start.
    NotAllPlanned,
    /// What replaces a unit need not stand before the unit is let go.
    ReleaseFirst,
    /// A rule that another deployment is letting go is relied on as soon as a read is calm.
    LongCalmIgnored,
    /// A lost answer is taken for a refusal: nothing may land any more.
    LossIgnored,
    /// What a release is about to remove is still called permitted by the status.
    PermittedWhileReleased,
}
