//! A client that behaves like Microsoft's .NET SDK 3.4, as measured: its requests, retries, and
//! errors.
//!
//! It uses none of the project's types, so it cannot share a mistake with the server. Where the SDK
//! sleeps, it records the duration.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use url::Url;
use uuid::Uuid;

use super::models::{Misread, Object};

/// The waits before the second, third and fourth attempt.
pub(crate) const WAITS: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_millis(1500),
    Duration::from_millis(3500),
];

/// The statuses that the SDK does not retry.
const FINAL: [u16; 7] = [400, 401, 403, 404, 409, 417, 429];

pub(crate) struct DotNet {
    address: SocketAddr,
    host: String,
    /// `None` once it has expired, which the SDK checks itself.
    token: Option<String>,
    calls: u128,
    /// The request ids in the responses, one for each attempt; `None` without a response.
    pub(crate) attempts: Vec<Option<String>>,
    /// The waits between attempts.
    pub(crate) waited: Vec<Duration>,
}

/// The exception of the SDK. It has no status.
#[derive(Debug, PartialEq)]
pub(crate) struct PartnerException {
    pub(crate) category: Category,
    pub(crate) fault: Option<ApiFault>,
    pub(crate) message: String,
    pub(crate) retry_after: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Category {
    AlreadyExists,
    BadInput,
    Forbidden,
    GatewayTimeout,
    InvalidOperation,
    NotFound,
    NotSpecified,
    RequestTimeout,
    ResponseParsing,
    ServerBusy,
    ServerError,
    TooManyRequests,
    Unauthorized,
    UnsupportedDataFormat,
}

/// The body of an error, as far as the SDK reads it.
#[derive(Debug, PartialEq)]
pub(crate) struct ApiFault {
    pub(crate) code: String,
    pub(crate) description: String,
    pub(crate) data: Vec<Value>,
}

struct Answer {
    status: u16,
    reason: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl DotNet {
    /// The SDK replaces the path of the base URL with its own, and drops the query.
    pub(crate) fn new(base_url: &str, token: impl Into<String>) -> Self {
        let url = Url::parse(base_url).unwrap();
        Self {
            address: url.socket_addrs(|| None).unwrap()[0],
            host: url[url::Position::BeforeHost..url::Position::AfterPort].to_owned(),
            token: Some(token.into()),
            calls: 0,
            attempts: Vec::new(),
            waited: Vec::new(),
        }
    }

    /// Uses another host name.
    pub(crate) fn with_host(self, host: &str) -> Self {
        let host = host.to_owned();
        Self { host, ..self }
    }

    pub(crate) fn with_expired_token(self) -> Self {
        Self {
            token: None,
            ..self
        }
    }

    /// The resource at a path; `None` if the response has no body.
    pub(crate) async fn get<T>(
        &mut self,
        path: &str,
        own_headers: &[(String, String)],
        read: impl FnOnce(&Object) -> Result<T, Misread>,
    ) -> Result<Option<T>, PartnerException> {
        let answer = self.call("GET", path, own_headers).await?;
        let text = text_of(&answer)?;
        if text.is_empty() {
            return Ok(None);
        }
        // Only blanks can follow the JSON.
        let resource = match serde_json::from_str(&text) {
            Ok(Value::Object(members)) => read(&Object(members)).map_err(|err| err.0),
            Ok(_) => Err("no object".to_owned()),
            Err(err) => Err(err.to_string()),
        };
        resource
            .map(Some)
            .map_err(|err| PartnerException::new(Category::ResponseParsing, err))
    }

    /// A call without a body, with all attempts of the SDK.
    pub(crate) async fn send(&mut self, method: &str, path: &str) -> Result<(), PartnerException> {
        self.call(method, path, &[]).await.map(drop)
    }

    async fn call(
        &mut self,
        method: &str,
        path: &str,
        own_headers: &[(String, String)],
    ) -> Result<Answer, PartnerException> {
        let request = self.request(method, path, own_headers)?;
        // Each call has a connection, which its attempts share.
        let mut connection = None;
        let mut waits = WAITS.into_iter();
        loop {
            let answer = attempt(&mut connection, self.address, &request).await;
            let id = answer
                .as_ref()
                .ok()
                .and_then(|it| it.header("ms-requestid"));
            self.attempts.push(id.map(str::to_owned));
            let is_final = match &answer {
                Ok(answer) => answer.is_success() || FINAL.contains(&answer.status),
                Err(_) => false,
            };
            match waits.next() {
                Some(wait) if !is_final => self.waited.push(wait),
                _ => return answer.map_or_else(|err| Err(err.into()), Answer::or_fault),
            }
        }
    }

    /// The bytes of the request, which are the same in every attempt.
    fn request(
        &mut self,
        method: &str,
        path: &str,
        own_headers: &[(String, String)],
    ) -> Result<String, PartnerException> {
        let Some(token) = &self.token else {
            let reason = "the credential has expired";
            return Err(PartnerException::new(Category::Unauthorized, reason));
        };
        self.calls += 1;
        let host = &self.host;
        let request_id = Uuid::from_u128(0x6b58_8e9b_1d02_471a_bce2_0000_0000_0000 + self.calls);
        let correlation_id = Uuid::from_u128(0xae3b_8c36_348b_46bc_9a60_398f_9731_53ff);
        let own: String = own_headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        Ok(format!(
            "{method} {path} HTTP/1.1\r\n\
             Authorization: Bearer {token}\r\n\
             Accept: application/json\r\n\
             MS-RequestId: {request_id}\r\n\
             MS-CorrelationId: {correlation_id}\r\n\
             X-Locale: en-US\r\n\
             MS-PartnerCenter-Client: Partner Center .NET SDK\r\n\
             MS-SdkVersion: 3.4.0.0\r\n\
             {own}Host: {host}\r\n\r\n"
        ))
    }
}

/// Sends the request and reads the response, on the open connection if there is one.
async fn attempt(
    connection: &mut Option<BufReader<TcpStream>>,
    address: SocketAddr,
    request: &str,
) -> io::Result<Answer> {
    let mut stream = match connection.take() {
        Some(stream) => stream,
        None => BufReader::new(TcpStream::connect(address).await?),
    };
    stream.write_all(request.as_bytes()).await?;
    let answer = Answer::read(&mut stream).await?;
    let closes = answer.header("connection") == Some("close");
    *connection = (!closes).then_some(stream);
    Ok(answer)
}

impl Answer {
    async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Self> {
        let status_line = read_line(stream).await?;
        let mut words = status_line.splitn(3, ' ').skip(1);
        let status = words.next().and_then(|it| it.parse().ok());
        let mut answer = Self {
            status: status.ok_or(io::ErrorKind::InvalidData)?,
            reason: words.next().unwrap_or_default().to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        while let Some((name, value)) = read_line(stream).await?.split_once(": ") {
            answer.headers.push((name.to_owned(), value.to_owned()));
        }
        match answer.header("content-length") {
            Some(length) => {
                let length = length.parse().map_err(|_| io::ErrorKind::InvalidData)?;
                answer.body.resize(length, 0);
                stream.read_exact(&mut answer.body).await?;
            }
            None => drop(stream.read_to_end(&mut answer.body).await?),
        }
        Ok(answer)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let is_it = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .find(is_it)
            .map(|(_, value)| value.as_str())
    }

    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn or_fault(self) -> Result<Self, PartnerException> {
        if self.is_success() {
            Ok(self)
        } else {
            Err(self.fault())
        }
    }

    fn fault(&self) -> PartnerException {
        let body = String::from_utf8_lossy(&self.body);
        let mut exception = PartnerException::new(category(self.status), body.trim());
        exception.fault = ApiFault::read(&body);
        if exception.message.is_empty() {
            exception.message.clone_from(&self.reason);
        }
        // The SDK looks for `Retry-After` only if the body has no fault, and fails if the header is
        // then missing.
        if self.status == 429 && exception.fault.is_none() {
            match self.header("retry-after") {
                Some(value) => exception.retry_after = value.parse().map(Duration::from_secs).ok(),
                None => exception.category = Category::NotSpecified,
            }
        }
        exception
    }
}

async fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    match stream.read_line(&mut line).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end().to_owned()),
    }
}

