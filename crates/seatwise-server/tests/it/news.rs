//! Commits while a server runs appear in its responses, over real connections.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::harness::{
    DEPLOYMENT, TestServer, USAGE, USAGE_COLUMNS, import_into, partner, writer_token,
};
use crate::published::{DOCUMENTED_USAGE, damage, other_partner};
use crate::running::{Running, read_all, request, write};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A row of the partner's usage, and its figure in the response.
fn row(active: u32) -> (String, String) {
    let row = format!(
        "2017-03-09,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Customer 005,E3,\
         {active},100"
    );
    (row, format!(r#""proratedLicensesUsagePercent":{active}.0"#))
}

/// Sends requests until a response contains this text.
async fn asked_until(server: &Running, path: &str, has: &str) {
    let asked = async {
        loop {
            let mut client = server.connect().await;
            write(&mut client, &request(path)).await;
            let answer = read_all(&mut client).await;
            if answer.contains(has) {
                return;
            }
            sleep(Duration::from_millis(1)).await;
        }
    };
    let limit = Duration::from_secs(60);
    assert!(timeout(limit, asked).await.is_ok(), "no {has}");
}

async fn posted(server: &Running, rows: &str) {
    let token = writer_token(partner());
    let body = format!("{USAGE_COLUMNS}\n{rows}\n");
    let length = body.len();
    let request = format!(
        "POST /seatwise/v1/import?replace=true HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: Bearer {token}\r\nContent-Type: text/csv\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    );
    let mut client = server.connect().await;
    write(&mut client, &request).await;
    let answer = read_all(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_posted_import_is_published_without_a_poll() {
    let server = Running::start(|config| config.poll_interval = HOUR).await;
    // The first poll after the start has ended.
    let polled = r#"seatwise_duty_rounds_total{duty="publishing",outcome="done"} 1"#;
    asked_until(&server, "/metrics", polled).await;
    for active in [1, 2, 3] {
        let (row, answer) = row(active);
        posted(&server, &row).await;
        asked_until(&server, USAGE, &answer).await;
        // Also right after the first commit of a partner.
        asked_until(&server, DEPLOYMENT, r#"{"totalCount":0,"#).await;
    }
}

#[tokio::test]
async fn a_commit_of_another_process_is_published_while_serving() {
    let server = Running::start(|config| config.poll_interval = Duration::from_millis(1)).await;
    let elsewhere = seatwise_store::Store::open(server.test.store.work_dir()).unwrap();
    let (row, answer) = row(25);
    import_into(&elsewhere, partner(), USAGE_COLUMNS, &row).await;
    asked_until(&server, USAGE, &answer).await;
}

#[tokio::test]
async fn a_commit_of_one_partner_leaves_it_known_that_another_cannot_be_read() {
    let test = TestServer::unpublished(|config| config.poll_interval = HOUR);
    let (first, answer) = row(1);
    test.import(partner(), USAGE_COLUMNS, &first).await;
    test.import(other_partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    damage(&test, other_partner());
    let server = Running::over(test.restarted()).await;
    asked_until(&server, USAGE, &answer).await;
    for active in [2, 3] {
        let (row, answer) = row(active);
        posted(&server, &row).await;
        asked_until(&server, USAGE, &answer).await;
        asked_until(&server, "/readyz", "ready, but 1 table cannot be read").await;
    }
}
