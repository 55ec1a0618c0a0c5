//! Names of HTTP headers in the documented spelling, and the content type.
//!
//! HTTP ignores the case of names. The spelling is for people, and for clients that compare it.

/// Identifies a request; the same in each attempt to send it. Echoed in the answer. A GUID.
pub const MS_REQUEST_ID: &str = "MS-RequestId";

/// Ties requests together for tracing. Echoed in the answer. A GUID.
pub const MS_CORRELATION_ID: &str = "MS-CorrelationId";

/// The correlation vector of an answer: 16 characters of base64 and `.0` (documented samples).
pub const MS_CV: &str = "MS-CV";

/// The server that answered; an opaque text (documented samples).
pub const MS_SERVER_ID: &str = "MS-ServerId";

/// The API version that a client requests, `v1`. Documented as required, but Microsoft's .NET SDK
/// 3.4 does not send it.
pub const MS_CONTRACT_VERSION: &str = "MS-Contract-Version";

/// The language of an answer; `en-US` if it is missing.
pub const X_LOCALE: &str = "X-Locale";

/// The name of the application that sends the request.
pub const MS_PARTNER_CENTER_APPLICATION: &str = "MS-PartnerCenter-Application";

/// The name of the SDK that sends the request.
pub const MS_PARTNER_CENTER_CLIENT: &str = "MS-PartnerCenter-Client";

/// The version of the SDK that sends the request.
pub const MS_SDK_VERSION: &str = "MS-SdkVersion";

/// The token of the next page of a paged collection.
pub const MS_CONTINUATION_TOKEN: &str = "MS-ContinuationToken";

/// The subscription key of the gateway. Microsoft's .NET SDK 3.4 sends it if configured.
pub const OCP_APIM_SUBSCRIPTION_KEY: &str = "ocp-apim-subscription-key";

/// With the value `true`, requests [`IS_MFA_COMPLIANT`] in the answer.
pub const VALIDATE_MFA: &str = "ValidateMfa";

/// Whether the user of the token signed in with a second factor: `true` or `false`.
pub const IS_MFA_COMPLIANT: &str = "isMfaCompliant";

/// How long to wait before the next attempt: seconds from the gateway, a date or seconds elsewhere.
pub const RETRY_AFTER: &str = "Retry-After";

/// Why the server rejects a token.
pub const WWW_AUTHENTICATE: &str = "WWW-Authenticate";

/// Seatwise's extension: the axes of time of an answer, if the request named any.
pub const SEATWISE_AXES: &str = "Seatwise-Axes";

/// The value of `Content-Type` in every answer of the API (documented samples).
pub const CONTENT_TYPE_JSON: &str = "application/json; charset=utf-8";
