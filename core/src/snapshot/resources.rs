//! The resources of a snapshot, each with the members that decide whether a packet passes.

use crate::{
    api::{
        AccountId, EgressOnlyInternetGatewayId, InstanceId, InternetGatewayId, NatGatewayId,
        NetworkAclId, NetworkInterfaceId, PrefixListId, Region, ReplicationConfigArn, RouteTableId,
        RuleDirection, SecurityGroupId, SecurityGroupRuleId, SubnetId, TransitGatewayAttachmentId,
        TransitGatewayId, TransitGatewayRouteTableId, VpcEndpointId, VpcId, VpcPeeringConnectionId,
        VpnConnectionId, VpnGatewayId,
    },
    network::PortRange,
    snapshot::Read,
};
use ipnet::IpNet;
use std::{collections::BTreeMap, net::IpAddr};

/// The tags of a resource, by key.
pub type Tags = BTreeMap<String, String>;

/// A VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vpc {
    /// Its id.
    pub id: VpcId,
    /// The account that owns it.
    pub owner_id: Option<AccountId>,
    /// Its associated blocks of both families, the primary one first.
    pub cidrs: Vec<IpNet>,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Its id.
    pub id: SubnetId,
    /// The VPC that it is part of.
    pub vpc_id: VpcId,
    /// The account that owns it.
    pub owner_id: Option<AccountId>,
    /// Its blocks of both families, the IPv4 one first.
    pub cidrs: Vec<IpNet>,
    /// The zone's name in this account: `eu-west-1a`.
    pub availability_zone: Option<String>,
    /// The zone's id, the same in every account: `euw1-az1`.
    pub availability_zone_id: Option<String>,
}

/// The protocol of a rule or entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// `-1`: every protocol and port.
    All,
    /// `tcp` or 6.
    Tcp,
    /// Another protocol, which never decides a TCP packet; its number, or none for a name that we do not know.
    Other(Option<u8>),
}

/// Whom a security group rule admits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// A block of addresses in canonical form.
    Cidr(IpNet),
    /// The entries of a prefix list.
    PrefixList(PrefixListId),
    /// The private addresses of whoever carries the group.
    SecurityGroup(SecurityGroupId),
}

/// A security group with its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Its id.
    pub id: SecurityGroupId,
    /// The VPC that it belongs to.
    pub vpc_id: VpcId,
    /// The account that owns it.
    pub owner_id: Option<AccountId>,
    /// Its tags.
    pub tags: Tags,
    /// Its rules, sorted.
    pub rules: Vec<SecurityGroupRule>,
}

/// One rule of a security group: one peer, as `DescribeSecurityGroupRules` gives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecurityGroupRule {
    /// Its id; none where only grouped permissions were read.
    pub id: Option<SecurityGroupRuleId>,
    /// Whether it admits what arrives or what leaves.
    pub direction: RuleDirection,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its ports; all of them where the protocol is not one with ports.
    pub ports: PortRange,
    /// Whom it admits.
    pub peer: Peer,
    /// Its tags.
    pub tags: Tags,
}

/// A network ACL with its entries and the subnets that use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkAcl {
    /// Its id.
    pub id: NetworkAclId,
    /// The VPC that it belongs to.
    pub vpc_id: VpcId,
    /// The account that owns it.
    pub owner_id: Option<AccountId>,
    /// Its tags.
    pub tags: Tags,
    /// The subnets associated with it.
    pub subnet_ids: Vec<SubnetId>,
    /// Its entries, by direction and number, the default ones (32767, 32768) among them.
    pub entries: Vec<NetworkAclEntry>,
}

/// One entry of a network ACL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetworkAclEntry {
    /// Whether it judges what enters or what leaves the subnet.
    pub direction: RuleDirection,
    /// Its number, 1 to 32766 for those that people write.
    pub number: u16,
    /// Whether it allows; else it denies.
    pub allow: bool,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its ports; all of them where the protocol is not one with ports.
    pub ports: PortRange,
    /// The block of the other side, in canonical form.
    pub cidr: IpNet,
}

/// A VPC route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTable {
    /// Its id.
    pub id: RouteTableId,
    /// The VPC that it belongs to.
    pub vpc_id: VpcId,
    /// The account that owns it.
    pub owner_id: Option<AccountId>,
    /// Whether subnets without a table of their own use it.
    pub is_main: bool,
    /// The subnets associated with it explicitly.
    pub subnet_ids: Vec<SubnetId>,
    /// The internet or virtual private gateways that it is an edge table of.
    pub gateway_ids: Vec<String>,
    /// Its routes, sorted.
    pub routes: Vec<Route>,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// What it leads to.
    pub destination: RouteDestination,
    /// Where it sends packets.
    pub target: RouteTarget,
    /// Whether it works.
    pub state: RouteState,
    /// How it came to be.
    pub origin: RouteOrigin,
}

