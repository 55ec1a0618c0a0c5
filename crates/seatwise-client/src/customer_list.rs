//! The paged list of customers.

use std::collections::HashSet;

use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use seatwise_types::{
    Collection, Customer, CustomerFilter, CustomerId, Link, SeekOperation, header,
};
use serde::{Deserialize, Serialize, Serializer};

use crate::Error;
use crate::client::Client;
use crate::paging::{Seen, continuation, headers_of, path_of, with_query};
use crate::transport::Request;

/// The list of customers: `GET /v1/customers`. An application's token is sufficient.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
/// # use example::*;
/// # service(async |partner| {
/// use seatwise_client::TryStreamExt as _;
/// use seatwise_client::types::{CustomerField, CustomerFilter};
///
/// let mut customers = partner
///     .customers()
///     .list()
///     .size(500)
///     .filter(CustomerFilter::starts_with(CustomerField::CompanyName, "Con"))
///     .stream();
/// while let Some(customer) = customers.try_next().await? {
///     println!("{} {:?}", customer.id, customer.company_profile.company_name);
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize)]
#[must_use = "nothing is sent before `send`, `pages` or `stream`"]
pub struct CustomerList<'a> {
    #[serde(skip)]
    client: &'a Client,
    size: Option<u32>,
    #[serde(serialize_with = "as_text")]
    filter: Option<CustomerFilter>,
}

/// The path of the list.
const PATH: &str = "/v1/customers";

impl<'a> CustomerList<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self {
            client,
            size: None,
            filter: None,
        }
    }

    /// The largest number of customers in a page; the service decides by default, and for 0.
    pub fn size(mut self, customers: u32) -> Self {
        self.size = Some(customers);
        self
    }

    /// Selects customers by this filter; all customers by default.
    pub fn filter(mut self, filter: CustomerFilter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Requests only the first page.
    ///
    /// # Errors
    ///
    /// If the service returns an error, is unreachable, or returns an unexpected answer; see
    /// [`ErrorKind`](crate::ErrorKind).
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
    /// let page = partner.customers().list().size(40).send().await?;
    /// println!("{} customers, more: {}", page.items.len(), page.continuation_token.is_some());
    /// # Ok(())
    /// # });
    /// ```
    pub async fn send(self) -> Result<Collection<Customer>, Error> {
        self.client.fetch(&self.request()?).await
    }

    /// Streams all pages.
    ///
    /// The client follows a page's link to the next one with the headers that it names; without a
    /// link, it uses the continuation token. It refuses links to another origin, where the token
    /// must not go, and links to a page that it has already read. The stream ends after the first
    /// error.
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
    /// use seatwise_client::TryStreamExt as _;
    ///
    /// let pages: Vec<_> = partner.customers().list().size(1).pages().try_collect().await?;
    /// assert_eq!(pages.len(), 2);
    /// # Ok(())
    /// # });
    /// ```
    pub fn pages(
        self,
    ) -> impl Stream<Item = Result<Collection<Customer>, Error>> + Send + Unpin + 'a {
        self.pages_from(CustomerCursor::default())
            .map_ok(|(page, _)| page)
    }

    /// Streams the pages from a cursor on, each with the cursor of the next page; `None` after the
    /// last.
    ///
    /// Store the cursor to resume later with the same list. Otherwise like [`pages`](Self::pages).
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
    /// use seatwise_client::{CustomerCursor, TryStreamExt as _};
    ///
    /// let list = partner.customers().list().size(1);
    /// let mut pages = list.clone().pages_from(CustomerCursor::default());
    /// let (first, next) = pages.try_next().await?.expect("there is always a first page");
    /// assert_eq!(first.items.len(), 1);
    ///
    /// let mut pages = list.pages_from(next.expect("there is a second page"));
    /// let (second, next) = pages.try_next().await?.expect("and this is it");
    /// assert_eq!((second.items.len(), next), (1, None));
    /// # Ok(())
    /// # });
    /// ```
    pub fn pages_from(
        self,
        page: CustomerCursor,
    ) -> impl Stream<Item = Result<(Collection<Customer>, Option<CustomerCursor>), Error>>
    + Send
    + Unpin
    + 'a {
        let first = (self, Some(page.0), Seen::default());
        Box::pin(stream::try_unfold(first, async |(list, next, mut seen)| {
            let Some(next) = next else {
                return Ok(None);
            };
            let request = list.request_of(&next)?;
            seen.request(&request)?;
            let page = list.client.fetch(&request).await?;
            let next = next_page(&page);
            let cursor = next.clone().map(CustomerCursor);
            Ok(Some(((page, cursor), (list, next, seen))))
        }))
    }

    /// Streams all customers, page by page as in [`pages`](Self::pages), each customer once.
    ///
    /// If the list changes meanwhile, a customer can be on two pages. After 17 pages in a row
    /// without a new customer, the stream assumes an endless list and ends with an error.
    pub fn stream(self) -> impl Stream<Item = Result<Customer, Error>> + Send + Unpin + 'a {
        let mut news = News::default();
        let customers = self
            .pages()
            .map(move |page| Ok(stream::iter(news.of(page?)?.into_iter().map(Ok))))
            .try_flatten();
        Box::pin(customers)
    }

    fn request_of(&self, page: &Next) -> Result<Request, Error> {
        match page {
            Next::First => self.request(),
            Next::Link(link) => {
                if !link.method.eq_ignore_ascii_case("GET") {
                    let message = "the next page is not to be had with GET";
                    return Err(Error::unusable("links.next.method", message));
                }
                Ok(Request {
                    path: path_of(&self.client.transport.base_url, &link.uri, "/v1")?,
                    headers: headers_of(&link.headers)?,
                })
            }
            Next::Token(token) => {
                // The token includes size and filter; Microsoft's .NET SDK 3.4 repeats neither.
                let seek = SeekOperation::Next;
                let mut request = Request::to(format!("{PATH}?seekOperation={seek}"));
                request
                    .headers
                    .insert(header::MS_CONTINUATION_TOKEN, continuation(token)?);
                Ok(request)
            }
        }
    }

    fn request(&self) -> Result<Request, Error> {
        with_query(PATH, self).map(Request::to)
    }
}

