//! `seatwise customers`: all pages, in three formats.

use std::path::Path;

use crate::process::{Fake, run};

const FIRST: &str = r#"{"items":[{"id":"4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04","companyProfile":{
    "companyName":"=Contoso","domain":"contoso.onmicrosoft.com"},
    "relationshipToPartner":"reseller"}],"links":{"next":{"uri":"/customers?seekOperation=Next",
    "method":"GET","headers":[{"key":"MS-ContinuationToken","value":"AQ=="}]}}}"#;

const SECOND: &str = r#"{"items":[{"id":"0d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04"}]}"#;

#[test]
fn tables_csv_and_json() {
    let shown = |output: &str| {
        let fake = Fake::start([(200, FIRST), (200, SECOND)]);
        let args = [
            "customers",
            "--url",
            &fake.url,
            "--token",
            "t",
            "--output",
            output,
            "--size",
            "1",
            "--name",
            "=C",
        ];
        let shown = run(args).expect_success();
        let asked = fake.asked();
        assert!(
            asked[0].starts_with("GET /v1/customers?size=1&filter="),
            "{}",
            asked[0]
        );
        assert_eq!(asked[1], "GET /v1/customers?seekOperation=Next");
        shown
    };
    insta::assert_snapshot!(shown("table"), @"
    Customer                              Name      Domain                   Relationship
    4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04  =Contoso  contoso.onmicrosoft.com  reseller
    0d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
    ");
    insta::assert_snapshot!(shown("csv"), @"
    id,companyName,domain,relationshipToPartner
    4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,'=Contoso,contoso.onmicrosoft.com,reseller
    0d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,,,
    ");
    let json: serde_json::Value = serde_json::from_str(&shown("json")).unwrap();
    assert_eq!(json["totalCount"], 2);
    assert_eq!(
        json["items"][0]["companyProfile"]["companyName"],
        "=Contoso"
    );
}

#[test]
fn a_partner_without_customers() {
    let fake = Fake::start([(200, r#"{"items":[]}"#)]);
    let ended = run(["customers", "--url", &fake.url, "--token", "t"]);
    insta::assert_snapshot!(ended.shown(Path::new("/nowhere")), @"
    exit Some(0)
    --- stdout
    --- stderr
    no customers
    ");
}
