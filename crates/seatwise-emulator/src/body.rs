//! Bodies that arrive slowly or incomplete.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

/// The number of pieces of a slow body.
const PIECES: usize = 16;

/// The pause before a break, so that the client receives the bytes before it.
const BEFORE_BREAK: Duration = Duration::from_millis(20);

/// A body in pieces, with a pause before each.
pub(crate) struct Piecemeal {
    pieces: VecDeque<Bytes>,
    pause: Duration,
    timer: Pin<Box<Sleep>>,
    /// The rest of the announced length.
    announced: u64,
    breaks: bool,
}

impl Piecemeal {
    /// Sends the body in this time; half of it if it breaks.
    pub(crate) fn slow(body: Bytes, over: Duration, breaks: bool) -> Self {
        let announced = body.len() as u64;
        let sent = if breaks { first_half(&body) } else { body };
        let length = sent.len().div_ceil(PIECES).max(1);
        let pieces: VecDeque<Bytes> = (0..sent.len())
            .step_by(length)
            .map(|begin| sent.slice(begin..sent.len().min(begin + length)))
            .collect();
        let count = u32::try_from(pieces.len()).unwrap_or(u32::MAX).max(1);
        let pause = over / count;
        Self {
            pieces,
            pause,
            timer: Box::pin(sleep(pause)),
            announced,
            breaks,
        }
    }

    /// Sends the first half and then breaks, with the length of the whole body.
    pub(crate) fn truncated(body: &Bytes) -> Self {
        Self {
            pieces: VecDeque::from([first_half(body)]),
            pause: BEFORE_BREAK,
            timer: Box::pin(sleep(Duration::ZERO)),
            announced: body.len() as u64,
            breaks: true,
        }
    }
}

fn first_half(body: &Bytes) -> Bytes {
    body.slice(..body.len() / 2)
}

impl Body for Piecemeal {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.pieces.is_empty() && !self.breaks {
            return Poll::Ready(None);
        }
        ready!(self.timer.as_mut().poll(context));
        let Some(piece) = self.pieces.pop_front() else {
            let broken = io::Error::other("the body ends early, as it was asked for");
            return Poll::Ready(Some(Err(broken)));
        };
        let next = Instant::now() + self.pause;
        self.timer.as_mut().reset(next);
        self.announced = self.announced.saturating_sub(piece.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && !self.breaks
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
