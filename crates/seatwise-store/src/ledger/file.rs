//! A ledger on the disk, so that a process does not rebuild it at the start.
//!
//! It is a folder whose name is the SHA-256 of its files. So it is replaced as a whole, and any
//! change is detected. A damaged or lost folder does no harm, because the ledger is rebuilt.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{
    Array as _, ArrayRef, AsArray, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use seatwise_types::CustomerId;
use serde::{Deserialize, Serialize};

use super::names::GroupNames;
use super::newest::Newest;
use super::restated::UnitOfFeed;
use super::{Counts, Days, EntryKey, FOREVER, FeedNumber, Group, Ledger};
use crate::model::error::Cause;
use crate::table::checksum::{Checksum, damage};
use crate::table::covers::Covers;
use crate::table::encode::encode;
use crate::table::names::UNFINISHED;
use crate::table::storage::Location;

/// The layout of the files. Ledgers with another layout are rebuilt.
const LAYOUT: u32 = 3;

const HEAD: &str = "ledger.json";
const ENTRIES: &str = "entries.parquet";
const NEWEST: &str = "newest.parquet";
const RESTATED: &str = "restated.parquet";
const FILES: [&str; 4] = [HEAD, ENTRIES, NEWEST, RESTATED];

/// What a ledger covers, and the days with deliveries.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    layout: u32,
    covers: Covers,
    exact_from: i64,
    /// Whether the ledger has no versions of deliveries, because there are too many.
    has_no_versions: bool,
    feeds: Vec<Feed>,
}

/// A service and channel with its days.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feed {
    service_code: String,
    channel: String,
    days: Days,
}

impl Ledger {
    /// Writes the ledger into a folder, and removes other ledgers there.
    ///
    /// # Errors
    /// If the folder is not writable.
    pub(super) fn write(&self, folder: &Location) -> Result<(), Cause> {
        let contents = [
            self.head()?,
            self.entries()?,
            self.newest()?,
            self.restated()?,
        ];
        let name = name_of(&contents);
        let unfinished = folder.join(format!("{UNFINISHED}{name}"));
        unfinished.create_folder()?;
        for (file, content) in FILES.into_iter().zip(contents) {
            unfinished.join(file).write(content)?;
        }
        match unfinished.rename_to(&folder.join(&name)) {
            // Another process wrote the same ledger.
            Err(_) if matches!(folder.join(&name).is_folder(), Ok(true)) => {}
            renamed => renamed?,
        }
        for entry in folder.list()? {
            if entry.name() != Some(&name) {
                // Another process may remove it concurrently.
                let _ = entry.location.remove_folder();
            }
        }
        Ok(())
    }

    /// Reads a ledger from a folder; `None` if there is no complete one.
    pub(super) fn read(folder: &Location) -> Option<Self> {
        let entries = folder.list().ok()?.into_iter();
        let mut read = entries.filter_map(|entry| {
            let name = entry.name()?;
            if name.starts_with(UNFINISHED) {
                return None;
            }
            match Self::read_one(&entry.location, name) {
                Ok(ledger) => ledger,
                Err(err) => {
                    tracing::warn!(folder = %entry.location, error = %err, "a ledger cannot be read and is made again");
                    None
                }
            }
        });
        read.next()
    }

    /// Reads the ledger with this name; `None` if it has another layout.
    fn read_one(folder: &Location, name: &str) -> Result<Option<Self>, Cause> {
        let read = |file: &str| folder.join(file).read().map(Bytes::from);
        let contents = [read(HEAD)?, read(ENTRIES)?, read(NEWEST)?, read(RESTATED)?];
        if name_of(&contents) != name {
            return Err(damage("its files do not have the SHA-256 of its name").into());
        }
        let [head, entries, newest, restated] = contents;
        let head: Head = serde_json::from_slice(&head)?;
        if head.layout != LAYOUT {
            return Ok(None);
        }
        let mut ledger = Self::new(head.covers);
        ledger.exact_from = head.exact_from;
        for feed in head.feeds {
            ledger.names.feed(&feed.service_code, &feed.channel);
            ledger.days.push(feed.days);
        }
        ledger.entries = decoded(entries, |batch| entries_of(batch, &mut ledger.names))?;
        // Groups have other numbers than when the ledger was written.
        ledger.entries.sort_unstable_by_key(|(key, _)| *key);
        let newest = decoded(newest, |batch| newest_of(batch, &mut ledger.names))?;
        ledger.newest = newest.into_iter().collect();
        for (unit, version) in decoded(restated, |batch| versions_of(batch, &mut ledger.names))? {
            ledger.restated.add(unit, version);
        }
        ledger.restated.is_too_large = head.has_no_versions;
        Ok(Some(ledger))
    }

