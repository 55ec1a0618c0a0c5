//! The current figures, compared with a slow and simple oracle.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use seatwise_store::import::Files;
use seatwise_store::{LATE_AFTER_DAYS, UsageFigure};

use crate::test_store::{DEPLOYMENT_HEADER, TestStore, customer, exchange, partner};

#[tokio::test]
async fn nothing_is_known_of_a_partner_without_deliveries() {
    let test = TestStore::new();
    assert_eq!(test.store.usage_figures(partner()).await.unwrap(), []);
    assert_eq!(test.store.deployment_figures(partner()).await.unwrap(), []);
}

#[tokio::test]
async fn a_ratio_of_sums_not_a_mean_of_percents() {
    let mut test = TestStore::new();
    test.usage(&(exchange("2026-05-01", 1, 1, 1) + &exchange("2026-05-01", 2, 0, 99)))
        .await
        .unwrap();
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 1/100 = 1.0 at 2026-05-01T00:00:00+00:00");
}

#[tokio::test]
async fn the_newest_delivery_alone_counts() {
    let mut test = TestStore::new();
    let first = exchange("2026-05-01", 1, 5, 10)
        + &exchange("2026-05-01", 1, 1, 2).replace("6fd2c87f", "7fd2c87f");
    test.usage(&first).await.unwrap();
    // The second product is not in the newer delivery: it is gone, and not carried over.
    test.usage(&exchange("2026-05-02", 1, 6, 10)).await.unwrap();
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 6/10 = 60.0 at 2026-05-02T00:00:00+00:00");
    // An older delivery that arrives later does not change the present.
    test.usage(&exchange("2026-04-30", 1, 10, 10))
        .await
        .unwrap();
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 6/10 = 60.0 at 2026-05-02T00:00:00+00:00");
}

#[tokio::test]
async fn a_restatement_counts_also_when_it_goes_back() {
    let mut test = TestStore::new();
    let (good, wrong) = (
        exchange("2026-05-01", 1, 5, 10),
        exchange("2026-05-01", 1, 4, 10),
    );
    for (rows, tally) in [
        (&good, (1, 0, 0)),
        (&wrong, (0, 0, 1)),
        (&wrong, (0, 1, 0)),
        (&good, (0, 0, 1)),
    ] {
        let receipt = test.usage(rows).await.unwrap();
        let found = (
            receipt.deliveries_new,
            receipt.deliveries_unchanged,
            receipt.deliveries_restated,
        );
        assert_eq!(found, tally);
    }
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 5/10 = 50.0 at 2026-05-01T00:00:00+00:00");
}

#[tokio::test]
async fn a_late_customer_is_left_out_after_35_days() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-04-01", 1, 1, 10)).await.unwrap();
    test.usage(&exchange("2026-05-06", 2, 1, 10)).await.unwrap();
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 2/20 = 10.0 at 2026-05-06T00:00:00+00:00");
    test.usage(&exchange("2026-05-07", 2, 1, 10)).await.unwrap();
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 1/10 = 10.0 at 2026-05-07T00:00:00+00:00");
}

#[tokio::test]
async fn an_empty_delivery_is_a_fact() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 5, 10)).await.unwrap();
    let empty = format!(
        "2026-05-02,,,o365,,reseller,{},Customer 1,,,,\n",
        customer(1)
    );
    let receipt = test.usage(&empty).await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.rows_stored), (1, 1));
    assert_eq!(test.store.usage_figures(partner()).await.unwrap(), []);
    assert_eq!(test.usage(&empty).await.unwrap().deliveries_unchanged, 1);
}

#[tokio::test]
async fn a_workload_keeps_its_identity_when_it_is_renamed() {
    let mut test = TestStore::new();
    test.usage(
        &(exchange("2026-05-01", 1, 1, 10).replace("Exchange", "Exchange Online")
                + &exchange("2026-05-02", 2, 1, 10)
                // A source without codes.
                + &exchange("2026-05-01", 3, 1, 10).replace("EXO", "")),
    )
    .await
    .unwrap();
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 3/30 = 10.0 at 2026-05-02T00:00:00+00:00");
}

