//! The newest deliveries in a snapshot, current or late.

use std::ops::Range;

use seatwise_types::CustomerId;
use seatwise_types::extensions::Selection;

use super::{Customer, Delivery, KnownCustomer, Row, Snapshot};
use crate::model::selection::selects;

/// A newest delivery of a customer, current or late.
#[derive(Clone, Copy)]
pub(crate) struct Counted<'a> {
    snapshot: &'a Snapshot,
    /// The index of the customer.
    pub(super) place: u32,
    customer: &'a Customer,
    pub(crate) delivery: &'a Delivery,
}

impl<'a> Counted<'a> {
    /// The id of its customer.
    pub(crate) fn id(&self) -> CustomerId {
        self.customer.id
    }

    /// The customer.
    pub(crate) fn customer(&self) -> KnownCustomer<'a> {
        self.snapshot.known(self.customer)
    }

    /// The service and channel.
    pub(crate) fn feed(&self) -> (&'a str, &'a str) {
        self.snapshot.feed(self.delivery.feed)
    }

    /// Whether it is too old to count among all customers. With [`Moment::Day`](crate::query::moment::Moment::Day), none is.
    pub(crate) fn is_late(&self) -> bool {
        let feed = &self.snapshot.feeds[self.delivery.feed as usize];
        self.snapshot.is_too_old(feed, self.delivery.day)
    }

    /// Its rows.
    pub(crate) fn rows(&self) -> &'a [Row] {
        let Range { start, end } = self.delivery.rows;
        &self.customer.rows[start as usize..end as usize]
    }
}

impl Snapshot {
    /// The newest deliveries of all customers, including late ones.
    pub(crate) fn deliveries(&self) -> impl Iterator<Item = Counted<'_>> {
        self.deliveries_at(self.places(None))
    }

    /// The newest deliveries of a customer.
    pub(crate) fn deliveries_of(&self, id: CustomerId) -> impl Iterator<Item = Counted<'_>> {
        self.deliveries_at(self.places(Some(id)))
    }

    /// The newest deliveries in the selected services, channels and customers.
    pub(crate) fn selected_deliveries(
        &self,
        selection: &Selection,
    ) -> impl Iterator<Item = Counted<'_>> {
        let all = self.deliveries_at(self.places(selection.customer));
        all.filter(move |it| selects(selection, it.feed()))
    }

    /// The index of a customer as a range, empty if it is unknown; all indexes without a customer.
    fn places(&self, of: Option<CustomerId>) -> Range<usize> {
        let Some(id) = of else {
            return 0..self.customers.len();
        };
        let place = self.place(id).map(|place| place..place + 1);
        place.unwrap_or_default()
    }

    /// The newest deliveries of a range of customers.
    fn deliveries_at(&self, places: Range<usize>) -> impl Iterator<Item = Counted<'_>> {
        let customers = places.clone().zip(&self.customers[places]);
        customers.flat_map(move |(place, customer)| {
            let deliveries = customer.deliveries.iter();
            deliveries.map(move |delivery| Counted {
                snapshot: self,
                place: place as u32,
                customer,
                delivery,
            })
        })
    }
}
