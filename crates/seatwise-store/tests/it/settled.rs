//! In object storage, an answer as known at an instant never changes, while several processes write.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};
use object_store::memory::InMemory;
use seatwise_store::import::{ImportOptions, Input, Receipt, import};
use seatwise_store::{Axes, Kind, KnownAt, MonthlyQuestion, ObjectStorage, Store};
use seatwise_types::extensions::{IdleFileKind, Metric};
use tempfile::TempDir;

use crate::axes::answer;
use crate::domains::with_domains;
use crate::monthly::{DYNAMICS, dynamics_in, question};
use crate::objects::url_of_a_cloud;
use crate::test_store::{DEPLOYMENT_HEADER, USAGE_HEADER, customer, exchange, partner};
use crate::unreliable::Unreliable;

/// Object storage that several processes use.
pub(crate) struct Shared {
    objects: Arc<InMemory>,
    folder: TempDir,
}

/// A process with its client.
#[derive(Clone)]
pub(crate) struct Process {
    pub(crate) client: Arc<Unreliable>,
    pub(crate) store: Store,
    folder: PathBuf,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            objects: Arc::default(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn start(&self, name: &str) -> Process {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let client = Arc::new(Unreliable::of(&self.objects));
        let url = "memory://bucket/tables".parse().unwrap();
        let storage = ObjectStorage::new(Arc::clone(&client) as _, url, &folder).unwrap();
        let store = Store::create(&storage).unwrap();
        Process {
            client,
            store,
            folder,
        }
    }
}

impl Process {
    pub(crate) async fn import(&self, content: &str, now: Timestamp) -> Receipt {
        let file = self.folder.join("rows.csv");
        std::fs::write(&file, content).unwrap();
        let mut options = ImportOptions::new(partner());
        options.replace = true;
        let inputs = vec![Input::File(file)];
        let imported = import(&self.store, &options, inputs, now, Arc::default());
        imported.await.unwrap()
    }

    pub(crate) async fn set_prices(&self, price: u32, now: Timestamp) -> bool {
        let text = prices(price);
        let kind = IdleFileKind::Prices;
        let set = self
            .store
            .set_idle_file(partner(), kind, text.into(), now, false);
        set.await.unwrap().recorded_at.is_some()
    }

    /// What was known at an instant, of everything that is stored.
    pub(crate) async fn known(&self, at: Timestamp, now: Timestamp) -> String {
        let settled = self.store.settle(partner(), at, now).await.unwrap();
        known(&self.store, settled).await
    }
}

async fn known(store: &Store, known_at: KnownAt) -> String {
    let known_at = Some(known_at);
    let axes = Axes {
        as_of: None,
        known_at,
    };
    let mut text = answer(store, axes).await;
    let deployment = store.deployment_figures_at(partner(), axes).await.unwrap();
    writeln!(text, "{deployment:?}").unwrap();
    for metric in [Metric::Usage, Metric::Deployment] {
        let [from, to] = ["2026-03", "2026-05"].map(|month| month.parse().unwrap());
        let question = MonthlyQuestion {
            known_at,
            ..question(metric, from, to)
        };
        let months = store.monthly(partner(), &question).await.unwrap();
        writeln!(text, "{:?}", months.value).unwrap();
    }
    let domains = store.domains(partner()).await.unwrap();
    for number in 0..5 {
        let id = customer(number).parse().unwrap();
        let domain = domains.of(id, None, known_at.map(KnownAt::timestamp));
        writeln!(text, "{domain:?}").unwrap();
    }
    let rules = store.idle_rules(partner(), known_at, true).await.unwrap();
    writeln!(text, "{:?}", rules.prices()).unwrap();
    text
}

pub(crate) fn minute(minute: i64) -> Timestamp {
    let start: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minute)
}

fn prices(price: u32) -> String {
    format!("product,currency,pricePerSeatMonth,validFrom\nE3,EUR,{price},2026-01-01\n")
}

pub(crate) fn deployment(deployed: u32) -> String {
    let customer = customer(1);
    format!("{DEPLOYMENT_HEADER}\n2026-05-20,o365,,reseller,{customer},A,p-1,E3,{deployed},10\n")
}

fn months(active: u32) -> String {
    let row = dynamics_in("2026-04-01", "s1", 1, "SALES", [active, 3 + active, 10]);
    format!("{DYNAMICS}\n{row}")
}

/// What a writer writes, with another content for each number.
#[derive(Debug, Clone, Copy)]
enum What {
    Usage,
    Deployment,
    Months,
    Domains,
    Prices,
}

