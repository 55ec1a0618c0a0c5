//! A client that behaves like Microsoft's .NET SDK 3.4, as measured, against the real server over
//! real connections: the right objects from every endpoint of the SDK, and the right category for
//! every error. The SDK itself does not run here.

mod client;
mod models;

use std::time::Duration;

use insta::assert_snapshot;
use seatwise_server::Config;
use seatwise_types::GatewayError;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use self::client::{Category, DotNet, WAITS};
use self::models::{
    Collection, Customer, Insights, collection, customer, customer_deployment, customer_usage,
    partner_deployment, partner_usage,
};
use crate::customers::{self, CUSTOMER};
use crate::fake_issuer::FakeIssuer;
use crate::harness::{
    DEPLOYMENT, DEPLOYMENT_COLUMNS, TestServer, USAGE, USAGE_COLUMNS, app_token, partner,
    user_token,
};
use crate::published;
use crate::running::Running;
use crate::tokens::{changed, signed, user_claims};

async fn server_with(usage: &str, deployment: &str) -> Running {
    let server = TestServer::unpublished(|_| {});
    server.import(partner(), USAGE_COLUMNS, usage).await;
    server
        .import(partner(), DEPLOYMENT_COLUMNS, deployment)
        .await;
    Running::over(server).await
}

fn client(server: &Running) -> DotNet {
    client_with(server, user_token(partner()))
}

fn client_with(server: &Running, token: impl Into<String>) -> DotNet {
    DotNet::new(&format!("http://{}", server.address), token)
}

