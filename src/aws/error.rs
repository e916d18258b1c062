//! What an AWS call can end in, and what may be concluded from it.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use dms_network_core::{
    api::{AccountId, Reason},
    snapshot::{Unread, UnreadCause},
};
use std::{error::Error, fmt, io};

/// How much of AWS's message is kept, in characters.
const MESSAGE_LENGTH: usize = 400;

/// What an error means for whoever called. Only `LostAnswer` leaves open whether the call took effect; in every other
/// class it did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// No answer from AWS, or one of its own errors to a read.
    Unreachable,
    /// AWS asks for fewer calls.
    Throttled,
    /// The credentials are good, and may not do this.
    AccessDenied,
    /// The credentials are not taken: expired, unknown, revoked; or there are none.
    ExpiredCredentials,
    /// The credentials are another account's than declared.
    WrongAccount,
    /// What the call names is not there.
    NotFound,
    /// What the call adds is there already.
    Duplicate,
    /// A quota is reached.
    Quota,
    /// AWS does not take a parameter.
    Invalid,
    /// A write that may or may not have taken effect: no answer after it was sent, or an error of AWS's own.
    LostAnswer,
    /// What was read is older than a write of ours.
    Outdated,
    /// Anything else.
    Other,
}

/// A call that AWS refused or did not answer.
///
/// The text is the same each time that the same thing happens, so that it may stand in a status; the request id is
/// apart from it, for logs. It holds no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsError {
    class: Class,
    action: String,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    unsupported: bool,
}

impl AwsError {
    /// The error of an action, such as `CreateTags`.
    #[must_use]
    pub fn of<E>(action: &str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let request_id = error.raw_response().and_then(request_id);
        let is_write = !is_read(action);
        let known = match &error {
            SdkError::ServiceError(context) => Some(of_service(
                action,
                is_write,
                context.err().meta().code(),
                context.err().meta().message(),
                context.raw().status().as_u16(),
            )),
            _ => None,
        };
        let error = known.unwrap_or_else(|| of_transport(action, is_write, &error));
        let error = Self {
            request_id: request_id.or(error.request_id),
            ..error
        };
        tracing::debug!(
            action,
            class = ?error.class,
            code = error.code,
            request_id = error.request_id,
            message = error.message,
            "refused"
        );
        error
    }

    /// The credentials of one account, where another was declared.
    #[must_use]
    pub fn wrong_account(declared: &AccountId, found: &str) -> Self {
        Self::new(
            "GetCallerIdentity",
            Class::WrongAccount,
            None,
            &format!("the credentials are of account {found}, and accountID is {declared}"),
        )
    }

    /// A read that a write of ours has overtaken.
    #[must_use]
    pub fn outdated(message: &str) -> Self {
        Self::new("Describe", Class::Outdated, None, message)
    }

    /// A list that a step depends on, and whose call was refused.
    #[must_use]
    pub fn unread(list: &Unread) -> Self {
        let action = list.call.rsplit(':').next().unwrap_or(list.call);
        let message = match &list.cause {
            UnreadCause::Denied(message) => message,
            UnreadCause::NotInSnapshot => "was not asked",
            UnreadCause::Partial => "gave only a part of the list",
        };
        Self::new(action, Class::AccessDenied, None, message)
    }

    /// An answer of AWS that is not what it documents.
    pub(crate) fn unreadable(action: &str, message: &str) -> Self {
        Self::new(action, Class::Other, None, message)
    }

    /// A parameter that was refused before any call.
    pub(crate) fn invalid(action: &str, message: &str) -> Self {
        Self::new(action, Class::Invalid, None, message)
    }

    fn new(action: &str, class: Class, code: Option<&str>, message: &str) -> Self {
        Self {
            class,
            action: action.to_owned(),
            code: code.map(str::to_owned),
            message: stable(message),
            request_id: None,
            unsupported: false,
        }
    }

    /// What it means.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// The action, such as `CreateTags`.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    /// AWS's error code, where it gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// AWS's message, or what stands for it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// AWS's id of the request, by which its support finds it.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether the call may have taken effect all the same.
    #[must_use]
    pub fn is_lost_answer(&self) -> bool {
        self.class == Class::LostAnswer
    }

    /// Whether what was to be added is there already.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.class == Class::Duplicate
    }

    /// Whether what the call names is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.class == Class::NotFound
    }

    /// Whether the action is not served here: AWS's error for one that it does not know, or an error page of what
    /// stands in for AWS. A page of a gateway on the way (502 to 504) is none.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.unsupported
    }

    /// Whether the same call may succeed later without anybody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self.class,
            Class::Unreachable | Class::Throttled | Class::LostAnswer | Class::Outdated
        )
    }

    /// The reason that a condition gives.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self.class {
            Class::Throttled => Reason::Throttled,
            Class::AccessDenied => Reason::AccessDenied,
            Class::ExpiredCredentials => Reason::CredentialsNotUsable,
            Class::WrongAccount => Reason::AccountMismatch,
            Class::Quota => Reason::QuotaExceeded,
            Class::Outdated | Class::Duplicate | Class::NotFound => Reason::Settling,
            Class::Unreachable | Class::LostAnswer => Reason::AWSUnreachable,
            Class::Invalid | Class::Other => Reason::CallRefused,
        }
    }
}

