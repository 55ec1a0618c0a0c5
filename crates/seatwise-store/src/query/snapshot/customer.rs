//! Builds a customer of a snapshot from its deliveries.

use seatwise_types::CustomerId;

use super::vocabulary::Vocabulary;
use super::{Customer, Delivery, Row};
use crate::model::columns::CUSTOMER_NAME;

/// The memory of a customer in bytes, without deliveries and rows.
pub(super) const COST_OF_A_CUSTOMER: usize = size_of::<Customer>() + 4 * size_of::<usize>();

/// A customer under construction.
pub(super) struct CustomerBuilder {
    id: CustomerId,
    deliveries: Vec<Delivery>,
    rows: Vec<Row>,
}

impl Customer {
    /// The memory of the customer in bytes.
    pub(super) fn bytes(&self) -> usize {
        COST_OF_A_CUSTOMER + size_of_val(&*self.deliveries) + size_of_val(&*self.rows)
    }
}

impl CustomerBuilder {
    /// Starts without deliveries. Add them in alphabetical order of their services and channels.
    pub(super) fn new(id: CustomerId) -> Self {
        Self {
            id,
            deliveries: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Adds a delivery with its rows.
    pub(super) fn add(&mut self, delivery: &Delivery, rows: impl ExactSizeIterator<Item = Row>) {
        let start = self.rows.len() as u32;
        self.rows.reserve_exact(rows.len());
        self.rows.extend(rows);
        self.deliveries.push(Delivery {
            rows: start..self.rows.len() as u32,
            ..delivery.clone()
        });
    }

    /// The customer with its newest name.
    ///
    /// # Panics
    /// If it has no delivery.
    pub(super) fn build(self, words: &Vocabulary) -> Customer {
        let newest = self.deliveries.iter().max_by_key(|delivery| {
            let name = words.texts.text(CUSTOMER_NAME, delivery.name);
            (delivery.named_at, name)
        });
        let newest = newest.expect("a customer has a delivery");
        Customer {
            id: self.id,
            name: newest.name,
            processed: newest.named_at,
            deliveries: self.deliveries.into_boxed_slice(),
            rows: self.rows.into_boxed_slice(),
        }
    }
}
