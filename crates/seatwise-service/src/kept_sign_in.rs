//! The sign-in that `seatwise login` keeps on this computer.

use std::io;
use std::path::{Path, PathBuf};

use seatwise_client::{
    Application, BoxFuture, Cloud, ExposeSecret as _, RefreshTokenStore, SecretFile, SecretString,
};
use seatwise_types::PartnerId;
use serde::{Deserialize, Serialize};

use crate::{ExitCode, Failure};

/// The service, the application, and the refresh token.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptSignIn {
    /// The URL of the service.
    pub url: String,
    /// The cloud.
    pub cloud: Cloud,
    /// The URL of the authority; `None` for that of the cloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// The file of certificates to trust in addition to the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_cert: Option<PathBuf>,
    /// The partner that is signed in.
    pub partner: PartnerId,
    /// The client id of the application.
    pub client_id: String,
    /// The file with the application's secret, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<PathBuf>,
    /// The refresh token.
    #[serde(with = "exposed")]
    pub refresh_token: SecretString,
}

impl KeptSignIn {
    /// The application of this sign-in.
    pub fn application(&self) -> Application {
        application(
            self.cloud,
            self.partner,
            &self.client_id,
            self.authority.as_deref(),
        )
    }
}

/// An application at the given authority, or at that of the cloud.
pub fn application(
    cloud: Cloud,
    partner: PartnerId,
    client_id: &str,
    authority: Option<&str>,
) -> Application {
    let application = Application::new(cloud, partner.to_string(), client_id);
    match authority {
        Some(authority) => application.authority(authority),
        None => application,
    }
}

/// The file of a [`KeptSignIn`], readable by its owner only.
#[derive(Debug)]
pub struct SignInFile(SecretFile);

impl SignInFile {
    /// The file with this path, which need not exist.
    ///
    /// # Errors
    ///
    /// If there is no path, because there is no home folder.
    pub fn of(path: Option<PathBuf>) -> Result<Self, Failure> {
        let path = path.ok_or_else(|| Failure {
            code: ExitCode::Unexpected,
            message:
                "there is no home folder to keep a sign-in in: name a file with --sign-in-file"
                    .to_owned(),
            hint: None,
        })?;
        Ok(Self(SecretFile::new(path)))
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Reads the sign-in.
    ///
    /// # Errors
    ///
    /// If the file does not exist, others can read it, or it has no sign-in.
    pub fn read(&self) -> io::Result<KeptSignIn> {
        let text = self.0.read()?;
        serde_json::from_str(text.expose_secret()).map_err(|err| {
            // The message of serde could quote a part of the file.
            let (path, line) = (self.path().display(), err.line());
            let message = format!("`{path}` is no sign-in: line {line}");
            io::Error::new(io::ErrorKind::InvalidData, message)
        })
    }

    /// Replaces the sign-in.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write(&self, kept: &KeptSignIn) -> io::Result<()> {
        let text = serde_json::to_string_pretty(kept)?;
        self.0.write(&SecretString::from(text))
    }

    /// Removes the file. Returns whether it existed.
    ///
    /// # Errors
    ///
    /// If it exists and cannot be removed.
    pub fn remove(&self) -> io::Result<bool> {
        self.0.remove()
    }
}

impl RefreshTokenStore for SignInFile {
    fn load(&self) -> BoxFuture<'_, io::Result<SecretString>> {
        Box::pin(async { Ok(self.read()?.refresh_token) })
    }

    fn save<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async {
            let refresh_token = token.clone();
            let kept = self.read()?;
            self.write(&KeptSignIn {
                refresh_token,
                ..kept
            })
        })
    }
}

/// Serializes a secret as plain text; for this file only.
mod exposed {
    use seatwise_client::{ExposeSecret as _, SecretString};
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        secret: &SecretString,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose_secret())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SecretString, D::Error> {
        String::deserialize(deserializer).map(SecretString::from)
    }
}