impl AwsError {
    /// What a person can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self.class {
            Class::NotFound => "Correct the id, the Region or the account.",
            Class::Duplicate | Class::Outdated => "Read again.",
            Class::Invalid => "Correct what the message names.",
            _ => self.reason().remedy(),
        }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.action)?;
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl Error for AwsError {}

fn is_read(action: &str) -> bool {
    ["Describe", "Get", "List", "Assume", "Search"]
        .iter()
        .any(|verb| action.starts_with(verb))
}

fn request_id(response: &HttpResponse) -> Option<String> {
    let header = response.headers().get("x-amzn-requestid")?;
    Some(header.to_owned())
}

/// An answer that says no.
fn of_service(
    action: &str,
    is_write: bool,
    code: Option<&str>,
    message: Option<&str>,
    status: u16,
) -> AwsError {
    // EC2 also says NotFound of groups that are there, where no path between their networks lets one name the other.
    let elsewhere = message.is_some_and(|message| message.contains("belong to different networks"));
    let class = match code.map(class_of_code) {
        Some(Class::NotFound) if elsewhere => Class::Invalid,
        Some(Class::Other) | None if status >= 500 => no_answer(is_write),
        Some(class) => class,
        // Not in the form of the API: a proxy's page, or half of an answer.
        None => no_answer(is_write),
    };
    let fallback = format!("HTTP status {status} without an error of the API");
    AwsError {
        unsupported: is_unsupported(code, status),
        ..AwsError::new(action, class, code, message.unwrap_or(&fallback))
    }
}

fn is_unsupported(code: Option<&str>, status: u16) -> bool {
    match code {
        Some(code) => matches!(
            code,
            "InvalidAction"
                | "InvalidRequest"
                | "NotImplemented"
                | "UnknownOperationException"
                | "UnsupportedOperation"
        ),
        None => matches!(status, 404 | 500 | 501),
    }
}

fn no_answer(is_write: bool) -> Class {
    if is_write {
        Class::LostAnswer
    } else {
        Class::Unreachable
    }
}

/// No answer, or none that can be read.
fn of_transport<E: Error + Send + Sync + 'static>(
    action: &str,
    is_write: bool,
    error: &SdkError<E, HttpResponse>,
) -> AwsError {
    if let Some(refused) = chain(error).find_map(<dyn Error>::downcast_ref::<AssumeRoleError>) {
        let class = match refused.meta().code().map(class_of_code) {
            Some(class @ (Class::AccessDenied | Class::Throttled)) => class,
            _ => Class::ExpiredCredentials,
        };
        let message = refused
            .meta()
            .message()
            .unwrap_or("the role cannot be assumed");
        return AwsError::new("AssumeRole", class, refused.meta().code(), message);
    }
    let never_sent = chain(error).any(was_never_sent);
    if chain(error).any(|source| source.is::<CredentialsError>()) {
        let class = if never_sent {
            Class::Unreachable
        } else {
            Class::ExpiredCredentials
        };
        return AwsError::new(action, class, None, "no credentials could be loaded");
    }
    let (class, message) = match error {
        SdkError::ConstructionFailure(_) => (Class::Other, innermost(error)),
        SdkError::ResponseError(_) => (
            no_answer(is_write),
            "the answer is not in the form of the API".to_owned(),
        ),
        SdkError::TimeoutError(_) => (no_answer(is_write), "no answer in time".to_owned()),
        _ if never_sent => (Class::Unreachable, innermost(error)),
        _ => (no_answer(is_write), innermost(error)),
    };
    AwsError::new(action, class, None, &message)
}

