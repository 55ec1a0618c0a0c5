//! Settings of a client.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::base_url::BaseUrl;
use crate::pace::Pacer;
use crate::sign_in::{Clock, SignIn};
use crate::traffic::Counters;
use crate::transport::{InProcess, NewId, Sleep, Transport, header_value};
use crate::{
    Cloud, CommercialRoute, Credential, Error, Pace, PartnerOperations, RetryPolicy, http, redirect,
};

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
    trusted: Vec<u8>,
    in_process: Option<InProcess>,
    retry: RetryPolicy,
    pace: Option<Pace>,
    commercial_route: CommercialRoute,
    max_body: usize,
    new_id: NewId,
    clock: Clock,
    sleep: Sleep,
}

impl Builder {
    pub(crate) fn new(credential: Credential) -> Self {
        Self {
            credential,
            base_url: Cloud::Global.api_root().to_owned(),
            allow_plain_http: false,
            application: None,
            locale: "en-US".to_owned(),
            timeout: Duration::from_secs(180),
            connect_timeout: Duration::from_secs(10),
            trusted: Vec::new(),
            in_process: None,
            retry: RetryPolicy::default(),
            pace: None,
            commercial_route: CommercialRoute::default(),
            max_body: 256 * 1024 * 1024,
            new_id: Arc::new(random_id),
            clock: Arc::new(now),
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

    /// Asks the Partner Center of this cloud; the same as its [API root](Cloud::api_root) as
    /// [`base_url`](Self::base_url).
    pub fn cloud(self, cloud: Cloud) -> Self {
        self.base_url(cloud.api_root())
    }

    /// Whether the base URL may be plain `http` to another machine; not by default.
    ///
    /// A listener on the way can then use the token.
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

    /// Trusts these certificates too, in PEM, beside those of the system: the certificate of the
    /// service itself, or that of the authority which issued it. None by default.
    ///
    /// The system's own certificates come from the file that the environment names with
    /// `SSL_CERT_FILE`, if it does.
    pub fn trust_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trusted = pem.into();
        self
    }

    /// Asks this instead of the network: a service in the same process. It gets each request without
    /// the token, which stays here; no time limit is kept.
    pub fn in_process<F, Fut>(mut self, answer: F) -> Self
    where
        F: Fn(::http::Request<()>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ::http::Response<Vec<u8>>> + Send + 'static,
    {
        self.in_process = Some(Arc::new(move |request| Box::pin(answer(request))));
        self
    }

    /// How often a call is attempted, and how long to wait in between.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// How fast to ask; as fast as the calls come by default.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = Some(pace);
        self
    }

    /// Where to look first for the rows of all customers: where they were
    /// [found](PartnerOperations::commercial_route) an earlier time.
    pub fn commercial_route(mut self, route: CommercialRoute) -> Self {
        self.commercial_route = route;
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

    /// What time it is, which decides when a token is renewed and when the next call may begin; the
    /// machine's clock by default.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// How to wait between attempts, and for the [pace](Self::pace); tokio's clock by default.
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
        let base_url = BaseUrl::parse("base URL", &self.base_url, self.allow_plain_http)?;
        let sign_in = SignIn::new(self.credential, Arc::clone(&self.clock))?;
        let application = self
            .application
            .map(|name| header_value("application name", &name))
            .transpose()?;
        let locale = header_value("locale", &self.locale)?;

        let redirects = redirect::on_the_same_origin();
        let http = http::client(
            &base_url,
            redirects,
            self.timeout,
            self.connect_timeout,
            &self.trusted,
        )?;

        Ok(PartnerOperations::new(Transport {
            http,
            in_process: self.in_process,
            base_url,
            sign_in,
            application,
            locale,
            retry: self.retry,
            pacer: self.pace.map(Pacer::new),
            traffic: Counters::default(),
            max_body: self.max_body,
            new_id: self.new_id,
            clock: self.clock,
            sleep: self.sleep,
            commercial_route: AtomicUsize::new(self.commercial_route.number()),
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

#[expect(
    clippy::disallowed_methods,
    reason = "the source of the time unless the caller has another"
)]
fn now() -> Timestamp {
    Timestamp::now()
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
