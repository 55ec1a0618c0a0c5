//! The two axes of time: an answer is given again unchanged, whatever happens in between.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_store::{
    Axes, DiskStep, DurableFiles, ExplainQuestion, HistoryQuestion, Kind, KnownAt, Moment,
    RestatementsQuestion, Store, StoreError,
};
use seatwise_types::CustomerId;
use seatwise_types::extensions::{By, Selection, Step};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::figures::{Delivery, delivery, like_oracle, oracle, without_repeated_units};
use crate::followed::text_of;
use crate::monthly::{OFFICE, office};
use crate::test_store::{DEPLOYMENT_HEADER, TestStore, USAGE_HEADER, customer, exchange, partner};

fn time(text: &str) -> Timestamp {
    format!("2026-06-01T{text}Z").parse().unwrap()
}

async fn settled(store: &Store, at: Timestamp) -> KnownAt {
    store.settle(partner(), at, at).await.unwrap()
}

/// All answers at a point on the axes, as text.
pub(crate) async fn answer(store: &Store, axes: Axes) -> String {
    let figures = store.usage_figures_at(partner(), axes).await.unwrap();
    let mut text = format!("{figures:#?}\n");
    let snapshot = store.read_snapshot(partner(), Kind::Usage, Moment::At(axes), None, None);
    let snapshot = Arc::new(snapshot.await.unwrap());
    text.push_str(&text_of(&snapshot));
    if let Some(figure) = figures.first() {
        let selection = Selection {
            service: Some(figure.service_code.clone()),
            channel: Some(figure.channel.clone()),
            workload: Some(figure.workload_name.clone()),
            ..Selection::default()
        };
        let question = ExplainQuestion {
            kind: Kind::Usage,
            axes,
            selection,
            page: 0..usize::MAX,
        };
        let explained = store.explain(partner(), &question, snapshot).await;
        let explained = explained.unwrap().map(|it| it.value);
        writeln!(text, "{explained:#?}").unwrap();
    }
    let (from, to) = (date(2026, 1, 20), date(2026, 3, 20));
    let question = HistoryQuestion {
        kind: Kind::Usage,
        by: By::Customer,
        selection: Selection::default(),
        from,
        to,
        step: Step::Week,
        known_at: axes.known_at,
    };
    let history = store.history(partner(), &question).await.unwrap();
    writeln!(text, "{:#?} {:?}", history.value, history.recorded_at).unwrap();
    let question = RestatementsQuestion {
        kind: Kind::Usage,
        from,
        to,
        selection: Selection::default(),
        known_at: axes.known_at,
    };
    let found = store.restatements(partner(), &question).await.unwrap();
    writeln!(text, "{:#?} {:?}", found.value, found.recorded_at).unwrap();
    text
}

