//! The ledger: its sums equal the figures calculated from all rows.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::{
    Axes, Erase, History, HistoryQuestion, Kind, Moment, RestatementsQuestion, Snapshot, Store,
};
use seatwise_types::extensions::{By, Selection, Step};

use crate::figures::{
    CHANNELS, Delivery, SERVICES, WORKLOADS, delivery, like_oracle, oracle, without_repeated_units,
};
use crate::followed::{selected_text, text_of};
use crate::test_store::{TestStore, USAGE_HEADER, customer, exchange, partner};
use crate::upkeep::{A_DAY, data_files, much_later};

/// Events in a store.
#[derive(Debug, Clone)]
enum Event {
    Import(Vec<Delivery>),
    /// The ledger is built or updated, and stored.
    Keep,
    /// Another process takes over.
    Restart,
    Compact,
    Erase(u8),
    /// The files of the ledger are damaged or missing.
    Lose(bool),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => vec(delivery(), 1..5).prop_map(Event::Import),
        6 => Just(Event::Keep),
        3 => Just(Event::Restart),
        1 => Just(Event::Compact),
        1 => (0..5_u8).prop_map(Event::Erase),
        1 => any::<bool>().prop_map(Event::Lose),
    ]
}

/// All files of ledgers.
fn files(store: &Store) -> Vec<PathBuf> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, files);
            } else {
                files.push(path);
            }
        }
    }
    let mut files_of_ledgers = Vec::new();
    collect(&store.work_dir().join("ledgers"), &mut files_of_ledgers);
    files_of_ledgers
}

/// A store with a ledger and one without, with the same imports at the same times.
struct Twins {
    with: TestStore,
    without: TestStore,
    now: Timestamp,
    /// What was recorded, and when.
    recorded: Vec<(Timestamp, Delivery)>,
}

impl Twins {
    fn new() -> Self {
        let [mut with, mut without] = [TestStore::new(), TestStore::new()];
        (with.options.replace, without.options.replace) = (true, true);
        Self {
            with,
            without,
            now: "2026-06-01T12:00:00Z".parse().unwrap(),
            recorded: Vec::new(),
        }
    }

    async fn happen(&mut self, event: Event) {
        self.now += SignedDuration::from_secs(1);
        let store = &self.with.store;
        match event {
            Event::Import(mut deliveries) => {
                without_repeated_units(&mut deliveries);
                let rows: String = deliveries.iter().map(Delivery::rows).collect();
                for test in [&mut self.with, &mut self.without] {
                    let file = test.file("rows.csv", format!("{USAGE_HEADER}\n{rows}"));
                    test.import_at(vec![file], self.now).await.unwrap();
                }
                let now = self.now;
                self.recorded
                    .extend(deliveries.into_iter().map(|it| (now, it)));
            }
            Event::Keep => {
                let kept = store.keep_ledger(partner(), Kind::Usage).await.unwrap();
                assert_eq!(kept, !store.partners().unwrap().is_empty());
            }
            Event::Restart => self.with.store = Store::open(store.work_dir()).unwrap(),
            Event::Compact => {
                let compacted = store.compact(partner(), Kind::Usage, A_DAY, much_later());
                compacted.await.unwrap();
            }
            Event::Erase(number) => {
                let id = customer(u32::from(number));
                let what = Erase::Customer(id.parse().unwrap());
                for test in [&self.with, &self.without] {
                    let erased = test
                        .store
                        .erase(partner(), Kind::Usage, what, self.now, false);
                    erased.await.unwrap();
                }
                self.recorded.retain(|(_, it)| it.customer != number);
                for file in files(store) {
                    let bytes = fs::read(&file).unwrap();
                    assert!(!bytes.windows(id.len()).any(|part| part == id.as_bytes()));
                }
            }
            Event::Lose(is_damaged) => {
                self.with.store = Store::open(store.work_dir()).unwrap();
                for file in files(&self.with.store) {
                    let mut bytes = fs::read(&file).unwrap();
                    if is_damaged {
                        let middle = bytes.len() / 2;
                        bytes[middle] ^= 1;
                        fs::write(&file, bytes).unwrap();
                    } else {
                        fs::remove_file(&file).unwrap();
                    }
                }
            }
        }
    }

