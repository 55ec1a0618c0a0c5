//! All endpoints agree: the sums of the commercial rows, the sums of the customers' rows, the
//! percents of the partner, and the result of a simple program over all deliveries.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use proptest::prelude::*;
use seatwise_portfolio::{Delivery, Portfolio, Recipe};
use seatwise_store::LATE_AFTER_DAYS;
use seatwise_types::{
    Collection, CommercialPage, Customer, CustomerLicensesDeploymentInsights,
    CustomerLicensesUsageInsights, LicensesDeploymentRow, LicensesUsageRow,
    PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights, wire,
};
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;

use crate::harness::{DEPLOYMENT, TestServer, USAGE, get, partner};

/// Service, channel, and the workload, if the rows have one.
type Key = (String, String, Option<String>);

/// Numerator and denominator, in seats.
type Sums = BTreeMap<Key, (u64, u64)>;

/// A row of one customer, of any kind.
struct Row {
    key: Key,
    processed: Date,
    counts: (u64, u64),
    percent: Option<f64>,
}

/// The result of the simple program.
struct Truth {
    sums: Sums,
    /// The newest day of each service and channel.
    newest: BTreeMap<(String, String), Date>,
}

/// Applies the rules of docs/semantics.md to deliveries in the order of arrival. `row` returns the
/// workload, numerator and denominator.
fn truth<'a, R: 'a>(
    deliveries: impl Iterator<Item = Delivery<'a, R>>,
    row: impl Fn(&R) -> (Option<String>, u64, u64),
) -> Truth {
    let mut of_customers = BTreeMap::new();
    for delivery in deliveries {
        let day = delivery.processed.date();
        let service = (
            delivery.service.code.to_owned(),
            delivery.channel.to_owned(),
        );
        let rows: Vec<_> = delivery.rows.iter().map(&row).collect();
        // A delivery of the same day is a restatement, which replaces the earlier one.
        match of_customers.get(&(service.clone(), delivery.customer.id)) {
            Some((newest, _)) if *newest > day => {}
            _ => drop(of_customers.insert((service, delivery.customer.id), (day, rows))),
        }
    }
    let mut newest = BTreeMap::new();
    for ((service, _), (day, _)) in &of_customers {
        let known = newest.entry(service.clone()).or_insert(*day);
        *known = (*known).max(*day);
    }
    let mut sums = Sums::new();
    for ((service, _), (day, rows)) in of_customers {
        if is_late(day, newest[&service]) {
            continue;
        }
        for (workload, part, whole) in rows {
            let key = (service.0.clone(), service.1.clone(), workload);
            let sum = sums.entry(key).or_default();
            *sum = (sum.0 + part, sum.1 + whole);
        }
    }
    Truth { sums, newest }
}

fn is_late(day: Date, newest: Date) -> bool {
    (newest - day).get_days() > i32::from(LATE_AFTER_DAYS)
}

/// In integers: hundredths of a percent, halves rounded away from zero.
fn percent((part, whole): (u64, u64)) -> f64 {
    let hundredths = (20_000 * part + whole).checked_div(2 * whole);
    hundredths.unwrap_or(0) as f64 / 100.0
}

impl Truth {
    fn percents(&self) -> BTreeMap<Key, f64> {
        let percents = self.sums.iter();
        percents
            .map(|(key, counts)| (key.clone(), percent(*counts)))
            .collect()
    }

    /// The sums of customers' rows, without late customers.
    fn on_time(&self, rows: &[Row]) -> Sums {
        let mut sums = Sums::new();
        for row in rows {
            let (service, channel, _) = row.key.clone();
            if !is_late(row.processed, self.newest[&(service, channel)]) {
                let sum = sums.entry(row.key.clone()).or_default();
                *sum = (sum.0 + row.counts.0, sum.1 + row.counts.1);
            }
        }
        sums
    }
}

async fn ask<T: DeserializeOwned>(server: &TestServer, path: &str) -> T {
    let answer = server.get(path).await;
    assert_eq!(answer.head.status, 200, "{path}: {}", answer.text());
    wire::decode(&answer.body).unwrap()
}

/// All customers, by following the links of the list.
async fn customers(server: &TestServer) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut page: Collection<Customer> = ask(server, "/v1/customers?size=7").await;
    loop {
        let count = found.len() + page.items.len();
        found.extend(page.items.iter().map(|it| it.id.to_string()));
        assert_eq!(found.len(), count, "a customer is there twice");
        let Some(next) = page.links.unwrap().next else {
            return found;
        };
        let request = get(&format!("/v1{}", next.uri));
        let request = request.header(&next.headers[0].key, &next.headers[0].value);
        let answer = server.send(request.body(axum::body::Body::empty()).unwrap());
        page = wire::decode(&answer.await.body).unwrap();
    }
}

/// The rows of all customers, one by one, from endpoints C and D.
async fn of_each<T: DeserializeOwned>(
    server: &TestServer,
    kind: &str,
    row: impl Fn(T) -> Row,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for id in customers(server).await {
        let path = format!("/v1/customers/{id}/analytics/licenses/{kind}");
        let answer: Collection<T> = ask(server, &path).await;
        rows.extend(answer.items.into_iter().map(&row));
    }
    for row in &rows {
        assert_eq!(row.percent, Some(percent(row.counts)));
    }
    rows
}

