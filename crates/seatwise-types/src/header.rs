//! Names of HTTP headers, spelled as documented, and the one content type.
//!
//! HTTP compares names without regard to case; the spelling is for people and for clients that
//! compare them anyway.

/// Identifies a request; the same in every attempt to send it. Echoed in the answer. A GUID.
pub const MS_REQUEST_ID: &str = "MS-RequestId";

/// Ties requests together for tracing. Echoed in the answer. A GUID.
pub const MS_CORRELATION_ID: &str = "MS-CorrelationId";

/// The correlation vector of an answer: 16 characters of base64 and `.0` (documented samples).
pub const MS_CV: &str = "MS-CV";

/// The server that answered; an opaque text (documented samples).
pub const MS_SERVER_ID: &str = "MS-ServerId";

/// The API version a client wants, `v1`; documented as required, but Microsoft's .NET SDK 3.4 does
/// not send it.
pub const MS_CONTRACT_VERSION: &str = "MS-Contract-Version";

/// The language of an answer; `en-US` if it is missing.
pub const X_LOCALE: &str = "X-Locale";

/// The name of the application that asks.
pub const MS_PARTNER_CENTER_APPLICATION: &str = "MS-PartnerCenter-Application";

/// The name of the SDK that asks.
pub const MS_PARTNER_CENTER_CLIENT: &str = "MS-PartnerCenter-Client";

/// The version of the SDK that asks.
pub const MS_SDK_VERSION: &str = "MS-SdkVersion";

/// Where the next page of a paged collection begins.
pub const MS_CONTINUATION_TOKEN: &str = "MS-ContinuationToken";

/// The key of a subscription at the gateway; sent by Microsoft's .NET SDK 3.4 if configured.
pub const OCP_APIM_SUBSCRIPTION_KEY: &str = "ocp-apim-subscription-key";

/// Asks with `true` for [`IS_MFA_COMPLIANT`] in the answer.
pub const VALIDATE_MFA: &str = "ValidateMfa";

/// Whether the user of the token signed in with a second factor: `true` or `false`.
pub const IS_MFA_COMPLIANT: &str = "isMfaCompliant";

/// How long to wait before the next attempt: seconds from the gateway, elsewhere also a date.
pub const RETRY_AFTER: &str = "Retry-After";

/// Why a token was not accepted.
pub const WWW_AUTHENTICATE: &str = "WWW-Authenticate";

/// Of Seatwise's own: the point on the axes of time that an answer is for, if one was asked for.
pub const SEATWISE_AXES: &str = "Seatwise-Axes";

/// The value of `Content-Type` on every answer of the API (documented samples).
pub const CONTENT_TYPE_JSON: &str = "application/json; charset=utf-8";
