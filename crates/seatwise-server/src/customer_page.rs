//! Which page of the partner's customers is asked for.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use seatwise_types::{
    CustomerField, CustomerFilter, ErrorCode, InvalidCustomerFilter, SeekOperation, header,
};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::parameters::Parameters;

/// How many customers a page has at the most, and if nothing else is asked for. No size is
/// documented.
pub(crate) const LARGEST_PAGE: usize = 500;

/// The largest number that can be asked for: the parameter is documented as an `int`.
pub(crate) const MAX_SIZE: u32 = i32::MAX.cast_unsigned();

/// The versions of the tables of usage and deployment that a list is made from.
pub(crate) type Versions = [u64; 2];

/// A page and what it is a page of.
pub(crate) struct Asked {
    pub(crate) place: Place,
    seek: SeekOperation,
}

/// A list, and where in it a page begins: what a continuation token says. It says all of it,
/// because clients repeat neither size nor filter with it.
#[derive(Deserialize, Serialize)]
pub(crate) struct Place {
    /// None for a list that begins with this request.
    pub(crate) versions: Option<Versions>,
    pub(crate) size: usize,
    filter: Option<String>,
    at: usize,
}

impl Asked {
    /// Reads the query `size`, `filter` and `seekOperation`, and the header with the token.
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
        // Of no effect beside a token, but wrong is wrong.
        let size = size(query.get("size"))?;
        let filter = query.get("filter").map(filter).transpose()?;
        if let Some(token) = headers.get(header::MS_CONTINUATION_TOKEN) {
            let place = Place::from_token(token.as_bytes()).ok_or_else(|| {
                let reason = "MS-ContinuationToken: this is not a token of this list";
                ApiError::new(ErrorCode::InvalidProperty, reason)
            })?;
            let seek = seek.unwrap_or(SeekOperation::Next);
            return Ok(Self { place, seek });
        }
        let seek = seek.unwrap_or(SeekOperation::First);
        if matches!(seek, SeekOperation::Next | SeekOperation::Previous) {
            let reason = format!("seekOperation: `{seek}` needs the header MS-ContinuationToken");
            return Err(ApiError::new(ErrorCode::InvalidProperty, reason));
        }
        let place = Place {
            versions: None,
            size,
            filter,
            at: 0,
        };
        Ok(Self { place, seek })
    }

    /// The page's place in a list of so many customers.
    pub(crate) fn page(&self, count: usize) -> Range<usize> {
        let Place { size, at, .. } = self.place;
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

impl Place {
    /// Whether a customer of this name is in the list.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|start| name.to_lowercase().starts_with(start))
    }

    /// The page that begins at a customer of the list as these versions have it.
    pub(crate) fn begun(&self, versions: Versions, at: usize) -> Self {
        Self {
            versions: Some(versions),
            size: self.size,
            filter: self.filter.clone(),
            at,
        }
    }

    pub(crate) fn to_token(&self) -> String {
        let json = serde_json::to_vec(self).expect("numbers and texts have a JSON form");
        URL_SAFE_NO_PAD.encode(json)
    }

    /// None if it is no token; one that a caller made up can ask for nothing that a query cannot.
    fn from_token(token: &[u8]) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(token).ok()?;
        let place: Self = serde_json::from_slice(&json).ok()?;
        let is_sound = place.versions.is_some() && (1..=LARGEST_PAGE).contains(&place.size);
        is_sound.then_some(place)
    }
}

/// 0 stands for the default: Microsoft's .NET SDK 3.4 sends it with every filter.
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

/// How names begin, in lower case.
fn filter(text: &str) -> Result<String, ApiError> {
    let filter: CustomerFilter = text.parse().map_err(|err| {
        let code = match err {
            InvalidCustomerFilter::Operator(_) | InvalidCustomerFilter::Field(_) => {
                ErrorCode::UnsupportedSearch
            }
            _ => ErrorCode::InvalidInput,
        };
        ApiError::new(code, format!("filter: {err}"))
    })?;
    if filter.field != CustomerField::CompanyName {
        let reason = format!(
            "filter: customers can be searched by CompanyName, not by {}",
            filter.field
        );
        return Err(ApiError::new(ErrorCode::UnsupportedSearch, reason));
    }
    Ok(filter.value.to_lowercase())
}
