//! Follows one packet through what was read from AWS, hop by hop, out and back.
//!
//! It is the oracle of the laws of planning: written from AWS's documents, apart from the code that it checks. Of
//! `dms-network-core` it knows the snapshot's resources and their ids, none of the algebra, and nothing of flows,
//! paths or units. Every question is asked of one address and one port. It is slow and naive so that each hop can be
//! read beside the page of AWS's guide that tells of it.
//!
//! - [`Walker::walks`] follows a [`Connection`]: the first packet out, the answer back.
//! - Where AWS chooses (an address and port of a NAT gateway, one of several routes of equal cost, the zone by which a
//!   transit gateway leaves), every choice is a walk of its own.
//! - What EC2 does not show is told to the walker: who stands at an address ([`Host`]), and what an instance does with
//!   packets that are not for it ([`Forwarder`]).
//! - A firewall, appliance or service that nobody sees through is noted in [`Walk::hidden`], and is taken to hand the
//!   packet on unchanged to where it is addressed.

mod atlas;
mod choices;
mod connection;
mod fate;
mod instance;
mod internet;
mod local;
mod nat_gateway;
mod network_acl;
mod peering;
mod public_access;
mod routes;
mod security_group;
mod transit_gateway;
mod trip;
mod virtual_private_gateway;

pub use connection::{Connection, Forwarder, Forwarding, Host};
pub use fate::{Direction, Fate, Walk};
pub use network_acl::deciding_entry;

use atlas::Atlas;
use choices::Choices;
use dms_network_core::snapshot::ScopeSnapshot;
use trip::Trip;

/// Walks packets through what was read of some accounts and Regions.
#[derive(Clone, Debug)]
pub struct Walker<'a> {
    atlas: Atlas<'a>,
    hosts: Vec<Host>,
    forwarders: Vec<Forwarder>,
    nat_ports: Vec<u16>,
    exit_zone: ExitZone,
}

/// The zone by whose subnet of an attachment packets leave a transit gateway without appliance mode, where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExitZone {
    /// That by which they came in: what AWS says (Amazon VPC Transit Gateways, "How transit gateways work",
    /// "Availability Zones").
    #[default]
    OfSender,
    /// That of the subnet they are for: what the controller's own semantics say.
    OfDestination,
}

impl<'a> Walker<'a> {
    /// A walker over these scopes. A NAT gateway takes its lowest and its highest port until told otherwise: 1024 and
    /// 65535 (VPC User Guide, "NAT gateways", basics).
    pub fn new(scopes: impl IntoIterator<Item = &'a ScopeSnapshot>) -> Self {
        Self {
            atlas: Atlas::new(scopes.into_iter().collect()),
            hosts: Vec::new(),
            forwarders: Vec::new(),
            nat_ports: vec![1024, 65535],
            exit_zone: ExitZone::default(),
        }
    }

    /// Someone who stands at an address, whatever interface was read there.
    #[must_use]
    pub fn with_host(mut self, host: Host) -> Self {
        self.hosts.push(host);
        self
    }

    /// An instance that forwards packets.
    #[must_use]
    pub fn with_forwarder(mut self, forwarder: Forwarder) -> Self {
        self.forwarders.push(forwarder);
        self
    }

    /// The ports that NAT gateways take.
    #[must_use]
    pub fn with_nat_ports(mut self, ports: &[u16]) -> Self {
        self.nat_ports = ports.to_vec();
        self
    }

    /// The zone by which packets leave transit gateways.
    #[must_use]
    pub fn with_exit_zone(mut self, zone: ExitZone) -> Self {
        self.exit_zone = zone;
        self
    }

    /// Follows a connection, once for every choice that AWS has on the way.
    #[must_use]
    pub fn walks(&self, connection: &Connection) -> Vec<Walk> {
        let mut choices = Choices::default();
        let mut walks = Vec::new();
        loop {
            walks.push(Trip::new(self, connection, &mut choices).walk());
            if !choices.next() {
                return walks;
            }
        }
    }
}
