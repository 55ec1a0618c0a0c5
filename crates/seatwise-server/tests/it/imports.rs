//! Imports by request: what is stored, what is rejected, and what is done only once.

use std::io::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Request, header};
use http_body_util::BodyExt;
use hyper::body::Frame;
use insta::assert_snapshot;
use seatwise_server::{Answers, AppState};
use seatwise_store::{Axes, ExportFormat};
use seatwise_types::PartnerId;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::harness::{
    Answer, TestServer, USAGE_COLUMNS, app_token, partner, user_token, writer_token,
    writing_app_token,
};

const IMPORT: &str = "/seatwise/v1/import";
const CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

/// A usage row of Exchange.
fn row(day: &str, active: &str) -> String {
    format!("{day},Exchange,o365,,reseller,{CUSTOMER},C,E3,{active},10\n")
}

fn csv(rows: &str) -> String {
    format!("{USAGE_COLUMNS}\n{rows}")
}

fn post(query: &str, token: &str) -> http::request::Builder {
    Request::post(format!("{IMPORT}{query}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
}

/// Sends a file as a user who can import.
async fn send(server: &TestServer, query: &str, body: impl Into<Body>) -> Answer {
    let token = writer_token(partner());
    let request = post(query, &token).body(body.into());
    server.send(request.unwrap()).await
}

async fn send_with_key(server: &TestServer, key: &str, query: &str, body: String) -> Answer {
    let request = post(query, &writer_token(partner())).header("Idempotency-Key", key);
    server.send(request.body(body.into()).unwrap()).await
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

/// The partner's usage in the store.
async fn figures(server: &TestServer, partner: PartnerId) -> String {
    let figures = server.store.usage_figures(partner).await.unwrap();
    let figures: Vec<String> = figures
        .iter()
        .map(|figure| {
            format!(
                "{}: {}/{}",
                figure.processed, figure.active, figure.qualified
            )
        })
        .collect();
    figures.join("\n")
}

/// The receipt without parts that differ between runs.
fn timeless(answer: &Answer) -> String {
    let text = answer.short();
    match text.split_once(",\"seconds\"") {
        Some((before, _)) => format!("{before},TIME}}"),
        None => text,
    }
}

#[tokio::test]
async fn a_body_is_stored_as_the_command_stores_a_file() {
    let server = TestServer::new().await;
    let answer = send(&server, "", csv(&row("2017-03-09", "3"))).await;
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    assert_snapshot!(timeless(&answer), @r#"
    200 OK
    {"files":1,"rowsRead":1,"rowsStored":1,"deliveriesNew":1,"deliveriesUnchanged":0,"deliveriesRestated":0,"deliveriesRejected":0,"deliveriesJoined":0,"joinedFiles":[],"deliveriesEmptied":0,"firstEmptied":[],"losses":{"rows":0,"deliveries":0,"first":[]},"mended":{"files":0,"deliveries":0,"rowsLost":0,"leftOut":0,"stillDamaged":0},"badRows":0,"firstBadRows":[],"rejectedFiles":[],"ignoredColumns":[],"passedOver":[],"notStored":[],"dryRun":false,"takenFor":{"usage":1},"duplicateRows":0,"repeatedRows":0,"noValueWords":{},"domainsStored":0,TIME}
    "#);
    assert!(json(&answer)["seconds"].is_f64() && json(&answer)["rowsPerSecond"].is_u64());
    assert_eq!(
        figures(&server, partner()).await,
        "2017-03-09T00:00:00+00:00: 3/10"
    );

    // Repeated, it changes nothing.
    let again = send(&server, "", csv(&row("2017-03-09", "3"))).await;
    assert_eq!(json(&again)["deliveriesUnchanged"], 1);
    server.app.refresh_now().await;
    let published = server.get(crate::harness::USAGE).await;
    assert!(published.text().contains(":30.0,"), "{}", published.text());
}

#[tokio::test]
async fn every_format_that_a_file_can_have() {
    let server = TestServer::new().await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(csv(&row("2017-03-01", "1")).as_bytes())
        .unwrap();
    let packed = send(&server, "", gzip.finish().unwrap()).await;
    assert_eq!(json(&packed)["rowsStored"], 1, "{}", packed.text());

    let line = format!(
        r#"{{"processedDateTime":"2017-03-02","workloadName":"Exchange","serviceCode":"o365","channel":"reseller","customerTenantId":"{CUSTOMER}","customerName":"C","productName":"E3","licensesActive":2,"licensesQualified":10}}"#
    );
    let lines = send(&server, "?format=ndjson&kind=usage", line).await;
    assert_eq!(json(&lines)["rowsStored"], 1, "{}", lines.text());

    let saved = r#"{"totalCount":1,"items":[{"customerName":"C","productName":"E3","licensesActive":3,"licensesQualified":10,"usagePercent":30.0,"workloadName":"Exchange","processedDateTime":"2017-03-03T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"CustomerLicensesUsageInsights"}}]}"#;
    let query = format!("?customer={CUSTOMER}");
    let saved = send(&server, &query, saved).await;
    assert_eq!(json(&saved)["rowsStored"], 1, "{}", saved.text());
    assert_eq!(
        figures(&server, partner()).await,
        "2017-03-03T00:00:00+00:00: 3/10"
    );
}

#[tokio::test]
async fn a_body_that_takes_most_away_needs_a_word_and_a_complete_one_empties_who_is_missing() {
    let server = TestServer::new().await;
    let row = |day: &str, product: &str, of: u32| {
        let customer = CUSTOMER.replace("4d3cf487", &format!("{of:08x}"));
        format!("{day},Exchange,o365,,reseller,{customer},C,{product},1,10\n")
    };
    let whole: String = ["E1", "E3", "E5"]
        .map(|product| row("2017-03-01", product, 1))
        .concat();
    send(&server, "", csv(&(whole + &row("2017-03-01", "E1", 2)))).await;

    let part = csv(&row("2017-03-01", "E1", 1));
    let refused = send(&server, "", part.clone()).await;
    assert_eq!(refused.head.status, 400);
    let description = json(&refused)["description"].as_str().unwrap().to_owned();
    assert!(
        description.contains("`body` would remove 2 of the 3 rows"),
        "{description}"
    );
    assert!(description.contains("replace=true"), "{description}");
    let stored = send(&server, "?replace=true", part).await;
    assert_eq!(json(&stored)["losses"]["rows"], 2, "{}", stored.text());
    assert_eq!(json(&stored)["deliveriesRestated"], 1);

    let newer = csv(&row("2017-03-08", "E1", 1));
    let neither = send(&server, "?complete=true&skipBadRows=true", newer.clone()).await;
    assert_eq!(neither.head.status, 400);
    let complete = send(&server, "?complete=true", newer).await;
    assert_eq!(
        json(&complete)["deliveriesEmptied"],
        1,
        "{}",
        complete.text()
    );
    assert_eq!(json(&complete)["deliveriesNew"], 2);
    assert_eq!(
        figures(&server, partner()).await,
        "2017-03-08T00:00:00+00:00: 1/10"
    );
    let other = send(
        &server,
        "?download=DynamicsUsage",
        csv(&row("2017-03-08", "E1", 1)),
    )
    .await;
    assert_eq!(other.head.status, 400);
}

#[tokio::test]
async fn only_those_who_may_and_only_for_their_own_partner() {
    let server = TestServer::new().await;
    let other: PartnerId = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
    let body = || Body::from(csv(&row("2017-03-09", "3")));
    for (token, status) in [
        (user_token(partner()), 403),
        (app_token(partner()), 403),
        ("no.good.token".to_owned(), 401),
        (writing_app_token(other), 200),
    ] {
        let answer = server.send(post("", &token).body(body()).unwrap()).await;
        assert_eq!(answer.head.status, status);
    }
    let without_token = Request::post(IMPORT).body(body()).unwrap();
    assert_eq!(server.send(without_token).await.head.status, 401);
    assert_eq!(server.store.partners().unwrap(), [other]);
    // Other users cannot choose the partner with a parameter.
    let query = format!("?partner={other}");
    assert_snapshot!(send(&server, &query, body()).await.short(), @r#"
    400 Bad Request
    {"code":3000,"description":"there is no parameter `partner`; there are kind, format, download, customer, dryRun, skipBadRows, replace, mend, complete; the partner is that of the token","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    // Permission to write does not allow reading, and the other way round.
    let answer = server.get(IMPORT).await;
    assert_eq!(answer.header("allow"), "POST");
    assert_snapshot!(answer.short(), @r#"
    405 Method Not Allowed
    {"code":900141,"description":"this endpoint accepts files with POST, and nothing can be read from it","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn which_permission_it_takes_is_a_setting() {
    let server = TestServer::with(|config| {
        config.sign_in.write_scopes = vec!["user_impersonation".to_owned()];
        config.sign_in.write_roles = Vec::new();
    })
    .await;
    let body = || Body::from(csv(&row("2017-03-09", "3")));
    let reader = post("", &user_token(partner())).body(body()).unwrap();
    assert_eq!(server.send(reader).await.head.status, 200);
    let application = post("", &writing_app_token(partner())).body(body());
    assert_eq!(server.send(application.unwrap()).await.head.status, 403);
}

#[tokio::test]
async fn bad_rows_are_named_and_nothing_is_stored() {
    let server = TestServer::new().await;
    let rows = row("2017-03-09", "three") + &row("2017-03-08", "1") + &row("tomorrow", "1");
    let answer = send(&server, "", csv(&rows)).await;
    assert_snapshot!(answer.short(), @r#"
    400 Bad Request
    {"code":800002,"description":"the body has 2 bad rows, nothing of it was stored: correct it, or send skipBadRows=true to skip deliveries with a bad row","data":[],"source":"PartnerApiServiceControllers","badRows":2,"firstBadRows":[{"file":"body","line":2,"column":"licensesActive","value":"three","remedy":"a whole number of seats, 0 or more, is expected"},{"file":"body","line":4,"column":"processedDateTime","value":"tomorrow","remedy":"a date such as `2017-03-10` or `2017-03-10T00:00:00+00:00` is expected"}]}
    "#);
    assert_eq!(figures(&server, partner()).await, "");
    let nonsense = send(&server, "", "a,b\n1,2\n").await;
    assert_snapshot!(nonsense.short(), @r#"
    400 Bad Request
    {"code":800002,"description":"the body cannot be imported: it has neither `licensesActive` and `licensesQualified` nor `licensesDeployed` and `licensesSold`; found: a, b","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    assert_snapshot!(send(&server, "", "").await.short(), @r#"
    400 Bad Request
    {"code":800002,"description":"the body cannot be imported: it is empty: a file of rows has at least a header","data":[],"source":"PartnerApiServiceControllers"}
    "#);

    // A delivery with a bad row is left out as a whole, and a dry run stores nothing.
    let second = row("2017-03-09", "1").replace(",E3,", ",E5,");
    let rows = rows + &second;
    let dry = send(&server, "?skipBadRows=true&dryRun=true", csv(&rows)).await;
    let skipped = send(&server, "?SKIPBADROWS=True", csv(&rows)).await;
    for answer in [&dry, &skipped] {
        let receipt = json(answer);
        let counts = [
            "deliveriesNew",
            "deliveriesRejected",
            "badRows",
            "rowsStored",
        ];
        assert_eq!(
            counts.map(|name| receipt[name].as_u64().unwrap()),
            [1, 1, 2, 1]
        );
        assert_eq!(receipt["firstBadRows"].as_array().unwrap().len(), 2);
        assert_eq!(receipt["rejectedFiles"].as_array().unwrap().len(), 0);
    }
    assert_eq!(
        figures(&server, partner()).await,
        "2017-03-08T00:00:00+00:00: 1/10"
    );
}

#[tokio::test]
async fn parameters_and_bodies_that_cannot_be_used() {
    let server = TestServer::new().await;
    let mut descriptions = String::new();
    for query in [
        "?dryrn=true",
        "?dryRun=yes",
        "?kind=both",
        "?format=xlsx",
        "?customer=Fabrikam",
        "?kind=usage&KIND=usage",
    ] {
        let answer = send(&server, query, csv(&row("2017-03-09", "3"))).await;
        descriptions += &format!("{} {}\n", answer.head.status, json(&answer)["description"]);
    }
    let form = post("", &writer_token(partner()))
        .header("Content-Type", "multipart/form-data; boundary=x");
    let form = server.send(form.body(Body::from("--x")).unwrap()).await;
    descriptions += &format!("{} {}\n", form.head.status, json(&form)["description"]);
    for key in ["", "two words", &"k".repeat(256)] {
        let answer = send_with_key(&server, key, "", csv("")).await;
        descriptions += &format!("{} {}\n", answer.head.status, json(&answer)["description"]);
    }
    assert_snapshot!(descriptions, @r#"
    400 Bad Request "there is no parameter `dryrn`; there are kind, format, download, customer, dryRun, skipBadRows, replace, mend, complete; the partner is that of the token"
    400 Bad Request "dryRun: one of true, false is expected"
    400 Bad Request "kind: one of usage, deployment is expected"
    400 Bad Request "format: one of auto, csv, ndjson, parquet, json is expected"
    400 Bad Request "customer: the customer's tenant id is expected, a GUID"
    400 Bad Request "the parameter `KIND` is there twice"
    415 Unsupported Media Type "the body must be the file itself and not a form: send it like `curl --data-binary @FILE`"
    400 Bad Request "`Idempotency-Key`: one text of 1 to 255 visible ASCII characters is expected"
    400 Bad Request "`Idempotency-Key`: one text of 1 to 255 visible ASCII characters is expected"
    400 Bad Request "`Idempotency-Key`: one text of 1 to 255 visible ASCII characters is expected"
    "#);
    assert_eq!(figures(&server, partner()).await, "");
}

/// An export of this many days of a customer.
async fn parquet(days: u32) -> Vec<u8> {
    let rows: String = (1..=days)
        .map(|day| row(&format!("2017-02-{day:02}"), "3"))
        .collect();
    let server = TestServer::new().await;
    server.import(partner(), USAGE_COLUMNS, &rows).await;
    let folder = tempfile::tempdir().unwrap();
    let format = ExportFormat::Parquet;
    let now = "2017-03-15T00:00:00Z".parse().unwrap();
    let export = server
        .store
        .export(partner(), Axes::default(), folder.path(), format, now);
    export.await.unwrap();
    std::fs::read(folder.path().join("usage.parquet")).unwrap()
}

#[tokio::test]
async fn a_damaged_parquet_body_is_the_sender_s_fault_and_the_next_one_is_stored() {
    let whole = parquet(9).await;
    let server = TestServer::new().await;
    let mut refused = 0;
    // Both magic numbers stay. Without them the file would not be Parquet.
    for bit in (4 * 8..(whole.len() - 8) * 8).step_by(307) {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let answer = send(&server, "?dryRun=true", flipped).await;
        match answer.head.status.as_u16() {
            // A value has changed in a row that is still valid.
            200 => {}
            400 => {
                assert!(json(&answer)["code"].is_u64(), "{}", answer.text());
                refused += 1;
            }
            status => panic!("bit {bit}: {status} {}", answer.text()),
        }
    }
    assert!(refused > 10, "{refused}");
    assert_eq!(figures(&server, partner()).await, "");
    let answer = send(&server, "", whole).await;
    assert_eq!(json(&answer)["rowsStored"], 9, "{}", answer.text());
}

#[tokio::test]
async fn a_body_whose_line_ends_curl_took_away_is_refused_with_the_option_that_keeps_them() {
    let server = TestServer::new().await;
    let send = async |body: String| {
        let request = post("", &writer_token(partner()))
            .header("Content-Type", "application/x-www-form-urlencoded");
        let answer = server.send(request.body(Body::from(body)).unwrap()).await;
        (
            answer.head.status.as_u16(),
            json(&answer)["description"].to_string(),
        )
    };
    let body = csv(&row("2017-03-09", "3"));
    let hint =
        "\"if curl sent the body, use `--data-binary @FILE`: `-d` takes the line ends away; ";
    let (status, said) = send(body.replace('\n', "")).await;
    assert_eq!(status, 400);
    assert!(said.starts_with(hint), "{said}");
    // If the last column is optional, a header without rows remains.
    let with_domain = body.replacen('\n', ",customerDomain\n", 1);
    let (status, said) = send(with_domain.replace('\n', "")).await;
    assert_eq!(status, 400, "{said}");
    assert!(said.starts_with(hint), "{said}");
    assert!(
        said.ends_with("the body has no row below its header\""),
        "{said}"
    );
    // `--data-binary` has the same media type.
    assert_eq!(send(body).await.0, 200);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_before_and_while_it_comes() {
    let server = TestServer::with(|config| config.limits.import_body = 300).await;
    let body = csv(&row("2017-03-09", "3"));
    assert!(body.len() <= 300);
    assert_eq!(send(&server, "", body).await.head.status, 200);

    let token = writer_token(partner());
    let announced = post("", &token).header("Content-Length", "301");
    let announced = server.send(announced.body(Body::empty()).unwrap()).await;
    let unannounced = send(&server, "", csv(&row("2017-03-09", "3").repeat(4))).await;
    insta::allow_duplicates! {
    for answer in [announced, unannounced] {
            assert_snapshot!(answer.short(), @r#"
        413 Payload Too Large
        {"code":800002,"description":"the body is longer than 300 bytes","data":[],"source":"PartnerApiServiceControllers"}
        "#);
        }
        }
    // A few bytes can unpack to very many.
    let server = TestServer::with(|config| config.limits.import_unpacked = 1000).await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(csv(&row("2017-03-09", "3").repeat(1000)).as_bytes())
        .unwrap();
    let parquet = parquet(28).await;
    let unpacked = [
        send(&server, "", gzip.finish().unwrap()).await,
        send(&server, "", parquet.clone()).await,
    ];
    insta::allow_duplicates! {
        for answer in unpacked {
            assert_snapshot!(answer.short(), @r#"
            400 Bad Request
            {"code":800002,"description":"the body cannot be imported: unpacked it is longer than 1000 bytes: import it in parts","data":[],"source":"PartnerApiServiceControllers"}
            "#);
        }
    }
    let whole = send(&TestServer::new().await, "", parquet).await;
    assert_eq!(json(&whole)["rowsStored"], 28, "{}", whole.text());
}

/// A body that waits for its chunks.
struct Given(mpsc::Receiver<Bytes>);

impl HttpBody for Given {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = self.0.poll_recv(context);
        next.map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

fn given() -> (mpsc::Sender<Bytes>, Body) {
    let (send, receive) = mpsc::channel(1);
    (send, Body::new(Given(receive)))
}

#[tokio::test]
async fn a_sender_that_stops_is_not_waited_for() {
    let server =
        TestServer::with(|config| config.limits.import_idle = Duration::from_millis(1)).await;
    let (_stopped, body) = given();
    assert_snapshot!(send(&server, "", body).await.short(), @r#"
    408 Request Timeout
    {"code":800002,"description":"nothing of the body came for 1ms","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_not_waited_for() {
    let server =
        TestServer::with(|config| config.limits.import_body_timeout = Duration::ZERO).await;
    let (slow, body) = given();
    slow.send(csv("").into()).await.unwrap();
    assert_snapshot!(send(&server, "", body).await.short(), @r#"
    408 Request Timeout
    {"code":800002,"description":"the body did not come within 0ns","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn a_body_that_takes_too_long_to_read_gives_its_turn_back() {
    let server = TestServer::with(|config| {
        config.limits.imports = 1;
        config.limits.import_reading = Duration::ZERO;
    })
    .await;
    // 40 KB that unpack to 40 MB of empty lines, within the limit on packed bytes.
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(csv("").as_bytes()).unwrap();
    packed.write_all(&vec![b'\n'; 40 << 20]).unwrap();
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 50 << 10);
    assert_snapshot!(send(&server, "", Body::from(packed)).await.short(), @r#"
    400 Bad Request
    {"code":800002,"description":"the body cannot be imported: it takes too long to read: import it in parts","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn one_partner_s_slow_bodies_leave_places_to_others() {
    let server = TestServer::new().await;
    let answers = restarted(&server);
    let token = writer_token(partner());
    let mut slow = Vec::new();
    for _ in 0..4 {
        let (sender, body) = given();
        let request = post("", &token).body(body).unwrap();
        let answer = tokio::spawn(answers.answer(request));
        sender.send(csv("").into()).await.unwrap();
        sender.reserve().await.unwrap();
        slow.push((sender, answer));
    }
    let body = || Body::from(csv(&row("2017-03-09", "3")));
    let fifth = answers.answer(post("", &token).body(body()).unwrap());
    assert_eq!(fifth.await.status(), 503);
    let other: PartnerId = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
    let request = post("", &writer_token(other)).body(body()).unwrap();
    assert_eq!(answers.answer(request).await.status(), 200);
}

/// Another server for the same store, as after a restart.
fn restarted(server: &TestServer) -> Answers {
    Answers::new(AppState::new(&server.config, server.store.clone()).unwrap())
}

#[tokio::test]
async fn slow_senders_hold_no_other_up_and_there_is_one_for_each_key() {
    let server = TestServer::with(|config| config.limits.imports = 1).await;
    let answers = restarted(&server);
    let token = writer_token(partner());
    let start = |key: &str| {
        let (sender, body) = given();
        let request = post("", &token).header("Idempotency-Key", key);
        let answer = answers.answer(request.body(body).unwrap());
        (sender, tokio::spawn(answer))
    };
    let text = csv(&row("2017-03-09", "3"));
    let (first_half, second_half) = text.split_at(100);
    let (sender, first) = start("a");
    // The channel has room for one chunk. When there is room again, the server reads the body.
    sender.send(first_half.to_owned().into()).await.unwrap();
    sender.reserve().await.unwrap();
    let (_other, same_key) = start("a");
    assert_eq!(same_key.await.unwrap().status(), 409);
    let (other, second) = start("b");
    other.send(first_half.to_owned().into()).await.unwrap();
    other.reserve().await.unwrap();
    // A complete body is imported, although earlier ones are incomplete.
    let (quick, third) = start("c");
    quick.send(text.clone().into()).await.unwrap();
    drop(quick);
    assert_eq!(third.await.unwrap().status(), 200);
    // Besides the running import, three bodies can arrive.
    let mut slow = Vec::new();
    for key in ["d", "e"] {
        let (more, answer) = start(key);
        more.send(first_half.to_owned().into()).await.unwrap();
        more.reserve().await.unwrap();
        slow.push((more, answer));
    }
    let (_fifth, busy) = start("f");
    let busy = busy.await.unwrap();
    assert_eq!(
        (busy.status().as_u16(), &busy.headers()["retry-after"]),
        (503, &"5".parse().unwrap())
    );

    drop(slow);
    for (sender, answer) in [(sender, first), (other, second)] {
        sender.send(second_half.to_owned().into()).await.unwrap();
        drop(sender);
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.into_body().collect().await.unwrap();
    }
    assert_eq!(
        figures(&server, partner()).await,
        "2017-03-09T00:00:00+00:00: 3/10"
    );
}

#[tokio::test]
async fn a_key_is_good_for_one_import() {
    let server = TestServer::new().await;
    let (first, second) = (csv(&row("2017-03-09", "3")), csv(&row("2017-03-09", "4")));
    let receipt = send_with_key(&server, "key", "", first.clone()).await;
    assert_eq!(json(&receipt)["deliveriesNew"], 1);
    // Another import restates it. Repeating the first import must not count as a restatement.
    assert_eq!(
        json(&send(&server, "", second.clone()).await)["deliveriesRestated"],
        1
    );
    let again = send_with_key(&server, "key", "", first.clone()).await;
    assert_eq!(again.body, receipt.body);
    assert_eq!(
        figures(&server, partner()).await,
        "2017-03-09T00:00:00+00:00: 4/10"
    );

    let other_body = send_with_key(&server, "key", "", second.clone()).await;
    assert_snapshot!(other_body.short(), @r#"
    422 Unprocessable Entity
    {"code":800002,"description":"this `Idempotency-Key` was used for another body or other parameters: use a new one","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    let other_way = send_with_key(&server, "key", "?skipBadRows=true", first.clone()).await;
    assert_eq!(other_way.head.status, 422);
    // A dry run ignores the key.
    let dry = send_with_key(&server, "key", "?dryRun=true", second.clone()).await;
    assert_eq!(json(&dry)["deliveriesUnchanged"], 1);

    // The key belongs to the partner, survives a restart, and expires after a week.
    let other: PartnerId = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
    let request = post("", &writer_token(other)).header("Idempotency-Key", "key");
    let answer = server
        .send(request.body(Body::from(second.clone())).unwrap())
        .await;
    assert_eq!(json(&answer)["deliveriesNew"], 1);
    let request = post("", &writer_token(partner())).header("Idempotency-Key", "key");
    let request = request.body(Body::from(first.clone())).unwrap();
    let after = restarted(&server).answer(request).await;
    let after = after.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(after, receipt.body);
    let now = crate::harness::start() + Duration::from_secs(7 * 24 * 3600);
    let kept = server.store.kept_receipt(partner(), "key", now).unwrap();
    assert_eq!(kept, None);
}

#[tokio::test]
async fn a_receipt_that_cannot_be_kept_is_sent_nevertheless() {
    let server = TestServer::new().await;
    let store = server.store.work_dir();
    let folder = store.join(format!("partners/{}", partner()));
    std::fs::create_dir_all(&folder).unwrap();
    // A file in place of the folder of receipts.
    std::fs::write(folder.join("receipts"), "").unwrap();
    let body = csv(&row("2017-03-09", "3"));
    let (log, _guard) = crate::recorder::Log::record();
    let stored = send_with_key(&server, "key", "", body.clone()).await;
    assert_eq!(json(&stored)["deliveriesNew"], 1, "{}", stored.text());
    assert!(log.text().contains("the receipt of an import is not kept"));
    let again = send_with_key(&server, "key", "", body).await;
    assert_eq!(json(&again)["deliveriesUnchanged"], 1);
}

#[tokio::test]
async fn an_import_that_failed_does_not_use_its_key_up() {
    let server = TestServer::new().await;
    let bad = csv(&row("2017-03-09", "three"));
    assert_eq!(
        send_with_key(&server, "key", "", bad).await.head.status,
        400
    );
    let mended = csv(&row("2017-03-09", "3"));
    let answer = send_with_key(&server, "key", "", mended).await;
    assert_eq!(json(&answer)["deliveriesNew"], 1);
}

#[tokio::test]
async fn imports_are_counted() {
    let server = TestServer::new().await;
    send(&server, "", csv(&row("2017-03-09", "3"))).await;
    send(&server, "?dryRun=true", csv(&row("2017-03-09", "3"))).await;
    send(&server, "", csv(&row("2017-03-09", "three"))).await;
    let metrics = server.get("/metrics").await.text();
    let mut lines: Vec<&str> = metrics
        .lines()
        .filter(|line| line.starts_with("seatwise_imports_total"))
        .collect();
    lines.sort_unstable();
    assert_snapshot!(lines.join("\n"), @r#"
    seatwise_imports_total{way="request",outcome="checked"} 1
    seatwise_imports_total{way="request",outcome="rejected"} 1
    seatwise_imports_total{way="request",outcome="stored"} 1
    "#);
}
