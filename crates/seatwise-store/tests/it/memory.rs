//! The memory for questions: counted, limited and released.

use std::sync::Arc;

use jiff::civil::date;
use seatwise_store::{
    Axes, ExplainQuestion, HistoryQuestion, Kind, Moment, QuestionError, RestatementsQuestion,
    Store, StoreError,
};
use seatwise_types::extensions::{By, Selection, Step};

use crate::test_store::{TestStore, exchange, partner};

const CUSTOMERS: u32 = 3_000;

/// A store with one row for each customer.
async fn test() -> TestStore {
    let mut test = TestStore::new();
    let rows: String = (1..=CUSTOMERS)
        .map(|number| exchange("2026-03-01", number, 1, 2))
        .collect();
    test.usage(&rows).await.unwrap();
    test
}

fn history(step: Step) -> HistoryQuestion {
    HistoryQuestion {
        kind: Kind::Usage,
        by: By::Customer,
        selection: Selection::default(),
        from: date(2026, 1, 1),
        to: date(2026, 12, 31),
        step,
        known_at: None,
    }
}

/// Waits until this much is in use: the engine's memory is released when its tasks end, after the
/// answer.
async fn comes_down_to(store: &Store, bytes: usize) {
    while store.memory_in_use() != bytes {
        tokio::task::yield_now().await;
    }
}

async fn rows(store: &Store) -> Result<usize, StoreError> {
    let facts = store
        .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, None, None)
        .await?;
    comes_down_to(store, facts.bytes()).await;
    Ok(facts.len())
}

#[tokio::test]
async fn rows_take_memory_until_they_are_dropped() {
    let test = test().await;
    let store = test.store.clone().with_memory(64 << 20);
    assert_eq!(rows(&store).await.unwrap(), CUSTOMERS as usize);
    assert_eq!(store.memory_in_use(), 0);

    let facts = store.read_snapshot(partner(), Kind::Usage, Moment::NEWEST, None, None);
    let facts = Arc::new(facts.await.unwrap());
    // A customer, its delivery and its row, and its name.
    assert!(facts.bytes() > 88 * CUSTOMERS as usize, "{}", facts.bytes());
    let selection = Selection {
        service: Some("o365".to_owned()),
        channel: Some("reseller".to_owned()),
        ..Selection::default()
    };
    let question = ExplainQuestion {
        kind: Kind::Usage,
        axes: Axes::default(),
        selection,
        page: 0..usize::MAX,
    };
    let explained = store.explain(partner(), &question, facts).await.unwrap();
    let explained = explained.unwrap();
    assert_eq!(explained.value.rows.items.len(), CUSTOMERS as usize);
    comes_down_to(&store, explained.memory.bytes()).await;
    assert!(explained.memory.bytes() > 100 * explained.value.rows.items.len());
    drop(explained);
    assert_eq!(store.memory_in_use(), 0);
}

#[tokio::test]
async fn restatements_take_memory_until_they_are_dropped() {
    let mut test = test().await;
    let again: String = (1..=CUSTOMERS)
        .map(|number| exchange("2026-03-01", number, 0, 2))
        .collect();
    test.usage(&again).await.unwrap();
    let store = test.store.clone().with_memory(64 << 20);
    let question = RestatementsQuestion {
        kind: Kind::Usage,
        from: date(2026, 3, 1),
        to: date(2026, 3, 1),
        selection: Selection::default(),
        known_at: None,
    };
    let found = store.restatements(partner(), &question).await.unwrap();
    assert_eq!(found.value.len(), CUSTOMERS as usize);
    assert!(found.memory.bytes() > 2 * 100 * found.value.len());
    comes_down_to(&store, found.memory.bytes()).await;
    drop(found);
    assert_eq!(store.memory_in_use(), 0);
}

#[tokio::test]
async fn a_question_without_enough_memory_is_refused_and_holds_nothing() {
    let test = test().await;
    for bytes in [0, 1 << 10, 200 << 10] {
        let store = test.store.clone().with_memory(bytes);
        let refused = rows(&store).await;
        assert!(matches!(refused, Err(StoreError::Memory { .. })), "{bytes}");
        let refused = store.history(partner(), &history(Step::Month)).await;
        assert!(
            matches!(
                refused,
                Err(QuestionError::Store(StoreError::Memory { .. }))
            ),
            "{bytes}: {refused:?}"
        );
        comes_down_to(&store, 0).await;
    }
    // No other question is affected.
    assert_eq!(rows(&test.store).await.unwrap(), CUSTOMERS as usize);
    let figures = test
        .store
        .clone()
        .with_memory(0)
        .usage_figures(partner())
        .await;
    assert_eq!(figures.unwrap()[0].qualified, u64::from(2 * CUSTOMERS));
}

/// With some limits its rows cannot be read, but it is still known to be too large.
#[tokio::test]
async fn a_history_with_too_many_points_is_refused_before_it_is_read() {
    let test = test().await;
    let mut refused_unread = false;
    for kibibytes in [400, 600, 800, 1000, 1300, 1700, 2200, 3000] {
        let store = test.store.clone().with_memory(kibibytes << 10);
        let smaller = store.history(partner(), &history(Step::Month)).await;
        let refused = store.history(partner(), &history(Step::Day)).await;
        refused_unread |= matches!(
            (smaller, refused),
            (
                Err(QuestionError::Store(StoreError::Memory { .. })),
                Err(QuestionError::TooMuch { .. })
            )
        );
    }
    assert!(refused_unread);
    // For one customer there are few, and the question is answered.
    let mut of_one = history(Step::Day);
    of_one.selection.customer = Some(crate::test_store::customer(7).parse().unwrap());
    let answer = test.store.history(partner(), &of_one).await;
    assert_eq!(answer.unwrap().value.lines.len(), 1);
}

#[tokio::test]
async fn memory_is_kept_for_answers_too() {
    let test = TestStore::new();
    let store = test.store.clone().with_memory(1000);
    let first = store.reserve(600).unwrap();
    assert!(matches!(store.reserve(600), Err(StoreError::Memory { .. })));
    drop(first);
    assert_eq!(store.reserve(600).unwrap().bytes(), 600);
    assert_eq!(store.memory_in_use(), 0);
}
