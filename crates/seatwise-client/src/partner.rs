//! The entry point of all call chains.

use std::sync::Arc;
use std::time::Duration;

use crate::client::Client;
use crate::pace::Pacer;
use crate::transport::{Request, Transport};
use crate::{
    Checked, CommercialRoute, Customers, Error, PartnerAnalytics, RequestContext, Seatwise, Traffic,
};

/// The operations of a partner.
///
/// Clones are cheap and share their connections. See the [crate] for examples.
#[derive(Clone, Debug)]
pub struct PartnerOperations {
    client: Client,
}

impl PartnerOperations {
    pub(crate) fn new(transport: Transport) -> Self {
        let client = Client {
            transport: Arc::new(transport),
            context: RequestContext::default(),
        };
        Self { client }
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
        let transport = Arc::clone(&self.client.transport);
        let client = Client { transport, context };
        Self { client }
    }

    /// The figures of all customers together.
    pub fn analytics(&self) -> PartnerAnalytics<'_> {
        PartnerAnalytics::new(&self.client)
    }

    /// The partner's customers.
    pub fn customers(&self) -> Customers<'_> {
        Customers::new(&self.client)
    }

    /// The traffic of all clones so far.
    pub fn traffic(&self) -> Traffic {
        self.client.transport.traffic.read()
    }

    /// How long the calls pause, from now on, because the service asked for it with `Retry-After`; zero if
    /// they do not.
    pub fn wait(&self) -> Duration {
        let transport = &self.client.transport;
        let wait = |pacer: &Pacer| pacer.wait((transport.clock)());
        transport.pacer.as_ref().map(wait).unwrap_or_default()
    }

    /// The route of the rows of all customers, as found or as first to try. Keep it for
    /// [`Builder::commercial_route`](crate::Builder::commercial_route).
    pub fn commercial_route(&self) -> CommercialRoute {
        self.client.transport.commercial_route.get()
    }

    /// Seatwise's extensions: history, explanations, coverage, changes.
    pub fn seatwise(&self) -> Seatwise<'_> {
        Seatwise::new(&self.client)
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
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
    /// let body = partner.get_raw("/v1/customers?size=40").await?;
    /// // The byte-order mark is as it came.
    /// assert!(body.starts_with(b"\xef\xbb\xbf{"));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn get_raw(&self, path: &str) -> Result<Vec<u8>, Error> {
        Ok(self.client.send(&Request::to(path)).await?.body)
    }

    /// Whether the address of the service is `localhost` or a loopback address. A tunnel to another
    /// computer looks the same.
    pub fn is_on_this_computer(&self) -> bool {
        self.client.transport.base_url.is_loopback()
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
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service(async |partner| {
    /// let checked = partner.check("/v1/analytics/licenses/usage").await?;
    /// assert!(checked.error.is_none());
    /// println!("second factor: {:?}", checked.is_mfa_compliant);
    /// # Ok(())
    /// # });
    /// ```
    pub async fn check(&self, path: &str) -> Result<Checked, Error> {
        self.client.check(path).await
    }
}
