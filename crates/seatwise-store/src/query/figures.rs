//! The figures of a partner as `docs/semantics.md` defines them, from the ledger or from the rows.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;
use foldhash::fast::RandomState;
use jiff::ToSpan as _;
use jiff::civil::Date;
use seatwise_types::{PartnerId, ProcessedDateTime};

use crate::ledger::{Counts, Group, GroupNumber, Ledger};
use crate::model::axes::Axes;
use crate::model::columns::{CHANNEL, CODE, SERVICE, WORKLOAD};
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::model::limits::LATE_AFTER_DAYS;
use crate::model::percent::percent;
use crate::model::texts::Texts;
use crate::query::counting::newest_of;
use crate::query::workload::{Naming, Workloads};
use crate::table::delta::{DataFile, Table};
use crate::table::store::Store;
use crate::table::stored_row::{self, StoredRow};

/// The usage of a workload, over all customers of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageFigure {
    /// `o365`, `crm`, or another code as received.
    pub service_code: String,
    /// `reseller`, `direct`, or another channel as received.
    pub channel: String,
    /// The newest name of the workload.
    pub workload_name: String,
    /// Seats used in the last 28 days.
    pub active: u64,
    /// Seats entitled to the workload.
    pub qualified: u64,
    /// The newest processed date of the rows in the sum.
    pub processed: ProcessedDateTime,
}

impl UsageFigure {
    /// The percent of `active` in `qualified`, by [`percent()`].
    pub fn percent(&self) -> f64 {
        percent(self.active, self.qualified)
    }
}

/// The deployment of a service, over all customers of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentFigure {
    /// `o365`, `crm`, or another code as received.
    pub service_code: String,
    /// `reseller`, `direct`, or another channel as received.
    pub channel: String,
    /// Seats assigned to a user.
    pub deployed: u64,
    /// Seats sold, by all sellers.
    pub sold: u64,
    /// The newest processed date of the rows in the sum.
    pub processed: ProcessedDateTime,
}

impl DeploymentFigure {
    /// The percent of `deployed` in `sold`, by [`percent()`].
    pub fn percent(&self) -> f64 {
        percent(self.deployed, self.sold)
    }
}

impl Store {
    /// The current usage figures of a partner, ordered by service code, channel and workload name;
    /// empty if nothing is recorded.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub async fn usage_figures(&self, partner: PartnerId) -> Result<Vec<UsageFigure>, StoreError> {
        let sums = self.current(partner, Kind::Usage).await?;
        Ok(by_workload(&sums))
    }

    /// The usage figures of a partner at a point on the two axes of time, ordered as the current
    /// ones.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub async fn usage_figures_at(
        &self,
        partner: PartnerId,
        axes: Axes,
    ) -> Result<Vec<UsageFigure>, StoreError> {
        let sums = self.sums(partner, Kind::Usage, axes).await?;
        Ok(by_workload(&sums))
    }

    /// The current deployment figures of a partner, ordered by service code and channel; empty if
    /// nothing is recorded.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub async fn deployment_figures(
        &self,
        partner: PartnerId,
    ) -> Result<Vec<DeploymentFigure>, StoreError> {
        let sums = self.current(partner, Kind::Deployment).await?;
        Ok(by_service(sums))
    }

    /// The deployment figures of a partner at a point on the two axes of time, ordered as the
    /// current ones.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub async fn deployment_figures_at(
        &self,
        partner: PartnerId,
        axes: Axes,
    ) -> Result<Vec<DeploymentFigure>, StoreError> {
        let sums = self.sums(partner, Kind::Deployment, axes).await?;
        Ok(by_service(sums))
    }

    /// The current sums. They are needed for publishing, so this neither waits for questions nor
    /// uses their memory: it needs a few sums per customer.
    async fn current(&self, partner: PartnerId, kind: Kind) -> Result<Vec<Sum>, StoreError> {
        let axes = Axes::default();
        let sums = self.with_newest(partner, kind, move |table| async move {
            let ledger = self.ledger(&table).await?;
            let session = self.session().clone();
            let work = async move { counting(ledger, &session, &table, axes).await };
            self.work("add up figures of", Box::pin(work)).await
        });
        Ok(sums.await?.unwrap_or_default())
    }

    async fn sums(
        &self,
        partner: PartnerId,
        kind: Kind,
        axes: Axes,
    ) -> Result<Vec<Sum>, StoreError> {
        let sums = self.with_newest(partner, kind, move |table| async move {
            let ledger = self.ledger(&table).await?;
            let engine = Arc::clone(self.engine());
            let work = async move { counting(ledger, engine.session(), &table, axes).await };
            self.question("add up figures of", Box::pin(work)).await
        });
        Ok(sums.await?.unwrap_or_default())
    }
}

