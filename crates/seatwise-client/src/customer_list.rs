//! The list of customers, page after page.

use std::collections::HashSet;

use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use seatwise_types::{Collection, Customer, CustomerFilter, CustomerId, SeekOperation, header};

use crate::paging::{Seen, continuation, headers_of, path_of, query_string};
use crate::transport::Request;
use crate::{Error, PartnerOperations};

/// The list of customers: `GET /v1/customers`. A token of an application alone is enough.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
/// # use example::*;
/// # emulator(async |partner| {
/// use seatwise_client::TryStreamExt as _;
/// use seatwise_types::{CustomerField, CustomerFilter};
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
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`, `pages` or `stream`"]
pub struct CustomerList<'a> {
    partner: &'a PartnerOperations,
    size: Option<u32>,
    filter: Option<CustomerFilter>,
}

/// Where the customers are.
const PATH: &str = "/v1/customers";

impl<'a> CustomerList<'a> {
    pub(crate) fn new(partner: &'a PartnerOperations) -> Self {
        Self {
            partner,
            size: None,
            filter: None,
        }
    }

    /// How many customers a page may hold; the service decides by default, and if it is 0.
    pub fn size(mut self, customers: u32) -> Self {
        self.size = Some(customers);
        self
    }

    /// Only these customers; all by default.
    pub fn filter(mut self, filter: CustomerFilter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// The first page alone.
    ///
    /// # Errors
    ///
    /// If the service answers with an error, cannot be reached, or answers something else; see
    /// [`ErrorKind`](crate::ErrorKind).
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
    /// # use example::*;
    /// # emulator(async |partner| {
    /// let page = partner.customers().list().size(40).send().await?;
    /// println!("{} customers, more: {}", page.items.len(), page.continuation_token.is_some());
    /// # Ok(())
    /// # });
    /// ```
    pub async fn send(self) -> Result<Collection<Customer>, Error> {
        self.partner.fetch(&self.request()).await
    }

    /// All pages, as they come.
    ///
    /// A page's link to the next is followed with the headers that it names; without a link, the
    /// continuation token leads there. A link to another origin is refused, because the token would
    /// go there, and so is one to a page that was there before. The stream ends with the first
    /// error.
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
    /// # use example::*;
    /// # emulator(async |partner| {
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
        let partner = self.partner;
        let first = (Ok(Some(self.request())), Seen::default());
        Box::pin(stream::try_unfold(first, async |(next, mut seen)| {
            let Some(request): Option<Request> = next? else {
                return Ok(None);
            };
            seen.request(&request)?;
            let page = partner.fetch(&request).await?;
            // Whatever is wrong with the way to the next page, this one has come.
            let next = next_page(partner, &page);
            Ok(Some((page, (next, seen))))
        }))
    }

    /// All customers, page after page as [`pages`](Self::pages) are asked for, each customer once.
    ///
    /// A list that changes while it is read may show a customer on two pages. If page after page
    /// holds nothing new, the service is taken to be going in circles, and the stream ends with an
    /// error.
    pub fn stream(self) -> impl Stream<Item = Result<Customer, Error>> + Send + Unpin + 'a {
        let mut news = News::default();
        let customers = self
            .pages()
            .map(move |page| Ok(stream::iter(news.of(page?)?.into_iter().map(Ok))))
            .try_flatten();
        Box::pin(customers)
    }

    fn request(&self) -> Request {
        let size = self.size.map(|size| ("size", size.to_string()));
        let filter = self
            .filter
            .as_ref()
            .map(|filter| ("filter", filter.to_string()));
        match query_string(size.into_iter().chain(filter)).as_str() {
            "" => Request::to(PATH),
            query => Request::to(format!("{PATH}?{query}")),
        }
    }
}

/// The page after this one; nothing after the last.
fn next_page(
    partner: &PartnerOperations,
    page: &Collection<Customer>,
) -> Result<Option<Request>, Error> {
    if let Some(link) = page.links.as_ref().and_then(|links| links.next.as_ref()) {
        if !link.method.eq_ignore_ascii_case("GET") {
            let message = "the next page is not to be had with GET";
            return Err(Error::unusable("links.next.method", message));
        }
        return Ok(Some(Request {
            path: path_of(&partner.transport().base_url, &link.uri, "/v1")?,
            headers: headers_of(&link.headers)?,
        }));
    }
    // The token knows size and filter, and Microsoft's .NET SDK 3.4 sends neither again.
    match page.continuation_token.as_deref() {
        None | Some("") => Ok(None),
        Some(token) => {
            let seek = SeekOperation::Next;
            let mut request = Request::to(format!("{PATH}?seekOperation={seek}"));
            request
                .headers
                .insert(header::MS_CONTINUATION_TOKEN, continuation(token)?);
            Ok(Some(request))
        }
    }
}

/// Which customers were there already.
#[derive(Default)]
struct News {
    known: HashSet<CustomerId>,
    pages_without: usize,
}

impl News {
    /// More pages without anything new than an honest service has in a row.
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
