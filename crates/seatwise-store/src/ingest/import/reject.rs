//! Files of rejected rows, to be corrected and imported again.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::fields::{DOMAIN, FIELDS, PART, REJECTION, TEXT, WHOLE, applies, names};
use crate::model::fact::{Fact, NO_COUNT, OWN_TEXT, RowPlace, Unit, customer};
use crate::model::kind::Kind;
use crate::model::texts::Texts;
use crate::table::access;
use crate::table::disk::DurableFiles;

/// Writes `FILE.rejected.csv`, created with the first rejected row.
pub(crate) struct Rejects {
    /// The file that the rows come from.
    of: PathBuf,
    kind: Kind,
    /// Whether that file has domains.
    has_domains: bool,
    out: Option<(PathBuf, csv::Writer<BufWriter<File>>)>,
}

impl Rejects {
    pub(crate) fn new(of: &Path, kind: Kind, has_domains: bool) -> Self {
        Self {
            of: of.to_owned(),
            kind,
            has_domains,
            out: None,
        }
    }

    /// The kind of the rows.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Removes the unfinished file.
    pub(crate) fn discard(self) {
        if let Some((path, _)) = self.out {
            // A file that cannot be removed does no harm.
            drop(std::fs::remove_file(path));
        }
    }

    /// A broken row, of which only the position and the reason are known.
    pub(crate) fn broken(&mut self, line: u64, reason: &str) -> io::Result<()> {
        self.row(line, reason, &[&[]; FIELDS])
    }

    /// A row as in the file.
    pub(crate) fn row(
        &mut self,
        line: u64,
        reason: &str,
        fields: &[&[u8]; FIELDS],
    ) -> io::Result<()> {
        let line = line.to_string();
        let values = self.columns().map(|field| fields[field]);
        let record = values.chain([line.as_bytes(), reason.as_bytes()]);
        Ok(self.out()?.write_record(record)?)
    }

    /// A good row of a delivery with a bad one.
    pub(crate) fn fact(
        &mut self,
        unit: &Unit,
        fact: &Fact,
        texts: &Texts,
        domain: Option<&str>,
        reason: &str,
    ) -> io::Result<()> {
        let processed = jiff::Timestamp::from_microsecond(fact.processed)
            .map_or_else(|_| String::new(), |time| time.to_string());
        let counts = fact.counts.map(|count| {
            if count == NO_COUNT {
                String::new()
            } else {
                count.to_string()
            }
        });
        let customer = customer(unit.customer).to_string();
        let mut fields: [&[u8]; FIELDS] = [&[]; FIELDS];
        fields[0] = processed.as_bytes();
        fields[1] = customer.as_bytes();
        fields[TEXT] = texts.text(0, unit.service).as_bytes();
        fields[TEXT + 1] = texts.text(1, unit.channel).as_bytes();
        for (column, number) in (OWN_TEXT..).zip(fact.text) {
            fields[TEXT + column] = texts.text(column, number).as_bytes();
        }
        fields[PART] = counts[0].as_bytes();
        fields[WHOLE] = counts[1].as_bytes();
        fields[DOMAIN] = domain.unwrap_or_default().as_bytes();
        self.row(RowPlace::of(fact).line, reason, &fields)
    }

    /// Writes the rest to the disk and returns the path; `None` if no row was rejected.
    pub(crate) fn finish(self) -> io::Result<Option<PathBuf>> {
        let Some((path, out)) = self.out else {
            return Ok(None);
        };
        let file = out
            .into_inner()
            .map_err(|err| io::Error::other(err.to_string()))?;
        file.into_inner()?.sync_all()?;
        DurableFiles::new().sync_folder_of(&path)?;
        Ok(Some(path))
    }

    /// The columns of the file.
    fn columns(&self) -> impl Iterator<Item = usize> + use<> {
        let (kind, has_domains) = (self.kind, self.has_domains);
        (0..FIELDS).filter(move |field| applies(kind, *field) && (has_domains || *field != DOMAIN))
    }

    fn out(&mut self) -> io::Result<&mut csv::Writer<BufWriter<File>>> {
        if self.out.is_none() {
            let (path, file) = new_file(&self.of)?;
            let mut out = csv::Writer::from_writer(BufWriter::new(file));
            let names = names(self.kind);
            let header = self.columns().map(|field| names[field]).chain(REJECTION);
            out.write_record(header)?;
            self.out = Some((path, out));
        }
        match &mut self.out {
            Some((_, out)) => Ok(out),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Creates a new file: existing rejected rows, which a user may be correcting, are not overwritten.
fn new_file(of: &Path) -> io::Result<(PathBuf, File)> {
    for number in 1..1000 {
        let mut path = of.as_os_str().to_owned();
        path.push(if number == 1 {
            ".rejected.csv".into()
        } else {
            format!(".rejected.{number}.csv")
        });
        let path = PathBuf::from(path);
        match access::open(&path, OpenOptions::new().write(true).create_new(true)) {
            Ok(file) => return Ok((path, file)),
            Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {}
            Err(err) => {
                return Err(io::Error::new(
                    err.kind(),
                    format!("{}: {err}", path.display()),
                ));
            }
        }
    }
    Err(io::Error::other(format!(
        "there are 1000 files of rejected rows of {}",
        of.display()
    )))
}
