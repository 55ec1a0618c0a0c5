//! `seatwise export`: flat tables for other tools.

use seatwise_store::{ExportFormat, Store};

use super::import::grouped;
use crate::cli::{self, Export};
use crate::output;

pub(crate) async fn run(args: Export) -> anyhow::Result<()> {
    let store = Store::open(&args.data_dir)?;
    let format = match args.format {
        cli::ExportFormat::Csv => ExportFormat::Csv,
        cli::ExportFormat::Parquet => ExportFormat::Parquet,
    };
    for partner in args
        .partner
        .map_or_else(|| store.partners(), |one| Ok(vec![one]))?
    {
        let folder = args.to.join(partner.to_string());
        for written in store.export(partner, &folder, format).await? {
            let file = folder.join(&written.file);
            let rows = grouped(written.rows);
            output::line(format_args!("{}: {rows} rows", file.display()))?;
        }
    }
    Ok(())
}
