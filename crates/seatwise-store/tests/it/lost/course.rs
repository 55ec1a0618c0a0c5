//! What a store is asked to do, one after the other, and what it acknowledged.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use seatwise_store::import::{ImportOptions, Input, Progress, Receipt, import};
use seatwise_store::{
    Axes, Erase, GuestToken, HistoryQuestion, KeptReceipt, Kind, KnownAt, NewGuestLink,
    RestatementsQuestion, Store,
};
use seatwise_types::extensions::{By, IdleFileKind, Selection, Step as Every};
use seatwise_types::{CustomerId, PartnerId};

use super::disk::{Disk, Node, Operation};
use super::recorder::Recorder;
use crate::test_store::{DEPLOYMENT_HEADER, USAGE_HEADER, customer, exchange, partner};

pub(super) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The customer that is erased.
pub(super) const ERASED: u32 = 2;

/// One thing that a store does and acknowledges.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Create,
    /// Files of usage and deployment, in one import.
    Import(Vec<String>),
    /// The instant of this step will be asked for.
    Settle,
    KeepReceipt,
    SetPrices(&'static str),
    LinkGuest,
    RevokeGuest,
    KeepLedger,
    /// Merges all files, and removes those of earlier versions.
    Compact,
    /// Everything of a customer.
    Erase,
    RemoveOther,
}

/// What a store did to its disk.
pub(super) struct Course {
    /// The disk before.
    pub(super) disk: Disk,
    pub(super) operations: Vec<Operation>,
    pub(super) acknowledged: Vec<Acknowledged>,
    /// The last name of each file and folder.
    pub(super) paths: HashMap<Node, String>,
}

/// A step that was acknowledged.
#[derive(Clone)]
pub(super) struct Acknowledged {
    pub(super) step: Step,
    pub(super) now: Timestamp,
    /// The number of operations until then.
    pub(super) at: usize,
    /// The answers after it.
    pub(super) answers: Answers,
    /// The instants that were settled.
    pub(super) settled: Vec<Timestamp>,
}

/// Answers by their subjects.
pub(super) type Answers = BTreeMap<String, String>;

pub(super) fn other_partner() -> PartnerId {
    "9d0bbbd2-1a2c-4d5c-a1ee-4f0d8c1c6a55".parse().unwrap()
}

/// The time of the step with this number.
pub(super) fn minute(number: usize) -> Timestamp {
    let start: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(number as i64)
}

/// Runs steps on a store in a folder, and records what they do to the disk.
pub(super) async fn run(folder: &Path, steps: &[Step], first_minute: usize) -> Course {
    let data = folder.join("data");
    let (recorder, disk) = Recorder::new(folder);
    let mut store = None;
    let mut acknowledged = Vec::new();
    let mut settled = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let now = minute(first_minute + number);
        let store = store
            .get_or_insert_with(|| Store::create_with(&data, Recorder::files(&recorder)).unwrap());
        done(store, step, now).await.unwrap();
        let at = recorder.lock().unwrap().operations.len();
        if matches!(step, Step::Settle) {
            settled.push(now);
        }
        // As another process reads it.
        let reader = Store::open(&data).unwrap();
        let mut answers = answers(&reader).await.unwrap();
        for at in &settled {
            let answer = answer_at(&reader, *at, now).await.unwrap();
            answers.insert(format!("known at {at}"), answer);
        }
        let settled = settled.clone();
        let step = step.clone();
        acknowledged.push(Acknowledged {
            step,
            now,
            at,
            answers,
            settled,
        });
    }
    let recorder = recorder.lock().unwrap();
    Course {
        disk,
        operations: recorder.operations.clone(),
        acknowledged,
        paths: recorder.paths.clone(),
    }
}

/// Does one step.
pub(super) async fn done(store: &Store, step: &Step, now: Timestamp) -> Result<()> {
    match step {
        Step::Create => {}
        Step::Import(files) => drop(imported(store, partner(), files, now).await?),
        Step::Settle => drop(store.settle(partner(), now, now).await?),
        Step::KeepReceipt => {
            let kept = KeptReceipt {
                key: "key".to_owned(),
                content: "content".to_owned(),
                kept_at: now,
                receipt: format!("one of {}", customer(ERASED)),
            };
            store.keep_receipt(partner(), &kept)?;
        }
        Step::SetPrices(text) => {
            let set = store.set_idle_file(
                partner(),
                IdleFileKind::Prices,
                text.as_bytes().to_vec(),
                now,
                false,
            );
            set.await?;
        }
        Step::LinkGuest => {
            let link = NewGuestLink {
                customer: customer(ERASED).parse()?,
                note: String::new(),
                made_by: String::new(),
                life: SignedDuration::from_hours(24),
            };
            store.make_guest_link(guest(), link, now).await?;
        }
        Step::RevokeGuest => {
            let revoked = store.revoke_guest_link(partner(), guest().id(), now);
            revoked.await?.ok_or("no link")?;
        }
        Step::KeepLedger => {
            for kind in [Kind::Usage, Kind::Deployment] {
                store.keep_ledger(partner(), kind).await?;
            }
        }
        Step::Compact => {
            for kind in [Kind::Usage, Kind::Deployment] {
                let keep = SignedDuration::ZERO;
                store.compact(partner(), kind, keep, now).await?;
            }
        }
        Step::Erase => {
            let what = Erase::Customer(customer(ERASED).parse()?);
            let erased = store.erase_from_idle_files(partner(), what, now, false);
            erased.await?;
            for kind in Kind::ALL {
                store.erase(partner(), kind, what, now, false).await?;
            }
            store.erase_domains(partner(), what, now, false).await?;
        }
        Step::RemoveOther => store.remove_partner(other_partner(), now).await?,
    }
    Ok(())
}

