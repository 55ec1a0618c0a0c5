//! Links for guests: who makes them, what they open, and when they close.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use jiff::SignedDuration;
use seatwise_store::{GuestLink, GuestToken};
use seatwise_types::PartnerId;

use crate::harness::{
    Browser, DEPLOYMENT_COLUMNS, Got, TestApp, USAGE_COLUMNS, attributes, partner,
};

const OWN: &str = "0a000000-0000-4000-8000-000000000001";
const OTHER: &str = "0a000000-0000-4000-8000-000000000002";

/// Two customers. The name of one must not appear on a page of the other.
async fn app() -> TestApp {
    let app = TestApp::new();
    let usage = |customer: &str, name: &str| {
        format!("2026-10-31,EXO,Exchange,o365,reseller,{customer},{name},p1,E3,1,2")
    };
    let deployment = |customer: &str, name: &str| {
        format!("2026-10-31,o365,reseller,{customer},{name},p1,E3,1,2")
    };
    let both = [(OWN, "Northwind"), (OTHER, "Secret Bakery")];
    let usage = both.map(|(customer, name)| usage(customer, name));
    let deployment = both.map(|(customer, name)| deployment(customer, name));
    let rows = |rows: &[String; 2]| rows.each_ref().map(|row| row.clone());
    for (columns, rows) in [
        (USAGE_COLUMNS, rows(&usage)),
        (DEPLOYMENT_COLUMNS, rows(&deployment)),
    ] {
        let rows = rows.each_ref().map(String::as_str);
        app.import(partner(), columns, &rows).await;
    }
    app
}

/// Makes a link as an operator, and returns its path.
async fn make(operator: &Browser<'_>, form: &str) -> String {
    let got = operator.send_form("/guests", form).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.text);
    assert_eq!(got.headers["cache-control"], "no-store");
    let address = got.text.split("<code>").nth(1).unwrap();
    let address = address.split("</code>").next().unwrap();
    address.strip_prefix("http://localhost").unwrap().to_owned()
}

async fn open(app: &TestApp, path: &str) -> Got {
    app.send(Method::GET, path, &[]).await
}

async fn guest<'a>(app: &'a TestApp, path: &str) -> Browser<'a> {
    let got = open(app, path).await;
    assert_eq!(got.location(), format!("/customers/{OWN}"));
    app.with_cookie(got.cookie("seatwise-session"))
}

#[track_caller]
fn assert_closed(got: &Got) {
    assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{}", got.text);
    assert!(got.text.contains("This link is closed"), "{}", got.text);
    assert!(got.cookies().next().is_none());
}

#[tokio::test]
async fn a_guest_sees_one_customer_and_no_broken_link() {
    let app = app().await;
    let operator = app.browser(partner()).await;
    let link = make(
        &operator,
        &format!("customer={OWN}&days=7&note=Dana+%26+Co"),
    )
    .await;
    let guest = guest(&app, &link).await;
    let own = format!("/customers/{OWN}");
    let form = format!("/guests?customer={OWN}");
    let links = attributes(&operator.page(&own).await, "href");
    assert!(links.contains(&form));
    assert!(
        operator
            .page(&form)
            .await
            .contains(&format!("value=\"{OWN}\""))
    );
    let (mut todo, mut seen) = (vec![own.clone()], BTreeSet::new());
    while let Some(page) = todo.pop() {
        if !seen.insert(page.clone()) || page.starts_with("/static/") {
            continue;
        }
        let got = guest.get(&page).await;
        assert_eq!(got.status, StatusCode::OK, "{page}: {}", got.text);
        for secret in ["Secret Bakery", OTHER, "of 2 customers"] {
            assert!(!got.text.contains(secret), "{page}: {secret}");
        }
        if got.text.starts_with("<!doctype html>") {
            let links = attributes(&got.text, "href").into_iter();
            todo.extend(links.filter(|link| link.starts_with('/')));
        }
    }
    let explained = seen.iter().filter(|page| page.starts_with("/explain"));
    assert!(explained.count() >= 2, "{seen:?}");
    assert!(seen.iter().any(|page| page.contains("csv=")));
    // Links keep the point of time.
    let past = guest.page(&format!("{own}?asOf=2026-10-31")).await;
    let links = attributes(&past, "href");
    let explain = links.iter().filter(|link| link.starts_with("/explain"));
    assert!(explain.clone().count() >= 2);
    assert!(explain.clone().all(|link| link.contains("asOf=2026-10-31")));
}

