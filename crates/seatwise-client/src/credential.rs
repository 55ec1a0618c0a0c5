//! Credentials of a partner.

use std::sync::Arc;

use secrecy::SecretString;

use crate::{Application, RefreshTokenStore};

/// The credential of a partner. Its `Debug` shows no secret, and secrets are overwritten in memory
/// after use.
///
/// The client keeps requested tokens until one minute before they expire. Then one call renews the
/// token and the others wait.
///
/// # Example
///
/// ```
/// use seatwise_client::Credential;
///
/// let credential = Credential::token("a secret");
/// assert!(!format!("{credential:?}").contains("a secret"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// An existing access token. It is sent unchanged, even after it expires.
    Token(SecretString),
    /// An application alone, with a secret.
    #[non_exhaustive]
    ClientSecret {
        /// The application.
        application: Application,
        /// Its secret.
        secret: SecretString,
    },
    /// A user who has signed in before.
    #[non_exhaustive]
    RefreshToken {
        /// The application that the user signed in to.
        application: Application,
        /// Its secret; `None` if it has none.
        secret: Option<SecretString>,
        /// The store of the refresh token.
        store: Arc<dyn RefreshTokenStore>,
    },
}

impl Credential {
    /// An existing access token.
    pub fn token(token: impl Into<SecretString>) -> Self {
        Self::Token(token.into())
    }

    /// An application alone, with a secret. It has access to customers, but not to licence
    /// analytics, which return [`needs_user_token`](crate::Error::needs_user_token).
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # service_at(async |url, _| {
    /// use seatwise_client::{Application, Cloud, Credential, PartnerOperations};
    ///
    /// let tenant = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7";
    /// let application = Application::new(Cloud::Global, tenant, "the client id");
    /// # let application = application_at(url);
    /// let partner = PartnerOperations::builder(Credential::client_secret(application, "a secret"))
    /// #   .base_url(url)
    ///     .build()?;
    /// let id = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse()?;
    /// let customer = partner.customers().by_id(id).get().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn client_secret(application: Application, secret: impl Into<SecretString>) -> Self {
        Self::ClientSecret {
            application,
            secret: secret.into(),
        }
    }

    /// A user who has signed in to an application without a secret, as with a
    /// [`DeviceCode`](crate::DeviceCode).
    ///
    /// Each use of the refresh token returns a new one, which replaces it in the store.
    ///
    /// # Example
    ///
    /// ```no_run
    /// use seatwise_client::{Application, Cloud, Credential, PartnerOperations, SecretFile};
    ///
    /// let application = Application::new(Cloud::Global, "contoso.com", "the client id");
    /// let store = SecretFile::new("/var/lib/contoso/refresh-token");
    /// let partner =
    ///     PartnerOperations::builder(Credential::refresh_token(application, store)).build()?;
    /// # Ok::<(), seatwise_client::Error>(())
    /// ```
    pub fn refresh_token(
        application: Application,
        store: impl RefreshTokenStore + 'static,
    ) -> Self {
        Self::RefreshToken {
            application,
            secret: None,
            store: Arc::new(store),
        }
    }

    /// A user who has consented to an application with a secret: Microsoft's Secure Application
    /// Model.
    ///
    /// Each use of the refresh token returns a new one, which replaces it in the store. The token
    /// expires after 90 days without use (documented).
    ///
    /// # Example
    ///
    /// ```
    /// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
    /// # use example::*;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("refresh-token");
    /// # service_at(async |url, _| {
    /// # let code = seatwise_client::DeviceCode::request(&application_at(url)).await?;
    /// # let first = code.wait().await?;
    /// use seatwise_client::{Application, Cloud, Credential, PartnerOperations, SecretFile};
    ///
    /// let store = SecretFile::new(&path);
    /// # store.write(&first)?;
    /// let tenant = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7";
    /// let application = Application::new(Cloud::Global, tenant, "the client id");
    /// # let application = application_at(url);
    /// let credential = Credential::secure_application_model(application, "a secret", store);
    /// let partner = PartnerOperations::builder(credential)
    /// #   .base_url(url)
    ///     .build()?;
    /// let usage = partner.analytics().licenses().usage().get().await?;
    /// # use seatwise_client::ExposeSecret as _;
    /// # assert_ne!(std::fs::read_to_string(&path)?, first.expose_secret());
    /// # Ok(())
    /// # });
    /// ```
    pub fn secure_application_model(
        application: Application,
        secret: impl Into<SecretString>,
        store: impl RefreshTokenStore + 'static,
    ) -> Self {
        Self::RefreshToken {
            application,
            secret: Some(secret.into()),
            store: Arc::new(store),
        }
    }
}