    /// Compares the figures with those of the oracle: as of a day, and known at an instant.
    async fn compare_figures(&self, day: Option<u16>, at: Option<Timestamp>) {
        let store = &self.with.store;
        let as_of = day.map(|day| date(2026, 1, 15) + i64::from(day).days());
        let known_at = match at {
            Some(at) => Some(store.settle(partner(), at, self.now).await.unwrap()),
            None => None,
        };
        let axes = Axes { as_of, known_at };
        let seen = self.recorded.iter().filter(|(recorded, it)| {
            at.is_none_or(|at| *recorded <= at) && as_of.is_none_or(|as_of| it.date() <= as_of)
        });
        let seen: Vec<Delivery> = seen.map(|(_, it)| it.clone()).collect();
        let figures = store.usage_figures_at(partner(), axes).await.unwrap();
        assert_eq!(like_oracle(figures), oracle(&seen), "{axes:?}");
        if axes == Axes::default() {
            let figures = store.usage_figures(partner()).await.unwrap();
            assert_eq!(like_oracle(figures), oracle(&seen));
        }
    }

    /// Updates a snapshot of a moment and compares it with the one read from the rows.
    async fn compare_snapshot(&self, moment: Moment, before: &mut Option<Arc<Snapshot>>) {
        let read = async |test: &TestStore, before| {
            let snapshot = test
                .store
                .read_snapshot(partner(), Kind::Usage, moment, None, before);
            Arc::new(snapshot.await.unwrap())
        };
        let snapshot = read(&self.with, before.take()).await;
        let read = read(&self.without, None).await;
        assert_eq!(text_of(&snapshot), text_of(&read));
        assert_eq!(selected_text(&snapshot), selected_text(&read));
        assert_eq!(snapshot.recorded_at(), read.recorded_at());
        *before = Some(snapshot);
    }

    /// Compares the rows that count at a point on the axes with those of the store without a
    /// ledger.
    async fn compare_rows(&self, as_of: Option<u16>, at: Option<Timestamp>) {
        let as_of = as_of.map(|day| date(2026, 1, 15) + i64::from(day).days());
        let mut texts = Vec::new();
        for test in [&self.with, &self.without] {
            let known_at = match at {
                Some(at) => Some(test.store.settle(partner(), at, self.now).await.unwrap()),
                None => None,
            };
            let moment = Moment::At(Axes { as_of, known_at });
            let snapshot = test
                .store
                .read_snapshot(partner(), Kind::Usage, moment, None, None);
            texts.push(text_of(&snapshot.await.unwrap()));
        }
        let without = texts.pop();
        assert_eq!(texts.pop(), without, "{as_of:?} {at:?}");
    }

    /// Compares restatements up to a day with those of the store without a ledger.
    async fn compare_restatements(
        &self,
        day: Option<u16>,
        at: Option<Timestamp>,
        selection: &Selection,
    ) {
        let mut found = Vec::new();
        for test in [&self.with, &self.without] {
            let known_at = match at {
                Some(at) => Some(test.store.settle(partner(), at, self.now).await.unwrap()),
                None => None,
            };
            let question = RestatementsQuestion {
                kind: Kind::Usage,
                from: date(2026, 1, 20),
                to: date(2026, 1, 20) + i64::from(day.unwrap_or(90)).days(),
                selection: Selection {
                    workload: None,
                    product: None,
                    ..selection.clone()
                },
                known_at,
            };
            let answer = test.store.restatements(partner(), &question).await;
            found.push(answer.unwrap().value);
        }
        let without = found.pop();
        assert_eq!(found.pop(), without, "{day:?} {at:?} {selection:?}");
    }

    /// Compares a history with that of the store without a ledger.
    async fn compare_history(
        &self,
        by: By,
        selection: &Selection,
        step: Step,
        at: Option<Timestamp>,
    ) {
        let mut histories: Vec<(History, Option<Timestamp>)> = Vec::new();
        for test in [&self.with, &self.without] {
            let known_at = match at {
                Some(at) => Some(test.store.settle(partner(), at, self.now).await.unwrap()),
                None => None,
            };
            let question = HistoryQuestion {
                kind: Kind::Usage,
                by,
                selection: selection.clone(),
                from: date(2026, 1, 20),
                to: date(2026, 4, 20),
                step,
                known_at,
            };
            let history = test.store.history(partner(), &question).await.unwrap();
            histories.push((history.value, history.recorded_at));
        }
        let without = histories.pop();
        assert_eq!(histories.pop(), without, "{by:?} {selection:?} {at:?}");
    }
}

