//! `AWSAccount`: an account that networks may use, how to get in, and what may be done there.
use super::{
    AccountId, AccountName, EndpointUrl, ExternalId, Mode, NamespaceName, RoleArn, VpcId,
    admission::immutable,
    limits::{MAX_LIMIT_PORTS, MAX_LIMIT_VPCS, MAX_NAMESPACES},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A reference to an AWSAccount.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct AccountRef {
    /// The name of the AWSAccount.
    pub name: AccountName,
}

/// An AWS account, for the platform's owners to give out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, CustomResource, JsonSchema)]
#[kube(
    group = "dms-network.dev",
    version = "v1alpha1",
    kind = "AWSAccount",
    derive = "PartialEq",
    category = "aws",
    category = "dms",
    doc = "An AWS account that MigrationNetworks may use: how the controller gets in, which namespaces may use it, and the most that any of them may do there.",
    printcolumn(
        name = "Account",
        type_ = "string",
        json_path = ".spec.accountID",
        description = "The AWS account id"
    ),
    printcolumn(
        name = "MaxMode",
        type_ = "string",
        json_path = ".spec.maxMode",
        description = "The most that a network may do"
    ),
    printcolumn(
        name = "Consent",
        type_ = "string",
        json_path = ".spec.consent",
        description = "Whether resources must be tagged for a namespace"
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
pub struct AWSAccountSpec {
    /// The account's 12 digits. Immutable, and compared with what STS says before any write.
    #[serde(rename = "accountID")]
    #[schemars(transform = immutable)]
    pub account_id: AccountId,

    /// The role to assume; the controller's own credentials where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assume_role: Option<AssumeRole>,

    /// Another address of the AWS APIs, for private endpoints and tests.
    #[serde(rename = "endpointURL", skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<EndpointUrl>,

    /// The namespaces whose networks may use this account; none where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,

    /// The most that any network may do here, whatever its own mode.
    #[serde(default)]
    pub max_mode: Mode,

    /// Whether network ACLs may be changed: Manage, or Report (a missing entry becomes a requirement).
    #[serde(rename = "networkACLs", default)]
    pub network_acls: NetworkACLs,

    /// Whether a security group or network ACL must carry the tag `dms-network.dev/allowed-namespaces`
    /// with the namespace among its values before it is changed: Tag or None.
    #[serde(default)]
    pub consent: Consent,

    /// Bounds on what may be opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

/// A role that the controller assumes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssumeRole {
    /// The ARN of the role.
    #[serde(rename = "roleARN")]
    pub role_arn: RoleArn,

    /// The external id that the role's trust policy asks for.
    #[serde(rename = "externalID", skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
}

/// The namespaces that may use an account: those named, and those that the selector matches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AllowedNamespaces {
    /// Namespaces by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_NAMESPACES), extend("x-kubernetes-list-type" = "set"))]
    pub names: Vec<NamespaceName>,

    /// Namespaces by their labels. An empty selector matches every namespace, an absent one none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
}

/// Whether network ACLs may be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum NetworkACLs {
    /// Missing entries are added.
    #[default]
    Manage,
    /// Missing entries are reported, with the exact entry.
    Report,
}

/// Whether a resource's owner must have agreed to changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Consent {
    /// By the tag `dms-network.dev/allowed-namespaces` on the security group or network ACL.
    #[default]
    Tag,
    /// No consent is asked for.
    None,
}

/// Bounds on what may be opened in an account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// The only VPCs in which anything is changed; all where left out.
    #[serde(rename = "vpcIDs", default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_LIMIT_VPCS), extend("x-kubernetes-list-type" = "set"))]
    pub vpc_ids: Vec<VpcId>,

    /// The only ports that are opened, of databases and of the proxies before them; all where left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_LIMIT_PORTS), inner(range(min = 1, max = 65535)), extend("x-kubernetes-list-type" = "set"))]
    pub ports: Vec<u16>,

    /// The shortest prefix, so the widest block, that is opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_prefix_length: Option<MinPrefixLength>,
}

/// The shortest prefix that is opened, by address family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MinPrefixLength {
    /// For IPv4, 1 to 32; no bound where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 32))]
    pub ipv4: Option<u8>,

    /// For IPv6, 1 to 128; no bound where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 128))]
    pub ipv6: Option<u8>,
}
