//! The HTTP client, set up the same for the service and for sign-in.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use crate::Error;
use crate::base_url::BaseUrl;

pub(crate) fn client(
    base_url: &BaseUrl,
    redirects: Policy,
    timeout: Duration,
    connect_timeout: Duration,
) -> Result<Client, Error> {
    let mut http = Client::builder()
        .timeout(timeout)
        .connect_timeout(connect_timeout)
        .redirect(redirects)
        // The one retry policy is ours.
        .retry(reqwest::retry::never())
        .referer(false);
    if base_url.is_loopback() {
        http = http.no_proxy();
    }
    if base_url.is_plain_http() {
        // Reading the machine's certificates takes time and fails where there are none.
        http = http.tls_certs_only([]);
    }
    http.build()
        .map_err(|err| Error::invalid("failed to set up the HTTP client").because(err))
}
