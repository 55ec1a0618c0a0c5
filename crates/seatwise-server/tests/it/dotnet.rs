//! The requests of Microsoft's .NET SDK 3.4 over real connections, and what it needs of the answers.
//!
//! The SDK was run against a scripted server to find out what it sends and accepts. It does not run
//! here. These tests use none of the project's types, so they cannot share a mistake with the server.

use http::{HeaderMap, HeaderName, StatusCode};
use insta::assert_snapshot;
use seatwise_server::Config;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::customers::{self, CUSTOMER};
use crate::fake_issuer::FakeIssuer;
use crate::harness::{
    DEPLOYMENT, DEPLOYMENT_COLUMNS, TestServer, USAGE, USAGE_COLUMNS, app_token, partner,
    user_token,
};
use crate::published;
use crate::running::Running;
use crate::tokens::{changed, signed, user_claims};

const REQUEST_ID: &str = "6b588e9b-1d02-471a-bce2-000000000001";

/// A request as the SDK was recorded to send it, to the byte. `own` are headers of a link.
fn request(method: &str, path: &str, token: &str, own: &str, host: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\n\
         Authorization: Bearer {token}\r\n\
         Accept: application/json\r\n\
         MS-RequestId: {REQUEST_ID}\r\n\
         MS-CorrelationId: ae3b8c36-348b-46bc-9a60-398f973153ff\r\n\
         X-Locale: en-US\r\n\
         MS-PartnerCenter-Client: Partner Center .NET SDK\r\n\
         MS-SdkVersion: 3.4.0.0\r\n\
         {own}Host: {host}\r\n\r\n"
    )
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    async fn read(stream: &mut BufReader<TcpStream>) -> Self {
        let status = read_line(stream).await;
        let status = status.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = HeaderMap::new();
        while let Some((name, value)) = read_line(stream).await.split_once(": ") {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        let length = headers["content-length"].to_str().unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).await.unwrap();
        Self {
            status,
            headers,
            body,
        }
    }

    fn closes(&self) -> bool {
        self.headers
            .get("connection")
            .is_some_and(|it| it == "close")
    }

    /// The SDK drops the byte-order mark. It cannot read a compressed body.
    fn json(&self) -> Value {
        let text = str::from_utf8(&self.body).unwrap();
        serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap()
    }
}

async fn read_line(stream: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    assert_ne!(stream.read_line(&mut line).await.unwrap(), 0);
    line.trim_end().to_owned()
}

/// The answer to a request. The SDK repeats what fails, up to four times with the same ids and on
/// the same connection, so each request is sent twice and must have the same answer.
async fn send(server: &Running, request: &str) -> Answer {
    let mut stream = BufReader::new(server.connect().await);
    stream.write_all(request.as_bytes()).await.unwrap();
    let first = Answer::read(&mut stream).await;
    if first.closes() {
        stream = BufReader::new(server.connect().await);
    }
    stream.write_all(request.as_bytes()).await.unwrap();
    let again = Answer::read(&mut stream).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    for answer in [&first, &again] {
        let content_type = &answer.headers["content-type"];
        assert_eq!(content_type, "application/json; charset=utf-8");
        assert_eq!(answer.headers["ms-requestid"], REQUEST_ID);
    }
    first
}

async fn get(server: &Running, path: &str) -> Answer {
    let request = request("GET", path, &user_token(partner()), "", "localhost");
    send(server, &request).await
}

/// The bodies are those that `published` and `customers` compare to the byte.
#[tokio::test]
async fn figures_are_the_documented_bytes() {
    let of_customer =
        |metric: &str| format!("/v1/customers/{CUSTOMER}/analytics/licenses/{metric}");
    for (usage, deployment, paths) in [
        (
            published::DOCUMENTED_USAGE,
            published::DOCUMENTED_DEPLOYMENT,
            [USAGE.to_owned(), DEPLOYMENT.to_owned()],
        ),
        (
            customers::DOCUMENTED_USAGE,
            customers::DOCUMENTED_DEPLOYMENT,
            [of_customer("usage"), of_customer("deployment")],
        ),
    ] {
        let server = TestServer::unpublished(|_| {});
        server.import(partner(), USAGE_COLUMNS, usage).await;
        let rows = deployment;
        server.import(partner(), DEPLOYMENT_COLUMNS, rows).await;
        server.app.refresh_now().await;
        let server = Running::over(server).await;
        for path in paths {
            let answer = get(&server, &path).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.body, server.test.get(&path).await.body, "{path}");
        }
    }
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

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    let names = items.map(|it| it["companyProfile"]["companyName"].as_str().unwrap());
    names.collect()
}

