//! Which networks and endpoints are shown.

use super::additions;
use crate::cli::words;
use clap::Args;
use dms_network_core::api::{Change, EndpointName, NetworkPlan, PathStatus, PlanDocument, Refusal};
use std::collections::BTreeSet;

/// What is shown of all that is decided.
#[derive(Args, Debug)]
pub(super) struct SelectArgs {
    /// Only this network, by its namespace and name or by its name
    #[arg(long, value_name = "[NAMESPACE/]NAME")]
    network: Option<String>,

    /// Only the paths of this endpoint; may be repeated
    #[arg(long = "endpoint", value_name = "NAME")]
    endpoints: Vec<String>,
}

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// No network has that name.
    #[error("--network {wanted}: no such network is declared; choose one of {}", names.join(", "))]
    NoNetwork {
        /// The name that was asked for.
        wanted: String,
        /// The names that there are.
        names: Vec<String>,
    },
    /// No path leads to that endpoint.
    #[error(
        "--endpoint {wanted}: no path leads to such an endpoint; {}",
        choice(names)
    )]
    NoEndpoint {
        /// The name that was asked for.
        wanted: String,
        /// The endpoints that paths lead to.
        names: Vec<String>,
    },
    /// One picture shows one network.
    #[error(
        "-o svg: a picture shows one network, and there are {}: {}; choose one with --network NAMESPACE/NAME",
        names.len(),
        names.join(", ")
    )]
    ManyNetworks {
        /// Their names.
        names: Vec<String>,
    },
}

fn choice(names: &[String]) -> String {
    if names.is_empty() {
        "there is no path at all: leave the option out to see why".to_owned()
    } else {
        format!("choose one of {}", names.join(", "))
    }
}

impl SelectError {
    pub(super) fn many(networks: &[NetworkPlan]) -> Self {
        let names = networks.iter().map(words::name).collect();
        Self::ManyNetworks { names }
    }
}

impl SelectArgs {
    /// What is left of a document.
    ///
    /// # Errors
    /// If nothing is.
    pub(super) fn select(&self, mut document: PlanDocument) -> Result<PlanDocument, SelectError> {
        if let Some(wanted) = &self.network {
            let names = document.networks.iter().map(words::name).collect();
            let is_wanted =
                |plan: &NetworkPlan| plan.name == *wanted || words::name(plan) == *wanted;
            document.networks.retain(is_wanted);
            if document.networks.is_empty() {
                let wanted = wanted.clone();
                return Err(SelectError::NoNetwork { wanted, names });
            }
        }
        if !self.endpoints.is_empty() {
            self.check_endpoints(&document)?;
            let networks = document.networks.into_iter();
            let narrowed = networks.map(|plan| narrowed(plan, &self.endpoints));
            document.networks = narrowed.filter(|plan| !plan.paths.is_empty()).collect();
        }
        Ok(document)
    }

    fn check_endpoints(&self, document: &PlanDocument) -> Result<(), SelectError> {
        let paths = document.networks.iter().flat_map(|plan| &plan.paths);
        let names: BTreeSet<&str> = paths.map(|path| path.endpoint.as_str()).collect();
        let mut unknown = self.endpoints.iter();
        match unknown.find(|name| !names.contains(name.as_str())) {
            None => Ok(()),
            Some(wanted) => Err(SelectError::NoEndpoint {
                wanted: wanted.clone(),
                names: names.into_iter().map(str::to_owned).collect(),
            }),
        }
    }
}

/// A plan with the paths of some endpoints, and what belongs to them.
fn narrowed(mut plan: NetworkPlan, endpoints: &[String]) -> NetworkPlan {
    let is_wanted = |name: &EndpointName| endpoints.iter().any(|wanted| wanted == name.as_str());
    let (kept, left) = plan
        .paths
        .into_iter()
        .partition(|path| is_wanted(&path.endpoint));
    plan.paths = kept;
    let opens = |change: &Change| additions::opens_some(change, &plan.paths);
    plan.additions
        .retain(|change| is_wanted(&change.endpoint) || opens(change));
    plan.removals.retain(|change| is_wanted(&change.endpoint));
    plan.requirements
        .retain(|requirement| is_wanted(&requirement.endpoint));
    // A refusal of a resource that only other endpoints' paths meet is not of these.
    plan.refusals
        .retain(|refusal| meets(&plan.paths, refusal) || !meets(&left, refusal));
    plan
}

fn meets(paths: &[PathStatus], refusal: &Refusal) -> bool {
    let mut gates = paths.iter().flat_map(|path| &path.gates);
    gates.any(|gate| gate.resource == refusal.resource)
}
