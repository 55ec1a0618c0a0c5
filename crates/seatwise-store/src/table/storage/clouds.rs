//! Clients of the clouds.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::SpawnedReqwestConnector;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{BackoffConfig, Error, ObjectStore, ObjectStoreScheme, Result, RetryConfig};
use tokio::runtime::Handle;
use url::Url;

/// The longest time for one request with its repetitions.
const LONGEST: Duration = Duration::from_secs(60);

/// How often a request is repeated that the storage could not answer.
const REPETITIONS: usize = 5;

/// A client for the bucket or container of a URL. `settings` are named as in the environment; those
/// of other clouds, and others, are ignored. Requests run on these threads, because the threads of
/// the query engine have no network.
///
/// # Errors
/// If the URL is not of a known cloud, or a setting is missing or wrong.
pub(super) fn client(
    url: &Url,
    settings: impl IntoIterator<Item = (String, String)>,
    threads: &Handle,
) -> Result<Arc<dyn ObjectStore>> {
    let (scheme, _) = ObjectStoreScheme::parse(url)?;
    let settings = settings.into_iter();
    let settings = settings.map(|(name, value)| (name.to_ascii_lowercase(), value));
    macro_rules! build {
        ($builder:ty, $prefix:literal) => {{
            let mut builder = <$builder>::new().with_url(url.as_str());
            for (name, value) in settings.filter(|(name, _)| name.starts_with($prefix)) {
                if let Ok(key) = name.parse() {
                    builder = builder.with_config(key, value);
                }
            }
            let connector = SpawnedReqwestConnector::new(threads.clone());
            let builder = builder.with_http_connector(connector);
            Arc::new(builder.with_retry(retries()).build()?)
        }};
    }
    Ok(match scheme {
        ObjectStoreScheme::AmazonS3 => build!(AmazonS3Builder, "aws_"),
        ObjectStoreScheme::MicrosoftAzure => build!(MicrosoftAzureBuilder, "azure_"),
        ObjectStoreScheme::GoogleCloudStorage => build!(GoogleCloudStorageBuilder, "google_"),
        _ => {
            return Err(Error::NotSupported {
                source: format!("`{}` is not a kind of object storage", url.scheme()).into(),
            });
        }
    })
}

fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: REPETITIONS,
        retry_timeout: LONGEST,
    }
}
