//! Downloads of Partner Center's Insights, from the import to the command that shows them.

use std::path::Path;

use crate::process::{Ended, Running, USAGE_HEADER, import, run, run_with, token};

const CONTOSO: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
const FABRIKAM: &str = "b1d0b5a3-1c5e-4f0e-8f4f-3a7f7f3c2d10";

/// The column names of Insights.
const OFFICE: &str = "PGA_PartnerID,CustomerTenantId,CustomerTpid,WorkloadName,Month,\
    PaidAvailableUnits,MonthlyActiveUsers,CustomerName,CustomerMarket,PartnerID,\
    PartnerAttributionType,IsDuplicateRowForPGA";
const DYNAMICS: &str = "PGAMpnID,SubscriptionId,Month,RevSumDivisionName,RevSumCategoryName,SKU,\
    SKUId,CustomerName,CustomerTenantId,AvailableSeats,AssignedSeats,ActiveSeats,ActiveUsagePercent";

/// Imports a file with this name and content.
fn store(folder: &Path, name: &str, content: &str) {
    let file = folder.join(name);
    std::fs::write(&file, content).unwrap();
    import(&folder.join("data"), &[&file]).expect_success();
}

fn downloads(folder: &Path) {
    let office = |customer: &str, workload: &str, month: &str, active: u32| {
        format!("1,{customer},7,{workload},{month},8,{active},=C,NO,2,CSP,0\n")
    };
    let rows = office(CONTOSO, "Exchange", "2026-06-01", 5)
        + &office(CONTOSO, "Exchange", "2026-08-01", 4)
        + &office(FABRIKAM, "Exchange", "8/1/2026", 7)
        + &office(FABRIKAM, "Teams", "2026-08", 0);
    store(folder, "OfficeUsage.csv", &format!("{OFFICE}\n{rows}"));
    let rows = format!("1,s1,2026-08-01,D,C,SALES,,C,{CONTOSO},10,3,1,0.1\n");
    store(folder, "DynamicsUsage.csv", &format!("{DYNAMICS}\n{rows}"));
}

