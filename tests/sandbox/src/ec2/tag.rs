//! Tags of all kinds of resources.

use super::{
    Call, address::Address, instance::Instance, network_acl::NetworkAcl,
    network_interface::NetworkInterface, prefix_list::PrefixList, route_table::RouteTable,
    security_group::SecurityGroup, security_group_rule::SecurityGroupRule, subnet::Subnet,
    vpc::Vpc,
};
use crate::{
    error::ApiError,
    filter::{Filters, Known, TagFilters},
    id::Kind,
    page::Page,
    reply::{Outcome, Reply},
    state::{Change, Resource},
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
        changes: changes.collect::<Result<_, _>>()?,
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
        changes: changes.collect::<Result<_, _>>()?,
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

type Retag<'a> = &'a dyn Fn(&Tags) -> Result<Tags, ApiError>;

fn retag(call: &Call, id: &str, with: Retag) -> Result<Change, ApiError> {
    let kind = Kind::of(id)
        .ok_or_else(|| ApiError::new("InvalidID", format!("The ID '{id}' is not valid")))?;
    match kind {
        Kind::Vpc => retagged::<Vpc>(call, id, with),
        Kind::Subnet => retagged::<Subnet>(call, id, with),
        Kind::SecurityGroup => retagged::<SecurityGroup>(call, id, with),
        Kind::SecurityGroupRule => retagged::<SecurityGroupRule>(call, id, with),
        Kind::NetworkAcl => retagged::<NetworkAcl>(call, id, with),
        Kind::RouteTable => retagged::<RouteTable>(call, id, with),
        Kind::NetworkInterface => retagged::<NetworkInterface>(call, id, with),
        Kind::Instance => retagged::<Instance>(call, id, with),
        Kind::Address => retagged::<Address>(call, id, with),
        Kind::PrefixList => retagged::<PrefixList>(call, id, with),
    }
}

fn retagged<T: Resource>(call: &Call, id: &str, with: Retag) -> Result<Change, ApiError> {
    let mut resource = T::clone(call.find::<T>(id)?);
    *resource.tags_mut() = with(resource.tags())?;
    Ok(Change::put(resource))
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
    let mut all = Vec::new();
    list::<Vpc>(call, &mut all);
    list::<Subnet>(call, &mut all);
    list::<SecurityGroup>(call, &mut all);
    list::<SecurityGroupRule>(call, &mut all);
    list::<NetworkAcl>(call, &mut all);
    list::<RouteTable>(call, &mut all);
    list::<NetworkInterface>(call, &mut all);
    list::<Instance>(call, &mut all);
    list::<Address>(call, &mut all);
    list::<PrefixList>(call, &mut all);
    all.retain(|(cursor, shown)| {
        page.after.as_ref().is_none_or(|after| cursor > after) && filters.pass(shown)
    });
    all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
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

fn list<T: Resource>(call: &Call, all: &mut Vec<(String, Value)>) {
    for resource in T::table(call.state).iter() {
        for (key, value) in &resource.tags().0 {
            let shown = json!({
                "Key": key,
                "Value": value,
                "ResourceId": resource.id(),
                "ResourceType": T::KIND.resource_type(),
                // Not shown; `tag:<key>` looks here.
                "Tags": [{"Key": key, "Value": value}],
            });
            all.push((format!("{} {key}", resource.id()), shown));
        }
    }
}
