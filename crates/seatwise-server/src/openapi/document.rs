//! The OpenAPI document, from the calls that the router answers.

use seatwise_types::extensions::Axes;
use seatwise_types::{ErrorBody, ErrorCode, GatewayError, header, wire};
use serde::Serialize;

use super::operation::{APPLICATION, Header, Operation, Parameter, Response, USER};
use super::resources;
use super::schema::{Ordered, Schema};
use super::tags::TAGS;

const ABOUT: &str = "\
Microsoft Partner Center's licence analytics, answered by a partner's own server from a history that \
the partner keeps. Endpoints, bodies and errors are those of Partner Center, so software written for \
it runs unchanged.

- **Bytes.** A successful body of JSON begins with the UTF-8 byte-order mark `EF BB BF`, as Partner \
Center's do, unless a setting of the server leaves it out. The commercial endpoints, errors and the \
server's own endpoints have none. Members stand in the order of the schemas. One that has no value \
is left out; only `@nextLink` is ever `null`.
- **Paths** and names of parameters are read without regard to case; a slash at the end, doubled \
slashes, needless escapes and `v1.0` for `v1` make no difference. A call that has parameters ignores \
those that it does not know, takes an empty one for none, and refuses one that is there twice, or whose \
name begins with `$`. Only the import refuses unknown ones.
- **HEAD** is answered wherever `GET` is, with the same status and headers. Other methods get 405.
- **Compression** is gzip, and only where `Accept-Encoding` names it.
- **429** is for servers that throttle: this one does so only as an emulator.

A request that is not valid HTTP, or whose head has more than 64 KiB or 100 headers, is refused before \
any of this, with the body of an error, and its connection ends.";

/// An OpenAPI document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    openapi: &'static str,
    pub(super) info: Info,
    servers: [Server; 1],
    tags: Vec<Tag>,
    pub(super) paths: Ordered<Path>,
    pub(super) components: Components,
}

#[derive(Serialize)]
pub(super) struct Info {
    pub(super) title: &'static str,
    pub(super) version: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    license: License,
}

#[derive(Serialize)]
struct License {
    name: &'static str,
    identifier: &'static str,
}

#[derive(Serialize)]
struct Server {
    url: &'static str,
    description: &'static str,
}

#[derive(Serialize)]
struct Tag {
    name: &'static str,
    description: &'static str,
}

/// The calls of a path, by method.
type Path = Ordered<Operation>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Components {
    pub(super) schemas: Ordered<Schema>,
    pub(super) parameters: Ordered<Parameter>,
    pub(super) headers: Ordered<Header>,
    pub(super) responses: Ordered<Response>,
    pub(super) security_schemes: Ordered<SecurityScheme>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SecurityScheme {
    #[serde(rename = "type")]
    kind: &'static str,
    scheme: &'static str,
    bearer_format: &'static str,
    pub(super) description: &'static str,
}

impl Document {
    /// The document of these calls, each with its path.
    pub(super) fn new(calls: impl IntoIterator<Item = (&'static str, Operation)>) -> Self {
        let tags = TAGS.map(|(name, description)| Tag { name, description });
        let paths = calls.into_iter().map(|(path, operation)| {
            let method = operation.method;
            (path, Ordered::from_iter([(method, operation)]))
        });
        Self {
            openapi: "3.1.1",
            info: Info {
                title: "Seatwise",
                version: env!("CARGO_PKG_VERSION"),
                summary: "Microsoft Partner Center's licence analytics as a partner's own service",
                description: ABOUT,
                license: License {
                    name: "MIT or Apache-2.0",
                    identifier: env!("CARGO_PKG_LICENSE"),
                },
            },
            servers: [Server {
                url: "/",
                description: "The server that this document came from.",
            }],
            tags: tags.into(),
            paths: paths.collect(),
            components: Components {
                schemas: resources::all(),
                parameters: parameters(),
                headers: headers(),
                responses: responses(),
                security_schemes: security_schemes(),
            },
        }
    }
}

fn parameters() -> Ordered<Parameter> {
    let id = "A GUID in any of its forms, echoed in lower case with hyphens. A new one is made if \
              it is missing, malformed or there twice.";
    let all = [
        Parameter::header(header::MS_REQUEST_ID, Schema::text(), id),
        Parameter::header(header::MS_CORRELATION_ID, Schema::text(), id),
        Parameter::header(
            header::VALIDATE_MFA,
            Schema::text().such_as(["true"]),
            "With `true` the answer says in `isMfaCompliant` whether the token shows a second \
             factor.",
        ),
        Parameter::header(
            "If-None-Match",
            Schema::text(),
            "Entity tags, or `*`: if the answer has one of them, it is 304 without a body.",
        ),
        Parameter::header(
            header::MS_CONTINUATION_TOKEN,
            Schema::text().format("continuation-token"),
            "The token of the page from which `seekOperation` is seen, `Next` if that is missing. \
             Size and filter are those of the token.",
        ),
        Parameter::query(
            Axes::AS_OF,
            Schema::any_of([
                Schema::text().format("date"),
                Schema::text().format("date-time"),
                Schema::constant(""),
            ]),
            "Of our own: deliveries with a later processed date do not exist. Without it, all do.",
        )
        .such_as("2026-10-31"),
        Parameter::query(
            Axes::KNOWN_AT,
            Schema::text().format("past"),
            "Of our own: what was recorded after this instant does not exist. Without it, what is \
             known now. An instant in RFC 3339 with its offset from UTC, cut to the millisecond; \
             one that is still to come is refused. With `asOf` and `knownAt` an answer never \
             changes.",
        )
        .such_as("2024-11-05T08:00:00Z"),
    ];
    all.into_iter()
        .map(|parameter| (parameter.name, parameter))
        .collect()
}

#[expect(
    clippy::too_many_lines,
    reason = "a table with one entry for each header"
)]
fn headers() -> Ordered<Header> {
    let always = |description, schema| Header {
        description,
        required: true,
        schema,
    };
    let sometimes = |description, schema| Header {
        description,
        required: false,
        schema,
    };
    Ordered::from_iter([
        (
            header::MS_REQUEST_ID,
            always("The id of the request.", Schema::guid()),
        ),
        (
            header::MS_CORRELATION_ID,
            always("What ties requests together.", Schema::guid()),
        ),
        (
            header::MS_CV,
            always(
                "The correlation vector, always a new one.",
                Schema::text().pattern(r"^[A-Za-z0-9+/]{16}\.0$"),
            ),
        ),
        (
            header::MS_SERVER_ID,
            always(
                "The same as long as the server runs.",
                Schema::text().pattern("^[0-9]{9}$"),
            ),
        ),
        (
            "ETag",
            always(
                "Made from the bytes of the body alone; the gzip form has one of its own.",
                Schema::text().pattern("^\"[0-9a-f]{32}(-gzip)?\"$"),
            ),
        ),
        (
            "Vary",
            always(
                "The body may be compressed.",
                Schema::constant("Accept-Encoding"),
            ),
        ),
        (
            "Content-Encoding",
            sometimes(
                "Where `Accept-Encoding` names gzip.",
                Schema::constant("gzip"),
            ),
        ),
        (
            "Cache-Control",
            always(
                "It may be kept, and is to be asked for again.",
                Schema::constant("no-cache"),
            ),
        ),
        (
            "Allow",
            always(
                "The methods that are answered.",
                Schema::text().such_as(["GET,HEAD"]),
            ),
        ),
        (
            header::WWW_AUTHENTICATE,
            always(
                "The same for every fault of a token.",
                Schema::constant("Bearer error=\"invalid_token\""),
            ),
        ),
        (
            header::IS_MFA_COMPLIANT,
            sometimes(
                "Whether the token shows a second factor; where `ValidateMfa` asked for it and the \
                 token is good.",
                Schema::one_of(["true", "false"]),
            ),
        ),
        (
            header::SEATWISE_AXES,
            sometimes(
                "Seatwise's own: the point on the axes of time that the answer is for, where one was \
                 asked for.",
                Schema::text().such_as(["asOf=2026-10-31; knownAt=2026-11-05T08:00:00Z"]),
            ),
        ),
        (
            header::RETRY_AFTER,
            sometimes(
                "Seconds to wait, where it is worth asking again.",
                Schema::count(),
            ),
        ),
    ])
}

