//! The partner's customers: `/v1/customers` and `/v1/customers/{customer-id}`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use http::request::Parts;
use seatwise_store::{Facts, Kind, KnownCustomer, Moment};
use seatwise_types::{
    Collection, Customer, CustomerId, ErrorCode, Link, LinkHeader, Links, PartnerId, SeekOperation,
    header,
};

use crate::AppState;
use crate::answer::respond_once;
use crate::customer_licenses::unknown_customer;
use crate::customer_page::{Asked, Versions};
use crate::error::ApiError;
use crate::sign_in::AppOrUser;

/// The id of a customer in a path.
pub(crate) struct CustomerInPath(pub(crate) CustomerId);

impl<S: Send + Sync> FromRequestParts<S> for CustomerInPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, state).await;
        let id = id.ok().and_then(|Path(id)| id.parse().ok());
        id.map(Self).ok_or_else(|| {
            ApiError::new(
                ErrorCode::InvalidCustomerId,
                ErrorCode::InvalidCustomerId.meaning(),
            )
        })
    }
}

/// `GET /v1/customers/{customer-id}`
pub(crate) async fn one(
    State(app): State<Arc<AppState>>,
    AppOrUser(caller): AppOrUser,
    CustomerInPath(id): CustomerInPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let list = List::read(&app, caller.partner, None).await?;
    let name = list.name_of(id).ok_or_else(unknown_customer)?;
    let customer = Customer {
        links: Some(Links {
            this: Some(link(format!("/customers/{id}"), None)),
            ..Links::default()
        }),
        ..resource(id, name)
    };
    Ok(respond_once(app.wire.encode(&customer), &headers))
}

/// `GET /v1/customers`
pub(crate) async fn all(
    State(app): State<Arc<AppState>>,
    AppOrUser(caller): AppOrUser,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asked = Asked::parse(query.as_deref().unwrap_or_default(), &headers)?;
    let list = List::read(&app, caller.partner, asked.place.versions).await?;
    let customers = list.customers().into_values();
    let customers: Vec<_> = customers
        .filter(|known| asked.place.wants(known.name))
        .collect();
    let page = asked.page(customers.len());
    let items = customers[page.clone()].iter();
    let mut answer: Collection<Customer> =
        Collection::new(items.map(|known| resource(known.id, known.name)).collect());

    let size = asked.place.size;
    let here = asked.place.begun(list.versions(), page.start).to_token();
    let seek = |to: SeekOperation| {
        let uri = format!("/customers?size={size}&seekOperation={to}");
        link(uri, Some(here.clone()))
    };
    let has_next = page.end < customers.len();
    answer.continuation_token = has_next.then(|| here.clone());
    answer.links = Some(Links {
        this: Some(link(format!("/customers?size={size}"), None)),
        next: has_next.then(|| seek(SeekOperation::Next)),
        previous: (page.start > 0).then(|| seek(SeekOperation::Previous)),
    });
    Ok(respond_once(app.wire.encode(&answer), &headers))
}

/// A customer as a list has it. What the store does not know, such as the domain, is left out.
fn resource(id: CustomerId, name: &str) -> Customer {
    let mut customer = Customer::new(id, "", name);
    customer.company_profile.domain = None;
    customer
}

/// A link to a path without the version, as observed traffic has it.
fn link(uri: String, token: Option<String>) -> Link {
    let header = token.map(|value| LinkHeader {
        key: header::MS_CONTINUATION_TOKEN.to_owned(),
        value,
    });
    Link {
        uri,
        method: "GET".to_owned(),
        headers: header.into_iter().collect(),
    }
}

/// The customers that one of the two kinds of rows knows.
struct List([Arc<Facts>; 2]);

impl List {
    async fn read(
        app: &AppState,
        partner: PartnerId,
        versions: Option<Versions>,
    ) -> Result<Self, ApiError> {
        let [usage, deployment] = versions.map_or([None; 2], |versions| versions.map(Some));
        let read = |kind, version| app.facts.at(partner, kind, Moment::NEWEST, version);
        Ok(Self([
            read(Kind::Usage, usage).await?,
            read(Kind::Deployment, deployment).await?,
        ]))
    }

    fn versions(&self) -> Versions {
        self.0
            .each_ref()
            .map(|facts| facts.version().unwrap_or_default())
    }

    /// The newest name of a customer.
    fn name_of(&self, id: CustomerId) -> Option<&str> {
        let known = self.0.iter().filter_map(|facts| facts.customer(id));
        Some(known.reduce(KnownCustomer::or_newer)?.name)
    }

    fn customers(&self) -> BTreeMap<CustomerId, KnownCustomer<'_>> {
        KnownCustomer::of_all(self.0.iter().map(Arc::as_ref))
    }
}