/// The figures of deployment, in order.
fn by_service(sums: Vec<Sum>) -> Vec<DeploymentFigure> {
    let mut figures: BTreeMap<(String, String), DeploymentFigure> = BTreeMap::new();
    for sum in sums {
        let key = (sum.service_code.clone(), sum.channel.clone());
        let figure = figures.entry(key).or_insert_with(|| DeploymentFigure {
            service_code: sum.service_code,
            channel: sum.channel,
            deployed: 0,
            sold: 0,
            processed: sum.processed,
        });
        figure.deployed += sum.part;
        figure.sold += sum.whole;
        figure.processed = figure.processed.max(sum.processed);
    }
    figures.into_values().collect()
}

/// Sums of current rows with the same service, channel, and workload code and name.
#[derive(Debug, Clone)]
struct Sum {
    service_code: String,
    channel: String,
    workload_code: Option<String>,
    workload_name: String,
    processed: ProcessedDateTime,
    part: u64,
    whole: u64,
}

impl Sum {
    fn naming(&self) -> Naming<'_> {
        let code = self.workload_code.as_deref();
        (&self.service_code, &self.channel, code, &self.workload_name)
    }
}

/// The sums of the rows that count, from the ledger if it has them.
async fn counting(
    ledger: Option<Arc<Ledger>>,
    session: &SessionContext,
    table: &Table,
    axes: Axes,
) -> Result<Vec<Sum>, StoreError> {
    match ledger.filter(|ledger| ledger.is_exact_at(axes)) {
        Some(ledger) => Ok(counting_in(&ledger, axes)),
        None => counting_among_rows(session, table, axes).await,
    }
}

/// The sums of the rows that count, from the rows.
async fn counting_among_rows(
    session: &SessionContext,
    table: &Table,
    axes: Axes,
) -> Result<Vec<Sum>, StoreError> {
    let kind = table.kind;
    let files = recent(&table.files, &axes);
    let newest = newest_of(session, table, files, &axes.to_string()).await?;
    let texts = [SERVICE, CHANNEL, CODE, WORKLOAD];
    let mut words = Texts::new([|text| Cow::Borrowed(text); 8]);
    let mut sums: HashMap<([u32; 4], i32), RowSum, RandomState> = HashMap::default();
    let add = |batch: &RecordBatch| {
        for row in stored_row::rows(kind, batch)? {
            let row = row?;
            let texts = texts.map(|it| words.number(it, row.text[it].as_bytes()).unwrap_or(0));
            let sum = sums.entry((texts, row.day)).or_default();
            sum.add(&row);
        }
        Ok(())
    };
    let action = "add up its figures";
    newest
        .each_batch(session, table, texts, None, action, add)
        .await?;
    let mut newest_days: HashMap<[u32; 2], i32> = HashMap::new();
    for ([service, channel, ..], day) in sums.keys() {
        let newest = newest_days.entry([*service, *channel]).or_insert(*day);
        *newest = (*day).max(*newest);
    }
    let counting = sums
        .into_iter()
        .filter(|(([service, channel, ..], day), sum)| {
            let newest = newest_days[&[*service, *channel]];
            *day >= newest - i32::from(LATE_AFTER_DAYS) && sum.processed.is_some()
        });
    let sums = counting.filter_map(|((numbers, _), sum)| {
        let [service, channel, code, workload] =
            std::array::from_fn(|at| words.text(texts[at], numbers[at]).to_owned());
        Some(Sum {
            service_code: service,
            channel,
            workload_code: Some(code).filter(|code| !code.is_empty()),
            workload_name: workload,
            processed: ProcessedDateTime::from_microsecond(sum.processed?).ok()?,
            part: sum.part,
            whole: sum.whole,
        })
    });
    Ok(sums.collect())
}

