//! Prefix lists: as the snapshot has them, read only.

use super::{Call, describe::Describe};
use crate::{
    error::ApiError,
    filter::{Filters, TagFilters},
    id::Kind,
    json::{Extra, show},
    page::Page,
    reply::Reply,
    state::{Resource, State},
    tags::Tags,
    wire::query::Params,
    world::Scope,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A prefix list: AWS's own, or a customer's.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PrefixList {
    pub(crate) prefix_list_id: String,
    pub(crate) prefix_list_name: String,
    /// An account, or `AWS`.
    pub(crate) owner_id: String,
    /// The size that counts in groups; AWS's own lists show none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_entries: Option<usize>,
    pub(crate) tags: Tags,
    #[serde(flatten)]
    pub(crate) extra: Extra,
    /// What GetManagedPrefixListEntries shows.
    #[serde(skip)]
    pub(crate) entries: Vec<Value>,
}

fn aws() -> String {
    "AWS".to_owned()
}

impl Resource for PrefixList {
    const KIND: Kind = Kind::PrefixList;

    fn id(&self) -> &str {
        &self.prefix_list_id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
    fn tags_mut(&mut self) -> &mut Tags {
        &mut self.tags
    }
    fn show(&self, _state: &State) -> Value {
        show(self)
    }
}

/// VPC User Guide, "AWS-managed prefix lists": the weight of each in a security group.
const WEIGHTS: [(&str, usize); 7] = [
    (".cloudfront.origin-facing", 55),
    (".route53-healthchecks", 25),
    (".ipv6.route53-healthchecks", 25),
    (".vpc-lattice", 10),
    (".ipv6.vpc-lattice", 10),
    (".groundstation", 5),
    (".ec2-instance-connect", 2),
];

impl PrefixList {
    /// A list of a snapshot. Of AWS's own lists DescribePrefixLists prints id, name and blocks
    /// only; the rest follows from them.
    pub(crate) fn loaded(id: &str, mut members: Extra, scope: &Scope) -> Self {
        let mut take = |key: &str| members.remove(key);
        let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
        take("PrefixListId");
        let name = text(take("PrefixListName")).unwrap_or_default();
        let owner_id = text(take("OwnerId")).unwrap_or_else(aws);
        let max_entries = take("MaxEntries").and_then(|value| value.as_u64());
        let tags = take("Tags").and_then(|tags| serde_json::from_value(tags).ok());
        let mut list = Self {
            prefix_list_id: id.to_owned(),
            prefix_list_name: name,
            owner_id,
            max_entries: max_entries.and_then(|size| usize::try_from(size).ok()),
            tags: tags.unwrap_or_default(),
            extra: members,
            entries: Vec::new(),
        };
        let owner = if list.is_aws() { "aws" } else { &list.owner_id };
        let arn = format!("arn:aws:ec2:{}:{owner}:prefix-list/{id}", scope.region);
        let family = if list.prefix_list_name.contains(".ipv6.") {
            "IPv6"
        } else {
            "IPv4"
        };
        for (key, value) in [
            ("PrefixListArn", arn.as_str()),
            ("AddressFamily", family),
            ("State", "create-complete"),
        ] {
            list.extra.entry(key).or_insert_with(|| value.into());
        }
        list
    }

    /// Whether it is AWS's own.
    pub(crate) fn is_aws(&self) -> bool {
        self.owner_id == "AWS"
    }

    /// The rules that it counts for.
    pub(crate) fn weight(&self) -> usize {
        let named = || {
            WEIGHTS
                .iter()
                .find(|(end, _)| self.prefix_list_name.ends_with(end))
        };
        self.max_entries
            .unwrap_or_else(|| named().map_or(1, |(_, weight)| *weight))
    }

    /// Whether it holds IPv6 blocks.
    pub(crate) fn is_ipv6(&self) -> bool {
        self.extra
            .get("AddressFamily")
            .is_some_and(|family| family == "IPv6")
    }

    /// Its blocks.
    pub(crate) fn blocks(&self) -> Vec<Value> {
        self.entries
            .iter()
            .filter_map(|entry| entry.get("Cidr").cloned())
            .collect()
    }

    /// How DescribePrefixLists shows it.
    pub(crate) fn show_plain(&self) -> Value {
        json!({
            "PrefixListId": self.prefix_list_id,
            "PrefixListName": self.prefix_list_name,
            "Cidrs": self.blocks(),
        })
    }
}

/// API Reference, DescribeManagedPrefixLists: pages of 1 to 100, no tag filters.
const DESCRIBE_MANAGED: Describe = Describe {
    max_results: Some(1..=100),
    tags: TagFilters::None,
    ..Describe::new(
        "PrefixLists",
        "PrefixListId",
        &[
            ("owner-id", "OwnerId"),
            ("prefix-list-id", "PrefixListId"),
            ("prefix-list-name", "PrefixListName"),
        ],
    )
};

/// DescribeManagedPrefixLists: AWS's lists and the customer's.
pub(super) fn describe_managed(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    DESCRIBE_MANAGED.run::<PrefixList>(call, params)
}

/// API Reference, DescribePrefixLists: the page names no bounds; those of most calls are used.
const DESCRIBE: Describe = Describe {
    tags: TagFilters::None,
    ..Describe::new(
        "PrefixLists",
        "PrefixListId",
        &[
            ("prefix-list-id", "PrefixListId"),
            ("prefix-list-name", "PrefixListName"),
        ],
    )
};

/// DescribePrefixLists: AWS's lists only, with their blocks.
pub(super) fn describe(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    let page = DESCRIBE.page(params)?;
    let ids = params.texts(DESCRIBE.ids)?;
    let filters = Filters::take(params, DESCRIBE.filters, DESCRIBE.tags)?;
    let found = DESCRIBE.find::<PrefixList>(call, &page, ids, &filters)?;
    let list = found.items.iter().filter_map(|shown| {
        let list = call
            .state
            .prefix_lists
            .get(shown.get("PrefixListId")?.as_str()?)?;
        list.is_aws().then(|| Arc::new(list.show_plain()))
    });
    let mut reply = Reply::list(DESCRIBE.list, list.collect());
    if let Some(token) = found.next_token {
        reply = reply.and("NextToken", token);
    }
    Ok(reply)
}

/// GetManagedPrefixListEntries, in pages of 1 to 100.
pub(super) fn entries(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    let page = Page::take(params, 1..=100, "Entries")?;
    params.number("TargetVersion")?;
    let list = call.find::<PrefixList>(&params.required("PrefixListId")?)?;
    let start = page
        .after
        .as_deref()
        .and_then(|after| after.parse().ok())
        .unwrap_or(0);
    let end = list.entries.len().min(start + page.size);
    let items = list.entries.get(start..end).unwrap_or_default();
    let reply = Reply::list("Entries", items.iter().cloned().map(Arc::new).collect());
    Ok(if end < list.entries.len() {
        reply.and("NextToken", page.token(&end.to_string()))
    } else {
        reply
    })
}
