//! The four documented responses over a real connection: their headers and lengths.

use crate::customers::{self, CUSTOMER};
use crate::harness::{DEPLOYMENT, DEPLOYMENT_COLUMNS, TestServer, USAGE, USAGE_COLUMNS, partner};
use crate::published;
use crate::running::{Running, read_all, request, write};

/// Head and body as sent, without carriage returns.
async fn ask(server: &Running, path: &str) -> (String, String) {
    let mut client = server.connect().await;
    write(&mut client, &request(path)).await;
    let answer = read_all(&mut client).await;
    let (head, body) = answer.split_once("\n\n").unwrap();
    (head.to_owned(), body.replace("<mark>", "\u{feff}"))
}

/// All documented headers are present in their documented case; of others, only those for caching.
#[track_caller]
fn check_head(head: &str, length: usize) {
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("HTTP/1.1 200 OK"));
    let mut fields: Vec<(&str, &str)> = lines.map(|line| line.split_once(": ").unwrap()).collect();
    fields.sort_unstable();
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "Connection",
            "Content-Length",
            "Content-Type",
            "Date",
            "ETag",
            "MS-CV",
            "MS-CorrelationId",
            "MS-RequestId",
            "MS-ServerId",
            "Vary"
        ]
    );
    let value = |name: &str| fields.iter().find(|(known, _)| *known == name).unwrap().1;
    assert_eq!(value("Content-Length"), length.to_string());
    assert_eq!(value("Content-Type"), "application/json; charset=utf-8");
    assert_eq!(
        value("MS-CorrelationId"),
        "ae3b8c36-348b-46bc-9a60-398f973153ff"
    );
    assert_eq!(
        value("MS-RequestId"),
        "6b588e9b-1d02-471a-bce2-79374497c24e"
    );
    assert_eq!(value("Date"), "Wed, 15 Mar 2017 17:43:11 GMT");
    // As `wk0/vjugzEe0Z9cv.0` and `101112012`.
    let vector = value("MS-CV").strip_suffix(".0").unwrap();
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    assert!(vector.len() == 16 && vector.bytes().all(is_base64));
    let server = value("MS-ServerId");
    assert!(server.len() == 9 && server.bytes().all(|byte| byte.is_ascii_digit()));
}

#[tokio::test]
async fn of_the_partner() {
    let server = TestServer::unpublished(|_| {});
    server
        .import(partner(), USAGE_COLUMNS, published::DOCUMENTED_USAGE)
        .await;
    let rows = published::DOCUMENTED_DEPLOYMENT;
    server.import(partner(), DEPLOYMENT_COLUMNS, rows).await;
    let server = Running::over(server).await;

    let (head, body) = ask(&server, USAGE).await;
    check_head(&head, 1156);
    assert_eq!(body.len(), 1156);

    // Documented with 487 bytes: its percent of `1.0`, which is not a ratio of these seats, is one
    // digit shorter.
    let (head, body) = ask(&server, DEPLOYMENT).await;
    check_head(&head, 488);
    assert_eq!(body.replace(":1.01,", ":1.0,").len(), 487);
}

#[tokio::test]
async fn of_a_customer() {
    let server = TestServer::unpublished(|_| {});
    server
        .import(partner(), USAGE_COLUMNS, customers::DOCUMENTED_USAGE)
        .await;
    let rows = customers::DOCUMENTED_DEPLOYMENT;
    server.import(partner(), DEPLOYMENT_COLUMNS, rows).await;
    let server = Running::over(server).await;
    for (kind, length) in [("usage", 1726), ("deployment", 1012)] {
        let path = format!("/v1/customers/{CUSTOMER}/analytics/licenses/{kind}");
        let (head, body) = ask(&server, &path).await;
        check_head(&head, length);
        assert_eq!(body.len(), length);
    }
}

/// The columns of usage rows, with the customer's domain last.
const WITH_DOMAINS: &str = "processedDateTime,workloadName,serviceCode,serviceName,channel,\
    customerTenantId,customerName,productName,licensesActive,licensesQualified,customerDomain";

/// The customers in the documented sample of a search, as rows, and one that does not match.
const SEARCHED: &str = "\
2017-03-09,Exchange,o365,,reseller,bfbd6ef0-311f-47ec-bbd7-0fcb7846661b,Contoso,E3,0,1,contosocorpdemo.onmicrosoft.com
2017-03-09,Exchange,o365,,reseller,7b26b357-9ca3-48b8-a58e-4febe2662a5d,Contoso,E3,0,1,ContosoCorpCo.onmicrosoft.com
2017-03-09,Exchange,o365,,reseller,c5757d70-06f3-4f23-8367-5a9e55019f94,Contoso190,E3,0,1,contoso190.onmicrosoft.com
2017-03-09,Exchange,o365,,reseller,0a000000-0000-4000-8000-000000000000,Contoso Fabrikam,E3,0,1,fabrikam.example";

/// The sample of `get-a-customer-by-name`.
#[tokio::test]
async fn of_a_search_for_customers() {
    let server = TestServer::unpublished(|_| {});
    server.import(partner(), WITH_DOMAINS, SEARCHED).await;
    let server = Running::over(server).await;
    let filter = "%7B%22Field%22%3A%22Domain%22%2C%22Value%22%3A%22cont%22%2C\
        %22Operator%22%3A%22starts_with%22%7D";
    let query = format!("size=0&filter={filter}");
    let (head, body) = ask(&server, &format!("/v1/customers?{query}")).await;
    check_head(&head, 1839);

    let itself =
        |uri: &str| format!(r#""links":{{"self":{{"uri":"{uri}","method":"GET","headers":[]}}}}"#);
    let items = [
        (
            "c5757d70-06f3-4f23-8367-5a9e55019f94",
            "contoso190.onmicrosoft.com",
            "Contoso190",
        ),
        (
            "7b26b357-9ca3-48b8-a58e-4febe2662a5d",
            "ContosoCorpCo.onmicrosoft.com",
            "Contoso",
        ),
        (
            "bfbd6ef0-311f-47ec-bbd7-0fcb7846661b",
            "contosocorpdemo.onmicrosoft.com",
            "Contoso",
        ),
    ];
    let items = items.map(|(id, domain, name)| {
        let of_profile = itself(&format!("/customers/{id}/profiles/company"));
        let of_customer = itself(&format!("/customers/{id}"));
        format!(
            r#"{{"id":"{id}","companyProfile":{{"tenantId":"{id}","domain":"{domain}","companyName":"{name}",{of_profile},"attributes":{{"objectType":"CustomerCompanyProfile"}}}},"relationshipToPartner":"reseller",{of_customer},"attributes":{{"objectType":"Customer"}}}}"#
        )
    });
    let (items, of_answer) = (items.join(","), itself(&format!("/customers?{query}")));
    let sample = format!(
        r#"{{"totalCount":3,"items":[{items}],{of_answer},"attributes":{{"objectType":"Collection"}}}}"#
    );
    assert_eq!(sample.len(), 1836);
    assert_eq!(body, format!("\u{feff}{sample}"));
}
