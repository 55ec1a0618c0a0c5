//! From stored data to bytes on the wire.

use std::fs;
use std::path::PathBuf;

use axum::body::Body;
use http::Request;
use insta::assert_snapshot;
use seatwise_store::{Kind, Store};
use seatwise_types::PartnerId;

use crate::harness::{
    DEPLOYMENT, DEPLOYMENT_COLUMNS, TestServer, USAGE, USAGE_COLUMNS, import_into, partner,
    user_token, writer_token,
};
use crate::recorder::Log;

pub(crate) const DOCUMENTED_USAGE: &str = "\
2017-03-10,Microsoft Dynamics CRM,crm,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Customer 005,CRM,0,3
2017-03-10,SharePoint,crm,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Customer 005,CRM,0,3
2017-03-09,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Customer 005,E3,0,5
2017-03-09,SharePoint,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Customer 005,E3,0,5
2017-03-09,Skype For Business,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Customer 005,E3,0,5";

pub(crate) const DOCUMENTED_DEPLOYMENT: &str = "\
2017-03-10,crm,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Customer 005,CRM,0,343
2017-03-14T03:25:16.36Z,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Customer 005,E3,45,4464";

pub(crate) fn other_partner() -> PartnerId {
    "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9".parse().unwrap()
}

#[tokio::test]
async fn the_documented_usage() {
    let server = TestServer::unpublished(|_| {});
    server
        .import(partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    server.app.refresh_now().await;
    let answer = server.get(USAGE).await;
    assert_eq!(answer.header("content-length"), "1156");
    assert_snapshot!(answer.text().replace("},{", "},\n{"), @r#"
    <mark>{"totalCount":5,"items":[{"proratedLicensesUsagePercent":0.0,"workloadName":"Microsoft Dynamics CRM","processedDateTime":"2017-03-10T00:00:00+00:00","serviceName":"crm","channel":"reseller","attributes":{"objectType":"PartnerLicensesUsageInsights"}},
    {"proratedLicensesUsagePercent":0.0,"workloadName":"SharePoint","processedDateTime":"2017-03-10T00:00:00+00:00","serviceName":"crm","channel":"reseller","attributes":{"objectType":"PartnerLicensesUsageInsights"}},
    {"proratedLicensesUsagePercent":0.0,"workloadName":"Exchange","processedDateTime":"2017-03-09T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"PartnerLicensesUsageInsights"}},
    {"proratedLicensesUsagePercent":0.0,"workloadName":"SharePoint","processedDateTime":"2017-03-09T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"PartnerLicensesUsageInsights"}},
    {"proratedLicensesUsagePercent":0.0,"workloadName":"Skype For Business","processedDateTime":"2017-03-09T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"PartnerLicensesUsageInsights"}}],"attributes":{"objectType":"Collection"}}
    "#);
}

/// The server takes a shorter way for a token that it verified before.
#[tokio::test]
async fn a_token_that_was_verified_before_gets_the_same_answer_and_log_line() {
    let mut server = TestServer::unpublished(|_| {});
    for (columns, rows) in [
        (USAGE_COLUMNS, DOCUMENTED_USAGE),
        (DEPLOYMENT_COLUMNS, DOCUMENTED_DEPLOYMENT),
    ] {
        server.import(partner(), columns, rows).await;
    }
    let token = user_token(partner());
    for (path, name, value) in [
        (USAGE, "Accept", "application/json"),
        (DEPLOYMENT, "Accept", "application/json"),
        (USAGE, "Accept-Encoding", "gzip"),
        (USAGE, "If-None-Match", "*"),
        (USAGE, "ValidateMfa", "true"),
    ] {
        // It has verified no token yet.
        server = server.restarted();
        server.app.refresh_now().await;
        let mut seen = Vec::new();
        for _ in 0..2 {
            let (log, _guard) = Log::record();
            let request = Request::get(path)
                .header("Authorization", format!("Bearer {token}"))
                .header("MS-RequestId", "6b588e9b-1d02-471a-bce2-79374497c24e")
                .header("MS-CorrelationId", "2ad9fa68-6f3a-4f3c-9a2b-6b0c0e7b5d1f")
                .header(name, value);
            let answer = server.send(request.body(Body::empty()).unwrap()).await;
            let headers = answer.head.headers.iter();
            let headers = headers.filter(|(name, _)| name.as_str() != "ms-cv");
            let headers: Vec<_> = headers
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            seen.push((answer.head.status, headers, answer.body, log.text()));
        }
        assert!(seen[0].3.contains("partner="), "{seen:?}");
        assert_eq!(seen[0], seen[1], "{path} {name}");
    }
}

/// As documented, except for one percent: 1.0 of 4464 is not a ratio of seats.
#[tokio::test]
async fn the_documented_deployment() {
    let server = TestServer::unpublished(|_| {});
    server
        .import(partner(), DEPLOYMENT_COLUMNS, DOCUMENTED_DEPLOYMENT)
        .await;
    server.app.refresh_now().await;
    let answer = server.get(DEPLOYMENT).await;
    assert_snapshot!(answer.text().replace("},{", "},\n{"), @r#"
    <mark>{"totalCount":2,"items":[{"proratedDeploymentPercent":0.0,"licensesSold":343,"processedDateTime":"2017-03-10T00:00:00+00:00","serviceName":"crm","channel":"reseller","attributes":{"objectType":"PartnerLicensesDeploymentInsights"}},
    {"proratedDeploymentPercent":1.01,"licensesSold":4464,"processedDateTime":"2017-03-14T03:25:16.36+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"PartnerLicensesDeploymentInsights"}}],"attributes":{"objectType":"Collection"}}
    "#);
    assert!(
        server
            .get(USAGE)
            .await
            .text()
            .starts_with(r#"<mark>{"totalCount":0,"#)
    );
}

#[tokio::test]
async fn a_commit_of_another_process_is_published() {
    let server = TestServer::new().await;
    let before = server.get(USAGE).await;
    let elsewhere = Store::open(server.store.work_dir()).unwrap();
    import_into(&elsewhere, partner(), USAGE_COLUMNS, DOCUMENTED_USAGE).await;
    assert_eq!(server.get(USAGE).await.body, before.body);

    server.app.refresh_now().await;
    let after = server.get(USAGE).await;
    assert_eq!(after.header("content-length"), "1156");
    assert_ne!(after.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn what_did_not_change_is_not_published_again() {
    let server = TestServer::unpublished(|_| {});
    server
        .import(partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    let (log, _guard) = Log::record();
    server.app.refresh_now().await;
    server
        .import(partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    server.app.refresh_now().await;
    assert_eq!(
        log.text().matches("publishing a new answer").count(),
        2,
        "{}",
        log.text()
    );
}

#[tokio::test]
async fn a_caller_sees_its_own_partner_only() {
    let server = TestServer::unpublished(|_| {});
    server
        .import(other_partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    server.app.refresh_now().await;
    assert!(
        server
            .get(USAGE)
            .await
            .text()
            .starts_with(r#"<mark>{"totalCount":0,"#)
    );

    let other = Request::get(format!("{USAGE}?tenantId={}", partner()))
        .header(
            "Authorization",
            format!("Bearer {}", user_token(other_partner())),
        )
        .header("X-Tenant", partner().to_string());
    let answer = server.send(other.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("content-length"), "1156");
}

#[tokio::test]
async fn what_cannot_be_read_keeps_its_last_answer() {
    let server = TestServer::unpublished(|_| {});
    server
        .import(partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    server.app.refresh_now().await;
    damage(&server, partner());
    server.advance(std::time::Duration::from_secs(60));

    let (log, guard) = Log::record();
    server.app.refresh_now().await;
    server.app.refresh_now().await;
    drop(guard);
    assert_eq!(server.get(USAGE).await.header("content-length"), "1156");
    assert_eq!(server.get("/readyz").await.head.status, 503);
    assert_eq!(
        log.text().matches("failed to refresh").count(),
        1,
        "{}",
        log.text()
    );
    let metrics = server.get("/metrics").await.text();
    assert!(
        metrics.contains("seatwise_refresh_failures_total 2\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("seatwise_unreadable_partners 1\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_partner_that_cannot_be_read_makes_no_other_look_old() {
    let server = TestServer::unpublished(|_| {});
    for partner in [partner(), other_partner()] {
        let rows = DOCUMENTED_USAGE;
        server.import(partner, USAGE_COLUMNS, rows).await;
    }
    server.app.refresh_now().await;
    damage(&server, partner());
    server.advance(std::time::Duration::from_secs(60));
    server.app.refresh_now().await;
    server.advance(std::time::Duration::from_secs(7));
    let metrics = server.get("/metrics").await.text();
    for line in [
        "seatwise_published_age_seconds 7\n",
        "seatwise_unreadable_partners 1\n",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
}

#[tokio::test]
async fn what_could_never_be_read_is_unavailable_for_that_partner() {
    let server = TestServer::unpublished(|_| {});
    server
        .import(partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    server
        .import(other_partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    damage(&server, partner());
    server.app.refresh_now().await;

    let answer = server.get(USAGE).await;
    assert_snapshot!(answer.short(), @r#"
    503 Service Unavailable
    {"code":800003,"description":"Service Unavailable","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    let other = Request::get(USAGE).header(
        "Authorization",
        format!("Bearer {}", user_token(other_partner())),
    );
    let other = server.send(other.body(Body::empty()).unwrap()).await;
    assert_eq!(other.header("content-length"), "1156");
    // An unreadable table does not make the server unready.
    assert_snapshot!(server.get("/readyz").await.short(), @r"
    200 OK
    ready, but 1 table cannot be read: see the log
    ");
}

#[tokio::test]
async fn a_partner_whose_folder_is_gone_is_unavailable_at_every_address() {
    let server = TestServer::unpublished(|_| {});
    for (columns, rows) in [
        (USAGE_COLUMNS, DOCUMENTED_USAGE),
        (DEPLOYMENT_COLUMNS, DOCUMENTED_DEPLOYMENT),
    ] {
        server.import(partner(), columns, rows).await;
    }
    let folder = server.store.work_dir().join("partners");
    let folder = folder.join(partner().to_string());
    fs::rename(&folder, server.store.work_dir().join("moved")).unwrap();
    let server = server.restarted();
    server.app.refresh_now().await;
    for target in [
        USAGE,
        DEPLOYMENT,
        "/v1/customers",
        "/seatwise/v1/history?metric=usage&from=2017-03-01&to=2017-03-31",
        "/seatwise/v1/coverage?metric=usage",
    ] {
        let answer = server.get(target).await;
        assert_eq!(answer.head.status, 503, "{target}: {}", answer.short());
    }
    let rows = format!("{USAGE_COLUMNS}\n{DOCUMENTED_USAGE}");
    let import = Request::post("/seatwise/v1/import")
        .header(
            "Authorization",
            format!("Bearer {}", writer_token(partner())),
        )
        .header("Content-Type", "text/csv");
    let answer = server.send(import.body(Body::from(rows)).unwrap()).await;
    assert_eq!(answer.head.status, 503, "{}", answer.short());
    assert!(!folder.exists(), "an import made a new folder");
}

#[tokio::test]
async fn a_server_of_which_nothing_can_be_read_is_not_ready() {
    let server = TestServer::unpublished(|_| {});
    server
        .import(partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    damage(&server, partner());
    server.app.refresh_now().await;
    assert_eq!(server.get("/readyz").await.head.status, 503);
}

#[tokio::test]
async fn deployment_is_answered_and_kept_fresh_while_usage_is_damaged() {
    let server = TestServer::unpublished(|_| {});
    server
        .import(partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    server
        .import(partner(), DEPLOYMENT_COLUMNS, DOCUMENTED_DEPLOYMENT)
        .await;
    damage(&server, partner());
    server.app.refresh_now().await;
    assert_eq!(server.get(USAGE).await.head.status, 503);
    let answer = server.get(DEPLOYMENT).await.text();
    assert!(answer.starts_with(r#"<mark>{"totalCount":2,"#), "{answer}");
    assert_eq!(server.get("/readyz").await.head.status, 200);
}

#[tokio::test]
async fn what_is_gone_keeps_its_last_answer_and_questions_are_unavailable() {
    let server = TestServer::unpublished(|_| {});
    server
        .import(partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    server.app.refresh_now().await;
    let data = server.store.work_dir().to_owned();
    let question = format!("{USAGE}?asOf=2017-03-09");
    assert_eq!(server.get(&question).await.head.status, 200);
    let table = format!("partners/{}/usage", partner());
    let (log, _guard) = Log::record();
    for (number, gone) in (1..).zip(["", "partners", &table]) {
        // An unmounted folder leaves an empty one.
        let away = data.with_file_name("away");
        fs::rename(data.join(gone), &away).unwrap();
        if gone.is_empty() {
            fs::create_dir(&data).unwrap();
        }
        server.app.refresh_now().await;
        assert_eq!(server.get(USAGE).await.header("content-length"), "1156");
        assert_eq!(server.get(&question).await.head.status, 503, "{gone}");
        assert_eq!(server.get("/readyz").await.head.status, 503, "{gone}");
        assert!(
            server.metric("seatwise_unreadable_partners 1").await,
            "{gone}"
        );
        let failures = log.text().matches("failed to refresh").count();
        assert!(failures >= number, "{gone}: {}", log.text());

        if gone.is_empty() {
            fs::remove_dir(&data).unwrap();
        }
        fs::rename(&away, data.join(gone)).unwrap();
        server.app.refresh_now().await;
        assert_eq!(server.get(&question).await.head.status, 200, "{gone}");
        assert_eq!(server.get("/readyz").await.head.status, 200, "{gone}");
        assert!(
            server.metric("seatwise_unreadable_partners 0").await,
            "{gone}"
        );
    }
}

/// Adds an invalid version to the usage table.
pub(crate) fn damage(server: &TestServer, partner: PartnerId) {
    let table = server
        .store
        .work_dir()
        .join("partners")
        .join(partner.to_string());
    let log = table.join(Kind::Usage.to_string()).join("_delta_log");
    let versions = fs::read_dir(&log)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let newest: PathBuf = versions.filter(|path| is_version(path)).max().unwrap();
    let newest: u64 = newest
        .file_stem()
        .unwrap()
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    fs::write(
        log.join(format!("{:020}.json", newest + 1)),
        "not a version",
    )
    .unwrap();
}

fn is_version(path: &std::path::Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.strip_suffix(".json")
        .is_some_and(|stem| stem.parse::<u64>().is_ok())
}
