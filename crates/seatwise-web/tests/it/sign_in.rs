//! Who may sign in, and whose figures they see.

use http::header::SET_COOKIE;
use http::{Method, StatusCode};
use jiff::SignedDuration;

use crate::harness::{DEPLOYMENT_COLUMNS, TestApp, partner};

const PAGES: [&str; 9] = [
    "/",
    "/idle",
    "/customers",
    "/customers/0a000000-0000-4000-8000-000000000001",
    "/workload?service=o365&channel=reseller&workload=Exchange",
    "/product?service=o365&channel=reseller&product=E3",
    "/changes",
    "/data",
    "/explain?service=o365&channel=reseller",
];

#[tokio::test]
async fn without_a_session_no_page_is_shown() {
    let app = TestApp::with_portfolio(5, 3).await;
    for page in PAGES {
        let got = app.send(Method::GET, page, &[]).await;
        assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{page}");
        assert!(
            got.text.contains("Open the link that the program printed"),
            "{page}"
        );
        assert!(
            got.headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("default-src 'none'")
        );
        for cookie in [
            "seatwise-session=",
            "seatwise-session=AAAA",
            "seatwise-session",
        ] {
            let got = app.send(Method::GET, page, &[("cookie", cookie)]).await;
            assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{page} {cookie}");
        }
    }
}

#[tokio::test]
async fn a_link_signs_in_once_and_expires() {
    let app = TestApp::new();
    let link = app.link(partner());
    // A HEAD request does not use up the link.
    let looked = app.send(Method::HEAD, &link, &[]).await;
    assert_eq!(looked.status, StatusCode::METHOD_NOT_ALLOWED);
    let got = app.send(Method::GET, &link, &[]).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER);
    assert_eq!(
        app.send(Method::GET, &link, &[]).await.status,
        StatusCode::UNAUTHORIZED
    );
    let late = app.link(partner());
    app.advance(SignedDuration::from_mins(10));
    assert_eq!(
        app.send(Method::GET, &late, &[]).await.status,
        StatusCode::UNAUTHORIZED
    );
    for wrong in ["/sign-in", "/sign-in?token=", "/sign-in?token=x"] {
        assert_eq!(
            app.send(Method::GET, wrong, &[]).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
}

#[tokio::test]
async fn a_session_ends_at_its_time() {
    let app = TestApp::new();
    let browser = app.browser(partner()).await;
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    app.advance(SignedDuration::from_hours(12));
    assert_eq!(browser.get("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn only_a_page_of_this_server_signs_out() {
    let app = TestApp::new();
    let browser = app.browser(partner()).await;
    for from in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", "https://partner.example")],
    ] {
        let got = browser.post("/sign-out", from).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
        assert!(!got.headers.contains_key(SET_COOKIE));
    }
    let got = browser
        .post("/sign-out", &[("sec-fetch-site", "same-origin")])
        .await;
    assert_eq!(got.status, StatusCode::SEE_OTHER);
    assert!(
        got.headers[SET_COOKIE]
            .to_str()
            .unwrap()
            .starts_with("seatwise-session=; Path=/; Max-Age=0;")
    );
    let got = browser.get("/sign-out").await;
    assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_partner_sees_no_other_partner() {
    let app = TestApp::new();
    let other = "b5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a".parse().unwrap();
    let row = |name: &str, id: u32| {
        format!("2026-10-31,o365,reseller,0a000000-0000-4000-8000-{id:012},{name},,E3,1,2")
    };
    app.import(partner(), DEPLOYMENT_COLUMNS, &[&row("Northwind", 1)])
        .await;
    app.import(other, DEPLOYMENT_COLUMNS, &[&row("Secret Bakery", 2)])
        .await;
    let browser = app.browser(partner()).await;
    // Also when the figures of the other partner are in memory.
    let theirs = app.browser(other).await;
    for page in ["/", "/customers", "/idle", "/data"] {
        assert!(theirs.page(page).await.contains(if page == "/customers" {
            "Secret Bakery"
        } else {
            "31 Oct 2026"
        }));
        let text = browser.page(page).await;
        assert!(!text.contains("Secret"), "{page}");
    }
    let customer = "/customers/0a000000-0000-4000-8000-000000000002";
    assert_eq!(theirs.get(customer).await.status, StatusCode::OK);
    assert_eq!(browser.get(customer).await.status, StatusCode::NOT_FOUND);
}