#[tokio::test]
async fn a_guest_sees_no_other_customer() {
    let app = app().await;
    let operator = app.browser(partner()).await;
    let guest = guest(&app, &make(&operator, &format!("customer={OWN}")).await).await;
    let figure = "metric=deployment&service=o365&channel=reseller";
    for page in [
        format!("/customers/{OTHER}"),
        "/customers/x".to_owned(),
        "/".to_owned(),
        "/customers".to_owned(),
        format!("/explain?{figure}"),
        format!("/explain?{figure}&customer={OTHER}"),
        format!("/changes?customer={OWN}"),
        format!("/workload?service=o365&channel=reseller&workload=Exchange&customer={OWN}"),
        "/data".to_owned(),
        "/guests".to_owned(),
    ] {
        let got = guest.get(&page).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{page}: {}", got.text);
        let links = attributes(&got.text, "href");
        assert!(links.contains(&format!("/customers/{OWN}")), "{page}");
        assert!(!got.text.contains("Secret Bakery"));
    }
    // Nor if the address names both customers.
    let twice = format!("/explain?{figure}&customer={OWN}&customer={OTHER}");
    assert_eq!(guest.get(&twice).await.status, StatusCode::BAD_REQUEST);
    for (path, form) in [
        ("/guests", format!("customer={OWN}")),
        ("/guests/revoke", "id=0000000000000000".to_owned()),
    ] {
        assert_eq!(
            guest.send_form(path, &form).await.status,
            StatusCode::FORBIDDEN
        );
    }
}

