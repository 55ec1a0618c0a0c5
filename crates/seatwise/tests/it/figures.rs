//! The commands that read: their three output formats, and their errors.

use std::path::Path;

use crate::process::{Running, USAGE_HEADER, import, run, run_with, token};

fn prepared(folder: &Path) -> (Running, String) {
    let (data, file) = (folder.join("data"), folder.join("usage.csv"));
    let customer = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
    let rows = format!(
        "{USAGE_HEADER}\n\
         2026-05-01,EXO,Exchange,o365,,reseller,{customer},C,,P,3,2\n\
         2026-05-01,,=cmd \u{1b}[31m,o365,,reseller,{customer},C,,P,1,8\n"
    );
    std::fs::write(&file, rows).unwrap();
    import(&data, &[&file]).expect_success();
    let token = token(&data);
    (Running::serve(&data), token)
}

#[test]
fn tables_csv_and_json() {
    let folder = tempfile::tempdir().unwrap();
    let (server, token) = prepared(folder.path());
    let shown = |output: &str| {
        let args = ["usage", "--url", &server.url(), "--output", output];
        run_with(args, &[("SEATWISE_TOKEN", &token)]).expect_success()
    };
    // A name cannot control the terminal, or be a formula in a spreadsheet.
    insta::assert_snapshot!(shown("table"), @"
    Service  Channel   Workload    Processed   Used %
    o365     reseller  =cmd �[31m  2026-05-01   12.50
    o365     reseller  Exchange    2026-05-01  150.00
    ");
    insta::assert_snapshot!(shown("csv"), @"
    serviceName,channel,workloadName,processedDateTime,proratedLicensesUsagePercent
    o365,reseller,'=cmd [31m,2026-05-01T00:00:00+00:00,12.50
    o365,reseller,Exchange,2026-05-01T00:00:00+00:00,150.00
    ");
    let json: serde_json::Value = serde_json::from_str(&shown("json")).unwrap();
    assert_eq!(json["items"][0]["workloadName"], "=cmd \u{1b}[31m");
    let args = ["deployment", "--url", &server.url(), "--token", &token];
    insta::assert_snapshot!(run(args).shown(folder.path()), @"
    exit Some(0)
    --- stdout
    --- stderr
    no figures yet
    ");
}

#[test]
fn errors_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = prepared(folder.path());
    let url = server.url();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let app_only = run([
        "token",
        "--data-dir",
        data,
        "--partner",
        crate::process::PARTNER,
        "--app-only",
    ])
    .expect_success();
    let mut shown = String::new();
    for args in [
        vec!["usage", "--url", &url],
        vec!["usage", "--url", &url, "--token", "nonsense"],
        vec!["usage", "--url", &url, "--token", app_only.trim()],
        vec!["usage", "--url", "http://example.com", "--token", "t"],
        vec!["usage", "--url", &url, "--customer", "fabrikam"],
        vec!["status", "--data-dir", "/nowhere/at/all"],
        vec!["serve", "--data-dir", data],
        vec![
            "serve",
            "--data-dir",
            data,
            "--issuer",
            "https://sts.windows.net/{tid}/",
        ],
        vec![
            "serve",
            "--data-dir",
            data,
            "--issuer",
            "https://sts.windows.net/{tid}/",
            "--tenant",
            crate::process::PARTNER,
            "--listen",
            "0.0.0.0:0",
        ],
        vec![
            "serve",
            "--data-dir",
            data,
            "--dev-identity",
            "--tls-cert",
            "/nowhere/cert.pem",
            "--tls-key",
            "/nowhere/key.pem",
        ],
        vec![
            "serve",
            "--data-dir",
            data,
            "--dev-identity",
            "--listen",
            "0.0.0.0:0",
        ],
        vec![
            "serve",
            "--data-dir",
            data,
            "--dev-identity",
            "--listen",
            &server.address,
        ],
    ] {
        let ended = run(&args);
        let line = args
            .iter()
            .map(|arg| if arg.len() > 300 { "TOKEN" } else { arg });
        shown += &format!("$ seatwise {}\n", line.collect::<Vec<_>>().join(" "));
        shown += &ended.shown(folder.path());
        shown += "\n";
    }
    let shown = shown.replace(&server.address, "ADDRESS");
    insta::assert_snapshot!(shown.replace(folder.path().to_str().unwrap(), "DIR"));
}