#[tokio::test]
async fn a_day_and_an_instant_of_the_past() {
    let mut test = TestStore::new();
    let import = async |test: &mut TestStore, rows: &str, at: &str| {
        let file = test.file("rows.csv", format!("{USAGE_HEADER}\n{rows}"));
        test.import_at(vec![file], time(at)).await.unwrap();
    };
    import(&mut test, &exchange("2026-05-01", 1, 5, 10), "09:00:00").await;
    import(&mut test, &exchange("2026-05-01", 1, 4, 10), "10:00:00").await;
    import(&mut test, &exchange("2026-05-02", 1, 9, 10), "11:00:00").await;
    let mut shown = String::new();
    for (as_of, known_at) in [
        (None, None),
        (Some("2026-05-01"), None),
        (Some("2026-04-30"), None),
        (None, Some("08:59:59")),
        (None, Some("09:00:00")),
        (None, Some("10:59:59.999")),
        (Some("2026-05-01"), Some("11:30:00")),
        (Some("2026-05-02"), Some("10:30:00")),
    ] {
        let mut axes = Axes {
            as_of: as_of.map(|day| day.parse().unwrap()),
            ..Axes::default()
        };
        if let Some(at) = known_at {
            axes.known_at = Some(settled(&test.store, time(at)).await);
        }
        let figures = test.store.usage_figures_at(partner(), axes).await.unwrap();
        let figures = figures.iter().map(|it| (it.active, it.processed.day()));
        writeln!(
            shown,
            "{as_of:?} {known_at:?}: {:?}",
            figures.collect::<Vec<_>>()
        )
        .unwrap();
    }
    insta::assert_snapshot!(shown, @r#"
    None None: [(9, 2026-05-02)]
    Some("2026-05-01") None: [(4, 2026-05-01)]
    Some("2026-04-30") None: []
    None Some("08:59:59"): []
    None Some("09:00:00"): [(5, 2026-05-01)]
    None Some("10:59:59.999"): [(4, 2026-05-01)]
    Some("2026-05-01") Some("11:30:00"): [(4, 2026-05-01)]
    Some("2026-05-02") Some("10:30:00"): [(4, 2026-05-01)]
    "#);
}

#[tokio::test]
async fn what_is_still_to_come_is_not_known() {
    let test = TestStore::new();
    let now = time("12:00:00");
    let later = now + SignedDuration::from_secs(1);
    let err = test.store.settle(partner(), later, now).await.unwrap_err();
    assert!(matches!(err, StoreError::NotYet { .. }));
    assert_eq!(
        err.to_string(),
        "`2026-06-01T12:00:01Z` is in the future: it is 2026-06-01T12:00:00Z now"
    );
    // Instants recorded by a fast clock are in the past for all later questions.
    let file = test.folder.path().join("rows.csv");
    let rows = exchange("2026-05-01", 1, 5, 10);
    std::fs::write(&file, format!("{USAGE_HEADER}\n{rows}")).unwrap();
    test.import_at(vec![file], later).await.unwrap();
    let known_at = test.store.settle(partner(), later, now).await.unwrap();
    assert_eq!(known_at.timestamp(), later);
}

#[tokio::test]
async fn who_writes_after_an_answer_records_after_it() {
    let mut test = TestStore::new();
    let asked = time("12:00:00.5");
    let known_at = settled(&test.store, asked).await;
    // Parts below a millisecond make no difference.
    let finer = asked + SignedDuration::from_micros(999);
    assert_eq!(settled(&test.store, finer).await, known_at);
    let file = test.file(
        "rows.csv",
        format!("{USAGE_HEADER}\n{}", exchange("2026-05-01", 1, 5, 10)),
    );
    // The writer's clock is behind, and it uses another store handle.
    test.store = Store::open(test.store.work_dir()).unwrap();
    test.import_at(vec![file], time("11:00:00")).await.unwrap();
    let status = test.store.status().await.unwrap();
    let recorded_at = status[0].tables[0].last_recorded_at;
    assert_eq!(recorded_at, Some(asked + SignedDuration::from_millis(1)));
    let axes = Axes {
        known_at: Some(known_at),
        ..Axes::default()
    };
    assert_eq!(
        test.store.usage_figures_at(partner(), axes).await.unwrap(),
        []
    );
}

/// A new store whose first import stops when its rows, with their time, are on the disk but not yet
/// in the log. It signals this, and continues when the test allows it.
fn gated(path: &Path) -> (Store, oneshot::Receiver<()>, mpsc::Sender<()>) {
    let (wrote, has_written) = oneshot::channel();
    let (go, may_go) = mpsc::channel();
    let gate = Mutex::new(Some((wrote, may_go)));
    let files = DurableFiles::observed(move |step| {
        let of_rows = |step: &DiskStep| match step {
            DiskStep::Named { to, .. } => to.extension().is_some_and(|it| it == "parquet"),
            _ => false,
        };
        if of_rows(&step)
            && let Some((wrote, may_go)) = gate.lock().unwrap().take()
        {
            wrote.send(()).unwrap();
            may_go.recv().unwrap();
        }
    });
    let store = Store::create_with(path, files).unwrap();
    (store, has_written, go)
}

/// Imports a row at noon.
fn write_a_row(store: Store, folder: &Path) -> JoinHandle<()> {
    let file = folder.join("rows.csv");
    let rows = exchange("2026-05-01", 1, 5, 10);
    std::fs::write(&file, format!("{USAGE_HEADER}\n{rows}")).unwrap();
    tokio::spawn(async move {
        let options = ImportOptions::new(partner());
        let progress = Arc::new(Progress::default());
        let now = time("12:00:00");
        let imported = import(&store, &options, vec![Input::File(file)], now, progress);
        imported.await.unwrap();
    })
}

/// The time of a commit is determined before it is visible: a question in between waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_waits_for_the_writer_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let (writing, has_written, go) = gated(&path);
    let writer = write_a_row(writing, folder.path());
    has_written.await.unwrap();
    let reading = Store::open(&path).unwrap();
    let reader = tokio::spawn(async move {
        let known_at = Some(settled(&reading, time("12:00:01")).await);
        let axes = Axes {
            known_at,
            ..Axes::default()
        };
        let first = answer(&reading, axes).await;
        (reading, axes, first)
    });
    go.send(()).unwrap();
    writer.await.unwrap();
    let (reading, axes, first) = reader.await.unwrap();
    assert!(first.contains("active: 5"), "{first}");
    assert_eq!(answer(&reading, axes).await, first);
}

/// The writer gets the threads that it needs, however many tasks of the same process wait for it.
#[test]
fn who_waits_for_a_writer_takes_no_thread_from_it() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().max_blocking_threads(2).build();
    runtime.unwrap().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let (store, has_written, go) = gated(&folder.path().join("data"));
        let writer = write_a_row(store.clone(), folder.path());
        has_written.await.unwrap();
        let waiting = ["12:00:01", "12:00:02", "12:00:03"].map(|at| {
            let store = store.clone();
            tokio::spawn(async move { settled(&store, time(at)).await })
        });
        // All of them advance as far as they can.
        tokio::task::yield_now().await;
        go.send(()).unwrap();
        writer.await.unwrap();
        for waiting in waiting {
            waiting.await.unwrap();
        }
    });
}

