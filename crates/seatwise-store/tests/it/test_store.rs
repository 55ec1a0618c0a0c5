//! A store in a temporary folder, and rows for it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use seatwise_store::Store;
use seatwise_store::import::{ImportError, ImportOptions, Input, Progress, Receipt, import};
use seatwise_types::PartnerId;
use tempfile::TempDir;

pub(crate) const USAGE_HEADER: &str = "processedDateTime,workloadCode,workloadName,serviceCode,\
    serviceName,channel,customerTenantId,customerName,productId,productName,licensesActive,\
    licensesQualified";

pub(crate) const DEPLOYMENT_HEADER: &str = "processedDateTime,serviceCode,serviceName,channel,\
    customerTenantId,customerName,productId,productName,licensesDeployed,licensesSold";

pub(crate) struct TestStore {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    pub(crate) options: ImportOptions,
    files: u32,
    minutes: i64,
}

pub(crate) fn partner() -> PartnerId {
    "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap()
}

pub(crate) fn customer(number: u32) -> String {
    format!("{number:08x}-70f4-4e1e-9ff1-b2bfce8d9f04")
}

impl TestStore {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        Self {
            folder,
            store,
            options: ImportOptions::new(partner()),
            files: 0,
            minutes: 0,
        }
    }

    /// Writes a file beside the store.
    pub(crate) fn file(&mut self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Imports files; every import is a minute after the previous one.
    pub(crate) async fn import(&mut self, files: Vec<PathBuf>) -> Result<Receipt, ImportError> {
        self.minutes += 1;
        let now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
        let now = now + jiff::SignedDuration::from_mins(self.minutes);
        self.import_at(files, now).await
    }

    /// Imports files at a time given by the test.
    pub(crate) async fn import_at(
        &self,
        files: Vec<PathBuf>,
        now: Timestamp,
    ) -> Result<Receipt, ImportError> {
        let inputs = files.into_iter().map(Input::File).collect();
        import(
            &self.store,
            &self.options,
            inputs,
            now,
            Arc::new(Progress::default()),
        )
        .await
    }

    /// Imports usage rows, given without the header.
    pub(crate) async fn usage(&mut self, rows: &str) -> Result<Receipt, ImportError> {
        let content = format!("{USAGE_HEADER}\n{rows}");
        self.content(&content).await
    }

    /// Imports a file with this content.
    pub(crate) async fn content(&mut self, content: &str) -> Result<Receipt, ImportError> {
        self.files += 1;
        let file = self.file(&format!("file-{}", self.files), content);
        self.import(vec![file]).await
    }

    /// The partner's usage figures as lines of text.
    pub(crate) async fn usage_figures(&self) -> String {
        let mut text = String::new();
        for figure in self.store.usage_figures(partner()).await.unwrap() {
            writeln!(
                text,
                "{} {} {}: {}/{} = {:?} at {}",
                figure.service_code,
                figure.channel,
                figure.workload_name,
                figure.active,
                figure.qualified,
                figure.percent(),
                figure.processed,
            )
            .unwrap();
        }
        text
    }
}

/// A usage row of the service o365, channel reseller.
pub(crate) fn exchange(date: &str, customer_number: u32, active: u32, qualified: u32) -> String {
    format!(
        "{date},EXO,Exchange,o365,Microsoft Office 365,reseller,{},Customer {customer_number},\
         6fd2c87f-b296-42f0-b197-1e91e994b900,ENTERPRISEPACK,{active},{qualified}\n",
        customer(customer_number)
    )
}
