//! Figures of months: what is answered, and that nothing else changes by them.

use insta::assert_snapshot;
use seatwise_types::PartnerId;

use crate::harness::{DEPLOYMENT, TestServer, USAGE, import_into, partner};

const CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

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
async fn nobody_else_s_and_nothing_that_cannot_be_asked() {
    let server = TestServer::new().await;
    let other: PartnerId = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
    let columns =
        "CustomerTenantId,CustomerName,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers";
    let rows = format!("{CUSTOMER},C,Exchange,2017-01,8,5");
    import_into(&server.store, other, columns, &rows).await;
    let answer = server.get("/seatwise/v1/monthly?metric=usage").await;
    assert_snapshot!(answer.text(), @r#"{"metric":"usage","window":"month","items":[]}"#);
    let mut told = String::new();
    for query in [
        "",
        "?metric=seats",
        "?metric=usage&month=2017-1",
        "?metric=usage&metric=usage",
    ] {
        let answer = server.get(&format!("/seatwise/v1/monthly{query}")).await;
        told += &format!("{}\n", answer.short());
    }
    assert_snapshot!(told, @r#"
    400 Bad Request
    {"code":"3000","description":"metric: `usage` or `deployment` is expected","source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":"3000","description":"metric: `usage` or `deployment` is expected","source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":"3000","description":"month: a month such as `2026-09` is expected","source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":"800002","description":"the parameter `metric` is there twice","source":"PartnerApiServiceControllers"}
    "#);
}
