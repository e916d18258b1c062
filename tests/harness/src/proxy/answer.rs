use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Response, StatusCode};

use super::call::Protocol;

const MESSAGE: &str = "injected by the test";
const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000000";

/// AWS's error in the form of the service's protocol: EC2 (Amazon EC2 API Reference, "Error codes"), AWS query
/// and AWS JSON 1.1 (Smithy, "AWS protocols").
pub(super) fn error(protocol: Protocol, code: &str) -> Response<Full<Bytes>> {
    match protocol {
        Protocol::Ec2 => respond(status(code), "text/xml;charset=UTF-8", &ec2(code)),
        Protocol::Query => respond(status(code), "text/xml", &query(code)),
        Protocol::Json => respond(status(code), "application/x-amz-json-1.1", &json(code)),
    }
}

/// What a proxy or load balancer on the way answers with.
pub(super) fn html_error() -> Response<Full<Bytes>> {
    let page =
        "<html><head><title>500</title></head><body><h1>Internal Server Error</h1></body></html>";
    respond(StatusCode::INTERNAL_SERVER_ERROR, "text/html", page)
}

/// The HTTP status that AWS sends the code with; most client errors are 400.
fn status(code: &str) -> StatusCode {
    match code {
        "InternalError" | "InternalFailure" => StatusCode::INTERNAL_SERVER_ERROR,
        "RequestLimitExceeded" | "Unavailable" | "ServiceUnavailable" => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        "UnauthorizedOperation" | "AccessDenied" | "ExpiredToken" => StatusCode::FORBIDDEN,
        "AuthFailure" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn ec2(code: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code>\
         <Message>{MESSAGE}</Message></Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
    )
}

fn query(code: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{MESSAGE}</Message></Error>\
         <RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    )
}

fn json(code: &str) -> String {
    serde_json::json!({"__type": code, "message": MESSAGE}).to_string()
}

fn respond(status: StatusCode, content_type: &'static str, body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(body.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        hyper::header::HeaderValue::from_static(content_type),
    );
    response
}
