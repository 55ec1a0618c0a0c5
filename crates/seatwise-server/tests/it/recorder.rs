//! What a thread logs.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

/// Enables every log line on all test threads. Otherwise, a line that a thread without a recorder
/// reaches first would be disabled for all tests.
pub(crate) fn keep_interest() {
    let nowhere = tracing_subscriber::fmt()
        .with_writer(io::sink)
        .with_max_level(tracing::Level::TRACE)
        .finish();
    // Only the first call succeeds, which is enough.
    tracing::subscriber::set_global_default(nowhere).ok();
}

/// The log of this thread while the guard exists.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn record() -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(log.clone())
            .with_max_level(tracing::Level::TRACE)
            .without_time()
            .with_ansi(false)
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// The lines of the server and the emulator, with durations replaced.
    pub(crate) fn text(&self) -> String {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text
            .lines()
            .filter(|line| line.contains("seatwise_server") || line.contains("seatwise_emulator"));
        let lines = lines.map(|line| {
            let Some((before, rest)) = line.split_once("duration_ms=") else {
                return line.to_owned();
            };
            let (duration, after) = rest.split_once(' ').unwrap_or((rest, ""));
            assert!(duration.parse::<f64>().unwrap() >= 0.0);
            format!("{before}duration_ms=_ {after}")
                .trim_end()
                .to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
