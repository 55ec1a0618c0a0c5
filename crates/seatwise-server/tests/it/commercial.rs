//! The rows of all customers: filtered, grouped, page by page.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use insta::assert_snapshot;
use proptest::prelude::*;
use seatwise_types::query::{CommercialField, CommercialKind, CommercialRow, Filter, GroupBy};
use seatwise_types::{CommercialPage, LicensesDeploymentRow, LicensesUsageRow, wire};
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;
use url::form_urlencoded::byte_serialize;

use crate::harness::{Answer, TestServer, partner};

const USAGE: &str = "/v1/analytics/commercial/usage/license";
const DEPLOYMENT: &str = "/v1/analytics/commercial/deployment/license";

const USAGE_COLUMNS: &str = "processedDateTime,workloadCode,workloadName,serviceCode,serviceName,\
    channel,customerTenantId,customerName,productId,productName,licensesActive,licensesQualified";
const DEPLOYMENT_COLUMNS: &str = "processedDateTime,serviceCode,serviceName,channel,\
    customerTenantId,customerName,productId,productName,licensesDeployed,licensesSold";

/// The documented rows of deployment.
const DOCUMENTED_DEPLOYMENT: &str = "\
2016-10-14,o365,Microsoft Office 365,reseller,76c8c0ae-1cb7-4a24-87a4-4a9f4c0c2b0e,Contoso,6fd2c87f-b296-42f0-b197-1e91e994b900,OFFICE 365 ENTERPRISE E3,5,10
2016-10-14,o365,Microsoft Office 365,reseller,76c8c0ae-1cb7-4a24-87a4-4a9f4c0c2b0f,Fabrikam,45a2423b-e884-448d-a831-d9e139c52d2f,EXCHANGE ONLINE PROTECTION,0,63";

/// Rows with common values, for filters and groups.
fn usage_rows() -> String {
    let mut rows = String::new();
    for customer in 0..6 {
        let name = ["Contoso", "contoso", "Conny's & Co", "Größe", "Ab", "Ab"][customer];
        for (code, service) in [
            ("o365", "Microsoft Office 365"),
            ("crm", "Microsoft Dynamics"),
        ] {
            for (workload, title) in [("EXO", "Exchange"), ("SPO", "SharePoint"), ("", "Teams")] {
                let channel = ["reseller", "direct"][customer % 2];
                let product = ["", "6fd2c87f-b296-42f0-b197-1e91e994b900"][customer / 3];
                let seats = rows.len() % 17;
                rows += &format!(
                    "2016-10-1{customer},{workload},{title},{code},{service},{channel},\
                     0a000000-0000-4000-8000-00000000000{customer},{name},{product},E{customer},\
                     {seats},17\n"
                );
            }
        }
    }
    rows
}

async fn server() -> TestServer {
    let server = TestServer::new().await;
    server.import(partner(), USAGE_COLUMNS, &usage_rows()).await;
    server
        .import(partner(), DEPLOYMENT_COLUMNS, DOCUMENTED_DEPLOYMENT)
        .await;
    server
}

fn page<T: DeserializeOwned>(answer: &Answer) -> CommercialPage<T> {
    assert_eq!(answer.head.status, 200, "{}", answer.text());
    wire::decode(&answer.body).unwrap()
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// All pages of a query, by following the links.
async fn all<T: DeserializeOwned>(server: &TestServer, path: &str) -> Vec<T> {
    let mut rows = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let page = page::<T>(&server.get(&path).await);
        rows.extend(page.value);
        next = page.next_link;
    }
    rows
}

