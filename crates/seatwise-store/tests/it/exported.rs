//! Exports: complete, as stored, and with the same answers after an import.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use seatwise_store::{Axes, Erase, ExportFormat, Exported, Kind, Moment, Store};
use seatwise_types::query::CommercialField;
use tokio::runtime::Runtime;

use crate::test_store::{DEPLOYMENT_HEADER, TestStore, USAGE_HEADER, customer, exchange, partner};

pub(crate) const FORMATS: [ExportFormat; 2] = [ExportFormat::Csv, ExportFormat::Parquet];

/// The time of exports in the tests: after all imports.
pub(crate) fn now() -> Timestamp {
    "2026-07-01T00:00:00Z".parse().unwrap()
}

pub(crate) async fn export(test: &TestStore, axes: Axes, format: ExportFormat) -> Vec<PathBuf> {
    let to = test.folder.path().join("export");
    let exported = test.store.export(partner(), axes, &to, format, now()).await;
    let files = exported.unwrap().into_iter();
    files.map(|Exported { file, .. }| to.join(file)).collect()
}

#[tokio::test]
async fn files_of_an_earlier_export_do_not_stay_beside_those_of_a_later_one() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 1, 10)).await.unwrap();
    let row = format!("2026-05-01,o365,,reseller,{},A,,E3,4,7", customer(2));
    let deployment = format!("{DEPLOYMENT_HEADER}\n{row}\n");
    test.content(&deployment).await.unwrap();
    let earlier = export(&test, Axes::default(), ExportFormat::Parquet).await;
    assert_eq!(earlier.len(), 3);
    let own = earlier[0].with_file_name("notes.csv");
    fs::write(&own, "my own").unwrap();
    test.usage(&exchange("2026-05-01", 1, 2, 10)).await.unwrap();
    let all = Erase::Customer(customer(2).parse().unwrap());
    let erased = test
        .store
        .erase(partner(), Kind::Deployment, all, now(), false);
    erased.await.unwrap();
    let later = export(&test, Axes::default(), ExportFormat::Csv).await;
    let folder = fs::read_dir(own.parent().unwrap()).unwrap();
    let found: BTreeSet<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    assert!(later.iter().all(|file| found.contains(file)));
    assert!(found.contains(&own));
    assert!(
        earlier.iter().all(|file| !found.contains(file)),
        "{found:?}"
    );
}

/// Imports the folder of an export into a separate data folder.
async fn imported(files: &[PathBuf]) -> TestStore {
    let mut test = TestStore::new();
    let folder = files[0].parent().unwrap().to_owned();
    let receipt = test.import(vec![folder]).await.unwrap();
    let [passed_over] = receipt.passed_over.as_slice() else {
        panic!("{:?}", receipt.passed_over);
    };
    assert!(Path::new(&passed_over.file).file_stem().unwrap() == "customers");
    test
}

/// All answers of the store about a kind as of a day: figures, customers and rows.
async fn answer(store: &Store, kind: Kind, axes: Axes) -> String {
    let mut text = String::new();
    match kind {
        Kind::Usage => {
            for figure in store.usage_figures_at(partner(), axes).await.unwrap() {
                writeln!(text, "{figure:?}").unwrap();
            }
        }
        _ => {
            for figure in store.deployment_figures_at(partner(), axes).await.unwrap() {
                writeln!(text, "{figure:?}").unwrap();
            }
        }
    }
    let facts = store
        .read_snapshot(partner(), kind, Moment::At(axes), None, None)
        .await;
    let facts = facts.unwrap();
    let domains = store.domains(partner()).await.unwrap();
    let known_at = axes.known_at.map(|known_at| known_at.timestamp());
    for known in facts.customers() {
        let domain = domains.of(known.id, axes.as_of, known_at);
        writeln!(text, "{known:?} {domain:?}").unwrap();
        for row in facts.rows_of(known.id) {
            let fields = FIELDS.map(|field| row.field(field));
            let (part, whole, processed) = (row.part(), row.whole(), row.processed());
            writeln!(text, "  {fields:?} {part} {whole} {processed:?}").unwrap();
        }
    }
    text
}

const FIELDS: [CommercialField; 8] = [
    CommercialField::WorkloadCode,
    CommercialField::WorkloadName,
    CommercialField::ServiceCode,
    CommercialField::ServiceName,
    CommercialField::Channel,
    CommercialField::CustomerName,
    CommercialField::ProductId,
    CommercialField::ProductName,
];

/// The first week of two customers; in the second week, one of them has nothing.
const WEEKS: [&str; 2] = [
    "processedDateTime,serviceCode,channel,customerTenantId,customerName,productName,workloadName,\
     licensesActive,licensesQualified\n\
     2026-05-14,o365,reseller,5ea70009-0000-4000-8000-000000000009,Hallig Werft,OFFICE 365 E3,Exchange,90,100\n\
     2026-05-14,o365,reseller,5ea70008-0000-4000-8000-000000000008,Moor Apotheke,OFFICE 365 E3,Exchange,10,100\n",
    "processedDateTime,serviceCode,channel,customerTenantId,customerName,productName,workloadName,\
     licensesActive,licensesQualified\n\
     2026-05-21,o365,reseller,5ea70009-0000-4000-8000-000000000009,Hallig Werft,,,,\n\
     2026-05-21,o365,reseller,5ea70008-0000-4000-8000-000000000008,Moor Apotheke,OFFICE 365 E3,Exchange,10,100\n",
];

#[tokio::test]
async fn a_customer_who_has_nothing_any_more_stays_without_anything() {
    let figures = "o365 reseller Exchange: 10/100 = 10.0 at 2026-05-21T00:00:00+00:00\n";
    for format in FORMATS {
        let mut test = TestStore::new();
        for week in WEEKS {
            test.content(week).await.unwrap();
        }
        assert_eq!(test.usage_figures().await, figures);
        let again = imported(&export(&test, Axes::default(), format).await).await;
        assert_eq!(again.usage_figures().await, figures);
    }
}

