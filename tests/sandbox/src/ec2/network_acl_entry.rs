//! Entries of network ACLs.

use super::{Call, network_acl::NetworkAcl};
use crate::{
    cidr,
    error::ApiError,
    reply::{Outcome, Reply},
    state::Change,
    wire::query::Params,
};
use serde::{Deserialize, Serialize};

/// An entry of an ACL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry {
    pub(crate) rule_number: i64,
    pub(crate) egress: bool,
    /// A number as text; `-1` is all.
    pub(crate) protocol: String,
    pub(crate) rule_action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cidr_block: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ipv6_cidr_block: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) port_range: Option<PortRange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) icmp_type_code: Option<IcmpTypeCode>,
}

/// The ports of an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PortRange {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// The ICMP type and code of an entry; -1 is all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IcmpTypeCode {
    pub(crate) code: i64,
    #[serde(rename = "Type")]
    pub(crate) kind: i64,
}

/// VPC User Guide, "Network ACL rules": the numbers of the fixed denies at the end, which nobody
/// can change; below them are the numbers to use.
pub(super) const LAST_IPV4: i64 = 32767;
pub(super) const LAST_IPV6: i64 = 32768;

/// One of AWS's own entries: everything of a family.
pub(super) fn fixed(number: i64, egress: bool, action: &str) -> Entry {
    let ipv6 = matches!(number, LAST_IPV6 | 101);
    Entry {
        rule_number: number,
        egress,
        protocol: "-1".to_owned(),
        rule_action: action.to_owned(),
        cidr_block: (!ipv6).then(|| "0.0.0.0/0".to_owned()),
        ipv6_cidr_block: ipv6.then(|| "::/0".to_owned()),
        port_range: None,
        icmp_type_code: None,
    }
}

/// CreateNetworkAclEntry.
///
/// VPC User Guide, "Amazon VPC quotas": 20 entries per direction and address family, the default
/// deny among them. API Reference: a number is taken once per direction.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let mut acl = target(call, params)?;
    let entry = entry(params)?;
    if acl.position(entry.rule_number, entry.egress).is_some() {
        return Err(ApiError::new(
            "NetworkAclEntryAlreadyExists",
            format!(
                "The network acl entry identified by {} already exists.",
                entry.rule_number
            ),
        ));
    }
    acl.entries.push(entry.clone());
    check_quota(call, &acl, &entry)?;
    acl.sort();
    Ok(Outcome {
        changes: vec![Change::put(acl)],
        reply: Reply::default(),
    })
}

/// ReplaceNetworkAclEntry.
pub(super) fn replace(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let mut acl = target(call, params)?;
    let entry = entry(params)?;
    let position = acl
        .position(entry.rule_number, entry.egress)
        .ok_or_else(|| entry_not_found(entry.rule_number))?;
    acl.entries[position] = entry.clone();
    check_quota(call, &acl, &entry)?;
    acl.sort();
    Ok(Outcome {
        changes: vec![Change::put(acl)],
        reply: Reply::default(),
    })
}

/// DeleteNetworkAclEntry: whatever is under the number now.
pub(super) fn delete(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let mut acl = target(call, params)?;
    let (number, egress) = number_and_direction(params)?;
    let position = acl
        .position(number, egress)
        .ok_or_else(|| entry_not_found(number))?;
    acl.entries.remove(position);
    Ok(Outcome {
        changes: vec![Change::put(acl)],
        reply: Reply::default(),
    })
}

fn target(call: &Call, params: &mut Params) -> Result<NetworkAcl, ApiError> {
    Ok(NetworkAcl::clone(
        call.find::<NetworkAcl>(&params.required("NetworkAclId")?)?,
    ))
}

fn entry_not_found(number: i64) -> ApiError {
    ApiError::new(
        "InvalidNetworkAclEntry.NotFound",
        format!("The network acl entry identified by {number} does not exist."),
    )
}

fn number_and_direction(params: &mut Params) -> Result<(i64, bool), ApiError> {
    let number = params
        .number("RuleNumber")?
        .ok_or_else(|| ApiError::missing("ruleNumber"))?;
    if !(1..LAST_IPV4).contains(&number) {
        return Err(ApiError::value(format!(
            "Invalid value '{number}' for ruleNumber. Must be between 1 and 32766."
        )));
    }
    let egress = params
        .flag("Egress")?
        .ok_or_else(|| ApiError::missing("egress"))?;
    Ok((number, egress))
}

