//! The ready file: tells a program that waits for a server where the server is.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use seatwise_client::{SecretFile, SecretString};
use seatwise_server::{DevIdentity, TokenRequest};
use seatwise_types::PartnerId;
use serde::Serialize;

/// How long the token is good.
pub(crate) const TOKEN_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// A file that is there, whole, as long as a server answers. Nobody else can read it.
pub(crate) struct ReadyFile(SecretFile);

/// What it says.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ready {
    /// Where the server is, such as `http://127.0.0.1:8080`.
    url: String,
    #[serde(flatten)]
    token: Option<ReadyToken>,
}

/// A token for the one partner whose figures are served.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReadyToken {
    partner: PartnerId,
    token: String,
    expires_at: Timestamp,
}

impl Ready {
    pub(crate) fn at(url: String) -> Self {
        Self { url, token: None }
    }

    /// With a token of a user who reads, good for a day from `now` on.
    pub(crate) fn with_token(
        mut self,
        identity: &DevIdentity,
        partner: PartnerId,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let request = TokenRequest {
            partner,
            user: "developer@localhost".to_owned(),
            app_only: false,
            write: false,
            expires_in: TOKEN_LIFE,
        };
        let life = SignedDuration::try_from(TOKEN_LIFE)?;
        self.token = Some(ReadyToken {
            partner,
            token: identity.issue(&request, now)?,
            expires_at: now.saturating_add(life)?,
        });
        Ok(self)
    }
}

impl ReadyFile {
    /// Removes what an earlier server left behind: whoever waits for the file waits for this one.
    pub(crate) fn prepare(path: &Path) -> anyhow::Result<Self> {
        let file = SecretFile::new(path);
        file.remove()
            .with_context(|| format!("cannot remove the earlier `{}`", path.display()))?;
        Ok(Self(file))
    }

    pub(crate) fn write(&self, ready: &Ready) -> anyhow::Result<()> {
        let text = SecretString::from(serde_json::to_string_pretty(ready)? + "\n");
        let path = self.0.path().display();
        self.0
            .write(&text)
            .with_context(|| format!("cannot write `{path}`"))
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        // Nobody can be told any more, and the next server removes it too.
        self.0.remove().ok();
    }
}
