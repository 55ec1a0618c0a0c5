//! The log on standard error. A server's log has a thread that writes it, so that no request waits
//! for the disk or for another request's log line.
//!
//! No line is lost: if [`ROOM`] is full because the disk is slow, logging blocks until there is
//! room, and the end of the process waits for all lines.

use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// The most bytes of lines that wait to be written: a few thousand lines.
const ROOM: usize = 1024 * 1024;

/// How long lines are gathered, to write many of them at once.
const GATHERING: Duration = Duration::from_millis(5);

/// The thread that writes the log of a server. Dropping this waits until everything is written: do
/// it at the end of the process, before you print anything.
pub struct Log {
    waiting: Arc<Waiting>,
    thread: Option<JoinHandle<()>>,
}

impl Log {
    /// Starts the log of a server: all lines of Seatwise, as text or, if `is_json`, as JSON.
    /// `RUST_LOG` overrides which lines there are. `None` if the system cannot start a thread: then
    /// each line is written where it is made.
    pub fn of_server(is_json: bool) -> Option<Self> {
        let log = Self::over(io::stderr()).ok();
        let writer = match &log {
            Some(log) => BoxMakeWriter::new(Lines(Arc::clone(&log.waiting))),
            None => BoxMakeWriter::new(io::stderr),
        };
        let lines = "warn,seatwise=info,seatwise_service=info,seatwise_server=info,\
                     seatwise_emulator=info,seatwise_web=info,seatwise_collect=info,\
                     rustls_platform_verifier=off";
        start(lines, is_json, writer);
        log
    }

    /// Starts the log of any other command, which needs no thread: warnings of the store, and
    /// errors. `RUST_LOG` overrides this.
    pub fn of_command() {
        // Log lines appear among other output. Conflicts between writers are expected, and the
        // error of a request already reports a bad certificate, so both are left out.
        let lines = "error,seatwise_store=warn,rustls_platform_verifier=off";
        start(lines, false, BoxMakeWriter::new(io::stderr));
    }
}

fn start(lines: &str, is_json: bool, writer: BoxMakeWriter) {
    let filter = EnvFilter::builder()
        .try_from_env()
        .unwrap_or_else(|_| EnvFilter::new(lines));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(io::stderr().is_terminal());
    match is_json {
        true => log.json().init(),
        false => log.init(),
    }
}

/// The lines that are not yet written.
#[derive(Default)]
struct Waiting {
    text: Mutex<Text>,
    /// Signals that there are lines, that half of [`ROOM`] is used, or the end.
    news: Condvar,
    /// Signals that there is room again.
    room: Condvar,
}

#[derive(Default)]
struct Text {
    lines: Vec<u8>,
    /// The thread ends after these lines.
    is_last: bool,
}

/// The writer for the formatter of lines. Each write is one line.
struct Lines(Arc<Waiting>);

impl Log {
    /// Starts the thread, which writes to `to`.
    ///
    /// # Errors
    ///
    /// If the system cannot start a thread.
    fn over(mut to: impl Write + Send + 'static) -> io::Result<Self> {
        let waiting = Arc::<Waiting>::default();
        let thread = {
            let waiting = Arc::clone(&waiting);
            let write = move || {
                let mut lines = Vec::new();
                while waiting.take(&mut lines) {
                    // An error of standard error cannot be reported anywhere.
                    to.write_all(&lines).and_then(|()| to.flush()).ok();
                    lines.clear();
                }
            };
            thread::Builder::new().name("log".to_owned()).spawn(write)?
        };
        Ok(Self {
            waiting,
            thread: Some(thread),
        })
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.waiting.text.lock().is_last = true;
        self.waiting.news.notify_one();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Waiting {
    /// Waits for lines, and swaps them with an empty buffer. Returns false at the end.
    fn take(&self, empty: &mut Vec<u8>) -> bool {
        let is_empty = |text: &mut Text| text.lines.is_empty() && !text.is_last;
        let gather = |text: &mut Text| !text.is_last && text.lines.len() < ROOM / 2;
        let mut text = self.text.lock();
        self.news.wait_while(&mut text, is_empty);
        self.news.wait_while_for(&mut text, gather, GATHERING);
        std::mem::swap(&mut text.lines, empty);
        self.room.notify_all();
        !empty.is_empty()
    }

    /// Adds a line as soon as there is room.
    fn add(&self, line: &[u8]) -> io::Result<()> {
        let is_full = |text: &mut Text| text.lines.len() >= ROOM && !text.is_last;
        let mut text = self.text.lock();
        self.room.wait_while(&mut text, is_full);
        if text.is_last {
            // The thread has ended, or is about to.
            return io::stderr().write_all(line);
        }
        let before = text.lines.len();
        text.lines.extend_from_slice(line);
        if before == 0 || (before < ROOM / 2 && text.lines.len() >= ROOM / 2) {
            self.news.notify_one();
        }
        Ok(())
    }
}

impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.add(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A slow disk: each write waits for the test, and then reports its bytes.
    struct Slow {
        let_it: mpsc::Receiver<()>,
        took: mpsc::Sender<Vec<u8>>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // After the test drops its end, writes no longer wait.
            self.let_it.recv().ok();
            self.took.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_slow_disk_gets_each_line_in_its_order_and_memory_is_bounded() {
        const LINES: usize = 50_000;
        let (hold, let_it) = mpsc::channel();
        let (took, taken) = mpsc::channel();
        let log = Log::over(Slow { let_it, took }).unwrap();
        let line = |thread: usize, number: usize| format!("{thread} {number:060}\n");
        let writers = [0, 1].map(|thread| {
            let lines = Lines(Arc::clone(&log.waiting));
            thread::spawn(move || {
                for number in 0..LINES {
                    lines
                        .make_writer()
                        .write_all(line(thread, number).as_bytes())
                        .unwrap();
                }
            })
        });
        // While the disk is blocked, waiting lines grow up to the bound. Then both writers wait.
        while log.waiting.text.lock().lines.len() < ROOM {
            thread::yield_now();
        }
        assert!(writers.iter().all(|writer| !writer.is_finished()));
        drop(hold);
        for writer in writers {
            writer.join().unwrap();
        }
        drop(log);

        let pieces: Vec<_> = taken.iter().collect();
        let longest = pieces.iter().map(Vec::len).max().unwrap();
        assert!(longest < ROOM + 2 * line(0, 0).len(), "{longest}");
        let text = String::from_utf8(pieces.concat()).unwrap();
        for thread in [0, 1] {
            let name = format!("{thread} ");
            let lines = text
                .split_inclusive('\n')
                .filter(|line| line.starts_with(&name));
            assert!(lines.eq((0..LINES).map(|number| line(thread, number))));
        }
    }
}