/// Reads an entry into its canonical form.
///
/// API Reference, CreateNetworkAclEntry: the protocol is a number or -1; exactly one block; 6 and
/// 17 need ports; 1, and 58 with an IPv6 block, need type and code; with -1 and any other number
/// both are ignored.
fn entry(params: &mut Params) -> Result<Entry, ApiError> {
    let (rule_number, egress) = number_and_direction(params)?;
    let protocol = params.required("Protocol")?;
    let number = |text: &str| {
        text.parse::<u8>()
            .is_ok_and(|number| number.to_string() == text)
    };
    if protocol != "-1" && !number(&protocol) {
        return Err(ApiError::value(format!(
            "Invalid value '{protocol}' for IP protocol. Must be a protocol number, or -1 for all."
        )));
    }
    let rule_action = params.required("RuleAction")?;
    if !matches!(rule_action.as_str(), "allow" | "deny") {
        return Err(ApiError::value(format!(
            "Invalid value '{rule_action}' for ruleAction. Must be allow or deny."
        )));
    }
    let (cidr_block, ipv6_cidr_block) = blocks(params)?;
    let port_range = port_range(params, &protocol)?;
    let wants_icmp = protocol == "1" || (protocol == "58" && ipv6_cidr_block.is_some());
    let icmp_type_code = icmp_type_code(params, wants_icmp)?;
    Ok(Entry {
        rule_number,
        egress,
        protocol,
        rule_action,
        cidr_block,
        ipv6_cidr_block,
        port_range,
        icmp_type_code,
    })
}

fn blocks(params: &mut Params) -> Result<(Option<String>, Option<String>), ApiError> {
    let malformed = |text: &str, parameter: &str| {
        ApiError::value(format!(
            "Value ({text}) for parameter {parameter} is invalid. This is not a valid CIDR block."
        ))
    };
    match (params.text("CidrBlock")?, params.text("Ipv6CidrBlock")?) {
        (Some(text), None) => {
            let block = cidr::ipv4(&text).ok_or_else(|| malformed(&text, "cidrBlock"))?;
            Ok((Some(block.to_string()), None))
        }
        (None, Some(text)) => {
            let block = cidr::ipv6(&text).ok_or_else(|| malformed(&text, "ipv6CidrBlock"))?;
            Ok((None, Some(block.to_string())))
        }
        (None, None) => Err(ApiError::missing("cidrBlock or ipv6CidrBlock")),
        (Some(_), Some(_)) => Err(ApiError::combination(
            "The parameters cidrBlock and ipv6CidrBlock exclude each other",
        )),
    }
}

fn port_range(params: &mut Params, protocol: &str) -> Result<Option<PortRange>, ApiError> {
    let given = match params.group("PortRange")? {
        None => None,
        Some(mut range) => {
            let ends = (range.number("From")?, range.number("To")?);
            range.finish()?;
            Some(ends)
        }
    };
    if !matches!(protocol, "6" | "17") {
        return Ok(None);
    }
    match given {
        Some((Some(from), Some(to))) if (0..=to).contains(&from) && to <= 65535 => {
            Ok(Some(PortRange { from, to }))
        }
        Some((Some(from), Some(to))) => Err(ApiError::value(format!(
            "Invalid value '{from}-{to}' for portRange. Ports are 0 to 65535, the first not above \
             the last."
        ))),
        _ => Err(ApiError::missing("portRange")),
    }
}

fn icmp_type_code(params: &mut Params, wanted: bool) -> Result<Option<IcmpTypeCode>, ApiError> {
    let given = match params.group("Icmp")? {
        None => None,
        Some(mut icmp) => {
            let given = (icmp.number("Type")?, icmp.number("Code")?);
            icmp.finish()?;
            Some(given)
        }
    };
    if !wanted {
        return Ok(None);
    }
    match given {
        Some((Some(kind), Some(code))) => {
            let known = |number| (-1..=255).contains(&number);
            if !known(kind) || !known(code) || (kind == -1 && code != -1) {
                return Err(ApiError::value(format!(
                    "Invalid value '{kind}:{code}' for icmpTypeCode. Each is -1 to 255, and with \
                     type -1 the code is -1."
                )));
            }
            Ok(Some(IcmpTypeCode { code, kind }))
        }
        _ => Err(ApiError::missing("icmpTypeCode")),
    }
}

/// Counts the entries of one direction and family, the fixed deny among them.
fn check_quota(call: &Call, acl: &NetworkAcl, new: &Entry) -> Result<(), ApiError> {
    let alike = |entry: &&Entry| {
        entry.egress == new.egress
            && entry.ipv6_cidr_block.is_some() == new.ipv6_cidr_block.is_some()
    };
    if acl.entries.iter().filter(alike).count() > call.quotas.network_acl_entries {
        return Err(ApiError::new(
            "NetworkAclEntryLimitExceeded",
            "The maximum number of network acl entries has been reached.",
        ));
    }
    Ok(())
}
