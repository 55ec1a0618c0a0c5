//! The ready file, which gives the server's URL to programs that wait for the server.

use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use jiff::{SignedDuration, Timestamp};
use seatwise_client::{SecretFile, SecretString};
use seatwise_emulator::{DevIdentity, TokenRequest};
use seatwise_service::{Error, ExitCode, Failure, Result};
use seatwise_types::PartnerId;
use serde::Serialize;
use serde_json::Value;

/// The lifetime of the token.
pub(crate) const TOKEN_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// The user in the token and in the sign-in link.
pub(crate) const DEVELOPER: &str = "developer@localhost";

/// A file that exists, complete, while a server answers. Only its owner can read it.
pub(crate) struct ReadyFile(SecretFile);

/// The content of the file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ready {
    /// The URL of the server, such as `http://127.0.0.1:8080`.
    url: String,
    #[serde(flatten)]
    token: Option<ReadyToken>,
    /// A link that signs a browser in. It works once, for a few minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in: Option<String>,
}

/// A token for the only partner of the server.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReadyToken {
    partner: PartnerId,
    token: String,
    expires_at: Timestamp,
}

impl Ready {
    pub(crate) fn at(url: String) -> Self {
        Self {
            url,
            token: None,
            sign_in: None,
        }
    }

    /// Adds a read token that is valid for a day from `now`.
    pub(crate) fn with_token(
        mut self,
        identity: &DevIdentity,
        partner: PartnerId,
        now: Timestamp,
    ) -> Result<Self> {
        let request = TokenRequest {
            partner,
            user: DEVELOPER.to_owned(),
            app_only: false,
            write: false,
            expires_in: TOKEN_LIFE,
        };
        let life = SignedDuration::try_from(TOKEN_LIFE)?;
        // Tokens have times in whole seconds.
        let begins = Timestamp::from_second(now.as_second())?;
        self.token = Some(ReadyToken {
            partner,
            token: identity.issue(&request, now)?,
            expires_at: begins.saturating_add(life)?,
        });
        Ok(self)
    }

    /// Adds a sign-in link.
    pub(crate) fn with_sign_in(self, address: String) -> Self {
        Self {
            sign_in: Some(address),
            ..self
        }
    }
}

impl ReadyFile {
    /// Removes the file of an earlier server, so that programs wait for this one.
    ///
    /// # Errors
    ///
    /// If the folder does not exist: report a mistyped path before the server starts. If there is
    /// another file, or the file cannot be removed.
    pub(crate) fn prepare(path: &Path) -> Result<Self> {
        let name = path.display();
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|it| !it.is_dir()) {
            return Err(Failure {
                code: ExitCode::Arguments,
                message: format!(
                    "cannot write `{name}`: there is no folder `{}`",
                    folder.display()
                ),
                hint: Some("make the folder, or name another file with --ready-file".to_owned()),
            }
            .into());
        }
        let file = SecretFile::new(path);
        match is_left_behind(path) {
            Ok(true) => {
                file.remove()
                    .map_err(Error::cannot(format!("remove the earlier `{name}`")))?;
            }
            Ok(false) => {
                return Err(Failure {
                    code: ExitCode::Arguments,
                    message: format!("`{name}` exists, and no server wrote it"),
                    hint: Some(
                        "name another file with --ready-file, or remove this one".to_owned(),
                    ),
                }
                .into());
            }
            Err(err) if err.kind() == io::ErrorKind::NotFound => {}
            Err(err) => {
                return Err(err).map_err(Error::cannot(format!("read the earlier `{name}`")));
            }
        }
        Ok(Self(file))
    }

    pub(crate) fn write(&self, ready: &Ready) -> Result<()> {
        let text = SecretString::from(serde_json::to_string_pretty(ready)? + "\n");
        let path = self.0.path().display();
        self.0
            .write(&text)
            .map_err(Error::cannot(format!("write `{path}`")))
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        // The next server removes a remaining file.
        self.0.remove().ok();
    }
}

/// Whether a server wrote this file. Also true for an empty file, which programs create to reserve
/// a name.
fn is_left_behind(path: &Path) -> io::Result<bool> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() || metadata.len() > SecretFile::MAX_LENGTH as u64 {
        return Ok(false);
    }
    let bytes = fs::read(path)?;
    let said: Option<Value> = serde_json::from_slice(&bytes).ok();
    Ok(bytes.is_empty() || said.is_some_and(|said| said["url"].is_string()))
}