/// A byte-order mark is dropped. A compressed body is not JSON.
fn text_of(answer: &Answer) -> Result<String, PartnerException> {
    let content_type = answer.header("content-type").unwrap_or_default();
    let charset = content_type.split("charset=").nth(1).unwrap_or("utf-8");
    if !charset.eq_ignore_ascii_case("utf-8") {
        let reason = format!("the charset {charset} is not known");
        return Err(PartnerException::new(Category::NotSpecified, reason));
    }
    let text = String::from_utf8_lossy(&answer.body);
    Ok(text.trim_start_matches('\u{feff}').trim().to_owned())
}

impl PartnerException {
    fn new(category: Category, message: impl Into<String>) -> Self {
        Self {
            category,
            fault: None,
            message: message.into(),
            retry_after: None,
        }
    }
}

impl From<io::Error> for PartnerException {
    fn from(err: io::Error) -> Self {
        Self::new(Category::NotSpecified, err.to_string())
    }
}

impl ApiFault {
    /// `None` unless the body is an object with one of the three members, and all have their types.
    fn read(body: &str) -> Option<Self> {
        let members: Map<String, Value> = serde_json::from_str(body).ok()?;
        let fault = Object(members);
        let is_fault = ["code", "description", "data"]
            .iter()
            .any(|name| fault.member(name).is_some());
        let data = match fault.member("data") {
            None => Vec::new(),
            Some(data) => data.as_array()?.clone(),
        };
        let text = |name| fault.text(name).ok();
        is_fault.then_some(Self {
            code: text("code")?.unwrap_or_default(),
            description: text("description")?.unwrap_or_default(),
            data,
        })
    }
}

fn category(status: u16) -> Category {
    match status {
        400 => Category::BadInput,
        401 => Category::Unauthorized,
        403 => Category::Forbidden,
        404 => Category::NotFound,
        405 => Category::InvalidOperation,
        406 => Category::UnsupportedDataFormat,
        408 => Category::RequestTimeout,
        409 => Category::AlreadyExists,
        429 => Category::TooManyRequests,
        503 => Category::ServerBusy,
        504 => Category::GatewayTimeout,
        _ => Category::ServerError,
    }
}