/// The position of a page of customers, for [`pages_from`](CustomerList::pages_from). The default
/// is the first page.
///
/// You can store it and load it again. Even a modified cursor leads only to the origin of the base
/// URL, and adds only headers of the `MS-` family.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct CustomerCursor(Next);

/// How to request a page.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Next {
    /// The first page.
    #[default]
    First,
    /// Follows the link of the previous page.
    Link(Link),
    /// Uses the token of the previous page.
    Token(String),
}

/// The page after this one; `None` after the last.
fn next_page(page: &Collection<Customer>) -> Option<Next> {
    let link = page.links.as_ref().and_then(|links| links.next.clone());
    let token = || {
        page.continuation_token
            .clone()
            .filter(|token| !token.is_empty())
    };
    link.map(Next::Link).or_else(|| token().map(Next::Token))
}

fn as_text<S: Serializer>(
    filter: &Option<CustomerFilter>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match filter {
        Some(filter) => serializer.collect_str(filter),
        None => serializer.serialize_none(),
    }
}

/// The customers seen so far.
#[derive(Default)]
struct News {
    known: HashSet<CustomerId>,
    pages_without: usize,
}

impl News {
    /// More pages in a row without a new customer than a correct service has.
    const MAX_PAGES_WITHOUT: usize = 16;

    fn of(&mut self, page: Collection<Customer>) -> Result<Vec<Customer>, Error> {
        let mut news = page.items;
        news.retain(|customer| self.known.insert(customer.id));
        if news.is_empty() {
            self.pages_without += 1;
        } else {
            self.pages_without = 0;
        }
        if self.pages_without > Self::MAX_PAGES_WITHOUT {
            return Err(Error::endless(
                "gave up: page after page holds no new customer",
            ));
        }
        Ok(news)
    }
}
