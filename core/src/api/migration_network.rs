//! `MigrationNetwork`: one replication instance and the endpoints that it must reach.
use super::{
    AccountRef, Endpoint, EndpointName, Interval, MigrationNetworkStatus, Region,
    ReplicationInstance, Scope,
    admission::{CONNECTION_TEST_RULES, ENDPOINTS_RULES, cel},
    limits::MAX_ENDPOINTS,
};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The path that a DMS replication instance needs to its endpoints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, CustomResource, JsonSchema)]
#[kube(
    group = "dms-network.dev",
    version = "v1alpha1",
    kind = "MigrationNetwork",
    namespaced,
    status = "MigrationNetworkStatus",
    derive = "PartialEq",
    shortname = "mignet",
    category = "aws",
    category = "dms",
    doc = "A DMS replication instance and the endpoints that it must reach: the security group rules and network ACL entries that open exactly these paths are kept in AWS while this object exists.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status",
        description = "Whether every declared path is open"
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason",
        description = "Why it is ready, or is not"
    ),
    printcolumn(
        name = "Mode",
        type_ = "string",
        json_path = ".spec.mode",
        description = "What the controller may write"
    ),
    printcolumn(
        name = "Paths",
        type_ = "string",
        json_path = ".status.summary.openPaths",
        description = "Open paths of all paths"
    ),
    printcolumn(
        name = "Rules",
        type_ = "integer",
        json_path = ".status.summary.rules",
        description = "Rules and entries held for this object"
    ),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp",
        description = "Time since the object was made"
    )
)]
#[serde(rename_all = "camelCase")]
#[allow(
    clippy::duplicated_attributes,
    reason = "printer columns have types in common"
)]
pub struct MigrationNetworkSpec {
    /// The AWSAccount in which the replication instance lives.
    pub account_ref: AccountRef,

    /// The AWS Region of the replication instance, such as `eu-west-1`.
    pub region: Region,

    /// How much the controller may write: Enforce adds what is missing and removes what is no longer
    /// declared, AddOnly never removes, Plan writes nothing and shows the plan in the status. The
    /// effective mode is the lower of this and the account's `maxMode`.
    #[serde(default)]
    pub mode: Mode,

    /// What happens to this object's own rules when it is deleted: Revoke takes them away, Retain
    /// leaves them in AWS.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,

    /// When the openings end, as an RFC 3339 time. From then on nothing is called for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_time: Option<Time>,

    /// When DMS itself is asked to test the connections.
    #[serde(default)]
    pub connection_test: ConnectionTest,

    /// The replication instance, which opens every connection: exactly one of its forms.
    pub replication_instance: ReplicationInstance,

    /// What the replication instance must reach: 1 to 32 endpoints with unique names.
    #[schemars(
        length(min = 1, max = MAX_ENDPOINTS),
        extend("x-kubernetes-list-type" = "map"),
        extend("x-kubernetes-list-map-keys" = ["name"]),
        extend("x-kubernetes-validations" = cel(ENDPOINTS_RULES))
    )]
    pub endpoints: Vec<Endpoint>,
}

/// An account, by the name of its AWSAccount, and a Region.
pub type Place = (AccountRef, Region);

impl MigrationNetworkSpec {
    /// The AWSAccounts that the declaration names: that of its replication instance, and those of its far sides.
    pub fn account_refs(&self) -> impl Iterator<Item = &AccountRef> {
        let far = self.endpoints.iter();
        let far = far.filter_map(|endpoint| endpoint.far_side().0);
        std::iter::once(&self.account_ref).chain(far)
    }

    /// Where the replication instance is.
    pub fn home(&self) -> Place {
        self.place(None, None)
    }

    /// Where something is that leaves out what it has in common with the replication instance.
    pub fn place(&self, account_ref: Option<&AccountRef>, region: Option<&Region>) -> Place {
        (
            account_ref.unwrap_or(&self.account_ref).clone(),
            region.unwrap_or(&self.region).clone(),
        )
    }

    /// Whether the declaration names a scope, for its replication instance or a far side.
    pub fn names(&self, scope: &Scope) -> bool {
        let far = self.endpoints.iter().map(Endpoint::far_side);
        let mut places = std::iter::once((None, None)).chain(far);
        places.any(|(account_ref, region)| {
            account_ref.unwrap_or(&self.account_ref).name == scope.account_ref
                && *region.unwrap_or(&self.region) == scope.region
        })
    }

    /// Whether the openings have ended at `now`.
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expiration_time
            .as_ref()
            .is_some_and(|end| end.0 <= now)
    }

    /// The endpoint of that name.
    pub fn endpoint(&self, name: &EndpointName) -> Option<&Endpoint> {
        self.endpoints
            .iter()
            .find(|endpoint| endpoint.name == *name)
    }
}

/// How much the controller may write, from least to most: the effective mode is the least that was given.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
pub enum Mode {
    /// Writes nothing: the plan is in the status.
    Plan,
    /// Adds what is missing and never removes.
    AddOnly,
    /// Adds what is missing, and removes its own rules that are no longer declared.
    #[default]
    Enforce,
}

/// What happens to an object's own rules when it is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// They are revoked, unless another object needs them, before the object goes.
    #[default]
    Revoke,
    /// They stay in AWS with their claims, and the object goes at once.
    Retain,
}

/// When DMS itself is asked to test the connections.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = cel(CONNECTION_TEST_RULES)))]
pub struct ConnectionTest {
    /// Never, OnChange (once for every change of a path), or Interval.
    #[serde(default)]
    pub trigger: ConnectionTestTrigger,

    /// The time between two tests, such as `1h` or `90m`: with trigger Interval only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
}

/// What starts a connection test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConnectionTestTrigger {
    /// No test is made.
    #[default]
    Never,
    /// One test for every change of a path.
    OnChange,
    /// A test once in every `interval`.
    Interval,
}
