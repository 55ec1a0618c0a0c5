//! Processes that write to a data folder are killed at every stage of their work. `just crash` runs
//! this; `cargo test` leaves it out.
//!
//! After each round `verify` succeeds, and everything acknowledged is stored once.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use crate::collect::Source;
use crate::killed::{MOMENTS, Moment, Round, killed, rows, seen};
use crate::process::{PARTNER, Running, run, seatwise};

/// Each work at each moment three times.
const ROUNDS: u32 = 60;

/// The deliveries of an import, each of another customer, and their rows.
const DELIVERIES: u64 = 20;
const ROWS: u64 = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Import,
    Post,
    Compact,
    Forget,
    Collect,
}

const WORKS: [Work; 5] = [
    Work::Import,
    Work::Post,
    Work::Compact,
    Work::Forget,
    Work::Collect,
];

/// What was sent in a round.
struct Sent {
    round: u32,
    file: PathBuf,
    /// The number of its deliveries that are stored.
    stored: u64,
}

struct Campaign {
    folder: TempDir,
    data: PathBuf,
    sent: Vec<Sent>,
    source: Source,
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = run([args, &["--output", "json"]].concat()).expect_success();
    serde_json::from_str(&output).unwrap()
}

impl Campaign {
    fn args<'a>(&'a self, command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let args = [
            command,
            "--data-dir",
            text(&self.data),
            "--partner",
            PARTNER,
        ];
        [&args[..], more].concat()
    }

    /// Runs a command that prints `done`, until its moment.
    fn killed(&self, args: &[&str], moment: Moment, done: &str) -> Round {
        let mut command = seatwise();
        command.args(args);
        killed(command, (&self.data, PARTNER), moment, done)
    }

    fn round(&mut self, round: u32, work: Work, moment: Moment) -> Round {
        match work {
            Work::Import | Work::Post => {
                let file = self.folder.path().join(format!("{round}.csv"));
                fs::write(&file, rows(round)).unwrap();
                let ended = match work {
                    Work::Import => {
                        let args = self.args("import", &[text(&file)]);
                        self.killed(&args, moment, "20 new")
                    }
                    _ => post(&self.data, &rows(round), moment),
                };
                let stored = self.stored(&file);
                assert!(
                    stored == 0 || stored == DELIVERIES,
                    "a commit is half there"
                );
                let is_lost = ended.acknowledged && stored == 0;
                assert!(!is_lost, "round {round}: what was acknowledged is gone");
                self.sent.push(Sent {
                    round,
                    file,
                    stored,
                });
                ended
            }
            Work::Compact => {
                let args = self.args("compact", &["--keep", "0"]);
                self.killed(&args, moment, "became")
            }
            Work::Forget => self.forget(moment),
            Work::Collect => self.collect(round, moment),
        }
    }

    /// The number of deliveries of a file that are stored unchanged.
    fn stored(&self, file: &Path) -> u64 {
        let receipt = json(&self.args("import", &["--dry-run", text(file)]));
        // Half a delivery would count as a restatement.
        assert_eq!(receipt["deliveriesRestated"], 0);
        receipt["deliveriesUnchanged"].as_u64().unwrap()
    }

    /// Forgets a customer of the newest import that is completely stored.
    fn forget(&mut self, moment: Moment) -> Round {
        let all = |sent: &&Sent| sent.stored == DELIVERIES;
        let Some(round) = self.sent.iter().rfind(all).map(|sent| sent.round) else {
            return Round::default();
        };
        let customer = format!("{round:08x}-70f4-4e1e-9ff1-000000000000");
        let args = self.args("forget", &["--customer", &customer, "--yes"]);
        let ended = self.killed(&args, moment, "rows erased");
        let sent = self.sent.iter().rfind(all).unwrap();
        let left = self.stored(&sent.file);
        assert!(left == DELIVERIES || left == DELIVERIES - 1, "{left}");
        assert!(
            !ended.acknowledged || left < DELIVERIES,
            "what was forgotten is there"
        );
        self.verify();
        // The same call completes.
        run(&args).expect_success();
        let sent = self.sent.iter_mut().rfind(|it| it.round == round).unwrap();
        sent.stored = DELIVERIES - 1;
        ended
    }

    /// Collects into a separate folder. A stopped collection continues, and all is stored once.
    fn collect(&self, round: u32, moment: Moment) -> Round {
        let data = self.folder.path().join(format!("collected-{round}"));
        let url = self.source.server.url();
        let mut command = seatwise();
        command.args(Source::args(&data, &url, &[]));
        command.envs(self.source.environment());
        let partner = &self.source.partner;
        let ended = killed(command, (&data, partner), moment, " new, ");
        if data.join("seatwise-store.json").exists() {
            run(["verify", "--data-dir", text(&data)]).expect_success();
        }
        self.source.collect(&data, &[]).expect_success();
        self.source.assert_collected(&data);
        run(["verify", "--data-dir", text(&data)]).expect_success();
        ended
    }

    /// Checks the folder.
    fn verify(&self) {
        if self.data.join("seatwise-store.json").exists() {
            run(["verify", "--data-dir", text(&self.data)]).expect_success();
        }
    }

    fn assert_stored(&self) {
        self.verify();
        let stored: u64 = self.sent.iter().map(|sent| sent.stored).sum();
        if stored == 0 {
            return;
        }
        let status = json(&["status", "--data-dir", text(&self.data)]);
        let table = &status[0]["tables"][0];
        assert_eq!(table["deliveries"], stored);
        assert_eq!(table["rows"], ROWS * stored);
    }
}

