//! `seatwise forget`, and a server that forgets.

use std::fs;

use crate::process::{PARTNER, Running, USAGE_HEADER, import, run};
use crate::upkeep::{LUMENMOOR, examples, text};

#[test]
fn a_customer_is_forgotten_when_it_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let data = examples(folder.path());
    let forget = ["forget", "--data-dir", text(&data), "--partner", PARTNER];
    let forget = |more: &[&str]| run([&forget[..], more].concat());
    let customer = ["--customer", LUMENMOOR];
    let counted = forget(&customer);
    assert!(
        counted.stderr.contains("nothing was erased: give --yes"),
        "{}",
        counted.stderr
    );
    let erased = forget(&[&customer[..], &["--yes"]].concat()).expect_success();
    let erased = erased.lines().skip(1).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(erased, @"
    usage: 4 deliveries, 12 rows erased; 2 old files removed
    deployment: 4 deliveries, 4 rows erased; 2 old files removed
    ");
    let left = forget(&[&customer[..], &["--yes", "--output", "json"]].concat()).expect_success();
    assert_eq!(left.matches("\"rows\": 0").count(), 2, "{left}");
    run(["verify", "--data-dir", text(&data)]).expect_success();
    assert_eq!(forget(&[]).code, Some(2));
}

#[test]
fn forgetting_says_of_whom_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let data = examples(folder.path());
    let unknown = "00000000-0000-4000-8000-000000000000";
    let forget = |partner, customer| {
        let args = ["forget", "--data-dir", text(&data), "--partner", partner];
        run([&args[..], &["--customer", customer, "--yes"]].concat())
    };
    let partner = forget(unknown, LUMENMOOR);
    assert_eq!(partner.code, Some(4));
    let expected = format!("error: nothing is stored for partner {unknown}\n");
    assert!(partner.stderr.starts_with(&expected), "{}", partner.stderr);
    let customer = forget(PARTNER, unknown);
    assert_eq!(customer.code, Some(0));
    let expected = format!("nothing is stored for customer {unknown}\n");
    assert_eq!(customer.stderr, expected);
}

#[test]
fn a_server_forgets_what_is_too_old() {
    let folder = tempfile::tempdir().unwrap();
    let data = examples(folder.path());
    let old = folder.path().join("old.csv");
    let row = "2016-03-01T00:00:00Z,EXO,Exchange,o365,Office 365,reseller,\
        5ea70002-7c4d-4e8b-8a35-1b9d2f4e6c22,Lumenmoor,p1,E3,1,2";
    fs::write(&old, format!("{USAGE_HEADER}\n{row}\n")).unwrap();
    import(&data, &[&old]).expect_success();
    let status = || run(["status", "--data-dir", text(&data)]).expect_success();
    assert!(status().contains(" 37 rows"), "{}", status());
    let server = Running::serve_with(&data, &["--dev-identity", "--forget-after", "3000d"]);
    // It starts at once, in the background.
    while status().contains(" 37 rows") {
        std::thread::yield_now();
    }
    drop(server);
    assert!(status().contains(" 36 rows"), "{}", status());
}

#[test]
fn one_damaged_table_keeps_nothing_else_from_being_forgotten_or_compacted() {
    let folder = tempfile::tempdir().unwrap();
    let data = examples(folder.path());
    let log = data.join(format!("partners/{PARTNER}/usage/_delta_log"));
    fs::write(log.join("00000000000000000001.json"), "no log").unwrap();
    let partner = ["--data-dir", text(&data), "--partner", PARTNER];
    let forget = ["forget", "--customer", LUMENMOOR, "--yes"];
    let forgotten = run([&forget[..], &partner].concat());
    assert_eq!(forgotten.code, Some(8), "{}", forgotten.stderr);
    assert!(
        forgotten.stdout.contains("deployment: "),
        "{}",
        forgotten.stdout
    );
    assert!(forgotten.stderr.contains("usage"), "{}", forgotten.stderr);
    assert!(
        !forgotten.stderr.contains("nothing"),
        "{}",
        forgotten.stderr
    );
    let compacted = run([&["compact"][..], &partner].concat());
    assert_eq!(compacted.code, Some(8), "{}", compacted.stderr);
    assert!(
        compacted.stdout.contains("deployment of"),
        "{}",
        compacted.stdout
    );
}

#[test]
fn domains_of_customers_are_imported_checked_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let data = examples(folder.path());
    let file = folder.path().join("domains.csv");
    let row = "2026-10-22,EXO,Exchange,o365,Office 365,reseller,\
        5ea70002-7c4d-4e8b-8a35-1b9d2f4e6c22,Lumenmoor,p1,E3,1,2,lumenmoor.example";
    fs::write(&file, format!("{USAGE_HEADER},customerDomain\n{row}\n")).unwrap();
    let imported = import(&data, &[&file]).expect_success();
    assert!(
        imported.contains("domains of customers: 1 new or changed"),
        "{imported}"
    );
    let again = import(&data, &[&file]).expect_success();
    assert!(!again.contains("domains"), "{again}");
    let verify = ["verify", "--data-dir", text(&data)];
    let whole = run(verify).expect_success();
    let expected = format!("domains of partner {PARTNER}: 1 in one file: whole");
    assert_eq!(whole.lines().last(), Some(&*expected));

    let domains = data.join(format!("partners/{PARTNER}/domains.ndjson"));
    let content = fs::read_to_string(&domains).unwrap();
    fs::write(&domains, content.replace("lumenmoor", "lumenmoar")).unwrap();
    let damaged = run(verify);
    assert_eq!(damaged.code, Some(8));
    assert!(
        damaged
            .stdout
            .contains("restore it and `domains.sha256` from a backup"),
        "{}",
        damaged.stdout
    );
    fs::write(&domains, content).unwrap();

    let partner = ["--data-dir", text(&data), "--partner", PARTNER];
    let forget = ["forget", "--customer", LUMENMOOR, "--yes"];
    let erased = run([&forget[..], &partner].concat()).expect_success();
    assert_eq!(
        erased.lines().last(),
        Some("domains of customers: 1 erased")
    );
    assert!(!fs::read_to_string(&domains).unwrap().contains("lumenmoor"));
}
