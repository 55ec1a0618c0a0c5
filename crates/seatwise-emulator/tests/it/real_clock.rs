//! The emulator's clock affects what clients see, but nothing that is stored.

use std::fs;
use std::time::{Duration, Instant};

use axum::body::Body;
use http::{Request, header};
use insta::assert_snapshot;
use seatwise_server::{Config, ImportFrom};

use crate::control::control;
use crate::harness::{
    Answer, TestServer, USAGE, USAGE_COLUMNS, emulated, partner, start, writer_token,
};

/// A file with the seats of a customer, whose tenant id ends with its number.
fn file(customer: u32) -> String {
    format!(
        "{USAGE_COLUMNS}\n2017-03-09,Exchange,o365,,reseller,\
         4d3cf487-70f4-4e1e-9ff1-b2bf{customer:08x},C,E3,1,10\n"
    )
}

async fn post(server: &TestServer, customer: u32) -> Answer {
    let token = format!("Bearer {}", writer_token(partner()));
    let request = Request::post("/seatwise/v1/import").header(header::AUTHORIZATION, token);
    server
        .send(request.body(Body::from(file(customer))).unwrap())
        .await
}

#[tokio::test]
async fn what_is_stored_while_the_clock_is_set_is_stored_with_the_real_one() {
    let watched = tempfile::tempdir().unwrap();
    let folder = watched.path().to_owned();
    let server = TestServer::with(move |config: &mut Config| {
        emulated("none")(config);
        config.import_from = Some(ImportFrom {
            folder,
            partner: Some(partner()),
            every: Duration::ZERO,
            settle: Duration::ZERO,
        });
    })
    .await;
    // As long as the token is valid.
    control(&server, "PUT", "clock", r#"{"advance":"50m"}"#).await;
    assert_eq!(post(&server, 1).await.head.status, 200);
    let recorded = async || {
        let status = server.store.status().await.unwrap();
        status[0].tables[0].last_recorded_at.unwrap()
    };
    assert_eq!(recorded().await, start());
    fs::write(watched.path().join("usage.csv"), file(2)).unwrap();
    server.app.import_from_folder(Instant::now()).await;
    assert_eq!(recorded().await, start() + Duration::from_millis(1));

    // An instant that is past only for the emulator cannot be settled.
    server.app.refresh_now().await;
    let at = |known_at: &str| format!("{USAGE}?knownAt={known_at}");
    assert_snapshot!(server.get(&at("2017-03-15T18:00:00Z")).await.short(), @r#"
    400 Bad Request
    {"code":3000,"description":"knownAt: `2017-03-15T18:00:00Z` is in the future: it is 2017-03-15T17:43:11Z now","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    let settled = server.get(&at("2017-03-15T17:43:11Z")).await;
    assert_eq!(settled.head.status, 200);
    let settled = server
        .store
        .work_dir()
        .join(format!("partners/{}/settled-at", partner()));
    assert!(!settled.exists());

    // If the clock is set back, instants are still compared with the real time.
    control(&server, "PUT", "clock", r#"{"advance":"-60m"}"#).await;
    server.advance(Duration::from_secs(60));
    control(&server, "PUT", "clock", r#"{"now":"2017-03-15T17:43:11Z"}"#).await;
    assert_eq!(
        server.get(&at("2017-03-15T17:44:00Z")).await.head.status,
        200
    );
    assert_eq!(
        fs::read_to_string(settled).unwrap(),
        "2017-03-15T17:44:00Z\n"
    );
    assert_eq!(post(&server, 3).await.head.status, 200);
    assert_eq!(recorded().await, start() + Duration::from_secs(60));
}
