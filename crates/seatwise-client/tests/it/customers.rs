//! The list of customers over all its pages, and one customer.

use futures_util::TryStreamExt as _;
use seatwise_client::{Error, ErrorKind};
use seatwise_types::{Customer, CustomerField, CustomerFilter};

use crate::scripted::Scripted;
use crate::support::client;

fn id(number: u8) -> String {
    format!("{number:08x}-70f4-4e1e-9ff1-b2bfce8d9f04")
}

/// A page with these customers, followed by `rest`.
fn page(customers: &[u8], rest: &str) -> String {
    let items: Vec<_> = customers
        .iter()
        .map(|number| format!(r#"{{"id":"{}"}}"#, id(*number)))
        .collect();
    format!(r#"{{"totalCount":1,"items":[{}]{rest}}}"#, items.join(","))
}

fn next(uri: &str, token: &str) -> String {
    format!(
        r#","links":{{"next":{{"uri":"{uri}","method":"GET","headers":[
            {{"key":"MS-ContinuationToken","value":"{token}"}}]}}}}"#
    )
}

async fn all(server: &Scripted) -> Result<Vec<String>, Error> {
    let partner = client(&server.url);
    let customers: Vec<Customer> = partner.customers().list().stream().try_collect().await?;
    Ok(customers.iter().map(|it| it.id.to_string()).collect())
}

