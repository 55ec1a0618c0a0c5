//! Measures the requests per second for a published answer, compared with a bare axum server that
//! returns the same bytes and checks nothing.
//!
//! `cargo build --release && cargo bench -p seatwise-server --bench http` prints, for each number
//! of connections, the figures of the bare server, of the binary without a log, and of the binary
//! with the default log in a file. A figure is the median of seven rounds. In each round, all
//! servers get requests for a second each, one after the other. Each server is a separate process,
//! and shares the processors with the client. To measure another binary, add `-- PATH`.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print")]

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::response::IntoResponse as _;
use axum::routing::get;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::civil::date;
use seatwise_portfolio::{Portfolio, Recipe};
use seatwise_store::Store;
use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_types::PartnerId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

type Failed = Box<dyn std::error::Error + Send + Sync>;

const PATH: &str = "/v1/analytics/licenses/usage";
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);

/// The argument that makes this program the bare server.
const BARE: &str = "bare";

fn main() -> Result<(), Failed> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [mode, answer] if mode == BARE => return bare(&std::fs::read(answer)?),
        _ => {}
    }
    let binary = arguments.into_iter().find(|it| !it.starts_with("--"));
    let binary = match binary {
        Some(path) => PathBuf::from(path),
        // Beside the folder of this program.
        None => std::env::current_exe()?.with_file_name("../seatwise"),
    };

    let folder = tempfile::tempdir()?;
    fill(folder.path())?;
    let quiet = Server::seatwise(&binary, folder.path(), "quiet", Some("off"))?;
    let logging = Server::seatwise(&binary, folder.path(), "logging", None)?;
    let answer = one_answer(&quiet)?;
    let file = folder.path().join("answer");
    std::fs::write(&file, &answer)?;
    let bare = Server::bare(&file, &quiet.request)?;

    println!("an answer has {} bytes with its head", answer.len());
    let servers = [bare, quiet, logging];
    for connections in [1, 32, 64] {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let mut round = Vec::new();
            for server in &servers {
                round.push(asked(server, connections)?);
            }
            rounds.push(round);
        }
        let median = |figure: &dyn Fn(&Vec<Figure>) -> f64| {
            let mut figures: Vec<_> = rounds.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            figures[figures.len() / 2]
        };
        println!("{connections} connections:");
        for (index, name) in ["axum alone", "seatwise", "with its log"]
            .iter()
            .enumerate()
        {
            println!(
                "  {name}: {:.0} a second, ratio {:.2}, {:.1} µs of processor time an answer",
                median(&|round| round[index].per_second),
                median(&|round| round[index].per_second / round[0].per_second),
                median(&|round| round[index].microseconds),
            );
        }
    }
    for server in &servers {
        println!("memory at the peak: {}", server.peak().unwrap_or_default());
    }
    Ok(())
}

/// The result of one server in one round.
struct Figure {
    per_second: f64,
    /// The server's processor time per response; 0 if unknown.
    microseconds: f64,
}

/// Creates a data folder with a made-up partner.
fn fill(folder: &Path) -> Result<(), Failed> {
    let portfolio = Portfolio::new(Recipe {
        seed: 1,
        customers: 50,
        days: 2,
        last_day: date(2026, 10, 31),
    });
    let partner = PartnerId::new(portfolio.partner_id());
    let csv = folder.join("usage.csv");
    portfolio.usage_csv(BufWriter::new(File::create(&csv)?))?;
    let store = Store::create(&folder.join("data"))?;
    let (options, inputs) = (ImportOptions::new(partner), vec![Input::File(csv)]);
    let now = "2026-11-01T00:00:00Z".parse()?;
    let imported = import(&store, &options, inputs, now, Arc::new(Progress::default()));
    tokio::runtime::Runtime::new()?.block_on(imported)?;
    Ok(())
}

