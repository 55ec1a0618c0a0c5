//! The settings of a watched folder.

use std::path::PathBuf;
use std::time::Duration;

use seatwise_types::PartnerId;

/// The settings of a watched folder.
#[derive(Clone, Debug)]
pub struct ImportFrom {
    /// The folder. A folder in it whose name is a partner's tenant id has that partner's files.
    pub folder: PathBuf,
    /// The partner of files directly in the folder; without it they are ignored.
    pub partner: Option<PartnerId>,
    /// The interval between looks.
    pub every: Duration,
    /// How long a file must be unchanged before it is imported. A file that seems incomplete (its
    /// last line has no line end, a Parquet file has no footer, or JSON is not closed) is not
    /// imported, and is reported after ten times this duration. With zero, each file counts as
    /// complete.
    pub settle: Duration,
}