fn tokens(server: &Scripted) -> Vec<String> {
    let token = |request: &String| {
        let line = request
            .lines()
            .find(|line| line.starts_with("ms-continuationtoken: "))?;
        Some(line.split(": ").nth(1)?.to_owned())
    };
    server
        .requests()
        .iter()
        .map(|request| token(request).unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn links_are_followed_with_their_headers() {
    let first = page(
        &[1, 2],
        &next("/customers?size=2&seekOperation=Next", "AQ=="),
    );
    let second = page(
        &[3],
        &next("/v1/customers?size=2&seekOperation=Next", "Ag=="),
    );
    let server = Scripted::json([&first, &second, &page(&[4], "")]).await;
    assert_eq!(all(&server).await.unwrap(), [1, 2, 3, 4].map(id));
    assert_eq!(
        server.paths(),
        [
            "/v1/customers",
            "/v1/customers?size=2&seekOperation=Next",
            "/v1/customers?size=2&seekOperation=Next",
        ]
    );
    assert_eq!(tokens(&server), ["", "AQ==", "Ag=="]);
}

#[tokio::test]
async fn without_a_link_the_token_leads_on() {
    let first = page(&[1], r#","continuationToken":"AQ==""#);
    let last = page(&[2], r#","continuationToken":"","links":{}"#);
    let server = Scripted::json([&first, &last]).await;
    assert_eq!(all(&server).await.unwrap(), [1, 2].map(id));
    // The token includes size and filter.
    assert_eq!(
        server.paths(),
        ["/v1/customers", "/v1/customers?seekOperation=Next"]
    );
    assert_eq!(tokens(&server), ["", "AQ=="]);
}

#[tokio::test]
async fn links_are_followed_in_all_forms() {
    for (link, path) in [
        ("customers?page=2", "/v1/customers?page=2"),
        ("/customers?page=2", "/v1/customers?page=2"),
        ("/V1/customers?page=2", "/V1/customers?page=2"),
        ("/v1/customers?a=%20b+c", "/v1/customers?a=%20b+c"),
        ("/a/../v1/customers?page=2", "/v1/customers?page=2"),
        ("@evil.example/", "/v1/@evil.example/"),
    ] {
        let server = Scripted::json([&page(&[1], &next(link, "t")), &page(&[2], "")]).await;
        all(&server).await.unwrap();
        assert_eq!(server.paths()[1], path);
    }
}

#[tokio::test]
async fn links_to_other_origins_are_refused_after_the_page_has_come() {
    for link in [
        "https://evil.example/v1/customers",
        "//evil.example/v1/customers",
        "/\\\\evil.example/v1/customers",
        "http://127.0.0.1:1/v1/customers",
        "ftp://127.0.0.1/",
        "customers:next",
    ] {
        let server = Scripted::json([&page(&[1], &next(link, "t"))]).await;
        let partner = client(&server.url);
        let mut customers = partner.customers().list().stream();
        assert!(customers.try_next().await.unwrap().is_some());
        let err = customers.try_next().await.unwrap_err();
        assert_eq!(err.kind(), &ErrorKind::Redirect, "{link}");
        assert!(
            err.to_string().starts_with("refused to follow a link to `"),
            "{err}"
        );
        assert!(customers.try_next().await.unwrap().is_none());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_link_decides_no_header_but_those_of_the_family() {
    let next = r#","links":{"next":{"uri":"/customers?n=2","headers":[
        {"key":"Authorization","value":"Bearer evil"},{"key":"Host","value":"evil.example"},
        {"key":"ms-requestid","value":"evil"},{"key":"MS-ContinuationToken","value":"good"}]}}"#;
    let server = Scripted::json([&page(&[1], next), &page(&[2], "")]).await;
    all(&server).await.unwrap();
    let request = &server.requests()[1];
    assert!(!request.contains("evil"), "{request}");
    assert!(
        request.contains("ms-continuationtoken: good\r\n"),
        "{request}"
    );
}

#[tokio::test]
async fn links_that_cannot_be_followed() {
    for (next, path) in [
        (r#"{"uri":"/c","method":"POST"}"#, "links.next.method"),
        (
            r#"{"uri":"/c","headers":[{"key":"MS-Continuation Token","value":"a"}]}"#,
            "links.next.headers",
        ),
        (
            r#"{"uri":"/c","headers":[{"key":"MS-ContinuationToken","value":"a\r\nb"}]}"#,
            "continuationToken",
        ),
    ] {
        let server = Scripted::json([&page(&[1], &format!(r#","links":{{"next":{next}}}"#))]).await;
        let err = all(&server).await.unwrap_err();
        assert_eq!(
            err.kind(),
            &ErrorKind::Decode {
                path: path.to_owned()
            }
        );
    }
}

#[tokio::test]
async fn circles_are_detected() {
    // The same link again.
    let same = page(&[1], &next("/customers?n=2", "AQ=="));
    let server = Scripted::json([same.as_str(); 3]).await;
    let err = all(&server).await.unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::Redirect);
    assert_eq!(
        err.to_string(),
        "gave up: the service led to a page that was there before"
    );
    assert_eq!(server.requests().len(), 2);

    // Other links, but no other customer.
    let pages: Vec<_> = (0..32)
        .map(|n| page(&[1], &next("/customers", &n.to_string())))
        .collect();
    let pages: [&str; 32] = std::array::from_fn(|n| pages[n].as_str());
    let server = Scripted::json(pages).await;
    let err = all(&server).await.unwrap_err();
    assert_eq!(
        err.to_string(),
        "gave up: page after page holds no new customer"
    );
    assert_eq!(server.requests().len(), 18);
}

#[tokio::test]
async fn a_customer_on_two_pages_is_there_once() {
    let first = page(&[1, 2], &next("/customers?n=2", "AQ=="));
    let server = Scripted::json([&first, &page(&[2, 3], "")]).await;
    assert_eq!(all(&server).await.unwrap(), [1, 2, 3].map(id));
}

#[tokio::test]
async fn size_and_filter_are_sent() {
    let server = Scripted::json([&page(&[], "")]).await;
    let partner = client(&server.url);
    let filter = CustomerFilter::starts_with(CustomerField::CompanyName, "A + B");
    let page = partner
        .customers()
        .list()
        .size(0)
        .filter(filter)
        .send()
        .await
        .unwrap();
    assert!(page.items.is_empty());
    assert_eq!(
        server.paths(),
        [
            "/v1/customers?size=0&filter=%7B%22Field%22%3A%22CompanyName%22%2C%22Value%22%3A%22A%20%2B%20B%22%2C%22Operator%22%3A%22starts_with%22%7D"
        ]
    );
}

#[tokio::test]
async fn below_a_path_links_mean_the_root_of_the_api() {
    for link in [
        "/customers?n=2",
        "customers?n=2",
        "/v1/customers?n=2",
        "/tools/seatwise/v1/customers?n=2",
    ] {
        let server = Scripted::json([&page(&[1], &next(link, "t")), &page(&[2], "")]).await;
        let partner = client(&format!("{}/tools/seatwise", server.url));
        let pages: Vec<_> = partner
            .customers()
            .list()
            .pages()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(pages.len(), 2);
        assert_eq!(server.paths()[1], "/tools/seatwise/v1/customers?n=2");
    }
}

#[tokio::test]
async fn one_customer() {
    let server = Scripted::json([&format!(r#"{{"id":"{}"}}"#, id(7).to_uppercase())]).await;
    let partner = client(&server.url);
    let customer = partner
        .customers()
        .by_id(id(7).parse().unwrap())
        .get()
        .await
        .unwrap();
    assert_eq!(customer.id.to_string(), id(7));
    assert_eq!(server.paths(), [format!("/v1/customers/{}", id(7))]);
}
