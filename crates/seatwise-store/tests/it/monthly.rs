//! The downloads of Partner Center's Insights: monthly figures, beside the others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use seatwise_store::MonthlyQuestion;
use seatwise_store::import::{ImportError, Report};
use seatwise_types::extensions::{Metric, Month, MonthInRange, Selection};

use crate::test_store::{TestStore, customer, exchange, partner};

/// As in the download, with another order and spelling of some columns.
pub(crate) const OFFICE: &str = "PGA_PartnerID,customertenantid,CustomerTpid,WorkloadName,Month,\
    PaidAvailableUnits,MonthlyActiveUsers,CustomerName,CustomerMarket,PartnerID,\
    PartnerAttributionType,IsDuplicateRowForPGA";

pub(crate) const DYNAMICS: &str = "PGAMpnID,SubscriptionId,Month,RevSumDivisionName,RevSumCategoryName,SKU,\
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
    dynamics_in("2026-04-01", subscription, of, sku, counts)
}

pub(crate) fn dynamics_in(
    month: &str,
    subscription: &str,
    of: u32,
    sku: &str,
    counts: [u32; 3],
) -> String {
    let [active, assigned, available] = counts;
    let customer = customer(of);
    format!(
        "1,{subscription},{month},D,C,{sku},,C{of},{customer},{available},{assigned},{active},1.0\n"
    )
}

pub(crate) fn question(metric: Metric, from: Month, to: Month) -> MonthlyQuestion {
    MonthlyQuestion {
        metric,
        from,
        to,
        selection: Selection::default(),
        known_at: None,
    }
}

/// The figures of a range of months, line by line.
pub(crate) fn lines(months: &[MonthInRange]) -> String {
    let mut text = String::new();
    for month in months {
        let gap = month.gap.map(|gap| format!(" {gap}")).unwrap_or_default();
        writeln!(text, "{}{gap}", month.month).unwrap();
        for item in &month.items {
            writeln!(
                text,
                "{} {}{}: {}/{} = {:?}",
                item.service_code,
                item.workload_name.as_deref().unwrap_or_default(),
                item.product_name.as_deref().unwrap_or_default(),
                item.numerator().unwrap(),
                item.denominator().unwrap(),
                item.percent().unwrap()
            )
            .unwrap();
        }
    }
    text
}

/// The figures of a month, by default of the newest, line by line.
pub(crate) async fn monthly(test: &TestStore, metric: Metric, month: Option<&str>) -> String {
    let month = match month {
        Some(month) => Some(month.parse().unwrap()),
        None => {
            let newest = test.store.newest_month(partner(), metric, None);
            newest.await.unwrap()
        }
    };
    let Some(month) = month else {
        return "never\n".to_owned();
    };
    let question = question(metric, month, month);
    let message = test.store.monthly(partner(), &question).await.unwrap();
    lines(&message.value)
}

