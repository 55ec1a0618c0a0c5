//! Many queries at once: how many run, and how much memory they use.

use std::fmt::Write as _;

use futures_util::future::join_all;
use seatwise_types::PartnerId;

use crate::harness::{TestServer, USAGE, USAGE_COLUMNS, partner};

const CUSTOMERS: u32 = 400;
const DAYS: u32 = 20;

/// A server with this query memory, and data for histories of 8,000 points.
async fn server(memory: u64) -> TestServer {
    let server = TestServer::with(|config| {
        config.limits.memory = memory;
        config.limits.questions = 2;
        config.limits.questions_per_partner = 2;
    })
    .await;
    let mut rows = String::new();
    for (day, customer) in (1..=DAYS).flat_map(|day| (1..=CUSTOMERS).map(move |it| (day, it))) {
        let id = format!("0a000000-0000-4000-8000-{customer:012}");
        writeln!(
            rows,
            "2017-02-{day:02},Exchange,o365,,reseller,{id},Customer {customer},E3,1,2"
        )
        .unwrap();
    }
    server.import(partner(), USAGE_COLUMNS, rows.trim()).await;
    server.app.refresh_now().await;
    server
}

/// The query memory in `/metrics`, in bytes.
async fn in_use(server: &TestServer) -> u64 {
    let metrics = server.get("/metrics").await.text();
    let name = "seatwise_question_memory_bytes ";
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap().parse().unwrap()
}

/// Waits until at most this much is in use: the engine frees memory when its tasks end, after the
/// response.
async fn comes_down_to(server: &TestServer, most: u64) {
    while in_use(server).await > most {
        tokio::task::yield_now().await;
    }
}

fn history(number: usize) -> String {
    // Each is a different query, so that none is answered from cached rows of another one.
    let day = number % 10 + 1;
    format!("/seatwise/v1/history?by=customer&from=2017-02-{day:02}&to=2017-02-20")
}

#[tokio::test]
async fn of_many_questions_at_once_some_are_answered_and_the_others_may_come_again() {
    const MEMORY: u64 = 64 << 20;
    let server = server(MEMORY).await;
    let published = server.get(USAGE).await;
    let heavy = (0..64).map(|number| {
        let server = &server;
        async move {
            let answer = server.get(&history(number)).await;
            assert!(in_use(server).await <= MEMORY / 2);
            // Published answers do not wait.
            assert_eq!(server.get(USAGE).await.head.status, 200);
            answer
        }
    });
    let (mut answered, mut refused) = (0, 0);
    for answer in join_all(heavy).await {
        match answer.head.status.as_u16() {
            200 => answered += 1,
            503 => {
                refused += 1;
                assert_eq!(answer.header("retry-after"), "5");
                insta::allow_duplicates! {
                    insta::assert_snapshot!(answer.text(), @r#"{"code":800003,"description":"too many queries are running: try again later","data":[],"source":"PartnerApiServiceControllers"}"#);
                }
            }
            _ => panic!("{}", answer.short()),
        }
    }
    // Two run, and four wait for each of them.
    assert_eq!((answered, refused), (10, 54));
    comes_down_to(&server, 0).await;
    assert_eq!(server.get(USAGE).await.body, published.body);
    assert_eq!(server.get(&history(0)).await.head.status, 200);
}

#[tokio::test]
async fn rows_in_memory_are_counted_and_asked_for_without_a_turn() {
    let server = server(64 << 20).await;
    let path = "/v1/customers/0a000000-0000-4000-8000-000000000007/analytics/licenses/usage";
    let many = (0..64).map(|_| server.get(path));
    for answer in join_all(many).await {
        assert_eq!(answer.head.status, 200, "{}", answer.short());
    }
    // The rows of the newest day stay in memory, with their deliveries, customers and texts.
    comes_down_to(&server, 1 << 20).await;
    assert!(in_use(&server).await > 88 * u64::from(CUSTOMERS));
}

#[tokio::test]
async fn a_question_that_needs_more_than_all_memory_says_what_to_ask_for() {
    let server = server(600 << 10).await;
    let answer = server.get(&history(0)).await;
    insta::assert_snapshot!(answer.short(), @r#"
    400 Bad Request
    {"code":3000,"description":"this query needs more than the 0 MiB of memory for queries: request less, such as fewer days, one customer, or one service and channel","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    comes_down_to(&server, 0).await;
    assert_eq!(server.get(USAGE).await.head.status, 200);
}

#[tokio::test]
async fn rows_that_are_kept_go_where_a_question_needs_their_memory() {
    let server = server(4000 << 10).await;
    let path = "/v1/customers/0a000000-0000-4000-8000-000000000007/analytics/licenses/usage";
    assert_eq!(server.get(path).await.head.status, 200);
    assert!(in_use(&server).await > 0);
    // All of the memory would not suffice either, but that is not known yet.
    let answer = server.get(&history(0)).await;
    assert_eq!(answer.header("retry-after"), "5");
    insta::assert_snapshot!(answer.short(), @r#"
    503 Service Unavailable
    {"code":800003,"description":"not enough of the 3 MiB of memory for queries is free: try again later, or request less","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    comes_down_to(&server, 0).await;
    assert_eq!(server.get(&history(0)).await.head.status, 400);
}

#[tokio::test]
async fn one_partner_s_questions_leave_turns_to_others() {
    let server = TestServer::with(|config| {
        config.limits.questions = 2;
        config.limits.questions_per_partner = 1;
    })
    .await;
    let other: PartnerId = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
    let ask = |partner| {
        let token = crate::harness::user_token(partner);
        let request = http::Request::get(history(0));
        let request = request.header("Authorization", format!("Bearer {token}"));
        server.send(request.body(axum::body::Body::empty()).unwrap())
    };
    let asked = (0..20).map(|number| ask(if number < 19 { partner() } else { other }));
    let statuses: Vec<u16> = join_all(asked)
        .await
        .iter()
        .map(|answer| answer.head.status.as_u16())
        .collect();
    assert_eq!(statuses[19], 200);
    assert_eq!(statuses.iter().filter(|status| **status == 503).count(), 14);
}
