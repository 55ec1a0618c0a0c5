//! Measures the time of each response at full size, and the server's memory, compared with the
//! limits.
//!
//! `cargo bench -p seatwise --bench answers -- FOLDER` makes a partner with 5,000 customers and 365
//! days, and one with 100,000 customers and one day, using the binary itself. It keeps both in the
//! folder, so the next run starts at once. Then it serves each, and measures HTTP responses: the
//! median of five, after one that does not count if a row says "again". `-- FOLDER 500 60` makes
//! 500 customers and 60 days.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print")]
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

type Failed = Box<dyn std::error::Error>;

const BINARY: &str = env!("CARGO_BIN_EXE_seatwise");

/// The number of measurements of each query.
const TIMES: usize = 5;

/// The last day of the made-up data.
const LAST_DAY: &str = "2026-10-31";

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut arguments = arguments.iter().filter(|it| !it.starts_with('-'));
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        println!("name a folder for the data, as in `cargo bench … -- FOLDER`: skipped");
        return Ok(());
    };
    let number = |text: Option<&String>, or: u32| text.map_or(Ok(or), |text| text.parse());
    let customers = number(arguments.next(), 5_000)?;
    let days = number(arguments.next(), 365)?;
    let many = number(arguments.next(), 100_000)?;
    fs::create_dir_all(&folder)?;

    println!("| {customers} customers, {days} days | measured | at most | |");
    println!("|---|---|---|---|");
    let data = made_up(&folder, customers, days)?;
    over_time(&data)?;
    println!("\n| {many} customers, one day | measured | at most | |");
    println!("|---|---|---|---|");
    let data = made_up(&folder, many, 1)?;
    after_a_delivery(&data)
}

/// The data folder of a made-up partner, which is created if it does not exist.
fn made_up(folder: &Path, customers: u32, days: u32) -> Result<PathBuf, Failed> {
    let data = folder.join(format!("{customers}x{days}"));
    if data.join("demo.json").exists() {
        return Ok(data);
    }
    let started = Instant::now();
    let made = Command::new(BINARY)
        .args(["demo", "--once", "--listen", "127.0.0.1:0"])
        .args([
            "--customers",
            &customers.to_string(),
            "--days",
            &days.to_string(),
        ])
        .args(["--last-day", LAST_DAY, "--data-dir"])
        .arg(&data)
        .stdout(Stdio::null())
        .status()?;
    if !made.success() {
        return Err("the data cannot be made".into());
    }
    println!("| made up and imported | {} | | |", text(started.elapsed()));
    Ok(data)
}

fn over_time(data: &Path) -> Result<(), Failed> {
    let server = with_ledgers(data)?;
    row("start to ready", server.ready_after, 300);
    row_of_memory("memory at the peak, then", server.peak()?, 200);
    let year = "from=2025-11-01&to=2026-10-31";
    let month = "from=2026-10-01&to=2026-10-31";
    let figure = "service=o365&channel=reseller&workload=Exchange";
    for (what, target, most) in [
        (
            "`history` of a year by month and workload",
            format!("/seatwise/v1/history?metric=usage&by=workload&step=month&{year}"),
            50,
        ),
        (
            "the same by day for the partner",
            format!("/seatwise/v1/history?metric=usage&by=partner&step=day&{year}"),
            50,
        ),
        (
            "`explain` one workload",
            format!("/seatwise/v1/explain?metric=usage&{figure}"),
            300,
        ),
        (
            "`coverage`",
            "/seatwise/v1/coverage?metric=usage".to_owned(),
            100,
        ),
        (
            "`changes` over a month",
            format!("/seatwise/v1/changes?metric=usage&{month}"),
            500,
        ),
        (
            "`changes/restatements` over the year",
            format!("/seatwise/v1/changes/restatements?metric=usage&{year}"),
            200,
        ),
        (
            "the partner's usage with `asOf` half a year back",
            "/v1/analytics/licenses/usage?asOf=2026-05-01".to_owned(),
            20,
        ),
    ] {
        match server.first_and_median(&target) {
            Ok((first, median)) => {
                row(&format!("{what}, the first"), first, most);
                row(&format!("{what}, again"), median, most);
            }
            Err(err) => println!("| {what} | {err} | {most} ms | missed |"),
        }
    }
    row_of_memory("memory at the peak, after these", server.peak()?, 600);
    Ok(())
}

fn after_a_delivery(data: &Path) -> Result<(), Failed> {
    let mut server = with_ledgers(data)?;
    row("start to ready", server.ready_after, 300);
    server.token = writer_token(data)?;
    let (mut durable, mut shown, mut pages, mut explained) = (vec![], vec![], vec![], vec![]);
    for time in 0..TIMES {
        let usage = "/v1/analytics/licenses/usage";
        let before = server.ask(usage)?;
        let mut rows =
            "processedDateTime,workloadCode,workloadName,serviceCode,serviceName,channel,\
                        customerTenantId,customerName,productId,productName,licensesActive,\
                        licensesQualified\n"
                .to_owned();
        // Enough seats to change the second decimal of the partner's percent.
        let seats = 100_000_000 * (time + 1);
        for product in 0..20 {
            rows += &format!(
                "{LAST_DAY},EXO,Exchange,o365,Office 365,reseller,0a000000-0000-4000-8000-000000000001,\
                 Posted,product-{product},Product {product},{seats},{seats}\n"
            );
        }
        let posted = Instant::now();
        server.send(&format!(
            "POST /seatwise/v1/import?replace=true HTTP/1.1\r\nContent-Type: text/csv\r\nContent-Length: {}\r\n",
            rows.len()
        ), &rows)?;
        durable.push(posted.elapsed());
        let stored = Instant::now();
        while server.ask(usage)? == before {}
        shown.push(stored.elapsed());
        let page = Instant::now();
        server.ask("/v1/analytics/commercial/usage/license?top=1000")?;
        pages.push(page.elapsed());
        let explain = Instant::now();
        server.ask("/seatwise/v1/explain?metric=usage&service=o365&channel=reseller&workload=Exchange&top=100")?;
        explained.push(explain.elapsed());
    }
    row(
        "20 rows of one customer posted: durable",
        median(durable),
        15,
    );
    row("… in the partner's usage after that", median(shown), 30);
    row(
        "first page of the commercial rows after that",
        median(pages),
        100,
    );
    row("first `explain` after that", median(explained), 300);
    row_of_memory("memory at the peak, after these", server.peak()?, 500);
    Ok(())
}

