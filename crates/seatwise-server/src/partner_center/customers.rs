//! The partner's customers: `/v1/customers` and `/v1/customers/{customer-id}`.

use std::sync::Arc;

use anyhow::anyhow;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use seatwise_store::{Domains, Kind, KnownCustomer, Moment, Snapshot, StoreError};
use seatwise_types::{
    Collection, Customer, CustomerId, Link, LinkHeader, Links, PartnerId, SeekOperation, header,
};

use super::customer_in_path::{CustomerInPath, unknown_customer};
use super::customer_page::{Asked, ListCursor, Search, SearchBy};

use crate::plumbing::answer::{respond_made, respond_once};
use crate::plumbing::error::ApiError;
use crate::sign_in::AppOrUser;
use crate::state::AppState;

/// `GET /v1/customers/{customer-id}`
pub(crate) async fn one(
    State(app): State<Arc<AppState>>,
    AppOrUser(caller): AppOrUser,
    CustomerInPath(id): CustomerInPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let list = List::read(&app, caller.partner, None).await?;
    let customer = list.customer(id).ok_or_else(unknown_customer)?;
    Ok(respond_once(
        app.wire.encode(&customer.resource()),
        &headers,
    ))
}

/// `GET /v1/customers`
pub(crate) async fn all(
    State(app): State<Arc<AppState>>,
    AppOrUser(caller): AppOrUser,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asked = Asked::parse(query.as_deref().unwrap_or_default(), &headers)?;
    let list = List::read(&app, caller.partner, asked.cursor.of).await?;
    let memory = app.snapshots.reserve(list.longest() * CUSTOMER_BYTES)?;
    let wire = app.wire;
    let body = move || {
        let _memory = memory;
        wire.encode(&page(list, asked, query))
    };
    respond_made(&app.snapshots, &headers, body).await
}

/// An estimate of the memory per customer while the list is sorted, in bytes.
const CUSTOMER_BYTES: usize = 256;

/// Makes a page of the list.
fn page(list: List, asked: Asked, query: Option<String>) -> Collection<Customer> {
    let customers = list.customers(asked.cursor.search.as_ref());
    let page = asked.page(customers.len());
    let items = customers[page.clone()].iter().map(Listed::resource);
    let mut answer: Collection<Customer> = Collection::new(items.collect());

    let size = asked.cursor.size;
    let here = asked.cursor.begun(list.cursor(), page.start).to_token();
    let seek = |to: SeekOperation| Link {
        headers: vec![continuation(here.clone())],
        ..Link::to(format!("/customers?size={size}&seekOperation={to}"))
    };
    let has_next = page.end < customers.len();
    answer.continuation_token = has_next.then(|| here.clone());
    answer.links = Some(Links {
        this: Some(itself(query, asked.token)),
        next: has_next.then(|| seek(SeekOperation::Next)),
        previous: (page.start > 0).then(|| seek(SeekOperation::Previous)),
    });
    answer
}

/// The link to the request itself: the query as sent, still escaped (documented sample of a
/// search), and the header with the token, if any.
fn itself(query: Option<String>, token: Option<String>) -> Link {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Link {
        headers: token.into_iter().map(continuation).collect(),
        ..Link::to(format!("/customers{query}"))
    }
}

fn continuation(token: String) -> LinkHeader {
    LinkHeader {
        key: header::MS_CONTINUATION_TOKEN.to_owned(),
        value: token,
    }
}

/// A customer, with links without the API version (documented sample of a search). Unknown fields
/// are left out.
pub(crate) fn resource(id: CustomerId, name: &str, domain: Option<&str>) -> Customer {
    let mut customer = Customer::new(id, "", name);
    customer.company_profile.domain = domain.map(ToOwned::to_owned);
    customer.company_profile.links = Some(Links::to_itself(format!(
        "/customers/{id}/profiles/company"
    )));
    customer.links = Some(Links::to_itself(format!("/customers/{id}")));
    customer
}

/// A customer in the list.
struct Listed<'a> {
    id: CustomerId,
    name: &'a str,
    domain: Option<&'a str>,
}

impl Listed<'_> {
    fn resource(&self) -> Customer {
        resource(self.id, self.name, self.domain)
    }

    /// The text to compare in a search, in lower case; `None` if it is unknown.
    fn searched(&self, by: SearchBy) -> Option<String> {
        let text = match by {
            SearchBy::CompanyName => Some(self.name),
            SearchBy::Domain => self.domain,
        };
        text.map(str::to_lowercase)
    }
}

/// The customers with rows of either kind, and their domains.
struct List {
    snapshots: [Arc<Snapshot>; 2],
    domains: Arc<Domains>,
    /// Domains that were recorded later are ignored.
    domains_until: Option<Timestamp>,
}

impl List {
    async fn read(
        app: &AppState,
        partner: PartnerId,
        of: Option<ListCursor>,
    ) -> Result<Self, ApiError> {
        let domains = app.store.domains(partner).await.map_err(unreadable)?;
        let [usage, deployment] = of.map_or([None; 2], |of| of.versions.map(Some));
        let read = |kind, version| app.snapshots.at(partner, kind, Moment::NEWEST, version);
        Ok(Self {
            snapshots: [
                read(Kind::Usage, usage).await?,
                read(Kind::Deployment, deployment).await?,
            ],
            domains_until: of.map_or_else(|| domains.recorded_at(), |of| of.domains),
            domains,
        })
    }

    /// The position from which the same list can be made again.
    fn cursor(&self) -> ListCursor {
        let versions = self.snapshots.each_ref().map(|it| it.version());
        ListCursor {
            versions: versions.map(Option::unwrap_or_default),
            domains: self.domains_until,
        }
    }

    /// An upper bound of the number of customers.
    fn longest(&self) -> usize {
        let counts = self
            .snapshots
            .iter()
            .map(|snapshot| snapshot.customers().len());
        counts.sum()
    }

    fn customer(&self, id: CustomerId) -> Option<Listed<'_>> {
        let known = self
            .snapshots
            .iter()
            .filter_map(|snapshot| snapshot.customer(id));
        Some(self.listed(known.reduce(KnownCustomer::or_newer)?))
    }

    /// All customers by id; or the results of a search by the compared text, as in its documented
    /// sample.
    fn customers(&self, search: Option<&Search>) -> Vec<Listed<'_>> {
        let all = KnownCustomer::of_all(self.snapshots.iter().map(Arc::as_ref));
        let all = all.into_values().map(|known| self.listed(known));
        let Some(search) = search else {
            return all.collect();
        };
        let mut found: Vec<(String, Listed<'_>)> = all
            .filter_map(|customer| Some((customer.searched(search.by)?, customer)))
            .filter(|(text, _)| text.starts_with(&search.start))
            .collect();
        // The sort is stable, so equal texts stay ordered by id.
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        found.into_iter().map(|(_, customer)| customer).collect()
    }

    fn listed<'a>(&'a self, known: KnownCustomer<'a>) -> Listed<'a> {
        // A list from before the first recorded domain has no domains.
        let until = self.domains_until;
        Listed {
            id: known.id,
            name: known.name,
            domain: until.and_then(|until| self.domains.of(known.id, None, Some(until))),
        }
    }
}

fn unreadable(err: StoreError) -> ApiError {
    let cause = anyhow!(err).context("cannot read the domains of a partner's customers");
    ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause)
}
