//! Requests that hyper cannot read: the response, the log line, and other requests.

use insta::assert_snapshot;
use seatwise_types::ErrorForm;

use crate::harness::{USAGE_COLUMNS, emulated, partner, writer_token};
use crate::recorder::Log;
use crate::running::{Running, read_all, request, write};

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Everything that the server responds to these bytes, on a new connection.
async fn answer(server: &Running, bytes: &str) -> String {
    let mut client = server.connect().await;
    write(&mut client, bytes).await;
    read_all(&mut client).await
}

fn status_and_description(answer: &str) -> String {
    let status = answer.lines().next().unwrap_or("nothing");
    let description = answer.split("\"description\":\"").nth(1).unwrap_or("");
    let description = description.split("\",\"").next().unwrap();
    format!("{status}: {description}")
}

#[tokio::test]
async fn the_answer_has_ids_and_the_body_of_an_error() {
    let server = Running::start(|_| {}).await;
    let asked = "GET /v1/customers?filter={\"Field\":\"x\"} HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_snapshot!(answer(&server, asked).await, @r#"
    HTTP/1.1 400 Bad Request
    Content-Type: application/json; charset=utf-8
    MS-RequestId: 10000000-0000-4000-8000-000000000002
    MS-CorrelationId: 10000000-0000-4000-8000-000000000003
    MS-CV: AABAAIAAAAAAAAAE.0
    MS-ServerId: 633965569
    Date: Wed, 15 Mar 2017 17:43:11 GMT
    Content-Length: 194
    Connection: close

    {"code":800002,"description":"the address has a character that must be escaped, such as `\"` as %22, `<` as %3C, `>` as %3E and a blank as %20","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn the_answer_has_the_form_of_errors_that_is_set() {
    let server = Running::start(|config| config.wire.errors = ErrorForm::TextCode).await;
    let answered = answer(&server, "GET /< HTTP/1.1\r\n\r\n").await;
    let body = answered.split("\n\n").nth(1).unwrap();
    assert!(body.starts_with("{\"code\":\"800002\","), "{body}");
    assert!(
        answered.contains(&format!("\nContent-Length: {}\n", body.len())),
        "{answered}"
    );
}

#[tokio::test]
async fn each_fault_is_named() {
    let server = Running::start(|_| {}).await;
    let get = |rest: &str| format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{rest}\r\n");
    let many: String = (0..101)
        .map(|number| format!("X-{number}: x\r\n"))
        .collect();
    let long = |length: usize| {
        let method = "M".repeat(length);
        format!("{method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    };
    let mut answers = Vec::new();
    for bytes in [
        "GET /<> HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET /?a b HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET / HTTP/3.0\r\n\r\n".to_owned(),
        "G@T / HTTP/1.1\r\n\r\n".to_owned(),
        get("Content-Length: x\r\n"),
        get("Content-Length: 1\r\nContent-Length: 2\r\n"),
        get("Content-Length: -1\r\n"),
        get("Transfer-Encoding: gzip\r\n"),
        get("no colon\r\n"),
        get("X: \u{7f}\r\n"),
        get(&many),
        long(40_000),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ] {
        answers.push(status_and_description(&answer(&server, &bytes).await));
    }
    assert_snapshot!(answers.join("\n"), @r#"
    HTTP/1.1 400 Bad Request: the address has a character that must be escaped, such as `\"` as %22, `<` as %3C, `>` as %3E and a blank as %20
    HTTP/1.1 400 Bad Request: the request is not valid HTTP: invalid HTTP version parsed
    HTTP/1.1 400 Bad Request: the request is not valid HTTP: invalid HTTP version parsed
    HTTP/1.1 400 Bad Request: the request is not valid HTTP: invalid HTTP method parsed
    HTTP/1.1 400 Bad Request: the request is not valid HTTP: invalid content-length parsed
    HTTP/1.1 400 Bad Request: the request is not valid HTTP: invalid content-length parsed
    HTTP/1.1 400 Bad Request: the request is not valid HTTP: invalid content-length parsed
    HTTP/1.1 400 Bad Request: the request is not valid HTTP: invalid transfer-encoding parsed
    HTTP/1.1 400 Bad Request: the request is not valid HTTP: invalid HTTP header parsed
    HTTP/1.1 400 Bad Request: the request is not valid HTTP: invalid HTTP header parsed
    HTTP/1.1 431 Request Header Fields Too Large: the head of the request is longer than 65536 bytes, or has more than 100 headers
    HTTP/1.1 431 Request Header Fields Too Large: the head of the request is longer than 32768 bytes
    HTTP/1.1 505 HTTP Version Not Supported: this server speaks HTTP/1.1, and the request is in HTTP/2
    "#);
    // Whether hyper or the limits reject this one depends on how its bytes arrive.
    let answer = answer(&server, &long(70_000)).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(answer.contains("800002"), "{answer}");
}

#[tokio::test]
async fn earlier_requests_of_the_connection_are_answered_as_always() {
    let server = Running::start(|_| {}).await;
    let bad = "GET /< HTTP/1.1\r\n\r\n";
    // All at once, and one after the other.
    let together = answer(&server, &format!("{HEALTH}{HEALTH}{bad}{HEALTH}")).await;
    let mut client = server.connect().await;
    for request in [HEALTH, HEALTH, bad] {
        write(&mut client, request).await;
    }
    for answers in [together, read_all(&mut client).await] {
        let statuses: Vec<_> = answers
            .lines()
            .filter(|line| line.starts_with("HTTP/"))
            .collect();
        let (good, bad) = ("HTTP/1.1 200 OK", "HTTP/1.1 400 Bad Request");
        assert_eq!(statuses, [good, good, bad], "{answers}");
        assert_eq!(answers.matches("800002").count(), 1, "{answers}");
    }
    // A large response is complete, and the next request is read.
    let large = HEALTH.replace("/healthz", "/openapi.json");
    let answers = answer(&server, &format!("{large}{bad}")).await;
    assert!(answers.contains(&seatwise_server::openapi_document()));
    assert!(answers.contains("800002"));
}

#[tokio::test]
async fn no_request_hides_behind_one_with_two_lengths() {
    let server = Running::start(|_| {}).await;
    let token = writer_token(partner());
    let file = format!(
        "{USAGE_COLUMNS}\n2017-03-09,Exchange,o365,,reseller,\
         4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,C,E3,1,10\n"
    );
    let hidden = HEALTH_ONCE;
    let chunked = format!("{:x}\r\n{file}\r\n0\r\n\r\n", file.len());
    let post = |lengths: &str, body: &str| {
        format!(
            "POST /seatwise/v1/import HTTP/1.1\r\nHost: localhost\r\n\
             Authorization: Bearer {token}\r\n{lengths}\r\n{body}{hidden}"
        )
    };
    let all = chunked.len() + hidden.len();
    let (length, chunks) = (
        format!("Content-Length: {all}\r\n"),
        "Transfer-Encoding: chunked\r\n",
    );
    let mut statuses = Vec::new();
    for request in [
        // The chunks count, and the connection ends with the response.
        post(&format!("{length}{chunks}"), &chunked),
        post(&format!("{chunks}{length}"), &chunked),
        post(&format!("{chunks}Content-Length: 0\r\n"), &chunked),
        // All others are rejected.
        post("Transfer-Encoding : chunked\r\n", &chunked),
        post("Transfer-Encoding:\r\n chunked\r\n", &chunked),
        post("Transfer-Encoding: xchunked\r\n", &chunked),
        post("Transfer-Encoding: chunked, identity\r\n", &chunked),
        post("Content-Length: 5, 5\r\n", "12345"),
        post("Content-Length: +5\r\n", "12345"),
        post("Content-Length: 0x5\r\n", "12345"),
        post(chunks, "zz\r\n"),
        post(chunks, "fffffffffffffffff\r\n"),
        post(chunks, &format!("-5\r\n{file}")),
        post(chunks, &format!("5\r\n{file}\r\n0\r\n\r\n")),
        post(chunks, &chunked).replacen("HTTP/1.1", "HTTP/1.0", 1),
    ] {
        let answers = answer(&server, &request).await;
        let lines = answers.lines().filter(|line| line.starts_with("HTTP/"));
        statuses.push(lines.collect::<Vec<_>>().join(" and "));
    }
    let (stored, refused) = ("HTTP/1.1 200 OK", "HTTP/1.1 400 Bad Request");
    let mut expected = vec![refused; statuses.len()];
    expected[..3].fill(stored);
    assert_eq!(statuses, expected);
}

#[tokio::test]
async fn each_has_a_line_in_the_log() {
    let server = Running::start(|_| {}).await;
    let (log, _guard) = Log::record();
    answer(&server, "GET /secret?\"< HTTP/1.1\r\n\r\n").await;
    let long = format!(
        "{} /v1/customers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "M".repeat(20_000)
    );
    answer(&server, &long).await;
    let text = log.text();
    let lines: Vec<_> = text
        .lines()
        .filter(|line| line.contains("answered"))
        .collect();
    assert!(!text.contains("secret") && !text.contains("MMM"), "{text}");
    assert_snapshot!(lines.join("\n"), @r#"
     INFO request{method=unknown route="unknown" request_id=10000000-0000-4000-8000-000000000002 correlation_id=10000000-0000-4000-8000-000000000003}: seatwise_server::request_context: request answered status=400 duration_ms=_ detail="the address has a character that must be escaped, such as `\"` as %22, `<` as %3C, `>` as %3E and a blank as %20"
     INFO request{method=unknown route="/v1/customers" request_id=10000000-0000-4000-8000-000000000005 correlation_id=10000000-0000-4000-8000-000000000006}: seatwise_server::request_context: request answered status=405 duration_ms=_
    "#);
}

#[tokio::test]
async fn no_fault_of_the_emulator_happens_to_such_a_request() {
    let server = Running::start(emulated("reset")).await;
    let answered = answer(&server, "GET /v1/< HTTP/1.1\r\n\r\n").await;
    assert!(
        answered.starts_with("HTTP/1.1 400 Bad Request\n"),
        "{answered}"
    );
    assert_eq!(
        answer(&server, HEALTH_ONCE).await.lines().next(),
        Some("HTTP/1.1 200 OK")
    );
}

const HEALTH_ONCE: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_good_request_is_answered_as_before() {
    let server = Running::start(|_| {}).await;
    let answered = answer(&server, &request("/v1/analytics/licenses/usage")).await;
    assert!(answered.starts_with("HTTP/1.1 200 OK\n"), "{answered}");
}
