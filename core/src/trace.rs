//! Follows each declared flow through the network that was read, gate by gate, out and back.
//!
//! Two steps. The walk of a topology ([`placement`]) lays down the gates in the order in which a packet meets them:
//! those that routes and the declaration decide are judged there, those that rules decide ([`check::Check`]) wait,
//! since which of our own rules count depends on all that the object calls for. Then each is judged by the rules.

mod admit;
mod check;
mod classic_link;
mod client;
mod commands;
mod endpoint;
mod exit;
mod far_side;
mod fitting;
mod flow;
mod gateway;
mod hop;
mod host;
mod in_vpc;
mod instance;
mod internet;
mod joined;
mod judge_acl;
mod judge_group;
mod leg;
mod lost_references;
mod managed;
mod middle;
mod nat_gateway;
mod needed;
mod opener;
mod other_vpc;
mod peering;
mod placement;
mod proxy;
mod proxy_form;
mod public_access;
mod public_source;
mod routes;
mod say;
mod side;
mod transfer;
mod transit_gateway;
mod way;
mod yaml;

pub use check::UnitRequest;
pub use instance::{Instance, Unresolved, resolve};

use crate::{
    api::{
        Allow, Endpoint, EndpointName, Gate, MigrationNetworkSpec, PathStatus, Protocol, Reason,
        RequiredEntry, Requirement, SecurityGroupId, Unit, Verdict, Who,
    },
    claims::{Ledger, Owner},
    scopes::Scopes,
};
use check::Step;
use client::{ClientSubnet, NoClient};
use ipnet::IpNet;
use leg::{Demand, Leg, PublicIps, Trip};
use side::Side;
use std::collections::BTreeSet;

/// What a trace looks at.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The object's namespace.
    pub namespace: &'a str,
    /// The declaration.
    pub spec: &'a MigrationNetworkSpec,
    /// What the object holds.
    pub ledger: &'a Ledger,
    /// The deployment whose claims are ours.
    pub owner: &'a Owner,
    /// What was read, and what its owners gave.
    pub scopes: &'a Scopes<'a>,
}

/// One flow with what was found on it.
#[derive(Clone, Debug)]
pub struct Path {
    /// The path as status and plan show it.
    pub status: PathStatus,
    /// The units that it calls for.
    pub asks: Vec<AskedUnit>,
    /// What others must allow for it. The entries that the owner of a network ACL must add have no number yet.
    pub requirements: Vec<Requirement>,
}

impl Path {
    /// The reason of the worst gate, the first of them where several are.
    #[must_use]
    pub fn reason(&self) -> Reason {
        let worst = self.status.verdict;
        self.status
            .gates
            .iter()
            .find(|gate| gate.verdict == worst)
            .map_or(Reason::Permitted, |gate| gate.reason)
    }
}

/// A unit that a path calls for.
#[derive(Clone, Debug)]
pub struct AskedUnit {
    /// The unit, in the forms that would do.
    pub request: UnitRequest,
    /// Whether foreign rules and those that the object holds leave a part of what it is for unpermitted.
    pub needed: bool,
}

/// A path before its rules are judged.
struct Draft<'a> {
    endpoint: EndpointName,
    port: u16,
    trip: Trip<'a>,
}

impl<'a> Draft<'a> {
    fn steps(&self) -> impl Iterator<Item = &Step<'a>> {
        self.trip.out.iter().chain(&self.trip.back)
    }
}

/// The most paths of one object: as many as its status may list. What is declared and how routes and subnets divide it
/// multiply, so that a few lines could ask for millions.
pub const MAX_PATHS: usize = 4096;

/// Every path of a declaration, in the order of the endpoints' names, ports, client subnets and destinations.
///
/// # Errors
/// Where the replication instance itself could not be found: then there is no path to speak of. Where there are more
/// than [`MAX_PATHS`], too.
pub fn trace(subject: &Subject<'_>) -> Result<Vec<Path>, Unresolved> {
    let home = subject.scopes.home;
    let instance = resolve(subject.spec, home.snapshot)?;
    let mut endpoints: Vec<(usize, &Endpoint)> =
        subject.spec.endpoints.iter().enumerate().collect();
    endpoints.sort_by_key(|(_, endpoint)| &endpoint.name);
    let field = |place: usize| format!("spec.endpoints[{place}]");
    let endpoints = endpoints
        .iter()
        .map(|(place, endpoint)| (field(*place), endpoint));
    let endpoints: Vec<_> = endpoints.collect();
    let side = Side::new(&instance.vpc_id, home, subject.scopes);
    let clients = client::subnets(&instance, home.snapshot);
    let drafts = endpoints.iter().flat_map(|(field, endpoint)| {
        let from = From {
            subject: *subject,
            instance: &instance,
            side,
            clients: &clients,
        };
        from.drafts_to(endpoint, field)
    });
    let drafts: Vec<Draft<'_>> = drafts.take(MAX_PATHS + 1).collect();
    if drafts.len() > MAX_PATHS {
        return Err(too_many_paths());
    }
    let held = held_units(&drafts, subject.ledger);
    Ok(drafts
        .into_iter()
        .map(|draft| judge(draft, subject, &held))
        .collect())
}

