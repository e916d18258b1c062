//! How the words of the API are shown: as they stand in YAML.
use super::{
    Action, Admit, ConnectionTestTrigger, Consent, DeletionPolicy, Forwarding, GateKind, Mode,
    NetworkACLs, PathDirection, Role, RuleDirection, Verdict, Who,
};
use std::fmt;

/// Shows an enum by the name of its variant, which is the word that is written.
macro_rules! shown_as_written {
    ($($name:ty),* $(,)?) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&format!("{self:?}"))
            }
        }
    )*};
}

shown_as_written! {
    Action, Admit, ConnectionTestTrigger, Consent, DeletionPolicy, Forwarding, GateKind, Mode,
    NetworkACLs, PathDirection, Role, RuleDirection, Verdict, Who,
}
