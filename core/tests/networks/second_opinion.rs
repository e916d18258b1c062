//! A second opinion: answers that were worked by hand from AWS's own documents.
//!
//! Each statement names the page and the section that it is worked from, builds a network like the one that the page
//! speaks of, and says in literals what the page makes of it. Two are asked: the core, for the verdict, the reason and
//! the gate of the only path and for what is planned, and the packet walker, for what becomes of a packet from one port
//! of the client. Neither answer is computed from the other, and none is taken from the code. A plan is believed only
//! once the walker, on the network with the plan carried out, finds that its packet arrives.
//!
//! Each file holds a group of pages. Figures of an example (addresses, ports, numbers of entries) are AWS's wherever
//! they fit the declaration of a replication instance at 10.0.1.10.

mod explanation_codes;
mod ground;
mod internet;
mod known_differences;
mod migration_service;
mod nat_gateways;
mod network_acls;
mod peering;
mod prefix_lists;
mod route_priority;
mod security_groups;
mod transit_gateways;

use crate::{
    walked::in_words,
    world::{Other, World},
};
use dms_network_core::{
    api::{Gate, Verdict},
    snapshot::ScopeSnapshot,
};
use dms_network_walker::{Connection, Forwarder, Walker};
use serde_json::Value;

/// One connection that a world declares, put to both.
#[derive(Clone)]
pub(crate) struct Question {
    world: World,
    client_port: u16,
    forwarders: Vec<Forwarder>,
}

/// What a world declares must be one address, one endpoint and one port.
pub(crate) fn ask(world: World) -> Question {
    Question {
        world,
        client_port: 40000,
        forwarders: Vec::new(),
    }
}

impl Question {
    /// The port that the client chose for the walker's packet: 40000 else, which Linux may choose.
    pub(crate) fn client_port(mut self, port: u16) -> Self {
        self.client_port = port;
        self
    }

    /// What an instance does with packets that are not for it, which EC2 does not show.
    pub(crate) fn forwarder(mut self, forwarder: Forwarder) -> Self {
        self.forwarders.push(forwarder);
        self
    }

    /// What both find: `Blocked NoRoute: Route rtb-main`, and `Out rtb-main: no route`. Nothing is ever added to a path
    /// that a person must see to.
    #[track_caller]
    pub(crate) fn finds(&self, core: &str, walker: &str) -> &Self {
        assert_eq!(self.core(), core, "{:#?}", self.world.walk());
        assert_eq!(self.walker(), walker, "the walker");
        if core.starts_with("Blocked") || core.starts_with("Unknown") {
            assert_eq!(self.world.additions(), Vec::<String>::new());
        }
        self
    }

    /// What is planned, and what the walker finds once it is there.
    #[track_caller]
    pub(crate) fn mends(&self, additions: &[&str], walker: &str) {
        assert_eq!(self.world.opened(), additions);
        let after = Self {
            world: self.world.settles(),
            ..self.clone()
        };
        assert_eq!(after.walker(), walker, "the walker, after the plan");
    }

    /// How the far side sees the client.
    #[track_caller]
    pub(crate) fn is_seen_as(&self, sources: &[&str]) -> &Self {
        let path = self.world.plan().paths.remove(0);
        let seen = path.status.source_addresses.iter();
        let seen: Vec<String> = seen.map(ToString::to_string).collect();
        assert_eq!(seen, sources);
        self
    }

    /// The evidence of the client's route: `10.1.0.0/16 -> pcx-0a`.
    #[track_caller]
    pub(crate) fn takes(&self, route: &str) -> &Self {
        let gates = self.world.gates();
        let gate = gates.iter().find(|gate| gate.gate.to_string() == "Route");
        assert_eq!(gate.unwrap().evidence, [route]);
        self
    }

    /// The verdict and reason of the only path, and the gate that gives them.
    #[track_caller]
    fn core(&self) -> String {
        let mut paths = self.world.plan().paths;
        assert_eq!(paths.len(), 1, "{:?}", self.world.paths());
        let path = paths.remove(0);
        let verdict = path.status.verdict;
        if verdict == Verdict::Permitted {
            return "Permitted".to_owned();
        }
        let gates = &path.status.gates;
        let gate: &Gate = gates.iter().find(|gate| gate.verdict == verdict).unwrap();
        let back = match gate.direction.to_string().as_str() {
            "Return" => " Return",
            _ => "",
        };
        let reason = gate.reason;
        format!("{verdict} {reason}: {} {}{back}", gate.gate, gate.resource)
    }

    /// What becomes of the packet, once for each of AWS's choices that makes a difference.
    fn walker(&self) -> String {
        let elsewhere = self.world.elsewhere.iter();
        let nets = elsewhere.filter_map(|other: &Other| other.found.as_ref().ok());
        let scopes: Vec<ScopeSnapshot> = [&self.world.net]
            .into_iter()
            .chain(nets)
            .map(|net| net.scope())
            .collect();
        let mut walker = Walker::new(&scopes);
        for forwarder in &self.forwarders {
            walker = walker.with_forwarder(forwarder.clone());
        }
        let mut words: Vec<String> = walker
            .walks(&self.connection())
            .iter()
            .map(in_words)
            .collect();
        words.dedup();
        words.join(" | ")
    }

    /// The connection that is declared.
    fn connection(&self) -> Connection {
        let network = &self.world.spec["replicationInstance"]["network"];
        let endpoint = &self.world.spec["endpoints"][0];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let vpc = text(&network["vpcID"]);
        let server_vpc = match &endpoint["placement"] {
            placement if placement.get("sameVPC").is_some() => Some(vpc.clone()),
            placement => placement.get("otherVPC").map(|other| text(&other["vpcID"])),
        };
        Connection {
            vpc: vpc.parse().unwrap(),
            client: text(&network["privateIPs"][0]).parse().unwrap(),
            client_port: self.client_port,
            server: text(&endpoint["addresses"][0]).parse().unwrap(),
            port: u16::try_from(endpoint["ports"][0].as_u64().unwrap()).unwrap(),
            server_vpc: server_vpc.map(|id| id.parse().unwrap()),
        }
    }
}
