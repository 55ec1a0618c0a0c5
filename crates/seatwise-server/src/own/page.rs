//! Answers that come in pages.

use http::Uri;
use jiff::Timestamp;
use seatwise_types::ErrorCode;
use seatwise_types::own::{Axes, DEFAULT_TOP, MAX_TOP};
use seatwise_types::query::Skip;
use url::form_urlencoded;

use crate::error::ApiError;
use crate::parameters::Parameters;

/// Which page is asked for, and how the next one is asked for.
pub(crate) struct Paging {
    top: u32,
    skip: Skip,
    path: String,
    /// The parameters that are the same for all pages, as they came.
    of_all_pages: Vec<(String, String)>,
}

impl Paging {
    pub(crate) fn parse(query: &Parameters<'_>, uri: &Uri) -> Result<Self, ApiError> {
        let invalid = |text: String| ApiError::new(ErrorCode::InvalidInput, text);
        let top = query.get("top").map(str::parse).unwrap_or(Ok(DEFAULT_TOP));
        let top = top.ok().filter(|top| (1..=MAX_TOP).contains(top));
        let skip = query.get("skip").map(str::parse).transpose();
        let of_all_pages = query.without(&["top", "skip", Axes::KNOWN_AT]);
        Ok(Self {
            top: top.ok_or_else(|| {
                invalid(format!(
                    "top: a whole number from 1 to {MAX_TOP} is expected"
                ))
            })?,
            skip: skip
                .map_err(|err| invalid(format!("skip: {err}")))?
                .unwrap_or_default(),
            path: uri.path().to_owned(),
            of_all_pages: of_all_pages
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }

    pub(crate) fn skip(&self) -> usize {
        self.skip.get() as usize
    }

    pub(crate) fn top(&self) -> usize {
        self.top as usize
    }

    /// Where the next page of a list of so many items is, told as it was known for this one; none
    /// behind the last one.
    pub(crate) fn next_link(&self, items: usize, known_at: Option<Timestamp>) -> Option<String> {
        let end = self.skip().saturating_add(self.top());
        if end >= items {
            return None;
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.of_all_pages);
        if let Some(known_at) = known_at {
            query.append_pair(Axes::KNOWN_AT, &known_at.to_string());
        }
        query.append_pair("top", &self.top.to_string());
        query.append_pair("skip", &end.to_string());
        Some(format!("{}?{}", self.path, query.finish()))
    }
}
