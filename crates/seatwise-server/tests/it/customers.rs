//! Customers: the list with its pages, one customer, and its licence analytics.

use axum::body::Body;
use http::Request;
use http::header::AUTHORIZATION;
use insta::{allow_duplicates, assert_snapshot};
use seatwise_types::{
    Collection, Customer, CustomerField, CustomerFilter, LicensesUsageRow, Links, PartnerId, wire,
};
use url::form_urlencoded::byte_serialize;

use crate::harness::{
    Answer, DEPLOYMENT_COLUMNS, TestServer, USAGE_COLUMNS, app_token, get, partner, user_token,
};

pub(crate) const CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

/// The documented responses for one customer, as rows.
pub(crate) const DOCUMENTED_USAGE: &str = "\
2017-03-09,Skype For Business,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,OFFICE 365 BUSINESS ESSENTIALS,0,1
2017-03-09,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,OFFICE 365 BUSINESS ESSENTIALS,0,1
2017-03-09,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,EXCHANGE ONLINE (PLAN 1),0,5
2017-03-09,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE,0,2
2017-03-09,SharePoint,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,OFFICE 365 BUSINESS ESSENTIALS,0,1";

pub(crate) const DOCUMENTED_DEPLOYMENT: &str = "\
2017-03-14T03:25:16.36Z,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,OFFICE 365 BUSINESS ESSENTIALS,0,1
2017-03-14T03:25:16.36Z,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,EXCHANGE ONLINE (PLAN 1),0,5
2017-03-14T03:25:16.36Z,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE,0,2";

fn usage_of(customer: &str) -> String {
    format!("/v1/customers/{customer}/analytics/licenses/usage")
}

fn deployment_of(customer: &str) -> String {
    format!("/v1/customers/{customer}/analytics/licenses/deployment")
}

