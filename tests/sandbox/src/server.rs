//! HTTP: from a request to the action that it asks for, and back.

use crate::{
    admin,
    auth::{Caller, Keys},
    calls::{Calls, Recorded},
    dms,
    ec2::{self, Call, Handler},
    error::ApiError,
    fault::{self, Broken, Faults},
    reply::{Everywhere, Reply},
    service_quotas,
    snapshot::{SnapshotError, load, save},
    sts,
    wire::{query::Params, xml},
    world::{Found, Scope, World},
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State as Shared,
    http::{HeaderMap, Response, header::CONTENT_TYPE},
};
use futures_util::stream;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The account of keys that name no other.
    pub default_account: String,
    /// More accounts whose roles can be assumed.
    pub accounts: Vec<String>,
    /// Keys and the accounts that they belong to.
    pub keys: BTreeMap<String, String>,
    /// Refuse keys that name no known account.
    pub strict_keys: bool,
    /// Role ARNs and the external ids without which they cannot be assumed.
    pub external_ids: BTreeMap<String, String>,
    /// How old the state is that Describe calls show.
    pub staleness: Duration,
    /// A snapshot to begin with.
    pub load: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_account: "123456789012".to_owned(),
            accounts: Vec::new(),
            keys: BTreeMap::new(),
            strict_keys: false,
            external_ids: BTreeMap::new(),
            staleness: Duration::ZERO,
            load: None,
        }
    }
}

impl Settings {
    /// The account and Region of what a snapshot does not tell.
    fn default_scope(&self) -> Scope {
        Scope {
            account: self.default_account.clone(),
            region: "us-east-1".to_owned(),
        }
    }
}

/// A running sandbox; clones share its state.
#[derive(Debug, Clone)]
pub struct Sandbox(Arc<Shop>);

#[derive(Debug)]
struct Shop {
    settings: Settings,
    inner: Mutex<Inner>,
}

/// All that changes.
#[derive(Debug)]
pub(crate) struct Inner {
    /// The snapshot to go back to.
    loaded: Arc<[Found]>,
    pub(crate) world: World,
    pub(crate) keys: Keys,
    pub(crate) faults: Faults,
    pub(crate) calls: Calls,
}

impl Sandbox {
    /// Sets one up, with the snapshot to begin with.
    ///
    /// # Errors
    /// If the snapshot cannot be read.
    pub fn new(settings: Settings) -> Result<Self, SnapshotError> {
        let loaded = match &settings.load {
            None => Vec::new(),
            Some(folder) => load::load(folder, &settings.default_scope())?,
        };
        let inner = Mutex::new(Inner::new(&settings, loaded.into()));
        Ok(Self(Arc::new(Shop { settings, inner })))
    }

    /// The HTTP service: AWS's APIs on `/`, its own under `/_sandbox/`.
    pub fn router(&self) -> Router {
        admin::router().fallback(serve).with_state(self.clone())
    }

    /// Writes the state as a snapshot into a new or empty folder.
    ///
    /// # Errors
    /// If the folder is not empty, or cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), SnapshotError> {
        save::save(&self.lock().world, folder)
    }

    /// Goes back to how it was set up.
    pub(crate) fn reset(&self) {
        let mut inner = self.lock();
        *inner = Inner::new(&self.0.settings, Arc::clone(&inner.loaded));
    }

    /// Puts a snapshot in the place of all resources, also as the one to go back to. Settings,
    /// faults, keys and calls stay as they are.
    pub(crate) fn load(&self, folder: &Path) -> Result<(), SnapshotError> {
        let loaded = load::load(folder, &self.0.settings.default_scope())?;
        self.lock().load(loaded.into());
        Ok(())
    }

    /// Nothing that holds this lock can leave it half done, so a panic elsewhere is no reason not
    /// to go on.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn new(settings: &Settings, loaded: Arc<[Found]>) -> Self {
        let mut keys = Keys::new(&settings.default_account, settings.strict_keys);
        let mut world = World::default();
        world.staleness = settings.staleness;
        settings
            .accounts
            .iter()
            .for_each(|account| keys.know(account));
        settings
            .keys
            .iter()
            .for_each(|(key, account)| keys.give(key, account));
        let mut inner = Self {
            loaded: Arc::default(),
            world,
            keys,
            faults: Faults::default(),
            calls: Calls::default(),
        };
        inner.load(loaded);
        inner
    }

    fn load(&mut self, loaded: Arc<[Found]>) {
        self.world.empty();
        for found in loaded.iter() {
            self.keys.know(&found.scope.account);
            self.world.found(found);
        }
        self.loaded = loaded;
    }
}

