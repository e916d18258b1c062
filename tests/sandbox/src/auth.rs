//! Who calls: the access key id of the request's signature names the account.
//!
//! Signatures are not checked, as nobody's secret is known here. The rules for keys:
//! 1. a key given at start, or one that AssumeRole gave out, is its account's;
//! 2. `AKIA` and twelve digits, whatever follows, is the account of those digits;
//! 3. `ASIA…` that AssumeRole did not give out is refused;
//! 4. any other key is the default account's.
//!
//! With strict keys, 2 holds for known accounts only, and 4 is refused.

use crate::{error::ApiError, world::Scope};
use axum::http::HeaderMap;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// A caller.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The access key id.
    pub(crate) key: String,
    /// The service of the credential scope, e.g. `ec2`.
    pub(crate) service: String,
    /// The account, and the Region of the credential scope.
    pub(crate) scope: Scope,
    /// The user or role session (IAM User Guide, "IAM identifiers").
    pub(crate) arn: String,
    /// Its unique id.
    pub(crate) user_id: String,
    /// Whether the credentials are a role session's.
    pub(crate) is_session: bool,
}

/// What makes credentials unusable; each service has its own code for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No Authorization header of Signature Version 4.
    Unsigned,
    /// The key or the session token is not known.
    Unknown,
    /// The session has ended.
    Expired,
}

impl Refusal {
    /// The error of a service.
    ///
    /// EC2 API Reference, "Error codes": AuthFailure, and RequestExpired also for temporary
    /// credentials that have expired. STS API Reference, "Common errors": ExpiredToken,
    /// InvalidClientTokenId. The JSON services: ExpiredTokenException and
    /// UnrecognizedClientException (common errors of DMS and Service Quotas).
    pub(crate) fn error(self, service: &str) -> ApiError {
        match (service, self) {
            ("ec2", Refusal::Expired) => ApiError::new("RequestExpired", "Request has expired."),
            ("ec2", _) => ApiError::new(
                "AuthFailure",
                "AWS was not able to validate the provided access credentials",
            ),
            ("sts", Refusal::Expired) => ApiError::new(
                "ExpiredToken",
                "The security token included in the request is expired",
            ),
            ("sts", _) => ApiError::new(
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            ),
            (_, Refusal::Expired) => ApiError::new(
                "ExpiredTokenException",
                "The security token included in the request is expired",
            ),
            _ => ApiError::new(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
        }
    }
}

/// A role session.
#[derive(Debug, Clone)]
struct Session {
    account: String,
    token: String,
    arn: String,
    user_id: String,
    ends: Instant,
}

/// What is known of keys and accounts.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    default_account: String,
    strict: bool,
    accounts: BTreeSet<String>,
    given: BTreeMap<String, String>,
    sessions: BTreeMap<String, Session>,
}

impl Keys {
    pub(crate) fn new(default_account: &str, strict: bool) -> Self {
        Self {
            default_account: default_account.to_owned(),
            strict,
            accounts: BTreeSet::from([default_account.to_owned()]),
            given: BTreeMap::new(),
            sessions: BTreeMap::new(),
        }
    }

    /// Makes an account known, so that its roles can be assumed.
    pub(crate) fn know(&mut self, account: &str) {
        self.accounts.insert(account.to_owned());
    }

    /// Whether an account is known.
    pub(crate) fn knows(&self, account: &str) -> bool {
        self.accounts.contains(account)
    }

    /// Gives a key to an account.
    pub(crate) fn give(&mut self, key: &str, account: &str) {
        self.know(account);
        self.given.insert(key.to_owned(), account.to_owned());
    }

    /// Opens a role session.
    pub(crate) fn open(
        &mut self,
        key: &str,
        token: &str,
        (account, arn, user_id): (&str, &str, &str),
        lasts: Duration,
    ) {
        let session = Session {
            account: account.to_owned(),
            token: token.to_owned(),
            arn: arn.to_owned(),
            user_id: user_id.to_owned(),
            ends: Instant::now() + lasts,
        };
        self.sessions.insert(key.to_owned(), session);
    }

    /// Ends all role sessions now.
    pub(crate) fn expire_sessions(&mut self) {
        let now = Instant::now();
        self.sessions
            .values_mut()
            .for_each(|session| session.ends = now);
    }

    /// Who a request is from.
    pub(crate) fn caller(&mut self, headers: &HeaderMap) -> (String, Result<Caller, Refusal>) {
        let Some(signed) = Signed::of(headers) else {
            return ("ec2".to_owned(), Err(Refusal::Unsigned));
        };
        let service = signed.service.clone();
        (service, self.identify(signed, headers))
    }

    fn identify(&mut self, signed: Signed, headers: &HeaderMap) -> Result<Caller, Refusal> {
        let Signed {
            key,
            region,
            service,
        } = signed;
        let token = headers
            .get("x-amz-security-token")
            .and_then(|token| token.to_str().ok());
        let caller = |account: &str, arn: String, user_id: String, is_session| Caller {
            scope: Scope {
                account: account.to_owned(),
                region: region.clone(),
            },
            key: key.clone(),
            service: service.clone(),
            arn,
            user_id,
            is_session,
        };
        if let Some(session) = self.sessions.get(&key) {
            if token != Some(session.token.as_str()) {
                return Err(Refusal::Unknown);
            }
            if Instant::now() >= session.ends {
                return Err(Refusal::Expired);
            }
            let Session {
                account,
                arn,
                user_id,
                ..
            } = session;
            return Ok(caller(account, arn.clone(), user_id.clone(), true));
        }
        let account = self.account_of(&key).ok_or(Refusal::Unknown)?;
        self.know(&account);
        let arn = format!("arn:aws:iam::{account}:user/sandbox");
        Ok(caller(&account, arn, format!("AIDA{account}"), false))
    }

    fn account_of(&self, key: &str) -> Option<String> {
        if let Some(account) = self.given.get(key) {
            return Some(account.clone());
        }
        let digits = key.strip_prefix("AKIA").and_then(|rest| rest.get(..12));
        if let Some(account) = digits.filter(|account| is_account(account)) {
            return (!self.strict || self.knows(account)).then(|| account.to_owned());
        }
        (!self.strict && !key.starts_with("ASIA")).then(|| self.default_account.clone())
    }
}

/// Whether a text is an account id.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The credential scope of a Signature Version 4 (IAM User Guide, "Elements of an API request
/// signature"): `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
struct Signed {
    key: String,
    region: String,
    service: String,
}

impl Signed {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let header = headers.get("authorization")?.to_str().ok()?;
        let credential = header.split_once("Credential=")?.1.split(',').next()?;
        let mut parts = credential.trim().split('/');
        let key = parts.next()?.to_owned();
        let region = parts.nth(1)?.to_owned();
        let service = parts.next()?.to_owned();
        (!key.is_empty() && !region.is_empty()).then_some(Self {
            key,
            region,
            service,
        })
    }
}
