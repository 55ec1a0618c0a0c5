//! Updated snapshots: they equal those read from the table, and read only added rows.

use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use seatwise_store::{Kind, Moment, Snapshot, SnapshotRow, Store, StoreError};
use seatwise_types::query::{CommercialField, CommercialKind, Filter, GroupBy};

use crate::test_store::{TestStore, customer, exchange, partner};
use crate::upkeep::data_files;

/// The newest snapshot, which may share data with an earlier one.
pub(crate) async fn newest(
    store: &Store,
    before: Option<Arc<Snapshot>>,
) -> Result<Arc<Snapshot>, StoreError> {
    let snapshot = store.read_snapshot(partner(), Kind::Usage, Moment::NEWEST, None, before);
    snapshot.await.map(Arc::new)
}

/// The whole content of a snapshot: customers and rows.
pub(crate) fn text_of(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    for known in snapshot.customers() {
        writeln!(text, "{known:?}").unwrap();
        for row in snapshot.rows_of(known.id) {
            writeln!(text, "  {}", row_text(&row)).unwrap();
        }
    }
    text
}

/// The rows of all customers as pages, with filters and sums.
pub(crate) fn selected_text(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    for filter in ["", "customerName ne 'Customer 1'", "channel eq 'reseller'"] {
        let filter =
            (!filter.is_empty()).then(|| Filter::parse(filter, CommercialKind::Usage).unwrap());
        for group_by in ["", "serviceCode,channel", "customerTenantId,customerName"] {
            let group_by = match group_by {
                "" => GroupBy::default(),
                fields => GroupBy::parse(fields, CommercialKind::Usage).unwrap(),
            };
            let selected = snapshot.select(filter.as_ref(), &group_by);
            let rows = selected.page(0, usize::MAX);
            assert_eq!(rows.len(), selected.len());
            for (at, row) in rows.iter().enumerate() {
                let [page] = &selected.page(at, 1)[..] else {
                    panic!("there is no row {at} of {}", rows.len());
                };
                assert_eq!(row_text(page), row_text(row));
                writeln!(text, "{}", row_text(row)).unwrap();
            }
            assert!(selected.page(rows.len(), 1).is_empty());
        }
    }
    text
}

fn row_text(row: &SnapshotRow<'_>) -> String {
    let text: Vec<_> = CommercialField::ALL.map(|field| row.field(field)).into();
    format!(
        "{text:?} {:?} {:?} {}/{}",
        row.customer(),
        row.processed(),
        row.part(),
        row.whole()
    )
}

#[tokio::test]
async fn a_snapshot_that_follows_reads_nothing_but_what_was_added() {
    let mut test = TestStore::new();
    let rows = (1..=50).map(|it| exchange("2026-05-01", it, it, 100));
    test.usage(&rows.collect::<String>()).await.unwrap();
    let first = newest(&test.store, None).await.unwrap();
    assert_eq!(first.len(), 50);
    for file in data_files(&test.store) {
        fs::remove_file(file).unwrap();
    }
    // An existing customer and a new one, which sorts first.
    let rows = exchange("2026-05-02", 7, 70, 100) + &exchange("2026-05-02", 0, 1, 100);
    test.usage(&rows).await.unwrap();
    let second = newest(&test.store, Some(Arc::clone(&first))).await.unwrap();
    assert_eq!((second.len(), first.len()), (51, 50));
    assert_eq!(second.version(), Some(2));
    let part = |snapshot: &Snapshot, number| {
        let id = customer(number).parse().unwrap();
        snapshot
            .rows_of(id)
            .map(|row| row.part())
            .collect::<Vec<_>>()
    };
    assert_eq!(part(&second, 0), [1]);
    assert_eq!(part(&second, 7), [70]);
    assert_eq!(part(&second, 50), [50]);
    assert_eq!(part(&first, 7), [7]);
    // Without the previous snapshot, existing rows must be read.
    let read = newest(&test.store, None).await.map(|it| it.len());
    assert!(matches!(read, Err(StoreError::Damaged { .. })), "{read:?}");
}

#[tokio::test]
async fn memory_is_kept_for_what_snapshots_share_as_long_as_one_of_them_is_there() {
    let mut test = TestStore::new();
    let rows = (1..=50).map(|it| exchange("2026-05-01", it, it, 100));
    test.usage(&rows.collect::<String>()).await.unwrap();
    let first = newest(&test.store, None).await.unwrap();
    let of_first = test.store.memory_in_use();
    assert_eq!(of_first, first.bytes());
    test.usage(&exchange("2026-05-02", 7, 70, 100))
        .await
        .unwrap();
    let second = newest(&test.store, Some(Arc::clone(&first))).await.unwrap();
    let of_both = test.store.memory_in_use();
    assert!(
        (of_first..of_first + of_first / 4).contains(&of_both),
        "{of_both} of {of_first}"
    );
    drop(first);
    assert_eq!(test.store.memory_in_use(), second.bytes());
    drop(second);
    assert_eq!(test.store.memory_in_use(), 0);
}
