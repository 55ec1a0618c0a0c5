//! Profiles in the settings file, and `seatwise init`, which writes them.

use std::fs;
use std::path::Path;

use crate::process::{Ended, Fake, PARTNER, run_with};

/// Runs the binary with separate user settings.
fn run(home: &Path, args: &[&str]) -> Ended {
    run_with(args, &[("XDG_CONFIG_HOME", home.to_str().unwrap())])
}

fn settings(home: &Path, text: &str) {
    let folder = home.join("seatwise");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("seatwise.toml"), text).unwrap();
}

#[test]
fn a_profile_is_written_and_used() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("facts");
    let init = run(
        home.path(),
        &[
            "init",
            "--profile",
            "contoso",
            "--partner",
            PARTNER,
            "--client-id",
            "client-1",
            "--data-dir",
            data.to_str().unwrap(),
        ],
    );
    insta::assert_snapshot!(init.shown(home.path()), @"
    exit Some(0)
    --- stdout
    wrote profile `contoso` to DIR/seatwise/seatwise.toml
    --- stderr
    next: `seatwise login`, `seatwise doctor`, then `seatwise collect`
    ");
    let file = home.path().join("seatwise/seatwise.toml");
    let text = fs::read_to_string(&file).unwrap();
    insta::assert_snapshot!(text.replace(home.path().to_str().unwrap(), "DIR"), @r#"
    # Settings of seatwise: options that need not be given on the command line.
    #
    # Under [profile.NAME] stand options by their long names, without dashes, for all commands that have
    # them; under [profile.NAME.COMMAND] those of one command. What is given on the command line or in
    # the environment comes first. Relative paths begin at the folder of this file.
    #
    # Secrets do not belong here: `seatwise login` keeps each sign-in in a file of its own, and a token
    # is taken from the environment.

    # The profile that commands use unless you name another one with --profile.
    default-profile = "contoso"

    [profile.contoso]
    # The partner's tenant id.
    partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7"
    # The application in that tenant that can sign users in.
    client-id = "client-1"
    # The cloud: global, us-government or china.
    cloud = "global"
    # The URL of the service; by default Partner Center.
    #url = ""
    # The URL of the authority that issues tokens; by default that of the cloud.
    #authority = ""
    # The data folder, or its URL in object storage.
    data-dir = "DIR/facts"
    # With a URL: the folder on this computer for uploads, keys and progress.
    #work-dir = ""
    # How many requests a minute a collection makes at most, and how many at once.
    #requests-per-minute = 480
    #in-flight = 4

    # Options of `seatwise serve`: it takes the tokens of this partner that Partner Center takes.
    [profile.contoso.serve]
    issuer = ["https://sts.windows.net/{tid}/"]
    tenant = ["2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7"]
    # To collect while it serves:
    #listen = "127.0.0.1:8080"
    #collect-every = "24h"
    #collect-at = "03:30"
    #time-zone = "Europe/Berlin"
    #compact-every = "24h"
    "#);

    let usage = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/usage.csv");
    run(home.path(), &["import", usage]).expect_success();
    assert!(data.join("partners").join(PARTNER).join("usage").is_dir());
    let status = run(home.path(), &["status"]).expect_success();
    assert!(status.contains(PARTNER), "{status}");

    // The command line takes precedence, then the environment.
    let elsewhere = home.path().join("elsewhere");
    let missing = run(
        home.path(),
        &["status", "--data-dir", elsewhere.to_str().unwrap()],
    );
    assert!(
        missing.stderr.contains("elsewhere` does not exist"),
        "{}",
        missing.stderr
    );
    let missing = run_with(
        ["status"],
        &[
            ("XDG_CONFIG_HOME", home.path().to_str().unwrap()),
            ("SEATWISE_DATA_DIR", elsewhere.to_str().unwrap()),
        ],
    );
    assert!(
        missing.stderr.contains("elsewhere` does not exist"),
        "{}",
        missing.stderr
    );

    // A second profile is appended, and the first stays the default.
    let mut second = vec!["init", "--profile", "fabrikam", "--partner", PARTNER];
    second.extend(["--client-id", "client-2", "--cloud", "china"]);
    let next = run(home.path(), &second).stderr;
    assert!(
        next.contains("`seatwise login --profile fabrikam`"),
        "{next}"
    );
    let longer = fs::read_to_string(&file).unwrap();
    assert!(longer.starts_with(text.trim_end()), "{longer}");
    // A token does not show that it is for another cloud.
    assert!(
        longer.contains("url = \"https://partner.partnercenterapi.microsoftonline.cn\""),
        "{longer}"
    );
    run(home.path(), &["status"]).expect_success();
    let without = run(home.path(), &["status", "--profile", "fabrikam"]);
    assert!(
        without.stderr.contains("--data-dir <DIR|URL>"),
        "{}",
        without.stderr
    );
    insta::assert_snapshot!(run(home.path(), &second).shown(home.path()), @"
    exit Some(2)
    --- stdout
    --- stderr
    error: there is a profile `fabrikam` in `DIR/seatwise/seatwise.toml` already
    hint: edit it there, or name another one with --profile
    ");
}

#[test]
fn each_profile_has_its_own_sign_in() {
    let home = tempfile::tempdir().unwrap();
    let code = r#"{"user_code":"ABCD-EFGH","device_code":"device-secret","expires_in":900,
        "verification_uri":"https://microsoft.com/devicelogin","interval":1}"#;
    let issued = |number| {
        format!(
            r#"{{"access_token":"access-{number}","expires_in":3600,
            "refresh_token":"refresh-{number}"}}"#
        )
    };
    let entra = Fake::start([(200, code), (200, &issued(1)), (200, &issued(2))]);
    let service = Fake::start([(200, r#"{"items":[]}"#)]);
    settings(
        home.path(),
        &format!(
            "[profile.contoso]\npartner = \"{PARTNER}\"\nclient-id = \"client-1\"\n\
             url = \"{}\"\nauthority = \"{}\"\n[profile.contoso.login]\n\
             client-secret-file = \"secret\"\n",
            service.url, entra.url
        ),
    );
    let secret = home.path().join("seatwise/secret");
    fs::write(&secret, "application-secret\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let shared = run(home.path(), &["login", "--profile", "contoso"]);
        assert!(shared.stderr.contains("chmod 600"), "{}", shared.stderr);
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let login = run(home.path(), &["login", "--profile", "contoso"]);
    let shown = login.shown(home.path()).replace(&service.url, "URL");
    insta::assert_snapshot!(shown, @"
    exit Some(0)
    --- stdout
    --- stderr
    open https://microsoft.com/devicelogin and enter ABCD-EFGH
    signed in to URL; the sign-in is kept in DIR/seatwise/sign-in/contoso.json
    ");
    run(home.path(), &["customers", "--profile", "contoso"]).expect_success();
    let requests = entra.requests();
    // After the user has finished, and for each new token.
    assert!(
        requests[1].contains("client_secret=application-secret"),
        "{}",
        requests[1]
    );
    assert!(
        requests[2].contains("client_secret=application-secret"),
        "{}",
        requests[2]
    );
    let sign_in = home.path().join("seatwise/sign-in/contoso.json");
    let kept = fs::read_to_string(sign_in).unwrap();
    assert!(!kept.contains("application-secret"), "{kept}");
    assert!(service.requests()[0].contains("authorization: Bearer access-2\r\n"));
}

#[test]
fn a_sign_in_that_was_made_elsewhere_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let token = home.path().join("token");
    fs::write(&token, "refresh-0").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let login = ["login", "--partner", PARTNER, "--client-id", "client-1"];
    let mut args = login.to_vec();
    args.extend(["--refresh-token-file", token.to_str().unwrap()]);
    run(home.path(), &args).expect_success();
    let kept = fs::read(home.path().join("seatwise/sign-in.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap();
    assert_eq!(kept["refreshToken"], "refresh-0");
}

#[test]
fn what_is_wrong_with_the_settings_is_named_with_its_place() {
    let home = tempfile::tempdir().unwrap();
    let error = |text: &str, args: &[&str]| {
        settings(home.path(), text);
        let ended = run(home.path(), args);
        assert_eq!(ended.code, Some(2), "{text}");
        ended.stderr.replace(home.path().to_str().unwrap(), "DIR")
    };
    let with = |option: &str| format!("default-profile = \"a\"\n\n[profile.a]\n{option}\n");
    let all = [
        error(&with("data-folder = \"x\""), &["status"]),
        error(&with("token = \"x\""), &["usage"]),
        error(&with("customer = \"x\""), &["forget"]),
        error(&with("from = \"http://127.0.0.1:1\""), &["doctor"]),
        error(&with("data-dir = [1, 2]"), &["status"]),
        error(
            &with("requests-per-minute = 0"),
            &["collect", "--data-dir", "x"],
        ),
        error(
            &with("[profile.a.serve]\nemulator = \"yes\""),
            &["serve", "--data-dir", "x"],
        ),
        error(&with("[profile.a.sreve]\nlisten = \"x\""), &["status"]),
        error(&with("partner = "), &["status"]),
        error("default-profile = \"b\"\n[profile.a]\n", &["status"]),
        error("[profile.\"../a\"]\n", &["status", "--profile", "a"]),
        error("[profiles.a]\n", &["status"]),
        error("[profile.a]\n", &["status", "--profile", "b"]),
        run(
            home.path(),
            &["status", "--profile", "a", "--config", "/nowhere/at/all"],
        )
        .stderr,
        run_with(["status"], &[("SEATWISE_PROFILE", "a")]).stderr,
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    error: DIR/seatwise/seatwise.toml:4: there is no option `data-folder`
    hint: options are called as in the help, without `--`: see `seatwise help COMMAND`

    error: DIR/seatwise/seatwise.toml:4: `token` is not taken from a profile
    hint: put it in SEATWISE_TOKEN, or sign in with `seatwise login`

    error: DIR/seatwise/seatwise.toml:4: `customer` is not taken from a profile
    hint: give it on the command line

    error: DIR/seatwise/seatwise.toml:4: `from` is not the same for all commands
    hint: write `url` for the address of the service; or put it under [profile.a.doctor] or another command

    error: DIR/seatwise/seatwise.toml:4: --data-dir takes one value
    hint: write a text or a number

    error: DIR/seatwise/seatwise.toml:4: invalid value '0' for '--requests-per-minute <COUNT>': 0 is not in 1..=4294967295
    hint: correct it there, or give --requests-per-minute on the command line

    error: DIR/seatwise/seatwise.toml:5: --emulator has no value
    hint: write `true` or `false`

    error: DIR/seatwise/seatwise.toml:4: there is no command `sreve`
    hint: name a command of seatwise: see `seatwise --help`

    error: DIR/seatwise/seatwise.toml:4: string values must be quoted, expected literal string
    hint: correct the file there

    error: DIR/seatwise/seatwise.toml:1: there is no profile `b`
    hint: add it, or name another one

    error: DIR/seatwise/seatwise.toml:1: `../a` cannot name a profile
    hint: use up to 64 letters, digits, `-` and `_`

    error: DIR/seatwise/seatwise.toml:1: `profiles` is not expected here
    hint: options stand under [profile.NAME]; the only other key is `default-profile`, a text

    error: there is no profile `b` in `DIR/seatwise/seatwise.toml`
    hint: write it with `seatwise init --profile NAME`

    error: cannot read the settings in `/nowhere/at/all`: No such file or directory (os error 2)
    hint: write them with `seatwise init`

    error: there is no profile `a`: `/nowhere/at/all/seatwise/seatwise.toml` does not exist
    hint: write one with `seatwise init`
    ");
}

#[test]
fn options_of_one_command_come_before_those_of_all() {
    let home = tempfile::tempdir().unwrap();
    settings(
        home.path(),
        &format!(
            "default-profile = \"a\"\n[profile.a]\nurl = \"http://127.0.0.1:1\"\n\
             output = \"json\"\npartner = \"{PARTNER}\"\n\
             [profile.a.usage]\nurl = \"http://127.0.0.1:2\"\noutput = \"table\"\n"
        ),
    );
    let token = [
        ("XDG_CONFIG_HOME", home.path().to_str().unwrap()),
        ("SEATWISE_TOKEN", "a-token"),
    ];
    let usage = run_with(["usage"], &token).stderr;
    assert!(usage.contains("127.0.0.1:2"), "{usage}");
    // The same option has another name in this command.
    let doctor = run_with(["doctor"], &token);
    assert!(doctor.stdout.starts_with('['), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("127.0.0.1:1"), "{}", doctor.stdout);

    // Also with this other name.
    settings(
        home.path(),
        "default-profile = \"a\"\n[profile.a]\nurl = \"http://127.0.0.1:1\"\n\
         [profile.a.doctor]\nfrom = \"http://127.0.0.1:3\"\noutput = \"json\"\n",
    );
    let doctor = run_with(["doctor"], &token);
    assert!(doctor.stdout.contains("127.0.0.1:3"), "{}", doctor.stdout);
}

#[test]
fn a_profile_goes_into_a_file_that_is_there() {
    let home = tempfile::tempdir().unwrap();
    let init = ["init", "--profile", "a", "--partner", PARTNER];
    settings(home.path(), "# Nothing yet\n");
    run(home.path(), &init).expect_success();
    let file = home.path().join("seatwise/seatwise.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.starts_with("# Nothing yet\ndefault-profile = \"a\"\n\n[profile.a]\n"),
        "{text}"
    );
    // A readable file must not become unreadable.
    let inline = "profile = { b = {} }\n";
    settings(home.path(), inline);
    let refused = run(home.path(), &init);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), inline);
}
