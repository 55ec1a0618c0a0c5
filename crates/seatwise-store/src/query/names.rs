//! What a customer was called, and from which day on.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{AsArray as _, RecordBatch};
use datafusion::arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use futures::future::try_join;
use jiff::civil::Date;
use seatwise_types::{CustomerId, PartnerId};

use crate::model::axes::Axes;
use crate::model::days::day;
use crate::model::kind::Kind;
use crate::model::selection::and_of_customer;
use crate::query::question::{QuestionError, check_rows};
use crate::table::customer_range::CustomerRange;
use crate::table::session::each_batch;
use crate::table::store::Store;

/// How many deliveries of a customer its names may be made of: those of a century of days with several
/// services each.
const MOST_ROWS: usize = 1 << 18;

/// About how many bytes of memory a delivery takes with its name.
const ROW_BYTES: usize = 512;

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
        let of = |kind| self.names_by_day(partner, kind, customer, axes);
        let (mut days, deployment) = try_join(of(Kind::Usage), of(Kind::Deployment)).await?;
        for (day, name) in deployment {
            newest(&mut days, day, name);
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
                let (mut versions, mut rows) = (Versions::new(), 0);
                let take = |batch: &RecordBatch| {
                    rows += batch.num_rows();
                    memory.grow(batch.num_rows() * ROW_BYTES)?;
                    note(batch, &mut versions);
                    Ok(())
                };
                each_batch(engine.session(), &table, files, &sql, ACTION, take).await?;
                check_rows(rows, MOST_ROWS, "deliveries", "an earlier day")?;
                let mut days = Days::new();
                for ((_, _, day), (_, processed, name)) in versions {
                    newest(&mut days, day, (processed, name));
                }
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

/// Of each service, channel and day the version that was recorded last: the number of its delivery, its
/// processed instant and the customer's name.
type Versions = HashMap<(String, String, i32), (i64, i64, String)>;

const ACTION: &str = "read the names of a customer";

/// Takes a batch of [`sql`].
fn note(batch: &RecordBatch, versions: &mut Versions) {
    let text = |column: usize| batch.column(column).as_string_view();
    let (services, channels, names) = (text(0), text(1), text(5));
    let days = batch.column(2).as_primitive::<Int32Type>();
    let deliveries = batch.column(3).as_primitive::<Int64Type>();
    let processed = batch.column(4).as_primitive::<TimestampMicrosecondType>();
    for row in 0..batch.num_rows() {
        let (service, channel) = (services.value(row), channels.value(row));
        let unit = (service.to_owned(), channel.to_owned(), days.value(row));
        let name = names.value(row).to_owned();
        let version = (deliveries.value(row), processed.value(row), name);
        // The later one counts, and of several names in it the newest.
        let kept = versions.entry(unit).or_insert_with(|| version.clone());
        if *kept < version {
            *kept = version;
        }
    }
}

/// Gives a day a name, if it has none that is as new.
fn newest(days: &mut Days, day: i32, name: (i64, String)) {
    let kept = days.entry(day).or_insert_with(|| name.clone());
    if *kept < name {
        *kept = name;
    }
}

/// The query for the names in all versions of a customer's deliveries.
fn sql(customer: CustomerId, axes: Axes) -> String {
    let of_customer = and_of_customer(Some(customer));
    format!(
        "select service_code, channel, cast(processed_date as int), delivery_id,
             max(processed_date_time), customer_name
         from facts where {axes}{of_customer}
         group by service_code, channel, processed_date, delivery_id, customer_name
         limit {}",
        MOST_ROWS + 1
    )
}
