//! One walk: the packet as it is now, and what was passed.

use crate::{
    ExitZone, Walker,
    atlas::{Atlas, Standing},
    choices::Choices,
    connection::{Connection, Forwarder, Host},
    fate::{Direction, Fate, Walk},
    security_group::Other,
};
use dms_network_core::{
    api::{
        NatGatewayId, NetworkInterfaceId, RouteTableId, SecurityGroupId,
        TransitGatewayAttachmentId, TransitGatewayId, VpcId,
    },
    snapshot::{Route, RuleDirection},
};
use std::{collections::HashMap, net::IpAddr};

/// More hops than any network that works has.
const MOST_HOPS: u32 = 24;

/// A TCP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) source: IpAddr,
    pub(crate) source_port: u16,
    pub(crate) destination: IpAddr,
    pub(crate) destination_port: u16,
}

impl Packet {
    /// The packet that answers it.
    fn answer(self) -> Self {
        Self {
            source: self.destination,
            source_port: self.destination_port,
            destination: self.source,
            destination_port: self.source_port,
        }
    }
}

/// Why a walk ends before it is over.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Dropped { at: String, why: &'static str },
    NotKnown { what: String },
}

impl End {
    pub(crate) fn not_known(what: impl std::fmt::Display) -> Self {
        Self::NotKnown {
            what: what.to_string(),
        }
    }
}

/// Where a packet got to.
#[derive(Clone, Debug)]
pub(crate) enum Reached {
    /// The interface that has its destination address.
    Host(VpcId),
    /// Beyond all that was read.
    Outside(Exit),
}

/// By what a packet left all that was read, and where the answer comes in.
#[derive(Clone, Debug)]
pub(crate) enum Exit {
    Internet(String),
    VpnGateway(String, VpcId),
    Attachment(TransitGatewayAttachmentId, TransitGatewayId),
    Tunnel(NetworkInterfaceId),
    Peering(String, VpcId),
    /// A hop that nobody sees through, behind which nothing is known of the destination.
    Hidden(String),
}

/// Who changed the source of a packet, and changes the destination of the answer back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Translator {
    NatGateway(NatGatewayId),
    Interface(NetworkInterfaceId),
}

/// A connection that is translated on the way.
#[derive(Clone, Debug)]
pub(crate) struct Translation {
    pub(crate) by: Translator,
    pub(crate) vpc: VpcId,
    pub(crate) inside: (IpAddr, u16),
    pub(crate) outside: (IpAddr, u16),
}

/// One walk.
pub(crate) struct Trip<'a> {
    walker: &'a Walker<'a>,
    pub(crate) choices: &'a mut Choices,
    pub(crate) connection: &'a Connection,
    pub(crate) direction: Direction,
    pub(crate) packet: Packet,
    /// The groups that a reference finds at the source, as long as references work.
    pub(crate) sender: Vec<SecurityGroupId>,
    pub(crate) translations: Vec<Translation>,
    /// The interfaces that forwarded the packet: they know the connection.
    pub(crate) forwarded_by: Vec<NetworkInterfaceId>,
    /// The VPC that the connection left by its egress-only internet gateway: answers come in by it.
    pub(crate) left_by_egress_only: Option<VpcId>,
    /// The routes that were taken where several are as good.
    pub(crate) taken_routes: HashMap<(RouteTableId, IpAddr), &'a Route>,
    hops: u32,
    hidden: Vec<String>,
    trail: Vec<String>,
}

impl<'a> Trip<'a> {
    pub(crate) fn new(
        walker: &'a Walker<'a>,
        connection: &'a Connection,
        choices: &'a mut Choices,
    ) -> Self {
        Self {
            walker,
            choices,
            connection,
            direction: Direction::Out,
            packet: Packet {
                source: connection.client,
                source_port: connection.client_port,
                destination: connection.server,
                destination_port: connection.port,
            },
            sender: Vec::new(),
            translations: Vec::new(),
            forwarded_by: Vec::new(),
            left_by_egress_only: None,
            taken_routes: HashMap::new(),
            hops: 0,
            hidden: Vec::new(),
            trail: Vec::new(),
        }
    }

