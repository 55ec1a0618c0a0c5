//! The page parameters of the list of customers.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use jiff::Timestamp;
use seatwise_types::{
    CustomerField, CustomerFilter, ErrorCode, InvalidCustomerFilter, SeekOperation, header,
};
use serde::{Deserialize, Serialize};

use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::Parameters;

/// The largest and the default page size. No size is documented.
pub(crate) const LARGEST_PAGE: usize = 500;

/// The largest valid `size`: the parameter is documented as an `int`.
pub(crate) const MAX_SIZE: u32 = i32::MAX.cast_unsigned();

/// The stored data that a list is made from.
#[derive(Clone, Copy, Deserialize, Serialize)]
pub(crate) struct ListCursor {
    /// The table versions of usage and deployment.
    pub(crate) versions: [u64; 2],
    /// When the last domain was recorded; `None` if there is none.
    #[serde(default)]
    pub(crate) domains: Option<Timestamp>,
}

/// A search for customers.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Search {
    pub(crate) by: SearchBy,
    /// The beginning of the text, in lower case.
    pub(crate) start: String,
}

/// The searchable fields.
#[derive(Clone, Copy, Deserialize, PartialEq, Serialize)]
pub(crate) enum SearchBy {
    CompanyName,
    Domain,
}

/// A requested page.
pub(crate) struct Asked {
    pub(crate) cursor: Cursor,
    seek: SeekOperation,
    /// The token in the request.
    pub(crate) token: Option<String>,
}

/// A list and a position in it: the content of a continuation token. It includes size and filter,
/// because clients do not repeat these.
#[derive(Deserialize, Serialize)]
pub(crate) struct Cursor {
    /// `None` for the first page of a list.
    #[serde(flatten)]
    pub(crate) of: Option<ListCursor>,
    pub(crate) size: usize,
    #[serde(rename = "filter")]
    pub(crate) search: Option<Search>,
    at: usize,
}

impl Asked {
    /// Parses `size`, `filter` and `seekOperation`, and the header with the token.
    pub(crate) fn parse(query: &str, headers: &HeaderMap) -> Result<Self, ApiError> {
        let query = Parameters::parse(query)?;
        let seek: Option<Result<SeekOperation, _>> = query.get("seekOperation").map(str::parse);
        let seek = seek.transpose();
        let seek = seek.map_err(|err| {
            ApiError::new(ErrorCode::InvalidEnumValue, format!("seekOperation: {err}"))
        })?;
        if seek == Some(SeekOperation::PageIndex) {
            let reason = "seekOperation: `PageIndex` is not supported, no index is documented";
            return Err(ApiError::new(ErrorCode::InvalidProperty, reason));
        }
        // With a token the size has no effect, but an invalid one is still an error.
        let size = size(query.get("size"))?;
        let search = query.get("filter").map(search).transpose()?;
        if let Some(token) = headers.get(header::MS_CONTINUATION_TOKEN) {
            let cursor = Cursor::from_token(token.as_bytes()).ok_or_else(|| {
                let reason = "MS-ContinuationToken: this is not a token of this list";
                ApiError::new(ErrorCode::InvalidProperty, reason)
            })?;
            return Ok(Self {
                cursor,
                seek: seek.unwrap_or(SeekOperation::Next),
                token: token.to_str().ok().map(ToOwned::to_owned),
            });
        }
        let seek = seek.unwrap_or(SeekOperation::First);
        if matches!(seek, SeekOperation::Next | SeekOperation::Previous) {
            let reason = format!("seekOperation: `{seek}` needs the header MS-ContinuationToken");
            return Err(ApiError::new(ErrorCode::InvalidProperty, reason));
        }
        let cursor = Cursor {
            of: None,
            size,
            search,
            at: 0,
        };
        Ok(Self {
            cursor,
            seek,
            token: None,
        })
    }

    /// The range of the page in a list of `count` customers.
    pub(crate) fn page(&self, count: usize) -> Range<usize> {
        let Cursor { size, at, .. } = self.cursor;
        let start = match self.seek {
            SeekOperation::Next => at.saturating_add(size),
            SeekOperation::Previous => at.saturating_sub(size),
            SeekOperation::Last => count.saturating_sub(1) / size * size,
            SeekOperation::First | SeekOperation::PageIndex => 0,
        };
        let start = start.min(count);
        start..start.saturating_add(size).min(count)
    }
}

impl Cursor {
    /// The page that starts at this index of the list.
    pub(crate) fn begun(&self, of: ListCursor, at: usize) -> Self {
        Self {
            of: Some(of),
            size: self.size,
            search: self.search.clone(),
            at,
        }
    }

    pub(crate) fn to_token(&self) -> String {
        let json = serde_json::to_vec(self).expect("numbers and texts have a JSON form");
        URL_SAFE_NO_PAD.encode(json)
    }

    /// Parses a token. A forged one can request nothing that a query cannot.
    fn from_token(token: &[u8]) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(token).ok()?;
        let cursor: Self = serde_json::from_slice(&json).ok()?;
        let is_sound = cursor.of.is_some() && (1..=LARGEST_PAGE).contains(&cursor.size);
        is_sound.then_some(cursor)
    }
}

/// Parses a size. 0 means the default: Microsoft's .NET SDK 3.4 sends it with every filter.
fn size(text: Option<&str>) -> Result<usize, ApiError> {
    let size = match text {
        None => Some(0),
        Some(text) => text.parse().ok().filter(|size| *size <= MAX_SIZE),
    };
    match size {
        Some(0) => Ok(LARGEST_PAGE),
        Some(size) => Ok(LARGEST_PAGE.min(size as usize)),
        None => Err(ApiError::new(
            ErrorCode::InvalidProperty,
            format!("size: a whole number of customers is expected, from 0 to {MAX_SIZE}"),
        )),
    }
}

/// Parses a filter.
fn search(text: &str) -> Result<Search, ApiError> {
    let filter: CustomerFilter = text.parse().map_err(|err| {
        let code = match err {
            InvalidCustomerFilter::Operator(_) | InvalidCustomerFilter::Field(_) => {
                ErrorCode::UnsupportedSearch
            }
            _ => ErrorCode::InvalidInput,
        };
        ApiError::new(code, format!("filter: {err}"))
    })?;
    let by = match filter.field {
        CustomerField::CompanyName => SearchBy::CompanyName,
        CustomerField::Domain => SearchBy::Domain,
        field => {
            let reason = format!(
                "filter: customers can be searched by CompanyName and Domain, not by {field}"
            );
            return Err(ApiError::new(ErrorCode::UnsupportedSearch, reason));
        }
    };
    Ok(Search {
        by,
        start: filter.value.to_lowercase(),
    })
}
