//! What people write and read: the custom resources `MigrationNetwork` and `AWSAccount`, the plan, the
//! status, and the vocabulary that they share.
//!
//! - [`MigrationNetwork`]: replication instance ([`ReplicationInstance`]) and endpoints ([`Endpoint`],
//!   [`Placement`]).
//! - [`AWSAccount`]: an account, how to get in, and the most that may be done there.
//! - [`PlanDocument`] and [`MigrationNetworkStatus`]: the same shapes for [`PathStatus`], [`Change`],
//!   [`Requirement`] and [`Refusal`]; every "why" is a [`Reason`].
//!
//! Where Kubernetes needs a flat schema for "exactly one of", the type has one optional field for each
//! form and a method `form` that gives the one that is there, or a [`SpecError`].
mod address;
mod admission;
mod aws_account;
mod crds;
mod document;
mod endpoint;
mod engine;
mod ids;
mod interval;
mod limits;
mod migration_network;
mod path;
mod placement;
mod plan;
mod reason;
mod replication_instance;
mod spec_error;
mod status;
mod structure;
mod unit;
mod words;

pub use address::{AddressBlock, AddressError, HostAddress};
pub use aws_account::{
    AWSAccount, AWSAccountSpec, AccountRef, AllowedNamespaces, AssumeRole, Consent, Limits,
    MinPrefixLength, NetworkACLs,
};
pub use crds::{crd_manifest, crds};
pub use document::Document;
pub use endpoint::{Admit, Endpoint, Role};
pub use engine::{DEFAULT_PORTS, Engine};
pub use ids::*;
pub use interval::Interval;
pub use migration_network::{
    ConnectionTest, ConnectionTestTrigger, DeletionPolicy, MigrationNetwork, MigrationNetworkSpec,
    Mode, Place,
};
pub use path::{Client, Gate, GateKind, Note, PathDirection, PathStatus, Verdict};
pub use placement::{
    Behind, BridgingHost, ClassicLink, Forwarding, Gateway, HostForm, Internet, LegForm,
    ManagedFarSide, OnPremises, OnPremisesVia, OnPremisesViaForm, OtherVPC, Placement,
    PlacementForm, Proxy, ProxyHost, SameVPC, VpcVia, VpcViaForm,
};
pub use plan::{Allow, NetworkPlan, PlanDocument, Refusal, RequiredEntry, Requirement, Who};
pub use reason::{Reason, UnknownReason};
pub use replication_instance::{
    InstanceLookup, ReplicationInstance, ReplicationInstanceForm, ReplicationNetwork,
    ServerlessLookup,
};
pub use spec_error::SpecError;
pub use status::{
    ConditionType, EndpointSummary, ManagedRule, MigrationNetworkStatus, Omitted, PendingChange,
    Scope, Summary,
};
pub use unit::{Action, Change, Peer, Protocol, RuleDirection, RuleNumber, Target, Unit};

use spec_error::exactly_one;

/// The API group of the custom resources, and the prefix of every tag key.
pub const GROUP: &str = "dms-network.dev";

/// The finalizer that keeps a `MigrationNetwork` until its claims are released.
pub const FINALIZER: &str = "dms-network.dev/claims";

/// The key of the tag that marks a rule as made by a controller; its value is `true`.
pub const MANAGED_TAG: &str = "dms-network.dev/managed";

/// The key of a deployment's claim tag on a rule, before the owner's name.
pub const CLAIM_TAG_PREFIX: &str = "dms-network.dev/claim.";

/// The key of a deployment's claim tag on a network ACL, before `<ingress|egress>.<number>.<hash>`.
pub const ACL_CLAIM_TAG_PREFIX: &str = "dms-network.dev/acl.";

/// The key of the tag by which the owner of a security group or network ACL lets namespaces change it.
pub const ALLOWED_NAMESPACES_TAG: &str = "dms-network.dev/allowed-namespaces";