#[tokio::test]
async fn deployment_adds_up_per_service_and_channel() {
    let mut test = TestStore::new();
    let mut rows = format!("{DEPLOYMENT_HEADER}\n");
    for (number, deployed, sold) in [(1, 100, 200), (2, 24, 274)] {
        rows += &format!(
            "2026-05-14T03:25:16.36Z,o365,Microsoft Office 365,reseller,{},C,,E3,{deployed},{sold}\n",
            customer(number)
        );
    }
    test.content(&rows).await.unwrap();
    let figures = test.store.deployment_figures(partner()).await.unwrap();
    assert_eq!(figures.len(), 1);
    assert_eq!((figures[0].sold, figures[0].percent()), (474, 26.16));
    assert_eq!(
        figures[0].processed.to_string(),
        "2026-05-14T03:25:16.36+00:00"
    );
}

/// The content of a delivery: the two counts for each product and workload.
type Content = BTreeMap<(u8, u8), (u32, u32)>;

#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) customer: u8,
    pub(crate) service: u8,
    pub(crate) channel: u8,
    pub(crate) day: u16,
    renamed: bool,
    pub(crate) content: Content,
}

pub(crate) const SERVICES: [&str; 3] = ["o365", "crm", "pbi"];
pub(crate) const CHANNELS: [&str; 2] = ["reseller", "direct"];
/// Codes and names; some sources have no code, one workload was renamed.
pub(crate) const WORKLOADS: [(&str, &str); 5] = [
    ("EXO", "Exchange"),
    ("EXO", "Exchange Online"),
    ("", "Exchange"),
    ("SPO", "SharePoint"),
    ("", "Teams"),
];

pub(crate) fn delivery() -> impl Strategy<Value = Delivery> {
    let row = (0..3_u8, 0..5_u8);
    let counts = (0..40_u32, prop_oneof![1 => Just(0_u32), 4 => 0..30_u32]);
    (
        0..5_u8,
        0..3_u8,
        0..2_u8,
        0..80_u16,
        any::<bool>(),
        btree_map(row, counts, 0..6),
    )
        .prop_map(|(customer, service, channel, day, renamed, mut content)| {
            // A product has a workload under one name only, with its code or without.
            let named: Vec<u8> = (0..3)
                .filter(|it| content.contains_key(&(*it, 0)))
                .collect();
            content.retain(|(product, workload), _| {
                !matches!(workload, 1 | 2) || !named.contains(product)
            });
            Delivery {
                customer,
                service,
                channel,
                day,
                renamed,
                content,
            }
        })
}

impl Delivery {
    pub(crate) fn unit(&self) -> (u8, u8, u8, u16) {
        (self.customer, self.service, self.channel, self.day)
    }

    pub(crate) fn date(&self) -> jiff::civil::Date {
        let first = jiff::civil::date(2026, 1, 15);
        first
            .checked_add(jiff::Span::new().days(i32::from(self.day)))
            .unwrap()
    }

    pub(crate) fn rows(&self) -> String {
        let (date, service, channel) = (
            self.date(),
            SERVICES[self.service as usize],
            CHANNELS[self.channel as usize],
        );
        let id = customer(u32::from(self.customer));
        let name = if self.renamed { "New name" } else { "Old name" };
        if self.content.is_empty() {
            return format!("{date},,,{service},,{channel},{id},{name},,,,\n");
        }
        let mut rows = String::new();
        for ((product, workload), (active, qualified)) in &self.content {
            let (code, workload) = WORKLOADS[*workload as usize];
            rows += &format!(
                "{date},{code},{workload},{service},Service,{channel},{id},{name},\
                 product-{product},PRODUCT {product},{active},{qualified}\n"
            );
        }
        rows
    }
}

/// Leaves out all but the first delivery of each unit: a file cannot have two.
pub(crate) fn without_repeated_units(deliveries: &mut Vec<Delivery>) {
    let mut units = Vec::new();
    deliveries.retain(|it| {
        let is_new = !units.contains(&it.unit());
        units.push(it.unit());
        is_new
    });
}

/// A figure: service, channel, workload name, the two sums, hundredths of a percent, the day.
pub(crate) type Figure = (String, String, String, u64, u64, u64, jiff::civil::Date);

/// The figures of the store in the form of the oracle.
pub(crate) fn like_oracle(figures: Vec<UsageFigure>) -> Vec<Figure> {
    let figure = |it: UsageFigure| {
        let hundredths = (it.percent() * 100.0).round() as u64;
        assert_eq!(it.percent(), hundredths as f64 / 100.0);
        let day = it.processed.day();
        (
            it.service_code,
            it.channel,
            it.workload_name,
            it.active,
            it.qualified,
            hundredths,
            day,
        )
    };
    figures.into_iter().map(figure).collect()
}

