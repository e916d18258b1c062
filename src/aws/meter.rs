//! What every request passes on its way out: its budget, the count of calls, the log.

use super::budget::{Bucket, Rate};
use aws_smithy_http_client::{Builder, ConnectorBuilder, proxy::ProxyConfig, tls};
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        runtime_components::RuntimeComponents,
    },
    shared::IntoShared,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use dms_network_core::api::{AccountId, Region};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Instant,
};

/// How many calls were made, by action.
pub type Calls = BTreeMap<String, u64>;

/// The budget and the count of calls of one account and Region, shared by all who call it from this process.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    buckets: HashMap<String, Bucket>,
    calls: Calls,
}

/// The meters of the process: AWS counts the calls of an account and Region, whoever makes them.
static METERS: LazyLock<Mutex<HashMap<(AccountId, Region), Meter>>> = LazyLock::new(Mutex::default);

impl Meter {
    /// The one meter of an account and Region.
    #[must_use]
    pub fn of(account: &AccountId, region: &Region) -> Self {
        let mut meters = METERS.lock().unwrap_or_else(PoisonError::into_inner);
        let meter = meters.entry((account.clone(), region.clone()));
        meter.or_default().clone()
    }

    /// The meters of all accounts and Regions, for metrics.
    #[must_use]
    pub fn all() -> Vec<((AccountId, Region), Self)> {
        let meters = METERS.lock().unwrap_or_else(PoisonError::into_inner);
        meters
            .iter()
            .map(|(place, meter)| (place.clone(), meter.clone()))
            .collect()
    }

    /// How many calls were made since the start, by action, retries included.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.with(|state| state.calls.clone())
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for a token of the action, and counts the call.
    async fn pass(&self, action: &str) {
        let wait = self.with(|state| {
            let now = Instant::now();
            *state.calls.entry(action.to_owned()).or_default() += 1;
            let full = || Bucket::full(Rate::of(action), now);
            let bucket = state.buckets.entry(action.to_owned());
            bucket.or_insert_with(full).take(now)
        });
        if !wait.is_zero() {
            tracing::debug!(action, ?wait, "waits for its budget");
            tokio::time::sleep(wait).await;
        }
    }

    fn throttled(&self, action: &str) {
        self.with(|state| {
            if let Some(bucket) = state.buckets.get_mut(action) {
                bucket.empty(Instant::now());
            }
        });
    }

    /// The HTTP client that AWS's own configuration would use, behind this meter.
    pub(super) fn http_client(&self) -> SharedHttpClient {
        let https = Builder::new().build_with_connector_fn(|settings, components| {
            let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
            let mut connector = ConnectorBuilder::default().tls_provider(provider);
            connector.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                connector.set_sleep_impl(components.sleep_impl());
            }
            connector.set_proxy_config(Some(ProxyConfig::from_env()));
            connector.build()
        });
        Metered {
            meter: self.clone(),
            inner: https,
        }
        .into_shared()
    }
}

#[derive(Debug)]
struct Metered<T> {
    meter: Meter,
    inner: T,
}

impl HttpClient for Metered<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Metered {
            meter: self.meter.clone(),
            inner: self.inner.http_connector(settings, components),
        })
    }
}

impl HttpConnector for Metered<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // What names no action is not one of the APIs' (the instance's metadata, single sign-on): no budget of AWS's
        // counts it.
        let Some(action) = action(&request) else {
            return self.inner.call(request);
        };
        let (meter, inner) = (self.meter.clone(), self.inner.clone());
        HttpConnectorFuture::new(async move {
            meter.pass(&action).await;
            let mut response = inner.call(request).await.inspect_err(|error| {
                tracing::debug!(action, %error, "no answer");
            })?;
            let request_id = response
                .headers()
                .get("x-amzn-requestid")
                .unwrap_or_default()
                .to_owned();
            let status = response.status().as_u16();
            tracing::debug!(action, status, request_id, "called");
            if status >= 400 && is_throttling(&mut response).await {
                meter.throttled(&action);
            }
            Ok(response)
        })
    }
}

/// The action of a request: the query protocols begin their form with it, the JSON protocols name it in a header, CBOR
/// in the path.
fn action(request: &HttpRequest) -> Option<String> {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().map(str::to_owned);
    }
    if let Some((_, operation)) = request.uri().split_once("/operation/") {
        return Some(operation.to_owned());
    }
    let form = request.body().bytes()?.strip_prefix(b"Action=")?;
    let end = form
        .iter()
        .position(|byte| *byte == b'&')
        .unwrap_or(form.len());
    std::str::from_utf8(&form[..end]).ok().map(str::to_owned)
}

/// Whether an error's body names a throttling code. The body is read whole, and put back.
async fn is_throttling(response: &mut HttpResponse) -> bool {
    const CODES: [&str; 3] = ["RequestLimitExceeded", "Throttl", "TooManyRequests"];
    let body = std::mem::replace(response.body_mut(), SdkBody::empty());
    // A body that breaks off is an error of the answer as well: the parser finds nothing in it.
    let bytes = ByteStream::new(body)
        .collect()
        .await
        .map(|data| data.into_bytes())
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let found = response.status().as_u16() == 429 || CODES.iter().any(|code| text.contains(code));
    *response.body_mut() = SdkBody::from(bytes);
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn request(uri: &str, header: Option<&'static str>, body: &'static str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_uri(uri.to_owned()).unwrap();
        if let Some(target) = header {
            request.headers_mut().insert("x-amz-target", target);
        }
        request
    }

    #[test]
    fn the_action_of_every_protocol_is_known() {
        let form = request("/", None, "Action=DescribeVpcs&Version=2016-11-15");
        assert_eq!(action(&form).unwrap(), "DescribeVpcs");
        let json = request("/", Some("AmazonDMSv20160101.DescribeEndpoints"), "{}");
        assert_eq!(action(&json).unwrap(), "DescribeEndpoints");
        let cbor = request(
            "/service/ServiceQuotasV20190624/operation/GetServiceQuota",
            None,
            "",
        );
        assert_eq!(action(&cbor).unwrap(), "GetServiceQuota");
        assert_eq!(action(&request("/latest/api/token", None, "")), None);
    }

    #[tokio::test]
    async fn a_throttled_answer_is_told_by_its_code_and_keeps_its_body() {
        for (status, body, expected) in [
            (503, "<Code>RequestLimitExceeded</Code>", true),
            (400, r#"{"__type":"ThrottlingException"}"#, true),
            (503, "<Code>Unavailable</Code>", false),
        ] {
            let status = http_status(status);
            let mut response = HttpResponse::new(status, SdkBody::from(body));
            assert_eq!(is_throttling(&mut response).await, expected, "{body}");
            assert_eq!(response.body().bytes().unwrap(), body.as_bytes());
        }
    }

    fn http_status(code: u16) -> aws_smithy_runtime_api::http::StatusCode {
        code.try_into().unwrap()
    }
}
