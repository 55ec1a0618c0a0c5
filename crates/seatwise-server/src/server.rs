//! Sockets: accepts connections, serves them within the limits, and shuts down in order.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::BoxFuture;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use seatwise_store::Store;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::config::Config;
use crate::plumbing::connection_cutter::{ConnectionCutter, Line};
use crate::plumbing::header_case;
use crate::plumbing::idle::Activity;
use crate::plumbing::patience::Patience;
use crate::plumbing::seats::{OnReserve, Seat, Seats};
use crate::plumbing::tls::Tls;
use crate::plumbing::unreadable::{self, Exchanges, Unreadable};
use crate::router::Answers;
use crate::start_error::StartError;
use crate::state::AppState;

/// The largest request head that hyper reads. The limits reject most large ones before.
const HEAD_BUFFER: usize = 64 * 1024;

/// The longest time to receive a request head on a reserved connection.
const RESERVE_TIMEOUT: Duration = Duration::from_secs(5);

/// The pause if the system has no more sockets or memory.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// A server that listens, but does not answer yet.
pub struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    app: Arc<AppState>,
    tls: Option<Tls>,
    config: Config,
    pages: Router<Arc<AppState>>,
}

impl Server {
    /// Checks the configuration and binds the address.
    ///
    /// # Errors
    ///
    /// If the configuration is unsafe (see [`AppState::new`]), the certificate cannot be used, or
    /// the address cannot be bound.
    pub async fn bind(config: Config, store: Store) -> Result<Self, StartError> {
        let app = AppState::new(&config, store)?;
        let tls = config.tls.clone();
        let tls = tls
            .map(|files| Tls::open(files, &app.metrics))
            .transpose()?;
        let listen = |source| StartError::Listen {
            listen: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let local_addr = listener.local_addr().map_err(listen)?;
        Ok(Self {
            listener,
            local_addr,
            app,
            tls,
            config,
            pages: Router::new(),
        })
    }

    /// The address, with the actual port if port 0 was requested.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Adds pages beside the API.
    pub fn with_pages(self, pages: Router<Arc<AppState>>) -> Self {
        Self { pages, ..self }
    }

    /// The state that requests share.
    pub fn app(&self) -> Arc<AppState> {
        Arc::clone(&self.app)
    }

    /// Publishes the stored data, so that the first request finds it.
    pub async fn refresh_now(&self) {
        self.app.refresh_now().await;
    }

    /// Answers until `shutdown` completes. Then running requests can finish within the limit.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let answers = Answers::with_pages(Arc::clone(&self.app), self.pages);
        let connections = Connections::new(&self.config, self.tls, answers).await;
        let published = Arc::clone(&self.app.published);
        let refreshing = published.keep_fresh(self.config.poll_interval);
        let duties = self.app.duties();
        let tidying = Arc::clone(&self.app.snapshots).keep_tidy(&duties);
        let folder = self.app.import_folder.clone();
        let importing = async {
            match folder {
                Some(folder) => folder.keep_looking().await,
                None => std::future::pending().await,
            }
        };

        tracing::info!(address = %self.local_addr, "listening");
        tokio::select! {
            connections = connections.accept_until(&self.listener, shutdown) => {
                // A closed port refuses clients at once. An open one would let them wait.
                drop(self.listener);
                connections.finish(self.config.limits.shutdown_grace).await;
                self.app.published.end().await;
            }
            never = refreshing => match never {},
            never = importing => match never {},
            never = tidying => match never {},
        }
    }
}

/// The open connections, and how to serve new ones.
struct Connections {
    tls: Option<Tls>,
    handshake_timeout: Duration,
    write_timeout: Duration,
    http: http1::Builder,
    answers: Answers,
    /// Whether faults can cut connections.
    emulated: bool,
    seats: Seats,
    graceful: GracefulShutdown,
    open: JoinSet<()>,
}

