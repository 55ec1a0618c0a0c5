//! A call of the API: its parameters and responses.

use std::borrow::Cow;

use seatwise_types::{ErrorBody, ErrorCode, wire};
use serde::Serialize;
use serde_json::value::RawValue;

use super::schema::{Ordered, Schema};

/// A call and its responses.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    #[serde(skip)]
    pub(super) method: &'static str,
    pub(super) operation_id: &'static str,
    pub(super) tags: [&'static str; 1],
    pub(super) summary: &'static str,
    pub(super) description: Cow<'static, str>,
    pub(super) security: Vec<Ordered<[&'static str; 0]>>,
    pub(super) parameters: Vec<OrNamed<Parameter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_body: Option<RequestBody>,
    pub(super) responses: Ordered<OrNamed<Response>>,
}

/// The tokens that a call accepts, as names of security schemes.
pub(super) const USER: &str = "user";
pub(super) const APPLICATION: &str = "application";

impl Operation {
    pub(super) fn new(
        operation_id: &'static str,
        tag: &'static str,
        summary: &'static str,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            method: "get",
            operation_id,
            tags: [tag],
            summary,
            description: description.into(),
            security: Vec::new(),
            parameters: Vec::new(),
            request_body: None,
            responses: Ordered::default(),
        }
    }

    /// Requires one of these tokens.
    pub(super) fn needs(mut self, tokens: &[&'static str]) -> Self {
        let needed = tokens
            .iter()
            .map(|token| Ordered::from_iter([(*token, [])]));
        self.security.extend(needed);
        self
    }

    /// Makes it a POST with this body.
    pub(super) fn posts(mut self, body: RequestBody) -> Self {
        self.method = "post";
        self.request_body = Some(body);
        self
    }

    pub(super) fn takes(mut self, parameter: Parameter) -> Self {
        self.parameters.push(OrNamed::This(parameter));
        self
    }

    /// Adds parameters that are named in the document.
    pub(super) fn takes_named(mut self, names: &[&'static str]) -> Self {
        let named = names.iter().map(|name| OrNamed::named("parameters", name));
        self.parameters.extend(named);
        self
    }

    pub(super) fn answers(mut self, status: &'static str, response: Response) -> Self {
        self.responses.push(status, OrNamed::This(response));
        self
    }

    /// Adds responses that are named in the document.
    pub(super) fn answers_named(mut self, responses: &[(&'static str, &'static str)]) -> Self {
        for (status, name) in responses {
            self.responses
                .push(*status, OrNamed::named("responses", name));
        }
        self
    }

    /// Adds the errors of a status, by code.
    pub(super) fn refuses(self, status: &'static str, codes: &[ErrorCode]) -> Self {
        self.answers(status, Response::error(codes))
    }
}

/// An object, or a reference to a named one.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum OrNamed<T> {
    Named {
        #[serde(rename = "$ref")]
        reference: String,
    },
    This(T),
}

impl<T> OrNamed<T> {
    fn named(kind: &str, name: &str) -> Self {
        Self::Named {
            reference: format!("#/components/{kind}/{name}"),
        }
    }

    /// The object itself, looked up among the named ones.
    pub(super) fn find<'a>(&'a self, named: &'a Ordered<T>) -> Option<&'a T> {
        match self {
            Self::This(this) => Some(this),
            Self::Named { reference } => {
                let name = reference.rsplit('/').next();
                let mut known = named.iter();
                known.find_map(|(known, this)| (Some(known) == name).then_some(this))
            }
        }
    }
}

/// A parameter in the path, query or headers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Parameter {
    pub(super) name: &'static str,
    #[serde(rename = "in")]
    pub(super) place: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) required: bool,
    pub(super) description: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explode: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<Schema>,
    /// Used instead of a schema if the value is a document.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    pub(super) content: Ordered<Content>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) example: Option<&'static str>,
}

