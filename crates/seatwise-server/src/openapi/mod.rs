//! The description of the API: an OpenAPI document for programs, and a page for people.
//!
//! Both are made from the calls that the router answers, so every answered call is described. They
//! do not depend on the configuration.
//!
//! The development identity and the emulator are not described, because they are for one computer.

mod derived;
mod description;
mod document;
mod operation;
pub(crate) mod operations;
mod page;
mod resources;
mod samples;
mod schema;
mod tags;

use http::header::HeaderValue;

use self::document::Document;
use crate::plumbing::answer::Answer;

pub(crate) use self::description::Description;
pub(crate) use self::operation::Operation;

/// The document of these calls, each with its path.
pub(crate) fn document(calls: impl IntoIterator<Item = (&'static str, Operation)>) -> String {
    text(&Document::new(calls))
}

/// The document and the page of these calls, each with its path.
pub(crate) fn describe(calls: impl IntoIterator<Item = (&'static str, Operation)>) -> Description {
    let document = Document::new(calls);
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    Description {
        document: Answer::new(text(&document).into_bytes()),
        page: Answer::of_type(html, page::html(&document).into_bytes()),
        policy: page::policy(),
    }
}

fn text(document: &Document) -> String {
    let json = serde_json::to_string_pretty(document);
    json.expect("texts and numbers have a JSON form") + "\n"
}
