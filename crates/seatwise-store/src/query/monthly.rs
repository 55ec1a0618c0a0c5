//! Figures of whole months, as the downloads of Partner Center's Insights tell them.
//!
//! They are in tables of their own and measure something else than the 28-day figures: who was
//! active in a calendar month. Nothing here reads the other tables, and nothing else these.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int32Type, Int64Type};
use jiff::civil::Date;
use seatwise_types::own::{Gap, Metric, Month, MonthInRange, MonthlyFigure, Selection};
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
use crate::query::snapshot::spelling;
use crate::table::delta::{DataFile, Table};
use crate::table::engine::Reserved;
use crate::table::session::each_batch;
use crate::table::store::Store;
use crate::table::stored_row;

/// How many figures may be read for one answer, of all months together.
const MOST_FIGURES: usize = 200_000;

/// How many months are read at once, so that the memory which is needed is that of a year, however
/// many are asked for.
const MONTHS_AT_ONCE: usize = 12;

/// About how many bytes of memory a figure takes, with its texts.
const FIGURE_BYTES: usize = 384;

/// What is asked of months.
#[derive(Debug, Clone)]
pub struct MonthlyQuestion {
    /// Which figures.
    pub metric: Metric,
    /// The first month.
    pub from: Month,
    /// The last one, not before the first one.
    pub to: Month,
    /// Of which rows. Downloads know no channels.
    pub selection: Selection,
    /// What was recorded later does not exist.
    pub known_at: Option<KnownAt>,
}

impl MonthlyQuestion {
    /// Whether months can be asked for by a selection.
    ///
    /// # Errors
    /// If it is to select by a channel.
    pub fn takes(selection: &Selection) -> Result<(), QuestionError> {
        let why = "downloads do not say how a seat is sold";
        check_selection(selection.channel.as_ref(), "channel", why)
    }

    /// All months that are asked for.
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
    /// The figures of some months, in their order, over all customers or of one. Of each customer, service
    /// and month the delivery counts that was recorded last.
    ///
    /// # Errors
    /// If the question has no answer, or too large a one, or the table cannot be read.
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
            told(month, question.metric, sums)
        });
        Ok(Answer {
            value: months.collect(),
            recorded_at: asked.or(last.map(whole_millisecond)),
            memory,
        })
    }

    /// What was delivered for these months.
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

    /// The newest month of which something is known, or was known at an instant; none if nothing
    /// is.
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
            let sure = table.files.iter().filter_map(|file| axes.surely_sees(file));
            let sure = sure.max();
            // A file of several commits may have a later month that was known, or not yet.
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

/// The query: the newest version of each unit, added up over customers.
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

/// Where figures of months are.
fn kind(metric: Metric) -> Kind {
    match metric {
        Metric::Usage => Kind::UsageMonth,
        Metric::Deployment => Kind::DeploymentMonth,
    }
}

/// The months of which something was delivered, by their last days.
type Found = BTreeMap<Date, BTreeMap<Of, Sum>>;

/// What a figure is about: the code and the name of the service, the workload, the id and the name
/// of the product.
type Of = (
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

/// The seats of several customers.
#[derive(Default)]
struct Sum {
    part: u64,
    whole: u64,
}

/// Adds the rows of a batch of [`sums`] that a question is about.
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
        // Without counts it says that a delivery is empty.
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
            id.map(|id| spelling(CommercialField::ProductId, id).into_owned()),
            product.map(ToOwned::to_owned),
        );
        let sum = sums.entry(of).or_default();
        sum.part += stored_row::sum(part.value(row))?;
        sum.whole += stored_row::sum(whole.value(row))?;
    }
    Ok(())
}

/// Whether one of the names of something is the one that is wanted, in any case.
fn is<const N: usize>(wanted: Option<&String>, names: [Option<&str>; N]) -> bool {
    wanted.is_none_or(|wanted| {
        let mut names = names.into_iter().flatten();
        names.any(|name| same_text(name, wanted))
    })
}

/// A month with its figures, if anything was delivered.
fn told(month: Month, metric: Metric, sums: Option<BTreeMap<Of, Sum>>) -> MonthInRange {
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
