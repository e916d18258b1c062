#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! A status as people and tools read it.

mod conditions;
mod events;
mod phases;
mod size;
mod steady;

use super::{Facts, Phase, phase_of, status};
use dms_network_core::{
    api::{
        Action, Client, ConditionType, Gate, GateKind, ManagedRule, MigrationNetworkStatus, Mode,
        PathDirection, PathStatus, PendingChange, Reason, RuleDirection, Scope, Unit, Verdict,
    },
    network::PortRange,
    plan::Plan,
    snapshot::Peer,
    trace::Path,
};
use k8s_openapi::jiff::Timestamp;

/// Noon of a day, and so many seconds.
fn noon(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

/// Facts of a pass at noon that found nothing, of generation 1.
fn facts(previous: &MigrationNetworkStatus, phase: Phase) -> Facts<'_> {
    Facts {
        previous,
        generation: 1,
        now: noon(0),
        mode: Mode::Enforce,
        phase,
        plan: None,
        pressure: None,
        managed_rules: Vec::new(),
        pending_changes: Vec::new(),
        scopes: Vec::new(),
    }
}

fn ready() -> Phase {
    ready_by(Reason::Permitted)
}

fn ready_by(reason: Reason) -> Phase {
    let message = reason.cause().to_owned();
    Phase::Ready { reason, message }
}

fn stalled(reason: Reason) -> Phase {
    let message = reason.cause().to_owned();
    Phase::Stalled { reason, message }
}

fn waiting(reason: Reason) -> Phase {
    let message = reason.cause().to_owned();
    Phase::Waiting { reason, message }
}

fn outstanding(reason: Reason) -> Phase {
    let message = reason.cause().to_owned();
    Phase::Outstanding { reason, message }
}

fn terminating(reason: Reason) -> Phase {
    let message = reason.cause().to_owned();
    Phase::Terminating { reason, message }
}

/// AWS does not answer, or asks for fewer calls.
fn silent(reason: Reason, lasting: bool) -> Phase {
    Phase::Unreachable {
        reason,
        message: "DescribeSubnets: connection refused".to_owned(),
        lasting,
    }
}

/// What the API server gives an object that no controller has seen.
fn just_applied() -> MigrationNetworkStatus {
    serde_json::from_value(serde_json::json!({"conditions": [{
        "type": "Ready", "status": "Unknown", "reason": "Pending", "message": "Waiting for the controller.",
        "lastTransitionTime": "1970-01-01T00:00:00Z",
    }]}))
    .unwrap()
}

/// The status, reason and message of a condition.
fn condition(status: &MigrationNetworkStatus, kind: ConditionType) -> Option<(&str, &str, &str)> {
    let found = status.condition(kind)?;
    Some((&found.status, &found.reason, &found.message))
}

/// A gate that lets pass.
fn open(kind: GateKind) -> Gate {
    gate(
        kind,
        Verdict::Permitted,
        Reason::Permitted,
        "passes by sgr-0a",
    )
}

fn gate(kind: GateKind, verdict: Verdict, reason: Reason, message: &str) -> Gate {
    Gate {
        gate: kind,
        resource: "rsc-0a".to_owned(),
        direction: PathDirection::Forward,
        verdict,
        reason,
        evidence: vec!["sgr-0a".to_owned()],
        message: message.to_owned(),
        remedy: (verdict != Verdict::Permitted).then(|| "open it".to_owned()),
    }
}

/// A path to port 5432 of an endpoint.
fn path(endpoint: &str, gates: Vec<Gate>) -> Path {
    Path {
        status: PathStatus {
            endpoint: endpoint.parse().unwrap(),
            port: 5432,
            client: Client {
                subnet_id: "subnet-0a".parse().unwrap(),
                addresses: vec!["10.0.1.10/32".parse().unwrap()],
            },
            destinations: vec!["10.0.2.20/32".parse().unwrap()],
            source_addresses: vec!["10.0.1.10/32".parse().unwrap()],
            verdict: Verdict::worst(gates.iter().map(|gate| gate.verdict)),
            gates,
            notes: Vec::new(),
        },
        asks: Vec::new(),
        requirements: Vec::new(),
    }
}

/// A path on which everything is open.
fn open_path(endpoint: &str) -> Path {
    path(
        endpoint,
        vec![
            open(GateKind::SecurityGroupEgress),
            open(GateKind::NetworkACLEgress),
            open(GateKind::Route),
            open(GateKind::SecurityGroupIngress),
        ],
    )
}

fn plan_of(paths: Vec<Path>) -> Plan {
    Plan {
        paths,
        ..Plan::default()
    }
}

/// An ingress rule of a group for an address.
fn unit(group: &str, host: u8) -> Unit {
    Unit::rule(
        &group.parse().unwrap(),
        RuleDirection::Ingress,
        PortRange::one(5432),
        Peer::Cidr(format!("10.0.1.{host}/32").parse().unwrap()),
    )
}

fn scope() -> Scope {
    Scope {
        account_ref: "prod".parse().unwrap(),
        account_id: "111122223333".parse().unwrap(),
        region: "eu-west-1".parse().unwrap(),
    }
}

fn managed(unit: Unit) -> ManagedRule {
    ManagedRule {
        unit,
        rule_number: None,
        rule_id: "sgr-0123456789abcdef0".parse().ok(),
        scope: scope(),
        endpoints: vec!["orders-source".parse().unwrap()],
    }
}

fn pending(unit: Unit, action: Action) -> PendingChange {
    PendingChange {
        unit,
        rule_number: None,
        scope: scope(),
        endpoints: vec!["orders-source".parse().unwrap()],
        action,
    }
}
