//! IpPermissions: the form in which rules are given, and grouped again for people.

use super::{
    Call,
    prefix_list::PrefixList,
    security_group_rule::{Peer, Permission, Reference, SecurityGroupRule},
};
use crate::{cidr, error::ApiError, id::Kind, json::Extra, wire::query::Params};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// A rule as a caller gives it.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) permission: Permission,
    pub(super) description: Option<String>,
}

/// The rules of an Authorize or Revoke call, in either form.
pub(super) fn given(
    call: &Call,
    params: &mut Params,
    is_egress: bool,
) -> Result<Vec<Given>, ApiError> {
    let given = take(call, params)?;
    let flat = if is_egress { None } else { take_flat(params)? };
    match (given.is_empty(), flat) {
        (true, Some(flat)) => Ok(vec![flat]),
        (false, None) => Ok(given),
        (true, None) => Err(ApiError::missing("IpPermissions")),
        (false, Some(_)) => Err(ApiError::combination(
            "The parameter IpPermissions cannot be used with IpProtocol and CidrIp",
        )),
    }
}

/// Reads `IpPermissions.1.…`, one rule for each peer.
fn take(call: &Call, params: &mut Params) -> Result<Vec<Given>, ApiError> {
    let mut given = Vec::new();
    for mut permission in params.groups("IpPermissions")? {
        let protocol = protocol(&permission.required("IpProtocol")?)?;
        let from = permission.number("FromPort")?;
        let to = permission.number("ToPort")?;
        let (from, to) = ports(&protocol, from, to)?;
        let peers = peers(call, &mut permission)?;
        if peers.is_empty() {
            // API Reference, SecurityGroupRuleRequest and IpPermission: a rule needs a peer.
            return Err(ApiError::missing(&permission.full("IpRanges")));
        }
        permission.finish()?;
        given.extend(peers.into_iter().map(|(peer, description)| Given {
            permission: Permission {
                protocol: protocol.clone(),
                from,
                to,
                peer,
            },
            description,
        }));
    }
    Ok(given)
}

/// Reads the flat form of one rule: IpProtocol, FromPort, ToPort, CidrIp.
///
/// API Reference, AuthorizeSecurityGroupIngress: for one IPv4 block, and for ingress only.
fn take_flat(params: &mut Params) -> Result<Option<Given>, ApiError> {
    let (protocol_text, block) = (params.text("IpProtocol")?, params.text("CidrIp")?);
    let (from, to) = (params.number("FromPort")?, params.number("ToPort")?);
    let (Some(protocol_text), Some(block)) = (&protocol_text, &block) else {
        return if protocol_text.is_none() && block.is_none() && from.is_none() && to.is_none() {
            Ok(None)
        } else {
            Err(ApiError::missing(if block.is_none() {
                "CidrIp"
            } else {
                "IpProtocol"
            }))
        };
    };
    let protocol = protocol(protocol_text)?;
    let (from, to) = ports(&protocol, from, to)?;
    let peer = Peer::Ipv4(cidr::ipv4(block).ok_or_else(|| malformed(block))?);
    Ok(Some(Given {
        permission: Permission {
            protocol,
            from,
            to,
            peer,
        },
        description: None,
    }))
}

/// The form in which EC2 keeps a protocol.
///
/// API Reference, IpPermission, IpProtocol: tcp, udp, icmp, icmpv6, a number, or -1. Numbers that
/// have a name are shown by their name.
pub(crate) fn protocol(text: &str) -> Result<String, ApiError> {
    let name = match text.to_ascii_lowercase().as_str() {
        "tcp" | "6" => "tcp",
        "udp" | "17" => "udp",
        "icmp" | "1" => "icmp",
        "icmpv6" | "58" => "icmpv6",
        "-1" | "all" => "-1",
        other
            if other
                .parse::<u8>()
                .is_ok_and(|number| number.to_string() == other) =>
        {
            text
        }
        _ => {
            return Err(ApiError::value(format!(
                "Invalid value '{text}' for IP protocol. Unknown protocol."
            )));
        }
    };
    Ok(name.to_owned())
}

/// The form in which EC2 keeps ports.
///
/// API Reference, IpPermission: tcp and udp need ports, icmp type and code (-1 for all codes if the
/// type is -1), icmpv6 may leave them out; with any other protocol they are ignored.
fn ports(protocol: &str, from: Option<i64>, to: Option<i64>) -> Result<(i64, i64), ApiError> {
    let both = "Must specify both from and to ports with TCP/UDP.";
    match (protocol, from, to) {
        ("tcp" | "udp", Some(from), Some(to)) => {
            for port in [from, to] {
                if !(0..=65535).contains(&port) {
                    return Err(ApiError::value(format!(
                        "Invalid value '{port}' for portRange. Port numbers are 0 to 65535."
                    )));
                }
            }
            if from > to {
                return Err(ApiError::value(format!(
                    "Invalid value '{from}-{to}' for portRange. The first port must not be above \
                     the last."
                )));
            }
            Ok((from, to))
        }
        ("tcp" | "udp", ..) => Err(ApiError::value(format!(
            "Invalid value '{both}' for portRange."
        ))),
        ("icmpv6", None, None) => Ok((-1, -1)),
        ("icmp" | "icmpv6", Some(kind), Some(code)) => {
            let known = |number| (-1..=255).contains(&number);
            if !known(kind) || !known(code) || (kind == -1 && code != -1) {
                return Err(ApiError::value(format!(
                    "Invalid value '{kind}:{code}' for ICMP type and code. Each is -1 to 255, and \
                     with type -1 the code is -1."
                )));
            }
            Ok((kind, code))
        }
        ("icmp" | "icmpv6", ..) => Err(ApiError::value(
            "Invalid value 'null' for portRange. ICMP needs a type and a code.",
        )),
        _ => Ok((-1, -1)),
    }
}

