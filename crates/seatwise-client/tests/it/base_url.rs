//! Accepted base URLs, and the paths below them.

use seatwise_client::{Credential, ErrorKind, PartnerOperations};

use crate::support::{PARTNER_USAGE, USAGE_PATH, builder, client, received, server_with};

fn refusal(base_url: &str) -> Option<String> {
    let err = builder(base_url).0.build().err()?;
    assert_eq!(err.kind(), &ErrorKind::Invalid);
    Some(err.to_string())
}

#[test]
fn default_is_partner_center() {
    let partner = PartnerOperations::builder(Credential::token("t"))
        .build()
        .unwrap();
    assert!(format!("{partner:?}").contains("api.partnercenter.microsoft.com"));
}

#[test]
fn https_everywhere_and_http_on_this_machine() {
    for base_url in [
        "https://seatwise.example",
        "https://seatwise.example:8443/tools/seatwise/",
        "http://localhost:8080",
        "http://LOCALHOST",
        "http://seatwise.localhost",
        "http://127.0.0.1:8080/",
        "http://127.1.2.3",
        "http://[::1]:8080",
    ] {
        assert_eq!(refusal(base_url), None, "{base_url}");
    }
}

#[test]
fn http_to_other_machines_is_refused_unless_allowed() {
    for base_url in [
        "http://seatwise.example",
        "http://localhost.example",
        "http://notlocalhost",
        "http://10.0.0.1:8080",
        "http://0.0.0.0:8080",
        "http://[::]:8080",
    ] {
        let refusal = refusal(base_url).unwrap();
        assert_eq!(
            refusal,
            format!("plain http to `{base_url}` would show the token to the network; use https"),
        );
        builder(base_url).0.allow_plain_http(true).build().unwrap();
    }
}

#[test]
fn what_is_no_base_url() {
    for (base_url, message) in [
        (
            "",
            "the base URL begins with neither `https://` nor `http://`",
        ),
        (
            "seatwise.example",
            "the base URL begins with neither `https://` nor `http://`",
        ),
        (
            "localhost:8080",
            "the base URL begins with neither `https://` nor `http://`",
        ),
        ("http://", "the base URL is not a URL"),
        (
            "ftp://seatwise.example",
            "the base URL must be https, not `ftp`",
        ),
        ("file:///etc", "the base URL must be https, not `file`"),
        (
            "https://u@h.example",
            "the base URL must not have a user name or password",
        ),
        (
            "https://:secret@h.example",
            "the base URL must not have a user name or password",
        ),
        (
            "https://h.example/?a=b",
            "the base URL must not have a query or fragment",
        ),
        (
            "https://h.example/#a",
            "the base URL must not have a query or fragment",
        ),
    ] {
        assert_eq!(refusal(base_url).as_deref(), Some(message), "{base_url}");
    }
}

#[tokio::test]
async fn trailing_slash_makes_no_difference() {
    let server = server_with(USAGE_PATH, PARTNER_USAGE).await;
    for base_url in [server.uri(), format!("{}/", server.uri())] {
        client(&base_url)
            .analytics()
            .licenses()
            .usage()
            .get()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn path_is_kept() {
    let server = server_with("/tools/seatwise/v1/analytics/licenses/usage", PARTNER_USAGE).await;
    for path in ["/tools/seatwise", "/tools/seatwise/"] {
        let partner = client(&format!("{}{path}", server.uri()));
        partner.analytics().licenses().usage().get().await.unwrap();
    }
}

#[tokio::test]
async fn raw_path_stays_on_the_origin() {
    let server = server_with("/", "").await;
    let partner = client(&server.uri());
    for path in [
        "https://evil.example/",
        "@evil.example/",
        ".evil.example/",
        "v1/customers",
        "",
    ] {
        let err = partner.get_raw(path).await.unwrap_err();
        assert_eq!(err.kind(), &ErrorKind::Invalid);
        assert_eq!(
            err.to_string(),
            format!("the path `{path}` does not begin with `/`")
        );
    }
    for path in [
        "//evil.example/",
        "/\\evil.example/",
        "/../../",
        "/@evil.example",
    ] {
        let _ = partner.get_raw(path).await;
    }
    // All four requests arrived here.
    assert_eq!(received(&server, "Authorization").await.len(), 4);
}
