//! `seatwise export`: flat tables for other tools.

use seatwise_service::Result;
use seatwise_store::{Axes, ExportFormat};

use crate::cli::{self, Export};
use crate::output::{self, counted};
use crate::system;

pub(crate) async fn run(args: Export) -> Result<()> {
    let (store, partners) = args.tables.open()?;
    let format = match args.format {
        cli::ExportFormat::Csv => ExportFormat::Csv,
        cli::ExportFormat::SpreadsheetCsv => ExportFormat::SpreadsheetCsv,
        cli::ExportFormat::Parquet => ExportFormat::Parquet,
    };
    for partner in partners {
        let folder = args.to.join(partner.to_string());
        let now = system::now();
        let known_at = match args.axes.known_at {
            Some(known_at) => Some(store.settle(partner, known_at, now).await?),
            None => None,
        };
        let axes = Axes {
            as_of: args.axes.as_of,
            known_at,
        };
        for written in store.export(partner, axes, &folder, format, now).await? {
            let file = folder.join(&written.file);
            let rows = counted(written.rows, "row", "rows");
            output::line(format_args!("{}: {rows}", file.display()))?;
        }
    }
    Ok(())
}
