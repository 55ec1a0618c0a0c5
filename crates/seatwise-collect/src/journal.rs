//! The progress of a collection, which survives every kind of stop.
//!
//! The rows of an answer are appended to a file and synced; then a line in the journal names the
//! answer and the valid length of each file. To resume, lines are read up to the first incomplete
//! one, and the files are truncated to the lengths in the last valid line. So each answer counts
//! with all its rows or not at all.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use seatwise_client::{CommercialCursor, CustomerCursor};
use seatwise_store::access;
use seatwise_types::CustomerId;
use seatwise_types::extensions::Metric;
use serde::{Deserialize, Serialize};

use crate::run::Gap;
use crate::{CollectError, Deliveries, Way};

/// The age from which progress has another day's figures, and is not resumed.
const STALE_AFTER: SignedDuration = SignedDuration::from_hours(24);

const JOURNAL: &str = "journal.ndjson";
const CUSTOMERS: &str = "customers.ndjson";

/// One step of a collection.
#[derive(Debug, Deserialize, Serialize)]
#[serde(
    tag = "step",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(crate) enum Step {
    /// The collection started.
    Began { at: Timestamp },
    /// A page of customers arrived, with the cursor of the next one.
    Customers { next: Option<CustomerCursor> },
    /// Rows of a metric are requested in this way from now on, from the start.
    Anew { metric: Metric, way: Way },
    /// A page of rows arrived: when, how many of how many, and the cursor of the next one.
    Page {
        metric: Metric,
        at: Timestamp,
        rows: u64,
        total: Option<u64>,
        next: Option<CommercialCursor>,
    },
    /// A customer was requested: the number of its rows, or why it has none.
    Customer {
        metric: Metric,
        customer: CustomerId,
        rows: u64,
        gap: Option<String>,
    },
    /// The gathered rows of a metric are stored.
    Stored {
        metric: Metric,
        #[serde(flatten)]
        stored: Stored,
    },
}

/// The result of storing the gathered rows of a metric.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Stored {
    pub(crate) deliveries: Deliveries,
    /// The number of bad rows; rows left out with them do not count.
    pub(crate) bad_rows: u64,
    /// The files with the rows that were left out.
    pub(crate) rejected_files: Vec<String>,
    /// The number of rows without a customer.
    #[serde(rename = "ofNobody")]
    pub(crate) without_customer: u64,
    /// The number of rows that restatements lose compared with previous versions.
    pub(crate) lost_rows: u64,
    /// The number of deliveries that lose such rows.
    pub(crate) lost_of: u64,
}

/// The valid length of each file in bytes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
struct Reach {
    customers: u64,
    usage: u64,
    deployment: u64,
}

#[derive(Deserialize, Serialize)]
struct Entry {
    #[serde(flatten)]
    step: Step,
    reach: Reach,
}

/// A customer as the source lists it.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Listed {
    pub(crate) id: CustomerId,
    pub(crate) name: String,
    /// `None` if the source does not name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) domain: Option<String>,
}

/// The progress of gathering a metric.
#[derive(Default)]
pub(crate) struct Gathering {
    /// How rows are requested; `None` before the first request.
    pub(crate) way: Option<Way>,
    /// The number of rows received.
    pub(crate) rows: u64,
    /// The total that the source names.
    pub(crate) total: Option<u64>,
    /// The next page; `None` after the last one.
    pub(crate) next: Option<CommercialCursor>,
    /// When the last page arrived; `None` before the first one.
    pub(crate) page_at: Option<Timestamp>,
    /// The customers already requested.
    pub(crate) asked: HashSet<CustomerId>,
    /// Customers without data.
    pub(crate) gaps: Vec<Gap>,
    /// The result, after storing.
    pub(crate) stored: Option<Stored>,
}

/// The progress of one collection, on the disk and in memory.
pub(crate) struct Journal {
    folder: PathBuf,
    journal: File,
    reach: Reach,
    /// Whether it resumed earlier progress.
    pub(crate) resumed: bool,
    /// The next page of customers; `None` after the last one.
    pub(crate) customers_next: Option<CustomerCursor>,
    /// The customers listed so far.
    pub(crate) customers: Arc<HashMap<CustomerId, Listed>>,
    usage: Gathering,
    deployment: Gathering,
}