    fn head(&self) -> Result<Bytes, Cause> {
        let feeds = self.names.feeds().zip(&self.days);
        let feeds = feeds.map(|((_, (service, channel)), days)| Feed {
            service_code: service.to_owned(),
            channel: channel.to_owned(),
            days: days.clone(),
        });
        let head = Head {
            layout: LAYOUT,
            covers: self.covers.clone(),
            exact_from: self.exact_from,
            has_no_versions: self.restated.is_too_large,
            feeds: feeds.collect(),
        };
        let mut text = serde_json::to_vec(&head)?;
        text.push(b'\n');
        Ok(text.into())
    }

    fn entries(&self) -> Result<Bytes, Cause> {
        let text = |of: fn(Group<'_>) -> &str| {
            let texts = self
                .entries
                .iter()
                .map(|(key, _)| of(self.group(key.group)));
            Arc::new(StringArray::from_iter_values(texts)) as ArrayRef
        };
        let number = |of: fn(&Counts) -> i64| {
            let numbers = self.entries.iter().map(|(_, counts)| of(counts));
            Arc::new(Int64Array::from_iter_values(numbers)) as ArrayRef
        };
        let keys = || self.entries.iter().map(|(key, _)| *key);
        let instants = |instants: Vec<i64>| {
            Arc::new(TimestampMicrosecondArray::from(instants).with_timezone("UTC")) as ArrayRef
        };
        let until = keys().map(|key| (key.until != FOREVER).then_some(key.until));
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("service_code", text(|it| it.service), false),
            ("channel", text(|it| it.channel), false),
            ("product_id", text(|it| it.product_id), false),
            ("product_name", text(|it| it.product), false),
            ("workload_code", text(|it| it.code), false),
            ("workload_name", text(|it| it.workload), false),
            (
                "since",
                Arc::new(Date32Array::from_iter_values(keys().map(|key| key.since))) as ArrayRef,
                false,
            ),
            ("until", Arc::new(until.collect::<Date32Array>()), true),
            (
                "processed_date_time",
                instants(keys().map(|key| key.processed).collect()),
                false,
            ),
            (
                "recorded_at",
                instants(
                    keys()
                        .map(|key| key.recorded.saturating_mul(1000))
                        .collect(),
                ),
                false,
            ),
            ("part", number(|it| it.part), false),
            ("whole", number(|it| it.whole), false),
            ("row_count", number(|it| it.rows), false),
        ])?;
        Ok(encode(vec![batch])?)
    }

    fn newest(&self) -> Result<Bytes, Cause> {
        let mut newest: Vec<_> = self.newest.iter().collect();
        newest.sort_unstable_by_key(|(at, _)| **at);
        let units = newest.iter().map(|((feed, id), it)| (*feed, it.day, *id));
        let mut columns = self.units(&units.collect::<Vec<_>>());
        let of = || newest.iter().map(|(_, it)| *it);
        let first = Date32Array::from_iter_values(of().map(|it| it.first));
        let deliveries = Int64Array::from_iter_values(of().map(|it| it.delivery));
        let restated: BooleanArray = of().map(|it| Some(it.is_restated)).collect();
        let days: Date32Array = of().map(|it| it.before.map(|(day, _)| day)).collect();
        let before: Int64Array = of().map(|it| it.before.map(|(_, it)| it)).collect();
        columns.extend([
            ("first_date", Arc::new(first) as ArrayRef),
            ("delivery_id", Arc::new(deliveries)),
            ("is_restated", Arc::new(restated)),
            ("date_before", Arc::new(days)),
            ("delivery_before", Arc::new(before)),
        ]);
        Ok(encode(vec![RecordBatch::try_from_iter(columns)?])?)
    }

    fn restated(&self) -> Result<Bytes, Cause> {
        let (units, versions): (Vec<UnitOfFeed>, Vec<i64>) = self.restated.versions().unzip();
        let mut columns = self.units(&units);
        columns.push(("delivery_id", Arc::new(Int64Array::from(versions))));
        Ok(encode(vec![RecordBatch::try_from_iter(columns)?])?)
    }

    /// The columns of the units of deliveries.
    fn units(&self, units: &[UnitOfFeed]) -> Vec<(&'static str, ArrayRef)> {
        let feeds: Vec<(&str, &str)> = self.names.feeds().map(|(_, feed)| feed).collect();
        let feeds = || units.iter().map(|(feed, ..)| feeds[feed.0 as usize]);
        let services = StringArray::from_iter_values(feeds().map(|(service, _)| service));
        let channels = StringArray::from_iter_values(feeds().map(|(_, channel)| channel));
        let customers = units.iter().map(|(.., id)| id.to_string());
        let days = units.iter().map(|(_, day, _)| *day);
        vec![
            ("service_code", Arc::new(services)),
            ("channel", Arc::new(channels)),
            (
                "customer_tenant_id",
                Arc::new(StringArray::from_iter_values(customers)),
            ),
            (
                "processed_date",
                Arc::new(Date32Array::from_iter_values(days)),
            ),
        ]
    }
}