    pub(crate) fn walk(mut self) -> Walk {
        let fate = match self.there_and_back() {
            Ok(fate) => fate,
            Err(End::Dropped { at, why }) => Fate::Dropped {
                direction: self.direction,
                at,
                why,
            },
            Err(End::NotKnown { what }) => Fate::NotKnown { what },
        };
        Walk {
            fate,
            hidden: self.hidden,
            trail: self.trail,
        }
    }

    fn there_and_back(&mut self) -> Result<Fate, End> {
        let reached = self.out()?;
        let seen = self.packet.source;
        self.direction = Direction::Back;
        self.packet = self.packet.answer();
        self.sender.clear();
        self.hops = 0;
        let (home, fate) = match reached {
            Reached::Host(vpc) => {
                let subnet = self.subnet_at(&vpc, self.packet.source)?;
                (self.leave(subnet)?, Fate::Arrives { seen })
            }
            Reached::Outside(exit) => {
                let at = exit.name();
                (self.answer_from(exit)?, Fate::Leaves { at, seen })
            }
        };
        self.is_home(home)?;
        Ok(fate)
    }

    /// The client sends its first packet: its groups judge by the destination, and by the groups there where the route
    /// leads straight to them.
    fn out(&mut self) -> Result<Reached, End> {
        let Connection { vpc, client, .. } = self.connection;
        let (subnet, client) = (self.subnet_at(vpc, *client)?, self.standing(vpc, *client)?);
        let straight = self.leads_straight(subnet)?;
        let there = match (&self.connection.server_vpc, straight) {
            (Some(vpc), true) => self.standing(vpc, self.packet.destination)?.groups,
            _ => Vec::new(),
        };
        let other = Other {
            address: self.packet.destination,
            port: self.packet.destination_port,
            groups: &there,
        };
        self.ask_groups(&client, RuleDirection::Egress, &other)?;
        self.sender = client.groups;
        self.leave(subnet)
    }

    fn answer_from(&mut self, exit: Exit) -> Result<Reached, End> {
        match exit {
            Exit::Internet(_) => self.enter_from_internet(),
            Exit::VpnGateway(gateway, vpc) => self.enter_by_edge(&gateway, &vpc),
            Exit::Attachment(id, gateway) => self.enter_by_attachment(&id, &gateway),
            Exit::Tunnel(interface) => self.out_of_tunnel(&interface),
            Exit::Peering(_, vpc) => self.deliver(&vpc, None),
            Exit::Hidden(hop) => self.through_hidden(hop),
        }
    }

    /// The answer is one only if it comes to the client's socket from the address that was dialled.
    fn is_home(&self, reached: Reached) -> Result<(), End> {
        let Connection {
            client,
            client_port,
            server,
            port,
            vpc,
            ..
        } = self.connection;
        let answer = Packet {
            source: *server,
            source_port: *port,
            destination: *client,
            destination_port: *client_port,
        };
        match reached {
            Reached::Host(at) if at == *vpc && self.packet == answer => Ok(()),
            Reached::Host(at) => Err(self.dropped(&at, "it answers nothing that was asked")),
            Reached::Outside(exit) => Err(self.dropped(&exit.name(), "the answer goes astray")),
        }
    }

    pub(crate) fn atlas(&self) -> &'a Atlas<'a> {
        &self.walker.atlas
    }

    pub(crate) fn exit_zone(&self) -> ExitZone {
        self.walker.exit_zone
    }

