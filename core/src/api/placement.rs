//! Where a database is, and how the replication instance gets there.
use super::{
    AccountRef, GatewayId, InstanceId, NetworkInterfaceId, Region, SecurityGroupId, SpecError,
    SubnetId, TransitGatewayId, VpcId, VpcPeeringConnectionId,
    admission::exactly_one_rule,
    exactly_one,
    limits::{MAX_GROUPS, MAX_SUBNETS},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the replication instance gets to the endpoint: exactly one of its forms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = exactly_one_rule(&["sameVPC", "otherVPC", "onPremises", "internet", "proxy", "classicLink"])))]
pub struct Placement {
    /// In the VPC of the replication instance.
    #[serde(rename = "sameVPC", skip_serializing_if = "Option::is_none")]
    pub same_vpc: Option<SameVPC>,

    /// In another VPC, through a peering connection or a transit gateway.
    #[serde(rename = "otherVPC", skip_serializing_if = "Option::is_none")]
    pub other_vpc: Option<OtherVPC>,

    /// Outside of AWS, through Direct Connect or a VPN.
    #[serde(rename = "onPremises", skip_serializing_if = "Option::is_none")]
    pub on_premises: Option<OnPremises>,

    /// Through an internet gateway or a NAT gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet: Option<Internet>,

    /// Behind a proxy in the VPC of the replication instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,

    /// On EC2-Classic. AWS ended ClassicLink in 2023: the status gives the form that works instead.
    #[serde(rename = "classicLink", skip_serializing_if = "Option::is_none")]
    pub classic_link: Option<ClassicLink>,
}

/// In the VPC of the replication instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SameVPC {
    /// The security groups that the database carries. The first is preferred to be changed.
    #[serde(
        rename = "securityGroupIDs",
        default,
        skip_serializing_if = "Vec::is_empty"
    )]
    #[schemars(length(max = MAX_GROUPS), extend("x-kubernetes-list-type" = "atomic"))]
    pub security_group_ids: Vec<SecurityGroupId>,

    /// The subnets of the database, needed where its addresses are not declared.
    #[serde(rename = "subnetIDs", default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_SUBNETS), extend("x-kubernetes-list-type" = "set"))]
    pub subnet_ids: Vec<SubnetId>,
}

/// In another VPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OtherVPC {
    /// The VPC of the database.
    #[serde(rename = "vpcID")]
    pub vpc_id: VpcId,

    /// The security groups that the database carries. The first is preferred to be changed.
    #[serde(
        rename = "securityGroupIDs",
        default,
        skip_serializing_if = "Vec::is_empty"
    )]
    #[schemars(length(max = MAX_GROUPS), extend("x-kubernetes-list-type" = "atomic"))]
    pub security_group_ids: Vec<SecurityGroupId>,

    /// The subnets of the database, needed where its addresses are not declared.
    #[serde(rename = "subnetIDs", default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_SUBNETS), extend("x-kubernetes-list-type" = "set"))]
    pub subnet_ids: Vec<SubnetId>,

    /// The AWSAccount of that VPC; the replication instance's where left out.
    #[serde(rename = "accountRef", skip_serializing_if = "Option::is_none")]
    pub account_ref: Option<AccountRef>,

    /// The Region of that VPC; the replication instance's where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,

    /// What joins the two VPCs; found from the routes where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<VpcVia>,
}

/// What joins two VPCs: exactly one of its forms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = exactly_one_rule(&["peeringConnectionID", "transitGatewayID"])))]
pub struct VpcVia {
    /// A VPC peering connection.
    #[serde(
        rename = "peeringConnectionID",
        skip_serializing_if = "Option::is_none"
    )]
    pub peering_connection_id: Option<VpcPeeringConnectionId>,

    /// A transit gateway.
    #[serde(rename = "transitGatewayID", skip_serializing_if = "Option::is_none")]
    pub transit_gateway_id: Option<TransitGatewayId>,
}

/// Outside of AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OnPremises {
    /// What carries the traffic towards the site.
    pub via: OnPremisesVia,
}

