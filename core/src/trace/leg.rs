//! A leg: a connection from whoever opens it to the addresses that it dials, whatever lies between.

use super::{
    End, MAX_PATHS, Subject,
    check::Step,
    client::{ClientSubnet, Known, NoClient},
    proxy_form, say,
    side::Side,
};
use crate::{
    api::{Admit, Client, Endpoint, Gate, Note, Reason, Who},
    network::{
        blocks::{narrower, same_family, subtract},
        overlaps,
    },
};
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};

/// DMS keeps this range for itself (DMS User Guide, "Troubleshooting migration tasks").
pub(super) const RESERVED_BY_DMS: IpNet =
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 24));

/// What is dialled, and by whom.
pub(super) struct Leg<'c, 'a> {
    pub(super) subject: Subject<'a>,
    /// The VPC of whoever opens the connection.
    pub(super) side: Side<'a>,
    /// Whoever opens the connection, in each subnet.
    pub(super) clients: &'c [Result<ClientSubnet<'a>, NoClient>],
    /// Where paths start that end before they begin.
    pub(super) somewhere: Client,
    /// Where the endpoint stands in the declaration.
    pub(super) field: &'c str,
    /// The endpoint as declared.
    pub(super) endpoint: &'a Endpoint,
    pub(super) admit: Admit,
    pub(super) port: u16,
    /// The addresses that are dialled; where none are declared, the placement's subnets tell them.
    pub(super) addresses: Vec<IpNet>,
    /// Whether the replication instance itself dials them.
    pub(super) dialled_by_dms: bool,
    /// The public addresses of whoever opens the connection, as far as something other than an interface tells them.
    pub(super) public_ips: PublicIps,
}

/// Public addresses by hearsay.
#[derive(Clone, Debug, Default)]
pub(super) struct PublicIps {
    pub(super) ips: Vec<IpAddr>,
    /// Whether a person declared them: then each must be found on an interface.
    pub(super) declared: bool,
}

/// A way to a part of what is dialled, and back.
#[derive(Clone)]
pub(super) struct Trip<'a> {
    /// Where it starts.
    pub(super) client: Client,
    /// The part of the destinations.
    pub(super) blocks: Vec<IpNet>,
    /// The sources that the far end sees.
    pub(super) seen: Vec<IpNet>,
    /// The gates on the way out.
    pub(super) out: Vec<Step<'a>>,
    /// The gates on the way back.
    pub(super) back: Vec<Step<'a>>,
    pub(super) notes: Vec<Note>,
    pub(super) demands: Vec<Demand>,
}

/// What somebody else must allow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Demand {
    pub(super) who: Who,
    pub(super) port: u16,
    pub(super) from: Vec<IpNet>,
    pub(super) to: Vec<IpNet>,
}

impl<'a> Trip<'a> {
    /// A way that ends before it begins.
    pub(super) fn stopped(client: Client, blocks: Vec<IpNet>, gate: Gate) -> Self {
        Self {
            seen: client.addresses.clone(),
            client,
            blocks,
            out: vec![Step::Gate(gate)],
            back: Vec::new(),
            notes: Vec::new(),
            demands: Vec::new(),
        }
    }

    /// The way that this one is the first leg of, and `next` the second: who answers here dials there.
    pub(super) fn then(self, next: Trip<'a>) -> Trip<'a> {
        let chain = |mut first: Vec<Step<'a>>, second: Vec<Step<'a>>| {
            first.extend(second);
            first
        };
        Trip {
            client: self.client,
            blocks: next.blocks,
            seen: next.seen,
            out: chain(self.out, next.out),
            back: chain(next.back, self.back),
            notes: self.notes.into_iter().chain(next.notes).collect(),
            demands: self.demands.into_iter().chain(next.demands).collect(),
        }
    }
}

impl<'a> Leg<'_, 'a> {
    /// A field of the endpoint.
    pub(super) fn at(&self, field: &str) -> String {
        format!("{}.{field}", self.field)
    }

