//! Watches, reconciles, shuts down.

mod account;
mod context;
mod elsewhere;
mod ending;
mod http;
mod ledger;
mod needs;
mod network;
mod options;
mod places;
mod scopes;
mod stored;
mod trouble;
mod write;

pub use options::RunArgs;

use context::{Context, key_of};
use dms_network_core::{
    api::{AWSAccount, FINALIZER, GROUP, Scope, Unit},
    claims::{Others, Owner, ledgered},
};
use futures::{FutureExt, StreamExt, future::BoxFuture};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, Resource, ResourceExt,
    runtime::{
        Controller,
        controller::{Action as Requeue, Config},
        events::{Recorder, Reporter},
        reflector::ObjectRef,
        watcher,
    },
};
use needs::{Needs, ObjectKey, PlacedUnit};
use scopes::Scopes;
use std::{sync::Arc, time::Duration};
use stored::StoredNetwork;
use tokio::sync::watch;
use tracing::Instrument;
use trouble::Troubles;
use write::WriteError;

/// How long passes under way may take to end once the process is told to stop: the whole answer is within 5 seconds.
const GRACE: Duration = Duration::from_secs(4);

/// How soon an object is looked at again that changed while a pass was under way: its new form is about to arrive.
const AFTER_CONFLICT: Duration = Duration::from_millis(100);

/// Why the controller could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No configuration for the API server, or no answer from it.
    #[error("the Kubernetes API cannot be used: {0}; check KUBECONFIG or the ServiceAccount")]
    Kubernetes(#[from] kube::Error),
    /// The kubeconfig cannot be read.
    #[error(
        "no usable Kubernetes configuration: {0}; set KUBECONFIG, or run in a Pod with a ServiceAccount"
    )]
    Config(#[from] kube::config::InferConfigError),
    /// The deployment has no name.
    #[error("--owner: {0}")]
    Owner(#[from] dms_network_core::claims::owner::OwnerError),
    /// The namespace that names the deployment is not there.
    #[error("the kube-system namespace has no UID to name this deployment by; set --owner")]
    NoName,
    /// The probes cannot be served.
    #[error("--health-address {address}: {error}")]
    Probes {
        /// The address.
        address: std::net::SocketAddr,
        /// What the operating system said.
        error: std::io::Error,
    },
}

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// Where it could not start.
pub async fn run(options: RunArgs) -> Result<(), RunError> {
    let client = Client::try_from(kube::Config::infer().await?)?;
    let (stop, stopped) = watch::channel(false);
    let (ready, is_ready) = watch::channel(false);
    let probes = http::serve(options.health_address, is_ready, stopping(stopped.clone())).await?;
    let owner = owner(&client, &options).await?;
    tracing::info!(owner = owner.name(), entry_range = %owner.entry_range(), "this deployment");
    let work = controllers(client, owner, options, stopped, ready);
    tokio::pin!(work);
    tokio::select! {
        () = &mut work => {}
        () = told_to_stop() => {
            tracing::info!("stopping");
            stop.send_replace(true);
            if tokio::time::timeout(GRACE, &mut work).await.is_err() {
                // What is under way may be cut off anywhere: the next start ends in the same state.
                tracing::warn!("passes under way did not end in time");
            }
        }
    }
    probes.abort();
    Ok(())
}

/// The name of this deployment in claims.
pub(crate) async fn owner(client: &Client, options: &RunArgs) -> Result<Owner, RunError> {
    let name = match &options.owner {
        Some(name) => name.clone(),
        None => kube_system_uid(client).await?,
    };
    Ok(Owner::new(&name, options.acl_entry_range)?)
}

/// The UID of the kube-system namespace, which names a cluster.
pub(crate) async fn kube_system_uid(client: &Client) -> Result<String, RunError> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    namespaces
        .get_metadata("kube-system")
        .await?
        .uid()
        .ok_or(RunError::NoName)
}

