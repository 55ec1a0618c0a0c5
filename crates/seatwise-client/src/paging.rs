//! From one page to the next, without leaving the origin and without going round in circles.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hash, RandomState};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use seatwise_types::{LinkHeader, wire};
use serde::Serialize;
use url::form_urlencoded;

use crate::Error;
use crate::base_url::BaseUrl;
use crate::transport::Request;

/// The path below the base URL that a link of an answer means.
///
/// Links come absolute or relative, and their paths with or without a version before them. One
/// without it gets the root under which the page itself was found.
pub(crate) fn path_of(base_url: &BaseUrl, link: &str, root: &str) -> Result<String, Error> {
    let path = base_url.below(link.trim())?;
    let lower = path.to_ascii_lowercase();
    Ok(match lower.strip_prefix("/partner/") {
        _ if lower.starts_with("/v1/") => path,
        Some(rest) if rest.starts_with("v1/") => path,
        Some(_) => format!("/partner/v1{}", &path["/partner".len()..]),
        None => format!("{root}{path}"),
    })
}

/// The headers that a link wants to be sent: those of Partner Center's own family. No other is
/// sent, because an answer must not decide how the client signs in or where the next one begins.
pub(crate) fn headers_of(wanted: &[LinkHeader]) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    for LinkHeader { key, value } in wanted {
        if key
            .get(..3)
            .is_some_and(|it| it.eq_ignore_ascii_case("ms-"))
        {
            headers.insert(header_name(key)?, continuation(value)?);
        }
    }
    Ok(headers)
}

fn header_name(name: &str) -> Result<HeaderName, Error> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|err| {
        Error::unusable(
            "links.next.headers",
            "a header of the next page has no such name",
        )
        .because(err)
    })
}

/// The value of a header from an answer.
pub(crate) fn continuation(value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(value).map_err(|err| {
        Error::unusable("continuationToken", "the continuation token cannot be sent").because(err)
    })
}

/// A query string in which a blank is `%20`, which every server reads as one.
pub(crate) fn query_string<'a>(parameters: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        query.append_pair(name, &value);
    }
    // A plus sign of a value is `%2B` here, so each that is left is a blank.
    query.finish().replace('+', "%20")
}

/// Which pages were asked for and came, so that none is taken twice.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    hashes: HashSet<u64>,
    state: RandomState,
}

impl Seen {
    /// Remembers what is asked for.
    ///
    /// # Errors
    ///
    /// If it was asked for before: links lead in a circle.
    pub(crate) fn request(&mut self, request: &Request) -> Result<(), Error> {
        let mut headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        headers.sort_unstable();
        self.insert(&(&request.path, headers))
    }

    /// Remembers rows that came; nothing is remembered of no rows.
    ///
    /// # Errors
    ///
    /// If the same came before.
    pub(crate) fn rows<R: Serialize>(&mut self, rows: &[R]) -> Result<(), Error> {
        match rows {
            [] => Ok(()),
            rows => self.insert(&wire::encode(rows)),
        }
    }

    fn insert(&mut self, page: &impl Hash) -> Result<(), Error> {
        if self.hashes.insert(self.state.hash_one(page)) {
            return Ok(());
        }
        Err(Error::endless(
            "gave up: the service led to a page that was there before",
        ))
    }
}