fn guest() -> GuestToken {
    GuestToken::new(partner(), [7; 16])
}

/// Imports files with this content.
pub(super) async fn imported(
    store: &Store,
    partner: PartnerId,
    contents: &[String],
    now: Timestamp,
) -> Result<Receipt> {
    let folder = tempfile::tempdir()?;
    let mut inputs = Vec::new();
    for (number, content) in contents.iter().enumerate() {
        let file: PathBuf = folder.path().join(format!("{number}.csv"));
        fs::write(&file, content)?;
        inputs.push(Input::File(file));
    }
    let progress = Arc::new(Progress::default());
    let options = ImportOptions::new(partner);
    Ok(import(store, &options, inputs, now, progress).await?)
}

/// A file of usage, with the domains of customers.
pub(super) fn usage(rows: &[(&str, u32, u32)]) -> String {
    let mut text = format!("{USAGE_HEADER},customerDomain\n");
    for (day, number, active) in rows {
        let row = exchange(day, *number, *active, 40);
        text += &format!("{},c{number}-{}.example\n", row.trim_end(), active / 20);
    }
    text
}

/// A file of deployment.
pub(super) fn deployment(rows: &[(&str, u32, u32)]) -> String {
    let mut text = format!("{DEPLOYMENT_HEADER}\n");
    for (day, number, deployed) in rows {
        let id = customer(*number);
        text += &format!("{day},o365,,reseller,{id},Customer {number},,E3,{deployed},50\n");
    }
    text
}

/// The answers of a store as of now.
pub(super) async fn answers(store: &Store) -> Result<Answers> {
    let mut answers = Answers::new();
    let mut add = |subject: &str, answer| answers.insert(subject.to_owned(), answer);
    add("usage", usage_at(store, None).await?);
    let figures = store.deployment_figures(partner()).await?;
    add("deployment", format!("{figures:?}"));
    let domains = store.domains(partner()).await?;
    let customers = (0..9).map(|number| customer(number).parse::<CustomerId>());
    let customers = customers.collect::<std::result::Result<Vec<_>, _>>()?;
    let domains = customers.iter().map(|id| domains.of(*id, None, None));
    add("domains", format!("{:?}", domains.collect::<Vec<_>>()));
    let receipt = store.kept_receipt(partner(), "key", minute(0))?;
    add("receipt", format!("{receipt:?}"));
    let prices = store
        .kept_idle_file(partner(), IdleFileKind::Prices)
        .await?;
    add("prices", format!("{prices:?}"));
    let links = store.guest_links(partner(), minute(0)).await?;
    add("guests", format!("{links:?}"));
    let other = store.usage_figures(other_partner()).await;
    add("other partner", format!("{other:?}"));
    Ok(answers)
}

/// The answer as known at an instant, which is settled for it.
pub(super) async fn answer_at(store: &Store, at: Timestamp, now: Timestamp) -> Result<String> {
    let known_at = store.settle(partner(), at, now).await?;
    usage_at(store, Some(known_at)).await
}

async fn usage_at(store: &Store, known_at: Option<KnownAt>) -> Result<String> {
    let as_of = None;
    let figures = store.usage_figures_at(partner(), Axes { as_of, known_at });
    let figures = figures.await?;
    let (from, to) = (date(2026, 4, 25), date(2026, 6, 1));
    let question = HistoryQuestion {
        kind: Kind::Usage,
        by: By::Customer,
        selection: Selection::default(),
        from,
        to,
        step: Every::Day,
        known_at,
    };
    let history = store.history(partner(), &question).await?.value;
    let question = RestatementsQuestion {
        kind: Kind::Usage,
        from,
        to,
        selection: Selection::default(),
        known_at,
    };
    let restated = store.restatements(partner(), &question).await?.value;
    Ok(format!("{figures:#?}\n{history:#?}\n{restated:#?}"))
}
