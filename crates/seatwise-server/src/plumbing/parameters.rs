//! The parameters of a query.

use std::borrow::Cow;
use std::fmt;

use seatwise_types::ErrorCode;
use url::form_urlencoded;

use crate::plumbing::error::ApiError;

/// The parameters of a query. Names ignore case. Unknown parameters are ignored, as at Partner
/// Center, except for those of OData: all rows would be a wrong answer to `$filter`.
pub(crate) struct Parameters<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    /// Parses a query.
    ///
    /// # Errors
    /// If a parameter occurs twice, because it is unclear which counts. If a name starts with `$`,
    /// as in OData: there is no such parameter.
    pub(crate) fn parse(query: &'a str) -> Result<Self, ApiError> {
        Self::parse_if(query, |_| true)
    }

    /// Like [`parse`](Self::parse), for these parameters only. Others are ignored and can occur
    /// several times.
    ///
    /// # Errors
    /// If one of them occurs twice, or any name starts with `$`.
    pub(crate) fn parse_only(query: &'a str, names: &[&str]) -> Result<Self, ApiError> {
        Self::parse_if(query, |name| {
            names.iter().any(|known| known.eq_ignore_ascii_case(name))
        })
    }

    fn parse_if(query: &'a str, wanted: impl Fn(&str) -> bool) -> Result<Self, ApiError> {
        let mut parameters: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name.starts_with('$') {
                return Err(of_odata(&name));
            }
            if !wanted(&name) {
                continue;
            }
            let is_same = |(known, _): &(Cow<'_, str>, _)| known.eq_ignore_ascii_case(&name);
            if parameters.iter().any(is_same) {
                return Err(ApiError::new(
                    ErrorCode::InvalidInput,
                    format!("the parameter `{name}` is there twice"),
                ));
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter; `None` if it is missing or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| value.as_ref())
            .filter(|value| !value.is_empty())
    }

    /// The value of a parameter with an instant. An unescaped `+` arrives as a blank, and a blank
    /// between a time and an offset has no other meaning: `2026-11-05T08:00:00 01:00`.
    pub(crate) fn get_instant(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = self.get(name)?;
        let Some((time, offset)) = value.rsplit_once(' ') else {
            return Some(value.into());
        };
        let is_offset = matches!(offset.len(), 2 | 4 | 5)
            && offset.bytes().all(|it| it.is_ascii_digit() || it == b':');
        Some(match time.contains(':') && is_offset {
            true => format!("{time}+{offset}").into(),
            false => value.into(),
        })
    }

    /// All parameters except these, as received.
    pub(crate) fn without(&self, names: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let is_left_out = |name: &str| names.iter().any(|it| it.eq_ignore_ascii_case(name));
        self.0
            .iter()
            .filter(move |(name, _)| !is_left_out(name))
            .map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

fn of_odata(name: &str) -> ApiError {
    ApiError::new(
        ErrorCode::InvalidInput,
        format!(
            "there is no parameter `{}`: names are written without the `$` here, and those of each \
             call are at /openapi",
            name.escape_debug()
        ),
    )
}

/// The error for an invalid parameter.
pub(crate) fn invalid(name: &str, err: impl fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::InvalidProperty, format!("{name}: {err}"))
}
