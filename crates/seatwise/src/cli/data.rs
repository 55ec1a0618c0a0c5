//! Where the data is: a folder, or object storage.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::builder::ValueHint;
use clap::{Arg, Args};
use seatwise_collect::full_message;
use seatwise_service::{Error, ExitCode, Failure, Result};
use seatwise_store::{DataFolder, ObjectStorage, access, replace_file};

use crate::system;

/// What options that name data have in common.
pub(super) fn names_data(option: Arg) -> Arg {
    let option = option.visible_alias("storage").value_name("DIR|URL");
    option.value_hint(ValueHint::AnyPath)
}

/// The data of a command.
#[derive(Args, Clone)]
#[command(mut_arg("data_dir", names_data))]
pub(crate) struct Data {
    /// The data folder, or its URL in object storage, such as s3://bucket/licences
    #[arg(long, env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: DataDir,
    #[command(flatten)]
    pub(crate) work: Work,
}

impl Data {
    /// The data in a folder.
    pub(crate) fn of(folder: PathBuf) -> Self {
        Self {
            data_dir: DataDir::Folder(folder),
            work: Work { work_dir: None },
        }
    }

    /// Where the data is.
    ///
    /// # Errors
    /// As [`DataDir::with`].
    pub(crate) fn folder(&self) -> Result<DataFolder> {
        self.data_dir.with(&self.work)
    }
}

/// The data of a command that can do without.
#[derive(Args, Clone)]
#[command(mut_arg("data_dir", names_data))]
pub(crate) struct DataIfAny {
    /// The data folder, or its URL in object storage
    #[arg(long, env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: Option<DataDir>,
    #[command(flatten)]
    pub(crate) work: Work,
}

/// What stays on this computer if the data is in object storage.
#[derive(Args, Clone)]
pub(crate) struct Work {
    /// With a URL: the folder on this computer for uploads, keys and the progress of collections
    ///
    /// It is created if it does not exist. Each storage needs a folder of its own. It is not used
    /// if the data is in a folder.
    #[arg(
        long,
        value_name = "DIR",
        env = "SEATWISE_WORK_DIR",
        hide_short_help = true
    )]
    pub(crate) work_dir: Option<PathBuf>,
}

/// A data folder as given.
#[derive(Debug, Clone)]
pub(crate) enum DataDir {
    /// A folder of this computer.
    Folder(PathBuf),
    /// The URL of object storage.
    Url(String),
}

impl From<OsString> for DataDir {
    fn from(text: OsString) -> Self {
        match text.into_string() {
            Ok(text) if is_url(&text) => Self::Url(text),
            Ok(text) => Self::Folder(text.into()),
            Err(text) => Self::Folder(text.into()),
        }
    }
}

/// Whether a data folder is given by a URL.
pub(crate) fn is_url(text: &str) -> bool {
    text.contains("://")
}

/// The file in a work folder with the URL of its storage.
const STORAGE: &str = "storage";

impl DataDir {
    /// Where the data is. Of a URL, settings and credentials are in the environment.
    ///
    /// # Errors
    /// For a URL without a work folder, or with that of another storage; if its settings are not
    /// complete. No request is sent.
    pub(crate) fn with(&self, work: &Work) -> Result<DataFolder> {
        let url = match self {
            Self::Folder(folder) => return Ok(DataFolder::Local(folder.clone())),
            Self::Url(url) => url,
        };
        let Some(work_dir) = &work.work_dir else {
            return Err(refused(
                "object storage needs a folder on this computer for uploads, keys and progress"
                    .to_owned(),
                "name one with --work-dir, or in SEATWISE_WORK_DIR",
            ));
        };
        let cannot = |err: io::Error| {
            let hint = "see docs/object-storage.md for URLs and settings";
            // Without the URL, which may have a password.
            let problem = full_message(&err);
            refused(
                format!("cannot use the URL of the data folder: {problem}"),
                hint,
            )
        };
        let created = access::create_folder(work_dir);
        created.map_err(Error::cannot(format!("create `{}`", work_dir.display())))?;
        let work_dir = work_dir.canonicalize()?;
        let objects = ObjectStorage::open(url, system::environment(), &work_dir);
        let folder = DataFolder::Objects(objects.map_err(cannot)?);
        claim(&work_dir, &folder.to_string())?;
        Ok(folder)
    }
}

/// Makes sure that a work folder is that of this storage: progress of a collection into another one
/// would be taken for data that is stored.
fn claim(work_dir: &Path, url: &str) -> Result<()> {
    let file = work_dir.join(STORAGE);
    let cannot = |action: &str| Error::cannot(format!("{action} `{}`", file.display()));
    match fs::read_to_string(&file) {
        Ok(known) if known.trim_end() == url => Ok(()),
        Ok(known) => Err(refused(
            format!(
                "`{}` is the work folder of `{}`",
                work_dir.display(),
                known.trim_end()
            ),
            "name another folder with --work-dir",
        )),
        Err(err) if err.kind() == io::ErrorKind::NotFound => {
            replace_file(&file, format!("{url}\n").as_bytes()).map_err(cannot("write"))
        }
        Err(err) => Err(cannot("read")(err)),
    }
}

fn refused(message: String, hint: &str) -> Error {
    Failure {
        code: ExitCode::Arguments,
        message,
        hint: Some(hint.to_owned()),
    }
    .into()
}
