//! The resources of a snapshot, each with the members that decide whether a packet passes.

use crate::{
    api::{
        AccountId, EgressOnlyInternetGatewayId, InstanceId, InternetGatewayId, NatGatewayId,
        NetworkAclId, NetworkInterfaceId, PrefixListId, ReplicationConfigArn, RouteTableId,
        RuleDirection, SecurityGroupId, SecurityGroupRuleId, SubnetId, TransitGatewayId,
        VpcEndpointId, VpcId, VpcPeeringConnectionId, VpnGatewayId,
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
