//! Service Quotas (its API Reference; JSON 1.1).

use crate::{
    error::ApiError,
    world::{Quotas, Scope},
};
use serde_json::{Value, json};

/// Answers GetServiceQuota.
pub(crate) fn answer(
    action: &str,
    scope: &Scope,
    quotas: Quotas,
    request: &Value,
) -> Result<Value, ApiError> {
    if action != "GetServiceQuota" {
        let message = format!("The sandbox does not serve {action}");
        return Err(ApiError::new("UnknownOperationException", message));
    }
    let text = |key| request.get(key).and_then(Value::as_str).unwrap_or_default();
    let (service, code) = (text("ServiceCode"), text("QuotaCode"));
    let (name, value) = match (service, code) {
        ("vpc", "L-0EA8095F") => (
            "Inbound or outbound rules per security group",
            quotas.rules_per_security_group,
        ),
        ("vpc", "L-2AEEBF1A") => ("Rules per network ACL", quotas.network_acl_entries),
        _ => {
            let message = format!("The quota {code} of the service {service} does not exist");
            return Err(ApiError::new("NoSuchResourceException", message));
        }
    };
    let Scope { account, region } = scope;
    Ok(json!({"Quota": {
        "ServiceCode": service,
        "ServiceName": "Amazon Virtual Private Cloud (Amazon VPC)",
        "QuotaArn": format!("arn:aws:servicequotas:{region}:{account}:{service}/{code}"),
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Unit": "None",
        "Adjustable": true,
        "GlobalQuota": false,
    }}))
}
