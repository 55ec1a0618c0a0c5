//! The address of the service, and whether a token may go there.

use url::{Host, Url};

use crate::Error;

/// The root of all paths: `http` or `https`, with a path without a trailing slash.
#[derive(Clone, Debug)]
pub(crate) struct BaseUrl(Url);

impl BaseUrl {
    pub(crate) fn parse(what: &str, text: &str, allow_plain_http: bool) -> Result<Self, Error> {
        // Messages do not repeat the text, which could contain a password.
        if !text.contains("://") {
            return Err(Error::invalid(format!(
                "the {what} begins with neither `https://` nor `http://`"
            )));
        }
        let url = Url::parse(text)
            .map_err(|err| Error::invalid(format!("the {what} is not a URL")).because(err))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::invalid(format!(
                "the {what} must not have a user name or password"
            )));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Error::invalid(format!(
                "the {what} must not have a query or fragment"
            )));
        }
        let base_url = Self(url);
        match base_url.0.scheme() {
            "https" => Ok(base_url),
            "http" if allow_plain_http || base_url.is_loopback() => Ok(base_url),
            "http" => Err(Error::invalid(format!(
                "plain http to `{base_url}` would show the token to the network; use https"
            ))),
            scheme => Err(Error::invalid(format!(
                "the {what} must be https, not `{scheme}`"
            ))),
        }
    }

    pub(crate) fn is_plain_http(&self) -> bool {
        self.0.scheme() == "http"
    }

    pub(crate) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Scheme, host and port, as shown in errors.
    pub(crate) fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The URL of a path below this one. It always has the same origin.
    pub(crate) fn join(&self, path: &str) -> Result<Url, Error> {
        if !path.starts_with('/') {
            return Err(Error::invalid(format!(
                "the path `{path}` does not begin with `/`"
            )));
        }
        Url::parse(&format!("{self}{path}"))
            .map_err(|err| Error::invalid(format!("the path `{path}` makes no URL")).because(err))
    }

    /// The path and query of a link, relative to this URL. The link may be absolute, or relative
    /// with or without a leading slash.
    ///
    /// # Errors
    ///
    /// If it is not a valid link, or leads to another origin, where the token must not go.
    pub(crate) fn below(&self, link: &str) -> Result<String, Error> {
        let url = match Url::parse(link) {
            Ok(url) => url,
            Err(_) if link.starts_with('/') => self.resolve(link)?,
            Err(_) => self.resolve(&format!("/{link}"))?,
        };
        if url.origin() != self.0.origin() {
            return Err(Error::foreign_link(&url.origin().ascii_serialization()));
        }
        let base = self.0.path().trim_end_matches('/');
        let path = match url.path().strip_prefix(base) {
            Some(rest) if rest.starts_with('/') => rest,
            _ => url.path(),
        };
        Ok(match url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        })
    }

    fn resolve(&self, link: &str) -> Result<Url, Error> {
        self.0
            .join(link)
            .map_err(|err| Error::unusable(".", "a link of the answer leads nowhere").because(err))
    }
}

impl std::fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}
