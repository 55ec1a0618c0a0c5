//! Reads and unpacks a long file while other threads split and check its rows.

use std::io::{self, BufRead};
use std::mem::{replace, take};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};

use super::catch_panic::catch_panic;

/// The size of a part in bytes.
const PART: usize = 1 << 18;

/// The most parts that wait to be consumed.
const WAITING: usize = 2;

/// The number of bytes that are read here: a short file is not worth a thread.
const READ_HERE: usize = 1 << 20;

/// The content of a file.
pub(super) enum ReadAhead {
    /// Read here.
    Here {
        content: Box<dyn BufRead + Send>,
        /// The number of bytes consumed.
        consumed: usize,
    },
    /// Read by another thread.
    There(Parts),
}

impl ReadAhead {
    pub(super) fn new(content: Box<dyn BufRead + Send>) -> Self {
        let consumed = 0;
        Self::Here { content, consumed }
    }
}

impl io::Read for ReadAhead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for ReadAhead {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Self::Here { content, consumed } = self
            && *consumed >= READ_HERE
        {
            let content = replace(content, Box::new(io::empty()));
            *self = Self::There(Parts::read(content));
        }
        match self {
            Self::Here { content, .. } => content.fill_buf(),
            Self::There(parts) => parts.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        match self {
            Self::Here { content, consumed } => {
                content.consume(count);
                *consumed += count;
            }
            Self::There(parts) => parts.at += count,
        }
    }
}

/// The parts that a thread reads.
pub(super) struct Parts {
    /// An empty part is the end; after it, or after an error, the thread ends.
    read: Receiver<io::Result<Vec<u8>>>,
    /// Consumed parts, whose memory the thread uses again.
    spare: Sender<Vec<u8>>,
    part: Vec<u8>,
    /// How much of the part was consumed.
    at: usize,
}

impl Parts {
    /// Begins to read. The thread ends with the content, and at the latest one part after this is
    /// dropped.
    fn read(mut content: Box<dyn BufRead + Send>) -> Self {
        let (send, read) = sync_channel(WAITING);
        let (spare, spares) = channel();
        std::thread::spawn(move || {
            loop {
                let part = spares.try_recv().unwrap_or_default();
                let part = catch_panic(|| next_part(content.as_mut(), part));
                let is_last = part.as_ref().map_or(true, Vec::is_empty);
                if send.send(part).is_err() || is_last {
                    break;
                }
            }
        });
        Self {
            read,
            spare,
            part: Vec::new(),
            at: 0,
        }
    }

    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.part.len() {
            self.spare.send(take(&mut self.part)).ok();
            self.at = 0;
            // After the end there is no thread any more.
            self.part = self.read.recv().unwrap_or_else(|_| Ok(Vec::new()))?;
        }
        Ok(&self.part[self.at..])
    }
}

/// The next bytes of the content, in the memory of an earlier part; empty at the end.
fn next_part(content: &mut dyn BufRead, mut part: Vec<u8>) -> io::Result<Vec<u8>> {
    part.resize(PART, 0);
    let mut filled = 0;
    while filled < PART {
        match content.read(&mut part[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err),
        }
    }
    part.truncate(filled);
    Ok(part)
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor, Read as _};

    use super::*;

    /// Content that ends with an error, or with a panic as of a decoder.
    struct Then(Cursor<Vec<u8>>, Option<&'static str>);

    impl io::Read for Then {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match (self.0.read(buffer)?, self.1) {
                (0, Some("panic")) => panic!("over damaged bytes"),
                (0, Some(reason)) => Err(io::Error::other(reason)),
                (count, _) => Ok(count),
            }
        }
    }

    fn read(length: usize, then: Option<&'static str>) -> (bool, io::Result<usize>) {
        let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let content = BufReader::with_capacity(1000, Then(Cursor::new(bytes.clone()), then));
        let mut content = ReadAhead::new(Box::new(content));
        let mut found = Vec::new();
        let end = content.read_to_end(&mut found);
        // The end stays the end.
        if end.is_ok() {
            assert_eq!(content.read(&mut [0]).unwrap(), 0);
        }
        (found == bytes, end)
    }

    #[test]
    fn content_of_any_length_is_read_as_it_is() {
        for length in [
            0,
            1,
            READ_HERE - 1,
            READ_HERE,
            READ_HERE + 1,
            READ_HERE + PART,
            READ_HERE + 5 * PART + 7,
        ] {
            let (is_same, end) = read(length, None);
            assert!(is_same, "{length}");
            assert_eq!(end.unwrap(), length);
        }
    }

    #[test]
    fn errors_and_panics_of_the_other_thread_are_errors_here() {
        for length in [10, READ_HERE + 3 * PART + 1] {
            let (_, end) = read(length, Some("the disk is gone"));
            assert_eq!(end.unwrap_err().to_string(), "the disk is gone");
        }
        let (_, end) = read(READ_HERE + 3 * PART + 1, Some("panic"));
        assert!(end.unwrap_err().to_string().starts_with("it is damaged"));
    }
}
