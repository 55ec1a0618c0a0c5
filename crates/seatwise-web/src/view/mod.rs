//! One request for a page: visitor, point of time and parameters; and the response.

mod pages;
mod shell;

use std::ops::Range;
use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_server::Unanswered;
use seatwise_types::extensions;
use url::form_urlencoded;

pub(crate) use self::pages::{Chip, Pages};
pub(crate) use self::shell::Shell;
use crate::Web;
use crate::address::{Asked, address};
use crate::error::PageError;
use crate::model::{Counted, Model, Standing};
use crate::reader::Reader;
use crate::session::Visitor;
use crate::table::Table;
use crate::table_order::TableOrder;
use crate::words;

/// The content security policy: a page loads files only from this server, sends forms only to it, and cannot
/// be framed.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'; connect-src 'self'";

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// The response depends on the visitor.
const COOKIE: HeaderValue = HeaderValue::from_static("Cookie");
/// The format of numbers and days depends on the language.
const LANGUAGE: HeaderValue = HeaderValue::from_static("Accept-Language");
const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");

/// The parameter that asks for a table as CSV instead of the page.
const DOWNLOAD: &str = "csv";

/// The largest number of rows in a download of a list that has pages.
const MOST_DOWNLOADED: usize = 100_000;

/// The headers of every page.
pub(crate) fn headers() -> [(HeaderName, HeaderValue); 5] {
    [
        (CONTENT_TYPE, HTML),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        // Only the visitor's browser may store a page, and it must check for a new version each time.
        (CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ]
}

/// A page that is ready to be rendered, with its tables.
pub(crate) trait Page: Template + Send + 'static {
    /// The tables that can be downloaded.
    fn tables(&self) -> Vec<&Table>;
}

/// An extractor for pages that guests must not see: the view, and the page's own parameters.
pub(crate) struct Look(pub(crate) View, pub(crate) Asked);

impl FromRequestParts<Arc<Web>> for Look {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, PageError> {
        let visitor = Visitor::from_request_parts(parts, web).await?;
        let opened = View::open(web, visitor, &parts.uri, parts.headers.clone());
        let (view, asked) = Box::pin(opened).await?;
        Ok(Self(view, asked))
    }
}

/// One request for a page.
pub(crate) struct View {
    pub(crate) model: Model,
    pub(crate) standing: Arc<Counted<Standing>>,
    visitor: Visitor,
    path: String,
    /// All parameters of the address except the one for downloads.
    parameters: Vec<(String, String)>,
    download: Option<String>,
    order: Option<TableOrder>,
    request: HeaderMap,
    now: Timestamp,
}

impl View {
    /// Reads the model that a request asks for. Also returns the page's own parameters.
    pub(crate) async fn open(
        web: &Arc<Web>,
        visitor: Visitor,
        uri: &Uri,
        request: HeaderMap,
    ) -> Result<(Self, Asked), PageError> {
        let mut asked = Asked::parse(uri.query())?;
        let axes = asked.axes()?;
        let download = asked.text(DOWNLOAD);
        let order = asked.text(TableOrder::NAME);
        web.visits.note(visitor.partner).await;
        let model = Model::open(web, visitor.partner, axes).await?;
        let standing = model.standing().await?;
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let view = Self {
            model,
            standing,
            visitor,
            path: uri.path().to_owned(),
            parameters: query
                .into_owned()
                .filter(|(name, _)| name != DOWNLOAD)
                .collect(),
            download,
            order: order.map(|order| TableOrder::parse(&order)),
            request,
            now: web.app.now(),
        };
        Ok((view, asked))
    }

    /// The address of a page at the same point of time.
    pub(crate) fn link<'a>(
        &self,
        path: &str,
        parameters: impl IntoIterator<Item = (&'a str, Option<String>)>,
    ) -> String {
        link(path, parameters, self.model.key.axes)
    }

    /// The address of a page as of another day.
    pub(crate) fn link_as_of<'a>(
        &self,
        path: &str,
        parameters: impl IntoIterator<Item = (&'a str, Option<String>)>,
        day: Date,
    ) -> String {
        let as_of = Some(day);
        let axes = extensions::Axes {
            as_of,
            ..self.model.key.axes
        };
        link(path, parameters, axes)
    }

    /// The address of a page that shows more than one customer; `None` for guests, who must not see it.
    pub(crate) fn link_beyond<'a>(
        &self,
        path: &str,
        parameters: impl IntoIterator<Item = (&'a str, Option<String>)>,
    ) -> Option<String> {
        (!self.is_of_guest()).then(|| self.link(path, parameters))
    }

    /// The visitor's format of numbers and days.
    pub(crate) fn reader(&self) -> Reader {
        Reader::of(&self.request)
    }

    /// Whether the visitor sees one customer alone.
    pub(crate) fn is_of_guest(&self) -> bool {
        self.visitor.guest_of().is_some()
    }

    /// Whether the visitor may change something.
    pub(crate) fn is_of_operator(&self) -> bool {
        self.visitor.is_operator()
    }

