//! Abusive clients that try to block a server for others. Each test runs for up to a minute, with
//! bounds that also hold for a development build on a busy machine. `just abuse` runs them; `cargo
//! test` leaves them out.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use crate::process::{PARTNER, Running, USAGE_HEADER, import, run, token};

const USAGE: &str = "/v1/analytics/licenses/usage";
const MIB: u64 = 1 << 20;

fn customer(number: u32) -> String {
    format!("0a000000-0000-4000-8000-{number:012}")
}

/// A data folder with one row per customer and day of August 2026.
fn folder(customers: u32, days: u32) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = format!("{USAGE_HEADER}\n");
    for (day, number) in (1..=days).flat_map(|day| (1..=customers).map(move |it| (day, it))) {
        let id = customer(number);
        writeln!(
            rows,
            "2026-08-{day:02},EXO,Exchange,o365,,reseller,{id},Customer {number},,E3,1,2"
        )
        .unwrap();
    }
    let file = folder.path().join("usage.csv");
    fs::write(&file, rows).unwrap();
    import(&folder.path().join("data"), &[&file]).expect_success();
    folder
}

fn data(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("data")
}

fn writer_token(data: &Path, partner: &str) -> String {
    let data = data.to_str().unwrap();
    let token = run(["token", "--write", "--data-dir", data, "--partner", partner]);
    token.expect_success().trim().to_owned()
}

