//! `seatwise backup` and `seatwise restore`.

use seatwise_service::{Error, ExitCode, Failure, Result};
use seatwise_store::{Copied, DataFolder, Store, StoreError};

use super::status::size;
use super::verify;
use crate::cli::{Backup, Data, Restore, Tables, TextOrJson, Verify};
use crate::output::{self, counted};

pub(crate) async fn backup(args: Backup) -> Result<()> {
    let store = Store::open(args.data.folder()?)?;
    let to = DataFolder::Local(args.to);
    let copied = store.backup(&to).await?;
    say(copied, &to, args.output)
}

pub(crate) async fn restore(args: Restore) -> Result<()> {
    let store = Store::open(&args.from).map_err(no_backup)?;
    // Find damage in the backup before the copy is used.
    verify::run(Verify {
        tables: Tables {
            data: Data::of(args.from),
            partner: None,
        },
        output: args.output,
    })
    .await?;
    let to = args.data.folder()?;
    let copied = store.backup(&to).await.map_err(in_its_place)?;
    say(copied, &to, args.output)
}

/// Words for `restore`, which reads the backup and writes to `--data-dir`.
fn no_backup(err: StoreError) -> Error {
    match err {
        StoreError::NoFolder { .. }
        | StoreError::ForeignFolder { .. }
        | StoreError::EmptyFolder { .. } => Failure {
            code: ExitCode::Store,
            message: match &err {
                StoreError::NoFolder { folder } => {
                    format!("the backup `{}` does not exist", folder.display())
                }
                other => other.to_string(),
            },
            hint: Some("name the folder that `seatwise backup` wrote".to_owned()),
        }
        .into(),
        other => other.into(),
    }
}

/// A restore never overwrites a data folder.
fn in_its_place(err: StoreError) -> Error {
    match err {
        StoreError::Occupied { .. } => Failure {
            code: ExitCode::Store,
            message: err.to_string(),
            hint: Some(
                "stop the server, move this folder away, and restore in its place; or give a new folder \
                 (in object storage: remove what is there with the tools of the storage)"
                    .to_owned(),
            ),
        }
        .into(),
        other => other.into(),
    }
}

fn say(copied: Copied, to: &DataFolder, output: TextOrJson) -> Result<()> {
    match output {
        TextOrJson::Json => output::line(serde_json::to_string_pretty(&copied)?),
        TextOrJson::Text => output::line(format_args!(
            "copied {}, {}, to {}",
            counted(copied.files, "file", "files"),
            size(copied.bytes),
            to
        )),
    }
}
