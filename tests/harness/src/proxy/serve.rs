use std::net::TcpListener;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

use super::call::Outcome;
use super::fault::Effect;
use super::pause::{Hold, Moment};
use super::state::{Fate, State};
use super::{Call, answer};

type Answer = Response<Full<Bytes>>;

/// The connection is to be closed without an answer: hyper does so where the service fails.
#[derive(Debug, thiserror::Error)]
#[error("closed on purpose")]
struct Closed;

struct Server {
    upstream: String,
    client: Client<HttpConnector, Full<Bytes>>,
    state: Arc<State>,
}

pub(super) async fn serve(listener: TcpListener, upstream: String, state: Arc<State>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    let client = Client::builder(TokioExecutor::new()).build_http();
    let server = Arc::new(Server {
        upstream,
        client,
        state,
    });
    while let Ok((stream, _)) = listener.accept().await {
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let service = service_fn(|request| server.handle(request));
            // An error here is a fault on purpose, or a client that has gone.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

impl Server {
    async fn handle(&self, request: Request<Incoming>) -> Result<Answer, Closed> {
        if !self.state.is_reachable() {
            return Err(Closed);
        }
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
        let call = Call::read(head.uri.path(), &head.headers, &body);
        let (number, fate) = self.state.arrived(&call);
        let (outcome, answer) = self
            .decide(fate, call, Request::from_parts(head, Full::new(body)))
            .await;
        self.state.ended(number, outcome);
        answer
    }

    async fn decide(
        &self,
        fate: Fate,
        call: Call,
        request: Request<Full<Bytes>>,
    ) -> (Outcome, Result<Answer, Closed>) {
        match fate {
            Fate::Forward => self.forward(request).await,
            Fate::Hold(hold) => self.hold(hold, call, request).await,
            Fate::Effect(Effect::Error(code)) => (
                Outcome::NotForwarded,
                Ok(answer::error(call.protocol, &code)),
            ),
            Fate::Effect(Effect::HtmlError) => (Outcome::NotForwarded, Ok(answer::html_error())),
            Fate::Effect(Effect::Unreachable) => (Outcome::NotForwarded, Err(Closed)),
            Fate::Effect(Effect::LostAnswer) => lost(&self.forward(request).await.0, Err(Closed)),
            Fate::Effect(Effect::AppliedButError) => lost(
                &self.forward(request).await.0,
                Ok(answer::error(call.protocol, "InternalError")),
            ),
            Fate::Effect(Effect::Delay(time)) => {
                tokio::time::sleep(time).await;
                self.forward(request).await
            }
        }
    }

    async fn hold(
        &self,
        hold: Hold,
        call: Call,
        request: Request<Full<Bytes>>,
    ) -> (Outcome, Result<Answer, Closed>) {
        match hold.moment {
            Moment::BeforeForwarding => {
                if hold.until_released(call).await {
                    self.forward(request).await
                } else {
                    (Outcome::NotForwarded, Err(Closed))
                }
            }
            Moment::BeforeAnswering => {
                let forwarded = self.forward(request).await;
                if hold.until_released(call).await {
                    forwarded
                } else {
                    lost(&forwarded.0, Err(Closed))
                }
            }
        }
    }

    /// Asks AWS. Where it cannot be reached, neither can this proxy.
    async fn forward(&self, request: Request<Full<Bytes>>) -> (Outcome, Result<Answer, Closed>) {
        let answer = async {
            let answer = self
                .client
                .request(self.towards_upstream(request)?)
                .await
                .map_err(|_| Closed)?;
            let (mut head, body) = answer.into_parts();
            let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
            for of_this_hop in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
                head.headers.remove(of_this_hop);
            }
            Ok(Response::from_parts(head, Full::new(body)))
        };
        match answer.await {
            Ok(answer) => (Outcome::Answered(answer.status().as_u16()), Ok(answer)),
            Err(closed) => (Outcome::NotForwarded, Err(closed)),
        }
    }

    fn towards_upstream(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Request<Full<Bytes>>, Closed> {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let uri = format!("{}{path}", self.upstream.trim_end_matches('/'));
        *request.uri_mut() = uri.parse().map_err(|_| Closed)?;
        for of_this_hop in [CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING] {
            request.headers_mut().remove(of_this_hop);
        }
        Ok(request)
    }
}

/// The client gets `instead` of AWS's answer.
fn lost(outcome: &Outcome, instead: Result<Answer, Closed>) -> (Outcome, Result<Answer, Closed>) {
    match outcome {
        Outcome::Answered(_) => (Outcome::AnswerLost, instead),
        other => (other.clone(), Err(Closed)),
    }
}