/// Whether an error shows that no connection was there to send anything on.
fn was_never_sent(error: &(dyn Error + 'static)) -> bool {
    use io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
    error.downcast_ref::<io::Error>().is_some_and(|error| {
        matches!(
            error.kind(),
            ConnectionRefused | HostUnreachable | NetworkUnreachable | AddrNotAvailable
        )
    })
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn Error + 'static)| {
        error.source()
    })
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The meaning of an error code: EC2 API Reference, "Error codes for the Amazon EC2 API", and the common errors of the
/// other APIs. EC2 also writes some with `Client.` or `Server.` before them.
fn class_of_code(code: &str) -> Class {
    let code = code.strip_prefix("Client.").unwrap_or(code);
    let code = code.strip_prefix("Server.").unwrap_or(code);
    match code {
        "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "EC2ThrottledException"
        | "ConcurrentTagAccess" => Class::Throttled,
        "UnauthorizedOperation"
        | "AccessDenied"
        | "AccessDeniedException"
        | "AccessDeniedFault"
        | "OperationNotPermitted"
        | "OptInRequired"
        | "NotAuthorized" => Class::AccessDenied,
        "AuthFailure"
        | "RequestExpired"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "UnrecognizedClient"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "PendingVerification" => Class::ExpiredCredentials,
        "InvalidPermission.Duplicate" | "NetworkAclEntryAlreadyExists" => Class::Duplicate,
        "ResourceNotFoundFault" | "ResourceNotFoundException" | "NoSuchResourceException" => {
            Class::NotFound
        }
        "FilterLimitExceeded"
        | "MissingParameter"
        | "UnknownParameter"
        | "ValidationError"
        | "ValidationException"
        | "TagPolicyViolation" => Class::Invalid,
        _ if code.ends_with(".NotFound") => Class::NotFound,
        _ if code.ends_with("LimitExceeded") || code.contains("QuotaExceeded") => Class::Quota,
        _ if code.starts_with("Invalid") || code.ends_with(".Malformed") => Class::Invalid,
        _ => Class::Other,
    }
}

/// The message without what differs each time: an encoded authorization message is long, new in each answer, and says
/// nothing to people.
fn stable(message: &str) -> String {
    const ENCODED: &str = "Encoded authorization failure message:";
    let text = message.split(ENCODED).next().unwrap_or_default();
    let text = text.trim().trim_end_matches('.');
    match text.char_indices().nth(MESSAGE_LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_aws_documents_them() {
        for (code, class) in [
            ("RequestLimitExceeded", Class::Throttled),
            ("Client.RequestLimitExceeded", Class::Throttled),
            ("Server.RequestLimitExceeded", Class::Throttled),
            ("ThrottlingException", Class::Throttled),
            ("UnauthorizedOperation", Class::AccessDenied),
            ("AccessDeniedFault", Class::AccessDenied),
            ("AuthFailure", Class::ExpiredCredentials),
            ("RequestExpired", Class::ExpiredCredentials),
            ("InvalidClientTokenId", Class::ExpiredCredentials),
            ("InvalidPermission.Duplicate", Class::Duplicate),
            ("NetworkAclEntryAlreadyExists", Class::Duplicate),
            ("InvalidPermission.NotFound", Class::NotFound),
            ("InvalidGroup.NotFound", Class::NotFound),
            ("InvalidSecurityGroupRuleId.NotFound", Class::NotFound),
            ("InvalidNetworkAclEntry.NotFound", Class::NotFound),
            ("ResourceNotFoundFault", Class::NotFound),
            ("RulesPerSecurityGroupLimitExceeded", Class::Quota),
            ("NetworkAclEntryLimitExceeded", Class::Quota),
            ("TagLimitExceeded", Class::Quota),
            ("ResourceQuotaExceededFault", Class::Quota),
            ("FilterLimitExceeded", Class::Invalid),
            ("InvalidParameterValue", Class::Invalid),
            ("InvalidPermission.Malformed", Class::Invalid),
            ("MissingParameter", Class::Invalid),
            ("DependencyViolation", Class::Other),
            ("ConcurrentTagAccess", Class::Throttled),
        ] {
            assert_eq!(class_of_code(code), class, "{code}");
        }
    }

    #[test]
    fn an_error_of_awss_own_leaves_open_whether_a_write_took_effect() {
        let class = |action: &str, code, status| {
            of_service(action, !is_read(action), code, None, status).class()
        };
        for (code, status) in [
            (Some("InternalError"), 500),
            (Some("Unavailable"), 503),
            (None, 500),
            (None, 502),
            (None, 200),
        ] {
            assert_eq!(class("CreateTags", code, status), Class::LostAnswer);
            assert_eq!(class("DescribeVpcs", code, status), Class::Unreachable);
        }
        let throttled = Some("RequestLimitExceeded");
        assert_eq!(class("CreateTags", throttled, 503), Class::Throttled);
        let refused = Some("DependencyViolation");
        assert_eq!(class("CreateTags", refused, 400), Class::Other);
    }

    #[test]
    fn a_group_of_an_unconnected_network_is_not_taken_for_gone() {
        let message = "You have specified two resources that belong to different networks.";
        let code = Some("InvalidGroup.NotFound");
        let class = |message| {
            of_service(
                "AuthorizeSecurityGroupIngress",
                true,
                code,
                Some(message),
                400,
            )
            .class()
        };
        assert_eq!(class(message), Class::Invalid);
        assert_eq!(
            class("The security group 'sg-0a' does not exist"),
            Class::NotFound
        );
    }

    #[test]
    fn a_message_is_the_same_each_time_and_not_endless() {
        let message = "You are not authorized. Encoded authorization failure message: aGVsbG8";
        assert_eq!(stable(message), "You are not authorized");
        assert_eq!(
            stable(&"é".repeat(1000)).chars().count(),
            MESSAGE_LENGTH + 1
        );
    }
}