#[tokio::test]
async fn the_documented_rows() {
    let server = server().await;
    assert_snapshot!(server.get(DEPLOYMENT).await, @r#"
    200 OK
    etag: "e3b0bf3088f42b16975d9d4ec259faa2"
    vary: Accept-Encoding
    content-type: application/json; charset=utf-8
    ms-requestid: 10000000-0000-4000-8000-000000000001
    ms-correlationid: 10000000-0000-4000-8000-000000000002
    ms-cv: AABAAIAAAAAAAAAD.0
    ms-serverid: 633965568
    date: Wed, 15 Mar 2017 17:43:11 GMT
    content-length: 720

    {"Value":[{"processedDateTime":"2016-10-14T00:00:00","serviceCode":"o365","serviceName":"Microsoft Office 365","channel":"reseller","customerTenantId":"76C8C0AE-1CB7-4A24-87A4-4A9F4C0C2B0E","customerName":"Contoso","productId":"6FD2C87F-B296-42F0-B197-1E91E994B900","productName":"OFFICE 365 ENTERPRISE E3","licensesDeployed":5,"licensesSold":10},{"processedDateTime":"2016-10-14T00:00:00","serviceCode":"o365","serviceName":"Microsoft Office 365","channel":"reseller","customerTenantId":"76C8C0AE-1CB7-4A24-87A4-4A9F4C0C2B0F","customerName":"Fabrikam","productId":"45A2423B-E884-448D-A831-D9E139C52D2F","productName":"EXCHANGE ONLINE PROTECTION","licensesDeployed":0,"licensesSold":63}],"@nextLink":null,"TotalCount":2}
    "#);
    assert_snapshot!(server.get(&format!("{USAGE}?top=1")).await.text(), @r#"{"Value":[{"processedDateTime":"2016-10-10T00:00:00","workloadCode":"EXO","workloadName":"Exchange","serviceCode":"crm","serviceName":"Microsoft Dynamics","channel":"reseller","customerTenantId":"0A000000-0000-4000-8000-000000000000","customerName":"Contoso","productName":"E0","licensesActive":13,"licensesQualified":17}],"@nextLink":"/v1/analytics/commercial/usage/license?top=1&skip=1&tableVersion=1","TotalCount":36}"#);
}

#[tokio::test]
async fn every_documented_spelling_of_the_path() {
    let server = server().await;
    let answer = server.get(USAGE).await.text();
    for path in [
        "/v1/analytics/commercial/usage/license/",
        "/partner/v1/analytics/commercial/usage/license",
        "/partner/v1/Analytics/Commercial/Usage/License/",
        "//v1//analytics/commercial//usage/license",
    ] {
        assert_eq!(server.get(path).await.text(), answer);
    }
}

#[tokio::test]
async fn added_up() {
    let server = server().await;
    let path = format!("{USAGE}?groupBy=serviceCode,workloadName&filter=channel%20ne%20'direct'");
    assert_snapshot!(server.get(&path).await.text().replace("},{", "},\n{"), @r#"
    {"Value":[{"workloadName":"Exchange","serviceCode":"crm","licensesActive":36,"licensesQualified":51},
    {"workloadName":"SharePoint","serviceCode":"crm","licensesActive":30,"licensesQualified":51},
    {"workloadName":"Teams","serviceCode":"crm","licensesActive":30,"licensesQualified":51},
    {"workloadName":"Exchange","serviceCode":"o365","licensesActive":9,"licensesQualified":51},
    {"workloadName":"SharePoint","serviceCode":"o365","licensesActive":27,"licensesQualified":51},
    {"workloadName":"Teams","serviceCode":"o365","licensesActive":19,"licensesQualified":51}],"@nextLink":null,"TotalCount":6}
    "#);
    let path = format!("{DEPLOYMENT}?groupby=channelcustomerTenantId");
    assert_snapshot!(server.get(&path).await.text().replace("},{", "},\n{"), @r#"
    {"Value":[{"channel":"reseller","customerTenantId":"76C8C0AE-1CB7-4A24-87A4-4A9F4C0C2B0E","licensesDeployed":5,"licensesSold":10},
    {"channel":"reseller","customerTenantId":"76C8C0AE-1CB7-4A24-87A4-4A9F4C0C2B0F","licensesDeployed":0,"licensesSold":63}],"@nextLink":null,"TotalCount":2}
    "#);
}

#[tokio::test]
async fn of_one_processed_date() {
    let server = server().await;
    let correction = "2016-10-12,EXO,Exchange,o365,Microsoft Office 365,reseller,\
        0a000000-0000-4000-8000-000000000002,Conny's,,E2,99,100";
    let newer = correction.replace("2016-10-12", "2016-11-01");
    server.import(partner(), USAGE_COLUMNS, correction).await;
    server.import(partner(), USAGE_COLUMNS, &newer).await;
    // The date of a delivery counts, not the time of day.
    for date in ["2016-10-12", "2016-10-12T09:30:00", "2016-10-12T23:59:59Z"] {
        let path = format!("{USAGE}?processedDateTime={date}&filter=serviceCode+eq+'o365'");
        let rows: Vec<LicensesUsageRow> = page(&server.get(&path).await).value;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].licenses_active, Some(99));
    }
    let nothing = format!("{USAGE}?processedDateTime=2001-01-01");
    assert_snapshot!(server.get(&nothing).await.text(), @r#"{"Value":[],"@nextLink":null,"TotalCount":0}"#);
}

/// Late customers are in neither the partner's figures nor the rows of all customers.
#[tokio::test]
async fn late_customers_are_left_out() {
    let server = server().await;
    let newest = "2016-11-15,EXO,Exchange,o365,Microsoft Office 365,reseller,\
        0a000000-0000-4000-8000-000000000009,New,,E9,1,2";
    server.import(partner(), USAGE_COLUMNS, newest).await;
    let path = format!(
        "{USAGE}?filter=serviceCode+eq+'o365'+and+channel+eq+'reseller'&groupby=customerName"
    );
    assert_snapshot!(server.get(&path).await.text(), @r#"{"Value":[{"customerName":"Ab","licensesActive":19,"licensesQualified":51},{"customerName":"Conny's & Co","licensesActive":17,"licensesQualified":51},{"customerName":"New","licensesActive":1,"licensesQualified":2}],"@nextLink":null,"TotalCount":3}"#);
}

/// Links lead to the pages of the first answer while deliveries arrive.
#[tokio::test]
async fn links_lead_to_the_same_rows() {
    let server = server().await;
    let before: Vec<LicensesUsageRow> = all(&server, USAGE).await;
    let first = page::<LicensesUsageRow>(&server.get(&format!("{USAGE}/?top=10&Skip=1")).await);
    assert_eq!(first.total_count, Some(36));
    assert_snapshot!(first.next_link.clone().unwrap(), @"/v1/analytics/commercial/usage/license?top=10&skip=11&tableVersion=1");
    let added = "2016-10-10,EXO,Exchange,o365,Microsoft Office 365,reseller,\
        00000000-0000-4000-8000-000000000000,First,,E9,1,2";
    server.import(partner(), USAGE_COLUMNS, added).await;
    let rest: Vec<LicensesUsageRow> = all(&server, &first.next_link.unwrap()).await;
    assert_eq!([first.value, rest].concat(), before[1..]);
    assert_eq!(all::<LicensesUsageRow>(&server, USAGE).await.len(), 37);
}

#[tokio::test]
async fn questions_that_cannot_be_asked() {
    let server = server().await;
    let mut refused = String::new();
    for query in [
        "top=0",
        "top=10001",
        "top=ten",
        "skip=-1",
        "top=1&Top=2",
        "filter=channel eq",
        "filter=channel eq 'a' or (serviceCode gt 'b')",
        "filter=licensesActive eq '1'",
        "groupby=channel,seats",
        "processedDateTime=14/10/2018",
        "tableVersion=99",
        "tableVersion=x",
        "$filter=channel eq 'a'",
    ] {
        let path = format!("{USAGE}?{}", query.replace(' ', "%20"));
        refused += &format!("{query}: {}\n", server.get(&path).await.short());
    }
    let deep = format!("{USAGE}?filter={}", "(".repeat(5_000));
    refused += &server.get(&deep).await.short();
    assert_snapshot!(refused, @r#"
    top=0: 400 Bad Request
    {"code":800002,"description":"top: `0` is not a whole number from 1 to 10000","data":[],"source":"PartnerApiServiceControllers"}
    top=10001: 400 Bad Request
    {"code":800002,"description":"top: `10001` is not a whole number from 1 to 10000","data":[],"source":"PartnerApiServiceControllers"}
    top=ten: 400 Bad Request
    {"code":800002,"description":"top: `ten` is not a whole number from 1 to 10000","data":[],"source":"PartnerApiServiceControllers"}
    skip=-1: 400 Bad Request
    {"code":800002,"description":"skip: `-1` is not a whole number from 0 to 2147483647","data":[],"source":"PartnerApiServiceControllers"}
    top=1&Top=2: 400 Bad Request
    {"code":800002,"description":"the parameter `Top` is there twice","data":[],"source":"PartnerApiServiceControllers"}
    filter=channel eq: 400 Bad Request
    {"code":3000,"description":"filter: at character 11: expected a text in single quotes, found the end","data":[],"source":"PartnerApiServiceControllers"}
    filter=channel eq 'a' or (serviceCode gt 'b'): 400 Bad Request
    {"code":3000,"description":"filter: at character 32: expected `eq` or `ne`, found `gt`","data":[],"source":"PartnerApiServiceControllers"}
    filter=licensesActive eq '1': 400 Bad Request
    {"code":3000,"description":"filter: at character 1: expected one of `workloadCode`, `workloadName`, `serviceCode`, `serviceName`, `channel`, `customerTenantId`, `customerName`, `productId`, `productName`, found `licensesActive`","data":[],"source":"PartnerApiServiceControllers"}
    groupby=channel,seats: 400 Bad Request
    {"code":3000,"description":"groupby: at character 9: expected one of `workloadCode`, `workloadName`, `serviceCode`, `serviceName`, `channel`, `customerTenantId`, `customerName`, `productId`, `productName`, found `seats`","data":[],"source":"PartnerApiServiceControllers"}
    processedDateTime=14/10/2018: 400 Bad Request
    {"code":3000,"description":"processedDateTime: `14/10/2018` is not a processed date: expected a form like `2017-03-10T00:00:00+00:00`","data":[],"source":"PartnerApiServiceControllers"}
    tableVersion=99: 400 Bad Request
    {"code":3000,"description":"the page belongs to a list that is gone: begin again with its first page","data":[],"source":"PartnerApiServiceControllers"}
    tableVersion=x: 400 Bad Request
    {"code":3000,"description":"tableVersion: the version of a table is expected, as the link has it","data":[],"source":"PartnerApiServiceControllers"}
    $filter=channel eq 'a': 400 Bad Request
    {"code":800002,"description":"there is no parameter `$filter`: names are written without the `$` here, and those of each call are at /openapi","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"filter: at character 33: expected at most 32 open `(`, found `(`","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

struct Shared {
    runtime: Runtime,
    server: TestServer,
    rows: Vec<LicensesUsageRow>,
    deployment: Vec<LicensesDeploymentRow>,
}

static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(server());
    Shared {
        rows: runtime.block_on(all(&server, USAGE)),
        deployment: runtime.block_on(all(&server, DEPLOYMENT)),
        runtime,
        server,
    }
});

fn filter(kind: CommercialKind) -> impl Strategy<Value = Filter> {
    let values = [
        "o365",
        "CRM",
        "Reseller",
        "CONTOSO",
        "conny's & co",
        "GRÖßE",
        "EXO",
        "",
        "E3",
    ];
    let ids = [
        "0A000000-0000-4000-8000-000000000002",
        "6fd2c87f-b296-42f0-b197-1e91e994b900",
    ];
    let fields: Vec<_> = kind.fields().collect();
    let condition = (
        prop::sample::select(fields),
        prop::sample::select([values.as_slice(), &ids].concat()),
        any::<bool>(),
    );
    let condition = condition.prop_map(|(field, value, equal)| {
        if equal {
            field.eq(value)
        } else {
            field.ne(value)
        }
    });
    condition.prop_recursive(4, 12, 2, |inner| {
        (inner.clone(), inner, any::<bool>())
            .prop_map(|(a, b, both)| if both { a.and(b) } else { a.or(b) })
    })
}

/// The values that a group shares, and its sums.
type Sum = (Vec<Option<String>>, (u64, u64));

/// The sums of rows with the same values in these fields, sorted.
fn sums<R: CommercialRow>(
    rows: &[&R],
    fields: &[CommercialField],
    counts: impl Fn(&R) -> (u64, u64),
) -> Vec<Sum> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let key: Vec<_> = fields
            .iter()
            .map(|field| row.field(*field).map(String::from))
            .collect();
        let sum: &mut (u64, u64) = sums.entry(key).or_default();
        let (part, whole) = counts(row);
        *sum = (sum.0 + part, sum.1 + whole);
    }
    sums.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// The server answers a query like a program that reads all rows.
    #[test]
    fn a_question_is_answered_from_all_rows(
        filter in filter(CommercialKind::Usage),
        fields in prop::sample::subsequence(CommercialField::ALL.to_vec(), 0..=3),
        top in 1..40_u32,
    ) {
        let Shared { runtime, server, rows, .. } = &*SHARED;
        let query = format!("filter={}&top={top}", encoded(&filter.to_string()));
        let wanted: Vec<_> = rows.iter().filter(|row| filter.matches(*row)).collect();
        let counts = |row: &LicensesUsageRow| (row.licenses_active.unwrap(), row.licenses_qualified.unwrap());
        if fields.is_empty() {
            let answered: Vec<LicensesUsageRow> =
                runtime.block_on(all(server, &format!("{USAGE}?{query}")));
            prop_assert_eq!(answered.iter().collect::<Vec<_>>(), wanted);
        } else {
            let by = GroupBy::from_iter(fields.iter().copied());
            let path = format!("{USAGE}?{query}&groupby={by}");
            let answered: Vec<LicensesUsageRow> = runtime.block_on(all(server, &path));
            let answered: Vec<_> = answered.iter().collect();
            prop_assert!(answered.iter().all(|row| row.processed_date_time.is_none()));
            let expected = sums(&wanted, &fields, counts);
            let got: Vec<_> = answered.iter().map(|row| {
                let key = fields.iter().map(|field| row.field(*field).map(String::from));
                (key.collect::<Vec<_>>(), counts(row))
            }).collect();
            prop_assert_eq!(got, expected);
        }
    }

    #[test]
    fn so_are_questions_about_deployment(filter in filter(CommercialKind::Deployment)) {
        let Shared { runtime, server, deployment, .. } = &*SHARED;
        let path = format!("{DEPLOYMENT}?filter={}", encoded(&filter.to_string()));
        let answered: Vec<LicensesDeploymentRow> = runtime.block_on(all(server, &path));
        let wanted: Vec<_> = deployment.iter().filter(|row| filter.matches(*row)).collect();
        prop_assert_eq!(answered.iter().collect::<Vec<_>>(), wanted);
    }

    /// Any query gets a response in the form of this API.
    #[test]
    fn any_query_has_an_answer(query in "[ -~]{0,60}") {
        let Shared { runtime, server, .. } = &*SHARED;
        for name in ["filter", "groupby", "top", "skip", "processedDateTime", "tableVersion"] {
            let path = format!("{USAGE}?{name}={}", encoded(&query));
            let answer = runtime.block_on(server.get(&path));
            prop_assert!(matches!(answer.head.status.as_u16(), 200 | 400), "{}", answer.short());
            prop_assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        }
    }
}
