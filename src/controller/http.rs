//! The HTTP server of the probes: `/healthz` answers while the process works, `/readyz` once the objects are read.

use super::RunError;
use axum::{Router, http::StatusCode, routing::get};
use std::net::SocketAddr;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// Serves the probes until told to stop.
///
/// # Errors
/// Where the address cannot be listened on.
pub(super) async fn serve(
    address: SocketAddr,
    is_ready: watch::Receiver<bool>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<JoinHandle<()>, RunError> {
    let probes = |error| RunError::Probes { address, error };
    let listener = TcpListener::bind(address).await.map_err(probes)?;
    let address = listener.local_addr().map_err(probes)?;
    tracing::info!(%address, "serving /healthz and /readyz");
    let readyz = move || {
        let ready = *is_ready.borrow();
        async move {
            if ready {
                (StatusCode::OK, "ok")
            } else {
                (StatusCode::SERVICE_UNAVAILABLE, "objects are being read")
            }
        }
    };
    let app = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(readyz));
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app)
            .with_graceful_shutdown(stop)
            .await
        {
            tracing::error!(%error, "the probes are not served any more");
        }
    }))
}
