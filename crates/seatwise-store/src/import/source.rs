//! Opening what is to be imported: a file or standard input, compressed or not.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

/// What is to be imported.
#[derive(Debug)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input, to its end.
    Stdin,
    /// A file that is open already, read from its beginning. Rows of it that are left out are told
    /// in the receipt and not written anywhere.
    Open {
        /// What it is called in messages.
        name: String,
        /// The file.
        file: File,
    },
}

impl Input {
    /// The name in messages: the path as it was given, or `standard input`.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
            Self::Open { name, .. } => name.clone(),
        }
    }

    /// Where rows that are left out go, beside this name; none if they go nowhere.
    pub(crate) fn rejects_beside(&self) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(path.clone()),
            Self::Stdin => Some(PathBuf::from("stdin")),
            Self::Open { .. } => None,
        }
    }

    /// The file itself, from its beginning; none of what cannot be read twice.
    fn plain_file(&self) -> io::Result<Option<File>> {
        match self {
            Self::File(path) => File::open(path).map(Some),
            Self::Stdin => Ok(None),
            Self::Open { file, .. } => {
                let mut file = file.try_clone()?;
                file.rewind()?;
                Ok(Some(file))
            }
        }
    }
}

/// How far an import is; to be looked at from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    rows: AtomicU64,
}

impl Progress {
    /// Bytes read so far, of the files as they are on the disk.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Rows read so far.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    pub(crate) fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }
}

/// How the rows are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Found from the first bytes.
    #[default]
    Auto,
    /// Comma-separated values with a header; also with semicolons or tabs.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Apache Parquet.
    Parquet,
    /// A saved answer of the API.
    Json,
}

/// An input, decompressed, with its format.
pub(crate) struct Source {
    pub(crate) content: Box<dyn BufRead + Send>,
    pub(crate) format: Format,
    /// Whether the content was compressed.
    packed: bool,
}

const BUFFER: usize = 1 << 18;

/// Opens an input and looks at its first bytes. What was compressed is read up to `longest` bytes.
///
/// # Errors
/// If it cannot be opened, is empty, or is in a format that is not read; the sentence says what
/// to do.
pub(crate) fn open(
    input: &Input,
    format: Format,
    longest: u64,
    progress: &Arc<Progress>,
) -> Result<Source, io::Error> {
    let raw: Box<dyn Read + Send> = match input.plain_file()? {
        Some(file) => Box::new(file),
        None => Box::new(io::stdin()),
    };
    let counted = Counted {
        inner: raw,
        progress: Arc::clone(progress),
    };
    let (mut content, packed) = decompressed(BufReader::with_capacity(BUFFER, counted), longest)?;
    let start = content.fill_buf()?;
    if start.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, Empty));
    }
    if let Some(remedy) = unreadable(start) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, remedy));
    }
    let format = if format == Format::Auto {
        guess(start)
    } else {
        format
    };
    if content.fill_buf()?.starts_with("\u{feff}".as_bytes()) {
        content.consume(3);
    }
    Ok(Source {
        content,
        format,
        packed,
    })
}

/// The content, and whether it was compressed.
fn decompressed(
    mut raw: impl BufRead + Send + 'static,
    longest: u64,
) -> io::Result<(Box<dyn BufRead + Send>, bool)> {
    let start = raw.fill_buf()?;
    let decoder: Box<dyn Read + Send> = if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(MultiGzDecoder::new(raw))
    } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Box::new(zstd::Decoder::with_buffer(raw)?)
    } else {
        return Ok((Box::new(raw), false));
    };
    let bounded = Bounded {
        inner: decoder,
        longest,
        left: longest,
    };
    let content = BufReader::with_capacity(BUFFER, bounded);
    Ok((Box::new(content), true))
}

/// The input has not a single byte.
#[derive(Debug, thiserror::Error)]
#[error("it is empty: a file of rows has at least a header")]
struct Empty;

/// Whether an input could not be opened because it is empty.
pub(super) fn is_empty(err: &io::Error) -> bool {
    err.get_ref().is_some_and(|reason| reason.is::<Empty>())
}

/// What cannot be read, and what to do about it.
fn unreadable(start: &[u8]) -> Option<&'static str> {
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        Some("it is UTF-16: save it as UTF-8 (in Excel: `CSV UTF-8`)")
    } else if start.starts_with(b"PK\x03\x04") {
        Some(
            "it is a zip archive or an Excel workbook: unpack it, or save the sheet as `CSV UTF-8`",
        )
    } else {
        None
    }
}

fn guess(start: &[u8]) -> Format {
    let text = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start);
    if text.starts_with(b"PAR1") {
        return Format::Parquet;
    }
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        // Rows are objects of plain values; an answer of the API is one object with a list in it.
        Some(b'{') if !has_list(text) => Format::Ndjson,
        Some(b'{' | b'[') => Format::Json,
        _ => Format::Csv,
    }
}

fn has_list(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // An object that does not end in its line, or has a list in it, is not a row.
    !line.trim_ascii_end().ends_with(b"}") || line.contains(&b'[')
}

/// A file for readers that jump about, such as those of Parquet: the input itself where it is a
/// plain file, else a copy of its content in `folder` that vanishes with the process.
pub(crate) fn seekable(input: &Input, mut source: Source, folder: &Path) -> io::Result<File> {
    if !source.packed
        && let Some(file) = input.plain_file()?
    {
        return Ok(file);
    }
    let mut copy = tempfile::tempfile_in(folder)?;
    io::copy(&mut source.content, &mut copy)?;
    copy.flush()?;
    copy.rewind()?;
    Ok(copy)
}

/// What was compressed, as long as it is not too long: a few bytes can stand for very many.
struct Bounded<R> {
    inner: R,
    longest: u64,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| too_long(self.longest))?;
        Ok(count)
    }
}

/// What is packed stands for more than may be unpacked.
pub(super) fn too_long(longest: u64) -> io::Error {
    let reason = format!("unpacked it is longer than {longest} bytes: import it in parts");
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Counts the bytes that are read.
struct Counted<R> {
    inner: R,
    progress: Arc<Progress>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.progress
            .bytes
            .fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
