//! `seatwise backup` and `seatwise restore`: a copy of a data folder, and back.

use std::path::Path;

use anyhow::Context as _;
use seatwise_store::{Copied, Store};
use tokio::task::spawn_blocking;

use super::import::grouped;
use super::status::size;
use super::verify;
use crate::cli::{Backup, Restore, Tables, TextOrJson, Verify};
use crate::output;

pub(crate) async fn backup(args: Backup) -> anyhow::Result<()> {
    let store = Store::open(&args.data_dir)?;
    let copied = copy(store, &args.to).await?;
    say(copied, &args.to, args.output)
}

pub(crate) async fn restore(args: Restore) -> anyhow::Result<()> {
    let store = Store::open(&args.from)?;
    // A damaged backup is better known before it is relied on.
    verify::run(Verify {
        tables: Tables {
            data_dir: args.from,
            partner: None,
        },
        output: args.output,
    })
    .await?;
    let copied = copy(store, &args.data_dir).await?;
    say(copied, &args.data_dir, args.output)
}

async fn copy(store: Store, to: &Path) -> anyhow::Result<Copied> {
    let to = to.to_owned();
    let copied = spawn_blocking(move || store.backup(&to)).await;
    Ok(copied.context("the copy was not finished")??)
}

fn say(copied: Copied, to: &Path, output: TextOrJson) -> anyhow::Result<()> {
    match output {
        TextOrJson::Json => output::line(serde_json::to_string_pretty(&copied)?),
        TextOrJson::Text => output::line(format_args!(
            "copied {} files, {}, to {}",
            grouped(copied.files),
            size(copied.bytes),
            to.display()
        )),
    }
}
