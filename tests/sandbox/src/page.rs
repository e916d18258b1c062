//! Pages of Describe calls.
//!
//! EC2 User Guide, "Pagination": a page that does not end the list comes with a NextToken, which
//! goes with the same request only. Without MaxResults a page has as many items as the call allows.

use crate::{error::ApiError, wire::query::Params};
use std::ops::RangeInclusive;

/// Which part of a list is asked for.
#[derive(Debug)]
pub(crate) struct Page {
    /// The most items.
    pub(crate) size: usize,
    /// The id after which the page begins.
    pub(crate) after: Option<String>,
    /// Whether the caller gave MaxResults.
    pub(crate) asked: bool,
    request: String,
}

impl Page {
    /// Reads `MaxResults` and `NextToken`, before anything else was taken: a token is good for the
    /// rest of the request alone.
    pub(crate) fn take(
        params: &mut Params,
        bounds: RangeInclusive<i64>,
        list: &str,
    ) -> Result<Self, ApiError> {
        let size = params.number("MaxResults")?;
        if let Some(size) = size.filter(|size| !bounds.contains(size)) {
            return Err(ApiError::value(format!(
                "Value ( {size} ) for parameter maxResults is invalid. Expecting a value between \
                 {} and {}.",
                bounds.start(),
                bounds.end()
            )));
        }
        let token = params.text("NextToken")?.filter(|token| !token.is_empty());
        let request = format!("{list} {params:?}");
        let after = match token {
            None => None,
            Some(token) => Some(open(&token, &request).ok_or_else(|| {
                ApiError::new("InvalidNextToken", "The specified NextToken is not valid.")
            })?),
        };
        let asked = size.is_some();
        let size = usize::try_from(size.unwrap_or(*bounds.end())).unwrap_or(usize::MAX);
        Ok(Self {
            size,
            after,
            asked,
            request,
        })
    }

    /// Everything: for calls without pages.
    pub(crate) fn all() -> Self {
        Self {
            size: usize::MAX,
            after: None,
            asked: false,
            request: String::new(),
        }
    }

    /// The token for what comes after that id.
    pub(crate) fn token(&self, last: &str) -> String {
        let seal = crate::id::invented("", &self.request);
        format!("{seal}{last}")
            .bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

fn open(token: &str, request: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> = (0..token.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(token.get(at..at + 2)?, 16).ok())
        .collect();
    let text = String::from_utf8(bytes?).ok()?;
    text.strip_prefix(&crate::id::invented("", request))
        .map(str::to_owned)
}
