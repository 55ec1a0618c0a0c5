//! Complete files: known customers that are missing get deliveries without rows.

use std::collections::{BTreeMap, HashMap};

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use foldhash::fast::RandomState;
use jiff::SignedDuration;
use seatwise_types::CustomerId;
use tokio::task::spawn_blocking;

use super::check::Checker;
use super::error::ImportError;
use super::receipt::EXAMPLES;
use super::run::Run;
use crate::ingest::checked::Checked;
use crate::ingest::damaged_files::without_damaged;
use crate::model::axes::{Axes, KnownAt};
use crate::model::days::day;
use crate::model::error::StoreError;
use crate::model::fact::{DeliveryKey, Fact, NO_COUNT, Unit, customer};
use crate::model::kind::Kind;
use crate::model::limits::DELIVERY_BITS;
use crate::model::texts::Texts;
use crate::table::damage::damaged;
use crate::table::delta::{DataFile, Table};
use crate::table::session::query;
use crate::table::store::Store;

/// The most deliveries of complete files, because their keys are kept in memory.
const MOST_DELIVERIES: usize = 4 << 20;

/// The numbers of a service and a channel.
type Feed = (u32, u32);

/// The two halves of a customer's id.
type Customer = (u64, u64);

type Customers<T> = HashMap<Customer, T, RandomState>;

/// The content of the files for a service, channel and day.
struct OnDay {
    /// The customers with a delivery, and whether it has rows.
    customers: Customers<bool>,
    /// The first file with such a delivery.
    file: u32,
    /// The newest processed date of the deliveries.
    processed: i64,
    /// The number of the service's name.
    service_name: u32,
}

/// A customer's newest delivery as of a day.
#[derive(Clone, Copy)]
struct Newest {
    day: i32,
    has_rows: bool,
    /// The number of the customer's name.
    name: u32,
}

/// The content of the files for a kind, by day.
#[derive(Default)]
struct Found {
    days: BTreeMap<i32, BTreeMap<Feed, OnDay>>,
    names: Customers<(i32, u32)>,
}

/// Adds a delivery without rows for each customer that has rows in a service and channel as of a
/// day of the files, and is missing from the files on that day.
///
/// # Errors
/// If more than half of the known customers are missing, unless the options allow it, or if the
/// store cannot be read.
pub(super) async fn add_missing(store: &Store, mut run: Run) -> Result<Run, ImportError> {
    let kinds: Vec<Kind> = run.checkers.keys().copied().collect();
    for kind in kinds {
        let (returned, found) = blocking(store, move || {
            let found = run.checkers.get(&kind).map(|it| find(&it.checked));
            (run, found.unwrap_or_else(|| Ok(Found::default())))
        })
        .await?;
        run = returned;
        let mut found =
            found.map_err(|err| StoreError::io("read back from", store.work_dir(), err))?;
        let known = Known::of(store, &mut run, kind, &found).await?;
        let mut own: BTreeMap<Feed, Customers<Newest>> = BTreeMap::new();
        for (day, feeds) in std::mem::take(&mut found.days) {
            let mut stored = known.as_of(store, &mut run, day).await?;
            for (feed, on_day) in feeds {
                let own = own.entry(feed).or_default();
                let mut known = stored.remove(&feed).unwrap_or_default();
                for (customer, newest) in own.iter() {
                    let stored = known.entry(*customer).or_insert(*newest);
                    if stored.day <= newest.day {
                        *stored = *newest;
                    }
                }
                for (customer, has_rows) in &on_day.customers {
                    let (_, name) = found.names[customer];
                    let has_rows = *has_rows;
                    own.insert(
                        *customer,
                        Newest {
                            day,
                            has_rows,
                            name,
                        },
                    );
                }
                empty(&mut run, kind, (feed, day), &on_day, &known, own)?;
            }
        }
    }
    blocking(store, move || {
        for checker in run.checkers.values_mut() {
            checker.checked.staging.sort();
        }
        run
    })
    .await
}

