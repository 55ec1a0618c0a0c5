//! Writing of stored deliveries to files, before a commit names them.

use std::io;
use std::sync::Arc;

use deltalake::kernel::Add;
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{JoinError, JoinSet, spawn_blocking};

use crate::ingest::checked::Checked;
use crate::ingest::matching::Back;
use crate::ingest::parquet_writer::{FileCutter, FileEnd, Part};
use crate::ingest::tally::Tally;
use crate::model::content_hash::ContentHash;
use crate::model::error::{Cause, StoreError};
use crate::model::fact::{Fact, Unit};
use crate::table::delta::Table;
use crate::table::encode::{Encoded, FileEncoder};

/// A delivery to store.
pub(crate) struct Kept<'a> {
    pub(crate) unit: Unit,
    pub(crate) rows: &'a [Fact],
    pub(crate) hash: ContentHash,
    /// The damaged files to which it is restored.
    pub(crate) back: &'a [Back],
    /// Whether it is recorded now.
    pub(crate) is_news: bool,
}

/// Stores a delivery.
pub(crate) type Keep<'a> = dyn FnMut(Kept<'_>) -> Result<(), StoreError> + 'a;

/// The most batches that wait for their encoding or are being encoded, of all files together: each
/// takes about 1.5 MiB.
const BATCHES_AT_ONCE: usize = 8;

/// Writes the deliveries that `go_through` keeps to files that no version names yet: new ones with
/// the next numbers, and restored ones to separate files. `of_damaged` has the recording times of
/// the damaged files.
///
/// # Errors
/// If `go_through` fails, or if the rows cannot be written. No file is left then.
#[expect(
    clippy::too_many_lines,
    reason = "three tasks share the channels between them"
)]
pub(crate) async fn write(
    table: &Table,
    checked: &Arc<Checked>,
    recorded_at: Timestamp,
    of_damaged: Vec<Timestamp>,
    go_through: impl FnOnce(&mut Keep<'_>) -> Result<Tally, StoreError> + Send + 'static,
) -> Result<(Tally, Vec<Add>), StoreError> {
    let mut last_delivery = table.last_delivery();
    let kind = table.kind;
    let (begin, mut begun) = mpsc::unbounded_channel::<(Parts, News)>();
    let (folder, checked) = (table.folder.clone(), Arc::clone(checked));
    let room = Arc::new(Semaphore::new(BATCHES_AT_ONCE));
    let going = spawn_blocking(move || {
        let texts = &checked.texts;
        let files = |recorded_at, news| Files {
            cutter: FileCutter::new(kind, texts, recorded_at),
            sender: Sender {
                begin: begin.clone(),
                news,
                room: Arc::clone(&room),
                file: None,
            },
        };
        let mut of_import = files(recorded_at, News::Yes);
        let mut of_damaged: Vec<Files<'_>> = of_damaged
            .into_iter()
            .map(|recorded_at| files(recorded_at, News::No))
            .collect();
        let write_to = |err| StoreError::io("write to", &folder, err);
        let tally = go_through(&mut |it: Kept<'_>| {
            if it.is_news {
                last_delivery += 1;
                of_import.push(&it, last_delivery).map_err(write_to)?;
            }
            it.back.iter().try_for_each(|back| {
                let pushed = of_damaged[back.of].push(&it, back.number);
                pushed.map_err(write_to)
            })
        })?;
        for mut files in of_damaged.into_iter().chain([of_import]) {
            files.finish().map_err(write_to)?;
        }
        Ok::<_, StoreError>(tally)
    });
    let mut writing = JoinSet::new();
    let mut adds = Vec::new();
    let mut failed = None;
    while let Some((parts, news)) = begun.recv().await {
        writing.spawn(write_file(table.clone(), parts, news));
        while let Some(finished) = writing.try_join_next() {
            collect(finished, &mut adds, &mut failed);
        }
        if failed.is_some() {
            break;
        }
    }
    drop(begun);
    while let Some(finished) = writing.join_next().await {
        collect(finished, &mut adds, &mut failed);
    }
    let write_to = |err: Cause| StoreError::from_cause("write to", &table.folder, err);
    let gone_through = match going.await {
        Ok(gone_through) => gone_through,
        Err(err) => Err(write_to(err.into())),
    };
    let result = match (failed, gone_through) {
        (None, Ok(tally)) if tally.refused.is_none() => {
            // In the order of their deliveries, so that the log is in the order of the import.
            adds.sort_by_key(|(first_delivery, _)| *first_delivery);
            return Ok((tally, adds.into_iter().map(|(_, add)| add).collect()));
        }
        (None, Ok(refused)) => Ok((refused, Vec::new())),
        (Some(err), _) => Err(write_to(err)),
        (None, Err(err)) => Err(err),
    };
    let names: Vec<String> = adds.into_iter().map(|(_, add)| add.path).collect();
    table.discard(&names).await;
    result
}

