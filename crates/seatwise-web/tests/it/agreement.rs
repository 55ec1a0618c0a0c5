//! Pages and the API show the same figures.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use seatwise_store::Kind;

use crate::downloads::{rows_of, table};
use crate::harness::{TestApp, partner};

#[tokio::test]
async fn the_first_page_has_the_figures_of_the_api() {
    let app = TestApp::with_portfolio(60, 45).await;
    let browser = app.browser(partner()).await;
    for as_of in ["", "2026-10-01", "2026-09-25"] {
        let axes = if as_of.is_empty() {
            String::new()
        } else {
            format!("&asOf={as_of}")
        };
        let mut shown = table(&browser, &format!("/?csv=usage{axes}")).await;
        let small = format!("/?csv=usage-of-few-seats{axes}");
        shown.extend(table(&browser, &small).await);
        let query = axes.trim_start_matches('&');
        let api = app
            .api(&format!("/v1/analytics/licenses/usage?{query}"))
            .await;
        let api: BTreeMap<String, String> = api["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| {
                let service = match item["serviceName"].as_str().unwrap() {
                    "o365" => "Microsoft 365",
                    "crm" => "Dynamics 365",
                    other => other,
                };
                let channel = item["channel"].as_str().unwrap();
                let workload = item["workloadName"].as_str().unwrap();
                let name = format!("{workload} {service}, {channel}");
                let percent = item["proratedLicensesUsagePercent"].as_f64().unwrap();
                (name, format!("{percent:.2}"))
            })
            .collect();
        assert!(!api.is_empty());
        let shown: BTreeMap<String, String> = shown
            .iter()
            .map(|row| {
                let of = row["Of"].split(" · ").next().unwrap();
                (
                    format!("{} {of}", row["Workload"]),
                    row["Active, % of qualified"].clone(),
                )
            })
            .collect();
        assert_eq!(shown, api, "{as_of}");
    }
}

#[tokio::test]
async fn figures_are_compared_with_a_week_before_their_own_day() {
    let app = TestApp::with_portfolio(40, 45).await;
    let browser = app.browser(partner()).await;
    let mut compared = 0;
    for row in table(&browser, "/?csv=usage").await {
        let of: Vec<&str> = row["Of"].split(" \u{b7} ").collect();
        let (service, channel) = of[0].rsplit_once(", ").unwrap();
        let day = Date::strptime("%d %b %Y", of[1]).unwrap();
        let as_of = day.saturating_sub(1.week());
        let api = app
            .api(&format!("/v1/analytics/licenses/usage?asOf={as_of}"))
            .await;
        let code = match service {
            "Microsoft 365" => "o365",
            "Dynamics 365" => "crm",
            code => code,
        };
        let items = api["items"].as_array().unwrap();
        let before = items.iter().find(|it| {
            it["workloadName"] == *row["Workload"]
                && it["channel"] == channel
                && it["serviceName"] == code
        });
        let Some(before) = before else {
            assert_eq!(row["Week, points"], "");
            continue;
        };
        let before = before["proratedLicensesUsagePercent"].as_f64().unwrap();
        let now: f64 = row["Active, % of qualified"].parse().unwrap();
        let points: f64 = row["Week, points"].parse().unwrap();
        assert!((now - before - points).abs() < 0.01, "{row:?}: {before}");
        compared += 1;
    }
    assert!(compared > 5);
}

#[tokio::test]
async fn the_least_used_workload_comes_first() {
    let app = TestApp::with_portfolio(40, 20).await;
    let browser = app.browser(partner()).await;
    let shown = table(&browser, "/?csv=usage").await;
    let percents = shown
        .iter()
        .map(|row| row["Active, % of qualified"].parse::<f64>().unwrap());
    assert!(percents.is_sorted());
}