/// The protocols of AWS's services (Smithy, "AWS protocols"): EC2 query and query by form, JSON by
/// the header X-Amz-Target.
enum Asked {
    Query(Params),
    Json(Value),
}

/// What an action gives.
enum Answer {
    Ec2(Reply),
    Sts(String),
    Json(Value),
}

async fn serve(
    Shared(sandbox): Shared<Sandbox>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let (action, asked) = match read(&headers, &body) {
        Ok((action, asked)) => (action, Ok(asked)),
        Err(error) => (String::new(), Err(error)),
    };
    let (request_id, service, caller, struck) = {
        let mut inner = sandbox.lock();
        let (high, low) = (inner.world.ids.number(), inner.world.ids.number());
        let (service, caller) = inner.keys.caller(&headers);
        let caller = caller.map_err(|refusal| refusal.error(&service));
        let struck = caller
            .as_ref()
            .ok()
            .and_then(|c| inner.faults.strike(&action, &c.key));
        (request_id(high, low), service, caller, struck)
    };
    let (delay, broken) = struck.unwrap_or_default();
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let result = match (&caller, asked, &broken) {
        (Err(error), ..) => Err(error.clone()),
        (_, Err(error), _) => Err(error),
        (_, _, Some(Broken::Error(code))) => Err(fault::error(code)),
        (_, _, Some(Broken::Html)) => Err(fault::error("InternalError")),
        (Ok(caller), Ok(asked), None | Some(Broken::LostAnswer)) => {
            carry_out(&sandbox, caller, &action, asked)
        }
    };
    record(&sandbox, caller.ok(), &action, &result, &request_id);
    match broken {
        Some(Broken::LostAnswer) => lost(),
        Some(Broken::Html) => html(),
        _ => respond(&service, &action, result, &request_id),
    }
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<(String, Asked), ApiError> {
    if let Some(target) = headers.get("x-amz-target") {
        let target = target.to_str().unwrap_or_default();
        let action = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = if body.is_empty() { b"{}" } else { body };
        let json = serde_json::from_slice(body)
            .map_err(|error| ApiError::new("SerializationException", error.to_string()))?;
        return Ok((action, Asked::Json(json)));
    }
    let mut params = Params::parse(body)?;
    let action = params.text("Action")?.ok_or_else(|| {
        ApiError::new(
            "MissingAction",
            "The request must contain the parameter Action",
        )
    })?;
    Ok((action, Asked::Query(params)))
}

fn carry_out(
    sandbox: &Sandbox,
    caller: &Caller,
    action: &str,
    asked: Asked,
) -> Result<Answer, ApiError> {
    let mut inner = sandbox.lock();
    let inner = &mut *inner;
    match (caller.service.as_str(), asked) {
        ("ec2", Asked::Query(params)) => {
            ec2(&mut inner.world, caller, action, params).map(Answer::Ec2)
        }
        ("sts", Asked::Query(mut params)) => {
            params.text("Version")?;
            let external_ids = &sandbox.0.settings.external_ids;
            let ids = &inner.world.ids;
            sts::answer(
                action,
                caller,
                &mut inner.keys,
                external_ids,
                ids,
                &mut params,
            )
            .map(Answer::Sts)
        }
        ("dms", Asked::Json(request)) => {
            inner.world.refresh(&caller.scope);
            dms::answer(action, inner.world.seen(&caller.scope), &request).map(Answer::Json)
        }
        ("servicequotas", Asked::Json(request)) => {
            service_quotas::answer(action, &caller.scope, inner.world.quotas, &request)
                .map(Answer::Json)
        }
        (service, _) => Err(ApiError::new(
            "InvalidAction",
            format!("The sandbox does not serve {action} of the service {service}"),
        )),
    }
}

/// Carries out an EC2 action.
///
/// EC2 API Reference, "Common parameters": DryRun checks the request, changes nothing, and is
/// answered with the error DryRunOperation.
fn ec2(
    world: &mut World,
    caller: &Caller,
    action: &str,
    mut params: Params,
) -> Result<Reply, ApiError> {
    let version = params.required("Version")?;
    if version != "2016-11-15" {
        let message =
            format!("The requested version ({version}) of service AmazonEC2 does not exist");
        return Err(ApiError::new("NoSuchVersion", message));
    }
    let handler = ec2::handler(action).ok_or_else(|| {
        let message = format!("The action {action} is not valid for this web service.");
        ApiError::new("InvalidAction", message)
    })?;
    let dry_run = params.flag("DryRun")?.unwrap_or(false);
    let scope = &caller.scope;
    if let Handler::Read(_) = handler {
        world.refresh(scope);
    }
    let Everywhere { changes, reply } = {
        let call = |state| Call {
            state,
            world,
            scope,
            quotas: world.quotas,
            ids: &world.ids,
        };
        match handler {
            Handler::Read(read) => Everywhere::new(read(&call(world.seen(scope)), &mut params)?),
            Handler::Write(write) => {
                let outcome = write(&call(world.truth(scope)), &mut params)?;
                let mut all = Everywhere::new(outcome.reply);
                all.add(scope, outcome.changes);
                all
            }
            Handler::WriteEverywhere(write) => write(&call(world.truth(scope)), &mut params)?,
        }
    };
    params.finish()?;
    if dry_run {
        return Err(ApiError::new(
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
        ));
    }
    for (scope, changes) in changes {
        world.commit(&scope, changes);
    }
    Ok(reply)
}

fn record(
    sandbox: &Sandbox,
    caller: Option<Caller>,
    action: &str,
    result: &Result<Answer, ApiError>,
    request_id: &str,
) {
    let error = result
        .as_ref()
        .err()
        .map(|error| error.code.clone().into_owned());
    let (key, scope) = caller.map_or_else(
        || {
            (
                String::new(),
                Scope {
                    account: String::new(),
                    region: String::new(),
                },
            )
        },
        |caller| (caller.key, caller.scope),
    );
    tracing::debug!(
        action,
        account = scope.account,
        region = scope.region,
        error,
        request_id
    );
    sandbox.lock().calls.record(Recorded {
        action: action.to_owned(),
        access_key_id: key,
        account: scope.account,
        region: scope.region,
        mutating: ec2::handler(action).is_some_and(Handler::is_mutating),
        error,
        request_id: request_id.to_owned(),
    });
}

fn request_id(high: u64, low: u64) -> String {
    let hex = format!("{high:016x}{low:016x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

fn respond(
    service: &str,
    action: &str,
    result: Result<Answer, ApiError>,
    request_id: &str,
) -> Response<Body> {
    let status = result.as_ref().err().map_or(200, ApiError::status);
    let (content, body) = match (service, result) {
        (_, Ok(Answer::Ec2(reply))) => (XML, xml::answer(action, &reply, request_id)),
        (_, Ok(Answer::Sts(result))) => (XML, sts::wrap(action, &result, request_id)),
        (_, Ok(Answer::Json(json))) => (JSON, json.to_string()),
        ("sts", Err(error)) => (XML, sts::error(&error, request_id)),
        ("dms" | "servicequotas", Err(error)) => (JSON, json_error(&error)),
        (_, Err(error)) => (XML, xml::error(&error, request_id)),
    };
    finish(status, content, Body::from(body), request_id)
}

const XML: &str = "text/xml;charset=UTF-8";
const JSON: &str = "application/x-amz-json-1.1";

fn finish(status: u16, content: &str, body: Body, request_id: &str) -> Response<Body> {
    let response = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, content)
        .header("x-amzn-requestid", request_id)
        .body(body);
    // All statuses and headers above are well formed, whatever the request was.
    response.unwrap_or_default()
}

/// Smithy, "AWS JSON 1.1": `__type` names the error.
fn json_error(error: &ApiError) -> String {
    json!({"__type": error.code, "message": error.message}).to_string()
}

/// The fault of a load balancer that answers for the service.
fn html() -> Response<Body> {
    let page = "<html><body><h1>500 Internal Server Error</h1></body></html>";
    finish(500, "text/html", Body::from(page), "")
}

/// The fault of a connection that ends before the answer.
fn lost() -> Response<Body> {
    let broken = stream::iter([Err::<Bytes, _>(io::Error::other("the answer is lost"))]);
    finish(200, XML, Body::from_stream(broken), "")
}