    /// This address with some parameters replaced.
    pub(crate) fn with<'a>(
        &'a self,
        changed: impl IntoIterator<Item = (&'a str, Option<String>)>,
    ) -> String {
        let changed: Vec<_> = changed.into_iter().collect();
        let is_changed = |name: &str| changed.iter().any(|(other, _)| *other == name);
        let kept = self.parameters.iter();
        let kept = kept.filter(|(name, _)| !is_changed(name));
        let kept = kept.map(|(name, value)| (name.as_str(), Some(value.clone())));
        let all: Vec<_> = kept.chain(changed.iter().cloned()).collect();
        address(&self.path, all)
    }

    /// Sorts a table that has all its rows, as the address asks.
    pub(crate) fn in_order(&self, table: Table) -> Table {
        let link = |order| self.with([(TableOrder::NAME, Some(order))]);
        table.in_order(self.order.as_ref(), link)
    }

    /// Whether the request asks for a table as CSV.
    pub(crate) fn is_download(&self) -> bool {
        self.download.is_some()
    }

    /// The largest number of items to list: `listed` on a page, and all in a download.
    pub(crate) fn at_most(&self, listed: usize) -> usize {
        if self.is_download() {
            usize::MAX
        } else {
            listed
        }
    }

    /// The range of rows on a page of this size, or of a download. `page` counts from 1.
    pub(crate) fn range(&self, page: usize, size: usize) -> Range<usize> {
        if self.is_download() {
            return 0..MOST_DOWNLOADED;
        }
        let skip = (page - 1).saturating_mul(size);
        skip..skip.saturating_add(size)
    }

    /// Refuses a download that would be incomplete.
    pub(crate) fn check_download(&self, rows: u64) -> Result<(), Unanswered> {
        if self.is_download() && rows > MOST_DOWNLOADED as u64 {
            return Err(Unanswered::invalid(format!(
                "a download has at most {} rows, and this list has {}: filter it, or read it page by \
                 page from the API",
                words::count(MOST_DOWNLOADED as u64),
                words::count(rows)
            )));
        }
        Ok(())
    }

    /// The address of a table's download.
    pub(crate) fn download(&self, table: &str) -> Option<String> {
        Some(self.with([(DOWNLOAD, Some(table.to_owned()))]))
    }

    /// The parameters of this address, as hidden fields of a form. Leaves out `but` and empty ones.
    pub(crate) fn kept(&self, but: &[&str]) -> Vec<(String, String)> {
        let all = self.parameters.iter();
        let kept = all.filter(|(name, value)| !but.contains(&name.as_str()) && !value.is_empty());
        kept.cloned().collect()
    }

    /// Like [`respond`](Self::respond), for a page that takes long to make. It runs on a thread where it does
    /// not delay other requests.
    pub(crate) async fn respond_with<P: Page>(
        self,
        make: impl FnOnce(&Self) -> P + Send + 'static,
    ) -> Result<Response, PageError> {
        let reading = self.model.reading.clone();
        let made = reading.aside(move || {
            let page = make(&self);
            (self, page)
        });
        let (view, page) = made.await?;
        view.respond(page).await
    }

    /// The response: the page, or one of its tables as CSV.
    pub(crate) async fn respond(self, page: impl Page) -> Result<Response, PageError> {
        if let Some(order) = &self.order
            && !order.is_of_one(&page.tables())
        {
            let err = "order: this page has no such sortable column";
            return Err(Unanswered::invalid(err).into());
        }
        let Some(name) = self.download else {
            let reader = self.reader();
            let write = move || {
                let page = page.render().expect("a page is written to memory");
                reader.write(&page).into_bytes()
            };
            let mut response = self
                .model
                .reading
                .respond(&self.request, HTML, write)
                .await?;
            response.headers_mut().extend(headers());
            response.headers_mut().append(VARY, COOKIE);
            response.headers_mut().append(VARY, LANGUAGE);
            return Ok(response);
        };
        let is_there = page.tables().iter().any(|table| table.name == name);
        if !is_there {
            return Err(Unanswered::not_found(format!("this page has no table `{name}`")).into());
        }
        let file = match self.standing.newest {
            Some(day) => format!("attachment; filename=\"{name}-{day}.csv\""),
            None => format!("attachment; filename=\"{name}.csv\""),
        };
        let write = move || {
            let tables = page.tables();
            let table = tables.iter().find(|table| table.name == name);
            table.map(|table| table.to_csv()).unwrap_or_default()
        };
        let mut response = self
            .model
            .reading
            .respond(&self.request, CSV, write)
            .await?;
        response.headers_mut().extend(headers());
        response.headers_mut().append(VARY, COOKIE);
        response.headers_mut().insert(CONTENT_TYPE, CSV);
        let file = HeaderValue::try_from(file).expect("names of tables are visible ASCII");
        response.headers_mut().insert(CONTENT_DISPOSITION, file);
        Ok(response)
    }
}

/// The address of a page at a point of time.
fn link<'a>(
    path: &str,
    parameters: impl IntoIterator<Item = (&'a str, Option<String>)>,
    axes: extensions::Axes,
) -> String {
    let time = axes.parameters();
    let time = time.map(|(name, value)| (name, Some(value)));
    address(path, parameters.into_iter().chain(time))
}
