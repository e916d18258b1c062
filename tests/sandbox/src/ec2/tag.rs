//! Tags of all kinds of resources.

use super::Call;
use crate::{
    error::ApiError,
    filter::{Filters, Known, TagFilters},
    id::Kind,
    page::Page,
    reply::{Outcome, Reply},
    state::Change,
    tags::Tags,
    wire::query::Params,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// The most resources in one call (API Reference, CreateTags).
const MOST_RESOURCES: usize = 1000;

/// CreateTags: on all resources of the call, or on none.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let ids = resources(params)?;
    let tags = Tags::take(params)?;
    if tags.0.is_empty() {
        return Err(ApiError::missing("Tag"));
    }
    let changes = ids.iter().map(|id| retag(call, id, &|old| old.and(&tags)));
    Ok(Outcome {
        changes: changes.collect::<Result<Vec<_>, _>>()?.concat(),
        reply: Reply::default(),
    })
}

/// DeleteTags.
///
/// API Reference: a key without a value goes whatever its value; with one, also the empty one, only
/// if it has that value; without keys all tags but AWS's own go. What is not there is no error.
pub(super) fn delete(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let ids = resources(params)?;
    let mut doomed = Vec::new();
    for mut tag in params.groups("Tag")? {
        doomed.push((tag.required("Key")?, tag.text("Value")?));
        tag.finish()?;
    }
    let without = |old: &Tags| {
        let mut tags = old.clone();
        tags.0.retain(|key, value| {
            let hit = |(name, wanted): &(String, Option<String>)| {
                name == key && wanted.as_ref().is_none_or(|wanted| wanted == value)
            };
            key.starts_with("aws:") || !(doomed.is_empty() || doomed.iter().any(hit))
        });
        Ok(tags)
    };
    let changes = ids.iter().map(|id| retag(call, id, &without));
    Ok(Outcome {
        changes: changes.collect::<Result<Vec<_>, _>>()?.concat(),
        reply: Reply::default(),
    })
}

fn resources(params: &mut Params) -> Result<Vec<String>, ApiError> {
    let mut ids = params.texts("ResourceId")?;
    ids.sort_unstable();
    ids.dedup();
    match ids.len() {
        0 => Err(ApiError::missing("ResourceId")),
        count if count > MOST_RESOURCES => Err(ApiError::value(
            "At most 1000 resources can be given in one call.",
        )),
        _ => Ok(ids),
    }
}

/// The changes for one id: an attachment of a transit gateway is in the list of all, and in that of
/// its kind.
fn retag(
    call: &Call,
    id: &str,
    with: &dyn Fn(&Tags) -> Result<Tags, ApiError>,
) -> Result<Vec<Change>, ApiError> {
    let changes = Kind::of(id).filter_map(|kind| call.state.retagged(kind, id, with));
    let changes = changes.collect::<Result<Vec<_>, _>>()?;
    match Kind::of(id).next() {
        None => Err(ApiError::new(
            "InvalidID",
            format!("The ID '{id}' is not valid"),
        )),
        Some(kind) if changes.is_empty() => Err(kind.not_found(id)),
        Some(_) => Ok(changes),
    }
}

const FILTERS: Known = &[
    ("key", "Key"),
    ("resource-id", "ResourceId"),
    ("resource-type", "ResourceType"),
    ("value", "Value"),
];

/// DescribeTags.
///
/// API Reference: `tag:<key>` takes the values of that key.
pub(super) fn describe(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    let page = Page::take(params, 5..=1000, "Tags")?;
    let filters = Filters::take(params, FILTERS, TagFilters::Tag)?;
    let mut all: Vec<_> = call.state.tagged().flat_map(shown).collect();
    all.retain(|(cursor, shown)| {
        page.after.as_ref().is_none_or(|after| cursor > after) && filters.pass(shown)
    });
    all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    all.dedup_by(|(one, _), (other, _)| one == other);
    let more = all.len() > page.size;
    all.truncate(page.size);
    let token = all
        .last()
        .filter(|_| more)
        .map(|(cursor, _)| page.token(cursor));
    let mut reply = Reply::list(
        "Tags",
        all.into_iter().map(|(_, shown)| Arc::new(shown)).collect(),
    );
    if let Some(token) = token {
        reply = reply.and("NextToken", token);
    }
    Ok(reply)
}

/// The tags of a resource as DescribeTags shows them, each with its place in the order.
fn shown((kind, id, tags): (Kind, &str, &Tags)) -> Vec<(String, Value)> {
    let one = |(key, value): (&String, &String)| {
        let shown = json!({
            "Key": key,
            "Value": value,
            "ResourceId": id,
            "ResourceType": kind.resource_type(),
            // Not shown; `tag:<key>` looks here.
            "Tags": [{"Key": key, "Value": value}],
        });
        (format!("{id} {key}"), shown)
    };
    tags.0.iter().map(one).collect()
}
