//! Figures of calendar months, from the downloads of Partner Center's Insights.
//!
//! They are in separate tables and measure something else than 28-day figures: usage within a
//! calendar month. This module reads only these tables, and other figures do not use them.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int32Type, Int64Type};
use jiff::civil::Date;
use seatwise_types::extensions::{Gap, Metric, Month, MonthInRange, MonthlyFigure, Selection};
use seatwise_types::query::CommercialField;
use seatwise_types::{PartnerId, ServiceCode};

use crate::model::axes::{Axes, KnownAt, whole_millisecond};
use crate::model::days::day;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::model::percent::percent;
use crate::model::selection::and_of_customer;
use crate::model::texts::same_text;
use crate::query::counting::newest_versions;
use crate::query::question::{Answer, MOST_MONTHS, QuestionError, check_rows, check_selection};
use crate::query::snapshot::wire_text;
use crate::table::delta::{DataFile, Table};
use crate::table::engine::Reserved;
use crate::table::session::each_batch;
use crate::table::store::Store;
use crate::table::stored_row;

/// The largest number of figures in one answer, over all months.
const MOST_FIGURES: usize = 200_000;

/// The number of months to read at once. It limits the memory to that of a year.
const MONTHS_AT_ONCE: usize = 12;

/// The approximate memory of a figure with its texts, in bytes.
const FIGURE_BYTES: usize = 384;

/// A question for months.
#[derive(Debug, Clone)]
pub struct MonthlyQuestion {
    /// The metric.
    pub metric: Metric,
    /// The first month.
    pub from: Month,
    /// The last month, not before the first one.
    pub to: Month,
    /// The selected rows. Downloads have no channels.
    pub selection: Selection,
    /// Ignores deliveries recorded later; `None` ignores none.
    pub known_at: Option<KnownAt>,
}

impl MonthlyQuestion {
    /// Checks that a selection is possible for months.
    ///
    /// # Errors
    /// If the selection names a channel.
    pub fn takes(selection: &Selection) -> Result<(), QuestionError> {
        let why = "downloads do not say how a seat is sold";
        check_selection(selection.channel.as_ref(), "channel", why)
    }

    /// The months of the question.
    fn months(&self) -> Result<Vec<Month>, QuestionError> {
        Self::takes(&self.selection)?;
        let (from, to) = (self.from, self.to);
        let months: Vec<_> = from.through(to).take(MOST_MONTHS + 1).collect();
        match (1..=MOST_MONTHS).contains(&months.len()) {
            true => Ok(months),
            false => Err(QuestionError::Months { from, to }),
        }
    }
}

impl Store {
    /// The figures of months, in order, over all customers or of one. For each customer, service
    /// and month, the delivery recorded last counts.
    ///
    /// # Errors
    /// If the question is invalid, the answer is too large, or the table cannot be read.
    pub async fn monthly(
        &self,
        partner: PartnerId,
        question: &MonthlyQuestion,
    ) -> Result<Answer<Vec<MonthInRange>>, QuestionError> {
        let months = question.months()?;
        let kind = kind(question.metric);
        let all = &months;
        let found = self.with_newest(partner, kind, move |table| async move {
            let last = table.last_recorded();
            let found = self.found(table, question.clone(), all.clone()).await?;
            Ok::<_, QuestionError>((found, last))
        });
        let nothing = || ((Found::new(), self.engine().reservation("months")), None);
        let ((mut found, memory), last) = found.await?.unwrap_or_else(nothing);
        let asked = question.known_at.map(KnownAt::timestamp);
        let months = months.into_iter().map(|month| {
            let sums = found.remove(&month.last_day());
            month_in_range(month, question.metric, sums)
        });
        Ok(Answer {
            value: months.collect(),
            recorded_at: asked.or(last.map(whole_millisecond)),
            memory,
        })
    }

    /// The sums of these months.
    async fn found(
        &self,
        table: Table,
        question: MonthlyQuestion,
        months: Vec<Month>,
    ) -> Result<(Found, Reserved), QuestionError> {
        let engine = Arc::clone(self.engine());
        self.question("tell months of", async move {
            let mut found = Found::new();
            let mut memory = engine.reservation("months");
            let mut figures = 0;
            for months in months.chunks(MONTHS_AT_ONCE) {
                let first = months[0].last_day();
                let axes = Axes {
                    as_of: months.last().map(|last| last.last_day()),
                    known_at: question.known_at,
                };
                let files = axes.files_from(first, &table, &Selection::default());
                let sql = sums(&question, axes, first);
                each_batch(
                    engine.session(),
                    &table,
                    files,
                    &sql,
                    "read its months",
                    |batch| {
                        figures += batch.num_rows();
                        memory.grow(batch.num_rows() * FIGURE_BYTES)?;
                        Ok(take(batch, &question, &mut found)?)
                    },
                )
                .await?;
                check_rows(
                    figures,
                    MOST_FIGURES,
                    "figures",
                    "fewer months, or a customer",
                )?;
            }
            Ok((found, memory))
        })
        .await
    }

