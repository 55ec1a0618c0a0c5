//! Idle seats on the command line: the partner's files, and queries to a server.

use std::path::Path;

use crate::process::{PARTNER, Running, import, run, run_with, token};

const DEPLOYMENT: &str = "processedDateTime,serviceCode,serviceName,channel,customerTenantId,\
    customerName,productId,productName,licensesDeployed,licensesSold\n\
    2026-05-01,o365,,reseller,0a000000-0000-4000-8000-000000000001,=Northwind,p-1,E3,4,10\n\
    2026-05-01,o365,,reseller,0a000000-0000-4000-8000-000000000002,A customer with a long name,p-1,E3,8,10\n";

const PRICES: &str = "product,currency,pricePerSeatMonth,validFrom\nE3,EUR,10,2026-01-01\n";

/// Sets, checks or shows a file of the partner.
fn files(folder: &Path, words: &[&str], options: &[&str]) -> String {
    let data = folder.join("data");
    let place = ["--data-dir", data.to_str().unwrap(), "--partner", PARTNER];
    let args = ["idle"].iter().chain(words).chain(&place).chain(options);
    run(args).shown(folder)
}

/// Replaces instants, which differ between runs.
fn without_instants(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']).map(|word| {
        let is_instant = word.contains('T') && word.trim_end().ends_with('Z');
        if is_instant {
            word.replace(word.trim_end(), "INSTANT")
        } else {
            word.to_owned()
        }
    });
    words.collect()
}

#[test]
fn files_are_checked_set_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rows = folder.join("rows.csv");
    std::fs::write(&rows, DEPLOYMENT).unwrap();
    import(&folder.join("data"), &[&rows]).expect_success();
    let file = folder.join("prices.csv");
    let path = file.to_str().unwrap();
    let policy = folder.join("policy.toml");
    let of_policy = policy.to_str().unwrap();
    let mut shown = Vec::new();
    shown.push(files(folder, &["prices", "show"], &[]));
    std::fs::write(&file, PRICES.replace("EUR", "euro").replace("2026", "26")).unwrap();
    shown.push(files(folder, &["prices", "set", path], &[]));
    std::fs::write(&file, format!("{PRICES}E5,EUR,20,2026-01-01\n")).unwrap();
    shown.push(files(folder, &["prices", "set", path], &["--dry-run"]));
    shown.push(files(folder, &["prices", "set", path], &[]));
    shown.push(files(folder, &["prices", "set", path], &[]));
    shown.push(files(folder, &["prices", "show"], &[]));
    std::fs::write(
        &policy,
        "[[exclusions]]\ncustomer = \"Northwind\"\nkind = \"stock\"\n",
    )
    .unwrap();
    shown.push(files(folder, &["policy", "set", of_policy], &[]));
    std::fs::write(&policy, "buffer = \"10%\"\n").unwrap();
    shown.push(files(folder, &["policy", "set", of_policy], &[]));
    shown.push(files(folder, &["policy", "set", "/nowhere"], &[]));
    insta::assert_snapshot!(without_instants(&shown.join("\n")));
    let data = folder.join("data");
    let verified = run(["verify", "--data-dir", data.to_str().unwrap()]).expect_success();
    assert!(
        verified.contains(&format!(
            "prices and policy of partner {PARTNER}: 2 files: whole"
        )),
        "{verified}"
    );
}

#[test]
fn a_server_that_runs_answers_with_the_file_that_was_set() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (rows, file) = (folder.join("rows.csv"), folder.join("prices.csv"));
    let data = folder.join("data");
    std::fs::write(&rows, DEPLOYMENT).unwrap();
    std::fs::write(&file, PRICES).unwrap();
    import(&data, &[&rows]).expect_success();
    let server = Running::serve(&data);
    let url = server.url();
    let ask = |options: &[&str]| {
        let args = ["idle", "--url", &url];
        let args = args.iter().chain(options);
        run_with(args, &[("SEATWISE_TOKEN", &token(&data))]).shown(folder)
    };
    let mut shown = vec![ask(&[])];
    files(folder, &["prices", "set", file.to_str().unwrap()], &[]);
    shown.push(ask(&["--sort", "customer", "--top", "1"]));
    shown.push(ask(&["--without-prices", "--show", "unpriced"]));
    shown.push(ask(&["--output", "csv"]));
    shown.push(ask(&["--sort", "price"]));
    insta::assert_snapshot!(shown.join("\n"));
    assert!(ask(&["--output", "json"]).contains("\"exposure\": \"80.00\""));
}