/// The status and body of a response.
fn ask(server: &Running, path: &str, token: &str) -> (u16, String) {
    let (head, body) = server.get(path, token);
    (status(&head), String::from_utf8_lossy(&body).into_owned())
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

/// A value in `/metrics`.
fn metric(server: &Running, name: &str) -> u64 {
    let (_, metrics) = ask(server, "/metrics", "");
    let mut lines = metrics.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap().parse().unwrap()
}

/// The current (`VmRSS`) or peak (`VmHWM`) memory of a server process, in bytes.
fn memory(server: &Running, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let mut lines = status.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kibibytes = value.unwrap().trim().trim_end_matches(" kB");
    kibibytes.parse::<u64>().unwrap() << 10
}

/// The median and the 99th percentile; zero if there are no values.
fn percentiles(mut took: Vec<Duration>) -> [Duration; 2] {
    took.sort();
    [50, 99].map(|percent| {
        took.get(took.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    })
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "{what}");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
#[ignore = "a campaign: `just abuse` runs it"]
fn heavy_questions_stay_within_their_memory_and_published_answers_wait_for_none() {
    const MEMORY: u64 = 256 * MIB;
    let folder = folder(10_000, 31);
    let data = data(&folder);
    let server = Running::serve_with(&data, &["--dev-identity", "--memory", "256MiB"]);
    let (server, token) = (&server, &token(&data));
    let ask_published = || {
        let begun = Instant::now();
        assert_eq!(ask(server, USAGE, token).0, 200);
        begun.elapsed()
    };
    let alone: Vec<_> = (0..500).map(|_| ask_published()).collect();
    let before = memory(server, "VmHWM");
    let is_over = &AtomicBool::new(false);
    // Sends 64 queries at once, and returns their results.
    let ask_heavy = || {
        thread::scope(|threads| {
            let heavy: Vec<_> = (0..64)
                .map(|number| {
                    let day = number / 2 % 15 + 1;
                    let path = if number % 2 == 0 {
                        format!("/seatwise/v1/history?by=customer&step=week&from=2026-08-{day:02}&to=2026-08-31")
                    } else {
                        let id = customer(number + 1);
                        format!(
                            "/v1/customers/{id}/analytics/licenses/usage?asOf=2026-08-{:02}",
                            day + 15
                        )
                    };
                    threads.spawn(move || ask(server, &path, token).0)
                })
                .collect();
            let statuses = heavy.into_iter().map(|it| it.join().unwrap());
            statuses.collect::<Vec<u16>>()
        })
    };
    let (statuses, published, in_use) = thread::scope(|threads| {
        let watch = threads.spawn(move || {
            let (mut took, mut in_use) = (Vec::new(), 0);
            while !is_over.load(Ordering::Relaxed) {
                took.push(ask_published());
                in_use = in_use.max(metric(server, "seatwise_question_memory_bytes"));
            }
            (took, in_use)
        });
        let statuses = ask_heavy();
        is_over.store(true, Ordering::Relaxed);
        let (took, in_use) = watch.join().unwrap();
        (statuses, took, in_use)
    });
    let ended = |status| statuses.iter().filter(|it| **it == status).count();
    let (answered, refused) = (ended(200), ended(503));
    let peak = memory(server, "VmHWM");
    let count = published.len();
    let [alone, published] = [alone, published].map(percentiles);
    wait_until("memory is given back", || {
        metric(server, "seatwise_question_memory_bytes") <= MEMORY / 4
    });
    let after = memory(server, "VmRSS");
    println!(
        "{answered} answered, {refused} to come again; questions took {} MiB of {}; the process {}, \
         at most {}, then {} MiB; {count} published answers meanwhile, p50 and p99 {published:?}, and \
         {alone:?} alone",
        in_use / MIB,
        MEMORY / MIB,
        before / MIB,
        peak / MIB,
        after / MIB,
    );
    assert_eq!(answered + refused, 64, "{statuses:?}");
    assert!(answered > 0 && refused > 0, "{statuses:?}");
    assert!(in_use <= MEMORY / 2, "{in_use}");
    assert!(peak < before + MEMORY, "{before} {peak}");
    // Rounds that free nothing would take five times the memory of one. The allocator keeps some.
    for _ in 0..4 {
        ask_heavy();
    }
    let last = memory(server, "VmRSS");
    println!("after four more rounds {} MiB", last / MIB);
    assert!(last < before + 2 * MEMORY, "{before} {after} {last}");
    assert!(
        count >= 100 && published[1] < Duration::from_millis(500),
        "{count} {published:?}"
    );
}

#[test]
#[ignore = "a campaign: `just abuse` runs it"]
fn connections_that_do_not_read_or_ask_shut_no_client_out() {
    let folder = folder(3, 1);
    let data = data(&folder);
    let server = Running::serve_with(&data, &["--dev-identity", "--connections", "64"]);
    let token = token(&data);
    let before = memory(&server, "VmRSS");

    // Ten times the limit. Half of them have begun a request.
    let mut silent = Vec::new();
    for number in 0..640 {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        if number % 2 == 0 {
            stream.write_all(b"GET / HTTP/1.1\r\n").ok();
        }
        silent.push(stream);
        if number % 10 == 0 {
            assert_eq!(ask(&server, USAGE, &token).0, 200);
        }
    }
    // Three times the limit. Each requests 40 MB and reads nothing. Until the system's buffers are
    // full they can end between two responses; then other clients must try again.
    let document = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200);
    let mut greedy = Vec::new();
    for _ in 0..192 {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        stream.set_nonblocking(true).unwrap();
        stream.write_all(document.as_bytes()).ok();
        greedy.push(stream);
    }
    let (mut probes, mut answered, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        for path in ["/healthz", "/readyz", "/metrics"] {
            let asked = Instant::now();
            assert_eq!(ask(&server, path, "").0, 200);
            probes.push(asked.elapsed());
        }
        let asked = Instant::now();
        let (head, _) = server.get(USAGE, &token);
        match status(&head) {
            200 => answered.push(asked.elapsed()),
            503 => {
                assert!(head.contains("\r\nRetry-After: "), "{head}");
                refused.push(asked.elapsed());
            }
            status => panic!("{status}"),
        }
    }
    let peak = memory(&server, "VmHWM");
    // The greedy ones are cut off after the time limit.
    wait_until("others are answered again", || {
        (0..100).all(|_| ask(&server, USAGE, &token).0 == 200)
    });
    for (what, took) in [
        ("probes answered", probes),
        ("requests answered", answered),
        ("requests to come again", refused),
    ] {
        println!("{} {what}, p50 and p99 {:?}", took.len(), percentiles(took));
    }
    println!(
        "the process took {} MiB, at most {} MiB",
        before / MIB,
        peak / MIB
    );
    assert!(peak < before + 128 * MIB, "{before} {peak}");
}

fn packed(parts: &[(&str, usize)]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    for (part, times) in parts {
        // In large pieces, which is faster.
        let at_once = (64 << 10) / part.len() + 1;
        let piece = part.repeat(at_once);
        for _ in 0..times / at_once {
            packed.write_all(piece.as_bytes()).unwrap();
        }
        packed
            .write_all(part.repeat(times % at_once).as_bytes())
            .unwrap();
    }
    packed.finish().unwrap()
}

/// The status and body of the response to this body.
fn send(server: &Running, token: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(
        stream,
        "POST /seatwise/v1/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    (status(&answer), answer)
}

#[test]
#[ignore = "a campaign: `just abuse` runs it"]
fn small_bodies_that_stand_for_much_are_refused_and_take_little() {
    let folder = folder(3, 1);
    let data = data(&folder);
    let server = Running::serve(&data);
    let token = &writer_token(&data, PARTNER);
    let row = format!(
        "2026-09-01,EXO,Exchange,o365,,reseller,{},C,,E3,1,2\n",
        customer(1)
    );
    let header = format!("{USAGE_HEADER}\n");
    let item = "{\"a\":[[[[[[[[]]]]]]]]},";
    let bodies = [
        ("identical rows", packed(&[(&header, 1), (&row, 200_000)])),
        ("empty lines", packed(&[(&header, 1), ("\n", 200 << 20)])),
        ("empty rows", packed(&[(&header, 1), (",\n", 100 << 20)])),
        (
            "empty objects",
            packed(&[("[", 1), ("{},", 50 << 20), ("{}]", 1)]),
        ),
        ("one long row", packed(&[(&header, 1), ("x", 200 << 20)])),
        (
            "a saved answer",
            packed(&[
                ("{\"totalCount\":1,\"items\":[", 1),
                (item, 700_000),
                ("{}]}", 1),
            ]),
        ),
        ("brackets", packed(&[("[", 16 << 20)])),
        (
            "a long text",
            packed(&[("{\"items\":[{\"customerName\":\"", 1), ("x", 200 << 20)]),
        ),
    ];
    let before = memory(&server, "VmRSS");
    for (what, body) in &bodies {
        let begun = Instant::now();
        let (status, answer) = send(&server, token, body);
        let said = answer.split("\"description\":").nth(1).unwrap_or_default();
        println!(
            "{what}: {} KiB, {status} after {:.1} s, at most {} MiB: {}",
            body.len() >> 10,
            begun.elapsed().as_secs_f64(),
            memory(&server, "VmHWM") / MIB,
            said.chars().take(160).collect::<String>()
        );
        assert_eq!(status, 400, "{what}: {answer}");
    }
    let peak = memory(&server, "VmHWM");
    assert!(peak < before + 256 * MIB, "{before} {peak}");
    assert_eq!(ask(&server, USAGE, token).0, 200);
}

#[test]
#[ignore = "a campaign: `just abuse` runs it"]
fn slow_senders_of_one_partner_hold_no_other_up() {
    let folder = folder(3, 1);
    let data = data(&folder);
    let server = Running::serve_with(&data, &["--dev-identity", "--import-time", "5s"]);
    let slow = writer_token(&data, PARTNER);
    let other = writer_token(&data, "7d0a5c0e-3a4b-4c1d-9e2f-0123456789ab");
    let mut senders = Vec::new();
    let mut refused = 0;
    for _ in 0..20 {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        write!(
            stream,
            "POST /seatwise/v1/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {slow}\r\n\
             Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n"
        )
        .unwrap();
        let mut line = [0; 12];
        stream.read_exact(&mut line).unwrap();
        match &line {
            b"HTTP/1.1 100" => senders.push(stream),
            b"HTTP/1.1 503" => refused += 1,
            line => panic!("{}", String::from_utf8_lossy(line)),
        }
    }
    // One body arrives and three wait, as the limits allow.
    assert_eq!((senders.len(), refused), (4, 16));
    for number in 1..=10 {
        for stream in &mut senders {
            stream.write_all(b"x").ok();
        }
        let row = format!(
            "{USAGE_HEADER}\n2026-09-{number:02},EXO,Exchange,o365,,reseller,{},C,,E3,1,2\n",
            customer(1)
        );
        let (status, answer) = send(&server, &other, row.as_bytes());
        assert_eq!(status, 200, "{answer}");
    }
    // The slow ones get a response at the time limit, although they kept sending.
    for mut stream in senders {
        let mut answer = [0; 13 + 64];
        stream.read_exact(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.contains("HTTP/1.1 408"), "{answer}");
    }
}