fn selection() -> impl Strategy<Value = Selection> {
    let one_of = |texts: Vec<String>| prop::option::of(prop::sample::select(texts));
    let workloads = WORKLOADS.iter().flat_map(|(code, name)| [*code, *name]);
    let workloads = workloads.filter(|text| !text.is_empty());
    (
        one_of(SERVICES.map(ToOwned::to_owned).into()),
        one_of(CHANNELS.map(ToOwned::to_owned).into()),
        one_of(workloads.map(ToOwned::to_owned).collect()),
        one_of((0..3).map(|it| format!("product-{it}")).collect()),
        prop::option::of(0..5_u32),
    )
        .prop_map(|(service, channel, workload, product, number)| Selection {
            service,
            channel,
            workload,
            product,
            customer: number.map(|number| customer(number).parse().unwrap()),
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn a_ledger_and_a_snapshot_that_follow_give_what_all_rows_give(
        events in vec(event(), 4..24),
        asked in vec((prop::option::of(0..90_u16), prop::option::of(0.0..1.0)), 12),
        histories in vec((selection(), prop::option::of(0.0..1.0), 0..8_usize), 10),
        earlier in 0..90_u16,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut twins = Twins::new();
            let (mut snapshot, mut as_of_earlier) = (None, None);
            let earlier = date(2026, 1, 15) + i64::from(earlier).days();
            let earlier = Axes { as_of: Some(earlier), known_at: None };
            for event in events {
                twins.happen(event).await;
                twins.compare_figures(None, None).await;
                twins.compare_snapshot(Moment::NEWEST, &mut snapshot).await;
                twins.compare_snapshot(Moment::At(earlier), &mut as_of_earlier).await;
            }
            let first = twins.now - SignedDuration::from_secs(30);
            let instant = |at: Option<f64>| at.map(|at| first + SignedDuration::from_secs_f64(at * 30.0));
            for (day, at) in asked {
                twins.compare_figures(day, instant(at)).await;
                twins.compare_rows(day, instant(at)).await;
            }
            for (selection, at, which) in histories {
                let day = (which < 5).then_some(which as u16 * 20);
                twins.compare_restatements(day, instant(at), &selection).await;
                let by = [By::Partner, By::Workload, By::Product, By::Customer][which % 4];
                let step = [Step::Day, Step::Week][which / 4];
                twins.compare_history(by, &selection, step, instant(at)).await;
            }
        });
    }
}

#[tokio::test]
async fn a_ledger_follows_its_table_and_is_kept() {
    let mut test = TestStore::new();
    let keep = async |test: &TestStore| {
        test.store
            .keep_ledger(partner(), Kind::Usage)
            .await
            .unwrap()
    };
    assert!(!keep(&test).await, "there is no table");
    for day in 1..=3 {
        let rows = (1..=50).map(|it| exchange(&format!("2026-05-{day:02}"), it, it, 100));
        test.usage(&rows.collect::<String>()).await.unwrap();
        assert!(keep(&test).await);
        let kept = files(&test.store);
        assert_eq!(kept.len(), 4, "{kept:?}");
    }
    let figures = test.usage_figures().await;
    let kept = files(&test.store);
    // Nothing is written again without a change.
    test.store = Store::open(test.store.work_dir()).unwrap();
    assert!(keep(&test).await);
    assert_eq!(files(&test.store), kept);
    // Only the ledger is read: the rows are gone.
    for file in data_files(&test.store) {
        fs::remove_file(file).unwrap();
    }
    test.store = Store::open(test.store.work_dir()).unwrap();
    assert_eq!(test.usage_figures().await, figures);
    assert!(figures.contains("1275/5000"), "{figures}");
}

#[tokio::test]
async fn an_erasure_removes_the_ledger_and_a_new_one_knows_no_erased_customer() {
    let mut test = TestStore::new();
    let rows = exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-01", 2, 1, 3);
    test.usage(&rows).await.unwrap();
    test.store
        .keep_ledger(partner(), Kind::Usage)
        .await
        .unwrap();
    // Another process continues with its cache.
    let other = Store::open(test.store.work_dir()).unwrap();
    let read = async |store: &Store| store.usage_figures(partner()).await.unwrap()[0].qualified;
    assert_eq!(read(&other).await, 13);
    let what = Erase::Customer(customer(2).parse().unwrap());
    let erased = test
        .store
        .erase(partner(), Kind::Usage, what, much_later(), false);
    erased.await.unwrap();
    assert_eq!(files(&test.store), Vec::<PathBuf>::new());
    for store in [&test.store, &other] {
        assert_eq!(read(store).await, 10);
        assert!(store.keep_ledger(partner(), Kind::Usage).await.unwrap());
        assert_eq!(read(store).await, 10);
    }
}

#[tokio::test]
async fn figures_of_months_have_no_ledger() {
    let test = TestStore::new();
    let kept = test.store.keep_ledger(partner(), Kind::UsageMonth).await;
    assert!(!kept.unwrap());
}