    pub(crate) fn nat_ports(&self) -> &'a [u16] {
        &self.walker.nat_ports
    }

    pub(crate) fn forwarder(&self, interface: &NetworkInterfaceId) -> Option<&'a Forwarder> {
        let mut all = self.walker.forwarders.iter();
        all.find(|forwarder| forwarder.interface == *interface)
    }

    /// Whom the walker was told to have a public address; the client, where it may be one of several.
    pub(crate) fn host_behind(&self, public: IpAddr) -> Option<&'a Host> {
        let has = |host: &&Host| {
            host.public_ip == Some(public) || (public.is_ipv6() && host.address == public)
        };
        let hosts = &self.walker.hosts;
        let mut clients = hosts
            .iter()
            .filter(|host| host.address == self.connection.client);
        clients.find(has).or_else(|| hosts.iter().find(has))
    }

    /// Who stands at an address: whom the walker was told of, else the interface that was read.
    pub(crate) fn standing(&self, vpc: &VpcId, address: IpAddr) -> Result<Standing, End> {
        let interface = self.atlas().interface_at(vpc, address);
        let mut hosts = self.walker.hosts.iter();
        let told = hosts.find(|host| host.vpc == *vpc && host.address == address);
        if let Some(host) = told {
            return Ok(Standing {
                interface: interface.map(|found| found.id.clone()),
                public_ip: host.public_ip,
                groups: host.groups.clone(),
                admits_all: false,
            });
        }
        let Some(found) = interface else {
            return Err(self.dropped(&address, "nobody stands at the address"));
        };
        let here = found
            .addresses
            .iter()
            .find(|known| known.address == address);
        Ok(Standing {
            interface: Some(found.id.clone()),
            public_ip: here.and_then(|known| known.public_ip),
            groups: found.security_group_ids.clone(),
            admits_all: found.interface_type == "network_load_balancer"
                && found.security_group_ids.is_empty(),
        })
    }

    pub(crate) fn dropped(&self, at: &dyn std::fmt::Display, why: &'static str) -> End {
        End::Dropped {
            at: at.to_string(),
            why,
        }
    }

    pub(crate) fn note(&mut self, gate: String) {
        self.trail.push(gate);
    }

    /// Counts a hop: a packet that goes round is dropped in the end.
    pub(crate) fn hop(&mut self, at: &dyn std::fmt::Display) -> Result<(), End> {
        self.hops += 1;
        if self.hops > MOST_HOPS {
            return Err(self.dropped(at, "the packet goes round"));
        }
        Ok(())
    }

    /// A hop that nobody sees through, taken to hand the packet on unchanged to where it is addressed. References to
    /// groups do not survive it (VPC User Guide, "Security group rules": through a middlebox they do not match).
    pub(crate) fn through_hidden(&mut self, hop: String) -> Result<Reached, End> {
        self.hop(&hop)?;
        self.note(format!("{hop}, not seen through"));
        if !self.hidden.contains(&hop) {
            self.hidden.push(hop.clone());
        }
        self.sender.clear();
        match self.home_of(self.packet.destination) {
            Some(vpc) => self.deliver(&vpc, None),
            None => Ok(Reached::Outside(Exit::Hidden(hop))),
        }
    }

    /// The VPC in which an address is believed to be.
    fn home_of(&self, address: IpAddr) -> Option<VpcId> {
        let Connection {
            vpc,
            client,
            server,
            server_vpc,
            ..
        } = self.connection;
        let mut translated = self.translations.iter();
        let translated = translated.find(|known| known.outside.0 == address);
        if address == *client {
            Some(vpc.clone())
        } else if let Some(translation) = translated {
            Some(translation.vpc.clone())
        } else {
            server_vpc.clone().filter(|_| address == *server)
        }
    }
}

impl Exit {
    fn name(&self) -> String {
        match self {
            Self::Internet(by) | Self::VpnGateway(by, _) | Self::Peering(by, _) => by.clone(),
            Self::Attachment(by, _) => by.to_string(),
            Self::Tunnel(by) => by.to_string(),
            Self::Hidden(by) => by.clone(),
        }
    }
}