#[test]
fn months_are_shown_and_no_figure_of_28_days_changes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let rows = format!("2026-08-31,EXO,Exchange,o365,,reseller,{CONTOSO},C,,E3,9,10\n");
    store(
        folder.path(),
        "usage.csv",
        &format!("{USAGE_HEADER}\n{rows}"),
    );
    let server = Running::serve(&data);
    let (url, token) = (server.url(), token(&data));
    let ask = |args: &[&str]| -> Ended {
        let environment = [("SEATWISE_URL", &*url), ("SEATWISE_TOKEN", &*token)];
        run_with(args, &environment)
    };
    let of_28_days = || {
        let history = ["history", "--from", "2026-08-01", "--to", "2026-09-30"];
        let asked = [&["usage"], &["deployment"], &["coverage"], &history[..]];
        asked.map(|args| ask(args).expect_success())
    };
    let before = of_28_days();
    let nothing = ask(&["monthly"]);
    insta::assert_snapshot!(nothing.shown(folder.path()), @"
    exit Some(0)
    --- stdout
    --- stderr
    nothing to show
    ");

    downloads(folder.path());
    assert_eq!(of_28_days(), before);
    let shown = |args: &[&str]| ask(args).expect_success();
    insta::assert_snapshot!(shown(&["monthly"]), @"
    usage by calendar month, from the downloads of Insights: not of 28 days
    Month    Service  Workload  Product  Active  Qualified      %  Gap
    2026-08  crm                SALES         1         10  10.00
    2026-08  o365     Exchange               11         16  68.75
    2026-08  o365     Teams                   0          8   0.00
    ");
    insta::assert_snapshot!(shown(&["monthly", "--month", "2026-06"]), @"
    usage by calendar month, from the downloads of Insights: not of 28 days
    Month    Service  Workload  Product  Active  Qualified      %  Gap
    2026-06  o365     Exchange                5          8  62.50
    ");
    let range = ["--from", "2026-06", "--to", "2026-08"];
    let office = [&["monthly", "--service", "o365"], &range[..]].concat();
    insta::assert_snapshot!(shown(&office), @"
    usage by calendar month, from the downloads of Insights: not of 28 days
    Month    Service  Workload  Product  Active  Qualified      %  Gap
    2026-06  o365     Exchange                5          8  62.50
    2026-07                                                        noDelivery
    2026-08  o365     Exchange               11         16  68.75
    2026-08  o365     Teams                   0          8   0.00
    ");
    let contoso = [
        &["monthly", "--customer", CONTOSO, "--output", "csv"],
        &range[..],
    ]
    .concat();
    insta::assert_snapshot!(shown(&contoso), @"
    month,serviceCode,workloadName,productName,numerator,denominator,percent,gap
    2026-06,o365,Exchange,,5,8,62.50,
    2026-07,,,,,,,noDelivery
    2026-08,crm,,SALES,1,10,10.00,
    2026-08,o365,Exchange,,4,8,50.00,
    ");
    let deployment = ["monthly", "--metric", "deployment", "--output", "json"];
    insta::assert_snapshot!(shown(&deployment), @r#"
    {
      "metric": "deployment",
      "window": "month",
      "month": "2026-08",
      "processedDate": "2026-08-31",
      "items": [
        {
          "serviceCode": "crm",
          "serviceName": "Microsoft Dynamics",
          "productName": "SALES",
          "licensesDeployed": 3,
          "licensesSold": 10,
          "deploymentPercent": 30.0
        }
      ]
    }
    "#);
    // Before the first recording nothing was known.
    let early = [&office[..], &["--known-at", "2020-01-01T00:00:00Z"]].concat();
    insta::assert_snapshot!(shown(&early), @"
    usage by calendar month, from the downloads of Insights: not of 28 days
    Month    Service  Workload  Product  Active  Qualified  %  Gap
    2026-06                                                    noDelivery
    2026-07                                                    noDelivery
    2026-08                                                    noDelivery
    ");
}

#[test]
fn rows_that_repeat_others_without_the_mark_are_noted() {
    let folder = tempfile::tempdir().unwrap();
    let row = |attribution: &str, mark: &str| {
        format!("{CONTOSO},Exchange,2026-09,100,80,C,{attribution}{mark}\n")
    };
    let columns = "CustomerTenantId,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,\
        CustomerName,PartnerAttributionType";
    let note = "note: 1 row of downloads repeat another one and are not marked as duplicates \
        (IsDuplicateRowForPGA is missing, or 0): each was counted once\n";
    for (name, mark, marked, expected) in [
        ("unmarked.csv", "", "", note),
        ("zero.csv", ",IsDuplicateRowForPGA", ",0", note),
        ("marked.csv", ",IsDuplicateRowForPGA", ",1", ""),
    ] {
        let first = row("CSP", if mark.is_empty() { "" } else { ",0" });
        let content = format!("{columns}{mark}\n{first}{}", row("DPOR", marked));
        let file = folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        let ended = import(&folder.path().join(name.replace(".csv", "")), &[&file]);
        let notes = ended.stderr.split_inclusive('\n');
        let notes: String = notes.filter(|line| line.contains("PGA")).collect();
        assert_eq!((ended.code, notes.as_str()), (Some(0), expected), "{name}");
        let left_out = "left out 1 row that is marked as a duplicate\n";
        assert_eq!(ended.stdout.contains(left_out), expected.is_empty());
    }
}

#[test]
fn what_cannot_be_asked_of_months() {
    let asked: [&[&str]; 4] = [
        &["monthly", "--month", "2026-9"],
        &["monthly", "--from", "2026-01"],
        &[
            "monthly", "--month", "2026-01", "--from", "2026-01", "--to", "2026-02",
        ],
        &["monthly", "--as-of", "2026-01-31"],
    ];
    let first = |args: &[&str]| {
        let ended = run(args);
        let line = ended.stderr.lines().next().unwrap_or_default().to_owned();
        format!("{:?} {line}\n", ended.code)
    };
    insta::assert_snapshot!(asked.map(first).concat(), @"
    Some(2) error: invalid value '2026-9' for '--month <MONTH>': `2026-9` is not a month such as `2026-09`
    Some(2) error: the following required arguments were not provided:
    Some(2) error: the argument '--month <MONTH>' cannot be used with:
    Some(2) error: unexpected argument '--as-of' found
    ");
}
