//! The progress of a collection, which survives every kind of stop.
//!
//! The rows of an answer are appended to a file and synced; then a line in the journal names the
//! answer and the valid length of each file. To resume, lines are read up to the first incomplete
//! one, and the files are truncated to the lengths in the last valid line. So each answer counts
//! with all its rows or not at all.

mod entry;
mod gathering;
mod resume;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatwise_client::{CommercialCursor, CustomerCursor};
use seatwise_store::access;
use seatwise_types::CustomerId;
use seatwise_types::extensions::Metric;

use self::entry::{Entry, Reach};
pub(crate) use self::entry::{Listed, Step, Stored};
pub(crate) use self::gathering::Gathering;
use crate::{CollectError, Gap, Way};

const JOURNAL: &str = "journal.ndjson";
const CUSTOMERS: &str = "customers.ndjson";

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
        self.note(Step::Restarted { metric, way })?;
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
            Step::Restarted { metric, way } => {
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

fn append_to(path: &Path) -> io::Result<File> {
    access::open(path, OpenOptions::new().create(true).append(true))
}
