//! The version of a table that was current at an instant. The log entries have this, and for
//! removed entries a list.

use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::axes::whole_millisecond;
use crate::table::checksum::Checksum;
use crate::table::delta::Table;
use crate::table::listed_file::ListedFile;
use crate::table::log::LogName;
use crate::table::names::RECORDED;
use crate::table::stats::FileStats;

/// A line of the list.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    version: u64,
    recorded_at: Timestamp,
}

impl Table {
    /// The version after the last delivery recorded at or before an instant: 0 if there is none.
    /// Later records, merges and removals by age do not change it. After an erasure, which removes
    /// the earlier log, it may be 0.
    pub(crate) fn version_known_at(&self, known_at: Option<Timestamp>) -> io::Result<u64> {
        let Some(known_at) = known_at else {
            return Ok(0);
        };
        let listed = listed(&self.recorded)?;
        let (mut found, mut low, mut high) = (0, 1, self.version());
        while low <= high {
            let middle = low + (high - low) / 2;
            // The last version up to the middle with a record. The others merged files.
            let mut versions = (low..=middle).rev();
            let recorded = versions.find_map(|version| {
                let recorded = match listed.get(&version) {
                    Some(at) => Ok(Some(*at)),
                    None => self.recorded_in(version),
                };
                Some(
                    recorded
                        .transpose()?
                        .map(|at| (version, whole_millisecond(at))),
                )
            });
            match recorded.transpose()? {
                Some((version, at)) if at > known_at => high = version - 1,
                Some((version, _)) => {
                    found = version;
                    low = middle + 1;
                }
                None => low = middle + 1,
            }
        }
        Ok(found)
    }

    /// When the deliveries of a commit were recorded; `None` if it has none, or if its entry was
    /// removed.
    fn recorded_in(&self, version: u64) -> io::Result<Option<Timestamp>> {
        #[derive(Deserialize)]
        struct Entry {
            add: Option<Added>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Added {
            data_change: bool,
            stats: Option<String>,
        }
        let name = LogName::entry(version);
        let log = match name.location(&self.folder).read_text() {
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            log => log?,
        };
        self.log.check(&self.folder, name)?;
        for line in log.lines() {
            let entry: Entry = serde_json::from_str(line)?;
            let added = entry.add.filter(|added| added.data_change);
            if let Some(stats) = added.and_then(|added| added.stats) {
                let stats: FileStats = serde_json::from_str(&stats)?;
                return Ok(Some(stats.max_values.recorded_at));
            }
        }
        Ok(None)
    }
}

/// Adds versions to the list whose entries are about to be removed. They are on the disk when this
/// returns.
pub(crate) fn list_recorded(
    table: &Table,
    versions: impl Iterator<Item = u64> + Clone,
) -> io::Result<()> {
    loop {
        match add_recorded(table, versions.clone()) {
            // Another process replaced the list meanwhile.
            Err(err) if err.kind() == io::ErrorKind::ResourceBusy => {}
            added => return added,
        }
    }
}

fn add_recorded(table: &Table, versions: impl Iterator<Item = u64>) -> io::Result<()> {
    let before = read(&table.recorded)?;
    let mut all = parse(before.as_deref())?;
    let known = all.len();
    for version in versions {
        if let Some(at) = table.recorded_in(version)? {
            all.insert(version, at);
        }
    }
    if all.len() == known {
        return Ok(());
    }
    let mut text = Vec::new();
    for (version, recorded_at) in all {
        let line = Line {
            version,
            recorded_at,
        };
        serde_json::to_writer(&mut text, &line)?;
        text.push(b'\n');
    }
    let before = before.as_deref().map(Checksum::of);
    table.recorded.write(before, text).map(drop)
}

/// The list, by version; empty if there is none.
fn listed(recorded: &ListedFile) -> io::Result<BTreeMap<u64, Timestamp>> {
    parse(read(recorded)?.as_deref())
}

fn read(recorded: &ListedFile) -> io::Result<Option<Vec<u8>>> {
    let text = recorded.read();
    text.map_err(|err| io::Error::new(err.kind(), format!("`{RECORDED}`: {err}")))
}

fn parse(text: Option<&[u8]>) -> io::Result<BTreeMap<u64, Timestamp>> {
    let lines = text.unwrap_or_default().split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty()).map(|line| {
        let line: Line = serde_json::from_slice(line)?;
        Ok((line.version, line.recorded_at))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use jiff::SignedDuration;

    use super::*;
    use crate::ingest::import::{ImportOptions, Input, Progress, import};
    use crate::model::kind::Kind;
    use crate::table::store::Store;

    const HEADER: &str = "processedDateTime,workloadName,serviceCode,channel,customerTenantId,\
        customerName,productName,licensesActive,licensesQualified";

    #[tokio::test]
    async fn the_version_of_an_instant_stays_the_same_when_old_entries_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
        let start: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
        let at = |number: i64| start + SignedDuration::from_mins(number);
        for number in 1..=50 {
            let file = folder.path().join("usage.csv");
            let row = format!(
                "2026-05-01,Exchange,o365,reseller,{number:08x}-70f4-4e1e-9ff1-b2bfce8d9f04,C,E3,1,2"
            );
            fs::write(&file, format!("{HEADER}\n{row}\n")).unwrap();
            let (options, inputs) = (ImportOptions::new(partner), vec![Input::File(file)]);
            let progress = Arc::new(Progress::default());
            let imported = import(&store, &options, inputs, at(number), progress);
            imported.await.unwrap();
        }
        let known = async || {
            let table = store.table(partner, Kind::Usage).await.unwrap().unwrap();
            let versions = (0..=51).map(|number| table.version_known_at(Some(at(number))));
            versions.collect::<io::Result<Vec<_>>>().unwrap()
        };
        let before = known().await;
        assert!(before.is_sorted() && before[50] > before[1], "{before:?}");
        let cut = store.compact(partner, Kind::Usage, SignedDuration::ZERO, at(60));
        assert!(cut.await.unwrap().unwrap().log_files_removed > 0);
        assert_eq!(known().await, before);

        // Changes and loss of the list are detected, and never yield another version.
        let table = store.table(partner, Kind::Usage).await.unwrap().unwrap();
        let list = table.folder.join(RECORDED);
        let list = list.path().unwrap();
        let content = fs::read(list).unwrap();
        let mut flipped = content.clone();
        flipped[content.len() / 2] ^= 1;
        for damaged in [Some(flipped), None] {
            match damaged {
                Some(flipped) => fs::write(list, flipped).unwrap(),
                None => fs::remove_file(list).unwrap(),
            }
            table.version_known_at(Some(at(1))).unwrap_err();
            let verified = store.verify(partner, Kind::Usage).await.unwrap().unwrap();
            assert_eq!(verified.damages, 1, "{:?}", verified.findings);
            store
                .backup(&folder.path().join("broken"))
                .await
                .unwrap_err();
        }
        fs::write(list, content).unwrap();
        let copy = folder.path().join("copy");
        store.backup(&copy).await.unwrap();
        let copy = Store::open(&copy).unwrap();
        let table = copy.table(partner, Kind::Usage).await.unwrap().unwrap();
        assert_eq!(table.version_known_at(Some(at(1))).unwrap(), before[1]);
    }
}
