//! The files of a made-up partner.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use seatwise_emulator::PortfolioRecipe;
use seatwise_portfolio::{Portfolio, Recipe};
use seatwise_service::{Error, Result};
use seatwise_store::access;
use seatwise_types::PartnerId;

/// Writes the files of a portfolio to a folder. Import them in the returned order.
pub(crate) fn write_files(
    recipe: PortfolioRecipe,
    folder: &Path,
) -> Result<(PartnerId, Vec<PathBuf>)> {
    let portfolio = Portfolio::new(Recipe {
        seed: recipe.seed,
        customers: recipe.customers,
        days: recipe.days,
        last_day: recipe.last_day,
    });
    access::create_folder(folder)
        .map_err(Error::cannot(format!("create `{}`", folder.display())))?;
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
                        .map_err(Error::cannot(format!("create `{}`", path.display())))?;
                    write(portfolio, BufWriter::new(file))
                        .map_err(Error::cannot(format!("write `{}`", path.display())))
                })
            })
            .collect();
        for writer in writers {
            match writer.join() {
                Ok(written) => drop(written?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok::<(), Error>(())
    })?;
    Ok((PartnerId::new(portfolio.partner_id()), paths.into()))
}
