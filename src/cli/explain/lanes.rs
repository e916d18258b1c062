//! Paths as a picture shows them: those of one endpoint that meet the same gates with the same verdicts are one lane.

use super::{
    acts::Acts,
    additions::{self, Opening},
    text::found,
};
use crate::cli::words;
use dms_network_core::api::{Client, Gate, NetworkPlan, PathDirection, PathStatus, Verdict};
use ipnet::IpNet;

/// Some paths of one endpoint: from each client to each destination on each port.
pub(super) struct Lane<'a> {
    pub(super) endpoint: &'a str,
    pub(super) verdict: Verdict,
    pub(super) ports: Vec<u16>,
    pub(super) clients: Vec<&'a Client>,
    pub(super) destinations: Vec<&'a [IpNet]>,
    paths: Vec<&'a PathStatus>,
}

/// A gate of a lane.
pub(super) struct Station<'a> {
    /// From 1, in the order in which a packet meets them.
    pub(super) number: usize,
    /// That of the lane's first path: its kind, resource, verdict and reason are those of all.
    pub(super) gate: &'a Gate,
    /// What was found there, for each path once.
    pub(super) found: Vec<String>,
    /// What was seen, for all paths.
    pub(super) evidence: Vec<&'a str>,
    /// What the plan adds there, or why it adds nothing.
    pub(super) opening: Vec<String>,
    /// The numbers of what a person must do about it.
    pub(super) acts: Vec<usize>,
}

/// The lanes of a plan, in the order of their first paths.
pub(super) fn lanes(plan: &NetworkPlan) -> Vec<Lane<'_>> {
    let mut lanes: Vec<Lane<'_>> = plan.paths.iter().map(Lane::of).collect();
    // One dimension after the other, so that a lane is every combination of what it lists, and no other.
    lanes = merged(lanes, |a, b| {
        a.ports == b.ports && a.destinations == b.destinations
    });
    lanes = merged(lanes, |a, b| a.ports == b.ports && a.clients == b.clients);
    merged(lanes, |a, b| {
        a.destinations == b.destinations && a.clients == b.clients
    })
}

fn merged<'a>(lanes: Vec<Lane<'a>>, alike: impl Fn(&Lane<'a>, &Lane<'a>) -> bool) -> Vec<Lane<'a>> {
    let mut merged: Vec<Lane<'a>> = Vec::new();
    for lane in lanes {
        let same = |known: &&mut Lane<'a>| {
            known.endpoint == lane.endpoint && alike(known, &lane) && known.has_the_gates_of(&lane)
        };
        match merged.iter_mut().find(same) {
            Some(known) => known.take(lane),
            None => merged.push(lane),
        }
    }
    merged
}

impl<'a> Lane<'a> {
    fn of(path: &'a PathStatus) -> Self {
        Self {
            endpoint: path.endpoint.as_str(),
            verdict: path.verdict,
            ports: vec![path.port],
            clients: vec![&path.client],
            destinations: vec![&path.destinations],
            paths: vec![path],
        }
    }

    /// The gates of its first path: those of the others are the same.
    fn gates(&self) -> &'a [Gate] {
        let first = self.paths.first();
        first.map(|path| path.gates.as_slice()).unwrap_or_default()
    }

    fn has_the_gates_of(&self, other: &Self) -> bool {
        let same = |a: &Gate, b: &Gate| {
            let of = |gate: &Gate| (gate.gate, gate.direction, gate.verdict, gate.reason);
            of(a) == of(b) && a.resource == b.resource
        };
        let (ours, theirs) = (self.gates(), other.gates());
        ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| same(a, b))
    }

    fn take(&mut self, other: Self) {
        extend(&mut self.ports, other.ports);
        extend(&mut self.clients, other.clients);
        extend(&mut self.destinations, other.destinations);
        self.paths.extend(other.paths);
        self.ports.sort_unstable();
    }

    /// `tcp 1521, 5500`.
    pub(super) fn flow(&self) -> String {
        let ports: Vec<String> = self.ports.iter().map(u16::to_string).collect();
        format!("tcp {}", ports.join(", "))
    }

    /// Where it starts, one line for each subnet.
    pub(super) fn starts(&self) -> Vec<String> {
        self.clients
            .iter()
            .map(|client| words::client(client))
            .collect()
    }

    /// Where it leads.
    pub(super) fn ends(&self) -> String {
        let ends: Vec<String> = self
            .destinations
            .iter()
            .map(|blocks| words::list(blocks))
            .collect();
        ends.join(", ")
    }

    /// The addresses from which the endpoint sees it come.
    pub(super) fn sources(&self) -> String {
        let mut sources = Vec::new();
        for path in &self.paths {
            extend(&mut sources, path.source_addresses.iter().copied());
        }
        words::list(&sources)
    }

    /// What is worth knowing and decides nothing.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for note in self.paths.iter().flat_map(|path| &path.notes) {
            extend(&mut notes, [format!("{}: {}", note.reason, note.message)]);
        }
        notes
    }

    /// The gates of one way, in the order in which a packet meets them.
    pub(super) fn stations(
        &self,
        way: PathDirection,
        plan: &'a NetworkPlan,
        acts: &Acts<'_>,
    ) -> Vec<Station<'a>> {
        let gates = self.gates().iter().enumerate();
        let gates = gates.filter(|(_, gate)| gate.direction == way);
        gates
            .map(|(place, gate)| self.station(place, gate, plan, acts))
            .collect()
    }

    fn station(
        &self,
        place: usize,
        gate: &'a Gate,
        plan: &'a NetworkPlan,
        acts: &Acts<'_>,
    ) -> Station<'a> {
        let mut station = Station {
            number: place + 1,
            gate,
            found: Vec::new(),
            evidence: Vec::new(),
            opening: Vec::new(),
            acts: Vec::new(),
        };
        let gates = self
            .paths
            .iter()
            .filter_map(|path| Some((path, path.gates.get(place)?)));
        for (path, gate) in gates {
            extend(&mut station.found, [found(gate)]);
            extend(
                &mut station.evidence,
                gate.evidence.iter().map(String::as_str),
            );
            extend(&mut station.acts, acts.at(gate));
            match additions::opening(plan, path, gate) {
                Some(Opening::By(changes)) => {
                    let rules = changes.iter().map(|change| {
                        let (_, sign) = words::sign(change.action);
                        format!(
                            "{sign} {}{}",
                            words::rule(change),
                            words::why(change.action)
                        )
                    });
                    extend(&mut station.opening, rules);
                }
                Some(Opening::Not(why)) => extend(&mut station.opening, [why]),
                None => {}
            }
        }
        station
    }
}

/// Adds what is not there yet.
fn extend<T: PartialEq>(list: &mut Vec<T>, more: impl IntoIterator<Item = T>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}
