//! The files of a made-up partner.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use seatwise_emulator::PortfolioRecipe;
use seatwise_portfolio::{Portfolio, Recipe};
use seatwise_store::access;
use seatwise_types::PartnerId;

/// Writes the files of a portfolio to a folder. Import them in the returned order.
pub(crate) fn write_files(
    recipe: PortfolioRecipe,
    folder: &Path,
) -> anyhow::Result<(PartnerId, Vec<PathBuf>)> {
    let portfolio = Portfolio::new(Recipe {
        seed: recipe.seed,
        customers: recipe.customers,
        days: recipe.days,
        last_day: recipe.last_day,
    });
    access::create_folder(folder)
        .with_context(|| format!("cannot create `{}`", folder.display()))?;
    type Write = fn(&Portfolio, BufWriter<File>) -> io::Result<u64>;
    let files: [(&str, Write); 3] = [
        ("usage.csv", |portfolio, out| portfolio.usage_csv(out)),
        ("usage-restated.csv", |portfolio, out| {
            portfolio.usage_restatement_csv(out)
        }),
        ("deployment.csv", |portfolio, out| {
            portfolio.deployment_csv(out)
        }),
    ];
    let paths = files.map(|(name, _)| folder.join(name));
    std::thread::scope(|threads| {
        let writers: Vec<_> = files
            .iter()
            .zip(&paths)
            .map(|((_, write), path)| {
                let portfolio = &portfolio;
                threads.spawn(move || {
                    let file = access::create(path)
                        .with_context(|| format!("cannot create `{}`", path.display()))?;
                    write(portfolio, BufWriter::new(file))
                        .with_context(|| format!("cannot write `{}`", path.display()))
                })
            })
            .collect();
        for writer in writers {
            match writer.join() {
                Ok(written) => drop(written?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        anyhow::Ok(())
    })?;
    Ok((PartnerId::new(portfolio.partner_id()), paths.into()))
}