/// What carries traffic on-premises: exactly one of its forms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = exactly_one_rule(&["host", "gateway"])))]
pub struct OnPremisesVia {
    /// An instance in the VPC that bridges to the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<BridgingHost>,

    /// A virtual private gateway or a transit gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Gateway>,
}

/// A gateway towards the site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gateway {
    /// The id of the virtual private gateway (`vgw-…`) or transit gateway (`tgw-…`).
    pub id: GatewayId,
}

/// An instance that forwards traffic: by exactly one of its instance id and its interface's id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = exactly_one_rule(&["instanceID", "networkInterfaceID"])))]
pub struct BridgingHost {
    /// The instance; of its interfaces, the one that the route names.
    #[serde(rename = "instanceID", skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<InstanceId>,

    /// The interface that takes the traffic.
    #[serde(rename = "networkInterfaceID", skip_serializing_if = "Option::is_none")]
    pub network_interface_id: Option<NetworkInterfaceId>,

    /// The security groups that the host carries. The first is preferred to be changed.
    #[serde(
        rename = "securityGroupIDs",
        default,
        skip_serializing_if = "Vec::is_empty"
    )]
    #[schemars(length(max = MAX_GROUPS), extend("x-kubernetes-list-type" = "atomic"))]
    pub security_group_ids: Vec<SecurityGroupId>,

    /// How the host sends packets on: Plain through the VPC's own routes, Tunnel through a tunnel that it
    /// ends itself, Auto (where left out) judges by its routes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Forwarding")]
    pub forwarding: Option<Forwarding>,

    /// Whether the far side sees the host's address in place of the replication instance's; true where
    /// left out.
    #[serde(rename = "sourceNAT", skip_serializing_if = "Option::is_none")]
    pub source_nat: Option<bool>,
}

/// How a bridging host sends packets on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Forwarding {
    /// Judged by the routes of its subnets.
    #[default]
    Auto,
    /// Through the VPC's own routes.
    Plain,
    /// Through a tunnel that the host ends itself.
    Tunnel,
}

/// Through an internet gateway or a NAT gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Internet {
    /// The far side, where it is in AWS and yours to change; leave out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed: Option<ManagedFarSide>,
}

/// A far side that is in AWS and ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ManagedFarSide {
    /// The VPC of the database.
    #[serde(rename = "vpcID")]
    pub vpc_id: VpcId,

    /// The security groups that the database carries. The first is preferred to be changed.
    #[serde(
        rename = "securityGroupIDs",
        default,
        skip_serializing_if = "Vec::is_empty"
    )]
    #[schemars(length(max = MAX_GROUPS), extend("x-kubernetes-list-type" = "atomic"))]
    pub security_group_ids: Vec<SecurityGroupId>,

    /// The subnets of the database.
    #[serde(rename = "subnetIDs", default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_SUBNETS), extend("x-kubernetes-list-type" = "set"))]
    pub subnet_ids: Vec<SubnetId>,

    /// The AWSAccount of that VPC; the replication instance's where left out.
    #[serde(rename = "accountRef", skip_serializing_if = "Option::is_none")]
    pub account_ref: Option<AccountRef>,

    /// The Region of that VPC; the replication instance's where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
}

/// Behind a proxy in the VPC of the replication instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proxy {
    /// The instance that the proxy runs on.
    pub host: ProxyHost,

    /// The port that the proxy listens on for the replication instance.
    #[schemars(range(min = 1, max = 65535))]
    pub listen_port: u16,

    /// How the proxy gets to the database: exactly one of its forms.
    pub behind: Behind,
}

/// The instance of a proxy: by exactly one of its instance id and its interface's id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = exactly_one_rule(&["instanceID", "networkInterfaceID"])))]
pub struct ProxyHost {
    /// The instance; of its interfaces, the primary one.
    #[serde(rename = "instanceID", skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<InstanceId>,

    /// The interface that the proxy listens on.
    #[serde(rename = "networkInterfaceID", skip_serializing_if = "Option::is_none")]
    pub network_interface_id: Option<NetworkInterfaceId>,