async fn write(process: Process, what: What, number: u32, now: Timestamp) {
    let content = match what {
        What::Usage => format!("{USAGE_HEADER}\n{}", exchange("2026-02-02", 1, number, 90)),
        What::Deployment => deployment(number),
        What::Months => months(number),
        What::Domains => with_domains(&[("2026-02-02", 1, &format!("d{number}.example"))]),
        What::Prices => {
            assert!(process.set_prices(number, now).await);
            return;
        }
    };
    process.import(&content, now).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_writer_records_after_an_instant_that_was_answered() {
    let writes = [
        (What::Usage, "/usage/_delta_log/"),
        (What::Deployment, "/deployment/_delta_log/"),
        (What::Months, "/usage-month/_delta_log/"),
        (What::Months, "/deployment-month/_delta_log/"),
        (What::Domains, "/domains.ndjson"),
        (What::Prices, "/idle/files.json"),
    ];
    for (what, held) in writes {
        // The first write, which creates the table if there is none, or the one after it.
        for (is_known, passing) in [(true, 0), (false, 0), (false, 1)] {
            if passing == 1 && !held.ends_with("_delta_log/") {
                continue;
            }
            let shared = Shared::new();
            let (slow, other) = (shared.start("slow"), shared.start("other"));
            if is_known {
                write(other.clone(), what, 1, minute(0)).await;
            }
            let (is_held, go_on) = slow.client.hold(held, passing);
            let writing = tokio::spawn(write(slow.clone(), what, 2, minute(5)));
            is_held.await.unwrap();
            let before = other.known(minute(10), minute(10)).await;
            go_on.send(()).unwrap();
            writing.await.unwrap();
            let case = format!("{what:?} {held} {is_known} {passing}");
            for process in [&slow, &other, &shared.start("third")] {
                let again = process.known(minute(10), minute(20)).await;
                assert_eq!(again, before, "{case}");
            }
            // Nothing is lost.
            let now = other.known(minute(20), minute(20)).await;
            assert_ne!(now, before, "{case}");
            let copy = shared.folder.path().join("copy");
            other.store.backup(&copy).await.unwrap();
            let copy = Store::open(&copy).unwrap();
            let settled = copy.settle(partner(), minute(10), minute(20)).await;
            assert_eq!(known(&copy, settled.unwrap()).await, before, "{case}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instant_stays_settled_when_its_log_entries_are_removed() {
    let shared = Shared::new();
    let one = shared.start("one");
    let usage = |number: u32| format!("{USAGE_HEADER}\n{}", exchange("2026-02-02", 1, number, 90));
    one.import(&usage(1), minute(0)).await;
    let before = one.known(minute(1_000), minute(1_000)).await;
    // Settles, so that the log is long enough to be cut.
    for later in 1..40 {
        let at = minute(1_000 + later);
        one.store.settle(partner(), at, at).await.unwrap();
    }
    let compacted = one
        .store
        .compact(partner(), Kind::Usage, SignedDuration::ZERO, minute(2_000));
    assert!(compacted.await.unwrap().unwrap().log_files_removed > 0);
    // A clock that is behind.
    shared.start("two").import(&usage(2), minute(900)).await;
    for process in [&one, &shared.start("three")] {
        assert_eq!(process.known(minute(1_000), minute(2_000)).await, before);
        let settled = process.known(minute(1_039), minute(2_000)).await;
        assert_ne!(process.known(minute(2_000), minute(2_000)).await, settled);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lost_its_answer_is_stored_once() {
    let shared = Shared::new();
    let one = shared.start("one");
    one.client.loses.store(true, Ordering::Relaxed);
    let mut answers = Vec::new();
    for number in 1..4 {
        let now = minute(number.into());
        let rows = with_domains(&[("2026-02-02", 1, &format!("d{number}.example"))]);
        assert_eq!(one.import(&rows, now).await.domains_stored, 1);
        assert!(one.set_prices(number, now).await);
        let settled = now + SignedDuration::from_secs(1);
        answers.push((settled, one.known(settled, settled).await));
    }
    let two = shared.start("two");
    for (at, before) in answers {
        assert_eq!(two.known(at, minute(4)).await, before);
    }
    let domains = two.store.verify_domains(partner()).await.unwrap().unwrap();
    assert_eq!((domains.rows, domains.damages), (3, 0));
    let files = two
        .store
        .verify_idle_files(partner())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((files.files, files.damages), (3, 0));
}

/// Runs on the object storage of `SEATWISE_TEST_STORAGE`, with the credentials of the environment.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the doubles that `tests/doubles/run.sh` starts"]
async fn the_object_storage_of_a_cloud_keeps_what_two_processes_write_at_once() {
    let (folder, url) = (tempfile::tempdir().unwrap(), url_of_a_cloud("at-once"));
    let start = |name: &str| {
        let folder = folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let storage = ObjectStorage::open(&url, std::env::vars(), &folder).unwrap();
        Process {
            client: Arc::default(),
            store: Store::create(&storage).unwrap(),
            folder,
        }
    };
    let processes = [start("one"), start("two")];
    let mut domains = 0;
    let mut answers = Vec::new();
    for round in 1..6 {
        let now = minute(round.into());
        let running = [1, 2].map(|number| {
            let process = processes[number as usize - 1].clone();
            tokio::spawn(async move {
                let domain = format!("d{round}.example");
                let rows = with_domains(&[("2026-02-02", number, &domain)]);
                let receipt = process.import(&rows, now).await;
                assert!(process.set_prices(10 * round + number, now).await);
                (receipt.domains_stored, process.known(now, now).await)
            })
        });
        for done in running {
            let (stored, answer) = done.await.unwrap();
            domains += stored;
            answers.push((now, answer));
        }
    }
    let third = start("three");
    for (at, before) in answers {
        assert_eq!(third.known(at, minute(6)).await, before, "{at}");
    }
    let found = third
        .store
        .verify_domains(partner())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.rows, found.damages, domains), (10, 0, 10));
    let found = third
        .store
        .verify_idle_files(partner())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.files, found.damages), (10, 0));
    let found = third
        .store
        .verify(partner(), Kind::Usage)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.damages, 0, "{:?}", found.findings);
}
