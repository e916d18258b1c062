//! The endpoints under `/_sandbox/`, for tests and demos: staleness, quotas, faults, recorded calls.
//! Bodies are JSON.
//!
//! | request | does |
//! |---|---|
//! | `PUT /_sandbox/staleness` `{"milliseconds": 500}` | reads show the state of so long ago |
//! | `PUT /_sandbox/quotas` `{"rulesPerSecurityGroup": 60, "networkACLEntries": 20}` | sets both; what is left out gets AWS's default |
//! | `POST /_sandbox/faults` `{"action": "CreateTags", "outcome": {"error": "RequestLimitExceeded"}, "times": 3}` | adds a fault; see [`Fault`] |
//! | `GET`, `DELETE /_sandbox/faults` | lists them, takes them back |
//! | `POST /_sandbox/expire-sessions` | ends all role sessions |
//! | `GET`, `DELETE /_sandbox/calls` | the calls so far with counts; forgets them |
//! | `POST /_sandbox/export` `{"path": "/tmp/snapshot"}` | writes the state as a snapshot |
//! | `POST /_sandbox/reset` | back to the start: state, staleness, quotas, faults, keys, calls |

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
        .route("/_sandbox/reset", post(reset))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Staleness {
    milliseconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
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
    with(&body, |Export { path }| {
        sandbox.save(&path).map_err(|error| error.to_string())
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