/// The rules of docs/semantics.md in sequence, each by a pass over everything.
pub(crate) fn oracle(recorded: &[Delivery]) -> Vec<Figure> {
    // For each unit, the delivery recorded last counts.
    let mut counting: Vec<&Delivery> = Vec::new();
    for delivery in recorded {
        counting.retain(|other| other.unit() != delivery.unit());
        counting.push(delivery);
    }
    // For each customer, service and channel, the newest day counts.
    let feed = |delivery: &Delivery| (delivery.customer, delivery.service, delivery.channel);
    let newest: Vec<&Delivery> = counting
        .iter()
        .filter(|one| {
            counting
                .iter()
                .filter(|two| feed(one) == feed(two))
                .all(|two| one.day >= two.day)
        })
        .copied()
        .collect();
    // Late customers are left out.
    let current: Vec<&Delivery> = newest
        .iter()
        .filter(|one| {
            newest
                .iter()
                .filter(|two| (one.service, one.channel) == (two.service, two.channel))
                .all(|two| two.day <= one.day + LATE_AFTER_DAYS)
        })
        .copied()
        .collect();
    let mut figures = Vec::new();
    for (service, service_code) in SERVICES.iter().enumerate() {
        for (channel, channel_name) in CHANNELS.iter().enumerate() {
            // All current rows: the workload, the two counts, and the day.
            let rows: Vec<_> = current
                .iter()
                .filter(|it| {
                    usize::from(it.service) == service && usize::from(it.channel) == channel
                })
                .flat_map(|it| {
                    it.content
                        .iter()
                        .map(|((_, workload), (active, qualified))| {
                            (
                                WORKLOADS[*workload as usize],
                                *active,
                                *qualified,
                                it.date(),
                            )
                        })
                })
                .collect();
            // A row without a code has the code of its name elsewhere in these rows.
            let key = |(code, name): (&'static str, &'static str)| {
                let known = rows
                    .iter()
                    .map(|row| row.0)
                    .filter(|it| it.1 == name && !it.0.is_empty());
                let code = if code.is_empty() {
                    known.map(|it| it.0).min()
                } else {
                    Some(code)
                };
                (code.is_some(), code.unwrap_or(name))
            };
            for workload in rows.iter().map(|row| key(row.0)).collect::<BTreeSet<_>>() {
                let of: Vec<_> = rows.iter().filter(|row| key(row.0) == workload).collect();
                let active: u64 = of.iter().map(|row| u64::from(row.1)).sum();
                let qualified: u64 = of.iter().map(|row| u64::from(row.2)).sum();
                let (_, name) = of.iter().map(|row| (row.3, row.0.1)).max().unwrap();
                let day = of.iter().map(|row| row.3).max().unwrap();
                // Half away from zero, by a search for the nearest hundredth.
                let hundredths = if qualified == 0 {
                    0
                } else {
                    (0..)
                        .find(|it| (2 * it + 1) * qualified > 20_000 * active)
                        .unwrap()
                };
                figures.push((
                    (*service_code).to_owned(),
                    (*channel_name).to_owned(),
                    name.to_owned(),
                    active,
                    qualified,
                    hundredths,
                    day,
                ));
            }
        }
    }
    figures.sort();
    figures
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn figures_are_those_of_the_oracle(deliveries in vec(delivery(), 1..40), cut in 1..12_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            // Later files restate earlier ones, whatever they lose.
            test.options.files = Files::Versions;
            test.options.replace = true;
            // A file cannot have two deliveries of one unit, so a repeated unit starts a new file.
            let mut files = vec![(String::new(), BTreeSet::new())];
            for delivery in &deliveries {
                let (_, units) = files.last_mut().unwrap();
                if units.len() >= cut || !units.insert(delivery.unit()) {
                    files.push((String::new(), BTreeSet::from([delivery.unit()])));
                }
                files.last_mut().unwrap().0 += &delivery.rows();
            }
            // Some files are imported together, the others alone.
            for (number, files) in files.chunks(3).enumerate() {
                if number % 2 == 0 {
                    let mut together = Vec::new();
                    for (part, (rows, _)) in files.iter().enumerate() {
                        let content = format!("{}\n{rows}", crate::test_store::USAGE_HEADER);
                        together.push(test.file(&format!("{number}-{part}.csv"), content));
                    }
                    test.import(together).await.unwrap();
                } else {
                    for (rows, _) in files {
                        test.usage(rows).await.unwrap();
                    }
                }
            }
            let found = test.store.usage_figures(partner()).await.unwrap();
            assert_eq!(like_oracle(found), oracle(&deliveries));
        });
    }
}
