//! Queries to the commercial endpoints: what is sent, and how pages are joined.

use std::error::Error as _;

use futures_util::TryStreamExt as _;
use seatwise_client::{Error, ErrorKind, PartnerOperations};
use seatwise_types::LicensesUsageRow;
use seatwise_types::query::CommercialField;

use crate::scripted::Scripted;
use crate::support::{builder, client};

const USAGE: &str = "/v1/analytics/commercial/usage/license/";
const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A page with rows of these active seats, followed by `rest`.
fn page(active: &[u64], rest: &str) -> String {
    let rows: Vec<_> = active
        .iter()
        .map(|active| format!(r#"{{"licensesActive":{active}}}"#))
        .collect();
    format!(r#"{{"Value":[{}]{rest}}}"#, rows.join(","))
}

fn link(link: &str) -> String {
    format!(r#","@nextLink":"{link}","TotalCount":9"#)
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// The active seats of all rows, with two rows per page.
async fn rows(partner: &PartnerOperations) -> Result<Vec<u64>, Error> {
    let usage = partner.analytics().commercial().usage().licenses();
    let rows: Vec<LicensesUsageRow> = usage.top(2).rows().try_collect().await?;
    Ok(rows.iter().filter_map(|row| row.licenses_active).collect())
}

#[tokio::test]
async fn a_bare_question() {
    let server = Scripted::json([r#"{"Value":[],"@nextLink":null,"TotalCount":0}"#; 2]).await;
    let partner = client(&server.url);
    let commercial = partner.analytics().commercial();
    assert!(
        commercial
            .usage()
            .licenses()
            .send()
            .await
            .unwrap()
            .value
            .is_empty()
    );
    assert!(
        commercial
            .deployment()
            .licenses()
            .send()
            .await
            .unwrap()
            .value
            .is_empty()
    );
    assert_eq!(
        server.paths(),
        [USAGE, "/v1/analytics/commercial/deployment/license/"]
    );
}

#[tokio::test]
async fn a_full_question() {
    let server = Scripted::json([&page(&[1], "")]).await;
    let partner = client(&server.url);
    let page = partner
        .analytics()
        .commercial()
        .usage()
        .licenses()
        .filter(
            CommercialField::CustomerName
                .eq("O'Neill + Söhne")
                .and(CommercialField::Channel.ne("direct")),
        )
        .group_by([
            CommercialField::CustomerTenantId,
            CommercialField::ServiceCode,
        ])
        .processed_date("2018-10-14".parse().unwrap())
        .top(500)
        .skip(1000)
        .send()
        .await
        .unwrap();
    assert_eq!(page.value[0].licenses_active, Some(1));
    assert_eq!(
        server.paths(),
        [format!(
            "{USAGE}?filter=customerName%20eq%20%27O%27%27Neill%20%2B%20S%C3%B6hne%27%20and%20\
             channel%20ne%20%27direct%27&groupby=customerTenantId%2CserviceCode\
             &processedDateTime=2018-10-14T00%3A00%3A00&top=500&skip=1000"
        )]
    );
}

#[tokio::test]
async fn questions_that_cannot_be_asked_are_not_sent() {
    let server = Scripted::start([]).await;
    let partner = client(&server.url);
    let usage = || partner.analytics().commercial().usage().licenses();
    let deployment = || partner.analytics().commercial().deployment().licenses();
    let long = CommercialField::Channel.eq("a".repeat(9000));
    let mut wide = CommercialField::Channel.eq("a");
    for _ in 0..300 {
        wide = wide.or(CommercialField::Channel.eq("a"));
    }
    let workload = CommercialField::WorkloadCode;
    for err in [
        usage().filter(long).send().await.unwrap_err(),
        usage().filter(wide).send().await.unwrap_err(),
        usage().top(0).send().await.unwrap_err(),
        usage().top(10_001).send().await.unwrap_err(),
        usage().skip(u32::MAX).send().await.unwrap_err(),
        deployment()
            .filter(workload.eq("EXO"))
            .send()
            .await
            .unwrap_err(),
        deployment().group_by([workload]).send().await.unwrap_err(),
        deployment().top(0).rows().try_next().await.unwrap_err(),
    ] {
        assert_eq!(err.kind(), &ErrorKind::Invalid);
        assert!(err.to_string().ends_with(" cannot be asked for"), "{err}");
        assert!(err.source().is_some());
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn links_are_followed_in_all_forms() {
    for (next, path) in [
        (
            "?top=2&skip=2",
            "/v1/analytics/commercial/usage/license/?top=2&skip=2",
        ),
        (
            "analytics/commercial/usage/license?skip=2",
            "/v1/analytics/commercial/usage/license?skip=2",
        ),
        (
            "/analytics/commercial/usage/license?skip=2",
            "/v1/analytics/commercial/usage/license?skip=2",
        ),
        ("/v1/analytics/x?skip=2", "/v1/analytics/x?skip=2"),
        (
            "/partner/v1/analytics/x?skip=2",
            "/partner/v1/analytics/x?skip=2",
        ),
        (
            "/partner/analytics/x?skip=2",
            "/partner/v1/analytics/x?skip=2",
        ),
    ] {
        let server = Scripted::json([
            &page(&[1, 2], &link(next)),
            &page(&[3, 4], r#","@nextLink":null"#),
        ])
        .await;
        assert_eq!(
            rows(&client(&server.url)).await.unwrap(),
            [1, 2, 3, 4],
            "{next}"
        );
        assert_eq!(server.paths()[1], path);
        // The last page is full, but a service with links would have linked on.
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn an_absolute_link_to_the_own_origin_is_followed() {
    let server = wiremock::MockServer::start().await;
    let next = format!(
        "{}/partner/v1/analytics/commercial/usage/license?skip=2",
        server.uri()
    );
    for (path, body) in [
        (USAGE, page(&[1, 2], &link(&next))),
        (
            "/partner/v1/analytics/commercial/usage/license",
            page(&[3], ""),
        ),
    ] {
        wiremock::Mock::given(wiremock::matchers::path(path))
            .respond_with(crate::support::json(body))
            .mount(&server)
            .await;
    }
    assert_eq!(rows(&client(&server.uri())).await.unwrap(), [1, 2, 3]);
}

#[tokio::test]
async fn links_to_other_origins_and_in_circles_are_refused() {
    for next in ["https://evil.example/v1/analytics", "//evil.example/v1/"] {
        let server = Scripted::json([&page(&[1], &link(next))]).await;
        let err = rows(&client(&server.url)).await.unwrap_err();
        assert_eq!(err.kind(), &ErrorKind::Redirect);
        assert_eq!(server.requests().len(), 1);
    }
    let same = page(&[1, 2], &link("?skip=2"));
    let server = Scripted::json([same.as_str(); 3]).await;
    let err = rows(&client(&server.url)).await.unwrap_err();
    assert_eq!(
        err.to_string(),
        "gave up: the service led to a page that was there before"
    );
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn without_links_rows_are_skipped_until_a_page_is_not_full() {
    let server = Scripted::json([&page(&[1, 2], ""), &page(&[3, 4], ""), &page(&[5], "")]).await;
    assert_eq!(rows(&client(&server.url)).await.unwrap(), [1, 2, 3, 4, 5]);
    let paths = ["?top=2", "?top=2&skip=2", "?top=2&skip=4"].map(|query| format!("{USAGE}{query}"));
    assert_eq!(server.paths(), paths);

    let server = Scripted::json([&page(&[1, 2], ""), &page(&[], "")]).await;
    assert_eq!(rows(&client(&server.url)).await.unwrap(), [1, 2]);
}

#[tokio::test]
async fn without_links_rows_are_skipped_until_all_are_there() {
    // Pages are shorter than requested, but not the last.
    let total = r#","@nextLink":"","TotalCount":"3""#;
    let server = Scripted::json([&page(&[1], total), &page(&[2], total), &page(&[3], total)]).await;
    assert_eq!(rows(&client(&server.url)).await.unwrap(), [1, 2, 3]);

    // Missing rows do not keep the client waiting.
    let server = Scripted::json([&page(&[1], total), &page(&[], total)]).await;
    assert_eq!(rows(&client(&server.url)).await.unwrap(), [1]);
}

#[tokio::test]
async fn a_service_that_does_not_skip_is_found_out() {
    let server = Scripted::json([page(&[1, 2], "").as_str(); 3]).await;
    let err = rows(&client(&server.url)).await.unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::Redirect);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn where_the_endpoint_is_is_found_and_remembered() {
    let body = ok(&page(&[1], ""));
    let server = Scripted::start([NOT_FOUND, NOT_FOUND, &body, &body]).await;
    let partner = client(&server.url);
    for _ in 0..2 {
        assert_eq!(rows(&partner.clone()).await.unwrap(), [1]);
    }
    let paths = [
        "/v1/analytics/commercial/usage/license/?top=2",
        "/partner/v1/analytics/commercial/usage/license?top=2",
        "/v1/analytics/commercial/usage/license?top=2",
        "/v1/analytics/commercial/usage/license?top=2",
    ];
    assert_eq!(server.paths(), paths);

    // Another client can start with the route.
    let found = partner.commercial_route();
    assert_eq!(found.to_string(), "/v1");
    let server = Scripted::start([body.as_str()]).await;
    let (builder, _) = builder(&server.url);
    let partner = builder.commercial_route(found).build().unwrap();
    assert_eq!(rows(&partner).await.unwrap(), [1]);
    assert_eq!(server.paths(), paths[3..]);
}

#[tokio::test]
async fn an_endpoint_that_is_nowhere_is_not_found() {
    let server = Scripted::start([NOT_FOUND; 4]).await;
    let err = rows(&client(&server.url)).await.unwrap_err();
    assert!(err.is_not_found());
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn another_error_is_not_asked_around_with() {
    let denied = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let server = Scripted::start([denied]).await;
    let err = rows(&client(&server.url)).await.unwrap_err();
    assert!(err.is_forbidden());
    assert_eq!(server.requests().len(), 1);
}
