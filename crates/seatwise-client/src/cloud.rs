//! Microsoft's clouds, with the addresses of the service and of its authority.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A Microsoft cloud with a Partner Center.
///
/// # Example
///
/// ```
/// use seatwise_client::Cloud;
///
/// assert_eq!("global".parse(), Ok(Cloud::Global));
/// assert_eq!(Cloud::UsGovernment.authority(), "https://login.microsoftonline.us");
/// assert_eq!(Cloud::UsGovernment.api_root(), Cloud::Global.api_root());
/// ```
///
/// # Example: a discontinued cloud
///
/// ```
/// use seatwise_client::Cloud;
///
/// let err = "germany".parse::<Cloud>().unwrap_err();
/// assert_eq!(err.to_string(), "`germany` is not one of `global`, `us-government` and `china`");
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Cloud {
    /// The public cloud.
    #[default]
    Global,
    /// The cloud of the US government. It uses the public Partner Center (documented).
    UsGovernment,
    /// The cloud that 21Vianet operates in China.
    China,
}

impl Cloud {
    /// All clouds.
    pub const ALL: [Self; 3] = [Self::Global, Self::UsGovernment, Self::China];

    /// The name, for settings and parsing.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::UsGovernment => "us-government",
            Self::China => "china",
        }
    }

    /// The root of Partner Center's API (documented).
    pub const fn api_root(self) -> &'static str {
        match self {
            Self::Global | Self::UsGovernment => "https://api.partnercenter.microsoft.com",
            Self::China => "https://partner.partnercenterapi.microsoftonline.cn",
        }
    }

    /// The root of the service that issues tokens (documented). China has two names for it; this is
    /// the newer one.
    pub const fn authority(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsGovernment => "https://login.microsoftonline.us",
            Self::China => "https://login.partner.microsoftonline.cn",
        }
    }

    /// The issuer of Partner Center's tokens, with `{tid}` for the tenant (observed for the public
    /// cloud; the others are Entra's v1.0 issuers, inferred).
    pub const fn issuer(self) -> &'static str {
        match self {
            Self::Global | Self::UsGovernment => "https://sts.windows.net/{tid}/",
            Self::China => "https://sts.chinacloudapi.cn/{tid}/",
        }
    }

    /// The resource to request tokens for: the audience that Partner Center expects (documented).
    pub const fn resource(self) -> &'static str {
        self.api_root()
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Cloud {
    type Err = InvalidCloud;

    fn from_str(text: &str) -> Result<Self, InvalidCloud> {
        Self::ALL
            .into_iter()
            .find(|cloud| cloud.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| InvalidCloud {
                text: text.chars().take(64).collect(),
            })
    }
}

/// A text that is not the name of a [`Cloud`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not one of `global`, `us-government` and `china`")]
pub struct InvalidCloud {
    text: String,
}