/// Sends rows to a server that is killed at its moment.
fn post(data: &Path, body: &str, moment: Moment) -> Round {
    let server = Running::serve(data);
    let token = [
        "token",
        "--write",
        "--data-dir",
        text(data),
        "--partner",
        PARTNER,
    ];
    let token = run(token).expect_success();
    let before = seen(data, PARTNER);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let (send, answered) = mpsc::channel();
    let head = format!(
        "POST /seatwise/v1/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        token.trim(),
        body.len()
    );
    stream.write_all((head + body).as_bytes()).unwrap();
    let reading = thread::spawn(move || {
        let mut answer = Vec::new();
        // The connection breaks if the server is killed.
        stream.read_to_end(&mut answer).ok();
        send.send(()).ok();
        String::from_utf8(answer).unwrap()
    });
    let is_answered = || answered.try_recv().is_ok();
    match moment {
        Moment::AtOnce => {}
        Moment::Acknowledged => answered.recv().unwrap(),
        Moment::Writing | Moment::Committed => {
            let place = usize::from(moment == Moment::Committed);
            while seen(data, PARTNER)[place] == before[place] && !is_answered() {}
        }
    }
    // Dropping the server kills it.
    drop(server);
    let answer = reading.join().unwrap();
    let acknowledged =
        answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"deliveriesNew\":20,");
    Round {
        in_the_middle: !acknowledged && seen(data, PARTNER) != before,
        acknowledged,
    }
}

#[test]
#[ignore = "a campaign: `just crash` runs it"]
fn what_was_acknowledged_is_stored_once_whatever_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut campaign = Campaign {
        data: folder.path().join("data"),
        folder,
        sent: Vec::new(),
        source: Source::with(&["--customers", "20"]),
    };
    // From the start there is something to compact, to forget and to serve.
    for round in 1000..1004 {
        let ended = campaign.round(round, Work::Import, Moment::Acknowledged);
        assert!(ended.acknowledged);
    }
    let mut counts = WORKS.map(|_| (0, 0));
    for round in 0..ROUNDS {
        let place = round as usize % WORKS.len();
        let moment = MOMENTS[round as usize / WORKS.len() % MOMENTS.len()];
        let ended = campaign.round(round, WORKS[place], moment);
        campaign.assert_stored();
        counts[place].0 += u32::from(ended.in_the_middle);
        counts[place].1 += u32::from(ended.acknowledged);
    }
    for (work, (in_the_middle, acknowledged)) in WORKS.iter().zip(counts) {
        println!("{work:?}: {in_the_middle} killed in the middle, {acknowledged} acknowledged");
        // Otherwise the test shows nothing.
        assert!(in_the_middle > 0, "{work:?}: none was killed in the middle");
        assert!(acknowledged > 0, "{work:?}: none was acknowledged");
    }
    let total = counts
        .iter()
        .fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
    println!(
        "{ROUNDS} rounds: {} killed in the middle, {} acknowledged",
        total.0, total.1
    );
    assert!(total.0 >= ROUNDS / 4 && total.1 >= ROUNDS / 5, "{counts:?}");
    for sent in &campaign.sent {
        assert_eq!(
            campaign.stored(&sent.file),
            sent.stored,
            "round {}",
            sent.round
        );
    }
}
