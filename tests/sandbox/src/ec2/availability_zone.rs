//! Availability Zones: those of the loaded snapshot, else three for any Region.

use super::Call;
use crate::{
    error::ApiError,
    filter::{Filters, Known, TagFilters},
    reply::Reply,
    state::State,
    wire::query::Params,
    world::Scope,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// The key under which a snapshot has the zones.
const LIST: &str = "AvailabilityZones";

/// A zone's name and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone {
    pub(crate) name: String,
    pub(crate) id: String,
}

/// The zones of a Region.
pub(crate) fn zones(state: &State, scope: &Scope) -> Vec<Zone> {
    let text = |zone: &Value, key| {
        zone.get(key)
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned()
    };
    shown(state, scope)
        .iter()
        .map(|zone| Zone {
            name: text(zone, "ZoneName"),
            id: text(zone, "ZoneId"),
        })
        .collect()
}

/// The zone that a caller named, or the first.
pub(super) fn choose(
    call: &Call,
    name: Option<String>,
    id: Option<String>,
) -> Result<Zone, ApiError> {
    let zones = zones(call.state, call.scope);
    let wanted = |zone: &&Zone| {
        name.as_ref().is_none_or(|name| zone.name == *name)
            && id.as_ref().is_none_or(|id| zone.id == *id)
    };
    zones.iter().find(wanted).cloned().ok_or_else(|| {
        let given = name.or(id).unwrap_or_default();
        let all: Vec<_> = zones.into_iter().map(|zone| zone.name).collect();
        ApiError::value(format!(
            "Value ({given}) for parameter availabilityZone is invalid. Subnets can currently \
             only be created in the following availability zones: {}.",
            all.join(", ")
        ))
    })
}

const FILTERS: Known = &[
    ("group-long-name", "GroupLongName"),
    ("group-name", "GroupName"),
    ("message", "Messages.Message"),
    ("opt-in-status", "OptInStatus"),
    ("parent-zone-id", "ParentZoneId"),
    ("parent-zone-name", "ParentZoneName"),
    ("region-name", "RegionName"),
    ("state", "State"),
    ("zone-id", "ZoneId"),
    ("zone-name", "ZoneName"),
    ("zone-type", "ZoneType"),
];

/// DescribeAvailabilityZones.
pub(super) fn describe(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    let names = params.texts("ZoneName")?;
    let ids = params.texts("ZoneId")?;
    params.flag("AllAvailabilityZones")?;
    let filters = Filters::take(params, FILTERS, TagFilters::None)?;
    let mut items = shown(call.state, call.scope);
    for (key, wanted) in [("ZoneName", names), ("ZoneId", ids)] {
        let has = |zone: &Value, name: &String| zone.get(key).and_then(Value::as_str) == Some(name);
        if let Some(absent) = wanted
            .iter()
            .find(|name| !items.iter().any(|zone| has(zone, name)))
        {
            return Err(ApiError::value(format!(
                "Invalid availability zone: [{absent}]"
            )));
        }
        items.retain(|zone| wanted.is_empty() || wanted.iter().any(|name| has(zone, name)));
    }
    items.retain(|zone| filters.pass(zone));
    Ok(Reply::list(LIST, items.into_iter().map(Arc::new).collect()))
}

/// The zones as DescribeAvailabilityZones shows them.
pub(crate) fn shown(state: &State, scope: &Scope) -> Vec<Value> {
    if let Some(zones) = state.documents.get(LIST) {
        return zones.clone();
    }
    let region = &scope.region;
    let short = short(region);
    ["a", "b", "c"]
        .iter()
        .zip(1..)
        .map(|(letter, number)| {
            json!({
                "OptInStatus": "opt-in-not-required",
                "Messages": [],
                "RegionName": region,
                "ZoneName": format!("{region}{letter}"),
                "ZoneId": format!("{short}-az{number}"),
                "GroupName": region,
                "NetworkBorderGroup": region,
                "ZoneType": "availability-zone",
                "State": "available",
            })
        })
        .collect()
}

/// EC2 User Guide, "Availability Zone IDs": the Region's short form, e.g. `euw1` or `apse2`.
fn short(region: &str) -> String {
    region
        .split('-')
        .enumerate()
        .map(|(place, word)| match word {
            _ if place == 0 => word.to_owned(),
            "northeast" => "ne".to_owned(),
            "northwest" => "nw".to_owned(),
            "southeast" => "se".to_owned(),
            "southwest" => "sw".to_owned(),
            _ => word.chars().take(1).collect(),
        })
        .collect()
}