/// What a route leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteDestination {
    /// A block.
    Cidr(IpNet),
    /// Every entry of a prefix list.
    PrefixList(PrefixListId),
}

/// Where a route sends packets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteTarget {
    /// Within the VPC.
    Local,
    /// An internet gateway.
    InternetGateway(InternetGatewayId),
    /// An egress-only internet gateway.
    EgressOnlyInternetGateway(EgressOnlyInternetGatewayId),
    /// A virtual private gateway.
    VpnGateway(VpnGatewayId),
    /// A NAT gateway.
    NatGateway(NatGatewayId),
    /// A transit gateway.
    TransitGateway(TransitGatewayId),
    /// A peering connection.
    VpcPeeringConnection(VpcPeeringConnectionId),
    /// An interface, and the instance that it is attached to where AWS names it.
    NetworkInterface(NetworkInterfaceId, Option<InstanceId>),
    /// An instance whose interface AWS does not name.
    Instance(InstanceId),
    /// A Gateway Load Balancer endpoint, or another VPC endpoint.
    VpcEndpoint(VpcEndpointId),
    /// A target that is not walked: the member of the API and its value, such as `CoreNetworkArn`.
    Other(String, String),
}

/// Whether a route works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteState {
    /// Packets follow it.
    Active,
    /// Its target is gone or down: packets are dropped.
    Blackhole,
    /// Filtered by a route server, or a state that this version does not know: packets are dropped.
    Filtered,
}

/// How a route came to be: it decides between routes of equal length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteOrigin {
    /// With the table, or by a person: static.
    Static,
    /// By propagation or advertisement.
    Propagated,
}

/// A managed prefix list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixList {
    /// Its id.
    pub id: PrefixListId,
    /// Its name.
    pub name: Option<String>,
    /// Whether AWS keeps it.
    pub aws_owned: bool,
    /// How many rules it counts as in a security group: the maximum size of a customer's list, the weight of AWS's.
    pub weight: Option<u32>,
    /// Its entries.
    pub entries: Read<Vec<IpNet>>,
}

/// A VPC peering connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcPeeringConnection {
    /// Its id.
    pub id: VpcPeeringConnectionId,
    /// Its status as DescribeVpcPeeringConnections gives it: `active`, `pending-acceptance`, `deleted`, …
    pub status: String,
    /// The VPC that asked for it.
    pub requester: PeeredVpc,
    /// The VPC that accepted it.
    pub accepter: PeeredVpc,
}

/// One side of a VPC peering connection: what the other side's owner is shown of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeeredVpc {
    /// The VPC.
    pub vpc_id: Option<VpcId>,
    /// The account that owns it.
    pub owner_id: Option<AccountId>,
    /// Its Region.
    pub region: Option<Region>,
    /// Its blocks of both families; empty until the connection is active.
    pub cidrs: Vec<IpNet>,
}

/// An internet gateway, or an egress-only one: what it is attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedGateway<Id> {
    /// Its id.
    pub id: Id,
    /// The account that owns it.
    pub owner_id: Option<AccountId>,
    /// The VPCs to which it is attached: those attachments whose state is `available` or `attached`.
    pub vpc_ids: Vec<VpcId>,
}

/// An internet gateway.
pub type InternetGateway = AttachedGateway<InternetGatewayId>;
/// An egress-only internet gateway.
pub type EgressOnlyInternetGateway = AttachedGateway<EgressOnlyInternetGatewayId>;
/// A virtual private gateway. One whose own state is not `available` is attached to nothing.
pub type VpnGateway = AttachedGateway<VpnGatewayId>;

/// A site-to-site VPN connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpnConnection {
    /// Its id.
    pub id: VpnConnectionId,
    /// Its state: `pending`, `available`, `deleting` or `deleted`.
    pub state: String,
    /// The virtual private gateway at its AWS end.
    pub vpn_gateway_id: Option<VpnGatewayId>,
    /// The transit gateway at its AWS end.
    pub transit_gateway_id: Option<TransitGatewayId>,
}

