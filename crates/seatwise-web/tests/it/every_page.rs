//! Rules that every page keeps.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;

use crate::harness::{TestApp, attributes, partner};

/// The addresses that pages link to, each with the page where it was first found.
async fn crawl(app: &TestApp, first: &str, most: usize) -> BTreeMap<String, String> {
    let browser = app.browser(partner()).await;
    let mut found = BTreeMap::from([(first.to_owned(), "the test".to_owned())]);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut todo = vec![first.to_owned()];
    while let Some(address) = todo.pop() {
        // The API needs a token.
        if address.starts_with("/seatwise/") || address.starts_with("/openapi") {
            continue;
        }
        let got = browser.get(&address).await;
        let from = &found[&address];
        assert_eq!(
            got.status,
            StatusCode::OK,
            "{address} from {from}: {}",
            got.text
        );
        if !got.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
        {
            continue;
        }
        for link in attributes(&got.text, "href") {
            if !link.starts_with('/') {
                assert_eq!(link, "#content", "{address}");
                continue;
            }
            // Thousands of links differ only in their values; follow some of each kind.
            let kind: String = link
                .split('=')
                .map(|part| part.split('&').next_back().unwrap())
                .collect();
            let kind = kind.split('/').take(2).collect::<Vec<_>>().join("/")
                + &link.matches('&').count().to_string();
            let seen = kinds.entry(kind).or_default();
            if found.contains_key(&link) || *seen >= most {
                continue;
            }
            *seen += 1;
            found.insert(link.clone(), address.clone());
            todo.push(link);
        }
    }
    found
}

#[tokio::test]
async fn no_link_of_any_page_is_broken() {
    let app = TestApp::with_portfolio(20, 45).await;
    let found = crawl(&app, "/", 2).await;
    let paths: BTreeSet<&str> = found
        .keys()
        .map(|it| it.split('?').next().unwrap())
        .collect();
    for page in [
        "/customers",
        "/workload",
        "/product",
        "/explain",
        "/changes",
        "/data",
    ] {
        assert!(paths.contains(page), "no link leads to {page}: {paths:?}");
    }
    assert!(paths.iter().any(|path| path.starts_with("/customers/")));
    assert!(found.keys().any(|it| it.contains("csv=")));
    assert!(found.keys().any(|it| it.contains("knownAt=")));
}

const PAGES: [&str; 11] = [
    "/",
    "/idle",
    "/idle?show=all&sort=customer",
    "/customers",
    "/customers?sort=-sold&only=late",
    "/workload?service=o365&channel=reseller&workload=Exchange",
    "/changes",
    "/changes?metric=deployment",
    "/data",
    "/explain?service=o365&channel=reseller&workload=Exchange",
    "/explain?metric=deployment&service=o365&channel=reseller",
];

#[tokio::test]
async fn a_page_has_no_inline_code_or_style_and_a_strict_policy() {
    let app = TestApp::with_portfolio(40, 45).await;
    let browser = app.browser(partner()).await;
    for page in PAGES {
        let got = browser.get(page).await;
        assert_eq!(got.status, StatusCode::OK, "{page}: {}", got.text);
        assert_eq!(
            got.headers["content-security-policy"],
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action \
             'self'; base-uri 'none'; frame-ancestors 'none'; connect-src 'self'"
        );
        assert_eq!(got.headers["x-content-type-options"], "nosniff");
        assert_eq!(got.headers["referrer-policy"], "no-referrer");
        assert_eq!(got.headers["cache-control"], "private, no-cache");
        assert!(got.text.starts_with("<!doctype html>"), "{page}");
        for forbidden in [
            " style=",
            "<style",
            "javascript:",
            " onclick=",
            " onload=",
            "http://",
            "https://",
        ] {
            assert!(!got.text.contains(forbidden), "{page} has `{forbidden}`");
        }
        assert_eq!(got.text.matches("<script").count(), 1, "{page}");
        assert_eq!(got.text.matches("<h1").count(), 1, "{page}");
        assert!(
            got.text.len() < 100 * 1024,
            "{page} has {} bytes",
            got.text.len()
        );
        // An unchanged page has the same entity tag, and browsers need not load it again.
        let etag = got.headers["etag"].to_str().unwrap().to_owned();
        let again = browser.get(page).await;
        assert_eq!(again.headers["etag"], etag, "{page}");
    }
}

