//! The documented response, byte for byte, from imported data.

use crate::process::{PARTNER, Running, USAGE_HEADER, import, run_with, token};

/// The documented partner usage: 1153 bytes after the byte-order mark.
fn documented_usage() -> String {
    let item = |workload: &str, date: &str, service: &str| {
        format!(
            r#"{{"proratedLicensesUsagePercent":0.0,"workloadName":"{workload}","processedDateTime":"{date}T00:00:00+00:00","serviceName":"{service}","channel":"reseller","attributes":{{"objectType":"PartnerLicensesUsageInsights"}}}}"#
        )
    };
    let items = [
        item("Microsoft Dynamics CRM", "2017-03-10", "crm"),
        item("SharePoint", "2017-03-10", "crm"),
        item("Exchange", "2017-03-09", "o365"),
        item("SharePoint", "2017-03-09", "o365"),
        item("Skype For Business", "2017-03-09", "o365"),
    ];
    format!(
        r#"{{"totalCount":5,"items":[{}],"attributes":{{"objectType":"Collection"}}}}"#,
        items.join(",")
    )
}

fn facts() -> String {
    let customer = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
    let other = "5d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
    let mut rows = format!("{USAGE_HEADER}\n");
    for (date, code, workload, service, id, product) in [
        (
            "2017-03-10",
            "",
            "Microsoft Dynamics CRM",
            "crm",
            customer,
            "DYNAMICS CRM ONLINE",
        ),
        (
            "2017-03-10",
            "SPO",
            "SharePoint",
            "crm",
            customer,
            "DYNAMICS CRM ONLINE",
        ),
        (
            "2017-03-09",
            "EXO",
            "Exchange",
            "o365",
            customer,
            "OFFICE 365 BUSINESS ESSENTIALS",
        ),
        (
            "2017-03-09",
            "SPO",
            "SharePoint",
            "o365",
            customer,
            "OFFICE 365 BUSINESS ESSENTIALS",
        ),
        (
            "2017-03-09",
            "SFB",
            "Skype For Business",
            "o365",
            customer,
            "OFFICE 365 BUSINESS ESSENTIALS",
        ),
        (
            "2017-03-09",
            "EXO",
            "Exchange",
            "o365",
            other,
            "EXCHANGE ONLINE (PLAN 1)",
        ),
    ] {
        rows += &format!("{date},{code},{workload},{service},,reseller,{id},C,,{product},0,5\n");
    }
    rows
}

#[test]
fn the_documented_answer_comes_over_the_wire() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("usage.csv"));
    std::fs::write(&file, facts()).unwrap();
    import(&data, &[&file]).expect_success();
    let token = token(&data);
    let server = Running::serve(&data);

    let (head, body) = server.get("/v1/analytics/licenses/usage", &token);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    for header in [
        "Content-Length: 1156",
        "Content-Type: application/json; charset=utf-8",
        "MS-RequestId: 6b588e9b-1d02-471a-bce2-79374497c24e",
        "MS-CorrelationId: ae3b8c36-348b-46bc-9a60-398f973153ff",
    ] {
        assert!(
            head.lines().any(|line| line == header),
            "no `{header}` in\n{head}"
        );
    }
    assert_eq!(body.len(), 1156);
    assert_eq!(
        String::from_utf8(body).unwrap(),
        format!("\u{feff}{}", documented_usage())
    );

    // The same through the SDK and the command line.
    let ended = run_with(
        ["usage", "--url", &server.url(), "--output", "json"],
        &[("SEATWISE_TOKEN", &token)],
    );
    let answer: serde_json::Value = serde_json::from_str(&ended.expect_success()).unwrap();
    let documented: serde_json::Value = serde_json::from_str(&documented_usage()).unwrap();
    assert_eq!(answer, documented);

    // The running server sees an import by another process.
    let other = folder.path().join("later.csv");
    std::fs::write(
        &other,
        facts()
            .replace("2017-03-09", "2017-03-11")
            .replace(",0,5", ",1,5"),
    )
    .unwrap();
    import(&data, &[&other]).expect_success();
    let changed = (0..1000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        let (_, body) = server.get("/v1/analytics/licenses/usage", &token);
        String::from_utf8(body)
            .unwrap()
            .contains(r#":20.0,"workloadName":"Exchange""#)
    });
    assert!(changed, "the server does not see the import");
    assert_eq!(server.interrupt(), Some(0), "for partner {PARTNER}");
}
