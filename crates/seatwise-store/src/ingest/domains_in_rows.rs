//! The domains in the rows of an import, before it is known which deliveries are accepted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::model::fact::Unit;

/// The domains of a customer: by day and file, the number of the domain.
pub(super) type Days = BTreeMap<(i32, u32), u32>;

/// The memory of a domain in bytes, in addition to its text: two pointers, its lengths, its number.
const OF_DOMAIN: usize = 64;

/// The memory of a customer and of a day in bytes: their keys, and the spare room of maps.
const OF_CUSTOMER: usize = 96;
const OF_DAY: usize = 32;

/// The domains in the rows of an import, before it is known which deliveries are accepted.
#[derive(Default)]
pub(crate) struct DomainsInRows {
    pub(super) texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32, RandomState>,
    /// By customer.
    pub(super) of: HashMap<(u64, u64), Days, RandomState>,
    /// The last statement: consecutive rows often have the same one.
    last: Option<((u64, u64), i32, u32, u32)>,
    bytes: usize,
}

impl DomainsInRows {
    /// Adds the domain in a row of a file. Of several rows for one day, the last one counts.
    pub(crate) fn add(&mut self, unit: &Unit, file: u32, domain: &str) {
        let Unit { customer, day, .. } = *unit;
        let number = match self.last {
            Some((.., number)) if &*self.texts[number as usize] == domain => number,
            _ => match self.numbers.get(domain) {
                Some(number) => *number,
                None => {
                    let number = self.texts.len() as u32;
                    let text: Arc<str> = domain.into();
                    self.bytes += OF_DOMAIN + text.len();
                    self.texts.push(Arc::clone(&text));
                    self.numbers.insert(text, number);
                    number
                }
            },
        };
        let now = (customer, day, file, number);
        if self.last != Some(now) {
            let customers = self.of.len();
            let days = self.of.entry(customer).or_default();
            if days.insert((day, file), number).is_none() {
                self.bytes += OF_DAY;
            }
            self.bytes += (self.of.len() - customers) * OF_CUSTOMER;
            self.last = Some(now);
        }
    }

    /// The approximate memory in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The domain in a file for a unit.
    pub(crate) fn of(&self, unit: &Unit, file: u32) -> Option<&str> {
        let number = self.of.get(&unit.customer)?.get(&(unit.day, file))?;
        Some(&self.texts[*number as usize])
    }
}