#[tokio::test]
async fn the_documented_usage_of_a_customer() {
    let server = TestServer::new().await;
    server
        .import(partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    let answer = server.get(&usage_of(CUSTOMER)).await;
    assert_eq!(answer.header("content-length"), "1726");
    assert_snapshot!(answer.text().replace("},{", "},\n{"), @r#"
    <mark>{"totalCount":5,"items":[{"customerName":"DT DEMO CSP CUSTOMER 005","productName":"OFFICE 365 BUSINESS ESSENTIALS","licensesActive":0,"licensesQualified":1,"usagePercent":0.0,"workloadName":"Exchange","processedDateTime":"2017-03-09T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"CustomerLicensesUsageInsights"}},
    {"customerName":"DT DEMO CSP CUSTOMER 005","productName":"OFFICE 365 BUSINESS ESSENTIALS","licensesActive":0,"licensesQualified":1,"usagePercent":0.0,"workloadName":"SharePoint","processedDateTime":"2017-03-09T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"CustomerLicensesUsageInsights"}},
    {"customerName":"DT DEMO CSP CUSTOMER 005","productName":"OFFICE 365 BUSINESS ESSENTIALS","licensesActive":0,"licensesQualified":1,"usagePercent":0.0,"workloadName":"Skype For Business","processedDateTime":"2017-03-09T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"CustomerLicensesUsageInsights"}},
    {"customerName":"DT DEMO CSP CUSTOMER 005","productName":"EXCHANGE ONLINE (PLAN 1)","licensesActive":0,"licensesQualified":5,"usagePercent":0.0,"workloadName":"Exchange","processedDateTime":"2017-03-09T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"CustomerLicensesUsageInsights"}},
    {"customerName":"DT DEMO CSP CUSTOMER 005","productName":"EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE","licensesActive":0,"licensesQualified":2,"usagePercent":0.0,"workloadName":"Exchange","processedDateTime":"2017-03-09T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"CustomerLicensesUsageInsights"}}],"attributes":{"objectType":"Collection"}}
    "#);
}

#[tokio::test]
async fn the_documented_deployment_of_a_customer() {
    let server = TestServer::new().await;
    server
        .import(partner(), DEPLOYMENT_COLUMNS, DOCUMENTED_DEPLOYMENT)
        .await;
    let answer = server.get(&deployment_of(CUSTOMER)).await;
    assert_eq!(answer.header("content-length"), "1012");
    assert_snapshot!(answer.text().replace("},{", "},\n{"), @r#"
    <mark>{"totalCount":3,"items":[{"customerName":"DT DEMO CSP CUSTOMER 005","productName":"OFFICE 365 BUSINESS ESSENTIALS","licensesDeployed":0,"deploymentPercent":0.0,"licensesSold":1,"processedDateTime":"2017-03-14T03:25:16.36+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"CustomerLicensesDeploymentInsights"}},
    {"customerName":"DT DEMO CSP CUSTOMER 005","productName":"EXCHANGE ONLINE (PLAN 1)","licensesDeployed":0,"deploymentPercent":0.0,"licensesSold":5,"processedDateTime":"2017-03-14T03:25:16.36+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"CustomerLicensesDeploymentInsights"}},
    {"customerName":"DT DEMO CSP CUSTOMER 005","productName":"EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE","licensesDeployed":0,"deploymentPercent":0.0,"licensesSold":2,"processedDateTime":"2017-03-14T03:25:16.36+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"CustomerLicensesDeploymentInsights"}}],"attributes":{"objectType":"Collection"}}
    "#);
}

/// A customer with deployment only has an empty usage, not an error.
#[tokio::test]
async fn a_customer_without_rows_of_a_kind() {
    let server = TestServer::new().await;
    server
        .import(partner(), DEPLOYMENT_COLUMNS, DOCUMENTED_DEPLOYMENT)
        .await;
    assert_snapshot!(server.get(&usage_of(CUSTOMER)).await.short(), @r#"
    200 OK
    <mark>{"totalCount":0,"items":[],"attributes":{"objectType":"Collection"}}
    "#);
}

#[tokio::test]
async fn documented_fields_on_request() {
    let server = TestServer::with(|config| config.wire.documented_fields = true).await;
    let row = DOCUMENTED_USAGE.lines().next().unwrap();
    server.import(partner(), USAGE_COLUMNS, row).await;
    assert_snapshot!(server.get(&usage_of(CUSTOMER)).await.text(), @r#"<mark>{"totalCount":1,"items":[{"customerName":"DT DEMO CSP CUSTOMER 005","productName":"OFFICE 365 BUSINESS ESSENTIALS","licensesActive":0,"licensesQualified":1,"usagePercent":0.0,"workloadName":"Skype For Business","processedDateTime":"2017-03-09T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"CustomerLicensesUsageInsights"},"customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","serviceCode":"o365"}],"attributes":{"objectType":"Collection"}}"#);
    let commercial = "/v1/analytics/commercial/usage/license";
    assert_snapshot!(server.get(commercial).await.text(), @r#"{"Value":[{"processedDateTime":"2017-03-09T00:00:00","workloadName":"Skype For Business","serviceCode":"o365","serviceName":"Microsoft Office 365","channel":"reseller","customerTenantId":"4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04","customerName":"DT DEMO CSP CUSTOMER 005","productName":"OFFICE 365 BUSINESS ESSENTIALS","licensesActive":0,"licensesQualified":1,"licenseActive":0}],"@nextLink":null,"TotalCount":1}"#);
}

/// Customers of another partner, unknown customers, and invalid ids.
#[tokio::test]
async fn other_customers() {
    let server = TestServer::new().await;
    let other: PartnerId = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9".parse().unwrap();
    server.import(other, USAGE_COLUMNS, DOCUMENTED_USAGE).await;
    let unknown = "4d3cf487-70f4-4e1e-9ff1-000000000000";
    for path in [usage_of, deployment_of, |id: &str| {
        format!("/v1/customers/{id}")
    }] {
        let of_other = server.get(&path(CUSTOMER)).await;
        let of_unknown = server.get(&path(unknown)).await;
        assert_eq!(of_other.short(), of_unknown.short());
        let malformed = server.get(&path("4d3cf487")).await;
        allow_duplicates! {
            assert_snapshot!(of_unknown.short(), @r#"
            404 Not Found
            {"code":60003,"description":"the partner has no customer with this id","data":[],"source":"PartnerApiServiceControllers"}
            "#);
            assert_snapshot!(malformed.short(), @r#"
            400 Bad Request
            {"code":900118,"description":"the customer id is not a GUID","data":[],"source":"PartnerApiServiceControllers"}
            "#);
        }
        assert_eq!(server.get(&path("%ff")).await.short(), malformed.short());
    }
}

#[tokio::test]
async fn the_newest_delivery_of_a_customer() {
    let server = TestServer::new().await;
    let row = |date: &str, product: &str, active: u32| {
        format!("{date},Exchange,o365,,reseller,{CUSTOMER},Northwind,{product},{active},9")
    };
    server
        .import(partner(), USAGE_COLUMNS, &row("2017-01-01", "E1", 1))
        .await;
    server
        .import(partner(), USAGE_COLUMNS, &row("2017-03-01", "E3", 2))
        .await;
    server
        .import(partner(), USAGE_COLUMNS, &row("2017-02-01", "E5", 3))
        .await;
    let text = server.get(&usage_of(CUSTOMER)).await.text();
    assert!(
        text.contains(r#""totalCount":1,"#) && text.contains("E3"),
        "{text}"
    );
    server
        .import(partner(), USAGE_COLUMNS, &row("2017-03-01", "E3", 4))
        .await;
    let text = server.get(&usage_of(CUSTOMER)).await.text();
    assert!(text.contains(r#""licensesActive":4,"#), "{text}");
}

fn names() -> [String; 7] {
    let names = [
        "Adatum",
        "Contoso",
        "contoso Ltd",
        "Ænima & Co",
        "Fabrikam",
        "Northwind",
        "Zoo",
    ];
    names.map(String::from)
}

async fn server_with_customers() -> TestServer {
    let server = TestServer::new().await;
    for (number, name) in names().iter().enumerate() {
        let row = format!(
            "2017-03-09,o365,,reseller,0a000000-0000-4000-8000-00000000000{number},{name},E3,1,2"
        );
        server.import(partner(), DEPLOYMENT_COLUMNS, &row).await;
    }
    server
}

fn customers(answer: &Answer) -> (Vec<String>, Links, Option<String>) {
    let page: Collection<Customer> = wire::decode(&answer.body).unwrap();
    assert_eq!(page.total_count, page.items.len() as u64);
    let names = page
        .items
        .into_iter()
        .map(|it| it.company_profile.company_name.unwrap());
    (
        names.collect(),
        page.links.unwrap(),
        page.continuation_token,
    )
}

async fn follow(server: &TestServer, path: &str, token: &str) -> Answer {
    let request = get(path).header("MS-ContinuationToken", token);
    server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_list_of_customers() {
    let server = server_with_customers().await;
    assert_snapshot!(server.get("/v1/customers?size=0").await.text().replace("},{", "},\n{"), @r#"
    <mark>{"totalCount":7,"items":[{"id":"0a000000-0000-4000-8000-000000000000","companyProfile":{"tenantId":"0a000000-0000-4000-8000-000000000000","companyName":"Adatum","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000000/profiles/company","method":"GET","headers":[]}},"attributes":{"objectType":"CustomerCompanyProfile"}},"relationshipToPartner":"reseller","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000000","method":"GET","headers":[]}},"attributes":{"objectType":"Customer"}},
    {"id":"0a000000-0000-4000-8000-000000000001","companyProfile":{"tenantId":"0a000000-0000-4000-8000-000000000001","companyName":"Contoso","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000001/profiles/company","method":"GET","headers":[]}},"attributes":{"objectType":"CustomerCompanyProfile"}},"relationshipToPartner":"reseller","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000001","method":"GET","headers":[]}},"attributes":{"objectType":"Customer"}},
    {"id":"0a000000-0000-4000-8000-000000000002","companyProfile":{"tenantId":"0a000000-0000-4000-8000-000000000002","companyName":"contoso Ltd","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000002/profiles/company","method":"GET","headers":[]}},"attributes":{"objectType":"CustomerCompanyProfile"}},"relationshipToPartner":"reseller","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000002","method":"GET","headers":[]}},"attributes":{"objectType":"Customer"}},
    {"id":"0a000000-0000-4000-8000-000000000003","companyProfile":{"tenantId":"0a000000-0000-4000-8000-000000000003","companyName":"Ænima & Co","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000003/profiles/company","method":"GET","headers":[]}},"attributes":{"objectType":"CustomerCompanyProfile"}},"relationshipToPartner":"reseller","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000003","method":"GET","headers":[]}},"attributes":{"objectType":"Customer"}},
    {"id":"0a000000-0000-4000-8000-000000000004","companyProfile":{"tenantId":"0a000000-0000-4000-8000-000000000004","companyName":"Fabrikam","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000004/profiles/company","method":"GET","headers":[]}},"attributes":{"objectType":"CustomerCompanyProfile"}},"relationshipToPartner":"reseller","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000004","method":"GET","headers":[]}},"attributes":{"objectType":"Customer"}},
    {"id":"0a000000-0000-4000-8000-000000000005","companyProfile":{"tenantId":"0a000000-0000-4000-8000-000000000005","companyName":"Northwind","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000005/profiles/company","method":"GET","headers":[]}},"attributes":{"objectType":"CustomerCompanyProfile"}},"relationshipToPartner":"reseller","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000005","method":"GET","headers":[]}},"attributes":{"objectType":"Customer"}},
    {"id":"0a000000-0000-4000-8000-000000000006","companyProfile":{"tenantId":"0a000000-0000-4000-8000-000000000006","companyName":"Zoo","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000006/profiles/company","method":"GET","headers":[]}},"attributes":{"objectType":"CustomerCompanyProfile"}},"relationshipToPartner":"reseller","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000006","method":"GET","headers":[]}},"attributes":{"objectType":"Customer"}}],"links":{"self":{"uri":"/customers?size=0","method":"GET","headers":[]}},"attributes":{"objectType":"Collection"}}
    "#);
    assert_snapshot!(
        server.get("/v1/customers/0A000000-0000-4000-8000-000000000003").await.text(), @r#"<mark>{"id":"0a000000-0000-4000-8000-000000000003","companyProfile":{"tenantId":"0a000000-0000-4000-8000-000000000003","companyName":"Ænima & Co","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000003/profiles/company","method":"GET","headers":[]}},"attributes":{"objectType":"CustomerCompanyProfile"}},"relationshipToPartner":"reseller","links":{"self":{"uri":"/customers/0a000000-0000-4000-8000-000000000003","method":"GET","headers":[]}},"attributes":{"objectType":"Customer"}}"#
    );
}