fn too_many_paths() -> Unresolved {
    Unresolved {
        reason: Reason::SpecNotUnderstood,
        resource: "spec.endpoints".to_owned(),
        message: format!(
            "the declared addresses and ports, by the subnets and routes that divide them, are more than {MAX_PATHS} \
             paths: declare hosts or narrower blocks, or divide the endpoints among several objects"
        ),
    }
}

/// The replication instance, from which every path starts.
struct From<'f, 'a> {
    subject: Subject<'a>,
    instance: &'f Instance,
    side: Side<'a>,
    clients: &'f [Result<ClientSubnet<'a>, NoClient>],
}

impl<'a> From<'_, 'a> {
    /// The paths to one endpoint; `field` is where it stands in the declaration.
    fn drafts_to(&self, endpoint: &'a Endpoint, field: &str) -> Vec<Draft<'a>> {
        let Some(somewhere) = self.instance.somewhere(Vec::new()) else {
            return Vec::new();
        };
        let blocks = endpoint.addresses.iter().map(|block| block.net());
        let blocks: Vec<IpNet> = blocks.collect();
        let draft = |port: u16, trip: Trip<'a>| Draft {
            endpoint: endpoint.name.clone(),
            port,
            trip,
        };
        // The port is 0 where nobody knows it.
        let stopped = |gate: Gate| {
            let trip = Trip::stopped(somewhere.clone(), blocks.clone(), gate);
            vec![draft(0, trip)]
        };
        let form = match endpoint.placement.form(&format!("{field}.placement")) {
            Ok(form) => form,
            Err(error) => {
                let (place, text) = (error.field.clone(), error.to_string());
                return stopped(say::declaration(&place, Reason::SpecNotUnderstood, text));
            }
        };
        let ports = match endpoint::ports(endpoint, field, self.side.scope) {
            Ok(ports) => ports,
            Err(gate) => return stopped(gate),
        };
        let paths = ports.into_iter().flat_map(|port| {
            let leg = Leg {
                subject: self.subject,
                side: self.side,
                clients: self.clients,
                somewhere: somewhere.clone(),
                field,
                endpoint,
                admit: endpoint.admit(),
                port,
                addresses: blocks.clone(),
                dialled_by_dms: true,
                public_ips: PublicIps {
                    ips: self.instance.public_ips.clone(),
                    declared: self.instance.by_hand,
                },
            };
            let trips = placement::trips(&leg, &form);
            trips.into_iter().map(move |trip| draft(port, trip))
        });
        paths.take(MAX_PATHS + 1).collect()
    }
}

/// The units of the ledger that are still called for: the first form held of each.
fn held_units(drafts: &[Draft<'_>], ledger: &Ledger) -> BTreeSet<Unit> {
    let asks = drafts
        .iter()
        .flat_map(Draft::steps)
        .flat_map(|step| match step {
            Step::Check(check) => check.asks(),
            Step::Gate(_) => &[],
        });
    asks.filter_map(|ask| ask.request.held(ledger))
        .cloned()
        .collect()
}

fn judge(draft: Draft<'_>, subject: &Subject<'_>, held: &BTreeSet<Unit>) -> Path {
    let mut gates = Vec::new();
    let mut asks = Vec::new();
    let Draft {
        endpoint,
        port,
        trip,
    } = draft;
    let mut notes = trip.notes;
    let mut entries = Vec::new();
    for step in trip.out.into_iter().chain(trip.back) {
        match step {
            Step::Gate(gate) => gates.push(gate),
            Step::Check(check) => {
                let judged = check.judge(subject, held);
                gates.push(judged.gate);
                asks.extend(judged.asks);
                notes.extend(judged.notes);
                entries.extend(judged.required);
            }
        }
    }
    notes.sort();
    notes.dedup();
    let mut demands = trip.demands;
    demands.sort();
    demands.dedup();
    let requirement = |demand: Demand, entries: Vec<RequiredEntry>| Requirement {
        who: demand.who,
        endpoint: endpoint.clone(),
        allow: Allow {
            protocol: Protocol::Tcp,
            port: demand.port,
            from: demand.from,
            to: demand.to,
        },
        entries,
    };
    let of_acls = Demand {
        who: Who::NetworkACLOwner,
        port,
        from: trip.seen.clone(),
        to: trip.blocks.clone(),
    };
    let others = demands.into_iter();
    let mut requirements: Vec<_> = others
        .map(|demand| requirement(demand, Vec::new()))
        .collect();
    if !entries.is_empty() {
        requirements.push(requirement(of_acls, entries));
    }
    Path {
        status: PathStatus {
            verdict: Verdict::worst(gates.iter().map(|gate| gate.verdict)),
            endpoint,
            port,
            client: trip.client,
            destinations: trip.blocks,
            source_addresses: trip.seen,
            gates,
            notes,
        },
        asks,
        requirements,
    }
}

/// An end of a flow at one block of addresses, with the security groups that whoever answers there carries.
#[derive(Clone, Debug, PartialEq, Eq)]
struct End {
    /// The block.
    block: IpNet,
    /// The groups that are on its interface, or are believed to be.
    groups: Vec<SecurityGroupId>,
    /// Those of them that are declared, in the order of the declaration: one of them may be changed or referenced.
    declared: Vec<SecurityGroupId>,
}

impl End {
    /// A block whose interfaces are not known: the declared groups are believed.
    fn believed(block: IpNet, declared: &[SecurityGroupId]) -> Self {
        Self {
            block,
            groups: declared.to_vec(),
            declared: declared.to_vec(),
        }
    }
}
