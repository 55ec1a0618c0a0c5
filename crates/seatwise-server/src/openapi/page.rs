//! The document as an HTML page that loads nothing and runs no script.

use std::fmt::Write as _;

use http::HeaderValue;

use super::document::Document;
use super::operation::{Content, Operation, Parameter, Response};
use super::schema::{Ordered, Schema};
use super::tags::TAGS;
use crate::plumbing::html::{self, escaped};

/// For narrow and wide screens, light and dark themes, with visible focus.
const STYLE: &str = include_str!("page.css");

/// The content security policy of the page.
pub(super) fn policy() -> HeaderValue {
    let policy = html::policy(STYLE, "'none'");
    HeaderValue::try_from(policy).expect("a hash in base64 is visible ASCII")
}

pub(super) fn html(document: &Document) -> String {
    let info = &document.info;
    let (navigation, calls, schemas) = (navigation(document), calls(document), schemas(document));
    let schemes = document.components.security_schemes.iter();
    let tokens: String = schemes
        .map(|(name, scheme)| definition(&format!("<code>{name}</code>"), scheme.description))
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title} API</title><style>{STYLE}</style></head><body>\
         <a class=\"skip\" href=\"#main\">To the content</a>\n\
         <header><h1>{title} <small>{version}</small></h1><p>{summary}</p>\
         <p><a href=\"/openapi.json\">openapi.json</a></p></header>\n\
         <nav aria-label=\"Calls\">{navigation}</nav>\n<main id=\"main\">\
         <section id=\"about\">{about}<h2 id=\"tokens\">Tokens</h2><dl>{tokens}</dl></section>\n\
         {calls}<section><h2 id=\"schemas\">Schemas</h2>{schemas}</section></main></body></html>\n",
        title = escaped(info.title),
        version = escaped(info.version),
        summary = escaped(info.summary),
        about = prose(info.description),
    )
}

fn navigation(document: &Document) -> String {
    let mut html = String::new();
    for (tag, _) in TAGS {
        let mut links = String::new();
        for (path, operation) in of_tag(document, tag) {
            let (id, path) = (operation.operation_id, breakable(path));
            let _ = write!(links, "<li><a href=\"#{id}\">{path}</a></li>");
        }
        let _ = write!(html, "<h2>{tag}</h2><ul>{links}</ul>");
    }
    let schemas = document.components.schemas.iter();
    let schemas: String = schemas
        .map(|(name, _)| format!("<li><a href=\"#{name}\">{name}</a></li>"))
        .collect();
    html + "<h2>Schemas</h2><ul>" + &schemas + "</ul>"
}

fn of_tag<'a>(
    document: &'a Document,
    tag: &'a str,
) -> impl Iterator<Item = (&'a str, &'a Operation)> {
    let calls = document.paths.iter();
    let calls = calls.flat_map(|(path, calls)| calls.iter().map(move |(_, call)| (path, call)));
    calls.filter(move |(_, operation)| operation.tags == [tag])
}

fn calls(document: &Document) -> String {
    let mut html = String::new();
    for (tag, about) in TAGS {
        let _ = write!(html, "<section><h2>{tag}</h2>{}", prose(about));
        for (path, operation) in of_tag(document, tag) {
            html += &call(document, path, operation);
        }
        html += "</section>\n";
    }
    html
}

fn call(document: &Document, path: &str, operation: &Operation) -> String {
    let named = &document.components;
    let parameters: String = operation
        .parameters
        .iter()
        .filter_map(|it| it.find(&named.parameters))
        .map(parameter)
        .collect();
    let sent = operation.request_body.as_ref().map(|sent| {
        let bodies: String = sent.content.iter().map(body).collect();
        format!("{}{bodies}", prose(sent.description))
    });
    let responses: String = operation
        .responses
        .iter()
        .filter_map(|(status, it)| Some(response(status, it.find(&named.responses)?)))
        .collect();
    format!(
        "<article id=\"{id}\"><h3><a href=\"#{id}\">{summary}</a></h3>\
         <p class=\"call\"><b>{method}</b> <code>{path}</code></p>{about}<p>{token}</p>\
         <h4>Request</h4><dl>{parameters}</dl>{sent}<h4>Answer</h4>{responses}</article>\n",
        id = operation.operation_id,
        method = operation.method.to_uppercase(),
        summary = escaped(operation.summary),
        path = breakable(path),
        about = prose(&operation.description),
        token = token(operation),
        sent = sent.unwrap_or_default(),
    )
}

fn token(operation: &Operation) -> String {
    let names = operation.security.iter().flat_map(Ordered::iter);
    let names: Vec<_> = names
        .map(|(name, _)| format!("<a href=\"#tokens\">{name}</a>"))
        .collect();
    match names.as_slice() {
        [] => "No token.".to_owned(),
        names => format!("Token: {}.", names.join(" or ")),
    }
}

fn parameter(parameter: &Parameter) -> String {
    let required = if parameter.required { ", required" } else { "" };
    let contents = parameter.content.iter().map(|(_, content)| &content.schema);
    let shapes: Vec<_> = parameter.schema.iter().chain(contents).map(shape).collect();
    let example = parameter
        .example
        .map(|example| format!(" For example `{example}`."));
    definition(
        &format!(
            "<code>{}</code> <small>{}{required}, {}</small>",
            parameter.name,
            parameter.place,
            shapes.join(""),
        ),
        &format!("{}{}", parameter.description, example.unwrap_or_default()),
    )
}

