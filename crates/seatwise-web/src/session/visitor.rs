//! Who may see what. The argument of a handler says who may call it: [`Visitor`] for people of the partner,
//! [`Operator`] for those who may change something, [`Looker`] for guests too.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::Method;
use http::request::Parts;
use jiff::Timestamp;
use seatwise_server::{Person, Unanswered};
use seatwise_store::{GuestLink, GuestLinkId};
use seatwise_types::{CustomerId, PartnerId};
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::error::PageError;

/// A visitor who may see the pages of one partner, or of one of its customers.
///
/// A handler gets a partner id only from a visitor, so it cannot show figures of another partner.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Visitor {
    /// The partner whose figures they may see.
    pub(crate) partner: PartnerId,
    /// Their name, as the pages show it.
    pub(crate) name: String,
    role: Role,
    /// When the session ends.
    pub(super) ends: Timestamp,
}

/// What a visitor may do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
enum Role {
    /// Sees all pages.
    Viewer,
    /// Sees all pages and may change something.
    Operator,
    /// Sees the pages of one customer, as long as their link is open.
    Guest {
        customer: CustomerId,
        link: GuestLinkId,
    },
}

impl Visitor {
    pub(super) fn person(person: &Person, ends: Timestamp) -> Self {
        Self {
            partner: person.partner,
            name: person.name.clone(),
            role: match person.is_operator {
                true => Role::Operator,
                false => Role::Viewer,
            },
            ends,
        }
    }

    pub(super) fn guest(partner: PartnerId, link: &GuestLink, ends: Timestamp) -> Self {
        Self {
            partner,
            name: "a guest".to_owned(),
            role: Role::Guest {
                customer: link.customer,
                link: link.id,
            },
            ends,
        }
    }

    /// The customer that a guest may see; `None` for people of the partner.
    pub(crate) fn guest_of(&self) -> Option<CustomerId> {
        match self.role {
            Role::Guest { customer, .. } => Some(customer),
            Role::Viewer | Role::Operator => None,
        }
    }

    /// Whether they may change something.
    pub(crate) fn is_operator(&self) -> bool {
        self.role == Role::Operator
    }
}

/// A visitor who may be a guest.
pub(crate) struct Looker(Visitor);

impl Looker {
    /// Allows access to the pages of a customer, or with `None` to those of all customers.
    ///
    /// # Errors
    /// If the visitor is a guest of another customer.
    pub(crate) fn at(self, customer: Option<CustomerId>) -> Result<Visitor, PageError> {
        match self.0.guest_of() {
            Some(own) if customer != Some(own) => Err(PageError::NotForGuests { customer: own }),
            _ => Ok(self.0),
        }
    }

    /// A person of the partner; `None` for a guest.
    pub(crate) fn person(self) -> Option<Visitor> {
        self.0.guest_of().is_none().then_some(self.0)
    }
}

/// A visitor who may change something.
pub(crate) struct Operator(pub(crate) Visitor);

impl FromRequestParts<Arc<Web>> for Looker {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, PageError> {
        let app = &web.app;
        let Some(visitor) = web.sessions.visitor(&parts.headers, app.now()) else {
            // Only a GET request can be repeated after the sign-in.
            let to = parts.uri.path_and_query().map(|to| to.as_str());
            let to = to.filter(|_| parts.method == Method::GET);
            return Err(PageError::signed_out(app, to));
        };
        if let Role::Guest { link, .. } = visitor.role
            && !app.is_guest_link_open(visitor.partner, link).await?
        {
            return Err(PageError::ClosedLink);
        }
        Ok(Self(visitor))
    }
}

impl FromRequestParts<Arc<Web>> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, PageError> {
        Looker::from_request_parts(parts, web).await?.at(None)
    }
}

impl FromRequestParts<Arc<Web>> for Operator {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, PageError> {
        let visitor = Visitor::from_request_parts(parts, web).await?;
        match visitor.is_operator() {
            true => Ok(Self(visitor)),
            false => {
                let err = "only an operator may do this: ask the administrator of this server for the role";
                Err(Unanswered::denied(err).into())
            }
        }
    }
}
