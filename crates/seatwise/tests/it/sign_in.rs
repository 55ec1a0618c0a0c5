//! `seatwise login` and `logout`, and commands that use the sign-in.

use std::path::Path;

use crate::process::{Ended, Fake, PARTNER, run};

const CODE: &str = r#"{"user_code":"ABCD-EFGH","device_code":"device-secret","expires_in":900,
    "verification_uri":"https://microsoft.com/devicelogin","interval":1}"#;
const FIRST: &str = r#"{"access_token":"access-1","expires_in":3600,"refresh_token":"refresh-1"}"#;
const NEXT: &str = r#"{"access_token":"access-2","expires_in":3600,"refresh_token":"refresh-2"}"#;
const DENIED: &str = r#"{"error":"interaction_required","error_description":"AADSTS50076: more",
    "error_codes":[50076]}"#;

fn login(login: &Fake, service: &str, profile: &Path) -> Ended {
    run([
        "login",
        "--partner",
        PARTNER,
        "--client-id",
        "client-1",
        "--authority",
        &login.url,
        "--url",
        service,
        "--sign-in-file",
        profile.to_str().unwrap(),
    ])
}

#[test]
fn a_sign_in_is_kept_used_renewed_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("new/sign-in.json");
    let entra = Fake::start([(200, CODE), (200, FIRST), (200, NEXT)]);
    let service = Fake::start([(200, r#"{"items":[]}"#)]);

    let ended = login(&entra, &service.url, &profile);
    let shown = ended.shown(folder.path()).replace(&service.url, "URL");
    insta::assert_snapshot!(shown, @"
    exit Some(0)
    --- stdout
    --- stderr
    open https://microsoft.com/devicelogin and enter ABCD-EFGH
    signed in to URL; the sign-in is kept in DIR/new/sign-in.json
    ");
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let mode = std::fs::metadata(&profile).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    let path = profile.to_str().unwrap();
    run(["customers", "--sign-in-file", path]).expect_success();
    assert!(service.requests()[0].contains("authorization: Bearer access-2\r\n"));
    assert!(entra.requests()[2].contains("refresh_token=refresh-1"));
    let kept: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&profile).unwrap()).unwrap();
    assert_eq!(kept["refreshToken"], "refresh-2");
    assert_eq!(kept["clientId"], "client-1");

    // The token of one service must not be sent to another by mistake.
    let elsewhere = run([
        "customers",
        "--sign-in-file",
        path,
        "--url",
        "https://other.example",
    ]);
    assert_eq!(elsewhere.code, Some(3));
    assert!(
        elsewhere.stderr.contains("not for `https://other.example`"),
        "{}",
        elsewhere.stderr
    );

    let logout = || run(["logout", "--sign-in-file", path]).stderr;
    assert_eq!(
        [logout(), logout()],
        ["signed out\n", "you were not signed in\n"]
    );
    let ended = run(["customers", "--sign-in-file", path]);
    insta::assert_snapshot!(ended.shown(folder.path()), @"
    exit Some(3)
    --- stdout
    --- stderr
    error: no access token was given, and you are not signed in
    hint: sign in with `seatwise login`, or put a token in SEATWISE_TOKEN; for a server with --dev-identity, `seatwise token` makes one; to read a data folder, name it with --data-dir
    ");
}

#[test]
fn sign_ins_that_fail_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile.json");
    let entra = Fake::start([(200, CODE), (200, FIRST), (400, DENIED)]);
    login(&entra, "http://127.0.0.1:1", &profile).expect_success();
    let path = profile.to_str().unwrap();
    insta::assert_snapshot!(run(["usage", "--sign-in-file", path]).shown(folder.path()), @"
    exit Some(3)
    --- stdout
    --- stderr
    error: sign-in failed with `interaction_required`: AADSTS50076: more
    hint: sign in again with multi-factor authentication
    ");

    let entra = Fake::start([(
        400,
        r#"{"error":"unauthorized_client","error_codes":[700016]}"#,
    )]);
    insta::assert_snapshot!(login(&entra, "https://a.example", &profile).shown(folder.path()), @"
    exit Some(3)
    --- stdout
    --- stderr
    error: sign-in failed with `unauthorized_client`: Bad Request
    hint: the tenant does not know the application: check the client id
    ");

    std::fs::write(&profile, "{\n\"refreshToken\": 7}").unwrap();
    insta::assert_snapshot!(run(["usage", "--sign-in-file", path]).shown(folder.path()), @"
    exit Some(3)
    --- stdout
    --- stderr
    error: the sign-in cannot be used: `DIR/profile.json` is no sign-in: line 2
    hint: sign in again with `seatwise login`
    ");
}