/// All pages as the SDK's enumerator gets them: it adds `/v1` to a link unless it starts like that,
/// and sends the link's headers.
async fn enumerate(server: &Running, token: &str, first: &str) -> Vec<Value> {
    let mut pages = Vec::new();
    let (mut path, mut own) = (first.to_owned(), String::new());
    loop {
        let answer = send(server, &request("GET", &path, token, &own, "localhost")).await;
        assert_eq!(answer.status, 200, "{path}");
        let page = answer.json();
        pages.push(page.clone());
        let Some(next) = page["links"].get("next") else {
            return pages;
        };
        path = next["uri"].as_str().unwrap().to_owned();
        if !path.starts_with("/v1") {
            path.insert_str(0, "/v1");
        }
        let text = |header: &Value, name: &str| header[name].as_str().unwrap().to_owned();
        let headers = next["headers"].as_array().unwrap().iter();
        own = headers
            .map(|it| format!("{}: {}\r\n", text(it, "key"), text(it, "value")))
            .collect();
    }
}

#[tokio::test]
async fn all_customers_and_one() {
    let server = server_with_customers().await;
    for token in [user_token(partner()), app_token(partner())] {
        let pages = enumerate(&server, &token, "/v1/customers?size=4").await;
        let names: Vec<_> = pages.iter().map(names).collect();
        let first = vec!["Adatum", "Contoso", "contoso & Søn", "Fabrikam"];
        assert_eq!(names, [first, vec!["Zoo", "DT DEMO CSP CUSTOMER 005"]]);
        assert_eq!(pages[0]["attributes"]["objectType"], "Collection");

        let path = format!("/v1/customers/{CUSTOMER}");
        let one = request("GET", &path, &token, "", "localhost");
        let one = send(&server, &one).await;
        let itself = |uri: &str| json!({"self": {"uri": uri, "method": "GET", "headers": []}});
        let expected = json!({
            "id": CUSTOMER,
            "companyProfile": {
                "tenantId": CUSTOMER,
                "domain": "dtdemo.onmicrosoft.com",
                "companyName": "DT DEMO CSP CUSTOMER 005",
                "links": itself(&format!("/customers/{CUSTOMER}/profiles/company")),
                "attributes": {"objectType": "CustomerCompanyProfile"},
            },
            "relationshipToPartner": "reseller",
            "links": itself(&format!("/customers/{CUSTOMER}")),
            "attributes": {"objectType": "Customer"},
        });
        assert_eq!(one.json(), expected);
        assert_eq!(pages[1]["items"][1], expected);
    }
}

/// The SDK's other way to the next page repeats neither size nor filter. It filters with size 0.
#[tokio::test]
async fn customers_by_continuation_token() {
    let server = server_with_customers().await;
    let first = get(&server, "/v1/customers?size=4").await.json();
    let header = format!(
        "MS-ContinuationToken: {}\r\n",
        first["continuationToken"].as_str().unwrap()
    );
    let path = "/v1/customers?seekOperation=Next";
    let token = user_token(partner());
    let last = send(&server, &request("GET", path, &token, &header, "localhost")).await;
    let last = last.json();
    assert_eq!(names(&last), ["Zoo", "DT DEMO CSP CUSTOMER 005"]);
    assert_eq!(last.get("continuationToken"), None);
    assert_eq!(last["links"].get("next"), None);

    let filter = "%7B%22Field%22%3A%22CompanyName%22%2C%22Value%22%3A%22Contoso%22%2C\
        %22Operator%22%3A%22starts_with%22%7D";
    let path = format!("/v1/customers?size=0&filter={filter}");
    let found = enumerate(&server, &token, &path).await;
    assert_eq!(names(&found[0]), ["Contoso", "contoso & Søn"]);
}

