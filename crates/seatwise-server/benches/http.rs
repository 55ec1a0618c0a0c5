//! How many requests a second are answered with a published answer, beside a bare axum server that
//! gives the same bytes.
//!
//! `cargo bench --workspace --bench http` prints one line for each number of connections: the median of
//! five rounds, in each of which both servers are asked for two seconds, one after the other. Server and
//! client share the processors of one computer.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print")]

use std::io::BufWriter;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::response::IntoResponse as _;
use axum::routing::get;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use jiff::civil::date;
use seatwise_portfolio::{Portfolio, Recipe};
use seatwise_server::{Config, DevIdentity, Server, TokenRequest};
use seatwise_store::Store;
use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_types::PartnerId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

type Failed = Box<dyn std::error::Error + Send + Sync>;

const PATH: &str = "/v1/analytics/licenses/usage";
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (seatwise, token) = seatwise(folder.path()).await?;
    let request = format!(
        "GET {PATH} HTTP/1.1\r\nHost: {seatwise}\r\nAuthorization: Bearer {token}\r\n\
         Accept: application/json\r\nMS-RequestId: 6b588e9b-1d02-471a-bce2-79374497c24e\r\n\
         MS-CorrelationId: 2ad9fa68-6f3a-4f3c-9a2b-6b0c0e7b5d1f\r\nUser-Agent: bench\r\n\r\n"
    );
    let answer = one_answer(seatwise, &request).await?;
    let bare = bare(&answer).await?;
    println!("an answer has {} bytes with its head", answer.len());
    for connections in [1, 32, 64] {
        let (mut ours, mut peers) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(asked(seatwise, &request, connections)?);
            peers.push(asked(bare, &request, connections)?);
        }
        let (ours, peers) = (median(ours), median(peers));
        println!(
            "{connections} connections: {ours:.0} a second; axum alone: {peers:.0}; ratio {:.2}",
            ours / peers
        );
    }
    Ok(())
}

/// A server with a made-up partner's figures, and a token for them.
async fn seatwise(folder: &std::path::Path) -> Result<(SocketAddr, String), Failed> {
    let portfolio = Portfolio::new(Recipe {
        seed: 1,
        customers: 50,
        days: 2,
        last_day: date(2026, 10, 31),
    });
    let partner = PartnerId::new(portfolio.partner_id());
    let csv = folder.join("usage.csv");
    portfolio.usage_csv(BufWriter::new(std::fs::File::create(&csv)?))?;
    let store = Store::create(&folder.join("data"))?;
    let (options, inputs) = (ImportOptions::new(partner), vec![Input::File(csv)]);
    let now: Timestamp = "2026-11-01T00:00:00Z".parse()?;
    import(&store, &options, inputs, now, Arc::new(Progress::default())).await?;

    let identity = DevIdentity::open_or_create(folder)?;
    let token = identity.issue(
        &TokenRequest {
            partner,
            user: "admin@partner.example".to_owned(),
            app_only: false,
            write: false,
            expires_in: Duration::from_secs(3600),
        },
        now,
    )?;
    let ids = std::sync::atomic::AtomicU64::new(0);
    let new_id = Arc::new(move || {
        let id = ids.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Uuid::from_u64_pair(0x6b58_8e9b_1d02_471a, id)
    });
    let mut config = Config::new("127.0.0.1:0".parse()?, Arc::new(move || now), new_id);
    config.dev_identity = Some(identity);
    let server = Server::bind(config, store).await?;
    server.refresh_now().await;
    let address = server.local_addr();
    tokio::spawn(server.serve(std::future::pending()));
    Ok((address, token))
}

/// A server that gives this answer and knows nothing of it.
async fn bare(answer: &[u8]) -> Result<SocketAddr, Failed> {
    let text = String::from_utf8_lossy(answer);
    let (head, _) = text.split_once("\r\n\r\n").ok_or("an answer has a head")?;
    let body = bytes::Bytes::copy_from_slice(&answer[head.len() + 4..]);
    let mut headers = HeaderMap::new();
    for line in head.lines().skip(1) {
        let (name, value) = line.split_once(": ").ok_or("a header has a value")?;
        // These two hyper writes itself.
        if !["content-length", "date"].contains(&name.to_ascii_lowercase().as_str()) {
            headers.insert(
                HeaderName::from_bytes(name.as_bytes())?,
                HeaderValue::from_str(value)?,
            );
        }
    }
    let answer = move || {
        let answer = (headers.clone(), body.clone());
        async move { answer.into_response() }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().route(PATH, get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

async fn one_answer(server: SocketAddr, request: &str) -> Result<Vec<u8>, Failed> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&answer);
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.parse::<usize>().ok())?
            });
            let length = length.ok_or_else(|| format!("no length: {head}"))?;
            if !head.starts_with("HTTP/1.1 200") {
                return Err(head.to_owned().into());
            }
            if answer.len() == head.len() + 4 + length {
                return Ok(answer);
            }
        }
        if stream.read_buf(&mut answer).await? == 0 {
            return Err("the connection ended".into());
        }
    }
}

/// How many requests a second are answered on so many connections. The client has a thread of its own.
fn asked(server: SocketAddr, request: &str, connections: usize) -> Result<f64, Failed> {
    let client = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            // Answers of one server have one length.
            let length = one_answer(server, request).await?.len();
            let (started, request) = (Instant::now(), Arc::new(request.to_owned()));
            let asking = (0..connections).map(|_| {
                let request = Arc::clone(&request);
                tokio::spawn(async move {
                    let mut stream = TcpStream::connect(server).await?;
                    stream.set_nodelay(true)?;
                    let (mut answer, mut count) = (vec![0; length], 0_u64);
                    while started.elapsed() < ROUND {
                        stream.write_all(request.as_bytes()).await?;
                        stream.read_exact(&mut answer).await?;
                        count += 1;
                    }
                    std::io::Result::Ok(count)
                })
            });
            let mut total = 0;
            for task in asking.collect::<Vec<_>>() {
                total += task.await??;
            }
            Ok(total as f64 / started.elapsed().as_secs_f64())
        })
    };
    std::thread::scope(|scope| {
        let client = scope.spawn(client);
        // The servers go on on the other threads of this runtime.
        tokio::task::block_in_place(|| client.join().expect("the client does not panic"))
    })
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