#[tokio::test]
async fn numbers_and_days_have_the_format_of_the_readers_country() {
    let app = TestApp::with_portfolio(60, 45).await;
    let browser = app.browser(partner()).await;
    let german = "de-AT;q=0.8, de-DE, en;q=0.5";
    for page in PAGES {
        let english = browser.get(page).await;
        let got = browser.get_as(german, page).await;
        let vary = got.headers.get_all("vary").iter();
        let vary: Vec<_> = vary.map(|it| it.to_str().unwrap()).collect();
        assert!(vary.contains(&"Accept-Language"), "{page}: {vary:?}");
        // Only the separators differ.
        let digits = |text: &str| text.replace([',', '.'], "");
        assert_eq!(digits(&got.text), digits(&english.text), "{page}");
        assert_ne!(got.headers["etag"], english.headers["etag"], "{page}");
        assert_eq!(
            numbers(&english.text, ('.', ',')),
            numbers(&got.text, (',', '.')),
            "{page}"
        );
    }
    let american = browser.get_as("en-US,en;q=0.9", "/").await.text;
    assert!(american.contains("Oct 31, 2026"), "{american}");
    let swedish = browser.get_as("sv", "/").await.text;
    assert!(swedish.contains("2026-10-31"), "{swedish}");

    // Programs read downloads, so these have one format.
    let file = "/customers?csv=customers";
    let got = browser.get_as(german, file).await;
    assert_eq!(got.text, browser.get(file).await.text);
    assert!(!got.text.contains("31 Oct"), "{}", got.text);
}

/// The percents and grouped numbers in the text of a page, with a decimal point and without separators.
fn numbers(page: &str, (point, separator): (char, char)) -> Vec<String> {
    let texts = page.split('>').filter_map(|part| part.split_once('<'));
    let words = texts.flat_map(|(text, _)| text.split([' ', '+', '−']));
    let digits = words.filter(|it| it.starts_with(|it: char| it.is_ascii_digit()));
    let bare = digits.map(|it| it.trim_end_matches(['.', ',', ':']));
    let plain = bare.map(|it| it.replace(separator, "").replace(point, "."));
    plain.collect()
}

#[tokio::test]
async fn a_page_of_many_customers_has_at_most_100_kib() {
    let app = TestApp::with_portfolio(2_000, 3).await;
    let browser = app.browser(partner()).await;
    let list = browser.page("/customers?sort=-sold").await;
    let customers = attributes(&list, "href").into_iter();
    let customers = customers.filter(|it| it.starts_with("/customers/"));
    let some = customers.step_by(20);
    let others = [
        "/customers?sort=-idle&only=idle",
        "/customers?only=risk",
        "/customers?search=a&page=3",
        "/idle?show=all&page=7",
        "/product?service=o365&channel=reseller&product=6fd2c87f-b296-42f0-b197-1e91e994b900",
        "/changes?page=3",
    ];
    let pages = PAGES.into_iter().chain(others).map(ToOwned::to_owned);
    for page in pages.chain(some) {
        let text = browser.page(&page).await;
        assert!(text.len() <= 100 * 1024, "{page} has {} bytes", text.len());
    }
}

#[tokio::test]
async fn a_heading_sorts_its_table() {
    let app = TestApp::with_portfolio(40, 45).await;
    let browser = app.browser(partner()).await;
    let workload = "/workload?service=o365&channel=reseller&workload=Exchange";
    for (page, name, column) in [
        ("/changes", "changes", "Before"),
        (workload, "laggards", "Seats not used"),
        ("/idle", "idle-products", "Idle seats"),
    ] {
        let links = attributes(&browser.page(page).await, "href").into_iter();
        let order = format!("{name}.{}", column.to_lowercase().replace(' ', "-"));
        let link = links
            .clone()
            .find(|it| it.contains(&format!("order=-{order}")))
            .unwrap_or_else(|| panic!("{page} has no heading for {order}"));
        let sign = if link.contains('?') { '&' } else { '?' };
        let rows = crate::downloads::table(&browser, &format!("{link}{sign}csv={name}")).await;
        let values = rows.iter().map(|row| row[column].parse::<f64>().unwrap());
        let values: Vec<f64> = values.collect();
        assert!(
            values.len() > 1 && values.is_sorted_by(|a, b| a >= b),
            "{values:?}"
        );
        // The heading now links to the opposite order.
        let text = browser.page(&link).await;
        assert!(text.contains("aria-sort=\"descending\""), "{page}");
        let links = attributes(&text, "href");
        assert!(
            links
                .iter()
                .any(|it| it.contains(&format!("order={order}"))),
            "{page}"
        );
    }
    // Rows of idle seats have the orders of the API.
    let text = browser.page("/idle?page=2").await;
    let links = attributes(&text, "href");
    for sort in ["customer", "unused", "exposure"] {
        assert!(links.contains(&format!("/idle?sort={sort}")), "{sort}");
    }
}

