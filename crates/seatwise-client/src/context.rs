//! What calls that belong together have in common.

use uuid::Uuid;

/// Ids and language for calls that belong together; see
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
    /// Sent as `MS-CorrelationId`; a new one for each call if there is none.
    pub correlation_id: Option<Uuid>,
    /// Sent as `MS-RequestId`; a new one for each call if there is none, which is what Partner
    /// Center wants except when a call is repeated on purpose.
    pub request_id: Option<Uuid>,
    /// Sent as `X-Locale`; the [builder's](crate::Builder::locale) if there is none.
    pub locale: Option<String>,
}
