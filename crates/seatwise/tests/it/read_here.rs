//! Commands that read a data folder print the same as with a server, and write nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::process::{Ended, PARTNER, Running, USAGE_HEADER, import, run, run_with, token};

const OTHER: &str = "3ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7";

const DEPLOYMENT: &str = "processedDateTime,serviceCode,serviceName,channel,customerTenantId,\
    customerName,productId,productName,licensesDeployed,licensesSold\n\
    2026-10-01,o365,Microsoft Office 365,reseller,0a000000-0000-4000-8000-000000000001,Northwind,\
    6fd2c87f-b296-42f0-b197-1e91e994b900,OFFICE 365 ENTERPRISE E3,9,10\n";

const MONTHS: &str = "PGA_PartnerID,CustomerTenantId,CustomerTpid,WorkloadName,Month,\
    PaidAvailableUnits,MonthlyActiveUsers,CustomerName,CustomerMarket,PartnerID,\
    PartnerAttributionType,IsDuplicateRowForPGA\n\
    1,0a000000-0000-4000-8000-000000000001,7,Exchange,2026-09,8,5,Northwind,NO,2,CSP,0\n";

fn usage(day: &str, customer: u32, name: &str, active: u32) -> String {
    format!(
        "{day},EXO,Exchange,o365,Microsoft Office 365,reseller,0a000000-0000-4000-8000-{customer:012},\
         {name},6fd2c87f-b296-42f0-b197-1e91e994b900,OFFICE 365 ENTERPRISE E3,{active},100\n"
    )
}

/// A data folder with two customers of the same name, and one that moved.
fn folder(home: &Path) -> PathBuf {
    let data = home.join("data");
    for (name, content) in [("OfficeUsage.csv", MONTHS), ("deployment.csv", DEPLOYMENT)] {
        let file = home.join(name);
        fs::write(&file, content).unwrap();
        import(&data, &[&file]).expect_success();
    }
    let first = usage("2026-09-30", 1, "Northwind", 50)
        + &usage("2026-09-30", 2, "Contoso", 50)
        + &usage("2026-09-30", 3, "Contoso", 50)
        + &usage("2026-09-30", 4, "Humongous Insurance", 90);
    let second = usage("2026-10-31", 1, "Northwind", 49)
        + &usage("2026-10-31", 2, "Contoso", 50)
        + &usage("2026-10-31", 3, "Contoso", 51)
        + &usage("2026-10-31", 4, "Humongous Insurance", 20);
    let restated = usage("2026-10-31", 1, "Northwind", 48);
    for (name, rows) in [("1", first), ("2", second), ("3", restated)] {
        let file = home.join(name);
        fs::write(&file, format!("{USAGE_HEADER}\n{rows}")).unwrap();
        import(&data, &[&file]).expect_success();
    }
    data
}

/// All files of a folder, with content and time of modification.
fn files(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let (path, about) = (entry.path(), entry.metadata().unwrap());
            let modified = about.modified().unwrap();
            if about.is_dir() {
                found.insert(path.clone(), (Vec::new(), modified));
                folders.push(path);
            } else {
                found.insert(path.clone(), (fs::read(&path).unwrap(), modified));
            }
        }
    }
    found
}

/// Runs a command for a data folder.
fn here(data: &Path, command: &str) -> Ended {
    let folder = ["--data-dir", data.to_str().unwrap()];
    run(words(command).into_iter().chain(folder.map(str::to_owned)))
}

/// The words of a command. Quoted words can contain blanks.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in command.split('"').enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// All commands that read, with various options.
const COMMANDS: &[&str] = &[
    "usage",
    "usage --output json",
    "usage --as-of 2026-10-01",
    "usage --customer \"humongous insurance\"",
    "deployment --output csv",
    "deployment --customer Northwind --as-of 2026-10-31",
    "customers",
    "customers --name Con --output json",
    "query usage --filter \"customerName eq 'Northwind'\"",
    "query deployment --group-by productName --output json",
    "query usage --date 2026-09-30 --output csv",
    "history --from 2026-09-29 --to 2026-10-31 --by customer --step week",
    "history --from 2026-09-29 --to 2026-10-31 --output json",
    "explain --service o365 --channel reseller --workload Exchange",
    "explain --service o365 --channel reseller --customer Northwind --output json",
    "coverage",
    "coverage --metric deployment --output json",
    "changes --from 2026-09 --to 2026-10",
    "changes --from 2026-09 --to 2026-10 --by customer --top 2",
    "changes --from 2026-09-30 --to 2026-10 --by customer --output json",
    "changes --from 2026-10 --to 2026-10 --restatements",
    "changes --from 2026-01 --to 2026-10",
    "idle",
    "idle --customer Northwind --output json",
    "monthly",
    "monthly --metric deployment --from 2026-08 --to 2026-10 --output json",
    "usage --customer Contoso",
    "usage --customer \"Humongus Inc\"",
    "coverage --customer nobody",
    "history --from 2026-10-31 --to 2026-10-01",
];

#[test]
fn a_folder_answers_like_its_server_to_the_byte_and_stays_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let data = folder(home.path());
    let before = files(&data);
    let read: Vec<Ended> = COMMANDS
        .iter()
        .map(|command| here(&data, command))
        .collect();
    let after = files(&data);
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
    assert!(before == after, "a file was written");

    let server = Running::serve(&data);
    let token = token(&data);
    let environment = [
        ("SEATWISE_TOKEN", &token[..]),
        ("SEATWISE_URL", &server.url()),
    ];
    for (command, read) in COMMANDS.iter().zip(read) {
        let asked = run_with(words(command), &environment);
        assert_eq!(
            (asked.code, asked.stdout, asked.stderr),
            (read.code, read.stdout, read.stderr),
            "{command}"
        );
        // A reader beside a running server prints the same.
        let beside = here(&data, command);
        assert_eq!(beside.code, asked.code, "{command}");
    }
}