#[tokio::test]
async fn pages_without_data_say_so() {
    let app = TestApp::new();
    let browser = app.browser(partner()).await;
    for page in ["/", "/customers", "/idle", "/data"] {
        let text = browser.page(page).await;
        assert!(text.contains("There is no data yet"), "{page}");
    }
    for page in ["/changes", "/explain?service=o365&channel=reseller"] {
        assert_eq!(
            browser.get(page).await.status,
            StatusCode::NOT_FOUND,
            "{page}"
        );
    }
}

#[tokio::test]
async fn unknown_parameters_are_refused_by_name() {
    let app = TestApp::with_portfolio(5, 3).await;
    let browser = app.browser(partner()).await;
    for (address, said) in [
        ("/?worklaod=x", "this page has no parameter `worklaod`"),
        ("/customers?sort=size", "sort: one of name, sold"),
        ("/customers?only=bad", "only: one of risk, late"),
        (
            "/customers?page=x",
            "page: a whole number from 1 to 1000000",
        ),
        (
            "/explain?service=o365&channel=reseller&page=18446744073709551615",
            "page: a whole number from 1 to 1000000",
        ),
        ("/customers?useFrom=NaN", "useFrom: a percent is expected"),
        ("/changes?from=yesterday", "from: "),
        (
            "/changes?from=2026-10-01&from=2026-10-02",
            "the parameter `from` is there twice",
        ),
        (
            "/explain?metric=prices&service=o365&channel=reseller",
            "metric: ",
        ),
        ("/explain?service=o365", "service and channel are expected"),
        (
            "/workload?service=o365",
            "service, channel and workload are expected",
        ),
        (
            "/changes?order=changes.colour",
            "order: this page has no such",
        ),
        ("/?order=changes.before", "order: this page has no such"),
        ("/?asOf=2026-13-01", "asOf: "),
        ("/?knownAt=2026-10-01", "knownAt: "),
        ("/?knownAt=2099-01-01T00:00:00Z", "knownAt: "),
    ] {
        let got = browser.get(address).await;
        assert_eq!(
            got.status,
            StatusCode::BAD_REQUEST,
            "{address}: {}",
            got.text
        );
        let text = crate::harness::unescaped(&got.text);
        assert!(text.contains(said), "{address}: {text}");
    }
    for address in [
        "/customers/0a000000-0000-4000-8000-00000000ffff",
        "/customers/no-id",
        "/workload?service=o365&channel=reseller&workload=Fax",
        "/explain?service=fax&channel=reseller",
        "/?csv=fax",
        "/static/0000000000000000.css",
    ] {
        assert_eq!(
            browser.get(address).await.status,
            StatusCode::NOT_FOUND,
            "{address}"
        );
    }
}

#[tokio::test]
async fn static_files_are_cached_for_ever_under_the_hash_of_their_content() {
    let app = TestApp::new();
    let browser = app.browser(partner()).await;
    let page = browser.page("/").await;
    let files: Vec<String> = attributes(&page, "href")
        .into_iter()
        .chain(attributes(&page, "src"))
        .filter(|it| it.starts_with("/static/"))
        .collect();
    assert_eq!(files.len(), 3);
    for file in files {
        // They are the same for everyone, so they need no session.
        let got = app.send(http::Method::GET, &file, &[]).await;
        assert_eq!(got.status, StatusCode::OK);
        assert!(
            got.headers["cache-control"]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
    }
}

#[tokio::test]
async fn a_product_shows_its_workloads_without_a_recent_delivery_of_its_service() {
    let app = TestApp::with_portfolio(40, 20).await;
    let browser = app.browser(partner()).await;
    // Usage of Dynamics 365 comes some days later than deployment.
    let dynamics = "service=crm&channel=reseller&product=1e1a282c-9c54-43a2-9310-98ef728faace";
    let page = browser.page(&format!("/product?{dynamics}")).await;
    assert!(page.contains("Microsoft Dynamics CRM"));
    assert!(!page.contains("No use of this product was delivered"));
}
