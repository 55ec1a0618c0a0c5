//! Figures of months: the responses, and that other figures do not change.

use std::time::Duration;

use insta::assert_snapshot;
use seatwise_types::extensions::{MonthlyFigures, MonthlyRange};
use seatwise_types::{PartnerId, wire};

use crate::harness::{DEPLOYMENT, TestServer, USAGE, import_into, partner};

const CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
const OTHER: &str = "b1d0b5a3-1c5e-4f0e-8f4f-3a7f7f3c2d10";

async fn filled() -> TestServer {
    let server = TestServer::new().await;
    let columns = "CustomerTenantId,CustomerName,WorkloadName,Month,PaidAvailableUnits,\
        MonthlyActiveUsers,IsDuplicateRowForPGA";
    let rows =
        format!("{CUSTOMER},C***,Exchange,2017-01,8,5,0\n{CUSTOMER},C***,Exchange,2017-01,8,5,1");
    server.import(partner(), columns, &rows).await;
    let columns = "Month,SubscriptionId,RevSumDivisionName,SKU,SKUId,CustomerName,CustomerTenantId,\
        AvailableSeats,AssignedSeats,ActiveSeats";
    let sku = "6fd2c87f-b296-42f0-b197-1e91e994b900";
    let rows = format!("2017-01,s1,D,SALES,{sku},C***,{CUSTOMER},10,3,1");
    server.import(partner(), columns, &rows).await;
    server
}

