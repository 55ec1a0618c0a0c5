//! What only a real connection shows: bytes on the wire, slow clients, and shutdown.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use insta::assert_snapshot;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{USAGE, partner, writer_token};
use crate::running::{Running, read_all, request, write};

#[tokio::test]
async fn headers_are_spelled_as_documented() {
    let server = Running::start(|_| {}).await;
    let mut client = server.connect().await;
    write(&mut client, &request(USAGE)).await;
    assert_snapshot!(read_all(&mut client).await, @r#"
    HTTP/1.1 200 OK
    ETag: "444a30ddb9fab1fdadab8a25b6eee2a9"
    Vary: Accept-Encoding
    Content-Type: application/json; charset=utf-8
    MS-RequestId: 6b588e9b-1d02-471a-bce2-79374497c24e
    MS-CorrelationId: ae3b8c36-348b-46bc-9a60-398f973153ff
    MS-CV: AABAAIAAAAAAAAAC.0
    MS-ServerId: 633965569
    Date: Wed, 15 Mar 2017 17:43:11 GMT
    Content-Length: 71
    Connection: close

    <mark>{"totalCount":0,"items":[],"attributes":{"objectType":"Collection"}}
    "#);
}

#[tokio::test]
async fn the_answer_to_validate_mfa_is_spelled_as_documented_too() {
    let server = Running::start(|_| {}).await;
    let mut client = server.connect().await;
    let asking = request(USAGE).replacen("\r\n", "\r\nValidateMfa: true\r\n", 1);
    write(&mut client, &asking).await;
    let answer = read_all(&mut client).await;
    assert!(answer.contains("\nisMfaCompliant: true\n"), "{answer}");
}

#[tokio::test]
async fn an_error_in_http_1_0() {
    let server = Running::start(|_| {}).await;
    let mut client = server.connect().await;
    write(
        &mut client,
        "GET /v1/analytics/licenses/usage HTTP/1.0\r\n\r\n",
    )
    .await;
    assert_snapshot!(read_all(&mut client).await, @r#"
    HTTP/1.0 401 Unauthorized
    Content-Type: application/json; charset=utf-8
    WWW-Authenticate: Bearer error="invalid_token"
    MS-RequestId: 10000000-0000-4000-8000-000000000002
    MS-CorrelationId: 10000000-0000-4000-8000-000000000003
    MS-CV: AABAAIAAAAAAAAAE.0
    MS-ServerId: 633965569
    Date: Wed, 15 Mar 2017 17:43:11 GMT
    Content-Length: 119

    {"code":400,"description":"the token is missing, invalid or expired","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn an_answer_that_the_caller_has() {
    let server = Running::start(|_| {}).await;
    let mut client = server.connect().await;
    write(
        &mut client,
        &request(USAGE).replacen("\r\n", "\r\nIf-None-Match: *\r\n", 1),
    )
    .await;
    assert_snapshot!(read_all(&mut client).await, @r#"
    HTTP/1.1 304 Not Modified
    ETag: "444a30ddb9fab1fdadab8a25b6eee2a9"
    Vary: Accept-Encoding
    MS-RequestId: 6b588e9b-1d02-471a-bce2-79374497c24e
    MS-CorrelationId: ae3b8c36-348b-46bc-9a60-398f973153ff
    MS-CV: AABAAIAAAAAAAAAC.0
    MS-ServerId: 633965569
    Date: Wed, 15 Mar 2017 17:43:11 GMT
    Connection: close
    "#);
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let server = Running::start(|_| {}).await;
    let mut client = server.connect().await;
    write(
        &mut client,
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    )
    .await;
    write(
        &mut client,
        "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .await;
    let answers = read_all(&mut client).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2, "{answers}");
}

#[tokio::test]
async fn a_head_that_hyper_refuses() {
    let server = Running::start(|_| {}).await;
    let mut client = server.connect().await;
    let many: String = (0..101)
        .map(|number| format!("X-{number}: x\r\n"))
        .collect();
    write(
        &mut client,
        &format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
    )
    .await;
    let answer = read_all(&mut client).await;
    assert!(
        answer.starts_with("HTTP/1.1 431 Request Header Fields Too Large\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_client_that_never_ends_its_headers_is_cut_off() {
    let server =
        Running::start(|config| config.limits.header_read_timeout = Duration::from_millis(50))
            .await;
    let mut client = server.connect().await;
    write(&mut client, "GET /healthz HTTP/1.1\r\nHost: local").await;
    assert_eq!(read_all(&mut client).await, "");
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The response to a request on a new connection.
async fn ask(server: &Running, what: &str) -> String {
    let mut client = server.connect().await;
    write(&mut client, what).await;
    read_all(&mut client).await
}

/// A connection that waits for its next request, as its response shows.
async fn idle(server: &Running) -> TcpStream {
    let mut client = server.connect().await;
    write(&mut client, HEALTH).await;
    client.readable().await.unwrap();
    client
}

/// A connection with a request in progress: the server waits for the body of an import.
async fn at_work(server: &Running) -> TcpStream {
    let token = writer_token(partner());
    let mut client = server.connect().await;
    write(
        &mut client,
        &format!(
            "POST /seatwise/v1/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Content-Length: 100\r\nExpect: 100-continue\r\n\r\n"
        ),
    )
    .await;
    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut answer = vec![0; go_on.len()];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, go_on);
    client
}

#[tokio::test]
async fn connections_over_the_limit_wait_while_all_others_are_at_work() {
    let server = Running::start(|config| {
        config.limits.connections = 1;
        config.limits.probe_connections = 0;
    })
    .await;
    let mut first = at_work(&server).await;
    let mut second = server.connect().await;
    write(&mut second, &request("/healthz")).await;
    // The server accepts it when the first response is sent, before that connection ends.
    write(&mut first, &"x".repeat(100)).await;
    assert!(read_all(&mut second).await.ends_with("\n\nok\n"));
    let answer = read_all(&mut first).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\n"), "{answer}");
}

#[tokio::test]
async fn connections_without_a_request_give_way_to_new_ones() {
    let server = Running::start(|config| {
        config.limits.connections = 4;
        config.limits.probe_connections = 0;
        config.limits.header_read_timeout = Duration::from_secs(3600);
    })
    .await;
    let mut first = idle(&server).await;
    let mut crowd = Vec::new();
    for _ in 0..50 {
        let mut silent = server.connect().await;
        // The beginning of a request is not a request.
        write(&mut silent, "GET / HTTP/1.1\r\nHost:").await;
        crowd.push(silent);
        assert!(
            ask(&server, &request("/healthz"))
                .await
                .ends_with("\n\nok\n")
        );
    }
    assert!(read_all(&mut first).await.ends_with("\n\nok\n"));
    // They end in the order of their arrival. The last three still have seats.
    for mut silent in crowd.into_iter().take(47) {
        let mut answer = Vec::new();
        silent.read_to_end(&mut answer).await.ok();
        assert_eq!(answer, b"");
    }
}

#[tokio::test]
async fn probes_are_answered_when_all_connections_are_at_work() {
    let server = Running::start(|config| config.limits.connections = 1).await;
    let first = at_work(&server).await;
    for path in ["healthz", "readyz", "metrics"] {
        let answer = ask(&server, &HEALTH.replace("healthz", path)).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\n"), "{answer}");
        assert!(answer.contains("Connection: close\n"), "{answer}");
    }
    let answer = ask(
        &server,
        &request(USAGE).replace("Connection: close\r\n", ""),
    )
    .await;
    let head = "HTTP/1.1 503 Service Unavailable\nContent-Type: application/json; charset=utf-8\n\
        Retry-After: 5\n";
    assert!(answer.starts_with(head), "{answer}");
    assert!(answer.contains("all connections are in use"), "{answer}");
    drop(first);
    while !ask(&server, &request(USAGE))
        .await
        .starts_with("HTTP/1.1 200 OK\n")
    {}
}

#[tokio::test]
async fn one_address_gets_its_share_of_connections() {
    let server = Running::start(|config| config.limits.connections_per_peer = Some(1)).await;
    let first = idle(&server).await;
    let mut second = server.connect().await;
    assert_eq!(read_all(&mut second).await, "");
    drop(first);
    loop {
        let mut next = server.connect().await;
        // The server may not have noticed that the first one is gone.
        let asked = next.write_all(request("/healthz").as_bytes()).await;
        let mut answer = Vec::new();
        let read = next.read_to_end(&mut answer).await;
        if asked.is_ok() && read.is_ok() && answer.ends_with(b"ok\n") {
            break;
        }
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off() {
    let server = Running::start(|config| {
        config.limits.connections = 1;
        config.limits.probe_connections = 0;
        config.limits.write_timeout = Duration::from_millis(50);
    })
    .await;
    let mut greedy = server.connect().await;
    let document = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let asking = tokio::spawn(async move {
        // Writes until the server stops reading or closes the connection.
        while greedy.write_all(document.as_bytes()).await.is_ok() {}
        greedy
    });
    // The other client gets the only seat when this connection is closed.
    let mut other = server.connect().await;
    write(&mut other, &request("/healthz")).await;
    assert!(read_all(&mut other).await.ends_with("\n\nok\n"));
    drop(asking.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_request_is_finished_at_shutdown() {
    // Every response needs an id, so making one can hold a request.
    let held = Arc::new(AtomicBool::new(false));
    let (running, is_running) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let gate = Mutex::new((running, may_go_on));
    let hold = Arc::clone(&held);
    let server = Running::start(|config| {
        let new_id = Arc::clone(&config.new_id);
        config.new_id = Arc::new(move || {
            if hold.swap(false, Ordering::Relaxed) {
                let (running, may_go_on) = &*gate.lock().unwrap();
                running.send(()).unwrap();
                may_go_on.recv().unwrap();
            }
            new_id()
        });
    })
    .await;
    held.store(true, Ordering::Relaxed);
    let mut client = server.connect().await;
    write(&mut client, &request(USAGE)).await;
    tokio::task::spawn_blocking(move || is_running.recv().unwrap())
        .await
        .unwrap();

    server.stop.send(()).unwrap();
    // The port is closed while the request still runs.
    while let Ok(late) = TcpStream::connect(server.address).await {
        drop(late);
        tokio::task::yield_now().await;
    }
    go_on.send(()).unwrap();
    assert!(read_all(&mut client).await.starts_with("HTTP/1.1 200 OK\n"));
    server.served.await.unwrap();
}
