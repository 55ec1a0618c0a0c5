//! Commands for Seatwise's endpoints, against a service that can be Partner Center.

use std::path::Path;

use crate::process::{Fake, run};

const HISTORY: &str = r#"{"metric":"usage","by":"customer","step":"day","from":"2026-10-01",
    "to":"2026-10-02","series":[{"serviceCode":"o365","channel":"reseller",
    "customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":"=Contoso","points":[
    {"date":"2026-10-01","numerator":5,"denominator":4,"percent":125.0,
     "processedDateTime":"2026-10-01T00:00:00+00:00"},{"date":"2026-10-02","gap":"noDelivery"}]}]}"#;

const RESTATEMENTS: &str = r#"{"metric":"usage","from":"2026-10-01","to":"2026-10-02","units":{
    "totalCount":9,"items":[{"serviceCode":"o365","channel":"reseller",
    "customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":"Contoso",
    "processedDate":"2026-10-01","versions":[
    {"delivery":1,"recordedAt":"2026-10-01T08:00:00Z","rows":1,"numerator":9,"denominator":10},
    {"delivery":4,"recordedAt":"2026-10-02T08:00:00Z","rows":1,"numerator":4,"denominator":10}]}]},
    "nextLink":"/seatwise/v1/changes/restatements?skip=1"}"#;

const EXPLANATION: &str = r#"{"metric":"usage","serviceCode":"o365","channel":"reseller",
    "knownAt":"2026-10-03T08:00:00Z","tableVersion":3,"numerator":12,"denominator":10,
    "exactPercent":"120/1","percent":120.0,
    "reasons":[{"code":"activeOverQualified","rows":1,"excess":2}],
    "deliveries":{"totalCount":1,"items":[{"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04",
      "customerName":"Contoso","processedDate":"2026-10-01","recordedAt":"2026-10-01T08:00:00Z",
      "delivery":4,"rows":1,"numerator":12,"denominator":10}]},
    "rows":{"totalCount":1,"items":[{"delivery":4,"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04",
      "productName":"E3","workloadName":"Exchange","numerator":12,"denominator":10}]},
    "leftOut":{"totalCount":1,"items":[{"reason":"otherChannel","channel":"direct","numerator":3,
      "denominator":5}]}}"#;

#[test]
fn tables_and_what_is_asked() {
    let fake = Fake::start([(200, HISTORY), (200, RESTATEMENTS), (200, EXPLANATION)]);
    let ask = |args: &[&str]| {
        let connection = ["--url", &fake.url, "--token", "t"];
        let ended = run(args.iter().chain(&connection));
        ended.shown(Path::new("/nowhere"))
    };
    let span = ["--from", "2026-10-01", "--to", "2026-10-02"];
    let history = [
        &["history", "--by", "Customer", "--service", "o365"],
        &span[..],
    ]
    .concat();
    insta::assert_snapshot!(ask(&history), @"
    exit Some(0)
    --- stdout
    Service  Channel   Customer  Date        Active  Qualified       %  Gap
    o365     reseller  =Contoso  2026-10-01       5          4  125.00
    o365     reseller  =Contoso  2026-10-02                             noDelivery
    --- stderr
    ");
    let restatements = [
        &[
            "changes",
            "--restatements",
            "--to-known-at",
            "2026-10-03T00:00:00Z",
        ],
        &span[..],
    ]
    .concat();
    insta::assert_snapshot!(ask(&restatements), @"
    exit Some(0)
    --- stdout
    Service  Channel   Customer   Name     Processed   Recorded          Delivery  Rows  Active  Qualified
    o365     reseller  4d3cf487…  Contoso  2026-10-01  2026-10-01 08:00         1     1       9         10
    o365     reseller  4d3cf487…  Contoso  2026-10-01  2026-10-02 08:00         4     1       4         10
    --- stderr
    there are more items: continue with --skip, or list more at once with --top
    ");
    let explain = [
        "explain",
        "--service",
        "o365",
        "--channel",
        "reseller",
        "--as-of",
        "2026-10-02",
        "--top",
        "5",
    ];
    insta::assert_snapshot!(ask(&explain), @"
    exit Some(0)
    --- stdout
    12 of 10 seats: 120.00 % (exactly 120/1)
    table version 3, known at 2026-10-03T08:00:00Z
    activeOverQualified: 1 row, 2 seats

    Deliveries: 1
    Delivery  Customer   Name     Processed   Recorded          Rows  Active  Qualified
           4  4d3cf487…  Contoso  2026-10-01  2026-10-01 08:00     1      12         10

    Rows: 1
    Delivery  Customer   Name     Product  Workload  Active  Qualified
           4  4d3cf487…  Contoso  E3       Exchange      12         10

    Left out: 1
    Why           Name  Channel  Product  Processed  Delivery  Active  Qualified
    otherChannel        direct                                      3          5
    --- stderr
    ");
    insta::assert_snapshot!(fake.asked().join("\n"), @"
    GET /seatwise/v1/history?metric=usage&by=customer&from=2026-10-01&to=2026-10-02&step=day&service=o365
    GET /seatwise/v1/changes/restatements?metric=usage&from=2026-10-01&to=2026-10-02&knownAt=2026-10-03T00%3A00%3A00Z
    GET /seatwise/v1/explain?metric=usage&service=o365&channel=reseller&asOf=2026-10-02&top=5
    ");
}

#[test]
fn a_service_that_keeps_no_history() {
    let empty = r#"{"totalCount":0,"items":[]}"#;
    let missing = r#"{"code":"1000","description":"no such resource","source":"PartnerFD"}"#;
    let fake = Fake::start([(200, empty), (404, missing)]);
    let connection = ["--url", &fake.url, "--token", "t"];
    let usage = ["usage", "--as-of", "2026-10-01"];
    let customer = "0a000000-0000-4000-8000-000000000003";
    let coverage = ["coverage", "--customer", customer];
    let shown = [
        run(usage.iter().chain(&connection)).shown(Path::new("/nowhere")),
        run(coverage.iter().chain(&connection)).shown(Path::new("/nowhere")),
        run(["usage", "--known-at", "2026-10-01"]).shown(Path::new("/nowhere")),
        run(["changes", "--from", "2026-10-01", "--to", "soon"]).shown(Path::new("/nowhere")),
    ];
    let asked = format!("GET /seatwise/v1/coverage?metric=usage&customer={customer}");
    assert_eq!(fake.asked()[1], asked);
    insta::assert_snapshot!(shown.join("\n"), @"
    exit Some(5)
    --- stdout
    --- stderr
    error: the service keeps no history: it answered for today

    exit Some(4)
    --- stdout
    --- stderr
    error: status 404, code `1000`: no such resource
    hint: Partner Center does not have this call: give the URL of a Seatwise server with --url

    exit Some(2)
    --- stdout
    --- stderr
    error: invalid value '2026-10-01' for '--known-at <TIME>': `2026-10-01` is not an instant such as `2026-11-05T08:00:00Z`

    For more information, try '--help'.

    exit Some(2)
    --- stdout
    --- stderr
    error: invalid value 'soon' for '--to <DATE>': `soon` is not a date such as `2026-10-31` or a month such as `2026-10`

    For more information, try '--help'.
    ");
}