#[tokio::test]
async fn by_service_workload_and_product() {
    let server = filled().await;
    let usage = server.get("/seatwise/v1/monthly?metric=usage").await;
    assert_snapshot!(usage.short(), @r#"
    200 OK
    {"metric":"usage","window":"month","month":"2017-01","processedDate":"2017-01-31","items":[{"serviceCode":"crm","serviceName":"Microsoft Dynamics","productId":"6FD2C87F-B296-42F0-B197-1E91E994B900","productName":"SALES","licensesActive":1,"licensesQualified":10,"usagePercent":10.0},{"serviceCode":"o365","serviceName":"Microsoft Office 365","workloadName":"Exchange","licensesActive":5,"licensesQualified":8,"usagePercent":62.5}]}
    "#);
    let deployment = server
        .get("/seatwise/v1/monthly?METRIC=Deployment&month=2017-01")
        .await;
    assert_snapshot!(deployment.short(), @r#"
    200 OK
    {"metric":"deployment","window":"month","month":"2017-01","processedDate":"2017-01-31","items":[{"serviceCode":"crm","serviceName":"Microsoft Dynamics","productId":"6FD2C87F-B296-42F0-B197-1E91E994B900","productName":"SALES","licensesDeployed":3,"licensesSold":10,"deploymentPercent":30.0}]}
    "#);
    let other_month = server
        .get("/seatwise/v1/monthly?metric=usage&month=2016-12")
        .await;
    assert_snapshot!(other_month.text(), @r#"{"metric":"usage","window":"month","month":"2016-12","processedDate":"2016-12-31","items":[]}"#);
}

#[tokio::test]
async fn no_figure_of_28_days_has_them() {
    let server = filled().await;
    server.app.refresh_now().await;
    let empty = TestServer::new().await;
    for path in [
        USAGE,
        DEPLOYMENT,
        "/v1/customers",
        "/v1/analytics/commercial/usage/license",
        "/v1/analytics/commercial/deployment/license",
        &format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage"),
    ] {
        let (with, without) = (server.get(path).await, empty.get(path).await);
        assert_eq!(with.short(), without.short(), "{path}");
    }
}

#[tokio::test]
async fn no_other_partner_s_and_nothing_that_cannot_be_asked() {
    let server = TestServer::new().await;
    let other: PartnerId = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
    let columns =
        "CustomerTenantId,CustomerName,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers";
    let rows = format!("{CUSTOMER},C,Exchange,2017-01,8,5");
    import_into(&server.store, other, columns, &rows).await;
    let answer = server.get("/seatwise/v1/monthly?metric=usage").await;
    assert_snapshot!(answer.text(), @r#"{"metric":"usage","window":"month","items":[]}"#);
    let mut answers = String::new();
    for query in [
        "?metric=seats",
        "?metric=usage&month=2017-1",
        "?metric=usage&metric=usage",
        "?from=2017-01",
        "?to=2017-01",
        "?from=2017-02&to=2017-01",
        "?from=2007-01&to=2017-01",
        "?from=2017-01&to=2017-01&month=2017-01",
        "?asOf=2017-01-31",
        "?knownAt=2017-03-15T17:43:12Z",
        "?channel=reseller",
        "?metric=deployment&workload=Exchange",
        "?customer=contoso",
    ] {
        let answer = server.get(&format!("/seatwise/v1/monthly{query}")).await;
        answers += &format!("{}\n", answer.short());
    }
    assert_snapshot!(answers, @r#"
    400 Bad Request
    {"code":3000,"description":"metric: `seats` is none of usage, deployment","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"month: `2017-1` is not a month such as `2026-09`","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"the parameter `metric` is there twice","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"to: a month such as `2026-09` is expected","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"from: a month such as `2026-09` is expected","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"to: from 2017-02 to 2017-01 is not a span of 1 to 120 months","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"to: from 2007-01 to 2017-01 is not a span of 1 to 120 months","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"month: either it or `from` and `to` can be asked for","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"asOf: a month is asked for with `month`, several with `from` and `to`","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"knownAt: `2017-03-15T17:43:12Z` is in the future: it is 2017-03-15T17:43:11Z now","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"channel: downloads do not say how a seat is sold","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"workload: deployment has no workloads","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"customer: `contoso` is not a GUID like `4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04`","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    // The default metric is usage.
    let answer = server.get("/seatwise/v1/monthly").await;
    assert_snapshot!(answer.text(), @r#"{"metric":"usage","window":"month","items":[]}"#);
}

#[tokio::test]
async fn several_months_with_their_gaps() {
    let server = filled().await;
    let columns =
        "CustomerTenantId,CustomerName,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers";
    let rows = format!("{OTHER},F,Exchange,2016-11,10,3\n{OTHER},F,Exchange,2017-01,2,1");
    server.import(partner(), columns, &rows).await;
    let path = "/seatwise/v1/monthly?from=2016-11&to=2017-01";
    let office = server.get(&format!("{path}&service=o365")).await;
    assert_snapshot!(office.text(), @r#"{"metric":"usage","window":"month","from":"2016-11","to":"2017-01","knownAt":"2017-03-15T17:43:11.003Z","months":[{"month":"2016-11","processedDate":"2016-11-30","items":[{"serviceCode":"o365","serviceName":"Microsoft Office 365","workloadName":"Exchange","licensesActive":3,"licensesQualified":10,"usagePercent":30.0}]},{"month":"2016-12","processedDate":"2016-12-31","gap":"noDelivery"},{"month":"2017-01","processedDate":"2017-01-31","items":[{"serviceCode":"o365","serviceName":"Microsoft Office 365","workloadName":"Exchange","licensesActive":6,"licensesQualified":10,"usagePercent":60.0}]}]}"#);
    let decoded: MonthlyRange = wire::decode(&office.body).unwrap();
    assert_eq!(wire::encode(&decoded), office.body);
    let customer = server
        .get(&format!("{path}&customer={CUSTOMER}&product=Sales"))
        .await;
    assert_snapshot!(customer.text(), @r#"{"metric":"usage","window":"month","from":"2016-11","to":"2017-01","knownAt":"2017-03-15T17:43:11.003Z","months":[{"month":"2016-11","processedDate":"2016-11-30","gap":"noDelivery"},{"month":"2016-12","processedDate":"2016-12-31","gap":"noDelivery"},{"month":"2017-01","processedDate":"2017-01-31","items":[{"serviceCode":"crm","serviceName":"Microsoft Dynamics","productId":"6FD2C87F-B296-42F0-B197-1E91E994B900","productName":"SALES","licensesActive":1,"licensesQualified":10,"usagePercent":10.0}]}]}"#);
    let of_one = server
        .get(&format!(
            "/seatwise/v1/monthly?customer={OTHER}&month=2017-01"
        ))
        .await;
    assert_snapshot!(of_one.text(), @r#"{"metric":"usage","window":"month","month":"2017-01","processedDate":"2017-01-31","items":[{"serviceCode":"o365","serviceName":"Microsoft Office 365","workloadName":"Exchange","licensesActive":1,"licensesQualified":2,"usagePercent":50.0}]}"#);
}

#[tokio::test]
async fn what_was_known_is_answered_again() {
    let server = filled().await;
    server.advance(Duration::from_secs(1));
    let path = "/seatwise/v1/monthly?from=2016-12&to=2017-01&service=o365";
    let before = server.get(path).await;
    let one = "/seatwise/v1/monthly?service=o365&knownAt=2017-03-15T17:43:11Z";
    let one_before = server.get(one).await;
    assert_snapshot!(one_before.text(), @r#"{"metric":"usage","window":"month","month":"2017-01","processedDate":"2017-01-31","knownAt":"2017-03-15T17:43:11Z","items":[{"serviceCode":"o365","serviceName":"Microsoft Office 365","workloadName":"Exchange","licensesActive":5,"licensesQualified":8,"usagePercent":62.5}]}"#);
    let columns =
        "CustomerTenantId,CustomerName,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers";
    let rows = format!("{CUSTOMER},C,Exchange,2017-01,8,7\n{CUSTOMER},C,Exchange,2017-02,8,1");
    server.import(partner(), columns, &rows).await;
    assert_ne!(server.get(path).await.body, before.body);
    let range: MonthlyRange = wire::decode(&before.body).unwrap();
    let known_at = range.known_at.unwrap();
    let again = server.get(&format!("{path}&knownAt={known_at}")).await;
    assert_eq!(again.text(), before.text());
    assert_eq!(server.get(one).await.body, one_before.body);
    let newest = server.get("/seatwise/v1/monthly?service=o365").await;
    let newest: MonthlyFigures = wire::decode(&newest.body).unwrap();
    assert_eq!(
        newest.month.map(|month| month.to_string()).as_deref(),
        Some("2017-02")
    );
    assert_eq!(newest.known_at, None);
}
