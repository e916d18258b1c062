//! An endpoint's declaration turned into one that works: the same behind a proxy, filled in as far as anything is
//! known, in one line of YAML.

use super::{
    endpoint::cidrs_of,
    fitting,
    leg::{Leg, RESERVED_BY_DMS},
    routes::follow,
    yaml::flow,
};
use crate::{
    api::PathDirection,
    network::{blocks::narrower, covers, overlaps},
    snapshot::NetworkInterface,
};
use ipnet::IpNet;
use serde_json::{Map, Value, json};

/// What a person does in place of a placement that never works.
pub(super) fn remedy(leg: &Leg<'_, '_>) -> String {
    let vpc = leg.side.vpc_id;
    if leg.endpoint.placement.proxy.is_some() {
        return format!("run the proxy in a subnet of {vpc} outside of {RESERVED_BY_DMS}");
    }
    format!(
        "run a proxy in {vpc}, and declare the endpoint so, with your own in place of what stands in <>: {}",
        flow(&Value::Object(endpoint(leg)))
    )
}

fn endpoint(leg: &Leg<'_, '_>) -> Map<String, Value> {
    let declared = serde_json::to_value(leg.endpoint).unwrap_or_default();
    let mut endpoint = match declared {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    let reserved = reserved(leg);
    let behind = match endpoint.get("placement") {
        // A placement has every form that what is behind a proxy has.
        Some(placement) if leg.endpoint.placement.classic_link.is_none() => placement.clone(),
        _ => behind(leg),
    };
    let addresses = match reserved.as_slice() {
        [] => leg.blocks(),
        reserved => reserved.to_vec(),
    };
    let mut name = leg.endpoint.name.to_string();
    if leg.endpoint.ports().len() > 1 {
        name.push_str(&format!("-{}", leg.port));
    }
    if !reserved.is_empty() && reserved != leg.blocks() {
        // The rest of its addresses stays an endpoint as it is.
        name.push_str("-proxy");
    }
    let host = json!({
        "instanceID": format!(
            "<the proxy's instance in {}, such as in {}>",
            leg.side.vpc_id, leg.somewhere.subnet_id
        ),
        "securityGroupIDs": ["<its security group>"],
    });
    endpoint.insert("name".to_owned(), json!(name));
    endpoint.insert("ports".to_owned(), json!([leg.port]));
    endpoint.insert(
        "addresses".to_owned(),
        match addresses.as_slice() {
            [] => json!(["<the database's address>"]),
            known => known
                .iter()
                .map(|block| Value::from(address(block)))
                .collect(),
        },
    );
    endpoint.insert(
        "placement".to_owned(),
        json!({"proxy": {"host": host, "listenPort": leg.port, "behind": behind}}),
    );
    endpoint
}

/// The declared addresses that DMS keeps for itself.
fn reserved(leg: &Leg<'_, '_>) -> Vec<IpNet> {
    let blocks = leg.blocks().into_iter();
    let reserved = blocks.filter(|block| overlaps(block, &RESERVED_BY_DMS));
    reserved
        .map(|block| narrower(block, RESERVED_BY_DMS))
        .collect()
}

/// Where a database is of which the declaration does not tell: in the VPC that holds its addresses, else where the
/// routes lead.
fn behind(leg: &Leg<'_, '_>) -> Value {
    let (side, blocks) = (leg.side, leg.blocks());
    let groups = |found: Option<&NetworkInterface>| match found {
        Some(interface) => json!(interface.security_group_ids),
        None => json!(["<the database's security group>"]),
    };
    let first = blocks.first();
    let at = |vpc| first.and_then(|block| side.scope.interface_at(vpc, block.addr()));
    let cidrs = cidrs_of(side.vpc_id, side.scope).unwrap_or_default();
    let is_near = |block: &IpNet| cidrs.iter().any(|cidr| covers(cidr, block));
    if blocks.iter().all(is_near) {
        return json!({"sameVPC": {"securityGroupIDs": groups(at(side.vpc_id))}});
    }
    if let Some(vpc) = fitting::vpc_of(side, &blocks) {
        return json!({"otherVPC": {"vpcID": vpc, "securityGroupIDs": groups(at(vpc))}});
    }
    let client = leg.clients.iter().flatten().next();
    let fitting = client.and_then(|client| {
        let routed = follow(client.subnet, &blocks, PathDirection::Forward, side.scope);
        let by = routed.first()?.by.as_ref().ok()?;
        fitting::placement(&by.route.target, side, &blocks)
    });
    fitting.unwrap_or_else(|| json!("<where it is now: sameVPC, otherVPC, onPremises or internet>"))
}

/// A host as people write it: without the length of its block.
fn address(block: &IpNet) -> String {
    match block.prefix_len() == block.max_prefix_len() {
        true => block.addr().to_string(),
        false => block.to_string(),
    }
}
