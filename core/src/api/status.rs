//! The status of a `MigrationNetwork`: what was found, what is held, what is outstanding.
use super::{
    AccountId, AccountName, Action, EndpointName, PathStatus, Reason, Refusal, Region, Requirement,
    RuleNumber, SecurityGroupRuleId, Unit, Verdict,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What was found, what is held in AWS for this object, and what is outstanding. At most 64 KiB.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MigrationNetworkStatus {
    /// The `metadata.generation` that this status judges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// The state as Kubernetes tools read it: Ready always, Reconciling and Stalled only while True.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,

    /// The figures of the printer columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,

    /// Every path with its gates. Left out where the status would be too large: then see
    /// `endpointSummaries`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathStatus>,

    /// The paths summarised by endpoint, where `paths` does not hold them all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoint_summaries: Vec<EndpointSummary>,

    /// How much was left out for size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omitted: Option<Omitted>,

    /// The ledger: what this object holds in AWS, with the endpoints that call for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub managed_rules: Vec<ManagedRule>,

    /// What is about to be added or removed: written before the first call to AWS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending_changes: Vec<PendingChange>,

    /// What others must allow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<Requirement>,

    /// What is not added, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refusal>,

    /// Every account and Region in which something was written for this object, recorded before the
    /// first write there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
}

impl MigrationNetworkStatus {
    /// The condition of that type.
    pub fn condition(&self, kind: ConditionType) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.type_ == kind.as_str())
    }
}

/// The figures of the printer columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// How many paths there are.
    pub paths: u32,

    /// How many of them are open.
    pub permitted: u32,

    /// How many rules and entries are held for this object.
    pub rules: u32,

    /// Open paths of all paths, such as `2/2`.
    pub open_paths: String,
}

impl Summary {
    /// The figures, with the text that is made of them.
    pub fn new(paths: u32, permitted: u32, rules: u32) -> Self {
        Self {
            paths,
            permitted,
            rules,
            open_paths: format!("{permitted}/{paths}"),
        }
    }
}

/// All paths of one endpoint in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointSummary {
    /// The declared endpoint.
    pub endpoint: EndpointName,

    /// How many paths it has.
    pub paths: u32,

    /// How many of them are open.
    pub permitted: u32,

    /// The worst verdict.
    pub verdict: Verdict,

    /// The reason of the worst path.
    pub reason: Reason,
}

/// How much was left out of the status for size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Omitted {
    /// Paths.
    #[serde(default)]
    pub paths: u32,

    /// Endpoint summaries.
    #[serde(default)]
    pub endpoint_summaries: u32,

    /// Requirements.
    #[serde(default)]
    pub requirements: u32,

    /// Refusals.
    #[serde(default)]
    pub refusals: u32,
}

/// An account and Region.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Scope {
    /// The name of the AWSAccount.
    #[serde(rename = "accountRef")]
    pub account_ref: AccountName,

    /// The AWS account id behind that name.
    #[serde(rename = "accountID")]
    pub account_id: AccountId,

    /// The AWS Region.
    pub region: Region,
}

/// A unit that this object holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ManagedRule {
    /// What is held.
    #[serde(flatten)]
    pub unit: Unit,

    /// The number of the entry, in a network ACL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 32766))]
    pub rule_number: Option<RuleNumber>,

    /// The id of the security group rule.
    #[serde(rename = "ruleID", default, skip_serializing_if = "Option::is_none")]
    pub rule_id: Option<SecurityGroupRuleId>,

    /// Where it is held.
    pub scope: Scope,

    /// The endpoints that called for it.
    pub endpoints: Vec<EndpointName>,
}

/// A unit that is about to be added or removed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingChange {
    /// What is added or removed.
    #[serde(flatten)]
    pub unit: Unit,

    /// The number of the entry, in a network ACL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 32766))]
    pub rule_number: Option<RuleNumber>,

    /// Where.
    pub scope: Scope,

    /// The endpoints that call for it, or called for it.
    pub endpoints: Vec<EndpointName>,

    /// What is about to be done.
    pub action: Action,
}

/// Declares the types of conditions with their names.
macro_rules! condition_types {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The type of a condition.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ConditionType {
            $($(#[$doc])* $name,)*
        }

        impl ConditionType {
            /// Every type, in the order in which the status shows them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The type as it stands in the status.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

condition_types! {
    /// Every declared path passes. Always there.
    Ready,
    /// Work is under way, or what will come is waited for. There only while True.
    Reconciling,
    /// A person must act. There only while True.
    Stalled,
    /// The replication instance's groups let the connections out.
    EgressPermitted,
    /// The endpoints' groups let the connections in.
    IngressPermitted,
    /// Every network ACL lets the packets pass, out and back.
    NetworkACLsPermit,
    /// Every route leads where it is declared to lead, out and back.
    RoutesPresent,
    /// The account can be used as declared.
    AccountUsable,
    /// The replication instance was found with its groups and subnets.
    ReplicationInstanceResolved,
    /// DMS's own connection tests.
    ConnectionTested,
    /// A security group or network ACL is close to its quota.
    QuotaPressure,
    /// Own rules are being released.
    Releasing,
    /// Own rules that are no longer declared stay, because the mode forbids their removal.
    RevocationPending,
}

impl fmt::Display for ConditionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
