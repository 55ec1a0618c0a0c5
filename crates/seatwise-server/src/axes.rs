//! The parameters `asOf` and `knownAt`: the two axes of time, an extension of Seatwise.

use anyhow::anyhow;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_store::{Axes, KnownAt, StoreError};
use seatwise_types::{PartnerId, extensions};

use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::{Parameters, invalid};
use crate::state::AppState;

const SEATWISE_AXES: HeaderName = HeaderName::from_static("seatwise-axes");

/// The point in a query to an endpoint of Partner Center; `None` without these parameters. Other
/// parameters are ignored, except if they start with `$`.
pub(crate) async fn asked(
    app: &AppState,
    partner: PartnerId,
    query: Option<&str>,
) -> Result<Option<Axes>, ApiError> {
    let Some(query) = query else {
        return Ok(None);
    };
    let query = Parameters::parse_only(
        query,
        &[extensions::Axes::AS_OF, extensions::Axes::KNOWN_AT],
    )?;
    // Boxed, so that requests without a query do not reserve room for it.
    let axes = Box::pin(read(app, partner, &query)).await?;
    Ok((axes != Axes::default()).then_some(axes))
}

/// The point in a query.
pub(crate) async fn read(
    app: &AppState,
    partner: PartnerId,
    query: &Parameters<'_>,
) -> Result<Axes, ApiError> {
    Ok(Axes {
        as_of: day(query, extensions::Axes::AS_OF)?,
        known_at: known_at(app, partner, query).await?,
    })
}

/// A day in a parameter.
pub(crate) fn day(query: &Parameters<'_>, name: &'static str) -> Result<Option<Date>, ApiError> {
    let day = query.get_instant(name);
    let day = day.map(|text| extensions::Axes::parse_as_of(&text));
    day.transpose().map_err(|err| invalid(name, err))
}

/// The instant of `knownAt`.
pub(crate) async fn known_at(
    app: &AppState,
    partner: PartnerId,
    query: &Parameters<'_>,
) -> Result<Option<KnownAt>, ApiError> {
    settled(app, partner, query, extensions::Axes::KNOWN_AT).await
}

/// An instant in a parameter. It is settled: what was known then does not change any more.
pub(crate) async fn settled(
    app: &AppState,
    partner: PartnerId,
    query: &Parameters<'_>,
    name: &'static str,
) -> Result<Option<KnownAt>, ApiError> {
    let Some(text) = query.get_instant(name) else {
        return Ok(None);
    };
    let at = extensions::Axes::parse_known_at(&text).map_err(|err| invalid(name, err))?;
    settle(app, partner, name, at).await.map(Some)
}

/// Settles an instant: what was known then does not change any more.
pub(crate) async fn settle(
    app: &AppState,
    partner: PartnerId,
    name: &'static str,
    at: Timestamp,
) -> Result<KnownAt, ApiError> {
    match app.store.settle(partner, at, (app.real_clock)()).await {
        Ok(known_at) => Ok(known_at),
        Err(err @ StoreError::NotYet { .. }) => Err(invalid(name, err)),
        Err(StoreError::OnlyRead { .. }) => Err(invalid(
            name,
            format_args!(
                "what was known at `{at}` may still change, and nothing is written to this data folder \
                 that would prevent it: ask for an instant up to the last import, or ask a server"
            ),
        )),
        Err(err) => Err(unsettled(name, at, err)),
    }
}

/// The error if the instant cannot be settled because of the data folder.
fn unsettled(name: &'static str, at: Timestamp, err: StoreError) -> ApiError {
    let status = match err {
        StoreError::Full { .. } => StatusCode::INSUFFICIENT_STORAGE,
        StoreError::Denied { .. } => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let cause = anyhow!(err).context("cannot settle what was known");
    let failed = ApiError::internal(status, cause);
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        return failed;
    }
    failed.with_description(format!(
        "{name}: the data folder cannot be written to, so what was known at `{at}` may still change; \
         ask for an instant before the last import, or again when the folder can be written to"
    ))
}

/// Names the requested point on the time axes in a header, if there is one.
pub(crate) fn named(axes: Option<Axes>, mut response: Response) -> Response {
    if let Some(axes) = axes {
        let headers = response.headers_mut();
        headers.insert(SEATWISE_AXES, header(&axes));
    }
    response
}

/// The value of the header `Seatwise-Axes`, which shows a client that the parameters had an effect.
fn header(axes: &Axes) -> HeaderValue {
    let asked: Vec<_> = wire(axes)
        .parameters()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    HeaderValue::try_from(asked.join("; ")).expect("dates are visible ASCII")
}

/// The axes in the form of the API.
pub(crate) fn wire(axes: &Axes) -> extensions::Axes {
    extensions::Axes {
        as_of: axes.as_of,
        known_at: axes.known_at.map(|known_at| known_at.timestamp()),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::response::IntoResponse as _;

    use super::*;

    #[tokio::test]
    async fn where_the_folder_cannot_be_written_to_the_caller_learns_it() {
        let at = "2026-06-01T00:00:00Z".parse().unwrap();
        let full = StoreError::Full {
            path: "/data".into(),
            source: "no space".into(),
        };
        let answer = unsettled("knownAt", at, full).into_response();
        assert_eq!(answer.status(), StatusCode::INSUFFICIENT_STORAGE);
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("knownAt: the data folder cannot be written to"));
        assert!(!body.contains("/data"), "{body}");
    }
}
