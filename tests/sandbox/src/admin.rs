//! The endpoints under `/_sandbox/`, for tests and demos. Bodies are JSON.
//!
//! | request | body | does |
//! |---|---|---|
//! | `PUT staleness` | `{"milliseconds": 500}` | reads show the state of so long ago |
//! | `PUT quotas` | [`Quotas`] | sets them; what is left out gets AWS's default |
//! | `POST faults` | [`Fault`] | adds a fault: denied, throttled, lost, late |
//! | `GET`, `DELETE faults` | | lists them; takes them back |
//! | `POST expire-sessions` | | ends all role sessions |
//! | `GET`, `DELETE calls` | | the calls so far with counts; forgets them |
//! | `POST export` | `{"path": "/tmp/snapshot"}` | writes the state as a snapshot |
//! | `POST load` | `{"path": "/tmp/snapshot"}` | puts a snapshot in the place of all resources |
//! | `POST reset` | | back to the start: the snapshot that was loaded last, settings, faults, keys, calls |

use crate::{calls::Calls, fault::Fault, server::Sandbox, world::Quotas};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::Response,
    routing::{get, post, put},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use std::{path::PathBuf, time::Duration};

pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/_sandbox/staleness", put(staleness))
        .route("/_sandbox/quotas", put(quotas))
        .route(
            "/_sandbox/faults",
            get(faults).post(add_fault).delete(no_faults),
        )
        .route("/_sandbox/expire-sessions", post(expire_sessions))
        .route("/_sandbox/calls", get(calls).delete(no_calls))
        .route("/_sandbox/export", post(export))
        .route("/_sandbox/load", post(load))
        .route("/_sandbox/reset", post(reset))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Staleness {
    milliseconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Folder {
    path: PathBuf,
}

async fn staleness(State(sandbox): State<Sandbox>, body: Bytes) -> Response<Body> {
    with(&body, |Staleness { milliseconds }| {
        sandbox.lock().world.staleness = Duration::from_millis(milliseconds);
        Ok(())
    })
}

async fn quotas(State(sandbox): State<Sandbox>, body: Bytes) -> Response<Body> {
    with(&body, |quotas: Quotas| {
        sandbox.lock().world.quotas = quotas;
        Ok(())
    })
}

async fn add_fault(State(sandbox): State<Sandbox>, body: Bytes) -> Response<Body> {
    with(&body, |fault: Fault| {
        sandbox.lock().faults.0.push(fault);
        Ok(())
    })
}

async fn faults(State(sandbox): State<Sandbox>) -> Response<Body> {
    answer(200, &sandbox.lock().faults.0)
}

async fn no_faults(State(sandbox): State<Sandbox>) -> Response<Body> {
    sandbox.lock().faults.0.clear();
    done()
}

async fn expire_sessions(State(sandbox): State<Sandbox>) -> Response<Body> {
    sandbox.lock().keys.expire_sessions();
    done()
}

async fn calls(State(sandbox): State<Sandbox>) -> Response<Body> {
    answer(200, &sandbox.lock().calls)
}

async fn no_calls(State(sandbox): State<Sandbox>) -> Response<Body> {
    sandbox.lock().calls = Calls::default();
    done()
}

async fn export(State(sandbox): State<Sandbox>, body: Bytes) -> Response<Body> {
    with(&body, |Folder { path }| {
        sandbox.save(&path).map_err(|error| error.to_string())
    })
}

async fn load(State(sandbox): State<Sandbox>, body: Bytes) -> Response<Body> {
    with(&body, |Folder { path }| {
        sandbox.load(&path).map_err(|error| error.to_string())
    })
}

async fn reset(State(sandbox): State<Sandbox>) -> Response<Body> {
    sandbox.reset();
    done()
}

fn with<T: DeserializeOwned>(
    body: &[u8],
    act: impl FnOnce(T) -> Result<(), String>,
) -> Response<Body> {
    let read = serde_json::from_slice(body).map_err(|error| format!("the body: {error}"));
    match read.and_then(act) {
        Ok(()) => done(),
        Err(error) => answer(400, &json!({ "error": error })),
    }
}

fn done() -> Response<Body> {
    answer(200, &json!({}))
}

fn answer(status: u16, json: &impl Serialize) -> Response<Body> {
    let text = serde_json::to_string(json).unwrap_or_default();
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(text));
    response.unwrap_or_default()
}
