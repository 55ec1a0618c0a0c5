//! The two axes of time in a query: `asOf` and `knownAt`, parameters of our own.

use anyhow::anyhow;
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_store::{Axes, KnownAt, StoreError};
use seatwise_types::{PartnerId, own};

use crate::AppState;
use crate::error::ApiError;
use crate::parameters::{Parameters, invalid};

/// The point that a query of one of Partner Center's endpoints asks for; none if it asks for today.
/// Its other parameters are ignored, but for those that begin with `$`.
pub(crate) async fn asked(
    app: &AppState,
    partner: PartnerId,
    query: Option<&str>,
) -> Result<Option<Axes>, ApiError> {
    let Some(query) = query else {
        return Ok(None);
    };
    let query = Parameters::parse_only(query, &[own::Axes::AS_OF, own::Axes::KNOWN_AT])?;
    let axes = read(app, partner, &query).await?;
    Ok((axes != Axes::default()).then_some(axes))
}

/// The point that a query asks for.
pub(crate) async fn read(
    app: &AppState,
    partner: PartnerId,
    query: &Parameters<'_>,
) -> Result<Axes, ApiError> {
    Ok(Axes {
        as_of: day(query, own::Axes::AS_OF)?,
        known_at: known_at(app, partner, query).await?,
    })
}

/// A day that a parameter names.
pub(crate) fn day(query: &Parameters<'_>, name: &'static str) -> Result<Option<Date>, ApiError> {
    let day = query.get_instant(name);
    let day = day.map(|text| own::Axes::parse_as_of(&text));
    day.transpose().map_err(|err| invalid(name, err))
}

/// The instant on the second axis.
pub(crate) async fn known_at(
    app: &AppState,
    partner: PartnerId,
    query: &Parameters<'_>,
) -> Result<Option<KnownAt>, ApiError> {
    settled(app, partner, query, own::Axes::KNOWN_AT).await
}

/// An instant that a parameter names, of which it is made sure that what was known then stays what
/// it is.
pub(crate) async fn settled(
    app: &AppState,
    partner: PartnerId,
    query: &Parameters<'_>,
    name: &'static str,
) -> Result<Option<KnownAt>, ApiError> {
    let Some(text) = query.get_instant(name) else {
        return Ok(None);
    };
    let at = own::Axes::parse_known_at(&text).map_err(|err| invalid(name, err))?;
    settle(app, partner, name, at).await.map(Some)
}

/// Makes sure that what was known at an instant stays what it is.
pub(crate) async fn settle(
    app: &AppState,
    partner: PartnerId,
    name: &'static str,
    at: Timestamp,
) -> Result<KnownAt, ApiError> {
    match app.store.settle(partner, at, (app.real_clock)()).await {
        Ok(known_at) => Ok(known_at),
        Err(err @ StoreError::NotYet { .. }) => Err(invalid(name, err)),
        Err(err) => {
            let cause = anyhow!(err).context("cannot settle what was known");
            Err(ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause))
        }
    }
}

/// What the header `Seatwise-Axes` says, so that a client knows that it was not ignored.
pub(crate) fn header(axes: &Axes) -> HeaderValue {
    let asked: Vec<_> = wire(axes)
        .parameters()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    HeaderValue::try_from(asked.join("; ")).expect("dates are visible ASCII")
}

/// The same as the wire has it.
pub(crate) fn wire(axes: &Axes) -> own::Axes {
    own::Axes {
        as_of: axes.as_of,
        known_at: axes.known_at.map(|known_at| known_at.timestamp()),
    }
}