/// One statement of a source about a customer: its rows, by product and workload; empty if the
/// customer has nothing.
#[derive(Debug, Clone)]
struct Said {
    kind: Kind,
    day: i64,
    time: &'static str,
    feed: (&'static str, &'static str, &'static str),
    customer: u32,
    name: &'static str,
    domain: &'static str,
    rows: BTreeMap<(usize, usize), (u32, u32)>,
}

const PRODUCTS: [(&str, &str); 4] = [
    ("6fd2c87f-b296-42f0-b197-1e91e994b900", "ENTERPRISEPACK"),
    ("CFQ7TTC0LH18", "=SUM(A1)"),
    ("", "Plan, \"new\""),
    ("", "Ünïcode ✓"),
];

const WORKLOADS: [(&str, &str); 3] = [("EXO", "Exchange"), ("", "Teams"), ("SPO", "a;b")];

fn said() -> impl Strategy<Value = Said> {
    let names = [
        "Fabrikam",
        "=1+1",
        "a,b",
        "say \"x\"",
        "two\nlines",
        "'0012",
        "-5",
    ];
    let feeds = [
        ("o365", "Microsoft Office 365", "reseller"),
        ("o365", "", "direct"),
        ("crm", "Dynamics", "reseller"),
    ];
    (
        select(vec![Kind::Usage, Kind::Usage, Kind::Deployment]),
        // Customers can be late: the days span more than 35.
        0..60_i64,
        select(vec!["", "T03:25:16.36Z", "T23:59:59.999999Z"]),
        select(feeds.to_vec()),
        1..4_u32,
        select(names.to_vec()),
        select(vec!["", "one.example", "two.example"]),
        btree_map(
            (0..PRODUCTS.len(), 0..WORKLOADS.len()),
            (0..50_u32, 0..50_u32),
            0..4,
        ),
    )
        .prop_map(
            |(kind, day, time, feed, customer, name, domain, mut rows)| {
                if kind == Kind::Deployment {
                    // Such rows have no workload, and each product occurs once.
                    rows.retain(|(_, workload), _| *workload == 0);
                }
                Said {
                    kind,
                    day: day / 2,
                    time,
                    feed,
                    customer,
                    name,
                    domain,
                    rows,
                }
            },
        )
}

fn day(number: i64) -> Date {
    date(2026, 3, 20).saturating_add(number.days())
}

/// The files of one import: later rows of a unit replace earlier ones.
fn files(said: &[Said], test: &mut TestStore, number: usize) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (kind, header) in [
        (Kind::Usage, USAGE_HEADER),
        (Kind::Deployment, DEPLOYMENT_HEADER),
    ] {
        let of_kind = said.iter().filter(|said| said.kind == kind);
        let units: BTreeMap<_, &Said> = of_kind
            .map(|said| ((said.day, said.feed, said.customer), said))
            .collect();
        if units.is_empty() {
            continue;
        }
        let mut csv = csv::Writer::from_writer(Vec::new());
        let header = header.split(',').map(str::trim);
        csv.write_record(header.chain(["customerDomain"])).unwrap();
        for said in units.values() {
            let processed = format!("{}{}", day(said.day), said.time);
            let customer = customer(said.customer);
            let (service, service_name, channel) = said.feed;
            let mut row = |workload: (&str, &str), product: (&str, &str), counts: [String; 2]| {
                let mut fields = vec![processed.as_str()];
                if kind == Kind::Usage {
                    fields.extend([workload.0, workload.1]);
                }
                fields.extend([service, service_name, channel, &customer, said.name]);
                fields.extend([product.0, product.1, &counts[0], &counts[1], said.domain]);
                csv.write_record(fields).unwrap();
            };
            if said.rows.is_empty() {
                row(("", ""), ("", ""), Default::default());
            }
            for ((product, workload), (part, whole)) in &said.rows {
                let counts = [part.to_string(), whole.to_string()];
                row(WORKLOADS[*workload], PRODUCTS[*product], counts);
            }
        }
        let content = csv.into_inner().unwrap();
        files.push(test.file(&format!("{number}-{kind}.csv"), content));
    }
    files
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_exported_and_imported_gives_the_same_answers_as_of_every_day(
        imports in vec(vec(said(), 1..12), 1..4),
        format in select(FORMATS.to_vec()),
        as_of in proptest::option::of(0..30_i64),
        known_after in proptest::option::of(0..4_usize),
    ) {
        Runtime::new().unwrap().block_on(async {
            let mut test = TestStore::new();
            test.options.replace = true;
            let mut known_at = None;
            for (number, said) in imports.iter().enumerate() {
                let files = files(said, &mut test, number);
                test.import(files).await.unwrap();
                if known_after == Some(number) {
                    // By the clock of the test store: a minute for each import.
                    let start: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
                    let at = start + SignedDuration::from_mins(number as i64 + 1);
                    known_at = Some(test.store.settle(partner(), at, now()).await.unwrap());
                }
            }
            let axes = Axes { as_of: as_of.map(day), known_at };
            let again = imported(&export(&test, axes, format).await).await;
            for number in 0..=as_of.unwrap_or(31) {
                let then = Axes { as_of: Some(day(number)), known_at };
                for kind in [Kind::Usage, Kind::Deployment] {
                    let here = answer(&test.store, kind, then).await;
                    let there = Axes { known_at: None, ..then };
                    let there = answer(&again.store, kind, there).await;
                    assert_eq!(here, there, "{kind} as of {}", day(number));
                }
            }
        });
    }
}
