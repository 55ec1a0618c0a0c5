//! The sign-in that `seatwise login` keeps on this computer.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use seatwise_client::{
    Application, BoxFuture, Cloud, ExposeSecret as _, RefreshTokenStore, SecretFile, SecretString,
};
use seatwise_types::PartnerId;
use serde::{Deserialize, Serialize};

use crate::cli;
use crate::system;

/// The service, the application, and the refresh token.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeptSignIn {
    pub(crate) url: String,
    pub(crate) cloud: Cloud,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authority: Option<String>,
    /// The file of certificates to trust in addition to the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_cert: Option<PathBuf>,
    pub(crate) partner: PartnerId,
    pub(crate) client_id: String,
    /// The file with the application's secret, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_secret_file: Option<PathBuf>,
    #[serde(with = "exposed")]
    pub(crate) refresh_token: SecretString,
}

impl KeptSignIn {
    /// The application of this sign-in.
    pub(crate) fn application(&self) -> Application {
        application(
            self.cloud,
            self.partner,
            &self.client_id,
            self.authority.as_deref(),
        )
    }
}

/// An application at the given authority, or at that of the cloud.
pub(crate) fn application(
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
pub(crate) struct SignInFile(SecretFile);

impl SignInFile {
    /// The given file, or the default one.
    pub(crate) fn of(args: &cli::KeptSignIn) -> anyhow::Result<Self> {
        let path = match &args.sign_in_file {
            Some(path) => path.clone(),
            None => default_path()?,
        };
        Ok(Self(SecretFile::new(path)))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn read(&self) -> io::Result<KeptSignIn> {
        let text = self.0.read()?;
        serde_json::from_str(text.expose_secret()).map_err(|err| {
            // The message of serde could quote a part of the file.
            let (path, line) = (self.path().display(), err.line());
            let message = format!("`{path}` is no sign-in: line {line}");
            io::Error::new(io::ErrorKind::InvalidData, message)
        })
    }

    pub(crate) fn write(&self, kept: &KeptSignIn) -> io::Result<()> {
        let text = serde_json::to_string_pretty(kept)?;
        self.0.write(&SecretString::from(text))
    }

    /// Removes the file. Returns whether it existed.
    pub(crate) fn remove(&self) -> io::Result<bool> {
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

fn default_path() -> anyhow::Result<PathBuf> {
    let folder = system::settings_folder()
        .context("there is no home folder to keep a sign-in in: name a file with --sign-in-file")?;
    Ok(folder.join("seatwise").join("sign-in.json"))
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
