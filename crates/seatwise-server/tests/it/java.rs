//! A client that makes paths like the Java SDKs: root, `/v1/`, and an unchanged link.

use axum::body::Body;
use seatwise_types::{Collection, Customer, wire};

use crate::customers::DOCUMENTED_USAGE;
use crate::harness::{Answer, TestServer, USAGE_COLUMNS, get, partner};

async fn ask(server: &TestServer, link: &str, token: Option<&str>) -> Answer {
    let mut request = get(&format!("/v1/{link}"))
        .header("Accept", "application/json")
        .header("MS-Contract-Version", "v1")
        .header("X-Locale", "en-US");
    if let Some(token) = token {
        request = request.header("MS-ContinuationToken", token);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

/// Links have no version and begin with a slash, so all paths after the first contain a double
/// slash.
#[tokio::test]
async fn links_after_a_slash_are_followed() {
    let server = TestServer::new().await;
    let other = "4e3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
    let rows = [
        DOCUMENTED_USAGE,
        &DOCUMENTED_USAGE.replace(crate::customers::CUSTOMER, other),
    ];
    server
        .import(partner(), USAGE_COLUMNS, &rows.join("\n"))
        .await;
    let mut found = Vec::new();
    let mut answer = ask(&server, "customers?size=1", None).await;
    loop {
        assert_eq!(answer.head.status, 200, "{}", answer.text());
        let page: Collection<Customer> = wire::decode(&answer.body).unwrap();
        found.extend(page.items);
        let Some(next) = page.links.unwrap().next else {
            break;
        };
        assert!(next.uri.starts_with("/customers?"), "{}", next.uri);
        answer = ask(&server, &next.uri, Some(&next.headers[0].value)).await;
    }
    assert_eq!(found.len(), 2);
    let links = ["customers/", "/customers/"].map(|start| format!("{start}{other}"));
    for link in links {
        let one: Customer = wire::decode(&ask(&server, &link, None).await.body).unwrap();
        assert_eq!(one.company_profile, found[1].company_profile);
    }
}
