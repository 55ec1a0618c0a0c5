//! Opening of inputs: files or standard input, compressed or not.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use super::format::{Format, PARQUET};
use super::json_members::{LONGEST_ROW, Members};
use super::unreadable::unreadable;
use crate::ingest::progress::Progress;

/// An input of an import.
#[derive(Debug)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input, to its end.
    Stdin,
    /// An open file, read from its beginning. Left-out rows are listed in the receipt and not
    /// written to a file.
    Open {
        /// Its name in messages.
        name: String,
        /// The file.
        file: File,
    },
}

impl Input {
    /// The name in messages: the path as given, or `standard input`.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
            Self::Open { name, .. } => name.clone(),
        }
    }

    /// The path beside which rejected rows are written; `None` if they are not written.
    pub(crate) fn rejects_beside(&self) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(path.clone()),
            Self::Stdin => Some(PathBuf::from("stdin")),
            Self::Open { .. } => None,
        }
    }

    /// The file itself, from its beginning; `None` for inputs that cannot be read twice.
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

/// A decompressed input with its format.
pub(crate) struct Source {
    pub(crate) content: Box<dyn BufRead + Send>,
    pub(crate) format: Format,
    /// Whether the content was compressed.
    packed: bool,
}

const BUFFER: usize = 1 << 18;

/// The decompressed size that is always allowed, in bytes.
const ALWAYS_UNPACKED: u64 = 16 << 20;

/// The largest compression ratio beyond that size: rows of licence data compress to 1/20 or 1/100,
/// files made to fill a disk to 1/100,000.
const MOST_FOR_A_BYTE: u64 = 1000;

/// Opens an input and detects its format. Decompression is limited by [`refuse_unpacked`].
///
/// # Errors
/// If it cannot be opened, is empty, or has an unsupported format; the message says what to do.
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
    let packed_bytes = Arc::new(AtomicU64::new(0));
    let counted = Counted {
        inner: raw,
        bytes: Arc::clone(&packed_bytes),
        progress: Arc::clone(progress),
    };
    let raw = BufReader::with_capacity(BUFFER, counted);
    let (mut content, packed) = decompressed(raw, packed_bytes, longest, progress)?;
    let start = content.fill_buf()?;
    if start.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, Empty));
    }
    if let Some(remedy) = unreadable(start, format) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, remedy));
    }
    if format != Format::Parquet && start.starts_with("\u{feff}".as_bytes()) {
        content.consume(3);
    }
    let (content, format) = match format {
        Format::Auto => guess(content)?,
        format => (content, format),
    };
    Ok(Source {
        content,
        format,
        packed,
    })
}

/// The content, and whether it was compressed.
fn decompressed(
    mut raw: impl BufRead + Send + 'static,
    packed: Arc<AtomicU64>,
    longest: u64,
    progress: &Arc<Progress>,
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
        packed,
        longest,
        unpacked: 0,
        progress: Arc::clone(progress),
    };
    let content = BufReader::with_capacity(BUFFER, bounded);
    Ok((Box::new(content), true))
}

/// The input is empty.
#[derive(Debug, thiserror::Error)]
#[error("it is empty: a file of rows has at least a header")]
struct Empty;

/// Whether an input was rejected because it is empty.
pub(super) fn is_empty(err: &io::Error) -> bool {
    err.get_ref().is_some_and(|reason| reason.is::<Empty>())
}

/// Detects the format from the start of the content.
fn guess(mut content: Box<dyn BufRead + Send>) -> io::Result<(Box<dyn BufRead + Send>, Format)> {
    let start = content.fill_buf()?;
    if start.starts_with(PARQUET) {
        return Ok((content, Format::Parquet));
    }
    match start.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => Ok((content, Format::Json)),
        Some(b'{') => {
            let mut lines = Vec::new();
            let first = first_line(&mut content, &mut lines)?;
            let format = format_of_json(&lines[first..]);
            let content = Box::new(Cursor::new(lines).chain(content));
            Ok((content, format))
        }
        _ => Ok((content, Format::Csv)),
    }
}

/// Reads lines up to the first that is not blank, and returns its offset.
fn first_line(content: &mut Box<dyn BufRead + Send>, lines: &mut Vec<u8>) -> io::Result<usize> {
    let mut content = content.take(LONGEST_ROW as u64 + 1);
    loop {
        let start = lines.len();
        let count = content.read_until(b'\n', lines)?;
        if count == 0 || !lines[start..].trim_ascii().is_empty() {
            return Ok(start);
        }
    }
}

/// The JSON format of content that starts with this line: a row means one object per line; an
/// answer, or an unfinished object, means a text.
fn format_of_json(line: &[u8]) -> Format {
    match serde_json::from_slice::<Members>(line) {
        Ok(members) if members.are_of_an_answer() => Format::Json,
        Err(err) if err.is_eof() => Format::Json,
        Ok(_) | Err(_) => Format::Ndjson,
    }
}

/// A file for readers that seek, such as those of Parquet: the input itself if it is a plain file,
/// otherwise a copy of its content in `folder` that is removed with the process.
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

/// Decompressed content with a size limit: a few bytes can expand to very many.
struct Bounded<R> {
    inner: R,
    /// The number of compressed bytes read.
    packed: Arc<AtomicU64>,
    longest: u64,
    unpacked: u64,
    progress: Arc<Progress>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.progress.check()?;
        let count = self.inner.read(buffer)?;
        self.unpacked += count as u64;
        let packed = self.packed.load(Ordering::Relaxed);
        refuse_unpacked(self.unpacked, packed, self.longest)?;
        Ok(count)
    }
}

/// Rejects compressed content that expands to more than `longest` bytes, or by too large a ratio.
/// `u64::MAX` disables both limits.
pub(super) fn refuse_unpacked(unpacked: u64, packed: u64, longest: u64) -> io::Result<()> {
    let reason = if longest == u64::MAX {
        return Ok(());
    } else if unpacked > longest {
        format!("unpacked it is longer than {longest} bytes: import it in parts")
    } else if unpacked > ALWAYS_UNPACKED.saturating_add(packed.saturating_mul(MOST_FOR_A_BYTE)) {
        format!(
            "unpacked it is more than {MOST_FOR_A_BYTE} times as long as it is packed: send it \
             unpacked, or packed with less effort"
        )
    } else {
        return Ok(());
    };
    Err(io::Error::new(io::ErrorKind::InvalidData, reason))
}

/// Counts the bytes read.
struct Counted<R> {
    inner: R,
    /// Of this input.
    bytes: Arc<AtomicU64>,
    /// Of all inputs.
    progress: Arc<Progress>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.progress.check()?;
        let count = self.inner.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        self.progress.add_bytes(count as u64);
        Ok(count)
    }
}
