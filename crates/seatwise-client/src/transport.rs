//! A single call: its headers, attempts and body.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use hyper::ext::ReasonPhrase;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Response};
use seatwise_types::header;
use url::Url;
use uuid::Uuid;

use crate::base_url::BaseUrl;
use crate::clock::{Clock, Sleep};
use crate::commercial::KnownRoute;
use crate::error::RequestIds;
use crate::pace::Pacer;
use crate::retry::{date, retry_after};
use crate::sign_in::SignIn;
use crate::traffic::Counters;
use crate::{Checked, Error, RequestContext, RetryPolicy, development_token, fault};

/// Makes a new id.
pub(crate) type NewId = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// Answers requests in place of a remote service.
pub(crate) type InProcess = Arc<
    dyn Fn(http::Request<()>) -> Pin<Box<dyn Future<Output = http::Response<Vec<u8>>> + Send>>
        + Send
        + Sync,
>;

/// The largest part of an error's body that is read, in bytes.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// The state that all calls share.
pub(crate) struct Transport {
    pub(crate) http: Client,
    /// Answers requests instead of the network.
    pub(crate) in_process: Option<InProcess>,
    pub(crate) base_url: BaseUrl,
    pub(crate) sign_in: SignIn,
    pub(crate) application: Option<HeaderValue>,
    pub(crate) locale: HeaderValue,
    pub(crate) retry: RetryPolicy,
    pub(crate) pacer: Option<Pacer>,
    pub(crate) traffic: Counters,
    pub(crate) max_body: usize,
    pub(crate) new_id: NewId,
    pub(crate) clock: Clock,
    pub(crate) sleep: Sleep,
    pub(crate) commercial_route: KnownRoute,
}

/// A request to the service.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Path and query below the base URL.
    pub(crate) path: String,
    /// Additional headers. The headers of every call take precedence.
    pub(crate) headers: HeaderMap,
}

impl Request {
    pub(crate) fn to(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            headers: HeaderMap::new(),
        }
    }
}

/// A successful answer.
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
    pub(crate) ids: RequestIds,
    /// Whether the answer confirms a point on the axes of time.
    pub(crate) is_at_a_point: bool,
}

impl Transport {
    /// Calls until there is an answer or the retry policy gives up.
    pub(crate) async fn get(
        &self,
        request: &Request,
        context: &RequestContext,
    ) -> Result<Answer, Error> {
        let url = self.base_url.join(&request.path)?;
        let ids = self.ids(context);
        let headers = self.headers(&request.headers, context, ids)?;

        // The call's id is random enough to seed the waits.
        let (_, seed) = ids.request_id.as_u64_pair();
        let mut waits = self.retry.waits(seed);
        let mut is_retry = false;
        loop {
            let err = match self.paced(&url, &headers, ids, is_retry).await {
                Ok(answer) => return Ok(answer),
                Err(err) => err,
            };
            is_retry = true;
            let Some(wait) = self.retry.wait(&err, &mut waits) else {
                return Err(err);
            };
            // Leaves out the message, which may name a customer.
            tracing::debug!(
                request_id = %ids.request_id,
                status = err.status(),
                wait_ms = wait.as_millis(),
                "call to Partner Center failed, will try again",
            );
            (self.sleep)(wait).await;
        }
    }

    /// Calls once, and requests whether the sign-in had a second factor.
    pub(crate) async fn check(
        &self,
        path: &str,
        context: &RequestContext,
    ) -> Result<Checked, Error> {
        let url = self.base_url.join(path)?;
        let sent = self.ids(context);
        let mut headers = self.headers(&HeaderMap::new(), context, sent)?;
        headers.insert(header::VALIDATE_MFA, HeaderValue::from_static("true"));
        let authorization = self.authorization().await?;
        let response = self
            .send(&url, &headers, &authorization, sent, false)
            .await?;
        let ids = received_ids(response.headers(), sent);
        let date = date(response.headers());
        let is_mfa_compliant = response
            .headers()
            .get(header::IS_MFA_COMPLIANT)
            .and_then(|value| value.to_str().ok()?.to_ascii_lowercase().parse().ok());
        let (body, error) = if response.status().is_success() {
            (self.read(response, ids).await?, None)
        } else {
            (Vec::new(), Some(service_error(response, ids).await))
        };
        Ok(Checked {
            body,
            error,
            date,
            is_mfa_compliant,
        })
    }

    /// Makes an attempt after its turn comes.
    async fn paced(
        &self,
        url: &Url,
        headers: &HeaderMap,
        ids: RequestIds,
        is_retry: bool,
    ) -> Result<Answer, Error> {
        let turn = match &self.pacer {
            Some(pacer) => Some((pacer, pacer.turn(&self.clock, &self.sleep).await)),
            None => None,
        };
        let result = self.attempt(url, headers, ids, is_retry).await;
        if result.as_ref().is_err_and(Error::is_throttled) {
            self.traffic.throttled();
        }
        if let Some((pacer, turn)) = turn {
            match result.as_ref().map_err(|err| (err, err.retry_after())) {
                // A longer wait does not pause the pacer: each call gets it as an error.
                Err((err, Some(time))) if time <= self.retry.longest_wait => {
                    pacer.leave_alone(&turn, (self.clock)(), time, err.is_throttled());
                }
                Err(_) => {}
                Ok(_) => pacer.answered(),
            }
        }
        result
    }