#[tokio::test]
async fn the_customers_of_each_workload_add_up_to_its_figure() {
    let app = TestApp::with_portfolio(40, 12).await;
    let browser = app.browser(partner()).await;
    let figures = app.api("/v1/analytics/licenses/usage").await;
    let figures = figures["items"].as_array().unwrap();
    assert!(figures.len() > 10);
    for figure in figures {
        let text = |name: &str| figure[name].as_str().unwrap().replace(' ', "+");
        let question = format!(
            "service={}&channel={}&workload={}",
            text("serviceName"),
            text("channel"),
            text("workloadName")
        );
        let shown = table(&browser, &format!("/customers?csv=customers&{question}")).await;
        let sum = |column: &str| -> u64 {
            let known = shown.iter().filter(|row| !row[column].is_empty());
            known.map(|row| row[column].parse::<u64>().unwrap()).sum()
        };
        let api = app.api(&format!("/seatwise/v1/explain?{question}")).await;
        assert_eq!(api["numerator"], sum("Active"), "{question}");
        assert_eq!(api["denominator"], sum("Qualified"), "{question}");
    }
    let question = "service=o365&channel=reseller&workload=Exchange";
    let api = app.api(&format!("/seatwise/v1/explain?{question}")).await;
    let percent = format!("{:.2} %", api["percent"].as_f64().unwrap());
    for page in ["workload", "explain"] {
        let text = browser.page(&format!("/{page}?{question}")).await;
        assert!(
            text.contains(&format!("<b>{percent}</b>")),
            "{page} has not {percent}"
        );
    }
}

#[tokio::test]
async fn the_customers_of_a_product_add_up_to_its_figure() {
    let app = TestApp::with_portfolio(40, 12).await;
    let browser = app.browser(partner()).await;
    // By id and by name.
    for product in ["6fd2c87f-b296-42f0-b197-1e91e994b900", "office+365+e3"] {
        let question = format!("service=o365&channel=reseller&product={product}");
        let shown = table(&browser, &format!("/customers?csv=customers&{question}")).await;
        let sum = |column: &str| -> u64 {
            let known = shown.iter().filter(|row| !row[column].is_empty());
            known.map(|row| row[column].parse::<u64>().unwrap()).sum()
        };
        for (metric, part, whole) in [
            ("usage", "Active", "Qualified"),
            ("deployment", "Deployed", "Sold"),
        ] {
            let api = app
                .api(&format!("/seatwise/v1/explain?metric={metric}&{question}"))
                .await;
            assert_eq!(api["numerator"], sum(part), "{metric} {product}");
            assert_eq!(api["denominator"], sum(whole), "{metric} {product}");
        }
    }
}

#[tokio::test]
async fn the_list_of_customers_has_the_sums_of_the_commercial_rows() {
    let app = TestApp::with_portfolio(60, 45).await;
    let browser = app.browser(partner()).await;
    let shown = table(&browser, "/customers?csv=customers&sort=name").await;
    for (kind, part, whole, columns) in [
        (
            "usage",
            "licensesActive",
            "licensesQualified",
            ["Active", "Qualified"],
        ),
        (
            "deployment",
            "licensesDeployed",
            "licensesSold",
            ["Deployed", "Sold"],
        ),
    ] {
        let path =
            format!("/v1/analytics/commercial/{kind}/license?groupby=customerTenantId&top=1000");
        let api = app.api(&path).await;
        let items = api["Value"].as_array().unwrap();
        let api: Vec<[u64; 2]> = items
            .iter()
            .map(|item| [part, whole].map(|name| item[name].as_u64().unwrap()))
            .collect();
        let shown = shown.iter().filter(|row| !row[columns[0]].is_empty());
        let shown = shown.map(|row| columns.map(|name| row[name].parse::<u64>().unwrap()));
        // The API has no rows of a customer without seats.
        let shown = shown.filter(|seats: &[u64; 2]| *seats != [0, 0]);
        let api = api.into_iter().filter(|seats| *seats != [0, 0]);
        let [mut api, mut shown]: [Vec<_>; 2] = [api.collect(), shown.collect()];
        api.sort_unstable();
        shown.sort_unstable();
        assert_eq!(shown, api, "{kind}");
    }
}

