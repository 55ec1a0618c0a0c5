//! Page links, which must stay on the origin and must not form a cycle.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hash, RandomState};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use seatwise_types::{LinkHeader, wire};
use serde::Serialize;

use crate::Error;
use crate::base_url::BaseUrl;
use crate::transport::Request;

/// The path of a link in an answer, relative to the base URL.
///
/// Links are absolute or relative, and their paths begin with a version or not. A path without a
/// version gets the root under which the page itself was found.
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

/// The headers of a link that belong to Partner Center's `MS-` family. Others are dropped, so that
/// an answer cannot change how the client signs in or frames requests.
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

/// The value of a header that comes from an answer.
pub(crate) fn continuation(value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(value).map_err(|err| {
        Error::unusable("continuationToken", "the continuation token cannot be sent").because(err)
    })
}

/// A path with the members of a query as its parameters: those with a value, in their order.
pub(crate) fn with_query(path: &str, query: &impl Serialize) -> Result<String, Error> {
    let query = serde_urlencoded::to_string(query)
        .map_err(|err| Error::invalid("the query cannot be sent").because(err))?;
    if query.is_empty() {
        return Ok(path.to_owned());
    }
    // Plus signs in values are `%2B` here, so each remaining plus is a space. Every server decodes
    // `%20`.
    Ok(format!("{path}?{}", query.replace('+', "%20")))
}

/// The pages requested and received so far, to detect cycles.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    hashes: HashSet<u64>,
    state: RandomState,
}

impl Seen {
    /// Remembers a request.
    ///
    /// # Errors
    ///
    /// If the same request was made before: the links form a cycle.
    pub(crate) fn request(&mut self, request: &Request) -> Result<(), Error> {
        let mut headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        headers.sort_unstable();
        self.insert(&(&request.path, headers))
    }

    /// Remembers received rows; ignores an empty page.
    ///
    /// # Errors
    ///
    /// If the same rows arrived before.
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
