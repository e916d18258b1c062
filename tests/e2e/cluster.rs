//! The Kubernetes side: a real control plane with the chart installed, spoken to as a person and as kubectl would.

use crate::{network::NAMESPACE, wait};
use dms_network_core::api::{AWSAccount, ConditionType, MigrationNetwork, MigrationNetworkStatus};
use dms_network_harness::ControlPlane;
use k8s_openapi::api::events::v1::Event;
use kube::{
    Api, Client, ResourceExt,
    api::{ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use tokio::runtime::{Builder, Runtime};

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/dms-network-controller");
const RELEASE: &str = "dms-network-controller";
const SYSTEM_NAMESPACE: &str = "dms-network-system";

/// A control plane in which the chart is installed.
pub(crate) struct Cluster {
    pub(crate) plane: ControlPlane,
    /// The kubeconfig of the chart's ServiceAccount.
    pub(crate) kubeconfig: PathBuf,
    runtime: Runtime,
    client: Client,
}

impl Cluster {
    /// Starts one, and installs the chart as the real helm renders it.
    pub(crate) fn start() -> Self {
        let plane = ControlPlane::start().unwrap();
        plane
            .helm_template_apply(
                Path::new(CHART),
                RELEASE,
                SYSTEM_NAMESPACE,
                &json!({"owner": "e2e"}),
            )
            .unwrap();
        plane.create_namespace(NAMESPACE).unwrap();
        let kubeconfig = plane
            .service_account_kubeconfig(SYSTEM_NAMESPACE, RELEASE)
            .unwrap();
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let client = runtime.block_on(plane.client()).unwrap();
        Self {
            plane,
            kubeconfig,
            runtime,
            client,
        }
    }

    fn networks(&self) -> Api<MigrationNetwork> {
        Api::namespaced(self.client.clone(), NAMESPACE)
    }

    fn accounts(&self) -> Api<AWSAccount> {
        Api::all(self.client.clone())
    }

    fn dynamic(&self, document: &Value) -> Api<DynamicObject> {
        if document["kind"] == "AWSAccount" {
            Api::all_with(self.client.clone(), &ApiResource::erase::<AWSAccount>(&()))
        } else {
            let namespace = document["metadata"]["namespace"].as_str().unwrap();
            let kind = ApiResource::erase::<MigrationNetwork>(&());
            Api::namespaced_with(self.client.clone(), namespace, &kind)
        }
    }

    /// Server-side apply, as `kubectl apply --server-side`.
    #[track_caller]
    pub(crate) fn apply(&self, document: &Value) {
        self.try_apply(document)
            .unwrap_or_else(|refused| panic!("{refused}"));
    }

    /// As [`Cluster::apply`], where the API server may refuse it.
    pub(crate) fn try_apply(&self, document: &Value) -> Result<(), String> {
        let api = self.dynamic(document);
        let name = document["metadata"]["name"].as_str().unwrap();
        let params = PatchParams::apply("person").force();
        let applied = self
            .runtime
            .block_on(api.patch(name, &params, &Patch::Apply(document)));
        applied.map(drop).map_err(|error| error.to_string())
    }

    /// The object as the API server gives it, whatever its form.
    pub(crate) fn find_raw(&self, name: &str) -> Option<Value> {
        let kind = ApiResource::erase::<MigrationNetwork>(&());
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), NAMESPACE, &kind);
        let found = self.runtime.block_on(api.get_opt(name)).unwrap();
        found.map(|object| serde_json::to_value(object).unwrap())
    }

    /// A merge patch of an object.
    #[track_caller]
    pub(crate) fn patch(&self, name: &str, patch: &Value) {
        self.runtime
            .block_on(
                self.networks()
                    .patch(name, &PatchParams::default(), &Patch::Merge(patch)),
            )
            .unwrap();
    }

    /// A merge patch of the account.
    #[track_caller]
    pub(crate) fn patch_account(&self, name: &str, patch: &Value) {
        self.runtime
            .block_on(
                self.accounts()
                    .patch(name, &PatchParams::default(), &Patch::Merge(patch)),
            )
            .unwrap();
    }

    /// A merge patch of the status, as a restored backup would.
    #[track_caller]
    pub(crate) fn patch_status(&self, name: &str, patch: &Value) {
        let patch = Patch::Merge(patch);
        self.runtime
            .block_on(
                self.networks()
                    .patch_status(name, &PatchParams::default(), &patch),
            )
            .unwrap();
    }

    /// Asks for the deletion of an object.
    #[track_caller]
    pub(crate) fn delete(&self, name: &str) {
        self.runtime
            .block_on(self.networks().delete(name, &DeleteParams::default()))
            .unwrap();
    }

    /// Asks for the deletion of an account.
    #[track_caller]
    pub(crate) fn delete_account(&self, name: &str) {
        self.runtime
            .block_on(self.accounts().delete(name, &DeleteParams::default()))
            .unwrap();
    }

    /// The object, where it is there.
    pub(crate) fn find(&self, name: &str) -> Option<MigrationNetwork> {
        self.runtime
            .block_on(self.networks().get_opt(name))
            .unwrap()
    }

    /// The account, where it is there.
    pub(crate) fn find_account(&self, name: &str) -> Option<AWSAccount> {
        self.runtime
            .block_on(self.accounts().get_opt(name))
            .unwrap()
    }

    /// The object, which must be there.
    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> MigrationNetwork {
        self.find(name).unwrap()
    }

    /// The object, once it is as the test says.
    #[track_caller]
    pub(crate) fn until(
        &self,
        what: &str,
        name: &str,
        is_so: impl Fn(&MigrationNetwork) -> bool,
    ) -> MigrationNetwork {
        wait::until(&format!("{name}: {what}"), || match self.find(name) {
            Some(network) if is_so(&network) => Ok(network),
            Some(network) => Err(wait::say(&network.status)),
            None => Err("it is not there".to_owned()),
        })
    }

    /// The object, once its Ready condition of this generation has this status and reason.
    #[track_caller]
    pub(crate) fn until_ready(&self, name: &str, status: &str, reason: &str) -> MigrationNetwork {
        self.until(&format!("Ready {status} {reason}"), name, |network| {
            is_ready(network, status, reason)
        })
    }

    /// The object, once it is Ready with every path permitted.
    #[track_caller]
    pub(crate) fn until_permitted(&self, name: &str) -> MigrationNetwork {
        self.until_ready(name, "True", "Permitted")
    }

    /// The object, once it is Stalled for this reason.
    #[track_caller]
    pub(crate) fn until_stalled(&self, name: &str, reason: &str) -> MigrationNetwork {
        self.until(&format!("Stalled {reason}"), name, |network| {
            let stalled = condition(network, ConditionType::Stalled);
            stalled.is_some_and(|(status, found)| status == "True" && found == reason)
                && is_current(network)
        })
    }

    /// The status of the object's Ready condition.
    pub(crate) fn ready_status(&self, name: &str) -> String {
        let network = self.get(name);
        let ready = condition(&network, ConditionType::Ready);
        ready
            .map(|(status, _)| status.to_owned())
            .unwrap_or_default()
    }

    /// Waits until the object is gone.
    #[track_caller]
    pub(crate) fn until_gone(&self, name: &str) {
        wait::until(&format!("{name} to be gone"), || match self.find(name) {
            None => Ok(()),
            Some(network) => Err(wait::say(&network.status)),
        });
    }

    fn events(&self) -> Vec<Event> {
        let events: Api<Event> = Api::all(self.client.clone());
        let every = ListParams::default();
        self.runtime.block_on(events.list(&every)).unwrap().items
    }

    /// The reasons of the events about an object, each once.
    pub(crate) fn event_reasons(&self, name: &str) -> BTreeSet<String> {
        let uid = self.get(name).uid();
        let events = self.events().into_iter();
        let about = events.filter(|event| {
            let object = event.regarding.as_ref();
            object.is_some_and(|object| object.uid == uid)
        });
        about.filter_map(|event| event.reason).collect()
    }

    /// Waits for an event of that reason with these words.
    #[track_caller]
    pub(crate) fn until_event(&self, reason: &str, words: &str) {
        wait::until(&format!("event {reason}: {words}"), || {
            let events = self.events();
            let is_it = |event: &Event| {
                let note = event.note.as_deref().unwrap_or_default();
                event.reason.as_deref() == Some(reason) && note.contains(words)
            };
            if events.iter().any(is_it) {
                Ok(())
            } else {
                Err(wait::say(&events))
            }
        });
    }

    /// How many requests the API server has had that write objects of ours or events.
    pub(crate) fn writes(&self) -> u64 {
        let metrics = self.plane.kubectl(&["get", "--raw", "/metrics"]).unwrap();
        let ours = |line: &&str| {
            line.starts_with("apiserver_request_total{")
                && (line.contains("group=\"dms-network.dev\"")
                    || line.contains("resource=\"events\""))
                && ["POST", "PUT", "PATCH", "APPLY", "DELETE"]
                    .iter()
                    .any(|verb| line.contains(&format!("verb=\"{verb}\"")))
        };
        let count = |line: &str| line.rsplit(' ').next()?.parse::<u64>().ok();
        metrics.lines().filter(ours).filter_map(count).sum()
    }

    /// Removes whatever a test left, without asking the controller.
    pub(crate) fn sweep(&self) -> Result<(), kube::Error> {
        let none = json!({"metadata": {"finalizers": null}});
        let bare = Patch::Merge(&none);
        let (patch, delete) = (PatchParams::default(), DeleteParams::default());
        self.runtime.block_on(async {
            let every = ListParams::default();
            let kind = ApiResource::erase::<MigrationNetwork>(&());
            let everywhere: Api<DynamicObject> = Api::all_with(self.client.clone(), &kind);
            for network in everywhere.list(&every).await? {
                let namespace = network.namespace().unwrap_or_default();
                let api: Api<DynamicObject> =
                    Api::namespaced_with(self.client.clone(), &namespace, &kind);
                api.patch(&network.name_any(), &patch, &bare).await?;
                ignore_gone(api.delete(&network.name_any(), &delete).await.map(drop))?;
            }
            let events: Api<Event> = Api::namespaced(self.client.clone(), NAMESPACE);
            events.delete_collection(&delete, &every).await?;
            let events: Api<Event> = Api::default_namespaced(self.client.clone());
            events.delete_collection(&delete, &every).await?;
            for account in self.accounts().list(&every).await? {
                let name = account.name_any();
                self.accounts().patch(&name, &patch, &bare).await?;
                ignore_gone(self.accounts().delete(&name, &delete).await.map(drop))?;
            }
            Ok(())
        })
    }
}

fn ignore_gone(result: Result<(), kube::Error>) -> Result<(), kube::Error> {
    match result {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        other => other,
    }
}

/// Status and reason of a condition.
pub(crate) fn condition(network: &MigrationNetwork, kind: ConditionType) -> Option<(&str, &str)> {
    let condition = network.status.as_ref()?.condition(kind)?;
    Some((&condition.status, &condition.reason))
}

/// The message of a condition that must be there.
#[track_caller]
pub(crate) fn message(network: &MigrationNetwork, kind: ConditionType) -> String {
    status(network).condition(kind).unwrap().message.clone()
}

/// The status, which must be there.
#[track_caller]
pub(crate) fn status(network: &MigrationNetwork) -> &MigrationNetworkStatus {
    network.status.as_ref().unwrap()
}

fn is_ready(network: &MigrationNetwork, status: &str, reason: &str) -> bool {
    is_current(network) && condition(network, ConditionType::Ready) == Some((status, reason))
}

/// Whether the status judges the present declaration.
fn is_current(network: &MigrationNetwork) -> bool {
    let status = network.status.as_ref();
    status.and_then(|status| status.observed_generation) == network.metadata.generation
}
