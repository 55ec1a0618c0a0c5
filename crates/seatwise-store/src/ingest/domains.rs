//! The domains in the accepted deliveries of an import, and which of them are new.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::{CustomerId, PartnerId};

use crate::ingest::checked::{Checked, Role};
use crate::model::days::day;
use crate::model::error::StoreError;
use crate::model::fact::{DeliveryKey, customer};
use crate::table::clock::recorded_at;
use crate::table::domains::{Domains, Statement};
use crate::table::settle::until_first;
use crate::table::store::Store;

/// The domains in the accepted deliveries of an import: for each customer and day, the number of
/// the file, and the domain.
#[derive(Default)]
pub(crate) struct AcceptedDomains(BTreeMap<(CustomerId, Date), (u32, Arc<str>)>);

impl AcceptedDomains {
    /// Adds the domains in the rows of one kind. Leaves out a customer and day with a bad row in a
    /// file, and in other files that may belong to the same delivery.
    pub(crate) fn add(&mut self, checked: &Checked) {
        let mut rejected: HashMap<_, Vec<u32>, RandomState> = HashMap::default();
        for DeliveryKey { unit, file } in checked.rejected.keys() {
            let files = rejected.entry((unit.customer, unit.day)).or_default();
            files.push(*file);
        }
        // A part belongs to a delivery that begins in an earlier file.
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
                // Later files take precedence.
                if known.0 < *file {
                    *known = said;
                }
            }
        }
    }

    /// The known domains, and those that are new: on their day, another domain or none was known.
    fn added_to(&self, known: &Domains, recorded_at: Timestamp) -> Domains {
        let mut domains = Domains::of_statements(String::new(), known.statements.clone());
        // In order of days, so that each day's domain is known on the next.
        for ((customer, day), (_, domain)) in &self.0 {
            if domains.of(*customer, Some(*day), None) != Some(domain) {
                domains.add(Statement {
                    customer_tenant_id: *customer,
                    domain: domain.as_ref().to_owned(),
                    processed_date: *day,
                    recorded_at,
                });
            }
        }
        domains
    }
}

impl Store {
    /// Records the domains of an import that are new: on their day, another domain or none was
    /// known. Returns their number. With `dry_run`, nothing is written.
    pub(crate) async fn record_domains(
        &self,
        partner: PartnerId,
        accepted: AcceptedDomains,
        now: Timestamp,
        dry_run: bool,
    ) -> Result<u64, StoreError> {
        if accepted.0.is_empty() {
            return Ok(0);
        }
        let _lock = match dry_run {
            true => None,
            false => Some(self.lock(partner, now).await?),
        };
        let accepted = Arc::new(accepted);
        until_first(|| {
            let accepted = Arc::clone(&accepted);
            async move {
                let settled_up_to = self.settled_up_to(partner).await?;
                self.blocking("write to", move |store| {
                    let known = store.read_domains(partner)?;
                    let recorded_at = recorded_at(settled_up_to.max(known.settled_up_to()), now);
                    let domains = accepted.added_to(&known, recorded_at);
                    let news = domains.statements.len() - known.statements.len();
                    if news > 0 && !dry_run {
                        store.write_domains(partner, &known, &domains.statements, known.settled)?;
                    }
                    Ok(news as u64)
                })
                .await
            }
        })
        .await
    }
}