    /// The ids of a call: those of the context, or new ones.
    fn ids(&self, context: &RequestContext) -> RequestIds {
        RequestIds {
            request_id: context.request_id.unwrap_or_else(|| (self.new_id)()),
            correlation_id: context.correlation_id.unwrap_or_else(|| (self.new_id)()),
        }
    }

    fn headers(
        &self,
        extra: &HeaderMap,
        context: &RequestContext,
        ids: RequestIds,
    ) -> Result<HeaderMap, Error> {
        let locale = match &context.locale {
            Some(locale) => header_value("locale", locale)?,
            None => self.locale.clone(),
        };
        let mut headers = extra.clone();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::MS_REQUEST_ID, id_value(ids.request_id)?);
        headers.insert(header::MS_CORRELATION_ID, id_value(ids.correlation_id)?);
        headers.insert(header::X_LOCALE, locale);
        headers.insert(
            header::MS_PARTNER_CENTER_CLIENT,
            HeaderValue::from_static("Seatwise"),
        );
        headers.insert(
            header::MS_SDK_VERSION,
            HeaderValue::from_static(env!("CARGO_PKG_VERSION")),
        );
        if let Some(application) = &self.application {
            headers.insert(header::MS_PARTNER_CENTER_APPLICATION, application.clone());
        }
        Ok(headers)
    }

    async fn attempt(
        &self,
        url: &Url,
        headers: &HeaderMap,
        sent: RequestIds,
        is_retry: bool,
    ) -> Result<Answer, Error> {
        let authorization = self.authorization().await?;
        let response = self
            .send(url, headers, &authorization, sent, is_retry)
            .await?;
        let ids = received_ids(response.headers(), sent);
        if !response.status().is_success() {
            let err = service_error(response, ids).await;
            if err.is_unauthorized() {
                self.sign_in.refused(&authorization).await;
            }
            return Err(err);
        }
        let is_at_a_point = response.headers().contains_key(header::SEATWISE_AXES);
        let body = self.read(response, ids).await?;
        Ok(Answer {
            body,
            ids,
            is_at_a_point,
        })
    }

    /// A token that may go to the service.
    async fn authorization(&self) -> Result<HeaderValue, Error> {
        let authorization = self.sign_in.authorization().await?;
        if !self.base_url.is_loopback() && development_token::is_in(&authorization) {
            return Err(Error::development_token(&self.base_url.origin()));
        }
        Ok(authorization)
    }

    async fn send(
        &self,
        url: &Url,
        headers: &HeaderMap,
        authorization: &HeaderValue,
        sent: RequestIds,
        is_retry: bool,
    ) -> Result<Response, Error> {
        self.traffic.request(is_retry);
        if let Some(answer) = &self.in_process {
            let uri = http::Uri::try_from(url.as_str());
            let invalid = |err| Error::invalid("the address cannot be asked").because(err);
            let mut request = http::Request::new(());
            *request.uri_mut() = uri.map_err(invalid)?;
            request.headers_mut().clone_from(headers);
            return Ok(answer(request).await.into());
        }
        let request = self
            .http
            .get(url.clone())
            .header(AUTHORIZATION, authorization)
            .headers(headers.clone());
        request
            .send()
            .await
            .map_err(|err| Error::transport(err, &self.base_url).of(sent))
    }

    /// Reads a whole body. A body that ends early is an error of the connection.
    async fn read(&self, mut response: Response, ids: RequestIds) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|err| Error::transport(err, &self.base_url).of(ids))?
        {
            if body.len() + chunk.len() > self.max_body {
                return Err(Error::too_large(self.max_body).of(ids));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// The error of an answer. Its status counts, even if its body is unreadable.
async fn service_error(mut response: Response, ids: RequestIds) -> Error {
    let status = response.status();
    let reason = match response.extensions().get::<ReasonPhrase>() {
        Some(reason) => String::from_utf8_lossy(reason.as_bytes()).into_owned(),
        None => status.canonical_reason().unwrap_or_default().to_owned(),
    };
    let retry_after = retry_after(status, response.headers());
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await
        && body.len() < MAX_ERROR_BODY
    {
        body.extend_from_slice(&chunk);
    }
    let fault = fault::read(&body, &reason);
    let is_known = fault.is_known;
    let err = Error::service(status.as_u16(), fault, retry_after, ids);
    if is_known { err } else { err.with_body(&body) }
}

/// The ids that the service reports for the call, or else those that were sent.
fn received_ids(headers: &HeaderMap, sent: RequestIds) -> RequestIds {
    let received = |name| headers.get(name)?.to_str().ok()?.parse().ok();
    RequestIds {
        request_id: received(header::MS_REQUEST_ID).unwrap_or(sent.request_id),
        correlation_id: received(header::MS_CORRELATION_ID).unwrap_or(sent.correlation_id),
    }
}

fn id_value(id: Uuid) -> Result<HeaderValue, Error> {
    header_value("id", &id.hyphenated().to_string())
}

pub(crate) fn header_value(what: &str, text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text).map_err(|err| {
        Error::invalid(format!(
            "the {what} `{}` cannot be sent as a header",
            text.escape_debug()
        ))
        .because(err)
    })
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base_url", &self.base_url)
            .field("sign_in", &self.sign_in)
            .field("application", &self.application)
            .field("locale", &self.locale)
            .field("retry", &self.retry)
            .field("max_body", &self.max_body)
            .finish_non_exhaustive()
    }
}