#[test]
fn names_choose_customers() {
    let home = tempfile::tempdir().unwrap();
    let data = folder(home.path());
    let shown = |command: &str| here(&data, command).shown(home.path());
    let by_name = here(
        &data,
        "explain --service o365 --channel reseller --customer NORTHWIND",
    );
    let id = "0a000000-0000-4000-8000-000000000001";
    let by_id = format!("explain --service o365 --channel reseller --customer {id}");
    assert_eq!(
        by_name.expect_success(),
        here(&data, &by_id).expect_success()
    );
    let changes = "changes --from 2026-09 --to 2026-10";
    let commands = [
        format!("{changes} --by customer"),
        format!("{changes} --customer contoso"),
        format!("{changes} --customer Humongous"),
        format!("{changes} --customer Northwynd"),
        format!("{changes} --customer Zava"),
        format!("{changes} --customer \"\""),
    ];
    let shown: Vec<String> = commands.iter().map(|command| shown(command)).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    exit Some(0)
    --- stdout
    from 2026-09-30, the newest day of 2026-09, to 2026-10-31, the newest day of 2026-10
    Service  Channel   Workload  Customer   Name                 Restated  Late  New  Lost  Seats     Use  Points      Effect
    o365     reseller  Exchange  0a000000…  Humongous Insurance                                    -17.50  -17.50  -17.500000
    o365     reseller  Exchange  0a000000…  Northwind                                               -0.50   -0.50   -0.500000
    o365     reseller  Exchange  0a000000…  Contoso                                                 +0.25   +0.25   +0.250000
    --- stderr

    exit Some(2)
    --- stdout
    --- stderr
    error: 2 customers are called `contoso`
    hint: give the id of one: Contoso (0a000000-0000-4000-8000-000000000002), Contoso (0a000000-0000-4000-8000-000000000003)

    exit Some(4)
    --- stdout
    --- stderr
    error: no customer is called `Humongous`
    hint: the nearest names: Humongous Insurance (0a000000-0000-4000-8000-000000000004)

    exit Some(4)
    --- stdout
    --- stderr
    error: no customer is called `Northwynd`
    hint: the nearest names: Northwind (0a000000-0000-4000-8000-000000000001)

    exit Some(4)
    --- stdout
    --- stderr
    error: no customer is called `Zava`
    hint: `seatwise customers` shows all customers

    exit Some(2)
    --- stdout
    --- stderr
    error: invalid value '' for '--customer <GUID|NAME>': a tenant id or a name is expected

    For more information, try '--help'.
    ");
}

#[test]
fn what_a_folder_does_not_answer() {
    let home = tempfile::tempdir().unwrap();
    let data = folder(home.path());
    let shown = |args: &str| here(&data, args).shown(home.path());
    // An instant that is not settled needs a note in the folder, which a reader cannot write.
    let coverage = here(&data, "coverage --output json").expect_success();
    let coverage: serde_json::Value = serde_json::from_str(&coverage).unwrap();
    let recorded: jiff::Timestamp = coverage["knownAt"].as_str().unwrap().parse().unwrap();
    let later = recorded + jiff::SignedDuration::from_millis(1);
    let output = shown(&format!("usage --known-at {recorded}"));
    assert!(output.starts_with("exit Some(0)"), "{output}");
    let mut output =
        shown(&format!("usage --known-at {later}")).replace(&later.to_string(), "LATER");
    output += &shown(&format!("usage --partner {OTHER}"));
    let file = home.path().join("other");
    fs::write(&file, DEPLOYMENT).unwrap();
    let path = data.to_str().unwrap();
    let file = file.to_str().unwrap();
    run(["import", "--data-dir", path, "--partner", OTHER, file]).expect_success();
    output += &shown("usage");
    assert_eq!(
        here(&data, &format!("usage --partner {PARTNER}")).code,
        Some(0)
    );
    output += &run(["usage", "--data-dir", "/nowhere"]).shown(home.path());
    let empty = home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    output += &run(["usage", "--data-dir", empty.to_str().unwrap()]).shown(home.path());
    assert!(fs::read_dir(&empty).unwrap().next().is_none());
    output += &run(["usage", "--partner", PARTNER]).shown(home.path());
    insta::assert_snapshot!(output, @"
    exit Some(5)
    --- stdout
    --- stderr
    error: status 400, code `3000`: knownAt: what was known at `LATER` may still change, and nothing is written to this data folder that would prevent it: ask for an instant up to the last import, or ask a server
    exit Some(2)
    --- stdout
    --- stderr
    error: data folder `DIR/data` holds nothing of 3ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7
    hint: name one with --partner: 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7
    exit Some(2)
    --- stdout
    --- stderr
    error: data folder `DIR/data` holds several partners
    hint: name one with --partner: 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7, 3ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7
    exit Some(8)
    --- stdout
    --- stderr
    error: data folder `/nowhere` does not exist
    hint: import something into it first, or check the path given with --data-dir
    exit Some(8)
    --- stdout
    --- stderr
    error: `DIR/empty` is empty
    hint: check the path, or import something into it first: `seatwise import` makes an empty folder a data folder
    exit Some(2)
    --- stdout
    --- stderr
    error: the following required arguments were not provided:
      --data-dir <DIR|URL>

    Usage: seatwise usage [OPTIONS]

    For more information, try '--help'.
    ");
}