/// A server with ledgers on the disk, which a first server makes.
fn with_ledgers(data: &Path) -> Result<Server, Failed> {
    let folder = data.join("ledgers");
    if !folder.exists() {
        let started = Instant::now();
        let server = Server::start(data)?;
        let tables = |partner: fs::DirEntry| Some(fs::read_dir(partner.path()).ok()?.count());
        let count = || {
            let partners = fs::read_dir(&folder).into_iter().flatten().flatten();
            partners.filter_map(tables).sum::<usize>()
        };
        while count() < 2 {
            std::thread::sleep(Duration::from_millis(50));
        }
        // The second one is written at once.
        std::thread::sleep(Duration::from_secs(2));
        println!("| the ledgers are made | {} | | |", text(started.elapsed()));
        drop(server);
    }
    Server::start(data)
}

/// A token that allows imports.
fn writer_token(data: &Path) -> Result<String, Failed> {
    let demo: serde_json::Value = serde_json::from_slice(&fs::read(data.join("demo.json"))?)?;
    let partner = demo["partners"][0].as_str().unwrap_or_default();
    let token = Command::new(BINARY)
        .args(["token", "--write", "--partner", partner, "--data-dir"])
        .arg(data)
        .output()?;
    Ok(String::from_utf8(token.stdout)?.trim().to_owned())
}

/// A server of a data folder, which is killed when this is dropped.
struct Server {
    process: Child,
    address: String,
    token: String,
    ready_after: Duration,
}

impl Server {
    fn start(data: &Path) -> Result<Self, Failed> {
        let ready = data.with_extension("ready.json");
        let _ = fs::remove_file(&ready);
        let started = Instant::now();
        let process = Command::new(BINARY)
            .args(["serve", "--dev-identity", "--listen", "127.0.0.1:0"])
            .args(["--data-dir"])
            .arg(data)
            .arg("--ready-file")
            .arg(&ready)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut server = Self {
            process,
            address: String::new(),
            token: String::new(),
            ready_after: Duration::ZERO,
        };
        let answer: serde_json::Value = loop {
            let text = fs::read_to_string(&ready).unwrap_or_default();
            match serde_json::from_str(&text) {
                Ok(answer) => break answer,
                Err(_) if server.process.try_wait()?.is_some() => {
                    return Err("the server ended".into());
                }
                Err(_) => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        server.ready_after = started.elapsed();
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        server.address = text("url")
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        server.token = text("token");
        Ok(server)
    }

    /// The time of the first response, and the median of the next ones.
    fn first_and_median(&self, target: &str) -> Result<(Duration, Duration), Failed> {
        let mut times = Vec::new();
        for _ in 0..=TIMES {
            let started = Instant::now();
            self.ask(target)?;
            times.push(started.elapsed());
        }
        let first = times.remove(0);
        Ok((first, median(times)))
    }

    fn ask(&self, target: &str) -> Result<Vec<u8>, Failed> {
        self.send(&format!("GET {target} HTTP/1.1\r\n"), "")
    }

    /// The body of the response to a request.
    fn send(&self, head: &str, body: &str) -> Result<Vec<u8>, Failed> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        let (address, token) = (&self.address, &self.token);
        let head = format!(
            "{head}Host: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes())?;
        let mut answer = BufReader::new(stream);
        let mut status = String::new();
        answer.read_line(&mut status)?;
        let mut rest = Vec::new();
        answer.read_to_end(&mut rest)?;
        let end = rest
            .windows(4)
            .position(|it| it == b"\r\n\r\n")
            .unwrap_or(0);
        let body = rest.split_off(end);
        if status.split(' ').nth(1) != Some("200") {
            let body = String::from_utf8_lossy(&body);
            return Err(format!("{}: {}", status.trim(), body.trim()).into());
        }
        Ok(body)
    }

    /// The peak memory of the process, in MiB.
    fn peak(&self) -> Result<u64, Failed> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        Ok(kib.ok_or("no VmHWM")?.parse::<u64>()? / 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn row(what: &str, time: Duration, most: u64) {
    let is_met = time <= Duration::from_millis(most);
    let verdict = if is_met { "" } else { "missed" };
    println!("| {what} | {} | {most} ms | {verdict} |", text(time));
}

fn row_of_memory(what: &str, mib: u64, most: u64) {
    let verdict = if mib <= most { "" } else { "missed" };
    println!("| {what} | {mib} MiB | {most} MiB | {verdict} |");
}

fn text(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}