/// Responses that any request can get.
#[expect(
    clippy::too_many_lines,
    reason = "a table with one entry for each response"
)]
fn responses() -> Ordered<Response> {
    let error = |what: &'static str, code: ErrorCode, description: &str| {
        Response::json(what, Schema::named("Error"))
            .such_as(&wire::encode(&ErrorBody::new(code, description)))
    };
    let throttled = Response {
        headers: Ordered::default(),
        ..Response::json(
            "Too many requests. The gateway says so, and in its own shape; it sends none of the ids.",
            Schema::named("GatewayError"),
        )
    };
    Ordered::from_iter([
        (
            "NotModified",
            Response::new("The caller has the answer already.").with_headers(&["ETag", "Vary"]),
        ),
        (
            "MethodNotAllowed",
            error(
                "The method is neither GET nor HEAD.",
                ErrorCode::NotSupported,
                "this resource can only be read, with GET or HEAD",
            )
            .with_headers(&["Allow"]),
        ),
        (
            "ContentTooLarge",
            error(
                "`Content-Length` is more than 16 KiB.",
                ErrorCode::InvalidInput,
                "the body is longer than 16384 bytes",
            ),
        ),
        (
            "UriTooLong",
            error(
                "Path and query are longer than 8 KiB.",
                ErrorCode::InvalidInput,
                "the path with its query is longer than 8192 bytes",
            ),
        ),
        (
            "TooManyRequests",
            throttled
                .such_as(&GatewayError::rate_limited(57).to_bytes())
                .with_headers(&["Retry-After"]),
        ),
        (
            "HeadTooLarge",
            error(
                "Names and values of headers are longer than 32 KiB together.",
                ErrorCode::InvalidInput,
                "the head of the request is longer than 32768 bytes",
            ),
        ),
        (
            "Failed",
            error(
                "A failure of the server, the cause of which is in its log.",
                ErrorCode::UnexpectedError,
                "Internal Server Error",
            ),
        ),
        (
            "Unavailable",
            error(
                "The server cannot answer now: there is too much to do or too little memory, and \
                 `Retry-After` says when to ask again; or it works longer than 30 seconds on the \
                 request, its figures were never read, or the token's issuer was never reached.",
                ErrorCode::UnexpectedError,
                "Service Unavailable",
            )
            .with_headers(&["Retry-After"]),
        ),
    ])
}

fn security_schemes() -> Ordered<SecurityScheme> {
    let bearer = |description| SecurityScheme {
        kind: "http",
        scheme: "bearer",
        bearer_format: "JWT",
        description,
    };
    Ordered::from_iter([
        (
            USER,
            bearer(
                "\"App+User\": a token of a user of the partner, signed with RS256, with a second \
                 factor and the scope `user_impersonation`. At most 16 KiB, in one header, after \
                 `Bearer ` spelled just so.",
            ),
        ),
        (
            APPLICATION,
            bearer(
                "\"App-only\": a token of an application without a user, for the same audience.",
            ),
        ),
    ])
}
