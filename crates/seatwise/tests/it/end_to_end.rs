//! The commands against the real server, with a sign-in to it: their outputs agree.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::process::{Ended, PARTNER, Running, import, run, run_with, seatwise, token};

const FJORD: &str = "5ea70001-0b5e-4c1a-9d2f-6e1f0a7c3b11";

/// A server with the example files of the repository.
fn examples(folder: &Path) -> (Running, PathBuf) {
    let data = folder.join("data");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let files = ["usage.csv", "deployment.csv"].map(|name| Path::new(examples).join(name));
    import(&data, &[&files[0], &files[1]]).expect_success();
    (Running::serve(&data), data)
}

/// Runs commands with a token of the folder.
struct Asking {
    url: String,
    token: String,
}

impl Asking {
    fn new(server: &Running, data: &Path) -> Self {
        Self {
            url: server.url(),
            token: token(data),
        }
    }

    fn run(&self, args: &[&str]) -> Ended {
        let environment = [
            ("SEATWISE_URL", self.url.as_str()),
            ("SEATWISE_TOKEN", self.token.as_str()),
        ];
        run_with(args, &environment)
    }

    fn shown(&self, args: &[&str]) -> String {
        self.run(args).expect_success()
    }

    /// The rows of CSV output, by column name. The fields used here contain no comma.
    fn rows(&self, args: &[&str]) -> Vec<BTreeMap<String, String>> {
        let csv = self.shown(&[args, &["--output", "csv"]].concat());
        let mut lines = csv.lines();
        let names: Vec<&str> = lines.next().unwrap().split(',').collect();
        let row = |line: &str| {
            let fields = names.iter().zip(line.split(','));
            let owned = fields.map(|(name, field)| ((*name).to_owned(), field.to_owned()));
            owned.collect()
        };
        lines.map(row).collect()
    }
}

