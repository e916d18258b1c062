//! One database that the replication instance must reach.
use super::{
    AccountRef, AddressBlock, EndpointArn, EndpointName, Engine, Internet, LegForm, Placement,
    PlacementForm, Region,
    admission::endpoint_rules,
    limits::{MAX_ADDRESSES, MAX_PORTS},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A source or target of the migration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = endpoint_rules()))]
pub struct Endpoint {
    /// A name of your choice, unique in this object: status, plan and rule descriptions use it.
    pub name: EndpointName,

    /// Whether data is read from it (Source) or written to it (Target).
    pub role: Role,

    /// The DMS engine name, such as `postgres`: it gives the default port. May be left out where `arn`
    /// is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,

    /// The ports that the database listens on; the engine's default port where left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_PORTS), inner(range(min = 1, max = 65535)), extend("x-kubernetes-list-type" = "set"))]
    pub ports: Vec<u16>,

    /// Where the database is: IP addresses or CIDR blocks, never names. Where left out, the subnets of
    /// its placement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_ADDRESSES), extend("x-kubernetes-list-type" = "set"))]
    pub addresses: Vec<AddressBlock>,

    /// The DMS endpoint: it gives engine and port where those are left out, and is what a connection
    /// test tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<EndpointArn>,

    /// How the endpoint's security group admits the replication instance: Auto (where left out) is the
    /// first form that can work of SecurityGroup, PrivateIP, SubnetCIDR; behind a NAT or internet
    /// gateway NATGateway or PublicIP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Admit")]
    pub admit: Option<Admit>,

    /// How the replication instance gets there: exactly one of its forms.
    pub placement: Placement,
}

impl Endpoint {
    /// The form of admission asked for; `Auto` where none is.
    pub fn admit(&self) -> Admit {
        self.admit.unwrap_or_default()
    }

    /// The declared ports in order, each once, else the engine's default port. Empty only where the
    /// DMS endpoint (`arn`) has to tell.
    pub fn ports(&self) -> Vec<u16> {
        if self.ports.is_empty() {
            return self
                .engine
                .as_ref()
                .and_then(Engine::default_port)
                .into_iter()
                .collect();
        }
        let mut ports = self.ports.clone();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// The AWSAccount and the Region that the placement names for the far side.
    pub fn far_side(&self) -> (Option<&AccountRef>, Option<&Region>) {
        let leg = match self.placement.form("placement") {
            Ok(PlacementForm::Direct(leg)) => Some(leg),
            Ok(PlacementForm::Proxy(proxy)) => proxy.behind.form("placement.proxy.behind").ok(),
            Ok(PlacementForm::ClassicLink) | Err(_) => None,
        };
        match leg {
            Some(LegForm::OtherVPC(other)) => (other.account_ref.as_ref(), other.region.as_ref()),
            Some(LegForm::Internet(Internet {
                managed: Some(managed),
                ..
            })) => (managed.account_ref.as_ref(), managed.region.as_ref()),
            _ => (None, None),
        }
    }
}

/// The part that an endpoint has in the migration.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Role {
    /// Data is read from it.
    Source,
    /// Data is written to it.
    Target,
}

/// The form in which an endpoint's security group admits the replication instance.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Admit {
    /// The first form that can work on the path.
    #[default]
    Auto,
    /// A reference to the replication instance's security group.
    SecurityGroup,
    /// The replication instance's private addresses.
    PrivateIP,
    /// The CIDR blocks of the replication instance's subnets.
    SubnetCIDR,
    /// The CIDR blocks of the replication instance's VPC.
    VPCCIDR,
    /// The replication instance's public addresses.
    PublicIP,
    /// The public addresses of the NAT gateway on the path.
    NATGateway,
}
