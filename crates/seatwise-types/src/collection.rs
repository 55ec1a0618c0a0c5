//! The envelope of all answers except those of the commercial endpoints.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::number;

/// The rows of an answer with their envelope.
///
/// Members are in the order of the documented samples; empty ones are left out, as there.
///
/// # Example
///
/// ```
/// use seatwise_types::{Collection, wire};
///
/// let answer = Collection::new(vec!["Exchange", "Teams"]);
/// assert_eq!(
///     wire::encode(&answer),
///     br#"{"totalCount":2,"items":["Exchange","Teams"],"attributes":{"objectType":"Collection"}}"#,
/// );
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", from = "Received<T>")]
pub struct Collection<T> {
    /// The number of items in this answer, not on all pages (Microsoft's .NET SDK 3.4 counts the
    /// items itself). If absent, the number of items.
    pub total_count: u64,
    /// The rows, in no particular order.
    pub items: Vec<T>,
    /// The value of `MS-ContinuationToken` that requests the next page; `None` on the last page and
    /// for all licence analytics, which are not paged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// Links to the neighbouring pages; `None` for all licence analytics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Links>,
    /// Has the object type `Collection`.
    pub attributes: ResourceAttributes,
}

impl<T> Collection<T> {
    /// The value of `attributes.objectType`.
    pub const OBJECT_TYPE: &'static str = "Collection";

    /// An answer that is not paged.
    pub fn new(items: Vec<T>) -> Self {
        Self {
            total_count: items.len() as u64,
            items,
            continuation_token: None,
            links: None,
            attributes: ResourceAttributes::new(Self::OBJECT_TYPE),
        }
    }
}

/// A collection as received: each member may be missing or null.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received<T> {
    #[serde(alias = "TotalCount", default, deserialize_with = "number::count")]
    total_count: Option<u64>,
    #[serde(alias = "Items")]
    items: Option<Vec<T>>,
    #[serde(alias = "ContinuationToken")]
    continuation_token: Option<String>,
    #[serde(alias = "Links")]
    links: Option<Links>,
    #[serde(alias = "Attributes")]
    attributes: Option<ResourceAttributes>,
}

impl<T> From<Received<T>> for Collection<T> {
    fn from(received: Received<T>) -> Self {
        let empty = Self::new(received.items.unwrap_or_default());
        Self {
            total_count: received.total_count.unwrap_or(empty.total_count),
            continuation_token: received.continuation_token,
            links: received.links,
            attributes: received.attributes.unwrap_or(empty.attributes),
            items: empty.items,
        }
    }
}

/// The kind of a resource, and its version.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceAttributes {
    /// The version of the resource; `None` for all licence analytics.
    #[serde(alias = "Etag", skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The name of the resource, such as `PartnerLicensesUsageInsights`; Empty if absent.
    #[serde(alias = "ObjectType", default)]
    pub object_type: Cow<'static, str>,
}

impl ResourceAttributes {
    /// Attributes of a resource without a version.
    pub fn new(object_type: impl Into<Cow<'static, str>>) -> Self {
        Self {
            etag: None,
            object_type: object_type.into(),
        }
    }
}

/// Links to this page and its neighbours.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Links {
    /// This page, under the name `self`.
    #[serde(
        rename = "self",
        alias = "Self",
        skip_serializing_if = "Option::is_none"
    )]
    pub this: Option<Link>,
    /// The next page; `None` on the last page.
    #[serde(alias = "Next", skip_serializing_if = "Option::is_none")]
    pub next: Option<Link>,
    /// The previous page; `None` on the first page.
    #[serde(alias = "Previous", skip_serializing_if = "Option::is_none")]
    pub previous: Option<Link>,
}

impl Links {
    /// Only the link of a resource to itself.
    pub fn to_itself(uri: impl Into<String>) -> Self {
        Self {
            this: Some(Link::to(uri)),
            ..Self::default()
        }
    }
}

/// The request for another page.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// A path with a query, relative to the root of the API, with or without `/v1` before it
    /// (documented samples have both, observed traffic of 2019 had it without).
    #[serde(alias = "Uri")]
    pub uri: String,
    /// `GET`.
    #[serde(alias = "Method", default = "get")]
    pub method: String,
    /// Headers to send with the request: `MS-ContinuationToken`.
    #[serde(alias = "Headers", default)]
    pub headers: Vec<LinkHeader>,
}

impl Link {
    /// A link that needs no headers.
    pub fn to(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            method: get(),
            headers: Vec::new(),
        }
    }
}

fn get() -> String {
    "GET".to_owned()
}

/// A header to send when you follow a [`Link`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkHeader {
    /// The header's name.
    #[serde(alias = "Key")]
    pub key: String,
    /// The header's value.
    #[serde(alias = "Value")]
    pub value: String,
}