#[tokio::test]
async fn the_bridge_of_a_page_equals_the_bridge_of_the_api() {
    let app = TestApp::with_portfolio(60, 45).await;
    let browser = app.browser(partner()).await;
    let span = "from=2026-09-30&to=2026-10-31";
    let shown = table(&browser, &format!("/changes?csv=changes&{span}")).await;
    let api = app.api(&format!("/seatwise/v1/changes?{span}")).await;
    let mut api: Vec<Vec<String>> = api["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            let steps = change["steps"].as_array().unwrap().iter();
            let points = steps.map(|step| format!("{:.2}", step["points"].as_f64().unwrap()));
            let whole = format!("{:.2}", change["points"].as_f64().unwrap());
            points.chain([whole]).collect()
        })
        .collect();
    let columns = [
        "Restated",
        "Late",
        "New",
        "Lost",
        "Seats",
        "Use",
        "Change, points",
    ];
    let shown = shown
        .iter()
        .map(|row| columns.map(|name| row[name].clone()).to_vec());
    let mut shown: Vec<Vec<String>> = shown.collect();
    api.sort();
    shown.sort();
    assert_eq!(shown, api);
}

#[tokio::test]
async fn late_and_missing_customers_equal_those_of_the_api() {
    let app = TestApp::with_portfolio(60, 45).await;
    let browser = app.browser(partner()).await;
    let shown = table(&browser, "/data?csv=not-in-the-figures").await;
    for metric in ["usage", "deployment"] {
        let api = app
            .api(&format!("/seatwise/v1/coverage?metric={metric}&top=1000"))
            .await;
        let items = api["leftOut"]["items"].as_array().unwrap();
        let mut api: Vec<String> = items
            .iter()
            .map(|it| format!("{} {}", it["customerName"].as_str().unwrap(), it["seats"]))
            .collect();
        let rows = shown.iter().filter(|row| row["Figures"] == metric);
        let mut rows: Vec<String> = rows
            .map(|row| {
                format!(
                    "{} {}",
                    row["Customer"].trim_start_matches('\''),
                    row["Seats"]
                )
            })
            .collect();
        api.sort();
        rows.sort();
        assert!(!rows.is_empty(), "{metric}");
        assert_eq!(rows, api, "{metric}");
    }
}

#[tokio::test]
async fn idle_seats_equal_those_of_the_api() {
    let app = TestApp::with_portfolio(60, 45).await;
    let prices = "product,currency,pricePerSeatMonth,validFrom\n\
        6fd2c87f-b296-42f0-b197-1e91e994b900,EUR,21.4,2026-01-01\n\
        f245ecc8-75af-4f8e-b61f-27d8114de5f3,USD,11.7,2026-01-01\n";
    app.set_prices(prices).await;
    let browser = app.browser(partner()).await;
    let api = app.api("/seatwise/v1/idle?top=1000").await;
    let seats = table(&browser, "/idle?csv=seats").await;
    for (name, member) in [
        ("Idle", "idle"),
        ("New", "new"),
        ("Excluded", "excluded"),
        ("Over-assigned", "overAssigned"),
        ("Reassignable", "reassignable"),
        ("Reducible", "reducible"),
    ] {
        let row = seats
            .iter()
            .find(|row| row["Seats that are"] == name)
            .unwrap();
        assert_eq!(row["Seats"], api["totals"][member].to_string(), "{name}");
    }
    let worth = table(&browser, "/idle?csv=worth").await;
    let shown = worth.iter().map(|row| row["They cost a month"].clone());
    let known = api["worth"].as_array().unwrap().iter().map(|it| {
        let text = |member: &str| it[member].as_str().unwrap().to_owned();
        format!("{} {}", text("currency"), text("exposure"))
    });
    let (shown, known): (Vec<_>, Vec<_>) = (shown.collect(), known.collect());
    assert_eq!(known.len(), 2);
    assert_eq!(shown, known);
    let rows = table(&browser, "/idle?csv=idle").await;
    assert_eq!(
        rows.len() as u64,
        api["rows"]["totalCount"].as_u64().unwrap()
    );
    let idle = rows
        .iter()
        .map(|row| row["Idle"].parse::<u64>().unwrap())
        .sum::<u64>();
    assert_eq!(api["totals"]["idle"], idle);
    // The first page shows the same, also after prices were set.
    let count = |text: &str| text.matches("known price").count();
    assert_eq!(count(&browser.page("/").await), 1);
    app.set_prices("product,currency,pricePerSeatMonth,validFrom\n")
        .await;
    assert!(
        browser
            .page("/")
            .await
            .contains("No price of them is known")
    );
}