impl Connections {
    async fn new(config: &Config, tls: Option<Tls>, answers: Answers) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(config.limits.header_read_timeout)
            .max_buf_size(HEAD_BUFFER)
            .title_case_headers(true);
        Self {
            tls,
            handshake_timeout: config.limits.handshake_timeout,
            write_timeout: config.limits.write_timeout,
            http,
            answers: answers.with_header_case(header_case::documented().await),
            emulated: config.emulator.is_some(),
            seats: Seats::new(&config.limits),
            graceful: GracefulShutdown::new(),
            open: JoinSet::new(),
        }
    }

    async fn accept_until(
        mut self,
        listener: &TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> Self {
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => return self,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let Some(of_peer) = self.seats.of_peer(peer.ip()) else {
                        tracing::debug!(%peer, "an address has as many connections as it may");
                        continue;
                    };
                    let seat = tokio::select! {
                        () = &mut shutdown => return self,
                        seat = self.seats.seat() => seat,
                    };
                    // Remove connections that have ended.
                    while self.open.try_join_next().is_some() {}
                    let connection = self.serve(stream, &seat);
                    self.open.spawn(async move {
                        connection.await;
                        drop((seat, of_peer));
                    });
                }
                Err(err) if is_of_one_connection(&err) => {}
                Err(err) => {
                    tracing::error!(error = %err, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Serves a connection. The future is boxed, so that this crate compiles it: a crate that awaits
    /// it would compile it again, for size.
    fn serve(&self, stream: TcpStream, seat: &Seat) -> BoxFuture<'static, ()> {
        // Responses are written in one piece, so Nagle's algorithm would only delay their end.
        let _ = stream.set_nodelay(true);
        let mut conversation = Conversation {
            acceptor: self.tls.as_ref().map(Tls::acceptor),
            handshake_timeout: self.handshake_timeout,
            write_timeout: self.write_timeout,
            http: self.http.clone(),
            answers: self.answers.clone(),
            activity: seat.activity.clone(),
            watcher: self.graceful.watcher(),
        };
        if seat.is_reserve {
            conversation.be_brief();
        }
        let cutter = self.emulated.then(ConnectionCutter::default);
        Box::pin(async move {
            match cutter {
                Some(cutter) => conversation.cuttable(stream, cutter).await,
                None => conversation.hold(stream).await,
            }
        })
    }

    async fn finish(self, grace: Duration) {
        if tokio::time::timeout(grace, self.graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!(?grace, "requests that were still running were cut off");
        }
        // Dropping `self.open` ends all remaining connections.
    }
}

/// What one connection needs.
struct Conversation {
    acceptor: Option<TlsAcceptor>,
    handshake_timeout: Duration,
    write_timeout: Duration,
    http: http1::Builder,
    answers: Answers,
    activity: Activity,
    watcher: Watcher,
}

impl Conversation {
    /// Configures a reserved connection: it serves one probe.
    fn be_brief(&mut self) {
        self.http
            .header_read_timeout(RESERVE_TIMEOUT)
            .keep_alive(false);
        self.answers = self.answers.clone().of_connection(OnReserve);
    }

    /// Serves a connection that faults can cut.
    async fn cuttable(mut self, stream: TcpStream, cutter: ConnectionCutter) {
        self.answers = self.answers.of_connection(cutter.clone());
        self.hold(Line::new(stream, cutter)).await;
    }

    /// Serves the connection, until it must end for another one.
    async fn hold(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let activity = self.activity.clone();
        tokio::select! {
            () = self.secure(stream) => {}
            () = activity.has_to_end() => {
                tracing::debug!("a connection without a request gave way to another one");
            }
        }
    }

    /// Serves the connection, with TLS if there is a certificate.
    async fn secure(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let stream = Patience::new(stream, self.activity.clone(), self.write_timeout);
        let Some(acceptor) = &self.acceptor else {
            return self.speak(stream).await;
        };
        match tokio::time::timeout(self.handshake_timeout, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.speak(stream).await,
            Ok(Err(err)) => tracing::debug!(error = %err, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }

    /// Serves HTTP.
    async fn speak(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let (exchanges, stream) = Exchanges::over(stream);
        let (service, activity) = (exchanges.service(self.answers.clone()), self.activity);
        let service = service_fn(move |request| {
            let (answering, answer) = (activity.begin(), service.call(request));
            async move {
                let answer = answer.await;
                drop(answering);
                answer
            }
        });
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        let Err(err) = self.watcher.watch(connection).await else {
            return;
        };
        match exchanges.unanswered(&err) {
            Some(stream) => {
                unreadable::answer(Unreadable::of(&err), stream, self.http, self.answers).await;
            }
            // A client that disconnects or is slow is not a problem of the operator.
            None => tracing::debug!(error = %err, "a connection ended early"),
        }
    }
}

/// Whether the error is only about the connection to accept.
fn is_of_one_connection(err: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        err.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
