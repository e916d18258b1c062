//! A declaration on a network, and what is found and planned, in words.

use crate::net::{Net, owner, parse};
use dms_network_core::{
    api::{AWSAccountSpec, Gate, MigrationNetworkSpec, Mode, NetworkPlan, Reason, Unit, Verdict},
    claims::{Ledger, LedgerEntry, Owner},
    network::PortRange,
    plan::{self, Input, Outlook, Plan},
    scopes::{Elsewhere, Guardrails, ScopeView, Scopes},
    snapshot::{Peer, RuleDirection, ScopeSnapshot},
    trace::Unresolved,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One network with one declaration on it.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) net: Net,
    pub(crate) spec: Value,
    pub(crate) ledger: Ledger,
    pub(crate) owner: Owner,
    pub(crate) account: Option<Value>,
    pub(crate) namespace_allowed: bool,
    pub(crate) ended: bool,
    pub(crate) elsewhere: Vec<Other>,
}

/// Another account or Region that a placement names.
#[derive(Clone)]
pub(crate) struct Other {
    /// The name of its AWSAccount.
    pub(crate) name: &'static str,
    pub(crate) region: &'static str,
    /// Its AWSAccount's spec.
    pub(crate) account: Value,
    pub(crate) given: bool,
    pub(crate) found: Result<Net, Unresolved>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}\n{:?}", self.spec, self.net)?;
        writeln!(
            f,
            "paths {:#?}\nadditions {:#?}",
            self.paths(),
            self.additions()
        )
    }
}

/// An endpoint `db` on 10.0.2.20:5432 whose database carries `sg-db`.
pub(crate) fn database() -> Value {
    json!({
        "name": "db", "role": "Source", "ports": [5432], "addresses": ["10.0.2.20"],
        "placement": {"sameVPC": {"securityGroupIDs": ["sg-db"]}}
    })
}

/// An endpoint with some members other than [`database`] has; null takes one away.
pub(crate) fn endpoint(members: Value) -> Value {
    let mut endpoint = database();
    for (key, value) in members.as_object().unwrap() {
        if value.is_null() {
            endpoint.as_object_mut().unwrap().remove(key);
        } else {
            endpoint[key] = value.clone();
        }
    }
    endpoint
}

impl World {
    /// The replication instance at 10.0.1.10 in `subnet-near` with `sg-ri`, and the endpoint of [`database`].
    pub(crate) fn on(net: Net) -> Self {
        let spec = json!({
            "accountRef": {"name": "prod"},
            "region": "eu-west-1",
            "replicationInstance": {"network": {
                "vpcID": "vpc-0a", "subnetIDs": ["subnet-near"], "securityGroupIDs": ["sg-ri"],
                "privateIPs": ["10.0.1.10"]
            }},
            "endpoints": [database()]
        });
        Self {
            net,
            spec,
            ledger: Ledger::default(),
            owner: owner(),
            account: None,
            namespace_allowed: true,
            ended: false,
            elsewhere: Vec::new(),
        }
    }

    /// With another account or Region.
    pub(crate) fn with(mut self, other: Other) -> Self {
        self.elsewhere.push(other);
        self
    }

    /// Other members of the replication instance's network.
    pub(crate) fn client(mut self, members: Value) -> Self {
        let network = &mut self.spec["replicationInstance"]["network"];
        for (key, value) in members.as_object().unwrap() {
            network[key] = value.clone();
        }
        self
    }

    /// Another form of replication instance.
    pub(crate) fn instance(mut self, form: Value) -> Self {
        self.spec["replicationInstance"] = form;
        self
    }

    /// Other endpoints.
    pub(crate) fn endpoints(mut self, endpoints: impl IntoIterator<Item = Value>) -> Self {
        self.spec["endpoints"] = endpoints.into_iter().collect();
        self
    }

    /// One endpoint, with some members other than [`database`] has.
    pub(crate) fn endpoint(self, members: Value) -> Self {
        self.endpoints([endpoint(members)])
    }

    pub(crate) fn mode(mut self, mode: &str) -> Self {
        self.spec["mode"] = json!(mode);
        self
    }

    /// The same on another network.
    pub(crate) fn moved(&self, net: Net) -> Self {
        let mut world = self.clone();
        world.net = net;
        world
    }

    /// What the object holds, for the endpoint `db`: `sg-db ingress tcp 5432 sg-ri`,
    /// `acl-far egress tcp 1024-65535 10.0.1.10/32`.
    pub(crate) fn holding(self, units: &[&str]) -> Self {
        self.holding_for("db", units)
    }

