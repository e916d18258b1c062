//! What EC2 answers when it refuses.

use std::borrow::Cow;

/// An AWS error: a stable code that programs match on, and a message for people.
///
/// The codes are those of the EC2 API Reference, "Error codes for the Amazon EC2 API".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct ApiError {
    /// The code, e.g. `InvalidPermission.Duplicate`.
    pub(crate) code: Cow<'static, str>,
    /// The message.
    pub(crate) message: String,
}

impl ApiError {
    /// An error of that code.
    pub(crate) fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }

    /// `InvalidParameterValue`: a value that the parameter cannot have.
    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterValue", message)
    }

    /// `InvalidParameterCombination`: parameters that exclude each other.
    pub(crate) fn combination(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterCombination", message)
    }

    /// `MissingParameter`: a parameter that the call cannot do without.
    pub(crate) fn missing(parameter: &str) -> Self {
        Self::new(
            "MissingParameter",
            format!("The request must contain the parameter {parameter}"),
        )
    }

    /// The HTTP status that comes with the code.
    ///
    /// EC2 API Reference, error codes: client errors are in the 400s and server errors in the 500s.
    pub(crate) fn status(&self) -> u16 {
        match self.code.as_ref() {
            "UnauthorizedOperation" | "AccessDenied" | "ExpiredToken" | "InvalidClientTokenId" => {
                403
            }
            "AuthFailure" => 401,
            "DryRunOperation" => 412,
            "RequestLimitExceeded" | "Unavailable" | "ServiceUnavailable" => 503,
            "InternalError" | "InternalFailure" => 500,
            _ => 400,
        }
    }
}
