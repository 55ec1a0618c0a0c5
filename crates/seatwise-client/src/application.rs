//! The application that requests tokens, and the authority that issues them.

use std::fmt;

use crate::base_url::BaseUrl;
use crate::{Cloud, Error};

/// An application registered in Entra, and the tenant in which it requests tokens.
///
/// # Example
///
/// ```
/// use seatwise_client::{Application, Cloud};
///
/// let application = Application::new(
///     Cloud::Global,
///     "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7",
///     "8d5b2c1e-5c0a-4a0e-9f3e-6f2f9b0a7c11",
/// );
/// // The same against a Seatwise server on this machine.
/// let local = application.authority("http://127.0.0.1:8080/dev/identity");
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Application {
    cloud: Cloud,
    tenant: String,
    client_id: String,
    authority: String,
    trusted: Vec<u8>,
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Leaves out the certificates, which are long.
        f.debug_struct("Application")
            .field("cloud", &self.cloud)
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .field("authority", &self.authority)
            .finish_non_exhaustive()
    }
}

impl Application {
    /// The application with this client id in a partner's tenant, given as id or domain.
    pub fn new(cloud: Cloud, tenant: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            cloud,
            tenant: tenant.into(),
            client_id: client_id.into(),
            authority: cloud.authority().to_owned(),
            trusted: Vec::new(),
        }
    }

    /// Requests tokens at this URL, and not at the [cloud's](Cloud::authority) authority. The
    /// tenant is appended to it. The URL must be `https`, except for a loopback address.
    #[must_use]
    pub fn authority(mut self, url: impl Into<String>) -> Self {
        self.authority = url.into();
        self
    }

    /// Trusts these certificates of an authority, in PEM, in addition to the system's. For
    /// certificates of the service, see
    /// [`Builder::trust_certificates`](crate::Builder::trust_certificates).
    #[must_use]
    pub fn trust_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trusted = pem.into();
        self
    }

    pub(crate) fn trusted(&self) -> &[u8] {
        &self.trusted
    }

    /// The cloud.
    pub fn cloud(&self) -> Cloud {
        self.cloud
    }

    /// The client id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The base URL of the tenant's endpoints.
    pub(crate) fn tenant_url(&self) -> Result<BaseUrl, Error> {
        // Any other character could lead out of the tenant's path.
        let in_path = |sign: u8| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'.');
        let tenant = self.tenant.as_str();
        if tenant.is_empty() || tenant.starts_with('.') || !tenant.bytes().all(in_path) {
            let message = format!("`{}` is no id or domain of a tenant", tenant.escape_debug());
            return Err(Error::invalid(message));
        }
        if self.client_id.is_empty() {
            return Err(Error::invalid("the client id is empty"));
        }
        let authority = BaseUrl::parse("authority", &self.authority, false)?;
        BaseUrl::parse("authority", &format!("{authority}/{tenant}"), false)
    }
}