/// A NAT gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatGateway {
    /// Its id.
    pub id: NatGatewayId,
    /// Its VPC.
    pub vpc_id: VpcId,
    /// Its subnet; a regional one has none.
    pub subnet_id: Option<SubnetId>,
    /// Its state: `available`, `pending`, `failed`, …
    pub state: String,
    /// Why it failed, of one that did: the code and what AWS says of it.
    pub failure: Option<String>,
    /// Whether its connectivity type is `public`.
    pub is_public: bool,
    /// Whether its availability mode is `regional`: no subnet, no network ACL of a subnet.
    pub is_regional: bool,
    /// Its route table, of a regional one.
    pub route_table_id: Option<RouteTableId>,
    /// Its addresses.
    pub addresses: Vec<NatGatewayAddress>,
    /// The ids of the appliances (firewalls) that are attached to it.
    pub appliances: Vec<String>,
}

/// An address of a NAT gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatGatewayAddress {
    /// Its public address; a private NAT gateway has none.
    pub public_ip: Option<IpAddr>,
    /// Its private address; a regional NAT gateway shows none.
    pub private_ip: Option<IpAddr>,
    /// Whether its association succeeded: status `succeeded`, or none where the CLI's version prints none.
    pub succeeded: bool,
    /// The zone that it serves, of a regional NAT gateway, by id.
    pub availability_zone_id: Option<String>,
}

/// A transit gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitGateway {
    /// Its id.
    pub id: TransitGatewayId,
    /// The account that owns it.
    pub owner_id: Option<AccountId>,
    /// Its state: `available`, `pending`, …
    pub state: String,
    /// Whether references to security groups work through it: the option SecurityGroupReferencingSupport, off by default.
    pub security_group_referencing: bool,
}

/// An attachment of a transit gateway, as DescribeTransitGatewayAttachments lists it, with what
/// DescribeTransitGatewayVpcAttachments and DescribeTransitGatewayPeeringAttachments tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitGatewayAttachment {
    /// Its id.
    pub id: TransitGatewayAttachmentId,
    /// Its transit gateway.
    pub transit_gateway_id: TransitGatewayId,
    /// The account that owns the transit gateway.
    pub transit_gateway_owner_id: Option<AccountId>,
    /// What is attached.
    pub resource: AttachedResource,
    /// The account that owns what is attached.
    pub resource_owner_id: Option<AccountId>,
    /// Its state: `available`, `pendingAcceptance`, …
    pub state: String,
    /// The route table of the transit gateway that packets from it are looked up in; none where there is no association
    /// in state `associated`, or where it was not read (only the list of all attachments tells it).
    pub associated_route_table: Option<TransitGatewayRouteTableId>,
    /// Whether its addresses are translated (attachment NAT).
    pub translates: bool,
}

/// What is attached to a transit gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttachedResource {
    /// A VPC.
    Vpc {
        /// The VPC.
        id: VpcId,
        /// Its subnets and options; none where DescribeTransitGatewayVpcAttachments did not tell.
        details: Option<VpcAttachment>,
    },
    /// A site-to-site VPN connection.
    Vpn(String),
    /// A Direct Connect gateway.
    DirectConnectGateway(String),
    /// Another transit gateway.
    Peering {
        /// The gateway at its other end; none where neither list tells.
        peer: Option<TransitGatewayId>,
        /// The Region of the gateway at its other end.
        region: Option<Region>,
    },
    /// Anything else (`connect`, `tgw-peering` of Cloud WAN, …): its type.
    Other(String),
}

/// The subnets and options of a VPC attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcAttachment {
    /// The subnets, one in each zone that it serves, sorted.
    pub subnet_ids: Vec<SubnetId>,
    /// Whether it carries IPv6: Ipv6Support, off by default.
    pub ipv6: bool,
    /// Whether appliance mode is on: ApplianceModeSupport, off by default.
    pub appliance_mode: bool,
    /// Whether references to security groups work: SecurityGroupReferencingSupport, on by default.
    pub security_group_referencing: bool,
}

/// A route table of a transit gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitGatewayRouteTable {
    /// Its id.
    pub id: TransitGatewayRouteTableId,
    /// Its transit gateway.
    pub transit_gateway_id: TransitGatewayId,
    /// Its routes: `ec2:SearchTransitGatewayRoutes`.
    pub routes: Read<Vec<TransitGatewayRoute>>,
}