#[tokio::test]
async fn applications_may_list_customers() {
    let server = server_with_customers().await;
    for token in [app_token(partner()), user_token(partner())] {
        for path in [
            "/v1/customers",
            "/v1/customers/0a000000-0000-4000-8000-000000000000",
        ] {
            let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {token}"));
            let answer = server.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.head.status, 200);
        }
    }
    let answer = server
        .send(Request::get("/v1/customers").body(Body::empty()).unwrap())
        .await;
    assert_eq!(answer.head.status, 401);
}

/// Both ways to the next page, as in existing clients, while customers arrive.
#[tokio::test]
async fn page_after_page() {
    let server = server_with_customers().await;
    let (first, links, token) = customers(&server.get("/v1/customers?size=3").await);
    assert_eq!(links.previous, None);
    server
        .import(
            partner(),
            USAGE_COLUMNS,
            "2017-03-09,Exchange,o365,,reseller,0a000000-0000-4000-8000-000000000000,Renamed,E3,1,2\n\
             2017-03-09,Exchange,o365,,reseller,00000000-0000-4000-8000-000000000000,Newcomer,E3,1,2",
        )
        .await;

    let next = links.next.unwrap();
    assert_eq!((next.method.as_str(), next.headers.len()), ("GET", 1));
    assert_eq!(next.headers[0].key, "MS-ContinuationToken");
    let by_link = follow(&server, &format!("/v1{}", next.uri), &next.headers[0].value).await;
    let token = token.unwrap();
    let by_token = follow(&server, "/v1/customers?seekOperation=Next", &token).await;
    // They are equal except for the link to the page itself, which is that of the request.
    let but_for_itself = |answer: &Answer| {
        let mut page: Collection<Customer> = wire::decode(&answer.body).unwrap();
        page.links.as_mut().unwrap().this = None;
        page
    };
    assert_eq!(but_for_itself(&by_link), but_for_itself(&by_token));
    let (second, links, token) = customers(&by_token);
    let (third, last, none) =
        customers(&follow(&server, "/v1/customers?seekOperation=next", &token.unwrap()).await);
    assert_eq!(
        [first.clone(), second.clone(), third.clone()].concat(),
        names()
    );
    assert_eq!((last.next, none), (None, None));

    let back = links.previous.unwrap();
    let back = follow(&server, &format!("/v1{}", back.uri), &back.headers[0].value).await;
    assert_eq!(customers(&back).0, first);
    for (seek, expected) in [("First", first), ("3", third)] {
        let path = format!("/v1/customers?seekOperation={seek}");
        assert_eq!(
            customers(&follow(&server, &path, &next.headers[0].value).await).0,
            expected
        );
    }
    let (now, ..) = customers(&server.get("/v1/customers?size=2").await);
    assert_eq!(now, ["Newcomer", "Renamed"]);
}

