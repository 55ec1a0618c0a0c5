//! Bounds on requests and connections, as settings.

use std::time::Duration;

/// Bounds on requests and connections.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The most bytes of path and query. Default: 8 KiB. Beyond: 414.
    pub uri: usize,
    /// The most bytes of the method and of all header names and values. Default: 32 KiB, twice the
    /// longest token. Beyond: 431, as with a request head of more than 64 KiB or 100 headers, which
    /// hyper does not read.
    pub headers: usize,
    /// The most bytes of a body, except that of an import. Default: 16 KiB. Beyond: 413. The
    /// development identity and the emulator read bodies.
    pub body: usize,
    /// The longest TLS handshake. Default: 10 seconds. Beyond: the connection is closed.
    pub handshake_timeout: Duration,
    /// The longest time to receive a request head, and for which a connection can be idle. Default:
    /// 20 seconds. Beyond: the connection is closed.
    pub header_read_timeout: Duration,
    /// The longest time to work on a request. Default: 30 seconds. Beyond: 503.
    pub request_timeout: Duration,
    /// The longest time in which a client must read 64 KiB of a response, or its end. Default: 30
    /// seconds. Beyond: the connection is closed.
    pub write_timeout: Duration,
    /// The most connections. Default: 1024. Beyond: a new connection replaces the one that has
    /// waited longest for a request.
    pub connections: usize,
    /// The most connections of one address, or of one IPv6 network (/64). Default: no limit.
    /// Beyond: the connection is closed. Set no limit behind a proxy, because all clients have its
    /// address.
    pub connections_per_peer: Option<usize>,
    /// Additional connections for `/healthz`, `/readyz` and `/metrics` while all others answer
    /// requests. Default: 16. They answer everything else with 503. Beyond: connections wait to be
    /// accepted.
    pub probe_connections: usize,
    /// The most bytes of an import's body. Default: 1 GiB. Beyond: 413.
    pub import_body: u64,
    /// The most bytes of an import's unpacked body. Default: 16 GiB. Beyond: 400.
    pub import_unpacked: u64,
    /// The longest pause while an import's body arrives. Default: 30 seconds. Beyond: 408.
    pub import_idle: Duration,
    /// The longest time of an import. Default: one hour. Beyond: 503, but a complete body is still
    /// stored.
    pub import_timeout: Duration,
    /// The longest time in which an import's body must arrive. Default: 15 minutes. Beyond: 408.
    pub import_body_timeout: Duration,
    /// The longest time to read the rows of a body. Default: 15 minutes. Beyond: 400, and nothing
    /// of the body is stored.
    pub import_reading: Duration,
    /// The most imports that run at the same time. Default: 2. Others wait with their bodies. If
    /// too many wait: 503.
    pub imports: usize,
    /// The most of them for one partner. Default: 1.
    pub imports_per_partner: usize,
    /// The most bytes of memory for all queries together. Default: 1 GiB. Half of it is counted
    /// exactly: the state of queries, decoded rows, rows that are cached, and responses until they
    /// are sent. The other half is for the buffers of files that are being read, which the engine
    /// does not count. A query that needs more than is left gets 503, or 400 if it had all of the
    /// memory.
    pub memory: u64,
    /// The most queries that run at the same time; four times as many can wait. Default: 4.
    /// Published answers, and answers from rows in memory, are not limited.
    pub questions: usize,
    /// The most of them for one partner. Default: 2.
    pub questions_per_partner: usize,
    /// The longest time for which a query waits. Default: 10 seconds. Beyond: 503.
    pub question_wait: Duration,
    /// The time in which running requests must finish at shutdown. Default: 10 seconds.
    pub shutdown_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            uri: 8 * 1024,
            headers: 32 * 1024,
            body: 16 * 1024,
            handshake_timeout: Duration::from_secs(10),
            header_read_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            connections: 1024,
            connections_per_peer: None,
            probe_connections: 16,
            import_body: 1 << 30,
            import_unpacked: 16 << 30,
            import_idle: Duration::from_secs(30),
            import_timeout: Duration::from_secs(3600),
            import_body_timeout: Duration::from_mins(15),
            import_reading: Duration::from_mins(15),
            imports: 2,
            imports_per_partner: 1,
            memory: 1 << 30,
            questions: 4,
            questions_per_partner: 2,
            question_wait: Duration::from_secs(10),
            shutdown_grace: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// The part of the memory that is counted exactly.
    pub(crate) fn counted_memory(&self) -> u64 {
        self.memory / 2
    }
}