    /// The security groups that the host carries. The first is preferred to be changed.
    #[serde(
        rename = "securityGroupIDs",
        default,
        skip_serializing_if = "Vec::is_empty"
    )]
    #[schemars(length(max = MAX_GROUPS), extend("x-kubernetes-list-type" = "atomic"))]
    pub security_group_ids: Vec<SecurityGroupId>,
}

/// How a proxy gets to the database: exactly one of its forms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = exactly_one_rule(&["sameVPC", "otherVPC", "onPremises", "internet"])))]
pub struct Behind {
    /// In the VPC of the proxy.
    #[serde(rename = "sameVPC", skip_serializing_if = "Option::is_none")]
    pub same_vpc: Option<SameVPC>,

    /// In another VPC, through a peering connection or a transit gateway.
    #[serde(rename = "otherVPC", skip_serializing_if = "Option::is_none")]
    pub other_vpc: Option<OtherVPC>,

    /// Outside of AWS, through Direct Connect or a VPN.
    #[serde(rename = "onPremises", skip_serializing_if = "Option::is_none")]
    pub on_premises: Option<OnPremises>,

    /// Through an internet gateway or a NAT gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet: Option<Internet>,
}

/// EC2-Classic, which has nothing to declare.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClassicLink {}

/// The one form that a placement has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlacementForm<'a> {
    /// A way without a proxy.
    Direct(LegForm<'a>),
    /// Behind a proxy.
    Proxy(&'a Proxy),
    /// On EC2-Classic.
    ClassicLink,
}

/// The one form of a leg that ends at the database.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LegForm<'a> {
    /// In the same VPC.
    SameVPC(&'a SameVPC),
    /// In another VPC.
    OtherVPC(&'a OtherVPC),
    /// Outside of AWS.
    OnPremises(&'a OnPremises),
    /// Over the internet.
    Internet(&'a Internet),
}

impl LegForm<'_> {
    /// The database's subnets, where the form has any.
    pub fn subnet_ids(&self) -> &[SubnetId] {
        match self {
            Self::SameVPC(same) => &same.subnet_ids,
            Self::OtherVPC(other) => &other.subnet_ids,
            Self::Internet(Internet { managed: Some(far) }) => &far.subnet_ids,
            Self::OnPremises(_) | Self::Internet(_) => &[],
        }
    }

    /// The database's security groups, where the form has any.
    pub fn security_group_ids(&self) -> &[SecurityGroupId] {
        match self {
            Self::SameVPC(same) => &same.security_group_ids,
            Self::OtherVPC(other) => &other.security_group_ids,
            Self::Internet(Internet { managed: Some(far) }) => &far.security_group_ids,
            Self::OnPremises(_) | Self::Internet(_) => &[],
        }
    }
}

impl Placement {
    /// The form that is declared; `field` is where the declaration stands, for the error.
    ///
    /// # Errors
    /// If none or more than one is there, as in an object of a newer schema.
    pub fn form(&self, field: &str) -> Result<PlacementForm<'_>, SpecError> {
        use PlacementForm::{ClassicLink, Direct, Proxy};
        exactly_one(
            field,
            [
                (
                    "sameVPC",
                    self.same_vpc.as_ref().map(|p| Direct(LegForm::SameVPC(p))),
                ),
                (
                    "otherVPC",
                    self.other_vpc
                        .as_ref()
                        .map(|p| Direct(LegForm::OtherVPC(p))),
                ),
                (
                    "onPremises",
                    self.on_premises
                        .as_ref()
                        .map(|p| Direct(LegForm::OnPremises(p))),
                ),
                (
                    "internet",
                    self.internet.as_ref().map(|p| Direct(LegForm::Internet(p))),
                ),
                ("proxy", self.proxy.as_ref().map(Proxy)),
                (
                    "classicLink",
                    self.classic_link.as_ref().map(|_| ClassicLink),
                ),
            ],
        )
    }
}

impl Behind {
    /// The form that is declared; `field` is where the declaration stands, for the error.
    ///
    /// # Errors
    /// If none or more than one is there, as in an object of a newer schema.
    pub fn form(&self, field: &str) -> Result<LegForm<'_>, SpecError> {
        exactly_one(
            field,
            [
                ("sameVPC", self.same_vpc.as_ref().map(LegForm::SameVPC)),
                ("otherVPC", self.other_vpc.as_ref().map(LegForm::OtherVPC)),
                (
                    "onPremises",
                    self.on_premises.as_ref().map(LegForm::OnPremises),
                ),
                ("internet", self.internet.as_ref().map(LegForm::Internet)),
            ],
        )
    }
}

/// The one form of what joins two VPCs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VpcViaForm<'a> {
    /// A VPC peering connection.
    PeeringConnection(&'a VpcPeeringConnectionId),
    /// A transit gateway.
    TransitGateway(&'a TransitGatewayId),
}

impl VpcVia {
    /// The form that is declared; `field` is where the declaration stands, for the error.
    ///
    /// # Errors
    /// If none or more than one is there, as in an object of a newer schema.
    pub fn form(&self, field: &str) -> Result<VpcViaForm<'_>, SpecError> {
        exactly_one(
            field,
            [
                (
                    "peeringConnectionID",
                    self.peering_connection_id
                        .as_ref()
                        .map(VpcViaForm::PeeringConnection),
                ),
                (
                    "transitGatewayID",
                    self.transit_gateway_id
                        .as_ref()
                        .map(VpcViaForm::TransitGateway),
                ),
            ],
        )
    }
}

/// The one form of what carries traffic on-premises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OnPremisesViaForm<'a> {
    /// An instance that bridges to the site.
    Host(&'a BridgingHost),
    /// A virtual private gateway or a transit gateway.
    Gateway(&'a GatewayId),
}

impl OnPremisesVia {
    /// The form that is declared; `field` is where the declaration stands, for the error.
    ///
    /// # Errors
    /// If none or more than one is there, as in an object of a newer schema.
    pub fn form(&self, field: &str) -> Result<OnPremisesViaForm<'_>, SpecError> {
        exactly_one(
            field,
            [
                ("host", self.host.as_ref().map(OnPremisesViaForm::Host)),
                (
                    "gateway",
                    self.gateway
                        .as_ref()
                        .map(|g| OnPremisesViaForm::Gateway(&g.id)),
                ),
            ],
        )
    }
}

/// How a host in the VPC is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostForm<'a> {
    /// By its instance.
    Instance(&'a InstanceId),
    /// By its interface.
    NetworkInterface(&'a NetworkInterfaceId),
}

fn host_form<'a>(
    field: &str,
    instance_id: Option<&'a InstanceId>,
    network_interface_id: Option<&'a NetworkInterfaceId>,
) -> Result<HostForm<'a>, SpecError> {
    exactly_one(
        field,
        [
            ("instanceID", instance_id.map(HostForm::Instance)),
            (
                "networkInterfaceID",
                network_interface_id.map(HostForm::NetworkInterface),
            ),
        ],
    )
}

impl BridgingHost {
    /// How the host is named; `field` is where the declaration stands, for the error.
    ///
    /// # Errors
    /// If it is named by neither or by both.
    pub fn form(&self, field: &str) -> Result<HostForm<'_>, SpecError> {
        host_form(
            field,
            self.instance_id.as_ref(),
            self.network_interface_id.as_ref(),
        )
    }

    /// How the host sends packets on; `Auto` where not declared.
    pub fn forwarding(&self) -> Forwarding {
        self.forwarding.unwrap_or_default()
    }

    /// Whether the far side sees the host's address; true where not declared.
    pub fn source_nat(&self) -> bool {
        self.source_nat.unwrap_or(true)
    }
}

impl ProxyHost {
    /// How the host is named; `field` is where the declaration stands, for the error.
    ///
    /// # Errors
    /// If it is named by neither or by both.
    pub fn form(&self, field: &str) -> Result<HostForm<'_>, SpecError> {
        host_form(
            field,
            self.instance_id.as_ref(),
            self.network_interface_id.as_ref(),
        )
    }
}
