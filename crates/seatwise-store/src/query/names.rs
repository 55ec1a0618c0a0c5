//! What a customer was called, and from which day on.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use jiff::civil::Date;
use seatwise_types::{CustomerId, PartnerId};

use crate::model::axes::Axes;
use crate::model::days::day;
use crate::model::kind::Kind;
use crate::model::selection::and_of_customer;
use crate::query::counting::newest_versions;
use crate::query::question::{QuestionError, check_rows};
use crate::table::customer_range::CustomerRange;
use crate::table::session::each_batch;
use crate::table::store::Store;

/// How many days and names the names of a customer may be made of: those of a century of days with
/// several names each.
const MOST_ROWS: usize = 1 << 18;

/// About how many bytes of memory a day takes with its name.
const DAY_BYTES: usize = 256;

/// What a customer was called in the deliveries of some days that follow one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerName {
    /// The name.
    pub name: String,
    /// The first of these days.
    pub first: Date,
    /// The last of them: on the next day that has a delivery, the customer has another name.
    pub last: Date,
}

impl Store {
    /// What a customer was called from day to day, the newest name first; none if nothing was delivered of
    /// it. A name that comes back is there again.
    ///
    /// A day's name is that of its delivery, of usage or deployment, with the newest processed instant; of
    /// several, the last in the alphabet. So the first one is the customer's name as of the axes.
    ///
    /// # Errors
    /// If there is too much to read, or a table cannot be read.
    pub async fn customer_names(
        &self,
        partner: PartnerId,
        customer: CustomerId,
        axes: Axes,
    ) -> Result<Vec<CustomerName>, QuestionError> {
        let mut days = Days::new();
        for kind in [Kind::Usage, Kind::Deployment] {
            for (day, name) in self.names_by_day(partner, kind, customer, axes).await? {
                let kept = days.entry(day).or_insert_with(|| name.clone());
                if *kept < name {
                    *kept = name;
                }
            }
        }
        let mut names: Vec<CustomerName> = Vec::new();
        for (number, (_, name)) in days {
            let day = day(number);
            match names.last_mut() {
                Some(last) if last.name == name => last.last = day,
                _ => names.push(CustomerName {
                    name,
                    first: day,
                    last: day,
                }),
            }
        }
        names.reverse();
        Ok(names)
    }

    /// The name of each day of a table.
    async fn names_by_day(
        &self,
        partner: PartnerId,
        kind: Kind,
        customer: CustomerId,
        axes: Axes,
    ) -> Result<Days, QuestionError> {
        let found = self.with_newest(partner, kind, move |table| async move {
            let engine = Arc::clone(self.engine());
            let work = async move {
                let mut memory = engine.reservation("names of a customer");
                let (sql, range) = (sql(customer, axes), CustomerRange::of([customer]));
                let files = table.files.iter();
                let files = files.filter(|file| axes.may_see(file) && range.may_be_in(file));
                let files: Vec<_> = files.collect();
                let mut days = Days::new();
                let session = engine.session();
                each_batch(session, &table, files, &sql, ACTION, |batch| {
                    memory.grow(batch.num_rows() * DAY_BYTES)?;
                    let numbers = batch.column(0).as_primitive::<Int32Type>();
                    let processed = batch.column(1).as_primitive::<TimestampMicrosecondType>();
                    let names = batch.column(2).as_string_view();
                    for row in 0..batch.num_rows() {
                        let name = (processed.value(row), names.value(row).to_owned());
                        let kept = days.entry(numbers.value(row)).or_default();
                        if *kept < name {
                            *kept = name;
                        }
                    }
                    Ok(())
                })
                .await?;
                check_rows(days.len(), MOST_ROWS, "days", "an earlier day")?;
                Ok::<_, QuestionError>(days)
            };
            self.question("read names of a customer of", work).await
        });
        Ok(found.await?.unwrap_or_default())
    }
}

/// The names by their days, in days since 1970, each with the processed instant of its delivery, in
/// microseconds since 1970.
type Days = BTreeMap<i32, (i64, String)>;

const ACTION: &str = "read the names of a customer";

/// The query for the names in the versions of a customer's deliveries that count on their days.
fn sql(customer: CustomerId, axes: Axes) -> String {
    let of_customer = and_of_customer(Some(customer));
    let newest = newest_versions(&format!("{axes}{of_customer}"));
    format!(
        "with newest as ({newest})
         select cast(processed_date as int), max(processed_date_time), customer_name
         from facts where delivery_id in (select number from newest){of_customer}
         group by processed_date, customer_name
         limit {}",
        MOST_ROWS + 1
    )
}
