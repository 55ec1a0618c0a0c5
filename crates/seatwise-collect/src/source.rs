//! What is remembered of a source between collections.

use std::fs;
use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use seatwise_store::replace_file;
use seatwise_types::extensions::Metric;
use serde::{Deserialize, Serialize};

use crate::CollectError;

/// How long the collector remembers that a source does not offer the rows of all customers.
const BELIEVED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A way to request rows.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// As rows of all customers, page by page: the commercial endpoints.
    Commercial,
    /// Customer by customer.
    Customer,
}

/// `source.json`: the route of the rows of all customers, and whether the source offers them.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Source {
    /// The address as given, for readers of the folder.
    url: String,
    /// The root of the commercial endpoints, as the client displays it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) route: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usage: Option<Learned>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deployment: Option<Learned>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Learned {
    way: Way,
    at: Timestamp,
}

impl Source {
    /// Reads the file; an invalid file counts as missing, because its content can be determined
    /// again.
    pub(crate) fn read(folder: &Path, url: &str) -> Result<Self, CollectError> {
        let path = folder.join(FILE);
        let known = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).unwrap_or_default(),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(err) => return Err(CollectError::file("read", &path)(err)),
        };
        Ok(Self {
            url: url.to_owned(),
            ..known
        })
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<(), CollectError> {
        let path = folder.join(FILE);
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::from);
        text.and_then(|text| replace_file(&path, &text))
            .map_err(CollectError::file("write", &path))
    }

    /// The way that worked last time. [`Way::Customer`] expires.
    pub(crate) fn way(&self, metric: Metric, now: Timestamp) -> Option<Way> {
        let learned = match metric {
            Metric::Usage => self.usage,
            Metric::Deployment => self.deployment,
        }?;
        let is_old = now.duration_since(learned.at) > BELIEVED;
        (learned.way == Way::Commercial || !is_old).then_some(learned.way)
    }

    /// Remembers the way that works now.
    pub(crate) fn learn(&mut self, metric: Metric, way: Way, at: Timestamp) {
        let known = match metric {
            Metric::Usage => &mut self.usage,
            Metric::Deployment => &mut self.deployment,
        };
        *known = Some(Learned { way, at });
    }
}

const FILE: &str = "source.json";
