//! Settings of a client.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use reqwest::Client;
use uuid::Uuid;

use crate::base_url::BaseUrl;
use crate::transport::{NewId, Sleep, Transport, header_value};
use crate::{Credential, Error, PartnerOperations, RetryPolicy, redirect};

/// Settings of [`PartnerOperations`]; each has a default.
///
/// # Example
///
/// ```
/// use std::time::Duration;
///
/// use seatwise_client::{Credential, PartnerOperations, RetryPolicy};
///
/// let partner = PartnerOperations::builder(Credential::token("eyJ0eXAi"))
///     .base_url("http://127.0.0.1:8080")
///     .application("Contoso licence report")
///     .timeout(Duration::from_secs(30))
///     .retry(RetryPolicy::never())
///     .build()?;
/// # Ok::<(), seatwise_client::Error>(())
/// ```
///
/// # Example: a token must not travel in the clear
///
/// ```
/// use seatwise_client::{Credential, ErrorKind, PartnerOperations};
///
/// let err = PartnerOperations::builder(Credential::token("eyJ0eXAi"))
///     .base_url("http://seatwise.example")
///     .build()
///     .unwrap_err();
/// assert_eq!(err.kind(), &ErrorKind::Invalid);
/// ```
#[must_use = "nothing happens before `build`"]
pub struct Builder {
    credential: Credential,
    base_url: String,
    allow_plain_http: bool,
    application: Option<String>,
    locale: String,
    timeout: Duration,
    connect_timeout: Duration,
    retry: RetryPolicy,
    max_body: usize,
    new_id: NewId,
    sleep: Sleep,
}

impl Builder {
    pub(crate) fn new(credential: Credential) -> Self {
        Self {
            credential,
            base_url: "https://api.partnercenter.microsoft.com".to_owned(),
            allow_plain_http: false,
            application: None,
            locale: "en-US".to_owned(),
            timeout: Duration::from_secs(180),
            connect_timeout: Duration::from_secs(10),
            retry: RetryPolicy::default(),
            max_body: 256 * 1024 * 1024,
            new_id: Arc::new(random_id),
            sleep: Arc::new(|wait| Box::pin(tokio::time::sleep(wait))),
        }
    }

    /// Where the service is; `https://api.partnercenter.microsoft.com` by default.
    ///
    /// A path is kept, and the service's paths stand below it; it does not matter whether it ends
    /// with a slash. It must be `https`, except on the local machine (`localhost`, `127.0.0.0/8`,
    /// `::1`), which is also reached without a proxy. Elsewhere the proxy that the environment
    /// names (`HTTPS_PROXY`, `NO_PROXY`) is used.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Whether the base URL may be plain `http` to another machine; not by default.
    ///
    /// Whoever can listen on the way can then use the token.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// The name of the program that asks, for the service's logs; none by default.
    pub fn application(mut self, name: impl Into<String>) -> Self {
        self.application = Some(name.into());
        self
    }

    /// The language to ask for; `en-US` by default. No effect on licence analytics is documented.
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = locale.into();
        self
    }

    /// How long one attempt may take from connecting to the last byte; three minutes by default,
    /// as in Microsoft's .NET SDK 3.4.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long connecting may take; ten seconds by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How often a call is attempted, and how long to wait in between.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// The largest body that is read, in bytes and uncompressed; 256 MiB by default.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Where request and correlation ids come from; random by default. The random part of waits is
    /// made from them too.
    pub fn new_id(mut self, new_id: impl Fn() -> Uuid + Send + Sync + 'static) -> Self {
        self.new_id = Arc::new(new_id);
        self
    }

    /// How to wait between attempts; tokio's clock by default.
    pub fn sleep<F, Fut>(mut self, sleep: F) -> Self
    where
        F: Fn(Duration) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.sleep = Arc::new(move |wait| Box::pin(sleep(wait)));
        self
    }

    /// Makes the client. It does not connect yet.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used, or if the machine's trusted certificates cannot be read.
    pub fn build(self) -> Result<PartnerOperations, Error> {
        let base_url = BaseUrl::parse(&self.base_url, self.allow_plain_http)?;
        // Better now than at the first call.
        self.credential.authorization()?;
        let application = self
            .application
            .map(|name| header_value("application name", &name))
            .transpose()?;
        let locale = header_value("locale", &self.locale)?;

        let mut http = Client::builder()
            .timeout(self.timeout)
            .connect_timeout(self.connect_timeout)
            .redirect(redirect::on_the_same_origin())
            // The one retry policy is ours.
            .retry(reqwest::retry::never())
            .referer(false);
        if base_url.is_loopback() {
            http = http.no_proxy();
        }
        if base_url.is_plain_http() {
            // Reading the machine's certificates takes time and fails where there are none.
            http = http.tls_certs_only([]);
        }
        let http = http
            .build()
            .map_err(|err| Error::invalid("failed to set up the HTTP client").because(err))?;

        Ok(PartnerOperations::new(Transport {
            http,
            base_url,
            credential: self.credential,
            application,
            locale,
            retry: self.retry,
            max_body: self.max_body,
            new_id: self.new_id,
            sleep: self.sleep,
            commercial_route: AtomicUsize::new(0),
        }))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the source of ids unless the caller has another"
)]
fn random_id() -> Uuid {
    Uuid::new_v4()
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the base URL, which has not been checked for a password yet.
        f.debug_struct("Builder")
            .field("credential", &self.credential)
            .field("application", &self.application)
            .field("locale", &self.locale)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("retry", &self.retry)
            .field("max_body", &self.max_body)
            .finish_non_exhaustive()
    }
}