#[tokio::test]
async fn customers_by_name() {
    let server = server_with_customers().await;
    let query = |filter: CustomerFilter| {
        let filter = filter.to_string();
        let filter: String = byte_serialize(filter.as_bytes()).collect();
        format!("/v1/customers?size=1&FILTER={filter}")
    };
    let path = query(CustomerFilter::starts_with(
        CustomerField::CompanyName,
        "CONTOSO",
    ));
    let (names, _, token) = customers(&server.get(&path).await);
    assert_eq!(names, ["Contoso"]);
    let next = follow(&server, "/v1/customers?seekOperation=Next", &token.unwrap()).await;
    assert_eq!(customers(&next).0, ["contoso Ltd"]);

    let of_java =
        r#"{"fieldType":"simple","field":"companyname","value":"zo","operator":"StartsWith"}"#;
    let of_java: String = byte_serialize(of_java.as_bytes()).collect();
    let found = server.get(&format!("/v1/customers?filter={of_java}")).await;
    assert_eq!(customers(&found).0, ["Zoo"]);

    // No domain is known, so no domain matches.
    let path = query(CustomerFilter::starts_with(CustomerField::Domain, ""));
    assert_eq!(customers(&server.get(&path).await).0, [""; 0]);

    let path = query(CustomerFilter::starts_with(
        CustomerField::IndirectReseller,
        "contoso",
    ));
    assert_snapshot!(server.get(&path).await.short(), @r#"
    400 Bad Request
    {"code":2000,"description":"filter: customers can be searched by CompanyName and Domain, not by IndirectReseller","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    let path = "/v1/customers?filter=%7B%22Field%22%3A%22CompanyName%22%2C%22Value%22%3A%22a%22%2C%22Operator%22%3A%22equals%22%7D";
    assert_snapshot!(server.get(path).await.short(), @r#"
    400 Bad Request
    {"code":2000,"description":"filter: the operator `equals` is not `starts_with`","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    assert_snapshot!(server.get("/v1/customers?filter=contoso").await.short(), @r#"
    400 Bad Request
    {"code":800002,"description":"filter: the filter is not JSON with the texts `Field`, `Value` and `Operator`","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn pages_that_cannot_be_asked_for() {
    let server = server_with_customers().await;
    let mut refused = String::new();
    for query in [
        "size=-1",
        "size=two",
        "size=2147483648",
        "seekOperation=up",
        "seekOperation=Next",
        "size=1&Size=2",
        "$top=1",
        "size=1&%24Filter=x",
    ] {
        let answer = server.get(&format!("/v1/customers?{query}")).await;
        refused += &format!("{query}: {}\n", answer.short());
    }
    // The token has a size, but an invalid size is still an error.
    let (_, _, token) = customers(&server.get("/v1/customers?size=3").await);
    let answer = follow(&server, "/v1/customers?size=two", &token.unwrap()).await;
    assert_eq!(answer.head.status, 400);
    // The link to the page itself is that of the request, with its token.
    let (_, _, token) = customers(&server.get("/v1/customers?size=3").await);
    let token = token.unwrap();
    let (_, links, _) =
        customers(&follow(&server, "/v1/customers?seekOperation=next", &token).await);
    let itself = links.this.unwrap();
    assert_eq!(itself.uri, "/customers?seekOperation=next");
    assert_eq!(itself.headers[0].value, token);
    // Invalid tokens: not a token, with an impossible size, and with a future version.
    for token in [
        "AQAAAA==",
        "eyJ2ZXJzaW9ucyI6WzAsMV0sInNpemUiOjAsImZpbHRlciI6bnVsbCwiYXQiOjB9",
        "eyJ2ZXJzaW9ucyI6WzAsOTldLCJzaXplIjoxLCJmaWx0ZXIiOm51bGwsImF0IjowfQ",
    ] {
        let answer = follow(&server, "/v1/customers", token).await;
        refused += &format!("{token}: {}\n", answer.short());
    }
    assert_snapshot!(refused, @r#"
    size=-1: 400 Bad Request
    {"code":3000,"description":"size: a whole number of customers is expected, from 0 to 2147483647","data":[],"source":"PartnerApiServiceControllers"}
    size=two: 400 Bad Request
    {"code":3000,"description":"size: a whole number of customers is expected, from 0 to 2147483647","data":[],"source":"PartnerApiServiceControllers"}
    size=2147483648: 400 Bad Request
    {"code":3000,"description":"size: a whole number of customers is expected, from 0 to 2147483647","data":[],"source":"PartnerApiServiceControllers"}
    seekOperation=up: 400 Bad Request
    {"code":900126,"description":"seekOperation: `up` is not one of `Next`, `Previous`, `First`, `Last` and `PageIndex`","data":[],"source":"PartnerApiServiceControllers"}
    seekOperation=Next: 400 Bad Request
    {"code":3000,"description":"seekOperation: `Next` needs the header MS-ContinuationToken","data":[],"source":"PartnerApiServiceControllers"}
    size=1&Size=2: 400 Bad Request
    {"code":800002,"description":"the parameter `Size` is there twice","data":[],"source":"PartnerApiServiceControllers"}
    $top=1: 400 Bad Request
    {"code":800002,"description":"there is no parameter `$top`: names are written without the `$` here, and those of each call are at /openapi","data":[],"source":"PartnerApiServiceControllers"}
    size=1&%24Filter=x: 400 Bad Request
    {"code":800002,"description":"there is no parameter `$Filter`: names are written without the `$` here, and those of each call are at /openapi","data":[],"source":"PartnerApiServiceControllers"}
    AQAAAA==: 400 Bad Request
    {"code":3000,"description":"MS-ContinuationToken: this is not a token of this list","data":[],"source":"PartnerApiServiceControllers"}
    eyJ2ZXJzaW9ucyI6WzAsMV0sInNpemUiOjAsImZpbHRlciI6bnVsbCwiYXQiOjB9: 400 Bad Request
    {"code":3000,"description":"MS-ContinuationToken: this is not a token of this list","data":[],"source":"PartnerApiServiceControllers"}
    eyJ2ZXJzaW9ucyI6WzAsOTldLCJzaXplIjoxLCJmaWx0ZXIiOm51bGwsImF0IjowfQ: 400 Bad Request
    {"code":3000,"description":"the page belongs to a list that is gone: begin again with its first page","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

/// The same customer in the rows of all customers, in upper case.
#[tokio::test]
async fn a_customer_among_all() {
    let server = TestServer::new().await;
    server
        .import(partner(), USAGE_COLUMNS, DOCUMENTED_USAGE)
        .await;
    let path = format!(
        "/partner/v1/analytics/commercial/usage/license?filter=customerTenantId%20eq%20'{CUSTOMER}'"
    );
    let page: seatwise_types::CommercialPage<LicensesUsageRow> =
        wire::decode(&server.get(&path).await.body).unwrap();
    assert_eq!(page.value.len(), 5);
    assert_eq!(
        page.value[0].customer_tenant_id,
        Some(CUSTOMER.parse().unwrap())
    );
}
