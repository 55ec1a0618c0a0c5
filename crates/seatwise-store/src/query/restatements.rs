//! Deliveries that were replaced: units with several versions.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::own::{DeliveryVersion, RestatedUnit, Selection};
use seatwise_types::{CustomerId, PartnerId};

use crate::model::axes::{Axes, KnownAt, whole_millisecond};
use crate::model::days::{day, of_days};
use crate::model::kind::Kind;
use crate::model::selection::{and_of_customer, selects};
use crate::query::question::{
    Answer, FEWER_DAYS, QuestionError, check_rows, check_selection, check_span,
};
use crate::table::session::each_batch;
use crate::table::store::Store;
use crate::table::stored_row;

/// How many versions an answer may be made of.
const MOST_VERSIONS: usize = 1 << 20;

/// What is asked of restatements.
#[derive(Debug, Clone)]
pub struct RestatementsQuestion {
    /// Of which table.
    pub kind: Kind,
    /// The first day of deliveries.
    pub from: Date,
    /// The last one, not before the first one.
    pub to: Date,
    /// Of which deliveries: by service, channel and customer.
    pub selection: Selection,
    /// What was recorded later does not exist.
    pub known_at: Option<KnownAt>,
}

impl RestatementsQuestion {
    fn check(&self) -> Result<(), QuestionError> {
        let Selection {
            workload, product, ..
        } = &self.selection;
        let why = "a delivery is restated as a whole, with all workloads and products";
        check_selection(workload.as_ref(), "workload", why)?;
        check_selection(product.as_ref(), "product", why)?;
        check_span(self.from, self.to)
    }
}

impl Store {
    /// The units of some days with more than one version, with all versions; those that were
    /// replaced last come first.
    ///
    /// # Errors
    /// If there are too many days or units, if it is to select by a workload or product, or if the table
    /// cannot be read.
    pub async fn restatements(
        &self,
        partner: PartnerId,
        question: &RestatementsQuestion,
    ) -> Result<Answer<Vec<RestatedUnit>>, QuestionError> {
        question.check()?;
        let RestatementsQuestion {
            kind,
            from,
            to,
            ref selection,
            known_at,
        } = *question;
        let memory = move || self.engine().reservation("restatements");
        let asked = known_at.map(KnownAt::timestamp);
        let axes = Axes {
            as_of: Some(to),
            known_at,
        };
        let found = self.with_newest(partner, kind, move |table| async move {
            let (engine, mut memory) = (Arc::clone(self.engine()), memory());
            let selection = selection.clone();
            let recorded_at = asked.or(table.last_recorded().map(whole_millisecond));
            // Of other days no delivery has several versions.
            let ledger = self.ledger(&table).await?;
            let of_days = ledger.map(|ledger| of_days(ledger.restated_days()));
            let work = async move {
                let files = axes.files_from(from, &table, &selection);
                let of_days = of_days.as_deref().unwrap_or("true");
                let sql = versions(kind, axes, from, of_days, selection.customer);
                let (mut rows, mut units) = (0, BTreeMap::new());
                each_batch(
                    engine.session(),
                    &table,
                    files,
                    &sql,
                    "read its versions",
                    |batch| {
                        rows += batch.num_rows();
                        memory.grow(batch.num_rows() * VERSION_BYTES)?;
                        Ok(take(batch, &selection, &mut units)?)
                    },
                )
                .await?;
                check_rows(rows, MOST_VERSIONS, "versions", FEWER_DAYS)?;
                Ok::<_, QuestionError>(Answer {
                    value: in_order(units),
                    recorded_at,
                    memory,
                })
            };
            self.question("read restatements of", work).await
        });
        Ok(found.await?.unwrap_or_else(|| Answer {
            value: Vec::new(),
            recorded_at: asked,
            memory: memory(),
        }))
    }
}

/// About how many bytes of memory a version takes in an answer, with its share of its unit.
const VERSION_BYTES: usize = size_of::<DeliveryVersion>() + size_of::<RestatedUnit>() + 128;

/// The query for units with several versions, of some days.
fn versions(
    kind: Kind,
    axes: Axes,
    from: Date,
    of_days: &str,
    customer: Option<CustomerId>,
) -> String {
    let [part, whole] = kind.counts();
    let unit = "service_code, channel, customer_tenant_id, processed_date";
    let of_customer = and_of_customer(customer);
    format!(
        "with versions as (
             select {unit}, delivery_id, max(recorded_at) as recorded_at,
                 max(customer_name) as name, count({whole}) as row_count,
                 sum({part}) as part, sum({whole}) as whole
             from facts
             where {axes} and processed_date >= date '{from}' and {of_days} {of_customer}
             group by {unit}, delivery_id),
         restated as (select {unit} from versions group by {unit} having count(*) > 1)
         select service_code, channel, customer_tenant_id, cast(processed_date as int), delivery_id,
             recorded_at, name, row_count, cast(coalesce(part, 0) as bigint),
             cast(coalesce(whole, 0) as bigint)
         from versions join restated using ({unit})
         limit {}",
        MOST_VERSIONS + 1
    )
}

/// The units in their order.
fn in_order(units: BTreeMap<Unit, RestatedUnit>) -> Vec<RestatedUnit> {
    let mut units: Vec<_> = units.into_values().collect();
    for unit in &mut units {
        unit.versions.sort_by_key(|version| version.delivery);
    }
    // Those that are as new stay in the order of their keys.
    let last = |unit: &RestatedUnit| unit.versions.last().map(|version| version.recorded_at);
    units.sort_by_key(|unit| Reverse(last(unit)));
    units
}

/// The unit's service, channel, customer and day.
type Unit = (String, String, CustomerId, Date);

fn take(
    batch: &RecordBatch,
    selection: &Selection,
    units: &mut BTreeMap<Unit, RestatedUnit>,
) -> io::Result<()> {
    let text = |column: usize| batch.column(column).as_string_view();
    let number = |column: usize| batch.column(column).as_primitive::<Int64Type>();
    let days = batch.column(3).as_primitive::<Int32Type>();
    let recorded = batch.column(5).as_primitive::<TimestampMicrosecondType>();
    for row in 0..batch.num_rows() {
        let (service, channel) = (text(0).value(row), text(1).value(row));
        let (Ok(customer), Ok(recorded_at)) = (
            text(2).value(row).parse(),
            Timestamp::from_microsecond(recorded.value(row)),
        ) else {
            continue;
        };
        // Another tool may have put several services into one file.
        if !selects(selection, (service, channel)) {
            continue;
        }
        let processed_date = day(days.value(row));
        let name = text(6).value(row);
        let key = (
            service.to_owned(),
            channel.to_owned(),
            customer,
            processed_date,
        );
        let unit = units.entry(key).or_insert_with(|| RestatedUnit {
            service_code: service.into(),
            channel: channel.into(),
            customer_id: customer,
            customer_name: String::new(),
            processed_date,
            versions: Vec::new(),
        });
        let delivery = number(4).value(row);
        let is_last = unit.versions.iter().all(|it| it.delivery < delivery);
        if is_last {
            unit.customer_name = name.to_owned();
        }
        unit.versions.push(DeliveryVersion {
            delivery,
            recorded_at,
            rows: stored_row::sum(number(7).value(row))?,
            numerator: stored_row::sum(number(8).value(row))?,
            denominator: stored_row::sum(number(9).value(row))?,
        });
    }
    Ok(())
}
