//! Answers that come in pages.

use http::Uri;
use jiff::Timestamp;
use seatwise_types::ErrorCode;
use seatwise_types::own::{Axes, DEFAULT_TOP, MAX_TOP};
use seatwise_types::query::Skip;

use crate::error::ApiError;
use crate::list::List;
use crate::parameters::Parameters;

/// Which page is asked for, and how the next one is asked for.
pub(crate) struct Paging {
    top: u32,
    skip: Skip,
    list: List,
}

impl Paging {
    pub(crate) fn parse(query: &Parameters<'_>, uri: &Uri) -> Result<Self, ApiError> {
        let invalid = |text: String| ApiError::new(ErrorCode::InvalidInput, text);
        let top = query.get("top").map(str::parse).unwrap_or(Ok(DEFAULT_TOP));
        let top = top.ok().filter(|top| (1..=MAX_TOP).contains(top));
        let skip = query.get("skip").map(str::parse).transpose();
        Ok(Self {
            top: top.ok_or_else(|| {
                invalid(format!(
                    "top: a whole number from 1 to {MAX_TOP} is expected"
                ))
            })?,
            skip: skip
                .map_err(|err| invalid(format!("skip: {err}")))?
                .unwrap_or_default(),
            list: List::of(uri, query, &["top", "skip", Axes::KNOWN_AT]),
        })
    }

    pub(crate) fn skip(&self) -> usize {
        self.skip.get() as usize
    }

    pub(crate) fn top(&self) -> usize {
        self.top as usize
    }

    /// Where the next page of a list of so many items is, as it was known for this one; none
    /// behind the last one.
    pub(crate) fn next_link(&self, items: usize, known_at: Option<Timestamp>) -> Option<String> {
        let end = self.skip().saturating_add(self.top());
        if end >= items {
            return None;
        }
        let known_at = known_at.map(|at| (Axes::KNOWN_AT, at.to_string()));
        let page = [("top", self.top.to_string()), ("skip", end.to_string())];
        Some(self.list.page(known_at.into_iter().chain(page)))
    }
}