#[tokio::test]
async fn a_revoked_link_ends_its_sessions() {
    let app = app().await;
    let operator = app.browser(partner()).await;
    let link = make(&operator, &format!("customer={OWN}&note=Dana")).await;
    let kept = make(&operator, &format!("customer={OWN}&note=Eli")).await;
    let (guest, other) = (guest(&app, &link).await, guest(&app, &kept).await);
    let page = operator.page("/guests").await;
    assert!(page.contains("Northwind") && page.contains("Dana") && page.contains("Ada"));
    assert!(!page.contains(link.strip_prefix("/guest/").unwrap()));
    let token: GuestToken = link.strip_prefix("/guest/").unwrap().parse().unwrap();
    let form = format!("id={}", token.id());
    assert_eq!(
        operator.send_form("/guests/revoke", &form).await.location(),
        "/guests"
    );
    let own = format!("/customers/{OWN}");
    assert_closed(&guest.get(&own).await);
    assert_closed(&open(&app, &link).await);
    assert_eq!(other.get(&own).await.status, StatusCode::OK);
    assert!(
        operator
            .page("/guests")
            .await
            .contains("revoked 2 Nov 2026")
    );
    // Revoking again changes nothing; an unknown id is an error.
    assert_eq!(
        operator.send_form("/guests/revoke", &form).await.location(),
        "/guests"
    );
    let unknown = operator
        .send_form("/guests/revoke", "id=0123456789abcdef")
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let bad = operator
        .send_form("/guests/revoke", "id=../../settled")
        .await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_expired_link_ends_its_sessions() {
    let app = app().await;
    let operator = app.browser(partner()).await;
    let link = make(&operator, &format!("customer={OWN}&days=1")).await;
    app.advance(SignedDuration::from_hours(20));
    let guest = guest(&app, &link).await;
    let own = format!("/customers/{OWN}");
    assert_eq!(guest.get(&own).await.status, StatusCode::OK);
    // The session itself would last 8 more hours.
    app.advance(SignedDuration::from_hours(4));
    assert_closed(&guest.get(&own).await);
    assert_closed(&open(&app, &link).await);
    let operator = app.browser(partner()).await;
    assert!(operator.page("/guests").await.contains("expired"));
    app.advance(SignedDuration::from_hours(24 * 91));
    let operator = app.browser(partner()).await;
    assert!(
        operator
            .page("/guests")
            .await
            .contains("There are no links")
    );
}

#[tokio::test]
async fn an_invalid_link_opens_nothing() {
    let app = app().await;
    let operator = app.browser(partner()).await;
    let link = make(&operator, &format!("customer={OWN}")).await;
    let token = link.strip_prefix("/guest/").unwrap();
    let other = "b5c6b0d20e3f4c2b9d1a7b8f6e5d4c3a";
    let last = if token.ends_with('0') { "1" } else { "0" };
    for wrong in [
        "x".to_owned(),
        token[..63].to_owned(),
        format!("{token}0"),
        format!("{}{last}", &token[..63]),
        format!("{other}{}", &token[32..]),
        format!("{}{}", &token[..32], "0".repeat(32)),
    ] {
        assert_closed(&open(&app, &format!("/guest/{wrong}")).await);
    }
    // The data folder contains only the hash of the secret.
    let folder = app
        .store
        .work_dir()
        .join(format!("partners/{}/guests", partner()));
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    assert_eq!(files.len(), 1);
    let text = std::fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap();
    let secret = &token[32..];
    let with_hyphens = uuid::Uuid::parse_str(secret).unwrap().to_string();
    assert!(text.contains("secretSha256"));
    assert!(!text.contains(secret) && !text.contains(&with_hyphens));
}

#[tokio::test]
async fn an_operator_who_tests_a_link_stays_an_operator() {
    let app = app().await;
    let operator = app.browser(partner()).await;
    let link = make(&operator, &format!("customer={OWN}")).await;
    let got = operator.get(&link).await;
    assert_eq!(got.location(), format!("/customers/{OWN}"));
    assert!(got.cookies().next().is_none());
}

#[tokio::test]
async fn a_link_does_not_replace_a_session_of_another_partner() {
    let app = app().await;
    let operator = app.browser(partner()).await;
    let link = make(&operator, &format!("customer={OWN}")).await;
    let other: PartnerId = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9".parse().unwrap();
    let got = app.browser(other).await.get(&link).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    assert!(
        got.text.contains("signed in for another partner"),
        "{}",
        got.text
    );
    assert!(got.cookies().next().is_none());
}

#[tokio::test]
async fn an_invalid_request_for_a_link_says_why() {
    let app = app().await;
    let operator = app.browser(partner()).await;
    let long = "x".repeat(101);
    for (form, status, said) in [
        (String::new(), StatusCode::BAD_REQUEST, "an id is expected"),
        (
            "customer=x".to_owned(),
            StatusCode::BAD_REQUEST,
            "is not a GUID",
        ),
        (
            format!("customer={OWN}&days=0"),
            StatusCode::BAD_REQUEST,
            "from 1 to 366",
        ),
        (
            format!("customer={OWN}&days=367"),
            StatusCode::BAD_REQUEST,
            "from 1 to 366",
        ),
        (
            format!("customer={OWN}&dayz=3"),
            StatusCode::BAD_REQUEST,
            "no parameter `dayz`",
        ),
        (
            format!("customer={OWN}&note={long}"),
            StatusCode::BAD_REQUEST,
            "100 letters",
        ),
        (
            "customer=0a000000-0000-4000-8000-00000000ffff".to_owned(),
            StatusCode::NOT_FOUND,
            "no customer with this id",
        ),
    ] {
        let got = operator.send_form("/guests", &form).await;
        assert_eq!(got.status, status, "{form}: {}", got.text);
        let text = crate::harness::unescaped(&got.text);
        assert!(text.contains(said), "{form}: {text}");
    }
    assert!(
        operator
            .page("/guests")
            .await
            .contains("There are no links")
    );
}

#[tokio::test]
async fn erasing_a_customer_removes_its_links() {
    let app = app().await;
    let operator = app.browser(partner()).await;
    let link = make(&operator, &format!("customer={OWN}")).await;
    let stays = make(&operator, &format!("customer={OTHER}")).await;
    let what = seatwise_store::Erase::Customer(OWN.parse().unwrap());
    let now = crate::harness::start();
    for kind in seatwise_store::Kind::ALL {
        app.store
            .erase(partner(), kind, what, now, false)
            .await
            .unwrap();
    }
    assert_closed(&open(&app, &link).await);
    let links: Vec<GuestLink> = app.store.guest_links(partner(), now).await.unwrap();
    assert_eq!(links.len(), 1);
    let got = open(&app, &stays).await;
    assert_eq!(got.location(), format!("/customers/{OTHER}"));
}
