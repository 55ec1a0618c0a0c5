//! The HTTP client, with the same settings for the service and for sign-in.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

use crate::Error;
use crate::base_url::BaseUrl;

pub(crate) fn client(
    base_url: &BaseUrl,
    redirects: Policy,
    timeout: Duration,
    connect_timeout: Duration,
    trusted: &[u8],
) -> Result<Client, Error> {
    let mut http = Client::builder()
        .timeout(timeout)
        .connect_timeout(connect_timeout)
        .redirect(redirects)
        // `RetryPolicy` is the only retry policy.
        .retry(reqwest::retry::never())
        .referer(false);
    if base_url.is_loopback() {
        http = http.no_proxy();
    }
    if base_url.is_plain_http() {
        // Loading the system's certificates takes time, and fails where there are none.
        http = http.tls_certs_only([]);
    } else if !trusted.is_empty() {
        http = http.tls_certs_merge(certificates(trusted)?);
    }
    http.build()
        .map_err(|err| Error::invalid("failed to set up the HTTP client").because(err))
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, Error> {
    const NONE: &str = "what is to be trusted is no certificate in PEM";
    match Certificate::from_pem_bundle(pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(Error::invalid(NONE)),
        Err(err) => Err(Error::invalid(NONE).because(err)),
    }
}