#[tokio::test]
async fn office_usage_is_kept_by_month_and_never_among_the_figures_of_28_days() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-04-30", 1, 9, 10)).await.unwrap();
    let before = test.usage_figures().await;
    let rows = office(1, "Exchange", "2026-04-01", 3, 10, 0)
        + &office(1, "Exchange", "2026-04-01", 3, 10, 1)
        + &office(2, "Exchange", "4/1/2026", 5, 10, 0)
        + &office(2, "Teams", "2026-04", 1, 4, 0)
        + &office(2, "Teams", "2026-03", 2, 4, 0);
    let receipt = test.content(&format!("{OFFICE}\n{rows}")).await.unwrap();
    assert_eq!((receipt.rows_read, receipt.duplicate_rows), (5, 1));
    assert_eq!((receipt.rows_stored, receipt.deliveries_new), (4, 3));
    assert_eq!(Vec::from_iter(receipt.taken_for), [("OfficeUsage", 1)]);
    assert!(receipt.ignored_columns.is_empty());

    insta::assert_snapshot!(monthly(&test, Metric::Usage, None).await, @r"
    2026-04
    o365 Exchange: 8/20 = 40.0
    o365 Teams: 1/4 = 25.0
    ");
    insta::assert_snapshot!(monthly(&test, Metric::Usage, Some("2026-03")).await, @r"
    2026-03
    o365 Teams: 2/4 = 50.0
    ");
    assert_eq!(
        monthly(&test, Metric::Usage, Some("2026-02")).await,
        "2026-02 noDelivery\n"
    );
    assert_eq!(monthly(&test, Metric::Deployment, None).await, "never\n");
    assert_eq!(test.usage_figures().await, before);
    let status = test.store.status().await.unwrap();
    let kinds: Vec<_> = status[0].tables.iter().map(|table| table.kind).collect();
    assert_eq!(kinds, ["usage", "usage-month"]);

    // A repetition changes nothing; the next download restates.
    let again = test.content(&format!("{OFFICE}\n{rows}")).await.unwrap();
    assert_eq!((again.deliveries_unchanged, again.rows_stored), (3, 0));
    let restated = office(2, "Teams", "2026-03-31", 4, 4, 0);
    let receipt = test
        .content(&format!("{OFFICE}\n{restated}"))
        .await
        .unwrap();
    assert_eq!(receipt.deliveries_restated, 1);
    let march = monthly(&test, Metric::Usage, Some("2026-03")).await;
    assert_eq!(march, "2026-03\no365 Teams: 4/4 = 100.0\n");
}

#[tokio::test]
async fn subscriptions_of_one_product_add_up_and_each_counts_once() {
    let mut test = TestStore::new();
    let rows = dynamics("s1", 1, "SALES", [2, 3, 10])
        + &dynamics("s2", 1, "SALES", [1, 1, 5])
        // With another attribution of the partner.
        + &dynamics("s1", 1, "SALES", [2, 3, 10])
        + &dynamics("s3", 1, "FIELD SERVICE", [0, 4, 4])
        + &dynamics("s4", 2, "SALES", [1, 2, 3]);
    // Tabs work like commas.
    let tabs = format!("{DYNAMICS}\n{rows}").replace(',', "\t");
    let receipt = test.content(&tabs).await.unwrap();
    assert_eq!((receipt.rows_read, receipt.rows_stored), (5, 6));
    assert_eq!(Vec::from_iter(receipt.taken_for), [("DynamicsUsage", 1)]);
    insta::assert_snapshot!(monthly(&test, Metric::Usage, None).await, @r"
    2026-04
    crm FIELD SERVICE: 0/4 = 0.0
    crm SALES: 4/18 = 22.22
    ");
    insta::assert_snapshot!(monthly(&test, Metric::Deployment, Some("2026-04")).await, @r"
    2026-04
    crm FIELD SERVICE: 4/4 = 100.0
    crm SALES: 6/18 = 33.33
    ");
    // The order of rows is not content.
    let mut lines: Vec<&str> = rows.lines().collect();
    lines.reverse();
    let reversed = format!("{DYNAMICS}\n{}\n", lines.join("\n"));
    assert_eq!(
        test.content(&reversed).await.unwrap().deliveries_unchanged,
        4
    );
}

#[tokio::test]
async fn faults_of_a_download_are_named_by_its_own_columns() {
    let mut test = TestStore::new();
    let good = office(1, "Exchange", "2026-04", 3, 10, 0);
    let rows = [
        good.replace("2026-04", "April"),
        good.replace("2026-04", "2062-04"),
        good.replace(&customer(1).to_uppercase(), "nobody"),
        good.replace("Exchange", ""),
        good.replace(",10,3,", ",10,x,"),
        // A duplicate is not checked.
        good.replace("2026-04", "April").replace(",CSP,0", ",CSP,1"),
    ];
    let message = |err: ImportError| {
        let ImportError::BadRows { bad, .. } = err else {
            panic!("{err}")
        };
        let rows = bad.first.iter();
        let rows = rows.map(|row| format!("{} {}: {}", row.line, row.column, row.remedy));
        rows.collect::<Vec<_>>().join("\n")
    };
    let err = test.content(&format!("{OFFICE}\n{}", rows.concat())).await;
    insta::assert_snapshot!(message(err.unwrap_err()), @r"
    2 Month: a month such as `2026-09`, `2026-09-01` or `9/1/2026` is expected
    3 Month: it has not begun yet
    4 CustomerTenantId: the customer's tenant id is expected, a GUID such as `4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04`
    5 WorkloadName: it is empty: every row needs a value here
    6 MonthlyActiveUsers: a whole number of seats, 0 or more, is expected
    ");
    let other = dynamics("s1", 1, "SALES", [2, 3, 10]) + &dynamics("s1", 1, "SALES", [2, 4, 10]);
    let text = format!("{DYNAMICS}\n{other}");
    let err = test.content(&text).await.unwrap_err();
    insta::assert_snapshot!(message(err), @"3 : line 2 has other counts of the same subscription: take one of them out");
    assert_eq!(monthly(&test, Metric::Usage, None).await, "never\n");

    // A delivery with a bad row is left out completely, and nothing is written beside the file.
    test.options.skip_bad_rows = true;
    let rows = rows[4].clone() + &good.replace("Exchange", "Teams") + &good.replace("04,", "03,");
    let receipt = test.content(&format!("{OFFICE}\n{rows}")).await.unwrap();
    assert_eq!(
        (receipt.deliveries_new, receipt.deliveries_rejected),
        (1, 1)
    );
    assert!(receipt.rejected_files.is_empty());
}

#[tokio::test]
async fn other_downloads_are_not_taken_for_these() {
    let mut test = TestStore::new();
    let mut message = String::new();
    for header in [
        // Power BI has the seats of Dynamics, but not its divisions.
        "Month,CustomerTenantId,CustomerName,SKU,AvailableSeats,AssignedSeats,ActiveSeats",
        // By product, not by workload.
        "Month,CustomerTenantId,CustomerName,PaidAvailableUnits,MonthlyActiveUsers",
        &OFFICE.replace(",Month,", ","),
        &format!("{OFFICE},Month"),
    ] {
        let err = test.content(&format!("{header}\n")).await.unwrap_err();
        let ImportError::File { source, .. } = err else {
            panic!("{err}")
        };
        let source = source.to_string();
        writeln!(message, "{}", source.split("; found").next().unwrap()).unwrap();
    }
    insta::assert_snapshot!(message, @r"
    it has neither `licensesActive` and `licensesQualified` nor `licensesDeployed` and `licensesSold`
    it has neither `licensesActive` and `licensesQualified` nor `licensesDeployed` and `licensesSold`
    it looks like the download OfficeUsage and has no column `Month`
    it has two columns `Month`: take one out
    ");
}

#[tokio::test]
async fn rows_that_differ_in_attribution_alone_count_once() {
    // Without the column of the mark, and with 0 in both rows.
    let own = "CustomerTenantId,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,\
        CustomerName,PartnerAttributionType\n";
    let row = |workload: &str, active: u32, attribution: &str| {
        format!(
            "{},{workload},2026-04-01,100,{active},C,{attribution}\n",
            customer(1)
        )
    };
    let unmarked = own.to_owned()
        + &row("Exchange", 80, "CSP")
        + &row("Exchange", 80, "DPOR")
        + &row("Teams", 60, "CSP");
    let both = office(1, "Exchange", "2026-04", 80, 100, 0);
    let both = format!("{OFFICE}\n{both}{}", both.replace(",CSP,", ",DPOR,"))
        + &office(1, "Teams", "2026-04", 60, 100, 0);
    for content in [unmarked, both] {
        let mut test = TestStore::new();
        let receipt = test.content(&content).await.unwrap();
        assert_eq!((receipt.repeated_rows, receipt.duplicate_rows), (1, 0));
        assert_eq!(
            monthly(&test, Metric::Usage, None).await,
            "2026-04\no365 Exchange: 80/100 = 80.0\no365 Teams: 60/100 = 60.0\n"
        );
    }
    // Rows with other content are added up, as before.
    let mut test = TestStore::new();
    let rows = own.to_owned() + &row("Exchange", 80, "CSP") + &row("Exchange", 40, "CSP");
    let receipt = test.content(&rows).await.unwrap();
    assert_eq!(receipt.repeated_rows, 0);
    assert_eq!(
        monthly(&test, Metric::Usage, None).await,
        "2026-04\no365 Exchange: 120/200 = 60.0\n"
    );
    // Without a subscription, it is unclear whether seats belong to two.
    let same = dynamics("", 1, "SALES", [2, 3, 10]);
    let err = test.content(&format!("{DYNAMICS}\n{same}{same}")).await;
    let ImportError::BadRows { bad, .. } = err.unwrap_err() else {
        panic!("two rows that may be of one subscription")
    };
    assert!(
        bad.first[0]
            .remedy
            .contains("put the column SubscriptionId into the query")
    );
}

#[tokio::test]
async fn a_download_with_the_columns_of_another_is_known_by_its_workloads() {
    let mut test = TestStore::new();
    let office_rows = office(1, "Exchange", "2026-04", 80, 100, 0);
    test.content(&format!("{OFFICE}\n{office_rows}"))
        .await
        .unwrap();
    let before = monthly(&test, Metric::Usage, None).await;
    let ems = office(1, "Azure Information Protection", "2026-04", 1, 5, 0);
    let ems = format!("{OFFICE}\n{}{ems}", office(1, "AADP", "2026-04", 1, 5, 0));
    let err = test.content(&ems).await.unwrap_err();
    let message = err.to_string();
    assert!(
        message.contains("line 2 has the workload `AADP`, so it looks like the download EMSUsage")
    );
    assert_eq!(monthly(&test, Metric::Usage, None).await, before);
    // With its newer columns it does not look like OfficeUsage.
    let newer = format!("{OFFICE},AATPActiveUsage\n");
    let err = test.content(&newer).await.unwrap_err();
    assert!(
        err.to_string().contains("it has neither `licensesActive`"),
        "{err}"
    );

    // The named download is accepted if the columns match.
    test.options.download = Some(Report::DynamicsUsage);
    let err = test.content(&ems).await.unwrap_err().to_string();
    assert!(err.contains("it has the columns of the download OfficeUsage, and DynamicsUsage is"));
    let err = test.usage(&exchange("2026-04-30", 1, 9, 10)).await;
    let err = err.unwrap_err().to_string();
    assert!(
        err.contains("it does not have the columns of the download DynamicsUsage"),
        "{err}"
    );
    test.options.download = Some(Report::OfficeUsage);
    test.options.replace = true;
    test.content(&ems).await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The sums of a table of (customer, product, subscription) are the same.
    #[test]
    fn seats_of_random_subscriptions_add_up(
        rows in prop::collection::vec((0..3_u32, 0..3_u32, 0..4_u32, [0..9_u32, 0..9, 0..9]), 1..40),
    ) {
        let mut counts = BTreeMap::new();
        let mut text = format!("{DYNAMICS}\n");
        for (customer, product, subscription, seats) in rows {
            // The first row counts; a repetition is equal.
            let key = (customer, product, subscription);
            let seats = *counts.entry(key).or_insert(seats);
            text += &dynamics(&format!("s{subscription}"), customer, &format!("P{product}"), seats);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            // A small limit, so that rows are written to the disk too.
            test.options.rows_in_memory = 5;
            test.content(&text).await.unwrap();
            for (metric, part) in [(Metric::Usage, 0), (Metric::Deployment, 1)] {
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
                assert_eq!(monthly(&test, metric, None).await, expected);
            }
        });
    }
}
