//! The data folder of a demo, which never holds real data.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

use seatwise_service::{Error, ExitCode, Failure, Result};
use seatwise_store::{Store, replace_file};
use seatwise_types::PartnerId;
use serde::{Deserialize, Serialize};

/// The file that lists the made-up partners of a folder.
const MARKER: &str = "demo.json";

#[derive(Default, Deserialize, Serialize)]
struct Marker {
    partners: BTreeSet<PartnerId>,
}

/// A data folder with made-up partners only.
pub(crate) struct DemoFolder {
    marker: PathBuf,
    known: Marker,
}

impl DemoFolder {
    /// Opens the data folder of a store for demos.
    ///
    /// # Errors
    ///
    /// If the folder has a partner that no demo made. Nothing is changed.
    pub(crate) fn of(store: &Store) -> Result<Self> {
        let marker = store.work_dir().join(MARKER);
        let cannot_read = Error::cannot(format!("read `{}`", marker.display()));
        let known: Marker = match fs::read(&marker) {
            Ok(text) => serde_json::from_slice(&text).map_err(|err| cannot_read(err.into()))?,
            Err(err) if err.kind() == io::ErrorKind::NotFound => Marker::default(),
            Err(err) => return Err(cannot_read(err)),
        };
        let mut partners = store.partners()?.into_iter();
        if let Some(real) = partners.find(|partner| !known.partners.contains(partner)) {
            return Err(Failure {
                code: ExitCode::Arguments,
                message: format!(
                    "`{}` has data of partner {real}, which no demo made",
                    store.work_dir().display()
                ),
                hint: Some("name a new folder or an empty one with --data-dir".to_owned()),
            }
            .into());
        }
        Ok(Self { marker, known })
    }

    /// Records that a partner is made up. Call it before you store its data.
    pub(crate) fn add(&mut self, partner: PartnerId) -> Result<()> {
        if self.known.partners.insert(partner) {
            replace_file(&self.marker, &serde_json::to_vec(&self.known)?)
                .map_err(Error::cannot(format!("write `{}`", self.marker.display())))?;
        }
        Ok(())
    }
}