/// A route of a transit gateway.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransitGatewayRoute {
    /// The block.
    pub destination: IpNet,
    /// Whether it is active; a blackhole drops packets.
    pub is_active: bool,
    /// Whether it is static; else it is propagated.
    pub is_static: bool,
    /// The attachments that packets leave by: several where they share the load.
    pub attachment_ids: Vec<TransitGatewayAttachmentId>,
}

/// A VPC endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcEndpoint {
    /// Its id.
    pub id: VpcEndpointId,
    /// Its VPC.
    pub vpc_id: VpcId,
    /// Its type as DescribeVpcEndpoints gives it: `Interface`, `Gateway`, `GatewayLoadBalancer`, …
    pub endpoint_type: String,
}

/// VPC Block Public Access of an account and Region (VPC User Guide, "Block public access to VPCs and subnets").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockPublicAccess {
    /// What is blocked.
    pub mode: BlockPublicAccessMode,
    /// What is excluded from it; unread where only the options were read.
    pub exclusions: Read<Vec<BlockPublicAccessExclusion>>,
}

/// What VPC Block Public Access blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockPublicAccessMode {
    /// Nothing.
    Off,
    /// Both directions.
    Bidirectional,
    /// What comes in; connections by NAT and egress-only internet gateways pass.
    Ingress,
}

/// An exclusion whose state says that it is complete (`create-complete`, `update-complete`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockPublicAccessExclusion {
    /// Its id.
    pub id: String,
    /// What is excluded.
    pub resource: ExcludedResource,
    /// Whether both directions are allowed; else egress alone.
    pub bidirectional: bool,
}

/// What is excluded from VPC Block Public Access.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExcludedResource {
    /// A VPC with all its subnets.
    Vpc(VpcId),
    /// One subnet.
    Subnet(SubnetId),
}

/// An elastic network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkInterface {
    /// Its id.
    pub id: NetworkInterfaceId,
    /// Its VPC.
    pub vpc_id: VpcId,
    /// Its subnet.
    pub subnet_id: SubnetId,
    /// The account that owns it.
    pub owner_id: Option<AccountId>,
    /// EC2's `InterfaceType`: `interface`, `nat_gateway`, `network_load_balancer`, ….
    pub interface_type: String,
    /// Its addresses of both families, the primary one first.
    pub addresses: Vec<PrivateAddress>,
    /// The security groups that it carries, sorted.
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Whether it drops packets that are neither from nor to its own addresses.
    pub source_dest_check: bool,
    /// The instance that it is attached to.
    pub instance_id: Option<InstanceId>,
    /// Whether it is that instance's primary one: device index 0.
    pub is_primary: bool,
}

/// An address of an interface, with the public one that is associated with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateAddress {
    /// The private IPv4 address, or the IPv6 one.
    pub address: IpAddr,
    /// The public IPv4 address associated with it.
    pub public_ip: Option<IpAddr>,
}

/// A DMS replication instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicationInstance {
    /// Its identifier, in lower case.
    pub identifier: String,
    /// DMS's status: `available`, `creating`, `modifying`, ….
    pub status: String,
    /// Its VPC, by its subnet group.
    pub vpc_id: Option<VpcId>,
    /// Its subnet group's subnets with the names of their zones.
    pub subnets: Vec<(SubnetId, Option<String>)>,
    /// Its security groups, sorted.
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Its private addresses of both families.
    pub private_ips: Vec<IpAddr>,
    /// Its public addresses.
    pub public_ips: Vec<IpAddr>,
    /// The name of the zone of its primary.
    pub availability_zone: Option<String>,
    /// The name of the zone of its standby, where it is Multi-AZ.
    pub secondary_availability_zone: Option<String>,
    /// Whether it has a standby.
    pub multi_az: bool,
}

/// A DMS replication subnet group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicationSubnetGroup {
    /// Its identifier, in lower case.
    pub identifier: String,
    /// Its VPC.
    pub vpc_id: Option<VpcId>,
    /// Its subnets.
    pub subnet_ids: Vec<SubnetId>,
}

/// A DMS Serverless replication configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicationConfig {
    /// Its ARN.
    pub arn: ReplicationConfigArn,
    /// The identifier of its subnet group.
    pub subnet_group: Option<String>,
    /// Its security groups, sorted.
    pub security_group_ids: Vec<SecurityGroupId>,
}

/// A DMS endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmsEndpoint {
    /// Its ARN.
    pub arn: String,
    /// DMS's engine name.
    pub engine_name: Option<String>,
    /// Its port.
    pub port: Option<u16>,
}
