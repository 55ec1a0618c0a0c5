//! Settings for related calls.

use uuid::Uuid;

/// Ids and language for related calls; see
/// [`PartnerOperations::with`](crate::PartnerOperations::with).
///
/// # Example
///
/// ```
/// use seatwise_client::RequestContext;
///
/// let context = RequestContext { locale: Some("de-DE".to_owned()), ..Default::default() };
/// assert_eq!(context.request_id, None);
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RequestContext {
    /// Sent as `MS-CorrelationId`; a new one for each call if `None`.
    pub correlation_id: Option<Uuid>,
    /// Sent as `MS-RequestId`; a new one for each call if `None`. Partner Center expects new ids
    /// except when you deliberately repeat a call.
    pub request_id: Option<Uuid>,
    /// Sent as `X-Locale`; the [builder's](crate::Builder::locale) if `None`.
    pub locale: Option<String>,
}
