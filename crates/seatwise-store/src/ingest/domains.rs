//! What an import says about domains, and what of it is news.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::{CustomerId, PartnerId};

use crate::ingest::checked::{Checked, Role};
use crate::model::days::day;
use crate::model::error::StoreError;
use crate::model::fact::{DeliveryKey, Unit, customer};
use crate::table::clock::recorded_at;
use crate::table::domains::{Domains, Statement};
use crate::table::store::Store;

/// What is said of a customer: by day and file, the number of the domain.
type Days = BTreeMap<(i32, u32), u32>;

/// What a domain costs in memory beside its own bytes: two pointers to it, its lengths, its number.
const OF_DOMAIN: usize = 64;

/// What a customer costs, and a day of one: their keys, and the room that a map keeps.
const OF_CUSTOMER: usize = 96;
const OF_DAY: usize = 32;

/// What rows of an import say about domains, until it is known which deliveries are taken.
#[derive(Default)]
pub(crate) struct Said {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32, RandomState>,
    /// By the customer.
    of: HashMap<(u64, u64), Days, RandomState>,
    /// What was said last: rows often repeat the row before.
    last: Option<((u64, u64), i32, u32, u32)>,
    bytes: usize,
}

impl Said {
    /// Adds what a row of a file says. Of several rows about one day the last one counts.
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

    /// How many bytes of memory it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What a file says about a unit.
    pub(crate) fn of(&self, unit: &Unit, file: u32) -> Option<&str> {
        let number = self.of.get(&unit.customer)?.get(&(unit.day, file))?;
        Some(&self.texts[*number as usize])
    }
}

/// What the deliveries of an import that are taken say: of each customer and day the number of the
/// file, and the domain.
#[derive(Default)]
pub(crate) struct Taken(BTreeMap<(CustomerId, Date), (u32, Arc<str>)>);

impl Taken {
    /// Adds what rows of one kind say. A customer and day of which a file has a bad row is left out,
    /// also of other files that may have rows of the same delivery.
    pub(crate) fn add(&mut self, checked: &Checked) {
        let mut rejected: HashMap<_, Vec<u32>, RandomState> = HashMap::default();
        for DeliveryKey { unit, file } in checked.rejected.keys() {
            let files = rejected.entry((unit.customer, unit.day)).or_default();
            files.push(*file);
        }
        // A part belongs to a delivery that begins in a file before it.
        let is_one = |a: u32, b: u32| a == b || checked.role(a.max(b)) == Role::Part;
        for (id, days) in &checked.domains.of {
            for ((on, file), number) in days {
                let mut bad = rejected.get(&(*id, *on)).into_iter().flatten();
                if bad.any(|bad| is_one(*bad, *file)) {
                    continue;
                }
                let said = (*file, Arc::clone(&checked.domains.texts[*number as usize]));
                let known = self
                    .0
                    .entry((customer(*id), day(*on)))
                    .or_insert(said.clone());
                // Later files are newer.
                if known.0 < *file {
                    *known = said;
                }
            }
        }
    }
}

impl Store {
    /// Records what an import says about domains, as far as it is news: on the day it is about,
    /// something else, or nothing, was known. How much that is. With `dry_run` nothing is written.
    pub(crate) async fn record_domains(
        &self,
        partner: PartnerId,
        taken: Taken,
        now: Timestamp,
        dry_run: bool,
    ) -> Result<u64, StoreError> {
        if taken.0.is_empty() {
            return Ok(0);
        }
        let _lock = match dry_run {
            true => None,
            false => Some(self.lock(partner, now).await?),
        };
        let settled_up_to = self.settled_up_to(partner).await?;
        self.blocking("write to", move |store| {
            let known = store.read_domains(partner)?;
            let recorded_at = recorded_at(settled_up_to.max(known.recorded_at()), now);
            let before = known.statements.len();
            let mut domains = Domains::of_statements(String::new(), known.statements.clone());
            // Day by day, so that what one day says is known on the next.
            for ((customer, day), (_, domain)) in taken.0 {
                if domains.of(customer, Some(day), None) != Some(&*domain) {
                    domains.add(Statement {
                        customer_tenant_id: customer,
                        domain: domain.as_ref().to_owned(),
                        processed_date: day,
                        recorded_at,
                    });
                }
            }
            let news = domains.statements.len() - before;
            if news > 0 && !dry_run {
                store.write_domains(partner, &domains.statements)?;
            }
            Ok(news as u64)
        })
        .await
    }
}
