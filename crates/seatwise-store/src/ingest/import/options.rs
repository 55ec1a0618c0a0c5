//! What to import and how.

use seatwise_types::own::ImportWay;
use seatwise_types::{CustomerId, PartnerId};

use super::download::Report;
use super::source::Format;
use crate::ingest::staging::ROWS_IN_MEMORY;
use crate::model::kind::Kind;

/// How many bytes of memory the distinct names and codes of an import may take, and what it says
/// about domains. Names of a hundred thousand customers take about 10 MB.
const LONGEST_TEXTS: usize = 512 << 20;

/// What files of one import are to each other that have rows of the same delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Files {
    /// Found from the rows: parts if they name different products or workloads, versions if they
    /// name the same; refused if it is not clear.
    #[default]
    Auto,
    /// Parts of the delivery: their rows belong together.
    Parts,
    /// Versions of it: the later file restates the earlier one.
    Versions,
}

/// What to import and how.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Whose facts these are.
    pub partner: PartnerId,
    /// How the files came in, for the list of imports.
    pub way: ImportWay,
    /// Which facts; found from the columns if none.
    pub kind: Option<Kind>,
    /// How they are written down.
    pub format: Format,
    /// The download that the files are; found from columns and content if none.
    pub download: Option<Report>,
    /// The customer of JSON rows that do not name one, such as those of saved answers.
    pub customer: Option<CustomerId>,
    /// What files are to each other that have rows of the same delivery.
    pub files: Files,
    /// Check and compare everything, store nothing.
    pub dry_run: bool,
    /// Leave out deliveries that hold a bad row, instead of stopping.
    pub skip_bad_rows: bool,
    /// Store also what takes more than half of the known rows of a file's deliveries away.
    pub replace: bool,
    /// Take damaged data files that are in the way out of the tables although the import does not bring
    /// them back. The last version that it has of what may have been in them is recorded as of now, the
    /// rest is lost.
    pub mend: bool,
    /// The files have all customers of their services, channels and days: those that are known and
    /// missing get a delivery without rows. Bad rows then always stop the import.
    pub complete: bool,
    /// How many rows may wait in memory, 56 bytes each; a delivery takes the room of two. The others
    /// wait on the disk.
    pub rows_in_memory: usize,
    /// How many bytes of memory the distinct names and codes may take, and what is said about domains.
    pub longest_texts: usize,
    /// How many bytes a compressed file may have when it is unpacked, and a Parquet file as text.
    /// Beyond 16 MiB they may then be at most 1000 times as many as those that are packed.
    /// `u64::MAX` is without any bound, for files that the caller trusts.
    pub longest_unpacked: u64,
}

impl ImportOptions {
    /// Everything found from the files themselves, all or nothing of them.
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