/// The sum of some rows of a table.
#[derive(Default)]
struct RowSum {
    /// The newest processed instant, in microseconds since 1970; `None` if all deliveries are
    /// empty.
    processed: Option<i64>,
    part: u64,
    whole: u64,
}

impl RowSum {
    fn add(&mut self, row: &StoredRow<'_>) {
        if let Some((part, whole)) = row.counts {
            self.processed = self.processed.max(Some(row.processed));
            self.part += u64::from(part);
            self.whole += u64::from(whole);
        }
    }
}

/// The files that can have a delivery of the newest 35 days of its service and channel.
fn recent<'a>(files: &'a [DataFile], axes: &Axes) -> Vec<&'a DataFile> {
    let mut newest: BTreeMap<(&str, &str), Date> = BTreeMap::new();
    for file in files {
        if let Some(service_and_channel) = file.stats.single()
            && let Some(day) = axes.must_see(file)
        {
            let last = newest.entry(service_and_channel).or_insert(day);
            *last = (*last).max(day);
        }
    }
    let may_count = |file: &&DataFile| {
        let newest = file.stats.single().and_then(|single| newest.get(&single));
        newest.is_none_or(|newest| {
            let oldest = newest.saturating_sub(i64::from(LATE_AFTER_DAYS).days());
            file.stats.max_values.processed_date >= oldest
        })
    };
    let files = files.iter().filter(|file| axes.may_see(file));
    files.filter(may_count).collect()
}

/// The sums of the rows that count, from a ledger.
fn counting_in(ledger: &Ledger, axes: Axes) -> Vec<Sum> {
    let mut groups: HashMap<(GroupNumber, i64), Counts, RandomState> = HashMap::default();
    for (key, counts) in ledger.counting(axes) {
        groups
            .entry((key.group, key.processed))
            .or_default()
            .add(*counts);
    }
    let mut sums: BTreeMap<Group<'_>, Sum> = BTreeMap::new();
    for ((group, processed), counts) in groups {
        let Ok(processed) = ProcessedDateTime::from_microsecond(processed) else {
            continue;
        };
        if counts.rows == 0 {
            continue;
        }
        let group = ledger.group(group);
        let sum = sums.entry(group).or_insert_with(|| Sum {
            service_code: group.service.to_owned(),
            channel: group.channel.to_owned(),
            workload_code: Some(group.code.to_owned()).filter(|code| !code.is_empty()),
            workload_name: group.workload.to_owned(),
            processed,
            part: 0,
            whole: 0,
        });
        sum.part += counts.part.unsigned_abs();
        sum.whole += counts.whole.unsigned_abs();
        sum.processed = sum.processed.max(processed);
    }
    sums.into_values().collect()
}

/// Adds up rows of the same workload, under its newest name.
fn by_workload(sums: &[Sum]) -> Vec<UsageFigure> {
    let workloads = Workloads::of(sums.iter().map(Sum::naming));
    let mut figures: BTreeMap<_, (ProcessedDateTime, UsageFigure)> = BTreeMap::new();
    for sum in sums {
        let workload = workloads.workload(sum.naming());
        let key = (&sum.service_code, &sum.channel, workload);
        let (named, total) = figures.entry(key).or_insert_with(|| {
            let figure = UsageFigure {
                service_code: sum.service_code.clone(),
                channel: sum.channel.clone(),
                workload_name: sum.workload_name.clone(),
                active: 0,
                qualified: 0,
                processed: sum.processed,
            };
            (sum.processed, figure)
        });
        total.active += sum.part;
        total.qualified += sum.whole;
        total.processed = total.processed.max(sum.processed);
        // The newest name counts; of equally new names, the last in alphabetical order.
        if (*named, &total.workload_name) < (sum.processed, &sum.workload_name) {
            *named = sum.processed;
            total.workload_name.clone_from(&sum.workload_name);
        }
    }
    let mut figures: Vec<_> = figures.into_values().map(|(_, figure)| figure).collect();
    figures.sort_by(|a, b| {
        (&a.service_code, &a.channel, &a.workload_name).cmp(&(
            &b.service_code,
            &b.channel,
            &b.workload_name,
        ))
    });
    figures
}