    /// The way that a fault of the declaration ends before any client is looked at.
    pub(super) fn stopped(&self, gate: Gate) -> Vec<Trip<'a>> {
        let (client, blocks) = (self.somewhere.clone(), self.addresses.clone());
        vec![Trip::stopped(client, blocks, gate)]
    }

    /// The declared addresses, sorted, each once.
    pub(super) fn blocks(&self) -> Vec<IpNet> {
        let mut blocks = self.addresses.clone();
        blocks.sort();
        blocks.dedup();
        blocks
    }

    /// The trips from each client subnet to each destination: `to` gives those of one pair, with the client's sources
    /// of the destination's family. Once they are more than an object may have, no more are looked for.
    pub(super) fn each(
        &self,
        blocks: &[IpNet],
        to: impl Fn(&ClientSubnet<'a>, &[&End], IpNet) -> Vec<Trip<'a>>,
    ) -> Vec<Trip<'a>> {
        let mut trips = Vec::new();
        for found in self.clients {
            match found {
                Ok(client) => {
                    for block in blocks {
                        if trips.len() > MAX_PATHS {
                            return trips;
                        }
                        trips.extend(self.from(client, *block, &to));
                    }
                }
                Err(none) => {
                    let (client, gate) = (none.client.clone(), (*none.gate).clone());
                    trips.push(Trip::stopped(client, blocks.to_vec(), gate));
                }
            }
        }
        trips
    }

    fn from(
        &self,
        client: &ClientSubnet<'a>,
        block: IpNet,
        to: &impl Fn(&ClientSubnet<'a>, &[&End], IpNet) -> Vec<Trip<'a>>,
    ) -> Vec<Trip<'a>> {
        let sources = client.sources(&block);
        if !sources.is_empty() {
            return to(client, &sources, block);
        }
        // An address of that family is known to be in another subnet.
        if client.known == Known::Addresses && self.speaks(&block) {
            return Vec::new();
        }
        let addresses = client.ends.iter().map(|end| end.block);
        let client = client.client(addresses.collect());
        let gate = self.family_mismatch(block);
        vec![Trip::stopped(client, vec![block], gate)]
    }

    /// Whether the client has a source of the family of a block in any of its subnets.
    pub(super) fn speaks(&self, block: &IpNet) -> bool {
        let mut ends = self
            .clients
            .iter()
            .flatten()
            .flat_map(|client| &client.ends);
        ends.any(|end| same_family(&end.block, block))
    }

    fn family_mismatch(&self, block: IpNet) -> Gate {
        let family = match block {
            IpNet::V4(_) => "IPv4",
            IpNet::V6(_) => "IPv6",
        };
        let message =
            format!("{block} is {family}, and the replication instance has no {family} address");
        let field = self.at("addresses");
        let remedy = match block {
            IpNet::V4(_) => format!("declare the database's IPv6 address in {field}"),
            IpNet::V6(_) => format!(
                "declare the database's IPv4 address in {field}, or use a replication instance of network type DUAL"
            ),
        };
        let mut gate = say::declaration(field, Reason::AddressFamilyMismatch, message);
        gate.remedy = Some(remedy);
        gate
    }

    /// Divides a destination into the part that DMS never reaches, with its gate, and the rest.
    pub(super) fn reserved(&self, block: IpNet) -> (Option<(Vec<IpNet>, Gate)>, Vec<IpNet>) {
        if !self.dialled_by_dms || !overlaps(&block, &RESERVED_BY_DMS) {
            return (None, vec![block]);
        }
        let reserved = narrower(block, RESERVED_BY_DMS);
        let message = format!("{reserved} is in {RESERVED_BY_DMS}, which DMS keeps for itself");
        let mut gate = say::declaration(self.at("addresses"), Reason::ReservedByDMS, message);
        gate.remedy = Some(proxy_form::remedy(self));
        let rest = subtract(block, &[RESERVED_BY_DMS]);
        (Some((vec![reserved], gate)), rest)
    }
}
