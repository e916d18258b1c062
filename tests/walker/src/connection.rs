//! What is walked, and what EC2 does not show of those who stand on the way.

use dms_network_core::api::{NetworkInterfaceId, SecurityGroupId, VpcId};
use std::net::IpAddr;

/// A TCP connection: who opens it, from which port, to where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The VPC of the client.
    pub vpc: VpcId,
    /// The client's private address there.
    pub client: IpAddr,
    /// The port that the client chose.
    pub client_port: u16,
    /// The address that is dialled.
    pub server: IpAddr,
    /// The port that is dialled.
    pub port: u16,
    /// The VPC in which the server is believed to be: where the walk goes on behind a hop that nobody sees through.
    pub server_vpc: Option<VpcId>,
}

/// Someone who stands at an address of a VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The VPC.
    pub vpc: VpcId,
    /// The private IPv4 address, or the IPv6 one.
    pub address: IpAddr,
    /// The public address that is associated with it.
    pub public_ip: Option<IpAddr>,
    /// The security groups of the interface.
    pub groups: Vec<SecurityGroupId>,
}

/// An interface whose instance takes packets that are not for it, and sends them on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarder {
    /// The interface that takes them.
    pub interface: NetworkInterfaceId,
    /// How it sends them on.
    pub forwarding: Forwarding,
    /// Whether the packets go on with an address of the instance as their source.
    pub source_nat: bool,
}

/// How an instance sends packets on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forwarding {
    /// Through a tunnel that the instance ends itself, which leaves it by this interface: beyond it nothing is seen.
    Tunnel(NetworkInterfaceId),
    /// Out of this interface (the same, or another of the instance), by the routes of its subnet.
    Plain(NetworkInterfaceId),
}
