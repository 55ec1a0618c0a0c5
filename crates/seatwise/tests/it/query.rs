//! `seatwise query`: the requests, and the output formats.

use std::path::Path;

use crate::process::{Fake, run};

const ROWS: &str = r#"{"Value":[
    {"processedDateTime":"2026-10-14T00:00:00","workloadCode":"EXO","workloadName":"Exchange",
     "serviceCode":"o365","serviceName":"Microsoft Office 365","channel":"reseller",
     "customerTenantId":"4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04","customerName":"Contoso",
     "productId":"6FD2C87F","productName":"E3","licensesActive":3,"licensesQualified":40},
    {"processedDateTime":"2026-10-14T00:00:00","workloadName":"Teams","serviceCode":"o365",
     "channel":"reseller","customerName":"=Fabrikam","productName":"E3","licensesActive":12}],
    "@nextLink":null,"TotalCount":2}"#;

const GROUPS: &str = r#"{"Value":[
    {"channel":"reseller","customerName":"Contoso","licensesDeployed":3,"licensesSold":40}],
    "@nextLink":null,"TotalCount":1}"#;

#[test]
fn tables_csv_and_json() {
    let shown = |output: &str| {
        let fake = Fake::start([(200, ROWS)]);
        let args = [
            "query", "usage", "--url", &fake.url, "--token", "t", "--output", output,
        ];
        let shown = run(args).expect_success();
        assert_eq!(
            fake.asked(),
            ["GET /v1/analytics/commercial/usage/license/"]
        );
        shown
    };
    insta::assert_snapshot!(shown("table"), @"
    Processed   Workload  Service  Channel   Name       Product  Active  Qualified
    2026-10-14  Exchange  o365     reseller  Contoso    E3            3         40
    2026-10-14  Teams     o365     reseller  =Fabrikam  E3           12
    ");
    insta::assert_snapshot!(shown("csv"), @"
    processedDateTime,workloadCode,workloadName,serviceCode,serviceName,channel,customerTenantId,customerName,productId,productName,licensesActive,licensesQualified
    2026-10-14T00:00:00,EXO,Exchange,o365,Microsoft Office 365,reseller,4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04,Contoso,6FD2C87F,E3,3,40
    2026-10-14T00:00:00,,Teams,o365,,reseller,,'=Fabrikam,,E3,12,
    ");
    let json: serde_json::Value = serde_json::from_str(&shown("json")).unwrap();
    assert_eq!(json["TotalCount"], 2);
    assert_eq!(json["Value"][1]["customerName"], "=Fabrikam");
}

#[test]
fn what_is_added_up_has_the_columns_that_were_asked_for() {
    let fake = Fake::start([(200, GROUPS)]);
    let args = [
        "query",
        "deployment",
        "--url",
        &fake.url,
        "--token",
        "t",
        "--filter",
        "serviceCode EQ 'O365'",
        "--group-by",
        "customerName, Channel",
        "--date",
        "2026-10-14",
        "--top",
        "20000",
    ];
    insta::assert_snapshot!(run(args).expect_success(), @"
    Channel   Name     Deployed  Sold
    reseller  Contoso         3    40
    ");
    assert_eq!(
        fake.asked(),
        [
            "GET /v1/analytics/commercial/deployment/license/?filter=serviceCode%20eq%20%27O365%27\
          &groupby=customerName%2Cchannel&processedDateTime=2026-10-14T00%3A00%3A00&top=10000"
        ]
    );
}

#[test]
fn top_ends_the_answer_and_asks_for_no_more() {
    let page = r#"{"Value":[{"licensesActive":1}],"@nextLink":"?skip=1","TotalCount":9}"#;
    let fake = Fake::start([(200, page), (200, page)]);
    let args = [
        "query",
        "usage",
        "--url",
        &fake.url,
        "--token",
        "t",
        "--top",
        "1",
        "--group-by",
        "channel",
        "--output",
        "csv",
    ];
    insta::assert_snapshot!(run(args).expect_success(), @"
    channel,licensesActive,licensesQualified
    ,1,
    ");
    assert_eq!(fake.asked().len(), 1);
}

#[test]
fn questions_that_cannot_be_asked() {
    let mut shown = String::new();
    for args in [
        ["usage", "--filter", "channel is 'direct'"],
        ["deployment", "--filter", "workloadCode eq 'EXO'"],
        ["usage", "--group-by", "channel,licensesActive"],
    ] {
        let args = ["query"].iter().chain(&args);
        shown += &run(args).shown(Path::new("/nowhere"));
        shown += "\n";
    }
    insta::assert_snapshot!(shown, @"
    exit Some(2)
    --- stdout
    --- stderr
    error: --filter: at character 9: expected `eq` or `ne`, found `is`

    exit Some(2)
    --- stdout
    --- stderr
    error: --filter: at character 1: expected one of `serviceCode`, `serviceName`, `channel`, `customerTenantId`, `customerName`, `productId`, `productName`, found `workloadCode`

    exit Some(2)
    --- stdout
    --- stderr
    error: --group-by: at character 9: expected one of `workloadCode`, `workloadName`, `serviceCode`, `serviceName`, `channel`, `customerTenantId`, `customerName`, `productId`, `productName`, found `licensesActive`
    ");
    assert_eq!(run(["query", "usage", "--date", "yesterday"]).code, Some(2));
    assert_eq!(run(["query", "usage", "--top", "0"]).code, Some(2));
}