fn response(status: &str, response: &Response) -> String {
    let headers: Vec<_> = response
        .headers
        .iter()
        .map(|(name, _)| format!("<code>{name}</code>"))
        .collect();
    let bodies: String = response.content.iter().map(body).collect();
    format!(
        "<details><summary><b class=\"s{class}\">{status}</b> {first}</summary>\
         <div>{about}<p><small>Headers: {headers}</small></p>{bodies}</div></details>",
        class = &status[..1],
        first = inline(first_line(&response.description)),
        about = longer(&response.description),
        headers = headers.join(", "),
    )
}

/// The summary of a response: its first sentence, or its first code.
fn first_line(description: &str) -> &str {
    let line = description.lines().next().unwrap_or_default();
    line.trim_start_matches("- ")
}

/// The whole description, if it is longer than the summary.
fn longer(description: &str) -> String {
    match description.lines().count() {
        0 | 1 => String::new(),
        _ => prose(description),
    }
}

fn body((media_type, content): (&str, &Content)) -> String {
    let example = content.example.as_ref().map(|example| {
        format!(
            "<pre tabindex=\"0\"><code>{}</code></pre>",
            escaped(example.get())
        )
    });
    format!(
        "<p><code>{media_type}</code>: {}</p>{}{}",
        shape(&content.schema),
        members(&content.schema),
        example.unwrap_or_default(),
    )
}

fn schemas(document: &Document) -> String {
    let mut html = String::new();
    for (name, schema) in document.components.schemas.iter() {
        let about = schema.description.as_deref().map(prose);
        let _ = write!(
            html,
            "<article id=\"{name}\"><h3><a href=\"#{name}\">{name}</a></h3>{}{}</article>",
            about.unwrap_or_default(),
            members(schema),
        );
    }
    html
}

/// The members of an object, in the order of the response.
fn members(schema: &Schema) -> String {
    if schema.properties.is_empty() {
        return String::new();
    }
    let members: String = schema
        .properties
        .iter()
        .map(|(name, member)| {
            let may = if schema.required.iter().any(|it| it == name) {
                ""
            } else {
                ", not always"
            };
            let about = member.description.as_deref().unwrap_or_default();
            let examples: Vec<_> = member.examples.iter().map(|it| format!("`{it}`")).collect();
            let examples = match examples.as_slice() {
                [] => String::new(),
                examples => format!(" For example {}.", examples.join(", ")),
            };
            definition(
                &format!("<code>{name}</code> <small>{}{may}</small>", shape(member)),
                &format!("{about}{examples}"),
            )
        })
        .collect();
    format!("<dl>{members}</dl>")
}

/// A short description of a value's type.
fn shape(schema: &Schema) -> String {
    if let Some(reference) = &schema.reference {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    if let Some(constant) = &schema.constant {
        return format!("always <code>{}</code>", escaped(constant));
    }
    if !schema.one_of.is_empty() {
        let values = schema
            .one_of
            .iter()
            .map(|value| format!("<code>{value}</code>"));
        return format!("one of {}", values.collect::<Vec<_>>().join(", "));
    }
    if !schema.any_of.is_empty() {
        let shapes: Vec<_> = schema.any_of.iter().map(shape).collect();
        return shapes.join(" or ");
    }
    let mut words = schema.types.join(" or ");
    if let Some(items) = &schema.items {
        words = format!("list of {}", shape(items));
    }
    if let Some(format) = &schema.format {
        let _ = write!(words, " ({format})");
    }
    match (schema.minimum, schema.maximum) {
        (Some(minimum), Some(maximum)) => {
            let _ = write!(words, " from {minimum} to {maximum}");
        }
        (Some(minimum), None) => {
            let _ = write!(words, " from {minimum}");
        }
        _ => {}
    }
    if let Some(default) = schema.default {
        let _ = write!(words, ", {default} by default");
    }
    words
}

fn definition(term: &str, about: &str) -> String {
    format!("<div><dt>{term}</dt><dd>{}</dd></div>", prose(about))
}

/// A path with line-break opportunities before slashes.
fn breakable(path: &str) -> String {
    escaped(path).replace('/', "<wbr>/")
}

/// Converts paragraphs and lists to HTML.
fn prose(text: &str) -> String {
    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
    let blocks = blocks.map(|block| match block.strip_prefix("- ") {
        Some(items) => {
            let items = items
                .split("\n- ")
                .map(|item| format!("<li>{}</li>", inline(item)));
            format!("<ul>{}</ul>", items.collect::<String>())
        }
        None => format!("<p>{}</p>", inline(block)),
    });
    blocks.collect()
}

/// Converts `` `code` `` and `**words**` to HTML.
fn inline(text: &str) -> String {
    let mut html = String::new();
    for (number, part) in escaped(text).split('`').enumerate() {
        if number % 2 == 1 {
            let _ = write!(html, "<code>{part}</code>");
            continue;
        }
        for (number, part) in part.split("**").enumerate() {
            let _ = match number % 2 {
                1 => write!(html, "<strong>{part}</strong>"),
                _ => write!(html, "{part}"),
            };
        }
    }
    html
}