    pub(crate) fn holding_for(mut self, endpoint: &str, units: &[&str]) -> Self {
        let entry = LedgerEntry {
            endpoints: [parse(endpoint)].into(),
            ..LedgerEntry::default()
        };
        let known = self.ledger.iter().map(|(u, e)| (u.clone(), e.clone()));
        let new = units.iter().map(|text| (unit(text), entry.clone()));
        self.ledger = known.chain(new).collect();
        self
    }

    /// The account with some members of its spec.
    pub(crate) fn account(mut self, members: Value) -> Self {
        let mut account = json!({"accountID": "111122223333", "consent": "None"});
        for (key, value) in members.as_object().unwrap() {
            account[key] = value.clone();
        }
        self.account = Some(account);
        self
    }

    pub(crate) fn spec(&self) -> MigrationNetworkSpec {
        serde_json::from_value(self.spec.clone()).unwrap()
    }

    fn with_input<T>(&self, look: impl FnOnce(&Input<'_>) -> T) -> T {
        let spec = self.spec();
        let scope: ScopeSnapshot = self.net.scope();
        let account: Option<AWSAccountSpec> = self
            .account
            .clone()
            .map(|account| serde_json::from_value(account).unwrap());
        let others: Vec<Result<(ScopeSnapshot, AWSAccountSpec), Unresolved>> = self
            .elsewhere
            .iter()
            .map(|other| {
                let account = serde_json::from_value(other.account.clone()).unwrap();
                other.found.clone().map(|net| (net.scope(), account))
            })
            .collect();
        let places = self.elsewhere.iter().zip(&others).map(|(other, found)| {
            let place = (
                serde_json::from_value(json!({"name": other.name})).unwrap(),
                parse(other.region),
            );
            let view = found.as_ref().map(|(snapshot, account)| ScopeView {
                snapshot,
                guardrails: Some(Guardrails {
                    name: other.name,
                    account,
                    namespace_allowed: other.given,
                }),
            });
            (place, view.map_err(Clone::clone))
        });
        let scopes = Scopes {
            home: ScopeView {
                snapshot: &scope,
                guardrails: account.as_ref().map(|account| Guardrails {
                    name: "prod",
                    account,
                    namespace_allowed: self.namespace_allowed,
                }),
            },
            elsewhere: Elsewhere::Declared(places.collect()),
        };
        look(&Input {
            namespace: "migrations",
            name: "orders",
            spec: &spec,
            ledger: &self.ledger,
            owner: &self.owner,
            scopes: &scopes,
            ended: self.ended,
        })
    }

    pub(crate) fn plan(&self) -> Plan {
        let plan = self.with_input(plan::plan);
        for path in &plan.paths {
            path.status.gates.iter().for_each(is_said_in_one_line);
        }
        plan
    }

    /// What the declaration calls for on other scopes than the world's.
    pub(crate) fn called_for(&self, scopes: &Scopes<'_>) -> BTreeSet<Unit> {
        plan::called_for("migrations", &self.spec(), &self.owner, scopes)
    }

    pub(crate) fn outlook(&self) -> Outlook {
        self.with_input(|input| plan::outlook(&plan::plan(input), input))
    }

    pub(crate) fn document(&self) -> NetworkPlan {
        self.with_input(|input| plan::document(&plan::plan(input), input, &|_| false))
    }

    /// The world once its plan is carried out.
    pub(crate) fn after(&self) -> Self {
        let plan = self.plan();
        let (lists, ledger) = plan::after(self.net.lists.clone(), &plan, &self.owner);
        let mut world = self.moved(Net { lists });
        for other in &mut world.elsewhere {
            if let Ok(net) = &mut other.found {
                net.lists = plan::after(net.lists.clone(), &plan, &self.owner).0;
            }
        }
        world.ledger = ledger;
        world
    }

    /// The additions in words: `+ sg-db ingress tcp 5432 sg-ri`, `+ acl-far 20000 egress tcp …`; `&` for those that are
    /// joined.
    pub(crate) fn additions(&self) -> Vec<String> {
        let plan = self.plan();
        let words = plan.additions().map(|(unit, planned)| {
            let sign = match planned.standing {
                plan::Standing::Join => '&',
                _ => '+',
            };
            let text = unit.to_string();
            let text = match planned.rule_number {
                Some(number) => text.replacen(' ', &format!(" {number} "), 1),
                None => text,
            };
            format!("{sign} {text}")
        });
        words.collect()
    }

    /// The additions in words, in the order of the words.
    pub(crate) fn opened(&self) -> Vec<String> {
        let mut additions = self.additions();
        additions.sort();
        additions
    }

    /// What is released.
    pub(crate) fn releases(&self) -> Vec<String> {
        self.plan().releases.keys().map(Unit::to_string).collect()
    }

    /// Every path in words: `db:5432 from subnet-near to 10.0.2.20/32: Missing NoSecurityGroupRule`.
    pub(crate) fn paths(&self) -> Vec<String> {
        let words = self.plan().paths.into_iter().map(|path| {
            let status = &path.status;
            let to: Vec<String> = status
                .destinations
                .iter()
                .map(ToString::to_string)
                .collect();
            format!(
                "{}:{} from {} to {}: {} {}",
                status.endpoint,
                status.port,
                status.client.subnet_id,
                to.join(" "),
                status.verdict,
                path.reason()
            )
        });
        words.collect()
    }

    /// The verdict and reason of the only path.
    pub(crate) fn verdict(&self) -> String {
        let paths = self.paths();
        assert_eq!(paths.len(), 1, "{paths:?}");
        paths[0].split_once(": ").unwrap().1.to_owned()
    }

    /// The gates of the only path.
    pub(crate) fn gates(&self) -> Vec<Gate> {
        let mut paths = self.plan().paths;
        assert_eq!(paths.len(), 1);
        paths.remove(0).status.gates
    }

    /// The gates of the only path in words: `SecurityGroupEgress sg-ri Permitted`, with `Return` where it is.
    pub(crate) fn walk(&self) -> Vec<String> {
        let words = self.gates().into_iter().map(|gate| {
            let back = match gate.direction.to_string().as_str() {
                "Return" => " Return",
                _ => "",
            };
            format!("{} {}{back} {}", gate.gate, gate.resource, gate.reason)
        });
        words.collect()
    }

    /// The first gate that is not open.
    pub(crate) fn closed(&self) -> Gate {
        let mut gates = self.gates().into_iter();
        gates.find(|gate| gate.reason != Reason::Permitted).unwrap()
    }

    /// The reasons of the notes of all paths.
    pub(crate) fn notes(&self) -> Vec<Reason> {
        let paths = self.plan().paths.into_iter();
        let notes = paths.flat_map(|path| path.status.notes);
        notes.map(|note| note.reason).collect()
    }

    /// The reasons of the refusals.
    pub(crate) fn refusals(&self) -> Vec<Reason> {
        self.plan().refusals.into_iter().map(|r| r.reason).collect()
    }

    /// Asserts that once the plan is carried out every path passes, and nothing more is planned.
    #[track_caller]
    pub(crate) fn settles(&self) -> Self {
        let after = self.after();
        assert_eq!(after.additions(), Vec::<String>::new());
        assert_eq!(after.releases(), Vec::<String>::new());
        assert!(after.outlook().ready(), "{:?}", after.paths());
        after
    }
}

/// Every gate says what was found, and one that is not open what is to be done, each in one line.
fn is_said_in_one_line(gate: &Gate) {
    let remedy = gate.remedy.as_deref();
    assert_eq!(
        remedy.is_none(),
        gate.verdict == Verdict::Permitted,
        "{gate:?}"
    );
    for text in [Some(gate.message.as_str()), remedy].into_iter().flatten() {
        assert!(!text.trim().is_empty() && !text.contains('\n'), "{gate:?}");
    }
}

/// A unit in the words of [`Unit`]'s `Display`.
pub(crate) fn unit(text: &str) -> Unit {
    let words: Vec<&str> = text.split(' ').collect();
    let [resource, direction, "tcp", ports, peer] = words[..] else {
        panic!("{text} is no unit");
    };
    let direction = match direction {
        "ingress" => RuleDirection::Ingress,
        "egress" => RuleDirection::Egress,
        _ => panic!("{text} is no unit"),
    };
    let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
    let ports = PortRange::new(parse(from), parse(to)).unwrap();
    let unit = if resource.starts_with("acl-") {
        Unit::entry(&parse(resource), direction, ports, parse(peer))
    } else {
        let peer = if peer.starts_with("sg-") {
            Peer::SecurityGroup(parse(peer))
        } else {
            Peer::Cidr(parse(peer))
        };
        Unit::rule(&parse(resource), direction, ports, peer)
    };
    assert_eq!(unit.to_string(), text);
    unit
}

/// The effective mode of a world.
pub(crate) fn effective_mode(world: &World) -> Mode {
    world.with_input(|input| input.mode())
}