/// The folder name of these files.
fn name_of(contents: &[Bytes]) -> String {
    Checksum::of(&contents.concat()).to_string()
}

/// The rows of a Parquet file, decoded.
fn decoded<T>(
    file: Bytes,
    mut take: impl FnMut(&RecordBatch) -> Result<Vec<T>, Cause>,
) -> Result<Vec<T>, Cause> {
    let mut all = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file)?.build()? {
        all.append(&mut take(&batch?)?);
    }
    Ok(all)
}

fn column<'a>(batch: &'a RecordBatch, name: &'static str) -> io::Result<&'a ArrayRef> {
    batch
        .column_by_name(name)
        .ok_or_else(|| damage(format!("it has no {name}")))
}

fn entries_of(
    batch: &RecordBatch,
    names: &mut GroupNames,
) -> Result<Vec<(EntryKey, Counts)>, Cause> {
    let text = |name| Ok::<_, io::Error>(column(batch, name)?.as_string::<i32>());
    let number = |name| Ok::<_, io::Error>(column(batch, name)?.as_primitive::<Int64Type>());
    let (service, channel) = (text("service_code")?, text("channel")?);
    let (product_id, product) = (text("product_id")?, text("product_name")?);
    let (code, workload) = (text("workload_code")?, text("workload_name")?);
    let since = column(batch, "since")?.as_primitive::<Date32Type>();
    let until = column(batch, "until")?.as_primitive::<Date32Type>();
    let instant =
        |name| Ok::<_, io::Error>(column(batch, name)?.as_primitive::<TimestampMicrosecondType>());
    let (processed, recorded) = (instant("processed_date_time")?, instant("recorded_at")?);
    let (part, whole, rows) = (number("part")?, number("whole")?, number("row_count")?);
    let entries = (0..batch.num_rows()).map(|row| {
        let feed = names.feed(service.value(row), channel.value(row));
        let of = [product_id, product, code, workload].map(|texts| texts.value(row));
        let key = EntryKey {
            group: names.number(feed, of),
            since: since.value(row),
            until: if until.is_valid(row) {
                until.value(row)
            } else {
                FOREVER
            },
            processed: processed.value(row),
            recorded: recorded.value(row).div_euclid(1000),
        };
        let counts = Counts {
            part: part.value(row),
            whole: whole.value(row),
            rows: rows.value(row),
        };
        (key, counts)
    });
    Ok(entries.collect())
}

type NewestOf = ((FeedNumber, CustomerId), Newest);

fn newest_of(batch: &RecordBatch, names: &mut GroupNames) -> Result<Vec<NewestOf>, Cause> {
    let first = column(batch, "first_date")?.as_primitive::<Date32Type>();
    let delivery = column(batch, "delivery_id")?.as_primitive::<Int64Type>();
    let restated = column(batch, "is_restated")?.as_boolean();
    let day_before = column(batch, "date_before")?.as_primitive::<Date32Type>();
    let before = column(batch, "delivery_before")?.as_primitive::<Int64Type>();
    let newest = |(row, (feed, day, id))| {
        let newest = Newest {
            first: first.value(row),
            day,
            delivery: delivery.value(row),
            is_restated: restated.value(row),
            before: before
                .is_valid(row)
                .then(|| (day_before.value(row), before.value(row))),
        };
        ((feed, id), newest)
    };
    let units = units_of(batch, names)?.into_iter().enumerate();
    Ok(units.map(newest).collect())
}

fn versions_of(
    batch: &RecordBatch,
    names: &mut GroupNames,
) -> Result<Vec<(UnitOfFeed, i64)>, Cause> {
    let versions = column(batch, "delivery_id")?.as_primitive::<Int64Type>();
    let units = units_of(batch, names)?.into_iter();
    Ok(units.zip(versions.values().iter().copied()).collect())
}

/// The units of the deliveries in a batch.
fn units_of(batch: &RecordBatch, names: &mut GroupNames) -> Result<Vec<UnitOfFeed>, Cause> {
    let text = |name| Ok::<_, io::Error>(column(batch, name)?.as_string::<i32>());
    let (service, channel) = (text("service_code")?, text("channel")?);
    let customer = text("customer_tenant_id")?;
    let day = column(batch, "processed_date")?.as_primitive::<Date32Type>();
    let unit = |row| {
        let feed = names.feed(service.value(row), channel.value(row));
        Ok((feed, day.value(row), customer.value(row).parse()?))
    };
    (0..batch.num_rows()).map(unit).collect()
}
