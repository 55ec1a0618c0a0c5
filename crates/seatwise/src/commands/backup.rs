//! `seatwise backup` and `seatwise restore`.

use std::path::Path;

use seatwise_service::{Error, ExitCode, Failure, Result};
use seatwise_store::{Copied, Store, StoreError};

use super::status::size;
use super::verify;
use crate::cli::{Backup, Restore, Tables, TextOrJson, Verify};
use crate::output::{self, counted};

pub(crate) async fn backup(args: Backup) -> Result<()> {
    let store = Store::open(&args.data_dir)?;
    let copied = store.backup(&args.to).await?;
    say(copied, &args.to, args.output)
}

pub(crate) async fn restore(args: Restore) -> Result<()> {
    let store = Store::open(&args.from).map_err(no_backup)?;
    // Find damage in the backup before the copy is used.
    verify::run(Verify {
        tables: Tables {
            data_dir: args.from,
            partner: None,
        },
        output: args.output,
    })
    .await?;
    let copied = store.backup(&args.data_dir).await;
    let copied = copied.map_err(in_its_place)?;
    say(copied, &args.data_dir, args.output)
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
                "stop the server, move this folder away, and restore in its place; or give a new folder"
                    .to_owned(),
            ),
        }
        .into(),
        other => other.into(),
    }
}

fn say(copied: Copied, to: &Path, output: TextOrJson) -> Result<()> {
    match output {
        TextOrJson::Json => output::line(serde_json::to_string_pretty(&copied)?),
        TextOrJson::Text => output::line(format_args!(
            "copied {}, {}, to {}",
            counted(copied.files, "file", "files"),
            size(copied.bytes),
            to.display()
        )),
    }
}
