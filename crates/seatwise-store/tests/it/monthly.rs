//! The downloads of Partner Center's Insights: figures of months, beside the others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use seatwise_store::import::ImportError;
use seatwise_store::{Kind, Month};
use seatwise_types::query::CommercialField;

use crate::house::{House, customer, exchange, partner};

/// As the download has them, in another order and spelling of some.
pub(crate) const OFFICE: &str = "PGA_PartnerID,customertenantid,CustomerTpid,WorkloadName,Month,\
    PaidAvailableUnits,MonthlyActiveUsers,CustomerName,CustomerMarket,PartnerID,\
    PartnerAttributionType,IsDuplicateRowForPGA";

const DYNAMICS: &str = "PGAMpnID,SubscriptionId,Month,RevSumDivisionName,RevSumCategoryName,SKU,\
    SKUId,CustomerName,CustomerTenantId,AvailableSeats,AssignedSeats,ActiveSeats,ActiveUsagePercent";

pub(crate) fn office(
    of: u32,
    workload: &str,
    month: &str,
    active: u32,
    paid: u32,
    duplicate: u8,
) -> String {
    let customer = customer(of).to_uppercase();
    format!("1,{customer},7,{workload},{month},{paid},{active},C***{of},NO,2,CSP,{duplicate}\n")
}

fn dynamics(subscription: &str, of: u32, sku: &str, counts: [u32; 3]) -> String {
    let [active, assigned, available] = counts;
    let customer = customer(of);
    format!(
        "1,{subscription},2026-04-01,D,C,{sku},,C{of},{customer},{available},{assigned},{active},1.0\n"
    )
}

/// The figures of a month, line by line.
async fn monthly(house: &House, kind: Kind, month: Option<&str>) -> String {
    let month = month.map(|month| month.parse::<Month>().unwrap());
    let monthly = house.store.monthly(partner(), kind, month).await.unwrap();
    let mut text = monthly
        .month
        .map_or("never\n".to_owned(), |it| format!("{it}\n"));
    let figures = monthly.figures();
    for figure in figures.page(0, usize::MAX) {
        let field = |field| figure.field(field).unwrap_or_default().into_owned();
        writeln!(
            text,
            "{} {}{}: {}/{} = {:?}",
            field(CommercialField::ServiceCode),
            field(CommercialField::WorkloadName),
            field(CommercialField::ProductName),
            figure.part(),
            figure.whole(),
            figure.percent()
        )
        .unwrap();
    }
    text
}

