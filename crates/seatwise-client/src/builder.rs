//! Settings of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::base_url::BaseUrl;
use crate::clock::{Clock, Sleep};
use crate::commercial::KnownRoute;
use crate::pace::Pacer;
use crate::sign_in::SignIn;
use crate::traffic::Counters;
use crate::transport::{InProcess, NewId, Transport, header_value};
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
/// # Example: a token must not be sent unencrypted
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

impl PartnerOperations {
    /// Starts a client with this credential.
    ///
    /// Licence analytics need a user's token. For an application's token they return
    /// [`needs_user_token`](Error::needs_user_token).
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_client::{Credential, PartnerOperations};
    ///
    /// let partner = PartnerOperations::builder(Credential::token("eyJ0eXAi"))
    ///     .base_url("http://127.0.0.1:8080")
    ///     .build()?;
    /// # Ok::<(), seatwise_client::Error>(())
    /// ```
    ///
    /// # Example: an invalid token
    ///
    /// ```
    /// use seatwise_client::{Credential, ErrorKind, PartnerOperations};
    ///
    /// let err = PartnerOperations::builder(Credential::token("")).build().unwrap_err();
    /// assert_eq!(err.kind(), &ErrorKind::Auth);
    /// ```
    pub fn builder(credential: Credential) -> Builder {
        Builder::new(credential)
    }
}

impl Builder {
    fn new(credential: Credential) -> Self {
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

    /// The address of the service; `https://api.partnercenter.microsoft.com` by default.
    ///
    /// All paths are appended to it; a trailing slash makes no difference. It must be `https`,
    /// except for a loopback address (`localhost`, `127.0.0.0/8`, `::1`), which is reached without
    /// a proxy. For other addresses, the client uses the proxy in the environment (`HTTPS_PROXY`,
    /// `NO_PROXY`).
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Uses the Partner Center of this cloud: sets [`base_url`](Self::base_url) to its [API
    /// root](Cloud::api_root).
    pub fn cloud(self, cloud: Cloud) -> Self {
        self.base_url(cloud.api_root())
    }

    /// Whether the base URL may be plain `http` to another machine; `false` by default.
    ///
    /// With plain `http`, others on the network can read and use the token.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// The name of your program, for the service's logs; none by default.
    pub fn application(mut self, name: impl Into<String>) -> Self {
        self.application = Some(name.into());
        self
    }

    /// The language to request; `en-US` by default. No effect on licence analytics is documented.
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = locale.into();
        self
    }

    /// The longest time for one attempt, from connecting to the last byte; three minutes by
    /// default, as in Microsoft's .NET SDK 3.4.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The longest time for connecting; ten seconds by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Trusts these certificates, in PEM, in addition to the system's: that of the service, or that
    /// of its issuing authority. None by default.
    ///
    /// If the environment sets `SSL_CERT_FILE`, the system's certificates come from that file.
    pub fn trust_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trusted = pem.into();
        self
    }

    /// Sends requests to a function in this process instead of the network. Requests have no token,
    /// and there is no time limit.
    pub fn in_process<F, Fut>(mut self, answer: F) -> Self
    where
        F: Fn(::http::Request<()>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ::http::Response<Vec<u8>>> + Send + 'static,
    {
        self.in_process = Some(Arc::new(move |request| Box::pin(answer(request))));
        self
    }

    /// The number of attempts for a call, and the waits between them.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// The pace of requests; unlimited by default.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = Some(pace);
        self
    }

    /// The first route to try for the rows of all customers, as an earlier client
    /// [found](PartnerOperations::commercial_route) it.
    pub fn commercial_route(mut self, route: CommercialRoute) -> Self {
        self.commercial_route = route;
        self
    }

    /// The largest accepted body, in bytes after decompression; 256 MiB by default.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// The source of request and correlation ids, which also seed the random part of waits; random
    /// by default.
    pub fn new_id(mut self, new_id: impl Fn() -> Uuid + Send + Sync + 'static) -> Self {
        self.new_id = Arc::new(new_id);
        self
    }

    /// The clock, which decides when to renew a token and when the next call may begin; the system
    /// clock by default.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The timer for waits between attempts and for the [pace](Self::pace); tokio's by default.
    pub fn sleep<F, Fut>(mut self, sleep: F) -> Self
    where
        F: Fn(Duration) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.sleep = Arc::new(move |wait| Box::pin(sleep(wait)));
        self
    }

    /// Builds the client without connecting.
    ///
    /// # Errors
    ///
    /// If a setting is invalid, or if the system's trusted certificates cannot be read.
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
            commercial_route: KnownRoute::new(self.commercial_route),
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
        // Leaves out the base URL, which is not yet checked for a password.
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