/// A server that returns the given responses on each connection in turn. The handle returns the
/// requests.
async fn scripted(connections: &[&[&str]]) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections: Vec<Vec<String>> = connections
        .iter()
        .map(|answers| answers.iter().map(|it| it.replace('\n', "\r\n")).collect())
        .collect();
    let asked = tokio::spawn(async move {
        let mut asked = String::new();
        for answers in connections {
            let mut stream = BufReader::new(listener.accept().await.unwrap().0);
            for answer in answers {
                while !asked.ends_with("\r\n\r\n") {
                    assert_ne!(stream.read_line(&mut asked).await.unwrap(), 0);
                }
                asked += "---\n";
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
        asked.replace('\r', "")
    });
    (url, asked)
}

#[tokio::test]
async fn the_request_to_the_byte() {
    let refused = "HTTP/1.1 404 Not Found\nContent-Length: 0\n\n";
    let (url, asked) = scripted(&[&[refused]]).await;
    let mut client = DotNet::new(&format!("{url}/some/path?and=query"), "TOKEN");
    let thrown = client.send("GET", USAGE).await.unwrap_err();
    assert_eq!(thrown.category, Category::NotFound);
    assert_eq!(thrown.message, "Not Found");
    let asked = asked.await.unwrap();
    assert_snapshot!(asked.replace(url.trim_start_matches("http://"), "HOST:PORT"), @r"
    GET /v1/analytics/licenses/usage HTTP/1.1
    Authorization: Bearer TOKEN
    Accept: application/json
    MS-RequestId: 6b588e9b-1d02-471a-bce2-000000000001
    MS-CorrelationId: ae3b8c36-348b-46bc-9a60-398f973153ff
    X-Locale: en-US
    MS-PartnerCenter-Client: Partner Center .NET SDK
    MS-SdkVersion: 3.4.0.0
    Host: HOST:PORT

    ---
    ");
}

/// Date and texts of the rows, for comparison.
fn shown(rows: &Collection<Insights>) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let lines = rows.items.iter().map(|row| {
        format!(
            "{} {} {} {} | {} | {} | {} of {}, {:?} | {}\n",
            row.processed.unwrap(),
            text(&row.service_name),
            text(&row.channel),
            text(&row.workload_name),
            text(&row.customer_name),
            text(&row.product_name),
            row.part,
            row.whole,
            row.percent,
            text(&row.object_type),
        )
    });
    lines.collect()
}

#[tokio::test]
async fn the_figures_of_the_partner() {
    let server = server_with(
        published::DOCUMENTED_USAGE,
        published::DOCUMENTED_DEPLOYMENT,
    )
    .await;
    let mut client = client(&server);
    let usage = client.get(USAGE, &[], collection(partner_usage)).await;
    assert_snapshot!(shown(&usage.unwrap().unwrap()), @"
    2017-03-10T00:00:00Z crm reseller Microsoft Dynamics CRM |  |  | 0 of 0, 0.0 | PartnerLicensesUsageInsights
    2017-03-10T00:00:00Z crm reseller SharePoint |  |  | 0 of 0, 0.0 | PartnerLicensesUsageInsights
    2017-03-09T00:00:00Z o365 reseller Exchange |  |  | 0 of 0, 0.0 | PartnerLicensesUsageInsights
    2017-03-09T00:00:00Z o365 reseller SharePoint |  |  | 0 of 0, 0.0 | PartnerLicensesUsageInsights
    2017-03-09T00:00:00Z o365 reseller Skype For Business |  |  | 0 of 0, 0.0 | PartnerLicensesUsageInsights
    ");
    let deployment = collection(partner_deployment);
    let deployment = client.get(DEPLOYMENT, &[], deployment).await;
    assert_snapshot!(shown(&deployment.unwrap().unwrap()), @"
    2017-03-10T00:00:00Z crm reseller  |  |  | 0 of 343, 0.0 | PartnerLicensesDeploymentInsights
    2017-03-14T03:25:16.36Z o365 reseller  |  |  | 0 of 4464, 1.01 | PartnerLicensesDeploymentInsights
    ");
    assert_eq!(client.attempts.len(), 2);
}

#[tokio::test]
async fn the_figures_of_a_customer() {
    let server = server_with(
        customers::DOCUMENTED_USAGE,
        customers::DOCUMENTED_DEPLOYMENT,
    )
    .await;
    let mut client = client(&server);
    let path = format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage");
    let usage = client.get(&path, &[], collection(customer_usage)).await;
    assert_snapshot!(shown(&usage.unwrap().unwrap()), @"
    2017-03-09T00:00:00Z o365 reseller Exchange | DT DEMO CSP CUSTOMER 005 | OFFICE 365 BUSINESS ESSENTIALS | 0 of 1, 0.0 | CustomerLicensesUsageInsights
    2017-03-09T00:00:00Z o365 reseller SharePoint | DT DEMO CSP CUSTOMER 005 | OFFICE 365 BUSINESS ESSENTIALS | 0 of 1, 0.0 | CustomerLicensesUsageInsights
    2017-03-09T00:00:00Z o365 reseller Skype For Business | DT DEMO CSP CUSTOMER 005 | OFFICE 365 BUSINESS ESSENTIALS | 0 of 1, 0.0 | CustomerLicensesUsageInsights
    2017-03-09T00:00:00Z o365 reseller Exchange | DT DEMO CSP CUSTOMER 005 | EXCHANGE ONLINE (PLAN 1) | 0 of 5, 0.0 | CustomerLicensesUsageInsights
    2017-03-09T00:00:00Z o365 reseller Exchange | DT DEMO CSP CUSTOMER 005 | EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE | 0 of 2, 0.0 | CustomerLicensesUsageInsights
    ");
    let path = format!("/v1/customers/{CUSTOMER}/analytics/licenses/deployment");
    let deployment = collection(customer_deployment);
    let deployment = client.get(&path, &[], deployment).await;
    assert_snapshot!(shown(&deployment.unwrap().unwrap()), @"
    2017-03-14T03:25:16.36Z o365 reseller  | DT DEMO CSP CUSTOMER 005 | OFFICE 365 BUSINESS ESSENTIALS | 0 of 1, 0.0 | CustomerLicensesDeploymentInsights
    2017-03-14T03:25:16.36Z o365 reseller  | DT DEMO CSP CUSTOMER 005 | EXCHANGE ONLINE (PLAN 1) | 0 of 5, 0.0 | CustomerLicensesDeploymentInsights
    2017-03-14T03:25:16.36Z o365 reseller  | DT DEMO CSP CUSTOMER 005 | EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE | 0 of 2, 0.0 | CustomerLicensesDeploymentInsights
    ");
}

async fn server_with_customers() -> Running {
    let row = |number: u32, name: &str| {
        format!(
            "2017-03-09,o365,,reseller,0a000000-0000-4000-8000-00000000000{number},{name},E3,1,2\n"
        )
    };
    let names = ["Adatum", "Contoso", "contoso & Søn", "Fabrikam", "Zoo"];
    let rows: String = (0..).zip(names).map(|(id, name)| row(id, name)).collect();
    let server = TestServer::unpublished(|_| {});
    let usage = customers::DOCUMENTED_USAGE.lines();
    let usage: Vec<String> = usage
        .map(|row| format!("{row},dtdemo.onmicrosoft.com"))
        .collect();
    let columns = format!("{USAGE_COLUMNS},customerDomain");
    server.import(partner(), &columns, &usage.join("\n")).await;
    server.import(partner(), DEPLOYMENT_COLUMNS, &rows).await;
    Running::over(server).await
}

fn names(page: &Collection<Customer>) -> Vec<&str> {
    let names = page.items.iter().map(|it| it.company_name.as_deref());
    names.collect::<Option<_>>().unwrap()
}

/// The SDK's enumerator: adds `/v1` to a link unless it starts like that, and sends the link's
/// headers.
async fn enumerate(client: &mut DotNet, first: &str) -> Vec<Collection<Customer>> {
    let mut pages = Vec::new();
    let (mut path, mut headers) = (first.to_owned(), Vec::new());
    loop {
        let page = client.get(&path, &headers, collection(customer)).await;
        let page = page.unwrap().unwrap();
        let next = page
            .next
            .as_ref()
            .map(|next| (next.uri.clone(), next.headers.clone()));
        pages.push(page);
        match next {
            None => return pages,
            Some((uri, of_link)) if uri.starts_with("/v1") => (path, headers) = (uri, of_link),
            Some((uri, of_link)) => (path, headers) = (format!("/v1{uri}"), of_link),
        }
    }
}

#[tokio::test]
async fn all_customers_and_one() {
    let server = server_with_customers().await;
    for token in [user_token(partner()), app_token(partner())] {
        let mut client = client_with(&server, token);
        let pages = enumerate(&mut client, "/v1/customers?size=4").await;
        let names: Vec<_> = pages.iter().map(names).collect();
        let first = vec!["Adatum", "Contoso", "contoso & Søn", "Fabrikam"];
        assert_eq!(names, [first, vec!["Zoo", "DT DEMO CSP CUSTOMER 005"]]);
        assert_eq!(pages[0].object_type.as_deref(), Some("Collection"));
        assert_eq!(client.attempts.len(), 2);

        let one = client
            .get(&format!("/v1/customers/{CUSTOMER}"), &[], customer)
            .await;
        let text = |text: &str| Some(text.to_owned());
        let expected = Customer {
            id: text(CUSTOMER),
            tenant_id: text(CUSTOMER),
            domain: text("dtdemo.onmicrosoft.com"),
            company_name: text("DT DEMO CSP CUSTOMER 005"),
            relationship: text("reseller"),
            object_type: text("Customer"),
        };
        assert_eq!(one.unwrap().unwrap(), expected);
        assert_eq!(pages[1].items[1], expected);
    }
}

/// The SDK's other way to the next page repeats neither size nor filter. It filters with size 0.
#[tokio::test]
async fn customers_by_continuation_token() {
    let server = server_with_customers().await;
    let mut client = client(&server);
    let first = client.get("/v1/customers?size=4", &[], collection(customer));
    let token = first.await.unwrap().unwrap().continuation_token.unwrap();
    let header = [("MS-ContinuationToken".to_owned(), token)];
    let path = "/v1/customers?seekOperation=Next";
    let last = client.get(path, &header, collection(customer)).await;
    let last = last.unwrap().unwrap();
    assert_eq!(names(&last), ["Zoo", "DT DEMO CSP CUSTOMER 005"]);
    assert_eq!((last.continuation_token, last.next), (None, None));

    let filter = "%7B%22Field%22%3A%22CompanyName%22%2C%22Value%22%3A%22Contoso%22%2C\
        %22Operator%22%3A%22starts_with%22%7D";
    let path = format!("/v1/customers?size=0&filter={filter}");
    let found = enumerate(&mut client, &path).await;
    assert_eq!(names(&found[0]), ["Contoso", "contoso & Søn"]);
}

/// The category and code of the exception, and the number of attempts.
async fn thrown(mut client: DotNet, method: &str, path: &str) -> String {
    let thrown = client.send(method, path).await.unwrap_err();
    let fault = thrown.fault.as_ref();
    assert!(fault.is_none_or(|it| it.data.is_empty() && !it.description.is_empty()));
    let code = fault.map_or("no code", |it| &it.code);
    // Each attempt has the same id, and the server returns it each time.
    let id = Some("6b588e9b-1d02-471a-bce2-000000000001");
    assert!(client.attempts.iter().all(|it| it.as_deref() == id));
    assert_eq!(client.waited, WAITS[..client.attempts.len() - 1]);
    format!(
        "{:?} {code}, attempts: {}",
        thrown.category,
        client.attempts.len()
    )
}

#[tokio::test]
async fn every_refusal_has_its_category() {
    let server = server_with_customers().await;
    let mut lines = String::new();
    let unknown = "/v1/customers/4d3cf487-70f4-4e1e-9ff1-000000000000";
    for path in [
        "/v1/customers/contoso",
        "/v1/customers?size=-1",
        "/v1/customers?size=1&size=1",
        "/v1/customers?seekOperation=Sideways",
        "/v1/customers?filter=%7B%22Field%22%3A%22IndirectReseller%22%2C%22Value%22%3A%22a%22%2C\
         %22Operator%22%3A%22starts_with%22%7D",
        "/partner/v1/analytics/commercial/usage/license?filter=seats",
        unknown,
        &format!("{unknown}/analytics/licenses/usage"),
        "/v1/invoices",
    ] {
        lines += &format!("{path}: {}\n", thrown(client(&server), "GET", path).await);
    }
    lines += &format!("POST: {}\n", thrown(client(&server), "POST", USAGE).await);
    let long = format!("{USAGE}?{}", "q".repeat(8 * 1024));
    lines += &format!(
        "too long: {}\n",
        thrown(client(&server), "GET", &long).await
    );
    let named = client(&server).with_host("seatwise.example");
    lines += &format!("other host: {}\n", thrown(named, "GET", USAGE).await);
    assert_snapshot!(lines, @"
    /v1/customers/contoso: BadInput 900118, attempts: 1
    /v1/customers?size=-1: BadInput 3000, attempts: 1
    /v1/customers?size=1&size=1: BadInput 800002, attempts: 1
    /v1/customers?seekOperation=Sideways: BadInput 900126, attempts: 1
    /v1/customers?filter=%7B%22Field%22%3A%22IndirectReseller%22%2C%22Value%22%3A%22a%22%2C%22Operator%22%3A%22starts_with%22%7D: BadInput 2000, attempts: 1
    /partner/v1/analytics/commercial/usage/license?filter=seats: BadInput 3000, attempts: 1
    /v1/customers/4d3cf487-70f4-4e1e-9ff1-000000000000: NotFound 60003, attempts: 1
    /v1/customers/4d3cf487-70f4-4e1e-9ff1-000000000000/analytics/licenses/usage: NotFound 60003, attempts: 1
    /v1/invoices: NotFound 1000, attempts: 1
    POST: InvalidOperation 900141, attempts: 4
    too long: ServerError 800002, attempts: 4
    other host: Forbidden 2032, attempts: 1
    ");
}

#[tokio::test]
async fn every_token_that_is_not_enough_has_its_category() {
    let server = Running::start(|_| {}).await;
    let with = |claim: &str, value: serde_json::Value| {
        signed(&changed(user_claims(), json!({ claim: value })))
    };
    let mut lines = String::new();
    for (what, token) in [
        ("no token", "none".to_owned()),
        ("expired", with("exp", json!(1))),
        (
            "of another issuer",
            with("iss", json!("https://sts.example/")),
        ),
        (
            "for another service",
            with("aud", json!("https://graph.windows.net")),
        ),
        ("without a second factor", with("amr", json!(["pwd"]))),
        ("of an application", app_token(partner())),
        ("without the permission", with("scp", json!("User.Read"))),
        ("oversized", "x".repeat(40 * 1024)),
    ] {
        let client = client_with(&server, token);
        lines += &format!("{what}: {}\n", thrown(client, "GET", USAGE).await);
    }
    assert_snapshot!(lines, @"
    no token: Unauthorized 400, attempts: 1
    expired: Unauthorized 400, attempts: 1
    of another issuer: Unauthorized 400, attempts: 1
    for another service: Unauthorized 900420, attempts: 1
    without a second factor: Unauthorized 900421, attempts: 1
    of an application: Forbidden 900329, attempts: 1
    without the permission: Forbidden 900150, attempts: 1
    oversized: ServerError 800002, attempts: 4
    ");
}

#[tokio::test]
async fn failures_of_the_server_have_their_categories() {
    let damaged = TestServer::unpublished(|_| {});
    damaged
        .import(partner(), USAGE_COLUMNS, customers::DOCUMENTED_USAGE)
        .await;
    published::damage(&damaged, partner());
    let server = Running::over(damaged).await;
    let mut lines = format!(
        "never published: {}\n",
        thrown(client(&server), "GET", USAGE).await
    );
    let path = format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage");
    lines += &format!(
        "unreadable: {}\n",
        thrown(client(&server), "GET", &path).await
    );
    let issuer = FakeIssuer::start().await;
    issuer.change(|documents| documents.down = true);
    let server = Running::start(|config: &mut Config| issuer.configure(config)).await;
    let of_issuer = signed(&changed(user_claims(), json!({ "iss": issuer.name() })));
    let client = client_with(&server, of_issuer);
    lines += &format!("no keys: {}\n", thrown(client, "GET", USAGE).await);
    assert_snapshot!(lines, @"
    never published: ServerBusy 800003, attempts: 4
    unreadable: ServerError 800003, attempts: 4
    no keys: ServerBusy 800003, attempts: 4
    ");
}

/// An error in the gateway's form: only with this form the SDK keeps the delay.
#[tokio::test]
async fn a_throttled_call_says_when_to_come_back() {
    let body = String::from_utf8(GatewayError::rate_limited(57).to_bytes()).unwrap();
    let throttled = |headers: &str, body: &str| {
        let length = body.len();
        format!("HTTP/1.1 429 Too Many\n{headers}Content-Length: {length}\n\n{body}")
    };
    let fault = r#"{"code":"429","description":"slowly"}"#;
    for (answer, category, retry_after) in [
        (
            throttled("Retry-After: 57\n", &body),
            Category::TooManyRequests,
            Some(57),
        ),
        // Responses that the server must never send: the first loses the delay, the second breaks
        // the SDK.
        (
            throttled("Retry-After: 57\n", fault),
            Category::TooManyRequests,
            None,
        ),
        (throttled("", &body), Category::NotSpecified, None),
    ] {
        let (url, _asked) = scripted(&[&[&answer]]).await;
        let mut client = DotNet::new(&url, "TOKEN");
        let thrown = client.send("GET", USAGE).await.unwrap_err();
        let delay = retry_after.map(Duration::from_secs);
        assert_eq!((thrown.category, thrown.retry_after), (category, delay));
        assert!(client.waited.is_empty());
    }
}

const UNAVAILABLE: &str = "HTTP/1.1 503 Busy\nContent-Length: 0\n\n";
const EMPTY: &str = "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}";

#[tokio::test]
async fn attempts_share_a_connection_and_calls_do_not() {
    let (url, asked) = scripted(&[&[UNAVAILABLE, UNAVAILABLE, EMPTY], &[EMPTY]]).await;
    let mut client = DotNet::new(&url, "TOKEN");
    for _ in 0..2 {
        let rows = client.get(USAGE, &[], collection(partner_usage)).await;
        assert_eq!(rows.unwrap().unwrap().items, []);
    }
    assert_eq!(client.waited, WAITS[..2]);
    let asked = asked.await.unwrap();
    let ids: Vec<_> = asked
        .lines()
        .filter_map(|line| line.strip_prefix("MS-RequestId: "))
        .map(|id| &id[35..])
        .collect();
    assert_eq!(ids, ["1", "1", "1", "2"]);
}

#[tokio::test]
async fn connections_that_break_are_tried_four_times() {
    let cut = "HTTP/1.1 200 OK\nContent-Length: 9\n\n{";
    let (url, _asked) = scripted(&[&[cut], &[cut], &[cut], &[cut]]).await;
    let mut client = DotNet::new(&url, "TOKEN");
    let thrown = client.send("GET", USAGE).await.unwrap_err();
    assert_eq!(thrown.category, Category::NotSpecified);
    assert_eq!(client.waited, WAITS);
}

#[tokio::test]
async fn bodies_that_the_client_cannot_take() {
    for body in [
        "\u{1f}\u{8b}\u{8}",
        "{}{}",
        "[]",
        "null",
        r#"{"items":[{"licensesSold":null}]}"#,
        r#"{"items":[{"licensesSold":206.5}]}"#,
        r#"{"totalCount":"all"}"#,
    ] {
        let length = body.len();
        let answer = format!("HTTP/1.1 200 OK\nContent-Length: {length}\n\n{body}");
        let (url, _asked) = scripted(&[&[&answer]]).await;
        let mut client = DotNet::new(&url, "TOKEN");
        let rows = collection(partner_deployment);
        let thrown = client.get(USAGE, &[], rows).await.unwrap_err();
        assert_eq!(thrown.category, Category::ResponseParsing, "{body}");
        assert!(client.waited.is_empty());
    }
}

#[tokio::test]
async fn an_expired_credential_sends_nothing() {
    let mut client = DotNet::new("http://127.0.0.1:1", "TOKEN").with_expired_token();
    let thrown = client.send("GET", USAGE).await.unwrap_err();
    assert_eq!(thrown.category, Category::Unauthorized);
    assert_eq!(client.attempts, []);
}
