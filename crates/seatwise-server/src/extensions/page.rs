//! Pages of lists.

use std::ops::Range;

use http::Uri;
use jiff::Timestamp;
use seatwise_types::ErrorCode;
use seatwise_types::extensions::{Axes, DEFAULT_TOP, MAX_TOP};
use seatwise_types::query::Skip;

use crate::plumbing::error::ApiError;
use crate::plumbing::list::List;
use crate::plumbing::parameters::Parameters;

/// The requested page, and the link to the next one.
pub(crate) struct Paging {
    top: u32,
    skip: Skip,
    list: List,
    /// The parameter with the instant of knowledge of all pages.
    known_at: &'static str,
}

impl Paging {
    /// Parses the page of a list that is as known at `knownAt`.
    pub(crate) fn parse(query: &Parameters<'_>, uri: &Uri) -> Result<Self, ApiError> {
        Self::parse_known(query, uri, Axes::KNOWN_AT)
    }

    /// Parses the page of a list that is as known at the instant of this parameter.
    pub(crate) fn parse_known(
        query: &Parameters<'_>,
        uri: &Uri,
        known_at: &'static str,
    ) -> Result<Self, ApiError> {
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
            list: List::of(uri, query, &["top", "skip", known_at]),
            known_at,
        })
    }

    pub(crate) fn skip(&self) -> usize {
        self.skip.get() as usize
    }

    pub(crate) fn top(&self) -> usize {
        self.top as usize
    }

    /// The range of the page in the list.
    pub(crate) fn range(&self) -> Range<usize> {
        self.skip()..self.skip().saturating_add(self.top())
    }

    /// The link to the page after this one, with the same instant of knowledge; `None` after the
    /// last page of a list with this many items.
    pub(crate) fn next_link(&self, items: usize, known_at: Option<Timestamp>) -> Option<String> {
        let end = self.range().end;
        if end >= items {
            return None;
        }
        let known_at = known_at.map(|at| (self.known_at, at.to_string()));
        let page = [("top", self.top.to_string()), ("skip", end.to_string())];
        Some(self.list.page(known_at.into_iter().chain(page)))
    }
}
