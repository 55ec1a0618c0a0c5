//! The address at which browsers reach the server.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// The address at which browsers reach the pages, such as `https://seatwise.example`: a scheme, a host and
/// perhaps a port.
///
/// ```
/// use seatwise_web::PublicUrl;
///
/// let url: PublicUrl = "https://Seatwise.example/".parse()?;
/// assert_eq!(url.to_string(), "https://seatwise.example");
/// assert!("http://127.0.0.1:8080".parse::<PublicUrl>().is_ok());
/// // Without TLS, others on the network could read the session.
/// assert!("http://seatwise.example".parse::<PublicUrl>().is_err());
/// // Pages are at the root of their host.
/// assert!("https://partner.example/seatwise".parse::<PublicUrl>().is_err());
/// # Ok::<(), seatwise_web::InvalidPublicUrl>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicUrl {
    origin: String,
    is_https: bool,
}

/// Why a text is not a valid public address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidPublicUrl(&'static str);

impl PublicUrl {
    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }

    /// The address in the format of the header `Origin`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, InvalidPublicUrl> {
        let url: Url = text.parse().map_err(|_| {
            InvalidPublicUrl("an address such as `https://seatwise.example` is expected")
        })?;
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        let is_https = url.scheme() == "https";
        let is_safe = is_https || url.scheme() == "http" && is_loopback;
        if !is_safe {
            let reason = "an `https` address is expected; `http` is for loopback addresses alone";
            return Err(InvalidPublicUrl(reason));
        }
        let has_more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
        if has_more || !url.username().is_empty() || url.password().is_some() {
            let reason =
                "no more than a scheme, a host and a port is expected: pages are at the root";
            return Err(InvalidPublicUrl(reason));
        }
        Ok(Self {
            origin: url.origin().ascii_serialization(),
            is_https,
        })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

impl fmt::Display for InvalidPublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidPublicUrl {}
