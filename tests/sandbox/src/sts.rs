//! STS: who am I, and roles (STS API Reference, version 2011-06-15).

use crate::{
    auth::{self, Caller, Keys},
    error::ApiError,
    id::Ids,
    wire::{query::Params, xml::element},
};
use jiff::{SignedDuration, Timestamp};
use std::{collections::BTreeMap, time::Duration};

const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Answers an STS action with the inside of its result element.
pub(crate) fn answer(
    action: &str,
    caller: &Caller,
    keys: &mut Keys,
    external_ids: &BTreeMap<String, String>,
    ids: &Ids,
    params: &mut Params,
) -> Result<String, ApiError> {
    match action {
        "GetCallerIdentity" => Ok(caller_identity(caller)),
        "AssumeRole" => assume_role(caller, keys, external_ids, ids, params),
        _ => Err(ApiError::new(
            "InvalidAction",
            format!("Could not find operation {action} for version 2011-06-15"),
        )),
    }
}

/// An answer as XML.
pub(crate) fn wrap(action: &str, result: &str, request_id: &str) -> String {
    let mut out =
        format!("<{action}Response xmlns=\"{STS}\"><{action}Result>{result}</{action}Result>");
    out.push_str("<ResponseMetadata>");
    element(&mut out, "RequestId", request_id);
    out.push_str("</ResponseMetadata></");
    out.push_str(action);
    out.push_str("Response>");
    out
}

/// An error as XML.
pub(crate) fn error(error: &ApiError, request_id: &str) -> String {
    let mut out = format!("<ErrorResponse xmlns=\"{STS}\"><Error>");
    element(
        &mut out,
        "Type",
        if error.status() < 500 {
            "Sender"
        } else {
            "Receiver"
        },
    );
    element(&mut out, "Code", &error.code);
    element(&mut out, "Message", &error.message);
    out.push_str("</Error>");
    element(&mut out, "RequestId", request_id);
    out.push_str("</ErrorResponse>");
    out
}

fn caller_identity(caller: &Caller) -> String {
    let mut out = String::new();
    element(&mut out, "Arn", &caller.arn);
    element(&mut out, "UserId", &caller.user_id);
    element(&mut out, "Account", &caller.scope.account);
    out
}

/// AssumeRole: any role of a known account; one that has an external id only with it.
///
/// API Reference, AssumeRole: sessions of 15 minutes to 12 hours, one hour at most from a role
/// session; session names of 2 to 64 characters of a set.
fn assume_role(
    caller: &Caller,
    keys: &mut Keys,
    external_ids: &BTreeMap<String, String>,
    ids: &Ids,
    params: &mut Params,
) -> Result<String, ApiError> {
    let invalid = |message: String| ApiError::new("ValidationError", message);
    let role = params.required("RoleArn")?;
    let name = params.required("RoleSessionName")?;
    let seconds = params.number("DurationSeconds")?.unwrap_or(3600);
    let external_id = params.text("ExternalId")?;
    let (account, path) = role_of(&role).ok_or_else(|| invalid(format!("{role} is invalid")))?;
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || "_=,.@+-".contains(character);
    if !(2..=64).contains(&name.len()) || !name.chars().all(allowed) {
        return Err(invalid(format!(
            "Value '{name}' at 'roleSessionName' failed to satisfy constraint"
        )));
    }
    if !(900..=43200).contains(&seconds) {
        return Err(invalid(format!(
            "Value '{seconds}' at 'durationSeconds' failed to satisfy constraint"
        )));
    }
    if caller.is_session && seconds > 3600 {
        return Err(invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining"
                .to_owned(),
        ));
    }
    let trusted = external_ids
        .get(&role)
        .is_none_or(|wanted| Some(wanted) == external_id.as_ref());
    if !keys.knows(account) || !trusted {
        return Err(ApiError::new(
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {role}",
                caller.arn
            ),
        ));
    }
    let role_name = path.rsplit('/').next().unwrap_or(path);
    let arn = format!("arn:aws:sts::{account}:assumed-role/{role_name}/{name}");
    let user_id = format!(
        "{}:{name}",
        crate::id::invented("AROA", &role)
            .replace('-', "")
            .to_uppercase()
    );
    let key = format!("ASIA{account}{:016X}", ids.number());
    let token = ids.new_id("session");
    let lasts = Duration::from_secs(seconds.unsigned_abs());
    keys.open(&key, &token, (account, &arn, &user_id), lasts);
    let ends = Timestamp::now() + SignedDuration::from_secs(seconds);
    let mut out = String::from("<Credentials>");
    element(&mut out, "AccessKeyId", &key);
    element(
        &mut out,
        "SecretAccessKey",
        &format!("{:016x}", ids.number()),
    );
    element(&mut out, "SessionToken", &token);
    element(
        &mut out,
        "Expiration",
        &ends.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    );
    out.push_str("</Credentials><AssumedRoleUser>");
    element(&mut out, "AssumedRoleId", &user_id);
    element(&mut out, "Arn", &arn);
    out.push_str("</AssumedRoleUser>");
    Ok(out)
}

/// The account and the path of a role's ARN.
fn role_of(arn: &str) -> Option<(&str, &str)> {
    let (account, resource) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
    let path = resource
        .strip_prefix("role/")
        .filter(|path| !path.is_empty())?;
    auth::is_account(account).then_some((account, path))
}
