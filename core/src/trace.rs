//! Follows each declared flow through the network that was read, gate by gate, out and back.
//!
//! Two steps. The walk of a topology ([`same_vpc`]) lays down the gates in the order in which a packet meets them:
//! those that routes and the declaration decide are judged there, those that rules decide ([`check::Check`]) wait,
//! since which of our own rules count depends on all that the object calls for. Then each is judged by the rules.

mod check;
mod client;
mod endpoint;
mod judge_acl;
mod judge_group;
mod routes;
mod same_vpc;
mod say;

pub use check::{Ask, UnitRequest};
pub use client::{Unresolved, resolve};
pub(crate) use judge_acl::free_number;

use crate::{
    api::{
        AccountId, Allow, Client, EndpointName, Gate, GateKind, MigrationNetworkSpec, NetworkACLs,
        Note, PathDirection, PathStatus, PlacementForm, Reason, RequiredEntry, Requirement,
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
    /// What others must allow for it.
    pub requirements: Vec<Requirement>,
    /// The rules and entries that were seen and count for nothing: ours by form, by claim nobody's.
    pub unclaimed: Vec<String>,
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
    /// Whether foreign rules alone leave a part of the path's flow unpermitted there.
    pub needed: bool,
}

/// A path before its rules are judged.
struct Draft {
    endpoint: EndpointName,
    port: u16,
    client: Client,
    destinations: Vec<IpNet>,
    sources: Vec<IpNet>,
    steps: Vec<Step>,
    notes: Vec<Note>,
    requirements: Vec<Who>,
}

/// Every path of a declaration, in the order of endpoints, ports, client subnets and destinations.
///
/// # Errors
/// Where the replication instance itself could not be found: then there is no path to speak of.
pub fn trace(subject: &Subject<'_>) -> Result<Vec<Path>, Unresolved> {
    let instance = client::resolve(subject.spec, subject.scope)?;
    let mut drafts = Vec::new();
    for (index, endpoint) in subject.spec.endpoints.iter().enumerate() {
        let field = format!("spec.endpoints[{index}]");
        let ports = endpoint::ports(endpoint, subject.scope);
        let walk = same_vpc::Walk {
            subject,
            instance: &instance,
            endpoint,
            field: &field,
        };
        match (
            ports,
            endpoint.placement.form(&format!("{field}.placement")),
        ) {
            (Err(gate), _) => drafts.extend(walk.stopped(0, gate)),
            (_, Err(error)) => {
                let gate =
                    say::declaration(&error.field, Reason::SpecNotUnderstood, error.to_string());
                drafts.extend(walk.stopped(0, gate));
            }
            (Ok(ports), Ok(PlacementForm::Direct(crate::api::LegForm::SameVPC(placement)))) => {
                for port in ports {
                    walk.paths(placement, port, &mut drafts);
                }
            }
            (Ok(ports), Ok(form)) => {
                for port in ports {
                    let gate = say::not_yet_supported(&field, &form);
                    drafts.extend(walk.stopped(port, gate));
                }
            }
        }
    }
    let held = chosen(&drafts, subject.ledger);
    Ok(drafts
        .into_iter()
        .map(|draft| judge(draft, subject, &held))
        .collect())
}

/// The units of the ledger that are still called for: the first form held of each.
fn chosen(drafts: &[Draft], ledger: &Ledger) -> BTreeSet<Unit> {
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

fn judge(draft: Draft, subject: &Subject<'_>, held: &BTreeSet<Unit>) -> Path {
    let mut gates = Vec::new();
    let mut asks = Vec::new();
    let mut notes = draft.notes;
    let mut unclaimed = Vec::new();
    let mut entries = Vec::new();
    for step in draft.steps {
        match step {
            Step::Gate(gate) => gates.push(gate),
            Step::Check(check) => {
                let judged = check.judge(subject, held);
                gates.push(judged.gate);
                asks.extend(judged.asks);
                notes.extend(judged.notes);
                unclaimed.extend(judged.unclaimed);
                entries.extend(judged.required_entries);
            }
        }
    }
    notes.sort();
    notes.dedup();
    let verdict = Verdict::worst(gates.iter().map(|gate: &Gate| gate.verdict));
    let allow = Allow {
        protocol: crate::api::Protocol::Tcp,
        port: draft.port,
        from: draft.sources.clone(),
        to: draft.destinations.clone(),
    };
    let requirement = |who: Who, entries: Vec<RequiredEntry>| Requirement {
        who,
        endpoint: draft.endpoint.clone(),
        allow: allow.clone(),
        entries,
    };
    let mut requirements: Vec<_> = draft
        .requirements
        .iter()
        .map(|who| requirement(*who, Vec::new()))
        .collect();
    if !entries.is_empty() {
        requirements.push(requirement(Who::NetworkACLOwner, entries));
    }
    Path {
        status: PathStatus {
            endpoint: draft.endpoint,
            port: draft.port,
            client: draft.client,
            destinations: draft.destinations,
            source_addresses: draft.sources,
            verdict,
            gates,
            notes,
        },
        asks,
        requirements,
        unclaimed,
    }
}

/// An end of a flow at one block of addresses, with the security groups that whoever answers there carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// The block.
    pub(crate) block: IpNet,
    /// The groups that are on its interface, or are believed to be.
    pub(crate) groups: Vec<SecurityGroupId>,
    /// Those of them that are declared, in the order of the declaration: one of them may be changed or referenced.
    pub(crate) declared: Vec<SecurityGroupId>,
}

fn gate(
    kind: GateKind,
    resource: impl Into<String>,
    direction: PathDirection,
    verdict: Verdict,
    reason: Reason,
) -> Gate {
    Gate {
        gate: kind,
        resource: resource.into(),
        direction,
        verdict,
        reason,
        evidence: Vec::new(),
        message: String::new(),
        remedy: None,
    }
}
