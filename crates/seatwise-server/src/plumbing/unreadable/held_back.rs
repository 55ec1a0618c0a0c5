//! A stream that suppresses hyper's own responses.
//!
//! hyper writes a response of its own only if it failed to read a request, and after everything
//! before was written and flushed. So whatever is written while the router answers no request is
//! such a response.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::refusal::Unreadable;
use crate::router::Answers;

/// The shared state of a connection's stream and service, and the stream after hyper dropped it.
pub(crate) struct Exchanges<S> {
    answering: Arc<Answering>,
    stream: Arc<Mutex<Option<S>>>,
}

/// Whether the router is answering.
#[derive(Default)]
struct Answering {
    /// Set from the request until the response is flushed.
    has_begun: AtomicBool,
    /// The number of running handlers and unfinished bodies: 0 or 1.
    running: AtomicUsize,
    /// Whether a response of hyper was suppressed.
    held_back: AtomicBool,
}

impl<S> Exchanges<S> {
    pub(crate) fn over(stream: S) -> (Self, HeldBack<S>) {
        let exchanges = Self {
            answering: Arc::default(),
            stream: Arc::default(),
        };
        let stream = HeldBack {
            stream: Some(stream),
            answering: Arc::clone(&exchanges.answering),
            returned: Arc::clone(&exchanges.stream),
        };
        (exchanges, stream)
    }

    /// The service for hyper.
    pub(crate) fn service(
        &self,
        answers: Answers,
    ) -> impl Service<
        Request<Incoming>,
        Response = Response<RunningBody>,
        Error = Infallible,
        Future: Send,
    > + Send
    + use<S> {
        let answering = Arc::clone(&self.answering);
        service_fn(move |mut request: Request<Incoming>| {
            let running = Running::begin(&answering);
            if let Some(fault) = Unreadable::by_its_host(request.version(), request.headers()) {
                request.extensions_mut().insert(fault);
            }
            let answer = answers.answer(request);
            async move {
                Ok(answer.await.map(|body| RunningBody {
                    body,
                    _running: running,
                }))
            }
        })
    }

    /// The stream, if hyper ended with this error because it could not read a request.
    pub(crate) fn unanswered(&self, err: &hyper::Error) -> Option<S> {
        let held_back = self.answering.held_back.load(Ordering::Relaxed);
        let mut stream = self.stream.lock();
        stream
            .take()
            .filter(|_| held_back || err.is_parse_version_h2())
    }
}

/// Marks a request as being answered, until this is dropped.
struct Running(Arc<Answering>);

impl Running {
    fn begin(answering: &Arc<Answering>) -> Self {
        answering.has_begun.store(true, Ordering::Relaxed);
        answering.running.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(answering))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of a response, which is unfinished until this is dropped.
pub(crate) struct RunningBody {
    body: Body,
    _running: Running,
}

impl hyper::body::Body for RunningBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        hyper::body::Body::size_hint(&self.body)
    }
}

/// The stream of a connection, without hyper's own responses.
pub(crate) struct HeldBack<S> {
    /// `Some` until this is dropped.
    stream: Option<S>,
    answering: Arc<Answering>,
    returned: Arc<Mutex<Option<S>>>,
}

impl<S: Unpin> HeldBack<S> {
    fn stream(&mut self) -> io::Result<Pin<&mut S>> {
        let stream = self.stream.as_mut().map(Pin::new);
        stream.ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// The stream, if the router writes.
    fn for_an_answer(self: Pin<&mut Self>) -> io::Result<Option<Pin<&mut S>>> {
        let this = self.get_mut();
        if this.answering.has_begun.load(Ordering::Relaxed) {
            return this.stream().map(Some);
        }
        this.answering.held_back.store(true, Ordering::Relaxed);
        Ok(None)
    }
}

impl<S> Drop for HeldBack<S> {
    fn drop(&mut self) {
        let mut returned = self.returned.lock();
        *returned = self.stream.take();
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for HeldBack<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.get_mut().stream()?.poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HeldBack<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.for_an_answer()? {
            Some(stream) => stream.poll_write(context, bytes),
            None => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.stream()?.poll_flush(context))?;
        // hyper flushes after it has written everything.
        if this.answering.running.load(Ordering::Relaxed) == 0 {
            this.answering.has_begun.store(false, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.answering.held_back.load(Ordering::Relaxed) {
            // The router's response follows.
            return Poll::Ready(Ok(()));
        }
        this.stream()?.poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.for_an_answer()? {
            Some(stream) => stream.poll_write_vectored(context, parts),
            None => Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum())),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream
            .as_ref()
            .is_some_and(AsyncWrite::is_write_vectored)
    }
}