async fn controllers(
    client: Client,
    owner: Owner,
    options: RunArgs,
    stopped: watch::Receiver<bool>,
    ready: watch::Sender<bool>,
) {
    let networks: Api<StoredNetwork> = Api::all(client.clone());
    let accounts: Api<AWSAccount> = Api::all(client.clone());
    let config = Config::default().concurrency(options.concurrency);
    let networks = Controller::new(networks, watcher::Config::default())
        .with_config(config)
        .graceful_shutdown_on(stopping(stopped.clone()));
    let accounts = Controller::new(accounts, watcher::Config::default())
        .graceful_shutdown_on(stopping(stopped));
    let reporter = Reporter {
        controller: GROUP.to_owned(),
        instance: std::env::var("POD_NAME").ok(),
    };
    let ctx = Arc::new(Context {
        recorder: Recorder::new(client.clone(), reporter),
        networks: networks.store(),
        accounts: accounts.store(),
        scopes: Scopes::new(options.times()),
        needs: Needs::default(),
        troubles: Troubles::default(),
        client: client.clone(),
        all_read: ready.subscribe(),
        owner,
        options,
    });
    let named = Arc::clone(&ctx);
    let networks = networks.watches(
        Api::<AWSAccount>::all(client.clone()),
        watcher::Config::default(),
        move |account| objects_of(&named, &account.name_any()),
    );
    let using = Arc::clone(&ctx);
    let accounts = accounts.watches(
        Api::<StoredNetwork>::all(client),
        watcher::Config::default(),
        move |_| accounts_being_deleted(&using),
    );
    let stores = Arc::clone(&ctx);
    // The only one that waits for the stores: of several in different tasks kube wakes but one.
    let announce = async move {
        let networks = stores.networks.wait_until_ready().await;
        let accounts = stores.accounts.wait_until_ready().await;
        if networks.is_ok() && accounts.is_ok() {
            ready.send_replace(true);
        }
    };
    let networks = networks.run(
        spanned,
        |object, error: &WriteError, ctx: Arc<Context>| {
            again(&key_of(object.as_ref()), error, &ctx)
        },
        Arc::clone(&ctx),
    );
    let accounts = accounts.run(
        account::reconcile,
        |account, error: &WriteError, ctx: Arc<Context>| {
            again(
                &ObjectKey {
                    namespace: String::new(),
                    name: account.name_any(),
                },
                error,
                &ctx,
            )
        },
        ctx,
    );
    let networks = networks.for_each(|result| async move {
        if let Err(error) = result {
            tracing::debug!(%error, "controller");
        }
    });
    let accounts = accounts.for_each(|_| std::future::ready(()));
    futures::join!(announce, networks, accounts);
}

/// A pass, with the object's name in every line that it logs.
fn spanned(
    object: Arc<StoredNetwork>,
    ctx: Arc<Context>,
) -> BoxFuture<'static, Result<Requeue, WriteError>> {
    let key = key_of(object.as_ref());
    let span = tracing::info_span!("network", object = %key);
    let pass = async move {
        // Objects are judged by their accounts: these are read first. An error means that the process is ending.
        let _ = ctx.all_read.clone().wait_for(|read| *read).await;
        match network::reconcile(object, Arc::clone(&ctx)).await {
            // The copy at hand is old, and may stay so for long: a watch that was cut off takes its time to come back.
            Err(error) if error.is_conflict() => match ctx.fetch(&key).await? {
                Some(fresh) => network::reconcile(Arc::new(fresh), ctx).await,
                None => Ok(Requeue::await_change()),
            },
            done => done,
        }
    };
    pass.instrument(span).boxed()
}

fn again(key: &ObjectKey, error: &WriteError, ctx: &Context) -> Requeue {
    if error.is_conflict() {
        tracing::debug!(object = %key, "changed meanwhile");
        return Requeue::requeue(AFTER_CONFLICT);
    }
    let (_, wait) = ctx.troubles.met(key, trouble::Patience::Short);
    tracing::warn!(object = %key, %error, seconds = wait.as_secs_f64(), "the pass is made again");
    Requeue::requeue(wait)
}

fn objects_of(ctx: &Context, account: &str) -> Vec<ObjectRef<StoredNetwork>> {
    let objects = ctx.networks.state();
    let names = objects.iter().filter(|object| match object.understand() {
        Ok(network) => {
            let status = network.status.unwrap_or_default();
            let mut named = network.spec.account_refs();
            named.any(|named| named.name.as_str() == account)
                || status
                    .scopes
                    .iter()
                    .any(|scope| scope.account_ref.as_str() == account)
        }
        Err(_) => false,
    });
    names
        .map(|object| ObjectRef::from_obj(object.as_ref()))
        .collect()
}

fn accounts_being_deleted(ctx: &Context) -> Vec<ObjectRef<AWSAccount>> {
    let accounts = ctx.accounts.state();
    let leaving = accounts.iter().filter(|account| {
        account.meta().deletion_timestamp.is_some()
            && account.finalizers().iter().any(|name| name == FINALIZER)
    });
    leaving
        .map(|account| ObjectRef::from_obj(account.as_ref()))
        .collect()
}

/// Who else needs a unit, and whether their ledger has it.
fn others(ctx: &Context, key: &ObjectKey, scope: &Scope, unit: &Unit) -> Others {
    let reference = |key: &ObjectKey| ObjectRef::new(&key.name).within(&key.namespace);
    // Objects that never wrote anything have no finalizer, and go without a word.
    let others = ctx.needs.others(key, &PlacedUnit::new(scope, unit));
    let others = others
        .into_iter()
        .filter_map(|key| ctx.networks.get(&reference(&key)));
    Others::of(others.map(|object| {
        let ledgered = ledger::raw(&object);
        ledgered.is_some_and(|ledgered| ledgered::of(&ledgered, scope).holds(unit))
    }))
}

async fn stopping(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone: then the process is ending anyway.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let term = async {
        match signal(SignalKind::terminate()) {
            Ok(mut term) => {
                term.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be caught");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = term => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
