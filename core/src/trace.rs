//! Follows each declared flow through the network that was read, gate by gate, out and back.
//!
//! Two steps. The walk of a topology ([`same_vpc`]) lays down the gates in the order in which a packet meets them:
//! those that routes and the declaration decide are judged there, those that rules decide ([`check::Check`]) wait,
//! since which of our own rules count depends on all that the object calls for. Then each is judged by the rules.

mod admit;
mod check;
mod client;
mod endpoint;
mod instance;
mod judge_acl;
mod judge_group;
mod routes;
mod same_vpc;
mod say;
mod side;

pub use check::UnitRequest;
pub use instance::{Instance, Unresolved, resolve};

use crate::{
    api::{
        AccountId, Allow, Client, Endpoint, EndpointName, Gate, LegForm, MigrationNetworkSpec,
        NetworkACLs, Note, PathStatus, PlacementForm, Protocol, Reason, RequiredEntry, Requirement,
        SecurityGroupId, Unit, Verdict, Who,
    },
    claims::{Ledger, Owner},
    snapshot::ScopeSnapshot,
};
use check::Step;
use ipnet::IpNet;
use std::collections::BTreeSet;

/// What a trace looks at.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The declaration.
    pub spec: &'a MigrationNetworkSpec,
    /// What the object holds.
    pub ledger: &'a Ledger,
    /// The deployment whose claims are ours.
    pub owner: &'a Owner,
    /// What was read of the account and Region.
    pub scope: &'a ScopeSnapshot,
    /// The account, where it is known.
    pub account_id: Option<&'a AccountId>,
    /// Whether network ACLs may be changed.
    pub network_acls: NetworkACLs,
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
    client: Client,
    destinations: Vec<IpNet>,
    sources: Vec<IpNet>,
    steps: Vec<Step<'a>>,
    notes: Vec<Note>,
    requirements: Vec<Who>,
}

impl Draft<'_> {
    /// A path that ends before it begins.
    fn stopped(
        endpoint: &Endpoint,
        port: u16,
        client: Client,
        destinations: Vec<IpNet>,
        gate: Gate,
    ) -> Self {
        Self {
            endpoint: endpoint.name.clone(),
            port,
            sources: client.addresses.clone(),
            client,
            destinations,
            steps: vec![Step::Gate(gate)],
            notes: Vec::new(),
            requirements: Vec::new(),
        }
    }
}

/// Every path of a declaration, in the order of the endpoints' names, ports, client subnets and destinations.
///
/// # Errors
/// Where the replication instance itself could not be found: then there is no path to speak of.
pub fn trace(subject: &Subject<'_>) -> Result<Vec<Path>, Unresolved> {
    let instance = resolve(subject.spec, subject.scope)?;
    let mut endpoints: Vec<(usize, &Endpoint)> =
        subject.spec.endpoints.iter().enumerate().collect();
    endpoints.sort_by_key(|(_, endpoint)| &endpoint.name);
    let field = |place: usize| format!("spec.endpoints[{place}]");
    let endpoints = endpoints
        .iter()
        .map(|(place, endpoint)| (field(*place), endpoint));
    let endpoints: Vec<_> = endpoints.collect();
    let drafts = endpoints
        .iter()
        .flat_map(|(field, endpoint)| drafts_to(endpoint, field, &instance, *subject));
    let drafts: Vec<Draft<'_>> = drafts.collect();
    let held = held_units(&drafts, subject.ledger);
    Ok(drafts
        .into_iter()
        .map(|draft| judge(draft, subject, &held))
        .collect())
}

/// The paths to one endpoint; `field` is where it stands in the declaration.
fn drafts_to<'a>(
    endpoint: &'a Endpoint,
    field: &'a str,
    instance: &'a Instance,
    subject: Subject<'a>,
) -> Vec<Draft<'a>> {
    let Some(client) = instance.somewhere(Vec::new()) else {
        return Vec::new();
    };
    // The port is 0 where nobody knows it.
    let stopped = |port: u16, gate: Gate| {
        let blocks = endpoint.addresses.iter().map(|block| block.net());
        Draft::stopped(endpoint, port, client.clone(), blocks.collect(), gate)
    };
    let form = match endpoint.placement.form(&format!("{field}.placement")) {
        Ok(form) => form,
        Err(error) => {
            let gate = say::declaration(&error.field, Reason::SpecNotUnderstood, error.to_string());
            return vec![stopped(0, gate)];
        }
    };
    let ports = match endpoint::ports(endpoint, field, subject.scope) {
        Ok(ports) => ports,
        Err(gate) => return vec![stopped(0, gate)],
    };
    match form {
        PlacementForm::Direct(LegForm::SameVPC(placement)) => {
            let walk = same_vpc::Walk {
                subject,
                instance,
                endpoint,
                placement,
                field,
            };
            ports
                .into_iter()
                .flat_map(|port| walk.paths(port))
                .collect()
        }
        form => ports
            .into_iter()
            .map(|port| stopped(port, say::not_yet_supported(field, &form)))
            .collect(),
    }
}

/// The units of the ledger that are still called for: the first form held of each.
fn held_units(drafts: &[Draft<'_>], ledger: &Ledger) -> BTreeSet<Unit> {
    let asks = drafts
        .iter()
        .flat_map(|draft| &draft.steps)
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
    let mut notes = draft.notes;
    let mut entries = Vec::new();
    for step in draft.steps {
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
    let requirement = |who: Who, entries: Vec<RequiredEntry>| Requirement {
        who,
        endpoint: draft.endpoint.clone(),
        allow: Allow {
            protocol: Protocol::Tcp,
            port: draft.port,
            from: draft.sources.clone(),
            to: draft.destinations.clone(),
        },
        entries,
    };
    let others = draft.requirements.iter();
    let mut requirements: Vec<_> = others.map(|who| requirement(*who, Vec::new())).collect();
    if !entries.is_empty() {
        requirements.push(requirement(Who::NetworkACLOwner, entries));
    }
    Path {
        status: PathStatus {
            verdict: Verdict::worst(gates.iter().map(|gate| gate.verdict)),
            endpoint: draft.endpoint,
            port: draft.port,
            client: draft.client,
            destinations: draft.destinations,
            source_addresses: draft.sources,
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