/// Status and code of a refusal. The SDK makes the category of its exception from the status, and
/// reads code, description and data.
async fn refused(server: &Running, request: &str) -> String {
    let answer = send(server, request).await;
    let body = answer.json();
    assert!(!body["description"].as_str().unwrap().is_empty());
    assert_eq!(body["data"], json!([]));
    format!("{} {}", answer.status.as_u16(), body["code"])
}

#[tokio::test]
async fn every_refusal_has_its_status_and_code() {
    let server = server_with_customers().await;
    let token = user_token(partner());
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
        let request = request("GET", path, &token, "", "localhost");
        lines += &format!("{path}: {}\n", refused(&server, &request).await);
    }
    let long = format!("{USAGE}?{}", "q".repeat(8 * 1024));
    for (what, request) in [
        ("POST", request("POST", USAGE, &token, "", "localhost")),
        ("too long", request("GET", &long, &token, "", "localhost")),
        (
            "other host",
            request("GET", USAGE, &token, "", "seatwise.example"),
        ),
    ] {
        lines += &format!("{what}: {}\n", refused(&server, &request).await);
    }
    assert_snapshot!(lines, @"
    /v1/customers/contoso: 400 900118
    /v1/customers?size=-1: 400 3000
    /v1/customers?size=1&size=1: 400 800002
    /v1/customers?seekOperation=Sideways: 400 900126
    /v1/customers?filter=%7B%22Field%22%3A%22IndirectReseller%22%2C%22Value%22%3A%22a%22%2C%22Operator%22%3A%22starts_with%22%7D: 400 2000
    /partner/v1/analytics/commercial/usage/license?filter=seats: 400 3000
    /v1/customers/4d3cf487-70f4-4e1e-9ff1-000000000000: 404 60003
    /v1/customers/4d3cf487-70f4-4e1e-9ff1-000000000000/analytics/licenses/usage: 404 60003
    /v1/invoices: 404 1000
    POST: 405 900141
    too long: 414 800002
    other host: 403 2032
    ");
}

#[tokio::test]
async fn every_token_that_is_not_enough_has_its_status_and_code() {
    let server = Running::start(|_| {}).await;
    let with = |claim: &str, value: Value| signed(&changed(user_claims(), json!({ claim: value })));
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
        let request = request("GET", USAGE, &token, "", "localhost");
        lines += &format!("{what}: {}\n", refused(&server, &request).await);
    }
    assert_snapshot!(lines, @"
    no token: 401 400
    expired: 401 400
    of another issuer: 401 400
    for another service: 401 900420
    without a second factor: 401 900421
    of an application: 403 900329
    without the permission: 403 900150
    oversized: 431 800002
    ");
}

#[tokio::test]
async fn failures_of_the_server_have_their_status_and_code() {
    let damaged = TestServer::unpublished(|_| {});
    damaged
        .import(partner(), USAGE_COLUMNS, customers::DOCUMENTED_USAGE)
        .await;
    published::damage(&damaged, partner());
    let server = Running::over(damaged).await;
    let of_user = |path: &str| request("GET", path, &user_token(partner()), "", "localhost");
    let never = refused(&server, &of_user(USAGE)).await;
    let path = format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage");
    let unreadable = refused(&server, &of_user(&path)).await;
    let issuer = FakeIssuer::start().await;
    issuer.change(|documents| documents.down = true);
    let server = Running::start(|config: &mut Config| issuer.configure(config)).await;
    let of_issuer = signed(&changed(user_claims(), json!({ "iss": issuer.name() })));
    let request = request("GET", USAGE, &of_issuer, "", "localhost");
    let no_keys = refused(&server, &request).await;
    let lines = format!("never published: {never}\nunreadable: {unreadable}\nno keys: {no_keys}\n");
    assert_snapshot!(lines, @"
    never published: 503 800003
    unreadable: 500 800003
    no keys: 503 800003
    ");
}
