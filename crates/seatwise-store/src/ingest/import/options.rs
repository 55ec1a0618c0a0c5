//! Options of an import.

use seatwise_types::extensions::ImportWay;
use seatwise_types::{CustomerId, PartnerId};

use super::download::Report;
use super::format::Format;
use crate::ingest::staging::ROWS_IN_MEMORY;
use crate::model::kind::Kind;

/// The default limit for the distinct names and codes of an import and its domains, in bytes. Names
/// of a hundred thousand customers take about 10 MB.
const LONGEST_TEXTS: usize = 512 << 20;

/// The relation of files in one import with rows of the same delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Files {
    /// Derived from the rows: parts if they name different products or workloads, versions if they
    /// name the same; rejected if unclear.
    #[default]
    Auto,
    /// Parts of the delivery, whose rows belong together.
    Parts,
    /// Versions: a later file restates an earlier one.
    Versions,
}

/// Options of an import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The partner of the data.
    pub partner: PartnerId,
    /// How the files came in, for the list of imports.
    pub way: ImportWay,
    /// The kind; `None` derives it from the columns.
    pub kind: Option<Kind>,
    /// The file format.
    pub format: Format,
    /// The download of the files; `None` recognises it by columns and content.
    pub download: Option<Report>,
    /// The customer of JSON rows without one, such as those of saved answers.
    pub customer: Option<CustomerId>,
    /// The relation of files with rows of the same delivery.
    pub files: Files,
    /// Check and compare everything, but store nothing.
    pub dry_run: bool,
    /// Leave out deliveries with a bad row instead of stopping.
    pub skip_bad_rows: bool,
    /// Also store a file that loses more than half of the existing rows of its deliveries.
    pub replace: bool,
    /// Remove blocking damaged data files from the tables even if the import does not restore them.
    /// The import's last version of what they may have had is recorded now; the rest is lost.
    pub mend: bool,
    /// The files have all customers of their services, channels and days: missing known customers
    /// get a delivery without rows. Bad rows then always stop the import.
    pub complete: bool,
    /// The most rows in memory, 56 bytes each; a delivery counts as two rows. More rows are kept on
    /// the disk.
    pub rows_in_memory: usize,
    /// The limit for distinct names and codes, and for domains, in bytes of memory.
    pub longest_texts: usize,
    /// The limit for a decompressed file, and for a Parquet file as text, in bytes. Beyond 16 MiB,
    /// the compression ratio may be at most 1,000. `u64::MAX` disables both limits, for trusted
    /// files.
    pub longest_unpacked: u64,
}

impl ImportOptions {
    /// Derives everything from the files, and stores all or nothing.
    pub fn new(partner: PartnerId) -> Self {
        Self {
            partner,
            way: ImportWay::Command,
            kind: None,
            format: Format::Auto,
            download: None,
            customer: None,
            files: Files::Auto,
            dry_run: false,
            skip_bad_rows: false,
            replace: false,
            mend: false,
            complete: false,
            rows_in_memory: ROWS_IN_MEMORY,
            longest_texts: LONGEST_TEXTS,
            longest_unpacked: u64::MAX,
        }
    }

    /// Whether deliveries with a bad row are left out.
    pub(super) fn leaves_out(&self) -> bool {
        // A file with bad rows does not have all customers.
        self.skip_bad_rows && !self.complete
    }
}