type Peers = Vec<(Peer, Option<String>)>;

fn peers(call: &Call, params: &mut Params) -> Result<Peers, ApiError> {
    let mut peers = Vec::new();
    for mut range in params.groups("IpRanges")? {
        let text = range.required("CidrIp")?;
        let block = cidr::ipv4(&text).ok_or_else(|| malformed(&text))?;
        peers.push((Peer::Ipv4(block), description(&mut range, true)?));
        range.finish()?;
    }
    for mut range in params.groups("Ipv6Ranges")? {
        let text = range.required("CidrIpv6")?;
        let block = cidr::ipv6(&text).ok_or_else(|| malformed(&text))?;
        peers.push((Peer::Ipv6(block), description(&mut range, true)?));
        range.finish()?;
    }
    for mut list in params.groups("PrefixListIds")? {
        let id = list.required("PrefixListId")?;
        call.find::<PrefixList>(&id)?;
        peers.push((Peer::PrefixList(id), description(&mut list, false)?));
        list.finish()?;
    }
    for mut pair in params.groups("Groups")? {
        let reference = reference(&mut pair)?;
        peers.push((Peer::Group(reference), description(&mut pair, false)?));
        pair.finish()?;
    }
    Ok(peers)
}

/// A group as it is given; whether a rule may reference it is for `group_reference` to say.
fn reference(pair: &mut Params) -> Result<Reference, ApiError> {
    let user_id = pair.text("UserId")?;
    pair.text("VpcId")?;
    pair.text("VpcPeeringConnectionId")?;
    if let Some(name) = pair.text("GroupName")? {
        return Err(ApiError::value(format!(
            "Invalid value '{name}' for groupName. You may not reference Amazon VPC security \
             groups by name. Please use the corresponding id for this operation."
        )));
    }
    let group_id = pair.required("GroupId")?;
    Kind::SecurityGroup.check(&group_id)?;
    Ok(Reference {
        group_id,
        user_id,
        extra: Extra::new(),
    })
}

/// API Reference, IpRange, Ipv6Range, UserIdGroupPair and PrefixListId, Description: at most 255
/// characters; `&` is in the set of the two kinds of ranges only.
fn description(params: &mut Params, of_range: bool) -> Result<Option<String>, ApiError> {
    let Some(text) = params.text("Description")? else {
        return Ok(None);
    };
    let marks = if of_range {
        " ._-:/()#,@[]+=&;{}!$*"
    } else {
        " ._-:/()#,@[]+=;{}!$*"
    };
    if text.chars().count() > 255 {
        return Err(ApiError::value(
            "Invalid rule description. A rule's description has at most 255 characters.",
        ));
    }
    if !text
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || marks.contains(character))
    {
        return Err(ApiError::value(format!(
            "Invalid rule description. Valid descriptions are strings less than 256 characters \
             from the following set: a-zA-Z0-9{marks}"
        )));
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn malformed(block: &str) -> ApiError {
    ApiError::value(format!("CIDR block {block} is malformed"))
}

/// Rules as DescribeSecurityGroups shows them: those of one protocol and ports together, in an
/// order that depends on nothing but the rules.
pub(super) fn grouped<'a>(rules: impl Iterator<Item = &'a Arc<SecurityGroupRule>>) -> Value {
    let mut sets: BTreeMap<(&str, i64, i64), Vec<&Arc<SecurityGroupRule>>> = BTreeMap::new();
    for rule in rules {
        let permission = &rule.permission;
        let key = (permission.protocol.as_str(), permission.from, permission.to);
        sets.entry(key).or_default().push(rule);
    }
    let permissions = sets.into_values().map(|mut rules| {
        rules.sort_by_cached_key(|rule| rule.permission.peer.key());
        let items = rules
            .iter()
            .map(|rule| (&rule.permission, rule.description.as_deref()));
        permission(items)
    });
    permissions.collect()
}

/// One permission, as the caller of Revoke gets it back in `unknownIpPermissionSet`.
pub(super) fn single(permission: &Permission) -> Value {
    self::permission(std::iter::once((permission, None)))
}

fn permission<'a>(rules: impl Iterator<Item = (&'a Permission, Option<&'a str>)>) -> Value {
    let mut shown =
        json!({"IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []});
    for (permission, description) in rules {
        shown["IpProtocol"] = permission.protocol.clone().into();
        if permission.has_ports() {
            shown["FromPort"] = permission.from.into();
            shown["ToPort"] = permission.to.into();
        }
        let (list, mut peer) = match &permission.peer {
            Peer::Ipv4(block) => ("IpRanges", text("CidrIp", &block.to_string())),
            Peer::Ipv6(block) => ("Ipv6Ranges", text("CidrIpv6", &block.to_string())),
            Peer::PrefixList(id) => ("PrefixListIds", text("PrefixListId", id)),
            Peer::Group(reference) => (
                "UserIdGroupPairs",
                crate::json::extra(crate::json::show(reference)),
            ),
        };
        if let Some(description) = description {
            peer.insert("Description".to_owned(), description.into());
        }
        if let Some(peers) = shown[list].as_array_mut() {
            peers.push(peer.into());
        }
    }
    shown
}

fn text(key: &str, value: &str) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), value.into())])
}
