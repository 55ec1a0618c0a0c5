//! Ends connections whose client does not read its response.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::plumbing::idle::Activity;

/// The bytes that a client must read within the time limit, unless there are fewer.
const ENOUGH: usize = 64 * 1024;

/// A connection that ends if its client stops reading. It reports when everything is sent.
pub(crate) struct Patience<S> {
    stream: S,
    activity: Activity,
    longest: Duration,
    /// The time limit, set while the client reads less than is written.
    end: Option<Pin<Box<Sleep>>>,
    /// The bytes read by the client since the limit was set.
    taken: usize,
}

impl<S> Patience<S> {
    pub(crate) fn new(stream: S, activity: Activity, longest: Duration) -> Self {
        Self {
            stream,
            activity,
            longest,
            end: None,
            taken: 0,
        }
    }

    /// Handles the result of a write.
    fn wrote(
        &mut self,
        cx: &mut Context<'_>,
        wrote: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match wrote {
            Poll::Ready(Ok(bytes)) => {
                self.taken += bytes;
                if self.taken >= ENOUGH {
                    self.end = None;
                }
                wrote
            }
            Poll::Ready(Err(_)) => wrote,
            Poll::Pending => {
                let end = self.end.get_or_insert_with(|| {
                    self.taken = 0;
                    Box::pin(sleep(self.longest))
                });
                ready!(end.as_mut().poll(cx));
                let err = "the client does not read what it asked for";
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, err)))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patience<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(cx, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.wrote(cx, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // hyper flushes after it has written everything.
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        self.end = None;
        self.activity.sent();
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patience<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;
    use crate::plumbing::idle::Idle;

    const SHORT: Duration = Duration::from_millis(10);
    const LONG: Duration = Duration::from_secs(3600);

    fn patience<S>(stream: S, longest: Duration) -> Patience<S> {
        Patience::new(stream, Idle::default().connection(), longest)
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (_client, server) = duplex(1024);
        let mut server = patience(server, SHORT);
        let wrote = server.write_all(&[0; 4096]).await;
        assert_eq!(wrote.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_takes_a_byte_now_and_then_is_given_up() {
        let (mut client, server) = duplex(1024);
        let mut server = patience(server, SHORT);
        let trickle = async {
            loop {
                client.read_u8().await.unwrap();
                tokio::time::sleep(SHORT / 10).await;
            }
        };
        tokio::select! {
            wrote = server.write_all(&[0; 4096]) => {
                assert_eq!(wrote.unwrap_err().kind(), io::ErrorKind::TimedOut);
            }
            () = trickle => {}
        }
    }

    #[tokio::test]
    async fn a_client_that_reads_has_all_the_time_again() {
        let (mut client, server) = duplex(1024);
        let mut server = patience(server, LONG);
        let fill = async |server: &mut Patience<_>| {
            let blocked = server.write_all(&[0; 4096]).now_or_never();
            assert!(blocked.is_none());
            assert!(server.end.is_some());
        };
        fill(&mut server).await;
        // The client read the end of its response.
        let mut answer = vec![0; 1024];
        client.read_exact(&mut answer).await.unwrap();
        server.flush().await.unwrap();
        assert!(server.end.is_none());

        fill(&mut server).await;
        // The client read enough, and there is more.
        let (mut taken, answer) = (vec![0; ENOUGH], vec![0; ENOUGH]);
        let (read, written) =
            tokio::join!(client.read_exact(&mut taken), server.write_all(&answer));
        read.unwrap();
        written.unwrap();
        assert!(server.end.is_none());
    }
}