/// A server process, which is killed when this is dropped.
struct Server {
    process: Child,
    address: SocketAddr,
    request: Arc<str>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Server {
    /// The binary, with its log in a file.
    fn seatwise(
        binary: &Path,
        folder: &Path,
        name: &str,
        log: Option<&str>,
    ) -> Result<Self, Failed> {
        let ready = folder.join(format!("{name}.json"));
        let mut command = Command::new(binary);
        command
            .args(["serve", "--dev-identity", "--listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(folder.join("data"))
            .arg("--ready-file")
            .arg(&ready)
            .env_remove("RUST_LOG")
            .stderr(File::create(folder.join(format!("{name}.log")))?);
        if let Some(filter) = log {
            command.env("RUST_LOG", filter);
        }
        let process = command.spawn();
        let mut server = Self {
            process: process.map_err(|err| format!("cannot run `{}`: {err}", binary.display()))?,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            request: "".into(),
        };
        let ready = loop {
            if let Ok(text) = std::fs::read(&ready) {
                break text;
            }
            if let Some(status) = server.process.try_wait()? {
                return Err(format!("the server ended: {status}").into());
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let ready: serde_json::Value = serde_json::from_slice(&ready)?;
        let url = ready["url"]
            .as_str()
            .and_then(|url| url.strip_prefix("http://"));
        let (address, token) = url
            .zip(ready["token"].as_str())
            .ok_or("no address or no token")?;
        server.address = address.parse()?;
        server.request = format!(
            "GET {PATH} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Accept: application/json\r\nMS-RequestId: 6b588e9b-1d02-471a-bce2-79374497c24e\r\n\
             MS-CorrelationId: 2ad9fa68-6f3a-4f3c-9a2b-6b0c0e7b5d1f\r\nUser-Agent: bench\r\n\r\n"
        )
        .into();
        Ok(server)
    }

    /// This program as the bare server.
    fn bare(answer: &Path, request: &Arc<str>) -> Result<Self, Failed> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(BARE)
            .arg(answer)
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or("it has an output")?;
        let mut server = Self {
            process,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            request: Arc::clone(request),
        };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        server.address = line.trim().parse()?;
        Ok(server)
    }

    /// The peak memory of the process, if known.
    fn peak(&self) -> Option<String> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(peak.trim().to_owned())
    }

    /// The processor time of the process in microseconds, if known.
    fn processor_time(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).ok()?;
        // After the name, which can contain blanks, user and system time are the 12th and 13th
        // field.
        let (_, fields) = stat.rsplit_once(") ")?;
        let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<f64>);
        // Linux counts in hundredths of a second.
        Some(ticks.sum::<Result<f64, _>>().ok()? * 10_000.0)
    }
}

/// Answers all requests with these bytes, and prints the address.
#[tokio::main]
async fn bare(answer: &[u8]) -> Result<(), Failed> {
    let text = String::from_utf8_lossy(answer);
    let (head, _) = text.split_once("\r\n\r\n").ok_or("an answer has a head")?;
    let body = bytes::Bytes::copy_from_slice(&answer[head.len() + 4..]);
    let mut headers = HeaderMap::new();
    for line in head.lines().skip(1) {
        let (name, value) = line.split_once(": ").ok_or("a header has a value")?;
        // hyper writes these two itself.
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
    println!("{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let router = Router::new().route(PATH, get(answer));
    axum::serve(listener, router).await?;
    Ok(())
}

/// The requests per second on this many connections, from a client with one thread.
#[tokio::main(flavor = "current_thread")]
async fn asked(server: &Server, connections: usize) -> Result<Figure, Failed> {
    // All responses of a server have the same length.
    let length = answer_on(&mut TcpStream::connect(server.address).await?, server).await?;
    let (address, length) = (server.address, length.len());
    let before = server.processor_time();
    let started = Instant::now();
    let asking = (0..connections).map(|_| {
        let request = Arc::clone(&server.request);
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
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
    let mut total: u64 = 0;
    for task in asking.collect::<Vec<_>>() {
        total += task.await??;
    }
    let took = server
        .processor_time()
        .zip(before)
        .map(|(now, then)| now - then);
    Ok(Figure {
        per_second: total as f64 / started.elapsed().as_secs_f64(),
        microseconds: took.unwrap_or_default() / total as f64,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn one_answer(server: &Server) -> Result<Vec<u8>, Failed> {
    answer_on(&mut TcpStream::connect(server.address).await?, server).await
}

/// Reads one response, which must be a 200, with its head.
async fn answer_on(stream: &mut TcpStream, server: &Server) -> Result<Vec<u8>, Failed> {
    stream.write_all(server.request.as_bytes()).await?;
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