#[tokio::test]
async fn customers_that_moved_a_figure_equal_those_of_the_api() {
    let app = TestApp::with_portfolio(60, 45).await;
    let browser = app.browser(partner()).await;
    let question = "from=2026-09-30&to=2026-10-31&service=o365&channel=reseller&workload=Exchange";
    let shown = table(&browser, &format!("/changes?csv=customers&{question}")).await;
    let api = app
        .api(&format!(
            "/seatwise/v1/changes?by=customer&top=1000&{question}"
        ))
        .await;
    let change = &api["changes"][0];
    let customers = change["customers"]["items"].as_array().unwrap();
    let known = customers
        .iter()
        .map(|it| format!("{:.2}", it["points"].as_f64().unwrap()));
    let points = shown.iter().map(|row| row["Points"].clone());
    let (known, points): (Vec<_>, Vec<_>) = (known.collect(), points.collect());
    assert!(known.len() > 20);
    assert_eq!(points, known);
    let sum = points
        .iter()
        .map(|it| (it.parse::<f64>().unwrap() * 100.0).round())
        .sum::<f64>();
    assert_eq!(sum, (change["points"].as_f64().unwrap() * 100.0).round());
}

const POLICY: &str = "\
    [[exclusions]]\n\
    product = \"6fd2c87f-b296-42f0-b197-1e91e994b900\"\n\
    kind = \"inventory\"\n\
    reason = \"for new shops\"\n\
    [[exclusions]]\n\
    product = \"f245ecc8-75af-4f8e-b61f-27d8114de5f3\"\n\
    kind = \"never-assigned\"\n\
    reason = \"licences of devices\"\n";

#[tokio::test]
async fn idle_seats_of_each_customer_equal_those_of_the_api() {
    let app = TestApp::with_portfolio(60, 45).await;
    let browser = app.browser(partner()).await;
    let mut sums = Vec::new();
    for policy in [None, Some(POLICY), Some("new-days = 0\n")] {
        if let Some(policy) = policy {
            app.set_policy(policy).await;
        }
        for question in [
            "",
            "&asOf=2026-10-10",
            "&service=o365&channel=reseller",
            "&product=office+365+e3",
        ] {
            let shown = table(&browser, &format!("/customers?csv=customers{question}")).await;
            let idle = table(
                &browser,
                &format!("/customers?csv=customers&only=idle&sort=-idle{question}"),
            )
            .await;
            let api = app
                .api(&format!("/seatwise/v1/idle?show=all&top=1000{question}"))
                .await;
            let rows = api["rows"]["items"].as_array().unwrap();
            assert_eq!(
                api["rows"]["totalCount"],
                rows.len(),
                "all rows are compared"
            );
            let mut of_customers: BTreeMap<&str, (String, u64)> = BTreeMap::new();
            for row in rows {
                let name = row["customerName"].as_str().unwrap().to_owned();
                let sum = of_customers
                    .entry(row["customerId"].as_str().unwrap())
                    .or_insert((name, 0));
                sum.1 += row["idle"].as_u64().unwrap();
            }
            let mut known: Vec<_> = of_customers.into_values().collect();
            known.retain(|(_, seats)| *seats > 0);
            known.sort();
            let seats_of = |row: &BTreeMap<String, String>| {
                let name = row["Customer"].trim_start_matches('\'').to_owned();
                (name, row["Idle seats"].parse().unwrap_or(0))
            };
            let mut all: Vec<(String, u64)> = shown.iter().map(seats_of).collect();
            all.retain(|(_, seats)| *seats > 0);
            all.sort();
            assert_eq!(all, known, "{question}");
            let found: Vec<(String, u64)> = idle.iter().map(seats_of).collect();
            assert!(found.iter().rev().is_sorted_by_key(|(_, seats)| seats));
            let mut found = found;
            found.sort();
            assert_eq!(found, known, "{question}");
            // If no deployment counts, idle seats are unknown and not zero.
            for row in &shown {
                assert_eq!(
                    row["Idle seats"].is_empty(),
                    row["Sold"].is_empty(),
                    "{row:?}"
                );
            }
            let sum: u64 = all.iter().map(|(_, seats)| seats).sum();
            assert_eq!(api["totals"]["idle"], sum, "{question}");
            sums.push(sum);
        }
    }
    assert!(sums[0] > sums[4], "the policy excludes some: {sums:?}");
}

