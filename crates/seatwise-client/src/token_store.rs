//! Storage of refresh tokens.

use std::fmt;
use std::io;
use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};
use parking_lot::Mutex;
use secrecy::SecretString;

use crate::SecretFile;

/// The storage of a refresh token between uses: a [file](SecretFile),
/// [memory](RefreshTokenInMemory), or a vault that you implement.
///
/// # Example: a vault
///
/// ```
/// use std::io;
///
/// use seatwise_client::{BoxFuture, RefreshTokenStore, SecretString};
///
/// struct Vault;
///
/// impl RefreshTokenStore for Vault {
///     fn load(&self) -> BoxFuture<'_, io::Result<SecretString>> {
///         Box::pin(async { Ok("from the vault".into()) })
///     }
///
///     fn save<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, io::Result<()>> {
///         Box::pin(async move {
///             drop(token.clone());
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait RefreshTokenStore: Send + Sync {
    /// Loads the token that was saved last.
    fn load(&self) -> BoxFuture<'_, io::Result<SecretString>>;

    /// Saves the token to use next. After success, the previous token is no longer valid.
    fn save<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, io::Result<()>>;
}

impl fmt::Debug for dyn RefreshTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshTokenStore")
    }
}

impl RefreshTokenStore for SecretFile {
    fn load(&self) -> BoxFuture<'_, io::Result<SecretString>> {
        Box::pin(ready(self.read()))
    }

    fn save<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(ready(self.write(token)))
    }
}

/// Shares a store with other parts of the program.
impl<T: RefreshTokenStore + ?Sized> RefreshTokenStore for Arc<T> {
    fn load(&self) -> BoxFuture<'_, io::Result<SecretString>> {
        (**self).load()
    }

    fn save<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, io::Result<()>> {
        (**self).save(token)
    }
}

/// A refresh token in memory only, lost when the process ends.
///
/// # Example
///
/// ```
/// use seatwise_client::{Application, Cloud, Credential, RefreshTokenInMemory};
///
/// let application = Application::new(Cloud::Global, "contoso.com", "the client id");
/// let credential = Credential::refresh_token(application, RefreshTokenInMemory::new("a secret"));
/// assert!(!format!("{credential:?}").contains("a secret"));
/// ```
#[derive(Debug)]
pub struct RefreshTokenInMemory(Mutex<SecretString>);

impl RefreshTokenInMemory {
    /// Starts with this token.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self(Mutex::new(token.into()))
    }
}

impl RefreshTokenStore for RefreshTokenInMemory {
    fn load(&self) -> BoxFuture<'_, io::Result<SecretString>> {
        let token = self.0.lock().clone();
        Box::pin(ready(Ok(token)))
    }

    fn save<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, io::Result<()>> {
        *self.0.lock() = token.clone();
        Box::pin(ready(Ok(())))
    }
}