/// Later records come after the last commit, regardless of its table.
#[tokio::test]
async fn an_instant_before_the_last_commit_is_settled_already() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 5, 10)).await.unwrap();
    let usage = format!("{USAGE_HEADER}\n{}", exchange("2026-05-02", 1, 5, 10));
    let id = customer(1);
    let deployment = format!("2026-05-01,o365,,reseller,{id},Customer 1,,E3,1,2\n");
    let files = vec![
        test.file("usage.csv", usage),
        test.file(
            "deployment.csv",
            format!("{DEPLOYMENT_HEADER}\n{deployment}"),
        ),
    ];
    test.import_at(files, time("12:00:00")).await.unwrap();
    // Another process keeps writing.
    let lock = test.store.work_dir();
    let lock = lock.join(format!("partners/{}/writer.lock", partner()));
    let lock = std::fs::File::open(lock).unwrap();
    lock.lock().unwrap();
    for at in ["11:00:00", "12:00:00", "12:00:00.001"] {
        assert_eq!(settled(&test.store, time(at)).await.timestamp(), time(at));
    }
    lock.unlock().unwrap();
    // So the first months are recorded after it too, although this clock is behind.
    let months = office(1, "Exchange", "2026-04", 3, 10, 0);
    let file = test.file("months.csv", format!("{OFFICE}\n{months}"));
    test.import_at(vec![file], time("11:30:00")).await.unwrap();
    let status = test.store.status().await.unwrap();
    let answer = status[0].tables.iter();
    let answer: Vec<_> = answer.map(|it| (it.kind, it.last_recorded_at)).collect();
    assert_eq!(
        answer,
        [
            ("usage", Some(time("12:00:00"))),
            ("deployment", Some(time("12:00:00.001"))),
            ("usage-month", Some(time("12:00:00.002"))),
        ]
    );
}

/// Events in a store.
#[derive(Debug, Clone)]
enum Event {
    /// An import, this many milliseconds after the previous event, or before it: clocks are set
    /// back.
    Import(Vec<Delivery>, i64),
    /// A question as of a day in the span of the deliveries, known this long ago.
    Ask(Option<u16>, i64),
    /// Another process takes over.
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    let ago = prop_oneof![Just(0), 0..4_i64, 0..100_000_i64];
    let day = prop::option::of(0..90_u16);
    prop_oneof![
        5 => (vec(delivery(), 1..4), -50..5_000_i64).prop_map(|(new, after)| Event::Import(new, after)),
        4 => (day, ago).prop_map(|(day, ago)| Event::Ask(day, ago)),
        1 => Just(Event::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Imports are small, so files are merged every few imports.
    #[test]
    fn no_answer_ever_changes(events in vec(event(), 8..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            test.options.replace = true;
            let mut now = time("12:00:00");
            let mut recorded: Vec<(Timestamp, Delivery)> = Vec::new();
            let mut answers: Vec<(Axes, String)> = Vec::new();
            for event in events {
                match event {
                    Event::Import(mut deliveries, after) => {
                        now += SignedDuration::from_millis(after);
                        without_repeated_units(&mut deliveries);
                        let rows: String = deliveries.iter().map(Delivery::rows).collect();
                        let file = test.file("rows.csv", format!("{USAGE_HEADER}\n{rows}"));
                        test.import_at(vec![file], now).await.unwrap();
                        let status = test.store.status().await.unwrap();
                        let at = status[0].tables[0].last_recorded_at.unwrap();
                        recorded.extend(deliveries.into_iter().map(|it| (at, it)));
                    }
                    Event::Ask(day, ago) => {
                        let at = now - SignedDuration::from_millis(ago);
                        let first: Date = "2026-01-10".parse().unwrap();
                        let axes = Axes {
                            as_of: day.map(|day| first + jiff::Span::new().days(day)),
                            known_at: Some(test.store.settle(partner(), at, now).await.unwrap()),
                        };
                        let seen: Vec<Delivery> = recorded
                            .iter()
                            .filter(|(recorded_at, it)| {
                                *recorded_at <= at && axes.as_of.is_none_or(|as_of| it.date() <= as_of)
                            })
                            .map(|(_, it)| it.clone())
                            .collect();
                        let figures = test.store.usage_figures_at(partner(), axes).await.unwrap();
                        assert_eq!(like_oracle(figures), oracle(&seen));
                        answers.push((axes, answer(&test.store, axes).await));
                    }
                    Event::Restart => test.store = Store::open(test.store.work_dir()).unwrap(),
                }
            }
            for (axes, before) in answers {
                assert_eq!(answer(&test.store, axes).await, before, "{axes:?}");
            }
            let known = test.store.read_snapshot(partner(), Kind::Usage, Moment::NEWEST, None, None).await.unwrap();
            let id: CustomerId = customer(0).parse().unwrap();
            let expected = recorded.iter().any(|(_, it)| it.customer == 0);
            assert_eq!(known.customer(id).is_some(), expected);
        });
    }
}