/// Summarizes the accepted rows of the files.
fn find(checked: &Checked) -> std::io::Result<Found> {
    let mut found = Found::default();
    let mut sorted = checked.staging.sorted()?;
    let (mut rows, mut deliveries) = (Vec::new(), 0);
    while let Some(DeliveryKey { unit, file }) = sorted.next(&mut rows)? {
        deliveries += 1;
        if deliveries > MOST_DELIVERIES {
            return Err(std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                "complete files have too many deliveries: import them in parts, by days",
            ));
        }
        let Some(first) = rows.first() else {
            continue;
        };
        let [service_name, name, ..] = first.text;
        let has_rows = !first.is_empty_delivery();
        let on_day = found
            .days
            .entry(unit.day)
            .or_default()
            .entry((unit.service, unit.channel))
            .or_insert_with(|| OnDay {
                customers: HashMap::default(),
                file,
                processed: first.processed,
                service_name,
            });
        on_day.file = on_day.file.min(file);
        on_day.processed = on_day.processed.max(first.processed);
        let has = on_day.customers.entry(unit.customer).or_default();
        *has |= has_rows;
        let newest = found.names.entry(unit.customer).or_default();
        *newest = (*newest).max((unit.day, name));
    }
    Ok(found)
}

/// Known customers: those in the table, if there is one, up to an instant.
struct Known {
    table: Option<Table>,
    known_at: Option<KnownAt>,
}

impl Known {
    /// The whole table, or with damaged files, what was stored before those that the import may
    /// have written. So the same import adds the same deliveries again, and restores the files.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn of(
        store: &Store,
        run: &mut Run,
        kind: Kind,
        found: &Found,
    ) -> Result<Self, ImportError> {
        let partner = run.options.partner;
        let table = store.table(partner, kind).await?;
        let all = |table| {
            let known_at = None;
            Ok(Self { table, known_at })
        };
        let (Some(table), Some((last, _))) = (&table, found.days.last_key_value()) else {
            return all(table);
        };
        let axes = axes(*last, None);
        let seen: Vec<&DataFile> = table.files.iter().filter(|it| axes.may_see(it)).collect();
        let Err(err) = table.check(&seen).await else {
            return all(Some(table.clone()));
        };
        let (healthy, broken) = without_damaged(table).await?;
        let mut known_at = None;
        if let Some(checker) = run.checkers.get_mut(&kind) {
            let files = broken.iter().map(|it| &it.file);
            let of_it = files.filter(|file| found.may_be_of(file, checker));
            let recorded = of_it.map(|file| file.stats.min_values.recorded_at).min();
            let before = recorded.map(|it| it - SignedDuration::from_millis(1));
            known_at = before.map(KnownAt::settled);
            checker.checked.completed_without = Some(err.to_string());
        }
        let table = Some(healthy);
        Ok(Self { table, known_at })
    }

    /// The newest delivery of each customer as of a day, in the services and channels of the files.
    async fn as_of(
        &self,
        store: &Store,
        run: &mut Run,
        day: i32,
    ) -> Result<BTreeMap<Feed, Customers<Newest>>, ImportError> {
        let mut found = BTreeMap::new();
        let Some(table) = &self.table else {
            return Ok(found);
        };
        let (partner, kind, axes) = (table.partner, table.kind, axes(day, self.known_at));
        let files: Vec<_> = table.files.iter().filter(|it| axes.may_see(it)).collect();
        let sql = newest(kind, axes);
        let batches = query(store.session(), table, files, &sql)
            .await
            .map_err(|err| damaged(partner, kind, "read its customers", &table.folder, err))?;
        if let Some(checker) = run.checkers.get_mut(&kind) {
            for batch in &batches {
                take(&mut found, batch, &mut checker.checked.texts);
            }
        }
        Ok(found)
    }
}

impl Found {
    /// Whether a file may have deliveries of a service, channel and day of the import, by the log.
    fn may_be_of(&self, file: &DataFile, checker: &Checker) -> bool {
        let texts = &checker.checked.texts;
        let of_day = |(of, feeds): (&i32, &BTreeMap<Feed, OnDay>)| {
            let mut feeds = feeds.keys();
            feeds.any(|(service, channel)| {
                file.may_have(day(*of), texts.text(0, *service), texts.text(1, *channel))
            })
        };
        self.days.iter().any(of_day)
    }
}