async fn usage_agrees(server: &TestServer, portfolio: &Portfolio) {
    let arrived = portfolio
        .usage_deliveries()
        .chain(portfolio.usage_restatements());
    let truth = truth(arrived, |row| {
        let workload = Some(row.workload.name.to_owned());
        (workload, row.licenses_active, row.licenses_qualified)
    });

    let answer: Collection<PartnerLicensesUsageInsights> = ask(server, USAGE).await;
    let percents = answer.items.into_iter().map(|row| {
        let service = row.service_name.to_string();
        let key = (service, row.channel.to_string(), Some(row.workload_name));
        (key, row.prorated_licenses_usage_percent.unwrap())
    });
    assert_eq!(percents.collect::<BTreeMap<_, _>>(), truth.percents());

    let path = "/v1/analytics/commercial/usage/license?groupby=serviceCode,channel,workloadName";
    let answer: CommercialPage<LicensesUsageRow> = ask(server, path).await;
    let groups = answer.value.into_iter().map(|row| {
        let counts = (row.licenses_active, row.licenses_qualified);
        (
            (
                row.service_code.unwrap().to_string(),
                row.channel.unwrap().to_string(),
                row.workload_name,
            ),
            (counts.0.unwrap(), counts.1.unwrap()),
        )
    });
    assert_eq!(groups.collect::<Sums>(), truth.sums);

    let rows = of_each(server, "usage", |row: CustomerLicensesUsageInsights| Row {
        key: (
            row.service_name.to_string(),
            row.channel.to_string(),
            Some(row.workload_name),
        ),
        processed: row.processed_date_time.day(),
        counts: (
            row.licenses_active.unwrap(),
            row.licenses_qualified.unwrap(),
        ),
        percent: row.usage_percent,
    });
    assert_eq!(truth.on_time(&rows.await), truth.sums);
}

async fn deployment_agrees(server: &TestServer, portfolio: &Portfolio) {
    let truth = truth(portfolio.deployment_deliveries(), |row| {
        (None, row.licenses_deployed, row.licenses_sold)
    });

    let answer: Collection<PartnerLicensesDeploymentInsights> = ask(server, DEPLOYMENT).await;
    let key = |service: String, channel: String| (service, channel, None);
    let mut percents = BTreeMap::new();
    for row in answer.items {
        let key = key(row.service_name.to_string(), row.channel.to_string());
        assert_eq!(row.licenses_sold, Some(truth.sums[&key].1));
        percents.insert(key, row.prorated_deployment_percent.unwrap());
    }
    assert_eq!(percents, truth.percents());

    let path = "/v1/analytics/commercial/deployment/license?groupby=serviceCode,channel";
    let answer: CommercialPage<LicensesDeploymentRow> = ask(server, path).await;
    let groups = answer.value.into_iter().map(|row| {
        let service = row.service_code.unwrap().to_string();
        let counts = (row.licenses_deployed, row.licenses_sold);
        (
            key(service, row.channel.unwrap().to_string()),
            (counts.0.unwrap(), counts.1.unwrap()),
        )
    });
    assert_eq!(groups.collect::<Sums>(), truth.sums);

    let rows = of_each(
        server,
        "deployment",
        |row: CustomerLicensesDeploymentInsights| Row {
            key: key(row.service_name.to_string(), row.channel.to_string()),
            processed: row.processed_date_time.day(),
            counts: (row.licenses_deployed.unwrap(), row.licenses_sold.unwrap()),
            percent: row.deployment_percent,
        },
    );
    assert_eq!(truth.on_time(&rows.await), truth.sums);
}

async fn server_with(portfolio: &Portfolio) -> TestServer {
    let server = TestServer::unpublished(|_| {});
    let (mut usage, mut deployment, mut restated) = (Vec::new(), Vec::new(), Vec::new());
    portfolio.usage_csv(&mut usage).unwrap();
    portfolio.deployment_csv(&mut deployment).unwrap();
    portfolio.usage_restatement_csv(&mut restated).unwrap();
    for file in [usage, deployment, restated] {
        let file = String::from_utf8(file).unwrap();
        let (columns, rows) = file.split_once('\n').unwrap();
        server.import(partner(), columns, rows).await;
    }
    server.app.refresh_now().await;
    server
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 8, ..ProptestConfig::default() })]

    /// With all edge cases, and enough history for each.
    #[test]
    fn of_all_endpoints(seed: u64, customers in 31..45_u32, days in 31..50_u16) {
        let last_day = date(2017, 3, 14);
        let portfolio = Portfolio::new(Recipe { seed, customers, days, last_day });
        Runtime::new().unwrap().block_on(async {
            let server = server_with(&portfolio).await;
            usage_agrees(&server, &portfolio).await;
            deployment_agrees(&server, &portfolio).await;
        });
    }
}
