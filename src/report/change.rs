//! Whether a status says anything new.

use dms_network_core::api::{Client, EndpointName, MigrationNetworkStatus, PathStatus};
use ipnet::IpNet;
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use std::cmp::Ordering;

/// Whether `next` says anything that `previous` does not: then it is written. The order of lists and the times of
/// conditions say nothing (a time changes with a status only).
#[must_use]
pub fn changed(previous: &MigrationNetworkStatus, next: &MigrationNetworkStatus) -> bool {
    said(previous) != said(next)
}

/// The status in one order and without times.
fn said(status: &MigrationNetworkStatus) -> MigrationNetworkStatus {
    let mut status = status.clone();
    for condition in &mut status.conditions {
        condition.last_transition_time = Time(Timestamp::UNIX_EPOCH);
    }
    status.conditions.sort_by(|a, b| a.type_.cmp(&b.type_));
    sort_ledger(&mut status);
    status.paths.sort_by(by_flow);
    status
        .endpoint_summaries
        .sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
    status.requirements.sort();
    status.refusals.sort();
    status
}

/// Sorts the ledger and the scopes.
pub(super) fn sort_ledger(status: &mut MigrationNetworkStatus) {
    for rule in &mut status.managed_rules {
        rule.endpoints.sort();
    }
    for change in &mut status.pending_changes {
        change.endpoints.sort();
    }
    status.managed_rules.sort();
    status.pending_changes.sort();
    status.scopes.sort();
    status.scopes.dedup();
}

/// The order of paths: by endpoint, port, client and destinations.
pub(super) fn by_flow(a: &PathStatus, b: &PathStatus) -> Ordering {
    flow(a).cmp(&flow(b))
}

fn flow(path: &PathStatus) -> (&EndpointName, u16, &Client, &[IpNet], &[IpNet]) {
    let (destinations, sources) = (&path.destinations, &path.source_addresses);
    (
        &path.endpoint,
        path.port,
        &path.client,
        destinations,
        sources,
    )
}
