//! What all Describe calls have in common: ids, filters, pages.

use super::Call;
use crate::{
    error::ApiError,
    filter::{Filters, Known, TagFilters},
    page::Page,
    reply::Reply,
    state::Resource,
    wire::query::Params,
};
use serde_json::Value;
use std::{ops::RangeInclusive, sync::Arc};

/// How a Describe call differs from the others.
#[derive(Debug, Clone)]
pub(crate) struct Describe {
    /// The member of the answer that has the list.
    pub(super) list: &'static str,
    /// The parameter for ids.
    pub(super) ids: &'static str,
    /// The bounds of MaxResults; none where the call has no pages.
    pub(super) max_results: Option<RangeInclusive<i64>>,
    /// Whether MaxResults is refused together with ids.
    pub(super) ids_or_pages: bool,
    /// The filters on the call's page of the API Reference.
    pub(super) filters: Known,
    /// The tag filters on that page.
    pub(super) tags: TagFilters,
}

/// What was found, and the token for more.
pub(super) struct Found {
    pub(super) items: Vec<Arc<Value>>,
    pub(super) next_token: Option<String>,
}

impl Found {
    pub(super) fn reply(self, list: &'static str) -> Reply {
        let reply = Reply::list(list, self.items);
        match self.next_token {
            Some(token) => reply.and("NextToken", token),
            None => reply,
        }
    }
}

impl Describe {
    /// A call with 5 to 1,000 results on a page and with filters for tags: most are so.
    pub(super) const fn new(list: &'static str, ids: &'static str, filters: Known) -> Self {
        Self {
            list,
            ids,
            max_results: Some(5..=1000),
            ids_or_pages: false,
            filters,
            tags: TagFilters::TagAndTagKey,
        }
    }

    /// Carries it out.
    pub(super) fn run<T: Resource>(
        &self,
        call: &Call,
        params: &mut Params,
    ) -> Result<Reply, ApiError> {
        let page = self.page(params)?;
        let ids = params.texts(self.ids)?;
        let filters = Filters::take(params, self.filters, self.tags)?;
        Ok(self.find::<T>(call, &page, ids, &filters)?.reply(self.list))
    }

    /// Reads the page asked for; the upper bound holds also where the caller gives none.
    pub(super) fn page(&self, params: &mut Params) -> Result<Page, ApiError> {
        match &self.max_results {
            Some(bounds) => Page::take(params, bounds.clone(), self.list),
            None => Ok(Page::all()),
        }
    }

    /// Finds the resources of one page: those of the ids, or all, as far as the filters let them.
    ///
    /// API Reference, each Describe call: an id that names nothing fails the whole call.
    pub(super) fn find<T: Resource>(
        &self,
        call: &Call,
        page: &Page,
        mut ids: Vec<String>,
        filters: &Filters,
    ) -> Result<Found, ApiError> {
        if ids.is_empty() {
            let ids = T::table(call.state).ids_after(page.after.as_deref());
            return Ok(collect::<T>(call, page, ids, filters));
        }
        if self.ids_or_pages && page.asked {
            return Err(ApiError::combination(format!(
                "The parameter maxResults cannot be used with the parameter {}",
                self.ids
            )));
        }
        for id in &ids {
            call.find::<T>(id)?;
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(self.among::<T>(call, page, ids.iter().map(String::as_str), filters))
    }

    /// Finds among ids that are in order.
    pub(super) fn among<'a, T: Resource>(
        &self,
        call: &Call,
        page: &Page,
        ids: impl Iterator<Item = &'a str>,
        filters: &Filters,
    ) -> Found {
        let after = page.after.as_deref();
        collect::<T>(
            call,
            page,
            ids.filter(|id| after.is_none_or(|after| *id > after)),
            filters,
        )
    }
}

fn collect<'a, T: Resource>(
    call: &Call,
    page: &Page,
    ids: impl Iterator<Item = &'a str>,
    filters: &Filters,
) -> Found {
    let table = T::table(call.state);
    let mut items: Vec<Arc<Value>> = Vec::new();
    let mut last = None;
    for id in ids {
        let Some(shown) = table.shown(id, call.state) else {
            continue;
        };
        if !filters.pass(shown) {
            continue;
        }
        if items.len() == page.size {
            return Found {
                items,
                next_token: last.map(|last| page.token(last)),
            };
        }
        items.push(Arc::clone(shown));
        last = Some(id);
    }
    Found {
        items,
        next_token: None,
    }
}