    /// The newest month with a delivery, at present or as known at an instant; `None` if there is
    /// none.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub async fn newest_month(
        &self,
        partner: PartnerId,
        metric: Metric,
        known_at: Option<KnownAt>,
    ) -> Result<Option<Month>, StoreError> {
        let kind = kind(metric);
        let axes = Axes {
            as_of: None,
            known_at,
        };
        let newest = self.with_newest(partner, kind, move |table| async move {
            let sure = table.files.iter().filter_map(|file| axes.must_see(file));
            let sure = sure.max();
            // A file of several commits can have a later month, known at that instant or not.
            let may_be_later = move |file: &&DataFile| {
                axes.may_see(file) && Some(file.stats.max_values.processed_date) > sure
            };
            let engine = Arc::clone(self.engine());
            self.question("read months of", async move {
                let unsure = table.files.iter().filter(may_be_later);
                let sql =
                    format!("select cast(max(processed_date) as int) from facts where {axes}");
                let mut newest = sure;
                each_batch(
                    engine.session(),
                    &table,
                    unsure,
                    &sql,
                    "read its months",
                    |batch| {
                        let days = batch.column(0).as_primitive::<Int32Type>();
                        newest = newest.max(days.iter().flatten().map(day).max());
                        Ok(())
                    },
                )
                .await?;
                Ok::<_, StoreError>(newest.map(Month::of))
            })
            .await
        });
        Ok(newest.await?.flatten())
    }
}

/// The query: the newest version of each unit, summed over customers.
fn sums(question: &MonthlyQuestion, axes: Axes, first: Date) -> String {
    let kind = kind(question.metric);
    let [part, whole] = kind.counts();
    let of_customer = and_of_customer(question.selection.customer);
    let mut by = "service_code, service_name, product_id, product_name".to_owned();
    if kind.has_workload() {
        by += ", workload_name";
    }
    let newest = format!("{axes} and processed_date >= date '{first}' {of_customer}");
    let newest = newest_versions(&newest);
    format!(
        "with newest as ({newest})
         select cast(processed_date as int), cast(sum({part}) as bigint),
             cast(sum({whole}) as bigint), {by}
         from facts where delivery_id in (select number from newest)
         group by processed_date, {by}
         limit {}",
        MOST_FIGURES + 1
    )
}

/// The table of a metric's months.
fn kind(metric: Metric) -> Kind {
    match metric {
        Metric::Usage => Kind::UsageMonth,
        Metric::Deployment => Kind::DeploymentMonth,
    }
}

/// The months with deliveries, by their last days.
type Found = BTreeMap<Date, BTreeMap<Of, Sum>>;

/// The subject of a figure: code and name of the service, the workload, id and name of the product.
type Of = (
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

/// A sum over customers.
#[derive(Default)]
struct Sum {
    part: u64,
    whole: u64,
}

/// Adds the selected rows of a batch of [`sums`].
fn take(batch: &RecordBatch, question: &MonthlyQuestion, found: &mut Found) -> io::Result<()> {
    let selection = &question.selection;
    let days = batch.column(0).as_primitive::<Int32Type>();
    let [part, whole] = [1, 2].map(|column| batch.column(column).as_primitive::<Int64Type>());
    for row in 0..batch.num_rows() {
        let text = |column: usize| {
            let column = batch.columns().get(column)?.as_string_view();
            let text = column.is_valid(row).then(|| column.value(row));
            text.filter(|text| !text.is_empty())
        };
        let [service, service_name, id, product, workload] = [3, 4, 5, 6, 7].map(text);
        let service = service.unwrap_or_default();
        if !is(selection.service.as_ref(), [Some(service)]) {
            continue;
        }
        let sums = found.entry(day(days.value(row))).or_default();
        // A row without counts marks an empty delivery.
        if whole.is_null(row)
            || !is(selection.workload.as_ref(), [workload])
            || !is(selection.product.as_ref(), [id, product])
        {
            continue;
        }
        let known_name = ServiceCode::from(service).display_name();
        let of = (
            service.to_owned(),
            service_name.or(known_name).map(ToOwned::to_owned),
            workload.map(ToOwned::to_owned),
            id.map(|id| wire_text(CommercialField::ProductId, id).into_owned()),
            product.map(ToOwned::to_owned),
        );
        let sum = sums.entry(of).or_default();
        sum.part += stored_row::sum(part.value(row))?;
        sum.whole += stored_row::sum(whole.value(row))?;
    }
    Ok(())
}

/// Whether one of the names equals the wanted one, in any case.
fn is<const N: usize>(wanted: Option<&String>, names: [Option<&str>; N]) -> bool {
    wanted.is_none_or(|wanted| {
        let mut names = names.into_iter().flatten();
        names.any(|name| same_text(name, wanted))
    })
}

/// A month with its figures, or the reason for a gap.
fn month_in_range(month: Month, metric: Metric, sums: Option<BTreeMap<Of, Sum>>) -> MonthInRange {
    let gap = match &sums {
        None => Some(Gap::NoDelivery),
        Some(sums) if sums.is_empty() => Some(Gap::NoRows),
        Some(_) => None,
    };
    let items = sums.into_iter().flatten();
    MonthInRange {
        month,
        processed_date: month.last_day(),
        items: items.map(|(of, sum)| figure(metric, of, &sum)).collect(),
        gap,
    }
}

fn figure(metric: Metric, of: Of, sum: &Sum) -> MonthlyFigure {
    let (service_code, service_name, workload_name, product_id, product_name) = of;
    let counted = |by| (metric == by).then_some((sum.part, sum.whole));
    let (usage, deployment) = (counted(Metric::Usage), counted(Metric::Deployment));
    MonthlyFigure {
        service_code: ServiceCode::from(service_code),
        service_name,
        workload_name,
        product_id,
        product_name,
        licenses_active: usage.map(|(active, _)| active),
        licenses_qualified: usage.map(|(_, qualified)| qualified),
        usage_percent: usage.map(|(active, qualified)| percent(active, qualified)),
        licenses_deployed: deployment.map(|(deployed, _)| deployed),
        licenses_sold: deployment.map(|(_, sold)| sold),
        deployment_percent: deployment.map(|(deployed, sold)| percent(deployed, sold)),
    }
}
