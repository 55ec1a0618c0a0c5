//! The formats of inputs.

/// The first bytes of a Parquet file.
pub(super) const PARQUET: &[u8] = b"PAR1";

/// The format of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Detected from the first bytes.
    #[default]
    Auto,
    /// Comma-separated values with a header; semicolons and tabs are accepted too.
    Csv,
    /// One JSON object per line.
    Ndjson,
    /// Apache Parquet.
    Parquet,
    /// A saved answer of the API, a list of rows, or row objects over several lines.
    Json,
}
