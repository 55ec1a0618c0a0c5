//! Every route refuses visitors without the right to it. The test reads the routes from the source, so it
//! covers new ones.

use http::{Method, StatusCode};
use jiff::SignedDuration;

use crate::harness::{Browser, DEPLOYMENT_COLUMNS, TestApp, partner};

const CUSTOMER: &str = "0a000000-0000-4000-8000-000000000001";

/// Routes without a session: files without figures, and the ways to sign in.
const OPEN: [&str; 4] = [
    "/static/{name}",
    "/sign-in",
    "/sign-in/callback",
    "/guest/{token}",
];

/// Routes that guests may open for their own customer.
const FOR_GUESTS: [&str; 2] = ["/customers/{id}", "/explain"];

struct Route {
    path: String,
    gets: bool,
    posts: bool,
}

fn routes() -> Vec<Route> {
    let source = include_str!("../../src/lib.rs");
    let constants = [
        ("sign_in::PATH", "/sign-in"),
        ("sign_in::CALLBACK", "/sign-in/callback"),
        ("guest::PATH", "/guest/{token}"),
        ("assets::PATH", "/static/{name}"),
    ];
    let routes: Vec<Route> = source
        .split(".route(")
        .skip(1)
        .map(|route| {
            let (path, rest) = route.split_once(',').unwrap();
            let path = match path.trim().strip_prefix('"') {
                Some(path) => path.strip_suffix('"').unwrap(),
                None => {
                    let constant = constants.iter().find(|(name, _)| *name == path.trim());
                    constant
                        .unwrap_or_else(|| panic!("{path} is not known here"))
                        .1
                }
            };
            let methods = rest.split("\n        .").next().unwrap();
            Route {
                path: path.to_owned(),
                gets: methods.contains("get("),
                posts: methods.contains("post("),
            }
        })
        .collect();
    assert!(routes.len() >= 15, "the routes were not found");
    assert!(routes.iter().all(|route| route.gets || route.posts));
    assert!(routes.iter().filter(|route| route.posts).count() >= 3);
    routes
}

/// An address of a route, with the parameters that it needs.
fn address(path: &str) -> String {
    let figure = "service=o365&channel=reseller";
    match path {
        "/workload" => format!("/workload?{figure}&workload=Exchange"),
        "/product" => format!("/product?{figure}&product=E3"),
        "/explain" => format!("/explain?{figure}&metric=deployment"),
        _ => path
            .replace("{id}", "0a000000-0000-4000-8000-000000000002")
            .replace("{token}", &"0".repeat(64))
            .replace("{name}", "x.css"),
    }
}

async fn app() -> TestApp {
    let app = TestApp::new();
    let row = |id: u32| {
        format!("2026-10-31,o365,reseller,0a000000-0000-4000-8000-{id:012},Name {id},,E3,1,2")
    };
    let rows = [row(1), row(2)];
    let rows = rows.each_ref().map(String::as_str);
    app.import(partner(), DEPLOYMENT_COLUMNS, &rows).await;
    app
}

/// Asserts that a route is refused and shows no figures, by every method and as a download.
async fn assert_denied(browser: &Browser<'_>, route: &Route, status: StatusCode) {
    let path = address(&route.path);
    if route.gets {
        for path in [
            path.clone(),
            format!("{path}{}csv=x", if path.contains('?') { '&' } else { '?' }),
        ] {
            let got = browser.get(&path).await;
            assert_eq!(got.status, status, "{path}: {}", got.text);
            assert!(
                !got.text.contains("Name 1") && !got.text.contains("Name 2"),
                "{path}"
            );
        }
    }
    if route.posts && route.path != "/sign-out" {
        let got = browser.send_form(&path, "").await;
        assert_eq!(got.status, status, "{path}: {}", got.text);
    }
}

#[tokio::test]
async fn routes_refuse_visitors_without_a_session() {
    let app = app().await;
    for cookie in ["a=b", "seatwise-session=AAAA"] {
        let browser = app.with_cookie(cookie);
        for route in routes()
            .iter()
            .filter(|route| !OPEN.contains(&&*route.path))
        {
            assert_denied(&browser, route, StatusCode::UNAUTHORIZED).await;
        }
    }
}

#[tokio::test]
async fn routes_refuse_guests_except_for_their_customer() {
    let app = app().await;
    let operator = app.browser(partner()).await;
    let got = operator
        .send_form("/guests", &format!("customer={CUSTOMER}"))
        .await;
    let path = got.text.split("<code>http://localhost").nth(1).unwrap();
    let path = path.split("</code>").next().unwrap();
    let got = app.send(Method::GET, path, &[]).await;
    let guest = app.with_cookie(got.cookie("seatwise-session"));
    for route in routes()
        .iter()
        .filter(|route| !OPEN.contains(&&*route.path))
    {
        // Routes for guests refuse other customers, and all customers together.
        assert_denied(&guest, route, StatusCode::FORBIDDEN).await;
    }
    for path in FOR_GUESTS {
        assert!(routes().iter().any(|route| route.path == path));
    }
    assert_eq!(
        guest.get(&format!("/customers/{CUSTOMER}")).await.status,
        StatusCode::OK
    );
    let explain = format!("{}&customer={CUSTOMER}", address("/explain"));
    assert_eq!(guest.get(&explain).await.status, StatusCode::OK);
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let app = app().await;
    let browser = app.browser(partner()).await;
    for route in routes().iter().filter(|route| route.posts) {
        for from in [
            &[][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://partner.example")],
            &[("origin", "https://localhost")],
            &[("origin", "null")],
        ] {
            let got = browser.post(&route.path, from).await;
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{} {from:?}", route.path);
            assert!(got.cookies().next().is_none());
        }
        let got = browser
            .post(&route.path, &[("origin", "http://localhost")])
            .await;
        assert_ne!(got.status, StatusCode::FORBIDDEN, "{}", route.path);
    }
}

#[tokio::test]
async fn a_session_lasts_for_the_configured_time() {
    let life = SignedDuration::from_mins(30);
    let sessions = seatwise_web::Sessions::new(false).with_lifetime(life);
    let app = TestApp::with(sessions, |_| {});
    let browser = app.browser(partner()).await;
    app.advance(life - SignedDuration::from_secs(1));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    app.advance(SignedDuration::from_secs(1));
    assert_eq!(browser.get("/").await.status, StatusCode::UNAUTHORIZED);
}