impl Parameter {
    fn new(
        place: &'static str,
        name: &'static str,
        schema: Schema,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            name,
            place,
            required: place == "path",
            description: description.into(),
            style: None,
            explode: None,
            schema: Some(schema),
            content: Ordered::default(),
            example: None,
        }
    }

    pub(super) fn path(
        name: &'static str,
        schema: Schema,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new("path", name, schema, description)
    }

    pub(super) fn query(
        name: &'static str,
        schema: Schema,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new("query", name, schema, description)
    }

    pub(super) fn header(
        name: &'static str,
        schema: Schema,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new("header", name, schema, description)
    }

    /// Makes the parameter required.
    pub(super) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) fn such_as(mut self, example: &'static str) -> Self {
        self.example = Some(example);
        self
    }

    /// Writes a list as one value with commas, not as a value for each item.
    pub(super) fn with_commas(mut self) -> Self {
        self.style = Some("form");
        self.explode = Some(false);
        self
    }

    /// Makes the value JSON.
    pub(super) fn holding_json(mut self) -> Self {
        let schema = self.schema.take().unwrap_or_default();
        self.content = Ordered::from_iter([(JSON, Content::of(schema))]);
        self
    }
}

/// The body of a request.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RequestBody {
    pub(super) description: &'static str,
    required: bool,
    pub(super) content: Ordered<Content>,
}

impl RequestBody {
    /// A body of bytes with this description.
    pub(super) fn bytes(description: &'static str) -> Self {
        Self {
            description,
            required: true,
            content: Ordered::from_iter([(
                "application/octet-stream",
                Content::of(Schema::bytes()),
            )]),
        }
    }
}

pub(super) const JSON: &str = "application/json";
const TEXT: &str = "text/plain";

/// The response with one status.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Response {
    pub(super) description: Cow<'static, str>,
    pub(super) headers: Ordered<OrNamed<Header>>,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    pub(super) content: Ordered<Content>,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    pub(super) links: Ordered<Link>,
}

/// The headers of every response.
pub(super) const ALWAYS: [&str; 4] = ["MS-RequestId", "MS-CorrelationId", "MS-CV", "MS-ServerId"];

impl Response {
    /// A response without a body.
    pub(super) fn new(description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            description: description.into(),
            headers: Ordered::default(),
            content: Ordered::default(),
            links: Ordered::default(),
        }
        .with_headers(&ALWAYS)
    }

    pub(super) fn with_headers(mut self, names: &[&'static str]) -> Self {
        for name in names {
            self.headers.push(*name, OrNamed::named("headers", name));
        }
        self
    }

    pub(super) fn with(mut self, media_type: &'static str, content: Content) -> Self {
        self.content.push(media_type, content);
        self
    }

    pub(super) fn json(description: impl Into<Cow<'static, str>>, schema: Schema) -> Self {
        Self::new(description).with(JSON, Content::of(schema))
    }

    pub(super) fn text(description: impl Into<Cow<'static, str>>, example: &'static str) -> Self {
        let content = Content {
            schema: Schema::text().such_as([example]),
            example: None,
        };
        Self::new(description).with(TEXT, content)
    }

    /// An error of the API, with its possible codes.
    pub(super) fn error(codes: &[ErrorCode]) -> Self {
        let lines = codes
            .iter()
            .map(|code| format!("- `{}`: {}", code.code(), code.meaning()));
        let lines = lines.collect::<Vec<_>>().join("\n");
        let mut response = Self::json(lines, Schema::named("Error"));
        if let Some(code) = codes.first() {
            let example = ErrorBody::new(*code, code.meaning());
            response = response.such_as(&wire::encode(&example));
        }
        if codes.iter().any(|code| code.status() == 401) {
            return response.with_headers(&["WWW-Authenticate"]);
        }
        response
    }

    /// Sets the example, which is shown unchanged.
    pub(super) fn such_as(mut self, body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body);
        let example = RawValue::from_string(body.trim().to_owned());
        for (_, content) in &mut self.content.0 {
            content.example = example.as_ref().ok().cloned();
        }
        self
    }

    /// Adds a link: a call whose parameters are in this response.
    pub(super) fn leads_to(mut self, name: &'static str, link: Link) -> Self {
        self.links.push(name, link);
        self
    }
}

/// The content of a body, or of a parameter that is a document.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Content {
    pub(super) schema: Schema,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) example: Option<Box<RawValue>>,
}

impl Content {
    pub(super) fn of(schema: Schema) -> Self {
        Self {
            schema,
            example: None,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Header {
    pub(super) description: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) required: bool,
    pub(super) schema: Schema,
}

/// A call whose parameters are in a response.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Link {
    pub(super) operation_id: &'static str,
    pub(super) parameters: Ordered<&'static str>,
}
