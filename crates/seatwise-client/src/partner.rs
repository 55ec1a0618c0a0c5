//! The entry point of all call chains.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use seatwise_types::extensions::Axes;
use seatwise_types::{header, wire};
use serde::de::DeserializeOwned;

use crate::pace::Pacer;
use crate::paging::query_string;
use crate::transport::{Request, Transport};
use crate::{
    Builder, Checked, CommercialRoute, Credential, Customers, Error, PartnerAnalytics,
    RequestContext, Seatwise, Traffic,
};

/// The operations of a partner.
///
/// Clones are cheap and share their connections. See the [crate] for examples.
#[derive(Clone, Debug)]
pub struct PartnerOperations {
    transport: Arc<Transport>,
    context: RequestContext,
}

impl PartnerOperations {
    pub(crate) fn new(transport: Transport) -> Self {
        Self {
            transport: Arc::new(transport),
            context: RequestContext::default(),
        }
    }

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

    /// The same partner with ids and language for its calls.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(
    /// #     partner: seatwise_client::PartnerOperations,
    /// #     correlation_id: uuid::Uuid,
    /// # ) -> Result<(), seatwise_client::Error> {
    /// use seatwise_client::RequestContext;
    ///
    /// let report = partner.with(RequestContext {
    ///     correlation_id: Some(correlation_id),
    ///     ..RequestContext::default()
    /// });
    /// let usage = report.analytics().licenses().usage().get().await?;
    /// let deployment = report.analytics().licenses().deployment().get().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with(&self, context: RequestContext) -> Self {
        Self {
            transport: Arc::clone(&self.transport),
            context,
        }
    }

    /// The figures of all customers together.
    pub fn analytics(&self) -> PartnerAnalytics<'_> {
        PartnerAnalytics::new(self)
    }

    /// The partner's customers.
    pub fn customers(&self) -> Customers<'_> {
        Customers::new(self)
    }

    /// The traffic of all clones so far.
    pub fn traffic(&self) -> Traffic {
        self.transport.traffic.read()
    }

    /// How long the calls pause, from now on, because the service asked for it with `Retry-After`; zero if
    /// they do not.
    pub fn wait(&self) -> Duration {
        let transport = &self.transport;
        let wait = |pacer: &Pacer| pacer.wait((transport.clock)());
        transport.pacer.as_ref().map(wait).unwrap_or_default()
    }

    /// The route of the rows of all customers, as found or as first to try. Keep it for
    /// [`Builder::commercial_route`].
    pub fn commercial_route(&self) -> CommercialRoute {
        CommercialRoute::numbered(self.transport.commercial_route.load(Ordering::Relaxed))
    }

    /// Seatwise's extensions: history, explanations, coverage, changes.
    pub fn seatwise(&self) -> Seatwise<'_> {
        Seatwise::new(self)
    }

    /// Requests the unchanged body of an answer, for resources without types in this crate.
    ///
    /// The path begins with `/`, may have a query, and is appended to the base URL. The body may
    /// begin with a byte-order mark.
    ///
    /// # Errors
    ///
    /// As every call; of the kind [`Invalid`](crate::ErrorKind::Invalid) if the path does not begin
    /// with `/`.
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
    /// # use example::*;
    /// # emulator(async |partner| {
    /// let body = partner.get_raw("/v1/customers?size=40").await?;
    /// // The byte-order mark is as it came.
    /// assert!(body.starts_with(b"\xef\xbb\xbf{"));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn get_raw(&self, path: &str) -> Result<Vec<u8>, Error> {
        let request = Request::to(path);
        Ok(self.transport.get(&request, &self.context).await?.body)
    }

    /// Whether the address of the service is `localhost` or a loopback address. A tunnel to another
    /// computer looks the same.
    pub fn is_on_this_computer(&self) -> bool {
        self.transport.base_url.is_loopback()
    }

    /// Makes a single request for diagnosis: without retries, and asking whether the sign-in had a
    /// second factor.
    ///
    /// # Errors
    ///
    /// If there is no token, the service is unreachable, or the answer is incomplete. An error
    /// answer of the service is in [`Checked::error`].
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
    /// # use example::*;
    /// # emulator(async |partner| {
    /// let checked = partner.check("/v1/analytics/licenses/usage").await?;
    /// assert!(checked.error.is_none());
    /// println!("second factor: {:?}", checked.is_mfa_compliant);
    /// # Ok(())
    /// # });
    /// ```
    pub async fn check(&self, path: &str) -> Result<Checked, Error> {
        self.transport.check(path, &self.context).await
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.fetch(&Request::to(path)).await
    }

    /// Requests the answer at a point on the axes of time.
    pub(crate) async fn get_at<T: DeserializeOwned>(
        &self,
        path: &str,
        axes: Axes,
    ) -> Result<T, Error> {
        if axes.is_default() {
            return self.get(path).await;
        }
        let path = format!("{path}?{}", query_string(axes.parameters()));
        let answer = self
            .transport
            .get(&Request::to(path), &self.context)
            .await?;
        if !answer.is_at_a_point {
            let message = "the service keeps no history: it answered for today";
            return Err(Error::unusable(header::SEATWISE_AXES, message).of(answer.ids));
        }
        wire::decode(&answer.body).map_err(|err| Error::decode(err).of(answer.ids))
    }

    pub(crate) async fn fetch<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        let answer = self.transport.get(request, &self.context).await?;
        wire::decode(&answer.body).map_err(|err| Error::decode(err).of(answer.ids))
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }
}