impl Journal {
    /// Resumes the progress in a folder, or starts again without usable progress.
    pub(crate) fn open(folder: &Path, now: Timestamp) -> Result<Self, CollectError> {
        access::create_folder(folder).map_err(CollectError::file("create", folder))?;
        let resumed = Self::resume(folder, now)
            .map_err(CollectError::file("read the progress in", folder))?;
        match resumed {
            Some(journal) => Ok(journal),
            None => {
                let begun = remove(folder)
                    .and_then(|()| remove_rejected(folder))
                    .and_then(|()| Self::begin(folder, now));
                begun.map_err(CollectError::file("begin to write into", folder))
            }
        }
    }

    fn begin(folder: &Path, now: Timestamp) -> io::Result<Self> {
        let mut journal = Self::of(folder)?;
        for file in [CUSTOMERS, "usage.ndjson", "deployment.ndjson"] {
            access::create(&folder.join(file))?;
        }
        journal.write(Step::Began { at: now })?;
        Ok(journal)
    }

    fn of(folder: &Path) -> io::Result<Self> {
        access::create_folder(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            journal: append_to(&folder.join(JOURNAL))?,
            reach: Reach::default(),
            resumed: false,
            customers_next: Some(CustomerCursor::default()),
            customers: Arc::default(),
            usage: Gathering::default(),
            deployment: Gathering::default(),
        })
    }

    /// The progress in a folder; `None` if it is missing, too old or damaged.
    fn resume(folder: &Path, now: Timestamp) -> io::Result<Option<Self>> {
        let text = match fs::read(folder.join(JOURNAL)) {
            Ok(text) => text,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(err),
        };
        let mut journal = Self::of(folder)?;
        let mut good = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let Some(line_only) = line.strip_suffix(b"\n") else {
                break;
            };
            let Ok(entry) = serde_json::from_slice::<Entry>(line_only) else {
                break;
            };
            let is_first = good == 0;
            match entry.step {
                Step::Began { at } if is_first => {
                    let age = now.duration_since(at);
                    if age > STALE_AFTER || age.is_negative() {
                        return Ok(None);
                    }
                }
                _ if is_first => return Ok(None),
                step => journal.apply(step),
            }
            journal.reach = entry.reach;
            journal.resumed = !is_first;
            good += line.len() as u64;
        }
        if good == 0 {
            return Ok(None);
        }
        journal.journal.set_len(good)?;
        for (path, reach) in journal.files() {
            let file = OpenOptions::new().write(true).open(&path);
            match file {
                Ok(file) if file.metadata()?.len() >= reach => file.set_len(reach)?,
                // After such a loss, it is unknown what else is missing.
                _ => return Ok(None),
            }
        }
        let listed = File::open(folder.join(CUSTOMERS))?;
        let customers = Arc::make_mut(&mut journal.customers);
        for line in BufReader::new(listed).lines() {
            let Ok(listed) = serde_json::from_str::<Listed>(&line?) else {
                return Ok(None);
            };
            customers.insert(listed.id, listed);
        }
        Ok(Some(journal))
    }

    /// Drops all progress, and starts again.
    pub(crate) fn start_over(&mut self, now: Timestamp) -> Result<(), CollectError> {
        let begun = remove(&self.folder).and_then(|()| Self::begin(&self.folder, now));
        *self = begun.map_err(CollectError::file("begin to write into", &self.folder))?;
        Ok(())
    }

    /// The file of the gathered rows.
    pub(crate) fn rows(&self, metric: Metric) -> PathBuf {
        self.folder.join(format!("{metric}.ndjson"))
    }

    /// The file of empty deliveries, written again whenever it is needed.
    pub(crate) fn empty(&self, metric: Metric) -> PathBuf {
        self.folder.join(format!("{metric}-empty.ndjson"))
    }

    pub(crate) fn of_metric(&self, metric: Metric) -> &Gathering {
        match metric {
            Metric::Usage => &self.usage,
            Metric::Deployment => &self.deployment,
        }
    }

    /// Adds the new customers of a page; returns their number.
    pub(crate) fn add_customers(
        &mut self,
        listed: Vec<Listed>,
        next: Option<CustomerCursor>,
    ) -> Result<usize, CollectError> {
        let mut lines = Vec::new();
        let customers = Arc::make_mut(&mut self.customers);
        let before = customers.len();
        for customer in listed {
            if customers.contains_key(&customer.id) {
                continue;
            }
            // Writing into memory does not fail.
            serde_json::to_writer(&mut lines, &customer).ok();
            lines.push(b'\n');
            customers.insert(customer.id, customer);
        }
        let path = self.folder.join(CUSTOMERS);
        self.append(&path, &lines)?;
        self.reach.customers += lines.len() as u64;
        self.note(Step::Customers { next })?;
        Ok(self.customers.len() - before)
    }

    /// Drops the gathered rows of a metric, and requests them in this way from now on.
    pub(crate) fn begin_again(&mut self, metric: Metric, way: Way) -> Result<(), CollectError> {
        let path = self.rows(metric);
        *self.reach_of(metric) = 0;
        // Noted on the disk before the cut: otherwise it would look like a loss.
        self.note(Step::Anew { metric, way })?;
        let journal = self.folder.join(JOURNAL);
        let synced = self.journal.sync_data();
        synced.map_err(CollectError::file("write", &journal))?;
        access::create(&path)
            .map(drop)
            .map_err(CollectError::file("write", &path))
    }

    /// Adds the rows of an answer.
    pub(crate) fn add_rows(
        &mut self,
        metric: Metric,
        lines: &[u8],
        step: Step,
    ) -> Result<(), CollectError> {
        let path = self.rows(metric);
        self.append(&path, lines)?;
        *self.reach_of(metric) += lines.len() as u64;
        self.note(step)
    }

    /// Notes that the gathered rows of a metric are stored.
    pub(crate) fn stored(&mut self, metric: Metric, stored: Stored) -> Result<(), CollectError> {
        self.note(Step::Stored { metric, stored })
    }

    /// Removes the progress, which is no longer needed; rejected rows stay until the next
    /// collection.
    pub(crate) fn finish(self) -> Result<(), CollectError> {
        remove(&self.folder).map_err(CollectError::file("clear", &self.folder))
    }

    fn append(&self, path: &Path, lines: &[u8]) -> Result<(), CollectError> {
        if lines.is_empty() {
            return Ok(());
        }
        let append = || {
            let mut file = append_to(path)?;
            file.write_all(lines)?;
            // The journal must never claim more than what is on the disk.
            file.sync_data()
        };
        append().map_err(CollectError::file("write", path))
    }

    fn note(&mut self, step: Step) -> Result<(), CollectError> {
        let path = self.folder.join(JOURNAL);
        self.write(step).map_err(CollectError::file("write", &path))
    }

    fn write(&mut self, step: Step) -> io::Result<()> {
        let entry = Entry {
            step,
            reach: self.reach,
        };
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        self.journal.write_all(&line)?;
        self.apply(entry.step);
        Ok(())
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Began { .. } => {}
            Step::Customers { next } => self.customers_next = next,
            Step::Anew { metric, way } => {
                *self.of_metric_mut(metric) = Gathering {
                    way: Some(way),
                    next: (way == Way::Commercial).then(CommercialCursor::default),
                    ..Gathering::default()
                };
            }
            Step::Page {
                metric,
                at,
                rows,
                total,
                next,
            } => {
                let gathering = self.of_metric_mut(metric);
                gathering.page_at = Some(at);
                gathering.rows += rows;
                gathering.total = total;
                gathering.next = next;
            }
            Step::Customer {
                metric,
                customer,
                rows,
                gap,
            } => {
                let gathering = self.of_metric_mut(metric);
                gathering.rows += rows;
                gathering.asked.insert(customer);
                gathering.gaps.extend(gap.map(|reason| Gap {
                    customer,
                    metric,
                    reason,
                }));
            }
            Step::Stored { metric, stored } => {
                self.of_metric_mut(metric).stored = Some(stored);
            }
        }
    }

    fn of_metric_mut(&mut self, metric: Metric) -> &mut Gathering {
        match metric {
            Metric::Usage => &mut self.usage,
            Metric::Deployment => &mut self.deployment,
        }
    }

    fn reach_of(&mut self, metric: Metric) -> &mut u64 {
        match metric {
            Metric::Usage => &mut self.reach.usage,
            Metric::Deployment => &mut self.reach.deployment,
        }
    }

    fn files(&self) -> [(PathBuf, u64); 3] {
        [
            (self.folder.join(CUSTOMERS), self.reach.customers),
            (self.rows(Metric::Usage), self.reach.usage),
            (self.rows(Metric::Deployment), self.reach.deployment),
        ]
    }
}

/// Removes progress, the journal first: without it, the other files do not count.
fn remove(folder: &Path) -> io::Result<()> {
    let files = [
        JOURNAL,
        CUSTOMERS,
        "usage.ndjson",
        "usage-empty.ndjson",
        "deployment.ndjson",
        "deployment-empty.ndjson",
    ];
    for file in files {
        match fs::remove_file(folder.join(file)) {
            Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(err),
            _ => {}
        }
    }
    Ok(())
}

/// Removes the rejected rows of the previous collection, which came again or are gone.
fn remove_rejected(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "csv") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn append_to(path: &Path) -> io::Result<File> {
    access::open(path, OpenOptions::new().create(true).append(true))
}