#[test]
fn customers_and_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (server, data) = examples(folder.path());
    let asking = Asking::new(&server, &data);
    insta::assert_snapshot!(asking.shown(&["customers", "--size", "2"]), @"
    Customer                              Name                       Domain  Relationship
    5ea70001-0b5e-4c1a-9d2f-6e1f0a7c3b11  Fjord & Söhne, Ltd.                reseller
    5ea70002-7c4d-4e8b-8a35-1b9d2f4e6c22  Lumenmoor Bicycle Works            reseller
    5ea70003-3f6a-4b7d-a1c8-9e0d5b8f7a33  The Paper Lantern Theatre          reseller
    ");
    insta::assert_snapshot!(asking.shown(&["customers", "--name", "the paper"]), @"
    Customer                              Name                       Domain  Relationship
    5ea70003-3f6a-4b7d-a1c8-9e0d5b8f7a33  The Paper Lantern Theatre          reseller
    ");
    insta::assert_snapshot!(asking.shown(&["usage", "--customer", FJORD]), @"
    Service  Channel   Product                                    Workload                Processed   Active  Qualified  Used %
    crm      reseller  DYNAMICS 365 FOR SALES ENTERPRISE EDITION  Microsoft Dynamics CRM  2026-10-21      29         40   72.50
    crm      reseller  DYNAMICS 365 FOR SALES ENTERPRISE EDITION  SharePoint              2026-10-21      11         40   27.50
    o365     reseller  OFFICE 365 E3                              Exchange                2026-10-21     221        250   88.40
    o365     reseller  OFFICE 365 E3                              SharePoint              2026-10-21     163        250   65.20
    o365     reseller  OFFICE 365 E3                              Skype For Business      2026-10-21       9        250    3.60
    o365     reseller  OFFICE 365 E3                              Teams                   2026-10-21     189        250   75.60
    o365     reseller  EXCHANGE ONLINE (PLAN 1)                   Exchange                2026-10-21      24         30   80.00
    ");
    insta::assert_snapshot!(asking.shown(&["deployment", "--customer", FJORD]), @"
    Service  Channel   Product                                    Processed   Deployed  Sold  Deployed %
    crm      reseller  DYNAMICS 365 FOR SALES ENTERPRISE EDITION  2026-10-21        38    40       95.00
    o365     reseller  OFFICE 365 E3                              2026-10-21       238   250       95.20
    o365     reseller  EXCHANGE ONLINE (PLAN 1)                   2026-10-21        27    30       90.00
    ");
    let unknown = FJORD.replace("5ea70001", "5ea70009");
    let args = ["usage", "--customer", &unknown];
    insta::assert_snapshot!(asking.run(&args).shown(folder.path()), @"
    exit Some(4)
    --- stdout
    --- stderr
    error: status 404, code `60003`: the partner has no customer with this id
    ");
    // The files have no domains.
    let args = ["customers", "--domain", "fjord"];
    insta::assert_snapshot!(asking.run(&args).shown(folder.path()), @"
    exit Some(0)
    --- stdout
    --- stderr
    no customers
    ");
}

#[test]
fn questions_about_all_customers() {
    let folder = tempfile::tempdir().unwrap();
    let (server, data) = examples(folder.path());
    let asking = Asking::new(&server, &data);
    let filter = "workloadCode eq 'exo' and not_a_field eq ''";
    let args = ["query", "usage", "--filter", filter];
    assert_eq!(asking.run(&args).code, Some(2));
    let filter = "workloadCode eq 'exo' and customerName ne 'lumenmoor bicycle works'";
    let args = ["query", "usage", "--filter", filter];
    insta::assert_snapshot!(asking.shown(&args), @"
    Processed   Workload  Service  Channel   Name                       Product                         Active  Qualified
    2026-10-21  Exchange  o365     reseller  Fjord & Söhne, Ltd.        OFFICE 365 E3                      221        250
    2026-10-21  Exchange  o365     reseller  Fjord & Söhne, Ltd.        EXCHANGE ONLINE (PLAN 1)            24         30
    2026-10-21  Exchange  o365     reseller  The Paper Lantern Theatre  OFFICE 365 BUSINESS ESSENTIALS       9          9
    2026-10-21  Exchange  o365     reseller  The Paper Lantern Theatre  EXCHANGE ONLINE (PLAN 1)             5          4
    ");
    let args = [
        "query",
        "deployment",
        "--date",
        "2026-10-14",
        "--group-by",
        "serviceCode",
    ];
    insta::assert_snapshot!(asking.shown(&args), @"
    Service  Deployed  Sold
    crm            48    52
    o365          316   331
    ");
}

/// Halves away from zero, as the commands print them.
fn percent(row: &BTreeMap<String, String>, part: &str, whole: &str) -> String {
    let [part, whole] = [part, whole].map(|name| row[name].parse::<u64>().unwrap());
    let hundredths = (20_000 * part + whole) / (2 * whole);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[test]
fn groups_make_the_percents_of_the_partner() {
    let folder = tempfile::tempdir().unwrap();
    let (server, data) = examples(folder.path());
    let asking = Asking::new(&server, &data);

    let by = "serviceCode,channel,workloadName";
    let groups = asking.rows(&["query", "usage", "--group-by", by]);
    let figures = asking.rows(&["usage"]);
    assert_eq!((groups.len(), figures.len()), (6, 6));
    for (group, figure) in groups.iter().zip(&figures) {
        assert_eq!(group["workloadName"], figure["workloadName"]);
        assert_eq!(
            percent(group, "licensesActive", "licensesQualified"),
            figure["proratedLicensesUsagePercent"]
        );
    }

    let groups = asking.rows(&["query", "deployment", "--group-by", "serviceCode,channel"]);
    let figures = asking.rows(&["deployment"]);
    assert_eq!((groups.len(), figures.len()), (2, 2));
    for (group, figure) in groups.iter().zip(&figures) {
        assert_eq!(group["licensesSold"], figure["licensesSold"]);
        assert_eq!(
            percent(group, "licensesDeployed", "licensesSold"),
            figure["proratedDeploymentPercent"]
        );
    }
}

/// Submits the form of the device page, like a browser.
fn approve(server: &Running, page: &str, code: &str) -> String {
    let path = page.strip_prefix(&server.url()).unwrap();
    let form = format!("user_code={code}");
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{form}",
        server.address,
        server.url(),
        form.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_sign_in_with_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = examples(folder.path());
    let profile = folder.path().join("profile.json");
    let profile = profile.to_str().unwrap();

    let authority = format!("{}/dev/identity", server.url());
    let mut command = seatwise();
    command.args(["login", "--partner", PARTNER, "--client-id", PARTNER]);
    command.args(["--url", &server.url(), "--authority", &authority]);
    command.args(["--sign-in-file", profile]);
    let mut login = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(login.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    let ["open", page, "and", "enter", code] = words[..] else {
        panic!("{line}");
    };
    let pressed = approve(&server, page, code);
    assert!(pressed.contains("You are signed in"), "{pressed}");
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(login.wait().unwrap().code(), Some(0), "{rest}");
    assert!(
        rest.starts_with(&format!("signed in to {}", server.url())),
        "{rest}"
    );

    // The sign-in has the URL of the service, and each command renews it.
    for args in [
        &["customers"][..],
        &["usage"],
        &["deployment", "--customer", FJORD],
        &["query", "usage", "--group-by", "channel"],
    ] {
        let shown = run([args, &["--sign-in-file", profile]].concat()).expect_success();
        assert!(shown.lines().count() > 1, "{args:?}: {shown}");
    }
    let logout = || run(["logout", "--sign-in-file", profile]).stderr;
    assert_eq!(
        [logout(), logout()],
        ["signed out\n", "you were not signed in\n"]
    );
    let ended = run(["customers", "--sign-in-file", profile]);
    assert_eq!(ended.code, Some(3));
}
