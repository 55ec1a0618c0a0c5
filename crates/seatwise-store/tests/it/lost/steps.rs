//! What stores are asked to do before the power is cut.

use std::path::Path;
use std::sync::LazyLock;

use seatwise_store::{Kind, Store};
use tokio::runtime::Builder;

use super::course::{self, Course, Step, deployment, imported, minute, other_partner, usage};
use super::disk::{Image, Tree};
use super::recorder;
use crate::test_store::partner;

/// The steps of a store from its creation.
fn first_steps() -> Vec<Step> {
    vec![
        Step::Create,
        Step::Import(vec![
            usage(&[("2026-05-01", 1, 10), ("2026-05-01", 2, 20)]),
            deployment(&[("2026-05-01", 1, 30), ("2026-05-01", 2, 31)]),
        ]),
        // The second day of one customer, a restatement of the other, and other domains.
        Step::Import(vec![usage(&[("2026-05-02", 1, 25), ("2026-05-01", 2, 21)])]),
        Step::Settle,
        Step::SetPrices(PRICES),
        Step::KeepReceipt,
        Step::KeepLedger,
        Step::Import(vec![deployment(&[("2026-05-02", 1, 33)])]),
    ]
}

const PRICES: &str = "product,currency,pricePerSeatMonth,validFrom\nE3,EUR,10,2026-01-01\n";

/// The steps of a store with many commits.
fn later_steps() -> Vec<Step> {
    vec![
        Step::Settle,
        // Sums up the log and removes old files.
        Step::Import(vec![usage(&[("2026-05-09", 1, 12), ("2026-05-09", 2, 22)])]),
        Step::KeepLedger,
        // Merges files.
        Step::Import(vec![usage(&[("2026-05-10", 1, 13)])]),
        Step::Compact,
        Step::Import(vec![usage(&[("2026-05-11", 1, 14), ("2026-05-01", 1, 9)])]),
        Step::LinkGuest,
        Step::RevokeGuest,
        Step::Erase,
        Step::RemoveOther,
        Step::Import(vec![usage(&[("2026-05-12", 1, 15)])]),
    ]
}

/// A store whose next commit is the 32nd, and another partner.
async fn lived_in(data: &Path) {
    let store = Store::create(data).unwrap();
    let files = [usage(&[("2026-05-01", 1, 5)])];
    imported(&store, other_partner(), &files, minute(0))
        .await
        .unwrap();
    let files = [deployment(&[("2026-05-01", 1, 30), ("2026-05-01", 2, 31)])];
    imported(&store, partner(), &files, minute(0))
        .await
        .unwrap();
    for number in 1.. {
        let version = store.table_version(partner(), Kind::Usage).await.unwrap();
        if version.is_some_and(|version| version.number == 31) {
            break;
        }
        let active = number as u32;
        let files = [usage(&[
            ("2026-05-08", 1, active),
            ("2026-05-08", 2, active),
        ])];
        imported(&store, partner(), &files, minute(number))
            .await
            .unwrap();
    }
    for step in [Step::KeepReceipt, Step::SetPrices(PRICES), Step::KeepLedger] {
        course::done(&store, &step, minute(40)).await.unwrap();
    }
}

/// Both courses, each with what is on the disk after it.
pub(super) static COURSES: LazyLock<[(Course, Image); 2]> = LazyLock::new(|| {
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    [(first_steps(), false), (later_steps(), true)].map(|(steps, lived)| {
        let folder = tempfile::tempdir().unwrap();
        let course = runtime.block_on(async {
            if lived {
                lived_in(&folder.path().join("data")).await;
            }
            course::run(folder.path(), &steps, 50).await
        });
        let mut number = 0;
        let tree = Tree::read(folder.path(), &mut |is_folder| {
            number += 1;
            recorder::node(number, is_folder)
        });
        (course, tree.image())
    })
});