/// Whether the rows of a file are new; restored rows were recorded before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Yes,
    No,
}

/// The parts of a file, each with its share of the [memory](BATCHES_AT_ONCE).
type Parts = mpsc::UnboundedReceiver<(Part, Option<OwnedSemaphorePermit>)>;

/// Files with rows of one recording time.
struct Files<'a> {
    cutter: FileCutter<'a>,
    sender: Sender,
}

impl Files<'_> {
    fn push(&mut self, kept: &Kept<'_>, number: i64) -> io::Result<()> {
        let Self { cutter, sender } = self;
        cutter.push(kept.unit, kept.rows, number, kept.hash, |part| {
            sender.send(part)
        })
    }

    fn finish(&mut self) -> io::Result<()> {
        let Self { cutter, sender } = self;
        cutter.finish(|part| sender.send(part))
    }
}

/// Sends the parts of files, and begins each file with its first part.
struct Sender {
    begin: mpsc::UnboundedSender<(Parts, News)>,
    news: News,
    room: Arc<Semaphore>,
    file: Option<mpsc::UnboundedSender<(Part, Option<OwnedSemaphorePermit>)>>,
}

impl Sender {
    /// Waits until there is room for rows. Fails if the file cannot be written.
    fn send(&mut self, part: Part) -> io::Result<()> {
        // The receiver is gone only after it failed, and its error is the one to return.
        let failed = || io::Error::from(io::ErrorKind::BrokenPipe);
        let (permit, is_end) = match part {
            Part::Rows(_) => {
                let room = Arc::clone(&self.room).acquire_owned();
                let permit = Handle::current().block_on(room);
                (Some(permit.map_err(|_| failed())?), false)
            }
            Part::End(_) => (None, true),
        };
        let file = match &self.file {
            Some(file) => file,
            None => {
                let (file, parts) = mpsc::unbounded_channel();
                let begun = self.begin.send((parts, self.news));
                begun.map_err(|_| failed())?;
                self.file.insert(file)
            }
        };
        file.send((part, permit)).map_err(|_| failed())?;
        if is_end {
            self.file = None;
        }
        Ok(())
    }
}

/// Encodes and writes a file; `None` if it has no end, because its rows could not be made.
async fn write_file(table: Table, mut parts: Parts, news: News) -> Result<Option<Written>, Cause> {
    let mut encoder = FileEncoder::default();
    while let Some((part, permit)) = parts.recv().await {
        match part {
            // Encoding takes a while. This thread stays free for other requests.
            Part::Rows(batch) => {
                let encode = move || encoder.push(batch).map(|()| encoder);
                encoder = spawn_blocking(encode).await??;
                drop(permit);
            }
            Part::End(end) => {
                let FileEnd { stats, contents } = *end;
                let encode = move || encoder.finish().map(|file| Encoded::new(file, contents));
                let encoded = spawn_blocking(encode).await??;
                let add = Add {
                    data_change: news == News::Yes,
                    ..table.put(encoded, &stats).await?
                };
                return Ok(Some((stats.min_values.delivery_id, add)));
            }
        }
    }
    Ok(None)
}

/// A written file, with the number of its first delivery.
type Written = (i64, Add);

fn collect(
    finished: Result<Result<Option<Written>, Cause>, JoinError>,
    adds: &mut Vec<Written>,
    failed: &mut Option<Cause>,
) {
    match finished {
        Ok(Ok(written)) => adds.extend(written),
        Ok(Err(err)) => *failed = failed.take().or(Some(err)),
        Err(err) => *failed = failed.take().or_else(|| Some(err.into())),
    }
}
