//! Erasure and verification of domains.

use std::collections::HashSet;

use datafusion::arrow::array::AsArray as _;
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::{CustomerId, PartnerId};

use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::table::damage::damaged;
use crate::table::domains::{Domains, Statement, is_damage};
use crate::table::names::DOMAINS;
use crate::table::session::query;
use crate::table::store::Store;
use crate::upkeep::erase::{Erase, Erased, kept_from};
use crate::upkeep::finding::{Finding, Verified};
use crate::upkeep::remedy::Remedy;

impl Store {
    /// Erases domains permanently: those of a customer, or old ones, as far as rows of the same
    /// days are removed from the tables. Of those before a day, each customer's newest stays,
    /// because it counts on that day, unless nothing else of the customer is stored: so call this
    /// after erasing the tables. `None` if no domain was ever recorded. With `dry_run` it only
    /// counts.
    ///
    /// # Errors
    /// If the file or a table cannot be read, or the file cannot be written.
    pub async fn erase_domains(
        &self,
        partner: PartnerId,
        what: Erase,
        now: Timestamp,
        dry_run: bool,
    ) -> Result<Option<Erased>, StoreError> {
        let file = self.domains_file(partner);
        let is_known = file.is_known();
        if !is_known.map_err(|err| StoreError::io("read", file.location, err))? {
            return Ok(None);
        }
        let lock = self.lock(partner, now).await?;
        if !dry_run {
            lock.excludes_others(&self.partner_folder(partner))?;
        }
        let mut what = what;
        let mut stored = HashSet::new();
        if let Erase::Before(day) = &mut what {
            *day = kept_from(*day, self.newest_day(partner).await?);
            stored = self.customers_in_tables(partner).await?;
        }
        self.blocking("erase from", move |store| {
            let known = store.read_domains(partner)?;
            let goes = |number: usize, it: &Statement| match what {
                Erase::Customer(customer) => it.customer_tenant_id == customer,
                Erase::Before(day) if it.processed_date < day => {
                    let customer = it.customer_tenant_id;
                    let about = known.of[&customer].iter();
                    let order = |number: usize| (known.statements[number].processed_date, number);
                    let later = about.map(|other| order(*other)).filter(|(on, _)| *on < day);
                    later.max() != Some(order(number)) || !stored.contains(&customer)
                }
                Erase::Before(_) => false,
            };
            let stays: Vec<Statement> = (0..)
                .zip(&known.statements)
                .filter(|(number, it)| !goes(*number, it))
                .map(|(_, it)| it.clone())
                .collect();
            let rows = (known.statements.len() - stays.len()) as u64;
            if rows > 0 && !dry_run {
                // Instants used in answers stay settled, even if what settled them is erased.
                if let Some(recorded_at) = known.recorded_at() {
                    store.note_settled(partner, recorded_at, &lock)?;
                }
                store.write_domains(partner, &known, &stays, known.settled)?;
            }
            Ok(Some(Erased {
                rows,
                ..Erased::default()
            }))
        })
        .await
    }

    /// The newest processed date in a partner's tables.
    async fn newest_day(&self, partner: PartnerId) -> Result<Option<Date>, StoreError> {
        let mut newest = None;
        for kind in Kind::ALL {
            let table = self.table(partner, kind).await?;
            let files = table.iter().flat_map(|table| table.files.iter());
            newest = newest.max(files.map(|file| file.stats.max_values.processed_date).max());
        }
        Ok(newest)
    }

    /// The customers with rows in any table.
    async fn customers_in_tables(
        &self,
        partner: PartnerId,
    ) -> Result<HashSet<CustomerId>, StoreError> {
        const CUSTOMERS: &str = "select distinct customer_tenant_id from facts";
        let mut customers = HashSet::new();
        for kind in Kind::ALL {
            let Some(table) = self.table(partner, kind).await? else {
                continue;
            };
            let found = query(self.session(), &table, table.files.iter(), CUSTOMERS).await;
            let found = found
                .map_err(|err| damaged(partner, kind, "read its customers", &table.folder, err))?;
            for batch in &found {
                let ids = batch.column(0).as_string_view().iter().flatten();
                customers.extend(ids.filter_map(|id| id.parse::<CustomerId>().ok()));
            }
        }
        Ok(customers)
    }

    /// Reads all domains and compares them with the file's hash. `None` if no domain was ever
    /// recorded.
    ///
    /// # Errors
    /// If the file cannot be read. Damage is not an error, but part of the result.
    pub async fn verify_domains(&self, partner: PartnerId) -> Result<Option<Verified>, StoreError> {
        self.blocking("read from", move |store| {
            let file = store.domains_file(partner);
            let mut verified = Verified {
                files: 1,
                ..Verified::default()
            };
            match Domains::read(&file, None) {
                Ok(domains) if domains.head.is_empty() => return Ok(None),
                Ok(domains) => verified.rows = domains.statements.len() as u64,
                Err(err) if is_damage(&err) => {
                    verified.damages = 1;
                    let finding = Finding::of_file(DOMAINS, err.to_string(), Remedy::Domains);
                    verified.findings.push(finding);
                }
                Err(err) => return Err(StoreError::io("read", file.location, err)),
            }
            Ok(Some(verified))
        })
        .await
    }
}