#[tokio::test]
async fn office_usage_is_kept_by_month_and_never_among_the_figures_of_28_days() {
    let mut house = House::new();
    house
        .usage(&exchange("2026-04-30", 1, 9, 10))
        .await
        .unwrap();
    let before = house.usage_figures().await;
    let rows = office(1, "Exchange", "2026-04-01", 3, 10, 0)
        + &office(1, "Exchange", "2026-04-01", 3, 10, 1)
        + &office(2, "Exchange", "4/1/2026", 5, 10, 0)
        + &office(2, "Teams", "2026-04", 1, 4, 0)
        + &office(2, "Teams", "2026-03", 2, 4, 0);
    let receipt = house.content(&format!("{OFFICE}\n{rows}")).await.unwrap();
    assert_eq!((receipt.rows_read, receipt.duplicate_rows), (5, 1));
    assert_eq!((receipt.rows_stored, receipt.deliveries_new), (4, 3));
    assert_eq!(Vec::from_iter(receipt.taken_for), [("OfficeUsage", 1)]);
    assert!(receipt.ignored_columns.is_empty());

    insta::assert_snapshot!(monthly(&house, Kind::Usage, None).await, @r"
    2026-04
    o365 Exchange: 8/20 = 40.0
    o365 Teams: 1/4 = 25.0
    ");
    insta::assert_snapshot!(monthly(&house, Kind::Usage, Some("2026-03")).await, @r"
    2026-03
    o365 Teams: 2/4 = 50.0
    ");
    assert_eq!(
        monthly(&house, Kind::Usage, Some("2026-02")).await,
        "2026-02\n"
    );
    assert_eq!(monthly(&house, Kind::Deployment, None).await, "never\n");
    assert_eq!(house.usage_figures().await, before);
    let status = house.store.status().await.unwrap();
    let kinds: Vec<_> = status[0].tables.iter().map(|table| table.kind).collect();
    assert_eq!(kinds, ["usage", "usage-month"]);

    // The same again changes nothing; the next download restates.
    let again = house.content(&format!("{OFFICE}\n{rows}")).await.unwrap();
    assert_eq!((again.deliveries_unchanged, again.rows_stored), (3, 0));
    let restated = office(2, "Teams", "2026-03-31", 4, 4, 0);
    let receipt = house
        .content(&format!("{OFFICE}\n{restated}"))
        .await
        .unwrap();
    assert_eq!(receipt.deliveries_restated, 1);
    let march = monthly(&house, Kind::Usage, Some("2026-03")).await;
    assert_eq!(march, "2026-03\no365 Teams: 4/4 = 100.0\n");
}

#[tokio::test]
async fn subscriptions_of_one_product_add_up_and_each_counts_once() {
    let mut house = House::new();
    let rows = dynamics("s1", 1, "SALES", [2, 3, 10])
        + &dynamics("s2", 1, "SALES", [1, 1, 5])
        // By another attribution of the partner.
        + &dynamics("s1", 1, "SALES", [2, 3, 10])
        + &dynamics("s3", 1, "FIELD SERVICE", [0, 4, 4])
        + &dynamics("s4", 2, "SALES", [1, 2, 3]);
    // Tabs are as good as commas.
    let tabs = format!("{DYNAMICS}\n{rows}").replace(',', "\t");
    let receipt = house.content(&tabs).await.unwrap();
    assert_eq!((receipt.rows_read, receipt.rows_stored), (5, 6));
    assert_eq!(Vec::from_iter(receipt.taken_for), [("DynamicsUsage", 1)]);
    insta::assert_snapshot!(monthly(&house, Kind::Usage, None).await, @r"
    2026-04
    crm FIELD SERVICE: 0/4 = 0.0
    crm SALES: 4/18 = 22.22
    ");
    insta::assert_snapshot!(monthly(&house, Kind::Deployment, Some("2026-04")).await, @r"
    2026-04
    crm FIELD SERVICE: 4/4 = 100.0
    crm SALES: 6/18 = 33.33
    ");
    // The order of rows is not content.
    let mut lines: Vec<&str> = rows.lines().collect();
    lines.reverse();
    let reversed = format!("{DYNAMICS}\n{}\n", lines.join("\n"));
    assert_eq!(
        house.content(&reversed).await.unwrap().deliveries_unchanged,
        4
    );
}

#[tokio::test]
async fn faults_of_a_download_are_told_by_its_own_columns() {
    let mut house = House::new();
    let good = office(1, "Exchange", "2026-04", 3, 10, 0);
    let rows = [
        good.replace("2026-04", "April"),
        good.replace("2026-04", "2062-04"),
        good.replace(&customer(1).to_uppercase(), "nobody"),
        good.replace("Exchange", ""),
        good.replace(",10,3,", ",10,x,"),
        // A duplicate is not looked at.
        good.replace("2026-04", "April").replace(",CSP,0", ",CSP,1"),
    ];
    let told = |err: ImportError| {
        let ImportError::BadRows { bad, .. } = err else {
            panic!("{err}")
        };
        let rows = bad.first.iter();
        let rows = rows.map(|row| format!("{} {}: {}", row.line, row.column, row.remedy));
        rows.collect::<Vec<_>>().join("\n")
    };
    let err = house.content(&format!("{OFFICE}\n{}", rows.concat())).await;
    insta::assert_snapshot!(told(err.unwrap_err()), @r"
    2 Month: a month such as `2026-09`, `2026-09-01` or `9/1/2026` is expected
    3 Month: it has not begun yet
    4 CustomerTenantId: the customer's tenant id is expected, a GUID such as `4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04`
    5 WorkloadName: it is empty: every row needs a value here
    6 MonthlyActiveUsers: a whole number of seats, 0 or more, is expected
    ");
    let other = dynamics("s1", 1, "SALES", [2, 3, 10]) + &dynamics("s1", 1, "SALES", [2, 4, 10]);
    let text = format!("{DYNAMICS}\n{other}");
    let err = house.content(&text).await.unwrap_err();
    insta::assert_snapshot!(told(err), @"3 : line 2 has other counts of the same subscription: take one of them out");
    assert_eq!(monthly(&house, Kind::Usage, None).await, "never\n");

    // What holds a bad row is left out as a whole, and nothing is written beside the file.
    house.options.skip_bad_rows = true;
    let rows = rows[4].clone() + &good.replace("Exchange", "Teams") + &good.replace("04,", "03,");
    let receipt = house.content(&format!("{OFFICE}\n{rows}")).await.unwrap();
    assert_eq!(
        (receipt.deliveries_new, receipt.deliveries_rejected),
        (1, 1)
    );
    assert!(receipt.rejected_files.is_empty());
}

#[tokio::test]
async fn other_downloads_are_not_taken_for_these() {
    let mut house = House::new();
    let mut told = String::new();
    for header in [
        // Power BI has the seats of Dynamics, and not its divisions.
        "Month,CustomerTenantId,CustomerName,SKU,AvailableSeats,AssignedSeats,ActiveSeats",
        // Of a product, not of workloads.
        "Month,CustomerTenantId,CustomerName,PaidAvailableUnits,MonthlyActiveUsers",
        &OFFICE.replace(",Month,", ","),
        &format!("{OFFICE},Month"),
    ] {
        let err = house.content(&format!("{header}\n")).await.unwrap_err();
        let ImportError::File { source, .. } = err else {
            panic!("{err}")
        };
        let source = source.to_string();
        writeln!(told, "{}", source.split("; found").next().unwrap()).unwrap();
    }
    insta::assert_snapshot!(told, @r"
    it has neither `licensesActive` and `licensesQualified` nor `licensesDeployed` and `licensesSold`
    it has neither `licensesActive` and `licensesQualified` nor `licensesDeployed` and `licensesSold`
    it looks like the download OfficeUsage and has no column `Month`
    it has two columns `Month`: take one out
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whoever keeps a table of (customer, product, subscription) and adds up gets the same.
    #[test]
    fn seats_of_random_subscriptions_add_up(
        rows in prop::collection::vec((0..3_u32, 0..3_u32, 0..4_u32, [0..9_u32, 0..9, 0..9]), 1..40),
    ) {
        let mut counts = BTreeMap::new();
        let mut text = format!("{DYNAMICS}\n");
        for (customer, product, subscription, seats) in rows {
            // The first one counts; a repetition says the same.
            let key = (customer, product, subscription);
            let seats = *counts.entry(key).or_insert(seats);
            text += &dynamics(&format!("s{subscription}"), customer, &format!("P{product}"), seats);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut house = House::new();
            // Little room, so that rows wait on the disk too.
            house.options.rows_in_memory = 5;
            house.content(&text).await.unwrap();
            for (kind, part) in [(Kind::Usage, 0), (Kind::Deployment, 1)] {
                let mut expected: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
                for ((_, product, _), seats) in &counts {
                    let sum = expected.entry(*product).or_default();
                    *sum = (sum.0 + seats[part], sum.1 + seats[2]);
                }
                let lines = expected.iter().map(|(product, (part, whole))| {
                    let percent = seatwise_store::percent(u64::from(*part), u64::from(*whole));
                    format!("crm P{product}: {part}/{whole} = {percent:?}\n")
                });
                let expected = "2026-04\n".to_owned() + &lines.collect::<String>();
                assert_eq!(monthly(&house, kind, None).await, expected);
            }
        });
    }
}