fn axes(of_day: i32, known_at: Option<KnownAt>) -> Axes {
    Axes {
        as_of: Some(day(of_day)),
        known_at,
    }
}

/// The query for the newest delivery of each customer.
fn newest(kind: Kind, axes: Axes) -> String {
    let one_day = 1_u64 << DELIVERY_BITS;
    let [_, whole] = kind.counts();
    format!(
        "with newest as (
             select max(cast(cast(processed_date as int) as bigint) * {one_day} + delivery_id) as rank
             from facts where {axes} group by service_code, channel, customer_tenant_id)
         select service_code, channel, customer_tenant_id, max(customer_name),
             max(cast(cast(processed_date as int) as bigint)), count({whole})
         from facts
         where delivery_id in (select rank % {one_day} from newest)
         group by service_code, channel, customer_tenant_id"
    )
}

fn take(found: &mut BTreeMap<Feed, Customers<Newest>>, batch: &RecordBatch, texts: &mut Texts) {
    let text = |column: usize| batch.column(column).as_string_view();
    let number = |column: usize| batch.column(column).as_primitive::<Int64Type>();
    for row in 0..batch.num_rows() {
        let (Some(service), Some(channel), Ok(customer)) = (
            texts.find(0, text(0).value(row)),
            texts.find(1, text(1).value(row)),
            text(2).value(row).parse::<CustomerId>(),
        ) else {
            continue;
        };
        let name = texts.number(3, text(3).value(row).as_bytes());
        let newest = Newest {
            day: number(4).value(row) as i32,
            has_rows: number(5).value(row) > 0,
            name: name.unwrap_or(0),
        };
        let customers = found.entry((service, channel)).or_default();
        customers.insert(customer.as_uuid().as_u64_pair(), newest);
    }
}

/// Adds the deliveries without rows of a service, channel and day.
fn empty(
    run: &mut Run,
    kind: Kind,
    (feed, day): (Feed, i32),
    on_day: &OnDay,
    known: &Customers<Newest>,
    own: &mut Customers<Newest>,
) -> Result<(), ImportError> {
    let having = known.iter().filter(|(_, newest)| newest.has_rows);
    let missing = having.clone();
    let mut missing: Vec<(Customer, Newest)> = missing
        .filter(|(customer, _)| !on_day.customers.contains_key(*customer))
        .map(|(customer, newest)| (*customer, *newest))
        .collect();
    missing.sort_unstable_by_key(|(customer, _)| *customer);
    let (lost, having) = (missing.len() as u64, having.count() as u64);
    if 2 * lost > having && !run.options.replace {
        return Err(ImportError::Loses {
            file: run.names[on_day.file as usize].clone(),
            kind,
            what: "customers",
            lost,
            known: having,
            receipt: run.nothing_stored(),
        });
    }
    let Some(checker) = run.checkers.get_mut(&kind) else {
        return Ok(());
    };
    for (id, newest) in missing {
        let key = DeliveryKey {
            unit: Unit {
                service: feed.0,
                channel: feed.1,
                customer: id,
                day,
            },
            file: on_day.file,
        };
        let fact = Fact {
            text: [on_day.service_name, newest.name, 0, 0, 0, 0],
            counts: [NO_COUNT; 2],
            processed: on_day.processed,
            line: 0,
        };
        let pushed = checker.checked.staging.push(key, fact);
        pushed.map_err(|err| StoreError::io("put rows aside in", &run.folder, err))?;
        let has_rows = false;
        own.insert(
            id,
            Newest {
                day,
                has_rows,
                ..newest
            },
        );
        run.receipt.deliveries_emptied += 1;
        if run.receipt.first_emptied.len() < EXAMPLES {
            run.receipt.first_emptied.push(customer(id));
        }
    }
    Ok(())
}

/// Runs blocking work outside the async threads.
async fn blocking<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ImportError> {
    let done = spawn_blocking(work).await;
    done.map_err(|err| StoreError::from_cause("read into", store.work_dir(), err.into()).into())
}