#[tokio::test]
async fn the_history_of_a_customer_equals_that_of_the_api() {
    let app = TestApp::with_portfolio(60, 45).await;
    let browser = app.browser(partner()).await;
    let mut compared = 0;
    // First without the ledger, so that the page reads the customer's own rows; then with it.
    for has_ledger in [false, true] {
        if has_ledger {
            for kind in [Kind::Usage, Kind::Deployment] {
                assert!(app.store.keep_ledger(partner(), kind).await.unwrap());
            }
        }
        let customers = app.api("/v1/customers?size=500").await;
        let customers = customers["items"].as_array().unwrap();
        for customer in customers.iter().step_by(4) {
            let id = customer["id"].as_str().unwrap();
            for (metric, name, columns) in [
                ("usage", "use-history", ["Active", "Qualified"]),
                ("deployment", "deployment-history", ["Deployed", "Sold"]),
            ] {
                let got = browser.get(&format!("/customers/{id}?csv={name}")).await;
                if got.status != http::StatusCode::OK {
                    continue;
                }
                let shown = rows_of(&got.text);
                // The newest date of the metric.
                let to = &shown[0]["As of"];
                let api = app
                    .api(&format!(
                        "/seatwise/v1/history?metric={metric}&by=partner&step=week&customer={id}\
                         &from=2025-11-01&to={to}"
                    ))
                    .await;
                let points = |series: &serde_json::Value| -> Vec<String> {
                    let points = series["points"].as_array().unwrap().iter();
                    let known = points.filter(|it| !it["percent"].is_null());
                    let text = known.map(|it| {
                        let percent = it["percent"].as_f64().unwrap();
                        let (part, whole) = (&it["numerator"], &it["denominator"]);
                        format!(
                            "{} {part} {whole} {percent:.2}",
                            it["date"].as_str().unwrap()
                        )
                    });
                    text.collect()
                };
                let known = shown.iter().filter(|row| !row["%"].is_empty());
                let mut known: Vec<String> = known
                    .map(|row| {
                        let [part, whole] = columns.map(|column| &row[column]);
                        format!("{} {part} {whole} {}", row["As of"], row["%"])
                    })
                    .collect();
                known.reverse();
                let series = api["series"].as_array().unwrap();
                assert!(
                    series.iter().any(|it| points(it) == known),
                    "{id} {metric}: {known:?} is none of {api}"
                );
                compared += known.len();
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

#[tokio::test]
async fn the_pages_of_customers_that_moved_a_figure_add_up_to_the_whole_list() {
    let app = TestApp::with_portfolio(80, 45).await;
    let browser = app.browser(partner()).await;
    let question = "from=2026-09-30&to=2026-10-31&service=o365&channel=reseller&workload=Exchange";
    let all = table(&browser, &format!("/changes?csv=customers&{question}")).await;
    let names = |page: &str| -> Vec<String> {
        let section = page.split("Who moved it").nth(1).unwrap();
        let body = section.split("<tbody>").nth(1).unwrap();
        let body = body.split("</tbody>").next().unwrap();
        let rows = body.split("<tr>").skip(1);
        rows.map(|row| {
            let link = row.split("</a>").next().unwrap();
            crate::harness::unescaped(link.split('>').next_back().unwrap())
        })
        .collect()
    };
    let mut shown = Vec::new();
    for page in 1..=all.len().div_ceil(20) {
        let text = browser
            .page(&format!("/changes?{question}&page={page}"))
            .await;
        shown.extend(names(&text));
    }
    let all = all
        .iter()
        .map(|row| row["Customer"].trim_start_matches('\'').to_owned());
    let all: Vec<String> = all.collect();
    assert!(all.len() > 40);
    assert_eq!(shown, all);
}
